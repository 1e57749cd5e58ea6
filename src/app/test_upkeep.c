/* What a server does for itself: rules that change while it runs, receipts that do not, and housekeeping. */
#include "support/store_fixture.h"
#include "app/housekeeping.h"
#include "app/keeper.h"
#include "base/log.h"
#include "domain/amend/amend.h"
#include "domain/dossier/dossier.h"
#include "domain/job/job.h"
#include "domain/report/fold.h"
#include "store/write_now.h"
#include <stdlib.h>
#include <unistd.h>

struct house {
    struct fixture *f; /* only for its folder and database */
    struct app app;
    struct bell bell;
    struct arena *a;
    char dir[300];
    int64_t now;
    int key;
    struct outcome out;
};

static void house_open(struct house *h, void **state)
{
    struct fail f = {0};
    *h = (struct house){.f = fixture_of(state), .a = arena_new(), .now = time_from_local(civil_days(2026, 11, 23), 9 * MS_HOUR)};
    snprintf(h->dir, sizeof h->dir, "%s/house", h->f->folder);
    bell_init(&h->bell);
    struct app_init init = {h->dir, h->f->engine == ENGINE_POSTGRES ? "postgres" : "sqlite", h->f->dsn, "91", true, false};
    if (app_init(&init, &f) || app_open(&h->app, h->dir, APP_WRITE, bell_ring, &h->bell, &f))
        fail_msg("%s %s", f.item[0].code, f.item[0].param);
    log_level_set(LOG_ERROR);
}

static void house_close(struct house *h)
{
    app_close(&h->app);
    arena_free(&h->a);
    assert_int_equal(h->app.room.generations, 0);
    bell_destroy(&h->bell);
}

static enum err give(struct house *h, const struct aggregate *g, const char *type, const char *home, struct id id, const struct actor *who, const char *payload)
{
    char *text = memcpy(arena_alloc(h->a, strlen(payload) + 1), payload, strlen(payload));
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *j = arena_json(h->a, json_loads(text, 0, NULL));
    if (!j)
        fail_msg("%s", text);
    return command_wait(&h->app.room, h->a,
                        &(struct command){.aggregate = g, .type = str_of(type), .home_unit = str_of(home), .stream = id, .actor = *who,
                                          .key = str_printf(h->a, "k%d", h->key++), .payload = j, .now = h->now},
                        &h->out);
}

static void decide(struct house *h, const char *type, const char *payload)
{
    struct db *db _db_ = NULL;
    struct id id;
    struct actor system = app_system_actor(&h->app, h->a);
    assert_int_equal(db_open(h->app.room.store, DB_READ, &db), ERR_OK);
    assert_int_equal(amend_stream(db, STR("91"), &id), ERR_OK);
    if (give(h, &amend_aggregate, type, "91", id, &system, payload))
        fail_msg("%s %s", h->out.fail.item[0].code, h->out.fail.item[0].pointer);
}

static struct actor clerk(struct house *h)
{
    struct role_grant *grant = ARENA_NEW(h->a, struct role_grant);
    struct principal *p = ARENA_NEW(h->a, struct principal);
    *grant = (struct role_grant){ROLE_CLERK, STR("30292"), 0, INT64_MAX};
    *p = (struct principal){.actor_id = STR("staff:clerk"), .unit = STR("30292"), .roles = grant, .role_count = 1};
    struct actor a = {.id = p->actor_id, .unit = p->unit, .principal = p};
    a.audiences = audiences_of(app_rules(&h->app, h->a)->org, h->a, p, h->now, a.audience);
    return a;
}

static struct dossier received(struct house *h)
{
    struct actor who = clerk(h);
    if (give(h, &dossier_aggregate, "submit", "30292", (struct id){{0}}, &who,
             "{'procedure': '1.004873', 'channel': 'counter', 'receiving_unit': '30292', 'parties': [{'role': 'owner', 'kind': 'person', 'name': 'Hoa',"
             " 'id_type': 'personal_number', 'id_number': '099190000123', 'phone': '0912345678', 'territory': '30292'}]}"))
        fail_msg("%s %s", h->out.fail.item[0].code, h->out.fail.item[0].pointer);
    return *(const struct dossier *)h->out.state;
}

static void test_an_amendment_moves_no_date_on_an_issued_receipt(void **state) /* */
{
    struct house house, *h = &house;
    struct fail f = {0};
    house_open(h, state);
    struct dossier before = received(h), now;
    struct id id = h->out.stream;
    assert_true(before.due_at > 0 && before.promised_at > 0);
    decide(h, "rule_day", "{'date': '2026-11-24', 'kind': 'rest', 'name': 'Bão số 15', 'basis': 'QĐ 1'}");
    decide(h, "rule_procedure", "{'code': '1.004873', 'limit': {'unit': 'working_days', 'amount': 9}, 'valid_from': '2026-11-01', 'basis': 'QĐ 2'}");
    assert_int_equal(app_reload_rules(&h->app, &f), ERR_OK);
    struct db *db _db_ = NULL;
    int64_t seq;
    assert_int_equal(db_open(h->app.room.store, DB_READ, &db), ERR_OK);
    assert_int_equal(stream_load(&dossier_aggregate, &h->app.room.keyring, db, h->a, STR("30292"), id, INT64_MAX, &now, &seq), ERR_OK);
    assert_true(now.due_at == before.due_at && now.promised_at == before.promised_at && now.limit_milli == before.limit_milli);
    assert_int_equal(stream_load(&dossier_aggregate, &h->app.room.keyring, db, h->a, STR("30292"), id, seq, &now, &seq), ERR_OK); /* from its events, too */
    assert_true(now.due_at == before.due_at);
    struct dossier next = received(h);
    assert_true(next.due_at > before.due_at && next.limit_milli == 9000); /* who comes now gets the rules of now */
    db_close(&db);
    house_close(h);
}

static void told(void *arg) { atomic_fetch_add((atomic_int *)arg, 1); }

static bool within(struct house *h, const atomic_int *n, int want)
{
    for (int i = 0; i < 400 && atomic_load(n) < want; i++)
        usleep(50000);
    (void)h;
    return atomic_load(n) >= want;
}

static void test_an_amendment_holds_a_moment_after_its_commit(void **state)
{
    struct house house, *h = &house;
    struct keeper *k = NULL;
    struct fail f = {0};
    atomic_int changes = 0;
    house_open(h, state);
    assert_int_equal(keeper_start(&h->app, &h->bell, told, &changes, &k, &f), ERR_OK);
    usleep(300000);
    assert_int_equal(changes, 0); /* what was loaded at the start is not loaded again */
    received(h);
    usleep(300000);
    assert_int_equal(changes, 0); /* and a dossier changes no rule */
    decide(h, "rule_day", "{'date': '2026-11-24', 'kind': 'rest', 'name': 'Bão số 15', 'basis': 'QĐ 1'}");
    assert_true(within(h, &changes, 1));
    const struct rules *r = rules_hold(&h->app.room);
    assert_false(calendar_is_working_day(r->calendar, STR("30292"), civil_days(2026, 11, 24)));
    rules_release(r);
    keeper_reload(k); /* SIGHUP */
    assert_true(within(h, &changes, 2));
    keeper_stop(&k);
    arena_reset(h->a);
    assert_int_equal(h->app.room.generations, 1);
    house_close(h);
}

static enum err add_done_job(void *arg, struct db *db)
{
    (void)arg;
    return job_add(db, STR("91"), job_id("old", STR("91"), STR("1")), "old", 1000, STR("{}"));
}

static enum err end_job(void *arg, struct db *db)
{
    (void)arg;
    return db_raw(db, "UPDATE job SET state = 'done', due_at = 1000");
}

static void test_housekeeping_forgets_what_nobody_asks_for_and_folds_counts(void **state)
{
    struct house house, *h = &house;
    struct housekeeping *k = NULL;
    struct fail f = {0};
    struct db *db _db_ = NULL;
    house_open(h, state);
    struct actor who = clerk(h);
    received(h);
    assert_int_equal(give(h, &dossier_aggregate, "submit", "30292", (struct id){{0}}, &who, "{}"), ERR_INVALID);
    assert_int_equal(write_now(h->app.room.writer, 0, add_done_job, NULL, NULL), ERR_OK);
    assert_int_equal(write_now(h->app.room.writer, 0, end_job, NULL, NULL), ERR_OK);
    assert_int_equal(housekeeping_start(&h->app, NULL, &k, &f), ERR_OK);
    int64_t now = h->now + 73 * MS_HOUR;
    assert_int_equal(housekeeping_round(k, now), 2 + 1 + 1); /* two counts (submitted, received), a refusal, a job */
    assert_int_equal(housekeeping_round(k, now + 1000), 0);  /* nothing is due */
    assert_int_equal(db_open(h->app.room.store, DB_READ, &db), ERR_OK);
    struct rows r = {0};
    assert_int_equal(db_raw_query(db, &r, "SELECT CAST((SELECT COUNT(*) FROM idem WHERE refusal IS NULL) AS BIGINT), CAST((SELECT COUNT(*) FROM idem WHERE refusal "
                                          "IS NOT NULL) AS BIGINT), CAST((SELECT COUNT(*) FROM job) AS BIGINT), CAST((SELECT COUNT(*) FROM count_delta) AS BIGINT), "
                                          "CAST((SELECT SUM(n) FROM count_total) AS BIGINT)"), ERR_OK);
    assert_true(rows_next(&r));
    assert_int_equal(row_i64(&r, 0), 2); /* the adoption and the dossier: what was done is never forgotten */
    assert_int_equal(row_i64(&r, 1), 0);
    assert_int_equal(row_i64(&r, 2), 0);
    assert_int_equal(row_i64(&r, 3), 0);
    assert_int_equal(row_i64(&r, 4), 2);
    assert_int_equal(rows_end(&r), ERR_OK);
    writer_read_only(h->app.room.writer, "low-disk");
    assert_int_equal(housekeeping_round(k, now + 2 * MS_HOUR), 0); /* a read-only node leaves all as it is */
    writer_read_only(h->app.room.writer, NULL);
    housekeeping_stop(&k);
    db_close(&db);
    house_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_an_amendment_moves_no_date_on_an_issued_receipt),
        BOTH_ENGINES(test_an_amendment_holds_a_moment_after_its_commit),
        BOTH_ENGINES(test_housekeeping_forgets_what_nobody_asks_for_and_folds_counts),
    };
    return cmocka_run_group_tests_name("upkeep", tests, NULL, NULL);
}

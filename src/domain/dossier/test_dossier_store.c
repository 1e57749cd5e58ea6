/* The dossier in a store, on both engines: projections, repetition, erasure, two at once, and the same events whatever the engine. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/replay.h"
#include "domain/dossier/dossier_test.h"
#include "domain/dossier/list.h"
#include "domain/dossier/result.h"
#include "domain/staff/staff.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* An office with real rules on a store of its own. */
struct office {
    struct arena *a;
    struct fixture *f;
    struct engine_room *room;
    struct cast c;
    int64_t now;
    int given; /* commands: makes their keys */
    struct outcome out;
};

static struct engine_room *room_on(struct store *s)
{
    struct engine_room *room = toy_room(s, 3, "dossiers");
    atomic_store(&room->rules, &world.rules);
    world.keyring = room->keyring; /* so that people's own hashes are this store's */
    return room;
}

static struct office office(void **state, struct arena *a)
{
    struct fixture *f = fixture_of(state);
    struct office o = {.a = a, .f = f, .room = room_on(f->store), .now = test_at("2026-11-23 09:00")};
    o.c = cast_new(a, o.now);
    return o;
}
#define OFFICE \
    struct arena *a _arena_ = arena_new(); \
    struct office o = office(state, a)

/* The staff of these tests have no streams: who is named is found among the cast. */
static enum err prepare(struct decision *d, struct db *db)
{
    enum err e = dossier_prepare(d, db);
    if (!e)
        name_people(d->command, d->inputs);
    return e;
}
static struct aggregate played = {.kind = "dossier", .state_size = sizeof(struct dossier), .apply = dossier_apply, .save = dossier_save, .load = dossier_load,
                                        .prepare = prepare, .decide = dossier_decide, .fields = dossier_command_fields, .project = dossier_project};

static struct command command(struct office *o, const struct who *w, const char *home, struct id id, const char *type, const char *payload)
{
    char *text = memcpy(arena_alloc(o->a, strlen(payload) + 1), payload, strlen(payload));
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *j = arena_json(o->a, json_loads(text, 0, NULL));
    if (!j)
        fail_msg("%s", text);
    return (struct command){.aggregate = &played, .type = str_of(type), .home_unit = str_of(home), .stream = id, .actor = w->actor,
                            .key = str_printf(o->a, "k%d", ++o->given), .payload = j, .now = o->now};
}

static const struct id NEW_ONE;
static enum err give(struct office *o, const struct who *w, struct id id, const char *type, const char *payload)
{
    struct command c = command(o, w, "30292", id, type, payload);
    return command_wait(o->room, o->a, &c, &o->out);
}

#define assert_given(call) \
    do { \
        enum err e_ = (call); \
        if (e_) \
            fail_msg("%s: %s %s %s", #call, err_info(e_)->name, o.out.fail.item[0].code, o.out.fail.item[0].pointer); \
    } while (0)

static const char *submission_of(struct arena *a, const char *procedure, const char *name, const char *more)
{
    return str_c(a, str_printf(a, "{'procedure': '%s', 'channel': 'counter', 'receiving_unit': '30292', 'parties': [{'role': 'owner', 'kind': 'person', 'name': '%s',"
        " 'id_type': 'personal_number', 'id_number': '099190000123', 'phone': '0912 345 678', 'territory': '30292'}]%s}", procedure, name, more));
}

static struct id submitted(struct office *op, const char *procedure, const char *name)
{
    struct office o = *op;
    assert_given(give(&o, o.c.clerk, NEW_ONE, "submit", submission_of(o.a, procedure, name, "")));
    *op = o;
    return o.out.stream;
}

static const struct dossier *now_is(const struct office *o) { return o->out.state; }
static int64_t n(const struct office *o, const char *sql) { return fixture_int(o->f, "SELECT CAST(%s AS BIGINT)", sql); }
#define ROWS(o, where) n((o), "(SELECT COUNT(*) FROM " where ")")

/* Everything that can be checked of any store: chains whole, projections equal to a replay, states equal to their events. */
static void whole(struct office *o)
{
    static const struct aggregate *const aggregates[] = {&dossier_aggregate};
    struct verify_report v;
    struct replay_report r;
    assert_int_equal(ledger_verify(o->f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld: %s", v.unit, (long long)v.pos, v.what);
    enum err e = replay_run(o->f->store, &o->room->keyring, aggregates, 1, &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
}

static void closed(struct office *o) { toy_room_close(&o->room); }

/* --- projections --- */

static void test_what_a_counter_does_shows_everywhere_at_once(void **state) /* design §1 */
{
    OFFICE;
    struct id id = submitted(&o, "1.001193", "nguyễn thị hoa");
    const struct dossier *d = now_is(&o);
    assert_int_equal(o.out.events, 2);
    assert_true(str_is(d->code, "H01.30292-261123-0001"));
    assert_int_equal(ROWS(&o, "dossier WHERE state = 2 AND register_no = 1 AND register_year = 2026 AND owner_name = 'Nguyễn Thị Hoa' AND version = 2"), 1);
    assert_int_equal(ROWS(&o, "dossier_code WHERE code = 'H01.30292-261123-0001'"), 1);
    assert_int_equal(ROWS(&o, "work WHERE state = 2"), 3); /* desk, province, the person */
    assert_int_equal(ROWS(&o, "work WHERE state = 1"), 0);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:30292' AND term IN ('nguyen', 'thi', 'hoa')"), 3);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience LIKE 'o:%'"), 0);
    assert_int_equal(ROWS(&o, "dossier_party WHERE number_hash IS NOT NULL AND phone_hash IS NOT NULL"), 1);
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name IN ('submitted', 'received'))"), 2);
    struct arena *b _arena_ = arena_new();
    struct db *db _db_ = NULL;
    struct str home;
    struct id found;
    const json_t *personal;
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(dossier_find(db, STR("H01.30292-261123-0001"), &home, &found, b), ERR_OK);
    assert_true(id_eq(found, id));
    assert_int_equal(dossier_find(db, STR("H01.30292-261123-0009"), &home, &found, b), ERR_NOT_FOUND);
    assert_int_equal(dossier_personal(&o.room->keyring, db, b, STR("30292"), id, &personal), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(personal, "parties"), 0), "phone")), "0912345678");
    assert_null(json_object_get(personal, "owner_hashes"));
    assert_int_equal(ROWS(&o, "event WHERE CAST(payload AS TEXT) LIKE '%Hoa%'") * (o.f->engine == ENGINE_SQLITE), 0); /* sealed */
    whole(&o);
    closed(&o);
}

static void test_work_rows_and_words_follow_the_competent_unit(void **state) /* */
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "Trần Văn Đặng");
    assert_int_equal(ROWS(&o, "work WHERE audience = 'u:30307'"), 0);
    assert_given(give(&o, o.c.clerk, id, "correct", "{'changes': {'competent_unit': '30307'}, 'reason': 'sai', 'approver': 'staff:leader'}"));
    assert_int_equal(ROWS(&o, "work WHERE audience = 'u:30307' AND state = 2"), 1);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:30307' AND term IN ('tran', 'van', 'dang')"), 3);
    struct who *ward = who_new(a, "staff:ward", ROLE_LEADER, "30307", NULL, false, o.now);
    assert_given(give(&o, ward, id, "accept", "{}"));
    assert_int_equal(ROWS(&o, "work WHERE state = 2"), 0);
    assert_int_equal(ROWS(&o, "work WHERE state = 4"), 4);
    assert_given(give(&o, ward, id, "consult", "{'unit': '91.STP', 'due_at': '2026-11-25T17:00:00+07:00', 'question': '?'}"));
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:91.STP' AND term = 'dang'"), 1);
    assert_given(give(&o, o.c.department, id, "answer", "{'no': 1, 'opinion': 'x'}"));
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:91.STP'"), 0);
    assert_int_equal(ROWS(&o, "work WHERE audience = 'u:91.STP'"), 0);
    assert_given(give(&o, o.c.clerk, id, "correct",
                      "{'changes': {'competent_unit': '30292', 'parties': [{'role': 'owner', 'kind': 'person', 'name': 'Lê Thị Xuân'}]}, 'reason': 'sai', 'approver': 'staff:leader'}"));
    assert_int_equal(ROWS(&o, "work WHERE audience = 'u:30307'"), 0);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:30307' OR term = 'dang'"), 0);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience = 'u:30292' AND term = 'xuan'"), 1);
    assert_int_equal(ROWS(&o, "work WHERE audience LIKE 'o:%'"), 0); /* she is no longer a party */
    whole(&o);
    closed(&o);
}

static void test_a_restricted_dossier_leaves_rows_only_for_the_cleared(void **state)
{
    OFFICE;
    assert_given(give(&o, o.c.clerk, NEW_ONE, "submit", submission_of(a, "2.001263", "Hoa", ", 'due_at': '2026-12-23T17:00:00+07:00', 'due_reason': 'x'")));
    assert_int_equal(ROWS(&o, "work WHERE audience = 'r:30292'"), 1);
    assert_int_equal(ROWS(&o, "work"), 2);
    assert_int_equal(ROWS(&o, "dossier_term WHERE audience <> 'r:30292'"), 0);
    whole(&o);
    closed(&o);
}

static void test_register_numbers_are_continuous_in_each_year(void **state) /* */
{
    OFFICE;
    for (int i = 0; i < 3; i++)
        submitted(&o, "1.001193", "A");
    assert_int_equal(give(&o, o.c.clerk, NEW_ONE, "submit", "{}"), ERR_INVALID); /* takes no number */
    submitted(&o, "1.001193", "B");
    o.now = test_at("2027-01-04 09:00");
    struct id last = submitted(&o, "1.001193", "C");
    assert_true(str_is(now_is(&o)->code, "H01.30292-270104-0001"));
    assert_given(give(&o, o.c.leader, last, "assign", "{'officer': 'staff:officer'}"));
    assert_int_equal(n(&o, "(SELECT SUM(register_no) FROM dossier WHERE register_year = 2026)"), 10);
    assert_int_equal(n(&o, "(SELECT MAX(register_no) FROM dossier WHERE register_year = 2027)"), 1);
    assert_int_equal(ROWS(&o, "counter WHERE name = 'dossier'"), 2);
    assert_int_equal(n(&o, "(SELECT n FROM counter WHERE name = 'dossier' AND period = '20261123')"), 4);
    whole(&o);
    closed(&o);
}

static void test_what_ended_is_counted_as_on_time_or_late(void **state) /* */
{
    OFFICE;
    struct id in_time = submitted(&o, "1.004873", "A"), late = submitted(&o, "1.004873", "B"), gone = submitted(&o, "1.004873", "C");
    struct id all[] = {in_time, late, gone};
    for (size_t i = 0; i < 3; i++)
        assert_given(give(&o, o.c.leader, all[i], "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.leader, in_time, "approve", "{}"));
    assert_given(give(&o, o.c.officer, gone, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
    o.now = test_at("2026-12-23 09:00");
    assert_given(give(&o, o.c.leader, late, "approve", "{}"));
    assert_given(give(&o, o.c.officer, gone, "stop", "{'reason': 'không bổ sung', 'basis': 'x'}")); /* its clock stood since November */
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'finished_on_time')"), 2);
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'finished_late')"), 1);
    whole(&o);
    closed(&o);
}

/* --- repetition and erasure --- */

static void test_a_repetition_gets_the_answer_of_then(void **state)
{
    OFFICE;
    struct command c = command(&o, o.c.clerk, "30292", NEW_ONE, "submit", submission_of(a, "1.004873", "Hoa", ""));
    struct outcome first, again;
    assert_int_equal(command_wait(o.room, a, &c, &first), ERR_OK);
    assert_given(give(&o, o.c.leader, first.stream, "assign", "{'officer': 'staff:officer'}"));
    c.now += MS_DAY;
    assert_int_equal(command_wait(o.room, a, &c, &again), ERR_OK);
    assert_true(again.repeated && id_eq(again.stream, first.stream) && again.seq_to == 2 && again.events == 2);
    assert_true(saved_equal(first.state, again.state));
    assert_true(((struct dossier *)again.state)->state == DOSSIER_RECEIVED);
    struct command refused = command(&o, o.c.clerk, "30292", first.stream, "approve", "{}");
    assert_int_equal(command_wait(o.room, a, &refused, &first), ERR_FORBIDDEN);
    assert_int_equal(command_wait(o.room, a, &refused, &again), ERR_FORBIDDEN);
    assert_true(again.repeated);
    assert_string_equal(again.fail.item[0].code, first.fail.item[0].code);
    whole(&o);
    closed(&o);
}

static void test_an_erased_dossier_keeps_its_chain_and_no_name(void **state) /* */
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "Nguyễn Thị Hoa");
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.officer, id, "note", "{'text': 'bí mật'}"));
    assert_given(give(&o, o.c.leader, id, "approve", "{}"));
    assert_given(give(&o, o.c.clerk, id, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'x'}"));
    whole(&o);
    assert_given(give(&o, o.c.records, id, "erase", "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}"));
    assert_int_equal(ROWS(&o, "stream_key"), 0);
    assert_int_equal(ROWS(&o, "dossier WHERE owner_name = '' AND submitter_name = '' AND erased = 1 AND code = 'H01.30292-261123-0001'"), 1);
    assert_int_equal(ROWS(&o, "dossier_party"), 0);
    assert_int_equal(ROWS(&o, "dossier_term WHERE term IN ('nguyen', 'thi', 'hoa')"), 0);
    assert_int_equal(ROWS(&o, "work WHERE audience LIKE 'o:%'"), 0);
    assert_true(ROWS(&o, "dossier_term WHERE term = '0001' AND audience = 'u:30292'") == 1); /* the code can still be looked up */
    struct db *db _db_ = NULL;
    struct dossier live, then;
    int64_t seq, at;
    const json_t *personal;
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(dossier_personal(&o.room->keyring, db, a, STR("30292"), id, &personal), ERR_OK);
    assert_null(personal);
    assert_int_equal(stream_load(&dossier_aggregate, &o.room->keyring, db, a, STR("30292"), id, INT64_MAX, &live, &seq), ERR_OK);
    assert_int_equal(stream_load(&dossier_aggregate, &o.room->keyring, db, a, STR("30292"), id, seq, &then, &at), ERR_OK);
    assert_true(saved_equal(&live, &then));
    assert_int_equal(give(&o, o.c.leader, id, "note", "{'text': 'x'}"), ERR_CONFLICT);
    assert_int_equal(ROWS(&o, "stream_key"), 0); /* nothing brings the key back */
    db_close(&db);
    whole(&o);
    closed(&o);
}

/* --- two at once --- */

static void test_who_comes_second_with_the_old_version_is_told(void **state)
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "Hoa");
    struct command x = command(&o, o.c.leader, "30292", id, "assign", "{'officer': 'staff:officer'}"), y = command(&o, o.c.officer, "30292", id, "assign", "{'officer': 'staff:officer'}");
    struct command z = command(&o, o.c.officer, "30292", id, "assign", "{'officer': 'staff:leader'}");
    x.if_version = y.if_version = 2;
    assert_int_equal(command_wait(o.room, a, &x, &o.out), ERR_OK);
    assert_int_equal(command_wait(o.room, a, &y, &o.out), ERR_VERSION);
    assert_string_equal(o.out.fail.item[0].code, "version.changed");
    assert_int_equal(command_wait(o.room, a, &z, &o.out), ERR_OK); /* without If-Match the rules alone decide */
    assert_true(str_is(now_is(&o)->officer, "staff:leader"));
    closed(&o);
}

struct hand {
    pthread_t thread;
    struct office *o;
    struct engine_room *room;
    int no;
    struct id id; /* NEW_ONE: submits; else tries to approve */
    int done, refused;
};

enum { HANDS = 4, EACH = 15 };
static void *work(void *arg)
{
    struct hand *h = arg;
    struct arena *a = arena_new();
    struct office mine = *h->o;
    mine.a = a;
    mine.room = h->room;
    mine.given = 1000 * (h->no + 1);
    for (int i = 0; i < EACH; i++) {
        enum err e = id_is_zero(h->id) ? give(&mine, mine.c.clerk, NEW_ONE, "submit", submission_of(a, "1.001193", "Hoa", ""))
                                       : give(&mine, mine.c.leader, h->id, "approve", "{}");
        h->done += e == ERR_OK;
        h->refused += e == ERR_CONFLICT;
    }
    arena_free(&a);
    return NULL;
}

static void all_hands(struct office *o, struct engine_room *other, struct id id, int *done, int *refused)
{
    struct hand hand[HANDS];
    *done = *refused = 0;
    for (int i = 0; i < HANDS; i++) {
        hand[i] = (struct hand){.o = o, .room = other && i % 2 ? other : o->room, .no = i, .id = id};
        assert_int_equal(pthread_create(&hand[i].thread, NULL, work, &hand[i]), 0);
    }
    for (int i = 0; i < HANDS; i++) {
        pthread_join(hand[i].thread, NULL);
        *done += hand[i].done;
        *refused += hand[i].refused;
    }
}

static void test_codes_and_register_numbers_are_unique_under_concurrency(void **state) /* */
{
    OFFICE;
    /* On PostgreSQL a second node works on the same unit at the same time. */
    struct store *second = o.f->engine == ENGINE_POSTGRES ? fixture_again(o.f) : NULL;
    struct engine_room *other = second ? room_on(second) : NULL;
    int done, refused;
    all_hands(&o, other, NEW_ONE, &done, &refused);
    assert_int_equal(done, HANDS * EACH);
    assert_int_equal(ROWS(&o, "dossier_code"), HANDS * EACH);
    assert_int_equal(n(&o, "(SELECT COUNT(DISTINCT register_no) FROM dossier)"), HANDS * EACH);
    assert_int_equal(n(&o, "(SELECT MAX(register_no) FROM dossier)"), HANDS * EACH);
    if (other)
        toy_room_close(&other);
    if (second)
        store_free(&second);
    whole(&o);
    closed(&o);
}

static void test_of_many_who_decide_one_decides(void **state)
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "Hoa");
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    int done, refused;
    all_hands(&o, NULL, id, &done, &refused);
    assert_int_equal(done, 1);
    assert_int_equal(refused, HANDS * EACH - 1);
    assert_int_equal(ROWS(&o, "event WHERE type = 'dossier.approved'"), 1);
    whole(&o);
    closed(&o);
}

static void test_a_node_whose_clock_is_behind_writes_no_earlier_time(void **state) /* design §4 */
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "Hoa");
    int64_t then = o.now;
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    o.now -= 4 * MS_MINUTE;
    assert_given(give(&o, o.c.officer, id, "suspend", "{'reason': 'law', 'basis': 'x'}"));
    assert_int_equal(now_is(&o)->suspended_at, then);
    assert_given(give(&o, o.c.officer, id, "resume", "{}"));
    whole(&o);
    closed(&o);
}

/* --- the same on both engines --- */

static struct hash events_of(struct fixture *f, int64_t *n_r)
{
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    struct hash all = {0};
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(db_raw_query(db, &r, "SELECT hash FROM event ORDER BY home_unit, pos"), ERR_OK);
    for (*n_r = 0; rows_next(&r); ++*n_r)
        all = SHA256(hash_str(&all), row_str(&r, 0));
    assert_int_equal(rows_end(&r), ERR_OK);
    return all;
}

static void a_day_at_the_office(struct office *op)
{
    struct office o = *op;
    struct id one = submitted(&o, "1.004873", "Nguyễn Thị Hoa"), two = submitted(&o, "1.004222", "Trần Văn Đặng");
    assert_given(give(&o, o.c.leader, one, "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.clerk, two, "hand_over", "{}"));
    assert_given(give(&o, o.c.police_link, two, "accept", "{}"));
    o.now += MS_DAY;
    assert_given(give(&o, o.c.officer, one, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
    assert_given(give(&o, o.c.owner, one, "supplement", "{'note': 'đây'}"));
    assert_int_equal(give(&o, o.c.clerk, one, "approve", "{}"), ERR_FORBIDDEN);
    assert_given(give(&o, o.c.leader, one, "approve", "{'results': [{'number': '1'}]}"));
    assert_given(give(&o, o.c.police_link, two, "reject", "{'reason': 'x', 'basis': 'y'}"));
    assert_given(give(&o, o.c.clerk, one, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'x'}"));
    *op = o;
}

static void test_a_rehearsal_writes_the_same_events_on_both_engines(void **state)
{
    struct fixture *lite = fixture_of(state), *pg = fixture_new(ENGINE_POSTGRES);
    if (!pg)
        skip();
    struct fixture *const both[] = {lite, pg};
    struct hash h[2];
    int64_t count[2];
    for (int i = 0; i < 2; i++) {
        struct arena *a _arena_ = arena_new();
        void *made = both[i];
        struct office o = office(&made, a);
        a_day_at_the_office(&o);
        closed(&o);
        h[i] = events_of(both[i], &count[i]);
    }
    fixture_free(&pg);
    assert_int_equal(count[0], count[1]);
    assert_memory_equal(h[0].b, h[1].b, HASH_BYTES);
}

static void test_how_fast(void **state)
{
    OFFICE;
    enum { MANY = 300 };
    int64_t began = time_monotonic_us();
    for (int i = 0; i < MANY; i++)
        submitted(&o, "1.001193", "Nguyễn Thị Hoa");
    int64_t took = time_monotonic_us() - began;
    print_message("# %d submissions one after another: %lld ms, %lld/s\n", MANY, (long long)took / 1000, (long long)(MANY * 1000000LL / (took + 1)));
    closed(&o);
}

/* Whom and what a payload names is looked up in the store itself: here with the dossier's own prepare, and staff who have streams. */
static struct id staff_with(struct office *o, const char *login, const char *kind, const char *role)
{
    struct command c = {.aggregate = &staff_aggregate, .type = STR("staff_register"), .home_unit = STR("30292"), .key = str_printf(o->a, "s%d", ++o->given), .now = o->now,
                        .payload = arena_json(o->a, json_pack("{ssssss}", "login", login, "kind", kind, "display", "Nguyễn Thị Thử"))};
    staff_system_actor(&world.rules, o->a, STR(""), o->now, &c.actor);
    assert_int_equal(command_wait(o->room, o->a, &c, &o->out), ERR_OK);
    c.stream = o->out.stream;
    if (role) {
        c.type = STR("staff_grant");
        c.key = str_printf(o->a, "s%d", ++o->given);
        c.payload = arena_json(o->a, json_pack("{ssssss}", "role", role, "unit", "30292", "basis", "QĐ 12/QĐ-UBND"));
        assert_int_equal(command_wait(o->room, o->a, &c, &o->out), ERR_OK);
    }
    return c.stream;
}

static enum err really(struct office *o, const struct who *w, struct id id, const char *type, const char *payload)
{
    struct command c = command(o, w, "30292", id, type, payload);
    c.aggregate = &dossier_aggregate;
    return command_wait(o->room, o->a, &c, &o->out);
}

static void assert_said(const struct office *o, enum err got, const char *code)
{
    assert_int_equal(got, ERR_INVALID);
    assert_string_equal(o->out.fail.item[0].code, code);
}

static void test_whom_a_payload_names_is_found_among_the_staff(void **state) /* */
{
    OFFICE;
    struct id gone, id = submitted(&o, "1.004873", "nguyễn thị hoa"), first = id;
    staff_with(&o, "lan", "person", "officer");
    staff_with(&o, "may", "machine", NULL);
    gone = staff_with(&o, "truong", "person", "leader");
    assert_said(&o, really(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"), "officer.unknown"); /* of the cast, without a stream */
    assert_said(&o, really(&o, o.c.leader, id, "assign", "{'officer': 'lan'}"), "officer.unknown"); /* ids are whole */
    assert_said(&o, really(&o, o.c.leader, id, "assign", "{'officer': 'machine:may'}"), "officer.unknown");
    assert_said(&o, really(&o, o.c.leader, id, "assign", "{'officer': 'staff:may'}"), "officer.unknown");
    assert_given(really(&o, o.c.leader, id, "assign", "{'officer': 'staff:lan'}"));
    assert_said(&o, really(&o, o.c.clerk, id, "void", "{'reason': 'x', 'approver': 'staff:lan'}"), "rights.approver-role");
    assert_given(really(&o, o.c.clerk, id, "correct", "{'changes': {'form': {}}, 'reason': 'x', 'approver': 'staff:truong'}"));
    assert_said(&o, really(&o, o.c.clerk, id, "void", "{'reason': 'x', 'approver': 'staff:truong', 'doubled_by': 'H01.30292-261123-0999'}"), "dossier.absent");
    assert_said(&o, really(&o, o.c.clerk, id, "void", "{'reason': 'x', 'approver': 'staff:truong', 'doubled_by': 'H01.30292-261123-0001'}"), "dossier.absent"); /* itself */
    assert_said(&o, really(&o, o.c.clerk, NEW_ONE, "submit", submission_of(a, "1.004873", "Hoa", ", 'linked_from': 'H01.30292-261123-0999'")), "dossier.absent");
    assert_given(really(&o, o.c.clerk, NEW_ONE, "submit", submission_of(a, "1.004873", "Hoa", ", 'linked_from': 'H01.30292-261123-0001'")));
    id = o.out.stream;
    assert_given(really(&o, o.c.clerk, id, "void", "{'reason': 'x', 'approver': 'staff:truong', 'doubled_by': 'H01.30292-261123-0001'}"));
    assert_said(&o, really(&o, o.c.clerk, NEW_ONE, "submit", submission_of(a, "1.004873", "Hoa", ", 'linked_from': 'H01.30292-261123-0002'")), "dossier.absent"); /* voided */
    struct command c = {.aggregate = &staff_aggregate, .type = STR("staff_deactivate"), .home_unit = STR("30292"), .stream = gone, .key = STR("gone"), .now = o.now,
                        .payload = arena_json(a, json_pack("{ss}", "reason", "nghỉ hưu"))};
    staff_system_actor(&world.rules, a, STR(""), o.now, &c.actor);
    assert_given(command_wait(o.room, a, &c, &o.out));
    assert_said(&o, really(&o, o.c.clerk, first, "void", "{'reason': 'x', 'approver': 'staff:truong'}"), "rights.approver-unknown");
    closed(&o);
}

static void test_a_voided_dossier_is_out_of_every_rate(void **state) /* */
{
    OFFICE;
    struct id id = submitted(&o, "1.004873", "nguyễn thị hoa");
    o.now = test_at("2026-11-24 09:00");
    assert_given(give(&o, o.c.clerk, id, "correct", "{'changes': {'procedure': '1.001193'}, 'reason': 'sai', 'approver': 'staff:leader'}"));
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE procedure = '1.004873' AND name IN ('submitted', 'received'))"), 0);
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE procedure = '1.001193' AND name = 'received')"), 1);
    assert_given(give(&o, o.c.clerk, id, "void", "{'reason': 'nhập nhầm', 'approver': 'staff:leader'}"));
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name IN ('submitted', 'received'))"), 0);
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'voided')"), 1);
    id = submitted(&o, "1.004873", "trần văn đặng");
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.officer, id, "request_supplement", "{'items': ['x'], 'reason': 'y'}"));
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'supplement_requested')"), 1);
    assert_given(give(&o, o.c.clerk, id, "void", "{'reason': 'nhập nhầm', 'approver': 'staff:leader'}"));
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'supplement_requested')"), 0);
    assert_given(give(&o, o.c.leader, id, "confirm", "{'agreed': false, 'reason': 'tôi không biết việc này'}"));
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'supplement_requested')"), 1);
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'voided')"), 1); /* the first one's */
    assert_int_equal(ROWS(&o, "dossier WHERE voided = 0 AND state = 5 AND task = 'supplement'"), 1);
    whole(&o);
    closed(&o);
}

static void test_a_result_is_issued_with_its_number_and_date(void **state) /* */
{
    OFFICE;
    struct arena *b _arena_ = arena_new();
    struct db *db _db_ = NULL;
    struct issued_result r;
    struct id id = submitted(&o, "1.004873", "nguyễn thị hoa");
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.leader, id, "approve", "{'results': [{'name': 'Giấy khai sinh'}]}"));
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.1"), &r), ERR_OK);
    assert_int_equal(r.issued_at, 0);
    o.now = test_at("2026-11-24 09:00");
    assert_given(give(&o, o.c.records, id, "sign_result", "{'result': 1, 'number': '12/TLKS', 'date': '2026-11-24'}"));
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.1"), &r), ERR_OK);
    assert_int_equal(r.issued_at, o.now);
    int64_t then = o.now;
    o.now = test_at("2026-11-25 09:00");
    assert_given(give(&o, o.c.returner, id, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'ký nhận'}"));
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.1"), &r), ERR_OK);
    assert_int_equal(r.issued_at, then);
    whole(&o);
    closed(&o);
}

static void test_a_revoked_result_is_not_in_force_and_the_other_is(void **state) /* */
{
    OFFICE;
    struct arena *b _arena_ = arena_new();
    struct db *db _db_ = NULL;
    struct issued_result r;
    struct id id = submitted(&o, "1.004873", "nguyễn thị hoa");
    assert_non_null(who_new(a, "staff:reviewer", ROLE_REVIEWER, "30292", NULL, false, o.now));
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    assert_given(give(&o, o.c.leader, id, "approve", "{'results': [{'number': '1/2026', 'date': '2026-11-23'}, {'number': '2/2026', 'date': '2026-11-23'}]}"));
    o.now = test_at("2026-11-25 09:00");
    assert_given(give(&o, o.c.leader, id, "revoke_result",
                      "{'result': 2, 'reason': 'cấp sai', 'basis': 'Luật Hộ tịch', 'decision': '15/QĐ-UBND', 'approver': 'staff:reviewer'}"));
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.2"), &r), ERR_OK);
    assert_int_equal(r.revoked_at, o.now);
    int64_t then = o.now;
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.1"), &r), ERR_OK);
    assert_int_equal(r.revoked_at, 0);
    o.now = test_at("2026-11-26 09:00");
    assert_given(give(&o, o.c.returner, id, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'ký nhận'}"));
    assert_int_equal(result_find(db, b, STR("KQ.H01.30292-261123-0001.2"), &r), ERR_OK);
    assert_int_equal(r.revoked_at, then); /* since when, for good */
    whole(&o);
    closed(&o);
}

static void test_list_detail_and_counts_give_one_verdict(void **state) /* */
{
    OFFICE;
    struct arena *b _arena_ = arena_new();
    struct db *db _db_ = NULL;
    struct dossier_list_query asked = {.unit = STR(""), .task = STR(""), .q = STR(""), .cursor = STR(""), .limit = 5}, closed_ones = asked;
    struct dossier_page page;
    struct fail f = {0};
    struct id id = submitted(&o, "1.004873", "nguyễn thị hoa"); /* due on the 26th */
    assert_given(give(&o, o.c.leader, id, "assign", "{'officer': 'staff:officer'}"));
    o.now = test_at("2026-11-25 09:00");
    assert_given(give(&o, o.c.officer, id, "request_supplement", "{'items': ['x'], 'reason': 'y'}"));
    o.now = test_at("2026-12-07 09:00");
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(dossier_list(&o.room->keyring, &world.rules, db, b, &o.c.leader->actor, &asked, o.now, &page, &f), ERR_OK);
    assert_int_equal(page.n, 1);
    assert_string_equal(page.items[0]->punctuality, "in_time");
    assert_given(give(&o, o.c.leader, id, "stop", "{'reason': 'không bổ sung', 'basis': 'x'}"));
    closed_ones.lists = dossier_lists_closed();
    assert_int_equal(dossier_list(&o.room->keyring, &world.rules, db, b, &o.c.leader->actor, &closed_ones, o.now, &page, &f), ERR_OK);
    struct dossier_clock c = dossier_clock(now_is(&o));
    assert_string_equal(page.items[0]->punctuality, "on_time");
    assert_string_equal(clock_punctuality(&c, o.now), "on_time");
    assert_int_equal(n(&o, "(SELECT SUM(n) FROM count_delta WHERE name = 'finished_on_time')"), 1);
    assert_int_equal(ROWS(&o, "count_delta WHERE name = 'finished_late'"), 0);
    whole(&o);
    closed(&o);
}

/* By any words of a name and any parts of a code, in any order, each as far as it was typed; only what all of them stand in. */
static void test_a_dossier_is_found_by_words_of_names_and_parts_of_its_code(void **state)
{
    OFFICE;
    static const struct { const char *q; size_t found; } asked[] = {
        {"hoa", 1}, {"Nguyễn", 2}, {"nguyen thi", 2}, {"hoa nguyen", 1}, {"thi ho", 1}, {"0001", 1}, {"261123-0002", 1}, {"30292 261123 0001", 1},
        {"H01 30292-261123 lan", 1}, {"H01.30292-261123-0002", 1}, {"nguyen 0001", 1}, {"lan 0001", 0}, {"nguyen van", 0}, {"hoa 9", 0}, {"tran", 0},
        {"%", 0}, {"' ''", 0}};
    submitted(&o, "1.001193", "nguyễn thị hoa");
    submitted(&o, "1.001193", "nguyễn thị lan");
    struct arena *b _arena_ = arena_new();
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(o.f->store, DB_READ, &db), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct dossier_list_query q = {.unit = STR(""), .task = STR(""), .q = str_of(asked[i].q), .cursor = STR(""), .limit = 5};
        struct dossier_page page;
        struct fail f = {0};
        assert_int_equal(dossier_list(&o.room->keyring, &world.rules, db, b, &o.c.clerk->actor, &q, o.now, &page, &f), ERR_OK);
        if (page.n != asked[i].found)
            fail_msg("%s: %zu found, not %zu", asked[i].q, page.n, asked[i].found);
    }
    closed(&o);
}

int main(void)
{
    played.types = dossier_aggregate.types;
    played.type_count = dossier_aggregate.type_count;
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_what_a_counter_does_shows_everywhere_at_once),
        BOTH_ENGINES(test_work_rows_and_words_follow_the_competent_unit),
        BOTH_ENGINES(test_a_restricted_dossier_leaves_rows_only_for_the_cleared),
        BOTH_ENGINES(test_register_numbers_are_continuous_in_each_year),
        BOTH_ENGINES(test_what_ended_is_counted_as_on_time_or_late),
        BOTH_ENGINES(test_whom_a_payload_names_is_found_among_the_staff),
        BOTH_ENGINES(test_a_voided_dossier_is_out_of_every_rate),
        BOTH_ENGINES(test_a_result_is_issued_with_its_number_and_date),
        BOTH_ENGINES(test_a_revoked_result_is_not_in_force_and_the_other_is),
        BOTH_ENGINES(test_list_detail_and_counts_give_one_verdict),
        BOTH_ENGINES(test_a_dossier_is_found_by_words_of_names_and_parts_of_its_code),
        BOTH_ENGINES(test_a_repetition_gets_the_answer_of_then),
        BOTH_ENGINES(test_an_erased_dossier_keeps_its_chain_and_no_name),
        BOTH_ENGINES(test_who_comes_second_with_the_old_version_is_told),
        BOTH_ENGINES(test_codes_and_register_numbers_are_unique_under_concurrency),
        BOTH_ENGINES(test_of_many_who_decide_one_decides),
        BOTH_ENGINES(test_a_node_whose_clock_is_behind_writes_no_earlier_time),
        ONLY_SQLITE(test_a_rehearsal_writes_the_same_events_on_both_engines),
        BOTH_ENGINES(test_how_fast),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

/* Figures are the same however and whenever their rows are folded: random dossiers, folding at random moments and beside, recounted from events. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/replay.h"
#include "domain/dossier/dossier_test.h"
#include "domain/report/fold.h"
#include "domain/report/report.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { DOSSIERS_MAX = 60 };

struct office {
    struct arena *a;
    struct fixture *f;
    struct engine_room *room;
    struct cast c;
    int64_t now;
    uint64_t seed;
    int given;
    struct id dossier[DOSSIERS_MAX];
    size_t dossiers;
};

static void office_open(struct office *o, void **state, struct arena *a)
{
    struct fixture *f = fixture_of(state);
    *o = (struct office){.a = a, .f = f, .room = toy_room(f->store, 2, "counts"), .now = test_at("2026-11-23 09:00"), .seed = 20261123};
    atomic_store(&o->room->rules, &world.rules);
    world.keyring = o->room->keyring;
    o->c = cast_new(a, o->now);
}

static enum err give(struct office *o, const struct who *w, const char *home, struct id id, const char *type, const char *payload, struct id *stream_r)
{
    char *text = arena_alloc(o->a, strlen(payload) + 1);
    struct outcome out;
    memcpy(text, payload, strlen(payload));
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    struct command c = {.aggregate = &dossier_aggregate, .type = str_of(type), .home_unit = str_of(home), .stream = id, .actor = w->actor,
                        .key = str_printf(o->a, "k%d", ++o->given), .payload = arena_json(o->a, json_loads(text, 0, NULL)), .now = o->now};
    enum err e = command_wait(o->room, o->a, &c, &out);
    if (stream_r)
        *stream_r = out.stream;
    return e;
}

/* One thing somebody might do; what the rules refuse counts nothing. */
static void anything(struct office *o)
{
    static const char submission[] = "{'procedure': '%s', 'channel': 'counter', 'receiving_unit': '30292', 'parties': [{'role': 'owner', 'kind': 'person', 'name': 'Hoa',"
        " 'id_type': 'personal_number', 'id_number': '099190000123', 'phone': '0912345678', 'territory': '30292'}]}";
    static const char *const procedures[] = {"1.004873", "1.001193", "1.000656"};
    const struct { const struct who *who; const char *type, *payload; } acts[] = {
        {o->c.leader, "assign", "{'officer': 'staff:officer'}"}, {o->c.leader, "approve", "{}"}, {o->c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"},
        {o->c.owner, "supplement", "{'note': 'x'}"}, {o->c.leader, "reject", "{'reason': 'x', 'basis': 'y'}"}, {o->c.officer, "stop", "{'reason': 'x', 'basis': 'x'}"},
        {o->c.clerk, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'x'}"}};
    if (o->dossiers < DOSSIERS_MAX && draw(&o->seed) % 4 == 0) {
        char text[sizeof submission + 20];
        snprintf(text, sizeof text, submission, procedures[draw(&o->seed) % ARRAY_LEN(procedures)]);
        if (give(o, o->c.clerk, "30292", (struct id){{0}}, "submit", text, &o->dossier[o->dossiers]) == ERR_OK)
            o->dossiers++;
    } else if (o->dossiers) {
        size_t i = draw(&o->seed) % ARRAY_LEN(acts);
        (void)!give(o, acts[i].who, "30292", o->dossier[draw(&o->seed) % o->dossiers], acts[i].type, acts[i].payload, NULL);
    }
    o->now += (int64_t)(draw(&o->seed) % (6 * MS_HOUR));
}

static int64_t number(const struct office *o, const char *sql) { return fixture_int(o->f, "SELECT CAST((%s) AS BIGINT)", sql); }

static void recount(struct office *o)
{
    static const char *const names[] = {"submitted", "received", "supplement_requested", "approved", "rejected", "stopped", "delivered"};
    struct db *db _db_ = NULL;
    struct report report;
    struct fail f = {0};
    assert_int_equal(db_open(o->f->store, DB_READ, &db), ERR_OK);
    int64_t first = time_local_day(test_at("2026-11-23 09:00")), last = time_local_day(o->now);
    assert_int_equal(report_make(&world.rules, db, &o->c.controller->actor, STR("volume"), STR(""), first, last, &report, &f), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM event WHERE type = 'dossier.%s'", names[i]);
        int64_t events = number(o, sql), figure = -1;
        for (size_t k = 0; k < report.figures; k++)
            if (strcmp(report.figure[k].name, names[i]) == 0)
                figure = report.figure[k].numerator;
        if (events != figure)
            fail_msg("%s: %lld events, but the figure says %lld", names[i], (long long)events, (long long)figure);
    }
}

static void replayed(struct office *o)
{
    static const struct aggregate *const aggregates[] = {&dossier_aggregate};
    struct replay_report r;
    enum err e = replay_run(o->f->store, &o->room->keyring, aggregates, 1, &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
}

static int64_t fold_all(struct office *o)
{
    int64_t n, sum = 0;
    do {
        assert_int_equal(count_fold(o->room->writer, COUNT_FOLD_BATCH_MAX, &n), ERR_OK);
        sum += n;
    } while (n == COUNT_FOLD_BATCH_MAX);
    return sum;
}

static void test_sums_equal_a_recount_from_events_whenever_rows_are_folded(void **state) /* design §2, counts */
{
    struct arena *a _arena_ = arena_new();
    struct office o;
    int64_t n, folded = 0;
    office_open(&o, state, a);
    for (int i = 0; i < 500; i++) {
        anything(&o);
        if (draw(&o.seed) % 9 == 0) {
            assert_int_equal(count_fold(o.room->writer, 1 + (int)(draw(&o.seed) % 7), &n), ERR_OK);
            folded += n;
        }
        if (i % 125 == 124)
            recount(&o);
    }
    int64_t rows = number(&o, "SELECT COUNT(*) FROM count_delta");
    assert_true(folded > 20 && rows > 0); /* some folded, some not: the figure needs both */
    replayed(&o);
    assert_int_equal(fold_all(&o), rows);
    assert_int_equal(number(&o, "SELECT COUNT(*) FROM count_delta"), 0);
    assert_int_equal(number(&o, "SELECT SUM(n) FROM count_total"), folded + rows);
    assert_int_equal(fold_all(&o), 0);
    recount(&o);
    replayed(&o);
    toy_room_close(&o.room);
}

struct folder {
    struct office *o;
    atomic_bool stop;
    atomic_long folded;
};

static void *folds(void *arg)
{
    struct folder *f = arg;
    int64_t n;
    while (!atomic_load(&f->stop))
        if (!count_fold(f->o->room->writer, 5, &n))
            atomic_fetch_add(&f->folded, (long)n);
    return NULL;
}

static void test_two_folders_beside_the_commands_count_nothing_twice(void **state)
{
    struct arena *a _arena_ = arena_new();
    struct office o;
    pthread_t t[2];
    office_open(&o, state, a);
    struct folder f = {.o = &o};
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, folds, &f), 0);
    for (int i = 0; i < 200; i++)
        anything(&o);
    atomic_store(&f.stop, true);
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        pthread_join(t[i], NULL);
    long rest = (long)fold_all(&o);
    assert_int_equal(number(&o, "SELECT SUM(n) FROM count_total"), f.folded + rest);
    recount(&o);
    replayed(&o);
    toy_room_close(&o.room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_sums_equal_a_recount_from_events_whenever_rows_are_folded),
        BOTH_ENGINES(test_two_folders_beside_the_commands_count_nothing_twice),
    };
    return cmocka_run_group_tests_name("count_recount", tests, world_setup, world_teardown);
}

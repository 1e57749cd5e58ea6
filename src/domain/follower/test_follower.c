/* Followers: every event once and in order, whoever dies, fails or runs beside; no unit holds another up. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/follower/follower.h"
#include "domain/job/job.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct world {
    struct fixture *f;
    struct bell bell;
    struct engine_room room;
    struct follower table[3];
    size_t n;
    /* of the toy follower */
    _Atomic int64_t fail_at;       /* this position of unit 91 fails */
    _Atomic bool fail_in_look, die;
    pthread_mutex_t lock;
    char units[4096];              /* order of units as they were worked on, one letter each */
    size_t worked;
    int64_t last_pos[3];           /* of units 91, 92, 93: never backwards */
    _Atomic int looks, runs;
};

static size_t unit_no(struct str unit) { return unit.n == 2 && unit.p[1] >= '1' && unit.p[1] <= '3' ? (size_t)(unit.p[1] - '1') : 0; }

static bool wants_added(void *arg, struct str type)
{
    (void)arg;
    return str_is(type, "toy.added");
}

static enum err look(void *arg, struct arena *a, struct db *db, const struct event *e, void **seen_r)
{
    struct world *w = arg;
    (void)db;
    atomic_fetch_add(&w->looks, 1);
    if (atomic_load(&w->fail_in_look) && e->pos == atomic_load(&w->fail_at) && str_is(e->home_unit, "91"))
        return ERR_INTERNAL;
    json_t *payload = json_loadb(e->payload.p, e->payload.n, 0, NULL);
    int64_t *n = *seen_r = ARENA_NEW(a, int64_t);
    *n = json_integer_value(json_object_get(payload, "n"));
    json_decref(payload);
    return ERR_OK;
}

/* Counts events and sums what look found, in rows of the store; and makes a job for each. */
static enum err run(void *arg, struct db *db, const struct event *e, void *seen)
{
    struct world *w = arg;
    atomic_fetch_add(&w->runs, 1);
    if (!atomic_load(&w->fail_in_look) && e->pos == atomic_load(&w->fail_at) && str_is(e->home_unit, "91"))
        return ERR_INTERNAL;
    struct rows r _rows_ = {0};
    enum err err = db_query(db, &r, STMT_COMMAND_COUNTER, p_text(e->home_unit), p_c("followed"), p_c(""));
    int64_t count = 0;
    if (!err && rows_next(&r))
        count = row_i64(&r, 0);
    if (!err)
        err = rows_end(&r);
    if (!err)
        err = db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(e->home_unit), p_c("followed"), p_c(""), p_int(count + 1 + (seen ? *(int64_t *)seen * 1000 : 0)));
    char what[60];
    snprintf(what, sizeof what, "%lld", (long long)e->pos);
    if (!err)
        err = job_add(db, e->home_unit, job_id("notice", e->home_unit, str_of(what)), "notice", e->at, STR_NONE);
    if (!err && atomic_load(&w->die)) {
        err = db_flush(db); /* the effect is with the engine … */
        kill(getpid(), SIGKILL); /* … and nobody moves the cursor any more */
    }
    pthread_mutex_lock(&w->lock);
    if (w->worked + 1 < sizeof w->units)
        w->units[w->worked++] = e->home_unit.p[1];
    w->last_pos[unit_no(e->home_unit)] = e->pos;
    pthread_mutex_unlock(&w->lock);
    return err;
}

static struct world *world_up(struct fixture *f)
{
    struct world *w = calloc(1, sizeof *w);
    struct key master = {{1}};
    w->f = f;
    bell_init(&w->bell);
    pthread_mutex_init(&w->lock, NULL);
    w->room.store = f->store;
    w->room.keyring = keyring_from_master(&master);
    assert_int_equal(engine_room_start(&w->room, 2, bell_ring, &w->bell), ERR_OK);
    w->table[0] = (struct follower){.name = "toy", .run = run, .arg = w};
    w->n = 1;
    return w;
}

static void world_down(struct world *w)
{
    writer_stop(&w->room.writer);
    bell_destroy(&w->bell);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static struct followers *follow(struct world *w, bool threads, int lease_ms)
{
    struct followers *f = NULL;
    assert_int_equal(followers_start(&(struct followers_config){w->f->store, w->room.writer, &w->bell, w->table, w->n, threads, lease_ms}, &f), ERR_OK);
    return f;
}

/* An opened toy and n additions: 1 + n events in that unit. */
static void play(struct world *w, const char *unit, int n, const char *name)
{
    struct arena *a _arena_ = arena_new();
    char key[80];
    struct outcome out;
    static const struct id none;
    struct command c = toy_command(a, "open", unit, none, name, "{\"label\":\"x\"}");
    assert_int_equal(command_wait(&w->room, a, &c, &out), ERR_OK);
    struct id toy = out.stream;
    for (int i = 0; i < n; i += 5) {
        snprintf(key, sizeof key, "%s %d", name, i);
        c = toy_command(a, "add", unit, toy, key, "{\"n\":2,\"times\":%d}", n - i < 5 ? n - i : 5);
        assert_int_equal(command_wait(&w->room, a, &c, &out), ERR_OK);
    }
}

static int64_t followed(struct world *w, const char *unit)
{
    return fixture_int(w->f, "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM counter WHERE name = 'followed' AND home_unit = '%s'", unit);
}
static int64_t cursor(struct world *w, const char *unit)
{
    return fixture_int(w->f, "SELECT CAST(COALESCE(SUM(pos), 0) AS BIGINT) FROM follower WHERE name = 'toy' AND home_unit = '%s'", unit);
}
static bool reaches(struct world *w, const char *unit, int64_t n)
{
    for (int i = 0; i < 1000 && followed(w, unit) != n; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    return followed(w, unit) == n;
}

static void test_every_event_is_followed_once_and_in_order(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct followers *f = follow(w, false, 0);
    play(w, "91", 200, "a");
    play(w, "92", 3, "b");
    assert_int_equal(followers_catch_up(f), ERR_OK);
    assert_int_equal(followed(w, "91"), 201);
    assert_int_equal(followed(w, "92"), 4);
    assert_int_equal(cursor(w, "91"), 201);
    assert_int_equal(w->last_pos[0], 201);
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM job"), 205);
    assert_int_equal(followers_catch_up(f), ERR_OK);
    assert_int_equal(atomic_load(&w->runs), 205);
    /* The short unit did not wait for the long one's backlog. */
    char *b = memchr(w->units, '2', w->worked);
    assert_non_null(b);
    assert_true(b - w->units < 128);
    followers_stop(&f);
    world_down(w);
}

static void test_what_is_not_wanted_only_moves_the_cursor(void **state)
{
    struct world *w = world_up(fixture_of(state));
    w->table[0].wants = wants_added;
    w->table[0].look = look;
    struct followers *f = follow(w, false, 0);
    play(w, "91", 0, "a");
    play(w, "91", 7, "b");
    assert_int_equal(followers_catch_up(f), ERR_OK);
    assert_int_equal(followed(w, "91"), 7 * 2001);
    assert_int_equal(atomic_load(&w->looks), 7);
    assert_int_equal(cursor(w, "91"), 9);
    followers_stop(&f);
    world_down(w);
}

static void test_a_commit_wakes_the_followers(void **state)
{
    struct world *w = world_up(fixture_of(state));
    w->table[1] = (struct follower){.name = "other", .run = run, .arg = w};
    w->n = 2;
    struct followers *f = follow(w, true, 0);
    int n_played = 0;
    int64_t took = INT64_MAX;
    while (took >= 900000 && n_played < 10) { /* not by the look of each second; a busy machine may be late once */
        char name[20];
        snprintf(name, sizeof name, "a%d", n_played++);
        int64_t from = time_monotonic_us();
        play(w, "91", 1, name);
        assert_true(reaches(w, "91", 4 * n_played));
        took = time_monotonic_us() - from;
    }
    assert_true(took < 900000);
    struct db *db _db_ = NULL;
    struct follower_report reports[4];
    size_t n;
    assert_int_equal(db_open(w->f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(followers_report(f, db, reports, 4, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(reports[1].name, "other");
    assert_int_equal(reports[0].events_behind + reports[1].events_behind, 0);
    followers_stop(&f);
    world_down(w);
}

static void fails_at_its_event_and_nowhere_else(struct world *w, bool in_look)
{
    w->table[0].look = look;
    atomic_store(&w->fail_in_look, in_look);
    atomic_store(&w->fail_at, 10);
    play(w, "91", 20, "a");
    play(w, "92", 20, "b");
    struct followers *f = follow(w, false, 0);
    assert_int_equal(followers_catch_up(f), ERR_INTERNAL);
    assert_int_equal(followers_catch_up(f), ERR_INTERNAL); /* still behind, and said so */
    assert_int_equal(cursor(w, "91"), 9);
    assert_int_equal(cursor(w, "92"), 21);
    assert_int_equal(followed(w, "92"), 21 + 20 * 2000);
    struct db *db = NULL;
    struct follower_report rep;
    size_t n;
    assert_int_equal(db_open(w->f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(followers_report(f, db, &rep, 1, &n), ERR_OK);
    db_close(&db);
    assert_int_equal(rep.stuck_units, 1);
    assert_string_equal(rep.stuck_unit, "91");
    assert_int_equal(rep.stuck_pos, 10);
    assert_int_equal(rep.units_behind, 1);
    assert_int_equal(rep.events_behind, 12);
    atomic_store(&w->fail_at, 0);
    enum err e = ERR_INTERNAL;
    for (int i = 0; i < 300 && (e = followers_catch_up(f)) != ERR_OK; i++)
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(cursor(w, "91"), 21);
    assert_int_equal(followed(w, "91"), 21 + 20 * 2000); /* what was rolled back was not counted twice */
    followers_stop(&f);
}

static void test_an_event_that_fails_stops_its_unit_only(void **state)
{
    struct world *w = world_up(fixture_of(state));
    fails_at_its_event_and_nowhere_else(w, false);
    world_down(w);
}

static void test_a_look_that_fails_stops_its_unit_only(void **state)
{
    struct world *w = world_up(fixture_of(state));
    fails_at_its_event_and_nowhere_else(w, true);
    world_down(w);
}

static void test_dying_between_effect_and_cursor_leaves_neither(void **state) /* */
{
    struct fixture *f = fixture_of(state);
    struct world *w = world_up(f);
    play(w, "91", 3, "a");
    world_down(w);
    pid_t child = fork();
    if (child == 0) {
        w = world_up(f);
        atomic_store(&w->die, true);
        struct followers *fo = follow(w, false, 60000);
        (void)!followers_catch_up(fo);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    w = world_up(f);
    assert_int_equal(followed(w, "91"), 0);
    assert_int_equal(cursor(w, "91"), 0);
    struct followers *fo = follow(w, false, 60000);
    assert_int_equal(followers_catch_up(fo), ERR_BUSY); /* its lease still holds */
    fixture_sql(f, "UPDATE lease SET until_at = 1"); /* a minute later */
    assert_int_equal(followers_catch_up(fo), ERR_OK);
    assert_int_equal(followed(w, "91"), 4);
    assert_int_equal(fixture_int(f, "SELECT COUNT(*) FROM job"), 4);
    followers_stop(&fo);
    world_down(w);
}

/* Leases of a millisecond: both work all the time, and only the cursor's condition keeps them apart. */
static void test_two_processes_that_both_believe_to_hold_it_double_nothing(void **state)
{
    struct world *w = world_up(fixture_of(state)), *v = world_up(w->f);
    struct followers *f = follow(w, true, 1), *g = follow(v, true, 1);
    play(w, "91", 60, "a");
    play(v, "92", 60, "b");
    play(w, "93", 60, "c");
    assert_true(reaches(w, "91", 61));
    assert_true(reaches(w, "92", 61));
    assert_true(reaches(w, "93", 61));
    followers_stop(&f); /* what they still had in hand is done */
    followers_stop(&g);
    assert_int_equal(followed(w, "91") + followed(w, "92") + followed(w, "93"), 183);
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM job"), 183);
    world_down(v);
    world_down(w);
}

static void test_who_stops_hands_over_at_once(void **state)
{
    struct world *w = world_up(fixture_of(state)), *v = world_up(w->f);
    struct followers *f = follow(w, false, 60000), *g = follow(v, false, 60000);
    play(w, "91", 1, "a");
    assert_int_equal(followers_catch_up(f), ERR_OK);
    play(w, "91", 1, "b");
    assert_int_equal(followers_catch_up(g), ERR_BUSY);
    followers_stop(&f);
    assert_int_equal(followers_catch_up(g), ERR_OK);
    assert_int_equal(followed(w, "91"), 4);
    followers_stop(&g);
    world_down(v);
    world_down(w);
}

static void test_a_gap_of_positions_is_not_jumped_over(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct followers *f = follow(w, false, 0);
    play(w, "91", 5, "a");
    play(w, "92", 5, "b");
    fixture_sql(w->f, "DELETE FROM event WHERE home_unit = '91' AND pos = 3");
    assert_int_equal(followers_catch_up(f), ERR_CORRUPT);
    assert_true(cursor(w, "91") < 3);
    assert_int_equal(cursor(w, "92"), 6);
    followers_stop(&f);
    world_down(w);
}

static void test_read_only_pauses_followers(void **state)
{
    struct world *w = world_up(fixture_of(state));
    play(w, "91", 2, "a");
    writer_read_only(w->room.writer, "low-disk");
    struct followers *f = follow(w, true, 0);
    nanosleep(&(struct timespec){0, 60000000}, NULL);
    assert_int_equal(followers_catch_up(f), ERR_UNAVAILABLE);
    assert_int_equal(followed(w, "91"), 0);
    writer_read_only(w->room.writer, NULL);
    assert_true(reaches(w, "91", 3));
    followers_stop(&f);
    world_down(w);
}

/* MOTCUA_MEASURE=1 prints: a backlog in one unit, and a look over many units of which none is behind. */
static void test_measured_backlog(void **state)
{
    struct world *w = world_up(fixture_of(state));
    bool measure = getenv("MOTCUA_MEASURE") != NULL;
    struct followers *f = follow(w, false, 0);
    int n = measure ? 3000 : 100;
    play(w, "91", n, "a");
    int64_t t0 = time_monotonic_us();
    assert_int_equal(followers_catch_up(f), ERR_OK);
    int64_t t1 = time_monotonic_us();
    assert_int_equal(followed(w, "91"), n + 1);
    if (measure) {
        char unit[8];
        struct db *db _db_ = NULL;
        assert_int_equal(db_open(w->f->store, DB_WRITE, &db), ERR_OK);
        assert_int_equal(db_begin(db), ERR_OK);
        for (int i = 0; i < 10000; i++) {
            snprintf(unit, sizeof unit, "u%05d", i);
            struct rows r _rows_ = {0};
            assert_int_equal(db_exec(db, STMT_LEDGER_HEAD_SET, p_c(unit), p_int(7), p_bytes(STR("x"))), ERR_OK);
            assert_int_equal(db_query(db, &r, STMT_FOLLOWER_ADVANCE, p_c(unit), p_c("toy"), p_int(7), p_int(0)), ERR_OK);
            assert_true(rows_next(&r));
        }
        assert_int_equal(db_commit(db), ERR_OK);
        int64_t t2 = time_monotonic_us();
        for (int i = 0; i < 20; i++)
            assert_int_equal(followers_catch_up(f), ERR_OK);
        print_message("backlog: %.0f events/s; a look over 10,000 units: %.1f ms\n", (double)(n + 1) * 1e6 / (double)(t1 - t0),
                      (double)(time_monotonic_us() - t2) / 20e3);
    }
    followers_stop(&f);
    world_down(w);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_every_event_is_followed_once_and_in_order),
        BOTH_ENGINES(test_what_is_not_wanted_only_moves_the_cursor),
        BOTH_ENGINES(test_a_commit_wakes_the_followers),
        BOTH_ENGINES(test_an_event_that_fails_stops_its_unit_only),
        BOTH_ENGINES(test_a_look_that_fails_stops_its_unit_only),
        BOTH_ENGINES(test_dying_between_effect_and_cursor_leaves_neither),
        BOTH_ENGINES(test_two_processes_that_both_believe_to_hold_it_double_nothing),
        BOTH_ENGINES(test_who_stops_hands_over_at_once),
        BOTH_ENGINES(test_a_gap_of_positions_is_not_jumped_over),
        BOTH_ENGINES(test_read_only_pauses_followers),
        BOTH_ENGINES(test_measured_backlog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

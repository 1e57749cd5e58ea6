/* The watcher: a full disk and a jumping clock stop the writing, and only as long as they last. */
#include "support/store_fixture.h"
#include "base/timex.h"
#include "store/health.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct machine {
    _Atomic int64_t room, wall, steady;
    atomic_bool full;
};
static int64_t room(void *m) { return atomic_load(&((struct machine *)m)->room); }
static int64_t wall(void *m) { return atomic_load(&((struct machine *)m)->wall); }
static bool writes(void *m) { return !atomic_load(&((struct machine *)m)->full); }
static int64_t steady(void *m) { return atomic_load(&((struct machine *)m)->steady); }

struct node {
    struct machine m;
    struct writer *writer;
    struct health *health;
};

static void node_up_with(struct node *n, struct fixture *f, bool watch_clock, int every_ms, bool (*can_write)(void *arg))
{
    *n = (struct node){.m = {1000, MS_DAY, 5000}};
    assert_int_equal(writer_start(f->store, &(struct writer_config){.lanes = 1, .group_max = 8, .queue_max = 8}, &n->writer), ERR_OK);
    struct health_config c = {.dir = f->folder, .store = f->store, .writer = n->writer, .low_disk_mb = 400, .watch_clock = watch_clock, .every_ms = every_ms,
                              .free_mb = room, .wall_ms = wall, .steady_ms = steady, .can_write = can_write, .arg = &n->m};
    assert_int_equal(health_start(&c, &n->health), ERR_OK);
}
static void node_up(struct node *n, struct fixture *f, bool watch_clock, int every_ms) { node_up_with(n, f, watch_clock, every_ms, NULL); }
static void node_down(struct node *n)
{
    health_stop(&n->health);
    writer_stop(&n->writer);
}

static void is(struct node *n, const char *reason)
{
    struct health_report r;
    health_look(n->health);
    const char *told = writer_read_only_reason(n->writer);
    assert_int_equal(health_ready(n->health, &r), reason == NULL);
    if (reason) {
        assert_non_null(told);
        assert_string_equal(told, reason);
        assert_string_equal(r.reason[0], reason);
    } else
        assert_null(told);
}

static void test_low_disk_stops_writing_until_there_is_a_quarter_more(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), true, 60000);
    is(&n, NULL);
    atomic_store(&n.m.room, 400);
    is(&n, NULL);
    atomic_store(&n.m.room, 399);
    is(&n, "low-disk");
    atomic_store(&n.m.room, 400); /* at the border it does not flutter */
    is(&n, "low-disk");
    atomic_store(&n.m.room, 499);
    is(&n, "low-disk");
    atomic_store(&n.m.room, 500);
    is(&n, NULL);
    health_low_disk(n.health, 600);
    is(&n, "low-disk");
    node_down(&n);
}

struct failing {
    struct write_job job; /* first */
    enum err e;
    atomic_bool over;
};
static enum err fails(struct write_job *j, struct db *db, void *lane)
{
    (void)db, (void)lane;
    return ((struct failing *)j)->e;
}
static void over(struct write_job *j, enum err e)
{
    (void)e;
    atomic_store(&((struct failing *)j)->over, true);
}
static void fail_once(struct node *n, enum err e)
{
    struct failing f = {{.run = fails, .done = over}, e, false};
    assert_int_equal(writer_submit(n->writer, &f.job), ERR_OK);
    while (!atomic_load(&f.over))
        usleep(1000);
}

/* Also where low_disk_mb asks for nothing. */
static void test_a_write_without_room_stops_writing_until_one_works(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), true, 60000);
    health_low_disk(n.health, 0);
    fail_once(&n, ERR_NO_SPACE);
    is(&n, NULL); /* there is room again: the trial is written, on the real store */
    n.m.full = true;
    is(&n, NULL); /* nobody asks without a reason */
    fail_once(&n, ERR_CORRUPT);
    is(&n, NULL);
    node_down(&n);
    node_up_with(&n, fixture_of(state), true, 60000, writes);
    n.m.full = true;
    health_low_disk(n.health, 0);
    fail_once(&n, ERR_NO_SPACE);
    is(&n, "no-space");
    is(&n, "no-space");
    n.m.full = false;
    is(&n, NULL);
    node_down(&n);
}

static void test_a_clock_that_jumps_stops_writing_until_it_returns(void **state)
{
    static const int64_t jumps[] = {6 * MS_MINUTE, -6 * MS_MINUTE, 3650LL * MS_DAY};
    struct node n;
    node_up(&n, fixture_of(state), true, 60000);
    for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
        atomic_fetch_add(&n.m.wall, jumps[i]);
        is(&n, "clock-jump");
        is(&n, "clock-jump"); /* it does not get used to it */
        atomic_fetch_add(&n.m.wall, -jumps[i]);
        is(&n, NULL);
    }
    node_down(&n);
}

static void test_a_clock_put_back_while_the_node_was_down_is_noticed(void **state)
{
    struct fixture *f = fixture_of(state);
    struct node n;
    const char *nothing = f->engine == ENGINE_POSTGRES ? "''::bytea" : "x''";
    fixture_sql(f, "INSERT INTO event (home_unit, pos, stream, seq, type, version, at, actor, unit, basis, salt, hash, payload) VALUES "
                   "('91', 1, %s, 1, 'x.y', 1, %lld, 'a', 'b', '', %s, %s, %s)", nothing, (long long)(MS_DAY + 6 * MS_MINUTE), nothing, nothing, nothing);
    fixture_sql(f, "INSERT INTO unit_head (home_unit, pos, hash) VALUES ('91', 1, %s)", nothing);
    node_up(&n, f, false, 60000); /* a rehearsal's clock is its own */
    is(&n, NULL);
    node_down(&n);
    node_up(&n, f, true, 60000);
    is(&n, "clock-jump");
    atomic_fetch_add(&n.m.wall, 3 * MS_DAY); /* put right: days have passed since the event */
    is(&n, NULL);
    atomic_fetch_add(&n.m.wall, -6 * MS_MINUTE);
    is(&n, "clock-jump");
    node_down(&n);
    node_up(&n, f, true, 60000);
    health_clock_is_right(n.health); /* the event was wrong, says the operator */
    is(&n, NULL);
    node_down(&n);
    fixture_sql(f, "UPDATE event SET at = %lld", (long long)(MS_DAY + 4 * MS_MINUTE));
    node_up(&n, f, true, 60000);
    is(&n, NULL);
    node_down(&n);
}

static void test_time_that_passes_and_small_corrections_are_no_jump(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), true, 60000);
    for (int i = 0; i < 100; i++) { /* four minutes of correction each time: 400 in all */
        atomic_fetch_add(&n.m.wall, MS_HOUR + 4 * MS_MINUTE);
        atomic_fetch_add(&n.m.steady, MS_HOUR);
        is(&n, NULL);
    }
    node_down(&n);
}

static void test_an_operator_may_say_that_the_new_time_is_right(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), true, 60000);
    atomic_fetch_add(&n.m.wall, MS_DAY);
    is(&n, "clock-jump");
    health_clock_is_right(n.health);
    assert_null(writer_read_only_reason(n.writer));
    is(&n, NULL);
    atomic_fetch_add(&n.m.wall, -MS_DAY);
    is(&n, "clock-jump");
    node_down(&n);
}

static void test_a_rehearsal_clock_may_move(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), false, 60000);
    atomic_fetch_add(&n.m.wall, MS_DAY);
    is(&n, NULL);
    node_down(&n);
}

static void test_both_reasons_end_one_by_one_and_anothers_reason_stays(void **state)
{
    struct node n;
    struct health_report r;
    node_up(&n, fixture_of(state), true, 60000);
    atomic_store(&n.m.room, 1);
    atomic_fetch_add(&n.m.wall, MS_DAY);
    is(&n, "low-disk");
    assert_false(health_ready(n.health, &r));
    assert_int_equal(r.n, 2);
    atomic_store(&n.m.room, 9999);
    is(&n, "clock-jump");
    atomic_fetch_add(&n.m.wall, -MS_DAY);
    is(&n, NULL);
    writer_read_only(n.writer, "migration");
    atomic_store(&n.m.room, 1);
    health_look(n.health);
    atomic_store(&n.m.room, 9999);
    health_look(n.health);
    assert_string_equal(writer_read_only_reason(n.writer), "migration");
    assert_false(health_ready(n.health, &r));
    assert_string_equal(r.reason[0], "migration");
    node_down(&n);
}

static void test_the_watcher_looks_by_itself(void **state)
{
    struct node n;
    node_up(&n, fixture_of(state), true, 10);
    atomic_store(&n.m.room, 1);
    for (int i = 0; i < 500 && !writer_read_only_reason(n.writer); i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    assert_string_equal(writer_read_only_reason(n.writer), "low-disk");
    node_down(&n);
}

static void test_the_machine_itself_is_read(void **state)
{
    struct fixture *f = fixture_of(state);
    struct writer *w;
    struct health *h;
    struct health_report r;
    assert_int_equal(writer_start(f->store, &(struct writer_config){.lanes = 1, .group_max = 8, .queue_max = 8}, &w), ERR_OK);
    assert_int_equal(health_start(&(struct health_config){.dir = f->folder, .store = f->store, .writer = w, .watch_clock = true}, &h), ERR_OK);
    health_look(h);
    assert_true(health_ready(h, &r));
    assert_true(r.free_mb > 0);
    assert_true(r.drift_ms > -MS_MINUTE && r.drift_ms < MS_MINUTE);
    health_low_disk(h, r.free_mb * 1000 + 1000);
    health_look(h);
    assert_false(health_ready(h, &r));
    health_stop(&h);
    writer_stop(&w);
}

static void test_a_database_that_is_away_is_not_ready(void **state)
{
    struct fixture *f = fixture_of(state);
    struct writer *w;
    struct health *h;
    struct health_report r;
    struct store *nowhere = store_new(&(struct store_config){f->engine, "/nonexistent/folder/db", "host=/nonexistent dbname=x connect_timeout=1", ""});
    assert_int_equal(writer_start(f->store, &(struct writer_config){.lanes = 1, .group_max = 8, .queue_max = 8}, &w), ERR_OK);
    assert_int_equal(health_start(&(struct health_config){.dir = f->folder, .store = nowhere, .writer = w}, &h), ERR_OK);
    assert_false(health_ready(h, &r));
    assert_string_equal(r.reason[0], "database");
    assert_null(writer_read_only_reason(w));
    health_stop(&h);
    writer_stop(&w);
    store_free(&nowhere);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        ONLY_SQLITE(test_low_disk_stops_writing_until_there_is_a_quarter_more),
        BOTH_ENGINES(test_a_write_without_room_stops_writing_until_one_works),
        ONLY_SQLITE(test_a_clock_that_jumps_stops_writing_until_it_returns),
        ONLY_SQLITE(test_time_that_passes_and_small_corrections_are_no_jump),
        ONLY_SQLITE(test_an_operator_may_say_that_the_new_time_is_right),
        ONLY_SQLITE(test_a_rehearsal_clock_may_move),
        ONLY_SQLITE(test_both_reasons_end_one_by_one_and_anothers_reason_stays),
        ONLY_SQLITE(test_the_watcher_looks_by_itself),
        BOTH_ENGINES(test_a_clock_put_back_while_the_node_was_down_is_noticed),
        BOTH_ENGINES(test_the_machine_itself_is_read),
        BOTH_ENGINES(test_a_database_that_is_away_is_not_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

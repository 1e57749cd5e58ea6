/* Jobs: at least once, one at a time, never lost, never for ever; on both engines and with two processes' worth of runners. */
#include "support/store_fixture.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/job/job.h"
#include "store/write_now.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOON = 43200000 };

/* What the kinds of these tests do, and a clock that the test moves. */
struct world {
    struct fixture *f;
    struct writer *writer;
    struct bell bell;
    struct job_room room;
    struct db *db;
    _Atomic int64_t clock;
    _Atomic int ran, at_once, most_at_once, failures_left;
    pthread_mutex_t lock;
    char order[64];
    struct id ids[256];
    int last_attempt;
    const char *marks; /* a file outside the store: the receiver */
};

static int64_t world_now(void *arg) { return atomic_load(&((struct world *)arg)->clock); }

static enum job_end run_note(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    (void)a;
    pthread_mutex_lock(&w->lock);
    int i = atomic_fetch_add(&w->ran, 1);
    if (i < 256)
        w->ids[i] = j->id;
    if (i < 60 && j->payload.n)
        w->order[i] = j->payload.p[0];
    w->last_attempt = j->attempt;
    pthread_mutex_unlock(&w->lock);
    return JOB_DONE;
}
static enum job_end run_fail(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    run_note(arg, a, j);
    j->problem = "receiver.refused";
    j->problem_number = 503;
    return atomic_fetch_sub(&w->failures_left, 1) > 0 ? JOB_FAILED : JOB_DONE;
}
static enum job_end run_hopeless(void *arg, struct arena *a, struct job *j)
{
    run_note(arg, a, j);
    j->problem = "address.unknown";
    return JOB_HOPELESS;
}
static enum job_end run_slow(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    int n = atomic_fetch_add(&w->at_once, 1) + 1;
    if (n > atomic_load(&w->most_at_once))
        atomic_store(&w->most_at_once, n);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    for (int i = 0; i < 1000 && atomic_load(&w->most_at_once) < 2; i++) /* till another has come */
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    atomic_fetch_sub(&w->at_once, 1);
    return run_note(arg, a, j);
}
static enum job_end run_short(void *arg, struct arena *a, struct job *j)
{
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    return run_note(arg, a, j);
}
static enum job_end run_timer(void *arg, struct arena *a, struct job *j)
{
    run_note(arg, a, j);
    j->again_at = j->due_at + MS_DAY;
    return JOB_DONE;
}
static enum job_end run_long(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    run_note(arg, a, j);
    while (!job_stopping(j) && atomic_load(&w->at_once) == 0)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    return JOB_FAILED;
}
/* Does its effect outside and dies before it is recorded. */
static enum job_end run_die(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    FILE *out = fopen(w->marks, "a");
    char id[37];
    id_format(j->id, id);
    fprintf(out, "%s\n", id);
    fclose(out);
    (void)a;
    if (atomic_load(&w->failures_left) > 0)
        kill(getpid(), SIGKILL);
    return JOB_DONE;
}
static enum job_end run_keep(void *arg, struct arena *a, struct job *j)
{
    struct world *w = arg;
    for (int i = 0; i < 7; i++) { /* longer than its lease */
        nanosleep(&(struct timespec){0, 500000000}, NULL);
        if (job_keep(j))
            atomic_fetch_add(&w->failures_left, 1);
    }
    return run_note(arg, a, j);
}

static const struct job_kind kinds[] = {
    {.name = "note", .run = run_note},
    {.name = "fail", .run = run_fail, .attempts_max = 4, .backoff_ms = 1000, .backoff_max_ms = 3000},
    {.name = "hopeless", .run = run_hopeless},
    {.name = "slow", .run = run_slow, .running_max = 2},
    {.name = "timer", .run = run_timer},
    {.name = "long", .run = run_long},
    {.name = "die", .run = run_die, .attempts_max = 3},
    {.name = "keep", .run = run_keep, .lease_ms = 3000},
    {.name = "short", .run = run_short, .lease_ms = 5, .running_max = 0},
};

static struct world *world_up(struct fixture *f)
{
    struct world *w = calloc(1, sizeof *w);
    w->f = f;
    bell_init(&w->bell);
    pthread_mutex_init(&w->lock, NULL);
    atomic_store(&w->clock, NOON);
    assert_int_equal(writer_start(f->store, &(struct writer_config){.lanes = 2, .group_max = 64, .queue_max = 1000, .after_commit = bell_ring, .arg = &w->bell},
                                  &w->writer), ERR_OK);
    assert_int_equal(db_open(f->store, DB_READ, &w->db), ERR_OK);
    w->room = (struct job_room){.store = f->store, .writer = w->writer, .bell = &w->bell, .kinds = kinds, .kind_count = ARRAY_LEN(kinds), .arg = w,
                                .now = world_now, .threads = 4};
    return w;
}

static void world_down(struct world *w)
{
    db_close(&w->db);
    writer_stop(&w->writer);
    bell_destroy(&w->bell);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

struct adding {
    const char *kind, *payload, *unit;
    struct id id;
    int64_t due_at;
    int n;
};
static enum err add_in_transaction(void *arg, struct db *db)
{
    struct adding *a = arg;
    enum err e = ERR_OK;
    for (int i = 0; i < a->n && !e; i++) {
        char what[40];
        snprintf(what, sizeof what, "%s%d", a->payload, i);
        a->id = job_id(a->kind, str_of(a->unit), str_of(what));
        e = job_add(db, str_of(a->unit), a->id, a->kind, a->due_at, str_of(a->payload));
    }
    return e;
}
static struct id add_many(struct world *w, const char *unit, const char *kind, int64_t due_at, const char *payload, int n)
{
    struct adding a = {kind, payload, unit, .due_at = due_at, .n = n};
    assert_int_equal(write_now(w->writer, 0, add_in_transaction, &a, NULL), ERR_OK);
    return a.id;
}
static struct id add(struct world *w, const char *kind, int64_t due_at, const char *payload) { return add_many(w, "91", kind, due_at, payload, 1); }

static int run_due(struct world *w, int64_t now)
{
    int n;
    assert_int_equal(job_run_due(&w->room, now, 1000, &n), ERR_OK);
    return n;
}
static int64_t in_state(struct world *w, const char *state) { return fixture_int(w->f, "SELECT COUNT(*) FROM job WHERE state = '%s'", state); }
static bool soon(struct world *w, const char *state, int64_t n)
{
    for (int i = 0; i < 1000 && in_state(w, state) != n; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    return in_state(w, state) == n;
}

static void test_what_is_due_runs_once_and_in_order(void **state)
{
    struct world *w = world_up(fixture_of(state));
    add(w, "note", NOON - 5, "b");
    add(w, "timer", NOON - 9, "a");
    add(w, "note", NOON, "c");
    add(w, "note", NOON + 1, "d");
    add(w, "note", NOON + 1, "d"); /* the same id: the same job */
    assert_int_equal(in_state(w, "waiting"), 4);
    assert_int_equal(run_due(w, NOON), 3);
    assert_string_equal(w->order, "abc");
    assert_int_equal(run_due(w, NOON), 0);
    assert_int_equal(run_due(w, NOON + 1), 1);
    assert_string_equal(w->order, "abcd");
    assert_int_equal(run_due(w, NOON + MS_DAY), 1); /* the timer recurs */
    assert_int_equal(w->last_attempt, 1);
    add(w, "note", NOON, "c"); /* done is done */
    assert_int_equal(run_due(w, NOON + MS_DAY), 0);
    assert_int_equal(in_state(w, "done"), 3);
    world_down(w);
}

static void test_a_failing_job_waits_longer_each_time_and_then_is_dead(void **state) /* */
{
    struct world *w = world_up(fixture_of(state));
    struct id id = add(w, "fail", NOON, "x");
    int64_t now = NOON;
    struct job_row row;
    size_t n;
    atomic_store(&w->failures_left, 100);
    static const int64_t wait[] = {1000, 2000, 3000}; /* doubled, then the cap */
    for (size_t i = 0; i < ARRAY_LEN(wait); i++) {
        assert_int_equal(run_due(w, now), 1);
        assert_int_equal(run_due(w, now + wait[i] - 1), 0);
        now += wait[i];
    }
    assert_int_equal(run_due(w, now), 1);
    assert_int_equal(w->last_attempt, 4);
    assert_int_equal(job_list(w->db, "dead", NULL, &row, 1, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_string_equal(row.problem, "receiver.refused 503");
    assert_string_equal(row.home_unit, "91");
    assert_int_equal(row.attempts, 4);
    assert_true(id_eq(row.id, id));
    assert_int_equal(job_list(w->db, "dead", &row, &row, 1, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(run_due(w, now + MS_DAY), 0);
    /* An operator mends the receiver and lets it run again, with all attempts. */
    atomic_store(&w->failures_left, 1);
    assert_int_equal(job_retry(w->writer, &w->bell, STR("91"), id, now), ERR_OK);
    assert_int_equal(job_retry(w->writer, &w->bell, STR("91"), id, now), ERR_NOT_FOUND);
    assert_int_equal(run_due(w, now), 1);
    assert_int_equal(w->last_attempt, 1);
    assert_int_equal(run_due(w, now + 1000), 1);
    assert_int_equal(in_state(w, "done"), 1);
    world_down(w);
}

static void test_a_hopeless_job_is_dead_at_once_and_a_cancelled_one_never_runs(void **state)
{
    struct world *w = world_up(fixture_of(state));
    add(w, "hopeless", NOON, "x");
    struct id id = add(w, "note", NOON, "y");
    struct db *db = NULL;
    assert_int_equal(db_open(w->f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(job_cancel(db, STR("91"), id), ERR_OK);
    db_close(&db);
    assert_int_equal(run_due(w, NOON), 1);
    assert_int_equal(in_state(w, "dead"), 1);
    assert_int_equal(in_state(w, "cancelled"), 1);
    struct job_count counts[4];
    size_t n;
    assert_int_equal(job_counts(w->db, "dead", counts, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_string_equal(counts[0].kind, "hopeless");
    assert_int_equal(counts[0].n, 1);
    world_down(w);
}

static void test_an_unknown_kind_waits_for_a_release_that_knows_it(void **state)
{
    struct world *w = world_up(fixture_of(state));
    add(w, "of-the-next-release", NOON, "x");
    assert_int_equal(run_due(w, NOON), 0);
    assert_int_equal(in_state(w, "waiting"), 1);
    world_down(w);
}

static void test_what_is_long_done_is_cleared_away(void **state)
{
    struct world *w = world_up(fixture_of(state));
    add_many(w, "91", "note", NOON, "x", 10);
    add(w, "note", NOON + 5, "y");
    assert_int_equal(run_due(w, NOON + 5), 11);
    int64_t gone;
    assert_int_equal(job_forget(w->writer, NOON + 1, 4, &gone), ERR_OK);
    assert_int_equal(gone, 4);
    assert_int_equal(in_state(w, "done"), 7);
    assert_int_equal(job_forget(w->writer, NOON + 1, 400, &gone), ERR_OK);
    assert_int_equal(in_state(w, "done"), 1);
    world_down(w);
}

static void test_names_and_payloads_are_bounded(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct db *db = NULL;
    char *big = calloc(1, JOB_PAYLOAD_MAX + 1);
    assert_int_equal(db_open(w->f->store, DB_WRITE, &db), ERR_OK);
    struct id id = job_id("note", STR("91"), STR("x")), other = job_id("note", STR("92"), STR("x"));
    assert_false(id_eq(id, other));
    assert_int_equal(job_add(db, STR("91"), id, "note", 1, str_bytes(big, JOB_PAYLOAD_MAX + 1)), ERR_INVALID);
    assert_int_equal(job_add(db, STR("123456789012345678901234567890123456"), id, "note", 1, STR("")), ERR_INVALID);
    assert_int_equal(job_add(db, STR("91"), id, "12345678901234567890123456789012345678901", 1, STR("")), ERR_INVALID);
    assert_int_equal(job_add(db, STR("91"), id, "note", 1, str_bytes(big, JOB_PAYLOAD_MAX)), ERR_OK);
    db_close(&db);
    free(big);
    world_down(w);
}

static void test_a_kind_takes_no_more_threads_than_its_own(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct job_runner *r = NULL;
    add_many(w, "91", "slow", NOON, "s", 12);
    add_many(w, "92", "note", NOON, "n", 30);
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    assert_true(soon(w, "done", 42));
    job_runner_stop(&r);
    assert_int_equal(atomic_load(&w->most_at_once), 2);
    assert_int_equal(atomic_load(&w->ran), 42);
    world_down(w);
}

static void test_runners_of_two_processes_share_the_work_and_double_none(void **state)
{
    struct world *w = world_up(fixture_of(state)), *v = world_up(w->f);
    struct job_runner *r = NULL, *s = NULL;
    add_many(w, "91", "note", NOON, "a", 60);
    add_many(w, "92", "note", NOON, "b", 60);
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    assert_int_equal(job_runner_start(&v->room, &s), ERR_OK);
    assert_true(soon(w, "done", 120));
    job_runner_stop(&r);
    job_runner_stop(&s);
    assert_int_equal(atomic_load(&w->ran) + atomic_load(&v->ran), 120);
    world_down(v);
    world_down(w);
}

static void test_the_bell_and_the_clock_start_what_is_due(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct job_runner *r = NULL;
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    int n = 0;
    int64_t took = INT64_MAX;
    while (took >= 900000 && n < 10) { /* not by the look of each second; a busy machine may be late once */
        int64_t from = time_monotonic_us();
        char payload[20];
        snprintf(payload, sizeof payload, "x%d", n++);
        add(w, "note", NOON, payload);
        assert_true(soon(w, "done", n));
        took = time_monotonic_us() - from;
    }
    assert_true(took < 900000);
    add(w, "note", NOON + MS_DAY, "y");
    atomic_store(&w->clock, NOON + MS_DAY);
    bell_ring(&w->bell);
    assert_true(soon(w, "done", n + 1));
    job_runner_stop(&r);
    world_down(w);
}

static void test_a_stop_gives_back_what_did_not_end(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct job_runner *r = NULL;
    add_many(w, "91", "long", NOON, "x", 3);
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    for (int i = 0; i < 1000 && atomic_load(&w->ran) < 3; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    job_runner_stop(&r);
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM job WHERE state = 'waiting' AND attempts = 0 AND lease_until = 0"), 3);
    world_down(w);
}

static void test_a_long_run_keeps_its_lease(void **state)
{
    struct world *w = world_up(fixture_of(state)), *v = world_up(w->f);
    struct job_runner *r = NULL, *s = NULL;
    add(w, "keep", NOON, "x");
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    assert_int_equal(job_runner_start(&v->room, &s), ERR_OK);
    assert_true(soon(w, "done", 1));
    job_runner_stop(&r);
    job_runner_stop(&s);
    assert_int_equal(atomic_load(&w->ran) + atomic_load(&v->ran), 1);
    assert_int_equal(atomic_load(&w->failures_left) + atomic_load(&v->failures_left), 0);
    world_down(v);
    world_down(w);
}

/* A lease that is too short for the work: another takes over, and the late end of the first is not written over the second's. */
static void test_an_end_after_the_lease_was_lost_does_not_count(void **state)
{
    struct world *w = world_up(fixture_of(state)), *v = world_up(w->f);
    struct job_runner *r = NULL, *s = NULL;
    add(w, "short", NOON, "x");
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    assert_int_equal(job_runner_start(&v->room, &s), ERR_OK);
    assert_true(soon(w, "done", 1) || in_state(w, "dead") == 1);
    job_runner_stop(&r);
    job_runner_stop(&s);
    assert_true(atomic_load(&w->ran) <= 8 && atomic_load(&v->ran) <= 8);
    assert_int_equal(in_state(w, "done") + in_state(w, "dead"), 1);
    world_down(v);
    world_down(w);
}

/* A minute later, as far as leases go. */
static void end_leases(const struct fixture *f) { fixture_sql(f, "UPDATE job SET lease_until = 1 WHERE lease_until > 0"); }

static int die_once(struct fixture *f, const char *marks)
{
    pid_t child = fork();
    if (child == 0) {
        struct world *w = world_up(f);
        w->marks = marks;
        atomic_store(&w->failures_left, 1);
        int n;
        (void)!job_run_due(&w->room, NOON, 10, &n);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_a_job_that_dies_between_effect_and_record_runs_again_with_the_same_key(void **state) /* */
{
    struct fixture *f = fixture_of(state);
    char marks[260], line[3][64] = {{0}};
    snprintf(marks, sizeof marks, "%s/marks", f->folder);
    struct world *w = world_up(f);
    add(w, "die", NOON, "x");
    world_down(w);
    assert_int_equal(die_once(f, marks), SIGKILL);
    w = world_up(f);
    w->marks = marks;
    assert_int_equal(run_due(w, NOON), 0); /* the lease of the dead one still holds */
    end_leases(f);
    assert_int_equal(run_due(w, NOON), 1);
    assert_int_equal(in_state(w, "done"), 1);
    FILE *in = fopen(marks, "r");
    assert_non_null(fgets(line[0], 64, in));
    assert_non_null(fgets(line[1], 64, in));
    assert_null(fgets(line[2], 64, in));
    fclose(in);
    assert_string_equal(line[0], line[1]); /* the receiver sees the same key and counts it once */
    world_down(w);
}

static void test_a_job_that_kills_its_process_each_time_is_dead_in_the_end(void **state)
{
    struct fixture *f = fixture_of(state);
    char marks[260];
    snprintf(marks, sizeof marks, "%s/marks", f->folder);
    struct world *w = world_up(f);
    add(w, "die", NOON, "x");
    world_down(w);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(die_once(f, marks), SIGKILL);
        end_leases(f);
    }
    w = world_up(f);
    assert_int_equal(run_due(w, NOON), 0);
    struct job_row row;
    size_t n;
    assert_int_equal(job_list(w->db, "dead", NULL, &row, 1, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_string_equal(row.problem, "job.never-ended");
    world_down(w);
}

static void test_read_only_holds_jobs_back_and_loses_none(void **state)
{
    struct world *w = world_up(fixture_of(state));
    struct job_runner *r = NULL;
    add_many(w, "91", "note", NOON, "x", 5);
    writer_read_only(w->writer, "low-disk");
    assert_int_equal(job_runner_start(&w->room, &r), ERR_OK);
    bell_ring(&w->bell);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    assert_int_equal(atomic_load(&w->ran), 0);
    writer_read_only(w->writer, NULL);
    bell_ring(&w->bell);
    assert_true(soon(w, "done", 5));
    job_runner_stop(&r);
    world_down(w);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_what_is_due_runs_once_and_in_order),
        BOTH_ENGINES(test_a_failing_job_waits_longer_each_time_and_then_is_dead),
        BOTH_ENGINES(test_a_hopeless_job_is_dead_at_once_and_a_cancelled_one_never_runs),
        BOTH_ENGINES(test_an_unknown_kind_waits_for_a_release_that_knows_it),
        BOTH_ENGINES(test_what_is_long_done_is_cleared_away),
        BOTH_ENGINES(test_names_and_payloads_are_bounded),
        BOTH_ENGINES(test_a_kind_takes_no_more_threads_than_its_own),
        BOTH_ENGINES(test_runners_of_two_processes_share_the_work_and_double_none),
        BOTH_ENGINES(test_the_bell_and_the_clock_start_what_is_due),
        BOTH_ENGINES(test_a_stop_gives_back_what_did_not_end),
        BOTH_ENGINES(test_a_long_run_keeps_its_lease),
        BOTH_ENGINES(test_an_end_after_the_lease_was_lost_does_not_count),
        BOTH_ENGINES(test_a_job_that_dies_between_effect_and_record_runs_again_with_the_same_key),
        BOTH_ENGINES(test_a_job_that_kills_its_process_each_time_is_dead_in_the_end),
        BOTH_ENGINES(test_read_only_holds_jobs_back_and_loses_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

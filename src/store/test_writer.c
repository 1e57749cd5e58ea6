/* Rules of the writer, on both engines: a job is done exactly once, a bad one fails alone, and order holds within a unit. */
#include "support/store_fixture.h"
#include "store/writer.h"
#include "base/timex.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct test_job {
    struct write_job job;
    char name[24];
    enum err fail_with; /* what run returns, `fail_times` times */
    int fail_times;
    atomic_int runs, done;
    enum err result;
    atomic_int *order; /* done takes a number */
    int place;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static enum err run_job(struct write_job *w, struct db *db, void *lane)
{
    struct test_job *j = (struct test_job *)w;
    (void)lane;
    pthread_mutex_lock(&gate); /* a test can hold the writer here */
    pthread_mutex_unlock(&gate);
    int n = atomic_fetch_add(&j->runs, 1);
    struct rows r _rows_ = {0}; /* done by an earlier try? */
    enum err e = db_query(db, &r, STMT_LEDGER_KEY, p_c("91"), p_bytes(str_of(j->name)));
    bool there = !e && rows_next(&r);
    if (!e)
        e = rows_end(&r);
    if (!e && !there)
        e = db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(str_of(j->name)), p_bytes(STR("w")));
    if (!e && n < j->fail_times)
        e = j->fail_with;
    return e;
}

static void job_done(struct write_job *w, enum err e)
{
    struct test_job *j = (struct test_job *)w;
    j->result = e;
    if (j->order)
        j->place = atomic_fetch_add(j->order, 1);
    atomic_fetch_add(&j->done, 1);
}

static void make_jobs(struct test_job *j, int n)
{
    memset(j, 0, sizeof *j * (size_t)n);
    for (int i = 0; i < n; i++) {
        j[i].job = (struct write_job){.run = run_job, .done = job_done, .lane = (uint64_t)i};
        snprintf(j[i].name, sizeof j[i].name, "job %d", i);
    }
}

static struct writer *started(struct fixture *f, int lanes, int queue)
{
    struct writer *w;
    assert_int_equal(writer_start(f->store, &(struct writer_config){.lanes = lanes, .group_max = 256, .queue_max = queue}, &w), ERR_OK);
    return w;
}
static int64_t keys(const struct fixture *f) { return fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream_key"); }

static void test_jobs_are_done_once_and_share_commits(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 2000 };
    struct test_job *j = calloc(N, sizeof *j);
    make_jobs(j, N);
    struct writer *w = started(f, 3, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
    writer_stop(&w); /* runs what is queued */
    assert_null(w);
    for (int i = 0; i < N; i++) {
        assert_int_equal(atomic_load(&j[i].done), 1);
        assert_int_equal(atomic_load(&j[i].runs), 1);
        assert_int_equal(j[i].result, ERR_OK);
    }
    assert_int_equal(keys(f), N);
    free(j);
}

static void test_a_poisoned_job_fails_alone(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 60 };
    struct test_job j[N];
    make_jobs(j, N);
    static const enum err poison[] = {ERR_INTERNAL, ERR_CORRUPT, ERR_TOO_LARGE, ERR_NO_SPACE};
    for (int i = 0; i < 4; i++) {
        j[10 + i * 10].fail_with = poison[i];
        j[10 + i * 10].fail_times = 1000;
    }
    pthread_mutex_lock(&gate); /* so that they are of one group */
    struct writer *w = started(f, 1, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
    pthread_mutex_unlock(&gate);
    writer_stop(&w);
    for (int i = 0; i < N; i++) {
        assert_int_equal(atomic_load(&j[i].done), 1);
        assert_int_equal(j[i].result, j[i].fail_with);
    }
    assert_int_equal(keys(f), N - 4);
}

static void test_retries_are_bounded(void **state)
{
    struct fixture *f = fixture_of(state);
    struct test_job j[3];
    make_jobs(j, 3);
    j[0].fail_with = j[1].fail_with = j[2].fail_with = ERR_RETRY;
    j[0].fail_times = 2;
    j[1].fail_times = 1000000;
    struct writer *w = started(f, 1, 10);
    for (int i = 0; i < 3; i++)
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
    writer_stop(&w);
    assert_int_equal(j[0].result, ERR_OK);
    assert_int_equal(j[1].result, ERR_UNAVAILABLE); /* the caller may try again */
    assert_true(atomic_load(&j[1].runs) <= 7);
    assert_int_equal(j[2].result, ERR_OK);
    assert_int_equal(keys(f), 2);
}

static void test_all_wait_together_for_a_database_that_is_away(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 20 };
    struct test_job j[N];
    make_jobs(j, N);
    for (int i = 0; i < N; i++) {
        j[i].fail_with = ERR_UNAVAILABLE;
        j[i].fail_times = 1000000;
    }
    pthread_mutex_lock(&gate);
    struct writer *w = started(f, 1, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
    int64_t start = time_monotonic_us();
    pthread_mutex_unlock(&gate);
    writer_stop(&w);
    assert_true(time_monotonic_us() - start < 9 * 1000000); /* not five seconds for each */
    for (int i = 0; i < N; i++)
        assert_int_equal(j[i].result, ERR_UNAVAILABLE);
}

static void test_a_full_queue_refuses(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 30 };
    struct test_job j[N];
    make_jobs(j, N);
    pthread_mutex_lock(&gate);
    struct writer *w = started(f, 1, 10);
    int refused = 0;
    for (int i = 0; i < N; i++) {
        j[i].job.lane = 0;
        enum err e = writer_submit(w, &j[i].job);
        assert_true(e == ERR_OK || e == ERR_BUSY);
        refused += e == ERR_BUSY;
        if (e)
            j[i].result = e;
    }
    pthread_mutex_unlock(&gate);
    assert_true(refused >= 1 && refused <= 20);
    writer_stop(&w);
    for (int i = 0; i < N; i++)
        assert_int_equal(atomic_load(&j[i].done), j[i].result == ERR_OK);
    assert_int_equal(keys(f), N - refused);
}

static void test_read_only_says_why(void **state)
{
    struct fixture *f = fixture_of(state);
    struct test_job j[2];
    make_jobs(j, 2);
    struct writer *w = started(f, 1, 10);
    assert_null(writer_read_only_reason(w));
    writer_read_only(w, "low-disk");
    assert_int_equal(writer_submit(w, &j[0].job), ERR_UNAVAILABLE);
    assert_string_equal(writer_read_only_reason(w), "low-disk");
    writer_read_only(w, NULL);
    assert_int_equal(writer_submit(w, &j[1].job), ERR_OK);
    writer_stop(&w);
    assert_int_equal(atomic_load(&j[0].done), 0);
    assert_int_equal(atomic_load(&j[1].done), 1);
}

static void test_jobs_of_one_unit_keep_their_order(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 500, UNITS = 7 };
    struct test_job *j = calloc(N, sizeof *j);
    atomic_int order = 0;
    make_jobs(j, N);
    struct writer *w = started(f, 3, N);
    for (int i = 0; i < N; i++) {
        j[i].job.lane = (uint64_t)(i % UNITS) * 0x9e3779b97f4a7c15u;
        j[i].order = &order;
        j[i].fail_with = ERR_RETRY;
        j[i].fail_times = i % 50 == 0; /* void groups change nothing about it */
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
    }
    writer_stop(&w);
    for (int i = UNITS; i < N; i++)
        assert_true(j[i].place > j[i - UNITS].place);
    assert_int_equal(keys(f), N);
    free(j);
}

/* Every backend is cut off again and again, also in the midst of a commit whose outcome then nobody knows. */
static void *cut_off(void *arg)
{
    const struct fixture *f = arg;
    PGconn *admin = PQconnectdb(getenv("MOTCUA_TEST_PG"));
    char sql[200];
    uint64_t seed = 7;
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", f->database);
    for (int i = 0; i < 40; i++) {
        usleep((useconds_t)(draw(&seed) % 30000));
        PQclear(PQexec(admin, sql));
    }
    PQfinish(admin);
    return NULL;
}

static void test_a_server_that_cuts_off_loses_and_doubles_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { N = 3000 };
    struct test_job *j = calloc(N, sizeof *j);
    make_jobs(j, N);
    struct writer *w = started(f, 3, N);
    pthread_t t;
    pthread_create(&t, NULL, cut_off, f);
    for (int i = 0; i < N; i++) {
        assert_int_equal(writer_submit(w, &j[i].job), ERR_OK);
        if (i % 20 == 0)
            usleep(5000);
    }
    pthread_join(t, NULL);
    writer_stop(&w);
    int ok = 0, again = 0;
    for (int i = 0; i < N; i++) {
        assert_int_equal(atomic_load(&j[i].done), 1);
        ok += j[i].result == ERR_OK;
        again += atomic_load(&j[i].runs) > 1;
        if (j[i].result == ERR_OK && i % 10 == 0)
            assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream_key WHERE stream = '%s'::bytea", j[i].name), 1);
    }
    assert_true(again > 0); /* it did hit */
    assert_int_equal(ok, N); /* a server that comes back is waited for */
    assert_int_equal(keys(f), N);
    free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_jobs_are_done_once_and_share_commits),
        BOTH_ENGINES(test_a_poisoned_job_fails_alone),
        BOTH_ENGINES(test_retries_are_bounded),
        BOTH_ENGINES(test_all_wait_together_for_a_database_that_is_away),
        BOTH_ENGINES(test_a_full_queue_refuses),
        BOTH_ENGINES(test_read_only_says_why),
        BOTH_ENGINES(test_jobs_of_one_unit_keep_their_order),
        ONLY_POSTGRES(test_a_server_that_cuts_off_loses_and_doubles_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

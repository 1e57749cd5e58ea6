/* Measures the core: commands a second through command_submit with 64 in flight, CPU time of a command, and verification.
 *
 *   bench_core sqlite FILE [COMMANDS]      bench_core pg DSN [COMMANDS]
 * The store must be new. Each command opens a toy or adds to one: two events and ten projection rows (and the stream's state, and the
 * key). Prints one line of figures each. */
#include "support/toy.h"
#include "base/log.h"
#include "base/timex.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { IN_FLIGHT = 64, UNITS = 16 };

struct flight {
    struct command_job job; /* first */
    struct id stream[UNITS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static long submitted, commands, flying, failed;
static struct engine_room *room;

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void launch(struct flight *f, long no)
{
    char key[32], unit[8];
    arena_reset(f->job.arena);
    snprintf(key, sizeof key, "k%ld", no);
    snprintf(unit, sizeof unit, "%d", (int)(10 + no % UNITS));
    struct id *s = &f->stream[no % UNITS];
    f->job.command = id_is_zero(*s) ? toy_command(f->job.arena, "open", unit, *s, key, "{\"label\": \"rows=10\", \"name\": \"Nguyễn Văn A\"}")
                                    : toy_command(f->job.arena, "add", unit, *s, key, "{\"n\": 1, \"times\": 2}");
    if (command_submit(room, &f->job)) {
        fprintf(stderr, "bench: refused\n");
        exit(1);
    }
}

static void landed(struct command_job *j, enum err e)
{
    struct flight *f = (struct flight *)j;
    if (e || j->outcome.err)
        failed++;
    else
        f->stream[(j->outcome.home_unit.p[0] - '0') * 10 + (j->outcome.home_unit.p[1] - '0') - 10] = j->outcome.stream;
    pthread_mutex_lock(&lock);
    long no = submitted < commands ? submitted++ : -1;
    if (no < 0 && --flying == 0)
        pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    if (no >= 0)
        launch(f, no);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    bool pg = strcmp(argv[1], "pg") == 0;
    crypto_start();
    log_level_set(LOG_WARN);
    struct store *s = store_new(&(struct store_config){pg ? ENGINE_POSTGRES : ENGINE_SQLITE, pg ? "" : argv[2], pg ? argv[2] : "", ""});
    struct fail fail = {0};
    if (store_migrate(s, &fail))
        return 1;
    commands = argc > 3 ? atol(argv[3]) : 20000;
    room = toy_room(s, 4, NULL);
    struct flight *f = calloc(IN_FLIGHT, sizeof *f);
    double cpu = cpu_seconds();
    int64_t start = time_monotonic_us();
    submitted = flying = IN_FLIGHT;
    for (int i = 0; i < IN_FLIGHT; i++) {
        f[i].job.arena = arena_new();
        f[i].job.done = landed;
        launch(&f[i], i);
    }
    pthread_mutex_lock(&lock);
    while (flying)
        pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
    double seconds = (double)(time_monotonic_us() - start) / 1e6;
    cpu = cpu_seconds() - cpu;
    printf("commands: %ld in %.2f s, %.0f/s, %.0f us of CPU each, %ld failed\n", commands, seconds, (double)commands / seconds, cpu * 1e6 / (double)commands, failed);
    toy_room_close(&room);
    for (int rounds = 0; rounds < 3; rounds++) {
        struct verify_report v;
        cpu = cpu_seconds();
        start = time_monotonic_us();
        if (ledger_verify(s, &v) || v.fault)
            return 1;
        seconds = (double)(time_monotonic_us() - start) / 1e6;
        cpu = cpu_seconds() - cpu;
        printf("verify: %lld events in %.3f s, %.0f/s, %.2f us of CPU each\n", (long long)v.events, seconds, (double)v.events / seconds, cpu * 1e6 / (double)v.events);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        arena_free(&f[i].job.arena);
    free(f);
    store_free(&s);
    return failed != 0;
}

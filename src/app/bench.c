/* motcua bench: what this release does on this machine, over HTTP, as it is used.
 *
 *   receive    a receipt at the counter with a token, durable before the answer
 *   procedure  a procedure by code        search   the catalogue as people type        mix   all of these and reading dossiers
 *   verify     walking every chain        start    from exec to ready, also after kill -9 under load; memory; size
 *
 * Five runs in a closed loop give the throughput, five on a timetable (--rate, else 60 % of it) the latency; the median is told, with the
 * server's own CPU seconds per 1,000, which other load on the machine hardly moves. The store is used as it is: `receive` adds to it. */
#include "app/bench.h"
#include "app/verbs.h"
#include "base/log.h"
#include "base/timex.h"
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { RUNS = 5, CONNECTIONS_MAX = 1000 };

struct bench {
    struct args *args;
    const char *what;
    double seconds, rate;
    int connections, runs;
    json_t *report;
    struct fail fail;
};

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* --- over HTTP --- */

static json_t *result_json(const struct bench_result *r)
{
    return json_pack("{sIsIsfsfsfsfsfsf}", "requests", (json_int_t)r->requests, "errors", (json_int_t)r->errors, "per_second", r->per_second, "p50_ms",
                     r->p50_ms, "p99_ms", r->p99_ms, "max_ms", r->max_ms, "server_cpu_s_per_1000", r->requests ? r->server_cpu * 1000 / (double)r->requests : 0.0,
                     "client_cpu_s_per_1000", r->requests ? r->client_cpu * 1000 / (double)r->requests : 0.0);
}

static double of(const json_t *run, const char *name) { return json_number_value(json_object_get(run, name)); }

static json_t *medians(json_t *runs)
{
    static const char *const names[] = {"per_second", "p50_ms", "p99_ms", "max_ms", "server_cpu_s_per_1000", "client_cpu_s_per_1000"};
    json_t *o = json_object();
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        double v[RUNS * 4];
        int n = 0;
        for (size_t i = 0; i < json_array_size(runs) && n < RUNS * 4; i++)
            v[n++] = of(json_array_get(runs, i), names[k]);
        json_object_set_new(o, names[k], json_real(n ? median(v, n) : 0));
    }
    return o;
}

/* Several runs of the same kind; the medians. */
static enum err series(struct bench *b, const struct bench_server *s, struct bench_words *w, double rate, const char *name, double *per_second_r)
{
    struct bench_load l = {s->port, b->connections, b->seconds, rate, bench_words_request, bench_words_answer, w, 0};
    json_t *runs = json_array();
    int64_t errors = 0;
    enum err e = ERR_OK;
    for (int i = 0; i < b->runs && !e; i++) {
        struct bench_result r;
        double cpu = bench_server_cpu(s);
        e = bench_run(&l, &r);
        r.server_cpu = bench_server_cpu(s) - cpu;
        errors += r.errors;
        json_array_append_new(runs, result_json(&r));
        fprintf(stderr, "bench: %s %s %d: %.0f/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms, server CPU %.0f us each, %lld errors\n", b->what, name, i + 1,
                r.per_second, r.p50_ms, r.p99_ms, r.max_ms, r.requests ? r.server_cpu * 1e6 / (double)r.requests : 0, (long long)r.errors);
    }
    json_t *m = medians(runs);
    *per_second_r = of(m, "per_second");
    if (rate > 0)
        json_object_set_new(m, "rate", json_real(rate));
    json_object_set_new(m, "errors", json_integer(errors));
    json_object_set_new(m, "runs", runs);
    json_object_set_new(b->report, name, m);
    return e ? fail_add(&b->fail, e, NULL, "", "bench.connection", NULL) : ERR_OK;
}

static enum err words_for(struct bench *b, enum bench_what what, struct bench_words **w)
{
    struct app *kept = calloc(1, sizeof *kept); /* the words hold its rules; a process that measures does not give them back */
    if (!kept)
        abort();
    enum err e = app_open(kept, b->args->dir, APP_WRITE, NULL, NULL, &b->fail);
    log_level_set(LOG_WARN);
    if (!e)
        e = bench_words_new(kept, what, b->connections, w, &b->fail);
    writer_stop(&kept->room.writer);
    store_free(&kept->room.store);
    dir_unlock(&kept->lock);
    return e;
}

static enum err over_http(struct bench *b, enum bench_what what)
{
    struct bench_words *w = NULL;
    struct bench_server s;
    double per_second = 0, ignored;
    enum err e = words_for(b, what, &w);
    if (e)
        return e;
    e = bench_server_start(b->args->dir, &s, &b->fail);
    if (!e) {
        struct bench_result warm;
        struct bench_load l = {s.port, b->connections, 1, 0, bench_words_request, bench_words_answer, w, 0};
        e = bench_run(&l, &warm);
    }
    if (!e)
        e = series(b, &s, w, 0, "closed", &per_second);
    if (!e)
        e = series(b, &s, w, b->rate > 0 ? b->rate : per_second * 0.6, "open", &ignored);
    bench_server_stop(&s, 0);
    bench_words_free(&w);
    return e;
}

/* --- verify --- */

static enum err verify(struct bench *b)
{
    struct app app;
    enum err e = app_open(&app, b->args->dir, APP_READ, NULL, NULL, &b->fail);
    log_level_set(LOG_WARN);
    double rate[RUNS * 4], cpu_rate[RUNS * 4];
    struct verify_report v = {0};
    int n = 0;
    for (; n < b->runs && !e; n++) {
        double cpu = cpu_seconds();
        int64_t start = time_monotonic_us();
        if ((e = ledger_verify(app.room.store, &v)) || v.fault)
            fail_add(&b->fail, e ? e : ERR_CORRUPT, NULL, "", "bench.verify", "%s", v.what);
        rate[n] = (double)v.events * 1e6 / (double)(time_monotonic_us() - start);
        cpu_rate[n] = (double)v.events / (cpu_seconds() - cpu);
        fprintf(stderr, "bench: verify %d: %lld events, %.0f/s, %.0f events a CPU second\n", n + 1, (long long)v.events, rate[n], cpu_rate[n]);
    }
    if (!b->fail.err) {
        json_object_set_new(b->report, "events", json_integer(v.events));
        json_object_set_new(b->report, "per_second", json_real(median(rate, n)));
        json_object_set_new(b->report, "per_cpu_second", json_real(median(cpu_rate, n)));
    }
    app_close(&app);
    return b->fail.err;
}

/* --- start --- */

struct killing {
    struct bench_words *w;
    struct bench_server *s;
    int64_t at;
};

static size_t request_then_kill(void *arg, int connection, uint64_t no, char *out)
{
    struct killing *k = arg;
    if (k->at && time_monotonic_us() > k->at) {
        kill(k->s->pid, SIGKILL);
        k->at = 0;
    }
    return bench_words_request(k->w, connection, no, out);
}

static enum err start(struct bench *b)
{
    double cold[RUNS * 4], killed[RUNS * 4], memory[RUNS * 4];
    struct bench_words *w = NULL;
    struct bench_server s;
    struct stat st;
    enum err e = words_for(b, BENCH_RECEIVE, &w);
    int n = 0;
    for (; n < b->runs && !e; n++) {
        if ((e = bench_server_start(b->args->dir, &s, &b->fail)))
            break;
        cold[n] = (double)s.ready_us / 1000;
        memory[n] = (double)bench_server_anonymous(&s) / 1e6;
        struct bench_result r;
        struct killing k = {w, &s, time_monotonic_us() + 1500000};
        struct bench_load l = {s.port, b->connections, 10, 0, request_then_kill, NULL, &k, 1};
        e = bench_run(&l, &r);
        bench_server_stop(&s, SIGKILL);
        if (!e)
            e = bench_server_start(b->args->dir, &s, &b->fail);
        killed[n] = (double)s.ready_us / 1000;
        bench_server_stop(&s, 0);
        fprintf(stderr, "bench: start %d: %.0f ms, anonymous memory %.1f MB; after kill -9 under load %.0f ms\n", n + 1, cold[n], memory[n], killed[n]);
    }
    bench_words_free(&w);
    if (e)
        return b->fail.err ? b->fail.err : fail_add(&b->fail, e, NULL, "", "bench.connection", NULL);
    json_object_set_new(b->report, "cold_ms", json_real(median(cold, n)));
    json_object_set_new(b->report, "after_kill_ms", json_real(median(killed, n)));
    json_object_set_new(b->report, "anonymous_mb", json_real(median(memory, n)));
    if (stat("/proc/self/exe", &st) == 0)
        json_object_set_new(b->report, "binary_bytes", json_integer(st.st_size));
    return ERR_OK;
}

/* --- the verb --- */

static bool take_number(struct args *a, const char *name, double least, double most, double *v_r)
{
    const char *text = args_take(a, name);
    char *end;
    if (!text)
        return true;
    *v_r = strtod(text, &end);
    return *text && !*end && isfinite(*v_r) && *v_r >= least && *v_r <= most;
}

static void print(const struct bench *b)
{
    char *text = json_dumps(b->report, b->args->json ? JSON_COMPACT | JSON_REAL_PRECISION(6) : JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    fprintf(b->args->out, "%s\n", text);
    free(text);
}

int verb_bench(struct args *a)
{
    static const struct { const char *name; enum bench_what what; } http[] = {
        {"receive", BENCH_RECEIVE}, {"procedure", BENCH_PROCEDURE}, {"search", BENCH_SEARCH}, {"mix", BENCH_MIX}};
    const char *what = args_take(a, "--what");
    double seconds = 5, connections = 64, rate = 0, runs = RUNS;
    struct bench b = {.args = a, .what = what ? what : "mix", .report = json_object()};
    bool ok = take_number(a, "--seconds", 0.1, 3600, &seconds) && take_number(a, "--connections", 1, CONNECTIONS_MAX, &connections)
        && take_number(a, "--rate", 0, 1e6, &rate) && take_number(a, "--runs", 1, RUNS * 4, &runs) && args_done(a);
    b.seconds = seconds;
    b.connections = (int)connections;
    b.rate = rate;
    b.runs = (int)runs;
    bool known = false;
    enum err e = ERR_OK;
    json_object_set_new(b.report, "what", json_string(b.what));
    json_object_set_new(b.report, "connections", json_integer(b.connections));
    json_object_set_new(b.report, "seconds", json_real(b.seconds));
    for (size_t i = 0; i < ARRAY_LEN(http) && ok; i++)
        if (strcmp(b.what, http[i].name) == 0) {
            known = true;
            e = over_http(&b, http[i].what);
        }
    if (ok && !known && (strcmp(b.what, "verify") == 0 || strcmp(b.what, "start") == 0)) {
        known = true;
        e = b.what[0] == 'v' ? verify(&b) : start(&b);
    }
    if (!known) {
        fputs("motcua bench DIR --what receive|procedure|search|verify|mix|start [--seconds N] [--connections C] [--rate R] [--runs N] [--json]\n", stderr);
        json_decref(b.report);
        return EXIT_USAGE;
    }
    if (!e)
        print(&b);
    json_decref(b.report);
    return e ? exit_of(&b.fail) : EXIT_DONE;
}

/* Events a second of import, export, replay and verify on one engine, with a toy aggregate that writes one projection row an event:
 *
 *   bench_exchange sqlite|postgres [EVENTS [FOLDER]]
 *
 * The export that is imported is made here: streams of ten events, forty streams open at a time, payloads of some 300 bytes, three units.
 * With FOLDER the file is left there. PostgreSQL needs MOTCUA_TEST_PG. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/exchange_private.h"
#include "domain/command/findings.h"
#include "base/timex.h"
#include <stdlib.h>
#include <sys/resource.h>

enum { STREAM_EVENTS = 10, OPEN = 40 };

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int64_t began_us;
static double began_cpu;

static void begin(void)
{
    began_us = time_monotonic_us();
    began_cpu = cpu_seconds();
}

static void say(const char *what, int64_t events)
{
    double s = (double)(time_monotonic_us() - began_us) / 1e6, cpu = cpu_seconds() - began_cpu;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("%-8s %9.0f events/s  %6.2f s  %6.2f CPU s  peak %ld MiB\n", what, (double)events / s, s, cpu, u.ru_maxrss / 1024);
    fflush(stdout);
}

struct open_stream {
    struct id id;
    int64_t seq;
    struct hash hash;
};

/* Twice the same: once to know the root, which stands in the first line. */
static struct hash make(struct lines_out *out, int64_t events, int64_t units, const struct hash *root)
{
    struct chain *chain = chain_new();
    struct entropy entropy = entropy_derived(&(struct key){{9}}, STR("bench"), STR("exchange"));
    if (out) {
        line_write_header(lines_begin(out), units, events, root);
        if (lines_end(out))
            abort();
    }
    char filler[240], payload[400], unit[8];
    memset(filler, 'a', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    for (int64_t u = 0; u < units; u++) {
        struct open_stream open[OPEN] = {0};
        snprintf(unit, sizeof unit, "%d", (int)(91 + u));
        for (int64_t pos = 1; pos <= events / units + (u == 0 ? events % units : 0); pos++) {
            struct open_stream *s = &open[pos % OPEN];
            bool first = s->seq == 0 || s->seq == STREAM_EVENTS;
            if (first)
                *s = (struct open_stream){.id = id_new(&entropy, TOY_NOON + pos)};
            snprintf(payload, sizeof payload, first ? "{\"label\":\"%s\",\"no\":%lld}" : "{\"comment\":\"%s\",\"n\":%lld}", filler, (long long)pos);
            struct event e = {.home_unit = str_of(unit), .pos = pos, .stream = s->id, .seq = ++s->seq, .type = first ? STR("toy.opened") : STR("toy.added"),
                              .version = 1, .at = TOY_NOON + pos, .actor = STR("staff:0191f0a2-0000-7000-8000-000000000001"), .unit = str_of(unit),
                              .basis = STR("118/2025/NĐ-CP"), .prev = s->hash, .payload = str_of(payload)};
            entropy_bytes(&entropy, e.salt, sizeof e.salt);
            e.hash = s->hash = event_hash(&e);
            if (chain_add(chain, &e))
                abort();
            if (out && (!line_write_event(lines_begin(out), &e) || lines_end(out)))
                abort();
        }
    }
    struct hash r = chain_report(chain).root;
    chain_free(&chain);
    return r;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("bench_exchange sqlite|postgres [EVENTS [FOLDER]]\n", stderr);
        return 2;
    }
    crypto_start();
    struct fixture *f = fixture_new(strcmp(argv[1], "sqlite") == 0 ? ENGINE_SQLITE : ENGINE_POSTGRES);
    if (!f) {
        fputs("MOTCUA_TEST_PG is not set\n", stderr);
        return 3;
    }
    int64_t events = argc > 2 ? atoll(argv[2]) : 300000, lines, bytes, units = events < 3 ? 1 : 3;
    struct hash sha256, root = make(NULL, events, units, NULL);
    char path[300];
    snprintf(path, sizeof path, "%s/bench.jsonl", argc > 3 ? argv[3] : f->folder);
    FILE *file = fopen(path, "w");
    struct lines_out *out = lines_out_new(file, false);
    make(out, events, units, &root);
    if (lines_out_finish(&out, &lines, &bytes, &sha256) || fclose(file))
        abort();

    const struct aggregate *const aggregates[] = {&toy_aggregate};
    struct key master = {{1}};
    struct keyring k = keyring_from_master(&master);
    struct exchange_report report;
    struct replay_report *replay = malloc(sizeof *replay);
    struct verify_report v;
    struct fail fail = {0};
    int status = 0;
    begin();
    status |= import_check(path, &report, &fail) != ERR_OK;
    say("check", events);
    begin();
    status |= import_run(f->store, &k, aggregates, 1, path, NULL, &report, &fail) != ERR_OK;
    say("import", events);
    begin();
    FILE *null = fopen("/dev/null", "w");
    status |= export_run(f->store, &k, null, false, NULL, &report, &fail) != ERR_OK;
    fclose(null);
    say("export", events);
    begin();
    status |= replay_run(f->store, &k, aggregates, 1, replay, stdout) != ERR_OK || replay->differences;
    say("replay", events);
    begin();
    status |= ledger_verify(f->store, &v) != ERR_OK || v.fault;
    say("verify", events);
    if (status)
        printf("FAILED: %s %s %s\n", fail.item[0].code, fail.item[0].param, replay->problem);
    free(replay);
    fixture_free(&f);
    return status;
}

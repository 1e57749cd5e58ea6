/* motcua VERB DIR …: the table of verbs, and nothing else. */
#include "app/verbs.h"
#include "base/log.h"
#include "print/press.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

const struct verb verbs[] = {
    {"init", "init DIR [--engine sqlite|postgres] [--dsn DSN] [--province CODE] [--rehearsal] [--empty]", "makes configuration, keys, schema, units, calendar, catalogue", verb_init, false},
    {"serve", "serve DIR [--listen ADDR:PORT]", "the server; SIGTERM ends it with nothing lost", verb_serve, false},
    {"demo", "demo DIR", "plays real dossiers through every role, prints each timeline, verifies and replays", verb_demo, false},
    {"verify", "verify DIR [--root HEX] [--json]", "walks every chain and head; names the first fault, or another root than the known one", verb_verify, false},
    {"replay", "replay DIR [--json]", "rebuilds every projection from events and prints any difference", verb_replay, false},
    {"export", "export DIR [--out FILE] [--keys FILE] [--zstd]", "all facts as canonical JSON lines", verb_export, false},
    {"import", "import DIR FILE [--keys FILE]", "into an empty store", verb_import, false},
    {"simulate", "simulate DIR --dossiers N --seed S [--from DATE] [--days D] [--unit CODE]", "fills with realistic dossiers through the real commands", verb_simulate, false},
    {"bench", "bench DIR [--what NAME] [--seconds N] [--connections N]", "load and latency, with CPU seconds per 1,000", verb_bench, false},
    {"token", "token DIR add --role ROLE [--user NAME] [--unit CODE] | list [--user NAME] | revoke ID --reason TEXT [--json]", "tokens for the API, each with the scope of a role", verb_token, true},
    {"user", "user DIR add|list|grant|revoke|delegate|deactivate|password …", "staff and their rights; a password is read from stdin", verb_user, true, verb_user_before},
    {"procedure", "procedure DIR [--q TEXT | --code CODE] [--json]", "looks into the catalogue", verb_procedure, false},
    {"unit", "unit DIR [--q TEXT] [--territory CODE] [--json]", "looks up agencies and places", verb_unit, false},
    {"erase", "erase DIR (--dossier CODE | --person NUMBER) --basis TEXT --decision TEXT", "drops the keys of personal data by decision", verb_erase, true},
    {"migrate", "migrate DIR", "brings the schema and the reference data to this release", verb_migrate, false},
    {"rule", "rule DIR list | rule_day|rule_year|rule_hours|rule_parameter|rule_procedure --FIELD VALUE …", "decisions that amend the rules", verb_rule, true},
    {"point", "point DIR list | open|change|close … | counter open|close|staff|end …", "service points, counters, and who serves them", verb_point, true},
    {"print", "print DIR FORM CODE --out FILE [--turn N] [--on DATE]", "a paper as PDF: giay-hen, bo-sung, tu-choi, xin-loi of a dossier; so-theo-doi, ban-giao of a unit", verb_print, false},
    {"jobs", "jobs DIR list [--state S] [--json] | retry ID", "jobs that died, and another try", verb_jobs, true},
    {"clock", "clock DIR accept", "says that the machine's clock is right after a jump", verb_clock, true},
    {"version", "version", "prints the release", verb_version, false},
};
const size_t verb_count = ARRAY_LEN(verbs);

static int usage(void)
{
    fputs("motcua VERB DIR …\n\n", stderr);
    for (size_t i = 0; i < verb_count; i++)
        fprintf(stderr, "  motcua %s\n      %s\n", verbs[i].usage, verbs[i].does);
    return EXIT_USAGE;
}

static bool reader_left(void)
{
    struct pollfd p = {.fd = fileno(stdout), .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

/* Read by jemalloc at start: few arenas (a program of few threads that work, many that wait), and pages that were not touched for some
 * seconds go back to the system. See docs/dependencies.md for why it is here. */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:4,background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:0";

int main(int argc, char **argv)
{
    umask(0077); /* what a store holds is for its owner alone */
    signal(SIGPIPE, SIG_IGN);
    crypto_start();
    if (argc < 2)
        return usage();
    if (argc == 2 && strcmp(argv[1], PRESS_CHILD_WORD) == 0) /* the press started us (print/press.h): nothing of a store is known here */
        return press_child();
    const struct verb *v = NULL;
    for (size_t i = 0; i < verb_count; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            v = &verbs[i];
    if (!v)
        return usage();
    bool needs_dir = v->run != verb_version;
    if (needs_dir && (argc < 3 || argv[2][0] == '-')) {
        fprintf(stderr, "motcua %s\n", v->usage);
        return EXIT_USAGE;
    }
    int skip = needs_dir ? 3 : 2, code;
    struct args a = {.argc = argc - skip, .argv = argv + skip, .dir = needs_dir ? argv[2] : NULL, .out = stdout, .err = stderr, .language = app_language()};
    a.json = args_flag(&a, "--json");
    if (v->before && !v->before(&a))
        return EXIT_USAGE;
    if (v->through_server && control_call(a.dir, v->name, &a, &code))
        return code;
    code = v->run(&a);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (reader_left()) /* `| head` has what it wanted */
            return code;
        fputs("motcua: cannot write the answer\n", stderr);
        return EXIT_NOT_AVAILABLE;
    }
    return code;
}

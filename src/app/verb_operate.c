/* What an operator does to a store that serves: jobs that died, a clock that is right after all, decisions on the rules. */
#include "app/verbs.h"
#include "domain/amend/amend.h"
#include "domain/job/job.h"
#include "store/health.h"
#include <stdlib.h>

enum { PAGE = 100, LIST_VALUES_MAX = 50 };

/* --- motcua jobs --- */

static void print_job(struct args *a, const struct job_row *j, bool first)
{
    char id[37], due[40];
    id_format(j->id, id);
    time_format(j->due_at, due);
    if (a->json)
        fprintf(a->out, "%s{\"unit\":\"%s\",\"id\":\"%s\",\"kind\":\"%s\",\"state\":\"%s\",\"due_at\":\"%s\",\"attempts\":%d,\"problem\":\"%s\"}", first ? "" : ",",
                j->home_unit, id, j->kind, j->state, due, j->attempts, j->problem);
    else
        fprintf(a->out, "%s %s %s %s due %s, %d attempts%s%s\n", id, j->home_unit, j->kind, j->state, due, j->attempts, j->problem[0] ? ": " : "", j->problem);
}

static enum err walk_jobs(struct db *db, const char *state, bool (*each)(void *arg, const struct job_row *j), void *arg)
{
    struct job_row *page = calloc(PAGE, sizeof *page), last;
    size_t n = PAGE;
    enum err e = page ? ERR_OK : ERR_INTERNAL;
    bool first = true, more = true;
    while (!e && more && n == PAGE) {
        e = job_list(db, state, first ? NULL : &last, page, PAGE, &n);
        for (size_t i = 0; i < n && !e && more; i++)
            more = each(arg, &page[i]);
        if (n)
            last = page[n - 1];
        first = false;
    }
    free(page);
    return e;
}

struct listing {
    struct args *a;
    long n;
};
static bool list_one(void *arg, const struct job_row *j)
{
    struct listing *l = arg;
    print_job(l->a, j, l->n++ == 0);
    return l->n < 10000;
}

struct seeking {
    struct id id;
    struct job_row found;
    bool hit;
};
static bool seek_one(void *arg, const struct job_row *j)
{
    struct seeking *s = arg;
    s->hit = id_eq(j->id, s->id);
    if (s->hit)
        s->found = *j;
    return !s->hit;
}

static int jobs_usage(const struct args *a)
{
    fputs("motcua jobs DIR list [--state waiting|done|dead|cancelled] [--json] | retry ID\n", a->err);
    return EXIT_USAGE;
}

int verb_jobs(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct seeking s = {0};
    const char *state = args_take(a, "--state");
    int code;
    bool list = a->argc == 1 && strcmp(a->argv[0], "list") == 0, retry = a->argc == 2 && strcmp(a->argv[0], "retry") == 0;
    if ((!list && !retry) || (retry && !id_parse(str_of(a->argv[1]), &s.id)))
        return jobs_usage(a);
    if (!(app = verb_open(a, retry ? APP_WRITE : APP_READ, &own, &code)))
        return code;
    struct db *db = NULL;
    struct listing l = {.a = a};
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (!e && list) {
        fputs(a->json ? "[" : "", a->out);
        e = walk_jobs(db, state ? state : "dead", list_one, &l);
        fputs(a->json ? "]\n" : "", a->out);
    } else if (!e) {
        e = walk_jobs(db, "dead", seek_one, &s);
        if (!e)
            e = s.hit ? job_retry(app->room.writer, app->bell, str_of(s.found.home_unit), s.id, time_machine_ms()) : ERR_NOT_FOUND;
    }
    db_close(&db);
    verb_close(a, &own);
    if (e == ERR_NOT_FOUND) {
        fprintf(a->out, a->json ? "{\"retried\":false}\n" : "no dead job has this id\n");
        return EXIT_FINDING;
    }
    if (e) {
        fail_add(&f, e, NULL, "", "store.unavailable", NULL);
        return verb_refuse(a, &f);
    }
    if (retry)
        fprintf(a->out, a->json ? "{\"retried\":true}\n" : "waiting again\n");
    return EXIT_DONE;
}

/* --- motcua clock --- */

int verb_clock(struct args *a)
{
    if (a->argc != 1 || strcmp(a->argv[0], "accept") != 0) {
        fputs("motcua clock DIR accept\n", a->err);
        return EXIT_USAGE;
    }
    if (!a->app || !a->app->health) {
        fputs("motcua: nobody serves this folder: a server takes the clock as it finds it when it starts\n", a->err);
        return EXIT_NOT_AVAILABLE;
    }
    health_clock_is_right(a->app->health);
    fprintf(a->out, a->json ? "{\"accepted\":true}\n" : "the clock is right as it is\n");
    return EXIT_DONE;
}

/* --- payloads from the command line: `--valid-from 2027-01-01` becomes "valid_from" --- */

static json_t *value_of(const char *text, bool number)
{
    int64_t n;
    return number && str_to_i64(str_of(text), &n) ? json_integer(n) : json_string(text);
}

static bool among(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

json_t *args_payload(struct args *a, const struct payload_shape *shape)
{
    json_t *o = json_object();
    for (int i = 0; i + 1 < a->argc && strncmp(a->argv[i], "--", 2) == 0; i += 2) {
        char name[64];
        snprintf(name, sizeof name, "%s", a->argv[i] + 2);
        for (char *p = name; *p; p++)
            *p = *p == '-' ? '_' : *p;
        char *dot = strchr(name, '.');
        json_t *into = o;
        if (dot) { /* --limit.unit */
            *dot = '\0';
            if (!json_is_object(into = json_object_get(o, name)))
                json_object_set_new(o, name, into = json_object());
        }
        const char *field = dot ? dot + 1 : name, *text = a->argv[i + 1];
        bool number = among(shape->numbers, field);
        if (!among(shape->lists, field)) {
            json_object_set_new(into, field, value_of(text, number));
            continue;
        }
        json_t *list = json_array();
        struct str rest = str_of(text), piece;
        while (rest.n && json_array_size(list) < LIST_VALUES_MAX && str_next(&rest, ',', &piece)) {
            char one[200];
            snprintf(one, sizeof one, "%.*s", PRS(str_trim(piece)));
            json_array_append_new(list, value_of(one, number));
        }
        json_object_set_new(into, field, list);
    }
    return o;
}

enum err args_command(struct args *a, struct app *app, struct arena *arena, const struct aggregate *g, const char *type, struct str home, struct id stream,
                      const struct payload_shape *shape, struct outcome *out)
{
    struct entropy entropy = entropy_system();
    unsigned char key[16];
    char hex[33];
    entropy_bytes(&entropy, key, sizeof key); /* the same words typed twice are meant twice */
    hex_format(key, sizeof key, hex);
    return command_wait(&app->room, arena,
                        &(struct command){.aggregate = g, .type = str_of(type), .home_unit = home, .stream = stream, .actor = app_system_actor(app, arena),
                                          .key = str_printf(arena, "cli-%s", hex), .payload = arena_json(arena, args_payload(a, shape)),
                                          .now = time_machine_ms()},
                        out);
}

/* --- motcua rule --- */

static void rule_usage(const struct args *a)
{
    fputs("motcua rule DIR list [--json]\n"
          "motcua rule DIR rule_day --date D --kind rest|make_up|by_weekday --name TEXT --basis TEXT\n"
          "motcua rule DIR rule_year --year Y --basis TEXT\n"
          "motcua rule DIR rule_hours [--unit CODE] --valid-from D [--valid-to D] --weekdays 1,2 --intervals 07:00-11:30,… --basis TEXT\n"
          "motcua rule DIR rule_parameter --key K --value V --valid-from D [--valid-to D] --basis TEXT\n"
          "motcua rule DIR rule_procedure --code C [--agency NAME] [--limit.unit U --limit.amount N] [--fees TEXT] [--reach R] --valid-from D --basis TEXT\n",
          a->err);
}

static enum err list_rules(struct args *a, struct db *db, struct arena *arena, struct str home)
{
    struct amendment_row rows[PAGE];
    size_t n = PAGE;
    int64_t after = 0;
    enum err e = ERR_OK;
    json_t *all = arena_json(arena, json_array());
    while (!e && n == PAGE && !(e = amend_list(db, arena, home, after, rows, PAGE, &n)))
        for (size_t i = 0; i < n; i++) {
            char at[40], from[16] = "";
            const struct amendment_row *r = &rows[i];
            after = r->seq;
            time_format(r->at, at);
            if (r->valid_from != INT64_MIN)
                date_format(r->valid_from, from);
            if (a->json)
                json_array_append_new(all, json_pack("{sIssss%ss%ss%ssss%}", "seq", (json_int_t)r->seq, "at", at, "actor", r->actor.p, r->actor.n, "type", r->type.p,
                                                     r->type.n, "subject", r->subject.p, r->subject.n, "valid_from", from, "basis", r->basis.p, r->basis.n));
            else
                fprintf(a->out, "%lld %s %.*s %.*s%s%s: %.*s (%.*s)\n", (long long)r->seq, at, PRS(r->type), PRS(r->subject), from[0] ? " from " : "", from,
                        PRS(r->basis), PRS(r->actor));
        }
    if (a->json && !e) {
        json_dumpf(all, a->out, JSON_COMPACT);
        fputc('\n', a->out);
    }
    return e;
}

static bool rule_known(const char *type)
{
    for (size_t i = 0; amend_command_at(i); i++)
        if (strcmp(type, amend_command_at(i)) == 0)
            return true;
    return false;
}

int verb_rule(struct args *a)
{
    static const char *const lists[] = {"weekdays", "intervals", NULL}, *const numbers[] = {"year", "weekdays", "amount", NULL};
    struct app own, *app;
    struct fail f = {0};
    struct arena *arena _arena_ = arena_new();
    const char *type = a->argc ? a->argv[0] : "";
    bool list = a->argc == 1 && strcmp(type, "list") == 0;
    int code;
    if (!list && (!rule_known(type) || a->argc % 2 == 0)) {
        rule_usage(a);
        return EXIT_USAGE;
    }
    if (!(app = verb_open(a, list ? APP_READ : APP_WRITE, &own, &code)))
        return code;
    struct str home = amend_home(app_rules(app, arena));
    struct db *db = NULL;
    struct id id;
    struct outcome out = {0};
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (!e && list)
        e = list_rules(a, db, arena, home);
    else if (!e && !(e = amend_stream(db, home, &id))) {
        a->argv++;
        a->argc--;
        e = args_command(a, app, arena, &amend_aggregate, type, home, id, &(struct payload_shape){lists, numbers}, &out);
        f = out.fail;
    }
    db_close(&db);
    verb_close(a, &own);
    return verb_answer(a, e, &f, list ? NULL : "decided", out.seq_to);
}

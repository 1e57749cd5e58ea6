/* motcua point: service points and counters from the command line, by the machine itself. */
#include "app/verbs.h"
#include "domain/point/point.h"
#include "domain/staff/staff.h"

enum { PAGE = 100 };

static int usage(void)
{
    fputs("motcua point DIR list [--unit CODE] [--json]\n"
          "motcua point DIR open --unit CODE --code POINT --name TEXT --address TEXT --territory CODE --kind one_stop|postal|mobile|kiosk --basis TEXT\n"
          "motcua point DIR change|close --point POINT [--name TEXT …] --basis TEXT\n"
          "motcua point DIR counter open --point POINT --no N --name TEXT --purposes receive,return [--procedures C,…] [--sectors S,…] --basis TEXT\n"
          "motcua point DIR counter close --point POINT --no N --basis TEXT\n"
          "motcua point DIR counter staff --point POINT --no N --staff LOGIN [--from T] [--to T] [--substitute 1] --basis TEXT\n"
          "motcua point DIR counter end --point POINT --no N --staff LOGIN --basis TEXT\n",
          stderr);
    return EXIT_USAGE;
}

static void put(json_t *o, const char *name, struct str s) { json_object_set_new(o, name, json_stringn(s.p ? s.p : "", s.n)); }

static enum err counters_of(struct db *db, struct arena *arena, const struct point_row *p, int64_t now, json_t *list)
{
    struct counter_row rows[POINT_COUNTERS_MAX];
    struct serving_row serving[POINT_COUNTERS_MAX];
    size_t n = 0, m = 0;
    enum err e = counter_list(db, arena, p->home_unit, p->id, 0, rows, POINT_COUNTERS_MAX, &n);
    if (!e)
        e = counter_serving(db, arena, p->home_unit, p->id, 0, now, serving, POINT_COUNTERS_MAX, &m);
    for (size_t i = 0; i < n && !e; i++) {
        json_t *o = json_object(), *staff = json_array();
        json_object_set_new(o, "no", json_integer(rows[i].no));
        put(o, "name", rows[i].name);
        put(o, "purposes", rows[i].purposes);
        put(o, "procedures", rows[i].procedures);
        put(o, "sectors", rows[i].sectors);
        json_object_set_new(o, "open", json_boolean(!rows[i].closed_at));
        for (size_t k = 0; k < m; k++)
            if (serving[k].no == rows[i].no)
                json_array_append_new(staff, json_stringn(serving[k].staff.p, serving[k].staff.n));
        json_object_set_new(o, "staff", staff);
        json_array_append_new(list, o);
    }
    return e;
}

static void print_point(FILE *out, const struct point_row *p, const json_t *counters)
{
    size_t i, k;
    const json_t *c, *s;
    fprintf(out, "%.*s %.*s (%.*s, %.*s), %.*s%s\n", PRS(p->code), PRS(p->name), PRS(p->kind), PRS(p->territory), PRS(p->address), p->closed_at ? ", closed" : "");
    json_array_foreach(counters, i, c) {
        const json_t *staff = json_object_get(c, "staff");
        fprintf(out, "  %lld %s%s:", (long long)json_integer_value(json_object_get(c, "no")), json_string_value(json_object_get(c, "name")),
                json_is_true(json_object_get(c, "open")) ? "" : " (closed)");
        json_array_foreach(staff, k, s)
            fprintf(out, " %s", json_string_value(s));
        fputs(json_array_size(staff) ? "\n" : " nobody\n", out);
    }
}

static enum err list_points(struct args *a, struct db *db, struct arena *arena, struct str unit)
{
    struct point_row *rows = ARENA_ARRAY(arena, struct point_row, PAGE);
    struct point_filter q = {.unit = unit, .after = STR("")};
    json_t *all = arena_json(arena, json_array());
    size_t n = PAGE;
    enum err e = ERR_OK;
    while (!e && n == PAGE && !(e = point_list(db, arena, &q, rows, PAGE, &n)))
        for (size_t i = 0; i < n && !e; i++) {
            json_t *o = json_object(), *counters = json_array();
            e = counters_of(db, arena, &rows[i], time_machine_ms(), counters);
            put(o, "code", rows[i].code);
            put(o, "unit", rows[i].home_unit);
            put(o, "name", rows[i].name);
            put(o, "address", rows[i].address);
            put(o, "territory", rows[i].territory);
            put(o, "kind", rows[i].kind);
            json_object_set_new(o, "open", json_boolean(!rows[i].closed_at));
            json_object_set_new(o, "counters", counters);
            json_array_append_new(all, o);
            if (!a->json)
                print_point(a->out, &rows[i], counters);
            q.after = rows[i].code;
        }
    if (a->json && !e) {
        json_dumpf(all, a->out, JSON_COMPACT);
        fputc('\n', a->out);
    }
    return e;
}

/* "open" → point_open, "counter staff" → counter_staff; takes the words off. */
static const char *command_of(struct args *a)
{
    static const struct { const char *word, *second, *command; } words[] = {
        {"open", NULL, "point_open"}, {"change", NULL, "point_change"}, {"close", NULL, "point_close"}, {"counter", "open", "counter_open"},
        {"counter", "close", "counter_close"}, {"counter", "staff", "counter_staff"}, {"counter", "end", "counter_staff_end"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        int n = words[i].second ? 2 : 1;
        if (a->argc >= n && strcmp(a->argv[0], words[i].word) == 0 && (n == 1 || strcmp(a->argv[1], words[i].second) == 0)) {
            a->argv += n;
            a->argc -= n;
            return words[i].command;
        }
    }
    return NULL;
}

int verb_point(struct args *a)
{
    static const char *const lists[] = {"procedures", "sectors", "purposes", NULL}, *const numbers[] = {"no", "substitute", NULL};
    struct app own, *app;
    struct fail f = {0};
    struct arena *arena _arena_ = arena_new();
    struct outcome out = {0};
    struct id id = {{0}};
    struct db *db = NULL;
    const char *unit = args_take(a, "--unit"), *point = args_take(a, "--point"), *type = NULL;
    int code;
    bool list = a->argc == 1 && strcmp(a->argv[0], "list") == 0;
    if (!list && (!(type = command_of(a)) || a->argc % 2 != 0 || (strcmp(type, "point_open") == 0 ? !unit : !point)))
        return usage();
    if (!(app = verb_open(a, list ? APP_READ : APP_WRITE, &own, &code)))
        return code;
    struct str home = str_of(unit ? unit : "");
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (!e && list)
        e = list_points(a, db, arena, home);
    else if (!e) {
        if (point && (e = point_find(db, arena, str_of(point), &home, &id)) == ERR_NOT_FOUND)
            fail_add(&f, e, NULL, "", "point.absent", "%s", point);
        if (!e) {
            e = args_command(a, app, arena, &point_aggregate, type, home, id, &(struct payload_shape){lists, numbers}, &out);
            f = out.fail;
        }
    }
    db_close(&db);
    verb_close(a, &own);
    return verb_answer(a, e, &f, list ? NULL : "done", out.seq_to);
}

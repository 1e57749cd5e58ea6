/* See toy.h. */
#include "support/toy.h"
#include "domain/command/upcast.h"
#include <stdio.h>
#include <stdlib.h>

static struct str text_of(struct arena *a, const json_t *o, const char *field)
{
    const json_t *v = json_object_get(o, field);
    return json_is_string(v) ? str_dup(a, str_of(json_string_value(v))) : STR_NONE;
}
static int64_t int_of(const json_t *o, const char *field, int64_t otherwise)
{
    const json_t *v = json_object_get(o, field);
    return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static enum err apply(void *state, struct arena *a, const struct applied *e)
{
    struct toy *t = state;
    struct str type = e->head.type;
    if (str_is(type, "toy.opened")) {
        t->no = int_of(e->payload, "no", 0);
        t->label = text_of(a, e->payload, "label");
        t->name = text_of(a, e->personal, "name");
    } else if (str_is(type, "toy.added")) {
        t->times++;
        t->sum += int_of(e->payload, "n", 0);
    } else if (str_is(type, "toy.renamed"))
        t->name = text_of(a, e->personal, "name");
    else if (str_is(type, "toy.erased"))
        t->name = STR_NONE;
    else
        return ERR_CORRUPT;
    return ERR_OK;
}

static void save(struct buf *b, const void *state)
{
    const struct toy *t = state;
    buf_printf(b, "%lld %lld %lld %zu %zu\n", (long long)t->no, (long long)t->times, (long long)t->sum, t->label.n, t->name.n);
    buf_str(b, t->label);
    buf_str(b, t->name);
}

static enum err load(void *state, struct arena *a, struct str saved)
{
    struct toy *t = state;
    long long no, times, sum;
    size_t label, name;
    int used;
    if (sscanf(str_c(a, saved), "%lld %lld %lld %zu %zu%n", &no, &times, &sum, &label, &name, &used) != 5)
        return ERR_CORRUPT;
    *t = (struct toy){no, times, sum, str_sub(saved, (size_t)used + 1, label), name ? str_sub(saved, (size_t)used + 1 + label, name) : STR_NONE};
    return ERR_OK;
}

static enum err prepare(struct decision *d, struct db *db)
{
    int64_t *last = d->inputs = ARENA_NEW(d->arena, int64_t);
    if (!str_is(d->command->type, "open"))
        return ERR_OK;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_COMMAND_COUNTER, p_text(d->command->home_unit), p_c("toys"), p_c(""));
    if (!e && rows_next(&r))
        *last = row_i64(&r, 0);
    return e ? e : rows_end(&r);
}

static json_t *with_name(const json_t *p)
{
    const char *name = json_string_value(json_object_get(p, "name"));
    return name ? json_pack("{ss}", "name", name) : NULL;
}

static enum err decide(struct decision *d)
{
    const struct command *c = d->command;
    const json_t *p = c->payload;
    if (str_is(c->type, "open")) {
        const char *label = json_string_value(json_object_get(p, "label"));
        if (!label)
            return fail_add(&d->fail, ERR_INVALID, "R-044", "/label", "toy.label-missing", "%s", "nhãn bị thiếu");
        int64_t no = *(int64_t *)d->inputs + 1;
        decision_event(d, "toy.opened", 1, json_pack("{sIss}", "no", (json_int_t)no, "label", label), with_name(p), STR("61/2018"));
    } else if (str_is(c->type, "refuse"))
        return fail_add(&d->fail, ERR_CONFLICT, "R-044", "", "toy.refused", "%lld", (long long)int_of(p, "n", 0));
    else if (!d->state && !str_is(c->type, "break"))
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "toy.absent", NULL);
    else if (str_is(c->type, "add"))
        for (int64_t i = 0; i < int_of(p, "times", 1); i++)
            decision_event(d, "toy.added", 1, json_pack("{sI}", "n", (json_int_t)int_of(p, "n", 1)), NULL, STR_NONE);
    else if (str_is(c->type, "rename"))
        decision_event(d, "toy.renamed", 1, json_object(), with_name(p), STR_NONE);
    else if (str_is(c->type, "erase"))
        decision_event(d, "toy.erased", 1, json_object(), NULL, STR("91/2025"));
    else if (str_is(c->type, "break")) {
        const char *where = json_string_value(json_object_get(p, "where"));
        if (strcmp(where, "decide") == 0)
            return ERR_INTERNAL;
        for (int i = 0; i < (strcmp(where, "many") == 0 ? EVENTS_PER_COMMAND_MAX + 1 : strcmp(where, "nothing") == 0 ? 0 : 1); i++)
            decision_event(d, "toy.opened", 1, json_pack("{ss}", "label", "broken"), NULL, STR_NONE);
    }
    return ERR_OK;
}

static enum err project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)k, (void)before;
    const struct toy *t = after;
    char id[37], name[32];
    id_format(e[0].head.stream, id);
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++) {
        if (str_is(e[i].head.type, "toy.opened")) {
            if (strcmp(json_string_value(json_object_get(e[i].payload, "label")), "broken") == 0)
                return ERR_INTERNAL;
            err = db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(e[i].head.home_unit), p_c("toys"), p_c(""), p_int(t->no));
        } else if (str_is(e[i].head.type, "toy.erased"))
            err = db_exec(db, STMT_LEDGER_KEY_DROP, p_text(e[i].head.home_unit), p_bytes(id_str(&e[i].head.stream)));
    }
    int rows = 1;
    if (str_has_prefix(t->label, STR("rows=")))
        rows = atoi(t->label.p + 5);
    for (int i = 0; i < rows && !err; i++) {
        snprintf(name, sizeof name, "sum%d", i);
        err = db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(e[0].head.home_unit), p_c(name), p_c(id), p_int(t->sum));
    }
    return err;
}

static const struct event_type types[] = {{"toy.opened", 1}, {"toy.added", 1}, {"toy.renamed", 1}, {"toy.erased", 1}};

const struct aggregate toy_aggregate = {
    .kind = "toy", .state_size = sizeof(struct toy), .apply = apply, .save = save, .load = load, .prepare = prepare, .decide = decide, .project = project,
    .types = types, .type_count = ARRAY_LEN(types),
};

struct engine_room *toy_room(struct store *s, int lanes, const char *rehearsal_seed)
{
    struct engine_room *room = calloc(1, sizeof *room);
    struct key master = {{1, 2, 3}};
    if (!room)
        abort();
    room->store = s;
    room->keyring = keyring_from_master(&master);
    if (rehearsal_seed) {
        room->keyring.rehearsal = true;
        snprintf((char *)room->keyring.seed.b, KEY_BYTES, "%s", rehearsal_seed);
    }
    if (engine_room_start(room, lanes, NULL, NULL)) {
        fprintf(stderr, "toy: the engine room does not start\n");
        abort();
    }
    return room;
}

void toy_room_close(struct engine_room **room)
{
    if (*room)
        writer_stop(&(*room)->writer);
    free(*room);
    *room = NULL;
}

struct command toy_command(struct arena *a, const char *type, const char *home_unit, struct id stream, const char *key, const char *payload_fmt, ...)
{
    char *text;
    va_list ap;
    va_start(ap, payload_fmt);
    if (vasprintf(&text, payload_fmt, ap) < 0)
        abort();
    va_end(ap);
    json_t *payload = arena_json(a, json_loads(text, 0, NULL));
    free(text);
    if (!payload)
        abort();
    return (struct command){.aggregate = &toy_aggregate, .type = str_dup(a, str_of(type)), .home_unit = str_dup(a, str_of(home_unit)), .stream = stream,
                            .actor = {.id = STR("staff:1"), .unit = STR("91")}, .key = str_dup(a, str_of(key)), .payload = payload, .now = TOY_NOON};
}

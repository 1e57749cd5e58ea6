/* Dossiers: create, command, read. A command goes to the writer and the request is finished from there, after the durable commit. */
#include "face/api/api_private.h"
#include <stdio.h>
#include <stdlib.h>

enum { DOSSIER_JSON_MAX = 2 << 20, ANSWER_MAX = 64 * 1024 };

/* --- commands --- */

struct pending {
    struct command_job job; /* first */
    struct request *request;
    bool create;
};

static void put_due_warnings(struct buf *b, const struct dossier *d)
{
    json_t *list = dossier_due_warnings(d);
    char *text = json_dumps(list, JSON_COMPACT);
    buf_c(b, ",\"due_warnings\":");
    buf_c(b, text ? text : "[]");
    free(text);
    json_decref(list);
}

static void answer_members(struct buf *b, const struct outcome *out)
{
    const struct dossier *d = out->state;
    char id[37];
    id_format(out->stream, id);
    buf_char(b, '{');
    json_member(b, "id", str_of(id));
    json_member(b, "code", d->code);
    buf_c(b, ",\"codes\":[");
    buf_json_str(b, d->code);
    buf_char(b, ']');
    json_member(b, "state", str_of(dossier_state_name((int)d->state)));
    json_member_i64(b, "state_code", d->state);
    json_member(b, "task", d->task);
    json_member(b, "receiving_unit", d->receiving_unit);
    json_member(b, "competent_unit", d->competent_unit);
    json_member_time(b, "submitted_at", d->submitted_at);
    json_member_time(b, "received_at", d->received_at);
    json_member_time(b, "due_at", d->due_at);
    json_member_time(b, "promised_at", d->promised_at);
    put_due_warnings(b, d);
    json_member_bool(b, "expected", d->expected != 0);
    json_member_i64(b, "version", out->seq_to);
}

static void answer(struct pending *p)
{
    struct request *r = p->request;
    const struct outcome *out = &p->job.outcome;
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    answer_members(&b, out);
    buf_c(&b, ",\"events\":[");
    for (size_t i = 0; i < out->events; i++) {
        buf_c(&b, i ? ",{\"seq\":" : "{\"seq\":");
        buf_i64(&b, out->seq_from + (int64_t)i + 1);
        buf_c(&b, ",\"type\":");
        buf_json_str(&b, out->event_type[i]);
        buf_char(&b, '}');
    }
    buf_c(&b, "]}");
    respond_etag(r, etag_of_version(request_arena(r), out->seq_to));
    if (p->create)
        respond_header(r, "Location", str_printf(request_arena(r), "/api/v1/dossiers/%.*s", PRS(((const struct dossier *)out->state)->code)));
    respond_json_buf(r, p->create ? 201 : 200, &b);
}

/* On the writer's thread: render and let go. */
static void command_done(struct command_job *j, enum err store_error)
{
    struct pending *p = (struct pending *)j;
    struct request *r = p->request;
    if (store_error)
        respond_error(r, store_error, store_error == ERR_NO_SPACE ? "store.no-space" : "store.unavailable", NULL);
    else if (j->outcome.err)
        respond_problem(r, &j->outcome.fail);
    else
        answer(p);
    request_finish(r);
}

static enum http_result give(struct request *r, struct pending *p)
{
    enum err e = command_submit(api_of(r)->face.room, &p->job);
    if (!e)
        return HTTP_LATER;
    const char *reason = writer_read_only_reason(api_of(r)->face.room->writer);
    respond_retry_after(r, 2);
    respond_error(r, ERR_UNAVAILABLE, e == ERR_BUSY ? "writer.busy" : "writer.read-only", reason);
    return HTTP_DONE;
}

static bool idempotency_key(struct request *r, struct str *key_r)
{
    *key_r = request_header(r, "Idempotency-Key");
    bool ok = key_r->n > 0 && key_r->n <= COMMAND_KEY_MAX;
    for (size_t i = 0; ok && i < key_r->n; i++)
        ok = key_r->p[i] > ' ' && key_r->p[i] < 0x7f;
    if (!ok)
        refuse_code(r, ERR_MALFORMED, "", key_r->n ? "idempotency.key-invalid" : "idempotency.key-missing");
    return ok;
}

static bool body_object(struct request *r, json_t **body_r)
{
    struct fail f = {0};
    if (request_json(r, body_r, &f)) {
        refuse(r, &f);
        return false;
    }
    if (json_is_object(*body_r))
        return true;
    refuse_code(r, ERR_MALFORMED, "", "field.not-object");
    return false;
}

enum http_result api_dossier_create(struct request *r)
{
    json_t *body;
    struct str key;
    if (!idempotency_key(r, &key) || !body_object(r, &body))
        return HTTP_DONE;
    const json_t *unit = json_object_get(body, "receiving_unit");
    struct str home = json_is_string(unit) ? str_bytes(json_string_value(unit), json_string_length(unit)) : STR("");
    if (!home.n || home.n > UNIT_CODE_MAX || !unit_find(rules_of(r)->org, home))
        return refuse_code(r, ERR_INVALID, "/receiving_unit", home.n ? "unit.unknown" : "field.required");
    struct pending *p = ARENA_NEW(request_arena(r), struct pending);
    p->request = r;
    p->create = true;
    p->job = (struct command_job){.arena = request_arena(r), .done = command_done,
                                  .command = {.aggregate = &dossier_aggregate, .type = STR("submit"), .home_unit = home, .actor = *actor_of(r),
                                              .key = key, .payload = body, .now = request_now_ms(r)}};
    return give(r, p);
}

static bool version_asked(struct request *r, struct str type, int64_t *version_r)
{
    struct str match = str_trim(request_header(r, "If-Match"));
    *version_r = 0;
    if (!match.p || str_is(match, "*")) {
        if (!str_is(type, "correct") && !str_is(type, "void") && !str_is(type, "revoke_result"))
            return true;
        refuse_code(r, ERR_NEED_VERSION, "", "version.required"); /* what mends must know what it mends */
        return false;
    }
    if (match.n > 2 && match.p[0] == '"' && match.p[match.n - 1] == '"' && str_to_i64(str_sub(match, 1, match.n - 2), version_r) && *version_r > 0)
        return true;
    refuse_code(r, ERR_MALFORMED, "", "version.form");
    return false;
}

/* code → stream; answers 404 when there is none. */
static bool find(struct request *r, struct str *home_r, struct id *id_r)
{
    enum err e = dossier_find(db_of(r), request_path_param(r, "code"), home_r, id_r, request_arena(r));
    if (!e)
        return true;
    refuse_code(r, e, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    return false;
}

enum http_result api_dossier_command(struct request *r)
{
    json_t *body;
    struct str key, home;
    struct id id;
    int64_t version;
    if (!idempotency_key(r, &key) || !body_object(r, &body))
        return HTTP_DONE;
    const json_t *type = json_object_get(body, "type");
    if (!json_is_string(type) || !json_string_length(type))
        return refuse_code(r, ERR_INVALID, "/type", "field.required");
    struct str name = str_bytes(json_string_value(type), json_string_length(type));
    if (!version_asked(r, name, &version) || !find(r, &home, &id))
        return HTTP_DONE;
    struct pending *p = ARENA_NEW(request_arena(r), struct pending);
    p->request = r;
    p->job = (struct command_job){.arena = request_arena(r), .done = command_done,
                                  .command = {.aggregate = &dossier_aggregate, .type = name, .home_unit = home, .stream = id, .actor = *actor_of(r),
                                              .key = key, .if_version = version, .payload = body, .now = request_now_ms(r)}};
    return give(r, p);
}

/* --- reading --- */

/* The dossier when this actor may see it; else answers 404. */
static bool load(struct request *r, struct str *home_r, struct id *id_r, struct dossier *d, int64_t *version_r)
{
    if (!find(r, home_r, id_r))
        return false;
    enum err e = stream_load(&dossier_aggregate, &api_of(r)->face.room->keyring, db_of(r), request_arena(r), *home_r, *id_r, INT64_MAX, d, version_r);
    if (!e && !dossier_visible(d, actor_of(r)))
        e = ERR_NOT_FOUND;
    if (!e)
        return true;
    refuse_code(r, e, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    return false;
}

static void respond_dumped(struct request *r, json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT);
    struct buf b = BUF_MAX(DOSSIER_JSON_MAX);
    if (text)
        buf_c(&b, text);
    free(text);
    json_decref(j);
    respond_json_buf(r, 200, &b);
    buf_free(&b);
}

enum http_result api_dossier(struct request *r)
{
    struct str home;
    struct id id;
    struct dossier d;
    int64_t version;
    const json_t *personal = NULL;
    if (!load(r, &home, &id, &d, &version))
        return HTTP_DONE;
    struct str etag = etag_of_version(request_arena(r), version);
    respond_etag(r, etag);
    if (request_not_modified(r, etag, -1)) {
        respond_not_modified(r);
        return HTTP_DONE;
    }
    if (dossier_personal(&api_of(r)->face.room->keyring, db_of(r), request_arena(r), home, id, &personal))
        return refuse_code(r, ERR_UNAVAILABLE, "", "store.unavailable");
    json_t *o = dossier_json(id, &d, version, personal, request_now_ms(r));
    const char *possible[40];
    size_t n = dossier_possible(rules_of(r), &d, actor_of(r), request_now_ms(r), possible, ARRAY_LEN(possible));
    json_t *commands = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(commands, json_string(possible[i]));
    json_object_set_new(o, "commands", commands);
    respond_dumped(r, o);
    return HTTP_DONE;
}

/* What happened, with personal parts opened for those in scope and the seal itself left out. */
static json_t *event_json(const struct applied *e, const struct hash *prev)
{
    char at[40], hex[2 * HASH_BYTES + 1];
    json_t *data = json_deep_copy(e->payload), *o = json_object(), *v;
    const char *name;
    void *next;
    json_object_del(data, "sealed");
    json_object_foreach_safe(data, next, name, v) { /* times as everywhere in the API; 0 is "not" */
        if (json_is_integer(v) && str_has_suffix(str_of(name), STR("_at"))) {
            time_format(json_integer_value(v), at);
            json_object_set_new(data, name, json_integer_value(v) ? json_string(at) : json_null());
        }
    }
    if (e->personal)
        json_object_update(data, (json_t *)(uintptr_t)e->personal);
    time_format(e->head.at, at);
    json_object_set_new(o, "seq", json_integer(e->head.seq));
    json_object_set_new(o, "type", json_stringn(e->head.type.p, e->head.type.n));
    json_object_set_new(o, "at", json_string(at));
    json_object_set_new(o, "actor", json_stringn(e->head.actor.p, e->head.actor.n));
    json_object_set_new(o, "unit", json_stringn(e->head.unit.p, e->head.unit.n));
    json_object_set_new(o, "basis", json_stringn(e->head.basis.p, e->head.basis.n));
    json_object_set_new(o, "data", data);
    hex_format(prev->b, HASH_BYTES, hex);
    json_object_set_new(o, "prev", json_string(hex));
    hex_format(e->head.hash.b, HASH_BYTES, hex);
    json_object_set_new(o, "hash", json_string(hex));
    return o;
}

enum http_result api_dossier_events(struct request *r)
{
    struct str home;
    struct id id;
    struct dossier d;
    int64_t version, limit, after = 0;
    struct str cursor = request_query(r, "cursor");
    if (!query_limit(r, 200, 1000, &limit))
        return HTTP_DONE;
    if (cursor.n && (!str_to_i64(cursor, &after) || after < 0))
        return refuse_code(r, ERR_MALFORMED, "cursor", "query.cursor");
    if (!load(r, &home, &id, &d, &version))
        return HTTP_DONE;
    struct arena *a = request_arena(r);
    struct key key;
    bool open = stream_key_load(&api_of(r)->face.room->keyring, db_of(r), home, id, &key) == ERR_OK;
    json_t *items = arena_json(a, json_array());
    struct hash prev = {0};
    struct rows rows _rows_ = {0};
    /* A stream's numbers have no gaps, so the page is a range of its key; it begins one before, whose hash is the first `prev`. */
    int64_t from = after < version ? after : version, last = version - from > limit ? from + limit : version;
    enum err e = db_query(db_of(r), &rows, STMT_LEDGER_STREAM_EVENTS, p_text(home), p_bytes(id_str(&id)), p_int(from ? from - 1 : 0), p_int(last));
    while (!e && rows_next(&rows)) {
        struct event ev;
        struct applied applied;
        event_from_row(&rows, &ev);
        if (ev.seq > from) {
            e = applied_from(a, &api_of(r)->face.room->keyring, open ? &key : NULL, &ev, &applied);
            if (!e)
                json_array_append_new(items, event_json(&applied, &prev));
        }
        prev = ev.hash;
    }
    if (!e)
        e = rows_end(&rows);
    if (e)
        return refuse_code(r, e, "", "store.unavailable");
    json_t *o = json_pack("{sO}", "items", items);
    struct str following = last < version ? str_printf(a, "%lld", (long long)last) : STR("");
    json_object_set_new(o, "next", following.n ? json_string(following.p) : json_null());
    list_link(r, following);
    respond_dumped(r, o);
    return HTTP_DONE;
}

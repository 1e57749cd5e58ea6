/* Table of routes, who asks, and what the handlers share. See api.h. */
#include "face/api/api_private.h"
#include "face/api/kept.h"
#include "face/api/limiter.h"
#include "http/metrics.h"
#include <stdio.h>
#include <stdlib.h>

/* Ten guesses of a phone's end a minute for each client; for each dossier, wherever they come from, ten at once and then one in two minutes: all
 * ten thousand ends take two weeks. */
enum { GUESSES = 10, GUESS_EVERY_MS = 6000, GUESSES_DOSSIER = 10, GUESS_EVERY_MS_DOSSIER = 120000 };
enum { DOSSIER_BODY_MAX = 1 << 20, COMMAND_BODY_MAX = 512 * 1024 };
#define FILE_BODY_MAX ((size_t)4096 << 20) /* of the way in; the store of files has its own limit (files_max_mb) */

#define V1 "/api/v1"
const struct route api_routes[] = {
    {HTTP_GET, "/healthz", http_healthz, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "healthz"},
    {HTTP_GET, "/readyz", http_readyz, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "readyz"},
    {HTTP_GET, "/metrics", http_metrics, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "metrics"},
    {HTTP_GET, V1 "/openapi.json", api_openapi, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE, .operation = "openapi", .query = ""},
    {HTTP_GET, V1 "/procedures", api_procedures, ROUTE_READ, ROUTE_PUBLIC, .operation = "listProcedures", .query = "q sector level receivable on limit cursor"},
    {HTTP_GET, V1 "/procedures/{code}", api_procedure, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE, .operation = "getProcedure", .query = "on agency"},
    {HTTP_GET, V1 "/territories", api_territories, ROUTE_READ, ROUTE_PUBLIC, .operation = "listTerritories", .query = "on parent q limit cursor"},
    {HTTP_GET, V1 "/territories/{code}/successors", api_successors, ROUTE_READ, ROUTE_PUBLIC, .operation = "listSuccessors", .query = ""},
    {HTTP_GET, V1 "/units", api_units, ROUTE_READ, ROUTE_PUBLIC, .operation = "listUnits", .query = "territory q limit cursor"},
    {HTTP_POST, V1 "/files", NULL, ROUTE_UPLOAD, ROUTE_TOKEN, BODY_STREAM, FILE_BODY_MAX, .operation = "uploadFile", .query = "name", .upload = &api_file_upload},
    {HTTP_GET, V1 "/files/{sha256}", api_file, ROUTE_READ, ROUTE_TOKEN, .operation = "getFile", .query = ""},
    {HTTP_POST, V1 "/dossiers", api_dossier_create, ROUTE_COMMAND, ROUTE_TOKEN, BODY_JSON, DOSSIER_BODY_MAX, .operation = "createDossier", .query = ""},
    {HTTP_GET, V1 "/dossiers", api_dossiers, ROUTE_READ, ROUTE_TOKEN, .operation = "listDossiers", .query = "unit state task due_before q limit cursor"},
    {HTTP_GET, V1 "/dossiers/{code}", api_dossier, ROUTE_READ, ROUTE_TOKEN, .operation = "getDossier", .query = ""},
    {HTTP_GET, V1 "/dossiers/{code}/events", api_dossier_events, ROUTE_READ, ROUTE_TOKEN, .operation = "listEvents", .query = "limit cursor"},
    {HTTP_POST, V1 "/dossiers/{code}/commands", api_dossier_command, ROUTE_COMMAND, ROUTE_TOKEN, BODY_JSON, COMMAND_BODY_MAX, .operation = "commandDossier", .query = ""},
    {HTTP_GET, V1 "/track/{code}", api_track, ROUTE_READ, ROUTE_PUBLIC, .operation = "track", .query = "phone_end"},
    {HTTP_GET, V1 "/verify/{result_code}", api_verify, ROUTE_READ, ROUTE_PUBLIC, .operation = "verifyResult", .query = ""},
    {HTTP_GET, V1 "/reports/{name}", api_report, ROUTE_READ, ROUTE_TOKEN, .operation = "getReport", .query = "from to unit"},
};
const size_t api_route_count = ARRAY_LEN(api_routes);

struct api *api_new(struct engine_room *room, struct health *health, struct file_store *files)
{
    struct api *api = calloc(1, sizeof *api);
    if (!api)
        abort();
    api->face = (struct face){.room = room, .health = health, .files = files, .rehearsal = room->keyring.rehearsal};
    api->arena = arena_new();
    openapi_keep(api->arena, STR("/"), &api->openapi);
    api->guesses_of_client = limiter_new(GUESS_EVERY_MS, GUESSES);
    api->guesses_of_dossier = limiter_new(GUESS_EVERY_MS_DOSSIER, GUESSES_DOSSIER);
    api->principals = principal_cache_new();
    api->kept = kept_new();
    return api;
}

void api_reached_at(struct api *api, struct str url)
{
    if (url.n)
        openapi_keep(api->arena, url, &api->openapi);
}

struct face *api_face(struct api *api) { return &api->face; }

void api_free(struct api **api)
{
    if (!*api)
        return;
    principal_cache_free(&(*api)->principals);
    kept_free(&(*api)->kept);
    limiter_free(&(*api)->guesses_of_client);
    limiter_free(&(*api)->guesses_of_dossier);
    arena_free(&(*api)->arena);
    free(*api);
    *api = NULL;
}

struct kept *api_kept(struct request *r) { return api_of(r)->kept; }

int64_t api_guess(struct request *r, struct str dossier_code)
{
    struct api *api = api_of(r);
    int64_t now = request_now_ms(r), wait = limiter_try(api->guesses_of_client, limiter_client(request_client(r)), now);
    return wait ? wait : limiter_try(api->guesses_of_dossier, dossier_code, now);
}

void api_rules_changed(struct api *api) { principal_cache_forget(api->principals, STR("")); }

enum err api_enter(struct request *r, struct fail *f)
{
    struct str token = request_bearer(r);
    if (!token.p || !request_worker(r)) /* inline routes look nobody up */
        return ERR_OK;
    struct actor *actor = ARENA_NEW(request_arena(r), struct actor);
    enum err e = principal_cache_token(api_of(r)->principals, db_of(r), &api_of(r)->face.room->keyring, rules_of(r), request_arena(r), token,
                                       request_now_ms(r), actor, f);
    if (!e)
        request_set_principal(r, actor);
    return e;
}

/* --- shared --- */

enum http_result refuse(struct request *r, const struct fail *f)
{
    respond_problem(r, f);
    return HTTP_DONE;
}

enum http_result refuse_code(struct request *r, enum err e, const char *pointer, const char *code)
{
    struct fail f = {0};
    fail_add(&f, e, NULL, pointer, code, NULL);
    return refuse(r, &f);
}

bool query_day(struct request *r, const char *name, int64_t *day_r)
{
    struct str s = request_query(r, name);
    *day_r = time_local_day(request_now_ms(r));
    if (!s.p || date_parse(s, day_r))
        return true;
    refuse_code(r, ERR_MALFORMED, name, "query.date");
    return false;
}

bool query_limit(struct request *r, int64_t dflt, int64_t max, int64_t *limit_r)
{
    struct fail f = {0};
    if (request_query_i64(r, "limit", 1, max, dflt, limit_r, &f))
        return true;
    f.err = ERR_MALFORMED;
    refuse(r, &f);
    return false;
}

static void encode(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            buf_char(b, (char)c);
        else
            buf_printf(b, "%%%02X", c);
    }
}

void list_link(struct request *r, struct str next)
{
    struct buf link _buf_ = BUF_MAX(6000);
    struct str name, value;
    char sep = '?';
    if (!next.n)
        return;
    buf_char(&link, '<');
    buf_str(&link, request_path(r));
    for (size_t i = 0; request_query_at(r, i, &name, &value); i++) {
        if (str_is(name, "cursor"))
            continue;
        buf_char(&link, sep);
        encode(&link, name);
        buf_char(&link, '=');
        encode(&link, value);
        sep = '&';
    }
    buf_char(&link, sep);
    buf_c(&link, "cursor=");
    encode(&link, next);
    buf_c(&link, ">; rel=\"next\"");
    if (!link.overflow)
        respond_add_header(r, "Link", str_dup(request_arena(r), buf_view(&link)));
}

void list_end(struct request *r, struct buf *b, struct str next)
{
    buf_c(b, "],\"next\":");
    if (next.n)
        buf_json_str(b, next);
    else
        buf_c(b, "null");
    buf_char(b, '}');
    list_link(r, next);
}

enum http_result respond_list(struct request *r, struct buf *b, struct str next)
{
    list_end(r, b, next);
    respond_json_buf(r, 200, b);
    return HTTP_DONE;
}

static void key_of(struct buf *b, const char *key)
{
    if (b->n && b->p[b->n - 1] != '{')
        buf_char(b, ',');
    buf_char(b, '"');
    buf_c(b, key);
    buf_c(b, "\":");
}

void json_member(struct buf *b, const char *key, struct str value)
{
    key_of(b, key);
    buf_json_str(b, value);
}

void json_member_time(struct buf *b, const char *key, int64_t ms)
{
    char text[40];
    key_of(b, key);
    if (!ms) {
        buf_c(b, "null");
        return;
    }
    time_format(ms, text);
    buf_json_str(b, str_of(text));
}

void json_member_i64(struct buf *b, const char *key, int64_t v)
{
    key_of(b, key);
    buf_i64(b, v);
}

void json_member_bool(struct buf *b, const char *key, bool v)
{
    key_of(b, key);
    buf_c(b, v ? "true" : "false");
}

void json_member_date(struct buf *b, const char *key, int64_t day)
{
    char text[16];
    key_of(b, key);
    if (day < -719000 || day > 2900000) {
        buf_c(b, "null");
        return;
    }
    date_format(day, text);
    buf_json_str(b, str_of(text));
}

/* One request from its first line to its answer: the library's callbacks. All run on the connection's I/O thread.
 *
 *   exchange_line        the request line is in: take a request from the store of unused ones
 *   exchange_call  ×n    headers (first call), pieces of the body, end of the body, and again after every resume
 *   exchange_completed   answered, or the client is gone: the request goes back
 *
 * Two habits of 0.9.75 shape this file. An answer given in the first call closes the connection: right for a message that cannot be
 * trusted, wrong for a plain 404, which therefore waits for the last call. And a suspended connection is not looked at: a client that
 * leaves meanwhile is noticed only when the answer is sent, so a handler's request never disappears under it. */
#include "http/http_private.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- requests are used again: an arena keeps its first chunk ---- */

static struct request *request_take(struct http_server *s)
{
    pthread_mutex_lock(&s->spare_lock);
    struct request *r = s->spare;
    if (r) {
        s->spare = r->next;
        s->spare_n--;
    }
    pthread_mutex_unlock(&s->spare_lock);
    struct arena *arena = r ? r->arena : arena_new();
    if (!r && !(r = malloc(sizeof *r)))
        abort();
    memset(r, 0, sizeof *r);
    r->arena = arena;
    r->server = s;
    r->answer.fd = -1;
    atomic_fetch_add(&s->inflight, 1);
    return r;
}

static void request_free(struct request *r)
{
    arena_free(&r->arena);
    free(r);
}

void request_release(struct request *r)
{
    struct http_server *s = r->server;
    answer_reset(r);
    buf_free(&r->body);
    free(r->piece);
    arena_reset(r->arena);
    pthread_mutex_lock(&s->spare_lock);
    bool keep = s->spare_n < 256;
    if (keep) {
        r->next = s->spare;
        s->spare = r;
        s->spare_n++;
    }
    pthread_mutex_unlock(&s->spare_lock);
    if (!keep)
        request_free(r);
    atomic_fetch_sub(&s->inflight, 1);
}

void request_free_spares(struct http_server *s)
{
    while (s->spare) {
        struct request *r = s->spare;
        s->spare = r->next;
        request_free(r);
    }
}

/* ---- connections ---- */

static void wait_until(struct peer *p, int64_t deadline_us) { atomic_store_explicit(&p->deadline_us, deadline_us, memory_order_relaxed); }

void exchange_peer(void *cls, struct MHD_Connection *c, void **context, enum MHD_ConnectionNotificationCode what)
{
    struct io *io = cls;
    struct peer *p = *context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        p = calloc(1, sizeof *p);
        if (!p)
            abort();
        p->fd = i ? i->connect_fd : -1;
        wait_until(p, time_monotonic_us() + io->server->config.header_ms * 1000);
        pthread_mutex_lock(&io->lock);
        p->next = io->peers;
        p->link = &io->peers;
        if (p->next)
            p->next->link = &p->next;
        io->peers = p;
        pthread_mutex_unlock(&io->lock);
        *context = p;
    } else if (p) {
        pthread_mutex_lock(&io->lock); /* the watch may be looking at it; the socket is still open here */
        *p->link = p->next;
        if (p->next)
            p->next->link = p->link;
        pthread_mutex_unlock(&io->lock);
        if (p->linger)
            linger_add(io->server, p->fd);
        free(p);
        *context = NULL;
        atomic_fetch_sub(&io->open, 1);
    }
}

/* ---- the line ---- */

static bool id_is_safe(struct str s)
{
    if (s.n < 8 || s.n > 40)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
            return false;
    }
    return true;
}

static void make_id(struct request *r)
{
    static const char digit[] = "0123456789abcdef";
    uint64_t v = r->server->id_base + atomic_fetch_add_explicit(&r->server->next_id, 1, memory_order_relaxed);
    for (int i = 15; i >= 0; i--, v >>= 4)
        r->id[i] = digit[v & 15];
    r->id[16] = '\0';
}

void *exchange_line(void *cls, const char *uri, struct MHD_Connection *c)
{
    struct io *io = cls;
    struct http_server *s = io->server;
    struct request *r = request_take(s);
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    r->io = io;
    r->connection = c;
    r->peer = i->socket_context;
    r->begun_us = time_monotonic_us();
    r->now_ms = time_machine_ms();
    r->deadline_us = r->begun_us + s->config.request_ms * 1000;
    r->line_at = uri ? uri : "";
    r->line_n = strlen(r->line_at);
    r->target = str_dup(r->arena, str_sub(str_of(r->line_at), 0, LINE_MAX_BYTES + 1)); /* the library cuts it in place */
    make_id(r);
    atomic_store_explicit(&r->peer->busy, true, memory_order_relaxed);
    wait_until(r->peer, r->begun_us + s->config.header_ms * 1000);
    return r;
}

/* ---- answering ---- */

static void count(struct request *r)
{
    struct http_server *s = r->server;
    size_t route = r->route ? (size_t)(r->route - s->routes) : s->route_n;
    unsigned class = r->answer.status >= 100 && r->answer.status < 600 ? (unsigned)r->answer.status / 100 : 5;
    int64_t now = time_monotonic_us(), took = now - r->begun_us;
    atomic_fetch_add_explicit(&s->answered[route * STATUS_CLASSES + class], 1, memory_order_relaxed);
    if (r->route)
        histogram_observe_us(&s->queue[r->route->class].latency, took);
    bool slow = took > 1000000 && !(r->route && r->route->body == BODY_STREAM);
    if (r->route && (r->route->flags & ROUTE_QUIET))
        return;
    log_request_set(r->id);
    enum log_level level = slow || r->answer.status >= 500 ? LOG_WARN : r->answer.status >= 400 ? LOG_INFO : LOG_DEBUG; /* a client asks by the id of its refusal */
    log_line(level, slow ? "http.slow" : "http.request", "method=%s route=%s status=%d us=%lld wait_us=%lld size=%lld",
             r->method_name ? r->method_name : "-", r->route ? r->route->pattern : "-", r->answer.status, (long long)took,
             (long long)(r->run_us && r->queued_us ? r->run_us - r->queued_us : 0), (long long)r->answer.sent_size);
    log_request_set(NULL);
}

static enum MHD_Result answer(struct request *r)
{
    const struct http_config *c = &r->server->config;
    response_build(r);
    if (!r->answer.built)
        return MHD_NO;
    count(r);
    r->phase = PHASE_SENT;
    wait_until(r->peer, time_monotonic_us() + (c->body_ms + r->answer.open_ms) * 1000 + r->answer.sent_size * 1000000 / c->rate_min);
    enum MHD_Result result = MHD_queue_response(r->connection, (unsigned)r->answer.status, r->answer.built);
    MHD_destroy_response(r->answer.built);
    r->answer.built = NULL;
    return result;
}

/* In the first call: the library sends it, and closes. What the client still sends is thrown away beside it. */
static enum MHD_Result answer_and_close(struct request *r)
{
    r->answer.close = true;
    r->peer->linger = true;
    return answer(r);
}

/* Refused before the body was read. A small body is read and dropped so that the client may go on; after a large one it must come again. */
static enum MHD_Result refuse(struct request *r)
{
    if (r->content_length > SWALLOW_MAX || (r->expects_continue && r->content_length > 0))
        return answer_and_close(r);
    r->phase = PHASE_SWALLOW;
    return MHD_YES;
}

/* ---- headers ---- */

static bool type_is(struct str type, const char *wanted)
{
    ptrdiff_t semicolon = str_find_char(type, ';');
    struct str media = str_trim(semicolon < 0 ? type : str_sub(type, 0, (size_t)semicolon));
    struct str rest = semicolon < 0 ? STR("") : str_sub(type, (size_t)semicolon, type.n);
    ptrdiff_t charset = str_find(rest, STR("charset="));
    if (charset >= 0) {
        struct str name = str_trim(str_sub(rest, (size_t)charset + 8, rest.n));
        if (name.n && name.p[0] == '"')
            name = str_sub(name, 1, name.n);
        if (name.n < 5 || strncasecmp(name.p, "utf-8", 5) != 0)
            return false;
    }
    size_t n = strlen(wanted);
    if (media.n == n && strncasecmp(media.p, wanted, n) == 0)
        return true;
    return strcmp(wanted, "application/json") == 0 && media.n > 17 && strncasecmp(media.p, "application/", 12) == 0 &&
           strncasecmp(media.p + media.n - 5, "+json", 5) == 0;
}

static bool body_acceptable(struct request *r)
{
    const struct route *route = r->route;
    int64_t n = r->content_length;
    char limit[32];
    if (route->body == BODY_NONE) {
        if (n > 0)
            respond_error(r, ERR_TOO_LARGE, "http.body", NULL);
        return n <= 0;
    }
    size_t max = route->body_max ? route->body_max : BODY_MAX_DEFAULT;
    if (n < 0 && route->body == BODY_STREAM) {
        respond_problem_status(r, 411, "http.length", NULL);
        return false;
    }
    if (n > 0 && (uint64_t)n > max) {
        snprintf(limit, sizeof limit, "%zu", max);
        respond_error(r, ERR_TOO_LARGE, "http.too_large", limit);
        return false;
    }
    const char *wanted = route->body == BODY_JSON ? "application/json"
                         : route->body == BODY_FORM ? "application/x-www-form-urlencoded"
                                                    : NULL;
    if (wanted && n > 0 && !type_is(request_content_type(r), wanted)) {
        respond_error(r, ERR_TYPE, "http.type", wanted);
        return false;
    }
    return true;
}

static bool named(const char *names, struct str name)
{
    struct str rest = str_of(names), one;
    while (rest.n && str_next(&rest, ' ', &one))
        if (str_eq(one, name))
            return true;
    return str_is(name, "lang");
}

/* A misspelt name would give the whole list, and look like an answer. */
static bool query_known(struct request *r)
{
    struct fail f = {0};
    for (size_t i = 0; r->route->query && i < r->query_n; i++)
        if (!named(r->route->query, r->query[i].name)) {
            struct str name = r->query[i].name;
            fail_add(&f, ERR_MALFORMED, NULL, str_c(r->arena, name), "http.query_unknown", "%.*s", PRS(name));
        }
    if (f.err)
        respond_problem(r, &f);
    return !f.err;
}

static enum MHD_Result headers_came(struct request *r, const char *method, const char *version)
{
    const struct http_config *c = &r->server->config;
    r->method_name = "-";
    if (!framing_check(r, method, version))
        return answer_and_close(r);
    struct str id = request_header(r, "X-Request-Id");
    if (id_is_safe(id))
        snprintf(r->id, sizeof r->id, "%.*s", PRS(id));
    struct buf allow _buf_ = BUF_MAX(256);
    int status = router_find(r, r->path, method, &allow);
    if (status == 400) {
        respond_problem_status(r, 400, "http.path", NULL);
    } else if (status == 404) {
        respond_error(r, ERR_NOT_FOUND, "http.absent", NULL);
    } else if (status != 200) {
        if (status == 405)
            respond_problem_status(r, 405, "http.method_not_allowed", str_c(r->arena, buf_view(&allow)));
        else
            respond_empty(r, 204);
        respond_header(r, "Allow", buf_view(&allow));
    } else {
        static const char *const name[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
        r->method_name = r->head ? "HEAD" : name[r->route->method];
        if (r->route->access == ROUTE_TOKEN && !request_bearer(r).n)
            respond_error(r, ERR_UNAUTHORISED, "http.token", NULL);
        else if (query_known(r))
            (void)body_acceptable(r);
    }
    if (r->answer.status)
        return refuse(r);
    int64_t length = r->content_length > 0 ? r->content_length : 0;
    wait_until(r->peer, r->begun_us + c->body_ms * 1000 + length * 1000000 / c->rate_min);
    if (r->route->body == BODY_STREAM) {
        r->phase = PHASE_BEGIN;
        if (queue_push(r, JOB_BEGIN, true))
            return MHD_YES;
        respond_error(r, ERR_UNAVAILABLE, "http.busy", NULL);
        return refuse(r);
    }
    r->phase = PHASE_COLLECT;
    r->body.max = (size_t)length;
    return MHD_YES;
}

/* ---- body and dispatch ---- */

static enum MHD_Result dispatch(struct request *r)
{
    if (r->route->flags & ROUTE_INLINE && run_inline(r))
        return answer(r);
    r->phase = PHASE_WAIT;
    if (queue_push(r, JOB_RUN, true))
        return MHD_YES;
    respond_error(r, ERR_UNAVAILABLE, "http.busy", NULL);
    return answer(r);
}

static enum MHD_Result upload_came(struct request *r, const char *data, size_t *n)
{
    if (r->answer.status) { /* a piece was refused: the rest is dropped, then the answer is sent */
        r->phase = PHASE_SWALLOW;
        if (!*n)
            return answer(r);
        *n = 0;
        return MHD_YES;
    }
    if (!*n) {
        r->phase = PHASE_WAIT;
        queue_push(r, JOB_END, false);
        return MHD_YES;
    }
    if (!r->piece && !(r->piece = malloc(UPLOAD_PIECE)))
        return MHD_NO;
    size_t take = UPLOAD_PIECE - r->piece_n < *n ? UPLOAD_PIECE - r->piece_n : *n;
    memcpy(r->piece + r->piece_n, data, take);
    r->piece_n += take;
    *n -= take;
    if (r->piece_n == UPLOAD_PIECE)
        queue_push(r, JOB_DATA, false);
    return MHD_YES;
}

enum MHD_Result exchange_call(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                              const char *data, size_t *n, void **context)
{
    (void)cls, (void)c, (void)url;
    struct request *r = *context;
    const struct http_config *config = &r->server->config;
    switch (r->phase) {
    case PHASE_LINE:
        return headers_came(r, method, version);
    case PHASE_COLLECT:
        if (!*n)
            return dispatch(r);
        buf_put(&r->body, data, *n);
        *n = 0;
        return r->body.overflow ? MHD_NO : MHD_YES;
    case PHASE_SWALLOW:
        if (!*n)
            return answer(r);
        *n = 0;
        return MHD_YES;
    case PHASE_BEGIN: /* resumed; this is still the first call */
        if (r->answer.status)
            return refuse(r);
        r->phase = PHASE_UPLOAD;
        r->body_until_us = time_monotonic_us() + config->body_ms * 1000 + r->content_length * 1000000 / config->rate_min;
        wait_until(r->peer, r->body_until_us);
        return MHD_YES;
    case PHASE_UPLOAD:
        return upload_came(r, data, n);
    case PHASE_WAIT:
        return answer(r);
    case PHASE_SENT:
        *n = 0;
        return MHD_YES;
    }
    return MHD_NO;
}

void exchange_completed(void *cls, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode how)
{
    (void)cls, (void)c, (void)how;
    struct request *r = *context;
    if (!r)
        return;
    *context = NULL;
    wait_until(r->peer, time_monotonic_us() + r->server->config.idle_ms * 1000);
    atomic_store_explicit(&r->peer->served, true, memory_order_relaxed);
    atomic_store_explicit(&r->peer->busy, false, memory_order_relaxed);
    r->connection = NULL;
    if (r->upload_open) {
        r->upload_open = false;
        queue_push(r, JOB_ABORT, false); /* what was written is removed by a worker; it gives the request back */
        return;
    }
    request_release(r);
}

void request_finish(struct request *r)
{
    struct http_server *s = r->server;
    atomic_fetch_add(&s->finishing, 1); /* http_server_stop waits until nobody is inside the library */
    MHD_resume_connection(r->connection);
    atomic_fetch_sub(&s->finishing, 1);
}

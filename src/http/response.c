/* See response.h. An answer is first only described (struct answer); response_build turns it into the library's object on
 * whichever thread owns the request: the worker after its handler, or the I/O thread when another thread gave it back, so that
 * the writer of commands never compresses. */
#include "http/http_private.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

/* ---- what the answer is ---- */

static void release_body(struct answer *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
    if (a->kind == ANSWER_SOURCE && a->source.done)
        a->source.done(a->source.arg);
    a->kind = ANSWER_BYTES;
    a->body = a->gzip = STR_NONE;
}

void answer_reset(struct request *r)
{
    if (r->answer.built)
        MHD_destroy_response(r->answer.built); /* closes what it took over */
    r->answer.built = NULL;
    release_body(&r->answer);
    r->answer = (struct answer){.fd = -1, .headers = r->answer.headers, .cache = r->answer.cache, .etag = r->answer.etag,
                                .close = r->answer.close};
}

void respond_bytes(struct request *r, int status, const char *type, struct str body)
{
    answer_reset(r);
    r->answer.status = status;
    r->answer.type = type;
    r->answer.body = body;
}

void respond_json(struct request *r, int status, struct str body) { respond_bytes(r, status, "application/json", body); }
void respond_html(struct request *r, int status, struct str body) { respond_bytes(r, status, "text/html; charset=utf-8", body); }
void respond_text(struct request *r, int status, struct str body) { respond_bytes(r, status, "text/plain; charset=utf-8", body); }
void respond_empty(struct request *r, int status) { respond_bytes(r, status, NULL, STR_NONE); }

static void respond_buf(struct request *r, int status, const char *type, struct buf *b)
{
    if (b->overflow) {
        log_line(LOG_ERROR, "http.answer_too_large", "op=%s max=%zu", r->route ? r->route->operation : "", b->max);
        buf_free(b);
        respond_error(r, ERR_INTERNAL, "http.failed", NULL);
        return;
    }
    respond_bytes(r, status, type, b->n ? buf_view(b) : STR(""));
    if (b->p)
        arena_on_reset(r->arena, free, b->p);
    *b = (struct buf){.max = b->max};
}

void respond_json_buf(struct request *r, int status, struct buf *b) { respond_buf(r, status, "application/json", b); }
void respond_html_buf(struct request *r, int status, struct buf *b) { respond_buf(r, status, "text/html; charset=utf-8", b); }

void respond_redirect(struct request *r, int status, struct str to)
{
    bool ours = to.n && to.p[0] == '/' && !(to.n > 1 && (to.p[1] == '/' || to.p[1] == '\\'));
    bool absolute = str_has_prefix(to, STR("https://")) || str_has_prefix(to, STR("http://"));
    for (size_t i = 0; i < to.n; i++)
        if (to.p[i] <= 0x20 || to.p[i] >= 0x7f)
            ours = absolute = false;
    if (!ours && !absolute) {
        respond_error(r, ERR_INTERNAL, "http.failed", NULL);
        return;
    }
    respond_empty(r, status);
    respond_header(r, "Location", to);
}

void respond_not_modified(struct request *r) { respond_empty(r, 304); }

void respond_kept(struct request *r, const struct http_kept *k)
{
    if (k->etag.n) {
        respond_etag(r, k->etag);
        if (request_not_modified(r, k->etag, -1)) {
            respond_not_modified(r);
            return;
        }
    }
    respond_bytes(r, 200, k->type, k->plain);
    r->answer.gzip = k->gzip;
}

void respond_source(struct request *r, const struct http_source *source, const char *type, struct str etag)
{
    respond_bytes(r, 200, type, STR_NONE);
    r->answer.kind = ANSWER_SOURCE;
    r->answer.source = *source;
    if (etag.n)
        respond_etag(r, etag);
}

void respond_file(struct request *r, int fd, int64_t size, const char *type, struct str etag)
{
    respond_bytes(r, 200, type, STR_NONE);
    r->answer.kind = ANSWER_FILE;
    r->answer.fd = fd;
    r->answer.source.size = size;
    if (etag.n)
        respond_etag(r, etag);
}

int response_status(const struct request *r) { return r->answer.status; }

/* ---- headers ---- */

static const char *clean(struct request *r, struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] >= 0x7f)
            return NULL;
    return str_c(r->arena, value);
}

void respond_add_header(struct request *r, const char *name, struct str value)
{
    const char *v = clean(r, value);
    if (!v)
        return;
    struct header *h = ARENA_NEW(r->arena, struct header);
    *h = (struct header){r->answer.headers, name, v};
    r->answer.headers = h;
}

void respond_header(struct request *r, const char *name, struct str value)
{
    for (struct header **link = &r->answer.headers; *link;)
        if (strcasecmp((*link)->name, name) == 0)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    respond_add_header(r, name, value);
}

void respond_cache(struct request *r, const char *cache_control) { r->answer.cache = cache_control; }

void respond_etag(struct request *r, struct str etag)
{
    r->answer.etag = str_dup(r->arena, etag);
    respond_header(r, "ETag", etag);
}

void respond_last_modified(struct request *r, int64_t ms)
{
    char text[40];
    http_date_format(ms, text);
    respond_header(r, "Last-Modified", str_of(text));
}

void respond_retry_after(struct request *r, int seconds) { respond_header(r, "Retry-After", str_printf(r->arena, "%d", seconds)); }

void respond_attachment(struct request *r, struct str name)
{
    struct buf b _buf_ = BUF_MAX(4096);
    buf_c(&b, "attachment; filename=\"");
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c < 0x80)
            buf_char(&b, c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '/' || c == '%' ? '_' : (char)c);
        else if (c >= 0xc0)
            buf_char(&b, '_'); /* one per character */
    }
    buf_c(&b, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (isalnum((unsigned char)c) || (c && strchr("-._~", c)))
            buf_char(&b, c);
        else
            buf_printf(&b, "%%%02X", (unsigned char)c);
    }
    if (!b.overflow)
        respond_header(r, "Content-Disposition", buf_view(&b));
}

/* ---- compression: a store of ready deflate states, since making one costs more than compressing a page ---- */

struct zip {
    struct zip *next;
    z_stream z;
};

static struct zip *zip_take(struct http_server *s)
{
    pthread_mutex_lock(&s->zip_lock);
    struct zip *zip = s->zips;
    if (zip)
        s->zips = zip->next;
    pthread_mutex_unlock(&s->zip_lock);
    if (zip)
        return zip;
    zip = calloc(1, sizeof *zip);
    if (zip && deflateInit2(&zip->z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(zip);
        return NULL;
    }
    return zip;
}

static void zip_give(struct http_server *s, struct zip *zip)
{
    deflateReset(&zip->z);
    pthread_mutex_lock(&s->zip_lock);
    zip->next = s->zips;
    s->zips = zip;
    pthread_mutex_unlock(&s->zip_lock);
}

void zips_free(struct http_server *s)
{
    while (s->zips) {
        struct zip *zip = s->zips;
        s->zips = zip->next;
        deflateEnd(&zip->z);
        free(zip);
    }
}

static bool deflate_all(z_stream *z, struct str text, char *out, size_t max, size_t *n_r)
{
    z->next_in = (Bytef *)(uintptr_t)text.p;
    z->avail_in = (uInt)text.n;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)max;
    if (deflate(z, Z_FINISH) != Z_STREAM_END)
        return false;
    *n_r = max - z->avail_out;
    return true;
}

struct str http_gzip(struct arena *a, struct str text)
{
    z_stream z = {0};
    size_t n = 0;
    if (text.n <= COMPRESS_FROM || text.n > 64u << 20 || deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return STR_NONE;
    char *out = arena_alloc(a, text.n);
    bool good = deflate_all(&z, text, out, text.n - 1, &n);
    deflateEnd(&z);
    return good ? (struct str){out, n} : STR_NONE;
}

static bool is_text(const char *type)
{
    return type && (strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0 || strstr(type, "+json") ||
                    strstr(type, "+xml") || strncmp(type, "application/xml", 15) == 0 || strstr(type, "javascript"));
}

/* ---- the library's object ---- */

static void add(struct answer *a, const char *name, const char *value) { (void)MHD_add_response_header(a->built, name, value); }

/* One range of bytes (RFC 9110 §14): 0 none or not understood, 1 good, -1 outside. */
static int range_of(const struct request *r, int64_t size, int64_t *from, int64_t *n)
{
    struct str h = request_header(r, "Range"), condition = request_header(r, "If-Range");
    int64_t a, b;
    if (!str_has_prefix(h, STR("bytes=")) || str_find_char(h, ',') >= 0)
        return 0;
    if (condition.p && !(r->answer.etag.n && str_eq(condition, r->answer.etag)))
        return 0;
    h = str_trim(str_sub(h, 6, h.n));
    ptrdiff_t dash = str_find_char(h, '-');
    if (dash < 0)
        return 0;
    struct str first = str_sub(h, 0, (size_t)dash), last = str_sub(h, (size_t)dash + 1, h.n);
    if (!first.n) {
        if (!str_all_digits(last) || !str_to_i64(last, &b))
            return 0;
        if (b == 0 || size == 0)
            return -1;
        *n = b < size ? b : size;
        *from = size - *n;
        return 1;
    }
    if (!str_all_digits(first) || !str_to_i64(first, &a))
        return 0;
    b = size - 1;
    if (last.n && (!str_all_digits(last) || !str_to_i64(last, &b) || b < a))
        return 0;
    if (a >= size)
        return -1;
    *from = a;
    *n = (b < size ? b : size - 1) - a + 1;
    return 1;
}

struct reading {
    struct http_source source;
    int64_t from;
};

static ssize_t read_source(void *arg, uint64_t pos, char *out, size_t max)
{
    struct reading *g = arg;
    int64_t n = g->source.read(g->source.arg, g->from + (int64_t)pos, out, max);
    return n == HTTP_SOURCE_WAITS ? 0 : n > 0 ? (ssize_t)n : n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void end_source(void *arg)
{
    struct reading *g = arg;
    if (g->source.done)
        g->source.done(g->source.arg);
    free(g);
}

static void build_stream(struct request *r)
{
    struct answer *a = &r->answer;
    int64_t size = a->source.size, from = 0, n = size;
    int range = size >= 0 && a->status == 200 && r->route && r->route->method == HTTP_GET ? range_of(r, size, &from, &n) : 0;
    if (range < 0) {
        respond_problem_status(r, 416, "http.range", NULL);
        respond_header(r, "Content-Range", str_printf(r->arena, "bytes */%lld", (long long)size));
        return;
    }
    if (a->kind == ANSWER_FILE) {
        a->built = MHD_create_response_from_fd_at_offset64((uint64_t)n, a->fd, (uint64_t)from);
        if (a->built)
            a->fd = -1;
    } else {
        struct reading *g = malloc(sizeof *g);
        if (g) {
            *g = (struct reading){a->source, from};
            a->built = MHD_create_response_from_callback(size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)n, 64 * 1024, read_source, g,
                                                         end_source);
            if (a->built)
                a->source.done = NULL;
            else
                free(g);
        }
    }
    a->sent_size = n < 0 ? 0 : n;
    if (range > 0 && a->built) {
        a->status = 206;
        add(a, "Content-Range",
            str_printf(r->arena, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + n - 1), (long long)size).p);
    }
    if (size >= 0 && a->built)
        add(a, "Accept-Ranges", "bytes");
}

static void build_bytes(struct request *r)
{
    struct answer *a = &r->answer;
    struct str body = a->body;
    bool text = body.n > COMPRESS_FROM && is_text(a->type), zipped = false;
    if (text && accepts_gzip(r)) {
        if (a->gzip.n) {
            body = a->gzip;
            zipped = true;
        } else if (body.n < UINT32_MAX) {
            struct zip *zip = zip_take(r->server);
            char *out = arena_alloc(r->arena, body.n);
            size_t n;
            if (zip && deflate_all(&zip->z, body, out, body.n - 1, &n)) {
                body = (struct str){out, n};
                zipped = true;
            }
            if (zip)
                zip_give(r->server, zip);
        }
    }
    a->built = MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)(body.p ? body.p : ""), MHD_RESPMEM_PERSISTENT);
    a->sent_size = (int64_t)body.n;
    if (!a->built)
        return;
    if (zipped) {
        add(a, "Content-Encoding", "gzip");
        atomic_fetch_add_explicit(&r->server->compressed, 1, memory_order_relaxed);
    }
    if (text && a->localized)
        add(a, "Vary", "Accept-Encoding, Accept-Language");
    else if (text)
        add(a, "Vary", "Accept-Encoding");
    else if (a->localized)
        add(a, "Vary", "Accept-Language");
}

void response_build(struct request *r)
{
    struct answer *a = &r->answer;
    if (a->built)
        return;
    if (!a->status) {
        log_line(LOG_ERROR, "http.no_answer", "op=%s", r->route && r->route->operation ? r->route->operation : "");
        respond_error(r, ERR_INTERNAL, "http.failed", NULL);
    }
    if (a->kind != ANSWER_BYTES)
        build_stream(r);
    if (a->kind == ANSWER_BYTES)
        build_bytes(r);
    if (!a->built)
        return; /* no memory: the connection is closed */
    const struct http_config *c = &r->server->config;
    bool page = a->page || (r->route && (r->route->flags & ROUTE_PAGE));
    if (a->type)
        add(a, "Content-Type", a->type);
    add(a, "Cache-Control", a->cache ? a->cache : "no-store");
    add(a, "X-Content-Type-Options", "nosniff");
    add(a, "Content-Security-Policy", page ? c->page_csp : "default-src 'none'; frame-ancestors 'none'");
    add(a, "Referrer-Policy", page ? "same-origin" : "no-referrer");
    add(a, "X-Request-Id", r->id);
    for (const struct header *h = a->headers; h; h = h->next)
        add(a, h->name, h->value);
    if (a->close || atomic_load_explicit(&r->server->stopping, memory_order_relaxed))
        add(a, "Connection", "close");
}

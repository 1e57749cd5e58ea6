/* The HTTP room over real sockets: a table of messages as clients, careless programs and attackers send them, then the promises
 * about time, queues, uploads and stopping, one test each. */
#include "base/crypto.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/timex.h"
#include "http/metrics.h"
#include "http/problem.h"
#include "http/response.h"
#include "http/server.h"
#include "http/test_shapes.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

/* ---- a server with one route for each thing to see ---- */

static struct {
    atomic_int contexts, begun, ended, aborted, later_waiting, hold, slow_runs;
    atomic_llong uploaded;
    struct request *_Atomic held;
    char big[100000];
} world;

static void pause_ms(int ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL); }

static enum http_result hello(struct request *r)
{
    respond_text(r, 200, STR("hello"));
    return HTTP_DONE;
}

static enum http_result item(struct request *r)
{
    respond_text(r, 200, request_path_param(r, "code"));
    return HTTP_DONE;
}

static enum http_result item_change(struct request *r)
{
    struct fail f = {0};
    if (request_if_match(r, etag_of_version(request_arena(r), 7), &f))
        respond_problem(r, &f);
    else
        respond_empty(r, 204);
    return HTTP_DONE;
}

static enum http_result query(struct request *r)
{
    struct fail f = {0};
    int64_t limit;
    if (!request_query_i64(r, "limit", 1, 100, 20, &limit, &f))
        respond_problem(r, &f);
    else
        respond_text(r, 200, str_printf(request_arena(r), "[%.*s][%lld]", PRS(request_query(r, "q")), (long long)limit));
    return HTTP_DONE;
}

static enum http_result json(struct request *r)
{
    struct fail f = {0};
    json_t *v;
    if (request_json(r, &v, &f)) {
        respond_problem(r, &f);
        return HTTP_DONE;
    }
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
    respond_json(r, 200, str_dup(request_arena(r), str_of(text)));
    free(text);
    return HTTP_DONE;
}

static enum http_result form(struct request *r)
{
    respond_text(r, 200, str_printf(request_arena(r), "[%.*s]", PRS(request_form(r, "ten"))));
    return HTTP_DONE;
}

static enum http_result raw(struct request *r)
{
    respond_text(r, 200, str_printf(request_arena(r), "%zu", request_body(r).n));
    return HTTP_DONE;
}

static enum http_result big(struct request *r)
{
    respond_json(r, 200, (struct str){world.big, sizeof world.big});
    return HTTP_DONE;
}

static enum http_result file(struct request *r)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    respond_file(r, fd, 10, "application/octet-stream", STR("\"f\""));
    respond_attachment(r, STR("Giấy \"khai\" sinh.pdf"));
    return HTTP_DONE;
}

static int64_t read_digits(void *arg, int64_t pos, char *out, size_t max)
{
    int64_t size = *(int64_t *)arg, n = 0;
    for (; n < (int64_t)max && pos + n < size; n++)
        out[n] = (char)('0' + (pos + n) % 10);
    return n;
}

static enum http_result source(struct request *r)
{
    int64_t *size = malloc(sizeof *size);
    *size = 200000;
    bool known = !request_query(r, "unknown").p;
    respond_source(r, &(struct http_source){read_digits, free, size, known ? *size : -1}, "application/octet-stream", STR_NONE);
    return HTTP_DONE;
}

static enum http_result kept(struct request *r)
{
    static const struct http_kept k = {"text/plain", {"kept", 4}, {NULL, 0}, {"\"k1\"", 4}};
    respond_last_modified(r, 1700000000000);
    respond_kept(r, &k);
    return HTTP_DONE;
}

static enum http_result conflict(struct request *r)
{
    struct fail f = {0};
    (void)fail_add(&f, ERR_CONFLICT, "R-075", "/type", "dossier.extend_twice", "%d", 2);
    respond_problem(r, &f);
    return HTTP_DONE;
}

static enum http_result nothing(struct request *r)
{
    (void)r;
    return HTTP_DONE;
}

static enum http_result inline_later(struct request *r)
{
    (void)r;
    return HTTP_LATER;
}

/* What is not in memory is made by a worker. */
static enum http_result inline_first(struct request *r)
{
    if (!request_worker(r))
        return HTTP_CONTINUE;
    respond_text(r, 200, STR("by a worker"));
    return HTTP_DONE;
}

static enum http_result slow(struct request *r)
{
    world.slow_runs++;
    while (world.hold)
        pause_ms(1);
    respond_text(r, 200, STR("slow"));
    return HTTP_DONE;
}

/* Finished by another thread, as the writer of commands will. */
static void *finisher(void *arg)
{
    struct request *r = arg;
    pause_ms(2);
    respond_json(r, 201, STR("{\"late\":true}"));
    request_finish(r);
    return NULL;
}

static enum http_result later(struct request *r)
{
    pthread_t t;
    pthread_create(&t, NULL, finisher, r);
    pthread_detach(t);
    return HTTP_LATER;
}

static enum http_result held(struct request *r)
{
    world.held = r;
    return HTTP_LATER;
}

static enum http_result redirect(struct request *r)
{
    respond_redirect(r, 303, request_query(r, "to"));
    return HTTP_DONE;
}

static enum http_result upload_begin(struct request *r)
{
    world.begun++;
    if (request_header(r, "X-Refuse").n) {
        respond_error(r, ERR_FORBIDDEN, "file.forbidden", NULL);
        return HTTP_DONE;
    }
    request_set_state(r, ARENA_NEW(request_arena(r), unsigned long));
    return HTTP_CONTINUE;
}
static enum http_result upload_data(struct request *r, struct str piece)
{
    unsigned long *sum = request_state(r);
    *sum = adler32(*sum, (const unsigned char *)piece.p, (unsigned)piece.n);
    world.uploaded += (long long)piece.n;
    if (memchr(piece.p, '!', piece.n)) {
        respond_error(r, ERR_NO_SPACE, "file.no_space", NULL);
        return HTTP_DONE;
    }
    return HTTP_CONTINUE;
}
static enum http_result upload_end(struct request *r)
{
    world.ended++;
    unsigned long *sum = request_state(r);
    respond_text(r, 201, str_printf(request_arena(r), "%lx", *sum));
    return HTTP_DONE;
}
static void upload_abort(struct request *r)
{
    (void)r;
    world.aborted++;
}
static const struct upload upload = {upload_begin, upload_data, upload_end, upload_abort};

static enum http_result who(struct request *r)
{
    respond_text(r, 200, str_printf(request_arena(r), "%s|%.*s|%.*s|%d", (const char *)request_principal(r), PRS(request_client(r)),
                                    PRS(request_cookie(r, "phien")), request_worker(r) != NULL));
    return HTTP_DONE;
}

static const struct route routes[] = {
    {HTTP_GET, "/", hello, .flags = ROUTE_INLINE | ROUTE_PAGE, .operation = "home"},
    {HTTP_GET, "/hello", hello, .operation = "hello"},
    {HTTP_GET, "/inline", hello, .flags = ROUTE_INLINE, .operation = "inline"},
    {HTTP_GET, "/items/{code}", item, .operation = "item"},
    {HTTP_GET, "/items/fixed", hello, .operation = "item_fixed"},
    {HTTP_PUT, "/items/{code}", item_change, .class = ROUTE_COMMAND, .operation = "item_change"},
    {HTTP_GET, "/items/{code}/parts/{part}", item, .operation = "part"},
    {HTTP_GET, "/query", query, .operation = "query"},
    {HTTP_POST, "/json", json, .class = ROUTE_COMMAND, .body = BODY_JSON, .body_max = 1000, .operation = "json"},
    {HTTP_POST, "/form", form, .body = BODY_FORM, .operation = "form"},
    {HTTP_POST, "/raw", raw, .body = BODY_RAW, .body_max = 300000, .operation = "raw"},
    {HTTP_GET, "/big", big, .operation = "big"},
    {HTTP_GET, "/file", file, .operation = "file"},
    {HTTP_GET, "/source", source, .operation = "source"},
    {HTTP_GET, "/kept", kept, .flags = ROUTE_INLINE, .operation = "kept"},
    {HTTP_GET, "/conflict", conflict, .operation = "conflict"},
    {HTTP_GET, "/nothing", nothing, .operation = "nothing"},
    {HTTP_GET, "/inline-later", inline_later, .flags = ROUTE_INLINE, .operation = "inline_later"},
    {HTTP_GET, "/inline-first", inline_first, .flags = ROUTE_INLINE, .operation = "inline_first"},
    {HTTP_GET, "/slow", slow, .class = ROUTE_ADMIN, .operation = "slow"},
    {HTTP_GET, "/later", later, .class = ROUTE_COMMAND, .operation = "later"},
    {HTTP_GET, "/held", held, .class = ROUTE_COMMAND, .operation = "held"},
    {HTTP_GET, "/redirect", redirect, .operation = "redirect"},
    {HTTP_GET, "/who", who, .access = ROUTE_TOKEN, .operation = "who"},
    {HTTP_POST, "/upload", .class = ROUTE_UPLOAD, .body = BODY_STREAM, .body_max = 64u << 20, .upload = &upload, .operation = "upload"},
    {HTTP_GET, "/healthz", http_healthz, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "healthz"},
    {HTTP_GET, "/readyz", http_readyz, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "readyz"},
    {HTTP_GET, "/metrics", http_metrics, .flags = ROUTE_QUIET, .operation = "metrics"},
};

static enum err worker_open(void *app, enum route_class class, void **context_r)
{
    (void)app, (void)class;
    world.contexts++;
    *context_r = malloc(1);
    return ERR_OK;
}
static void worker_close(void *context)
{
    free(context);
    world.contexts--;
}
static enum err enter(struct request *r, struct fail *f)
{
    static char ward[] = "clerk";
    if (request_route(r)->access == ROUTE_PUBLIC)
        return ERR_OK;
    if (!str_is(request_bearer(r), "good"))
        return fail_add(f, ERR_UNAUTHORISED, NULL, "", "token.unknown", NULL);
    request_set_principal(r, ward);
    return ERR_OK;
}
static bool message(struct buf *out, const char *code, const char *param, enum http_lang lang)
{
    if (strcmp(code, "dossier.extend_twice") != 0)
        return false;
    buf_printf(out, lang == HTTP_EN ? "Already extended (%s)." : "Đã gia hạn \"%s\" lần.", param);
    return true;
}

static struct http_listen here = {"127.0.0.1", 0};
/* Like a face with an API: what lies under /json stays JSON. */
static bool problem_page(struct request *r, const struct fail *f, int status, struct buf *out)
{
    if (str_has_prefix(request_path(r), STR("/json")))
        return false;
    buf_printf(out, "<h1>%d %s</h1>", status, f->item[0].code);
    return true;
}

static struct http_config config_for_tests(void)
{
    return (struct http_config){.listen = &here, .listen_count = 1, .worker_open = worker_open, .worker_close = worker_close,
                                .enter = enter, .message = message, .problem_page = problem_page, .class = {[ROUTE_ADMIN] = {1, 2}}};
}

static struct http_server *start(const struct http_config *config)
{
    struct http_server *s = NULL;
    struct fail f = {0};
    if (http_server_start(config, routes, ARRAY_LEN(routes), NULL, &s, &f))
        fail_msg("%s %s", f.item[0].code, f.item[0].param);
    return s;
}
static void stop(struct http_server *s)
{
    assert_int_equal(http_server_stop(&s, 5000), ERR_OK);
    assert_null(s);
}

/* ---- a client of bytes ---- */

static int dial(const struct http_server *s)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(http_server_port(s, 0)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void say(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k <= 0)
            return; /* the server closed: the answer tells */
        p += k;
        n -= (size_t)k;
    }
}
static void say_c(int fd, const char *c) { say(fd, c, strlen(c)); }

/* Everything until `until` answers are complete, the other side closes, or limit_ms passed without a byte. */
struct heard {
    char *p;
    size_t n;
    bool closed;
    int status[8];
    size_t body[8], body_n[8];
    unsigned answers;
};

static void parse(struct heard *h)
{
    size_t at = 0;
    h->answers = 0;
    while (h->answers < 8 && at < h->n) {
        const char *head = h->p + at, *end = strstr(head, "\r\n\r\n");
        if (strncmp(head, "HTTP/1.", 7) != 0 || !end)
            return;
        int status = atoi(head + 9);
        if (status == 100) {
            at = (size_t)(end - h->p) + 4;
            continue;
        }
        size_t length = 0;
        for (const char *line = head; line < end; line = strstr(line, "\r\n") + 2)
            if (strncasecmp(line, "Content-Length:", 15) == 0)
                length = strtoul(line + 15, NULL, 10);
        h->status[h->answers] = status;
        h->body[h->answers] = (size_t)(end - h->p) + 4;
        h->body_n[h->answers] = length;
        if (h->body[h->answers] + length > h->n)
            return;
        at = h->body[h->answers++] + length;
    }
}

static struct heard hear(int fd, unsigned until, int limit_ms)
{
    struct heard h = {.p = calloc(1, 1)};
    for (;;) {
        parse(&h);
        if (until && h.answers >= until)
            return h;
        struct pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, limit_ms) <= 0)
            return h;
        h.p = realloc(h.p, h.n + 65537);
        ssize_t k = recv(fd, h.p + h.n, 65536, 0);
        if (k > 0)
            h.n += (size_t)k;
        h.p[h.n] = '\0';
        if (k <= 0) {
            h.closed = true;
            parse(&h);
            return h;
        }
    }
}

static struct heard ask(struct http_server *s, const char *bytes)
{
    int fd = dial(s);
    assert_true(fd >= 0);
    say_c(fd, bytes);
    struct heard h = hear(fd, 1, 5000);
    close(fd);
    return h;
}
static void expect(struct http_server *s, const char *bytes, int status, const char *has)
{
    struct heard h = ask(s, bytes);
    if (!h.answers || h.status[0] != status || (has && !strstr(h.p, has)))
        fail_msg("asked:\n%s\nwanted %d %s, heard:\n%s", bytes, status, has ? has : "", h.p);
    free(h.p);
}

/* ---- the table ---- */

static int try_shape(struct http_server *s, const struct shape *c)
{
    unsigned wanted = 0;
    while (wanted < 4 && c->status[wanted])
        wanted++;
    int fd = dial(s);
    assert_true(fd >= 0);
    say(fd, c->bytes, c->n);
    struct heard h = hear(fd, (c->flags & CLOSES) ? 0 : wanted, 5000);
    bool good = h.answers == wanted || ((c->flags & MAY_JUST_CLOSE) && h.answers == 0 && h.closed);
    for (unsigned i = 0; i < wanted && h.answers; i++)
        good = good && h.status[i] == c->status[i];
    if ((c->flags & CLOSES) && !h.closed)
        good = false;
    if (c->has && h.answers) {
        bool found = false;
        for (size_t i = 0; i + strlen(c->has) <= h.n && !found; i++)
            found = memcmp(h.p + i, c->has, strlen(c->has)) == 0;
        good = good && found;
    }
    if (!good)
        print_error("%s: wanted %d (%u answers), heard %u answers, closed %d:\n%.*s\n", c->name, c->status[0], wanted, h.answers,
                    h.closed, (int)(h.n < 1500 ? h.n : 1500), h.p);
    free(h.p);
    close(fd);
    return good ? 0 : 1;
}

static void test_every_shape_gets_its_answer(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        wrong += try_shape(*state, &shapes[i]);
    assert_int_equal(wrong, 0);
    assert_true(ARRAY_LEN(shapes) >= 60);
}

/* The same bytes one by one: no answer may depend on how the network cuts them. */
static void test_shapes_arrive_in_pieces(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct shape *c = &shapes[i];
        if (c->n > 300 || (c->flags & MAY_JUST_CLOSE))
            continue;
        int fd = dial(*state);
        setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){1}, sizeof(int));
        for (size_t k = 0; k < c->n; k += 7)
            say(fd, c->bytes + k, c->n - k < 7 ? c->n - k : 7);
        struct heard h = hear(fd, 1, 5000);
        if (!h.answers || h.status[0] != c->status[0]) {
            print_error("%s in pieces: wanted %d, heard %u answers:\n%.*s\n", c->name, c->status[0], h.answers, (int)h.n, h.p);
            wrong++;
        }
        free(h.p);
        close(fd);
    }
    assert_int_equal(wrong, 0);
}

/* ---- answers ---- */

static void test_head_is_get_without_body(void **state)
{
    struct http_server *s = *state;
    int fd = dial(s);
    say_c(fd, "HEAD /hello HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    struct heard h = hear(fd, 0, 5000);
    assert_non_null(strstr(h.p, "HTTP/1.1 200"));
    assert_non_null(strstr(h.p, "Content-Length: 5"));
    assert_null(strstr(h.p, "hello"));
    assert_non_null(strstr(h.p, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(h.p, "default-src 'none'"));
    assert_non_null(strstr(h.p, "Cache-Control: no-store"));
    free(h.p);
    close(fd);
}

static void test_unsafe_request_id_is_replaced(void **state)
{
    struct heard h = ask(*state, "GET /hello HTTP/1.1\r\n" H "X-Request-Id: short\r\n\r\n");
    const char *id = strstr(h.p, "X-Request-Id: ");
    assert_non_null(id);
    assert_int_equal(strspn(id + 14, "0123456789abcdef"), 16);
    free(h.p);
}

static void test_large_text_is_compressed_when_accepted(void **state)
{
    struct heard h = ask(*state, "GET /big HTTP/1.1\r\n" H "Accept-Encoding: br, gzip;q=0.5\r\n\r\n");
    assert_int_equal(h.answers, 1);
    assert_non_null(strstr(h.p, "Content-Encoding: gzip"));
    assert_non_null(strstr(h.p, "Vary: Accept-Encoding"));
    assert_true(h.body_n[0] < 5000);
    z_stream z = {.next_in = (unsigned char *)h.p + h.body[0], .avail_in = (unsigned)h.body_n[0]};
    char *plain = malloc(sizeof world.big);
    z.next_out = (unsigned char *)plain;
    z.avail_out = sizeof world.big;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, sizeof world.big);
    assert_memory_equal(plain, world.big, sizeof world.big);
    inflateEnd(&z);
    free(plain);
    free(h.p);
    h = ask(*state, "GET /big HTTP/1.1\r\n" H "Accept-Encoding: gzip;q=0, br\r\n\r\n");
    assert_null(strstr(h.p, "Content-Encoding"));
    assert_int_equal(h.body_n[0], sizeof world.big);
    free(h.p);
}

static void test_what_an_inline_route_has_not_a_worker_makes(void **state)
{
    struct heard h = ask(*state, "GET /inline-first HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(h.answers, 1);
    assert_int_equal(h.body_n[0], strlen("by a worker"));
    free(h.p);
    h = ask(*state, "GET /inline-first HTTP/1.1\r\n" H "\r\nGET /inline HTTP/1.1\r\n" H "\r\n");
    assert_true(h.answers >= 1);
    free(h.p);
}

static void test_source_is_streamed(void **state)
{
    struct heard h = ask(*state, "GET /source HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(h.body_n[0], 200000);
    for (size_t i = 0; i < 200000; i++)
        assert_int_equal(h.p[h.body[0] + i], '0' + (int)(i % 10));
    free(h.p);
    int fd = dial(*state);
    say_c(fd, "GET /source?unknown=1 HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    h = hear(fd, 0, 5000);
    assert_non_null(strstr(h.p, "Transfer-Encoding: chunked"));
    assert_true(h.n > 200000 && h.closed);
    free(h.p);
    close(fd);
}

static void test_metrics_count_by_pattern_never_by_path(void **state)
{
    expect(*state, "GET /items/079301001234 HTTP/1.1\r\n" H "\r\n", 200, NULL);
    metric_add(METRIC_EVENTS, 3);
    metric_add_to(METRIC_COMMANDS, COMMANDS_REFUSED, 1);
    metric_observe(METRIC_COMMIT_SECONDS, 700);
    metric_observe(METRIC_COMMIT_GROUP, 3);
    struct heard h = ask(*state, "GET /metrics HTTP/1.1\r\n" H "\r\n");
    assert_non_null(strstr(h.p, "motcua_http_requests_total{method=\"GET\",route=\"/items/{code}\",status=\"2xx\"}"));
    assert_non_null(strstr(h.p, "motcua_http_request_seconds_bucket{class=\"read\",le=\"+Inf\"}"));
    assert_non_null(strstr(h.p, "motcua_http_queue{class=\"upload\"} 0"));
    assert_non_null(strstr(h.p, "motcua_events_total 3\n"));
    assert_non_null(strstr(h.p, "motcua_commands_total{outcome=\"refused\"} 1\n"));
    assert_non_null(strstr(h.p, "motcua_commit_seconds_bucket{le=\"0.0005\"} 0\nmotcua_commit_seconds_bucket{le=\"0.001\"} 1\n"));
    assert_non_null(strstr(h.p, "motcua_commit_group_bucket{le=\"2\"} 0\nmotcua_commit_group_bucket{le=\"4\"} 1\n"));
    assert_null(strstr(h.p, "079301001234"));
    free(h.p);
}

/* ---- bodies in pieces ---- */

static void test_upload_arrives_whole(void **state)
{
    size_t n = 3 * 1024 * 1024 + 17;
    char *body = malloc(n), head[200], sum[32];
    for (size_t i = 0; i < n; i++)
        body[i] = (char)(i * 7 % 251 == '!' ? 0 : i * 7 % 251);
    unsigned long adler = 0;
    for (size_t i = 0; i < n; i += 262144)
        adler = adler32(adler, (unsigned char *)body + i, (unsigned)(n - i < 262144 ? n - i : 262144));
    snprintf(sum, sizeof sum, "\r\n\r\n%lx", adler);
    snprintf(head, sizeof head, "POST /upload HTTP/1.1\r\n" H "Content-Type: image/png\r\nContent-Length: %zu\r\n\r\n", n);
    int fd = dial(*state);
    say_c(fd, head);
    say(fd, body, n);
    say_c(fd, GOOD);
    struct heard h = hear(fd, 2, 5000);
    assert_int_equal(h.answers, 2);
    assert_int_equal(h.status[0], 201);
    assert_int_equal(h.status[1], 200);
    assert_non_null(strstr(h.p, sum));
    free(h.p);
    free(body);
    close(fd);
}

static void wait_for(atomic_int *what, int value)
{
    for (int i = 0; i < 3000 && *what != value; i++)
        pause_ms(1);
    assert_int_equal(*what, value);
}

static void test_upload_is_aborted_when_the_client_leaves(void **state)
{
    int before = world.aborted, ended = world.ended;
    int fd = dial(*state);
    say_c(fd, "POST /upload HTTP/1.1\r\n" H "Content-Length: 1000000\r\n\r\n" X4K);
    int begun = world.begun;
    for (int i = 0; i < 1000 && world.begun == begun; i++)
        pause_ms(1);
    close(fd);
    wait_for(&world.aborted, before + 1);
    assert_int_equal(world.ended, ended);
}

static void test_upload_refused_in_the_middle_is_aborted_once(void **state)
{
    int before = world.aborted;
    expect(*state, "POST /upload HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\na!b", 507, NULL);
    wait_for(&world.aborted, before + 1);
    pause_ms(20);
    assert_int_equal(world.aborted, before + 1);
}

/* ---- time, queues, other threads ---- */

static void test_a_full_queue_answers_503_at_once(void **state)
{
    struct http_server *s = *state; /* ROUTE_ADMIN: one worker, two places */
    int fd[8];
    world.hold = 1;
    int runs = world.slow_runs;
    for (int i = 0; i < 3; i++) {
        fd[i] = dial(s);
        say_c(fd[i], "GET /slow HTTP/1.1\r\n" H "\r\n");
        if (i == 0)
            wait_for(&world.slow_runs, runs + 1);
        else
            pause_ms(30);
    }
    int64_t start_us = time_monotonic_us();
    expect(s, "GET /slow HTTP/1.1\r\n" H "\r\n", 503, "Retry-After: 2");
    expect(s, GOOD, 200, NULL); /* other classes go on */
    assert_true(time_monotonic_us() - start_us < 2000000);
    world.hold = 0;
    for (int i = 0; i < 3; i++) {
        struct heard h = hear(fd[i], 1, 5000);
        assert_int_equal(h.status[0], 200);
        free(h.p);
        close(fd[i]);
    }
    expect(s, "GET /metrics HTTP/1.1\r\n" H "\r\n", 200, "motcua_http_rejected_total{class=\"admin\"} 1\n");
}

static void test_a_client_may_leave_while_another_thread_holds_its_request(void **state)
{
    int fd = dial(*state);
    say_c(fd, "GET /held HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 3000 && !world.held; i++)
        pause_ms(1);
    struct request *r = world.held;
    assert_non_null(r);
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd); /* reset */
    pause_ms(20);
    respond_json(r, 200, str_printf(request_arena(r), "{\"id\":\"%s\"}", request_id(r)));
    request_finish(r);
    world.held = NULL;
    expect(*state, GOOD, 200, NULL);
}

static void test_a_request_that_waited_too_long_is_not_run(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    c.request_ms = 50;
    struct http_server *s = start(&c);
    world.hold = 1;
    int runs = world.slow_runs, first = dial(s), second = dial(s);
    say_c(first, "GET /slow HTTP/1.1\r\n" H "\r\n");
    wait_for(&world.slow_runs, runs + 1);
    say_c(second, "GET /slow HTTP/1.1\r\n" H "\r\n");
    pause_ms(120);
    world.hold = 0;
    struct heard h = hear(second, 1, 5000);
    assert_int_equal(h.status[0], 503);
    assert_non_null(strstr(h.p, "http.late"));
    assert_int_equal(world.slow_runs, runs + 1);
    free(h.p);
    close(first);
    close(second);
    stop(s);
}

static void expect_cut(struct http_server *s, const char *first, const char *drip, int every_ms)
{
    int fd = dial(s);
    say_c(fd, first);
    int64_t start_us = time_monotonic_us();
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        char byte[512];
        if (poll(&p, 1, every_ms) > 0 && recv(fd, byte, sizeof byte, 0) <= 0)
            break;
        assert_true(time_monotonic_us() - start_us < 5000000);
        say(fd, drip, 1);
    }
    close(fd);
}

static void test_slow_clients_are_cut(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    c.header_ms = c.body_ms = c.idle_ms = 200;
    c.rate_min = 1000000000;
    struct http_server *s = start(&c);
    expect_cut(s, "", "", 1000);                                                               /* says nothing */
    expect_cut(s, "GE", "T", 20);                                                              /* a line without end */
    expect_cut(s, "GET /hello HTTP/1.1\r\n" H "X: ", "y", 20);                                 /* a header without end */
    expect_cut(s, "POST /raw HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n", "y", 20);       /* a body */
    expect_cut(s, "POST /upload HTTP/1.1\r\n" H "Content-Length: 10000000\r\n\r\n", "y", 20);  /* an upload */
    expect_cut(s, GOOD, "", 1000);                                                             /* no next request */
    expect(s, GOOD, 200, NULL);
    stop(s);
}

static void test_a_client_that_does_not_read_is_cut(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    c.body_ms = 200;
    c.rate_min = 1000000000;
    struct http_server *s = start(&c);
    int fd = dial(s);
    for (int i = 0; i < 400; i++) /* 40 MB of answers nobody takes: more than the sockets hold */
        send(fd, "GET /big HTTP/1.1\r\n" H "\r\n", 30, MSG_NOSIGNAL | MSG_DONTWAIT);
    pause_ms(1200);
    char *sink = malloc(1 << 20);
    size_t total = 0;
    ssize_t k;
    while ((k = recv(fd, sink, 1 << 20, 0)) > 0)
        total += (size_t)k;
    assert_true(total < 40000000);
    free(sink);
    close(fd);
    stop(s);
}

/* A client that sends its whole body before it listens gets the refusal, not a reset; and nobody is drained for ever. */
static void test_a_refused_body_does_not_reset_the_connection(void **state)
{
    static const char *const heads[] = {"POST /json HTTP/1.1\r\n" H "Content-Type: application/json\r\nContent-Length: 8388608\r\n\r\n",
                                        "GET /hello HTTP/1.1\r\n" H "Content-Length: 8388608\r\n\r\n"};
    size_t n = 8 << 20;
    char *body = malloc(n), byte[1];
    memset(body, 'x', n);
    for (size_t i = 0; i < 40; i++) {
        int fd = dial(*state);
        say_c(fd, heads[i % 2]);
        ssize_t k = 1;
        for (size_t sent = 0; sent < n && k > 0; sent += (size_t)k)
            k = send(fd, body + sent, n - sent, MSG_NOSIGNAL);
        if (k <= 0) /* what most clients never get over */
            fail_msg("try %zu: the body could not be sent: %s", i, strerror(errno));
        struct heard h = hear(fd, 1, 5000);
        assert_int_equal(h.answers, 1);
        assert_int_equal(h.status[0], 413);
        assert_int_equal(recv(fd, byte, 1, 0), 0); /* the end, not a reset */
        free(h.p);
        close(fd);
    }
    free(body);
    expect(*state, GOOD, 200, NULL);
}

static void test_half_closed_client_does_no_harm(void **state)
{
    int fd = dial(*state);
    say_c(fd, GOOD);
    shutdown(fd, SHUT_WR);
    struct heard h = hear(fd, 0, 3000);
    assert_true(h.closed);
    free(h.p);
    close(fd);
    expect(*state, GOOD, 200, NULL);
}

static void test_connections_are_bounded(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    c.connections_max = 8;
    struct http_server *s = start(&c);
    int fd[24], got = 0;
    for (int i = 0; i < 24; i++) {
        fd[i] = dial(s);
        say_c(fd[i], GOOD);
    }
    for (int i = 0; i < 24; i++) {
        struct heard h = hear(fd[i], 1, 1000);
        got += h.answers == 1;
        free(h.p);
        close(fd[i]);
    }
    assert_true(got >= 8);
    for (int i = 0, good = 0; i < 100 && !good; i++) { /* and it recovers */
        int again = dial(s);
        say_c(again, GOOD);
        struct heard h = hear(again, 1, 200);
        good = h.answers == 1;
        free(h.p);
        close(again);
        assert_true(good || i < 99);
    }
    stop(s);
}

/* ---- starting and stopping ---- */

static void test_a_taken_port_is_named(void **state)
{
    struct http_server *s = *state, *second = NULL;
    struct http_listen same = {"127.0.0.1", http_server_port(s, 0)};
    struct http_config c = config_for_tests();
    c.listen = &same;
    struct fail f = {0};
    assert_int_equal(http_server_start(&c, routes, ARRAY_LEN(routes), NULL, &second, &f), ERR_UNAVAILABLE);
    assert_string_equal(f.item[0].code, "http.port_taken");
    assert_non_null(strstr(f.item[0].param, "127.0.0.1:"));
    assert_null(second);
}

static void test_wrong_tables_are_refused(void **state)
{
    (void)state;
    static const struct route twice[] = {{HTTP_GET, "/a/{x}", hello}, {HTTP_GET, "/a/{y}", hello}};
    static const struct route no_slash[] = {{HTTP_GET, "a", hello}};
    static const struct route no_handler[] = {{HTTP_GET, "/a", NULL}};
    struct http_config c = config_for_tests();
    struct http_server *s;
    struct fail f = {0};
    assert_int_equal(http_server_start(&c, twice, 2, NULL, &s, &f), ERR_INVALID);
    assert_string_equal(f.item[0].param, "GET /a/{y}");
    assert_int_equal(http_server_start(&c, no_slash, 1, NULL, &s, &(struct fail){0}), ERR_INVALID);
    assert_int_equal(http_server_start(&c, no_handler, 1, NULL, &s, &(struct fail){0}), ERR_INVALID);
}

static enum err open_fails(void *app, enum route_class class, void **context_r)
{
    (void)app;
    *context_r = NULL;
    return class == ROUTE_COMMAND ? ERR_UNAVAILABLE : ERR_OK;
}
static void close_nothing(void *context) { assert_null(context); }

static void test_a_worker_that_cannot_open_stops_the_start(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    c.worker_open = open_fails;
    c.worker_close = close_nothing;
    struct http_server *s;
    struct fail f = {0};
    assert_int_equal(http_server_start(&c, routes, ARRAY_LEN(routes), NULL, &s, &f), ERR_UNAVAILABLE);
    assert_string_equal(f.item[0].code, "http.worker");
}

static void test_several_addresses(void **state)
{
    (void)state;
    struct http_listen two[] = {{"127.0.0.1", 0}, {"127.0.0.2", 0}};
    struct http_config c = config_for_tests();
    c.listen = two;
    c.listen_count = 2;
    struct http_server *s = start(&c);
    assert_int_not_equal(http_server_port(s, 0), 0);
    assert_int_not_equal(http_server_port(s, 1), 0);
    expect(s, GOOD, 200, NULL);
    stop(s);
}

static void *release_later(void *arg)
{
    (void)arg;
    pause_ms(150);
    world.hold = 0;
    return NULL;
}

static void test_stop_finishes_what_is_under_way(void **state)
{
    (void)state;
    int contexts = world.contexts;
    struct http_config c = config_for_tests();
    struct http_server *s = start(&c);
    uint16_t port = http_server_port(s, 0);
    world.hold = 1;
    int runs = world.slow_runs, busy = dial(s), idle = dial(s);
    say_c(idle, GOOD);
    struct heard h = hear(idle, 1, 5000);
    free(h.p);
    say_c(busy, "GET /slow HTTP/1.1\r\n" H "\r\n");
    wait_for(&world.slow_runs, runs + 1);
    pthread_t t;
    pthread_create(&t, NULL, release_later, NULL);
    stop(s);
    pthread_join(t, NULL);
    h = hear(busy, 0, 5000);
    assert_int_equal(h.answers, 1);
    assert_int_equal(h.status[0], 200);
    assert_non_null(strstr(h.p, "Connection: close"));
    assert_true(h.closed);
    free(h.p);
    h = hear(idle, 0, 1000);
    assert_true(h.closed);
    free(h.p);
    close(busy);
    close(idle);
    assert_int_equal(world.contexts, contexts); /* every worker closed what it opened */
    struct http_listen same = {"127.0.0.1", port};
    c.listen = &same;
    stop(start(&c)); /* the port is free at once */
}

static void test_stop_cuts_after_its_limit(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    struct http_server *s = start(&c);
    int fd = dial(s);
    say_c(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\nnever the rest");
    pause_ms(30);
    assert_int_equal(http_server_stop(&s, 100), ERR_OK);
    struct heard h = hear(fd, 0, 1000);
    assert_true(h.closed);
    free(h.p);
    close(fd);
}

static void test_stop_says_when_a_held_request_never_comes_back(void **state)
{
    (void)state;
    struct http_config c = config_for_tests();
    struct http_server *s = start(&c);
    int fd = dial(s);
    world.held = NULL;
    say_c(fd, "GET /held HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 3000 && !world.held; i++)
        pause_ms(1);
    assert_int_equal(http_server_stop(&s, 50), ERR_TIMEOUT);
    assert_non_null(s);
    respond_empty(world.held, 204); /* it does after all */
    request_finish(world.held);
    world.held = NULL;
    assert_int_equal(http_server_stop(&s, 1000), ERR_OK);
    close(fd);
}

/* ---- all at once, for the thread sanitizer ---- */

struct client {
    struct http_server *server;
    unsigned seed;
    int wrong;
};

static void *client(void *arg)
{
    struct client *c = arg;
    static const char *const asks[] = {
        GOOD, "GET /inline HTTP/1.1\r\n" H "\r\n", "GET /later HTTP/1.1\r\n" H "\r\n",
        "GET /big HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n\r\n", "GET /file HTTP/1.1\r\n" H "\r\n",
        JSON("{\"a\":1}", 7), "POST /upload HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc",
        "GET /absent HTTP/1.1\r\n" H "\r\n", "GET /metrics HTTP/1.1\r\n" H "\r\n", "GET /source HTTP/1.1\r\n" H "\r\n",
    };
    int fd = dial(c->server);
    for (int i = 0; i < 60 && fd >= 0; i++) {
        c->seed = c->seed * 1103515245 + 12345;
        unsigned pick = c->seed >> 16;
        say_c(fd, asks[pick % ARRAY_LEN(asks)]);
        if (pick % 11 == 0) { /* leaves without listening */
            close(fd);
            fd = dial(c->server);
            continue;
        }
        struct heard h = hear(fd, 1, 10000);
        c->wrong += h.answers != 1;
        free(h.p);
    }
    close(fd);
    return NULL;
}

static void test_many_clients_at_once(void **state)
{
    struct client c[8];
    pthread_t t[8];
    for (unsigned i = 0; i < 8; i++) {
        c[i] = (struct client){*state, i * 7919 + 1, 0};
        pthread_create(&t[i], NULL, client, &c[i]);
    }
    for (unsigned i = 0; i < 8; i++) {
        pthread_join(t[i], NULL);
        assert_int_equal(c[i].wrong, 0);
    }
}

static int start_shared(void **state)
{
    crypto_start();
    log_level_set(LOG_ERROR);
    for (size_t i = 0; i < sizeof world.big; i++)
        world.big[i] = (char)('a' + i % 13);
    struct http_config c = config_for_tests();
    static struct http_config kept_config;
    kept_config = c;
    *state = start(&kept_config);
    return 0;
}

static int stop_shared(void **state)
{
    struct http_server *s = *state;
    stop(s);
    assert_int_equal(world.contexts, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape_gets_its_answer),
        cmocka_unit_test(test_shapes_arrive_in_pieces),
        cmocka_unit_test(test_head_is_get_without_body),
        cmocka_unit_test(test_unsafe_request_id_is_replaced),
        cmocka_unit_test(test_large_text_is_compressed_when_accepted),
        cmocka_unit_test(test_what_an_inline_route_has_not_a_worker_makes),
        cmocka_unit_test(test_source_is_streamed),
        cmocka_unit_test(test_metrics_count_by_pattern_never_by_path),
        cmocka_unit_test(test_upload_arrives_whole),
        cmocka_unit_test(test_upload_is_aborted_when_the_client_leaves),
        cmocka_unit_test(test_upload_refused_in_the_middle_is_aborted_once),
        cmocka_unit_test(test_a_full_queue_answers_503_at_once),
        cmocka_unit_test(test_a_client_may_leave_while_another_thread_holds_its_request),
        cmocka_unit_test(test_a_request_that_waited_too_long_is_not_run),
        cmocka_unit_test(test_slow_clients_are_cut),
        cmocka_unit_test(test_a_client_that_does_not_read_is_cut),
        cmocka_unit_test(test_a_refused_body_does_not_reset_the_connection),
        cmocka_unit_test(test_half_closed_client_does_no_harm),
        cmocka_unit_test(test_connections_are_bounded),
        cmocka_unit_test(test_a_taken_port_is_named),
        cmocka_unit_test(test_wrong_tables_are_refused),
        cmocka_unit_test(test_a_worker_that_cannot_open_stops_the_start),
        cmocka_unit_test(test_several_addresses),
        cmocka_unit_test(test_stop_finishes_what_is_under_way),
        cmocka_unit_test(test_stop_cuts_after_its_limit),
        cmocka_unit_test(test_stop_says_when_a_held_request_never_comes_back),
        cmocka_unit_test(test_many_clients_at_once),
    };
    return cmocka_run_group_tests_name("http", tests, start_shared, stop_shared);
}

/* The HTTP server: our own thin layer over libmicrohttpd. Nobody above src/http sees a type of that library.
 *
 * One thread accepts and watches the clock, a few I/O threads (epoll) read requests and send answers, and each class of routes
 * has its own workers behind a bounded queue: a flood of uploads cannot make a clerk's list wait. A full queue answers 503 with
 * Retry-After at once. A handler may also hand its request to another thread and return HTTP_LATER; that thread finishes it.
 * docs/internals/http.md walks through one request. TLS and HTTP/2 are the work of the proxy in front. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "http/route.h"

enum http_lang { HTTP_VI, HTTP_EN };

/* Turns a message code with its parameter into a sentence; false: not known (a default is used, in the end the code itself). */
typedef bool http_message(struct buf *out, const char *code, const char *param, enum http_lang lang);

struct http_listen {
    const char *address; /* numeric: "127.0.0.1", "::1", "0.0.0.0", "::" (IPv6 only) */
    uint16_t port;       /* 0: the system chooses, see http_server_port */
};

struct http_class_config {
    unsigned workers, queue_max;
};

/* Zero in any limit means the default named in the comment. The struct and what it points to must outlive the server. */
struct http_config {
    const struct http_listen *listen;
    size_t listen_count;
    unsigned io_threads; /* 2 */
    struct http_class_config class[ROUTE_CLASSES]; /* read 4/256, command 2/1024, upload 2/64, admin 1/32 */

    unsigned connections_max; /* 4096 */
    size_t header_bytes_max;  /* 12 KiB: names and values, without the request line (8 KiB) */
    unsigned headers_max;     /* 64 */
    unsigned query_max;       /* 64 parameters */

    /* A client that is slower is cut. */
    int64_t header_ms; /* 15 s from the request line, or from connecting, to the end of the headers */
    int64_t idle_ms;   /* 75 s between requests */
    int64_t body_ms;   /* 20 s grace for the body, and again for taking the answer … */
    int64_t rate_min;  /* … plus its size at this many bytes per second: 4096 */
    /* A request that waited this long in a queue is answered 503 without being run. Handlers see request_deadline_us. */
    int64_t request_ms; /* 30 s */

    bool trust_forwarded;      /* believe X-Forwarded-For and -Proto when the peer is a loopback address (nginx in front) */
    const char *page_csp;      /* Content-Security-Policy of routes with ROUTE_PAGE; default-src 'self' and no script elsewhere */
    const char *problem_base;  /* start of problem+json `type`: "urn:motcua:problem:" */
    http_message *message;     /* may be NULL */
    /* A refusal for a browser (Accept names text/html): writes a page of the face into out, or says false and the problem+json goes out. On any
     * thread, perhaps before the address was understood (request_path may be empty) and before enter: it must not touch a database. May be NULL. */
    bool (*problem_page)(struct request *r, const struct fail *f, int status, struct buf *out);

    /* The worker's own context, made and destroyed on the worker's thread (a database connection). NULL functions: none. */
    enum err (*worker_open)(void *app, enum route_class class, void **context_r);
    void (*worker_close)(void *context);
    /* Runs before every handler, on its thread (also before upload.begin): who are you, may you. Anything but ERR_OK ends
     * the request with the problem in *f. Routes with ROUTE_PUBLIC pass through it too: look at request_route(r)->access. */
    enum err (*enter)(struct request *r, struct fail *f);
    /* For http_readyz: false and a word why ("migrating"). Must not block. */
    bool (*ready)(void *app, struct buf *why);
};

struct http_server;

/* Starts listening and answering. The table of routes must outlive the server. Refuses a port that is taken (ERR_UNAVAILABLE,
 * code "http.port_taken", param address:port), a wrong table (ERR_INVALID, "http.route"), a worker that cannot open. */
enum err http_server_start(const struct http_config *config, const struct route *routes, size_t n, void *app,
                           struct http_server **server_r, struct fail *f) CHECKED;
uint16_t http_server_port(const struct http_server *s, size_t listen_index);

/* Graceful: no new connections, idle ones are closed, requests in flight are finished for at most limit_ms and then cut.
 * A request that another thread holds (HTTP_LATER) must come back: when it does not within twice the limit, ERR_TIMEOUT is
 * returned, *s stays and leaks (the process is about to end); otherwise *s is freed and NULL. Call from any thread but
 * the server's own. */
enum err http_server_stop(struct http_server **s, int64_t limit_ms) CHECKED;

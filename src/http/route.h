/* What the server can be asked: one table, written by the faces, read by the router, the documentation of the API, the metrics
 * and the test that walks every route with every role. */
#pragma once
#include "base/err.h"

struct request;

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHODS }; /* HEAD goes to GET, OPTIONS is answered */
enum route_class { ROUTE_READ, ROUTE_COMMAND, ROUTE_UPLOAD, ROUTE_ADMIN, ROUTE_CLASSES };
enum route_access {
    ROUTE_PUBLIC,
    ROUTE_TOKEN,   /* refused 401 on the I/O thread when no bearer token was sent; whose it is, config.enter says */
    ROUTE_SESSION, /* a page behind sign-in: config.enter redirects */
};
enum body_kind {
    BODY_NONE,   /* a body is refused (413) unless it is empty */
    BODY_JSON,   /* application/json or …+json, collected up to body_max */
    BODY_FORM,   /* application/x-www-form-urlencoded, collected; read with request_form */
    BODY_RAW,    /* any type, collected */
    BODY_STREAM, /* any type, in pieces to .upload */
};
enum route_flags {
    ROUTE_INLINE = 1, /* run on the I/O thread: only for answers from memory in a few microseconds; may not return HTTP_LATER. HTTP_CONTINUE: it
                       * has no such answer for this request, and runs again on a worker (request_worker is then set) */
    ROUTE_PAGE = 2,   /* HTML: the pages' Content-Security-Policy instead of default-src 'none', Referrer-Policy same-origin */
    ROUTE_QUIET = 4,  /* not in the access log (health, metrics) */
};

enum http_result {
    HTTP_DONE,     /* a respond_… function was called (or, by mistake, none: 500) */
    HTTP_LATER,    /* the request now belongs to another thread, which answers and calls request_finish; do not touch it again */
    HTTP_CONTINUE, /* uploads: go on; inline routes: let a worker do it */
};
typedef enum http_result http_handler(struct request *r);

/* A streamed body, in constant memory. All four run on workers of the route's class, never two at a time for one request,
 * perhaps on different threads: keep state with request_set_state, not the worker's context. */
struct upload {
    /* Before any byte of the body (and before "100 Continue"): HTTP_CONTINUE, or HTTP_DONE with an answer. */
    enum http_result (*begin)(struct request *r);
    /* The next piece, up to 256 KiB: HTTP_CONTINUE, or HTTP_DONE with an answer: the rest of the body is then thrown away. */
    enum http_result (*data)(struct request *r, struct str piece);
    /* All bytes of Content-Length came: HTTP_DONE or HTTP_LATER. */
    enum http_result (*end)(struct request *r);
    /* Called exactly once when begin said HTTP_CONTINUE and end will not be called: remove what was written. The client may
     * be gone: only request_state, _principal, _app, _worker, _id and _arena may be used. */
    void (*abort)(struct request *r);
};

struct route {
    enum http_method method;
    const char *pattern; /* "/api/v1/dossiers/{code}/commands": whole segments only */
    http_handler *handler;
    enum route_class class;
    enum route_access access;
    enum body_kind body;
    size_t body_max; /* bytes; 0 with a body means 64 KiB */
    unsigned flags;
    const char *operation; /* OpenAPI operationId; also names the route in logs */
    const struct upload *upload; /* BODY_STREAM */
    const char *query; /* the names that it reads after the question mark, parted by blanks; any other is refused 400 ("lang" never is). NULL: not looked at */
};

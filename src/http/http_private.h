/* What the files of this room share. One request is touched by one thread at a time; it changes hands through the queue's
 * mutex (I/O thread → worker) and through the library's own when it is resumed (any thread → I/O thread). */
#pragma once
#include "base/log.h"
#include "base/metrics.h"
#include "base/timex.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    LINE_MAX_BYTES = 8192,
    SEGMENTS_MAX = 16,
    UPLOAD_PIECE = 256 * 1024,
    COMPRESS_FROM = 1024,
    SWALLOW_MAX = 64 * 1024, /* a refused body up to this size is read and dropped, so that the refusal surely arrives */
    BODY_MAX_DEFAULT = 64 * 1024,
    FORM_PAIRS_MAX = 1024,
    STATUS_CLASSES = 6,
    LINGER_MAX = 64, /* connections answered before their body was read: beyond, they are closed at once */
    FOREVER_US_SHIFT = 62,
};
#define FOREVER_US ((int64_t)1 << FOREVER_US_SHIFT)

struct header {
    struct header *next;
    const char *name, *value;
};

enum { HTTP_SOURCE_WAITS = -2 }; /* a source of this room only: nothing now, and the connection is suspended */
enum answer_kind { ANSWER_BYTES, ANSWER_FILE, ANSWER_SOURCE };
struct answer {
    int status; /* 0: none yet */
    enum answer_kind kind;
    const char *type, *cache;
    struct str body, gzip, etag;
    int fd; /* -1: none */
    struct http_source source;
    struct header *headers;
    bool close, localized, page; /* page: HTML for people, whatever its address */
    struct MHD_Response *built;
    int64_t sent_size;
    int64_t open_ms; /* a stream of events: so long it may stay open; 0 for all others */
};

enum phase {
    PHASE_LINE,    /* request line read, headers coming */
    PHASE_COLLECT, /* body into memory */
    PHASE_SWALLOW, /* answer known, rest of the body is dropped first */
    PHASE_BEGIN,   /* a worker runs upload.begin; suspended */
    PHASE_UPLOAD,  /* body into pieces */
    PHASE_WAIT,    /* a handler or another thread has it; suspended */
    PHASE_SENT,
};
enum job { JOB_RUN, JOB_BEGIN, JOB_DATA, JOB_END, JOB_ABORT };

/* A connection of a client, as the watch sees it. */
struct peer {
    struct peer *next, **link;
    int fd;
    _Atomic int64_t deadline_us;
    atomic_bool busy; /* a request is under way */
    bool linger;      /* answered before its body was read (linger.c) */
    atomic_bool served; /* it had an answer before: it may give way when the server is full */
};

struct io {
    struct http_server *server;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of peers */
    struct peer *peers;
    atomic_uint open;
};

struct request {
    struct http_server *server;
    struct io *io;
    struct MHD_Connection *connection;
    struct peer *peer;
    struct arena *arena;
    const struct route *route;
    struct request *next; /* in a queue or in the store of unused ones */
    enum phase phase;
    enum job job;

    char id[41];
    int64_t now_ms, begun_us, queued_us, run_us, deadline_us;
    const char *method_name;
    bool head, https_known, lang_known;
    enum http_lang lang;

    const char *line_at; /* the target in the library's buffer: see framing.c */
    size_t line_n;
    struct str target, path, authority;
    struct str segment[SEGMENTS_MAX];
    unsigned segment_n;
    struct form_pair *query, *form;
    size_t query_n, form_n;
    bool form_parsed;

    int64_t content_length; /* -1: none sent */
    bool expects_continue;
    struct buf body;
    char *piece; /* UPLOAD_PIECE bytes */
    size_t piece_n;
    int64_t body_until_us; /* an upload that is not complete then is cut */
    bool upload_open; /* begin said yes; end or abort is owed */

    void *worker, *principal, *state, *kept;
    struct answer answer;
};

struct worker {
    struct queue *queue;
    pthread_t thread;
    bool running;
    void *context;
};

struct queue {
    struct http_server *server;
    enum route_class class;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct request *first, **last;
    unsigned n, max;
    bool ending;
    struct worker *workers;
    unsigned worker_n;
    unsigned opened; /* workers that came up, or failed to */
    enum err open_err;
    _Atomic int64_t rejected;
    struct histogram latency;
};

struct node;
struct zip;
struct http_server {
    struct http_config config; /* with the defaults filled in */
    const struct route *routes;
    size_t route_n;
    struct node *tree;
    struct arena *arena; /* the tree */
    void *app;

    struct io *io;
    unsigned io_n;
    struct queue queue[ROUTE_CLASSES];

    int *listen_fd;
    uint16_t *port;
    size_t listen_n;
    int wake_fd;
    pthread_mutex_t linger_lock;
    struct drained {
        int fd;
        int64_t until_us;
        size_t left;
    } linger[LINGER_MAX];
    unsigned linger_n;
    pthread_t watch;
    bool watching;

    atomic_bool stopping, cutting, watch_end;
    atomic_int inflight, finishing;
    atomic_uint_fast64_t next_id;
    uint64_t id_base;

    pthread_mutex_t spare_lock;
    struct request *spare;
    unsigned spare_n;
    pthread_mutex_t zip_lock;
    struct zip *zips;

    _Atomic int64_t *answered; /* (route_n + 1) × STATUS_CLASSES */
    _Atomic int64_t accepted, refused, cut, compressed;
};

/* exchange.c: the library's callbacks; one request from its line to its answer */
void *exchange_line(void *io, const char *uri, struct MHD_Connection *c);
enum MHD_Result exchange_call(void *io, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                              const char *data, size_t *n, void **request);
void exchange_completed(void *io, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode how);
void exchange_peer(void *io, struct MHD_Connection *c, void **peer, enum MHD_ConnectionNotificationCode what);
void request_free_spares(struct http_server *s);
void request_release(struct request *r);

/* framing.c: is this message unmistakable? */
bool framing_check(struct request *r, const char *method, const char *version); /* false: answered with a refusal */
bool http_token(struct str s);
bool http_text_valid(struct str s, bool line_breaks); /* UTF-8 without NUL and control characters (but \t \n \r if allowed) */
bool percent_decode(struct arena *a, struct str s, bool plus, struct str *out_r);
bool pairs_parse(struct arena *a, struct str s, unsigned max, struct form_pair **pairs_r, size_t *n_r);

/* router.c */
enum err router_build(struct http_server *s, struct fail *f);
/* 200 with r->route set; 404; 405 or 204 (OPTIONS) with the methods in allow; 400 for a path that is none. */
int router_find(struct request *r, struct str path, const char *method, struct buf *allow);

/* worker.c */
enum err workers_start(struct http_server *s, struct fail *f);
void workers_stop(struct http_server *s);
/* Suspends the connection and queues the request; false (nothing happened) when the queue is full and `bounded`. */
bool queue_push(struct request *r, enum job job, bool bounded);
bool run_inline(struct request *r); /* enter + handler on the I/O thread; false: it wants a worker */
bool run_enter(struct request *r, void *context);
void run_upload(struct request *r, void *context); /* upload.c */

/* request.c */
bool accepts_gzip(const struct request *r);
void http_date_format(int64_t ms, char out[40]);
bool http_date_parse(struct str s, int64_t *ms_r);

/* response.c */
void answer_reset(struct request *r);   /* forgets an answer and releases what it holds */
void response_build(struct request *r); /* compresses and makes the library's response; any thread that owns r */
void zips_free(struct http_server *s);

/* linger.c */
struct pollfd;
void linger_add(struct http_server *s, int fd);                  /* the library is about to close fd */
unsigned linger_poll(struct http_server *s, struct pollfd *p);   /* at most LINGER_MAX */
void linger_drain(struct http_server *s, bool all_over);

/* Answering. Each respond_… function sets the whole answer; the last one wins. Headers may be added before or after.
 * Bytes are not copied: they must live as long as the request (its arena, or for ever). Text over 1 KiB is compressed
 * when the client accepts it. Unless told otherwise answers are not stored by caches (Cache-Control: no-store). */
#pragma once
#include "http/request.h"

void respond_json(struct request *r, int status, struct str body);
void respond_html(struct request *r, int status, struct str body);
void respond_text(struct request *r, int status, struct str body);
void respond_bytes(struct request *r, int status, const char *type, struct str body); /* compressed only if type says text */
/* Takes the memory of b (which is empty afterwards). An overflowed buffer becomes 500. */
void respond_json_buf(struct request *r, int status, struct buf *b);
void respond_html_buf(struct request *r, int status, struct buf *b);
void respond_empty(struct request *r, int status);
/* 303 and the like. `to` must be a path of ours or an absolute http(s) address; control characters are refused (500). */
void respond_redirect(struct request *r, int status, struct str to);
void respond_not_modified(struct request *r); /* 304; set ETag as on the full answer */

/* Bytes kept in memory for many requests: a page of the catalogue. `gzip` may be empty; make it once with http_gzip. */
struct http_kept {
    const char *type;
    struct str plain, gzip;
    struct str etag; /* quoted, or empty */
};
void respond_kept(struct request *r, const struct http_kept *k); /* 304 when the client has it */
/* gzip of text at a good level, into the arena; empty when it would not be smaller. */
struct str http_gzip(struct arena *a, struct str text);

/* A file: `fd` is taken (closed after sending). Range requests are answered (206, 416). etag may be empty. */
void respond_file(struct request *r, int fd, int64_t size, const char *type, struct str etag);
/* A body that is made while it is sent. `read` runs on an I/O thread and must not wait for anything but the local disk: it
 * fills at most max bytes from position pos and returns how many, 0 at the end, -1 on failure (the connection is cut).
 * size -1: not known (chunked), no ranges. `done` (may be NULL) runs exactly once. */
struct http_source {
    int64_t (*read)(void *arg, int64_t pos, char *out, size_t max);
    void (*done)(void *arg);
    void *arg;
    int64_t size;
};
void respond_source(struct request *r, const struct http_source *source, const char *type, struct str etag);

/* Replaces or adds; the value must be printable ASCII (else it is left out). */
void respond_header(struct request *r, const char *name, struct str value);
void respond_add_header(struct request *r, const char *name, struct str value); /* may repeat: Set-Cookie, Link */
void respond_cache(struct request *r, const char *cache_control);
void respond_etag(struct request *r, struct str etag);
void respond_last_modified(struct request *r, int64_t ms);
/* Content-Disposition with the name in ASCII and in UTF-8. */
void respond_attachment(struct request *r, struct str file_name);
void respond_retry_after(struct request *r, int seconds);
int response_status(const struct request *r); /* 0: none yet */

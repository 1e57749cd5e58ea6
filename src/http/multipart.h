/* A form with files (multipart/form-data, RFC 7578) as it comes in pieces, in constant memory. Tolerates what browsers send, nothing more: names in
 * UTF-8, no nesting, no transfer encodings. Limits: parts, bytes of a part's headers; how large a part may be is the caller's affair. */
#pragma once
#include "base/err.h"

enum { MULTIPART_PARTS_MAX = 64, MULTIPART_HEADERS_MAX = 4096, MULTIPART_NAME_MAX = 100, MULTIPART_FILE_NAME_MAX = 1000, MULTIPART_TYPE_MAX = 100 };

struct part {
    struct str name, file_name, type; /* file_name without folders; all valid while begin runs */
    bool is_file;                     /* a file name was given, even an empty one: a field in which nothing was chosen */
};
/* What is told of each part, in order. Each may refuse: then nothing more is told, and multipart_feed gives that error back. */
struct multipart_to {
    enum err (*begin)(void *arg, const struct part *p);
    enum err (*data)(void *arg, struct str bytes); /* zero or more times */
    enum err (*end)(void *arg);
    void *arg;
};

struct multipart;
/* ERR_TYPE "http.multipart" when `content_type` is not multipart/form-data with a boundary of 1 … 70 letters. */
enum err multipart_new(struct str content_type, const struct multipart_to *to, struct multipart **m_r, struct fail *f) CHECKED;
/* ERR_MALFORMED "http.multipart"; ERR_TOO_LARGE "http.multipart-parts"; or what a callback returned. */
enum err multipart_feed(struct multipart *m, struct str piece, struct fail *f) CHECKED;
/* All was fed: ERR_MALFORMED "http.multipart" unless the closing boundary was seen. */
enum err multipart_end(const struct multipart *m, struct fail *f) CHECKED;
void multipart_free(struct multipart **m);
#define _multipart_ __attribute__((cleanup(multipart_free)))

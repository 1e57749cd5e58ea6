/* Errors as values. `enum err` says what kind of failure it is (one table maps it to an HTTP status and an exit code);
 * `struct fail` carries the details for a person: which field, which message, which rule, with parameters.
 * A refusal by the domain is the same value: nothing crashes, nothing is half done. */
#pragma once
#include "base/str.h"

enum err {
    ERR_OK = 0,
    ERR_MALFORMED,    /* 400: not parseable, or a required parameter is missing */
    ERR_UNAUTHORISED, /* 401: who are you? */
    ERR_FORBIDDEN,    /* 403: your role may not */
    ERR_NOT_FOUND,    /* 404: absent, or outside your scope */
    ERR_CONFLICT,     /* 409: a rule forbids it now */
    ERR_VERSION,      /* 412: somebody else changed it meanwhile */
    ERR_NEED_VERSION, /* 428: If-Match is missing */
    ERR_TOO_LARGE,    /* 413 */
    ERR_TYPE,         /* 415 */
    ERR_INVALID,      /* 422: a field is wrong */
    ERR_BUSY,         /* 429 */
    ERR_UNAVAILABLE,  /* 503: read-only, stopping, the database is away; try again */
    ERR_NO_SPACE,     /* 507 */
    ERR_TIMEOUT,      /* 504 on a client, 503 outside */
    ERR_RETRY,        /* internal: a concurrent command won; decide again */
    ERR_CORRUPT,      /* 500: the store contradicts itself */
    ERR_INTERNAL      /* 500 */
};
#define CHECKED __attribute__((warn_unused_result))

enum { FAIL_DETAILS_MAX = 16, FAIL_PARAM_MAX = 160 };

/* One complaint: `pointer` is a JSON pointer into the request ("" for the whole), `code` a stable message id from i18n. */
struct complaint {
    char pointer[96];
    char code[64];
    char param[FAIL_PARAM_MAX]; /* what the message needs: a value, a limit, a date */
};

struct fail {
    enum err err;
    char rule[24]; /* R-… of the rules in force, or "" */
    size_t n;
    struct complaint item[FAIL_DETAILS_MAX];
};

/* Records the kind (the first one stays) and adds a complaint; beyond FAIL_DETAILS_MAX they are dropped. Returns f->err.
 * `param_fmt` may be NULL. */
enum err fail_add(struct fail *f, enum err err, const char *rule, const char *pointer, const char *code,
                  const char *param_fmt, ...) __attribute__((format(printf, 6, 7)));

struct err_info {
    enum err err;
    const char *name; /* stable, in logs and problem+json type */
    int http_status;
    int exit_code; /* 0 done, 1 a finding, 2 usage, 3 not available */
};
const struct err_info *err_info(enum err err);

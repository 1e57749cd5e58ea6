/* See err.h: the one table from a kind of failure to HTTP status and exit code. */
#include "base/err.h"
#include <stdarg.h>
#include <stdio.h>

static const struct err_info table[] = {
    {ERR_OK, "ok", 200, 0},
    {ERR_MALFORMED, "malformed", 400, 2},
    {ERR_UNAUTHORISED, "unauthorised", 401, 2},
    {ERR_FORBIDDEN, "forbidden", 403, 2},
    {ERR_NOT_FOUND, "not-found", 404, 2},
    {ERR_CONFLICT, "conflict", 409, 1},
    {ERR_VERSION, "version", 412, 1},
    {ERR_NEED_VERSION, "version-required", 428, 2},
    {ERR_TOO_LARGE, "too-large", 413, 2},
    {ERR_TYPE, "unsupported-type", 415, 2},
    {ERR_INVALID, "invalid", 422, 2},
    {ERR_BUSY, "too-many-requests", 429, 3},
    {ERR_UNAVAILABLE, "unavailable", 503, 3},
    {ERR_NO_SPACE, "no-space", 507, 3},
    {ERR_TIMEOUT, "timeout", 503, 3},
    {ERR_RETRY, "retry", 503, 3},
    {ERR_CORRUPT, "corrupt", 500, 1},
    {ERR_INTERNAL, "internal", 500, 3},
};

const struct err_info *err_info(enum err err)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].err == err)
            return &table[i];
    return &table[ARRAY_LEN(table) - 1];
}

/* A text cut in the middle of a letter would be no text any more: drop the piece of a letter at the end. */
static void close_utf8(char *s)
{
    size_t n = strlen(s), from = n;
    while (from && n - from < 3 && ((unsigned char)s[from - 1] & 0xc0) == 0x80)
        from--;
    if (!from || (unsigned char)s[from - 1] < 0xc0)
        return;
    unsigned char lead = (unsigned char)s[from - 1];
    size_t wants = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (n - (from - 1) < wants)
        s[from - 1] = '\0';
}

enum err fail_add(struct fail *f, enum err err, const char *rule, const char *pointer, const char *code,
                  const char *param_fmt, ...)
{
    if (f->err == ERR_OK)
        f->err = err;
    if (rule && !f->rule[0])
        snprintf(f->rule, sizeof f->rule, "%s", rule);
    if (f->n < FAIL_DETAILS_MAX) {
        struct complaint *c = &f->item[f->n++];
        snprintf(c->pointer, sizeof c->pointer, "%s", pointer ? pointer : "");
        close_utf8(c->pointer);
        snprintf(c->code, sizeof c->code, "%s", code);
        c->param[0] = '\0';
        if (param_fmt) {
            va_list ap;
            va_start(ap, param_fmt);
            vsnprintf(c->param, sizeof c->param, param_fmt, ap);
            va_end(ap);
            close_utf8(c->param);
        }
    }
    return f->err;
}

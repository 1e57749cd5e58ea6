/* See buf.h. */
#include "base/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->overflow = false;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->overflow || n > b->max || b->n > b->max - n) {
        b->overflow = true;
        return false;
    }
    if (b->n + n <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap < b->n + n)
        cap *= 2;
    if (cap > b->max)
        cap = b->max;
    char *p = realloc(b->p, cap);
    if (!p) {
        b->overflow = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n && buf_reserve(b, n)) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    }
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[24];
    size_t i = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        digits[--i] = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        digits[--i] = '-';
    buf_put(b, digits + i, sizeof digits - i);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0) {
        char *tmp = malloc((size_t)n + 1);
        if (!tmp)
            b->overflow = true;
        else {
            vsnprintf(tmp, (size_t)n + 1, fmt, again);
            buf_put(b, tmp, (size_t)n);
            free(tmp);
        }
    }
    va_end(again);
}

void buf_hex(struct buf *b, const void *p, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned char *u = p;
    if (n > SIZE_MAX / 2 || !buf_reserve(b, n * 2))
        return;
    for (size_t i = 0; i < n; i++) {
        b->p[b->n++] = digit[u[i] >> 4];
        b->p[b->n++] = digit[u[i] & 15];
    }
}

void buf_json_str(struct buf *b, struct str s)
{
    static const char digit[] = "0123456789ABCDEF";
    buf_char(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(b, s.p + from, i - from);
        from = i + 1;
        switch (c) {
        case '"': buf_put(b, "\\\"", 2); break;
        case '\\': buf_put(b, "\\\\", 2); break;
        case '\n': buf_put(b, "\\n", 2); break;
        case '\r': buf_put(b, "\\r", 2); break;
        case '\t': buf_put(b, "\\t", 2); break;
        case '\b': buf_put(b, "\\b", 2); break;
        case '\f': buf_put(b, "\\f", 2); break;
        default: buf_put(b, (char[]){'\\', 'u', '0', '0', digit[c >> 4], digit[c & 15]}, 6);
        }
    }
    buf_put(b, s.p + from, s.n - from);
    buf_char(b, '"');
}

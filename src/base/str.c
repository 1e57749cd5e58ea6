/* See str.h. */
#include "base/str.h"
#include "base/arena.h"
#include <stdarg.h>
#include <stdio.h>

bool str_has_prefix(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_has_suffix(struct str s, struct str suffix)
{
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

ptrdiff_t str_find_char(struct str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? hit - s.p : -1;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.n == 0)
        return 0;
    const char *hit = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return hit ? hit - s.p : -1;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (struct str){s.p ? s.p + from : NULL, n};
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_next(struct str *rest_r, char sep, struct str *piece_r)
{
    if (rest_r->p == NULL)
        return false;
    ptrdiff_t at = str_find_char(*rest_r, sep);
    if (at < 0) {
        *piece_r = *rest_r;
        *rest_r = STR_NONE;
        return true;
    }
    *piece_r = (struct str){rest_r->p, (size_t)at};
    *rest_r = (struct str){rest_r->p + at + 1, rest_r->n - (size_t)at - 1};
    return true;
}

bool str_to_i64(struct str s, int64_t *v_r)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == s.n)
        return false;
    int64_t v = 0; /* built as a negative number, so that INT64_MIN fits */
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)(s.p[i] - '0'), &v))
            return false;
    }
    if (!negative && v == INT64_MIN)
        return false;
    *v_r = negative ? v : -v;
    return true;
}

bool str_all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

struct str str_dup(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}

const char *str_c(struct arena *a, struct str s) { return str_dup(a, s).p; }

struct str str_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    size_t len = n > 0 ? (size_t)n : 0;
    char *p = arena_alloc(a, len + 1);
    vsnprintf(p, len + 1, fmt, again);
    va_end(again);
    return (struct str){p, len};
}

uint64_t str_hash(struct str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

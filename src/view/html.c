/* See html.h. */
#include "view/html.h"
#include "base/timex.h"
#include <stdio.h>
#include <stdlib.h>

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void escaped(struct buf *b, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *e = entity(s.p[i]);
        if (!e)
            continue;
        buf_put(b, s.p + from, i - from);
        buf_c(b, e);
        from = i + 1;
    }
    buf_put(b, s.p + from, s.n - from);
}

void page_escaped(struct page *o, struct str s) { escaped(o->out, s); }
void page_escaped_c(struct page *o, const char *s) { escaped(o->out, str_of(s)); }
void page_number(struct page *o, int64_t n) { buf_i64(o->out, n); }
void page_raw(struct page *o, struct html h) { buf_str(o->out, h.s); }

/* A browser also takes "/\host" and "//host" for another site, and leaves out tabs and line breaks before it looks. */
static bool leads_home(struct str s)
{
    if (!s.n || s.p[0] == '#' || s.p[0] == '?')
        return true;
    return s.p[0] == '/' && (s.n == 1 || (s.p[1] != '/' && s.p[1] != '\\'));
}

void page_url(struct page *o, struct str s)
{
    static const char *const schemes[] = {"https://", "mailto:", "tel:"};
    bool good = leads_home(s);
    for (size_t i = 0; i < ARRAY_LEN(schemes) && !good; i++)
        good = str_has_prefix(s, str_of(schemes[i]));
    for (size_t i = 0; i < s.n && good; i++)
        good = (unsigned char)s.p[i] > 0x20;
    escaped(o->out, good ? s : STR("#"));
}

static bool plain_in_address(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("-._~/", c, 5);
}

void page_part(struct page *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (plain_in_address((unsigned char)s.p[i]))
            buf_char(o->out, s.p[i]);
        else
            buf_printf(o->out, "%%%02X", (unsigned char)s.p[i]);
}

void page_part_c(struct page *o, const char *s) { page_part(o, str_of(s)); }
void page_url_c(struct page *o, const char *s) { page_url(o, str_of(s)); }

/* --- sentences --- */

static int by_vi(const void *key, const void *row) { return strcmp(key, ((const struct translation *)row)->vi); }

const char *translated(const char *vi, enum language lang)
{
    if (lang == LANGUAGE_VI)
        return vi;
    const struct translation *t = bsearch(vi, translations, translation_count, sizeof *translations, by_vi);
    return t ? t->en : vi;
}

/* Calls piece for the parts of a sentence and value for what fills its holes. */
static void walk(struct buf *b, const char *s, const struct str *values, size_t n, bool escape)
{
    for (const char *p = s;; p++) {
        bool hole = *p == '%' && p[1] >= '1' && p[1] <= '9';
        if (*p && !hole)
            continue;
        struct str piece = str_bytes(s, (size_t)(p - s));
        if (escape)
            escaped(b, piece);
        else
            buf_str(b, piece);
        if (!*p)
            return;
        size_t i = (size_t)(*++p - '1');
        if (i < n && escape)
            escaped(b, values[i]);
        else if (i < n)
            buf_str(b, values[i]);
        s = p + 1;
    }
}

void put_sentence(struct page *o, const char *vi, const struct str *values, size_t n) { walk(o->out, translated(vi, o->lang), values, n, true); }

struct str sentence_fill(struct arena *a, const char *sentence, const struct str *values, size_t n)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    walk(&b, sentence, values, n, false);
    return str_dup(a, buf_view(&b));
}

/* --- figures and dates --- */

struct str page_number_text(struct page *o, int64_t n) { return str_printf(o->arena, "%lld", (long long)n); }

struct str page_count(struct page *o, int64_t n)
{
    char digits[24], text[40];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)(n < 0 ? -n : n)), at = 0;
    if (n < 0)
        text[at++] = '-';
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            text[at++] = o->lang == LANGUAGE_EN ? ',' : '.';
        text[at++] = digits[i];
    }
    return str_dup(o->arena, str_bytes(text, at));
}

struct str page_money(struct page *o, int64_t dong) { return TRF(o, "%1 đồng", page_count(o, dong)); }

struct str page_date_of_day(struct page *o, int64_t day)
{
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    return str_printf(o->arena, "%02d/%02d/%04d", d, m, y);
}

struct str page_date(struct page *o, int64_t ms) { return page_date_of_day(o, time_local_day(ms)); }

struct str page_time(struct page *o, int64_t ms)
{
    struct civil c = time_civil(ms);
    return str_printf(o->arena, "%02d:%02d", c.hour, c.minute);
}

struct str page_date_time(struct page *o, int64_t ms) { return TRF(o, "%1 ngày %2", page_time(o, ms), page_date(o, ms)); }

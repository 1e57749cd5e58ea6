/* Writing pages. A page is what a template (NAME.html, compiled by tools/templates.py) writes into a buffer; everything that comes from data
 * is escaped for where it stands, and HTML that is to stand as it is has a type of its own, which the compiler refuses in attributes.
 *
 * Sentences are written in Vietnamese in the templates and in C; their English stands in files of i18n/ and is looked up when a page is English.
 * tools/translations.py finds them all and ends the build when one has no English. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "view/messages.h"

enum { PAGE_BYTES_MAX = 4 << 20 };

/* What every template of a page may use. */
struct page {
    struct buf *out;
    struct arena *arena; /* of the request */
    enum language lang;
    int64_t now;          /* ms */
    struct str path;      /* of this page, with its query but without lang */
    struct str csrf;      /* the token that every form of a signed-in person carries; "" without a session */
    struct str user, role; /* display name and title of who is signed in; "" for nobody */
    bool rehearsal;       /* a coloured frame says that nothing here is real */
    const char *read_only; /* why nothing can be written just now, as a message code; NULL: it can */
};

/* HTML that was made by a template: written as it is. */
struct html {
    struct str s;
};

void page_escaped(struct page *o, struct str s);
void page_escaped_c(struct page *o, const char *s);
void page_number(struct page *o, int64_t n);
void page_url(struct page *o, struct str s); /* a path of ours, "#…", "?…", https:, mailto: or tel:; anything else becomes "#" */
void page_url_c(struct page *o, const char *s);
void page_part(struct page *o, struct str s); /* within an address: percent-encoded but for letters, digits, "-._~/" */
void page_part_c(struct page *o, const char *s);
void page_raw(struct page *o, struct html h);
/* The sentence in the language of the page, its holes %1 … %9 filled with escaped values. */
void put_sentence(struct page *o, const char *vi, const struct str *values, size_t n);
struct str page_number_text(struct page *o, int64_t n);
static inline struct str page_text_self(struct page *o, struct str s) { (void)o; return s; }
static inline struct str page_text_of(struct page *o, const char *s) { (void)o; return str_of(s); }

#define put_text(o, x) _Generic((x), struct str: page_escaped, const char *: page_escaped_c, char *: page_escaped_c, struct html: page_raw, default: page_number)((o), (x))
#define put_value(o, x) _Generic((x), struct str: page_escaped, const char *: page_escaped_c, char *: page_escaped_c, default: page_number)((o), (x))
#define put_url(o, x) _Generic((x), struct str: page_url, const char *: page_url_c, char *: page_url_c)((o), (x))
#define put_part(o, x) _Generic((x), struct str: page_part, const char *: page_part_c, char *: page_part_c, default: page_number)((o), (x))
#define as_str(o, x) _Generic((x), struct str: page_text_self, const char *: page_text_of, char *: page_text_of, default: page_number_text)((o), (x))

/* A sentence for C: in the page's language, unescaped. The text must stand here as a literal: tools/translations.py looks for it. */
#define TR(o, vi) str_of(translated((vi), (o)->lang))
/* The same with holes: TRF(o, "Có %1 hồ sơ", count_text). Values are struct str. */
#define TRF(o, vi, ...) sentence_fill((o)->arena, translated((vi), (o)->lang), (const struct str[]){__VA_ARGS__}, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
/* For a table of texts: marks the literal, to be translated where it is used. */
#define TR_LATER(vi) vi
const char *translated(const char *vi, enum language lang);
struct str sentence_fill(struct arena *a, const char *sentence, const struct str *values, size_t n);

struct translation {
    const char *vi, *en;
};
extern const struct translation translations[]; /* in byte order of vi */
extern const size_t translation_count;

/* Dates and figures as Vietnamese write them. ms UTC in, local out: "23/11/2026", "09:42 ngày 23/11/2026"; money "8.000 đồng". */
struct str page_date(struct page *o, int64_t ms);
struct str page_date_of_day(struct page *o, int64_t day);
struct str page_time(struct page *o, int64_t ms);
struct str page_date_time(struct page *o, int64_t ms);
struct str page_money(struct page *o, int64_t dong);
struct str page_count(struct page *o, int64_t n); /* 1.234.567; 1,234,567 in English */

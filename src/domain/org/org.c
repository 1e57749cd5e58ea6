/* See org.h: what its files share, and the reading of what a person typed. */
#include "domain/org/org_private.h"
#include "base/timex.h"
#include "base/vn.h"
#include <strings.h>

enum { POOL_CHUNK = 64 << 10 };

struct str pool_dup(struct org *o, struct str s)
{
    if (s.n == 0)
        return STR("");
    if (s.n > POOL_CHUNK / 4)
        return str_dup(o->arena, s);
    if (s.n > o->pool_left) {
        o->pool = arena_alloc(o->arena, POOL_CHUNK);
        o->pool_left = POOL_CHUNK;
    }
    char *p = memcpy(o->pool, s.p, s.n);
    o->pool += s.n;
    o->pool_left -= s.n;
    return (struct str){p, s.n};
}

bool table_wrong(const char *what, const struct tsv *t, const char *code, struct str value, struct fail *f)
{
    fail_add(f, ERR_CORRUPT, NULL, what, code, "%zu: %.*s", t->line, PRS(value));
    return false;
}

bool table_open(struct tsv *t, struct str text, const char *what, struct column *columns, size_t n, struct fail *f)
{
    if (!tsv_open(t, text))
        return table_wrong(what, t, "dataset.empty", STR(""), f);
    for (size_t i = 0; i < n; i++) {
        columns[i].at = tsv_column(t, columns[i].name);
        if (columns[i].at < 0)
            return table_wrong(what, t, "dataset.column.missing", str_of(columns[i].name), f);
    }
    return true;
}

bool table_day(struct str s, int64_t otherwise, int64_t *day_r, const char *what, const struct tsv *t, struct fail *f)
{
    *day_r = otherwise;
    return str_empty(s) || date_parse(s, day_r) || table_wrong(what, t, "dataset.date", s, f);
}

struct org *org_load(struct arena *a, const struct org_input *in, struct fail *f)
{
    struct org *o = ARENA_NEW(a, struct org);
    o->arena = a;
    bool whole = territories_load(o, in, f) && successions_load(o, in, f) && units_load(o, in, f);
    if (!whole)
        return NULL;
    doubts_load(o);
    return o;
}

int64_t org_merged_on(const struct org *o) { return o->merged_on; }

const char *doubt_name(enum doubt d)
{
    static const char *const name[] = {"none", "part", "several", "missing", "no_code", "district", "code", "organ"};
    return (size_t)d < ARRAY_LEN(name) ? name[d] : "unknown";
}

/* --- What a person typed ------------------------------------------------------------------------------------------------------ */

/* How people shorten what stands in names. */
static const char *const short_form[][2] = {
    {"ubnd", "uy ban nhan dan"}, {"hdnd", "hoi dong nhan dan"}, {"tp", "thanh pho"}, {"tphcm", "thanh pho ho chi minh"}, {"hcm", "ho chi minh"},
    {"hn", "ha noi"}, {"pvhcc", "phuc vu hanh chinh cong"}, {"tthcc", "trung tam phuc vu hanh chinh cong"}, {"vp", "van phong"}};
/* Kinds of places, left out by the forgiving reading. */
static const char *const kind_phrase[] = {"tinh", "thanh pho", "phuong", "xa", "dac khu", "thi tran", "thi xa", "huyen", "quan"};

static void add_words(struct str text, struct str *words, size_t *n)
{
    struct str w;
    while (str_next(&text, ' ', &w))
        if (w.n && *n < QUERY_WORDS_MAX)
            words[(*n)++] = w;
}

/* Number of words that the phrase takes at words[i], 0 when it does not stand there. */
static size_t phrase_at(const char *phrase, const struct str *words, size_t n, size_t i)
{
    struct str rest = str_of(phrase), w;
    size_t k = 0;
    while (str_next(&rest, ' ', &w)) {
        if (i + k >= n || !str_eq(words[i + k], w))
            return 0;
        k++;
    }
    return k;
}

struct query query_read(struct arena *a, struct str q)
{
    enum { QUERY_BYTES_MAX = 200 };
    struct query r = {0};
    struct str typed[QUERY_WORDS_MAX];
    size_t typed_n = 0;
    while (q.n > QUERY_BYTES_MAX || (q.n && !vn_valid_utf8(q) && q.n > QUERY_BYTES_MAX - 4))
        q.n = q.n > QUERY_BYTES_MAX ? QUERY_BYTES_MAX : q.n - 1; /* not in the middle of a letter */
    add_words(vn_fold(a, q), typed, &typed_n);
    for (size_t i = 0; i < typed_n; i++) {
        struct str full = typed[i];
        for (size_t k = 0; k < ARRAY_LEN(short_form); k++)
            if (str_is(typed[i], short_form[k][0]))
                full = str_of(short_form[k][1]);
        add_words(full, r.strict, &r.strict_n);
    }
    for (size_t i = 0; i < r.strict_n;) {
        size_t skip = 0;
        for (size_t k = 0; k < ARRAY_LEN(kind_phrase) && !skip; k++)
            skip = phrase_at(kind_phrase[k], r.strict, r.strict_n, i);
        if (!skip)
            r.forgiving[r.forgiving_n++] = r.strict[i];
        i += skip ? skip : 1;
    }
    if (r.forgiving_n == 0) { /* nothing but kinds: "phường" */
        memcpy(r.forgiving, r.strict, sizeof r.strict);
        r.forgiving_n = r.strict_n;
    }
    return r;
}

static bool same_letters(struct str a, struct str b) { return a.n == b.n && a.n && strncasecmp(a.p, b.p, a.n) == 0; }

bool query_matches(const struct str *words, size_t n, struct str folded, struct str code, struct str abbr)
{
    struct str rest = folded, w;
    for (size_t i = 0; i < n; i++) {
        if (same_letters(words[i], code) || same_letters(words[i], abbr))
            continue;
        bool found = false;
        while (!found && str_next(&rest, ' ', &w))
            found = str_has_prefix(w, words[i]);
        if (!found)
            return false;
    }
    return true;
}

/* Search over the whole catalogue, best first. Every query becomes one or a few lists of words (as typed, without filler words, with
 * official words for everyday ones); each list is laid over the inverted index as a bit per word and row, and every row that holds all
 * words gets a rank. A rank is one number, so that the order is total and a cursor is a place in it:
 *
 *   group (4 bits) · typed marks match (1) · receivable (1) · where in the name (3) · published use (40)
 *
 * Work is bounded: at most 200 bytes and 16 words of a query, at most VARIANTS lists, and each list touches a row once per word. */
#include "catalog_private.h"
#include "base/vn.h"
#include <stdio.h>
#include <stdlib.h>

enum { VARIANTS = 6, FEW = 5, ALTERNATIVES = 48, MOST_PERCENT = 60 };
enum group { G_MOST = 1, G_NEAR, G_SECTOR, G_MEANING, G_NAME, G_WHOLE, G_EVERYDAY, G_CODE_PREFIX, G_CODE };
static const enum match match_of[] = {MATCH_MOST, MATCH_MOST, MATCH_NEAR, MATCH_SECTOR, MATCH_MEANING, MATCH_NAME, MATCH_NAME, MATCH_EVERYDAY,
                                      MATCH_CODE_PREFIX, MATCH_CODE};

struct list { /* one way to read the query */
    size_t n;
    struct str key[CATALOG_WORDS_MAX];
    uint16_t token[CATALOG_WORDS_MAX], mark[CATALOG_WORDS_MAX];
};

struct search {
    const struct catalog *c;
    struct arena *a;
    const struct catalog_query *q;
    struct str sector_folded;
    uint64_t *rank;       /* by entry, 0: no hit */
    bool *marked;
    uint8_t *match;
    uint16_t *in_name, *in_sector; /* a bit for each word of the list at hand */
    size_t hits;
};

/* --- Ranks -------------------------------------------------------------------------------------------------------------------- */

static void hit(struct search *s, size_t i, enum group group, enum match match, bool marked, unsigned where)
{
    bool in_force;
    const struct procedure *p = entry_on(s->c, &s->c->entry[i], s->q->day, &in_force);
    if (s->q->levels && !(p->levels & s->q->levels))
        return;
    if (s->q->sector.n && !str_eq(p->sector_code, s->q->sector) && !str_eq(p->sector, s->q->sector)
        && (!s->sector_folded.n || !str_eq(s->c->index.sector_folded[s->c->index.sector_of[i]], s->sector_folded)))
        return;
    bool receivable = procedure_receivable(s->c, p, s->q->province, s->q->day) == RECEIVABLE;
    if (s->q->receivable_only && !receivable)
        return;
    uint64_t use = p->weight < 0 ? 0 : (uint64_t)p->weight & ((1ull << 40) - 1);
    uint64_t rank = (uint64_t)group << 60 | (uint64_t)marked << 59 | (uint64_t)receivable << 58 | (uint64_t)(where & 7) << 55 | use << 15 | 1;
    if (s->rank[i] == 0)
        s->hits++;
    if (rank > s->rank[i]) {
        s->rank[i] = rank;
        s->marked[i] = marked;
        s->match[i] = (uint8_t)match;
    }
}

/* --- A list of words over the index ------------------------------------------------------------------------------------------- */

static void lay(struct search *s, uint16_t token, unsigned bit)
{
    const struct index *x = &s->c->index;
    if (token == TOKEN_NONE)
        return;
    for (uint32_t i = x->names_at[token]; i < x->names_at[token + 1]; i++)
        s->in_name[x->names[i]] |= (uint16_t)(1u << bit);
    for (uint32_t i = x->sectors_at[token]; i < x->sectors_at[token + 1]; i++)
        s->in_sector[x->sectors[i]] |= (uint16_t)(1u << bit);
}

static void clear(struct search *s)
{
    memset(s->in_name, 0, s->c->entries * sizeof *s->in_name);
    memset(s->in_sector, 0, s->c->entries * sizeof *s->in_sector);
}

static bool has_marks(const struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->mark[i])
            return true;
    return false;
}

enum { WHERE_ANYWHERE = 1, WHERE_PHRASE, WHERE_START, WHERE_WHOLE };

/* All words of the list are in the name: where, and with the marks that were typed? The marks weigh more than the place. */
static unsigned place_in_name(const struct search *s, size_t i, const struct list *l, bool *marked_r)
{
    const struct entry *e = &s->c->entry[i];
    const uint16_t *word = &s->c->index.word[e->words_at], *mark = &s->c->index.mark[e->words_at];
    bool typed = has_marks(l), marked = typed;
    for (size_t k = 0; k < l->n && marked; k++) {
        bool found = l->mark[k] == 0;
        for (size_t j = 0; j < e->words && !found; j++)
            found = word[j] == l->token[k] && mark[j] == l->mark[k];
        marked = found;
    }
    unsigned best = WHERE_ANYWHERE | (marked ? 8u : 0);
    for (size_t at = 0; at + l->n <= e->words; at++) {
        size_t k = 0;
        bool same = typed;
        while (k < l->n && word[at + k] == l->token[k]) {
            same = same && (l->mark[k] == 0 || l->mark[k] == mark[at + k]);
            k++;
        }
        if (k < l->n)
            continue;
        bool start = at <= e->lead, whole = start && (at + k == e->words || at + k == e->core);
        unsigned where = (whole ? WHERE_WHOLE : start ? WHERE_START : WHERE_PHRASE) | (same ? 8u : 0);
        if (where > best)
            best = where;
    }
    *marked_r = best >= 8;
    return best & 7;
}

/* Rows with all words. `official`: the words were put for everyday ones, of which the query was a part or the whole. */
enum official { AS_TYPED, OFFICIAL_PART, OFFICIAL_WHOLE };
static void search_all(struct search *s, const struct list *l, enum official official)
{
    uint16_t all = (uint16_t)((1u << l->n) - 1);
    for (size_t k = 0; k < l->n; k++)
        if (l->token[k] == TOKEN_NONE)
            return;
    clear(s);
    for (size_t k = 0; k < l->n; k++)
        lay(s, l->token[k], (unsigned)k);
    bool typed = has_marks(l);
    for (size_t i = 0; i < s->c->entries; i++) {
        if (s->in_name[i] == all) {
            bool marked = false;
            unsigned where = place_in_name(s, i, l, &marked);
            if (official)
                hit(s, i, official == OFFICIAL_WHOLE ? G_EVERYDAY : G_MEANING, MATCH_MEANING, official == OFFICIAL_PART && marked,
                    where > WHERE_PHRASE ? WHERE_PHRASE : where);
            else if (where == WHERE_WHOLE && (marked || !typed))
                hit(s, i, G_WHOLE, MATCH_NAME, marked, 0);
            else
                hit(s, i, G_NAME, MATCH_NAME, marked, where);
        } else if ((s->in_name[i] | s->in_sector[i]) == all)
            hit(s, i, G_SECTOR, MATCH_SECTOR, false, 0);
    }
}

/* One letter more, less, other, or two changed places. */
static bool one_edit(struct str a, struct str b)
{
    if (a.n > b.n) {
        struct str t = a;
        a = b;
        b = t;
    }
    if (b.n - a.n > 1)
        return false;
    size_t i = 0;
    while (i < a.n && a.p[i] == b.p[i])
        i++;
    if (a.n < b.n)
        return memcmp(a.p + i, b.p + i + 1, a.n - i) == 0;
    if (i == a.n)
        return false;
    if (memcmp(a.p + i + 1, b.p + i + 1, a.n - i - 1) == 0)
        return true;
    return i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] && memcmp(a.p + i + 2, b.p + i + 2, a.n - i - 2) == 0;
}

static size_t first_token(const struct index *x, struct str text)
{
    size_t lo = 0, hi = x->tokens;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (str_cmp(x->token[mid], text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Words with one slip of typing, and the last word as the beginning of one; then rows with most words. */
static void search_near(struct search *s, const struct list *l)
{
    const struct index *x = &s->c->index;
    uint16_t all = (uint16_t)((1u << l->n) - 1);
    clear(s);
    for (size_t k = 0; k < l->n; k++) {
        size_t more = 0;
        lay(s, l->token[k], (unsigned)k);
        if (l->key[k].n >= 5)
            for (size_t t = 0; t < x->tokens && more < ALTERNATIVES; t++)
                if (x->token[t].n + 1 >= l->key[k].n && x->token[t].n <= l->key[k].n + 1 && one_edit(l->key[k], x->token[t])) {
                    lay(s, (uint16_t)t, (unsigned)k);
                    more++;
                }
        if (k + 1 == l->n && l->key[k].n >= 2)
            for (size_t t = first_token(x, l->key[k]); t < x->tokens && more < ALTERNATIVES && str_has_prefix(x->token[t], l->key[k]); t++, more++)
                lay(s, (uint16_t)t, (unsigned)k);
    }
    for (size_t i = 0; i < s->c->entries; i++)
        if (s->rank[i] == 0 && s->in_name[i] == all)
            hit(s, i, G_NEAR, MATCH_NEAR, false, 0);
    if (s->hits >= FEW || l->n < 2)
        return;
    /* A rare word says more than "cấp" or "giấy": its weight is the logarithm of how rare it is. */
    unsigned weight[CATALOG_WORDS_MAX], total = 0;
    for (size_t k = 0; k < l->n; k++) {
        weight[k] = 4;
        if (l->token[k] != TOKEN_NONE)
            for (size_t df = x->names_at[l->token[k] + 1] - x->names_at[l->token[k]] + 1, n = s->c->entries, w = weight[k] = 1; n > df; n /= 2)
                weight[k] = (unsigned)++w;
        total += weight[k];
    }
    for (size_t i = 0; i < s->c->entries; i++) {
        unsigned sum = 0, words = 0;
        for (size_t k = 0; k < l->n && s->in_name[i]; k++)
            if (s->in_name[i] & 1u << k) {
                sum += weight[k];
                words++;
            }
        if (s->rank[i] == 0 && words >= 2 && sum * 100 >= total * MOST_PERCENT)
            hit(s, i, G_MOST, MATCH_MOST, false, sum * 7 / total);
    }
}

/* --- Everyday words ----------------------------------------------------------------------------------------------------------- */

/* Where the phrase stands in the list, or -1; *conflict_r when marks were typed that are not the phrase's. */
static ptrdiff_t phrase_at(const struct list *l, const struct phrase *p, bool *conflict_r)
{
    for (size_t at = 0; at + p->words <= l->n; at++) {
        size_t k = 0;
        bool conflict = false;
        while (k < p->words && str_eq(l->key[at + k], p->key[k])) {
            conflict |= l->mark[at + k] != 0 && l->mark[at + k] != p->mark[k];
            k++;
        }
        if (k == p->words) {
            *conflict_r = conflict;
            return (ptrdiff_t)at;
        }
    }
    return -1;
}

static struct list without_fillers(const struct catalog *c, const struct list *l)
{
    bool drop[CATALOG_WORDS_MAX] = {false};
    struct list out = {0};
    for (size_t i = 0; i < c->phrases; i++) {
        const struct phrase *p = &c->phrase[i];
        for (size_t at = 0; p->kind == PHRASE_FILLER && at + p->words <= l->n; at++) {
            size_t k = 0;
            while (k < p->words && str_eq(l->key[at + k], p->key[k]))
                k++;
            for (size_t j = 0; k == p->words && j < k; j++)
                drop[at + j] = true;
        }
    }
    for (size_t k = 0; k < l->n; k++)
        if (!drop[k]) {
            out.key[out.n] = l->key[k];
            out.token[out.n] = l->token[k];
            out.mark[out.n++] = l->mark[k];
        }
    return out.n ? out : *l;
}

static void look_up(const struct catalog *c, struct list *l)
{
    for (size_t k = 0; k < l->n; k++) {
        uint32_t id;
        l->token[k] = strmap_get(&c->index.by_text, l->key[k], &id) ? (uint16_t)id : TOKEN_NONE;
    }
}

static void everyday(struct search *s, const struct list *typed, const struct list *l)
{
    size_t variants = 0;
    for (size_t i = 0; i < s->c->phrases; i++) {
        const struct phrase *p = &s->c->phrase[i];
        bool conflict = false;
        if (p->kind != PHRASE_PROCEDURE && p->kind != PHRASE_WORDS)
            continue;
        const struct list *in = l;
        ptrdiff_t at = phrase_at(in, p, &conflict);
        if (at < 0) {
            in = typed;
            at = phrase_at(in, p, &conflict);
        }
        if (at < 0)
            continue;
        if (p->kind == PHRASE_PROCEDURE) {
            struct str rest = p->means, code;
            enum group group = conflict ? G_MOST : p->words == in->n ? G_EVERYDAY : G_MEANING;
            for (unsigned where = 7; rest.n && str_next(&rest, ' ', &code); where -= where > 3)
                for (size_t e = entry_first(s->c, code); e < s->c->entries && str_eq(s->c->entry[e].code, code); e++)
                    hit(s, e, group, MATCH_EVERYDAY, false, where);
        } else if (variants < VARIANTS - 2) {
            struct word word[CATALOG_WORDS_MAX];
            struct list other = {0};
            size_t n = words_of(s->c, s->a, p->means, vn_fold(s->a, p->means), word, CATALOG_WORDS_MAX);
            for (size_t k = 0; k < (size_t)at; k++) {
                other.key[other.n] = in->key[k];
                other.mark[other.n++] = in->mark[k];
            }
            for (size_t k = 0; k < n && other.n < CATALOG_WORDS_MAX; k++)
                other.key[other.n++] = word[k].text;
            for (size_t k = (size_t)at + p->words; k < in->n && other.n < CATALOG_WORDS_MAX; k++) {
                other.key[other.n] = in->key[k];
                other.mark[other.n++] = in->mark[k];
            }
            look_up(s->c, &other);
            search_all(s, &other, p->words == in->n && !conflict ? OFFICIAL_WHOLE : OFFICIAL_PART);
            variants++;
        }
    }
}

/* --- Codes -------------------------------------------------------------------------------------------------------------------- */

/* "1.001193", "1001193", "1.0011", "2.000815.000.00.00.H55". True when the query is about codes and nothing else. */
static bool search_codes(struct search *s, struct str q)
{
    struct str rest = q, piece;
    bool only = true;
    while (rest.n && str_next(&rest, ' ', &piece)) {
        char room[16];
        struct str code = piece;
        size_t digits = 0;
        while (digits < code.n && ((code.p[digits] >= '0' && code.p[digits] <= '9') || code.p[digits] == '.'))
            digits++;
        if (digits < 3 || code.p[0] == '.') {
            only = false;
            continue;
        }
        if (str_find_char(code, '.') < 0 && code.n >= 4 && code.n <= 7 && digits == code.n) {
            int n = snprintf(room, sizeof room, "%c.%.*s", code.p[0], (int)code.n - 1, code.p + 1);
            code = (struct str){room, (size_t)n};
        }
        size_t first = entry_first(s->c, code);
        if (!(first < s->c->entries && str_eq(s->c->entry[first].code, code)) && code.n > 8 && code.p[8] == '.')
            first = entry_first(s->c, code = str_sub(code, 0, 8)); /* with a province's suffix */
        bool whole_query = str_eq(piece, q), any = false;
        for (size_t i = first; i < s->c->entries && str_has_prefix(s->c->entry[i].code, code); i++) {
            bool exact = str_eq(s->c->entry[i].code, code);
            if (exact || (whole_query && code.n >= 3 && code.p[1] == '.'))
                hit(s, i, exact ? G_CODE : G_CODE_PREFIX, match_of[exact ? G_CODE : G_CODE_PREFIX], false, 0);
            any |= exact || whole_query;
        }
        only &= any && str_find_char(piece, '.') >= 0;
    }
    return only;
}

/* --- Cursor ------------------------------------------------------------------------------------------------------------------- */

struct cursor { uint64_t rank; struct str code; int64_t ordinal; };

/* "b80000000226c001-1.001193-0": rank, code, place among its agencies. */
static bool cursor_parse(struct str s, struct cursor *c_r)
{
    if (s.n < 20 || s.n > CATALOG_CURSOR_MAX || s.p[16] != '-')
        return false;
    c_r->rank = 0;
    for (size_t i = 0; i < 16; i++) {
        char c = s.p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0)
            return false;
        c_r->rank = c_r->rank << 4 | (unsigned)d;
    }
    size_t last = s.n - 1;
    while (last > 16 && s.p[last] != '-')
        last--;
    c_r->code = last > 17 ? str_sub(s, 17, last - 17) : STR_NONE;
    struct str ordinal = str_sub(s, last + 1, s.n);
    return c_r->code.n && ordinal.n && ordinal.n < 6 && str_all_digits(ordinal) && str_to_i64(ordinal, &c_r->ordinal);
}

struct row { uint64_t rank; uint32_t entry; };

static int row_cmp(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static bool comes_after(const struct catalog *c, const struct row *r, const struct cursor *at)
{
    if (r->rank != at->rank)
        return r->rank < at->rank;
    int by_code = str_cmp(c->entry[r->entry].code, at->code);
    return by_code > 0 || (by_code == 0 && c->entry[r->entry].ordinal > at->ordinal);
}

/* --- The whole ---------------------------------------------------------------------------------------------------------------- */

static void search_words(struct search *s, struct str q)
{
    struct word word[CATALOG_WORDS_MAX];
    struct list typed = {0};
    typed.n = words_of(s->c, s->a, q, vn_fold(s->a, q), word, CATALOG_WORDS_MAX);
    if (typed.n == 0)
        return;
    for (size_t k = 0; k < typed.n; k++) {
        typed.key[k] = word[k].text;
        typed.mark[k] = word[k].mark;
    }
    look_up(s->c, &typed);
    struct list bare = without_fillers(s->c, &typed);
    search_all(s, &typed, AS_TYPED);
    if (bare.n != typed.n)
        search_all(s, &bare, AS_TYPED);
    everyday(s, &typed, &bare);
    if (s->hits < FEW)
        search_near(s, &bare);
}

enum err catalog_search(const struct catalog *c, struct arena *a, const struct catalog_query *query, struct catalog_page *page_r, struct fail *f)
{
    struct search s = {.c = c, .a = a, .q = query};
    struct cursor after = {0};
    size_t n = c->entries ? c->entries : 1, limit = query->limit == 0 ? 20 : query->limit > CATALOG_PAGE_MAX ? CATALOG_PAGE_MAX : query->limit;
    *page_r = (struct catalog_page){0};
    if (query->after.n && !cursor_parse(query->after, &after))
        return fail_add(f, ERR_MALFORMED, "", "/cursor", "catalog.bad_cursor", NULL);
    s.rank = ARENA_ARRAY(a, uint64_t, n);
    s.marked = ARENA_ARRAY(a, bool, n);
    s.match = ARENA_ARRAY(a, uint8_t, n);
    s.in_name = ARENA_ARRAY(a, uint16_t, n);
    s.in_sector = ARENA_ARRAY(a, uint16_t, n);
    if (query->sector.n && query->sector.n <= CATALOG_QUERY_MAX)
        s.sector_folded = vn_fold(a, query->sector);
    struct str q = str_trim(query->q);
    if (q.n > CATALOG_QUERY_MAX)
        for (q.n = CATALOG_QUERY_MAX; q.n && ((unsigned char)q.p[q.n] & 0xC0) == 0x80;)
            q.n--;
    if (!q.n)
        for (size_t i = 0; i < c->entries; i++)
            hit(&s, i, 0, MATCH_NAME, false, 0);
    else if (!search_codes(&s, q))
        search_words(&s, q);

    struct row *row = ARENA_ARRAY(a, struct row, s.hits ? s.hits : 1);
    size_t rows = 0;
    for (size_t i = 0; i < c->entries; i++) {
        struct row r = {s.rank[i], (uint32_t)i};
        if (r.rank && (!query->after.n || comes_after(c, &r, &after)))
            row[rows++] = r;
    }
    qsort(row, rows, sizeof *row, row_cmp);
    page_r->total = s.hits;
    page_r->n = rows < limit ? rows : limit;
    page_r->hits = ARENA_ARRAY(a, struct catalog_hit, page_r->n ? page_r->n : 1);
    for (size_t i = 0; i < page_r->n; i++) {
        bool in_force;
        const struct entry *e = &c->entry[row[i].entry];
        page_r->hits[i] = (struct catalog_hit){entry_on(c, e, query->day, &in_force), (enum match)s.match[row[i].entry], s.marked[row[i].entry]};
    }
    if (rows > limit) {
        const struct row *last = &row[limit - 1];
        page_r->next = str_printf(a, "%016llx-%.*s-%u", (unsigned long long)last->rank, PRS(c->entry[last->entry].code), c->entry[last->entry].ordinal);
    }
    return ERR_OK;
}

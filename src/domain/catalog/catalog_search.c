/* Search over the whole catalogue, best first. Every query becomes one or a few lists of words (as typed, without filler words, with
 * official words for everyday ones); each list becomes the set of the rows that hold all its words (search_words.c), and every row of it
 * gets a rank. A rank is one number, so that the order is total and a cursor is a place in it:
 *
 *   group (4 bits) · typed marks match (1) · receivable (1) · where in the name (3) · published use (40)
 *
 * Work is bounded: at most 200 bytes and 16 words of a query, at most VARIANTS lists, a row is ranked once a list; of all that are hit
 * only the page that was asked for is put in order. */
#include "search_private.h"
#include "base/vn.h"
#include <stdio.h>
#include <stdlib.h>

/* --- Ranks -------------------------------------------------------------------------------------------------------------------- */

static bool in_sector(const struct search *s, size_t i, const struct procedure *p)
{
    const struct index *x = &s->c->index;
    return str_eq(p->sector_code, s->q->sector) || str_eq(p->sector, s->q->sector)
        || (s->sector_folded.n && str_eq(x->sector_folded[x->sector_of[i]], s->sector_folded));
}

void search_hit(struct search *s, size_t i, enum group group, enum match match, bool marked, unsigned where)
{
    const struct standing *at = &s->c->index.standing[i];
    bool in_force, receivable = at->receivable;
    if (s->q->levels && !(at->levels & s->q->levels))
        return;
    if (!at->plain || s->q->sector.n) {
        const struct procedure *p = entry_on(s->c, &s->c->entry[i], s->q->day, &in_force);
        if (s->q->sector.n && !in_sector(s, i, p))
            return;
        receivable = procedure_receivable(s->c, p, s->q->province, s->q->day) == RECEIVABLE;
    }
    if (s->q->receivable_only && !receivable)
        return;
    uint64_t use = (uint64_t)at->use & ((1ull << 40) - 1);
    uint64_t rank = (uint64_t)group << 60 | (uint64_t)marked << 59 | (uint64_t)receivable << 58 | (uint64_t)(where & 7) << 55 | use << 15 | 1;
    s->hits += s->rank[i] == 0;
    if (rank > s->rank[i]) {
        s->rank[i] = rank;
        s->marked[i] = marked;
        s->match[i] = (uint8_t)match;
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
                search_hit(s, i, exact ? G_CODE : G_CODE_PREFIX, exact ? MATCH_CODE : MATCH_CODE_PREFIX, false, 0);
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

/* --- The page ----------------------------------------------------------------------------------------------------------------- */

struct row { uint64_t rank; uint32_t entry; };

static bool before(const struct row *x, const struct row *y) { return x->rank != y->rank ? x->rank > y->rank : x->entry < y->entry; }

static bool comes_after(const struct catalog *c, const struct row *r, const struct cursor *at)
{
    if (r->rank != at->rank)
        return r->rank < at->rank;
    int by_code = str_cmp(c->entry[r->entry].code, at->code);
    return by_code > 0 || (by_code == 0 && c->entry[r->entry].ordinal > at->ordinal);
}

/* A heap of the best rows so far, the last of them on top. */
static void sink(struct row *heap, size_t n, size_t i)
{
    for (size_t k; (k = 2 * i + 1) < n; i = k) {
        if (k + 1 < n && before(&heap[k], &heap[k + 1]))
            k++;
        if (!before(&heap[i], &heap[k]))
            return;
        struct row r = heap[i];
        heap[i] = heap[k];
        heap[k] = r;
    }
}

/* The best `limit` rows behind the cursor, in order; gives how many there are behind it in all. */
static size_t best_rows(const struct search *s, const struct cursor *after, struct row *best, size_t limit, size_t *n_r)
{
    size_t rows = 0, n = 0;
    for (size_t i = 0; i < s->c->entries; i++) {
        struct row r = {s->rank[i], (uint32_t)i};
        if (!r.rank || (after && !comes_after(s->c, &r, after)))
            continue;
        rows++;
        if (n < limit) {
            best[n++] = r;
            for (size_t k = n / 2; n == limit && k-- > 0;)
                sink(best, n, k);
        } else if (before(&r, &best[0])) {
            best[0] = r;
            sink(best, n, 0);
        }
    }
    for (size_t k = n / 2; n < limit && k-- > 0;)
        sink(best, n, k);
    for (size_t left = n; left > 1;) {
        struct row r = best[0];
        best[0] = best[--left];
        best[left] = r;
        sink(best, left, 0);
    }
    *n_r = n;
    return rows;
}

static struct str read_at_most(struct str q)
{
    q = str_trim(q);
    if (q.n > CATALOG_QUERY_MAX)
        for (q.n = CATALOG_QUERY_MAX; q.n && ((unsigned char)q.p[q.n] & 0xC0) == 0x80;)
            q.n--;
    return q;
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
    if (query->sector.n && query->sector.n <= CATALOG_QUERY_MAX)
        s.sector_folded = vn_fold(a, query->sector);
    struct str q = read_at_most(query->q);
    if (!q.n)
        for (size_t i = 0; i < c->entries; i++)
            search_hit(&s, i, 0, MATCH_NAME, false, 0);
    else if (!search_codes(&s, q))
        search_words(&s, q);

    struct row best[CATALOG_PAGE_MAX];
    size_t rows = best_rows(&s, query->after.n ? &after : NULL, best, limit, &page_r->n);
    page_r->total = s.hits;
    page_r->hits = ARENA_ARRAY(a, struct catalog_hit, page_r->n ? page_r->n : 1);
    for (size_t i = 0; i < page_r->n; i++) {
        bool in_force;
        size_t e = best[i].entry;
        page_r->hits[i] = (struct catalog_hit){entry_on(c, &c->entry[e], query->day, &in_force), (enum match)s.match[e], s.marked[e]};
    }
    if (rows > limit) {
        const struct entry *last = &c->entry[best[limit - 1].entry];
        page_r->next = str_printf(a, "%016llx-%.*s-%u", (unsigned long long)best[limit - 1].rank, PRS(last->code), last->ordinal);
    }
    return ERR_OK;
}

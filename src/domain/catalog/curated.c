/* The rows that a person has checked (curated.tsv) and the later decisions on procedures: read, and laid over the rows of the source. Each
 * holds in its own days, so a procedure is cut into versions at every boundary (docs/internals/catalog.md). */
#include "catalog_private.h"
#include "base/dataset.h"
#include "base/timex.h"
#include <stdlib.h>

enum { CODE, AGENCY, SECTOR, LIMIT, DOUBT, VERIFY, CUTOFF, FEES, EXEMPT, SERVICE, SERVICE_REASON, REACH, IMMEDIATE, RESTRICTED, LISTED,
       VALID_FROM, VALID_TO, LEGAL_BASIS, CONFIDENCE, NOTE, CURATED_COLUMNS };
static const char *const curated_column[CURATED_COLUMNS] = {
    "code", "agency", "sector", "limit", "doubt", "verification", "cutoff", "fees", "exemption", "service_level", "service_reason", "reach",
    "immediate", "restricted", "listed", "valid_from", "valid_to", "legal_basis", "confidence", "note"};

struct curated {
    struct str cell[CURATED_COLUMNS];
    struct limit limit, verification;
    int64_t from, to, seq; /* seq: of an amendment, 0 otherwise */
    bool used;
};

static void curated_apply(struct procedure *p, const struct curated *k)
{
    const struct str *cell = k->cell;
    if (cell[LIMIT].n) {
        p->limit = k->limit;
        p->limit_missing = false;
        p->limit_doubt = str_is(cell[DOUBT], "sources_differ") ? LIMIT_DOUBT_SOURCES_DIFFER : str_is(cell[DOUBT], "several_limits")
                       ? LIMIT_DOUBT_SEVERAL_LIMITS : LIMIT_DOUBT_NONE;
        p->limit_doubtful = p->limit_doubt != LIMIT_DOUBT_NONE;
    }
    if (cell[VERIFY].n)
        p->verification = k->verification;
    if (cell[FEES].n) {
        p->fees = str_is(cell[FEES], "none") ? STR_NONE : cell[FEES];
        p->fees_curated = true;
    }
    if (cell[EXEMPT].n)
        p->exemption = cell[EXEMPT];
    if (cell[SERVICE].n)
        p->service_level = service_parse(cell[SERVICE]);
    if (cell[SERVICE_REASON].n)
        p->service_reason = cell[SERVICE_REASON];
    if (cell[REACH].n)
        p->reach = str_is(cell[REACH], "nationwide") ? REACH_NATIONWIDE : str_is(cell[REACH], "commune") ? REACH_COMMUNE : REACH_PROVINCE;
    if (cell[IMMEDIATE].n)
        p->immediate = str_is(cell[IMMEDIATE], "y");
    if (cell[RESTRICTED].n)
        p->restricted = str_is(cell[RESTRICTED], "y");
    if (cell[LISTED].n)
        p->listed = str_is(cell[LISTED], "y");
    if (cell[CODE].n || !p->legal_basis.n) {
        p->legal_basis = cell[LEGAL_BASIS];
        p->confidence = cell[CONFIDENCE];
        p->note = cell[NOTE];
    }
}

static bool flag_ok(struct str s) { return !s.n || str_is(s, "y") || str_is(s, "n"); }

/* An amendment as a row of the table. */
static struct curated curated_of(const struct catalog_amendment *m)
{
    static const char *const reaches[] = {"commune", "province", "nationwide"};
    struct curated k = {.limit = m->limit, .from = m->valid_from, .to = m->valid_to, .seq = m->seq};
    for (int i = 0; i < CURATED_COLUMNS; i++)
        k.cell[i] = STR("");
    k.cell[CODE] = m->code;
    k.cell[AGENCY] = m->agency;
    k.cell[LIMIT] = m->has_limit ? STR("amended") : STR("");
    k.cell[FEES] = m->fees;
    k.cell[REACH] = m->has_reach ? str_of(reaches[m->reach]) : STR("");
    k.cell[LEGAL_BASIS] = m->legal_basis;
    k.cell[CONFIDENCE] = STR("cao");
    return k;
}

static int began_cmp(const void *a, const void *b)
{
    const struct curated *x = a, *y = b;
    return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->seq > y->seq) - (x->seq < y->seq);
}

static bool curated_load(struct arena *scratch, const struct catalog_input *in, struct curated **rows_r, size_t *n_r, struct fail *f)
{
    struct str text = in->curated_tsv;
    struct tsv t;
    int column[CURATED_COLUMNS];
    if (!tsv_open(&t, text))
        return bad_row(f, "curated.tsv", 0, "empty");
    for (int i = 0; i < CURATED_COLUMNS; i++)
        if ((column[i] = tsv_column(&t, curated_column[i])) < 0)
            return bad_row(f, "curated.tsv", 1, curated_column[i]);
    size_t cap = 0, n = 0;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n';
    struct curated *rows = ARENA_ARRAY(scratch, struct curated, cap + in->amendments + 1);
    while (tsv_row(&t)) {
        struct curated *k = &rows[n++];
        for (int i = 0; i < CURATED_COLUMNS; i++)
            k->cell[i] = tsv_cell(&t, column[i]);
        struct str cutoff = k->cell[CUTOFF], reach = k->cell[REACH], doubt = k->cell[DOUBT];
        int64_t hours = 0, minutes = 0;
        if (!k->cell[CODE].n == !k->cell[SECTOR].n || !k->cell[LEGAL_BASIS].n || !k->cell[CONFIDENCE].n)
            return bad_row(f, "curated.tsv", t.line, "code or sector, legal_basis, confidence");
        if ((k->cell[LIMIT].n && !limit_parse(k->cell[LIMIT], &k->limit)) || (k->cell[VERIFY].n && !limit_parse(k->cell[VERIFY], &k->verification)))
            return bad_row(f, "curated.tsv", t.line, "limit");
        if (cutoff.n && (!k->cell[LIMIT].n || cutoff.n != 5 || cutoff.p[2] != ':' || !str_to_i64(str_sub(cutoff, 0, 2), &hours)
                         || !str_to_i64(str_sub(cutoff, 3, 2), &minutes) || hours > 23 || minutes > 59))
            return bad_row(f, "curated.tsv", t.line, "cutoff");
        k->limit.cutoff_ms_of_day = cutoff.n ? (int32_t)(hours * MS_HOUR + minutes * MS_MINUTE) : NO_CUTOFF;
        if (!fees_valid(k->cell[FEES]))
            return bad_row(f, "curated.tsv", t.line, "fees");
        if (!flag_ok(k->cell[IMMEDIATE]) || !flag_ok(k->cell[RESTRICTED]) || !flag_ok(k->cell[LISTED])
            || (k->cell[SERVICE].n && service_parse(k->cell[SERVICE]) == SERVICE_UNKNOWN)
            || (reach.n && !str_is(reach, "commune") && !str_is(reach, "province") && !str_is(reach, "nationwide"))
            || (doubt.n && !str_is(doubt, "sources_differ") && !str_is(doubt, "several_limits")))
            return bad_row(f, "curated.tsv", t.line, "a word that is not known");
        if (!validity_parse(k->cell[VALID_FROM], k->cell[VALID_TO], &k->from, &k->to))
            return bad_row(f, "curated.tsv", t.line, "validity");
    }
    for (size_t i = 0; i < in->amendments; i++)
        rows[n + i] = curated_of(&in->amendment[i]);
    qsort(rows + n, in->amendments, sizeof *rows, began_cmp);
    n += in->amendments;
    *rows_r = rows;
    *n_r = n;
    return true;
}

/* --- Versions ----------------------------------------------------------------------------------------------------------------- */

static void overlays_add(struct arena *scratch, struct overlays *o, struct curated *k)
{
    if (o->n == o->cap) {
        o->cap = o->cap ? o->cap * 2 : 4;
        struct curated **grown = ARENA_ARRAY(scratch, struct curated *, o->cap);
        if (o->n)
            memcpy(grown, o->row, o->n * sizeof *grown);
        o->row = grown;
    }
    o->row[o->n++] = k;
}

size_t row_first(const struct procedure *rows, size_t n, struct str code)
{
    size_t lo = 0;
    while (lo < n) {
        size_t mid = (lo + n) / 2;
        if (str_cmp(rows[mid].code, code) < 0)
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

static void curated_join(struct arena *scratch, struct curated *k, const struct procedure *rows, size_t n, struct overlays *over)
{
    struct str code = k->cell[CODE], sector = k->cell[SECTOR];
    for (size_t i = sector.n ? 0 : row_first(rows, n, code); i < n; i++) {
        if (!sector.n && !str_eq(rows[i].code, code))
            return;
        if (sector.n ? rows[i].sector.n && (str_eq(rows[i].sector, sector) || str_eq(rows[i].sector_code, sector))
                     : !k->cell[AGENCY].n || str_eq(rows[i].agency, k->cell[AGENCY])) {
            overlays_add(scratch, &over[i], k);
            k->used = true;
        }
    }
}

bool overlays_make(struct arena *scratch, const struct catalog_input *in, const struct procedure *rows, size_t n, struct overlays **over_r,
                   size_t *versions_r, struct fail *f)
{
    struct curated *curated;
    size_t kept;
    if (!curated_load(scratch, in, &curated, &kept, f))
        return false;
    struct overlays *over = *over_r = ARENA_ARRAY(scratch, struct overlays, n);
    for (size_t k = 0; k < kept; k++) {
        curated_join(scratch, &curated[k], rows, n, over);
        if (!curated[k].used && !curated[k].seq)
            return fail_add(f, ERR_CORRUPT, "", "/curated.tsv", "catalog.bad_row", "no such procedure: %.*s%.*s", PRS(curated[k].cell[CODE]),
                            PRS(curated[k].cell[SECTOR])), false;
        for (size_t i = 0; i < in->amendments && curated[k].seq; i++)
            in->amendment[i].used |= in->amendment[i].seq == curated[k].seq && curated[k].used;
    }
    *versions_r = n;
    for (size_t i = 0; i < n; i++)
        *versions_r += 2 * over[i].n;
    return true;
}

static int day_cmp(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void versions_make(struct catalog *c, struct arena *scratch, const struct procedure *base, const struct overlays *o)
{
    struct curated **over = o->row;
    size_t n = o->n, pieces = 1;
    int64_t *start = ARENA_ARRAY(scratch, int64_t, 2 * n + 1);
    start[0] = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (over[i]->from != INT64_MIN)
            start[pieces++] = over[i]->from;
        if (over[i]->to != INT64_MAX)
            start[pieces++] = over[i]->to + 1;
    }
    qsort(start, pieces, sizeof start[0], day_cmp);
    for (size_t k = 0; k < pieces; k++) {
        if (k + 1 < pieces && start[k + 1] == start[k])
            continue;
        struct procedure *v = &c->version[c->versions++];
        *v = *base;
        v->valid_from = start[k];
        v->valid_to = k + 1 < pieces ? start[k + 1] - 1 : INT64_MAX;
        for (size_t i = 0; i < n; i++)
            if (over[i]->from <= v->valid_from && over[i]->to >= v->valid_to)
                curated_apply(v, over[i]);
    }
}

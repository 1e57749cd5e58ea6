/* Builds a generation of the catalogue: rows of procedures.tsv, joined with their lines of procedures.jsonl, overlaid by the rows of
 * curated.tsv, each within its validity. Nothing is parsed that a list does not show: a detail stays packed. */
#include "catalog_private.h"
#include "base/dataset.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdio.h>
#include <stdlib.h>

bool bad_row(struct fail *f, const char *text, size_t line, const char *what)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/%s/%zu", text, line);
    return fail_add(f, ERR_CORRUPT, "", pointer, "catalog.bad_row", "%s", what), false;
}

/* --- Rows --------------------------------------------------------------------------------------------------------------------- */

static int base_cmp(const void *a, const void *b)
{
    const struct procedure *x = a, *y = b;
    int by_code = str_cmp(x->code, y->code);
    return by_code ? by_code : str_cmp(x->agency, y->agency);
}

/* d.dddddd; the three codes of another form in the source are a deleted row and slips of typing, and not listed. */
static bool code_well_formed(struct str code)
{
    return code.n == 8 && code.p[1] == '.' && str_all_digits(str_sub(code, 0, 1)) && str_all_digits(str_sub(code, 2, 6));
}

static bool rows_load(struct catalog *c, struct arena *scratch, const struct catalog_input *in, struct procedure **rows_r, size_t *n_r, struct fail *f)
{
    static const char *const names[] = {"code", "name", "kind", "sector", "sector_code", "issuing_agency", "executing_agency", "level", "level_mark",
        "audience", "channels", "time_value", "time_unit", "time_text", "fee_text", "service_level", "result", "result_codes", "dossiers_npsp_2025",
        "source", "in_catalog_2026_07"};
    enum { R_CODE, R_NAME, R_KIND, R_SECTOR, R_SECTOR_CODE, R_ISSUING, R_EXECUTING, R_LEVEL, R_MARK, R_AUDIENCE, R_CHANNELS, R_VALUE, R_UNIT,
           R_TEXT, R_FEE, R_SERVICE, R_RESULT, R_RESULT_CODES, R_USE, R_SOURCE, R_LISTED };
    int column[ARRAY_LEN(names)];
    struct tsv t;
    struct strmap sectors, executors;
    strmap_init(&sectors, scratch, 512);
    strmap_init(&executors, scratch, 2048);
    bool fresh;
    if (tsv_open(&t, in->sectors_tsv)) {
        int code = tsv_column(&t, "code"), name = tsv_column(&t, "name");
        uint32_t offset;
        while (tsv_row(&t))
            if (tsv_cell(&t, code).n && tsv_cell(&t, name).n) {
                offset = (uint32_t)(tsv_cell(&t, code).p - in->sectors_tsv.p);
                strmap_put(&sectors, scratch, tsv_cell(&t, name), offset, &fresh);
            }
    }
    if (!tsv_open(&t, in->procedures_tsv))
        return bad_row(f, "procedures.tsv", 0, "empty");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if ((column[i] = tsv_column(&t, names[i])) < 0)
            return bad_row(f, "procedures.tsv", 1, names[i]);
    size_t cap = 1, n = 0;
    for (const char *p = in->procedures_tsv.p, *end = p + in->procedures_tsv.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        cap++;
    if (cap >= TOKEN_NONE)
        return bad_row(f, "procedures.tsv", cap, "too many rows");
    struct procedure *rows = ARENA_ARRAY(scratch, struct procedure, cap);
    c->executor = ARENA_ARRAY(scratch, struct executor, cap);
    while (tsv_row(&t)) {
        struct procedure *p = &rows[n++];
#define CELL(i) tsv_cell(&t, column[i])
        *p = (struct procedure){.code = CELL(R_CODE), .agency = CELL(R_ISSUING), .name = CELL(R_NAME), .kind = CELL(R_KIND),
            .sector = CELL(R_SECTOR), .sector_code = CELL(R_SECTOR_CODE), .executing = CELL(R_EXECUTING), .audience = CELL(R_AUDIENCE),
            .service_level_text = CELL(R_SERVICE), .result = CELL(R_RESULT), .result_codes = CELL(R_RESULT_CODES),
            .channels = CELL(R_CHANNELS), .source = CELL(R_SOURCE), .fee_text = CELL(R_FEE), .reach = REACH_PROVINCE,
            .level_inferred = CELL(R_MARK).n > 0, .valid_from = INT64_MIN, .valid_to = INT64_MAX,
            .limit = {.cutoff_ms_of_day = NO_CUTOFF}, .verification = {.cutoff_ms_of_day = NO_CUTOFF}};
        if (!p->code.n || !p->name.n)
            return bad_row(f, "procedures.tsv", t.line, "code, name");
        if (!levels_parse(CELL(R_LEVEL), &p->levels))
            return bad_row(f, "procedures.tsv", t.line, "level");
        if (CELL(R_USE).n && !str_to_i64(CELL(R_USE), &p->weight))
            return bad_row(f, "procedures.tsv", t.line, "dossiers_npsp_2025");
        if (!limit_from_source(p, CELL(R_VALUE), CELL(R_UNIT), CELL(R_TEXT)))
            return bad_row(f, "procedures.tsv", t.line, "time");
        p->service_level = service_parse(p->service_level_text);
        p->internal = str_is(p->kind, "nội bộ");
        p->listed = str_is(CELL(R_LISTED), "y") && code_well_formed(p->code);
        uint32_t offset;
        if (!p->sector_code.n && p->sector.n && strmap_get(&sectors, p->sector, &offset)) {
            struct str rest = {in->sectors_tsv.p + offset, in->sectors_tsv.n - offset};
            str_next(&rest, '\t', &p->sector_code);
        }
        p->executor = strmap_put(&executors, scratch, p->executing, (uint32_t)c->executors, &fresh);
        if (fresh)
            executor_parse(c, &c->executor[c->executors++], p->executing);
        p->folded = vn_fold(c->a, p->name);
        c->bytes += p->name.n + 1;
    }
#undef CELL
    struct executor *kept = catalog_alloc(c, c->executors * sizeof *kept);
    memcpy(kept, c->executor, c->executors * sizeof *kept);
    c->executor = kept;
    qsort(rows, n, sizeof *rows, base_cmp);
    for (size_t i = 1; i < n; i++)
        if (base_cmp(&rows[i - 1], &rows[i]) == 0)
            return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.twice", "%.*s", PRS(rows[i].code)), false;
    *rows_r = rows;
    *n_r = n;
    return true;
}

static void count(struct catalog *c)
{
    struct catalog_size *s = &c->size;
    s->procedures = c->entries;
    s->codes = c->codes;
    s->versions = c->versions;
    for (size_t i = 0; i < c->entries; i++) {
        const struct procedure *p = &c->version[c->entry[i].version + c->entry[i].versions - 1];
        s->listed += p->listed;
        s->internal += p->internal;
        s->own_province += p->own_province.n > 0;
        s->limit_missing += p->limit_missing;
        s->limit_doubtful += p->limit_doubtful;
        s->curated += p->legal_basis.n > 0;
    }
    s->tokens = c->index.tokens;
    s->bytes = c->bytes;
}

struct catalog *catalog_load(struct arena *a, const struct catalog_input *in, struct fail *f)
{
    struct catalog *c = ARENA_NEW(a, struct catalog);
    struct procedure *rows;
    struct overlays *over;
    size_t n, versions;
    struct arena *scratch _arena_ = arena_new();
    c->a = a;
    marks_init(c);
    if (!phrases_load(c, in->synonyms_tsv, f) || !competence_load(c, in, f) || !rows_load(c, scratch, in, &rows, &n, f)
        || !details_join(c, rows, n, in->details, f) || !overlays_make(scratch, in, rows, n, &over, &versions, f))
        return NULL;
    c->entry = catalog_alloc(c, n * sizeof *c->entry);
    c->entries = n;
    c->version = catalog_alloc(c, versions * sizeof *c->version);
    for (size_t i = 0; i < n; i++) {
        struct entry *e = &c->entry[i];
        bool same = i > 0 && str_eq(rows[i].code, rows[i - 1].code);
        c->codes += !same;
        *e = (struct entry){.code = rows[i].code, .agency = rows[i].agency, .version = (uint32_t)c->versions,
                            .ordinal = same ? (uint16_t)(c->entry[i - 1].ordinal + 1) : 0};
        rows[i].entry = (uint32_t)i;
        if (rows[i].agency.n && !str_has_prefix(rows[i].agency, STR("Bộ ")))
            rows[i].own_province = issuer_province(c, vn_fold(scratch, rows[i].agency));
        versions_make(c, scratch, &rows[i], &over[i]);
        e->versions = (uint32_t)(c->versions - e->version);
    }
    if (!variants_load(c, in->variants_tsv, f) || !index_build(c, f))
        return NULL;
    count(c);
    return c;
}

struct catalog_size catalog_size(const struct catalog *c) { return c->size; }

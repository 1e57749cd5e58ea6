/* The cases (trường hợp) of a procedure: variants.tsv, curated. The sources print cases as headings over the papers, among other headings
 * ("Giấy tờ phải nộp", "Lưu ý"); a row of the table says which of them are cases, and which papers, limit and fees each has.
 *
 * `components` lists, separated by |, how a heading begins, or #17 for one paper by its place. A paper that no case of the procedure names belongs
 * to all of them. See catalog.h. */
#include "catalog_private.h"
#include "base/dataset.h"

enum { PROCEDURE, CODE, NAME, COMPONENTS, LIMIT, FEES, VALID_FROM, VALID_TO, LEGAL_BASIS, CONFIDENCE, COLUMNS };

static bool bad_variant(struct fail *f, size_t line, const char *what)
{
    fail_add(f, ERR_CORRUPT, "", "/variants.tsv", "catalog.bad_row", "line %zu: %s", line, what);
    return false;
}

bool variants_load(struct catalog *c, struct str text, struct fail *f)
{
    static const char *const columns[COLUMNS] = {"procedure", "code", "name", "components", "limit", "fees", "valid_from", "valid_to", "legal_basis",
                                                 "confidence"};
    struct tsv t;
    int column[COLUMNS];
    size_t cap = 1;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n';
    c->variant = catalog_alloc(c, cap * sizeof *c->variant);
    if (!tsv_open(&t, text))
        return true; /* every procedure has one case */
    for (int i = 0; i < COLUMNS; i++)
        if ((column[i] = tsv_column(&t, columns[i])) < 0)
            return bad_variant(f, 1, columns[i]);
    while (tsv_row(&t)) {
        struct str cell[COLUMNS];
        struct variant *v = &c->variant[c->variants++];
        for (int i = 0; i < COLUMNS; i++)
            cell[i] = tsv_cell(&t, column[i]);
        *v = (struct variant){.procedure = cell[PROCEDURE], .code = cell[CODE], .name = cell[NAME], .components = cell[COMPONENTS], .fees = cell[FEES],
                              .has_limit = cell[LIMIT].n > 0, .legal_basis = cell[LEGAL_BASIS], .confidence = cell[CONFIDENCE]};
        if (!v->procedure.n || !v->code.n || !v->name.n || !v->components.n || !v->legal_basis.n || !v->confidence.n)
            return bad_variant(f, t.line, "procedure, code, name, components, legal_basis, confidence");
        if (v->has_limit && !limit_parse(cell[LIMIT], &v->limit))
            return bad_variant(f, t.line, "limit");
        if (!fees_valid(v->fees))
            return bad_variant(f, t.line, "fees");
        if (!validity_parse(cell[VALID_FROM], cell[VALID_TO], &v->valid_from, &v->valid_to))
            return bad_variant(f, t.line, "validity");
        const struct entry *e = &c->entry[entry_first(c, v->procedure)];
        if (e == c->entry + c->entries || !str_eq(e->code, v->procedure))
            return bad_variant(f, t.line, "no such procedure");
    }
    return true;
}

size_t procedure_variants(const struct catalog *c, const struct procedure *p, int64_t on_day, const struct variant **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < c->variants; i++) {
        const struct variant *v = &c->variant[i];
        if (!str_eq(v->procedure, p->code) || on_day < v->valid_from || on_day > v->valid_to)
            continue;
        if (n < max)
            out[n] = v;
        n++;
    }
    return n;
}

const struct variant *variant_find(const struct catalog *c, const struct procedure *p, struct str code, int64_t on_day)
{
    const struct variant *v[VARIANTS_MAX];
    size_t n = procedure_variants(c, p, on_day, v, VARIANTS_MAX);
    for (size_t i = 0; i < n && i < VARIANTS_MAX; i++)
        if (str_eq(v[i]->code, code))
            return v[i];
    return NULL;
}

static bool names(const struct variant *v, const struct component *k, size_t place)
{
    struct str rest = v->components, piece;
    int64_t at;
    while (rest.n && str_next(&rest, '|', &piece))
        if (piece.n && piece.p[0] == '#' ? str_to_i64(str_sub(piece, 1, piece.n), &at) && at == (int64_t)place : str_has_prefix(k->variant, piece))
            return true;
    return false;
}

bool variant_needs(const struct catalog *c, const struct procedure *p, const struct variant *v, int64_t on_day, const struct component *k, size_t place)
{
    const struct variant *all[VARIANTS_MAX];
    size_t n = procedure_variants(c, p, on_day, all, VARIANTS_MAX);
    bool named = false;
    for (size_t i = 0; i < n && i < VARIANTS_MAX; i++)
        named |= names(all[i], k, place);
    return !named || names(v, k, place);
}

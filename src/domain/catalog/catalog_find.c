/* Finding a procedure by code, agency and day, and whether a desk may receive it. */
#include "catalog_private.h"
#include "base/vn.h"

/* --- Finding by code ---------------------------------------------------------------------------------------------------------- */

const struct procedure *entry_on(const struct catalog *c, const struct entry *e, int64_t day, bool *in_force_r)
{
    const struct procedure *v = &c->version[e->version];
    *in_force_r = true;
    for (uint32_t i = 0; i < e->versions; i++)
        if (v[i].valid_from <= day && day <= v[i].valid_to)
            return &v[i];
    *in_force_r = false;
    return &v[e->versions - 1];
}

const struct procedure *catalog_nth(const struct catalog *c, size_t i, int64_t on_day)
{
    bool in_force;
    return i < c->entries ? entry_on(c, &c->entry[i], on_day, &in_force) : NULL;
}

size_t entry_first(const struct catalog *c, struct str code)
{
    size_t lo = 0, hi = c->entries;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (str_cmp(c->entry[mid].code, code) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool agency_is(const struct catalog *c, const struct entry *e, struct str agency)
{
    if (str_eq(e->agency, agency) || (agency.n && str_eq(c->version[e->version].own_province, agency)))
        return true;
    struct arena *a _arena_ = arena_new();
    struct str folded = vn_fold(a, agency);
    return folded.n && str_eq(vn_fold(a, e->agency), folded);
}

const struct procedure *procedure_find(const struct catalog *c, struct str code, struct str agency, int64_t on_day, size_t *candidates_r)
{
    size_t first = entry_first(c, code), n = 0;
    const struct procedure *hit = NULL;
    bool in_force;
    for (size_t i = first; i < c->entries && str_eq(c->entry[i].code, code); i++)
        if (!agency.n || agency_is(c, &c->entry[i], agency)) {
            const struct procedure *p = entry_on(c, &c->entry[i], on_day, &in_force);
            if (in_force) {
                hit = p;
                n++;
            }
        }
    if (candidates_r)
        *candidates_r = n;
    return n == 1 ? hit : NULL;
}

size_t procedure_agencies(const struct catalog *c, struct str code, struct str *out, size_t max)
{
    size_t n = 0;
    for (size_t i = entry_first(c, code); i < c->entries && str_eq(c->entry[i].code, code); i++, n++)
        if (n < max)
            out[n] = c->entry[i].agency;
    return n;
}

/* --- Receivable --------------------------------------------------------------------------------------------------------------- */

enum receivable procedure_receivable(const struct catalog *c, const struct procedure *p, struct str receiving_province, int64_t day)
{
    (void)c;
    if (day < p->valid_from || day > p->valid_to)
        return NOT_IN_FORCE;
    if (p->internal)
        return INTERNAL;
    if (!p->listed)
        return NOT_LISTED;
    if (p->own_province.n && receiving_province.n && !str_eq(p->own_province, receiving_province))
        return OTHER_PROVINCE;
    return RECEIVABLE;
}

enum receivable procedure_in_reach(const struct procedure *p, struct str receiving_province, struct str receiving_commune,
                                   struct str deciding_province, struct str deciding_commune)
{
    bool same_province = str_eq(receiving_province, deciding_province);
    bool same_commune = same_province && str_eq(receiving_commune, deciding_commune);
    bool reached = p->reach == REACH_NATIONWIDE || (p->reach == REACH_PROVINCE && same_province) || same_commune
                || (same_province && !deciding_commune.n);
    return reached ? RECEIVABLE : OUT_OF_REACH;
}

const char *receivable_name(enum receivable r)
{
    static const char *const names[] = {"receivable", "not_in_force", "not_listed", "internal", "other_province", "out_of_reach"};
    return names[r];
}

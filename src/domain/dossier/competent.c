/* Which procedure, and which unit decides: the parts of the state that a correction or a clerk's choice may replace. */
#include "domain/dossier/dossier_private.h"

const struct procedure *procedure_of(const struct decision *d, const struct dossier *s)
{
    return procedure_find(d->rules->catalog, s->procedure, s->agency, time_local_day(s->submitted_at), NULL);
}

void procedure_set(struct dossier *s, const struct procedure *p)
{
    bool usable = !p->limit_doubtful && !p->limit_missing; /* a doubtful value is never used silently */
    s->procedure = p->code;
    s->agency = p->agency;
    s->sector = p->sector_code;
    s->restricted = p->restricted;
    s->immediate = p->immediate;
    s->limit_unit = usable ? (int64_t)p->limit.unit : LIMIT_NONE;
    s->limit_milli = usable ? p->limit.milli : 0;
    s->limit_cutoff = usable ? p->limit.cutoff_ms_of_day : -1;
    s->variant = STR("");
}

enum err variant_set(struct decision *d, struct dossier *s, const struct procedure *p, struct str code, const char *pointer)
{
    if (!code.n || !p)
        return ERR_OK;
    int64_t day = time_local_day(s->submitted_at ? s->submitted_at : d->command->now);
    const struct variant *v = variant_find(d->rules->catalog, p, code, day);
    if (!v)
        return fail_add(&d->fail, ERR_INVALID, "R-036", pointer, "variant.unknown", NULL);
    s->variant = v->code;
    if (v->has_limit) {
        s->limit_unit = v->limit.unit;
        s->limit_milli = v->limit.milli;
        s->limit_cutoff = v->limit.cutoff_ms_of_day;
    }
    return ERR_OK;
}

void put_procedure(json_t *o, const struct dossier *s)
{
    put_s(o, "procedure", s->procedure);
    put_s(o, "variant", s->variant);
    put_s(o, "agency", s->agency);
    put_s(o, "sector", s->sector);
    put_i(o, "restricted", s->restricted);
    put_i(o, "immediate", s->immediate);
    put_i(o, "limit_unit", s->limit_unit);
    put_i(o, "limit_milli", s->limit_milli);
    put_i(o, "limit_cutoff", s->limit_cutoff);
}

static struct str commune_of(const struct org *o, struct str territory, int64_t day)
{
    const struct territory *t = territory_on(o, territory, day);
    return t && t->level == LEVEL_COMMUNE ? t->code : STR("");
}

enum err competent_set(struct decision *d, struct dossier *s, const struct procedure *p, struct str unit, const char *pointer)
{
    const struct org *o = d->rules->org;
    int64_t day = time_local_day(d->command->now);
    const struct unit *u = unit_find(o, unit), *here = unit_find(o, s->receiving_unit);
    if (!u || !here || !unit_valid_on(u, day))
        return fail_add(&d->fail, ERR_INVALID, NULL, pointer, "unit.unknown", NULL);
    s->competent_unit = unit;
    s->competent_desk = unit_desk(o, unit);
    s->competent_province = unit_province(o, unit);
    s->authority = u->authority;
    /* beyond the receiving territory, or in the hands of an outside authority, the clock waits for acceptance. */
    s->needs_acceptance = u->authority || !str_eq(u->territory, here->territory);
    if (p && procedure_in_reach(p, s->receiving_province, commune_of(o, here->territory, day), s->competent_province,
                                commune_of(o, u->territory, day)) != RECEIVABLE)
        return fail_add(&d->fail, ERR_CONFLICT, "R-012", pointer, "procedure.out-of-reach", NULL);
    return ERR_OK;
}

void put_competent(json_t *o, const struct dossier *s)
{
    put_s(o, "competent_unit", s->competent_unit);
    put_s(o, "competent_desk", s->competent_desk);
    put_s(o, "competent_province", s->competent_province);
    put_s(o, "competence", s->competence);
    put_i(o, "authority", s->authority);
    put_i(o, "needs_acceptance", s->needs_acceptance);
}

/* See rules.h: a generation is built from the texts of datasets, wherever the bytes come from (a store's adopted ones, or this release's). */
#include "domain/command/rules.h"
#include "base/dataset.h"

struct reading {
    struct arena *a;
    const struct dataset_source *from;
    struct fail *f;
};

static struct str text(struct reading *r, const char *name)
{
    struct str packed = STR_NONE, out = STR_NONE;
    if (r->f->err)
        return out;
    enum err e = r->from->get(r->from->arg, name, r->a, &packed);
    if (!e)
        e = dataset_unpack(r->a, packed, &out);
    if (e)
        fail_add(r->f, e == ERR_NOT_FOUND ? ERR_CORRUPT : e, NULL, "", "rules.dataset", "%s", name);
    return out;
}

enum err rules_load(struct arena *a, const struct dataset_source *from, struct str province, bool rehearsal, struct rules *out, struct fail *f)
{
    struct reading r = {a, from, f};
    struct org_input org = {text(&r, "units-2024.tsv"), text(&r, "units-2025.tsv"), text(&r, "merge-2025.tsv"),
                            text(&r, "merge-2025-provinces.tsv"), text(&r, "agencies.tsv"), text(&r, "organs.tsv")};
    struct catalog_input catalog = {text(&r, "procedures.tsv"), text(&r, "procedures.jsonl"), text(&r, "sectors.tsv"),
                                    text(&r, "curated.tsv"), text(&r, "competence.tsv"), text(&r, "synonyms.tsv")};
    struct str parameters = text(&r, "parameters.tsv"), holidays = text(&r, "holidays.tsv"), rights = text(&r, "rights.tsv");
    *out = (struct rules){.province = str_dup(a, province), .rehearsal = rehearsal};
    if (f->err)
        return f->err;
    struct calendar *c = NULL;
    if (!(out->org = org_load(a, &org, f)) || !(out->catalog = catalog_load(a, &catalog, f))
        || !(out->parameters = parameters_load(a, parameters, f)) || !(c = calendar_load(a, holidays, f))
        || calendar_use_parameters(c, out->parameters, f) || !(out->rights = rights_load(a, rights, f)))
        return f->err ? f->err : ERR_CORRUPT;
    out->calendar = c;
    return ERR_OK;
}

static enum err built_in(void *arg, const char *name, struct arena *a, struct str *packed_r)
{
    (void)arg;
    (void)a;
    const struct dataset *d = dataset_find(str_of(name));
    if (!d)
        return ERR_NOT_FOUND;
    *packed_r = d->packed;
    return ERR_OK;
}

const struct dataset_source dataset_source_built_in = {built_in, NULL};

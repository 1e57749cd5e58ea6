/* See rules.h: a generation is built from the texts of datasets, wherever the bytes come from (a store's adopted ones, or this release's). */
#include "domain/command/rules.h"
#include "base/dataset.h"
#include "base/log.h"

struct reading {
    struct arena *a, *scratch; /* scratch: for as long as the generation is being built */
    const struct dataset_source *from;
    struct fail *f;
};

static struct str bytes(struct reading *r, struct arena *a, const char *name)
{
    struct str packed = STR_NONE;
    enum err e = r->f->err ? r->f->err : r->from->get(r->from->arg, name, a, &packed);
    if (e && !r->f->err)
        fail_add(r->f, e == ERR_NOT_FOUND ? ERR_CORRUPT : e, NULL, "", "rules.dataset", "%s", name);
    return packed;
}

/* Unpacked into the arena. */
static struct str text_in(struct reading *r, struct arena *a, const char *name)
{
    struct str packed = bytes(r, r->scratch, name), out = STR_NONE;
    enum err e = r->f->err ? r->f->err : dataset_unpack(a, packed, &out);
    if (e && !r->f->err)
        fail_add(r->f, e, NULL, "", "rules.dataset", "%s", name);
    return out;
}

static struct str text(struct reading *r, const char *name) { return text_in(r, r->a, name); }
static struct str passing(struct reading *r, const char *name) { return text_in(r, r->scratch, name); }

static void complain(const struct amendment *m, const struct fail *f, struct fail *to)
{
    if (to) {
        *to = *f;
        return;
    }
    log_line(LOG_ERROR, "rules.amendment-unfit", "seq=%lld code=%s param=\"%s\"", (long long)m->seq, f->n ? f->item[0].code : "",
             f->n ? f->item[0].param : "");
}

/* Parameters first, then the calendar that takes some of them, then days and hours: within each in the order of the decisions. The last
 * one's refusal is *last_r; others' are logged. */
static enum err build_calendar(struct reading *r, const struct amendment *amend, size_t n, struct parameters **p_r, struct calendar **c_r, struct fail *last_r)
{
    struct str parameters = text(r, "parameters.tsv"), holidays = text(r, "holidays.tsv");
    struct fail *f = r->f;
    if (f->err)
        return f->err;
    struct parameters *p = *p_r = parameters_load(r->a, parameters, f);
    struct calendar *c = *c_r = p ? calendar_load(r->a, holidays, f) : NULL;
    for (size_t i = 0; c && i < n; i++) {
        struct fail own = {0};
        if (amend[i].kind == AMEND_PARAMETER && parameters_overlay(p, amend[i].parameter, &own))
            complain(&amend[i], &own, i + 1 == n ? last_r : NULL);
    }
    if (!c || calendar_use_parameters(c, p, f))
        return f->err ? f->err : ERR_CORRUPT;
    for (size_t i = 0; i < n; i++) {
        struct fail own = {0};
        const struct amendment *m = &amend[i];
        enum err e = m->kind == AMEND_DAY ? calendar_add_day(c, m->day, m->what, &own) : m->kind == AMEND_YEAR ? calendar_confirm_year(c, m->year, &own)
                   : m->kind == AMEND_HOURS ? calendar_set_hours(c, &m->hours, &own) : ERR_OK;
        if (e)
            complain(m, &own, i + 1 == n ? last_r : NULL);
    }
    return ERR_OK;
}

enum err rules_try(struct arena *a, const struct dataset_source *from, const struct amendment *amend, size_t n, struct fail *f)
{
    struct arena *scratch _arena_ = arena_new();
    struct reading r = {a, scratch, from, f};
    struct parameters *p;
    struct calendar *c;
    struct fail last = {0};
    enum err e = build_calendar(&r, amend, n, &p, &c, &last);
    if (!e && last.err)
        *f = last;
    return f->err ? f->err : e;
}

enum err rules_build(struct arena *a, const struct dataset_source *from, const struct amendment *amend, size_t n, struct str province, bool rehearsal,
                     struct rules *out, struct fail *f)
{
    struct arena *scratch _arena_ = arena_new();
    struct reading r = {a, scratch, from, f};
    struct org_input org = {passing(&r, "units-2024.tsv"), passing(&r, "units-2025.tsv"), passing(&r, "merge-2025.tsv"),
                            passing(&r, "merge-2025-provinces.tsv"), passing(&r, "agencies.tsv"), passing(&r, "organs.tsv")};
    struct catalog_input catalog = {text(&r, "procedures.tsv"), bytes(&r, a, "procedures.jsonl"), text(&r, "sectors.tsv"),
                                    text(&r, "curated.tsv"), text(&r, "competence.tsv"), text(&r, "synonyms.tsv")};
    struct str rights = text(&r, "rights.tsv");
    struct catalog_amendment *procedures = ARENA_ARRAY(a, struct catalog_amendment, n);
    for (size_t i = 0; i < n; i++)
        if (amend[i].kind == AMEND_PROCEDURE)
            procedures[catalog.amendments++] = amend[i].procedure;
    catalog.amendment = procedures;
    struct generation *generation = out->generation;
    *out = (struct rules){.province = str_dup(a, province), .rehearsal = rehearsal, .generation = generation};
    struct parameters *p = NULL;
    struct calendar *c = NULL;
    if (f->err || build_calendar(&r, amend, n, &p, &c, NULL))
        return f->err ? f->err : ERR_CORRUPT;
    if (!(out->org = org_load(a, &org, f)) || !(out->catalog = catalog_load(a, &catalog, f)) || !(out->rights = rights_load(a, rights, f)))
        return f->err ? f->err : ERR_CORRUPT;
    for (size_t i = 0; i < catalog.amendments; i++) /* the load has said which found their procedure */
        if (!procedures[i].used)
            log_line(LOG_ERROR, "rules.amendment-unfit", "seq=%lld code=procedure.unknown", (long long)procedures[i].seq);
    out->parameters = p;
    out->calendar = c;
    return ERR_OK;
}

enum err rules_load(struct arena *a, const struct dataset_source *from, struct str province, bool rehearsal, struct rules *out, struct fail *f)
{
    out->generation = NULL;
    return rules_build(a, from, NULL, 0, province, rehearsal, out, f);
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

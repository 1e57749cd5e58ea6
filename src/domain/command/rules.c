/* See rules.h: a generation is built from the texts of datasets, wherever the bytes come from (a store's adopted ones, or this release's). */
#include "domain/command/rules.h"
#include "base/dataset.h"
#include "base/log.h"
#include <pthread.h>

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

static struct str text(struct reading *r, const char *name)
{
    struct str packed = bytes(r, r->scratch, name), out = STR_NONE;
    enum err e = r->f->err ? r->f->err : dataset_unpack(r->a, packed, &out);
    if (e && !r->f->err)
        fail_add(r->f, e, NULL, "", "rules.dataset", "%s", name);
    return out;
}

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

/* Places and agencies are half of what a build takes, and need nothing of the rest: a thread of their own makes them. */
static const char *const org_texts[] = {"units-2024.tsv", "units-2025.tsv", "merge-2025.tsv", "merge-2025-provinces.tsv", "agencies.tsv", "organs.tsv"};
struct org_making {
    struct arena *a; /* its own: an arena serves one thread */
    struct str packed[ARRAY_LEN(org_texts)];
    struct org *org;
    struct fail fail;
    pthread_t thread;
    bool beside;
};

static void *org_make(void *arg)
{
    struct org_making *m = arg;
    struct arena *scratch _arena_ = arena_new();
    struct str text[ARRAY_LEN(org_texts)];
    for (size_t i = 0; i < ARRAY_LEN(org_texts); i++)
        if (dataset_unpack(scratch, m->packed[i], &text[i]))
            return fail_add(&m->fail, ERR_CORRUPT, NULL, "", "rules.dataset", "%s", org_texts[i]), NULL;
    m->org = org_load(m->a, &(struct org_input){text[0], text[1], text[2], text[3], text[4], text[5]}, &m->fail);
    return NULL;
}

static void org_begin(struct org_making *m)
{
    m->beside = pthread_create(&m->thread, NULL, org_make, m) == 0;
    if (!m->beside)
        org_make(m);
}

static enum err org_end(struct org_making *m, const struct org **org_r, struct fail *f)
{
    if (m->beside)
        pthread_join(m->thread, NULL);
    if (m->fail.err && !f->err)
        *f = m->fail;
    *org_r = m->org;
    return f->err;
}

static void arena_drop(void *a)
{
    struct arena *own = a;
    arena_free(&own);
}

/* A table that came with a later release: a store that adopted its datasets before has none. */
static struct str later_text(struct reading *r, const char *name)
{
    struct str packed;
    return r->from->get(r->from->arg, name, r->a, &packed) == ERR_NOT_FOUND ? STR("") : text(r, name);
}

static bool build_catalog(struct reading *r, const struct amendment *amend, size_t n, struct rules *out)
{
    struct catalog_input in = {text(r, "procedures.tsv"), bytes(r, r->a, "procedures.jsonl"), text(r, "sectors.tsv"), text(r, "curated.tsv"),
                               text(r, "competence.tsv"), text(r, "synonyms.tsv"), later_text(r, "variants.tsv")};
    in.amendment = ARENA_ARRAY(r->a, struct catalog_amendment, n);
    for (size_t i = 0; i < n; i++)
        if (amend[i].kind == AMEND_PROCEDURE)
            in.amendment[in.amendments++] = amend[i].procedure;
    if (r->f->err || !(out->catalog = catalog_load(r->a, &in, r->f)))
        return false;
    for (size_t i = 0; i < in.amendments; i++) /* the load has said which found their procedure */
        if (!in.amendment[i].used)
            log_line(LOG_ERROR, "rules.amendment-unfit", "seq=%lld code=procedure.unknown", (long long)in.amendment[i].seq);
    return true;
}

enum err rules_build(struct arena *a, const struct dataset_source *from, const struct amendment *amend, size_t n, struct str province, bool rehearsal,
                     struct rules *out, struct fail *f)
{
    struct arena *scratch _arena_ = arena_new();
    struct reading r = {a, scratch, from, f};
    struct org_making org = {.a = arena_new()};
    arena_on_reset(a, arena_drop, org.a);
    for (size_t i = 0; i < ARRAY_LEN(org_texts); i++)
        org.packed[i] = bytes(&r, scratch, org_texts[i]);
    if (f->err)
        return f->err;
    *out = (struct rules){.province = str_dup(a, province), .rehearsal = rehearsal, .generation = out->generation};
    struct parameters *p = NULL;
    struct calendar *c = NULL;
    org_begin(&org);
    if (!build_calendar(&r, amend, n, &p, &c, NULL) && build_catalog(&r, amend, n, out)) {
        struct str rights = text(&r, "rights.tsv");
        out->rights = f->err ? NULL : rights_load(a, rights, f);
    }
    out->parameters = p;
    out->calendar = c;
    enum err e = org_end(&org, &out->org, f);
    return e || (out->org && out->catalog && out->rights) ? e : ERR_CORRUPT;
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

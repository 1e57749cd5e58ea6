/* See replay.h. */
#include "domain/command/compare.h"
#include "domain/command/rebuild.h"
#include "store/shadow.h"
#include <stdlib.h>

/* Events between two commits of the shadow: on PostgreSQL a row that is changed again and again in one transaction gets slower and slower. */
enum { BATCH = 500 };

struct replay {
    struct replay_report *report;
    struct rebuild *rebuild;
    struct db *shadow;
    int in_batch;
};

static enum err each(void *arg, struct event *e)
{
    struct replay *r = arg;
    enum err err = rebuild_event(r->rebuild, e);
    if (err)
        return err;
    r->report->events++;
    if (++r->in_batch < BATCH)
        return ERR_OK;
    r->in_batch = 0;
    err = db_commit(r->shadow);
    return err ? err : db_begin(r->shadow);
}

static enum err walk(struct replay *r, struct db *live)
{
    struct unit_head *heads = NULL;
    size_t n = 0;
    enum err e = ledger_heads(live, &heads, &n);
    for (size_t i = 0; i < n && !e; i++) {
        struct gap gap;
        e = ledger_each_event(live, str_of(heads[i].unit), heads[i].pos, each, r, &gap);
        if (gap.what)
            snprintf(r->report->problem, sizeof r->report->problem, "unit %s, position %lld: %s; run verify", heads[i].unit, (long long)gap.pos, gap.what);
        r->report->units++;
    }
    free(heads);
    return e ? e : rebuild_flush(r->rebuild);
}

static enum err rebuild_all(struct replay *r, struct db *live)
{
    enum err e = db_begin(r->shadow);
    if (!e)
        e = walk(r, live);
    if (!e)
        e = db_commit(r->shadow);
    r->report->streams = rebuild_streams(r->rebuild);
    struct replay_report *report = r->report;
    if (e && rebuild_problem(r->rebuild)[0])
        snprintf(report->problem, sizeof report->problem, "%s", rebuild_problem(r->rebuild));
    else if (e && !report->problem[0])
        snprintf(report->problem, sizeof report->problem, "%s: %.180s", err_info(e)->name,
                 db_error(r->shadow)[0] ? db_error(r->shadow) : db_error(live));
    if (e)
        db_rollback(r->shadow);
    return e;
}

static enum err with_shadow(struct shadow *shadow, struct db *live, const struct keyring *k, const struct aggregate *const *aggregates, size_t n,
                            struct replay_report *report, FILE *out)
{
    struct db *db = shadow_db(shadow);
    struct replay r = {.report = report, .shadow = db, .rebuild = rebuild_new(k, aggregates, n, live, db)};
    enum err e = db_begin_snapshot(live);
    if (!e)
        e = rebuild_all(&r, live);
    rebuild_free(&r.rebuild);
    if (!e)
        e = db_begin(db);
    if (!e)
        e = projections_compare(live, db, report, out);
    db_rollback(db);
    db_rollback(live);
    return e;
}

enum err replay_run(struct store *store, const struct keyring *k, const struct aggregate *const *aggregates, size_t n,
                    struct replay_report *report, FILE *out)
{
    struct fail f = {0};
    struct shadow *shadow = NULL;
    struct db *live _db_ = NULL;
    memset(report, 0, sizeof *report);
    enum err e = store_schema_current(store, &f);
    if (!e)
        e = shadow_open(store, &f, &shadow);
    if (!e)
        e = db_open(store, DB_READ, &live);
    if (!e)
        e = with_shadow(shadow, live, k, aggregates, n, report, out);
    else if (f.n)
        snprintf(report->problem, sizeof report->problem, "%s %s", f.item[0].code, f.item[0].param);
    shadow_close(&shadow);
    return e;
}

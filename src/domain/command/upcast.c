/* See upcast.h. */
#include "domain/command/upcast.h"
#include "base/log.h"
#include <stdio.h>

enum { UNITS_LOOKED_AT = 20000, EVENTS_LOOKED_AT = 8 };

static const struct event_type *type_of(const struct aggregate *g, struct str type)
{
    for (size_t i = 0; i < g->type_count; i++)
        if (str_is(type, g->types[i].type))
            return &g->types[i];
    return NULL;
}

enum err event_known(const struct aggregate *g, struct str type, int64_t version)
{
    const struct event_type *t = type_of(g, type);
    return t && version >= 1 && version <= t->version ? ERR_OK : ERR_CORRUPT;
}

enum err applied_upcast(const struct aggregate *g, struct arena *a, struct applied *e)
{
    enum err err = event_known(g, e->head.type, e->head.version);
    if (err)
        return err;
    const struct event_type *t = type_of(g, e->head.type);
    for (; e->head.version < t->version; e->head.version++) {
        upcast_step *step = t->step[e->head.version - 1];
        if (!(e->payload = arena_json(a, step(e->payload, false))))
            return ERR_CORRUPT;
        if (e->personal && !(e->personal = arena_json(a, step(e->personal, true))))
            return ERR_CORRUPT;
    }
    return ERR_OK;
}

enum err store_events_known(struct store *s, const struct aggregate *const *aggregates, size_t n, char unknown_r[EVENT_UNKNOWN_MAX])
{
    unknown_r[0] = '\0';
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    enum err e = db_open(s, DB_READ, &db), known = ERR_OK;
    if (!e)
        e = db_query(db, &r, STMT_LEDGER_NEWEST_TYPES, p_int(UNITS_LOOKED_AT), p_int(EVENTS_LOOKED_AT));
    while (!e && !known && rows_next(&r)) {
        struct str type = row_str(&r, 0);
        known = ERR_CORRUPT;
        for (size_t i = 0; i < n && known; i++)
            known = event_known(aggregates[i], type, row_i64(&r, 1));
        if (known) {
            snprintf(unknown_r, EVENT_UNKNOWN_MAX, "%.*s %lld", PRS(type), (long long)row_i64(&r, 1));
            log_line(LOG_ERROR, "event.unknown-version", "type=%.*s version=%lld", PRS(type), (long long)row_i64(&r, 1));
        }
    }
    if (!e)
        e = rows_end(&r);
    return e ? e : known;
}

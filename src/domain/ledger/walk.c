/* Reading heads and events in order: the one walk of verify, replay and export. See ledger.h. */
#include "domain/ledger/ledger.h"
#include <stdio.h>
#include <stdlib.h>

/* Heads come in pages: a country has fourteen thousand units. */
enum { HEADS_PAGE = 1000 };

enum err ledger_heads(struct db *db, struct unit_head **heads_r, size_t *n_r)
{
    struct unit_head *heads = NULL;
    size_t n = 0, cap = 0;
    enum err e = ERR_OK;
    for (int got = HEADS_PAGE; got == HEADS_PAGE && !e;) {
        struct rows r _rows_ = {0};
        got = 0;
        e = db_query(db, &r, STMT_LEDGER_HEADS, p_c(n ? heads[n - 1].unit : ""), p_int(HEADS_PAGE));
        while (!e && rows_next(&r)) {
            struct str unit = row_str(&r, 0), hash = row_str(&r, 2);
            if (n == cap) {
                cap = cap ? cap * 2 : 64;
                heads = realloc(heads, cap * sizeof *heads);
                if (!heads)
                    abort();
            }
            heads[n] = (struct unit_head){.pos = row_i64(&r, 1)};
            snprintf(heads[n].unit, sizeof heads[n].unit, "%.*s", PRS(unit));
            memcpy(heads[n].hash.b, hash.p ? hash.p : "", hash.n < HASH_BYTES ? hash.n : HASH_BYTES);
            n++;
            got++;
        }
        if (!e)
            e = rows_end(&r);
    }
    *heads_r = heads;
    *n_r = n;
    return e;
}

struct gap event_gap(const struct event *e, int64_t expect, bool sound)
{
    if (e->pos != expect)
        return (struct gap){expect, "an event is missing at this position"};
    if (!sound || !event_fits(e))
        return (struct gap){expect, "one of its fields is longer or shorter than may be"};
    return (struct gap){0, NULL};
}

/* PostgreSQL hands over a page as a whole, so the page is sized by the bytes that the last one had: few enough to stay in the processor's
 * cache, and for libpq to use the same memory again. Sixteen times as many cost a fifth more CPU. */
enum { PAGE_FIRST = 64, PAGE_MAX = 2000, PAGE_BYTES = 256 * 1024 };

struct walk {
    struct str unit;
    int64_t last, pos, page;
    enum err (*each)(void *arg, struct event *e);
    void *arg;
    struct gap gap;
};

static enum err row(struct walk *w, const struct rows *r, int64_t *bytes)
{
    struct event e;
    bool sound = event_from_row(r, &e);
    w->gap = event_gap(&e, w->pos + 1, sound);
    if (!w->gap.what && e.pos > w->last)
        w->gap = (struct gap){e.pos, "there are events beyond the unit's head"};
    if (w->gap.what)
        return ERR_CORRUPT;
    w->pos = e.pos;
    *bytes += (int64_t)e.payload.n + 200;
    return w->each(w->arg, &e);
}

static enum err page(struct walk *w, struct db *db, bool *more_r)
{
    int64_t before = w->pos, bytes = 0;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_UNIT_EVENTS, p_text(w->unit), p_int(w->pos), p_int(w->page));
    while (!e && rows_next(&r))
        e = row(w, &r, &bytes);
    if (!e)
        e = rows_end(&r);
    int64_t rows = w->pos - before;
    *more_r = rows == w->page;
    if (rows) {
        int64_t fits = PAGE_BYTES / (bytes / rows);
        w->page = fits < 1 ? 1 : fits > w->page * 4 ? w->page * 4 : fits;
        w->page = w->page > PAGE_MAX ? PAGE_MAX : w->page;
    }
    return e;
}

enum err ledger_each_event(struct db *db, struct str unit, int64_t last, enum err (*each)(void *arg, struct event *e), void *arg, struct gap *gap_r)
{
    struct walk w = {.unit = unit, .last = last, .page = PAGE_FIRST, .each = each, .arg = arg};
    enum err e = ERR_OK;
    for (bool more = true; more && !e;)
        e = page(&w, db, &more);
    if (!e && (w.pos < last || w.pos == 0)) {
        w.gap = (struct gap){w.pos + 1, w.pos ? "events are missing at the end of the unit's chain" : "the unit has a head but no events"};
        e = ERR_CORRUPT;
    }
    *gap_r = w.gap;
    return e;
}

/* Reading heads and events in order, for replay and export. See ledger.h. */
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

/* PostgreSQL hands over a page as a whole, so the page is sized by the bytes that the last one had. */
enum { PAGE_FIRST = 64, PAGE_MAX = 2000, PAGE_BYTES = 4 << 20 };

enum err ledger_each_event(struct db *db, struct str unit, int64_t last, enum err (*each)(void *arg, struct event *e), void *arg)
{
    int64_t pos = 0, page = PAGE_FIRST;
    enum err e = ERR_OK;
    while (pos < last && !e) {
        int64_t bytes = 0, rows = 0;
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_LEDGER_UNIT_EVENTS, p_text(unit), p_int(pos), p_int(page < last - pos ? page : last - pos));
        while (!e && rows_next(&r)) {
            struct event ev;
            event_from_row(&r, &ev);
            if (ev.pos != pos + 1)
                return ERR_CORRUPT;
            bytes += (int64_t)ev.payload.n + 200;
            rows++;
            pos = ev.pos;
            e = each(arg, &ev);
        }
        if (!e)
            e = rows_end(&r);
        if (!e && rows == 0)
            return ERR_CORRUPT;
        if (rows) {
            int64_t fits = PAGE_BYTES / (bytes / rows);
            page = fits > page * 4 ? page * 4 : fits;
            page = page < 1 ? 1 : page > PAGE_MAX ? PAGE_MAX : page;
        }
    }
    return e;
}

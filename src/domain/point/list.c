/* Looking service points and counters up. See point.h. */
#include "domain/point/point_private.h"

enum err point_find(struct db *db, struct arena *a, struct str code, struct str *home_r, struct id *id_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_POINT_FIND, p_text(code));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    *home_r = str_dup(a, row_str(&r, 0));
    memcpy(id_r->b, row_str(&r, 1).p, ID_BYTES);
    return rows_end(&r);
}

enum err point_list(struct db *db, struct arena *a, const struct point_filter *q, struct point_row *rows_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    unsigned mask = (q->unit.n ? FRAG_POINT_LIST_UNIT : 0) | (q->territory.n ? FRAG_POINT_LIST_TERRITORY : 0) | (q->open ? FRAG_POINT_LIST_OPEN : 0);
    *n_r = 0;
    enum err e = db_query_with(db, &r, STMT_POINT_LIST, mask, p_text(q->after.p ? q->after : STR("")), p_int((int64_t)most),
                               p_text(q->unit.p ? q->unit : STR("")), p_text(q->territory.p ? q->territory : STR("")));
    while (!e && *n_r < most && rows_next(&r)) {
        struct point_row *p = &rows_r[(*n_r)++];
        *p = (struct point_row){.code = str_dup(a, row_str(&r, 0)), .home_unit = str_dup(a, row_str(&r, 1)), .name = str_dup(a, row_str(&r, 3)),
                                .address = str_dup(a, row_str(&r, 4)), .territory = str_dup(a, row_str(&r, 5)), .kind = str_dup(a, row_str(&r, 6)),
                                .opened_at = row_i64(&r, 7), .closed_at = row_i64(&r, 8)};
        if (row_str(&r, 2).n == ID_BYTES)
            memcpy(p->id.b, row_str(&r, 2).p, ID_BYTES);
    }
    return e ? e : rows_end(&r);
}

enum err counter_list(struct db *db, struct arena *a, struct str home_unit, struct id id, int64_t after_no, struct counter_row *rows_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_POINT_COUNTERS, p_text(home_unit), p_bytes(id_str(&id)), p_int(after_no), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r))
        rows_r[(*n_r)++] = (struct counter_row){row_i64(&r, 0), row_i64(&r, 5), row_i64(&r, 6), str_dup(a, row_str(&r, 1)), str_dup(a, row_str(&r, 2)),
                                                str_dup(a, row_str(&r, 3)), str_dup(a, row_str(&r, 4))};
    return e ? e : rows_end(&r);
}

enum err counter_serving(struct db *db, struct arena *a, struct str home_unit, struct id id, int64_t no, int64_t now, struct serving_row *rows_r, size_t most,
                         size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query_with(db, &r, STMT_POINT_SERVING, no ? FRAG_POINT_SERVING_COUNTER : 0, p_text(home_unit), p_bytes(id_str(&id)), p_int(now),
                               p_int((int64_t)most), p_int(no));
    while (!e && *n_r < most && rows_next(&r))
        rows_r[(*n_r)++] = (struct serving_row){row_i64(&r, 0), row_i64(&r, 2), row_i64(&r, 3), str_dup(a, row_str(&r, 1)), str_dup(a, row_str(&r, 5)),
                                                row_i64(&r, 4) != 0};
    return e ? e : rows_end(&r);
}

enum err counters_unmanned(struct db *db, struct arena *a, struct str home_unit, int64_t now, struct unmanned_row *rows_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_POINT_UNMANNED, p_text(home_unit), p_int(now), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r))
        rows_r[(*n_r)++] = (struct unmanned_row){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 2)), row_i64(&r, 1)};
    return e ? e : rows_end(&r);
}

static bool in_list(struct str list, struct str one)
{
    struct str piece;
    while (list.n && str_next(&list, ',', &piece))
        if (piece.n && str_eq(piece, one))
            return true;
    return false;
}

bool counter_serves(const struct counter_row *c, struct str procedure, struct str sector, struct str purpose)
{
    if (c->closed_at || (purpose.n && !in_list(c->purposes, purpose)))
        return false;
    if (!c->procedures.n && !c->sectors.n)
        return true;
    bool asked = procedure.n || sector.n;
    return !asked || (procedure.n && in_list(c->procedures, procedure)) || (sector.n && in_list(c->sectors, sector));
}

/* See desk.h. */
#include "domain/dossier/desk.h"
#include "domain/dossier/dossier_private.h"

/* The smallest id of that moment. */
static struct id id_at(int64_t ms)
{
    struct id i = {{0}};
    for (int j = 0; j < 6; j++)
        i.b[j] = (unsigned char)((uint64_t)ms >> (8 * (5 - j)));
    return i;
}

enum err desk_since(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, struct str unit, int64_t since, struct desk_row *rows_r,
                    size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    struct id from = id_at(since);
    size_t n = 0, kept = 0;
    most = most > DESK_ROWS_MAX ? DESK_ROWS_MAX : most;
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_DOSSIER_OF_DESK, p_text(unit), p_bytes(id_str(&from)), p_int((int64_t)most));
    while (!e && n < most && rows_next(&r)) {
        struct desk_row *row = &rows_r[n++];
        *row = (struct desk_row){.owner = str_dup(a, row_str(&r, 1)), .submitter = str_dup(a, row_str(&r, 2)), .register_year = row_i64(&r, 3), .register_no = row_i64(&r, 4)};
        memcpy(row->id.b, row_str(&r, 0).p, ID_BYTES);
    }
    if (!e)
        e = rows_end(&r);
    for (size_t i = 0; i < n && !e; i++) {
        int64_t seq;
        e = stream_load(&dossier_aggregate, k, db, a, unit, rows_r[i].id, INT64_MAX, &rows_r[i].dossier, &seq);
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
        else if (!e && dossier_visible(&rows_r[i].dossier, actor))
            rows_r[kept++] = rows_r[i];
    }
    *n_r = e ? 0 : kept;
    return e;
}

enum err desk_most_used(struct db *db, struct arena *a, struct str unit, int64_t since, struct desk_use *uses_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    struct id from = id_at(since);
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_DOSSIER_MOST_USED, p_text(unit), p_bytes(id_str(&from)), p_int(DESK_LOOK_MAX), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r))
        uses_r[(*n_r)++] = (struct desk_use){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 1)), row_i64(&r, 2)};
    return e ? e : rows_end(&r);
}

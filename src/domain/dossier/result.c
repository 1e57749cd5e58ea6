/* See result.h. */
#include "domain/dossier/result.h"
#include "domain/dossier/dossier_private.h"

struct str result_code(struct arena *a, struct str dossier_code, size_t place) { return str_printf(a, "KQ.%.*s.%zu", PRS(dossier_code), place); }

/* A result counts once the dossier is decided, whether it was signed before or after; a later signature takes the place of the draft, and the
 * moment at which it was issued stays. Issued it is once it has its number and date; until then the row says that it is not. */
enum err dossier_project_results(struct db *db, struct arena *a, const struct dossier *d, const struct applied *e)
{
    struct str home = e->head.home_unit;
    enum err err = ERR_OK;
    if (str_is(e->head.type, "dossier.voided") || str_is(e->head.type, "dossier.result_revoked")) /* all of them, or that one */
        return db_exec(db, STMT_DOSSIER_RESULTS_REVOKE, p_text(home), p_bytes(id_str(&e->head.stream)), p_int(e->head.at), p_int(get_i(e->payload, "result")));
    bool decided = str_is(d->outcome, "approved") || str_is(d->outcome, "rejected");
    if (!decided || !(json_object_get(e->payload, "results") || json_object_get(e->payload, "finished_at")))
        return ERR_OK;
    for (size_t i = 0; i < d->results && !err; i++)
        err = db_exec(db, STMT_DOSSIER_RESULT_ADD, p_text(result_code(a, d->code, i + 1)), p_text(home), p_bytes(id_str(&e->head.stream)),
                      p_int((int64_t)i + 1), p_text(d->competent_unit), p_text(d->procedure), p_text(d->agency), p_int(d->restricted),
                      p_text(d->result[i].number), p_text(d->result[i].date), p_text(d->result[i].file),
                      p_int(d->result[i].number.n && d->result[i].date.n ? e->head.at : 0));
    return err;
}

enum err result_find(struct db *db, struct arena *a, struct str code, struct issued_result *out)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_RESULT_FIND, p_text(code));
    if (e)
        return e;
    bool there = rows_next(&r);
    if (there)
        *out = (struct issued_result){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 1)), str_dup(a, row_str(&r, 2)), str_dup(a, row_str(&r, 4)),
                                      str_dup(a, row_str(&r, 5)), str_dup(a, row_str(&r, 6)), row_i64(&r, 3) != 0, row_i64(&r, 7), row_i64(&r, 8)};
    e = rows_end(&r);
    return e ? e : there ? ERR_OK : ERR_NOT_FOUND;
}

enum err dossier_phone_ends(const struct keyring *k, struct db *db, struct str home_unit, struct id id, struct str digits)
{
    struct hash h = personal_hash(k, "phone-end", digits);
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_PHONE, p_text(home_unit), p_bytes(id_str(&id)), p_bytes(str_bytes(h.b, 16)));
    bool there = !e && rows_next(&r) && row_i64(&r, 0) > 0;
    if (!e)
        e = rows_end(&r);
    return e ? e : there ? ERR_OK : ERR_NOT_FOUND;
}

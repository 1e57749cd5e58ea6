/* Exact search by a person's number: the keyed hash is looked up, the number itself stands nowhere. See dossier.h. */
#include "domain/dossier/dossier_private.h"

enum { PERSON_DOSSIERS_MAX = 10000 };

enum err dossiers_of_person(const struct keyring *k, struct db *db, struct arena *a, struct str number, struct dossier_ref **refs_r, size_t *n_r)
{
    static const char *const types[] = {"personal_number", "passport", "tax_code", "other"};
    struct dossier_ref *refs = ARENA_ARRAY(a, struct dossier_ref, PERSON_DOSSIERS_MAX);
    size_t n = 0;
    enum err e = ERR_OK;
    for (size_t t = 0; t < ARRAY_LEN(types) && !e; t++) {
        struct hash h = personal_hash(k, types[t], number);
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_DOSSIER_OF_PERSON, p_bytes(str_bytes(h.b, PARTY_HASH_BYTES)), p_int((int64_t)(PERSON_DOSSIERS_MAX - n)));
        while (!e && rows_next(&r)) {
            refs[n].home_unit = str_dup(a, row_str(&r, 0));
            memcpy(refs[n].id.b, row_str(&r, 1).p, ID_BYTES);
            n++;
        }
        if (!e)
            e = rows_end(&r);
    }
    *refs_r = refs;
    *n_r = n;
    return e;
}

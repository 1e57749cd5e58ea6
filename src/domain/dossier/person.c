/* Exact search by a person's number: the keyed hash is looked up, the number itself stands nowhere. Who bears it is asked of the parties'
 * streams, so that a person is found under every number that is hers, and in every stream that was merged. See dossier.h. */
#include "domain/dossier/dossier_private.h"
#include "domain/party/party.h"

enum { PERSON_DOSSIERS_MAX = 10000 };

struct finding {
    struct db *db;
    struct arena *a;
    struct dossier_ref *refs;
    size_t n;
};

static void found(struct finding *f, struct str home, struct id id)
{
    if (f->n < PERSON_DOSSIERS_MAX)
        f->refs[f->n++] = (struct dossier_ref){home, id};
}

/* Declared under this number in a place that no stream stands in (yet): the follower may be behind. */
static enum err by_hash(struct finding *f, struct str hash)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(f->db, &r, STMT_DOSSIER_OF_PERSON, p_bytes(str_sub(hash, 0, PARTY_HASH_BYTES)), p_int((int64_t)(PERSON_DOSSIERS_MAX - f->n)));
    while (!e && rows_next(&r)) {
        struct id id;
        memcpy(id.b, row_str(&r, 1).p, ID_BYTES);
        found(f, str_dup(f->a, row_str(&r, 0)), id);
    }
    return e ? e : rows_end(&r);
}

static enum err by_stream(struct finding *f, struct party_ref party)
{
    struct party_dossier *rows = NULL;
    struct str *hashes = NULL;
    size_t n = 0;
    enum err e = party_dossiers(f->db, f->a, party, &rows, &n);
    for (size_t i = 0; i < n && !e; i++)
        found(f, rows[i].dossier_home, rows[i].dossier);
    if (!e)
        e = party_hashes(f->db, f->a, party, &hashes, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = by_hash(f, hashes[i]);
    return e;
}

static int by_place(const void *x, const void *y)
{
    const struct dossier_ref *a = x, *b = y;
    int c = str_cmp(a->home_unit, b->home_unit);
    return c ? c : memcmp(a->id.b, b->id.b, ID_BYTES);
}

enum err dossiers_of_person(const struct keyring *k, struct db *db, struct arena *a, struct str number, struct dossier_ref **refs_r, size_t *n_r)
{
    static const char *const types[] = {"personal_number", "passport", "tax_code", "other"};
    struct finding f = {db, a, ARENA_ARRAY(a, struct dossier_ref, PERSON_DOSSIERS_MAX), 0};
    struct str neat = party_number_neat(a, str_trim(number));
    struct party_ref *parties = NULL;
    size_t n = 0, once = 0;
    enum err e = ERR_OK;
    for (size_t t = 0; t < ARRAY_LEN(types) && !e; t++) {
        struct hash h = personal_hash(k, types[t], neat);
        e = by_hash(&f, hash_str(&h));
    }
    if (!e)
        e = parties_of_number(k, db, a, neat, &parties, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = by_stream(&f, parties[i]);
    qsort(f.refs, f.n, sizeof *f.refs, by_place);
    for (size_t i = 0; i < f.n; i++)
        if (!once || by_place(&f.refs[once - 1], &f.refs[i]) != 0)
            f.refs[once++] = f.refs[i];
    *refs_r = f.refs;
    *n_r = once;
    return e;
}

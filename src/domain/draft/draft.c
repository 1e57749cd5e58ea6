/* See draft.h. */
#include "domain/draft/draft.h"
#include "store/write_now.h"
#include <stdlib.h>

struct writing {
    struct draft *d;
    struct str sealed;
    int64_t now, until, version; /* version: 0 when nothing was written */
};

static struct str bound_to(struct arena *a, const struct draft *d)
{
    char id[37];
    id_format(d->id, id);
    return str_printf(a, "draft %s %.*s", id, PRS(d->owner));
}

static enum err seal_data(struct arena *a, const struct keyring *k, const struct draft *d, struct str *sealed_r, struct fail *f)
{
    unsigned char nonce[SEAL_NONCE_BYTES];
    struct entropy e = entropy_system();
    char *text = json_dumps(d->data, JSON_COMPACT);
    struct str plain = str_of(text);
    if (!text || plain.n > DRAFT_BYTES_MAX) {
        free(text);
        return fail_add(f, ERR_TOO_LARGE, NULL, "", "draft.too-large", NULL);
    }
    unsigned char *out = arena_alloc(a, plain.n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES);
    entropy_bytes(&e, nonce, sizeof nonce);
    seal(&k->wrap, nonce, plain, bound_to(a, d), out);
    *sealed_r = str_bytes(out, plain.n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES);
    free(text);
    return ERR_OK;
}

static enum err unseal_data(struct arena *a, const struct keyring *k, struct draft *d, struct str sealed)
{
    if (sealed.n < SEAL_NONCE_BYTES + SEAL_TAG_BYTES)
        return ERR_CORRUPT;
    size_t n = sealed.n - SEAL_NONCE_BYTES - SEAL_TAG_BYTES;
    unsigned char *plain = arena_alloc(a, n + 1);
    if (!unseal(&k->wrap, sealed, bound_to(a, d), plain))
        return ERR_CORRUPT;
    d->data = json_loadb((const char *)plain, n, 0, NULL);
    if (d->data)
        arena_json(a, d->data);
    return json_is_object(d->data) ? ERR_OK : ERR_CORRUPT;
}

/* The one number that a statement gave back; 0: it gave none. */
static enum err version_of(enum err e, struct rows *r, int64_t *version_r)
{
    *version_r = !e && rows_next(r) ? row_i64(r, 0) : 0;
    return e ? e : rows_end(r);
}

static enum err add(void *arg, struct db *db)
{
    struct writing *w = arg;
    struct rows r _rows_ = {0};
    int64_t n;
    enum err e = version_of(db_query(db, &r, STMT_DRAFT_COUNT, p_text(w->d->owner)), &r, &n);
    w->version = 0;
    if (e || n >= DRAFTS_OF_ONE_MAX)
        return e;
    w->version = 1;
    return db_exec(db, STMT_DRAFT_ADD, p_bytes(id_str(&w->d->id)), p_text(w->d->owner), p_bytes(w->sealed), p_int(w->now), p_int(w->until));
}

static enum err save(void *arg, struct db *db)
{
    struct writing *w = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DRAFT_SAVE, p_bytes(id_str(&w->d->id)), p_text(w->d->owner), p_int(w->d->version), p_bytes(w->sealed), p_int(w->now), p_int(w->until));
    return version_of(e, &r, &w->version);
}

static enum err write_draft(struct writer *w, const struct keyring *k, struct draft *d, int64_t now, int64_t until, enum err (*how)(void *, struct db *),
                            enum err none, const char *code, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct writing x = {.d = d, .now = now, .until = until};
    if (seal_data(a, k, d, &x.sealed, f))
        return f->err;
    enum err e = write_now(w, 0, how, &x, NULL);
    if (e)
        return fail_add(f, e, NULL, "", e == ERR_NO_SPACE ? "store.no-space" : "store.unavailable", NULL);
    if (!x.version)
        return fail_add(f, none, NULL, "", code, NULL);
    d->version = x.version;
    d->changed_at = now;
    d->until = until;
    return ERR_OK;
}

enum err draft_begin(struct writer *w, const struct keyring *k, struct draft *d, int64_t now, int64_t until, struct fail *f)
{
    struct entropy e = entropy_system();
    d->id = id_new(&e, now);
    d->begun_at = now;
    return write_draft(w, k, d, now, until, add, ERR_CONFLICT, "draft.too-many", f);
}

enum err draft_save(struct writer *w, const struct keyring *k, struct draft *d, int64_t now, int64_t until, struct fail *f)
{
    return write_draft(w, k, d, now, until, save, ERR_VERSION, "draft.changed", f);
}

enum err draft_load(const struct keyring *k, struct db *db, struct arena *a, struct str owner, struct id id, int64_t now, struct draft *d, struct fail *f)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DRAFT_FIND, p_bytes(id_str(&id)), p_text(owner), p_int(now));
    bool there = !e && rows_next(&r);
    *d = (struct draft){.id = id, .owner = owner};
    if (there) {
        d->version = row_i64(&r, 0);
        d->begun_at = row_i64(&r, 2);
        d->changed_at = row_i64(&r, 3);
        d->until = row_i64(&r, 4);
        enum err opened = unseal_data(a, k, d, row_str(&r, 1));
        e = rows_end(&r);
        e = e ? e : opened;
    } else if (!e)
        e = rows_end(&r);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    return there ? ERR_OK : fail_add(f, ERR_NOT_FOUND, NULL, "", "draft.absent", NULL);
}

enum err draft_list(const struct keyring *k, struct db *db, struct arena *a, struct str owner, int64_t now, struct draft *out, size_t max, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_DRAFT_LIST, p_text(owner), p_int(now), p_int((int64_t)max));
    while (!e && *n_r < max && rows_next(&r)) {
        struct draft *d = &out[*n_r];
        *d = (struct draft){.owner = owner, .version = row_i64(&r, 1), .begun_at = row_i64(&r, 3), .changed_at = row_i64(&r, 4), .until = row_i64(&r, 5)};
        struct str id = row_str(&r, 0);
        if (id.n != ID_BYTES)
            return ERR_CORRUPT;
        memcpy(d->id.b, id.p, ID_BYTES);
        if (unseal_data(a, k, d, row_str(&r, 2)) == ERR_OK) /* one that cannot be opened must not hide the others */
            ++*n_r;
    }
    return e ? e : rows_end(&r);
}

static enum err drop(void *arg, struct db *db)
{
    const struct draft *d = arg;
    return db_exec(db, STMT_DRAFT_DROP, p_bytes(id_str(&d->id)), p_text(d->owner));
}

enum err draft_drop(struct writer *w, struct str owner, struct id id)
{
    struct draft d = {.id = id, .owner = owner};
    return write_now(w, 0, drop, &d, NULL);
}

struct forgetting {
    int64_t now, gone;
    int most;
};

static enum err forget(void *arg, struct db *db)
{
    struct forgetting *g = arg;
    struct rows r _rows_ = {0};
    g->gone = 0;
    enum err e = db_query(db, &r, STMT_DRAFT_FORGET, p_int(g->now), p_int(g->most));
    while (!e && rows_next(&r))
        g->gone++;
    return e ? e : rows_end(&r);
}

enum err draft_forget(struct writer *w, int64_t now, int most, int64_t *gone_r)
{
    struct forgetting g = {.now = now, .most = most};
    enum err e = write_now(w, 0, forget, &g, NULL);
    *gone_r = e ? 0 : g.gone;
    return e;
}

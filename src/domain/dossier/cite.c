/* See cite.h. A citation is, anywhere in a payload, "file": SHA-256 or "files": [SHA-256 …]. */
#include "domain/dossier/cite.h"
#include "domain/dossier/dossier_private.h"
#include "store/files.h"
#include <stdio.h>

enum { DEPTH_MAX = 16, POINTER_MAX = 96 };

typedef enum err each_citation(void *arg, const struct hash *sha, const char *pointer);

static enum err one(const json_t *v, const char *pointer, each_citation *each, void *arg)
{
    struct hash h;
    struct str s = json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
    return hex_parse(s, h.b, HASH_BYTES) ? each(arg, &h, pointer) : ERR_OK; /* its form is the field's own business */
}

static enum err walk(const json_t *v, const char *pointer, int depth, each_citation *each, void *arg)
{
    char below[POINTER_MAX];
    enum err e = ERR_OK;
    const char *key;
    json_t *child;
    size_t i;
    if (depth > DEPTH_MAX)
        return ERR_OK;
    json_object_foreach((json_t *)(uintptr_t)v, key, child) {
        snprintf(below, sizeof below, "%s/%s", pointer, key);
        bool list = strcmp(key, "files") == 0 && json_is_array(child);
        for (i = 0; list && !e && i < json_array_size(child); i++) {
            char place[POINTER_MAX + 24];
            snprintf(place, sizeof place, "%s/%zu", below, i);
            e = one(json_array_get(child, i), place, each, arg);
        }
        if (!e && strcmp(key, "file") == 0)
            e = one(child, below, each, arg);
        if (!e && !list)
            e = walk(child, below, depth + 1, each, arg);
        if (e)
            return e;
    }
    json_array_foreach(v, i, child) {
        snprintf(below, sizeof below, "%s/%zu", pointer, i);
        if ((e = walk(child, below, depth + 1, each, arg)))
            return e;
    }
    return ERR_OK;
}

/* --- projection --- */

struct projecting_citations {
    struct db *db;
    const struct event *head;
};

static enum err add_cited(void *arg, const struct hash *sha, const char *pointer)
{
    struct projecting_citations *p = arg;
    (void)pointer;
    return db_exec(p->db, STMT_DOSSIER_CITED_ADD, p_text(p->head->home_unit), p_bytes(id_str(&p->head->stream)), p_bytes(hash_str(sha)),
                   p_text(p->head->actor));
}

enum err dossier_project_citations(struct db *db, const struct applied *e)
{
    struct projecting_citations p = {db, &e->head};
    enum err err = ERR_OK;
    if (str_is(e->head.type, "dossier.erased")) { /* forget.c goes on from here */
        err = db_exec(db, STMT_DOSSIER_DOOM, p_text(e->head.home_unit), p_bytes(id_str(&e->head.stream)));
        return err ? err : db_exec(db, STMT_DOSSIER_CITED_DROP, p_text(e->head.home_unit), p_bytes(id_str(&e->head.stream)));
    }
    err = walk(e->payload, "", 0, add_cited, &p);
    return err || !e->personal ? err : walk(e->personal, "", 0, add_cited, &p);
}

/* --- may one read, may one cite --- */

enum err dossier_file_readable(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, const struct hash *sha,
                               struct str *owner_r)
{
    struct place {
        struct str home, actor;
        struct id id;
    } *at = ARENA_ARRAY(a, struct place, CITING_DOSSIERS_MAX);
    size_t n = 0;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_CITED_WHERE, p_bytes(hash_str(sha)), p_int(CITING_DOSSIERS_MAX));
    while (!e && rows_next(&r)) {
        at[n] = (struct place){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 2)), {{0}}};
        memcpy(at[n++].id.b, row_str(&r, 1).p, ID_BYTES);
    }
    if (!e)
        e = rows_end(&r);
    for (size_t i = 0; i < n && !e; i++) {
        struct dossier d = {0};
        int64_t seq;
        e = stream_load(&dossier_aggregate, k, db, a, at[i].home, at[i].id, INT64_MAX, &d, &seq);
        if (!e && dossier_visible(&d, actor)) {
            *owner_r = at[i].actor;
            return ERR_OK;
        }
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
    }
    return e ? e : ERR_NOT_FOUND;
}

struct checking {
    struct decision *d;
    struct db *db;
    struct dossier_inputs *in;
};

static enum err cited_here(struct checking *c, const struct hash *sha)
{
    struct rows r _rows_ = {0};
    if (!c->d->state)
        return ERR_NOT_FOUND;
    enum err e = db_query(c->db, &r, STMT_DOSSIER_CITED_HERE, p_text(c->d->command->home_unit), p_bytes(id_str(&c->d->stream)), p_bytes(hash_str(sha)));
    bool there = !e && rows_next(&r);
    if (!e)
        e = rows_end(&r);
    return e ? e : there ? ERR_OK : ERR_NOT_FOUND;
}

static enum err check_cited(void *arg, const struct hash *sha, const char *pointer)
{
    struct checking *c = arg;
    struct str owner;
    enum err e = file_may_cite(c->db, &c->d->command->actor.id, 1, sha);
    if (e == ERR_NOT_FOUND)
        e = cited_here(c, sha);
    if (e == ERR_NOT_FOUND)
        e = dossier_file_readable(c->d->keyring, c->db, c->d->arena, &c->d->command->actor, sha, &owner);
    if (e != ERR_NOT_FOUND)
        return e;
    if (c->in->not_citable_n < ARRAY_LEN(c->in->not_citable))
        c->in->not_citable[c->in->not_citable_n++] = (struct citation){*sha, str_c(c->d->arena, str_of(pointer))};
    return ERR_OK;
}

static bool citable(const struct dossier_inputs *in, struct str sha256)
{
    struct hash h;
    for (size_t i = 0; i < in->not_citable_n && hex_parse(sha256, h.b, HASH_BYTES); i++)
        if (memcmp(h.b, in->not_citable[i].sha256.b, HASH_BYTES) == 0)
            return false;
    return true;
}

enum err dossier_check_citations(struct decision *d, struct db *db, struct dossier_inputs *in)
{
    struct checking c = {d, db, in};
    in->may_cite = citable;
    return walk(d->command->payload, "", 0, check_cited, &c);
}

enum err dossier_refuse_citations(struct decision *d)
{
    const struct dossier_inputs *in = d->inputs;
    for (size_t i = 0; in && i < in->not_citable_n; i++)
        fail_add(&d->fail, ERR_INVALID, NULL, in->not_citable[i].pointer, "file.absent", NULL); /* whether it exists is not told */
    return d->fail.err;
}

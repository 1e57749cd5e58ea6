/* See rebuild.h. */
#include "domain/command/rebuild.h"
#include "domain/command/upcast.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ENTRIES = 2048,          /* streams whose state is kept at hand */
    SLOTS = ENTRIES * 2,
    ENTRY_BYTES = 32 * 1024, /* payload bytes behind a state before it is saved and loaded afresh */
    SAVED_MAX = 256 * 1024   /* of a state, as in command.c */
};

struct entry {
    struct entry *chain, *newer, *older;
    struct id stream;
    const struct aggregate *g;
    void *state; /* in the arena, with all that it points to */
    struct arena *arena;
    size_t bytes;
    int64_t seq, at;
    struct hash hash;
    struct key key;
    bool key_known, key_there, changed;
};

struct rebuild {
    const struct keyring *keyring;
    const struct aggregate *const *aggregates;
    size_t aggregate_count;
    struct db *keys, *out;
    char unit[UNIT_CODE_MAX + 1]; /* whose streams are in the cache */
    struct entry *slot[SLOTS];
    struct entry *newest, *oldest;
    struct entry entries[ENTRIES];
    size_t used;
    struct arena *spare;
    void *before;
    struct buf saved;
    int64_t streams;
    char problem[240];
};

struct rebuild *rebuild_new(const struct keyring *k, const struct aggregate *const *aggregates, size_t n, struct db *keys, struct db *out)
{
    struct rebuild *r = calloc(1, sizeof *r);
    size_t largest = 1;
    for (size_t i = 0; i < n; i++)
        largest = aggregates[i]->state_size > largest ? aggregates[i]->state_size : largest;
    if (!r || !(r->before = malloc(largest)))
        abort();
    r->keyring = k;
    r->aggregates = aggregates;
    r->aggregate_count = n;
    r->keys = keys;
    r->out = out;
    r->spare = arena_new();
    r->saved = BUF_MAX(SAVED_MAX);
    return r;
}

void rebuild_free(struct rebuild **rp)
{
    struct rebuild *r = *rp;
    if (!r)
        return;
    for (size_t i = 0; i < ENTRIES; i++)
        arena_free(&r->entries[i].arena);
    arena_free(&r->spare);
    buf_free(&r->saved);
    free(r->before);
    free(r);
    *rp = NULL;
}

const char *rebuild_problem(const struct rebuild *r) { return r->problem; }
int64_t rebuild_streams(const struct rebuild *r) { return r->streams; }

static enum err problem(struct rebuild *r, const struct event *e, enum err err, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static enum err problem(struct rebuild *r, const struct event *e, enum err err, const char *fmt, ...)
{
    char what[120];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    snprintf(r->problem, sizeof r->problem, "unit %.*s, position %lld: %s", PRS(e->home_unit), (long long)e->pos, what);
    return err;
}

static const struct aggregate *aggregate_of(const struct rebuild *r, struct str kind)
{
    for (size_t i = 0; i < r->aggregate_count; i++)
        if (str_is(kind, r->aggregates[i]->kind))
            return r->aggregates[i];
    return NULL;
}

/* --- the cache --- */

static struct entry **slot_of(struct rebuild *r, const struct id *stream)
{
    uint64_t h;
    memcpy(&h, stream->b + 8, sizeof h); /* the random half of the id */
    return &r->slot[(h * 0x9e3779b97f4a7c15u >> 32) % SLOTS];
}

static void unlink_age(struct rebuild *r, struct entry *t)
{
    *(t->newer ? &t->newer->older : &r->newest) = t->older;
    *(t->older ? &t->older->newer : &r->oldest) = t->newer;
}

static void link_newest(struct rebuild *r, struct entry *t)
{
    t->newer = NULL;
    t->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = t;
    r->newest = t;
}

static enum err save(struct rebuild *r, struct entry *t)
{
    buf_clear(&r->saved);
    t->g->save(&r->saved, t->state);
    if (r->saved.overflow && !r->problem[0])
        snprintf(r->problem, sizeof r->problem, "unit %s: the state of a stream is larger than %d KiB at its event %lld", r->unit, SAVED_MAX / 1024,
                 (long long)t->seq);
    return r->saved.overflow ? ERR_TOO_LARGE : ERR_OK;
}

static enum err write_back(struct rebuild *r, struct entry *t)
{
    if (!t->changed)
        return ERR_OK;
    enum err e = save(r, t);
    if (!e)
        e = db_exec(r->out, STMT_COMMAND_STREAM_SET, p_c(r->unit), p_bytes(id_str(&t->stream)), p_c(t->g->kind), p_int(t->seq), p_int(t->at),
                    p_bytes(hash_str(&t->hash)), p_bytes(buf_view(&r->saved)));
    t->changed = e != ERR_OK;
    return e;
}

/* An empty entry for the stream, in the place of the one that was used longest ago when all are taken. */
static enum err entry_new(struct rebuild *r, const struct id *stream, struct entry **t_r)
{
    struct entry *t;
    if (r->used < ENTRIES)
        t = &r->entries[r->used++];
    else {
        t = r->oldest;
        enum err e = write_back(r, t);
        if (e)
            return e;
        unlink_age(r, t);
        struct entry **p = slot_of(r, &t->stream);
        while (*p != t)
            p = &(*p)->chain;
        *p = t->chain;
    }
    struct arena *arena = t->arena ? t->arena : arena_new();
    arena_reset(arena);
    *t = (struct entry){.stream = *stream, .arena = arena};
    struct entry **slot = slot_of(r, stream);
    t->chain = *slot;
    *slot = t;
    link_newest(r, t);
    *t_r = t;
    return ERR_OK;
}

static enum err entry_read(struct rebuild *r, struct entry *t, const struct event *e)
{
    struct rows rows _rows_ = {0};
    enum err err = db_query(r->out, &rows, STMT_COMMAND_STREAM, p_text(e->home_unit), p_bytes(id_str(&e->stream)));
    if (err)
        return err;
    if (!rows_next(&rows))
        return problem(r, e, ERR_CORRUPT, "the beginning of its stream is missing");
    struct str hash = row_str(&rows, 3);
    t->g = aggregate_of(r, row_str(&rows, 0));
    t->seq = row_i64(&rows, 1);
    t->at = row_i64(&rows, 2);
    if (!t->g || hash.n != HASH_BYTES)
        return problem(r, e, ERR_CORRUPT, "the state of its stream cannot be read");
    memcpy(t->hash.b, hash.p, HASH_BYTES);
    t->state = arena_alloc(t->arena, t->g->state_size);
    err = t->g->load(t->state, t->arena, str_dup(t->arena, row_str(&rows, 4)));
    return err ? problem(r, e, ERR_CORRUPT, "the state of its stream cannot be read") : rows_end(&rows);
}

static enum err entry_of(struct rebuild *r, const struct event *e, struct entry **t_r)
{
    for (struct entry *t = *slot_of(r, &e->stream); t; t = t->chain)
        if (id_eq(t->stream, e->stream)) {
            if (t != r->newest) {
                unlink_age(r, t);
                link_newest(r, t);
            }
            *t_r = t;
            return ERR_OK;
        }
    const struct aggregate *g = aggregate_of(r, event_kind(e->type));
    if (e->seq == 1 && !g)
        return problem(r, e, ERR_CORRUPT, "this release knows no event \"%.*s\"", PRS(e->type));
    enum err err = entry_new(r, &e->stream, t_r);
    if (err || e->seq > 1)
        return err ? err : entry_read(r, *t_r, e);
    (*t_r)->g = g;
    (*t_r)->state = arena_alloc((*t_r)->arena, g->state_size);
    r->streams++;
    return ERR_OK;
}

/* A state points into the events that made it. When these have become many, it is saved and loaded afresh, as live commands do each time. */
static enum err tidy(struct rebuild *r, struct entry *t)
{
    if (t->bytes < ENTRY_BYTES)
        return ERR_OK;
    enum err e = save(r, t);
    if (e)
        return e;
    struct arena *fresh = r->spare;
    t->state = arena_alloc(fresh, t->g->state_size);
    e = t->g->load(t->state, fresh, str_dup(fresh, buf_view(&r->saved)));
    r->spare = t->arena;
    t->arena = fresh;
    t->bytes = 0;
    arena_reset(r->spare);
    return e;
}

/* --- an event --- */

static enum err open_personal(struct rebuild *r, struct entry *t, struct applied *a)
{
    if (!json_object_get(a->payload, "sealed"))
        return ERR_OK;
    if (!t->key_known) {
        enum err e = stream_key_load(r->keyring, r->keys, a->head.home_unit, a->head.stream, &t->key);
        if (e && e != ERR_NOT_FOUND)
            return problem(r, &a->head, e, "the key of its personal fields cannot be read");
        t->key_known = true;
        t->key_there = e == ERR_OK;
    }
    if (!t->key_there)
        return ERR_OK;
    a->personal = arena_json(t->arena, personal_open(&t->key, &a->head, a->payload));
    return a->personal ? ERR_OK : problem(r, &a->head, ERR_CORRUPT, "its personal fields do not open with the key of its stream");
}

static enum err apply(struct rebuild *r, struct entry *t, const struct event *e)
{
    struct applied a;
    struct event head = event_dup(t->arena, e);
    head.prev = t->hash;
    enum err err = applied_from(t->arena, r->keyring, NULL, &head, &a);
    if (err || !json_is_object(a.payload))
        return problem(r, e, ERR_CORRUPT, "its payload is not a JSON object");
    if ((err = open_personal(r, t, &a)))
        return err;
    if ((err = applied_upcast(t->g, t->arena, &a)))
        return problem(r, e, err, "this release cannot apply event \"%.*s\" version %lld (%s)", PRS(e->type), (long long)e->version, err_info(err)->name);
    memcpy(r->before, t->state, t->g->state_size);
    if ((err = t->g->apply(t->state, t->arena, &a)))
        return problem(r, e, ERR_CORRUPT, "this release cannot apply event \"%.*s\" version %lld (%s)", PRS(e->type), (long long)e->version,
                       err_info(err)->name);
    t->seq = e->seq;
    t->at = e->at;
    t->hash = e->hash;
    t->bytes += 512 + 4 * e->payload.n;
    t->changed = true;
    return t->g->project(r->out, r->keyring, r->before, t->state, &a, 1);
}

enum err rebuild_event(struct rebuild *r, const struct event *e)
{
    enum err err = ERR_OK;
    if (!str_is(e->home_unit, r->unit)) {
        if (e->home_unit.n > UNIT_CODE_MAX)
            return problem(r, e, ERR_CORRUPT, "the name of its unit is too long");
        if ((err = rebuild_flush(r)))
            return err;
        snprintf(r->unit, sizeof r->unit, "%.*s", PRS(e->home_unit));
    }
    struct entry *t = NULL;
    if ((err = entry_of(r, e, &t)))
        return err;
    if (e->seq != t->seq + 1)
        return problem(r, e, ERR_CORRUPT, "event %lld of its stream follows event %lld", (long long)e->seq, (long long)t->seq);
    err = apply(r, t, e);
    return err ? err : tidy(r, t);
}

enum err rebuild_flush(struct rebuild *r)
{
    for (size_t i = 0; i < r->used; i++) {
        enum err e = write_back(r, &r->entries[i]);
        if (e)
            return e;
    }
    memset(r->slot, 0, sizeof r->slot);
    r->newest = r->oldest = NULL;
    r->used = 0;
    return ERR_OK;
}

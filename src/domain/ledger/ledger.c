/* Hashing and appending. See ledger.h for the definitions. */
#include "domain/ledger/ledger.h"
#include "base/fault.h"
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

/* Header bytes: 'm','c',1, then fields in this order; strings as 2-byte length and bytes, integers as 8 bytes, big-endian. */
enum { HEADER_MAX = 3 + 5 * 8 + 16 + 32 + 5 * (2 + 128), HASHED_MAX = HEADER_MAX + HASH_BYTES };

struct header {
    unsigned char b[HASHED_MAX];
    size_t n;
};

static void put_bytes(struct header *h, const void *p, size_t n)
{
    assert(h->n + n <= sizeof h->b);
    memcpy(h->b + h->n, p, n);
    h->n += n;
}

static void put_i64(struct header *h, int64_t v)
{
    uint64_t big_endian = htobe64((uint64_t)v);
    put_bytes(h, &big_endian, sizeof big_endian);
}

static void put_str(struct header *h, struct str s)
{
    s = str_sub(s, 0, 128); /* longer ones are refused before */
    put_bytes(h, (unsigned char[]){(unsigned char)(s.n >> 8), (unsigned char)s.n}, 2);
    if (s.n)
        put_bytes(h, s.p, s.n);
}

struct hash event_hash(const struct event *e)
{
    struct header h;
    h.n = 0;
    put_bytes(&h, "mc\1", 3);
    put_str(&h, e->home_unit);
    put_i64(&h, e->pos);
    put_bytes(&h, e->stream.b, sizeof e->stream.b);
    put_i64(&h, e->seq);
    put_str(&h, e->type);
    put_i64(&h, e->version);
    put_i64(&h, e->at);
    put_str(&h, e->actor);
    put_str(&h, e->unit);
    put_str(&h, e->basis);
    put_bytes(&h, e->prev.b, sizeof e->prev.b);
    struct hash body = SHA256(str_bytes(e->salt, SALT_BYTES), e->payload);
    put_bytes(&h, body.b, sizeof body.b);
    return SHA256(str_bytes(h.b, h.n));
}

struct hash head_next(const struct hash *head, const struct hash *event)
{
    return SHA256(STR("motcua-head-1"), hash_str(head), hash_str(event));
}

struct str event_kind(struct str type)
{
    ptrdiff_t dot = str_find_char(type, '.');
    return dot < 0 ? type : str_sub(type, 0, (size_t)dot);
}

static bool copy_fixed(void *to, size_t n, struct str from)
{
    if (from.n == n) {
        memcpy(to, from.p, n);
        return true;
    }
    memset(to, 0, n);
    if (from.n)
        memcpy(to, from.p, from.n < n ? from.n : n);
    return false;
}

bool event_from_row(const struct rows *r, struct event *e)
{
    *e = (struct event){.home_unit = row_str(r, 0), .pos = row_i64(r, 1), .seq = row_i64(r, 3), .type = row_str(r, 4),
                        .version = row_i64(r, 5), .at = row_i64(r, 6), .actor = row_str(r, 7), .unit = row_str(r, 8),
                        .basis = row_str(r, 9), .payload = row_str(r, 12)};
    bool id = copy_fixed(e->stream.b, ID_BYTES, row_str(r, 2)), salt = copy_fixed(e->salt, SALT_BYTES, row_str(r, 10));
    return copy_fixed(e->hash.b, HASH_BYTES, row_str(r, 11)) && id && salt;
}

struct event event_dup(struct arena *a, const struct event *e)
{
    struct event d = *e;
    d.home_unit = str_dup(a, e->home_unit);
    d.type = str_dup(a, e->type);
    d.actor = str_dup(a, e->actor);
    d.unit = str_dup(a, e->unit);
    d.basis = str_dup(a, e->basis);
    d.payload = str_dup(a, e->payload);
    return d;
}

/* --- appending: heads of the units that this transaction has touched --- */

/* A group has at most 256 commands; open addressing by hash of the unit's code. */
enum { HEADS_MAX = 1024, SLOTS = 2048 };

struct head {
    char unit[UNIT_CODE_MAX + 1];
    struct hash hash;
    int64_t pos;
    bool changed;
};

struct ledger {
    struct head *slot[SLOTS];
    struct head head[HEADS_MAX];
    size_t n;
};

struct ledger *ledger_new(void)
{
    struct ledger *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    return l;
}

void ledger_forget(struct ledger *l)
{
    if (l->n)
        memset(l->slot, 0, sizeof l->slot);
    l->n = 0;
}

void ledger_free(struct ledger **l)
{
    free(*l);
    *l = NULL;
}

static enum err head_of(struct ledger *l, struct db *db, struct str unit, struct head **head_r)
{
    size_t i = str_hash(unit) % SLOTS;
    for (; l->slot[i]; i = (i + 1) % SLOTS)
        if (str_is(unit, l->slot[i]->unit)) {
            *head_r = l->slot[i];
            return ERR_OK;
        }
    if (l->n == HEADS_MAX || unit.n > UNIT_CODE_MAX)
        return ERR_INVALID;
    struct head *h = &l->head[l->n];
    *h = (struct head){.pos = 0};
    snprintf(h->unit, sizeof h->unit, "%.*s", PRS(unit));
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_HEAD_TAKE, p_text(unit));
    if (!e && rows_next(&r)) {
        h->pos = row_i64(&r, 0);
        copy_fixed(h->hash.b, HASH_BYTES, row_str(&r, 1));
    }
    if (!e)
        e = rows_end(&r);
    if (e)
        return e;
    l->slot[i] = *head_r = h;
    l->n++;
    return ERR_OK;
}

enum err ledger_take(struct ledger *l, struct db *db, struct str home_unit)
{
    struct head *h;
    return head_of(l, db, home_unit, &h);
}

bool event_fits(const struct event *e)
{
    return e->home_unit.n <= UNIT_CODE_MAX && e->type.n <= EVENT_TYPE_MAX && e->actor.n <= ACTOR_MAX && e->unit.n <= UNIT_CODE_MAX
        && e->basis.n <= BASIS_MAX && e->payload.n <= EVENT_PAYLOAD_MAX;
}

enum err ledger_append(struct ledger *l, struct db *db, struct event *e)
{
    if (!event_fits(e) || str_empty(e->home_unit) || str_empty(e->type))
        return ERR_INVALID;
    struct head *h;
    enum err err = head_of(l, db, e->home_unit, &h);
    if (err)
        return err;
    e->pos = h->pos + 1;
    e->hash = event_hash(e);
    if (fault_hit("ledger.append"))
        return ERR_INTERNAL;
    err = db_exec(db, STMT_LEDGER_APPEND, p_text(e->home_unit), p_int(e->pos), p_bytes(id_str(&e->stream)), p_int(e->seq),
                  p_text(e->type), p_int(e->version), p_int(e->at), p_text(e->actor), p_text(e->unit), p_text(e->basis),
                  p_bytes(str_bytes(e->salt, SALT_BYTES)), p_bytes(hash_str(&e->hash)), p_bytes(e->payload));
    if (err)
        return err;
    h->pos = e->pos;
    h->hash = head_next(&h->hash, &e->hash);
    h->changed = true;
    return ERR_OK;
}

enum err ledger_write_heads(struct ledger *l, struct db *db)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < l->n && !e; i++)
        if (l->head[i].changed)
            e = db_exec(db, STMT_LEDGER_HEAD_SET, p_c(l->head[i].unit), p_int(l->head[i].pos), p_bytes(hash_str(&l->head[i].hash)));
    ledger_forget(l); /* the next transaction reads them anew: another process may have appended meanwhile */
    return e;
}

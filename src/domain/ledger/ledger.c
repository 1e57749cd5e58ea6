/* Hashing, appending and walking chains. See ledger.h for the definitions. */
#include "domain/ledger/ledger.h"
#include "base/fault.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Header bytes: 'm','c',1, then fields in this order; strings as 2-byte length and bytes, integers as 8 bytes, big-endian. */
enum { HEADER_MAX = 3 + 5 * 8 + 16 + 32 + 5 * (2 + 128) };

struct header {
    unsigned char b[HEADER_MAX];
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
    unsigned char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
    put_bytes(h, b, 8);
}

static void put_str(struct header *h, struct str s)
{
    assert(s.n <= 128);
    put_bytes(h, (unsigned char[]){(unsigned char)(s.n >> 8), (unsigned char)s.n}, 2);
    if (s.n)
        put_bytes(h, s.p, s.n);
}

struct hash event_hash(const struct event *e)
{
    struct header h = {.n = 0};
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
    return SHA256(str_bytes(h.b, h.n), hash_str(&body));
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

static void copy_fixed(void *to, size_t n, struct str from)
{
    memset(to, 0, n);
    if (from.n)
        memcpy(to, from.p, from.n < n ? from.n : n);
}

void event_from_row(const struct rows *r, struct event *e)
{
    *e = (struct event){.home_unit = row_str(r, 0), .pos = row_i64(r, 1), .seq = row_i64(r, 3), .type = row_str(r, 4),
                        .version = row_i64(r, 5), .at = row_i64(r, 6), .actor = row_str(r, 7), .unit = row_str(r, 8),
                        .basis = row_str(r, 9), .payload = row_str(r, 12)};
    copy_fixed(e->stream.b, ID_BYTES, row_str(r, 2));
    copy_fixed(e->salt, SALT_BYTES, row_str(r, 10));
    copy_fixed(e->hash.b, HASH_BYTES, row_str(r, 11));
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

/* --- appending: heads of the units that this writer has touched, kept between groups --- */

enum { HEADS_MAX = 8192 };

struct head {
    char unit[UNIT_CODE_MAX + 1];
    struct hash hash;
    int64_t pos;
    bool changed;
    struct head *next_changed;
};

struct ledger {
    struct head *slot[HEADS_MAX * 2]; /* open addressing by hash of the unit's code */
    size_t n;
    struct head *changed;
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
    for (size_t i = 0; i < ARRAY_LEN(l->slot); i++) {
        free(l->slot[i]);
        l->slot[i] = NULL;
    }
    l->n = 0;
    l->changed = NULL;
}

void ledger_free(struct ledger **l)
{
    if (*l) {
        ledger_forget(*l);
        free(*l);
    }
    *l = NULL;
}

static enum err head_of(struct ledger *l, struct db *db, struct str unit, struct head **head_r)
{
    size_t i = str_hash(unit) % ARRAY_LEN(l->slot);
    for (; l->slot[i]; i = (i + 1) % ARRAY_LEN(l->slot))
        if (str_is(unit, l->slot[i]->unit)) {
            *head_r = l->slot[i];
            return ERR_OK;
        }
    struct head *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    snprintf(h->unit, sizeof h->unit, "%.*s", PRS(unit));
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_HEAD, p_text(unit));
    if (!e && rows_next(&r)) {
        h->pos = row_i64(&r, 0);
        copy_fixed(h->hash.b, HASH_BYTES, row_str(&r, 1));
    }
    if (!e)
        e = rows_end(&r);
    if (e) {
        free(h);
        return e;
    }
    l->slot[i] = *head_r = h;
    l->n++;
    return ERR_OK;
}

enum err ledger_append(struct ledger *l, struct db *db, struct event *e)
{
    if (e->home_unit.n > UNIT_CODE_MAX || e->type.n > EVENT_TYPE_MAX || e->actor.n > ACTOR_MAX || e->unit.n > UNIT_CODE_MAX
        || e->basis.n > 120 || e->payload.n > EVENT_PAYLOAD_MAX)
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
    if (!h->changed) {
        h->changed = true;
        h->next_changed = l->changed;
        l->changed = h;
    }
    return ERR_OK;
}

enum err ledger_write_heads(struct ledger *l, struct db *db)
{
    for (; l->changed; l->changed = l->changed->next_changed) {
        struct head *h = l->changed;
        enum err e = db_exec(db, STMT_LEDGER_HEAD_SET, p_c(h->unit), p_int(h->pos), p_bytes(hash_str(&h->hash)));
        if (e)
            return e;
        h->changed = false;
    }
    if (l->n > HEADS_MAX) /* a group touches at most a few hundred units: the table never fills */
        ledger_forget(l);
    return ERR_OK;
}

/* --- verify --- */

struct seen {
    struct id stream;
    struct hash hash;
    int64_t seq, at;
};
struct seen_table {
    struct seen *slot;
    size_t cap, n;
};

static struct seen *seen_of(struct seen_table *t, const struct id *id)
{
    if ((t->n + 1) * 4 > t->cap * 3) {
        struct seen_table bigger = {calloc(t->cap ? t->cap * 2 : 1024, sizeof(struct seen)), t->cap ? t->cap * 2 : 1024, 0};
        if (!bigger.slot)
            abort();
        for (size_t i = 0; i < t->cap; i++)
            if (t->slot[i].seq)
                *seen_of(&bigger, &t->slot[i].stream) = t->slot[i];
        bigger.n = t->n;
        free(t->slot);
        *t = bigger;
    }
    uint64_t h;
    memcpy(&h, id->b + 8, 8); /* the random half of the id */
    size_t i = h & (t->cap - 1);
    while (t->slot[i].seq && !id_eq(t->slot[i].stream, *id))
        i = (i + 1) & (t->cap - 1);
    return &t->slot[i];
}

static void fault(struct verify_report *v, struct str unit, int64_t pos, const char *what)
{
    v->fault = true;
    v->pos = pos;
    snprintf(v->unit, sizeof v->unit, "%.*s", PRS(unit));
    snprintf(v->what, sizeof v->what, "%s", what);
}

static void check_event(struct verify_report *v, struct seen_table *streams, struct str unit, int64_t expect, struct hash *head, struct event *e)
{
    struct seen *s = seen_of(streams, &e->stream);
    if (e->pos != expect) {
        fault(v, unit, expect, "an event is missing at this position");
        return;
    }
    if (e->seq != s->seq + 1) {
        fault(v, unit, e->pos, "the number in its stream does not follow the one before");
        return;
    }
    e->prev = s->hash;
    struct hash h = event_hash(e);
    if (memcmp(h.b, e->hash.b, HASH_BYTES) != 0) {
        fault(v, unit, e->pos, "its bytes do not give its hash: the event, or the one before it in its stream, was changed");
        return;
    }
    if (e->at < s->at) {
        fault(v, unit, e->pos, "it is earlier than the event before it in its stream");
        return;
    }
    if (s->seq == 0) {
        s->stream = e->stream;
        streams->n++;
        v->streams++;
        v->dossiers += str_is(event_kind(e->type), "dossier");
    }
    s->seq = e->seq;
    s->hash = e->hash;
    s->at = e->at;
    *head = head_next(head, &e->hash);
    v->events++;
    if (str_has_suffix(e->type, STR(".erased")))
        v->erased++;
}

static enum err verify_unit(struct db *db, struct verify_report *v, struct str unit, int64_t last, const struct hash *expect)
{
    enum { BATCH = 2000 };
    struct hash head = {0};
    struct seen_table streams = {0};
    int64_t pos = 0;
    enum err e = ERR_OK;
    for (bool more = true; more && !e && !v->fault;) {
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_LEDGER_UNIT_EVENTS, p_text(unit), p_int(pos), p_int(BATCH));
        more = false;
        while (!e && !v->fault && rows_next(&r)) {
            struct event ev;
            event_from_row(&r, &ev);
            check_event(v, &streams, unit, pos + 1, &head, &ev);
            pos = ev.pos;
            more = true;
        }
        if (!e)
            e = rows_end(&r);
    }
    free(streams.slot);
    if (!e && !v->fault && pos != last)
        fault(v, unit, pos < last ? pos + 1 : last + 1, pos < last ? "events are missing at the end of the unit's chain" : "there are events beyond the unit's head");
    if (!e && !v->fault && memcmp(head.b, expect->b, HASH_BYTES) != 0)
        fault(v, unit, pos, "the unit's head does not agree with its events");
    return e;
}

/* All heads; units that have events but no head come with pos -1. */
static enum err read_heads(struct db *db, struct unit_head **heads_r, size_t *n_r)
{
    size_t n = 0, cap = 0;
    struct unit_head *heads = NULL;
    enum err e = ERR_OK;
    for (int pass = 0; pass < 2 && !e; pass++) {
        struct rows r _rows_ = {0};
        e = pass == 0 ? db_query(db, &r, STMT_LEDGER_HEADS, p_c(""), p_int(1000000)) : db_query(db, &r, STMT_LEDGER_EVENT_UNITS, p_c(""));
        while (!e && rows_next(&r)) {
            bool known = false;
            for (size_t i = 0; pass == 1 && i < n && !known; i++)
                known = str_is(row_str(&r, 0), heads[i].unit);
            if (known)
                continue;
            if (n == cap) {
                cap = cap ? cap * 2 : 64;
                heads = realloc(heads, cap * sizeof *heads);
                if (!heads)
                    abort();
            }
            heads[n] = (struct unit_head){.pos = -1};
            snprintf(heads[n].unit, sizeof heads[n].unit, "%.*s", PRS(row_str(&r, 0)));
            if (pass == 0) {
                heads[n].pos = row_i64(&r, 1);
                copy_fixed(heads[n].hash.b, HASH_BYTES, row_str(&r, 2));
            }
            n++;
        }
        if (!e)
            e = rows_end(&r);
    }
    *heads_r = heads;
    *n_r = n;
    return e;
}

struct hash ledger_root(const struct unit_head *heads, size_t n)
{
    struct str *piece = calloc(n * 2 + 1, sizeof *piece);
    unsigned char (*fixed)[9 + HASH_BYTES] = calloc(n + 1, sizeof *fixed);
    if (!piece || !fixed)
        abort();
    piece[0] = STR("motcua-root-1");
    for (size_t i = 0; i < n; i++) {
        struct str unit = str_of(heads[i].unit);
        fixed[i][0] = (unsigned char)unit.n; /* the length closes the name: nothing can be moved over the border */
        for (int j = 0; j < 8; j++)
            fixed[i][1 + j] = (unsigned char)((uint64_t)heads[i].pos >> (56 - 8 * j));
        memcpy(fixed[i] + 9, heads[i].hash.b, HASH_BYTES);
        piece[1 + 2 * i] = unit;
        piece[2 + 2 * i] = str_bytes(fixed[i], sizeof fixed[i]);
    }
    struct hash root = sha256(piece, n * 2 + 1);
    free(piece);
    free(fixed);
    return root;
}

enum err ledger_verify(struct store *s, struct verify_report *v)
{
    *v = (struct verify_report){0};
    struct db *db _db_ = NULL;
    enum err e = db_open(s, DB_READ, &db);
    if (e)
        return e;
    /* One transaction: a server may be appending meanwhile, and heads and events must be of one moment. On PostgreSQL, READ COMMITTED
     * would show newer events than heads; the statement text asks for more. */
    e = db_begin(db);
    if (!e && store_engine(s) == ENGINE_POSTGRES)
        e = db_raw(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    struct unit_head *heads = NULL;
    size_t n = 0;
    if (!e)
        e = read_heads(db, &heads, &n);
    for (size_t i = 0; i < n && !e && !v->fault; i++) {
        if (heads[i].pos < 0)
            fault(v, str_of(heads[i].unit), 1, "the unit has events but no head");
        else
            e = verify_unit(db, v, str_of(heads[i].unit), heads[i].pos, &heads[i].hash);
        v->units++;
    }
    v->root = ledger_root(heads, n);
    free(heads);
    db_rollback(db);
    return e;
}

/* --- the same check for events from elsewhere --- */

struct chain {
    struct verify_report report;
    struct seen_table streams; /* of the unit that is being read */
    struct unit_head *heads;
    size_t units, cap;
};

struct chain *chain_new(void)
{
    struct chain *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    return c;
}

void chain_free(struct chain **c)
{
    if (!*c)
        return;
    free((*c)->streams.slot);
    free((*c)->heads);
    free(*c);
    *c = NULL;
}

static void next_unit(struct chain *c, struct str unit)
{
    if (c->units == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->heads = realloc(c->heads, c->cap * sizeof *c->heads);
        if (!c->heads)
            abort();
    }
    struct unit_head *h = &c->heads[c->units++];
    *h = (struct unit_head){.pos = 0};
    memcpy(h->unit, unit.p, unit.n);
    c->report.units++;
    free(c->streams.slot);
    c->streams = (struct seen_table){0};
}

const char *chain_add(struct chain *c, struct event *e)
{
    struct unit_head *h = c->units ? &c->heads[c->units - 1] : NULL;
    if (!h || !str_is(e->home_unit, h->unit)) {
        if (e->home_unit.n == 0 || e->home_unit.n > UNIT_CODE_MAX)
            return "its unit has no name, or one that is too long";
        if (h && str_cmp(e->home_unit, str_of(h->unit)) < 0)
            return "its unit comes before the one that was read, in byte order";
        next_unit(c, e->home_unit);
        h = &c->heads[c->units - 1];
    }
    check_event(&c->report, &c->streams, e->home_unit, h->pos + 1, &h->hash, e);
    h->pos = e->pos;
    return c->report.fault ? c->report.what : NULL;
}

struct verify_report chain_report(struct chain *c)
{
    c->report.root = ledger_root(c->heads, c->units);
    return c->report;
}

const struct unit_head *chain_heads(struct chain *c, size_t *n_r)
{
    *n_r = c->units;
    return c->heads;
}

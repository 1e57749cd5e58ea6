/* Hashing, appending and walking chains. See ledger.h for the definitions. */
#include "domain/ledger/ledger.h"
#include "base/buf.h"
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
    s = str_sub(s, 0, 128); /* longer ones are refused before */
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

static bool fields_fit(const struct event *e)
{
    return e->home_unit.n <= UNIT_CODE_MAX && e->type.n <= EVENT_TYPE_MAX && e->actor.n <= ACTOR_MAX && e->unit.n <= UNIT_CODE_MAX
        && e->basis.n <= BASIS_MAX && e->payload.n <= EVENT_PAYLOAD_MAX;
}

enum err ledger_append(struct ledger *l, struct db *db, struct event *e)
{
    if (!fields_fit(e) || str_empty(e->home_unit) || str_empty(e->type))
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

/* --- verify --- */

struct seen {
    struct id stream;
    struct hash hash;
    int64_t seq, at;
    int64_t sealed, erased; /* position of the last event with personal fields since the last erasure, and of that; 0: none */
    bool key;
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
    h *= 0x9e3779b97f4a7c15u; /* its first bits are the same in every id */
    size_t i = (h >> 32) & (t->cap - 1);
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

/* Is "sealed" a key of the payload itself? Canonical JSON has one form: a quote within a text is escaped, so no text looks like a key. */
static bool has_sealed(struct str payload)
{
    static const char key[] = "\"sealed\":";
    const char *at = memmem(payload.p, payload.n, key, sizeof key - 1);
    int depth = 0;
    bool text = false;
    for (const char *p = payload.p; at && p <= at; p++) {
        if (p == at && !text && depth == 1)
            return true;
        bool escape = text && *p == '\\';
        if (p == at || (escape && p + 1 == at))
            at = memmem(at + 1, payload.n - (size_t)(at + 1 - payload.p), key, sizeof key - 1);
        if (escape)
            p++;
        else if (*p == '"')
            text = !text;
        else if (!text)
            depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    }
    return false;
}

static void note_erasure(struct verify_report *v, const struct event *e)
{
    if (v->erased < ERASURES_SHOWN) {
        struct erasure *x = &v->erasure[v->erased];
        *x = (struct erasure){.pos = e->pos, .at = e->at};
        snprintf(x->unit, sizeof x->unit, "%.*s", PRS(e->home_unit));
        snprintf(x->type, sizeof x->type, "%.*s", PRS(e->type));
        snprintf(x->actor, sizeof x->actor, "%.*s", PRS(e->actor));
        snprintf(x->basis, sizeof x->basis, "%.*s", PRS(e->basis));
    }
    v->erased++;
}

static void check_event(struct verify_report *v, struct seen_table *streams, struct str unit, int64_t expect, struct hash *head, struct event *e, bool sound)
{
    if (e->pos != expect) {
        fault(v, unit, expect, "an event is missing at this position");
        return;
    }
    if (!sound || !fields_fit(e)) {
        fault(v, unit, e->pos, "one of its fields is longer or shorter than may be");
        return;
    }
    struct seen *s = seen_of(streams, &e->stream);
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
    if (has_sealed(e->payload))
        s->sealed = e->pos;
    if (str_has_suffix(e->type, STR(".erased"))) {
        s->erased = e->pos;
        s->sealed = 0;
        note_erasure(v, e);
    }
}

/* A key that is gone without an erasure is personal data that somebody destroyed silently; a key that stays after one, data that was promised
 * to be gone. The contradiction with the lowest position is named. */
static enum err check_keys(struct db *db, struct verify_report *v, struct seen_table *t, struct str unit)
{
    enum { PAGE = 1000 };
    struct id after = {{0}};
    int64_t n, floor = 0;
    struct rows f _rows_ = {0};
    enum err e = db_query(db, &f, STMT_LEDGER_KEY_FLOOR, p_text(unit));
    if (!e && rows_next(&f))
        floor = row_i64(&f, 0);
    if (!e)
        e = rows_end(&f);
    do {
        struct rows r _rows_ = {0};
        n = 0;
        if (!e)
            e = db_query(db, &r, STMT_LEDGER_KEYS_PAGE, p_text(unit), p_bytes(id_str(&after)), p_int(PAGE));
        while (!e && rows_next(&r)) {
            n++;
            copy_fixed(after.b, ID_BYTES, row_str(&r, 0));
            struct seen *s = t->n ? seen_of(t, &after) : NULL;
            if (s && s->seq)
                s->key = true;
        }
        if (!e)
            e = rows_end(&r);
    } while (!e && n == PAGE);
    const char *what = NULL;
    int64_t pos = INT64_MAX;
    for (size_t i = 0; i < t->cap && !e; i++) {
        const struct seen *s = &t->slot[i];
        bool gone = s->seq && s->sealed > floor && !s->key, stays = s->seq && s->erased && !s->sealed && s->key;
        int64_t at = gone ? s->sealed : s->erased;
        if ((gone || stays) && at < pos) {
            pos = at;
            what = gone ? "the key of a stream is gone without an erasure" : "the key of an erased stream is still there";
        }
    }
    if (what)
        fault(v, unit, pos, what);
    return e;
}

static enum err verify_unit(struct db *db, struct verify_report *v, struct str unit, int64_t last, const struct hash *expect)
{
    enum { PAGE_FIRST = 64, PAGE_MAX = 2000, PAGE_BYTES = 4 << 20 }; /* PostgreSQL hands over a page as a whole: sized by the last one's bytes */
    struct hash head = {0};
    struct seen_table streams = {0};
    int64_t pos = 0, page = PAGE_FIRST;
    enum err e = ERR_OK;
    for (bool more = true; more && !e && !v->fault;) {
        int64_t before = pos, bytes = 0;
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_LEDGER_UNIT_EVENTS, p_text(unit), p_int(pos), p_int(page));
        more = false;
        while (!e && !v->fault && rows_next(&r)) {
            struct event ev;
            event_from_row(&r, &ev);
            bool sound = row_str(&r, 2).n == ID_BYTES && row_str(&r, 10).n == SALT_BYTES && row_str(&r, 11).n == HASH_BYTES;
            check_event(v, &streams, unit, pos + 1, &head, &ev, sound);
            pos = ev.pos;
            bytes += (int64_t)ev.payload.n + 200;
            more = true;
        }
        if (more && !v->fault) {
            int64_t fits = PAGE_BYTES / (bytes / (pos - before));
            page = fits < 1 ? 1 : fits > page * 4 ? page * 4 : fits;
            page = page > PAGE_MAX ? PAGE_MAX : page;
        }
        if (!e)
            e = rows_end(&r);
    }
    if (!e && !v->fault && pos != last)
        fault(v, unit, pos < last ? pos + 1 : last + 1, pos < last ? "events are missing at the end of the unit's chain" : "there are events beyond the unit's head");
    if (!e && !v->fault && memcmp(head.b, expect->b, HASH_BYTES) != 0)
        fault(v, unit, pos, "the unit's head does not agree with its events");
    if (!e && !v->fault)
        e = check_keys(db, v, &streams, unit);
    free(streams.slot);
    return e;
}

struct head_list {
    struct unit_head *p;
    size_t n, cap;
};

static void add_head(struct head_list *l, struct str unit, int64_t pos, struct str hash)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->p = realloc(l->p, l->cap * sizeof *l->p);
        if (!l->p)
            abort();
    }
    struct unit_head *h = &l->p[l->n++];
    *h = (struct unit_head){.pos = pos};
    snprintf(h->unit, sizeof h->unit, "%.*s", PRS(unit));
    copy_fixed(h->hash.b, HASH_BYTES, hash);
}

static int by_unit(const void *a, const void *b) { return strcmp(((const struct unit_head *)a)->unit, ((const struct unit_head *)b)->unit); }

/* All heads in byte order; units that have events but no head come with pos -1. Both statements answer in byte order. */
static enum err read_heads(struct db *db, struct head_list *l)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_HEADS, p_c(""), p_int(INT32_MAX));
    while (!e && rows_next(&r))
        add_head(l, row_str(&r, 0), row_i64(&r, 1), row_str(&r, 2));
    if (!e)
        e = rows_end(&r);
    size_t heads = l->n, i = 0;
    if (!e)
        e = db_query(db, &r, STMT_LEDGER_EVENT_UNITS, p_c(""));
    while (!e && rows_next(&r)) {
        struct str unit = row_str(&r, 0);
        while (i < heads && str_cmp(str_of(l->p[i].unit), unit) < 0)
            i++;
        if (i == heads || !str_is(unit, l->p[i].unit))
            add_head(l, unit, -1, STR_NONE);
    }
    if (!e)
        e = rows_end(&r);
    if (l->n > heads)
        qsort(l->p, l->n, sizeof *l->p, by_unit);
    return e;
}

struct hash ledger_root(const struct unit_head *heads, size_t n)
{
    struct buf b _buf_ = BUF_MAX(13 + n * (1 + UNIT_CODE_MAX + 8 + HASH_BYTES));
    buf_c(&b, "motcua-root-1");
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(heads[i].unit);
        buf_char(&b, (char)length);
        buf_put(&b, heads[i].unit, length);
        for (int j = 0; j < 8; j++)
            buf_char(&b, (char)((uint64_t)heads[i].pos >> (56 - 8 * j)));
        buf_put(&b, heads[i].hash.b, HASH_BYTES);
    }
    if (b.overflow)
        abort();
    return SHA256(buf_view(&b));
}

enum err ledger_verify(struct store *s, struct verify_report *v)
{
    *v = (struct verify_report){0};
    struct db *db _db_ = NULL;
    enum err e = db_open(s, DB_READ, &db);
    if (e)
        return e;
    /* One transaction: a server may be appending meanwhile, and heads and events must be of one moment. */
    e = db_begin_snapshot(db);
    struct head_list heads = {0};
    if (!e)
        e = read_heads(db, &heads);
    for (size_t i = 0; i < heads.n && !e && !v->fault; i++) {
        struct unit_head *h = &heads.p[i];
        if (h->pos < 0)
            fault(v, str_of(h->unit), 1, "the unit has events but no head");
        else
            e = verify_unit(db, v, str_of(h->unit), h->pos, &h->hash);
        v->units++;
    }
    if (!e)
        v->root = ledger_root(heads.p, heads.n);
    free(heads.p);
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
    check_event(&c->report, &c->streams, e->home_unit, h->pos + 1, &h->hash, e, true);
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

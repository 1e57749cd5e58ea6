/* The one check of chains, for a store (verify) and for events that come from elsewhere (import, export). See ledger.h. */
#include "domain/ledger/ledger.h"
#include "base/buf.h"
#include "base/dataset.h"
#include <stdio.h>
#include <stdlib.h>

/* --- the streams of the unit that is being read --- */

struct seen {
    struct id stream;
    struct hash hash;
    int64_t seq, at;        /* of its last event; 0: only its key was seen so far */
    int64_t sealed, erased; /* position of the last event with personal fields since the last erasure, and of that; 0: none */
    bool used, key;
};
struct seen_table {
    struct seen *slot;
    size_t cap, n;
};

static struct seen *slot_of(const struct seen_table *t, const struct id *id)
{
    uint64_t h;
    memcpy(&h, id->b + 8, 8); /* the random half of the id */
    h *= 0x9e3779b97f4a7c15u; /* its first bits are the same in every id */
    size_t i = (h >> 32) & (t->cap - 1);
    while (t->slot[i].used && !id_eq(t->slot[i].stream, *id))
        i = (i + 1) & (t->cap - 1);
    return &t->slot[i];
}

static struct seen *seen_of(struct seen_table *t, const struct id *id)
{
    if ((t->n + 1) * 4 > t->cap * 3) {
        struct seen_table bigger = {calloc(t->cap ? t->cap * 2 : 1024, sizeof(struct seen)), t->cap ? t->cap * 2 : 1024, t->n};
        if (!bigger.slot)
            abort();
        for (size_t i = 0; i < t->cap; i++)
            if (t->slot[i].used)
                *slot_of(&bigger, &t->slot[i].stream) = t->slot[i];
        free(t->slot);
        *t = bigger;
    }
    struct seen *s = slot_of(t, id);
    if (!s->used) {
        s->used = true;
        s->stream = *id;
        t->n++;
    }
    return s;
}

struct unit_chain {
    struct seen_table streams;
    struct hash head;
    int64_t pos;
    bool keys; /* the keys of its streams are marked, and will be asked for */
};

/* --- an event --- */

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

/* Only where the keys will be asked for: a stream that has one and no erasure is right with and without personal fields, so that in nearly
 * all streams no payload is searched. */
static void note_personal(struct verify_report *v, struct unit_chain *u, struct seen *s, const struct event *e)
{
    if (u->keys && (!s->key || s->erased) && has_sealed(e->payload))
        s->sealed = e->pos;
    if (str_has_suffix(e->type, STR(".erased"))) {
        s->erased = e->pos;
        s->sealed = 0;
        note_erasure(v, e);
    }
}

static const char *check_event(struct unit_chain *u, struct seen *s, struct event *e)
{
    if (e->seq != s->seq + 1)
        return "the number in its stream does not follow the one before";
    e->prev = s->hash;
    struct hash h = event_hash(e);
    if (memcmp(h.b, e->hash.b, HASH_BYTES) != 0)
        return "its bytes do not give its hash: the event, or the one before it in its stream, was changed";
    if (e->at < s->at)
        return "it is earlier than the event before it in its stream";
    s->seq = e->seq;
    s->hash = h;
    s->at = e->at;
    u->head = head_next(&u->head, &h);
    u->pos = e->pos;
    return NULL;
}

/* An event that stands where it should, of the right sizes. */
static void add_event(struct verify_report *v, struct unit_chain *u, struct event *e)
{
    struct seen *s = seen_of(&u->streams, &e->stream);
    const char *wrong = check_event(u, s, e);
    if (wrong) {
        fault(v, e->home_unit, e->pos, wrong);
        return;
    }
    if (s->seq == 1) {
        v->streams++;
        v->dossiers += str_is(event_kind(e->type), "dossier");
    }
    v->events++;
    note_personal(v, u, s, e);
}

/* --- the keys of a unit --- */

static enum err mark_keys(struct db *db, struct unit_chain *u, struct str unit)
{
    enum { PAGE = 1000 };
    struct id after = {{0}};
    enum err e = ERR_OK;
    for (int n = PAGE; n == PAGE && !e;) {
        struct rows r _rows_ = {0};
        n = 0;
        e = db_query(db, &r, STMT_LEDGER_KEYS_PAGE, p_text(unit), p_bytes(id_str(&after)), p_int(PAGE));
        for (; !e && rows_next(&r); n++) {
            struct str id = row_str(&r, 0);
            after = (struct id){{0}};
            memcpy(after.b, id.p, id.n < ID_BYTES ? id.n : ID_BYTES);
            seen_of(&u->streams, &after)->key = true;
        }
        if (!e)
            e = rows_end(&r);
    }
    u->keys = true;
    return e;
}

/* A key that is gone without an erasure is personal data that somebody destroyed silently; a key that stays after one, data that was promised
 * to be gone. The contradiction with the lowest position is named. */
static enum err check_keys(struct db *db, struct verify_report *v, const struct unit_chain *u, struct str unit)
{
    int64_t floor = 0, pos = INT64_MAX;
    struct rows f _rows_ = {0};
    enum err e = db_query(db, &f, STMT_LEDGER_KEY_FLOOR, p_text(unit));
    if (!e && rows_next(&f))
        floor = row_i64(&f, 0);
    if (!e)
        e = rows_end(&f);
    const char *what = NULL;
    for (size_t i = 0; i < u->streams.cap && !e; i++) {
        const struct seen *s = &u->streams.slot[i];
        bool gone = s->sealed > floor && !s->key, stays = s->erased && !s->sealed && s->key;
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

/* --- verify --- */

struct verifying {
    struct verify_report *report;
    struct unit_chain *unit;
};

static enum err each_event(void *arg, struct event *e)
{
    struct verifying *x = arg;
    add_event(x->report, x->unit, e);
    return x->report->fault ? ERR_CORRUPT : ERR_OK;
}

static enum err verify_unit(struct db *db, struct verify_report *v, const struct unit_head *h)
{
    struct str unit = str_of(h->unit);
    struct unit_chain u = {.pos = 0};
    struct gap gap;
    enum err e = mark_keys(db, &u, unit);
    if (!e)
        e = ledger_each_event(db, unit, h->pos, each_event, &(struct verifying){v, &u}, &gap);
    if (e == ERR_CORRUPT && gap.what)
        fault(v, unit, gap.pos, gap.what);
    if (!e && memcmp(u.head.b, h->hash.b, HASH_BYTES) != 0)
        fault(v, unit, u.pos, "the unit's head does not agree with its events");
    if (!e && !v->fault)
        e = check_keys(db, v, &u, unit);
    free(u.streams.slot);
    return v->fault ? ERR_OK : e;
}

/* The first unit, in byte order, that has events and no head: all heads and all units with events come in that order. */
static enum err headless(struct db *db, const struct unit_head *heads, size_t n, char unit_r[UNIT_CODE_MAX + 1])
{
    struct rows r _rows_ = {0};
    size_t i = 0;
    unit_r[0] = '\0';
    enum err e = db_query(db, &r, STMT_LEDGER_EVENT_UNITS, p_c(""));
    while (!e && !unit_r[0] && rows_next(&r)) {
        struct str unit = row_str(&r, 0);
        while (i < n && str_cmp(str_of(heads[i].unit), unit) < 0)
            i++;
        if (i == n || !str_is(unit, heads[i].unit))
            snprintf(unit_r, UNIT_CODE_MAX + 1, "%.*s", PRS(unit));
    }
    return e ? e : rows_end(&r);
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

static enum err verify_all(struct db *db, struct verify_report *v)
{
    struct unit_head *heads = NULL;
    size_t n = 0;
    char without[UNIT_CODE_MAX + 1];
    enum err e = ledger_heads(db, &heads, &n);
    if (!e)
        e = headless(db, heads, n, without);
    for (size_t i = 0; i < n && !e && !v->fault; i++) {
        if (without[0] && strcmp(without, heads[i].unit) < 0)
            break;
        e = verify_unit(db, v, &heads[i]);
        v->units++;
    }
    if (!e && !v->fault && without[0])
        fault(v, str_of(without), 1, "the unit has events but no head");
    if (!e)
        v->root = ledger_root(heads, n);
    free(heads);
    return e;
}

enum { DATASETS_MAX = 100000 };

/* What was adopted is named in events by its hash: the bytes must give it. */
static enum err verify_datasets(struct db *db, struct verify_report *v)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_DATASETS_ALL, p_bytes(STR("")), p_int(DATASETS_MAX));
    while (!e && !v->fault && rows_next(&r)) {
        struct hash h = dataset_hash(row_str(&r, 2));
        if (!str_eq(hash_str(&h), row_str(&r, 0))) {
            v->fault = true;
            snprintf(v->what, sizeof v->what, "the bytes of the adopted dataset %.*s do not give its hash", PRS(row_str(&r, 1)));
        }
    }
    if (v->fault) {
        rows_close(&r);
        return e;
    }
    return e ? e : rows_end(&r);
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
    if (!e)
        e = verify_all(db, v);
    if (!e && !v->fault)
        e = verify_datasets(db, v);
    db_rollback(db);
    return e;
}

/* --- the same check for events from elsewhere --- */

struct chain {
    struct verify_report report;
    struct unit_chain unit; /* that is being read */
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
    free((*c)->unit.streams.slot);
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
    free(c->unit.streams.slot);
    c->unit = (struct unit_chain){.pos = 0};
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
    struct gap gap = event_gap(e, h->pos + 1, true);
    if (gap.what)
        fault(&c->report, e->home_unit, gap.pos, gap.what);
    else
        add_event(&c->report, &c->unit, e);
    h->pos = c->unit.pos;
    h->hash = c->unit.head;
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

/* See command.h. */
#include "domain/command/command.h"
#include "domain/command/fields.h"
#include "domain/command/upcast.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/vn.h"
#include "store/write_now.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_MAX = 256 * 1024 };

bool actor_sees(const struct actor *a, struct str audience)
{
    for (size_t i = 0; i < a->audiences; i++)
        if (str_eq(a->audience[i], audience))
            return true;
    return false;
}

static void decref(void *j) { json_decref(j); }

json_t *arena_json(struct arena *a, json_t *j)
{
    if (j)
        arena_on_reset(a, decref, j);
    return j;
}

void decision_event(struct decision *d, const char *type, int version, json_t *payload, json_t *personal, struct str basis)
{
    if (d->events == EVENTS_PER_COMMAND_MAX) { /* a mistake of the aggregate: refused as a whole, remembered by nobody */
        json_decref(payload);
        json_decref(personal);
        fail_add(&d->fail, ERR_INTERNAL, NULL, "", "command.too-many-events", "%s", type);
        return;
    }
    d->event[d->events++] = (struct new_event){type, version, arena_json(d->arena, payload), arena_json(d->arena, personal), basis};
}

/* --- refusals under a key: stored as JSON, given back as they were --- */

static json_t *text_or_mark(const char *s)
{
    json_t *j = json_string(s);
    return j ? j : json_string("?"); /* bytes that are no text: the complaint stays */
}

static struct str refusal_save(struct arena *a, const struct fail *f)
{
    json_t *items = json_array();
    for (size_t i = 0; i < f->n; i++)
        json_array_append_new(items, json_pack("[ooo]", text_or_mark(f->item[i].pointer), text_or_mark(f->item[i].code), text_or_mark(f->item[i].param)));
    json_t *j = json_pack("{siso so}", "err", (int)f->err, "rule", text_or_mark(f->rule), "items", items);
    char *text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
    struct str s = str_dup(a, str_of(text));
    free(text);
    json_decref(j);
    return s;
}

static enum err refusal_load(struct fail *f, struct str saved)
{
    json_t *j = json_loadb(saved.p, saved.n, 0, NULL), *item;
    size_t i;
    *f = (struct fail){.err = (enum err)json_integer_value(json_object_get(j, "err"))};
    const char *rule = json_string_value(json_object_get(j, "rule"));
    snprintf(f->rule, sizeof f->rule, "%s", rule ? rule : "");
    json_array_foreach(json_object_get(j, "items"), i, item) {
        const char *text[3];
        for (size_t k = 0; k < 3; k++)
            if (!(text[k] = json_string_value(json_array_get(item, k))))
                text[k] = "";
        fail_add(f, f->err, NULL, text[0], text[1], "%s", text[2]);
    }
    json_decref(j);
    return f->err ? ERR_OK : ERR_CORRUPT;
}

/* --- states --- */

enum err applied_from(struct arena *a, const struct keyring *k, const struct key *key, const struct event *e, struct applied *out)
{
    *out = (struct applied){.head = *e, .keyring = k};
    json_t *payload = arena_json(a, json_loadb(e->payload.p, e->payload.n, JSON_REJECT_DUPLICATES, NULL));
    if (!payload)
        return ERR_CORRUPT;
    out->payload = payload;
    out->personal = arena_json(a, personal_open(key, e, payload));
    return ERR_OK;
}

enum err stream_load(const struct aggregate *g, const struct keyring *k, struct db *db, struct arena *a, struct str home_unit,
                     struct id stream, int64_t seq, void *state_r, int64_t *seq_r)
{
    memset(state_r, 0, g->state_size);
    *seq_r = 0;
    if (seq == INT64_MAX) {
        struct rows r _rows_ = {0};
        enum err e = db_query(db, &r, STMT_COMMAND_STREAM, p_text(home_unit), p_bytes(id_str(&stream)));
        if (e)
            return e;
        if (!rows_next(&r) || !str_is(row_str(&r, 0), g->kind)) {
            e = rows_end(&r);
            return e ? e : ERR_NOT_FOUND;
        }
        *seq_r = row_i64(&r, 1);
        e = g->load(state_r, a, str_dup(a, row_str(&r, 4)));
        return e ? e : rows_end(&r);
    }
    struct key key;
    enum err e = stream_key_load(k, db, home_unit, stream, &key);
    bool open = e == ERR_OK;
    if (e && e != ERR_NOT_FOUND)
        return e;
    struct rows r _rows_ = {0};
    e = db_query(db, &r, STMT_LEDGER_STREAM_EVENTS, p_text(home_unit), p_bytes(id_str(&stream)), p_int(0), p_int(seq));
    while (!e && rows_next(&r)) {
        struct event ev;
        struct applied applied;
        event_from_row(&r, &ev);
        ev = event_dup(a, &ev);
        e = applied_from(a, k, open ? &key : NULL, &ev, &applied);
        if (!e)
            e = applied_upcast(g, a, &applied);
        if (!e)
            e = g->apply(state_r, a, &applied);
        *seq_r = ev.seq;
    }
    if (!e)
        e = rows_end(&r);
    return e ? e : (*seq_r ? ERR_OK : ERR_NOT_FOUND);
}

/* --- running --- */

struct run {
    struct engine_room *room;
    struct ledger *ledger;
    struct db *db;
    struct arena *a;
    const struct command *c;
    const struct aggregate *g;
    struct outcome *out;
    struct entropy entropy;
    struct hash body;
    struct decision d;
    struct command as_of; /* the command, not earlier than the stream's last event: clocks of two nodes may differ */
    void *state;
    int64_t at;        /* of the stream's last event */
    struct hash prev;
    struct key key;
    bool key_known;
};

static bool copy_exactly(unsigned char *to, size_t n, struct str from)
{
    if (from.n == n)
        memcpy(to, from.p, n);
    return from.n == n;
}

static enum err repeated(struct run *r, bool *yes_r)
{
    struct rows rows _rows_ = {0};
    const struct command *c = r->c;
    *yes_r = false;
    enum err e = db_query(r->db, &rows, STMT_COMMAND_IDEM, p_text(c->actor.unit), p_text(c->actor.id), p_text(c->key));
    if (e)
        return e;
    if (!rows_next(&rows))
        return rows_end(&rows);
    *yes_r = true;
    struct outcome *out = r->out;
    out->repeated = true;
    if (!str_eq(row_str(&rows, 0), str_sub(hash_str(&r->body), 0, 16))) {
        out->err = fail_add(&out->fail, ERR_INVALID, NULL, "", "idempotency.other-body", NULL);
        return rows_end(&rows);
    }
    out->home_unit = str_dup(r->a, row_str(&rows, 1));
    if (!copy_exactly(out->stream.b, ID_BYTES, row_str(&rows, 2)))
        return ERR_CORRUPT;
    out->seq_from = row_i64(&rows, 3);
    out->seq_to = row_i64(&rows, 4);
    if (!row_null(&rows, 5)) {
        if ((e = refusal_load(&out->fail, row_str(&rows, 5))))
            return e;
        out->err = out->fail.err;
        return rows_end(&rows);
    }
    if ((e = rows_end(&rows)))
        return e;
    int64_t seq;
    out->state = arena_alloc(r->a, r->g->state_size);
    e = stream_load(r->g, &r->room->keyring, r->db, r->a, out->home_unit, out->stream, out->seq_to, out->state, &seq);
    struct rows ev _rows_ = {0};
    if (!e)
        e = db_query(r->db, &ev, STMT_LEDGER_STREAM_EVENTS, p_text(out->home_unit), p_bytes(id_str(&out->stream)), p_int(out->seq_from),
                     p_int(out->seq_to));
    while (!e && rows_next(&ev))
        if (out->events < EVENTS_PER_COMMAND_MAX)
            out->event_type[out->events++] = str_dup(r->a, row_str(&ev, 4));
    return e ? e : rows_end(&ev);
}

static void absent(struct run *r)
{
    fail_add(&r->d.fail, ERR_NOT_FOUND, NULL, "", r->g->absent ? r->g->absent : "stream.absent", NULL);
}

static enum err load(struct run *r)
{
    r->state = arena_alloc(r->a, r->g->state_size);
    if (id_is_zero(r->c->stream)) {
        r->d.stream = id_new(&r->entropy, r->c->now);
        return ERR_OK;
    }
    r->d.stream = r->c->stream;
    struct rows rows _rows_ = {0};
    enum err e = db_query(r->db, &rows, STMT_COMMAND_STREAM, p_text(r->c->home_unit), p_bytes(id_str(&r->c->stream)));
    if (e)
        return e;
    if (!rows_next(&rows) || !str_is(row_str(&rows, 0), r->g->kind)) {
        e = rows_end(&rows);
        if (!e)
            absent(r);
        return e;
    }
    r->d.seq = row_i64(&rows, 1);
    r->at = row_i64(&rows, 2);
    if (r->as_of.now < r->at)
        r->as_of.now = r->at;
    if (!copy_exactly(r->prev.b, HASH_BYTES, row_str(&rows, 3)))
        return ERR_CORRUPT;
    e = r->g->load(r->state, r->a, str_dup(r->a, row_str(&rows, 4)));
    r->d.state = r->state;
    if (!e && r->g->visible && !r->g->visible(r->state, &r->c->actor, r->as_of.now))
        absent(r);
    return e ? e : rows_end(&rows);
}

static enum err stream_key(struct run *r)
{
    if (r->key_known)
        return ERR_OK;
    enum err e = r->d.seq ? stream_key_load(&r->room->keyring, r->db, r->c->home_unit, r->d.stream, &r->key) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) {
        unsigned char wrapped[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES];
        entropy_bytes(&r->entropy, r->key.b, sizeof r->key.b);
        stream_key_wrap(&r->room->keyring, &r->entropy, r->d.stream, &r->key, wrapped);
        e = db_exec(r->db, STMT_LEDGER_KEY_ADD, p_text(r->c->home_unit), p_bytes(id_str(&r->d.stream)), p_bytes(str_bytes(wrapped, sizeof wrapped)));
    }
    r->key_known = e == ERR_OK;
    return e;
}

static enum err append(struct run *r, const struct new_event *n, int64_t seq, struct applied *applied)
{
    struct event *e = &applied->head;
    json_t *payload = n->payload;
    *applied = (struct applied){.payload = payload, .personal = n->personal, .keyring = &r->room->keyring};
    if (n->personal) {
        struct str sealed;
        enum err err = stream_key(r);
        if (!err)
            err = personal_seal(r->a, &r->key, &r->entropy, r->c->home_unit, r->d.stream, seq, n->personal, &sealed);
        if (err)
            return err;
        if (json_object_set_new(payload, "sealed", json_stringn(sealed.p, sealed.n)))
            return ERR_INTERNAL; /* not an object: what is personal must not be lost */
    }
    *e = (struct event){.home_unit = r->c->home_unit, .stream = r->d.stream, .seq = seq, .type = str_of(n->type), .version = n->version,
                        .at = r->c->now > r->at ? r->c->now : r->at, .actor = r->c->actor.id, .unit = r->c->actor.unit, .basis = n->basis,
                        .prev = r->prev};
    enum err err = canonical_json(r->a, payload, &e->payload);
    if (err)
        return err;
    entropy_bytes(&r->entropy, e->salt, sizeof e->salt);
    if ((err = ledger_append(r->ledger, r->db, e)))
        return err;
    r->prev = e->hash;
    r->at = e->at;
    err = applied_upcast(r->g, r->a, applied);
    return err ? err : r->g->apply(r->state, r->a, applied);
}

static enum err append_all(struct run *r)
{
    struct applied *applied = ARENA_ARRAY(r->a, struct applied, r->d.events);
    void *before = arena_alloc(r->a, r->g->state_size);
    memcpy(before, r->state, r->g->state_size);
    enum err e = ERR_OK;
    for (size_t i = 0; i < r->d.events && !e; i++) {
        e = append(r, &r->d.event[i], r->d.seq + (int64_t)i + 1, &applied[i]);
        r->out->event_type[i] = str_of(r->d.event[i].type);
    }
    if (e)
        return e;
    r->out->events = r->d.events;
    r->out->seq_to = r->d.seq + (int64_t)r->d.events;
    struct buf saved _buf_ = BUF_MAX(STATE_MAX);
    r->g->save(&saved, r->state);
    if (saved.overflow)
        return ERR_TOO_LARGE;
    if (fault_hit("command.project"))
        return ERR_INTERNAL;
    e = r->g->project(r->db, &r->room->keyring, before, r->state, applied, r->d.events);
    if (!e)
        e = db_exec(r->db, STMT_COMMAND_STREAM_SET, p_text(r->c->home_unit), p_bytes(id_str(&r->d.stream)), p_c(r->g->kind),
                    p_int(r->out->seq_to), p_int(r->at), p_bytes(hash_str(&r->prev)), p_bytes(buf_view(&saved)));
    return e;
}

static enum err remember(struct run *r)
{
    const struct outcome *out = r->out;
    struct str refusal = out->err ? refusal_save(r->a, &out->fail) : STR_NONE;
    return db_exec(r->db, STMT_COMMAND_IDEM_ADD, p_text(r->c->actor.unit), p_text(r->c->actor.id), p_text(r->c->key),
                   p_bytes(str_sub(hash_str(&r->body), 0, 16)), p_int(r->c->now), p_text(r->c->home_unit), p_bytes(id_str(&out->stream)),
                   p_int(out->seq_from), p_int(out->seq_to), p_bytes_or_null(refusal));
}

/* What makes two bodies the same: type, subject and canonical payload. */
static enum err body_hash(const struct engine_room *room, struct arena *a, const struct command *c, struct hash *body_r)
{
    struct str canonical;
    enum err e = canonical_json(a, c->payload, &canonical);
    if (!e) /* Keyed: a body holds personal data, and its hash outlives an erasure. */
        *body_r = KEYED_HASH(&room->keyring.pepper, STR("body"), c->type, c->home_unit, id_str(&c->stream), canonical);
    return e;
}

/* An answer of ours that another try may change is never kept. */
static bool lasting(enum err e) { return e != ERR_BUSY && err_info(e)->http_status < 500; }

static const char *unfit(const struct command *c)
{
    if (str_empty(c->key) || c->key.n > COMMAND_KEY_MAX)
        return "idempotency.key-missing";
    if (str_empty(c->home_unit) || c->home_unit.n > UNIT_CODE_MAX)
        return "command.unit-unfit";
    if (str_empty(c->actor.id) || c->actor.id.n > ACTOR_MAX || c->actor.unit.n > UNIT_CODE_MAX)
        return "command.actor-unfit";
    if (!vn_valid_utf8(c->key) || !vn_valid_utf8(c->home_unit) || !vn_valid_utf8(c->actor.id) || !vn_valid_utf8(c->actor.unit))
        return "command.not-text";
    return NULL;
}

enum err command_decide(struct decision *d)
{
    const struct command *c = d->command;
    const char *known = c->aggregate->fields ? c->aggregate->fields(c->type) : NULL;
    enum err e = c->aggregate->decide(d);
    if (e && !d->fail.err)
        fail_add(&d->fail, e, NULL, "", "command.refused", NULL);
    if (known && (!d->fail.err || d->fail.err == ERR_INVALID)) /* what is wrong is told together; who may not learns nothing of it */
        fields_known_only(&d->fail, c->payload, "", known);
    if (d->fail.err)
        d->events = 0;
    return d->fail.err;
}

/* `body` NULL: the payload cannot be written canonically. */
static enum err run(struct engine_room *room, struct ledger *l, struct db *db, struct arena *a, const struct command *c, const struct hash *body,
                    struct outcome *out)
{
    struct run r = {.room = room, .ledger = l, .db = db, .a = a, .c = c, .as_of = *c, .g = c->aggregate, .out = out};
    r.entropy = room->keyring.rehearsal ? entropy_derived(&room->keyring.seed, str_printf(a, "%.*s %.*s", PRS(c->actor.unit), PRS(c->actor.id)), c->key)
                                        : entropy_system();
    const struct rules *rules _rules_ = rules_hold(room); /* one generation for the whole run */
    r.d = (struct decision){.arena = a, .rules = rules, .keyring = &room->keyring, .command = &r.as_of};
    *out = (struct outcome){.home_unit = c->home_unit};
    bool again = false;
    enum err e;
    const char *problem = unfit(c);
    if (problem) {
        out->err = fail_add(&out->fail, ERR_MALFORMED, NULL, "", problem, NULL);
        return ERR_OK;
    }
    if (!body) {
        out->err = fail_add(&out->fail, ERR_INVALID, NULL, "", "json.not-canonical", NULL);
        return ERR_OK;
    }
    r.body = *body;
    if ((e = repeated(&r, &again)) || again)
        return e;
    if ((e = ledger_take(l, db, c->home_unit)) || (e = load(&r)))
        return e;
    out->stream = r.d.stream;
    out->seq_from = out->seq_to = r.d.seq;
    if (!r.d.fail.err && c->if_version && c->if_version != r.d.seq)
        fail_add(&r.d.fail, ERR_VERSION, NULL, "", "version.changed", "%lld", (long long)r.d.seq);
    if (!r.d.fail.err && r.g->prepare && (e = r.g->prepare(&r.d, db)))
        return e;
    if (!r.d.fail.err)
        e = command_decide(&r.d); /* a refusal is told by r.d.fail */
    out->state = r.state;
    if (!r.d.fail.err) {
        if (r.d.events == 0) /* neither an event nor a reason: a mistake of the aggregate */
            return ERR_INTERNAL;
        if ((e = append_all(&r)))
            return e;
    } else {
        out->fail = r.d.fail;
        out->err = r.d.fail.err;
    }
    return lasting(out->err) ? remember(&r) : ERR_OK;
}

enum err command_run(struct engine_room *room, struct ledger *l, struct db *db, struct arena *a, const struct command *c, struct outcome *out)
{
    struct hash body;
    return run(room, l, db, a, c, body_hash(room, a, c, &body) ? NULL : &body, out);
}

/* --- through the writer --- */

static enum err job_run(struct write_job *w, struct db *db, void *lane)
{
    struct command_job *j = (struct command_job *)w;
    return run(j->room, lane, db, j->arena, &j->command, j->canonical ? &j->body : NULL, &j->outcome);
}

static void job_done(struct write_job *w, enum err e)
{
    struct command_job *j = (struct command_job *)w;
    j->done(j, e);
}

enum err command_submit(struct engine_room *room, struct command_job *j)
{
    j->room = room;
    j->canonical = !body_hash(room, j->arena, &j->command, &j->body); /* here and not in the writer: all wait for that one */
    j->job = (struct write_job){.lane = str_hash(j->command.home_unit), .run = job_run, .done = job_done};
    return writer_submit(room->writer, &j->job);
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool over;
    enum err e;
};

static void wake(struct command_job *j, enum err e)
{
    struct waiting *w = j->arg;
    pthread_mutex_lock(&w->lock);
    w->over = true;
    w->e = e;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

enum err command_wait(struct engine_room *room, struct arena *a, const struct command *c, struct outcome *out)
{
    struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, ERR_OK};
    struct command_job j = {.arena = a, .command = *c, .done = wake, .arg = &w};
    enum err e;
    *out = (struct outcome){0}; /* also for whoever could not even hand it in */
    while ((e = command_submit(room, &j)) == ERR_BUSY) {
        struct timespec t = {0, 1000000};
        nanosleep(&t, NULL);
    }
    if (e)
        return e;
    pthread_mutex_lock(&w.lock);
    while (!w.over)
        pthread_cond_wait(&w.cond, &w.lock);
    pthread_mutex_unlock(&w.lock);
    *out = j.outcome;
    return w.e ? w.e : out->err;
}

struct forgetting {
    int64_t before, gone;
    int most;
};

static enum err forget_refusals(void *arg, struct db *db)
{
    struct forgetting *f = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_COMMAND_IDEM_FORGET, p_int(f->before), p_int(f->most));
    f->gone = 0;
    while (!e && rows_next(&r))
        f->gone++;
    return e ? e : rows_end(&r);
}

enum err command_forget_refusals(struct writer *w, int64_t before, int most, int64_t *gone_r)
{
    struct forgetting f = {before, 0, most};
    enum err e = write_now(w, 0, forget_refusals, &f, NULL);
    *gone_r = e ? 0 : f.gone;
    return e;
}

static void *lane_new(void *arg)
{
    (void)arg;
    return ledger_new();
}
static void lane_free(void *lane)
{
    struct ledger *l = lane;
    ledger_free(&l);
}
static enum err before_commit(void *lane, struct db *db) { return ledger_write_heads(lane, db); }
static void after_void(void *lane) { ledger_forget(lane); }

enum err engine_room_start(struct engine_room *room, int lanes, void (*after_commit)(void *), void *arg)
{
    struct fail f = {0};
    enum err e = store_finished(room->store, &f); /* no command on top of half an import */
    if (e) {
        log_line(LOG_ERROR, "store.not-finished", "reason=\"%s %s\"", f.n ? f.item[0].code : "", f.n ? f.item[0].param : "");
        return e;
    }
    if (room->aggregates && (e = store_events_known(room->store, room->aggregates, room->aggregate_count, room->unknown)))
        return e;
    return writer_start(room->store,
                        &(struct writer_config){.lanes = lanes, .group_max = store_engine(room->store) == ENGINE_SQLITE ? 256 : 64, .queue_max = room->queue_max ? room->queue_max : 4096,
                                                .lane_new = lane_new, .lane_free = lane_free, .before_commit = before_commit,
                                                .after_void = after_void, .after_commit = after_commit, .arg = arg},
                        &room->writer);
}

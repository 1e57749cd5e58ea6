/* See follower.h. */
#include "domain/follower/follower.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/timex.h"
#include "store/lease.h"
#include "store/write_now.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LEASE_MS = 15000,
    UNITS_PER_LOOK = 512,   /* units behind that a pass takes up */
    EVENTS_PER_UNIT = 64,   /* in one pass */
    EVENTS_PER_WRITE = 256, /* of all units in one transaction */
    BYTES_PER_WRITE = 4 << 20,
    LOOK_EVERY_MS = 1000,
    LOOK_APART_MS = 20, /* many commits, one look */
    AWAY_MS = 200,
    AGAIN_MS = 1000,
    AGAIN_MAX_MS = 60000
};

/* A unit whose event failed. */
struct stuck {
    struct stuck *next;
    char unit[UNIT_CODE_MAX + 1];
    int64_t pos, until; /* one by one up to here: then the cursor stands right before the event that fails */
    int64_t again_at;   /* machine's clock */
    int fails;
    enum err last;
};

struct station {
    struct followers *all;
    const struct follower *follower;
    pthread_mutex_t busy; /* one pass at a time */
    struct db *db;
    struct stuck *stuck; /* under busy */
    int64_t leased_until;
    pthread_t thread;
    bool started;
};

struct followers {
    struct followers_config config;
    struct id holder;
    _Atomic bool stopping;
    struct station station[FOLLOWERS_MAX];
};

/* --- what is to be done --- */

struct batch {
    char unit[UNIT_CODE_MAX + 1];
    int64_t from, to; /* cursor before and after */
    struct followed *event;
    size_t n; /* wanted ones */
    bool lost; /* the cursor was elsewhere: somebody else did it */
};

struct write {
    const struct follower *follower;
    struct batch *batch;
    size_t n;
};

static enum err advance(struct db *db, const struct follower *f, struct batch *b)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_FOLLOWER_ADVANCE, p_c(b->unit), p_c(f->name), p_int(b->to), p_int(b->from));
    if (e)
        return e;
    b->lost = !rows_next(&r);
    return rows_end(&r);
}

static enum err run(const struct follower *f, struct db *db, const struct batch *b)
{
    if (f->run_batch)
        return b->n ? f->run_batch(f->arg, db, b->event, b->n) : ERR_OK;
    enum err e = ERR_OK;
    for (size_t i = 0; i < b->n && !e; i++)
        e = f->run(f->arg, db, &b->event[i].event, b->event[i].seen);
    return e;
}

static enum err write_batches(void *arg, struct db *db)
{
    struct write *w = arg;
    enum err e = ERR_OK;
    for (size_t i = 0; i < w->n && !e; i++) {
        struct batch *b = &w->batch[i];
        e = advance(db, w->follower, b); /* first: it takes the row, so a second one waits here and then gets nothing */
        if (!e && !b->lost)
            e = run(w->follower, db, b);
        if (!e && fault_hit("follower.before-commit"))
            e = ERR_INTERNAL;
    }
    return e;
}

/* --- units that fail --- */

static struct stuck *stuck_of(struct station *s, const char *unit)
{
    for (struct stuck *k = s->stuck; k; k = k->next)
        if (strcmp(k->unit, unit) == 0)
            return k;
    return NULL;
}

static void note_failure(struct station *s, const struct batch *b, enum err e)
{
    struct stuck *k = stuck_of(s, b->unit);
    if (!k) {
        k = calloc(1, sizeof *k);
        if (!k)
            abort();
        snprintf(k->unit, sizeof k->unit, "%s", b->unit);
        k->next = s->stuck;
        s->stuck = k;
    }
    if (b->to > b->from + 1) { /* which of them? one by one from now on, at once */
        k->until = b->to;
        k->again_at = 0;
        return;
    }
    k->fails++;
    k->last = e;
    int64_t wait = AGAIN_MS;
    for (int i = 1; i < k->fails && wait < AGAIN_MAX_MS; i++)
        wait *= 2;
    k->again_at = time_machine_ms() + (wait < AGAIN_MAX_MS ? wait : AGAIN_MAX_MS);
    k->pos = b->to;
    log_line(LOG_ERROR, "follower.stuck", "follower=%s unit=%s pos=%lld kind=%s tries=%d", s->follower->name, b->unit, (long long)k->pos,
             err_info(e)->name, k->fails);
}

static void note_success(struct station *s, const struct batch *b)
{
    struct stuck **at = &s->stuck;
    for (; *at && strcmp((*at)->unit, b->unit) != 0; at = &(*at)->next)
        ;
    if (!*at)
        return;
    (*at)->fails = 0;
    (*at)->pos = 0;
    if (b->to >= (*at)->until) {
        struct stuck *gone = *at;
        *at = gone->next;
        free(gone);
    }
}

/* --- a pass --- */

struct pass {
    struct station *s;
    struct arena *a;
    struct write write;
    size_t events, bytes;
    size_t moved;    /* events done; and one for a step towards the event that fails */
    enum err failed; /* of the first unit that cannot go on */
};

/* Writes what was gathered. Whatever fails together is tried alone, so that one unit's fault is its own. */
static enum err deliver(struct pass *p)
{
    struct write *w = &p->write;
    struct writer *writer = p->s->all->config.writer;
    enum err e = w->n ? write_now(writer, str_hash(str_of(w->batch[0].unit)), write_batches, w, NULL) : ERR_OK;
    for (size_t i = 0; i < w->n && e != ERR_UNAVAILABLE; i++) {
        struct write one = {w->follower, &w->batch[i], 1};
        enum err mine = e && w->n > 1 ? write_now(writer, str_hash(str_of(w->batch[i].unit)), write_batches, &one, NULL) : e;
        if (mine == ERR_UNAVAILABLE)
            return mine;
        if (mine) {
            note_failure(p->s, &w->batch[i], mine);
            if (!p->failed && w->batch[i].to == w->batch[i].from + 1)
                p->failed = mine;
            p->moved += w->batch[i].to > w->batch[i].from + 1;
        } else {
            note_success(p->s, &w->batch[i]);
            p->moved += w->batch[i].lost ? 0 : (size_t)(w->batch[i].to - w->batch[i].from);
        }
    }
    w->n = 0;
    p->events = p->bytes = 0;
    arena_reset(p->a);
    return e == ERR_UNAVAILABLE ? e : ERR_OK;
}

static enum err gather(struct pass *p, const char *unit, int64_t cursor)
{
    struct station *s = p->s;
    const struct follower *f = s->follower;
    const struct stuck *k = stuck_of(s, unit);
    if (k && k->again_at > time_machine_ms()) {
        p->failed = p->failed ? p->failed : k->last;
        return ERR_OK;
    }
    int64_t most = k ? 1 : EVENTS_PER_UNIT;
    struct batch *b = &p->write.batch[p->write.n];
    *b = (struct batch){.from = cursor, .to = cursor, .event = ARENA_ARRAY(p->a, struct followed, (size_t)most)};
    snprintf(b->unit, sizeof b->unit, "%.*s", UNIT_CODE_MAX, unit);
    struct rows r _rows_ = {0};
    enum err e = db_query(s->db, &r, STMT_LEDGER_UNIT_EVENTS, p_c(unit), p_int(cursor), p_int(most));
    while (!e && rows_next(&r)) {
        struct event ev;
        event_from_row(&r, &ev);
        if (ev.pos != b->to + 1) { /* positions have no gaps: verify will say more */
            log_line(LOG_ERROR, "follower.gap", "follower=%s unit=%s pos=%lld", f->name, unit, (long long)b->to + 1);
            return ERR_CORRUPT;
        }
        b->to = ev.pos;
        if (f->wants && !f->wants(f->arg, ev.type))
            continue;
        b->event[b->n++].event = event_dup(p->a, &ev);
        p->bytes += ev.payload.n;
        if (p->bytes >= BYTES_PER_WRITE)
            break;
    }
    if (!e)
        e = rows_end(&r);
    for (size_t i = 0; i < b->n && !e && f->look; i++) {
        e = f->look(f->arg, p->a, s->db, &b->event[i].event, &b->event[i].seen);
        if (e && e != ERR_UNAVAILABLE) { /* as if run had refused it */
            struct batch upto = *b;
            upto.to = b->event[i].event.pos;
            note_failure(s, &upto, e);
            if (!p->failed && upto.to == upto.from + 1)
                p->failed = e;
            p->moved += upto.to > upto.from + 1;
            return ERR_OK;
        }
    }
    if (!e && b->to > b->from) {
        p->write.n++;
        p->events += (size_t)(b->to - b->from);
    }
    return e;
}

struct behind {
    char unit[UNIT_CODE_MAX + 1];
    int64_t cursor;
};

static enum err who_is_behind(struct station *s, const char *after, struct behind *units, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(s->db, &r, STMT_LEDGER_FOLLOWERS_BEHIND, p_c(s->follower->name), p_c(after), p_int(UNITS_PER_LOOK));
    while (!e && *n_r < UNITS_PER_LOOK && rows_next(&r)) {
        struct behind *b = &units[(*n_r)++];
        snprintf(b->unit, sizeof b->unit, "%.*s", PRS(row_str(&r, 0)));
        b->cursor = row_i64(&r, 2);
    }
    return e ? e : rows_end(&r);
}

/* The lease is only asked for when there is work, and renewed when a third of it is gone: an idle follower writes nothing. */
static enum err hold_lease(struct station *s, bool *mine_r)
{
    int ms = s->all->config.lease_ms ? s->all->config.lease_ms : LEASE_MS;
    int64_t now = time_machine_ms();
    *mine_r = true;
    if (s->leased_until - now > ms - ms / 3)
        return ERR_OK;
    char name[80];
    snprintf(name, sizeof name, "follower %s", s->follower->name);
    enum err e = lease_take(s->all->config.writer, name, s->all->holder, ms, mine_r);
    s->leased_until = !e && *mine_r ? now + ms : 0;
    return e;
}

static enum err one_pass(struct station *s, size_t *moved_r, enum err *failed_r, bool *held_r)
{
    struct behind units[UNITS_PER_LOOK];
    struct batch batches[EVENTS_PER_WRITE];
    struct arena *a _arena_ = arena_new();
    struct pass p = {.s = s, .a = a, .write = {s->follower, batches, 0}};
    char after[UNIT_CODE_MAX + 1] = "";
    size_t n = 0;
    enum err e = ERR_OK;
    *held_r = false;
    *failed_r = ERR_OK;
    do {
        if ((e = who_is_behind(s, after, units, &n)) || n == 0)
            break;
        bool mine;
        if ((e = hold_lease(s, &mine)))
            break;
        if ((*held_r = !mine))
            break;
        for (size_t i = 0; i < n && !e && !atomic_load(&s->all->stopping); i++) {
            enum err g = gather(&p, units[i].unit, units[i].cursor);
            if (g == ERR_CORRUPT) {
                note_failure(s, &(struct batch){.from = units[i].cursor, .to = units[i].cursor + 1}, g);
                p.failed = p.failed ? p.failed : g;
            } else
                e = g;
            if (!e && (p.events > EVENTS_PER_WRITE - EVENTS_PER_UNIT || p.write.n == EVENTS_PER_WRITE || p.bytes >= BYTES_PER_WRITE))
                e = deliver(&p);
        }
        if (!e)
            e = deliver(&p);
        memcpy(after, units[n - 1].unit, sizeof after);
    } while (!e && n == UNITS_PER_LOOK && !atomic_load(&s->all->stopping));
    *moved_r = p.moved;
    *failed_r = p.failed;
    return e;
}

static void *station_main(void *arg)
{
    struct station *s = arg;
    uint64_t seen = 0;
    while (!atomic_load(&s->all->stopping)) {
        bool held;
        size_t moved;
        enum err failed;
        pthread_mutex_lock(&s->busy);
        enum err e = one_pass(s, &moved, &failed, &held);
        pthread_mutex_unlock(&s->busy);
        if (e && e != ERR_UNAVAILABLE)
            log_line(LOG_ERROR, "follower.failed", "follower=%s kind=%s error=\"%s\"", s->follower->name, err_info(e)->name, db_error(s->db));
        if (!e && moved >= EVENTS_PER_UNIT)
            continue; /* there may be a long backlog */
        if (e || held || moved || bell_wait(s->all->config.bell, &seen, LOOK_EVERY_MS))
            nanosleep(&(struct timespec){0, (e || held ? AWAY_MS : LOOK_APART_MS) * 1000000L}, NULL);
    }
    return NULL;
}

enum err followers_catch_up(struct followers *f)
{
    for (size_t i = 0; i < f->config.n; i++) {
        struct station *s = &f->station[i];
        bool held = false;
        size_t moved = 1;
        enum err e = ERR_OK, failed = ERR_OK;
        while (!e && moved && !failed) {
            pthread_mutex_lock(&s->busy);
            e = one_pass(s, &moved, &failed, &held);
            pthread_mutex_unlock(&s->busy);
        }
        if (e || failed || held)
            return e ? e : failed ? failed : ERR_BUSY;
    }
    return ERR_OK;
}

enum err followers_report(struct followers *f, struct db *db, struct follower_report *reports_r, size_t most, size_t *n_r)
{
    enum err e = ERR_OK;
    *n_r = 0;
    for (size_t i = 0; i < f->config.n && *n_r < most && !e; i++) {
        struct station *s = &f->station[i];
        struct follower_report *rep = &reports_r[(*n_r)++];
        *rep = (struct follower_report){.name = s->follower->name};
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_LEDGER_FOLLOWERS_BEHIND, p_c(s->follower->name), p_c(""), p_int(1000000));
        while (!e && rows_next(&r)) {
            rep->units_behind++;
            rep->events_behind += row_i64(&r, 1) - row_i64(&r, 2);
        }
        if (!e)
            e = rows_end(&r);
        pthread_mutex_lock(&s->busy);
        for (const struct stuck *k = s->stuck; k; k = k->next)
            if (k->fails) {
                rep->stuck_units++;
                rep->stuck_pos = k->pos;
                snprintf(rep->stuck_unit, sizeof rep->stuck_unit, "%s", k->unit);
            }
        pthread_mutex_unlock(&s->busy);
    }
    return e;
}

enum err followers_start(const struct followers_config *c, struct followers **f_r)
{
    if (c->n > FOLLOWERS_MAX)
        return ERR_INVALID;
    struct followers *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->config = *c;
    struct entropy random = entropy_system();
    f->holder = id_new(&random, time_machine_ms());
    enum err e = ERR_OK;
    for (size_t i = 0; i < c->n; i++) {
        struct station *s = &f->station[i];
        s->all = f;
        s->follower = &c->follower[i];
        pthread_mutex_init(&s->busy, NULL);
        if (!e)
            e = db_open(c->store, DB_READ, &s->db);
        if (!e && c->threads && !(s->started = pthread_create(&s->thread, NULL, station_main, s) == 0))
            e = ERR_UNAVAILABLE;
    }
    if (e)
        followers_stop(&f);
    *f_r = f;
    return e;
}

void followers_stop(struct followers **fp)
{
    struct followers *f = *fp;
    if (!f)
        return;
    atomic_store(&f->stopping, true);
    bell_ring(f->config.bell);
    for (size_t i = 0; i < f->config.n; i++) {
        struct station *s = &f->station[i];
        char name[80];
        if (s->started)
            pthread_join(s->thread, NULL);
        snprintf(name, sizeof name, "follower %s", s->follower->name);
        if (s->leased_until)
            lease_drop(f->config.writer, name, f->holder); /* so that another process goes on at once */
        while (s->stuck) {
            struct stuck *next = s->stuck->next;
            free(s->stuck);
            s->stuck = next;
        }
        db_close(&s->db);
        pthread_mutex_destroy(&s->busy);
    }
    free(f);
    *fp = NULL;
}

/* See job.h: rows, leases and ends. */
#include "domain/job/job_private.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/timex.h"
#include "store/write_now.h"
#include <stdio.h>
#include <stdlib.h>

enum { LEASE_MS = 60000, ATTEMPTS = 8, BACKOFF_MS = 5000, BACKOFF_MAX_MS = MS_HOUR, RECORD_AGAIN_MS = 200 };

struct id job_id(const char *kind, struct str home_unit, struct str what)
{
    static const struct key none;
    struct hash h = KEYED_HASH(&none, STR("job 1"), str_of(kind), home_unit, what);
    struct id i;
    memcpy(i.b, h.b, sizeof i.b);
    i.b[6] = (unsigned char)(0x80 | (i.b[6] & 0x0f)); /* UUIDv8: derived */
    i.b[8] = (unsigned char)(0x80 | (i.b[8] & 0x3f));
    return i;
}

enum err job_add(struct db *db, struct str home_unit, struct id id, const char *kind, int64_t due_at, struct str payload)
{
    if (home_unit.n > sizeof ((struct job_row *)0)->home_unit - 1 || strlen(kind) > JOB_KIND_MAX || payload.n > JOB_PAYLOAD_MAX)
        return ERR_INVALID;
    return db_exec(db, STMT_JOB_ADD, p_text(home_unit), p_bytes(id_str(&id)), p_c(kind), p_int(due_at), p_bytes(payload));
}

enum err job_cancel(struct db *db, struct str home_unit, struct id id)
{
    return db_exec(db, STMT_JOB_CANCEL, p_text(home_unit), p_bytes(id_str(&id)));
}

int64_t job_now(const struct job_room *room) { return room->now ? room->now(room->arg) : time_machine_ms(); }
int job_lease_ms(const struct job_kind *k) { return k->lease_ms ? k->lease_ms : LEASE_MS; }
static int attempts_max(const struct job_kind *k) { return k->attempts_max ? k->attempts_max : ATTEMPTS; }

static int64_t backoff(const struct job_kind *k, int attempt)
{
    int64_t wait = k->backoff_ms ? k->backoff_ms : BACKOFF_MS, most = k->backoff_max_ms ? k->backoff_max_ms : BACKOFF_MAX_MS;
    for (int i = 1; i < attempt && wait < most; i++)
        wait *= 2;
    return wait < most ? wait : most;
}

void job_hold_free(struct job_hold **h)
{
    if (*h) {
        struct arena *a = (*h)->arena; /* the hold lies in its own arena */
        arena_free(&a);
    }
    *h = NULL;
}

enum err job_due(struct db *db, const struct job_room *room, const struct job_kind *k, int64_t now, struct job_hold **holds_r, size_t most,
                 size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_JOB_DUE, p_c(k->name), p_int(now), p_int(time_machine_ms()), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r)) {
        struct arena *a = arena_new();
        struct job_hold *h = ARENA_NEW(a, struct job_hold);
        *h = (struct job_hold){.room = room, .kind = k, .arena = a};
        struct job *j = &h->job;
        *j = (struct job){.home_unit = str_dup(a, row_str(&r, 0)), .kind = str_of(k->name), .due_at = row_i64(&r, 3), .now = now,
                          .attempt = (int)row_i64(&r, 4), .payload = str_dup(a, row_str(&r, 5)), .hold = h};
        struct str id = row_str(&r, 1);
        if (id.n == ID_BYTES)
            memcpy(j->id.b, id.p, ID_BYTES);
        holds_r[(*n_r)++] = h;
    }
    return e ? e : rows_end(&r);
}

/* --- leases --- */

struct leasing {
    struct job_hold *const *holds;
    size_t n;
    int64_t now;
};

/* Of a conditional update of one row: was it still so? */
static enum err took_effect(struct rows *r, bool *hit_r)
{
    *hit_r = rows_next(r);
    return rows_end(r);
}

static enum err write_end(struct db *db, const struct job *j, const char *state, int64_t due_at, int attempts, const char *problem, bool *hit_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_JOB_END, p_text(j->home_unit), p_bytes(id_str(&j->id)), p_c(state), p_int(due_at), p_int(attempts),
                          p_c(problem), p_int(j->attempt));
    return e ? e : took_effect(&r, hit_r);
}

static enum err lease(void *arg, struct db *db)
{
    const struct leasing *l = arg;
    enum err e = ERR_OK;
    for (size_t i = 0; i < l->n && !e; i++) {
        struct job_hold *h = l->holds[i];
        const struct job *j = &h->job;
        bool buried;
        h->mine = false;
        if (j->attempt >= attempts_max(h->kind)) { /* each time its process died: it may well be what kills it */
            e = write_end(db, j, "dead", j->due_at, j->attempt, "job.never-ended", &buried);
            continue;
        }
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_JOB_LEASE, p_text(j->home_unit), p_bytes(id_str(&j->id)), p_int(l->now + job_lease_ms(h->kind)),
                     p_int(l->now), p_int(j->attempt));
        if (!e)
            e = took_effect(&r, &h->mine);
    }
    return e;
}

enum err job_lease(const struct job_room *room, struct job_hold *const *holds, size_t n)
{
    struct leasing l = {holds, n, time_machine_ms()};
    enum err e = write_now(room->writer, 0, lease, &l, NULL);
    for (size_t i = 0; i < n; i++) {
        holds[i]->mine = !e && holds[i]->mine;
        if (holds[i]->mine)
            holds[i]->job.attempt++;
    }
    return e;
}

struct keeping {
    const struct job *job;
    int64_t until;
    bool hit;
};

static enum err keep(void *arg, struct db *db)
{
    struct keeping *k = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_JOB_KEEP, p_text(k->job->home_unit), p_bytes(id_str(&k->job->id)), p_int(k->until),
                          p_int(k->job->attempt));
    return e ? e : took_effect(&r, &k->hit);
}

enum err job_keep(struct job *j)
{
    struct keeping k = {.job = j, .until = time_machine_ms() + job_lease_ms(j->hold->kind)};
    enum err e = write_now(j->hold->room->writer, 0, keep, &k, NULL);
    return e ? e : k.hit ? ERR_OK : ERR_CONFLICT;
}

bool job_stopping(const struct job *j) { return j->hold->stopping && atomic_load(j->hold->stopping); }

/* --- ends --- */

struct ending {
    const struct job *job;
    const char *state;
    int64_t due_at;
    int attempts;
    char problem[JOB_PROBLEM_MAX + 1];
    bool hit;
};

static enum err record(void *arg, struct db *db)
{
    struct ending *en = arg;
    return write_end(db, en->job, en->state, en->due_at, en->attempts, en->problem, &en->hit);
}

/* The database may be away or read-only for a moment: an end that is not written means that the job runs again, so it is worth trying
 * as long as the lease holds. */
static void record_end(const struct job_hold *h, struct ending *en)
{
    int64_t until = time_machine_ms() + job_lease_ms(h->kind);
    char id[37];
    id_format(h->job.id, id);
    enum err e;
    while ((e = write_now(h->room->writer, 0, record, en, NULL)) == ERR_UNAVAILABLE && time_machine_ms() < until && !job_stopping(&h->job))
        nanosleep(&(struct timespec){0, RECORD_AGAIN_MS * 1000000L}, NULL);
    if (e)
        log_line(LOG_WARN, "job.not-recorded", "kind=%s id=%s error=%s", h->kind->name, id, err_info(e)->name);
    else if (!en->hit)
        log_line(LOG_WARN, "job.lease-lost", "kind=%s id=%s attempt=%d", h->kind->name, id, h->job.attempt);
    else if (en->problem[0])
        log_line(LOG_WARN, strcmp(en->state, "dead") == 0 ? "job.dead" : "job.failed", "kind=%s id=%s attempt=%d problem=\"%s\"",
                 h->kind->name, id, h->job.attempt, en->problem);
}

void job_perform(struct job_hold *h)
{
    struct job *j = &h->job;
    enum job_end end = h->kind->run(h->kind->arg ? h->kind->arg : h->room->arg, h->arena, j);
    if (fault_hit("job.before-record"))
        return; /* as if the process had died here */
    struct ending en = {.job = j, .state = "done", .due_at = j->due_at, .attempts = j->attempt};
    int64_t now = h->stopping ? job_now(h->room) : j->now; /* job_run_due has a time of its own */
    if (end == JOB_DONE && j->again_at) {
        en.state = "waiting";
        en.due_at = j->again_at;
        en.attempts = 0;
    } else if (end != JOB_DONE) {
        snprintf(en.problem, sizeof en.problem, "%s %lld", j->problem ? j->problem : "job.failed", (long long)j->problem_number);
        bool interrupted = end == JOB_FAILED && job_stopping(j);
        en.state = end == JOB_HOPELESS || (!interrupted && j->attempt >= attempts_max(h->kind)) ? "dead" : "waiting";
        en.attempts = interrupted ? j->attempt - 1 : j->attempt;
        en.due_at = interrupted ? j->due_at : now + backoff(h->kind, j->attempt);
    }
    record_end(h, &en);
}

void job_give_back(struct job_hold *h)
{
    struct ending en = {.job = &h->job, .state = "waiting", .due_at = h->job.due_at, .attempts = h->job.attempt - 1};
    record_end(h, &en);
}

/* --- one after another, for the rehearsal --- */

static bool comes_before(const struct job *a, const struct job *b)
{
    if (a->due_at != b->due_at)
        return a->due_at < b->due_at;
    int c = str_cmp(a->home_unit, b->home_unit);
    return c ? c < 0 : memcmp(a->id.b, b->id.b, ID_BYTES) < 0;
}

static enum err first_due(struct db *db, const struct job_room *room, int64_t now, struct job_hold **first_r)
{
    enum err e = ERR_OK;
    *first_r = NULL;
    for (size_t i = 0; i < room->kind_count && !e; i++) {
        struct job_hold *h = NULL;
        size_t n;
        e = job_due(db, room, &room->kinds[i], now, &h, 1, &n);
        if (h && (!*first_r || comes_before(&h->job, &(*first_r)->job))) {
            job_hold_free(first_r);
            *first_r = h;
        } else
            job_hold_free(&h);
    }
    return e;
}

enum err job_run_due(const struct job_room *room, int64_t now, int most, int *ran_r)
{
    struct db *db _db_ = NULL;
    enum err e = db_open(room->store, DB_READ, &db);
    *ran_r = 0;
    while (!e && *ran_r < most) {
        struct job_hold *h;
        e = first_due(db, room, now, &h);
        if (!h)
            break;
        if (!e)
            e = job_lease(room, &h, 1);
        if (h->mine) {
            job_perform(h);
            ++*ran_r;
        }
        job_hold_free(&h);
    }
    return e;
}

/* See health.h. */
#include "store/health.h"
#include "base/log.h"
#include "base/timex.h"
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_MS = 2000, JUMP_MS = 5 * MS_MINUTE, UNITS_LOOKED_AT = 20000, TRIAL_BYTES = 32 * 1024 };
static const char LOW_DISK[] = "low-disk", NO_SPACE[] = "no-space", CLOCK_JUMP[] = "clock-jump", DATABASE[] = "database";

struct health {
    struct health_config config;
    char dir[4000];
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stopping;
    struct db *db;         /* the watcher's only */
    pthread_mutex_t look;  /* one look at a time */
    bool low, full, jumped, away;
    int64_t free_mb, drift_ms, offset_ms; /* wall minus steady when the clock was last right */
    int64_t newest_at; /* of the facts when the program started; 0 once the clock was seen beyond */
};

static int64_t free_in(const char *dir)
{
    struct statvfs v;
    if (statvfs(dir, &v) != 0)
        return 0; /* a disk that does not answer is no disk to write to */
    return (int64_t)((uint64_t)v.f_bavail * v.f_frsize >> 20);
}

static int64_t free_mb(const struct health *h) { return h->config.free_mb ? h->config.free_mb(h->config.arg) : free_in(h->dir); }

bool health_disk_low(const char *dir, int64_t low_disk_mb) { return free_in(dir) < low_disk_mb; }

static int64_t wall_ms(const struct health *h) { return h->config.wall_ms ? h->config.wall_ms(h->config.arg) : time_machine_ms(); }

/* Counts sleep, too: a laptop that was closed for an hour has not jumped. */
static int64_t offset_ms(const struct health *h)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    int64_t steady = h->config.steady_ms ? h->config.steady_ms(h->config.arg) : (int64_t)t.tv_sec * MS_SECOND + t.tv_nsec / 1000000;
    return wall_ms(h) - steady;
}

static bool database_away(struct health *h)
{
    if (!h->config.store)
        return false;
    if (!h->db && db_open(h->config.store, DB_READ, &h->db))
        return true;
    struct rows r _rows_ = {0};
    enum err e = db_query(h->db, &r, STMT_STORE_SCHEMA_NEWEST, p_int(0));
    if (!e) {
        (void)rows_next(&r);
        e = rows_end(&r);
    }
    return e != ERR_OK; /* a lost connection is made anew by the next query */
}

/* A small fact that means nothing, durably. On a connection of its own: the lanes take nothing while the node is read-only. */
static bool can_write(const struct health *h)
{
    static const char nothing[TRIAL_BYTES];
    struct db *db = NULL;
    if (h->config.can_write)
        return h->config.can_write(h->config.arg);
    if (!h->config.store)
        return true;
    enum err e = db_open(h->config.store, DB_WRITE, &db);
    if (!e)
        e = db_begin(db);
    if (!e) {
        e = db_exec(db, STMT_LEASE_PROBE, p_bytes(str_bytes(nothing, sizeof nothing)), p_int(wall_ms(h)));
        if (!e)
            e = db_commit(db);
        if (e)
            db_rollback(db);
    }
    if (e)
        log_line(LOG_WARN, "health.trial-failed", "kind=%s", err_info(e)->name);
    if (db && db_must_exit(db)) {
        log_line(LOG_ERROR, "writer.sync-failed", "error=\"%s\" action=exit", db_error(db));
        _exit(3); /* as the writer does: the disk's word is worth nothing any more */
    }
    db_close(&db);
    return e == ERR_OK;
}

/* The steady clock begins anew with the machine: what was put back meanwhile shows only against what is written. */
static int64_t newest_fact(struct health *h)
{
    int64_t at = 0;
    if (!h->config.store || !h->config.watch_clock || (!h->db && db_open(h->config.store, DB_READ, &h->db)))
        return 0;
    struct rows r _rows_ = {0};
    enum err e = db_query(h->db, &r, STMT_LEDGER_NEWEST_AT, p_int(UNITS_LOOKED_AT));
    if (!e && rows_next(&r))
        at = row_i64(&r, 0);
    if (!e)
        e = rows_end(&r);
    return e ? 0 : at;
}

static bool is_ours(const char *reason) { return reason == LOW_DISK || reason == NO_SPACE || reason == CLOCK_JUMP; }

/* Sets or clears what is ours; called with the lock. */
static void tell_writer(struct health *h)
{
    const char *is = writer_read_only_reason(h->config.writer);
    const char *want = h->low ? LOW_DISK : h->full ? NO_SPACE : h->jumped ? CLOCK_JUMP : NULL;
    if (is == want || (is && !is_ours(is)))
        return;
    writer_read_only(h->config.writer, want);
    log_line(want ? LOG_ERROR : LOG_INFO, want ? "health.read-only" : "health.writing-again", "reason=%s free_mb=%lld drift_ms=%lld",
             want ? want : "none", (long long)h->free_mb, (long long)h->drift_ms);
}

void health_look(struct health *h)
{
    pthread_mutex_lock(&h->look);
    bool away = database_away(h); /* may take its time: without the lock */
    int64_t room = free_mb(h), offset = offset_ms(h);
    bool was_full = writer_was_full(h->config.writer) || h->full, full = was_full && !can_write(h);
    pthread_mutex_lock(&h->lock);
    h->full = full;
    int64_t least = h->config.low_disk_mb;
    h->free_mb = room;
    h->low = room < (h->low ? least + (least + 3) / 4 : least);
    h->away = away;
    if (h->config.watch_clock && h->newest_at && wall_ms(h) < h->newest_at - JUMP_MS) {
        h->drift_ms = wall_ms(h) - h->newest_at;
        h->jumped = true;
    } else if (h->config.watch_clock && h->newest_at) { /* it was put right, or was right from the first */
        h->newest_at = 0;
        h->offset_ms = offset;
        h->drift_ms = 0;
        h->jumped = false;
    } else if (h->config.watch_clock) {
        h->drift_ms = offset - h->offset_ms;
        h->jumped = h->drift_ms > JUMP_MS || h->drift_ms < -JUMP_MS;
        if (!h->jumped) /* small steps of time synchronisation add up over a year, and are right */
            h->offset_ms = offset;
    }
    tell_writer(h);
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_unlock(&h->look);
}

void health_clock_is_right(struct health *h)
{
    int64_t offset = offset_ms(h);
    pthread_mutex_lock(&h->lock);
    if (h->jumped)
        log_line(LOG_WARN, "health.clock-acknowledged", "drift_ms=%lld", (long long)h->drift_ms);
    h->offset_ms = offset;
    h->newest_at = 0;
    h->jumped = false;
    h->drift_ms = 0;
    tell_writer(h);
    pthread_mutex_unlock(&h->lock);
}

void health_low_disk(struct health *h, int64_t low_disk_mb)
{
    pthread_mutex_lock(&h->lock);
    h->config.low_disk_mb = low_disk_mb;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
}

bool health_ready(struct health *h, struct health_report *r)
{
    const char *reason = writer_read_only_reason(h->config.writer);
    pthread_mutex_lock(&h->lock);
    *r = (struct health_report){.free_mb = h->free_mb, .drift_ms = h->drift_ms};
    if (h->low)
        r->reason[r->n++] = LOW_DISK;
    if (h->full)
        r->reason[r->n++] = NO_SPACE;
    if (h->jumped)
        r->reason[r->n++] = CLOCK_JUMP;
    if (h->away)
        r->reason[r->n++] = DATABASE;
    pthread_mutex_unlock(&h->lock);
    if (reason && !is_ours(reason))
        r->reason[r->n++] = reason;
    return r->ready = r->n == 0;
}

static void *watch(void *arg)
{
    struct health *h = arg;
    int every = h->config.every_ms ? h->config.every_ms : EVERY_MS;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += every / 1000;
        until.tv_nsec += every % 1000 * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&h->wake, &h->lock, &until);
        if (h->stopping)
            break;
        pthread_mutex_unlock(&h->lock);
        health_look(h);
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

enum err health_start(const struct health_config *c, struct health **h_r)
{
    struct health *h = calloc(1, sizeof *h);
    pthread_condattr_t steady;
    if (!h)
        abort();
    h->config = *c;
    snprintf(h->dir, sizeof h->dir, "%s", c->dir);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&h->lock, NULL);
    pthread_mutex_init(&h->look, NULL);
    pthread_cond_init(&h->wake, &steady);
    pthread_condattr_destroy(&steady);
    h->offset_ms = offset_ms(h);
    h->newest_at = newest_fact(h);
    health_look(h);
    h->started = pthread_create(&h->thread, NULL, watch, h) == 0;
    if (!h->started) {
        health_stop(&h);
        return ERR_UNAVAILABLE;
    }
    *h_r = h;
    return ERR_OK;
}

void health_stop(struct health **hp)
{
    struct health *h = *hp;
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
    if (h->started)
        pthread_join(h->thread, NULL);
    db_close(&h->db);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    pthread_mutex_destroy(&h->look);
    free(h);
    *hp = NULL;
}

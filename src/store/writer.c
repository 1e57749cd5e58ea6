/* See writer.h. */
#include "store/writer.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/timex.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { GROUP_MAX = 256, TRIES_RETRY = 5, AWAY_MS = 5000, AWAY_WAIT_MS = 200, CHECKPOINT_EVERY_MS = 500 };

struct lane {
    struct writer *w;
    struct db *db;
    void *own; /* lane_new's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct write_job *first, **last;
    int waiting;
    bool stopping, started;
    int64_t away_until; /* 0: the database answers */
};

struct writer {
    struct store *store;
    struct writer_config config;
    struct lane *lane;
    _Atomic(const char *) read_only;
    atomic_bool was_full;
    pthread_t checkpointer;
    pthread_mutex_t checkpoint_lock;
    pthread_cond_t checkpoint_wake;
    struct db *checkpoint_db;
    bool checkpoint_stop, checkpoint_started;
};

static void end_if_disk_lies(struct db *db)
{
    if (!db_must_exit(db))
        return;
    log_line(LOG_ERROR, "writer.sync-failed", "error=\"%s\" action=exit", db_error(db));
    _exit(3); /* nothing of this group was acknowledged; recovery reads what the disk really holds */
}

static enum err try_commit(struct lane *l)
{
    enum err e = l->w->config.before_commit ? l->w->config.before_commit(l->own, l->db) : ERR_OK;
    if (!e && fault_hit("writer.before-commit"))
        e = ERR_INTERNAL;
    if (!e)
        e = db_commit(l->db);
    if (!e)
        (void)fault_hit("writer.after-commit");
    return e;
}

static void give_up(struct lane *l)
{
    end_if_disk_lies(l->db);
    db_rollback(l->db);
    if (l->w->config.after_void)
        l->w->config.after_void(l->own);
}

static bool waited_enough(const struct lane *l) { return l->away_until && time_monotonic_us() >= l->away_until; }

/* All jobs of a lane wait together for a database that is away: AWAY_MS from when that was found out until it answers again. After that
 * each gets one try. *absent_r: there was not even a beginning. */
static enum err run_alone(struct lane *l, struct write_job *j, bool *absent_r)
{
    enum err e = ERR_OK;
    for (int retry = 0; retry < TRIES_RETRY;) {
        e = db_begin(l->db);
        *absent_r = e != ERR_OK;
        if (!e)
            e = j->run(j, l->db, l->own);
        if (!e)
            e = try_commit(l);
        if (!e)
            return ERR_OK;
        give_up(l);
        if (e == ERR_UNAVAILABLE) {
            if (!l->away_until)
                l->away_until = time_monotonic_us() + AWAY_MS * 1000;
            if (waited_enough(l))
                break;
            usleep(AWAY_WAIT_MS * 1000);
        } else if (e == ERR_RETRY)
            retry++;
        else
            break;
    }
    if (e == ERR_NO_SPACE)
        atomic_store(&l->w->was_full, true);
    log_line(LOG_WARN, "writer.job-failed", "kind=%s error=\"%s\"", err_info(e)->name, db_error(l->db));
    return e == ERR_RETRY ? ERR_UNAVAILABLE : e;
}

static void finish(struct lane *l, struct write_job **group, enum err *result, size_t n)
{
    if (l->w->config.after_commit)
        l->w->config.after_commit(l->w->config.arg);
    for (size_t i = 0; i < n; i++)
        group[i]->done(group[i], result[i]);
}

/* Stable, and nothing to do when the group is of one unit. */
static void in_order_of_lanes(struct write_job **group, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct write_job *j = group[i];
        size_t k = i;
        for (; k && group[k - 1]->lane > j->lane; k--)
            group[k] = group[k - 1];
        group[k] = j;
    }
}

static void run_group(struct lane *l, struct write_job **group, size_t n)
{
    enum err result[GROUP_MAX] = {0};
    in_order_of_lanes(group, n);
    enum err e = db_begin(l->db);
    bool absent = e != ERR_OK;
    for (size_t i = 0; i < n && !e; i++)
        e = group[i]->run(group[i], l->db, l->own);
    if (!e)
        e = try_commit(l);
    if (e) {
        give_up(l);
        log_line(LOG_INFO, "writer.group-void", "jobs=%zu kind=%s error=\"%s\"", n, err_info(e)->name, db_error(l->db));
        for (size_t i = 0; i < n; i++) /* a dead host is not dialled once for each job */
            result[i] = absent && waited_enough(l) ? ERR_UNAVAILABLE : run_alone(l, group[i], &absent);
    }
    for (size_t i = 0; i < n; i++)
        if (result[i] == ERR_OK)
            l->away_until = 0;
    finish(l, group, result, n);
}

static size_t take_group(struct lane *l, struct write_job **group)
{
    size_t n = 0;
    pthread_mutex_lock(&l->lock);
    while (!l->first && !l->stopping)
        pthread_cond_wait(&l->wake, &l->lock);
    while (l->first && n < (size_t)l->w->config.group_max) {
        group[n++] = l->first;
        l->first = l->first->next;
        l->waiting--;
    }
    if (!l->first)
        l->last = &l->first;
    pthread_mutex_unlock(&l->lock);
    return n;
}

static void *lane_main(void *arg)
{
    struct lane *l = arg;
    struct write_job *group[GROUP_MAX];
    size_t n;
    while ((n = take_group(l, group)))
        run_group(l, group, n);
    return NULL;
}

/* The log of SQLite is copied into the database here, beside the writer, so that no command pays for it. */
static void *checkpointer_main(void *arg)
{
    struct writer *w = arg;
    struct db *db = w->checkpoint_db;
    pthread_mutex_lock(&w->checkpoint_lock);
    while (!w->checkpoint_stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += CHECKPOINT_EVERY_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&w->checkpoint_wake, &w->checkpoint_lock, &until);
        pthread_mutex_unlock(&w->checkpoint_lock);
        if (db_checkpoint(db))
            log_line(LOG_WARN, "store.checkpoint-failed", "error=\"%s\"", db_error(db));
        end_if_disk_lies(db);
        pthread_mutex_lock(&w->checkpoint_lock);
    }
    pthread_mutex_unlock(&w->checkpoint_lock);
    return NULL;
}

enum err writer_start(struct store *s, const struct writer_config *c, struct writer **w_r)
{
    struct writer *w = calloc(1, sizeof *w);
    struct lane *lanes = calloc((size_t)c->lanes, sizeof *lanes);
    if (!w || !lanes)
        abort();
    w->store = s;
    w->config = *c;
    if (w->config.group_max > GROUP_MAX || w->config.group_max < 1)
        w->config.group_max = GROUP_MAX;
    if (store_engine(s) == ENGINE_SQLITE)
        w->config.lanes = 1;
    w->lane = lanes;
    pthread_mutex_init(&w->checkpoint_lock, NULL);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&w->checkpoint_wake, &steady);
    pthread_condattr_destroy(&steady);
    enum err e = ERR_OK;
    for (int i = 0; i < w->config.lanes && !e; i++) {
        struct lane *l = &lanes[i];
        l->w = w;
        l->last = &l->first;
        pthread_mutex_init(&l->lock, NULL);
        pthread_cond_init(&l->wake, NULL);
        l->own = c->lane_new ? c->lane_new(c->arg) : NULL;
        e = db_open(s, DB_WRITE, &l->db);
        if (!e && pthread_create(&l->thread, NULL, lane_main, l) != 0)
            e = ERR_UNAVAILABLE;
        l->started = e == ERR_OK;
    }
    if (!e && store_engine(s) == ENGINE_SQLITE && !(e = db_open(s, DB_WRITE, &w->checkpoint_db))) {
        w->checkpoint_started = pthread_create(&w->checkpointer, NULL, checkpointer_main, w) == 0;
        e = w->checkpoint_started ? ERR_OK : ERR_UNAVAILABLE;
    }
    if (e) {
        writer_stop(&w);
        return e;
    }
    *w_r = w;
    return ERR_OK;
}

enum err writer_submit(struct writer *w, struct write_job *j)
{
    if (atomic_load(&w->read_only))
        return ERR_UNAVAILABLE;
    struct lane *l = &w->lane[j->lane % (uint64_t)w->config.lanes];
    enum err e = ERR_OK;
    j->next = NULL;
    pthread_mutex_lock(&l->lock);
    if (l->stopping)
        e = ERR_UNAVAILABLE;
    else if (l->waiting >= w->config.queue_max)
        e = ERR_BUSY;
    else {
        bool was_empty = l->first == NULL;
        *l->last = j;
        l->last = &j->next;
        l->waiting++;
        if (was_empty)
            pthread_cond_signal(&l->wake);
    }
    pthread_mutex_unlock(&l->lock);
    return e;
}

void writer_stop(struct writer **wp)
{
    struct writer *w = *wp;
    if (!w)
        return;
    for (int i = 0; i < w->config.lanes; i++) {
        struct lane *l = &w->lane[i];
        if (l->started) {
            pthread_mutex_lock(&l->lock);
            l->stopping = true;
            pthread_cond_broadcast(&l->wake);
            pthread_mutex_unlock(&l->lock);
            pthread_join(l->thread, NULL);
        }
        if (l->w && w->config.lane_free && l->own)
            w->config.lane_free(l->own);
        db_close(&l->db);
    }
    if (w->checkpoint_started) {
        pthread_mutex_lock(&w->checkpoint_lock);
        w->checkpoint_stop = true;
        pthread_cond_signal(&w->checkpoint_wake);
        pthread_mutex_unlock(&w->checkpoint_lock);
        pthread_join(w->checkpointer, NULL);
    }
    db_close(&w->checkpoint_db);
    for (int i = 0; i < w->config.lanes && w->lane[i].w; i++) {
        pthread_mutex_destroy(&w->lane[i].lock);
        pthread_cond_destroy(&w->lane[i].wake);
    }
    pthread_mutex_destroy(&w->checkpoint_lock);
    pthread_cond_destroy(&w->checkpoint_wake);
    free(w->lane);
    free(w);
    *wp = NULL;
}

void writer_read_only(struct writer *w, const char *reason) { atomic_store(&w->read_only, reason); }
const char *writer_read_only_reason(const struct writer *w) { return atomic_load(&((struct writer *)(uintptr_t)w)->read_only); }
bool writer_was_full(struct writer *w) { return atomic_exchange(&w->was_full, false); }

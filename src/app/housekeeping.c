/* See housekeeping.h. */
#include "app/housekeeping.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/draft/draft.h"
#include "domain/account/account.h"
#include "domain/job/job.h"
#include "domain/report/fold.h"
#include "store/lease.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { TICK_MS = 5000, BATCH = 512, BATCHES_MAX = 400, PAUSE_MS = 10, LEASE_MS = 10 * MS_MINUTE, CHORES = 6 };

struct housekeeping {
    struct app *app;
    struct file_store *files; /* may be NULL */
    struct db *db;            /* the thread's only */
    struct id holder;
    int64_t due[CHORES];
    pthread_t thread;
    bool started;
    pthread_mutex_t work; /* one round at a time */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_bool stopping;
};

static enum err fold_counts(struct housekeeping *h, int64_t now, int64_t *n_r)
{
    (void)now;
    return count_fold(h->app->room.writer, BATCH, n_r);
}
/* What is older than this may go; how long it is kept is a parameter. */
static enum err kept_since(struct housekeeping *h, const char *parameter, int64_t unit_ms, int64_t now, int64_t *since_r)
{
    const struct rules *rules _rules_ = rules_hold(&h->app->room);
    struct fail f = {0};
    int64_t n = 0;
    if (!rules)
        return ERR_UNAVAILABLE;
    enum err e = parameter_i64(rules->parameters, parameter, time_local_day(now), &n, &f);
    *since_r = now - n * unit_ms;
    return e;
}

static enum err forget_refusals(struct housekeeping *h, int64_t now, int64_t *n_r)
{
    int64_t since;
    enum err e = kept_since(h, "refusals_kept_h", MS_HOUR, now, &since);
    return e ? e : command_forget_refusals(h->app->room.writer, since, BATCH, n_r);
}
static enum err forget_jobs(struct housekeeping *h, int64_t now, int64_t *n_r)
{
    int64_t since;
    enum err e = kept_since(h, "jobs_kept_days", MS_DAY, now, &since);
    return e ? e : job_forget(h->app->room.writer, since, BATCH, n_r);
}
/* Each draft carries its own end (parameter drafts_kept_days when it was saved). */
static enum err forget_drafts(struct housekeeping *h, int64_t now, int64_t *n_r) { return draft_forget(h->app->room.writer, now, BATCH, n_r); }
static enum err forget_sessions(struct housekeeping *h, int64_t now, int64_t *n_r) { return account_forget(h->app->room.writer, now, BATCH, n_r); }
static enum err sweep_files(struct housekeeping *h, int64_t now, int64_t *n_r)
{
    int64_t since;
    *n_r = 0;
    enum err e = kept_since(h, "files_uncited_kept_h", MS_HOUR, now, &since);
    if (!e && h->files)
        e = file_store_sweep(h->files, h->db, since, n_r);
    if (*n_r >= BATCH) /* it does all at once: no second batch */
        *n_r = BATCH - 1;
    return e;
}

/* Times of commands in a rehearsal come from its own clock, which may lie ahead; then its refusals stay until the machine's passes it. */
static const struct chore {
    const char *name;
    int64_t every_ms;
    enum err (*batch)(struct housekeeping *h, int64_t now, int64_t *n_r); /* fewer than BATCH: that was all */
} chores[CHORES] = {
    {"fold-counts", MS_MINUTE, fold_counts},
    {"forget-refusals", MS_HOUR, forget_refusals},
    {"forget-jobs", MS_HOUR, forget_jobs},
    {"forget-drafts", MS_HOUR, forget_drafts},
    {"forget-sessions", MS_HOUR, forget_sessions},
    {"sweep-files", MS_DAY, sweep_files},
};

static int64_t do_chore(struct housekeeping *h, const struct chore *c, int64_t now)
{
    int64_t sum = 0, n = BATCH;
    enum err e = ERR_OK;
    for (int i = 0; i < BATCHES_MAX && n >= BATCH && !e && !atomic_load(&h->stopping); i++) {
        e = c->batch(h, now, &n);
        sum += n;
        if (n >= BATCH)
            nanosleep(&(struct timespec){0, PAUSE_MS * 1000000L}, NULL);
    }
    if (e && e != ERR_BUSY)
        log_line(LOG_WARN, "housekeeping.failed", "chore=%s error=%s", c->name, err_info(e)->name);
    else if (sum)
        log_line(LOG_INFO, "housekeeping.done", "chore=%s count=%lld", c->name, (long long)sum);
    return sum;
}

static bool several_processes(const struct housekeeping *h) { return store_engine(h->app->room.store) == ENGINE_POSTGRES; }

static bool my_turn(struct housekeeping *h)
{
    bool mine = true;
    if (writer_read_only_reason(h->app->room.writer))
        return false;
    return !several_processes(h) || (!lease_take(h->app->room.writer, "housekeeping", h->holder, LEASE_MS, &mine) && mine);
}

int64_t housekeeping_round(struct housekeeping *h, int64_t now)
{
    int64_t sum = 0;
    bool due = false;
    pthread_mutex_lock(&h->work);
    for (size_t i = 0; i < CHORES; i++)
        due |= now >= h->due[i];
    bool mine = due && my_turn(h);
    for (size_t i = 0; i < CHORES && mine && !atomic_load(&h->stopping); i++)
        if (now >= h->due[i]) {
            sum += do_chore(h, &chores[i], now);
            h->due[i] = now + chores[i].every_ms;
        }
    pthread_mutex_unlock(&h->work);
    return sum;
}

static void *housekeeping_main(void *arg)
{
    struct housekeeping *h = arg;
    pthread_mutex_lock(&h->lock);
    while (!atomic_load(&h->stopping)) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += TICK_MS / 1000;
        pthread_cond_timedwait(&h->wake, &h->lock, &until);
        pthread_mutex_unlock(&h->lock);
        if (!atomic_load(&h->stopping))
            housekeeping_round(h, time_machine_ms());
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

enum err housekeeping_start(struct app *app, struct file_store *files, struct housekeeping **h_r, struct fail *f)
{
    struct housekeeping *h = calloc(1, sizeof *h);
    struct entropy entropy = entropy_system();
    pthread_condattr_t steady;
    if (!h)
        abort();
    h->app = app;
    h->files = files;
    h->holder = id_new(&entropy, time_machine_ms());
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&h->work, NULL);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, &steady);
    pthread_condattr_destroy(&steady);
    enum err e = db_open(app->room.store, DB_READ, &h->db);
    if (!e)
        h->started = pthread_create(&h->thread, NULL, housekeeping_main, h) == 0;
    if (e || !h->started) {
        housekeeping_stop(&h);
        return fail_add(f, e ? e : ERR_UNAVAILABLE, NULL, "", "store.unavailable", NULL);
    }
    *h_r = h;
    return ERR_OK;
}

void housekeeping_stop(struct housekeeping **hp)
{
    struct housekeeping *h = *hp;
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    atomic_store(&h->stopping, true);
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
    if (h->started) {
        pthread_join(h->thread, NULL);
        if (several_processes(h))
            lease_drop(h->app->room.writer, "housekeeping", h->holder);
    }
    db_close(&h->db);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    pthread_mutex_destroy(&h->work);
    free(h);
    *hp = NULL;
}

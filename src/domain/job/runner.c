/* The runner: one thread looks for due jobs and leases them together (one commit for many), others run them. It waits on the bell of
 * commits and looks once a second anyway: timers fall due without a commit, and another process may have added or dropped something. */
#include "domain/job/job_private.h"
#include "base/log.h"
#include "base/timex.h"
#include <stdlib.h>

enum { THREADS_MAX = 64, LOOK_EVERY_MS = 1000, LOOK_APART_MS = 5 };

struct job_runner {
    struct job_room room;
    _Atomic bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool closing; /* under lock: no more work comes */
    struct job_hold *queue[THREADS_MAX], *busy[THREADS_MAX];
    int queued, running, started; /* queued and running under lock */
    int of_kind[JOB_KINDS_MAX];   /* queued or running */
    size_t first_kind;            /* whose turn it is: no kind stands always behind the others */
    struct db *db;
    pthread_t looker, worker[THREADS_MAX];
    bool looker_started;
};

static size_t kind_no(const struct job_runner *r, const struct job_kind *k) { return (size_t)(k - r->room.kinds); }

/* With the rehearsal clock or a short lease a job that this process still runs may look free. */
static bool is_ours(struct job_runner *r, const struct job *j)
{
    bool ours = false;
    for (int i = 0; i < r->room.threads; i++)
        ours = ours || (r->busy[i] && id_eq(r->busy[i]->job.id, j->id) && str_eq(r->busy[i]->job.home_unit, j->home_unit));
    for (int i = 0; i < r->queued; i++)
        ours = ours || (id_eq(r->queue[i]->job.id, j->id) && str_eq(r->queue[i]->job.home_unit, j->home_unit));
    return ours;
}

static int room_for(struct job_runner *r, const struct job_kind *k)
{
    pthread_mutex_lock(&r->lock);
    int room = r->room.threads - r->queued - r->running;
    int of_kind = (k->running_max ? k->running_max : r->room.threads) - r->of_kind[kind_no(r, k)];
    pthread_mutex_unlock(&r->lock);
    return room < of_kind ? room : of_kind;
}

static enum err hand_out(struct job_runner *r, struct job_hold **holds, size_t n)
{
    struct job_hold *free_ones[THREADS_MAX];
    size_t m = 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < n; i++)
        if (!is_ours(r, &holds[i]->job)) {
            free_ones[m++] = holds[i];
            holds[i] = NULL;
        }
    pthread_mutex_unlock(&r->lock);
    enum err e = m ? job_lease(&r->room, free_ones, m) : ERR_OK;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < m; i++)
        if (free_ones[i]->mine) {
            free_ones[i]->stopping = &r->stopping;
            r->of_kind[kind_no(r, free_ones[i]->kind)]++;
            r->queue[r->queued++] = free_ones[i];
            free_ones[i] = NULL;
            pthread_cond_signal(&r->work);
        }
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < m; i++)
        job_hold_free(&free_ones[i]);
    return e;
}

static void look(struct job_runner *r)
{
    int64_t now = job_now(&r->room);
    if (writer_read_only_reason(r->room.writer))
        return;
    for (size_t i = 0; i < r->room.kind_count && !atomic_load(&r->stopping); i++) {
        const struct job_kind *k = &r->room.kinds[(r->first_kind + i) % r->room.kind_count];
        struct job_hold *holds[THREADS_MAX] = {NULL};
        int most = room_for(r, k);
        size_t n = 0;
        if (most <= 0)
            continue;
        enum err e = job_due(r->db, &r->room, k, now, holds, (size_t)most, &n);
        if (!e && n)
            e = hand_out(r, holds, n);
        for (size_t j = 0; j < n; j++)
            job_hold_free(&holds[j]);
        if (e)
            log_line(LOG_WARN, "job.not-leased", "kind=%s error=%s", k->name, err_info(e)->name);
        if (e)
            break;
    }
    r->first_kind = r->room.kind_count ? (r->first_kind + 1) % r->room.kind_count : 0;
}

static void *looker_main(void *arg)
{
    struct job_runner *r = arg;
    uint64_t seen = 0;
    while (!atomic_load(&r->stopping)) {
        if (bell_wait(r->room.bell, &seen, LOOK_EVERY_MS))
            nanosleep(&(struct timespec){0, LOOK_APART_MS * 1000000L}, NULL); /* many commits, one look */
        look(r);
    }
    return NULL;
}

static struct job_hold *next(struct job_runner *r, int me)
{
    struct job_hold *h = NULL;
    pthread_mutex_lock(&r->lock);
    while (!r->queued && !r->closing)
        pthread_cond_wait(&r->work, &r->lock);
    if (r->queued) {
        h = r->queue[0];
        memmove(r->queue, r->queue + 1, (size_t)--r->queued * sizeof *r->queue);
        r->busy[me] = h;
        r->running++;
    }
    pthread_mutex_unlock(&r->lock);
    return h;
}

struct place {
    struct job_runner *runner;
    int no;
};

static void *worker_main(void *arg)
{
    struct place p = *(struct place *)arg;
    struct job_runner *r = p.runner;
    struct job_hold *h;
    free(arg);
    while ((h = next(r, p.no))) {
        if (atomic_load(&r->stopping))
            job_give_back(h);
        else
            job_perform(h);
        pthread_mutex_lock(&r->lock);
        r->busy[p.no] = NULL;
        r->running--;
        r->of_kind[kind_no(r, h->kind)]--;
        pthread_mutex_unlock(&r->lock);
        job_hold_free(&h);
        bell_ring(r->room.bell); /* a thread is free */
    }
    return NULL;
}

enum err job_runner_start(const struct job_room *room, struct job_runner **r_r)
{
    if (room->kind_count > JOB_KINDS_MAX || room->threads < 1 || room->threads > THREADS_MAX)
        return ERR_INVALID;
    struct job_runner *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->room = *room;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    enum err e = db_open(room->store, DB_READ, &r->db);
    for (int i = 0; i < room->threads && !e; i++) {
        struct place *p = malloc(sizeof *p);
        if (!p)
            abort();
        *p = (struct place){r, i};
        if (pthread_create(&r->worker[i], NULL, worker_main, p) != 0) {
            free(p);
            e = ERR_UNAVAILABLE;
        } else
            r->started++;
    }
    if (!e && !(r->looker_started = pthread_create(&r->looker, NULL, looker_main, r) == 0))
        e = ERR_UNAVAILABLE;
    if (e)
        job_runner_stop(&r);
    *r_r = r;
    return e;
}

void job_runner_stop(struct job_runner **rp)
{
    struct job_runner *r = *rp;
    if (!r)
        return;
    atomic_store(&r->stopping, true);
    bell_ring(r->room.bell);
    if (r->looker_started)
        pthread_join(r->looker, NULL);
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < r->started; i++)
        pthread_join(r->worker[i], NULL);
    db_close(&r->db);
    pthread_cond_destroy(&r->work);
    pthread_mutex_destroy(&r->lock);
    free(r);
    *rp = NULL;
}

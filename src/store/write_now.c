/* See write_now.h. */
#include "store/write_now.h"
#include <pthread.h>
#include <time.h>

enum { BUSY_TRIES = 10000 };

struct waiting {
    struct write_job job; /* first */
    enum err (*run)(void *arg, struct db *db);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over, ran;
    enum err e;
};

static enum err run(struct write_job *j, struct db *db, void *lane)
{
    struct waiting *w = (struct waiting *)j;
    (void)lane;
    w->ran = true;
    return w->run(w->arg, db);
}

static void done(struct write_job *j, enum err e)
{
    struct waiting *w = (struct waiting *)j;
    pthread_mutex_lock(&w->lock);
    w->e = e;
    w->is_over = true;
    pthread_cond_signal(&w->over);
    pthread_mutex_unlock(&w->lock); /* the waiter's frame may go only after this */
}

enum err write_now(struct writer *w, uint64_t lane, enum err (*fn)(void *arg, struct db *db), void *arg, bool *ran_r)
{
    struct waiting wait = {.job = {.lane = lane, .run = run, .done = done}, .run = fn, .arg = arg,
                           .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};
    enum err e = ERR_BUSY;
    if (ran_r)
        *ran_r = false;
    for (int i = 0; i < BUSY_TRIES && (e = writer_submit(w, &wait.job)) == ERR_BUSY; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    if (e)
        return e;
    pthread_mutex_lock(&wait.lock);
    while (!wait.is_over)
        pthread_cond_wait(&wait.over, &wait.lock);
    pthread_mutex_unlock(&wait.lock);
    pthread_mutex_destroy(&wait.lock);
    pthread_cond_destroy(&wait.over);
    if (ran_r)
        *ran_r = wait.ran;
    return wait.e;
}

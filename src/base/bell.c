/* See bell.h. */
#include "base/bell.h"
#include <time.h>

void bell_init(struct bell *b)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->rung, &attr);
    pthread_condattr_destroy(&attr);
    b->count = 0;
}

void bell_destroy(struct bell *b)
{
    pthread_cond_destroy(&b->rung);
    pthread_mutex_destroy(&b->lock);
}

void bell_ring(void *bell)
{
    struct bell *b = bell;
    pthread_mutex_lock(&b->lock);
    b->count++;
    pthread_cond_broadcast(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

bool bell_wait(struct bell *b, uint64_t *seen, int at_most_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += at_most_ms / 1000;
    until.tv_nsec += at_most_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&b->lock);
    int late = 0;
    while (b->count == *seen && late == 0)
        late = pthread_cond_timedwait(&b->rung, &b->lock, &until);
    bool rang = b->count != *seen;
    *seen = b->count;
    pthread_mutex_unlock(&b->lock);
    return rang;
}

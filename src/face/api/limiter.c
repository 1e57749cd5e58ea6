/* See limiter.h. */
#include "face/api/limiter.h"
#include "base/crypto.h"
#include <pthread.h>
#include <stdlib.h>

enum { WAYS = 8, SETS = 1024 };

struct cell {
    uint64_t tag;
    int64_t idle_at;
};
struct limiter {
    int64_t every_ms, ahead_ms;
    struct key key;
    pthread_mutex_t lock;
    struct cell cell[SETS][WAYS];
};

struct limiter *limiter_new(int64_t every_ms, int burst)
{
    struct limiter *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    struct entropy e = entropy_system();
    entropy_bytes(&e, &l->key, sizeof l->key);
    l->every_ms = every_ms;
    l->ahead_ms = every_ms * (burst - 1);
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void limiter_free(struct limiter **l)
{
    if (*l)
        pthread_mutex_destroy(&(*l)->lock);
    free(*l);
    *l = NULL;
}

static struct cell *cell_of(struct limiter *l, uint64_t tag)
{
    struct cell *set = l->cell[tag % SETS], *idle = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].tag == tag)
            return &set[i];
        if (set[i].idle_at < idle->idle_at)
            idle = &set[i];
    }
    *idle = (struct cell){tag, 0};
    return idle;
}

int64_t limiter_try(struct limiter *l, struct str key, int64_t now_ms)
{
    struct hash h = KEYED_HASH(&l->key, key);
    uint64_t tag;
    memcpy(&tag, h.b, sizeof tag);
    pthread_mutex_lock(&l->lock);
    struct cell *c = cell_of(l, tag);
    int64_t idle_at = c->idle_at > now_ms ? c->idle_at : now_ms, wait = idle_at - now_ms - l->ahead_ms;
    if (wait <= 0)
        c->idle_at = idle_at + l->every_ms;
    pthread_mutex_unlock(&l->lock);
    return wait > 0 ? wait : 0;
}

struct str limiter_client(struct str address)
{
    size_t groups = 0;
    for (size_t i = 0; i < address.n; i++)
        if (address.p[i] == ':' && (++groups == 4 || (i && address.p[i - 1] == ':')))
            return str_sub(address, 0, i);
    return address;
}

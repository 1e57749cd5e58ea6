/* A bell: somebody has committed, so look. It carries nothing; whoever waits reads the store and finds out. It is there before the writer
 * (whose after_commit is bell_ring) and before followers and the job runner, which wait on it: none of them knows the others.
 * A ring between two waits is not lost: each waiter remembers the count it saw. */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    uint64_t count;
};

void bell_init(struct bell *b);
void bell_destroy(struct bell *b);
/* The shape of writer_config.after_commit. */
void bell_ring(void *bell);
/* Waits until the bell rang after *seen, at most so long; sets *seen. True: it rang. */
bool bell_wait(struct bell *b, uint64_t *seen, int at_most_ms);

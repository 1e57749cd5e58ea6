/* Shared by job.c (rows, leases, ends), runner.c (threads) and operator.c (lists and repairs). */
#pragma once
#include "domain/job/job.h"
#include <stdatomic.h>

struct job_hold {
    const struct job_room *room;
    const struct job_kind *kind;
    struct arena *arena;
    struct job job;
    bool mine;                     /* the lease was taken */
    const _Atomic bool *stopping;  /* NULL: not in a runner */
};

int64_t job_now(const struct job_room *room);
int job_lease_ms(const struct job_kind *k);
/* Due jobs of a kind, each with an arena of its own. */
enum err job_due(struct db *db, const struct job_room *room, const struct job_kind *k, int64_t now, struct job_hold **holds_r, size_t most,
                 size_t *n_r) CHECKED;
/* Leases these in one transaction; `mine` says which. One that died too often without an end is declared dead instead. */
enum err job_lease(const struct job_room *room, struct job_hold *const *holds, size_t n) CHECKED;
void job_hold_free(struct job_hold **h);
/* Runs and records the end. */
void job_perform(struct job_hold *h);
/* Gives a lease back as if it had not been taken. */
void job_give_back(struct job_hold *h);

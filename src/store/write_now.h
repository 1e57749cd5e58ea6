/* A small change that is no command (a lease, a cursor, a row of the manifest) through the writer, waiting for its durable end. It shares
 * the writer's order and its group commit, so that nobody but the writer ever holds the write lock. Not for the writer's own threads. */
#pragma once
#include "store/writer.h"

/* `run` is in a transaction and must be repeatable (writer.h). While the queue is full it waits up to 10 s, then ERR_BUSY;
 * ERR_UNAVAILABLE: read-only, stopping or the database away: then *ran_r (may be NULL) says whether `run` was ever started, so whether
 * the outcome may be in doubt. */
enum err write_now(struct writer *w, uint64_t lane, enum err (*run)(void *arg, struct db *db), void *arg, bool *ran_r) CHECKED;

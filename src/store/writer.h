/* The writer: every change goes through here, on both engines alike. Jobs of one lane (a hash of the home unit) run one after another on
 * one thread with one connection; a group of jobs shares one transaction and one durable commit. Only then are they told.
 *
 * No savepoints: a job decides before it writes, so a refusal has written nothing that must go away. Any failure of the store voids the
 * whole group; its jobs are then run again one by one, each in its own transaction, at most five times (RETRY) or until the database
 * is back (a few seconds for all that are queued). So `run` must be repeatable: it starts from scratch each time, and finds out by itself
 * (an idempotency key) when an earlier try did reach the disk though the connection broke before it could say so. The alternative, a savepoint per job, costs
 * two statements a command and, on PostgreSQL, overflows its cache of subtransactions beyond 64.
 *
 * Within a group jobs run in the order of their lane numbers, and of submission where these are equal: so two processes on one database
 * take the heads of units in the same order and cannot lock each other out. SQLite has one lane (one writer), PostgreSQL several. */
#pragma once
#include "store/store.h"

struct write_job {
    struct write_job *next;
    uint64_t lane;
    /* In a transaction. ERR_OK: finished (also with a refusal); anything else voids the group. */
    enum err (*run)(struct write_job *j, struct db *db, void *lane);
    /* Exactly once: after the durable commit (ERR_OK), or when it is given up. */
    void (*done)(struct write_job *j, enum err e);
};

struct writer_config {
    int lanes;       /* SQLite: 1 */
    int group_max;   /* jobs that share a commit, at most 256 */
    int queue_max;   /* jobs waiting per lane; beyond, submit refuses */
    void *(*lane_new)(void *arg);
    void (*lane_free)(void *lane);
    enum err (*before_commit)(void *lane, struct db *db);
    void (*after_void)(void *lane);
    void (*after_commit)(void *arg); /* wakes followers and the job runner; on the writer's thread, must be short */
    void *arg;
};

struct writer;
enum err writer_start(struct store *s, const struct writer_config *c, struct writer **w_r) CHECKED;
/* ERR_BUSY: the queue is full; ERR_UNAVAILABLE: stopping, or read-only. Then `done` is not called. */
enum err writer_submit(struct writer *w, struct write_job *j) CHECKED;
/* Runs what is queued, then ends the threads. */
void writer_stop(struct writer **w);
/* reason NULL: writing again. The reason is shown on every page and in 503 answers (a static text: "low-disk", "clock-jump" …). */
void writer_read_only(struct writer *w, const char *reason);
const char *writer_read_only_reason(const struct writer *w);
/* Was a job given up for lack of room since this was last asked? */
bool writer_was_full(struct writer *w);

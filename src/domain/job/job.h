/* Jobs: slow and outside work, and timers. A job is a row with a due time, a lease, attempts and an end; it never blocks a clerk or a
 * citizen. Its outcome comes back as a command whose key is the job's id, so an outcome that is told twice counts once.
 *
 *   waiting ──lease──> (running, lease_until in the future) ──> done | waiting again, later | dead (the dead letter) | cancelled
 *
 * Who makes jobs: followers of events (domain/follower), in the transaction that moves their cursor. Not `project`: a replay runs
 * `project` again, beside the live tables, and must not send a notice twice. So a job exists exactly once per fact that asks for it,
 * and an id that is derived from that fact (job_id) keeps it so.
 *
 * At least once: a process that dies after the effect and before the record runs the job again when its lease is over. Whatever is done
 * outside must therefore carry the receiver's own key: the job's id.
 *
 * Due times are of the room's clock (`now`), which a rehearsal may move; leases are of the machine's clock, because they are about
 * the life of a process: a jump of the rehearsal clock must not take a running job away from its holder. */
#pragma once
#include "base/bell.h"
#include "base/crypto.h"
#include "store/writer.h"

enum { JOB_KIND_MAX = 40, JOB_KINDS_MAX = 64, JOB_PAYLOAD_MAX = 64 * 1024, JOB_PROBLEM_MAX = 120 };

/* The same fact gives the same id on every engine. `what`: event's stream, seq or whatever makes it one of its kind. */
struct id job_id(const char *kind, struct str home_unit, struct str what);
/* In a transaction (of a follower). A job that is there already stays as it is. Payload: what `run` needs; personal data only as
 * references (ids), for a dead letter may lie long. ERR_INVALID: names or payload are too long. */
enum err job_add(struct db *db, struct str home_unit, struct id id, const char *kind, int64_t due_at, struct str payload) CHECKED;
/* A timer that is no longer wanted. One that is running may still have its effect. */
enum err job_cancel(struct db *db, struct str home_unit, struct id id) CHECKED;

enum job_end {
    JOB_DONE,    /* also: wait again until job->again_at, when that is set (a timer that recurs) */
    JOB_FAILED,  /* again after a while, until attempts are used up */
    JOB_HOPELESS /* no use in trying again: dead at once */
};

struct job_hold; /* the runner's own */
struct job {
    struct str home_unit, kind, payload;
    struct id id;
    int64_t due_at, now; /* the room's clock when it was taken */
    int attempt;         /* 1, 2 … */
    /* For run to leave: why it failed, as a stable code ("smtp.refused") and a number; never text from outside, which may name a person. */
    const char *problem;
    int64_t problem_number;
    int64_t again_at;
    const struct job_hold *hold;
};

struct job_kind {
    const char *name;
    /* On a thread of the runner, in no transaction. The arena lives for this run. */
    enum job_end (*run)(void *arg, struct arena *a, struct job *j);
    int lease_ms;       /* 0: 60 s. Longer work calls job_keep meanwhile */
    int attempts_max;   /* 0: 8 */
    int backoff_ms;     /* 0: 5 s; doubles each time */
    int backoff_max_ms; /* 0: one hour */
    int running_max;    /* 0: as many as there are threads; less for a slow receiver, so that it cannot take all threads */
    void *arg;          /* of run; NULL: the room's */
};

struct job_room {
    struct store *store;
    struct writer *writer;
    struct bell *bell; /* rung by commits, and by whoever moves the rehearsal clock */
    const struct job_kind *kinds;
    size_t kind_count;
    void *arg; /* of now, and of run where its kind has none */
    int64_t (*now)(void *arg); /* NULL: the machine's clock */
    int threads;
};

struct job_runner;
enum err job_runner_start(const struct job_room *room, struct job_runner **r_r) CHECKED;
/* Lets running jobs end, gives back what was leased and not begun. */
void job_runner_stop(struct job_runner **r);

/* For a long run: extends the lease. ERR_CONFLICT: it was lost (too late), so end without effect. */
enum err job_keep(struct job *j) CHECKED;
/* The server is stopping: a long run should end with JOB_FAILED, which does not count as an attempt then. */
bool job_stopping(const struct job *j);

/* Runs what is due at `now`, in order of (due time, unit, id), one after another, also what becomes due meanwhile; at most `most`.
 * For the rehearsal (the same commands give the same bytes on every engine) and tests; not beside a runner. */
enum err job_run_due(const struct job_room *room, int64_t now, int most, int *ran_r) CHECKED;

/* --- for an operator --- */
struct job_row {
    char home_unit[36], kind[JOB_KIND_MAX + 1], state[12], problem[JOB_PROBLEM_MAX + 1];
    struct id id;
    int64_t due_at, lease_until;
    int attempts;
};
/* By (unit, id) after `after` (NULL: from the start). States: waiting, done, dead, cancelled. */
enum err job_list(struct db *db, const char *state, const struct job_row *after, struct job_row *rows_r, size_t most, size_t *n_r) CHECKED;
/* A dead one waits again, due at `now`, with all its attempts. ERR_NOT_FOUND: not dead. */
enum err job_retry(struct writer *w, struct bell *b, struct str home_unit, struct id id, int64_t now) CHECKED;
struct job_count {
    char kind[JOB_KIND_MAX + 1];
    int64_t n, oldest_due_at;
};
enum err job_counts(struct db *db, const char *state, struct job_count *counts_r, size_t most, size_t *n_r) CHECKED;
/* Housekeeping: removes at most `most` that were done before; gives how many went. */
enum err job_forget(struct writer *w, int64_t done_before, int most, int64_t *gone_r) CHECKED;

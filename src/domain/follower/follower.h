/* Followers read events by (unit, position) and do what follows from them: jobs for notices and messages, search, boards, roll-ups.
 * They are behind the commit by a moment and never hold a command up.
 *
 * A follower's cursor moves in the transaction of its effects, and only from where it was read (a conditional update): an effect in the
 * store happens exactly once, whoever dies or runs twice. Effects outside the store do not belong here: `run` adds a job for them.
 *
 * Each follower has a thread and a reading connection. A pass gives every unit that is behind one small batch, so a unit with a
 * long backlog, or one whose events fail, holds no other up; batches of many units share a transaction. With several processes a
 * lease per follower says which one works; the cursor guards against the rest.
 *
 * An event that fails stops its unit (order would be lost otherwise): it is tried again after 1 s, doubling to a minute, and stands in
 * the report with its position until somebody mends it. */
#pragma once
#include "base/bell.h"
#include "domain/ledger/ledger.h"
#include "store/writer.h"

enum { FOLLOWERS_MAX = 32 };

struct followed {
    struct event event;
    void *seen;
};

struct follower {
    const char *name; /* stable: the cursor is kept under it */
    /* NULL: all. Others only move the cursor. */
    bool (*wants)(void *arg, struct str type);
    /* NULL, or what takes time: on the follower's own thread and reading connection, before the transaction; what it leaves in the
     * arena goes to run. May be called again for the same event. */
    enum err (*look)(void *arg, struct arena *a, struct db *db, const struct event *e, void **seen_r);
    /* In the transaction, in order. Short: it holds the writer. Repeatable. */
    enum err (*run)(void *arg, struct db *db, const struct event *e, void *seen);
    /* Instead of run, for a follower that does for many what it does for one: all wanted events of a unit's batch, at least one. */
    enum err (*run_batch)(void *arg, struct db *db, const struct followed *f, size_t n);
    void *arg;
};

struct followers_config {
    struct store *store;
    struct writer *writer;
    struct bell *bell;
    const struct follower *follower;
    size_t n;
    bool threads; /* false: only followers_catch_up works (demo, tests) */
    int lease_ms; /* 0: 15 s */
};

struct followers;
enum err followers_start(const struct followers_config *c, struct followers **f_r) CHECKED;
void followers_stop(struct followers **f);

/* Works until no follower is behind, in the order of the table; for the rehearsal and tests, also beside the threads. An error of
 * an event ends it; ERR_BUSY: another process holds a follower. */
enum err followers_catch_up(struct followers *f) CHECKED;

struct follower_report {
    const char *name;
    int64_t units_behind, events_behind, stuck_units;
    char stuck_unit[UNIT_CODE_MAX + 1]; /* one of them */
    int64_t stuck_pos;
};
/* For /metrics and the page of an operator. */
enum err followers_report(struct followers *f, struct db *db, struct follower_report *reports_r, size_t most, size_t *n_r) CHECKED;

/* The watcher of a node: it looks every few seconds whether facts may be written, and makes the writer read-only when not.
 *
 *   low-disk     less free room than low_disk_mb where the data lies; back when there is a quarter more than that
 *   no-space     a write failed for lack of room, whatever low_disk_mb says; back when a write on trial works
 *   clock-jump   the wall clock moved against the machine's steady clock by more than 5 minutes since the last good look: what is stamped
 *                now would be wrong for good. At start: more than 5 minutes before the newest event. Back when the clock returns, or when an operator says that the new time is right
 *   database     (readiness only) the engine does not answer; the writer waits for it by itself
 *
 * A read-only reason that somebody else set ("migration", "fail-over") is left alone and counts against readiness, too. */
#pragma once
#include "store/writer.h"

struct health_config {
    const char *dir;        /* whose disk */
    struct store *store;    /* NULL: not asked */
    struct writer *writer;
    int64_t low_disk_mb;
    bool watch_clock;       /* not in a store made for rehearsal, whose clock is moved on purpose */
    int every_ms;           /* 0: 2 s */
    /* For tests; NULL: the machine's. */
    int64_t (*free_mb)(void *arg), (*wall_ms)(void *arg), (*steady_ms)(void *arg);
    bool (*can_write)(void *arg);
    void *arg;
};

struct health;
/* Less room than that where `dir` lies? For a program that writes without a watcher. */
bool health_disk_low(const char *dir, int64_t low_disk_mb);
/* Looks once before it returns, so that a full disk is known before the first command. */
enum err health_start(const struct health_config *c, struct health **h_r) CHECKED;
void health_stop(struct health **h);
void health_low_disk(struct health *h, int64_t low_disk_mb); /* after a reload of the configuration */
/* One look now (by the watcher; for tests too). */
void health_look(struct health *h);
/* An operator says that the clock is right as it is. */
void health_clock_is_right(struct health *h);

struct health_report {
    bool ready;
    size_t n;
    const char *reason[5]; /* "low-disk", "no-space", "clock-jump", "database", or another's read-only reason */
    int64_t free_mb, drift_ms;
};
/* For /readyz and the line on every page; reads what the last look found, asks nothing. */
bool health_ready(struct health *h, struct health_report *report_r);

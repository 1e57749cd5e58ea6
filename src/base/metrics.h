/* Numbers about the running program, for /metrics: counters, gauges and histograms with at most one label whose values are
 * fixed here. Lock-free (relaxed atomics); reading while others write is fine. This registry and the log level are the only
 * state outside an object; a metric is a line of METRICS below, so that nobody can invent one at run time, and no personal
 * data can become a label.
 *
 *     metric_add(METRIC_EVENTS, 3);
 *     metric_add_to(METRIC_COMMANDS, COMMANDS_REFUSED, 1);
 *     metric_observe(METRIC_COMMIT_SECONDS, microseconds);
 */
#pragma once
#include "base/buf.h"

/* id, kind, name, help, label ("" for none), values of the label (at most METRIC_VALUES_MAX) */
#define METRICS(M)                                                                                                             \
    M(METRIC_COMMANDS, COUNTER, "motcua_commands_total", "Commands by outcome", "outcome", "done", "refused", "repeated", "failed")      \
    M(METRIC_EVENTS, COUNTER, "motcua_events_total", "Events appended", "", "")                                                \
    M(METRIC_COMMIT_SECONDS, HISTOGRAM_SECONDS, "motcua_commit_seconds", "Time of one durable commit", "", "")                 \
    M(METRIC_COMMIT_GROUP, HISTOGRAM_COUNT, "motcua_commit_group", "Commands that shared one commit", "", "")                  \
    M(METRIC_WRITER_QUEUE, GAUGE, "motcua_writer_queue", "Commands waiting for the writer", "", "")                            \
    M(METRIC_STORE_RETRIES, COUNTER, "motcua_store_retries_total", "Decisions taken again after a concurrent command won", "", "") \
    M(METRIC_JOBS, COUNTER, "motcua_jobs_total", "Jobs by outcome", "outcome", "done", "retried", "dead")                      \
    M(METRIC_READ_ONLY, GAUGE, "motcua_read_only", "1 while the node refuses commands", "", "")

enum { COMMANDS_DONE, COMMANDS_REFUSED, COMMANDS_REPEATED, COMMANDS_FAILED };
enum { JOBS_DONE, JOBS_RETRIED, JOBS_DEAD };

enum metric {
#define M(id, ...) id,
    METRICS(M)
#undef M
        METRIC_COUNT
};
enum { METRIC_VALUES_MAX = 16, HISTOGRAM_BUCKETS = 16 };

void metric_add_to(enum metric m, unsigned value, int64_t n);
static inline void metric_add(enum metric m, int64_t n) { metric_add_to(m, 0, n); }
void metric_set(enum metric m, int64_t v); /* gauges */
/* Seconds: v in microseconds. Count: v as it is. */
void metric_observe(enum metric m, int64_t v);
int64_t metric_read(enum metric m, unsigned value);
/* All of them in Prometheus text exposition format 0.0.4. */
void metrics_write(struct buf *b);

/* A histogram of one's own, for tables that are only known at start (routes). Zero it to begin. */
struct histogram {
    _Atomic int64_t bucket[HISTOGRAM_BUCKETS + 1];
    _Atomic int64_t sum;
};
void histogram_observe_us(struct histogram *h, int64_t us);
int64_t histogram_count(const struct histogram *h);
/* Lines of one label set; `labels` is `class="read"` or "". */
void histogram_write(struct buf *b, const char *name, const char *labels, const struct histogram *h);
void metric_write_head(struct buf *b, const char *name, const char *kind, const char *help);

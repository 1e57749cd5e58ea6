/* See metrics.h. */
#include "base/metrics.h"
#include <stdatomic.h>

enum kind { COUNTER, GAUGE, HISTOGRAM_SECONDS, HISTOGRAM_COUNT };

struct info {
    enum kind kind;
    const char *name, *help, *label;
    const char *value[METRIC_VALUES_MAX];
};
static const struct info info[] = {
#define M(id, kind, name, help, label, ...) [id] = {kind, name, help, label, {__VA_ARGS__}},
    METRICS(M)
#undef M
};

/* One cache line pair per metric: threads that count different things do not meet. */
static struct row {
    _Alignas(128) _Atomic int64_t cell[METRIC_VALUES_MAX];
    struct histogram histogram;
} row[METRIC_COUNT];

static const int64_t bound_us[HISTOGRAM_BUCKETS] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
                                                    500000, 1000000, 2500000, 5000000, 10000000};
static const char *const bound_name[HISTOGRAM_BUCKETS] = {"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
                                                          "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10"};

void metric_add_to(enum metric m, unsigned value, int64_t n)
{
    if ((unsigned)m < METRIC_COUNT && value < METRIC_VALUES_MAX)
        atomic_fetch_add_explicit(&row[m].cell[value], n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t v)
{
    if ((unsigned)m < METRIC_COUNT)
        atomic_store_explicit(&row[m].cell[0], v, memory_order_relaxed);
}

int64_t metric_read(enum metric m, unsigned value)
{
    return (unsigned)m < METRIC_COUNT && value < METRIC_VALUES_MAX
               ? atomic_load_explicit(&row[m].cell[value], memory_order_relaxed)
               : 0;
}

static void put_in(struct histogram *h, unsigned bucket, int64_t v)
{
    atomic_fetch_add_explicit(&h->bucket[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, v, memory_order_relaxed);
}

void histogram_observe_us(struct histogram *h, int64_t us)
{
    unsigned i = 0;
    while (i < HISTOGRAM_BUCKETS && us > bound_us[i])
        i++;
    put_in(h, i, us);
}

void metric_observe(enum metric m, int64_t v)
{
    if ((unsigned)m >= METRIC_COUNT)
        return;
    if (info[m].kind == HISTOGRAM_SECONDS) {
        histogram_observe_us(&row[m].histogram, v);
    } else {
        unsigned i = 0;
        while (i < HISTOGRAM_BUCKETS && v > (int64_t)1 << i)
            i++;
        put_in(&row[m].histogram, i, v);
    }
}

int64_t histogram_count(const struct histogram *h)
{
    int64_t n = 0;
    for (unsigned i = 0; i <= HISTOGRAM_BUCKETS; i++)
        n += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
    return n;
}

void metric_write_head(struct buf *b, const char *name, const char *kind, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void write_buckets(struct buf *b, const char *name, const char *labels, const struct histogram *h, bool seconds)
{
    int64_t n = 0;
    const char *comma = labels[0] ? "," : "";
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        n += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
        if (seconds)
            buf_printf(b, "%s_bucket{%s%sle=\"%s\"} %lld\n", name, labels, comma, bound_name[i], (long long)n);
        else
            buf_printf(b, "%s_bucket{%s%sle=\"%lld\"} %lld\n", name, labels, comma, 1ll << i, (long long)n);
    }
    n += atomic_load_explicit(&h->bucket[HISTOGRAM_BUCKETS], memory_order_relaxed);
    buf_printf(b, "%s_bucket{%s%sle=\"+Inf\"} %lld\n", name, labels, comma, (long long)n);
    int64_t sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
    const char *open = labels[0] ? "{" : "", *close = labels[0] ? "}" : "";
    if (seconds)
        buf_printf(b, "%s_sum%s%s%s %lld.%06lld\n", name, open, labels, close, (long long)(sum / 1000000),
                   (long long)(sum % 1000000));
    else
        buf_printf(b, "%s_sum%s%s%s %lld\n", name, open, labels, close, (long long)sum);
    buf_printf(b, "%s_count%s%s%s %lld\n", name, open, labels, close, (long long)n);
}

void histogram_write(struct buf *b, const char *name, const char *labels, const struct histogram *h)
{
    write_buckets(b, name, labels, h, true);
}

void metrics_write(struct buf *b)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct info *i = &info[m];
        bool histogram = i->kind == HISTOGRAM_SECONDS || i->kind == HISTOGRAM_COUNT;
        metric_write_head(b, i->name, histogram ? "histogram" : i->kind == GAUGE ? "gauge" : "counter", i->help);
        if (histogram) {
            write_buckets(b, i->name, "", &row[m].histogram, i->kind == HISTOGRAM_SECONDS);
            continue;
        }
        for (unsigned v = 0; v < METRIC_VALUES_MAX && i->value[v]; v++) {
            buf_c(b, i->name);
            if (i->label[0])
                buf_printf(b, "{%s=\"%s\"}", i->label, i->value[v]);
            buf_printf(b, " %lld\n", (long long)metric_read((enum metric)m, v));
        }
    }
}

/* A small HTTP/1.1 client for measuring: one thread, epoll, keep-alive, one request at a time on each connection.
 *
 * Closed loop: each connection asks again when it has its answer; that gives the throughput. Open loop: requests have a timetable that does
 * not wait for anybody; when all connections are busy a request is late, and its latency counts from when it should have gone out
 * (otherwise a server that stalls would be asked less and look better: coordinated omission). */
#include "app/bench.h"
#include "base/timex.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, GRACE_US = 10000000 };

struct peer {
    int fd, no;
    bool asking;
    int64_t intended;
    char *in;
    size_t n, need; /* need: bytes of the whole answer, 0 while unknown */
    size_t head;
    char out[BENCH_REQUEST_MAX];
    size_t out_n, out_at;
};

struct client {
    const struct bench_load *l;
    struct bench_result *r;
    struct peer *peer;
    int epoll;
    uint64_t no, asked;
    int64_t start, end;
    uint32_t *latency; /* us */
    size_t latencies, cap;
    int busy, *idle, idle_n;
    bool dead;
};

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void note(struct client *c, int64_t us)
{
    if (c->latencies == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 1 << 16;
        c->latency = realloc(c->latency, c->cap * sizeof *c->latency);
        if (!c->latency)
            abort();
    }
    c->latency[c->latencies++] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void broken(struct client *c, struct peer *p)
{
    c->r->errors++;
    c->busy -= p->asking;
    p->asking = false;
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    c->dead = true; /* an answer that does not come is never measured away */
}

static void send_more(struct client *c, struct peer *p)
{
    while (p->out_at < p->out_n) {
        ssize_t n = send(p->fd, p->out + p->out_at, p->out_n - p->out_at, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) /* requests are small; this does not happen on a loopback */
            continue;
        if (n <= 0) {
            broken(c, p);
            return;
        }
        p->out_at += (size_t)n;
    }
}

static void ask(struct client *c, struct peer *p, int64_t intended)
{
    p->asking = true;
    p->intended = intended;
    p->n = p->need = p->head = p->out_at = 0;
    p->out_n = c->l->request(c->l->arg, p->no, c->no++, p->out);
    c->busy++;
    c->asked++;
    send_more(c, p);
}

static void find_end_of_head(struct peer *p)
{
    const char *end = p->n >= 4 ? memmem(p->in, p->n, "\r\n\r\n", 4) : NULL;
    if (!end)
        return;
    p->head = (size_t)(end - p->in) + 4;
    p->in[p->head - 2] = '\0';
    const char *length = strcasestr(p->in, "\r\nContent-Length:");
    p->need = p->head + (length ? (size_t)atoll(length + 17) : 0);
    p->in[p->head - 2] = '\r';
}

static void answered(struct client *c, struct peer *p)
{
    int64_t now = time_monotonic_us();
    int status = p->n > 12 ? atoi(p->in + 9) : 0;
    note(c, now - p->intended);
    c->r->requests++;
    if (status >= 400 || status < 200) {
        c->r->errors++;
        if (!c->r->first_error) {
            c->r->first_error = status;
            fprintf(stderr, "bench: %d %.*s\n", status, (int)(p->n - p->head > 600 ? 600 : p->n - p->head), p->in + p->head);
        }
    }
    if (c->l->answer)
        c->l->answer(c->l->arg, p->no, status, str_bytes(p->in + p->head, p->n - p->head));
    p->asking = false;
    c->busy--;
    if (c->l->rate > 0)
        c->idle[c->idle_n++] = p->no;
    else if (now < c->end && !c->dead)
        ask(c, p, now);
}

static void receive(struct client *c, struct peer *p)
{
    for (;;) {
        ssize_t n = recv(p->fd, p->in + p->n, ANSWER_MAX - p->n, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            broken(c, p);
            return;
        }
        p->n += (size_t)n;
        if (!p->need)
            find_end_of_head(p);
        if (p->need && p->n >= p->need) {
            if (p->asking)
                answered(c, p);
            return;
        }
    }
}

static int64_t intended_at(const struct client *c, uint64_t no) { return c->start + (int64_t)((double)no * 1e6 / c->l->rate); }

/* Sends what is due; says in how many us the next is. */
static int64_t keep_timetable(struct client *c)
{
    int64_t now = time_monotonic_us(), at;
    while ((at = intended_at(c, c->asked)) <= now && at < c->end && c->idle_n && !c->dead)
        ask(c, &c->peer[c->idle[--c->idle_n]], at);
    at = intended_at(c, c->asked);
    return at >= c->end || !c->idle_n ? 100000 : at > now ? at - now : 0;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void figures(struct client *c)
{
    struct bench_result *r = c->r;
    qsort(c->latency, c->latencies, sizeof *c->latency, by_size);
    if (!c->latencies)
        return;
    r->p50_ms = c->latency[c->latencies / 2] / 1000.0;
    r->p99_ms = c->latency[(size_t)((double)(c->latencies - 1) * 0.99)] / 1000.0;
    r->max_ms = c->latency[c->latencies - 1] / 1000.0;
    r->per_second = r->seconds > 0 ? (double)r->requests / r->seconds : 0;
}

static bool connect_all(struct client *c)
{
    for (int i = 0; i < c->l->connections; i++) {
        struct peer *p = &c->peer[i];
        *p = (struct peer){.no = i, .fd = bench_connect(c->l->port), .in = malloc(ANSWER_MAX + 1)};
        if (!p->in)
            abort();
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};
        if (p->fd < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, p->fd, &ev))
            return false;
        c->idle[c->idle_n++] = i;
    }
    return true;
}

enum err bench_run(const struct bench_load *l, struct bench_result *r)
{
    *r = (struct bench_result){0};
    struct client c = {.l = l, .r = r, .epoll = epoll_create1(EPOLL_CLOEXEC), .peer = calloc((size_t)l->connections, sizeof(struct peer)),
                       .idle = calloc((size_t)l->connections, sizeof(int))};
    if (!c.peer || !c.idle)
        abort();
    bool ok = connect_all(&c);
    double cpu = cpu_seconds();
    c.start = time_monotonic_us();
    c.end = c.start + (int64_t)(l->seconds * 1e6);
    for (int i = 0; ok && i < l->connections && l->rate <= 0; i++)
        ask(&c, &c.peer[i], c.start);
    int64_t now = c.start;
    while (ok && !c.dead && (now < c.end || (l->rate > 0 && intended_at(&c, c.asked) < c.end) || c.busy) && now < c.end + GRACE_US) {
        struct epoll_event ev[64];
        int64_t wait_us = l->rate > 0 ? keep_timetable(&c) : 100000;
        struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
        int n = epoll_pwait2(c.epoll, ev, 64, &wait, NULL);
        for (int i = 0; i < n; i++)
            receive(&c, ev[i].data.ptr);
        now = time_monotonic_us();
    }
    r->seconds = (double)(now - c.start) / 1e6;
    r->client_cpu = cpu_seconds() - cpu;
    r->errors += c.busy;
    figures(&c);
    for (int i = 0; i < l->connections; i++) {
        if (c.peer[i].in && c.peer[i].fd >= 0)
            close(c.peer[i].fd);
        free(c.peer[i].in);
    }
    close(c.epoll);
    free(c.peer);
    free(c.idle);
    free(c.latency);
    return ok && (!c.dead || l->until_dead) ? ERR_OK : ERR_UNAVAILABLE;
}

/* See server.h: starting, accepting, watching the clock, stopping.
 *
 * The library runs one daemon per I/O thread, without listen sockets: we accept ourselves and hand each connection to the I/O
 * thread with the fewest. So closing the door at the end is ours (a quiesced daemon would let new clients hang), one server can
 * listen on several addresses, and slow clients are cut by our own clock, which the library's inactivity timer cannot do (one
 * byte every ten seconds keeps that one happy). */
#include "base/crypto.h"
#include "http/http_private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { POOL_BYTES = 32 * 1024, LISTEN_BACKLOG = 1024, ACCEPT_BURST = 64, TICK_MS = 250, STOP_TICK_MS = 5 };

#define DEFAULT(field, value)                                                                                                  \
    do                                                                                                                         \
        if (!(field))                                                                                                          \
            (field) = (value);                                                                                                 \
    while (0)

static void fill_defaults(struct http_config *c)
{
    static const struct http_class_config class[ROUTE_CLASSES] = {{4, 256}, {2, 1024}, {2, 64}, {1, 32}};
    DEFAULT(c->io_threads, 2);
    for (unsigned i = 0; i < ROUTE_CLASSES; i++) {
        DEFAULT(c->class[i].workers, class[i].workers);
        DEFAULT(c->class[i].queue_max, class[i].queue_max);
    }
    DEFAULT(c->connections_max, 4096);
    DEFAULT(c->header_bytes_max, 12 * 1024);
    DEFAULT(c->headers_max, 64);
    DEFAULT(c->query_max, 64);
    DEFAULT(c->header_ms, 15 * MS_SECOND);
    DEFAULT(c->idle_ms, 75 * MS_SECOND);
    DEFAULT(c->body_ms, 20 * MS_SECOND);
    DEFAULT(c->rate_min, 4096);
    DEFAULT(c->request_ms, 30 * MS_SECOND);
    DEFAULT(c->page_csp, "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    DEFAULT(c->problem_base, "urn:motcua:problem:");
}

/* ---- the door ---- */

static enum err open_door(struct http_server *s, size_t i, struct fail *f)
{
    const struct http_listen *l = &s->config.listen[i];
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (void *)&address;
    struct sockaddr_in6 *v6 = (void *)&address;
    socklen_t n;
    const char *where = l->address ? l->address : "127.0.0.1";
    if (inet_pton(AF_INET, where, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(l->port);
        n = sizeof *v4;
    } else if (inet_pton(AF_INET6, where, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(l->port);
        n = sizeof *v6;
    } else {
        return fail_add(f, ERR_INVALID, NULL, "", "http.address", "%s", where);
    }
    int on = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "http.listen", "%s:%u", where, l->port);
    s->listen_fd[i] = fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, LISTEN_BACKLOG) != 0)
        return fail_add(f, ERR_UNAVAILABLE, NULL, "",
                        errno == EADDRINUSE ? "http.port_taken" : errno == EACCES ? "http.port_forbidden" : "http.listen", "%s:%u",
                        where, l->port);
    n = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &n);
    s->port[i] = ntohs(address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
    return ERR_OK;
}

static void close_door(struct http_server *s)
{
    for (size_t i = 0; i < s->listen_n; i++) {
        if (s->listen_fd[i] >= 0)
            close(s->listen_fd[i]);
        s->listen_fd[i] = -1;
    }
}

static unsigned connections_open(struct http_server *s)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->io_n; i++)
        n += atomic_load(&s->io[i].open);
    return n;
}

/* Too slow; waiting for a next request, one that had an answer already (room for others) or any (stopping); whatever it does. */
enum cut { CUT_LATE, CUT_SERVED, CUT_IDLE, CUT_ALL };

static unsigned cut_connections(struct http_server *s, enum cut which, unsigned most)
{
    int64_t now = time_monotonic_us();
    unsigned n = 0;
    for (unsigned i = 0; i < s->io_n; i++) {
        pthread_mutex_lock(&s->io[i].lock);
        for (struct peer *p = s->io[i].peers; p && n < most; p = p->next) {
            int64_t deadline = atomic_load_explicit(&p->deadline_us, memory_order_relaxed);
            bool idle = !atomic_load_explicit(&p->busy, memory_order_relaxed);
            bool served = atomic_load_explicit(&p->served, memory_order_relaxed);
            if (which == CUT_LATE ? deadline > now : which == CUT_SERVED ? !idle || !served : which == CUT_IDLE ? !idle : false)
                continue;
            atomic_store_explicit(&p->deadline_us, FOREVER_US, memory_order_relaxed);
            shutdown(p->fd, SHUT_RDWR); /* its I/O thread sees the end and cleans up */
            n++;
        }
        pthread_mutex_unlock(&s->io[i].lock);
    }
    return n;
}

/* False: the process has no more descriptors; wait a little. */
static bool accept_some(struct http_server *s, int listen_fd)
{
    for (int k = 0; k < ACCEPT_BURST; k++) {
        struct sockaddr_storage address;
        socklen_t n = sizeof address;
        int fd = accept4(listen_fd, (struct sockaddr *)&address, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
        if (connections_open(s) >= s->config.connections_max) {
            /* Full: a connection that had its answer and only waits for a next request gives way, else the new one is turned away. */
            atomic_fetch_add_explicit(&s->cut, cut_connections(s, CUT_SERVED, 16), memory_order_relaxed);
            atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
            close(fd);
            continue;
        }
        struct io *io = &s->io[0];
        for (unsigned i = 1; i < s->io_n; i++)
            if (atomic_load(&s->io[i].open) < atomic_load(&io->open))
                io = &s->io[i];
        atomic_fetch_add(&io->open, 1);
        atomic_fetch_add_explicit(&s->accepted, 1, memory_order_relaxed);
        if (MHD_add_connection(io->daemon, fd, (struct sockaddr *)&address, n) != MHD_YES) {
            atomic_fetch_sub(&io->open, 1); /* the library closed it */
            atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
        }
    }
    return true;
}

static void *watch(void *arg)
{
    struct http_server *s = arg;
    struct pollfd *p = calloc(s->listen_n + 1 + LINGER_MAX, sizeof *p);
    if (!p)
        abort();
    int64_t next_tick = 0;
    bool pause = false;
    while (!atomic_load(&s->watch_end)) {
        bool stopping = atomic_load(&s->stopping);
        if (stopping)
            close_door(s);
        for (size_t i = 0; i < s->listen_n; i++)
            p[i] = (struct pollfd){pause ? -1 : s->listen_fd[i], POLLIN, 0};
        p[s->listen_n] = (struct pollfd){s->wake_fd, POLLIN, 0};
        unsigned lingering = linger_poll(s, p + s->listen_n + 1);
        (void)poll(p, s->listen_n + 1 + lingering, stopping ? STOP_TICK_MS : pause ? 50 : TICK_MS);
        uint64_t wakes;
        if (p[s->listen_n].revents && read(s->wake_fd, &wakes, sizeof wakes) < 0)
            wakes = 0;
        pause = false;
        for (size_t i = 0; i < s->listen_n; i++)
            if (p[i].fd >= 0 && p[i].revents && !accept_some(s, p[i].fd))
                pause = true;
        linger_drain(s, false);
        int64_t now = time_monotonic_us();
        if (stopping)
            cut_connections(s, atomic_load(&s->cutting) ? CUT_ALL : CUT_IDLE, UINT32_MAX);
        if (now >= next_tick) {
            next_tick = now + TICK_MS * 1000;
            atomic_fetch_add_explicit(&s->cut, cut_connections(s, CUT_LATE, UINT32_MAX), memory_order_relaxed);
        }
    }
    free(p);
    return NULL;
}

/* ---- start and stop ---- */

static size_t leave_escapes(void *cls, struct MHD_Connection *c, char *text)
{
    (void)cls, (void)c;
    return strlen(text); /* router.c decodes, segment by segment */
}

static enum err start_io(struct http_server *s, struct fail *f)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    enum err err = ERR_OK;
    for (unsigned i = 0; i < s->io_n && !err; i++) {
        struct io *io = &s->io[i];
        io->daemon = MHD_start_daemon(
            MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, exchange_call, io,
            MHD_OPTION_URI_LOG_CALLBACK, exchange_line, io, MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, io,
            MHD_OPTION_NOTIFY_CONNECTION, exchange_peer, io, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
            MHD_OPTION_CONNECTION_LIMIT, s->config.connections_max + 64, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
            MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_END);
        if (!io->daemon)
            err = fail_add(f, ERR_UNAVAILABLE, NULL, "", "http.io_thread", NULL);
    }
    if (!err) {
        if (pthread_create(&s->watch, NULL, watch, s) == 0)
            s->watching = true;
        else
            err = fail_add(f, ERR_UNAVAILABLE, NULL, "", "http.thread", NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static void tear_down(struct http_server **server)
{
    struct http_server *s = *server;
    if (s->watching) {
        atomic_store(&s->watch_end, true);
        (void)!write(s->wake_fd, &(uint64_t){1}, 8);
        pthread_join(s->watch, NULL);
    }
    close_door(s);
    for (unsigned i = 0; i < s->io_n; i++)
        if (s->io[i].daemon)
            MHD_stop_daemon(s->io[i].daemon);
    linger_drain(s, true);
    workers_stop(s); /* after the library: it may still owe aborted uploads */
    request_free_spares(s);
    zips_free(s);
    for (unsigned i = 0; i < s->io_n; i++)
        pthread_mutex_destroy(&s->io[i].lock);
    for (unsigned c = 0; c < ROUTE_CLASSES; c++) {
        pthread_mutex_destroy(&s->queue[c].lock);
        pthread_cond_destroy(&s->queue[c].more);
        free(s->queue[c].workers);
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    pthread_mutex_destroy(&s->spare_lock);
    pthread_mutex_destroy(&s->linger_lock);
    pthread_mutex_destroy(&s->zip_lock);
    arena_free(&s->arena);
    free(s->io);
    free(s->listen_fd);
    free(s->port);
    free(s->answered);
    free(s);
    *server = NULL;
}

static void *need(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

enum err http_server_start(const struct http_config *config, const struct route *routes, size_t n, void *app,
                           struct http_server **server_r, struct fail *f)
{
    struct http_server *s = need(1, sizeof *s);
    *server_r = NULL;
    s->config = *config;
    fill_defaults(&s->config);
    s->routes = routes;
    s->route_n = n;
    s->app = app;
    s->arena = arena_new();
    s->io_n = s->config.io_threads;
    s->io = need(s->io_n, sizeof *s->io);
    s->listen_n = config->listen_count;
    s->listen_fd = need(s->listen_n, sizeof *s->listen_fd);
    s->port = need(s->listen_n, sizeof *s->port);
    s->answered = need((n + 1) * STATUS_CLASSES, sizeof *s->answered);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&s->spare_lock, NULL);
    pthread_mutex_init(&s->linger_lock, NULL);
    pthread_mutex_init(&s->zip_lock, NULL);
    for (size_t i = 0; i < s->listen_n; i++)
        s->listen_fd[i] = -1;
    for (unsigned i = 0; i < s->io_n; i++) {
        s->io[i].server = s;
        pthread_mutex_init(&s->io[i].lock, NULL);
    }
    for (unsigned c = 0; c < ROUTE_CLASSES; c++) {
        struct queue *q = &s->queue[c];
        q->server = s;
        q->class = (enum route_class)c;
        q->last = &q->first;
        q->max = s->config.class[c].queue_max;
        q->worker_n = s->config.class[c].workers;
        q->workers = need(q->worker_n, sizeof *q->workers);
        pthread_mutex_init(&q->lock, NULL);
        pthread_cond_init(&q->more, NULL);
    }
    struct entropy entropy = entropy_system();
    entropy_bytes(&entropy, &s->id_base, sizeof s->id_base);
    enum err err = s->wake_fd < 0 ? fail_add(f, ERR_UNAVAILABLE, NULL, "", "http.thread", NULL) : router_build(s, f);
    for (size_t i = 0; i < s->listen_n && !err; i++)
        err = open_door(s, i, f); /* the port first: its refusal is the one a person meets */
    if (!err)
        err = workers_start(s, f);
    if (!err)
        err = start_io(s, f);
    if (err) {
        tear_down(&s);
        return err;
    }
    for (size_t i = 0; i < s->listen_n; i++)
        log_line(LOG_INFO, "http.listening", "address=%s port=%u", config->listen[i].address ? config->listen[i].address : "127.0.0.1",
                 s->port[i]);
    *server_r = s;
    return ERR_OK;
}

uint16_t http_server_port(const struct http_server *s, size_t i) { return i < s->listen_n ? s->port[i] : 0; }

static bool quiet(struct http_server *s)
{
    return atomic_load(&s->inflight) == 0 && connections_open(s) == 0 && atomic_load(&s->finishing) == 0;
}

static bool wait_quiet(struct http_server *s, int64_t limit_ms)
{
    int64_t until = time_monotonic_us() + limit_ms * 1000;
    while (!quiet(s)) {
        if (time_monotonic_us() >= until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return true;
}

enum err http_server_stop(struct http_server **server, int64_t limit_ms)
{
    struct http_server *s = *server;
    if (!s)
        return ERR_OK;
    atomic_store(&s->stopping, true);
    (void)!write(s->wake_fd, &(uint64_t){1}, 8);
    if (!wait_quiet(s, limit_ms)) {
        log_line(LOG_WARN, "http.stop_cuts", "inflight=%d open=%u", atomic_load(&s->inflight), connections_open(s));
        atomic_store(&s->cutting, true);
        if (!wait_quiet(s, limit_ms > 200 ? limit_ms : 200)) {
            log_line(LOG_ERROR, "http.stop_timeout", "inflight=%d", atomic_load(&s->inflight));
            return ERR_TIMEOUT;
        }
    }
    tear_down(server);
    return ERR_OK;
}

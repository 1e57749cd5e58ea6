/* See events.h. The lock of a stream is held around suspending and resuming: a suspended connection is not freed by the library, so whoever finds
 * `suspended` under the lock may resume it. */
#include "http/events.h"
#include "http/http_private.h"
#include <stdlib.h>

struct http_events {
    pthread_mutex_t lock;
    struct http_server *server;
    struct MHD_Connection *connection;
    char pending[EVENTS_PENDING_MAX];
    size_t n;
    int holders;
    bool suspended, ending, gone;
    int64_t until_us;
};

/* Unlocks. */
static void let_go(struct http_events *e)
{
    bool last = --e->holders == 0;
    pthread_mutex_unlock(&e->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&e->lock);
    free(e);
}

static void wake(struct http_events *e)
{
    if (!e->suspended)
        return;
    e->suspended = false;
    atomic_fetch_add(&e->server->finishing, 1); /* http_server_stop waits until nobody is inside the library */
    MHD_resume_connection(e->connection);
    atomic_fetch_sub(&e->server->finishing, 1);
}

/* On the I/O thread. */
static int64_t read_events(void *arg, int64_t pos, char *out, size_t max)
{
    struct http_events *e = arg;
    int64_t given;
    (void)pos;
    pthread_mutex_lock(&e->lock);
    if (e->n) {
        size_t n = e->n < max ? e->n : max;
        memcpy(out, e->pending, n);
        memmove(e->pending, e->pending + n, e->n - n);
        e->n -= n;
        given = (int64_t)n;
    } else if (e->ending)
        given = 0;
    else {
        MHD_suspend_connection(e->connection);
        e->suspended = true;
        given = HTTP_SOURCE_WAITS;
    }
    pthread_mutex_unlock(&e->lock);
    return given;
}

static void answered(void *arg)
{
    struct http_events *e = arg;
    pthread_mutex_lock(&e->lock);
    e->gone = true;
    e->suspended = false;
    let_go(e);
}

static bool add(struct http_events *e, struct str text)
{
    if (text.n > sizeof e->pending - e->n)
        return false;
    memcpy(e->pending + e->n, text.p, text.n);
    e->n += text.n;
    return true;
}

struct http_events *respond_events(struct request *r, struct str first)
{
    struct http_events *e = calloc(1, sizeof *e);
    if (!e)
        abort();
    pthread_mutex_init(&e->lock, NULL);
    e->server = r->server;
    e->connection = r->connection;
    e->holders = 2;
    e->until_us = time_monotonic_us() + (int64_t)EVENTS_LIFE_MS * 1000;
    e->ending = !add(e, first);
    respond_source(r, &(struct http_source){.read = read_events, .done = answered, .arg = e, .size = -1}, "text/event-stream; charset=utf-8", STR_NONE);
    respond_header(r, "X-Accel-Buffering", STR("no")); /* a proxy in front passes each event on at once */
    r->answer.open_ms = EVENTS_LIFE_MS + r->server->config.body_ms;
    return e;
}

bool http_events_send(struct http_events *e, struct str text)
{
    pthread_mutex_lock(&e->lock);
    bool lives = !e->gone && !e->ending;
    if (lives && (time_monotonic_us() >= e->until_us || !add(e, text))) {
        e->ending = true;
        lives = false;
    }
    wake(e);
    pthread_mutex_unlock(&e->lock);
    return lives;
}

void http_events_close(struct http_events **at)
{
    struct http_events *e = *at;
    *at = NULL;
    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    e->ending = true;
    wake(e);
    let_go(e);
}

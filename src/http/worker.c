/* Workers: threads of one class of routes around one bounded queue. The bound is checked before the connection is suspended, so
 * that refusing costs nothing but the answer. Pieces of an upload that was let in pass the bound: the client has been told to go
 * on, and there are never more of them than uploads. */
#include "http/http_private.h"
#include <signal.h>
#include <stdio.h>

static void fail_internally(struct request *r) { respond_error(r, ERR_INTERNAL, "http.failed", NULL); }

bool run_enter(struct request *r, void *context)
{
    struct http_server *s = r->server;
    struct fail f = {0};
    r->worker = context;
    if (!s->config.enter || s->config.enter(r, &f) == ERR_OK)
        return true;
    if (!r->answer.status) /* a page may have been redirected to its sign-in */
        respond_problem(r, &f);
    return false;
}

static enum http_result run(struct request *r, void *context)
{
    r->run_us = time_monotonic_us();
    return run_enter(r, context) ? r->route->handler(r) : HTTP_DONE;
}

/* Runs the handler; when this returns false the request belongs to somebody else. */
static bool handle(struct request *r, void *context) { return run(r, context) != HTTP_LATER; }

bool run_inline(struct request *r)
{
    enum http_result result = run(r, NULL);
    if (result == HTTP_LATER) { /* which an inline route may not */
        log_line(LOG_ERROR, "http.inline_later", "op=%s", r->route->operation ? r->route->operation : "");
        fail_internally(r);
    }
    return result != HTTP_CONTINUE;
}

static void serve(struct worker *w, struct request *r)
{
    struct http_server *s = r->server;
    if (r->job == JOB_ABORT) {
        log_request_set(r->id);
        r->worker = w->context;
        r->route->upload->abort(r);
        request_release(r);
    } else if (r->job != JOB_RUN) {
        run_upload(r, w->context);
    } else {
        log_request_set(r->id);
        if (time_monotonic_us() > r->deadline_us || atomic_load(&s->cutting)) {
            respond_error(r, ERR_UNAVAILABLE, "http.late", NULL);
        } else if (!handle(r, w->context)) {
            log_request_set(NULL);
            return;
        }
        response_build(r);
        request_finish(r);
    }
    log_request_set(NULL);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct queue *q = w->queue;
    const struct http_config *c = &q->server->config;
    enum err err = c->worker_open ? c->worker_open(q->server->app, q->class, &w->context) : ERR_OK;
    pthread_mutex_lock(&q->lock);
    q->opened++;
    if (err)
        q->open_err = err;
    pthread_cond_broadcast(&q->more);
    while (!err) {
        while (!q->first && !q->ending)
            pthread_cond_wait(&q->more, &q->lock);
        struct request *r = q->first;
        if (!r)
            break;
        q->first = r->next;
        if (!q->first)
            q->last = &q->first;
        q->n--;
        pthread_mutex_unlock(&q->lock);
        serve(w, r);
        pthread_mutex_lock(&q->lock);
    }
    pthread_mutex_unlock(&q->lock);
    if (!err && c->worker_close)
        c->worker_close(w->context);
    return NULL;
}

bool queue_push(struct request *r, enum job job, bool bounded)
{
    struct queue *q = &r->server->queue[r->route->class];
    pthread_mutex_lock(&q->lock);
    if (bounded && q->n >= q->max) {
        pthread_mutex_unlock(&q->lock);
        atomic_fetch_add_explicit(&q->rejected, 1, memory_order_relaxed);
        return false;
    }
    r->job = job;
    r->next = NULL;
    r->queued_us = time_monotonic_us();
    if (job != JOB_ABORT) {
        atomic_store_explicit(&r->peer->deadline_us, FOREVER_US, memory_order_relaxed);
        MHD_suspend_connection(r->connection);
    }
    *q->last = r;
    q->last = &r->next;
    q->n++;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
    return true;
}

enum err workers_start(struct http_server *s, struct fail *f)
{
    sigset_t all, before;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    enum err err = ERR_OK;
    for (unsigned c = 0; c < ROUTE_CLASSES && !err; c++) {
        struct queue *q = &s->queue[c];
        for (unsigned i = 0; i < q->worker_n && !err; i++) {
            q->workers[i].queue = q;
            if (pthread_create(&q->workers[i].thread, NULL, work, &q->workers[i]) != 0)
                err = fail_add(f, ERR_UNAVAILABLE, NULL, "", "http.thread", NULL);
            else
                q->workers[i].running = true;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (unsigned c = 0; c < ROUTE_CLASSES && !err; c++) {
        struct queue *q = &s->queue[c];
        pthread_mutex_lock(&q->lock);
        while (q->opened < q->worker_n)
            pthread_cond_wait(&q->more, &q->lock);
        if (q->open_err)
            err = fail_add(f, q->open_err, NULL, "", "http.worker", NULL);
        pthread_mutex_unlock(&q->lock);
    }
    return err;
}

void workers_stop(struct http_server *s)
{
    for (unsigned c = 0; c < ROUTE_CLASSES; c++) {
        struct queue *q = &s->queue[c];
        pthread_mutex_lock(&q->lock);
        q->ending = true;
        pthread_cond_broadcast(&q->more);
        pthread_mutex_unlock(&q->lock);
    }
    for (unsigned c = 0; c < ROUTE_CLASSES; c++)
        for (unsigned i = 0; i < s->queue[c].worker_n; i++)
            if (s->queue[c].workers[i].running)
                pthread_join(s->queue[c].workers[i].thread, NULL);
}

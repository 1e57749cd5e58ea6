/* See http/metrics.h. Labels are patterns of routes and names of classes: nothing of a request ever becomes a label. */
#include "http/metrics.h"
#include "http/http_private.h"
#include <stdio.h>

enum http_result http_healthz(struct request *r)
{
    respond_text(r, 200, STR("ok\n"));
    return HTTP_DONE;
}

enum http_result http_readyz(struct request *r)
{
    struct http_server *s = r->server;
    struct buf why _buf_ = BUF_MAX(256);
    if (atomic_load(&s->stopping))
        buf_c(&why, "stopping");
    else if (!s->config.ready || s->config.ready(s->app, &why)) {
        respond_text(r, 200, STR("ready\n"));
        return HTTP_DONE;
    }
    buf_char(&why, '\n');
    respond_text(r, 503, str_dup(r->arena, buf_view(&why)));
    respond_retry_after(r, 2);
    return HTTP_DONE;
}

static void one(struct buf *b, const char *name, const char *kind, const char *help, int64_t v)
{
    metric_write_head(b, name, kind, help);
    buf_printf(b, "%s %lld\n", name, (long long)v);
}

enum http_result http_metrics(struct request *r)
{
    static const char *const class_name[] = {"read", "command", "upload", "admin"};
    static const char *const method_name[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct http_server *s = r->server;
    struct buf b = BUF_MAX(4u << 20);
    metrics_write(&b);
    metric_write_head(&b, "motcua_http_requests_total", "counter", "Answers by route and class of status");
    for (size_t i = 0; i <= s->route_n; i++)
        for (unsigned k = 1; k < STATUS_CLASSES; k++) {
            int64_t n = atomic_load_explicit(&s->answered[i * STATUS_CLASSES + k], memory_order_relaxed);
            if (n && i < s->route_n)
                buf_printf(&b, "motcua_http_requests_total{method=\"%s\",route=\"%s\",status=\"%uxx\"} %lld\n",
                           method_name[s->routes[i].method], s->routes[i].pattern, k, (long long)n);
            else if (n)
                buf_printf(&b, "motcua_http_requests_total{method=\"\",route=\"\",status=\"%uxx\"} %lld\n", k, (long long)n);
        }
    metric_write_head(&b, "motcua_http_request_seconds", "histogram", "From the request line to the answer being ready");
    for (unsigned c = 0; c < ROUTE_CLASSES; c++) {
        char label[32];
        snprintf(label, sizeof label, "class=\"%s\"", class_name[c]);
        histogram_write(&b, "motcua_http_request_seconds", label, &s->queue[c].latency);
    }
    metric_write_head(&b, "motcua_http_queue", "gauge", "Requests waiting for a worker");
    for (unsigned c = 0; c < ROUTE_CLASSES; c++) {
        pthread_mutex_lock(&s->queue[c].lock);
        unsigned n = s->queue[c].n;
        pthread_mutex_unlock(&s->queue[c].lock);
        buf_printf(&b, "motcua_http_queue{class=\"%s\"} %u\n", class_name[c], n);
    }
    metric_write_head(&b, "motcua_http_rejected_total", "counter", "Requests refused because the queue was full");
    for (unsigned c = 0; c < ROUTE_CLASSES; c++)
        buf_printf(&b, "motcua_http_rejected_total{class=\"%s\"} %lld\n", class_name[c],
                   (long long)atomic_load_explicit(&s->queue[c].rejected, memory_order_relaxed));
    unsigned open = 0;
    for (unsigned i = 0; i < s->io_n; i++)
        open += atomic_load(&s->io[i].open);
    one(&b, "motcua_http_connections", "gauge", "Open connections", open);
    one(&b, "motcua_http_requests_in_flight", "gauge", "Requests under way", atomic_load(&s->inflight));
    one(&b, "motcua_http_accepted_total", "counter", "Connections accepted", atomic_load(&s->accepted));
    one(&b, "motcua_http_refused_total", "counter", "Connections turned away", atomic_load(&s->refused));
    one(&b, "motcua_http_cut_total", "counter", "Connections cut because the client was slow or idle", atomic_load(&s->cut));
    one(&b, "motcua_http_compressed_total", "counter", "Answers compressed", atomic_load(&s->compressed));
    respond_bytes(r, 200, "text/plain; version=0.0.4; charset=utf-8", str_dup(r->arena, buf_view(&b)));
    buf_free(&b);
    return HTTP_DONE;
}

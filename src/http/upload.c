/* A streamed body: pieces of up to 256 KiB go to a worker while the connection is suspended, so a slow disk stops this client
 * (by TCP's own window) and nobody else, and one upload costs one piece of memory. */
#include "http/http_private.h"

static enum http_result no_later(struct request *r, enum http_result result)
{
    if (result != HTTP_LATER)
        return result;
    log_line(LOG_ERROR, "http.upload_later", "op=%s", r->route->operation ? r->route->operation : "");
    respond_error(r, ERR_INTERNAL, "http.failed", NULL);
    return HTTP_DONE;
}

static void end_early(struct request *r)
{
    if (!r->answer.status)
        respond_error(r, ERR_INTERNAL, "http.failed", NULL);
    r->upload_open = false;
    r->route->upload->abort(r);
}

static bool give_piece(struct request *r)
{
    if (!r->piece_n)
        return true;
    enum http_result result = no_later(r, r->route->upload->data(r, (struct str){r->piece, r->piece_n}));
    r->piece_n = 0;
    return result == HTTP_CONTINUE;
}

void run_upload(struct request *r, void *context)
{
    const struct upload *u = r->route->upload;
    log_request_set(r->id);
    r->worker = context;
    if (r->job == JOB_BEGIN) {
        r->run_us = time_monotonic_us();
        if (time_monotonic_us() > r->deadline_us || atomic_load(&r->server->cutting))
            respond_error(r, ERR_UNAVAILABLE, "http.late", NULL);
        else if (run_enter(r, context) && no_later(r, u->begin(r)) == HTTP_CONTINUE)
            r->upload_open = true;
        else if (!r->answer.status)
            respond_error(r, ERR_INTERNAL, "http.failed", NULL);
    } else if (!give_piece(r)) {
        end_early(r);
    } else if (r->job == JOB_END) {
        r->upload_open = false;
        if (u->end(r) == HTTP_LATER)
            return;
        response_build(r);
    } else {
        atomic_store_explicit(&r->peer->deadline_us, r->body_until_us, memory_order_relaxed);
    }
    request_finish(r);
}

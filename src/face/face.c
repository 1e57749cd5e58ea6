/* See face.h. */
#include "face/face.h"
#include "store/health.h"

const struct rules *rules_of(struct request *r)
{
    void *kept = request_kept(r);
    if (!kept) {
        kept = (void *)(uintptr_t)rules_for(face_of(r)->room, request_arena(r));
        request_set_kept(r, kept);
    }
    return kept;
}

enum err face_worker_open(void *app, enum route_class class, void **context_r)
{
    (void)class;
    return db_open(((struct face *)app)->room->store, DB_READ, (struct db **)context_r);
}

void face_worker_close(void *context)
{
    struct db *db = context;
    db_close(&db);
}

bool face_ready(void *app, struct buf *why)
{
    const struct face *face = app;
    struct health_report report = {.ready = true};
    if (face->health)
        health_ready(face->health, &report);
    for (size_t i = 0; i < report.n; i++) {
        buf_c(why, i ? "," : "");
        buf_c(why, report.reason[i]);
    }
    return report.ready;
}

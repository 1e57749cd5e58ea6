/* What all faces share: the engine room, who asks, and under which rules. One struct face stands first in what the server hands to handlers;
 * the API (face/api) and the pages (face/site and the folders of each person) add their own. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include "http/request.h"
#include "http/response.h"
#include "http/server.h"

struct health;     /* store/health.h */
struct file_store; /* store/files.h */
struct site;       /* face/site/site.h */
struct live;       /* face/office/live.h */
struct print_face; /* face/print/print.h */

struct face {
    struct engine_room *room;
    struct health *health;    /* NULL in tests */
    struct file_store *files; /* NULL: none here */
    struct site *site; /* face/site; NULL where no pages are served */
    struct live *live; /* face/office: open streams of counts; NULL: none */
    struct print_face *print; /* face/print; NULL: no paper is printed here */
    bool rehearsal;
};

static inline struct face *face_of(const struct request *r) { return request_app(r); }
/* One generation for the whole request, however long its answer takes: held at the first question, let go with the request's arena. */
const struct rules *rules_of(struct request *r);
static inline struct db *db_of(const struct request *r) { return request_worker(r); }
/* Who asks, as the entering found out; NULL on public routes for nobody. */
static inline const struct actor *actor_of(const struct request *r) { return request_principal(r); }

/* For http_config: each worker has a reading connection. */
enum err face_worker_open(void *app, enum route_class class, void **context_r);
void face_worker_close(void *context);
bool face_ready(void *app, struct buf *why);

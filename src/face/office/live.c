/* One thread for all open streams: when somebody committed it counts anew, at most once a second, and once for all who have the same audiences; who sees other
 * figures than before is told. Every twenty seconds each stream gets a line that says nothing, so that a client that left is noticed. Whoever listens is asked
 * again who she is after EVENTS_LIFE_MS, because the stream then ends and her browser comes back. */
#include "face/office/live.h"
#include "base/bell.h"
#include "face/office/office_private.h"
#include "http/events.h"
#include <pthread.h>
#include <unistd.h>

enum { STREAMS_MAX = 8192, PAUSE_US = 1000000, SILENCE_MS = 20000, TEXT_MAX = 1024, TICK_MS = 500 };

struct listener {
    struct listener *next;
    struct http_events *events;
    struct str audience[ACTOR_AUDIENCES_MAX];
    size_t audiences;
    uint64_t told; /* hash of what it was told last */
    struct arena *arena;
};
struct live {
    struct engine_room *room;
    struct bell *bell;
    struct db *db;
    pthread_t thread;
    pthread_mutex_t lock;
    struct listener *first;
    size_t n;
    bool ending;
};

static struct str text_of_counts(struct arena *a, const int64_t n[QUEUES_MAX])
{
    struct buf b _buf_ = BUF_MAX(TEXT_MAX);
    const struct queue *q;
    buf_c(&b, "event: so-luong\ndata: {");
    for (size_t i = 0; (q = queue_at(i)) && q->slug[0]; i++)
        buf_printf(&b, "%s\"%s\":%lld", i ? "," : "", q->slug, (long long)n[i]);
    buf_c(&b, "}\n\n");
    return str_dup(a, buf_view(&b));
}

static bool tell(struct live *l, struct listener *w, bool silence)
{
    struct arena *a _arena_ = arena_new();
    int64_t n[QUEUES_MAX];
    if (queue_counts_for(l->db, w->audience, w->audiences, n))
        return true;
    struct str text = text_of_counts(a, n);
    uint64_t told = str_hash(text);
    if (told == w->told)
        return !silence || http_events_send(w->events, STR(":\n\n"));
    w->told = told;
    return http_events_send(w->events, text);
}

static void drop(struct listener *w)
{
    http_events_close(&w->events);
    arena_free(&w->arena); /* the listener lies in it */
}

/* The list is taken, walked without the lock and put back: opening a stream never waits for counting. */
static void tell_all(struct live *l, bool silence)
{
    pthread_mutex_lock(&l->lock);
    struct listener *list = l->first, *kept = NULL, **end = &kept;
    l->first = NULL;
    pthread_mutex_unlock(&l->lock);
    size_t gone = 0;
    queue_counts_forget();
    while (list) {
        struct listener *w = list;
        list = w->next;
        if (tell(l, w, silence)) {
            *end = w;
            end = &w->next;
        } else {
            drop(w);
            gone++;
        }
    }
    pthread_mutex_lock(&l->lock);
    *end = l->first;
    l->first = kept;
    l->n -= gone;
    pthread_mutex_unlock(&l->lock);
}

static bool ends(struct live *l)
{
    pthread_mutex_lock(&l->lock);
    bool e = l->ending;
    pthread_mutex_unlock(&l->lock);
    return e;
}

static void *run(void *arg)
{
    struct live *l = arg;
    uint64_t seen = 0;
    int64_t spoken = time_monotonic_us();
    while (!ends(l)) {
        bool rang = bell_wait(l->bell, &seen, TICK_MS), silence = time_monotonic_us() - spoken > (int64_t)SILENCE_MS * 1000;
        if (!rang && !silence)
            continue;
        tell_all(l, silence);
        if (silence)
            spoken = time_monotonic_us();
        for (int waited = 0; waited < PAUSE_US && !ends(l); waited += PAUSE_US / 4)
            usleep(PAUSE_US / 4); /* many commits are one news */
    }
    return NULL;
}

struct live *live_start(struct engine_room *room, struct bell *bell)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->room = room;
    l->bell = bell;
    pthread_mutex_init(&l->lock, NULL);
    if (db_open(room->store, DB_READ, &l->db) || pthread_create(&l->thread, NULL, run, l) != 0) {
        db_close(&l->db);
        pthread_mutex_destroy(&l->lock);
        free(l);
        return NULL;
    }
    return l;
}

void live_stop(struct live *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    bool first = !l->ending;
    l->ending = true;
    pthread_mutex_unlock(&l->lock);
    if (first)
        pthread_join(l->thread, NULL);
    pthread_mutex_lock(&l->lock);
    struct listener *list = l->first;
    l->first = NULL;
    l->n = 0;
    pthread_mutex_unlock(&l->lock);
    while (list) {
        struct listener *w = list;
        list = w->next;
        drop(w);
    }
}

void live_free(struct live **at)
{
    struct live *l = *at;
    *at = NULL;
    if (!l)
        return;
    live_stop(l);
    db_close(&l->db);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* What an ended stream or a full house gets: the figures once, and when to ask again. */
static enum http_result once(struct request *r, struct str text)
{
    respond_bytes(r, 200, "text/event-stream; charset=utf-8", str_printf(request_arena(r), "retry: 5000\n%.*s", PRS(text)));
    return HTTP_DONE;
}

enum http_result queue_stream(struct request *r)
{
    enum http_result refused;
    struct live *l = face_of(r)->live;
    int64_t n[QUEUES_MAX];
    if (!staff_only(r, &refused))
        return refused;
    if (queue_counts(r, n))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    struct str text = text_of_counts(request_arena(r), n);
    if (!l || request_is_head(r) || str_is(request_query(r, "mot-lan"), "1"))
        return once(r, text);
    struct arena *a = arena_new();
    struct listener *w = ARENA_NEW(a, struct listener);
    *w = (struct listener){.arena = a, .told = str_hash(text)};
    const struct actor *actor = actor_of(r);
    for (size_t i = 0; i < actor->audiences; i++)
        w->audience[w->audiences++] = str_dup(a, actor->audience[i]);
    pthread_mutex_lock(&l->lock);
    bool open = !l->ending && l->n < STREAMS_MAX;
    if (open) {
        w->events = respond_events(r, str_printf(request_arena(r), "retry: 3000\n%.*s", PRS(text)));
        w->next = l->first;
        l->first = w;
        l->n++;
    }
    pthread_mutex_unlock(&l->lock);
    if (open)
        return HTTP_DONE;
    arena_free(&a);
    return once(r, text);
}

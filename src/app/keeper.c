/* See keeper.h. */
#include "app/keeper.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/amend/amend.h"
#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY_MS = 1000, LOOK_APART_MS = 100, AGAIN_MS = 60000 };

struct keeper {
    struct app *app;
    struct bell *bell;
    void (*changed)(void *arg);
    void *arg;
    struct db *db;
    pthread_t thread;
    atomic_bool stopping, asked;
    int64_t not_before_us; /* after a build that failed */
};

static void build(struct keeper *k)
{
    struct fail f = {0};
    int64_t began = time_monotonic_us();
    if (app_reload_rules(k->app, &f)) {
        k->not_before_us = began + AGAIN_MS * 1000LL;
        log_line(LOG_ERROR, "rules.not-reloaded", "code=%s param=\"%s\"", f.n ? f.item[0].code : "", f.n ? f.item[0].param : "");
        return;
    }
    k->not_before_us = 0;
    log_line(LOG_INFO, "rules.reloaded", "number=%llu generations=%ld ms=%lld", (unsigned long long)k->app->room.rules_published,
             (long)k->app->room.generations, (long long)(time_monotonic_us() - began) / 1000);
    if (k->changed)
        k->changed(k->arg);
}

static void look(struct keeper *k)
{
    struct hash stamp;
    if (atomic_exchange(&k->asked, false)) {
        build(k);
        return;
    }
    enum err e = amend_stamp(k->db, str_of(k->app->config.province), &stamp);
    if (e) /* the database is away: health says so */
        return;
    if (memcmp(stamp.b, k->app->rules_stamp.b, HASH_BYTES) != 0 && time_monotonic_us() >= k->not_before_us)
        build(k);
}

static void *keeper_main(void *arg)
{
    struct keeper *k = arg;
    uint64_t seen = 0;
    while (!atomic_load(&k->stopping)) {
        look(k);
        if (bell_wait(k->bell, &seen, LOOK_EVERY_MS))
            nanosleep(&(struct timespec){0, LOOK_APART_MS * 1000000L}, NULL); /* many commits, one look */
    }
    return NULL;
}

enum err keeper_start(struct app *app, struct bell *bell, void (*changed)(void *arg), void *arg, struct keeper **k_r, struct fail *f)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (struct keeper){.app = app, .bell = bell, .changed = changed, .arg = arg};
    enum err e = db_open(app->room.store, DB_READ, &k->db);
    if (!e && pthread_create(&k->thread, NULL, keeper_main, k) != 0)
        e = ERR_UNAVAILABLE;
    if (!e) {
        *k_r = k;
        return ERR_OK;
    }
    db_close(&k->db);
    free(k);
    return fail_add(f, e, NULL, "", "store.unavailable", NULL);
}

void keeper_reload(struct keeper *k)
{
    atomic_store(&k->asked, true);
    bell_ring(k->bell);
}

void keeper_stop(struct keeper **kp)
{
    struct keeper *k = *kp;
    if (!k)
        return;
    atomic_store(&k->stopping, true);
    bell_ring(k->bell);
    pthread_join(k->thread, NULL);
    db_close(&k->db);
    free(k);
    *kp = NULL;
}

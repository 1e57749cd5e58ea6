/* See background.h. A follower or a kind of job is added here and nowhere else. */
#include "app/background.h"
#include "base/log.h"
#include "base/timex.h"
#include <stdio.h>

enum { LOOK_EVERY_MS = 10 * MS_MINUTE, SECRET_MIN = 16, AT_ONCE = 1000 };

void background_init(struct background *b)
{
    *b = (struct background){0};
    bell_init(&b->bell);
}

static enum err connect_residence(struct background *b, struct app *app, struct fail *f)
{
    const struct config *c = &app->config;
    struct str url = str_of(c->residence_url);
    if (!url.n)
        return ERR_OK;
    if (!str_has_prefix(url, STR("https://")) && !str_has_prefix(url, STR("http://127.0.0.1:")))
        return fail_add(f, ERR_INVALID, NULL, "residence_url", "config.not-https", "%s", c->residence_url);
    if (strlen(c->residence_secret) < SECRET_MIN)
        return fail_add(f, ERR_INVALID, NULL, "residence_secret", "config.too-short", NULL);
    b->residence = (struct residence){.room = &app->room, .look_every_ms = LOOK_EVERY_MS};
    snprintf(b->residence.url, sizeof b->residence.url, "%.*s", (int)(url.n - str_has_suffix(url, STR("/"))), url.p);
    snprintf(b->residence.secret, sizeof b->residence.secret, "%s", c->residence_secret);
    b->follower[b->followers_n++] = residence_follower(&b->residence);
    b->kinds[b->jobs.kind_count++] = residence_job;
    log_line(LOG_INFO, "residence.connected", "url=%s", b->residence.url);
    return ERR_OK;
}

static void own_work(struct background *b, struct app *app, struct file_store *files)
{
    b->files = (struct dossier_files){app->room.store, app->room.writer, files};
    b->follower[b->followers_n++] = party_follower();
    b->kinds[b->jobs.kind_count++] = party_link_job(&app->room);
    b->follower[b->followers_n++] = dossier_erased_follower();
    b->kinds[b->jobs.kind_count++] = dossier_forget_job(&b->files);
    b->jobs.store = app->room.store;
    b->jobs.writer = app->room.writer;
    b->jobs.bell = &b->bell;
    b->jobs.kinds = b->kinds;
    b->jobs.arg = &b->residence;
    b->jobs.threads = (int)app->config.job_threads;
}

enum err background_catch_up(struct app *app, struct file_store *files)
{
    struct background b;
    struct followers *followers = NULL;
    int ran = AT_ONCE;
    background_init(&b);
    own_work(&b, app, files);
    enum err e = followers_start(&(struct followers_config){.store = app->room.store, .writer = app->room.writer, .bell = &b.bell, .follower = b.follower,
                                                             .n = b.followers_n}, &followers);
    if (!e)
        e = followers_catch_up(followers);
    while (!e && ran == AT_ONCE)
        e = job_run_due(&b.jobs, time_machine_ms(), AT_ONCE, &ran);
    followers_stop(&followers);
    background_destroy(&b);
    return e;
}

static enum err start_followers(struct background *b, struct app *app, struct fail *f)
{
    enum err e = followers_start(&(struct followers_config){.store = app->room.store, .writer = app->room.writer, .bell = &b->bell, .follower = b->follower,
                                                            .n = b->followers_n, .threads = true},
                                 &b->followers);
    if (!e)
        e = job_runner_start(&b->jobs, &b->runner);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : ERR_OK;
}

enum err background_start(struct background *b, struct app *app, const struct background_config *c, struct fail *f)
{
    own_work(b, app, c->files);
    enum err e = keeper_start(app, &b->bell, c->rules_changed, c->arg, &b->keeper, f);
    if (!e)
        e = housekeeping_start(app, c->files, &b->housekeeping, f);
    if (!e)
        e = connect_residence(b, app, f);
    return e ? e : start_followers(b, app, f);
}

void background_stop(struct background *b)
{
    job_runner_stop(&b->runner);
    followers_stop(&b->followers);
    housekeeping_stop(&b->housekeeping);
    keeper_stop(&b->keeper);
}

void background_destroy(struct background *b) { bell_destroy(&b->bell); }

/* motcua serve: HTTP, control socket, writer; ends on SIGTERM or SIGINT with nothing lost, re-reads the configuration on SIGHUP. */
#include "app/background.h"
#include "app/verbs.h"
#include "base/log.h"
#include "face/admin/admin.h"
#include "face/api/api.h"
#include "face/counter/counter.h"
#include "face/citizen/citizen.h"
#include "face/citizen/apply.h"
#include "face/face.h"
#include "face/office/live.h"
#include "face/office/office.h"
#include "face/print/print.h"
#include "face/site/site.h"
#include "store/files.h"
#include "store/health.h"
#include "view/messages.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { STOP_LIMIT_MS = 10000 };

struct listening {
    char address[80];
    struct http_listen listen;
};

/* "127.0.0.1:8080", "[::1]:8080" */
static bool parse_listen(const char *text, struct listening *l)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || (size_t)(colon - text) >= sizeof l->address || !str_to_i64(str_of(colon + 1), &port) || port < 0 || port > 65535)
        return false;
    struct str host = str_bytes(text, (size_t)(colon - text));
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 2);
    snprintf(l->address, sizeof l->address, "%.*s", PRS(host));
    l->listen = (struct http_listen){l->address, (uint16_t)port};
    return host.n > 0;
}

static void reload(struct app *app, struct background *background, struct health *health, struct file_store *files)
{
    keeper_reload(background->keeper); /* the rules, too */
    struct fail f = {0};
    struct config_change changes[CONFIG_CHANGES_MAX];
    size_t n = 0;
    if (config_reload(app->dir, &app->config, changes, &n, &f)) {
        log_line(LOG_WARN, "config.reload-refused", "code=%s", f.n ? f.item[0].code : "unreadable");
        return;
    }
    log_level_set((enum log_level)app->config.log_level);
    health_low_disk(health, app->config.low_disk_mb);
    file_store_limit(files, app->config.files_max_mb << 20);
    for (size_t i = 0; i < n; i++)
        log_line(LOG_INFO, "config.changed", "key=%s in_force=%s", changes[i].key, changes[i].live ? "now" : "after-restart");
}

static void wait_for_end(struct app *app, struct background *background, struct health *health, struct file_store *files, const sigset_t *signals)
{
    int signal;
    while (sigwait(signals, &signal) == 0 && signal == SIGHUP)
        reload(app, background, health, files);
    log_line(LOG_INFO, "server.stopping", "signal=%d", signal);
}

static bool say(struct buf *out, const char *code, const char *param, enum http_lang lang)
{
    return message_write(out, code, param, lang == HTTP_EN ? LANGUAGE_EN : LANGUAGE_VI);
}

/* Also after a verb of staff: a token that was revoked must not live on in the memory of who asked before. */
static void rules_changed(void *api) { api_rules_changed(api); }

/* A page knows its visitor by a cookie, the API by a token. */
static enum err enter(struct request *r, struct fail *f) { return request_route(r)->flags & ROUTE_PAGE ? site_enter(r, f) : api_enter(r, f); }

static struct route *all_routes(size_t *n_r)
{
    const struct { const struct route *route; size_t n; } tables[] = {{api_routes, api_route_count}, {site_routes, site_route_count}, {office_routes, office_route_count}, {counter_routes, counter_route_count}, {citizen_routes, citizen_route_count}, {apply_routes, apply_route_count}, {print_routes, print_route_count}, {admin_routes, admin_route_count}};
    struct route *all = NULL;
    *n_r = 0;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        all = realloc(all, (*n_r + tables[i].n) * sizeof *all);
        if (!all)
            abort();
        memcpy(all + *n_r, tables[i].route, tables[i].n * sizeof *all);
        *n_r += tables[i].n;
    }
    return all;
}

static int serve(struct app *app, struct background *background, const struct listening *l, const sigset_t *signals)
{
    struct fail f = {0};
    struct health *health = NULL;
    if (health_start(&(struct health_config){.dir = app->dir, .store = app->room.store, .writer = app->room.writer, .low_disk_mb = app->config.low_disk_mb,
                                             .watch_clock = !app->config.rehearsal}, &health)) {
        fail_add(&f, ERR_UNAVAILABLE, NULL, "", "health.cannot-start", NULL);
        return exit_of(&f);
    }
    struct file_store *files = NULL;
    if (app_open_files(app, &files, &f)) {
        health_stop(&health);
        return exit_of(&f);
    }
    app->health = health;
    app->bell = &background->bell;
    struct api *api = api_new(&app->room, health, files);
    api_reached_at(api, str_of(app->config.public_url));
    unsigned workers = (unsigned)app->config.workers;
    struct http_config config = {
        .listen = &l->listen, .listen_count = 1,
        .class = {[ROUTE_READ] = {workers, 256}, [ROUTE_COMMAND] = {8 /* pages wait for their commit */, 1024}, [ROUTE_UPLOAD] = {2, 64}, [ROUTE_ADMIN] = {1, 32}},
        .worker_open = face_worker_open, .worker_close = face_worker_close, .enter = enter, .message = say, .problem_page = site_problem_page, .ready = face_ready,
        .trust_forwarded = app->config.trust_forwarded};
    struct http_server *server = NULL;
    struct site *site = site_new();
    size_t route_n;
    struct route *routes = all_routes(&route_n);
    api_face(api)->site = site;
    struct live *live = live_start(&app->room, &background->bell);
    api_face(api)->live = live;
    struct print_face print = {press_new(NULL), str_of(app->config.public_url)};
    api_face(api)->print = &print;
    struct control *control = control_start(app, rules_changed, api, &f);
    enum err e = control ? background_start(background, app, &(struct background_config){files, rules_changed, api}, &f) : f.err;
    if (!e)
        e = http_server_start(&config, routes, route_n, api, &server, &f);
    if (!e) {
        log_line(LOG_INFO, "server.ready", "listen=%s port=%d engine=%s", l->address, http_server_port(server, 0), app->config.engine);
        fprintf(stderr, "http://%s:%d\n", l->address, http_server_port(server, 0));
        wait_for_end(app, background, health, files, signals);
        live_stop(live); /* open streams would be waited for */
        if (http_server_stop(&server, STOP_LIMIT_MS))
            log_line(LOG_WARN, "server.stop-slow", "limit_ms=%d", STOP_LIMIT_MS);
    }
    control_stop(&control);
    live_free(&live);
    background_stop(background);
    health_stop(&health);
    writer_stop(&app->room.writer);
    api_free(&api);
    site_free(&site);
    press_free(&print.press);
    free(routes);
    file_store_close(&files);
    return e ? exit_of(&f) : EXIT_DONE;
}

int verb_serve(struct args *a)
{
    struct app app;
    struct fail f = {0};
    struct listening l;
    struct background background;
    const char *listen = args_take(a, "--listen");
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread, so that all inherit it and only we wait for them */
    if (!args_done(a))
        return EXIT_USAGE;
    background_init(&background);
    enum err e = app_open(&app, a->dir, APP_WRITE, bell_ring, &background.bell, &f);
    if (!e) {
        log_level_set((enum log_level)app.config.log_level);
        if (!parse_listen(listen ? listen : app.config.listen, &l))
            e = fail_add(&f, ERR_MALFORMED, NULL, "", "config.listen", "%s", listen ? listen : app.config.listen);
    }
    int code = e ? exit_of(&f) : serve(&app, &background, &l, &signals);
    app_close(&app);
    background_destroy(&background);
    return code;
}

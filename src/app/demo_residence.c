/* Followers and jobs of the rehearsal, and the police: the real connector, driven by the rehearsal clock instead of threads, and its stand-in, a process of its
 * own on a free port of this machine. The stand-in lives as long as the pipe to its standard input: it cannot outlive the demo. */
#include "app/demo_private.h"
#include "connect/residence/residence.h"
#include "domain/party/party.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 80, JOBS_AT_ONCE = 1000, TICK_MS = MS_HOUR, LOOK_EVERY_MS = 20 * MS_HOUR, PATH_BYTES = 4096 };

struct demo_residence {
    struct residence connector;
    struct follower follower[2];
    struct job_kind kinds[2];
    struct followers *followers;
    struct bell bell;
    struct job_room jobs;
    char program[PATH_BYTES], secret[2 * HASH_BYTES + 1], log[PATH_BYTES];
    pid_t pid;
    int alive; /* the write end of its standard input; -1: it does not run */
};

/* Beside the build folder of a checkout, or where --stand-in says. */
static bool find_program(const char *given, char out[PATH_BYTES])
{
    char self[PATH_BYTES];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    int got = given ? snprintf(out, PATH_BYTES, "%s", given) : snprintf(out, PATH_BYTES, "%.4000s/../standin/residence/residence.py", self);
    return got > 0 && got < PATH_BYTES && access(out, X_OK) == 0;
}

enum err demo_residence_open(struct demo *d, const char *program, struct fail *f)
{
    struct demo_residence *r = d->residence = ARENA_NEW(d->a, struct demo_residence);
    r->alive = -1;
    bell_init(&r->bell);
    struct hash secret = KEYED_HASH(&d->app->room.keyring.seed, STR("secret of the residence stand-in"));
    hex_format(secret.b, sizeof secret.b, r->secret);
    snprintf(r->log, sizeof r->log, "%.4000s/stand-in.log", d->app->dir);
    if (!find_program(program, r->program))
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "demo.no-stand-in", "%s", program ? program : r->program);
    r->connector = (struct residence){.room = &d->app->room, .look_every_ms = LOOK_EVERY_MS};
    snprintf(r->connector.secret, sizeof r->connector.secret, "%s", r->secret);
    r->follower[0] = party_follower();
    r->follower[1] = residence_follower(&r->connector);
    r->kinds[0] = party_link_job(&d->app->room);
    r->kinds[1] = residence_job;
    r->jobs = (struct job_room){.store = d->app->room.store, .writer = d->app->room.writer, .bell = &r->bell, .kinds = r->kinds, .kind_count = ARRAY_LEN(r->kinds),
                                .arg = &r->connector};
    enum err e = followers_start(&(struct followers_config){.store = d->app->room.store, .writer = d->app->room.writer, .bell = &r->bell,
                                                            .follower = r->follower, .n = ARRAY_LEN(r->follower)},
                                 &r->followers);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : demo_stand_in_start(d, f);
}

void demo_residence_close(struct demo *d)
{
    if (!d->residence)
        return;
    demo_stand_in_stop(d);
    followers_stop(&d->residence->followers);
    bell_destroy(&d->residence->bell);
    d->residence = NULL;
}

/* "listening 127.0.0.1:40123\n" */
static bool read_address(int fd, char *url, size_t size)
{
    char line[LINE_BYTES + 1];
    size_t n = 0;
    for (ssize_t got; n < LINE_BYTES && (got = read(fd, line + n, 1)) == 1 && line[n] != '\n';)
        n++;
    line[n] = '\0';
    if (strncmp(line, "listening ", 10) != 0)
        return false;
    snprintf(url, size, "http://%s", line + 10);
    return true;
}

static int spawn(struct demo_residence *r, int in, int out)
{
    posix_spawn_file_actions_t actions;
    char secret[sizeof r->secret + 20];
    char *argv[] = {r->program, NULL}, *path = getenv("PATH"), path_is[PATH_BYTES];
    snprintf(secret, sizeof secret, "STAND_IN_SECRET=%s", r->secret);
    snprintf(path_is, sizeof path_is, "PATH=%s", path ? path : "/usr/bin:/bin");
    char unbuffered[] = "PYTHONDONTWRITEBYTECODE=1", *env[] = {secret, path_is, unbuffered, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, r->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int failed = posix_spawn(&r->pid, r->program, &actions, NULL, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

enum err demo_stand_in_start(struct demo *d, struct fail *f)
{
    struct demo_residence *r = d->residence;
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0)
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "demo.stand-in", "%s", strerror(errno));
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "demo.stand-in", "%s", strerror(errno));
    }
    int failed = spawn(r, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    bool ready = !failed && read_address(out[0], r->connector.url, sizeof r->connector.url);
    close(out[0]);
    r->alive = in[1];
    if (ready)
        return ERR_OK;
    if (failed)
        close(in[1]), r->alive = -1;
    else
        demo_stand_in_stop(d);
    return fail_add(f, ERR_UNAVAILABLE, NULL, "", "demo.stand-in", "%s: %s", r->program, failed ? strerror(failed) : "it does not start");
}

void demo_stand_in_stop(struct demo *d)
{
    struct demo_residence *r = d->residence;
    if (r->alive < 0)
        return;
    close(r->alive);
    r->alive = -1;
    kill(r->pid, SIGTERM);
    while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static enum err tick(struct demo *d, struct fail *f)
{
    int ran;
    enum err e = followers_catch_up(d->residence->followers);
    if (!e)
        e = job_run_due(&d->residence->jobs, d->now, JOBS_AT_ONCE, &ran);
    return e ? fail_add(f, e, NULL, "", "demo.jobs", NULL) : ERR_OK;
}

/* What the last steps left to do inside the store; nothing is sent any more, so that playing again finds nothing new. */
enum err demo_settle(struct demo *d, struct fail *f)
{
    struct demo_residence *r = d->residence;
    struct job_room own = r->jobs;
    int ran = 1;
    enum err e = ERR_OK;
    own.kinds = &r->kinds[0];
    own.kind_count = 1;
    while (!e && ran) {
        e = followers_catch_up(r->followers);
        if (!e)
            e = job_run_due(&own, d->now, JOBS_AT_ONCE, &ran);
    }
    return e ? fail_add(f, e, NULL, "", "demo.jobs", NULL) : ERR_OK;
}

/* On the half hour, in office hours: what the police answers at night waits for the morning. */
enum err demo_advance(struct demo *d, int64_t to, struct fail *f)
{
    enum err e = ERR_OK;
    int64_t at = d->now - d->now % TICK_MS + TICK_MS / 2;
    for (; at <= to && !e; at += TICK_MS) {
        int64_t hour = time_local_ms_of_day(at) / MS_HOUR;
        if (at <= d->now || hour < 8 || hour > 16)
            continue;
        d->now = at;
        e = tick(d, f);
    }
    d->now = to;
    return e;
}

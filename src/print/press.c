/* The parent's side; see press.h. */
#include "print/press.h"
#include "base/log.h"
#include "base/timex.h"
#include "print/wire.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct press {
    pthread_mutex_t lock;
    _Atomic int waiting;
    _Atomic int pid;
    int fd, jobs;
    const char *program;
};

static void child_end(struct press *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    p->pid = 0;
}

static bool child_start(struct press *p)
{
    /* Nothing of our environment goes along; one thread is enough for its memory. */
    char word[] = PRESS_CHILD_WORD, name[] = "motcua", lang[] = "LC_ALL=C.UTF-8", memory[] = "MALLOC_CONF=background_thread:false,narenas:1", asan[] = "ASAN_OPTIONS=detect_leaks=0";
    char *argv[] = {name, word, NULL}, *env[] = {lang, memory, asan, NULL};
    int pair[2];
    pid_t pid = 0;
    posix_spawn_file_actions_t files;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    sigset_t none;
    posix_spawnattr_t how;
    sigemptyset(&none);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP); /* Ctrl-C is for the server, which ends its child itself */
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pair[1], PRESS_FD);
    posix_spawn_file_actions_addclosefrom_np(&files, PRESS_FD + 1);
    int e = pair[1] == PRESS_FD ? EINVAL : posix_spawn(&pid, p->program, &files, &how, argv, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    close(pair[1]);
    if (e) {
        close(pair[0]);
        log_line(LOG_ERROR, "print.child-refused", "errno=%d", e);
        return false;
    }
    p->fd = pair[0];
    p->pid = pid;
    p->jobs = 0;
    return true;
}

/* From outside, so that the child cannot give itself more: so many seconds on top of what it has used. */
static void child_allow(struct press *p)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(p->pid, &clock) == 0)
        clock_gettime(clock, &used);
    rlim_t most = (rlim_t)used.tv_sec + PRESS_JOB_CPU_S;
    struct rlimit now;
    if (prlimit(p->pid, RLIMIT_CPU, NULL, &now) == 0)
        prlimit(p->pid, RLIMIT_CPU, &(struct rlimit){most < now.rlim_max ? most : now.rlim_max, now.rlim_max}, NULL);
}

/* One question and its answer. False: the child is gone or has lost its way. */
static bool ask(struct press *p, uint32_t what, struct str doc, struct press_head *answer, struct buf *out)
{
    int64_t until = time_monotonic_us() + (int64_t)PRESS_JOB_WAIT_MS * 1000;
    struct press_head head = {PRESS_MAGIC, what, (uint32_t)doc.n};
    child_allow(p);
    if (!wire_write(p->fd, &head, sizeof head, until) || !wire_write(p->fd, doc.p, doc.n, until) || !wire_read(p->fd, answer, sizeof *answer, until))
        return false;
    if (answer->magic != PRESS_MAGIC || answer->n > PRESS_PDF_MAX || !buf_reserve(out, answer->n) || !wire_read(p->fd, out->p, answer->n, until))
        return false;
    out->n = answer->n;
    return true;
}

static bool ask_twice(struct press *p, uint32_t what, struct str doc, struct press_head *answer, struct buf *out)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!p->pid && !child_start(p))
            return false;
        if (ask(p, what, doc, answer, out))
            return true;
        log_line(LOG_WARN, "print.child-gone", "jobs=%d", p->jobs);
        child_end(p);
        buf_clear(out);
    }
    return false;
}

static enum err told(const struct press_head *answer, struct buf *out, struct fail *f)
{
    enum err e = (enum err)answer->what;
    if (!e)
        return ERR_OK;
    char code[64];
    snprintf(code, sizeof code, "%.*s", PRS(buf_view(out)));
    buf_clear(out);
    return fail_add(f, e == ERR_TOO_LARGE ? ERR_TOO_LARGE : ERR_UNAVAILABLE, NULL, "", e == ERR_TOO_LARGE ? "print.too-long" : "print.failed", "%s", code);
}

enum err press_print(struct press *p, const struct form_version *version, const json_t *doc, struct buf *pdf, struct fail *f)
{
    if (atomic_fetch_add(&p->waiting, 1) >= PRESS_WAITING_MAX) {
        atomic_fetch_sub(&p->waiting, 1);
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "print.busy", NULL);
    }
    char *text = json_dumps(doc, JSON_COMPACT);
    struct str s = str_of(text);
    struct press_head answer = {0};
    bool small = text && s.n <= PRESS_DOC_MAX, good = false;
    if (small) {
        pthread_mutex_lock(&p->lock);
        good = ask_twice(p, (uint32_t)(version - form_versions), s, &answer, pdf);
        if (good && ++p->jobs >= PRESS_JOBS_MAX) {
            child_end(p);
            child_start(p); /* warms itself while nobody waits */
        }
        pthread_mutex_unlock(&p->lock);
    }
    free(text);
    atomic_fetch_sub(&p->waiting, 1);
    if (!small)
        return fail_add(f, ERR_TOO_LARGE, NULL, "", "print.too-long", NULL);
    return good ? told(&answer, pdf, f) : fail_add(f, ERR_UNAVAILABLE, NULL, "", "print.failed", NULL);
}

int press_pid(struct press *p) { return p->pid; }

struct press *press_new(const char *program)
{
    struct press *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->fd = -1;
    p->program = program ? program : "/proc/self/exe";
    pthread_mutex_init(&p->lock, NULL);
    child_start(p);
    return p;
}

void press_free(struct press **p)
{
    if (*p) {
        child_end(*p);
        pthread_mutex_destroy(&(*p)->lock);
        free(*p);
        *p = NULL;
    }
}

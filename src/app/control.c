/* The control socket: a verb that writes is run by the server that serves DIR, so that there is one writer. One request a connection:
 * the words, each ended by NUL, an empty word closes; the answer is the exit code as one byte, then in two parts what the verb printed on
 * stdout and on stderr, each as its length (8 bytes, ours) and its bytes.
 * Who may connect is decided by the folder (0700) and the socket (0600). */
#include "app/verbs.h"
#include "base/log.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char ENGLISH[] = "--in-english"; /* between our two ends only */
enum { WORDS_MAX = 64, REQUEST_MAX = 16384, WAIT_SECONDS = 60 };

struct control {
    struct app *app;
    void (*changed)(void *);
    void *arg;
    int dir_fd, fd;
    pthread_t thread;
};

/* What a verb prints, kept until it ends. */
struct part {
    char *text;
    size_t n;
    FILE *stream;
};

/* Through /proc/self/fd, because a socket's path ends at 107 bytes and a folder's may not. */
static int address(const char *dir, struct sockaddr_un *sa)
{
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *sa = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(sa->sun_path, sizeof sa->sun_path, "/proc/self/fd/%d/control.sock", fd);
    return fd;
}

static bool send_all(int fd, const void *p, size_t n)
{
    for (const char *at = p; n;) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void part_open(struct part *p)
{
    p->stream = open_memstream(&p->text, &p->n);
    if (!p->stream)
        abort();
}

static bool send_part(int fd, const struct part *p)
{
    uint64_t n = p->n;
    return send_all(fd, &n, sizeof n) && send_all(fd, p->text, p->n);
}

static bool receive(int fd, void *to, size_t n)
{
    for (char *at = to; n;) {
        ssize_t got = read(fd, at, n);
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool receive_part(int fd, FILE *to)
{
    uint64_t left;
    char text[4096];
    if (!receive(fd, &left, sizeof left))
        return false;
    while (left) {
        size_t some = left < sizeof text ? (size_t)left : sizeof text;
        if (!receive(fd, text, some))
            return false;
        fwrite(text, 1, some, to);
        left -= some;
    }
    return true;
}

static void serve_one(struct control *c, int fd)
{
    char text[REQUEST_MAX], *words[WORDS_MAX];
    size_t n = 0;
    int count = 0;
    struct timeval patience = {WAIT_SECONDS, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    for (ssize_t got; n < sizeof text && (got = read(fd, text + n, sizeof text - n)) > 0;) {
        n += (size_t)got;
        if (n >= 2 && text[n - 1] == '\0' && text[n - 2] == '\0')
            break;
    }
    if (n < 2 || text[n - 1] != '\0' || text[n - 2] != '\0')
        return;
    for (char *p = text; p < text + n - 1 && count < WORDS_MAX; p += strlen(p) + 1)
        words[count++] = p;
    struct part out = {0}, err = {0};
    part_open(&out);
    part_open(&err);
    struct args a = {.argc = count - 1, .argv = words + 1, .dir = c->app->dir, .out = out.stream, .err = err.stream, .app = c->app};
    a.json = args_flag(&a, "--json");
    a.language = args_flag(&a, ENGLISH) ? LANGUAGE_EN : LANGUAGE_VI;
    unsigned char code = EXIT_USAGE;
    for (size_t i = 0; i < verb_count && count; i++)
        if (verbs[i].through_server && strcmp(words[0], verbs[i].name) == 0)
            code = (unsigned char)verbs[i].run(&a);
    c->changed(c->arg);
    fclose(out.stream);
    fclose(err.stream);
    if (!send_all(fd, &code, 1) || !send_part(fd, &out) || !send_part(fd, &err))
        log_line(LOG_WARN, "control.answer-lost", "verb=%s", count ? words[0] : "");
    free(out.text);
    free(err.text);
}

static void *control_main(void *arg)
{
    struct control *c = arg;
    for (int fd; (fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        serve_one(c, fd);
        close(fd);
    }
    return NULL;
}

struct control *control_start(struct app *app, void (*changed)(void *), void *arg, struct fail *f)
{
    struct control *c = calloc(1, sizeof *c);
    struct sockaddr_un sa;
    if (!c)
        abort();
    c->app = app;
    c->changed = changed;
    c->arg = arg;
    c->dir_fd = address(app->dir, &sa);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlinkat(c->dir_fd, "control.sock", 0);
    mode_t before = umask(0077);
    bool ok = c->fd >= 0 && bind(c->fd, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(c->fd, 8) == 0;
    umask(before);
    if (ok && pthread_create(&c->thread, NULL, control_main, c) == 0)
        return c;
    fail_add(f, ERR_UNAVAILABLE, NULL, "", "control.cannot-listen", "%s", app->dir);
    close(c->fd);
    close(c->dir_fd);
    free(c);
    return NULL;
}

void control_stop(struct control **cp)
{
    struct control *c = *cp;
    if (!c)
        return;
    shutdown(c->fd, SHUT_RDWR);
    pthread_join(c->thread, NULL);
    unlinkat(c->dir_fd, "control.sock", 0);
    close(c->fd);
    close(c->dir_fd);
    free(c);
    *cp = NULL;
}

static bool send_word(int fd, const char *word) { return send_all(fd, word, strlen(word) + 1); }

bool control_call(const char *dir, const char *verb, struct args *a, int *code_r)
{
    struct sockaddr_un sa;
    int dir_fd = address(dir, &sa);
    int fd = dir_fd < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0;
    if (connected) {
        bool sent = send_word(fd, verb);
        for (int i = 0; i < a->argc && sent; i++)
            sent = send_word(fd, a->argv[i]);
        sent = sent && (!a->json || send_word(fd, "--json")) && (a->language != LANGUAGE_EN || send_word(fd, ENGLISH)) && send_word(fd, "");
        unsigned char code = EXIT_NOT_AVAILABLE;
        if (!sent || !receive(fd, &code, 1) || !receive_part(fd, a->out) || !receive_part(fd, a->err)) {
            fputs("motcua: the server did not answer\n", a->err);
            code = EXIT_NOT_AVAILABLE;
        }
        *code_r = code;
    }
    if (fd >= 0)
        close(fd);
    if (dir_fd >= 0)
        close(dir_fd);
    return connected;
}

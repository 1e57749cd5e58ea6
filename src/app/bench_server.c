/* The measured server: this very program, as a child on a free port of the loopback. See bench.h. */
#include "app/bench.h"
#include "base/timex.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_LIMIT_US = 60000000 };

int bench_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) || fcntl(fd, F_SETFL, O_NONBLOCK)) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool is_ready(int port)
{
    static const char ask[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[256];
    int fd = bench_connect(port);
    if (fd < 0)
        return false;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool ok = send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) == (ssize_t)sizeof ask - 1 && poll(&p, 1, 1000) == 1
        && recv(fd, answer, sizeof answer, 0) > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
    close(fd);
    return ok;
}

/* The line "http://127.0.0.1:PORT" among what it logs. */
static int read_port(struct bench_server *s, int64_t until)
{
    char text[8192];
    size_t n = 0;
    while (time_monotonic_us() < until && n < sizeof text - 1) {
        struct pollfd p = {.fd = s->log, .events = POLLIN};
        if (poll(&p, 1, 100) != 1)
            continue;
        ssize_t got = read(s->log, text + n, sizeof text - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
        const char *at = strstr(text, "http://127.0.0.1:");
        if (at && strchr(at, '\n'))
            return atoi(at + 17);
    }
    fprintf(stderr, "%.*s", (int)n, text);
    return 0;
}

enum err bench_server_start(const char *dir, struct bench_server *s, struct fail *f)
{
    int ends[2];
    *s = (struct bench_server){.log = -1};
    if (pipe2(ends, O_CLOEXEC))
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "bench.pipe", NULL);
    int64_t start = time_monotonic_us();
    if ((s->pid = fork()) == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(ends[1], 2);
        execl("/proc/self/exe", "motcua", "serve", dir, "--listen", "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    s->log = ends[0];
    if (s->pid < 0 || !(s->port = read_port(s, start + READY_LIMIT_US)))
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "bench.server", NULL);
    fcntl(s->log, F_SETFL, O_NONBLOCK);
    while (!is_ready(s->port) && time_monotonic_us() - start < READY_LIMIT_US)
        usleep(500);
    s->ready_us = time_monotonic_us() - start;
    return ERR_OK;
}

static void drain(struct bench_server *s)
{
    char text[4096];
    while (read(s->log, text, sizeof text) > 0)
        ;
}

void bench_server_stop(struct bench_server *s, int signal)
{
    if (s->pid <= 0)
        return;
    kill(s->pid, signal ? signal : SIGTERM);
    while (waitpid(s->pid, NULL, WNOHANG) == 0) { /* while it ends it may still log */
        drain(s);
        usleep(2000);
    }
    close(s->log);
    s->pid = 0;
}

double bench_server_cpu(const struct bench_server *s)
{
    char path[64], text[1024];
    unsigned long long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)s->pid);
    drain((struct bench_server *)(uintptr_t)s);
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    if (in)
        fclose(in);
    text[n] = '\0';
    const char *after = strrchr(text, ')'); /* the name may hold anything */
    if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

int64_t bench_server_anonymous(const struct bench_server *s)
{
    char path[64], line[256];
    long long kb = -1;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)s->pid);
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in))
        if (sscanf(line, "Anonymous: %lld", &kb) == 1)
            break;
    if (in)
        fclose(in);
    return kb < 0 ? -1 : kb * 1024;
}

/* What the HTTP room itself costs: the same 1.6 KB JSON answered on the I/O thread, by a worker, and by a worker that gives it
 * to one other thread which finishes them in groups (as the writer of commands does). Runs wrk against itself:
 *
 *     ninja -C build bench/bench_http && build/bench/bench_http  every way, 64 connections, 5 s each
 *     build/bench/bench_http serve PORT                           only serve (/inline /kept /worker /later), until stdin ends
 *
 * Prints what wrk says and the server's own CPU per request, which other load on the machine hardly moves. */
#include "base/crypto.h"
#include "http/response.h"
#include "http/server.h"
#include "base/timex.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1600];
static struct http_kept kept = {"application/json", {text, sizeof text}, {NULL, 0}, {"\"1\"", 3}};
static _Atomic long answered;

static enum http_result direct(struct request *r)
{
    answered++;
    respond_json(r, 200, (struct str){text, sizeof text});
    return HTTP_DONE;
}

static enum http_result from_memory(struct request *r)
{
    answered++;
    respond_kept(r, &kept);
    return HTTP_DONE;
}

/* The other thread: takes all that wait, "commits" them, finishes them. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct request *waiting[1024];
    size_t n;
    bool end;
} writer = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void *write_groups(void *arg)
{
    struct request *group[1024];
    pthread_mutex_lock(&writer.lock);
    for (;;) {
        while (!writer.n && !writer.end)
            pthread_cond_wait(&writer.more, &writer.lock);
        if (!writer.n)
            break;
        size_t n = writer.n;
        memcpy(group, writer.waiting, n * sizeof *group);
        writer.n = 0;
        pthread_mutex_unlock(&writer.lock);
        for (size_t i = 0; i < n; i++) {
            respond_json(group[i], 200, (struct str){text, sizeof text});
            request_finish(group[i]);
        }
        answered += (long)n;
        pthread_mutex_lock(&writer.lock);
    }
    pthread_mutex_unlock(&writer.lock);
    return arg;
}

static enum http_result later(struct request *r)
{
    pthread_mutex_lock(&writer.lock);
    writer.waiting[writer.n++] = r; /* at most 1024 connections in this bench */
    pthread_cond_signal(&writer.more);
    pthread_mutex_unlock(&writer.lock);
    return HTTP_LATER;
}

static enum http_result sink_begin(struct request *r) { (void)r; return HTTP_CONTINUE; }
static enum http_result sink_data(struct request *r, struct str piece)
{
    (void)r, (void)piece;
    return HTTP_CONTINUE;
}
static enum http_result sink_file(struct request *r, struct str piece)
{
    FILE *f = request_state(r);
    if (!f)
        request_set_state(r, f = tmpfile());
    return f && write(fileno(f), piece.p, piece.n) == (ssize_t)piece.n ? HTTP_CONTINUE : HTTP_DONE;
}
static void sink_abort(struct request *r)
{
    if (request_state(r))
        fclose(request_state(r));
}
static enum http_result sink_end(struct request *r)
{
    sink_abort(r);
    respond_empty(r, 204);
    return HTTP_DONE;
}
static const struct upload sink = {sink_begin, sink_data, sink_end, sink_abort};
static const struct upload file_sink = {sink_begin, sink_file, sink_end, sink_abort};

static const struct route routes[] = {
    {HTTP_GET, "/inline", direct, .flags = ROUTE_INLINE, .operation = "inline"},
    {HTTP_GET, "/kept/{code}", from_memory, .flags = ROUTE_INLINE, .operation = "kept"},
    {HTTP_GET, "/worker", direct, .operation = "worker"},
    {HTTP_GET, "/later", later, .class = ROUTE_COMMAND, .operation = "later"},
    {HTTP_POST, "/sink", .class = ROUTE_UPLOAD, .body = BODY_STREAM, .body_max = (size_t)1 << 40, .upload = &sink, .operation = "sink"},
    {HTTP_POST, "/file", .class = ROUTE_UPLOAD, .body = BODY_STREAM, .body_max = (size_t)1 << 40, .upload = &file_sink, .operation = "file"},
};

static double cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void measure(uint16_t port, const char *path, const char *header)
{
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    double cpu = cpu_us();
    long before = answered;
    printf("\n== %s %s\n", path, header);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("wrk", "wrk", "-t1", "-c64", "-d5s", "--latency", "-H", header, url, (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("server CPU per request: %.1f us (%ld requests)\n", (cpu_us() - cpu) / (double)(answered - before), answered - before);
}

int main(int argc, char **argv)
{
    crypto_start();
    memset(text, 'x', sizeof text);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + sizeof text - 2, "\"}", 2);
    struct http_listen listen = {"127.0.0.1", argc > 2 ? (uint16_t)atoi(argv[2]) : 0};
    struct http_config config = {.listen = &listen, .listen_count = 1};
    struct http_server *server;
    struct fail f = {0};
    pthread_t thread;
    if (http_server_start(&config, routes, ARRAY_LEN(routes), NULL, &server, &f)) {
        fprintf(stderr, "%s %s\n", f.item[0].code, f.item[0].param);
        return 3;
    }
    pthread_create(&thread, NULL, write_groups, NULL);
    uint16_t port = http_server_port(server, 0);
    if (argc > 1 && strcmp(argv[1], "serve") == 0) {
        while (getchar() != EOF)
            ;
    } else {
        measure(port, "/inline", "X: y");
        measure(port, "/kept/1.014325", "X: y");
        measure(port, "/worker", "X: y");
        measure(port, "/worker", "Accept-Encoding: gzip");
        measure(port, "/later", "X: y");
    }
    pthread_mutex_lock(&writer.lock);
    writer.end = true;
    pthread_cond_signal(&writer.more);
    pthread_mutex_unlock(&writer.lock);
    enum err err = http_server_stop(&server, 2000);
    pthread_join(thread, NULL);
    return err ? 1 : 0;
}

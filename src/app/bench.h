/* Shared by the files of `motcua bench`. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <sys/types.h>

/* --- bench_server.c: `motcua serve` as a child, so that its CPU and memory are told apart from the client's --- */
struct bench_server {
    pid_t pid;
    int log; /* its stderr, drained by bench_server_drain */
    int port;
    int64_t ready_us; /* from exec to the first 200 of /readyz */
};
enum err bench_server_start(const char *dir, struct bench_server *s, struct fail *f) CHECKED;
/* signal 0: SIGTERM. Waits for its end. */
void bench_server_stop(struct bench_server *s, int signal);
double bench_server_cpu(const struct bench_server *s);         /* seconds, user and system */
int64_t bench_server_anonymous(const struct bench_server *s);  /* bytes, from smaps_rollup */
int bench_connect(int port); /* non-blocking, no delay; -1 */

/* --- bench_client.c: keep-alive connections of one thread, one request at a time each --- */
enum { BENCH_REQUEST_MAX = 16384 };
struct bench_load {
    int port, connections;
    double seconds;
    double rate; /* requests a second on a fixed timetable, latency from the intended start; 0: as fast as answers come */
    /* Writes the whole request, returns its size. */
    size_t (*request)(void *arg, int connection, uint64_t no, char out[BENCH_REQUEST_MAX]);
    void (*answer)(void *arg, int connection, int status, struct str body); /* may be NULL */
    void *arg;
    int until_dead; /* stop quietly when the server goes away */
};
struct bench_result {
    int64_t requests, errors; /* errors: status 400 and above, or a broken connection */
    double seconds, per_second, client_cpu, server_cpu;
    double p50_ms, p99_ms, max_ms;
    int first_error;
};
enum err bench_run(const struct bench_load *l, struct bench_result *r) CHECKED;

/* --- bench_words.c: what is asked --- */
struct bench_words;
struct app;
enum bench_what { BENCH_RECEIVE, BENCH_PROCEDURE, BENCH_SEARCH, BENCH_MIX };
/* Reads what it needs from the store: procedures, units, tokens (issued by the command queue). */
enum err bench_words_new(struct app *app, enum bench_what what, int connections, struct bench_words **w_r, struct fail *f) CHECKED;
void bench_words_free(struct bench_words **w);
size_t bench_words_request(void *words, int connection, uint64_t no, char out[BENCH_REQUEST_MAX]);
void bench_words_answer(void *words, int connection, int status, struct str body);

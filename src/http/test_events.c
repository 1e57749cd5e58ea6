/* Event streams: what is said arrives, in order; who is too slow or gone is noticed; nothing stands in the way of stopping. */
#include "base/timex.h"
#include "http/events.h"
#include "http/server.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

enum { MANY = 200, TEXT_MAX = 64 * 1024, WAIT_MS = 5000 };

static struct {
    pthread_mutex_t lock;
    struct http_events *open[MANY];
    size_t n;
} streams = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum http_result events(struct request *r)
{
    pthread_mutex_lock(&streams.lock);
    streams.open[streams.n++] = respond_events(r, STR("data: first\n\n"));
    pthread_mutex_unlock(&streams.lock);
    return HTTP_DONE;
}
static const struct route routes[] = {{HTTP_GET, "/events", events, .operation = "events"}};
static const struct http_listen here = {"127.0.0.1", 0};

static int connect_to(struct http_server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(http_server_port(s, 0)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {WAIT_MS / 1000, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const char *ask = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_int_equal(write(fd, ask, strlen(ask)), (ssize_t)strlen(ask));
    return fd;
}

/* Reads on until `word` was there; false at the end or after WAIT_MS. */
static bool reads(int fd, char *text, size_t *n, const char *word)
{
    while (!strstr(text, word)) {
        ssize_t got = *n < TEXT_MAX - 1 ? read(fd, text + *n, TEXT_MAX - 1 - *n) : 0;
        if (got <= 0)
            return false;
        *n += (size_t)got;
        text[*n] = '\0';
    }
    return true;
}

static struct http_events *nth(size_t i)
{
    pthread_mutex_lock(&streams.lock);
    struct http_events *e = i < streams.n ? streams.open[i] : NULL;
    pthread_mutex_unlock(&streams.lock);
    return e;
}

static int start(void **state)
{
    struct http_config c = {.listen = &here, .listen_count = 1};
    struct fail f = {0};
    streams.n = 0;
    return http_server_start(&c, routes, 1, NULL, (struct http_server **)state, &f) ? -1 : 0;
}

static int stop(void **state)
{
    for (size_t i = 0; i < streams.n; i++)
        http_events_close(&streams.open[i]);
    return http_server_stop((struct http_server **)state, WAIT_MS) ? -1 : 0;
}

static void test_what_is_said_arrives_in_order(void **state)
{
    static char text[TEXT_MAX];
    size_t n = 0;
    int fd = connect_to(*state);
    assert_true(reads(fd, text, &n, "data: first"));
    assert_non_null(strstr(text, "text/event-stream"));
    for (int i = 0; i < 50; i++) {
        char one[40];
        snprintf(one, sizeof one, "data: %d.\n\n", i);
        assert_true(http_events_send(nth(0), str_of(one)));
        snprintf(one, sizeof one, "data: %d.", i);
        if (i % 7 == 0)
            assert_true(reads(fd, text, &n, one));
    }
    assert_true(reads(fd, text, &n, "data: 49."));
    assert_true(strstr(text, "data: 8.") < strstr(text, "data: 9."));
    http_events_close(&streams.open[0]);
    assert_true(reads(fd, text, &n, "\r\n0\r\n")); /* the end of a chunked body */
    close(fd);
}

static void test_who_left_is_noticed(void **state)
{
    static char text[TEXT_MAX];
    size_t n = 0;
    int fd = connect_to(*state);
    assert_true(reads(fd, text, &n, "data: first"));
    close(fd);
    bool lives = true;
    for (int64_t until = time_monotonic_us() + WAIT_MS * 1000; lives && time_monotonic_us() < until; usleep(10000))
        lives = http_events_send(nth(0), STR(":\n\n"));
    assert_false(lives);
}

static void test_who_does_not_read_is_ended(void **state)
{
    static char text[TEXT_MAX], big[1000];
    size_t n = 0;
    memset(big, 'x', sizeof big);
    int fd = connect_to(*state);
    assert_true(reads(fd, text, &n, "data: first"));
    bool lives = true;
    for (int i = 0; lives && i < 1000000; i++)
        lives = http_events_send(nth(0), str_bytes(big, sizeof big));
    assert_false(lives); /* memory is bounded: EVENTS_PENDING_MAX */
    close(fd);
}

static void test_many_stand_open_and_the_server_stops(void **state)
{
    static char text[TEXT_MAX];
    int fd[MANY];
    for (size_t i = 0; i < MANY; i++) {
        size_t n = 0;
        text[0] = '\0';
        fd[i] = connect_to(*state);
        assert_true(reads(fd[i], text, &n, "data: first"));
    }
    for (size_t i = 0; i < MANY; i++)
        assert_true(http_events_send(nth(i), STR("data: news\n\n")));
    for (size_t i = 0; i < MANY; i++) {
        size_t n = 0;
        text[0] = '\0';
        assert_true(reads(fd[i], text, &n, "data: news"));
        close(fd[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_said_arrives_in_order, start, stop),
        cmocka_unit_test_setup_teardown(test_who_left_is_noticed, start, stop),
        cmocka_unit_test_setup_teardown(test_who_does_not_read_is_ended, start, stop),
        cmocka_unit_test_setup_teardown(test_many_stand_open_and_the_server_stops, start, stop),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}

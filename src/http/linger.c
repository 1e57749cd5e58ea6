/* Connections that were answered before their body was read. Closing a socket with unread bytes sends a reset, and a reset throws away what the client
 * has not read yet: it would see a broken connection instead of the refusal. So the socket outlives the library's close: nothing more is said, what
 * still comes is thrown away, up to a time and a size, and then it goes. Added by I/O threads, drained by the watch. */
#include "http/http_private.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_BYTES_MAX = 64 << 20, LINGER_MS_MAX = 5000, PIECE_BYTES = 1 << 20 };

void linger_add(struct http_server *s, int fd)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return;
    shutdown(own, SHUT_WR);
    pthread_mutex_lock(&s->linger_lock);
    bool room = s->linger_n < LINGER_MAX;
    if (room)
        s->linger[s->linger_n++] = (struct drained){own, time_monotonic_us() + LINGER_MS_MAX * 1000, LINGER_BYTES_MAX};
    pthread_mutex_unlock(&s->linger_lock);
    if (!room)
        close(own);
    else
        (void)!write(s->wake_fd, &(uint64_t){1}, 8);
}

unsigned linger_poll(struct http_server *s, struct pollfd *p)
{
    pthread_mutex_lock(&s->linger_lock);
    unsigned n = s->linger_n;
    for (unsigned i = 0; i < n; i++)
        p[i] = (struct pollfd){s->linger[i].fd, POLLIN, 0};
    pthread_mutex_unlock(&s->linger_lock);
    return n;
}

/* Throws away what is there; false when it is over. */
static bool drain(struct drained *l, int64_t now)
{
    ssize_t k = recv(l->fd, NULL, PIECE_BYTES, MSG_DONTWAIT | MSG_TRUNC); /* of TCP: counted, not copied */
    if (k > 0)
        l->left -= (size_t)k < l->left ? (size_t)k : l->left;
    return now < l->until_us && l->left && (k > 0 || (k < 0 && errno == EAGAIN));
}

void linger_drain(struct http_server *s, bool all_over)
{
    int64_t now = time_monotonic_us();
    pthread_mutex_lock(&s->linger_lock);
    for (unsigned i = 0; i < s->linger_n;)
        if (!all_over && drain(&s->linger[i], now))
            i++;
        else {
            close(s->linger[i].fd);
            s->linger[i] = s->linger[--s->linger_n];
        }
    pthread_mutex_unlock(&s->linger_lock);
}

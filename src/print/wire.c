/* See wire.h. */
#include "print/wire.h"
#include "base/timex.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static bool ready(int fd, short what, int64_t until_us)
{
    for (;;) {
        int64_t left = until_us ? (until_us - time_monotonic_us()) / 1000 : -1;
        if (until_us && left <= 0)
            return false;
        struct pollfd p = {.fd = fd, .events = what};
        int n = poll(&p, 1, (int)left);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

bool wire_read(int fd, void *p, size_t n, int64_t until_us)
{
    for (size_t done = 0; done < n;) {
        if (!ready(fd, POLLIN, until_us))
            return false;
        ssize_t got = recv(fd, (char *)p + done, n - done, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

bool wire_write(int fd, const void *p, size_t n, int64_t until_us)
{
    for (size_t done = 0; done < n;) {
        if (!ready(fd, POLLOUT, until_us))
            return false;
        ssize_t sent = send(fd, (const char *)p + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        done += sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* See log.h. One write(2) per line, so that lines of threads never mix. */
#include "base/log.h"
#include "base/timex.h"
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static _Thread_local char request[41];
static _Atomic int most = LOG_INFO; /* set once at start by src/app */

void log_level_set(enum log_level level) { most = (int)level; }

void log_request_set(const char *id) { snprintf(request, sizeof request, "%s", id ? id : ""); }

void log_line(enum log_level level, const char *what, const char *fmt, ...)
{
    if ((int)level > most)
        return;
    char line[2048], at[40];
    time_format_utc(time_machine_ms(), at);
    int n = snprintf(line, sizeof line - 1, "<%d>at=%s ev=%s%s%s ", (int)level, at, what, request[0] ? " req=" : "", request);
    va_list ap;
    va_start(ap, fmt);
    if (n > 0 && (size_t)n < sizeof line - 1) {
        int m = vsnprintf(line + n, sizeof line - 1 - (size_t)n, fmt, ap);
        n += m > 0 ? m : 0;
    }
    va_end(ap);
    if ((size_t)n > sizeof line - 2)
        n = (int)sizeof line - 2;
    for (int i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20)
            line[i] = ' '; /* nobody writes a second line into our log */
    line[n++] = '\n';
    ssize_t done = write(STDERR_FILENO, line, (size_t)n);
    (void)done;
}

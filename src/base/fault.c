/* See fault.h. */
#include "base/fault.h"
#ifdef MOTCUA_FAULT_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool fault_hit(const char *name)
{
    static atomic_long passes;
    const char *plan = getenv("MOTCUA_FAULT");
    if (!plan)
        return false;
    size_t n = strcspn(plan, ":");
    if (strlen(name) != n || strncmp(plan, name, n) != 0 || plan[n] != ':')
        return false;
    char *rest;
    long k = strtol(plan + n + 1, &rest, 10);
    if (atomic_fetch_add(&passes, 1) + 1 != k)
        return false;
    if (strcmp(rest, ":kill") == 0)
        kill(getpid(), SIGKILL);
    return true;
}
#else
typedef int fault_points_are_off;
#endif

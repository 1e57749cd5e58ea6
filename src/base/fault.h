/* Fault points: named places on the write path where a test build can fail or kill the process on the k-th pass.
 * MOTCUA_FAULT="name:k:kill" (or :fail) in the environment of a build with -Dfault=true; otherwise they compile to nothing. */
#pragma once
#include <stdbool.h>
#ifdef MOTCUA_FAULT_POINTS
bool fault_hit(const char *name); /* true: the caller behaves as if this step failed */
#else
static inline bool fault_hit(const char *name)
{
    (void)name;
    return false;
}
#endif

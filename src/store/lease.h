/* A lease says which process does something for now (a follower, housekeeping), by a row in table `lease`. It is for thrift and for
 * effects outside: clocks of machines differ and a process may sleep past its lease, so what must not happen twice in the store is
 * guarded by its own condition as well. Times are the machine's clock, also in a rehearsal. */
#pragma once
#include "base/crypto.h"
#include "store/writer.h"

/* Takes or renews; *mine_r false: another holds it. */
enum err lease_take(struct writer *w, const char *name, struct id holder, int for_ms, bool *mine_r) CHECKED;
void lease_drop(struct writer *w, const char *name, struct id holder);

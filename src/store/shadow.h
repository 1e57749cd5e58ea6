/* A shadow: an empty store with this release's tables, beside a live one, for a replay to build in. It exists only in its one connection:
 * on SQLite a temporary database that the system deletes, on PostgreSQL temporary tables of the session. So nothing is left behind even
 * by a process that is killed, nobody else can read the names in it, and on PostgreSQL it is neither logged nor sent to replicas, and its
 * dead rows can go although the replay's own long reading holds those of the live tables. */
#pragma once
#include "store/store.h"

struct shadow;
enum err shadow_open(struct store *live, struct fail *f, struct shadow **shadow_r) CHECKED;
struct db *shadow_db(struct shadow *s);
void shadow_close(struct shadow **s);

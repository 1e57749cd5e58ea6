/* The secrets of a store, in DIR/keys (0700), never in the database and never in its backup:
 *   master.key       64 hex digits; everything else is derived from it (keyring_from_master)
 *   rehearsal.seed   only in a store made for rehearsal: its master key and all its "random" bytes come from this seed, so that the
 *                    same commands give the same bytes on every engine
 * A file that others than its owner may read is refused: better a server that does not start than a key that leaked unseen.
 *
 * And the lock of a folder: one process at a time writes to DIR (server, or a verb of the command line). */
#pragma once
#include "base/crypto.h"

struct keys {
    struct key master;
    bool rehearsal;
    struct key seed;
};

/* Makes DIR/keys with a new master key; with a seed, a rehearsal's. ERR_CONFLICT "keys.exist": a key is never written over. */
enum err keys_create(const char *dir, const struct key *seed, struct fail *f) CHECKED;
/* "keys.absent" (ERR_NOT_FOUND), "keys.permissions" (ERR_FORBIDDEN), "keys.damaged", "keys.seed-mismatch" (ERR_CORRUPT). */
enum err keys_load(const char *dir, struct keys *k_r, struct fail *f) CHECKED;
/* A seed from words, for rehearsals that must come out the same everywhere. */
struct key keys_seed(struct str words);

struct dir_lock {
    int fd;
};
#define DIR_LOCK_NONE ((struct dir_lock){-1})
/* Takes DIR/lock and writes the process id into it. ERR_UNAVAILABLE "dir.locked" with the holder's id as parameter; the lock goes
 * with the process, however it ends. */
enum err dir_lock(const char *dir, struct dir_lock *l_r, struct fail *f) CHECKED;
void dir_unlock(struct dir_lock *l);

/* Export and import: all facts of a store as canonical JSON lines (docs/internals/exchange.md has the format byte by byte).
 *
 * An export holds the adopted datasets and every event, and nothing that follows from them: an import checks each hash, each chain and the
 * root while reading, and builds the projections by the code of replay. The same facts give the same bytes, whatever engine they came
 * from. Left out: idempotency rows, jobs, followers' places, sessions, drafts; and the keys of personal fields, which go into a file of
 * their own and only when asked for.
 *
 * Refusals name the line: "line 12: …". */
#pragma once
#include "domain/command/command.h"
#include <stdio.h>

struct exchange_report {
    int64_t units, events, datasets, keys, lines, bytes; /* lines: all but the last; bytes: all, uncompressed */
    bool rehearsal;                                      /* made by a rehearsal store, whose keys and tokens anybody can derive */
    struct hash root, sha256;                            /* sha256: of all lines but the last, which holds it */
};

/* Reads as of one moment, also while a server writes; refuses (ERR_CORRUPT) a store that does not verify. `zstd` compresses. `keys_path`
 * (may be NULL) must not exist; it is made readable for its owner only. */
enum err export_run(struct store *s, const struct keyring *k, FILE *out, bool zstd, const char *keys_path, struct exchange_report *report,
                    struct fail *f) CHECKED;

/* Into an empty store (ERR_CONFLICT otherwise). The file, plain or zstd, is read twice: a file with any fault leaves the store as it was.
 * If the writing is broken off, the store stays marked as unfinished, refuses to be served (store_finished), and an import may be tried
 * again: it clears what the first left. */
enum err import_run(struct store *s, const struct keyring *k, const struct aggregate *const *aggregates, size_t n, const char *path,
                    const char *keys_path, struct exchange_report *report, struct fail *f) CHECKED;
/* Only reads and checks the file. */
enum err import_check(const char *path, struct exchange_report *report, struct fail *f) CHECKED;

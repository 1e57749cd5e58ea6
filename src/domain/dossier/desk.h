/* The day of a desk: what was handed in there since a moment, and what is asked for there most. Reads only what lies in one unit, newest first. */
#pragma once
#include "domain/dossier/dossier.h"

enum { DESK_ROWS_MAX = 200, DESK_LOOK_MAX = 500 };

struct desk_row {
    struct id id;
    struct dossier dossier;
    struct str owner, submitter;
    int64_t register_year, register_no; /* 0: not in the register */
};
/* Dossiers of this home unit submitted at `since` (ms) or later that the actor may see, newest first; at most `most` (DESK_ROWS_MAX). */
enum err desk_since(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, struct str unit, int64_t since, struct desk_row *rows_r,
                    size_t most, size_t *n_r) CHECKED;

struct desk_use {
    struct str procedure, agency;
    int64_t n;
};
/* The procedures asked for most since then, of at most DESK_LOOK_MAX dossiers. No names: counts alone. */
enum err desk_most_used(struct db *db, struct arena *a, struct str unit, int64_t since, struct desk_use *uses_r, size_t most, size_t *n_r) CHECKED;

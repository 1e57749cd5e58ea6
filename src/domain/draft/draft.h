/* Drafts: what somebody has begun at a page and not sent yet. A draft is one JSON object, sealed with the store's key and bound to its owner and id,
 * with a version, so that two windows never write over each other unseen, and an end, after which housekeeping forgets it. It is no fact of the ledger:
 * what becomes of it is a command. What stands in it is the page's affair (face/citizen); whose it is, this file's. */
#pragma once
#include "domain/command/command.h"
#include "store/writer.h"

enum { DRAFT_BYTES_MAX = 128 * 1024, DRAFTS_OF_ONE_MAX = 40 };

struct draft {
    struct id id;
    struct str owner; /* the login of the session */
    int64_t version, begun_at, changed_at, until;
    json_t *data;     /* in the arena */
};

/* Fills id, version and times of *d from owner and data. ERR_CONFLICT "draft.too-many", ERR_TOO_LARGE "draft.too-large". */
enum err draft_begin(struct writer *w, const struct keyring *k, struct draft *d, int64_t now, int64_t until, struct fail *f) CHECKED;
/* ERR_NOT_FOUND "draft.absent": there is none, it has ended, or it is another's. */
enum err draft_load(const struct keyring *k, struct db *db, struct arena *a, struct str owner, struct id id, int64_t now, struct draft *d_r, struct fail *f) CHECKED;
/* Writes d->data over the version d->version, which moves on. ERR_VERSION "draft.changed": somebody wrote meanwhile, and nothing happened. */
enum err draft_save(struct writer *w, const struct keyring *k, struct draft *d, int64_t now, int64_t until, struct fail *f) CHECKED;
/* Newest first, at most `max`. */
enum err draft_list(const struct keyring *k, struct db *db, struct arena *a, struct str owner, int64_t now, struct draft *out, size_t max, size_t *n_r) CHECKED;
enum err draft_drop(struct writer *w, struct str owner, struct id id) CHECKED;
/* Housekeeping: at most `most` that have ended. */
enum err draft_forget(struct writer *w, int64_t now, int most, int64_t *gone_r) CHECKED;

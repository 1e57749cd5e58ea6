/* The reference data that this release was built with (data/NAME.zst in the repository), inside the binary. A store adopts a
 * dataset by an event that names its SHA-256 and keeps the bytes, so that a later release still replays with the old ones. */
#pragma once
#include "base/arena.h"
#include "base/crypto.h"

struct dataset {
    const char *name;   /* "procedures.tsv" */
    struct str packed;  /* zstd */
    struct hash sha256; /* of the packed bytes, reckoned by the build */
};
extern const struct dataset datasets[];
extern const size_t dataset_count;

const struct dataset *dataset_find(struct str name); /* NULL when there is none */
/* Unpacks all frames into the arena, at most 64 MiB; ERR_CORRUPT when it is not zstd with known sizes. */
enum err dataset_unpack(struct arena *a, struct str packed, struct str *text_r) CHECKED;
/* SHA-256 of the packed bytes: the name of a dataset in an event. */
struct hash dataset_hash(struct str packed);
/* The frames of a packed dataset, one after another: each can be unpacked alone. False at the end, and (with something left in *rest)
 * where they are broken. */
struct dataset_frame {
    struct str packed;
    size_t size;      /* unpacked */
    struct str aside; /* what a frame says that unpacks to nothing (zstd: skippable) */
};
bool dataset_frame_next(struct str *rest, struct dataset_frame *frame_r);

/* Reading a TSV text: the first line names the columns. */
enum { TSV_COLUMNS_MAX = 40 };
struct tsv {
    struct str rest;
    size_t columns, line;
    struct str name[TSV_COLUMNS_MAX], cell[TSV_COLUMNS_MAX];
};
bool tsv_open(struct tsv *t, struct str text);
bool tsv_row(struct tsv *t);                             /* next row into cell[]; missing cells are empty */
int tsv_column(const struct tsv *t, const char *name);   /* -1 when there is none */
struct str tsv_cell(const struct tsv *t, int column);    /* empty for -1 */

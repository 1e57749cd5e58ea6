/* Lines of an export: writing, reading, and what a line may say. Only for files in this folder and the fuzz target. */
#pragma once
#include "domain/command/exchange.h"

#define EXPORT_FORMAT "motcua-export-1"
#define KEYS_FORMAT "motcua-keys-1"
#define KEYS_WARNING "these keys open the personal data of everybody in the export: keep them apart from it, delete them when they were imported"

enum {
    DATASET_PACKED_MAX = 32 << 20,
    LINE_BYTES_MAX = 48 << 20 /* a dataset in base64, with room; the payload of an event is at most 1 MiB */
};

/* --- lines of a file --- */

struct lines_in;
/* Plain or zstd, told apart by the first bytes. Takes the file over. */
struct lines_in *lines_in_new(FILE *f);
void lines_in_free(struct lines_in **in);
enum line_state { LINE_READ, LINE_NONE_LEFT, LINE_CUT /* no line feed */, LINE_TOO_LONG, LINE_UNREADABLE };
/* Without its line feed, which follows in memory; valid until the next call. */
enum line_state lines_next(struct lines_in *in, struct str *line_r);
/* All lines that were read but the last: what the end line says of them. Once. */
struct hash lines_sha256(struct lines_in *in);
int64_t lines_bytes(const struct lines_in *in);

struct lines_out;
struct lines_out *lines_out_new(FILE *f, bool zstd);
/* The line to be filled, without line feed. */
struct buf *lines_begin(struct lines_out *out);
enum err lines_end(struct lines_out *out) CHECKED;
/* Writes the end line, flushes and frees; says whether everything went well. The file stays open. */
enum err lines_out_finish(struct lines_out **out, int64_t *lines_r, int64_t *bytes_r, struct hash *sha256_r) CHECKED;
void lines_out_free(struct lines_out **out);

/* --- what a line says --- */

struct line {
    enum line_kind { LINE_HEADER, LINE_DATASET, LINE_EVENT, LINE_END, LINE_KEYS_HEADER, LINE_KEY } kind;
    int64_t units, events, lines; /* header, header, end */
    int64_t rehearsal;            /* header: 1 or 0 */
    struct hash hash;             /* root of a header, SHA-256 of a dataset or an end */
    struct str name, packed;      /* dataset */
    struct event event;           /* also home_unit and stream of a key */
    struct key key;
};

/* NULL, or what is wrong with it. Only the one canonical form of a line is accepted, so that what was read is written again byte by byte.
 * Strings in *line_r lie in `text` (max LINE_BYTES_MAX), valid until it is used again. */
const char *line_parse(struct str line, struct buf *text, struct line *line_r);
void line_write_header(struct buf *b, int64_t units, int64_t events, bool rehearsal, const struct hash *root);
/* false: it cannot stand in an export (text that is not UTF-8, or sizes beyond the ledger's). */
bool line_write_event(struct buf *b, const struct event *e);
bool line_write_dataset(struct buf *b, struct str name, struct str packed, const struct hash *sha256);
void line_write_end(struct buf *b, int64_t lines, const struct hash *sha256);
void line_write_keys_header(struct buf *b, const struct hash *root);
void line_write_key(struct buf *b, struct str home_unit, const struct id *stream, const struct key *key);
/* NULL when all its fields are within the ledger's sizes. */
const char *event_sizes(const struct event *e);

/* --- reading an export --- */

/* Checks line after line; `each` (may be NULL) gets each dataset and event when it was found right. `chain` is new, and holds the heads
 * afterwards. */
enum err import_read(struct lines_in *in, struct chain *chain, enum err (*each)(void *arg, const struct line *l), void *arg,
                     struct exchange_report *report, struct fail *f) CHECKED;
enum err import_refuse(struct fail *f, enum err err, const char *code, int64_t line, const char *what);

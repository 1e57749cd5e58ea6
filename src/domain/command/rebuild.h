/* From events to projections, one event at a time: the same work for a replay (into a shadow) and for an import (into the store itself).
 *
 * States are kept in a bounded cache and written to the `stream` table when they leave it, not after every event: the row is only ever
 * read again by the stream's next event. Personal fields are opened with the keys of the connection `keys`; where a key is gone (erased),
 * the aggregate sees no personal fields, as the live one does after the erasure. */
#pragma once
#include "domain/command/command.h"

struct rebuild;
struct rebuild *rebuild_new(const struct keyring *k, const struct aggregate *const *aggregates, size_t n, struct db *keys, struct db *out);
void rebuild_free(struct rebuild **r);

/* Within a transaction of `out`. Events of one unit after another, each unit in the order of pos. ERR_CORRUPT for an event whose type or
 * version nobody knows, or that does not follow the one before it in its stream; then rebuild_problem says which. */
enum err rebuild_event(struct rebuild *r, const struct event *e) CHECKED;
/* Writes the states that were kept back; needed at the end. */
enum err rebuild_flush(struct rebuild *r) CHECKED;
/* A sentence for the operator, without personal data; "" when there is none. */
const char *rebuild_problem(const struct rebuild *r);
int64_t rebuild_streams(const struct rebuild *r);

/* The ledger: facts in chains. An event belongs to a stream (a dossier, a party, a member of staff …); a stream lives in a home unit;
 * each event names the hash before it in its stream, and the head of each unit chains the events of all its streams in one order, `pos`,
 * without gaps. `pos` is the only order for followers, export and proofs.
 *
 *   hash = SHA-256(header ‖ SHA-256(salt ‖ payload))      header: ledger_header(), fixed binary fields, with prev hash, pos and seq
 *   head = SHA-256("motcua-head-1" ‖ head before ‖ hash)
 *   root = SHA-256("motcua-root-1" ‖ for each unit in byte order: its length, 1 byte ‖ unit ‖ pos, 8 bytes ‖ head)
 *
 * The payload is canonical JSON (ASCII keys sorted, no blanks, integers within ±2^53); the bytes that were hashed are the bytes that are
 * stored. Personal fields stand under "sealed" as base64 of XChaCha20-Poly1305 under the stream's key, bound to (home, stream, seq).
 * Dropping that key is how a person is forgotten: chains stay whole.
 *
 * What this does not do: decide anything (domain/command), know what a type means (its aggregate), or choose an engine. */
#pragma once
#include "base/crypto.h"
#include "store/store.h"
#include <jansson.h>

enum { EVENT_PAYLOAD_MAX = 1 << 20, EVENT_TYPE_MAX = 60, UNIT_CODE_MAX = 35, ACTOR_MAX = 80, BASIS_MAX = 120 };

struct event {
    struct str home_unit;
    int64_t pos;
    struct id stream;
    int64_t seq; /* 1, 2, 3 … in its stream */
    struct str type; /* "dossier.received": kind of stream, dot, what happened */
    int64_t version; /* of the payload's shape */
    int64_t at;
    struct str actor, unit, basis; /* who, for which unit, on which legal basis ("" where none is needed) */
    unsigned char salt[SALT_BYTES];
    struct hash prev, hash;
    struct str payload;
};

/* SHA-256 of header and payload as defined above; strings beyond the limits above are cut (and refused by append and verify). */
struct hash event_hash(const struct event *e);
struct hash head_next(const struct hash *head, const struct hash *event);
/* "dossier" of "dossier.received". */
struct str event_kind(struct str type);

/* Fills an event from a row of the ledger_*_events statements; strings are valid until the next row. `prev` is left zero. False when id,
 * salt or hash are longer or shorter than they are: what does not fit is cut or filled with zeros. */
bool event_from_row(const struct rows *r, struct event *e);
/* Are its texts within the sizes above? */
bool event_fits(const struct event *e);
/* Copies what `event_from_row` gave into the arena. */
struct event event_dup(struct arena *a, const struct event *e);

/* Appending, inside the writer's transaction. The first use of a unit in a transaction reads its head and, on PostgreSQL, locks it until
 * the end: commands of one unit never overlap, whichever process runs them, and what they read after ledger_take is the newest. Heads
 * are written by ledger_write_heads as the last statements before the commit. After a failure or rollback call ledger_forget. One per
 * writing thread. */
struct ledger;
struct ledger *ledger_new(void);
void ledger_free(struct ledger **l);
/* Before anything is read that the decision depends on. */
enum err ledger_take(struct ledger *l, struct db *db, struct str home_unit) CHECKED;
/* Sets e->pos and e->hash (needs home_unit, stream, seq, type, version, at, actor, unit, basis, salt, prev, payload) and inserts it.
 * ERR_INVALID: a field is longer than may be. ERR_RETRY may show later: somebody else appended to this stream. */
enum err ledger_append(struct ledger *l, struct db *db, struct event *e) CHECKED;
enum err ledger_write_heads(struct ledger *l, struct db *db) CHECKED;
void ledger_forget(struct ledger *l);

/* --- canonical JSON and sealed fields --- */

/* Canonical bytes in the arena; refuses with ERR_INVALID reals, integers beyond ±2^53, keys that are not ASCII, NUL in a text, more
 * than 32 levels, and sizes beyond EVENT_PAYLOAD_MAX. */
enum err canonical_json(struct arena *a, const json_t *v, struct str *out_r) CHECKED;

/* The master key wraps stream keys and makes the keyed hashes of personal numbers. It lies in the store's folder, never in the database. */
struct keyring {
    struct key wrap, pepper;
    bool rehearsal;
    struct key seed; /* only in a rehearsal store */
};
struct keyring keyring_from_master(const struct key *master);
void stream_key_wrap(const struct keyring *k, struct entropy *e, struct id stream, const struct key *key, unsigned char out[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES]);
/* ERR_NOT_FOUND: erased (or never had personal fields). */
enum err stream_key_load(const struct keyring *k, struct db *db, struct str home_unit, struct id stream, struct key *key_r) CHECKED;
/* Base64 of the sealed canonical JSON of `personal`. */
enum err personal_seal(struct arena *a, const struct key *key, struct entropy *e, struct str home_unit, struct id stream, int64_t seq,
                       const json_t *personal, struct str *base64_r) CHECKED;
/* The personal fields of an event, or NULL when it has none or the key is gone; a new reference. */
json_t *personal_open(const struct key *key, const struct event *e, const json_t *payload);
/* Keyed hash of a personal number, passport, tax code: the same text gives the same hash in this store only. */
struct hash personal_hash(const struct keyring *k, const char *what, struct str number);

/* --- walking --- */

enum { ERASURES_SHOWN = 20 };
struct erasure {
    char unit[UNIT_CODE_MAX + 1], type[EVENT_TYPE_MAX + 1], actor[ACTOR_MAX + 1], basis[BASIS_MAX + 1];
    int64_t pos, at;
};
struct verify_report {
    int64_t units, streams, events, erased;
    int64_t dossiers; /* of the streams */
    struct erasure erasure[ERASURES_SHOWN]; /* the first of `erased` */
    struct hash root;
    bool fault;
    char unit[UNIT_CODE_MAX + 1], what[160];
    int64_t pos;
};
/* Walks every chain and head and stops at the first fault; then of each unit the keys of its streams: personal fields without a key need an
 * erasure, and an erasure leaves no key. ERR_OK with report.fault set when the data contradicts itself; other errors
 * when the store cannot be read. */
enum err ledger_verify(struct store *s, struct verify_report *report_r) CHECKED;

/* The heads of all units in byte order, and what they add up to. `*heads_r` is the caller's to free. */
struct unit_head {
    char unit[UNIT_CODE_MAX + 1];
    int64_t pos;
    struct hash hash;
};
enum err ledger_heads(struct db *db, struct unit_head **heads_r, size_t *n_r) CHECKED;
struct hash ledger_root(const struct unit_head *heads, size_t n);

/* What is wrong with the row of events of a unit, and at which position; `what` is NULL when nothing is. */
struct gap {
    int64_t pos;
    const char *what;
};
/* Is this event at its position, and of the right sizes (`sound`: event_from_row)? */
struct gap event_gap(const struct event *e, int64_t expect, bool sound);
/* Calls `each` with the events 1 … last of a unit in order; memory is bounded by bytes, not only by rows. ERR_CORRUPT and a gap when one is
 * missing or has sizes that none can have, or when there are more. `each` may read and write, also over the same connection; what it
 * returns ends the walk, without a gap. */
enum err ledger_each_event(struct db *db, struct str unit, int64_t last, enum err (*each)(void *arg, struct event *e), void *arg,
                           struct gap *gap_r) CHECKED;

/* The check of verify for events that come from elsewhere, an export for example: units in byte order, each from its first event. Heads
 * and root come out of it. */
struct chain;
struct chain *chain_new(void);
void chain_free(struct chain **c);
/* NULL when the event follows, and then e->prev is filled; else what is wrong. Its strings must be within the sizes of the ledger. */
const char *chain_add(struct chain *c, struct event *e);
/* Units, streams, events, erased so far, and the root of the heads. */
struct verify_report chain_report(struct chain *c);
const struct unit_head *chain_heads(struct chain *c, size_t *n_r);

/* The one way of a command: every change of the system, from a page, the API, the command line, a job, a connector or the simulator,
 * comes through command_run (inside the writer's transaction):
 *
 *   repeated key? → load the stream's state → may this actor? → prepare (inputs from the store) → decide (PURE) → append → apply →
 *   project → remember the key
 *
 * An aggregate (dossier, party, staff …) is a table of functions over its own state. `decide` and `apply` are pure: the same code serves
 * the live system, replay, property tests and the simulator. A refusal is a value in `fail`; it is remembered under the key like an
 * answer, so that a repetition gets the same. */
#pragma once
#include "base/buf.h"
#include "domain/ledger/ledger.h"
#include "store/writer.h"
#include <pthread.h>
#include <stdatomic.h>

struct event_type; /* domain/command/upcast.h */
struct rules; /* the generation of reference data in force: domain/command/rules.h */
struct generation;

enum { ACTOR_AUDIENCES_MAX = 64, EVENTS_PER_COMMAND_MAX = 8, COMMAND_KEY_MAX = 128, EVENT_UNKNOWN_MAX = EVENT_TYPE_MAX + 24 };

/* Who acts, as the face found out: identity, unit, grants, and audiences at `now` (domain/org/rights.h makes them). */
struct actor {
    struct str id;   /* "staff:…", "token:…", "citizen:…", "system", "job:…"; never a name or a number of a person */
    struct str unit; /* the unit acted for; "" for a citizen */
    const struct principal *principal; /* roles are asked of it per unit and procedure; NULL: none */
    struct str audience[ACTOR_AUDIENCES_MAX];
    size_t audiences;
};
bool actor_sees(const struct actor *a, struct str audience);

struct aggregate;

struct command {
    const struct aggregate *aggregate;
    struct str type;            /* "receive" */
    struct str home_unit;       /* where the stream lives */
    struct id stream;           /* zero: a new stream; its id is derived from the command's entropy */
    struct actor actor;
    struct str key;             /* idempotency key, 1…COMMAND_KEY_MAX bytes */
    int64_t if_version;         /* 0: not asked; else the stream's seq must be this */
    const json_t *payload;      /* object */
    int64_t now;                /* stamped once at the face */
};

/* An event as apply and project see it. */
struct applied {
    struct event head;        /* payload bytes included */
    const json_t *payload;
    const json_t *personal;   /* NULL: none, or erased */
    const struct keyring *keyring; /* of this store: keyed hashes are made when applied, never carried in an event */
};

struct new_event {
    const char *type; /* "dossier.received" */
    int version;
    json_t *payload;  /* owned by the decision */
    json_t *personal; /* NULL: none */
    struct str basis;
};

struct decision {
    struct arena *arena;
    const struct rules *rules;
    const struct keyring *keyring; /* only for keyed hashes: pure */
    const struct command *command;
    struct id stream;
    const void *state; /* NULL: the stream does not exist yet */
    int64_t seq;
    void *inputs;      /* what prepare read */
    struct new_event event[EVENTS_PER_COMMAND_MAX];
    size_t events;
    struct fail fail;
};
/* Adds an event; takes over both references. */
void decision_event(struct decision *d, const char *type, int version, json_t *payload, json_t *personal, struct str basis);

struct aggregate {
    const char *kind;
    size_t state_size;
    /* Pure. apply only replaces fields: memory that state points to is never changed, so a plain copy of the struct is the state before. */
    enum err (*apply)(void *state, struct arena *a, const struct applied *e);
    void (*save)(struct buf *b, const void *state);
    enum err (*load)(void *state, struct arena *a, struct str saved);
    /* May read the store; leaves what decide needs in d->inputs. */
    enum err (*prepare)(struct decision *d, struct db *db);
    /* Pure. Fills d->event or d->fail. */
    enum err (*decide)(struct decision *d);
    /* Writes the projections of these events; `before` is zeroed for a new stream. Live it gets all events of a command at once, in a
     * replay one at a time: the rows must come out the same. */
    enum err (*project)(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n);
    /* Pure, may be NULL: may this actor know that the stream is there? Asked before anything else that its state could answer (version,
     * command, rules), so that a refusal from outside the scope is the same as for a stream that does not exist: ERR_NOT_FOUND `absent`. */
    bool (*visible)(const void *state, const struct actor *actor, int64_t now);
    const char *absent; /* code of that refusal; NULL: "stream.absent" */
    /* Pure, may be NULL: the fields that a command of this type reads, as fields_known_only has them; NULL: no such command. What else a payload
     * holds is refused (command_decide). */
    const char *(*fields)(struct str type);
    /* The types it knows, each with its newest version (upcast.h). No other is appended, applied or written upon. */
    const struct event_type *types;
    size_t type_count;
};

struct outcome {
    enum err err; /* of the command: ERR_OK or the refusal's kind */
    struct fail fail;
    bool repeated;
    struct str home_unit;
    struct id stream;
    int64_t seq_from, seq_to; /* events appended: seq_from+1 … seq_to */
    void *state;              /* the aggregate's state after (also for a repeated answer), in the arena */
    struct str event_type[EVENTS_PER_COMMAND_MAX];
    size_t events;
};

/* Everything a command needs besides itself; one per store. */
struct engine_room {
    struct store *store;
    struct keyring keyring;
    const struct rules *_Atomic rules; /* replaced as a whole by a reload: read it through rules_hold or rules_for */
    pthread_mutex_t rules_lock;        /* a zeroed one is ready, as a zeroed room is */
    uint64_t rules_published;
    _Atomic long generations;          /* in memory just now, published or not: 1 when nobody holds an old one */
    int queue_max; /* commands that may wait per lane; 0: 4096. Set before engine_room_start */
    struct writer *writer;
    const struct aggregate *const *aggregates; /* NULL: not asked. What the newest events must be known to before anything is written */
    size_t aggregate_count;
    char unknown[EVENT_UNKNOWN_MAX]; /* of engine_room_start: the type and version that none of them knows */
};

/* The generation in force, held until rules_release; NULL when there is none. Any thread. */
const struct rules *rules_hold(struct engine_room *room);
void rules_release(const struct rules *r);
void rules_let_go(const struct rules **r);
#define _rules_ __attribute__((cleanup(rules_let_go)))
/* The same, held until the arena is reset: for a request, a job, a verb. Not for an arena that lives as long as the process. */
const struct rules *rules_for(struct engine_room *room, struct arena *a);
/* Swaps: what comes now gets this one (NULL: none any more). The one before goes when its last reader lets go, at once if there is none. */
void rules_publish(struct engine_room *room, struct generation *g);

/* Pure: what the aggregate decides; then, unless rights or the state refused it, what its payload has that nobody reads. Fills d->event or d->fail. */
enum err command_decide(struct decision *d) CHECKED;

/* Inside a transaction. ERR_OK also for a refusal (see out); another error is the store's and voids the group. Repeatable. */
enum err command_run(struct engine_room *room, struct ledger *l, struct db *db, struct arena *a, const struct command *c,
                     struct outcome *out) CHECKED;

/* Through the writer, from any thread: runs `done` after the commit. The arena (and all that the command points to) must live until then. */
struct command_job {
    struct write_job job; /* first */
    struct engine_room *room;
    struct arena *arena;
    struct command command;
    bool canonical;   /* by command_submit: the payload can be written canonically, */
    struct hash body; /* and this is its hash, by which a repetition is known */
    struct outcome outcome;
    void (*done)(struct command_job *j, enum err store_error);
    void *arg;
};
enum err command_submit(struct engine_room *room, struct command_job *j) CHECKED;
/* Through the writer, waiting for the end: for jobs, the command line and tests. Returns the outcome's or the store's error. */
enum err command_wait(struct engine_room *room, struct arena *a, const struct command *c, struct outcome *out) CHECKED;

/* Housekeeping: forgets at most `most` refusals of before (the machine's clock); what was done is never forgotten. Gives how many went. */
enum err command_forget_refusals(struct writer *w, int64_t before, int most, int64_t *gone_r) CHECKED;

/* State of a stream as of `seq` (INT64_MAX: now, from the snapshot), or ERR_NOT_FOUND. */
enum err stream_load(const struct aggregate *g, const struct keyring *k, struct db *db, struct arena *a, struct str home_unit,
                     struct id stream, int64_t seq, void *state_r, int64_t *seq_r) CHECKED;
/* Fills an applied event (payload parsed, personal opened when the key is there); the JSON lives as long as the arena. */
enum err applied_from(struct arena *a, const struct keyring *k, const struct key *key, const struct event *e, struct applied *out) CHECKED;

/* Starts the writer with the ledger's hooks. after_commit may be NULL. ERR_CORRUPT (event.unknown-version in the log): the store holds events of a
 * later release. */
enum err engine_room_start(struct engine_room *room, int lanes, void (*after_commit)(void *), void *arg) CHECKED;
/* Keeps a json_t until the arena is reset. */
json_t *arena_json(struct arena *a, json_t *j);

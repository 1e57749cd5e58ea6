/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/command/fields.h"
#include "domain/party/party.h"
#include <stdlib.h>

enum err party_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void party_save(struct buf *b, const void *state);
enum err party_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err party_prepare(struct decision *d, struct db *db) CHECKED;
const char *party_command_fields(struct str command);
enum err party_decide(struct decision *d) CHECKED;
enum err party_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n) CHECKED;

/* Somebody who bears or bore a number. */
struct bearer {
    struct id id;
    int64_t from, to;
};
enum { BEARERS_MAX = 64, PLACES_MAX = 32 };
/* What prepare reads before a decision, so that the decision itself stays pure. */
struct party_inputs {
    const json_t *personal;                  /* of the stream, opened; NULL: none */
    struct str place[PLACES_MAX];            /* units in whose dossiers it stands */
    size_t places;
    const struct bearer *bearer;             /* of the number that the command names; never those that never bore it */
    size_t bearers;
    bool linked;                             /* it stands in that place of that dossier already */
    struct str linked_role, linked_differs;
    bool into_known, into_reaches_us;        /* of a merge */
    struct party into;
    size_t group;                            /* streams that would be one person */
    const struct principal *approver;        /* whom the payload names: an active member of staff; NULL: nobody is that */
};

/* state.c */
extern const char *const party_fact_names[PARTY_FACTS];
/* 32 hex digits, or "" for an empty value. `stream` binds it: the same name in two streams gives two hashes. */
struct str party_fact_hash(struct arena *a, const struct keyring *k, struct id stream, enum party_fact f, struct str value);
/* As dossiers have it; a tax code of 12 digits is the personal number (since 1/7/2025). */
struct str party_number_hash(struct arena *a, const struct keyring *k, struct str type, struct str number);
struct str party_number_type(struct str type, struct str number);
static inline bool party_never(const struct party_identifier *i) { return i->to <= i->from; }
const struct party_identifier *party_identifier_of(const struct party *p, struct str hash, bool open);

static inline struct param p_hash(unsigned char out[PARTY_HASH_BYTES], struct str hex)
{
    return hex_parse(hex, out, PARTY_HASH_BYTES) ? p_bytes(str_bytes(out, PARTY_HASH_BYTES)) : p_bytes(STR(""));
}

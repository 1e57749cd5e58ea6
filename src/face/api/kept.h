/* Answers from the catalogue that are asked for again and again: kept as they were sent, until the rules or the day change. An answer is
 * kept from the second time on, so that a thousand questions that are asked once push nothing out; together at most KEPT_BYTES. */
#pragma once
#include "http/response.h"

struct kept;
enum { KEPT_BYTES = 16 << 20, KEPT_KEY_MAX = 600 };

struct kept *kept_new(void);
void kept_free(struct kept **k);

/* Which answer: of which generation of rules (its number: an address may come again), for which day, to which question. */
struct kept_key {
    uint64_t rules;
    int64_t day;
    struct str what;  /* more than KEPT_KEY_MAX bytes: not kept */
    const char *type; /* of the answer; NULL: application/json */
};
/* Sends the answer when there is one; *next_r (into the request's arena) is the cursor that was kept with it. */
bool kept_send(struct kept *k, struct request *r, const struct kept_key *key, struct str *next_r);
/* Keeps what was made for the key, when it is asked for again. */
void kept_offer(struct kept *k, struct request *r, const struct kept_key *key, struct str json, struct str next);

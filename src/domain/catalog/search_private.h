/* What the files of search share: a query taken apart, the rows it has hit, sets of rows. Nobody else includes this. */
#pragma once
#include "catalog_private.h"

/* What a hit is worth, best last. */
enum group { G_MOST = 1, G_NEAR, G_SECTOR, G_MEANING, G_NAME, G_WHOLE, G_EVERYDAY, G_CODE_PREFIX, G_CODE };

struct list { /* one way to read the query */
    size_t n;
    struct str key[CATALOG_WORDS_MAX];
    uint16_t token[CATALOG_WORDS_MAX], mark[CATALOG_WORDS_MAX];
};

struct search {
    const struct catalog *c;
    struct arena *a;
    const struct catalog_query *q;
    struct str sector_folded;
    uint64_t *rank; /* by row, 0: no hit */
    bool *marked;
    uint8_t *match;
    size_t hits;
};

/* Row i matches: counts unless a filter leaves it out, and with its best rank. */
void search_hit(struct search *s, size_t i, enum group group, enum match match, bool marked, unsigned where);
/* search_words.c: all ways to read q as words. */
void search_words(struct search *s, struct str q);

/* Sets of rows, a bit a row. */
static inline bool in_set(const uint64_t *set, size_t i) { return set[i / 64] >> i % 64 & 1; }
static inline void put_in_set(uint64_t *set, size_t i) { set[i / 64] |= 1ull << i % 64; }

/* Shared by the files of this folder. */
#pragma once
#include "base/dataset.h"
#include "domain/org/org.h"

/* One row of organs.tsv: an organ that every territory of a level has, or facts about one central agency. */
struct organ {
    enum unit_level level;
    struct str abbr, name;           /* the name holds {t} for "phường Rạch Giá" */
    struct str front, front_folded;  /* what stands before it; the whole name where it holds none */
    bool ends_with_place;            /* nothing stands behind it, and a blank before */
    struct str kind, parent, acts_for, authority_kind, only, except, kinds, note;
    bool shares, oversees, authority, doubtful;
    int64_t valid_from, valid_to;
};

/* A code of QĐ 20/2020 and the unit that carries on under it. */
struct agency {
    struct str code, successor, name, kind, unit;
    bool central;
    int64_t valid_to;
};

struct org {
    struct arena *arena;
    struct territory *territories; /* by (code, valid_from) */
    size_t territory_count;
    uint16_t *first_of_code; /* territory.c: the first row of a code, from 1 */
    int64_t merged_on;
    struct succession *successions; /* by from->code, to->code; those without `from` last */
    size_t succession_count;
    const struct succession **by_successor; /* by to->code, from->code */
    struct doubtful *doubtful;
    size_t doubtful_count;
    struct organ *organs; /* by level, abbr */
    size_t organ_count;
    struct unit *units; /* by code; those of one territory stand together, its committee first */
    const struct organ **unit_organs; /* beside units */
    size_t unit_count;
    struct agency *agencies; /* by code */
    size_t agency_count;
    /* Small strings one after another, without the alignment of the arena. */
    char *pool;
    size_t pool_left;
};

struct str pool_dup(struct org *o, struct str s);
/* Columns by name; false with a complaint when one is missing. */
struct column {
    const char *name;
    int at;
};
bool table_open(struct tsv *t, struct str text, const char *what, struct column *columns, size_t n, struct fail *f);
/* Empty gives `otherwise`. False with a complaint when it is no date. */
bool table_day(struct str s, int64_t otherwise, int64_t *day_r, const char *what, const struct tsv *t, struct fail *f);
/* Adds ERR_CORRUPT naming the text, its line and what stands there; always false. */
bool table_wrong(const char *what, const struct tsv *t, const char *code, struct str value, struct fail *f);

bool territories_load(struct org *o, const struct org_input *in, struct fail *f);
bool successions_load(struct org *o, const struct org_input *in, struct fail *f);
bool units_load(struct org *o, const struct org_input *in, struct fail *f);
void doubts_load(struct org *o);
/* First row of a code, or territory_count. */
size_t territory_first(const struct org *o, struct str code);

/* What a person typed, read two ways. */
enum { QUERY_WORDS_MAX = 16 };
struct query {
    struct str strict[QUERY_WORDS_MAX], forgiving[QUERY_WORDS_MAX];
    size_t strict_n, forgiving_n;
};
struct query query_read(struct arena *a, struct str q);
/* Each word begins a word of the folded name, in order, or is the code or abbreviation. No words match everything. */
bool query_matches(const struct str *words, size_t n, struct str folded, struct str code, struct str abbr);

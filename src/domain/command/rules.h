/* The rules in force: one immutable generation of all reference data that decisions read, made from the datasets that the store adopted and
 * the decisions that amend them (domain/amend). A reload builds a new generation beside the old one and swaps them (command.h:
 * rules_publish); whoever reads holds the generation that it began with, and the last one to let go frees it. docs/internals/rules.md. */
#pragma once
#include "domain/calendar/calendar.h"
#include "domain/calendar/parameters.h"
#include "domain/catalog/catalog.h"
#include "domain/org/org.h"
#include "domain/org/rights.h"

struct rules {
    const struct org *org;
    const struct catalog *catalog;
    const struct calendar *calendar;
    const struct parameters *parameters;
    const struct rights *rights;
    struct str province; /* territory code that this store serves; "" for the whole country */
    bool rehearsal;      /* personal numbers with the unassigned prefix 099, and a clock of its own */
    uint64_t number;     /* which generation of this process, from 1: for caches, because an address may come again */
    struct generation *generation; /* who counts the readers; NULL: nobody, its maker keeps it longer than all of them (tests) */
};

/* A generation in the making, with an arena of its own; once it is published it belongs to the room. */
struct engine_room;
struct generation *generation_new(struct engine_room *room);
void generation_free(struct generation **g); /* one that was not published */
#define _generation_ __attribute__((cleanup(generation_free)))
struct arena *generation_arena(struct generation *g);
struct rules *generation_rules(struct generation *g);

/* A later decision on the rules, as an event of domain/amend carries it. */
struct amendment {
    enum amendment_kind { AMEND_DAY, AMEND_YEAR, AMEND_HOURS, AMEND_PARAMETER, AMEND_PROCEDURE } kind;
    int64_t seq;  /* of the event, for the log */
    int64_t day;  /* AMEND_DAY, with `what`; it makes no year known */
    struct calendar_day what;
    int year;     /* AMEND_YEAR: the table of that year has been entered */
    struct hours hours;
    struct parameter parameter;
    struct catalog_amendment procedure;
};

/* Where the packed bytes of a dataset come from. ERR_NOT_FOUND: there is none of that name. */
struct dataset_source {
    enum err (*get)(void *arg, const char *name, struct arena *a, struct str *packed_r);
    void *arg;
};
extern const struct dataset_source dataset_source_built_in; /* of this release */
/* Builds a generation in the arena (which must outlive it). Refuses with the first dataset that is absent or wrong. */
/* With later decisions, in their order, on top of the datasets. One that this release cannot take any more (a procedure that is gone, a table
 * that is full) is left out and logged as an error, "rules.amendment-unfit": a store must start. Texts of amendments are kept by reference. */
enum err rules_build(struct arena *a, const struct dataset_source *from, const struct amendment *amend, size_t n, struct str province, bool rehearsal,
                     struct rules *out, struct fail *f) CHECKED;
/* Could days, years, hours and parameters be built with the last of these? For whoever decides: it refuses what rules_build would leave out. */
enum err rules_try(struct arena *a, const struct dataset_source *from, const struct amendment *amend, size_t n, struct fail *f) CHECKED;
/* Without any. */
enum err rules_load(struct arena *a, const struct dataset_source *from, struct str province, bool rehearsal, struct rules *out, struct fail *f) CHECKED;

/* The rules in force: one immutable generation of all reference data that decisions read. A reload makes a new generation and swaps the
 * pointer; a decision keeps the one that it began with. Made by src/app from the datasets that the store adopted and the events that amend
 * them. */
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
};

/* Where the packed bytes of a dataset come from. ERR_NOT_FOUND: there is none of that name. */
struct dataset_source {
    enum err (*get)(void *arg, const char *name, struct arena *a, struct str *packed_r);
    void *arg;
};
extern const struct dataset_source dataset_source_built_in; /* of this release */
/* Builds a generation in the arena (which must outlive it). Refuses with the first dataset that is absent or wrong. */
enum err rules_load(struct arena *a, const struct dataset_source *from, struct str province, bool rehearsal, struct rules *out, struct fail *f) CHECKED;

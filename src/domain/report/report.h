/* Reports over what was counted by events: a figure has a numerator, a denominator and the rule by which it is counted, and nothing that no
 * event backs. Figures are of receiving units (the home of a dossier) and of the days on which things happened, in Viet Nam.
 *
 * A reader gets the units of her scope only: her own desk's, a province's for oversight, all for the nation. */
#pragma once
#include "domain/dossier/dossier.h"

struct figure {
    const char *name;        /* "on_time" */
    const char *numerator_of, *denominator_of; /* what is counted; denominator_of "" where there is none */
    int64_t numerator, denominator;
    const char *rule;
};
enum { REPORT_FIGURES_MAX = 16, REPORT_DAYS_MAX = 3700 };
struct report {
    struct figure figure[REPORT_FIGURES_MAX];
    size_t figures, units; /* units that were added up */
};
bool report_known(struct str name);
/* Over the days from … to, both included; `unit` empty: all units of the actor's scope. ERR_NOT_FOUND: no such report (report.unknown) or a unit
 * that does not exist or lies outside the scope (unit.absent). ERR_FORBIDDEN: no member of staff. */
enum err report_make(const struct rules *rules, struct db *db, const struct actor *actor, struct str name, struct str unit, int64_t from,
                     int64_t to, struct report *out, struct fail *f) CHECKED;
/* The same for everybody: figures of all units of this store, nothing of a single dossier, so nobody's scope is asked. */
enum err report_public(const struct rules *rules, struct db *db, struct str name, struct str unit, int64_t from, int64_t to, struct report *out,
                       struct fail *f) CHECKED;

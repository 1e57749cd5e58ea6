/* Which reference data holds: one stream a store ("reference"), whose events name datasets by their SHA-256. The bytes lie in table
 * `dataset`, so a later release still replays with the data of today. A figure that rests on the catalogue or the calendar thereby has an
 * event behind it. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"

extern const struct aggregate reference_aggregate; /* command "reference_adopt" {datasets: {name: sha256}} */

/* Puts every dataset of this release into the store and adopts those that are not adopted yet, as actor "system". Nothing to do: no event. */
enum err reference_adopt_built_in(struct engine_room *room, struct str home_unit, int64_t now, struct fail *f) CHECKED;
/* The adopted bytes, for rules_load; arg is a struct db *. Bytes that this release carries are used where they lie, others are read from the
 * store and held against their hash (ERR_CORRUPT). */
enum err reference_get(void *db, const char *name, struct arena *a, struct str *packed_r) CHECKED;

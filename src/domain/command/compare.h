/* Comparing the projections of two stores row by row. Only for replay. */
#pragma once
#include "domain/command/replay.h"

/* Both connections within a transaction of one moment. Differences go into the report and, the first hundred, to `out`. */
enum err projections_compare(struct db *live, struct db *replayed, struct replay_report *report, FILE *out) CHECKED;

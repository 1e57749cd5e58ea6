/* Replay: rebuilds every projection from the events, in a shadow beside the live ones, and names every difference. It may run while a
 * server writes: everything of the live side is read as of one moment.
 *
 * Which tables are projections, and by which columns their rows are told apart, the migrations say (`-- projection:`); this file knows
 * none by name. Columns marked `hide` are compared, but neither value is ever shown. */
#pragma once
#include "domain/command/command.h"
#include <stdio.h>

enum { REPLAY_DIFFERENCES_KEPT = 100 };

struct replay_difference {
    char table[48], key[200];
    char column[48];              /* "" when the row as a whole is on one side only */
    char live[100], replayed[100];
};

struct replay_report {
    int64_t units, streams, events, tables, rows; /* rows: of the live projections */
    int64_t differences;                          /* all; the first REPLAY_DIFFERENCES_KEPT are kept */
    struct replay_difference difference[REPLAY_DIFFERENCES_KEPT];
    char problem[240]; /* why it could not be finished */
};

/* ERR_OK also when there are differences: report->differences counts them. `out` (may be NULL) gets a line for each of the first hundred,
 * and one with the total when there are more. Other errors: report->problem says why; ERR_CORRUPT for an event that nobody knows. */
enum err replay_run(struct store *live, const struct keyring *k, const struct aggregate *const *aggregates, size_t n,
                    struct replay_report *report, FILE *out) CHECKED;

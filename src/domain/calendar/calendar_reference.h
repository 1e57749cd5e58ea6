/* The slow reference of the tests: the same rules, read again from the regulation and written as a person would count them on a wall
 * calendar, day by day and minute by minute. Shares nothing with the engine but the types of question and answer. */
#pragma once
#include "domain/calendar/calendar.h"

enum { REFERENCE_DAYS = 3200 };
struct reference_day {
    bool works;
    size_t n;
    int32_t from_ms[HOURS_INTERVALS_MAX], to_ms[HOURS_INTERVALS_MAX];
};
struct reference {
    int64_t first_day;
    struct reference_day day[REFERENCE_DAYS];
};

/* Resolves the rules of one unit (and the default ones, unit "") for every day; kinds are those of `kind`. */
void reference_fill(struct reference *w, int64_t first_day, const enum day_kind *kind, const struct hours *rules, size_t n, struct str unit);
/* due_at; CALENDAR_NEVER while the clock stands. */
int64_t reference_due(const struct reference *w, struct limit l, int64_t received_at, const struct pause *pauses, size_t n);
int64_t reference_hand_over_by(const struct reference *w, int32_t cutoff_ms, int64_t received_at);

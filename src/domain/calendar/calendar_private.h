/* What calendar_load.c builds and calendar.c and calendar_due.c read.
 *
 * Every distinct set of working hours has a `profile`: for each day of a hundred years which hours apply, and how many working
 * days and minutes lie before it. So "the n-th working day after d" and "working time from a to b" are two look-ups and a search, whatever the
 * length, and a due time costs well under a microsecond. Units with equal rows share one profile (most communes
 * of a province keep the same hours); 370 KB each is why they are shared. */
#pragma once
#include "domain/calendar/calendar.h"

enum { PROFILES_MAX = 256, PROFILE_RULES_MAX = 64, RULES_MAX = 1024, DATED_MAX = 16, NO_RULE = 0, UNDECIDED_MAX = 512 };

/* Days since 1 January of CALENDAR_FIRST_YEAR, 0 … CALENDAR_DAYS - 1. */
enum { CALENDAR_DAYS = 36525, CALENDAR_EPOCH = 10957 /* 2000-01-01 since 1970 */ };

struct profile {
    size_t n;
    uint16_t own[PROFILE_RULES_MAX]; /* rules of the unit itself, in the order they were set */
    uint16_t rule_of[CALENDAR_DAYS]; /* the hours that apply, NO_RULE on a day without work */
    uint32_t days_before[CALENDAR_DAYS + 1];
    uint32_t minutes_before[CALENDAR_DAYS + 1];
};

struct dated { int64_t valid_from, valid_to, value; };
struct dated_list {
    size_t n;
    struct dated at[DATED_MAX];
};

struct unit_profile {
    struct str unit; /* p == NULL: free slot */
    struct profile *profile;
};

struct calendar {
    struct arena *arena;
    uint8_t kind[CALENDAR_DAYS];     /* enum day_kind */
    uint16_t note_of[CALENDAR_DAYS]; /* 0: nothing is noted of the day */
    size_t notes, notes_cap;
    struct calendar_day *note;       /* [0] unused */
    bool year_known[CALENDAR_LAST_YEAR - CALENDAR_FIRST_YEAR + 1];
    size_t undecided_n;              /* undecided days in order */
    int64_t undecided[UNDECIDED_MAX];

    struct hours rule[RULES_MAX]; /* [0] unused; unit is "" in all: rules are shared */
    uint32_t rule_minutes[RULES_MAX];
    size_t rules;
    size_t defaults;
    uint16_t default_rule[PROFILE_RULES_MAX];
    struct profile *profile[PROFILES_MAX]; /* [0]: the default hours */
    size_t profiles;
    struct unit_profile *unit; /* open addressing, a power of two */
    size_t units, units_cap;

    struct dated_list cutoff_ms, day_ms, half_month_days;
};

const struct profile *calendar_profile(const struct calendar *c, struct str unit);
/* Day of the tables; false outside. */
static inline bool calendar_index(int64_t day, int64_t *i_r)
{
    if (day < CALENDAR_EPOCH || day >= CALENDAR_EPOCH + CALENDAR_DAYS)
        return false;
    *i_r = day - CALENDAR_EPOCH;
    return true;
}
/* CALENDAR_NONE when none is in force. */
int64_t calendar_dated(const struct dated_list *l, int64_t day);

/* On one profile; days and instants as everywhere, CALENDAR_NONE when the tables end. */
static inline bool profile_works(const struct profile *p, int64_t day)
{
    int64_t i;
    return calendar_index(day, &i) && p->rule_of[i] != NO_RULE;
}
int64_t profile_nth_working_day(const struct profile *p, int64_t day, int64_t n); /* n >= 1, after day */
int64_t profile_start_of_day(const struct calendar *c, const struct profile *p, int64_t day); /* of a working day */
int64_t profile_end_of_day(const struct calendar *c, const struct profile *p, int64_t day);
int64_t profile_next_instant(const struct calendar *c, const struct profile *p, int64_t at);
int64_t profile_previous_instant(const struct calendar *c, const struct profile *p, int64_t at);
int64_t profile_work_before(const struct calendar *c, const struct profile *p, int64_t at); /* ms since the tables begin */
int64_t profile_after_work(const struct calendar *c, const struct profile *p, int64_t from, int64_t ms); /* ms > 0 */

/* The deadline engine (regulation R-090… ): when does a limit end, and when must a file be handed over.
 *
 * Pure: no clock, no I/O, no globals. It knows no law of its own: rest days, make-up days and planned days come from the holiday
 * table, working hours and cut-off from the parameters (parameters.h) and from events of units. It knows nothing of dossiers:
 * "restart from zero" is a new call with the new receipt; which waits pause a clock its caller decides.
 *
 * The one thing to know: a calendar is built (load, parameters, amendments), then published and never changed again; a new
 * decision makes a new generation, and figures of issued receipts stay as they are. After each builder call it is
 * consistent, so there is no "seal" to forget. Readers may share it between threads.
 *
 * Days are counted as in base/timex.h (local, since 1970-01-01), instants are ms UTC. The tables reach from CALENDAR_FIRST_YEAR to
 * CALENDAR_LAST_YEAR; what falls outside is refused or CALENDAR_NONE, never guessed. docs/internals/calendar.md has the reasons. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/timex.h"
#include "domain/calendar/limit.h"
#include "domain/calendar/parameters.h"

enum { CALENDAR_FIRST_YEAR = 2000, CALENDAR_LAST_YEAR = 2099, LIMIT_DAYS_MAX = 3660, PAUSES_MAX = 64 };
#define CALENDAR_NONE INT64_MIN  /* an answer that the tables cannot give */
#define CALENDAR_NEVER INT64_MAX /* due_at of no limit, and of a clock that stands still for now */

struct calendar;

/* --- building ------------------------------------------------------------------------------------------------------------ */

/* What a date is, apart from its weekday. */
enum day_kind {
    DAY_BY_WEEKDAY, /* nothing special: the working hours of its weekday say */
    DAY_REST,       /* public holiday, substitute rest day, swapped rest day */
    DAY_MAKE_UP     /* a weekend day worked for a swapped one: the hours of the first weekday that has any */
};
struct calendar_day {
    enum day_kind kind;
    bool undecided; /* the competent authority has not decided yet: counted as `kind` says, with a warning */
    struct str name, legal_basis;
};

/* Reads the text of dataset holidays.tsv (columns date, name, kind, is_working_day, confidence, legal_basis). Needs
 * calendar_use_parameters before it can answer. NULL with details in f for an unknown kind, a broken or repeated date, or a row
 * whose is_working_day contradicts its kind. A year is known when the table has a rest day of it.
 * "chưa có hiệu lực" is a working day, undecided. "dự kiến" is a rest day; undecided unless its confidence is "cao" (it follows
 * from the Labour Code alone, as 1 January does). */
struct calendar *calendar_load(struct arena *a, struct str holidays_tsv, struct fail *f);

/* Takes the dated defaults: work_hours (all units), transfer_cutoff, working_hours_per_day, half_month_days. */
enum err calendar_use_parameters(struct calendar *c, const struct parameters *p, struct fail *f) CHECKED;

/* A later decision on one day; replaces what was known of it (DAY_BY_WEEKDAY cancels). It does not make its year known. */
enum err calendar_add_day(struct calendar *c, int64_t day, struct calendar_day what, struct fail *f) CHECKED;

/* The table of this year has been entered by decision: no more warning that it is missing. */
enum err calendar_confirm_year(struct calendar *c, int year, struct fail *f) CHECKED;

enum { HOURS_INTERVALS_MAX = 4, WEEKDAYS_MON_FRI = 0x1f };
struct hours {
    struct str unit;               /* code of the unit, "" for all that have none of their own */
    int64_t valid_from, valid_to;  /* first and last day; INT64_MIN and INT64_MAX for open ends */
    int season_from, season_to;    /* month * 100 + day, both included, may pass over the new year; 0, 0 for all the year */
    unsigned weekdays;             /* bit 0 Monday … bit 6 Sunday */
    size_t n;                      /* 0: does not work on these days */
    struct { int32_t from_ms, to_ms; } interval[HOURS_INTERVALS_MAX]; /* of the day, whole minutes, in order */
};
/* Hours that count for limits. Of several rows that fit a day the last one set wins; a unit's own row wins over the
 * default; weekdays that no row of the unit names keep the default. A Saturday named here is a working day of that unit:
 * Saturday service that must not count is simply not set. */
enum err calendar_set_hours(struct calendar *c, const struct hours *h, struct fail *f) CHECKED;

/* --- questions about days and instants ------------------------------------------------------------------------------------ */

struct calendar_day calendar_day_of(const struct calendar *c, int64_t day);
bool calendar_year_known(const struct calendar *c, int year);
/* neither rest day nor without hours. False outside the tables. */
bool calendar_is_working_day(const struct calendar *c, struct str unit, int64_t day);
/* The n-th working day after `day` (before it for n < 0); n = 0: the day itself, or the next working day if it rests. */
int64_t calendar_add_working_days(const struct calendar *c, struct str unit, int64_t day, int64_t n);
/* Working days after `from_day` up to and with `to_day`; negative when to_day lies before. CALENDAR_NONE outside the tables. */
int64_t calendar_working_days_between(const struct calendar *c, struct str unit, int64_t from_day, int64_t to_day);
/* Instants at which work begins and ends on that day; on a rest day those of the next working day. */
int64_t calendar_start_of_working_day(const struct calendar *c, struct str unit, int64_t day);
int64_t calendar_end_of_working_day(const struct calendar *c, struct str unit, int64_t day);
/* `at` itself inside working hours, else the next opening (lunch: 13:30, after closing: next morning). */
int64_t calendar_next_working_instant(const struct calendar *c, struct str unit, int64_t at);
/* `at` itself inside working hours or at their end, else the last closing before it. */
int64_t calendar_previous_working_instant(const struct calendar *c, struct str unit, int64_t at);
/* Working time from one instant to another in ms; negative when `to` lies before `from`: with (now, due_at) the time left, or
 * how late. CALENDAR_NONE outside the tables. */
int64_t calendar_working_ms(const struct calendar *c, struct str unit, int64_t from, int64_t to);

/* hand over on the same working day by its end; received after the cut-off, outside working days or after closing, at the
 * start of the next working day. CALENDAR_NONE outside the tables or without a cut-off in force. */
int64_t calendar_hand_over_by(const struct calendar *c, struct str unit, int64_t received_at);

/* --- limits --------------------------------------------------------------------------------------------------------------- */

struct pause { int64_t from, to; }; /* the clock stands from `from` until just before `to`; INT64_MAX: still open */

struct due {
    int64_t start_at;   /* the receipt that counts: received_at, or the opening to which cut-off or working hours move it */
    int64_t due_at;     /* last lawful moment (R-100 (a): end of the working hours of due_day); CALENDAR_NEVER */
    int64_t due_day;    /* its local day; CALENDAR_NEVER */
    int64_t target_at;  /* R-100 (b), internal target only, never lateness: same hour as the start on due_day, not after due_at */
    bool warn_year_missing; /* the count passes a year without a holiday table: the first such year */
    int missing_year;
    bool warn_undecided;    /* the count passes a day that is not decided yet: the first such day */
    int64_t undecided_day;
};

/* When the limit ends. Pauses in any order, overlaps allowed.
 *   SAME_DAY       end of the day of receipt; received after closing or on a rest day: of the next working day.
 *   CLOCK_HOURS    from the moment; may end at night or on a rest day.
 *   WORKING_HOURS  from the next working instant.
 *   WORKING_DAYS   the day of receipt does not count.
 *   CALENDAR_DAYS  likewise; an end on a rest day moves to the next working day.
 *   MONTHS         same day number, or the last day of a shorter month, then as calendar days; halves only.
 * A fraction of a day runs as working hours after the end of the whole days. With a cut-off a receipt after it, or on a rest day, is
 * deemed made at the opening of the next working day. A day on which the clock stood does not count: for working days and SAME_DAY one whose
 * working time a pause touches, for calendar days and months one that a pause touches at all; hours lose exactly the paused time.
 * Refuses (ERR_INVALID): calendar.limit-not-positive, calendar.limit-too-long (over LIMIT_DAYS_MAX), calendar.fraction-of-month,
 * calendar.cutoff-invalid, calendar.unit-unknown, calendar.pauses-too-many, calendar.pause-reversed, calendar.out-of-table;
 * ERR_CORRUPT: calendar.no-hours, parameters.missing. */
enum err calendar_due(const struct calendar *c, struct str unit, struct limit l, int64_t received_at, const struct pause *pauses, size_t n,
                      struct due *due_r, struct fail *f) CHECKED;

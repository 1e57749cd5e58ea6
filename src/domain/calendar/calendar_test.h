/* What both test programs of the calendar share: reading instants, the real data, short constructors. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/dataset.h"
#include "domain/calendar/calendar.h"

#define NO_UNIT STR("")
#define D(n) ((int64_t)(n) * 1000)
static const int32_t NONE = -1, AFTER_15 = 15 * MS_HOUR;

/* --- helpers ------------------------------------------------------------------------------------------------------------------- */

/* "2026-11-23 15:30" in Vietnam. */
static inline int64_t at(const char *text)
{
    char full[40];
    int64_t ms;
    snprintf(full, sizeof full, "%.10sT%.5s:00+07:00", text, text + 11);
    assert_true(time_parse(str_of(full), &ms));
    return ms;
}

static inline int64_t day(const char *text)
{
    int64_t d;
    assert_true(date_parse(str_of(text), &d));
    return d;
}

static inline void assert_at(int64_t ms, const char *expected)
{
    char out[40];
    if (ms == CALENDAR_NEVER || ms == CALENDAR_NONE)
        snprintf(out, sizeof out, "%s", ms == CALENDAR_NEVER ? "never" : "none");
    else {
        time_format(ms, out);
        out[10] = ' ';
        assert_string_equal(out + 16, ":00+07:00");
        out[16] = '\0';
    }
    assert_string_equal(out, expected);
}

static inline struct parameters *real_parameters(struct arena *a)
{
    struct str text;
    struct fail f = {0};
    assert_int_equal(dataset_unpack(a, dataset_find(STR("parameters.tsv"))->packed, &text), ERR_OK);
    return parameters_load(a, text, &f);
}

static inline struct calendar *real_calendar(struct arena *a)
{
    struct str text;
    struct fail f = {0};
    assert_int_equal(dataset_unpack(a, dataset_find(STR("holidays.tsv"))->packed, &text), ERR_OK);
    struct calendar *c = calendar_load(a, text, &f);
    assert_non_null(c);
    assert_int_equal(calendar_use_parameters(c, real_parameters(a), &f), ERR_OK);
    return c;
}

static const char head[] = "date\tweekday\tname\tkind\tis_working_day\tconfidence\tnote\tlegal_basis\n";

static inline struct calendar *empty_calendar(struct arena *a)
{
    struct fail f = {0};
    return calendar_load(a, str_of(head), &f);
}

static inline struct limit limit(enum limit_unit unit, int64_t milli, int32_t cutoff) { return (struct limit){unit, milli, cutoff}; }

static inline struct due due_with(const struct calendar *c, struct limit l, int64_t received_at, const struct pause *p, size_t n)
{
    struct due d;
    struct fail f = {0};
    assert_int_equal(calendar_due(c, NO_UNIT, l, received_at, p, n, &d, &f), ERR_OK);
    return d;
}

static inline struct due due(const struct calendar *c, enum limit_unit unit, int64_t milli, int32_t cutoff, const char *received)
{
    return due_with(c, limit(unit, milli, cutoff), at(received), NULL, 0);
}

#define CALENDAR \
    (void)state; \
    struct arena *a _arena_ = arena_new(); \
    struct calendar *c = real_calendar(a)

static inline struct hours hours(const char *unit, int season_from, int season_to, unsigned weekdays, size_t n, int f1, int t1, int f2, int t2)
{
    struct hours h = {.unit = str_of(unit), .valid_from = INT64_MIN, .valid_to = INT64_MAX, .season_from = season_from,
                      .season_to = season_to, .weekdays = weekdays, .n = n};
    h.interval[0].from_ms = f1 * MS_MINUTE;
    h.interval[0].to_ms = t1 * MS_MINUTE;
    h.interval[1].from_ms = f2 * MS_MINUTE;
    h.interval[1].to_ms = t2 * MS_MINUTE;
    return h;
}

/* The deadline engine read as rules: vectors T1…T8 on the real holiday table, a test per rule, properties on random worlds
 * against the slow reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/dataset.h"
#include "domain/calendar/calendar_reference.h"

#define NO_UNIT STR("")
#define D(n) ((int64_t)(n) * 1000)
static const int32_t NONE = -1, AFTER_15 = 15 * MS_HOUR;

/* --- helpers ------------------------------------------------------------------------------------------------------------------- */

/* "2026-11-23 15:30" in Vietnam. */
static int64_t at(const char *text)
{
    char full[40];
    int64_t ms;
    snprintf(full, sizeof full, "%.10sT%.5s:00+07:00", text, text + 11);
    assert_true(time_parse(str_of(full), &ms));
    return ms;
}

static int64_t day(const char *text)
{
    int64_t d;
    assert_true(date_parse(str_of(text), &d));
    return d;
}

static void assert_at(int64_t ms, const char *expected)
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

static struct parameters *real_parameters(struct arena *a)
{
    struct str text;
    struct fail f = {0};
    assert_int_equal(dataset_unpack(a, dataset_find(STR("parameters.tsv"))->packed, &text), ERR_OK);
    return parameters_load(a, text, &f);
}

static struct calendar *real_calendar(struct arena *a)
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

static struct calendar *empty_calendar(struct arena *a)
{
    struct fail f = {0};
    return calendar_load(a, str_of(head), &f);
}

static struct limit limit(enum limit_unit unit, int64_t milli, int32_t cutoff) { return (struct limit){unit, milli, cutoff}; }

static struct due due_with(const struct calendar *c, struct limit l, int64_t received_at, const struct pause *p, size_t n)
{
    struct due d;
    struct fail f = {0};
    assert_int_equal(calendar_due(c, NO_UNIT, l, received_at, p, n, &d, &f), ERR_OK);
    return d;
}

static struct due due(const struct calendar *c, enum limit_unit unit, int64_t milli, int32_t cutoff, const char *received)
{
    return due_with(c, limit(unit, milli, cutoff), at(received), NULL, 0);
}

#define CALENDAR \
    (void)state; \
    struct arena *a _arena_ = arena_new(); \
    struct calendar *c = real_calendar(a)

/* --- the vectors ------------------------------------------------------------------------------------------------------------------ */

static void test_three_working_days_from_monday_morning_end_with_thursday(void **state) /* T1, R-091, R-100 */
{
    CALENDAR;
    struct due d = due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2026-11-23 09:00");
    assert_at(d.due_at, "2026-11-26 17:00");
    assert_at(d.target_at, "2026-11-26 09:00"); /* (b): the inner target only */
    assert_int_equal(d.due_day, day("2026-11-26"));
    assert_at(d.start_at, "2026-11-23 09:00");
}

static void test_a_same_day_procedure_after_15_00_is_due_the_next_working_day(void **state) /* T2 */
{
    CALENDAR;
    assert_at(due(c, LIMIT_SAME_DAY, 0, AFTER_15, "2026-11-20 15:30").due_at, "2026-11-23 17:00");
    assert_at(due(c, LIMIT_SAME_DAY, 0, AFTER_15, "2026-11-20 15:00").due_at, "2026-11-20 17:00");
    assert_at(due(c, LIMIT_SAME_DAY, 0, AFTER_15, "2026-11-21 09:00").due_at, "2026-11-23 17:00");
    assert_at(due(c, LIMIT_SAME_DAY, 0, NONE, "2026-11-20 17:00").due_at, "2026-11-23 17:00"); /* closed */
    assert_at(due(c, LIMIT_SAME_DAY, 0, NONE, "2026-11-20 16:59").due_at, "2026-11-20 17:00");
}

static void test_ten_calendar_days_that_end_on_new_year_move_to_monday(void **state) /* T3, R-092 */
{
    CALENDAR;
    struct due d = due(c, LIMIT_CALENDAR_DAYS, D(10), NONE, "2026-12-22 10:00");
    assert_at(d.due_at, "2027-01-04 17:00");
    assert_false(d.warn_undecided); /* 1 January follows from the Labour Code alone */
    assert_false(d.warn_year_missing);
}

static void test_a_supplemented_dossier_starts_from_zero(void **state) /* T4, R-071 */
{
    CALENDAR;
    assert_at(due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2026-11-23 09:00").due_at, "2026-11-30 17:00");
    assert_at(due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2026-12-03 09:00").due_at, "2026-12-10 17:00");
}

static void test_hand_over_is_on_the_same_day_and_after_15_00_the_next_morning(void **state) /* T5, R-048 */
{
    CALENDAR;
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2026-11-20 14:59")), "2026-11-20 17:00");
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2026-11-20 15:00")), "2026-11-20 17:00");
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2026-11-20 15:00") + 1), "2026-11-23 07:00");
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2026-11-20 15:01")), "2026-11-23 07:00");
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2026-11-21 09:00")), "2026-11-23 07:00");
    assert_at(calendar_hand_over_by(c, NO_UNIT, at("2010-11-22 09:00")), "none"); /* no cut-off was in force */
}

static void test_one_month_from_29_january_ends_on_the_last_of_february_then_monday(void **state) /* T6, R-092 */
{
    CALENDAR;
    assert_at(due(c, LIMIT_MONTHS, D(1), NONE, "2027-01-29 09:00").due_at, "2027-03-01 17:00");
    assert_at(due(c, LIMIT_MONTHS, D(1), NONE, "2027-03-15 09:00").due_at, "2027-04-15 17:00");
    assert_at(due(c, LIMIT_MONTHS, D(12), NONE, "2026-03-17 09:00").due_at, "2027-03-17 17:00");
    assert_at(due(c, LIMIT_MONTHS, 1500, NONE, "2026-10-05 09:00").due_at, "2026-11-20 17:00"); /* half a month is 15 days */
}

static void test_eight_working_hours_from_friday_16_00_end_on_monday_16_00(void **state) /* T7, R-094 */
{
    CALENDAR;
    assert_at(due(c, LIMIT_WORKING_HOURS, D(8), NONE, "2026-11-20 16:00").due_at, "2026-11-23 16:00");
}

static void test_three_working_days_from_monday_15_30_end_on_thursday_without_a_cut_off_rule(void **state) /* T8 */
{
    CALENDAR;
    assert_at(due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2026-11-23 15:30").due_at, "2026-11-26 17:00");
    /* and where the procedure's rule moves the start, the receipt is Tuesday's */
    struct due d = due(c, LIMIT_WORKING_DAYS, D(3), AFTER_15, "2026-11-23 15:30");
    assert_at(d.due_at, "2026-11-27 17:00");
    assert_at(d.start_at, "2026-11-24 07:00");
}

/* --- the rules ---------------------------------------------------------------------------------------------------------------------- */

static void test_no_limit_has_no_due_time(void **state)
{
    CALENDAR;
    assert_at(due(c, LIMIT_NONE, 0, NONE, "2026-11-23 15:30").due_at, "never");
}

static void test_clock_hours_run_at_night_and_over_rest_days(void **state) /* */
{
    CALENDAR;
    assert_at(due(c, LIMIT_CLOCK_HOURS, D(24), NONE, "2026-11-20 16:10").due_at, "2026-11-21 16:10");
    assert_at(due(c, LIMIT_CLOCK_HOURS, D(24), AFTER_15, "2026-11-20 16:10").due_at, "2026-11-24 07:00"); /* */
    assert_at(due(c, LIMIT_CLOCK_HOURS, 500, NONE, "2026-11-20 23:50").due_at, "2026-11-21 00:20");
}

static void test_hours_received_outside_work_start_at_the_next_opening(void **state) /* */
{
    CALENDAR;
    static const char *const when[][3] = {
        {"2026-11-20 05:00", "2026-11-20 07:00", "2026-11-20 08:00"}, /* before opening */
        {"2026-11-20 12:00", "2026-11-20 13:30", "2026-11-20 14:30"}, /* lunch */
        {"2026-11-20 11:00", "2026-11-20 11:00", "2026-11-20 14:00"},
        {"2026-11-20 16:00", "2026-11-20 16:00", "2026-11-20 17:00"}, /* ends with the day, not the next morning */
        {"2026-11-20 17:00", "2026-11-23 07:00", "2026-11-23 08:00"}, /* closed */
        {"2026-11-22 10:00", "2026-11-23 07:00", "2026-11-23 08:00"}, /* Sunday */
    };
    for (size_t i = 0; i < ARRAY_LEN(when); i++) {
        struct due d = due(c, LIMIT_WORKING_HOURS, D(1), NONE, when[i][0]);
        assert_at(d.start_at, when[i][1]);
        assert_at(d.due_at, when[i][2]);
    }
}

static void test_a_fraction_of_a_day_runs_as_working_hours_after_the_whole_days(void **state) /* */
{
    CALENDAR;
    assert_at(due(c, LIMIT_WORKING_DAYS, 1500, NONE, "2026-11-16 09:00").due_at, "2026-11-18 11:00");
    assert_at(due(c, LIMIT_WORKING_DAYS, 500, NONE, "2026-11-16 09:00").due_at, "2026-11-16 15:00");
    assert_at(due(c, LIMIT_CALENDAR_DAYS, 1500, NONE, "2026-11-20 09:00").due_at, "2026-11-24 11:00"); /* Saturday → Monday, + 4 h */
}

static void test_swapped_days_rest_and_make_up_days_work(void **state) /* */
{
    CALENDAR;
    assert_false(calendar_is_working_day(c, NO_UNIT, day("2026-08-31")));
    assert_true(calendar_is_working_day(c, NO_UNIT, day("2026-08-22"))); /* a Saturday */
    assert_false(calendar_is_working_day(c, NO_UNIT, day("2026-08-29")));
    assert_at(due(c, LIMIT_WORKING_DAYS, D(1), NONE, "2026-08-21 09:00").due_at, "2026-08-22 17:00");
    assert_at(due(c, LIMIT_WORKING_DAYS, D(1), NONE, "2026-08-28 09:00").due_at, "2026-09-03 17:00");
    assert_at(due(c, LIMIT_WORKING_HOURS, D(9), NONE, "2026-08-21 16:00").due_at, "2026-08-22 17:00");
    assert_int_equal(calendar_day_of(c, day("2026-09-02")).kind, DAY_REST);
    assert_string_equal(str_c(a, calendar_day_of(c, day("2026-09-02")).name), "Quốc khánh");
}

static void test_days_are_added_forwards_and_backwards(void **state) /* */
{
    CALENDAR;
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2026-11-30"), -1), day("2026-11-27"));
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2026-09-03"), -1), day("2026-08-28"));
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2026-08-29"), -6), day("2026-08-22"));
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2026-11-21"), 0), day("2026-11-23"));
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2026-11-20"), 0), day("2026-11-20"));
    assert_int_equal(calendar_working_days_between(c, NO_UNIT, day("2026-11-20"), day("2026-11-30")), 6);
    assert_int_equal(calendar_working_days_between(c, NO_UNIT, day("2026-11-30"), day("2026-11-20")), -6);
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("1999-11-20"), 1), CALENDAR_NONE);
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2099-12-31"), 1), CALENDAR_NONE);
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2000-01-03"), -1), CALENDAR_NONE);
    assert_int_equal(calendar_add_working_days(c, NO_UNIT, day("2000-01-04"), -1), day("2000-01-03"));
}

static void test_instants_before_and_after_work_are_found(void **state) /* */
{
    CALENDAR;
    assert_at(calendar_next_working_instant(c, NO_UNIT, at("2026-11-20 11:30")), "2026-11-20 13:30");
    assert_at(calendar_previous_working_instant(c, NO_UNIT, at("2026-11-20 11:30")), "2026-11-20 11:30");
    assert_at(calendar_previous_working_instant(c, NO_UNIT, at("2026-11-20 13:30")), "2026-11-20 11:30");
    assert_at(calendar_previous_working_instant(c, NO_UNIT, at("2026-11-23 07:00")), "2026-11-20 17:00");
    assert_at(calendar_start_of_working_day(c, NO_UNIT, day("2026-11-21")), "2026-11-23 07:00");
    assert_at(calendar_end_of_working_day(c, NO_UNIT, day("2026-11-21")), "2026-11-23 17:00");
    assert_at(calendar_next_working_instant(c, NO_UNIT, INT64_MAX), "none");
    assert_at(calendar_previous_working_instant(c, NO_UNIT, INT64_MIN), "none");
    assert_int_equal(calendar_working_ms(c, NO_UNIT, at("2026-11-20 16:00"), at("2026-11-23 08:00")), 2 * MS_HOUR);
    assert_int_equal(calendar_working_ms(c, NO_UNIT, at("2026-11-23 08:00"), at("2026-11-20 16:00")), -2 * MS_HOUR);
    assert_int_equal(calendar_working_ms(c, NO_UNIT, 0, INT64_MAX), CALENDAR_NONE);
}

static void test_an_undecided_day_is_a_working_day_with_a_warning(void **state) /* */
{
    CALENDAR;
    struct due d = due(c, LIMIT_WORKING_DAYS, D(1), NONE, "2026-11-23 09:00");
    assert_at(d.due_at, "2026-11-24 17:00");
    assert_true(d.warn_undecided);
    assert_int_equal(d.undecided_day, day("2026-11-24"));
    assert_false(due(c, LIMIT_WORKING_DAYS, D(1), NONE, "2026-11-24 09:00").warn_undecided);
    assert_true(due(c, LIMIT_WORKING_DAYS, D(1), AFTER_15, "2026-11-24 09:00").warn_undecided); /* its cut-off matters */
    assert_true(due(c, LIMIT_SAME_DAY, 0, NONE, "2026-11-24 09:00").warn_undecided);
    assert_false(due(c, LIMIT_CLOCK_HOURS, D(48), NONE, "2026-11-23 09:00").warn_undecided);
    assert_true(due(c, LIMIT_CALENDAR_DAYS, D(1), NONE, "2026-11-23 09:00").warn_undecided);
    assert_false(due(c, LIMIT_CALENDAR_DAYS, D(10), NONE, "2026-11-23 09:00").warn_undecided); /* it cannot move the end */
}

static void test_a_planned_rest_day_rests_and_warns_unless_the_law_itself_names_it(void **state) /* */
{
    CALENDAR;
    struct due d = due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2027-02-02 09:00"); /* Tết is planned, not decided */
    assert_at(d.due_at, "2027-02-12 17:00");
    assert_true(d.warn_undecided);
    assert_int_equal(d.undecided_day, day("2027-02-04"));
    assert_false(due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2027-04-28 09:00").warn_undecided); /* 30/4, 1/5 */
}

static void test_a_decision_on_a_day_replaces_what_was_known(void **state) /* */
{
    CALENDAR;
    struct fail f = {0};
    int64_t culture = day("2026-11-24");
    struct calendar_day what = {DAY_REST, false, STR("Ngày Văn hóa Việt Nam"), STR("QĐ 1/QĐ-TTg")};
    assert_int_equal(calendar_add_day(c, culture, what, &f), ERR_OK);
    struct due d = due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2026-11-23 09:00");
    assert_at(d.due_at, "2026-11-27 17:00");
    assert_false(d.warn_undecided);
    what.kind = DAY_BY_WEEKDAY;
    assert_int_equal(calendar_add_day(c, culture, what, &f), ERR_OK);
    assert_at(due(c, LIMIT_WORKING_DAYS, D(3), NONE, "2026-11-23 09:00").due_at, "2026-11-26 17:00");
    what.kind = DAY_MAKE_UP;
    assert_int_equal(calendar_add_day(c, day("2026-11-28"), what, &f), ERR_OK);
    assert_at(due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2026-11-23 09:00").due_at, "2026-11-28 17:00");
    assert_int_equal(calendar_add_day(c, day("2100-01-01"), what, &f), ERR_INVALID);
}

static void test_a_year_without_a_table_warns_until_it_is_entered(void **state) /* */
{
    CALENDAR;
    struct fail f = {0};
    struct due d = due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2027-12-28 09:00");
    assert_true(d.warn_year_missing);
    struct calendar *only_make_up = calendar_load(a, str_printf(a, "%s2026-01-10\t\tx\tlàm bù\t1\tcao\t\t\n", head), &f);
    assert_false(calendar_year_known(only_make_up, 2026));
    assert_int_equal(d.missing_year, 2028);
    assert_false(due(c, LIMIT_WORKING_DAYS, D(2), NONE, "2027-12-28 09:00").warn_year_missing);
    struct calendar_day what = {DAY_REST, false, STR("Tết Dương lịch"), STR("BLLĐ Điều 112")};
    assert_int_equal(calendar_add_day(c, day("2028-01-01"), what, &f), ERR_OK); /* a single day is not a table */
    assert_true(due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2027-12-28 09:00").warn_year_missing);
    assert_int_equal(calendar_confirm_year(c, 2028, &f), ERR_OK);
    assert_false(due(c, LIMIT_WORKING_DAYS, D(5), NONE, "2027-12-28 09:00").warn_year_missing);
    assert_false(calendar_year_known(c, 2029));
    assert_true(due(c, LIMIT_MONTHS, D(24), NONE, "2027-12-28 09:00").warn_year_missing);
}

static struct hours hours(const char *unit, int season_from, int season_to, unsigned weekdays, size_t n, int f1, int t1, int f2, int t2)
{
    struct hours h = {.unit = str_of(unit), .valid_from = INT64_MIN, .valid_to = INT64_MAX, .season_from = season_from,
                      .season_to = season_to, .weekdays = weekdays, .n = n};
    h.interval[0].from_ms = f1 * MS_MINUTE;
    h.interval[0].to_ms = t1 * MS_MINUTE;
    h.interval[1].from_ms = f2 * MS_MINUTE;
    h.interval[1].to_ms = t2 * MS_MINUTE;
    return h;
}

static void test_hours_differ_by_unit_and_season(void **state) /* */
{
    CALENDAR;
    struct fail f = {0};
    struct str winter_unit = STR("91"), saturday_unit = STR("30292");
    struct hours winter = hours("91", 1016, 415, WEEKDAYS_MON_FRI, 2, 450, 690, 780, 1020); /* 07:30-11:30 13:00-17:00 */
    struct hours saturday = hours("30292", 0, 0, 0x20, 1, 420, 690, 0, 0);                  /* 07:00-11:30 */
    assert_int_equal(calendar_set_hours(c, &winter, &f), ERR_OK);
    assert_int_equal(calendar_set_hours(c, &saturday, &f), ERR_OK);
    assert_at(calendar_start_of_working_day(c, winter_unit, day("2026-11-23")), "2026-11-23 07:30");
    assert_at(calendar_start_of_working_day(c, winter_unit, day("2026-10-15")), "2026-10-15 07:00");
    assert_at(calendar_start_of_working_day(c, winter_unit, day("2026-10-16")), "2026-10-16 07:30");
    assert_at(calendar_start_of_working_day(c, winter_unit, day("2026-04-15")), "2026-04-15 07:30");
    assert_at(calendar_start_of_working_day(c, winter_unit, day("2026-04-16")), "2026-04-16 07:00");
    assert_true(calendar_is_working_day(c, saturday_unit, day("2026-11-21")));
    assert_false(calendar_is_working_day(c, winter_unit, day("2026-11-21")));
    assert_false(calendar_is_working_day(c, STR("nobody"), day("2026-11-21")));
    struct due d;
    assert_int_equal(calendar_due(c, saturday_unit, limit(LIMIT_WORKING_DAYS, D(1), NONE), at("2026-11-20 09:00"), NULL, 0, &d, &f), ERR_OK);
    assert_at(d.due_at, "2026-11-21 11:30");
    /* a make-up Saturday works the full hours of an ordinary day */
    assert_at(calendar_end_of_working_day(c, saturday_unit, day("2026-08-22")), "2026-08-22 17:00");
    /* closed on Mondays: zero intervals; a holiday rests even where hours are set */
    struct hours closed = hours("30292", 0, 0, 0x01, 0, 0, 0, 0, 0);
    assert_int_equal(calendar_set_hours(c, &closed, &f), ERR_OK);
    assert_false(calendar_is_working_day(c, saturday_unit, day("2026-11-23")));
    assert_false(calendar_is_working_day(c, saturday_unit, day("2027-05-01")));
    /* a half day that closes before the cut-off cannot hand over in the past */
    assert_at(calendar_hand_over_by(c, saturday_unit, at("2026-11-21 12:00")), "2026-11-24 07:00");
}

static void test_a_later_default_reaches_units_without_own_hours_for_those_days(void **state) /* */
{
    CALENDAR;
    struct fail f = {0};
    struct hours own = hours("91", 0, 0, 0x01, 1, 480, 720, 0, 0), later = hours("", 0, 0, WEEKDAYS_MON_FRI, 1, 540, 960, 0, 0);
    assert_int_equal(calendar_set_hours(c, &own, &f), ERR_OK);
    later.valid_from = day("2026-12-01");
    assert_int_equal(calendar_set_hours(c, &later, &f), ERR_OK);
    assert_at(calendar_end_of_working_day(c, STR("91"), day("2026-12-07")), "2026-12-07 12:00"); /* its own Monday */
    assert_at(calendar_end_of_working_day(c, STR("91"), day("2026-12-08")), "2026-12-08 16:00");
    assert_at(calendar_end_of_working_day(c, NO_UNIT, day("2026-11-30")), "2026-11-30 17:00");
    assert_at(calendar_end_of_working_day(c, NO_UNIT, day("2026-12-01")), "2026-12-01 16:00");
}

static void test_many_units_with_equal_hours_share_one_table(void **state)
{
    CALENDAR;
    struct fail f = {0};
    for (int i = 0; i < 3400; i++) {
        char code[16];
        snprintf(code, sizeof code, "%05d", i);
        struct hours h = hours(code, 0, 0, WEEKDAYS_MON_FRI, 1, 420 + i % 7, 1020, 0, 0);
        assert_int_equal(calendar_set_hours(c, &h, &f), ERR_OK);
    }
    assert_at(calendar_start_of_working_day(c, STR("03399"), day("2026-11-23")), "2026-11-23 07:04");
    assert_at(calendar_start_of_working_day(c, STR("00000"), day("2026-11-23")), "2026-11-23 07:00");
}

static void test_unsound_hours_are_refused(void **state) /* */
{
    CALENDAR;
    struct fail f = {0};
    struct hours good = hours("91", 0, 0, WEEKDAYS_MON_FRI, 2, 420, 690, 810, 1020), bad[8];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        bad[i] = good;
    bad[0].interval[1].from_ms = 600 * MS_MINUTE;         /* overlap */
    bad[1].interval[0].from_ms = 690 * MS_MINUTE;         /* empty */
    bad[2].interval[1].to_ms = MS_DAY + MS_MINUTE;        /* past midnight */
    bad[3].interval[1].to_ms += 1;                        /* not a minute */
    bad[4].weekdays = 0;
    bad[5].season_from = 1301;
    bad[6].valid_from = 2, bad[6].valid_to = 1;
    bad[7].n = 5;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        f = (struct fail){0};
        assert_int_equal(calendar_set_hours(c, &bad[i], &f), ERR_INVALID);
    }
}

static void test_a_day_on_which_the_clock_stood_does_not_count(void **state) /* */
{
    CALENDAR;
    struct limit five = limit(LIMIT_WORKING_DAYS, D(5), NONE);
    int64_t received = at("2026-12-07 09:00"); /* Monday: due Monday 14 */
    assert_at(due_with(c, five, received, NULL, 0).due_at, "2026-12-14 17:00");
    /* Tuesday ran; Wednesday 10:00 to Friday 10:00 the clock stood: Monday 14 is the second day, Thursday 17 the fifth */
    struct pause p[] = {{at("2026-12-09 10:00"), at("2026-12-11 10:00")}};
    assert_at(due_with(c, five, received, p, 1).due_at, "2026-12-17 17:00");
    /* at night and at lunch it takes nothing */
    struct pause idle[] = {{at("2026-12-09 17:00"), at("2026-12-10 07:00")}, {at("2026-12-10 11:30"), at("2026-12-10 13:30")}};
    assert_at(due_with(c, five, received, idle, 2).due_at, "2026-12-14 17:00");
    /* on the last day the agency does not lose it */
    struct pause last[] = {{at("2026-12-14 16:59"), at("2026-12-14 17:30")}};
    assert_at(due_with(c, five, received, last, 1).due_at, "2026-12-15 17:00");
    /* after the end nothing changes, even while open */
    struct pause after[] = {{at("2026-12-14 17:00"), INT64_MAX}};
    assert_at(due_with(c, five, received, after, 1).due_at, "2026-12-14 17:00");
    struct pause open[] = {{at("2026-12-14 16:00"), INT64_MAX}};
    assert_at(due_with(c, five, received, open, 1).due_at, "never");
    /* before the receipt there is no clock that could stand */
    struct pause before[] = {{at("2026-12-01 16:00"), at("2026-12-07 09:00")}};
    assert_at(due_with(c, five, received, before, 1).due_at, "2026-12-14 17:00");
}

static void test_a_pause_gives_back_its_time_to_hours_and_its_days_to_calendar_days(void **state) /* */
{
    CALENDAR;
    struct pause p[] = {{at("2026-12-08 10:00"), at("2026-12-08 14:30")}, {at("2026-12-08 10:30"), at("2026-12-08 14:00")}};
    int64_t received = at("2026-12-08 09:00");
    assert_at(due_with(c, limit(LIMIT_WORKING_HOURS, D(3), NONE), received, p, 2).due_at, "2026-12-08 16:30");
    assert_at(due_with(c, limit(LIMIT_CLOCK_HOURS, D(24), NONE), received, p, 2).due_at, "2026-12-09 13:30");
    assert_at(due_with(c, limit(LIMIT_SAME_DAY, 0, NONE), received, p, 2).due_at, "2026-12-09 17:00");
    struct pause weekend[] = {{at("2026-12-12 10:00"), at("2026-12-13 14:00")}};
    assert_at(due_with(c, limit(LIMIT_CALENDAR_DAYS, D(7), NONE), received, weekend, 1).due_at, "2026-12-17 17:00");
    assert_at(due_with(c, limit(LIMIT_MONTHS, D(1), NONE), received, weekend, 1).due_at, "2027-01-11 17:00"); /* 10 is a Sunday */
    /* an end that R-092 moves does not fall into a pause either: Saturday 12 → Monday stands → Tuesday */
    struct pause monday[] = {{at("2026-12-14 10:00"), at("2026-12-14 11:00")}};
    assert_at(due_with(c, limit(LIMIT_CALENDAR_DAYS, D(4), NONE), received, monday, 1).due_at, "2026-12-15 17:00");
}

static void assert_refused(const struct calendar *c, struct limit l, int64_t received, const struct pause *p, size_t n, enum err err, const char *code)
{
    struct fail f = {0};
    struct due d;
    assert_int_equal(calendar_due(c, NO_UNIT, l, received, p, n, &d, &f), err);
    assert_string_equal(f.item[0].code, code);
}

static void test_what_cannot_be_counted_is_refused(void **state)
{
    CALENDAR;
    int64_t now = at("2026-11-23 09:00");
    struct pause reversed = {now + 1, now}, many[PAUSES_MAX + 1] = {{0, 0}};
    assert_refused(c, limit(LIMIT_WORKING_DAYS, 0, NONE), now, NULL, 0, ERR_INVALID, "calendar.limit-not-positive");
    assert_refused(c, limit(LIMIT_WORKING_DAYS, D(3661), NONE), now, NULL, 0, ERR_INVALID, "calendar.limit-too-long");
    assert_refused(c, limit(LIMIT_MONTHS, D(121), NONE), now, NULL, 0, ERR_INVALID, "calendar.limit-too-long");
    assert_refused(c, limit(LIMIT_CLOCK_HOURS, INT64_MAX, NONE), now, NULL, 0, ERR_INVALID, "calendar.limit-too-long");
    assert_refused(c, limit(LIMIT_MONTHS, 1300, NONE), now, NULL, 0, ERR_INVALID, "calendar.fraction-of-month");
    assert_refused(c, limit((enum limit_unit)9, D(1), NONE), now, NULL, 0, ERR_INVALID, "calendar.unit-unknown");
    assert_refused(c, limit(LIMIT_SAME_DAY, 0, MS_DAY), now, NULL, 0, ERR_INVALID, "calendar.cutoff-invalid");
    assert_refused(c, limit(LIMIT_WORKING_DAYS, D(1), NONE), now, &reversed, 1, ERR_INVALID, "calendar.pause-reversed");
    assert_refused(c, limit(LIMIT_WORKING_DAYS, D(1), NONE), now, many, ARRAY_LEN(many), ERR_INVALID, "calendar.pauses-too-many");
    assert_refused(c, limit(LIMIT_WORKING_DAYS, D(1), NONE), INT64_MIN, NULL, 0, ERR_INVALID, "calendar.out-of-table");
    assert_refused(c, limit(LIMIT_WORKING_DAYS, D(1), NONE), INT64_MAX, NULL, 0, ERR_INVALID, "calendar.out-of-table");
    assert_refused(c, limit(LIMIT_CALENDAR_DAYS, D(300), NONE), at("2099-10-01 09:00"), NULL, 0, ERR_INVALID, "calendar.out-of-table");
    assert_refused(c, limit(LIMIT_WORKING_HOURS, D(3000), NONE), at("2099-10-01 09:00"), NULL, 0, ERR_INVALID, "calendar.out-of-table");
    assert_refused(c, limit(LIMIT_CLOCK_HOURS, D(3000), NONE), at("2099-10-01 09:00"), NULL, 0, ERR_INVALID, "calendar.out-of-table");
    struct calendar *bare = empty_calendar(a);
    assert_refused(bare, limit(LIMIT_WORKING_DAYS, D(1), NONE), now, NULL, 0, ERR_CORRUPT, "calendar.no-hours");
    struct fail f = {0};
    struct hours h = hours("", 0, 0, WEEKDAYS_MON_FRI, 1, 420, 900, 0, 0);
    assert_int_equal(calendar_set_hours(bare, &h, &f), ERR_OK);
    assert_refused(bare, limit(LIMIT_WORKING_DAYS, 1500, NONE), now, NULL, 0, ERR_CORRUPT, "parameters.missing");
}

static void test_a_doubtful_holiday_table_is_refused(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const bad[] = {
        "2026-01-01\t\tx\tnghỉ phép\t0\tcao\t\t\n", /* unknown kind */
        "2026-01-01\t\tx\tnghỉ lễ\t1\tcao\t\t\n",  /* contradicts itself */
        "2026-02-30\t\tx\tnghỉ lễ\t0\tcao\t\t\n",  /* no such date */
        "2026-01-01\t\tx\tnghỉ lễ\t0\tcao\t\t\n2026-01-01\t\tx\tlàm bù\t1\tcao\t\t\n",
        "1926-01-01\t\tx\tnghỉ lễ\t0\tcao\t\t\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct fail f = {0};
        assert_null(calendar_load(a, str_printf(a, "%s%s", head, bad[i]), &f));
        assert_string_equal(f.item[0].code, "calendar.broken-row");
    }
    struct fail f = {0};
    assert_null(calendar_load(a, STR("date\tname\n"), &f));
    assert_string_equal(f.item[0].code, "calendar.column-missing");
}

static void test_parameters_without_working_hours_are_refused(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const bad[] = {"", "work_hours\t1-5\t\t\t\tB\n", "work_hours\t0-5 07:00-11:30\t\t\t\tB\n", "work_hours\t1-5 11:30-07:00\t\t\t\tB\n",
                                      "work_hours\t1-5 07:00-11:30\t\t\t\tB\ntransfer_cutoff\tlate\t\t\t\tA\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct fail f = {0};
        struct parameters *p = parameters_load(a, str_printf(a, "key\tvalue\tvalid_from\tvalid_to\tlegal_basis\tmark\n%s", bad[i]), &f);
        assert_non_null(p);
        assert_int_not_equal(calendar_use_parameters(empty_calendar(a), p, &f), ERR_OK);
    }
}

/* --- properties -------------------------------------------------------------------------------------------------------------------------- */

struct random { uint64_t s; };

static uint64_t draw64(struct random *r) /* splitmix64 */
{
    uint64_t z = (r->s += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
static int64_t draw(struct random *r, int64_t from, int64_t to) { return from + (int64_t)(draw64(r) % (uint64_t)(to - from + 1)); }

enum { WORLDS = 50, CASES = 200, PAUSES = 3 };

struct world {
    struct calendar *c;
    struct reference *w;
    struct str unit;
    int64_t first;
};

static struct hours random_hours(struct random *r, const char *unit, int64_t first)
{
    struct hours h = {.unit = str_of(unit), .valid_from = INT64_MIN, .valid_to = INT64_MAX};
    h.weekdays = draw(r, 0, 2) ? WEEKDAYS_MON_FRI : (unsigned)draw(r, 1, 0x7f);
    if (draw(r, 0, 1)) {
        h.season_from = (int)(draw(r, 1, 12) * 100 + draw(r, 1, 28));
        h.season_to = (int)(draw(r, 1, 12) * 100 + draw(r, 1, 28));
    }
    if (draw(r, 0, 2) == 0) {
        h.valid_from = first + draw(r, 0, 700);
        h.valid_to = h.valid_from + draw(r, 0, 700);
    }
    h.n = (size_t)draw(r, 0, HOURS_INTERVALS_MAX);
    if (h.n == 0)
        h.weekdays = 1u << draw(r, 0, 4); /* closed on one weekday, never always */
    int64_t minute = draw(r, 0, 500);
    for (size_t i = 0; i < h.n; i++) {
        h.interval[i].from_ms = (int32_t)(minute * MS_MINUTE);
        minute += draw(r, 1, 200);
        h.interval[i].to_ms = (int32_t)(minute * MS_MINUTE);
        minute += draw(r, 0, 35);
    }
    return h;
}

/* Three years of random rest, make-up and (half of the worlds) undecided days, with default hours and up to three rules of a unit. */
static struct world random_world(struct arena *a, struct random *r)
{
    static enum day_kind kind[REFERENCE_DAYS];
    struct fail f = {0};
    struct world w = {empty_calendar(a), ARENA_NEW(a, struct reference), draw(r, 0, 1) ? STR("91") : STR(""), civil_days(2026, 1, 1)};
    struct hours rules[4] = {hours("", 0, 0, WEEKDAYS_MON_FRI, 2, 420, 690, 810, 1020)};
    size_t n = 1;
    memset(kind, 0, sizeof kind);
    assert_int_equal(calendar_use_parameters(w.c, real_parameters(a), &f), ERR_OK);
    for (; n < ARRAY_LEN(rules) && draw(r, 0, 2); n++) {
        rules[n] = random_hours(r, draw(r, 0, 2) ? "91" : "", w.first);
        assert_int_equal(calendar_set_hours(w.c, &rules[n], &f), ERR_OK);
    }
    for (int i = 0; i < 120; i++) {
        int64_t at_day = draw(r, 0, 1200);
        struct calendar_day what = {(enum day_kind)draw(r, 0, 2), false, STR("x"), STR("y")};
        if (draw(r, 0, 3) == 0) /* like Tết: some in a row */
            for (int k = 0; k < 6; k++) {
                kind[at_day + k] = DAY_REST;
                assert_int_equal(calendar_add_day(w.c, w.first + at_day + k, (struct calendar_day){DAY_REST, false, STR("x"), STR("y")}, &f), ERR_OK);
            }
        kind[at_day] = what.kind;
        assert_int_equal(calendar_add_day(w.c, w.first + at_day, what, &f), ERR_OK);
    }
    reference_fill(w.w, w.first, kind, rules, n, w.unit);
    return w;
}

static struct limit random_limit(struct random *r)
{
    struct limit l = {(enum limit_unit)draw(r, 1, 6), 0, draw(r, 0, 2) ? -1 : (int32_t)draw(r, 0, MS_DAY - 1)};
    switch (l.unit) {
    case LIMIT_MONTHS:
        l.milli = draw(r, 1, 12) * 500;
        break;
    case LIMIT_CLOCK_HOURS:
    case LIMIT_WORKING_HOURS:
        l.milli = draw(r, 0, 1) ? D(draw(r, 1, 60)) : draw(r, 1, 60000);
        break;
    default:
        l.milli = draw(r, 0, 2) ? D(draw(r, 1, 60)) : draw(r, 1, 10000);
    }
    if (l.cutoff_ms_of_day >= 0 && draw(r, 0, 1))
        l.cutoff_ms_of_day = AFTER_15;
    return l;
}

/* Half of all instants lie on a whole half hour, where the edges are. */
static int64_t random_instant(struct random *r, int64_t day_from, int64_t day_to)
{
    int64_t ms = draw(r, 0, 1) ? draw(r, 0, MS_DAY - 1) : draw(r, 0, 47) * 30 * MS_MINUTE;
    return time_from_local(draw(r, day_from, day_to), ms);
}

static size_t random_pauses(struct random *r, int64_t received, struct pause p[PAUSES])
{
    size_t n = (size_t)draw(r, 0, PAUSES);
    int64_t near = time_local_day(received);
    for (size_t i = 0; i < n; i++) {
        p[i].from = random_instant(r, near - 2, near + 40);
        p[i].to = draw(r, 0, 19) == 0 ? INT64_MAX : draw(r, 0, 1) ? p[i].from + draw(r, 0, MS_DAY) : random_instant(r, near + 41, near + 60);
    }
    return n;
}

static int64_t due_of(const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n, struct due *d)
{
    struct fail f = {0};
    assert_int_equal(calendar_due(w->c, w->unit, l, received, p, n, d, &f), ERR_OK);
    return d->due_at;
}

typedef void case_fn(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n);

static void for_random_cases(uint64_t seed, case_fn *fn)
{
    struct random r = {seed};
    for (int i = 0; i < WORLDS; i++) {
        struct arena *a _arena_ = arena_new();
        struct world w = random_world(a, &r);
        for (int k = 0; k < CASES; k++) {
            struct pause p[PAUSES];
            struct limit l = random_limit(&r);
            int64_t received = random_instant(&r, w.first + 10, w.first + 1000);
            size_t n = random_pauses(&r, received, p);
            fn(&r, &w, l, received, p, n);
        }
    }
}

static void same_as_reference(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)r;
    struct due d;
    int64_t expected = reference_due(w->w, l, received, p, n);
    if (due_of(w, l, received, p, n, &d) != expected) {
        char out[3][40] = {"never", "never"};
        if (d.due_at != CALENDAR_NEVER)
            time_format(d.due_at, out[0]);
        if (expected != CALENDAR_NEVER)
            time_format(expected, out[1]);
        time_format(received, out[2]);
        fail_msg("unit %d milli %lld cutoff %d received %s: %s, reference %s", l.unit, (long long)l.milli, l.cutoff_ms_of_day, out[2], out[0], out[1]);
    }
    assert_int_equal(calendar_hand_over_by(w->c, w->unit, received), reference_hand_over_by(w->w, AFTER_15, received));
}

static void test_the_engine_equals_a_day_by_day_count_on_10000_random_cases(void **state)
{
    (void)state;
    for_random_cases(1, same_as_reference);
}

static void is_monotone(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    struct due d, later, longer;
    struct pause own[PAUSES];
    size_t kept = 0;
    int64_t by = draw(r, 0, 1) ? draw(r, 1, 5 * (int64_t)MS_DAY) : draw(r, 1, 3 * MS_HOUR);
    due_of(w, l, received + by, NULL, 0, &later);
    for (size_t i = 0; i < n; i++) /* for these two a pause counts that both receipts can have: docs/internals/calendar.md */
        if ((l.unit != LIMIT_SAME_DAY && l.unit != LIMIT_MONTHS) || time_local_day(p[i].from) > time_local_day(later.start_at))
            own[kept++] = p[i];
    p = own;
    n = kept;
    assert_true(due_of(w, l, received, p, n, &d) <= due_of(w, l, received + by, p, n, &later));
    assert_true(d.start_at <= later.start_at);
    assert_true(d.start_at >= received);
    assert_true(d.due_at >= d.start_at);
    struct limit more = l;
    more.milli += D(draw(r, 1, 3));
    assert_true(d.due_at <= due_of(w, more, received, p, n, &longer));
}

static void test_received_later_or_given_longer_is_never_due_earlier(void **state)
{
    (void)state;
    for_random_cases(2, is_monotone);
}

static void ends_in_working_time(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)r;
    struct due d;
    if (due_of(w, l, received, p, n, &d) == CALENDAR_NEVER || l.unit == LIMIT_CLOCK_HOURS)
        return;
    assert_true(calendar_is_working_day(w->c, w->unit, d.due_day));
    assert_int_equal(time_local_day(d.due_at), d.due_day);
    assert_int_equal(calendar_previous_working_instant(w->c, w->unit, d.due_at), d.due_at);
    if (l.unit == LIMIT_SAME_DAY || l.unit == LIMIT_MONTHS || (l.milli % 1000 == 0 && l.unit != LIMIT_WORKING_HOURS))
        assert_int_equal(d.due_at, calendar_end_of_working_day(w->c, w->unit, d.due_day)); /* R-100 (a) */
    assert_true(d.target_at <= d.due_at && time_local_day(d.target_at) == d.due_day);
}

static void test_a_limit_never_ends_on_a_rest_day_except_clock_hours(void **state) /* */
{
    (void)state;
    for_random_cases(3, ends_in_working_time);
}

static void pause_never_shortens(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    struct due with, without;
    for (size_t k = 0; k < n; k++) /* each further pause alone */
        assert_true(due_of(w, l, received, p, k + 1, &with) >= due_of(w, l, received, p, k, &without));
    if (n > 0 && p[0].to != INT64_MAX) { /* nor does a longer one */
        struct pause longer = {p[0].from, p[0].to + draw(r, 1, 2 * MS_DAY)};
        assert_true(due_of(w, l, received, &longer, 1, &with) >= due_of(w, l, received, p, 1, &without));
    }
}

static void test_a_pause_never_shortens(void **state) /* */
{
    (void)state;
    for_random_cases(4, pause_never_shortens);
}

static void work_adds_up(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)l, (void)p, (void)n;
    struct due d;
    int64_t milli = draw(r, 1, 200000);
    due_of(w, limit(LIMIT_WORKING_HOURS, milli, -1), received, NULL, 0, &d);
    assert_int_equal(calendar_working_ms(w->c, w->unit, received, d.due_at), milli * 3600);
    int64_t from = time_local_day(received), k = draw(r, 1, 100), to = calendar_add_working_days(w->c, w->unit, from, k);
    assert_int_equal(calendar_working_days_between(w->c, w->unit, from, to), k);
    assert_int_equal(calendar_add_working_days(w->c, w->unit, to + 1, -1), to);
    int64_t next = calendar_next_working_instant(w->c, w->unit, received);
    assert_true(next >= received && calendar_working_ms(w->c, w->unit, received, next) == 0);
    assert_int_equal(calendar_working_ms(w->c, w->unit, next, next + 1), 1);
}

static void test_working_time_to_the_end_is_the_limit(void **state) /* */
{
    (void)state;
    for_random_cases(5, work_adds_up);
}

/* Without a warning, the answer is the same however the undecided day is decided. */
static void test_without_a_warning_no_decision_can_move_the_end(void **state) /* */
{
    (void)state;
    struct random r = {6};
    int silent = 0, moved = 0;
    for (int i = 0; i < WORLDS; i++) {
        struct arena *a _arena_ = arena_new();
        struct world w = random_world(a, &r);
        struct fail f = {0};
        for (int k = 0; k < CASES / 10; k++) {
            struct pause p[PAUSES];
            struct limit l = random_limit(&r);
            int64_t received = random_instant(&r, w.first + 10, w.first + 1000), open = time_local_day(received) + draw(&r, -1, 15);
            size_t n = random_pauses(&r, received, p);
            struct calendar_day before = calendar_day_of(w.c, open), what = {DAY_BY_WEEKDAY, true, STR("x"), STR("y")};
            struct due d[3];
            for (int kind = 0; kind < 3; kind++) {
                what.kind = (enum day_kind)kind;
                assert_int_equal(calendar_add_day(w.c, open, what, &f), ERR_OK);
                due_of(&w, l, received, p, n, &d[kind]);
            }
            if (d[0].due_at != CALENDAR_NEVER) {
                bool same = d[0].due_at == d[1].due_at && d[0].due_at == d[2].due_at;
                silent += !d[0].warn_undecided && !d[1].warn_undecided && !d[2].warn_undecided;
                moved += !same;
                if (!same)
                    assert_true(d[0].warn_undecided && d[0].undecided_day == open);
            }
            assert_int_equal(calendar_add_day(w.c, open, before, &f), ERR_OK);
        }
    }
    assert_true(silent > 100 && moved > 100); /* the test saw both */
}

static void test_a_due_time_costs_less_than_two_microseconds(void **state)
{
    CALENDAR;
    struct random r = {7};
    enum { N = 100000 };
    int64_t sum = 0, start = time_monotonic_us();
    for (int i = 0; i < N; i++) {
        struct due d;
        struct fail f;
        f.err = ERR_OK, f.n = 0, f.rule[0] = '\0';
        struct limit l = {(enum limit_unit)(1 + i % 6), D(1 + i % 30), i % 2 ? -1 : AFTER_15};
        int64_t received = at("2026-01-05 07:00") + draw(&r, 0, 300) * MS_DAY;
        struct pause p = {received + MS_DAY, received + 2 * MS_DAY};
        if (calendar_due(c, NO_UNIT, l, received, &p, (size_t)(i % 2), &d, &f))
            fail();
        sum += d.due_at;
    }
    int64_t us = time_monotonic_us() - start;
    print_message("# %d due times, %lld ns each (%lld)\n", N, (long long)(us * 1000 / N), (long long)(sum & 1));
    assert_true(us < (int64_t)N * 40); /* loose: shared machines and sanitizers; the figure above is the one to watch */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_working_days_from_monday_morning_end_with_thursday),
        cmocka_unit_test(test_a_same_day_procedure_after_15_00_is_due_the_next_working_day),
        cmocka_unit_test(test_ten_calendar_days_that_end_on_new_year_move_to_monday),
        cmocka_unit_test(test_a_supplemented_dossier_starts_from_zero),
        cmocka_unit_test(test_hand_over_is_on_the_same_day_and_after_15_00_the_next_morning),
        cmocka_unit_test(test_one_month_from_29_january_ends_on_the_last_of_february_then_monday),
        cmocka_unit_test(test_eight_working_hours_from_friday_16_00_end_on_monday_16_00),
        cmocka_unit_test(test_three_working_days_from_monday_15_30_end_on_thursday_without_a_cut_off_rule),
        cmocka_unit_test(test_no_limit_has_no_due_time),
        cmocka_unit_test(test_clock_hours_run_at_night_and_over_rest_days),
        cmocka_unit_test(test_hours_received_outside_work_start_at_the_next_opening),
        cmocka_unit_test(test_a_fraction_of_a_day_runs_as_working_hours_after_the_whole_days),
        cmocka_unit_test(test_swapped_days_rest_and_make_up_days_work),
        cmocka_unit_test(test_days_are_added_forwards_and_backwards),
        cmocka_unit_test(test_instants_before_and_after_work_are_found),
        cmocka_unit_test(test_an_undecided_day_is_a_working_day_with_a_warning),
        cmocka_unit_test(test_a_planned_rest_day_rests_and_warns_unless_the_law_itself_names_it),
        cmocka_unit_test(test_a_decision_on_a_day_replaces_what_was_known),
        cmocka_unit_test(test_a_year_without_a_table_warns_until_it_is_entered),
        cmocka_unit_test(test_hours_differ_by_unit_and_season),
        cmocka_unit_test(test_a_later_default_reaches_units_without_own_hours_for_those_days),
        cmocka_unit_test(test_many_units_with_equal_hours_share_one_table),
        cmocka_unit_test(test_unsound_hours_are_refused),
        cmocka_unit_test(test_a_day_on_which_the_clock_stood_does_not_count),
        cmocka_unit_test(test_a_pause_gives_back_its_time_to_hours_and_its_days_to_calendar_days),
        cmocka_unit_test(test_what_cannot_be_counted_is_refused),
        cmocka_unit_test(test_a_doubtful_holiday_table_is_refused),
        cmocka_unit_test(test_parameters_without_working_hours_are_refused),
        cmocka_unit_test(test_the_engine_equals_a_day_by_day_count_on_10000_random_cases),
        cmocka_unit_test(test_received_later_or_given_longer_is_never_due_earlier),
        cmocka_unit_test(test_a_limit_never_ends_on_a_rest_day_except_clock_hours),
        cmocka_unit_test(test_a_pause_never_shortens),
        cmocka_unit_test(test_working_time_to_the_end_is_the_limit),
        cmocka_unit_test(test_without_a_warning_no_decision_can_move_the_end),
        cmocka_unit_test(test_a_due_time_costs_less_than_two_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

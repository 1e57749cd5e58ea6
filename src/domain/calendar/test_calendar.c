/* The deadline engine read as rules: vectors T1…T8 on the real holiday table and a test per rule. Properties are in
 * test_calendar_properties.c. */
#include "domain/calendar/calendar_test.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

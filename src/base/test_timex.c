/* Rules of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/timex.h"
#include <stdio.h>

static uint64_t seed = 42;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

/* Every day of the years 1 to 9999, counted one by one. */
static void test_civil_days_agree_with_counting(void **state)
{
    (void)state;
    int64_t day = civil_days(1, 1, 1);
    int weekday = 1; /* 0001-01-01 of the proleptic calendar was a Monday */
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= civil_month_length(y, m); d++, day++, weekday = weekday % 7 + 1) {
                int y2, m2, d2;
                civil_from_days(day, &y2, &m2, &d2);
                if (civil_days(y, m, d) != day || y2 != y || m2 != m || d2 != d || civil_weekday(day) != weekday || !civil_valid(y, m, d))
                    fail_msg("%d-%d-%d", y, m, d);
            }
    assert_int_equal(civil_days(1970, 1, 1), 0);
    assert_int_equal(civil_days(2026, 11, 21), 20778);
    assert_int_equal(civil_weekday(civil_days(2026, 11, 21)), 6);
    assert_false(civil_valid(2026, 2, 29) || civil_valid(1900, 2, 29) || civil_valid(0, 1, 1) || civil_valid(2026, 13, 1) || civil_valid(2026, 4, 31));
    assert_true(civil_valid(2000, 2, 29) && civil_valid(2024, 2, 29));
}

static void test_time_written_and_read_is_the_same(void **state)
{
    (void)state;
    char text[40];
    int64_t back;
    for (int round = 0; round < 200000; round++) {
        int64_t ms = (int64_t)(draw() % (300000LL * MS_DAY)) - 100000LL * MS_DAY;
        time_format(ms, text);
        assert_true(time_parse(str_of(text), &back) && back == ms);
        time_format_utc(ms, text);
        assert_true(time_parse(str_of(text), &back) && back == ms);
        struct civil c = time_civil(ms);
        int64_t day = time_local_day(ms);
        assert_int_equal(day, civil_days(c.year, c.month, c.day));
        assert_int_equal(time_from_local(day, time_local_ms_of_day(ms)), ms);
        assert_true(time_local_ms_of_day(ms) >= 0 && time_local_ms_of_day(ms) < MS_DAY);
        date_format(day, text);
        assert_true(date_parse(str_of(text), &back) && back == day);
    }
}

static void test_the_day_begins_at_midnight_in_vietnam(void **state) /* */
{
    (void)state;
    char text[40];
    int64_t ms;
    assert_true(time_parse(STR("2026-11-21T09:30:00+07:00"), &ms));
    time_format_utc(ms, text);
    assert_string_equal(text, "2026-11-21T02:30:00.000Z");
    time_format(ms, text);
    assert_string_equal(text, "2026-11-21T09:30:00+07:00");
    assert_true(time_parse(STR("2026-11-20T16:59:59.999Z"), &ms));
    assert_int_equal(time_local_day(ms), civil_days(2026, 11, 20));
    assert_int_equal(time_local_day(ms + 1), civil_days(2026, 11, 21));
}

static void test_what_is_not_a_time_is_refused(void **state)
{
    (void)state;
    int64_t v, w;
    static const char *const bad[] = {"", "2026-11-21", "2026-11-21T09:30:00", "2026-11-21T09:30+07:00", "2026-02-29T09:30:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T09:60:00Z", "2026-11-21T09:30:60Z", "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00.1234567890Z", "2026-11-21T09:30:00+0700",
        "2026-11-21T09:30:00+07:60", "2026-11-21T09:30:00Zx", "2026/11/21T09:30:00Z", "0000-11-21T09:30:00Z", "2026-11-21 09:30:00Z"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(time_parse(str_of(bad[i]), &v));
    assert_true(time_parse(STR("2026-11-21T09:30:00.1239+07:00"), &v) && time_parse(STR("2026-11-21t02:30:00.123z"), &w) && v == w);
    assert_false(date_parse(STR("2026-1-21"), &v) || date_parse(STR("2026-11-31"), &v) || date_parse(STR("2026-11-211"), &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civil_days_agree_with_counting),
        cmocka_unit_test(test_time_written_and_read_is_the_same),
        cmocka_unit_test(test_the_day_begins_at_midnight_in_vietnam),
        cmocka_unit_test(test_what_is_not_a_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

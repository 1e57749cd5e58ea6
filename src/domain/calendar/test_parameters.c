/* The parameters read as rules: R-001, regulation §21. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/dataset.h"
#include "base/timex.h"
#include "domain/calendar/parameters.h"

static const char head[] = "key\tvalue\tvalid_from\tvalid_to\tlegal_basis\tmark\n";

static struct parameters *load(struct arena *a, const char *rows, struct fail *f)
{
    return parameters_load(a, str_printf(a, "%s%s", head, rows), f);
}

static struct parameters *real(struct arena *a)
{
    struct str text;
    struct fail f = {0};
    assert_int_equal(dataset_unpack(a, dataset_find(STR("parameters.tsv"))->packed, &text), ERR_OK);
    struct parameters *p = parameters_load(a, text, &f);
    assert_non_null(p);
    return p;
}

static void test_every_parameter_of_the_regulation_is_in_the_data(void **s) /* §21 */
{
    (void)s;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct parameters *p = real(a);
    int64_t today = civil_days(2026, 11, 21), v;
    static const struct { const char *key; int64_t value; } numbers[] = {
        {"online_ack_hours", 8}, {"appraisal_return_wd", 3}, {"apology_before_days", 1}, {"max_reappointment", 1}, {"reappoint_most_wd", 30}, {"hand_over_grace_min", 60}, {"refusals_kept_h", 72},
        {"files_uncited_kept_h", 24}, {"jobs_kept_days", 30},
        {"max_supplement_requests", 1}, {"due_soon_wd", 1}, {"max_wait_min", 30}, {"linked_sync_min", 10}, {"linked_ack_wh", 2},
        {"linked_supplement_wd", 7}, {"outage_notice_wd", 7}, {"pakn_refuse_wd", 2}, {"pakn_supplement_wd", 5}, {"pakn_resolve_wd", 15},
        {"pakn_publish_wd", 2}, {"system_level", 3}, {"breach_notice_h", 72}, {"dsr_ack_wd", 2}, {"working_hours_per_day", 8},
        {"half_month_days", 15},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        assert_int_equal(parameter_i64(p, numbers[i].key, today, &v, &f), ERR_OK);
        assert_int_equal(v, numbers[i].value);
    }
    int32_t ms;
    assert_int_equal(parameter_ms_of_day(p, "transfer_cutoff", today, &ms, &f), ERR_OK);
    assert_int_equal(ms, 15 * MS_HOUR);
    assert_int_equal(parameter_date(p, "ereceipt_mandatory_from", today, &v, &f), ERR_OK);
    assert_int_equal(v, civil_days(2027, 1, 1));
    for (size_t i = 0; i < parameters_count(p); i++) { /* a doubtful value is marked, never used silently */
        assert_true(parameters_at(p, i)->mark.n > 0);
        assert_true(parameters_at(p, i)->legal_basis.n > 0);
    }
}

static void test_a_missing_parameter_is_an_error_and_no_default_steps_in(void **s) /* */
{
    (void)s;
    struct arena *a _arena_ = arena_new();
    struct parameters *p = real(a);
    struct fail f = {0};
    int64_t v = 77;
    assert_int_equal(parameter_i64(p, "no_such_thing", 20000, &v, &f), ERR_CORRUPT);
    assert_string_equal(f.item[0].code, "parameters.missing");
    assert_string_equal(f.item[0].param, "no_such_thing");
    f = (struct fail){0};
    assert_int_equal(parameter_i64(p, "linked_ack_wh", civil_days(2026, 8, 31), &v, &f), ERR_CORRUPT);
    f = (struct fail){0};
    assert_int_equal(parameter_i64(p, "linked_ack_wh", civil_days(2026, 9, 1), &v, &f), ERR_OK);
    assert_int_equal(v, 2);
}

static void test_a_parameter_is_read_as_its_kind_or_refused(void **s)
{
    (void)s;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct parameters *p = load(a, "n\tabc\t\t\t\tA\nt\t25:00\t\t\t\tA\nd\t2026-02-30\t\t\t\tA\n", &f);
    int64_t v;
    int32_t ms;
    assert_int_equal(parameter_i64(p, "n", 0, &v, &f), ERR_CORRUPT);
    assert_string_equal(f.item[0].code, "parameters.unreadable");
    f = (struct fail){0};
    assert_int_equal(parameter_ms_of_day(p, "t", 0, &ms, &f), ERR_CORRUPT);
    f = (struct fail){0};
    assert_int_equal(parameter_date(p, "d", 0, &v, &f), ERR_CORRUPT);
    assert_true(ms_of_day_parse(STR("24:00"), &ms) && ms == MS_DAY);
    assert_false(ms_of_day_parse(STR("24:01"), &ms) || ms_of_day_parse(STR("9:00"), &ms) || ms_of_day_parse(STR("09:60"), &ms));
}

static void test_two_values_on_one_day_are_refused(void **s) /* */
{
    (void)s;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    assert_null(load(a, "k\t1\t2026-01-01\t2026-06-30\t\tA\nk\t2\t2026-06-30\t\t\tA\n", &f));
    assert_string_equal(f.item[0].code, "parameters.overlap");
    f = (struct fail){0};
    assert_non_null(load(a, "k\t1\t2026-01-01\t2026-06-30\t\tA\nk\t2\t2026-07-01\t\t\tA\n", &f));
    assert_null(load(a, "k\t1\t2026-13-01\t\t\tA\n", &f));
    assert_null(load(a, "\t1\t\t\t\tA\n", &f));
    assert_null(parameters_load(a, STR("key\tvalue\n"), &f));
}

static void test_a_later_decision_ends_the_value_before_it(void **s) /* */
{
    (void)s;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct parameters *p = load(a, "k\t1\t\t\t\tA\n", &f);
    int64_t v, day = civil_days(2027, 1, 1);
    struct parameter row = {STR("k"), STR("2"), day, INT64_MAX, STR("QĐ 1"), STR("A")};
    assert_int_equal(parameters_add(p, row, &f), ERR_OK);
    assert_int_equal(parameter_i64(p, "k", day - 1, &v, &f), ERR_OK);
    assert_int_equal(v, 1);
    assert_int_equal(parameter_i64(p, "k", day, &v, &f), ERR_OK);
    assert_int_equal(v, 2);
    row.valid_from = day - 10; /* would overlap the later row */
    assert_int_equal(parameters_add(p, row, &f), ERR_CONFLICT);
    f = (struct fail){0};
    assert_int_equal(parameter_i64(p, "k", day - 5, &v, &f), ERR_OK);
    assert_int_equal(v, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_parameter_of_the_regulation_is_in_the_data),
        cmocka_unit_test(test_a_missing_parameter_is_an_error_and_no_default_steps_in),
        cmocka_unit_test(test_a_parameter_is_read_as_its_kind_or_refused),
        cmocka_unit_test(test_two_values_on_one_day_are_refused),
        cmocka_unit_test(test_a_later_decision_ends_the_value_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The limiter of guesses: so many at once, then one in a while, each key for itself, in a table that never grows. */
#include "face/api/limiter.h"
#include "base/crypto.h"
#include "support/store_fixture.h"
#include <stdio.h>

static const int64_t NOON = 1795237200000;

static void test_a_burst_and_then_one_in_a_while(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(6000, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(limiter_try(l, STR("a"), NOON), 0);
    assert_int_equal(limiter_try(l, STR("a"), NOON), 6000);
    assert_int_equal(limiter_try(l, STR("a"), NOON + 2000), 4000); /* a refused try costs nothing */
    assert_int_equal(limiter_try(l, STR("b"), NOON), 0);
    assert_int_equal(limiter_try(l, STR("a"), NOON + 6000), 0);
    assert_true(limiter_try(l, STR("a"), NOON + 6000) > 0);
    for (int i = 0; i < 10; i++) /* all of it comes back */
        assert_int_equal(limiter_try(l, STR("a"), NOON + 200000), 0);
    limiter_free(&l);
    assert_null(l);
}

/* However the tries are spread, no span lets through more than the burst and what its length allows. */
static void test_no_span_lets_through_more(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct limiter *l = limiter_new(1000, 5);
    int64_t passed[2000], now = NOON;
    size_t n = 0;
    for (int i = 0; i < 2000; i++) {
        now += (int64_t)(draw(&seed) % 700);
        if (!limiter_try(l, STR("k"), now))
            passed[n++] = now;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++)
            assert_true((int64_t)(k - i + 1) <= 5 + (passed[k] - passed[i]) / 1000);
    assert_true(n > 500);
    limiter_free(&l);
}

static void test_a_flood_of_keys_forgets_and_never_grows(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(6000, 10);
    char key[24];
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "10.%d", i);
        assert_int_equal(limiter_try(l, str_of(key), NOON), 0);
    }
    limiter_free(&l);
}

static void test_an_address_of_version_6_counts_by_its_network(void **state)
{
    (void)state;
    assert_true(str_is(limiter_client(STR("203.0.113.7")), "203.0.113.7"));
    assert_true(str_is(limiter_client(STR("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2"));
    assert_true(str_eq(limiter_client(STR("2001:db8:1:2::1")), limiter_client(STR("2001:db8:1:2:9:9:9:9"))));
    assert_false(str_eq(limiter_client(STR("2001:db8:1:3::1")), limiter_client(STR("2001:db8:1:2::1"))));
    assert_true(limiter_client(STR("::1")).n <= 3);
}

static int start(void **state)
{
    (void)state;
    crypto_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_and_then_one_in_a_while),
        cmocka_unit_test(test_no_span_lets_through_more),
        cmocka_unit_test(test_a_flood_of_keys_forgets_and_never_grows),
        cmocka_unit_test(test_an_address_of_version_6_counts_by_its_network),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}

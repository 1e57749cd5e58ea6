/* Rules of bounded buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/err.h"
#include <jansson.h>

static uint64_t seed = 99;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static void test_buffer_holds_what_was_put_and_never_more_than_its_maximum(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        size_t max = draw() % 2000, want = 0;
        struct buf b _buf_ = BUF_MAX(max);
        unsigned char model[2000];
        bool full = false;
        for (int k = 0; k < 30; k++) {
            unsigned char piece[200];
            size_t n = draw() % sizeof piece;
            for (size_t i = 0; i < n; i++)
                piece[i] = (unsigned char)draw();
            buf_put(&b, piece, n);
            full |= n && want + n > max;
            if (!full) {
                memcpy(model + want, piece, n);
                want += n;
            }
            assert_int_equal(b.overflow, full);
            assert_true(b.n == want && b.cap <= max && (want == 0 || memcmp(b.p, model, want) == 0));
        }
        buf_clear(&b);
        assert_true(b.n == 0 && !b.overflow);
    }
}

static void test_numbers_and_hex(void **state)
{
    (void)state;
    struct buf b _buf_ = BUF_MAX(1000);
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, 0);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_char(&b, ' ');
    buf_hex(&b, "\x00\xaf\xff", 3);
    buf_printf(&b, " %s-%d", "x", 7);
    assert_true(str_is(buf_view(&b), "-9223372036854775808 0 9223372036854775807 00afff x-7"));
    struct buf small _buf_ = BUF_MAX(5);
    buf_hex(&small, "abc", 3);
    assert_true(small.overflow && small.n == 0);
    buf_printf(&small, "%s", "123456");
    assert_true(small.overflow);
}

static void test_a_json_string_reads_back(void **state)
{
    (void)state;
    static const char *const piece[] = {"\"", "\\", "\n", "\r", "\t", "\b", "\f", "\x01", "\x1f", "a", "ệ", "/", "😀", "\x7f"};
    for (int round = 0; round < 3000; round++) {
        struct buf b _buf_ = BUF_MAX(4000), text _buf_ = BUF_MAX(1000);
        for (size_t n = draw() % 40; n; n--)
            buf_c(&text, piece[draw() % ARRAY_LEN(piece)]);
        buf_json_str(&b, buf_view(&text));
        json_t *j = json_loadb(b.p, b.n, JSON_DECODE_ANY, NULL);
        assert_non_null(j);
        assert_true(str_eq(str_bytes(json_string_value(j), json_string_length(j)), buf_view(&text)));
        json_decref(j);
    }
}

static void test_the_first_failure_names_the_kind_and_the_rest_are_bounded(void **state)
{
    (void)state;
    struct fail f = {0};
    assert_int_equal(fail_add(&f, ERR_INVALID, "R-075", "/name", "name.missing", NULL), ERR_INVALID);
    for (int i = 0; i < 100; i++)
        assert_int_equal(fail_add(&f, ERR_CONFLICT, "R-001", "/x", "x", "%0200d", i), ERR_INVALID);
    assert_true(f.n == FAIL_DETAILS_MAX && strlen(f.item[1].param) == FAIL_PARAM_MAX - 1);
    assert_string_equal(f.rule, "R-075");
    for (int e = ERR_OK; e <= ERR_INTERNAL; e++)
        assert_int_equal(err_info((enum err)e)->err, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_holds_what_was_put_and_never_more_than_its_maximum),
        cmocka_unit_test(test_numbers_and_hex),
        cmocka_unit_test(test_a_json_string_reads_back),
        cmocka_unit_test(test_the_first_failure_names_the_kind_and_the_rest_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

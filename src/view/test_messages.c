/* Sentences for people. */
#include "view/messages.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_a_code_says_its_sentence_in_both_languages(void **state)
{
    (void)state;
    struct buf b _buf_ = BUF_MAX(1000);
    assert_true(message_write(&b, "field.required", "", LANGUAGE_VI));
    assert_true(b.n > 10);
    buf_clear(&b);
    assert_true(message_write(&b, "field.required", "", LANGUAGE_EN));
    assert_true(b.n > 10);
}

static void test_the_parameter_stands_in_the_sentence_as_it_is(void **state)
{
    (void)state;
    struct buf b _buf_ = BUF_MAX(1000);
    assert_true(message_write(&b, "calendar.column-missing", "%s%n", LANGUAGE_VI));
    assert_true(str_find(buf_view(&b), STR("%s%n")) >= 0);
}

static void test_an_unknown_code_says_nothing(void **state)
{
    (void)state;
    struct buf b _buf_ = BUF_MAX(1000);
    assert_false(message_write(&b, "no.such-code", "", LANGUAGE_VI));
    assert_int_equal(b.n, 0);
}

static void test_every_row_can_be_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < message_count; i++) {
        struct buf b _buf_ = BUF_MAX(4000);
        assert_true(message_write(&b, messages[i].code, "x", LANGUAGE_EN));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_code_says_its_sentence_in_both_languages),
        cmocka_unit_test(test_the_parameter_stands_in_the_sentence_as_it_is),
        cmocka_unit_test(test_an_unknown_code_says_nothing),
        cmocka_unit_test(test_every_row_can_be_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

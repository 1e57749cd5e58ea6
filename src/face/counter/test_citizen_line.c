/* The line of a citizen's card, whole and mangled by an input method. */
#include "face/counter/citizen_line.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void test_a_whole_line_fills_the_person(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct citizen_line l;
    assert_true(citizen_line_read(a, STR("099190001234||Nguyễn Thị Lan|05031990|Nữ|Số 5, Phường Bình Đức, An Giang|12052021\r\n"), &l));
    assert_true(str_is(l.number, "099190001234") && str_is(l.name, "Nguyễn Thị Lan") && str_is(l.birth, "1990-03-05") && str_is(l.sex, "female"));
    assert_true(str_is(l.address, "Số 5, Phường Bình Đức, An Giang") && !l.doubtful);
    assert_true(citizen_line_read(a, STR("099090001234|351234567|TRẦN VĂN AN|31121990|Nam||"), &l));
    assert_true(str_is(l.name, "Trần Văn An") && str_is(l.sex, "male") && !l.doubtful);
}

static void test_the_keys_of_telex_and_vni_become_letters_again(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const struct { const char *telex, *vni, *right; } c[] = {
        {"Nguyeexn", "Nguye64n", "Nguyễn"}, {"Nguyeenx", "Nguye6n4", "Nguyễn"}, {"Thij", "Thi5", "Thị"}, {"Vawn", "Va8n", "Văn"}, {"Traafn", "Tra62n", "Trần"},
        {"Ddoongf", "D9o6ng2", "Đồng"}, {"Huwowng", "Hu7o7ng", "Hương"}, {"Huowngf", "Huo7ng2", "Hường"}, {"Hoaf", "Hoa2", "Hòa"}, {"Quys", "Quy1", "Quý"},
        {"Giangr", "Giang3", "Giảng"}, {"Dduwcs", "D9u7c1", "Đức"}, {"Lan", "Lan", "Lan"}, {"Thuyr", "Thuy3", "Thủy"}, {"DDAWNG", "D9A8NG", "ĐĂNG"}};
    for (size_t i = 0; i < ARRAY_LEN(c); i++) {
        struct str t = telex_word(a, str_of(c[i].telex)), v = vni_word(a, str_of(c[i].vni));
        if (!str_is(t, c[i].right) || !str_is(v, c[i].right))
            fail_msg("%s: %.*s, %s: %.*s, not %s", c[i].telex, PRS(t), c[i].vni, PRS(v), c[i].right);
    }
}

static void test_a_mangled_line_keeps_its_digits_and_says_its_doubt(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct citizen_line l;
    assert_true(citizen_line_read(a, STR("099190001234||Nguyeexn Thij Lan|05031990|Nuwx|Phuwowfng Bifnh DDuwsc, An Giang|12052021"), &l));
    assert_true(str_is(l.name, "Nguyễn Thị Lan") && str_is(l.birth, "1990-03-05") && str_is(l.sex, "female") && !l.doubtful);
    assert_true(str_is(l.address, "Phường Bình Đức, An Giang"));
    assert_true(citizen_line_read(a, STR("099190001234||Nguye64n Thi5 Lan|05031990|Nu74|x|12052021"), &l));
    assert_true(str_is(l.name, "Nguyễn Thị Lan") && !l.doubtful);
    assert_true(citizen_line_read(a, STR("099190001234||Nguy?n Th? Lan|05031990|N?|x|12052021"), &l));
    assert_true(l.doubtful && !l.name.n && str_is(l.number, "099190001234") && str_is(l.birth, "1990-03-05") && str_is(l.sex, "female"));
    assert_true(citizen_line_read(a, STR("099190001234|||05031990|||"), &l) && l.doubtful);
}

static void test_what_is_no_line_is_left_alone(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct citizen_line l;
    static const char *const lines[] = {"", "099190001234", "Nguyễn Thị Lan", "a|b|c|d|e|f|g", "12345|x|y", "H01.30292-261121-0007", "|||||||||||||||||||||", "0991900012345678|x|An|01011990"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_false(citizen_line_read(a, str_of(lines[i]), &l));
    assert_true(citizen_line_read(a, STR("099190001234||An|31021990|Nam|x|y"), &l) && !l.birth.n); /* an impossible date is none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_line_fills_the_person), cmocka_unit_test(test_the_keys_of_telex_and_vni_become_letters_again),
        cmocka_unit_test(test_a_mangled_line_keeps_its_digits_and_says_its_doubt), cmocka_unit_test(test_what_is_no_line_is_left_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

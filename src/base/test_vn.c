/* Rules of Vietnamese text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/timex.h"
#include "base/vn.h"
#include "base/vn_private.h"
#include <stdio.h>
#include <utf8proc.h>

#define assert_str(s, c) do { struct str got_ = (s); const char *want_ = (c); \
    if (!str_is(got_, want_)) fail_msg("%.*s instead of %s", PRS(got_), want_); } while (0)

static uint64_t seed = 20261121;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static void test_fold_strips_marks_case_and_punctuation(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    assert_str(vn_fold(a, STR("Đăng ký khai sinh")), "dang ky khai sinh");
    assert_str(vn_fold(a, STR("  THỊ XÃ Ninh Hoà – “Ủy ban”… 2/9 ")), "thi xa ninh hoa uy ban 2 9");
    assert_str(vn_fold(a, STR("Đa\xcc\x86ng ky\xcc\x81")), "dang ky"); /* NFD */
    assert_str(vn_fold(a, STR("ư ơ ự ộ ẵ ĩ ũ Ỵ")), "u o u o a i u y");
    assert_str(vn_fold(a, STR("m² № straße")), "m2 no strasse");
    assert_str(vn_fold(a, STR(" ,.- ")), "");
    assert_str(vn_fold(a, STR("broken \xff")), "");
    assert_str(vn_fold(a, STR("")), "");
}

/* Over all code points: the table says what utf8proc says, alone and in company, and folding again changes nothing. */
static void test_fold_table_agrees_with_utf8proc_and_is_idempotent(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (int32_t c = 1; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        utf8proc_uint8_t text[16] = "x";
        size_t n = 1 + (size_t)utf8proc_encode_char(c, text + 1);
        text[n++] = 'Y';
        for (size_t from = 0; from < 2; from++) {
            struct str s = str_bytes(text + from, n - from - (from ? 1 : 0));
            struct str fast = vn_fold(a, s), slow = vn_fold_by_utf8proc(a, s), again = vn_fold(a, fast);
            if (!str_eq(fast, slow) || !str_eq(fast, again))
                fail_msg("U+%04X folds to '%.*s', '%.*s', '%.*s'", (unsigned)c, PRS(fast), PRS(slow), PRS(again));
        }
        if (c % 4096 == 0)
            arena_reset(a);
    }
}

static struct str random_text(struct arena *a, size_t letters)
{
    static const char *const piece[] = {"a", "Ă", "đ", "Đ", "ơ", "Ử", "ỵ", "E\xcc\x82\xcc\x81", "o\xcc\x9b\xcc\xa3", " ", ",", "–", "9", "Z", "ß", "Ⅷ", "漢", "\n"};
    char *out = arena_alloc(a, letters * 8 + 1);
    size_t at = 0;
    while (letters--) {
        const char *p = piece[draw() % ARRAY_LEN(piece)];
        memcpy(out + at, p, strlen(p));
        at += strlen(p);
    }
    return (struct str){out, at};
}

static void test_fold_of_any_text_is_stable_and_blind_to_normal_form(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (int round = 0; round < 5000; round++) {
        struct str s = random_text(a, draw() % 40), nfc, twice, f = vn_fold(a, s);
        assert_true(str_eq(f, vn_fold_by_utf8proc(a, s)));
        assert_true(str_eq(f, vn_fold(a, f)));
        assert_int_equal(vn_nfc(a, s, &nfc), ERR_OK);
        assert_true(str_eq(f, vn_fold(a, nfc)));
        assert_int_equal(vn_nfc(a, nfc, &twice), ERR_OK);
        assert_true(str_eq(nfc, twice));
        assert_true(f.n == 0 || (f.p[0] != ' ' && f.p[f.n - 1] != ' '));
        assert_true(str_find(f, STR("  ")) < 0);
        arena_reset(a);
    }
}

/* The promise of vn.h's users: a title of 150 bytes in about 3 µs. Asserted with room for a busy machine and for sanitizers. */
static void test_fold_is_fast_enough_to_search_while_typing(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str title = STR("Thủ tục đăng ký khai sinh kết hợp đăng ký nhận cha, mẹ, con; cấp bản sao trích lục hộ tịch – cấp xã, phường, đặc khu (2025)");
    int64_t from = time_monotonic_us();
    enum { ROUNDS = 20000 };
    for (int i = 0; i < ROUNDS; i++) {
        vn_fold(a, title);
        if (i % 64 == 0)
            arena_reset(a);
    }
    double each = (double)(time_monotonic_us() - from) / ROUNDS;
    print_message("# vn_fold: %.2f us for %zu bytes\n", each, title.n);
    assert_true(each < 30);
}

static void test_nfc_composes_and_refuses_what_is_not_text(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str s;
    assert_int_equal(vn_nfc(a, STR("Nguye\xcc\x82\xcc\x83n Thi\xcc\xa3"), &s), ERR_OK);
    assert_str(s, "Nguyễn Thị");
    assert_int_equal(vn_nfc(a, STR("dòng 1\n\tdòng 2"), &s), ERR_OK);
    static const char *const bad[] = {"\x01", "a\rb", "\x7f", "\xc2\x85", ("\xe2\x80\xae" "fdp.exe"), "\xe2\x81\xa6", "\xff", "\xc0\xaf",
        "\xed\xa0\x80", "\xef\xbf\xbe", "\xf4\x90\x80\x80", "\xe1\xba"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(vn_nfc(a, str_of(bad[i]), &s), ERR_INVALID);
    assert_int_equal(vn_nfc(a, str_bytes("a\0b", 3), &s), ERR_INVALID);
    char zalgo[1 + 2 * 64];
    zalgo[0] = 'a';
    for (int i = 0; i < 64; i++)
        memcpy(zalgo + 1 + 2 * i, i % 2 ? "\xcc\x81" : "\xcc\xa3", 2);
    assert_int_equal(vn_nfc(a, str_bytes(zalgo, sizeof zalgo), &s), ERR_INVALID);
    assert_int_equal(vn_nfc(a, str_bytes(zalgo, 21), &s), ERR_OK);
}

static void test_valid_utf8_is_strict(void **state)
{
    (void)state;
    assert_true(vn_valid_utf8(STR("Tiếng Việt 漢 😀")));
    assert_false(vn_valid_utf8(str_bytes("\0", 1)));
    assert_false(vn_valid_utf8(STR("\xed\xbf\xbf")));
    assert_false(vn_valid_utf8(STR("\xef\xb7\x90")));
    assert_false(vn_valid_utf8(STR("\xe0\x80\xaf")));
    utf8proc_uint8_t out[4];
    for (int32_t c = 1; c <= 0x10ffff; c++) {
        bool good = !(c >= 0xd800 && c <= 0xdfff) && !(c >= 0xfdd0 && c <= 0xfdef) && (c & 0xfffe) != 0xfffe;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        size_t n = (size_t)utf8proc_encode_char(c, out);
        assert_int_equal(vn_valid_utf8(str_bytes(out, n)), good);
    }
    for (int round = 0; round < 100000; round++) { /* any bytes: as utf8proc judges, without NUL and non-characters */
        utf8proc_uint8_t b[6];
        uint64_t r = draw();
        for (size_t i = 0; i < sizeof b; i++)
            b[i] = (utf8proc_uint8_t)(r >> (8 * i) | (r >> 60 & 1 ? 0x80 : 0));
        bool want = true;
        for (utf8proc_ssize_t i = 0; i < (utf8proc_ssize_t)sizeof b;) {
            utf8proc_int32_t c;
            utf8proc_ssize_t n = utf8proc_iterate(b + i, (utf8proc_ssize_t)sizeof b - i, &c);
            if (n <= 0 || c == 0 || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe) {
                want = false;
                break;
            }
            i += n;
        }
        assert_int_equal(vn_valid_utf8(str_bytes(b, sizeof b)), want);
    }
}

static void test_name_is_capitalised_only_when_typed_in_one_case(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const pair[][2] = {{"NGUYỄN VĂN A", "Nguyễn Văn A"}, {"nguyễn  văn\ta ", "Nguyễn Văn A"}, {"đỗ thị ơn", "Đỗ Thị Ơn"},
        {"Lê MINH Anh", "Lê MINH Anh"}, {"H'HEN NIÊ", "H'Hen Niê"}, {"  ", ""}, {"Nguye\xcc\x82\xcc\x83n An", "Nguyễn An"}, {"bá-na", "Bá-Na"},
        {"TRẦN\xc2\xa0 B", "Trần B"}};
    for (size_t i = 0; i < ARRAY_LEN(pair); i++) {
        struct str s, again;
        assert_int_equal(vn_name(a, str_of(pair[i][0]), &s), ERR_OK);
        assert_str(s, pair[i][1]);
        assert_int_equal(vn_name(a, s, &again), ERR_OK);
        assert_true(str_eq(s, again));
    }
    struct str s;
    assert_int_equal(vn_name(a, STR("a\xff"), &s), ERR_INVALID);
}

static void test_number_in_words(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const struct {
        int64_t n;
        const char *words;
    } is[] = {{0, "Không"}, {1, "Một"}, {10, "Mười"}, {11, "Mười một"}, {15, "Mười lăm"}, {20, "Hai mươi"}, {21, "Hai mươi mốt"}, {25, "Hai mươi lăm"},
        {100, "Một trăm"}, {105, "Một trăm lẻ năm"}, {110, "Một trăm mười"}, {115, "Một trăm mười lăm"}, {1000, "Một nghìn"},
        {1005, "Một nghìn không trăm lẻ năm"}, {1050, "Một nghìn không trăm năm mươi"}, {1000000, "Một triệu"},
        {1250000, "Một triệu hai trăm năm mươi nghìn"}, {1000001, "Một triệu không trăm lẻ một"}, {1000000000, "Một tỷ"},
        {2000000500, "Hai tỷ năm trăm"}, {1000000000000, "Một nghìn tỷ"}, {1000000000000000, "Một triệu tỷ"},
        {31415926535, "Ba mươi mốt tỷ bốn trăm mười lăm triệu chín trăm hai mươi sáu nghìn năm trăm ba mươi lăm"}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++)
        assert_str(vn_number_words(a, is[i].n), is[i].words);
    assert_true(str_empty(vn_number_words(a, -1)));
    assert_true(str_empty(vn_number_words(a, 1000000000000001)));
}

/* Reads the words back: an independent grammar, so that a wrong word cannot hide. */
static int64_t number_of_words(struct arena *a, struct str words)
{
    static const char *const digit[] = {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"};
    char *lower = arena_alloc(a, words.n + 1);
    memcpy(lower, words.p, words.n);
    lower[0] = (char)(lower[0] | 0x20);
    struct str rest = {lower, words.n}, w;
    int64_t total = 0, below_ty = 0, group = 0, last = 0;
    while (str_next(&rest, ' ', &w)) {
        int64_t d = -1;
        for (int i = 0; i < 10; i++)
            if (str_is(w, digit[i]))
                d = i;
        if (str_is(w, "mốt"))
            d = 1;
        if (str_is(w, "lăm"))
            d = 5;
        if (d >= 0)
            last = d;
        else if (str_is(w, "trăm"))
            group += last * 100, last = 0;
        else if (str_is(w, "mươi"))
            group += last * 10, last = 0;
        else if (str_is(w, "mười"))
            group += 10;
        else if (str_is(w, "nghìn"))
            below_ty += (group + last) * 1000, group = last = 0;
        else if (str_is(w, "triệu"))
            below_ty += (group + last) * 1000000, group = last = 0;
        else if (str_is(w, "tỷ"))
            total = (below_ty + group + last) * 1000000000, below_ty = group = last = 0;
        else
            assert_str(w, "lẻ");
    }
    return total + below_ty + group + last;
}

static void test_number_in_words_reads_back(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (int64_t n = 0; n < 40000; n++) {
        int64_t v = n < 20000 ? n : (int64_t)(draw() % 1000000000000001u) / (n % 3 == 0 ? 1000003 : 1);
        assert_int_equal(number_of_words(a, vn_number_words(a, v)), v);
        arena_reset(a);
    }
}

static void test_number_has_points_between_thousands(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    assert_str(vn_number(a, 1250000), "1.250.000");
    assert_str(vn_number(a, 0), "0");
    assert_str(vn_number(a, 999), "999");
    assert_str(vn_number(a, -1000), "-1.000");
    assert_str(vn_number(a, INT64_MIN), "-9.223.372.036.854.775.808");
}

static void test_names_stand_as_in_a_vietnamese_list(void **state)
{
    (void)state;
    static const char *const list[] = {"Lê Ái", "Nguyễn Văn An", "Trần An", "Lê Ăn", "Lê Ân", "Lê Bình", "Lê Cường", "Lê Dũng", "Lê Đức", "Bùi Hà", "Trần Hà",
        "Lê Hạ", "Lê Oanh", "Lê Ông", "Lê Ơn", "Lê Tuấn", "Lê Tư", "Lê Yến"};
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        for (size_t j = 0; j < ARRAY_LEN(list); j++) {
            int c = vn_name_cmp(str_of(list[i]), str_of(list[j]));
            if ((c > 0) - (c < 0) != (i > j) - (i < j))
                fail_msg("%s / %s: %d", list[i], list[j], c);
        }
    assert_true(vn_name_cmp(STR("LÊ AN"), STR("Lê Ân")) < 0);
}

static void test_order_of_names_is_a_total_order(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (int round = 0; round < 20000; round++) {
        struct str x = random_text(a, draw() % 5), y = random_text(a, draw() % 5), z = random_text(a, draw() % 5);
        int xy = vn_name_cmp(x, y), yx = vn_name_cmp(y, x), yz = vn_name_cmp(y, z), xz = vn_name_cmp(x, z);
        assert_int_equal((xy > 0) - (xy < 0), (yx < 0) - (yx > 0));
        assert_int_equal(xy == 0, str_eq(x, y));
        if (xy <= 0 && yz <= 0)
            assert_true(xz <= 0);
        arena_reset(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_strips_marks_case_and_punctuation),
        cmocka_unit_test(test_fold_table_agrees_with_utf8proc_and_is_idempotent),
        cmocka_unit_test(test_fold_of_any_text_is_stable_and_blind_to_normal_form),
        cmocka_unit_test(test_fold_is_fast_enough_to_search_while_typing),
        cmocka_unit_test(test_nfc_composes_and_refuses_what_is_not_text),
        cmocka_unit_test(test_valid_utf8_is_strict),
        cmocka_unit_test(test_name_is_capitalised_only_when_typed_in_one_case),
        cmocka_unit_test(test_number_in_words),
        cmocka_unit_test(test_number_in_words_reads_back),
        cmocka_unit_test(test_number_has_points_between_thousands),
        cmocka_unit_test(test_names_stand_as_in_a_vietnamese_list),
        cmocka_unit_test(test_order_of_names_is_a_total_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

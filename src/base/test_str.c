/* Rules of length-carrying strings, arenas and tables of text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/dataset.h"
#include "base/str.h"
#include <stdio.h>

static uint64_t seed = 7;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static void test_search_agrees_with_a_naive_one(void **state)
{
    (void)state;
    for (int round = 0; round < 50000; round++) {
        char hay[12], needle[4];
        size_t n = draw() % sizeof hay, m = draw() % sizeof needle;
        for (size_t i = 0; i < n; i++)
            hay[i] = (char)('a' + draw() % 2);
        for (size_t i = 0; i < m; i++)
            needle[i] = (char)('a' + draw() % 2);
        struct str s = {hay, n}, t = {needle, m};
        ptrdiff_t want = -1;
        for (size_t i = 0; want < 0 && i + m <= n; i++)
            if (memcmp(hay + i, needle, m) == 0)
                want = (ptrdiff_t)i;
        assert_int_equal(str_find(s, t), want);
        assert_int_equal(str_has_prefix(s, t), want == 0);
        assert_int_equal(str_has_suffix(s, t), m <= n && memcmp(hay + n - m, needle, m) == 0);
        struct str part = str_sub(s, draw() % 20, draw() % 20);
        assert_true(part.p >= hay && part.p + part.n <= hay + n);
    }
}

static void test_order_is_total_and_a_prefix_comes_first(void **state)
{
    (void)state;
    assert_true(str_cmp(STR("30"), STR("30292")) < 0);
    assert_true(str_cmp(STR_NONE, STR("")) == 0 && str_eq(STR_NONE, STR("")));
    assert_true(str_cmp(STR("\xc4\x91"), STR("z")) > 0);
    assert_int_equal(str_hash(STR("a")), 0xaf63dc4c8601ec8cu); /* FNV-1a's own vector */
}

static void test_pieces_joined_give_the_whole(void **state)
{
    (void)state;
    static const char *const text[] = {"", ",", "a", "a,b", ",,x,", "mot,hai,,ba"};
    for (size_t k = 0; k < ARRAY_LEN(text); k++) {
        struct str rest = str_of(text[k]), piece;
        char joined[32];
        size_t n = 0, pieces = 0;
        while (str_next(&rest, ',', &piece)) {
            if (pieces++)
                joined[n++] = ',';
            memcpy(joined + n, piece.p, piece.n);
            n += piece.n;
        }
        assert_true(pieces >= 1);
        assert_true(str_eq(str_of(text[k]), (struct str){joined, n}));
        assert_false(str_next(&rest, ',', &piece));
    }
}

static void test_integers_round_trip_and_overflow_is_refused(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    int64_t v;
    for (int round = 0; round < 20000; round++) {
        int64_t n = (int64_t)(draw() >> draw() % 64) * (draw() % 2 ? -1 : 1);
        assert_true(str_to_i64(str_printf(a, "%lld", (long long)n), &v) && v == n);
        arena_reset(a);
    }
    assert_true(str_to_i64(STR("-9223372036854775808"), &v) && v == INT64_MIN);
    static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "0x1", "--1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(str_to_i64(str_of(bad[i]), &v));
    assert_true(str_all_digits(STR("0012")));
    assert_false(str_all_digits(STR("")));
    assert_true(str_eq(str_trim(STR(" \t x y\r\n")), STR("x y")));
}

static int order[3], ran;
static void note(void *which) { order[ran++] = *(int *)which; }

static void test_arena_gives_zeroed_memory_and_cleans_up_in_reverse(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static int first = 1, second = 2;
    for (int reuse = 0; reuse < 3; reuse++) {
        ran = 0;
        arena_on_reset(a, note, &first);
        arena_on_reset(a, note, &second);
        for (int round = 0; round < 2000; round++) {
            size_t n = draw() % 500;
            unsigned char *p = arena_alloc(a, n);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xff, n);
        }
        struct str copy = str_dup(a, STR("Một cửa"));
        assert_int_equal(copy.p[copy.n], 0);
        arena_reset(a);
        assert_true(ran == 2 && order[0] == 2 && order[1] == 1);
    }
    arena_free(&a);
    assert_null(a);
}

static void test_table_of_text_reads_missing_cells_as_empty(void **state)
{
    (void)state;
    struct tsv t;
    assert_true(tsv_open(&t, STR("code\tname\tnote\n1\tMột\tx\n\n2\tHai\n3\t\t\t\t\n")));
    int code = tsv_column(&t, "code"), name = tsv_column(&t, "name"), note_column = tsv_column(&t, "note");
    assert_int_equal(tsv_column(&t, "none"), -1);
    assert_true(tsv_row(&t) && str_is(tsv_cell(&t, code), "1") && str_is(tsv_cell(&t, note_column), "x"));
    assert_true(tsv_row(&t) && str_is(tsv_cell(&t, name), "Hai") && str_empty(tsv_cell(&t, note_column)));
    assert_true(tsv_row(&t) && str_is(tsv_cell(&t, code), "3") && str_empty(tsv_cell(&t, -1)));
    assert_false(tsv_row(&t));
}

static void test_every_dataset_unpacks_and_a_broken_one_is_refused(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str text;
    assert_true(dataset_count >= 13);
    for (size_t i = 0; i < dataset_count; i++) {
        assert_ptr_equal(dataset_find(str_of(datasets[i].name)), &datasets[i]);
        assert_int_equal(dataset_unpack(a, datasets[i].packed, &text), ERR_OK);
        assert_true(text.n > 0);
    }
    const struct dataset *d = dataset_find(STR("banks.tsv"));
    assert_non_null(d);
    assert_null(dataset_find(STR("nothing")));
    assert_int_equal(dataset_unpack(a, str_sub(d->packed, 0, d->packed.n / 2), &text), ERR_CORRUPT);
    assert_int_equal(dataset_unpack(a, STR("not zstd"), &text), ERR_CORRUPT);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_agrees_with_a_naive_one),
        cmocka_unit_test(test_order_is_total_and_a_prefix_comes_first),
        cmocka_unit_test(test_pieces_joined_give_the_whole),
        cmocka_unit_test(test_integers_round_trip_and_overflow_is_refused),
        cmocka_unit_test(test_arena_gives_zeroed_memory_and_cleans_up_in_reverse),
        cmocka_unit_test(test_table_of_text_reads_missing_cells_as_empty),
        cmocka_unit_test(test_every_dataset_unpacks_and_a_broken_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

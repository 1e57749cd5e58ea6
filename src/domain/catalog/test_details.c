/* Details are packed in frames, or as a whole as an older release packed them: what is read is the same, and nothing broken is shown. */
#include "base/dataset.h"
#include "base/timex.h"
#include "domain/catalog/catalog.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zstd.h>
/* after the four above */
#include <cmocka.h>

static struct arena *kept;
static struct catalog_input in;

static struct str text_of(const char *name)
{
    struct str text;
    assert_int_equal(dataset_unpack(kept, dataset_find(str_of(name))->packed, &text), ERR_OK);
    return text;
}

static int read_once(void **state)
{
    (void)state;
    kept = arena_new();
    in = (struct catalog_input){text_of("procedures.tsv"), dataset_find(STR("procedures.jsonl"))->packed, text_of("sectors.tsv"), text_of("curated.tsv"),
                                text_of("competence.tsv"), text_of("synonyms.tsv")};
    return 0;
}

static int drop(void **state)
{
    (void)state;
    arena_free(&kept);
    return 0;
}

static struct str frame(struct arena *a, struct str text)
{
    size_t room = ZSTD_compressBound(text.n);
    char *p = arena_alloc(a, room);
    size_t n = ZSTD_compress(p, room, text.p, text.n, 1);
    assert_false(ZSTD_isError(n));
    return (struct str){p, n};
}

/* The list of codes in front, as tools/pack-details writes it. */
static struct str aside(struct arena *a, const char *list)
{
    size_t n = strlen(list);
    char *p = arena_alloc(a, n + 8);
    memcpy(p, "\x50\x2A\x4D\x18", 4);
    for (size_t i = 0; i < 4; i++)
        p[4 + i] = (char)(n >> 8 * i);
    memcpy(p + 8, list, n);
    return (struct str){p, n + 8};
}

static struct str both(struct arena *a, struct str x, struct str y)
{
    char *p = arena_alloc(a, x.n + y.n + 1);
    memcpy(p, x.p, x.n);
    memcpy(p + x.n, y.p, y.n);
    return (struct str){p, x.n + y.n};
}

static const struct catalog *load(struct arena *a, struct str details)
{
    struct fail f = {0};
    struct catalog_input bent = in;
    bent.details = details;
    const struct catalog *c = catalog_load(a, &bent, &f);
    assert_true(c || f.err == ERR_CORRUPT);
    return c;
}

static void test_details_packed_as_a_whole_are_read_like_those_in_frames(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str text;
    assert_int_equal(dataset_unpack(a, in.details, &text), ERR_OK);
    const struct catalog *frames = load(a, in.details), *whole = load(a, frame(a, text));
    assert_non_null(frames);
    assert_non_null(whole);
    assert_int_equal(catalog_size(frames).details, 4083);
    assert_int_equal(catalog_size(whole).details, 4083);
    for (size_t i = 0; i < catalog_size(frames).procedures; i += 3) {
        struct arena *one _arena_ = arena_new();
        struct str x, y;
        assert_int_equal(procedure_detail(one, catalog_nth(frames, i, 20000), &x), ERR_OK);
        assert_int_equal(procedure_detail(one, catalog_nth(whole, i, 20000), &y), ERR_OK);
        assert_true(str_eq(x, y));
    }
}

static void test_a_detail_of_no_procedure_or_told_twice_is_refused(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str one = frame(a, STR("{\"code\":\"1.001193\"}\n")), two = frame(a, STR("{\"code\":\"1.001193\"}\n{\"code\":\"1.000894\"}\n"));
    static const char *const texts[] = {"{\"code\":\"1.000000\"}\n", "[]\n", "{\"code\":\"1.001193\"}\n{\"code\":\"1.001193\"}\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_null(load(a, frame(a, str_of(texts[i]))));
    assert_non_null(load(a, both(a, aside(a, "1.001193\n"), one)));
    assert_non_null(load(a, both(a, aside(a, "1.001193 1.000894\n"), two)));
    static const char *const lists[] = {"1.000000\n", "1.001193 1.001193\n", "1.001193\n1.000894\n"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        assert_null(load(a, both(a, aside(a, lists[i]), one)));
    assert_null(load(a, both(a, aside(a, "1.000894\n"), one))); /* alone, and another's */
    assert_null(load(a, both(a, aside(a, "1.001193\n"), both(a, one, two)))); /* a frame of which nothing is said */
    assert_null(load(a, both(a, aside(a, "1.001193\n"), str_sub(one, 0, one.n - 1))));
}

/* The list may lie about what a frame holds: then there is no detail, and never another procedure's. */
static void test_another_procedures_detail_is_never_given(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str two = frame(a, STR("{\"code\":\"1.001193\"}\n{\"code\":\"1.000894\"}\n")), text;
    const struct catalog *c = load(a, both(a, aside(a, "1.000894 1.001193 2.000815\n"), two));
    static const char *const codes[] = {"1.000894", "1.001193", "2.000815"};
    assert_non_null(c);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        const struct procedure *p = procedure_find(c, str_of(codes[i]), STR(""), 20700, NULL);
        struct component *list;
        size_t n;
        assert_non_null(p);
        assert_int_equal(procedure_detail(a, p, &text), ERR_CORRUPT);
        assert_int_equal(procedure_components(a, p, &list, &n), ERR_CORRUPT);
    }
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_details_packed_as_a_whole_are_read_like_those_in_frames),
        cmocka_unit_test(test_a_detail_of_no_procedure_or_told_twice_is_refused),
        cmocka_unit_test(test_another_procedures_detail_is_never_given),
    };
    return cmocka_run_group_tests(tests, read_once, drop);
}

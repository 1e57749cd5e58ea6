#include "view/components.html.h"
#include "view/layout.html.h"
#include "view/page.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static struct page page_new(struct buf *b, struct arena *a, enum language lang) { return (struct page){.out = b, .arena = a, .lang = lang, .path = STR("/thu-tuc?q=a")}; }

#define PAGE(lang) struct arena *a _arena_ = arena_new(); struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX); struct page p = page_new(&b, a, lang), *o = &p

static bool says(const struct buf *b, const char *what) { return memmem(b->p, b->n, what, strlen(what)) != NULL; }

static void test_whatever_comes_from_data_is_escaped(void **state)
{
    (void)state;
    PAGE(LANGUAGE_VI);
    struct field f = {.name = "ten", .label = STR("<b>Tên</b>"), .value = STR("\"><script>alert(1)</script>"), .error = STR("a & b")};
    field_text(o, &f);
    assert_false(says(&b, "<script>"));
    assert_false(says(&b, "<b>"));
    assert_true(says(&b, "value=\"&quot;&gt;&lt;script&gt;"));
    assert_true(says(&b, "a &amp; b"));
    assert_true(says(&b, "aria-invalid=\"true\" aria-describedby=\"ten-error\""));
}

static void test_an_address_leads_to_us_or_says_its_scheme(void **state)
{
    (void)state;
    static const struct { const char *url, *written; } c[] = {{"/thu-tuc", "/thu-tuc"}, {"https://a.vn/x?a=1&b=2", "https://a.vn/x?a=1&amp;b=2"}, {"javascript:alert(1)", "#"},
        {"//evil.example", "#"}, {"/\\evil.example", "#"}, {"/\t/evil.example", "#"}, {"data:text/html,x", "#"}, {"", ""}, {"#main", "#main"}, {"?page=2", "?page=2"}, {"thu-tuc", "#"}, {"tel:1022", "tel:1022"}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        PAGE(LANGUAGE_VI);
        page_url(o, str_of(c[i].url));
        if (!str_is(buf_view(&b), c[i].written))
            fail_msg("%s was written as %.*s", c[i].url, (int)b.n, b.p);
    }
}

static void test_a_part_of_an_address_leaves_it_whole(void **state)
{
    (void)state;
    PAGE(LANGUAGE_VI);
    page_part(o, STR("a b&c=d\"'/ờ%"));
    assert_true(str_is(buf_view(&b), "a%20b%26c%3Dd%22%27/%E1%BB%9D%25"));
}

static void test_sentences_stand_in_the_language_of_the_page(void **state)
{
    (void)state;
    PAGE(LANGUAGE_EN);
    assert_true(str_is(TR(o, "Ngày"), "Day"));
    assert_true(str_is(TRF(o, "%1 ngày %2", STR("09:42"), STR("23/11/2026")), "09:42 on 23/11/2026"));
    assert_true(str_is(page_money(o, 1234567), "1,234,567 đồng"));
    o->lang = LANGUAGE_VI;
    assert_true(str_is(page_money(o, 1234567), "1.234.567 đồng"));
    assert_true(str_is(page_count(o, -8000), "-8.000"));
    assert_true(str_is(page_count(o, 999), "999"));
    for (size_t i = 1; i < translation_count; i++)
        assert_true(strcmp(translations[i - 1].vi, translations[i].vi) < 0);
}

static void test_the_other_language_is_one_link_away(void **state)
{
    (void)state;
    PAGE(LANGUAGE_VI);
    layout_begin(o, &(struct layout){.title = STR("Tìm thủ tục"), .nav = (const struct nav_item[]){{"/thu-tuc", "Ngày"}}, .nav_n = 1});
    layout_end(o);
    assert_true(says(&b, "<html lang=\"vi\""));
    assert_true(says(&b, "href=\"/thu-tuc?q=a&amp;lang=en\""));
    assert_true(says(&b, "aria-current=\"page\""));
    assert_false(says(&b, "mc-staff"));
    assert_false(says(&b, "Đăng xuất"));
}

static void test_a_refusal_is_told_above_the_form_and_at_its_field(void **state)
{
    (void)state;
    PAGE(LANGUAGE_VI);
    struct fail f = {0};
    (void)!fail_add(&f, ERR_INVALID, NULL, "/parties/0/name", "field.unknown", "%s", "x");
    (void)!fail_add(&f, ERR_INVALID, NULL, "", "no.such-code", NULL);
    struct form_errors e = form_errors_of(o, &f);
    assert_int_equal(e.n, 2);
    assert_true(form_error_of(&e, STR("parties/0/name")).n > 0);
    assert_int_equal(form_error_of(&e, STR("parties/0/kind")).n, 0);
    error_summary(o, &e);
    assert_true(says(&b, "href=\"#parties/0/name\""));
    assert_true(says(&b, "no.such-code"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whatever_comes_from_data_is_escaped), cmocka_unit_test(test_an_address_leads_to_us_or_says_its_scheme),
        cmocka_unit_test(test_a_part_of_an_address_leaves_it_whole),
        cmocka_unit_test(test_sentences_stand_in_the_language_of_the_page), cmocka_unit_test(test_the_other_language_is_one_link_away),
        cmocka_unit_test(test_a_refusal_is_told_above_the_form_and_at_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Printed papers: the forms are readable, the child makes papers of anything, and nothing that it suffers reaches us. */
#include "base/timex.h"
#include "print/press.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The program that stands beside this test. */
static const char *program(void)
{
    static char path[400];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 10);
    assert_true(n > 0);
    path[n] = 0;
    char *name = strrchr(path, '/') + 1;
    snprintf(name, sizeof path - (size_t)(name - path), "motcua");
    return path;
}

static const struct form_version *form_now(const char *name) { return form_on(str_of(name), civil_days(2026, 11, 21)); }

static json_t *example(const char *name, const char *address)
{
    json_t *doc = json_pack("{s:s, s:{s:s,s:s,s:s}, s:s, s:s, s:s, s:{s:s,s:s,s:s,s:s,s:s,s:s}, s:{s:s,s:s}, s:{s:s,s:s}, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
        "code", "H01.30292-261121-0007", "unit", "name", "Ủy ban nhân dân Phường Bình Đức", "above", "Tỉnh An Giang", "office", "Trung tâm Phục vụ hành chính công",
        "place", "Bình Đức", "date", "ngày 21 tháng 11 năm 2026", "track", "https://example.vn/tra-cuu?ma=H01.30292-261121-0007",
        "submitter", "name", name, "address", address, "phone", "0912345678", "email", "a@example.vn", "id", "099201000001", "id_label", "Số định danh cá nhân",
        "owner", "name", name, "address", address, "procedure", "name", "Đăng ký khai sinh", "code", "1.001193", "fee", "Không", "sets", "01", "limit", "Trong ngày",
        "received", "09 giờ 42 phút", "promised", "17 giờ 00 phút", "delivery", "Tại quầy", "clerk", "Nguyễn Thị Mai");
    assert_non_null(doc);
    json_t *papers = json_array();
    for (int i = 0; i < 4; i++)
        json_array_append_new(papers, json_pack("{s:s,s:s,s:s,s:s}", "name", "Tờ khai đăng ký khai sinh theo mẫu", "originals", "1", "certified", "", "copies", "2"));
    json_object_set_new(doc, "papers", papers);
    return doc;
}

static void test_every_form_can_be_read(void **state) /* by name and day, never by number alone */
{
    (void)state;
    assert_true(form_version_count >= 11);
    for (size_t i = 0; i < form_version_count; i++) {
        struct arena *a _arena_ = arena_new();
        struct form form;
        struct fail f = {0};
        if (form_read(a, str_of(form_versions[i].text), &form, &f))
            fail_msg("%s: %s", form_versions[i].name, f.item[0].param);
        assert_non_null(form.blocks);
        assert_true(*form_versions[i].basis && *form_versions[i].title);
    }
    const struct form_version *old = form_on(STR("xin-loi"), civil_days(2025, 9, 14)), *new = form_on(STR("xin-loi"), civil_days(2025, 9, 15));
    assert_string_equal(old->version, "2018");
    assert_string_equal(new->version, "2025");
    assert_string_not_equal(old->title, new->title);
    assert_null(form_on(STR("xin-loi"), civil_days(2010, 1, 1)));
    assert_null(form_on(STR("Mẫu số 01"), civil_days(2026, 1, 1)));
}

static void test_a_form_that_is_wrong_is_named_by_its_line(void **state)
{
    (void)state;
    static const char *const wrong[] = {"p {a", "end", "columns 60 50", "columns", "if", "else", "next", "table x\np y", "col 5 a | b", "table x\ncol 5 a", "page A3", "margin 1 2 3", "margin 1 2 3 900",
                                        "p(bald) x", "p(size=x) y", "p {a|lower}", "rule", "qr", "size 1", "copies a|b|c|d|e", "if a\np b", "what", "page A5\nmargin 60 60 60 60", "stamp {"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct arena *a _arena_ = arena_new();
        struct form form;
        struct fail f = {0};
        if (form_read(a, str_of(wrong[i]), &form, &f) != ERR_CORRUPT || strcmp(f.item[0].code, "print.form") != 0)
            fail_msg("taken: %s", wrong[i]);
    }
}

static void print(struct press *p, const char *form, const json_t *doc, struct buf *pdf)
{
    struct fail f = {0};
    buf_clear(pdf);
    enum err e = press_print(p, form_now(form), doc, pdf, &f);
    if (e)
        fail_msg("%s: %s %s", form, f.item[0].code, f.item[0].param);
    assert_true(pdf->n > 1000 && memcmp(pdf->p, "%PDF-", 5) == 0);
}

static void test_a_warm_receipt_is_quick(void **state)
{
    struct press *p = *state;
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    json_t *doc = example("Nguyễn Thị Hoàng Ánh", "Khóm 3, phường Bình Đức, tỉnh An Giang");
    print(p, "giay-hen", doc, &pdf);
    clockid_t clock;
    struct timespec cpu[2];
    clock_getcpuclockid(press_pid(p), &clock);
    clock_gettime(clock, &cpu[0]);
    int64_t best = INT64_MAX, from = time_monotonic_us();
    for (int i = 0; i < 100; i++) {
        int64_t one = time_monotonic_us();
        print(p, "giay-hen", doc, &pdf);
        one = time_monotonic_us() - one;
        best = one < best ? one : best;
    }
    clock_gettime(clock, &cpu[1]);
    long long used = ((cpu[1].tv_sec - cpu[0].tv_sec) * 1000000LL + (cpu[1].tv_nsec - cpu[0].tv_nsec) / 1000) / 100;
    print_message("# a receipt with its copy: best %lld us, mean %lld us, CPU of the child %lld us, %zu bytes\n", (long long)best,
                  (long long)(time_monotonic_us() - from) / 100, used, pdf.n);
    json_decref(doc);
}

static void test_whatever_fills_the_holes_is_text(void **state)
{
    struct press *p = *state;
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    static const char *const hostile[] = {"<b>&amp;</b><span size='999999'>x", "**x** {code} //y// {a|upper}", "\xe2\x80\xae" "evil\xe2\x80\x8f", "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "\n\n\n\n\r\t\x01\x02",
                                          "👩‍👩‍👧‍👦🇻🇳", "ក្រុងភ្នំពេញ", "שלום مرحبا", "", "ﷺﷺﷺﷺﷺﷺﷺﷺ", "%s%n%p", "\xef\xbf\xbf"};
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        json_t *doc = example(hostile[i], hostile[i]);
        for (size_t v = 0; v < form_version_count; v++)
            print(p, form_versions[v].name, doc, &pdf);
        json_decref(doc);
    }
    char *long_word = malloc(100001);
    memset(long_word, 'W', 100000);
    long_word[100000] = 0;
    json_t *doc = example(long_word, long_word), *empty = json_object(), *odd = json_pack("{s:i, s:[n,i,[]], s:n}", "unit", 1, "papers", 5, "submitter");
    for (size_t v = 0; v < form_version_count; v++) {
        print(p, form_versions[v].name, doc, &pdf);
        print(p, form_versions[v].name, empty, &pdf);
        print(p, form_versions[v].name, odd, &pdf);
    }
    json_decref(doc);
    json_decref(empty);
    json_decref(odd);
    free(long_word);
}

static json_t *rows(size_t n)
{
    json_t *doc = example("A", "B"), *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "code", "H01.30292-261121-0007", "procedure", "Đăng ký khai sinh có yếu tố nước ngoài", "name", "Nguyễn Thị Mai"));
    json_object_set_new(doc, "rows", list);
    return doc;
}

static void test_too_long_is_refused_and_the_press_lives(void **state)
{
    struct press *p = *state;
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    struct fail f = {0};
    json_t *doc = rows(20000);
    int pid = press_pid(p);
    int64_t from = time_monotonic_us();
    enum err e = press_print(p, form_now("so-theo-doi"), doc, &pdf, &f);
    bool in_time = time_monotonic_us() - from < (int64_t)PRESS_JOB_WAIT_MS * 1000; /* on a busy machine its first child may have been given up */
    assert_true(e == ERR_TOO_LARGE || e == ERR_UNAVAILABLE); /* pages, or CPU time under a sanitizer */
    json_decref(doc);
    doc = rows(300);
    print(p, "so-theo-doi", doc, &pdf);
    if (e == ERR_TOO_LARGE && in_time)
        assert_int_equal(press_pid(p), pid);
    json_decref(doc);
}

static void *killer(void *arg)
{
    for (int i = 0; i < 20; i++) {
        usleep(15000);
        int pid = press_pid(arg);
        if (pid > 0)
            kill(pid, SIGKILL);
    }
    return NULL;
}

static void test_a_child_that_is_killed_is_replaced(void **state)
{
    struct press *p = *state;
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    json_t *doc = example("Nguyễn Thị Mai", "Khóm 3");
    int before = press_pid(p);
    kill(before, SIGKILL);
    print(p, "giay-hen", doc, &pdf); /* nobody notices */
    assert_int_not_equal(press_pid(p), before);
    pthread_t t;
    pthread_create(&t, NULL, killer, p);
    int good = 0, refused = 0;
    for (int i = 0; i < 40; i++) {
        struct fail f = {0};
        buf_clear(&pdf);
        enum err e = press_print(p, form_now("giay-hen"), doc, &pdf, &f);
        assert_true(e == ERR_OK || e == ERR_UNAVAILABLE);
        good += !e;
        refused += e != 0;
    }
    pthread_join(t, NULL);
    print_message("# while it was killed 20 times: %d good, %d refused\n", good, refused);
    print(p, "giay-hen", doc, &pdf);
    json_decref(doc);
}

static void test_the_child_has_nothing_to_reach_us_with(void **state)
{
    struct press *p = *state;
    char path[64], text[4096];
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    json_t *doc = example("A", "B");
    print(p, "giay-hen", doc, &pdf);
    json_decref(doc);
    snprintf(path, sizeof path, "/proc/%d/status", press_pid(p));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
    assert_non_null(strstr(text, "NoNewPrivs:\t1"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && (defined(__x86_64__) || defined(__aarch64__))
    assert_non_null(strstr(text, "Seccomp:\t2"));
#endif
}

static int setup(void **state)
{
    *state = press_new(program());
    return 0;
}
static int teardown(void **state)
{
    press_free((struct press **)state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_can_be_read),
        cmocka_unit_test(test_a_form_that_is_wrong_is_named_by_its_line),
        cmocka_unit_test_setup_teardown(test_a_warm_receipt_is_quick, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whatever_fills_the_holes_is_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long_is_refused_and_the_press_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_child_that_is_killed_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_child_has_nothing_to_reach_us_with, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

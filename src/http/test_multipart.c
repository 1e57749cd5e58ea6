#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "http/multipart.h"
#include <stdio.h>

struct told {
    struct buf b;
    enum err refuse;
};
static enum err begin(void *arg, const struct part *p)
{
    struct told *t = arg;
    buf_printf(&t->b, "%.*s%s%.*s(%.*s)=", PRS(p->name), p->is_file ? "@" : "", PRS(p->file_name), PRS(p->type));
    return t->refuse;
}
static enum err data(void *arg, struct str bytes) { return buf_str(&((struct told *)arg)->b, bytes), ERR_OK; }
static enum err end(void *arg) { return buf_char(&((struct told *)arg)->b, ';'), ERR_OK; }

static enum err feed(const char *type, struct str body, size_t cut, struct told *t, struct fail *f)
{
    struct multipart *m _multipart_ = NULL;
    const struct multipart_to to = {begin, data, end, t};
    enum err e = multipart_new(str_of(type), &to, &m, f);
    for (size_t i = 0; i < body.n && !e; i += cut)
        e = multipart_feed(m, str_sub(body, i, cut), f);
    return e ? e : multipart_end(m, f);
}

#define TYPE "multipart/form-data; boundary=----b0"
#define PART(headers, content) "------b0\r\n" headers "\r\n\r\n" content "\r\n"
#define FIELD(name, content) PART("Content-Disposition: form-data; name=\"" name "\"", content)
#define FILE_PART(name, file, type, content) PART("Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\nContent-Type: " type, content)
#define CLOSE "------b0--\r\n"

static void test_fields_and_files_come_as_they_were_sent_wherever_the_pieces_are_cut(void **state)
{
    (void)state;
    static const char body[] = FIELD("csrf", "abc") FILE_PART("tep", "Giấy ủy quyền %22mới%22.pdf", "application/pdf", "\r\n------b1\r\n\r\n--x") FIELD("rong", "") CLOSE;
    for (size_t cut = 1; cut <= sizeof body; cut++) {
        struct told t = {.b = BUF_MAX(10000)};
        struct fail f = {0};
        assert_int_equal(feed(TYPE, STR(body), cut, &t, &f), ERR_OK);
        buf_char(&t.b, '\0');
        assert_string_equal(t.b.p, "csrf()=abc;tep@Giấy ủy quyền \"mới\".pdf(application/pdf)=\r\n------b1\r\n\r\n--x;rong()=;");
        buf_free(&t.b);
    }
}

static void test_a_path_is_no_part_of_a_name(void **state)
{
    (void)state;
    struct told t = {.b = BUF_MAX(1000)};
    struct fail f = {0};
    assert_int_equal(feed(TYPE, STR(FILE_PART("tep", "C:\\anh\\../a.png", "image/png", "x") CLOSE), 7, &t, &f), ERR_OK);
    buf_char(&t.b, '\0');
    assert_string_equal(t.b.p, "tep@a.png(image/png)=x;");
    buf_free(&t.b);
}

static void test_what_is_no_whole_form_is_refused(void **state)
{
    (void)state;
    static const struct { const char *type, *body; enum err e; } c[] = {
        {"application/x-www-form-urlencoded", "", ERR_TYPE}, {"multipart/form-data", "", ERR_TYPE}, {"multipart/form-data; boundary=\"", "", ERR_TYPE},
        {"multipart/form-data; boundary=", "", ERR_TYPE}, {"multipart/mixed; boundary=----b0", "", ERR_TYPE},
        {TYPE, "", ERR_MALFORMED}, {TYPE, FIELD("a", "b"), ERR_MALFORMED}, {TYPE, "------b0\r\nContent-Disposition: form-data; name=\"a\"", ERR_MALFORMED},
        {TYPE, PART("Content-Type: text/plain", "x") CLOSE, ERR_MALFORMED}, {TYPE, PART("Content-Disposition: attachment; name=\"a\"", "x") CLOSE, ERR_MALFORMED},
        {TYPE, PART("Content-Disposition: form-data; name=\"a", "x") CLOSE, ERR_MALFORMED}, {TYPE, "------b0 x\r\n\r\n" CLOSE, ERR_MALFORMED},
        {TYPE, "------b0\r\n\r\nno headers\r\n" CLOSE, ERR_MALFORMED}};
    for (size_t i = 0; i < ARRAY_LEN(c); i++) {
        struct told t = {.b = BUF_MAX(1000)};
        struct fail f = {0};
        assert_int_equal(feed(c[i].type, str_of(c[i].body), 5, &t, &f), c[i].e);
        assert_int_equal(f.n, 1);
        buf_free(&t.b);
    }
}

static void test_headers_and_parts_have_a_limit(void **state)
{
    (void)state;
    struct told t = {.b = BUF_MAX(10000)};
    struct buf b = BUF_MAX(1 << 20);
    struct fail f = {0};
    buf_c(&b, "------b0\r\nX: ");
    for (int i = 0; i < 200000; i++)
        buf_char(&b, 'a');
    assert_int_equal(feed(TYPE, buf_view(&b), 8192, &t, &f), ERR_MALFORMED);
    buf_clear(&b);
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
        buf_c(&b, FIELD("a", "b"));
    f = (struct fail){0};
    assert_int_equal(feed(TYPE, buf_view(&b), 8192, &t, &f), ERR_TOO_LARGE);
    assert_string_equal(f.item[0].code, "http.multipart-parts");
    buf_free(&b);
    buf_free(&t.b);
}

static void test_who_is_told_may_refuse(void **state)
{
    (void)state;
    struct told t = {.b = BUF_MAX(1000), .refuse = ERR_FORBIDDEN};
    struct fail f = {0};
    assert_int_equal(feed(TYPE, STR(FIELD("a", "b") FIELD("c", "d") CLOSE), 1000, &t, &f), ERR_FORBIDDEN);
    buf_char(&t.b, '\0');
    assert_string_equal(t.b.p, "a()=");
    buf_free(&t.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_and_files_come_as_they_were_sent_wherever_the_pieces_are_cut),
        cmocka_unit_test(test_a_path_is_no_part_of_a_name),
        cmocka_unit_test(test_what_is_no_whole_form_is_refused),
        cmocka_unit_test(test_headers_and_parts_have_a_limit),
        cmocka_unit_test(test_who_is_told_may_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

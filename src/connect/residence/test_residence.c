#include "connect/residence/residence_private.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void test_a_body_is_signed_as_rfc_4231_says(void **state)
{
    (void)state;
    char out[72], long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    residence_sign(STR("Jefe"), STR("what do ya want for nothing?"), out);
    assert_string_equal(out, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    residence_sign(str_bytes(long_key, sizeof long_key), STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    assert_string_equal(out, "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static struct dossier a_dossier(void)
{
    return (struct dossier){.code = STR("H01.30292-261123-0005"), .procedure = STR("1.004222"), .competent_unit = STR("30292.CAX"),
                            .competent_province = STR("91"), .linked_from = STR(""), .received_at = 1795402800000};
}

static void test_the_same_dossier_gives_the_same_message(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct dossier d = a_dossier();
    struct str body, again;
    json_t *personal = arena_json(a, json_loads("{\"parties\":[{\"role\":\"submitter\",\"name\":\"X\"},{\"role\":\"owner\",\"name\":\"Người Thử\","
                                                "\"birth_date\":\"1990-05-07\",\"sex\":\"female\",\"id_number\":\"099190000012\"}]}", 0, NULL));
    assert_int_equal(residence_message(a, (struct id){{1}}, &d, personal, &body), ERR_OK);
    assert_int_equal(residence_message(a, (struct id){{1}}, &d, personal, &again), ERR_OK);
    assert_true(str_eq(body, again));
    json_t *j = arena_json(a, json_loadb(body.p, body.n, 0, NULL));
    assert_int_equal(json_object_size(j), 9);
    assert_string_equal(json_string_value(json_object_get(j, "maThongDiep")), "01000000-0000-0000-0000-000000000000");
    assert_string_equal(json_string_value(json_object_get(j, "ngayTiepNhan")), "23/11/2026 10:00:00");
    assert_string_equal(json_string_value(json_object_get(j, "data")),
                        "{\"nycGioiTinh\":\"2\",\"nycHoTen\":\"Người Thử\",\"nycNgaySinh\":\"07.05.1990\",\"nycNoiCuTru\":\"\",\"nycSoDDCN\":\"099190000012\","
                        "\"nycSoDienThoai\":\"\"}");
}

static void test_a_dossier_without_an_owner_is_not_sent(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct dossier d = a_dossier();
    struct str body;
    assert_int_equal(residence_message(a, (struct id){{1}}, &d, arena_json(a, json_object()), &body), ERR_NOT_FOUND);
}

static enum err read(struct arena *a, const char *body, struct residence_outcome *o)
{
    return residence_read_outcome(a, str_of(body), STR("A"), o);
}

static void test_an_outcome_is_read(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct residence_outcome o;
    assert_int_equal(read(a, "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"B\",\"trangThai\":6},{\"maHoSoMCDT\":\"A\",\"trangThai\":4,\"noiDungXuLy\":\"xong\","
                             "\"ketQuaXuLy\":\"{\\\"soDangKy\\\":\\\"7\\\",\\\"maGiayToKetQua\\\":\\\"K\\\"}\"}]}", &o), ERR_OK);
    assert_int_equal(o.state, 4);
    assert_true(str_is(o.words, "xong") && str_is(o.number, "7") && str_is(o.result_code, "K"));
}

static void test_what_is_no_outcome_is_not_read(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct residence_outcome o;
    static const char *const bodies[] = {"", "{", "[]", "{}", "{\"status\":\"0\",\"value\":[]}", "{\"status\":\"1\",\"value\":{}}", "{\"status\":\"1\",\"value\":[]}",
                                         "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"B\",\"trangThai\":4}]}",
                                         "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"A\",\"trangThai\":\"4\"}]}",
                                         "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"A\",\"trangThai\":4,\"errors\":\"E\"}]}",
                                         "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"A\",\"trangThai\":4,\"ketQuaXuLy\":\"[]\"}]}"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_int_equal(read(a, bodies[i], &o), ERR_MALFORMED);
    assert_int_equal(read(a, "{\"status\":\"1\",\"value\":[{\"maHoSoMCDT\":\"A\",\"trangThai\":0,\"errors\":\"UNKNOWN_DOSSIER\"}]}", &o), ERR_NOT_FOUND);
}

static void test_nobody_there_is_unavailable(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct residence r = {.url = "http://127.0.0.1:1", .secret = "0123456789abcdef"};
    struct residence_answer answer = {0};
    assert_int_equal(residence_post(&r, a, "/x", STR("{}"), &answer), ERR_UNAVAILABLE);
    snprintf(r.url, sizeof r.url, "file:///etc");
    assert_int_equal(residence_post(&r, a, "/hostname", STR("{}"), &answer), ERR_UNAVAILABLE); /* only http and https */
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_is_signed_as_rfc_4231_says), cmocka_unit_test(test_the_same_dossier_gives_the_same_message),
        cmocka_unit_test(test_a_dossier_without_an_owner_is_not_sent), cmocka_unit_test(test_an_outcome_is_read),
        cmocka_unit_test(test_what_is_no_outcome_is_not_read), cmocka_unit_test(test_nobody_there_is_unavailable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

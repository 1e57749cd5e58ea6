#include "domain/account/account.h"
#include "support/store_fixture.h"
#include "support/toy.h"
#include <stdio.h>


#define NOW 1795000000000LL

static void test_codes_of_the_second_factor_are_those_of_rfc_6238(void **state)
{
    (void)state;
    static const struct { int64_t time; uint32_t code; } c[] = {{59, 287082}, {1111111109, 81804}, {1111111111, 50471}, {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    for (size_t i = 0; i < ARRAY_LEN(c); i++)
        assert_int_equal(second_factor_code((const unsigned char *)"12345678901234567890", c[i].time / 30), c[i].code);
}

struct bank {
    struct engine_room *room;
    struct db *db;
    struct arena *a;
    char text[SESSION_TEXT_BYTES + 1];
    struct fail f;
};

static enum err sign_in(struct bank *b, const char *login, const char *password, const char *code, int64_t now)
{
    b->f = (struct fail){0};
    return account_sign_in(b->room->writer, b->db, &b->room->keyring, &(struct sign_in){str_of(login), str_of(password), str_of(code), now}, b->text, &b->f);
}

static enum err session(struct bank *b, int64_t now, struct session *s) { return account_session(b->room->writer, b->db, b->a, str_of(b->text), now, s); }

static void open_bank(struct bank *b, void **state, const unsigned char *second)
{
    struct fixture *f = fixture_of(state);
    *b = (struct bank){.a = arena_new()};
    b->room = toy_room(f->store, 1, NULL);
    assert_int_equal(db_open(f->store, DB_READ, &b->db), ERR_OK);
    assert_int_equal(account_set(b->room->writer, &b->room->keyring, STR("lan"), ACCOUNT_STAFF, STR("Lan"), STR("mật khẩu dài"), second, NOW, &b->f), ERR_OK);
}

static void close_bank(struct bank *b)
{
    db_close(&b->db);
    arena_free(&b->a);
    toy_room_close(&b->room);
}

static void test_a_session_begins_by_the_password_and_ends_by_itself(void **state) /* */
{
    struct bank b;
    struct session s;
    open_bank(&b, state, NULL);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu sai", "", NOW), ERR_UNAUTHORISED);
    assert_string_equal(b.f.item[0].code, "account.wrong");
    assert_int_equal(sign_in(&b, "nobody", "mật khẩu dài", "", NOW), ERR_UNAUTHORISED);
    assert_string_equal(b.f.item[0].code, "account.wrong");
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_OK);
    assert_true(str_is(s.login, "lan") && str_is(s.display, "Lan") && s.kind == ACCOUNT_STAFF);
    assert_int_equal(session(&b, NOW + 61 * 60000, &s), ERR_UNAUTHORISED); /* an hour without a request */
    for (int64_t t = 0; t < 11 * 60; t += 50)
        assert_int_equal(session(&b, NOW + t * 60000, &s), ERR_OK);
    assert_int_equal(session(&b, NOW + 11 * 3600000LL, &s), ERR_UNAUTHORISED); /* the day is over, however busy */
    b.text[0] ^= 1;
    assert_int_equal(session(&b, NOW, &s), ERR_UNAUTHORISED);
    close_bank(&b);
}

static void test_whoever_guesses_is_locked_out_for_longer_each_time(void **state)
{
    struct bank b;
    open_bank(&b, state, NULL);
    for (int i = 0; i < 5; i++)
        assert_int_equal(sign_in(&b, "lan", "sai sai sai", "", NOW), ERR_UNAUTHORISED);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW + 59000), ERR_BUSY);
    for (int i = 0; i < 5; i++)
        (void)!sign_in(&b, "lan", "sai sai sai", "", NOW + 61000 + i * 61000LL);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW + 10 * 60000), ERR_OK); /* the right one ends it */
    assert_int_equal(sign_in(&b, "lan", "sai sai sai", "", NOW + 10 * 60000), ERR_UNAUTHORISED);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW + 10 * 60000), ERR_OK);
    close_bank(&b);
}

static void test_a_code_counts_once(void **state)
{
    static const unsigned char secret[SECOND_SECRET_BYTES + 1] = "12345678901234567890";
    struct bank b;
    char code[8];
    open_bank(&b, state, secret);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_UNAUTHORISED);
    assert_string_equal(b.f.item[0].code, "account.code-needed");
    snprintf(code, sizeof code, "%06u", second_factor_code(secret, NOW / 30000));
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "12345x", NOW), ERR_UNAUTHORISED);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", code, NOW), ERR_OK);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", code, NOW), ERR_UNAUTHORISED);
    assert_string_equal(b.f.item[0].code, "account.code-wrong");
    close_bank(&b);
}

static void test_a_new_password_and_signing_out_end_sessions(void **state)
{
    struct bank b;
    struct session s, other;
    open_bank(&b, state, NULL);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_OK);
    assert_int_equal(account_sign_out(b.room->writer, str_of(b.text)), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_UNAUTHORISED);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    assert_int_equal(session(&b, NOW, &other), ERR_OK);
    assert_false(str_eq(session_csrf(b.a, &b.room->keyring, &s), session_csrf(b.a, &b.room->keyring, &other)));
    assert_int_equal(account_set(b.room->writer, &b.room->keyring, STR("lan"), ACCOUNT_STAFF, STR("Lan"), STR("mật khẩu mới"), NULL, NOW, &b.f), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_UNAUTHORISED);
    assert_int_equal(account_set(b.room->writer, &b.room->keyring, STR("lan"), ACCOUNT_STAFF, STR("Lan"), STR("ngắn"), NULL, NOW, &b.f), ERR_INVALID);
    close_bank(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_of_the_second_factor_are_those_of_rfc_6238),
        BOTH_ENGINES(test_a_session_begins_by_the_password_and_ends_by_itself),
        BOTH_ENGINES(test_whoever_guesses_is_locked_out_for_longer_each_time),
        BOTH_ENGINES(test_a_code_counts_once),
        BOTH_ENGINES(test_a_new_password_and_signing_out_end_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

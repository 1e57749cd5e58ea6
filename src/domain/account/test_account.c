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

static void test_the_password_is_asked_again_and_wrong_ones_count(void **state)
{
    struct bank b;
    open_bank(&b, state, NULL);
    struct sign_in wrong = {STR("lan"), STR("sai sai sai"), STR(""), NOW}, right = {STR("lan"), STR("mật khẩu dài"), STR(""), NOW};
    assert_int_equal(account_confirm(b.room->writer, b.db, &right, &b.f), ERR_OK);
    for (int i = 0; i < 5; i++) {
        b.f = (struct fail){0};
        assert_int_equal(account_confirm(b.room->writer, b.db, &wrong, &b.f), ERR_UNAUTHORISED);
        assert_string_equal(b.f.item[0].code, "account.old-wrong");
    }
    b.f = (struct fail){0};
    assert_int_equal(account_confirm(b.room->writer, b.db, &right, &b.f), ERR_BUSY);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW + 59000), ERR_BUSY); /* the same lock */
    close_bank(&b);
}

static void test_another_password_keeps_the_second_factor_and_ends_sessions(void **state)
{
    static const unsigned char secret[SECOND_SECRET_BYTES + 1] = "12345678901234567890";
    struct bank b;
    struct session s;
    char code[8];
    bool second;
    open_bank(&b, state, secret);
    snprintf(code, sizeof code, "%06u", second_factor_code(secret, NOW / 30000));
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", code, NOW), ERR_OK);
    assert_int_equal(account_password(b.room->writer, STR("lan"), STR("ngắn"), NOW, &b.f), ERR_INVALID);
    b.f = (struct fail){0};
    assert_int_equal(account_password(b.room->writer, STR("nobody"), STR("mật khẩu mới"), NOW, &b.f), ERR_NOT_FOUND);
    b.f = (struct fail){0};
    assert_int_equal(account_password(b.room->writer, STR("lan"), STR("mật khẩu mới"), NOW, &b.f), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_UNAUTHORISED);
    assert_int_equal(account_has_second(b.db, STR("lan"), &second), ERR_OK);
    assert_true(second);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu mới", "", NOW), ERR_UNAUTHORISED);
    assert_string_equal(b.f.item[0].code, "account.code-needed");
    close_bank(&b);
}

static void test_the_second_factor_begins_with_a_code_of_its_own(void **state)
{
    static const unsigned char secret[SECOND_SECRET_BYTES + 1] = "12345678901234567890";
    struct bank b;
    struct session s, other;
    char code[8], first[SESSION_TEXT_BYTES + 1];
    bool second;
    open_bank(&b, state, NULL);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    memcpy(first, b.text, sizeof first);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_OK);
    assert_int_equal(account_second(b.room->writer, &b.room->keyring, &s, secret, STR("000000"), NOW, &b.f), ERR_INVALID);
    assert_int_equal(account_has_second(b.db, STR("lan"), &second), ERR_OK);
    assert_false(second);
    snprintf(code, sizeof code, "%06u", second_factor_code(secret, NOW / 30000));
    b.f = (struct fail){0};
    assert_int_equal(account_second(b.room->writer, &b.room->keyring, &s, secret, str_of(code), NOW, &b.f), ERR_OK);
    assert_int_equal(session(&b, NOW, &s), ERR_OK);
    assert_int_equal(account_session(b.room->writer, b.db, b.a, str_of(first), NOW, &other), ERR_UNAUTHORISED); /* only this one stays */
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", code, NOW), ERR_UNAUTHORISED); /* it was shown once already */
    b.f = (struct fail){0};
    assert_int_equal(account_second(b.room->writer, &b.room->keyring, &s, NULL, STR(""), NOW, &b.f), ERR_OK);
    assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW), ERR_OK);
    close_bank(&b);
}

static void test_sessions_are_listed_ended_and_forgotten(void **state)
{
    struct bank b;
    struct session s, other;
    struct session_line line[SESSIONS_SHOWN];
    size_t n;
    int64_t gone;
    open_bank(&b, state, NULL);
    assert_int_equal(account_set(b.room->writer, &b.room->keyring, STR("mai"), ACCOUNT_STAFF, STR("Mai"), STR("mật khẩu dài"), NULL, NOW, &b.f), ERR_OK);
    assert_int_equal(sign_in(&b, "mai", "mật khẩu dài", "", NOW), ERR_OK);
    assert_int_equal(session(&b, NOW, &other), ERR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sign_in(&b, "lan", "mật khẩu dài", "", NOW + i), ERR_OK);
    assert_int_equal(session(&b, NOW + 2, &s), ERR_OK);
    assert_int_equal(account_sessions(b.db, STR("lan"), NOW + 3, line, &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(line[0].hash.b, s.hash.b, HASH_BYTES);
    assert_int_equal(account_end_session(b.room->writer, STR("lan"), &other.hash), ERR_OK); /* not hers: nothing happens */
    assert_int_equal(account_end_session(b.room->writer, STR("lan"), &line[2].hash), ERR_OK);
    assert_int_equal(account_sessions(b.db, STR("lan"), NOW + 3, line, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_int_equal(account_end_others(b.room->writer, &s), ERR_OK);
    assert_int_equal(account_sessions(b.db, STR("lan"), NOW + 3, line, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(account_sessions(b.db, STR("mai"), NOW + 3, line, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(account_forget(b.room->writer, NOW + 3, 10, &gone), ERR_OK);
    assert_int_equal(gone, 0);
    assert_int_equal(account_forget(b.room->writer, NOW + 2 * 3600000LL, 1, &gone), ERR_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(account_forget(b.room->writer, NOW + 2 * 3600000LL, 10, &gone), ERR_OK);
    assert_int_equal(gone, 1);
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
        BOTH_ENGINES(test_the_password_is_asked_again_and_wrong_ones_count),
        BOTH_ENGINES(test_another_password_keeps_the_second_factor_and_ends_sessions),
        BOTH_ENGINES(test_the_second_factor_begins_with_a_code_of_its_own),
        BOTH_ENGINES(test_sessions_are_listed_ended_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

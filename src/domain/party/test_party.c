/* Rules of one declared party: numbers, phones, addresses, names, dates; each complaint with its place, and all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/timex.h"
#include "domain/party/party.h"
#include <stdio.h>
#include <string.h>

static int64_t day(const char *s)
{
    int64_t d;
    if (!date_parse(str_of(s), &d))
        fail_msg("no date: %s", s);
    return d;
}

/* --- personal numbers --- */

static const char *number(const char *n, const char *sex, const char *born, bool rehearsal)
{
    return personal_number_complaint(str_of(n), str_of(sex), born ? day(born) : INT64_MIN, rehearsal);
}

static void test_a_personal_number_has_twelve_digits_and_a_place(void **state)
{
    (void)state;
    assert_string_equal(number("001190000123", "", NULL, false), "");
    assert_string_equal(number("096190000123", "", NULL, false), "");
    static const char *const forms[] = {"", "00119000012", "0011900001234", "00119000012a", "001 19000012", "００１１９００００１２３"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        assert_string_equal(number(forms[i], "", NULL, false), "party.personal-number-form");
    static const char *const places[] = {"000190000123", "097190000123", "099190000123", "100190000123", "999190000123"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        assert_string_equal(number(places[i], "", NULL, false), "party.personal-number-place");
}

static void test_in_a_rehearsal_only_the_unassigned_place_is_taken(void **state)
{
    (void)state;
    assert_string_equal(number("099190000123", "", NULL, true), "");
    assert_string_equal(number("001190000123", "", NULL, true), "party.personal-number-rehearsal"); /* no real person gets in */
    assert_string_equal(number("096190000123", "", NULL, true), "party.personal-number-rehearsal");
}

static void test_a_number_agrees_with_sex_century_and_year_of_birth(void **state)
{
    (void)state;
    for (int year = 1900; year < 2200; year++) {
        for (int female = 0; female <= 1; female++) {
            char n[16], born[16];
            int digit = (year - 1900) / 100 * 2 + female;
            snprintf(n, sizeof n, "001%d%02d000123", digit, year % 100);
            snprintf(born, sizeof born, "%04d-02-28", year);
            assert_string_equal(number(n, female ? "female" : "male", born, false), "");
            assert_string_equal(number(n, female ? "male" : "female", born, false), "party.personal-number-sex");
            assert_string_equal(number(n, "", born, false), "");
            snprintf(born, sizeof born, "%04d-02-28", year + 1);
            assert_string_equal(number(n, "", born, false), "party.personal-number-birth");
            snprintf(born, sizeof born, "%04d-02-28", year < 2100 ? year + 100 : year - 100);
            assert_string_equal(number(n, "", born, false), "party.personal-number-birth");
        }
    }
}

/* --- tax codes --- */

static void test_a_tax_code_has_ten_or_thirteen_digits_with_a_check_digit_or_is_a_personal_number(void **state)
{
    (void)state;
    static const char *const right[] = {"0100109106", "0100109106-001", "0100109106001", "0300588569", "001190000123"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        if (tax_code_complaint(str_of(right[i]))[0])
            fail_msg("%s", right[i]);
    static const char *const forms[] = {"", "010010910", "01001091061", "0100109106-01", "0100109106-0001", "0100109106-", "0100109106--01", "01001O9106", "0100109106_001", "00119000012x", "-001"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (strcmp(tax_code_complaint(str_of(forms[i])), "party.tax-code-form") != 0)
            fail_msg("%s: %s", forms[i], tax_code_complaint(str_of(forms[i])));
}

/* Every single slip of a digit, and every swap of neighbours that differ, is found. */
static void test_the_check_digit_finds_each_single_slip(void **state)
{
    (void)state;
    static const char *const right[] = {"0100109106", "0300588569", "0100109106-001"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        for (size_t at = 0; at < 10; at++) {
            for (char c = '0'; c <= '9'; c++) {
                char slip[20];
                snprintf(slip, sizeof slip, "%s", right[i]);
                if (slip[at] == c)
                    continue;
                slip[at] = c;
                assert_string_equal(tax_code_complaint(str_of(slip)), "party.tax-code-check");
            }
        }
        for (size_t at = 0; at + 1 < 9; at++) {
            char swap[20];
            snprintf(swap, sizeof swap, "%s", right[i]);
            swap[at] = right[i][at + 1];
            swap[at + 1] = right[i][at];
            assert_string_equal(tax_code_complaint(str_of(swap)), swap[at] == swap[at + 1] ? "" : "party.tax-code-check");
        }
    }
}

/* --- phones, e-mail --- */

static void test_phones_are_written_with_a_leading_zero_however_typed(void **state)
{
    (void)state;
    static const struct { const char *in, *out; } is[] = {
        {"0912345678", "0912345678"}, {"0912 345 678", "0912345678"}, {"091.234.5678", "0912345678"}, {"+84912345678", "0912345678"}, {"+84 (91) 234-5678", "0912345678"},
        {"84912345678", "0912345678"}, {"02963812345", "02963812345"}, {"+842963812345", "02963812345"}, {"0333333333", "0333333333"},
        {"", NULL}, {"0", NULL}, {"+", NULL}, {"+84", NULL}, {"912345678", NULL}, {"0112345678", NULL}, {"091234567", NULL}, {"09123456789", NULL}, {"0912345678x", NULL},
        {"+1 202 555 0100", NULL}, {"09123456780000000000", NULL}, {"++84912345678", NULL}, {"0912345678;", NULL}, {"84", NULL}, {"８４９１２３４５６７８", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        char out[16];
        bool ok = phone_normalise(str_of(is[i].in), out);
        if (ok != (is[i].out != NULL) || (ok && strcmp(out, is[i].out) != 0))
            fail_msg("'%s' gives %s", is[i].in, ok ? out : "no");
    }
}

static void test_an_e_mail_address_is_plausible_or_not(void **state)
{
    (void)state;
    static const char *const right[] = {"a@b.vn", "hoa.nguyen+hs@mail.example.vn"};
    static const char *const bad[] = {"", "a", "@b.vn", "a@b", "a@.vn", "a@b.", "a@b@c.vn", "a b@c.vn", "a@b.vn\nBcc: x@y.vn", "ệ@b.vn", "\"a\"@b.vn", "a@b.vn,c@d.vn", "<a@b.vn>"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        assert_true(email_plausible(str_of(right[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (email_plausible(str_of(bad[i])))
            fail_msg("%s", bad[i]);
    char longest[200];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 190, "@b.vn", 6);
    assert_false(email_plausible(str_of(longest)));
}

/* --- a party --- */

struct checked {
    json_t *party; /* NULL: refused */
    struct fail f;
};

static struct checked check(struct arena *a, const char *fields)
{
    struct checked r = {0};
    size_t n = strlen(fields) + 3;
    char *text = arena_alloc(a, n);
    snprintf(text, n, "{%s}", fields);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *in = json_loads(text, 0, NULL);
    if (!in)
        fail_msg("%s", text);
    struct party_context c = {a, true, day("2026-11-21")};
    r.party = party_check(&c, in, "/parties/0", &r.f);
    json_decref(in);
    return r;
}

#define PERSON "'role': 'owner', 'kind': 'person', 'name': 'Nguyễn Thị Hoa'"
static void refused(struct arena *a, const char *fields, const char *pointer, const char *code)
{
    struct checked r = check(a, fields);
    bool said = false;
    for (size_t i = 0; i < r.f.n; i++)
        said |= strcmp(r.f.item[i].pointer, pointer) == 0 && strcmp(r.f.item[i].code, code) == 0;
    if (r.party || !said || r.f.err != ERR_INVALID)
        fail_msg("%s: %s %s instead of %s %s", fields, r.f.n ? r.f.item[0].pointer : "", r.f.n ? r.f.item[0].code : "", pointer, code);
}

static void taken(struct arena *a, const char *fields, const char *field, const char *value)
{
    struct checked r = check(a, fields);
    if (!r.party)
        fail_msg("%s: %s %s", fields, r.f.item[0].pointer, r.f.item[0].code);
    const char *got = json_string_value(json_object_get(r.party, field));
    if ((got == NULL) != (value == NULL) || (value && strcmp(got, value) != 0))
        fail_msg("%s: %s is %s", fields, field, got ? got : "absent");
    json_decref(r.party);
}

static void test_names_are_neat_and_in_one_form(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    taken(a, "'role': 'owner', 'kind': 'person', 'name': '  NGUYỄN   THỊ HOA '", "name", "Nguyễn Thị Hoa");
    taken(a, "'role': 'owner', 'kind': 'person', 'name': 'Nguye\\u0302\\u0303n Thi\\u0323 Hoa'", "name", "Nguyễn Thị Hoa"); /* NFD */
    taken(a, "'role': 'owner', 'kind': 'organisation', 'name': 'CÔNG TY TNHH A&B'", "name", "CÔNG TY TNHH A&B"); /* as registered */
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 'A\\u0007B'", "/parties/0/name", "field.characters");
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 'A\\u202eB'", "/parties/0/name", "field.characters"); /* would print reversed */
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 'A\\u2066B'", "/parties/0/name", "field.characters");
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 'A\\nB'", "/parties/0/name", "field.characters");
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 'Hoa 😀'", "/parties/0/name", "field.characters");
    refused(a, "'role': 'owner', 'kind': 'person', 'name': '   '", "/parties/0/name", "field.required");
    refused(a, "'role': 'owner', 'kind': 'person'", "/parties/0/name", "field.required");
    refused(a, "'role': 'owner', 'kind': 'person', 'name': 12", "/parties/0/name", "field.not-text");
    char *name = arena_alloc(a, 300);
    for (int n = 200; n <= 201; n++) { /* 200 bytes fit, 201 do not */
        memset(name, 'b', (size_t)n);
        name[0] = 'A';
        name[n] = '\0';
        const char *fields = str_printf(a, "'role': 'owner', 'kind': 'person', 'name': '%s'", name).p;
        if (n == 200)
            taken(a, fields, "name", name);
        else
            refused(a, fields, "/parties/0/name", "field.too-long");
    }
}

static void test_birth_dates_are_real_and_within_a_life(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    taken(a, PERSON ", 'birth_date': '2026-11-21'", "birth_date", "2026-11-21"); /* born today */
    taken(a, PERSON ", 'birth_date': '1900-01-01'", "birth_date", "1900-01-01");
    refused(a, PERSON ", 'birth_date': '2026-11-22'", "/parties/0/birth_date", "party.birth-date");
    refused(a, PERSON ", 'birth_date': '2025-02-29'", "/parties/0/birth_date", "party.birth-date");
    refused(a, PERSON ", 'birth_date': '1876-11-21'", "/parties/0/birth_date", "party.birth-date"); /* 150 years ago */
    refused(a, PERSON ", 'birth_date': '21/11/2000'", "/parties/0/birth_date", "party.birth-date");
    refused(a, PERSON ", 'birth_date': 20001121", "/parties/0/birth_date", "field.not-text");
    refused(a, PERSON ", 'birth_date': '2000-11-21T00:00'", "/parties/0/birth_date", "field.too-long");
}

static void test_identifiers_follow_their_kind(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    taken(a, PERSON, "id_number", NULL); /* a newborn has none */
    taken(a, PERSON ", 'id_type': 'personal_number', 'id_number': '099 190 000.123'", "id_number", "099190000123");
    taken(a, PERSON ", 'id_type': 'passport', 'id_number': 'c1234567'", "id_number", "C1234567");
    taken(a, "'role': 'owner', 'kind': 'organisation', 'name': 'A', 'id_type': 'tax_code', 'id_number': '0100109106-001'", "id_number", "0100109106-001");
    taken(a, PERSON ", 'sex': 'other', 'id_type': 'personal_number', 'id_number': '099190000123'", "sex", "other");
    refused(a, PERSON ", 'id_type': 'personal_number'", "/parties/0/id_number", "field.required");
    refused(a, PERSON ", 'id_number': '099190000123'", "/parties/0/id_type", "field.required");
    refused(a, PERSON ", 'id_type': 'library_card', 'id_number': '1'", "/parties/0/id_type", "party.id-type");
    refused(a, PERSON ", 'id_type': 'personal_number', 'id_number': '001190000123'", "/parties/0/id_number", "party.personal-number-rehearsal");
    refused(a, PERSON ", 'sex': 'male', 'id_type': 'personal_number', 'id_number': '099190000123'", "/parties/0/id_number", "party.personal-number-sex");
    refused(a, PERSON ", 'birth_date': '1991-01-01', 'id_type': 'personal_number', 'id_number': '099190000123'", "/parties/0/id_number", "party.personal-number-birth");
    refused(a, PERSON ", 'id_type': 'tax_code', 'id_number': '0100109107'", "/parties/0/id_number", "party.tax-code-check");
    refused(a, PERSON ", 'id_type': 'passport', 'id_number': 'Đ1'", "/parties/0/id_number", "party.passport-form");
}

static void test_roles_kinds_and_sexes_are_known_ones(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const roles[] = {"owner", "submitter", "representative", "subject", "spouse", "parent", "child", "guardian", "witness", "co_owner", "heir", "other"};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        assert_true(party_role_known(str_of(roles[i])));
    assert_false(party_role_known(STR("")) || party_role_known(STR("Owner")) || party_role_known(STR("boss")));
    refused(a, "'role': 'boss', 'kind': 'person', 'name': 'A'", "/parties/0/role", "party.role");
    refused(a, "'kind': 'person', 'name': 'A'", "/parties/0/role", "field.required");
    refused(a, "'role': 'owner', 'kind': 'robot', 'name': 'A'", "/parties/0/kind", "party.kind");
    refused(a, "'role': 'owner', 'name': 'A'", "/parties/0/kind", "field.required");
    refused(a, PERSON ", 'sex': 'M'", "/parties/0/sex", "party.sex");
    refused(a, PERSON ", 'phone': '12'", "/parties/0/phone", "party.phone");
    refused(a, PERSON ", 'email': 'a@b'", "/parties/0/email", "party.email");
    refused(a, PERSON ", 'address': ['x']", "/parties/0/address", "field.not-text");
    refused(a, PERSON ", 'territory': '12345678901'", "/parties/0/territory", "field.too-long");
    taken(a, PERSON ", 'phone': '+84 912 345 678', 'email': null", "phone", "0912345678");
}

static void test_all_complaints_come_at_once(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct checked r = check(a, "'role': 'boss', 'kind': 'robot', 'name': '', 'sex': 'x', 'birth_date': 'soon', 'id_type': 'passport', 'id_number': '?', 'phone': '1', 'email': 'e'");
    static const char *const pointers[] = {"role", "kind", "name", "sex", "birth_date", "id_number", "phone", "email"};
    assert_null(r.party);
    assert_int_equal(r.f.n, ARRAY_LEN(pointers));
    for (size_t i = 0; i < ARRAY_LEN(pointers); i++)
        assert_string_equal(r.f.item[i].pointer + strlen("/parties/0/"), pointers[i]);
    struct party_context c = {a, true, day("2026-11-21")};
    struct fail f = {0};
    json_t *list = json_array();
    assert_null(party_check(&c, list, "/parties/3", &f));
    json_decref(list);
    assert_string_equal(f.item[0].pointer, "/parties/3");
    assert_string_equal(f.item[0].code, "field.not-object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_personal_number_has_twelve_digits_and_a_place),
        cmocka_unit_test(test_in_a_rehearsal_only_the_unassigned_place_is_taken),
        cmocka_unit_test(test_a_number_agrees_with_sex_century_and_year_of_birth),
        cmocka_unit_test(test_a_tax_code_has_ten_or_thirteen_digits_with_a_check_digit_or_is_a_personal_number),
        cmocka_unit_test(test_the_check_digit_finds_each_single_slip),
        cmocka_unit_test(test_phones_are_written_with_a_leading_zero_however_typed),
        cmocka_unit_test(test_an_e_mail_address_is_plausible_or_not),
        cmocka_unit_test(test_names_are_neat_and_in_one_form),
        cmocka_unit_test(test_birth_dates_are_real_and_within_a_life),
        cmocka_unit_test(test_identifiers_follow_their_kind),
        cmocka_unit_test(test_roles_kinds_and_sexes_are_known_ones),
        cmocka_unit_test(test_all_complaints_come_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

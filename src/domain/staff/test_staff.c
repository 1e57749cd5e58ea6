/* Rules of who may, since when, on whose decision: the life of an account, tokens, delegation, and the command line. */
#include "domain/staff/staff_test.h"

/* --- lifecycle --- */

static void test_an_account_lives_from_registration_to_deactivation_and_back(void **state) /* */
{
    WORLD(w);
    struct actor who;
    assert_int_equal(person(w, "lan.nguyen", &who), ERR_NOT_FOUND);
    register_one(w, "30292", "lan.nguyen", "person");
    assert_int_equal(person(w, "staff:lan.nguyen", &who), ERR_OK);
    assert_true(str_is(who.id, "staff:lan.nguyen") && str_is(who.unit, "30292"));
    assert_int_equal(roles_now(w, &who), 0);
    assert_int_equal(who.audiences, 0);
    assert_int_equal(grant(w, "lan.nguyen", "clerk", "30292", 0, 0), ERR_OK);
    assert_int_equal(person(w, "lan.nguyen", &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), ROLE_BIT(ROLE_CLERK));
    assert_true(actor_sees(&who, STR("u:30292")));
    assert_refused(w, grant(w, "lan.nguyen", "clerk", "30292", 0, 0), ERR_CONFLICT, "staff.granted-already");
    w->now += MS_HOUR;
    assert_int_equal(by_system(w, "lan.nguyen", "staff_revoke", json_pack("{ssssss}", "role", "clerk", "unit", "30292", "reason", "chuyển việc")), ERR_OK);
    assert_int_equal(person(w, "lan.nguyen", &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), 0);
    assert_refused(w, by_system(w, "lan.nguyen", "staff_revoke", json_pack("{ssssss}", "role", "clerk", "unit", "30292", "reason", "lại")), ERR_CONFLICT,
                   "staff.not-granted");
    assert_int_equal(grant(w, "lan.nguyen", "officer", "30292", 0, 0), ERR_OK);
    assert_int_equal(by_system(w, "lan.nguyen", "staff_deactivate", json_pack("{ss}", "reason", "nghỉ việc")), ERR_OK);
    assert_refused(w, person(w, "lan.nguyen", &who), ERR_UNAUTHORISED, "staff.inactive");
    assert_refused(w, grant(w, "lan.nguyen", "clerk", "30292", 0, 0), ERR_CONFLICT, "staff.inactive");
    assert_int_equal(by_system(w, "lan.nguyen", "staff_reactivate", json_object()), ERR_OK);
    assert_int_equal(person(w, "lan.nguyen", &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), ROLE_BIT(ROLE_OFFICER));
    assert_refused(w, by_system(w, "lan.nguyen", "staff_reactivate", json_object()), ERR_CONFLICT, "staff.active");
    world_close(w);
}

static void test_a_login_is_given_once(void **state) /* no shared accounts */
{
    WORLD(w);
    register_one(w, "30292", "an", "person");
    assert_refused(w, command_as(w, &w->system, "91", NULL, "staff_register", json_pack("{ssssss}", "login", "an", "kind", "person", "display", "B")),
                   ERR_CONFLICT, "login.taken");
    static const char *const wrong[] = {"", "a", "An", "a b", "ă.b", "tên", "a/b", "abcdefghijabcdefghijabcdefghijabcdefghij1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(command_as(w, &w->system, "91", NULL, "staff_register",
                                    json_pack("{ssssss}", "login", wrong[i], "kind", "person", "display", "B")), ERR_INVALID);
    assert_int_equal(fixture_int(w->f, "SELECT count(*) FROM staff"), 1);
    world_close(w);
}

static void test_every_refusal_says_where_and_why(void **state)
{
    WORLD(w);
    register_one(w, "30292", "an", "person");
    register_one(w, "30292", "robot", "machine");
    static const struct { const char *login, *type, *payload, *pointer, *code; enum err err; } is[] = {
        {"an", "staff_grant", "{\"role\":\"king\",\"unit\":\"30292\",\"basis\":\"QĐ\"}", "/role", "role.unknown", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"system\",\"unit\":\"30292\",\"basis\":\"QĐ\"}", "/role", "role.not-for-staff", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"citizen\",\"unit\":\"30292\",\"basis\":\"QĐ\"}", "/role", "role.not-for-staff", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"connector\",\"unit\":\"30292\",\"basis\":\"QĐ\"}", "/role", "role.machine-only", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"nowhere\",\"basis\":\"QĐ\"}", "/unit", "unit.unknown", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"00004\",\"basis\":\"QĐ\"}", "/unit", "unit.other-province", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"30292\"}", "/basis", "field.required", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"30292\",\"basis\":\"QĐ\",\"from\":\"tomorrow\"}", "/from", "field.time", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"30292\",\"basis\":\"QĐ\",\"from\":\"2026-11-20T09:00:00+07:00\"}", "/from", "date.past", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"30292\",\"basis\":\"QĐ\",\"to\":\"2026-11-21T08:00:00+07:00\"}", "/to", "date.order", ERR_INVALID},
        {"an", "staff_grant", "{\"role\":7,\"unit\":\"30292\",\"basis\":\"QĐ\"}", "/role", "field.not-text", ERR_INVALID},
        {"an", "staff_revoke", "{\"role\":\"clerk\",\"unit\":\"30292\"}", "/reason", "field.required", ERR_INVALID},
        {"an", "staff_delegate", "{\"role\":\"clerk\",\"from_unit\":\"91\",\"decision\":\"5/QĐ\"}", "/to", "field.required", ERR_INVALID},
        {"an", "staff_delegate", "{\"role\":\"clerk\",\"from_unit\":\"91\",\"to\":\"2026-12-01T00:00:00+07:00\"}", "/decision", "field.required", ERR_INVALID},
        {"an", "staff_delegate", "{\"role\":\"administrator\",\"from_unit\":\"91\",\"decision\":\"5\",\"to\":\"2026-12-01T00:00:00+07:00\"}", "/role", "role.not-delegated", ERR_INVALID},
        {"an", "staff_delegate", "{\"role\":\"clerk\",\"from_unit\":\"91\",\"decision\":\"5\",\"to\":\"2026-12-01T00:00:00+07:00\",\"procedures\":[\"9.9\"]}", "/procedures/0", "procedure.unknown", ERR_INVALID},
        {"an", "staff_end_delegation", "{\"decision\":\"5\"}", "", "staff.not-delegated", ERR_CONFLICT},
        {"an", "staff_clear", "{\"basis\":\"QĐ\"}", "/to", "field.required", ERR_INVALID},
        {"an", "staff_deactivate", "{}", "/reason", "field.required", ERR_INVALID},
        {"an", "token_issue", "{\"hash\":\"12\",\"role\":\"clerk\",\"unit\":\"30292\"}", "/hash", "field.hash", ERR_INVALID},
        {"an", "token_revoke", "{\"hash\":\"12\",\"reason\":\"x\"}", "/hash", "field.hash", ERR_INVALID},
        {"an", "staff_dance", "{}", "/type", "command.unknown", ERR_INVALID},
        {"robot", "staff_grant", "{\"role\":\"clerk\",\"unit\":\"30292\",\"basis\":\"QĐ\"}", "", "staff.machine-has-no-grants", ERR_CONFLICT},
        {"robot", "staff_delegate", "{}", "", "staff.machine-has-no-grants", ERR_CONFLICT}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        enum err e = by_system(w, is[i].login, is[i].type, json_loads(is[i].payload, 0, NULL));
        bool found = false;
        for (size_t n = 0; n < w->fail.n; n++)
            found |= strcmp(w->fail.item[n].code, is[i].code) == 0 && strcmp(w->fail.item[n].pointer, is[i].pointer) == 0;
        if (e != is[i].err || !found)
            fail_msg("%s %s: %s, %s at '%s'", is[i].type, is[i].payload, err_info(e)->name, w->fail.item[0].code, w->fail.item[0].pointer);
    }
    assert_int_equal(fixture_int(w->f, "SELECT count(*) FROM event"), 2);
    world_close(w);
}

/* --- who may --- */

static void test_an_administrator_gives_roles_in_her_unit_and_never_to_herself(void **state) /* */
{
    WORLD(w);
    struct actor boss, clerk;
    char token[64];
    register_one(w, "30292", "boss", "person");
    register_one(w, "30292", "an", "person");
    register_one(w, "30292", "robot", "machine");
    assert_int_equal(grant(w, "boss", "administrator", "30292", 0, 0), ERR_OK);
    assert_int_equal(person(w, "boss", &boss), ERR_OK);
    assert_int_equal(boss.audiences, 0); /* keeps accounts and sees no dossier */
    json_t *clerk_here = arena_json(w->a, json_pack("{ssssss}", "role", "clerk", "unit", "30292", "basis", "QĐ 1"));
    json_t *clerk_there = arena_json(w->a, json_pack("{ssssss}", "role", "clerk", "unit", "91", "basis", "QĐ 1"));
    assert_int_equal(command_as(w, &boss, "", "an", "staff_grant", json_incref(clerk_here)), ERR_OK);
    assert_refused(w, command_as(w, &boss, "", "an", "staff_grant", json_incref(clerk_there)), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, command_as(w, &boss, "", "boss", "staff_grant", json_incref(clerk_here)), ERR_FORBIDDEN, "rights.four-eyes");
    assert_refused(w, command_as(w, &boss, "", "boss", "staff_clear", json_pack("{ssss}", "to", "2027-01-01T00:00:00+07:00", "basis", "QĐ")),
                   ERR_FORBIDDEN, "rights.four-eyes");
    assert_refused(w, command_as(w, &boss, "", "boss", "staff_delegate",
                                 json_pack("{ssssssss}", "role", "clerk", "from_unit", "30292", "to", "2027-01-01T00:00:00+07:00", "decision", "1")),
                   ERR_FORBIDDEN, "rights.four-eyes");
    assert_int_equal(command_as(w, &boss, "30292", NULL, "staff_register", json_pack("{ssssss}", "login", "binh", "kind", "person", "display", "B")), ERR_OK);
    assert_refused(w, command_as(w, &boss, "91", NULL, "staff_register", json_pack("{ssssss}", "login", "chi", "kind", "person", "display", "C")),
                   ERR_FORBIDDEN, "rights.role");
    assert_int_equal(person(w, "an", &clerk), ERR_OK);
    assert_refused(w, command_as(w, &clerk, "", "binh", "staff_grant", json_incref(clerk_here)), ERR_FORBIDDEN, "rights.role");
    /* A token that she issued she could use: only a connector's. */
    struct entropy e = entropy_system();
    unsigned char hash[HASH_BYTES];
    char hex[65];
    token_make(&e, token, hash);
    hex_format(hash, sizeof hash, hex);
    assert_refused(w, command_as(w, &boss, "", "robot", "token_issue", json_pack("{ssssss}", "hash", hex, "role", "leader", "unit", "30292")),
                   ERR_FORBIDDEN, "rights.four-eyes");
    assert_refused(w, command_as(w, &boss, "", "an", "token_issue", json_pack("{ssssss}", "hash", hex, "role", "clerk", "unit", "30292")),
                   ERR_FORBIDDEN, "rights.four-eyes");
    assert_int_equal(command_as(w, &boss, "", "robot", "token_issue", json_pack("{ssssss}", "hash", hex, "role", "connector", "unit", "30292")), ERR_OK);
    assert_refused(w, by_system(w, "robot", "token_issue", json_pack("{ssssss}", "hash", hex, "role", "connector", "unit", "30292")), ERR_CONFLICT,
                   "token.exists");
    assert_int_equal(command_as(w, &boss, "", "robot", "token_revoke", json_pack("{ssss}", "hash", hex, "reason", "lộ")), ERR_OK);
    world_close(w);
}

static void test_a_second_account_of_the_same_person_is_no_way_around(void **state) /* */
{
    WORLD(w);
    struct actor boss;
    const char *number = "099190000001";
    assert_int_equal(command_as(w, &w->system, "30292", NULL, "staff_register",
                                json_pack("{ssssssss}", "login", "boss", "kind", "person", "display", "B", "personal_number", number)), ERR_OK);
    assert_int_equal(command_as(w, &w->system, "30292", NULL, "staff_register",
                                json_pack("{ssssssss}", "login", "boss2", "kind", "person", "display", "B", "personal_number", number)), ERR_OK);
    assert_int_equal(grant(w, "boss", "administrator", "30292", 0, 0), ERR_OK);
    assert_int_equal(person(w, "boss", &boss), ERR_OK);
    assert_refused(w, command_as(w, &boss, "", "boss2", "staff_grant", json_pack("{ssssss}", "role", "leader", "unit", "30292", "basis", "QĐ")),
                   ERR_FORBIDDEN, "rights.four-eyes");
    assert_refused(w, command_as(w, &boss, "30292", NULL, "staff_register",
                                 json_pack("{ssssssss}", "login", "boss3", "kind", "person", "display", "B", "personal_number", number)),
                   ERR_FORBIDDEN, "rights.four-eyes");
    /* The audience of her own dossiers is the one that dossiers write. */
    struct hash h = personal_hash(&w->room.keyring, "personal_number", str_of(number));
    char hex[33];
    hex_format(h.b, 16, hex);
    assert_true(actor_sees(&boss, str_printf(w->a, "o:%s", hex)));
    world_close(w);
}

static void test_what_is_personal_stands_sealed_in_the_ledger(void **state)
{
    WORLD(w);
    assert_int_equal(command_as(w, &w->system, "30292", NULL, "staff_register",
                                json_pack("{ssssssss}", "login", "an", "kind", "person", "display", "Trần Thị Kín", "personal_number", "099190000001")), ERR_OK);
    assert_int_equal(by_system(w, "an", "staff_deactivate", json_pack("{ss}", "reason", "nghỉ thai sản")), ERR_OK);
    struct rows r _rows_ = {0};
    assert_int_equal(db_raw_query(w->db, &r, "SELECT payload FROM event"), ERR_OK);
    int n = 0;
    while (rows_next(&r)) {
        n++;
        assert_true(str_find(row_str(&r, 0), STR("Trần")) < 0 && str_find(row_str(&r, 0), STR("thai")) < 0 && str_find(row_str(&r, 0), STR("0991")) < 0
                    && str_find(row_str(&r, 0), STR("personal_hash")) < 0);
        assert_true(str_find(row_str(&r, 0), STR("sealed")) > 0);
    }
    assert_int_equal(n, 2);
    assert_int_equal(rows_end(&r), ERR_OK);
    world_close(w);
}

/* --- tokens --- */

static void test_a_token_is_random_and_only_its_hash_is_kept(void **state) /* */
{
    (void)state;
    struct entropy e = entropy_system();
    char one[64], two[64];
    unsigned char h1[HASH_BYTES], h2[HASH_BYTES];
    struct hash again;
    token_make(&e, one, h1);
    token_make(&e, two, h2);
    assert_int_equal(strlen(one), TOKEN_TEXT_BYTES);
    assert_true(strncmp(one, "mc_", 3) == 0 && strcmp(one, two) != 0 && memcmp(h1, h2, sizeof h1) != 0);
    assert_int_equal(strspn(one + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), TOKEN_TEXT_BYTES - 3);
    assert_true(token_hash(str_of(one), &again) && memcmp(again.b, h1, sizeof h1) == 0);
    assert_false(token_hash(STR(""), &again) || token_hash(STR("mc_"), &again) || token_hash(str_of(one + 1), &again));
}

static void test_a_machine_has_the_role_of_its_token_and_nothing_else(void **state)
{
    WORLD(w);
    struct actor who;
    char token[64];
    register_one(w, "30292", "robot", "machine");
    assert_int_equal(issue(w, "robot", "clerk", "30292", 0, token), ERR_OK);
    assert_int_equal(bearer(w, token, &who), ERR_OK);
    assert_true(str_is(who.id, "machine:robot") && str_is(who.unit, "30292") && actor_sees(&who, STR("u:30292")));
    assert_int_equal(who.audiences, 1);
    assert_int_equal(roles_over(rules.org, who.principal, STR("30292"), STR(""), w->now), ROLE_BIT(ROLE_CLERK));
    assert_int_equal(roles_over(rules.org, who.principal, STR("91"), STR(""), w->now), 0);
    assert_int_equal(person(w, "robot", &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), 0);
    int64_t issued = w->now;
    w->now = issued + 90 * (int64_t)MS_DAY - 1; /* token_days */
    assert_int_equal(bearer(w, token, &who), ERR_OK);
    w->now++;
    assert_refused(w, bearer(w, token, &who), ERR_UNAUTHORISED, "token.expired");
    assert_int_equal(who.audiences, 0);
    world_close(w);
}

static void test_a_token_ends_with_expiry_revocation_and_the_account(void **state) /* */
{
    WORLD(w);
    struct actor who;
    char expiring[64], revoked[64], kept[64], unknown[64];
    unsigned char hash[HASH_BYTES];
    char hex[65];
    register_one(w, "30292", "an", "person");
    assert_int_equal(grant(w, "an", "clerk", "30292", 0, 0), ERR_OK);
    assert_int_equal(issue(w, "an", "clerk", "30292", w->now + MS_MINUTE, expiring), ERR_OK);
    assert_int_equal(issue(w, "an", "clerk", "30292", 0, revoked), ERR_OK);
    assert_int_equal(issue(w, "an", "clerk", "30292", 0, kept), ERR_OK);
    assert_int_equal(bearer(w, expiring, &who), ERR_OK);
    w->now += MS_MINUTE;
    assert_refused(w, bearer(w, expiring, &who), ERR_UNAUTHORISED, "token.expired");
    struct entropy e = entropy_system();
    token_make(&e, unknown, hash);
    assert_refused(w, bearer(w, unknown, &who), ERR_UNAUTHORISED, "token.unknown");
    assert_refused(w, bearer(w, "", &who), ERR_UNAUTHORISED, "token.unknown");
    assert_refused(w, bearer(w, "mc_'; --", &who), ERR_UNAUTHORISED, "token.unknown");
    struct hash h;
    assert_true(token_hash(str_of(revoked), &h));
    hex_format(h.b, sizeof h.b, hex);
    assert_int_equal(by_system(w, "an", "token_revoke", json_pack("{ssss}", "hash", hex, "reason", "mất máy")), ERR_OK);
    assert_refused(w, bearer(w, revoked, &who), ERR_UNAUTHORISED, "token.revoked");
    assert_int_equal(bearer(w, kept, &who), ERR_OK);
    assert_int_equal(by_system(w, "an", "staff_deactivate", json_pack("{ss}", "reason", "nghỉ")), ERR_OK);
    assert_int_equal(bearer(w, kept, &who), ERR_UNAUTHORISED);
    assert_int_equal(by_system(w, "an", "staff_reactivate", json_object()), ERR_OK);
    assert_refused(w, bearer(w, kept, &who), ERR_UNAUTHORISED, "token.revoked"); /* does not come back with her */
    world_close(w);
}

static void test_a_token_narrows_a_person_to_one_role_in_one_unit(void **state) /* */
{
    WORLD(w);
    struct actor who;
    char token[64], none[64];
    register_one(w, "30292", "an", "person");
    assert_int_equal(grant(w, "an", "clerk", "30292", 0, 0), ERR_OK);
    assert_int_equal(grant(w, "an", "leader", "30292", 0, 0), ERR_OK);
    assert_int_equal(grant(w, "an", "clerk", "91.STP", 0, 0), ERR_OK);
    assert_refused(w, issue(w, "an", "officer", "30292", 0, none), ERR_CONFLICT, "token.role-not-held");
    assert_refused(w, issue(w, "an", "leader", "91.STP", 0, none), ERR_CONFLICT, "token.role-not-held");
    assert_int_equal(issue(w, "an", "clerk", "91.STP", 0, token), ERR_OK);
    assert_int_equal(bearer(w, token, &who), ERR_OK);
    assert_true(str_is(who.id, "staff:an") && str_is(who.unit, "91.STP"));
    assert_int_equal(roles_now(w, &who), ROLE_BIT(ROLE_CLERK));
    assert_int_equal(roles_over(rules.org, who.principal, STR("30292"), STR(""), w->now), 0);
    assert_true(actor_sees(&who, STR("u:91.STP")) && !actor_sees(&who, STR("u:30292")));
    w->now += MS_SECOND;
    assert_int_equal(by_system(w, "an", "staff_revoke", json_pack("{ssssss}", "role", "clerk", "unit", "91.STP", "reason", "thôi")), ERR_OK);
    assert_refused(w, bearer(w, token, &who), ERR_FORBIDDEN, "token.role-gone");
    assert_null(who.principal);
    world_close(w);
}

/* --- time --- */

static void test_a_role_holds_only_within_its_dates(void **state) /* */
{
    WORLD(w);
    struct actor who;
    char token[64];
    int64_t t0 = w->now, from = t0 + MS_DAY, to = from + MS_DAY;
    register_one(w, "30292", "an", "person");
    assert_int_equal(grant(w, "an", "clerk", "30292", from, to), ERR_OK);
    static const struct { int64_t at; bool holds; } is[] = {{0, false}, {MS_DAY - 1, false}, {MS_DAY, true}, {2 * (int64_t)MS_DAY - 1, true}, {2 * (int64_t)MS_DAY, false}};
    assert_refused(w, issue(w, "an", "clerk", "30292", 0, token), ERR_CONFLICT, "token.role-not-held");
    w->now = from;
    assert_int_equal(issue(w, "an", "clerk", "30292", 0, token), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        w->now = t0 + is[i].at;
        assert_int_equal(person(w, "an", &who), ERR_OK);
        assert_int_equal(roles_now(w, &who), is[i].holds ? ROLE_BIT(ROLE_CLERK) : 0);
        assert_int_equal(who.audiences, is[i].holds);
        assert_int_equal(bearer(w, token, &who), is[i].holds ? ERR_OK : ERR_FORBIDDEN);
    }
    world_close(w);
}

static void test_a_delegation_holds_only_within_its_time_and_for_its_procedures(void **state) /* */
{
    WORLD(w);
    struct actor who;
    char token[64];
    int64_t t0 = w->now, to = t0 + 7 * (int64_t)MS_DAY;
    register_one(w, "30292", "an", "person");
    json_t *o = json_pack("{ssssssss}", "role", "leader", "from_unit", "91.STP", "decision", "15/QĐ-STP", "procedures", "1.001193");
    assert_int_equal(by_system(w, "an", "staff_delegate", with_time(w, o, "to", to)), ERR_OK);
    assert_int_equal(person(w, "an", &who), ERR_OK);
    assert_int_equal(roles_over(rules.org, who.principal, STR("91.STP"), STR("1.001193"), t0), ROLE_BIT(ROLE_LEADER));
    assert_int_equal(roles_over(rules.org, who.principal, STR("91.STP"), STR("1.000689"), t0), 0);
    assert_int_equal(issue(w, "an", "leader", "91.STP", 0, token), ERR_OK);
    assert_int_equal(bearer(w, token, &who), ERR_OK);
    assert_int_equal(roles_over(rules.org, who.principal, STR("91.STP"), STR("1.000689"), t0), 0);
    w->now = to;
    assert_int_equal(person(w, "an", &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), 0);
    assert_refused(w, bearer(w, token, &who), ERR_FORBIDDEN, "token.role-gone");
    o = json_pack("{ssssss}", "role", "leader", "from_unit", "91.STP", "decision", "16/QĐ-STP");
    assert_int_equal(by_system(w, "an", "staff_delegate", with_time(w, o, "to", to + MS_DAY)), ERR_OK);
    assert_int_equal(bearer(w, token, &who), ERR_OK);
    w->now += MS_HOUR;
    assert_int_equal(by_system(w, "an", "staff_end_delegation", json_pack("{ss}", "decision", "16/QĐ-STP")), ERR_OK);
    assert_refused(w, bearer(w, token, &who), ERR_FORBIDDEN, "token.role-gone");
    world_close(w);
}

static void test_restricted_dossiers_need_a_clearance_in_force(void **state) /* */
{
    WORLD(w);
    struct actor who;
    register_one(w, "30292", "an", "person");
    assert_int_equal(grant(w, "an", "officer", "30292", 0, 0), ERR_OK);
    assert_int_equal(by_system(w, "an", "staff_clear", with_time(w, json_pack("{ss}", "basis", "QĐ 9"), "to", w->now + MS_HOUR)), ERR_OK);
    assert_int_equal(person(w, "an", &who), ERR_OK);
    assert_true(actor_sees(&who, STR("r:30292")));
    w->now += MS_HOUR;
    assert_int_equal(person(w, "an", &who), ERR_OK);
    assert_true(actor_sees(&who, STR("u:30292")) && !actor_sees(&who, STR("r:30292")));
    world_close(w);
}

/* --- the command line --- */

static enum err cli_user(struct world *w, struct str *text_r, const char *line)
{
    char *argv[20], *text = NULL, *words = strdup(line);
    size_t size = 0;
    int argc = 0;
    for (char *word = words; word && argc < 20;)
        argv[argc++] = strsep(&word, " ");
    FILE *out = open_memstream(&text, &size);
    w->fail = (struct fail){0};
    enum err e = staff_cli_user(&w->room, argc, argv, true, w->now, out, &w->fail);
    fclose(out);
    *text_r = str_dup(w->a, str_bytes(text, size));
    free(text);
    free(words);
    return e;
}

static enum err cli_token(struct world *w, const json_t **o_r, const char *role, const char *user, const char *unit)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    w->fail = (struct fail){0};
    enum err e = staff_cli_token_add(&w->room, STR("91"), str_of(role), str_of(user), str_of(unit), true, w->now, out, &w->fail);
    fclose(out);
    *o_r = arena_json(w->a, json_loads(text, 0, NULL));
    free(text);
    return e;
}

static void test_the_command_line_issues_tokens_and_keeps_accounts(void **state)
{
    WORLD(w);
    const json_t *o, *again;
    struct str text;
    struct actor who;
    assert_int_equal(cli_token(w, &o, "records_clerk", "", "30292.CAX"), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(o, "actor")), "machine:machine-30292.cax-records-clerk");
    assert_string_equal(json_string_value(json_object_get(o, "unit")), "30292.CAX");
    assert_int_equal(bearer(w, json_string_value(json_object_get(o, "token")), &who), ERR_OK);
    assert_int_equal(roles_now(w, &who), ROLE_BIT(ROLE_RECORDS_CLERK));
    assert_int_equal(cli_token(w, &again, "records_clerk", "", "30292.CAX"), ERR_OK); /* the account is there already */
    assert_string_not_equal(json_string_value(json_object_get(o, "token")), json_string_value(json_object_get(again, "token")));
    assert_int_equal(cli_token(w, &o, "supervisor", "", ""), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(o, "unit")), "91");
    assert_int_equal(cli_token(w, &o, "supervisor", "", "VN"), ERR_OK);
    assert_int_equal(bearer(w, json_string_value(json_object_get(o, "token")), &who), ERR_OK);
    assert_true(actor_sees(&who, STR("n")));
    assert_refused(w, cli_token(w, &o, "king", "", "91"), ERR_INVALID, "role.unknown");
    assert_refused(w, cli_token(w, &o, "system", "", "91"), ERR_INVALID, "role.unknown");
    assert_refused(w, cli_token(w, &o, "clerk", "", "nowhere"), ERR_INVALID, "unit.unknown");
    assert_refused(w, cli_token(w, &o, "clerk", "nobody", ""), ERR_NOT_FOUND, "staff.absent");
    assert_null(o);
    assert_int_equal(cli_user(w, &text, "add an --name An --unit 30292"), ERR_OK);
    assert_refused(w, cli_token(w, &o, "clerk", "an", ""), ERR_CONFLICT, "token.role-not-held");
    assert_int_equal(cli_user(w, &text, "grant an --role clerk --unit 30292 --basis QĐ1"), ERR_OK);
    assert_int_equal(cli_token(w, &o, "clerk", "an", ""), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(o, "unit")), "30292");
    assert_int_equal(cli_user(w, &text, "delegate an --role clerk --from-unit 91.STP --decision 5/QĐ --to 2026-12-01T00:00:00+07:00"), ERR_OK);
    assert_refused(w, cli_token(w, &o, "clerk", "an", ""), ERR_INVALID, "field.required"); /* in which of the two? */
    assert_int_equal(cli_token(w, &o, "clerk", "an", "91.STP"), ERR_OK);
    assert_int_equal(cli_user(w, &text, "list --unit 30292"), ERR_OK);
    assert_true(str_is(text, "[{\"login\":\"an\",\"unit\":\"30292\",\"kind\":\"person\",\"active\":true,\"display\":\"An\","
                             "\"roles\":[\"clerk@30292\",\"clerk@91.STP\"]}]\n"));
    w->now++;
    assert_int_equal(cli_user(w, &text, "revoke an --role clerk --unit 30292 --reason thôi"), ERR_OK);
    assert_int_equal(cli_user(w, &text, "deactivate an --reason nghỉ"), ERR_OK);
    assert_refused(w, bearer(w, json_string_value(json_object_get(o, "token")), &who), ERR_UNAUTHORISED, "token.revoked");
    static const char *const wrong[] = {"dance", "add", "add a b", "list an", "grant an --king", "grant an --role", "deactivate an --role clerk"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_refused(w, cli_user(w, &text, wrong[i]), ERR_MALFORMED, "cli.usage");
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_an_account_lives_from_registration_to_deactivation_and_back),
        BOTH_ENGINES(test_a_login_is_given_once),
        BOTH_ENGINES(test_every_refusal_says_where_and_why),
        BOTH_ENGINES(test_an_administrator_gives_roles_in_her_unit_and_never_to_herself),
        BOTH_ENGINES(test_a_second_account_of_the_same_person_is_no_way_around),
        BOTH_ENGINES(test_what_is_personal_stands_sealed_in_the_ledger),
        cmocka_unit_test(test_a_token_is_random_and_only_its_hash_is_kept),
        BOTH_ENGINES(test_a_machine_has_the_role_of_its_token_and_nothing_else),
        BOTH_ENGINES(test_a_token_ends_with_expiry_revocation_and_the_account),
        BOTH_ENGINES(test_a_token_narrows_a_person_to_one_role_in_one_unit),
        BOTH_ENGINES(test_a_role_holds_only_within_its_dates),
        BOTH_ENGINES(test_a_delegation_holds_only_within_its_time_and_for_its_procedures),
        BOTH_ENGINES(test_restricted_dossiers_need_a_clearance_in_force),
        BOTH_ENGINES(test_the_command_line_issues_tokens_and_keeps_accounts),
    };
    return cmocka_run_group_tests_name("staff", tests, load_rules, free_rules);
}

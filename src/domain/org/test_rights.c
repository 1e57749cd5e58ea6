/* Rules of who sees what and who may do what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/dataset.h"
#include "domain/org/rights.h"
#include <stdlib.h>

static struct arena *memory;
static const struct org *o;
static const struct rights *rights;

static struct str text_of(const char *name)
{
    struct str t = STR_NONE;
    const struct dataset *d = dataset_find(str_of(name));
    if (!d || dataset_unpack(memory, d->packed, &t))
        abort();
    return t;
}

static int load(void **state)
{
    (void)state;
    memory = arena_new();
    struct org_input in = {text_of("units-2024.tsv"), text_of("units-2025.tsv"), text_of("merge-2025.tsv"), text_of("merge-2025-provinces.tsv"),
                           text_of("agencies.tsv"), text_of("organs.tsv")};
    struct fail f = {0};
    o = org_load(memory, &in, &f);
    rights = rights_load(memory, text_of("rights.tsv"), &f);
    return o && rights ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    arena_free(&memory);
    return 0;
}

enum { NOW = 1000 };
static struct role_grant grant(enum role r, const char *unit) { return (struct role_grant){r, str_of(unit), 0, INT64_MAX}; }

/* The audiences as one text, separated by blanks. */
static struct str seen(struct arena *a, const struct principal *p, int64_t now)
{
    struct str out[AUDIENCES_MAX], all = STR("");
    size_t n = audiences_of(o, a, p, now, out);
    for (size_t i = 0; i < n; i++)
        all = str_printf(a, "%.*s%s%.*s", PRS(all), i ? " " : "", PRS(out[i]));
    return all;
}

static void test_each_role_sees_its_desk_or_what_it_oversees(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const struct { enum role role; const char *unit, *sees; } is[] = {
        {ROLE_CLERK, "30292", "u:30292"}, {ROLE_CLERK, "30292.TTPVHCC", "u:30292"}, {ROLE_OFFICER, "30292.PVHXH", "u:30292"},
        {ROLE_OFFICER, "30292.CAX", "u:30292.CAX"}, {ROLE_LEADER, "91.STP", "u:91.STP"}, {ROLE_CLERK, "91.TTPVHCC", "u:91.TTPVHCC"},
        {ROLE_SUPERVISOR, "91", "p:91"}, {ROLE_PROCEDURE_CONTROLLER, "91.VPUB", "p:91"}, {ROLE_AUDITOR, "91.TTT", "p:91"},
        {ROLE_SUPERVISOR, "91.STP", "u:91.STP"}, {ROLE_SUPERVISOR, "30292", "u:30292"}, {ROLE_PROCEDURE_CONTROLLER, "G15", "n"},
        {ROLE_SUPERVISOR, "G03", "u:G03"}, {ROLE_SUPERVISOR, "VN", "n"}, {ROLE_SYSTEM, "", "n"}, {ROLE_ADMINISTRATOR, "91", ""}, {ROLE_CITIZEN, "", ""},
        {ROLE_CONNECTOR, "91.BHXH", "u:91.BHXH"}, {ROLE_CLERK, "no such", ""}, {ROLE_CLERK, "", ""}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        struct role_grant g = grant(is[i].role, is[i].unit);
        struct principal p = {.actor_id = STR("x"), .roles = &g, .role_count = 1};
        struct str s = seen(a, &p, NOW);
        if (!str_is(s, is[i].sees))
            fail_msg("%s at '%s' sees '%.*s' instead of '%s'", role_name(is[i].role), is[i].unit, PRS(s), is[i].sees);
    }
}

static void test_several_roles_add_up_without_repeating(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct hash own = {{0xab}};
    struct role_grant g[] = {grant(ROLE_CLERK, ""), grant(ROLE_CASHIER, "30292.TTPVHCC"), grant(ROLE_OFFICER, "91.STP"), grant(ROLE_SUPERVISOR, "91")};
    struct principal p = {.unit = STR("30292"), .roles = g, .role_count = ARRAY_LEN(g), .parties = &own, .party_count = 1,
                          .cleared_from_ms = 0, .cleared_to_ms = NOW + 1};
    struct str s = seen(a, &p, NOW);
    assert_true(str_has_prefix(s, STR("o:ab000000000000000000000000000000 "))); /* 16 bytes, as a dossier writes its parties */
    assert_true(str_has_suffix(s, STR(" p:91 u:30292 u:91.STP r:30292 r:91.STP r:91")));
    assert_true(str_find(seen(a, &p, NOW + 1), STR("r:")) < 0); /* clearance ended */
}

static uint64_t seed = 4711;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

/* Over random principals: at most 64, none twice, none without a post in force that gives it; what is not in force changes nothing. */
static void test_audiences_come_only_from_posts_in_force(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct unit_page units = unit_list(o, memory, STR("91"), STR(""), STR(""), 500);
    for (int round = 0; round < 3000; round++, arena_reset(a)) {
        enum { MANY = 90 };
        struct role_grant g[MANY], live_g[MANY];
        struct delegation d[MANY], live_d[MANY];
        struct hash own[12];
        struct principal p = {.unit = STR("30292"), .roles = g, .delegations = d, .parties = own}, live = {.unit = STR("30292"), .roles = live_g, .delegations = live_d, .parties = own};
        p.role_count = draw() % (round % 10 ? 6 : MANY);
        p.delegation_count = draw() % (round % 10 ? 4 : MANY);
        p.party_count = live.party_count = draw() % 12;
        for (size_t i = 0; i < p.party_count; i++)
            memset(own[i].b, (int)draw(), HASH_BYTES);
        p.cleared_from_ms = live.cleared_from_ms = (int64_t)(draw() % 2000);
        p.cleared_to_ms = live.cleared_to_ms = (int64_t)(draw() % 2000);
        for (size_t i = 0; i < p.role_count; i++) {
            g[i] = (struct role_grant){(enum role)(draw() % ROLE_COUNT), units.items[draw() % units.n]->code, (int64_t)(draw() % 2000), (int64_t)(draw() % 2000)};
            if (g[i].from_ms <= NOW && NOW < g[i].to_ms)
                live_g[live.role_count++] = g[i];
        }
        for (size_t i = 0; i < p.delegation_count; i++) {
            d[i] = (struct delegation){(enum role)(draw() % ROLE_COUNT), units.items[draw() % units.n]->code, (int64_t)(draw() % 2000), (int64_t)(draw() % 2000), STR_NONE, STR_NONE};
            if (d[i].from_ms <= NOW && NOW < d[i].to_ms)
                live_d[live.delegation_count++] = d[i];
        }
        struct str out[AUDIENCES_MAX], same[AUDIENCES_MAX];
        size_t n = audiences_of(o, a, &p, NOW, out), m = audiences_of(o, a, &live, NOW, same);
        assert_true(n <= AUDIENCES_MAX && n == m);
        for (size_t i = 0; i < n; i++) {
            assert_true(str_eq(out[i], same[i]) && out[i].n <= 2 + 2 * HASH_BYTES);
            for (size_t k = 0; k < i; k++)
                assert_false(str_eq(out[i], out[k]));
        }
        assert_int_equal(roles_in_force(&p, NOW), roles_in_force(&live, NOW));
        if (live.role_count + live.delegation_count == 0)
            for (size_t i = 0; i < n; i++)
                assert_true(out[i].p[0] == 'o');
        if (p.cleared_from_ms > NOW || p.cleared_to_ms <= NOW)
            for (size_t i = 0; i < n; i++)
                assert_true(out[i].p[0] != 'r');
        struct str unit = units.items[draw() % units.n]->code; /* who has a role over a unit's dossiers also sees them */
        role_set over = roles_over(o, &p, unit, STR(""), NOW) & ~(ROLE_BIT(ROLE_CITIZEN) | ROLE_BIT(ROLE_ADMINISTRATOR));
        if (over && n < AUDIENCES_MAX) {
            struct str desk = str_printf(a, "u:%.*s", PRS(unit_desk(o, unit)));
            bool sees = false;
            for (size_t i = 0; i < n; i++)
                sees |= str_eq(out[i], desk) || str_is(out[i], "n") || str_is(out[i], "p:91");
            assert_true(sees);
        }
    }
}

static void test_a_delegation_counts_only_in_its_time_and_for_its_procedures(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct delegation d = {ROLE_LEADER, STR("30292"), 100, 200, STR("1.001193,2.000815"), STR("12/QĐ-UBND")};
    struct principal p = {.unit = STR("30307"), .delegations = &d, .delegation_count = 1};
    assert_true(str_is(seen(a, &p, 99), "") && str_is(seen(a, &p, 100), "u:30292") && str_is(seen(a, &p, 199), "u:30292") && str_is(seen(a, &p, 200), ""));
    assert_int_equal(roles_over(o, &p, STR("30292"), STR("1.001193"), 150), ROLE_BIT(ROLE_LEADER));
    assert_int_equal(roles_over(o, &p, STR("30292.TTPVHCC"), STR("2.000815"), 150), ROLE_BIT(ROLE_LEADER));
    assert_int_equal(roles_over(o, &p, STR("30292"), STR("1.000001"), 150), 0);
    assert_int_equal(roles_over(o, &p, STR("30292"), STR(""), 150), 0);
    assert_int_equal(roles_over(o, &p, STR("30307"), STR("1.001193"), 150), 0);
    assert_int_equal(roles_over(o, &p, STR("30292"), STR("1.001193"), 200), 0);
}

static void test_oversight_reaches_the_province_and_no_further(void **state)
{
    (void)state;
    struct role_grant g = grant(ROLE_SUPERVISOR, "91");
    struct principal p = {.roles = &g, .role_count = 1};
    assert_int_equal(roles_over(o, &p, STR("30292.CAX"), STR(""), NOW), ROLE_BIT(ROLE_SUPERVISOR));
    assert_int_equal(roles_over(o, &p, STR("00004"), STR(""), NOW), 0);
    g = grant(ROLE_OFFICER, "30292");
    assert_int_equal(roles_over(o, &p, STR("30292.CAX"), STR(""), NOW), 0);
    g = grant(ROLE_ADMINISTRATOR, "91");
    assert_int_equal(roles_over(o, &p, STR("91"), STR(""), NOW), ROLE_BIT(ROLE_ADMINISTRATOR));
}

static void test_nobody_handles_her_own_dossier(void **state)
{
    (void)state;
    struct hash own[] = {{{1}}, {{2}}}, theirs[] = {{{3}}, {{2}}};
    struct principal p = {.parties = own, .party_count = 2};
    assert_true(principal_is_party(&p, theirs, 2));
    assert_false(principal_is_party(&p, theirs, 1));
}

static const char *const commands[] = {"submit", "receive", "request_supplement", "supplement", "refuse", "hand_over", "accept", "assign", "complete_step",
    "consult", "answer", "propose", "return_to_step", "approve", "reject", "sign_result", "extend", "apologise", "suspend", "resume", "withdraw",
    "take_back_withdrawal", "stop", "correct", "void", "revoke_result", "confirm", "synchronise", "propose_for_others", "deliver", "note", "submit_counter", "erase", "staff_grant", "staff_revoke", "token_issue", "token_revoke", "read", "export"};

static void test_every_command_has_a_role_and_every_role_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        bool someone = false;
        for (int r = 0; r < ROLE_SYSTEM; r++)
            someone |= role_may(rights, ROLE_BIT(r), str_of(commands[i]));
        if (!someone)
            fail_msg("nobody may %s", commands[i]);
        assert_false(role_may(rights, 0, str_of(commands[i])));
        assert_true(role_may(rights, ROLE_BIT(ROLE_SYSTEM), str_of(commands[i])));
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        enum role back;
        assert_true(role_parse(str_of(role_name((enum role)r)), &back) && back == (enum role)r);
        bool something = role_may(rights, ROLE_BIT(r), STR("staff_grant"));
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
            something |= role_may(rights, ROLE_BIT(r), str_of(commands[i]));
        assert_true(something);
    }
    enum role none;
    assert_false(role_parse(STR("king"), &none));
    assert_null(role_name(ROLE_COUNT));
}

static void test_only_a_leader_decides(void **state) /* */
{
    (void)state;
    static const char *const decides[] = {"approve", "reject"};
    for (size_t i = 0; i < ARRAY_LEN(decides); i++)
        for (int r = 0; r < ROLE_SYSTEM; r++)
            assert_int_equal(role_may(rights, ROLE_BIT(r), str_of(decides[i])), r == ROLE_LEADER);
    assert_false(role_may(rights, ROLE_BIT(ROLE_ADMINISTRATOR), STR("read")));
    assert_false(role_may(rights, ROLE_BIT(ROLE_CITIZEN), STR("submit_counter")));
    assert_false(role_may(rights, ROLE_BIT(ROLE_CLERK), STR("staff_grant")));
    assert_true(role_may(rights, ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_LEADER), STR("approve")));
}

static void test_a_broken_table_of_rights_is_refused(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const bad[] = {"", "role\tcommands\nclerk\tread\n", "role\tcommand\nking\tread\n", "role\tcommand\nclerk\t\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct fail f = {0};
        assert_null(rights_load(a, str_of(bad[i]), &f));
        assert_int_equal(f.err, ERR_CORRUPT);
    }
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_role_sees_its_desk_or_what_it_oversees),
        cmocka_unit_test(test_several_roles_add_up_without_repeating),
        cmocka_unit_test(test_audiences_come_only_from_posts_in_force),
        cmocka_unit_test(test_a_delegation_counts_only_in_its_time_and_for_its_procedures),
        cmocka_unit_test(test_oversight_reaches_the_province_and_no_further),
        cmocka_unit_test(test_nobody_handles_her_own_dossier),
        cmocka_unit_test(test_every_command_has_a_role_and_every_role_a_command),
        cmocka_unit_test(test_only_a_leader_decides),
        cmocka_unit_test(test_a_broken_table_of_rights_is_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

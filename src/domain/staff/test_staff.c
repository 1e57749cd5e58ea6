/* Rules of who may, since when, on whose decision: the life of an account, tokens, delegation, and the cache of ready principals. */
#include "support/store_fixture.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/command/replay.h"
#include "domain/staff/staff.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* --- a store with its writer, and commands in short --- */

static struct arena *memory;
static struct rules rules;

struct world {
    struct fixture *f;
    struct engine_room room;
    struct db *db;
    struct arena *a;
    int64_t now;
    int key;
    struct fail fail;      /* of the last command or look-up */
    struct outcome out;
    struct actor system;
};

static int load_rules(void **state)
{
    (void)state;
    memory = arena_new();
    crypto_start();
    struct fail f = {0};
    if (rules_load(memory, &dataset_source_built_in, STR("91"), true, &rules, &f)) {
        fprintf(stderr, "rules: %s %s\n", f.item[0].code, f.item[0].param);
        return -1;
    }
    return 0;
}

static int free_rules(void **state)
{
    (void)state;
    arena_free(&memory);
    return 0;
}

static void world_open(struct world *w, struct fixture *f)
{
    *w = (struct world){.f = f, .a = arena_new(), .now = time_from_local(civil_days(2026, 11, 21), 9 * MS_HOUR)};
    struct key master = {{7}};
    w->room.store = f->store;
    w->room.keyring = keyring_from_master(&master);
    atomic_store(&w->room.rules, &rules);
    assert_int_equal(engine_room_start(&w->room, 1, NULL, NULL), ERR_OK);
    assert_int_equal(db_open(f->store, DB_READ, &w->db), ERR_OK);
    staff_system_actor(&rules, w->a, STR(""), w->now, &w->system);
}

static void world_close(struct world *w)
{
    db_close(&w->db);
    writer_stop(&w->room.writer);
    arena_free(&w->a);
}

/* One command on somebody's stream (a registration where the login is unknown); takes over the payload. */
static enum err command_as(struct world *w, const struct actor *actor, const char *home, const char *login, const char *type, json_t *payload)
{
    struct str where = str_of(home);
    struct id id = {{0}};
    if (login)
        assert_int_equal(staff_find(w->db, w->a, str_of(login), &where, &id), ERR_OK);
    struct command c = {.aggregate = &staff_aggregate, .type = str_of(type), .home_unit = where, .stream = id, .actor = *actor,
                        .key = str_printf(w->a, "k%d", w->key++), .payload = arena_json(w->a, payload), .now = w->now};
    enum err e = command_wait(&w->room, w->a, &c, &w->out);
    w->fail = w->out.fail;
    return e;
}

static enum err by_system(struct world *w, const char *login, const char *type, json_t *payload)
{
    return command_as(w, &w->system, "91", login, type, payload);
}

static struct str rfc(struct world *w, int64_t ms)
{
    char text[40];
    time_format(ms, text);
    return str_dup(w->a, str_of(text));
}

static json_t *with_time(struct world *w, json_t *o, const char *field, int64_t ms)
{
    if (ms)
        json_object_set_new(o, field, json_string(str_c(w->a, rfc(w, ms))));
    return o;
}

#define assert_refused(w, got, kind, what) \
    do { \
        assert_int_equal((got), (kind)); \
        assert_string_equal((w)->fail.item[0].code, (what)); \
    } while (0)

static void register_one(struct world *w, const char *home, const char *login, const char *kind)
{
    assert_int_equal(command_as(w, &w->system, home, NULL, "staff_register",
                                json_pack("{ssssss}", "login", login, "kind", kind, "display", "Nguyễn Thị Thử")), ERR_OK);
}

static enum err grant(struct world *w, const char *login, const char *role, const char *unit, int64_t from, int64_t to)
{
    json_t *o = json_pack("{ssssss}", "role", role, "unit", unit, "basis", "QĐ 12/QĐ-UBND");
    return by_system(w, login, "staff_grant", with_time(w, with_time(w, o, "from", from), "to", to));
}

static enum err issue(struct world *w, const char *login, const char *role, const char *unit, int64_t expires_at, char token[64])
{
    struct entropy e = entropy_system();
    unsigned char hash[HASH_BYTES];
    char hex[65];
    token_make(&e, token, hash);
    hex_format(hash, sizeof hash, hex);
    return by_system(w, login, "token_issue", with_time(w, json_pack("{ssssss}", "hash", hex, "role", role, "unit", unit), "expires_at", expires_at));
}

static enum err bearer(struct world *w, const char *token, struct actor *out)
{
    w->fail = (struct fail){0};
    return staff_principal_by_token(w->db, &w->room.keyring, &rules, w->a, str_of(token), w->now, out, &w->fail);
}

static enum err person(struct world *w, const char *login, struct actor *out)
{
    w->fail = (struct fail){0};
    return staff_principal_by_id(w->db, &w->room.keyring, &rules, w->a, str_of(login), w->now, out, &w->fail);
}

static role_set roles_now(struct world *w, const struct actor *actor) { return roles_in_force(actor->principal, w->now); }

#define WORLD(name) \
    struct world name##_world, *name = &name##_world; \
    world_open(name, fixture_of(state))

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

/* --- the cache --- */

static enum err cached(struct world *w, struct principal_cache *c, const char *token, struct actor *out)
{
    w->fail = (struct fail){0};
    return principal_cache_token(c, w->db, &w->room.keyring, &rules, w->a, str_of(token), w->now, out, &w->fail);
}

static void test_a_cached_principal_lives_two_seconds_and_is_forgotten_at_once(void **state) /* */
{
    WORLD(w);
    struct principal_cache *c = principal_cache_new();
    struct actor who, first;
    char token[64], other[64], brief[64];
    register_one(w, "30292", "an", "person");
    register_one(w, "30292", "robot", "machine");
    assert_int_equal(grant(w, "an", "clerk", "30292", 0, 0), ERR_OK);
    assert_int_equal(issue(w, "an", "clerk", "30292", 0, token), ERR_OK);
    assert_int_equal(issue(w, "robot", "officer", "91.STP", 0, other), ERR_OK);
    assert_int_equal(issue(w, "robot", "officer", "91.STP", w->now + 500, brief), ERR_OK);
    assert_false(principal_cache_get(c, w->a, str_of(token), w->now, &who));
    assert_int_equal(cached(w, c, token, &first), ERR_OK);
    assert_int_equal(cached(w, c, other, &who), ERR_OK);
    assert_int_equal(cached(w, c, brief, &who), ERR_OK);
    int64_t t0 = w->now;
    assert_true(principal_cache_get(c, w->a, str_of(token), t0 + PRINCIPAL_CACHE_TTL_MS, &who));
    assert_true(str_eq(who.id, first.id) && str_eq(who.unit, first.unit) && who.audiences == first.audiences && str_eq(who.audience[0], first.audience[0]));
    assert_true(who.id.p != first.id.p && who.principal != first.principal);
    assert_int_equal(roles_over(rules.org, who.principal, STR("30292"), STR(""), t0), ROLE_BIT(ROLE_CLERK));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0 + PRINCIPAL_CACHE_TTL_MS + 1, &who));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0 - 1, &who)); /* a clock that went back */
    assert_true(principal_cache_get(c, w->a, str_of(brief), t0 + 499, &who));
    assert_false(principal_cache_get(c, w->a, str_of(brief), t0 + 500, &who)); /* never past the token's own end */
    principal_cache_forget(c, STR("staff:an"));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0, &who));
    assert_true(principal_cache_get(c, w->a, str_of(other), t0, &who));
    principal_cache_forget(c, STR(""));
    assert_false(principal_cache_get(c, w->a, str_of(other), t0, &who));
    /* Refusals are not kept. */
    assert_int_equal(by_system(w, "an", "staff_deactivate", json_pack("{ss}", "reason", "nghỉ")), ERR_OK);
    assert_int_equal(cached(w, c, token, &who), ERR_UNAUTHORISED);
    assert_false(principal_cache_get(c, w->a, str_of(token), t0, &who));
    principal_cache_free(&c);
    world_close(w);
}

enum { CROWD = 4 };
struct member {
    struct world *w;
    struct principal_cache *c;
    char (*tokens)[64];
    size_t n;
    atomic_bool *over;
    int wrong;
};

static void *ask(void *arg)
{
    struct member *m = arg;
    struct db *db _db_ = NULL;
    struct arena *a _arena_ = arena_new();
    if (db_open(m->w->f->store, DB_READ, &db))
        m->wrong++;
    for (uint64_t i = 0; !m->wrong && !atomic_load(m->over); i++) {
        struct actor who;
        struct fail f = {0};
        size_t t = i % m->n;
        enum err e = principal_cache_token(m->c, db, &m->w->room.keyring, &rules, a, str_of(m->tokens[t]), m->w->now, &who, &f);
        char unit = (char)('0' + t);
        m->wrong += e || who.audiences != 1 || who.principal->role_count != 1 || who.id.p[who.id.n - 1] != unit;
        if (i % 64 == 0)
            arena_reset(a);
    }
    return NULL;
}

static void test_threads_share_the_cache(void **state)
{
    WORLD(w);
    struct principal_cache *c = principal_cache_new();
    char tokens[6][64];
    atomic_bool over = false;
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        char login[20];
        snprintf(login, sizeof login, "robot%zu", i);
        register_one(w, "30292", login, "machine");
        assert_int_equal(issue(w, login, "clerk", "30292", 0, tokens[i]), ERR_OK);
    }
    struct member m[CROWD];
    pthread_t thread[CROWD];
    for (size_t i = 0; i < CROWD; i++) {
        m[i] = (struct member){w, c, tokens, ARRAY_LEN(tokens), &over, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, ask, &m[i]), 0);
    }
    for (int i = 0; i < 200; i++) {
        principal_cache_forget(c, i % 2 ? STR("") : STR("machine:robot3"));
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(m[i].wrong, 0);
    }
    principal_cache_free(&c);
    world_close(w);
}

/* --- properties --- */

struct fact {
    struct id stream;
    struct str type;
    const json_t *payload;
};
enum { FACTS_MAX = 1000 };

static size_t read_facts(struct world *w, struct fact *facts)
{
    struct rows r _rows_ = {0};
    size_t n = 0;
    assert_int_equal(db_raw_query(w->db, &r, "SELECT stream, type, payload FROM event ORDER BY stream, seq"), ERR_OK);
    while (rows_next(&r) && n < FACTS_MAX) {
        facts[n] = (struct fact){.type = str_dup(w->a, row_str(&r, 1))};
        memcpy(facts[n].stream.b, row_str(&r, 0).p, ID_BYTES);
        facts[n++].payload = arena_json(w->a, json_loadb(row_str(&r, 2).p, row_str(&r, 2).n, 0, NULL));
    }
    assert_int_equal(rows_end(&r), ERR_OK);
    return n;
}

static bool same(const json_t *a, const char *key_a, const json_t *b, const char *key_b)
{
    return strcmp(json_string_value(json_object_get(a, key_a)), json_string_value(json_object_get(b, key_b))) == 0;
}
static int64_t number(const json_t *o, const char *key) { return json_integer_value(json_object_get(o, key)); }

/* What the events say by themselves, read as slowly and plainly as can be: is this role in this unit held at `t`? */
static bool held(const struct fact *facts, size_t n, struct id who, const char *role, const char *unit, int64_t t)
{
    for (size_t i = 0; i < n; i++) {
        bool grant = str_is(facts[i].type, "staff.granted"), delegated = str_is(facts[i].type, "staff.delegated");
        const json_t *p = facts[i].payload;
        if (!id_eq(facts[i].stream, who) || (!grant && !delegated) || strcmp(json_string_value(json_object_get(p, "role")), role) != 0
            || strcmp(json_string_value(json_object_get(p, grant ? "unit" : "from_unit")), unit) != 0 || number(p, "from") > t
            || (number(p, "to") && number(p, "to") <= t))
            continue;
        bool ended = false;
        for (size_t j = i + 1; j < n && id_eq(facts[j].stream, who); j++) {
            const json_t *q = facts[j].payload;
            if (grant && str_is(facts[j].type, "staff.revoked") && same(p, "role", q, "role") && same(p, "unit", q, "unit"))
                ended |= number(q, "ended_at") <= t;
            if (delegated && str_is(facts[j].type, "staff.delegation_ended") && same(p, "decision", q, "ended_decision"))
                ended |= number(q, "ended_at") <= t;
        }
        if (!ended)
            return true;
    }
    return false;
}

static bool active(const struct fact *facts, size_t n, struct id who)
{
    bool is = false;
    for (size_t i = 0; i < n; i++)
        if (id_eq(facts[i].stream, who) && json_object_get(facts[i].payload, "active"))
            is = number(facts[i].payload, "active");
    return is;
}

static bool token_alive(const struct fact *facts, size_t n, struct id who, const char *hash, int64_t t)
{
    bool is = false;
    for (size_t i = 0; i < n; i++) {
        const json_t *p = facts[i].payload;
        const char *h = json_string_value(json_object_get(p, "hash"));
        if (!id_eq(facts[i].stream, who))
            continue;
        if (str_is(facts[i].type, "staff.token_issued") && strcmp(h, hash) == 0)
            is = t < number(p, "expires_at");
        if (str_is(facts[i].type, "staff.deactivated") || (str_is(facts[i].type, "staff.token_revoked") && strcmp(h, hash) == 0))
            is = false;
    }
    return is;
}

static const char *const some_logins[] = {"an", "binh", "robot"}, *const some_roles[] = {"clerk", "officer", "leader"},
                        *const some_units[] = {"30292", "91.STP"}, *const some_decisions[] = {"1/QĐ", "2/QĐ"};
enum { TOKENS_TRIED = 60 };
struct tried {
    char text[64], hash[65];
    const char *login, *role, *unit;
};

static void random_command(struct world *w, uint64_t *seed, struct tried *tokens, size_t *n)
{
    const char *login = some_logins[draw(seed) % ARRAY_LEN(some_logins)], *role = some_roles[draw(seed) % ARRAY_LEN(some_roles)],
               *unit = some_units[draw(seed) % ARRAY_LEN(some_units)], *decision = some_decisions[draw(seed) % ARRAY_LEN(some_decisions)];
    int64_t from = draw(seed) % 2 ? w->now + (int64_t)(draw(seed) % 5) * MS_HOUR : 0, to = w->now + (int64_t)(1 + draw(seed) % 9) * MS_HOUR;
    enum err e = ERR_OK;
    switch (draw(seed) % 10) {
    case 0: case 1:
        e = grant(w, login, role, unit, from, draw(seed) % 3 ? to : 0);
        break;
    case 2:
        e = by_system(w, login, "staff_revoke", json_pack("{ssssss}", "role", role, "unit", unit, "reason", "r"));
        break;
    case 3: case 4:
        e = by_system(w, login, "staff_delegate",
                      with_time(w, with_time(w, json_pack("{ssssss}", "role", role, "from_unit", unit, "decision", decision), "from", from), "to", to));
        break;
    case 5:
        e = by_system(w, login, "staff_end_delegation", json_pack("{ss}", "decision", decision));
        break;
    case 6: case 7: {
        struct hash h;
        struct tried *t = &tokens[*n];
        if (*n == TOKENS_TRIED)
            break;
        e = issue(w, login, role, unit, draw(seed) % 2 ? to : 0, t->text);
        assert_true(token_hash(str_of(t->text), &h));
        hex_format(h.b, sizeof h.b, t->hash);
        t->login = login, t->role = role, t->unit = unit;
        *n += e == ERR_OK;
        break;
    }
    case 8:
        if (*n)
            e = by_system(w, login, "token_revoke", json_pack("{ssss}", "hash", tokens[draw(seed) % *n].hash, "reason", "r"));
        break;
    default:
        e = by_system(w, login, draw(seed) % 3 ? "staff_reactivate" : "staff_deactivate", json_pack("{ss}", "reason", "r"));
    }
    if (e && e != ERR_CONFLICT && e != ERR_INVALID)
        fail_msg("%s %s", err_info(e)->name, w->fail.item[0].code);
}

/* Every account and token, at this moment, against the events alone. */
static void compare_with_facts(struct world *w, const struct fact *facts, size_t n, const struct tried *tokens, size_t tokens_n)
{
    struct actor who;
    struct str home;
    struct id id;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++) {
        assert_int_equal(staff_find(w->db, w->a, str_of(some_logins[l]), &home, &id), ERR_OK);
        assert_int_equal(person(w, some_logins[l], &who), active(facts, n, id) ? ERR_OK : ERR_UNAUTHORISED);
        for (size_t r = 0; r < ARRAY_LEN(some_roles) && who.principal; r++)
            for (size_t u = 0; u < ARRAY_LEN(some_units); u++) {
                enum role role;
                assert_true(role_parse(str_of(some_roles[r]), &role));
                bool has = roles_over(rules.org, who.principal, str_of(some_units[u]), STR(""), w->now) & ROLE_BIT(role);
                assert_int_equal(has, held(facts, n, id, some_roles[r], some_units[u], w->now));
            }
    }
    for (size_t i = 0; i < tokens_n; i++) {
        const struct tried *t = &tokens[i];
        assert_int_equal(staff_find(w->db, w->a, str_of(t->login), &home, &id), ERR_OK);
        bool alive = active(facts, n, id) && token_alive(facts, n, id, t->hash, w->now);
        bool has = strcmp(t->login, "robot") == 0 || held(facts, n, id, t->role, t->unit, w->now);
        assert_int_equal(bearer(w, t->text, &who), !alive ? ERR_UNAUTHORISED : has ? ERR_OK : ERR_FORBIDDEN);
        if (who.principal) {
            enum role role;
            assert_true(role_parse(str_of(t->role), &role));
            assert_int_equal(roles_now(w, &who), ROLE_BIT(role));
            assert_int_equal(roles_over(rules.org, who.principal, str_of(t->unit), STR(""), w->now), ROLE_BIT(role));
            assert_true(str_is(who.unit, t->unit));
        }
    }
}

static struct str saved(struct world *w, const struct staff *s)
{
    struct buf b _buf_ = BUF_MAX(1 << 20);
    staff_aggregate.save(&b, s);
    return str_dup(w->a, buf_view(&b));
}

/* The snapshot is what the events fold to, the projections too, and the chains hold. */
static void compare_with_replay(struct world *w)
{
    static const struct aggregate *const kinds[] = {&staff_aggregate};
    struct replay_report *report = calloc(1, sizeof *report);
    struct verify_report verified;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++) {
        struct staff live, folded;
        struct str home;
        struct id id;
        int64_t seq, again;
        assert_int_equal(staff_find(w->db, w->a, str_of(some_logins[l]), &home, &id), ERR_OK);
        assert_int_equal(stream_load(&staff_aggregate, &w->room.keyring, w->db, w->a, home, id, INT64_MAX, &live, &seq), ERR_OK);
        assert_int_equal(stream_load(&staff_aggregate, &w->room.keyring, w->db, w->a, home, id, seq, &folded, &again), ERR_OK);
        assert_true(seq == again && str_eq(saved(w, &live), saved(w, &folded)));
    }
    assert_int_equal(replay_run(w->f->store, &w->room.keyring, kinds, ARRAY_LEN(kinds), report, stderr), ERR_OK);
    assert_int_equal(report->differences, 0);
    assert_true(report->rows > 0);
    assert_int_equal(ledger_verify(w->f->store, &verified), ERR_OK);
    assert_false(verified.fault);
    free(report);
}

static void test_no_sequence_of_commands_gives_a_role_that_no_event_grants(void **state) /* */
{
    WORLD(w);
    uint64_t seed = 20261121;
    static struct fact facts[FACTS_MAX];
    static struct tried tokens[TOKENS_TRIED];
    size_t issued = 0;
    int rounds = w->f->engine == ENGINE_SQLITE ? 40 : 20;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++)
        register_one(w, "30292", some_logins[l], strcmp(some_logins[l], "robot") == 0 ? "machine" : "person");
    for (int i = 0; i < rounds; i++) {
        for (int j = 0; j < 8; j++)
            random_command(w, &seed, tokens, &issued);
        size_t n = read_facts(w, facts);
        int64_t now = w->now;
        for (int j = 0; j < 3; j++) {
            compare_with_facts(w, facts, n, tokens, issued);
            w->now += (int64_t)(draw(&seed) % 5) * MS_HOUR; /* and what the same events mean later */
        }
        w->now = now + (int64_t)(draw(&seed) % 3) * MS_HOUR;
    }
    assert_true(issued > 5);
    compare_with_replay(w);
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
    assert_false(same(o, "token", again, "token"));
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
        BOTH_ENGINES(test_a_cached_principal_lives_two_seconds_and_is_forgotten_at_once),
        BOTH_ENGINES(test_threads_share_the_cache),
        BOTH_ENGINES(test_no_sequence_of_commands_gives_a_role_that_no_event_grants),
        BOTH_ENGINES(test_the_command_line_issues_tokens_and_keeps_accounts),
    };
    return cmocka_run_group_tests_name("staff", tests, load_rules, free_rules);
}

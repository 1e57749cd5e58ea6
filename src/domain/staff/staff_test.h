/* What the tests of staff share: a store with its writer, and commands in short. Included once by each test program. */
#pragma once
#include "support/store_fixture.h"
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

__attribute__((unused)) static int load_rules(void **state)
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

__attribute__((unused)) static int free_rules(void **state)
{
    (void)state;
    arena_free(&memory);
    return 0;
}

__attribute__((unused)) static void world_open(struct world *w, struct fixture *f)
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

__attribute__((unused)) static void world_close(struct world *w)
{
    db_close(&w->db);
    writer_stop(&w->room.writer);
    arena_free(&w->a);
}

/* One command on somebody's stream (a registration where the login is unknown); takes over the payload. */
__attribute__((unused)) static enum err command_as(struct world *w, const struct actor *actor, const char *home, const char *login, const char *type, json_t *payload)
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

__attribute__((unused)) static enum err by_system(struct world *w, const char *login, const char *type, json_t *payload)
{
    return command_as(w, &w->system, "91", login, type, payload);
}

__attribute__((unused)) static struct str rfc(struct world *w, int64_t ms)
{
    char text[40];
    time_format(ms, text);
    return str_dup(w->a, str_of(text));
}

__attribute__((unused)) static json_t *with_time(struct world *w, json_t *o, const char *field, int64_t ms)
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

__attribute__((unused)) static void register_one(struct world *w, const char *home, const char *login, const char *kind)
{
    assert_int_equal(command_as(w, &w->system, home, NULL, "staff_register",
                                json_pack("{ssssss}", "login", login, "kind", kind, "display", "Nguyễn Thị Thử")), ERR_OK);
}

__attribute__((unused)) static enum err grant(struct world *w, const char *login, const char *role, const char *unit, int64_t from, int64_t to)
{
    json_t *o = json_pack("{ssssss}", "role", role, "unit", unit, "basis", "QĐ 12/QĐ-UBND");
    return by_system(w, login, "staff_grant", with_time(w, with_time(w, o, "from", from), "to", to));
}

__attribute__((unused)) static enum err issue(struct world *w, const char *login, const char *role, const char *unit, int64_t expires_at, char token[64])
{
    struct entropy e = entropy_system();
    unsigned char hash[HASH_BYTES];
    char hex[65];
    token_make(&e, token, hash);
    hex_format(hash, sizeof hash, hex);
    return by_system(w, login, "token_issue", with_time(w, json_pack("{ssssss}", "hash", hex, "role", role, "unit", unit), "expires_at", expires_at));
}

__attribute__((unused)) static enum err bearer(struct world *w, const char *token, struct actor *out)
{
    w->fail = (struct fail){0};
    return staff_principal_by_token(w->db, &w->room.keyring, &rules, w->a, str_of(token), w->now, out, &w->fail);
}

__attribute__((unused)) static enum err person(struct world *w, const char *login, struct actor *out)
{
    w->fail = (struct fail){0};
    return staff_principal_by_id(w->db, &w->room.keyring, &rules, w->a, str_of(login), w->now, out, &w->fail);
}

__attribute__((unused)) static role_set roles_now(struct world *w, const struct actor *actor) { return roles_in_force(actor->principal, w->now); }

#define WORLD(name) \
    struct world name##_world, *name = &name##_world; \
    world_open(name, fixture_of(state))

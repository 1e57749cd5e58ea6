/* What the tests of party streams share: a store with its writer, people of given roles, and commands in short. Included once by each
 * test program. */
#pragma once
#include "support/store_fixture.h"
#include "support/toy.h"
#include "base/timex.h"
#include "domain/command/replay.h"
#include "domain/party/party_private.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static struct arena *memory;
static struct rules rules;

struct world {
    struct fixture *f;
    struct engine_room *room;
    struct db *db;
    struct arena *a;
    int64_t now;
    int key;
    struct outcome out; /* of the last command */
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

/* number: of her own, or NULL. */
__attribute__((unused)) static struct actor somebody(struct world *w, const char *id, enum role role, const char *unit, const char *number)
{
    struct role_grant *g = ARENA_NEW(w->a, struct role_grant);
    struct principal *p = ARENA_NEW(w->a, struct principal);
    struct hash *own = ARENA_NEW(w->a, struct hash);
    *g = (struct role_grant){role, str_of(unit), INT64_MIN, INT64_MAX};
    *p = (struct principal){.actor_id = str_of(id), .unit = str_of(unit), .roles = g, .role_count = 1, .parties = own};
    if (number) {
        *own = personal_hash(&w->room->keyring, "personal_number", str_of(number));
        p->party_count = 1;
    }
    struct actor actor = {.id = p->actor_id, .unit = p->unit, .principal = p};
    actor.audiences = audiences_of(rules.org, w->a, p, w->now, actor.audience);
    return actor;
}

__attribute__((unused)) static void world_open(struct world *w, struct fixture *f, int lanes)
{
    *w = (struct world){.f = f, .a = arena_new(), .now = time_from_local(civil_days(2026, 11, 23), 9 * MS_HOUR)};
    w->room = toy_room(f->store, lanes, "parties");
    atomic_store(&w->room->rules, &rules);
    assert_int_equal(db_open(f->store, DB_READ, &w->db), ERR_OK);
    w->system = somebody(w, "system", ROLE_SYSTEM, "", NULL);
}

__attribute__((unused)) static void world_close(struct world *w)
{
    db_close(&w->db);
    toy_room_close(&w->room);
    arena_free(&w->a);
}

/* staff:lan, leader of the province and of two communes, approves; she has no stream here. */
__attribute__((unused)) static enum err prepare_with_lan(struct decision *d, struct db *db)
{
    static const struct role_grant of_lan[] = {{ROLE_LEADER, {"91", 2}, INT64_MIN, INT64_MAX}, {ROLE_LEADER, {"30292", 5}, INT64_MIN, INT64_MAX},
                                               {ROLE_LEADER, {"30307", 5}, INT64_MIN, INT64_MAX}};
    static const struct principal lan = {.actor_id = {"staff:lan", 9}, .unit = {"91", 2}, .roles = of_lan, .role_count = ARRAY_LEN(of_lan)};
    enum err e = party_prepare(d, db);
    if (!e && str_is(get_s(d->command->payload, "approver"), "staff:lan"))
        ((struct party_inputs *)d->inputs)->approver = &lan;
    return e;
}

static const struct party_ref NEW_IN_91 = {{"91", 2}, {{0}}};
#define NEW_IN(unit) ((struct party_ref){STR(unit), {{0}}})

/* The payload as text, with ' for ". */
__attribute__((unused, format(printf, 5, 6))) static enum err give_as(struct world *w, const struct actor *who, struct party_ref to, const char *type,
                                                                      const char *payload, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, payload);
    vsnprintf(text, sizeof text, payload, ap);
    va_end(ap);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *j = arena_json(w->a, json_loads(text, 0, NULL));
    if (!j)
        fail_msg("no JSON: %s", text);
    struct aggregate *played = arena_alloc(w->a, sizeof *played);
    *played = party_aggregate;
    played->prepare = prepare_with_lan;
    struct command c = {.aggregate = played, .type = str_of(type), .home_unit = to.home_unit, .stream = to.id, .actor = *who,
                        .key = str_printf(w->a, "k%d", w->key++), .payload = j, .now = w->now};
    return command_wait(w->room, w->a, &c, &w->out);
}
#define give(w, to, type, ...) give_as((w), &(w)->system, (to), (type), __VA_ARGS__)
#define assert_given(w, call) \
    do { \
        enum err e_ = (call); \
        if (e_) \
            fail_msg("%s: %s %s '%s' %s", #call, err_info(e_)->name, (w)->out.fail.item[0].code, (w)->out.fail.item[0].pointer, (w)->out.fail.item[0].param); \
    } while (0)
#define assert_refused(w, call, kind, what) \
    do { \
        assert_int_equal((call), (kind)); \
        assert_string_equal((w)->out.fail.item[0].code, (what)); \
    } while (0)

__attribute__((unused)) static struct party_ref made(const struct world *w) { return (struct party_ref){w->out.home_unit, w->out.stream}; }
__attribute__((unused)) static const struct party *state_of(const struct world *w) { return w->out.state; }

__attribute__((unused)) static struct party_ref person(struct world *w, const char *home, const char *name, const char *number)
{
    struct party_ref to = {str_of(home), {{0}}};
    if (number)
        assert_given(w, give(w, to, "party_register", "{'kind': 'person', 'name': '%s', 'id_type': 'personal_number', 'id_number': '%s'}", name, number));
    else
        assert_given(w, give(w, to, "party_register", "{'kind': 'person', 'name': '%s'}", name));
    return made(w);
}

__attribute__((unused)) static const char *text_of_id(struct world *w, struct id id)
{
    char *text = arena_alloc(w->a, 37);
    id_format(id, text);
    return text;
}
#define MERGE "{'into': '%s', 'into_home': '%.*s', 'reason': 'một người', 'approver': 'staff:lan'}"
__attribute__((unused)) static enum err merge(struct world *w, struct party_ref from, struct party_ref into)
{
    return give(w, from, "party_merge", MERGE, text_of_id(w, into.id), PRS(into.home_unit));
}

__attribute__((unused)) static bool same_ref(struct party_ref a, struct party_ref b) { return id_eq(a.id, b.id) && str_eq(a.home_unit, b.home_unit); }

__attribute__((unused)) static size_t group_of(struct world *w, struct party_ref of, struct party_ref *survivor_r)
{
    struct party_ref *refs;
    size_t n;
    assert_int_equal(party_group(w->db, w->a, of, &refs, &n), ERR_OK);
    if (survivor_r)
        *survivor_r = refs[0];
    return n;
}

/* Everything that can be checked of any store: chains whole, projections equal to a replay. */
__attribute__((unused)) static void whole(struct world *w)
{
    static const struct aggregate *const kinds[] = {&party_aggregate};
    struct replay_report *r = calloc(1, sizeof *r);
    struct verify_report v;
    assert_int_equal(ledger_verify(w->f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld: %s", v.unit, (long long)v.pos, v.what);
    enum err e = replay_run(w->f->store, &w->room->keyring, kinds, ARRAY_LEN(kinds), r, stderr);
    if (e || r->differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r->differences, r->problem);
    free(r);
}

#define WORLD(name, lanes) \
    struct world name##_world, *name = &name##_world; \
    world_open(name, fixture_of(state), (lanes))

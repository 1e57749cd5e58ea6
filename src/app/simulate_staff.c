/* The staff of the places that take part: registered and given their roles by commands like anybody's, before the first dossier. An outside
 * authority is played by its connector, which no person can be: its rights are those of the machine account, held here only. */
#include "app/simulate_staff.h"
#include "domain/staff/staff.h"
#include <stdio.h>

static const char *const role_word[PLACE_ROLES] = {"clerk", "officer", "leader"};
static const enum role authority_roles[] = {ROLE_CONNECTOR, ROLE_OFFICER, ROLE_LEADER, ROLE_CLERK};

struct registering {
    struct app *app;
    struct plan *p;
    struct arena *a; /* scratch */
    struct db *db;
    int64_t now;
    struct fail *f;
};

static enum err give(struct registering *r, const char *type, struct str home, struct id stream, struct str key, json_t *payload, struct outcome *out)
{
    struct command c = {.aggregate = &staff_aggregate, .type = str_of(type), .home_unit = home, .stream = stream, .key = key,
                        .payload = arena_json(r->a, payload), .now = r->now};
    staff_system_actor(r->p->rules, r->a, STR(""), r->now, &c.actor);
    enum err e = command_wait(&r->app->room, r->a, &c, out);
    if (e)
        *r->f = out->fail;
    if (e && !r->f->err)
        fail_add(r->f, e, NULL, "", "store.unavailable", NULL);
    return e;
}

static struct str login_of(struct registering *r, struct str unit, const char *role)
{
    struct str s = str_printf(r->a, "mp.%.*s.%s", PRS(unit), role);
    char *c = (char *)(uintptr_t)s.p;
    for (size_t i = 0; i < s.n; i++)
        c[i] = c[i] >= 'A' && c[i] <= 'Z' ? (char)(c[i] - 'A' + 'a') : c[i];
    return s;
}

static enum err one(struct registering *r, const struct people *people, struct place *at, int i)
{
    struct str unit = at->unit->code, login = login_of(r, unit, role_word[i]);
    struct draws d = draws_for(r->p->seed, str_hash(login), 3);
    struct person who;
    struct outcome out = {0};
    person_make(people, &d, r->p->from, &who);
    enum err e = give(r, "staff_register", unit, (struct id){{0}}, str_printf(r->a, "sim-register-%.*s", PRS(login)),
                      json_pack("{ssssssss}", "login", login.p, "kind", "person", "display", who.name, "personal_number", who.number), &out);
    if (!e)
        e = give(r, "staff_grant", out.home_unit, out.stream, str_printf(r->a, "sim-grant-%.*s", PRS(login)),
                 json_pack("{ssss%ss}", "role", role_word[i], "unit", unit.p, unit.n, "basis", "Quyết định phân công (mô phỏng)"), &out);
    if (!e)
        e = staff_principal_by_id(r->db, &r->app->room.keyring, r->p->rules, r->p->a, login, r->now, &at->actor[i], r->f);
    return e;
}

static void authority(struct registering *r, struct place *at)
{
    struct plan *p = r->p;
    struct role_grant *g = ARENA_ARRAY(p->a, struct role_grant, ARRAY_LEN(authority_roles));
    struct principal *who = ARENA_NEW(p->a, struct principal);
    for (size_t i = 0; i < ARRAY_LEN(authority_roles); i++)
        g[i] = (struct role_grant){authority_roles[i], at->unit->code, INT64_MIN, INT64_MAX};
    struct actor actor = {.id = str_printf(p->a, "machine:mp.%.*s.connector", PRS(at->unit->code)), .unit = at->unit->code, .principal = who};
    *who = (struct principal){.actor_id = actor.id, .unit = at->unit->code, .roles = g, .role_count = ARRAY_LEN(authority_roles)};
    actor.audiences = audiences_of(p->rules->org, p->a, who, r->now, actor.audience);
    for (int i = 0; i < PLACE_ROLES; i++)
        at->actor[i] = actor;
}

enum err simulate_staff(struct app *app, struct plan *p, const struct people *people, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct db *db _db_ = NULL;
    struct registering r = {app, p, a, NULL, time_from_local(p->from, 0), f};
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    r.db = db;
    for (size_t i = 0; i < p->places && !e; i++) {
        struct place *at = &p->place[i];
        if (!at->used)
            continue;
        if (at->unit->authority)
            authority(&r, at);
        for (int k = 0; k < PLACE_ROLES && !e && !at->unit->authority; k++)
            e = one(&r, people, at, k);
        arena_reset(a);
    }
    return e;
}

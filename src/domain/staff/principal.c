/* From a token or a login to who acts. The rights come from the snapshot of the stream, the same state that a command would decide on;
 * the table `token` only says whose a token is. See staff.h. */
#include "domain/staff/staff_private.h"

struct finding {
    struct arena *a;
    const struct rules *rules;
    int64_t now;
    struct str home;
    struct staff s;
    struct role_grant *roles;
    struct delegation *delegations;
    size_t role_count, delegation_count;
    int64_t until; /* nothing changes by time alone before */
};

static int64_t open_end(int64_t to) { return to ? to : INT64_MAX; }

/* The next moment at which a span begins or ends. */
static void bound(struct finding *f, int64_t from, int64_t to)
{
    if (from > f->now && from < f->until)
        f->until = from;
    if (to > f->now && to < f->until)
        f->until = to;
}

/* `role` and `unit` NULL: all. */
static void collect(struct finding *f, const struct str *role, const struct str *unit)
{
    f->roles = ARENA_ARRAY(f->a, struct role_grant, f->s.grants + 1);
    f->delegations = ARENA_ARRAY(f->a, struct delegation, f->s.delegations + 1);
    for (size_t i = 0; i < f->s.grants; i++) {
        const struct staff_grant *g = &f->s.grant[i];
        enum role r;
        if ((role && !str_eq(*role, g->role)) || (unit && !str_eq(*unit, g->unit)) || !role_parse(g->role, &r))
            continue;
        f->roles[f->role_count++] = (struct role_grant){r, g->unit, g->from, open_end(g->to)};
        bound(f, g->from, open_end(g->to));
    }
    for (size_t i = 0; i < f->s.delegations; i++) {
        const struct staff_delegation *g = &f->s.delegation[i];
        enum role r;
        if ((role && !str_eq(*role, g->role)) || (unit && !str_eq(*unit, g->from_unit)) || !role_parse(g->role, &r))
            continue;
        f->delegations[f->delegation_count++] = (struct delegation){r, g->from_unit, g->from, open_end(g->to), g->procedures, g->decision};
        bound(f, g->from, open_end(g->to));
    }
}

static void make_actor(struct finding *f, struct str unit, struct actor *out)
{
    struct principal *p = ARENA_NEW(f->a, struct principal);
    struct hash *own = ARENA_NEW(f->a, struct hash);
    *p = (struct principal){.actor_id = staff_actor_id(f->a, &f->s), .unit = unit, .roles = f->roles, .role_count = f->role_count,
                            .delegations = f->delegations, .delegation_count = f->delegation_count,
                            .cleared_from_ms = f->s.cleared_from, .cleared_to_ms = f->s.cleared_to, .parties = own};
    p->party_count = hex_parse(f->s.personal_hash, own->b, PARTY_HASH_BYTES);
    bound(f, p->cleared_from_ms, p->cleared_to_ms);
    out->id = p->actor_id;
    out->unit = unit;
    out->principal = p;
    _Static_assert((int)ACTOR_AUDIENCES_MAX == (int)AUDIENCES_MAX, "an actor holds all audiences");
    out->audiences = audiences_of(f->rules->org, f->a, p, f->now, out->audience);
}

static const struct staff_token *token_in(const struct staff *s, const struct hash *hash)
{
    for (size_t i = 0; i < s->tokens; i++) {
        unsigned char own[HASH_BYTES];
        if (hex_parse(s->token[i].hash, own, sizeof own) && equal_in_constant_time(own, hash->b, sizeof own))
            return &s->token[i];
    }
    return NULL;
}

/* The index is asked for a hash, which tells an eavesdropper on times nothing about any token; what it gives is compared in constant time. */
static enum err token_stream(struct db *db, struct arena *a, const struct hash *hash, int64_t now, struct str *home_r, struct id *id_r,
                             struct fail *f)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_STAFF_TOKEN, p_bytes(hash_str(hash)));
    if (e)
        return e;
    if (!rows_next(&r) || row_str(&r, 0).n != HASH_BYTES || !equal_in_constant_time(row_str(&r, 0).p, hash->b, HASH_BYTES)) {
        e = rows_end(&r);
        return e ? e : fail_add(f, ERR_UNAUTHORISED, NULL, "", "token.unknown", NULL);
    }
    *home_r = str_dup(a, row_str(&r, 1));
    memcpy(id_r->b, row_str(&r, 2).p, ID_BYTES);
    bool expired = row_i64(&r, 3) <= now, revoked = row_i64(&r, 4) != 0;
    e = rows_end(&r);
    if (!e && (revoked || expired))
        e = fail_add(f, ERR_UNAUTHORISED, "R-283", "", revoked ? "token.revoked" : "token.expired", NULL);
    return e;
}

enum err staff_principal_until(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str token, int64_t now,
                               struct actor *out, int64_t *until_r, struct fail *f)
{
    struct finding p = {.a = a, .rules = rules, .now = now, .until = INT64_MAX};
    struct hash hash;
    struct id id;
    int64_t seq;
    *out = (struct actor){.id = STR(""), .unit = STR("")};
    *until_r = now;
    if (!token_hash(token, &hash))
        return fail_add(f, ERR_UNAUTHORISED, NULL, "", "token.unknown", NULL);
    enum err e = token_stream(db, a, &hash, now, &p.home, &id, f);
    if (e)
        return e;
    e = stream_load(&staff_aggregate, k, db, a, p.home, id, INT64_MAX, &p.s, &seq);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
    if (!p.s.active)
        return fail_add(f, ERR_UNAUTHORISED, "R-283", "", "staff.inactive", NULL);
    const struct staff_token *t = token_in(&p.s, &hash);
    if (!t || t->revoked_at) /* not in the list any more: it ended between the two reads */
        return fail_add(f, ERR_UNAUTHORISED, "R-283", "", "token.revoked", NULL);
    if (staff_ended(t->expires_at, now))
        return fail_add(f, ERR_UNAUTHORISED, "R-283", "", "token.expired", NULL);
    bound(&p, 0, t->expires_at);
    enum role role;
    if (!role_parse(t->role, &role))
        return ERR_CORRUPT;
    if (staff_is_machine(&p.s)) {
        p.roles = ARENA_NEW(a, struct role_grant);
        p.roles[p.role_count++] = (struct role_grant){role, t->unit, t->issued_at, t->expires_at};
    } else
        collect(&p, &t->role, &t->unit);
    make_actor(&p, t->unit, out);
    if (!roles_in_force(out->principal, now)) {
        *out = (struct actor){.id = STR(""), .unit = STR("")};
        return fail_add(f, ERR_FORBIDDEN, "R-283", "", "token.role-gone", NULL);
    }
    *until_r = p.until;
    return ERR_OK;
}

enum err staff_principal_by_token(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str token, int64_t now,
                                  struct actor *out, struct fail *f)
{
    int64_t until;
    return staff_principal_until(db, k, rules, a, token, now, out, &until, f);
}

enum err staff_principal_by_id(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str id, int64_t now,
                               struct actor *out, struct fail *f)
{
    struct finding p = {.a = a, .rules = rules, .now = now, .until = INT64_MAX};
    struct id stream;
    int64_t seq;
    struct str login = str_has_prefix(id, STR("staff:")) ? str_sub(id, 6, id.n) : id;
    *out = (struct actor){.id = STR(""), .unit = STR("")};
    enum err e = staff_find(db, a, login, &p.home, &stream);
    if (!e)
        e = stream_load(&staff_aggregate, k, db, a, p.home, stream, INT64_MAX, &p.s, &seq);
    if (e)
        return e == ERR_NOT_FOUND ? fail_add(f, e, NULL, "", "staff.absent", NULL) : e;
    if (!p.s.active)
        return fail_add(f, ERR_UNAUTHORISED, "R-283", "", "staff.inactive", NULL);
    collect(&p, NULL, NULL);
    make_actor(&p, p.home, out);
    return ERR_OK;
}

void staff_system_actor(const struct rules *rules, struct arena *a, struct str unit, int64_t now, struct actor *out)
{
    struct role_grant *g = ARENA_NEW(a, struct role_grant);
    struct principal *p = ARENA_NEW(a, struct principal);
    *g = (struct role_grant){ROLE_SYSTEM, STR(""), INT64_MIN, INT64_MAX};
    *p = (struct principal){.actor_id = STR("system"), .unit = str_dup(a, unit), .roles = g, .role_count = 1};
    *out = (struct actor){.id = STR("system"), .unit = p->unit, .principal = p};
    out->audiences = audiences_of(rules->org, a, p, now, out->audience);
}

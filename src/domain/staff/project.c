/* Projections of staff: accounts, roles, delegations, clearance, tokens; and what decisions must read before. See staff.h and
 * sql/migrations/0003_staff.sql, 0020_staff_more.sql. An open end is INT64_MAX there, so that `valid_to > now` asks one question. */
#include "domain/staff/staff_private.h"
#include "domain/command/upcast.h"

struct projecting {
    struct db *db;
    struct arena *a;
    const struct staff *after;
    struct param home, id;
};

static struct param end(int64_t to) { return p_int(to ? to : INT64_MAX); }

/* Rows of what the event touched; those that were not touched come out as they were. */
static enum err role_rows(struct projecting *p, const json_t *payload)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->after->grants && !e; i++) {
        const struct staff_grant *g = &p->after->grant[i];
        if (str_eq(g->role, get_s(payload, "role")) && str_eq(g->unit, get_s(payload, "unit")))
            e = db_exec(p->db, STMT_STAFF_ROLE_SET, p->home, p->id, p_text(g->role), p_text(g->unit), p_int(g->from), end(g->to), p_text(g->basis));
    }
    return e;
}

static enum err delegation_rows(struct projecting *p, struct str decision)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->after->delegations && !e; i++) {
        const struct staff_delegation *g = &p->after->delegation[i];
        if (str_eq(g->decision, decision))
            e = db_exec(p->db, STMT_STAFF_DELEGATION_SET, p->home, p->id, p_text(g->role), p_text(g->from_unit), p_text(g->decision),
                        p_int(g->from), end(g->to), p_text(g->procedures));
    }
    return e;
}

static enum err token_row(struct projecting *p, const json_t *payload)
{
    unsigned char hash[HASH_BYTES];
    if (!hex_parse(get_s(payload, "hash"), hash, sizeof hash))
        return ERR_CORRUPT;
    return db_exec(p->db, STMT_STAFF_TOKEN_ADD, p_bytes(str_bytes(hash, sizeof hash)), p->home, p->id, p_text(staff_actor_id(p->a, p->after)),
                   p_text(get_s(payload, "role")), p_text(get_s(payload, "unit")), p_int(get_i(payload, "expires_at")));
}

static enum err token_revoked(struct projecting *p, const json_t *payload)
{
    unsigned char hash[HASH_BYTES];
    if (!hex_parse(get_s(payload, "hash"), hash, sizeof hash))
        return ERR_CORRUPT;
    return db_exec(p->db, STMT_STAFF_TOKEN_REVOKE, p_bytes(str_bytes(hash, sizeof hash)), p_int(get_i(payload, "revoked_at")));
}

static enum err project_one(struct projecting *p, const struct applied *e)
{
    const struct staff *s = p->after;
    struct str type = e->head.type;
    if (str_is(type, "staff.registered"))
        return db_exec(p->db, STMT_STAFF_ADD, p->home, p->id, p_text(s->login), p_text(get_s(e->personal, "display")), p_text(s->kind));
    if (str_is(type, "staff.granted") || str_is(type, "staff.revoked"))
        return role_rows(p, e->payload);
    if (str_is(type, "staff.delegated"))
        return delegation_rows(p, get_s(e->payload, "decision"));
    if (str_is(type, "staff.delegation_ended"))
        return delegation_rows(p, get_s(e->payload, "ended_decision"));
    if (str_is(type, "staff.cleared"))
        return db_exec(p->db, STMT_STAFF_CLEARANCE_SET, p->home, p->id, p_int(s->cleared_from), p_int(s->cleared_to), p_text(s->clear_basis));
    if (str_is(type, "staff.token_issued"))
        return token_row(p, e->payload);
    if (str_is(type, "staff.token_revoked"))
        return token_revoked(p, e->payload);
    enum err err = db_exec(p->db, STMT_STAFF_ACTIVE, p->home, p->id, p_int(s->active)); /* deactivated, reactivated */
    if (!err && !s->active)
        err = db_exec(p->db, STMT_STAFF_TOKENS_REVOKE, p->home, p->id, p_int(s->deactivated_at));
    return err;
}

enum err staff_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)k, (void)before;
    struct arena *a _arena_ = arena_new();
    struct projecting p = {db, a, after, p_text(e->head.home_unit), p_bytes(id_str(&e->head.stream))};
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++)
        err = project_one(&p, &e[i]);
    return err;
}

/* --- inputs of decisions, and look-ups --- */

static enum err exists(struct db *db, enum stmt_id id, struct param what, bool *yes_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, id, what);
    *yes_r = !e && rows_next(&r);
    return e ? e : rows_end(&r);
}

enum err staff_prepare(struct decision *d, struct db *db)
{
    struct staff_inputs *in = ARENA_NEW(d->arena, struct staff_inputs);
    unsigned char hash[HASH_BYTES];
    d->inputs = in;
    if (str_is(d->command->type, "staff_register"))
        return exists(db, STMT_STAFF_FIND, p_text(str_trim(get_s(d->command->payload, "login"))), &in->taken);
    if (str_is(d->command->type, "token_issue") && hex_parse(str_trim(get_s(d->command->payload, "hash")), hash, sizeof hash))
        return exists(db, STMT_STAFF_TOKEN, p_bytes(str_bytes(hash, sizeof hash)), &in->taken);
    return ERR_OK;
}

enum err staff_find(struct db *db, struct arena *a, struct str login, struct str *home_r, struct id *id_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_STAFF_FIND, p_text(login));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    *home_r = str_dup(a, row_str(&r, 0));
    memcpy(id_r->b, row_str(&r, 1).p, ID_BYTES);
    return rows_end(&r);
}

static const struct event_type types[] = {
    {"staff.cleared", 1}, {"staff.deactivated", 1}, {"staff.delegated", 1}, {"staff.delegation_ended", 1}, {"staff.granted", 1},
    {"staff.reactivated", 1}, {"staff.registered", 1}, {"staff.revoked", 1}, {"staff.token_issued", 1}, {"staff.token_revoked", 1},
};

const struct aggregate staff_aggregate = {
    .kind = "staff", .state_size = sizeof(struct staff), .apply = staff_apply, .save = staff_save, .load = staff_load,
    .prepare = staff_prepare, .decide = staff_decide, .fields = staff_command_fields, .project = staff_project,
    .types = types, .type_count = ARRAY_LEN(types),
};

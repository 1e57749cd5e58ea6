/* Projections of a party, and what its decisions must read before. See party.h and sql/migrations/0040_party.sql. */
#include "domain/party/party_private.h"
#include "domain/command/upcast.h"

struct projecting {
    struct db *db;
    const struct party *after;
    struct param home, id;
};

static enum err row(struct projecting *p)
{
    const struct party *s = p->after;
    struct id into = {{0}};
    bool merged = s->into.n && id_parse(s->into, &into);
    return db_exec(p->db, STMT_PARTY_SET, p->home, p->id, p_text(s->kind), p_text(s->into_home), p_bytes(merged ? id_str(&into) : STR("")),
                   p_int(s->merged_at), p_int(s->registered_at), p_int(s->erased));
}

/* A replay of an erased stream knows of no identifier: then there is no row. */
static enum err identifier_row(struct projecting *p, int64_t no)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->after->identifiers && !e; i++) {
        const struct party_identifier *n = &p->after->identifier[i];
        unsigned char hash[PARTY_HASH_BYTES];
        if (n->no == no)
            e = db_exec(p->db, STMT_PARTY_IDENTIFIER_SET, p->home, p->id, p_int(no), p_hash(hash, n->hash), p_int(n->key_version), p_text(n->type),
                        p_int(n->from), p_int(n->to));
    }
    return e;
}

/* "birth_date,sex"; a difference comes after the link of the same place, and replaces what was noted. */
static struct str differs(struct arena *a, const json_t *payload)
{
    struct str all = STR("");
    size_t i;
    const json_t *v;
    json_array_foreach(json_object_get(payload, "fields"), i, v)
        all = str_printf(a, "%.*s%s%s", PRS(all), i ? "," : "", json_string_value(v));
    return all;
}

static enum err link_row(struct projecting *p, const json_t *payload, bool stands)
{
    struct arena *a _arena_ = arena_new();
    struct id dossier;
    struct param home = p_text(get_s(payload, "dossier_home")), place = p_int(get_i(payload, "place"));
    if (!id_parse(get_s(payload, "dossier"), &dossier))
        return ERR_CORRUPT;
    if (stands)
        return db_exec(p->db, STMT_PARTY_LINK_SET, p->home, p->id, home, p_bytes(id_str(&dossier)), place, p_text(get_s(payload, "role")),
                       p_text(differs(a, payload)));
    return db_exec(p->db, STMT_PARTY_LINK_DROP, p->home, p->id, home, p_bytes(id_str(&dossier)), place);
}

static enum err erased(struct projecting *p)
{
    enum err e = db_exec(p->db, STMT_LEDGER_KEY_DROP, p->home, p->id);
    if (!e)
        e = db_exec(p->db, STMT_PARTY_IDENTIFIERS_DROP, p->home, p->id);
    if (!e)
        e = db_exec(p->db, STMT_PARTY_LINKS_DROP, p->home, p->id);
    return e ? e : row(p);
}

static enum err project_one(struct projecting *p, const struct applied *e)
{
    struct str type = e->head.type;
    if (str_is(type, "party.registered")) {
        enum err err = row(p);
        return err ? err : identifier_row(p, get_i(e->payload, "no"));
    }
    if (str_is(type, "party.identified") || str_is(type, "party.identifier_ended"))
        return identifier_row(p, get_i(e->payload, "no"));
    if (str_is(type, "party.merged") || str_is(type, "party.unmerged"))
        return row(p);
    if (str_is(type, "party.linked") || str_is(type, "party.unlinked") || str_is(type, "party.difference_noted"))
        return link_row(p, e->payload, !str_is(type, "party.unlinked"));
    return str_is(type, "party.erased") ? erased(p) : ERR_OK;
}

enum err party_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)k, (void)before;
    struct projecting p = {db, after, p_text(e->head.home_unit), p_bytes(id_str(&e->head.stream))};
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++)
        err = project_one(&p, &e[i]);
    return err;
}

/* --- inputs of decisions --- */

static enum err lock(struct db *db, struct str eight_bytes)
{
    struct rows r _rows_ = {0};
    int64_t key;
    memcpy(&key, eight_bytes.p, sizeof key);
    enum err e = db_query(db, &r, STMT_PARTY_LOCK, p_int(key));
    return e ? e : rows_end(&r);
}

/* Two units that meet one person at the same moment: the second sees what the first wrote. A unique index would do it too, but a replay
 * goes unit by unit, and would meet a number's next bearer before its last one's end. */
static enum err bearers(struct decision *d, struct db *db, struct party_inputs *in)
{
    const json_t *payload = d->command->payload;
    struct str type = get_s(payload, "id_type"), number = party_number_neat(d->arena, str_trim(get_s(payload, "id_number")));
    if (!type.n || !number.n)
        return ERR_OK;
    unsigned char hash[PARTY_HASH_BYTES];
    struct param h = p_hash(hash, party_number_hash(d->arena, d->keyring, str_trim(type), number));
    struct bearer *list = ARENA_ARRAY(d->arena, struct bearer, BEARERS_MAX);
    struct rows r _rows_ = {0};
    enum err e = lock(db, str_bytes(hash, sizeof hash));
    if (!e)
        e = db_query(db, &r, STMT_PARTY_BEARERS, h, p_int(PARTY_KEY_VERSION), p_int(BEARERS_MAX));
    while (!e && in->bearers < BEARERS_MAX && rows_next(&r)) {
        struct bearer *b = &list[in->bearers++];
        memcpy(b->id.b, row_str(&r, 1).p, ID_BYTES);
        b->from = row_i64(&r, 2);
        b->to = row_i64(&r, 3);
    }
    in->bearer = list;
    return e ? e : rows_end(&r);
}

static enum err places(struct decision *d, struct db *db, struct party_inputs *in)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_PLACES, p_text(d->command->home_unit), p_bytes(id_str(&d->stream)), p_int(PLACES_MAX));
    while (!e && in->places < PLACES_MAX && rows_next(&r))
        in->place[in->places++] = str_dup(d->arena, row_str(&r, 0));
    return e ? e : rows_end(&r);
}

static enum err link_there(struct decision *d, struct db *db, struct party_inputs *in)
{
    const json_t *payload = d->command->payload;
    struct id dossier;
    if (!id_parse(get_s(payload, "dossier"), &dossier))
        return ERR_OK;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_LINK, p_text(d->command->home_unit), p_bytes(id_str(&d->stream)), p_text(get_s(payload, "dossier_home")),
                          p_bytes(id_str(&dossier)), p_int(get_i(payload, "place")));
    if (!e && (in->linked = rows_next(&r))) {
        in->linked_role = str_dup(d->arena, row_str(&r, 0));
        in->linked_differs = str_dup(d->arena, row_str(&r, 1));
    }
    return e ? e : rows_end(&r);
}

/* Merges are rare: one after another in the whole store, so that two of them cannot close a circle. */
static enum err other(struct decision *d, struct db *db, struct party_inputs *in)
{
    const json_t *payload = d->command->payload;
    struct str home = str_trim(get_s(payload, "into_home"));
    struct party_ref into = {home.n ? home : d->command->home_unit, {{0}}}, us = {d->command->home_unit, d->stream}, *theirs, *ours;
    size_t theirs_n = 0, ours_n = 0;
    int64_t seq;
    if (!id_parse(str_trim(get_s(payload, "into")), &into.id))
        return ERR_OK;
    enum err e = lock(db, STR("mergers!"));
    if (!e)
        e = stream_load(&party_aggregate, d->keyring, db, d->arena, into.home_unit, into.id, INT64_MAX, &in->into, &seq);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    in->into_known = e == ERR_OK;
    if (!e)
        e = party_group(db, d->arena, into, &theirs, &theirs_n);
    if (!e)
        e = party_group(db, d->arena, us, &ours, &ours_n);
    in->into_reaches_us = !e && id_eq(theirs[0].id, us.id) && str_eq(theirs[0].home_unit, us.home_unit);
    in->group = theirs_n + ours_n;
    return e;
}

/* By the tables of staff, for the room of staff stands on this one; so of grants alone, not of delegations. */
static enum err approver(struct decision *d, struct db *db, struct party_inputs *in)
{
    enum { ROLES_MAX = 64 };
    struct str id = str_trim(get_s(d->command->payload, "approver"));
    if (!str_has_prefix(id, STR("staff:")) || id.n > ACTOR_MAX)
        return ERR_OK;
    struct role_grant *g = ARENA_ARRAY(d->arena, struct role_grant, ROLES_MAX);
    struct principal *p = ARENA_NEW(d->arena, struct principal);
    *p = (struct principal){.actor_id = id, .unit = STR(""), .roles = g};
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_APPROVER, p_text(str_sub(id, 6, id.n)), p_int(ROLES_MAX));
    while (!e && p->role_count < ROLES_MAX && rows_next(&r)) {
        enum role role;
        if (role_parse(row_str(&r, 0), &role))
            g[p->role_count++] = (struct role_grant){role, str_dup(d->arena, row_str(&r, 1)), row_i64(&r, 2), row_i64(&r, 3)};
    }
    if (p->role_count)
        in->approver = p;
    return e ? e : rows_end(&r);
}

enum err party_prepare(struct decision *d, struct db *db)
{
    struct party_inputs *in = ARENA_NEW(d->arena, struct party_inputs);
    struct str type = d->command->type;
    enum err e = ERR_OK;
    d->inputs = in;
    if (str_is(type, "party_register") || str_is(type, "party_identify"))
        e = bearers(d, db, in);
    if (!d->seq || e)
        return e;
    if (str_is(type, "party_link") || str_is(type, "party_unlink"))
        return link_there(d, db, in);
    e = places(d, db, in);
    if (!e && json_object_get(d->command->payload, "approver"))
        e = approver(d, db, in);
    if (!e && str_is(type, "party_merge"))
        e = other(d, db, in);
    if (!e && (str_is(type, "party_identify") || str_is(type, "party_rename") || str_is(type, "party_correct")))
        e = party_personal(d->keyring, db, d->arena, d->command->home_unit, d->stream, &in->personal);
    return e;
}

static const struct event_type types[] = {
    {"party.corrected", 1}, {"party.difference_noted", 1}, {"party.erased", 1}, {"party.identified", 1}, {"party.identifier_ended", 1},
    {"party.linked", 1}, {"party.merged", 1}, {"party.registered", 1}, {"party.renamed", 1}, {"party.unlinked", 1}, {"party.unmerged", 1},
};

const struct aggregate party_aggregate = {
    .kind = "party", .state_size = sizeof(struct party), .apply = party_apply, .save = party_save, .load = party_load,
    .prepare = party_prepare, .decide = party_decide, .fields = party_command_fields, .project = party_project,
    .types = types, .type_count = ARRAY_LEN(types),
};

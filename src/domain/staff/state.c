/* State of a member of staff: apply, save, load. An event names what began or ended; the lists of what is in force follow. See staff.h. */
#include "domain/staff/staff_private.h"
#include "domain/command/members.h"

static const struct member staff_members[] = {
#define S(name) MEMBER_TEXT(struct staff, name),
#define I(name) MEMBER_INT(struct staff, name),
    STAFF_FIELDS(S, I)
#undef S
#undef I
};
static const struct member grant_members[] = {MEMBER_TEXT(struct staff_grant, role), MEMBER_TEXT(struct staff_grant, unit), MEMBER_TEXT(struct staff_grant, basis),
                                              MEMBER_INT(struct staff_grant, from), MEMBER_INT(struct staff_grant, to)};
static const struct member delegation_members[] = {
    MEMBER_TEXT(struct staff_delegation, role),     MEMBER_TEXT(struct staff_delegation, from_unit), MEMBER_TEXT(struct staff_delegation, procedures),
    MEMBER_TEXT(struct staff_delegation, decision), MEMBER_INT(struct staff_delegation, from),       MEMBER_INT(struct staff_delegation, to)};
static const struct member token_members[] = {
    MEMBER_TEXT(struct staff_token, hash),     MEMBER_TEXT(struct staff_token, role),      MEMBER_TEXT(struct staff_token, unit),
    MEMBER_TEXT(struct staff_token, label),    MEMBER_INT(struct staff_token, issued_at),  MEMBER_INT(struct staff_token, expires_at),
    MEMBER_INT(struct staff_token, revoked_at)};
static const struct members fields = {staff_members, ARRAY_LEN(staff_members), sizeof(struct staff)},
                            of_grant = {grant_members, ARRAY_LEN(grant_members), sizeof(struct staff_grant)},
                            of_delegation = {delegation_members, ARRAY_LEN(delegation_members), sizeof(struct staff_delegation)},
                            of_token = {token_members, ARRAY_LEN(token_members), sizeof(struct staff_token)};

static struct staff_grant grant_of(struct arena *a, const json_t *v)
{
    struct staff_grant g = {.role = STR(""), .unit = STR(""), .basis = STR("")};
    members_set(&of_grant, a, v, &g);
    return g;
}

static struct staff_delegation delegation_of(struct arena *a, const json_t *v)
{
    struct staff_delegation d = {.role = STR(""), .from_unit = STR(""), .procedures = STR(""), .decision = STR("")};
    members_set(&of_delegation, a, v, &d);
    return d;
}

static struct staff_token token_of(struct arena *a, const json_t *v)
{
    struct staff_token t = {.hash = STR(""), .role = STR(""), .unit = STR(""), .label = STR("")};
    members_set(&of_token, a, v, &t);
    return t;
}

/* Lists are replaced as wholes: state that was copied before must not change under its reader. What had ended by the time of an
 * addition is left out, so that a state stays small however long somebody serves. */

static void add_grant(struct staff *s, struct arena *a, struct staff_grant one, int64_t at)
{
    struct staff_grant *list = ARENA_ARRAY(a, struct staff_grant, s->grants + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->grants; i++)
        if (!staff_ended(s->grant[i].to, at))
            list[n++] = s->grant[i];
    list[n++] = one;
    s->grant = list;
    s->grants = n;
}

static void add_delegation(struct staff *s, struct arena *a, struct staff_delegation one, int64_t at)
{
    struct staff_delegation *list = ARENA_ARRAY(a, struct staff_delegation, s->delegations + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->delegations; i++)
        if (!staff_ended(s->delegation[i].to, at))
            list[n++] = s->delegation[i];
    list[n++] = one;
    s->delegation = list;
    s->delegations = n;
}

static void add_token(struct staff *s, struct arena *a, struct staff_token one, int64_t at)
{
    struct staff_token *list = ARENA_ARRAY(a, struct staff_token, s->tokens + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->tokens; i++)
        if (!s->token[i].revoked_at && !staff_ended(s->token[i].expires_at, at))
            list[n++] = s->token[i];
    list[n++] = one;
    s->token = list;
    s->tokens = n;
}

static int64_t ending(int64_t from, int64_t at) { return from > at ? from : at; } /* what had not begun never begins */

static void end_grants(struct staff *s, struct arena *a, const json_t *v)
{
    struct str role = get_s(v, "role"), unit = get_s(v, "unit");
    int64_t at = get_i(v, "ended_at");
    struct staff_grant *list = ARENA_ARRAY(a, struct staff_grant, s->grants + 1);
    for (size_t i = 0; i < s->grants; i++) {
        list[i] = s->grant[i];
        if (str_eq(list[i].role, role) && str_eq(list[i].unit, unit) && !staff_ended(list[i].to, at))
            list[i].to = ending(list[i].from, at);
    }
    s->grant = list;
}

static void end_delegations(struct staff *s, struct arena *a, const json_t *v)
{
    struct str decision = get_s(v, "ended_decision"), role = get_s(v, "role");
    int64_t at = get_i(v, "ended_at");
    struct staff_delegation *list = ARENA_ARRAY(a, struct staff_delegation, s->delegations + 1);
    for (size_t i = 0; i < s->delegations; i++) {
        list[i] = s->delegation[i];
        if (str_eq(list[i].decision, decision) && (!role.n || str_eq(list[i].role, role)) && !staff_ended(list[i].to, at))
            list[i].to = ending(list[i].from, at);
    }
    s->delegation = list;
}

/* One token by its hash, or all of them. */
static void revoke_tokens(struct staff *s, struct arena *a, struct str hash, int64_t at)
{
    struct staff_token *list = ARENA_ARRAY(a, struct staff_token, s->tokens + 1);
    for (size_t i = 0; i < s->tokens; i++) {
        list[i] = s->token[i];
        if (!list[i].revoked_at && (!hash.n || str_eq(list[i].hash, hash)))
            list[i].revoked_at = at;
    }
    s->token = list;
}

/* Made with this store's pepper when applied, never carried in an event; as a dossier's parties have it. */
static struct str own_hash(struct arena *a, const struct applied *e)
{
    struct str number = get_s(e->personal, "personal_number");
    if (!number.n || !e->keyring)
        return STR("");
    struct hash h = personal_hash(e->keyring, "personal_number", number);
    char hex[2 * PARTY_HASH_BYTES + 1];
    hex_format(h.b, PARTY_HASH_BYTES, hex);
    return str_dup(a, str_of(hex));
}

enum err staff_apply(void *state, struct arena *a, const struct applied *e)
{
    struct staff *s = state;
    struct str type = e->head.type;
    if (str_is(type, "staff.registered"))
        s->personal_hash = own_hash(a, e);
    else if (str_is(type, "staff.granted"))
        add_grant(s, a, grant_of(a, e->payload), e->head.at);
    else if (str_is(type, "staff.revoked"))
        end_grants(s, a, e->payload);
    else if (str_is(type, "staff.delegated"))
        add_delegation(s, a, delegation_of(a, e->payload), e->head.at);
    else if (str_is(type, "staff.delegation_ended"))
        end_delegations(s, a, e->payload);
    else if (str_is(type, "staff.token_issued"))
        add_token(s, a, token_of(a, e->payload), e->head.at);
    else if (str_is(type, "staff.token_revoked"))
        revoke_tokens(s, a, get_s(e->payload, "hash"), get_i(e->payload, "revoked_at"));
    else if (str_is(type, "staff.deactivated"))
        revoke_tokens(s, a, STR(""), get_i(e->payload, "deactivated_at"));
    else if (!str_is(type, "staff.cleared") && !str_is(type, "staff.reactivated"))
        return ERR_CORRUPT;
    members_set(&fields, a, e->payload, s);
    return ERR_OK;
}

void staff_save(struct buf *b, const void *state)
{
    const struct staff *s = state;
    json_t *o = json_object();
    put_i(o, "v", 1);
    members_put(&fields, s, o);
    put_s(o, "personal_hash", s->personal_hash);
    json_object_set_new(o, "grants", members_json(&of_grant, s->grant, s->grants));
    json_object_set_new(o, "delegations", members_json(&of_delegation, s->delegation, s->delegations));
    json_object_set_new(o, "tokens", members_json(&of_token, s->token, s->tokens));
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    buf_c(b, text);
    free(text);
    json_decref(o);
}

enum err staff_load(void *state, struct arena *a, struct str saved)
{
    struct staff *s = state;
    json_t *j = json_loadb(saved.p, saved.n, JSON_REJECT_DUPLICATES, NULL);
    if (!j || get_i(j, "v") != 1) {
        json_decref(j);
        return ERR_CORRUPT;
    }
    members_set(&fields, a, j, s);
    s->personal_hash = str_dup(a, get_s(j, "personal_hash"));
    s->grant = members_read(&of_grant, a, json_object_get(j, "grants"), SIZE_MAX, &s->grants);
    s->delegation = members_read(&of_delegation, a, json_object_get(j, "delegations"), SIZE_MAX, &s->delegations);
    s->token = members_read(&of_token, a, json_object_get(j, "tokens"), SIZE_MAX, &s->tokens);
    json_decref(j);
    return ERR_OK;
}

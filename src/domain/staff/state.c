/* State of a member of staff: apply, save, load. An event names what began or ended; the lists of what is in force follow. See staff.h. */
#include "domain/staff/staff_private.h"

struct field {
    const char *name;
    bool text;
    size_t offset;
};
static const struct field fields[] = {
#define S(name) {#name, true, offsetof(struct staff, name)},
#define I(name) {#name, false, offsetof(struct staff, name)},
    STAFF_FIELDS(S, I)
#undef S
#undef I
};

static void set_fields(struct staff *s, struct arena *a, const json_t *from)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!json_object_get(from, fields[i].name))
            continue;
        if (fields[i].text)
            *(struct str *)(void *)((char *)s + fields[i].offset) = str_dup(a, get_s(from, fields[i].name));
        else
            *(int64_t *)(void *)((char *)s + fields[i].offset) = get_i(from, fields[i].name);
    }
}

static struct staff_grant grant_of(struct arena *a, const json_t *v)
{
    return (struct staff_grant){str_dup(a, get_s(v, "role")), str_dup(a, get_s(v, "unit")), str_dup(a, get_s(v, "basis")), get_i(v, "from"),
                                get_i(v, "to")};
}

static struct staff_delegation delegation_of(struct arena *a, const json_t *v)
{
    return (struct staff_delegation){str_dup(a, get_s(v, "role")), str_dup(a, get_s(v, "from_unit")), str_dup(a, get_s(v, "procedures")),
                                     str_dup(a, get_s(v, "decision")), get_i(v, "from"), get_i(v, "to")};
}

static struct staff_token token_of(struct arena *a, const json_t *v)
{
    return (struct staff_token){str_dup(a, get_s(v, "hash")), str_dup(a, get_s(v, "role")), str_dup(a, get_s(v, "unit")),
                                str_dup(a, get_s(v, "label")), get_i(v, "issued_at"), get_i(v, "expires_at"), get_i(v, "revoked_at")};
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
    set_fields(s, a, e->payload);
    return ERR_OK;
}

static json_t *grants_json(const struct staff *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->grants; i++) {
        json_t *o = json_object();
        put_s(o, "role", s->grant[i].role);
        put_s(o, "unit", s->grant[i].unit);
        put_s(o, "basis", s->grant[i].basis);
        put_i(o, "from", s->grant[i].from);
        put_i(o, "to", s->grant[i].to);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *delegations_json(const struct staff *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->delegations; i++) {
        json_t *o = json_object();
        put_s(o, "role", s->delegation[i].role);
        put_s(o, "from_unit", s->delegation[i].from_unit);
        put_s(o, "procedures", s->delegation[i].procedures);
        put_s(o, "decision", s->delegation[i].decision);
        put_i(o, "from", s->delegation[i].from);
        put_i(o, "to", s->delegation[i].to);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *tokens_json(const struct staff *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->tokens; i++) {
        json_t *o = json_object();
        put_s(o, "hash", s->token[i].hash);
        put_s(o, "role", s->token[i].role);
        put_s(o, "unit", s->token[i].unit);
        put_s(o, "label", s->token[i].label);
        put_i(o, "issued_at", s->token[i].issued_at);
        put_i(o, "expires_at", s->token[i].expires_at);
        put_i(o, "revoked_at", s->token[i].revoked_at);
        json_array_append_new(list, o);
    }
    return list;
}

void staff_save(struct buf *b, const void *state)
{
    const struct staff *s = state;
    json_t *o = json_object();
    put_i(o, "v", 1);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const char *at = (const char *)s + fields[i].offset;
        if (fields[i].text)
            put_s(o, fields[i].name, *(const struct str *)(const void *)at);
        else
            put_i(o, fields[i].name, *(const int64_t *)(const void *)at);
    }
    put_s(o, "personal_hash", s->personal_hash);
    json_object_set_new(o, "grants", grants_json(s));
    json_object_set_new(o, "delegations", delegations_json(s));
    json_object_set_new(o, "tokens", tokens_json(s));
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
    set_fields(s, a, j);
    s->personal_hash = str_dup(a, get_s(j, "personal_hash"));
    const json_t *grants = json_object_get(j, "grants"), *delegations = json_object_get(j, "delegations"), *tokens = json_object_get(j, "tokens");
    struct staff_grant *g = ARENA_ARRAY(a, struct staff_grant, json_array_size(grants) + 1);
    struct staff_delegation *d = ARENA_ARRAY(a, struct staff_delegation, json_array_size(delegations) + 1);
    struct staff_token *t = ARENA_ARRAY(a, struct staff_token, json_array_size(tokens) + 1);
    const json_t *v;
    size_t i;
    json_array_foreach(grants, i, v)
        g[i] = grant_of(a, v);
    json_array_foreach(delegations, i, v)
        d[i] = delegation_of(a, v);
    json_array_foreach(tokens, i, v)
        t[i] = token_of(a, v);
    s->grant = g;
    s->grants = json_array_size(grants);
    s->delegation = d;
    s->delegations = json_array_size(delegations);
    s->token = t;
    s->tokens = json_array_size(tokens);
    json_decref(j);
    return ERR_OK;
}

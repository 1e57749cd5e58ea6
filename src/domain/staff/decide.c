/* What may change a right, and who may do it: one table, and a function for each row's own conditions. Pure. See staff.h. */
#include "base/vn.h"
#include "domain/party/party.h"
#include "domain/staff/staff_private.h"
#include <stdio.h>

enum { LABEL_MAX = 100, REASON_MAX = 1000, PROCEDURES_MAX = 50, PROCEDURES_BYTES_MAX = 2000 };

struct step {
    struct decision *d;
    const struct staff *s; /* zeroed for a registration */
    const char *rule;
    const json_t *in;
    json_t *out, *personal; /* of the event */
    struct str basis;
};

static enum err wrong(struct step *k, const char *pointer, const char *code)
{
    return fail_add(&k->d->fail, ERR_INVALID, k->rule, pointer, code, NULL);
}
static enum err forbidden(struct step *k, const char *rule, const char *code) { return fail_add(&k->d->fail, ERR_FORBIDDEN, rule, "", code, NULL); }
static enum err conflict(struct step *k, const char *code) { return fail_add(&k->d->fail, ERR_CONFLICT, k->rule, "", code, NULL); }

/* --- rights --- */

static role_set roles_there(const struct step *k, struct str unit)
{
    const struct command *c = k->d->command;
    return c->actor.principal ? roles_over(k->d->rules->org, c->actor.principal, unit, STR_NONE, c->now) : 0;
}
static bool is_system(const struct step *k) { return roles_there(k, STR("")) & ROLE_BIT(ROLE_SYSTEM); }
static bool administers(const struct step *k, struct str unit) { return role_may(k->d->rules->rights, roles_there(k, unit), k->d->command->type); }

/* Is the one who acts the one whose rights change? By account, and by personal number for those who have two. */
static bool oneself(const struct step *k, struct str personal_hash)
{
    const struct actor *actor = &k->d->command->actor;
    struct hash own = {{0}};
    if (k->s->login.n && str_eq(actor->id, staff_actor_id(k->d->arena, k->s)))
        return true;
    return actor->principal && hex_parse(personal_hash, own.b, PARTY_HASH_BYTES) && principal_is_party(actor->principal, &own, 1);
}

/* --- fields --- */

/* A short plain fact that is not personal; into the event under the same name. */
static struct str plain(struct step *k, const char *field, size_t max, bool required)
{
    return fields_text(&(struct fields){k->d, k->rule, k->in, k->out}, field, max, required);
}

/* Somebody's words about a person: sealed. */
static void sealed(struct step *k, const char *field, bool required)
{
    char pointer[40];
    struct str s = str_trim(get_s(k->in, field)), nfc = STR("");
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (!s.n && required)
        wrong(k, pointer, "field.required");
    else if (s.n > REASON_MAX)
        wrong(k, pointer, "field.too-long");
    else if (s.n && vn_nfc(k->d->arena, s, &nfc))
        wrong(k, pointer, "field.characters");
    if (nfc.n)
        put_s(k->personal, field, nfc);
}

/* 0 when absent. */
static int64_t moment(struct step *k, const char *field)
{
    char pointer[40];
    const json_t *v = json_object_get(k->in, field);
    int64_t ms = 0;
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (v && !json_is_null(v) && (!time_parse(get_s(k->in, field), &ms) || ms <= 0))
        wrong(k, pointer, "field.time");
    return ms;
}

/* [from, to) into the event. A right never begins before the event that gives it: an earlier hour of today is now, an earlier day a mistake. */
static void span(struct step *k, bool end_required, int64_t *from_r, int64_t *to_r)
{
    int64_t now = k->d->command->now, from = moment(k, "from"), to = moment(k, "to");
    if (from && time_local_day(from) < time_local_day(now))
        wrong(k, "/from", "date.past");
    if (from < now)
        from = now;
    if (end_required && !to)
        wrong(k, "/to", "field.required");
    if (to && to <= from)
        wrong(k, "/to", "date.order");
    put_i(k->out, "from", *from_r = from);
    put_i(k->out, "to", *to_r = to);
}

/* An agency that exists today and that this store serves. "VN" stands for the nation; only the system may speak of it. */
static void check_unit(struct step *k, const char *pointer, struct str code)
{
    const struct rules *rules = k->d->rules;
    if (!code.n || str_is(code, "VN"))
        return;
    const struct unit *u = unit_find(rules->org, code);
    struct str province = unit_province(rules->org, code);
    if (!u)
        wrong(k, pointer, "unit.unknown");
    else if (!unit_valid_on(u, time_local_day(k->d->command->now)))
        wrong(k, pointer, "unit.ended");
    else if (rules->province.n && province.n && !str_eq(province, rules->province))
        wrong(k, pointer, "unit.other-province");
}

static struct str unit_field(struct step *k, const char *field)
{
    char pointer[40];
    snprintf(pointer, sizeof pointer, "/%s", field);
    struct str code = plain(k, field, UNIT_CODE_MAX, true);
    check_unit(k, pointer, code);
    return code;
}

/* A role that staff can hold: nobody is made citizen or system by a grant, and only machines connect. */
static enum role role_field(struct step *k, bool machine)
{
    struct str name = plain(k, "role", 40, true);
    enum role r = ROLE_CITIZEN;
    if (name.n && !role_parse(name, &r))
        wrong(k, "/role", "role.unknown");
    else if (name.n && (r == ROLE_CITIZEN || r == ROLE_SYSTEM || (r == ROLE_CONNECTOR && !machine)))
        wrong(k, "/role", r == ROLE_CONNECTOR ? "role.machine-only" : "role.not-for-staff");
    return r;
}

/* --- registration --- */

static bool login_right(struct str s, size_t max)
{
    if (s.n < 2 || s.n > max)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static enum err run_register(struct step *k)
{
    struct str login = plain(k, "login", STAFF_MACHINE_LOGIN_MAX, true), kind = plain(k, "kind", 10, true), number = get_s(k->in, "personal_number");
    bool machine = str_is(kind, "machine");
    if (kind.n && !machine && !str_is(kind, "person"))
        wrong(k, "/kind", "field.choice");
    if (login.n && !login_right(login, machine ? STAFF_MACHINE_LOGIN_MAX : STAFF_LOGIN_MAX))
        wrong(k, "/login", "login.characters");
    check_unit(k, "", k->d->command->home_unit);
    sealed(k, "display", !machine);
    if (number.n) {
        const char *complaint = machine ? "number.of-machine" : personal_number_complaint(number, STR(""), INT64_MIN, k->d->rules->rehearsal);
        if (complaint[0])
            return wrong(k, "/personal_number", complaint);
        struct hash h = personal_hash(k->d->keyring, "personal_number", number); /* as a dossier's parties have it */
        char hex[2 * PARTY_HASH_BYTES + 1];
        hex_format(h.b, PARTY_HASH_BYTES, hex);
        if (oneself(k, str_of(hex)))
            return forbidden(k, "R-283", "rights.four-eyes"); /* a second account of one's own would be a way around */
        put_s(k->personal, "personal_number", number);
    }
    if (((const struct staff_inputs *)k->d->inputs)->taken)
        fail_add(&k->d->fail, ERR_CONFLICT, NULL, "/login", "login.taken", NULL);
    put_i(k->out, "active", 1);
    put_i(k->out, "registered_at", k->d->command->now);
    return ERR_OK;
}

/* --- roles --- */

static enum err run_grant(struct step *k)
{
    int64_t from, to;
    if (staff_is_machine(k->s))
        return conflict(k, "staff.machine-has-no-grants");
    role_field(k, false);
    struct str role = get_s(k->out, "role"), unit = unit_field(k, "unit");
    span(k, false, &from, &to);
    k->basis = plain(k, "basis", BASIS_MAX, true);
    size_t open = 0;
    for (size_t i = 0; i < k->s->grants; i++) {
        const struct staff_grant *g = &k->s->grant[i];
        open += !staff_ended(g->to, k->d->command->now);
        if (str_eq(g->role, role) && str_eq(g->unit, unit) && (!to || g->from < to) && (!g->to || from < g->to) && g->from != g->to)
            return conflict(k, "staff.granted-already");
    }
    return open >= STAFF_GRANTS_MAX ? conflict(k, "staff.too-many") : ERR_OK;
}

static enum err run_revoke(struct step *k)
{
    struct str role = plain(k, "role", 40, true), unit = plain(k, "unit", UNIT_CODE_MAX, true);
    bool held = false;
    sealed(k, "reason", true);
    for (size_t i = 0; i < k->s->grants; i++)
        held |= str_eq(k->s->grant[i].role, role) && str_eq(k->s->grant[i].unit, unit) && !staff_ended(k->s->grant[i].to, k->d->command->now);
    put_i(k->out, "ended_at", k->d->command->now);
    return held ? ERR_OK : conflict(k, "staff.not-granted");
}

/* --- delegation --- */

/* An array of codes, or one text with commas; into the event as a comma list. */
static void procedures(struct step *k)
{
    const json_t *in = json_object_get(k->in, "procedures"), *v;
    struct buf list _buf_ = BUF_MAX(PROCEDURES_BYTES_MAX);
    struct str given = json_is_string(in) ? get_s(k->in, "procedures") : STR(""), one;
    struct str code[PROCEDURES_MAX];
    size_t n = 0, i;
    if (in && !json_is_null(in) && !json_is_string(in) && !json_is_array(in))
        wrong(k, "/procedures", "field.not-list");
    while (given.n && n < PROCEDURES_MAX && str_next(&given, ',', &one))
        code[n++] = str_trim(one);
    json_array_foreach(in, i, v) {
        if (n < PROCEDURES_MAX)
            code[n++] = json_is_string(v) ? str_trim(str_bytes(json_string_value(v), json_string_length(v))) : STR("");
    }
    if (given.n || (json_is_array(in) && json_array_size(in) > PROCEDURES_MAX))
        wrong(k, "/procedures", "field.too-many");
    for (i = 0; i < n; i++) {
        size_t candidates = 0;
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/procedures/%zu", i);
        if (!procedure_find(k->d->rules->catalog, code[i], STR(""), time_local_day(k->d->command->now), &candidates) && !candidates)
            wrong(k, pointer, "procedure.unknown");
        buf_printf(&list, "%s%.*s", i ? "," : "", PRS(code[i]));
    }
    put_s(k->out, "procedures", list.overflow ? STR("") : buf_view(&list));
    if (list.overflow)
        wrong(k, "/procedures", "field.too-long");
}

/* dated, with the number of the decision that names the substitute. Only working roles: accounts are not administered by proxy. */
static enum err run_delegate(struct step *k)
{
    int64_t from, to;
    if (staff_is_machine(k->s))
        return conflict(k, "staff.machine-has-no-grants");
    enum role r = role_field(k, false);
    if (r == ROLE_ADMINISTRATOR || r == ROLE_AUDITOR)
        wrong(k, "/role", "role.not-delegated");
    unit_field(k, "from_unit");
    span(k, true, &from, &to);
    procedures(k);
    k->basis = plain(k, "decision", BASIS_MAX, true);
    size_t open = 0;
    for (size_t i = 0; i < k->s->delegations; i++)
        open += !staff_ended(k->s->delegation[i].to, k->d->command->now);
    for (size_t i = 0; i < k->s->delegations; i++) {
        const struct staff_delegation *g = &k->s->delegation[i];
        if (str_eq(g->role, get_s(k->out, "role")) && str_eq(g->from_unit, get_s(k->out, "from_unit")) && str_eq(g->decision, k->basis)
            && g->from < to && from < g->to)
            return conflict(k, "staff.delegated-already");
    }
    return open >= STAFF_DELEGATIONS_MAX ? conflict(k, "staff.too-many") : ERR_OK;
}

/* Is there something left of that decision (and role) that has not ended? With `administered`, only if all of it came from units that the actor administers. */
static bool delegation_open(const struct step *k, bool administered)
{
    struct str decision = str_trim(get_s(k->in, "decision")), role = str_trim(get_s(k->in, "role"));
    bool any = false;
    for (size_t i = 0; i < k->s->delegations; i++) {
        const struct staff_delegation *g = &k->s->delegation[i];
        if (!str_eq(g->decision, decision) || (role.n && !str_eq(g->role, role)) || staff_ended(g->to, k->d->command->now))
            continue;
        if (administered && !administers(k, g->from_unit))
            return false;
        any = true;
    }
    return any;
}

static enum err run_end_delegation(struct step *k)
{
    struct str decision = plain(k, "decision", BASIS_MAX, true);
    plain(k, "role", 40, false);
    sealed(k, "reason", false);
    json_object_del(k->out, "decision");
    put_s(k->out, "ended_decision", decision);
    put_i(k->out, "ended_at", k->d->command->now);
    return delegation_open(k, false) ? ERR_OK : conflict(k, "staff.not-delegated");
}

/* --- clearance, activity --- */

static enum err run_clear(struct step *k)
{
    int64_t from, to;
    span(k, true, &from, &to);
    k->basis = plain(k, "basis", BASIS_MAX, true);
    put_i(k->out, "cleared_from", from);
    put_i(k->out, "cleared_to", to);
    put_s(k->out, "clear_basis", k->basis);
    json_object_del(k->out, "from");
    json_object_del(k->out, "to");
    json_object_del(k->out, "basis");
    return ERR_OK;
}

/* Her tokens end with it, and do not come back when she does. */
static enum err run_deactivate(struct step *k)
{
    sealed(k, "reason", true);
    put_i(k->out, "active", 0);
    put_i(k->out, "deactivated_at", k->d->command->now);
    return ERR_OK;
}

static enum err run_reactivate(struct step *k)
{
    if (k->s->active)
        return conflict(k, "staff.active");
    sealed(k, "reason", false);
    put_i(k->out, "active", 1);
    put_i(k->out, "deactivated_at", 0);
    return ERR_OK;
}

/* --- tokens --- */

static bool holds(const struct step *k, struct str role, struct str unit)
{
    int64_t now = k->d->command->now;
    for (size_t i = 0; i < k->s->grants; i++) {
        const struct staff_grant *g = &k->s->grant[i];
        if (str_eq(g->role, role) && str_eq(g->unit, unit) && staff_in_force(g->from, g->to, now))
            return true;
    }
    for (size_t i = 0; i < k->s->delegations; i++) {
        const struct staff_delegation *g = &k->s->delegation[i];
        if (str_eq(g->role, role) && str_eq(g->from_unit, unit) && staff_in_force(g->from, g->to, now))
            return true;
    }
    return false;
}

static struct str hash_field(struct step *k)
{
    unsigned char bytes[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1] = "";
    struct str s = plain(k, "hash", 2 * HASH_BYTES, true);
    if (s.n && !hex_parse(s, bytes, sizeof bytes))
        wrong(k, "/hash", "field.hash");
    else if (s.n)
        hex_format(bytes, sizeof bytes, hex);
    put_s(k->out, "hash", str_of(hex));
    return get_s(k->out, "hash");
}

static enum err run_token_issue(struct step *k)
{
    int64_t now = k->d->command->now, expires = moment(k, "expires_at"), days = 0;
    hash_field(k);
    enum role r = role_field(k, staff_is_machine(k->s));
    struct str unit = unit_field(k, "unit");
    plain(k, "label", LABEL_MAX, false);
    if (expires && expires <= now)
        wrong(k, "/expires_at", "date.past");
    if (!expires && parameter_i64(k->d->rules->parameters, "token_days", time_local_day(now), &days, &k->d->fail))
        return k->d->fail.err;
    put_i(k->out, "issued_at", now);
    put_i(k->out, "expires_at", expires ? expires : now + days * MS_DAY);
    if (k->d->fail.err)
        return k->d->fail.err;
    /* Who issues a token can read it: an administrator would act in another's name, or hold a role that nobody granted her. */
    if (!is_system(k) && !(staff_is_machine(k->s) && r == ROLE_CONNECTOR))
        return forbidden(k, "R-283", "rights.four-eyes");
    if (!staff_is_machine(k->s) && !holds(k, get_s(k->out, "role"), unit))
        return conflict(k, "token.role-not-held");
    if (((const struct staff_inputs *)k->d->inputs)->taken)
        return fail_add(&k->d->fail, ERR_CONFLICT, NULL, "/hash", "token.exists", NULL);
    size_t open = 0;
    for (size_t i = 0; i < k->s->tokens; i++)
        open += !k->s->token[i].revoked_at && !staff_ended(k->s->token[i].expires_at, now);
    return open >= STAFF_TOKENS_MAX ? conflict(k, "staff.too-many") : ERR_OK;
}

static enum err run_token_revoke(struct step *k)
{
    struct str hash = hash_field(k);
    sealed(k, "reason", true);
    put_i(k->out, "revoked_at", k->d->command->now);
    for (size_t i = 0; i < k->s->tokens; i++)
        if (str_eq(k->s->token[i].hash, hash) && !k->s->token[i].revoked_at)
            return ERR_OK;
    return k->d->fail.err ? k->d->fail.err : conflict(k, "token.unknown");
}

/* --- the table --- */

enum over { OVER_HOME, OVER_UNIT, OVER_UNIT_OR_HOME, OVER_FROM_UNIT, OVER_DELEGATED_OR_HOME };
static const struct row {
    const char *command, *event, *rule, *fields; /* fields: what it reads (fields_known_only) */
    enum over over;  /* which unit the administrator must administer */
    bool when_inactive, four_eyes;
    enum err (*run)(struct step *);
} rows[] = {
    {"staff_register", "staff.registered", "R-282", "login kind display personal_number", OVER_HOME, true, false, run_register},
    {"staff_grant", "staff.granted", "R-283", "role unit from to basis", OVER_UNIT, false, true, run_grant},
    {"staff_revoke", "staff.revoked", "R-283", "role unit reason", OVER_UNIT_OR_HOME, true, false, run_revoke},
    {"staff_delegate", "staff.delegated", "R-017", "role from_unit procedures from to decision", OVER_FROM_UNIT, false, true, run_delegate},
    {"staff_end_delegation", "staff.delegation_ended", "R-017", "decision role reason", OVER_DELEGATED_OR_HOME, true, false, run_end_delegation},
    {"staff_clear", "staff.cleared", "R-283", "from to basis", OVER_HOME, false, true, run_clear},
    {"staff_deactivate", "staff.deactivated", "R-283", "reason", OVER_HOME, false, false, run_deactivate},
    {"staff_reactivate", "staff.reactivated", "R-283", "reason", OVER_HOME, true, true, run_reactivate},
    {"token_issue", "staff.token_issued", "R-282", "hash role unit label expires_at", OVER_UNIT, false, true, run_token_issue},
    {"token_revoke", "staff.token_revoked", "R-283", "hash reason", OVER_UNIT_OR_HOME, true, false, run_token_revoke},
};

const char *staff_command_at(size_t i) { return i < ARRAY_LEN(rows) ? rows[i].command : NULL; }

static const struct row *row_of(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].command))
            return &rows[i];
    return NULL;
}

const char *staff_command_fields(struct str command)
{
    const struct row *row = row_of(command);
    return row ? row->fields : NULL;
}

/* A token is named by its hash: its unit is what the state says. */
static struct str unit_of(const struct step *k)
{
    if (!str_is(k->d->command->type, "token_revoke"))
        return str_trim(get_s(k->in, "unit"));
    for (size_t i = 0; i < k->s->tokens; i++)
        if (str_eq(k->s->token[i].hash, str_trim(get_s(k->in, "hash"))))
            return k->s->token[i].unit;
    return STR("");
}

static bool may(const struct step *k, enum over over)
{
    bool home = administers(k, k->d->command->home_unit);
    switch (over) {
    case OVER_HOME: return home;
    case OVER_UNIT: return administers(k, unit_of(k));
    case OVER_UNIT_OR_HOME: return home || administers(k, unit_of(k));
    case OVER_FROM_UNIT: return administers(k, str_trim(get_s(k->in, "from_unit")));
    case OVER_DELEGATED_OR_HOME: return home || delegation_open(k, true);
    }
    return false;
}

enum err staff_decide(struct decision *d)
{
    static const struct staff nobody;
    const struct command *c = d->command;
    const struct row *row = row_of(c->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    bool registering = row == &rows[0];
    struct step k = {.d = d, .s = d->state ? d->state : &nobody, .rule = row->rule, .in = c->payload,
                     .out = arena_json(d->arena, json_object()), .personal = arena_json(d->arena, json_object()), .basis = STR("")};
    if (!registering && !d->state)
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "staff.absent", NULL);
    if (!may(&k, row->over))
        return fail_add(&d->fail, ERR_FORBIDDEN, row->rule, "", "rights.role", NULL);
    if (registering && d->state)
        return fail_add(&d->fail, ERR_CONFLICT, NULL, "", "staff.exists", NULL);
    if (row->four_eyes && oneself(&k, k.s->personal_hash))
        return fail_add(&d->fail, ERR_FORBIDDEN, "R-283", "", "rights.four-eyes", NULL);
    if (!k.s->active && !row->when_inactive)
        return fail_add(&d->fail, ERR_CONFLICT, "R-283", "", "staff.inactive", NULL);
    enum err e = row->run(&k);
    if (!e)
        e = d->fail.err;
    if (e)
        return e;
    decision_event(d, row->event, 1, json_incref(k.out), json_object_size(k.personal) ? json_incref(k.personal) : NULL,
                   str_dup(d->arena, k.basis));
    return ERR_OK;
}

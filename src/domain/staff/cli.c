/* Staff on the command line: the bodies of `motcua token` and `motcua user`. Every change is a command in the queue, by the machine itself
 * ("system"); what is printed beside is read from the projections. See staff.h. */
#include "base/timex.h"
#include "domain/staff/staff_private.h"

struct cli {
    struct engine_room *room;
    const struct rules *rules;
    struct arena *a;
    struct actor actor;
    struct db *db;
    bool json;
    int64_t now;
    FILE *out;
    struct fail *f;
};

static enum err cli_open(struct cli *c, struct engine_room *room, struct arena *a, bool json, int64_t now, FILE *out, struct fail *f)
{
    *c = (struct cli){.room = room, .rules = rules_for(room, a), .a = a, .json = json, .now = now, .out = out, .f = f};
    staff_system_actor(c->rules, a, STR(""), now, &c->actor);
    return db_open(room->store, DB_READ, &c->db);
}

/* Whatever went wrong, the caller finds it in f. */
static enum err told(struct cli *c, enum err e)
{
    if (e && !c->f->err)
        fail_add(c->f, e, NULL, "", "store.unavailable", NULL);
    return e;
}

/* An own key each time: the same words typed twice are meant twice. */
static enum err run(struct cli *c, const char *type, struct str home, struct id stream, json_t *payload)
{
    struct entropy e = entropy_system();
    unsigned char key[16];
    char hex[33];
    struct outcome out = {0};
    entropy_bytes(&e, key, sizeof key);
    hex_format(key, sizeof key, hex);
    struct command command = {.aggregate = &staff_aggregate, .type = str_of(type), .home_unit = home, .stream = stream, .actor = c->actor,
                              .key = str_printf(c->a, "cli-%s", hex), .payload = arena_json(c->a, payload), .now = c->now};
    enum err err = command_wait(c->room, c->a, &command, &out);
    if (err && !c->f->err)
        *c->f = out.fail;
    return err;
}

static enum err find(struct cli *c, struct str login, struct str *home_r, struct id *id_r)
{
    enum err e = staff_find(c->db, c->a, login, home_r, id_r);
    return e == ERR_NOT_FOUND ? fail_add(c->f, e, NULL, "", "staff.absent", "%.*s", PRS(login)) : e;
}

static enum err load(struct cli *c, struct str home, struct id id, struct staff *s)
{
    int64_t seq;
    return stream_load(&staff_aggregate, &c->room->keyring, c->db, c->a, home, id, INT64_MAX, s, &seq);
}

static void print_json(struct cli *c, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fprintf(c->out, "%s\n", text);
    free(text);
    json_decref(o);
}

static void put_time(json_t *o, const char *key, int64_t ms)
{
    char text[40];
    if (ms)
        time_format(ms, text);
    json_object_set_new(o, key, ms ? json_string(text) : json_null());
}

/* --- token --- */

/* The unit where she has the role now; refused where there are several, so that nobody acts elsewhere than meant. */
static enum err unit_of_role(struct cli *c, const struct staff *s, struct str role, struct str *unit_r)
{
    for (size_t i = 0; i < s->grants + s->delegations; i++) {
        bool granted = i < s->grants;
        const struct staff_grant *g = granted ? &s->grant[i] : NULL;
        const struct staff_delegation *d = granted ? NULL : &s->delegation[i - s->grants];
        struct str unit = granted ? g->unit : d->from_unit;
        if (!str_eq(granted ? g->role : d->role, role) || !staff_in_force(granted ? g->from : d->from, granted ? g->to : d->to, c->now))
            continue;
        if (unit_r->n && !str_eq(*unit_r, unit))
            return fail_add(c->f, ERR_INVALID, NULL, "/unit", "field.required", "%.*s, %.*s", PRS(*unit_r), PRS(unit));
        *unit_r = unit;
    }
    return unit_r->n ? ERR_OK : fail_add(c->f, ERR_CONFLICT, "R-282", "", "token.role-not-held", "%.*s", PRS(role));
}

/* "machine-30292.cax-records-clerk": a login has no capitals and no '_' of roles. */
static struct str machine_login(struct arena *a, struct str unit, struct str role)
{
    struct str s = str_printf(a, "machine-%.*s-%.*s", PRS(unit), PRS(role));
    char *p = (char *)(uintptr_t)s.p;
    for (size_t i = 0; i < s.n; i++)
        p[i] = p[i] == '_' ? '-' : p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] - 'A' + 'a') : p[i];
    return s;
}

static enum err machine_account(struct cli *c, struct str unit, struct str role, struct str *home_r, struct id *id_r, struct staff *s)
{
    struct str login = machine_login(c->a, unit, role);
    enum err e = staff_find(c->db, c->a, login, home_r, id_r);
    if (e == ERR_NOT_FOUND) {
        e = run(c, "staff_register", unit, (struct id){{0}}, json_pack("{ss%ss}", "login", login.p, login.n, "kind", "machine"));
        if (!e || c->f->err == ERR_CONFLICT) { /* made, or made by another process meanwhile */
            *c->f = (struct fail){0};
            e = find(c, login, home_r, id_r);
        }
    }
    return e ? e : load(c, *home_r, *id_r, s);
}

static enum err token_add(struct cli *c, struct str province, struct str role, struct str user, struct str unit)
{
    struct entropy entropy = entropy_system(); /* also in a rehearsal: a token must not be guessed from a seed */
    struct str home;
    struct id id;
    struct staff s = {0};
    char token[64], hex[2 * HASH_BYTES + 1];
    unsigned char hash[HASH_BYTES];
    enum role known;
    enum err e;
    if (!role_parse(role, &known) || known == ROLE_SYSTEM || known == ROLE_CITIZEN)
        return fail_add(c->f, ERR_INVALID, NULL, "/role", "role.unknown", "%.*s", PRS(role));
    if (user.n) {
        user = str_has_prefix(user, STR("staff:")) ? str_sub(user, 6, user.n) : user;
        if ((e = find(c, user, &home, &id)) || (e = load(c, home, id, &s)))
            return e;
        if (!unit.n && staff_is_machine(&s))
            unit = home;
        if (!unit.n && (e = unit_of_role(c, &s, role, &unit)))
            return e;
    } else {
        if (!unit.n)
            unit = province;
        if (!unit.n)
            return fail_add(c->f, ERR_INVALID, NULL, "/unit", "field.required", NULL);
        if ((e = machine_account(c, unit, role, &home, &id, &s)))
            return e;
    }
    token_make(&entropy, token, hash);
    hex_format(hash, sizeof hash, hex);
    e = run(c, "token_issue", home, id, json_pack("{ssss%ss%ss}", "hash", hex, "role", role.p, role.n, "unit", unit.p, unit.n, "label", "cli"));
    if (!e)
        e = load(c, home, id, &s);
    if (e)
        return e;
    int64_t expires_at = 0;
    for (size_t i = 0; i < s.tokens; i++)
        if (str_is(s.token[i].hash, hex))
            expires_at = s.token[i].expires_at;
    if (!c->json) {
        fprintf(c->out, "%s\n", token);
        return ERR_OK;
    }
    json_t *o = json_object();
    put_s(o, "token", str_of(token));
    put_s(o, "actor", staff_actor_id(c->a, &s));
    put_s(o, "role", role);
    put_s(o, "unit", unit);
    put_time(o, "expires_at", expires_at);
    print_json(c, o);
    return ERR_OK;
}

enum err staff_cli_token_add(struct engine_room *room, struct str province, struct str role, struct str user, struct str unit, bool json,
                             int64_t now, FILE *out, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct cli c;
    enum err e = cli_open(&c, room, a, json, now, out, f);
    if (!e)
        e = token_add(&c, province, role, user, unit);
    db_close(&c.db);
    return told(&c, e);
}

/* --- user --- */

enum option { NAME, NUMBER, MACHINE, ROLE, UNIT, FROM_UNIT, FROM, TO, BASIS, REASON, DECISION, PROCEDURES, OPTIONS };
static const struct {
    const char *text, *field; /* field of the command's payload */
} options[OPTIONS] = {
    [NAME] = {"--name", "display"}, [NUMBER] = {"--number", "personal_number"}, [MACHINE] = {"--machine", NULL}, [ROLE] = {"--role", "role"},
    [UNIT] = {"--unit", "unit"}, [FROM_UNIT] = {"--from-unit", "from_unit"}, [FROM] = {"--from", "from"}, [TO] = {"--to", "to"},
    [BASIS] = {"--basis", "basis"}, [REASON] = {"--reason", "reason"}, [DECISION] = {"--decision", "decision"},
    [PROCEDURES] = {"--procedures", "procedures"},
};
#define OPT(o) (1u << (o))
static const struct verb {
    const char *word, *command;
    unsigned may;   /* options it knows */
    bool on_login;  /* of somebody who exists */
} verbs[] = {
    {"add", "staff_register", OPT(NAME) | OPT(NUMBER) | OPT(MACHINE) | OPT(UNIT), false},
    {"list", NULL, OPT(UNIT), false},
    {"grant", "staff_grant", OPT(ROLE) | OPT(UNIT) | OPT(FROM) | OPT(TO) | OPT(BASIS), true},
    {"revoke", "staff_revoke", OPT(ROLE) | OPT(UNIT) | OPT(REASON), true},
    {"delegate", "staff_delegate", OPT(ROLE) | OPT(FROM_UNIT) | OPT(FROM) | OPT(TO) | OPT(DECISION) | OPT(PROCEDURES), true},
    {"deactivate", "staff_deactivate", OPT(REASON), true},
};

static enum err usage(struct cli *c, const char *what)
{
    return fail_add(c->f, ERR_MALFORMED, NULL, "", "cli.usage", "%s", what);
}

/* Words after the verb: one login where it needs one, and options with values. */
static enum err read_options(struct cli *c, const struct verb *v, int argc, char **argv, struct str *login_r, struct str *value)
{
    for (int i = 1; i < argc; i++) {
        size_t o = 0;
        while (o < OPTIONS && strcmp(argv[i], options[o].text) != 0)
            o++;
        if (o == OPTIONS && argv[i][0] != '-' && !login_r->n)
            *login_r = str_of(argv[i]);
        else if (o == OPTIONS || !(v->may & OPT(o)) || (o != MACHINE && i + 1 == argc))
            return usage(c, argv[i]);
        else
            value[o] = o == MACHINE ? STR("yes") : str_of(argv[++i]);
    }
    if (!v->command != !login_r->n)
        return usage(c, v->command ? "LOGIN" : str_c(c->a, *login_r));
    return ERR_OK;
}

enum { LIST_PAGE = 200 };

static enum err list_page(struct cli *c, struct str unit, json_t *list, struct str *after, bool *more_r)
{
    struct rows r _rows_ = {0};
    int n = 0;
    enum err e = db_query_with(c->db, &r, STMT_STAFF_LIST, unit.n ? FRAG_STAFF_LIST_UNIT : 0, p_text(*after), p_int(LIST_PAGE),
                               unit.n ? p_text(unit) : p_null());
    while (!e && rows_next(&r)) {
        json_t *o = json_object();
        *after = str_dup(c->a, row_str(&r, 0));
        put_s(o, "login", row_str(&r, 0));
        put_s(o, "unit", row_str(&r, 1));
        put_s(o, "kind", row_str(&r, 3));
        json_object_set_new(o, "active", json_boolean(row_i64(&r, 4) != 0));
        put_s(o, "display", row_str(&r, 5));
        json_array_append_new(list, o);
        n++;
    }
    *more_r = n == LIST_PAGE;
    return e ? e : rows_end(&r);
}

/* Roles in force of one that the list names. */
static enum err list_roles(struct cli *c, json_t *o)
{
    struct str home;
    struct id id;
    struct staff s = {0};
    enum err e = find(c, get_s(o, "login"), &home, &id);
    if (!e)
        e = load(c, home, id, &s);
    json_t *roles = json_array();
    for (size_t i = 0; i < s.grants; i++)
        if (staff_in_force(s.grant[i].from, s.grant[i].to, c->now))
            json_array_append_new(roles, json_sprintf("%.*s@%.*s", PRS(s.grant[i].role), PRS(s.grant[i].unit)));
    for (size_t i = 0; i < s.delegations; i++)
        if (staff_in_force(s.delegation[i].from, s.delegation[i].to, c->now))
            json_array_append_new(roles, json_sprintf("%.*s@%.*s", PRS(s.delegation[i].role), PRS(s.delegation[i].from_unit)));
    json_object_set_new(o, "roles", roles);
    return e;
}

static enum err list(struct cli *c, struct str unit)
{
    struct str after = STR("");
    bool more = true;
    enum err e = ERR_OK;
    if (c->json)
        fputs("[", c->out);
    for (bool first = true; more && !e;) {
        json_t *page = arena_json(c->a, json_array()), *o;
        size_t i;
        e = list_page(c, unit, page, &after, &more);
        json_array_foreach(page, i, o) {
            if (e || (e = list_roles(c, o)))
                break;
            char *text = json_dumps(c->json ? o : json_object_get(o, "roles"), JSON_COMPACT | JSON_PRESERVE_ORDER);
            if (c->json)
                fprintf(c->out, "%s%s", first ? "" : ",\n", text);
            else
                fprintf(c->out, "%-24s %-14s %-8s %s %s %s\n", json_string_value(json_object_get(o, "login")),
                        json_string_value(json_object_get(o, "unit")), json_string_value(json_object_get(o, "kind")),
                        json_is_true(json_object_get(o, "active")) ? " " : "x", text, json_string_value(json_object_get(o, "display")));
            free(text);
            first = false;
        }
    }
    if (c->json)
        fputs("]\n", c->out);
    return e;
}

static enum err change(struct cli *c, const struct verb *v, struct str login, const struct str *value)
{
    struct str home = value[UNIT];
    struct id id = {{0}};
    json_t *payload = arena_json(c->a, json_object());
    for (size_t o = 0; o < OPTIONS; o++)
        if (value[o].n && options[o].field && (v->on_login || o != UNIT))
            put_s(payload, options[o].field, value[o]);
    if (v->on_login) {
        enum err e = find(c, login, &home, &id);
        if (e)
            return e;
    } else {
        if (!home.n)
            home = c->rules->province;
        put_s(payload, "login", login);
        put_s(payload, "kind", value[MACHINE].n ? STR("machine") : STR("person"));
    }
    enum err e = run(c, v->command, home, id, json_incref(payload));
    if (e)
        return e;
    if (c->json)
        print_json(c, json_pack("{ss%ss%sb}", "login", login.p, login.n, "unit", home.p, home.n, "done", 1));
    return ERR_OK;
}

enum err staff_cli_user(struct engine_room *room, int argc, char **argv, bool json, int64_t now, FILE *out, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct str login = STR(""), value[OPTIONS] = {0};
    const struct verb *v = NULL;
    struct cli c;
    enum err e = cli_open(&c, room, a, json, now, out, f);
    for (size_t i = 0; i < ARRAY_LEN(verbs) && argc > 0; i++)
        if (strcmp(argv[0], verbs[i].word) == 0)
            v = &verbs[i];
    if (!e)
        e = v ? read_options(&c, v, argc, argv, &login, value) : usage(&c, "add, list, grant, revoke, delegate, deactivate");
    if (!e)
        e = v->command ? change(&c, v, login, value) : list(&c, value[UNIT]);
    db_close(&c.db);
    return told(&c, e);
}

/* --- the tokens there are --- */

enum { TOKEN_ID = 12, TOKEN_ID_MIN = 8 }; /* hex digits of the hash, as shown, and as many as must be typed: nobody can use a token by these */

static const char *token_state(const struct staff_token *t, int64_t now)
{
    return t->revoked_at ? "revoked" : staff_ended(t->expires_at, now) ? "expired" : "in_force";
}

static enum err tokens_of(struct cli *c, struct str login, json_t *list)
{
    struct str home;
    struct id id;
    struct staff s = {0};
    enum err e = find(c, login, &home, &id);
    if (!e)
        e = load(c, home, id, &s);
    for (size_t i = 0; i < s.tokens && !e; i++) {
        const struct staff_token *t = &s.token[i];
        json_t *o = json_object();
        put_s(o, "id", str_sub(t->hash, 0, TOKEN_ID));
        put_s(o, "login", login);
        put_s(o, "role", t->role);
        put_s(o, "unit", t->unit);
        put_s(o, "label", t->label);
        put_time(o, "issued_at", t->issued_at);
        put_time(o, "expires_at", t->expires_at);
        put_time(o, "revoked_at", t->revoked_at);
        json_object_set_new(o, "state", json_string(token_state(t, c->now)));
        put_s(o, "hash", t->hash); /* not printed */
        json_array_append_new(list, o);
    }
    return e;
}

/* Of one member of staff or machine, or of all. */
static enum err tokens(struct cli *c, struct str user, json_t *list)
{
    struct str after = STR("");
    bool more = true;
    enum err e = ERR_OK;
    if (user.n)
        return tokens_of(c, str_has_prefix(user, STR("staff:")) ? str_sub(user, 6, user.n) : user, list);
    while (more && !e) {
        json_t *page = arena_json(c->a, json_array()), *o;
        size_t i;
        e = list_page(c, STR(""), page, &after, &more);
        json_array_foreach(page, i, o) {
            if (!e)
                e = tokens_of(c, get_s(o, "login"), list);
        }
    }
    return e;
}

static void print_tokens(struct cli *c, json_t *list)
{
    json_t *o;
    size_t i;
    json_array_foreach(list, i, o) {
        json_object_del(o, "hash");
        if (!c->json)
            fprintf(c->out, "%-12s %-8s %-24s %-14s %-12s %.10s\n", json_string_value(json_object_get(o, "id")), json_string_value(json_object_get(o, "state")),
                    json_string_value(json_object_get(o, "login")), json_string_value(json_object_get(o, "role")),
                    json_string_value(json_object_get(o, "unit")), json_string_value(json_object_get(o, "expires_at")));
    }
    if (c->json)
        print_json(c, json_incref(list));
}

static enum err token_revoke(struct cli *c, struct str id, struct str reason, json_t *list)
{
    const json_t *o, *found = NULL;
    size_t i;
    struct str home;
    struct id stream;
    json_array_foreach(list, i, o) {
        if (id.n < TOKEN_ID_MIN || !str_has_prefix(get_s(o, "hash"), id))
            continue;
        if (found)
            return fail_add(c->f, ERR_INVALID, NULL, "", "token.ambiguous", NULL);
        found = o;
    }
    if (!found)
        return fail_add(c->f, ERR_NOT_FOUND, NULL, "", "token.unknown", NULL);
    struct str hash = get_s(found, "hash");
    enum err e = find(c, get_s(found, "login"), &home, &stream);
    if (!e)
        e = run(c, "token_revoke", home, stream, json_pack("{ss%ss%}", "hash", hash.p, hash.n, "reason", reason.p, reason.n));
    if (!e && c->json)
        print_json(c, json_pack("{ss%sb}", "id", hash.p, (size_t)TOKEN_ID, "done", 1));
    return e;
}

enum err staff_cli_tokens(struct engine_room *room, struct str user, bool json, int64_t now, FILE *out, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct cli c;
    json_t *list = arena_json(a, json_array());
    enum err e = cli_open(&c, room, a, json, now, out, f);
    if (!e && !(e = tokens(&c, user, list)))
        print_tokens(&c, list);
    db_close(&c.db);
    return told(&c, e);
}

enum err staff_cli_token_revoke(struct engine_room *room, struct str id, struct str reason, bool json, int64_t now, FILE *out, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct cli c;
    json_t *list = arena_json(a, json_array());
    enum err e = cli_open(&c, room, a, json, now, out, f);
    if (!e && !(e = tokens(&c, STR(""), list)))
        e = token_revoke(&c, id, reason, list);
    db_close(&c.db);
    return told(&c, e);
}

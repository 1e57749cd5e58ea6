/* What may happen to a party's stream, and who may do it: one table, and a function for each row's own conditions. Pure. See party.h. */
#include "base/timex.h"
#include "base/vn.h"
#include "domain/party/party_private.h"
#include <stdio.h>

enum { REASON_MAX = 1000 };

/* What is known of a person besides numbers; party_check holds each to its form. */
static const char *const known_fields[] = {"name", "birth_date", "sex", "territory", "address", "phone", "email", "nationality", "ethnicity"};

struct step {
    struct decision *d;
    const struct party *s; /* zeroed for a registration */
    const struct party_inputs *inputs;
    const char *rule;
    const json_t *in;
    json_t *out, *personal; /* of the event */
    struct str basis;
    bool silent; /* its event was given already, or there is none */
};

static enum err wrong(struct step *k, const char *pointer, const char *code)
{
    return fail_add(&k->d->fail, ERR_INVALID, k->rule, pointer, code, NULL);
}
static enum err conflict(struct step *k, const char *code) { return fail_add(&k->d->fail, ERR_CONFLICT, k->rule, "", code, NULL); }

/* --- fields --- */

static struct str text(struct step *k, const char *field, size_t max, bool required)
{
    char pointer[60];
    const json_t *v = json_object_get(k->in, field);
    struct str s = str_trim(get_s(k->in, field)), nfc = STR("");
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (v && !json_is_string(v) && !json_is_null(v))
        wrong(k, pointer, "field.not-text");
    else if (!s.n && required)
        wrong(k, pointer, "field.required");
    else if (s.n > max)
        wrong(k, pointer, "field.too-long");
    else if (s.n && vn_nfc(k->d->arena, s, &nfc))
        wrong(k, pointer, "field.characters");
    return nfc;
}

/* Nine digits in a row, as personal numbers and telephones have. */
static bool long_number(struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n && run < 9; i++)
        run = s.p[i] >= '0' && s.p[i] <= '9' ? run + 1 : 0;
    return run >= 9;
}

/* A short plain fact that is not personal, for it outlives an erasure; into the event under the same name. */
static struct str plain(struct step *k, const char *field, size_t max, bool required)
{
    char pointer[40];
    struct str s = text(k, field, max, required);
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (long_number(s))
        wrong(k, pointer, "field.personal");
    put_s(k->out, field, s);
    return s;
}

/* Somebody's words about a person: sealed. */
static void sealed(struct step *k, const char *field)
{
    struct str s = text(k, field, REASON_MAX, true);
    if (s.n)
        put_s(k->personal, field, s);
}

static role_set roles_there(const struct step *k, const struct principal *p, struct str unit)
{
    return p ? roles_over(k->d->rules->org, p, unit, STR_NONE, k->d->command->now) : 0;
}

/* May she do this in the unit that met the party first, or in one of whose dossiers it stands? */
static bool may(const struct step *k, const struct principal *p, const char *what)
{
    role_set roles = roles_there(k, p, k->d->command->home_unit);
    for (size_t i = 0; i < k->inputs->places; i++)
        roles |= roles_there(k, p, k->inputs->place[i]);
    return role_may(k->d->rules->rights, roles, str_of(what));
}

/* a second person in office, who may approve for one of these units. */
static void with_approver(struct step *k)
{
    struct str approver = plain(k, "approver", ACTOR_MAX, true);
    if (approver.n && str_eq(approver, k->d->command->actor.id))
        wrong(k, "/approver", "rights.four-eyes");
    else if (approver.n && !k->inputs->approver)
        wrong(k, "/approver", "rights.approver-unknown");
    else if (approver.n && !may(k, k->inputs->approver, "approve_correction"))
        wrong(k, "/approver", "rights.approver-role");
    sealed(k, "reason");
}

static void basis(struct step *k) { k->basis = plain(k, "basis", BASIS_MAX, true); }

/* A day, or `otherwise` when absent. */
static int64_t day_of(struct step *k, const char *field, int64_t otherwise)
{
    char pointer[40];
    const json_t *v = json_object_get(k->in, field);
    int64_t day = otherwise;
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (v && !json_is_null(v) && (!date_parse(get_s(k->in, field), &day) || day <= 0)) {
        wrong(k, pointer, "field.date");
        return otherwise;
    }
    return day;
}

static int64_t today(const struct step *k) { return time_local_day(k->d->command->now); }

/* --- what is known: checked as one declaration, so that a number and a birth date contradict each other here too --- */

/* `in` over what is known already; the normalised whole, or NULL with complaints. `under` is where the fields stand in the payload. */
static json_t *checked(struct step *k, const json_t *in, struct str kind, const char *under)
{
    json_t *all = arena_json(k->d->arena, json_object());
    for (size_t i = 0; i < ARRAY_LEN(known_fields); i++) {
        json_t *v = json_object_get(in, known_fields[i]);
        if (!v)
            v = json_object_get(k->inputs->personal, known_fields[i]);
        if (v)
            json_object_set(all, known_fields[i], v);
    }
    json_t *type = json_object_get(in, "id_type"), *number = json_object_get(in, "id_number");
    for (size_t i = 0; i < k->s->identifiers && !number; i++) { /* the personal number that is in force, to hold a birth date against it */
        const json_t *list = json_object_get(k->inputs->personal, "identifiers"), *v;
        size_t n;
        json_array_foreach(list, n, v) {
            if (get_i(v, "no") == k->s->identifier[i].no && str_is(k->s->identifier[i].type, "personal_number") && k->s->identifier[i].to == INT64_MAX) {
                type = json_object_get(v, "id_type");
                number = json_object_get(v, "id_number");
            }
        }
    }
    if (type)
        json_object_set(all, "id_type", type);
    if (number)
        json_object_set(all, "id_number", number);
    put_s(all, "kind", kind);
    put_s(all, "role", STR("other"));
    struct party_context c = {k->d->arena, k->d->rules->rehearsal, today(k)};
    return arena_json(k->d->arena, party_check(&c, all, under, &k->d->fail));
}

/* --- numbers --- */

/* It begins where its last bearer's time ended: 0 when nobody's did. */
static int64_t free_from(const struct step *k)
{
    int64_t from = 0;
    for (size_t i = 0; i < k->inputs->bearers; i++)
        if (k->inputs->bearer[i].to > from && k->inputs->bearer[i].to != INT64_MAX)
            from = k->inputs->bearer[i].to;
    return from;
}

/* At most one stream bears a number on any day. */
static enum err number_free(struct step *k, int64_t from)
{
    for (size_t i = 0; i < k->inputs->bearers; i++)
        if (k->inputs->bearer[i].to > from)
            return conflict(k, id_eq(k->inputs->bearer[i].id, k->d->stream) ? "party.identifier-known" : "party.identifier-taken");
    return ERR_OK;
}

static int64_t next_no(const struct party *s)
{
    int64_t no = 1;
    for (size_t i = 0; i < s->identifiers; i++)
        if (s->identifier[i].no >= no)
            no = s->identifier[i].no + 1;
    return no;
}

static enum err number_into_event(struct step *k, const json_t *whole, const char *from_field)
{
    int64_t from = day_of(k, from_field, free_from(k));
    put_i(k->out, "no", next_no(k->s));
    put_s(k->personal, "id_type", get_s(whole, "id_type"));
    put_s(k->personal, "id_number", get_s(whole, "id_number"));
    put_i(k->personal, "valid_from_day", from);
    return k->d->fail.err ? k->d->fail.err : number_free(k, from);
}

/* --- links to dossiers --- */

struct place {
    struct str dossier_home, dossier, role;
    int64_t place, seq;
};

static bool place_of(struct step *k, const json_t *o, struct place *p)
{
    struct id id;
    *p = (struct place){get_s(o, "dossier_home"), get_s(o, "dossier"), get_s(o, "role"), get_i(o, "place"), get_i(o, "seq")};
    if (p->dossier_home.n && p->dossier_home.n <= UNIT_CODE_MAX && id_parse(p->dossier, &id) && p->place >= 0 && p->place < PARTIES_MAX)
        return true;
    wrong(k, "/dossier", "party.link-form");
    return false;
}

static json_t *place_json(const struct place *p, bool whole)
{
    json_t *o = json_object();
    put_s(o, "dossier_home", p->dossier_home);
    put_s(o, "dossier", p->dossier);
    put_i(o, "place", p->place);
    if (whole) {
        put_s(o, "role", p->role);
        put_i(o, "seq", p->seq);
    }
    return o;
}

static void linked(struct step *k, const struct place *p) { decision_event(k->d, "party.linked", 1, place_json(p, true), NULL, STR("")); }

/* What the dossier declares differently from what is known: the names of the fields, never what stands in them. What is not known cannot differ. */
static json_t *differences(struct step *k, const json_t *declared, struct str *text_r)
{
    json_t *list = json_array();
    *text_r = STR("");
    for (int f = 0; f < PARTY_FACTS; f++) {
        struct str known = k->s->fact[f];
        struct str said = party_fact_hash(k->d->arena, k->d->keyring, k->d->stream, (enum party_fact)f, get_s(declared, party_fact_names[f]));
        if (known.n && said.n && !str_eq(known, said)) {
            *text_r = str_printf(k->d->arena, "%.*s%s%s", PRS(*text_r), text_r->n ? "," : "", party_fact_names[f]);
            json_array_append_new(list, json_string(party_fact_names[f]));
        }
    }
    return arena_json(k->d->arena, list);
}

static enum err run_link(struct step *k)
{
    struct place p;
    if (!place_of(k, k->in, &p))
        return k->d->fail.err;
    struct str now, before = k->inputs->linked ? k->inputs->linked_differs : STR("");
    json_t *fields = differences(k, json_object_get(k->in, "declared"), &now);
    bool link = !k->inputs->linked || !str_eq(k->inputs->linked_role, p.role) || (before.n && !now.n);
    bool note = now.n && (link || !str_eq(now, before));
    if (!link && !note) /* asked of what is there, not of the command's key: a store that was imported has no keys */
        return conflict(k, "party.linked-already");
    k->silent = true;
    if (link)
        linked(k, &p);
    if (note) {
        json_t *o = place_json(&p, true);
        json_object_set(o, "fields", fields);
        decision_event(k->d, "party.difference_noted", 1, o, NULL, STR(""));
    }
    return ERR_OK;
}

static enum err run_unlink(struct step *k)
{
    struct place p;
    if (!place_of(k, k->in, &p))
        return k->d->fail.err;
    if (!k->inputs->linked)
        return conflict(k, "party.not-linked");
    k->silent = true;
    decision_event(k->d, "party.unlinked", 1, place_json(&p, false), NULL, STR(""));
    return ERR_OK;
}

/* --- registration and numbers --- */

static enum err run_register(struct step *k)
{
    const json_t *dossier = json_object_get(k->in, "dossier");
    struct place p;
    if (dossier && !may(k, k->d->command->actor.principal, "party_link"))
        return fail_add(&k->d->fail, ERR_FORBIDDEN, k->rule, "/dossier", "rights.role", NULL);
    if (dossier && !place_of(k, dossier, &p))
        return k->d->fail.err;
    json_t *whole = checked(k, k->in, get_s(k->in, "kind"), "");
    if (!whole || k->d->fail.err)
        return k->d->fail.err;
    for (size_t i = 0; i < ARRAY_LEN(known_fields); i++)
        if (json_object_get(whole, known_fields[i]))
            json_object_set(k->personal, known_fields[i], json_object_get(whole, known_fields[i]));
    put_s(k->out, "kind", get_s(whole, "kind"));
    put_i(k->out, "registered_at", k->d->command->now);
    if (get_s(whole, "id_number").n && number_into_event(k, whole, "valid_from"))
        return k->d->fail.err;
    if (dossier) {
        decision_event(k->d, "party.registered", 1, json_incref(k->out), json_incref(k->personal), STR(""));
        linked(k, &p);
        k->silent = true;
    }
    return ERR_OK;
}

/* A newborn gets her number, a passport is renewed: a new row, and none is overwritten. */
static enum err run_identify(struct step *k)
{
    basis(k);
    text(k, "id_number", 40, true);
    if (!k->d->fail.err && k->s->identifiers >= PARTY_IDENTIFIERS_MAX)
        return conflict(k, "party.too-many");
    json_t *whole = k->d->fail.err ? NULL : checked(k, k->in, k->s->kind, "");
    if (!whole)
        return k->d->fail.err;
    if (number_into_event(k, whole, "valid_from"))
        return k->d->fail.err;
    for (size_t i = 0; i < k->s->identifiers; i++) /* for life: a wrong one must be ended first */
        if (str_is(get_s(whole, "id_type"), "personal_number") && str_is(k->s->identifier[i].type, "personal_number")
            && k->s->identifier[i].to == INT64_MAX)
            return conflict(k, "party.number-in-force");
    return ERR_OK;
}

static enum err run_end_identifier(struct step *k)
{
    struct str type = text(k, "id_type", 40, true), number = party_number_neat(k->d->arena, text(k, "id_number", 40, true));
    bool never = json_is_true(json_object_get(k->in, "never"));
    int64_t to = day_of(k, "valid_to", today(k));
    sealed(k, "reason");
    if (k->d->fail.err)
        return k->d->fail.err;
    const struct party_identifier *n = party_identifier_of(k->s, party_number_hash(k->d->arena, k->d->keyring, type, number), true);
    if (!n)
        return conflict(k, "party.identifier-absent");
    if (!never && to <= n->from)
        return wrong(k, "/valid_to", "date.order");
    put_i(k->out, "no", n->no);
    put_i(k->out, "valid_to_day", never ? n->from : to); /* never hers: no day on which it was in force */
    return ERR_OK;
}

/* --- names and corrections --- */

/* The fields that change, normalised, sealed under "fields"; their names stay plain. */
static enum err changes(struct step *k, const json_t *in, const char *under)
{
    json_t *whole = checked(k, in, k->s->kind, under), *fields = json_object(), *names = json_array();
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(known_fields); i++) {
        if (!json_object_get(in, known_fields[i]))
            continue;
        json_t *v = json_object_get(whole, known_fields[i]), *known = json_object_get(k->inputs->personal, known_fields[i]);
        any |= (v || known) && !json_equal(v, known);
        json_object_set_new(fields, known_fields[i], v ? json_incref(v) : json_string("")); /* taken away */
        json_array_append_new(names, json_string(known_fields[i]));
    }
    json_object_set_new(k->personal, "fields", fields);
    json_object_set_new(k->out, "fields", names);
    return k->d->fail.err ? k->d->fail.err : any ? ERR_OK : wrong(k, under[0] ? under : "/name", "correct.nothing");
}

/* A new name by decision: what it was before was no mistake. */
static enum err run_rename(struct step *k)
{
    basis(k);
    text(k, "name", PARTY_NAME_MAX, true);
    if (k->d->fail.err)
        return k->d->fail.err;
    json_t *in = arena_json(k->d->arena, json_object());
    json_object_set(in, "name", json_object_get(k->in, "name"));
    return changes(k, in, "");
}

static enum err run_correct(struct step *k)
{
    const json_t *fields = json_object_get(k->in, "fields");
    with_approver(k);
    if (!json_is_object(fields) || !json_object_size(fields))
        return wrong(k, "/fields", "field.required");
    return changes(k, fields, "/fields");
}

/* --- two streams, one person --- */

static enum err run_merge(struct step *k)
{
    const struct party_inputs *in = k->inputs;
    struct str into = text(k, "into", 36, true), home = text(k, "into_home", UNIT_CODE_MAX, false);
    struct id id;
    with_approver(k);
    put_s(k->out, "into_home", home.n ? home : k->d->command->home_unit);
    put_i(k->out, "merged_at", k->d->command->now);
    if (into.n && !id_parse(into, &id))
        wrong(k, "/into", "field.id");
    if (k->d->fail.err)
        return k->d->fail.err;
    char canonical[37];
    id_format(id, canonical);
    put_s(k->out, "into", str_of(canonical));
    if (id_eq(id, k->d->stream))
        return wrong(k, "/into", "party.merge-self");
    if (!in->into_known)
        return wrong(k, "/into", "party.absent");
    if (in->into.erased)
        return conflict(k, "party.erased");
    if (!str_eq(in->into.kind, k->s->kind))
        return conflict(k, "party.kind-differs");
    if (in->into_reaches_us)
        return conflict(k, "party.merge-cycle");
    return in->group > PARTY_GROUP_MAX ? conflict(k, "party.merge-too-large") : ERR_OK;
}

static enum err run_unmerge(struct step *k)
{
    with_approver(k);
    put_s(k->out, "was_into_home", k->s->into_home);
    put_s(k->out, "was_into", k->s->into);
    put_s(k->out, "into_home", STR(""));
    put_s(k->out, "into", STR(""));
    put_i(k->out, "merged_at", 0);
    return k->s->into.n ? ERR_OK : conflict(k, "party.not-merged");
}

/* Lawful destruction, or a person's right: the key of the stream is dropped; the chain stays whole. */
static enum err run_erase(struct step *k)
{
    basis(k);
    plain(k, "decision", BASIS_MAX, true);
    put_i(k->out, "erased", 1);
    return ERR_OK;
}

/* --- the table --- */

#define PLACE "dossier_home dossier role place seq" /* of a party in a dossier */

static const struct row {
    const char *command, *event, *rule, *fields; /* fields: what it reads (fields_known_only) */
    bool when_merged; /* also of a stream that points to another */
    enum err (*run)(struct step *);
} rows[] = {
    {"party_register", "party.registered", "R-015", "kind id_type id_number valid_from dossier{" PLACE "} " PARTY_KNOWN, false, run_register},
    {"party_identify", "party.identified", "R-015", "id_type id_number valid_from basis", false, run_identify},
    {"party_end_identifier", "party.identifier_ended", "R-015", "id_type id_number valid_to never reason", true, run_end_identifier},
    {"party_rename", "party.renamed", "R-015", "name basis", false, run_rename},
    {"party_correct", "party.corrected", "R-283", "approver reason fields{" PARTY_KNOWN "}", false, run_correct},
    {"party_merge", "party.merged", "R-283", "approver reason into into_home", false, run_merge},
    {"party_unmerge", "party.unmerged", "R-283", "approver reason", true, run_unmerge},
    {"party_erase", "party.erased", "R-272", "basis decision", true, run_erase},
    {"party_link", "party.linked", "R-015", PLACE " declared", true, run_link},
    {"party_unlink", "party.unlinked", "R-015", PLACE, true, run_unlink},
};

const char *party_command_at(size_t i) { return i < ARRAY_LEN(rows) ? rows[i].command : NULL; }

static const struct row *row_of(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].command))
            return &rows[i];
    return NULL;
}

const char *party_command_fields(struct str command)
{
    const struct row *row = row_of(command);
    return row ? row->fields : NULL;
}

/* Nobody handles her own data. */
static bool oneself(const struct step *k)
{
    const struct principal *p = k->d->command->actor.principal;
    struct hash own = {{0}};
    for (size_t i = 0; p && i < k->s->identifiers; i++)
        if (hex_parse(k->s->identifier[i].hash, own.b, PARTY_HASH_BYTES) && principal_is_party(p, &own, 1))
            return true;
    return false;
}

enum err party_decide(struct decision *d)
{
    static const struct party nobody;
    const struct row *row = row_of(d->command->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    bool registering = row == &rows[0];
    struct step k = {.d = d, .s = d->state ? d->state : &nobody, .inputs = d->inputs, .rule = row->rule, .in = d->command->payload,
                     .out = arena_json(d->arena, json_object()), .personal = arena_json(d->arena, json_object()), .basis = STR("")};
    if (!registering && !d->state)
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "party.absent", NULL);
    if (!may(&k, d->command->actor.principal, row->command))
        return fail_add(&d->fail, ERR_FORBIDDEN, row->rule, "", "rights.role", NULL);
    if (registering && d->state)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "party.exists", NULL);
    if (oneself(&k))
        return fail_add(&d->fail, ERR_FORBIDDEN, "R-283", "", "rights.own-party", NULL);
    if (k.s->erased)
        return fail_add(&d->fail, ERR_CONFLICT, "R-272", "", "party.erased", NULL);
    if (k.s->into.n && !row->when_merged)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "party.merged", NULL);
    enum err e = row->run(&k);
    if (!e)
        e = d->fail.err;
    if (!e && !k.silent)
        decision_event(d, row->event, 1, json_incref(k.out), json_object_size(k.personal) ? json_incref(k.personal) : NULL,
                       str_dup(d->arena, k.basis));
    return e;
}

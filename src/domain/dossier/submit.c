/* Submission: the whole request is checked at once and every complaint is told together, each with its place. Pure. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include "domain/party/party.h"
#include <stdio.h>

enum { COMPONENTS_MAX = 200, FILES_PER_COMPONENT_MAX = 40, FILES_MAX = 1000, COPIES_MAX = 1000 };

struct submission {
    struct decision *d;
    const json_t *in;
    struct arena *a;
    int64_t day;
    const struct procedure *p;
    struct dossier s;     /* the state to be */
    json_t *personal, *papers, *event;
    struct str owner_territory, owner_province, object_territory, object_province;
};

static void complain(struct submission *k, const char *rule, const char *pointer, const char *code)
{
    fail_add(&k->d->fail, ERR_INVALID, rule, pointer, code, NULL);
}

static struct str text_in(struct submission *k, const json_t *in, const char *at, const char *field, size_t max, bool required)
{
    const json_t *v = json_object_get(in, field);
    char pointer[64];
    snprintf(pointer, sizeof pointer, "%s/%s", at, field);
    struct str s = STR("");
    if (!v || json_is_null(v)) {
        if (required)
            complain(k, NULL, pointer, "field.required");
        return s;
    }
    if (!json_is_string(v))
        complain(k, NULL, pointer, "field.not-text");
    else if (vn_nfc(k->a, str_bytes(json_string_value(v), json_string_length(v)), &s))
        complain(k, NULL, pointer, "field.characters");
    else if ((s = str_trim(s)).n > max) {
        complain(k, NULL, pointer, "field.too-long");
        s = STR("");
    } else if (required && !s.n)
        complain(k, NULL, pointer, "field.required");
    return s;
}

static struct str text(struct submission *k, const char *field, size_t max, bool required) { return text_in(k, k->in, "", field, max, required); }

static void find_procedure(struct submission *k)
{
    struct str code = text(k, "procedure", 40, true), agency = text(k, "agency", 200, false);
    size_t candidates = 0;
    if (!code.n)
        return;
    k->p = procedure_find(k->d->rules->catalog, code, agency, k->day, &candidates);
    if (!k->p) {
        struct str agencies[FAIL_DETAILS_MAX];
        size_t n = candidates > 1 ? procedure_agencies(k->d->rules->catalog, code, agencies, ARRAY_LEN(agencies)) : 0;
        for (size_t i = 0; i < n && i < ARRAY_LEN(agencies); i++)
            fail_add(&k->d->fail, ERR_INVALID, NULL, "/agency", "procedure.agency-needed", "%.*s", PRS(agencies[i]));
        if (!n)
            complain(k, NULL, "/procedure", "procedure.unknown");
        return;
    }
    enum receivable r = procedure_receivable(k->d->rules->catalog, k->p, k->s.receiving_province, k->day);
    if (r != RECEIVABLE)
        fail_add(&k->d->fail, ERR_CONFLICT, "R-031", "/procedure", "procedure.not-receivable", "%s", receivable_name(r));
    procedure_set(&k->s, k->p);
    if (variant_set(k->d, &k->s, k->p, text(k, "variant", 40, false), "/variant"))
        return; /* the complaint is told with the others */
}

static void receiving_unit(struct submission *k)
{
    struct str code = text(k, "receiving_unit", UNIT_CODE_MAX, true);
    if (!code.n)
        return;
    const struct unit *u = unit_find(k->d->rules->org, code);
    if (!u || !unit_valid_on(u, k->day)) {
        complain(k, NULL, "/receiving_unit", "unit.unknown");
        return;
    }
    if (!str_eq(code, k->d->command->home_unit)) /* a dossier lives where it is received */
        complain(k, NULL, "/receiving_unit", "dossier.home-unit");
    k->s.receiving_unit = code;
    k->s.receiving_desk = unit_desk(k->d->rules->org, code);
    k->s.receiving_province = unit_province(k->d->rules->org, code);
    if (k->d->rules->province.n && !str_eq(k->s.receiving_province, k->d->rules->province))
        fail_add(&k->d->fail, ERR_CONFLICT, "R-012", "/receiving_unit", "unit.other-province", NULL);
}

/* Nobody in office handles a dossier of their own: are these parties the actor? */
static bool among_own(struct submission *k, const json_t *parties)
{
    struct str hash[DOSSIER_HASHES_MAX];
    size_t n = dossier_owner_hashes(k->a, k->d->keyring, parties, hash);
    for (size_t i = 0; i < n; i++)
        if (actor_sees(&k->d->command->actor, str_printf(k->a, "o:%.*s", PRS(hash[i]))))
            return true;
    return false;
}

static void parties(struct submission *k)
{
    const json_t *in = json_object_get(k->in, "parties"), *v;
    size_t i;
    if (!json_is_array(in) || json_array_size(in) == 0 || json_array_size(in) > PARTIES_MAX) {
        complain(k, "R-015", "/parties", json_is_array(in) && json_array_size(in) ? "field.too-many" : "field.required");
        return;
    }
    struct party_context c = {k->a, k->d->rules->rehearsal, k->day};
    json_t *list = json_array();
    bool owner = false, first_owner = false;
    json_array_foreach(in, i, v) {
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/parties/%zu", i);
        owner |= str_is(get_s(v, "role"), "owner");
        json_t *p = party_check(&c, v, pointer, &k->d->fail);
        if (!p)
            continue;
        struct str role = get_s(p, "role"), territory = get_s(p, "territory");
        if (territory.n && !territory_on(k->d->rules->org, territory, k->day)) {
            snprintf(pointer, sizeof pointer, "/parties/%zu/territory", i);
            complain(k, NULL, pointer, "territory.unknown");
        }
        if (str_is(role, "owner") && !first_owner) {
            first_owner = true;
            k->owner_territory = str_dup(k->a, territory);
            k->owner_province = territory_province(k->d->rules->org, k->owner_territory, k->day);
        }
        k->s.subjects += str_is(role, "subject");
        json_array_append_new(list, p);
    }
    if (!owner)
        complain(k, "R-015", "/parties", "dossier.owner-missing");
    if (!party_shares_fit(list))
        complain(k, "R-015", "/parties", "party.shares");
    json_object_set_new(k->personal, "parties", list);
    if (k->d->command->actor.unit.n && among_own(k, list))
        fail_add(&k->d->fail, ERR_FORBIDDEN, NULL, "/parties", "rights.own-dossier", NULL);
}

static int64_t count_of(struct submission *k, const json_t *v, const char *field, size_t i)
{
    const json_t *n = json_object_get(v, field);
    if (!n || json_is_null(n))
        return 0;
    if (json_is_integer(n) && json_integer_value(n) >= 0 && json_integer_value(n) <= COPIES_MAX)
        return json_integer_value(n);
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/components/%zu/%s", i, field);
    complain(k, NULL, pointer, "field.count");
    return 0;
}

static bool component_known(const struct component *list, size_t n, const json_t *key)
{
    if (json_is_integer(key))
        return json_integer_value(key) >= 1 && (size_t)json_integer_value(key) <= (n ? n : COMPONENTS_MAX);
    for (size_t i = 0; json_is_string(key) && i < n; i++)
        if (str_is(list[i].code, json_string_value(key)))
            return true;
    return n == 0 && json_is_string(key) && json_string_length(key) <= 40 && is_code(str_of(json_string_value(key))); /* the source has no list for this procedure */
}

/* where the case is chosen, a paper of another one is not asked for. */
static bool of_other_variant(struct submission *k, const struct component *list, size_t n, const json_t *key)
{
    int64_t day = k->s.submitted_at ? time_local_day(k->s.submitted_at) : k->day;
    const struct variant *v = k->p && k->s.variant.n ? variant_find(k->d->rules->catalog, k->p, k->s.variant, day) : NULL;
    for (size_t i = 0; v && i < n; i++) {
        bool named = json_is_integer(key) ? (size_t)json_integer_value(key) == i + 1 : json_is_string(key) && str_is(list[i].code, json_string_value(key));
        if (named && variant_needs(k->d->rules->catalog, k->p, v, day, &list[i], i + 1))
            return false;
    }
    return v && n;
}

static void components(struct submission *k)
{
    const json_t *in = json_object_get(k->in, "components"), *v;
    size_t i, n = 0, all_files = 0;
    if (!in || json_is_null(in))
        return;
    if (!json_is_array(in) || json_array_size(in) > COMPONENTS_MAX) {
        complain(k, NULL, "/components", "field.not-list");
        return;
    }
    struct component *list = NULL;
    if (k->p && json_array_size(in) && procedure_components(k->a, k->p, &list, &n))
        n = 0;
    json_array_foreach(in, i, v) {
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/components/%zu", i);
        if (!json_is_object(v)) {
            complain(k, NULL, pointer, "field.not-object");
            continue;
        }
        const json_t *key = json_object_get(v, "component"), *files = json_object_get(v, "files"), *file;
        size_t f;
        snprintf(pointer, sizeof pointer, "/components/%zu/component", i);
        if (!component_known(list, n, key))
            complain(k, "R-019", pointer, "component.unknown"); /* only what was published may be asked */
        else if (of_other_variant(k, list, n, key))
            complain(k, "R-036", pointer, "component.other-variant");
        snprintf(pointer, sizeof pointer, "/components/%zu/files", i);
        if (files && !json_is_null(files) && !json_is_array(files))
            complain(k, NULL, pointer, "field.not-list");
        json_t *o = json_object(), *shas = json_array();
        if (json_is_string(key) || json_is_integer(key))
            json_object_set(o, "component", (json_t *)(uintptr_t)key);
        put_i(o, "originals", count_of(k, v, "originals", i));
        put_i(o, "copies", count_of(k, v, "copies", i));
        json_array_foreach(files, f, file) {
            unsigned char sha[HASH_BYTES];
            snprintf(pointer, sizeof pointer, "/components/%zu/files/%zu", i, f);
            struct str name = json_is_string(file) ? str_bytes(json_string_value(file), json_string_length(file)) : STR("");
            if (f >= FILES_PER_COMPONENT_MAX || ++all_files > FILES_MAX) {
                complain(k, NULL, pointer, "field.too-many");
                break;
            }
            if (!hex_parse(name, sha, sizeof sha) || !may_cite(k->d, name))
                complain(k, NULL, pointer, "file.name");
            else
                json_array_append(shas, (json_t *)(uintptr_t)file);
        }
        json_object_set_new(o, "files", shas);
        json_array_append_new(k->papers, o);
    }
    k->s.components = (int64_t)json_array_size(k->papers);
}

static void form(struct submission *k)
{
    const json_t *in = json_object_get(k->in, "form");
    if (!in || json_is_null(in))
        return;
    if (!json_is_object(in)) {
        complain(k, NULL, "/form", "field.not-object");
        return;
    }
    struct str canonical;
    if (canonical_json(k->a, in, &canonical) || canonical.n > FORM_BYTES_MAX)
        complain(k, NULL, "/form", "form.too-large");
    else
        json_object_set_new(k->personal, "form", json_deep_copy(in));
}

static void delivery(struct submission *k)
{
    const json_t *in = json_object_get(k->in, "delivery");
    k->s.delivery_method = STR("counter");
    if (!in || json_is_null(in))
        return;
    if (!json_is_object(in)) {
        complain(k, NULL, "/delivery", "field.not-object");
        return;
    }
    struct str method = text_in(k, in, "/delivery", "method", 20, true), unit = text_in(k, in, "/delivery", "unit", UNIT_CODE_MAX, false),
               address = text_in(k, in, "/delivery", "address", PARTY_TEXT_MAX, false);
    if (method.n && !str_is(method, "counter") && !str_is(method, "post") && !str_is(method, "electronic"))
        complain(k, "R-110", "/delivery/method", "delivery.method");
    k->s.delivery_method = method;
    const struct unit *u = unit.n ? unit_find(k->d->rules->org, unit) : NULL;
    if (unit.n && (!u || !unit_valid_on(u, k->day)))
        complain(k, NULL, "/delivery/unit", "unit.unknown");
    k->s.delivery_unit = unit;
    if (str_is(method, "post") && !address.n)
        complain(k, "R-110", "/delivery/address", "field.required");
    if (address.n)
        put_s(k->personal, "delivery_address", address);
}

static void channel(struct submission *k)
{
    static const char *const known[] = {"counter", "online", "post", "kiosk"};
    struct str c = text(k, "channel", 20, true);
    bool ok = !c.n;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        ok |= str_is(c, known[i]);
    if (!ok)
        complain(k, "R-040", "/channel", "dossier.channel");
    /* What came over a counter or by post is entered by those who stand there: the share of each channel is a published figure. */
    if ((str_is(c, "counter") || str_is(c, "post")) && !roles_may(k->d, k->d->command->home_unit, STR_NONE, "submit_counter"))
        fail_add(&k->d->fail, ERR_FORBIDDEN, "R-040", "/channel", "rights.channel", NULL);
    k->s.channel = c;
}

/* Among whom to choose, as far as the table names them. */
static void competence_open(struct submission *k, const struct competence_answer *answer)
{
    struct buf b _buf_ = BUF_MAX(400);
    for (size_t i = 0; i < answer->n_candidates; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", answer->candidate[i]);
    if (b.n)
        fail_add(&k->d->fail, ERR_INVALID, "R-014", "/competent_unit", "dossier.competence-among", "%.*s", (int)b.n, b.p);
    else
        complain(k, "R-014", "/competent_unit", "dossier.competence-unknown");
}

/* who decides. The table answers, or the clerk chooses and the choice is recorded; a citizen alone leaves it open. */
static void competence(struct submission *k, bool by_clerk)
{
    const struct org *o = k->d->rules->org;
    struct str given = text(k, "competent_unit", UNIT_CODE_MAX, false), reason = text(k, "competent_reason", 300, false);
    if (!k->p || !k->s.receiving_unit.n)
        return;
    struct str here = unit_find(o, k->s.receiving_unit)->territory;
    const struct territory *t = territory_on(o, here, k->day);
    struct competence_question q = {.p = k->p, .receiving_unit = k->s.receiving_unit,
                                    .receiving_commune = t && t->level == LEVEL_COMMUNE ? here : STR(""),
                                    .receiving_province = k->s.receiving_province, .owner_territory = k->owner_territory,
                                    .owner_province = k->owner_province, .object_territory = k->object_territory,
                                    .object_province = k->object_province, .day = k->day};
    struct competence_answer answer = competence_of(k->d->rules->catalog, &q);
    struct str found = answer.found ? str_dup(k->a, str_of(answer.unit)) : STR(""), unit = answer.found ? found : k->s.receiving_unit;
    const char *pointer = "/receiving_unit";
    k->s.competence = answer.found ? answer.row_id : STR("open");
    if (given.n && !str_eq(given, found) && !by_clerk) {
        complain(k, "R-014", "/competent_unit", "dossier.competence-not-yours");
        return;
    }
    if (given.n && !str_eq(given, found)) {
        if (answer.found && !reason.n)
            fail_add(&k->d->fail, ERR_INVALID, "R-014", "/competent_reason", "dossier.competence-reason", "%.*s", PRS(found));
        unit = given;
        pointer = "/competent_unit";
        k->s.competence = STR("chosen");
        put_s(k->event, "competence_found", found); /* what the table says, beside what was chosen and why */
        put_s(k->event, "competence_row", answer.found ? answer.row_id : STR(""));
        if (reason.n)
            put_s(k->personal, "competent_reason", reason);
    } else if (!answer.found && by_clerk)
        competence_open(k, &answer);
    if (competent_set(k->d, &k->s, k->s.competence.n && str_is(k->s.competence, "open") ? NULL : k->p, unit, pointer))
        return; /* the complaint is told with the others */
}

/* H01.30292-261121-0007: agency code of the province, unit, day, number; the template is data. */
static enum err new_code(struct submission *k)
{
    const struct dossier_inputs *in = k->d->inputs;
    struct str template;
    enum err e = parameter_str(k->d->rules->parameters, "dossier_code_template", k->day, &template, &k->d->fail);
    if (e)
        return e;
    const struct unit *province = unit_find(k->d->rules->org, k->s.receiving_province);
    int y, m, dd;
    civil_from_days(k->day, &y, &m, &dd);
    struct buf b _buf_ = BUF_MAX(80);
    for (size_t i = 0; i < template.n;) {
        struct str rest = str_sub(template, i, template.n);
        if (str_has_prefix(rest, STR("{agency}"))) {
            buf_str(&b, province && province->agency_code.n ? province->agency_code : k->s.receiving_province);
            i += 8;
        } else if (str_has_prefix(rest, STR("{unit}"))) {
            buf_str(&b, k->s.receiving_unit);
            i += 6;
        } else if (str_has_prefix(rest, STR("{yymmdd}"))) {
            buf_printf(&b, "%02d%02d%02d", y % 100, m, dd);
            i += 8;
        } else if (str_has_prefix(rest, STR("{nnnn}"))) {
            buf_printf(&b, "%04lld", (long long)in->code_no);
            i += 6;
        } else
            buf_char(&b, template.p[i++]);
    }
    k->s.code = str_dup(k->a, buf_view(&b));
    return ERR_OK;
}

static void put_state(struct submission *k)
{
    json_t *o = k->event;
    const struct dossier *s = &k->s;
    char day[16];
    date_format(k->day, day);
    put_s(o, "code", s->code);
    put_i(o, "code_no", ((const struct dossier_inputs *)k->d->inputs)->code_no);
    put_s(o, "day", str_of(day)); /* the day whose rules hold */
    put_procedure(o, s);
    put_s(o, "channel", s->channel);
    put_s(o, "receiving_unit", s->receiving_unit);
    put_s(o, "receiving_desk", s->receiving_desk);
    put_s(o, "receiving_province", s->receiving_province);
    put_competent(o, s);
    put_s(o, "delivery_method", s->delivery_method);
    put_s(o, "delivery_unit", s->delivery_unit);
    put_s(o, "linked_from", s->linked_from);
    put_i(o, "components", s->components);
    put_i(o, "subjects", s->subjects);
    put_i(o, "state", DOSSIER_NEW);
    put_s(o, "task", STR("receive"));
    put_i(o, "submitted_at", k->d->command->now);
    json_object_set(o, "papers", k->papers);
}

/* The second event of a submission at the counter; refused, it takes the whole submission with it. */
static enum err receipt(struct submission *k, struct str due_reason, json_t **event_r, json_t **personal_r)
{
    *event_r = arena_json(k->a, json_object());
    *personal_r = NULL;
    enum err e = put_receipt(k->d, &k->s, k->in, *event_r);
    if (!e && json_integer_value(json_object_get(*event_r, "due_given"))) {
        *personal_r = arena_json(k->a, json_object());
        put_s(*personal_r, "due_reason", due_reason);
    }
    return e;
}

static void flag(struct submission *k, const char *field)
{
    const json_t *v = json_object_get(k->in, field);
    char pointer[40];
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (v && !json_is_boolean(v) && !json_is_null(v))
        complain(k, NULL, pointer, "field.not-boolean");
}

enum err dossier_decide_submit(struct decision *d)
{
    const struct command *c = d->command;
    struct submission k = {.d = d, .in = c->payload, .a = d->arena, .day = time_local_day(c->now), .personal = json_object(),
                           .papers = json_array(), .event = json_object(), .owner_territory = STR(""), .owner_province = STR(""),
                           .object_territory = STR(""), .object_province = STR("")};
    arena_json(d->arena, k.personal); /* freed with the arena, also when refused */
    arena_json(d->arena, k.papers);
    arena_json(d->arena, k.event);
    bool staff = c->actor.unit.n > 0;
    channel(&k);
    receiving_unit(&k);
    if (staff && k.s.receiving_unit.n && !actor_sees(&c->actor, str_printf(d->arena, "u:%.*s", PRS(k.s.receiving_desk))))
        fail_add(&d->fail, ERR_FORBIDDEN, NULL, "/receiving_unit", "rights.other-unit", NULL);
    find_procedure(&k);
    parties(&k);
    k.object_territory = text(&k, "object_territory", 10, false);
    if (k.object_territory.n && !(k.object_province = territory_province(d->rules->org, k.object_territory, k.day)).n)
        complain(&k, NULL, "/object_territory", "territory.unknown");
    components(&k);
    form(&k);
    delivery(&k);
    const json_t *receive_too = json_object_get(k.in, "receive");
    bool at_counter = staff && str_is(k.s.channel, "counter") && !json_is_false(receive_too)
        && roles_may(d, c->home_unit, k.s.procedure, "receive"); /* a postal agent hands in, a clerk receives */
    flag(&k, "receive");
    flag(&k, "receipt");
    struct str due_reason = text(&k, "due_reason", 200, false);
    text(&k, "due_at", 40, false);
    enum err e = at_counter ? ERR_OK : no_own_date(d, k.in, "dossier.due-at-receipt"); /* told with the others */
    competence(&k, at_counter);
    struct str note = text(&k, "note", 2000, false);
    if (note.n)
        put_s(k.personal, "note", note);
    k.s.linked_from = text(&k, "linked_from", 60, false);
    if (k.s.linked_from.n && (!is_code(k.s.linked_from) || (d->inputs && ((const struct dossier_inputs *)d->inputs)->linked_absent)))
        complain(&k, NULL, "/linked_from", "dossier.absent");
    int64_t ack = 0;
    e = d->fail.err ? d->fail.err : dossier_refuse_citations(d);
    if (!e)
        e = new_code(&k);
    if (!e)
        e = acknowledge_by(d, k.s.receiving_unit, &ack); /* */
    json_t *received = NULL, *received_personal = NULL;
    if (!e && at_counter)
        e = receipt(&k, due_reason, &received, &received_personal);
    if (e)
        return e;
    put_state(&k);
    put_i(k.event, "next_at", ack);
    decision_event(d, "dossier.submitted", 1, json_incref(k.event), json_incref(k.personal), STR(""));
    if (received)
        decision_event(d, "dossier.received", 1, json_incref(received), received_personal ? json_incref(received_personal) : NULL, STR(""));
    return ERR_OK;
}

enum err dossier_correct_parties(struct decision *d, const json_t *list, json_t *personal, json_t *plain)
{
    json_t *in = arena_json(d->arena, json_object());
    json_object_set(in, "parties", (json_t *)(uintptr_t)list);
    struct submission k = {.d = d, .in = in, .a = d->arena, .day = time_local_day(d->command->now), .personal = personal};
    parties(&k);
    put_i(plain, "subjects", k.s.subjects);
    return d->fail.err;
}

enum err dossier_more_papers(struct decision *d, const struct dossier *s, const json_t *in, json_t *plain)
{
    if (!json_object_get(in, "components"))
        return d->fail.err;
    struct submission k = {.d = d, .in = in, .a = d->arena, .day = time_local_day(d->command->now), .p = procedure_of(d, s),
                           .s = {.variant = s->variant, .submitted_at = s->submitted_at}, .papers = arena_json(d->arena, json_array())};
    components(&k);
    json_object_set(plain, "papers", k.papers);
    put_i(plain, "components", s->components + k.s.components);
    return d->fail.err;
}

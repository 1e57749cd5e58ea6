/* The intake form: what was typed, what the domain says to it. See counter_private.h. */
#include "domain/party/party.h"
#include "face/counter/counter_private.h"
#include <stdio.h>

/* As form_text, but what cannot be normalised comes back as it was typed: the domain names the field, and nothing is lost. */
static struct str typed(struct request *r, const char *name, size_t max)
{
    struct str s = form_text(r, name, max), raw = str_trim(request_form(r, name));
    return s.n || !raw.n ? s : str_sub(raw, 0, raw.n > max ? 0 : raw.n);
}

static enum paper_have have_of(struct str word)
{
    return str_is(word, "chinh") ? PAPER_ORIGINAL : str_is(word, "sao") ? PAPER_COPY : str_is(word, "quet") ? PAPER_SCAN : str_is(word, "thieu") ? PAPER_MISSING : PAPER_UNSAID;
}

void intake_read(struct request *r, struct intake *k)
{
    *k = (struct intake){0};
#define F(field, in_form, max) k->field = typed(r, in_form, max);
    INTAKE_FIELDS(F)
#undef F
    for (size_t i = 0; i < PAPERS_MAX; i++) {
        char name[24];
        snprintf(name, sizeof name, "gt-%zu", i + 1);
        k->paper[i].have = have_of(form_text(r, name, 8));
        snprintf(name, sizeof name, "sl-%zu", i + 1);
        k->paper[i].count = form_text(r, name, 12);
    }
}

/* --- complaints --- */

static const struct {
    const char *pointer; /* below /parties/N where it begins with "." */
    const char *own, *other; /* the field where that person is the one at the desk, and where she is the other one (the owner) */
} places[] = {
    {".name", "ten", "chu-ten"}, {".id_number", "so", "chu-so"}, {".id_type", "so", "chu-so"}, {".birth_date", "sinh", "chu-sinh"}, {".sex", "gioi", "chu-gioi"},
    {".phone", "dien-thoai", "dien-thoai"}, {".address", "dia-chi", "dia-chi"}, {".territory", "noi-o", "chu-noi-o"}, {".role", "vai", "vai"}, {".kind", "chu", "chu"},
    {"/procedure", "thu-tuc", NULL}, {"/agency", "thu-tuc", NULL}, {"/variant", "truong-hop", NULL}, {"/competent_unit", "co-quan", NULL},
    {"/competent_reason", "ly-do-co-quan", NULL}, {"/delivery/method", "tra", NULL}, {"/delivery/address", "tra-dia-chi", NULL}, {"/due_at", "han", NULL},
    {"/due_reason", "ly-do-han", NULL}, {"/note", "ghi-chu", NULL}, {"/parties", "ten", NULL}};

static bool is_other(const struct intake *k) { return k->owner.n && !str_is(k->owner, "chinh"); }

static const char *field_of(const struct intake *k, const char *pointer)
{
    size_t n;
    int at = 0;
    bool party = sscanf(pointer, "/parties/%zu%n", &n, &at) == 1 && pointer[at] == '/';
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (party ? places[i].pointer[0] == '.' && strcmp(places[i].pointer + 1, pointer + at + 1) == 0 : strcmp(places[i].pointer, pointer) == 0)
            return party && n == 0 && is_other(k) ? places[i].other : places[i].own;
    return str_has_prefix(str_of(pointer), STR("/components")) ? "giay-to" : "";
}

static void add_error(struct intake *k, const char *field, struct str message)
{
    for (size_t i = 0; i < k->errors; i++)
        if (str_is(k->error[i].field, field) && str_eq(k->error[i].message, message))
            return;
    if (k->errors < ERRORS_MAX)
        k->error[k->errors++] = (struct form_error){str_of(field), message};
}

void intake_complain(struct page *o, struct intake *k, const char *field, const char *sentence) { add_error(k, field, str_of(translated(sentence, o->lang))); }

static bool filled(const struct intake *k, const char *field)
{
#define F(member, in_form, max) \
    if (strcmp(field, in_form) == 0) \
        return k->member.n > 0;
    INTAKE_FIELDS(F)
#undef F
    return true;
}

/* Above the form "this is required" would not say what. */
static struct str required_words(struct page *o, const char *field, struct str as_it_is)
{
    static const struct { const char *field, *label; } labels[] = {
        {"ten", TR_LATER("Họ và tên")}, {"chu-ten", TR_LATER("Họ và tên chủ hồ sơ")}, {"so", TR_LATER("Số định danh")}, {"tra-dia-chi", TR_LATER("Địa chỉ gửi bưu điện")},
        {"han", TR_LATER("Ngày hẹn trả")}, {"ly-do-han", TR_LATER("Lý do của ngày hẹn")}, {"ly-do-co-quan", TR_LATER("Lý do chọn cơ quan khác")}};
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        if (strcmp(labels[i].field, field) == 0)
            return TRF(o, "Cần nhập: %1", str_of(translated(labels[i].label, o->lang)));
    return as_it_is;
}

void intake_refused(struct page *o, struct intake *k, const struct fail *f, bool all)
{
    struct form_errors e = form_errors_of(o, f);
    for (size_t i = 0; i < f->n; i++) {
        const char *field = field_of(k, f->item[i].pointer);
        bool empty = field[0] && (!filled(k, field) || str_is(str_of(f->item[i].code), "field.required"));
        if (strcmp(field, "thu-tuc") == 0 && k->p)
            empty = false;
        if (strcmp(field, "co-quan") == 0 && strcmp(f->item[i].code, "dossier.competence-unknown") == 0)
            k->needs_unit = true, k->unit_thought_of = str_dup(o->arena, str_of(f->item[i].param));
        if (strcmp(field, "han") == 0)
            k->needs_due = true;
        k->needs_unit |= strcmp(field, "ly-do-co-quan") == 0;
        if (all || !empty)
            add_error(k, field, strcmp(f->item[i].code, "field.required") == 0 ? required_words(o, field, e.item[i].message) : e.item[i].message);
    }
}

/* --- the command --- */

static void put(json_t *o, const char *key, struct str s)
{
    if (s.n)
        json_object_set_new(o, key, json_stringn(s.p, s.n));
}

static void put_number(json_t *o, struct str number, bool organisation)
{
    struct arena *a _arena_ = arena_new();
    struct str neat = party_number_neat(a, number);
    if (!neat.n)
        return;
    put(o, "id_type", organisation ? STR("tax_code") : neat.n == 12 || str_all_digits(neat) ? STR("personal_number") : STR("passport"));
    put(o, "id_number", number);
}

/* What is no date is sent as one that there is not, so that the domain says what is wrong with a date. */
static void put_day(struct request *r, json_t *o, const char *key, struct str typed)
{
    int64_t day;
    struct str iso = day_typed(r, typed);
    put(o, key, iso.n && !date_parse(iso, &day) ? STR("0000-00-00") : iso);
}

/* Who stands at the desk. */
static json_t *at_desk(struct request *r, const struct intake *k, const char *role)
{
    json_t *o = json_object();
    put(o, "role", str_of(role));
    put(o, "kind", STR("person"));
    put(o, "name", k->name);
    put_number(o, k->number, false);
    put_day(r, o, "birth_date", k->birth);
    put(o, "sex", k->sex);
    put(o, "phone", k->phone);
    put(o, "address", k->address);
    put(o, "territory", k->place_code);
    return o;
}

/* Whom it concerns, where that is another person, a newborn or an organisation. */
static json_t *other_owner(struct request *r, const struct intake *k)
{
    bool organisation = str_is(k->owner, "to-chuc");
    json_t *o = json_object();
    put(o, "role", STR("owner"));
    put(o, "kind", organisation ? STR("organisation") : STR("person"));
    put(o, "name", k->o_name);
    put_number(o, k->o_number, organisation);
    if (!organisation) {
        put_day(r, o, "birth_date", k->o_birth);
        put(o, "sex", k->o_sex);
    }
    put(o, "territory", k->owner_code.n ? k->owner_code : str_is(k->owner, "tre") ? k->place_code : STR(""));
    return o;
}

static json_t *papers(const struct intake *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < k->papers; i++) {
        const struct paper_row *p = &k->paper[i];
        int64_t n = 1;
        if (p->have == PAPER_UNSAID || p->have == PAPER_MISSING)
            continue;
        if (p->count.n && !str_to_i64(p->count, &n))
            n = -1; /* the domain refuses it, at its place */
        json_t *o = json_object();
        json_object_set_new(o, "component", json_integer((json_int_t)p->place));
        json_object_set_new(o, "originals", json_integer(p->have == PAPER_ORIGINAL ? n : 0));
        json_object_set_new(o, "copies", json_integer(p->have == PAPER_COPY ? n : 0));
        json_array_append_new(list, o);
    }
    return list;
}

static struct str first_word(struct str s)
{
    ptrdiff_t blank = str_find_char(s, ' ');
    return blank < 0 ? s : str_sub(s, 0, (size_t)blank);
}

json_t *intake_payload(struct request *r, const struct intake *k, bool receive)
{
    struct arena *a = request_arena(r);
    json_t *o = json_object(), *parties = json_array(), *delivery = json_object();
    if (is_other(k)) {
        json_array_append_new(parties, other_owner(r, k));
        json_array_append_new(parties, at_desk(r, k, str_is(k->part, "representative") ? "representative" : "submitter"));
    } else
        json_array_append_new(parties, at_desk(r, k, "owner"));
    put(o, "procedure", k->code);
    put(o, "agency", k->agency);
    put(o, "variant", k->variant);
    put(o, "channel", STR("counter"));
    put(o, "receiving_unit", actor_of(r)->unit);
    put(o, "competent_unit", first_word(k->unit));
    put(o, "competent_reason", k->unit_why);
    json_object_set_new(o, "parties", parties);
    json_object_set_new(o, "components", papers(k));
    put(delivery, "method", k->delivery.n ? k->delivery : STR("counter"));
    put(delivery, "address", k->delivery_address);
    json_object_set_new(o, "delivery", delivery);
    if (k->due.n && receive) {
        int64_t day;
        struct str iso = day_typed(r, k->due);
        put(o, "due_at", date_parse(iso, &day) ? str_printf(a, "%.*sT17:00:00+07:00", PRS(iso)) : iso);
    }
    if (receive) /* a date is promised at receipt and not before */
        put(o, "due_reason", k->due_why);
    put(o, "note", k->note);
    if (str_is(k->receipt, "co"))
        json_object_set_new(o, "receipt", json_true());
    if (!receive)
        json_object_set_new(o, "receive", json_false());
    return o;
}

/* --- what the domain would decide --- */

static const json_t *event_of(const struct decision *d, const char *type)
{
    for (size_t i = 0; i < d->events; i++)
        if (strcmp(d->event[i].type, type) == 0)
            return d->event[i].payload;
    return NULL;
}

static struct str json_text(struct arena *a, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? str_dup(a, str_bytes(json_string_value(v), json_string_length(v))) : STR("");
}

/* The decision on the command that F4 gives; no event of it is kept. */
static bool ask_domain(struct request *r, struct page *o, struct intake *k, bool strict, bool receive)
{
    struct arena *a = request_arena(r);
    struct command c = {.aggregate = &dossier_aggregate, .type = STR("submit"), .home_unit = actor_of(r)->unit, .actor = *actor_of(r), .key = STR("look"),
                        .payload = arena_json(a, intake_payload(r, k, receive)), .now = request_now_ms(r)};
    struct decision d = {.arena = a, .rules = rules_of(r), .keyring = &face_of(r)->room->keyring, .command = &c};
    if (dossier_aggregate.prepare(&d, db_of(r)))
        return false;
    if (command_decide(&d))
        intake_refused(o, k, &d.fail, strict);
    const json_t *submitted = event_of(&d, "dossier.submitted"), *received = event_of(&d, "dossier.received");
    k->ready = receive ? received != NULL : submitted != NULL;
    if (submitted)
        k->competent_unit = json_text(a, submitted, "competent_unit");
    if (received) {
        k->due_at = json_integer_value(json_object_get(received, "promised_at"));
        k->expected = json_integer_value(json_object_get(received, "expected")) != 0;
    }
    k->needs_due |= k->due.n > 0;
    k->needs_unit |= k->unit.n > 0;
    for (size_t i = 0; i < d.events; i++) {
        json_decref(d.event[i].payload);
        json_decref(d.event[i].personal);
    }
    return true;
}

/* The party of a dossier who has this number; without a number who stood at the desk: the submitter, or else the owner. */
static const json_t *party_of(struct arena *a, const json_t *personal, struct str number)
{
    const json_t *found = NULL, *v;
    size_t i;
    json_array_foreach(json_object_get(personal, "parties"), i, v) {
        struct str role = json_text(a, v, "role");
        if (number.n ? str_eq(json_text(a, v, "id_number"), number) : str_is(role, "submitter") || str_is(role, "representative") || (!found && str_is(role, "owner")))
            found = v;
    }
    return found;
}

static void same_person(struct request *r, struct page *o, struct intake *k, struct str code, struct str number)
{
    struct arena *a = request_arena(r);
    struct str home;
    struct id id;
    struct dossier d;
    int64_t seq;
    const json_t *personal = NULL;
    if (code.n > 60 || dossier_find(db_of(r), code, &home, &id, a)
        || stream_load(&dossier_aggregate, &face_of(r)->room->keyring, db_of(r), a, home, id, INT64_MAX, &d, &seq) || !dossier_visible(&d, actor_of(r))
        || dossier_personal(&face_of(r)->room->keyring, db_of(r), a, home, id, &personal))
        return;
    const json_t *p = party_of(a, personal, number);
    if (!p || !str_is(json_text(a, p, "kind"), "person"))
        return;
    k->name = json_text(a, p, "name");
    k->number = json_text(a, p, "id_number");
    k->birth = day_shown(o, json_text(a, p, "birth_date"));
    k->sex = json_text(a, p, "sex");
    k->phone = json_text(a, p, "phone");
    k->address = json_text(a, p, "address");
    k->place = json_text(a, p, "territory");
}

void intake_same_person(struct request *r, struct page *o, struct intake *k, struct str code) { same_person(r, o, k, code, STR("")); }

static void person_known(struct request *r, struct page *o, struct intake *k, bool strict)
{
    struct dossier_list_query q = {.q = k->number, .limit = 5};
    struct dossier_page page;
    struct fail f = {0};
    if (k->number.n != 12 || !str_all_digits(k->number) || dossier_list(&face_of(r)->room->keyring, rules_of(r), db_of(r), o->arena, actor_of(r), &q, o->now, &page, &f) || !page.n)
        return;
    const struct dossier_item *it = page.items[0];
    size_t candidates;
    if (!k->name.n && !strict) /* known here: what she said then need not be typed again, but is looked at before it is sent */
        same_person(r, o, k, it->code, k->number);
    const struct procedure *p = procedure_find(rules_of(r)->catalog, it->procedure, it->agency, time_local_day(it->submitted_at), &candidates);
    k->known = TRF(o, "Người này đã có hồ sơ. Mới nhất: %1, nộp %2", p ? p->name : it->procedure, page_date(o, it->submitted_at));
}

/* --- what to type next --- */

static const char *next_field(const struct intake *k)
{
    static const char *const order[] = {"quet", "thu-tuc", "chu-ten", "chu-sinh", "chu-gioi", "truong-hop", "giay-to", "dien-thoai", "xong"};
    size_t at = 0;
    bool said = k->papers == 0;
    for (size_t i = 0; i < k->papers; i++)
        said |= k->paper[i].have != PAPER_UNSAID;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (str_is(k->step, order[i]))
            at = i + 1;
    if (k->doubtful)
        return "ten";
    for (size_t i = 0; i < k->errors; i++)
        if (k->error[i].field.n)
            return k->error[i].field.p; /* a literal */
    if (!k->name.n)
        return k->number.n ? "ten" : "quet";
    if (!k->p)
        return "thu-tuc";
    bool other = is_other(k);
    if (other && !k->o_name.n)
        return "chu-ten";
    if (other && !k->o_birth.n && !str_is(k->owner, "to-chuc") && at <= 3)
        return "chu-sinh";
    if (other && !k->o_sex.n && !str_is(k->owner, "to-chuc") && at <= 4)
        return "chu-gioi";
    if (k->variant_n && !k->variant.n && at <= 5)
        return "truong-hop";
    if (!said && at <= 6)
        return "giay-to";
    if (!k->phone.n && at <= 7)
        return "dien-thoai";
    return k->needs_unit && !k->unit.n ? "co-quan" : k->needs_due && !k->due.n ? "han" : "xong";
}

static void offer(struct intake *k, const struct unit *u)
{
    for (size_t i = 0; u && i < k->unit_picks; i++)
        if (str_eq(k->unit_pick[i].value, u->code))
            return;
    if (u && k->unit_picks < PLACES_MAX)
        k->unit_pick[k->unit_picks++] = (struct pick){u->code, u->name, u->code};
}

/* Where the table has no answer: the unit that it thinks of, then those of the level that the procedure names. */
static void offer_units(struct request *r, struct intake *k)
{
    const struct org *org = rules_of(r)->org;
    const struct unit *here = unit_find(org, actor_of(r)->unit);
    bool province = k->p && k->p->levels && !(k->p->levels & AT_COMMUNE);
    struct str at = !here ? STR("") : province ? here->province : here->territory;
    offer(k, k->unit_thought_of.n ? unit_find(org, k->unit_thought_of) : NULL);
    struct unit_page page = unit_list(org, request_arena(r), at, STR(""), STR(""), PLACES_MAX);
    for (size_t i = 0; i < page.n; i++)
        offer(k, page.items[i]);
}

bool intake_complete(struct request *r, struct page *o, struct intake *k, bool strict, bool receive)
{
    fill_from_scan(r, o, k);
    person_known(r, o, k, strict);
    fill_procedure(r, k);
    fill_papers(r, o, k);
    fill_places(r, o, k);
    bool there = true;
    if (k->p && (strict || k->name.n))
        there = ask_domain(r, o, k, strict, receive);
    if (strict && !k->p)
        intake_complain(o, k, "thu-tuc", TR_LATER("Chưa chọn thủ tục. Gõ vài chữ như \"ks\", \"kết hôn\" hoặc chọn trong danh sách."));
    if (strict && !k->name.n && !k->p)
        intake_complain(o, k, "quet", TR_LATER("Chưa có người nộp. Quét thẻ căn cước, hoặc nhập họ tên."));
    if (k->needs_unit && !k->unit.n)
        offer_units(r, k);
    k->focus = next_field(k);
    return there;
}

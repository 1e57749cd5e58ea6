/* The pages of a draft: what each takes from its form, what can be said against it, and what it becomes in the command. What was typed is kept as it was
 * typed, right or wrong; whether it is right is asked of the domain each time. */
#include "face/citizen/apply_private.h"
#include "domain/party/party.h"
#include "face/citizen/apply.html.h"
#include <stdio.h>

enum { SHORT = 120, LINE = 1200, LONG = 60000 /* kept as typed; beyond REQUEST_MAX it is refused */, REQUEST_MAX = 20000 };

static const struct {
    const char *word, *title;
} steps[STEPS] = {
    [STEP_SUBMITTER] = {"nguoi-nop", TR_LATER("Người nộp")}, [STEP_OWNER] = {"chu-ho-so", TR_LATER("Hồ sơ này làm cho ai")},
    [STEP_VARIANT] = {"truong-hop", TR_LATER("Trường hợp")}, [STEP_PLACE] = {"noi-nop", TR_LATER("Nơi nộp hồ sơ")},
    [STEP_CONTENT] = {"noi-dung", TR_LATER("Nội dung đề nghị")}, [STEP_PAPERS] = {"giay-to", TR_LATER("Giấy tờ kèm theo")},
    [STEP_DELIVERY] = {"nhan-ket-qua", TR_LATER("Cách nhận kết quả")},
};

const char *step_word(enum step s) { return steps[s].word; }
const char *step_title(enum step s) { return steps[s].title; }
bool step_there(const struct applying *k, enum step s) { return s != STEP_VARIANT || k->n_variants > 0; }

static bool step_by_word(struct str word, enum step *s_r)
{
    for (enum step s = 0; s < STEPS; s++)
        if (str_is(word, steps[s].word)) {
            *s_r = s;
            return true;
        }
    return false;
}

bool paper_asked(const struct applying *k, size_t place)
{
    const struct rules *rules = rules_of(k->r);
    struct str chosen = get_s(k->d.data, "variant");
    const struct variant *v = chosen.n && k->p ? variant_find(rules->catalog, k->p, chosen, k->day) : NULL;
    return !v || variant_needs(rules->catalog, k->p, v, k->day, &k->components[place - 1], place);
}

/* --- taking --- */

static void take_text(struct applying *k, json_t *to, const char *prefix, const char *name, size_t max)
{
    char field[64];
    snprintf(field, sizeof field, "%s/%s", prefix, name);
    put_s(to, name, form_text(k->r, field, max));
}

static json_t *take_person(struct applying *k, const char *prefix)
{
    static const struct { const char *name; size_t max; } fields[] = {{"name", LINE}, {"id_number", SHORT}, {"sex", 10}, {"phone", SHORT}, {"territory", 20}, {"address", LINE}};
    char field[64];
    json_t *p = json_object();
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        take_text(k, p, prefix, fields[i].name, fields[i].max);
    snprintf(field, sizeof field, "%s/birth_date", prefix);
    put_s(p, "birth_date", form_date(k->r, field));
    return p;
}

static void take_owner(struct applying *k)
{
    put_s(k->d.data, "for", form_text(k->r, "cho-ai", 10));
    put_s(k->d.data, "as", form_text(k->r, "tu-cach", 20));
    json_t *p = take_person(k, "o");
    take_text(k, p, "o", "kind", 20);
    take_text(k, p, "o", "id_type", 40);
    json_object_set_new(k->d.data, "owner", p);
}

void step_take(struct applying *k, enum step s)
{
    json_t *part;
    switch (s) {
    case STEP_SUBMITTER: json_object_set_new(k->d.data, "me", take_person(k, "p")); break;
    case STEP_OWNER: take_owner(k); break;
    case STEP_VARIANT: put_s(k->d.data, "variant", form_text(k->r, "variant", 60)); break;
    case STEP_PLACE: put_s(k->d.data, "unit", form_text(k->r, "receiving_unit", 40)); break;
    case STEP_CONTENT: put_s(k->d.data, "request", form_text(k->r, "noi-dung", LONG)); break;
    case STEP_PAPERS: json_object_set_new(k->d.data, "papers_seen", json_true()); break;
    case STEP_DELIVERY:
        part = json_object();
        put_s(part, "method", form_text(k->r, "delivery/method", 20));
        put_s(part, "address", form_text(k->r, "delivery/address", LINE));
        json_object_set_new(k->d.data, "delivery", part);
        break;
    case STEPS: break;
    }
}

/* --- as the command wants it --- */

static json_t *party(const json_t *from, const char *role, const char *kind, const char *id_type)
{
    static const char *const fields[] = {"name", "id_number", "sex", "birth_date", "phone", "territory", "address"};
    bool person = strcmp(kind, "organisation") != 0;
    json_t *p = json_object();
    json_object_set_new(p, "role", json_string(role));
    json_object_set_new(p, "kind", json_string(kind));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct str v = get_s(from, fields[i]);
        if (v.n && (person || (strcmp(fields[i], "sex") != 0 && strcmp(fields[i], "birth_date") != 0)))
            put_s(p, fields[i], v);
    }
    if (get_s(from, "id_number").n)
        json_object_set_new(p, "id_type", json_string(id_type));
    return p;
}

static bool for_self(const struct applying *k) { return str_is(get_s(k->d.data, "for"), "self"); }

static json_t *me_as(const struct applying *k, const char *role) { return party(draft_part(k, "me"), role, "person", "personal_number"); }

static json_t *owner_party(const struct applying *k)
{
    const json_t *o = draft_part(k, "owner");
    struct arena *a = request_arena(k->r);
    struct str type = get_s(o, "id_type");
    return party(o, "owner", str_is(get_s(o, "kind"), "organisation") ? "organisation" : "person", type.n ? str_c(a, type) : "personal_number");
}

static json_t *components_of(const struct applying *k)
{
    json_t *list = json_array(), *files, *file;
    const char *place;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)draft_part(k, "papers"), place, files) {
        int64_t n;
        if (!json_array_size(files) || !str_to_i64(str_of(place), &n) || (n >= 1 && (size_t)n <= k->n_components && !paper_asked(k, (size_t)n)))
            continue; /* of another case, chosen before */
        json_t *c = json_object(), *shas = json_array();
        put_i(c, "component", n);
        json_array_foreach(files, i, file)
            json_array_append(shas, json_object_get(file, "sha"));
        json_object_set_new(c, "files", shas);
        json_array_append_new(list, c);
    }
    return list;
}

json_t *submission_of(const struct applying *k)
{
    const json_t *delivery = draft_part(k, "delivery");
    json_t *o = json_object(), *parties = json_array(), *form = json_object(), *d = json_object();
    put_s(o, "procedure", get_s(k->d.data, "procedure"));
    if (get_s(k->d.data, "agency").n)
        put_s(o, "agency", get_s(k->d.data, "agency"));
    if (get_s(k->d.data, "variant").n && k->n_variants)
        put_s(o, "variant", get_s(k->d.data, "variant"));
    put_s(o, "channel", STR("online"));
    put_s(o, "receiving_unit", get_s(k->d.data, "unit"));
    if (!for_self(k))
        json_array_append_new(parties, owner_party(k));
    json_array_append_new(parties, me_as(k, for_self(k) ? "owner" : str_is(get_s(k->d.data, "as"), "representative") ? "representative" : "submitter"));
    json_object_set_new(o, "parties", parties);
    put_s(form, "request", get_s(k->d.data, "request"));
    json_object_set_new(o, "form", form);
    json_object_set_new(o, "components", components_of(k));
    put_s(d, "method", get_s(delivery, "method"));
    if (str_is(get_s(delivery, "method"), "post"))
        put_s(d, "address", get_s(delivery, "address"));
    json_object_set_new(o, "delivery", d);
    return o;
}

enum step step_of_pointer(const struct applying *k, struct str p)
{
    static const struct { const char *prefix; enum step step; } places[] = {
        {"/parties/1", STEP_SUBMITTER}, {"/parties", STEP_OWNER}, {"/variant", STEP_VARIANT}, {"/receiving_unit", STEP_PLACE}, {"/competent", STEP_PLACE},
        {"/form", STEP_CONTENT}, {"/note", STEP_CONTENT}, {"/components", STEP_PAPERS}, {"/delivery", STEP_DELIVERY}};
    if (str_has_prefix(p, STR("/parties/0")) && for_self(k))
        return STEP_SUBMITTER;
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (str_has_prefix(p, str_of(places[i].prefix)))
            return places[i].step;
    return STEPS;
}

/* --- what can be said against it --- */

static void check_party(const struct applying *k, json_t *p, const char *at, struct fail *f)
{
    struct party_context c = {request_arena(k->r), rules_of(k->r)->rehearsal, k->day};
    struct str territory = get_s(p, "territory");
    char pointer[40];
    json_decref(party_check(&c, p, at, f));
    if (territory.n && !territory_on(rules_of(k->r)->org, territory, k->day)) {
        snprintf(pointer, sizeof pointer, "%s/territory", at);
        say(f, pointer, "territory.unknown");
    }
    json_decref(p);
}

static bool complained(const struct fail *f, const char *pointer)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->item[i].pointer, pointer) == 0)
            return true;
    return false;
}

/* Her own number, or the dossier would not be hers to follow. */
static void check_submitter(const struct applying *k, struct fail *f)
{
    struct arena *a = request_arena(k->r);
    struct str number = party_number_neat(a, get_s(draft_part(k, "me"), "id_number"));
    if (!number.n)
        say(f, "/p/id_number", "field.required");
    check_party(k, me_as(k, "owner"), "/p", f);
    if (number.n && !complained(f, "/p/id_number") && !str_eq(citizen_login(a, &face_of(k->r)->room->keyring, number), k->d.owner))
        say(f, "/p/id_number", "draft.own-number");
    if (!get_s(draft_part(k, "me"), "phone").n)
        say(f, "/p/phone", "field.required");
}

static void check_owner(const struct applying *k, struct fail *f)
{
    struct str whom = get_s(k->d.data, "for");
    if (!str_is(whom, "self") && !str_is(whom, "other"))
        say(f, "/cho-ai", "draft.for-whom");
    else if (!for_self(k))
        check_party(k, owner_party(k), "/o", f);
}

void step_check(const struct applying *k, enum step s, struct fail *f)
{
    const struct rules *rules = rules_of(k->r);
    const struct unit *u;
    struct str v;
    switch (s) {
    case STEP_SUBMITTER: check_submitter(k, f); break;
    case STEP_OWNER: check_owner(k, f); break;
    case STEP_VARIANT:
        v = get_s(k->d.data, "variant");
        if (!v.n || !k->p || !variant_find(rules->catalog, k->p, v, k->day))
            say(f, "/variant", "field.choice");
        break;
    case STEP_PLACE:
        u = unit_find(rules->org, get_s(k->d.data, "unit"));
        if (!u || !unit_valid_on(u, k->day))
            say(f, "/receiving_unit", "draft.unit");
        break;
    case STEP_CONTENT:
        if (!get_s(k->d.data, "request").n)
            say(f, "/noi-dung", "field.required");
        else if (get_s(k->d.data, "request").n > REQUEST_MAX)
            say(f, "/noi-dung", "field.too-long");
        break;
    case STEP_PAPERS:
        if (!json_is_true(json_object_get(k->d.data, "papers_seen")))
            say(f, "", "field.required");
        break;
    case STEP_DELIVERY:
        v = get_s(draft_part(k, "delivery"), "method");
        if (!str_is(v, "counter") && !str_is(v, "post") && !str_is(v, "electronic"))
            say(f, "/delivery/method", "delivery.method");
        else if (str_is(v, "post") && !get_s(draft_part(k, "delivery"), "address").n)
            say(f, "/delivery/address", "field.required");
        break;
    case STEPS: break;
    }
}

bool step_done(const struct applying *k, enum step s)
{
    struct fail f = {0};
    step_check(k, s, &f);
    return f.n == 0;
}

struct str step_next(const struct applying *k, enum step s)
{
    struct arena *a = request_arena(k->r);
    for (enum step t = s + 1; t < STEPS; t++)
        if (step_there(k, t) && !step_done(k, t))
            return draft_url(a, &k->d, str_printf(a, "/buoc/%s", step_word(t)).p);
    for (enum step t = 0; t < STEPS; t++)
        if (step_there(k, t) && !step_done(k, t))
            return draft_url(a, &k->d, "");
    return draft_url(a, &k->d, "/kiem-tra");
}

/* --- choices --- */

/* The communes of this province, then nothing else: who lives elsewhere says so. */
static size_t territories(struct applying *k, struct page *o, struct str chosen, struct option *v, size_t max)
{
    const struct rules *rules = rules_of(k->r);
    size_t n = 0;
    v[n++] = (struct option){.value = STR(""), .label = TR(o, "Ở tỉnh, thành phố khác, hoặc chưa chọn"), .hint = STR(""), .chosen = !chosen.n};
    if (!rules->province.n)
        return n;
    struct territory_page page = territory_list(rules->org, o->arena, k->day, rules->province, STR(""), STR(""), ORG_PAGE_MAX);
    for (size_t i = 0; i < page.n && n < max; i++)
        v[n++] = (struct option){.value = page.items[i]->code, .label = page.items[i]->name, .hint = STR(""), .chosen = str_eq(page.items[i]->code, chosen)};
    return n;
}

/* Where she may hand in, as a person thinks of it: the centre of the province, and each ward and commune. Which of them may receive says the domain. */
static size_t places(struct applying *k, struct page *o, struct option *v, size_t max)
{
    const struct rules *rules = rules_of(k->r);
    const json_t *who = for_self(k) ? draft_part(k, "me") : draft_part(k, "owner");
    struct str chosen = get_s(k->d.data, "unit"), home = get_s(who, "territory");
    bool commune = k->p && (!k->p->levels || (k->p->levels & level_parse(STR("commune"))));
    struct str province = rules->province.n ? rules->province : territory_province(rules->org, home, k->day);
    size_t n = 0;
    const struct unit *centre = province.n ? unit_service_centre(rules->org, province) : NULL;
    const struct unit *near = commune && home.n ? unit_committee_of(rules->org, home) : centre;
    if (!chosen.n && near)
        chosen = near->code;
    v[n++] = (struct option){.value = STR(""), .label = TR(o, "Chọn nơi nộp"), .hint = STR(""), .chosen = !chosen.n};
    if (centre)
        v[n++] = (struct option){.value = centre->code, .label = centre->name, .hint = STR(""), .chosen = str_eq(centre->code, chosen)};
    struct territory_page page = province.n ? territory_list(rules->org, o->arena, k->day, province, STR(""), STR(""), ORG_PAGE_MAX) : (struct territory_page){0};
    for (size_t i = 0; i < page.n && n < max; i++) {
        const struct unit *u = unit_committee_of(rules->org, page.items[i]->code);
        if (u)
            v[n++] = (struct option){.value = u->code, .label = u->name, .hint = STR(""), .chosen = str_eq(u->code, chosen)};
    }
    return n;
}

static size_t variant_options(struct applying *k, struct option *v)
{
    struct str chosen = get_s(k->d.data, "variant");
    for (size_t i = 0; i < k->n_variants; i++)
        v[i] = (struct option){.value = k->variants[i]->code, .label = k->variants[i]->name, .hint = STR(""), .chosen = str_eq(chosen, k->variants[i]->code)};
    return k->n_variants;
}

/* --- showing --- */

enum http_result step_show(struct applying *k, enum step s, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(k->r, &o, &b);
    struct option *v = ARENA_ARRAY(o.arena, struct option, OPTIONS_MAX);
    struct form_errors e = form_errors_of(&o, f);
    size_t n;
    if (s == STEP_SUBMITTER && !get_s(draft_part(k, "me"), "name").n && !json_object_get(draft_part(k, "me"), "birth_date"))
        put_s((json_t *)(uintptr_t)draft_part(k, "me"), "name", o.user); /* who signed in */
    site_begin(k->r, &o, TR(&o, step_title(s)), draft_url(o.arena, &k->d, ""), f->n > 0);
    step_begin(&o, &e, k, step_title(s), s == STEP_PAPERS);
    switch (s) {
    case STEP_SUBMITTER:
        n = territories(k, &o, get_s(draft_part(k, "me"), "territory"), v, OPTIONS_MAX);
        submitter_fields(&o, &e, draft_part(k, "me"), v, n);
        break;
    case STEP_OWNER:
        n = territories(k, &o, get_s(draft_part(k, "owner"), "territory"), v, OPTIONS_MAX);
        owner_fields(&o, &e, k, draft_part(k, "owner"), v, n);
        break;
    case STEP_VARIANT: variant_fields(&o, &e, v, variant_options(k, v)); break;
    case STEP_PLACE:
        n = places(k, &o, v, OPTIONS_MAX);
        place_fields(&o, &e, v, n);
        break;
    case STEP_CONTENT: content_fields(&o, &e, get_s(k->d.data, "request")); break;
    case STEP_PAPERS: papers_fields(&o, &e, k); break;
    case STEP_DELIVERY: delivery_fields(&o, &e, draft_part(k, "delivery")); break;
    case STEPS: break;
    }
    step_end(&o, k, s);
    site_end(&o);
    return page_end(k->r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static bool step_open(struct request *r, struct applying *k, enum step *s)
{
    if (!applying_open(r, k))
        return false;
    if (applying_sent(k)) {
        (void)page_redirect(r, draft_url(request_arena(r), &k->d, "/da-nop"));
        return false;
    }
    if (step_by_word(request_path_param(r, "buoc"), s) && step_there(k, *s) && !get_s(k->d.data, "of").n)
        return true;
    (void)page_refuse_code(r, ERR_NOT_FOUND, "http.absent");
    return false;
}

enum http_result apply_step_form(struct request *r)
{
    struct applying k;
    struct fail none = {0};
    enum step s;
    return step_open(r, &k, &s) ? step_show(&k, s, &none) : HTTP_DONE;
}

enum http_result apply_step(struct request *r)
{
    struct applying k;
    struct fail f = {0};
    enum step s;
    if (!step_open(r, &k, &s))
        return HTTP_DONE;
    json_t *before = arena_json(request_arena(r), json_deep_copy(k.d.data));
    step_take(&k, s);
    if (!form_good(r, &f))
        return step_show(&k, s, &f);
    bool same = json_equal(before, k.d.data); /* a second tap: it is there already, whatever version it was sent for */
    if (!same && (!applying_version(&k, &f) || !applying_save(&k, &f))) {
        struct draft newest;
        struct fail ignored = {0};
        if (!draft_load(&face_of(r)->room->keyring, db_of(r), request_arena(r), k.d.owner, k.d.id, request_now_ms(r), &newest, &ignored))
            k.d.version = newest.version; /* she has been told: the next save is over that one */
        return step_show(&k, s, &f);
    }
    step_check(&k, s, &f);
    return f.n ? step_show(&k, s, &f) : page_redirect(r, step_next(&k, s));
}

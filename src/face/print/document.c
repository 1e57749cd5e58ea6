/* The papers of one dossier. What the receipt promised, what was missing, why it was refused or is late: all of it stands in the events. */
#include "domain/dossier/dossier.h"
#include "domain/staff/staff.h"
#include "face/print/reading.h"

enum { ROW_NAME_MAX = 600 };

/* --- shared --- */

void doc_put(json_t *o, const char *key, struct str s) { json_object_set_new(o, key, json_stringn(s.p ? s.p : "", s.n)); }

static struct str text_at(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

json_t *doc_new(const struct paper_reader *r, struct str place_unit, int64_t at)
{
    json_t *doc = arena_json(r->arena, json_object());
    doc_put(doc, "place", paper_place(r->rules, place_unit, time_local_day(at)));
    doc_put(doc, "date", paper_day(r->arena, at));
    if (r->rehearsal)
        doc_put(doc, "stamp", STR("BẢN DIỄN TẬP – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"));
    return doc;
}

struct str doc_unit_name(const struct rules *rules, struct str unit)
{
    const struct unit *u = unit_find(rules->org, unit);
    return u ? u->name : unit;
}

/* Who issues: above her superior or committee, below the one-stop desk or the organ itself. */
void doc_put_unit(const struct paper_reader *r, json_t *doc, struct str code, int64_t day)
{
    const struct unit *u = unit_find(r->rules->org, code), *centre = u && u->territory.n && !u->abbr.n ? unit_service_centre(r->rules->org, u->territory) : NULL;
    const struct unit *parent = u && u->parent.n ? unit_find(r->rules->org, u->parent) : NULL;
    json_t *unit = json_object();
    bool desk = centre && unit_valid_on(centre, day);
    doc_put(unit, "above", desk ? u->name : parent && u->abbr.n ? parent->name : STR(""));
    doc_put(unit, "name", desk ? centre->name : u ? u->name : code);
    doc_put(unit, "office", desk ? centre->name : str_printf(r->arena, "Bộ phận Tiếp nhận và Trả kết quả, %.*s", PRS(u ? u->name : code)));
    json_object_set_new(doc, "unit", unit);
}

struct str doc_procedure_name(const struct rules *rules, const struct dossier *d)
{
    const struct procedure *p = procedure_find(rules->catalog, d->procedure, d->agency, time_local_day(d->submitted_at), NULL);
    return p ? p->name : d->procedure;
}

const json_t *doc_party(const json_t *parties, const char *role)
{
    const json_t *p;
    size_t i;
    json_array_foreach(parties, i, p)
        if (str_is(text_at(p, "role"), role))
            return p;
    return NULL;
}

struct str doc_names(struct arena *a, const json_t *parties, const char *role)
{
    struct buf b _buf_ = BUF_MAX(ROW_NAME_MAX);
    const json_t *p;
    size_t i, more = 0;
    json_array_foreach(parties, i, p) {
        struct str name = text_at(p, "name");
        if (!str_is(text_at(p, "role"), role) || !name.n)
            continue;
        if (b.n + name.n + 60 > ROW_NAME_MAX) {
            more++;
            continue;
        }
        buf_c(&b, b.n ? "; " : "");
        buf_str(&b, name);
    }
    if (more)
        buf_printf(&b, " và %zu người khác", more);
    return str_dup(a, buf_view(&b));
}

struct str doc_address(const struct paper_reader *r, const json_t *party)
{
    struct str address = text_at(party, "address"), code = text_at(party, "territory");
    struct str path = code.n ? territory_path(r->rules->org, r->arena, code, time_local_day(r->now)) : STR("");
    const struct territory *t = code.n ? territory_on(r->rules->org, code, time_local_day(r->now)) : NULL;
    if (!address.n || !path.n)
        return address.n ? address : path;
    return t && str_find(address, t->name) >= 0 ? address : str_printf(r->arena, "%.*s, %.*s", PRS(address), PRS(path));
}

enum err doc_load(const struct paper_reader *r, struct str code, struct str *home_r, struct id *id_r, struct dossier *d, int64_t *version_r)
{
    enum err e = dossier_find(r->db, dossier_code_typed(r->arena, code), home_r, id_r, r->arena);
    if (!e)
        e = stream_load(&dossier_aggregate, r->keyring, r->db, r->arena, *home_r, *id_r, INT64_MAX, d, version_r);
    return !e && !dossier_visible(d, r->actor) ? ERR_NOT_FOUND : e;
}

/* --- what the events say --- */

struct request_made {
    int64_t at;
    struct str actor, reason;
    const json_t *items;
};
struct facts {
    int64_t promised_at, expected, corrected_at;
    struct str clerk, again_why;
    const json_t *papers[DOSSIER_PAUSES_MAX]; /* of the submission and each supplement */
    size_t lists;
    struct request_made asked; /* the one that was wanted */
    int64_t asks, turn;
    struct { int64_t at, old_due, new_due; struct str actor, reason, basis; } refused, late;
};

static bool promises(struct str type)
{
    static const char *const types[] = {"dossier.received", "dossier.corrected", "dossier.accepted", "dossier.supplemented"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_is(type, types[i]))
            return true;
    return false;
}

static void take(struct facts *s, const struct applied *e, int64_t wanted)
{
    struct str type = e->head.type, reason = text_at(e->personal, "reason");
    int64_t promised = json_integer_value(json_object_get(e->payload, "promised_at"));
    const json_t *papers = json_object_get(e->payload, "papers");
    if (promised && promises(type)) {
        s->promised_at = promised;
        s->expected = json_integer_value(json_object_get(e->payload, "expected"));
    }
    if (json_is_array(papers) && s->lists < ARRAY_LEN(s->papers))
        s->papers[s->lists++] = papers;
    if (str_is(type, "dossier.received") && !s->clerk.n)
        s->clerk = e->head.actor;
    else if (str_is(type, "dossier.supplement_requested") && (++s->asks == wanted || !wanted)) {
        s->asked = (struct request_made){e->head.at, e->head.actor, reason, json_object_get(e->personal, "items")};
        s->turn = s->asks;
    } else if (str_is(type, "dossier.refused")) {
        s->refused.at = e->head.at;
        s->refused.actor = e->head.actor;
        s->refused.reason = reason;
        s->refused.basis = e->head.basis;
    } else if (str_is(type, "dossier.extended") || str_is(type, "dossier.apologised")) {
        s->late.at = e->head.at;
        s->late.actor = e->head.actor;
        s->late.reason = reason;
        s->late.old_due = json_integer_value(json_object_get(e->payload, "old_due_at"));
        s->late.new_due = json_integer_value(json_object_get(e->payload, "promised_at"));
    } else if (str_is(type, "dossier.corrected") && s->clerk.n) {
        s->corrected_at = e->head.at;
        s->again_why = reason;
    }
}

static enum err facts_read(const struct paper_reader *r, struct str home, struct id id, int64_t version, int64_t wanted, struct facts *out)
{
    struct key key;
    struct rows rows _rows_ = {0};
    enum err e = stream_key_load(r->keyring, r->db, home, id, &key);
    bool open = !e;
    if (e && e != ERR_NOT_FOUND)
        return e;
    e = db_query(r->db, &rows, STMT_LEDGER_STREAM_EVENTS, p_text(home), p_bytes(id_str(&id)), p_int(0), p_int(version));
    while (!e && rows_next(&rows)) {
        struct event ev;
        struct applied *applied = ARENA_NEW(r->arena, struct applied);
        event_from_row(&rows, &ev);
        ev.actor = str_dup(r->arena, ev.actor);
        ev.basis = str_dup(r->arena, ev.basis);
        e = applied_from(r->arena, r->keyring, open ? &key : NULL, &ev, applied);
        if (!e)
            take(out, applied, wanted);
    }
    return e ? e : rows_end(&rows);
}

/* --- the parts of a document --- */

static void put_person(const struct paper_reader *r, json_t *doc, const char *as, const json_t *party, struct str name)
{
    static const char *const plain[] = {"phone", "email"};
    json_t *o = json_object();
    doc_put(o, "name", name.n ? name : text_at(party, "name"));
    doc_put(o, "address", doc_address(r, party));
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        doc_put(o, plain[i], text_at(party, plain[i]));
    doc_put(o, "id", text_at(party, "id_number"));
    doc_put(o, "id_label", str_of(paper_id_label(text_at(party, "id_type"))));
    json_object_set_new(doc, as, o);
}

static void put_people(const struct paper_reader *r, json_t *doc, const json_t *personal)
{
    const json_t *parties = json_object_get(personal, "parties"), *owner = doc_party(parties, "owner"), *by = doc_party(parties, "submitter");
    if (!by)
        by = doc_party(parties, "representative");
    if (!owner)
        owner = json_array_get(parties, 0);
    if (!by)
        by = owner;
    put_person(r, doc, "submitter", by, STR(""));
    put_person(r, doc, "owner", owner, doc_names(r->arena, parties, "owner"));
    json_object_set_new(doc, "same_person", json_boolean(by == owner));
}

static const struct procedure *put_procedure(const struct paper_reader *r, json_t *doc, const struct dossier *d)
{
    int64_t day = time_local_day(d->submitted_at);
    const struct procedure *p = procedure_find(r->rules->catalog, d->procedure, d->agency, day, NULL);
    const struct variant *v = p && d->variant.n ? variant_find(r->rules->catalog, p, d->variant, day) : NULL;
    json_t *o = json_object();
    doc_put(o, "name", p ? p->name : d->procedure);
    doc_put(o, "code", d->procedure);
    doc_put(o, "variant", v ? v->name : STR(""));
    json_object_set_new(doc, "procedure", o);
    return p;
}

static struct str component_name(struct arena *a, const struct component *list, size_t n, const json_t *key)
{
    int64_t place = json_integer_value(key);
    for (size_t i = 0; json_is_string(key) && i < n; i++)
        if (str_is(list[i].code, json_string_value(key)))
            place = (int64_t)i + 1;
    if (place >= 1 && (size_t)place <= n)
        return list[place - 1].name;
    return json_is_string(key) ? str_of(json_string_value(key)) : str_printf(a, "Giấy tờ số %lld", (long long)place);
}

static struct str count_text(struct arena *a, const json_t *paper, const char *key)
{
    int64_t n = json_integer_value(json_object_get(paper, key));
    return n ? str_printf(a, "%lld", (long long)n) : STR("");
}

static enum err put_papers(const struct paper_reader *r, json_t *doc, const struct procedure *p, const struct facts *s)
{
    struct component *list = NULL;
    size_t n = 0, i;
    const json_t *paper;
    json_t *rows = json_array();
    json_object_set_new(doc, "papers", rows);
    if (p && procedure_components(r->arena, p, &list, &n))
        n = 0; /* the source's list is spoiled: places stand for names */
    for (size_t l = 0; l < s->lists; l++)
        json_array_foreach(s->papers[l], i, paper) {
            json_t *row = json_object();
            size_t files = json_array_size(json_object_get(paper, "files"));
            struct str name = component_name(r->arena, list, n, json_object_get(paper, "component"));
            doc_put(row, "name", files ? str_printf(r->arena, "%.*s (%zu tệp điện tử)", PRS(name), files) : name);
            doc_put(row, "originals", count_text(r->arena, paper, "originals"));
            doc_put(row, "certified", STR(""));
            doc_put(row, "copies", count_text(r->arena, paper, "copies"));
            json_array_append_new(rows, row);
        }
    return ERR_OK;
}

static struct str delivery_words(const struct paper_reader *r, const struct dossier *d, const json_t *personal)
{
    struct str address = text_at(personal, "delivery_address"), unit = d->delivery_unit.n ? d->delivery_unit : d->receiving_unit;
    if (str_is(d->delivery_method, "post"))
        return str_printf(r->arena, "Qua dịch vụ bưu chính, đến địa chỉ: %.*s", PRS(address));
    if (str_is(d->delivery_method, "electronic"))
        return STR("Trực tuyến, bản điện tử trên Cổng Dịch vụ công");
    return str_printf(r->arena, "Trực tiếp tại %.*s", PRS(doc_unit_name(r->rules, unit)));
}

static enum err put_book(const struct paper_reader *r, json_t *doc, struct str home, struct id id)
{
    struct rows rows _rows_ = {0};
    json_t *book = json_object();
    json_object_set_new(doc, "book", book);
    enum err e = db_query(r->db, &rows, STMT_DOSSIER_ITEM, p_text(home), p_bytes(id_str(&id)));
    if (!e && rows_next(&rows)) {
        int64_t year = row_i64(&rows, 19), no = row_i64(&rows, 20);
        if (no) {
            doc_put(book, "year", str_printf(r->arena, "%lld", (long long)year));
            doc_put(book, "no", str_printf(r->arena, "%lld", (long long)no));
        }
    }
    return e ? e : rows_end(&rows);
}

static void put_name(const struct paper_reader *r, json_t *doc, const char *key, struct str actor) { doc_put(doc, key, staff_name_of(r->db, r->arena, actor)); }

/* --- the four papers --- */

struct making {
    const struct paper_reader *r;
    struct str home;
    struct id id;
    struct dossier d;
    const json_t *personal;
    struct facts s;
    json_t *doc;
    int64_t at; /* when it was issued: its day gives the version of the form */
};

static enum err receipt(struct making *m, const struct procedure *p)
{
    struct arena *a = m->r->arena;
    doc_put_unit(m->r, m->doc, m->d.receiving_unit, time_local_day(m->at));
    json_t *competent = json_object();
    doc_put(competent, "name", doc_unit_name(m->r->rules, m->d.competent_unit));
    json_object_set_new(m->doc, "competent", competent);
    doc_put(m->doc, "fee", paper_fee(a, p, m->d.channel));
    doc_put(m->doc, "sets", STR("01"));
    doc_put(m->doc, "limit", paper_limit(a, m->d.limit_unit, m->d.limit_milli));
    doc_put(m->doc, "received", paper_moment(a, m->d.received_at));
    doc_put(m->doc, "promised", paper_moment(a, m->s.promised_at));
    json_object_set_new(m->doc, "expected", json_boolean(m->s.expected != 0));
    doc_put(m->doc, "delivery", delivery_words(m->r, &m->d, m->personal));
    put_name(m->r, m->doc, "clerk", m->s.clerk);
    if (m->s.corrected_at && m->d.receipts > 1) {
        doc_put(m->doc, "again", str_printf(a, "%lld", (long long)m->d.receipts));
        doc_put(m->doc, "again_why", m->s.again_why);
    }
    enum err e = put_papers(m->r, m->doc, p, &m->s);
    return e ? e : put_book(m->r, m->doc, m->home, m->id);
}

static enum err supplement(struct making *m)
{
    json_t *items = json_array(), *contact = json_object();
    const json_t *item;
    size_t i;
    doc_put_unit(m->r, m->doc, m->d.receiving_unit, time_local_day(m->at));
    json_array_foreach(m->s.asked.items, i, item)
        json_array_append_new(items, json_pack("{sO}", "name", item));
    json_object_set_new(m->doc, "items", items);
    doc_put(m->doc, "reason", m->s.asked.reason);
    doc_put(m->doc, "asked", paper_moment(m->r->arena, m->at));
    doc_put(m->doc, "turn", str_printf(m->r->arena, "%lld", (long long)m->s.turn));
    doc_put(contact, "name", text_at(json_object_get(m->doc, "unit"), "office"));
    json_object_set_new(m->doc, "contact", contact);
    put_name(m->r, m->doc, "clerk", m->s.asked.actor);
    return ERR_OK;
}

static enum err refusal(struct making *m)
{
    doc_put_unit(m->r, m->doc, m->d.receiving_unit, time_local_day(m->at));
    doc_put(m->doc, "reason", m->s.refused.reason);
    doc_put(m->doc, "basis", m->s.refused.basis);
    put_name(m->r, m->doc, "clerk", m->s.refused.actor);
    return ERR_OK;
}

static enum err apology(struct making *m)
{
    const struct unit *u = unit_find(m->r->rules->org, m->d.competent_unit), *parent = u && u->abbr.n && u->parent.n ? unit_find(m->r->rules->org, u->parent) : NULL;
    json_t *unit = json_object(), *receiving = json_object();
    doc_put(unit, "above", parent ? parent->name : STR(""));
    doc_put(unit, "name", doc_unit_name(m->r->rules, m->d.competent_unit));
    doc_put(receiving, "name", doc_unit_name(m->r->rules, m->d.receiving_unit));
    json_object_set_new(m->doc, "unit", unit);
    json_object_set_new(m->doc, "receiving", receiving);
    struct str received = paper_day(m->r->arena, m->d.received_at);
    doc_put(m->doc, "received", str_printf(m->r->arena, "N%.*s", PRS(str_sub(received, 1, received.n))));
    doc_put(m->doc, "old_due", paper_moment(m->r->arena, m->s.late.old_due));
    doc_put(m->doc, "new_due", paper_moment(m->r->arena, m->s.late.new_due));
    doc_put(m->doc, "reason", m->s.late.reason);
    put_name(m->r, m->doc, "signer", m->s.late.actor);
    return ERR_OK;
}

static enum err fill(struct making *m, struct str form)
{
    put_people(m->r, m->doc, m->personal);
    doc_put(m->doc, "code", m->d.code);
    /* Without an address of ours the code alone: scan boxes at counters know what to do with it. */
    doc_put(m->doc, "track", !m->r->address.n ? m->d.code : str_printf(m->r->arena, "%.*s/tra-cuu?ma=%.*s", PRS(m->r->address), PRS(m->d.code)));
    const struct procedure *p = put_procedure(m->r, m->doc, &m->d);
    return str_is(form, "giay-hen") ? receipt(m, p) : str_is(form, "bo-sung") ? supplement(m) : str_is(form, "tu-choi") ? refusal(m) : apology(m);
}

/* When this paper of the dossier was issued; 0: never. */
static int64_t issued_at(const struct making *m, struct str form, const char **code_r)
{
    *code_r = str_is(form, "giay-hen") ? "print.no-receipt" : str_is(form, "bo-sung") ? "print.no-supplement" : str_is(form, "tu-choi") ? "print.no-refusal" : "print.no-apology";
    return str_is(form, "giay-hen") ? (m->s.corrected_at ? m->s.corrected_at : m->d.received_at) : str_is(form, "bo-sung") ? m->s.asked.at
        : str_is(form, "tu-choi") ? m->s.refused.at : m->s.late.at;
}

static enum err unavailable(struct fail *f, enum err e)
{
    return e == ERR_NOT_FOUND ? fail_add(f, e, NULL, "", "dossier.absent", NULL) : fail_add(f, ERR_UNAVAILABLE, NULL, "", "store.unavailable", NULL);
}

static bool known(struct str form) { return str_is(form, "giay-hen") || str_is(form, "bo-sung") || str_is(form, "tu-choi") || str_is(form, "xin-loi"); }

enum err paper_of_dossier(const struct paper_reader *r, struct str form, struct str code, int64_t turn, struct paper *out, struct fail *f)
{
    struct making *m = ARENA_NEW(r->arena, struct making);
    int64_t version;
    const char *never;
    *m = (struct making){.r = r, .s = {.clerk = STR("")}};
    if (!known(form))
        return fail_add(f, ERR_NOT_FOUND, "R-120", "", "print.no-form", NULL);
    enum err e = doc_load(r, code, &m->home, &m->id, &m->d, &version);
    if (!e)
        e = dossier_personal(r->keyring, r->db, r->arena, m->home, m->id, &m->personal);
    if (!e)
        e = facts_read(r, m->home, m->id, version, turn, &m->s);
    if (e)
        return unavailable(f, e);
    if (m->d.erased || m->d.voided || !m->personal)
        return fail_add(f, ERR_CONFLICT, NULL, "", m->d.voided ? "print.voided" : "print.erased", NULL);
    m->at = issued_at(m, form, &never);
    if (!m->at)
        return fail_add(f, ERR_CONFLICT, "R-044", "", never, NULL);
    out->form = form_on(form, time_local_day(m->at));
    if (!out->form)
        return fail_add(f, ERR_NOT_FOUND, "R-120", "", "print.no-form", NULL);
    m->doc = doc_new(r, str_is(form, "xin-loi") ? m->d.competent_unit : m->d.receiving_unit, m->at);
    out->doc = m->doc;
    out->file = str_printf(r->arena, "%.*s-%.*s.pdf", PRS(form), PRS(m->d.code));
    e = fill(m, form);
    return e ? unavailable(f, e) : ERR_OK;
}

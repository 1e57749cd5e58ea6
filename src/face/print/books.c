/* The register of a day (sổ theo dõi, R-128) and the list that goes along with papers from the desk to those who decide. Both show only dossiers that the
 * reader may see: each one is asked. */
#include "domain/staff/staff.h"
#include "face/print/reading.h"

static struct str text_at(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

static enum err opened(const struct paper_reader *r, struct str home, struct id id, struct dossier *d, const json_t **parties_r)
{
    const json_t *personal = NULL;
    int64_t version;
    enum err e = stream_load(&dossier_aggregate, r->keyring, r->db, r->arena, home, id, INT64_MAX, d, &version);
    if (!e && !dossier_visible(d, r->actor))
        return ERR_NOT_FOUND;
    if (!e)
        e = dossier_personal(r->keyring, r->db, r->arena, home, id, &personal);
    *parties_r = json_object_get(personal, "parties");
    return e;
}

static const json_t *first_of(const json_t *parties)
{
    const json_t *owner = doc_party(parties, "owner");
    return owner ? owner : json_array_get(parties, 0);
}

static struct str joined(struct arena *a, struct str x, struct str y)
{
    return x.n && y.n ? str_printf(a, "%.*s\n%.*s", PRS(x), PRS(y)) : x.n ? x : y;
}

static struct str delivered_words(struct arena *a, const struct dossier *d)
{
    struct str how = str_is(d->delivery_method, "post") ? STR("bưu chính") : str_is(d->delivery_method, "electronic") ? STR("bản điện tử") : STR("tại quầy");
    return joined(a, paper_short_day(a, d->delivered_at), how);
}

/* --- the register --- */

static void register_row(const struct paper_reader *r, json_t *rows, const struct dossier *d, int64_t no, const json_t *parties)
{
    json_t *row = json_object();
    const json_t *who = first_of(parties);
    doc_put(row, "no", str_printf(r->arena, "%lld", (long long)no));
    doc_put(row, "code", d->code);
    doc_put(row, "procedure", doc_procedure_name(r->rules, d));
    doc_put(row, "sets", STR("01"));
    doc_put(row, "name", parties ? doc_names(r->arena, parties, "owner") : STR("(đã xóa dữ liệu cá nhân)"));
    doc_put(row, "address", joined(r->arena, doc_address(r, who), text_at(who, "phone")));
    doc_put(row, "competent", doc_unit_name(r->rules, d->competent_unit));
    doc_put(row, "received", paper_short_day(r->arena, d->received_at));
    doc_put(row, "promised", paper_short_day(r->arena, d->promised_at));
    doc_put(row, "delivered", delivered_words(r->arena, d));
    doc_put(row, "note", d->voided ? STR("Hủy") : d->state == DOSSIER_STOPPED ? STR("Dừng") : STR(""));
    json_array_append_new(rows, row);
}

struct registered {
    struct id id;
    int64_t no;
};

static enum err registered_on(const struct paper_reader *r, struct str unit, int64_t day, struct registered *list, size_t *n_r)
{
    struct rows rows _rows_ = {0};
    enum err e = db_query(r->db, &rows, STMT_DOSSIER_RECEIVED_ON, p_text(unit), p_int(time_from_local(day, 0)), p_int(time_from_local(day + 1, 0)), p_int(PAPER_ROWS_MAX + 1));
    *n_r = 0;
    while (!e && rows_next(&rows)) {
        memcpy(list[*n_r].id.b, row_str(&rows, 0).p, ID_BYTES);
        list[(*n_r)++].no = row_i64(&rows, 2);
    }
    return e ? e : rows_end(&rows);
}

static enum err broken(struct fail *f) { return fail_add(f, ERR_UNAVAILABLE, NULL, "", "store.unavailable", NULL); }

static bool of_the_desk(const struct paper_reader *r, struct str unit)
{
    struct str desk = unit_desk(r->rules->org, unit);
    return desk.n && (actor_sees(r->actor, STR("n")) || actor_sees(r->actor, str_printf(r->arena, "u:%.*s", PRS(desk))));
}

static enum err finish(const struct paper_reader *r, const char *form, int64_t day, json_t *doc, struct str file, struct paper *out, struct fail *f)
{
    out->form = form_on(str_of(form), day);
    out->doc = doc;
    out->file = str_printf(r->arena, "%s-%.*s.pdf", form, PRS(file));
    return out->form ? ERR_OK : fail_add(f, ERR_NOT_FOUND, "R-120", "", "print.no-form", NULL);
}

enum err paper_register(const struct paper_reader *r, struct str unit, int64_t day, struct paper *out, struct fail *f)
{
    struct registered *list = ARENA_ARRAY(r->arena, struct registered, PAPER_ROWS_MAX + 1);
    size_t n, shown = 0, hidden = 0;
    if (!of_the_desk(r, unit))
        return fail_add(f, ERR_FORBIDDEN, NULL, "", "print.not-your-desk", NULL);
    if (registered_on(r, unit, day, list, &n))
        return broken(f);
    int64_t noon = time_from_local(day, 12 * (int64_t)MS_HOUR);
    json_t *doc = doc_new(r, unit, noon), *rows = json_array();
    json_object_set_new(doc, "rows", rows);
    for (size_t i = 0; i < n && i < PAPER_ROWS_MAX; i++) {
        struct dossier d;
        const json_t *parties;
        enum err e = opened(r, unit, list[i].id, &d, &parties);
        if (e && e != ERR_NOT_FOUND)
            return broken(f);
        if (e)
            hidden++;
        else
            register_row(r, rows, &d, list[i].no, parties);
        shown += !e;
    }
    doc_put_unit(r, doc, unit, day);
    struct civil c = time_civil(noon);
    doc_put(doc, "year", str_printf(r->arena, "%d", c.year));
    doc_put(doc, "day", paper_short_day(r->arena, noon));
    doc_put(doc, "count", str_printf(r->arena, "%zu", shown));
    if (n > PAPER_ROWS_MAX || hidden)
        doc_put(doc, "more", n > PAPER_ROWS_MAX ? str_printf(r->arena, "chỉ in %d hồ sơ đầu tiên của ngày", PAPER_ROWS_MAX)
                                                : str_printf(r->arena, "%zu hồ sơ hạn chế, ngoài quyền xem của người in", hidden));
    return finish(r, "so-theo-doi", day, doc, str_printf(r->arena, "%.*s-%04d-%02d-%02d", PRS(unit), c.year, c.month, c.day), out, f);
}

/* --- the hand-over list --- */

static void hand_over_row(const struct paper_reader *r, json_t *rows, const struct dossier *d, const json_t *parties)
{
    json_t *row = json_object();
    doc_put(row, "code", d->code);
    doc_put(row, "procedure", doc_procedure_name(r->rules, d));
    doc_put(row, "name", doc_names(r->arena, parties, "owner"));
    doc_put(row, "promised", paper_short_day(r->arena, d->promised_at));
    json_array_append_new(rows, row);
}

/* Within one desk the work may begin without acceptance: such a dossier waits to be assigned, and its papers still lie at the counter. */
static bool may_wait(struct str task) { return str_is(task, "hand_over") || str_is(task, "assign"); }

static bool wanted(const struct dossier *d, struct str unit, struct str to)
{
    return str_eq(d->receiving_unit, unit) && (!to.n || str_eq(d->competent_unit, to));
}

/* Those that wait for it now, from the reader's own lists. */
static enum err waiting(const struct paper_reader *r, struct str unit, struct str to, json_t *rows, bool *more_r, struct fail *f)
{
    struct dossier_list_query q = {.lists = dossier_lists_open(), .unit = unit, .task = STR(""), .q = STR(""), .cursor = STR(""), .limit = DOSSIER_LIST_MAX};
    for (int pages = 0; pages < 20; pages++) {
        struct dossier_page page;
        if (dossier_list(r->keyring, r->rules, r->db, r->arena, r->actor, &q, r->now, &page, f))
            return f->err ? f->err : broken(f);
        for (size_t i = 0; i < page.n && json_array_size(rows) < PAPER_ROWS_MAX; i++) {
            struct dossier d;
            const json_t *parties;
            if (!may_wait(page.items[i]->task))
                continue;
            enum err e = opened(r, page.items[i]->home_unit, page.items[i]->id, &d, &parties);
            if (!e && d.received_at && !d.handed_over_at && wanted(&d, unit, to))
                hand_over_row(r, rows, &d, parties);
            else if (e && e != ERR_NOT_FOUND)
                return broken(f);
        }
        q.cursor = page.next;
        *more_r = page.next.n > 0 || json_array_size(rows) == PAPER_ROWS_MAX;
        if (!*more_r || json_array_size(rows) == PAPER_ROWS_MAX)
            return ERR_OK;
    }
    return ERR_OK;
}

static enum err named(const struct paper_reader *r, struct str unit, struct str to, const struct str *codes, size_t n, json_t *rows, struct fail *f)
{
    for (size_t i = 0; i < n; i++) {
        struct dossier d;
        struct str home;
        struct id id;
        int64_t version;
        const json_t *parties;
        enum err e = doc_load(r, codes[i], &home, &id, &d, &version);
        if (!e)
            e = opened(r, home, id, &d, &parties);
        if (e && e != ERR_NOT_FOUND)
            return broken(f);
        if (e || !wanted(&d, unit, to)) /* what is outside the scope is as absent as what never was */
            return fail_add(f, ERR_NOT_FOUND, NULL, "", "print.not-in-list", "%.*s", PRS(codes[i]));
        hand_over_row(r, rows, &d, parties);
    }
    return ERR_OK;
}

enum err paper_hand_over(const struct paper_reader *r, struct str unit, struct str to, const struct str *codes, size_t n, struct paper *out, struct fail *f)
{
    bool more = false;
    if (!of_the_desk(r, unit))
        return fail_add(f, ERR_FORBIDDEN, NULL, "", "print.not-your-desk", NULL);
    json_t *doc = doc_new(r, unit, r->now), *rows = json_array(), *target = json_object();
    json_object_set_new(doc, "rows", rows);
    json_object_set_new(doc, "to", target);
    enum err e = n ? named(r, unit, to, codes, n, rows, f) : waiting(r, unit, to, rows, &more, f);
    if (e)
        return e;
    doc_put_unit(r, doc, unit, time_local_day(r->now));
    doc_put(target, "name", to.n ? doc_unit_name(r->rules, to) : STR("các cơ quan giải quyết"));
    doc_put(doc, "count", str_printf(r->arena, "%zu", json_array_size(rows)));
    if (more)
        doc_put(doc, "more", STR("Còn hồ sơ chờ bàn giao chưa in ở đây; bàn giao xong hãy in tiếp."));
    doc_put(doc, "clerk", staff_name_of(r->db, r->arena, r->actor->id));
    return finish(r, "ban-giao", time_local_day(r->now), doc, unit, out, f);
}

/* /lanh-dao: what waits for this leader's decision, the clock that ends first on top, each with what was proposed. Several at once only where the proposal is
 * the same (to approve) and nothing speaks against it; even then each is a command of its own, and the report has a line for each. */
#include "face/office/decide.html.h"
#include "face/office/decide_view.h"

enum { WAITING_MAX = 50, CHOSEN_MAX = 50, LOOK_BACK = 4, LOOK_BACK_MOST = 64 /* events: the proposal is nearly always the last */ };

static struct str proposed_words(struct page *o, struct str outcome)
{
    return str_is(outcome, "approved") ? TR(o, "Đề xuất đồng ý") : str_is(outcome, "rejected") ? TR(o, "Đề xuất từ chối") : TR(o, "Chưa nêu đề xuất");
}

/* What was proposed last, and what a leader should know before deciding. */
static void proposal(struct request *r, struct page *o, struct waiting *w, const struct looked *k)
{
    struct happened *h;
    size_t n;
    struct str outcome = STR("");
    bool open = false;
    w->version = k->version;
    w->proposal = STR("");
    for (int64_t back = LOOK_BACK, found = 0; !found && back <= LOOK_BACK_MOST; back *= LOOK_BACK) {
        if (dossier_happened(r, k, k->version - back, &h, &n))
            return;
        for (size_t i = n; i-- > 0 && !found;)
            if (str_is(h[i].type, "dossier.proposed")) {
                found = 1;
                outcome = str_of(json_string_value(json_object_get(h[i].payload, "proposed")));
                w->note = str_of(json_string_value(json_object_get(h[i].personal, "note")));
                w->who = actor_word(r, o, h[i].actor);
            }
    }
    for (size_t i = 0; i < k->d.consults; i++)
        open |= !k->d.consult[i].answered_at;
    w->proposal = proposed_words(o, outcome);
    struct str *flag = w->flag;
    if (dossier_late(&k->d, o->now))
        flag[w->flags++] = TR(o, "đã quá hạn");
    if (k->d.supplements)
        flag[w->flags++] = TR(o, "đã yêu cầu bổ sung");
    if (open)
        flag[w->flags++] = TR(o, "còn ý kiến chưa trả lời");
    if (k->d.suspended_at)
        flag[w->flags++] = TR(o, "đang tạm dừng");
    if (k->d.authority)
        flag[w->flags++] = TR(o, "việc của ngành dọc");
    w->may = may_now(k, "approve");
    w->clean = w->may && !w->flags && str_is(outcome, "approved");
}

static enum err waiting(struct request *r, struct page *o, struct decide_view *v, struct fail *f)
{
    struct str cursor = request_query(r, "trang");
    struct dossier_list_query q = {.lists = 1u << DOSSIER_PROCESSING, .task = STR("approve"), .unit = STR(""), .q = STR(""), .officer = STR(""), .cursor = cursor.p ? cursor : STR(""), .limit = WAITING_MAX};
    struct dossier_page page;
    if (office_list(r, &q, &page, f))
        return f->err;
    struct row *rows = queue_rows(r, o, &page);
    v->item = ARENA_ARRAY(o->arena, struct waiting, page.n + 1);
    for (size_t i = 0; i < page.n; i++) {
        struct looked k;
        struct fail gone = {0};
        struct waiting *w = &v->item[v->n];
        *w = (struct waiting){.row = &rows[i], .note = STR(""), .who = STR("")};
        if (dossier_look(r, page.items[i]->code, &k, &gone))
            continue;
        proposal(r, o, w, &k);
        v->clean += w->clean;
        v->n++;
    }
    v->next = page.next.n ? str_printf(o->arena, "/lanh-dao?trang=%.*s", PRS(page.next)) : STR("");
    return ERR_OK;
}

static enum http_result show(struct request *r, struct decide_view *v, const struct fail *given)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = *given;
    page_begin(r, &o, &b);
    if (waiting(r, &o, v, &f))
        return page_refuse(r, &f);
    v->done = v->reports ? STR("") : request_query(r, "xong");
    v->key = page_key(&o);
    struct form_errors e = form_errors_of(&o, &f);
    site_begin(r, &o, TR(&o, "Chờ quyết định"), STR(""), f.n > 0);
    decide_list(&o, &e, v);
    site_end(&o);
    return page_end(r, f.n ? err_info(f.err)->http_status : 200, &o);
}

enum http_result decide_page(struct request *r)
{
    enum http_result refused;
    struct decide_view v = {0};
    struct fail none = {0};
    return staff_only(r, &refused) ? show(r, &v, &none) : refused;
}

/* "CODE VERSION" of one row: her own command, refused when the dossier changed since the list was made. */
static struct reported decide_one(struct request *r, struct page *o, struct str value)
{
    struct str rest = value, code;
    int64_t version = 0;
    struct looked k;
    struct fail f = {0};
    struct outcome out;
    bool good = str_next(&rest, ' ', &code) && str_to_i64(rest, &version) && version > 0;
    struct reported w = {.code = good ? str_dup(o->arena, code) : value};
    struct waiting now = {.note = STR("")};
    if (!good || dossier_look(r, code, &k, &f)) {
        if (!f.n)
            (void)!fail_add(&f, ERR_MALFORMED, NULL, "", "dossier.absent", NULL);
    } else {
        proposal(r, o, &now, &k);
        if (!now.clean && k.version == version)
            w.message = TR(o, "Hồ sơ này cần xem riêng: mở hồ sơ rồi quyết định.");
        else {
            json_t *payload = act_payload(r, act_of(STR("approve")), &k);
            json_object_del(payload, "note");
            (void)!page_command(r, &dossier_aggregate, "approve", k.home, k.id, version, payload, str_printf(o->arena, ".%.*s", PRS(k.d.code)).p, &out, &f);
        }
    }
    if (f.n)
        w.message = form_errors_of(o, &f).item[0].message;
    w.good = !f.n && !w.message.n;
    return w;
}

enum http_result decide_post(struct request *r)
{
    enum http_result refused;
    struct decide_view v = {0};
    struct fail f = {0};
    struct buf unused _buf_ = BUF_MAX(4096);
    struct page o;
    struct str name, value;
    if (!staff_only(r, &refused))
        return refused;
    if (!form_good(r, &f))
        return show(r, &v, &f);
    page_begin(r, &o, &unused);
    v.report = ARENA_ARRAY(o.arena, struct reported, CHOSEN_MAX);
    for (size_t i = 0; request_form_at(r, i, &name, &value) && v.reports < CHOSEN_MAX; i++)
        if (str_is(name, "ma"))
            v.report[v.reports++] = decide_one(r, &o, value);
    if (!v.reports)
        (void)!fail_add(&f, ERR_INVALID, NULL, "/ma", "field.required", NULL);
    return show(r, &v, &f);
}

/* /quay: the intake form and what was handed in today. See counter.h. */
#include "face/counter/counter.html.h"
#include "face/counter/counter_private.h"
#include <stdio.h>

/* --- shared --- */

bool clerk_here(struct request *r) { return visitor_is(visitor_of(r), ROLE_BIT(ROLE_CLERK)); }

enum err desk_gives(struct request *r, const char *type, struct str home, struct id stream, int64_t if_version, json_t *payload, const char *suffix, struct outcome *out, struct fail *f)
{
    enum err e = page_command(r, &dossier_aggregate, type, home, stream, if_version, payload, suffix, out, f);
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->item[i].code, "idempotency.other-body") == 0)
            snprintf(f->item[i].code, sizeof f->item[i].code, "page.sent-before");
    return e;
}

enum http_result session_over(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    if (visitor_of(r)) /* signed in, and no clerk */
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, "Phiên làm việc đã hết"), STR(""), false);
    counter_session_over_page(&o, r);
    site_end(&o);
    return page_end(r, 401, &o);
}

struct str unit_name(struct request *r, struct str code)
{
    const struct unit *u = code.n ? unit_find(rules_of(r)->org, code) : NULL;
    return u ? u->name : code;
}

struct str print_url(struct arena *a, const char *what, struct str code) { return str_printf(a, "/in/%s/%.*s", what, PRS(code)); }
struct str desk_url(struct arena *a, struct str code, const char *more) { return str_printf(a, "/quay/ho-so/%.*s%s", PRS(code), more); }

struct str state_words(struct page *o, const struct dossier *d)
{
    static const char *const words[DOSSIER_STATES] = {
        [DOSSIER_NEW] = TR_LATER("Chờ tiếp nhận"), [DOSSIER_RECEIVED] = TR_LATER("Đã tiếp nhận"), [DOSSIER_REFUSED] = TR_LATER("Không nhận"),
        [DOSSIER_PROCESSING] = TR_LATER("Đang giải quyết"), [DOSSIER_SUPPLEMENT] = TR_LATER("Chờ bổ sung"), [DOSSIER_FINANCE] = TR_LATER("Chờ nộp tiền"),
        [DOSSIER_WITHDRAWAL] = TR_LATER("Xin rút"), [DOSSIER_STOPPED] = TR_LATER("Đã dừng"), [DOSSIER_DONE] = TR_LATER("Có kết quả"),
        [DOSSIER_DELIVERED] = TR_LATER("Đã trả kết quả")};
    if (d->voided)
        return TR(o, "Đã hủy");
    return d->state > 0 && d->state < DOSSIER_STATES ? str_of(translated(words[d->state], o->lang)) : STR("");
}

void quick_extra(struct page *o, const struct quick *q, bool error, const char *focus)
{
    if (q->digits)
        buf_c(o->out, " inputmode=\"numeric\"");
    if (strcmp(q->name, "quet") == 0)
        buf_c(o->out, " data-scan");
    if (focus && strcmp(focus, q->name) == 0)
        buf_c(o->out, " autofocus");
    if (error)
        buf_c(o->out, " aria-invalid=\"true\"");
    if (q->hint.n || error)
        buf_printf(o->out, " aria-describedby=\"%s%s%s%s%s\"", q->hint.n ? q->name : "", q->hint.n ? "-hint" : "", q->hint.n && error ? " " : "", error ? q->name : "",
                   error ? "-error" : "");
}

void kept_fields(struct page *o, const struct intake *k)
{
    static const char *const shown[] = {"quet", "ten", "so", "sinh", "gioi", "dien-thoai", "noi-o", "dia-chi", "thu-tuc", "thu-tuc-truoc", "ma", "noi-ban-hanh", "truong-hop", "buoc", "key"};
#define F(member, in_form, max) \
    do { \
        bool stands = !k->member.n; \
        for (size_t i = 0; i < ARRAY_LEN(shown); i++) \
            stands |= strcmp(shown[i], in_form) == 0; \
        if (!stands) \
            hidden(o, in_form, k->member); \
    } while (0);
    INTAKE_FIELDS(F)
#undef F
}

/* --- the verdict beside the form --- */

static struct str fee_words(struct page *o, const struct fee *f)
{
    static const char *const per[] = {TR_LATER("hồ sơ"), TR_LATER("bản"), TR_LATER("giấy tờ"), TR_LATER("người"), TR_LATER("trang")};
    struct str what = f->kind == FEE_CHARGE ? TR(o, "Lệ phí") : TR(o, "Phí"), unit = str_of(translated(per[f->basis], o->lang));
    if (f->by_council)
        return TRF(o, "%1: theo nghị quyết của Hội đồng nhân dân tỉnh", what);
    if (f->amount < 0)
        return TRF(o, "%1: chưa rõ, hỏi người phụ trách", what);
    if (f->doubtful)
        return TRF(o, "%1: %2 một %3 (cần kiểm tra lại)", what, page_money(o, f->amount), unit);
    return TRF(o, "%1: %2 một %3", what, page_money(o, f->amount), unit);
}

static size_t fees_in_words(struct page *o, const struct intake *k, struct str out[FEES_MAX])
{
    struct fee fee[FEES_MAX];
    size_t n = k->p ? fees_of(k->p, CHANNEL_COUNTER, fee) : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = fee_words(o, &fee[i]);
    if (k->p && !n && !k->p->fees_curated)
        out[n++] = TR(o, "Chưa công bố, hỏi người phụ trách");
    return n;
}

/* --- today --- */

static void today_of(struct request *r, struct page *o, struct today *t)
{
    struct desk_row *rows = ARENA_ARRAY(o->arena, struct desk_row, DESK_ROWS_MAX);
    size_t n = 0, candidates;
    int64_t day = time_local_day(o->now);
    *t = (struct today){.n = 0};
    if (desk_since(&face_of(r)->room->keyring, db_of(r), o->arena, actor_of(r), actor_of(r)->unit, time_from_local(day, 0), rows, DESK_ROWS_MAX, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        const struct dossier *d = &rows[i].dossier;
        if (time_local_day(d->submitted_at) != day) /* a rehearsal's clock may have gone ahead */
            continue;
        t->received += d->received_at > 0 && !d->voided;
        t->waiting += d->state == DOSSIER_NEW && !d->voided;
        t->to_hand_over += str_is(d->task, "hand_over") && !d->voided;
        t->refused += d->state == DOSSIER_REFUSED;
        if (t->n == TODAY_SHOWN)
            continue;
        const struct procedure *p = procedure_find(rules_of(r)->catalog, d->procedure, d->agency, day, &candidates);
        t->row[t->n++] = (struct today_row){d->code, desk_url(o->arena, d->code, ""), rows[i].owner, p ? p->name : d->procedure, state_words(o, d), d->submitted_at};
    }
}

/* Of any day: what came online or by post and nobody has received, and what has not gone to its competent unit yet. */
static void waiting_of(struct request *r, struct page *o, struct today *t)
{
    static const struct { const char *task, *words; } tasks[] = {{"receive", TR_LATER("Chờ tiếp nhận")}, {"hand_over", TR_LATER("Chờ bàn giao")}};
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        struct dossier_page page;
        struct fail f = {0};
        if (dossier_list(&face_of(r)->room->keyring, rules_of(r), db_of(r), o->arena, actor_of(r),
                         &(struct dossier_list_query){.unit = actor_of(r)->unit, .task = str_of(tasks[i].task), .limit = WAITING_SHOWN / ARRAY_LEN(tasks)}, o->now, &page, &f))
            continue;
        for (size_t j = 0; j < page.n && t->waits < WAITING_SHOWN; j++) {
            const struct dossier_item *it = page.items[j];
            if (str_eq(it->home_unit, actor_of(r)->unit))
                t->wait[t->waits++] = (struct today_row){it->code, desk_url(o->arena, it->code, ""), it->owner, STR(""), str_of(translated(tasks[i].words, o->lang)), it->next_at};
        }
    }
}

/* --- the form --- */

static enum http_result show(struct request *r, struct page *o, struct intake *k, int status)
{
    struct str fees[FEES_MAX + 1];
    struct today *t = ARENA_NEW(o->arena, struct today);
    size_t n = fees_in_words(o, k, fees);
    if (!k->key.n)
        k->key = page_key(o);
    today_of(r, o, t);
    waiting_of(r, o, t);
    site_begin(r, o, TR(o, "Tiếp nhận tại quầy"), STR(""), k->errors > 0);
    intake_page(o, k, unit_name(r, k->competent_unit), fees, n, t);
    site_end(o);
    return page_end(r, status, o);
}

static enum http_result quay(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    if (!clerk_here(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    struct intake *k = ARENA_NEW(request_arena(r), struct intake);
    page_begin(r, &o, &b);
    struct str same = request_query(r, "nguoi");
    if (same.n)
        intake_same_person(r, &o, k, same);
    if (!intake_complete(r, &o, k, false, true))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    return show(r, &o, k, 200);
}

/* What is missing goes on to the composer of the request. */
static struct str missing_of(struct arena *a, const struct intake *k)
{
    struct buf b _buf_ = BUF_MAX(600);
    for (size_t i = 0; i < k->papers; i++)
        if (k->paper[i].have == PAPER_MISSING)
            buf_printf(&b, "%s%zu", b.n ? "," : "", k->paper[i].place);
    return str_dup(a, buf_view(&b));
}

static enum http_result give(struct request *r, struct page *o, struct intake *k, struct str what)
{
    struct fail f = {0};
    struct outcome out;
    bool receive = str_is(what, "nhan");
    if (desk_gives(r, "submit", actor_of(r)->unit, (struct id){{0}}, 0, intake_payload(r, k, receive), "", &out, &f)) {
        intake_refused(o, k, &f, true);
        k->key = STR(""); /* the refusal is remembered under the old one */
        return show(r, o, k, err_info(f.err)->http_status);
    }
    const struct dossier *d = out.state;
    struct str missing = missing_of(o->arena, k);
    if (receive)
        return page_redirect(r, desk_url(o->arena, d->code, "?moi=nhan"));
    return page_redirect(r, str_is(what, "bo-sung") ? str_printf(o->arena, "/quay/ho-so/%.*s/bo-sung?thieu=%.*s", PRS(d->code), PRS(missing)) : desk_url(o->arena, d->code, "/tu-choi"));
}

static bool paper_missing(const struct intake *k)
{
    for (size_t i = 0; i < k->papers; i++)
        if (k->paper[i].have == PAPER_MISSING)
            return true;
    return false;
}

/* The scan box takes a receipt's code, too: it leads to its dossier. */
static bool scanned_code(struct request *r, struct str scan, struct str *code_r)
{
    struct arena *a = request_arena(r);
    struct dossier d;
    struct str home, code = scan.n && scan.n <= 60 && str_find_char(scan, '-') > 0 ? dossier_code_typed(a, scan) : STR("");
    struct id id;
    int64_t seq;
    if (!code.n || dossier_find(db_of(r), code, &home, &id, a)
        || stream_load(&dossier_aggregate, &face_of(r)->room->keyring, db_of(r), a, home, id, INT64_MAX, &d, &seq) || !dossier_visible(&d, actor_of(r)))
        return false;
    *code_r = d.code;
    return true;
}

static enum http_result quay_form(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    if (!clerk_here(r))
        return session_over(r);
    struct intake *k = ARENA_NEW(request_arena(r), struct intake);
    struct str what = form_text(r, "viec", 10);
    bool picked = form_text(r, "chon", 300).n || form_text(r, "chon-noi-o", 20).n || form_text(r, "chon-co-quan", 60).n;
    bool strict = !picked && (str_is(what, "nhan") || str_is(what, "bo-sung") || str_is(what, "tu-choi"));
    page_begin(r, &o, &b);
    intake_read(r, k);
    struct str code;
    if (scanned_code(r, k->scan, &code))
        return page_redirect(r, desk_url(o.arena, code, ""));
    bool good = form_good(r, &f);
    if (!good)
        intake_refused(&o, k, &f, true);
    if (!intake_complete(r, &o, k, strict, !strict || str_is(what, "nhan")))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    if (str_is(what, "nhan") && strict && paper_missing(k))
        intake_complain(&o, k, "giay-to", TR_LATER("Còn giấy tờ đánh dấu thiếu. Yêu cầu bổ sung (F6), hoặc đánh dấu lại nếu đã có."));
    if (strict && good && k->ready && !k->errors)
        return give(r, &o, k, what);
    return show(r, &o, k, k->errors && (strict || !good) ? 422 : 200);
}

enum { INTAKE_BODY_MAX = 64 * 1024 };
const struct route counter_routes[] = {
    {HTTP_GET, "/quay", quay, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "counterPage", .query = "nguoi"},
    {HTTP_POST, "/quay", quay_form, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, INTAKE_BODY_MAX, .flags = ROUTE_PAGE, .operation = "counterIntake"},
    {HTTP_GET, "/quay/ho-so/{ma}", desk_dossier, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "counterDossier", .query = "moi"},
    {HTTP_POST, "/quay/ho-so/{ma}", desk_command, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, INTAKE_BODY_MAX, .flags = ROUTE_PAGE, .operation = "counterCommand"},
    {HTTP_GET, "/quay/ho-so/{ma}/bo-sung", desk_supplement_form, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "counterSupplementForm", .query = "thieu"},
    {HTTP_POST, "/quay/ho-so/{ma}/bo-sung", desk_supplement, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, INTAKE_BODY_MAX, .flags = ROUTE_PAGE, .operation = "counterSupplement"},
    {HTTP_GET, "/quay/ho-so/{ma}/tu-choi", desk_refuse_form, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "counterRefuseForm"},
    {HTTP_POST, "/quay/ho-so/{ma}/tu-choi", desk_refuse, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, INTAKE_BODY_MAX, .flags = ROUTE_PAGE, .operation = "counterRefuse"},
    {HTTP_GET, "/quay/chung-thuc", certify_form, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "certifyForm"},
    {HTTP_POST, "/quay/chung-thuc", certify, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, INTAKE_BODY_MAX, .flags = ROUTE_PAGE, .operation = "certify"},
};
const size_t counter_route_count = ARRAY_LEN(counter_routes);

/* /tra-cuu and /ho-so/{code}: how far a dossier is. Anybody sees the degree of completion; with the last four digits of the phone, or signed in
 * as one who may read it, also the state, the dates and what to do next. The digits travel in the body of a form, never in an address. They are
 * counted by the API's own counters. An owner who is signed in gets mine_dossier_part (mine.c) instead. */
#include "face/citizen/track.h"
#include "face/api/api.h"
#include "face/citizen/apply.h"
#include "face/citizen/track.html.h"

enum { CODE_TYPED_MAX = 80, DIGITS_TYPED_MAX = 20 };

/* --- words --- */

static struct str state_words(struct page *o, const struct dossier *d)
{
    if (d->voided)
        return TR(o, "Đã hủy vì nhập nhầm");
    switch ((enum dossier_state)d->state) {
    case DOSSIER_NEW: return TR(o, "Đã nộp, chờ kiểm tra");
    case DOSSIER_RECEIVED: return TR(o, "Đã tiếp nhận");
    case DOSSIER_REFUSED: return TR(o, "Quầy không nhận hồ sơ");
    case DOSSIER_PROCESSING: return TR(o, "Đang giải quyết");
    case DOSSIER_SUPPLEMENT: return d->supplemented ? TR(o, "Đã bổ sung, chờ kiểm tra") : TR(o, "Chờ ông/bà bổ sung giấy tờ");
    case DOSSIER_FINANCE: return TR(o, "Chờ ông/bà nộp tiền");
    case DOSSIER_WITHDRAWAL: return TR(o, "Đã xin rút, chờ trả lời");
    case DOSSIER_STOPPED: return TR(o, "Đã dừng giải quyết");
    case DOSSIER_DONE: return TR(o, "Có kết quả");
    case DOSSIER_DELIVERED: return TR(o, "Đã trả kết quả");
    case DOSSIER_NONE:
    case DOSSIER_STATES: break;
    }
    return STR("");
}

static struct str to_do_words(struct page *o, const struct dossier *d, bool *act_r)
{
    const char *what = dossier_to_do(d);
    *act_r = strcmp(what, "wait") != 0 && strcmp(what, "nothing") != 0;
    if (strcmp(what, "supplement") == 0)
        return TR(o, "Hãy bổ sung giấy tờ: đăng nhập và mở hồ sơ này, hoặc mang giấy tờ đến quầy đã nộp. Danh sách giấy tờ nằm trên phiếu yêu cầu bổ sung.");
    if (strcmp(what, "pay") == 0)
        return TR(o, "Hãy nộp tiền theo thông báo, tại quầy đã nộp hồ sơ hoặc theo cách ghi trên thông báo. Nộp xong thì hồ sơ được làm tiếp.");
    if (strcmp(what, "collect") == 0)
        return str_is(d->delivery_method, "post")         ? TR(o, "Kết quả được gửi qua bưu điện đến địa chỉ đã ghi. Ông/bà chờ bưu tá.")
            : str_is(d->delivery_method, "electronic") ? TR(o, "Kết quả được trả trên mạng. Hãy đăng nhập để xem và tải về.")
                                                       : TR(o, "Hãy đến quầy nhận kết quả, mang theo giấy tiếp nhận và căn cước.");
    return strcmp(what, "wait") == 0 ? TR(o, "Ông/bà chưa phải làm gì. Hãy xem lại trang này vào ngày hẹn.") : TR(o, "Hồ sơ đã kết thúc. Ông/bà không phải làm gì thêm.");
}

static struct str dates_words(struct page *o, const struct dossier *d)
{
    int64_t due = d->promised_at ? d->promised_at : d->due_at;
    if (!due || dossier_state_final((int)d->state) || d->state == DOSSIER_DONE || d->voided)
        return STR("");
    struct str when = page_date_time(o, due);
    return d->expected ? TRF(o, "Dự kiến %1. Ngày hẹn chính thức có khi cơ quan giải quyết nhận hồ sơ.", when) : TRF(o, "Chậm nhất %1", when);
}

static void model_of(struct request *r, struct page *o, const struct tracked *t, struct track_model *m)
{
    const struct dossier *d = &t->dossier;
    const struct unit *u = unit_find(rules_of(r)->org, d->receiving_unit);
    const struct procedure *p = procedure_find(rules_of(r)->catalog, d->procedure, d->agency, time_local_day(d->submitted_at), NULL);
    m->t = t;
    m->level = dossier_level(d);
    m->state = state_words(o, d);
    m->to_do = to_do_words(o, d, &m->act);
    m->dates = dates_words(o, d);
    m->unit = u ? u->name : d->receiving_unit;
    m->procedure = p ? p->name : d->procedure;
    m->late = !d->voided && !dossier_state_final((int)d->state) && dossier_late(d, o->now);
}

/* --- /ho-so/{code} --- */

/* Did the owner's own view stand in for the public one? */
static bool owner_part(struct request *r, struct page *o, const struct tracked *t)
{
    const struct visitor *v = visitor_of(r);
    return t->own && v && v->session.kind == ACCOUNT_CITIZEN && mine_dossier_part(r, o, t->dossier.code) == ERR_OK;
}

static enum http_result show(struct request *r, const struct tracked *t, const struct fail *f, struct str digits)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct track_model m = {.digits = digits};
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    model_of(r, &o, t, &m);
    o.path = str_printf(o.arena, "/ho-so/%.*s", PRS(t->dossier.code));
    site_begin(r, &o, TRF(&o, "Hồ sơ %1", t->dossier.code), STR("/tra-cuu"), e.n > 0);
    if (!owner_part(r, &o, t))
        track_view_page(&o, &m, &e);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static enum err find(struct request *r, struct str typed, struct str digits, struct tracked *t)
{
    return dossier_track(&face_of(r)->room->keyring, db_of(r), request_arena(r), actor_of(r), typed, digits, t);
}

static enum http_result absent(struct request *r, enum err e)
{
    return page_refuse_code(r, e, e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
}

enum http_result track_page(struct request *r)
{
    struct tracked t;
    struct fail none = {0};
    enum err e = find(r, request_path_param(r, "code"), STR(""), &t);
    return e ? absent(r, e) : show(r, &t, &none, STR(""));
}

/* Four digits and a guess left: else what is wrong with it, in f. */
static bool digits_good(struct request *r, struct str code, struct str digits, struct fail *f)
{
    if (digits.n != 4 || !str_all_digits(digits))
        return fail_add(f, ERR_INVALID, NULL, "/so-cuoi", "track.phone-end", NULL) == ERR_OK;
    int64_t wait = api_guess(r, dossier_code_typed(request_arena(r), code));
    if (!wait)
        return true;
    respond_add_header(r, "Retry-After", str_printf(request_arena(r), "%lld", (long long)((wait + 999) / 1000)));
    return fail_add(f, ERR_BUSY, NULL, "/so-cuoi", "track.too-many", NULL) == ERR_OK;
}

/* With digits: the dossier, told more or not. */
static enum http_result answer(struct request *r, struct str code, struct str digits)
{
    struct tracked t;
    struct fail f = {0};
    bool good = digits_good(r, code, digits, &f);
    enum err e = find(r, code, good ? digits : STR(""), &t);
    if (e)
        return absent(r, e);
    if (good && !t.more)
        (void)!fail_add(&f, ERR_INVALID, NULL, "/so-cuoi", "track.phone-wrong", NULL);
    return show(r, &t, &f, digits);
}

enum http_result track_sent(struct request *r) { return answer(r, request_path_param(r, "code"), form_text(r, "so-cuoi", DIGITS_TYPED_MAX)); }

/* --- /tra-cuu --- */

static enum http_result form(struct request *r, const struct fail *f, struct str code, struct str digits)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    site_begin(r, &o, TR(&o, "Tra cứu hồ sơ"), STR(""), e.n > 0);
    track_form_view_page(&o, &e, code, digits);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

enum http_result track_form_page(struct request *r)
{
    struct fail none = {0};
    return form(r, &none, query_typed(r, "ma"), STR(""));
}

enum http_result track_form_sent(struct request *r)
{
    struct str code = form_text(r, "ma", CODE_TYPED_MAX), digits = form_text(r, "so-cuoi", DIGITS_TYPED_MAX);
    struct tracked t;
    struct fail f = {0};
    if (!code.n)
        (void)!fail_add(&f, ERR_INVALID, NULL, "/ma", "track.code-missing", NULL);
    else if (digits.n && !digits_good(r, code, digits, &f))
        return form(r, &f, code, digits);
    enum err e = f.n ? ERR_OK : find(r, code, digits, &t);
    if (e)
        (void)!fail_add(&f, e, NULL, "/ma", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable", NULL);
    if (f.n)
        return form(r, &f, code, digits);
    if (!digits.n)
        return page_redirect(r, str_printf(request_arena(r), "/ho-so/%.*s", PRS(t.dossier.code)));
    if (!t.more)
        (void)!fail_add(&f, ERR_INVALID, NULL, "/so-cuoi", "track.phone-wrong", NULL);
    return show(r, &t, &f, digits);
}

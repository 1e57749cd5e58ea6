/* One dossier at the counter: its receipt, a request for a supplement with all defects at once (D14), a refusal with its legal basis, a mistaken entry. */
#include "face/counter/counter.html.h"
#include "face/counter/counter_private.h"
#include <stdio.h>

struct here { /* the dossier that the address names */
    struct str home, code;
    struct id id;
    struct dossier d;
    int64_t version;
};

/* False: answered. */
static bool find(struct request *r, struct here *h)
{
    struct arena *a = request_arena(r);
    h->code = request_path_param(r, "ma");
    enum err e = h->code.n > 60 ? ERR_NOT_FOUND : dossier_find(db_of(r), h->code, &h->home, &h->id, a);
    if (!e)
        e = stream_load(&dossier_aggregate, &face_of(r)->room->keyring, db_of(r), a, h->home, h->id, INT64_MAX, &h->d, &h->version);
    if (!e && !dossier_visible(&h->d, actor_of(r)))
        e = ERR_NOT_FOUND;
    if (!e)
        return true;
    page_refuse_code(r, e, e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    return false;
}

static const struct procedure *procedure_here(struct request *r, const struct here *h)
{
    return procedure_find(rules_of(r)->catalog, h->d.procedure, h->d.agency, time_local_day(h->d.submitted_at), NULL);
}

/* --- the page --- */

static void row(struct desk_view *v, struct str key, struct str value)
{
    if (v->pairs < DESK_PAIRS_MAX && value.n)
        v->pair[v->pairs++] = (struct pair){key, value, STR(""), STR("")};
}

static struct str names_of(struct arena *a, const json_t *personal, const char *role)
{
    struct buf b _buf_ = BUF_MAX(4000);
    const json_t *v;
    size_t i;
    json_array_foreach(json_object_get(personal, "parties"), i, v) {
        const char *as = json_string_value(json_object_get(v, "role")), *name = json_string_value(json_object_get(v, "name")), *number = json_string_value(json_object_get(v, "id_number"));
        if (!as || !name || strcmp(as, role) != 0)
            continue;
        buf_printf(&b, "%s%s%s%s", b.n ? "; " : "", name, number ? ", " : "", number ? number : "");
    }
    return str_dup(a, buf_view(&b));
}

static void rows_of(struct request *r, struct page *o, const struct here *h, struct desk_view *v)
{
    const struct procedure *p = procedure_here(r, h);
    const json_t *personal = NULL;
    if (dossier_personal(&face_of(r)->room->keyring, db_of(r), o->arena, h->home, h->id, &personal))
        personal = NULL;
    row(v, TR(o, "Thủ tục"), p ? p->name : h->d.procedure);
    row(v, TR(o, "Chủ hồ sơ"), names_of(o->arena, personal, "owner"));
    row(v, TR(o, "Người nộp"), names_of(o->arena, personal, "submitter"));
    row(v, TR(o, "Người đại diện"), names_of(o->arena, personal, "representative"));
    row(v, TR(o, "Nơi giải quyết"), unit_name(r, h->d.competent_unit));
    row(v, TR(o, "Nộp lúc"), page_date_time(o, h->d.submitted_at));
    if (h->d.received_at)
        row(v, TR(o, "Tiếp nhận lúc"), page_date_time(o, h->d.received_at));
    if (h->d.promised_at)
        row(v, h->d.expected ? TR(o, "Dự kiến trả") : TR(o, "Hẹn trả"), page_date_time(o, h->d.promised_at));
}

static bool among(const char *const *list, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], what) == 0)
            return true;
    return false;
}

static void add(struct desk_button *list, size_t *n, struct str value, struct str label)
{
    if (*n < DESK_BUTTONS_MAX)
        list[(*n)++] = (struct desk_button){value, label};
}

static void buttons(struct request *r, struct page *o, const struct here *h, struct desk_view *v)
{
    const char *possible[40];
    size_t n = dossier_possible(rules_of(r), &h->d, actor_of(r), o->now, possible, ARRAY_LEN(possible));
    if (h->d.receipts)
        add(v->print, &v->prints, print_url(o->arena, "tiep-nhan", h->d.code), TR(o, "In giấy tiếp nhận và hẹn trả"));
    if (h->d.supplements)
        add(v->print, &v->prints, print_url(o->arena, "bo-sung", h->d.code), TR(o, "In phiếu yêu cầu bổ sung"));
    if (h->d.state == DOSSIER_REFUSED)
        add(v->print, &v->prints, print_url(o->arena, "tu-choi", h->d.code), TR(o, "In phiếu từ chối"));
    if (among(possible, n, "receive"))
        add(v->command, &v->commands, STR("receive"), TR(o, "Tiếp nhận"));
    if (among(possible, n, "hand_over"))
        add(v->command, &v->commands, STR("hand_over"), TR(o, "Bàn giao cho nơi giải quyết"));
    if (among(possible, n, "request_supplement") && h->d.state != DOSSIER_SUPPLEMENT)
        add(v->link, &v->links, desk_url(o->arena, h->d.code, "/bo-sung"), TR(o, "Yêu cầu bổ sung"));
    if (among(possible, n, "refuse"))
        add(v->link, &v->links, desk_url(o->arena, h->d.code, "/tu-choi"), TR(o, "Không nhận"));
    v->may_void = among(possible, n, "void");
}

static struct str fresh_words(struct page *o, struct str what, const struct here *h)
{
    if (str_is(what, "nhan") && h->d.immediate && !h->d.receipts)
        return TR(o, "Đã ghi vào sổ. Thủ tục trả ngay, không cần giấy hẹn.");
    if (str_is(what, "nhan") && h->d.promised_at)
        return TRF(o, "Đã tiếp nhận. Hẹn trả %1.", page_date_time(o, h->d.promised_at));
    return str_is(what, "bo-sung") ? TR(o, "Đã gửi yêu cầu bổ sung.") : str_is(what, "tu-choi") ? TR(o, "Đã ghi không nhận hồ sơ.")
        : str_is(what, "chuyen") ? TR(o, "Đã bàn giao.") : str_is(what, "huy") ? TR(o, "Đã hủy hồ sơ nhập nhầm.") : STR("");
}

static enum http_result show(struct request *r, const struct here *h, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct str what = f->n ? STR("") : request_query(r, "moi");
    page_begin(r, &o, &b);
    struct desk_view v = {.code = h->d.code, .state = state_words(&o, &h->d), .action = desk_url(o.arena, h->d.code, ""), .key = page_key(&o),
                          .version = str_printf(o.arena, "%lld", (long long)h->version), .errors = form_errors_of(&o, f), .approver = form_text(r, "approver", 90),
                          .reason = form_text(r, "reason", 2100), .same_person = str_printf(o.arena, "/quay?nguoi=%.*s", PRS(h->d.code))};
    v.unit = form_text(r, "competent_unit", 120);
    v.unit_why = form_text(r, "competent_reason", 400);
    v.due = form_text(r, "due_at", 40);
    v.due_why = form_text(r, "due_reason", 300);
    v.fresh_words = fresh_words(&o, what, h);
    v.fresh = v.fresh_words.n > 0;
    rows_of(r, &o, h, &v);
    buttons(r, &o, h, &v);
    site_begin(r, &o, h->d.code, STR("/quay"), f->n > 0);
    desk_page(&o, &v);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

enum http_result desk_dossier(struct request *r)
{
    struct here h = {0};
    struct fail none = {0};
    if (!clerk_here(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    return find(r, &h) ? show(r, &h, &none) : HTTP_DONE;
}

static json_t *text_of(struct str s) { return json_stringn(s.p ? s.p : "", s.n); }

/* What the receipt of a dossier that came online may have to say: who decides, until when. */
static void receipt_words(struct request *r, json_t *in)
{
    struct str unit = form_text(r, "competent_unit", 120), due = day_typed(r, form_text(r, "due_at", 40)), why = form_text(r, "competent_reason", 400), due_why = form_text(r, "due_reason", 300);
    const struct org *org = rules_of(r)->org;
    ptrdiff_t blank = str_find_char(unit, ' ');
    int64_t day;
    if (unit.n && !unit_find(org, unit) && !(blank > 0 && unit_find(org, str_sub(unit, 0, (size_t)blank)))) { /* by name, where it is the only one */
        struct unit_page page = unit_list(org, request_arena(r), unit_province(org, actor_of(r)->unit), unit, STR(""), 2);
        unit = page.n == 1 ? page.items[0]->code : unit;
    } else if (unit.n && !unit_find(org, unit))
        unit = str_sub(unit, 0, (size_t)blank);
    if (unit.n)
        json_object_set_new(in, "competent_unit", text_of(unit));
    if (why.n)
        json_object_set_new(in, "competent_reason", text_of(why));
    if (due.n)
        json_object_set_new(in, "due_at", text_of(date_parse(due, &day) ? str_printf(request_arena(r), "%.*sT17:00:00+07:00", PRS(due)) : due));
    if (due_why.n)
        json_object_set_new(in, "due_reason", text_of(due_why));
}

enum http_result desk_command(struct request *r)
{
    struct here h = {0};
    struct fail f = {0};
    struct outcome out;
    if (!clerk_here(r))
        return session_over(r);
    if (!find(r, &h))
        return HTTP_DONE;
    struct str what = form_text(r, "viec", 20), approver = form_text(r, "approver", 90);
    bool is_void = str_is(what, "void"), over = str_is(what, "hand_over");
    if (!form_good(r, &f))
        return show(r, &h, &f);
    if (!is_void && !over && !str_is(what, "receive"))
        return page_refuse_code(r, ERR_MALFORMED, "command.unknown");
    json_t *in = json_object();
    int64_t version = 0;
    if (is_void) {
        if (approver.n && !str_has_prefix(approver, STR("staff:")))
            approver = str_printf(request_arena(r), "staff:%.*s", PRS(approver));
        json_object_set_new(in, "approver", text_of(approver));
        json_object_set_new(in, "reason", text_of(form_text(r, "reason", 2100)));
        if (!str_to_i64(form_text(r, "phien-ban", 20), &version) || version < 1)
            version = h.version;
    }
    if (!is_void && !over)
        receipt_words(r, in);
    if (desk_gives(r, str_c(request_arena(r), what), h.home, h.id, version, in, "", &out, &f))
        return show(r, &h, &f);
    return page_redirect(r, desk_url(request_arena(r), h.d.code, is_void ? "?moi=huy" : over ? "?moi=chuyen" : "?moi=nhan"));
}

/* --- a supplement: all defects at once --- */

static const struct {
    const char *code, *label, *todo;
} kinds[] = {{"thieu", TR_LATER("Thiếu"), TR_LATER("Nộp thêm giấy tờ này.")},
             {"mo", TR_LATER("Mờ, không đọc được"), TR_LATER("Nộp bản khác rõ hơn.")},
             {"het-han", TR_LATER("Hết hạn"), TR_LATER("Xin cấp lại rồi nộp bản còn hạn.")},
             {"sai", TR_LATER("Thông tin chưa đúng"), TR_LATER("Sửa lại cho khớp với giấy tờ gốc.")},
             {"chua-ky", TR_LATER("Chưa ký hoặc chưa đóng dấu"), TR_LATER("Ký tên, đóng dấu vào đúng chỗ rồi nộp lại.")},
             {"chua-chung-thuc", TR_LATER("Bản sao chưa chứng thực"), TR_LATER("Nộp bản sao có chứng thực, hoặc mang bản chính để đối chiếu.")},
             {"khac", TR_LATER("Việc khác"), ""}};
_Static_assert(ARRAY_LEN(kinds) <= DEFECT_KINDS_MAX, "the template has room for them");

size_t defect_kinds(struct page *o, struct str chosen, struct option *out)
{
    size_t n = 0;
    out[n++] = (struct option){STR(""), TR(o, "Chọn"), STR(""), false, false};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        out[n++] = (struct option){str_of(kinds[i].code), str_of(translated(kinds[i].label, o->lang)), STR(""), str_is(chosen, kinds[i].code), false};
    return n;
}

size_t defect_places(struct page *o, const struct supplement_view *v, struct str chosen, struct option *out)
{
    out[0] = (struct option){STR(""), TR(o, "Chọn"), STR(""), false, false};
    for (size_t i = 0; i < v->places; i++) {
        struct str value = str_printf(o->arena, "%zu", i + 1);
        out[i + 1] = (struct option){value, str_sub(v->place[i], 0, v->place[i].n), STR(""), str_eq(value, chosen), false};
    }
    return v->places + 1;
}

/* The papers of the procedure, in the order of its list, then what a form asks. */
static void places_of(struct request *r, struct page *o, const struct here *h, struct supplement_view *v)
{
    static const char *const fields[] = {TR_LATER("Tờ khai"), TR_LATER("Họ và tên"), TR_LATER("Ngày sinh"), TR_LATER("Số định danh"), TR_LATER("Địa chỉ"), TR_LATER("Số điện thoại"), TR_LATER("Lệ phí")};
    struct component *list = NULL;
    size_t n = 0;
    const struct procedure *p = procedure_here(r, h);
    if (!p || procedure_components(o->arena, p, &list, &n))
        n = 0;
    for (size_t i = 0; i < n && v->places < DEFECT_PLACES_MAX - ARRAY_LEN(fields); i++)
        v->place[v->places++] = list[i].name;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        v->place[v->places++] = str_of(translated(fields[i], LANGUAGE_VI)); /* goes to the citizen as it is */
}

static void name_rows(struct page *o, struct supplement_view *v)
{
    for (size_t i = 0; i < v->rows; i++) {
        v->row[i].where_name = str_printf(o->arena, "loi-%zu-o", i + 1).p;
        v->row[i].kind_name = str_printf(o->arena, "loi-%zu-kieu", i + 1).p;
        v->row[i].todo_name = str_printf(o->arena, "loi-%zu-lam", i + 1).p;
    }
}

static void read_rows(struct request *r, struct page *o, struct supplement_view *v)
{
    v->rows = DEFECT_ROWS_MAX;
    name_rows(o, v);
    size_t last = 0;
    for (size_t i = 0; i < DEFECT_ROWS_MAX; i++) {
        struct defect_row *d = &v->row[i];
        d->where = form_text(r, d->where_name, 6);
        d->kind = form_text(r, d->kind_name, 30);
        d->todo = form_text(r, d->todo_name, 700);
        if (d->where.n || d->kind.n || d->todo.n)
            last = i + 1;
    }
    v->rows = last + 1 < DEFECT_ROWS_FIRST ? DEFECT_ROWS_FIRST : last + 1 > DEFECT_ROWS_MAX ? DEFECT_ROWS_MAX : last + 1;
}

/* A paper's name in the middle of a sentence: without the full stop that the catalogue ends it with. */
static struct str name_in_sentence(struct str s)
{
    s = str_trim(s);
    while (s.n && strchr(".;:, ", s.p[s.n - 1]))
        s.n--;
    return s;
}

struct complaints {
    struct form_error item[2 * DEFECT_ROWS_MAX + FAIL_DETAILS_MAX];
    size_t n;
};
static void complain(struct page *o, struct complaints *c, const char *field, const char *sentence)
{
    if (c->n < ARRAY_LEN(c->item))
        c->item[c->n++] = (struct form_error){str_of(field), str_of(translated(sentence, o->lang))};
}

/* Sentences of the rows that are complete; a complaint for each that is begun. A citizen reads them, in Vietnamese. */
static void sentences_of(struct page *o, struct supplement_view *v, struct complaints *c)
{
    for (size_t i = 0; i < v->rows; i++) {
        const struct defect_row *d = &v->row[i];
        int64_t at = 0;
        size_t k = 0;
        if (!d->where.n && !d->kind.n && !d->todo.n)
            continue;
        while (k < ARRAY_LEN(kinds) && !str_is(d->kind, kinds[k].code))
            k++;
        bool where = str_to_i64(d->where, &at) && at >= 1 && (size_t)at <= v->places;
        struct str todo = d->todo.n || k == ARRAY_LEN(kinds) ? d->todo : str_of(translated(kinds[k].todo, LANGUAGE_VI));
        if (!where)
            complain(o, c, d->where_name, TR_LATER("Chọn giấy tờ hoặc mục cần sửa."));
        if (k == ARRAY_LEN(kinds))
            complain(o, c, d->kind_name, TR_LATER("Chọn sai gì."));
        else if (!todo.n)
            complain(o, c, d->todo_name, TR_LATER("Ghi người dân phải làm gì."));
        if (where && k < ARRAY_LEN(kinds) && todo.n)
            v->sentence[v->sentences++] = str_printf(o->arena, "%.*s: %s. %.*s", PRS(name_in_sentence(v->place[at - 1])), translated(kinds[k].label, LANGUAGE_VI), PRS(todo));
    }
}

static enum http_result show_supplement(struct request *r, struct page *o, struct supplement_view *v, int status)
{
    v->key = page_key(o);
    site_begin(r, o, TR(o, "Yêu cầu bổ sung"), desk_url(o->arena, v->code, ""), v->errors.n > 0);
    counter_supplement_page(o, v);
    site_end(o);
    return page_end(r, status, o);
}

static struct supplement_view *supplement_begin(struct request *r, struct page *o, const struct here *h, const char *where)
{
    struct supplement_view *v = ARENA_NEW(o->arena, struct supplement_view);
    v->code = h->d.code;
    v->action = desk_url(o->arena, h->d.code, where);
    v->reason = form_text(r, "reason", 2100);
    places_of(r, o, h, v);
    return v;
}

enum http_result desk_supplement_form(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct here h = {0};
    if (!clerk_here(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    if (!find(r, &h))
        return HTTP_DONE;
    page_begin(r, &o, &b);
    struct supplement_view *v = supplement_begin(r, &o, &h, "/bo-sung");
    struct str missing = request_query(r, "thieu"), one;
    size_t n = 0;
    int64_t place;
    while (n < DEFECT_ROWS_MAX - 1 && str_next(&missing, ',', &one))
        if (str_to_i64(one, &place) && place >= 1 && (size_t)place <= v->places)
            v->row[n++] = (struct defect_row){.where = one, .kind = STR("thieu"), .todo = STR("")};
    v->rows = n + 1 < DEFECT_ROWS_FIRST ? DEFECT_ROWS_FIRST : n + 1;
    v->reason = n ? STR("Hồ sơ chưa đủ giấy tờ.") : STR("");
    for (size_t i = n; i < v->rows; i++)
        v->row[i] = (struct defect_row){.where = STR(""), .kind = STR(""), .todo = STR("")};
    name_rows(&o, v);
    return show_supplement(r, &o, v, 200);
}

enum http_result desk_supplement(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct here h = {0};
    struct fail f = {0};
    struct outcome out;
    struct complaints c = {.n = 0};
    if (!clerk_here(r))
        return session_over(r);
    if (!find(r, &h))
        return HTTP_DONE;
    page_begin(r, &o, &b);
    struct supplement_view *v = supplement_begin(r, &o, &h, "/bo-sung");
    bool send = str_is(form_text(r, "viec", 10), "gui");
    read_rows(r, &o, v);
    sentences_of(&o, v, &c);
    if (send && !v->sentences && !c.n)
        complain(&o, &c, v->row[0].where_name, TR_LATER("Ghi ít nhất một chỗ cần sửa: chỗ nào, sai gì, làm thế nào."));
    bool good = form_good(r, &f);
    json_t *items = json_array(), *in = json_object();
    for (size_t i = 0; i < v->sentences; i++)
        json_array_append_new(items, text_of(v->sentence[i]));
    json_object_set_new(in, "items", items);
    json_object_set_new(in, "reason", text_of(v->reason));
    if (send && good && !c.n) {
        if (!desk_gives(r, "request_supplement", h.home, h.id, 0, in, "", &out, &f))
            return page_redirect(r, desk_url(o.arena, h.d.code, "?moi=bo-sung"));
    } else
        json_decref(in);
    struct form_errors refused = form_errors_of(&o, &f);
    for (size_t i = 0; i < refused.n && c.n < ARRAY_LEN(c.item); i++)
        c.item[c.n++] = refused.item[i];
    v->errors = (struct form_errors){c.item, send || !good ? c.n : 0};
    return show_supplement(r, &o, v, v->errors.n ? 422 : 200);
}

/* --- a refusal before receipt (R-044, R-124) --- */

static enum http_result show_refuse(struct request *r, const struct here *h, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct supplement_view *v = supplement_begin(r, &o, h, "/tu-choi");
    v->errors = form_errors_of(&o, f);
    v->key = page_key(&o);
    site_begin(r, &o, TR(&o, "Không nhận hồ sơ"), desk_url(o.arena, h->d.code, ""), f->n > 0);
    refuse_page(&o, v, form_text(r, "basis", 400));
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

enum http_result desk_refuse_form(struct request *r)
{
    struct here h = {0};
    struct fail none = {0};
    if (!clerk_here(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    return find(r, &h) ? show_refuse(r, &h, &none) : HTTP_DONE;
}

enum http_result desk_refuse(struct request *r)
{
    struct here h = {0};
    struct fail f = {0};
    struct outcome out;
    if (!clerk_here(r))
        return session_over(r);
    if (!find(r, &h))
        return HTTP_DONE;
    if (!form_good(r, &f))
        return show_refuse(r, &h, &f);
    json_t *in = json_object();
    json_object_set_new(in, "reason", text_of(form_text(r, "reason", 2100)));
    json_object_set_new(in, "basis", text_of(form_text(r, "basis", 400)));
    if (desk_gives(r, "refuse", h.home, h.id, 0, in, "", &out, &f))
        return show_refuse(r, &h, &f);
    return page_redirect(r, desk_url(request_arena(r), h.d.code, "?moi=tu-choi"));
}

/* Beginning a draft, its list of tasks, and the table of addresses. See apply.h. */
#include "face/citizen/apply_private.h"
#include "face/citizen/apply.html.h"
#include <stdio.h>

enum { FORM_BYTES = 512 * 1024 /* too long is told at the field, and lost to nobody */, UPLOAD_BYTES = 320 << 20, DRAFT_DAYS = 30, TRIES_MAX = 8 };

/* --- whose draft --- */

bool citizen_only(struct request *r)
{
    const struct visitor *v = visitor_of(r);
    if (v && v->session.kind == ACCOUNT_CITIZEN)
        return true;
    if (v) {
        (void)page_refuse_code(r, ERR_FORBIDDEN, "draft.citizens-only");
        return false;
    }
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, "Phiên đăng nhập đã hết"), STR(""), true);
    session_over_page(&o, r, str_has_prefix(request_content_type(r), STR("multipart/")));
    site_end(&o);
    (void)page_end(r, 401, &o);
    return false;
}

struct str draft_url(struct arena *a, const struct draft *d, const char *rest)
{
    char id[37];
    id_format(d->id, id);
    return str_printf(a, "/nop/%s%s", id, rest);
}

int64_t draft_until(struct request *r)
{
    struct fail f = {0};
    int64_t days = DRAFT_DAYS; /* a store of before the parameter has none */
    int64_t now = request_now_ms(r);
    if (parameter_find(rules_of(r)->parameters, "drafts_kept_days", time_local_day(now))
        && parameter_i64(rules_of(r)->parameters, "drafts_kept_days", time_local_day(now), &days, &f))
        days = DRAFT_DAYS;
    return now + days * MS_DAY;
}

const json_t *draft_part(const struct applying *k, const char *name)
{
    const json_t *v = json_object_get(k->d.data, name);
    if (json_is_object(v) || json_is_array(v))
        return v;
    json_t *empty = json_object();
    json_object_set_new(k->d.data, name, empty);
    return empty;
}

static enum err know_procedure(struct applying *k)
{
    const struct rules *rules = rules_of(k->r);
    struct component *list = NULL;
    k->day = time_local_day(request_now_ms(k->r));
    k->p = procedure_find(rules->catalog, get_s(k->d.data, "procedure"), get_s(k->d.data, "agency"), k->day, NULL);
    k->n_variants = k->p ? procedure_variants(rules->catalog, k->p, k->day, k->variants, VARIANTS_MAX) : 0;
    k->n_variants = k->n_variants > VARIANTS_MAX ? VARIANTS_MAX : k->n_variants;
    if (k->p && procedure_components(request_arena(k->r), k->p, &list, &k->n_components))
        k->n_components = 0;
    k->n_components = k->n_components > PAPERS_MAX ? PAPERS_MAX : k->n_components;
    k->components = list;
    return ERR_OK;
}

bool applying_open(struct request *r, struct applying *k)
{
    struct fail f = {0};
    struct id id;
    *k = (struct applying){.r = r};
    if (!citizen_only(r))
        return false;
    enum err e = id_parse(request_path_param(r, "nhap"), &id)
        ? draft_load(&face_of(r)->room->keyring, db_of(r), request_arena(r), visitor_of(r)->session.login, id, request_now_ms(r), &k->d, &f)
        : fail_add(&f, ERR_NOT_FOUND, NULL, "", "draft.absent", NULL);
    if (e) {
        (void)page_refuse(r, &f);
        return false;
    }
    return know_procedure(k) == ERR_OK;
}

bool applying_sent(const struct applying *k) { return get_s(k->d.data, "code").n > 0; }

bool applying_save(struct applying *k, struct fail *f)
{
    return draft_save(face_of(k->r)->room->writer, &face_of(k->r)->room->keyring, &k->d, request_now_ms(k->r), draft_until(k->r), f) == ERR_OK;
}

bool applying_change(struct applying *k, void (*change)(struct applying *k, void *arg), void *arg, struct fail *f)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        *f = (struct fail){0};
        change(k, arg);
        if (applying_save(k, f))
            return true;
        if (f->err != ERR_VERSION)
            return false;
        *f = (struct fail){0};
        if (draft_load(&face_of(k->r)->room->keyring, db_of(k->r), request_arena(k->r), k->d.owner, k->d.id, request_now_ms(k->r), &k->d, f))
            return false;
    }
    return false;
}

bool applying_version(struct applying *k, struct fail *f)
{
    int64_t given;
    if (str_to_i64(form_text(k->r, "phien-ban", 20), &given) && given == k->d.version)
        return true;
    (void)!fail_add(f, ERR_VERSION, NULL, "", "draft.changed", NULL);
    return false;
}

struct str apply_unit_name(struct request *r, struct str code)
{
    const struct unit *u = unit_find(rules_of(r)->org, code);
    return u ? u->name : code;
}

struct str file_size_text(struct page *o, int64_t bytes)
{
    return bytes >= 1 << 20 ? str_printf(o->arena, "%lld,%lld MB", (long long)(bytes >> 20), (long long)((bytes & 0xfffff) * 10 >> 20))
                            : str_printf(o->arena, "%lld KB", (long long)((bytes + 1023) / 1024));
}

/* --- beginning --- */

struct starting {
    struct str code, agency;
    const struct procedure *p;
    size_t candidates;
    struct str *agencies;
    bool online, receivable;
};

static bool find_procedure(struct request *r, struct str code, struct str agency, struct starting *s)
{
    const struct rules *rules = rules_of(r);
    int64_t day = time_local_day(request_now_ms(r));
    *s = (struct starting){.code = code, .agency = agency};
    s->p = procedure_find(rules->catalog, code, agency, day, &s->candidates);
    if (!s->p && s->candidates > 1) {
        s->agencies = ARENA_ARRAY(request_arena(r), struct str, s->candidates);
        procedure_agencies(rules->catalog, code, s->agencies, s->candidates);
    }
    s->online = s->p && s->p->service_level != SERVICE_NOT_ONLINE;
    s->receivable = s->p && procedure_receivable(rules->catalog, s->p, rules->province, day) == RECEIVABLE;
    return s->p || s->candidates > 1;
}

static enum http_result start_show(struct request *r, const struct starting *s, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct draft drafts[DRAFTS_OF_ONE_MAX];
    size_t n = 0, same = 0;
    const struct visitor *v = visitor_of(r);
    page_begin(r, &o, &b);
    if (v && draft_list(&face_of(r)->room->keyring, db_of(r), o.arena, v->session.login, request_now_ms(r), drafts, DRAFTS_OF_ONE_MAX, &n))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    for (size_t i = 0; i < n; i++)
        if (str_eq(get_s(drafts[i].data, "procedure"), s->code) && !get_s(drafts[i].data, "code").n && !get_s(drafts[i].data, "of").n)
            drafts[same++] = drafts[i];
    struct form_errors e = form_errors_of(&o, f);
    site_begin(r, &o, TR(&o, "Nộp hồ sơ trên mạng"), str_printf(o.arena, "/thu-tuc/%.*s", PRS(s->code)), f->n > 0);
    start_page(&o, &e, s->p, s->code, s->agencies, s->candidates, s->receivable && s->online, v != NULL, drafts, same);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

enum http_result apply_start_form(struct request *r)
{
    struct starting s;
    struct fail none = {0};
    struct str code = request_query(r, "thu-tuc"), agency = request_query(r, "co-quan");
    if (!code.n)
        return page_redirect(r, STR("/thu-tuc"));
    if (!find_procedure(r, str_trim(code), agency.p ? agency : STR(""), &s))
        return page_refuse_code(r, ERR_NOT_FOUND, "procedure.unknown");
    return start_show(r, &s, &none);
}

enum http_result apply_start(struct request *r)
{
    struct starting s;
    struct fail f = {0};
    struct draft old[DRAFTS_OF_ONE_MAX], d;
    size_t n = 0;
    if (!citizen_only(r))
        return HTTP_DONE;
    if (!find_procedure(r, form_text(r, "thu-tuc", 40), form_text(r, "co-quan", 300), &s))
        return page_refuse_code(r, ERR_NOT_FOUND, "procedure.unknown");
    if (!form_good(r, &f))
        return start_show(r, &s, &f);
    if (!s.p || !s.receivable || !s.online)
        return start_show(r, &s, &f);
    const struct visitor *v = visitor_of(r);
    if (draft_list(&face_of(r)->room->keyring, db_of(r), request_arena(r), v->session.login, request_now_ms(r), old, DRAFTS_OF_ONE_MAX, &n))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    for (size_t i = 0; i < n; i++) /* a second tap, or one that was begun and left empty */
        if (old[i].version == 1 && str_eq(get_s(old[i].data, "procedure"), s.code) && str_eq(get_s(old[i].data, "agency"), s.agency) && !get_s(old[i].data, "of").n)
            return page_redirect(r, draft_url(request_arena(r), &old[i], ""));
    d = (struct draft){.owner = v->session.login, .data = arena_json(request_arena(r), json_object())};
    put_s(d.data, "procedure", s.code);
    put_s(d.data, "agency", s.agency);
    put_s(d.data, "title", s.p->name);
    if (draft_begin(face_of(r)->room->writer, &face_of(r)->room->keyring, &d, request_now_ms(r), draft_until(r), &f))
        return start_show(r, &s, &f);
    return page_redirect(r, draft_url(request_arena(r), &d, ""));
}

/* --- the list of tasks --- */

enum http_result apply_tasks(struct request *r)
{
    struct applying k;
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct task tasks[STEPS + 1];
    size_t n = 0, done = 0;
    if (!applying_open(r, &k))
        return HTTP_DONE;
    if (applying_sent(&k))
        return page_redirect(r, draft_url(request_arena(r), &k.d, "/da-nop"));
    if (get_s(k.d.data, "of").n)
        return page_redirect(r, draft_url(request_arena(r), &k.d, "/bo-sung"));
    page_begin(r, &o, &b);
    for (enum step s = 0; s < STEPS; s++) {
        if (!step_there(&k, s))
            continue;
        bool is_done = step_done(&k, s);
        done += is_done;
        tasks[n++] = (struct task){.title = TR(&o, step_title(s)), .hint = STR(""), .url = draft_url(o.arena, &k.d, str_printf(o.arena, "/buoc/%s", step_word(s)).p),
                                   .status = is_done ? TR(&o, "Đã xong") : TR(&o, "Chưa xong"), .done = is_done};
    }
    site_begin(r, &o, TR(&o, "Các phần cần điền"), STR("/toi"), false);
    tasks_page(&o, &k, tasks, n, done);
    site_end(&o);
    return page_end(r, 200, &o);
}

enum http_result apply_drop(struct request *r)
{
    struct applying k;
    struct fail f = {0};
    if (!applying_open(r, &k))
        return HTTP_DONE;
    if (!form_good(r, &f))
        return page_refuse(r, &f);
    if (draft_drop(face_of(r)->room->writer, k.d.owner, k.d.id))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    return page_redirect(r, STR("/toi"));
}

#define GET(path, fn, may, op, ...) {HTTP_GET, path, fn, ROUTE_READ, may, .flags = ROUTE_PAGE, .operation = op, __VA_ARGS__}
/* Without a session a form is answered by its handler: what was typed must not be lost on the way to signing in. */
#define POST(path, fn, op) {HTTP_POST, path, fn, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, FORM_BYTES, .flags = ROUTE_PAGE, .operation = op}

const struct route apply_routes[] = {
    GET("/nop", apply_start_form, ROUTE_PUBLIC, "applyStartForm", .query = "thu-tuc co-quan"),
    POST("/nop", apply_start, "applyStart"),
    GET("/nop/{nhap}", apply_tasks, ROUTE_SESSION, "applyTasks"),
    GET("/nop/{nhap}/kiem-tra", apply_check_form, ROUTE_SESSION, "applyCheck"),
    POST("/nop/{nhap}/kiem-tra", apply_submit, "applySubmit"),
    GET("/nop/{nhap}/da-nop", apply_sent, ROUTE_SESSION, "applySent"),
    POST("/nop/{nhap}/xoa", apply_drop, "applyDrop"),
    POST("/nop/{nhap}/xoa-tep", apply_file_drop, "applyFileDrop"),
    {HTTP_POST, "/nop/{nhap}/tai-len", NULL, ROUTE_UPLOAD, ROUTE_PUBLIC, BODY_STREAM, UPLOAD_BYTES, .flags = ROUTE_PAGE, .operation = "applyUpload", .upload = &apply_upload},
    GET("/nop/{nhap}/bo-sung", supplement_form, ROUTE_SESSION, "supplementForm"),
    POST("/nop/{nhap}/bo-sung", supplement_send, "supplementSend"),
    GET("/nop/{nhap}/buoc/{buoc}", apply_step_form, ROUTE_SESSION, "applyStepForm"),
    POST("/nop/{nhap}/buoc/{buoc}", apply_step, "applyStep"),
    GET("/toi", mine, ROUTE_SESSION, "mine", .query = "trang"),
    GET("/toi/{ma}", mine_dossier, ROUTE_SESSION, "mineDossier", .query = "xong"),
    GET("/toi/tep/{sha256}", mine_file, ROUTE_SESSION, "mineFile"),
    GET("/toi/{ma}/rut", mine_withdraw_form, ROUTE_SESSION, "mineWithdrawForm"),
    POST("/toi/{ma}/rut", mine_withdraw, "mineWithdraw"),
    POST("/toi/{ma}/giu-lai", mine_take_back, "mineTakeBack"),
    POST("/toi/{ma}/bo-sung", supplement_begin, "supplementBegin"),
};
const size_t apply_route_count = ARRAY_LEN(apply_routes);

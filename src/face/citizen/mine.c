/* "Hồ sơ của tôi": what waits for her, what is under way, what is done; one dossier; and her own commands: supplement, withdraw, keep. */
#include "face/citizen/mine.h"
#include "face/api/api.h"
#include "face/citizen/mine.html.h"
#include <stdio.h>

enum { LIST_MAX = 50, NOTE_MAX = 8000 };

/* --- the list --- */

enum http_result mine(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    struct dossier_page open = {0}, closed = {0};
    struct draft *drafts = ARENA_ARRAY(request_arena(r), struct draft, DRAFTS_OF_ONE_MAX);
    size_t n = 0;
    if (!citizen_only(r))
        return HTTP_DONE;
    struct str cursor = request_query(r, "trang");
    const struct keyring *k = &face_of(r)->room->keyring;
    int64_t now = request_now_ms(r);
    page_begin(r, &o, &b);
    struct dossier_list_query query = {.lists = dossier_lists_open(), .limit = DOSSIER_LIST_MAX, .unit = STR(""), .task = STR(""), .q = STR(""), .cursor = STR("")};
    enum err e = cursor.n ? ERR_OK : dossier_list(k, rules_of(r), db_of(r), o.arena, actor_of(r), &query, now, &open, &f);
    query.lists = dossier_lists_closed();
    query.limit = LIST_MAX;
    query.cursor = cursor.n ? cursor : STR("");
    if (!e)
        e = dossier_list(k, rules_of(r), db_of(r), o.arena, actor_of(r), &query, now, &closed, &f);
    if (!e && !cursor.n && draft_list(k, db_of(r), o.arena, visitor_of(r)->session.login, now, drafts, DRAFTS_OF_ONE_MAX, &n))
        e = ERR_UNAVAILABLE;
    if (e)
        return f.n ? page_refuse(r, &f) : page_refuse_code(r, e, "store.unavailable");
    size_t live = 0;
    for (size_t i = 0; i < n; i++)
        if (!get_s(drafts[i].data, "code").n)
            drafts[live++] = drafts[i];
    site_begin(r, &o, TR(&o, "Hồ sơ của tôi"), STR(""), false);
    mine_page(&o, r, drafts, live, &open, &closed, cursor.n > 0);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* --- one dossier --- */

enum err mine_dossier_part(struct request *r, struct page *o, struct str code)
{
    struct mine m;
    enum err e = mine_load(r, code, &m);
    if (!e)
        e = mine_story(&m, o);
    if (!e)
        dossier_part(o, &m);
    return e;
}

static enum http_result refuse_load(struct request *r, enum err e)
{
    return page_refuse_code(r, e, e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
}

static enum http_result show_dossier(struct request *r, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct str code = request_path_param(r, "ma"), done = f->n ? STR("") : request_query(r, "xong");
    page_begin(r, &o, &b);
    struct form_errors errors = form_errors_of(&o, f);
    site_begin(r, &o, TRF(&o, "Hồ sơ %1", code), STR("/toi"), f->n > 0);
    error_summary(&o, &errors);
    if (str_is(done, "bo-sung"))
        banner(&o, TR(&o, "Đã gửi"), TR(&o, "Cơ quan đã nhận phần bổ sung."), true);
    else if (str_is(done, "rut"))
        banner(&o, TR(&o, "Đã gửi"), TR(&o, "Cơ quan đã nhận lời xin rút. Ông/bà có thể giữ lại hồ sơ khi cơ quan chưa xác nhận."), true);
    else if (str_is(done, "giu-lai"))
        banner(&o, TR(&o, "Đã gửi"), TR(&o, "Hồ sơ được giải quyết tiếp."), true);
    enum err e = mine_dossier_part(r, &o, code);
    if (e)
        return refuse_load(r, e);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

enum http_result mine_dossier(struct request *r)
{
    struct fail none = {0};
    return citizen_only(r) ? show_dossier(r, &none) : HTTP_DONE;
}

/* Her own uploads and the files of dossiers that she may read, results among them. */
enum http_result mine_file(struct request *r) { return citizen_only(r) ? api_file(r) : HTTP_DONE; }

static enum http_result to_dossier(struct request *r, struct str code, const char *done)
{
    return page_redirect(r, str_printf(request_arena(r), "/toi/%.*s?xong=%s", PRS(code), done));
}

/* --- withdrawing, and keeping --- */

static enum http_result withdraw_show(struct mine *m, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(m->r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    site_begin(m->r, &o, TR(&o, "Rút hồ sơ"), str_printf(o.arena, "/toi/%.*s", PRS(m->d.code)), f->n > 0);
    struct str key = form_text(m->r, "key", 64), reason = form_text(m->r, "reason", NOTE_MAX);
    bool again = key.n && f->err == ERR_UNAVAILABLE; /* the outcome is not known: the same key */
    withdraw_page(&o, &e, m, again ? key : page_key(&o), reason);
    site_end(&o);
    return page_end(m->r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static bool own_dossier(struct request *r, struct mine *m)
{
    if (!citizen_only(r))
        return false;
    enum err e = mine_load(r, request_path_param(r, "ma"), m);
    if (e)
        (void)refuse_load(r, e);
    return !e;
}

enum http_result mine_withdraw_form(struct request *r)
{
    struct mine m;
    struct fail none = {0};
    if (!own_dossier(r, &m))
        return HTTP_DONE;
    return mine_may(&m, "withdraw") ? withdraw_show(&m, &none) : page_refuse_code(r, ERR_CONFLICT, "dossier.state");
}

enum http_result mine_withdraw(struct request *r)
{
    struct mine m;
    struct fail f = {0};
    struct outcome out;
    if (!own_dossier(r, &m))
        return HTTP_DONE;
    struct str reason = form_text(r, "reason", NOTE_MAX);
    json_t *payload = json_object();
    if (reason.n)
        put_s(payload, "reason", reason);
    if (!form_good(r, &f)) {
        json_decref(payload);
        return withdraw_show(&m, &f);
    }
    if (page_command(r, &dossier_aggregate, "withdraw", m.home, m.id, 0, payload, "", &out, &f))
        return withdraw_show(&m, &f);
    return to_dossier(r, m.d.code, "rut");
}

enum http_result mine_take_back(struct request *r)
{
    struct mine m;
    struct fail f = {0};
    struct outcome out;
    if (!own_dossier(r, &m))
        return HTTP_DONE;
    if (!form_good(r, &f) || page_command(r, &dossier_aggregate, "take_back_withdrawal", m.home, m.id, 0, json_object(), "", &out, &f))
        return show_dossier(r, &f);
    return to_dossier(r, m.d.code, "giu-lai");
}

/* --- answering a request for supplement: a draft of its own, so that files are there before the command --- */

enum http_result supplement_begin(struct request *r)
{
    struct mine m;
    struct fail f = {0};
    struct draft *old = ARENA_ARRAY(request_arena(r), struct draft, DRAFTS_OF_ONE_MAX);
    size_t n = 0;
    if (!own_dossier(r, &m))
        return HTTP_DONE;
    if (!form_good(r, &f))
        return show_dossier(r, &f);
    if (!mine_may(&m, "supplement"))
        return page_refuse_code(r, ERR_CONFLICT, "dossier.state");
    struct room_of { struct writer *w; const struct keyring *k; } room = {face_of(r)->room->writer, &face_of(r)->room->keyring};
    struct str login = visitor_of(r)->session.login;
    if (draft_list(room.k, db_of(r), request_arena(r), login, request_now_ms(r), old, DRAFTS_OF_ONE_MAX, &n))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    for (size_t i = 0; i < n; i++)
        if (str_eq(get_s(old[i].data, "of"), m.d.code) && !get_s(old[i].data, "code").n)
            return page_redirect(r, draft_url(request_arena(r), &old[i], "/bo-sung"));
    struct draft d = {.owner = login, .data = arena_json(request_arena(r), json_object())};
    put_s(d.data, "of", m.d.code);
    put_s(d.data, "procedure", m.d.procedure);
    put_s(d.data, "agency", m.d.agency);
    put_s(d.data, "variant", m.d.variant);
    put_s(d.data, "title", m.title);
    if (draft_begin(room.w, room.k, &d, request_now_ms(r), draft_until(r), &f))
        return page_refuse(r, &f);
    return page_redirect(r, draft_url(request_arena(r), &d, "/bo-sung"));
}

static struct str supplement_key(const struct applying *k)
{
    char id[37];
    id_format(k->d.id, id);
    return str_printf(request_arena(k->r), "bs-%s-%lld", id, (long long)get_i(k->d.data, "tries"));
}

enum http_result supplement_show(struct applying *k, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct mine m;
    enum err e = mine_load(k->r, get_s(k->d.data, "of"), &m);
    page_begin(k->r, &o, &b);
    if (!e)
        e = mine_story(&m, &o);
    if (e)
        return refuse_load(k->r, e);
    struct form_errors errors = form_errors_of(&o, f);
    site_begin(k->r, &o, TR(&o, "Bổ sung giấy tờ"), str_printf(o.arena, "/toi/%.*s", PRS(m.d.code)), f->n > 0);
    supplement_form_page(&o, &errors, k, &m, supplement_key(k));
    site_end(&o);
    return page_end(k->r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static bool supplement_open(struct request *r, struct applying *k)
{
    if (!applying_open(r, k))
        return false;
    struct str of = get_s(k->d.data, "of");
    if (of.n && !applying_sent(k))
        return true;
    (void)page_redirect(r, of.n ? str_printf(request_arena(r), "/toi/%.*s?xong=bo-sung", PRS(of)) : draft_url(request_arena(r), &k->d, ""));
    return false;
}

enum http_result supplement_form(struct request *r)
{
    struct applying k;
    struct fail none = {0};
    return supplement_open(r, &k) ? supplement_show(&k, &none) : HTTP_DONE;
}

struct sending {
    struct str note, code;
    int64_t tries;
};

static void note_typed(struct applying *k, void *arg) { put_s(k->d.data, "note", ((const struct sending *)arg)->note); }
static void mark_refused(struct applying *k, void *arg) { put_i(k->d.data, "tries", ((const struct sending *)arg)->tries + 1); }
static void mark_sent(struct applying *k, void *arg) { put_s(k->d.data, "code", ((const struct sending *)arg)->code); }

enum http_result supplement_send(struct request *r)
{
    struct applying k;
    struct mine m;
    struct fail f = {0}, ignored = {0};
    struct outcome out;
    if (!supplement_open(r, &k))
        return HTTP_DONE;
    struct sending s = {form_text(r, "note", NOTE_MAX), get_s(k.d.data, "of"), get_i(k.d.data, "tries")};
    put_s(k.d.data, "note", s.note);
    if (!form_good(r, &f) || !applying_change(&k, note_typed, &s, &f))
        return supplement_show(&k, &f);
    if (!str_eq(form_text(r, "key", 64), supplement_key(&k)))
        (void)!fail_add(&f, ERR_VERSION, NULL, "", "draft.changed", NULL);
    json_t *whole = arena_json(request_arena(r), submission_of(&k)), *payload = json_object();
    json_object_set_new(payload, "complete", json_true());
    json_object_set(payload, "components", json_object_get(whole, "components"));
    if (s.note.n)
        put_s(payload, "note", s.note);
    else if (!f.n && !json_array_size(json_object_get(whole, "components")))
        say(&f, "/tep", "draft.file-missing");
    enum err e = f.n ? f.err : mine_load(r, s.code, &m);
    if (e) {
        json_decref(payload);
        return f.n ? supplement_show(&k, &f) : refuse_load(r, e);
    }
    if (page_command(r, &dossier_aggregate, "supplement", m.home, m.id, 0, payload, "", &out, &f)) {
        if (f.err == ERR_INVALID || f.err == ERR_CONFLICT || f.err == ERR_FORBIDDEN)
            (void)applying_change(&k, mark_refused, &s, &ignored);
        return supplement_show(&k, &f);
    }
    (void)applying_change(&k, mark_sent, &s, &ignored);
    return to_dossier(r, s.code, "bo-sung");
}

/* Checking the answers, sending them, and what is given in return. One draft becomes at most one dossier: the key of its command is the draft's own, and
 * moves on only after a refusal, when nothing can have happened. */
#include "face/citizen/apply_private.h"
#include "face/citizen/apply.html.h"
#include <stdio.h>

enum { ROWS_MAX = 60 };

struct rows_of {
    struct page *o;
    const struct applying *k;
    struct pair *v;
    size_t n;
    enum step step;
};

static void row(struct rows_of *w, struct str key, struct str value)
{
    if (!value.n || w->n == ROWS_MAX)
        return;
    w->v[w->n++] = (struct pair){key, value, draft_url(w->o->arena, &w->k->d, str_printf(w->o->arena, "/buoc/%s", step_word(w->step)).p), TR(w->o, step_title(w->step))};
}

static struct str place_name(const struct applying *k, struct str code)
{
    const struct territory *t = code.n ? territory_on(rules_of(k->r)->org, code, k->day) : NULL;
    return t ? t->name : code;
}

static struct str day_text(struct page *o, struct str date)
{
    int64_t day;
    return date_parse(date, &day) ? page_date_of_day(o, day) : date;
}

static void rows_of_person(struct rows_of *w, const json_t *p)
{
    struct page *o = w->o;
    struct str sex = get_s(p, "sex");
    row(w, TR(o, "Tên"), get_s(p, "name"));
    row(w, TR(o, "Số giấy tờ"), get_s(p, "id_number"));
    row(w, TR(o, "Ngày sinh"), day_text(o, get_s(p, "birth_date")));
    row(w, TR(o, "Giới tính"), str_is(sex, "male") ? TR(o, "Nam") : str_is(sex, "female") ? TR(o, "Nữ") : str_is(sex, "other") ? TR(o, "Khác") : STR(""));
    row(w, TR(o, "Số điện thoại"), get_s(p, "phone"));
    row(w, TR(o, "Phường, xã đang ở"), place_name(w->k, get_s(p, "territory")));
    row(w, TR(o, "Địa chỉ"), get_s(p, "address"));
}

static void rows_of_step(struct rows_of *w, enum step s)
{
    struct page *o = w->o;
    const struct applying *k = w->k;
    const json_t *delivery = draft_part(k, "delivery");
    struct str v;
    w->step = s;
    switch (s) {
    case STEP_SUBMITTER: rows_of_person(w, draft_part(k, "me")); break;
    case STEP_OWNER:
        row(w, TR(o, "Hồ sơ này làm cho ai"), str_is(get_s(k->d.data, "for"), "self") ? TR(o, "Cho chính tôi") : TR(o, "Cho người khác"));
        if (!str_is(get_s(k->d.data, "for"), "self"))
            rows_of_person(w, draft_part(k, "owner"));
        break;
    case STEP_VARIANT:
        v = get_s(k->d.data, "variant");
        for (size_t i = 0; i < k->n_variants; i++)
            if (str_eq(k->variants[i]->code, v))
                row(w, TR(o, "Trường hợp"), k->variants[i]->name);
        break;
    case STEP_PLACE: row(w, TR(o, "Nơi nộp hồ sơ"), apply_unit_name(k->r, get_s(k->d.data, "unit"))); break;
    case STEP_CONTENT: row(w, TR(o, "Nội dung đề nghị"), get_s(k->d.data, "request")); break;
    case STEP_PAPERS: break;
    case STEP_DELIVERY:
        v = get_s(delivery, "method");
        row(w, TR(o, "Cách nhận kết quả"), str_is(v, "post") ? TR(o, "Qua bưu điện, đến tận nhà") : str_is(v, "electronic") ? TR(o, "Bản điện tử, tải về từ trang này")
            : str_is(v, "counter") ? TR(o, "Đến lấy tại nơi nộp") : STR(""));
        row(w, TR(o, "Địa chỉ nhận"), str_is(v, "post") ? get_s(delivery, "address") : STR(""));
        break;
    case STEPS: break;
    }
}

/* The sentences of a refusal, each leading to the page where it is mended. */
static struct task *complaints(struct applying *k, struct page *o, const struct fail *f)
{
    struct form_errors e = form_errors_of(o, f);
    struct task *t = ARENA_ARRAY(o->arena, struct task, f->n + 1);
    for (size_t i = 0; i < f->n; i++) {
        struct str at = str_of(f->item[i].pointer);
        enum step s = step_of_pointer(k, at);
        struct str leaf = at;
        for (size_t j = at.n; j > 0; j--)
            if (at.p[j - 1] == '/') {
                leaf = str_sub(at, j, at.n);
                break;
            }
        bool person = str_has_prefix(at, STR("/parties/")) && leaf.n;
        t[i].title = s == STEPS ? e.item[i].message : str_printf(o->arena, "%.*s: %.*s", PRS(TR(o, step_title(s))), PRS(e.item[i].message));
        t[i].url = s == STEPS ? str_is(at, "/cam-doan") ? STR("#cam-doan") : STR("")
                              : draft_url(o->arena, &k->d, str_printf(o->arena, "/buoc/%s%s%.*s", step_word(s), person ? s == STEP_SUBMITTER ? "#p/" : "#o/" : "", person ? (int)leaf.n : 0, leaf.p ? leaf.p : "").p);
    }
    return t;
}

static struct str key_of(const struct applying *k)
{
    char id[37];
    id_format(k->d.id, id);
    return str_printf(request_arena(k->r), "nop-%s-%lld", id, (long long)get_i(k->d.data, "tries"));
}

static enum http_result check_show(struct applying *k, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(k->r, &o, &b);
    struct rows_of w = {.o = &o, .k = k, .v = ARENA_ARRAY(o.arena, struct pair, ROWS_MAX)};
    site_begin(k->r, &o, TR(&o, "Kiểm tra trước khi nộp"), draft_url(o.arena, &k->d, ""), f->n > 0);
    check_begin(&o, k, complaints(k, &o, f), f->n);
    for (enum step s = 0; s < STEPS; s++) {
        if (!step_there(k, s) || s == STEP_PAPERS)
            continue;
        w.n = 0;
        rows_of_step(&w, s);
        check_group(&o, step_title(s), w.v, w.n);
    }
    check_papers(&o, k);
    check_end(&o, k, key_of(k));
    site_end(&o);
    return page_end(k->r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static bool check_open(struct request *r, struct applying *k)
{
    if (!applying_open(r, k))
        return false;
    if (applying_sent(k)) {
        (void)page_redirect(r, draft_url(request_arena(r), &k->d, "/da-nop"));
        return false;
    }
    return true;
}

static void all_complaints(const struct applying *k, struct fail *f)
{
    for (enum step s = 0; s < STEPS; s++)
        if (step_there(k, s) && !step_done(k, s)) {
            char pointer[40];
            snprintf(pointer, sizeof pointer, "%s", s == STEP_SUBMITTER ? "/parties/1" : s == STEP_OWNER ? "/parties/" : s == STEP_VARIANT ? "/variant"
                     : s == STEP_PLACE ? "/receiving_unit" : s == STEP_CONTENT ? "/form" : s == STEP_PAPERS ? "/components" : "/delivery");
            say(f, pointer, "draft.step-missing");
        }
}

enum http_result apply_check_form(struct request *r)
{
    struct applying k;
    struct fail f = {0};
    if (!check_open(r, &k))
        return HTTP_DONE;
    return check_show(&k, &f);
}

static void mark_sent(struct applying *k, void *arg)
{
    const struct dossier *d = arg;
    put_s(k->d.data, "code", d->code);
}

static void mark_refused(struct applying *k, void *arg) { put_i(k->d.data, "tries", *(const int64_t *)arg + 1); }

/* Refused for good under this key: the next try is another. Where the outcome is not known the key stays. */
static bool certain(enum err e) { return e != ERR_UNAVAILABLE && e != ERR_BUSY && e != ERR_NO_SPACE && e != ERR_TIMEOUT && e != ERR_INTERNAL && e != ERR_CORRUPT; }

enum http_result apply_submit(struct request *r)
{
    struct applying k;
    struct fail f = {0}, ignored = {0};
    struct outcome out;
    if (!check_open(r, &k))
        return HTTP_DONE;
    if (form_good(r, &f) && !str_eq(form_text(r, "key", 64), key_of(&k)))
        (void)!fail_add(&f, ERR_VERSION, NULL, "", "draft.changed", NULL);
    if (!f.n && !applying_version(&k, &f))
        return check_show(&k, &f);
    if (!f.n)
        all_complaints(&k, &f);
    if (!f.n && !str_is(form_text(r, "cam-doan", 4), "1"))
        say(&f, "/cam-doan", "draft.declare");
    if (f.n)
        return check_show(&k, &f);
    int64_t tries = get_i(k.d.data, "tries");
    enum err e = page_command(r, &dossier_aggregate, "submit", get_s(k.d.data, "unit"), (struct id){0}, 0, submission_of(&k), "", &out, &f);
    if (e) {
        if (certain(e))
            (void)applying_change(&k, mark_refused, &tries, &ignored);
        return check_show(&k, &f);
    }
    /* Should this not be written, a second tap gives the same command under the same key, and the same answer. */
    (void)applying_change(&k, mark_sent, (void *)(uintptr_t)out.state, &ignored);
    if (ignored.n)
        return page_redirect(r, str_printf(request_arena(r), "/toi/%.*s", PRS(((const struct dossier *)out.state)->code)));
    return page_redirect(r, draft_url(request_arena(r), &k.d, "/da-nop"));
}

enum http_result apply_sent(struct request *r)
{
    struct applying k;
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct str home;
    struct id id;
    struct dossier d;
    int64_t version;
    if (!applying_open(r, &k))
        return HTTP_DONE;
    if (!applying_sent(&k))
        return page_redirect(r, draft_url(request_arena(r), &k.d, ""));
    enum err e = dossier_find(db_of(r), get_s(k.d.data, "code"), &home, &id, request_arena(r));
    if (!e)
        e = stream_load(&dossier_aggregate, &face_of(r)->room->keyring, db_of(r), request_arena(r), home, id, INT64_MAX, &d, &version);
    if (e)
        return page_refuse_code(r, e, e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, "Đã nộp hồ sơ"), STR(""), false);
    sent_page(&o, &k, &d);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* /xu-ly/{ma}/{viec}: the form of one act, and what happens to it. Whatever cannot be done brings the form back as it was typed: a complaint of the domain, somebody
 * who was faster (with what she did), words that are about to leave the house (asked once more; with a script they are held for ten seconds instead), a session
 * that ended meanwhile. */
#include "face/office/dossier.html.h"
#include "face/office/dossier_view.h"

static void options_of(struct request *r, struct page *o, struct act_view *v, size_t i)
{
    const struct ask *q = &v->act->ask[i];
    switch (q->kind) {
    case ASK_OFFICER: v->options[i] = officer_options(r, o, v->k, false, &v->option_n[i]); break;
    case ASK_APPROVER: v->options[i] = officer_options(r, o, v->k, true, &v->option_n[i]); break;
    case ASK_RESULT: v->options[i] = result_options(o, v->k, strcmp(v->act->command, "revoke_result") == 0, &v->option_n[i]); break;
    case ASK_COLLECTOR: v->options[i] = result_options(o, v->k, false, &v->option_n[i]); break;
    case ASK_CONSULT: v->options[i] = consult_options(r, o, v->k, &v->option_n[i]); break;
    case ASK_DEFECTS: v->options[i] = defect_options(r, o, v->k, &v->option_n[i]); break;
    case ASK_CHOICE:
        v->options[i] = ARENA_ARRAY(o->arena, struct option, ARRAY_LEN(q->choice));
        for (size_t c = 0; c < ARRAY_LEN(q->choice) && q->choice[c][0]; c++)
            v->options[i][v->option_n[i]++] = (struct option){.value = str_of(q->choice[c][0]), .label = TR(o, q->choice[c][1])};
        break;
    default: break;
    }
    bool boxes = q->kind == ASK_COLLECTOR;
    for (size_t n = 0; n < v->option_n[i] && q->kind != ASK_DEFECTS; n++) {
        struct str chosen = typed(r, q->name);
        v->options[i][n].chosen = boxes || str_eq(v->options[i][n].value, chosen) || (!chosen.n && q->kind != ASK_CHOICE && v->option_n[i] == 1);
    }
}

void act_prepare(struct request *r, struct page *o, struct act_view *v, const struct act *act, const struct looked *k)
{
    *v = (struct act_view){.act = act, .k = k, .key = page_key(o), .r = r, .version = str_printf(o->arena, "%lld", (long long)k->version)};
    const struct dossier_rule *rule = dossier_rule(str_of(act->command));
    v->authority = k->d.authority && rule && rule->side == SIDE_COMPETENT;
    for (size_t i = 0; i < ASKED_MAX && act->ask[i].name; i++)
        options_of(r, o, v, i);
}

/* What others did since the version that this form was made from. */
static void meanwhile(struct request *r, struct page *o, struct act_view *v)
{
    struct happened *h;
    size_t n;
    int64_t since;
    if (!str_to_i64(typed(r, "phien-ban"), &since) || since >= v->k->version || dossier_happened(r, v->k, since, &h, &n))
        return;
    v->meanwhile = ARENA_ARRAY(o->arena, struct moment, n + 1);
    for (size_t i = 0; i < n; i++)
        v->meanwhile[v->meanwhile_n++] = moment_of(r, o, &h[i]);
}

static enum http_result show(struct request *r, const struct act *act, const struct looked *k, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct dossier_view whole;
    struct act_view v;
    page_begin(r, &o, &b);
    dossier_show(r, &o, &whole, k);
    act_prepare(r, &o, &v, act, k);
    if (f->err == ERR_VERSION)
        meanwhile(r, &o, &v);
    struct form_errors e = form_errors_of(&o, f);
    site_begin(r, &o, TR(&o, act->label), str_printf(o.arena, "/xu-ly/%.*s", PRS(k->d.code)), f->n > 0);
    act_page(&o, &e, &whole, &v, may_now(k, act->command) || f->n);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : may_now(k, act->command) ? 200 : 409, &o);
}

/* The same values once more, hidden: to be sent for good, or back into the form. */
static enum http_result ask_again(struct request *r, const struct act *act, const struct looked *k)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, act->label), str_printf(o.arena, "/xu-ly/%.*s", PRS(k->d.code)), false);
    confirm_page(&o, r, act, k->d.code);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* Nobody is signed in any more: what was typed waits in the page until she is. */
static enum http_result signed_out(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, "Phiên làm việc đã hết"), STR(""), false);
    signed_out_page(&o, r, request_path(r));
    site_end(&o);
    return page_end(r, 401, &o);
}

enum http_result act_form(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct looked k;
    struct fail f = {0}, none = {0};
    const struct act *act = act_of(request_path_param(r, "viec"));
    if (!act)
        return page_refuse_code(r, ERR_NOT_FOUND, "command.unknown");
    if (dossier_look(r, request_path_param(r, "ma"), &k, &f))
        return page_refuse(r, &f);
    return show(r, act, &k, &none);
}

/* The domain takes a proposal without its outcome; a form that asks for one wants it. */
static bool all_chosen(struct request *r, const struct act *act, struct fail *f)
{
    for (size_t i = 0; i < ASKED_MAX && act->ask[i].name; i++)
        if (act->ask[i].kind == ASK_CHOICE && !act->ask[i].optional && !typed(r, act->ask[i].name).n)
            (void)!fail_add(f, ERR_INVALID, NULL, str_printf(request_arena(r), "/%s", act->ask[i].name).p, "field.required", NULL);
    return !f->n;
}

static struct str after(struct request *r, const struct act *act, const struct looked *k)
{
    struct arena *a = request_arena(r);
    if (str_is(typed(r, "ve"), "tra-ket-qua"))
        return str_printf(a, "/tra-ket-qua?xong=%.*s", PRS(k->d.code));
    if (str_is(typed(r, "ve"), "lanh-dao"))
        return str_printf(a, "/lanh-dao?xong=%.*s", PRS(k->d.code));
    return str_printf(a, "/xu-ly/%.*s?xong=%s", PRS(k->d.code), act->slug);
}

enum http_result act_post(struct request *r)
{
    struct looked k;
    struct fail f = {0}, none = {0};
    struct outcome out;
    int64_t version = 0;
    enum http_result refused;
    const struct act *act = act_of(request_path_param(r, "viec"));
    if (!act)
        return page_refuse_code(r, ERR_NOT_FOUND, "command.unknown");
    if (!visitor_of(r))
        return signed_out(r);
    if (!staff_only(r, &refused))
        return refused;
    if (dossier_look(r, request_path_param(r, "ma"), &k, &f))
        return page_refuse(r, &f);
    if (!form_good(r, &f))
        return show(r, act, &k, &f);
    if (typed(r, "sua").n)
        return show(r, act, &k, &none);
    if (!all_chosen(r, act, &f))
        return show(r, act, &k, &f);
    if (act->outward && !typed(r, "xac-nhan").n)
        return ask_again(r, act, &k);
    if (act->versioned && (!str_to_i64(typed(r, "phien-ban"), &version) || version < 1)) {
        (void)!fail_add(&f, ERR_NEED_VERSION, NULL, "", "version.changed", NULL);
        return show(r, act, &k, &f);
    }
    if (page_command(r, &dossier_aggregate, act->command, k.home, k.id, version, act_payload(r, act, &k), "", &out, &f)) {
        struct fail again = {0};
        if (dossier_look(r, request_path_param(r, "ma"), &k, &again)) /* as it is now */
            return page_refuse(r, &f);
        return show(r, act, &k, &f);
    }
    return page_redirect(r, after(r, act, &k));
}

/* Signing in and out, and what the pages load. See site.h. */
#include "domain/staff/staff.h"
#include "face/api/limiter.h"
#include "face/site/site.html.h"
#include "face/site/site_private.h"
#include <stdlib.h>

enum { TRIES = 20, TRY_EVERY_MS = 3000, LOGIN_MAX = 80, NEXT_MAX = 400, SIGN_IN_BODY_MAX = 192 * 1024 /* with a form that is carried */ };

struct site {
    struct limiter *tries; /* of one address */
};

struct site *site_new(void)
{
    struct site *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->tries = limiter_new(TRY_EVERY_MS, TRIES);
    return s;
}

void site_free(struct site **s)
{
    if (!*s)
        return;
    limiter_free(&(*s)->tries);
    free(*s);
    *s = NULL;
}

/* Only a path of ours: a link to /dang-nhap must not send anybody elsewhere. */
static struct str next_of(struct request *r, struct str asked)
{
    bool ours = asked.n > 0 && asked.n <= NEXT_MAX && asked.p[0] == '/' && (asked.n == 1 || (asked.p[1] != '/' && asked.p[1] != '\\'));
    for (size_t i = 0; i < asked.n && ours; i++)
        ours = (unsigned char)asked.p[i] > 0x20 && asked.p[i] != '\\';
    return ours ? str_dup(request_arena(r), asked) : STR("");
}

static struct str home_of(role_set roles, bool staff)
{
    return !staff ? STR("/toi") : roles & ROLE_BIT(ROLE_LEADER) ? STR("/lanh-dao") : roles & ROLE_BIT(ROLE_CLERK) ? STR("/quay")
        : roles & (ROLE_BIT(ROLE_OFFICER) | ROLE_BIT(ROLE_REVIEWER) | ROLE_BIT(ROLE_RECORDS_CLERK)) ? STR("/xu-ly")
        : roles & ROLE_BIT(ROLE_RETURN_CLERK) ? STR("/tra-ket-qua") : roles & ROLE_BIT(ROLE_ADMINISTRATOR) ? STR("/quan-tri") : STR("/");
}

/* `carry`: a form that waits for signing in (carry.c), or "". */
static enum http_result show(struct request *r, const struct fail *f, struct str login, struct str next, struct str carry)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    bool code = f->n && (strcmp(f->item[0].pointer, "/code") == 0);
    site_begin(r, &o, TR(&o, "Đăng nhập"), STR(""), f->n > 0);
    sign_in_page(&o, &e, login, next, carry, code);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : carry.n ? 401 : 200, &o);
}

bool sign_in_again(struct request *r)
{
    struct fail none = {0};
    struct str carry = carry_seal(r);
    return carry.n && show(r, &none, STR(""), STR(""), carry) == HTTP_DONE;
}

/* Signed in, and a form is still to be sent: one button does it. */
static enum http_result show_carried(struct request *r, struct str text, const struct carried *c)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    if (site_become(r, text, &f))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    page_begin(r, &o, &b);
    o.path = c->address;
    site_begin(r, &o, TR(&o, "Gửi tiếp những gì bạn đã nhập"), STR(""), false);
    carried_page(&o, c->address, c->pair, c->n);
    site_end(&o);
    return page_end(r, 200, &o);
}

static enum http_result sign_in_form(struct request *r)
{
    const struct visitor *v = visitor_of(r);
    struct fail none = {0};
    if (v)
        return page_redirect(r, home_of(v->roles, v->session.kind == ACCOUNT_STAFF));
    return show(r, &none, STR(""), next_of(r, request_query(r, "tiep")), STR(""));
}

static struct str login_of(struct request *r, struct str typed)
{
    return typed.n == 12 && str_all_digits(typed) ? citizen_login(request_arena(r), &face_of(r)->room->keyring, typed) : typed;
}

/* Where she works, now that we know who she is. */
static struct str place_of(struct request *r, struct str login)
{
    struct fail f = {0};
    struct actor *actor = ARENA_NEW(request_arena(r), struct actor);
    if (str_has_prefix(login, STR("citizen:")))
        return home_of(0, false);
    if (staff_principal_by_id(db_of(r), &face_of(r)->room->keyring, rules_of(r), request_arena(r), login, request_now_ms(r), actor, &f) || !actor->principal)
        return STR("/");
    return home_of(roles_in_force(actor->principal, request_now_ms(r)), true);
}

static enum http_result sign_in(struct request *r)
{
    struct fail f = {0};
    char text[SESSION_TEXT_BYTES + 1];
    struct carried carried;
    struct writer *writer = face_of(r)->room->writer;
    struct str typed = form_text(r, "ten", LOGIN_MAX), next = next_of(r, request_form(r, "tiep")), password = request_form(r, "mat-khau"), carry = request_form(r, "gui-tiep");
    bool carries = carry_open(r, carry, &carried);
    carry = carries ? carry : STR("");
    if (!form_of_our_own(r)) {
        (void)!fail_add(&f, ERR_FORBIDDEN, NULL, "", "page.expired", NULL);
        return show(r, &f, typed, next, STR(""));
    }
    if (limiter_try(face_of(r)->site->tries, limiter_client(request_client(r)), request_now_ms(r)) > 0) {
        (void)!fail_add(&f, ERR_BUSY, NULL, "", "account.too-many", NULL);
        return show(r, &f, typed, next, carry);
    }
    struct sign_in s = {login_of(r, typed), password.p ? password : STR(""), form_text(r, "code", 12), request_now_ms(r)};
    if (account_sign_in(writer, db_of(r), &face_of(r)->room->keyring, &s, text, &f))
        return show(r, &f, typed, next, carry);
    (void)!account_sign_out(writer, session_cookie(r)); /* the session of before does not live on beside this one */
    session_cookie_set(r, text);
    return carries ? show_carried(r, str_dup(request_arena(r), str_of(text)), &carried) : page_redirect(r, next.n ? next : place_of(r, s.login));
}

static enum http_result sign_out(struct request *r)
{
    struct fail f = {0};
    if (!form_good(r, &f))
        return page_refuse(r, &f);
    if (account_sign_out(face_of(r)->room->writer, session_cookie(r)))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    session_cookie_set(r, "");
    respond_header(r, "Clear-Site-Data", STR("\"cookies\", \"storage\"")); /* pages are never kept (no-store); clearing the cache takes seconds */
    return page_redirect(r, STR("/"));
}

static enum http_result asset(struct request *r)
{
    struct str path = request_path(r);
    for (size_t i = 0; i < asset_count; i++)
        if (str_is(path, assets[i].url)) {
            struct http_kept k = {assets[i].type, str_bytes(assets[i].bytes, assets[i].n), str_bytes(assets[i].gzip, assets[i].gzip_n), STR("")};
            respond_kept(r, &k);
            respond_cache(r, "public, max-age=31536000, immutable");
            return HTTP_DONE;
        }
    respond_empty(r, 404);
    return HTTP_DONE;
}

const struct route site_routes[] = {
    {HTTP_GET, "/tai-san/{name}", asset, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "asset"},
    {HTTP_GET, "/dang-nhap", sign_in_form, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_PAGE, .operation = "signInForm", .query = "tiep"},
    {HTTP_GET, "/nhan-vien", sign_in_form, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_PAGE, .operation = "staffSignInForm", .query = "tiep"},
    {HTTP_POST, "/dang-nhap", sign_in, ROUTE_ADMIN, ROUTE_PUBLIC, BODY_FORM, SIGN_IN_BODY_MAX, .flags = ROUTE_PAGE, .operation = "signIn"},
    {HTTP_POST, "/dang-xuat", sign_out, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "signOut"},
    {HTTP_GET, "/tai-khoan", own_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "ownAccount", .query = "xong"},
    {HTTP_POST, "/tai-khoan/mat-khau", own_password, ROUTE_ADMIN, ROUTE_SESSION, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "ownPassword"},
    {HTTP_POST, "/tai-khoan/phien", own_session, ROUTE_COMMAND, ROUTE_SESSION, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "ownSession"},
    {HTTP_GET, "/tai-khoan/ma-thu-hai", own_second_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "ownSecondFactorForm"},
    {HTTP_POST, "/tai-khoan/ma-thu-hai", own_second, ROUTE_ADMIN, ROUTE_SESSION, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "ownSecondFactor"},
};
const size_t site_route_count = ARRAY_LEN(site_routes);

/* Signing in and out, and what the pages load. See site.h. */
#include "domain/staff/staff.h"
#include "face/api/limiter.h"
#include "face/site/site.h"
#include "face/site/site.html.h"
#include <stdlib.h>

enum { TRIES = 20, TRY_EVERY_MS = 3000, LOGIN_MAX = 80, NEXT_MAX = 400 };

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

static enum http_result show(struct request *r, const struct fail *f, struct str login, struct str next)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    bool code = f->n && (strcmp(f->item[0].pointer, "/code") == 0);
    site_begin(r, &o, TR(&o, "Đăng nhập"), STR(""), f->n > 0);
    sign_in_page(&o, &e, login, next, code);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static enum http_result sign_in_form(struct request *r)
{
    const struct visitor *v = visitor_of(r);
    struct fail none = {0};
    if (v)
        return page_redirect(r, home_of(v->roles, v->session.kind == ACCOUNT_STAFF));
    return show(r, &none, STR(""), next_of(r, request_query(r, "tiep")));
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

static void set_cookie(struct request *r, const char *text, int age)
{
    bool safe = request_is_https(r);
    respond_add_header(r, "Set-Cookie", str_printf(request_arena(r), "mc-phien=%s; Path=/; HttpOnly; SameSite=Lax%s%s", text, safe ? "; Secure" : "",
                                                   age == 0 ? "; Max-Age=0" : ""));
}

static enum http_result sign_in(struct request *r)
{
    struct fail f = {0};
    char text[SESSION_TEXT_BYTES + 1];
    struct str typed = form_text(r, "ten", LOGIN_MAX), next = next_of(r, request_form(r, "tiep")), password = request_form(r, "mat-khau");
    if (!form_good(r, &f))
        return show(r, &f, typed, next);
    if (limiter_try(face_of(r)->site->tries, limiter_client(request_client(r)), request_now_ms(r)) > 0) {
        (void)!fail_add(&f, ERR_BUSY, NULL, "", "account.too-many", NULL);
        return show(r, &f, typed, next);
    }
    struct sign_in s = {login_of(r, typed), password.p ? password : STR(""), form_text(r, "code", 12), request_now_ms(r)};
    if (account_sign_in(face_of(r)->room->writer, db_of(r), &face_of(r)->room->keyring, &s, text, &f))
        return show(r, &f, typed, next);
    set_cookie(r, text, -1);
    return page_redirect(r, next.n ? next : place_of(r, s.login));
}

static enum http_result sign_out(struct request *r)
{
    struct fail f = {0};
    if (!form_good(r, &f))
        return page_refuse(r, &f);
    if (account_sign_out(face_of(r)->room->writer, request_cookie(r, "mc-phien")))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    set_cookie(r, "", 0);
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
    {HTTP_POST, "/dang-nhap", sign_in, ROUTE_ADMIN, ROUTE_PUBLIC, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "signIn"},
    {HTTP_POST, "/dang-xuat", sign_out, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "signOut"},
};
const size_t site_route_count = ARRAY_LEN(site_routes);

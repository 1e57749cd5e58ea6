/* See site.h. */
#include "face/site/site.h"
#include "base/vn.h"
#include "domain/staff/staff.h"
#include "face/site/site.html.h"
#include "face/site/site_private.h"
#include <stdlib.h>

enum { WAIT_MAX_YEAR = 100 };
#define LANGUAGE_COOKIE "mc-ngon-ngu"

/* --- who looks --- */

const struct visitor *visitor_of(const struct request *r)
{
    const struct route *route = request_route(r); /* an upload of the API keeps something else there */
    return route && (route->flags & ROUTE_PAGE) ? request_state(r) : NULL;
}

static const char *cookie_name(struct request *r) { return request_is_https(r) ? "__Host-mc-phien" : "mc-phien"; }

struct str session_cookie(struct request *r) { return request_cookie(r, cookie_name(r)); }

void session_cookie_set(struct request *r, const char *text)
{
    respond_add_header(r, "Set-Cookie", str_printf(request_arena(r), "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", cookie_name(r), text,
                                                   request_is_https(r) ? "; Secure" : "", text[0] ? "" : "; Max-Age=0"));
}

static enum err become(struct request *r, struct visitor *v, struct fail *f)
{
    struct actor *actor = ARENA_NEW(request_arena(r), struct actor);
    if (v->session.kind == ACCOUNT_CITIZEN)
        citizen_actor(rules_of(r), request_arena(r), &v->session, request_now_ms(r), actor);
    else {
        enum err e = staff_principal_by_id(db_of(r), &face_of(r)->room->keyring, rules_of(r), request_arena(r), v->session.login, request_now_ms(r), actor, f);
        if (e)
            return e;
    }
    v->roles = actor->principal ? roles_in_force(actor->principal, request_now_ms(r)) : 0;
    request_set_principal(r, actor);
    request_set_state(r, v);
    return ERR_OK;
}

enum err site_become(struct request *r, struct str session_text, struct fail *f)
{
    struct visitor *v = ARENA_NEW(request_arena(r), struct visitor);
    enum err e = session_text.n ? account_session(face_of(r)->room->writer, db_of(r), request_arena(r), session_text, request_now_ms(r), &v->session) : ERR_UNAUTHORISED;
    return e ? e : become(r, v, f);
}

/* Whoever posted a form gets it back after signing in (carry.c); whoever only looked is led back. */
static void to_sign_in(struct request *r)
{
    if (sign_in_again(r))
        return;
    struct buf b _buf_ = BUF_MAX(4096);
    struct page o = {.out = &b, .arena = request_arena(r)};
    buf_c(&b, "/dang-nhap?tiep=");
    page_part(&o, page_address(r, &o));
    respond_redirect(r, 303, str_dup(request_arena(r), buf_view(&b)));
}

enum err site_enter(struct request *r, struct fail *f)
{
    const struct route *route = request_route(r);
    if (!request_worker(r) || !(route->flags & ROUTE_PAGE))
        return ERR_OK;
    enum err e = site_become(r, session_cookie(r), f);
    if (e == ERR_OK || route->access != ROUTE_SESSION)
        return e == ERR_UNAUTHORISED || e == ERR_NOT_FOUND ? ERR_OK : e;
    if (e == ERR_UNAUTHORISED || e == ERR_NOT_FOUND) /* her account ended while the session lasted: the same as no session */
        to_sign_in(r);
    return e;
}

/* --- a page --- */

static bool language_asked(struct request *r)
{
    struct str asked = request_query(r, "lang");
    return str_is(asked, "en") || str_is(asked, "vi");
}

bool page_for_anybody(struct request *r)
{
    struct face *face = face_of(r);
    return !session_cookie(r).n && !language_asked(r) && !(face->room->writer && writer_read_only_reason(face->room->writer));
}

enum language page_language(struct request *r)
{
    struct str asked = request_query(r, "lang"), kept = request_cookie(r, LANGUAGE_COOKIE);
    bool known = language_asked(r);
    if (known || (!asked.n && (str_is(kept, "en") || str_is(kept, "vi"))))
        return str_is(known ? asked : kept, "en") ? LANGUAGE_EN : LANGUAGE_VI;
    return request_lang(r) == HTTP_EN ? LANGUAGE_EN : LANGUAGE_VI;
}

struct str page_address(struct request *r, struct page *o)
{
    struct buf b _buf_ = BUF_MAX(16 * 1024);
    struct page part = {.out = &b, .arena = o->arena};
    struct str name, value;
    buf_str(&b, request_path(r));
    char before = '?';
    for (size_t i = 0; request_query_at(r, i, &name, &value); i++) {
        if (str_is(name, "lang"))
            continue;
        buf_char(&b, before);
        page_part(&part, name);
        buf_char(&b, '=');
        page_part(&part, value);
        before = '&';
    }
    return str_dup(o->arena, buf_view(&b));
}

static enum role first_role(role_set roles)
{
    static const enum role order[] = {ROLE_LEADER, ROLE_REVIEWER, ROLE_OFFICER, ROLE_CLERK, ROLE_RETURN_CLERK, ROLE_RECORDS_CLERK, ROLE_ADMINISTRATOR, ROLE_SUPERVISOR, ROLE_AUDITOR};
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (roles & ROLE_BIT(order[i]))
            return order[i];
    return ROLE_CITIZEN;
}

const char *role_title(enum role r)
{
    static const char *const titles[ROLE_COUNT] = {
        [ROLE_CITIZEN] = TR_LATER("Người dân"), [ROLE_CLERK] = TR_LATER("Cán bộ tiếp nhận"), [ROLE_OFFICER] = TR_LATER("Chuyên viên thụ lý"),
        [ROLE_REVIEWER] = TR_LATER("Trưởng phòng"), [ROLE_LEADER] = TR_LATER("Lãnh đạo"), [ROLE_RECORDS_CLERK] = TR_LATER("Văn thư"),
        [ROLE_CASHIER] = TR_LATER("Thu phí"), [ROLE_RETURN_CLERK] = TR_LATER("Cán bộ trả kết quả"), [ROLE_DIGITISER] = TR_LATER("Cán bộ số hóa"),
        [ROLE_POSTAL_AGENT] = TR_LATER("Nhân viên bưu chính"), [ROLE_PROCEDURE_CONTROLLER] = TR_LATER("Kiểm soát thủ tục"), [ROLE_SUPERVISOR] = TR_LATER("Giám sát"),
        [ROLE_ADMINISTRATOR] = TR_LATER("Quản trị"), [ROLE_AUDITOR] = TR_LATER("Kiểm tra"), [ROLE_CONNECTOR] = TR_LATER("Hệ thống kết nối"), [ROLE_SYSTEM] = TR_LATER("Hệ thống")};
    return r < ROLE_COUNT && titles[r] ? titles[r] : "";
}

void page_begin(struct request *r, struct page *o, struct buf *out)
{
    const struct visitor *v = visitor_of(r);
    struct face *face = face_of(r);
    *o = (struct page){.out = out, .arena = request_arena(r), .now = request_now_ms(r), .csrf = STR(""), .user = STR(""), .role = STR(""),
                       .rehearsal = face->rehearsal, .read_only = face->room->writer ? writer_read_only_reason(face->room->writer) : NULL};
    o->lang = page_language(r);
    if (language_asked(r))
        respond_add_header(r, "Set-Cookie", str_printf(request_arena(r), LANGUAGE_COOKIE "=%s; Path=/; Max-Age=31536000; SameSite=Lax", o->lang == LANGUAGE_EN ? "en" : "vi"));
    o->path = page_address(r, o);
    if (v) {
        o->csrf = session_csrf(o->arena, &face->room->keyring, &v->session);
        o->user = v->session.display;
        if (v->session.kind == ACCOUNT_STAFF)
            o->role = TR(o, role_title(first_role(v->roles)));
    }
}

enum http_result page_end(struct request *r, int status, struct page *o)
{
    respond_header(r, "Content-Language", o->lang == LANGUAGE_EN ? STR("en") : STR("vi"));
    respond_html_buf(r, status, o->out);
    if (status == 429 || status == 503)
        respond_retry_after(r, status == 429 ? 60 : 2);
    return HTTP_DONE;
}

static const struct {
    role_set roles; /* 0: everybody who is no staff */
    struct nav_item item;
} places[] = {
    {0, {"/thu-tuc", TR_LATER("Tìm thủ tục")}},
    {0, {"/tra-cuu", TR_LATER("Tra cứu hồ sơ")}},
    {0, {"/toi", TR_LATER("Hồ sơ của tôi")}},
    {ROLE_BIT(ROLE_CLERK), {"/quay", TR_LATER("Quầy")}},
    {ROLE_BIT(ROLE_OFFICER) | ROLE_BIT(ROLE_REVIEWER) | ROLE_BIT(ROLE_RECORDS_CLERK) | ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_LEADER), {"/xu-ly", TR_LATER("Hồ sơ xử lý")}},
    {ROLE_BIT(ROLE_LEADER), {"/lanh-dao", TR_LATER("Chờ quyết định")}},
    {ROLE_BIT(ROLE_RETURN_CLERK) | ROLE_BIT(ROLE_CLERK), {"/tra-ket-qua", TR_LATER("Trả kết quả")}},
    {ROLE_BIT(ROLE_ADMINISTRATOR), {"/quan-tri", TR_LATER("Quản trị")}},
};

void site_begin(struct request *r, struct page *o, struct str title, struct str back, bool has_error)
{
    const struct visitor *v = visitor_of(r);
    bool staff = v && v->session.kind == ACCOUNT_STAFF;
    struct nav_item nav[ARRAY_LEN(places)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (staff ? (places[i].roles & v->roles) != 0 : places[i].roles == 0)
            nav[n++] = places[i].item;
    layout_begin(o, &(struct layout){.title = title, .staff = staff, .has_error = has_error, .nav = nav, .nav_n = n, .back = back});
}

void site_end(struct page *o) { layout_end(o); }

enum http_result page_redirect(struct request *r, struct str to)
{
    respond_redirect(r, 303, to);
    return HTTP_DONE;
}

/* --- forms --- */

/* A browser says where a form came from; one that does not is old, and nobody is signed in there. */
bool form_of_our_own(struct request *r)
{
    struct str site = request_header(r, "Sec-Fetch-Site"), origin = request_header(r, "Origin");
    if (site.n)
        return str_is(site, "same-origin") || str_is(site, "none");
    return !origin.n || (str_has_suffix(origin, request_host(r)) && origin.n > request_host(r).n + 2);
}

bool form_secret_good(struct request *r, struct str given)
{
    const struct visitor *v = visitor_of(r);
    if (!v || !form_of_our_own(r))
        return !v && form_of_our_own(r);
    struct str right = session_csrf(request_arena(r), &face_of(r)->room->keyring, &v->session);
    return given.n == right.n && equal_in_constant_time(given.p, right.p, right.n);
}

bool form_good(struct request *r, struct fail *f)
{
    bool good = form_secret_good(r, request_form(r, "csrf"));
    if (!good)
        (void)!fail_add(f, ERR_FORBIDDEN, NULL, "", "page.expired", NULL);
    return good;
}

struct str form_text(struct request *r, const char *name, size_t max)
{
    struct str s = str_trim(request_form(r, name));
    if (!s.p)
        return STR("");
    if (vn_nfc(request_arena(r), s, &s))
        return STR("");
    while (s.n > max || (s.n && s.n == max && !vn_valid_utf8(s)))
        s.n--;
    while (s.n && !vn_valid_utf8(s))
        s.n--;
    return s;
}

static bool whole_date(struct str s, int64_t v[3])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < 3;) {
        size_t from = i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == from || !str_to_i64(str_sub(s, from, i - from), &v[n++]))
            return false;
        if (i < s.n && (s.p[i] == '/' || s.p[i] == '-' || s.p[i] == '.' || s.p[i] == ' '))
            i++;
        else if (i < s.n)
            return false;
    }
    return n == 3;
}

struct str form_date(struct request *r, const char *name)
{
    struct arena *a = request_arena(r);
    struct str d = form_text(r, str_printf(a, "%s-ngay", name).p, 20), m = form_text(r, str_printf(a, "%s-thang", name).p, 10),
               y = form_text(r, str_printf(a, "%s-nam", name).p, 10);
    int64_t v[3];
    if (!d.n && !m.n && !y.n)
        return STR("");
    if (!m.n && !y.n && whole_date(d, v)) {
        if (v[2] < WAIT_MAX_YEAR) { /* '26: a birth of this century, unless it lies ahead */
            int64_t now = time_civil(request_now_ms(r)).year;
            v[2] += 2000 + v[2] > now + 1 ? 1900 : 2000;
        }
    } else if (!str_to_i64(d, &v[0]) || !str_to_i64(m, &v[1]) || !str_to_i64(y, &v[2]))
        return str_printf(a, "%.*s-%.*s-%.*s", PRS(y), PRS(m), PRS(d));
    return str_printf(a, "%04lld-%02lld-%02lld", (long long)v[2], (long long)v[1], (long long)v[0]);
}

struct str page_key(struct page *o)
{
    unsigned char bits[16];
    char hex[33];
    struct entropy e = entropy_system();
    entropy_bytes(&e, bits, sizeof bits);
    hex_format(bits, sizeof bits, hex);
    return str_dup(o->arena, str_of(hex));
}

enum err page_command(struct request *r, const struct aggregate *g, const char *type, struct str home_unit, struct id stream, int64_t if_version,
                      json_t *payload, const char *suffix, struct outcome *out, struct fail *f)
{
    struct arena *a = request_arena(r);
    struct str key = form_text(r, "key", 64);
    if (!key.n)
        return json_decref(payload), fail_add(f, ERR_MALFORMED, NULL, "", "idempotency.key-missing", NULL);
    struct command c = {.aggregate = g, .type = str_of(type), .home_unit = home_unit, .stream = stream, .actor = *actor_of(r),
                        .key = str_printf(a, "form %.*s%s", PRS(key), suffix), .if_version = if_version, .payload = arena_json(a, payload), .now = request_now_ms(r)};
    if (g->kind && strcmp(g->kind, "dossier") == 0 && !json_object_get(payload, "type") && !id_is_zero(stream)) /* as the API's commands of a dossier name it */
        json_object_set_new(payload, "type", json_string(type));
    *out = (struct outcome){0};
    enum err e = command_wait(face_of(r)->room, a, &c, out);
    if (out->err)
        *f = out->fail;
    else if (e)
        (void)!fail_add(f, e, NULL, "", e == ERR_NO_SPACE ? "store.no-space" : "store.unavailable", NULL);
    return f->err;
}

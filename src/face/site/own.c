/* One's own account (/tai-khoan): another password, the second factor, and where one is signed in. What it may do is in domain/account; nothing
 * here concerns anybody else's account (that is `motcua user`). Each change asks for the present password again, so that a screen that was
 * left open gives nobody the account. */
#include "face/site/own.html.h"
#include "face/site/site_private.h"
#include <string.h>

enum { SETUP_MS = 15 * 60 * 1000, SETUP_BYTES = SECOND_SECRET_BYTES + 8, SETUP_SEALED = SETUP_BYTES + SEAL_NONCE_BYTES + SEAL_TAG_BYTES, DONE_MAX = 20 };

static const struct session *mine(struct request *r) { return &visitor_of(r)->session; }
static struct writer *writer_of(struct request *r) { return face_of(r)->room->writer; }
static const struct keyring *keyring_of(struct request *r) { return &face_of(r)->room->keyring; }

static int status_of(const struct fail *f) { return !f->n ? 200 : f->err == ERR_UNAUTHORISED ? 422 : err_info(f->err)->http_status; }

/* --- the page --- */

static enum http_result show(struct request *r, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct session_line *line = ARENA_ARRAY(request_arena(r), struct session_line, SESSIONS_SHOWN);
    size_t n = 0;
    bool second = false;
    if (account_sessions(db_of(r), mine(r)->login, request_now_ms(r), line, &n) || account_has_second(db_of(r), mine(r)->login, &second))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    struct own_page p = {.errors = &e, .line = line, .lines = n, .second = second, .staff = mine(r)->kind == ACCOUNT_STAFF, .login = mine(r)->login, .here = mine(r)->hash};
    struct str done = request_query(r, "xong");
    p.done = str_is(done, "mat-khau") ? TR(&o, "Đã đổi mật khẩu. Các nơi khác đã được đăng xuất.") : str_is(done, "ma-thu-hai") ? TR(&o, "Đã bật xác thực hai lớp.")
        : str_is(done, "tat") ? TR(&o, "Đã tắt xác thực hai lớp.") : str_is(done, "phien") ? TR(&o, "Đã đăng xuất ở nơi bạn chọn.") : STR("");
    site_begin(r, &o, TR(&o, "Tài khoản của tôi"), STR(""), f->n > 0);
    own_account_page(&o, &p);
    site_end(&o);
    return page_end(r, status_of(f), &o);
}

enum http_result own_page(struct request *r)
{
    struct fail none = {0};
    return show(r, &none);
}

/* The present password, or the refusal at its field. */
static bool confirmed(struct request *r, const char *field, struct fail *f)
{
    struct str given = request_form(r, field);
    struct fail why = {0};
    struct sign_in s = {mine(r)->login, given.p ? given : STR(""), STR(""), request_now_ms(r)};
    if (account_confirm(writer_of(r), db_of(r), &s, &why) == ERR_OK)
        return true;
    (void)!fail_add(f, why.err, NULL, str_printf(request_arena(r), "/%s", field).p, why.item[0].code, "%s", why.item[0].param);
    return false;
}

/* --- another password --- */

static bool new_password(struct request *r, struct str *new_r, struct fail *f)
{
    struct str old = request_form(r, "mat-khau-cu"), one = request_form(r, "mat-khau-moi"), again = request_form(r, "mat-khau-lai");
    *new_r = one.p ? one : STR("");
    if (new_r->n < PASSWORD_MIN || new_r->n > PASSWORD_MAX)
        (void)!fail_add(f, ERR_INVALID, NULL, "/mat-khau-moi", new_r->n < PASSWORD_MIN ? "password.too-short" : "password.too-long", NULL);
    else if (!str_eq(one, again))
        (void)!fail_add(f, ERR_INVALID, NULL, "/mat-khau-lai", "account.differs", NULL);
    else if (str_eq(one, old))
        (void)!fail_add(f, ERR_INVALID, NULL, "/mat-khau-moi", "account.same", NULL);
    return !f->n;
}

enum http_result own_password(struct request *r)
{
    struct fail f = {0};
    struct str password;
    char text[SESSION_TEXT_BYTES + 1];
    if (!form_good(r, &f) || !new_password(r, &password, &f) || !confirmed(r, "mat-khau-cu", &f) ||
        account_password(writer_of(r), mine(r)->login, password, request_now_ms(r), &f))
        return show(r, &f);
    if (account_session_add(writer_of(r), mine(r), request_now_ms(r), text)) /* the one of before has ended with all others */
        return page_redirect(r, STR("/dang-nhap"));
    session_cookie_set(r, text);
    return page_redirect(r, STR("/tai-khoan?xong=mat-khau"));
}

/* --- where one is signed in --- */

enum http_result own_session(struct request *r)
{
    struct fail f = {0};
    struct hash which;
    struct str asked = form_text(r, "phien", 2 * HASH_BYTES + 1);
    if (!form_good(r, &f))
        return show(r, &f);
    bool others = str_is(asked, "khac"), one = hex_parse(asked, which.b, HASH_BYTES);
    enum err e = others ? account_end_others(writer_of(r), mine(r)) : one ? account_end_session(writer_of(r), mine(r)->login, &which) : ERR_OK;
    if (e) {
        (void)!fail_add(&f, e, NULL, "", "store.unavailable", NULL);
        return show(r, &f);
    }
    return page_redirect(r, STR("/tai-khoan?xong=phien"));
}

/* --- the second factor --- */

static struct str bound_to(struct request *r) { return str_printf(request_arena(r), "second factor being set up for %.*s", PRS(mine(r)->login)); }

/* A new secret, sealed with its time for the form to carry: nothing is kept until a code shows that the authenticator has it. */
static struct str setup_make(struct request *r, unsigned char secret[SECOND_SECRET_BYTES])
{
    unsigned char plain[SETUP_BYTES], sealed[SETUP_SEALED], nonce[SEAL_NONCE_BYTES];
    char *hex = arena_alloc(request_arena(r), 2 * SETUP_SEALED + 1);
    int64_t now = request_now_ms(r);
    struct entropy e = entropy_system();
    entropy_bytes(&e, secret, SECOND_SECRET_BYTES);
    entropy_bytes(&e, nonce, sizeof nonce);
    memcpy(plain, secret, SECOND_SECRET_BYTES);
    memcpy(plain + SECOND_SECRET_BYTES, &now, sizeof now);
    seal(&keyring_of(r)->wrap, nonce, str_bytes(plain, sizeof plain), bound_to(r), sealed);
    hex_format(sealed, sizeof sealed, hex);
    return str_of(hex);
}

static bool setup_open(struct request *r, struct str hex, unsigned char secret[SECOND_SECRET_BYTES])
{
    unsigned char plain[SETUP_BYTES], sealed[SETUP_SEALED];
    int64_t at;
    if (!hex_parse(hex, sealed, sizeof sealed) || !unseal(&keyring_of(r)->wrap, str_bytes(sealed, sizeof sealed), bound_to(r), plain))
        return false;
    memcpy(secret, plain, SECOND_SECRET_BYTES);
    memcpy(&at, plain + SECOND_SECRET_BYTES, sizeof at);
    return request_now_ms(r) - at < SETUP_MS;
}

/* As authenticators take it (RFC 4648 base 32), in groups of four for reading. 20 bytes are 32 letters without padding. */
static struct str secret_text(struct request *r, const unsigned char secret[SECOND_SECRET_BYTES])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct buf b _buf_ = BUF_MAX(64);
    for (size_t i = 0; i < SECOND_SECRET_BYTES * 8; i += 5) {
        unsigned two = (unsigned)secret[i / 8] << 8 | (i / 8 + 1 < SECOND_SECRET_BYTES ? secret[i / 8 + 1] : 0u);
        if (i && i % 20 == 0)
            buf_char(&b, ' ');
        buf_char(&b, letters[two >> (11 - i % 8) & 31]);
    }
    return str_dup(request_arena(r), buf_view(&b));
}

/* `kept`: the setup that the form carried, to be shown again; "" for a new one. */
static enum http_result show_second(struct request *r, const struct fail *f, struct str kept)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    bool second = false;
    unsigned char secret[SECOND_SECRET_BYTES];
    if (account_has_second(db_of(r), mine(r)->login, &second))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    struct str setup = kept.n && setup_open(r, kept, secret) ? kept : setup_make(r, secret);
    site_begin(r, &o, TR(&o, "Xác thực hai lớp"), STR("/tai-khoan"), f->n > 0);
    own_second_factor_page(&o, &e, second, secret_text(r, secret), setup);
    site_end(&o);
    return page_end(r, status_of(f), &o);
}

enum http_result own_second_page(struct request *r)
{
    struct fail none = {0};
    return show_second(r, &none, STR(""));
}

enum http_result own_second(struct request *r)
{
    struct fail f = {0};
    unsigned char secret[SECOND_SECRET_BYTES];
    struct str setup = form_text(r, "thiet-lap", 2 * SETUP_SEALED + 1), code = form_text(r, "code", 12);
    bool off = str_is(form_text(r, "viec", DONE_MAX), "tat");
    if (!form_good(r, &f))
        return show_second(r, &f, setup);
    if (!off && !setup_open(r, setup, secret)) {
        (void)!fail_add(&f, ERR_INVALID, NULL, "", "account.setup-late", NULL);
        return show_second(r, &f, STR(""));
    }
    if (!confirmed(r, "mat-khau", &f) || account_second(writer_of(r), keyring_of(r), mine(r), off ? NULL : secret, code, request_now_ms(r), &f))
        return show_second(r, &f, setup);
    return page_redirect(r, off ? STR("/tai-khoan?xong=tat") : STR("/tai-khoan?xong=ma-thu-hai"));
}

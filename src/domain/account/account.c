/* See account.h. */
#include "domain/account/account.h"
#include "base/vn.h"
#include "domain/org/rights.h"
#include "store/write_now.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FAILS_MAX = 5, LOCK_MS = 60 * 1000, LOCK_DOUBLINGS = 6,
    STAFF_QUIET_MS = 60 * 60 * 1000, STAFF_DAY_MS = 11 * 60 * 60 * 1000, CITIZEN_QUIET_MS = 30 * 60 * 1000, SEEN_EVERY_MS = 60 * 1000,
    SECOND_SEALED = SEAL_NONCE_BYTES + SECOND_SECRET_BYTES + SEAL_TAG_BYTES,
    CODE_STEP_MS = 30 * 1000, CODE_STEPS_OFF = 1, CODES = 1000000,
};
static const char *const kinds[] = {"staff", "citizen"};

/* --- passwords --- */

struct setting {
    struct str login, kind, display, second;
    const char *password;
    int64_t now;
};

static enum err write_credential(void *arg, struct db *db)
{
    const struct setting *s = arg;
    enum err e = db_exec(db, STMT_ACCOUNT_SESSIONS_END, p_text(s->login));
    return e ? e : db_exec(db, STMT_ACCOUNT_CREDENTIAL_SET, p_text(s->login), p_text(s->kind), p_text(s->display), p_c(s->password), p_bytes_or_null(s->second), p_int(s->now));
}

static enum err hash_password(struct str password, char hashed[crypto_pwhash_STRBYTES], struct fail *f)
{
    if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX)
        return fail_add(f, ERR_INVALID, NULL, "/password", password.n < PASSWORD_MIN ? "password.too-short" : "password.too-long", NULL);
    if (crypto_pwhash_str(hashed, password.p, password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "store.unavailable", NULL);
    return ERR_OK;
}

static void seal_second(const struct keyring *k, struct str login, const unsigned char *secret, unsigned char sealed[SECOND_SEALED])
{
    unsigned char nonce[SEAL_NONCE_BYTES];
    struct entropy e = entropy_system();
    entropy_bytes(&e, nonce, sizeof nonce);
    seal(&k->wrap, nonce, str_bytes(secret, SECOND_SECRET_BYTES), login, sealed);
}

enum err account_set(struct writer *w, const struct keyring *k, struct str login, enum account_kind kind, struct str display, struct str password,
                     const unsigned char *second, int64_t now, struct fail *f)
{
    char hashed[crypto_pwhash_STRBYTES];
    unsigned char sealed[SECOND_SEALED];
    if (hash_password(password, hashed, f))
        return f->err;
    if (second)
        seal_second(k, login, second, sealed);
    struct setting s = {login, str_of(kinds[kind]), display, second ? str_bytes(sealed, sizeof sealed) : STR_NONE, hashed, now};
    enum err e = write_now(w, 0, write_credential, &s, NULL);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : ERR_OK;
}

/* A login that there is not takes as long as one that there is. */
static bool password_is(struct str hashed, struct str password)
{
    static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo";
    char text[crypto_pwhash_STRBYTES] = {0};
    bool known = hashed.n > 0 && hashed.n < sizeof text;
    memcpy(text, known ? hashed.p : nobody, known ? hashed.n : sizeof nobody - 1);
    bool right = password.n <= PASSWORD_MAX && crypto_pwhash_str_verify(text, password.p, password.n) == 0;
    return known && right;
}

/* --- second factor --- */

uint32_t second_factor_code(const unsigned char secret[SECOND_SECRET_BYTES], int64_t step)
{
    unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), secret, SECOND_SECRET_BYTES, counter, sizeof counter, mac, &n) || n < 20)
        abort();
    unsigned at = mac[n - 1] & 15u;
    uint32_t v = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    return v % CODES;
}

/* The step whose code this is, around `now`; 0: none. */
static int64_t step_of_secret(const unsigned char *secret, struct str code, int64_t now)
{
    int64_t given, step = now / CODE_STEP_MS;
    code = str_trim(code);
    if (code.n != 6 || !str_all_digits(code) || !str_to_i64(code, &given))
        return 0;
    int64_t found = 0;
    for (int64_t s = step - CODE_STEPS_OFF; s <= step + CODE_STEPS_OFF; s++)
        if ((int64_t)second_factor_code(secret, s) == given)
            found = s;
    return found;
}

static int64_t step_of_code(const struct keyring *k, struct str login, struct str sealed, struct str code, int64_t now)
{
    unsigned char secret[SECOND_SECRET_BYTES];
    return sealed.n == SECOND_SEALED && unseal(&k->wrap, sealed, login, secret) ? step_of_secret(secret, code, now) : 0;
}

/* --- signing in --- */

struct credential {
    struct str kind, display, password, second;
    int64_t second_used, fails, locked_until;
};

static enum err find(struct db *db, struct arena *a, struct str login, struct credential *c)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_ACCOUNT_CREDENTIAL, p_text(login));
    *c = (struct credential){.password = STR("")};
    if (!e && rows_next(&r))
        *c = (struct credential){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 1)), str_dup(a, row_str(&r, 2)),
                                 row_null(&r, 3) ? STR_NONE : str_dup(a, row_str(&r, 3)), row_i64(&r, 4), row_i64(&r, 5), row_i64(&r, 6)};
    return e ? e : rows_end(&r);
}

struct outcome_of_try {
    struct str login, kind, display;
    int64_t now, locked_until, until, step; /* step of the second factor; 0: none */
    struct hash hash;
    bool passed, used; /* used: the same code was shown before */
};

static enum err add_session(void *arg, struct db *db)
{
    const struct outcome_of_try *t = arg;
    return db_exec(db, STMT_ACCOUNT_SESSION_ADD, p_bytes(hash_str(&t->hash)), p_text(t->login), p_text(t->kind), p_text(t->display), p_int(t->now), p_int(t->until));
}

static enum err write_try(void *arg, struct db *db)
{
    struct outcome_of_try *t = arg;
    if (!t->passed)
        return db_exec(db, STMT_ACCOUNT_CREDENTIAL_FAILED, p_text(t->login), p_int(FAILS_MAX), p_int(t->locked_until));
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_ACCOUNT_CREDENTIAL_PASSED, p_text(t->login), p_int(t->step));
    t->used = !e && !rows_next(&r);
    if (!e)
        e = rows_end(&r);
    if (e || t->used)
        return e;
    return add_session(t, db);
}

static void session_make(char text[SESSION_TEXT_BYTES + 1], struct hash *hash_r)
{
    unsigned char bits[KEY_BYTES];
    struct entropy e = entropy_system();
    entropy_bytes(&e, bits, sizeof bits);
    sodium_bin2base64(text, SESSION_TEXT_BYTES + 1, bits, sizeof bits, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    *hash_r = SHA256(STR("session"), str_of(text));
}

static int64_t lock_ms(int64_t fails)
{
    int64_t doublings = (fails + 1) / FAILS_MAX - 1;
    return (int64_t)LOCK_MS << (doublings < 0 ? 0 : doublings > LOCK_DOUBLINGS ? LOCK_DOUBLINGS : doublings);
}

static int64_t quiet_ms(enum account_kind kind) { return kind == ACCOUNT_STAFF ? STAFF_QUIET_MS : CITIZEN_QUIET_MS; }

static enum err refuse_try(struct writer *w, struct outcome_of_try *t, bool known, const char *code, struct fail *f)
{
    enum err e = known ? write_now(w, 0, write_try, t, NULL) : ERR_OK;
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : fail_add(f, ERR_UNAUTHORISED, NULL, "", code, NULL);
}

enum err account_sign_in(struct writer *w, struct db *db, const struct keyring *k, const struct sign_in *s, char text_r[SESSION_TEXT_BYTES + 1], struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct credential c;
    enum err e = find(db, a, s->login, &c);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (c.locked_until > s->now)
        return fail_add(f, ERR_BUSY, NULL, "", "account.locked", "%lld", (long long)((c.locked_until - s->now) / 60000 + 1));
    enum account_kind kind = str_is(c.kind, kinds[ACCOUNT_CITIZEN]) ? ACCOUNT_CITIZEN : ACCOUNT_STAFF;
    struct outcome_of_try t = {.login = s->login, .kind = c.kind, .display = c.display, .now = s->now, .locked_until = s->now + lock_ms(c.fails),
                               .until = s->now + quiet_ms(kind)};
    if (!password_is(c.password, s->password))
        return refuse_try(w, &t, c.password.n > 0, "account.wrong", f);
    if (c.second.n && !s->code.n)
        return fail_add(f, ERR_UNAUTHORISED, NULL, "/code", "account.code-needed", NULL);
    if (c.second.n && !(t.step = step_of_code(k, s->login, c.second, s->code, s->now)))
        return refuse_try(w, &t, true, "account.code-wrong", f);
    t.passed = true;
    session_make(text_r, &t.hash);
    if ((e = write_now(w, 0, write_try, &t, NULL)))
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    return t.used ? fail_add(f, ERR_UNAUTHORISED, NULL, "/code", "account.code-wrong", NULL) : ERR_OK;
}

enum err account_confirm(struct writer *w, struct db *db, const struct sign_in *s, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct credential c;
    enum err e = find(db, a, s->login, &c);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (c.locked_until > s->now)
        return fail_add(f, ERR_BUSY, NULL, "", "account.locked", "%lld", (long long)((c.locked_until - s->now) / 60000 + 1));
    struct outcome_of_try t = {.login = s->login, .locked_until = s->now + lock_ms(c.fails)};
    return password_is(c.password, s->password) ? ERR_OK : refuse_try(w, &t, c.password.n > 0, "account.old-wrong", f);
}

enum err account_session_add(struct writer *w, const struct session *of, int64_t now, char text_r[SESSION_TEXT_BYTES + 1])
{
    struct outcome_of_try t = {.login = of->login, .kind = str_of(kinds[of->kind]), .display = of->display, .now = now, .until = now + quiet_ms(of->kind)};
    session_make(text_r, &t.hash);
    return write_now(w, 0, add_session, &t, NULL);
}

/* --- sessions --- */

static bool session_hash(struct str text, struct hash *h)
{
    if (text.n != SESSION_TEXT_BYTES)
        return false;
    *h = SHA256(STR("session"), text);
    return true;
}

static enum err erase(void *arg, struct db *db)
{
    const struct str *login = arg;
    enum err e = db_exec(db, STMT_ACCOUNT_SESSIONS_END, p_text(*login));
    return e ? e : db_exec(db, STMT_ACCOUNT_CREDENTIAL_DROP, p_text(*login));
}

enum err account_erase(struct writer *w, struct str login) { return write_now(w, 0, erase, &login, NULL); }

static enum err end(void *arg, struct db *db) { return db_exec(db, STMT_ACCOUNT_SESSION_END, p_bytes(hash_str(arg))); }

enum err account_sign_out(struct writer *w, struct str session_text)
{
    struct hash h;
    return session_hash(session_text, &h) ? write_now(w, 0, end, &h, NULL) : ERR_OK;
}

struct seen {
    struct hash hash;
    int64_t now, until;
};

static enum err write_seen(void *arg, struct db *db)
{
    const struct seen *s = arg;
    return db_exec(db, STMT_ACCOUNT_SESSION_SEEN, p_bytes(hash_str(&s->hash)), p_int(s->now), p_int(s->until));
}

enum err account_session(struct writer *w, struct db *db, struct arena *a, struct str text, int64_t now, struct session *out)
{
    struct rows r _rows_ = {0};
    *out = (struct session){.login = STR(""), .display = STR("")};
    if (!session_hash(text, &out->hash))
        return ERR_UNAUTHORISED;
    enum err e = db_query(db, &r, STMT_ACCOUNT_SESSION, p_bytes(hash_str(&out->hash)));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_UNAUTHORISED;
    }
    out->login = str_dup(a, row_str(&r, 0));
    out->kind = str_is(row_str(&r, 1), kinds[ACCOUNT_CITIZEN]) ? ACCOUNT_CITIZEN : ACCOUNT_STAFF;
    out->display = str_dup(a, row_str(&r, 2));
    int64_t begun_at = row_i64(&r, 3), seen_at = row_i64(&r, 4), until = row_i64(&r, 5);
    if ((e = rows_end(&r)))
        return e;
    if (until <= now || (out->kind == ACCOUNT_STAFF && now - begun_at >= STAFF_DAY_MS))
        return ERR_UNAUTHORISED;
    if (now - seen_at >= SEEN_EVERY_MS && !writer_read_only_reason(w)) {
        struct seen s = {out->hash, now, now + quiet_ms(out->kind)};
        (void)!write_now(w, 0, write_seen, &s, NULL); /* a page that is only looked at does not fail for it */
    }
    return ERR_OK;
}

struct str session_csrf(struct arena *a, const struct keyring *k, const struct session *s)
{
    struct hash h = KEYED_HASH(&k->pepper, STR("csrf"), hash_str(&s->hash));
    char hex[2 * KEY_BYTES + 1];
    hex_format(h.b, KEY_BYTES / 2, hex);
    return str_dup(a, str_of(hex));
}

struct str citizen_login(struct arena *a, const struct keyring *k, struct str personal_number)
{
    struct hash h = personal_hash(k, "personal_number", personal_number);
    char hex[2 * PARTY_HASH_BYTES + 1];
    hex_format(h.b, PARTY_HASH_BYTES, hex);
    return str_printf(a, "citizen:%s", hex);
}

void citizen_actor(const struct rules *rules, struct arena *a, const struct session *s, int64_t now, struct actor *out)
{
    struct role_grant *g = ARENA_NEW(a, struct role_grant);
    struct principal *p = ARENA_NEW(a, struct principal);
    struct hash *own = ARENA_NEW(a, struct hash);
    *g = (struct role_grant){ROLE_CITIZEN, STR(""), INT64_MIN, INT64_MAX};
    *p = (struct principal){.actor_id = s->login, .unit = STR(""), .roles = g, .role_count = 1, .parties = own};
    p->party_count = s->login.n > 8 && hex_parse(str_sub(s->login, 8, s->login.n), own->b, PARTY_HASH_BYTES);
    *out = (struct actor){.id = s->login, .unit = STR(""), .principal = p};
    out->audiences = audiences_of(rules->org, a, p, now, out->audience);
}

struct forgetting {
    int64_t now, gone;
    int most;
};

static enum err forget(void *arg, struct db *db)
{
    struct forgetting *g = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_ACCOUNT_SESSION_FORGET, p_int(g->now), p_int(g->most));
    g->gone = 0;
    while (!e && rows_next(&r))
        g->gone++;
    return e ? e : rows_end(&r);
}

enum err account_forget(struct writer *w, int64_t now, int most, int64_t *gone_r)
{
    struct forgetting g = {now, 0, most};
    enum err e = write_now(w, 0, forget, &g, NULL);
    *gone_r = e ? 0 : g.gone;
    return e;
}

/* --- one's own account --- */

struct own {
    struct str login, second;
    const char *password; /* NULL: it stays */
    const struct hash *hash; /* the session that stays, or the one that ends */
    int64_t now, step;
    bool absent;
};

static enum err changed(struct rows *r, struct own *o, enum err e)
{
    o->absent = !e && !rows_next(r);
    return e ? e : rows_end(r);
}

static enum err write_password(void *arg, struct db *db)
{
    struct own *o = arg;
    struct rows r _rows_ = {0};
    enum err e = changed(&r, o, db_query(db, &r, STMT_ACCOUNT_CREDENTIAL_PASSWORD, p_text(o->login), p_c(o->password), p_int(o->now)));
    return e || o->absent ? e : db_exec(db, STMT_ACCOUNT_SESSIONS_END, p_text(o->login));
}

static enum err told(enum err e, const struct own *o, struct fail *f)
{
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    return o->absent ? fail_add(f, ERR_NOT_FOUND, NULL, "", "account.absent", NULL) : ERR_OK;
}

enum err account_password(struct writer *w, struct str login, struct str password, int64_t now, struct fail *f)
{
    char hashed[crypto_pwhash_STRBYTES];
    struct own o = {.login = login, .password = hashed, .now = now};
    if (hash_password(password, hashed, f))
        return f->err;
    return told(write_now(w, 0, write_password, &o, NULL), &o, f);
}

static enum err write_second(void *arg, struct db *db)
{
    struct own *o = arg;
    struct rows r _rows_ = {0};
    enum err e = changed(&r, o, db_query(db, &r, STMT_ACCOUNT_CREDENTIAL_SECOND, p_text(o->login), p_bytes_or_null(o->second), p_int(o->step), p_int(o->now)));
    return e || o->absent ? e : db_exec(db, STMT_ACCOUNT_SESSIONS_END_OTHERS, p_text(o->login), p_bytes(hash_str(o->hash)));
}

enum err account_second(struct writer *w, const struct keyring *k, const struct session *keep, const unsigned char *secret, struct str code, int64_t now, struct fail *f)
{
    unsigned char sealed[SECOND_SEALED];
    struct own o = {.login = keep->login, .second = STR_NONE, .hash = &keep->hash, .now = now};
    if (secret) {
        if (!(o.step = step_of_secret(secret, code, now)))
            return fail_add(f, ERR_INVALID, NULL, "/code", "account.code-wrong", NULL);
        seal_second(k, keep->login, secret, sealed);
        o.second = str_bytes(sealed, sizeof sealed);
    }
    return told(write_now(w, 0, write_second, &o, NULL), &o, f);
}

enum err account_has_second(struct db *db, struct str login, bool *has_r)
{
    struct arena *a _arena_ = arena_new();
    struct credential c;
    enum err e = find(db, a, login, &c);
    *has_r = !e && c.second.n > 0;
    return e;
}

enum err account_sessions(struct db *db, struct str login, int64_t now, struct session_line out[SESSIONS_SHOWN], size_t *n_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_ACCOUNT_SESSIONS, p_text(login), p_int(now), p_int(now - STAFF_DAY_MS));
    *n_r = 0;
    while (!e && *n_r < SESSIONS_SHOWN && rows_next(&r)) {
        struct str hash = row_str(&r, 0);
        if (hash.n != HASH_BYTES)
            continue;
        memcpy(out[*n_r].hash.b, hash.p, HASH_BYTES);
        out[*n_r].begun_at = row_i64(&r, 1);
        out[(*n_r)++].seen_at = row_i64(&r, 2);
    }
    return e ? e : rows_end(&r);
}

static enum err end_of(void *arg, struct db *db)
{
    const struct own *o = arg;
    return db_exec(db, STMT_ACCOUNT_SESSION_END_OF, p_text(o->login), p_bytes(hash_str(o->hash)));
}

enum err account_end_session(struct writer *w, struct str login, const struct hash *which)
{
    struct own o = {.login = login, .hash = which};
    return write_now(w, 0, end_of, &o, NULL);
}

static enum err end_others(void *arg, struct db *db)
{
    const struct own *o = arg;
    return db_exec(db, STMT_ACCOUNT_SESSIONS_END_OTHERS, p_text(o->login), p_bytes(hash_str(o->hash)));
}

enum err account_end_others(struct writer *w, const struct session *keep)
{
    struct own o = {.login = keep->login, .hash = &keep->hash};
    return write_now(w, 0, end_others, &o, NULL);
}

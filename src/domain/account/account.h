/* Signing in to pages: passwords (Argon2id), a second factor for staff (TOTP, RFC 6238), sessions. None of it is a fact of the ledger: what
 * somebody may do is asked of her stream at each request (domain/staff), so that a right which ended is gone at once, session or not.
 *
 * A session is 256 random bits in a cookie of the browser; the store keeps only their hash. It ends after a day of work (staff) or an
 * hour without a request, whichever comes first; a citizen's after thirty minutes without one. Guessing is slowed down twice: by the account
 * (after five wrong passwords it is locked for a minute, doubling to an hour) and by the address (face/site). No captcha. */
#pragma once
#include "base/crypto.h"
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include "store/writer.h"

enum { SESSION_TEXT_BYTES = 43, PASSWORD_MIN = 8, PASSWORD_MAX = 200, SECOND_SECRET_BYTES = 20 };

enum account_kind { ACCOUNT_STAFF, ACCOUNT_CITIZEN };

/* Sets or replaces a password, and ends every session of the account. `second` NULL: none. ERR_INVALID: password.too-short, password.too-long. */
enum err account_set(struct writer *w, const struct keyring *k, struct str login, enum account_kind kind, struct str display, struct str password,
                     const unsigned char *second, int64_t now, struct fail *f) CHECKED;

struct sign_in {
    struct str login, password, code; /* code: of the second factor, "" when none was asked for yet */
    int64_t now;
};
/* Makes a session: `text_r` goes into the cookie. ERR_UNAUTHORISED: account.wrong (one sentence for every cause), account.code-needed, account.code-wrong;
 * ERR_BUSY: account.locked. Takes as long for a login that there is not. */
enum err account_sign_in(struct writer *w, struct db *db, const struct keyring *k, const struct sign_in *s, char text_r[SESSION_TEXT_BYTES + 1], struct fail *f) CHECKED;
/* The account and its sessions are gone: an erasure of the person. Nothing where there is none. */
enum err account_erase(struct writer *w, struct str login) CHECKED;
enum err account_sign_out(struct writer *w, struct str session_text) CHECKED;
/* The password again, for what only she may do (s->code is not looked at). Refused and counted like signing in, but account.old-wrong. */
enum err account_confirm(struct writer *w, struct db *db, const struct sign_in *s, struct fail *f) CHECKED;

struct session {
    enum account_kind kind;
    struct str login, display;
    struct hash hash; /* of the cookie's text: what the tokens of its forms are made of */
};
/* The session of a cookie at `now`, moved on when it was quiet for a minute; ERR_UNAUTHORISED for any that is none or has ended. */
enum err account_session(struct writer *w, struct db *db, struct arena *a, struct str text, int64_t now, struct session *out) CHECKED;
/* Another session of who has just shown who she is (after a new password). */
enum err account_session_add(struct writer *w, const struct session *of, int64_t now, char text_r[SESSION_TEXT_BYTES + 1]) CHECKED;
/* What every form of a session carries; another session's, or one of before signing in, is not it. */
struct str session_csrf(struct arena *a, const struct keyring *k, const struct session *s);
/* The login of a citizen by her personal number: never the number itself. */
struct str citizen_login(struct arena *a, const struct keyring *k, struct str personal_number);
/* Who a citizen's session acts as: her own dossiers, nothing else. */
void citizen_actor(const struct rules *rules, struct arena *a, const struct session *s, int64_t now, struct actor *out);

/* --- one's own account --- */

/* Another password; ends every session, keeps the second factor. ERR_NOT_FOUND account.absent; lengths as account_set. */
enum err account_password(struct writer *w, struct str login, struct str password, int64_t now, struct fail *f) CHECKED;
/* The second factor from now on: `code` must be one of `secret` now and is used up; secret NULL: none any more (code is not looked at). Ends the sessions
 * other than `keep`. ERR_INVALID account.code-wrong. */
enum err account_second(struct writer *w, const struct keyring *k, const struct session *keep, const unsigned char *secret, struct str code, int64_t now, struct fail *f) CHECKED;
enum err account_has_second(struct db *db, struct str login, bool *has_r) CHECKED;

struct session_line {
    struct hash hash;
    int64_t begun_at, seen_at;
};
enum { SESSIONS_SHOWN = 50 };
/* Those in force, last seen first. */
enum err account_sessions(struct db *db, struct str login, int64_t now, struct session_line out[SESSIONS_SHOWN], size_t *n_r) CHECKED;
/* Ends one of her own; another person's is left alone. */
enum err account_end_session(struct writer *w, struct str login, const struct hash *which) CHECKED;
enum err account_end_others(struct writer *w, const struct session *keep) CHECKED;

/* Housekeeping: forgets at most `most` sessions that have ended. */
enum err account_forget(struct writer *w, int64_t now, int most, int64_t *gone_r) CHECKED;

/* The six digits of a secret at a step of 30 seconds. */
uint32_t second_factor_code(const unsigned char secret[SECOND_SECRET_BYTES], int64_t step);

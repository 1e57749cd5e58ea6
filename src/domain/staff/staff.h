/* Staff: who may, since when, on whose decision. One stream a member of staff or machine account; it lives in the unit that employs her.
 *
 * A right is a fact: a role in a unit during [from, to), a delegation with the number of its decision, a clearance, a token. Nothing
 * is ever taken away silently: what ends gets an end. The state keeps what is in force or to come; what has ended stays in the events and
 * in the projections (staff_role, staff_delegation, token).
 *
 * Two rights of different kind: a person's come from grants and delegations, and a token only narrows them to one role in one unit; a
 * machine account has no grants, its token's role is the grant. Therefore a machine account acts through tokens alone.
 *
 * Who may change a right: an administrator of the unit concerned, never for herself, or the system: `init` and the command line on
 * the machine. An administrator's hands never hold what acts in another's name: she issues tokens of connectors only (docs/internals/staff.md). */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include <stdio.h>

enum { STAFF_LOGIN_MAX = 40, STAFF_MACHINE_LOGIN_MAX = 64, STAFF_GRANTS_MAX = 64, STAFF_DELEGATIONS_MAX = 32, STAFF_TOKENS_MAX = 64 };

/* S text, I integer (times in ms UTC, 0 for none). Events set them by these names. */
#define STAFF_FIELDS(S, I) \
    S(login) S(kind) /* "person" or "machine" */ \
    I(active) I(registered_at) I(deactivated_at) \
    I(cleared_from) I(cleared_to) S(clear_basis) /* clearance for restricted dossiers: [from, to) */

/* `to` 0 is open; otherwise [from, to). Roles are the words of domain/org/rights.h. */
struct staff_grant {
    struct str role, unit, basis;
    int64_t from, to;
};
struct staff_delegation {
    struct str role, from_unit, procedures, decision; /* procedures: comma list, "" for all */
    int64_t from, to;
};
struct staff_token {
    struct str hash, role, unit, label; /* hash: 64 hex digits of the token's SHA-256 */
    int64_t issued_at, expires_at, revoked_at;
};
struct staff {
#define S(name) struct str name;
#define I(name) int64_t name;
    STAFF_FIELDS(S, I)
#undef S
#undef I
    struct str personal_hash; /* keyed hash of her own personal number, 32 hex digits, as dossiers have them; "" unknown or erased */
    const struct staff_grant *grant;
    size_t grants;
    const struct staff_delegation *delegation;
    size_t delegations;
    const struct staff_token *token;
    size_t tokens;
};

extern const struct aggregate staff_aggregate;
/* The commands, in the order of the table; NULL past the last. */
const char *staff_command_at(size_t i);

/* --- tokens --- */

enum { TOKEN_TEXT_BYTES = 46 }; /* "mc_" and 43 characters of base64url */
/* 256 random bits as text (ends in NUL), and the SHA-256 of that text, which alone is kept. */
void token_make(struct entropy *e, char out[64], unsigned char hash[HASH_BYTES]);
/* The hash of a text that could be a token; false for anything else. */
bool token_hash(struct str token, struct hash *hash_r);

/* --- who acts --- */

/* The bearer of a token at `now`: only the token's role in the token's unit, for a person only as far and as long as her own grants and
 * delegations reach. ERR_UNAUTHORISED: token.unknown, token.expired, token.revoked, staff.inactive; ERR_FORBIDDEN: token.role-gone. */
enum err staff_principal_by_token(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str token, int64_t now,
                                  struct actor *out, struct fail *f) CHECKED;
/* A person with all her grants and delegations, by "staff:<login>" or the login; actor.unit is the employing unit. A machine account has
 * none. ERR_NOT_FOUND: staff.absent; ERR_UNAUTHORISED: staff.inactive. */
enum err staff_principal_by_id(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str id, int64_t now,
                               struct actor *out, struct fail *f) CHECKED;
/* The machine itself: `init`, jobs and the command line. Acts for `unit` ("" for none). */
void staff_system_actor(const struct rules *rules, struct arena *a, struct str unit, int64_t now, struct actor *out);
/* login → stream; ERR_NOT_FOUND. */
enum err staff_find(struct db *db, struct arena *a, struct str login, struct str *home_r, struct id *id_r) CHECKED;
/* The name of an actor as people read it, from "staff:<login>"; "" for anybody else, and when it cannot be read. */
struct str staff_name_of(struct db *db, struct arena *a, struct str actor_id);

/* Ready principals of tokens, for a face that gets thousands of requests a second: at most 4,096, none older than two seconds of the
 * caller's clock or past the next change of the bearer's rights. Any thread. What it gives is copied into the request's arena. */
struct principal_cache;
enum { PRINCIPAL_CACHE_MAX = 4096, PRINCIPAL_CACHE_TTL_MS = 2000 };
struct principal_cache *principal_cache_new(void);
void principal_cache_free(struct principal_cache **c);
/* As staff_principal_by_token, but asks the cache first and fills it. */
enum err principal_cache_token(struct principal_cache *c, struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a,
                               struct str token, int64_t now, struct actor *out, struct fail *f) CHECKED;
/* The cache alone, without a connection; false when it does not know. */
bool principal_cache_get(struct principal_cache *c, struct arena *a, struct str token, int64_t now, struct actor *out);
/* Drops everything of that actor ("staff:…", "machine:…"), or everything when empty, at once: also a look-up that is under way will not
 * be kept. To be called after each commit of a staff command. */
void principal_cache_forget(struct principal_cache *c, struct str actor_id);

/* --- the command line --- */

/* Issues a token through the command queue. `user` empty: of the unit's machine account for that role, made when absent. `unit` empty: the
 * unit where that person has the role, or the province's committee. Prints the token once: as JSON, or alone on a line. */
enum err staff_cli_token_add(struct engine_room *room, struct str province, struct str role, struct str user, struct str unit, bool json,
                             int64_t now, FILE *out, struct fail *f) CHECKED;
/* The tokens there are, of one member of staff or machine (its login) or of all: each with a short id, who, role, unit, until when, and whether it is in
 * force. Never the token itself: nobody knows it but its bearer. */
enum err staff_cli_tokens(struct engine_room *room, struct str user, bool json, int64_t now, FILE *out, struct fail *f) CHECKED;
/* Ends one, named by its short id (or more of its hash). ERR_NOT_FOUND "token.unknown", ERR_INVALID "token.ambiguous". */
enum err staff_cli_token_revoke(struct engine_room *room, struct str id, struct str reason, bool json, int64_t now, FILE *out, struct fail *f) CHECKED;
/* add, list, grant, revoke, delegate, deactivate; argv[0] is the word. ERR_MALFORMED "cli.usage" when it is none of these. */
enum err staff_cli_user(struct engine_room *room, int argc, char **argv, bool json, int64_t now, FILE *out, struct fail *f) CHECKED;

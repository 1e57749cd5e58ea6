/* Who sees what, and who may do what (§5 of the design). Pure: staff, grants and delegations come from events elsewhere; here they are
 * values, and `now` is given.
 *
 * An audience is a short string beside which work rows are written; a person reads the rows of her audiences, nothing else:
 *   u:<unit>      staff of a unit; a commune's committee and its sharing organs are one desk, u:30292
 *   p:<province>  supervisors, auditors and procedure controllers at a province's committee or an organ that oversees
 *   n             the same of the nation, and the system itself
 *   r:<unit>      restricted dossiers of a unit's audience: adoption, criminal records; only with clearance
 *   o:<hash>      dossiers in which one is a party oneself, by the keyed hash of the personal number
 * An administrator keeps accounts and sees no dossier. */
#pragma once
#include "base/crypto.h"
#include "domain/org/org.h"

enum role {
    ROLE_CITIZEN, ROLE_CLERK, ROLE_OFFICER, ROLE_REVIEWER, ROLE_LEADER, ROLE_RECORDS_CLERK, ROLE_CASHIER, ROLE_RETURN_CLERK, ROLE_DIGITISER,
    ROLE_POSTAL_AGENT, ROLE_PROCEDURE_CONTROLLER, ROLE_SUPERVISOR, ROLE_ADMINISTRATOR, ROLE_AUDITOR, ROLE_CONNECTOR, ROLE_SYSTEM, ROLE_COUNT
};
typedef uint32_t role_set;
#define ROLE_BIT(role) ((role_set)1 << (role))

/* The glossary's term with '_' ("records_clerk"); NULL and false when there is none. */
const char *role_name(enum role r);
bool role_parse(struct str name, enum role *role_r);

/* A role in a unit during [from, to) in ms; INT64_MAX is open. An empty unit means the principal's own. */
struct role_grant {
    enum role role;
    struct str unit;
    int64_t from_ms, to_ms;
};
/* Somebody of `from_unit` handed a role over for a time; `procedures` is a comma list, empty for all. */
struct delegation {
    enum role role;
    struct str from_unit;
    int64_t from_ms, to_ms;
    struct str procedures, decision;
};
/* Who acts: a person, a machine account of a unit, or the system. The rows belong to the caller. */
struct principal {
    struct str actor_id, unit;
    const struct role_grant *roles;
    size_t role_count;
    const struct delegation *delegations;
    size_t delegation_count;
    int64_t cleared_from_ms, cleared_to_ms; /* clearance for restricted dossiers of her audiences; equal when none */
    const struct hash *parties;             /* keyed hashes of her own identifiers; the first PARTY_HASH_BYTES count */
    size_t party_count;
};

enum { AUDIENCES_MAX = 64, AUDIENCES_OWN_MAX = 8, PARTY_HASH_BYTES = 16 /* what dossiers keep of a keyed hash */ };
/* Writes the audiences at `now`, each once; strings live in `a`. Of a person with more than 64 the first stay, which shows her less, never
 * more: own parties (at most 8), then n, p:, u:, r:. Roles in units that do not exist, and expired ones, give none. */
size_t audiences_of(const struct org *o, struct arena *a, const struct principal *p, int64_t now, struct str out[AUDIENCES_MAX]);

/* The roles that the principal has over a unit's dossiers at `now`: by grants and delegations whose desk is the unit's desk, whose
 * oversight covers it, or that bind to no unit (citizen, system). `procedure` narrows delegations; empty asks for those for all. */
role_set roles_over(const struct org *o, const struct principal *p, struct str unit, struct str procedure, int64_t now);
/* All roles in force at `now`, wherever. */
role_set roles_in_force(const struct principal *p, int64_t now);
/* Nobody handles her own dossier: is one of these parties the principal? */
bool principal_is_party(const struct principal *p, const struct hash *parties, size_t n);

/* data/rights.tsv: role, command; a command that ends in '*' stands for all that begin so. */
struct rights;
struct rights *rights_load(struct arena *a, struct str text, struct fail *f) CHECKED;
bool role_may(const struct rights *r, role_set roles, struct str command);

/* See rights.h. */
#include "domain/org/rights.h"
#include "domain/org/org_private.h"

enum sight {
    SEES_DESK,      /* the unit where she works */
    SEES_OVERSIGHT, /* as far as that unit oversees */
    SEES_NATION,
    SEES_OWN,       /* only dossiers in which she is a party */
    SEES_NOTHING
};
static const struct {
    const char *name;
    enum sight sight;
} roles[ROLE_COUNT] = {
    [ROLE_CITIZEN] = {"citizen", SEES_OWN},
    [ROLE_CLERK] = {"clerk", SEES_DESK},
    [ROLE_OFFICER] = {"officer", SEES_DESK},
    [ROLE_REVIEWER] = {"reviewer", SEES_DESK},
    [ROLE_LEADER] = {"leader", SEES_DESK},
    [ROLE_RECORDS_CLERK] = {"records_clerk", SEES_DESK},
    [ROLE_CASHIER] = {"cashier", SEES_DESK},
    [ROLE_RETURN_CLERK] = {"return_clerk", SEES_DESK},
    [ROLE_DIGITISER] = {"digitiser", SEES_DESK},
    [ROLE_POSTAL_AGENT] = {"postal_agent", SEES_DESK},
    [ROLE_PROCEDURE_CONTROLLER] = {"procedure_controller", SEES_OVERSIGHT},
    [ROLE_SUPERVISOR] = {"supervisor", SEES_OVERSIGHT},
    [ROLE_ADMINISTRATOR] = {"administrator", SEES_NOTHING},
    [ROLE_AUDITOR] = {"auditor", SEES_OVERSIGHT},
    [ROLE_CONNECTOR] = {"connector", SEES_DESK},
    [ROLE_SYSTEM] = {"system", SEES_NATION},
};

const char *role_name(enum role r) { return (size_t)r < ROLE_COUNT ? roles[r].name : NULL; }

bool role_parse(struct str name, enum role *role_r)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (str_is(name, roles[i].name)) {
            *role_r = (enum role)i;
            return true;
        }
    return false;
}

/* A grant and a delegation are the same thing once they are in force: a role at a unit. */
struct post {
    enum role role;
    struct str unit;
    struct str procedures;
};

static bool in_force(int64_t from_ms, int64_t to_ms, int64_t now) { return from_ms <= now && now < to_ms; }

/* The i-th post of a principal; false when it is not in force. i runs over grants, then delegations. */
static bool post_at(const struct principal *p, size_t i, int64_t now, struct post *post_r)
{
    if (i < p->role_count) {
        const struct role_grant *g = &p->roles[i];
        *post_r = (struct post){g->role, g->unit.n ? g->unit : p->unit, STR_NONE};
        return (size_t)g->role < ROLE_COUNT && in_force(g->from_ms, g->to_ms, now);
    }
    const struct delegation *d = &p->delegations[i - p->role_count];
    *post_r = (struct post){d->role, d->from_unit, d->procedures};
    return (size_t)d->role < ROLE_COUNT && in_force(d->from_ms, d->to_ms, now);
}

static size_t post_count(const struct principal *p) { return p->role_count + p->delegation_count; }

static bool sees_nation(const struct org *o, const struct post *t)
{
    if (roles[t->role].sight == SEES_NATION)
        return true;
    const struct unit *u = unit_find(o, t->unit);
    return roles[t->role].sight == SEES_OVERSIGHT && ((u && u->oversees && u->level == UNIT_CENTRAL) || str_is(t->unit, "VN"));
}

static struct str sees_province(const struct org *o, const struct post *t)
{
    const struct unit *u = unit_find(o, t->unit);
    return roles[t->role].sight == SEES_OVERSIGHT && u && u->oversees && u->level == UNIT_PROVINCE ? u->province : STR_NONE;
}

static struct str sees_desk(const struct org *o, const struct post *t)
{
    bool works = roles[t->role].sight == SEES_DESK || roles[t->role].sight == SEES_OVERSIGHT;
    return works ? unit_desk(o, t->unit) : STR_NONE;
}

static void add(struct arena *a, struct str *out, size_t *n, const char *kind, struct str what)
{
    if (*n == AUDIENCES_MAX)
        return;
    struct str s = str_printf(a, "%s%.*s", kind, PRS(what));
    for (size_t i = 0; i < *n; i++)
        if (str_eq(out[i], s))
            return;
    out[(*n)++] = s;
}

size_t audiences_of(const struct org *o, struct arena *a, const struct principal *p, int64_t now, struct str out[AUDIENCES_MAX])
{
    size_t n = 0;
    char hex[2 * PARTY_HASH_BYTES + 1];
    for (size_t i = 0; i < p->party_count && i < AUDIENCES_OWN_MAX; i++) {
        hex_format(p->parties[i].b, PARTY_HASH_BYTES, hex);
        add(a, out, &n, "o:", str_of(hex));
    }
    bool cleared = in_force(p->cleared_from_ms, p->cleared_to_ms, now);
    enum { NATION, PROVINCE, DESK, RESTRICTED, PASSES };
    for (int pass = 0; pass < PASSES; pass++) /* the widest first, in case there are too many */
        for (size_t i = 0; i < post_count(p); i++) {
            struct post t;
            if (!post_at(p, i, now, &t))
                continue;
            bool nation = sees_nation(o, &t);
            struct str province = sees_province(o, &t), desk = sees_desk(o, &t);
            if (pass == NATION && nation)
                add(a, out, &n, "n", STR(""));
            else if (pass == PROVINCE && province.n)
                add(a, out, &n, "p:", province);
            else if (pass == DESK && desk.n && !nation && !province.n)
                add(a, out, &n, "u:", desk);
            else if (pass == RESTRICTED && desk.n && cleared)
                add(a, out, &n, "r:", desk);
        }
    return n;
}

static bool for_procedure(struct str list, struct str procedure)
{
    struct str one;
    if (!list.n)
        return true;
    while (list.n && str_next(&list, ',', &one))
        if (procedure.n && str_eq(str_trim(one), procedure))
            return true;
    return false;
}

role_set roles_over(const struct org *o, const struct principal *p, struct str unit, struct str procedure, int64_t now)
{
    role_set set = 0;
    struct str desk = unit_desk(o, unit), province = unit_province(o, unit);
    for (size_t i = 0; i < post_count(p); i++) {
        struct post t;
        if (!post_at(p, i, now, &t) || !for_procedure(t.procedures, procedure))
            continue;
        struct str over = sees_province(o, &t), at = roles[t.role].sight == SEES_NOTHING ? unit_desk(o, t.unit) : sees_desk(o, &t);
        if (roles[t.role].sight == SEES_OWN || sees_nation(o, &t) || (over.n && str_eq(over, province)) || (at.n && str_eq(at, desk)))
            set |= ROLE_BIT(t.role);
    }
    return set;
}

role_set roles_in_force(const struct principal *p, int64_t now)
{
    role_set set = 0;
    struct post t;
    for (size_t i = 0; i < post_count(p); i++)
        if (post_at(p, i, now, &t))
            set |= ROLE_BIT(t.role);
    return set;
}

bool principal_is_party(const struct principal *p, const struct hash *parties, size_t n)
{
    for (size_t i = 0; i < p->party_count; i++)
        for (size_t k = 0; k < n; k++)
            if (equal_in_constant_time(p->parties[i].b, parties[k].b, PARTY_HASH_BYTES))
                return true;
    return false;
}

/* --- What a role may do ------------------------------------------------------------------------------------------------------- */

enum { RIGHTS_MAX = 256 };
struct rights {
    struct {
        struct str command; /* without its '*' */
        bool prefix;
        role_set roles;
    } row[RIGHTS_MAX];
    size_t n;
};

struct rights *rights_load(struct arena *a, struct str text, struct fail *f)
{
    struct column c[] = {{"role", 0}, {"command", 0}};
    struct tsv t;
    if (!table_open(&t, text, "/rights", c, ARRAY_LEN(c), f))
        return NULL;
    struct rights *r = ARENA_NEW(a, struct rights);
    while (tsv_row(&t)) {
        enum role role;
        struct str command = tsv_cell(&t, c[1].at);
        bool prefix = str_has_suffix(command, STR("*"));
        if (!role_parse(tsv_cell(&t, c[0].at), &role) || str_empty(command)) {
            table_wrong("/rights", &t, "dataset.role", tsv_cell(&t, c[0].at), f);
            return NULL;
        }
        command.n -= prefix;
        size_t i = 0;
        while (i < r->n && !(r->row[i].prefix == prefix && str_eq(r->row[i].command, command)))
            i++;
        if (i == RIGHTS_MAX) {
            table_wrong("/rights", &t, "dataset.too_long", command, f);
            return NULL;
        }
        if (i == r->n) {
            r->row[r->n].command = str_dup(a, command);
            r->row[r->n++].prefix = prefix;
        }
        r->row[i].roles |= ROLE_BIT(role);
    }
    return r;
}

bool role_may(const struct rights *r, role_set set, struct str command)
{
    for (size_t i = 0; i < r->n; i++)
        if ((r->row[i].roles & set) && (r->row[i].prefix ? str_has_prefix(command, r->row[i].command) : str_eq(command, r->row[i].command)))
            return true;
    return false;
}

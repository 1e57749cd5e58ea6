/* The people and dossiers that a payload names, looked up before the decision, so that the decision stays pure: the second person of a
 * correction, the officer of an assignment, the dossier that this one came from or doubles. See dossier_private.h. */
#include "domain/dossier/dossier_private.h"
#include "domain/staff/staff.h"

/* NULL where nobody active is that: the decision complains. A machine account has no rights of its own here, for it acts by tokens alone. */
static enum err person(struct decision *d, struct db *db, struct str id, const struct actor **out_r)
{
    struct actor *who = ARENA_NEW(d->arena, struct actor);
    struct fail ignored = {0};
    if (!str_has_prefix(id, STR("staff:")))
        return ERR_OK;
    enum err e = staff_principal_by_id(db, d->keyring, d->rules, d->arena, id, d->command->now, who, &ignored);
    if (!e && str_eq(who->id, id))
        *out_r = who;
    return e == ERR_NOT_FOUND || e == ERR_UNAUTHORISED ? ERR_OK : e;
}

static enum err dossier(struct decision *d, struct db *db, struct str code, bool *absent_r)
{
    struct str home;
    struct id id;
    struct dossier other = {0};
    int64_t seq;
    enum err e = dossier_find(db, code, &home, &id, d->arena);
    if (!e)
        e = stream_load(&dossier_aggregate, d->keyring, db, d->arena, home, id, INT64_MAX, &other, &seq);
    *absent_r = e == ERR_NOT_FOUND || (!e && (other.voided || id_eq(id, d->stream) || !dossier_visible(&other, &d->command->actor)));
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err dossier_find_named(struct decision *d, struct db *db, struct dossier_inputs *in)
{
    const struct command *c = d->command;
    bool submit = str_is(c->type, "submit"), voids = str_is(c->type, "void");
    struct str approver = voids || str_is(c->type, "correct") || str_is(c->type, "revoke_result") ? str_trim(get_s(c->payload, "approver")) : STR(""),
               officer = str_is(c->type, "assign") ? str_trim(get_s(c->payload, "officer")) : STR(""),
               from = submit ? str_trim(get_s(c->payload, "linked_from")) : STR(""), doubled = voids ? str_trim(get_s(c->payload, "doubled_by")) : STR("");
    enum err e = approver.n && approver.n <= 80 ? person(d, db, approver, &in->approver) : ERR_OK;
    if (!e && officer.n && officer.n <= 80)
        e = person(d, db, officer, &in->officer);
    if (!e && from.n && from.n <= 60)
        e = dossier(d, db, from, &in->linked_absent);
    if (!e && doubled.n && doubled.n <= 60)
        e = dossier(d, db, doubled, &in->doubled_absent);
    return e;
}

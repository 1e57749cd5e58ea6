/* What may happen to a dossier, when, by whom, and where it leads: one table, and a function for each row's own conditions. Pure.
 * Rules: R-082 for the states and their transitions (what we added to them, and why: docs/decisions/0001-states.md). */
#include "domain/dossier/dossier_private.h"

#define BIT(s) (1u << (s))
enum {
    STAY = BIT(DOSSIER_NONE),
    NEW = BIT(DOSSIER_NEW),
    TAKEN = BIT(DOSSIER_RECEIVED),
    WORKING = BIT(DOSSIER_PROCESSING),
    ASKED = BIT(DOSSIER_SUPPLEMENT),
    PAYING = BIT(DOSSIER_FINANCE),
    LEAVING = BIT(DOSSIER_WITHDRAWAL),
    REFUSED = BIT(DOSSIER_REFUSED),
    STOPPED = BIT(DOSSIER_STOPPED),
    DONE = BIT(DOSSIER_DONE),
    DELIVERED = BIT(DOSSIER_DELIVERED),
    UNDER_WAY = TAKEN | WORKING | ASKED | PAYING,
    OPEN = NEW | UNDER_WAY | LEAVING | DONE,
    UNDECIDED = NEW | UNDER_WAY | LEAVING,
    FINAL = REFUSED | STOPPED | DELIVERED,
    OUTAGE_BYTES_MAX = 4096,
};

struct row {
    struct dossier_rule rule;
    unsigned needs; /* enum need */
    step_fn *run;
};

static const struct row rows[] = {
    {{"receive", "dossier.received", NEW | ASKED, TAKEN, SIDE_RECEIVING, "R-041"}, BEFORE_RECEIPT | SUPPLEMENT_GIVEN, run_receive},
    {{"refuse", "dossier.refused", NEW | ASKED, REFUSED, SIDE_RECEIVING, "R-044"}, BEFORE_RECEIPT, run_refuse},
    {{"request_supplement", "dossier.supplement_requested", NEW | WORKING | ASKED, ASKED, SIDE_EITHER, "R-071"},
     SUPPLEMENT_GIVEN | ACCEPTED | RUNNING, run_request_supplement},
    {{"supplement", "dossier.supplemented", ASKED, STAY | WORKING, SIDE_APPLICANT, "R-071"}, 0, run_supplement},
    {{"hand_over", "dossier.handed_over", TAKEN | WORKING, STAY, SIDE_RECEIVING, "R-048"}, TO_HAND_OVER, run_hand_over},
    {{"accept", "dossier.accepted", TAKEN | WORKING, WORKING, SIDE_COMPETENT, "R-090"}, TO_ACCEPT, run_accept},
    {{"assign", "dossier.assigned", TAKEN | WORKING, STAY | WORKING, SIDE_COMPETENT, "R-070"}, ACCEPTED, run_assign},
    {{"complete_step", "dossier.step_completed", WORKING, STAY, SIDE_COMPETENT, "R-079"}, ACCEPTED, run_complete_step},
    {{"consult", "dossier.consulted", WORKING, STAY, SIDE_COMPETENT, "R-072"}, ACCEPTED, run_consult},
    {{"answer", "dossier.answered", WORKING | ASKED | PAYING | LEAVING, STAY, SIDE_CONSULTED, "R-072"}, 0, run_answer},
    {{"propose", "dossier.proposed", WORKING, STAY, SIDE_COMPETENT, "R-070"}, ACCEPTED, run_propose},
    {{"return_to_step", "dossier.returned_to_step", WORKING, STAY, SIDE_COMPETENT, "R-070"}, ACCEPTED, run_return_to_step},
    {{"approve", "dossier.approved", WORKING, DONE, SIDE_COMPETENT, "R-111"}, ACCEPTED | RUNNING, run_approve},
    {{"reject", "dossier.rejected", WORKING | PAYING, REFUSED | STOPPED | DONE, SIDE_COMPETENT, "R-074"}, ACCEPTED, run_reject},
    {{"sign_result", "dossier.result_signed", WORKING | DONE, STAY, SIDE_COMPETENT, "R-111"}, ACCEPTED, run_sign_result},
    {{"extend", "dossier.extended", TAKEN | WORKING, STAY, SIDE_COMPETENT, "R-075"}, ACCEPTED | RUNNING, run_extend},
    {{"apologise", "dossier.apologised", TAKEN | WORKING, STAY, SIDE_COMPETENT, "R-075"}, ACCEPTED | RUNNING, run_apologise},
    {{"suspend", "dossier.suspended", WORKING, STAY | PAYING, SIDE_COMPETENT, "R-096"}, ACCEPTED | RUNNING, run_suspend},
    {{"resume", "dossier.resumed", WORKING | PAYING, STAY | WORKING, SIDE_COMPETENT, "R-096"}, STANDING, run_resume},
    {{"withdraw", "dossier.withdrawal_requested", NEW | UNDER_WAY, LEAVING, SIDE_APPLICANT, "R-077"}, 0, run_withdraw},
    {{"take_back_withdrawal", "dossier.withdrawal_taken_back", LEAVING, NEW | UNDER_WAY, SIDE_APPLICANT, "R-077"}, 0, run_take_back},
    {{"stop", "dossier.stopped", UNDER_WAY | LEAVING, STOPPED, SIDE_EITHER, "R-077"}, 0, run_stop},
    {{"deliver", "dossier.delivered", DONE, STAY | DELIVERED, SIDE_RECEIVING, "R-113"}, 0, run_deliver},
    {{"correct", "dossier.corrected", OPEN, STAY, SIDE_EITHER, "R-283"}, 0, run_correct},
    {{"void", "dossier.voided", UNDECIDED, STAY, SIDE_RECEIVING, "R-283"}, 0, run_void},
    {{"revoke_result", "dossier.result_revoked", DONE | DELIVERED, STAY, SIDE_COMPETENT, "R-283"}, ISSUED, run_revoke_result},
    {{"confirm", "dossier.approval_confirmed", OPEN | FINAL, STAY, SIDE_ANYBODY, "R-283"}, NAMED | ALSO_VOID, run_confirm},
    {{"synchronise", "dossier.synchronised", OPEN | FINAL, STAY, SIDE_ANYBODY, "R-083"}, ALSO_VOID, run_synchronise},
    {{"note", "dossier.noted", OPEN | FINAL, STAY, SIDE_ANYBODY, "R-079"}, 0, run_note},
    {{"erase", "dossier.erased", OPEN | FINAL, STAY, SIDE_ANYBODY, "R-272"}, CLOSED | ALSO_VOID, run_erase},
};

const struct dossier_rule *dossier_rule_at(size_t i) { return i < ARRAY_LEN(rows) ? &rows[i].rule : NULL; }

static const struct row *row_of(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].rule.command))
            return &rows[i];
    return NULL;
}

const struct dossier_rule *dossier_rule(struct str command)
{
    const struct row *r = row_of(command);
    return r ? &r->rule : NULL;
}

/* --- rights --- */

bool of_desk(const struct actor *a, const struct dossier *s, struct str desk)
{
    const char kind = s->restricted ? 'r' : 'u'; /* adoption, criminal records: only with that clearance */
    for (size_t i = 0; desk.n && i < a->audiences; i++) {
        struct str seen = a->audience[i];
        if (seen.n > 2 && seen.p[0] == kind && seen.p[1] == ':' && str_eq(str_sub(seen, 2, seen.n), desk))
            return true;
    }
    return false;
}

/* Timers and jobs of the store itself: they stand above units, and see restricted dossiers too. */
static bool is_system(const struct actor *a, int64_t now)
{
    return a->principal && (roles_in_force(a->principal, now) & ROLE_BIT(ROLE_SYSTEM));
}

bool own_dossier(const struct dossier *s, const struct actor *a)
{
    for (size_t i = 0; i < a->audiences; i++) {
        struct str seen = a->audience[i];
        for (size_t h = 0; h < s->owner_hashes && str_has_prefix(seen, STR("o:")); h++)
            if (str_eq(str_sub(seen, 2, seen.n), s->owner_hash[h]))
                return true;
    }
    return false;
}

static bool on_side(const struct dossier *s, const struct actor *a, enum dossier_side side)
{
    bool receiving = of_desk(a, s, s->receiving_desk), competent = of_desk(a, s, s->competent_desk);
    switch (side) {
    case SIDE_APPLICANT: return own_dossier(s, a) || receiving; /* at the counter the clerk writes what the applicant says */
    case SIDE_RECEIVING: return receiving;
    case SIDE_COMPETENT: return competent;
    case SIDE_EITHER: return receiving || competent;
    case SIDE_CONSULTED:
        for (size_t i = 0; i < s->consults; i++)
            if (!s->consult[i].answered_at && of_desk(a, s, s->consult[i].desk))
                return true;
        return false;
    case SIDE_ANYBODY: return true; /* who may see it */
    }
    return false;
}

/* The roles that count for this side: those over the units that it means. */
static role_set roles_for(const struct rules *rules, const struct dossier *s, const struct actor *a, enum dossier_side side, int64_t now)
{
    role_set roles = 0;
    if (!a->principal)
        return 0;
    if (side != SIDE_COMPETENT)
        roles |= roles_over(rules->org, a->principal, s->receiving_unit, s->procedure, now);
    if (side == SIDE_COMPETENT || side == SIDE_EITHER || side == SIDE_ANYBODY)
        roles |= roles_over(rules->org, a->principal, s->competent_unit, s->procedure, now);
    for (size_t i = 0; i < s->consults && side == SIDE_CONSULTED; i++)
        if (!s->consult[i].answered_at)
            roles |= roles_over(rules->org, a->principal, s->consult[i].unit, s->procedure, now);
    return roles;
}

bool roles_may(const struct decision *d, struct str unit, struct str procedure, const char *command)
{
    const struct actor *a = &d->command->actor;
    role_set roles = a->principal ? roles_over(d->rules->org, a->principal, unit, procedure, d->command->now) : 0;
    return role_may(d->rules->rights, roles, str_of(command));
}

/* Who asks for a supplement depends on who holds it. */
static bool holds(const struct dossier *s, const struct actor *a) { return of_desk(a, s, received(s) ? s->competent_desk : s->receiving_desk); }
static bool asks_supplement(const struct dossier_rule *r) { return r->side == SIDE_EITHER && strcmp(r->command, "request_supplement") == 0; }

/* Does this command stand for what the competent unit does (and so, of an outside authority, for its outcome)? */
static bool for_competent(const struct dossier *s, const struct actor *a, const struct dossier_rule *r)
{
    if (asks_supplement(r))
        return received(s);
    return r->side == SIDE_COMPETENT || (r->side == SIDE_EITHER && !of_desk(a, s, s->receiving_desk));
}

/* among people proposing is for whom the dossier was assigned to, and for those who look over her shoulder. A unit's machine account stands for
 * its specialised system, to which nothing can be assigned here. */
static bool others_work(const struct rules *rules, const struct dossier *s, const struct actor *a, const struct dossier_rule *r, role_set roles)
{
    return strcmp(r->command, "propose") == 0 && s->officer.n && str_has_prefix(a->id, STR("staff:")) && !str_eq(s->officer, a->id) && !role_may(rules->rights, roles, STR("propose_for_others"));
}

/* only she who was named can say whether she agreed. */
static bool not_named(const struct dossier *s, const struct actor *a, const struct dossier_rule *r)
{
    bool open = false;
    for (size_t i = 0; i < s->approvals; i++) {
        bool named = str_is(s->approval[i].state, "named");
        if (named && str_eq(s->approval[i].approver, a->id))
            return false;
        open |= named;
    }
    return open && strcmp(r->command, "confirm") == 0;
}

/* "" when the actor may give this command on this dossier, else the refusal. Nobody in office handles a dossier of their own. */
static const char *rights_complaint(const struct rules *rules, const struct dossier *s, const struct actor *a, const struct dossier_rule *r, int64_t now)
{
    bool system = is_system(a, now), staff = a->unit.n > 0 || system;
    if (staff && own_dossier(s, a))
        return "rights.own-dossier";
    if (!staff && r->side != SIDE_APPLICANT)
        return "rights.role";
    if (!system && !on_side(s, a, r->side))
        return "rights.other-unit";
    if (!staff)
        return "";
    role_set roles = roles_for(rules, s, a, r->side, now);
    /* What an outside authority does comes whole from its connector: assignment, requests, outcome. */
    bool outcome = s->authority && for_competent(s, a, r) && role_may(rules->rights, roles & ROLE_BIT(ROLE_CONNECTOR), STR("authority_outcome"));
    if (outcome)
        return "";
    if (!role_may(rules->rights, roles, str_of(r->command)))
        return "rights.role";
    return others_work(rules, s, a, r, roles) ? "rights.not-assigned" : not_named(s, a, r) ? "rights.not-named" : "";
}

/* An outside authority's steps come from its connector, or by hand with evidence in a logged outage. */
static enum err authority_by_hand(struct decision *d, const struct dossier *s, const struct dossier_rule *r)
{
    const struct actor *a = &d->command->actor;
    bool authority = s->authority && for_competent(s, a, r);
    for (size_t i = 0; r->side == SIDE_CONSULTED && i < s->consults; i++) {
        const struct unit *u = unit_find(d->rules->org, s->consult[i].unit);
        authority |= u && u->authority && of_desk(a, s, s->consult[i].desk);
    }
    if (!authority || is_system(a, d->command->now)
        || (roles_for(d->rules, s, a, r->side == SIDE_CONSULTED ? r->side : SIDE_COMPETENT, d->command->now) & ROLE_BIT(ROLE_CONNECTOR)))
        return ERR_OK;
    const json_t *outage = json_object_get(d->command->payload, "outage");
    if (str_trim(get_s(outage, "evidence")).n && str_trim(get_s(outage, "logged_as")).n)
        return ERR_OK;
    return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "/outage", "rights.authority", NULL);
}

/* What the row needs besides the state, and what is said where it is missing. */
static const struct {
    enum need need;
    const char *rule, *code;
} needs[] = {
    {BEFORE_RECEIPT, "R-082", "dossier.already-received"}, {SUPPLEMENT_GIVEN, "R-071", "dossier.supplement-awaited"},
    {ACCEPTED, "R-090", "dossier.not-accepted"},           {RUNNING, "R-096", "dossier.suspended"},
    {STANDING, "R-096", "dossier.not-suspended"},          {TO_HAND_OVER, "R-048", "dossier.handed-over-already"},
    {TO_ACCEPT, "R-090", "dossier.accepted-already"},      {CLOSED, "R-272", "dossier.still-open"},
    {ISSUED, "R-066", "result.none-in-force"},             {NAMED, "R-283", "approval.none-open"}};

static bool has(const struct dossier *s, enum need need)
{
    bool awaits = dossier_awaits_acceptance(s);
    switch (need) {
    case BEFORE_RECEIPT: return !received(s);
    case SUPPLEMENT_GIVEN: return s->state != DOSSIER_SUPPLEMENT || s->supplemented;
    case ACCEPTED: return !awaits;
    case RUNNING: return !s->suspended_at;
    case STANDING: return s->suspended_at && s->pauses;
    case TO_HAND_OVER: return !s->handed_over_at && (s->state == DOSSIER_RECEIVED || awaits);
    case TO_ACCEPT: return awaits || s->state == DOSSIER_RECEIVED;
    case CLOSED: return dossier_state_final((int)s->state) || s->voided;
    case ISSUED:
        for (size_t i = 0; i < s->results; i++)
            if (result_in_force(s, &s->result[i]))
                return true;
        return false;
    case NAMED:
        for (size_t i = 0; i < s->approvals; i++)
            if (str_is(s->approval[i].state, "named"))
                return true;
        return false;
    case ALSO_VOID: return true;
    }
    return false;
}

/* Index of the need that is not met, or -1. */
static int unmet(const struct dossier *s, const struct row *row)
{
    for (size_t i = 0; i < ARRAY_LEN(needs); i++)
        if ((row->needs & needs[i].need) && !has(s, needs[i].need))
            return (int)i;
    return -1;
}

size_t dossier_possible(const struct rules *rules, const struct dossier *s, const struct actor *a, int64_t now, const char **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows) && n < max; i++) {
        const struct dossier_rule *r = &rows[i].rule;
        bool lives = !s->erased && (!s->voided || (rows[i].needs & ALSO_VOID));
        if (lives && (r->from & BIT(s->state)) && unmet(s, &rows[i]) < 0 && !rights_complaint(rules, s, a, r, now)[0]
            && (!asks_supplement(r) || holds(s, a)))
            out[n++] = r->command;
    }
    return n;
}

static enum err check(struct decision *d, const struct dossier *s, const struct row *row)
{
    const struct dossier_rule *r = &row->rule;
    const struct actor *a = &d->command->actor;
    const char *complaint = rights_complaint(d->rules, s, a, r, d->command->now);
    if (!complaint[0] && asks_supplement(r) && !holds(s, a) && !is_system(a, d->command->now))
        complaint = "rights.other-unit";
    if (complaint[0])
        return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", complaint, NULL);
    if (authority_by_hand(d, s, r))
        return d->fail.err;
    if (s->erased)
        return fail_add(&d->fail, ERR_CONFLICT, "R-272", "", "dossier.erased", NULL);
    if (s->voided && !(row->needs & ALSO_VOID))
        return fail_add(&d->fail, ERR_CONFLICT, "R-283", "", "dossier.voided", NULL);
    if (!(r->from & BIT(s->state)))
        return fail_add(&d->fail, ERR_CONFLICT, "R-082", "", "dossier.state", "%s", dossier_state_name((int)s->state));
    int i = unmet(s, row);
    return i < 0 ? ERR_OK : fail_add(&d->fail, ERR_CONFLICT, needs[i].rule, "", needs[i].code, NULL);
}

static void outage_evidence(struct step *k)
{
    const json_t *outage = json_object_get(k->in, "outage");
    if (!outage || json_is_null(outage))
        return;
    sealed_json(k, "outage", outage, OUTAGE_BYTES_MAX);
    struct str logged = text_of(k, outage, "logged_as", "/outage/logged_as", 60);
    if (!is_code(logged))
        wrong(k, "/outage/logged_as", "field.code");
    else if (logged.n)
        put_s(k->out, "outage", logged); /* by hand, and where the outage is logged: plain, so that it can be counted */
}

bool dossier_may_be_known(const void *state, const struct actor *a, int64_t now) { return dossier_visible(state, a) || is_system(a, now); }

/* What follows from every step alike: from when a new date is soon due, and at the end of processing the one verdict on time.
 * It is told as of the state before, whose clock may stand: closing ends the pause. */
static enum err verdict_on_time(struct step *k)
{
    const struct dossier *s = k->s;
    if (json_object_get(k->out, "finished_at"))
        put_i(k->out, "finished_late", dossier_late(s, k->d->command->now));
    struct str moved = get_s(k->out, "competent_unit");
    return put_soon(k->d, moved.n ? moved : s->competent_unit, k->out);
}

enum err dossier_decide(struct decision *d)
{
    const struct dossier *s = d->state;
    const struct command *c = d->command;
    if (str_is(c->type, "submit")) {
        if (s)
            return fail_add(&d->fail, ERR_CONFLICT, "R-082", "", "dossier.exists", NULL);
        if (!roles_may(d, c->home_unit, STR_NONE, "submit"))
            return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", "rights.role", NULL);
        return dossier_decide_submit(d);
    }
    if (!s || !dossier_may_be_known(s, &c->actor, c->now)) /* before the type: who may not know of it learns nothing from its refusals */
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "dossier.absent", NULL);
    const struct row *row = row_of(c->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    if (check(d, s, row))
        return d->fail.err;
    struct step k = {.d = d, .s = s, .rule = &row->rule, .in = c->payload, .out = arena_json(d->arena, json_object()),
                     .personal = arena_json(d->arena, json_object())};
    outage_evidence(&k);
    enum err e = row->run(&k);
    if (!e)
        e = verdict_on_time(&k);
    seal_result_names(&k);
    if (!e)
        e = d->fail.err ? d->fail.err : dossier_refuse_citations(d);
    if (e)
        return e;
    if (!(row->rule.to & BIT(k.to))) /* the table holds for our own code too */
        return fail_add(&d->fail, ERR_INTERNAL, "R-082", "", "command.outside-table", "%s", row->rule.command);
    decision_event(d, row->rule.event, 1, json_incref(k.out), json_object_size(k.personal) ? json_incref(k.personal) : NULL,
                   str_dup(d->arena, get_s(k.out, "basis")));
    return ERR_OK;
}

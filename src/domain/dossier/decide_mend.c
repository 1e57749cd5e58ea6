/* Withdrawal, stop, and what mends: correction, void, note, erasure. Nothing here takes an old value away from the ledger. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

enum err run_withdraw(struct step *k)
{
    int64_t by;
    sealed_text(k, "reason", true);
    if (days_ahead(k, "withdrawal_decide_wd", k->s->receiving_unit, &by))
        return k->d->fail.err;
    put_i(k->out, "previous", k->s->state);
    put_s(k->out, "previous_task", k->s->task);
    put_i(k->out, "previous_next_at", k->s->next_at);
    move(k, DOSSIER_WITHDRAWAL, "decide_withdrawal", by);
    return ERR_OK;
}

/* The clock did not stand meanwhile: taking it back costs nobody's time but the applicant's. */
enum err run_take_back(struct step *k)
{
    sealed_text(k, "reason", true);
    move(k, (int)k->s->previous, str_c(k->d->arena, k->s->previous_task), k->s->previous_next_at);
    return ERR_OK;
}

enum err run_stop(struct step *k)
{
    bool withdrawn = k->s->state == DOSSIER_WITHDRAWAL; /* that has its reason already */
    sealed_text(k, "reason", withdrawn);
    legal_basis(k, !withdrawn);
    close_pause(k);
    if (str_is(k->s->finance, "waiting") && axis_move(k, AXIS_FINANCE, "ended"))
        return k->d->fail.err;
    put_s(k->out, "outcome", withdrawn ? STR("withdrawn") : STR("stopped"));
    put_i(k->out, "finished_at", k->d->command->now);
    move(k, DOSSIER_STOPPED, "none", 0);
    return ERR_OK;
}

/* --- correction --- */

/* Two accounts of one person are one person. */
static bool same_person(const struct actor *x, const struct actor *y)
{
    if (str_eq(x->id, y->id))
        return true;
    for (size_t i = 0; i < x->audiences; i++)
        if (str_has_prefix(x->audience[i], STR("o:")) && actor_sees(y, x->audience[i]))
            return true;
    return false;
}

/* She is named now, and says herself whether she agreed (run_confirm). */
static void name_approver(struct step *k, struct str approver)
{
    json_t *list = dossier_approvals_json(k->s), *o = json_object();
    if (k->s->approvals >= DOSSIER_APPROVALS_MAX)
        json_array_remove(list, 0); /* the events keep it */
    put_s(o, "command", str_of(k->rule->command));
    put_s(o, "approver", approver);
    put_s(o, "state", STR("named"));
    put_i(o, "seq", k->d->seq + 1);
    put_i(o, "at", 0);
    json_array_append_new(list, o);
    json_object_set_new(k->out, "approvals", list);
}

/* a second person in office, who may approve for one of the units that hold the dossier, and whose own it is not. */
static enum err with_approver(struct step *k)
{
    const struct dossier_inputs *in = k->d->inputs;
    const struct actor *who = in ? in->approver : NULL, *actor = &k->d->command->actor;
    const struct rules *rules = k->d->rules;
    struct str approver = plain_code(k, "approver", true);
    if (approver.n && (str_eq(approver, actor->id) || (who && same_person(who, actor))))
        wrong(k, "/approver", "rights.four-eyes");
    else if (approver.n && !who)
        wrong(k, "/approver", "rights.approver-unknown");
    else if (approver.n) {
        role_set roles = roles_over(rules->org, who->principal, k->s->receiving_unit, k->s->procedure, k->d->command->now)
            | roles_over(rules->org, who->principal, k->s->competent_unit, k->s->procedure, k->d->command->now);
        if (!role_may(rules->rights, roles, STR("approve_correction")))
            wrong(k, "/approver", "rights.approver-role");
        else if (own_dossier(k->s, who))
            wrong(k, "/approver", "rights.own-dossier");
        else
            name_approver(k, approver);
    }
    return sealed_text(k, "reason", false);
}

/* Another unit decides: it has not accepted yet, and nobody there has been assigned. */
static enum err correct_unit(struct step *k, struct dossier *s, struct str unit)
{
    if (str_eq(unit, s->competent_unit))
        return wrong(k, "/changes/competent_unit", "correct.nothing");
    put_s(k->out, "old_competent_unit", s->competent_unit);
    if (competent_set(k->d, s, procedure_of(k->d, s), unit, "/changes/competent_unit"))
        return k->d->fail.err;
    s->competence = STR("chosen");
    put_competent(k->out, s);
    s->officer = STR("");
    put_s(k->out, "officer", s->officer);
    s->accepted_at = s->handed_over_at = 0;
    put_i(k->out, "accepted_at", 0);
    put_i(k->out, "handed_over_at", 0);
    return ERR_OK;
}

/* Another case of the same procedure, or the case of the procedure that it is now. */
static enum err correct_variant(struct step *k, struct dossier *s, struct str code)
{
    const struct procedure *p = procedure_of(k->d, s);
    if (!p)
        return wrong(k, "/changes/variant", "variant.unknown");
    if (str_eq(code, k->s->variant) && str_eq(s->procedure, k->s->procedure))
        return wrong(k, "/changes/variant", "correct.nothing");
    put_s(k->out, "old_variant", k->s->variant);
    procedure_set(s, p); /* without the limit of the case chosen before */
    if (variant_set(k->d, s, p, code, "/changes/variant"))
        return k->d->fail.err;
    put_procedure(k->out, s);
    return ERR_OK;
}

static enum err correct_procedure(struct step *k, struct dossier *s, struct str code, struct str agency)
{
    size_t candidates = 0;
    int64_t day = time_local_day(s->submitted_at);
    const struct procedure *p = procedure_find(k->d->rules->catalog, code, agency, day, &candidates);
    if (!p)
        return candidates > 1 ? wrong(k, "/changes/agency", "procedure.agency-needed") : wrong(k, "/changes/procedure", "procedure.unknown");
    if (procedure_receivable(k->d->rules->catalog, p, s->receiving_province, day) != RECEIVABLE)
        return fail_add(&k->d->fail, ERR_CONFLICT, "R-031", "/changes/procedure", "procedure.not-receivable", NULL);
    put_s(k->out, "old_procedure", s->procedure);
    procedure_set(s, p);
    put_procedure(k->out, s);
    return ERR_OK;
}

/* New dates where the limit or the unit changed while the work goes on; never after its end, and never over a date that was given to the
 * applicant by extension or apology. */
static enum err redate(struct step *k, struct dossier *s, bool unit, bool procedure)
{
    bool wait = dossier_awaits_acceptance(s), given_stays = !procedure && s->due_given;
    if (s->reappointed || s->apologised || s->suspended_at || given_stays) {
        put_i(k->out, "expected", wait && !s->reappointed && !s->apologised);
        return no_own_date(k->d, k->in, "dossier.due-kept");
    }
    struct dates t;
    int64_t from = s->accepted_at && !unit ? s->accepted_at : s->received_at;
    if (dossier_dates(k->d, s, from, wait, k->in, &t))
        return k->d->fail.err;
    if (t.given)
        sealed_text(k, "due_reason", false);
    put_i(k->out, "old_due_at", s->due_at);
    put_dates(k->out, &t);
    put_i(k->out, "expected", wait);
    s->due_at = t.due_at;
    return ERR_OK;
}

/* Whose turn after a change of unit or limit, told to the state that work goes on in: now, or after a withdrawal is taken back. */
static void turn(struct step *k, struct dossier *s, bool unit)
{
    const int64_t at = s->state == DOSSIER_WITHDRAWAL ? s->previous : s->state;
    if (at != DOSSIER_RECEIVED && at != DOSSIER_PROCESSING)
        return;
    struct str task = unit ? str_of(working_task(s)) : s->state == DOSSIER_WITHDRAWAL ? s->previous_task : s->task;
    int64_t next = s->suspended_at ? s->next_at : s->due_at;
    if (str_is(task, "hand_over") || (at == DOSSIER_RECEIVED && !s->handed_over_at)) {
        if (unit)
            s->hand_over_by = calendar_hand_over_by(k->d->rules->calendar, s->receiving_unit, k->d->command->now);
        put_i(k->out, "hand_over_by", s->hand_over_by);
        next = s->hand_over_by;
    }
    if (s->state == DOSSIER_WITHDRAWAL) {
        put_s(k->out, "previous_task", task);
        put_i(k->out, "previous_next_at", next);
    } else {
        s->task = task;
        s->next_at = next;
    }
}

/* Wrong data, procedure or unit: with reason and a second person; the old value stays in the ledger; the receipt is issued anew. */
enum err run_correct(struct step *k)
{
    const json_t *changes = json_object_get(k->in, "changes"), *form = json_object_get(changes, "form");
    struct dossier s = *k->s;
    struct str unit = text_of(k, changes, "competent_unit", "/changes/competent_unit", UNIT_CODE_MAX);
    struct str procedure = text_of(k, changes, "procedure", "/changes/procedure", 40);
    struct str agency = text_of(k, changes, "agency", "/changes/agency", 200), variant = text_of(k, changes, "variant", "/changes/variant", 40);
    with_approver(k);
    if (!json_is_object(changes) || json_object_size(changes) == 0)
        return wrong(k, "/changes", "field.required");
    if (!unit.n && !procedure.n && !variant.n && !json_object_get(changes, "parties") && !form)
        wrong(k, "/changes", "correct.nothing");
    bool limit = procedure.n || variant.n;
    if (k->s->finished_at && (unit.n || limit)) /* the decision was that unit's, on that procedure */
        return forbidden_now(k, "R-099", "correct.after-decision");
    if (form)
        sealed_json(k, "form", form, FORM_BYTES_MAX);
    if (json_object_get(changes, "parties") && dossier_correct_parties(k->d, json_object_get(changes, "parties"), k->personal, k->out))
        return k->d->fail.err;
    if (k->d->fail.err || (procedure.n && correct_procedure(k, &s, procedure, agency))
        || (variant.n && correct_variant(k, &s, variant)) || (unit.n && correct_unit(k, &s, unit)))
        return k->d->fail.err;
    if (received(&s) && !s.finished_at && (limit || unit.n)) {
        if (redate(k, &s, unit.n > 0, limit))
            return k->d->fail.err;
        turn(k, &s, unit.n > 0);
    } else if (no_own_date(k->d, k->in, "dossier.due-kept"))
        return k->d->fail.err;
    put_i(k->out, "receipts", s.receipts + (received(&s) ? 1 : 0));
    move(k, DOSSIER_NONE, str_c(k->d->arena, s.task), s.next_at);
    return ERR_OK;
}

/* A mistaken or doubled entry: it stays, is counted apart, and nothing more can happen to it. */
enum err run_void(struct step *k)
{
    if (with_approver(k))
        return k->d->fail.err;
    const struct dossier_inputs *in = k->d->inputs;
    if (plain_code(k, "doubled_by", false).n && in && in->doubled_absent)
        wrong(k, "/doubled_by", "dossier.absent");
    put_i(k->out, "voided", 1);
    put_s(k->out, "void_task", k->s->task);
    put_i(k->out, "void_next_at", k->s->next_at);
    put_i(k->out, "closed_at", k->d->command->now);
    move(k, DOSSIER_NONE, "none", 0);
    return ERR_OK;
}

/* --- revocation --- */

bool result_in_force(const struct dossier *s, const struct dossier_result *r)
{
    return s->outcome.n && r->number.n && r->date.n && !r->revoked_at;
}

/* Thu hồi kết quả: by decision, with reason, legal basis and a second person. The paper stays what it was; from now on it is not in force. */
enum err run_revoke_result(struct step *k)
{
    const json_t *no = json_object_get(k->in, "result");
    int64_t at = json_is_integer(no) ? json_integer_value(no) : 0;
    legal_basis(k, true);
    plain_number(k, "decision", true);
    with_approver(k);
    if (at < 1 || at > (int64_t)k->s->results)
        return wrong(k, "/result", "result.unknown");
    if (!result_in_force(k->s, &k->s->result[at - 1]))
        return wrong(k, "/result", k->s->result[at - 1].revoked_at ? "result.revoked" : "result.not-issued");
    json_t *list = dossier_results_json(k->s);
    put_i(json_array_get(list, (size_t)at - 1), "revoked_at", k->d->command->now);
    json_object_set_new(k->out, "results", list);
    put_i(k->out, "result", at);
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at);
    return k->d->fail.err;
}

/* The second person's own word on what names her: all of it that is open, or one event. Contested, it is for everybody to see. What was done is
 * undone like any other mistake, by a correction; only a void, after which nothing could be given any more, is taken back by her word itself. */
enum err run_confirm(struct step *k)
{
    const json_t *agreed = json_object_get(k->in, "agreed"), *seq = json_object_get(k->in, "seq");
    json_t *list = dossier_approvals_json(k->s), *item;
    size_t i, spoken = 0;
    bool back = false;
    json_object_set_new(k->out, "approvals", list);
    if (!json_is_boolean(agreed))
        wrong(k, "/agreed", agreed ? "field.not-boolean" : "field.required");
    if (seq && !json_is_null(seq) && !json_is_integer(seq))
        wrong(k, "/seq", "field.not-number");
    sealed_text(k, "reason", json_is_true(agreed));
    json_array_foreach(list, i, item) {
        bool meant = !json_is_integer(seq) || json_integer_value(seq) == get_i(item, "seq");
        if (!meant || !str_is(get_s(item, "state"), "named") || !str_eq(get_s(item, "approver"), k->d->command->actor.id))
            continue;
        put_s(item, "state", json_is_true(agreed) ? STR("confirmed") : STR("contested"));
        put_i(item, "at", k->d->command->now);
        back |= k->s->voided && !json_is_true(agreed) && str_is(get_s(item, "command"), "void");
        spoken++;
    }
    if (!spoken)
        wrong(k, "/seq", "approval.unknown");
    if (back) {
        put_i(k->out, "voided", 0);
        put_i(k->out, "closed_at", 0);
        move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->void_task), k->s->void_next_at);
    } else
        move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at);
    return k->d->fail.err;
}

enum err run_note(struct step *k)
{
    sealed_text(k, "text", false);
    plain_code(k, "kind", false);
    return ERR_OK;
}

/* Lawful destruction, or a person's right: the key of the stream is dropped; the chain stays whole. */
enum err run_erase(struct step *k)
{
    legal_basis(k, true);
    plain_number(k, "decision", true);
    put_i(k->out, "erased", 1);
    return ERR_OK;
}

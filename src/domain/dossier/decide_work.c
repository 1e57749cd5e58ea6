/* Work on a dossier: assignment, opinions, decision, result, delivery. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include "domain/party/party.h"
#include <stdio.h>

enum { COLLECTOR_BYTES_MAX = 4096, NAME_MAX_BYTES = 200, NUMBER_MAX_BYTES = 100 };

enum err run_assign(struct step *k)
{
    const struct dossier_inputs *in = k->d->inputs;
    const struct actor *who = in ? in->officer : NULL, *actor = &k->d->command->actor;
    struct str officer = plain_code(k, "officer", true);
    /* An outside authority's people are not ours: its connector stands for them. */
    bool connector = k->s->authority && str_eq(officer, actor->id)
        && (roles_over(k->d->rules->org, actor->principal, k->s->competent_unit, k->s->procedure, k->d->command->now) & ROLE_BIT(ROLE_CONNECTOR));
    if (officer.n && !connector && !who)
        wrong(k, "/officer", "officer.unknown");
    else if (officer.n && !connector) {
        role_set roles = roles_over(k->d->rules->org, who->principal, k->s->competent_unit, k->s->procedure, k->d->command->now);
        if (!role_may(k->d->rules->rights, roles, STR("be_assigned")))
            wrong(k, "/officer", "officer.role");
        else if (own_dossier(k->s, who))
            wrong(k, "/officer", "rights.own-dossier");
    }
    move(k, k->s->state == DOSSIER_PROCESSING ? DOSSIER_NONE : DOSSIER_PROCESSING, "process", running_clock(k->s));
    return ERR_OK;
}

/* A row of the control sheet; whose turn it is changes by other commands. */
enum err run_complete_step(struct step *k)
{
    sealed_text(k, "step", false);
    sealed_text(k, "note", true);
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), running_clock(k->s));
    return ERR_OK;
}

/* --- opinions of other units (R-072) --- */

enum err run_consult(struct step *k)
{
    struct str unit = plain_code(k, "unit", true), due = text_of(k, k->in, "due_at", "/due_at", 40);
    const struct unit *u = unit.n ? unit_find(k->d->rules->org, unit) : NULL;
    int64_t at = 0;
    if (k->s->consults >= DOSSIER_CONSULTS_MAX)
        return forbidden_now(k, "R-072", "dossier.consults-too-many");
    if (unit.n && (!u || !unit_valid_on(u, time_local_day(k->d->command->now))))
        wrong(k, "/unit", "unit.unknown");
    if (!time_parse(due, &at) || at <= k->d->command->now || at > k->d->command->now + LIMIT_DAYS_MAX * (int64_t)MS_DAY)
        wrong(k, "/due_at", due.n ? "dossier.due-invalid" : "field.required");
    sealed_text(k, "question", false);
    if (k->d->fail.err)
        return k->d->fail.err;
    json_t *list = dossier_consults_json(k->s), *o = json_object();
    put_i(o, "no", (int64_t)k->s->consults + 1);
    put_i(o, "due_at", at);
    put_i(o, "answered_at", 0);
    put_s(o, "unit", unit);
    put_s(o, "desk", unit_desk(k->d->rules->org, unit));
    json_array_append_new(list, o);
    json_object_set_new(k->out, "consults", list);
    move(k, DOSSIER_NONE, "consult", running_clock(k->s)); /* silence is not consent: the clock runs on */
    return ERR_OK;
}

enum err run_answer(struct step *k)
{
    const json_t *no = json_object_get(k->in, "no");
    int64_t which = json_integer_value(no), open = 0;
    if (!json_is_integer(no) || which < 1 || which > (int64_t)k->s->consults)
        return wrong(k, "/no", "consult.unknown");
    const struct dossier_consult *c = &k->s->consult[which - 1];
    if (c->answered_at)
        return forbidden_now(k, "R-072", "consult.answered");
    if (!of_desk(&k->d->command->actor, k->s, c->desk))
        return fail_add(&k->d->fail, ERR_FORBIDDEN, "R-072", "/no", "rights.other-unit", NULL);
    sealed_text(k, "opinion", false);
    put_i(k->out, "no", which);
    json_t *list = dossier_consults_json(k->s), *item;
    size_t i;
    json_array_foreach(list, i, item) {
        if (i == (size_t)which - 1)
            put_i(item, "answered_at", k->d->command->now);
        open += json_integer_value(json_object_get(item, "answered_at")) == 0;
    }
    json_object_set_new(k->out, "consults", list);
    if (k->s->state == DOSSIER_PROCESSING && str_is(k->s->task, "consult") && !open)
        move(k, DOSSIER_NONE, working_task(k->s), running_clock(k->s));
    else
        move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at); /* it is still somebody else's turn */
    return ERR_OK;
}

enum err run_propose(struct step *k)
{
    struct str outcome = text_of(k, k->in, "outcome", "/outcome", 20);
    if (outcome.n && !str_is(outcome, "approved") && !str_is(outcome, "rejected"))
        wrong(k, "/outcome", "dossier.outcome");
    if (outcome.n)
        put_s(k->out, "proposed", outcome); /* not "outcome": proposed is not decided */
    sealed_text(k, "note", true);
    move(k, DOSSIER_NONE, "approve", running_clock(k->s));
    return ERR_OK;
}

enum err run_return_to_step(struct step *k)
{
    struct str task = text_of(k, k->in, "to", "/to", 20);
    sealed_text(k, "reason", false);
    if (task.n && !str_is(task, "process") && !str_is(task, "assign") && !str_is(task, "consult"))
        return wrong(k, "/to", "dossier.task");
    bool asked = false;
    for (size_t i = 0; i < k->s->consults; i++)
        asked |= !k->s->consult[i].answered_at;
    if (str_is(task, "consult") && !asked) /* nobody's turn otherwise */
        return wrong(k, "/to", "dossier.task");
    move(k, DOSSIER_NONE, task.n ? str_c(k->d->arena, task) : "process", running_clock(k->s));
    return ERR_OK;
}

/* --- decision and result --- */

/* Fields of one result at `at`; those that the request does not name stay. */
static void result_fields(struct step *k, const json_t *in, const char *at, json_t *o)
{
    static const struct { const char *key; size_t max; } fields[] = {{"file", 64}, {"number", NUMBER_MAX_BYTES}, {"date", 10}, {"name", NAME_MAX_BYTES}};
    char pointer[80];
    for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
        unsigned char sha[HASH_BYTES];
        int64_t day;
        snprintf(pointer, sizeof pointer, "%s/%s", at, fields[f].key);
        struct str s = text_of(k, in, fields[f].key, pointer, fields[f].max);
        if (f == 0 && s.n && (!hex_parse(s, sha, sizeof sha) || !may_cite(k->d, s)))
            wrong(k, pointer, "file.name");
        else if (f == 2 && s.n && !date_parse(s, &day))
            wrong(k, pointer, "field.date");
        else if (f == 1 && s.n && !is_paper_number(s))
            wrong(k, pointer, "field.paper-number");
        else if (s.n || !json_object_get(o, fields[f].key))
            put_s(o, fields[f].key, s);
    }
}

/* Whom the result concerns: the place of a party, never a name. */
static void result_subject(struct step *k, const json_t *in, const char *at, json_t *o)
{
    const json_t *v = json_object_get(in, "subject");
    char pointer[80], text[24] = "";
    if (json_is_integer(v) && json_integer_value(v) >= 1 && json_integer_value(v) <= PARTIES_MAX)
        snprintf(text, sizeof text, "%d", (int)json_integer_value(v));
    else if (v && !json_is_null(v)) {
        snprintf(pointer, sizeof pointer, "%s/subject", at);
        wrong(k, pointer, "result.subject");
    }
    put_s(o, "subject", str_of(text));
}

static enum err add_results(struct step *k)
{
    const json_t *in = json_object_get(k->in, "results"), *v;
    size_t i;
    if (!in || json_is_null(in))
        return ERR_OK;
    if (!json_is_array(in))
        return wrong(k, "/results", "field.not-list");
    if (json_array_size(in) + k->s->results > DOSSIER_RESULTS_MAX)
        return wrong(k, "/results", "field.too-many");
    json_t *list = dossier_results_json(k->s);
    json_object_set_new(k->out, "results", list);
    json_array_foreach(in, i, v) {
        char at[40];
        json_t *o = json_object();
        json_array_append_new(list, o);
        snprintf(at, sizeof at, "/results/%zu", i);
        if (!json_is_object(v))
            wrong(k, at, "field.not-object");
        result_fields(k, v, at, o);
        result_subject(k, v, at, o);
        put_i(o, "delivered_at", 0);
        put_i(o, "signed_at", 0);
        put_i(o, "revoked_at", 0);
    }
    return k->d->fail.err;
}

static enum err finish(struct step *k, const char *outcome, int to)
{
    int64_t collect;
    if (days_ahead(k, "collect_reminder_wd", k->s->receiving_unit, &collect))
        return k->d->fail.err;
    close_pause(k);
    if (str_is(k->s->finance, "waiting") && axis_move(k, AXIS_FINANCE, "ended"))
        return k->d->fail.err;
    put_s(k->out, "outcome", str_of(outcome));
    put_i(k->out, "finished_at", k->d->command->now);
    bool final = dossier_state_final(to);
    if (!final && axis_move(k, AXIS_DELIVERY, "ready"))
        return k->d->fail.err;
    move(k, to, final ? "none" : "deliver", final ? 0 : collect);
    return ERR_OK;
}

enum err run_approve(struct step *k)
{
    sealed_text(k, "note", true);
    if (add_results(k))
        return k->d->fail.err;
    return finish(k, "approved", DOSSIER_DONE);
}

/* after appraisal, signed and reasoned, within the time. Which legal state it shows is a parameter of the portal. */
enum err run_reject(struct step *k)
{
    int64_t to = 0;
    sealed_text(k, "reason", false);
    legal_basis(k, true);
    if (add_results(k) || parameter_days(k->d, "reject_state", &to))
        return k->d->fail.err;
    if (to != DOSSIER_REFUSED && to != DOSSIER_STOPPED && to != DOSSIER_DONE)
        return fail_add(&k->d->fail, ERR_CORRUPT, "R-074", "", "parameters.reject-state", "%lld", (long long)to);
    if (dossier_late(k->s, k->d->command->now))
        put_s(k->out, "violates", STR("R-074"));
    return finish(k, "rejected", (int)to);
}

/* A result's place in the list, from 1; NULL with a complaint. */
static json_t *result_at(struct step *k, json_t *list, const json_t *no, const char *pointer)
{
    int64_t at = json_integer_value(no);
    json_t *item = json_is_integer(no) && at >= 1 && at <= DOSSIER_RESULTS_MAX ? json_array_get(list, (size_t)at - 1) : NULL;
    bool revoked = get_i(item, "revoked_at") != 0;
    if (item && !revoked && !get_i(item, "delivered_at"))
        return item;
    wrong(k, pointer, revoked ? "result.revoked" : item ? "result.delivered" : "result.unknown");
    return NULL;
}

/* a result is signed, numbered, dated; the signed file takes the place of the draft. */
enum err run_sign_result(struct step *k)
{
    json_t *list = dossier_results_json(k->s), *item;
    json_object_set_new(k->out, "results", list);
    if (!(item = result_at(k, list, json_object_get(k->in, "result"), "/result")))
        return k->d->fail.err;
    result_fields(k, k->in, "", item);
    put_i(item, "signed_at", k->d->command->now);
    sealed_text(k, "capacity", true); /* TM., KT., TL., TUQ. */
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at);
    return ERR_OK;
}

/* who took it, on what proof. Of a group dossier some results may wait. */
enum err run_deliver(struct step *k)
{
    const json_t *collector = json_object_get(k->in, "collector"), *which = json_object_get(k->in, "results"), *v;
    size_t i, left = 0;
    json_t *list = dossier_results_json(k->s), *item;
    json_object_set_new(k->out, "results", list);
    if (collector)
        sealed_json(k, "collector", collector, COLLECTOR_BYTES_MAX);
    if (!text_of(k, collector, "name", "/collector/name", PARTY_NAME_MAX).n && !k->d->fail.err)
        wrong(k, "/collector/name", "field.required");
    sealed_text(k, "proof", false);
    bool all = !which || json_is_null(which);
    if (!all && (!json_is_array(which) || (json_array_size(which) == 0 && k->s->results)))
        return wrong(k, "/results", json_is_array(which) ? "field.required" : "field.not-list");
    json_array_foreach(which, i, v) {
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/results/%zu", i);
        if ((item = result_at(k, list, v, pointer)))
            put_i(item, "delivered_at", k->d->command->now);
    }
    json_array_foreach(list, i, item) {
        if (get_i(item, "revoked_at"))
            continue; /* nobody gets it; the owner gets the decision that revoked it */
        if (all && !get_i(item, "delivered_at"))
            put_i(item, "delivered_at", k->d->command->now);
        left += get_i(item, "delivered_at") == 0;
    }
    if (axis_move(k, AXIS_DELIVERY, left ? "partly" : "delivered"))
        return k->d->fail.err;
    if (left) {
        move(k, DOSSIER_NONE, "deliver", k->s->next_at);
        return ERR_OK;
    }
    put_i(k->out, "delivered_at", k->d->command->now);
    move(k, DOSSIER_DELIVERED, "none", 0);
    return ERR_OK;
}

/* What may happen to a dossier, when, by whom, and where it leads: one table, and a function for each row's own conditions. Pure.
 * Rules: R-082 for the states and their transitions (rejection after appraisal, 6→7 and 7→previous are our additions; docs/decisions). */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include <assert.h>
#include <stdio.h>

#define BIT(s) (1u << (s))
enum {
    STAY = BIT(DOSSIER_NONE),
    OPEN = BIT(DOSSIER_NEW) | BIT(DOSSIER_RECEIVED) | BIT(DOSSIER_PROCESSING) | BIT(DOSSIER_SUPPLEMENT) | BIT(DOSSIER_FINANCE)
        | BIT(DOSSIER_WITHDRAWAL) | BIT(DOSSIER_DONE),
    FINAL = BIT(DOSSIER_REFUSED) | BIT(DOSSIER_STOPPED) | BIT(DOSSIER_DELIVERED),
    WORKING = BIT(DOSSIER_PROCESSING),
    REASON_MAX = 4000,
};

struct step {
    struct decision *d;
    const struct dossier *s;
    const struct dossier_rule *rule;
    const json_t *in;
    json_t *out, *personal; /* of the event */
    int to;                 /* DOSSIER_NONE: stays */
};

struct row {
    struct dossier_rule rule;
    enum err (*run)(struct step *);
};

static enum err wrong(struct step *k, const char *pointer, const char *code)
{
    return fail_add(&k->d->fail, ERR_INVALID, k->rule->rule, pointer, code, NULL);
}

static enum err forbidden_now(struct step *k, const char *rule, const char *code)
{
    return fail_add(&k->d->fail, ERR_CONFLICT, rule, "", code, NULL);
}

static void move(struct step *k, int to, const char *task, int64_t next_at)
{
    k->to = to;
    if (to)
        put_i(k->out, "state", to);
    put_s(k->out, "task", str_of(task));
    put_i(k->out, "next_at", next_at);
    if (dossier_state_final(to))
        put_i(k->out, "closed_at", k->d->command->now);
}

/* A sentence in the applicant's or officer's words: personal, so it is sealed. Required unless `optional`. */
static enum err sealed_text(struct step *k, const char *field, bool optional)
{
    char pointer[40];
    struct str s = get_s(k->in, field), nfc;
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (!str_trim(s).n)
        return optional ? ERR_OK : wrong(k, pointer, "field.required");
    if (s.n > REASON_MAX)
        return wrong(k, pointer, "field.too-long");
    if (vn_nfc(k->d->arena, str_trim(s), &nfc))
        return wrong(k, pointer, "field.characters");
    put_s(k->personal, field, nfc);
    return ERR_OK;
}

/* A short plain fact that is not personal: a decision's number, a step, an officer's id. */
static struct str plain(struct step *k, const char *field, bool required)
{
    char pointer[40];
    struct str s = str_trim(get_s(k->in, field)), nfc = STR("");
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (!s.n && required)
        wrong(k, pointer, "field.required");
    else if (s.n > 200)
        wrong(k, pointer, "field.too-long");
    else if (s.n && vn_nfc(k->d->arena, s, &nfc))
        wrong(k, pointer, "field.characters");
    if (nfc.n)
        put_s(k->out, field, nfc);
    return nfc;
}

static enum err days_ahead(struct step *k, const char *parameter, struct str unit, int64_t *at_r)
{
    int64_t days = 0;
    enum err e = parameter_days(k->d, parameter, &days);
    *at_r = e ? 0 : after_working_days(k->d, unit, days);
    return e;
}

static bool received(const struct dossier *s) { return s->received_at != 0; }

/* --- receipt --- */

static enum err run_receive(struct step *k)
{
    struct dossier s = *k->s; /* with the clerk's choice of the competent unit, where the table had no answer */
    struct str chosen = plain(k, "competent_unit", str_is(s.competence, "open"));
    if (k->d->fail.err)
        return k->d->fail.err;
    if (received(&s) || (s.state == DOSSIER_SUPPLEMENT && !s.supplemented))
        return forbidden_now(k, "R-082", received(&s) ? "dossier.already-received" : "dossier.supplement-awaited");
    if (chosen.n && !str_eq(chosen, s.competent_unit)) {
        const struct unit *u = unit_find(k->d->rules->org, chosen);
        if (!u)
            return wrong(k, "/competent_unit", "unit.unknown");
        const struct unit *here = unit_find(k->d->rules->org, s.receiving_unit);
        s.competent_unit = chosen;
        s.authority = u->authority;
        s.competent_province = unit_province(k->d->rules->org, chosen);
        s.needs_acceptance = u->authority || !here || (!str_eq(u->territory, here->territory) && !str_eq(s.receiving_province, here->territory));
        put_s(k->out, "competence", STR("chosen"));
        put_s(k->out, "competent_desk", unit_desk(k->d->rules->org, chosen));
        put_s(k->out, "competent_province", s.competent_province);
        put_i(k->out, "authority", s.authority);
        put_i(k->out, "needs_acceptance", s.needs_acceptance);
    } else if (chosen.n)
        put_s(k->out, "competence", STR("chosen"));
    struct dates t;
    enum err e = dossier_dates(k->d, &s, k->d->command->now, s.needs_acceptance, k->in, &t);
    if (e)
        return e;
    put_i(k->out, "received_at", k->d->command->now);
    put_i(k->out, "expected", s.needs_acceptance);
    put_i(k->out, "hand_over_by", t.hand_over_by);
    put_i(k->out, "receipts", s.receipts + 1);
    put_dates(k->out, &t);
    if (t.given)
        plain(k, "due_reason", true);
    move(k, DOSSIER_RECEIVED, s.needs_acceptance ? "hand_over" : "assign", t.hand_over_by);
    return ERR_OK;
}

static enum err run_refuse(struct step *k)
{
    if (received(k->s))
        return forbidden_now(k, "R-044", "dossier.already-received");
    sealed_text(k, "reason", false);
    plain(k, "basis", true); /* the legal basis is compulsory */
    move(k, DOSSIER_REFUSED, "none", 0);
    return ERR_OK;
}

/* All defects at once. A second request is possible, and counts the dossier as late. */
static enum err run_request_supplement(struct step *k)
{
    const json_t *items = json_object_get(k->in, "items"), *item;
    size_t i;
    if (k->s->state == DOSSIER_SUPPLEMENT && !k->s->supplemented)
        return forbidden_now(k, "R-071", "dossier.supplement-awaited");
    if (!json_is_array(items) || json_array_size(items) == 0 || json_array_size(items) > 100)
        return wrong(k, "/items", "field.required");
    json_t *kept = json_array();
    json_array_foreach(items, i, item) {
        struct str s = json_is_string(item) ? str_trim(str_of(json_string_value(item))) : STR(""), nfc;
        if (!s.n || s.n > 1000 || vn_nfc(k->d->arena, s, &nfc)) {
            char pointer[40];
            snprintf(pointer, sizeof pointer, "/items/%zu", i);
            wrong(k, pointer, s.n > 1000 ? "field.too-long" : "field.required");
        } else
            json_array_append_new(kept, json_stringn(nfc.p, nfc.n));
    }
    json_object_set_new(k->personal, "items", kept);
    sealed_text(k, "reason", false);
    int64_t by, appraisal_days = 0;
    if (days_ahead(k, "supplement_reminder_wd", k->s->receiving_unit, &by))
        return k->d->fail.err;
    int64_t count = k->s->supplements + 1;
    put_i(k->out, "supplements", count);
    put_i(k->out, "supplement_at", k->d->command->now);
    put_i(k->out, "supplemented", 0);
    if (count > 1) {
        put_i(k->out, "late_mark", 1);
        put_s(k->out, "violates", STR("R-097"));
    } else if (received(k->s)) { /* within 3 working days of receipt; told, never blocked */
        if (parameter_days(k->d, "appraisal_return_wd", &appraisal_days))
            return k->d->fail.err;
        int64_t from = time_local_day(k->s->accepted_at ? k->s->accepted_at : k->s->received_at);
        if (time_local_day(k->d->command->now) > calendar_add_working_days(k->d->rules->calendar, k->s->competent_unit, from, appraisal_days))
            put_s(k->out, "violates", STR("R-071"));
    }
    move(k, DOSSIER_SUPPLEMENT, "supplement", by);
    return ERR_OK;
}

static enum err restart_dates(struct step *k, int64_t from, bool needs_acceptance)
{
    struct dates t;
    enum err e = dossier_dates(k->d, k->s, from, needs_acceptance, k->in, &t);
    if (!e)
        put_dates(k->out, &t);
    put_i(k->out, "hand_over_by", t.hand_over_by);
    return e;
}

/* The applicant's answer. Complete after receipt: the clock restarts from zero. Before receipt the clerk looks again. */
static enum err run_supplement(struct step *k)
{
    const json_t *complete = json_object_get(k->in, "complete"), *components = json_object_get(k->in, "components"),
                 *form = json_object_get(k->in, "form");
    if (components && !json_is_array(components))
        return wrong(k, "/components", "field.not-list");
    if (components)
        json_object_set_new(k->out, "papers", json_deep_copy(components));
    if (form && !json_is_object(form))
        return wrong(k, "/form", "field.not-object");
    if (form)
        json_object_set_new(k->personal, "form", json_deep_copy(form));
    sealed_text(k, "note", true);
    if (json_is_false(complete)) {
        move(k, DOSSIER_NONE, "supplement", k->s->next_at);
        return ERR_OK;
    }
    put_i(k->out, "supplemented", 1);
    if (!received(k->s)) {
        int64_t hours;
        struct due due;
        enum err e = parameter_days(k->d, "online_ack_hours", &hours);
        if (!e)
            e = calendar_due(k->d->rules->calendar, k->s->receiving_unit, (struct limit){LIMIT_WORKING_HOURS, hours * 1000, -1},
                             k->d->command->now, NULL, 0, &due, &k->d->fail);
        if (!e)
            move(k, DOSSIER_NONE, "receive", due.due_at);
        return e;
    }
    if (k->s->due_given) { /* no limit in the catalogue: the days that were left run on */
        int64_t left = calendar_working_days_between(k->d->rules->calendar, k->s->competent_unit, time_local_day(k->s->supplement_at),
                                                     time_local_day(k->s->due_at));
        int64_t due = after_working_days(k->d, k->s->competent_unit, left > 0 ? left : 1);
        put_i(k->out, "due_at", due);
        put_i(k->out, "promised_at", due);
        move(k, DOSSIER_PROCESSING, k->s->officer.n ? "process" : "assign", due);
        return ERR_OK;
    }
    enum err e = restart_dates(k, k->d->command->now, false);
    if (!e)
        move(k, DOSSIER_PROCESSING, k->s->officer.n ? "process" : "assign", json_integer_value(json_object_get(k->out, "due_at")));
    return e;
}

/* --- on its way --- */

static enum err run_hand_over(struct step *k)
{
    plain(k, "list", false);
    bool accept = k->s->needs_acceptance;
    put_i(k->out, "handed_over_at", k->d->command->now);
    if (k->d->command->now > k->s->hand_over_by)
        put_s(k->out, "violates", STR("R-048"));
    move(k, DOSSIER_NONE, accept ? "accept" : "assign", k->s->promised_at);
    return ERR_OK;
}

/* the competent unit takes it; only now the dates are certain, and the person is told. */
static enum err run_accept(struct step *k)
{
    put_i(k->out, "accepted_at", k->d->command->now);
    int64_t due = k->s->due_at;
    if (k->s->expected && !k->s->due_given) {
        if (restart_dates(k, k->d->command->now, false))
            return k->d->fail.err;
        due = json_integer_value(json_object_get(k->out, "due_at"));
    }
    put_i(k->out, "expected", 0);
    move(k, DOSSIER_PROCESSING, "assign", due);
    return ERR_OK;
}

static enum err run_assign(struct step *k)
{
    if (k->s->state == DOSSIER_RECEIVED && k->s->needs_acceptance)
        return forbidden_now(k, "R-090", "dossier.not-accepted");
    plain(k, "officer", true);
    move(k, k->s->state == DOSSIER_PROCESSING ? DOSSIER_NONE : DOSSIER_PROCESSING, "process", k->s->due_at);
    return ERR_OK;
}

static enum err run_complete_step(struct step *k)
{
    plain(k, "step", true);
    sealed_text(k, "note", true);
    move(k, DOSSIER_NONE, "process", k->s->due_at);
    return ERR_OK;
}

static enum err run_consult(struct step *k)
{
    struct str unit = plain(k, "unit", true), due = get_s(k->in, "due_at");
    int64_t at = 0;
    if (k->s->consults >= DOSSIER_CONSULTS_MAX)
        return forbidden_now(k, "R-072", "dossier.consults-too-many");
    if (unit.n && !unit_find(k->d->rules->org, unit))
        wrong(k, "/unit", "unit.unknown");
    if (!time_parse(due, &at) || at <= k->d->command->now)
        wrong(k, "/due_at", due.n ? "dossier.due-invalid" : "field.required");
    sealed_text(k, "question", false);
    json_t *list = dossier_consults_json(k->s);
    struct str desk = unit_desk(k->d->rules->org, unit);
    json_array_append_new(list, json_pack("{sIsIsIss%ss%}", "no", (json_int_t)k->s->consults + 1, "due_at", (json_int_t)at, "answered_at",
                                          (json_int_t)0, "unit", unit.p ? unit.p : "", unit.n, "desk", desk.p ? desk.p : "", desk.n));
    json_object_set_new(k->out, "consults", list);
    move(k, DOSSIER_NONE, "consult", k->s->due_at); /* silence is not consent: the clock runs on */
    return ERR_OK;
}

static enum err run_answer(struct step *k)
{
    const json_t *no = json_object_get(k->in, "no");
    int64_t which = json_integer_value(no), open = 0;
    if (!json_is_integer(no) || which < 1 || which > (int64_t)k->s->consults)
        return wrong(k, "/no", "consult.unknown");
    const struct dossier_consult *c = &k->s->consult[which - 1];
    if (c->answered_at)
        return forbidden_now(k, "R-072", "consult.answered");
    if (!actor_sees(&k->d->command->actor, str_printf(k->d->arena, "u:%.*s", PRS(c->desk))))
        return fail_add(&k->d->fail, ERR_FORBIDDEN, "R-072", "/no", "rights.other-unit", NULL);
    sealed_text(k, "opinion", false);
    json_t *list = dossier_consults_json(k->s), *item;
    size_t i;
    json_array_foreach(list, i, item) {
        if (i == (size_t)which - 1)
            json_object_set_new(item, "answered_at", json_integer(k->d->command->now));
        open += json_integer_value(json_object_get(item, "answered_at")) == 0;
    }
    json_object_set_new(k->out, "consults", list);
    move(k, DOSSIER_NONE, open ? "consult" : "process", k->s->due_at);
    return ERR_OK;
}

static enum err run_propose(struct step *k)
{
    struct str outcome = plain(k, "outcome", false);
    if (outcome.n && !str_is(outcome, "approved") && !str_is(outcome, "rejected"))
        wrong(k, "/outcome", "dossier.outcome");
    json_object_del(k->out, "outcome"); /* proposed, not decided: must not become the state's outcome */
    if (outcome.n)
        put_s(k->out, "proposed", outcome);
    sealed_text(k, "note", true);
    move(k, DOSSIER_NONE, "approve", k->s->due_at);
    return ERR_OK;
}

static enum err run_return_to_step(struct step *k)
{
    sealed_text(k, "reason", false);
    struct str task = get_s(k->in, "to");
    if (task.n && !str_is(task, "process") && !str_is(task, "assign") && !str_is(task, "consult"))
        return wrong(k, "/to", "dossier.task");
    move(k, DOSSIER_NONE, task.n ? str_c(k->d->arena, task) : "process", k->s->due_at);
    return ERR_OK;
}

/* --- decisions --- */

static enum err add_results(struct step *k)
{
    const json_t *in = json_object_get(k->in, "results"), *v;
    size_t i;
    if (!in)
        return ERR_OK;
    if (!json_is_array(in) || json_array_size(in) + k->s->results > DOSSIER_RESULTS_MAX)
        return wrong(k, "/results", "field.not-list");
    json_t *list = dossier_results_json(k->s);
    json_array_foreach(in, i, v) {
        static const char *const keys[] = {"file", "number", "date", "name", "subject"};
        json_t *o = json_object();
        char pointer[60];
        int64_t day;
        for (size_t f = 0; f < ARRAY_LEN(keys); f++) {
            struct str s = get_s(v, keys[f]);
            unsigned char sha[HASH_BYTES];
            snprintf(pointer, sizeof pointer, "/results/%zu/%s", i, keys[f]);
            if (s.n > 300 || (f == 0 && s.n && !hex_parse(s, sha, sizeof sha)) || (f == 2 && s.n && !date_parse(s, &day)))
                wrong(k, pointer, "field.invalid");
            put_s(o, keys[f], s);
        }
        put_i(o, "delivered_at", 0);
        json_array_append_new(list, o);
    }
    json_object_set_new(k->out, "results", list);
    return k->d->fail.err;
}

static enum err finish(struct step *k, const char *outcome, int to)
{
    int64_t collect;
    if (days_ahead(k, "collect_reminder_wd", k->s->receiving_unit, &collect))
        return k->d->fail.err;
    put_s(k->out, "outcome", str_of(outcome));
    put_i(k->out, "finished_at", k->d->command->now);
    move(k, to, dossier_state_final(to) ? "none" : "deliver", dossier_state_final(to) ? 0 : collect);
    return ERR_OK;
}

static enum err run_approve(struct step *k)
{
    if (k->s->suspended_at)
        return forbidden_now(k, "R-096", "dossier.suspended");
    if (add_results(k))
        return k->d->fail.err;
    sealed_text(k, "note", true);
    return finish(k, "approved", DOSSIER_DONE);
}

/* after appraisal, signed and reasoned, within the time. Which legal state it shows is a parameter of the portal. */
static enum err run_reject(struct step *k)
{
    int64_t to = 0;
    sealed_text(k, "reason", false);
    plain(k, "basis", true);
    if (k->d->fail.err || add_results(k) || parameter_days(k->d, "reject_state", &to))
        return k->d->fail.err;
    if (to != DOSSIER_REFUSED && to != DOSSIER_STOPPED && to != DOSSIER_DONE)
        return fail_add(&k->d->fail, ERR_CORRUPT, "R-074", "", "parameters.reject-state", "%lld", (long long)to);
    if (k->d->command->now > k->s->due_at)
        put_s(k->out, "violates", STR("R-074"));
    return finish(k, "rejected", (int)to);
}

/* --- time --- */

static enum err new_date(struct step *k, int64_t *at_r)
{
    struct str due = get_s(k->in, "due_at");
    if (!time_parse(due, at_r) || *at_r <= k->s->due_at || *at_r <= k->d->command->now || *at_r > k->d->command->now + 3660LL * MS_DAY)
        return wrong(k, "/due_at", due.n ? "dossier.due-invalid" : "field.required");
    sealed_text(k, "reason", false);
    put_i(k->out, "old_due_at", k->s->due_at);
    put_i(k->out, "due_at", *at_r);
    put_i(k->out, "promised_at", *at_r);
    return k->d->fail.err;
}

/* at the latest one day before the limit, and once. */
static enum err run_extend(struct step *k)
{
    int64_t before, most, at;
    if (parameter_days(k->d, "apology_before_days", &before) || parameter_days(k->d, "max_reappointment", &most))
        return k->d->fail.err;
    if (k->s->reappointed + k->s->apologised >= most)
        return forbidden_now(k, "R-075", "dossier.extended-already");
    if (time_local_day(k->d->command->now) > time_local_day(k->s->due_at) - before)
        return forbidden_now(k, "R-075", "dossier.extend-too-late");
    if (new_date(k, &at))
        return k->d->fail.err;
    put_i(k->out, "reappointed", k->s->reappointed + 1);
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), at);
    return ERR_OK;
}

/* R-075 after T−1: an apology with a new date, which counts as late. */
static enum err run_apologise(struct step *k)
{
    int64_t at;
    if (k->s->apologised)
        return forbidden_now(k, "R-075", "dossier.apologised-already");
    if (new_date(k, &at))
        return k->d->fail.err;
    put_i(k->out, "apologised", 1);
    put_i(k->out, "late_mark", 1);
    if (k->s->reappointed)
        put_s(k->out, "violates", STR("R-075"));
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), at);
    return ERR_OK;
}

static enum err run_suspend(struct step *k)
{
    static const char *const known[] = {"financial_duty", "law", "outside_verification"};
    struct str reason = get_s(k->in, "reason");
    bool ok = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        ok |= str_is(reason, known[i]);
    if (!ok)
        return wrong(k, "/reason", "dossier.suspend-reason"); /* internal waiting never stops the clock */
    if (k->s->suspended_at || k->s->pauses >= DOSSIER_PAUSES_MAX)
        return forbidden_now(k, "R-096", "dossier.suspended");
    plain(k, "basis", true);
    int64_t look;
    if (days_ahead(k, "supplement_reminder_wd", k->s->competent_unit, &look))
        return k->d->fail.err;
    json_t *pauses = dossier_pauses_json(k->s);
    json_array_append_new(pauses, json_pack("[II]", (json_int_t)k->d->command->now, (json_int_t)0));
    json_object_set_new(k->out, "pauses", pauses);
    put_i(k->out, "suspended_at", k->d->command->now);
    put_s(k->out, "suspended_for", reason);
    bool finance = str_is(reason, "financial_duty");
    if (finance)
        put_s(k->out, "finance", STR("waiting"));
    move(k, finance ? DOSSIER_FINANCE : DOSSIER_NONE, finance ? "pay" : "process", look);
    return ERR_OK;
}

/* The due time after all pauses: from the limit, or, where a person set the date, moved by the working days that stood still. */
static enum err due_after_pauses(struct step *k, const struct pause *p, size_t n, int64_t *due_r)
{
    const struct dossier *s = k->s;
    const struct calendar *c = k->d->rules->calendar;
    if (s->limit_unit && !s->due_given && !s->reappointed && !s->apologised) {
        struct due due;
        struct limit l = {(enum limit_unit)s->limit_unit, s->limit_milli, -1}; /* start_at has the cut-off in it */
        enum err e = calendar_due(c, s->competent_unit, l, s->start_at, p, n, &due, &k->d->fail);
        *due_r = due.due_at;
        return e;
    }
    int64_t stood = calendar_working_days_between(c, s->competent_unit, time_local_day(s->suspended_at), time_local_day(k->d->command->now));
    int64_t day = calendar_add_working_days(c, s->competent_unit, time_local_day(s->due_at), stood > 0 ? stood : 0);
    *due_r = calendar_end_of_working_day(c, s->competent_unit, day);
    if (*due_r < s->due_at)
        *due_r = s->due_at;
    return ERR_OK;
}

static enum err run_resume(struct step *k)
{
    if (!k->s->suspended_at)
        return forbidden_now(k, "R-096", "dossier.not-suspended");
    struct dossier s = *k->s;
    s.pause[s.pauses - 1].to = k->d->command->now;
    int64_t due;
    enum err e = due_after_pauses(k, s.pause, s.pauses, &due);
    if (e)
        return e;
    json_object_set_new(k->out, "pauses", dossier_pauses_json(&s));
    put_i(k->out, "suspended_at", 0);
    put_s(k->out, "suspended_for", STR(""));
    if (k->s->state == DOSSIER_FINANCE)
        put_s(k->out, "finance", STR("done"));
    put_i(k->out, "due_at", due);
    put_i(k->out, "promised_at", due);
    move(k, k->s->state == DOSSIER_FINANCE ? DOSSIER_PROCESSING : DOSSIER_NONE, "process", due);
    return ERR_OK;
}

/* --- ends --- */

static enum err run_withdraw(struct step *k)
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
static enum err run_take_back(struct step *k)
{
    const struct dossier *s = k->s;
    static const char *const task[DOSSIER_STATES] = {"none", "receive", "assign", "none", "process", "supplement", "pay", "none", "none", "deliver", "none"};
    const char *t = s->previous > 0 && s->previous < DOSSIER_STATES ? task[s->previous] : "process";
    if (s->previous == DOSSIER_PROCESSING && !s->officer.n)
        t = "assign";
    if (s->previous == DOSSIER_RECEIVED && s->needs_acceptance)
        t = "hand_over";
    if (s->previous == DOSSIER_SUPPLEMENT && s->supplemented)
        t = "receive";
    int64_t next = s->due_at;
    if ((!received(s) || s->previous == DOSSIER_SUPPLEMENT || s->previous == DOSSIER_FINANCE)
        && days_ahead(k, "supplement_reminder_wd", s->receiving_unit, &next))
        return k->d->fail.err;
    move(k, (int)s->previous, t, next ? next : s->hand_over_by);
    return ERR_OK;
}

static enum err run_stop(struct step *k)
{
    sealed_text(k, "reason", k->s->state == DOSSIER_WITHDRAWAL); /* a withdrawal has its reason already */
    if (k->s->state != DOSSIER_WITHDRAWAL)
        plain(k, "basis", true);
    put_s(k->out, "outcome", k->s->state == DOSSIER_WITHDRAWAL ? STR("withdrawn") : STR("stopped"));
    put_i(k->out, "finished_at", k->d->command->now);
    move(k, DOSSIER_STOPPED, "none", 0);
    return ERR_OK;
}

static enum err run_deliver(struct step *k)
{
    const json_t *collector = json_object_get(k->in, "collector"), *which = json_object_get(k->in, "results"), *v;
    if (!json_is_object(collector) || !str_trim(get_s(collector, "name")).n)
        wrong(k, "/collector/name", "field.required"); /* */
    plain(k, "proof", true);
    json_t *list = dossier_results_json(k->s), *item;
    size_t i, left = 0;
    json_array_foreach(which, i, v) {
        int64_t no = json_integer_value(v);
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/results/%zu", i);
        item = json_is_integer(v) && no >= 1 ? json_array_get(list, (size_t)no - 1) : NULL;
        if (!item || json_integer_value(json_object_get(item, "delivered_at")))
            wrong(k, pointer, item ? "result.delivered" : "result.unknown");
        else
            json_object_set_new(item, "delivered_at", json_integer(k->d->command->now));
    }
    json_array_foreach(list, i, item) {
        if (!which)
            json_object_set_new(item, "delivered_at", json_integer(k->d->command->now));
        left += json_integer_value(json_object_get(item, "delivered_at")) == 0;
    }
    json_object_set_new(k->out, "results", list);
    if (json_is_object(collector))
        json_object_set_new(k->personal, "collector", json_deep_copy(collector));
    if (left) { /* a group dossier: the others' results wait */
        move(k, DOSSIER_NONE, "deliver", k->s->next_at);
        return ERR_OK;
    }
    put_i(k->out, "delivered_at", k->d->command->now);
    move(k, DOSSIER_DELIVERED, "none", 0);
    return ERR_OK;
}

/* --- mending --- */

static enum err with_approver(struct step *k)
{
    struct str approver = plain(k, "approver", true);
    if (approver.n && str_eq(approver, k->d->command->actor.id))
        wrong(k, "/approver", "rights.four-eyes");
    return sealed_text(k, "reason", false);
}

static enum err correct_unit(struct step *k, struct dossier *s, struct str unit)
{
    const struct unit *u = unit_find(k->d->rules->org, unit);
    if (!u)
        return wrong(k, "/changes/competent_unit", "unit.unknown");
    const struct unit *here = unit_find(k->d->rules->org, s->receiving_unit);
    put_s(k->out, "old_competent_unit", s->competent_unit);
    s->competent_unit = unit;
    s->competent_province = unit_province(k->d->rules->org, unit);
    s->authority = u->authority;
    s->needs_acceptance = u->authority || !here || (!str_eq(u->territory, here->territory) && !str_eq(s->receiving_province, here->territory));
    put_s(k->out, "competent_unit", unit);
    put_s(k->out, "competent_desk", unit_desk(k->d->rules->org, unit));
    put_s(k->out, "competent_province", s->competent_province);
    put_s(k->out, "competence", STR("chosen"));
    put_i(k->out, "authority", s->authority);
    put_i(k->out, "needs_acceptance", s->needs_acceptance);
    return ERR_OK;
}

static enum err correct_procedure(struct step *k, struct dossier *s, struct str code, struct str agency)
{
    size_t candidates;
    int64_t day = time_local_day(s->submitted_at);
    const struct procedure *p = procedure_find(k->d->rules->catalog, code, agency, day, &candidates);
    if (!p)
        return wrong(k, "/changes/procedure", "procedure.unknown");
    if (procedure_receivable(k->d->rules->catalog, p, s->receiving_province, day) != RECEIVABLE)
        return fail_add(&k->d->fail, ERR_CONFLICT, "R-031", "/changes/procedure", "procedure.not-receivable", NULL);
    bool usable = !p->limit_doubtful && !p->limit_missing;
    put_s(k->out, "old_procedure", s->procedure);
    s->procedure = p->code;
    s->limit_unit = usable ? (int64_t)p->limit.unit : LIMIT_NONE;
    s->limit_milli = usable ? p->limit.milli : 0;
    s->limit_cutoff = usable ? p->limit.cutoff_ms_of_day : -1;
    put_s(k->out, "procedure", p->code);
    put_s(k->out, "agency", p->agency);
    put_s(k->out, "sector", p->sector_code);
    put_i(k->out, "limit_unit", s->limit_unit);
    put_i(k->out, "limit_milli", s->limit_milli);
    put_i(k->out, "limit_cutoff", s->limit_cutoff);
    return ERR_OK;
}

/* Wrong data, procedure or unit: with reason and a second person; the old value stays in the ledger; the receipt is issued anew. */
static enum err run_correct(struct step *k)
{
    const json_t *changes = json_object_get(k->in, "changes"), *form = json_object_get(changes, "form");
    struct dossier s = *k->s;
    struct str unit = get_s(changes, "competent_unit"), procedure = get_s(changes, "procedure");
    enum err e = with_approver(k);
    if (!json_is_object(changes) || json_object_size(changes) == 0)
        e = wrong(k, "/changes", "field.required");
    if (!e && procedure.n)
        e = correct_procedure(k, &s, procedure, get_s(changes, "agency"));
    if (!e && unit.n)
        e = correct_unit(k, &s, unit);
    if (!e && json_object_get(changes, "parties"))
        e = dossier_correct_parties(k->d, json_object_get(changes, "parties"), k->personal);
    if (!e && json_is_object(form))
        json_object_set_new(k->personal, "form", json_deep_copy(form));
    if (e)
        return e;
    int64_t next = s.next_at;
    bool redate = received(&s) && (procedure.n || unit.n) && !s.reappointed && !s.apologised && !s.suspended_at;
    if (redate) {
        struct dates t;
        int64_t from = s.accepted_at && !unit.n ? s.accepted_at : s.received_at;
        bool wait = s.needs_acceptance && (unit.n || !s.accepted_at);
        if (dossier_dates(k->d, &s, from, wait, k->in, &t))
            return k->d->fail.err;
        put_dates(k->out, &t);
        put_i(k->out, "old_due_at", k->s->due_at);
        put_i(k->out, "expected", wait);
        next = s.state == DOSSIER_SUPPLEMENT || s.state == DOSSIER_WITHDRAWAL ? s.next_at : t.due_at;
    }
    put_i(k->out, "receipts", s.receipts + (received(&s) ? 1 : 0));
    move(k, DOSSIER_NONE, str_c(k->d->arena, s.task), next);
    return ERR_OK;
}

/* A mistaken or doubled entry: it stays, is counted apart, and nothing more can happen to it. */
static enum err run_void(struct step *k)
{
    if (with_approver(k))
        return k->d->fail.err;
    plain(k, "doubled_by", false);
    put_i(k->out, "voided", 1);
    put_i(k->out, "closed_at", k->d->command->now);
    move(k, DOSSIER_NONE, "none", 0);
    return ERR_OK;
}

static enum err run_note(struct step *k)
{
    sealed_text(k, "text", false);
    plain(k, "kind", false);
    return ERR_OK;
}

/* Lawful destruction, or a person's right: the key of the stream is dropped; the chain stays whole. */
static enum err run_erase(struct step *k)
{
    if (!dossier_state_final((int)k->s->state) && !k->s->voided)
        return forbidden_now(k, "R-272", "dossier.still-open");
    plain(k, "basis", true);
    plain(k, "decision", true);
    put_i(k->out, "erased", 1);
    return ERR_OK;
}

#define RECEIVED_ONES BIT(DOSSIER_RECEIVED) | BIT(DOSSIER_PROCESSING) | BIT(DOSSIER_SUPPLEMENT) | BIT(DOSSIER_FINANCE)
static const struct row rows[] = {
    {{"receive", "dossier.received", BIT(DOSSIER_NEW) | BIT(DOSSIER_SUPPLEMENT), BIT(DOSSIER_RECEIVED), SIDE_RECEIVING, "R-041"}, run_receive},
    {{"refuse", "dossier.refused", BIT(DOSSIER_NEW) | BIT(DOSSIER_SUPPLEMENT), BIT(DOSSIER_REFUSED), SIDE_RECEIVING, "R-044"}, run_refuse},
    {{"request_supplement", "dossier.supplement_requested", BIT(DOSSIER_NEW) | WORKING | BIT(DOSSIER_SUPPLEMENT), BIT(DOSSIER_SUPPLEMENT), SIDE_EITHER, "R-071"}, run_request_supplement},
    {{"supplement", "dossier.supplemented", BIT(DOSSIER_SUPPLEMENT), STAY | BIT(DOSSIER_PROCESSING), SIDE_APPLICANT, "R-071"}, run_supplement},
    {{"hand_over", "dossier.handed_over", BIT(DOSSIER_RECEIVED), STAY, SIDE_RECEIVING, "R-048"}, run_hand_over},
    {{"accept", "dossier.accepted", BIT(DOSSIER_RECEIVED), BIT(DOSSIER_PROCESSING), SIDE_COMPETENT, "R-090"}, run_accept},
    {{"assign", "dossier.assigned", BIT(DOSSIER_RECEIVED) | WORKING, STAY | BIT(DOSSIER_PROCESSING), SIDE_COMPETENT, "R-070"}, run_assign},
    {{"complete_step", "dossier.step_completed", WORKING, STAY, SIDE_COMPETENT, "R-079"}, run_complete_step},
    {{"consult", "dossier.consulted", WORKING, STAY, SIDE_COMPETENT, "R-072"}, run_consult},
    {{"answer", "dossier.answered", WORKING | BIT(DOSSIER_SUPPLEMENT) | BIT(DOSSIER_FINANCE), STAY, SIDE_CONSULTED, "R-072"}, run_answer},
    {{"propose", "dossier.proposed", WORKING, STAY, SIDE_COMPETENT, "R-070"}, run_propose},
    {{"return_to_step", "dossier.returned_to_step", WORKING, STAY, SIDE_COMPETENT, "R-070"}, run_return_to_step},
    {{"approve", "dossier.approved", WORKING, BIT(DOSSIER_DONE), SIDE_COMPETENT, "R-111"}, run_approve},
    {{"reject", "dossier.rejected", WORKING | BIT(DOSSIER_FINANCE), BIT(DOSSIER_REFUSED) | BIT(DOSSIER_STOPPED) | BIT(DOSSIER_DONE), SIDE_COMPETENT, "R-074"}, run_reject},
    {{"extend", "dossier.extended", BIT(DOSSIER_RECEIVED) | WORKING, STAY, SIDE_COMPETENT, "R-075"}, run_extend},
    {{"apologise", "dossier.apologised", BIT(DOSSIER_RECEIVED) | WORKING | BIT(DOSSIER_FINANCE), STAY, SIDE_COMPETENT, "R-075"}, run_apologise},
    {{"suspend", "dossier.suspended", WORKING, STAY | BIT(DOSSIER_FINANCE), SIDE_COMPETENT, "R-096"}, run_suspend},
    {{"resume", "dossier.resumed", WORKING | BIT(DOSSIER_FINANCE), STAY | BIT(DOSSIER_PROCESSING), SIDE_COMPETENT, "R-096"}, run_resume},
    {{"withdraw", "dossier.withdrawal_requested", BIT(DOSSIER_NEW) | RECEIVED_ONES, BIT(DOSSIER_WITHDRAWAL), SIDE_APPLICANT, "R-077"}, run_withdraw},
    {{"take_back_withdrawal", "dossier.withdrawal_taken_back", BIT(DOSSIER_WITHDRAWAL), BIT(DOSSIER_NEW) | RECEIVED_ONES, SIDE_APPLICANT, "R-077"}, run_take_back},
    {{"stop", "dossier.stopped", RECEIVED_ONES | BIT(DOSSIER_WITHDRAWAL), BIT(DOSSIER_STOPPED), SIDE_EITHER, "R-077"}, run_stop},
    {{"deliver", "dossier.delivered", BIT(DOSSIER_DONE), STAY | BIT(DOSSIER_DELIVERED), SIDE_RECEIVING, "R-113"}, run_deliver},
    {{"correct", "dossier.corrected", OPEN, STAY, SIDE_EITHER, "R-283"}, run_correct},
    {{"void", "dossier.voided", OPEN, STAY, SIDE_RECEIVING, "R-283"}, run_void},
    {{"note", "dossier.noted", OPEN | FINAL, STAY, SIDE_EITHER, "R-079"}, run_note},
    {{"erase", "dossier.erased", OPEN | FINAL, STAY, SIDE_ANYBODY, "R-272"}, run_erase},
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

static bool of_unit(const struct actor *a, const struct dossier *s, struct str unit)
{
    struct arena *scratch _arena_ = arena_new();
    return unit.n && actor_sees(a, str_printf(scratch, "%s:%.*s", s->restricted ? "r" : "u", PRS(unit)));
}

static bool own(const struct dossier *s, const struct actor *a)
{
    struct arena *scratch _arena_ = arena_new();
    for (size_t i = 0; i < s->owner_hashes; i++)
        if (actor_sees(a, str_printf(scratch, "o:%.*s", PRS(s->owner_hash[i]))))
            return true;
    return false;
}

static bool on_side(const struct dossier *s, const struct actor *a, enum dossier_side side)
{
    bool receiving = of_unit(a, s, s->receiving_desk), competent = of_unit(a, s, s->competent_desk);
    switch (side) {
    case SIDE_APPLICANT: return own(s, a) || receiving; /* at the counter the clerk writes what the applicant says */
    case SIDE_RECEIVING: return receiving;
    case SIDE_COMPETENT: return competent;
    case SIDE_EITHER: return receiving || competent;
    case SIDE_CONSULTED:
        for (size_t i = 0; i < s->consults; i++)
            if (!s->consult[i].answered_at && of_unit(a, s, s->consult[i].desk))
                return true;
        return false;
    case SIDE_ANYBODY: return true;
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

/* "" when the actor may give this command on this dossier, else the refusal. Nobody in office handles a dossier of their own. */
static const char *rights_complaint(const struct rules *rules, const struct dossier *s, const struct actor *a, const struct dossier_rule *r, int64_t now)
{
    bool staff = a->unit.n > 0, mine = own(s, a);
    if (staff && mine && r->side != SIDE_APPLICANT)
        return "rights.own-dossier";
    if (!staff && r->side != SIDE_APPLICANT)
        return "rights.role";
    if (!on_side(s, a, r->side))
        return "rights.other-unit";
    if (staff && !role_may(rules->rights, roles_for(rules, s, a, r->side, now), str_of(r->command)))
        return "rights.role";
    return "";
}

/* An outside authority's steps come from its connector, or by hand with evidence in a logged outage. */
static enum err authority_by_hand(struct decision *d, const struct dossier *s, const struct dossier_rule *r)
{
    const struct actor *a = &d->command->actor;
    if (r->side != SIDE_COMPETENT || !s->authority || (roles_for(d->rules, s, a, r->side, d->command->now) & ROLE_BIT(ROLE_CONNECTOR)))
        return ERR_OK;
    const json_t *outage = json_object_get(d->command->payload, "outage");
    if (str_trim(get_s(outage, "evidence")).n && str_trim(get_s(outage, "logged_as")).n)
        return ERR_OK;
    return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "/outage", "rights.authority", NULL);
}

size_t dossier_possible(const struct rules *rules, const struct dossier *s, const struct actor *a, int64_t now, const char **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows) && n < max; i++) {
        const struct dossier_rule *r = &rows[i].rule;
        if (!s->voided && !s->erased && (r->from & BIT(s->state)) && !rights_complaint(rules, s, a, r, now)[0])
            out[n++] = r->command;
    }
    return n;
}

static enum err check(struct decision *d, const struct dossier *s, const struct dossier_rule *r)
{
    const char *complaint = rights_complaint(d->rules, s, &d->command->actor, r, d->command->now);
    if (complaint[0])
        return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", complaint, NULL);
    if (authority_by_hand(d, s, r))
        return d->fail.err;
    if (s->erased)
        return fail_add(&d->fail, ERR_CONFLICT, "R-272", "", "dossier.erased", NULL);
    if (s->voided && strcmp(r->command, "erase") != 0)
        return fail_add(&d->fail, ERR_CONFLICT, "R-082", "", "dossier.voided", NULL);
    if (!(r->from & BIT(s->state)))
        return fail_add(&d->fail, ERR_CONFLICT, "R-082", "", "dossier.state", "%s", dossier_state_name((int)s->state));
    /* Who asks for a supplement depends on who holds it. */
    if (strcmp(r->command, "request_supplement") == 0
        && !of_unit(&d->command->actor, s, received(s) ? s->competent_desk : s->receiving_desk))
        return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", "rights.other-unit", NULL);
    return ERR_OK;
}

static void outage_evidence(struct step *k)
{
    const json_t *outage = json_object_get(k->in, "outage");
    if (json_is_object(outage))
        json_object_set_new(k->personal, "outage", json_deep_copy(outage));
}

enum err dossier_decide(struct decision *d)
{
    const struct dossier *s = d->state;
    const struct command *c = d->command;
    if (str_is(c->type, "submit")) {
        if (s)
            return fail_add(&d->fail, ERR_CONFLICT, "R-082", "", "dossier.exists", NULL);
        role_set roles = c->actor.principal ? roles_over(d->rules->org, c->actor.principal, c->home_unit, STR_NONE, c->now) : 0;
        if (!role_may(d->rules->rights, roles, STR("submit")))
            return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", "rights.role", NULL);
        (void)dossier_refuse_citations(d); /* told with all other complaints */
        return dossier_decide_submit(d);
    }
    const struct row *row = row_of(c->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    if (!s || !dossier_visible(s, &c->actor))
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "dossier.absent", NULL);
    if (check(d, s, &row->rule) || dossier_refuse_citations(d))
        return d->fail.err;
    struct step k = {.d = d, .s = s, .rule = &row->rule, .in = c->payload, .out = arena_json(d->arena, json_object()),
                     .personal = arena_json(d->arena, json_object())};
    outage_evidence(&k);
    enum err e = row->run(&k);
    if (!e)
        e = d->fail.err;
    if (e)
        return e;
    assert(row->rule.to & BIT(k.to)); /* the table holds for our own code too */
    struct str basis = get_s(k.out, "basis");
    decision_event(d, row->rule.event, 1, json_incref(k.out), json_object_size(k.personal) ? json_incref(k.personal) : NULL,
                   basis.n <= 120 ? str_dup(d->arena, basis) : STR(""));
    return ERR_OK;
}

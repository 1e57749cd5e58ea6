/* From the desk to the officer: receipt, refusal, supplement, hand-over, acceptance. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

enum { ITEMS_MAX = 100, ITEM_BYTES_MAX = 1000 };

/* The clerk's choice of the competent unit, where the table had no answer, or with a reason where it had another one. */
static enum err choose_competent(struct step *k, struct dossier *s)
{
    bool open = str_is(s->competence, "open");
    struct str chosen = text_of(k, k->in, "competent_unit", "/competent_unit", UNIT_CODE_MAX);
    if (k->d->fail.err || (!chosen.n && !open))
        return k->d->fail.err;
    if (!chosen.n)
        return fail_add(&k->d->fail, ERR_INVALID, "R-014", "/competent_unit", "dossier.competence-unknown", NULL);
    if (str_eq(chosen, s->competent_unit) && !open)
        return ERR_OK;
    sealed_text(k, "competent_reason", true);
    if (!json_object_get(k->personal, "competent_reason") && !open)
        fail_add(&k->d->fail, ERR_INVALID, "R-014", "/competent_reason", "dossier.competence-reason", "%.*s", PRS(s->competent_unit));
    if (competent_set(k->d, s, procedure_of(k->d, s), chosen, "/competent_unit"))
        return k->d->fail.err;
    if (!open)
        put_s(k->out, "competence_found", k->s->competent_unit);
    s->competence = STR("chosen");
    put_competent(k->out, s);
    return k->d->fail.err;
}

enum err run_receive(struct step *k)
{
    struct dossier s = *k->s;
    if (choose_competent(k, &s) || put_receipt(k->d, &s, k->in, k->out))
        return k->d->fail.err;
    if (json_integer_value(json_object_get(k->out, "due_given")))
        sealed_text(k, "due_reason", false);
    k->to = DOSSIER_RECEIVED;
    return ERR_OK;
}

enum err run_refuse(struct step *k)
{
    sealed_text(k, "reason", false);
    legal_basis(k, true); /* the legal basis is compulsory */
    move(k, DOSSIER_REFUSED, "none", 0);
    return ERR_OK;
}

static void missing_items(struct step *k)
{
    const json_t *items = json_object_get(k->in, "items"), *item;
    size_t i;
    if (!json_is_array(items) || json_array_size(items) == 0) {
        wrong(k, "/items", !items || json_is_null(items) || json_is_array(items) ? "field.required" : "field.not-list");
        return;
    }
    if (json_array_size(items) > ITEMS_MAX) {
        wrong(k, "/items", "field.too-many");
        return;
    }
    json_t *kept = json_array();
    json_object_set_new(k->personal, "items", kept);
    json_array_foreach(items, i, item) {
        char pointer[40];
        struct str s = json_is_string(item) ? str_bytes(json_string_value(item), json_string_length(item)) : STR(""), nfc;
        snprintf(pointer, sizeof pointer, "/items/%zu", i);
        if (!json_is_string(item) || !str_trim(s).n)
            wrong(k, pointer, json_is_string(item) ? "field.required" : "field.not-text");
        else if (s.n > ITEM_BYTES_MAX)
            wrong(k, pointer, "field.too-long");
        else if (vn_nfc(k->d->arena, str_trim(s), &nfc))
            wrong(k, pointer, "field.characters");
        else
            json_array_append_new(kept, json_stringn(nfc.p, nfc.n));
    }
}

/* All defects at once. A second request is possible, and counts the dossier as late. */
enum err run_request_supplement(struct step *k)
{
    missing_items(k);
    sealed_text(k, "reason", false);
    int64_t by, days, most;
    if (days_ahead(k, "supplement_reminder_wd", k->s->receiving_unit, &by) || parameter_days(k->d, "max_supplement_requests", &most))
        return k->d->fail.err;
    put_i(k->out, "supplements", k->s->supplements + 1);
    put_i(k->out, "supplement_at", k->d->command->now);
    put_i(k->out, "supplemented", 0);
    if (k->s->supplements >= most) {
        put_i(k->out, "late_mark", 1);
        put_s(k->out, "violates", STR("R-097"));
    } else if (received(k->s)) { /* within 3 working days of receipt; told, never blocked */
        if (parameter_days(k->d, "appraisal_return_wd", &days))
            return k->d->fail.err;
        int64_t from = time_local_day(k->s->accepted_at ? k->s->accepted_at : k->s->received_at);
        int64_t last = calendar_add_working_days(k->d->rules->calendar, k->s->competent_unit, from, days);
        if (last != CALENDAR_NONE && time_local_day(k->d->command->now) > last)
            put_s(k->out, "violates", STR("R-071"));
    }
    move(k, DOSSIER_SUPPLEMENT, "supplement", by);
    return ERR_OK;
}

/* Complete after receipt: the clock restarts from zero. Where a person had set the date, the days that were left run on. */
static enum err run_on(struct step *k)
{
    const struct dossier *s = k->s;
    bool wait = dossier_awaits_acceptance(s);
    struct dates t = {0};
    if (s->due_given || s->limit_unit == LIMIT_NONE) {
        int64_t left = calendar_working_days_between(k->d->rules->calendar, s->competent_unit, time_local_day(s->supplement_at),
                                                     time_local_day(s->due_at));
        t = (struct dates){.start_at = k->d->command->now, .given = true};
        if (after_working_days(k->d, s->competent_unit, left > 0 ? left : 1, &t.due_at))
            return k->d->fail.err;
        t.promised_at = t.due_at;
        t.hand_over_by = calendar_hand_over_by(k->d->rules->calendar, s->receiving_unit, k->d->command->now);
    } else if (dossier_dates(k->d, s, k->d->command->now, wait, k->in, &t))
        return k->d->fail.err;
    put_dates(k->out, &t);
    put_i(k->out, "expected", wait);
    if (wait && !s->handed_over_at)
        put_i(k->out, "hand_over_by", t.hand_over_by);
    move(k, DOSSIER_PROCESSING, working_task(s), wait && !s->handed_over_at ? t.hand_over_by : t.due_at);
    return ERR_OK;
}

/* The applicant's answer. Before receipt the clerk looks at it again. */
enum err run_supplement(struct step *k)
{
    const json_t *complete = json_object_get(k->in, "complete"), *form = json_object_get(k->in, "form");
    if (complete && !json_is_boolean(complete))
        wrong(k, "/complete", "field.not-boolean");
    if (form && !json_is_null(form))
        sealed_json(k, "form", form, FORM_BYTES_MAX);
    sealed_text(k, "note", true);
    if (dossier_more_papers(k->d, k->s, k->in, k->out))
        return k->d->fail.err;
    if (json_is_false(complete)) { /* a part of it: whose turn it is stays */
        move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at);
        return ERR_OK;
    }
    put_i(k->out, "supplemented", 1);
    if (received(k->s))
        return run_on(k);
    int64_t look;
    if (acknowledge_by(k->d, k->s->receiving_unit, &look))
        return k->d->fail.err;
    move(k, DOSSIER_NONE, "receive", look);
    return ERR_OK;
}

/* "Đầu giờ ngày làm việc tiếp theo" is a part of the morning, not the stroke of seven: hand_over_grace_min from the start of that day. Where the limit is
 * the end of a day there is no more. */
static enum err hand_over_limit(struct step *k, int64_t *at_r)
{
    int64_t by = k->s->hand_over_by, minutes;
    *at_r = by;
    if (by == calendar_end_of_working_day(k->d->rules->calendar, k->s->receiving_unit, time_local_day(by)))
        return ERR_OK;
    enum err e = parameter_days(k->d, "hand_over_grace_min", &minutes);
    if (!e)
        *at_r = by + minutes * MS_MINUTE;
    return e;
}

enum err run_hand_over(struct step *k)
{
    int64_t limit;
    if (hand_over_limit(k, &limit))
        return k->d->fail.err;
    plain_code(k, "list", false);
    put_i(k->out, "handed_over_at", k->d->command->now);
    if (k->d->command->now > limit)
        put_s(k->out, "violates", STR("R-048"));
    move(k, DOSSIER_NONE, k->s->needs_acceptance ? "accept" : "assign", k->s->promised_at);
    return ERR_OK;
}

/* the competent unit takes it; only now the dates are certain, and the person is told. */
enum err run_accept(struct step *k)
{
    const struct dossier *s = k->s;
    int64_t due = s->due_at;
    put_i(k->out, "accepted_at", k->d->command->now);
    if (s->expected && !s->due_given && s->limit_unit != LIMIT_NONE) {
        struct dates t;
        if (dossier_dates(k->d, s, k->d->command->now, false, k->in, &t))
            return k->d->fail.err;
        put_dates(k->out, &t);
        due = t.due_at;
    }
    put_i(k->out, "expected", 0);
    move(k, DOSSIER_PROCESSING, s->officer.n ? "process" : "assign", s->suspended_at ? s->next_at : due);
    return ERR_OK;
}

/* Time that is given, asked for, or stands: extension, apology, suspension. */
#include "domain/dossier/dossier_private.h"

/* The law gives no limit to the new date; reappoint_most_wd is ours, against a date in another year by a slip of the hand. */
static enum err new_date(struct step *k, int64_t *at_r)
{
    struct str due = text_of(k, k->in, "due_at", "/due_at", 40);
    int64_t now = k->d->command->now, latest, most;
    if (parameter_days(k->d, "reappoint_most_wd", &most) || after_working_days(k->d, k->s->competent_unit, most, &latest))
        return k->d->fail.err;
    if (!due.n && !k->d->fail.err)
        wrong(k, "/due_at", "field.required");
    else if (due.n && (!time_parse(due, at_r) || *at_r <= k->s->due_at || *at_r <= now))
        wrong(k, "/due_at", "dossier.due-invalid");
    else if (due.n && *at_r > latest)
        fail_add(&k->d->fail, ERR_INVALID, "R-075", "/due_at", "dossier.due-too-far", "%lld", (long long)most);
    sealed_text(k, "reason", false);
    if (k->d->fail.err)
        return k->d->fail.err;
    put_i(k->out, "old_due_at", k->s->due_at);
    put_i(k->out, "due_at", *at_r);
    put_i(k->out, "promised_at", *at_r);
    return ERR_OK;
}

/* at the latest one day before the limit, and once. */
enum err run_extend(struct step *k)
{
    int64_t before, most, at = 0;
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
enum err run_apologise(struct step *k)
{
    int64_t at = 0;
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

/* only what the law names stops the clock; internal waiting never does. */
enum err run_suspend(struct step *k)
{
    static const char *const known[] = {"financial_duty", "law", "outside_verification"};
    struct str reason = text_of(k, k->in, "reason", "/reason", 40);
    bool ok = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        ok |= str_is(reason, known[i]);
    if (!ok)
        wrong(k, "/reason", "dossier.suspend-reason");
    if (k->s->pauses >= DOSSIER_PAUSES_MAX)
        return forbidden_now(k, "R-096", "dossier.pauses-too-many");
    legal_basis(k, true);
    int64_t look;
    if (days_ahead(k, "supplement_reminder_wd", k->s->competent_unit, &look))
        return k->d->fail.err;
    struct dossier s = *k->s;
    s.pause[s.pauses++] = (struct pause){k->d->command->now, INT64_MAX};
    json_object_set_new(k->out, "pauses", dossier_pauses_json(&s));
    put_i(k->out, "suspended_at", k->d->command->now);
    put_s(k->out, "suspended_for", reason);
    bool finance = str_is(reason, "financial_duty");
    if (finance)
        put_s(k->out, "finance", STR("waiting"));
    move(k, finance ? DOSSIER_FINANCE : DOSSIER_NONE, finance ? "pay" : str_c(k->d->arena, s.task), look);
    return ERR_OK;
}

/* The due time after all pauses: from the limit, or, where a person set the date, moved by the working days that stood still. */
static enum err due_after_pauses(struct step *k, int64_t *due_r)
{
    const struct dossier *s = k->s;
    const struct calendar *c = k->d->rules->calendar;
    struct pause pause[DOSSIER_PAUSES_MAX];
    memcpy(pause, s->pause, sizeof pause);
    pause[s->pauses - 1].to = k->d->command->now;
    if (s->limit_unit && !s->due_given && !s->reappointed && !s->apologised) {
        struct due due;
        struct limit l = {(enum limit_unit)s->limit_unit, s->limit_milli, -1}; /* start_at has the cut-off in it */
        enum err e = calendar_due(c, s->competent_unit, l, s->start_at, pause, s->pauses, &due, &k->d->fail);
        *due_r = e ? 0 : due.due_at;
        return e;
    }
    int64_t stood = calendar_working_days_between(c, s->competent_unit, time_local_day(s->suspended_at), time_local_day(k->d->command->now));
    int64_t day = calendar_add_working_days(c, s->competent_unit, time_local_day(s->due_at), stood > 0 ? stood : 0);
    *due_r = day == CALENDAR_NONE ? CALENDAR_NONE : calendar_end_of_working_day(c, s->competent_unit, day);
    if (*due_r == CALENDAR_NONE)
        return fail_add(&k->d->fail, ERR_INVALID, "R-095", "", "calendar.out-of-table", NULL);
    if (*due_r < s->due_at || stood <= 0)
        *due_r = s->due_at;
    return ERR_OK;
}

enum err run_resume(struct step *k)
{
    int64_t due;
    if (due_after_pauses(k, &due))
        return k->d->fail.err;
    close_pause(k);
    if (k->s->state == DOSSIER_FINANCE)
        put_s(k->out, "finance", STR("done"));
    put_i(k->out, "due_at", due);
    put_i(k->out, "promised_at", due);
    bool finance = k->s->state == DOSSIER_FINANCE;
    move(k, finance ? DOSSIER_PROCESSING : DOSSIER_NONE, finance ? working_task(k->s) : str_c(k->d->arena, k->s->task), due);
    return ERR_OK;
}

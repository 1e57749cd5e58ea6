/* From limits to dates: the only place of this folder that asks the calendar. See dossier_private.h. */
#include "domain/dossier/dossier_private.h"

enum err parameter_days(struct decision *d, const char *key, int64_t *days_r)
{
    return parameter_i64(d->rules->parameters, key, time_local_day(d->command->now), days_r, &d->fail);
}

int64_t after_working_days(const struct decision *d, struct str unit, int64_t days)
{
    const struct calendar *c = d->rules->calendar;
    int64_t day = calendar_add_working_days(c, unit, time_local_day(d->command->now), days);
    return calendar_end_of_working_day(c, unit, day);
}

/* A clerk's own date where the catalogue has no usable limit: in the future, with a reason. */
static enum err given_date(struct decision *d, const json_t *payload, struct dates *out)
{
    struct str due = get_s(payload, "due_at"), reason = get_s(payload, "due_reason");
    int64_t at;
    if (!due.n)
        return fail_add(&d->fail, ERR_INVALID, "R-034", "/due_at", "dossier.due-required", NULL);
    if (!time_parse(due, &at) || at <= d->command->now || at > d->command->now + 3660LL * MS_DAY)
        return fail_add(&d->fail, ERR_INVALID, "R-034", "/due_at", "dossier.due-invalid", NULL);
    if (str_trim(reason).n == 0)
        return fail_add(&d->fail, ERR_INVALID, "R-034", "/due_reason", "field.required", NULL);
    out->due_at = out->promised_at = at;
    out->given = true;
    return ERR_OK;
}

enum err dossier_dates(struct decision *d, const struct dossier *s, int64_t from, bool needs_acceptance, const json_t *payload, struct dates *out)
{
    const struct calendar *c = d->rules->calendar;
    *out = (struct dates){.start_at = from};
    out->hand_over_by = calendar_hand_over_by(c, s->receiving_unit, d->command->now); /* */
    if (out->hand_over_by == CALENDAR_NONE)
        return fail_add(&d->fail, ERR_INVALID, "R-048", "", "calendar.out-of-table", NULL);
    if (s->limit_unit == LIMIT_NONE)
        return given_date(d, payload, out);
    /* elsewhere the clock starts with the competent unit's acceptance; until then the receipt says what is to be expected. */
    int64_t start = needs_acceptance ? out->hand_over_by : from;
    struct limit l = {(enum limit_unit)s->limit_unit, s->limit_milli, (int32_t)s->limit_cutoff};
    struct due due;
    enum err e = calendar_due(c, s->competent_unit, l, start, NULL, 0, &due, &d->fail);
    if (e)
        return e;
    out->start_at = due.start_at;
    out->due_at = out->promised_at = due.due_at;
    return ERR_OK;
}

void put_dates(json_t *payload, const struct dates *t)
{
    put_i(payload, "start_at", t->start_at);
    put_i(payload, "due_at", t->due_at);
    put_i(payload, "promised_at", t->promised_at);
    put_i(payload, "due_given", t->given);
}

/* From limits to dates: the only place of this folder that asks the calendar for a limit. See dossier_private.h. */
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

/* a dossier keeps the rules of its receipt. */
static int64_t rules_day(const struct decision *d)
{
    const struct dossier *s = d->state;
    return time_local_day(s && s->received_at ? s->received_at : s && s->submitted_at ? s->submitted_at : d->command->now);
}

enum err parameter_days(struct decision *d, const char *key, int64_t *days_r)
{
    return parameter_i64(d->rules->parameters, key, rules_day(d), days_r, &d->fail);
}

enum err after_working_days(struct decision *d, struct str unit, int64_t days, int64_t *at_r)
{
    const struct calendar *c = d->rules->calendar;
    int64_t day = calendar_add_working_days(c, unit, time_local_day(d->command->now), days);
    *at_r = day == CALENDAR_NONE ? CALENDAR_NONE : calendar_end_of_working_day(c, unit, day);
    return *at_r == CALENDAR_NONE ? fail_add(&d->fail, ERR_INVALID, "R-095", "", "calendar.out-of-table", NULL) : ERR_OK;
}

enum err acknowledge_by(struct decision *d, struct str unit, int64_t *at_r)
{
    int64_t hours;
    struct due due;
    enum err e = parameter_days(d, "online_ack_hours", &hours);
    if (!e)
        e = calendar_due(d->rules->calendar, unit, (struct limit){LIMIT_WORKING_HOURS, hours * 1000, -1}, d->command->now, NULL, 0, &due, &d->fail);
    *at_r = e ? 0 : due.due_at;
    return e;
}

/* A clerk's own date where the catalogue has no usable limit: in the future, with a reason. */
static enum err given_date(struct decision *d, const json_t *payload, struct dates *out)
{
    struct str due = get_s(payload, "due_at"), reason = str_trim(get_s(payload, "due_reason"));
    int64_t at = 0;
    if (!due.n)
        fail_add(&d->fail, ERR_INVALID, "R-034", "/due_at", "dossier.due-required", NULL);
    else if (!time_parse(due, &at) || at <= d->command->now || at > d->command->now + LIMIT_DAYS_MAX * (int64_t)MS_DAY)
        fail_add(&d->fail, ERR_INVALID, "R-034", "/due_at", "dossier.due-invalid", NULL);
    if (!reason.n)
        fail_add(&d->fail, ERR_INVALID, "R-034", "/due_reason", "field.required", NULL);
    out->due_at = out->promised_at = at;
    out->given = true;
    return d->fail.err;
}

enum err no_own_date(struct decision *d, const json_t *payload, const char *code)
{
    static const char *const fields[] = {"due_at", "due_reason"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        char pointer[16];
        snprintf(pointer, sizeof pointer, "/%s", fields[i]);
        if (str_trim(get_s(payload, fields[i])).n)
            fail_add(&d->fail, ERR_INVALID, "R-034", pointer, code, NULL);
    }
    return d->fail.err;
}

/* An undecided day counts as a working day, a year without a table has no holidays: whoever reads the date should know. */
static struct str warnings_of(struct arena *a, const struct due *due)
{
    struct buf b _buf_ = BUF_MAX(80);
    int y, m, d;
    if (due->warn_undecided) {
        civil_from_days(due->undecided_day, &y, &m, &d);
        buf_printf(&b, "undecided:%04d-%02d-%02d", y, m, d);
    }
    if (due->warn_year_missing)
        buf_printf(&b, "%syear:%d", b.n ? " " : "", due->missing_year);
    return str_dup(a, buf_view(&b));
}

enum err dossier_dates(struct decision *d, const struct dossier *s, int64_t from, bool needs_acceptance, const json_t *payload, struct dates *out)
{
    const struct calendar *c = d->rules->calendar;
    *out = (struct dates){.start_at = from, .warnings = STR(""), .warned = s->due_warnings.n > 0};
    out->hand_over_by = calendar_hand_over_by(c, s->receiving_unit, d->command->now); /* */
    if (out->hand_over_by == CALENDAR_NONE)
        return fail_add(&d->fail, ERR_INVALID, "R-048", "", "calendar.out-of-table", NULL);
    if (s->limit_unit == LIMIT_NONE)
        return given_date(d, payload, out);
    if (no_own_date(d, payload, "dossier.due-by-limit"))
        return d->fail.err;
    /* elsewhere the clock starts with the competent unit's acceptance; until then the receipt says what is to be expected. */
    int64_t start = needs_acceptance ? out->hand_over_by : from;
    struct limit l = {(enum limit_unit)s->limit_unit, s->limit_milli, (int32_t)s->limit_cutoff};
    struct due due;
    enum err e = calendar_due(c, s->competent_unit, l, start, NULL, 0, &due, &d->fail);
    if (e)
        return e;
    out->start_at = due.start_at;
    out->due_at = out->promised_at = due.due_at;
    out->warnings = warnings_of(d->arena, &due);
    return ERR_OK;
}

void put_dates(json_t *payload, const struct dates *t)
{
    put_i(payload, "start_at", t->start_at);
    put_i(payload, "due_at", t->due_at);
    put_i(payload, "promised_at", t->promised_at);
    put_i(payload, "due_given", t->given);
    if (t->warnings.n || t->warned)
        put_s(payload, "due_warnings", t->warnings);
}

/* the end of the working day that lies due_soon_wd working days before the limit. */
enum err put_soon(struct decision *d, struct str unit, json_t *o)
{
    const struct calendar *c = d->rules->calendar;
    int64_t due = json_integer_value(json_object_get(o, "due_at")), days;
    if (!due)
        return ERR_OK;
    if (parameter_days(d, "due_soon_wd", &days))
        return d->fail.err;
    int64_t day = calendar_add_working_days(c, unit, time_local_day(due), -days);
    int64_t at = day == CALENDAR_NONE ? CALENDAR_NONE : calendar_end_of_working_day(c, unit, day);
    if (at == CALENDAR_NONE)
        return fail_add(&d->fail, ERR_INVALID, "R-095", "", "calendar.out-of-table", NULL);
    put_i(o, "soon_at", at < due ? at : due);
    return ERR_OK;
}

enum err put_receipt(struct decision *d, const struct dossier *s, const json_t *in, json_t *o)
{
    struct dates t;
    enum err e = dossier_dates(d, s, d->command->now, s->needs_acceptance, in, &t);
    if (e)
        return e;
    /* a result at once needs no receipt unless somebody asks for one; it is recorded all the same. */
    bool paper = !s->immediate || json_is_true(json_object_get(in, "receipt"));
    put_i(o, "state", DOSSIER_RECEIVED);
    put_s(o, "task", s->needs_acceptance ? STR("hand_over") : STR("assign"));
    put_i(o, "received_at", d->command->now);
    put_i(o, "expected", s->needs_acceptance);
    put_i(o, "hand_over_by", t.hand_over_by);
    put_i(o, "next_at", t.hand_over_by);
    put_i(o, "receipts", s->receipts + paper);
    put_dates(o, &t);
    return put_soon(d, s->competent_unit, o);
}

/* Questions about days and instants, on the prefix sums of a profile. See calendar.h and calendar_private.h; limits are in
 * calendar_due.c. */
#include "domain/calendar/calendar_private.h"

/* --- on one profile ------------------------------------------------------------------------------------------------------------ */

/* The first day (as an index) from `low` on whose prefix sum after it reaches `wanted`, or CALENDAR_DAYS. The answer is near,
 * so steps double from the start instead of halving a hundred years. */
static int64_t reach(const uint32_t *before, int64_t low, uint32_t wanted)
{
    int64_t step = 8, high = low;
    while (high < CALENDAR_DAYS && before[high + 1] < wanted) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    if (high >= CALENDAR_DAYS) {
        if (before[CALENDAR_DAYS] < wanted)
            return CALENDAR_DAYS;
        high = CALENDAR_DAYS - 1;
    }
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (before[middle + 1] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t profile_nth_working_day(const struct profile *p, int64_t day, int64_t n)
{
    int64_t i;
    if (!calendar_index(day, &i) || n > CALENDAR_DAYS || i + 1 >= CALENDAR_DAYS)
        return CALENDAR_NONE;
    int64_t found = reach(p->days_before, i + 1, p->days_before[i + 1] + (uint32_t)n);
    return found == CALENDAR_DAYS ? CALENDAR_NONE : CALENDAR_EPOCH + found;
}

static int64_t nth_working_day_before(const struct profile *p, int64_t day, int64_t n)
{
    int64_t i;
    if (!calendar_index(day, &i) || n > p->days_before[i])
        return CALENDAR_NONE;
    uint32_t wanted = p->days_before[i] - (uint32_t)n; /* the day with so many before it, itself working */
    int64_t low = 0, high = i;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (p->days_before[middle + 1] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return CALENDAR_EPOCH + low;
}

static const struct hours *hours_on(const struct calendar *c, const struct profile *p, int64_t day)
{
    int64_t i;
    return calendar_index(day, &i) && p->rule_of[i] != NO_RULE ? &c->rule[p->rule_of[i]] : NULL;
}

int64_t profile_start_of_day(const struct calendar *c, const struct profile *p, int64_t day)
{
    const struct hours *h = hours_on(c, p, day);
    return h ? time_from_local(day, h->interval[0].from_ms) : CALENDAR_NONE;
}

int64_t profile_end_of_day(const struct calendar *c, const struct profile *p, int64_t day)
{
    const struct hours *h = hours_on(c, p, day);
    return h ? time_from_local(day, h->interval[h->n - 1].to_ms) : CALENDAR_NONE;
}

int64_t profile_next_instant(const struct calendar *c, const struct profile *p, int64_t at)
{
    int64_t day = time_local_day(at), ms = time_local_ms_of_day(at);
    const struct hours *h = hours_on(c, p, day);
    for (size_t i = 0; h && i < h->n; i++)
        if (ms < h->interval[i].to_ms)
            return ms >= h->interval[i].from_ms ? at : time_from_local(day, h->interval[i].from_ms);
    day = profile_nth_working_day(p, day, 1);
    return day == CALENDAR_NONE ? CALENDAR_NONE : profile_start_of_day(c, p, day);
}

int64_t profile_previous_instant(const struct calendar *c, const struct profile *p, int64_t at)
{
    int64_t day = time_local_day(at), ms = time_local_ms_of_day(at);
    const struct hours *h = hours_on(c, p, day);
    for (size_t i = h ? h->n : 0; i-- > 0;)
        if (ms > h->interval[i].from_ms)
            return ms <= h->interval[i].to_ms ? at : time_from_local(day, h->interval[i].to_ms);
    day = nth_working_day_before(p, day, 1);
    return day == CALENDAR_NONE ? CALENDAR_NONE : profile_end_of_day(c, p, day);
}

int64_t profile_work_before(const struct calendar *c, const struct profile *p, int64_t at)
{
    int64_t day = time_local_day(at), ms = time_local_ms_of_day(at), i;
    if (!calendar_index(day, &i))
        return CALENDAR_NONE;
    int64_t sum = (int64_t)p->minutes_before[i] * MS_MINUTE;
    const struct hours *h = hours_on(c, p, day);
    for (size_t k = 0; h && k < h->n && ms > h->interval[k].from_ms; k++)
        sum += (ms < h->interval[k].to_ms ? ms : h->interval[k].to_ms) - h->interval[k].from_ms;
    return sum;
}

int64_t profile_after_work(const struct calendar *c, const struct profile *p, int64_t from, int64_t ms)
{
    int64_t done = profile_work_before(c, p, from), i;
    if (done == CALENDAR_NONE || !calendar_index(time_local_day(from), &i) || ms > (int64_t)CALENDAR_DAYS * MS_DAY)
        return CALENDAR_NONE;
    int64_t wanted = done + ms, minutes = (wanted + MS_MINUTE - 1) / MS_MINUTE;
    if (minutes > p->minutes_before[CALENDAR_DAYS])
        return CALENDAR_NONE;
    i = reach(p->minutes_before, i, (uint32_t)minutes);
    int64_t day = CALENDAR_EPOCH + i, left = wanted - (int64_t)p->minutes_before[i] * MS_MINUTE;
    const struct hours *h = hours_on(c, p, day);
    for (size_t k = 0; h && k < h->n; k++) {
        int64_t length = h->interval[k].to_ms - h->interval[k].from_ms;
        if (left <= length)
            return time_from_local(day, h->interval[k].from_ms + left);
        left -= length;
    }
    return CALENDAR_NONE;
}

int64_t calendar_dated(const struct dated_list *l, int64_t day)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].valid_from <= day && day <= l->at[i].valid_to)
            return l->at[i].value;
    return CALENDAR_NONE;
}

/* --- the public questions ------------------------------------------------------------------------------------------------------- */

struct calendar_day calendar_day_of(const struct calendar *c, int64_t day)
{
    int64_t i;
    if (!calendar_index(day, &i) || c->note_of[i] == 0)
        return (struct calendar_day){.kind = DAY_BY_WEEKDAY};
    return c->note[c->note_of[i]];
}

bool calendar_year_known(const struct calendar *c, int year)
{
    return year >= CALENDAR_FIRST_YEAR && year <= CALENDAR_LAST_YEAR && c->year_known[year - CALENDAR_FIRST_YEAR];
}

bool calendar_is_working_day(const struct calendar *c, struct str unit, int64_t day)
{
    return profile_works(calendar_profile(c, unit), day);
}

/* The day itself when it works, else the next working day. */
static int64_t working_day_from(const struct profile *p, int64_t day)
{
    return profile_works(p, day) ? day : profile_nth_working_day(p, day, 1);
}

int64_t calendar_add_working_days(const struct calendar *c, struct str unit, int64_t day, int64_t n)
{
    const struct profile *p = calendar_profile(c, unit);
    if (n < -CALENDAR_DAYS || n > CALENDAR_DAYS)
        return CALENDAR_NONE;
    if (n < 0)
        return nth_working_day_before(p, day, -n);
    return n == 0 ? working_day_from(p, day) : profile_nth_working_day(p, day, n);
}

int64_t calendar_working_days_between(const struct calendar *c, struct str unit, int64_t from_day, int64_t to_day)
{
    const struct profile *p = calendar_profile(c, unit);
    int64_t from, to;
    if (!calendar_index(from_day, &from) || !calendar_index(to_day, &to))
        return CALENDAR_NONE;
    return (int64_t)p->days_before[to + 1] - (int64_t)p->days_before[from + 1];
}

int64_t calendar_start_of_working_day(const struct calendar *c, struct str unit, int64_t day)
{
    const struct profile *p = calendar_profile(c, unit);
    return profile_start_of_day(c, p, working_day_from(p, day));
}

int64_t calendar_end_of_working_day(const struct calendar *c, struct str unit, int64_t day)
{
    const struct profile *p = calendar_profile(c, unit);
    return profile_end_of_day(c, p, working_day_from(p, day));
}

/* Instants so far from the tables that time arithmetic itself could overflow (an open pause's INT64_MAX). */
static bool beyond(int64_t at) { return at < 0 || at > time_from_local(CALENDAR_EPOCH + CALENDAR_DAYS, 0); }

int64_t calendar_next_working_instant(const struct calendar *c, struct str unit, int64_t at)
{
    return beyond(at) ? CALENDAR_NONE : profile_next_instant(c, calendar_profile(c, unit), at);
}

int64_t calendar_previous_working_instant(const struct calendar *c, struct str unit, int64_t at)
{
    return beyond(at) ? CALENDAR_NONE : profile_previous_instant(c, calendar_profile(c, unit), at);
}

int64_t calendar_working_ms(const struct calendar *c, struct str unit, int64_t from, int64_t to)
{
    const struct profile *p = calendar_profile(c, unit);
    if (beyond(from) || beyond(to))
        return CALENDAR_NONE;
    int64_t a = profile_work_before(c, p, from), b = profile_work_before(c, p, to);
    return a == CALENDAR_NONE || b == CALENDAR_NONE ? CALENDAR_NONE : b - a;
}

int64_t calendar_hand_over_by(const struct calendar *c, struct str unit, int64_t received_at)
{
    if (beyond(received_at))
        return CALENDAR_NONE;
    const struct profile *p = calendar_profile(c, unit);
    int64_t day = time_local_day(received_at), cutoff = calendar_dated(&c->cutoff_ms, day);
    if (cutoff == CALENDAR_NONE)
        return CALENDAR_NONE;
    int64_t end = profile_end_of_day(c, p, day);
    if (end != CALENDAR_NONE && time_local_ms_of_day(received_at) <= cutoff && received_at < end)
        return end;
    day = profile_nth_working_day(p, day, 1);
    return day == CALENDAR_NONE ? CALENDAR_NONE : profile_start_of_day(c, p, day);
}

/* See calendar_reference.h. */
#include "domain/calendar/calendar_reference.h"
#include <stdlib.h>

static const struct hours *last_that_fits(const struct hours *rules, size_t n, struct str unit, int64_t day, int weekday)
{
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    const struct hours *best = NULL;
    for (int own = 0; own <= 1; own++) /* a unit's own rule comes later, so it wins */
        for (size_t i = 0; i < n; i++) {
            const struct hours *h = &rules[i];
            if (!str_eq(h->unit, own ? unit : STR("")) || day < h->valid_from || day > h->valid_to)
                continue;
            if (((h->weekdays >> (weekday - 1)) & 1) == 0)
                continue;
            bool season = h->season_from == 0;
            for (int step = 0, month_day = h->season_from; !season && step < 400; step++) { /* walk the season's days */
                season = month_day == m * 100 + d;
                if (month_day == h->season_to)
                    break;
                month_day++;
                if (month_day % 100 > civil_month_length(2000, month_day / 100))
                    month_day = (month_day / 100 % 12 + 1) * 100 + 1;
            }
            if (season)
                best = h;
        }
    return best;
}

void reference_fill(struct reference *w, int64_t first_day, const enum day_kind *kind, const struct hours *rules, size_t n, struct str unit)
{
    w->first_day = first_day;
    for (int64_t i = 0; i < REFERENCE_DAYS; i++) {
        struct reference_day *r = &w->day[i];
        *r = (struct reference_day){0};
        if (kind[i] == DAY_REST)
            continue;
        const struct hours *h = NULL;
        if (kind[i] == DAY_MAKE_UP) {
            for (int weekday = 1; weekday <= 7 && (h == NULL || h->n == 0); weekday++)
                h = last_that_fits(rules, n, unit, first_day + i, weekday);
        } else {
            h = last_that_fits(rules, n, unit, first_day + i, civil_weekday(first_day + i));
        }
        for (size_t k = 0; h && k < h->n; k++) {
            r->from_ms[k] = h->interval[k].from_ms;
            r->to_ms[k] = h->interval[k].to_ms;
            r->n = k + 1;
        }
        r->works = r->n > 0;
    }
}

static const struct reference_day *on(const struct reference *w, int64_t day)
{
    if (day < w->first_day || day >= w->first_day + REFERENCE_DAYS)
        abort(); /* the test's world is too small */
    return &w->day[day - w->first_day];
}

static int64_t opening(const struct reference *w, int64_t day) { return time_from_local(day, on(w, day)->from_ms[0]); }

static int64_t closing(const struct reference *w, int64_t day)
{
    const struct reference_day *r = on(w, day);
    return time_from_local(day, r->to_ms[r->n - 1]);
}

struct walk {
    const struct reference *w;
    int64_t received_at;
    const struct pause *pause;
    size_t n;
};

static bool overlaps(const struct walk *k, int64_t from, int64_t to)
{
    for (size_t i = 0; i < k->n; i++) {
        int64_t a = k->pause[i].from < k->received_at ? k->received_at : k->pause[i].from, b = k->pause[i].to;
        if (a < b && a < to && from < b)
            return true;
    }
    return false;
}

/* The clock stood on this day. */
static bool stood_on(const struct walk *k, int64_t day, bool in_working_time)
{
    if (!in_working_time)
        return overlaps(k, time_from_local(day, 0), time_from_local(day + 1, 0));
    const struct reference_day *r = on(k->w, day);
    for (size_t i = 0; i < r->n; i++)
        if (overlaps(k, time_from_local(day, r->from_ms[i]), time_from_local(day, r->to_ms[i])))
            return true;
    return false;
}

static bool stands_for_good(const struct walk *k, int64_t at)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->pause[i].to == INT64_MAX && k->pause[i].from <= at)
            return true;
    return false;
}

static bool at_work(const struct reference *w, int64_t at)
{
    const struct reference_day *r = on(w, time_local_day(at));
    int64_t ms = time_local_ms_of_day(at);
    for (size_t i = 0; i < r->n; i++)
        if (r->from_ms[i] <= ms && ms < r->to_ms[i])
            return true;
    return false;
}

static int64_t minute_by_minute(const struct walk *k, int64_t at, int64_t ms, bool working)
{
    while (ms > 0) {
        if (stands_for_good(k, at))
            return CALENDAR_NEVER;
        int64_t next = at - at % MS_MINUTE + MS_MINUTE;
        bool stands = false;
        for (size_t i = 0; i < k->n; i++) {
            struct pause p = k->pause[i];
            stands |= p.from <= at && at < p.to;
            if (p.from > at && p.from < next)
                next = p.from;
            if (p.to > at && p.to < next)
                next = p.to;
        }
        if (!stands && (!working || at_work(k->w, at))) {
            if (next - at > ms)
                next = at + ms;
            ms -= next - at;
        }
        at = next;
    }
    return at;
}

static int64_t day_by_day(const struct walk *k, int64_t day, int64_t n, bool working, int64_t *day_r)
{
    while (n > 0) {
        day++;
        if (stands_for_good(k, time_from_local(day, 0)))
            return CALENDAR_NEVER;
        if ((!working || on(k->w, day)->works) && !stood_on(k, day, working))
            n--;
    }
    while (!on(k->w, day)->works || stood_on(k, day, working)) {
        day++;
        if (stands_for_good(k, time_from_local(day, 0)))
            return CALENDAR_NEVER;
    }
    *day_r = day;
    return closing(k->w, day);
}

static int64_t days_of_months(int64_t start, int64_t months)
{
    int y, m, d, month, day;
    civil_from_days(start, &y, &m, &d);
    int64_t at = start;
    for (int64_t passed = 0; passed < months;) { /* into the month wanted */
        at++;
        civil_from_days(at, &y, &month, &day);
        passed += day == 1;
    }
    for (;;) {
        civil_from_days(at, &y, &month, &day);
        if (day == d || day == civil_month_length(y, month))
            return at - start;
        at++;
    }
}

int64_t reference_due(const struct reference *w, struct limit l, int64_t received_at, const struct pause *pauses, size_t n)
{
    struct walk k = {w, received_at, pauses, n};
    int64_t start = received_at, day = time_local_day(received_at), at;
    if (l.cutoff_ms_of_day >= 0) {
        if (!on(w, day)->works || time_local_ms_of_day(received_at) > l.cutoff_ms_of_day) {
            do
                day++;
            while (!on(w, day)->works);
            start = opening(w, day);
        } else if (start < opening(w, day)) {
            start = opening(w, day);
        }
    }
    switch (l.unit) {
    case LIMIT_NONE:
        return CALENDAR_NEVER;
    case LIMIT_SAME_DAY:
        if (on(w, day)->works && start < closing(w, day))
            day--; /* today is the first day that may be the last */
        do {
            day++;
            if (stands_for_good(&k, time_from_local(day, 0)))
                return CALENDAR_NEVER;
        } while (!on(w, day)->works || stood_on(&k, day, true));
        return closing(w, day);
    case LIMIT_CLOCK_HOURS:
        return minute_by_minute(&k, start, l.milli * 3600, false);
    case LIMIT_WORKING_HOURS:
        return minute_by_minute(&k, start, l.milli * 3600, true);
    case LIMIT_WORKING_DAYS:
    case LIMIT_CALENDAR_DAYS:
        at = start;
        if (l.milli >= 1000)
            at = day_by_day(&k, day, l.milli / 1000, l.unit == LIMIT_WORKING_DAYS, &day);
        if (l.milli % 1000 != 0 && at != CALENDAR_NEVER)
            at = minute_by_minute(&k, at, l.milli % 1000 * 28800, true);
        return at;
    case LIMIT_MONTHS:
        return day_by_day(&k, day, days_of_months(day, l.milli / 1000) + (l.milli % 1000 ? 15 : 0), false, &day);
    }
    return 0;
}

int64_t reference_hand_over_by(const struct reference *w, int32_t cutoff_ms, int64_t received_at)
{
    int64_t day = time_local_day(received_at);
    if (on(w, day)->works && time_local_ms_of_day(received_at) <= cutoff_ms && received_at < closing(w, day))
        return closing(w, day);
    do
        day++;
    while (!on(w, day)->works);
    return opening(w, day);
}

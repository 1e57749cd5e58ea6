/* When a limit ends: calendar_due(). See calendar.h for the rules in words.
 *
 * Whole days and hours are two different clocks. Days are counted by BLDS Đ147.2 (the first one not) and end with working hours
 * (R-092, R-100 a); hours run by the minute. The pauses are brought into order once; for days each becomes a range of
 * days that do not count, for hours a hole in time. Loops run over pauses and years only, never over days. */
#include "domain/calendar/calendar_private.h"

/* Days a…b do not count; b is CALENDAR_NEVER while the clock stands. */
struct range { int64_t a, b; };

struct count {
    const struct calendar *c;
    const struct profile *p;
    size_t pauses, ranges;
    struct pause pause[PAUSES_MAX]; /* in order, apart from each other, none before the receipt */
    struct range range[PAUSES_MAX];
};

static int64_t table_end(void) { return time_from_local(CALENDAR_EPOCH + CALENDAR_DAYS, 0); }

static enum err pauses_order(struct count *k, int64_t received_at, const struct pause *pauses, size_t n, struct fail *f)
{
    if (n > PAUSES_MAX)
        return fail_add(f, ERR_INVALID, "R-096", "/pauses", "calendar.pauses-too-many", "%d", PAUSES_MAX);
    for (size_t i = 0; i < n; i++) {
        struct pause in = pauses[i];
        if (in.from > in.to)
            return fail_add(f, ERR_INVALID, "R-096", "/pauses", "calendar.pause-reversed", "%zu", i);
        if (in.from < received_at)
            in.from = received_at;
        if (in.from >= in.to || in.from >= table_end())
            continue;
        size_t at = k->pauses++;
        for (; at > 0 && k->pause[at - 1].from > in.from; at--)
            k->pause[at] = k->pause[at - 1];
        k->pause[at] = in;
    }
    size_t kept = 0;
    for (size_t i = 0; i < k->pauses; i++) {
        if (kept > 0 && k->pause[i].from <= k->pause[kept - 1].to) {
            if (k->pause[i].to > k->pause[kept - 1].to)
                k->pause[kept - 1].to = k->pause[i].to;
        } else {
            k->pause[kept++] = k->pause[i];
        }
    }
    k->pauses = kept;
    return ERR_OK;
}

/* The days that each pause takes from a count of days. */
static void pauses_to_days(struct count *k, bool by_working_time)
{
    for (size_t i = 0; i < k->pauses; i++) {
        int64_t from = k->pause[i].from, open = k->pause[i].to;
        int64_t to = open < table_end() ? open : table_end() - 1;
        struct range r = {time_local_day(from), time_local_day(to - (open < table_end()))};
        if (by_working_time) {
            int64_t first = profile_next_instant(k->c, k->p, from);
            if (first == CALENDAR_NONE || first >= to)
                continue;
            r = (struct range){time_local_day(first), time_local_day(profile_previous_instant(k->c, k->p, to))};
        }
        if (open == CALENDAR_NEVER)
            r.b = CALENDAR_NEVER;
        k->range[k->ranges++] = r;
    }
}

/* The n-th day that counts after `day`. */
static int64_t nth_day(const struct count *k, int64_t day, int64_t n, bool working)
{
    for (size_t i = 0; i < k->ranges; i++) {
        struct range r = k->range[i];
        if (r.b <= day)
            continue;
        if (r.a > day + 1) {
            int64_t free = working ? (int64_t)k->p->days_before[r.a - CALENDAR_EPOCH] - (int64_t)k->p->days_before[day + 1 - CALENDAR_EPOCH]
                                   : r.a - 1 - day;
            if (free >= n)
                break;
            n -= free;
        }
        if (r.b == CALENDAR_NEVER)
            return CALENDAR_NEVER;
        day = r.b;
    }
    return working ? profile_nth_working_day(k->p, day, n) : day + n;
}

/* the day itself, or the next working day on which the clock does not stand. */
static int64_t settle(const struct count *k, int64_t day)
{
    if (day == CALENDAR_NEVER)
        return day;
    if (!profile_works(k->p, day))
        day = profile_nth_working_day(k->p, day, 1);
    for (size_t i = 0; i < k->ranges && day != CALENDAR_NONE; i++) {
        if (day < k->range[i].a || day > k->range[i].b)
            continue;
        if (k->range[i].b == CALENDAR_NEVER)
            return CALENDAR_NEVER;
        day = profile_nth_working_day(k->p, k->range[i].b, 1);
    }
    return day;
}

/* The instant at which `ms` of time have run since `at`: working time, or any time. */
static int64_t run(const struct count *k, int64_t at, int64_t ms, bool working)
{
    for (size_t i = 0; i < k->pauses; i++) {
        struct pause s = k->pause[i];
        if (s.to <= at)
            continue;
        if (s.from > at) {
            int64_t ran = working ? profile_work_before(k->c, k->p, s.from) - profile_work_before(k->c, k->p, at) : s.from - at;
            if (ran >= ms)
                break;
            ms -= ran;
        }
        if (s.to == CALENDAR_NEVER)
            return CALENDAR_NEVER;
        if (s.to >= table_end())
            return CALENDAR_NONE;
        at = s.to;
    }
    return working ? profile_after_work(k->c, k->p, at, ms) : at + ms;
}

/* where the procedure's rule has a cut-off, the moment at which the receipt is deemed made. Rest days and the time
 * before opening follow suit, or a dossier of Saturday would be due before one of Friday evening. */
static int64_t deemed_receipt(const struct count *k, int64_t received_at, int32_t cutoff)
{
    int64_t day = time_local_day(received_at);
    if (profile_works(k->p, day) && time_local_ms_of_day(received_at) <= cutoff) {
        int64_t opening = profile_start_of_day(k->c, k->p, day);
        return received_at < opening ? opening : received_at;
    }
    day = profile_nth_working_day(k->p, day, 1);
    return day == CALENDAR_NONE ? CALENDAR_NONE : profile_start_of_day(k->c, k->p, day);
}

/* Day number, or last day of a shorter month. */
static int64_t add_months(int64_t day, int64_t months)
{
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    int64_t month = (int64_t)y * 12 + m - 1 + months;
    y = (int)(month / 12);
    m = (int)(month % 12) + 1;
    int length = civil_month_length(y, m);
    return civil_days(y, m, d < length ? d : length);
}

static enum err limit_check(struct limit l, struct fail *f)
{
    int64_t most;
    switch (l.unit) {
    case LIMIT_NONE:
    case LIMIT_SAME_DAY:
        most = INT64_MAX;
        l.milli = 1;
        break;
    case LIMIT_CLOCK_HOURS:
    case LIMIT_WORKING_HOURS:
        most = (int64_t)LIMIT_DAYS_MAX * 24 * 1000;
        break;
    case LIMIT_WORKING_DAYS:
    case LIMIT_CALENDAR_DAYS:
        most = (int64_t)LIMIT_DAYS_MAX * 1000;
        break;
    case LIMIT_MONTHS:
        most = (int64_t)(LIMIT_DAYS_MAX / 366 * 12) * 1000;
        break;
    default:
        return fail_add(f, ERR_INVALID, "R-091", "/limit/unit", "calendar.unit-unknown", "%d", (int)l.unit);
    }
    if (l.milli <= 0)
        return fail_add(f, ERR_INVALID, "R-091", "/limit", "calendar.limit-not-positive", "%lld", (long long)l.milli);
    if (l.milli > most)
        return fail_add(f, ERR_INVALID, "R-091", "/limit", "calendar.limit-too-long", "%lld", (long long)l.milli);
    if (l.unit == LIMIT_MONTHS && l.milli % 500 != 0)
        return fail_add(f, ERR_INVALID, "R-092", "/limit", "calendar.fraction-of-month", "%lld", (long long)l.milli);
    if (l.cutoff_ms_of_day < -1 || l.cutoff_ms_of_day >= MS_DAY)
        return fail_add(f, ERR_INVALID, "R-049", "/limit/cutoff", "calendar.cutoff-invalid", "%d", l.cutoff_ms_of_day);
    return ERR_OK;
}

/* A figure of law that the limit needs, in force on the day of receipt. */
static enum err need(const struct dated_list *l, const char *key, int64_t day, int64_t *v_r, struct fail *f)
{
    *v_r = calendar_dated(l, day);
    return *v_r == CALENDAR_NONE ? fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.missing", "%s", key) : ERR_OK;
}

/* Marks what is not certain of days first…last. */
static void warn(const struct calendar *c, int64_t first, int64_t last, struct due *d)
{
    size_t low = 0, high = c->undecided_n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->undecided[middle] < first)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < c->undecided_n && c->undecided[low] <= last && !(d->warn_undecided && d->undecided_day <= c->undecided[low])) {
        d->warn_undecided = true;
        d->undecided_day = c->undecided[low];
    }
    int from, to, month, day;
    civil_from_days(first, &from, &month, &day);
    civil_from_days(last, &to, &month, &day);
    for (int year = from; year <= to; year++)
        if (!calendar_year_known(c, year)) {
            if (!d->warn_year_missing || year < d->missing_year)
                d->missing_year = year;
            d->warn_year_missing = true;
            break;
        }
}

/* R-100 (b). */
static int64_t same_hour(const struct count *k, const struct due *d)
{
    int64_t at = time_from_local(d->due_day, time_local_ms_of_day(d->start_at)), opening = profile_start_of_day(k->c, k->p, d->due_day);
    if (at <= opening)
        return opening;
    at = profile_previous_instant(k->c, k->p, at);
    return at < d->due_at ? at : d->due_at;
}

enum err calendar_due(const struct calendar *c, struct str unit, struct limit l, int64_t received_at, const struct pause *pauses, size_t n,
                      struct due *due_r, struct fail *f)
{
    int64_t index, received_day;
    struct count k;
    k.c = c;
    k.p = calendar_profile(c, unit);
    k.pauses = k.ranges = 0;
    *due_r = (struct due){.start_at = received_at, .due_at = CALENDAR_NEVER, .due_day = CALENDAR_NEVER, .target_at = CALENDAR_NEVER};
    if (limit_check(l, f))
        return f->err;
    if (received_at < 0 || received_at >= table_end() || !calendar_index(received_day = time_local_day(received_at), &index))
        return fail_add(f, ERR_INVALID, "R-090", "/received_at", "calendar.out-of-table", NULL);
    if (pauses_order(&k, received_at, pauses, n, f))
        return f->err;
    if (l.unit == LIMIT_NONE)
        return ERR_OK;
    if (k.p->days_before[CALENDAR_DAYS] == 0)
        return fail_add(f, ERR_CORRUPT, "R-094", "", "calendar.no-hours", "%.*s", PRS(unit));

    bool cutoff = l.cutoff_ms_of_day >= 0;
    int64_t start = cutoff ? deemed_receipt(&k, received_at, l.cutoff_ms_of_day) : received_at;
    if (start == CALENDAR_NONE)
        return fail_add(f, ERR_INVALID, "R-095", "/received_at", "calendar.out-of-table", NULL);
    int64_t start_day = time_local_day(start), whole = 0, hours_ms = 0, uncertain_from = received_day;
    bool working = l.unit == LIMIT_WORKING_DAYS || l.unit == LIMIT_SAME_DAY;

    /* The limit as whole days, then hours. */
    switch (l.unit) {
    case LIMIT_WORKING_DAYS:
    case LIMIT_CALENDAR_DAYS:
        whole = l.milli / 1000;
        if (l.milli % 1000 != 0) {
            if (need(&c->day_ms, "working_hours_per_day", received_day, &hours_ms, f))
                return f->err;
            hours_ms = hours_ms / 1000 * (l.milli % 1000);
        }
        break;
    case LIMIT_MONTHS:
        whole = add_months(start_day, l.milli / 1000) - start_day;
        if (l.milli % 1000 != 0) {
            int64_t half;
            if (need(&c->half_month_days, "half_month_days", received_day, &half, f))
                return f->err;
            whole += half;
        }
        break;
    case LIMIT_CLOCK_HOURS:
    case LIMIT_WORKING_HOURS:
        hours_ms = l.milli * (MS_HOUR / 1000);
        break;
    case LIMIT_SAME_DAY:
    case LIMIT_NONE:
        break;
    }

    int64_t day = CALENDAR_NONE, at = start;
    if (l.unit == LIMIT_SAME_DAY) {
        int64_t end = profile_end_of_day(c, k.p, start_day);
        if (end == CALENDAR_NONE || start >= end) {
            start_day = profile_nth_working_day(k.p, start_day, 1);
            start = profile_start_of_day(c, k.p, start_day);
        } else if (start < profile_start_of_day(c, k.p, start_day)) {
            start = profile_start_of_day(c, k.p, start_day);
        }
        pauses_to_days(&k, working);
        day = start_day == CALENDAR_NONE ? CALENDAR_NONE : settle(&k, start_day);
    } else if (whole > 0) {
        pauses_to_days(&k, working);
        day = nth_day(&k, start_day, whole, working);
        if (!cutoff)
            uncertain_from = working ? start_day + 1 : day;
        else if (!working && day != CALENDAR_NEVER && day != CALENDAR_NONE) {
            warn(c, received_day, start_day, due_r);
            uncertain_from = day;
        }
        day = settle(&k, day);
    } else if (l.unit != LIMIT_CLOCK_HOURS) {
        start = profile_next_instant(c, k.p, start);
        at = start;
    }
    if (whole > 0 || l.unit == LIMIT_SAME_DAY)
        at = day == CALENDAR_NEVER || day == CALENDAR_NONE ? day : profile_end_of_day(c, k.p, day);
    if (hours_ms > 0 && at != CALENDAR_NEVER && at != CALENDAR_NONE)
        at = run(&k, at, hours_ms, l.unit != LIMIT_CLOCK_HOURS);
    if (at == CALENDAR_NONE || (at != CALENDAR_NEVER && at >= table_end()))
        return fail_add(f, ERR_INVALID, "R-095", "/limit", "calendar.out-of-table", NULL);

    due_r->start_at = start;
    if (at == CALENDAR_NEVER)
        return ERR_OK;
    due_r->due_at = due_r->target_at = at;
    due_r->due_day = time_local_day(at);
    if (whole > 0 && hours_ms == 0)
        due_r->target_at = same_hour(&k, due_r);
    if (l.unit != LIMIT_CLOCK_HOURS)
        warn(c, uncertain_from, due_r->due_day, due_r);
    else if (cutoff)
        warn(c, received_day, start_day, due_r);
    return ERR_OK;
}

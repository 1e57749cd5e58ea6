/* Building a calendar: the holiday table, the parameters, later decisions on days and hours. See calendar.h and
 * calendar_private.h. Each change leaves all profiles consistent; a change of one day costs a pass over the rest of the table
 * (some ten microseconds a profile), which is fine for something that happens a few times a year. */
#include "base/dataset.h"
#include "domain/calendar/calendar_private.h"

_Static_assert((CALENDAR_LAST_YEAR - CALENDAR_FIRST_YEAR + 1) * 365 + 25 == CALENDAR_DAYS, "2000 is a leap year, 2100 is not reached");

/* --- which hours apply on a day ------------------------------------------------------------------------------------------- */

static bool in_season(const struct hours *h, int month_day)
{
    if (h->season_from == 0)
        return true;
    if (h->season_from <= h->season_to)
        return h->season_from <= month_day && month_day <= h->season_to;
    return month_day >= h->season_from || month_day <= h->season_to;
}

static bool fits(const struct hours *h, int64_t day, int month_day, int weekday)
{
    return h->valid_from <= day && day <= h->valid_to && (h->weekdays >> (weekday - 1) & 1) && in_season(h, month_day);
}

static uint16_t hours_of_weekday(const struct calendar *c, const struct profile *p, int64_t day, int month_day, int weekday)
{
    uint16_t found = NO_RULE;
    for (size_t i = p->n; i-- > 0 && found == NO_RULE;)
        if (fits(&c->rule[p->own[i]], day, month_day, weekday))
            found = p->own[i];
    for (size_t i = c->defaults; i-- > 0 && found == NO_RULE;)
        if (fits(&c->rule[c->default_rule[i]], day, month_day, weekday))
            found = c->default_rule[i];
    return c->rule[found].n > 0 ? found : NO_RULE;
}

static uint16_t hours_of_day(const struct calendar *c, const struct profile *p, int64_t i)
{
    int64_t day = CALENDAR_EPOCH + i;
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    switch ((enum day_kind)c->kind[i]) {
    case DAY_REST:
        return NO_RULE;
    case DAY_MAKE_UP:
        for (int weekday = 1; weekday <= 7; weekday++) {
            uint16_t rule = hours_of_weekday(c, p, day, m * 100 + d, weekday);
            if (rule != NO_RULE)
                return rule;
        }
        return NO_RULE;
    case DAY_BY_WEEKDAY:
        break;
    }
    return hours_of_weekday(c, p, day, m * 100 + d, civil_weekday(day));
}

static void sum_up(const struct calendar *c, struct profile *p, int64_t from)
{
    for (int64_t i = from; i < CALENDAR_DAYS; i++) {
        p->days_before[i + 1] = p->days_before[i] + (p->rule_of[i] != NO_RULE);
        p->minutes_before[i + 1] = p->minutes_before[i] + c->rule_minutes[p->rule_of[i]];
    }
}

static void profile_build(const struct calendar *c, struct profile *p)
{
    for (int64_t i = 0; i < CALENDAR_DAYS; i++)
        p->rule_of[i] = hours_of_day(c, p, i);
    sum_up(c, p, 0);
}

/* --- days ------------------------------------------------------------------------------------------------------------------- */

static void set_undecided(struct calendar *c, int64_t day, bool undecided)
{
    size_t at = 0;
    while (at < c->undecided_n && c->undecided[at] < day)
        at++;
    bool is = at < c->undecided_n && c->undecided[at] == day;
    if (is && !undecided) {
        memmove(&c->undecided[at], &c->undecided[at + 1], (c->undecided_n - at - 1) * sizeof c->undecided[0]);
        c->undecided_n--;
    } else if (!is && undecided) {
        memmove(&c->undecided[at + 1], &c->undecided[at], (c->undecided_n - at) * sizeof c->undecided[0]);
        c->undecided[at] = day;
        c->undecided_n++;
    }
}

enum err calendar_add_day(struct calendar *c, int64_t day, struct calendar_day what, struct fail *f)
{
    int64_t i;
    if (!calendar_index(day, &i))
        return fail_add(f, ERR_INVALID, "R-095", "/day", "calendar.out-of-table", "%lld", (long long)day);
    if (what.kind != DAY_BY_WEEKDAY && what.kind != DAY_REST && what.kind != DAY_MAKE_UP)
        return fail_add(f, ERR_INVALID, "R-095", "/kind", "calendar.kind-unknown", NULL);
    if (c->note_of[i] == 0) {
        if (c->notes == UINT16_MAX || (what.undecided && c->undecided_n == UNDECIDED_MAX))
            return fail_add(f, ERR_TOO_LARGE, "R-095", "", "calendar.days-too-many", NULL);
        if (c->notes == c->notes_cap) {
            size_t cap = c->notes_cap ? c->notes_cap * 2 : 128;
            struct calendar_day *grown = ARENA_ARRAY(c->arena, struct calendar_day, cap);
            if (c->notes)
                memcpy(grown, c->note, c->notes * sizeof *grown);
            c->note = grown;
            c->notes_cap = cap;
            c->notes += c->notes == 0; /* [0] stays unused */
        }
        c->note_of[i] = (uint16_t)c->notes++;
    } else if (what.undecided && c->undecided_n == UNDECIDED_MAX) {
        return fail_add(f, ERR_TOO_LARGE, "R-095", "", "calendar.days-too-many", NULL);
    }
    what.name = str_dup(c->arena, what.name);
    what.legal_basis = str_dup(c->arena, what.legal_basis);
    c->note[c->note_of[i]] = what;
    c->kind[i] = (uint8_t)what.kind;
    set_undecided(c, day, what.undecided);
    for (size_t k = 0; k < c->profiles; k++) {
        uint16_t rule = hours_of_day(c, c->profile[k], i);
        if (rule != c->profile[k]->rule_of[i]) {
            c->profile[k]->rule_of[i] = rule;
            sum_up(c, c->profile[k], i);
        }
    }
    return ERR_OK;
}

enum err calendar_confirm_year(struct calendar *c, int year, struct fail *f)
{
    if (year < CALENDAR_FIRST_YEAR || year > CALENDAR_LAST_YEAR)
        return fail_add(f, ERR_INVALID, "R-095", "/year", "calendar.out-of-table", "%d", year);
    c->year_known[year - CALENDAR_FIRST_YEAR] = true;
    return ERR_OK;
}

/* Kinds of holidays.tsv. */
static const struct row_kind { const char *name; enum day_kind kind; bool works, undecided, planned; } row_kinds[] = {
    {"nghỉ lễ", DAY_REST, false, false, false},
    {"nghỉ bù", DAY_REST, false, false, false},
    {"hoán đổi nghỉ", DAY_REST, false, false, false},
    {"làm bù", DAY_MAKE_UP, true, false, false},
    {"chưa có hiệu lực", DAY_BY_WEEKDAY, true, true, false},
    {"dự kiến", DAY_REST, false, false, true},
};

static const struct row_kind *row_kind_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(row_kinds); i++)
        if (str_is(name, row_kinds[i].name))
            return &row_kinds[i];
    return NULL;
}

struct calendar *calendar_load(struct arena *a, struct str holidays_tsv, struct fail *f)
{
    enum { DATE, NAME, KIND, WORKS, CONFIDENCE, BASIS, COLUMNS };
    static const char *const names[COLUMNS] = {"date", "name", "kind", "is_working_day", "confidence", "legal_basis"};
    int column[COLUMNS];
    struct tsv t;
    bool opened = tsv_open(&t, holidays_tsv);
    for (int i = 0; i < COLUMNS; i++)
        if (!opened || (column[i] = tsv_column(&t, names[i])) < 0) {
            fail_add(f, ERR_CORRUPT, "R-095", "", "calendar.column-missing", "%s", names[i]);
            return NULL;
        }
    struct calendar *c = ARENA_NEW(a, struct calendar);
    c->arena = a;
    c->rules = 1;
    c->profile[c->profiles++] = ARENA_NEW(a, struct profile);
    while (tsv_row(&t)) {
        struct str date = tsv_cell(&t, column[DATE]), works = tsv_cell(&t, column[WORKS]);
        const struct row_kind *k = row_kind_find(tsv_cell(&t, column[KIND]));
        int64_t day, i;
        if (!date_parse(date, &day) || !calendar_index(day, &i) || c->note_of[i] != 0 || k == NULL || !str_is(works, k->works ? "1" : "0")) {
            fail_add(f, ERR_CORRUPT, "R-095", "", "calendar.broken-row", "%zu: %.*s", t.line, PRS(date));
            return NULL;
        }
        struct calendar_day what = {
            .kind = k->kind, .undecided = k->undecided || (k->planned && !str_is(tsv_cell(&t, column[CONFIDENCE]), "cao")),
            .name = tsv_cell(&t, column[NAME]), .legal_basis = tsv_cell(&t, column[BASIS]),
        };
        if (calendar_add_day(c, day, what, f))
            return NULL;
        int y, m, d;
        civil_from_days(day, &y, &m, &d);
        if (k->kind == DAY_REST)
            c->year_known[y - CALENDAR_FIRST_YEAR] = true;
    }
    return c;
}

/* --- working hours ------------------------------------------------------------------------------------------------------------ */

static bool season_valid(int month_day) { return civil_valid(2000, month_day / 100, month_day % 100); }

static const char *hours_complaint(const struct hours *h)
{
    if (h->valid_from > h->valid_to)
        return "calendar.hours-dates-reversed";
    if ((h->season_from != 0 || h->season_to != 0) && (!season_valid(h->season_from) || !season_valid(h->season_to)))
        return "calendar.season-invalid";
    if (h->weekdays == 0 || h->weekdays > 0x7f)
        return "calendar.weekdays-invalid";
    if (h->n > HOURS_INTERVALS_MAX)
        return "calendar.hours-too-many";
    int32_t after = 0;
    for (size_t i = 0; i < h->n; i++) {
        int32_t from = h->interval[i].from_ms, to = h->interval[i].to_ms;
        if (from < after || to <= from || to > MS_DAY)
            return "calendar.hours-order";
        if (from % MS_MINUTE != 0 || to % MS_MINUTE != 0)
            return "calendar.hours-not-in-minutes";
        after = to;
    }
    return NULL;
}

static bool hours_equal(const struct hours *a, const struct hours *b)
{
    if (a->valid_from != b->valid_from || a->valid_to != b->valid_to || a->season_from != b->season_from
        || a->season_to != b->season_to || a->weekdays != b->weekdays || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->interval[i].from_ms != b->interval[i].from_ms || a->interval[i].to_ms != b->interval[i].to_ms)
            return false;
    return true;
}

/* 0 when there are too many. */
static uint16_t rule_intern(struct calendar *c, const struct hours *h)
{
    for (size_t i = 1; i < c->rules; i++)
        if (hours_equal(&c->rule[i], h))
            return (uint16_t)i;
    if (c->rules == RULES_MAX)
        return 0;
    c->rule[c->rules] = *h;
    c->rule[c->rules].unit = STR_NONE;
    for (size_t i = 0; i < h->n; i++)
        c->rule_minutes[c->rules] += (uint32_t)((h->interval[i].to_ms - h->interval[i].from_ms) / MS_MINUTE);
    return (uint16_t)c->rules++;
}

static struct profile *profile_intern(struct calendar *c, const uint16_t *own, size_t n)
{
    for (size_t i = 0; i < c->profiles; i++)
        if (c->profile[i]->n == n && memcmp(c->profile[i]->own, own, n * sizeof *own) == 0)
            return c->profile[i];
    if (c->profiles == PROFILES_MAX)
        return NULL;
    struct profile *p = ARENA_NEW(c->arena, struct profile);
    memcpy(p->own, own, n * sizeof *own);
    p->n = n;
    profile_build(c, p);
    return c->profile[c->profiles++] = p;
}

static struct unit_profile *unit_slot(const struct calendar *c, struct str unit)
{
    size_t at = str_hash(unit) & (c->units_cap - 1);
    while (c->unit[at].profile && !str_eq(c->unit[at].unit, unit))
        at = (at + 1) & (c->units_cap - 1);
    return &c->unit[at];
}

static struct unit_profile *unit_add(struct calendar *c, struct str unit)
{
    if (c->units * 2 >= c->units_cap) {
        struct unit_profile *old = c->unit;
        size_t n = c->units_cap;
        c->units_cap = n ? n * 2 : 16;
        c->unit = ARENA_ARRAY(c->arena, struct unit_profile, c->units_cap);
        for (size_t i = 0; i < n; i++)
            if (old[i].profile)
                *unit_slot(c, old[i].unit) = old[i];
    }
    struct unit_profile *slot = unit_slot(c, unit);
    if (slot->profile == NULL) {
        *slot = (struct unit_profile){str_dup(c->arena, unit), c->profile[0]};
        c->units++;
    }
    return slot;
}

const struct profile *calendar_profile(const struct calendar *c, struct str unit)
{
    const struct unit_profile *slot = c->units && unit.n ? unit_slot(c, unit) : NULL;
    return slot && slot->profile ? slot->profile : c->profile[0];
}

enum err calendar_set_hours(struct calendar *c, const struct hours *h, struct fail *f)
{
    const char *complaint = hours_complaint(h);
    if (complaint)
        return fail_add(f, ERR_INVALID, "R-094", "/hours", complaint, "%.*s", PRS(h->unit));
    uint16_t rule = rule_intern(c, h);
    bool own = h->unit.n > 0;
    struct unit_profile *slot = own && rule ? unit_add(c, h->unit) : NULL;
    size_t n = own ? (slot ? slot->profile->n : 0) : c->defaults;
    if (rule == 0 || n == PROFILE_RULES_MAX)
        return fail_add(f, ERR_TOO_LARGE, "R-094", "/hours", "calendar.hours-too-many", "%.*s", PRS(h->unit));
    if (!own) {
        c->default_rule[c->defaults++] = rule;
        for (size_t i = 0; i < c->profiles; i++)
            profile_build(c, c->profile[i]);
        return ERR_OK;
    }
    uint16_t rules[PROFILE_RULES_MAX];
    memcpy(rules, slot->profile->own, n * sizeof *rules);
    rules[n] = rule;
    struct profile *p = profile_intern(c, rules, n + 1);
    if (p == NULL)
        return fail_add(f, ERR_TOO_LARGE, "R-094", "/hours", "calendar.hours-too-many", "%.*s", PRS(h->unit));
    slot->profile = p;
    return ERR_OK;
}

/* --- parameters -------------------------------------------------------------------------------------------------------------- */

static bool weekdays_parse(struct str s, unsigned *mask_r)
{
    struct str piece;
    *mask_r = 0;
    while (str_next(&s, ',', &piece)) {
        bool range = piece.n == 3 && piece.p[1] == '-';
        if (piece.n != 1 && !range)
            return false;
        int from = piece.p[0] - '0', to = piece.p[piece.n - 1] - '0';
        if (from < 1 || to > 7 || from > to)
            return false;
        for (int d = from; d <= to; d++)
            *mask_r |= 1u << (d - 1);
    }
    return *mask_r != 0;
}

/* "1-5 07:00-11:30 13:30-17:00": weekdays (1 Monday … 7 Sunday), then the intervals. */
static bool hours_parse(struct str s, struct hours *h)
{
    struct str piece;
    if (!str_next(&s, ' ', &piece) || !weekdays_parse(piece, &h->weekdays))
        return false;
    while (str_next(&s, ' ', &piece)) {
        if (h->n == HOURS_INTERVALS_MAX || piece.n != 11 || piece.p[5] != '-'
            || !ms_of_day_parse(str_sub(piece, 0, 5), &h->interval[h->n].from_ms)
            || !ms_of_day_parse(str_sub(piece, 6, 5), &h->interval[h->n].to_ms))
            return false;
        h->n++;
    }
    return h->n > 0;
}

static bool dated_add(struct dated_list *l, const struct parameter *row, int64_t value)
{
    if (l->n == DATED_MAX)
        return false;
    l->at[l->n++] = (struct dated){row->valid_from, row->valid_to, value};
    return true;
}

enum err calendar_use_parameters(struct calendar *c, const struct parameters *p, struct fail *f)
{
    bool hours = false;
    c->cutoff_ms.n = c->day_ms.n = c->half_month_days.n = 0;
    for (size_t i = 0; i < parameters_count(p); i++) {
        const struct parameter *row = parameters_at(p, i);
        bool good = true;
        int64_t v = 0;
        int32_t ms;
        if (str_is(row->key, "work_hours")) {
            struct hours h = {.valid_from = row->valid_from, .valid_to = row->valid_to};
            good = hours_parse(row->value, &h);
            if (good && calendar_set_hours(c, &h, f))
                return f->err;
            hours = true;
        } else if (str_is(row->key, "transfer_cutoff")) {
            good = ms_of_day_parse(row->value, &ms) && dated_add(&c->cutoff_ms, row, ms);
        } else if (str_is(row->key, "working_hours_per_day")) {
            good = str_to_i64(row->value, &v) && v > 0 && v <= 24 && dated_add(&c->day_ms, row, v * MS_HOUR);
        } else if (str_is(row->key, "half_month_days")) {
            good = str_to_i64(row->value, &v) && v > 0 && v <= 31 && dated_add(&c->half_month_days, row, v);
        }
        if (!good)
            return fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.unreadable", "%.*s", PRS(row->key));
    }
    if (!hours)
        return fail_add(f, ERR_CORRUPT, "R-094", "", "parameters.missing", "work_hours");
    return ERR_OK;
}

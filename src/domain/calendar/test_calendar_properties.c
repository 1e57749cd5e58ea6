/* Properties of the deadline engine on 50 random worlds × 200 cases each, from fixed seeds, against the slow reference. */
#include "domain/calendar/calendar_test.h"
#include "domain/calendar/calendar_reference.h"

struct random { uint64_t s; };

static uint64_t draw64(struct random *r) /* splitmix64 */
{
    uint64_t z = (r->s += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
static int64_t draw(struct random *r, int64_t from, int64_t to) { return from + (int64_t)(draw64(r) % (uint64_t)(to - from + 1)); }

enum { WORLDS = 50, CASES = 200, PAUSES = 3 };

struct world {
    struct calendar *c;
    struct reference *w;
    struct str unit;
    int64_t first;
};

static struct hours random_hours(struct random *r, const char *unit, int64_t first)
{
    struct hours h = {.unit = str_of(unit), .valid_from = INT64_MIN, .valid_to = INT64_MAX};
    h.weekdays = draw(r, 0, 2) ? WEEKDAYS_MON_FRI : (unsigned)draw(r, 1, 0x7f);
    if (draw(r, 0, 1)) {
        h.season_from = (int)(draw(r, 1, 12) * 100 + draw(r, 1, 28));
        h.season_to = (int)(draw(r, 1, 12) * 100 + draw(r, 1, 28));
    }
    if (draw(r, 0, 2) == 0) {
        h.valid_from = first + draw(r, 0, 700);
        h.valid_to = h.valid_from + draw(r, 0, 700);
    }
    h.n = (size_t)draw(r, 0, HOURS_INTERVALS_MAX);
    if (h.n == 0)
        h.weekdays = 1u << draw(r, 0, 4); /* closed on one weekday, never always */
    int64_t minute = draw(r, 0, 500);
    for (size_t i = 0; i < h.n; i++) {
        h.interval[i].from_ms = (int32_t)(minute * MS_MINUTE);
        minute += draw(r, 1, 200);
        h.interval[i].to_ms = (int32_t)(minute * MS_MINUTE);
        minute += draw(r, 0, 35);
    }
    return h;
}

/* Three years of random rest, make-up and (half of the worlds) undecided days, with default hours and up to three rules of a unit. */
static struct world random_world(struct arena *a, struct random *r)
{
    static enum day_kind kind[REFERENCE_DAYS];
    struct fail f = {0};
    struct world w = {empty_calendar(a), ARENA_NEW(a, struct reference), draw(r, 0, 1) ? STR("91") : STR(""), civil_days(2026, 1, 1)};
    struct hours rules[4] = {hours("", 0, 0, WEEKDAYS_MON_FRI, 2, 420, 690, 810, 1020)};
    size_t n = 1;
    memset(kind, 0, sizeof kind);
    assert_int_equal(calendar_use_parameters(w.c, real_parameters(a), &f), ERR_OK);
    for (; n < ARRAY_LEN(rules) && draw(r, 0, 2); n++) {
        rules[n] = random_hours(r, draw(r, 0, 2) ? "91" : "", w.first);
        assert_int_equal(calendar_set_hours(w.c, &rules[n], &f), ERR_OK);
    }
    for (int i = 0; i < 120; i++) {
        int64_t at_day = draw(r, 0, 1200);
        struct calendar_day what = {(enum day_kind)draw(r, 0, 2), false, STR("x"), STR("y")};
        if (draw(r, 0, 3) == 0) /* like Tết: some in a row */
            for (int k = 0; k < 6; k++) {
                kind[at_day + k] = DAY_REST;
                assert_int_equal(calendar_add_day(w.c, w.first + at_day + k, (struct calendar_day){DAY_REST, false, STR("x"), STR("y")}, &f), ERR_OK);
            }
        kind[at_day] = what.kind;
        assert_int_equal(calendar_add_day(w.c, w.first + at_day, what, &f), ERR_OK);
    }
    reference_fill(w.w, w.first, kind, rules, n, w.unit);
    return w;
}

static struct limit random_limit(struct random *r)
{
    struct limit l = {(enum limit_unit)draw(r, 1, 6), 0, draw(r, 0, 2) ? -1 : (int32_t)draw(r, 0, MS_DAY - 1)};
    switch (l.unit) {
    case LIMIT_MONTHS:
        l.milli = draw(r, 1, 12) * 500;
        break;
    case LIMIT_CLOCK_HOURS:
    case LIMIT_WORKING_HOURS:
        l.milli = draw(r, 0, 1) ? D(draw(r, 1, 60)) : draw(r, 1, 60000);
        break;
    default:
        l.milli = draw(r, 0, 2) ? D(draw(r, 1, 60)) : draw(r, 1, 10000);
    }
    if (l.cutoff_ms_of_day >= 0 && draw(r, 0, 1))
        l.cutoff_ms_of_day = AFTER_15;
    return l;
}

/* Half of all instants lie on a whole half hour, where the edges are. */
static int64_t random_instant(struct random *r, int64_t day_from, int64_t day_to)
{
    int64_t ms = draw(r, 0, 1) ? draw(r, 0, MS_DAY - 1) : draw(r, 0, 47) * 30 * MS_MINUTE;
    return time_from_local(draw(r, day_from, day_to), ms);
}

static size_t random_pauses(struct random *r, int64_t received, struct pause p[PAUSES])
{
    size_t n = (size_t)draw(r, 0, PAUSES);
    int64_t near = time_local_day(received);
    for (size_t i = 0; i < n; i++) {
        p[i].from = random_instant(r, near - 2, near + 40);
        p[i].to = draw(r, 0, 19) == 0 ? INT64_MAX : draw(r, 0, 1) ? p[i].from + draw(r, 0, MS_DAY) : random_instant(r, near + 41, near + 60);
    }
    return n;
}

static int64_t due_of(const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n, struct due *d)
{
    struct fail f = {0};
    assert_int_equal(calendar_due(w->c, w->unit, l, received, p, n, d, &f), ERR_OK);
    return d->due_at;
}

typedef void case_fn(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n);

static void for_random_cases(uint64_t seed, case_fn *fn)
{
    struct random r = {seed};
    for (int i = 0; i < WORLDS; i++) {
        struct arena *a _arena_ = arena_new();
        struct world w = random_world(a, &r);
        for (int k = 0; k < CASES; k++) {
            struct pause p[PAUSES];
            struct limit l = random_limit(&r);
            int64_t received = random_instant(&r, w.first + 10, w.first + 1000);
            size_t n = random_pauses(&r, received, p);
            fn(&r, &w, l, received, p, n);
        }
    }
}

static void same_as_reference(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)r;
    struct due d;
    int64_t expected = reference_due(w->w, l, received, p, n);
    if (due_of(w, l, received, p, n, &d) != expected) {
        char out[3][40] = {"never", "never"};
        if (d.due_at != CALENDAR_NEVER)
            time_format(d.due_at, out[0]);
        if (expected != CALENDAR_NEVER)
            time_format(expected, out[1]);
        time_format(received, out[2]);
        fail_msg("unit %d milli %lld cutoff %d received %s: %s, reference %s", l.unit, (long long)l.milli, l.cutoff_ms_of_day, out[2], out[0], out[1]);
    }
    assert_int_equal(calendar_hand_over_by(w->c, w->unit, received), reference_hand_over_by(w->w, AFTER_15, received));
}

static void test_the_engine_equals_a_day_by_day_count_on_10000_random_cases(void **state)
{
    (void)state;
    for_random_cases(1, same_as_reference);
}

static void is_monotone(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    struct due d, later, longer;
    struct pause own[PAUSES];
    size_t kept = 0;
    int64_t by = draw(r, 0, 1) ? draw(r, 1, 5 * (int64_t)MS_DAY) : draw(r, 1, 3 * MS_HOUR);
    due_of(w, l, received + by, NULL, 0, &later);
    for (size_t i = 0; i < n; i++) /* for these two a pause counts that both receipts can have: docs/internals/calendar.md */
        if ((l.unit != LIMIT_SAME_DAY && l.unit != LIMIT_MONTHS) || time_local_day(p[i].from) > time_local_day(later.start_at))
            own[kept++] = p[i];
    p = own;
    n = kept;
    assert_true(due_of(w, l, received, p, n, &d) <= due_of(w, l, received + by, p, n, &later));
    assert_true(d.start_at <= later.start_at);
    assert_true(d.start_at >= received);
    assert_true(d.due_at >= d.start_at);
    struct limit more = l;
    more.milli += D(draw(r, 1, 3));
    assert_true(d.due_at <= due_of(w, more, received, p, n, &longer));
}

static void test_received_later_or_given_longer_is_never_due_earlier(void **state)
{
    (void)state;
    for_random_cases(2, is_monotone);
}

static void ends_in_working_time(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)r;
    struct due d;
    if (due_of(w, l, received, p, n, &d) == CALENDAR_NEVER || l.unit == LIMIT_CLOCK_HOURS)
        return;
    assert_true(calendar_is_working_day(w->c, w->unit, d.due_day));
    assert_int_equal(time_local_day(d.due_at), d.due_day);
    assert_int_equal(calendar_previous_working_instant(w->c, w->unit, d.due_at), d.due_at);
    if (l.unit == LIMIT_SAME_DAY || l.unit == LIMIT_MONTHS || (l.milli % 1000 == 0 && l.unit != LIMIT_WORKING_HOURS))
        assert_int_equal(d.due_at, calendar_end_of_working_day(w->c, w->unit, d.due_day)); /* R-100 (a) */
    assert_true(d.target_at <= d.due_at && time_local_day(d.target_at) == d.due_day);
}

static void test_a_limit_never_ends_on_a_rest_day_except_clock_hours(void **state) /* */
{
    (void)state;
    for_random_cases(3, ends_in_working_time);
}

static void pause_never_shortens(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    struct due with, without;
    for (size_t k = 0; k < n; k++) /* each further pause alone */
        assert_true(due_of(w, l, received, p, k + 1, &with) >= due_of(w, l, received, p, k, &without));
    if (n > 0 && p[0].to != INT64_MAX) { /* nor does a longer one */
        struct pause longer = {p[0].from, p[0].to + draw(r, 1, 2 * MS_DAY)};
        assert_true(due_of(w, l, received, &longer, 1, &with) >= due_of(w, l, received, p, 1, &without));
    }
}

static void test_a_pause_never_shortens(void **state) /* */
{
    (void)state;
    for_random_cases(4, pause_never_shortens);
}

static void work_adds_up(struct random *r, const struct world *w, struct limit l, int64_t received, const struct pause *p, size_t n)
{
    (void)l, (void)p, (void)n;
    struct due d;
    int64_t milli = draw(r, 1, 200000);
    due_of(w, limit(LIMIT_WORKING_HOURS, milli, -1), received, NULL, 0, &d);
    assert_int_equal(calendar_working_ms(w->c, w->unit, received, d.due_at), milli * 3600);
    int64_t from = time_local_day(received), k = draw(r, 1, 100), to = calendar_add_working_days(w->c, w->unit, from, k);
    assert_int_equal(calendar_working_days_between(w->c, w->unit, from, to), k);
    assert_int_equal(calendar_add_working_days(w->c, w->unit, to + 1, -1), to);
    int64_t next = calendar_next_working_instant(w->c, w->unit, received);
    assert_true(next >= received && calendar_working_ms(w->c, w->unit, received, next) == 0);
    assert_int_equal(calendar_working_ms(w->c, w->unit, next, next + 1), 1);
}

static void test_working_time_to_the_end_is_the_limit(void **state) /* */
{
    (void)state;
    for_random_cases(5, work_adds_up);
}

/* Without a warning, the answer is the same however the undecided day is decided. */
static void test_without_a_warning_no_decision_can_move_the_end(void **state) /* */
{
    (void)state;
    struct random r = {6};
    int silent = 0, moved = 0;
    for (int i = 0; i < WORLDS; i++) {
        struct arena *a _arena_ = arena_new();
        struct world w = random_world(a, &r);
        struct fail f = {0};
        for (int k = 0; k < CASES / 10; k++) {
            struct pause p[PAUSES];
            struct limit l = random_limit(&r);
            int64_t received = random_instant(&r, w.first + 10, w.first + 1000), open = time_local_day(received) + draw(&r, -1, 15);
            size_t n = random_pauses(&r, received, p);
            struct calendar_day before = calendar_day_of(w.c, open), what = {DAY_BY_WEEKDAY, true, STR("x"), STR("y")};
            struct due d[3];
            for (int kind = 0; kind < 3; kind++) {
                what.kind = (enum day_kind)kind;
                assert_int_equal(calendar_add_day(w.c, open, what, &f), ERR_OK);
                due_of(&w, l, received, p, n, &d[kind]);
            }
            if (d[0].due_at != CALENDAR_NEVER) {
                bool same = d[0].due_at == d[1].due_at && d[0].due_at == d[2].due_at;
                silent += !d[0].warn_undecided && !d[1].warn_undecided && !d[2].warn_undecided;
                moved += !same;
                if (!same)
                    assert_true(d[0].warn_undecided && d[0].undecided_day == open);
            }
            assert_int_equal(calendar_add_day(w.c, open, before, &f), ERR_OK);
        }
    }
    assert_true(silent > 100 && moved > 100); /* the test saw both */
}

static void test_a_due_time_costs_less_than_two_microseconds(void **state)
{
    CALENDAR;
    struct random r = {7};
    enum { N = 100000 };
    int64_t sum = 0, start = time_monotonic_us();
    for (int i = 0; i < N; i++) {
        struct due d;
        struct fail f;
        f.err = ERR_OK, f.n = 0, f.rule[0] = '\0';
        struct limit l = {(enum limit_unit)(1 + i % 6), D(1 + i % 30), i % 2 ? -1 : AFTER_15};
        int64_t received = at("2026-01-05 07:00") + draw(&r, 0, 300) * MS_DAY;
        struct pause p = {received + MS_DAY, received + 2 * MS_DAY};
        if (calendar_due(c, NO_UNIT, l, received, &p, (size_t)(i % 2), &d, &f))
            fail();
        sum += d.due_at;
    }
    int64_t us = time_monotonic_us() - start;
    print_message("# %d due times, %lld ns each (%lld)\n", N, (long long)(us * 1000 / N), (long long)(sum & 1));
    assert_true(us < (int64_t)N * 40); /* loose: shared machines and sanitizers; the figure above is the one to watch */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_engine_equals_a_day_by_day_count_on_10000_random_cases),
        cmocka_unit_test(test_received_later_or_given_longer_is_never_due_earlier),
        cmocka_unit_test(test_a_limit_never_ends_on_a_rest_day_except_clock_hours),
        cmocka_unit_test(test_a_pause_never_shortens),
        cmocka_unit_test(test_working_time_to_the_end_is_the_limit),
        cmocka_unit_test(test_without_a_warning_no_decision_can_move_the_end),
        cmocka_unit_test(test_a_due_time_costs_less_than_two_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

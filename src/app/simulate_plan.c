/* Who submits what, where and when, drawn before the first command: procedures by their published use (dossiers_npsp_2025), places by size,
 * days and hours by a profile. The shares stand in the table below with where they come from. See simulate.h. */
#include "app/simulate.h"
#include <stdio.h>
#include <stdlib.h>

/* Per 10,000. Online share and lateness: data on 2025 (74.7 % online in the first weeks, 4–9 % late); the others are assumptions, small
 * enough not to decide any figure. Post and kiosk share what is neither online nor at the counter. */
enum {
    ONLINE = 6800, COUNTER = 2700, POST = 250, /* the rest: kiosk */
    SUPPLEMENT_BEFORE = 400, SUPPLEMENT_AFTER = 200, NEVER_BACK = 1500 /* of those asked */, REFUSED = 120, REJECTED = 100, LATE = 550,
    APOLOGY = 6500 /* of the late */, WITHDRAWN = 80, EXTENDED = 60, CONSULTED = 250, ELSEWHERE = 1200 /* lives in another commune */,
    PROVINCE_DESK = 5500 /* of what is not decided by a commune */
};

/* Share of a working day's dossiers by hour, per 1,000. People come when the doors open and after lunch; online knows no hours. */
static const int counter_hours[24] = {[7] = 90, [8] = 190, [9] = 210, [10] = 145, [11] = 40, [13] = 75, [14] = 120, [15] = 90, [16] = 40};
static const int online_hours[24] = {6, 3, 2, 2, 3, 8, 18, 42, 86, 104, 92, 58, 34, 46, 78, 84, 70, 48, 36, 40, 52, 46, 28, 14};
/* Monday … Sunday: Monday has the weekend's. */
static const int counter_days[7] = {128, 106, 100, 100, 96, 0, 0};
static const int online_days[7] = {124, 108, 104, 102, 98, 42, 36};

static int find_place(struct plan *p, const struct unit *u)
{
    for (size_t i = 0; i < p->places; i++)
        if (p->place[i].unit == u)
            return (int)i;
    return -1;
}

enum { PLACES_MAX = 4096 };

static int add_place(struct plan *p, const struct unit *u)
{
    int i = find_place(p, u);
    if (i >= 0 || p->places == PLACES_MAX)
        return i;
    p->place[p->places] = (struct place){.unit = u};
    return (int)p->places++;
}

/* No population stands in the data: a ward counts 1.7 of a rural commune, an island 0.2, times a factor of 0.4 … 2.4 of its own. */
static int64_t size_of(const struct territory *t)
{
    struct draws d = {str_hash(t->code)};
    int64_t kind = str_is(t->kind, "phường") ? 170 : str_is(t->kind, "đặc khu") ? 20 : 100;
    return kind * draw_between(&d, 40, 240) / 100;
}

static enum err find_places(struct plan *p, struct fail *f)
{
    p->place = ARENA_ARRAY(p->a, struct place, PLACES_MAX);
    p->cumulative = ARENA_ARRAY(p->a, int64_t, PLACES_MAX);
    struct str after = STR("");
    int64_t total = 0;
    do {
        struct territory_page page = territory_list(p->rules->org, p->a, p->from, p->province, STR(""), after, ORG_PAGE_MAX);
        for (size_t i = 0; i < page.n; i++) {
            const struct unit *u = unit_committee_of(p->rules->org, page.items[i]->code);
            int at = u && page.items[i]->level == LEVEL_COMMUNE ? add_place(p, u) : -1;
            if (at >= 0) {
                p->place[at].weight = !p->only.n || str_eq(u->code, p->only) ? size_of(page.items[i]) : 0;
                p->cumulative[at] = total += p->place[at].weight;
            }
        }
        after = page.next;
    } while (after.n);
    p->receiving = p->places;
    const struct unit *centre = unit_service_centre(p->rules->org, p->province);
    if (!centre)
        centre = unit_committee_of(p->rules->org, p->province);
    if (p->only.n && !total)
        return fail_add(f, ERR_INVALID, NULL, "", "unit.unknown", NULL);
    if (!centre || !p->receiving)
        return fail_add(f, ERR_INVALID, NULL, "", "simulate.province", "%.*s", PRS(p->province));
    add_place(p, centre);
    return ERR_OK;
}

static struct competence_answer competence(const struct plan *p, const struct procedure *proc, const struct place *at, struct str owner)
{
    const struct territory *t = territory_on(p->rules->org, at->unit->territory, p->from);
    struct competence_question q = {.p = proc, .receiving_unit = at->unit->code, .receiving_commune = t && t->level == LEVEL_COMMUNE ? t->code : STR(""),
                                    .receiving_province = p->province, .owner_territory = owner, .owner_province = p->province,
                                    .object_territory = STR(""), .object_province = STR(""), .day = p->from};
    return competence_of(p->rules->catalog, &q);
}

/* Where the table is silent the clerk chooses: the first candidate that exists, else the committee of the level that decides. */
static const struct unit *decides(const struct plan *p, const struct procedure *proc, const struct place *at, struct str owner, bool *answered_r)
{
    const struct org *o = p->rules->org;
    struct competence_answer answer = competence(p, proc, at, owner);
    const struct unit *u = answer.found ? unit_find(o, str_of(answer.unit)) : NULL;
    *answered_r = answer.found;
    for (size_t i = 0; i < answer.n_candidates && !u && !answer.found; i++)
        u = unit_find(o, str_of(answer.candidate[i]));
    if (!u && !answer.found)
        u = proc->levels & AT_COMMUNE ? unit_committee_of(o, owner) : proc->levels & AT_PROVINCE ? unit_committee_of(o, p->province) : NULL;
    return u && str_eq(unit_province(o, u->code), p->province) ? u : NULL;
}

static void find_kinds(struct plan *p)
{
    const struct catalog *c = p->rules->catalog;
    size_t n = catalog_size(c).procedures, i;
    int64_t total = 0;
    p->kind = ARENA_ARRAY(p->a, struct kind, n);
    p->kind_cumulative = ARENA_ARRAY(p->a, int64_t, n);
    for (i = 0; i < n; i++) {
        const struct procedure *proc = catalog_nth(c, i, p->from);
        bool answered;
        size_t candidates;
        if (!proc || proc->weight <= 0 || proc->restricted || procedure_receivable(c, proc, p->province, p->from) != RECEIVABLE)
            continue;
        if (procedure_find(c, proc->code, proc->agency, p->from, &candidates) != proc || !decides(p, proc, &p->place[0], p->place[0].unit->territory, &answered))
            continue;
        p->kind[p->kinds] = (struct kind){proc, proc->weight, -1};
        p->kind_cumulative[p->kinds++] = total += proc->weight;
    }
}

static size_t by_weight(const int64_t *cumulative, size_t n, struct draws *d)
{
    int64_t x = draw_below(d, cumulative[n - 1]);
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (cumulative[mid] > x)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static int64_t of_profile(const int *share, size_t n, struct draws *d)
{
    int total = 0;
    for (size_t i = 0; i < n; i++)
        total += share[i];
    int64_t x = draw_below(d, total);
    size_t i = 0;
    while (x >= share[i])
        x -= share[i++];
    return (int64_t)i;
}

static int64_t moment(const struct plan *p, struct draws *d, bool online, struct str unit)
{
    for (int try = 0; try < 1000; try++) {
        int64_t day = p->from + draw_below(d, p->days);
        bool works = calendar_is_working_day(p->rules->calendar, unit, day);
        int weekday = works ? civil_weekday(day) : 7;
        if (draw_below(d, 130) >= (online ? online_days : counter_days)[weekday - 1])
            continue;
        int64_t ms = of_profile(online ? online_hours : counter_hours, 24, d) * MS_HOUR + draw_below(d, MS_HOUR);
        int64_t at = time_from_local(day, ms);
        return online ? at : calendar_next_working_instant(p->rules->calendar, unit, at);
    }
    return time_from_local(p->from, 9 * MS_HOUR);
}

static unsigned fates(struct draws *d)
{
    unsigned f = 0;
    f |= draw_chance(d, REFUSED) ? FATE_REFUSED : 0;
    f |= draw_chance(d, SUPPLEMENT_BEFORE) ? FATE_SUPPLEMENT_BEFORE : 0;
    f |= draw_chance(d, SUPPLEMENT_AFTER) ? FATE_SUPPLEMENT_AFTER : 0;
    f |= draw_chance(d, NEVER_BACK) ? FATE_NEVER_BACK : 0;
    f |= draw_chance(d, REJECTED) ? FATE_REJECTED : 0;
    f |= draw_chance(d, LATE) ? FATE_LATE : 0;
    f |= draw_chance(d, APOLOGY) ? FATE_APOLOGY : 0;
    f |= draw_chance(d, WITHDRAWN) ? FATE_WITHDRAWN : 0;
    f |= draw_chance(d, EXTENDED) ? FATE_EXTENDED : 0;
    f |= draw_chance(d, CONSULTED) ? FATE_CONSULTED : 0;
    return f;
}

static enum channel draw_channel(struct draws *d)
{
    int64_t x = draw_below(d, 10000);
    return x < ONLINE ? CHANNEL_ONLINE : x < ONLINE + COUNTER ? CHANNEL_COUNTER : x < ONLINE + COUNTER + POST ? CHANNEL_POST : CHANNEL_KIOSK;
}

static void plan_one(struct plan *p, uint32_t no, struct submission_plan *s)
{
    struct draws d = draws_for(p->seed, no, 1);
    const struct unit *u = NULL;
    *s = (struct submission_plan){.no = no};
    for (int try = 0; try < 50 && !u; try++) { /* another procedure where nobody in this province decides */
        s->kind = (int32_t)by_weight(p->kind_cumulative, p->kinds, &d);
        s->place = (int32_t)by_weight(p->cumulative, p->receiving, &d);
        size_t home = draw_chance(&d, ELSEWHERE) ? by_weight(p->cumulative, p->receiving, &d) : (size_t)s->place;
        s->home = territory_on(p->rules->org, p->place[home].unit->territory, p->from);
        const struct procedure *proc = p->kind[s->kind].p;
        if (!(proc->levels & AT_COMMUNE) && draw_chance(&d, PROVINCE_DESK))
            s->place = (int32_t)p->receiving;
        u = decides(p, proc, &p->place[s->place], s->home->code, &s->answered);
        const struct territory *there = u ? territory_on(p->rules->org, u->territory, p->from) : NULL;
        const struct territory *here = territory_on(p->rules->org, p->place[s->place].unit->territory, p->from);
        if (u && procedure_in_reach(proc, p->province, here && here->level == LEVEL_COMMUNE ? here->code : STR(""), p->province,
                                    there && there->level == LEVEL_COMMUNE ? there->code : STR("")) != RECEIVABLE)
            u = NULL;
    }
    s->competent = u ? add_place(p, u) : -1;
    if (u)
        p->place[s->competent].used = p->place[s->place].used = true;
    s->channel = draw_channel(&d);
    s->fate = fates(&d);
    s->at = moment(p, &d, s->channel == CHANNEL_ONLINE || s->channel == CHANNEL_KIOSK, p->place[s->place].unit->code);
}

static int in_order(const void *x, const void *y)
{
    const struct submission_plan *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->no < b->no ? -1 : a->no > b->no;
}

enum err plan_make(struct plan *p, struct fail *f)
{
    p->to = time_from_local(p->from + p->days, 0);
    enum err e = find_places(p, f);
    if (e)
        return e;
    find_kinds(p);
    if (!p->kinds)
        return fail_add(f, ERR_INVALID, NULL, "", "simulate.no-procedures", NULL);
    p->submission = malloc((size_t)p->dossiers * sizeof *p->submission);
    if (!p->submission)
        abort();
    size_t n = 0;
    for (int64_t i = 0; i < p->dossiers; i++) {
        plan_one(p, (uint32_t)i, &p->submission[n]);
        n += p->submission[n].competent >= 0;
    }
    p->dossiers = (int64_t)n;
    qsort(p->submission, n, sizeof *p->submission, in_order);
    return ERR_OK;
}

int64_t working_after(const struct rules *rules, struct str unit, int64_t at, int64_t ms)
{
    const struct calendar *c = rules->calendar;
    for (int i = 0; i < 400; i++) {
        int64_t from = calendar_next_working_instant(c, unit, at);
        if (from == CALENDAR_NONE)
            return at + ms;
        int64_t to = calendar_previous_working_instant(c, unit, from + ms);
        if (to == CALENDAR_NONE || to == from + ms)
            return from + ms;
        if (to < from)
            to = from;
        ms -= to - from;
        at = to + MS_MINUTE;
        ms = ms > MS_MINUTE ? ms - MS_MINUTE : 0;
    }
    return at;
}

/* Agencies: organs.tsv says which organs a territory of a level has; agencies.tsv says the central ones and the codes of QĐ 20/2020. */
#include "domain/org/org_private.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdlib.h>

static bool in_list(struct str list, struct str item)
{
    struct str one;
    while (list.n && str_next(&list, ',', &one))
        if (str_eq(one, item))
            return true;
    return false;
}

static int by_level_and_abbr(const void *x, const void *y)
{
    const struct organ *a = x, *b = y;
    return a->level != b->level ? (a->level > b->level) - (a->level < b->level) : str_cmp(a->abbr, b->abbr);
}

static void read_name(struct org *o, struct organ *g)
{
    struct arena *scratch _arena_ = arena_new();
    ptrdiff_t at = str_find(g->name, STR("{t}"));
    g->front = at < 0 ? g->name : str_sub(g->name, 0, (size_t)at);
    g->front_folded = pool_dup(o, vn_fold(scratch, g->front));
    g->ends_with_place = at >= 0 && (size_t)at + strlen("{t}") == g->name.n && str_has_suffix(g->front, STR(" "));
}

static bool organs_read(struct org *o, struct str text, struct fail *f)
{
    enum { ABBR, LEVEL, NAME, KIND, PARENT, ACTS_FOR, SHARES, OVERSEES, AUTHORITY, AUTHORITY_KIND, ONLY, EXCEPT, KINDS, FROM, TO,
           CONFIDENCE, NOTE, COLUMNS, ORGANS_MAX = 256 };
    struct column c[COLUMNS] = {{"abbr", 0}, {"level", 0}, {"name_vi", 0}, {"kind", 0}, {"parent", 0}, {"acts_for", 0}, {"shares", 0},
        {"oversees", 0}, {"authority", 0}, {"authority_kind", 0}, {"only", 0}, {"except", 0}, {"kinds", 0}, {"valid_from", 0},
        {"valid_to", 0}, {"confidence", 0}, {"note", 0}};
    static const char *const level_name[] = {"central", "province", "commune"};
    struct tsv t;
    if (!table_open(&t, text, "/organs", c, COLUMNS, f))
        return false;
    o->organs = ARENA_ARRAY(o->arena, struct organ, ORGANS_MAX);
    while (tsv_row(&t)) {
        if (o->organ_count == ORGANS_MAX)
            return table_wrong("/organs", &t, "dataset.too_long", STR(""), f);
        struct organ *g = &o->organs[o->organ_count++];
        struct str *const field[] = {&g->abbr, &g->name, &g->kind, &g->parent, &g->acts_for, &g->authority_kind, &g->only, &g->except,
                                     &g->kinds, &g->note};
        static const int from[] = {ABBR, NAME, KIND, PARENT, ACTS_FOR, AUTHORITY_KIND, ONLY, EXCEPT, KINDS, NOTE};
        for (size_t i = 0; i < ARRAY_LEN(from); i++)
            *field[i] = pool_dup(o, tsv_cell(&t, c[from[i]].at));
        read_name(o, g);
        size_t level = 0;
        while (level < ARRAY_LEN(level_name) && !str_is(tsv_cell(&t, c[LEVEL].at), level_name[level]))
            level++;
        if (level == ARRAY_LEN(level_name))
            return table_wrong("/organs", &t, "dataset.level", tsv_cell(&t, c[LEVEL].at), f);
        g->level = (enum unit_level)level;
        g->shares = str_is(tsv_cell(&t, c[SHARES].at), "1");
        g->oversees = str_is(tsv_cell(&t, c[OVERSEES].at), "1");
        g->authority = str_is(tsv_cell(&t, c[AUTHORITY].at), "1");
        g->doubtful = str_is(tsv_cell(&t, c[CONFIDENCE].at), "thấp");
        if (!table_day(tsv_cell(&t, c[FROM].at), INT64_MIN, &g->valid_from, "/organs", &t, f)
            || !table_day(tsv_cell(&t, c[TO].at), INT64_MAX, &g->valid_to, "/organs", &t, f))
            return false;
    }
    qsort(o->organs, o->organ_count, sizeof *o->organs, by_level_and_abbr);
    return true;
}

/* printf would be most of the time that loading takes. */
static struct str joined(struct arena *scratch, struct str a, struct str b, struct str c)
{
    char *p = arena_alloc(scratch, a.n + b.n + c.n + 1);
    const struct str piece[] = {a, b, c};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(piece); i++) {
        if (piece[i].n)
            memcpy(p + n, piece[i].p, piece[i].n);
        n += piece[i].n;
    }
    return (struct str){p, n};
}

/* "Phường Rạch Giá" inside a sentence: "phường Rạch Giá". */
static struct str in_sentence(struct arena *scratch, struct str name, struct str kind)
{
    if (name.n < kind.n || !str_eq(vn_fold(scratch, str_sub(name, 0, kind.n)), vn_fold(scratch, kind)))
        return name;
    return joined(scratch, kind, str_sub(name, kind.n, name.n), STR(""));
}

/* The organ's name with the place for "{t}". Words fold alone as they do together, so where the place ends the name nothing is folded anew. */
static void name_unit(struct org *o, struct arena *scratch, struct unit *u, const struct organ *g, struct str place, struct str place_folded)
{
    struct str back = g->front.n < g->name.n ? str_sub(g->name, g->front.n + strlen("{t}"), g->name.n) : STR("");
    u->name = g->front.n < g->name.n ? pool_dup(o, joined(scratch, g->front, place, back)) : g->name;
    if (g->front.n == g->name.n)
        u->folded = g->front_folded;
    else if (g->ends_with_place)
        u->folded = pool_dup(o, joined(scratch, g->front_folded, STR(" "), place_folded));
    else
        u->folded = pool_dup(o, vn_fold(scratch, u->name));
}

static void take_organ(struct unit *u, const struct organ *g)
{
    u->abbr = g->abbr;
    u->kind = g->kind;
    u->level = g->level;
    u->authority = g->authority;
    u->authority_kind = g->authority_kind;
    u->one_stop = str_is(g->kind, "đơn vị một cửa");
    u->shares_committee = g->shares;
    u->oversees = g->oversees;
    u->doubtful = g->doubtful;
}

static struct unit *add_unit(struct org *o, const struct organ *g)
{
    o->unit_organs[o->unit_count] = g;
    return &o->units[o->unit_count++];
}

/* When a territory, whose rows of today's map are t[0] … t[n-1], has the organ; *last_r is the row that names it. */
static bool organ_span(const struct organ *g, const struct territory *t, size_t n, int64_t *from_r, int64_t *to_r, const struct territory **last_r)
{
    struct str province = t->level == LEVEL_PROVINCE ? t->code : t->parent;
    if ((g->only.n && !in_list(g->only, province)) || in_list(g->except, province))
        return false;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (g->kinds.n && !in_list(g->kinds, t[i].kind))
            continue;
        if (!any)
            *from_r = t[i].valid_from;
        *to_r = t[i].valid_to;
        *last_r = &t[i];
        any = true;
    }
    if (!any)
        return false;
    *from_r = g->valid_from > *from_r ? g->valid_from : *from_r;
    *to_r = g->valid_to < *to_r ? g->valid_to : *to_r;
    return *from_r < *to_r;
}

static bool territory_units(struct org *o, const struct territory *t, size_t n, struct fail *f)
{
    struct arena *scratch _arena_ = arena_new();
    enum unit_level level = t->level == LEVEL_PROVINCE ? UNIT_PROVINCE : UNIT_COMMUNE;
    size_t first = o->unit_count;
    const struct territory *named = NULL;
    struct str place = STR_NONE, place_folded = STR_NONE, code = t->code, province = t->level == LEVEL_PROVINCE ? t->code : t->parent;
    for (size_t k = 0; k < o->organ_count; k++) {
        const struct organ *g = &o->organs[k];
        const struct territory *row = NULL;
        int64_t from = 0, to = 0;
        if (g->level != level || !organ_span(g, t, n, &from, &to, &row))
            continue;
        struct unit *u = add_unit(o, g);
        u->territory = code;
        u->province = province;
        u->code = g->abbr.n ? pool_dup(o, joined(scratch, code, STR("."), g->abbr)) : code;
        u->agency_code = g->abbr.n ? STR("") : t->agency_code;
        u->valid_from = from;
        u->valid_to = to;
        take_organ(u, g);
        if (row != named) {
            place = in_sentence(scratch, row->name, row->kind);
            place_folded = vn_fold(scratch, place);
            named = row;
        }
        name_unit(o, scratch, u, g, place, place_folded);
        u->parent = g->abbr.n || level == UNIT_PROVINCE ? code : province;
        if (!g->abbr.n && level == UNIT_PROVINCE)
            u->parent = STR("");
        if (u > &o->units[first] && str_eq(u->code, u[-1].code)) {
            fail_add(f, ERR_CORRUPT, NULL, "/organs", "dataset.repeated", "%.*s", PRS(u->code));
            return false;
        }
    }
    return true;
}

static int by_agency(const void *x, const void *y)
{
    const struct agency *a = x, *b = y;
    return str_cmp(a->code, b->code);
}

static const struct agency *agency_find(const struct org *o, struct str code)
{
    struct agency key = {.code = code};
    return o->agency_count ? bsearch(&key, o->agencies, o->agency_count, sizeof key, by_agency) : NULL;
}

/* "hết 2025-02-28" in a note: the last day. */
static int64_t ended(struct str note)
{
    int64_t day;
    ptrdiff_t at = str_find(note, STR("hết "));
    return at >= 0 && date_parse(str_sub(note, (size_t)at + strlen("hết "), 10), &day) ? day + 1 : INT64_MAX;
}

static bool agencies_read(struct org *o, struct str text, struct fail *f)
{
    enum { CODE, NAME, KIND, LEVEL, SUCCESSOR, NOTE, COLUMNS, AGENCIES_MAX = 512 };
    struct column c[COLUMNS] = {{"code", 0}, {"name", 0}, {"kind", 0}, {"level", 0}, {"successor_code", 0}, {"note", 0}};
    struct tsv t;
    if (!table_open(&t, text, "/agencies", c, COLUMNS, f))
        return false;
    o->agencies = ARENA_ARRAY(o->arena, struct agency, AGENCIES_MAX);
    while (tsv_row(&t)) {
        struct str code = tsv_cell(&t, c[CODE].at), kind = tsv_cell(&t, c[KIND].at);
        bool central = str_is(tsv_cell(&t, c[LEVEL].at), "trung ương");
        if (!central && !str_is(kind, "UBND cấp tỉnh"))
            continue; /* organs: organs.tsv has them */
        if (o->agency_count == AGENCIES_MAX)
            return table_wrong("/agencies", &t, "dataset.too_long", code, f);
        struct agency *g = &o->agencies[o->agency_count++];
        *g = (struct agency){.code = pool_dup(o, code), .successor = pool_dup(o, tsv_cell(&t, c[SUCCESSOR].at)),
                             .name = pool_dup(o, tsv_cell(&t, c[NAME].at)), .kind = pool_dup(o, kind), .unit = STR(""), .central = central,
                             .valid_to = ended(tsv_cell(&t, c[NOTE].at))};
    }
    qsort(o->agencies, o->agency_count, sizeof *o->agencies, by_agency);
    return true;
}

static void central_unit(struct org *o, struct agency *g)
{
    struct arena *scratch _arena_ = arena_new();
    struct unit *u = add_unit(o, NULL);
    *u = (struct unit){.code = g->code, .abbr = STR(""), .territory = STR(""), .province = STR(""), .parent = STR(""),
                       .agency_code = g->code, .kind = g->kind, .level = UNIT_CENTRAL, .authority_kind = STR(""), .valid_from = INT64_MIN,
                       .valid_to = g->valid_to};
    u->name = g->name;
    u->folded = pool_dup(o, vn_fold(scratch, g->name));
    if (u->valid_to == INT64_MAX)
        g->unit = g->code;
    for (size_t k = 0; k < o->organ_count; k++) {
        const struct organ *organ = &o->organs[k];
        if (organ->level != UNIT_CENTRAL)
            continue;
        if (str_eq(organ->abbr, g->code)) { /* facts about this agency */
            u->authority = organ->authority;
            u->authority_kind = organ->authority_kind;
            u->oversees = organ->oversees;
            u->doubtful = organ->doubtful;
        } else if (organ->name.n && g->valid_to == INT64_MAX && !in_list(organ->except, g->code)
                   && (!organ->only.n || in_list(organ->only, g->code))) {
            struct unit *v = add_unit(o, organ);
            v->code = pool_dup(o, joined(scratch, g->code, STR("."), organ->abbr));
            v->territory = v->province = v->agency_code = STR("");
            v->parent = g->code;
            v->valid_from = organ->valid_from;
            v->valid_to = organ->valid_to;
            take_organ(v, organ);
            name_unit(o, scratch, v, organ, g->name, vn_fold(scratch, g->name));
        }
    }
}

/* The unit of a province's code: the committee that has it; of an ended one, that of its successor, which the list names or, failing
 * that, the map of provinces does (the list of 12/2025 forgot Hòa Bình's). */
static void agencies_follow(struct org *o)
{
    struct arena *scratch _arena_ = arena_new();
    for (size_t i = 0; i < o->unit_count; i++)
        if (o->units[i].agency_code.n && o->units[i].level == UNIT_PROVINCE) {
            struct agency key = {.code = o->units[i].agency_code}, *g = bsearch(&key, o->agencies, o->agency_count, sizeof key, by_agency);
            if (g)
                g->unit = o->units[i].code;
        }
    for (int hop = 0; hop < 4; hop++)
        for (size_t i = 0; i < o->agency_count; i++) {
            struct agency *g = &o->agencies[i];
            const struct agency *next = g->unit.n ? NULL : agency_find(o, g->successor);
            if (next)
                g->unit = next->unit;
        }
    for (size_t i = 0; i < o->agency_count; i++) {
        struct agency *g = &o->agencies[i];
        if (g->unit.n || !str_has_prefix(g->name, STR("UBND ")))
            continue;
        struct str place = vn_fold(scratch, str_sub(g->name, strlen("UBND "), g->name.n));
        for (size_t k = 0; k < o->succession_count; k++) {
            const struct succession *s = &o->successions[k];
            if (s->from && s->from->level == LEVEL_PROVINCE && str_eq(s->from->folded, place))
                g->unit = s->to->code;
        }
    }
}

/* Parents as organs.tsv words them: an abbreviation beside it, "^ABBR" in its province, or a central agency's code. */
static bool parents_follow(struct org *o, struct fail *f)
{
    char code[64];
    for (size_t i = 0; i < o->unit_count; i++) {
        struct unit *u = &o->units[i];
        const struct organ *g = o->unit_organs[i];
        if (!g || !g->parent.n)
            continue;
        bool up = g->parent.p[0] == '^';
        struct str abbr = up ? str_sub(g->parent, 1, g->parent.n) : g->parent, at = up ? u->province : u->territory;
        if (at.n + abbr.n + 1 > sizeof code)
            continue;
        memcpy(code, at.p, at.n);
        code[at.n] = '.';
        memcpy(code + at.n + 1, abbr.p, abbr.n);
        const struct unit *above = unit_find(o, (struct str){code, at.n + 1 + abbr.n});
        if (!above)
            above = unit_find(o, abbr);
        if (!above) {
            fail_add(f, ERR_CORRUPT, NULL, "/organs", "dataset.parent", "%.*s: %.*s", PRS(u->code), PRS(g->parent));
            return false;
        }
        u->parent = above->code;
    }
    return true;
}

static size_t organs_of_level(const struct org *o, enum unit_level level)
{
    size_t n = 0;
    for (size_t i = 0; i < o->organ_count; i++)
        n += o->organs[i].level == level;
    return n;
}

bool units_load(struct org *o, const struct org_input *in, struct fail *f)
{
    if (!organs_read(o, in->organs, f) || !agencies_read(o, in->agencies, f))
        return false;
    size_t most = o->agency_count * (1 + organs_of_level(o, UNIT_CENTRAL)); /* more than there can be; cut below */
    for (size_t i = 0; i < o->territory_count; i++)
        if (o->territories[i].valid_from >= o->merged_on)
            most += organs_of_level(o, o->territories[i].level == LEVEL_PROVINCE ? UNIT_PROVINCE : UNIT_COMMUNE);
    struct arena *scratch _arena_ = arena_new();
    o->units = ARENA_ARRAY(scratch, struct unit, most);
    o->unit_organs = ARENA_ARRAY(scratch, const struct organ *, most);
    size_t n;
    for (size_t i = 0; i < o->territory_count; i += n) {
        const struct territory *t = &o->territories[i];
        for (n = 1; i + n < o->territory_count && str_eq(t[n].code, t->code); n++)
            ;
        size_t old = 0;
        while (old < n && t[old].valid_from < o->merged_on)
            old++;
        if (old < n && !territory_units(o, t + old, n - old, f))
            return false;
    }
    for (size_t i = 0; i < o->agency_count; i++) /* '.' stands before digits, digits before letters: all is in order of the code */
        if (o->agencies[i].central)
            central_unit(o, &o->agencies[i]);
    struct unit *units = ARENA_ARRAY(o->arena, struct unit, o->unit_count);
    const struct organ **organs = ARENA_ARRAY(o->arena, const struct organ *, o->unit_count);
    memcpy(units, o->units, o->unit_count * sizeof *units);
    memcpy(organs, o->unit_organs, o->unit_count * sizeof *organs);
    o->units = units;
    o->unit_organs = organs;
    agencies_follow(o);
    return parents_follow(o, f);
}

/* --- Questions ---------------------------------------------------------------------------------------------------------------- */

static size_t unit_lower(const struct org *o, struct str code)
{
    size_t low = 0, high = o->unit_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (str_cmp(o->units[mid].code, code) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct unit *unit_find(const struct org *o, struct str code)
{
    size_t i = unit_lower(o, code);
    return i < o->unit_count && str_eq(o->units[i].code, code) ? &o->units[i] : NULL;
}

bool unit_valid_on(const struct unit *u, int64_t day) { return u->valid_from <= day && day < u->valid_to; }

size_t unit_count(const struct org *o) { return o->unit_count; }

const struct unit *unit_committee_of(const struct org *o, struct str territory)
{
    const struct unit *u = unit_find(o, territory);
    return u && u->territory.n && u->abbr.n == 0 ? u : NULL;
}

/* The units of one territory: [*first_r, return). */
static size_t units_of(const struct org *o, struct str territory, size_t *first_r)
{
    size_t i = *first_r = unit_lower(o, territory);
    while (i < o->unit_count && str_eq(o->units[i].territory, territory))
        i++;
    return i;
}

const struct unit *unit_organ(const struct org *o, struct str territory, struct str abbr)
{
    size_t i, end = units_of(o, territory, &i);
    const struct unit *instead = NULL;
    for (; i < end && abbr.n; i++) {
        const struct unit *u = &o->units[i];
        if (u->valid_to != INT64_MAX)
            continue;
        if (str_eq(u->abbr, abbr))
            return u;
        if (o->unit_organs[i] && str_eq(o->unit_organs[i]->acts_for, abbr))
            instead = u;
    }
    return instead;
}

const struct unit *unit_service_centre(const struct org *o, struct str territory)
{
    size_t i, end = units_of(o, territory, &i);
    for (; i < end; i++)
        if (o->units[i].one_stop && o->units[i].valid_to == INT64_MAX)
            return &o->units[i];
    return NULL;
}

struct str unit_province(const struct org *o, struct str code)
{
    const struct unit *u = unit_find(o, code);
    return u ? u->province : STR_NONE;
}

bool unit_is_within(const struct org *o, struct str unit, struct str territory)
{
    const struct unit *u = unit_find(o, unit);
    return u && territory.n && (str_is(territory, "VN") || str_eq(u->territory, territory) || str_eq(u->province, territory));
}

struct str unit_desk(const struct org *o, struct str code)
{
    const struct unit *u = unit_find(o, code);
    return !u ? STR_NONE : u->shares_committee ? u->territory : u->code;
}

struct str unit_of_agency(const struct org *o, struct str agency_code)
{
    const struct agency *g = agency_find(o, agency_code);
    return g ? g->unit : STR_NONE;
}

/* --- Lists -------------------------------------------------------------------------------------------------------------------- */

/* The order of a list: first the units of `own`, then the rest inside it, each by code. */
struct walk {
    const struct org *o;
    struct str territory;
    bool everywhere;
    size_t own_first, own_end, at;
    bool own;
};

static const struct unit *walk_next(struct walk *w)
{
    for (;;) {
        if (w->own && w->at == w->own_end) {
            w->own = false;
            w->at = 0;
        }
        if (w->at >= w->o->unit_count)
            return NULL;
        size_t i = w->at++;
        const struct unit *u = &w->o->units[i];
        if (u->valid_to != INT64_MAX)
            continue;
        if (w->own || w->everywhere || (str_eq(u->province, w->territory) && (i < w->own_first || i >= w->own_end)))
            return u;
    }
}

static struct walk walk_from(const struct org *o, struct str territory, struct str after)
{
    struct walk w = {.o = o, .territory = territory, .everywhere = str_empty(territory) || str_is(territory, "VN")};
    w.own = !w.everywhere;
    if (w.own)
        w.own_end = units_of(o, territory, &w.own_first);
    w.at = w.own_first;
    if (after.n) {
        size_t i = unit_lower(o, after);
        size_t beyond = i < o->unit_count && str_eq(o->units[i].code, after) ? i + 1 : i;
        w.own = w.own && i >= w.own_first && i < w.own_end;
        w.at = beyond;
    }
    return w;
}

struct unit_page unit_list(const struct org *o, struct arena *a, struct str territory, struct str q, struct str after, size_t limit)
{
    limit = limit < 1 ? 1 : limit > ORG_PAGE_MAX ? ORG_PAGE_MAX : limit;
    struct query query = query_read(a, q);
    if (q.n && !query.strict_n)
        return (struct unit_page){0};
    const struct str *words = query.strict;
    size_t n = query.strict_n;
    bool exact = n == 0;
    const struct unit *u;
    for (struct walk w = walk_from(o, territory, STR_NONE); !exact && (u = walk_next(&w));)
        exact = query_matches(words, n, u->folded, u->territory, u->abbr);
    if (!exact) {
        words = query.forgiving;
        n = query.forgiving_n;
    }
    struct unit_page page = {.items = ARENA_ARRAY(a, const struct unit *, limit)};
    for (struct walk w = walk_from(o, territory, after); (u = walk_next(&w));) {
        if (!query_matches(words, n, u->folded, u->territory, u->abbr))
            continue;
        if (page.n == limit) {
            page.next = page.items[limit - 1]->code;
            break;
        }
        page.items[page.n++] = u;
    }
    return page;
}

/* Places on a date, and what they became. */
#include "domain/org/org_private.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdlib.h>

static size_t lines_of(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n + 1;
}

/* A handful of kinds are shared by all rows. */
static struct str kind_of(struct org *o, struct str kind, struct str *known, size_t *known_n, size_t known_max)
{
    for (size_t i = 0; i < *known_n; i++)
        if (str_eq(known[i], kind))
            return known[i];
    struct str copy = pool_dup(o, kind);
    if (*known_n < known_max)
        known[(*known_n)++] = copy;
    return copy;
}

/* A code of at most five digits as a number that sorts as the code does: base 11, nothing before "0". KEYS for what is no code. */
enum { CODE_DIGITS = 5, KEYS = 11 * 11 * 11 * 11 * 11 };
static size_t key_of(struct str code)
{
    size_t key = 0;
    if (code.n > CODE_DIGITS)
        return KEYS;
    for (size_t i = 0; i < CODE_DIGITS; i++) {
        unsigned digit = i < code.n ? (unsigned char)code.p[i] - '0' + 1u : 0;
        if (digit > 10)
            return KEYS;
        key = key * 11 + digit;
    }
    return key;
}

static int by_code_and_day(const void *x, const void *y)
{
    const struct territory *a = x, *b = y;
    size_t p = key_of(a->code), q = key_of(b->code);
    return p != q ? (p > q) - (p < q) : (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
}

size_t territory_first(const struct org *o, struct str code)
{
    size_t key = key_of(code);
    return key < KEYS && o->first_of_code[key] ? o->first_of_code[key] - 1u : o->territory_count;
}

static bool codes_enter(struct org *o, struct fail *f)
{
    struct tsv nowhere = {0};
    if (o->territory_count >= UINT16_MAX)
        return table_wrong("/units", &nowhere, "dataset.too_long", STR(""), f);
    o->first_of_code = ARENA_ARRAY(o->arena, uint16_t, KEYS);
    for (size_t i = o->territory_count; i-- > 0;)
        o->first_of_code[key_of(o->territories[i].code)] = (uint16_t)(i + 1);
    return true;
}

static bool read_units(struct org *o, struct str text, const char *what, struct str *kinds, size_t *kinds_n, bool present, struct fail *f)
{
    enum { CODE, NAME, KIND, PARENT, FROM, TO, NOTE, COLUMNS, KINDS_MAX = 16 };
    struct column c[COLUMNS] = {{"code", 0}, {"name", 0}, {"kind", 0}, {"parent_code", 0}, {"valid_from", 0}, {"valid_to", 0}, {"note", 0}};
    struct tsv t;
    if (!table_open(&t, text, what, c, COLUMNS, f))
        return false;
    int agency = tsv_column(&t, "agency_code");
    struct arena *scratch _arena_ = arena_new();
    for (; tsv_row(&t); arena_reset(scratch)) {
        struct territory *r = &o->territories[o->territory_count++];
        struct str code = tsv_cell(&t, c[CODE].at), name = tsv_cell(&t, c[NAME].at);
        if (!str_all_digits(code) || (code.n != 2 && code.n != 3 && code.n != 5))
            return table_wrong(what, &t, "dataset.code", code, f);
        r->code = pool_dup(o, code);
        r->name = pool_dup(o, name);
        r->folded = pool_dup(o, vn_fold(scratch, name));
        r->kind = kind_of(o, tsv_cell(&t, c[KIND].at), kinds, kinds_n, KINDS_MAX);
        r->parent = pool_dup(o, tsv_cell(&t, c[PARENT].at));
        r->note = pool_dup(o, tsv_cell(&t, c[NOTE].at));
        r->agency_code = pool_dup(o, tsv_cell(&t, agency));
        r->level = code.n == 2 ? LEVEL_PROVINCE : code.n == 3 ? LEVEL_DISTRICT : LEVEL_COMMUNE;
        if (!table_day(tsv_cell(&t, c[FROM].at), INT64_MIN, &r->valid_from, what, &t, f)
            || !table_day(tsv_cell(&t, c[TO].at), INT64_MAX, &r->valid_to, what, &t, f))
            return false;
        if (r->valid_from >= r->valid_to || str_empty(r->folded))
            return table_wrong(what, &t, "dataset.row", code, f);
        if (present && r->valid_from < o->merged_on)
            o->merged_on = r->valid_from;
    }
    return true;
}

/* One holder of a code at a time; the parent exists whenever the place does. */
static bool territories_agree(struct org *o, struct fail *f)
{
    struct tsv nowhere = {0};
    for (size_t i = 0; i < o->territory_count; i++) {
        struct territory *t = &o->territories[i];
        if (i && str_eq(t->code, t[-1].code) && t->valid_from < t[-1].valid_to)
            return table_wrong("/units", &nowhere, "dataset.overlap", t->code, f);
        if (str_empty(t->parent) != (t->level == LEVEL_PROVINCE))
            return table_wrong("/units", &nowhere, "dataset.parent", t->code, f);
        if (str_empty(t->parent))
            continue;
        int64_t first = t->valid_from == INT64_MIN ? t->valid_to - 1 : t->valid_from;
        const struct territory *above = territory_on(o, t->parent, first);
        if (!above || above->level >= t->level)
            return table_wrong("/units", &nowhere, "dataset.parent", t->code, f);
        t->parent = above->code;
    }
    return true;
}

bool territories_load(struct org *o, const struct org_input *in, struct fail *f)
{
    struct str kinds[16];
    size_t kinds_n = 0;
    o->merged_on = INT64_MAX;
    o->territories = ARENA_ARRAY(o->arena, struct territory, lines_of(in->units_2024) + lines_of(in->units_2025));
    if (!read_units(o, in->units_2024, "/units_2024", kinds, &kinds_n, false, f)
        || !read_units(o, in->units_2025, "/units_2025", kinds, &kinds_n, true, f))
        return false;
    qsort(o->territories, o->territory_count, sizeof *o->territories, by_code_and_day);
    return codes_enter(o, f) && territories_agree(o, f);
}

static bool valid_on(const struct territory *t, int64_t day) { return t->valid_from <= day && day < t->valid_to; }

const struct territory *territory_on(const struct org *o, struct str code, int64_t day)
{
    for (size_t i = territory_first(o, code); i < o->territory_count && str_eq(o->territories[i].code, code); i++)
        if (valid_on(&o->territories[i], day))
            return &o->territories[i];
    return NULL;
}

const struct territory *territory_latest(const struct org *o, struct str code)
{
    const struct territory *last = NULL;
    for (size_t i = territory_first(o, code); i < o->territory_count && str_eq(o->territories[i].code, code); i++)
        last = &o->territories[i];
    return last;
}

size_t territory_count_on(const struct org *o, enum territory_level level, int64_t day)
{
    size_t n = 0;
    for (size_t i = 0; i < o->territory_count; i++)
        n += o->territories[i].level == level && valid_on(&o->territories[i], day);
    return n;
}

struct str territory_province(const struct org *o, struct str code, int64_t day)
{
    const struct territory *t = territory_on(o, code, day);
    while (t && t->level != LEVEL_PROVINCE)
        t = territory_on(o, t->parent, day);
    return t ? t->code : STR_NONE;
}

struct str territory_path(const struct org *o, struct arena *a, struct str code, int64_t day)
{
    const struct territory *t = territory_on(o, code, day);
    struct str path = t ? t->name : STR_NONE;
    while (t && t->level != LEVEL_PROVINCE) {
        t = territory_on(o, t->parent, day);
        if (t)
            path = str_printf(a, "%.*s, %.*s", PRS(path), PRS(t->name));
    }
    return path;
}

static bool listed(const struct territory *t, int64_t day, struct str parent)
{
    if (!valid_on(t, day))
        return false;
    return str_empty(parent) || (str_is(parent, "VN") ? t->level == LEVEL_PROVINCE : str_eq(t->parent, parent));
}

struct territory_page territory_list(const struct org *o, struct arena *a, int64_t day, struct str parent, struct str q,
                                     struct str after_code, size_t limit)
{
    limit = limit < 1 ? 1 : limit > ORG_PAGE_MAX ? ORG_PAGE_MAX : limit;
    struct query query = query_read(a, q);
    if (q.n && !query.strict_n) /* typed, but no letter or digit */
        return (struct territory_page){0};
    const struct str *words = query.strict;
    size_t n = query.strict_n;
    bool exact = n == 0;
    for (size_t i = 0; i < o->territory_count && !exact; i++) {
        const struct territory *t = &o->territories[i];
        exact = listed(t, day, parent) && query_matches(words, n, t->folded, t->code, STR_NONE);
    }
    if (!exact) {
        words = query.forgiving;
        n = query.forgiving_n;
    }
    struct territory_page page = {.items = ARENA_ARRAY(a, const struct territory *, limit)};
    for (size_t i = 0; i < o->territory_count; i++) {
        const struct territory *t = &o->territories[i];
        if (str_cmp(t->code, after_code) <= 0 || !listed(t, day, parent) || !query_matches(words, n, t->folded, t->code, STR_NONE))
            continue;
        if (page.n == limit) {
            page.next = page.items[limit - 1]->code;
            break;
        }
        page.items[page.n++] = t;
    }
    return page;
}

/* --- Successors --------------------------------------------------------------------------------------------------------------- */

/* Rows of territories lie in order of their codes, and of one day there is one row a code: places are in the order of their codes. Those
 * without a row come last. */
static int place_cmp(const struct territory *a, const struct territory *b)
{
    uintptr_t x = a ? (uintptr_t)a : UINTPTR_MAX, y = b ? (uintptr_t)b : UINTPTR_MAX;
    return (x > y) - (x < y);
}

static int by_predecessor(const void *x, const void *y)
{
    const struct succession *a = x, *b = y;
    int c = place_cmp(a->from, b->from);
    return c ? c : a->from ? place_cmp(a->to, b->to) : 0;
}

static int by_successor(const void *x, const void *y)
{
    const struct succession *a = *(const struct succession *const *)x, *b = *(const struct succession *const *)y;
    int c = place_cmp(a->to, b->to);
    return c ? c : place_cmp(a->from, b->from);
}

static bool share_read(struct str s, enum share *share_r)
{
    static const char *const name[] = {"giữ nguyên", "toàn bộ", "một phần", "còn lại"};
    for (size_t i = 0; i < ARRAY_LEN(name); i++)
        if (str_is(s, name[i])) {
            *share_r = (enum share)i;
            return true;
        }
    return false;
}

static const struct territory *before_merger(const struct org *o, struct str code) { return territory_on(o, code, o->merged_on - 1); }
static const struct territory *at_merger(const struct org *o, struct str code) { return territory_on(o, code, o->merged_on); }

static bool read_communes(struct org *o, struct str text, struct fail *f)
{
    enum { OLD, OLD_NAME, NEW, SHARE, NOTE, RAW, COLUMNS };
    struct column c[COLUMNS] = {{"old_code", 0}, {"old_name", 0}, {"new_code", 0}, {"share", 0}, {"note_original", 0}, {"share_raw", 0}};
    struct tsv t;
    struct str notes[32];
    size_t notes_n = 0;
    if (!table_open(&t, text, "/merge_2025", c, COLUMNS, f))
        return false;
    while (tsv_row(&t)) {
        struct succession *s = &o->successions[o->succession_count++];
        struct str old = tsv_cell(&t, c[OLD].at), new_code = tsv_cell(&t, c[NEW].at);
        s->from = before_merger(o, old);
        s->to = at_merger(o, new_code);
        if (!s->to || (!s->from && old.n))
            return table_wrong("/merge_2025", &t, "dataset.code", s->to ? old : new_code, f);
        if (!share_read(tsv_cell(&t, c[SHARE].at), &s->share))
            return table_wrong("/merge_2025", &t, "dataset.share", tsv_cell(&t, c[SHARE].at), f);
        s->people_go_whole = str_find(tsv_cell(&t, c[RAW].at), STR("toàn bộ dân số")) >= 0;
        s->note = s->from ? kind_of(o, tsv_cell(&t, c[NOTE].at), notes, &notes_n, ARRAY_LEN(notes)) : pool_dup(o, tsv_cell(&t, c[OLD_NAME].at));
    }
    return true;
}

static bool read_provinces(struct org *o, struct str text, struct fail *f)
{
    struct column c[] = {{"old_code", 0}, {"new_code", 0}};
    struct tsv t;
    if (!table_open(&t, text, "/merge_2025_provinces", c, ARRAY_LEN(c), f))
        return false;
    size_t first = o->succession_count;
    while (tsv_row(&t)) {
        struct succession *s = &o->successions[o->succession_count++];
        s->from = before_merger(o, tsv_cell(&t, c[0].at));
        s->to = at_merger(o, tsv_cell(&t, c[1].at));
        s->share = SHARE_WHOLE;
        if (!s->from || !s->to || s->from->level != LEVEL_PROVINCE || s->to->level != LEVEL_PROVINCE)
            return table_wrong("/merge_2025_provinces", &t, "dataset.code", tsv_cell(&t, c[0].at), f);
    }
    for (size_t i = first; i < o->succession_count; i++) { /* alone in its successor, which keeps the code: it went on unchanged */
        struct succession *s = &o->successions[i];
        bool alone = str_eq(s->from->code, s->to->code);
        for (size_t k = first; k < o->succession_count && alone; k++)
            alone = k == i || o->successions[k].to != s->to;
        if (alone)
            s->share = SHARE_UNCHANGED;
    }
    return true;
}

struct pair {
    const struct territory *district, *to;
};
static int by_pair(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    int c = place_cmp(a->district, b->district);
    return c ? c : place_cmp(a->to, b->to);
}

/* A district became the communes that its communes became; whole only where that was one. */
static struct succession *districts(const struct org *o, struct arena *scratch, size_t *made_r)
{
    struct pair *pairs = ARENA_ARRAY(scratch, struct pair, o->succession_count);
    struct succession *out = ARENA_ARRAY(scratch, struct succession, o->succession_count);
    size_t n = 0, made = 0;
    for (size_t i = 0; i < o->succession_count; i++) {
        const struct succession *s = &o->successions[i];
        if (s->from && s->from->level == LEVEL_COMMUNE)
            pairs[n++] = (struct pair){before_merger(o, s->from->parent), s->to};
    }
    qsort(pairs, n, sizeof *pairs, by_pair);
    for (size_t i = 0; i < n; i++) {
        if (i && by_pair(&pairs[i - 1], &pairs[i]) == 0)
            continue;
        bool alone = (i == 0 || pairs[i - 1].district != pairs[i].district);
        for (size_t k = i + 1; k < n && alone && pairs[k].district == pairs[i].district; k++)
            alone = pairs[k].to == pairs[i].to;
        out[made++] = (struct succession){.from = pairs[i].district, .to = pairs[i].to, .share = alone ? SHARE_WHOLE : SHARE_PART,
                                          .doubtful = !alone, .reason = alone ? DOUBT_NONE : DOUBT_DISTRICT, .note = STR("")};
    }
    *made_r = made;
    return out;
}

static void mark_doubts(struct org *o)
{
    size_t n;
    for (size_t i = 0; i < o->succession_count; i += n) {
        struct succession *s = &o->successions[i];
        for (n = 1; i + n < o->succession_count && s[n].from == s->from; n++)
            ;
        if (!s->from) {
            for (size_t k = 0; k < n; k++)
                s[k].doubtful = true, s[k].reason = DOUBT_NO_CODE;
            continue;
        }
        if (s->from->level == LEVEL_DISTRICT)
            continue;
        bool parts_only = true, doubtful = n > 1;
        for (size_t k = 0; k < n; k++) {
            parts_only &= s[k].share == SHARE_PART;
            doubtful |= s[k].share == SHARE_PART || s[k].share == SHARE_REST;
        }
        for (size_t k = 0; k < n && doubtful; k++)
            s[k].doubtful = true, s[k].reason = parts_only ? DOUBT_PART : DOUBT_SEVERAL;
    }
}

bool successions_load(struct org *o, const struct org_input *in, struct fail *f)
{
    struct arena *scratch _arena_ = arena_new();
    size_t most = lines_of(in->merge_2025) + lines_of(in->merge_2025_provinces);
    struct succession *read = ARENA_ARRAY(scratch, struct succession, most);
    o->successions = read;
    if (!read_communes(o, in->merge_2025, f) || !read_provinces(o, in->merge_2025_provinces, f))
        return false;
    size_t derived, n = o->succession_count;
    const struct succession *more = districts(o, scratch, &derived);
    struct succession *all = ARENA_ARRAY(o->arena, struct succession, n + derived);
    memcpy(all, read, n * sizeof *read);
    memcpy(all + n, more, derived * sizeof *more);
    o->successions = all;
    o->succession_count = n + derived;
    qsort(all, o->succession_count, sizeof *all, by_predecessor);
    for (size_t i = 1; i < o->succession_count; i++)
        if (all[i].from && by_predecessor(&all[i - 1], &all[i]) == 0) {
            fail_add(f, ERR_CORRUPT, NULL, "/merge_2025", "dataset.repeated", "%.*s", PRS(all[i].from->code));
            return false;
        }
    mark_doubts(o);
    o->by_successor = ARENA_ARRAY(o->arena, const struct succession *, o->succession_count);
    for (size_t i = 0; i < o->succession_count; i++)
        o->by_successor[i] = &all[i];
    qsort(o->by_successor, o->succession_count, sizeof *o->by_successor, by_successor);
    return true;
}

size_t territory_successors(const struct org *o, struct str code, const struct succession **first_r)
{
    const struct territory *from = before_merger(o, code);
    size_t low = 0, high = o->succession_count, n = 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (place_cmp(o->successions[mid].from, from) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *first_r = low < o->succession_count ? &o->successions[low] : NULL;
    while (from && low + n < o->succession_count && o->successions[low + n].from == from)
        n++;
    return n;
}

size_t territory_predecessors(const struct org *o, struct str code, const struct succession *const **first_r)
{
    const struct territory *to = at_merger(o, code);
    size_t low = 0, high = o->succession_count, n = 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (place_cmp(o->by_successor[mid]->to, to) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *first_r = &o->by_successor[low];
    while (low + n < o->succession_count && o->by_successor[low + n]->to == to)
        n++;
    return n;
}

enum doubt territory_doubt(const struct org *o, struct str code)
{
    const struct succession *s;
    if (territory_successors(o, code, &s))
        return s->reason;
    size_t i = territory_first(o, code);
    return i < o->territory_count && o->territories[i].valid_from < o->merged_on ? DOUBT_MISSING : DOUBT_NONE;
}

const struct territory *territory_became(const struct org *o, struct str code, int64_t was_on, int64_t day, enum doubt *doubt_r)
{
    *doubt_r = DOUBT_NONE;
    const struct territory *t = territory_on(o, code, was_on);
    if (!t || day < was_on)
        return NULL;
    if (day < t->valid_to)
        return t;
    if (t->valid_from >= o->merged_on || day < o->merged_on) { /* a new name under the same code */
        const struct territory *later = territory_on(o, code, day);
        if (!later)
            *doubt_r = DOUBT_MISSING;
        return later;
    }
    const struct succession *s;
    size_t n = territory_successors(o, code, &s);
    *doubt_r = n ? s->reason : DOUBT_MISSING;
    return *doubt_r ? NULL : territory_on(o, s->to->code, day);
}

/* The words of the sources for levels, services and limits, and what of a limit may not be trusted. */
#include "catalog_private.h"
#include "base/timex.h"

unsigned level_parse(struct str s)
{
    static const struct { const char *name; unsigned level; } names[] = {
        {"bộ", AT_MINISTRY}, {"ministry", AT_MINISTRY}, {"tỉnh", AT_PROVINCE}, {"province", AT_PROVINCE},
        {"xã", AT_COMMUNE}, {"commune", AT_COMMUNE}, {"khác", AT_OTHER}, {"other", AT_OTHER}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_is(s, names[i].name))
            return names[i].level;
    return 0;
}

bool levels_parse(struct str s, unsigned *levels_r)
{
    struct str piece;
    *levels_r = 0;
    while (s.n && str_next(&s, '/', &piece)) {
        unsigned one = level_parse(piece);
        if (!one)
            return false;
        *levels_r |= one;
    }
    return true;
}

enum service_level service_parse(struct str s)
{
    return str_is(s, "toàn trình") ? SERVICE_FULL : str_is(s, "một phần") ? SERVICE_PARTIAL
         : str_is(s, "có trực tuyến") ? SERVICE_ONLINE_UNSPECIFIED : str_is(s, "không trực tuyến") ? SERVICE_NOT_ONLINE : SERVICE_UNKNOWN;
}

bool validity_parse(struct str from, struct str to, int64_t *from_r, int64_t *to_r)
{
    *from_r = INT64_MIN;
    *to_r = INT64_MAX;
    return (!from.n || date_parse(from, from_r)) && (!to.n || date_parse(to, to_r)) && *from_r <= *to_r;
}

/* "7", "7.5", at most three decimals, to thousandths. */
static bool milli_parse(struct str s, int64_t *milli_r)
{
    ptrdiff_t dot = str_find_char(s, '.');
    struct str whole = dot < 0 ? s : str_sub(s, 0, (size_t)dot), part = dot < 0 ? STR_NONE : str_sub(s, (size_t)dot + 1, s.n);
    int64_t v, scale = 1000;
    if (!str_all_digits(whole) || !str_to_i64(whole, &v) || v > 1000000 || (dot >= 0 && (!part.n || part.n > 3 || !str_all_digits(part))))
        return false;
    v *= 1000;
    for (size_t i = 0; i < part.n; i++)
        v += (part.p[i] - '0') * (scale /= 10);
    *milli_r = v;
    return true;
}
/* --- Limits ------------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name; enum limit_unit unit; } unit_words[] = {
    {"gày làm việc", LIMIT_WORKING_DAYS}, {"gày", LIMIT_CALENDAR_DAYS}, {"iờ làm việc", LIMIT_WORKING_HOURS},
    {"iờ", LIMIT_WORKING_HOURS} /* the portal's hours are working hours */, {"háng", LIMIT_MONTHS}};

/* "7 ngày làm việc", "24 Giờ", or a bare number (LIMIT_NONE as unit); anything else is a sentence. */
static bool plain_limit(struct str s, struct limit *limit_r)
{
    s = str_trim(s);
    size_t digits = 0;
    while (digits < s.n && ((s.p[digits] >= '0' && s.p[digits] <= '9') || s.p[digits] == '.'))
        digits++;
    *limit_r = (struct limit){.cutoff_ms_of_day = NO_CUTOFF};
    if (!milli_parse(str_sub(s, 0, digits), &limit_r->milli))
        return false;
    struct str unit = str_trim(str_sub(s, digits, s.n));
    if (!unit.n)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(unit_words); i++)
        if (strchr("nNgGtT", unit.p[0]) && str_is(str_sub(unit, 1, unit.n), unit_words[i].name))
            return limit_r->unit = unit_words[i].unit, true;
    return false;
}

bool limit_from_source(struct procedure *p, struct str value, struct str unit, struct str text)
{
    p->limit_text = text;
    if (!value.n || !unit.n) {
        p->limit_missing = true;
        return true;
    }
    bool odd = str_has_suffix(unit, STR("?!")), guessed = str_has_suffix(unit, STR("?"));
    struct str word = str_sub(unit, 0, unit.n - (odd ? 2 : guessed ? 1 : 0));
    if (!milli_parse(value, &p->limit.milli))
        return false;
    p->limit.unit = str_is(word, "ngày làm việc") ? LIMIT_WORKING_DAYS : str_is(word, "ngày") ? LIMIT_CALENDAR_DAYS
                  : str_is(word, "giờ") ? LIMIT_WORKING_HOURS : str_is(word, "tháng") ? LIMIT_MONTHS : LIMIT_NONE;
    if (p->limit.unit == LIMIT_NONE && word.n)
        return false;
    p->limit_doubt = odd ? LIMIT_DOUBT_ODD_VALUE : guessed ? LIMIT_DOUBT_UNIT_GUESSED : LIMIT_DOUBT_NONE;
    if (p->limit.milli == 0 && !odd)
        p->limit.unit = LIMIT_SAME_DAY;
    struct str rest = text, piece;
    struct limit first = {0}, next;
    for (size_t i = 0; !p->limit_doubt && rest.n && str_next(&rest, ';', &piece); i++) {
        if (!str_trim(piece).n)
            continue;
        if (!plain_limit(piece, &next))
            p->limit_doubt = LIMIT_DOUBT_CONDITIONAL;
        else if (i == 0)
            first = next;
        else if (next.unit != first.unit || next.milli != first.milli)
            p->limit_doubt = LIMIT_DOUBT_SEVERAL_LIMITS;
    }
    if (!p->limit_doubt && p->limit.unit == LIMIT_WORKING_HOURS && p->limit.milli >= 24000)
        p->limit_doubt = LIMIT_DOUBT_HOURS;
    p->limit_doubtful = p->limit_doubt != LIMIT_DOUBT_NONE;
    return true;
}

bool limit_parse(struct str s, struct limit *limit_r)
{
    static const char *const names[] = {"", "same_day", "clock_hours", "working_hours", "working_days", "calendar_days", "months"};
    if (str_is(s, "same_day"))
        return *limit_r = (struct limit){.unit = LIMIT_SAME_DAY, .cutoff_ms_of_day = NO_CUTOFF}, true;
    struct str amount;
    if (!str_next(&s, ' ', &amount) || !milli_parse(amount, &limit_r->milli))
        return false;
    for (int u = LIMIT_CLOCK_HOURS; u <= LIMIT_MONTHS; u++)
        if (str_is(s, names[u]))
            return limit_r->unit = (enum limit_unit)u, limit_r->cutoff_ms_of_day = NO_CUTOFF, true;
    return false;
}

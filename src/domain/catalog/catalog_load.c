/* Builds a generation of the catalogue: rows of procedures.tsv, joined with their lines of procedures.jsonl, overlaid by the rows of
 * curated.tsv, each within its validity. Nothing is parsed that a list does not show: a detail stays a slice. */
#include "catalog_private.h"
#include "base/dataset.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdio.h>
#include <stdlib.h>

static bool bad_row(struct fail *f, const char *text, size_t line, const char *what)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/%s/%zu", text, line);
    return fail_add(f, ERR_CORRUPT, "", pointer, "catalog.bad_row", "%s", what), false;
}

/* --- Small vocabularies of the sources --------------------------------------------------------------------------------------- */

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

static bool levels_parse(struct str s, unsigned *levels_r)
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

static enum service_level service_parse(struct str s)
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

enum { NO_CUTOFF = -1 }; /* as calendar/limit.h has it; 0 would be midnight and move every receipt to the next day */

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

/* What the source says, and what of it may not be trusted. */
static bool limit_from_source(struct procedure *p, struct str value, struct str unit, struct str text)
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

/* "same_day" or "7 working_days", as curated.tsv writes it. */
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

/* --- Curated rows ------------------------------------------------------------------------------------------------------------- */

enum { CODE, AGENCY, SECTOR, LIMIT, DOUBT, VERIFY, CUTOFF, FEES, EXEMPT, SERVICE, SERVICE_REASON, REACH, IMMEDIATE, RESTRICTED, LISTED,
       VALID_FROM, VALID_TO, LEGAL_BASIS, CONFIDENCE, NOTE, CURATED_COLUMNS };
static const char *const curated_column[CURATED_COLUMNS] = {
    "code", "agency", "sector", "limit", "doubt", "verification", "cutoff", "fees", "exemption", "service_level", "service_reason", "reach",
    "immediate", "restricted", "listed", "valid_from", "valid_to", "legal_basis", "confidence", "note"};

struct curated {
    struct str cell[CURATED_COLUMNS];
    struct limit limit, verification;
    int64_t from, to, seq; /* seq: of an amendment, 0 otherwise */
    bool used;
};

static void curated_apply(struct procedure *p, const struct curated *k)
{
    const struct str *cell = k->cell;
    if (cell[LIMIT].n) {
        p->limit = k->limit;
        p->limit_missing = false;
        p->limit_doubt = str_is(cell[DOUBT], "sources_differ") ? LIMIT_DOUBT_SOURCES_DIFFER : str_is(cell[DOUBT], "several_limits")
                       ? LIMIT_DOUBT_SEVERAL_LIMITS : LIMIT_DOUBT_NONE;
        p->limit_doubtful = p->limit_doubt != LIMIT_DOUBT_NONE;
    }
    if (cell[VERIFY].n)
        p->verification = k->verification;
    if (cell[FEES].n) {
        p->fees = str_is(cell[FEES], "none") ? STR_NONE : cell[FEES];
        p->fees_curated = true;
    }
    if (cell[EXEMPT].n)
        p->exemption = cell[EXEMPT];
    if (cell[SERVICE].n)
        p->service_level = service_parse(cell[SERVICE]);
    if (cell[SERVICE_REASON].n)
        p->service_reason = cell[SERVICE_REASON];
    if (cell[REACH].n)
        p->reach = str_is(cell[REACH], "nationwide") ? REACH_NATIONWIDE : str_is(cell[REACH], "commune") ? REACH_COMMUNE : REACH_PROVINCE;
    if (cell[IMMEDIATE].n)
        p->immediate = str_is(cell[IMMEDIATE], "y");
    if (cell[RESTRICTED].n)
        p->restricted = str_is(cell[RESTRICTED], "y");
    if (cell[LISTED].n)
        p->listed = str_is(cell[LISTED], "y");
    if (cell[CODE].n || !p->legal_basis.n) {
        p->legal_basis = cell[LEGAL_BASIS];
        p->confidence = cell[CONFIDENCE];
        p->note = cell[NOTE];
    }
}

static bool flag_ok(struct str s) { return !s.n || str_is(s, "y") || str_is(s, "n"); }

/* An amendment as a row of the table. */
static struct curated curated_of(const struct catalog_amendment *m)
{
    static const char *const reaches[] = {"commune", "province", "nationwide"};
    struct curated k = {.limit = m->limit, .from = m->valid_from, .to = m->valid_to, .seq = m->seq};
    for (int i = 0; i < CURATED_COLUMNS; i++)
        k.cell[i] = STR("");
    k.cell[CODE] = m->code;
    k.cell[AGENCY] = m->agency;
    k.cell[LIMIT] = m->has_limit ? STR("amended") : STR("");
    k.cell[FEES] = m->fees;
    k.cell[REACH] = m->has_reach ? str_of(reaches[m->reach]) : STR("");
    k.cell[LEGAL_BASIS] = m->legal_basis;
    k.cell[CONFIDENCE] = STR("cao");
    return k;
}

static int began_cmp(const void *a, const void *b)
{
    const struct curated *x = a, *y = b;
    return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->seq > y->seq) - (x->seq < y->seq);
}

static bool curated_load(struct arena *scratch, const struct catalog_input *in, struct curated **rows_r, size_t *n_r, struct fail *f)
{
    struct str text = in->curated_tsv;
    struct tsv t;
    int column[CURATED_COLUMNS];
    if (!tsv_open(&t, text))
        return bad_row(f, "curated.tsv", 0, "empty");
    for (int i = 0; i < CURATED_COLUMNS; i++)
        if ((column[i] = tsv_column(&t, curated_column[i])) < 0)
            return bad_row(f, "curated.tsv", 1, curated_column[i]);
    size_t cap = 0, n = 0;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n';
    struct curated *rows = ARENA_ARRAY(scratch, struct curated, cap + in->amendments + 1);
    while (tsv_row(&t)) {
        struct curated *k = &rows[n++];
        for (int i = 0; i < CURATED_COLUMNS; i++)
            k->cell[i] = tsv_cell(&t, column[i]);
        struct str cutoff = k->cell[CUTOFF], reach = k->cell[REACH], doubt = k->cell[DOUBT];
        int64_t hours = 0, minutes = 0;
        if (!k->cell[CODE].n == !k->cell[SECTOR].n || !k->cell[LEGAL_BASIS].n || !k->cell[CONFIDENCE].n)
            return bad_row(f, "curated.tsv", t.line, "code or sector, legal_basis, confidence");
        if ((k->cell[LIMIT].n && !limit_parse(k->cell[LIMIT], &k->limit)) || (k->cell[VERIFY].n && !limit_parse(k->cell[VERIFY], &k->verification)))
            return bad_row(f, "curated.tsv", t.line, "limit");
        if (cutoff.n && (!k->cell[LIMIT].n || cutoff.n != 5 || cutoff.p[2] != ':' || !str_to_i64(str_sub(cutoff, 0, 2), &hours)
                         || !str_to_i64(str_sub(cutoff, 3, 2), &minutes) || hours > 23 || minutes > 59))
            return bad_row(f, "curated.tsv", t.line, "cutoff");
        k->limit.cutoff_ms_of_day = cutoff.n ? (int32_t)(hours * MS_HOUR + minutes * MS_MINUTE) : NO_CUTOFF;
        if (!fees_valid(k->cell[FEES]))
            return bad_row(f, "curated.tsv", t.line, "fees");
        if (!flag_ok(k->cell[IMMEDIATE]) || !flag_ok(k->cell[RESTRICTED]) || !flag_ok(k->cell[LISTED])
            || (k->cell[SERVICE].n && service_parse(k->cell[SERVICE]) == SERVICE_UNKNOWN)
            || (reach.n && !str_is(reach, "commune") && !str_is(reach, "province") && !str_is(reach, "nationwide"))
            || (doubt.n && !str_is(doubt, "sources_differ") && !str_is(doubt, "several_limits")))
            return bad_row(f, "curated.tsv", t.line, "a word that is not known");
        if (!validity_parse(k->cell[VALID_FROM], k->cell[VALID_TO], &k->from, &k->to))
            return bad_row(f, "curated.tsv", t.line, "validity");
    }
    for (size_t i = 0; i < in->amendments; i++)
        rows[n + i] = curated_of(&in->amendment[i]);
    qsort(rows + n, in->amendments, sizeof *rows, began_cmp);
    n += in->amendments;
    *rows_r = rows;
    *n_r = n;
    return true;
}

/* --- Versions ----------------------------------------------------------------------------------------------------------------- */

/* The rows that lie over one procedure, in the order in which they are laid. */
struct overlays {
    struct curated **row;
    size_t n, cap;
};

static void overlays_add(struct arena *scratch, struct overlays *o, struct curated *k)
{
    if (o->n == o->cap) {
        o->cap = o->cap ? o->cap * 2 : 4;
        struct curated **grown = ARENA_ARRAY(scratch, struct curated *, o->cap);
        if (o->n)
            memcpy(grown, o->row, o->n * sizeof *grown);
        o->row = grown;
    }
    o->row[o->n++] = k;
}

static int day_cmp(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Cuts the base row at every boundary of its curated rows and lays the rows over each piece, sector rows first. */
static void versions_make(struct catalog *c, struct arena *scratch, const struct procedure *base, const struct overlays *o)
{
    struct curated **over = o->row;
    size_t n = o->n, pieces = 1;
    int64_t *start = ARENA_ARRAY(scratch, int64_t, 2 * n + 1);
    start[0] = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (over[i]->from != INT64_MIN)
            start[pieces++] = over[i]->from;
        if (over[i]->to != INT64_MAX)
            start[pieces++] = over[i]->to + 1;
    }
    qsort(start, pieces, sizeof start[0], day_cmp);
    for (size_t k = 0; k < pieces; k++) {
        if (k + 1 < pieces && start[k + 1] == start[k])
            continue;
        struct procedure *v = &c->version[c->versions++];
        *v = *base;
        v->valid_from = start[k];
        v->valid_to = k + 1 < pieces ? start[k + 1] - 1 : INT64_MAX;
        for (size_t i = 0; i < n; i++)
            if (over[i]->from <= v->valid_from && over[i]->to >= v->valid_to)
                curated_apply(v, over[i]);
    }
}

/* --- Rows --------------------------------------------------------------------------------------------------------------------- */

static int base_cmp(const void *a, const void *b)
{
    const struct procedure *x = a, *y = b;
    int by_code = str_cmp(x->code, y->code);
    return by_code ? by_code : str_cmp(x->agency, y->agency);
}

/* d.dddddd; the three codes of another form in the source are a deleted row and slips of typing, and not listed. */
static bool code_well_formed(struct str code)
{
    return code.n == 8 && code.p[1] == '.' && str_all_digits(str_sub(code, 0, 1)) && str_all_digits(str_sub(code, 2, 6));
}

static bool rows_load(struct catalog *c, struct arena *scratch, const struct catalog_input *in, struct procedure **rows_r, size_t *n_r, struct fail *f)
{
    static const char *const names[] = {"code", "name", "kind", "sector", "sector_code", "issuing_agency", "executing_agency", "level", "level_mark",
        "audience", "channels", "time_value", "time_unit", "time_text", "fee_text", "service_level", "result", "result_codes", "dossiers_npsp_2025",
        "source", "in_catalog_2026_07"};
    enum { R_CODE, R_NAME, R_KIND, R_SECTOR, R_SECTOR_CODE, R_ISSUING, R_EXECUTING, R_LEVEL, R_MARK, R_AUDIENCE, R_CHANNELS, R_VALUE, R_UNIT,
           R_TEXT, R_FEE, R_SERVICE, R_RESULT, R_RESULT_CODES, R_USE, R_SOURCE, R_LISTED };
    int column[ARRAY_LEN(names)];
    struct tsv t;
    struct strmap sectors, executors;
    strmap_init(&sectors, scratch, 512);
    strmap_init(&executors, scratch, 2048);
    bool fresh;
    if (tsv_open(&t, in->sectors_tsv)) {
        int code = tsv_column(&t, "code"), name = tsv_column(&t, "name");
        uint32_t offset;
        while (tsv_row(&t))
            if (tsv_cell(&t, code).n && tsv_cell(&t, name).n) {
                offset = (uint32_t)(tsv_cell(&t, code).p - in->sectors_tsv.p);
                strmap_put(&sectors, scratch, tsv_cell(&t, name), offset, &fresh);
            }
    }
    if (!tsv_open(&t, in->procedures_tsv))
        return bad_row(f, "procedures.tsv", 0, "empty");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if ((column[i] = tsv_column(&t, names[i])) < 0)
            return bad_row(f, "procedures.tsv", 1, names[i]);
    size_t cap = 1, n = 0;
    for (const char *p = in->procedures_tsv.p, *end = p + in->procedures_tsv.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        cap++;
    if (cap >= TOKEN_NONE)
        return bad_row(f, "procedures.tsv", cap, "too many rows");
    struct procedure *rows = ARENA_ARRAY(scratch, struct procedure, cap);
    c->executor = ARENA_ARRAY(scratch, struct executor, cap);
    while (tsv_row(&t)) {
        struct procedure *p = &rows[n++];
#define CELL(i) tsv_cell(&t, column[i])
        *p = (struct procedure){.code = CELL(R_CODE), .agency = CELL(R_ISSUING), .name = CELL(R_NAME), .kind = CELL(R_KIND),
            .sector = CELL(R_SECTOR), .sector_code = CELL(R_SECTOR_CODE), .executing = CELL(R_EXECUTING), .audience = CELL(R_AUDIENCE),
            .service_level_text = CELL(R_SERVICE), .result = CELL(R_RESULT), .result_codes = CELL(R_RESULT_CODES),
            .channels = CELL(R_CHANNELS), .source = CELL(R_SOURCE), .fee_text = CELL(R_FEE), .reach = REACH_PROVINCE,
            .level_inferred = CELL(R_MARK).n > 0, .valid_from = INT64_MIN, .valid_to = INT64_MAX,
            .limit = {.cutoff_ms_of_day = NO_CUTOFF}, .verification = {.cutoff_ms_of_day = NO_CUTOFF}};
        if (!p->code.n || !p->name.n)
            return bad_row(f, "procedures.tsv", t.line, "code, name");
        if (!levels_parse(CELL(R_LEVEL), &p->levels))
            return bad_row(f, "procedures.tsv", t.line, "level");
        if (CELL(R_USE).n && !str_to_i64(CELL(R_USE), &p->weight))
            return bad_row(f, "procedures.tsv", t.line, "dossiers_npsp_2025");
        if (!limit_from_source(p, CELL(R_VALUE), CELL(R_UNIT), CELL(R_TEXT)))
            return bad_row(f, "procedures.tsv", t.line, "time");
        p->service_level = service_parse(p->service_level_text);
        p->internal = str_is(p->kind, "nội bộ");
        p->listed = str_is(CELL(R_LISTED), "y") && code_well_formed(p->code);
        uint32_t offset;
        if (!p->sector_code.n && p->sector.n && strmap_get(&sectors, p->sector, &offset)) {
            struct str rest = {in->sectors_tsv.p + offset, in->sectors_tsv.n - offset};
            str_next(&rest, '\t', &p->sector_code);
        }
        p->executor = strmap_put(&executors, scratch, p->executing, (uint32_t)c->executors, &fresh);
        if (fresh)
            executor_parse(c, &c->executor[c->executors++], p->executing);
        p->folded = vn_fold(c->a, p->name);
        c->bytes += p->name.n + 1;
    }
#undef CELL
    struct executor *kept = catalog_alloc(c, c->executors * sizeof *kept);
    memcpy(kept, c->executor, c->executors * sizeof *kept);
    c->executor = kept;
    qsort(rows, n, sizeof *rows, base_cmp);
    for (size_t i = 1; i < n; i++)
        if (base_cmp(&rows[i - 1], &rows[i]) == 0)
            return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.twice", "%.*s", PRS(rows[i].code)), false;
    *rows_r = rows;
    *n_r = n;
    return true;
}

/* Gives each row its line of procedures.jsonl, known by the code it begins with. The lines are in no order: binary search per line. */
static bool details_join(struct catalog *c, struct procedure *rows, size_t n, struct str text, struct fail *f)
{
    const struct str begin = STR("{\"code\":\"");
    struct str line;
    for (size_t at = 1; text.n && str_next(&text, '\n', &line); at++) {
        if (!line.n)
            continue;
        struct str code, rest = str_sub(line, begin.n, line.n);
        if (!str_has_prefix(line, begin) || !str_next(&rest, '"', &code))
            return bad_row(f, "procedures.jsonl", at, "code");
        size_t lo = 0, hi = n;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (str_cmp(rows[mid].code, code) < 0)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo == n || !str_eq(rows[lo].code, code) || rows[lo].detail_json.n)
            return bad_row(f, "procedures.jsonl", at, "no such row, or twice");
        for (size_t i = lo; i < n && str_eq(rows[i].code, code); i++)
            rows[i].detail_json = line;
        c->size.details++;
    }
    return true;
}

static void count(struct catalog *c)
{
    struct catalog_size *s = &c->size;
    s->procedures = c->entries;
    s->codes = c->codes;
    s->versions = c->versions;
    for (size_t i = 0; i < c->entries; i++) {
        const struct procedure *p = &c->version[c->entry[i].version + c->entry[i].versions - 1];
        s->listed += p->listed;
        s->internal += p->internal;
        s->own_province += p->own_province.n > 0;
        s->limit_missing += p->limit_missing;
        s->limit_doubtful += p->limit_doubtful;
        s->curated += p->legal_basis.n > 0;
    }
    s->tokens = c->index.tokens;
    s->bytes = c->bytes;
}

struct catalog *catalog_load(struct arena *a, const struct catalog_input *in, struct fail *f)
{
    struct catalog *c = ARENA_NEW(a, struct catalog);
    struct procedure *rows;
    struct curated *curated;
    size_t n, kept;
    struct arena *scratch _arena_ = arena_new();
    c->a = a;
    marks_init(c);
    if (!phrases_load(c, in->synonyms_tsv, f) || !competence_load(c, in, f) || !curated_load(scratch, in, &curated, &kept, f)
        || !rows_load(c, scratch, in, &rows, &n, f) || !details_join(c, rows, n, in->procedures_jsonl, f))
        return NULL;

    c->entry = catalog_alloc(c, n * sizeof *c->entry);
    c->entries = n;
    struct overlays *over = ARENA_ARRAY(scratch, struct overlays, n);
    size_t more = 0;
    for (size_t k = 0; k < kept; k++)
        for (size_t i = 0; i < n; i++) {
            bool hit = curated[k].cell[SECTOR].n
                ? rows[i].sector.n && (str_eq(rows[i].sector, curated[k].cell[SECTOR]) || str_eq(rows[i].sector_code, curated[k].cell[SECTOR]))
                : str_eq(rows[i].code, curated[k].cell[CODE]) && (!curated[k].cell[AGENCY].n || str_eq(rows[i].agency, curated[k].cell[AGENCY]));
            if (!hit)
                continue;
            overlays_add(scratch, &over[i], &curated[k]);
            curated[k].used = true;
            more += 2;
        }
    for (size_t k = 0; k < kept; k++)
        if (!curated[k].used && !curated[k].seq)
            return fail_add(f, ERR_CORRUPT, "", "/curated.tsv", "catalog.bad_row", "no such procedure: %.*s%.*s", PRS(curated[k].cell[CODE]),
                            PRS(curated[k].cell[SECTOR])), NULL;
    for (size_t k = 0; k < kept; k++)
        for (size_t i = 0; i < in->amendments && curated[k].seq; i++)
            in->amendment[i].used |= in->amendment[i].seq == curated[k].seq && curated[k].used;
    c->version = catalog_alloc(c, (n + more) * sizeof *c->version);
    for (size_t i = 0; i < n; i++) {
        struct entry *e = &c->entry[i];
        bool same = i > 0 && str_eq(rows[i].code, rows[i - 1].code);
        c->codes += !same;
        *e = (struct entry){.code = rows[i].code, .agency = rows[i].agency, .version = (uint32_t)c->versions,
                            .ordinal = same ? (uint16_t)(c->entry[i - 1].ordinal + 1) : 0};
        rows[i].entry = (uint32_t)i;
        if (rows[i].agency.n && !str_has_prefix(rows[i].agency, STR("Bộ ")))
            rows[i].own_province = issuer_province(c, vn_fold(scratch, rows[i].agency));
        versions_make(c, scratch, &rows[i], &over[i]);
        e->versions = (uint32_t)(c->versions - e->version);
    }
    if (!variants_load(c, in->variants_tsv, f) || !index_build(c, f))
        return NULL;
    count(c);
    return c;
}

struct catalog_size catalog_size(const struct catalog *c) { return c->size; }

/* --- Finding by code ---------------------------------------------------------------------------------------------------------- */

const struct procedure *entry_on(const struct catalog *c, const struct entry *e, int64_t day, bool *in_force_r)
{
    const struct procedure *v = &c->version[e->version];
    *in_force_r = true;
    for (uint32_t i = 0; i < e->versions; i++)
        if (v[i].valid_from <= day && day <= v[i].valid_to)
            return &v[i];
    *in_force_r = false;
    return &v[e->versions - 1];
}

const struct procedure *catalog_nth(const struct catalog *c, size_t i, int64_t on_day)
{
    bool in_force;
    return i < c->entries ? entry_on(c, &c->entry[i], on_day, &in_force) : NULL;
}

size_t entry_first(const struct catalog *c, struct str code)
{
    size_t lo = 0, hi = c->entries;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (str_cmp(c->entry[mid].code, code) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool agency_is(const struct catalog *c, const struct entry *e, struct str agency)
{
    if (str_eq(e->agency, agency) || (agency.n && str_eq(c->version[e->version].own_province, agency)))
        return true;
    struct arena *a _arena_ = arena_new();
    struct str folded = vn_fold(a, agency);
    return folded.n && str_eq(vn_fold(a, e->agency), folded);
}

const struct procedure *procedure_find(const struct catalog *c, struct str code, struct str agency, int64_t on_day, size_t *candidates_r)
{
    size_t first = entry_first(c, code), n = 0;
    const struct procedure *hit = NULL;
    bool in_force;
    for (size_t i = first; i < c->entries && str_eq(c->entry[i].code, code); i++)
        if (!agency.n || agency_is(c, &c->entry[i], agency)) {
            const struct procedure *p = entry_on(c, &c->entry[i], on_day, &in_force);
            if (in_force) {
                hit = p;
                n++;
            }
        }
    if (candidates_r)
        *candidates_r = n;
    return n == 1 ? hit : NULL;
}

size_t procedure_agencies(const struct catalog *c, struct str code, struct str *out, size_t max)
{
    size_t n = 0;
    for (size_t i = entry_first(c, code); i < c->entries && str_eq(c->entry[i].code, code); i++, n++)
        if (n < max)
            out[n] = c->entry[i].agency;
    return n;
}

/* --- Receivable --------------------------------------------------------------------------------------------------------------- */

enum receivable procedure_receivable(const struct catalog *c, const struct procedure *p, struct str receiving_province, int64_t day)
{
    (void)c;
    if (day < p->valid_from || day > p->valid_to)
        return NOT_IN_FORCE;
    if (p->internal)
        return INTERNAL;
    if (!p->listed)
        return NOT_LISTED;
    if (p->own_province.n && receiving_province.n && !str_eq(p->own_province, receiving_province))
        return OTHER_PROVINCE;
    return RECEIVABLE;
}

enum receivable procedure_in_reach(const struct procedure *p, struct str receiving_province, struct str receiving_commune,
                                   struct str deciding_province, struct str deciding_commune)
{
    bool same_province = str_eq(receiving_province, deciding_province);
    bool same_commune = same_province && str_eq(receiving_commune, deciding_commune);
    bool reached = p->reach == REACH_NATIONWIDE || (p->reach == REACH_PROVINCE && same_province) || same_commune
                || (same_province && !deciding_commune.n);
    return reached ? RECEIVABLE : OUT_OF_REACH;
}

const char *receivable_name(enum receivable r)
{
    static const char *const names[] = {"receivable", "not_in_force", "not_listed", "internal", "other_province", "out_of_reach"};
    return names[r];
}

/* From events to rules: reading the amendments, and building a generation with them. See amend.h. */
#include "base/log.h"
#include "domain/amend/amend_private.h"
#include "domain/reference/reference.h"

static const char *const day_kinds[] = {[DAY_BY_WEEKDAY] = "by_weekday", [DAY_REST] = "rest", [DAY_MAKE_UP] = "make_up"};
static const char *const limit_units[] = {"", "same_day", "clock_hours", "working_hours", "working_days", "calendar_days", "months"};
static const char *const reaches[] = {"commune", "province", "nationwide"};

static bool word(const char *const *words, size_t n, struct str s, int *i_r)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(s, words[i]))
            return *i_r = (int)i, true;
    return false;
}

static bool validity(const json_t *p, int64_t *from_r, int64_t *to_r)
{
    struct str to = get_s(p, "valid_to");
    *to_r = INT64_MAX;
    return date_parse(get_s(p, "valid_from"), from_r) && (!to.n || date_parse(to, to_r));
}

/* "MM-DD" as month * 100 + day. */
static bool month_day(struct str s, int *md_r)
{
    int64_t month, day;
    if (s.n != 5 || s.p[2] != '-' || !str_to_i64(str_sub(s, 0, 2), &month) || !str_to_i64(str_sub(s, 3, 2), &day)
        || !civil_valid(2000, (int)month, (int)day))
        return false;
    *md_r = (int)(month * 100 + day);
    return true;
}

static bool hours_of(struct arena *a, const json_t *p, struct hours *h)
{
    const json_t *season = json_object_get(p, "season"), *v;
    size_t i;
    h->unit = str_dup(a, get_s(p, "unit"));
    if (!validity(p, &h->valid_from, &h->valid_to))
        return false;
    if (json_is_object(season) && (!month_day(get_s(season, "from"), &h->season_from) || !month_day(get_s(season, "to"), &h->season_to)))
        return false;
    json_array_foreach(json_object_get(p, "weekdays"), i, v) {
        int64_t day = json_integer_value(v);
        if (!json_is_integer(v) || day < 1 || day > 7)
            return false;
        h->weekdays |= 1u << (day - 1);
    }
    json_array_foreach(json_object_get(p, "intervals"), i, v) {
        struct str s = json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
        if (h->n == HOURS_INTERVALS_MAX || s.n != 11 || s.p[5] != '-' || !ms_of_day_parse(str_sub(s, 0, 5), &h->interval[h->n].from_ms)
            || !ms_of_day_parse(str_sub(s, 6, 5), &h->interval[h->n].to_ms))
            return false;
        h->n++;
    }
    return true;
}

static bool procedure_of(struct arena *a, const json_t *p, struct catalog_amendment *m)
{
    const json_t *limit = json_object_get(p, "limit"), *competence = json_object_get(p, "competence");
    int i;
    m->code = str_dup(a, get_s(p, "code"));
    m->agency = str_dup(a, get_s(p, "agency"));
    if (!m->code.n || !validity(p, &m->valid_from, &m->valid_to))
        return false;
    if (limit) {
        if (!word(limit_units, ARRAY_LEN(limit_units), get_s(limit, "unit"), &i) || i == LIMIT_NONE)
            return false;
        m->has_limit = true;
        m->limit = (struct limit){(enum limit_unit)i, get_i(limit, "milli"), -1};
        struct str cutoff = get_s(limit, "cutoff");
        if (cutoff.n && !ms_of_day_parse(cutoff, &m->limit.cutoff_ms_of_day))
            return false;
    }
    m->fees = str_dup(a, get_s(p, "fees"));
    if (get_s(p, "reach").n) {
        if (!word(reaches, ARRAY_LEN(reaches), get_s(p, "reach"), &i))
            return false;
        m->has_reach = true;
        m->reach = (enum reach)i;
    }
    m->place = str_dup(a, get_s(competence, "place"));
    m->organ = str_dup(a, get_s(competence, "organ"));
    m->by = str_dup(a, get_s(competence, "by"));
    return fees_valid(m->fees) && (!m->place.n || competence_words_valid(m->place, m->by));
}

enum err amendment_of(struct arena *a, struct str type, const json_t *p, struct str basis, int64_t seq, struct amendment *out)
{
    int kind;
    *out = (struct amendment){.seq = seq};
    basis = str_dup(a, basis);
    if (str_is(type, "rule.day_decided")) {
        out->kind = AMEND_DAY;
        if (!date_parse(get_s(p, "date"), &out->day) || !word(day_kinds, ARRAY_LEN(day_kinds), get_s(p, "kind"), &kind))
            return ERR_CORRUPT;
        out->what = (struct calendar_day){.kind = (enum day_kind)kind, .name = str_dup(a, get_s(p, "name")), .legal_basis = basis};
    } else if (str_is(type, "rule.year_entered")) {
        out->kind = AMEND_YEAR;
        out->year = (int)get_i(p, "year");
    } else if (str_is(type, "rule.hours_set")) {
        out->kind = AMEND_HOURS;
        if (!hours_of(a, p, &out->hours))
            return ERR_CORRUPT;
    } else if (str_is(type, "rule.parameter_set")) {
        out->kind = AMEND_PARAMETER;
        out->parameter = (struct parameter){.key = str_dup(a, get_s(p, "key")), .value = str_dup(a, get_s(p, "value")), .legal_basis = basis, .mark = STR("A")};
        if (!out->parameter.key.n || !validity(p, &out->parameter.valid_from, &out->parameter.valid_to))
            return ERR_CORRUPT;
    } else if (str_is(type, "rule.procedure_settled")) {
        out->kind = AMEND_PROCEDURE;
        out->procedure = (struct catalog_amendment){.legal_basis = basis, .seq = seq};
        if (!procedure_of(a, p, &out->procedure))
            return ERR_CORRUPT;
    } else
        return ERR_CORRUPT;
    return ERR_OK;
}

struct str amend_home(const struct rules *rules) { return rules->province.n ? rules->province : STR("VN"); }

enum err amend_stream(struct db *db, struct str home_unit, struct id *id_r)
{
    struct rows r _rows_ = {0};
    *id_r = (struct id){{0}};
    enum err e = db_query(db, &r, STMT_AMEND_STREAM, p_text(home_unit));
    if (!e && rows_next(&r) && row_str(&r, 0).n == ID_BYTES)
        memcpy(id_r->b, row_str(&r, 0).p, ID_BYTES);
    return e ? e : rows_end(&r);
}

enum err amend_read(struct db *db, struct arena *a, struct str home_unit, struct amendment **list_r, size_t *n_r)
{
    struct rows r _rows_ = {0};
    struct id id;
    size_t cap = 16;
    *n_r = 0;
    *list_r = ARENA_ARRAY(a, struct amendment, cap);
    enum err e = amend_stream(db, home_unit, &id);
    if (e || id_is_zero(id))
        return e;
    e = db_query(db, &r, STMT_LEDGER_STREAM_EVENTS, p_text(home_unit), p_bytes(id_str(&id)), p_int(0), p_int(AMENDMENTS_MAX));
    while (!e && rows_next(&r)) {
        struct event ev;
        event_from_row(&r, &ev);
        json_t *payload = json_loadb(ev.payload.p, ev.payload.n, JSON_REJECT_DUPLICATES, NULL);
        if (*n_r == cap) {
            struct amendment *grown = ARENA_ARRAY(a, struct amendment, cap *= 2);
            memcpy(grown, *list_r, *n_r * sizeof *grown);
            *list_r = grown;
        }
        e = payload && ev.version == 1 ? amendment_of(a, ev.type, payload, ev.basis, ev.seq, &(*list_r)[*n_r]) : ERR_CORRUPT;
        *n_r += !e;
        json_decref(payload);
    }
    return e ? e : rows_end(&r);
}

enum err amend_stamp(struct db *db, struct str province, struct hash *stamp_r)
{
    struct rows r _rows_ = {0};
    *stamp_r = (struct hash){{0}};
    enum err e = db_query(db, &r, STMT_AMEND_STAMP, p_text(province.n ? province : STR("VN")));
    if (!e && rows_next(&r))
        *stamp_r = SHA256(row_str(&r, 0), row_str(&r, 1));
    return e ? e : rows_end(&r);
}

enum err amend_rules_load(struct engine_room *room, struct db *db, struct str province, bool rehearsal, struct fail *f)
{
    struct generation *g _generation_ = generation_new(room);
    struct arena *a = generation_arena(g);
    struct amendment *list;
    size_t n;
    enum err e = db_begin_snapshot(db); /* datasets and amendments of one moment */
    if (!e && !(e = amend_read(db, a, province.n ? province : STR("VN"), &list, &n)))
        e = rules_build(a, &(struct dataset_source){reference_get, db}, list, n, province, rehearsal, generation_rules(g), f);
    db_rollback(db);
    if (e)
        return f->err ? f->err : fail_add(f, e, NULL, "", e == ERR_CORRUPT ? "rules.amendment-unknown" : "store.unavailable", NULL);
    rules_publish(room, g);
    g = NULL; /* the room's now */
    return ERR_OK;
}

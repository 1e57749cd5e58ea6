/* A procedure as the API shows it. Strings of the detail line are copied as they stand there, still escaped: the line is JSON, and so
 * is what we write. One pass over the line's members, no tree (json_slice.h). */
#include "catalog_private.h"
#include "base/timex.h"
#include "json_slice.h"


enum err procedure_components(struct arena *a, const struct procedure *p, struct component **list_r, size_t *n_r)
{
    bool bad = false;
    size_t n = 0, cap = 0;
    struct str rest, key, value, item, list = STR_NONE;
    *list_r = NULL;
    *n_r = 0;
    enum err e = procedure_detail(a, p, &rest);
    if (e)
        return e;
    while (json_next_member(&rest, &key, &value, &bad))
        if (str_is(key, "components"))
            list = value;
    for (rest = list; json_is_array(list) && json_next_item(&rest, &item, &bad);)
        cap++;
    struct component *out = ARENA_ARRAY(a, struct component, cap ? cap : 1);
    for (rest = list; json_is_array(list) && !bad && n < cap && json_next_item(&rest, &item, &bad); n++) {
        struct component *k = &out[n];
        *k = (struct component){.originals = -1, .copies = -1};
        while (json_next_member(&item, &key, &value, &bad))
            if (str_is(key, "name"))
                k->name = json_text(a, value);
            else if (str_is(key, "code"))
                k->code = json_text(a, value);
            else if (str_is(key, "case"))
                k->variant = json_text(a, value);
            else if (str_is(key, "original"))
                k->originals = json_int(value, -1);
            else if (str_is(key, "copy"))
                k->copies = json_int(value, -1);
            else if (str_is(key, "required")) {
                k->required_known = str_is(value, "true") || str_is(value, "false");
                k->required = str_is(value, "true");
            } else if (str_is(key, "forms") && json_is_array(value))
                k->forms_json = value;
    }
    if (bad)
        return ERR_CORRUPT;
    *list_r = out;
    *n_r = n;
    return ERR_OK;
}

/* --- Writing ------------------------------------------------------------------------------------------------------------------ */

static void put_name(struct buf *b, const char *name)
{
    if (b->n && b->p[b->n - 1] != '{')
        buf_char(b, ',');
    buf_char(b, '"');
    buf_c(b, name);
    buf_c(b, "\":");
}

static void put_str(struct buf *b, const char *name, struct str s)
{
    put_name(b, name);
    buf_json_str(b, s);
}

static void put_str_or_null(struct buf *b, const char *name, struct str s)
{
    put_name(b, name);
    if (s.n)
        buf_json_str(b, s);
    else
        buf_c(b, "null");
}

static void put_raw(struct buf *b, const char *name, struct str value, const char *otherwise)
{
    put_name(b, name);
    if (value.n)
        buf_str(b, value);
    else
        buf_c(b, otherwise);
}

static void put_bool(struct buf *b, const char *name, bool v)
{
    put_name(b, name);
    buf_c(b, v ? "true" : "false");
}

static void put_milli(struct buf *b, int64_t milli)
{
    buf_i64(b, milli / 1000);
    if (milli % 1000) {
        int64_t rest = milli % 1000, scale = 100;
        buf_char(b, '.');
        for (; rest; rest %= scale, scale /= 10) {
            buf_char(b, (char)('0' + rest / scale));
            if (scale == 1)
                break;
        }
    }
}

static void put_limit(struct buf *b, const char *name, const struct procedure *p, const struct limit *l, bool whole)
{
    static const char *const units[] = {"none", "same_day", "clock_hours", "working_hours", "working_days", "calendar_days", "months"};
    static const char *const doubts[] = {"", "unit_guessed", "odd_value", "several_limits", "conditional", "hours", "sources_differ"};
    put_name(b, name);
    buf_char(b, '{');
    put_str(b, "unit", str_of(units[l->unit]));
    put_name(b, "amount");
    if (l->unit == LIMIT_NONE && !l->milli)
        buf_c(b, "null");
    else if (l->unit == LIMIT_SAME_DAY)
        buf_c(b, "0");
    else
        put_milli(b, l->milli);
    if (l->cutoff_ms_of_day >= 0) {
        put_name(b, "cutoff");
        buf_printf(b, "\"%02d:%02d\"", l->cutoff_ms_of_day / MS_HOUR, l->cutoff_ms_of_day % MS_HOUR / MS_MINUTE);
    }
    if (whole) {
        put_bool(b, "doubtful", p->limit_doubtful);
        put_bool(b, "missing", p->limit_missing);
        if (p->limit_doubt)
            put_str(b, "doubt", str_of(doubts[p->limit_doubt]));
        if (p->limit_text.n)
            put_str(b, "text", p->limit_text);
    }
    buf_char(b, '}');
}

static void put_fees(struct buf *b, const struct procedure *p)
{
    static const char *const bases[] = {"dossier", "copy", "document", "person", "page"};
    static const struct { enum channel channel; const char *name; } channels[] = {
        {CHANNEL_COUNTER, "counter"}, {CHANNEL_ONLINE, "online"}, {CHANNEL_POST, "post"}};
    put_name(b, "fees");
    buf_char(b, '[');
    bool first = true;
    for (size_t c = 0; c < ARRAY_LEN(channels); c++) {
        struct fee fee[FEES_MAX];
        size_t n = fees_of(p, channels[c].channel, fee);
        for (size_t i = 0; i < n; i++) {
            if (!first)
                buf_char(b, ',');
            first = false;
            buf_char(b, '{');
            put_str(b, "channel", str_of(channels[c].name));
            put_str(b, "kind", str_of(fee[i].kind == FEE_FEE ? "fee" : "charge"));
            put_str(b, "per", str_of(bases[fee[i].basis]));
            put_name(b, "amount");
            if (fee[i].amount < 0)
                buf_c(b, "null");
            else
                buf_i64(b, fee[i].amount);
            if (fee[i].from_page) {
                put_name(b, "from_page");
                buf_i64(b, fee[i].from_page);
                put_name(b, "amount_from");
                buf_i64(b, fee[i].amount_from);
            }
            if (fee[i].max) {
                put_name(b, "max");
                buf_i64(b, fee[i].max);
            }
            put_bool(b, "by_council", fee[i].by_council);
            put_bool(b, "doubtful", fee[i].doubtful);
            if (fee[i].note.n)
                put_str(b, "note", fee[i].note);
            buf_char(b, '}');
        }
    }
    buf_char(b, ']');
    put_bool(b, "fees_known", p->fees_curated);
    if (p->exemption.n)
        put_str(b, "exemption", p->exemption);
}

static void put_components(struct buf *b, struct str list)
{
    struct str item, key, value;
    bool bad = false;
    put_name(b, "components");
    buf_char(b, '[');
    for (int place = 1; json_is_array(list) && json_next_item(&list, &item, &bad); place++) {
        struct str name = STR("\"\""), code = STR_NONE, variant = STR_NONE, required = STR_NONE, originals = STR_NONE, copies = STR_NONE, forms = STR_NONE;
        while (json_next_member(&item, &key, &value, &bad)) {
            struct str *to = str_is(key, "name") ? &name : str_is(key, "code") ? &code : str_is(key, "case") ? &variant : str_is(key, "required")
                ? &required : str_is(key, "original") ? &originals : str_is(key, "copy") ? &copies : str_is(key, "forms") ? &forms : NULL;
            if (to)
                *to = value;
        }
        if (place > 1)
            buf_char(b, ',');
        buf_char(b, '{');
        put_name(b, "place");
        buf_i64(b, place);
        put_raw(b, "code", code, "null");
        put_raw(b, "name", name, "\"\"");
        put_raw(b, "variant", variant, "null");
        put_raw(b, "originals", originals, "null");
        put_raw(b, "copies", copies, "null");
        put_raw(b, "required", required, "null");
        if (forms.n)
            put_raw(b, "forms", forms, "[]");
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

/* The curated cases: each with the places of its papers; limit and fees only where the case has its own. */
static void put_variants(struct buf *b, const struct catalog *c, const struct procedure *p, int64_t day)
{
    struct arena *a _arena_ = arena_new();
    const struct variant *v[VARIANTS_MAX];
    struct component *list = NULL;
    size_t n = procedure_variants(c, p, day, v, VARIANTS_MAX), papers = 0;
    if (n && procedure_components(a, p, &list, &papers))
        papers = 0;
    put_name(b, "variants");
    buf_char(b, '[');
    for (size_t i = 0; i < n && i < VARIANTS_MAX; i++) {
        if (i)
            buf_char(b, ',');
        buf_char(b, '{');
        put_str(b, "code", v[i]->code);
        put_str(b, "name", v[i]->name);
        if (v[i]->has_limit)
            put_limit(b, "limit", p, &v[i]->limit, false);
        if (v[i]->fees.n) {
            struct procedure own = *p;
            own.fees = v[i]->fees;
            own.fees_curated = true;
            own.exemption = STR("");
            put_fees(b, &own);
        }
        put_name(b, "components");
        buf_char(b, '[');
        bool first = true;
        for (size_t k = 0; k < papers; k++)
            if (variant_needs(c, p, v[i], day, &list[k], k + 1)) {
                if (!first)
                    buf_char(b, ',');
                first = false;
                buf_i64(b, (int64_t)k + 1);
            }
        buf_char(b, ']');
        put_str(b, "legal_basis", v[i]->legal_basis);
        put_str(b, "confidence", v[i]->confidence);
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

static void put_day(struct buf *b, const char *name, int64_t day)
{
    char text[16];
    put_name(b, name);
    if (day == INT64_MIN || day == INT64_MAX) {
        buf_c(b, "null");
        return;
    }
    date_format(day, text);
    buf_json_str(b, str_of(text));
}

void procedure_json(struct buf *b, const struct catalog *c, const struct procedure *p, const struct procedure_view *view)
{
    static const char *const reaches[] = {"commune", "province", "nationwide"};
    static const char *const services[] = {"unknown", "not_online", "online", "partial", "full"};
    static const char *const levels[] = {"ministry", "province", "commune", "other"};
    enum receivable receivable = procedure_receivable(c, p, view->province, view->day);
    buf_char(b, '{');
    put_str(b, "code", p->code);
    put_str(b, "agency", p->agency);
    put_str(b, "name", p->name);
    put_str(b, "sector", p->sector);
    put_str_or_null(b, "sector_code", p->sector_code);
    put_name(b, "level");
    buf_char(b, '[');
    for (unsigned i = 0, any = 0; i < ARRAY_LEN(levels); i++)
        if (p->levels & 1u << i) {
            if (any++)
                buf_char(b, ',');
            buf_json_str(b, str_of(levels[i]));
        }
    buf_char(b, ']');
    put_str_or_null(b, "kind", p->kind);
    put_str(b, "audience", p->audience);
    put_limit(b, "limit", p, &p->limit, true);
    put_str(b, "service_level", str_of(services[p->service_level]));
    put_str(b, "reach", str_of(reaches[p->reach]));
    put_bool(b, "receivable", receivable == RECEIVABLE);
    if (receivable != RECEIVABLE)
        put_str(b, "not_receivable", str_of(receivable_name(receivable)));
    put_bool(b, "listed", p->listed);
    put_bool(b, "internal", p->internal);
    put_str_or_null(b, "own_province", p->own_province);
    put_bool(b, "restricted", p->restricted);
    put_bool(b, "immediate", p->immediate);
    put_name(b, "dossiers_2025");
    buf_i64(b, p->weight);
    put_day(b, "valid_from", p->valid_from);
    put_day(b, "valid_to", p->valid_to);
    if (view->detail) {
        struct arena *a _arena_ = arena_new();
        struct str rest, key, value;
        struct str components = STR_NONE, legal = STR_NONE, results = STR_NONE, cases = STR_NONE, decision = STR_NONE, receiving = STR_NONE,
                   coordinating = STR_NONE, parts = STR_NONE, methods = STR_NONE;
        bool bad = procedure_detail(a, p, &rest) != ERR_OK;
        while (!bad && json_next_member(&rest, &key, &value, &bad)) {
            struct str *to = str_is(key, "components") ? &components : str_is(key, "legal") ? &legal : str_is(key, "results") ? &results
                : str_is(key, "cases") ? &cases : str_is(key, "decision") ? &decision : str_is(key, "receiving") ? &receiving
                : str_is(key, "coordinating") ? &coordinating : str_is(key, "sub") ? &parts : str_is(key, "methods") ? &methods : NULL;
            if (to)
                *to = value;
        }
        if (bad)
            components = legal = results = cases = decision = receiving = coordinating = parts = methods = STR_NONE;
        put_str(b, "executing", p->executing);
        put_str(b, "channels", p->channels);
        put_str(b, "result", p->result);
        put_str(b, "result_codes", p->result_codes);
        if (p->verification.unit)
            put_limit(b, "verification", p, &p->verification, false);
        put_fees(b, p);
        if (p->service_reason.n)
            put_str(b, "service_reason", p->service_reason);
        put_bool(b, "has_detail", p->detail != NULL);
        put_components(b, components);
        put_variants(b, c, p, view->day);
        put_raw(b, "cases", cases, "[]");
        put_raw(b, "methods", methods, "[]");
        put_raw(b, "legal", legal, "[]");
        put_raw(b, "results", results, "[]");
        put_raw(b, "decision", decision, "null");
        put_raw(b, "receiving", receiving, "null");
        put_raw(b, "coordinating", coordinating, "null");
        if (parts.n)
            put_raw(b, "bundle_of", parts, "[]");
        put_str_or_null(b, "legal_basis", p->legal_basis);
        put_str_or_null(b, "confidence", p->confidence);
        put_str_or_null(b, "note", p->note);
        put_str(b, "source", p->source);
    }
    buf_char(b, '}');
}

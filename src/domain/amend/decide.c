/* Which rules may be amended, by whom, and with what values. Pure: prepare has read what stands already. See amend.h. */
#include "base/timex.h"
#include "domain/amend/amend_private.h"
#include "domain/reference/reference.h"
#include <stdio.h>

enum { NAME_MAX_BYTES = 200, VALUE_MAX = 200, FEES_BYTES_MAX = 1000, AGENCY_MAX = 300 };

enum err amend_prepare(struct decision *d, struct db *db)
{
    struct amend_inputs *in = ARENA_NEW(d->arena, struct amend_inputs);
    struct id id;
    d->inputs = in;
    enum err e = amend_stream(db, d->command->home_unit, &id);
    in->exists = !id_is_zero(id);
    if (e || str_is(d->command->type, "rule_procedure"))
        return e;
    if ((e = amend_read(db, d->arena, d->command->home_unit, &in->list, &in->n)))
        return e;
    e = reference_get(db, "parameters.tsv", d->arena, &in->parameters);
    if (!e)
        e = reference_get(db, "holidays.tsv", d->arena, &in->holidays);
    return e == ERR_NOT_FOUND ? ERR_OK : e; /* rules_try will say so */
}

static enum err packed(void *arg, const char *name, struct arena *a, struct str *packed_r)
{
    const struct amend_inputs *in = arg;
    (void)a;
    *packed_r = strcmp(name, "parameters.tsv") == 0 ? in->parameters : in->holidays;
    return packed_r->p ? ERR_OK : ERR_NOT_FOUND;
}

/* --- the decisions ---------------------------------------------------------------------------------------------------------------- */

static void decide_day(struct fields *k)
{
    static const char *const kinds[] = {"rest", "make_up", "by_weekday", NULL};
    fields_day(k, "date", 0, true);
    fields_choice(k, "kind", kinds, true);
    fields_text(k, "name", NAME_MAX_BYTES, true);
}

static void decide_year(struct fields *k) { fields_int(k, "year", CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR, 0, true); }

/* A list goes into the event as it is; amendment_of reads it, and says whether it is right. */
static void list_field(struct fields *k, const char *field, size_t max)
{
    const json_t *v = json_object_get(k->in, field);
    if (!json_is_array(v))
        fields_wrong(k, field, v ? "field.not-list" : "field.required");
    else if (json_array_size(v) > max)
        fields_wrong(k, field, "field.too-many");
    else
        json_object_set_new(k->out, field, json_deep_copy(v));
}

static void check_unit(struct fields *k, struct str code)
{
    const struct rules *rules = k->d->rules;
    const struct unit *u = code.n ? unit_find(rules->org, code) : NULL;
    if (!code.n)
        return;
    if (!u)
        fields_wrong(k, "unit", "unit.unknown");
    else if (!unit_valid_on(u, time_local_day(k->d->command->now)))
        fields_wrong(k, "unit", "unit.ended");
    else if (rules->province.n && !str_eq(unit_province(rules->org, code), rules->province))
        fields_wrong(k, "unit", "unit.other-province");
}

static void decide_hours(struct fields *k)
{
    int64_t from, to;
    const json_t *season = json_object_get(k->in, "season");
    check_unit(k, fields_text(k, "unit", UNIT_CODE_MAX, false));
    fields_validity(k, &from, &to);
    list_field(k, "weekdays", 7);
    list_field(k, "intervals", HOURS_INTERVALS_MAX);
    if (season && !json_is_null(season))
        json_object_set_new(k->out, "season", json_pack("{s:s%, s:s%}", "from", get_s(season, "from").p, get_s(season, "from").n, "to", get_s(season, "to").p,
                                                        get_s(season, "to").n));
}

/* A value is of the type that all values of its key have been of. */
static bool value_fits(const struct parameters *p, struct str key, struct str value)
{
    bool whole = true, time = true, date = true, flag = false;
    int64_t i;
    int32_t ms;
    for (size_t n = 0; n < parameters_count(p); n++) {
        const struct parameter *row = parameters_at(p, n);
        if (!str_eq(row->key, key))
            continue;
        flag = true;
        whole &= str_to_i64(row->value, &i);
        time &= ms_of_day_parse(row->value, &ms);
        date &= date_parse(row->value, &i);
    }
    return flag && (!whole || (str_to_i64(value, &i) && i >= 0)) && (!time || ms_of_day_parse(value, &ms)) && (!date || date_parse(value, &i));
}

static bool key_known(const struct parameters *p, struct str key)
{
    for (size_t n = 0; n < parameters_count(p); n++)
        if (str_eq(parameters_at(p, n)->key, key))
            return true;
    return false;
}

static void decide_parameter(struct fields *k)
{
    int64_t from, to;
    const struct parameters *p = k->d->rules->parameters;
    struct str key = fields_text(k, "key", 60, true), value = fields_text(k, "value", VALUE_MAX, true);
    fields_validity(k, &from, &to);
    if (key.n && !key_known(p, key))
        fields_wrong(k, "key", "parameters.unknown");
    else if (key.n && value.n && !value_fits(p, key, value))
        fields_wrong(k, "value", "parameters.unreadable");
}

/* "7", "7.5" or 7, in thousandths. */
static bool milli_of(const json_t *v, int64_t *milli_r)
{
    int64_t whole, part = 0;
    if (json_is_integer(v)) {
        *milli_r = json_integer_value(v) <= LIMIT_DAYS_MAX * 24 ? json_integer_value(v) * 1000 : -1;
        return *milli_r > 0;
    }
    struct str s = json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
    ptrdiff_t dot = str_find_char(s, '.');
    struct str head = dot < 0 ? s : str_sub(s, 0, (size_t)dot), tail = dot < 0 ? STR("") : str_sub(s, (size_t)dot + 1, s.n);
    if (!str_all_digits(head) || head.n > 5 || !str_to_i64(head, &whole) || (dot >= 0 && (!tail.n || tail.n > 3 || !str_all_digits(tail))))
        return false;
    if (tail.n && !str_to_i64(tail, &part))
        return false;
    for (size_t i = tail.n; i < 3; i++)
        part *= 10;
    *milli_r = whole * 1000 + part;
    return *milli_r > 0;
}

static void limit_field(struct fields *k)
{
    const json_t *in = json_object_get(k->in, "limit");
    struct str unit = get_s(in, "unit"), cutoff = get_s(in, "cutoff");
    int64_t milli = 0;
    int32_t ms;
    if (!in || json_is_null(in))
        return;
    if (!str_is(unit, "same_day") && !milli_of(json_object_get(in, "amount"), &milli))
        fields_wrong(k, "limit/amount", "field.range");
    if (cutoff.n && !ms_of_day_parse(cutoff, &ms))
        fields_wrong(k, "limit/cutoff", "field.time-of-day");
    json_t *out = json_object();
    put_s(out, "unit", unit);
    put_i(out, "milli", milli);
    if (cutoff.n)
        put_s(out, "cutoff", cutoff);
    json_object_set_new(k->out, "limit", out);
}

static void competence_field(struct fields *k)
{
    const json_t *in = json_object_get(k->in, "competence");
    if (!in || json_is_null(in))
        return;
    struct str place = get_s(in, "place"), organ = get_s(in, "organ"), by = get_s(in, "by");
    if (!by.n)
        by = STR("owner,receiving");
    if (!competence_words_valid(place, by))
        fields_wrong(k, "competence", "field.choice");
    if (organ.n > 16 || (organ.n && !k->d->fail.err && str_find_char(organ, '.') >= 0))
        fields_wrong(k, "competence/organ", "unit.unknown");
    json_t *out = json_object();
    put_s(out, "place", place);
    put_s(out, "organ", organ);
    put_s(out, "by", by);
    json_object_set_new(k->out, "competence", out);
}

static void decide_procedure(struct fields *k)
{
    static const char *const reaches[] = {"commune", "province", "nationwide", NULL};
    int64_t from, to;
    size_t candidates = 0;
    struct str code = fields_text(k, "code", 40, true), agency = fields_text(k, "agency", AGENCY_MAX, false);
    fields_validity(k, &from, &to);
    const struct procedure *p = procedure_find(k->d->rules->catalog, code, agency, from, &candidates);
    if (code.n && !p)
        fields_wrong(k, candidates > 1 ? "agency" : "code", candidates > 1 ? "procedure.agency-needed" : "procedure.unknown");
    else if (p)
        put_s(k->out, "agency", p->agency); /* as the catalogue writes it */
    limit_field(k);
    competence_field(k);
    struct str fees = fields_text(k, "fees", FEES_BYTES_MAX, false);
    if (!fees_valid(fees))
        fields_wrong(k, "fees", "fees.notation");
    fields_choice(k, "reach", reaches, false);
    if (!fees.n && !get_s(k->out, "reach").n && !json_object_get(k->out, "limit") && !json_object_get(k->out, "competence"))
        fields_wrong(k, "limit", "field.required");
}

static const struct row {
    const char *command, *event, *rule, *fields; /* fields: what it reads (fields_known_only) */
    void (*run)(struct fields *k);
} rows[] = {
    {"rule_day", "rule.day_decided", "R-095", "date kind name basis", decide_day},
    {"rule_year", "rule.year_entered", "R-095", "year basis", decide_year},
    {"rule_hours", "rule.hours_set", "R-094", "unit valid_from valid_to weekdays intervals season{from to} basis", decide_hours},
    {"rule_parameter", "rule.parameter_set", "R-001", "key value valid_from valid_to basis", decide_parameter},
    {"rule_procedure", "rule.procedure_settled", "R-001", "code agency valid_from valid_to limit{unit amount cutoff} competence{place organ by} fees reach basis", decide_procedure},
};

const char *amend_command_at(size_t i) { return i < ARRAY_LEN(rows) ? rows[i].command : NULL; }

static const struct row *row_of(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].command))
            return &rows[i];
    return NULL;
}

const char *amend_command_fields(struct str command)
{
    const struct row *row = row_of(command);
    return row ? row->fields : NULL;
}

enum err amend_decide(struct decision *d)
{
    const struct command *c = d->command;
    const struct amend_inputs *in = d->inputs;
    const struct row *row = row_of(c->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    role_set roles = c->actor.principal ? roles_over(d->rules->org, c->actor.principal, c->home_unit, STR_NONE, c->now) : 0;
    if (!role_may(d->rules->rights, roles, c->type))
        return fail_add(&d->fail, ERR_FORBIDDEN, row->rule, "", "rights.role", NULL);
    if (!str_eq(c->home_unit, amend_home(d->rules)))
        return fail_add(&d->fail, ERR_INVALID, row->rule, "", "unit.other-province", NULL);
    if (!d->state && in->exists)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "stream.exists", NULL);
    if (d->seq >= AMENDMENTS_MAX)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "rules.too-many", NULL);
    struct fields k = fields_of(d, row->rule);
    row->run(&k);
    struct str basis = fields_text(&k, "basis", BASIS_MAX, true);
    json_object_del(k.out, "basis"); /* it stands in the head of the event */
    if (d->fail.err)
        return d->fail.err;
    struct amendment *list = ARENA_ARRAY(d->arena, struct amendment, in->n + 1);
    memcpy(list, in->list ? in->list : list, in->n * sizeof *list);
    if (amendment_of(d->arena, str_of(row->event), k.out, basis, d->seq + 1, &list[in->n]))
        return fail_add(&d->fail, ERR_INVALID, row->rule, "", "rules.value-unfit", NULL);
    if (list[in->n].kind != AMEND_PROCEDURE) {
        struct arena *trial _arena_ = arena_new();
        struct fail f = {0};
        if (rules_try(trial, &(struct dataset_source){packed, (void *)(uintptr_t)in}, list, in->n + 1, &f)) {
            if (f.err == ERR_CORRUPT && strcmp(f.item[0].code, "rules.dataset") != 0)
                f.err = ERR_INVALID; /* what no dataset may say, a person may not decide */
            return (d->fail = f).err;
        }
    }
    decision_event(d, row->event, 1, json_incref(k.out), NULL, str_dup(d->arena, basis));
    return ERR_OK;
}

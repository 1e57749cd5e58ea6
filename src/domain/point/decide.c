/* Which points and counters there may be, and who may serve: one table of commands, a function for each. Pure. See point.h. */
#include "base/timex.h"
#include "domain/point/point_private.h"
#include <stdio.h>

enum { NAME_BYTES_MAX = 200, ADDRESS_BYTES_MAX = 400, COUNTER_NO_MAX = 9999 };

struct step {
    struct fields f; /* first */
    const struct service_point *p; /* zeroed before it is opened */
};

static enum err conflict(struct step *k, const char *code) { return fail_add(&k->f.d->fail, ERR_CONFLICT, k->f.rule, "", code, NULL); }

static bool code_right(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return s.n >= 2;
}

static void territory_field(struct step *k, bool required)
{
    const struct decision *d = k->f.d;
    const struct org *o = d->rules->org;
    struct str code = fields_text(&k->f, "territory", 16, required), province = unit_province(o, d->command->home_unit);
    const struct territory *t = code.n ? territory_on(o, code, time_local_day(d->command->now)) : NULL;
    if (code.n && !t)
        fields_wrong(&k->f, "territory", "territory.unknown");
    else if (t && province.n && !str_eq(t->code, province) && !str_eq(t->parent, province))
        fields_wrong(&k->f, "territory", "unit.other-province");
}

static const char *const kinds[] = {"one_stop", "postal", "mobile", "kiosk", NULL};

static enum err run_open(struct step *k)
{
    struct decision *d = k->f.d;
    const struct unit *u = unit_find(d->rules->org, d->command->home_unit);
    struct str code = fields_text(&k->f, "code", POINT_CODE_MAX, true);
    if (code.n && !code_right(code))
        fields_wrong(&k->f, "code", "login.characters");
    if (!u || !unit_valid_on(u, time_local_day(d->command->now)))
        fail_add(&d->fail, ERR_INVALID, k->f.rule, "", u ? "unit.ended" : "unit.unknown", NULL);
    fields_text(&k->f, "name", NAME_BYTES_MAX, true);
    int kind = fields_choice(&k->f, "kind", kinds, true);
    fields_text(&k->f, "address", ADDRESS_BYTES_MAX, kind != 2); /* a mobile one has a round, not an address */
    territory_field(k, true);
    return ((const struct point_inputs *)d->inputs)->code_taken ? fail_add(&d->fail, ERR_CONFLICT, k->f.rule, "/code", "point.code-taken", NULL) : ERR_OK;
}

static enum err run_change(struct step *k)
{
    static const char *const may[] = {"name", "address", "territory", "kind"};
    fields_text(&k->f, "name", NAME_BYTES_MAX, false);
    fields_text(&k->f, "address", ADDRESS_BYTES_MAX, false);
    fields_choice(&k->f, "kind", kinds, false);
    territory_field(k, false);
    size_t given = 0;
    for (size_t i = 0; i < ARRAY_LEN(may); i++) {
        if (get_s(k->f.out, may[i]).n)
            given++;
        else
            json_object_del(k->f.out, may[i]); /* stays as it is */
    }
    return given ? ERR_OK : fields_wrong(&k->f, "name", "field.required");
}

static enum err run_close(struct step *k)
{
    (void)k;
    return ERR_OK;
}

/* --- counters --- */

static bool procedure_known(const struct decision *d, struct str code)
{
    size_t candidates = 0;
    return procedure_find(d->rules->catalog, code, STR(""), time_local_day(d->command->now), &candidates) || candidates;
}

static bool sector_known(const struct decision *d, struct str sector)
{
    struct catalog_page page;
    struct fail f = {0};
    return !catalog_search(d->rules->catalog, d->arena, &(struct catalog_query){.q = STR(""), .sector = sector, .province = d->rules->province,
                           .day = time_local_day(d->command->now), .after = STR(""), .limit = 1}, &page, &f) && page.total > 0;
}

static bool purpose_known(const struct decision *d, struct str s)
{
    static const char *const words[] = {"receive", "return", "pay", "guide", "certify", "digitise", "kiosk"};
    (void)d;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

static void list_field(struct step *k, const char *field, const char *code, bool (*known)(const struct decision *d, struct str s), bool required)
{
    const json_t *in = json_object_get(k->f.in, field), *v;
    json_t *list = json_array();
    size_t i;
    if (in && !json_is_null(in) && !json_is_array(in))
        fields_wrong(&k->f, field, "field.not-list");
    else if (json_array_size(in) > COUNTER_LIST_MAX)
        fields_wrong(&k->f, field, "field.too-many");
    else if (required && !json_array_size(in))
        fields_wrong(&k->f, field, "field.required");
    else
        json_array_foreach(in, i, v) {
            char pointer[60];
            struct str s = json_is_string(v) ? str_trim(str_bytes(json_string_value(v), json_string_length(v))) : STR("");
            snprintf(pointer, sizeof pointer, "%s/%zu", field, i);
            if (!s.n || s.n > 100 || str_find_char(s, ',') >= 0 || !known(k->f.d, s))
                fields_wrong(&k->f, pointer, code);
            else
                json_array_append_new(list, json_stringn(s.p, s.n));
        }
    json_object_set_new(k->f.out, field, list);
}

static const struct service_counter *open_counter(struct step *k)
{
    int64_t no = fields_int(&k->f, "no", 1, COUNTER_NO_MAX, 0, true);
    const struct service_counter *c = point_counter(k->p, no);
    if (no && (!c || c->closed_at)) {
        fail_add(&k->f.d->fail, ERR_CONFLICT, k->f.rule, "/no", c ? "counter.closed" : "counter.absent", NULL);
        return NULL;
    }
    return c;
}

static enum err run_counter_open(struct step *k)
{
    int64_t no = fields_int(&k->f, "no", 1, COUNTER_NO_MAX, 0, true);
    fields_text(&k->f, "name", NAME_BYTES_MAX, true);
    list_field(k, "procedures", "procedure.unknown", procedure_known, false);
    list_field(k, "sectors", "sector.unknown", sector_known, false);
    list_field(k, "purposes", "field.choice", purpose_known, true);
    return !point_counter(k->p, no) && k->p->counters >= POINT_COUNTERS_MAX ? conflict(k, "point.too-many") : ERR_OK;
}

static enum err run_counter_close(struct step *k)
{
    open_counter(k);
    return ERR_OK;
}

static int64_t moment(struct step *k, const char *field, int64_t otherwise)
{
    struct str s = str_trim(get_s(k->f.in, field));
    int64_t ms = otherwise;
    if (s.n && (!time_parse(s, &ms) || ms <= 0))
        fields_wrong(&k->f, field, "field.time");
    return ms;
}

static enum err run_staff(struct step *k)
{
    struct decision *d = k->f.d;
    const json_t *substitute = json_object_get(k->f.in, "substitute");
    int64_t now = d->command->now, from = moment(k, "from", now), to = moment(k, "to", 0);
    const struct service_counter *c = open_counter(k);
    struct str staff = fields_text(&k->f, "staff", 64, true);
    if (staff.n && !((const struct point_inputs *)d->inputs)->staff_known)
        fields_wrong(&k->f, "staff", "staff.absent");
    if (time_local_day(from) < time_local_day(now))
        fields_wrong(&k->f, "from", "date.past");
    if (from < now)
        from = now;
    if (to && to <= from)
        fields_wrong(&k->f, "to", "date.order");
    put_i(k->f.out, "from", from);
    put_i(k->f.out, "to", to);
    put_i(k->f.out, "substitute", json_is_true(substitute) || json_integer_value(substitute) == 1);
    size_t open = 0;
    for (size_t i = 0; c && i < c->staff_n; i++) {
        const struct counter_staff *s = &c->staff[i];
        open += !span_ended(s->to, now);
        if (str_eq(s->staff, staff) && (!to || s->from < to) && (!s->to || from < s->to))
            return conflict(k, "counter.staffed-already");
    }
    return open >= COUNTER_STAFF_MAX ? conflict(k, "point.too-many") : ERR_OK;
}

/* a counter that is open is never without anybody. Who ends must find somebody there from now on, for good. */
static enum err run_staff_end(struct step *k)
{
    int64_t now = k->f.d->command->now;
    const struct service_counter *c = open_counter(k);
    struct str staff = fields_text(&k->f, "staff", 64, true);
    bool hers = false, served = false;
    for (size_t i = 0; c && i < c->staff_n; i++) {
        const struct counter_staff *s = &c->staff[i];
        if (str_eq(s->staff, staff))
            hers |= !span_ended(s->to, now);
        else
            served |= s->from <= now && !span_ended(s->to, now);
    }
    if (c && !hers)
        return conflict(k, "counter.not-staffed");
    return c && !served ? conflict(k, "counter.unmanned") : ERR_OK;
}

static const struct row {
    const char *command, *event, *rule, *fields; /* fields: what it reads (fields_known_only) */
    enum err (*run)(struct step *k);
} rows[] = {
    {"point_open", "point.opened", "R-011", "code name kind address territory basis", run_open},
    {"point_change", "point.changed", "R-011", "name kind address territory basis", run_change},
    {"point_close", "point.closed", "R-011", "basis", run_close},
    {"counter_open", "counter.opened", "R-011", "no name procedures sectors purposes basis", run_counter_open},
    {"counter_close", "counter.closed", "R-011", "no basis", run_counter_close},
    {"counter_staff", "counter.staffed", "R-017", "no staff from to substitute basis", run_staff},
    {"counter_staff_end", "counter.staff_ended", "R-017", "no staff basis", run_staff_end},
};

const char *point_command_at(size_t i) { return i < ARRAY_LEN(rows) ? rows[i].command : NULL; }

static const struct row *row_of(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].command))
            return &rows[i];
    return NULL;
}

const char *point_command_fields(struct str command)
{
    const struct row *row = row_of(command);
    return row ? row->fields : NULL;
}

enum err point_decide(struct decision *d)
{
    static const struct service_point none;
    const struct command *c = d->command;
    const struct row *row = row_of(c->type);
    if (!row)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/type", "command.unknown", NULL);
    bool opening = row == &rows[0];
    role_set roles = c->actor.principal ? roles_over(d->rules->org, c->actor.principal, c->home_unit, STR_NONE, c->now) : 0;
    if (!role_may(d->rules->rights, roles, c->type))
        return fail_add(&d->fail, ERR_FORBIDDEN, row->rule, "", "rights.role", NULL);
    struct step k = {.f = fields_of(d, row->rule), .p = d->state ? d->state : &none};
    if (!opening && !d->state)
        return fail_add(&d->fail, ERR_NOT_FOUND, NULL, "", "point.absent", NULL);
    if (opening && d->state)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "stream.exists", NULL);
    if (k.p->closed_at)
        return fail_add(&d->fail, ERR_CONFLICT, row->rule, "", "point.closed", NULL);
    enum err e = row->run(&k);
    struct str basis = fields_text(&k.f, "basis", BASIS_MAX, true);
    json_object_del(k.f.out, "basis"); /* it stands in the head of the event */
    if (e || d->fail.err)
        return e ? e : d->fail.err;
    decision_event(d, row->event, 1, json_incref(k.f.out), NULL, str_dup(d->arena, basis));
    return ERR_OK;
}

/* State of a service point: apply, save, load. See point.h. Lists are replaced as wholes. */
#include "domain/point/point_private.h"
#include "domain/command/members.h"

static const struct member point_members[] = {
    MEMBER_TEXT(struct service_point, code),      MEMBER_TEXT(struct service_point, name), MEMBER_TEXT(struct service_point, address),
    MEMBER_TEXT(struct service_point, territory), MEMBER_TEXT(struct service_point, kind), MEMBER_INT(struct service_point, opened_at),
    MEMBER_INT(struct service_point, closed_at)};
static const struct member counter_members[] = {
    MEMBER_INT(struct service_counter, no),       MEMBER_INT(struct service_counter, opened_at),   MEMBER_INT(struct service_counter, closed_at),
    MEMBER_TEXT(struct service_counter, name),    MEMBER_TEXT(struct service_counter, procedures), MEMBER_TEXT(struct service_counter, sectors),
    MEMBER_TEXT(struct service_counter, purposes)};
static const struct member serving_members[] = {MEMBER_TEXT(struct counter_staff, staff), MEMBER_TEXT(struct counter_staff, basis), MEMBER_INT(struct counter_staff, from),
                                                MEMBER_INT(struct counter_staff, to), MEMBER_INT(struct counter_staff, substitute)};
static const struct members of_point = {point_members, ARRAY_LEN(point_members), sizeof(struct service_point)},
                            of_counter = {counter_members, ARRAY_LEN(counter_members), sizeof(struct service_counter)},
                            of_serving = {serving_members, ARRAY_LEN(serving_members), sizeof(struct counter_staff)};

const struct service_counter *point_counter(const struct service_point *p, int64_t no)
{
    for (size_t i = 0; i < p->counters; i++)
        if (p->counter[i].no == no)
            return &p->counter[i];
    return NULL;
}

/* ",a,b," as projections and states have it. */
static struct str joined(struct arena *a, const json_t *list)
{
    struct buf b _buf_ = BUF_MAX(16384);
    size_t i;
    const json_t *v;
    json_array_foreach(list, i, v) {
        buf_c(&b, i ? "" : ",");
        buf_put(&b, json_string_value(v), json_string_length(v));
        buf_char(&b, ',');
    }
    return str_dup(a, buf_view(&b));
}

/* A copy of the counters with room for one more; *at_r: the place of that number (perhaps the new one). */
static struct service_counter *copied(struct service_point *p, struct arena *a, int64_t no, struct service_counter **at_r)
{
    struct service_counter *list = ARENA_ARRAY(a, struct service_counter, p->counters + 1);
    *at_r = NULL;
    for (size_t i = 0; i < p->counters; i++) {
        list[i] = p->counter[i];
        if (list[i].no == no)
            *at_r = &list[i];
    }
    if (!*at_r) {
        *at_r = &list[p->counters++];
        (*at_r)->no = no;
    }
    p->counter = list;
    return list;
}

static void open_counter(struct service_point *p, struct arena *a, const json_t *v, int64_t at)
{
    struct service_counter *c;
    copied(p, a, get_i(v, "no"), &c);
    if (!c->opened_at || c->closed_at)
        c->opened_at = at;
    c->closed_at = 0;
    c->name = str_dup(a, get_s(v, "name"));
    c->procedures = joined(a, json_object_get(v, "procedures"));
    c->sectors = joined(a, json_object_get(v, "sectors"));
    c->purposes = joined(a, json_object_get(v, "purposes"));
}

static void close_counter(struct service_point *p, struct arena *a, int64_t no, int64_t at)
{
    struct service_counter *c;
    copied(p, a, no, &c);
    c->closed_at = at;
    c->staff = NULL;
    c->staff_n = 0;
}

static void add_staff(struct service_point *p, struct arena *a, const json_t *v, struct str basis, int64_t at)
{
    struct service_counter *c;
    copied(p, a, get_i(v, "no"), &c);
    struct counter_staff *list = ARENA_ARRAY(a, struct counter_staff, c->staff_n + 1);
    size_t n = 0;
    for (size_t i = 0; i < c->staff_n; i++) /* what has ended stays in the events and the projection only */
        if (!span_ended(c->staff[i].to, at))
            list[n++] = c->staff[i];
    list[n++] = (struct counter_staff){str_dup(a, get_s(v, "staff")), str_dup(a, basis), get_i(v, "from"), get_i(v, "to"), get_i(v, "substitute") != 0};
    c->staff = list;
    c->staff_n = n;
}

static void end_staff(struct service_point *p, struct arena *a, const json_t *v, int64_t at)
{
    struct service_counter *c;
    copied(p, a, get_i(v, "no"), &c);
    struct counter_staff *list = ARENA_ARRAY(a, struct counter_staff, c->staff_n + 1);
    size_t n = 0;
    for (size_t i = 0; i < c->staff_n; i++)
        if (!str_eq(c->staff[i].staff, get_s(v, "staff")) && !span_ended(c->staff[i].to, at))
            list[n++] = c->staff[i];
    c->staff = list;
    c->staff_n = n;
}

static void text_field(struct str *to, struct arena *a, const json_t *from, const char *name)
{
    if (json_object_get(from, name))
        *to = str_dup(a, get_s(from, name));
}

static void set_texts(struct service_point *p, struct arena *a, const json_t *v)
{
    text_field(&p->name, a, v, "name");
    text_field(&p->address, a, v, "address");
    text_field(&p->territory, a, v, "territory");
    text_field(&p->kind, a, v, "kind");
}

enum err point_apply(void *state, struct arena *a, const struct applied *e)
{
    struct service_point *p = state;
    struct str type = e->head.type;
    int64_t at = e->head.at;
    if (str_is(type, "point.opened")) {
        text_field(&p->code, a, e->payload, "code");
        set_texts(p, a, e->payload);
        p->opened_at = at;
    } else if (str_is(type, "point.changed"))
        set_texts(p, a, e->payload);
    else if (str_is(type, "point.closed")) {
        for (size_t i = 0; i < p->counters; i++)
            if (!p->counter[i].closed_at)
                close_counter(p, a, p->counter[i].no, at);
        p->closed_at = at;
    } else if (str_is(type, "counter.opened"))
        open_counter(p, a, e->payload, at);
    else if (str_is(type, "counter.closed"))
        close_counter(p, a, get_i(e->payload, "no"), at);
    else if (str_is(type, "counter.staffed"))
        add_staff(p, a, e->payload, e->head.basis, at);
    else if (str_is(type, "counter.staff_ended"))
        end_staff(p, a, e->payload, at);
    else
        return ERR_CORRUPT;
    return ERR_OK;
}

void point_save(struct buf *b, const void *state)
{
    const struct service_point *p = state;
    json_t *o = json_object(), *counters = members_json(&of_counter, p->counter, p->counters), *one;
    size_t i;
    put_i(o, "v", 1);
    members_put(&of_point, p, o);
    json_array_foreach(counters, i, one)
        json_object_set_new(one, "staff", members_json(&of_serving, p->counter[i].staff, p->counter[i].staff_n));
    json_object_set_new(o, "counters", counters);
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    buf_c(b, text);
    free(text);
    json_decref(o);
}

enum err point_load(void *state, struct arena *a, struct str saved)
{
    struct service_point *p = state;
    json_t *j = json_loadb(saved.p, saved.n, JSON_REJECT_DUPLICATES, NULL);
    if (!j || get_i(j, "v") != 1) {
        json_decref(j);
        return ERR_CORRUPT;
    }
    members_set(&of_point, a, j, p);
    const json_t *counters = json_object_get(j, "counters");
    struct service_counter *list = members_read(&of_counter, a, counters, SIZE_MAX, &p->counters);
    for (size_t i = 0; i < p->counters; i++)
        list[i].staff = members_read(&of_serving, a, json_object_get(json_array_get(counters, i), "staff"), SIZE_MAX, &list[i].staff_n);
    p->counter = list;
    json_decref(j);
    return ERR_OK;
}

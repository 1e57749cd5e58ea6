/* Projections of service points (sql/migrations/0050_point.sql), and what a decision must read before. See point.h. An open end is INT64_MAX there. */
#include "domain/party/party.h"
#include "domain/command/upcast.h"
#include "domain/point/point_private.h"
#include "domain/staff/staff.h"

struct projecting {
    struct db *db;
    const struct service_point *p;
    struct param home, id;
};

static enum err point_row(const struct projecting *k)
{
    const struct service_point *p = k->p;
    return db_exec(k->db, STMT_POINT_SET, k->home, k->id, p_text(p->code), p_text(p->name), p_text(p->address), p_text(p->territory), p_text(p->kind),
                   p_int(p->opened_at), p_int(p->closed_at));
}

static enum err counter_row(const struct projecting *k, int64_t no)
{
    const struct service_counter *c = point_counter(k->p, no);
    return !c ? ERR_CORRUPT
              : db_exec(k->db, STMT_POINT_COUNTER_SET, k->home, k->id, p_int(no), p_text(c->name), p_text(c->procedures), p_text(c->sectors),
                        p_text(c->purposes), p_int(c->opened_at), p_int(c->closed_at));
}

static enum err closed(const struct projecting *k, int64_t no, int64_t at)
{
    enum err e = counter_row(k, no);
    return e ? e : db_exec(k->db, STMT_POINT_STAFF_END_ALL, k->home, k->id, p_int(no), p_int(at));
}

static enum err project_one(const struct projecting *k, const struct applied *e)
{
    struct str type = e->head.type;
    int64_t no = get_i(e->payload, "no"), to = get_i(e->payload, "to");
    enum err err = ERR_OK;
    if (str_is(type, "counter.opened"))
        return counter_row(k, no);
    if (str_is(type, "counter.closed"))
        return closed(k, no, e->head.at);
    if (str_is(type, "counter.staffed"))
        return db_exec(k->db, STMT_POINT_STAFF_SET, k->home, k->id, p_int(no), p_text(get_s(e->payload, "staff")), p_int(get_i(e->payload, "from")),
                       p_int(to ? to : INT64_MAX), p_int(get_i(e->payload, "substitute")), p_text(e->head.basis));
    if (str_is(type, "counter.staff_ended"))
        return db_exec(k->db, STMT_POINT_STAFF_END, k->home, k->id, p_int(no), p_text(get_s(e->payload, "staff")), p_int(e->head.at));
    for (size_t i = 0; i < k->p->counters && !err && str_is(type, "point.closed"); i++)
        if (k->p->counter[i].closed_at == e->head.at)
            err = closed(k, k->p->counter[i].no, e->head.at);
    return err ? err : point_row(k);
}

enum err point_project(struct db *db, const struct keyring *keyring, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)keyring, (void)before;
    struct projecting k = {db, after, p_text(e->head.home_unit), p_bytes(id_str(&e->head.stream))};
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++)
        err = project_one(&k, &e[i]);
    return err;
}

enum err point_prepare(struct decision *d, struct db *db)
{
    struct point_inputs *in = ARENA_NEW(d->arena, struct point_inputs);
    struct str home;
    struct id id;
    enum err e = ERR_NOT_FOUND;
    d->inputs = in;
    if (str_is(d->command->type, "point_open")) {
        e = point_find(db, d->arena, str_trim(get_s(d->command->payload, "code")), &home, &id);
        in->code_taken = e == ERR_OK;
    } else if (str_is(d->command->type, "counter_staff")) {
        e = staff_find(db, d->arena, str_trim(get_s(d->command->payload, "staff")), &home, &id);
        in->staff_known = e == ERR_OK;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static const struct event_type types[] = {
    {"counter.closed", 1}, {"counter.opened", 1}, {"counter.staff_ended", 1}, {"counter.staffed", 1}, {"point.changed", 1},
    {"point.closed", 1}, {"point.opened", 1},
};

const struct aggregate point_aggregate = {
    .kind = "point", .state_size = sizeof(struct service_point), .apply = point_apply, .save = point_save, .load = point_load,
    .prepare = point_prepare, .decide = point_decide, .fields = point_command_fields, .project = point_project,
    .types = types, .type_count = ARRAY_LEN(types),
};

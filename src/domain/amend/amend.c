/* The aggregate: its state is how many decisions there are; what they say is read from the events (load.c). See amend.h. */
#include "domain/amend/amend_private.h"
#include "domain/command/upcast.h"

struct rulings {
    int64_t made;
};

static enum err apply(void *state, struct arena *a, const struct applied *e)
{
    struct amendment unused;
    enum err err = amendment_of(a, e->head.type, e->payload, e->head.basis, e->head.seq, &unused);
    if (!err)
        ((struct rulings *)state)->made++;
    return err;
}

static void save(struct buf *b, const void *state) { buf_printf(b, "{\"made\":%lld}", (long long)((const struct rulings *)state)->made); }

static enum err load(void *state, struct arena *a, struct str saved)
{
    (void)a;
    json_t *j = json_loadb(saved.p, saved.n, 0, NULL);
    ((struct rulings *)state)->made = get_i(j, "made");
    json_decref(j);
    return ERR_OK;
}

static struct str subject(struct arena *a, const json_t *payload)
{
    static const char *const fields[] = {"date", "unit", "key", "code"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (json_object_get(payload, fields[i]))
            return get_s(payload, fields[i]);
    return str_printf(a, "%lld", (long long)get_i(payload, "year"));
}

static enum err project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)k, (void)before, (void)after;
    struct arena *a _arena_ = arena_new();
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++) {
        struct str from = get_s(e[i].payload, "valid_from");
        int64_t day = INT64_MIN;
        if (!from.n)
            from = get_s(e[i].payload, "date");
        if (from.n && !date_parse(from, &day))
            return ERR_CORRUPT;
        err = db_exec(db, STMT_AMEND_ADD, p_text(e[i].head.home_unit), p_bytes(id_str(&e[i].head.stream)), p_int(e[i].head.seq), p_int(e[i].head.at),
                      p_text(e[i].head.actor), p_text(e[i].head.type), p_text(subject(a, e[i].payload)), p_int(day), p_text(e[i].head.basis));
    }
    return err;
}

static const struct event_type types[] = {
    {"rule.day_decided", 1}, {"rule.hours_set", 1}, {"rule.parameter_set", 1}, {"rule.procedure_settled", 1}, {"rule.year_entered", 1},
};

const struct aggregate amend_aggregate = {
    .kind = "rule", .state_size = sizeof(struct rulings), .apply = apply, .save = save, .load = load,
    .prepare = amend_prepare, .decide = amend_decide, .fields = amend_command_fields, .project = project,
    .types = types, .type_count = ARRAY_LEN(types),
};

enum err amend_list(struct db *db, struct arena *a, struct str home_unit, int64_t after_seq, struct amendment_row *rows_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_AMEND_LIST, p_text(home_unit), p_int(after_seq), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r))
        rows_r[(*n_r)++] = (struct amendment_row){row_i64(&r, 0), row_i64(&r, 1), row_i64(&r, 5), str_dup(a, row_str(&r, 2)), str_dup(a, row_str(&r, 3)),
                                                  str_dup(a, row_str(&r, 4)), str_dup(a, row_str(&r, 6))};
    return e ? e : rows_end(&r);
}

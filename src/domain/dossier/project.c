/* Projections of a dossier: its row, codes, work rows per audience, words for search, parties, counts. Everything here is a function of
 * events; replay builds the same rows. See dossier.h and sql/migrations/0002_dossier.sql. */
#include "domain/command/upcast.h"
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

struct projecting {
    struct db *db;
    const struct keyring *k;
    struct arena *a;
    const struct dossier *before, *after;
    const struct applied *e;
    size_t n;
    struct str home;
    struct id id;
};

static struct str day_text(struct arena *a, int64_t ms)
{
    int y, m, d;
    civil_from_days(time_local_day(ms), &y, &m, &d);
    return str_printf(a, "%04d%02d%02d", y, m, d);
}

/* --- the row --- */

/* What a dossier is called and found by, as of the last event that says so. */
struct naming {
    bool told;
    struct str owner, submitter, words;
};

static enum err dossier_row(struct projecting *p, const struct naming *name)
{
    const struct dossier *d = p->after;
    const struct applied *last = &p->e[p->n - 1];
    return db_exec(p->db, STMT_DOSSIER_SET, p_text(p->home), p_bytes(id_str(&p->id)), p_text(d->code), p_text(d->procedure), p_text(d->agency),
                   p_text(d->sector), p_int(d->state), p_text(d->channel), p_text(d->competent_unit), p_text(d->task), p_text(d->officer),
                   p_int(d->submitted_at), p_int(d->received_at), p_int(d->due_at), p_int(d->promised_at), p_int(d->finished_at),
                   p_int(d->delivered_at), p_int(d->late_mark), p_int(d->voided), p_int(d->erased), p_int(last->head.seq), p_int(d->soon_at),
                   p_int(dossier_clock(d).stands_since), p_int(d->finished_late), p_text(name->owner), p_text(name->submitter), p_text(name->words));
}

/* --- work rows: one per audience, state and rank --- */

static int64_t rank_of(const struct dossier *d) { return d->closed_at ? -d->closed_at : d->next_at; }
static int64_t list_of(const struct dossier *d) { return d->voided ? 0 : d->state; }

static bool contains(const struct str *list, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

static enum err work_rows(struct projecting *p, const struct str *was, size_t was_n, const struct str *is, size_t is_n)
{
    const struct dossier *b = p->before, *d = p->after;
    bool same_place = b->state && list_of(b) == list_of(d) && rank_of(b) == rank_of(d);
    enum err e = ERR_OK;
    for (size_t i = 0; i < was_n && !e; i++)
        if (!same_place || !contains(is, is_n, was[i]))
            e = db_exec(p->db, STMT_DOSSIER_WORK_DROP, p_text(was[i]), p_int(list_of(b)), p_int(rank_of(b)), p_text(p->home), p_bytes(id_str(&p->id)));
    for (size_t i = 0; i < is_n && !e; i++)
        if (!same_place || !contains(was, was_n, is[i]))
            e = db_exec(p->db, STMT_DOSSIER_WORK_ADD, p_text(is[i]), p_int(list_of(d)), p_int(rank_of(d)), p_text(p->home), p_bytes(id_str(&p->id)));
    return e;
}

/* --- words for search --- */

static bool searchable(struct str audience) { return audience.n && audience.p[0] != 'o'; }

/* The words stand in the index once for each audience that may look for the dossier. */
static enum err index_words(struct projecting *p, enum stmt_id add_or_drop, const struct str *audiences, size_t n, const struct str *except, size_t except_n,
                            struct str words)
{
    struct dossier_terms terms = dossier_terms(p->a, p->after->code, words);
    enum err e = ERR_OK;
    for (size_t i = 0; i < n && !e; i++)
        if (searchable(audiences[i]) && !contains(except, except_n, audiences[i]))
            e = dossier_terms_index(p->db, add_or_drop, audiences[i], p->home, p->id, &terms);
    return e;
}

/* --- parties --- */

static struct str name_of(const json_t *parties, const char *role)
{
    size_t i;
    const json_t *v;
    json_array_foreach(parties, i, v) {
        if (str_is(get_s(v, "role"), role))
            return get_s(v, "name");
    }
    return STR("");
}

static enum err party_rows(struct projecting *p, const json_t *parties)
{
    enum err e = p->before->state ? db_exec(p->db, STMT_DOSSIER_PARTIES_DROP, p_text(p->home), p_bytes(id_str(&p->id))) : ERR_OK;
    size_t i;
    const json_t *v;
    json_array_foreach(parties, i, v) {
        struct str number = get_s(v, "id_number"), type = get_s(v, "id_type"), phone = get_s(v, "phone");
        struct hash h = number.n ? personal_hash(p->k, str_c(p->a, type), number) : (struct hash){0};
        struct hash ph = phone.n >= 4 ? personal_hash(p->k, "phone-end", str_sub(phone, phone.n - 4, 4)) : (struct hash){0};
        if (!e)
            e = db_exec(p->db, STMT_DOSSIER_PARTY_ADD, p_text(p->home), p_bytes(id_str(&p->id)), p_int((int64_t)i), p_text(get_s(v, "role")),
                        p_text(get_s(v, "kind")), p_text(get_s(v, "name")), number.n ? p_bytes(str_bytes(h.b, PARTY_HASH_BYTES)) : p_null(),
                        phone.n >= 4 ? p_bytes(str_bytes(ph.b, PARTY_HASH_BYTES)) : p_null());
    }
    return e;
}

/* What an event declares, or declares anew; an erasure declares nobody. */
static bool declares(const struct applied *e, const json_t **parties_r)
{
    bool erased = str_is(e->head.type, "dossier.erased");
    *parties_r = erased ? NULL : json_object_get(e->personal, "parties");
    return erased || *parties_r || str_is(e->head.type, "dossier.submitted");
}

static struct naming naming_of(struct projecting *p)
{
    struct naming name = {.owner = STR(""), .submitter = STR(""), .words = STR("")};
    const json_t *parties;
    for (size_t i = 0; i < p->n; i++)
        if (declares(&p->e[i], &parties)) {
            struct str owner = name_of(parties, "owner"), submitter = name_of(parties, "submitter");
            name = (struct naming){true, owner, submitter.n ? submitter : owner, dossier_words(p->a, p->after->code, parties)};
        }
    return name;
}

/* Whoever came to see the dossier finds it by its words, whoever no longer does, no more. */
static enum err words_follow(struct projecting *p, const struct naming *name, const struct str *was, size_t was_n, const struct str *is, size_t is_n)
{
    if (!p->before->state)
        return index_words(p, STMT_DOSSIER_TERM_ADD, is, is_n, NULL, 0, name->words);
    bool same = was_n == is_n;
    for (size_t i = 0; i < is_n && same; i++)
        same = contains(was, was_n, is[i]);
    if (same && !name->told)
        return ERR_OK;
    struct str old;
    enum err e = dossier_words_of(p->db, p->a, p->home, p->id, &old);
    if (!e)
        e = index_words(p, STMT_DOSSIER_TERM_DROP, was, was_n, is, name->told ? 0 : is_n, old);
    if (!e)
        e = index_words(p, STMT_DOSSIER_TERM_ADD, is, is_n, was, name->told ? 0 : was_n, name->told ? name->words : old);
    if (!e && name->told)
        e = db_exec(p->db, STMT_DOSSIER_NAMES, p_text(p->home), p_bytes(id_str(&p->id)), p_text(name->owner), p_text(name->submitter), p_text(name->words));
    return e;
}

/* --- first event, receipt, erasure --- */

static enum err submitted(struct projecting *p, const struct applied *e)
{
    const struct dossier *d = p->after;
    enum err err = db_exec(p->db, STMT_DOSSIER_CODE_ADD, p_text(d->code), p_text(p->home), p_bytes(id_str(&p->id)), p_c("dossier"));
    if (!err)
        err = db_exec(p->db, STMT_COMMAND_COUNTER_SET, p_text(p->home), p_c("dossier"), p_text(day_text(p->a, e->head.at)),
                      p_int(json_integer_value(json_object_get(e->payload, "code_no"))));
    return err;
}

/* the register is opened each year, with continuous numbers. */
static enum err into_register(struct projecting *p, const struct applied *e)
{
    struct civil c = time_civil(e->head.at);
    struct str year = str_printf(p->a, "%04d", c.year);
    enum err err = db_exec(p->db, STMT_COMMAND_COUNTER_NEXT, p_text(p->home), p_c("register"), p_text(year));
    if (!err) /* read by the statement itself: no round trip on PostgreSQL */
        err = db_exec(p->db, STMT_DOSSIER_REGISTER, p_text(p->home), p_bytes(id_str(&p->id)), p_int(c.year), p_text(year));
    return err;
}

/* --- counts: what happened, per home unit, day and procedure --- */

static enum err recount(struct projecting *p, const struct applied *e, struct str name, int64_t day, struct str procedure, int sign)
{
    return db_exec(p->db, STMT_DOSSIER_COUNT, p_text(p->home), p_int(e->head.pos), p_text(name), p_int(day), p_text(procedure), p_int(sign));
}

/* What a dossier has been counted as: under another procedure it moves there, and voided it is taken out of every rate. */
static enum err take_out(struct projecting *p, const struct applied *e, struct str procedure, int sign)
{
    const struct dossier *d = p->before;
    const struct { const char *name; int64_t at; } was[] = {
        {"submitted", d->submitted_at}, {"received", d->received_at}, {d->finished_late ? "finished_late" : "finished_on_time", d->received_at ? d->finished_at : 0}};
    enum err err = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(was) && !err; i++)
        if (was[i].at)
            err = recount(p, e, str_of(was[i].name), time_local_day(was[i].at), procedure, sign);
    struct str rest = d->counted, one, name;
    while (!err && rest.n && str_next(&rest, ' ', &one)) {
        int64_t day;
        if (str_next(&one, '@', &name) && str_to_i64(one, &day))
            err = recount(p, e, name, day, procedure, sign);
    }
    return err;
}

static enum err count(struct projecting *p, const struct applied *e, const char *name)
{
    return db_exec(p->db, STMT_DOSSIER_COUNT, p_text(p->home), p_int(e->head.pos), p_c(name), p_int(time_local_day(e->head.at)),
                   p_text(p->after->procedure), p_int(1));
}

static enum err counts(struct projecting *p, const struct applied *e)
{
    static const struct { const char *type, *name; } counted[] = {
        {"dossier.submitted", "submitted"}, {"dossier.received", "received"}, {"dossier.refused", "refused"},
        {"dossier.approved", "approved"}, {"dossier.rejected", "rejected"},
        {"dossier.stopped", "stopped"}, {"dossier.voided", "voided"}};
    enum err err = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(counted) && !err; i++)
        if (str_is(e->head.type, counted[i].type))
            err = count(p, e, counted[i].name);
    for (size_t i = 0; i < ARRAY_LEN(dossier_counted_aside) && !err; i++)
        if (str_is(e->head.type, dossier_counted_aside[i].type))
            err = count(p, e, dossier_counted_aside[i].name);
    /* the verdict is the one that the closing event carries. */
    if (!err && json_object_get(e->payload, "finished_at") && p->after->received_at)
        err = count(p, e, p->after->finished_late ? "finished_late" : "finished_on_time");
    bool moved = str_is(e->head.type, "dossier.corrected") && !str_eq(p->before->procedure, p->after->procedure);
    if (!err && (moved || str_is(e->head.type, "dossier.voided")))
        err = take_out(p, e, p->before->procedure, -1);
    if (!err && moved)
        err = take_out(p, e, p->after->procedure, 1);
    if (!err && p->before->voided && !p->after->voided) { /* the second person contested it */
        err = take_out(p, e, p->after->procedure, 1);
        if (!err)
            err = recount(p, e, STR("voided"), time_local_day(p->before->closed_at), p->after->procedure, -1);
    }
    if (!err && str_is(e->head.type, "dossier.delivered") && json_object_get(e->payload, "delivered_at"))
        err = count(p, e, "delivered");
    return err;
}

static enum err event_rows(struct projecting *p, const struct applied *e)
{
    const json_t *parties;
    enum err err = ERR_OK;
    if (str_is(e->head.type, "dossier.submitted"))
        err = submitted(p, e);
    if (!err && declares(e, &parties))
        err = party_rows(p, parties);
    if (!err && str_is(e->head.type, "dossier.received"))
        err = into_register(p, e);
    if (!err && str_is(e->head.type, "dossier.erased"))
        err = db_exec(p->db, STMT_LEDGER_KEY_DROP, p_text(p->home), p_bytes(id_str(&p->id)));
    if (!err)
        err = dossier_project_results(p->db, p->a, p->after, e);
    if (!err)
        err = dossier_project_citations(p->db, e);
    return err ? err : counts(p, e);
}

enum err dossier_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    struct arena *a _arena_ = arena_new();
    struct projecting p = {db, k, a, before, after, e, n, e->head.home_unit, e->head.stream};
    struct str was[ACTOR_AUDIENCES_MAX], is[ACTOR_AUDIENCES_MAX];
    size_t was_n = p.before->state ? dossier_audiences(a, p.before, was, ARRAY_LEN(was)) : 0;
    size_t is_n = dossier_audiences(a, p.after, is, ARRAY_LEN(is));
    struct naming name = naming_of(&p);
    enum err err = dossier_row(&p, &name);
    if (!err)
        err = work_rows(&p, was, was_n, is, is_n);
    if (!err)
        err = words_follow(&p, &name, was, was_n, is, is_n);
    for (size_t i = 0; i < n && !err; i++)
        err = event_rows(&p, &e[i]);
    return err;
}

/* --- inputs of a submission, and look-ups --- */

enum err dossier_prepare(struct decision *d, struct db *db)
{
    struct dossier_inputs *in = ARENA_NEW(d->arena, struct dossier_inputs);
    d->inputs = in;
    enum err e = dossier_check_citations(d, db, in);
    if (!e)
        e = dossier_find_named(d, db, in);
    if (e || !str_is(d->command->type, "submit"))
        return e;
    struct rows r _rows_ = {0};
    e = db_query(db, &r, STMT_COMMAND_COUNTER, p_text(d->command->home_unit), p_c("dossier"), p_text(day_text(d->arena, d->command->now)));
    if (e)
        return e;
    in->code_no = rows_next(&r) ? row_i64(&r, 0) + 1 : 1;
    return rows_end(&r);
}

enum err dossier_find(struct db *db, struct str code, struct str *home_r, struct id *id_r, struct arena *a)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_FIND, p_text(code));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    *home_r = str_dup(a, row_str(&r, 0));
    memcpy(id_r->b, row_str(&r, 1).p, ID_BYTES);
    return rows_end(&r);
}

enum err dossier_personal(const struct keyring *k, struct db *db, struct arena *a, struct str home_unit, struct id id, const json_t **out_r)
{
    *out_r = NULL;
    struct key key;
    enum err e = stream_key_load(k, db, home_unit, id, &key);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    json_t *all = arena_json(a, json_object());
    struct rows r _rows_ = {0};
    e = db_query(db, &r, STMT_DOSSIER_DECLARED, p_text(home_unit), p_bytes(id_str(&id)));
    while (!e && rows_next(&r)) {
        struct event ev;
        struct applied applied;
        event_from_row(&r, &ev);
        e = applied_from(a, k, &key, &ev, &applied);
        if (!e && applied.personal)
            json_object_update(all, (json_t *)(uintptr_t)applied.personal);
    }
    static const char *const not_declared[] = {"reason", "due_reason", "competent_reason"};
    for (size_t i = 0; i < ARRAY_LEN(not_declared); i++)
        json_object_del(all, not_declared[i]);
    *out_r = all;
    return e ? e : rows_end(&r);
}

static const struct event_type types[] = {
    {"dossier.accepted", 1}, {"dossier.answered", 1}, {"dossier.apologised", 1}, {"dossier.approval_confirmed", 1}, {"dossier.approved", 1},
    {"dossier.assigned", 1}, {"dossier.consulted", 1}, {"dossier.corrected", 1}, {"dossier.delivered", 1}, {"dossier.erased", 1},
    {"dossier.extended", 1}, {"dossier.handed_over", 1}, {"dossier.noted", 1}, {"dossier.proposed", 1}, {"dossier.received", 1},
    {"dossier.refused", 1}, {"dossier.rejected", 1}, {"dossier.result_revoked", 1}, {"dossier.result_signed", 1}, {"dossier.resumed", 1},
    {"dossier.returned_to_step", 1}, {"dossier.step_completed", 1}, {"dossier.stopped", 1}, {"dossier.submitted", 1},
    {"dossier.supplement_requested", 1}, {"dossier.supplemented", 1}, {"dossier.suspended", 1}, {"dossier.synchronised", 1},
    {"dossier.voided", 1}, {"dossier.withdrawal_requested", 1}, {"dossier.withdrawal_taken_back", 1},
};

const struct aggregate dossier_aggregate = {
    .kind = "dossier", .state_size = sizeof(struct dossier), .apply = dossier_apply, .save = dossier_save, .load = dossier_load,
    .visible = dossier_may_be_known, .absent = "dossier.absent", .prepare = dossier_prepare, .decide = dossier_decide,
    .fields = dossier_command_fields, .project = dossier_project,
    .types = types, .type_count = ARRAY_LEN(types),
};

/* Projections of a dossier: its row, codes, work rows per audience, words for search, parties, counts. Everything here is a function of
 * events; replay builds the same rows. See dossier.h and sql/migrations/0002_dossier.sql. */
#include "base/vn.h"
#include "domain/command/upcast.h"
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

enum { TERMS_MAX = 40, WORDS_AT_ONCE = 8 };

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

static enum err dossier_row(struct projecting *p)
{
    const struct dossier *d = p->after;
    const struct applied *last = &p->e[p->n - 1];
    return db_exec(p->db, STMT_DOSSIER_SET, p_text(p->home), p_bytes(id_str(&p->id)), p_text(d->code), p_text(d->procedure), p_text(d->agency),
                   p_text(d->sector), p_int(d->state), p_text(d->channel), p_text(d->competent_unit), p_text(d->task), p_text(d->officer),
                   p_int(d->submitted_at), p_int(d->received_at), p_int(d->due_at), p_int(d->promised_at), p_int(d->finished_at),
                   p_int(d->delivered_at), p_int(d->late_mark), p_int(d->voided), p_int(d->erased), p_int(last->head.seq), p_int(d->soon_at),
                   p_int(dossier_clock(d).stands_since), p_int(d->finished_late));
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

/* At most max bytes, and no letter cut in two. */
static struct str beginning(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return str_sub(s, 0, max);
}

static void add_terms(struct projecting *p, struct str text, struct str *terms, size_t *n)
{
    struct str folded = vn_fold(p->a, text), word;
    while (*n < TERMS_MAX && str_next(&folded, ' ', &word)) {
        word = beginning(word, DOSSIER_TERM_BYTES_MAX);
        if (word.n && !contains(terms, *n, word))
            terms[(*n)++] = word;
    }
}

static bool searchable(struct str audience) { return audience.n && audience.p[0] != 'o'; }

static enum err terms_for(struct projecting *p, struct str audience, const struct str *terms, size_t n)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < n && !e; i += WORDS_AT_ONCE) { /* a word at a time was every other statement of a receipt */
        struct param w[WORDS_AT_ONCE];
        for (size_t k = 0; k < WORDS_AT_ONCE; k++)
            w[k] = i + k < n ? p_text(terms[i + k]) : p_null();
        e = db_exec(p->db, STMT_DOSSIER_TERM_ADD, p_text(audience), p_text(p->home), p_bytes(id_str(&p->id)), w[0], w[1], w[2], w[3], w[4], w[5],
                    w[6], w[7]);
    }
    return e;
}

static enum err forget_terms(struct projecting *p, const struct str *audiences, size_t n)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < n && !e; i++)
        if (searchable(audiences[i]))
            e = db_exec(p->db, STMT_DOSSIER_TERM_DROP, p_text(audiences[i]), p_text(p->home), p_bytes(id_str(&p->id)));
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
    enum err e = db_exec(p->db, STMT_DOSSIER_PARTIES_DROP, p_text(p->home), p_bytes(id_str(&p->id)));
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

/* What was declared, or declared anew: names, words and party rows are written from scratch. */
static enum err declared(struct projecting *p, const json_t *parties, const struct str *was, size_t was_n, const struct str *is, size_t is_n)
{
    enum err e = party_rows(p, parties);
    struct str owner = name_of(parties, "owner"), submitter = name_of(parties, "submitter"), terms[TERMS_MAX];
    size_t n = 0, i;
    const json_t *v;
    if (!e)
        e = db_exec(p->db, STMT_DOSSIER_NAMES, p_text(p->home), p_bytes(id_str(&p->id)), p_text(owner), p_text(submitter.n ? submitter : owner));
    add_terms(p, p->after->code, terms, &n);
    json_array_foreach(parties, i, v)
        add_terms(p, get_s(v, "name"), terms, &n);
    if (!e && p->before->state)
        e = forget_terms(p, was, was_n);
    for (i = 0; i < is_n && !e; i++)
        if (searchable(is[i]))
            e = terms_for(p, is[i], terms, n);
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

static enum err erased(struct projecting *p, const struct str *was, size_t was_n, const struct str *is, size_t is_n)
{
    struct str terms[TERMS_MAX];
    size_t n = 0;
    enum err e = db_exec(p->db, STMT_LEDGER_KEY_DROP, p_text(p->home), p_bytes(id_str(&p->id)));
    if (!e)
        e = db_exec(p->db, STMT_DOSSIER_PARTIES_DROP, p_text(p->home), p_bytes(id_str(&p->id)));
    if (!e)
        e = db_exec(p->db, STMT_DOSSIER_NAMES, p_text(p->home), p_bytes(id_str(&p->id)), p_c(""), p_c(""));
    if (!e)
        e = forget_terms(p, was, was_n);
    add_terms(p, p->after->code, terms, &n);
    for (size_t i = 0; i < is_n && !e; i++)
        if (searchable(is[i]))
            e = terms_for(p, is[i], terms, n);
    return e;
}

/* --- counts: what happened, per home unit, day and procedure --- */

/* What an open dossier has been counted as: under another procedure it moves there, and voided it is taken out of every rate. */
static enum err take_out(struct projecting *p, const struct applied *e, struct str procedure, int sign)
{
    const struct dossier *d = p->before;
    const struct { const char *name; int64_t at; } was[] = {
        {"submitted", d->submitted_at}, {"received", d->received_at}, {d->finished_late ? "finished_late" : "finished_on_time", d->received_at ? d->finished_at : 0}};
    enum err err = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(was) && !err; i++)
        if (was[i].at)
            err = db_exec(p->db, STMT_DOSSIER_COUNT, p_text(p->home), p_int(e->head.pos), p_c(was[i].name), p_int(time_local_day(was[i].at)),
                          p_text(procedure), p_int(sign));
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
        {"dossier.supplement_requested", "supplement_requested"}, {"dossier.approved", "approved"}, {"dossier.rejected", "rejected"},
        {"dossier.stopped", "stopped"}, {"dossier.voided", "voided"}, {"dossier.apologised", "apologised"}, {"dossier.extended", "extended"}};
    enum err err = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(counted) && !err; i++)
        if (str_is(e->head.type, counted[i].type))
            err = count(p, e, counted[i].name);
    /* the verdict is the one that the closing event carries. */
    if (!err && json_object_get(e->payload, "finished_at") && p->after->received_at)
        err = count(p, e, p->after->finished_late ? "finished_late" : "finished_on_time");
    bool moved = str_is(e->head.type, "dossier.corrected") && !str_eq(p->before->procedure, p->after->procedure);
    if (!err && (moved || str_is(e->head.type, "dossier.voided")))
        err = take_out(p, e, p->before->procedure, -1);
    if (!err && moved)
        err = take_out(p, e, p->after->procedure, 1);
    if (!err && str_is(e->head.type, "dossier.delivered") && json_object_get(e->payload, "delivered_at"))
        err = count(p, e, "delivered");
    return err;
}

enum err dossier_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    struct arena *a _arena_ = arena_new();
    struct projecting p = {db, k, a, before, after, e, n, e->head.home_unit, e->head.stream};
    struct str was[ACTOR_AUDIENCES_MAX], is[ACTOR_AUDIENCES_MAX];
    size_t was_n = p.before->state ? dossier_audiences(a, p.before, was, ARRAY_LEN(was)) : 0;
    size_t is_n = dossier_audiences(a, p.after, is, ARRAY_LEN(is));
    enum err err = dossier_row(&p);
    if (!err)
        err = work_rows(&p, was, was_n, is, is_n);
    bool named = false;
    for (size_t i = 0; i < n && !err; i++) {
        const json_t *parties = json_object_get(e[i].personal, "parties");
        if (str_is(e[i].head.type, "dossier.submitted"))
            err = submitted(&p, &e[i]);
        if (!err && (parties || str_is(e[i].head.type, "dossier.submitted"))) {
            err = declared(&p, parties, was, was_n, is, is_n);
            named = true;
        }
        if (!err && str_is(e[i].head.type, "dossier.received"))
            err = into_register(&p, &e[i]);
        if (!err && str_is(e[i].head.type, "dossier.erased")) {
            err = erased(&p, was, was_n, is, is_n);
            named = true;
        }
        if (!err)
            err = dossier_project_results(db, a, after, &e[i]);
        if (!err)
            err = dossier_project_citations(db, &e[i]);
        if (!err)
            err = counts(&p, &e[i]);
    }
    /* Another unit came to see it, or one no longer does: its words follow. */
    for (size_t i = 0; i < is_n && !err && !named && was_n; i++)
        if (searchable(is[i]) && !contains(was, was_n, is[i]))
            err = db_exec(db, STMT_DOSSIER_TERM_COPY, p_text(is[i]), p_text(was[0]), p_text(p.home), p_bytes(id_str(&p.id)));
    for (size_t i = 0; i < was_n && !err && !named; i++)
        if (searchable(was[i]) && !contains(is, is_n, was[i]))
            err = db_exec(db, STMT_DOSSIER_TERM_DROP, p_text(was[i]), p_text(p.home), p_bytes(id_str(&p.id)));
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
    {"dossier.accepted", 1}, {"dossier.answered", 1}, {"dossier.apologised", 1}, {"dossier.approved", 1}, {"dossier.assigned", 1},
    {"dossier.consulted", 1}, {"dossier.corrected", 1}, {"dossier.delivered", 1}, {"dossier.erased", 1}, {"dossier.extended", 1},
    {"dossier.handed_over", 1}, {"dossier.noted", 1}, {"dossier.proposed", 1}, {"dossier.received", 1}, {"dossier.refused", 1},
    {"dossier.rejected", 1}, {"dossier.result_signed", 1}, {"dossier.resumed", 1}, {"dossier.returned_to_step", 1},
    {"dossier.step_completed", 1}, {"dossier.stopped", 1}, {"dossier.submitted", 1}, {"dossier.supplement_requested", 1},
    {"dossier.supplemented", 1}, {"dossier.suspended", 1}, {"dossier.voided", 1}, {"dossier.withdrawal_requested", 1},
    {"dossier.withdrawal_taken_back", 1},
};

const struct aggregate dossier_aggregate = {
    .kind = "dossier", .state_size = sizeof(struct dossier), .apply = dossier_apply, .save = dossier_save, .load = dossier_load,
    .visible = dossier_may_be_known, .absent = "dossier.absent", .prepare = dossier_prepare, .decide = dossier_decide,
    .project = dossier_project,
    .types = types, .type_count = ARRAY_LEN(types),
};

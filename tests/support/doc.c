/* See doc.h. */
#include "support/doc.h"
#include "support/toy.h"
#include "domain/command/upcast.h"
#include "store/store_private.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct doc {
    struct str title, name;
    int64_t changes, n, erased;
    struct id id;
};

static struct str text_of(struct arena *a, const json_t *o, const char *field)
{
    const json_t *v = json_object_get(o, field);
    return json_is_string(v) ? str_dup(a, str_bytes(json_string_value(v), json_string_length(v))) : STR_NONE;
}

static enum err apply(void *state, struct arena *a, const struct applied *e)
{
    struct doc *d = state;
    if (str_is(e->head.type, "doc.made")) {
        d->id = e->head.stream;
        d->title = text_of(a, e->payload, "title");
        d->name = text_of(a, e->personal, "name");
    } else if (str_is(e->head.type, "doc.changed")) {
        d->title = text_of(a, e->payload, "title");
        d->n += json_integer_value(json_object_get(e->payload, "n"));
        d->changes++;
    } else if (str_is(e->head.type, "doc.erased")) {
        d->name = STR_NONE;
        d->erased = 1;
    } else
        return ERR_CORRUPT;
    return ERR_OK;
}

static void save(struct buf *b, const void *state)
{
    const struct doc *d = state;
    buf_put(b, d->id.b, ID_BYTES);
    buf_printf(b, "%lld %lld %lld %zu %zu\n", (long long)d->changes, (long long)d->n, (long long)d->erased, d->title.n, d->name.n);
    buf_str(b, d->title);
    buf_str(b, d->name);
}

static enum err load(void *state, struct arena *a, struct str saved)
{
    struct doc *d = state;
    long long changes, n, erased;
    size_t title, name;
    int used = 0;
    if (saved.n < ID_BYTES)
        return ERR_CORRUPT;
    struct str rest = str_sub(saved, ID_BYTES, saved.n);
    if (sscanf(str_c(a, rest), "%lld %lld %lld %zu %zu%n", &changes, &n, &erased, &title, &name, &used) != 5)
        return ERR_CORRUPT;
    *d = (struct doc){str_sub(rest, (size_t)used + 1, title), name ? str_sub(rest, (size_t)used + 1 + title, name) : STR_NONE, changes, n, erased, {{0}}};
    memcpy(d->id.b, saved.p, ID_BYTES);
    return ERR_OK;
}

static struct str of(struct str s) { return s.p ? s : STR(""); }

/* Raw SQL, because the registered statements of these tables belong to their own subjects. */
static enum err project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    const struct doc *d = after, *was = before;
    char id[33], number[65], sql[6000];
    hex_format(d->id.b, ID_BYTES, id);
    struct hash h = personal_hash(k, "name", of(d->name));
    hex_format(h.b, HASH_BYTES, number);
    bool pg = db->store->config.engine == ENGINE_POSTGRES, made = was->id.b[0] == 0 && id_is_zero(was->id);
    const char *open = pg ? "'\\x" : "x'", *name = d->name.n ? d->name.p : "";
    int size = (int)d->name.n;
    const char *unit = e[0].head.home_unit.p;
    int unit_size = (int)e[0].head.home_unit.n;
    enum err err = ERR_OK;
    if (made) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO dossier (home_unit, id, code, procedure, agency, sector, state, channel, competent_unit, task, officer, submitted_at, "
                 "received_at, due_at, promised_at, finished_at, delivered_at, late_mark, voided, erased, owner_name, submitter_name, words, register_year, "
                 "register_no, version) VALUES ('%.*s', %s%s', '%s', 'p', 'a', 's', 1, 'c', 'u', 't', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '%.*s', '', '', 0, 0, 0);\n"
                 "INSERT INTO dossier_code (code, home_unit, id, kind) VALUES ('%s', '%.*s', %s%s', 'own');\n"
                 "INSERT INTO work (audience, state, rank, home_unit, id) VALUES ('unit:%.*s', 1, 5, '%.*s', %s%s');\n"
                 "INSERT INTO dossier_term (audience, term, home_unit, id) VALUES ('unit:%.*s', 'term%.*s', '%.*s', %s%s');\n"
                 "INSERT INTO dossier_party (home_unit, id, place, role, kind, name, number_hash, phone_hash) VALUES ('%.*s', %s%s', 1, 'owner', 'person', '%.*s', %s%s', NULL);\n"
                 "INSERT INTO staff (home_unit, id, name, display, active) VALUES ('%.*s', %s%s', '%s', '%.*s', 1);\n"
                 "INSERT INTO staff_role (home_unit, id, role, unit, valid_from, valid_to, basis) VALUES ('%.*s', %s%s', 'clerk', 'u', 1, 2, '');\n"
                 "INSERT INTO token (hash, home_unit, id, actor, role, unit, expires_at, revoked) VALUES (%s%s', '%.*s', %s%s', 'staff:1', 'clerk', 'u', 9, 0)",
                 unit_size, unit, open, id, id, size, name, id, unit_size, unit, open, id, unit_size, unit, unit_size, unit, open, id, unit_size,
                 unit, size, name, unit_size, unit, open, id, unit_size, unit, open, id, size, name, open, number, unit_size, unit, open, id, id, size,
                 name, unit_size, unit, open, id, open, id, unit_size, unit, open, id);
        err = db_raw(db, sql);
    }
    for (size_t i = 0; i < n && !err; i++) {
        int64_t by = json_integer_value(json_object_get(e[i].payload, "n"));
        snprintf(sql, sizeof sql, "INSERT INTO count_delta (home_unit, pos, name, day, procedure, n) VALUES ('%.*s', %lld, 'changed', 20000, 'p', %lld)", unit_size, unit,
                 (long long)e[i].head.pos, (long long)by);
        err = db_raw(db, sql);
        if (!err && str_is(e[i].head.type, "doc.erased")) {
            snprintf(sql, sizeof sql,
                     "UPDATE dossier SET owner_name = '', erased = 1 WHERE id = %s%s';\nUPDATE dossier_term SET term = 'term' WHERE id = %s%s';\n"
                     "UPDATE staff SET display = '' WHERE id = %s%s';\nUPDATE dossier_party SET name = '', number_hash = %s%s' WHERE id = %s%s'",
                     open, id, open, id, open, id, open, number, open, id);
            err = db_raw(db, sql);
            if (!err)
                err = db_exec(db, STMT_LEDGER_KEY_DROP, p_text(e[i].head.home_unit), p_bytes(id_str(&d->id)));
        }
    }
    snprintf(sql, sizeof sql, "UPDATE dossier SET version = %lld, state = %lld WHERE id = %s%s'", (long long)(d->changes + 1), (long long)d->n,
             open, id);
    if (!err)
        err = db_raw(db, sql);
    return err ? err : db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(e[0].head.home_unit), p_c("doc"), p_c("2026"), p_int(e[n - 1].head.pos));
}

static json_t *unchanged(const json_t *old, bool personal)
{
    (void)personal;
    return json_incref((json_t *)(uintptr_t)old);
}
static upcast_step *const made[] = {unchanged};
static const struct event_type types[] = {{"doc.made", 2, made}, {"doc.changed", 1}, {"doc.erased", 1}};

const struct aggregate doc_aggregate = {.kind = "doc", .state_size = sizeof(struct doc), .apply = apply, .save = save, .load = load, .project = project,
                                        .types = types, .type_count = ARRAY_LEN(types)};
const struct aggregate *const doc_aggregates[] = {&doc_aggregate, &toy_aggregate};

/* --- making events --- */

struct doc_maker {
    struct db *db;
    struct ledger *ledger;
    const struct keyring *keyring;
    struct entropy entropy;
    int64_t now;
    bool held;
};

struct doc_maker *doc_maker_new(struct store *s, const struct keyring *k)
{
    struct doc_maker *m = calloc(1, sizeof *m);
    if (!m || db_open(s, DB_WRITE, &m->db))
        abort();
    m->ledger = ledger_new();
    m->keyring = k;
    static atomic_int makers; /* each gives ids of its own, the same in every run */
    char no[16];
    snprintf(no, sizeof no, "%d", atomic_fetch_add(&makers, 1));
    m->entropy = entropy_derived(&(struct key){{7}}, STR("doc"), str_of(no));
    m->now = TOY_NOON;
    return m;
}

void doc_maker_free(struct doc_maker **m)
{
    ledger_free(&(*m)->ledger);
    db_close(&(*m)->db);
    free(*m);
    *m = NULL;
}

static void must(struct doc_maker *m, enum err e)
{
    if (!e)
        return;
    fprintf(stderr, "doc: %s %s\n", err_info(e)->name, db_error(m->db));
    abort();
}

static void commit(struct doc_maker *m)
{
    must(m, ledger_write_heads(m->ledger, m->db));
    must(m, db_commit(m->db));
    ledger_forget(m->ledger);
}

struct step {
    const char *type, *payload, *name;
};

static void run(struct doc_maker *m, const char *unit, struct id id, const struct step *step, size_t n)
{
    struct arena *a _arena_ = arena_new();
    struct doc before = {0}, state = {0};
    struct applied applied[8];
    struct key key;
    int64_t seq = 0;
    struct hash prev = {0};
    struct buf saved _buf_ = BUF_MAX(4 << 20);
    if (!m->held)
        must(m, db_begin(m->db));
    enum err e = stream_load(&doc_aggregate, m->keyring, m->db, a, str_of(unit), id, INT64_MAX, &state, &seq);
    must(m, e == ERR_NOT_FOUND ? ERR_OK : e);
    struct rows r = {0};
    must(m, db_query(m->db, &r, STMT_COMMAND_STREAM, p_c(unit), p_bytes(id_str(&id))));
    if (rows_next(&r))
        memcpy(prev.b, row_str(&r, 3).p, HASH_BYTES);
    must(m, rows_end(&r));
    before = state;
    for (size_t i = 0; i < n; i++) {
        struct event ev = {.home_unit = str_of(unit), .stream = id, .seq = ++seq, .type = str_of(step[i].type), .version = 1, .at = m->now++,
                           .actor = STR("staff:\"1\""), .unit = STR("91"), .basis = i ? STR("") : STR("61/2018/NĐ-CP, \"Điều 17\"\t\x01"),
                           .prev = prev, .payload = str_of(step[i].payload)};
        entropy_bytes(&m->entropy, ev.salt, sizeof ev.salt);
        if (step[i].name) {
            unsigned char wrapped[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES];
            struct str sealed;
            entropy_bytes(&m->entropy, key.b, sizeof key.b);
            stream_key_wrap(m->keyring, &m->entropy, id, &key, wrapped);
            must(m, db_exec(m->db, STMT_LEDGER_KEY_ADD, p_c(unit), p_bytes(id_str(&id)), p_bytes(str_bytes(wrapped, sizeof wrapped))));
            json_t *personal = arena_json(a, json_pack("{ss}", "name", step[i].name));
            must(m, personal_seal(a, &key, &m->entropy, str_of(unit), id, seq, personal, &sealed));
            ev.payload = str_printf(a, "{\"sealed\":\"%.*s\",%s", PRS(sealed), step[i].payload + 1); /* "sealed" < "title" */
        }
        must(m, ledger_append(m->ledger, m->db, &ev));
        prev = ev.hash;
        must(m, applied_from(a, NULL, step[i].name ? &key : NULL, &ev, &applied[i]));
        must(m, doc_aggregate.apply(&state, a, &applied[i]));
    }
    must(m, project(m->db, m->keyring, &before, &state, applied, n));
    save(&saved, &state);
    must(m, db_exec(m->db, STMT_COMMAND_STREAM_SET, p_c(unit), p_bytes(id_str(&id)), p_c("doc"), p_int(seq), p_int(m->now - 1),
                    p_bytes(hash_str(&prev)), p_bytes(buf_view(&saved))));
    if (!m->held)
        commit(m);
}

void doc_begin(struct doc_maker *m)
{
    must(m, db_begin(m->db));
    m->held = true;
}

void doc_commit(struct doc_maker *m)
{
    commit(m);
    m->held = false;
}

struct id doc_make(struct doc_maker *m, const char *unit, const char *payload, const char *name)
{
    struct id id = id_new(&m->entropy, m->now);
    run(m, unit, id, &(struct step){"doc.made", payload, name}, 1);
    return id;
}

void doc_change(struct doc_maker *m, const char *unit, struct id id, const char *payload)
{
    run(m, unit, id, &(struct step){"doc.changed", payload, NULL}, 1);
}

void doc_change_twice(struct doc_maker *m, const char *unit, struct id id, const char *first, const char *second)
{
    run(m, unit, id, (struct step[]){{"doc.changed", first, NULL}, {"doc.changed", second, NULL}}, 2);
}

void doc_erase(struct doc_maker *m, const char *unit, struct id id) { run(m, unit, id, &(struct step){"doc.erased", "{}", NULL}, 1); }

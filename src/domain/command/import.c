/* Writing what an export says into an empty store. See exchange.h. */
#include "domain/command/exchange_private.h"
#include "domain/command/rebuild.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/timex.h"
#include <stdlib.h>

enum { BATCH_EVENTS = 500, BATCH_BYTES = 16 << 20, CHECKPOINT_BATCHES = 16 };
static const char mark[] = "import";

struct importing {
    struct db *db;
    struct rebuild *rebuild;
    const struct keyring *keyring;
    struct fail *f;
    int in_batch, batches;
    int64_t bytes;
};

static enum err store_failed(struct fail *f, enum err e, struct db *db)
{
    return f->n ? e : fail_add(f, e, NULL, "", "import.store-failed", "%s %.140s", err_info(e)->name, db_error(db));
}

static enum err commit_batch(struct importing *m)
{
    enum err e = db_commit(m->db);
    m->in_batch = 0;
    m->bytes = 0;
    if (!e && fault_hit("import.batch"))
        e = ERR_INTERNAL;
    if (!e && ++m->batches % CHECKPOINT_BATCHES == 0)
        e = db_checkpoint(m->db);
    return e ? e : db_begin(m->db);
}

static enum err each(void *arg, const struct line *l)
{
    struct importing *m = arg;
    const struct event *e = &l->event;
    enum err err;
    if (l->kind == LINE_DATASET) {
        err = db_exec(m->db, STMT_LEDGER_DATASET_ADD, p_bytes(hash_str(&l->hash)), p_text(l->name), p_bytes(l->packed));
        m->bytes += (int64_t)l->packed.n;
    } else {
        err = db_exec(m->db, STMT_LEDGER_APPEND, p_text(e->home_unit), p_int(e->pos), p_bytes(id_str(&e->stream)), p_int(e->seq), p_text(e->type),
                      p_int(e->version), p_int(e->at), p_text(e->actor), p_text(e->unit), p_text(e->basis),
                      p_bytes(str_bytes(e->salt, SALT_BYTES)), p_bytes(hash_str(&e->hash)), p_bytes(e->payload));
        if (!err && (err = rebuild_event(m->rebuild, e)) && rebuild_problem(m->rebuild)[0])
            return fail_add(m->f, err, NULL, "", "import.event-unknown", "%.150s", rebuild_problem(m->rebuild));
        m->bytes += (int64_t)e->payload.n;
    }
    if (!err && (++m->in_batch >= BATCH_EVENTS || m->bytes >= BATCH_BYTES))
        err = commit_batch(m);
    return err;
}

/* --- before: an empty store, and its mark --- */

static enum err clear(struct db *db)
{
    enum err e = db_exec_params(db, STMT_EXCHANGE_CLEAR_EVENT, 0, NULL, 0);
    if (!e)
        e = db_exec_params(db, STMT_EXCHANGE_CLEAR_UNIT_HEAD, 0, NULL, 0);
    if (!e)
        e = db_exec_params(db, STMT_EXCHANGE_CLEAR_STREAM_KEY, 0, NULL, 0);
    if (!e)
        e = db_exec_params(db, STMT_EXCHANGE_CLEAR_KEY_FLOOR, 0, NULL, 0);
    if (!e)
        e = db_exec_params(db, STMT_EXCHANGE_CLEAR_DATASET, 0, NULL, 0);
    for (size_t i = 0; i < projection_count * 2 && !e; i++)
        e = db_exec_params(db, projections[i / 2].clear[i % 2], 0, NULL, 0);
    return e;
}

static enum err is_empty(struct db *db, bool *empty_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query_params(db, &r, STMT_EXCHANGE_FACTS, 0, NULL, 0);
    *empty_r = !e && rows_next(&r) && row_i64(&r, 0) == 0;
    if (!e)
        e = rows_end(&r);
    for (size_t i = 0; i < projection_count && !e && *empty_r; i++) {
        struct rows p _rows_ = {0};
        e = projections[i].sum ? db_query_params(db, &p, projections[i].first, 0, NULL, 0) : db_query(db, &p, projections[i].first, p_int(1));
        *empty_r = !e && !rows_next(&p);
        if (!e)
            e = rows_end(&p);
    }
    return e;
}

static enum err prepare(struct db *db, struct fail *f)
{
    bool half = false, empty = false;
    struct rows r _rows_ = {0};
    enum err e = db_begin(db);
    if (!e)
        e = db_query(db, &r, STMT_STORE_UNFINISHED, p_c(""));
    while (!e && rows_next(&r))
        half = half || str_is(row_str(&r, 0), mark);
    if (!e)
        e = rows_end(&r);
    if (!e && half)
        e = clear(db);
    if (!e)
        e = is_empty(db, &empty);
    if (!e && !empty)
        e = fail_add(f, ERR_CONFLICT, NULL, "", "import.store-not-empty", NULL);
    if (!e)
        e = db_exec(db, STMT_STORE_UNFINISHED_SET, p_c(mark), p_int(time_machine_ms()));
    return e ? e : db_commit(db);
}

/* --- keys --- */

static enum err key_line(struct importing *m, const struct line *l)
{
    struct entropy entropy = entropy_system();
    unsigned char wrapped[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES];
    stream_key_wrap(m->keyring, &entropy, l->event.stream, &l->key, wrapped);
    enum err e = db_exec(m->db, STMT_LEDGER_KEY_ADD, p_text(l->event.home_unit), p_bytes(id_str(&l->event.stream)),
                         p_bytes(str_bytes(wrapped, sizeof wrapped)));
    return e ? e : ++m->in_batch >= BATCH_EVENTS ? commit_batch(m) : ERR_OK;
}

/* `m` NULL: only checks. */
static enum err keys_read(struct importing *m, struct lines_in *in, const struct hash *root, int64_t *keys_r, struct fail *f)
{
    struct buf text _buf_ = BUF_MAX(LINE_BYTES_MAX);
    struct arena *a _arena_ = arena_new();
    struct str line, unit = STR("");
    struct id stream = {0};
    struct line l;
    *keys_r = 0;
    for (int64_t number = 1;; number++) {
        enum line_state state = lines_next(in, &line);
        const char *wrong = state == LINE_READ ? line_parse(line, &text, &l) : "the file is cut off or cannot be read";
        if (!wrong && number == 1 ? l.kind != LINE_KEYS_HEADER : !wrong && l.kind != LINE_KEY && l.kind != LINE_END)
            wrong = "this line has no place in a file of keys";
        if (wrong)
            return import_refuse(f, ERR_MALFORMED, "import.keys-malformed", number, wrong);
        if (number == 1) {
            if (memcmp(l.hash.b, root->b, HASH_BYTES) != 0)
                return fail_add(f, ERR_CONFLICT, NULL, "", "import.keys-other", "line 1: the keys belong to another export");
        } else if (l.kind == LINE_END) {
            struct hash h = lines_sha256(in);
            return l.lines == number - 1 && memcmp(h.b, l.hash.b, HASH_BYTES) == 0 && lines_next(in, &line) == LINE_NONE_LEFT
                ? ERR_OK : import_refuse(f, ERR_CORRUPT, "import.keys-malformed", number, "its lines do not give its sum");
        } else {
            int order = str_cmp(l.event.home_unit, unit);
            if (order < 0 || (order == 0 && memcmp(l.event.stream.b, stream.b, ID_BYTES) <= 0))
                return import_refuse(f, ERR_MALFORMED, "import.keys-malformed", number, "keys are not in order, or one comes twice");
            if (order)
                unit = str_dup(a, l.event.home_unit);
            stream = l.event.stream;
            ++*keys_r;
            enum err e = m ? key_line(m, &l) : ERR_OK;
            if (e)
                return e;
        }
    }
}

static enum err keys_from(struct importing *m, const char *path, const struct hash *root, int64_t *keys_r, struct fail *f)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail_add(f, ERR_NOT_FOUND, NULL, "", "import.no-keys-file", NULL);
    struct lines_in *in = lines_in_new(file);
    enum err e = keys_read(m, in, root, keys_r, f);
    lines_in_free(&in);
    return e;
}

/* --- all of it --- */

static enum err finish(struct importing *m, struct chain *chain, bool without_keys)
{
    size_t n;
    const struct unit_head *h = chain_heads(chain, &n);
    enum err e = rebuild_flush(m->rebuild);
    for (size_t i = 0; i < n && !e; i++)
        e = db_exec(m->db, STMT_LEDGER_HEAD_SET, p_c(h[i].unit), p_int(h[i].pos), p_bytes(hash_str(&h[i].hash)));
    for (size_t i = 0; i < n && !e && without_keys; i++)
        e = db_exec(m->db, STMT_EXCHANGE_KEY_FLOOR_SET, p_c(h[i].unit), p_int(h[i].pos));
    if (!e)
        e = db_exec(m->db, STMT_STORE_UNFINISHED_DONE, p_c(mark));
    if (!e)
        e = db_commit(m->db);
    return e ? e : db_checkpoint(m->db);
}

static enum err write_all(struct importing *m, const char *path, const char *keys_path, const struct exchange_report *checked,
                          struct exchange_report *report)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail_add(m->f, ERR_NOT_FOUND, NULL, "", "import.no-file", NULL);
    struct lines_in *in = lines_in_new(file);
    struct chain *chain = chain_new();
    int64_t keys = 0;
    enum err e = db_begin(m->db);
    if (!e && keys_path)
        e = keys_from(m, keys_path, &checked->root, &keys, m->f);
    if (!e)
        e = import_read(in, chain, each, m, report, m->f);
    if (!e && memcmp(report->sha256.b, checked->sha256.b, HASH_BYTES) != 0)
        e = fail_add(m->f, ERR_CONFLICT, NULL, "", "import.file-changed", NULL);
    if (!e)
        e = finish(m, chain, !keys_path);
    report->keys = keys;
    if (e) {
        store_failed(m->f, e, m->db);
        db_rollback(m->db);
    }
    chain_free(&chain);
    lines_in_free(&in);
    return e;
}

enum err import_run(struct store *s, const struct keyring *k, const struct aggregate *const *aggregates, size_t n, const char *path,
                    const char *keys_path, struct exchange_report *report, struct fail *f)
{
    struct exchange_report checked;
    struct db *db _db_ = NULL;
    int64_t keys;
    *report = (struct exchange_report){0};
    enum err e = import_check(path, &checked, f);
    if (!e && checked.rehearsal && !k->rehearsal) /* its keys and tokens are known to anybody who has this program */
        e = fail_add(f, ERR_CONFLICT, NULL, "", "import.rehearsal", NULL);
    if (!e && keys_path)
        e = keys_from(NULL, keys_path, &checked.root, &keys, f);
    if (!e)
        e = store_migrate(s, f);
    if (!e && (e = db_open(s, DB_WRITE, &db)))
        fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (e)
        return e;
    if ((e = prepare(db, f))) {
        store_failed(f, e, db);
        db_rollback(db);
        return e;
    }
    struct importing m = {.db = db, .rebuild = rebuild_new(k, aggregates, n, db, db), .keyring = k, .f = f};
    e = write_all(&m, path, keys_path, &checked, report);
    rebuild_free(&m.rebuild);
    return e;
}

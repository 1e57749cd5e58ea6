/* Writing an export. See exchange.h. */
#include "domain/command/exchange_private.h"
#include "base/dataset.h"
#include "base/buf.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct exporting {
    bool rehearsal;
    struct db *db;
    struct lines_out *out;
    struct chain *chain;
    struct exchange_report *report;
    struct fail *f;
};

static enum err refuse(struct fail *f, enum err e, const char *code, const struct event *at, const char *what)
{
    if (at)
        return fail_add(f, e, NULL, "", code, "unit %.*s, position %lld: %s", PRS(at->home_unit), (long long)at->pos, what);
    return fail_add(f, e, NULL, "", code, "%s", what);
}

static enum err each_event(void *arg, struct event *e)
{
    struct exporting *x = arg;
    const char *wrong = event_sizes(e);
    if (!wrong)
        wrong = chain_add(x->chain, e);
    if (wrong)
        return refuse(x->f, ERR_CORRUPT, "export.not-verified", e, wrong);
    if (!line_write_event(lines_begin(x->out), e))
        return refuse(x->f, ERR_CORRUPT, "export.not-text", e, "a text in it is not UTF-8");
    x->report->events++;
    enum err err = lines_end(x->out);
    return err ? refuse(x->f, err, "export.unwritable", NULL, "the file cannot be written") : ERR_OK;
}

static enum err dataset(struct exporting *x, const struct hash *sha256)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(x->db, &r, STMT_LEDGER_DATASET, p_bytes(hash_str(sha256)));
    if (e)
        return e;
    if (!rows_next(&r))
        return ERR_CORRUPT;
    struct str packed = row_str(&r, 1);
    struct hash h = dataset_hash(packed);
    if (memcmp(h.b, sha256->b, HASH_BYTES) != 0)
        return refuse(x->f, ERR_CORRUPT, "export.not-verified", NULL, "the bytes of an adopted dataset do not give its hash");
    if (!line_write_dataset(lines_begin(x->out), row_str(&r, 0), packed, sha256))
        return refuse(x->f, ERR_CORRUPT, "export.not-text", NULL, "an adopted dataset is larger than 32 MiB, or its name is not UTF-8");
    x->report->datasets++;
    if ((e = lines_end(x->out)))
        return refuse(x->f, e, "export.unwritable", NULL, "the file cannot be written");
    return rows_end(&r);
}

static enum err all_datasets(struct exporting *x)
{
    enum { PAGE = 100 };
    struct hash list[PAGE], last = {0};
    for (size_t n = PAGE; n == PAGE;) {
        struct rows r _rows_ = {0};
        n = 0;
        enum err e = db_query(x->db, &r, STMT_LEDGER_DATASETS, p_bytes(hash_str(&last)), p_int(PAGE));
        while (!e && rows_next(&r)) {
            if (row_str(&r, 0).n != HASH_BYTES)
                return ERR_CORRUPT;
            memcpy(list[n++].b, row_str(&r, 0).p, HASH_BYTES);
        }
        if (!e)
            e = rows_end(&r);
        for (size_t i = 0; i < n && !e; i++)
            e = dataset(x, &list[i]);
        if (e)
            return e;
        if (n)
            last = list[n - 1];
    }
    return ERR_OK;
}

static enum err units(struct exporting *x, const struct unit_head *heads, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str unit = str_of(heads[i].unit);
        struct gap gap;
        enum err e = ledger_each_event(x->db, unit, heads[i].pos, each_event, x, &gap);
        if (gap.what)
            return fail_add(x->f, e, NULL, "", "export.not-verified", "unit %s, position %lld: %s", heads[i].unit, (long long)gap.pos, gap.what);
        if (e)
            return e;
        size_t seen;
        const struct unit_head *have = chain_heads(x->chain, &seen);
        if (seen != i + 1 || memcmp(have[i].hash.b, heads[i].hash.b, HASH_BYTES) != 0)
            return fail_add(x->f, ERR_CORRUPT, NULL, "", "export.not-verified", "unit %s: its head does not agree with its events", heads[i].unit);
        x->report->units++;
    }
    return ERR_OK;
}

static enum err facts(struct exporting *x)
{
    struct unit_head *heads = NULL;
    size_t n = 0;
    int64_t events = 0;
    enum err e = ledger_heads(x->db, &heads, &n);
    for (size_t i = 0; i < n; i++)
        events += heads[i].pos;
    if (!e) {
        x->report->root = ledger_root(heads, n);
        line_write_header(lines_begin(x->out), (int64_t)n, events, x->rehearsal, &x->report->root);
        e = lines_end(x->out);
    }
    if (!e)
        e = all_datasets(x);
    if (!e)
        e = units(x, heads, n);
    free(heads);
    return e;
}

/* --- the keys, in a file of their own --- */

static enum err keys_of(struct exporting *x, const struct keyring *k, struct str unit)
{
    enum { PAGE = 500 };
    struct id list[PAGE], last = {0};
    enum err e = ERR_OK;
    for (size_t n = PAGE; n == PAGE && !e;) {
        struct rows r _rows_ = {0};
        n = 0;
        e = db_query(x->db, &r, STMT_LEDGER_KEYS_PAGE, p_text(unit), p_bytes(id_str(&last)), p_int(PAGE));
        while (!e && rows_next(&r)) {
            if (row_str(&r, 0).n != ID_BYTES)
                return ERR_CORRUPT;
            memcpy(list[n++].b, row_str(&r, 0).p, ID_BYTES);
        }
        if (!e)
            e = rows_end(&r);
        for (size_t i = 0; i < n && !e; i++) {
            struct key key;
            e = stream_key_load(k, x->db, unit, list[i], &key);
            if (!e) {
                line_write_key(lines_begin(x->out), unit, &list[i], &key);
                e = lines_end(x->out);
            }
            x->report->keys++;
        }
        if (n)
            last = list[n - 1];
    }
    return e;
}

static enum err keys(struct exporting *x, const struct keyring *k)
{
    line_write_keys_header(lines_begin(x->out), &x->report->root);
    enum err e = lines_end(x->out);
    struct arena *a _arena_ = arena_new();
    struct str unit[1000];
    size_t n = ARRAY_LEN(unit);
    for (struct str after = STR(""); n == ARRAY_LEN(unit) && !e; after = unit[n - 1]) {
        struct rows r _rows_ = {0};
        n = 0;
        e = db_query(x->db, &r, STMT_LEDGER_KEY_UNITS, p_text(after), p_int(ARRAY_LEN(unit)));
        while (!e && rows_next(&r))
            unit[n++] = str_dup(a, row_str(&r, 0));
        if (!e)
            e = rows_end(&r);
        for (size_t i = 0; i < n && !e; i++)
            e = keys_of(x, k, unit[i]);
        if (n == 0)
            break;
    }
    return e;
}

static enum err keys_to(struct exporting *x, const struct keyring *k, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return refuse(x->f, errno == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE, "export.keys-unwritable", NULL,
                      errno == EEXIST ? "the file for the keys is there already" : "the file for the keys cannot be made");
    int64_t lines, bytes;
    struct hash sha256;
    struct exporting own = *x;
    own.out = lines_out_new(file, false);
    enum err e = keys(&own, k);
    if (!e)
        e = lines_out_finish(&own.out, &lines, &bytes, &sha256);
    lines_out_free(&own.out);
    if (!e && fsync(fd) != 0)
        e = ERR_INTERNAL;
    if (fclose(file) != 0 && !e)
        e = ERR_INTERNAL;
    if (e) {
        (void)unlink(path);
        return refuse(x->f, e, "export.keys-unwritable", NULL, "the keys cannot be read or written");
    }
    log_line(LOG_WARN, "export.keys", "keys=%lld note=\"%s\"", (long long)x->report->keys, KEYS_WARNING);
    return ERR_OK;
}

enum err export_run(struct store *s, const struct keyring *k, FILE *file, bool zstd, const char *keys_path, struct exchange_report *report,
                    struct fail *f)
{
    *report = (struct exchange_report){0};
    struct db *db _db_ = NULL;
    enum err e = store_schema_current(s, f);
    if (!e)
        e = db_open(s, DB_READ, &db);
    if (e)
        return f->n ? e : refuse(f, e, "store.unavailable", NULL, "");
    struct exporting x = {k->rehearsal, db, lines_out_new(file, zstd), chain_new(), report, f};
    e = db_begin_snapshot(db);
    if (!e)
        e = facts(&x);
    if (!e && keys_path)
        e = keys_to(&x, k, keys_path);
    if (!e && (e = lines_out_finish(&x.out, &report->lines, &report->bytes, &report->sha256)))
        refuse(f, e, "export.unwritable", NULL, "the file cannot be written");
    if (e && !f->n)
        fail_add(f, e, NULL, "", "export.failed", "%s %.140s", err_info(e)->name, db_error(db));
    lines_out_free(&x.out);
    chain_free(&x.chain);
    db_rollback(db);
    return e;
}

/* Engine-neutral part of the store: dispatch to a driver, and migrations. See store.h. */
#include "store/store_private.h"
#include "base/log.h"
#include "base/vn.h"
#include <assert.h>
#include <stdlib.h>
#include <stdio.h>

static char *copy(const char *s)
{
    char *p = strdup(s ? s : "");
    if (!p)
        abort();
    return p;
}

struct store *store_new(const struct store_config *c)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->driver = c->engine == ENGINE_POSTGRES ? &driver_pg : &driver_sqlite;
    s->config = (struct store_config){c->engine, copy(c->path), copy(c->dsn), copy(c->schema)};
    return s;
}

void store_free(struct store **s)
{
    if (!*s)
        return;
    free((void *)(uintptr_t)(*s)->config.path);
    free((void *)(uintptr_t)(*s)->config.dsn);
    free((void *)(uintptr_t)(*s)->config.schema);
    free(*s);
    *s = NULL;
}

enum engine store_engine(const struct store *s) { return s->config.engine; }

enum err db_open(struct store *s, enum db_mode mode, struct db **db_r)
{
    *db_r = NULL;
    return s->driver->open(s, mode, db_r);
}

void db_close(struct db **db)
{
    if (*db)
        (*db)->driver->close(*db);
    *db = NULL;
}

enum err db_begin(struct db *db)
{
    assert(!db->in_transaction);
    enum err e = db->driver->begin(db);
    db->in_transaction = e == ERR_OK;
    db->failed = ERR_OK;
    return e;
}

enum err db_begin_snapshot(struct db *db)
{
    enum err e = db_begin(db);
    if (!e && db->store->config.engine == ENGINE_POSTGRES)
        e = db_raw(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    return e; /* SQLite reads one moment anyway */
}

enum err db_commit(struct db *db)
{
    assert(db->in_transaction);
    if (db->failed)
        return db->failed;
    enum err e = db->driver->commit(db);
    if (e == ERR_OK)
        db->in_transaction = false;
    return e; /* on failure the caller rolls back */
}

void db_rollback(struct db *db)
{
    if (db->in_transaction)
        db->driver->rollback(db);
    db->in_transaction = false;
}

/* The first failure voids the transaction. */
static enum err noted(struct db *db, enum err e)
{
    if (e && db->in_transaction && !db->failed)
        db->failed = e;
    return e;
}

static bool text_is_sound(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] - 1U >= 0x7f)
            return vn_valid_utf8(s);
    return true;
}

static enum err check(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    assert((size_t)stmt_text[id].params == n && mask < stmt_text[id].masks);
    (void)mask;
    for (size_t i = 0; i < n; i++)
        if (p[i].kind == PARAM_TEXT && !text_is_sound(p[i].s)) {
            snprintf(db->error, sizeof db->error, "%s: parameter %zu is not UTF-8 text", stmt_text[id].name, i + 1);
            return ERR_INVALID;
        }
    return ERR_OK;
}

enum err db_flush(struct db *db) { return noted(db, db->driver->flush(db)); }
const char *db_error(const struct db *db) { return db->error; }
bool db_must_exit(const struct db *db) { return db->must_exit; }
enum err db_checkpoint(struct db *db) { return db->driver->checkpoint(db); }
enum err db_raw(struct db *db, const char *sql) { return noted(db, db->driver->raw(db, sql)); }

enum err db_exec_params(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    enum err e = check(db, id, mask, p, n);
    return noted(db, e ? e : db->driver->exec(db, id, mask, p, n));
}

enum err db_query_params(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    *r = (struct rows){.db = db, .row = -1};
    enum err e = check(db, id, mask, p, n);
    return r->err = noted(db, e ? e : db->driver->query(db, r, id, mask, p, n));
}

enum err db_raw_query(struct db *db, struct rows *r, const char *sql)
{
    *r = (struct rows){.db = db, .row = -1};
    return r->err = noted(db, db->driver->raw_query(db, r, sql));
}

bool rows_next(struct rows *r)
{
    if (r->err || !r->driver)
        return false;
    if (r->db->driver->next(r))
        return true;
    (void)noted(r->db, r->err);
    return false;
}

enum err rows_end(struct rows *r)
{
    enum err e = r->err;
    rows_close(r);
    return e;
}

void rows_close(struct rows *r)
{
    if (r->driver)
        r->db->driver->end(r);
    r->driver = NULL;
}

int rows_columns(const struct rows *r) { return r->db->driver->columns(r); }
const char *row_name(const struct rows *r, int col) { return r->db->driver->name(r, col); }
bool row_null(const struct rows *r, int col) { return r->db->driver->null(r, col); }
int64_t row_i64(const struct rows *r, int col) { return r->db->driver->i64(r, col); }
struct str row_str(const struct rows *r, int col) { return r->db->driver->text(r, col); }
bool row_is_int(const struct rows *r, int col) { return r->db->driver->is_int(r, col); }
bool row_is_bytes(const struct rows *r, int col) { return r->db->driver->is_bytes(r, col); }

/* --- migrations: expand and contract; each is one transaction, named by number, held by checksum --- */

static enum err applied(struct db *db, int number, char checksum[65], struct fail *f)
{
    checksum[0] = '\0';
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_STORE_SCHEMA_VERSION, p_int(number));
    if (e)
        return fail_add(f, e, NULL, "", "store.schema-unreadable", "%s", db_error(db));
    if (rows_next(&r))
        snprintf(checksum, 65, "%.*s", PRS(row_str(&r, 0)));
    return rows_end(&r);
}

static enum err newest(struct db *db, int64_t *number_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_STORE_SCHEMA_NEWEST, p_int(0));
    *number_r = 0;
    if (!e && rows_next(&r))
        *number_r = row_i64(&r, 0);
    return e ? e : rows_end(&r);
}

/* Two processes may start at once: the second waits here and then finds the work done. */
static enum err begin_alone(struct store *s, struct db *db)
{
    enum err e = db_begin(db); /* on SQLite this takes the write lock */
    if (!e && store_engine(s) == ENGINE_POSTGRES) {
        struct rows r _rows_ = {0};
        e = db_raw_query(db, &r, "SELECT pg_advisory_xact_lock(7166828)");
        if (!e)
            e = rows_end(&r);
    }
    return e;
}

static enum err make_version_table(struct store *s, struct db *db)
{
    char schema[160];
    snprintf(schema, sizeof schema, "CREATE SCHEMA IF NOT EXISTS \"%.100s\"", s->config.schema);
    enum err e = begin_alone(s, db);
    if (!e && store_engine(s) == ENGINE_POSTGRES && s->config.schema[0] && !s->shadow)
        e = db_raw(db, schema);
    if (!e)
        e = db_raw(db, "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                       "checksum TEXT NOT NULL)");
    if (!e)
        e = db_commit(db);
    db_rollback(db);
    return e;
}

/* In a transaction of its own; `checksum` becomes that of the applied one. */
static enum err apply_one(struct store *s, struct db *db, const struct migration *m, char checksum[65], struct fail *f)
{
    enum err e = begin_alone(s, db);
    if (!e)
        e = applied(db, m->number, checksum, f);
    bool here_now = !e && checksum[0];
    if (!e && !here_now) {
        e = db_raw(db, store_engine(s) == ENGINE_POSTGRES ? m->pg : m->sqlite);
        if (!e)
            e = db_exec(db, STMT_STORE_SCHEMA_ADD, p_int(m->number), p_c(m->name), p_c(m->checksum));
        if (!e)
            e = db_commit(db);
        if (!e && !s->shadow)
            log_line(LOG_INFO, "store.migrated", "migration=%s", m->name);
        snprintf(checksum, 65, "%s", m->checksum);
    }
    if (e)
        fail_add(f, e, NULL, "", "store.migration-failed", "%s: %s", m->name, db_error(db));
    db_rollback(db);
    return e;
}

static enum err unfinished(struct db *db, struct fail *f)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_STORE_UNFINISHED, p_c(""));
    if (e)
        return fail_add(f, e, NULL, "", "store.schema-unreadable", "%s", db_error(db));
    if (rows_next(&r))
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "store.unfinished", "%.*s", PRS(row_str(&r, 0)));
    return rows_end(&r);
}

static enum err check_or_apply(struct db *db, bool apply, struct fail *f)
{
    struct store *s = db->store;
    enum err e;
    int64_t last = 0;
    if (apply && (e = make_version_table(s, db)))
        return fail_add(f, e, NULL, "", "store.schema-unwritable", "%s", db_error(db));
    if ((e = newest(db, &last)))
        return fail_add(f, e, NULL, "", "store.schema-unreadable", "%s", db_error(db));
    if (migration_count && last > migrations[migration_count - 1].number)
        return fail_add(f, ERR_CORRUPT, NULL, "", "store.newer-release", "%lld", (long long)last);
    for (size_t i = 0; i < migration_count; i++) {
        const struct migration *m = &migrations[i];
        char checksum[65];
        if ((e = applied(db, m->number, checksum, f)))
            return e;
        if (!checksum[0] && !apply)
            return fail_add(f, ERR_UNAVAILABLE, NULL, "", "store.migration-missing", "%s", m->name);
        if (!checksum[0] && (e = apply_one(s, db, m, checksum, f)))
            return e;
        if (strcmp(checksum, m->checksum) != 0)
            return fail_add(f, ERR_CORRUPT, NULL, "", "store.migration-changed", "%s", m->name);
    }
    return apply ? ERR_OK : unfinished(db, f);
}

static enum err with_connection(struct store *s, enum db_mode mode, enum err (*what)(struct db *db, struct fail *f), struct fail *f)
{
    struct db *db _db_ = NULL;
    enum err e = db_open(s, mode, &db);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : what(db, f);
}

static enum err look(struct db *db, struct fail *f) { return check_or_apply(db, false, f); }
enum err db_migrate(struct db *db, struct fail *f) { return check_or_apply(db, true, f); }
enum err store_migrate(struct store *s, struct fail *f) { return with_connection(s, DB_WRITE, db_migrate, f); }
enum err store_schema_current(struct store *s, struct fail *f) { return with_connection(s, DB_READ, look, f); }
enum err store_finished(struct store *s, struct fail *f) { return with_connection(s, DB_READ, unfinished, f); }

enum err store_prepare_all(struct store *s, struct fail *f)
{
    struct db *db _db_ = NULL;
    enum err e = db_open(s, DB_WRITE, &db);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    for (unsigned id = 0; id < STMT_COUNT; id++)
        for (unsigned mask = 0; mask < stmt_text[id].masks; mask++)
            if ((e = db->driver->prepare(db, (enum stmt_id)id, mask)))
                return fail_add(f, e, NULL, "", "store.statement-refused", "%s %u: %s", stmt_text[id].name, mask, db_error(db));
    return ERR_OK;
}

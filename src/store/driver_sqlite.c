/* SQLite driver: WAL, synchronous=FULL, statements kept for the life of the connection. The writer's connection is opened DB_WRITE;
 * each reading thread has its own with query_only. Checkpoints are made by a thread of their own, not by a commit. */
#include "store/store_private.h"
#include "store/wal_buffer.h"
#include "base/log.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_END = -2, LOG_MAX_FRAMES = 65536, BUSY_MS = 10000 };

struct db_sqlite {
    struct db db;
    sqlite3 *handle;
    sqlite3_stmt *stmt[STMT_TEXTS];
    int frames, frames_next_try; /* in the log, as of the last commit */
    bool busy[STMT_TEXTS]; /* being read: a nested use of the same statement gets a temporary one */
};

static struct db_sqlite *own(struct db *db) { return (struct db_sqlite *)db; }

static enum err failed(struct db_sqlite *c)
{
    int code = sqlite3_extended_errcode(c->handle);
    snprintf(c->db.error, sizeof c->db.error, "%s (%d)", sqlite3_errmsg(c->handle), code);
    switch (code & 0xff) {
    case SQLITE_FULL: return ERR_NO_SPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERR_RETRY;
    case SQLITE_CONSTRAINT: /* another command took that key; any other constraint is our own mistake */
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID ? ERR_RETRY : ERR_INTERNAL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return ERR_UNAVAILABLE;
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_TRUNCATE)
            c->db.must_exit = true; /* what the disk holds is unknown: never retry a sync */
        return ERR_INTERNAL;
    default: return ERR_INTERNAL;
    }
}

static int count_frames(void *arg, sqlite3 *handle, const char *name, int frames)
{
    (void)handle, (void)name;
    ((struct db_sqlite *)arg)->frames = frames;
    return SQLITE_OK;
}

static void sqlite_close_db(struct db *db)
{
    struct db_sqlite *c = own(db);
    for (size_t i = 0; i < STMT_TEXTS; i++)
        sqlite3_finalize(c->stmt[i]);
    sqlite3_close_v2(c->handle);
    free(c);
}

static enum err sqlite_open_db(struct store *s, enum db_mode mode, struct db **db_r)
{
    struct db_sqlite *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_INTERNAL;
    c->db = (struct db){.driver = &driver_sqlite, .store = s, .mode = mode};
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(s->config.path, &c->handle, flags, mode == DB_WRITE ? wal_buffer_vfs() : NULL) != SQLITE_OK) {
        log_line(LOG_ERROR, "store.open-failed", "error=\"%s\"", c->handle ? sqlite3_errmsg(c->handle) : "no memory");
        sqlite_close_db(&c->db);
        return ERR_UNAVAILABLE;
    }
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, BUSY_MS);
    const char *setup = mode == DB_WRITE
        ? "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=536870912; PRAGMA mmap_size=268435456; "
          "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON" /* what an erasure took away is not left in free pages */
        : "PRAGMA query_only=ON; PRAGMA mmap_size=268435456; PRAGMA cache_size=-1000; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF";
    if (sqlite3_exec(c->handle, setup, NULL, NULL, NULL) != SQLITE_OK) {
        enum err e = failed(c);
        log_line(LOG_ERROR, "store.setup-failed", "error=\"%s\"", c->db.error);
        sqlite_close_db(&c->db);
        return e;
    }
    if (mode == DB_WRITE)
        sqlite3_wal_hook(c->handle, count_frames, c); /* after wal_autocheckpoint, which takes the hook for itself */
    *db_r = &c->db;
    return ERR_OK;
}

static enum err run_text(struct db *db, const char *sql)
{
    return sqlite3_exec(own(db)->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : failed(own(db));
}

/* The checkpointer never makes anybody wait, but under steady load it is never done with the last frame, and the log only begins anew
 * when it is. So a writer that sees a long log finishes it between two transactions. It does not wait for a long reader: it tries
 * again when the log has grown by another part. */
static enum err begin_log_anew(struct db_sqlite *c)
{
    if (c->frames < LOG_MAX_FRAMES || c->frames < c->frames_next_try)
        return ERR_OK;
    sqlite3_busy_timeout(c->handle, 200);
    int code = sqlite3_wal_checkpoint_v2(c->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    enum err e = (code & 0xff) == SQLITE_IOERR ? failed(c) : ERR_OK; /* a full disk shows at the commit, if at all */
    sqlite3_busy_timeout(c->handle, BUSY_MS);
    c->frames_next_try = code == SQLITE_OK ? 0 : c->frames + LOG_MAX_FRAMES / 4;
    if (code == SQLITE_OK)
        c->frames = 0;
    return e;
}

static enum err sqlite_begin(struct db *db)
{
    if (db->mode == DB_READ)
        return run_text(db, "BEGIN");
    enum err e = begin_log_anew(own(db));
    return e ? e : run_text(db, "BEGIN IMMEDIATE");
}
static enum err sqlite_commit(struct db *db) { return run_text(db, "COMMIT"); }
static void sqlite_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(own(db)->handle)) /* some errors have rolled back already */
        (void)run_text(db, "ROLLBACK");
}
static enum err sqlite_flush(struct db *db)
{
    (void)db;
    return ERR_OK;
}

static enum err statement(struct db_sqlite *c, enum stmt_id id, unsigned mask, sqlite3_stmt **st_r, unsigned *index_r)
{
    unsigned i = stmt_text[id].first + mask;
    *index_r = i;
    if (c->busy[i]) { /* nested reading of the same statement: rare, pays a preparation */
        *index_r = STMT_TEXTS;
        return sqlite3_prepare_v3(c->handle, stmt_text[id].sqlite[mask], -1, 0, st_r, NULL) == SQLITE_OK ? ERR_OK : failed(c);
    }
    if (!c->stmt[i]
        && sqlite3_prepare_v3(c->handle, stmt_text[id].sqlite[mask], -1, SQLITE_PREPARE_PERSISTENT, &c->stmt[i], NULL) != SQLITE_OK)
        return failed(c);
    *st_r = c->stmt[i];
    return ERR_OK;
}

static void bind(sqlite3_stmt *st, const struct param *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int at = (int)i + 1;
        const char *bytes = p[i].s.p ? p[i].s.p : "";
        switch (p[i].kind) {
        case PARAM_NULL: sqlite3_bind_null(st, at); break;
        case PARAM_INT: sqlite3_bind_int64(st, at, p[i].i); break;
        case PARAM_TEXT: sqlite3_bind_text64(st, at, bytes, p[i].s.n, SQLITE_STATIC, SQLITE_UTF8); break;
        case PARAM_BYTES: sqlite3_bind_blob64(st, at, bytes, p[i].s.n, SQLITE_STATIC); break;
        }
    }
}

static enum err sqlite_exec(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    struct db_sqlite *c = own(db);
    sqlite3_stmt *st;
    unsigned index;
    enum err e = statement(c, id, mask, &st, &index);
    if (e)
        return e;
    bind(st, p, n);
    int code;
    while ((code = sqlite3_step(st)) == SQLITE_ROW)
        ;
    e = code == SQLITE_DONE ? ERR_OK : failed(c);
    if (index == STMT_TEXTS)
        sqlite3_finalize(st);
    else {
        sqlite3_reset(st);
        sqlite3_clear_bindings(st);
    }
    return e;
}

static enum err sqlite_query(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    struct db_sqlite *c = own(db);
    sqlite3_stmt *st;
    unsigned index;
    enum err e = statement(c, id, mask, &st, &index);
    if (e)
        return e;
    /* The caller's strings live as long as its frame, the reading may outlive it: SQLite keeps copies of short parameters. */
    for (size_t i = 0; i < n; i++) {
        int at = (int)i + 1;
        switch (p[i].kind) {
        case PARAM_NULL: sqlite3_bind_null(st, at); break;
        case PARAM_INT: sqlite3_bind_int64(st, at, p[i].i); break;
        case PARAM_TEXT: sqlite3_bind_text64(st, at, p[i].s.p ? p[i].s.p : "", p[i].s.n, SQLITE_TRANSIENT, SQLITE_UTF8); break;
        case PARAM_BYTES: sqlite3_bind_blob64(st, at, p[i].s.p ? p[i].s.p : "", p[i].s.n, SQLITE_TRANSIENT); break;
        }
    }
    r->driver = st;
    r->row_count = (int)index;
    if (index < STMT_TEXTS)
        c->busy[index] = true;
    return ERR_OK;
}

static bool sqlite_next(struct rows *r)
{
    if (r->row == AT_END) /* one more step would begin anew */
        return false;
    int code = sqlite3_step(r->driver);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        r->err = failed(own(r->db));
    r->row = AT_END;
    return false;
}

static void sqlite_end(struct rows *r)
{
    if (r->row_count >= STMT_TEXTS) {
        sqlite3_finalize(r->driver);
        return;
    }
    sqlite3_reset(r->driver);
    sqlite3_clear_bindings(r->driver);
    own(r->db)->busy[r->row_count] = false;
}

static int sqlite_columns(const struct rows *r) { return sqlite3_column_count(r->driver); }
static const char *sqlite_name(const struct rows *r, int col) { return sqlite3_column_name(r->driver, col); }
/* The value itself instead of sqlite3_column_…: a connection belongs to one thread at a time, so nothing need be locked or settled around each. */
static sqlite3_value *value(const struct rows *r, int col) { return sqlite3_column_value(r->driver, col); }
static bool sqlite_null(const struct rows *r, int col) { return sqlite3_value_type(value(r, col)) == SQLITE_NULL; }
static int64_t sqlite_i64(const struct rows *r, int col) { return sqlite3_value_int64(value(r, col)); }
static bool sqlite_is_int(const struct rows *r, int col) { return sqlite3_value_type(value(r, col)) == SQLITE_INTEGER; }
static bool sqlite_is_bytes(const struct rows *r, int col) { return sqlite3_value_type(value(r, col)) == SQLITE_BLOB; }
static struct str sqlite_text(const struct rows *r, int col)
{
    sqlite3_value *v = value(r, col);
    const void *p = sqlite3_value_blob(v); /* NULL also for no bytes */
    if (!p && sqlite3_value_type(v) == SQLITE_NULL)
        return STR_NONE;
    return str_bytes(p ? p : "", (size_t)sqlite3_value_bytes(v));
}

static enum err sqlite_raw_query(struct db *db, struct rows *r, const char *sql)
{
    sqlite3_stmt *st;
    if (sqlite3_prepare_v2(own(db)->handle, sql, -1, &st, NULL) != SQLITE_OK)
        return failed(own(db));
    r->driver = st;
    r->row_count = STMT_TEXTS;
    return ERR_OK;
}

static enum err sqlite_checkpoint(struct db *db)
{
    int code = sqlite3_wal_checkpoint_v2(own(db)->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code == SQLITE_OK || code == SQLITE_BUSY ? ERR_OK : failed(own(db));
}

static enum err sqlite_prepare(struct db *db, enum stmt_id id, unsigned mask)
{
    sqlite3_stmt *st;
    unsigned index;
    return statement(own(db), id, mask, &st, &index);
}

const struct driver driver_sqlite = {
    sqlite_open_db, sqlite_close_db, sqlite_begin, sqlite_commit, sqlite_rollback, sqlite_flush, sqlite_exec, sqlite_query,
    sqlite_next, sqlite_end, sqlite_columns, sqlite_name, sqlite_null, sqlite_i64, sqlite_text, sqlite_is_int, sqlite_is_bytes, run_text,
    sqlite_raw_query, sqlite_checkpoint, sqlite_prepare,
};

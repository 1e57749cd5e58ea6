/* The store: one interface, two drivers (SQLite in the program, PostgreSQL). Nobody above this room asks which engine runs.
 *
 * Statements live in sql/, one file each, and are named here by their generated enum. They are prepared once per connection, at
 * first use. A connection (`struct db`) belongs to one thread at a time.
 *
 * The one thing to know: db_exec may be deferred. Inside a transaction on PostgreSQL it is only queued in the pipeline; its
 * failure shows at the next db_query, db_flush or db_commit. So a transaction is right or void as a whole, and a caller that needs
 * to react to one statement's failure must flush. After any failure a transaction refuses to commit, on both engines: it must be
 * rolled back before anything else. Text is UTF-8 without NUL; anything else is ERR_INVALID before an engine sees it. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "statements.h"

enum engine { ENGINE_SQLITE, ENGINE_POSTGRES };

struct store;
struct db;

struct store_config {
    enum engine engine;
    const char *path;   /* SQLite: the database file */
    const char *dsn;    /* PostgreSQL: libpq connection string */
    const char *schema; /* PostgreSQL: search_path, "" for public; a replay builds in pg_temp */
};

/* Remembers the configuration; opens nothing. */
struct store *store_new(const struct store_config *c);
void store_free(struct store **s);
enum engine store_engine(const struct store *s);

/* Brings the schema to this release, each migration in its own transaction. ERR_CORRUPT when an applied migration's checksum differs
 * or a later release has been here (the detail says which); a read-only look is `store_schema_current`. */
enum err store_migrate(struct store *s, struct fail *f) CHECKED;
enum err store_schema_current(struct store *s, struct fail *f) CHECKED;
/* ERR_UNAVAILABLE (store.unfinished, naming what) while something that was begun is half-way, for example an import: such a store must
 * not be served. store_schema_current asks this too. */
enum err store_finished(struct store *s, struct fail *f) CHECKED;
/* Prepares every statement with every choice of its fragments; the detail names the first that this schema does not bear. */
enum err store_prepare_all(struct store *s, struct fail *f) CHECKED;

enum db_mode { DB_READ, DB_WRITE };
/* DB_READ refuses to write. Waits for nothing; ERR_UNAVAILABLE when the engine is not there. */
enum err db_open(struct store *s, enum db_mode mode, struct db **db_r) CHECKED;
void db_close(struct db **db);
#define _db_ __attribute__((cleanup(db_close)))

/* A lost PostgreSQL connection is made anew by the next db_begin (never inside a transaction). */
enum err db_begin(struct db *db) CHECKED;
/* The same, but everything read until the end is of one moment, while others write (READ COMMITTED would show newer and newer rows). */
enum err db_begin_snapshot(struct db *db) CHECKED;
/* ERR_OK only when the engine has said that it is durable. ERR_UNAVAILABLE: the outcome is unknown (the connection broke). */
enum err db_commit(struct db *db) CHECKED;
void db_rollback(struct db *db);
enum err db_flush(struct db *db) CHECKED;
/* What the engine said last, for the log; never for a person. */
const char *db_error(const struct db *db);
/* The sync of a commit failed: nothing may be acknowledged any more, the process must end and recover from the log (fsyncgate). */
bool db_must_exit(const struct db *db);

/* Parameters, typed so that a wrong one does not compile. */
struct param {
    enum param_kind { PARAM_NULL, PARAM_INT, PARAM_TEXT, PARAM_BYTES } kind;
    int64_t i;
    struct str s;
};
static inline struct param p_int(int64_t i) { return (struct param){PARAM_INT, i, STR_NONE}; }
static inline struct param p_text(struct str s) { return (struct param){PARAM_TEXT, 0, s}; }
static inline struct param p_c(const char *c) { return (struct param){PARAM_TEXT, 0, str_of(c)}; }
static inline struct param p_bytes(struct str s) { return (struct param){PARAM_BYTES, 0, s}; }
static inline struct param p_null(void) { return (struct param){PARAM_NULL, 0, STR_NONE}; }
static inline struct param p_text_or_null(struct str s) { return s.p ? p_text(s) : p_null(); }
static inline struct param p_bytes_or_null(struct str s) { return s.p ? p_bytes(s) : p_null(); }
static inline struct param p_time_or_null(int64_t ms) { return ms ? p_int(ms) : p_null(); }

enum err db_exec_params(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n) CHECKED;
#define db_exec(db, id, ...) \
    db_exec_params((db), (id), 0, (struct param[]){__VA_ARGS__}, ARRAY_LEN(((struct param[]){__VA_ARGS__})))

/* A result being read. Strings are valid until the next rows_next or rows_end. */
struct rows {
    struct db *db;
    void *driver;      /* sqlite3_stmt or PGresult */
    int row, row_count;
    enum err err;
};
#define _rows_ __attribute__((cleanup(rows_close)))
enum err db_query_params(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n) CHECKED;
#define db_query(db, r, id, ...) \
    db_query_params((db), (r), (id), 0, (struct param[]){__VA_ARGS__}, ARRAY_LEN(((struct param[]){__VA_ARGS__})))
#define db_query_with(db, r, id, mask, ...) \
    db_query_params((db), (r), (id), (mask), (struct param[]){__VA_ARGS__}, ARRAY_LEN(((struct param[]){__VA_ARGS__})))
bool rows_next(struct rows *r);            /* false at the end or on an error */
enum err rows_end(struct rows *r) CHECKED; /* frees; says whether all went well */
void rows_close(struct rows *r);           /* frees, for cleanup */
int rows_columns(const struct rows *r);
const char *row_name(const struct rows *r, int col);
bool row_null(const struct rows *r, int col);
int64_t row_i64(const struct rows *r, int col); /* NULL gives 0 */
struct str row_str(const struct rows *r, int col); /* text or bytes; NULL gives STR_NONE */
bool row_is_int(const struct rows *r, int col);
bool row_is_bytes(const struct rows *r, int col); /* neither text nor a number */

/* Only for tests and tools (tamper tests, replay's comparison): any SQL text. */
enum err db_raw(struct db *db, const char *sql) CHECKED;
enum err db_raw_query(struct db *db, struct rows *r, const char *sql) CHECKED;

/* Housekeeping by a thread of its own: SQLite's checkpoint; on PostgreSQL nothing. */
enum err db_checkpoint(struct db *db) CHECKED;

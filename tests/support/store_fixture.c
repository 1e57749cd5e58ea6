/* See store_fixture.h. */
#include "support/store_fixture.h"
#include "base/log.h"
#include <ftw.h>
#include <stdatomic.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const enum engine fixture_sqlite = ENGINE_SQLITE, fixture_postgres = ENGINE_POSTGRES;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "fixture: %s: %s\n", what, why);
    abort();
}

void fixture_admin(const char *sql)
{
    PGconn *c = PQconnectdb(getenv("MOTCUA_TEST_PG"));
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        die(sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

struct fixture *fixture_new(enum engine e)
{
    static atomic_int made;
    const char *cluster = getenv("MOTCUA_TEST_PG"), *tmp = getenv("TMPDIR");
    if (e == ENGINE_POSTGRES && !cluster)
        return NULL;
    crypto_start();
    log_level_set(LOG_ERROR);
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->engine = e;
    snprintf(f->folder, sizeof f->folder, "%s/store.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        die(f->folder, "cannot be made");
    snprintf(f->path, sizeof f->path, "%s/motcua.db", f->folder);
    if (e == ENGINE_POSTGRES) {
        char sql[128];
        snprintf(f->database, sizeof f->database, "mt_%d_%d", (int)getpid(), atomic_fetch_add(&made, 1));
        snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'", f->database);
        fixture_admin(sql);
        snprintf(f->dsn, sizeof f->dsn, "%.400s dbname=%s", cluster, f->database);
    }
    f->config = (struct store_config){e, f->path, f->dsn, ""};
    f->store = store_new(&f->config);
    struct fail fail = {0};
    if (store_migrate(f->store, &fail))
        die("migrations", fail.item[0].param);
    return f;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void fixture_free(struct fixture **fp)
{
    struct fixture *f = *fp;
    if (!f)
        return;
    store_free(&f->store);
    nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (f->database[0]) {
        char sql[128];
        snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", f->database);
        fixture_admin(sql);
    }
    free(f);
    *fp = NULL;
}

int fixture_setup(void **state)
{
    *state = fixture_new(*(const enum engine *)*state);
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    fixture_free(&f);
    return 0;
}

struct fixture *fixture_of(void **state)
{
    if (!*state)
        skip();
    return *state;
}

struct store *fixture_again(const struct fixture *f) { return store_new(&f->config); }

void fixture_sql(const struct fixture *f, const char *fmt, ...)
{
    char *sql;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&sql, fmt, ap) < 0)
        abort();
    va_end(ap);
    struct db *db _db_ = NULL;
    if (db_open(f->store, DB_WRITE, &db) || db_begin(db) || db_raw(db, sql) || db_commit(db))
        die(sql, db ? db_error(db) : "no connection");
    free(sql);
}

int64_t fixture_int(const struct fixture *f, const char *fmt, ...)
{
    char *sql;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&sql, fmt, ap) < 0)
        abort();
    va_end(ap);
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    if (db_open(f->store, DB_READ, &db) || db_raw_query(db, &r, sql) || !rows_next(&r))
        die(sql, db ? db_error(db) : "no connection");
    int64_t v = row_i64(&r, 0);
    rows_close(&r);
    free(sql);
    return v;
}

uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

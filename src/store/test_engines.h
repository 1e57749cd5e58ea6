/* For tests that must hold on both engines: each gets a store of its own, migrated, in a temporary folder (SQLite) or a schema of its own
 * (PostgreSQL, when MOTCUA_TEST_PG names one; skipped otherwise). ON_BOTH(test) makes two entries of a cmocka table. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/log.h"
#include "store/store.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct ground {
    enum engine engine;
    char dir[40], path[80], schema[40];
    struct store *store;
};

__attribute__((unused)) static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st, (void)flag, (void)walk;
    return remove(path);
}

__attribute__((unused)) static void raw(struct ground *g, const char *sql)
{
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(g->store, DB_WRITE, &db), ERR_OK);
    if (db_raw(db, sql))
        fail_msg("%s: %s", sql, db_error(db));
}

__attribute__((unused)) static int64_t number(struct ground *g, const char *sql)
{
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    assert_int_equal(db_open(g->store, DB_READ, &db), ERR_OK);
    if (db_raw_query(db, &r, sql) || !rows_next(&r))
        fail_msg("%s: %s", sql, db_error(db));
    return row_i64(&r, 0);
}

__attribute__((unused)) static int ground_up(void **state)
{
    static int count;
    enum engine engine = *state && strcmp(*state, "postgres") == 0 ? ENGINE_POSTGRES : ENGINE_SQLITE;
    const char *dsn = getenv("MOTCUA_TEST_PG");
    struct ground *g = calloc(1, sizeof *g);
    log_level_set(getenv("MOTCUA_TEST_LOG") ? LOG_DEBUG : (enum log_level)0); /* failures are what these tests make */
    *state = g;
    g->engine = engine;
    snprintf(g->dir, sizeof g->dir, "/tmp/mc-test-XXXXXX");
    if (!mkdtemp(g->dir))
        return -1;
    if (engine == ENGINE_POSTGRES && !(dsn && dsn[0]))
        return 0; /* without a store: ON_BOTH skips */
    snprintf(g->path, sizeof g->path, "%s/motcua.db", g->dir);
    if (engine == ENGINE_POSTGRES) {
        char sql[100];
        snprintf(g->schema, sizeof g->schema, "mc_%ld_%d", (long)getpid(), ++count);
        g->store = store_new(&(struct store_config){ENGINE_POSTGRES, NULL, dsn, ""});
        snprintf(sql, sizeof sql, "CREATE SCHEMA %s", g->schema);
        raw(g, sql);
        store_free(&g->store);
    }
    g->store = store_new(&(struct store_config){engine, g->path, dsn, g->schema});
    struct fail f = {0};
    if (store_migrate(g->store, &f))
        fail_msg("migration: %s %s", f.item[0].code, f.item[0].param);
    return 0;
}

__attribute__((unused)) static int ground_down(void **state)
{
    struct ground *g = *state;
    char sql[100];
    if (g->store && g->engine == ENGINE_POSTGRES) {
        snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE", g->schema);
        raw(g, sql);
    }
    store_free(&g->store);
    nftw(g->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(g);
    return 0;
}

__attribute__((unused)) static struct ground *ground_of(void **state)
{
    struct ground *g = *state;
    if (!g->store)
        skip();
    return g;
}
#define GROUND(state) ground_of(state)
#define ON_BOTH(test) \
    {#test "_sqlite", (test), ground_up, ground_down, (void *)(uintptr_t)"sqlite"}, \
    {#test "_postgres", (test), ground_up, ground_down, (void *)(uintptr_t)"postgres"}

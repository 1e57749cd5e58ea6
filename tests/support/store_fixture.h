/* A fresh store for a test, on either engine: SQLite in a temporary folder, PostgreSQL in a database of its own in the cluster that
 * MOTCUA_TEST_PG names. Without that variable the tests of that engine are reported as skipped.
 *
 *   static void test_rule(void **state) { struct fixture *f = fixture_of(state); … }
 *   const struct CMUnitTest tests[] = {BOTH_ENGINES(test_rule), ONLY_SQLITE(test_other)}; */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/crypto.h"
#include "store/store.h"

struct fixture {
    enum engine engine;
    struct store *store;  /* migrated */
    struct store_config config;
    char folder[200];     /* temporary, deleted with all that is in it */
    char path[256], dsn[512], database[64];
};

/* NULL when that engine is not there. Any other trouble ends the program. */
struct fixture *fixture_new(enum engine e);
void fixture_free(struct fixture **f);
/* The fixture that BOTH_ENGINES has made; skips the test when its engine is not there. */
struct fixture *fixture_of(void **state);
/* A second store on the same data, as another process would open it. */
struct store *fixture_again(const struct fixture *f);
/* Runs SQL text on a connection of its own and commits; ends the test when it is refused. */
void fixture_sql(const struct fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The first column of the first row. */
int64_t fixture_int(const struct fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As the administrator of the PostgreSQL cluster, in its own database. */
void fixture_admin(const char *sql);

int fixture_setup(void **state);
int fixture_teardown(void **state);
extern const enum engine fixture_sqlite, fixture_postgres;
#define ONLY_SQLITE(fn) {#fn " (SQLite)", fn, fixture_setup, fixture_teardown, (void *)(uintptr_t)&fixture_sqlite}
#define ONLY_POSTGRES(fn) {#fn " (PostgreSQL)", fn, fixture_setup, fixture_teardown, (void *)(uintptr_t)&fixture_postgres}
#define BOTH_ENGINES(fn) ONLY_SQLITE(fn), ONLY_POSTGRES(fn)

/* Numbers for random sequences: the same in each run, so that a failure can be repeated. */
uint64_t draw(uint64_t *seed);

/* Rules of the store, on both engines: what is written comes back, a failure leaves nothing, and a lost engine is told as such. */
#include "support/store_fixture.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct db *opened(struct store *s, enum db_mode mode)
{
    struct db *db;
    assert_int_equal(db_open(s, mode, &db), ERR_OK);
    return db;
}

static void test_every_statement_prepares(void **state)
{
    struct fixture *f = fixture_of(state);
    struct fail fail = {0};
    enum err e = store_prepare_all(f->store, &fail);
    if (e)
        fail_msg("%s", fail.item[0].param);
}

static void test_migrations_are_applied_once(void **state)
{
    struct fixture *f = fixture_of(state);
    struct fail fail = {0};
    assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM schema_version"), migration_count);
    assert_int_equal(store_migrate(f->store, &fail), ERR_OK);
    assert_int_equal(store_schema_current(f->store, &fail), ERR_OK);
    assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM schema_version"), migration_count);
}

static void test_a_changed_migration_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct fail fail = {0}, again = {0};
    fixture_sql(f, "UPDATE schema_version SET checksum = 'changed' WHERE number = 1");
    assert_int_equal(store_migrate(f->store, &fail), ERR_CORRUPT);
    assert_string_equal(fail.item[0].code, "store.migration-changed");
    assert_string_equal(fail.item[0].param, migrations[0].name);
    assert_int_equal(store_schema_current(f->store, &again), ERR_CORRUPT);
}

static void test_a_newer_release_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct fail fail = {0};
    fixture_sql(f, "INSERT INTO schema_version (number, name, checksum) VALUES (9999, '9999_later', 'x')");
    assert_int_equal(store_migrate(f->store, &fail), ERR_CORRUPT);
    assert_string_equal(fail.item[0].code, "store.newer-release");
    assert_string_equal(fail.item[0].param, "9999");
}

static void test_a_missing_migration_is_said_by_a_reader(void **state)
{
    struct fixture *f = fixture_of(state);
    struct fail fail = {0};
    fixture_sql(f, "DELETE FROM schema_version WHERE number = %d", migrations[migration_count - 1].number);
    assert_int_equal(store_schema_current(f->store, &fail), ERR_UNAVAILABLE);
    assert_string_equal(fail.item[0].code, "store.migration-missing");
}

static void *migrate_in_thread(void *arg)
{
    struct fail fail = {0};
    struct store *s = arg;
    return (void *)(uintptr_t)store_migrate(s, &fail);
}

static void test_two_processes_may_migrate_at_once(void **state)
{
    struct fixture *f = fixture_of(state);
    struct store_config c = f->config;
    char path[300];
    snprintf(path, sizeof path, "%s/second.db", f->folder);
    c.path = path;
    c.schema = "second"; /* and a schema that is not there is made */
    struct store *s[4];
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        s[i] = store_new(&c);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, migrate_in_thread, s[i]);
    for (int i = 0; i < 4; i++) {
        void *e;
        pthread_join(t[i], &e);
        assert_int_equal((uintptr_t)e, ERR_OK);
        struct fail fail = {0};
        assert_int_equal(store_schema_current(s[i], &fail), ERR_OK);
        store_free(&s[i]);
    }
}

/* `dataset` bears bytes and text, `counter` text and integers, `idem` a NULL. */
static void test_values_come_back_as_they_were(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    static const int64_t numbers[] = {0, 1, -1, INT64_MAX, INT64_MIN, (int64_t)1 << 53, -129, 255, 65536};
    const struct str texts[] = {STR(""), STR("a'b\"c\\d"), STR("Nguyễn Thị Ánh"), STR("𠀀 tiếng Nôm"), STR("$1 ?2")};
    const struct str bytes[] = {STR(""), STR("\0"), STR("a\0b\xff\x80"), STR("\\x41")};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
            struct rows r _rows_ = {0};
            assert_int_equal(db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(texts[j]), p_c("name"), p_c(""), p_int(numbers[i])), ERR_OK);
            assert_int_equal(db_query(db, &r, STMT_COMMAND_COUNTER, p_text(texts[j]), p_c("name"), p_c("")), ERR_OK);
            assert_true(rows_next(&r));
            assert_true(row_i64(&r, 0) == numbers[i]);
            assert_true(row_is_int(&r, 0) && !row_null(&r, 0));
            assert_false(rows_next(&r));
            assert_false(rows_next(&r)); /* the end stays the end */
            assert_int_equal(rows_end(&r), ERR_OK);
        }
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
        for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
            char hash[33];
            snprintf(hash, sizeof hash, "key %zu %zu", i, j);
            struct rows r _rows_ = {0};
            assert_int_equal(db_exec(db, STMT_LEDGER_DATASET_ADD, p_bytes(str_of(hash)), p_text(texts[j]), p_bytes(bytes[i])), ERR_OK);
            assert_int_equal(db_query(db, &r, STMT_LEDGER_DATASET, p_bytes(str_of(hash))), ERR_OK);
            assert_true(rows_next(&r));
            assert_true(str_eq(row_str(&r, 0), texts[j]));
            assert_true(str_eq(row_str(&r, 1), bytes[i]));
            assert_int_equal(rows_columns(&r), 2);
            assert_string_equal(row_name(&r, 1), "packed");
            assert_int_equal(rows_end(&r), ERR_OK);
        }
    for (int null = 0; null < 2; null++) {
        struct rows r _rows_ = {0};
        assert_int_equal(db_exec(db, STMT_COMMAND_IDEM_ADD, p_c("91"), p_c("staff:1"), p_c(null ? "k1" : "k2"), p_bytes(STR("b")), p_int(1), p_c("91"),
                                 p_bytes(STR("s")), p_int(0), p_int(0), null ? p_null() : p_bytes(STR(""))), ERR_OK);
        assert_int_equal(db_query(db, &r, STMT_COMMAND_IDEM, p_c("91"), p_c("staff:1"), p_c(null ? "k1" : "k2")), ERR_OK);
        assert_true(rows_next(&r));
        assert_int_equal(row_null(&r, 5), null);
        assert_int_equal(row_str(&r, 5).p == NULL, null); /* empty bytes are not NULL */
        assert_true(!null || row_i64(&r, 5) == 0);
        assert_int_equal(rows_end(&r), ERR_OK);
    }
}

static void test_text_that_is_no_text_is_refused_alike(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    const struct str bad[] = {STR("a\0b"), STR("\xff"), STR("\xc3"), STR("\xed\xa0\x80")};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(bad[i]), p_c("n"), p_c(""), p_int(1)), ERR_INVALID);
        struct rows r _rows_ = {0};
        assert_int_equal(db_query(db, &r, STMT_COMMAND_COUNTER, p_text(bad[i]), p_c("n"), p_c("")), ERR_INVALID);
    }
    assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM counter"), 0);
}

static enum err add_key(struct db *db, const char *stream)
{
    return db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(str_of(stream)), p_bytes(STR("w")));
}
static int64_t keys(const struct fixture *f) { return fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream_key"); }

static void test_a_failure_voids_the_whole_transaction(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    assert_int_equal(add_key(db, "old"), ERR_OK);
    for (int flush = 0; flush < 3; flush++) {
        assert_int_equal(db_begin(db), ERR_OK);
        assert_int_equal(add_key(db, "new"), ERR_OK);
        enum err e = add_key(db, "old"); /* on PostgreSQL only queued */
        assert_true(e == ERR_RETRY || (e == ERR_OK && f->engine == ENGINE_POSTGRES));
        if (flush == 1)
            assert_true(db_flush(db) == ERR_RETRY || f->engine == ENGINE_SQLITE);
        if (flush == 2) {
            struct rows r _rows_ = {0};
            e = db_query(db, &r, STMT_LEDGER_KEY, p_c("91"), p_bytes(STR("old")));
            assert_true(e == ERR_RETRY || f->engine == ENGINE_SQLITE);
        }
        if (flush)
            (void)!add_key(db, "late"); /* whoever overlooks the failure cannot commit all the same */
        assert_int_equal(db_commit(db), ERR_RETRY);
        db_rollback(db);
        assert_int_equal(keys(f), 1);
    }
    assert_int_equal(db_begin(db), ERR_OK); /* and the connection is as good as before */
    assert_int_equal(add_key(db, "new"), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(keys(f), 2);
}

static void test_only_a_taken_key_is_worth_another_try(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    assert_int_equal(add_key(db, "a"), ERR_OK);
    assert_int_equal(add_key(db, "a"), ERR_RETRY);
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_null(), p_bytes(STR("w"))), ERR_INTERNAL);
    assert_int_equal(add_key(db, "b"), ERR_OK);
    assert_non_null(strchr(db_error(db), ' '));
}

static void test_rolled_back_work_is_gone_and_statements_stay_prepared(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_begin(db), ERR_OK);
        assert_int_equal(add_key(db, "x"), ERR_OK); /* prepared in a transaction that goes away */
        db_rollback(db);
        db_rollback(db); /* once more does nothing */
    }
    assert_int_equal(keys(f), 0);
    assert_int_equal(db_begin(db), ERR_OK);
    (void)!db_raw(db, "SELECT nothing FROM nowhere");
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_DROP, p_c("91"), p_bytes(STR("x"))) != ERR_OK, f->engine == ENGINE_POSTGRES);
    assert_int_not_equal(db_commit(db), ERR_OK);
    db_rollback(db);
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_DROP, p_c("91"), p_bytes(STR("x"))), ERR_OK); /* never prepared while aborted */
}

static void test_readings_may_be_nested(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    for (int i = 0; i < 5; i++) {
        char unit[8];
        snprintf(unit, sizeof unit, "%d", i);
        assert_int_equal(db_exec(db, STMT_LEDGER_HEAD_SET, p_c(unit), p_int(i + 10), p_bytes(STR("h"))), ERR_OK);
    }
    for (int transaction = 0; transaction < 2; transaction++) {
        int seen = 0;
        struct rows outer _rows_ = {0};
        if (transaction)
            assert_int_equal(db_begin(db), ERR_OK);
        assert_int_equal(db_query(db, &outer, STMT_LEDGER_HEADS, p_c(""), p_int(100)), ERR_OK);
        while (rows_next(&outer)) {
            struct str name = row_str(&outer, 0);
            struct rows inner _rows_ = {0}; /* the same statement, and another with an outer row's text */
            assert_int_equal(db_query(db, &inner, STMT_LEDGER_HEADS, p_text(name), p_int(100)), ERR_OK);
            int after = 0;
            while (rows_next(&inner))
                after++;
            assert_int_equal(rows_end(&inner), ERR_OK);
            assert_int_equal(after, 4 - seen);
            assert_int_equal(db_query(db, &inner, STMT_LEDGER_HEAD_TAKE, p_text(row_str(&outer, 0))), ERR_OK);
            assert_true(rows_next(&inner));
            assert_int_equal(row_i64(&inner, 0), 10 + seen);
            assert_int_equal(row_i64(&outer, 1), 10 + seen);
            if (transaction)
                assert_int_equal(db_exec(db, STMT_COMMAND_COUNTER_SET, p_text(row_str(&outer, 0)), p_c("n"), p_c(""), p_int(1)), ERR_OK);
            seen++;
        }
        assert_int_equal(rows_end(&outer), ERR_OK);
        assert_int_equal(seen, 5);
        if (transaction)
            assert_int_equal(db_commit(db), ERR_OK);
    }
    assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM counter"), 5);
}

static void test_parameters_may_die_before_the_rows(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    assert_int_equal(db_exec(db, STMT_LEDGER_HEAD_SET, p_c("91"), p_int(1), p_bytes(STR("h"))), ERR_OK);
    char *unit = strdup("91");
    struct rows r _rows_ = {0};
    assert_int_equal(db_query(db, &r, STMT_LEDGER_HEAD_TAKE, p_c(unit)), ERR_OK);
    memset(unit, 'x', 2);
    free(unit);
    assert_true(rows_next(&r));
    assert_int_equal(rows_end(&r), ERR_OK);
    assert_int_equal(db_begin(db), ERR_OK);
    unit = strdup("92");
    assert_int_equal(db_exec(db, STMT_LEDGER_HEAD_SET, p_c(unit), p_int(2), p_bytes(STR("h"))), ERR_OK);
    memset(unit, 'x', 2); /* a queued statement has its own copy */
    free(unit);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(fixture_int(f, "SELECT pos FROM unit_head WHERE home_unit = '92'"), 2);
}

static void test_a_reader_cannot_write(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_READ);
    assert_int_not_equal(add_key(db, "a"), ERR_OK);
    assert_int_equal(db_begin(db), ERR_OK);
    assert_true(add_key(db, "a") || db_flush(db));
    db_rollback(db);
    assert_int_equal(keys(f), 0);
}

static void test_a_transaction_of_a_thousand_statements(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    char name[32];
    char *big = calloc(1, 200000);
    assert_int_equal(db_begin(db), ERR_OK);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "k%d", i);
        assert_int_equal(db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(str_of(name)), p_bytes(str_bytes(big, i % 100 ? 10 : 200000))), ERR_OK);
    }
    free(big);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(keys(f), 1000);
    struct rows r _rows_ = {0};
    int n = 0;
    assert_int_equal(db_query(db, &r, STMT_LEDGER_KEYS_PAGE, p_c("91"), p_bytes(STR("")), p_int(2000)), ERR_OK);
    while (rows_next(&r))
        n++;
    assert_int_equal(n, 1000);
}

static void test_text_is_ordered_by_its_bytes(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    static const char *const units[] = {"91", "91.STP", "912", "Z", "a", "Đ"}; /* a dictionary would say otherwise */
    for (int i = 5; i >= 0; i--)
        assert_int_equal(db_exec(db, STMT_LEDGER_HEAD_SET, p_c(units[i]), p_int(1), p_bytes(STR("h"))), ERR_OK);
    struct rows r _rows_ = {0};
    assert_int_equal(db_query(db, &r, STMT_LEDGER_HEADS, p_c(""), p_int(100)), ERR_OK);
    for (int i = 0; i < 6; i++) {
        assert_true(rows_next(&r));
        assert_true(str_is(row_str(&r, 0), units[i]));
    }
    if (f->engine == ENGINE_POSTGRES) /* whatever the database's own collation is */
        assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM information_schema.columns WHERE table_schema = 'public' "
                                        "AND table_name <> 'schema_version' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"), 0);
}

static void end_backends(const struct fixture *f)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '%s'", f->database);
    fixture_admin(sql);
}

static void test_a_lost_connection_is_made_anew(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = opened(f->store, DB_WRITE);
    assert_int_equal(add_key(db, "before"), ERR_OK);
    end_backends(f);
    assert_int_equal(db_begin(db), ERR_OK); /* noticed before anything was lost */
    assert_int_equal(add_key(db, "a"), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    end_backends(f);
    assert_int_equal(add_key(db, "b"), ERR_OK); /* also outside a transaction */

    for (int how = 0; how < 3; how++) { /* in a transaction it cannot be hidden */
        assert_int_equal(db_begin(db), ERR_OK);
        assert_int_equal(add_key(db, "c"), ERR_OK);
        if (how != 1)
            assert_int_equal(db_flush(db), ERR_OK);
        end_backends(f);
        struct rows r _rows_ = {0};
        enum err e = how == 0 ? db_query(db, &r, STMT_LEDGER_KEY, p_c("91"), p_bytes(STR("a"))) : db_commit(db);
        assert_int_equal(e, ERR_UNAVAILABLE);
        db_rollback(db);
        assert_int_equal(db_begin(db), ERR_OK);
        assert_int_equal(add_key(db, "d"), ERR_OK);
        db_rollback(db);
    }
    assert_int_equal(keys(f), 3);
}

static void test_a_store_that_is_not_there_is_unavailable(void **state)
{
    struct fixture *f = fixture_of(state);
    struct store_config c = f->config;
    c.path = "/nonexistent/motcua.db";
    c.dsn = "host=/nonexistent dbname=x";
    struct store *s = store_new(&c);
    struct db *db = NULL;
    struct fail fail = {0};
    assert_int_equal(db_open(s, DB_WRITE, &db), ERR_UNAVAILABLE);
    assert_int_equal(db_open(s, DB_READ, &db), ERR_UNAVAILABLE);
    assert_null(db);
    assert_int_equal(store_migrate(s, &fail), ERR_UNAVAILABLE);
    store_free(&s);
}

/* A full disk refuses, loses nothing, and is forgiven when there is room again. */
static void test_a_full_disk_says_so_and_recovers(void **state)
{
    struct fixture *f = fixture_of(state);
    char dir[260], path[300], filler[300];
    snprintf(dir, sizeof dir, "%s/small", f->folder);
    snprintf(path, sizeof path, "%s/motcua.db", dir);
    snprintf(filler, sizeof filler, "%s/filler", dir);
    mkdir(dir, 0700);
    if (mount("none", dir, "tmpfs", 0, "size=8m") != 0)
        skip();
    struct store_config c = f->config;
    c.path = path;
    struct store *s = store_new(&c);
    struct fail fail = {0};
    enum err e = store_migrate(s, &fail);
    FILE *file = fopen(filler, "w");
    char *block = calloc(1, 65536);
    for (int i = 0; i < 64 && file; i++)
        if (fwrite(block, 65536, 1, file) != 1)
            break;
    if (file)
        fclose(file);
    struct db *db = NULL;
    int done = 0;
    if (!e && !(e = db_open(s, DB_WRITE, &db)))
        while (done < 1000) {
            char name[32];
            snprintf(name, sizeof name, "k%d", done);
            if ((e = db_begin(db)) || (e = db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(str_of(name)), p_bytes(str_bytes(block, 65536))))
                || (e = db_commit(db)))
                break;
            done++;
        }
    bool must_exit = db && db_must_exit(db);
    enum err when_full = e, checkpoint = ERR_OK;
    if (db) {
        db_rollback(db);
        checkpoint = db_checkpoint(db); /* may be refused as well, and must not harm */
    }
    unlink(filler);
    enum err after = ERR_INTERNAL;
    int64_t found = -1;
    if (db) {
        if (!(after = db_checkpoint(db)) && !(after = db_begin(db)) && !(after = add_key(db, "after")))
            after = db_commit(db);
        struct rows r _rows_ = {0};
        if (!db_raw_query(db, &r, "SELECT COUNT(*) FROM stream_key") && rows_next(&r))
            found = row_i64(&r, 0);
    }
    db_close(&db);
    store_free(&s);
    free(block);
    umount(dir);
    assert_int_equal(when_full, ERR_NO_SPACE);
    assert_true(checkpoint == ERR_OK || checkpoint == ERR_NO_SPACE);
    assert_false(must_exit);
    assert_true(done > 5 && done < 1000);
    assert_int_equal(after, ERR_OK);
    assert_int_equal(found, done + 1);
}

struct load {
    struct store *store;
    bool failed;
};
static void *write_much(void *arg)
{
    struct load *l = arg;
    struct db *db _db_ = NULL;
    char *block = calloc(1, 1 << 20);
    l->failed = db_open(l->store, DB_WRITE, &db) != ERR_OK;
    for (int i = 0; i < 600 && !l->failed; i++) {
        char name[32];
        snprintf(name, sizeof name, "k%d", i % 50);
        l->failed = db_begin(db) || db_exec(db, STMT_LEDGER_KEY_DROP, p_c("91"), p_bytes(str_of(name)))
                 || db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(str_of(name)), p_bytes(str_bytes(block, 1 << 20))) || db_commit(db);
    }
    free(block);
    return NULL;
}

static void test_the_log_of_sqlite_does_not_grow_for_ever(void **state)
{
    struct fixture *f = fixture_of(state);
    struct load l = {f->store, false};
    struct db *db _db_ = opened(f->store, DB_WRITE);
    pthread_t t;
    pthread_create(&t, NULL, write_much, &l);
    while (pthread_tryjoin_np(t, NULL) != 0) { /* never a moment in which the log is copied to its end */
        assert_int_equal(db_checkpoint(db), ERR_OK);
        usleep(100000);
    }
    assert_false(l.failed);
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s-wal", f->path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size < (400 << 20));
}

/* A warning in the middle of a name must not become bytes that are no text: a refusal is stored and given back. */
static void test_a_cut_complaint_is_still_text(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char text[300] = "xxx";
        for (int i = 0; i < 60; i++)
            memcpy(text + shift + 3 * i, "ễ", 4);
        struct fail f = {0};
        fail_add(&f, ERR_INVALID, NULL, text, "code", "%s", text);
        assert_true(strlen(f.item[0].param) > FAIL_PARAM_MAX - 5);
        assert_int_equal((strlen(f.item[0].param) - (size_t)shift) % 3, 0);
        assert_int_equal((strlen(f.item[0].pointer) - (size_t)shift) % 3, 0);
    }
}

static void test_an_error_names_the_statement_and_no_value(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = NULL;
    fixture_sql(f, "CREATE TABLE person (name text NOT NULL PRIMARY KEY, n bigint NOT NULL CONSTRAINT person_n CHECK (n > 0))");
    fixture_sql(f, "INSERT INTO person VALUES ('Nguyễn Văn Bí Mật', 1)");
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(db_raw(db, "INSERT INTO person VALUES ('Nguyễn Văn Bí Mật', 1)"), ERR_RETRY);
    assert_null(strstr(db_error(db), "Mật"));
    assert_int_equal(db_raw(db, "INSERT INTO person VALUES ('Trần Bí Mật', 0)"), ERR_INTERNAL);
    assert_null(strstr(db_error(db), "Mật"));
    assert_true(*db_error(db) != 0);
    assert_int_equal(db_begin(db), ERR_OK);
    enum err e = ERR_OK;
    for (int i = 0; i < 2 && !e; i++)
        e = db_exec(db, STMT_LEDGER_KEY_ADD, p_c("bí mật"), p_bytes(STR("0123456789abcdef")), p_bytes(STR("x")));
    if (!e)
        e = db_flush(db);
    assert_int_equal(e, ERR_RETRY);
    assert_null(strstr(db_error(db), "mật"));
    if (f->engine == ENGINE_POSTGRES)
        assert_string_equal(db_error(db), "23505 ledger_key_add stream_key_pkey");
    db_rollback(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_every_statement_prepares),
        BOTH_ENGINES(test_an_error_names_the_statement_and_no_value),
        BOTH_ENGINES(test_migrations_are_applied_once),
        BOTH_ENGINES(test_a_changed_migration_is_refused),
        BOTH_ENGINES(test_a_newer_release_is_refused),
        BOTH_ENGINES(test_a_missing_migration_is_said_by_a_reader),
        BOTH_ENGINES(test_two_processes_may_migrate_at_once),
        BOTH_ENGINES(test_values_come_back_as_they_were),
        BOTH_ENGINES(test_text_that_is_no_text_is_refused_alike),
        BOTH_ENGINES(test_a_failure_voids_the_whole_transaction),
        BOTH_ENGINES(test_only_a_taken_key_is_worth_another_try),
        BOTH_ENGINES(test_rolled_back_work_is_gone_and_statements_stay_prepared),
        BOTH_ENGINES(test_readings_may_be_nested),
        BOTH_ENGINES(test_parameters_may_die_before_the_rows),
        BOTH_ENGINES(test_a_reader_cannot_write),
        BOTH_ENGINES(test_a_transaction_of_a_thousand_statements),
        BOTH_ENGINES(test_text_is_ordered_by_its_bytes),
        BOTH_ENGINES(test_a_store_that_is_not_there_is_unavailable),
        ONLY_POSTGRES(test_a_lost_connection_is_made_anew),
        ONLY_SQLITE(test_a_full_disk_says_so_and_recovers),
        ONLY_SQLITE(test_the_log_of_sqlite_does_not_grow_for_ever),
        cmocka_unit_test(test_a_cut_complaint_is_still_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rules of replay, on both engines. */
#include "support/store_fixture.h"
#include "support/doc.h"
#include "domain/command/findings.h"
#include "base/buf.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct keyring keyring(void)
{
    struct key master = {{1, 2, 3}};
    return keyring_from_master(&master);
}

/* What replay wrote; *report_r and the error for the caller. */
static char *replayed(const struct fixture *f, size_t aggregates, struct replay_report *report, enum err expect)
{
    struct keyring k = keyring();
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    enum err e = replay_run(f->store, &k, doc_aggregates, aggregates, report, out);
    fclose(out);
    if (e != expect)
        fail_msg("%s: %s", err_info(e)->name, report->problem);
    return text;
}

static void assert_equal(const struct fixture *f)
{
    struct replay_report report;
    char *text = replayed(f, DOC_AGGREGATES, &report, ERR_OK);
    assert_string_equal(text, "");
    assert_int_equal(report.differences, 0);
    free(text);
}

static void fill(const struct fixture *f, struct id *first_r)
{
    struct keyring k = keyring();
    struct doc_maker *m = doc_maker_new(f->store, &k);
    *first_r = doc_make(m, "30292", "{\"title\":\"một\"}", "Nguyễn Văn A");
    struct id second = doc_make(m, "91.STP", "{\"title\":\"hai\"}", "Trần Thị B");
    struct id third = doc_make(m, "30292", "{\"title\":\"ba\"}", NULL);
    doc_change(m, "30292", *first_r, "{\"n\":5,\"title\":\"bốn\"}");
    doc_change_twice(m, "30292", third, "{\"n\":2,\"title\":\"năm\"}", "{\"n\":-2,\"title\":\"sáu\"}");
    doc_erase(m, "91.STP", second);
    doc_change(m, "91.STP", second, "{\"n\":3,\"title\":\"bảy\"}");
    doc_maker_free(&m);
}

static void test_a_replay_of_what_commands_wrote_finds_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    struct id first;
    struct replay_report report;
    fill(f, &first);
    char *text = replayed(f, DOC_AGGREGATES, &report, ERR_OK);
    assert_string_equal(text, "");
    assert_int_equal(report.differences, 0);
    assert_int_equal(report.events, 8);
    assert_int_equal(report.streams, 3);
    assert_int_equal(report.units, 2);
    assert_int_equal(report.tables, projection_count);
    assert_int_equal(report.rows, 3 * 9 + 2 + 2); /* counter and sums once a unit */
    free(text);
    /* Folding moves rows and changes no sum; a sum of nothing is like no row. */
    fixture_sql(f, "INSERT INTO count_total SELECT home_unit, name, day, procedure, SUM(n) FROM count_delta WHERE pos <= 2 "
                   "GROUP BY home_unit, name, day, procedure;\nDELETE FROM count_delta WHERE pos <= 2;\n"
                   "INSERT INTO count_total VALUES ('7', 'x', 1, 'p', 4);\nINSERT INTO count_delta VALUES ('7', 1, 'x', 1, 'p', -4)");
    assert_equal(f);
}

static void test_an_empty_store_replays(void **state)
{
    struct fixture *f = fixture_of(state);
    assert_equal(f);
}

static void test_each_changed_projection_is_named(void **state)
{
    static const struct {
        const char *table, *change, *back, *line;
    } c[] = {
        {"stream", "UPDATE stream SET at = at + 1 WHERE home_unit = '30292'", "UPDATE stream SET at = at - 1 WHERE home_unit = '30292'", ": at is "},
        {"stream", "UPDATE stream SET kind = 'cod' WHERE home_unit = '91.STP'", "UPDATE stream SET kind = 'doc'", ": kind is \"cod\", replayed \"doc\""},
        {"dossier", "UPDATE dossier SET owner_name = 'Hồ C' WHERE home_unit = '30292' AND owner_name <> ''",
         "UPDATE dossier SET owner_name = 'Nguyễn Văn A' WHERE owner_name <> ''", ": owner_name is (not shown), replayed (not shown)"},
        {"dossier", "UPDATE dossier SET due_at = -7 WHERE home_unit = '91.STP'", "UPDATE dossier SET due_at = 0", ": due_at is -7, replayed 0"},
        {"dossier_code", "UPDATE dossier_code SET kind = 'ow' WHERE home_unit = '91.STP'", "UPDATE dossier_code SET kind = 'own'", ": kind is \"ow\""},
        {"dossier_code", "INSERT INTO dossier_code SELECT 'x', home_unit, id, kind FROM dossier_code WHERE home_unit = '91.STP'",
         "DELETE FROM dossier_code WHERE code = 'x'", "dossier_code code=\"x\": the row is there, replayed it is not"},
        {"counter", "UPDATE counter SET n = n + 1 WHERE home_unit = '30292'", "UPDATE counter SET n = n - 1 WHERE home_unit = '30292'",
         "counter home_unit=\"30292\" name=\"doc\" period=\"2026\": n is 6, replayed 5"},
        {"work", "UPDATE work SET rank = 6 WHERE home_unit = '91.STP'", "UPDATE work SET rank = 5", "state=1 rank=5"},
        {"dossier_term", "UPDATE dossier_term SET term = 'termHồ' WHERE term <> 'term'",
         "UPDATE dossier_term SET term = 'termNguyễn Văn A' WHERE term = 'termHồ' AND id IN (SELECT id FROM dossier WHERE owner_name <> '');\n"
         "UPDATE dossier_term SET term = 'term' WHERE term = 'termHồ'",
         "term=(not shown)"},
        {"dossier_party", "UPDATE dossier_party SET name = 'Hồ C' WHERE home_unit = '91.STP'", "UPDATE dossier_party SET name = '' WHERE home_unit = '91.STP'",
         ": name is (not shown)"},
        {"dossier_party", "UPDATE dossier_party SET phone_hash = number_hash WHERE home_unit = '91.STP'", "UPDATE dossier_party SET phone_hash = NULL",
         ": phone_hash is (not shown)"},
        {"count_delta+count_total", "UPDATE count_delta SET n = n + 1 WHERE home_unit = '91.STP' AND pos = 3",
         "UPDATE count_delta SET n = n - 1 WHERE home_unit = '91.STP' AND pos = 3", "procedure=\"p\": n is 4, replayed 3"},
        {"count_delta+count_total", "INSERT INTO count_total VALUES ('5', 'x', 1, 'p', 4)", "DELETE FROM count_total", "home_unit=\"5\" name=\"x\" day=1"},
        {"staff", "DELETE FROM staff WHERE home_unit = '91.STP'",
         "INSERT INTO staff (home_unit, id, name, display, active) SELECT home_unit, id, code, owner_name, 1 FROM dossier WHERE home_unit = '91.STP'", "the row is missing, replayed it is there"},
        {"staff_role", "UPDATE staff_role SET valid_to = 3 WHERE home_unit = '91.STP'", "UPDATE staff_role SET valid_to = 2", ": valid_to is 3"},
        {"token", "UPDATE token SET revoked = 1 WHERE home_unit = '91.STP'", "UPDATE token SET revoked = 0", "token hash=(not shown): revoked is 1"},
    };
    struct fixture *f = fixture_of(state);
    struct id first;
    fill(f, &first);
    assert_equal(f);
    for (size_t i = 0; i < ARRAY_LEN(c); i++) {
        struct replay_report report;
        fixture_sql(f, "%s", c[i].change);
        char *text = replayed(f, DOC_AGGREGATES, &report, ERR_OK);
        if (report.differences < 1 || !strstr(text, c[i].line) || strncmp(text, c[i].table, strlen(c[i].table)) != 0)
            fail_msg("after %s: %s", c[i].change, text);
        for (int64_t d = 0; d < report.differences; d++)
            assert_string_equal(report.difference[d].table, c[i].table);
        assert_null(strstr(text, "Hồ")); /* no name of a person is ever printed */
        assert_null(strstr(text, "Nguy"));
        free(text);
        fixture_sql(f, "%s", c[i].back);
        assert_equal(f);
    }
}

/* Also of the projections that other subjects have: whatever a table is made of, a row that no event backs is named. */
static void test_a_row_without_events_is_named_in_every_projection(void **state)
{
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < projection_count; i++) {
        struct replay_report report;
        struct buf sql _buf_ = BUF_MAX(8192), values _buf_ = BUF_MAX(8192);
        char table[64], query[300];
        snprintf(table, sizeof table, "%.*s", (int)strcspn(projections[i].table, "+"), projections[i].table);
        snprintf(query, sizeof query, f->engine == ENGINE_SQLITE ? "SELECT name, type FROM pragma_table_info('%s')"
                 : "SELECT CAST(column_name AS text), CAST(data_type AS text) FROM information_schema.columns WHERE table_name = '%s'", table);
        struct db *db _db_ = NULL;
        struct rows r _rows_ = {0};
        assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
        assert_int_equal(db_raw_query(db, &r, query), ERR_OK);
        buf_printf(&sql, "INSERT INTO %s (", table);
        for (int n = 0; rows_next(&r); n++) {
            struct str type = row_str(&r, 1);
            buf_printf(&sql, "%s%.*s", n ? ", " : "", PRS(row_str(&r, 0)));
            buf_printf(&values, "%s%s", n ? ", " : "", str_is(type, "BLOB") ? "x'61'" : str_is(type, "bytea") ? "'\\x61'" : str_is(type, "INTEGER")
                       || str_is(type, "bigint") ? "7" : "'x'");
        }
        assert_int_equal(rows_end(&r), ERR_OK);
        fixture_sql(f, "%.*s) VALUES (%.*s)", PRS(buf_view(&sql)), PRS(buf_view(&values)));
        char *text = replayed(f, DOC_AGGREGATES, &report, ERR_OK);
        assert_int_equal(report.differences, 1);
        assert_string_equal(report.difference[0].table, projections[i].table);
        assert_non_null(strstr(text, "the row is there, replayed it is not\n"));
        free(text);
        fixture_sql(f, "DELETE FROM %s", table);
    }
}

static void test_many_differences_are_counted_and_not_all_printed(void **state)
{
    struct fixture *f = fixture_of(state);
    struct replay_report report;
    char sql[150 * 48] = "";
    for (int i = 0; i < 150; i++)
        snprintf(sql + strlen(sql), 48, "%s ('1', 'x%03d', '', 1)", i ? "," : "INSERT INTO counter VALUES", i);
    fixture_sql(f, "%s", sql);
    char *text = replayed(f, DOC_AGGREGATES, &report, ERR_OK);
    int lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(report.differences, 150);
    assert_int_equal(lines, REPLAY_DIFFERENCES_KEPT + 1);
    assert_non_null(strstr(text, "… and 50 more differences\n"));
    free(text);
}

static void test_an_event_that_nobody_knows_is_refused_by_name(void **state)
{
    struct fixture *f = fixture_of(state);
    struct replay_report report;
    struct id first;
    fill(f, &first);
    char *text = replayed(f, 0, &report, ERR_CORRUPT);
    assert_string_equal(report.problem, "unit 30292, position 1: this release knows no event \"doc.made\"");
    free(text);
    fixture_sql(f, "UPDATE event SET version = 3 WHERE home_unit = '91.STP' AND pos = 1");
    text = replayed(f, DOC_AGGREGATES, &report, ERR_CORRUPT);
    assert_string_equal(report.problem, "unit 91.STP, position 1: this release cannot apply event \"doc.made\" version 3 (corrupt)");
    free(text);
    fixture_sql(f, "DELETE FROM event WHERE home_unit = '30292' AND pos = 3");
    text = replayed(f, DOC_AGGREGATES, &report, ERR_CORRUPT);
    assert_string_equal(report.problem, "unit 30292, position 3: an event is missing at this position; run verify");
    free(text);
}

/* More streams than are kept at hand, and each comes again after it was written back. */
static void test_states_that_left_the_cache_come_back(void **state)
{
    enum { STREAMS = 2200 };
    struct fixture *f = fixture_of(state);
    struct keyring k = keyring();
    struct doc_maker *m = doc_maker_new(f->store, &k);
    struct id *id = calloc(STREAMS, sizeof *id);
    doc_begin(m);
    for (int i = 0; i < STREAMS; i++)
        id[i] = doc_make(m, "91", "{\"title\":\"một tài liệu\"}", i % 3 ? NULL : "Lê D");
    for (int i = 0; i < STREAMS; i++)
        doc_change(m, "91", id[i], "{\"n\":1,\"title\":\"khác\"}");
    doc_commit(m);
    doc_maker_free(&m);
    free(id);
    assert_equal(f);
}

/* A long life of one stream: its state is saved and loaded afresh on the way. */
static void test_a_stream_of_many_large_events_replays(void **state)
{
    struct fixture *f = fixture_of(state);
    struct keyring k = keyring();
    struct doc_maker *m = doc_maker_new(f->store, &k);
    char payload[9100], filler[9001];
    memset(filler, 'x', 9000);
    filler[9000] = '\0';
    struct id id = doc_make(m, "91", "{\"title\":\"a\"}", "Lê D");
    for (int i = 0; i < 60; i++) {
        snprintf(payload, sizeof payload, "{\"n\":%d,\"title\":\"%d%s\"}", i, i, filler);
        doc_change(m, "91", id, payload);
    }
    doc_maker_free(&m);
    assert_equal(f);
}

struct writing {
    const struct fixture *f;
    atomic_bool stop;
    int made;
};

static void *writes(void *arg)
{
    struct writing *w = arg;
    struct keyring k = keyring();
    struct doc_maker *m = doc_maker_new(w->f->store, &k);
    while (!atomic_load(&w->stop) && w->made < 150) {
        struct id id = doc_make(m, w->made % 2 ? "91" : "92", "{\"title\":\"mới\"}", "Lê D");
        doc_change(m, w->made % 2 ? "91" : "92", id, "{\"n\":1,\"title\":\"khác\"}");
        w->made++;
    }
    doc_maker_free(&m);
    return NULL;
}

static void test_a_replay_beside_a_writer_sees_one_moment(void **state)
{
    struct fixture *f = fixture_of(state);
    struct writing w = {f, false, 0};
    struct id first;
    pthread_t thread;
    fill(f, &first);
    pthread_create(&thread, NULL, writes, &w);
    for (int i = 0; i < 5; i++)
        assert_equal(f);
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    assert_true(w.made > 0);
    assert_equal(f);
}

static void test_nothing_is_left_behind(void **state)
{
    struct fixture *f = fixture_of(state);
    int64_t before = fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_class WHERE relpersistence = 't'");
    assert_equal(f);
    /* the session ends a little after its connection is closed */
    int64_t after = -1;
    for (int i = 0; i < 100 && after != before; i++) {
        struct timespec t = {0, 20000000};
        nanosleep(&t, NULL);
        after = fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_class WHERE relpersistence = 't'");
    }
    assert_int_equal(after, before);
}

static void test_findings_are_one_document(void **state)
{
    struct fixture *f = fixture_of(state);
    struct replay_report report;
    struct verify_report v;
    struct id first;
    fill(f, &first);
    fixture_sql(f, "UPDATE counter SET n = 9 WHERE home_unit = '30292'");
    free(replayed(f, DOC_AGGREGATES, &report, ERR_OK));
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_int_equal(replay_print(out, &report, true), 1);
    fflush(out);
    json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_integer_value(json_object_get(j, "differences")), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(j, "first_differences"), 0), "live")), "9");
    assert_true(json_is_null(json_object_get(j, "problem")));
    json_decref(j);
    rewind(out);
    assert_int_equal(verify_print(out, &v, NULL, true), 0);
    fflush(out);
    j = json_loadb(text, (size_t)(strchr(text, '\n') - text), 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(j, "events")), 8);
    assert_int_equal(json_integer_value(json_object_get(j, "erased")), 1);
    assert_true(json_is_null(json_object_get(j, "fault")));
    json_decref(j);
    fclose(out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_replay_of_what_commands_wrote_finds_nothing),
        BOTH_ENGINES(test_an_empty_store_replays),
        BOTH_ENGINES(test_each_changed_projection_is_named),
        BOTH_ENGINES(test_a_row_without_events_is_named_in_every_projection),
        BOTH_ENGINES(test_many_differences_are_counted_and_not_all_printed),
        BOTH_ENGINES(test_an_event_that_nobody_knows_is_refused_by_name),
        BOTH_ENGINES(test_states_that_left_the_cache_come_back),
        BOTH_ENGINES(test_a_stream_of_many_large_events_replays),
        BOTH_ENGINES(test_a_replay_beside_a_writer_sees_one_moment),
        ONLY_POSTGRES(test_nothing_is_left_behind),
        BOTH_ENGINES(test_findings_are_one_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

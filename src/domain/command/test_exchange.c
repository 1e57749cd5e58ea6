/* Rules of export and import. */
#include "support/store_fixture.h"
#include "support/doc.h"
#include "support/toy.h"
#include "domain/command/exchange_private.h"
#include "domain/command/findings.h"
#include "base/dataset.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct keyring keyring(unsigned char no)
{
    struct key master = {{no}};
    return keyring_from_master(&master);
}

static void path_in(const struct fixture *f, const char *name, char out[300]) { snprintf(out, 300, "%s/%s", f->folder, name); }

static void write_file(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    fclose(file);
}

static struct str exported(const struct fixture *f, const struct keyring *k, const char *keys_path, struct exchange_report *report)
{
    char *text = NULL;
    size_t n = 0;
    struct fail fail = {0};
    FILE *out = open_memstream(&text, &n);
    if (export_run(f->store, k, out, false, keys_path, report, &fail))
        fail_msg("%s %s", fail.item[0].code, fail.item[0].param);
    fclose(out);
    assert_int_equal(report->bytes, n);
    return str_bytes(text, n);
}

static void assert_replays(const struct fixture *f, const struct keyring *k)
{
    struct replay_report report;
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld %s", v.unit, (long long)v.pos, v.what);
    if (replay_run(f->store, k, doc_aggregates, DOC_AGGREGATES, &report, stderr) || report.differences)
        fail_msg("%s, %lld differences", report.problem, (long long)report.differences);
}

/* Everything that may stand in an event: letters of all lengths, each escape, nothing, much. */
static void fill(const struct fixture *f, const struct keyring *k)
{
    struct doc_maker *m = doc_maker_new(f->store, k);
    char *large = malloc(300001);
    memset(large, 'x', 300000);
    large[300000] = '\0';
    char *payload = NULL;
    if (asprintf(&payload, "{\"body\":\"%s\\\\\\\"\",\"title\":\"bốn\"}", large) < 0)
        abort();
    struct id first = doc_make(m, "30292", "{\"title\":\"Đơn đề nghị \\\"cấp lại\\\"\\n\\u0001\\\\ 𠀀 €\"}", "Nguyễn Văn A");
    struct id second = doc_make(m, "91.STP", "{\"title\":\"\"}", "Trần Thị B");
    doc_make(m, "Đắk/Lắk \"1\"", payload, NULL);
    doc_change(m, "30292", first, "{\"n\":-9007199254740992,\"title\":\"\\u001f\x7f\"}");
    doc_erase(m, "91.STP", second);
    doc_change_twice(m, "30292", first, "{\"n\":9007199254740992,\"title\":\"/\"}", "{\"n\":1}");
    doc_maker_free(&m);
    free(large);
    free(payload);
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        struct hash h = dataset_hash(datasets[i].packed);
        assert_int_equal(db_exec(db, STMT_LEDGER_DATASET_ADD, p_bytes(hash_str(&h)), p_c(datasets[i].name), p_bytes(datasets[i].packed)), ERR_OK);
    }
}

static enum err import(const struct fixture *f, const struct keyring *k, const char *path, const char *keys, struct exchange_report *report, struct fail *fail)
{
    *fail = (struct fail){0};
    return import_run(f->store, k, doc_aggregates, DOC_AGGREGATES, path, keys, report, fail);
}

static void import_well(const struct fixture *f, const struct keyring *k, const char *path, const char *keys, struct exchange_report *report)
{
    struct fail fail;
    if (import(f, k, path, keys, report, &fail))
        fail_msg("%s %s", fail.item[0].code, fail.item[0].param);
}

static void test_a_journey_over_both_engines_gives_the_same_bytes(void **state)
{
    struct fixture *from = fixture_of(state), *over = fixture_new(from->engine == ENGINE_SQLITE ? ENGINE_POSTGRES : ENGINE_SQLITE),
                   *home = fixture_new(from->engine);
    if (!over) {
        fixture_free(&home);
        skip();
    }
    struct keyring k1 = keyring(1), k2 = keyring(2), k3 = keyring(3);
    struct exchange_report out, in, again;
    char path[300], keys[300], path2[300], keys2[300];
    path_in(from, "export.jsonl", path);
    path_in(from, "export.keys", keys);
    path_in(from, "export2.jsonl", path2);
    path_in(from, "export2.keys", keys2);
    fill(from, &k1);
    struct str first = exported(from, &k1, keys, &out);
    write_file(path, first);
    assert_int_equal(out.events, 7);
    assert_int_equal(out.units, 3);
    assert_int_equal(out.datasets, 3);
    assert_int_equal(out.keys, 1); /* of two people one is erased */
    struct stat st;
    assert_int_equal(stat(keys, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    import_well(over, &k2, path, keys, &in);
    assert_int_equal(in.keys, 1);
    assert_memory_equal(in.root.b, out.root.b, HASH_BYTES);
    assert_replays(over, &k2);
    assert_int_equal(fixture_int(over, "SELECT CAST(COUNT(*) AS BIGINT) FROM dossier WHERE owner_name = 'Nguyễn Văn A'"), 1);
    struct str second = exported(over, &k2, keys2, &again);
    assert_true(str_eq(first, second));
    write_file(path2, second);

    import_well(home, &k3, path2, keys2, &again);
    assert_replays(home, &k3);
    struct str third = exported(home, &k3, NULL, &again);
    assert_true(str_eq(first, third));
    assert_memory_equal(again.root.b, out.root.b, HASH_BYTES);
    free((void *)(uintptr_t)first.p);
    free((void *)(uintptr_t)second.p);
    free((void *)(uintptr_t)third.p);
    fixture_free(&over);
    fixture_free(&home);
}

static void test_without_its_keys_an_import_holds_no_names(void **state)
{
    struct fixture *f = fixture_of(state), *to = fixture_new(f->engine);
    struct keyring k = keyring(1), other = keyring(2);
    struct exchange_report report;
    char path[300];
    path_in(f, "e", path);
    fill(f, &k);
    struct str text = exported(f, &k, NULL, &report);
    assert_true(str_find(text, STR("Nguyễn")) < 0);
    write_file(path, text);
    import_well(to, &other, path, NULL, &report);
    assert_replays(to, &other);
    assert_int_equal(fixture_int(to, "SELECT CAST(COUNT(*) AS BIGINT) FROM dossier WHERE owner_name <> ''"), 0);
    free((void *)(uintptr_t)text.p);
    fixture_free(&to);
}

static void test_an_import_wants_an_empty_store(void **state)
{
    struct fixture *f = fixture_of(state);
    struct keyring k = keyring(1);
    struct exchange_report report;
    struct fail fail;
    char path[300];
    path_in(f, "e", path);
    fill(f, &k);
    struct str text = exported(f, &k, NULL, &report);
    write_file(path, text);
    assert_int_equal(import(f, &k, path, NULL, &report, &fail), ERR_CONFLICT);
    assert_string_equal(fail.item[0].code, "import.store-not-empty");
    assert_int_equal(store_schema_current(f->store, &fail), ERR_OK); /* and leaves no mark on it */
    assert_replays(f, &k);
    assert_int_equal(import(f, &k, "/nonexistent", NULL, &report, &fail), ERR_NOT_FOUND);
    free((void *)(uintptr_t)text.p);
}

static void test_a_broken_off_import_refuses_service_and_may_be_tried_again(void **state)
{
    struct fixture *f = fixture_of(state), *to = fixture_new(f->engine);
    struct keyring k = keyring(1);
    struct exchange_report report;
    struct fail fail = {0};
    char path[300], keys[300];
    path_in(f, "e", path);
    path_in(f, "k", keys);
    fill(f, &k);
    struct str text = exported(f, &k, keys, &report);
    write_file(path, text);
    /* what this release does not know shows only while writing */
    assert_int_equal(import_run(to->store, &k, doc_aggregates + 1, 1, path, keys, &report, &fail), ERR_CORRUPT);
    assert_string_equal(fail.item[0].code, "import.event-unknown");
    assert_non_null(strstr(fail.item[0].param, "this release knows no event \"doc.made\""));
    /* as when the process was killed after some batches */
    fixture_sql(to, "INSERT INTO event SELECT '1', 1, hash, 1, 't', 1, 1, '', '', '', hash, hash, hash FROM (SELECT CAST('abc' AS %s) AS hash) x;\n"
                    "INSERT INTO counter VALUES ('1', 'x', '', 1)", to->engine == ENGINE_SQLITE ? "BLOB" : "bytea");
    fail = (struct fail){0};
    assert_int_equal(store_finished(to->store, &fail), ERR_UNAVAILABLE);
    assert_string_equal(fail.item[0].param, "import");
    assert_int_equal(store_schema_current(to->store, &fail), ERR_UNAVAILABLE);
    struct engine_room room = {.store = to->store, .keyring = k};
    assert_int_equal(engine_room_start(&room, 1, NULL, NULL), ERR_UNAVAILABLE);

    import_well(to, &k, path, keys, &report);
    assert_int_equal(store_schema_current(to->store, &fail), ERR_OK);
    assert_replays(to, &k);
    struct str again = exported(to, &k, NULL, &report);
    assert_true(str_eq(text, again));
    free((void *)(uintptr_t)text.p);
    free((void *)(uintptr_t)again.p);
    fixture_free(&to);
}

static void test_commands_go_on_after_an_import(void **state)
{
    struct fixture *f = fixture_of(state), *to = fixture_new(f->engine);
    struct arena *a _arena_ = arena_new();
    struct outcome out;
    struct exchange_report report;
    char path[300], keys[300];
    path_in(f, "e", path);
    path_in(f, "k", keys);
    struct engine_room *room = toy_room(f->store, 1, NULL);
    struct command open = toy_command(a, "open", "91", (struct id){{0}}, "k1", "{\"label\": \"một\", \"name\": \"Trần Thị B\"}");
    assert_int_equal(command_wait(room, a, &open, &out), ERR_OK);
    struct command add = toy_command(a, "add", "91", out.stream, "k2", "{\"n\": 5, \"times\": 3}");
    assert_int_equal(command_wait(room, a, &add, &out), ERR_OK);
    struct str text = exported(f, &room->keyring, keys, &report);
    write_file(path, text);
    import_well(to, &room->keyring, path, keys, &report);
    struct engine_room *there = toy_room(to->store, 1, NULL);
    struct command more = toy_command(a, "add", "91", out.stream, "k3", "{\"n\": 7}");
    assert_int_equal(command_wait(there, a, &more, &out), ERR_OK);
    assert_int_equal(out.seq_to, 5);
    assert_int_equal(((struct toy *)out.state)->sum, 22);
    assert_true(str_is(((struct toy *)out.state)->name, "Trần Thị B"));
    struct keyring k = there->keyring;
    toy_room_close(&there);
    assert_replays(to, &k);
    toy_room_close(&room);
    free((void *)(uintptr_t)text.p);
    fixture_free(&to);
}

static void test_a_compressed_export_is_the_same_export(void **state)
{
    struct fixture *f = fixture_of(state), *to = fixture_new(f->engine);
    struct keyring k = keyring(1);
    struct exchange_report plain, packed, report;
    struct fail fail = {0};
    char path[300];
    path_in(f, "e.zst", path);
    fill(f, &k);
    struct str text = exported(f, &k, NULL, &plain);
    FILE *out = fopen(path, "wb");
    assert_int_equal(export_run(f->store, &k, out, true, NULL, &packed, &fail), ERR_OK);
    assert_true(ftell(out) < plain.bytes);
    fclose(out);
    assert_memory_equal(packed.sha256.b, plain.sha256.b, HASH_BYTES);
    assert_int_equal(packed.bytes, plain.bytes);
    assert_int_equal(import_check(path, &report, &fail), ERR_OK);
    assert_int_equal(report.bytes, plain.bytes);
    import_well(to, &k, path, NULL, &report);
    assert_replays(to, &k);
    assert_int_equal(truncate(path, 900), 0);
    assert_int_equal(import_check(path, &report, &fail), ERR_MALFORMED);
    free((void *)(uintptr_t)text.p);
    fixture_free(&to);
}

static void test_a_store_that_does_not_verify_is_not_exported(void **state)
{
    static const char *const tamper[] = {
        "UPDATE event SET at = at + 1 WHERE home_unit = '30292' AND pos = 2", "DELETE FROM event WHERE home_unit = '30292' AND pos = 2",
        "UPDATE unit_head SET pos = pos + 1 WHERE home_unit = '30292'", "UPDATE unit_head SET hash = salt FROM event WHERE unit_head.home_unit = '30292'",
        "UPDATE dataset SET packed = sha256", "UPDATE event SET payload = salt",
    };
    struct fixture *f = fixture_of(state);
    struct keyring k = keyring(1);
    fill(f, &k);
    for (size_t i = 0; i < ARRAY_LEN(tamper); i++) {
        struct exchange_report report;
        struct fail fail = {0};
        FILE *out = fopen("/dev/null", "w");
        fixture_sql(f, "CREATE TABLE kept_event AS SELECT * FROM event;\nCREATE TABLE kept_head AS SELECT * FROM unit_head;\n"
                       "CREATE TABLE kept_dataset AS SELECT * FROM dataset;\n%s", tamper[i]);
        assert_int_equal(export_run(f->store, &k, out, false, NULL, &report, &fail), ERR_CORRUPT);
        assert_string_equal(fail.item[0].code, "export.not-verified");
        fclose(out);
        fixture_sql(f, "DELETE FROM event;\nINSERT INTO event SELECT * FROM kept_event;\nDELETE FROM unit_head;\n"
                       "INSERT INTO unit_head SELECT * FROM kept_head;\nDELETE FROM dataset;\nINSERT INTO dataset SELECT * FROM kept_dataset;\n"
                       "DROP TABLE kept_event;\nDROP TABLE kept_head;\nDROP TABLE kept_dataset");
    }
    struct exchange_report report;
    free((void *)(uintptr_t)exported(f, &k, NULL, &report).p);
}

static void test_keys_are_only_for_their_export(void **state)
{
    struct fixture *f = fixture_of(state), *to = fixture_new(f->engine);
    struct keyring k = keyring(1);
    struct exchange_report report;
    struct fail fail = {0};
    char path[300], keys[300];
    path_in(f, "e", path);
    path_in(f, "k", keys);
    fill(f, &k);
    struct str text = exported(f, &k, keys, &report);
    write_file(path, text);
    FILE *null = fopen("/dev/null", "w");
    assert_int_equal(export_run(f->store, &k, null, false, keys, &report, &fail), ERR_CONFLICT); /* keys are never overwritten */
    fclose(null);

    struct doc_maker *m = doc_maker_new(f->store, &k);
    doc_make(m, "91", "{\"title\":\"sau\"}", NULL);
    doc_maker_free(&m);
    struct str later = exported(f, &k, NULL, &report);
    write_file(path, later);
    assert_int_equal(import(to, &k, path, keys, &report, &fail), ERR_CONFLICT);
    assert_string_equal(fail.item[0].code, "import.keys-other");
    assert_int_equal(import(to, &k, path, path, &report, &fail), ERR_MALFORMED);
    write_file(path, text);
    truncate(keys, 300) ? abort() : (void)0;
    assert_int_equal(import(to, &k, path, keys, &report, &fail), ERR_MALFORMED);
    assert_string_equal(fail.item[0].code, "import.keys-malformed");
    assert_int_equal(store_finished(to->store, &fail), ERR_OK); /* found before anything was written */
    free((void *)(uintptr_t)text.p);
    free((void *)(uintptr_t)later.p);
    fixture_free(&to);
}

/* --- bad files --- */

struct lines {
    struct str line[32];
    size_t n;
};

static struct lines lines_of(struct str text)
{
    struct lines l = {.n = 0};
    for (struct str rest = text; rest.n;) {
        ptrdiff_t end = str_find_char(rest, '\n');
        l.line[l.n++] = str_sub(rest, 0, (size_t)end + 1);
        rest = str_sub(rest, (size_t)end + 1, rest.n);
    }
    return l;
}

/* Joins the lines; with a fitting end line when asked, so that only the one fault is found. */
static struct str joined(struct arena *a, const struct lines *l, bool mend)
{
    struct buf b _buf_ = BUF_MAX(64 << 20);
    size_t n = mend ? l->n - 1 : l->n;
    for (size_t i = 0; i < n; i++)
        buf_str(&b, l->line[i]);
    if (mend) {
        struct hash h = SHA256(buf_view(&b));
        line_write_end(&b, (int64_t)n, &h);
        buf_char(&b, '\n');
    }
    return str_dup(a, buf_view(&b));
}

static struct str replaced(struct arena *a, struct str s, const char *old, const char *new)
{
    ptrdiff_t at = str_find(s, str_of(old));
    if (at < 0)
        fail_msg("%s is not in the line", old);
    return str_printf(a, "%.*s%s%.*s", (int)at, s.p, new, PRS(str_sub(s, (size_t)at + strlen(old), s.n)));
}

/* Another character right after `after`. */
static void poke(struct arena *a, struct str *line, const char *after, char c)
{
    char *copy = (char *)(uintptr_t)str_dup(a, *line).p;
    copy[str_find(*line, str_of(after)) + (ptrdiff_t)strlen(after)] = c;
    line->p = copy;
}

static void assert_refused(const struct fixture *f, struct str bytes, const char *code, const char *param)
{
    char path[300];
    struct exchange_report report;
    struct fail fail = {0};
    path_in(f, "bad", path);
    write_file(path, bytes);
    enum err e = import_check(path, &report, &fail);
    if (!e || strcmp(fail.item[0].code, code) != 0 || strncmp(fail.item[0].param, param, strlen(param)) != 0)
        fail_msg("expected %s %s, got %s: %s %s", code, param, err_info(e)->name, fail.item[0].code, fail.item[0].param);
}

static void test_each_bad_file_is_refused_with_its_line(void **state)
{
    struct fixture *f = fixture_of(state);
    struct arena *a _arena_ = arena_new();
    struct keyring k = keyring(1);
    struct exchange_report report;
    struct doc_maker *m = doc_maker_new(f->store, &k);
    struct id id = doc_make(m, "91", "{\"title\":\"một\"}", NULL);
    doc_change(m, "91", id, "{\"n\":1,\"title\":\"hai\"}");
    doc_make(m, "92", "{\"title\":\"ba\"}", NULL);
    doc_maker_free(&m);
    struct str text = exported(f, &k, NULL, &report);
    const struct lines good = lines_of(text); /* header, three events, end */
    assert_int_equal(good.n, 5);
    struct lines l;

#define BAD(mend, code, param, ...)                                       \
    do {                                                                  \
        l = good;                                                         \
        __VA_ARGS__;                                                      \
        assert_refused(f, joined(a, &l, mend), "import." code, param);    \
    } while (0)
#define CHANGED(i, old, new) l.line[i] = replaced(a, l.line[i], old, new)
    BAD(false, "truncated", "line 1: the file is empty", l.n = 0);
    BAD(false, "truncated", "line 3: the file ends without", l.n = 2);
    BAD(false, "truncated", "line 5: the file ends in the middle", l.line[4].n -= 1);
    BAD(false, "truncated", "line 1: the file ends in the middle", l.n = 1, l.line[0].n = 5);
    BAD(false, "format-unknown", "line 1: this release", CHANGED(0, "motcua-export-1", "motcua-export-2"));
    BAD(false, "format-unknown", "line 1: the file is not", l.line[0] = STR("hello\n"));
    BAD(false, "format-unknown", "line 1: the header is missing", l.line[0] = good.line[1]);
    BAD(true, "line-malformed", "line 3: it is not one of the known lines", l.line[2] = STR("\n"));
    BAD(true, "line-malformed", "line 3: it is not one", CHANGED(2, ",\"at\":", ", \"at\":"));
    BAD(true, "line-malformed", "line 3: it is not one", CHANGED(2, "\"basis\"", "\"Basis\""));
    BAD(true, "line-malformed", "line 3: something follows", CHANGED(2, "\"version\":1}", "\"version\":1} "));
    BAD(true, "line-malformed", "line 2: a number is missing or not", CHANGED(1, "\"pos\":1", "\"pos\":01"));
    BAD(true, "line-malformed", "line 2: a number is missing or not", CHANGED(1, "\"pos\":1", "\"pos\":-0"));
    BAD(true, "line-malformed", "line 2: a number is out of range", CHANGED(1, "\"pos\":1", "\"pos\":0"));
    BAD(true, "line-malformed", "line 2: a number is missing or not", CHANGED(1, "\"seq\":1", "\"seq\":99999999999999999999"));
    BAD(true, "line-malformed", "line 2: a text is not escaped", CHANGED(1, "doc.made", "doc\\u002emade"));
    BAD(true, "line-malformed", "line 2: a text is not escaped", CHANGED(1, "doc.made", "doc\\/made"));
    BAD(true, "line-malformed", "line 2: a text is not escaped", CHANGED(1, "doc.made", "doc\tmade"));
    BAD(true, "line-malformed", "line 2: a name holds a NUL", CHANGED(1, "doc.made", "doc\\u0000made"));
    BAD(true, "line-malformed", "line 2: it is not UTF-8", CHANGED(1, "doc.made", "doc\xc0\xaemade"));
    BAD(true, "line-malformed", "line 2: it is not UTF-8", CHANGED(1, "doc.made", "doc\xed\xa0\x80made"));
    BAD(true, "line-malformed", "line 2: a hash, salt or id has another length", CHANGED(1, "\"salt\":\"", "\"salt\":\"00"));
    BAD(true, "line-malformed", "line 2: a hash, salt or id is not lower-case", poke(a, &l.line[1], "\"salt\":\"", 'A'));
    BAD(true, "line-malformed", "line 2: the type is empty", CHANGED(1, "doc.made", ""));
    BAD(true, "line-malformed", "line 2: the actor or the legal basis is too long",
        CHANGED(1, "\"actor\":\"", "\"actor\":\"123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"));
    BAD(true, "line-malformed", "line 2: the payload is larger than 1 MiB",
        char *big = arena_alloc(a, (1 << 20) + 100); memcpy(big, "\"payload\":\"", 11); memset(big + 11, 'x', (1 << 20) + 1); CHANGED(1, "\"payload\":\"", big));
    BAD(true, "line-order", "line 3: this position of the unit was there", l.line[2] = good.line[1]);
    BAD(true, "hash", "line 2: an event is missing", l.line[1] = good.line[2], l.line[2] = good.line[1]);
    BAD(true, "hash", "line 3: its unit comes before", l.line[1] = good.line[3], l.line[2] = good.line[1]);
    BAD(true, "hash", "line 2: its bytes do not give its hash", CHANGED(1, "một", "mốt"));
    BAD(true, "hash", "line 3: its bytes do not give its hash", CHANGED(2, "\"version\":1", "\"version\":2"));
    BAD(true, "line-order", "line 2: this line has no place", l.line[1] = good.line[0]);
    BAD(true, "sum", "line 1: the numbers of units or events", CHANGED(0, "\"events\":3", "\"events\":4"));
    BAD(true, "root", "line 1: the events do not give the root", poke(a, &l.line[0], "\"root\":\"", *(good.line[0].p + str_find(good.line[0], STR("root")) + 7) == '0' ? '1' : '0'));
    BAD(true, "sum", "line 1: the numbers of units or events", l.line[3] = good.line[4], l.n = 4); /* an event is gone, all else fits */
    BAD(false, "sum", "line 5: the number of lines", CHANGED(4, "\"lines\":4", "\"lines\":5"));
    BAD(false, "sum", "line 5: the lines do not give", CHANGED(0, "\"units\":2", "\"units\":3"));
    BAD(false, "trailing", "line 6: something follows", l.line[5] = good.line[4], l.n = 6);
    BAD(false, "trailing", "line 6: something follows", l.line[5] = STR(" "), l.n = 6);
    BAD(false, "unreadable", "line 1: the file cannot be read", l.line[0] = STR("\x28\xb5\x2f\xfd rubbish that is no frame"), l.n = 1);
    BAD(true, "line-malformed", "line 2: a dataset is not base64", l.line[1] = STR("{\"dataset\":\"a\",\"packed\":\"AA=\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}\n"));
    BAD(true, "hash", "line 2: the bytes of the dataset", l.line[1] = STR("{\"dataset\":\"a\",\"packed\":\"AA==\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}\n"));
    /* and mending does not mend what is good into something else */
    assert_true(str_eq(joined(a, &good, true), text));
    char path[300];
    struct fail fail = {0};
    path_in(f, "good", path);
    write_file(path, text);
    assert_int_equal(import_check(path, &report, &fail), ERR_OK);
    free((void *)(uintptr_t)text.p);
}

/* Whatever is read is written again byte by byte, and whatever was written can be read. */
static void test_reading_and_writing_a_line_are_inverse(void **state)
{
    (void)state;
    static const char *const piece[] = {"a", "\"", "\\", "\n", "\r", "\t", "\b", "\f", "\x01", "\x1f", "\x7f", "đ", "€", "𠀀", "/", " ", "u0041", "\xef\xbf\xbf"};
    uint64_t seed = 20261121;
    struct buf out _buf_ = BUF_MAX(LINE_BYTES_MAX), again _buf_ = BUF_MAX(LINE_BYTES_MAX), text _buf_ = BUF_MAX(LINE_BYTES_MAX);
    for (int i = 0; i < 20000; i++) {
        char s[6][400];
        size_t n[6];
        for (int j = 0; j < 6; j++) {
            n[j] = 0;
            for (uint64_t pieces = draw(&seed) % (j == 5 ? 60 : 6) + (j < 2); pieces; pieces--) {
                const char *p = piece[draw(&seed) % ARRAY_LEN(piece)];
                memcpy(s[j] + n[j], p, strlen(p));
                n[j] += strlen(p);
            }
        }
        struct event e = {.home_unit = str_bytes(s[0], n[0]), .type = str_bytes(s[1], n[1]), .actor = str_bytes(s[2], n[2]), .unit = str_bytes(s[3], n[3]),
                          .basis = str_bytes(s[4], n[4]), .payload = str_bytes(s[5], n[5]), .pos = (int64_t)(draw(&seed) >> 12) + 1, .seq = 1 + i,
                          .at = (int64_t)(draw(&seed) >> 12) * (i % 2 ? 1 : -1), .version = i};
        memcpy(e.salt, &seed, 8);
        memcpy(e.hash.b + 7, &seed, 8);
        memcpy(e.stream.b + 3, &seed, 8);
        struct line l;
        buf_clear(&out);
        buf_clear(&again);
        assert_true(line_write_event(&out, &e));
        const char *wrong = line_parse(buf_view(&out), &text, &l);
        if (wrong)
            fail_msg("%s: %.*s", wrong, PRS(buf_view(&out)));
        assert_true(str_eq(l.event.payload, e.payload) && str_eq(l.event.basis, e.basis) && l.event.at == e.at && l.event.pos == e.pos);
        assert_true(line_write_event(&again, &l.event));
        assert_true(str_eq(buf_view(&out), buf_view(&again)));
        /* a line that was changed somewhere is either refused or still its own canonical form */
        if (out.n) {
            out.p[draw(&seed) % out.n] = (char)draw(&seed);
            buf_clear(&again);
            if (!line_parse(buf_view(&out), &text, &l) && l.kind == LINE_EVENT) {
                assert_true(line_write_event(&again, &l.event));
                assert_true(str_eq(buf_view(&out), buf_view(&again)));
            }
        }
    }
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_journey_over_both_engines_gives_the_same_bytes),
        BOTH_ENGINES(test_without_its_keys_an_import_holds_no_names),
        BOTH_ENGINES(test_an_import_wants_an_empty_store),
        BOTH_ENGINES(test_a_broken_off_import_refuses_service_and_may_be_tried_again),
        BOTH_ENGINES(test_commands_go_on_after_an_import),
        BOTH_ENGINES(test_a_compressed_export_is_the_same_export),
        BOTH_ENGINES(test_a_store_that_does_not_verify_is_not_exported),
        BOTH_ENGINES(test_keys_are_only_for_their_export),
        ONLY_SQLITE(test_each_bad_file_is_refused_with_its_line),
        cmocka_unit_test(test_reading_and_writing_a_line_are_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

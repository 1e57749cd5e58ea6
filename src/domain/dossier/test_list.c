/* Every read of the query layer is served by an index, on both engines, with every choice of its fragments: with enough rows that a planner
 * has a choice, the plan is asked for and must name the index, and neither scan a table nor sort. */
#include "base/buf.h"
#include "domain/dossier/list.h"
#include "support/store_fixture.h"
#include <stdio.h>
#include <stdlib.h>

/* What stands for ?1 … in a plan; a text of '' is a literal of its own on both engines. */
struct literal {
    const char *sqlite, *pg;
};
#define SAME(text) {text, text}
#define BYTES(hex) {"x'" hex "'", "'\\x" hex "'::bytea"}
#define ID16 "01a1ff8eb6b97e33aaaf5ac890eaea44"
#define ID32 ID16 ID16

static void literal_text(struct buf *b, const char *sql, char sign, enum engine e, const struct literal *values, size_t n)
{
    for (const char *p = sql; *p; p++) {
        char *end;
        unsigned long at = *p == sign ? strtoul(p + 1, &end, 10) : 0;
        if (!at) {
            buf_char(b, *p);
            continue;
        }
        assert_true(at <= n);
        buf_c(b, e == ENGINE_SQLITE ? values[at - 1].sqlite : values[at - 1].pg);
        p = end - 1;
    }
}

static void plan_of(const struct fixture *f, enum stmt_id id, unsigned mask, const struct literal *values, size_t n, struct buf *plan)
{
    struct buf sql _buf_ = BUF_MAX(16 * 1024);
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    bool lite = f->engine == ENGINE_SQLITE;
    buf_c(&sql, lite ? "EXPLAIN QUERY PLAN " : "EXPLAIN (COSTS OFF) ");
    literal_text(&sql, lite ? stmt_text[id].sqlite[mask] : stmt_text[id].pg[mask], lite ? '?' : '$', f->engine, values, n);
    buf_char(&sql, '\0');
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    if (db_raw_query(db, &r, sql.p))
        fail_msg("%s: %s", sql.p, db_error(db));
    while (rows_next(&r)) {
        buf_str(plan, row_str(&r, lite ? 3 : 0));
        buf_char(plan, '\n');
    }
    buf_char(plan, '\0');
}

static void assert_served(const struct fixture *f, enum stmt_id id, unsigned mask, const struct literal *values, size_t n, const char *index_sqlite,
                          const char *index_pg)
{
    struct buf plan _buf_ = BUF_MAX(64 * 1024);
    plan_of(f, id, mask, values, n, &plan);
    bool lite = f->engine == ENGINE_SQLITE;
    const char *const never_sqlite[] = {"SCAN w", "SCAN d", "SCAN dossier", "SCAN work", "SCAN s\n", "SCAN cited", "SCAN count", "SCAN result", "TEMP B-TREE"},
               *const never_pg[] = {"Seq Scan", "Sort"};
    bool small = id == STMT_DOSSIER_SEARCH && strcmp(values[1].pg, "'v17'") == 0; /* few rows: read at once and sorted */
    bool few = id == STMT_DOSSIER_OF_PERSON; /* one person's, each once */
    const char *const *never = lite ? never_sqlite : never_pg;
    for (size_t i = 0; i < (lite ? ARRAY_LEN(never_sqlite) : ARRAY_LEN(never_pg)); i++)
        if (strstr(plan.p, never[i]) && !(small && strcmp(never[i], "Sort") == 0) && !(few && strcmp(never[i], lite ? "TEMP B-TREE" : "Sort") == 0))
            fail_msg("%s, fragments %u: %s in\n%s", stmt_text[id].name, mask, never[i], plan.p);
    if (!strstr(plan.p, lite ? index_sqlite : index_pg))
        fail_msg("%s, fragments %u: not by %s:\n%s", stmt_text[id].name, mask, lite ? index_sqlite : index_pg, plan.p);
}

enum { ROWS = 12000 };

static void fill_one(const struct fixture *f, const char *into)
{
    const char *id = f->engine == ENGINE_SQLITE ? "CAST(printf('%016d', i) AS BLOB)" : "convert_to(lpad(i::text, 16, '0'), 'UTF8')";
    struct buf b _buf_ = BUF_MAX(4096);
    const char *hole = strstr(into, "{id}"), *select = strstr(into, "SELECT");
    buf_put(&b, into, (size_t)(select - into));
    buf_printf(&b, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", ROWS);
    buf_put(&b, select, (size_t)(hole - select));
    buf_c(&b, id);
    buf_c(&b, hole + 4);
    buf_char(&b, '\0');
    fixture_sql(f, "%s", b.p);
}

/* Dossiers of 20 communes in one province, each in two audiences, in all states, with words, parties, files, results and counts. */
static void fill(const struct fixture *f)
{
#define HOME "CAST(30000 + i % 20 AS TEXT), {id}"
    static const char *const rows[] = {
        "INSERT INTO dossier SELECT " HOME ", 'H01.' || i, '1.001193', '', '', 1 + i % 10, 'counter', '91', 'process', '', i, i, i, i, 0, 0, 0, 0, 0, '', '', ' h01 ' || i || ' nguyen v' || i % 300, 2026, i, 2, 0, 0, 0 FROM n",
        "INSERT INTO work SELECT 'p:91', 1 + i % 10, i, " HOME " FROM n",
        "INSERT INTO work SELECT 'u:' || CAST(30000 + i % 20 AS TEXT), 1 + i % 10, i, " HOME " FROM n",
        "INSERT INTO dossier_term SELECT 'p:91', 'nguyen', " HOME " FROM n",
        "INSERT INTO dossier_term SELECT 'p:91', 'v' || i % 300, " HOME " FROM n",
        "INSERT INTO dossier_term SELECT 'u:' || CAST(30000 + i % 20 AS TEXT), 'nguyen', " HOME " FROM n",
        "INSERT INTO cited_file SELECT " HOME ", {id}, 'staff:a' FROM n",
        "INSERT INTO result SELECT 'KQ.H01.' || i || '.1', " HOME ", 1, '91', '1.001193', '', 0, '', '', '', i, 0 FROM n",
        "INSERT INTO count_total SELECT CAST(30000 + i % 20 AS TEXT), CASE i % 3 WHEN 0 THEN 'received' ELSE 'submitted' END, i, '1.001193', length({id}) FROM n",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *twice = strstr(rows[i], "{id}, {id}");
        if (twice) { /* a second hole: the same bytes */
            char one[400];
            const char *id = f->engine == ENGINE_SQLITE ? "CAST(printf('%016d', i) AS BLOB)" : "convert_to(lpad(i::text, 16, '0'), 'UTF8')";
            snprintf(one, sizeof one, "%.*s{id}, %s%s", (int)(twice - rows[i]), rows[i], id, twice + 10);
            fill_one(f, one);
        } else
            fill_one(f, rows[i]);
    }
    fixture_sql(f, "INSERT INTO dossier_party (home_unit, id, place, role, kind, name, number_hash, phone_hash) "
                   "SELECT home_unit, id, 0, 'owner', 'person', '', id, id FROM dossier");
    fixture_sql(f, "INSERT INTO party_identifier (home_unit, id, no, hash, key_version, type, valid_from, valid_to) "
                   "SELECT home_unit, id, 1, id, 1, 'personal_number', 0, 0 FROM dossier");
    fixture_sql(f, "INSERT INTO party_dossier (home_unit, id, dossier_home, dossier, place, role, differs) SELECT home_unit, id, home_unit, id, 1, 'owner', '' FROM dossier");
    fixture_sql(f, "ANALYZE");
}

static void test_lists_are_served_by_their_index(void **state)
{
    struct fixture *f = fixture_of(state);
    fill(f);
    const struct literal v[] = {SAME("'p:91'"), SAME("4"), SAME("10"), SAME("'30001'"), BYTES(ID16), SAME("51"), SAME("'30002'"), SAME("'process'"), SAME("9000")};
    for (unsigned mask = 0; mask < stmt_text[STMT_DOSSIER_LIST].masks; mask++)
        assert_served(f, STMT_DOSSIER_LIST, mask, v, ARRAY_LEN(v), "SEARCH w USING PRIMARY KEY (audience=? AND state=? AND (rank,home_unit,id)>(?,?,?))", "work_pkey");
    struct buf plan _buf_ = BUF_MAX(64 * 1024); /* not only the index, but its whole key */
    plan_of(f, STMT_DOSSIER_LIST, 0, v, ARRAY_LEN(v), &plan);
    if (f->engine == ENGINE_POSTGRES && !strstr(plan.p, "(ROW(rank, home_unit, id) > ROW("))
        fail_msg("the key of the page is not a condition of the index:\n%s", plan.p);
    const struct literal one[] = {SAME("'30001'"), BYTES(ID16)};
    assert_served(f, STMT_DOSSIER_ITEM, 0, one, ARRAY_LEN(one), "SEARCH dossier USING PRIMARY KEY (home_unit=? AND id=?)", "dossier_pkey");
}

/* No index serves a filter, so a page looks at so many rows and says where to go on: all are found, each once, in order, on bounded pages. */
static void test_a_filter_that_few_pass_is_answered_in_bounded_pages(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = NULL;
    struct actor actor = {.audience = {STR("p:91"), STR("u:30002")}, .audiences = 2};
    static const char *const wanted[] = {"H01.1", "H01.7004", "H01.7005", "H01.11994"}; /* by rank; 11994 is far behind */
    struct str cursor = STR("");
    struct arena *a _arena_ = arena_new();
    size_t n = 0, pages = 0, empty = 0;
    fill(f);
    fixture_sql(f, "UPDATE dossier SET task = 'rare' WHERE code IN ('H01.1', 'H01.7004', 'H01.7005', 'H01.11994')");
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    do {
        struct dossier_page page;
        struct fail fail = {0};
        assert_int_equal(dossier_list(NULL, NULL, db, a, &actor, &(struct dossier_list_query){.task = STR("rare"), .unit = STR(""), .q = STR(""), .cursor = cursor, .limit = 2},
                                      1, &page, &fail), ERR_OK);
        assert_true(page.n <= 2);
        for (size_t i = 0; i < page.n; i++, n++)
            assert_true(n < ARRAY_LEN(wanted) && str_is(page.items[i]->code, wanted[n]));
        pages++;
        empty += page.n == 0;
        cursor = page.next;
    } while (cursor.n && pages < 100);
    assert_int_equal(n, ARRAY_LEN(wanted));
    if (pages < 3 || pages > 20 || !empty) /* 8,400 open rows in two audiences; one page over all of them would be unbounded */
        fail_msg("%zu pages, %zu of them empty", pages, empty);
}

static void test_searches_are_served_by_their_index(void **state)
{
    struct fixture *f = fixture_of(state);
    fill(f);
    const struct literal v[] = {SAME("'p:91'"), SAME("'v17'"), SAME("'v18'"), SAME("3000"), SAME("300"), SAME("' nguyen'"), SAME("' v1'"), SAME("' a'"),
                                SAME("''"), SAME("''")};
    struct literal common[ARRAY_LEN(v)]; /* a word that all have: bounded by the order of the index, never sorted */
    memcpy(common, v, sizeof v);
    common[1] = (struct literal)SAME("'nguyen'");
    common[2] = (struct literal)SAME("'nguyenz'");
    assert_served(f, STMT_DOSSIER_TERM_COUNT, 0, v, 4, "SEARCH dossier_term USING PRIMARY KEY (audience=? AND term>? AND term<?)", "dossier_term_pkey");
    for (unsigned mask = 0; mask < stmt_text[STMT_DOSSIER_SEARCH].masks; mask++) {
        assert_served(f, STMT_DOSSIER_SEARCH, mask, v, ARRAY_LEN(v), "SEARCH dossier_term USING PRIMARY KEY (audience=? AND term>? AND term<?)", "dossier_term_pkey");
        assert_served(f, STMT_DOSSIER_SEARCH, mask, common, ARRAY_LEN(common), "SEARCH dossier_term USING PRIMARY KEY (audience=? AND term>? AND term<?)",
                      "Index Only Scan Backward using dossier_term_pkey");
        if (mask)
            assert_served(f, STMT_DOSSIER_SEARCH, mask, v, ARRAY_LEN(v), "SEARCH d USING PRIMARY KEY (home_unit=? AND id=?)", "dossier_pkey");
    }
    const struct literal person[] = {BYTES(ID16), SAME("300")};
    assert_served(f, STMT_DOSSIER_OF_PERSON, 0, person, ARRAY_LEN(person), "dossier_party_number (number_hash=?)", "dossier_party_number");
}

static void test_looking_up_files_results_and_counts_is_served_by_an_index(void **state)
{
    struct fixture *f = fixture_of(state);
    fill(f);
    const struct literal file[] = {BYTES(ID32), SAME("200")}, here[] = {SAME("'30001'"), BYTES(ID16), BYTES(ID32)}, code[] = {SAME("'KQ.H01.7.1'")},
                         days[] = {SAME("'30001'"), SAME("10"), SAME("40")};
    assert_served(f, STMT_DOSSIER_CITED_WHERE, 0, file, ARRAY_LEN(file), "cited_file_sha256 (sha256=?)", "cited_file_sha256");
    assert_served(f, STMT_DOSSIER_CITED_HERE, 0, here, ARRAY_LEN(here), "PRIMARY KEY (home_unit=? AND id=? AND sha256=?)", "cited_file");
    assert_served(f, STMT_DOSSIER_PHONE, 0, here, ARRAY_LEN(here), "PRIMARY KEY (home_unit=? AND id=?)", "dossier_party_pkey");
    assert_served(f, STMT_DOSSIER_RESULT_FIND, 0, code, ARRAY_LEN(code), "PRIMARY KEY (code=?)", "result_pkey");
    struct buf plan _buf_ = BUF_MAX(64 * 1024); /* sums are grouped, and may be sorted for that */
    plan_of(f, STMT_REPORT_FIGURES, 0, days, ARRAY_LEN(days), &plan);
    const char *want = f->engine == ENGINE_SQLITE ? "SEARCH count_total USING PRIMARY KEY (home_unit=? AND name=? AND day>? AND day<?)" : "count_total_pkey";
    if (!strstr(plan.p, want))
        fail_msg("not by %s:\n%s", want, plan.p);
}

/* each state is in exactly one of open and closed. */
static void test_the_words_for_lists(void **state)
{
    (void)state;
    assert_int_equal(dossier_lists_open() & dossier_lists_closed(), 0);
    assert_int_equal(dossier_lists_open() | dossier_lists_closed(), (1 << DOSSIER_STATES) - 2);
    for (int s = 1; s < DOSSIER_STATES; s++) {
        assert_int_equal(dossier_lists_parse(str_of(dossier_state_name(s))), 1 << s);
        assert_int_equal((dossier_lists_closed() >> s & 1) != 0, dossier_state_final(s));
    }
    assert_int_equal(dossier_lists_parse(STR("open")), dossier_lists_open());
    assert_int_equal(dossier_lists_parse(STR("voided")), 1);
    static const char *const wrong[] = {"", "none", "0", "11", "-1", "Open", "opened", "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(dossier_lists_parse(str_of(wrong[i])), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_lists_are_served_by_their_index),
        BOTH_ENGINES(test_a_filter_that_few_pass_is_answered_in_bounded_pages),
        BOTH_ENGINES(test_searches_are_served_by_their_index),
        BOTH_ENGINES(test_looking_up_files_results_and_counts_is_served_by_an_index),
        cmocka_unit_test(test_the_words_for_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

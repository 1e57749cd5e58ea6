/* Rules of the catalogue, on the data that the program carries. The generation is built once; it is immutable. */
#include "base/dataset.h"
#include "base/timex.h"
#include "base/vn.h"
#include "domain/catalog/catalog.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the four above */
#include <cmocka.h>

static struct arena *texts, *kept;
static struct catalog_input in;
static const struct catalog *cat;
static int64_t today;

static struct str text_of(const char *name)
{
    struct str text;
    const struct dataset *d = dataset_find(str_of(name));
    assert_non_null(d);
    assert_int_equal(dataset_unpack(texts, d->packed, &text), ERR_OK);
    return text;
}

static int64_t day(const char *s)
{
    int64_t d = 0;
    assert_true(date_parse(str_of(s), &d));
    return d;
}

static int load_once(void **state)
{
    (void)state;
    texts = arena_new();
    kept = arena_new();
    in = (struct catalog_input){text_of("procedures.tsv"), dataset_find(STR("procedures.jsonl"))->packed, text_of("sectors.tsv"), text_of("curated.tsv"),
                                text_of("competence.tsv"), text_of("synonyms.tsv"), text_of("variants.tsv")};
    struct fail f = {0};
    cat = catalog_load(kept, &in, &f);
    if (!cat)
        print_error("%s %s\n", f.item[0].pointer, f.item[0].param);
    today = day("2026-11-21");
    return cat ? 0 : -1;
}

static int drop_all(void **state)
{
    (void)state;
    arena_free(&kept);
    arena_free(&texts);
    return 0;
}

static const struct procedure *proc_on(const char *code, const char *on)
{
    const struct procedure *p = procedure_find(cat, str_of(code), STR_NONE, day(on), NULL);
    assert_non_null(p);
    return p;
}
static const struct procedure *proc(const char *code) { return proc_on(code, "2026-11-21"); }
#define assert_str(s, lit) do { struct str s_ = (s); assert_int_equal(s_.n, strlen(lit)); assert_memory_equal(s_.p, lit, s_.n); } while (0)

/* --- Rows --------------------------------------------------------------------------------------------------------------------- */

static void test_every_row_and_every_detail_of_the_source_is_there(void **state)
{
    (void)state;
    struct catalog_size z = catalog_size(cat);
    assert_int_equal(z.procedures, 6536);
    assert_int_equal(z.codes, 6535);
    assert_int_equal(z.details, 4083);
    assert_int_equal(z.internal, 192);
    assert_true(z.bytes < 12u << 20);
    for (size_t i = 0; i < z.procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        size_t n;
        assert_ptr_equal(procedure_find(cat, p->code, p->agency, today, &n), p);
        assert_int_equal(n, 1);
    }
    assert_null(catalog_nth(cat, z.procedures, today));
}

static void test_a_code_of_two_agencies_needs_the_agency(void **state)
{
    (void)state;
    struct str agency[4];
    size_t n;
    assert_null(procedure_find(cat, STR("1.014325"), STR_NONE, today, &n));
    assert_int_equal(n, 2);
    assert_int_equal(procedure_agencies(cat, STR("1.014325"), agency, 4), 2);
    const struct procedure *p = procedure_find(cat, STR("1.014325"), STR("ubnd tinh tuyen quang"), today, &n);
    assert_non_null(p);
    assert_str(p->agency, "UBND tỉnh Tuyên Quang");
    assert_ptr_equal(procedure_find(cat, STR("1.014325"), STR("08"), today, NULL), p);
    assert_null(procedure_find(cat, STR("1.014325"), STR("Bộ Tư pháp"), today, &n));
    assert_int_equal(n, 0);
    assert_null(procedure_find(cat, STR("9.999999"), STR_NONE, today, &n));
    assert_int_equal(n, 0);
}

/* --- Limits ------------------------------------------------------------------------------------------------------------------- */

static void test_limits_of_core_procedures_are_curated(void **state)
{
    (void)state;
    const struct procedure *birth = proc("1.001193"), *copies = proc("2.000815"), *residence = proc("1.004222"), *bundle = proc("3.000722");
    assert_int_equal(birth->limit.unit, LIMIT_SAME_DAY);
    assert_int_equal(birth->limit.cutoff_ms_of_day, 15 * MS_HOUR);
    assert_false(birth->limit_doubtful || birth->limit_missing);
    assert_int_equal(copies->limit.unit, LIMIT_SAME_DAY);
    assert_int_equal(copies->limit.cutoff_ms_of_day, 15 * MS_HOUR);
    assert_true(copies->immediate); /* */
    assert_int_equal(copies->reach, REACH_NATIONWIDE); /* */
    assert_int_equal(residence->limit.unit, LIMIT_WORKING_DAYS);
    assert_int_equal(residence->limit.milli, 7000);
    assert_int_equal(residence->limit.cutoff_ms_of_day, -1);
    assert_int_equal(residence->reach, REACH_PROVINCE); /* */
    assert_int_equal(bundle->limit.milli, 3000);
    assert_int_equal(bundle->limit.cutoff_ms_of_day, 15 * MS_HOUR);
    assert_int_equal(bundle->verification.milli, 5000);
}

static void test_only_a_rule_that_names_an_hour_moves_the_start(void **state) /* 0 would be midnight */
{
    (void)state;
    size_t with = 0;
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        assert_true(p->limit.cutoff_ms_of_day == -1 || p->limit.cutoff_ms_of_day == 15 * MS_HOUR);
        assert_int_equal(p->verification.cutoff_ms_of_day, -1);
        with += p->limit.cutoff_ms_of_day >= 0;
    }
    assert_int_equal(with, 3);
}

static void test_a_doubtful_limit_is_marked_with_its_reason(void **state)
{
    (void)state;
    assert_int_equal(proc("1.001022")->limit_doubt, LIMIT_DOUBT_UNIT_GUESSED);
    assert_int_equal(proc("2.002041")->limit_doubt, LIMIT_DOUBT_ODD_VALUE);
    assert_int_equal(proc("1.010041")->limit_doubt, LIMIT_DOUBT_SEVERAL_LIMITS);
    assert_int_equal(proc("2.001046")->limit_doubt, LIMIT_DOUBT_HOURS);
    assert_int_equal(proc("3.000333")->limit_doubt, LIMIT_DOUBT_SOURCES_DIFFER);
    assert_true(proc("2.001019")->limit_missing);
}

static void test_nothing_guessed_in_the_source_is_used_silently(void **state)
{
    (void)state;
    struct tsv t;
    assert_true(tsv_open(&t, in.procedures_tsv));
    int code = tsv_column(&t, "code"), agency = tsv_column(&t, "issuing_agency"), unit = tsv_column(&t, "time_unit"), value = tsv_column(&t, "time_value");
    size_t marked = 0, missing = 0;
    while (tsv_row(&t)) {
        const struct procedure *p = procedure_find(cat, tsv_cell(&t, code), tsv_cell(&t, agency), today, NULL);
        assert_non_null(p);
        if (p->legal_basis.n) /* a person has checked it */
            continue;
        if (!tsv_cell(&t, value).n) {
            assert_true(p->limit_missing);
            missing++;
        } else if (str_find_char(tsv_cell(&t, unit), '?') >= 0) {
            assert_true(p->limit_doubtful);
            marked++;
        } else
            assert_int_not_equal(p->limit.unit, LIMIT_NONE);
        assert_true(p->limit_missing || p->limit_doubtful || p->limit.unit == LIMIT_SAME_DAY || p->limit.milli > 0);
    }
    assert_true(missing > 2600 && marked > 280);
}

static void test_versions_follow_one_another_without_gap(void **state)
{
    (void)state;
    struct fee fee[FEES_MAX];
    const struct procedure *before = proc_on("1.001456", "2025-12-31"), *after = proc_on("1.001456", "2026-01-01"), *old = proc_on("1.001456", "2025-06-30");
    assert_int_equal(before->valid_to + 1, after->valid_from);
    assert_int_equal(old->valid_to + 1, before->valid_from);
    assert_int_equal(after->valid_to, INT64_MAX);
    assert_int_equal(fees_of(before, CHANNEL_ONLINE, fee), 1);
    assert_int_equal(fee[0].amount, 160000);
    assert_false(fee[0].doubtful);
    assert_int_equal(fees_of(after, CHANNEL_ONLINE, fee), 1);
    assert_true(fee[0].doubtful); /* the reduced price has ended; the new one is to be checked */
    assert_int_equal(procedure_receivable(cat, before, STR_NONE, today), NOT_IN_FORCE);
}

/* --- Receivable --------------------------------------------------------------------------------------------------------------- */

static void test_unlisted_internal_and_other_provinces_procedures_are_not_receivable(void **state)
{
    (void)state;
    size_t internal = 0, own = 0, unlisted = 0;
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        enum receivable in_an_giang = procedure_receivable(cat, p, STR("91"), today);
        if (str_is(p->kind, "nội bộ")) {
            assert_int_equal(in_an_giang, INTERNAL);
            internal++;
        } else if (str_is(p->kind, "đặc thù")) {
            assert_int_equal(p->own_province.n, 2);
            if (p->listed) {
                assert_int_equal(in_an_giang, str_is(p->own_province, "91") ? RECEIVABLE : OTHER_PROVINCE);
                assert_int_equal(procedure_receivable(cat, p, p->own_province, today), RECEIVABLE);
            }
            own++;
        } else if (!p->listed) {
            assert_int_equal(in_an_giang, NOT_LISTED);
            unlisted++;
        } else if (!p->own_province.n)
            assert_int_equal(in_an_giang, RECEIVABLE);
    }
    assert_int_equal(internal, 192);
    assert_int_equal(own, 904);
    assert_int_equal(unlisted, 866); /* 866 less the curated 3.000722, and one of the three codes of another form */
    assert_int_equal(procedure_receivable(cat, proc("1.014955-Xoa"), STR_NONE, today), NOT_LISTED);
    assert_int_equal(procedure_receivable(cat, proc("3.000722"), STR("91"), today), RECEIVABLE);
}

static void test_reach_is_the_province_unless_a_list_says_otherwise(void **state) /* */
{
    (void)state;
    const struct procedure *residence = proc("1.004222"), *copies = proc("2.000815");
    struct procedure near = *residence;
    near.reach = REACH_COMMUNE;
    assert_int_equal(procedure_in_reach(residence, STR("91"), STR("30337"), STR("91"), STR("30292")), RECEIVABLE);
    assert_int_equal(procedure_in_reach(residence, STR("01"), STR("00004"), STR("91"), STR("30292")), OUT_OF_REACH);
    assert_int_equal(procedure_in_reach(copies, STR("01"), STR("00004"), STR("91"), STR("30292")), RECEIVABLE);
    assert_int_equal(procedure_in_reach(&near, STR("91"), STR("30337"), STR("91"), STR("30292")), OUT_OF_REACH);
    assert_int_equal(procedure_in_reach(&near, STR("91"), STR("30292"), STR("91"), STR("30292")), RECEIVABLE);
}

static void test_adoption_and_criminal_records_are_restricted(void **state)
{
    (void)state;
    assert_true(proc("2.001263")->restricted);
    assert_true(proc("3.000333")->restricted);
    assert_false(proc("1.001193")->restricted);
}

/* --- Fees --------------------------------------------------------------------------------------------------------------------- */

static void test_certified_copies_cost_less_from_the_third_page_and_never_more_than_the_maximum(void **state)
{
    (void)state;
    struct fee fee[FEES_MAX];
    assert_int_equal(fees_of(proc("2.000815"), CHANNEL_COUNTER, fee), 1);
    static const int64_t expect[][3] = {{1, 1, 2000}, {1, 2, 4000}, {1, 3, 5000}, {1, 10, 12000}, {1, 198, 200000}, {1, 1000, 200000}, {3, 2, 12000}};
    int64_t dong;
    for (size_t i = 0; i < ARRAY_LEN(expect); i++) {
        assert_true(fee_amount(&fee[0], expect[i][0], expect[i][1], &dong));
        assert_int_equal(dong, expect[i][2]);
    }
    assert_false(fee_amount(&fee[0], 1, 0, &dong));
    assert_false(fee_amount(&fee[0], 0, 1, &dong));
    fee[0].max = 0;
    assert_false(fee_amount(&fee[0], 1, INT64_MAX, &dong)); /* overflow is an error */
}

static void test_residence_costs_half_online(void **state)
{
    (void)state;
    struct fee fee[FEES_MAX];
    int64_t dong;
    assert_int_equal(fees_of(proc("1.004222"), CHANNEL_COUNTER, fee), 1);
    assert_true(fee_amount(&fee[0], 1, 1, &dong) && dong == 20000 && fee[0].kind == FEE_CHARGE && !fee[0].doubtful);
    assert_int_equal(fees_of(proc("1.004222"), CHANNEL_ONLINE, fee), 1);
    assert_true(fee_amount(&fee[0], 1, 1, &dong) && dong == 10000);
    assert_int_equal(fees_of(proc("1.004222"), CHANNEL_KIOSK, fee), 1);
    assert_int_equal(fee[0].amount, 10000);
}

static void test_fee_and_charge_are_lines_of_their_own_in_whole_dong(void **state) /* */
{
    (void)state;
    struct fee fee[FEES_MAX];
    struct procedure both = *proc("1.004222");
    both.fees = STR("fee:dossier:150000@counter;charge:dossier:30000@counter");
    assert_int_equal(fees_of(&both, CHANNEL_COUNTER, fee), 2);
    assert_true(fee[0].kind == FEE_FEE && fee[0].amount == 150000 && fee[1].kind == FEE_CHARGE && fee[1].amount == 30000);
    assert_true(fees_valid(both.fees));
    assert_false(fees_valid(STR("fee:dossier:150000.5@counter")) || fees_valid(STR("fee:dossier:-1@counter")) || fees_valid(STR("both:dossier:1@counter")));
}

static void test_a_fee_of_the_council_or_of_the_bare_source_is_never_charged_silently(void **state)
{
    (void)state;
    struct fee fee[FEES_MAX];
    int64_t dong;
    assert_int_equal(fees_of(proc("1.001193"), CHANNEL_COUNTER, fee), 1);
    assert_true(fee[0].by_council && fee[0].doubtful);
    assert_false(fee_amount(&fee[0], 1, 1, &dong));
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        for (unsigned c = CHANNEL_COUNTER; c <= CHANNEL_KIOSK; c *= 2) {
            size_t n = fees_of(p, (enum channel)c, fee);
            for (size_t k = 0; k < n; k++)
                assert_true((p->fees_curated || fee[k].doubtful) && fee[k].amount != 0 && (fee[k].channels & c));
        }
    }
    assert_true(proc("1.000894")->fees_curated);
    assert_int_equal(fees_of(proc("1.000894"), CHANNEL_COUNTER, fee), 0);
}

/* --- Details ------------------------------------------------------------------------------------------------------------------ */

static const char *text_in(const json_t *o, const char *key) { return json_is_string(json_object_get(o, key)) ? json_string_value(json_object_get(o, key)) : ""; }

static void test_components_are_read_as_a_json_library_reads_them(void **state) /* */
{
    (void)state;
    size_t details = 0, papers = 0;
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        struct arena *a _arena_ = arena_new();
        struct component *list;
        size_t n;
        assert_int_equal(procedure_components(a, p, &list, &n), ERR_OK);
        struct str detail;
        assert_int_equal(procedure_detail(a, p, &detail), ERR_OK);
        if (!p->detail) {
            assert_int_equal(n + detail.n, 0);
            continue;
        }
        json_t *line = json_loadb(detail.p, detail.n, 0, NULL);
        assert_non_null(line);
        const json_t *components = json_object_get(line, "components");
        assert_int_equal(n, json_array_size(components));
        for (size_t k = 0; k < n; k++) {
            const json_t *c = json_array_get(components, k);
            assert_str(list[k].name, text_in(c, "name"));
            assert_str(list[k].code, text_in(c, "code"));
            assert_str(list[k].variant, text_in(c, "case"));
            assert_int_equal(list[k].originals, json_is_integer(json_object_get(c, "original")) ? json_integer_value(json_object_get(c, "original")) : -1);
            assert_int_equal(list[k].copies, json_integer_value(json_object_get(c, "copy")));
            assert_int_equal(list[k].required_known, json_is_boolean(json_object_get(c, "required")));
            assert_int_equal(list[k].required, json_is_true(json_object_get(c, "required")));
        }
        json_decref(line);
        details++;
        papers += n;
    }
    assert_int_equal(details, 4083);
    assert_int_equal(papers, 21922);
}

static void test_a_broken_detail_is_a_value_not_a_crash(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct procedure p = *proc("1.001193");
    struct str whole;
    assert_int_equal(procedure_detail(a, &p, &whole), ERR_OK);
    struct component *list;
    struct buf b _buf_ = BUF_MAX(1 << 20);
    struct procedure_view view = {.detail = true, .day = today};
    size_t n, refused = 0;
    for (size_t cut = 0; cut < whole.n; cut += 7) {
        char *copy = malloc(cut ? cut : 1); /* so that a sanitizer sees a step too far */
        memcpy(copy, whole.p, cut);
        p.detail = &(struct detail_frame){.line = {copy, cut}};
        refused += procedure_components(a, &p, &list, &n) == ERR_CORRUPT;
        buf_clear(&b);
        procedure_json(&b, cat, &p, &view);
        json_t *o = json_loadb(b.p, b.n, 0, NULL);
        assert_non_null(o);
        json_decref(o);
        free(copy);
    }
    assert_true(refused > whole.n / 7 - 10);
}

static void test_every_procedure_is_shown_as_json(void **state)
{
    (void)state;
    struct buf b _buf_ = BUF_MAX(1 << 20);
    for (int detail = 0; detail < 2; detail++)
        for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
            const struct procedure *p = catalog_nth(cat, i, today);
            struct procedure_view view = {.detail = detail, .province = STR("91"), .day = today};
            buf_clear(&b);
            procedure_json(&b, cat, p, &view);
            assert_false(b.overflow);
            json_t *o = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(o);
            assert_str(p->code, text_in(o, "code"));
            assert_str(p->agency, text_in(o, "agency"));
            assert_str(p->name, text_in(o, "name"));
            const json_t *limit = json_object_get(o, "limit");
            assert_int_equal(json_is_true(json_object_get(limit, "doubtful")), p->limit_doubtful);
            if (p->limit.unit > LIMIT_SAME_DAY)
                assert_true((int64_t)(json_number_value(json_object_get(limit, "amount")) * 1000 + 0.5) == p->limit.milli);
            assert_int_equal(json_is_true(json_object_get(o, "receivable")), procedure_receivable(cat, p, STR("91"), today) == RECEIVABLE);
            if (detail)
                assert_true(json_is_array(json_object_get(o, "components")) && json_is_array(json_object_get(o, "fees")));
            json_decref(o);
        }
}

/* --- Search ------------------------------------------------------------------------------------------------------------------- */

static struct catalog_page search(struct arena *a, const char *q, size_t limit)
{
    struct catalog_query query = {.q = str_of(q), .day = today, .limit = limit};
    struct catalog_page page;
    struct fail f = {0};
    assert_int_equal(catalog_search(cat, a, &query, &page, &f), ERR_OK);
    return page;
}

static size_t place_of(const char *q, const char *code)
{
    struct arena *a _arena_ = arena_new();
    struct catalog_page page = search(a, q, CATALOG_PAGE_MAX);
    for (size_t i = 0; i < page.n; i++)
        if (str_is(page.hits[i].p->code, code))
            return i + 1;
    return SIZE_MAX;
}

static void test_birth_registration_is_found_however_it_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(place_of("dang ky khai sinh", "1.001193"), 1);
    assert_int_equal(place_of("đăng ký khai sinh", "1.001193"), 1);
    assert_int_equal(place_of("ĐĂNG KÝ KHAI SINH", "1.001193"), 1);
    assert_int_equal(place_of("đăng kí khai sinh", "1.001193"), 1);
    assert_int_equal(place_of("1.001193", "1.001193"), 1);
    assert_int_equal(place_of("1001193", "1.001193"), 1);
    assert_int_equal(place_of("1.001193.000.00.00.H55", "1.001193"), 1); /* */
    assert_int_equal(place_of("1.0011", "1.001193"), 1);
    assert_int_equal(place_of("khai sinh", "1.001193"), 1);
    assert_int_equal(place_of("làm giấy khai sinh cho con ở đâu", "1.001193"), 1);
    assert_true(place_of("dang ky khai sihn", "1.001193") <= 20);
}

static void test_everyday_words_find_the_procedure(void **state)
{
    (void)state;
    static const char *const expect[][2] = {{"sổ đỏ", "1.012753"}, {"so do", "1.012753"}, {"hộ khẩu", "1.004222"}, {"kết hôn", "1.000894"},
        {"giấy độc thân", "1.004873"}, {"cccd", "1.014061"}, {"bằng lái", "3.000347"}, {"lý lịch tư pháp", "3.000333"}, {"sao y", "2.000815"},
        {"photo công chứng", "2.000815"}, {"hộ chiếu", "1.001456"}, {"tạm trú", "1.004194"}, {"mở công ty", "2.001583"}};
    for (size_t i = 0; i < ARRAY_LEN(expect); i++)
        if (place_of(expect[i][0], expect[i][1]) > 3)
            fail_msg("%s does not find %s", expect[i][0], expect[i][1]);
}

static void test_one_slip_of_typing_still_finds(void **state)
{
    (void)state;
    assert_true(place_of("giay phep xay dugn", "1.013225") <= 20);
    struct arena *a _arena_ = arena_new();
    struct catalog_page page = search(a, "chuyển nhượgn quyền sử dụng đất", 20);
    assert_true(page.n > 5 && page.hits[0].match == MATCH_NEAR && str_find(page.hits[0].p->folded, STR("nhuong")) >= 0);
}

static void test_words_without_blanks_and_usual_abbreviations_find(void **state)
{
    (void)state;
    assert_int_equal(place_of("dangkykhaisinh", "1.001193"), 1);
    assert_int_equal(place_of("đăngkýkhaisinh", "1.001193"), 1);
    assert_int_equal(place_of("đăng kýkhaisinh", "1.001193"), 1);
    assert_true(place_of("hochieu", "1.001456") <= 3);
    assert_true(place_of("đkks", "1.001193") <= 3 && place_of("dkks", "1.001193") <= 3);
    assert_int_equal(place_of("đkkh", "1.000894"), 1);
    assert_int_equal(place_of("gpxd", "1.009122"), 1);
    assert_int_equal(place_of("dangkykhaisinhxqw", "1.001193"), SIZE_MAX); /* not made of words */
}

/* A small generator, so that a failing case can be found again. */
static uint32_t seed;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * below >> 24);
}

/* A run of words out of some name, with or without marks, sometimes with a slip. */
static struct str some_query(struct arena *a, bool marks)
{
    const struct procedure *p = catalog_nth(cat, draw((uint32_t)catalog_size(cat).procedures), today);
    struct str rest = marks ? p->name : p->folded, word, out = STR_NONE;
    uint32_t skip = draw(6), take = 1 + draw(5);
    while (rest.n && take && str_next(&rest, ' ', &word)) {
        if (skip) {
            skip--;
            continue;
        }
        out = out.n ? str_printf(a, "%.*s %.*s", PRS(out), PRS(word)) : word;
        take--;
    }
    if (out.n > 8 && draw(6) == 0) {
        struct str bent = str_dup(a, out);
        ((char *)(uintptr_t)bent.p)[draw((uint32_t)bent.n)] = (char)('a' + draw(26));
        if (vn_valid_utf8(bent))
            out = bent;
    }
    return out.n ? out : STR("khai");
}

static int by_pointer(const void *a, const void *b)
{
    const struct procedure *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

static void test_every_page_gives_each_row_once_in_the_same_order(void **state)
{
    (void)state;
    seed = 7;
    for (int round = 0; round < 60; round++) {
        struct arena *a _arena_ = arena_new();
        struct catalog_query query = {.q = round ? some_query(a, round % 2) : STR_NONE, .day = today, .limit = round ? 1 + draw(40) : 97};
        struct catalog_page page;
        struct fail f = {0};
        size_t n = 0, total = 0;
        const struct procedure **seen = ARENA_ARRAY(a, const struct procedure *, 7000);
        struct str after = STR_NONE;
        do {
            query.after = after;
            assert_int_equal(catalog_search(cat, a, &query, &page, &f), ERR_OK);
            assert_true(page.n <= query.limit && (page.n > 0 || n == 0));
            total = page.total;
            for (size_t i = 0; i < page.n; i++)
                seen[n++] = page.hits[i].p;
            after = page.next;
        } while (after.n && n < 6900);
        assert_int_equal(n, total);
        if (!round)
            assert_int_equal(n, 6536);
        struct catalog_query whole = {.q = query.q, .day = today, .limit = CATALOG_PAGE_MAX};
        assert_int_equal(catalog_search(cat, a, &whole, &page, &f), ERR_OK);
        for (size_t i = 0; i < page.n; i++)
            assert_ptr_equal(page.hits[i].p, seen[i]);
        qsort(seen, n, sizeof *seen, by_pointer);
        for (size_t i = 1; i < n; i++)
            assert_ptr_not_equal(seen[i], seen[i - 1]);
    }
}

static void test_marks_change_the_order_never_the_set(void **state)
{
    (void)state;
    seed = 11;
    for (int round = 0; round < 400; round++) {
        struct arena *a _arena_ = arena_new();
        struct str q = some_query(a, true);
        struct catalog_query with = {.q = q, .day = today, .limit = CATALOG_PAGE_MAX}, without = with;
        without.q = vn_fold(a, q);
        struct catalog_page x, y;
        struct fail f = {0};
        assert_int_equal(catalog_search(cat, a, &with, &x, &f), ERR_OK);
        assert_int_equal(catalog_search(cat, a, &without, &y, &f), ERR_OK);
        if (x.total != y.total)
            fail_msg("%.*s: %zu with marks, %zu without", PRS(q), x.total, y.total);
        if (x.total > CATALOG_PAGE_MAX)
            continue;
        const struct procedure *sx[CATALOG_PAGE_MAX], *sy[CATALOG_PAGE_MAX];
        for (size_t i = 0; i < x.n; i++) {
            sx[i] = x.hits[i].p;
            sy[i] = y.hits[i].p;
        }
        qsort(sx, x.n, sizeof sx[0], by_pointer);
        qsort(sy, x.n, sizeof sy[0], by_pointer);
        for (size_t i = 0; i < x.n; i++)
            assert_ptr_equal(sx[i], sy[i]);
    }
}

static void test_rows_with_the_marks_that_were_typed_come_first(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct catalog_page page = search(a, "thuê đất", CATALOG_PAGE_MAX);
    assert_true(page.n > 50 && page.hits[0].marked);
    size_t first_unmarked = 0;
    while (first_unmarked < page.n && page.hits[first_unmarked].marked)
        first_unmarked++;
    assert_true(first_unmarked > 10);
    for (size_t i = first_unmarked; i < page.n; i++)
        assert_false(page.hits[i].marked);
    assert_true(str_find(page.hits[0].p->name, STR("huê đất")) >= 0);
    page = search(a, "hoà giải", 5); /* where the tone is written does not matter */
    assert_true(page.n > 0 && page.hits[0].marked);
}

/* Words as the index keys them: folded, and a final y after a consonant as i. */
static size_t keys_of(struct arena *a, struct str text, struct str *out, size_t max)
{
    struct str rest = vn_fold(a, text), word;
    size_t n = 0;
    while (n < max && rest.n && str_next(&rest, ' ', &word)) {
        if (word.n >= 2 && word.n <= 3 && word.p[word.n - 1] == 'y' && !strchr("aeo", word.p[word.n - 2])
            && (word.p[word.n - 2] != 'u' || (word.n == 3 && word.p[0] == 'q')))
            word = str_printf(a, "%.*si", (int)word.n - 1, word.p);
        out[n++] = word;
    }
    return n;
}

static bool holds(const struct str *words, size_t n, struct str w)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i], w))
            return true;
    return false;
}

static bool is_filler(struct arena *a, struct str word)
{
    struct tsv t;
    struct str part[16];
    assert_true(tsv_open(&t, in.synonyms_tsv));
    while (tsv_row(&t))
        if (str_is(t.cell[0], "filler") && holds(part, keys_of(a, t.cell[1], part, 16), word))
            return true;
    return false;
}

/* Letters to add, drop, change or swap with a neighbour: at most one? By the book, to check the quick way against. */
static bool at_most_one_edit(struct str a, struct str b)
{
    int d[40][40] = {{0}};
    if (a.n > 38 || b.n > 38)
        return false;
    for (size_t i = 0; i <= a.n; i++)
        for (size_t j = 0; j <= b.n; j++) {
            int best = i && j ? d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]) : (int)(i + j);
            if (i && d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (j && d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[a.n][b.n] <= 1;
}

static bool holds_near(const struct str *words, size_t n, struct str w)
{
    for (size_t i = 0; i < n; i++)
        if (str_has_prefix(words[i], w) || (w.n >= 5 && at_most_one_edit(words[i], w)))
            return true;
    return false;
}

static void test_every_hit_matches_as_it_says(void **state)
{
    (void)state;
    seed = 23;
    size_t checked = 0;
    for (int round = 0; round < 300; round++) {
        struct arena *a _arena_ = arena_new();
        struct str q = some_query(a, round % 2), word[CATALOG_WORDS_MAX], name[400], sector[40];
        size_t n = keys_of(a, q, word, CATALOG_WORDS_MAX);
        struct catalog_page page = search(a, str_c(a, q), 50);
        for (size_t i = 0; i < page.n; i++) {
            const struct catalog_hit *h = &page.hits[i];
            size_t names = keys_of(a, h->p->name, name, 400), sectors = keys_of(a, h->p->sector, sector, 40), near = 0;
            for (size_t k = 0; k < n; k++) {
                bool there = holds(name, names, word[k]);
                near += holds_near(name, names, word[k]);
                if (h->match == MATCH_NEAR)
                    assert_true(holds_near(name, names, word[k]) || is_filler(a, word[k]));
                if (h->match == MATCH_NAME && !there && !is_filler(a, word[k]))
                    fail_msg("'%.*s' not in %.*s", PRS(word[k]), PRS(h->p->name));
                if (h->match == MATCH_SECTOR)
                    assert_true(there || holds(sector, sectors, word[k]) || is_filler(a, word[k]));
            }
            if (h->match == MATCH_MOST)
                assert_true(near >= 2);
            checked++;
        }
    }
    assert_true(checked > 2000);
}

static void test_receivable_rows_come_before_unlisted_ones(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct catalog_page page = search(a, "trợ cấp thất nghiệp", CATALOG_PAGE_MAX);
    assert_true(page.n > 5 && page.hits[0].p->listed);
    assert_true(place_of("trợ cấp thất nghiệp", "1.001978") > place_of("trợ cấp thất nghiệp", "1.014748"));
    struct catalog_query own = {.q = STR("hỗ trợ"), .province = STR("91"), .day = today, .limit = CATALOG_PAGE_MAX, .receivable_only = true};
    struct fail f = {0};
    assert_int_equal(catalog_search(cat, a, &own, &page, &f), ERR_OK);
    for (size_t i = 0; i < page.n; i++)
        assert_int_equal(procedure_receivable(cat, page.hits[i].p, STR("91"), today), RECEIVABLE);
}

static void test_filters_keep_only_their_rows(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct catalog_page by_code, by_name;
    struct catalog_query q = {.sector = STR("G15-TP07"), .levels = AT_COMMUNE, .day = today, .limit = 100};
    assert_int_equal(catalog_search(cat, a, &q, &by_code, &f), ERR_OK);
    assert_true(by_code.n > 20);
    for (size_t i = 0; i < by_code.n; i++)
        assert_true(str_is(by_code.hits[i].p->sector_code, "G15-TP07") && (by_code.hits[i].p->levels & AT_COMMUNE));
    q.sector = STR("ho tich");
    assert_int_equal(catalog_search(cat, a, &q, &by_name, &f), ERR_OK);
    assert_true(by_name.total >= by_code.total);
    assert_int_equal(level_parse(STR("xã")), AT_COMMUNE);
    assert_int_equal(level_parse(STR("commune")), AT_COMMUNE);
    assert_int_equal(level_parse(STR("thôn")), 0);
}

static void test_any_query_is_answered_and_bounded(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct catalog_page page;
    char text[4000];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i + 1 < sizeof text; i += 4)
        memcpy(text + i, "cap ", 4);
    struct catalog_query q = {.q = {text, sizeof text}, .day = today};
    assert_int_equal(catalog_search(cat, a, &q, &page, &f), ERR_OK);
    memset(text, 'x', sizeof text);
    for (size_t n = 1; n < 500; n++) { /* one word of any length */
        q = (struct catalog_query){.q = {text, n}, .day = today};
        assert_int_equal(catalog_search(cat, a, &q, &page, &f), ERR_OK);
    }
    static const char *const odd[] = {"😀", "😀😀😀 khai sinh", "capcapcapcapcapcapcapcapcapcapcapcapcapcapcapcap", "capgiaycapgiaycapgiay capgiaycapgiaycapgiay", "???", "\xff\xfe", "đ", "%", "'; DROP TABLE", "1.", ".", "...", "0", "\xe1\xbb", "𠀀", "a b c d e f g h i j k l m n o p q r s t"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct str copy = str_of(odd[i]);
        q = (struct catalog_query){.q = copy, .day = today, .limit = 100000};
        assert_int_equal(catalog_search(cat, a, &q, &page, &f), ERR_OK);
        assert_true(page.n <= CATALOG_PAGE_MAX);
    }
    seed = 99;
    for (int i = 0; i < 300; i++) {
        size_t n = draw(60);
        for (size_t k = 0; k < n; k++)
            text[k] = (char)draw(256);
        q = (struct catalog_query){.q = {text, n}, .day = today};
        assert_int_equal(catalog_search(cat, a, &q, &page, &f), ERR_OK);
    }
    static const char *const bad[] = {"x", "0123456789abcdef", "0123456789abcdef-", "0123456789abcdef-1.001193", "0123456789abcdeg-1.001193-0",
                                      "0123456789abcdef-1.001193-0000000"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        q = (struct catalog_query){.q = STR("cap"), .after = str_of(bad[i]), .day = today};
        assert_int_equal(catalog_search(cat, a, &q, &page, &f), ERR_MALFORMED);
    }
}

/* --- Competence --------------------------------------------------------------------------------------------------------------- */

static struct competence_answer ask(const char *code, const char *owner, const char *object)
{
    struct competence_question q = {.p = proc(code), .receiving_unit = STR("30337"), .receiving_commune = STR("30337"), .receiving_province = STR("91"),
        .owner_territory = str_of(owner), .owner_province = owner ? STR("91") : STR_NONE,
        .object_territory = str_of(object), .object_province = object ? STR("91") : STR_NONE, .day = today};
    return competence_of(cat, &q);
}

static void test_the_table_says_which_unit_decides(void **state)
{
    (void)state;
    static const struct { const char *code, *owner, *object, *unit; enum competence_by by; } expect[] = {
        {"1.004222", "30292", NULL, "30292.CAX", BY_OWNER},      /* residence: commune police */
        {"1.004222", "30292", "30295", "30295.CAX", BY_OBJECT},  /* … of the dwelling */
        {"1.004222", NULL, NULL, "30337.CAX", BY_RECEIVING},
        {"1.001193", "30292", NULL, "30292", BY_OWNER},          /* birth: the owner's commune, wherever it is received */
        {"1.001193", NULL, NULL, "30337", BY_RECEIVING},
        {"2.000815", "30292", NULL, "30337", BY_RECEIVING},      /* certified copies: where they are received */
        {"2.000635", "30292", NULL, "30337", BY_RECEIVING},
        {"3.000722", "30292", NULL, "30292", BY_OWNER},          /* bundle: the lead */
        {"1.001612", "30292", "30295", "30295", BY_OBJECT},      /* household business: its place */
        {"1.013225", "30292", "30295", "30295", BY_OBJECT},      /* building permit: the land */
        {"1.014061", "30292", NULL, "30337.CAX", BY_RECEIVING},  /* identity card: anywhere */
        {"1.001456", "30292", NULL, "91.PA08", BY_OWNER},
        {"3.000333", "30292", NULL, "91.PV06", BY_OWNER},
        {"2.001199", "30292", NULL, "91.STC", BY_OWNER},
        {"1.000028", "30292", NULL, "91.SXD", BY_OWNER},
        {"1.014137", "30292", NULL, "91.BHXH", BY_OWNER},
        {"1.001613", "30292", NULL, "91.BHXH", BY_OWNER},        /* province and former district: one unit */
        {"2.001195", "30292", NULL, "91.PC06", BY_OWNER},
        {"1.012756", "30292", "30295", "91.VPDKDD", BY_OBJECT}};
    for (size_t i = 0; i < ARRAY_LEN(expect); i++) {
        struct competence_answer r = ask(expect[i].code, expect[i].owner, expect[i].object);
        if (!r.found || strcmp(r.unit, expect[i].unit) != 0 || r.by != expect[i].by)
            fail_msg("%s: %s by %d", expect[i].code, r.found ? r.unit : "the clerk chooses", r.by);
        assert_true(r.row_id.n && r.legal_basis.n && r.confidence.n && r.by_object == (r.by == BY_OBJECT));
    }
}

static void test_where_no_row_answers_the_clerk_chooses(void **state)
{
    (void)state;
    struct competence_answer r = ask("1.012575", "30292", NULL); /* commune police, provincial police */
    assert_false(r.found);
    assert_int_equal(r.n_candidates, 2);
    assert_string_equal(r.candidate[0], "30292.CAX");
    assert_string_equal(r.candidate[1], "91.PC08");
    r = ask("2.002184", "30292", NULL); /* customs */
    assert_false(r.found);
    assert_true(r.others && r.n_candidates == 0);
    /* Nothing is known of any place: no guess. */
    struct competence_question q = {.p = proc("1.001193"), .receiving_unit = STR("91.TTPVHCC"), .receiving_province = STR("91"), .day = today};
    assert_false(competence_of(cat, &q).found);
    q.owner_territory = STR("91"); /* only a province, and a commune decides */
    assert_false(competence_of(cat, &q).found);
    /* A nationwide procedure, and nobody said in which province the owner's commune lies. */
    q = (struct competence_question){.p = proc("1.001456"), .receiving_province = STR("01"), .owner_territory = STR("30292"), .day = today};
    assert_false(competence_of(cat, &q).found);
    q.owner_province = STR("91");
    assert_string_equal(competence_of(cat, &q).unit, "91.PA08");
    /* Before the two tiers no row is in force. */
    q.day = day("2025-06-30");
    assert_false(competence_of(cat, &q).found);
}

static void test_an_answer_is_always_a_unit_of_a_place_that_was_named(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        struct competence_question q = {.p = p, .receiving_commune = STR("30337"), .receiving_province = STR("91"), .owner_territory = STR("30292"),
                                        .owner_province = STR("91"), .day = today};
        struct competence_answer r = competence_of(cat, &q);
        if (!r.found)
            continue;
        found++;
        struct str unit = str_of(r.unit), place;
        assert_true(str_next(&unit, '.', &place));
        if (place.n == 2)
            assert_true(str_eq(place, p->own_province.n ? p->own_province : STR("91")));
        else
            assert_true(str_is(place, "30292") || str_is(place, "30337"));
    }
    assert_true(found > 2400); /* of those receivable in An Giang 45 %, by use 81 % */
}

/* --- Loading ------------------------------------------------------------------------------------------------------------------ */

static bool loads(struct catalog_input bent)
{
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    const struct catalog *c = catalog_load(a, &bent, &f);
    assert_true(c != NULL || (f.err == ERR_CORRUPT && f.n > 0));
    return c != NULL;
}

static void test_a_text_that_is_not_understood_is_refused_by_name(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const head = "code\tname\tkind\tsector\tsector_code\tissuing_agency\texecuting_agency\tlevel\tlevel_mark\taudience\tchannels\ttime_value\t"
        "time_unit\ttime_text\tfee_text\tservice_level\tresult\tresult_codes\tdossiers_npsp_2025\tsource\tin_catalog_2026_07\n";
    static const char *const row = "1.000001\tTên\tchuẩn\tHộ tịch\t\tBộ Tư pháp\tSở Tư pháp\ttỉnh\t\t\t\t5\tngày làm việc\t5 ngày làm việc\t\t\t\t\t\tA\ty\n";
    static const char *const curated = "code\tagency\tsector\tlimit\tdoubt\tverification\tcutoff\tfees\texemption\tservice_level\tservice_reason\treach\timmediate\t"
        "restricted\tlisted\tvalid_from\tvalid_to\tlegal_basis\tconfidence\tnote\n";
    struct catalog_input small = {.procedures_tsv = str_printf(a, "%s%s", head, row), .curated_tsv = str_of(curated), .competence_tsv = in.competence_tsv};
    assert_true(loads(small));
    struct catalog_input bent = small;
#define REFUSED(field, ...) bent = small, bent.field = str_printf(a, __VA_ARGS__), assert_false(loads(bent))
    REFUSED(procedures_tsv, "%s", "");
    REFUSED(procedures_tsv, "code\tname\n1\t2\n");
    REFUSED(procedures_tsv, "%s%s%s", head, row, row); /* code and agency twice */
    REFUSED(procedures_tsv, "%s1.000002\tTên\t\t\t\t\t\tthôn\n", head);
    REFUSED(procedures_tsv, "%s1.000002\tTên\t\t\t\t\t\txã\t\t\t\tx\tngày\n", head);
    REFUSED(curated_tsv, "%s%s", curated, "1.000001\t\t\t5 tuần\t\t\t\t\t\t\t\t\t\t\t\t\t\tluật\tcao\n");
    REFUSED(curated_tsv, "%s%s", curated, "1.000001\t\t\tsame_day\t\t\t25:00\t\t\t\t\t\t\t\t\t\t\tluật\tcao\n");
    REFUSED(curated_tsv, "%s%s", curated, "1.000001\t\t\t\t\t\t\tcharge:x:5@counter\t\t\t\t\t\t\t\t\t\tluật\tcao\n");
    REFUSED(curated_tsv, "%s%s", curated, "1.000001\t\t\tsame_day\t\t\t\t\t\t\t\t\t\t\t\t2026-02-30\t\tluật\tcao\n");
    REFUSED(curated_tsv, "%s%s", curated, "1.000001\t\t\tsame_day\n"); /* without legal basis */
    REFUSED(curated_tsv, "%s%s", curated, "9.999999\t\t\tsame_day\t\t\t\t\t\t\t\t\t\t\t\t\t\tluật\tcao\n");
    REFUSED(competence_tsv, "id\tkind\n");
    REFUSED(variants_tsv, "procedure\tcode\tname\n1.001193\ta\tb\n");
    REFUSED(synonyms_tsv, "kind\tphrase\tmeans\nprocedure\tx\t\n");
#undef REFUSED
}

static void test_an_everyday_word_names_only_procedures_that_exist(void **state)
{
    (void)state;
    struct tsv t;
    struct str agency[2], code;
    assert_true(tsv_open(&t, in.synonyms_tsv));
    while (tsv_row(&t))
        for (struct str rest = t.cell[2]; str_is(t.cell[0], "procedure") && rest.n && str_next(&rest, ' ', &code);)
            assert_int_equal(procedure_agencies(cat, code, agency, 2), 1);
}

/* --- Cases -------------------------------------------------------------------------------------------------------------------- */

static void test_a_case_has_its_own_papers_limit_and_fees(void **state) /* */
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    const struct procedure *p = proc("1.004222"), *house = proc("1.013225"), *stay = proc("1.004194");
    const struct variant *rented = variant_find(cat, p, STR("thue-muon"), today), *owned = variant_find(cat, p, STR("so-huu"), today);
    struct component *list;
    size_t n;
    assert_true(rented && owned && !variant_find(cat, p, STR("nowhere"), today) && !variant_find(cat, proc("1.001193"), STR("so-huu"), today));
    assert_null(variant_find(cat, p, STR("so-huu"), day("2025-06-30"))); /* before its first day */
    assert_int_equal(procedure_variants(cat, p, today, NULL, 0), 6);
    assert_int_equal(procedure_components(a, p, &list, &n), ERR_OK);
    assert_true(variant_needs(cat, p, rented, today, &list[13], 14) && !variant_needs(cat, p, owned, today, &list[13], 14)); /* the lease */
    assert_true(variant_needs(cat, p, rented, today, &list[16], 17) && variant_needs(cat, p, owned, today, &list[16], 17)); /* the form CT01 */
    assert_true(variant_needs(cat, p, rented, today, &list[17], 18)); /* no case names it: it belongs to all */
    const struct variant *home = variant_find(cat, house, STR("nha-o"), today);
    assert_true(home && home->has_limit && home->limit.unit == LIMIT_WORKING_DAYS && home->limit.milli == 7000 && house->limit_doubtful);
    struct buf b _buf_ = BUF_MAX(1 << 20);
    procedure_json(&b, cat, stay, &(struct procedure_view){.detail = true, .day = today});
    json_t *j = json_loadb(b.p, b.n, 0, NULL), *by_list = json_array_get(json_object_get(j, "variants"), 1);
    assert_string_equal(json_string_value(json_object_get(by_list, "code")), "danh-sach");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(by_list, "fees"), 0), "amount")), 10000);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(by_list, "components"), 0)), 4);
    json_decref(j);
}

static void test_every_case_names_papers_that_its_procedure_has(void **state) /* */
{
    (void)state;
    for (size_t i = 0; i < catalog_size(cat).procedures; i++) {
        const struct procedure *p = catalog_nth(cat, i, today);
        const struct variant *v[VARIANTS_MAX];
        size_t n = procedure_variants(cat, p, today, v, VARIANTS_MAX), papers;
        struct arena *a _arena_ = arena_new();
        struct component *list;
        assert_true(n != 1 && n <= VARIANTS_MAX);
        assert_int_equal(n ? procedure_components(a, p, &list, &papers) : ERR_OK, ERR_OK);
        for (size_t k = 0; k < n; k++) {
            struct str rest = v[k]->components, piece;
            assert_ptr_equal(variant_find(cat, p, v[k]->code, today), v[k]); /* a code stands once */
            while (rest.n && str_next(&rest, '|', &piece)) {
                int64_t at = 0;
                bool there = piece.p[0] == '#' && str_to_i64(str_sub(piece, 1, piece.n), &at) && at >= 1 && (size_t)at <= papers;
                for (size_t c = 0; c < papers && !there; c++)
                    there = str_has_prefix(list[c].variant, piece);
                if (!there)
                    fail_msg("%.*s %.*s: %.*s", PRS(p->code), PRS(v[k]->code), PRS(piece));
            }
        }
    }
}

static void test_the_tables_in_the_repository_are_those_in_the_program(void **state)
{
    (void)state;
    static const char *const names[] = {"curated.tsv", "competence.tsv", "synonyms.tsv", "variants.tsv"};
    const char *root = getenv("MOTCUA_ROOT");
    if (!root)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct arena *a _arena_ = arena_new();
        struct str text = text_of(names[i]);
        char *plain = arena_alloc(a, text.n + 2);
        FILE *file = fopen(str_c(a, str_printf(a, "%s/data/%s", root, names[i])), "rb");
        assert_non_null(file);
        size_t n = fread(plain, 1, text.n + 2, file);
        fclose(file);
        assert_int_equal(n, text.n); /* after a change: zstd -19 -f data/NAME */
        assert_memory_equal(plain, text.p, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_and_every_detail_of_the_source_is_there),
        cmocka_unit_test(test_a_code_of_two_agencies_needs_the_agency),
        cmocka_unit_test(test_limits_of_core_procedures_are_curated),
        cmocka_unit_test(test_only_a_rule_that_names_an_hour_moves_the_start),
        cmocka_unit_test(test_a_doubtful_limit_is_marked_with_its_reason),
        cmocka_unit_test(test_nothing_guessed_in_the_source_is_used_silently),
        cmocka_unit_test(test_versions_follow_one_another_without_gap),
        cmocka_unit_test(test_unlisted_internal_and_other_provinces_procedures_are_not_receivable),
        cmocka_unit_test(test_reach_is_the_province_unless_a_list_says_otherwise),
        cmocka_unit_test(test_adoption_and_criminal_records_are_restricted),
        cmocka_unit_test(test_certified_copies_cost_less_from_the_third_page_and_never_more_than_the_maximum),
        cmocka_unit_test(test_residence_costs_half_online),
        cmocka_unit_test(test_fee_and_charge_are_lines_of_their_own_in_whole_dong),
        cmocka_unit_test(test_a_fee_of_the_council_or_of_the_bare_source_is_never_charged_silently),
        cmocka_unit_test(test_components_are_read_as_a_json_library_reads_them),
        cmocka_unit_test(test_a_broken_detail_is_a_value_not_a_crash),
        cmocka_unit_test(test_every_procedure_is_shown_as_json),
        cmocka_unit_test(test_birth_registration_is_found_however_it_is_asked_for),
        cmocka_unit_test(test_everyday_words_find_the_procedure),
        cmocka_unit_test(test_one_slip_of_typing_still_finds),
        cmocka_unit_test(test_words_without_blanks_and_usual_abbreviations_find),
        cmocka_unit_test(test_every_page_gives_each_row_once_in_the_same_order),
        cmocka_unit_test(test_marks_change_the_order_never_the_set),
        cmocka_unit_test(test_rows_with_the_marks_that_were_typed_come_first),
        cmocka_unit_test(test_every_hit_matches_as_it_says),
        cmocka_unit_test(test_receivable_rows_come_before_unlisted_ones),
        cmocka_unit_test(test_filters_keep_only_their_rows),
        cmocka_unit_test(test_any_query_is_answered_and_bounded),
        cmocka_unit_test(test_the_table_says_which_unit_decides),
        cmocka_unit_test(test_where_no_row_answers_the_clerk_chooses),
        cmocka_unit_test(test_an_answer_is_always_a_unit_of_a_place_that_was_named),
        cmocka_unit_test(test_a_text_that_is_not_understood_is_refused_by_name),
        cmocka_unit_test(test_an_everyday_word_names_only_procedures_that_exist),
        cmocka_unit_test(test_a_case_has_its_own_papers_limit_and_fees),
        cmocka_unit_test(test_every_case_names_papers_that_its_procedure_has),
        cmocka_unit_test(test_the_tables_in_the_repository_are_those_in_the_program),
    };
    return cmocka_run_group_tests(tests, load_once, drop_all);
}

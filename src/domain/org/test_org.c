/* Rules of places, their successors, and agencies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/dataset.h"
#include "base/timex.h"
#include "base/vn.h"
#include "domain/org/org.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define assert_str(s, c) do { struct str got_ = (s); const char *want_ = (c); \
    if (!str_is(got_, want_)) fail_msg("'%.*s' instead of '%s'", PRS(got_), want_); } while (0)

static struct arena *texts, *memory;
static struct org_input input;
static const struct org *o;
static int64_t today, merged, eve, new_year;

static struct str text_of(const char *name)
{
    struct str t = STR_NONE;
    const struct dataset *d = dataset_find(str_of(name));
    if (!d || dataset_unpack(texts, d->packed, &t))
        abort();
    return t;
}

static int load(void **state)
{
    (void)state;
    texts = arena_new();
    memory = arena_new();
    input = (struct org_input){text_of("units-2024.tsv"), text_of("units-2025.tsv"), text_of("merge-2025.tsv"), text_of("merge-2025-provinces.tsv"),
                               text_of("agencies.tsv"), text_of("organs.tsv")};
    struct fail f = {0};
    struct mallinfo2 before = mallinfo2();
    int64_t from = time_monotonic_us();
    o = org_load(memory, &input, &f);
    int64_t took = time_monotonic_us() - from;
    struct mallinfo2 after = mallinfo2();
    for (size_t i = 0; i < f.n; i++)
        print_error("# %s %s %s\n", f.item[i].pointer, f.item[i].code, f.item[i].param);
    if (!o)
        return -1;
    print_message("# loaded in %lld us, %zu units, %.1f MB\n", (long long)took, unit_count(o),
                  (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1e6);
    today = civil_days(2026, 11, 21);
    merged = civil_days(2025, 7, 1);
    eve = civil_days(2025, 6, 30);
    new_year = civil_days(2025, 1, 4);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    arena_free(&texts);
    arena_free(&memory);
    return 0;
}

static void test_two_levels_since_the_merger_three_before(void **state) /* R-010 */
{
    (void)state;
    static const struct { int64_t *day; size_t provinces, districts, communes; } is[] = {
        {&today, 34, 0, 3321}, {&merged, 34, 0, 3321}, {&eve, 63, 696, 10035}, {&new_year, 63, 696, 10051}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        assert_int_equal(territory_count_on(o, LEVEL_PROVINCE, *is[i].day), is[i].provinces);
        assert_int_equal(territory_count_on(o, LEVEL_DISTRICT, *is[i].day), is[i].districts);
        assert_int_equal(territory_count_on(o, LEVEL_COMMUNE, *is[i].day), is[i].communes);
    }
    assert_int_equal(org_merged_on(o), merged);
    assert_int_equal(territory_count_on(o, LEVEL_COMMUNE, civil_days(2025, 2, 28)), 10051);
    assert_int_equal(territory_count_on(o, LEVEL_COMMUNE, civil_days(2025, 3, 1)), 10035);
}

static void test_a_code_names_another_place_on_another_day(void **state) /* R-010 */
{
    (void)state;
    assert_str(territory_on(o, STR("91"), eve)->name, "Tỉnh Kiên Giang");
    assert_str(territory_on(o, STR("91"), merged)->name, "Tỉnh An Giang");
    assert_str(territory_on(o, STR("89"), eve)->name, "Tỉnh An Giang");
    assert_null(territory_on(o, STR("89"), merged));
    assert_str(territory_on(o, STR("00004"), eve)->name, "Phường Trúc Bạch");
    assert_str(territory_on(o, STR("00004"), today)->name, "Phường Ba Đình");
    assert_null(territory_on(o, STR("00"), today));
    assert_null(territory_on(o, STR(""), today));
}

static void test_a_new_kind_holds_from_its_day_on(void **state) /* 2026-04-30: Đồng Nai a city, ten communes wards */
{
    (void)state;
    int64_t day = civil_days(2026, 4, 30);
    assert_str(territory_on(o, STR("75"), day - 1)->name, "Tỉnh Đồng Nai");
    assert_str(territory_on(o, STR("75"), day)->kind, "thành phố");
    assert_str(territory_on(o, STR("25270"), day - 1)->kind, "xã");
    assert_str(territory_on(o, STR("25270"), day)->name, "Phường Lộc Ninh");
    size_t wards[2] = {0}, cities[2] = {0};
    struct arena *a _arena_ = arena_new();
    for (int k = 0; k < 2; k++) {
        struct str after = STR("");
        do {
            struct territory_page p = territory_list(o, a, day - 1 + k, STR(""), STR(""), after, 500);
            for (size_t i = 0; i < p.n; i++) {
                wards[k] += str_is(p.items[i]->kind, "phường");
                cities[k] += str_is(p.items[i]->kind, "thành phố");
            }
            after = p.next;
        } while (after.n);
    }
    assert_true(wards[0] == 687 && wards[1] == 697 && cities[0] == 6 && cities[1] == 7);
}

/* On every day around every change: each place has one holder of its code and a parent of a higher level. */
static void test_every_place_lies_in_a_province_on_every_day(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    int64_t days[] = {new_year, civil_days(2025, 2, 28), civil_days(2025, 3, 1), eve, merged, civil_days(2026, 4, 29), civil_days(2026, 4, 30), today};
    for (size_t d = 0; d < ARRAY_LEN(days); d++) {
        size_t seen = 0;
        struct str after = STR("");
        do {
            struct territory_page p = territory_list(o, a, days[d], STR(""), STR(""), after, 137);
            for (size_t i = 0; i < p.n; i++, seen++) {
                assert_true(str_cmp(p.items[i]->code, after) > 0);
                after = p.items[i]->code;
                assert_ptr_equal(territory_on(o, after, days[d]), p.items[i]);
                struct str province = territory_province(o, after, days[d]);
                assert_true(province.n == 2 && territory_on(o, province, days[d])->level == LEVEL_PROVINCE);
            }
            after = p.next;
            arena_reset(a);
            after = after.n ? after : STR("");
        } while (after.n);
        assert_int_equal(seen, territory_count_on(o, LEVEL_PROVINCE, days[d]) + territory_count_on(o, LEVEL_DISTRICT, days[d])
                                   + territory_count_on(o, LEVEL_COMMUNE, days[d]));
    }
    assert_str(territory_path(o, a, STR("00004"), eve), "Phường Trúc Bạch, Quận Ba Đình, Thành phố Hà Nội");
    assert_str(territory_path(o, a, STR("00004"), today), "Phường Ba Đình, Thành phố Hà Nội");
}

static void test_search_forgives_marks_and_kinds(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const char *const typed[] = {"rach gia", "Rạch Giá", "phuong rach gia", "xã RẠCH GIÁ", "rach gi", "Phường  Rạch Giá,", "30742"};
    const struct territory *rach_gia = NULL;
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        struct territory_page p = territory_list(o, a, today, STR("91"), str_of(typed[i]), STR(""), 20);
        if (i == 0 && p.n)
            rach_gia = p.items[0];
        bool found = false;
        for (size_t k = 0; k < p.n; k++)
            found |= p.items[k] == rach_gia;
        if (!found)
            fail_msg("'%s' does not find Rạch Giá (%.*s)", typed[i], PRS(rach_gia ? rach_gia->code : STR("none")));
    }
    assert_str(rach_gia->name, "Phường Rạch Giá");
    assert_true(territory_list(o, a, today, STR("VN"), STR("tinh an giang"), STR(""), 20).n == 1);
    assert_true(territory_list(o, a, today, STR("VN"), STR("tp an giang"), STR(""), 20).n == 1);
    assert_true(territory_list(o, a, today, STR("VN"), STR("tp hcm"), STR(""), 20).n == 1);
    assert_true(territory_list(o, a, today, STR("VN"), STR(""), STR(""), 500).n == 34);
    assert_true(territory_list(o, a, today, STR("VN"), STR("khong co dau ca"), STR(""), 20).n == 0);
    assert_true(territory_list(o, a, today, STR(""), STR("?!"), STR(""), 20).n == 0);
    assert_true(territory_list(o, a, today, STR(""), STR("\xff\xfe"), STR(""), 20).n == 0);
    struct territory_page all = territory_list(o, a, eve, STR("01"), STR(""), STR(""), 100);
    assert_true(all.n == 30 && all.items[0]->level == LEVEL_DISTRICT && all.next.n == 0); /* Hà Nội's districts */
}

/* Every place is found by its own name with and without marks; pages of any size give the same list. */
static void test_search_finds_every_place_by_its_name(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str after = STR("");
    size_t tried = 0;
    do {
        struct territory_page p = territory_list(o, a, today, STR(""), STR(""), after, 500);
        for (size_t i = 0; i < p.n; i += 7, tried++) {
            const struct territory *t = p.items[i];
            struct territory_page hit = territory_list(o, a, today, t->parent, tried % 2 ? t->folded : t->name, STR(""), 500);
            bool found = false;
            for (size_t k = 0; k < hit.n; k++)
                found |= hit.items[k] == t;
            assert_true(found);
        }
        after = p.next;
    } while (after.n);
    assert_true(tried > 450);
}

static void test_a_whole_merger_names_its_successor(void **state) /* R-010 */
{
    (void)state;
    const struct succession *s;
    assert_int_equal(territory_successors(o, STR("00004"), &s), 1);
    assert_true(s->share == SHARE_WHOLE && !s->doubtful && s->reason == DOUBT_NONE);
    assert_str(s->from->name, "Phường Trúc Bạch");
    assert_str(s->to->name, "Phường Ba Đình");
    enum doubt d;
    assert_str(territory_became(o, STR("00013"), eve, today, &d)->code, "00004");
    assert_int_equal(d, DOUBT_NONE);
    assert_ptr_equal(territory_became(o, STR("00004"), eve, eve, &d), territory_on(o, STR("00004"), eve));
    assert_null(territory_became(o, STR("00004"), today, eve, &d));
}

static void test_a_partial_merger_is_a_doubt(void **state) /* R-010 */
{
    (void)state;
    const struct succession *s;
    size_t n = territory_successors(o, STR("00016"), &s);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++)
        assert_true(s[i].share == SHARE_PART && s[i].doubtful && s[i].reason == DOUBT_PART && str_is(s[i].from->code, "00016"));
    enum doubt d;
    assert_null(territory_became(o, STR("00016"), eve, today, &d));
    assert_int_equal(d, DOUBT_PART);
    assert_int_equal(territory_doubt(o, STR("00016")), DOUBT_PART);
}

static void test_an_giang_took_in_kien_giang_and_kept_its_code(void **state) /* R-010 */
{
    (void)state;
    const struct succession *s;
    enum doubt d;
    assert_int_equal(territory_successors(o, STR("89"), &s), 1);
    assert_true(str_is(s->to->code, "91") && s->share == SHARE_WHOLE && !s->doubtful);
    assert_int_equal(territory_successors(o, STR("91"), &s), 1);
    assert_true(str_is(s->to->name, "Tỉnh An Giang") && str_is(s->from->name, "Tỉnh Kiên Giang") && s->share == SHARE_WHOLE);
    const struct succession *const *from;
    assert_int_equal(territory_predecessors(o, STR("91"), &from), 2);
    assert_true(str_is(from[0]->from->code, "89") && str_is(from[1]->from->code, "91"));
    assert_str(territory_became(o, STR("89"), eve, today, &d)->name, "Tỉnh An Giang");
    assert_int_equal(territory_successors(o, STR("01"), &s), 1);
    assert_int_equal(s->share, SHARE_UNCHANGED);
    assert_str(territory_became(o, STR("75"), eve, today, &d)->name, "Thành phố Đồng Nai");
}

static void test_a_district_became_communes(void **state) /* R-010 */
{
    (void)state;
    const struct succession *s;
    size_t n = territory_successors(o, STR("001"), &s); /* Ba Đình */
    assert_true(n >= 3);
    for (size_t i = 0; i < n; i++)
        assert_true(s[i].doubtful && s[i].reason == DOUBT_DISTRICT && s[i].to->level == LEVEL_COMMUNE);
    assert_int_equal(territory_successors(o, STR("755"), &s), 1); /* Côn Đảo, an island district without communes */
    assert_true(!s->doubtful && str_is(s->to->name, "Đặc khu Côn Đảo") && str_is(s->to->parent, "79"));
}

/* Every old code either has a certain successor, or stands on the hand-over list (districts aside). */
static void test_what_the_map_leaves_open_is_listed(void **state) /* R-010 */
{
    (void)state;
    const struct doubtful *list;
    size_t n = org_doubtful(o, &list), by[DOUBT_ORGAN + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        by[list[i].reason]++;
        assert_true(list[i].name.n > 0 && doubt_name(list[i].reason)[0]);
        if (i)
            assert_true(list[i - 1].reason < list[i].reason || str_cmp(list[i - 1].code, list[i].code) <= 0);
        if (list[i].reason == DOUBT_PART || list[i].reason == DOUBT_SEVERAL)
            assert_true(list[i].candidates >= 2 && list[i].first->from == list[i].place);
    }
    assert_int_equal(by[DOUBT_PART], 437);
    assert_int_equal(by[DOUBT_SEVERAL], 3);
    assert_int_equal(by[DOUBT_MISSING], 26);
    assert_int_equal(by[DOUBT_NO_CODE], 1);
    assert_int_equal(by[DOUBT_CODE], 1);
    assert_int_equal(by[DOUBT_DISTRICT], 0);
    assert_true(by[DOUBT_ORGAN] >= 3);
    enum doubt d;
    assert_null(territory_became(o, STR("03751"), new_year, today, &d)); /* ended on 2025-03-01, the map is silent */
    assert_int_equal(d, DOUBT_MISSING);
    struct arena *a _arena_ = arena_new();
    struct str after = STR("");
    size_t open = 0;
    do {
        struct territory_page p = territory_list(o, a, eve, STR(""), STR(""), after, 500);
        for (size_t i = 0; i < p.n; i++) {
            const struct territory *t = territory_became(o, p.items[i]->code, eve, today, &d);
            assert_true((t != NULL) == (d == DOUBT_NONE));
            open += d != DOUBT_NONE && d != DOUBT_DISTRICT;
        }
        after = p.next;
    } while (after.n);
    assert_int_equal(open, by[DOUBT_PART] + by[DOUBT_SEVERAL]);
    const struct succession *const *from;
    after = STR("");
    do { /* and every place of the merger came from somewhere */
        struct territory_page p = territory_list(o, a, merged, STR(""), STR(""), after, 500);
        for (size_t i = 0; i < p.n; i++)
            assert_true(territory_predecessors(o, p.items[i]->code, &from) > 0);
        after = p.next;
    } while (after.n);
}

static void test_a_committee_bears_the_code_of_its_territory(void **state)
{
    (void)state;
    const struct unit *u = unit_find(o, STR("91"));
    assert_str(u->name, "Ủy ban nhân dân tỉnh An Giang");
    assert_true(u->level == UNIT_PROVINCE && !u->authority && u->oversees && str_is(u->agency_code, "H01") && str_empty(u->parent));
    assert_ptr_equal(unit_committee_of(o, STR("91")), u);
    u = unit_committee_of(o, STR("30742"));
    assert_str(u->name, "Ủy ban nhân dân phường Rạch Giá");
    assert_true(str_is(u->parent, "91") && str_is(u->province, "91") && u->level == UNIT_COMMUNE);
    assert_null(unit_committee_of(o, STR("91.STP")));
    assert_null(unit_committee_of(o, STR("G03")));
    assert_null(unit_committee_of(o, STR("89")));
}

static void test_organs_bear_code_and_abbreviation(void **state)
{
    (void)state;
    static const struct { const char *code, *name, *parent, *authority; } is[] = {
        {"91.STP", "Sở Tư pháp tỉnh An Giang", "91", ""}, {"91.PC06", "Phòng Cảnh sát quản lý hành chính về trật tự xã hội Công an tỉnh An Giang", "91.CAT", "police"},
        {"91.CAT", "Công an tỉnh An Giang", "G01", "police"}, {"91.BHXH", "Bảo hiểm xã hội tỉnh An Giang", "G24", "social_insurance"},
        {"91.VPDKDD", "Văn phòng đăng ký đất đai tỉnh An Giang", "91.SNNMT", "land"}, {"30742.CAX", "Công an phường Rạch Giá", "91.CAT", "police"},
        {"30742.TTPVHCC", "Trung tâm Phục vụ hành chính công phường Rạch Giá", "30742", ""},
        {"01.BCHQS", "Bộ Tư lệnh Thủ đô Hà Nội", "G11", "military"}, {"91.TTPVHCC", "Trung tâm Phục vụ hành chính công tỉnh An Giang", "91.VPUB", ""},
        {"01.TTPVHCC", "Trung tâm Phục vụ hành chính công thành phố Hà Nội", "01", ""}, {"G03.BPMC", "Bộ phận Một cửa Bộ Giáo dục và Đào tạo", "G03", ""}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        const struct unit *u = unit_find(o, str_of(is[i].code));
        if (!u)
            fail_msg("no %s", is[i].code);
        assert_str(u->name, is[i].name);
        assert_str(u->parent, is[i].parent);
        assert_str(u->authority_kind, is[i].authority);
        assert_int_equal(u->authority, is[i].authority[0] != 0);
        assert_true(unit_valid_on(u, today));
    }
    assert_null(unit_find(o, STR("91.SATTP")));
    assert_non_null(unit_find(o, STR("79.SATTP")));
    assert_null(unit_find(o, STR("91.")));
    assert_null(unit_find(o, STR("")));
    assert_true(unit_service_centre(o, STR("91"))->one_stop); /* R-011 */
}

static void test_an_organ_follows_the_kind_of_its_place(void **state)
{
    (void)state;
    int64_t day = civil_days(2026, 4, 30);
    const struct unit *before = unit_find(o, STR("25270.PKT")), *after = unit_find(o, STR("25270.PKTHTDT"));
    assert_true(unit_valid_on(before, day - 1) && !unit_valid_on(before, day));
    assert_true(!unit_valid_on(after, day - 1) && unit_valid_on(after, day));
    assert_ptr_equal(unit_organ(o, STR("25270"), STR("PKT")), after); /* acts in its place */
    assert_str(unit_organ(o, STR("01"), STR("SVHTTDL"))->code, "01.SVHTT");
    assert_null(unit_organ(o, STR("01"), STR("NONE")));
    assert_str(unit_find(o, STR("25270"))->name, "Ủy ban nhân dân phường Lộc Ninh");
    assert_true(unit_find(o, STR("25270"))->valid_from == merged);
}

static void test_agency_codes_lead_to_who_carries_on(void **state) /* R-064 */
{
    (void)state;
    assert_str(unit_of_agency(o, STR("H01")), "91");
    assert_str(unit_of_agency(o, STR("H33")), "91");
    assert_str(unit_of_agency(o, STR("H28")), "25"); /* Hòa Bình: the list names no successor, the map does */
    assert_str(unit_of_agency(o, STR("G04")), "G17");
    assert_str(unit_of_agency(o, STR("H99")), "");
    char code[4];
    for (int i = 1; i <= 63; i++) {
        snprintf(code, sizeof code, "H%02d", i);
        struct str u = unit_of_agency(o, str_of(code));
        assert_true(unit_find(o, u) && unit_find(o, u)->level == UNIT_PROVINCE);
    }
    assert_false(unit_valid_on(unit_find(o, STR("G04")), today));
    assert_true(unit_valid_on(unit_find(o, STR("G04")), civil_days(2025, 2, 28)));
}

/* The whole list, in order, each found by its code, in pages of any size; parents exist; counts follow from the map. */
static void test_units_are_whole_and_in_order(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str after = STR("");
    size_t seen = 0, committees = 0, centres = 0;
    do {
        struct unit_page p = unit_list(o, a, STR("VN"), STR(""), after, 499);
        for (size_t i = 0; i < p.n; i++, seen++) {
            const struct unit *u = p.items[i];
            assert_true(str_cmp(after, u->code) < 0);
            after = u->code;
            assert_ptr_equal(unit_find(o, u->code), u);
            assert_true(str_empty(u->parent) || unit_find(o, u->parent));
            assert_true(str_eq(u->folded, vn_fold(a, u->name)) && str_find_char(u->name, '{') < 0);
            assert_true(u->level == UNIT_CENTRAL || territory_on(o, u->territory, today));
            assert_true(unit_is_within(o, u->code, STR("VN")));
            committees += str_is(u->kind, "ủy ban nhân dân");
            centres += u->one_stop && u->level != UNIT_CENTRAL;
        }
        after = p.next;
        if (after.n)
            after = unit_find(o, after)->code;
        arena_reset(a);
    } while (after.n);
    assert_true(seen > 26000 && seen <= unit_count(o));
    assert_int_equal(committees, 34 + 3321);
    assert_int_equal(centres, 34 + 3321);
}

static void test_units_of_a_province_come_before_those_inside_it(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (size_t limit = 1; limit < 500; limit = limit * 3 + 1) {
        struct str after = STR(""), first_inside = STR("");
        size_t own = 0, inside = 0;
        do {
            struct unit_page p = unit_list(o, a, STR("91"), STR(""), after, limit);
            assert_true(p.n <= limit && p.n > 0);
            for (size_t i = 0; i < p.n; i++) {
                assert_true(unit_is_within(o, p.items[i]->code, STR("91")) && str_is(unit_province(o, p.items[i]->code), "91"));
                bool mine = str_is(p.items[i]->territory, "91");
                assert_false(mine && inside);
                own += mine;
                inside += !mine;
                if (!mine && !first_inside.n)
                    first_inside = p.items[i]->code;
            }
            after = p.next;
        } while (after.n);
        assert_true(own > 25 && inside == 102 * 8);
    }
    assert_true(unit_list(o, a, STR("30742"), STR(""), STR(""), 50).n == 8);
    assert_true(unit_list(o, a, STR("99"), STR(""), STR(""), 50).n == 0);
    assert_false(unit_is_within(o, STR("30742.CAX"), STR("89")));
    assert_true(unit_is_within(o, STR("30742.CAX"), STR("30742")));
    assert_false(unit_is_within(o, STR("91.STP"), STR("30742")));
    assert_false(unit_is_within(o, STR("G03"), STR("91")));
}

static void test_units_are_found_as_people_type(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    static const struct { const char *territory, *q, *code; } is[] = {{"91", "cong an rach gia", "30742.CAX"}, {"91", "công an xã Rạch Giá", "30742.CAX"},
        {"91", "stp", "91.STP"}, {"", "STP an giang", "91.STP"}, {"91", "ubnd rach gia", "30742"}, {"", "bo giao duc", "G03"}, {"91", "30742", "30742"},
        {"", "thue an giang", "91.TT"}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        struct unit_page p = unit_list(o, a, str_of(is[i].territory), str_of(is[i].q), STR(""), 20);
        bool found = false;
        for (size_t k = 0; k < p.n; k++)
            found |= str_is(p.items[k]->code, is[i].code);
        if (!found)
            fail_msg("'%s' in '%s' does not find %s (%zu found)", is[i].q, is[i].territory, is[i].code, p.n);
    }
    assert_true(unit_list(o, a, STR(""), STR("@#"), STR(""), 20).n == 0);
}

static void test_desks(void **state)
{
    (void)state;
    assert_str(unit_desk(o, STR("30742")), "30742");
    assert_str(unit_desk(o, STR("30742.TTPVHCC")), "30742");
    assert_str(unit_desk(o, STR("30742.PVHXH")), "30742");
    assert_str(unit_desk(o, STR("30742.CAX")), "30742.CAX");
    assert_str(unit_desk(o, STR("91.TTPVHCC")), "91.TTPVHCC");
    assert_str(unit_desk(o, STR("no")), "");
}

static void test_organs_in_the_tree_are_the_organs_in_the_binary(void **state)
{
    (void)state;
    static const char *const name[] = {"organs.tsv", "rights.tsv"};
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        struct arena *a _arena_ = arena_new();
        const char *root = getenv("MOTCUA_ROOT");
        FILE *file = fopen(str_printf(a, "%s/data/%s", root ? root : ".", name[i]).p, "rb");
        if (!file)
            skip();
        char *text = arena_alloc(a, 1 << 20);
        size_t n = fread(text, 1, 1 << 20, file);
        fclose(file);
        assert_true(str_eq((struct str){text, n}, text_of(name[i])));
    }
}

static struct str with(struct str text, const char *old, const char *new_text)
{
    ptrdiff_t at = str_find(text, str_of(old));
    assert_true(at >= 0);
    return str_printf(texts, "%.*s%s%.*s", (int)at, text.p, new_text, (int)(text.n - (size_t)at - strlen(old)), text.p + at + strlen(old));
}

static void test_a_broken_text_is_refused_with_its_place(void **state)
{
    (void)state;
    for (int k = 0; k < 9; k++) {
        struct org_input in = input;
        struct arena *a _arena_ = arena_new();
        struct fail f = {0};
        switch (k) {
        case 0: in.units_2024 = STR(""); break;
        case 1: in.units_2025 = with(in.units_2025, "parent_code", "parents"); break;
        case 2: in.units_2024 = with(in.units_2024, "2025-07-01", "2025-07-32"); break;
        case 3: in.merge_2025 = with(in.merge_2025, "\n00013\t", "\n99999\t"); break;
        case 4: in.merge_2025 = with(in.merge_2025, "\ttoàn bộ\t", "\tkhông rõ\t"); break;
        case 5: in.organs = with(in.organs, "SNV\tprovince", "SNV\tdistrict"); break;
        case 6: in.organs = with(in.organs, "\nSTC\t", "\nSNV\t"); break;
        case 7: in.units_2024 = with(in.units_2024, "\n02\t", "\n01\t"); break;
        case 8: in.organs = with(in.organs, "\t^CAT\t", "\t^NONE\t"); break;
        default: break;
        }
        assert_null(org_load(a, &in, &f));
        assert_true(f.err == ERR_CORRUPT && f.n > 0 && f.item[0].pointer[0] == '/');
    }
    for (size_t cut = 0; cut < 2000; cut += 13) { /* any truncation is refused or read, never worse */
        struct org_input in = input;
        struct arena *a _arena_ = arena_new();
        struct fail f = {0};
        in.organs = str_sub(in.organs, 0, cut);
        in.units_2025 = str_sub(in.units_2025, 0, 400 + cut);
        struct org *got = org_load(a, &in, &f);
        assert_true(got || f.err == ERR_CORRUPT);
        if (cut > 100)
            cut += 300;
    }
}

static void test_it_is_small_and_quick(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct fail f = {0};
    struct mallinfo2 before = mallinfo2();
    int64_t best = INT64_MAX;
    struct org *again = NULL;
    for (int i = 0; i < 5; i++) {
        arena_reset(a);
        int64_t from = time_monotonic_us();
        again = org_load(a, &input, &f);
        int64_t took = time_monotonic_us() - from;
        best = took < best ? took : best;
    }
    struct mallinfo2 after = mallinfo2();
    double mb = (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1e6;
    int64_t from = time_monotonic_us();
    for (int i = 0; i < 100; i++) {
        struct arena *scratch _arena_ = arena_new();
        unit_list(again, scratch, STR("91"), STR("cong an xa rach gia"), STR(""), 20);
    }
    print_message("# load %lld us, %.1f MB, search %lld us\n", (long long)best, mb, (long long)(time_monotonic_us() - from) / 100);
    assert_non_null(again);
    assert_true(best < 600000); /* ten times the budget of 60 ms: sanitizers, busy machines */
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(mb < 12);
#endif
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_levels_since_the_merger_three_before),
        cmocka_unit_test(test_a_code_names_another_place_on_another_day),
        cmocka_unit_test(test_a_new_kind_holds_from_its_day_on),
        cmocka_unit_test(test_every_place_lies_in_a_province_on_every_day),
        cmocka_unit_test(test_search_forgives_marks_and_kinds),
        cmocka_unit_test(test_search_finds_every_place_by_its_name),
        cmocka_unit_test(test_a_whole_merger_names_its_successor),
        cmocka_unit_test(test_a_partial_merger_is_a_doubt),
        cmocka_unit_test(test_an_giang_took_in_kien_giang_and_kept_its_code),
        cmocka_unit_test(test_a_district_became_communes),
        cmocka_unit_test(test_what_the_map_leaves_open_is_listed),
        cmocka_unit_test(test_a_committee_bears_the_code_of_its_territory),
        cmocka_unit_test(test_organs_bear_code_and_abbreviation),
        cmocka_unit_test(test_an_organ_follows_the_kind_of_its_place),
        cmocka_unit_test(test_agency_codes_lead_to_who_carries_on),
        cmocka_unit_test(test_units_are_whole_and_in_order),
        cmocka_unit_test(test_units_of_a_province_come_before_those_inside_it),
        cmocka_unit_test(test_units_are_found_as_people_type),
        cmocka_unit_test(test_desks),
        cmocka_unit_test(test_organs_in_the_tree_are_the_organs_in_the_binary),
        cmocka_unit_test(test_a_broken_text_is_refused_with_its_place),
        cmocka_unit_test(test_it_is_small_and_quick),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

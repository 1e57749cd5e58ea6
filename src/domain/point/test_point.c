/* Service points and counters: their life, who may, who serves when, and that no open counter is left unmanned. */
#include "domain/point/point.h"
#include "domain/staff/staff_test.h"

#define OPEN_POINT "{'code': '30292.01', 'name': 'Bộ phận Một cửa Rạch Giá', 'address': '1 Nguyễn Trung Trực', 'territory': '30292', 'kind': 'one_stop', 'basis': 'QĐ 1'}"
#define OPEN_COUNTER "{'no': 1, 'name': 'Hộ tịch', 'procedures': ['1.001193', '1.000656'], 'purposes': ['receive', 'return'], 'basis': 'QĐ 1'}"

static enum err point_as(struct world *w, const struct actor *actor, const char *home, const char *code, const char *type, const char *payload)
{
    char *text = arena_alloc(w->a, strlen(payload) + 1);
    struct str where = str_of(home);
    struct id id = {{0}};
    memcpy(text, payload, strlen(payload));
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *j = arena_json(w->a, json_loads(text, 0, NULL));
    if (!j)
        fail_msg("%s", text);
    if (code)
        assert_int_equal(point_find(w->db, w->a, str_of(code), &where, &id), ERR_OK);
    struct command c = {.aggregate = &point_aggregate, .type = str_of(type), .home_unit = where, .stream = id, .actor = *actor,
                        .key = str_printf(w->a, "p%d", w->key++), .payload = j, .now = w->now};
    enum err e = command_wait(&w->room, w->a, &c, &w->out);
    w->fail = w->out.fail;
    return e;
}
static enum err at_point(struct world *w, const char *type, const char *payload) { return point_as(w, &w->system, "30292", "30292.01", type, payload); }

static void opened(struct world *w)
{
    if (point_as(w, &w->system, "30292", NULL, "point_open", OPEN_POINT) || at_point(w, "counter_open", OPEN_COUNTER))
        fail_msg("%s %s", w->fail.item[0].code, w->fail.item[0].pointer);
    register_one(w, "30292", "lan", "person");
    register_one(w, "30292", "minh", "person");
}

static void closed(struct world *w)
{
    static const struct aggregate *const all[] = {&staff_aggregate, &point_aggregate};
    struct replay_report r;
    enum err e = replay_run(w->f->store, &w->room.keyring, all, ARRAY_LEN(all), &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
    world_close(w);
}

static const struct service_point *state_of(const struct world *w) { return w->out.state; }

static void test_a_point_lives_from_opening_to_closing(void **state) /* */
{
    WORLD(w);
    struct point_row rows[4];
    struct counter_row counters[4];
    size_t n;
    opened(w);
    assert_refused(w, point_as(w, &w->system, "91", NULL, "point_open", OPEN_POINT), ERR_CONFLICT, "point.code-taken");
    assert_int_equal(at_point(w, "point_change", "{'address': '2 Lê Lợi', 'basis': 'QĐ 2'}"), ERR_OK);
    assert_true(str_is(state_of(w)->address, "2 Lê Lợi") && str_is(state_of(w)->name, "Bộ phận Một cửa Rạch Giá"));
    assert_int_equal(point_as(w, &w->system, "91", NULL, "point_open",
                              "{'code': 'XE.01', 'name': 'Xe lưu động', 'territory': '91', 'kind': 'mobile', 'basis': 'QĐ 3'}"), ERR_OK);
    assert_int_equal(point_list(w->db, w->a, &(struct point_filter){.open = true}, rows, 4, &n), ERR_OK);
    assert_true(n == 2 && str_is(rows[0].code, "30292.01") && str_is(rows[1].kind, "mobile"));
    assert_int_equal(point_list(w->db, w->a, &(struct point_filter){.territory = STR("30292")}, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(at_point(w, "counter_staff", "{'no': 1, 'staff': 'lan', 'basis': 'QĐ 4'}"), ERR_OK);
    w->now += MS_DAY;
    assert_int_equal(at_point(w, "point_close", "{'basis': 'QĐ 9'}"), ERR_OK);
    assert_true(state_of(w)->closed_at == w->now && state_of(w)->counter[0].closed_at == w->now);
    assert_refused(w, at_point(w, "counter_open", OPEN_COUNTER), ERR_CONFLICT, "point.closed");
    assert_int_equal(point_list(w->db, w->a, &(struct point_filter){.unit = STR("30292"), .open = true}, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(point_list(w->db, w->a, &(struct point_filter){.unit = STR("30292")}, rows, 4, &n), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(counter_list(w->db, w->a, rows[0].home_unit, rows[0].id, 0, counters, 4, &n), ERR_OK);
    assert_true(n == 1 && counters[0].closed_at == w->now);
    struct serving_row serving[4];
    assert_int_equal(counter_serving(w->db, w->a, rows[0].home_unit, rows[0].id, 1, w->now, serving, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
    closed(w);
}

static void test_a_counter_does_what_it_was_opened_for(void **state) /* */
{
    WORLD(w);
    struct str home;
    struct id id;
    struct counter_row c[4];
    size_t n;
    opened(w);
    assert_int_equal(at_point(w, "counter_open", "{'no': 2, 'name': 'Đa năng', 'purposes': ['receive', 'pay'], 'basis': 'QĐ 1'}"), ERR_OK);
    assert_int_equal(at_point(w, "counter_open", "{'no': 1, 'name': 'Tư pháp', 'sectors': ['Hộ tịch'], 'purposes': ['receive'], 'basis': 'QĐ 2'}"), ERR_OK);
    assert_int_equal(point_find(w->db, w->a, STR("30292.01"), &home, &id), ERR_OK);
    assert_int_equal(counter_list(w->db, w->a, home, id, 0, c, 4, &n), ERR_OK);
    assert_true(n == 2 && str_is(c[0].name, "Tư pháp") && !c[0].procedures.n && str_is(c[0].sectors, ",Hộ tịch,"));
    assert_true(counter_serves(&c[0], STR("1.001193"), STR("Hộ tịch"), STR("receive")));
    assert_false(counter_serves(&c[0], STR("1.001193"), STR("Hộ tịch"), STR("return")));
    assert_false(counter_serves(&c[0], STR("1.004873"), STR("Đất đai"), STR("receive")));
    assert_true(counter_serves(&c[1], STR("1.004873"), STR("Đất đai"), STR("pay")));
    assert_int_equal(at_point(w, "counter_close", "{'no': 2, 'basis': 'QĐ 5'}"), ERR_OK);
    assert_refused(w, at_point(w, "counter_close", "{'no': 2, 'basis': 'QĐ 5'}"), ERR_CONFLICT, "counter.closed");
    assert_refused(w, at_point(w, "counter_close", "{'no': 7, 'basis': 'QĐ 5'}"), ERR_CONFLICT, "counter.absent");
    w->now += MS_HOUR;
    assert_int_equal(at_point(w, "counter_open", "{'no': 2, 'name': 'Lại mở', 'purposes': ['guide'], 'basis': 'QĐ 6'}"), ERR_OK);
    assert_int_equal(state_of(w)->counter[1].opened_at, w->now);
    closed(w);
}

static void test_a_counter_is_never_left_unmanned(void **state) /* */
{
    WORLD(w);
    struct str home;
    struct id id;
    struct serving_row s[4];
    struct unmanned_row u[4];
    size_t n;
    opened(w);
    assert_int_equal(point_find(w->db, w->a, STR("30292.01"), &home, &id), ERR_OK);
    assert_int_equal(counters_unmanned(w->db, w->a, STR("30292"), w->now, u, 4, &n), ERR_OK);
    assert_true(n == 1 && u[0].no == 1 && str_is(u[0].point, "30292.01"));
    assert_int_equal(at_point(w, "counter_staff", "{'no': 1, 'staff': 'lan', 'basis': 'QĐ 4'}"), ERR_OK);
    assert_refused(w, at_point(w, "counter_staff", "{'no': 1, 'staff': 'lan', 'basis': 'QĐ 4'}"), ERR_CONFLICT, "counter.staffed-already");
    assert_refused(w, at_point(w, "counter_staff_end", "{'no': 1, 'staff': 'lan', 'basis': 'QĐ 5'}"), ERR_CONFLICT, "counter.unmanned");
    assert_refused(w, at_point(w, "counter_staff_end", "{'no': 1, 'staff': 'minh', 'basis': 'QĐ 5'}"), ERR_CONFLICT, "counter.not-staffed");
    json_t *p = json_pack("{sisssbss}", "no", 1, "staff", "minh", "substitute", 1, "basis", "QĐ 6");
    with_time(w, p, "to", w->now + 3 * MS_DAY);
    char *text = json_dumps(p, 0);
    assert_int_equal(at_point(w, "counter_staff", text), ERR_OK);
    free(text);
    json_decref(p);
    assert_int_equal(counter_serving(w->db, w->a, home, id, 0, w->now, s, 4, &n), ERR_OK);
    assert_true(n == 2 && str_is(s[0].staff, "lan") && str_is(s[1].staff, "minh") && s[1].substitute && str_is(s[1].basis, "QĐ 6"));
    w->now += MS_HOUR;
    assert_int_equal(at_point(w, "counter_staff_end", "{'no': 1, 'staff': 'lan', 'basis': 'QĐ 5'}"), ERR_OK);
    assert_int_equal(counter_serving(w->db, w->a, home, id, 1, w->now, s, 4, &n), ERR_OK);
    assert_true(n == 1 && str_is(s[0].staff, "minh"));
    assert_int_equal(counters_unmanned(w->db, w->a, STR("30292"), w->now, u, 4, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(counters_unmanned(w->db, w->a, STR("30292"), w->now + 4 * MS_DAY, u, 4, &n), ERR_OK); /* who looks ahead sees the gap */
    assert_int_equal(n, 1);
    closed(w);
}

static void test_who_runs_a_point_says_what_it_is(void **state) /* */
{
    WORLD(w);
    static const struct { const char *role, *unit, *type, *payload; bool may; } tries[] = {
        {"clerk", "30292", "point_change", "{'name': 'A', 'basis': 'x'}", false},
        {"administrator", "30307", "point_change", "{'name': 'B', 'basis': 'x'}", false},
        {"administrator", "30292", "point_change", "{'name': 'C', 'basis': 'x'}", true},
        {"leader", "30292", "point_change", "{'name': 'D', 'basis': 'x'}", false},
        {"leader", "30292", "counter_staff", "{'no': 1, 'staff': 'lan', 'basis': 'x'}", true},
        {"procedure_controller", "91", "counter_open", "{'no': 3, 'name': 'E', 'purposes': ['guide'], 'basis': 'x'}", true}};
    opened(w);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        const char *login = str_c(w->a, str_printf(w->a, "so%zu", i));
        struct actor who;
        register_one(w, tries[i].unit, login, "person");
        assert_int_equal(grant(w, login, tries[i].role, tries[i].unit, 0, 0), ERR_OK);
        assert_int_equal(person(w, login, &who), ERR_OK);
        enum err e = point_as(w, &who, "30292", "30292.01", tries[i].type, tries[i].payload);
        if (e != (tries[i].may ? ERR_OK : ERR_FORBIDDEN))
            fail_msg("%s of %s, %s: %s %s", tries[i].role, tries[i].unit, tries[i].type, err_info(e)->name, w->fail.item[0].code);
    }
    closed(w);
}

static void test_a_wrong_point_is_refused_with_its_place(void **state)
{
    WORLD(w);
    static const struct { const char *type, *payload, *code, *pointer; } tries[] = {
        {"point_open", "{'code': 'a b', 'name': 'x', 'address': 'x', 'territory': '30292', 'kind': 'one_stop', 'basis': 'x'}", "login.characters", "/code"},
        {"point_open", "{'code': 'ab', 'name': 'x', 'territory': '30292', 'kind': 'postal', 'basis': 'x'}", "field.required", "/address"},
        {"point_open", "{'code': 'ab', 'name': 'x', 'address': 'x', 'territory': '99999', 'kind': 'postal', 'basis': 'x'}", "territory.unknown", "/territory"},
        {"point_open", "{'code': 'ab', 'name': 'x', 'address': 'x', 'territory': '01', 'kind': 'postal', 'basis': 'x'}", "unit.other-province", "/territory"},
        {"point_open", "{'code': 'ab', 'name': 'x', 'address': 'x', 'territory': '30292', 'kind': 'tent', 'basis': 'x'}", "field.choice", "/kind"},
        {"point_open", "{'code': 'ab', 'name': 'x', 'address': 'x', 'territory': '30292', 'kind': 'kiosk'}", "field.required", "/basis"},
        {"counter_open", "{'no': 0, 'name': 'x', 'purposes': ['receive'], 'basis': 'x'}", "field.range", "/no"},
        {"counter_open", "{'no': 2, 'name': 'x', 'purposes': [], 'basis': 'x'}", "field.required", "/purposes"},
        {"counter_open", "{'no': 2, 'name': 'x', 'purposes': ['sing'], 'basis': 'x'}", "field.choice", "/purposes/0"},
        {"counter_open", "{'no': 2, 'name': 'x', 'procedures': ['9.999999'], 'purposes': ['receive'], 'basis': 'x'}", "procedure.unknown", "/procedures/0"},
        {"counter_open", "{'no': 2, 'name': 'x', 'sectors': ['Chim'], 'purposes': ['receive'], 'basis': 'x'}", "sector.unknown", "/sectors/0"},
        {"counter_staff", "{'no': 1, 'staff': 'nobody', 'basis': 'x'}", "staff.absent", "/staff"},
        {"counter_staff", "{'no': 1, 'staff': 'lan', 'from': '2020-01-01T00:00:00+07:00', 'basis': 'x'}", "date.past", "/from"},
        {"point_change", "{'basis': 'x'}", "field.required", "/name"},
        {"point_dance", "{}", "command.unknown", "/type"},
    };
    opened(w);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        bool opening = strcmp(tries[i].type, "point_open") == 0;
        assert_int_equal(point_as(w, &w->system, "30292", opening ? NULL : "30292.01", tries[i].type, tries[i].payload), ERR_INVALID);
        if (strcmp(w->fail.item[0].code, tries[i].code) != 0 || strcmp(w->fail.item[0].pointer, tries[i].pointer) != 0)
            fail_msg("%s: %s at %s", tries[i].payload, w->fail.item[0].code, w->fail.item[0].pointer);
    }
    closed(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_point_lives_from_opening_to_closing),
        BOTH_ENGINES(test_a_counter_does_what_it_was_opened_for),
        BOTH_ENGINES(test_a_counter_is_never_left_unmanned),
        BOTH_ENGINES(test_who_runs_a_point_says_what_it_is),
        BOTH_ENGINES(test_a_wrong_point_is_refused_with_its_place),
    };
    return cmocka_run_group_tests_name("point", tests, load_rules, free_rules);
}

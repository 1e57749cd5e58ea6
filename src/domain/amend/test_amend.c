/* Amendments: who may decide on the rules, what is refused, what holds afterwards, and that a store rebuilt from its events says the same. */
#include "domain/amend/amend.h"
#include "base/dataset.h"
#include "domain/reference/reference.h"
#include "domain/staff/staff_test.h"

static void office(struct world *w, struct fixture *f)
{
    struct fail fail = {0};
    world_open(w, f);
    assert_int_equal(reference_adopt_built_in(&w->room, STR("91"), w->now, &fail), ERR_OK);
    assert_int_equal(amend_rules_load(&w->room, w->db, STR("91"), true, &fail), ERR_OK);
}
#define OFFICE(name) \
    struct world name##_world, *name = &name##_world; \
    office(name, fixture_of(state))

static void closed(struct world *w)
{
    static const struct aggregate *const all[] = {&reference_aggregate, &staff_aggregate, &amend_aggregate};
    struct replay_report r;
    enum err e = replay_run(w->f->store, &w->room.keyring, all, ARRAY_LEN(all), &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
    rules_publish(&w->room, NULL);
    assert_int_equal(w->room.generations, 0);
    world_close(w);
}

static enum err amend_as(struct world *w, const struct actor *actor, const char *type, const char *payload)
{
    char *text = arena_alloc(w->a, strlen(payload) + 1);
    struct id id;
    memcpy(text, payload, strlen(payload));
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *j = arena_json(w->a, json_loads(text, 0, NULL));
    if (!j)
        fail_msg("%s", text);
    assert_int_equal(amend_stream(w->db, STR("91"), &id), ERR_OK);
    struct command c = {.aggregate = &amend_aggregate, .type = str_of(type), .home_unit = STR("91"), .stream = id, .actor = *actor,
                        .key = str_printf(w->a, "r%d", w->key++), .payload = j, .now = w->now};
    enum err e = command_wait(&w->room, w->a, &c, &w->out);
    w->fail = w->out.fail;
    return e;
}

static const struct rules *reloaded(struct world *w)
{
    struct fail f = {0};
    if (amend_rules_load(&w->room, w->db, STR("91"), true, &f))
        fail_msg("%s %s", f.item[0].code, f.item[0].param);
    return rules_for(&w->room, w->a);
}

#define amend(w, type, payload) \
    do { \
        if (amend_as((w), &(w)->system, (type), (payload))) \
            fail_msg("%s: %s %s", (type), (w)->fail.item[0].code, (w)->fail.item[0].pointer); \
    } while (0)

static int64_t day(int y, int m, int d) { return civil_days(y, m, d); }

static void test_an_undecided_day_is_decided_and_a_year_entered(void **state) /* */
{
    OFFICE(w);
    const struct rules *before = rules_for(&w->room, w->a);
    assert_true(calendar_is_working_day(before->calendar, STR("91"), day(2028, 5, 2)));
    assert_false(calendar_year_known(before->calendar, 2031));
    amend(w, "rule_day", "{'date': '2028-05-02', 'kind': 'rest', 'name': 'Nghỉ bù', 'basis': 'QĐ 1/QĐ-TTg'}");
    amend(w, "rule_day", "{'date': '2028-05-06', 'kind': 'make_up', 'name': 'Làm bù', 'basis': 'QĐ 1/QĐ-TTg'}");
    amend(w, "rule_year", "{'year': 2031, 'basis': 'TB 2/TB-BNV'}");
    assert_true(calendar_is_working_day(before->calendar, STR("91"), day(2028, 5, 2))); /* whoever began before goes on as before */
    const struct rules *after = reloaded(w);
    assert_false(calendar_is_working_day(after->calendar, STR("91"), day(2028, 5, 2)));
    assert_true(calendar_is_working_day(after->calendar, STR("91"), day(2028, 5, 6)));
    assert_true(str_is(calendar_day_of(after->calendar, day(2028, 5, 2)).legal_basis, "QĐ 1/QĐ-TTg"));
    assert_true(calendar_year_known(after->calendar, 2031));
    amend(w, "rule_day", "{'date': '2028-05-02', 'kind': 'by_weekday', 'name': 'Thôi nghỉ', 'basis': 'QĐ 3/QĐ-TTg'}");
    assert_true(calendar_is_working_day(reloaded(w)->calendar, STR("91"), day(2028, 5, 2)));
    assert_true(after->number + 1 == rules_for(&w->room, w->a)->number);
    struct amendment_row rows[2];
    size_t n;
    assert_int_equal(amend_list(w->db, w->a, STR("91"), 2, rows, 2, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_true(rows[0].seq == 3 && str_is(rows[0].subject, "2031") && str_is(rows[1].type, "rule.day_decided") && rows[1].valid_from == day(2028, 5, 2));
    arena_reset(w->a);
    closed(w);
}

static void test_a_unit_keeps_hours_of_its_own(void **state) /* */
{
    OFFICE(w);
    amend(w, "rule_hours", "{'unit': '30292', 'valid_from': '2027-01-01', 'valid_to': '2027-12-31', 'weekdays': [6], 'intervals': ['07:30-11:30'], 'basis': 'QĐ 5/QĐ-UBND'}");
    amend(w, "rule_hours", "{'valid_from': '2027-01-01', 'season': {'from': '04-16', 'to': '10-15'}, 'weekdays': [1, 2, 3, 4, 5],"
                           " 'intervals': ['06:30-11:00', '13:00-16:30'], 'basis': 'QĐ 6/QĐ-UBND'}");
    const struct calendar *c = reloaded(w)->calendar;
    assert_true(calendar_is_working_day(c, STR("30292"), day(2027, 3, 6)));
    assert_false(calendar_is_working_day(c, STR("30292"), day(2028, 3, 4)));
    assert_false(calendar_is_working_day(c, STR("30295"), day(2027, 3, 6)));
    assert_int_equal(calendar_end_of_working_day(c, STR("30295"), day(2027, 6, 1)), time_from_local(day(2027, 6, 1), 16 * MS_HOUR + 30 * MS_MINUTE));
    assert_int_equal(calendar_end_of_working_day(c, STR("30295"), day(2027, 12, 1)), time_from_local(day(2027, 12, 1), 17 * MS_HOUR));
    arena_reset(w->a);
    closed(w);
}

static int64_t whole(const struct rules *r, const char *key, int64_t on)
{
    struct fail f = {0};
    int64_t v = -1;
    return parameter_i64(r->parameters, key, on, &v, &f) ? -1 : v;
}

static void test_a_parameter_changes_for_its_days_and_comes_back(void **state) /* */
{
    OFFICE(w);
    amend(w, "rule_parameter", "{'key': 'withdrawal_decide_wd', 'value': '2', 'valid_from': '2027-01-01', 'basis': 'QĐ 7'}");
    amend(w, "rule_parameter", "{'key': 'withdrawal_decide_wd', 'value': '5', 'valid_from': '2027-03-01', 'valid_to': '2027-03-31', 'basis': 'QĐ 8 (bão)'}");
    amend(w, "rule_parameter", "{'key': 'transfer_cutoff', 'value': '14:00', 'valid_from': '2027-03-01', 'valid_to': '2027-03-31', 'basis': 'QĐ 8 (bão)'}");
    const struct rules *r = reloaded(w);
    assert_int_equal(whole(r, "withdrawal_decide_wd", day(2026, 12, 31)), 1);
    assert_int_equal(whole(r, "withdrawal_decide_wd", day(2027, 2, 28)), 2);
    assert_int_equal(whole(r, "withdrawal_decide_wd", day(2027, 3, 1)), 5);
    assert_int_equal(whole(r, "withdrawal_decide_wd", day(2027, 4, 1)), 2);
    int64_t at = time_from_local(day(2027, 3, 2), 14 * MS_HOUR + 30 * MS_MINUTE), later = time_from_local(day(2027, 4, 1), 14 * MS_HOUR + 30 * MS_MINUTE);
    assert_true(time_local_day(calendar_hand_over_by(r->calendar, STR("91"), at)) == day(2027, 3, 3)); /* */
    assert_true(time_local_day(calendar_hand_over_by(r->calendar, STR("91"), later)) == day(2027, 4, 1));
    arena_reset(w->a);
    closed(w);
}

static void test_a_doubtful_value_is_settled_from_its_day_on(void **state) /* */
{
    OFFICE(w);
    const struct rules *r = rules_for(&w->room, w->a);
    int64_t on = day(2026, 12, 1);
    const struct procedure *p = NULL, *q;
    for (size_t i = 0; (q = catalog_nth(r->catalog, i, on)); i++)
        if (!p && q->limit_doubtful && q->listed && q->valid_from == INT64_MIN && procedure_agencies(r->catalog, q->code, NULL, 0) == 1)
            p = q;
    assert_non_null(p);
    struct str code = str_dup(w->a, p->code);
    enum limit_doubt doubt = p->limit_doubt;
    amend(w, "rule_procedure", str_c(w->a, str_printf(w->a, "{'code': '%.*s', 'limit': {'unit': 'working_days', 'amount': '7.5', 'cutoff': '15:00'}, 'fees': 'none', 'reach': 'nationwide',"
          " 'competence': {'place': 'province', 'organ': 'STP', 'by': 'receiving'}, 'valid_from': '2026-12-01', 'basis': 'QĐ 9/QĐ-UBND'}", PRS(code))));
    amend(w, "rule_procedure", str_c(w->a, str_printf(w->a, "{'code': '%.*s', 'limit': {'unit': 'same_day'}, 'valid_from': '2027-06-01', 'valid_to': '2027-06-30', 'basis': 'QĐ 10'}", PRS(code))));
    r = reloaded(w);
    p = procedure_find(r->catalog, code, STR(""), on, NULL);
    assert_true(p && !p->limit_doubtful && p->limit.unit == LIMIT_WORKING_DAYS && p->limit.milli == 7500 && p->limit.cutoff_ms_of_day == 15 * MS_HOUR);
    assert_true(p->fees_curated && p->reach == REACH_NATIONWIDE && str_is(p->legal_basis, "QĐ 9/QĐ-UBND"));
    p = procedure_find(r->catalog, code, STR(""), on - 1, NULL);
    assert_true(p && p->limit_doubtful && p->limit_doubt == doubt); /* what was before stays what it was */
    p = procedure_find(r->catalog, code, STR(""), day(2027, 6, 5), NULL);
    assert_true(p && p->limit.unit == LIMIT_SAME_DAY && p->reach == REACH_NATIONWIDE);
    p = procedure_find(r->catalog, code, STR(""), day(2027, 7, 1), NULL);
    assert_true(p && p->limit.unit == LIMIT_WORKING_DAYS);
    struct competence_answer who = competence_of(r->catalog, &(struct competence_question){.p = p, .receiving_unit = STR("30292"), .receiving_commune = STR("30292"),
                                                 .receiving_province = STR("91"), .day = day(2027, 7, 1)});
    assert_true(who.found && strcmp(who.unit, "91.STP") == 0 && str_is(who.row_id, "amended-1"));
    arena_reset(w->a);
    closed(w);
}

static void test_many_decisions_on_one_procedure_can_be_laid_over_each_other(void **state)
{
    OFFICE(w);
    for (int i = 1; i <= 24; i++)
        amend(w, "rule_procedure", str_c(w->a, str_printf(w->a, "{'code': '1.001193', 'limit': {'unit': 'working_days', 'amount': %d}, 'valid_from': '%d-01-01', 'basis': 'QĐ'}", i, 2026 + i)));
    const struct rules *r = reloaded(w);
    for (int i = 1; i <= 24; i++)
        assert_int_equal(procedure_find(r->catalog, STR("1.001193"), STR(""), day(2026 + i, 7, 1), NULL)->limit.milli, i * 1000);
    arena_reset(w->a);
    closed(w);
}

static void test_only_the_province_s_administrator_and_controller_decide(void **state) /* */
{
    OFFICE(w);
    static const struct { const char *role, *unit; bool may; } tries[] = {
        {"administrator", "91", true}, {"procedure_controller", "91", true}, {"administrator", "30292", false}, {"procedure_controller", "30292", false},
        {"leader", "91", false}, {"supervisor", "91", false}, {"clerk", "30292", false}};
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        const char *login = str_c(w->a, str_printf(w->a, "so%zu", i));
        struct actor who;
        register_one(w, tries[i].unit, login, "person");
        assert_int_equal(grant(w, login, tries[i].role, tries[i].unit, 0, 0), ERR_OK);
        assert_int_equal(person(w, login, &who), ERR_OK);
        enum err e = amend_as(w, &who, "rule_year", "{'year': 2032, 'basis': 'QĐ'}");
        if (e != (tries[i].may ? ERR_OK : ERR_FORBIDDEN))
            fail_msg("%s of %s: %s", tries[i].role, tries[i].unit, err_info(e)->name);
    }
    arena_reset(w->a);
    closed(w);
}

static void test_a_wrong_decision_is_refused_with_its_place(void **state)
{
    OFFICE(w);
    static const struct { const char *type, *payload, *code, *pointer; } tries[] = {
        {"rule_day", "{'date': '2028-02-30', 'kind': 'rest', 'name': 'x', 'basis': 'QĐ'}", "field.date", "/date"},
        {"rule_day", "{'date': '2028-02-03', 'kind': 'feast', 'name': 'x', 'basis': 'QĐ'}", "field.choice", "/kind"},
        {"rule_day", "{'date': '2028-02-03', 'kind': 'rest', 'name': 'x'}", "field.required", "/basis"},
        {"rule_day", "{'date': '1990-02-03', 'kind': 'rest', 'name': 'x', 'basis': 'QĐ'}", "calendar.out-of-table", "/day"},
        {"rule_year", "{'year': 1999, 'basis': 'QĐ'}", "field.range", "/year"},
        {"rule_hours", "{'unit': '99999', 'valid_from': '2027-01-01', 'weekdays': [1], 'intervals': [], 'basis': 'QĐ'}", "unit.unknown", "/unit"},
        {"rule_hours", "{'unit': '01', 'valid_from': '2027-01-01', 'weekdays': [1], 'intervals': [], 'basis': 'QĐ'}", "unit.other-province", "/unit"},
        {"rule_hours", "{'valid_from': '2027-01-01', 'weekdays': [8], 'intervals': [], 'basis': 'QĐ'}", "rules.value-unfit", ""},
        {"rule_hours", "{'valid_from': '2027-01-01', 'weekdays': [1], 'intervals': ['11:00-09:00'], 'basis': 'QĐ'}", "calendar.hours-order", "/hours"},
        {"rule_hours", "{'valid_from': '2027-02-01', 'valid_to': '2027-01-01', 'weekdays': [1], 'intervals': [], 'basis': 'QĐ'}", "date.order", "/valid_to"},
        {"rule_parameter", "{'key': 'no_such_key', 'value': '1', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "parameters.unknown", "/key"},
        {"rule_parameter", "{'key': 'token_days', 'value': 'ba', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "parameters.unreadable", "/value"},
        {"rule_parameter", "{'key': 'transfer_cutoff', 'value': '15', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "parameters.unreadable", "/value"},
        {"rule_parameter", "{'key': 'working_hours_per_day', 'value': '30', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "parameters.unreadable", ""},
        {"rule_procedure", "{'code': '9.999999', 'reach': 'commune', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "procedure.unknown", "/code"},
        {"rule_procedure", "{'code': '1.001193', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "field.required", "/limit"},
        {"rule_procedure", "{'code': '1.001193', 'limit': {'unit': 'working_days', 'amount': 0}, 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "field.range", "/limit/amount"},
        {"rule_procedure", "{'code': '1.001193', 'fees': 'fifty', 'valid_from': '2027-01-01', 'basis': 'QĐ'}", "fees.notation", "/fees"},
        {"rule_war", "{}", "command.unknown", "/type"},
    };
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        assert_int_equal(amend_as(w, &w->system, tries[i].type, tries[i].payload), ERR_INVALID);
        if (strcmp(w->fail.item[0].code, tries[i].code) != 0 || strcmp(w->fail.item[0].pointer, tries[i].pointer) != 0)
            fail_msg("%s: %s at %s", tries[i].payload, w->fail.item[0].code, w->fail.item[0].pointer);
    }
    struct id id;
    assert_int_equal(amend_stream(w->db, STR("91"), &id), ERR_OK);
    assert_true(id_is_zero(id));
    closed(w);
}

static void test_a_store_has_one_stream_of_amendments(void **state)
{
    OFFICE(w);
    amend(w, "rule_year", "{'year': 2031, 'basis': 'QĐ'}");
    struct command c = {.aggregate = &amend_aggregate, .type = STR("rule_year"), .home_unit = STR("91"), .actor = w->system, .key = STR("second"),
                        .payload = arena_json(w->a, json_pack("{siss}", "year", 2032, "basis", "QĐ")), .now = w->now};
    assert_int_equal(command_wait(&w->room, w->a, &c, &w->out), ERR_CONFLICT);
    c.home_unit = STR("30292");
    c.key = STR("third");
    assert_int_equal(command_wait(&w->room, w->a, &c, &w->out), ERR_INVALID);
    closed(w);
}

static void test_the_stamp_changes_with_each_amendment_and_only_then(void **state)
{
    OFFICE(w);
    struct hash a, b, c;
    assert_int_equal(amend_stamp(w->db, STR("91"), &a), ERR_OK);
    register_one(w, "91", "ai.do", "person");
    assert_int_equal(amend_stamp(w->db, STR("91"), &b), ERR_OK);
    assert_memory_equal(a.b, b.b, HASH_BYTES);
    amend(w, "rule_year", "{'year': 2031, 'basis': 'QĐ'}");
    assert_int_equal(amend_stamp(w->db, STR("91"), &b), ERR_OK);
    amend(w, "rule_year", "{'year': 2032, 'basis': 'QĐ'}");
    assert_int_equal(amend_stamp(w->db, STR("91"), &c), ERR_OK);
    assert_true(memcmp(a.b, b.b, HASH_BYTES) && memcmp(b.b, c.b, HASH_BYTES));
    closed(w);
}

/* --- under load ------------------------------------------------------------------------------------------------------------------- */

struct load {
    struct world *w;
    atomic_bool stop;
    atomic_long asked, wrong;
};

/* As requests do: hold, ask the calendar and the catalogue, let go. */
static void *asks(void *arg)
{
    struct load *l = arg;
    struct arena *a = arena_new();
    while (!atomic_load(&l->stop)) {
        const struct rules *r = rules_for(&l->w->room, a);
        const struct procedure *p = procedure_find(r->catalog, STR("1.001193"), STR(""), day(2026, 12, 1), NULL);
        const struct unit *u = unit_find(r->org, STR("30292"));
        bool well = p && u && p->name.n && calendar_is_working_day(r->calendar, u->code, day(2026, 12, 1)) && whole(r, "token_days", day(2026, 12, 1)) == 90;
        atomic_fetch_add(&l->wrong, !well);
        atomic_fetch_add(&l->asked, 1);
        arena_reset(a);
    }
    arena_free(&a);
    return NULL;
}

static long resident_kb(void)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

static void test_reloads_under_load_lose_nobody_and_give_their_memory_back(void **state)
{
    OFFICE(w);
    struct load l = {.w = w};
    pthread_t t[3];
    struct fail f = {0};
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, asks, &l), 0);
    long early = 0;
    int64_t began = time_monotonic_us();
    enum { RELOADS = 10 };
    for (int i = 0; i < RELOADS; i++) {
        amend(w, "rule_year", str_c(w->a, str_printf(w->a, "{'year': %d, 'basis': 'QĐ'}", 2031 + i))); /* a command holds rules, too */
        assert_int_equal(amend_rules_load(&w->room, w->db, STR("91"), true, &f), ERR_OK);
        if (i == 2)
            early = resident_kb();
    }
    int64_t each = (time_monotonic_us() - began) / RELOADS / 1000;
    atomic_store(&l.stop, true);
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        pthread_join(t[i], NULL);
    long late = resident_kb();
    print_message("# %d reloads, %lld ms each beside three readers with %ld questions; %ld KB resident after the third, %ld KB after the last\n", RELOADS,
                  (long long)each, (long)l.asked, early, late);
    assert_int_equal(l.wrong, 0);
    assert_int_equal(w->room.generations, 1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(late < early + early / 2); /* seven generations kept would be several times as much */
#endif
    arena_reset(w->a);
    closed(w);
}

/* A store that adopted other bytes than this release carries is read by its own, and only when they are what was adopted. */
static void test_adopted_bytes_are_held_against_their_hash(void **state)
{
    OFFICE(w);
    struct db *db _db_ = NULL;
    struct str packed;
    const struct dataset *d = dataset_find(STR("holidays.tsv")), *other = dataset_find(STR("banks.tsv"));
    struct hash wrong = SHA256(STR("other bytes"));
    struct id id;
    assert_int_equal(amend_stream(w->db, STR("91"), &id), ERR_OK);
    assert_int_equal(reference_get(w->db, "holidays.tsv", w->a, &packed), ERR_OK);
    assert_ptr_equal(packed.p, d->packed.p);
    assert_int_equal(reference_get(w->db, "nothing.tsv", w->a, &packed), ERR_NOT_FOUND);
    assert_int_equal(db_open(w->f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(db_exec(db, STMT_REFERENCE_SET, p_c("holidays.tsv"), p_bytes(hash_str(&other->sha256)), p_text(STR("91")), p_bytes(id_str(&id))), ERR_OK);
    assert_int_equal(reference_get(w->db, "holidays.tsv", w->a, &packed), ERR_OK);
    assert_true(str_eq(packed, other->packed));
    assert_int_equal(db_exec(db, STMT_LEDGER_DATASET_ADD, p_bytes(hash_str(&wrong)), p_c("holidays.tsv"), p_bytes(d->packed)), ERR_OK);
    assert_int_equal(db_exec(db, STMT_REFERENCE_SET, p_c("holidays.tsv"), p_bytes(hash_str(&wrong)), p_text(STR("91")), p_bytes(id_str(&id))), ERR_OK);
    assert_int_equal(reference_get(w->db, "holidays.tsv", w->a, &packed), ERR_CORRUPT);
    arena_reset(w->a);
    rules_publish(&w->room, NULL);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_an_undecided_day_is_decided_and_a_year_entered),
        BOTH_ENGINES(test_a_unit_keeps_hours_of_its_own),
        BOTH_ENGINES(test_a_parameter_changes_for_its_days_and_comes_back),
        BOTH_ENGINES(test_a_doubtful_value_is_settled_from_its_day_on),
        BOTH_ENGINES(test_many_decisions_on_one_procedure_can_be_laid_over_each_other),
        BOTH_ENGINES(test_only_the_province_s_administrator_and_controller_decide),
        BOTH_ENGINES(test_a_wrong_decision_is_refused_with_its_place),
        BOTH_ENGINES(test_a_store_has_one_stream_of_amendments),
        BOTH_ENGINES(test_the_stamp_changes_with_each_amendment_and_only_then),
        BOTH_ENGINES(test_adopted_bytes_are_held_against_their_hash),
        BOTH_ENGINES(test_reloads_under_load_lose_nobody_and_give_their_memory_back),
    };
    return cmocka_run_group_tests_name("amend", tests, load_rules, free_rules);
}

/* Submission, competence and rights read as rules. What happens after receipt is in test_dossier_work.c, dates in test_dossier_dates.c, random
 * sequences in test_dossier_properties.c. */
#include "domain/dossier/dossier_test.h"
#include "base/dataset.h"
#include <stdio.h>

/* --- submission --- */

static void test_a_counter_receives_in_the_same_breath(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_int_equal(p->events, 2);
    assert_true(str_is(p->event[0].head.type, "dossier.submitted"));
    assert_true(str_is(p->event[1].head.type, "dossier.received"));
    assert_state(p, DOSSIER_RECEIVED, "assign", "2026-11-23 17:00");
    assert_true(str_is(p->s.competent_unit, "30292"));
    assert_true(p->s.receipts == 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(p->event[0].personal, "parties"), 0), "name")), "Nguyễn Thị Hoa");
    assert_null(json_object_get(p->event[0].payload, "parties")); /* personal fields are sealed */
    assert_int_equal(p->s.owner_hashes, 1);
    assert_true(dossier_visible(&p->s, &c.owner->actor));
    assert_false(dossier_visible(&p->s, &c.neighbour->actor));
    assert_false(dossier_visible(&p->s, &c.stranger->actor));
    assert_true(dossier_visible(&p->s, &c.controller->actor));
}

static void test_the_whole_way_of_a_dossier(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873"}));
    assert_ok(p, play_do(p, c.clerk, "hand_over", "{}"));
    assert_state(p, DOSSIER_RECEIVED, "assign", "2026-11-26 17:00");
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-11-26 17:00");
    play_at(p, "2026-11-24 10:00");
    assert_ok(p, play_do(p, c.officer, "complete_step", "{'step': 'thẩm tra'}"));
    assert_ok(p, play_do(p, c.officer, "propose", "{'outcome': 'approved'}"));
    assert_state(p, DOSSIER_PROCESSING, "approve", "2026-11-26 17:00");
    assert_true(p->s.outcome.n == 0); /* proposed is not decided */
    play_at(p, "2026-11-25 10:00");
    assert_ok(p, play_do(p, c.leader, "approve", "{'results': [{'number': '12/TLKS', 'date': '2026-11-25', 'name': 'Giấy khai sinh'}]}"));
    assert_state(p, DOSSIER_DONE, "deliver", "2026-12-09 17:00");
    assert_ok(p, play_do(p, c.leader, "sign_result", "{'result': 1, 'number': '13/TLKS', 'capacity': 'TM.'}"));
    assert_true(str_is(p->s.result[0].number, "13/TLKS") && str_is(p->s.result[0].name, "Giấy khai sinh") && p->s.result[0].signed_at == p->now);
    play_at(p, "2026-11-26 10:00");
    assert_ok(p, play_do(p, c.returner, "deliver", "{'collector': {'name': 'Nguyễn Thị Hoa'}, 'proof': 'chữ ký'}"));
    assert_state(p, DOSSIER_DELIVERED, "none", "none");
    assert_true(p->s.closed_at == p->now && p->s.delivered_at == p->now && p->s.result[0].delivered_at == p->now);
    assert_null(json_object_get(p->event[p->events - 1].payload, "collector"));
}

/* --- who may submit what, where --- */

static void test_a_citizen_submits_online_and_waits_for_the_clerk(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    assert_int_equal(p->events, 1);
    assert_state(p, DOSSIER_NEW, "receive", "2026-11-24 09:00"); /* 8 working hours */
    assert_true(p->s.received_at == 0 && p->s.due_at == 0 && p->s.submitted_at == p->now);
    play_at(p, "2026-11-23 15:30");
    assert_ok(p, play_do(p, c.clerk, "receive", "{}"));
    assert_state(p, DOSSIER_RECEIVED, "assign", "2026-11-24 07:00"); /* after 15:00, the next morning */
    assert_refused(p, play_do(p, c.clerk, "receive", "{}"), ERR_CONFLICT, "R-082", "", "dossier.state");
}

static void test_only_those_at_a_counter_say_that_it_came_there(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.owner, (struct asked){0}), ERR_FORBIDDEN, "R-040", "/channel", "rights.channel");
    assert_refused(p, play_submit(p, c.owner, (struct asked){.channel = "post"}), ERR_FORBIDDEN, "R-040", "/channel", "rights.channel");
    assert_refused(p, play_submit(p, c.owner, (struct asked){.channel = "pigeon"}), ERR_INVALID, "R-040", "/channel", "dossier.channel");
    assert_ok(p, play_submit(p, c.postal, (struct asked){.channel = "post"}));
    assert_state(p, DOSSIER_NEW, "receive", NULL);
}

static void test_a_postal_agent_hands_in_but_does_not_receive(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.postal, (struct asked){0}));
    assert_state(p, DOSSIER_NEW, "receive", NULL);
    assert_refused(p, play_do(p, c.postal, "receive", "{}"), ERR_FORBIDDEN, "", "", "rights.role");
}

static void test_a_counter_may_enter_without_receiving(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.more = ", 'receive': false"}));
    assert_state(p, DOSSIER_NEW, "receive", NULL);
}

static void test_nobody_submits_for_another_desk_or_from_elsewhere(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.stranger, (struct asked){0}), ERR_FORBIDDEN, "", "", "rights.role");
    p->home = STR("91.TTPVHCC");
    assert_refused(p, play_submit(p, c.centre, (struct asked){0}), ERR_INVALID, "", "/receiving_unit", "dossier.home-unit");
    p->home = STR("00004");
    struct who *far = who_new(a, "staff:far", ROLE_CLERK, "00004", NULL, false, p->now);
    assert_refused(p, play_submit(p, far, (struct asked){.receiving = "00004"}), ERR_CONFLICT, "R-012", "/receiving_unit", "unit.other-province");
    p->home = STR("30292");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.receiving = "99999"}), ERR_INVALID, "", "/receiving_unit", "unit.unknown");
    assert_refused(p, play_do(p, c.clerk, "receive", "{}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    assert_refused(p, play_do(p, c.clerk, "dance", "{}"), ERR_NOT_FOUND, "", "", "dossier.absent"); /* the same, whatever was asked */
}

static void test_a_provincial_centre_receives_for_any_commune_and_its_acceptance_counts(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    p->home = STR("91.TTPVHCC");
    assert_ok(p, play_submit(p, c.centre, (struct asked){.procedure = "1.004873", .receiving = "91.TTPVHCC"}));
    assert_true(str_is(p->s.competent_unit, "30292"));
    assert_true(p->s.needs_acceptance && p->s.expected);
    assert_state(p, DOSSIER_RECEIVED, "hand_over", "2026-11-23 17:00");
}

static void test_only_what_the_catalogue_offers_is_received(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "2.002621"}), ERR_CONFLICT, "R-031", "/procedure", "procedure.not-receivable");
    assert_string_equal(p->fail.item[0].param, "not_listed");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.014000"}), ERR_CONFLICT, "R-031", "/procedure", "procedure.not-receivable");
    assert_string_equal(p->fail.item[0].param, "internal");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.005687"}), ERR_CONFLICT, "R-031", "/procedure", "procedure.not-receivable");
    assert_string_equal(p->fail.item[0].param, "other_province");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.014325"}), ERR_INVALID, "", "/agency", "procedure.agency-needed");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "9.999999"}), ERR_INVALID, "", "/procedure", "procedure.unknown");
}

static void test_all_complaints_come_at_once_each_with_its_place(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    enum err e = play_do(p, c.clerk, "submit",
                         "{'procedure': 5, 'channel': 'counter', 'receiving_unit': '30292', 'colour': 'red', 'parties': [{'role': 'boss', 'kind': 'person', 'name': ''},"
                         " 7], 'components': [{'component': 999, 'copies': -1, 'files': ['x']}, 3], 'form': [], 'delivery': {'method': 'drone', 'wings': 4}, 'receive': 'yes'}");
    static const char *const want[][2] = {{"/colour", "field.unknown"}, {"/delivery/wings", "field.unknown"}, {"/procedure", "field.not-text"}, {"/parties/0/role", "party.role"},
        {"/parties/0/name", "field.required"}, {"/parties/1", "field.not-object"}, {"/parties", "dossier.owner-missing"},
        {"/components/0/component", "component.unknown"}, {"/components/0/copies", "field.count"}, {"/components/0/files/0", "file.name"},
        {"/components/1", "field.not-object"}, {"/form", "field.not-object"}, {"/delivery/method", "delivery.method"}, {"/receive", "field.not-boolean"}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        play_refused(p, e, ERR_INVALID, "R-015", want[i][0], want[i][1], __FILE__, __LINE__);
    assert_int_equal(p->fail.n, ARRAY_LEN(want));
}

/* Nothing is lost without a word: not in a command, not within its lists and objects; what is open (a form, a collector) stays open. */
static void test_a_field_that_no_command_reads_is_refused(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.more = ", 'form': {'colour': 'red'}, 'components': [{'component': 1, 'colour': 'red'}]"}), ERR_INVALID,
                   "", "/components/0/colour", "field.unknown");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.more = ", 'form': {'colour': 'red'}"}));
    assert_refused(p, play_do(p, c.clerk, "note", "{'text': 'x', 'type': 'note', 'due_at': '2026-12-01T09:00:00+07:00'}"), ERR_INVALID, "", "/due_at", "field.unknown");
    assert_refused(p, play_do(p, c.leader, "note", "{'text': 'x', 'outage': {'evidence': 'e', 'logged_as': 'l', 'colour': 'red'}}"), ERR_INVALID, "",
                   "/outage/colour", "field.unknown");
    assert_refused(p, play_do(p, c.stranger, "note", "{'text': 'x', 'colour': 'red'}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    for (size_t i = 0; dossier_rule_at(i); i++) {
        struct fail f = {0};
        const char *known = dossier_command_fields(str_of(dossier_rule_at(i)->command));
        assert_non_null(known); /* a command is a row of each table */
        json_t *in = json_pack("{sisi}", "typ", 1, "type", 2);
        fields_known_only(&f, in, "", known);
        json_decref(in);
        assert_int_equal(f.n, 1);
        assert_string_equal(f.item[0].pointer, "/typ");
    }
}

static void test_a_code_is_understood_as_it_is_typed(void **state)
{
    static const char *const same[] = {"H01.30292-261121-0007", "h01.30292-261121-0007", " H01 30292 261121 0007 ", "h01.30292.261121.0007", "H01-30292-261121-0007",
                                       "H01.30292 – 261121 – 0007", "H01._30292--261121/0007"};
    static const char *const result[] = {"KQ.H01.30292.CAX-261121-0007.2", "kq h01 30292 cax 261121 0007 2", "Kq.h01.30292.cax.261121.0007.2"};
    static const char *const others[] = {"", "NO-SUCH", "khai sinh", "261121-0007", "KQ.261121-0007.1", "H01.30292-26112-0007", "a.a.a.a.a.a.a.a.a.a.a.261121-0007"};
    (void)state;
    struct arena *a _arena_ = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        assert_true(str_is(dossier_code_typed(a, str_of(same[i])), same[0]));
    for (size_t i = 0; i < ARRAY_LEN(result); i++)
        assert_true(str_is(dossier_code_typed(a, str_of(result[i])), result[0]));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_true(str_is(dossier_code_typed(a, str_of(others[i])), others[i]));
}

static void test_papers_are_those_of_the_list_by_code_or_place(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.more = ", 'components': [{'component': 1, 'originals': 1, 'files': "
                                                                "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']}]"}));
    assert_int_equal(p->s.components, 1);
    assert_int_equal(json_array_size(json_object_get(p->event[0].payload, "papers")), 1);
    struct play *q = play_new(a, "2026-11-23 09:00");
    assert_refused(q, play_submit(q, c.clerk, (struct asked){.more = ", 'components': [{'component': 'KQ.NO'}]"}), ERR_INVALID, "R-019",
                   "/components/0/component", "component.unknown");
}

static bool cites_nothing(const struct dossier_inputs *in, struct str sha256)
{
    (void)in;
    (void)sha256;
    return false;
}

static void test_a_file_that_the_principal_may_not_cite_is_refused(void **state)
{
    PLAY("2026-11-23 09:00");
    static const char paper[] = ", 'components': [{'component': 1, 'files': ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']}]";
    p->may_cite = cites_nothing;
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.more = paper}), ERR_INVALID, "", "/components/0/files/0", "file.name");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_refused(p, play_do(p, c.leader, "approve", "{'results': [{'file': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}]}"),
                   ERR_INVALID, "R-111", "/results/0/file", "file.name");
}

/* --- competence --- */

static void test_the_table_answers_who_decides_and_another_choice_needs_a_reason(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.more = ", 'competent_unit': '30307'"}), ERR_INVALID, "R-014", "/competent_reason",
                   "dossier.competence-reason");
    assert_string_equal(p->fail.item[0].param, "30292");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.more = ", 'competent_unit': '30307', 'competent_reason': 'nơi cư trú mới'"}));
    assert_true(str_is(p->s.competent_unit, "30307") && str_is(p->s.competence, "chosen"));
    assert_true(p->s.needs_acceptance && p->s.expected);
    const json_t *e = p->event[0].payload;
    assert_string_equal(json_string_value(json_object_get(e, "competence_found")), "30292");
    assert_string_equal(json_string_value(json_object_get(p->event[p->last].personal, "competent_reason")), "nơi cư trú mới");
    assert_string_equal(json_string_value(json_object_get(e, "competence_row")), "ubnd-xa-ho-tich");
}

static void test_where_no_row_answers_the_clerk_chooses(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    const struct procedure *pr = NULL;
    for (size_t i = 0; !pr; i++) {
        const struct procedure *x = catalog_nth(world.rules.catalog, i, time_local_day(p->now));
        if (!x)
            break;
        struct competence_question q = {.p = x, .receiving_unit = STR("30292"), .receiving_commune = STR("30292"), .receiving_province = STR("91"),
                                        .owner_territory = STR("30292"), .owner_province = STR("91"), .day = time_local_day(p->now)};
        if (procedure_receivable(world.rules.catalog, x, STR("91"), q.day) == RECEIVABLE && !x->limit_doubtful && !x->limit_missing && !x->restricted
            && x->reach == REACH_PROVINCE && !competence_of(world.rules.catalog, &q).found && procedure_agencies(world.rules.catalog, x->code, NULL, 0) == 1)
            pr = x;
    }
    assert_non_null(pr);
    struct asked ask = {.procedure = str_c(a, pr->code)};
    assert_refused(p, play_submit(p, c.clerk, ask), ERR_INVALID, "R-014", "/competent_unit", "dossier.competence-unknown");
    struct play *q = play_new(a, "2026-11-23 09:00"); /* a citizen alone leaves it open, the clerk chooses at receipt */
    assert_ok(q, play_submit(q, c.owner, (struct asked){.procedure = ask.procedure, .channel = "online"}));
    assert_true(str_is(q->s.competence, "open"));
    assert_refused(q, play_do(q, c.clerk, "receive", "{}"), ERR_INVALID, "R-014", "/competent_unit", "dossier.competence-unknown");
    assert_refused(q, play_do(q, c.clerk, "receive", "{'competent_unit': 'nowhere'}"), ERR_INVALID, "", "/competent_unit", "unit.unknown");
    assert_ok(q, play_do(q, c.clerk, "receive", "{'competent_unit': '91.STP'}"));
    assert_true(str_is(q->s.competence, "chosen") && str_is(q->s.competent_unit, "91.STP") && str_is(q->s.competent_desk, "91.STP"));
    assert_state(q, DOSSIER_RECEIVED, "hand_over", NULL);
    assert_true(dossier_visible(&q->s, &c.department->actor));
}

static void test_the_clerk_may_choose_otherwise_at_receipt_with_a_reason(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    assert_refused(p, play_do(p, c.clerk, "receive", "{'competent_unit': '30307'}"), ERR_INVALID, "R-014", "/competent_reason", "dossier.competence-reason");
    assert_ok(p, play_do(p, c.clerk, "receive", "{'competent_unit': '30307', 'competent_reason': 'nơi thường trú'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.received", "competence_found")), "30292");
    assert_true(str_is(p->s.competent_unit, "30307"));
}

static void test_organs_that_share_a_desk_work_on_it_together(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.more = ", 'competent_unit': '30292.PVHXH', 'competent_reason': 'phân công'"}));
    assert_true(str_is(p->s.competent_desk, "30292"));
    assert_true(dossier_visible(&p->s, &c.officer->actor));
    assert_ok(p, play_do(p, c.officer, "assign", "{'officer': 'staff:officer'}"));
}

static void test_the_sector_is_the_catalogues_and_nobody_elses(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.more = ", 'sector': 'G01-HT01'"}), ERR_INVALID, "", "/sector", "field.unknown");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    const struct procedure *birth = procedure_find(world.rules.catalog, STR("1.001193"), STR_NONE, time_local_day(p->now), NULL);
    assert_true(birth->sector_code.n && str_eq(p->s.sector, birth->sector_code));
    assert_ok(p, play_do(p, c.clerk, "correct", "{'reason': 'nhầm', 'approver': 'staff:leader', 'changes': {'procedure': '1.004222'}}"));
    const struct procedure *residence = procedure_find(world.rules.catalog, STR("1.004222"), STR_NONE, time_local_day(p->now), NULL);
    assert_true(str_eq(p->s.sector, residence->sector_code) && !str_eq(birth->sector_code, residence->sector_code));
}

static void test_the_code_follows_the_template_of_the_day(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    struct fail f = {0};
    struct str text;
    struct rules changed = world.rules;
    const struct dataset *table = dataset_find(STR("parameters.tsv"));
    assert_int_equal(dataset_unpack(a, table->packed, &text), ERR_OK);
    struct parameters *later = parameters_load(a, text, &f);
    int64_t day = 0;
    assert_true(later && date_parse(STR("2026-12-01"), &day));
    assert_int_equal(parameters_overlay(later, (struct parameter){STR("dossier_code_template"), STR("{unit}/{nnnn}-{yymmdd}"), day, INT64_MAX, STR("QĐ 1"), STR("design")}, &f), ERR_OK);
    changed.parameters = later;
    p->rules = &changed;
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_true(str_is(p->s.code, "H01.30292-261123-0007"));
    struct play *q = play_new(a, "2026-12-01 09:00");
    q->rules = &changed;
    assert_ok(q, play_submit(q, c.clerk, (struct asked){0}));
    assert_true(str_is(q->s.code, "30292/0007-261201"));
}

static void test_shares_of_the_owners_are_frozen_and_make_no_more_than_the_whole(void **state) /* */
{
    PLAY("2026-11-23 09:00");
#define TWO "{'procedure': '1.001193', 'channel': 'counter', 'receiving_unit': '30292', 'parties': [{'role': 'owner', 'kind': 'person'," \
                                   " 'name': 'Hoa', 'share': '2/3'}, {'role': 'co_owner', 'kind': 'person', 'name': 'Bình', 'share': %d}]}"
    assert_refused(p, play_do(p, c.clerk, "submit", TWO, 3334), ERR_INVALID, "R-015", "/parties", "party.shares");
    assert_ok(p, play_do(p, c.clerk, "submit", TWO, 3333));
    const json_t *parties = json_object_get(p->event[0].personal, "parties");
    assert_string_equal(json_string_value(json_object_get(json_array_get(parties, 0), "share")), "2/3");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(parties, 1), "share")), 3333);
    assert_null(json_object_get(p->event[0].payload, "parties")); /* sealed like every other field of a person */
}

/* --- the case of the procedure --- */

static void test_the_case_is_frozen_with_its_limit_and_its_papers(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    struct asked house = {.procedure = "1.013225", .more = ", 'variant': 'nha-o', 'components': [{'component': 50}]"};
    assert_ok(p, play_submit(p, c.clerk, house));
    assert_true(str_is(p->s.variant, "nha-o"));
    assert_time(p->s.due_at, "2026-12-02 17:00"); /* 7 working days of its own; without the case the clerk gives the date */
    assert_string_equal(json_string_value(play_field(p, "dossier.submitted", "variant")), "nha-o");
    struct play *q = play_new(a, "2026-11-23 09:00");
    house.more = ", 'variant': 'nha-o', 'components': [{'component': 1}]";
    assert_refused(q, play_submit(q, c.clerk, house), ERR_INVALID, "R-036", "/components/0/component", "component.other-variant");
    house.more = ", 'variant': 'lau-dai'";
    assert_refused(q, play_submit(q, c.clerk, house), ERR_INVALID, "R-036", "/variant", "variant.unknown");
    assert_refused(q, play_submit(q, c.clerk, (struct asked){.more = ", 'variant': 'nha-o'"}), ERR_INVALID, "R-036", "/variant", "variant.unknown");
    house.more = "";
    assert_refused(q, play_submit(q, c.clerk, house), ERR_INVALID, "R-034", "/due_at", "dossier.due-required");
}

static void test_a_citizen_does_not_choose_who_decides(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.owner, (struct asked){.channel = "online", .more = ", 'competent_unit': '30307', 'competent_reason': 'gần nhà'"}), ERR_INVALID, "R-014",
                   "/competent_unit", "dossier.competence-not-yours");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
}

static void test_the_clerk_chooses_the_case_at_receipt_and_a_correction_mends_it(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.procedure = "1.013225", .channel = "online"}));
    assert_true(p->s.variant.n == 0);
    assert_refused(p, play_do(p, c.clerk, "receive", "{'variant': 'lau-dai'}"), ERR_INVALID, "R-036", "/variant", "variant.unknown");
    assert_ok(p, play_do(p, c.clerk, "receive", "{'variant': 'nha-o'}"));
    assert_true(str_is(p->s.variant, "nha-o"));
    assert_time(p->s.due_at, "2026-12-02 17:00");
#define MEND "{'reason': 'nhầm trường hợp', 'approver': 'staff:leader', 'changes': {'variant': '%s'}}"
    assert_refused(p, play_do(p, c.clerk, "correct", MEND, "nha-o"), ERR_INVALID, "R-283", "/changes/variant", "correct.nothing");
    assert_ok(p, play_do(p, c.clerk, "correct", MEND, "ton-giao"));
    assert_time(p->s.due_at, "2026-12-07 17:00"); /* 10 working days */
    assert_string_equal(json_string_value(play_field(p, "dossier.corrected", "old_variant")), "nha-o");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'reason': 'nhầm thủ tục', 'approver': 'staff:leader', 'changes': {'procedure': '1.001193'}}"));
    assert_true(p->s.variant.n == 0);
}

/* --- rights --- */

static void test_nobody_in_office_handles_a_dossier_of_their_own(void **state)
{
    PLAY("2026-11-23 09:00");
    struct who *self = who_new(a, "staff:self", ROLE_CLERK, "30292", "099190000123", false, p->now);
    struct who *boss = who_new(a, "staff:boss", ROLE_LEADER, "30292", "099190000123", false, p->now);
    assert_refused(p, play_submit(p, self, (struct asked){0}), ERR_FORBIDDEN, "", "/parties", "rights.own-dossier");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_refused(p, play_do(p, boss, "approve", "{}"), ERR_FORBIDDEN, "", "", "rights.own-dossier");
    assert_refused(p, play_do(p, self, "withdraw", "{}"), ERR_FORBIDDEN, "", "", "rights.own-dossier");
    assert_refused(p, play_do(p, self, "note", "{'text': 'x'}"), ERR_FORBIDDEN, "", "", "rights.own-dossier");
    assert_ok(p, play_do(p, c.owner, "withdraw", "{}")); /* as a citizen she may what every citizen may */
}

static void test_a_dossier_outside_the_scope_does_not_exist(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_refused(p, play_do(p, c.neighbour, "withdraw", "{}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    assert_refused(p, play_do(p, c.stranger, "void", "{}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    assert_refused(p, play_do(p, c.owner, "approve", "{}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, c.clerk, "approve", "{}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, c.controller, "void", "{}"), ERR_FORBIDDEN, "", "", "rights.other-unit");
    assert_ok(p, play_do(p, c.controller, "note", "{'text': 'đã xem'}"));
    assert_null(json_object_get(p->event[p->events - 1].payload, "text"));
}

static void test_restricted_procedures_are_seen_only_with_clearance(void **state)
{
    PLAY("2026-11-23 09:00");
    struct who *cleared = who_new(a, "staff:cleared", ROLE_LEADER, "30292", NULL, true, p->now);
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "2.001263", .more = ", 'due_at': '2026-12-23T17:00:00+07:00', 'due_reason': 'theo Luật'"}));
    assert_true(p->s.restricted);
    assert_false(dossier_visible(&p->s, &c.clerk->actor));
    assert_false(dossier_visible(&p->s, &c.leader->actor));
    assert_false(dossier_visible(&p->s, &c.controller->actor));
    assert_true(dossier_visible(&p->s, &cleared->actor));
    assert_true(dossier_visible(&p->s, &c.owner->actor));
    struct str out[ACTOR_AUDIENCES_MAX];
    size_t n = dossier_audiences(a, &p->s, out, ARRAY_LEN(out));
    for (size_t i = 0; i < n; i++)
        assert_true(out[i].p[0] == 'r' || out[i].p[0] == 'o');
    assert_refused(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    assert_ok(p, play_do(p, cleared, "assign", "{'officer': 'staff:officer'}"));
    assert_ok(p, play_do(p, cleared, "consult", "{'unit': '91.STP', 'due_at': '2026-12-01T17:00:00+07:00', 'question': 'ý kiến?'}"));
    struct who *stp = who_new(a, "staff:stp2", ROLE_OFFICER, "91.STP", NULL, true, p->now);
    assert_refused(p, play_do(p, c.department, "answer", "{'no': 1, 'opinion': 'x'}"), ERR_NOT_FOUND, "", "", "dossier.absent");
    assert_ok(p, play_do(p, stp, "answer", "{'no': 1, 'opinion': 'đồng ý'}"));
}

static void test_the_system_stands_above_desks_and_sees_restricted_ones(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "2.001263", .more = ", 'due_at': '2026-12-23T17:00:00+07:00', 'due_reason': 'theo Luật'"}));
    assert_ok(p, play_do(p, c.system, "stop", "{'reason': 'hết hạn bổ sung', 'basis': 'NĐ 301/2026/NĐ-CP'}"));
    assert_state(p, DOSSIER_STOPPED, "none", "none");
}

static void test_an_outside_authority_acts_by_its_connector_or_by_hand_in_an_outage(void **state)
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004222"}));
    assert_ok(p, play_do(p, c.clerk, "hand_over", "{}"));
    assert_refused(p, play_do(p, c.police, "accept", "{}"), ERR_FORBIDDEN, "", "/outage", "rights.authority");
    assert_refused(p, play_do(p, c.police, "accept", "{'outage': {'evidence': ' '}}"), ERR_FORBIDDEN, "", "/outage", "rights.authority");
    assert_ok(p, play_do(p, c.police_link, "accept", "{}"));
    assert_ok(p, play_do(p, c.police, "assign", "{'officer': 'staff:police', 'outage': {'evidence': 'biên bản 12', 'logged_as': 'SC-2026-011'}}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.assigned", "outage")), "SC-2026-011");
    assert_string_equal(json_string_value(json_object_get(json_object_get(p->event[p->events - 1].personal, "outage"), "evidence")), "biên bản 12");
    assert_refused(p, play_do(p, c.police, "request_supplement", "{'items': ['CT01'], 'reason': 'thiếu'}"), ERR_FORBIDDEN, "", "/outage", "rights.authority");
    assert_ok(p, play_do(p, c.police_link, "approve", "{}")); /* the outcome comes from the authority */
    assert_state(p, DOSSIER_DONE, "deliver", NULL);
    assert_refused(p, play_do(p, c.police, "deliver", "{}"), ERR_FORBIDDEN, "", "", "rights.other-unit");
    assert_ok(p, play_do(p, c.returner, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'OTP'}"));
}

static void test_a_connector_decides_nothing_for_a_committee(void **state)
{
    PLAY("2026-11-23 09:00");
    struct who *link = who_new(a, "token:x", ROLE_CONNECTOR, "30292", NULL, false, p->now);
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_refused(p, play_do(p, link, "approve", "{}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_ok(p, play_do(p, link, "complete_step", "{'step': 'đồng bộ'}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_counter_receives_in_the_same_breath),
        cmocka_unit_test(test_the_whole_way_of_a_dossier),
        cmocka_unit_test(test_a_citizen_submits_online_and_waits_for_the_clerk),
        cmocka_unit_test(test_a_citizen_does_not_choose_who_decides),
        cmocka_unit_test(test_only_those_at_a_counter_say_that_it_came_there),
        cmocka_unit_test(test_a_postal_agent_hands_in_but_does_not_receive),
        cmocka_unit_test(test_a_counter_may_enter_without_receiving),
        cmocka_unit_test(test_nobody_submits_for_another_desk_or_from_elsewhere),
        cmocka_unit_test(test_a_provincial_centre_receives_for_any_commune_and_its_acceptance_counts),
        cmocka_unit_test(test_only_what_the_catalogue_offers_is_received),
        cmocka_unit_test(test_all_complaints_come_at_once_each_with_its_place),
        cmocka_unit_test(test_a_field_that_no_command_reads_is_refused),
        cmocka_unit_test(test_a_code_is_understood_as_it_is_typed),
        cmocka_unit_test(test_papers_are_those_of_the_list_by_code_or_place),
        cmocka_unit_test(test_a_file_that_the_principal_may_not_cite_is_refused),
        cmocka_unit_test(test_the_table_answers_who_decides_and_another_choice_needs_a_reason),
        cmocka_unit_test(test_where_no_row_answers_the_clerk_chooses),
        cmocka_unit_test(test_the_clerk_may_choose_otherwise_at_receipt_with_a_reason),
        cmocka_unit_test(test_organs_that_share_a_desk_work_on_it_together),
        cmocka_unit_test(test_the_sector_is_the_catalogues_and_nobody_elses),
        cmocka_unit_test(test_the_code_follows_the_template_of_the_day),
        cmocka_unit_test(test_shares_of_the_owners_are_frozen_and_make_no_more_than_the_whole),
        cmocka_unit_test(test_the_case_is_frozen_with_its_limit_and_its_papers),
        cmocka_unit_test(test_the_clerk_chooses_the_case_at_receipt_and_a_correction_mends_it),
        cmocka_unit_test(test_nobody_in_office_handles_a_dossier_of_their_own),
        cmocka_unit_test(test_a_dossier_outside_the_scope_does_not_exist),
        cmocka_unit_test(test_restricted_procedures_are_seen_only_with_clearance),
        cmocka_unit_test(test_the_system_stands_above_desks_and_sees_restricted_ones),
        cmocka_unit_test(test_an_outside_authority_acts_by_its_connector_or_by_hand_in_an_outage),
        cmocka_unit_test(test_a_connector_decides_nothing_for_a_committee),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

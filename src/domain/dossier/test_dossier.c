/* The table of commands read as rules: for each command the way it goes, its refusals with their rule, and who may give it. Dates are in
 * test_dossier_dates.c, random sequences in test_dossier_properties.c. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

/* The people of Phường Rạch Giá (30292) and around. */
struct cast {
    struct who *clerk, *officer, *leader, *records, *returner, *postal, *stranger, *police, *police_link, *owner, *neighbour, *department, *centre, *controller, *system;
};
#define PLAY(at) \
    (void)state; \
    struct arena *a _arena_ = arena_new(); \
    struct play *p = play_new(a, at); \
    struct cast c = cast_new(a, p->now); \
    (void)c

static struct cast cast_new(struct arena *a, int64_t now)
{
    return (struct cast){.clerk = who_new(a, "staff:clerk", ROLE_CLERK, "30292.TTPVHCC", NULL, false, now),
                         .officer = who_new(a, "staff:officer", ROLE_OFFICER, "30292.VPX", NULL, false, now),
                         .leader = who_new(a, "staff:leader", ROLE_LEADER, "30292", NULL, false, now),
                         .records = who_new(a, "staff:records", ROLE_RECORDS_CLERK, "30292", NULL, false, now),
                         .returner = who_new(a, "staff:returner", ROLE_RETURN_CLERK, "30292.TTPVHCC", NULL, false, now),
                         .postal = who_new(a, "staff:postal", ROLE_POSTAL_AGENT, "30292.TTPVHCC", NULL, false, now),
                         .stranger = who_new(a, "staff:stranger", ROLE_CLERK, "30337", NULL, false, now),
                         .police = who_new(a, "staff:police", ROLE_OFFICER, "30292.CAX", NULL, false, now),
                         .police_link = who_new(a, "token:police", ROLE_CONNECTOR, "30292.CAX", NULL, false, now),
                         .owner = who_new(a, "citizen:1", ROLE_CITIZEN, NULL, "099190000123", false, now),
                         .neighbour = who_new(a, "citizen:2", ROLE_CITIZEN, NULL, "099190000999", false, now),
                         .department = who_new(a, "staff:stp", ROLE_OFFICER, "91.STP", NULL, false, now),
                         .centre = who_new(a, "staff:centre", ROLE_CLERK, "91.TTPVHCC", NULL, false, now),
                         .controller = who_new(a, "staff:vpub", ROLE_PROCEDURE_CONTROLLER, "91.VPUB", NULL, false, now),
                         .system = who_new(a, "system", ROLE_SYSTEM, "", NULL, false, now)};
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_counter_receives_in_the_same_breath),
        cmocka_unit_test(test_the_whole_way_of_a_dossier),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

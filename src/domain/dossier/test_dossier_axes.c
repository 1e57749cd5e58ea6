/* What stands beside the legal state: money, delivery, what others were told; results that are revoked; second persons and their own word
 * who may propose. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

#define REVOKE "{'result': %d, 'reason': 'cấp sai', 'basis': 'Luật Hộ tịch', 'decision': '15/QĐ-UBND', 'approver': 'staff:reviewer'}"

static struct who *reviewer_new(struct arena *a, const struct play *p) { return who_new(a, "staff:reviewer", ROLE_REVIEWER, "30292", NULL, false, p->now); }

static void decided(struct play *p, const struct cast *c)
{
    working(p, c);
    assert_ok(p, play_do(p, c->leader, "approve", "{'results': [{'number': '1/2026', 'date': '2026-11-23'}, {'number': '2/2026', 'date': '2026-11-23'}, {'number': '3/2026'}]}"));
}

static void test_money_and_delivery_move_on_axes_of_their_own(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_true(p->s.finance.n == 0 && p->s.delivery_state.n == 0);
    assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'financial_duty', 'basis': 'Luật Phí và lệ phí'}"));
    assert_true(str_is(p->s.finance, "waiting"));
    assert_ok(p, play_do(p, c.officer, "resume", "{}"));
    assert_true(str_is(p->s.finance, "done"));
    assert_ok(p, play_do(p, c.leader, "approve", "{'results': [{'number': '1/2026'}, {'number': '2/2026'}]}"));
    assert_true(str_is(p->s.delivery_state, "ready") && str_is(p->s.finance, "done"));
    assert_ok(p, play_do(p, c.clerk, "deliver", "{'results': [2], 'collector': {'name': 'Hoa'}, 'proof': 'ký nhận'}"));
    assert_true(str_is(p->s.delivery_state, "partly"));
    assert_ok(p, play_do(p, c.clerk, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'ký nhận'}"));
    assert_true(str_is(p->s.delivery_state, "delivered"));
    struct play *q = play_new(a, "2026-11-23 09:00");
    working(q, &c);
    assert_ok(q, play_do(q, c.officer, "suspend", "{'reason': 'financial_duty', 'basis': 'Luật Phí và lệ phí'}"));
    assert_ok(q, play_do(q, c.officer, "stop", "{'reason': 'không nộp', 'basis': 'Luật Phí và lệ phí'}"));
    assert_true(str_is(q->s.finance, "ended"));
}

static void test_the_axes_change_only_as_their_table_says(void **state) /* */
{
    (void)state;
    size_t n = 0;
    for (const struct dossier_change *x; (x = dossier_change_at(n)); n++)
        assert_true(dossier_axis_allows(x->axis, str_of(x->from), str_of(x->to)));
    assert_int_equal(n, 17);
    assert_false(dossier_axis_allows(AXIS_FINANCE, STR(""), STR("done")) || dossier_axis_allows(AXIS_FINANCE, STR("ended"), STR("waiting")));
    assert_false(dossier_axis_allows(AXIS_DELIVERY, STR("delivered"), STR("partly")) || dossier_axis_allows(AXIS_SYNC, STR(""), STR("confirmed")));
    assert_false(dossier_axis_allows(AXIS_SYNC, STR("confirmed"), STR("refused")) || dossier_axis_allows(AXIS_FINANCE, STR("sent"), STR("confirmed")));
}

static bool behind(const struct play *p, size_t i)
{
    json_t *o = dossier_json(p->stream, &p->s, p->seq, NULL, p->now), *one = json_array_get(json_object_get(o, "sync"), i);
    bool is = json_is_true(json_object_get(one, "behind"));
    json_decref(o);
    return is;
}

static void test_each_outside_system_has_a_version_sent_confirmed_or_refused(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0})); /* versions 1 and 2 */
    struct who *link = who_new(a, "token:npsp", ROLE_CONNECTOR, "30292", NULL, false, p->now);
    assert_refused(p, play_do(p, c.clerk, "synchronise", "{'receiver': 'npsp', 'state': 'sent', 'version': 2}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'sent', 'version': 3}"), ERR_INVALID, "R-083", "/version", "sync.version");
    assert_refused(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'lost', 'version': 2}"), ERR_INVALID, "R-083", "/state", "sync.state");
    assert_refused(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'confirmed', 'version': 2}"), ERR_CONFLICT, "R-083", "", "sync.change");
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'sent', 'version': 1}"));
    assert_true(behind(p, 0)); /* the receipt came after it */
    struct str own_code = str_dup(a, p->s.code);
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'sent', 'version': 2}"));
    assert_false(behind(p, 0));
    assert_refused(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'confirmed', 'version': 1}"), ERR_INVALID, "R-083", "/version", "sync.version");
    assert_refused(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'confirmed', 'version': 3}"), ERR_INVALID, "R-083", "/version", "sync.version");
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'confirmed', 'version': 2, 'code': '0'}"));
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'G12', 'state': 'sent', 'version': 2}"));
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'G12', 'state': 'refused', 'version': 2, 'code': '-3'}"));
    assert_true(str_eq(p->s.code, own_code)); /* the other system's code is not the dossier's */
    assert_int_equal(p->s.syncs, 2);
    assert_true(str_is(p->s.sync[0].state, "confirmed") && p->s.sync[0].version == 2 && str_is(p->s.sync[1].code, "-3"));
    assert_false(behind(p, 0) || behind(p, 1)); /* telling others is no change that others must hear of */
    assert_state(p, DOSSIER_RECEIVED, "assign", NULL);
    assert_ok(p, play_do(p, c.clerk, "void", "{'reason': 'nhập nhầm', 'approver': 'staff:leader'}"));
    assert_true(behind(p, 0) && behind(p, 1));
    assert_ok(p, play_do(p, link, "synchronise", "{'receiver': 'npsp', 'state': 'sent', 'version': %lld}", (long long)p->seq)); /* also that it is void */
    assert_true(!behind(p, 0) && behind(p, 1) && p->s.voided);
}

static void test_a_result_is_revoked_by_decision_with_a_second_person(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_non_null(reviewer_new(a, p));
    decided(p, &c);
    assert_refused(p, play_do(p, c.officer, "revoke_result", REVOKE, 1), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, c.leader, "revoke_result", REVOKE, 4), ERR_INVALID, "R-283", "/result", "result.unknown");
    assert_refused(p, play_do(p, c.leader, "revoke_result", REVOKE, 3), ERR_INVALID, "R-283", "/result", "result.not-issued");
    enum err e = play_do(p, c.leader, "revoke_result", "{'result': 1, 'approver': 'staff:leader'}");
    play_refused(p, e, ERR_INVALID, "R-283", "/approver", "rights.four-eyes", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-283", "/reason", "field.required", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-283", "/basis", "field.required", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-283", "/decision", "field.required", __FILE__, __LINE__);
    assert_ok(p, play_do(p, c.leader, "revoke_result", REVOKE, 1));
    assert_true(p->s.result[0].revoked_at == p->now && !p->s.result[1].revoked_at);
    assert_state(p, DOSSIER_DONE, "deliver", NULL); /* decided it stays, and void it cannot be any more */
    assert_refused(p, play_do(p, c.leader, "revoke_result", REVOKE, 1), ERR_INVALID, "R-283", "/result", "result.revoked");
    assert_refused(p, play_do(p, c.leader, "sign_result", "{'result': 1, 'number': '9/2026'}"), ERR_INVALID, "R-111", "/result", "result.revoked");
    assert_refused(p, play_do(p, c.clerk, "deliver", "{'results': [1], 'collector': {'name': 'Hoa'}, 'proof': 'ký'}"), ERR_INVALID, "R-113", "/results/0", "result.revoked");
    assert_ok(p, play_do(p, c.clerk, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'ký'}"));
    assert_true(!p->s.result[0].delivered_at && p->s.result[1].delivered_at);
    assert_ok(p, play_do(p, c.leader, "revoke_result", REVOKE, 2)); /* also when it is in somebody's hand */
    assert_state(p, DOSSIER_DELIVERED, "none", "none");
    assert_refused(p, play_do(p, c.leader, "revoke_result", REVOKE, 2), ERR_CONFLICT, "R-066", "", "result.none-in-force");
}

static void test_who_was_named_says_herself_whether_she_agreed(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    struct who *reviewer = reviewer_new(a, p);
    working(p, &c);
    assert_refused(p, play_do(p, reviewer, "confirm", "{'agreed': true}"), ERR_CONFLICT, "R-283", "", "approval.none-open");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'reason': 'nhầm', 'approver': 'staff:reviewer', 'changes': {'form': {'a': 1}}}"));
    assert_true(p->s.approvals == 1 && str_is(p->s.approval[0].state, "named") && p->s.approval[0].seq == p->seq && str_is(p->s.approval[0].command, "correct"));
    assert_ok(p, play_do(p, c.clerk, "correct", "{'reason': 'nhầm', 'approver': 'staff:reviewer', 'changes': {'form': {'a': 2}}}"));
    assert_refused(p, play_do(p, c.leader, "confirm", "{'agreed': true}"), ERR_FORBIDDEN, "", "", "rights.not-named");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'reason': 'nhầm', 'approver': 'staff:leader', 'changes': {'form': {'a': 3}}}"));
    assert_refused(p, play_do(p, c.clerk, "confirm", "{'agreed': true}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, reviewer, "confirm", "{}"), ERR_INVALID, "R-283", "/agreed", "field.required");
    assert_refused(p, play_do(p, reviewer, "confirm", "{'agreed': false}"), ERR_INVALID, "R-283", "/reason", "field.required");
    assert_refused(p, play_do(p, reviewer, "confirm", "{'agreed': true, 'seq': 1}"), ERR_INVALID, "R-283", "/seq", "approval.unknown");
    assert_ok(p, play_do(p, reviewer, "confirm", "{'agreed': true, 'seq': %lld}", (long long)p->s.approval[0].seq));
    assert_true(str_is(p->s.approval[0].state, "confirmed") && str_is(p->s.approval[1].state, "named") && p->s.approval[0].at == p->now);
    assert_ok(p, play_do(p, reviewer, "confirm", "{'agreed': false, 'reason': 'tôi không biết việc này'}"));
    assert_true(str_is(p->s.approval[1].state, "contested") && str_is(p->s.approval[2].state, "named")); /* not for the other one */
    assert_refused(p, play_do(p, reviewer, "confirm", "{'agreed': true}"), ERR_FORBIDDEN, "", "", "rights.not-named");
    assert_ok(p, play_do(p, c.leader, "confirm", "{'agreed': true}"));
    assert_null(json_object_get(p->event[p->events - 1].payload, "reason"));
    assert_refused(p, play_do(p, reviewer, "confirm", "{'agreed': true}"), ERR_CONFLICT, "R-283", "", "approval.none-open");
}

static void test_a_void_waits_for_the_second_persons_word_too(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
    assert_ok(p, play_do(p, c.clerk, "void", "{'reason': 'nhập nhầm', 'approver': 'staff:leader'}"));
    assert_ok(p, play_do(p, c.leader, "confirm", "{'agreed': true}"));
    assert_true(p->s.voided && str_is(p->s.approval[0].state, "confirmed") && p->s.next_at == 0);
}

static void test_who_is_not_assigned_does_not_propose(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    struct who *other = who_new(a, "staff:other", ROLE_OFFICER, "30292.VPX", NULL, false, p->now), *reviewer = reviewer_new(a, p);
    const char *can[40];
    working(p, &c);
    assert_refused(p, play_do(p, other, "propose", "{}"), ERR_FORBIDDEN, "", "", "rights.not-assigned");
    for (size_t i = 0, n = dossier_possible(&world.rules, &p->s, &other->actor, p->now, can, 40); i < n; i++)
        assert_string_not_equal(can[i], "propose"); /* nor is it offered */
    assert_ok(p, play_do(p, reviewer, "propose", "{}"));
    assert_ok(p, play_do(p, c.leader, "return_to_step", "{'reason': 'xem lại'}"));
    assert_ok(p, play_do(p, c.officer, "propose", "{}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_money_and_delivery_move_on_axes_of_their_own),
        cmocka_unit_test(test_the_axes_change_only_as_their_table_says),
        cmocka_unit_test(test_each_outside_system_has_a_version_sent_confirmed_or_refused),
        cmocka_unit_test(test_a_result_is_revoked_by_decision_with_a_second_person),
        cmocka_unit_test(test_who_was_named_says_herself_whether_she_agreed),
        cmocka_unit_test(test_a_void_waits_for_the_second_persons_word_too),
        cmocka_unit_test(test_who_is_not_assigned_does_not_propose),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

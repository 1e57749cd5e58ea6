/* After the submission, read as rules: refusal, supplement, opinions, decision, delivery, withdrawal, correction, erasure; and the table as
 * a whole. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

/* --- refusal, supplement, consultation, decision --- */

static void test_a_refusal_comes_before_receipt_with_reason_and_basis(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    enum err e = play_do(p, c.clerk, "refuse", "{}");
    play_refused(p, e, ERR_INVALID, "R-044", "/reason", "field.required", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-044", "/basis", "field.required", __FILE__, __LINE__);
    assert_ok(p, play_do(p, c.clerk, "refuse", "{'reason': 'sai nơi', 'basis': 'Luật Hộ tịch'}"));
    assert_state(p, DOSSIER_REFUSED, "none", "none");
    assert_true(str_is(p->event[p->events - 1].head.basis, "Luật Hộ tịch"));
    assert_refused(p, play_do(p, c.clerk, "receive", "{}"), ERR_CONFLICT, "R-082", "", "dossier.state");
    struct play *q = play_new(a, "2026-11-23 09:00");
    assert_ok(q, play_submit(q, c.clerk, (struct asked){0}));
    assert_refused(q, play_do(q, c.clerk, "refuse", "{'reason': 'x', 'basis': 'y'}"), ERR_CONFLICT, "R-082", "", "dossier.state");
}

static void test_before_receipt_all_that_is_missing_is_asked_at_once_and_the_clerk_looks_again(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    enum err e = play_do(p, c.clerk, "request_supplement", "{'items': ['', 7], 'reason': 5}");
    play_refused(p, e, ERR_INVALID, "R-071", "/items/0", "field.required", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-071", "/items/1", "field.not-text", __FILE__, __LINE__);
    play_refused(p, e, ERR_INVALID, "R-071", "/reason", "field.not-text", __FILE__, __LINE__);
    assert_refused(p, play_do(p, c.clerk, "request_supplement", "{'reason': 'x'}"), ERR_INVALID, "R-071", "/items", "field.required");
    assert_refused(p, play_do(p, c.clerk, "request_supplement", "{'items': {}, 'reason': 'x'}"), ERR_INVALID, "R-071", "/items", "field.not-list");
    assert_ok(p, play_do(p, c.clerk, "request_supplement", "{'items': ['Giấy chứng sinh'], 'reason': 'thiếu'}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "supplement", "2026-12-07 17:00");
    assert_refused(p, play_do(p, c.clerk, "receive", "{}"), ERR_CONFLICT, "R-071", "", "dossier.supplement-awaited");
    assert_refused(p, play_do(p, c.clerk, "request_supplement", "{'items': ['x'], 'reason': 'x'}"), ERR_CONFLICT, "R-071", "", "dossier.supplement-awaited");
    assert_refused(p, play_do(p, c.owner, "supplement", "{'components': 5}"), ERR_INVALID, "", "/components", "field.not-list");
    assert_refused(p, play_do(p, c.owner, "supplement", "{'components': [{'component': 99}]}"), ERR_INVALID, "R-019", "/components/0/component", "component.unknown");
    assert_ok(p, play_do(p, c.owner, "supplement", "{'complete': false, 'components': [{'component': 1, 'copies': 1}]}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "supplement", "2026-12-07 17:00");
    play_at(p, "2026-11-25 09:00");
    assert_ok(p, play_do(p, c.owner, "supplement", "{'components': [{'component': 2, 'copies': 1}]}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "receive", "2026-11-26 09:00");
    assert_int_equal(p->s.components, 2);
    assert_ok(p, play_do(p, c.owner, "supplement", "{'complete': false, 'note': 'thêm'}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "receive", NULL); /* still the clerk's turn */
    assert_ok(p, play_do(p, c.clerk, "receive", "{}"));
    assert_state(p, DOSSIER_RECEIVED, "assign", NULL);
    assert_false(p->s.late_mark);
}

static void test_before_receipt_a_supplement_may_also_end_in_refusal(void **state) /* 5 to 3 */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    assert_ok(p, play_do(p, c.clerk, "request_supplement", "{'items': ['x'], 'reason': 'thiếu'}"));
    assert_ok(p, play_do(p, c.clerk, "refuse", "{'reason': 'không bổ sung', 'basis': 'NĐ 118/2025/NĐ-CP'}"));
    assert_state(p, DOSSIER_REFUSED, "none", "none");
}

static void test_who_holds_it_asks_for_the_supplement(void **state)
{
    PLAY("2026-11-23 09:00");
    p->home = STR("91.TTPVHCC");
    assert_ok(p, play_submit(p, c.centre, (struct asked){.procedure = "1.004873", .receiving = "91.TTPVHCC"}));
    assert_ok(p, play_do(p, c.officer, "accept", "{}"));
    assert_refused(p, play_do(p, c.centre, "request_supplement", "{'items': ['x'], 'reason': 'x'}"), ERR_FORBIDDEN, "", "", "rights.other-unit");
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
}

static void test_an_opinion_is_asked_with_a_date_and_silence_stops_no_clock(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.officer, "consult", "{'unit': '91.XYZ', 'due_at': '2026-11-24T17:00:00+07:00', 'question': '?'}"), ERR_INVALID, "R-072", "/unit", "unit.unknown");
    assert_refused(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'due_at': '2026-11-22T17:00:00+07:00', 'question': '?'}"), ERR_INVALID, "R-072", "/due_at", "dossier.due-invalid");
    assert_refused(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'question': '?'}"), ERR_INVALID, "R-072", "/due_at", "field.required");
    assert_false(dossier_visible(&p->s, &c.department->actor));
    assert_ok(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'due_at': '2026-11-24T17:00:00+07:00', 'question': 'ý kiến?'}"));
    assert_ok(p, play_do(p, c.officer, "consult", "{'unit': '30307', 'due_at': '2026-11-24T17:00:00+07:00', 'question': 'xác minh?'}"));
    assert_state(p, DOSSIER_PROCESSING, "consult", "2026-11-26 17:00");
    assert_true(dossier_visible(&p->s, &c.department->actor));
    assert_refused(p, play_do(p, c.department, "answer", "{'no': 9, 'opinion': 'x'}"), ERR_INVALID, "R-072", "/no", "consult.unknown");
    assert_refused(p, play_do(p, c.department, "answer", "{'no': 2, 'opinion': 'x'}"), ERR_FORBIDDEN, "R-072", "/no", "rights.other-unit");
    assert_refused(p, play_do(p, c.officer, "answer", "{'no': 1, 'opinion': 'x'}"), ERR_FORBIDDEN, "", "", "rights.other-unit");
    assert_ok(p, play_do(p, c.department, "answer", "{'no': 1, 'opinion': 'đồng ý'}"));
    assert_state(p, DOSSIER_PROCESSING, "consult", "2026-11-26 17:00"); /* the other one is open */
    assert_false(dossier_visible(&p->s, &c.department->actor));
    struct who *ward = who_new(a, "staff:ward", ROLE_OFFICER, "30307", NULL, false, p->now);
    assert_ok(p, play_do(p, ward, "answer", "{'no': 2, 'opinion': 'đúng'}"));
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-11-26 17:00");
}

static void test_an_opinion_that_comes_while_the_applicant_is_asked_changes_no_turn(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'due_at': '2026-11-24T17:00:00+07:00', 'question': 'ý kiến?'}"));
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
    int64_t next = p->s.next_at;
    assert_ok(p, play_do(p, c.department, "answer", "{'no': 1, 'opinion': 'đồng ý'}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "supplement", NULL);
    assert_int_equal(p->s.next_at, next);
}

static void test_it_goes_back_to_an_opinion_only_while_one_is_awaited(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.leader, "return_to_step", "{'reason': 'x', 'to': 'consult'}"), ERR_INVALID, "R-070", "/to", "dossier.task");
    assert_ok(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'due_at': '2026-11-24T17:00:00+07:00', 'question': 'ý kiến?'}"));
    assert_ok(p, play_do(p, c.officer, "propose", "{}"));
    assert_ok(p, play_do(p, c.leader, "return_to_step", "{'reason': 'x', 'to': 'consult'}"));
    assert_state(p, DOSSIER_PROCESSING, "consult", NULL);
    assert_ok(p, play_do(p, c.department, "answer", "{'no': 1, 'opinion': 'đồng ý'}"));
    assert_refused(p, play_do(p, c.leader, "return_to_step", "{'reason': 'x', 'to': 'consult'}"), ERR_INVALID, "R-070", "/to", "dossier.task");
}

/* What stands plain outlives an erasure: nobody's own words may be among it, only codes and numbers of papers. */
static void test_no_sentence_stands_in_the_plain_part_of_an_event(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    static const char *const said[][2] = {{"complete_step", "{'step': 'gặp bà Hoa'}"}, {"note", "{'kind': 'fee', 'text': 'bà Hoa nộp'}"},
                                          {"suspend", "{'reason': 'law', 'basis': 'Luật'}"}, {"resume", "{}"}};
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        assert_ok(p, play_do(p, c.officer, said[i][0], "%s", said[i][1]));
    assert_refused(p, play_do(p, c.officer, "note", "{'kind': 'bà Hoa', 'text': 'x'}"), ERR_INVALID, "R-079", "/kind", "field.code");
    assert_refused(p, play_do(p, c.leader, "reject", "{'reason': 'x', 'basis': 'Luật 099190000123'}"), ERR_INVALID, "R-074", "/basis", "field.personal");
    assert_refused(p, play_do(p, c.leader, "approve", "{'results': [{'number': 'cấp cho bà Hoa 12'}]}"), ERR_INVALID, "R-111", "/results/0/number", "field.paper-number");
    assert_ok(p, play_do(p, c.leader, "approve", "{'results': [{'number': '1187/QĐ-STP', 'date': '2026-11-23', 'name': 'Giấy của bà Hoa'}, {'number': 'AA 000123'}]}"));
    assert_true(p->s.results == 2 && str_is(p->s.result[0].name, "Giấy của bà Hoa") && p->s.result[1].name.n == 0);
    assert_ok(p, play_do(p, c.records, "sign_result", "{'result': 1, 'capacity': 'thay mặt bà Hoa'}"));
    assert_true(str_is(p->s.result[0].name, "Giấy của bà Hoa"));
    assert_refused(p, play_do(p, c.clerk, "note", "{'text': 'x', 'kind': '099190000123'}"), ERR_INVALID, "R-079", "/kind", "field.code");
    assert_ok(p, play_do(p, c.returner, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'ký nhận'}"));
    assert_ok(p, play_do(p, c.records, "erase", "{'basis': 'Luật Lưu trữ', 'decision': 'QĐ 312/QĐ-UBND ngày 31/12/2026'}"));
    assert_int_equal(p->s.result[0].name.n, 0);
    for (size_t i = 0; i < p->events; i++) {
        struct str bytes;
        assert_int_equal(canonical_json(a, p->event[i].payload, &bytes), ERR_OK);
        assert_null(strstr(str_c(a, bytes), "Hoa"));
    }
}

static void test_a_proposal_goes_back_with_a_reason(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.officer, "propose", "{'outcome': 'maybe'}"), ERR_INVALID, "R-070", "/outcome", "dossier.outcome");
    assert_ok(p, play_do(p, c.officer, "propose", "{'outcome': 'rejected'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.proposed", "proposed")), "rejected");
    assert_refused(p, play_do(p, c.leader, "return_to_step", "{'reason': 'x', 'to': 'moon'}"), ERR_INVALID, "R-070", "/to", "dossier.task");
    assert_refused(p, play_do(p, c.leader, "return_to_step", "{}"), ERR_INVALID, "R-070", "/reason", "field.required");
    assert_ok(p, play_do(p, c.leader, "return_to_step", "{'reason': 'thiếu căn cứ'}"));
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-11-26 17:00");
    assert_refused(p, play_do(p, c.leader, "assign", "{}"), ERR_INVALID, "R-070", "/officer", "field.required");
    assert_refused(p, play_do(p, c.officer, "complete_step", "{'step': ''}"), ERR_INVALID, "R-079", "/step", "field.required");
}

static void test_a_rejection_is_reasoned_and_ends_in_the_state_that_the_parameter_names(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.leader, "reject", "{'basis': 'Luật'}"), ERR_INVALID, "R-074", "/reason", "field.required");
    assert_refused(p, play_do(p, c.officer, "reject", "{'basis': 'Luật', 'reason': 'x'}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_ok(p, play_do(p, c.leader, "reject", "{'basis': 'Luật', 'reason': 'không đủ điều kiện'}"));
    assert_state(p, DOSSIER_DONE, "deliver", NULL); /* parameters.tsv: reject_state 9 */
    assert_true(str_is(p->s.outcome, "rejected") && p->s.finished_at == p->now);
    assert_null(play_field(p, "dossier.rejected", "violates"));
    static const int states[] = {DOSSIER_REFUSED, DOSSIER_STOPPED, DOSSIER_NEW};
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct rules rules = world.rules;
        struct fail f = {0};
        char tsv[200];
        struct parameters *more;
        snprintf(tsv, sizeof tsv, "key\tvalue\tvalid_from\tvalid_to\tlegal_basis\tmark\nreject_state\t%d\t\t\tx\tdesign\ncollect_reminder_wd\t10\t\t\tx\tdesign\n", states[i]);
        assert_non_null(more = parameters_load(a, str_of(str_c(a, str_of(tsv))), &f));
        struct play *q = play_new(a, "2026-11-23 09:00");
        working(q, &c);
        rules.parameters = more;
        q->rules = &rules;
        play_at(q, "2026-11-27 09:00");
        if (states[i] == DOSSIER_NEW)
            assert_refused(q, play_do(q, c.leader, "reject", "{'basis': 'Luật', 'reason': 'x'}"), ERR_CORRUPT, "R-074", "", "parameters.reject-state");
        else {
            assert_ok(q, play_do(q, c.leader, "reject", "{'basis': 'Luật', 'reason': 'x'}"));
            assert_state(q, states[i], "none", "none");
            assert_true(q->s.closed_at == q->now);
            assert_string_equal(json_string_value(play_field(q, "dossier.rejected", "violates")), "R-074"); /* told, never blocked */
        }
    }
}

static void test_results_are_checked_and_hold_no_names(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    enum err e = play_do(p, c.leader, "approve", "{'results': [5, {'file': 'x', 'date': '2026-02-30', 'subject': 'Nguyễn Văn A', 'number': 7}]}");
    static const char *const want[][2] = {{"/results/0", "field.not-object"}, {"/results/1/file", "file.name"}, {"/results/1/date", "field.date"},
                                          {"/results/1/subject", "result.subject"}, {"/results/1/number", "field.not-text"}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        play_refused(p, e, ERR_INVALID, "R-111", want[i][0], want[i][1], __FILE__, __LINE__);
    assert_refused(p, play_do(p, c.leader, "approve", "{'results': {}}"), ERR_INVALID, "R-111", "/results", "field.not-list");
    assert_refused(p, play_do(p, c.records, "sign_result", "{'result': 1}"), ERR_INVALID, "R-111", "/result", "result.unknown");
}

static void test_a_group_dossier_is_delivered_piece_by_piece(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.leader, "approve", "{'results': [{'number': '1', 'subject': 1}, {'number': '2', 'subject': 2}, {'number': '3'}]}"));
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': [1], 'proof': 'x'}"), ERR_INVALID, "R-113", "/collector/name", "field.required");
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': [1], 'collector': {'name': 'A'}}"), ERR_INVALID, "R-113", "/proof", "field.required");
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': [4], 'collector': {'name': 'A'}, 'proof': 'x'}"), ERR_INVALID, "R-113", "/results/0", "result.unknown");
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': [], 'collector': {'name': 'A'}, 'proof': 'x'}"), ERR_INVALID, "R-113", "/results", "field.required");
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': 'all', 'collector': {'name': 'A'}, 'proof': 'x'}"), ERR_INVALID, "R-113", "/results", "field.not-list");
    assert_ok(p, play_do(p, c.returner, "deliver", "{'results': [2], 'collector': {'name': 'Bình'}, 'proof': 'OTP'}"));
    assert_state(p, DOSSIER_DONE, "deliver", NULL);
    assert_true(str_is(p->s.result[1].subject, "2"));
    int64_t first = p->s.result[1].delivered_at;
    assert_refused(p, play_do(p, c.returner, "deliver", "{'results': [2], 'collector': {'name': 'Bình'}, 'proof': 'OTP'}"), ERR_INVALID, "R-113", "/results/0", "result.delivered");
    assert_refused(p, play_do(p, c.records, "sign_result", "{'result': 2}"), ERR_INVALID, "R-111", "/result", "result.delivered");
    play_at(p, "2026-11-24 09:00");
    assert_ok(p, play_do(p, c.returner, "deliver", "{'collector': {'name': 'Chi'}, 'proof': 'OTP'}")); /* the rest */
    assert_state(p, DOSSIER_DELIVERED, "none", "none");
    assert_int_equal(p->s.result[1].delivered_at, first);
    assert_int_equal(p->s.result[0].delivered_at, p->now);
}

static void test_certification_needs_no_receipt_unless_asked_and_is_recorded(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "2.000815"}));
    assert_true(p->s.immediate && p->s.receipts == 0 && p->s.received_at == p->now && p->s.code.n);
    assert_time(p->s.due_at, "2026-11-23 17:00");
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_ok(p, play_do(p, c.leader, "approve", "{'results': [{'number': '1234/2026/SCT'}]}"));
    assert_ok(p, play_do(p, c.clerk, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'tại quầy'}"));
    assert_state(p, DOSSIER_DELIVERED, "none", "none");
    struct play *q = play_new(a, "2026-11-23 09:00");
    assert_ok(q, play_submit(q, c.clerk, (struct asked){.procedure = "2.000815", .more = ", 'receipt': true"}));
    assert_int_equal(q->s.receipts, 1);
}

/* --- withdrawal --- */

static void test_a_withdrawal_taken_back_returns_to_where_it_was(void **state) /* */
{
    static const char *const ways[] = {"new", "received", "processing", "suspended", "supplement", "finance", "consult"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        PLAY("2026-11-23 09:00");
        const char *w = ways[i];
        assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873", .more = strcmp(w, "new") == 0 ? ", 'receive': false" : ""}));
        if (i >= 2)
            assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
        if (strcmp(w, "suspended") == 0)
            assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'law', 'basis': 'Luật'}"));
        if (strcmp(w, "supplement") == 0)
            assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
        if (strcmp(w, "finance") == 0)
            assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'financial_duty', 'basis': 'Luật'}"));
        if (strcmp(w, "consult") == 0)
            assert_ok(p, play_do(p, c.officer, "consult", "{'unit': '91.STP', 'due_at': '2026-11-24T17:00:00+07:00', 'question': '?'}"));
        struct dossier before = p->s;
        play_at(p, "2026-11-24 10:00");
        assert_ok(p, play_do(p, c.owner, "withdraw", "{'reason': 'đổi ý'}"));
        assert_state(p, DOSSIER_WITHDRAWAL, "decide_withdrawal", "2026-11-25 17:00");
        assert_refused(p, play_do(p, c.owner, "withdraw", "{}"), ERR_CONFLICT, "R-082", "", "dossier.state");
        assert_ok(p, play_do(p, c.owner, "take_back_withdrawal", "{}"));
        play_state(p, (int)before.state, str_c(a, before.task), NULL, __FILE__, __LINE__);
        assert_true(p->s.next_at == before.next_at && p->s.due_at == before.due_at && p->s.suspended_at == before.suspended_at);
        assert_ok(p, play_do(p, c.clerk, "withdraw", "{}")); /* at the counter the clerk writes what the applicant says */
        assert_ok(p, play_do(p, c.officer, "stop", "{}"));
        assert_state(p, DOSSIER_STOPPED, "none", "none");
        assert_true(str_is(p->s.outcome, "withdrawn") && p->s.suspended_at == 0 && p->s.finished_at == p->now);
    }
}

static void test_nothing_is_withdrawn_after_the_decision(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    assert_refused(p, play_do(p, c.owner, "withdraw", "{}"), ERR_CONFLICT, "R-082", "", "dossier.state");
    assert_refused(p, play_do(p, c.officer, "stop", "{'reason': 'x', 'basis': 'y'}"), ERR_CONFLICT, "R-082", "", "dossier.state");
}

static void test_a_stop_without_withdrawal_needs_reason_and_basis(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.officer, "stop", "{'basis': 'x'}"), ERR_INVALID, "R-077", "/reason", "field.required");
    assert_refused(p, play_do(p, c.officer, "stop", "{'reason': 'x'}"), ERR_INVALID, "R-077", "/basis", "field.required");
    assert_ok(p, play_do(p, c.officer, "stop", "{'reason': 'x', 'basis': 'y'}"));
    assert_true(str_is(p->s.outcome, "stopped"));
}

/* --- correction, void, erasure --- */

static void test_a_correction_needs_a_second_person_and_keeps_the_old_value(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'form': {}}, 'reason': 'sai'}"), ERR_INVALID, "R-283", "/approver", "field.required");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'form': {}}, 'reason': 'sai', 'approver': 'staff:clerk'}"), ERR_INVALID, "R-283", "/approver", "rights.four-eyes");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_INVALID, "R-283", "/changes", "field.required");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'due_at': 'x'}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_INVALID, "R-283", "/changes/due_at", "field.unknown");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'competent_unit': '30292'}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_INVALID, "R-283", "/changes/competent_unit", "correct.nothing");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'procedure': '2.002621'}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_CONFLICT, "R-031", "/changes/procedure", "procedure.not-receivable");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'parties': [{}]}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_INVALID, "R-015", "/parties/0/name", "field.required");
    assert_ok(p, play_do(p, c.clerk, "correct",
                         "{'changes': {'parties': [{'role': 'owner', 'kind': 'person', 'name': 'Trần Văn Bé', 'id_type': 'personal_number', 'id_number': '099090000999'}]},"
                         " 'reason': 'sai tên', 'approver': 'staff:leader'}"));
    assert_int_equal(p->s.receipts, 2); /* issued anew */
    assert_false(dossier_visible(&p->s, &c.owner->actor));
    assert_time(p->s.due_at, "2026-11-26 17:00"); /* a name changes no date */
    assert_ok(p, play_do(p, c.clerk, "correct", "{'changes': {'procedure': '1.001193'}, 'reason': 'sai thủ tục', 'approver': 'staff:leader'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.corrected", "old_procedure")), "1.004873");
    assert_non_null(play_field(p, "dossier.corrected", "old_due_at"));
    assert_time(p->s.due_at, "2026-11-23 17:00");
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-11-23 17:00");
}

/* Not any text: an active person in office, another one, who may approve where the dossier lies, and whose own it is not. */
static void test_who_approves_a_correction_is_somebody_who_may(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    struct who *clerk = who_new(a, "staff:both", ROLE_CLERK, "30292.TTPVHCC", "099190000777", false, p->now);
    who_new(a, "staff:both.too", ROLE_LEADER, "30292", "099190000777", false, p->now);
    who_new(a, "staff:hoa", ROLE_LEADER, "30292", "099190000123", false, p->now);
    who_new(a, "staff:far", ROLE_LEADER, "30337", NULL, false, p->now);
    who_new(a, "staff:reviewer", ROLE_REVIEWER, "30292", NULL, false, p->now);
    static const char *const not_they[][2] = {{"staff:nobody", "rights.approver-unknown"}, {"b", "rights.approver-unknown"}, {"token:police", "rights.approver-unknown"},
                                              {"system", "rights.approver-unknown"}, {"staff:officer", "rights.approver-role"}, {"staff:far", "rights.approver-role"},
                                              {"staff:both", "rights.four-eyes"}, {"staff:both.too", "rights.four-eyes"}, {"staff:hoa", "rights.own-dossier"}};
    for (size_t i = 0; i < ARRAY_LEN(not_they); i++) {
        assert_refused(p, play_do(p, clerk, "correct", "{'changes': {'form': {}}, 'reason': 'sai', 'approver': '%s'}", not_they[i][0]), ERR_INVALID, "R-283", "/approver", not_they[i][1]);
        assert_refused(p, play_do(p, clerk, "void", "{'reason': 'sai', 'approver': '%s'}", not_they[i][0]), ERR_INVALID, "R-283", "/approver", not_they[i][1]);
    }
    assert_ok(p, play_do(p, clerk, "correct", "{'changes': {'form': {}}, 'reason': 'sai', 'approver': 'staff:reviewer'}"));
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    assert_refused(p, play_do(p, clerk, "void", "{'reason': 'sai', 'approver': 'staff:leader'}"), ERR_CONFLICT, "R-082", "", "dossier.state"); /* after the decision */
}

static void test_who_is_assigned_works_for_the_competent_unit(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873"}));
    who_new(a, "staff:hoa", ROLE_OFFICER, "30292", "099190000123", false, p->now);
    static const char *const not_they[][2] = {{"staff:nobody", "officer.unknown"}, {"x", "officer.unknown"}, {"token:police", "officer.unknown"}, {"staff:clerk", "officer.role"},
                                              {"staff:stp", "officer.role"}, {"staff:hoa", "rights.own-dossier"}};
    for (size_t i = 0; i < ARRAY_LEN(not_they); i++)
        assert_refused(p, play_do(p, c.leader, "assign", "{'officer': '%s'}", not_they[i][0]), ERR_INVALID, "R-070", "/officer", not_they[i][1]);
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:leader'}"));
}

static void test_another_competent_unit_must_accept_before_it_works(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    play_at(p, "2026-11-24 10:00");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'changes': {'competent_unit': '30307'}, 'reason': 'sai cơ quan', 'approver': 'staff:leader'}"));
    assert_state(p, DOSSIER_PROCESSING, "hand_over", "2026-11-24 17:00");
    assert_true(p->s.expected && p->s.officer.n == 0);
    assert_string_equal(json_string_value(play_field(p, "dossier.corrected", "old_competent_unit")), "30292");
    struct who *ward = who_new(a, "staff:ward", ROLE_LEADER, "30307", NULL, false, p->now);
    assert_refused(p, play_do(p, ward, "assign", "{'officer': 'staff:officer'}"), ERR_CONFLICT, "R-090", "", "dossier.not-accepted");
    assert_refused(p, play_do(p, ward, "approve", "{}"), ERR_CONFLICT, "R-090", "", "dossier.not-accepted");
    assert_ok(p, play_do(p, c.clerk, "hand_over", "{}"));
    assert_state(p, DOSSIER_PROCESSING, "accept", NULL);
    assert_refused(p, play_do(p, c.clerk, "hand_over", "{}"), ERR_CONFLICT, "R-048", "", "dossier.handed-over-already");
    play_at(p, "2026-11-25 10:00");
    assert_ok(p, play_do(p, ward, "accept", "{}"));
    assert_state(p, DOSSIER_PROCESSING, "assign", "2026-11-30 17:00");
    assert_false(p->s.expected);
    assert_refused(p, play_do(p, ward, "accept", "{}"), ERR_CONFLICT, "R-090", "", "dossier.accepted-already");
}

static void test_a_correction_after_the_decision_leaves_the_dates_alone(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    play_at(p, "2026-11-27 09:00");
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    int64_t due = p->s.due_at, next = p->s.next_at;
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'procedure': '1.009452'}, 'reason': 'sai thủ tục', 'approver': 'staff:leader'}"), ERR_CONFLICT, "R-099", "", "correct.after-decision");
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'competent_unit': '30307'}, 'reason': 'sai cơ quan', 'approver': 'staff:leader'}"), ERR_CONFLICT, "R-099", "", "correct.after-decision");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'changes': {'form': {'so': 1}}, 'reason': 'sai tờ khai', 'approver': 'staff:leader'}"));
    assert_true(p->s.due_at == due && p->s.next_at == next && dossier_late(&p->s, p->now));
    assert_state(p, DOSSIER_DONE, "deliver", NULL);
}

static void test_a_correction_to_a_restricted_procedure_hides_the_dossier(void **state)
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.clerk, "correct", "{'changes': {'procedure': '2.001263'}, 'reason': 'sai', 'approver': 'staff:leader'}"), ERR_INVALID, "R-034", "/due_at", "dossier.due-required");
    assert_ok(p, play_do(p, c.clerk, "correct", "{'changes': {'procedure': '2.001263'}, 'reason': 'sai', 'approver': 'staff:leader', 'due_at': '2026-12-23T17:00:00+07:00', 'due_reason': 'Luật'}"));
    assert_true(p->s.restricted && p->s.due_given);
    assert_false(dossier_visible(&p->s, &c.clerk->actor));
    assert_string_equal(json_string_value(play_field(p, "dossier.corrected", "due_reason")), "Luật");
}

static void test_a_void_dossier_stays_and_nothing_more_happens_to_it(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.clerk, "void", "{'reason': 'nhập hai lần', 'approver': 'staff:leader', 'doubled_by': 'H01.30292-261123-0006'}"));
    assert_true(p->s.voided && p->s.next_at == 0 && p->s.closed_at == p->now && p->s.state == DOSSIER_PROCESSING);
    assert_refused(p, play_do(p, c.officer, "complete_step", "{'step': 'x'}"), ERR_CONFLICT, "R-283", "", "dossier.voided");
    const char *can[40];
    assert_int_equal(dossier_possible(&world.rules, &p->s, &c.leader->actor, p->now, can, 40), 2);
    assert_string_equal(can[0], "confirm"); /* she was named */
    assert_string_equal(can[1], "erase");
    assert_ok(p, play_do(p, c.leader, "erase", "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}"));
}

static void test_erasure_is_for_closed_ones_and_by_decision(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.leader, "erase", "{'basis': 'x', 'decision': '312/QĐ-UBND ngày 31/12/2026'}"), ERR_CONFLICT, "R-272", "", "dossier.still-open");
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    assert_ok(p, play_do(p, c.clerk, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'x'}"));
    assert_refused(p, play_do(p, c.clerk, "erase", "{'basis': 'x', 'decision': 'y'}"), ERR_FORBIDDEN, "", "", "rights.role");
    assert_refused(p, play_do(p, c.leader, "erase", "{'basis': 'x'}"), ERR_INVALID, "R-272", "/decision", "field.required");
    assert_ok(p, play_do(p, c.records, "erase", "{'basis': 'x', 'decision': '12/QĐ'}"));
    assert_true(p->s.erased && p->s.owner_hashes == 0);
    assert_false(dossier_visible(&p->s, &c.owner->actor));
    assert_refused(p, play_do(p, c.leader, "note", "{'text': 'x'}"), ERR_CONFLICT, "R-272", "", "dossier.erased");
}

/* --- texts --- */

static void test_texts_are_clean_and_bounded(void **state)
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_refused(p, play_do(p, c.officer, "note", "{'text': 5}"), ERR_INVALID, "R-079", "/text", "field.not-text");
    assert_refused(p, play_do(p, c.officer, "note", "{'text': 'a\\u202eb'}"), ERR_INVALID, "R-079", "/text", "field.characters");
    assert_refused(p, play_do(p, c.officer, "note", "{'text': '   '}"), ERR_INVALID, "R-079", "/text", "field.required");
    assert_refused(p, play_do(p, c.officer, "note", "{'text': '%.*s'}", 4001, str_printf(a, "%04001d", 0).p), ERR_INVALID, "R-079", "/text", "field.too-long");
    assert_refused(p, play_do(p, c.officer, "stop", "{'reason': 'x', 'basis': '%.*s'}", 121, str_printf(a, "%0200d", 0).p), ERR_INVALID, "R-077", "/basis", "field.too-long");
    assert_ok(p, play_do(p, c.officer, "note", "{'text': 'e\\u0302\\u0301'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.noted", "text")), "ế");
}

/* Every command that is offered can be given, as far as rights and state go: nothing that always fails is shown. */
static void test_what_is_offered_is_allowed(void **state)
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    static const char *const steps[][2] = {{"suspend", "{'reason': 'law', 'basis': 'x'}"}, {"resume", "{}"}, {"request_supplement", "{'items': ['x'], 'reason': 'x'}"}, {"stop", "{'reason': 'x', 'basis': 'x'}"}};
    const struct who *people[] = {c.clerk, c.officer, c.leader, c.owner, c.police, c.records};
    for (size_t s = 0; s <= ARRAY_LEN(steps); s++) {
        for (size_t w = 0; w < ARRAY_LEN(people); w++) {
            const char *can[40];
            size_t n = dossier_possible(&world.rules, &p->s, &people[w]->actor, p->now, can, 40);
            for (size_t i = 0; i < n; i++) {
                struct play copy = *p;
                enum err e = play_do(&copy, people[w], can[i], "{}");
                if (e == ERR_FORBIDDEN || (e == ERR_CONFLICT && strcmp(can[i], "extend") != 0))
                    fail_msg("%s may not %s: %s", str_c(a, people[w]->actor.id), can[i], copy.fail.item[0].code);
            }
        }
        if (s < ARRAY_LEN(steps))
            assert_ok(p, play_do(p, c.officer, steps[s][0], "%s", steps[s][1]));
    }
}

/* The table in words, held against the transitions of R-082 and what docs/decisions/0001-states.md adds. */
static void test_the_table_leads_only_where_the_regulation_and_our_decision_say(void **state) /* */
{
    (void)state;
    for (size_t i = 0;; i++) {
        const struct dossier_rule *r = dossier_rule_at(i);
        if (!r)
            break;
        assert_ptr_equal(dossier_rule(str_of(r->command)), r);
        for (int from = 1; from < DOSSIER_STATES; from++)
            for (int to = 1; to < DOSSIER_STATES; to++)
                if ((r->from & 1u << from) && (r->to & 1u << to) && from != to && !transition_allowed(from, to)
                    && strcmp(r->command, "take_back_withdrawal") != 0)
                    fail_msg("%s leads from %s to %s", r->command, dossier_state_name(from), dossier_state_name(to));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refusal_comes_before_receipt_with_reason_and_basis),
        cmocka_unit_test(test_before_receipt_all_that_is_missing_is_asked_at_once_and_the_clerk_looks_again),
        cmocka_unit_test(test_before_receipt_a_supplement_may_also_end_in_refusal),
        cmocka_unit_test(test_who_holds_it_asks_for_the_supplement),
        cmocka_unit_test(test_an_opinion_is_asked_with_a_date_and_silence_stops_no_clock),
        cmocka_unit_test(test_an_opinion_that_comes_while_the_applicant_is_asked_changes_no_turn),
        cmocka_unit_test(test_it_goes_back_to_an_opinion_only_while_one_is_awaited),
        cmocka_unit_test(test_no_sentence_stands_in_the_plain_part_of_an_event),
        cmocka_unit_test(test_a_proposal_goes_back_with_a_reason),
        cmocka_unit_test(test_a_rejection_is_reasoned_and_ends_in_the_state_that_the_parameter_names),
        cmocka_unit_test(test_results_are_checked_and_hold_no_names),
        cmocka_unit_test(test_a_group_dossier_is_delivered_piece_by_piece),
        cmocka_unit_test(test_certification_needs_no_receipt_unless_asked_and_is_recorded),
        cmocka_unit_test(test_a_withdrawal_taken_back_returns_to_where_it_was),
        cmocka_unit_test(test_nothing_is_withdrawn_after_the_decision),
        cmocka_unit_test(test_a_stop_without_withdrawal_needs_reason_and_basis),
        cmocka_unit_test(test_a_correction_needs_a_second_person_and_keeps_the_old_value),
        cmocka_unit_test(test_who_approves_a_correction_is_somebody_who_may),
        cmocka_unit_test(test_who_is_assigned_works_for_the_competent_unit),
        cmocka_unit_test(test_another_competent_unit_must_accept_before_it_works),
        cmocka_unit_test(test_a_correction_after_the_decision_leaves_the_dates_alone),
        cmocka_unit_test(test_a_correction_to_a_restricted_procedure_hides_the_dossier),
        cmocka_unit_test(test_a_void_dossier_stays_and_nothing_more_happens_to_it),
        cmocka_unit_test(test_erasure_is_for_closed_ones_and_by_decision),
        cmocka_unit_test(test_texts_are_clean_and_bounded),
        cmocka_unit_test(test_what_is_offered_is_allowed),
        cmocka_unit_test(test_the_table_leads_only_where_the_regulation_and_our_decision_say),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

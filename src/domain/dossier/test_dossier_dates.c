/* The dates of a dossier: receipt, acceptance, supplement, extension, apology, suspension; on the real holiday table and parameters. How a
 * limit is counted is the calendar's (calendar/test_calendar.c); here: when it starts, restarts, stands, and who is told what. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

static void test_a_same_day_procedure_before_and_after_15_00(void **state) /* T2, R-048, R-090 */
{
    static const struct { const char *at, *due, *hand_over; } is[] = {
        {"2026-11-20 09:00", "2026-11-20 17:00", "2026-11-20 17:00"}, {"2026-11-20 15:00", "2026-11-20 17:00", "2026-11-20 17:00"},
        {"2026-11-20 15:30", "2026-11-23 17:00", "2026-11-23 07:00"}, {"2026-11-21 09:00", "2026-11-23 17:00", "2026-11-23 07:00"}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        PLAY(is[i].at);
        assert_ok(p, play_submit(p, c.clerk, (struct asked){0}));
        assert_time(p->s.due_at, is[i].due);
        assert_time(p->s.promised_at, is[i].due);
        assert_time(p->s.hand_over_by, is[i].hand_over);
        assert_false(p->s.expected);
    }
}

static void test_elsewhere_dates_are_expected_until_acceptance_and_then_fixed(void **state) /* */
{
    PLAY("2026-11-20 09:00"); /* Friday */
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004222"}));
    assert_true(str_is(p->s.competent_unit, "30292.CAX") && p->s.authority);
    assert_true(p->s.expected);
    assert_time(p->s.due_at, "2026-12-01 17:00"); /* seven working days from the hand-over at the latest */
    assert_ok(p, play_do(p, c.clerk, "hand_over", "{'list': 'BG-1'}"));
    assert_state(p, DOSSIER_RECEIVED, "accept", "2026-12-01 17:00");
    assert_refused(p, play_do(p, c.police_link, "assign", "{'officer': 'staff:officer'}"), ERR_CONFLICT, "R-090", "", "dossier.not-accepted");
    play_at(p, "2026-11-24 10:00");
    assert_ok(p, play_do(p, c.police_link, "accept", "{}"));
    assert_false(p->s.expected);
    assert_time(p->s.start_at, "2026-11-24 10:00");
    assert_time(p->s.due_at, "2026-12-03 17:00");
    assert_state(p, DOSSIER_PROCESSING, "assign", "2026-12-03 17:00");
    assert_time(p->s.received_at, "2026-11-20 09:00"); /* both instants are kept */
    assert_time(p->s.accepted_at, "2026-11-24 10:00");
}

static void test_a_late_hand_over_is_told_and_not_blocked(void **state) /* */
{
    PLAY("2026-11-20 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004222"}));
    play_at(p, "2026-11-23 08:00");
    assert_ok(p, play_do(p, c.clerk, "hand_over", "{}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.handed_over", "violates")), "R-048"); /* it was due on Friday, by the end of the day */
}

/* After 15:00 it is due "vào đầu giờ ngày làm việc tiếp theo": our reading is the first hour of that day (hand_over_grace_min), for nobody can hand over at
 * the stroke of seven. The clock shown stays 07:00. */
static void test_the_start_of_the_next_day_is_an_hour_not_a_moment(void **state) /* */
{
    static const struct { const char *at; bool late; } is[] = {{"2026-11-23 07:00", false}, {"2026-11-23 08:00", false}, {"2026-11-23 08:01", true}};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        PLAY("2026-11-20 15:30");
        assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004222"}));
        assert_time(p->s.hand_over_by, "2026-11-23 07:00");
        play_at(p, is[i].at);
        assert_ok(p, play_do(p, c.clerk, "hand_over", "{}"));
        assert_true((play_field(p, "dossier.handed_over", "violates") != NULL) == is[i].late);
    }
}

/* Where the catalogue has a limit the calendar gives the date: one that a person names would be lost, so it is refused. */
static void test_a_date_of_ones_own_is_refused_where_there_is_a_limit(void **state) /* */
{
    static const char own[] = ", 'due_at': '2026-12-18T17:00:00+07:00', 'due_reason': 'xin thêm'";
    PLAY("2026-11-23 09:00");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873", .more = own}), ERR_INVALID, "R-034", "/due_at", "dossier.due-by-limit");
    assert_refused(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873", .more = ", 'due_reason': 'xin thêm'"}), ERR_INVALID, "R-034", "/due_reason",
                   "dossier.due-by-limit");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873", .more = ", 'due_at': null, 'due_reason': ''"}));
    assert_refused(p, play_do(p, c.clerk, "correct", "{'approver': 'staff:leader', 'reason': 'nhầm', 'changes': {'form': {'a': 1}}, 'due_at': '2026-12-18T17:00:00+07:00'}"),
                   ERR_INVALID, "R-034", "/due_at", "dossier.due-kept");
    struct play *q = play_new(a, "2026-11-23 09:00");
    assert_refused(q, play_submit(q, c.owner, (struct asked){.channel = "online", .procedure = "1.004873", .more = own}), ERR_INVALID, "R-034", "/due_at",
                   "dossier.due-at-receipt");
    assert_ok(q, play_submit(q, c.owner, (struct asked){.channel = "online", .procedure = "1.004873"}));
    assert_refused(q, play_do(q, c.clerk, "receive", "{'due_at': '2026-12-18T17:00:00+07:00', 'due_reason': 'xin thêm'}"), ERR_INVALID, "R-034", "/due_at",
                   "dossier.due-by-limit");
}

static void test_a_supplemented_dossier_starts_from_zero(void **state) /* T4, R-071 */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.003197"})); /* five working days, at the police */
    assert_ok(p, play_do(p, c.police_link, "accept", "{}"));
    assert_time(p->s.due_at, "2026-11-30 17:00");
    play_at(p, "2026-11-25 09:00");
    assert_ok(p, play_do(p, c.police_link, "request_supplement", "{'items': ['CT01'], 'reason': 'thiếu'}"));
    assert_state(p, DOSSIER_SUPPLEMENT, "supplement", "2026-12-09 17:00");
    assert_null(play_field(p, "dossier.supplement_requested", "violates"));
    play_at(p, "2026-12-03 09:00");
    assert_false(dossier_late(&p->s, p->now)); /* the clock stands, R-096 */
    assert_ok(p, play_do(p, c.owner, "supplement", "{}"));
    assert_time(p->s.due_at, "2026-12-10 17:00");
    assert_state(p, DOSSIER_PROCESSING, "assign", "2026-12-10 17:00");
    assert_false(p->s.late_mark);
}

static void test_after_three_working_days_a_request_breaks_the_rule_but_is_not_blocked(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.003197"}));
    assert_ok(p, play_do(p, c.police_link, "accept", "{}"));
    play_at(p, "2026-11-26 16:00");
    struct play *q = ARENA_NEW(a, struct play);
    *q = *p;
    assert_ok(q, play_do(q, c.police_link, "request_supplement", "{'items': ['CT01'], 'reason': 'thiếu'}"));
    assert_null(play_field(q, "dossier.supplement_requested", "violates")); /* the third day */
    play_at(p, "2026-11-27 08:00");
    assert_ok(p, play_do(p, c.police_link, "request_supplement", "{'items': ['CT01'], 'reason': 'thiếu'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.supplement_requested", "violates")), "R-071");
}

static void test_a_second_request_marks_the_dossier_late(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
    assert_ok(p, play_do(p, c.owner, "supplement", "{}"));
    assert_false(dossier_late(&p->s, p->now));
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['y'], 'reason': 'x'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.supplement_requested", "violates")), "R-097");
    assert_true(p->s.late_mark && dossier_late(&p->s, p->now) && p->s.supplements == 2);
    assert_ok(p, play_do(p, c.owner, "supplement", "{}"));
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    assert_true(dossier_late(&p->s, p->now)); /* the mark stays */
}

static void test_an_extension_comes_a_day_before_the_limit_and_once(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c); /* due on Thursday the 26th */
    static const char to[] = "{'due_at': '2026-12-01T17:00:00+07:00', 'reason': 'chờ xác minh'}";
    play_at(p, "2026-11-25 16:59");
    assert_refused(p, play_do(p, c.leader, "extend", "{'due_at': '2026-11-26T09:00:00+07:00', 'reason': 'x'}"), ERR_INVALID, "R-075", "/due_at", "dossier.due-invalid");
    assert_refused(p, play_do(p, c.leader, "extend", "{'due_at': 5, 'reason': 'x'}"), ERR_INVALID, "R-075", "/due_at", "field.not-text");
    assert_refused(p, play_do(p, c.leader, "extend", "{'reason': 'x'}"), ERR_INVALID, "R-075", "/due_at", "field.required");
    assert_refused(p, play_do(p, c.leader, "extend", "{'due_at': '2026-12-01T17:00:00+07:00'}"), ERR_INVALID, "R-075", "/reason", "field.required");
    struct play *late = ARENA_NEW(a, struct play);
    *late = *p;
    assert_refused(p, play_do(p, c.officer, "extend", "%s", to), ERR_FORBIDDEN, "", "", "rights.role"); /* who promises another day decides it */
    assert_ok(p, play_do(p, c.leader, "extend", "%s", to));
    assert_time(p->s.due_at, "2026-12-01 17:00");
    assert_time(p->s.promised_at, "2026-12-01 17:00");
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-12-01 17:00");
    assert_false(p->s.late_mark);
    assert_non_null(play_field(p, "dossier.extended", "old_due_at"));
    assert_refused(p, play_do(p, c.leader, "extend", "{'due_at': '2026-12-08T17:00:00+07:00', 'reason': 'x'}"), ERR_CONFLICT, "R-075", "", "dossier.extended-already");
    play_at(late, "2026-11-26 07:00"); /* the day itself: too late to extend, not to apologise */
    assert_refused(late, play_do(late, c.leader, "extend", "%s", to), ERR_CONFLICT, "R-075", "", "dossier.extend-too-late");
    assert_ok(late, play_do(late, c.officer, "apologise", "%s", to));
    assert_time(late->s.due_at, "2026-12-01 17:00");
    assert_true(late->s.late_mark && late->s.apologised && dossier_late(&late->s, late->now));
    assert_refused(late, play_do(late, c.officer, "apologise", "{'due_at': '2026-12-08T17:00:00+07:00', 'reason': 'x'}"), ERR_CONFLICT, "R-075", "", "dossier.apologised-already");
    assert_refused(late, play_do(late, c.leader, "extend", "{'due_at': '2026-12-08T17:00:00+07:00', 'reason': 'x'}"), ERR_CONFLICT, "R-075", "", "dossier.extended-already");
}

static void test_an_apology_after_an_extension_is_a_logged_breach(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.leader, "extend", "{'due_at': '2026-12-01T17:00:00+07:00', 'reason': 'x'}"));
    play_at(p, "2026-12-02 09:00");
    assert_ok(p, play_do(p, c.officer, "apologise", "{'due_at': '2026-12-04T17:00:00+07:00', 'reason': 'x'}"));
    assert_string_equal(json_string_value(play_field(p, "dossier.apologised", "violates")), "R-075");
}

/* reappoint_most_wd: 30 working days after now, our own choice. */
static void test_a_new_date_lies_within_reach(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    int64_t latest = calendar_end_of_working_day(p->rules->calendar, STR("30292"),
                                                 calendar_add_working_days(p->rules->calendar, STR("30292"), time_local_day(p->now), 30));
    char at[40], beyond[40];
    time_format(latest, at);
    time_format(latest + MS_MINUTE, beyond);
    assert_refused(p, play_do(p, c.officer, "apologise", "{'due_at': '2062-12-01T17:00:00+07:00', 'reason': 'x'}"), ERR_INVALID, "R-075", "/due_at", "dossier.due-too-far");
    assert_refused(p, play_do(p, c.leader, "extend", "{'due_at': '%s', 'reason': 'x'}", beyond), ERR_INVALID, "R-075", "/due_at", "dossier.due-too-far");
    assert_ok(p, play_do(p, c.officer, "apologise", "{'due_at': '%s', 'reason': 'x'}", at));
    assert_int_equal(p->s.due_at, latest);
}

static void test_a_late_dossier_is_delivered_all_the_same(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    play_at(p, "2026-12-23 09:00");
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    assert_true(dossier_late(&p->s, p->now));
    assert_ok(p, play_do(p, c.returner, "deliver", "{'collector': {'name': 'Hoa'}, 'proof': 'x'}"));
}

static void test_a_financial_duty_stops_the_clock(void **state) /* state 6 */
{
    PLAY("2026-11-23 09:00");
    working(p, &c); /* three working days: until the 26th */
    assert_refused(p, play_do(p, c.officer, "suspend", "{'reason': 'waiting for a signature', 'basis': 'x'}"), ERR_INVALID, "R-096", "/reason", "dossier.suspend-reason");
    assert_refused(p, play_do(p, c.officer, "suspend", "{'reason': 'law'}"), ERR_INVALID, "R-096", "/basis", "field.required");
    play_at(p, "2026-11-24 10:00");
    assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'financial_duty', 'basis': 'NĐ 103/2024/NĐ-CP'}"));
    assert_state(p, DOSSIER_FINANCE, "pay", "2026-12-08 17:00");
    assert_true(str_is(p->s.finance, "waiting") && p->s.suspended_at == p->now);
    assert_refused(p, play_do(p, c.leader, "approve", "{}"), ERR_CONFLICT, "R-082", "", "dossier.state");
    play_at(p, "2026-11-30 10:00");
    assert_false(dossier_late(&p->s, p->now));
    assert_ok(p, play_do(p, c.officer, "resume", "{}"));
    assert_time(p->s.due_at, "2026-12-03 17:00"); /* 24, 25, 26, 27 and 30 November did not count */
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-12-03 17:00");
    assert_true(str_is(p->s.finance, "done") && !p->s.suspended_at);
    assert_refused(p, play_do(p, c.officer, "resume", "{}"), ERR_CONFLICT, "R-096", "", "dossier.not-suspended");
}

static void test_while_the_law_stops_the_clock_work_goes_on_but_ends_nothing(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'outside_verification', 'basis': 'Luật Hộ tịch'}"));
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-12-07 17:00");
    assert_ok(p, play_do(p, c.officer, "complete_step", "{'step': 'gửi xác minh'}"));
    assert_state(p, DOSSIER_PROCESSING, "process", "2026-12-07 17:00"); /* the reminder, not the limit */
    static const char *const refused[][2] = {{"approve", "{}"}, {"suspend", "{'reason': 'law', 'basis': 'x'}"},
        {"extend", "{'due_at': '2026-12-20T17:00:00+07:00', 'reason': 'x'}"}, {"request_supplement", "{'items': ['x'], 'reason': 'x'}"}};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_refused(p, play_do(p, strcmp(refused[i][0], "approve") && strcmp(refused[i][0], "extend") ? c.officer : c.leader, refused[i][0], "%s", refused[i][1]), ERR_CONFLICT, "R-096", "", "dossier.suspended");
    play_at(p, "2026-11-24 09:00");
    assert_ok(p, play_do(p, c.officer, "resume", "{}"));
    assert_time(p->s.due_at, "2026-11-27 17:00"); /* only the 24th was lost: the day of receipt does not count anyway */
}

static void test_a_rejection_ends_a_suspension(void **state) /* 6 to 9, R-096 */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    assert_ok(p, play_do(p, c.officer, "suspend", "{'reason': 'financial_duty', 'basis': 'x'}"));
    play_at(p, "2026-12-23 09:00");
    assert_ok(p, play_do(p, c.leader, "reject", "{'reason': 'không nộp', 'basis': 'x'}"));
    assert_state(p, DOSSIER_DONE, "deliver", NULL);
    assert_true(!p->s.suspended_at && p->s.pause[0].to == p->now && str_is(p->s.finance, "ended"));
    assert_null(play_field(p, "dossier.rejected", "violates"));
}

static void test_a_doubtful_or_missing_limit_asks_the_clerk_for_a_date_with_a_reason(void **state) /* */
{
    static const char *const codes[] = {"1.013225", "1.001639"}; /* several limits; none */
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        PLAY("2026-11-23 09:00");
        struct asked q = {.procedure = codes[i]};
        enum err e = play_submit(p, c.clerk, q);
        play_refused(p, e, ERR_INVALID, "R-034", "/due_at", "dossier.due-required", __FILE__, __LINE__);
        play_refused(p, e, ERR_INVALID, "R-034", "/due_reason", "field.required", __FILE__, __LINE__);
        q.more = ", 'due_at': '2026-11-20T17:00:00+07:00', 'due_reason': 'x'";
        assert_refused(p, play_submit(p, c.clerk, q), ERR_INVALID, "R-034", "/due_at", "dossier.due-invalid");
        q.more = ", 'due_at': 'tomorrow', 'due_reason': 'x'";
        assert_refused(p, play_submit(p, c.clerk, q), ERR_INVALID, "R-034", "/due_at", "dossier.due-invalid");
        q.more = ", 'due_at': '2026-12-01T17:00:00+07:00', 'due_reason': 'theo quyết định của tỉnh'";
        assert_ok(p, play_submit(p, c.clerk, q));
        assert_time(p->s.due_at, "2026-12-01 17:00");
        assert_true(p->s.due_given && p->s.limit_unit == LIMIT_NONE);
        assert_string_equal(json_string_value(play_field(p, "dossier.received", "due_reason")), "theo quyết định của tỉnh");
        struct play *o = play_new(a, "2026-11-23 09:00"); /* online: nobody knows a date before the clerk receives */
        assert_ok(o, play_submit(o, c.owner, (struct asked){.procedure = codes[i], .channel = "online"}));
        assert_refused(o, play_do(o, c.clerk, "receive", "{}"), ERR_INVALID, "R-034", "/due_at", "dossier.due-required");
        assert_ok(o, play_do(o, c.clerk, "receive", "{'due_at': '2026-12-01T17:00:00+07:00', 'due_reason': 'quyết định'}"));
        assert_string_equal(json_string_value(play_field(o, "dossier.received", "due_reason")), "quyết định");
    }
}

static void test_a_given_date_runs_on_after_a_supplement(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.001639", .more = ", 'due_at': '2026-12-01T17:00:00+07:00', 'due_reason': 'x'"}));
    assert_ok(p, play_do(p, c.leader, "assign", "{'officer': 'staff:officer'}"));
    play_at(p, "2026-11-25 09:00"); /* four working days are left */
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'x'}"));
    play_at(p, "2026-12-07 09:00");
    assert_ok(p, play_do(p, c.owner, "supplement", "{}"));
    assert_time(p->s.due_at, "2026-12-11 17:00");
    assert_true(p->s.due_given);
}

static void test_a_given_date_waits_for_no_acceptance(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    p->home = STR("91.TTPVHCC");
    assert_ok(p, play_submit(p, c.centre, (struct asked){.procedure = "1.001639", .receiving = "91.TTPVHCC", .more = ", 'due_at': '2026-12-01T17:00:00+07:00', 'due_reason': 'x'"}));
    assert_ok(p, play_do(p, c.officer, "accept", "{}"));
    assert_time(p->s.due_at, "2026-12-01 17:00");
    assert_false(p->s.expected);
}

static void test_outside_the_holiday_tables_nothing_is_guessed(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    assert_ok(p, play_submit(p, c.owner, (struct asked){.channel = "online"}));
    p->now = civil_days(2100, 1, 4) * (int64_t)MS_DAY;
    assert_refused(p, play_do(p, c.clerk, "receive", "{}"), ERR_INVALID, "R-048", "", "calendar.out-of-table");
    assert_refused(p, play_do(p, c.clerk, "request_supplement", "{'items': ['x'], 'reason': 'x'}"), ERR_INVALID, "R-095", "", "calendar.out-of-table");
}

static void test_a_dossier_keeps_the_parameters_of_its_receipt(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    struct fail f = {0};
    struct rules rules = world.rules;
    struct parameters *m = parameters_load(a, STR("key\tvalue\tvalid_from\tvalid_to\tlegal_basis\tmark\napology_before_days\t1\t\t2026-11-24\tx\tA\n"
        "apology_before_days\t3\t2026-11-25\t\ty\tA\nmax_reappointment\t1\t\t\tx\tA\nreappoint_most_wd\t30\t\t\tx\tA\ndue_soon_wd\t1\t\t\tx\tA\n"), &f);
    assert_non_null(m);
    rules.parameters = m;
    p->rules = &rules;
    play_at(p, "2026-11-25 10:00"); /* three days before would be too late by now */
    assert_ok(p, play_do(p, c.leader, "extend", "{'due_at': '2026-12-01T17:00:00+07:00', 'reason': 'x'}"));
}

static void test_punctuality_is_computed_at_a_time_and_never_stored(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    static const char *const at[][2] = {{"2026-11-24 09:00", "in_time"}, {"2026-11-26 09:00", "due_soon"}, {"2026-11-26 17:00", "due_soon"}, {"2026-11-27 07:00", "late"}};
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        json_t *o = arena_json(a, dossier_json(p->stream, &p->s, p->seq, NULL, test_at(at[i][0])));
        assert_string_equal(json_string_value(json_object_get(o, "punctuality")), at[i][1]);
    }
    play_at(p, "2026-11-25 09:00");
    assert_ok(p, play_do(p, c.leader, "approve", "{}"));
    json_t *o = arena_json(a, dossier_json(p->stream, &p->s, p->seq, NULL, test_at("2027-11-27 07:00")));
    assert_string_equal(json_string_value(json_object_get(o, "punctuality")), "early");
    assert_string_equal(json_string_value(json_object_get(o, "state")), "done");
}

static const char *punctuality(const struct play *p)
{
    struct dossier_clock c = dossier_clock(&p->s);
    return clock_punctuality(&c, p->now);
}

/* The one verdict: the closing event carries it, and it is that of the clock which stood. */
static void test_a_dossier_stopped_while_its_clock_stands_is_as_late_as_then(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c); /* due on the 26th */
    play_at(p, "2026-11-25 09:00");
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'y'}"));
    play_at(p, "2026-12-07 09:00");
    assert_string_equal(punctuality(p), "in_time");
    assert_ok(p, play_do(p, c.leader, "stop", "{'reason': 'không bổ sung', 'basis': 'x'}"));
    assert_int_equal(json_integer_value(play_field(p, "dossier.stopped", "finished_late")), 0);
    assert_false(dossier_late(&p->s, p->now));
    assert_string_equal(punctuality(p), "on_time");
}

static void test_a_withdrawal_asked_while_the_clock_stands_does_not_start_it(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    play_at(p, "2026-11-25 09:00");
    assert_ok(p, play_do(p, c.officer, "request_supplement", "{'items': ['x'], 'reason': 'y'}"));
    play_at(p, "2026-12-07 09:00");
    assert_ok(p, play_do(p, c.owner, "withdraw", "{}"));
    assert_string_equal(punctuality(p), "in_time");
    assert_ok(p, play_do(p, c.owner, "take_back_withdrawal", "{}"));
    assert_true(p->s.state == DOSSIER_SUPPLEMENT && !dossier_late(&p->s, p->now)); /* 5, 7, 5 */
    assert_ok(p, play_do(p, c.owner, "withdraw", "{}"));
    play_at(p, "2026-12-08 09:00");
    assert_ok(p, play_do(p, c.leader, "stop", "{}"));
    assert_int_equal(json_integer_value(play_field(p, "dossier.stopped", "finished_late")), 0); /* 5, 7, 8 */
    assert_string_equal(punctuality(p), "on_time");
}

static void test_a_withdrawal_of_late_work_stays_late(void **state) /* */
{
    PLAY("2026-11-23 09:00");
    working(p, &c);
    play_at(p, "2026-11-27 09:00");
    assert_ok(p, play_do(p, c.owner, "withdraw", "{}"));
    assert_string_equal(punctuality(p), "late");
    assert_ok(p, play_do(p, c.leader, "stop", "{}"));
    assert_int_equal(json_integer_value(play_field(p, "dossier.stopped", "finished_late")), 1);
    assert_string_equal(punctuality(p), "late");
}

/* Due on Monday: soon from the end of Friday's work, as many working days before as the parameter says. */
static void test_due_soon_is_counted_in_working_days_by_a_parameter(void **state) /* */
{
    PLAY("2026-11-25 09:00");
    working(p, &c);
    assert_time(p->s.due_at, "2026-11-30 17:00");
    assert_time(p->s.soon_at, "2026-11-27 17:00");
    play_at(p, "2026-11-28 09:00");
    assert_string_equal(punctuality(p), "due_soon");
    struct fail f = {0};
    struct rules rules = world.rules;
    rules.parameters = parameters_load(a, STR("key\tvalue\tvalid_from\tvalid_to\tlegal_basis\tmark\napology_before_days\t1\t\t\tx\tA\n"
        "max_reappointment\t1\t\t\tx\tA\nreappoint_most_wd\t30\t\t\tx\tA\ndue_soon_wd\t3\t\t\tx\tA\n"), &f);
    p->rules = &rules;
    assert_ok(p, play_do(p, c.leader, "extend", "{'due_at': '2026-12-04T17:00:00+07:00', 'reason': 'x'}"));
    assert_time(p->s.soon_at, "2026-12-01 17:00");
    assert_string_equal(punctuality(p), "in_time");
}

static void test_a_date_in_a_year_without_a_table_says_so(void **state) /* */
{
    PLAY("2027-12-30 09:00");
    assert_ok(p, play_submit(p, c.clerk, (struct asked){.procedure = "1.004873"}));
    assert_true(str_is(p->s.due_warnings, "year:2028"));
    json_t *list = dossier_due_warnings(&p->s);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "code")), "calendar.year-missing");
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "param")), "2028");
    json_decref(list);
    struct play *q = play_new(a, "2026-10-05 09:00");
    assert_ok(q, play_submit(q, c.clerk, (struct asked){.procedure = "1.004873"}));
    assert_int_equal(q->s.due_warnings.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_date_in_a_year_without_a_table_says_so),
        cmocka_unit_test(test_a_same_day_procedure_before_and_after_15_00),
        cmocka_unit_test(test_elsewhere_dates_are_expected_until_acceptance_and_then_fixed),
        cmocka_unit_test(test_a_late_hand_over_is_told_and_not_blocked),
        cmocka_unit_test(test_the_start_of_the_next_day_is_an_hour_not_a_moment),
        cmocka_unit_test(test_a_date_of_ones_own_is_refused_where_there_is_a_limit),
        cmocka_unit_test(test_a_new_date_lies_within_reach),
        cmocka_unit_test(test_a_supplemented_dossier_starts_from_zero),
        cmocka_unit_test(test_after_three_working_days_a_request_breaks_the_rule_but_is_not_blocked),
        cmocka_unit_test(test_a_second_request_marks_the_dossier_late),
        cmocka_unit_test(test_an_extension_comes_a_day_before_the_limit_and_once),
        cmocka_unit_test(test_an_apology_after_an_extension_is_a_logged_breach),
        cmocka_unit_test(test_a_late_dossier_is_delivered_all_the_same),
        cmocka_unit_test(test_a_financial_duty_stops_the_clock),
        cmocka_unit_test(test_while_the_law_stops_the_clock_work_goes_on_but_ends_nothing),
        cmocka_unit_test(test_a_rejection_ends_a_suspension),
        cmocka_unit_test(test_a_doubtful_or_missing_limit_asks_the_clerk_for_a_date_with_a_reason),
        cmocka_unit_test(test_a_given_date_runs_on_after_a_supplement),
        cmocka_unit_test(test_a_given_date_waits_for_no_acceptance),
        cmocka_unit_test(test_outside_the_holiday_tables_nothing_is_guessed),
        cmocka_unit_test(test_a_dossier_keeps_the_parameters_of_its_receipt),
        cmocka_unit_test(test_a_dossier_stopped_while_its_clock_stands_is_as_late_as_then),
        cmocka_unit_test(test_a_withdrawal_asked_while_the_clock_stands_does_not_start_it),
        cmocka_unit_test(test_a_withdrawal_of_late_work_stays_late),
        cmocka_unit_test(test_due_soon_is_counted_in_working_days_by_a_parameter),
        cmocka_unit_test(test_punctuality_is_computed_at_a_time_and_never_stored),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

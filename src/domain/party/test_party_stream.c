/* Rules of persons and organisations across dossiers: numbers on days, names, merging, erasure, and who may. */
#include "domain/party/party_test.h"

#define HOA "099190000123"
#define HOA_OTHER "099190000999"

static enum err find(struct world *w, const char *type, const char *number, const char *on, struct party_ref *out)
{
    int64_t day;
    assert_true(date_parse(str_of(on), &day));
    return party_find(&w->room->keyring, w->db, w->a, str_of(type), str_of(number), day, out);
}

static const json_t *known(struct world *w, struct party_ref p)
{
    const json_t *personal;
    assert_int_equal(party_personal(&w->room->keyring, w->db, w->a, p.home_unit, p.id, &personal), ERR_OK);
    return personal;
}
#define assert_known(w, p, field, text) assert_string_equal(json_string_value(json_object_get(known(w, p), field)), text)

/* How many rows of any table that a name or number could stand in hold this text. */
static int64_t in_clear(struct world *w, const char *text)
{
    if (w->f->engine != ENGINE_SQLITE)
        return 0;
    return fixture_int(w->f, "SELECT (SELECT COUNT(*) FROM event WHERE instr(CAST(payload AS TEXT), '%s')) + (SELECT COUNT(*) FROM stream WHERE instr(CAST(state AS TEXT), '%s'))",
                       text, text);
}

static void test_a_person_is_found_by_her_number_and_stands_nowhere_in_clear(void **state) /* R-015, design §4 */
{
    WORLD(w, 1);
    struct party_ref found;
    assert_given(w, give(w, NEW_IN_91, "party_register", "{'kind': 'person', 'name': 'NGUYỄN THỊ HOA', 'birth_date': '1990-05-02', 'sex': 'female', 'id_type':"
                            " 'personal_number', 'id_number': '099 190 000123', 'phone': '+84 912 345 678', 'address': 'số 7 đường Thử'}"));
    struct party_ref hoa = made(w);
    assert_int_equal(find(w, "personal_number", HOA, "2026-11-23", &found), ERR_OK);
    assert_true(same_ref(found, hoa));
    assert_int_equal(find(w, "tax_code", HOA, "2026-11-23", &found), ERR_OK); /* since 1/7/2025 it is the same number */
    assert_int_equal(find(w, "passport", HOA, "2026-11-23", &found), ERR_NOT_FOUND);
    assert_int_equal(find(w, "personal_number", HOA_OTHER, "2026-11-23", &found), ERR_NOT_FOUND);
    assert_known(w, hoa, "name", "Nguyễn Thị Hoa");
    assert_known(w, hoa, "phone", "0912345678");
    assert_int_equal(in_clear(w, "Hoa") + in_clear(w, HOA) + in_clear(w, "1990-05-02") + in_clear(w, "0912345678") + in_clear(w, "Thử"), 0);
    const struct party *s = state_of(w);
    assert_int_equal(s->identifiers, 1);
    assert_int_equal(s->identifier[0].key_version, PARTY_KEY_VERSION);
    assert_true(s->identifier[0].from == 0 && s->identifier[0].to == INT64_MAX);
    assert_true(s->fact[PARTY_FACT_NAME].n && s->fact[PARTY_FACT_BIRTH_DATE].n && s->fact[PARTY_FACT_SEX].n);
    whole(w);
    world_close(w);
}

static void test_a_number_is_borne_by_one_stream_on_any_day(void **state) /* */
{
    WORLD(w, 1);
    struct party_ref found, a = person(w, "91", "An", HOA);
    assert_refused(w, give(w, NEW_IN("30292"), "party_register", "{'kind': 'person', 'name': 'B', 'id_type': 'personal_number', 'id_number': '" HOA "'}"), ERR_CONFLICT,
                   "party.identifier-taken");
    struct party_ref b = person(w, "30292", "Bình", NULL);
    assert_refused(w, give(w, b, "party_identify", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'basis': 'CC'}"), ERR_CONFLICT, "party.identifier-taken");
    assert_refused(w, give(w, a, "party_identify", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'basis': 'CC'}"), ERR_CONFLICT, "party.identifier-known");
    assert_given(w, give(w, a, "party_end_identifier", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'valid_to': '2026-11-20', 'reason': 'nhầm'}"));
    assert_refused(w, give(w, b, "party_identify", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'basis': 'CC', 'valid_from': '2026-11-19'}"), ERR_CONFLICT,
                   "party.identifier-taken");
    assert_given(w, give(w, b, "party_identify", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'basis': 'CC'}"));
    assert_int_equal(find(w, "personal_number", HOA, "2026-11-19", &found), ERR_OK);
    assert_true(same_ref(found, a));
    assert_int_equal(find(w, "personal_number", HOA, "2026-11-20", &found), ERR_OK); /* [from, to) */
    assert_true(same_ref(found, b));
    assert_refused(w, give(w, a, "party_end_identifier", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'reason': 'lại'}"), ERR_CONFLICT,
                   "party.identifier-absent");
    whole(w);
    world_close(w);
}

static void test_a_number_that_never_was_hers_is_free_for_all_days(void **state)
{
    WORLD(w, 1);
    struct party_ref found, a = person(w, "91", "An", HOA);
    assert_given(w, give(w, a, "party_end_identifier", "{'id_type': 'personal_number', 'id_number': '" HOA "', 'never': true, 'reason': 'gõ nhầm'}"));
    assert_int_equal(find(w, "personal_number", HOA, "2026-11-23", &found), ERR_NOT_FOUND);
    struct party_ref b = person(w, "30292", "Bình", HOA);
    assert_true(state_of(w)->identifier[0].from == 0);
    assert_int_equal(find(w, "personal_number", HOA, "1999-01-01", &found), ERR_OK);
    assert_true(same_ref(found, b));
    assert_given(w, give(w, a, "party_identify", "{'id_type': 'personal_number', 'id_number': '" HOA_OTHER "', 'basis': 'CC'}"));
    assert_int_equal(state_of(w)->identifiers, 2); /* what was wrong stays told */
    whole(w);
    world_close(w);
}

static void test_a_newborn_gets_her_number_later(void **state)
{
    WORLD(w, 1);
    struct party_ref found;
    assert_given(w, give(w, NEW_IN("30292"), "party_register", "{'kind': 'person', 'name': 'Trần An Nhiên', 'birth_date': '2026-11-01', 'sex': 'female'}"));
    struct party_ref child = made(w);
    assert_int_equal(state_of(w)->identifiers, 0);
    /* The number tells of another year, or of a boy. */
    assert_refused(w, give(w, child, "party_identify", "{'id_type': 'personal_number', 'id_number': '099325000123', 'basis': 'CC'}"), ERR_INVALID,
                   "party.personal-number-birth");
    assert_refused(w, give(w, child, "party_identify", "{'id_type': 'personal_number', 'id_number': '099226000123', 'basis': 'CC'}"), ERR_INVALID,
                   "party.personal-number-sex");
    assert_given(w, give(w, child, "party_identify", "{'id_type': 'personal_number', 'id_number': '099326000123', 'basis': 'CSDLQG về dân cư'}"));
    assert_int_equal(find(w, "personal_number", "099326000123", "2026-11-23", &found), ERR_OK);
    assert_true(same_ref(found, child));
    assert_refused(w, give(w, child, "party_identify", "{'id_type': 'personal_number', 'id_number': '099326000999', 'basis': 'CC'}"), ERR_CONFLICT,
                   "party.number-in-force");
    assert_refused(w, give(w, child, "party_correct", "{'fields': {'birth_date': '2025-11-01'}, 'reason': 'nhầm năm', 'approver': 'staff:lan'}"), ERR_INVALID,
                   "party.personal-number-birth"); /* a correction must agree with the number too */
    whole(w);
    world_close(w);
}

static void test_a_renewed_passport_keeps_the_old_one(void **state)
{
    WORLD(w, 1);
    struct party_ref found;
    assert_given(w, give(w, NEW_IN_91, "party_register", "{'kind': 'person', 'name': 'John', 'id_type': 'passport', 'id_number': 'p1234567'}"));
    struct party_ref john = made(w);
    assert_given(w, give(w, john, "party_identify", "{'id_type': 'passport', 'id_number': 'P7654321', 'valid_from': '2026-10-01', 'basis': 'hộ chiếu mới'}"));
    assert_given(w, give(w, john, "party_end_identifier", "{'id_type': 'passport', 'id_number': 'P1234567', 'valid_to': '2026-10-01', 'reason': 'hết hạn'}"));
    assert_int_equal(find(w, "passport", "P1234567", "2026-09-30", &found), ERR_OK);
    assert_int_equal(find(w, "passport", "P1234567", "2026-10-01", &found), ERR_NOT_FOUND);
    assert_int_equal(find(w, "passport", "P7654321", "2026-10-01", &found), ERR_OK);
    assert_int_equal(find(w, "passport", "P7654321", "2026-09-30", &found), ERR_OK); /* nobody else can have borne it: the next to */
    const json_t *list = json_object_get(known(w, john), "identifiers");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "valid_to")), "2026-10-01");
    struct party_ref *refs;
    size_t n;
    assert_int_equal(parties_of_number(&w->room->keyring, w->db, w->a, STR("p 1234567"), &refs, &n), ERR_OK);
    assert_int_equal(n, 1); /* nobody bore it later */
    whole(w);
    world_close(w);
}

static void test_a_new_name_and_a_corrected_date_leave_what_was(void **state) /* */
{
    WORLD(w, 1);
    assert_given(w, give(w, NEW_IN_91, "party_register", "{'kind': 'person', 'name': 'Lê Thị Mơ', 'birth_date': '1990-05-02', 'phone': '0912345678'}"));
    struct party_ref mo = made(w);
    assert_given(w, give(w, mo, "party_rename", "{'name': 'lê thị mộng mơ', 'basis': 'QĐ 5/QĐ-UBND'}"));
    assert_known(w, mo, "name", "Lê Thị Mộng Mơ");
    assert_refused(w, give(w, mo, "party_rename", "{'name': 'LÊ THỊ MỘNG MƠ', 'basis': 'QĐ'}"), ERR_INVALID, "correct.nothing");
    assert_given(w, give(w, mo, "party_correct", "{'fields': {'birth_date': '1990-02-05', 'phone': null}, 'reason': 'đảo ngày tháng', 'approver': 'staff:lan'}"));
    assert_known(w, mo, "birth_date", "1990-02-05");
    assert_null(json_object_get(known(w, mo), "phone"));
    assert_refused(w, give(w, mo, "party_correct", "{'fields': {'birth_date': '1990-02-06'}, 'reason': 'x', 'approver': 'system'}"), ERR_INVALID, "rights.four-eyes");
    assert_int_equal(give(w, mo, "party_correct", "{'fields': {'phone': '0912345679', 'id_number': '1'}, 'reason': 'x', 'approver': 'staff:lan'}"), ERR_INVALID);
    assert_string_equal(w->out.fail.item[w->out.fail.n - 1].pointer, "/fields/id_number"); /* a number is ended and given anew, never corrected */
    assert_string_equal(w->out.fail.item[w->out.fail.n - 1].code, "field.unknown");
    assert_refused(w, give(w, mo, "party_correct", "{'fields': {'birth_date': '2030-01-01'}, 'reason': 'x', 'approver': 'staff:lan'}"), ERR_INVALID, "party.birth-date");
    assert_string_equal(w->out.fail.item[0].pointer, "/fields/birth_date");
    assert_int_equal(in_clear(w, "Mơ") + in_clear(w, "1990-02-05") + in_clear(w, "đảo"), 0);
    whole(w);
    world_close(w);
}

static void test_two_streams_become_one_person_and_two_again(void **state) /* */
{
    WORLD(w, 1);
    struct party_ref a = person(w, "91", "An", HOA), b = person(w, "30292", "An", NULL), c = person(w, "30307", "An", HOA_OTHER), survivor, *refs;
    size_t n;
    assert_refused(w, give(w, a, "party_merge", MERGE, text_of_id(w, a.id), 2, "91"), ERR_INVALID, "party.merge-self");
    assert_refused(w, give(w, a, "party_merge", MERGE, text_of_id(w, b.id), 2, "91"), ERR_INVALID, "party.absent"); /* not of that unit */
    assert_refused(w, give(w, a, "party_unmerge", "{'reason': 'r', 'approver': 'staff:lan'}"), ERR_CONFLICT, "party.not-merged");
    assert_given(w, merge(w, b, a));
    assert_refused(w, merge(w, b, c), ERR_CONFLICT, "party.merged");
    assert_refused(w, merge(w, a, b), ERR_CONFLICT, "party.merge-cycle");
    assert_given(w, merge(w, a, c)); /* a chain: b → a → c */
    assert_refused(w, merge(w, c, b), ERR_CONFLICT, "party.merge-cycle");
    assert_int_equal(group_of(w, b, &survivor), 3);
    assert_true(same_ref(survivor, c));
    assert_int_equal(group_of(w, c, &survivor), 3);
    assert_int_equal(parties_of_number(&w->room->keyring, w->db, w->a, STR(HOA), &refs, &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_refused(w, give(w, a, "party_rename", "{'name': 'Ân', 'basis': 'QĐ'}"), ERR_CONFLICT, "party.merged"); /* on the survivor */
    assert_given(w, give(w, a, "party_unmerge", "{'reason': 'hai người', 'approver': 'staff:lan'}"));
    assert_int_equal(group_of(w, c, NULL), 1);
    assert_int_equal(group_of(w, b, &survivor), 2);
    assert_true(same_ref(survivor, a));
    assert_given(w, give(w, NEW_IN_91, "party_register", "{'kind': 'organisation', 'name': 'Công ty Thử'}"));
    assert_refused(w, merge(w, c, made(w)), ERR_CONFLICT, "party.kind-differs");
    whole(w);
    world_close(w);
}

static void test_a_person_of_too_many_streams_is_refused(void **state)
{
    WORLD(w, 1);
    struct party_ref all = person(w, "91", "An", NULL);
    for (int i = 1; i < PARTY_GROUP_MAX; i++)
        assert_given(w, merge(w, person(w, "91", "An", NULL), all));
    assert_int_equal(group_of(w, all, NULL), PARTY_GROUP_MAX);
    assert_refused(w, merge(w, person(w, "91", "An", NULL), all), ERR_CONFLICT, "party.merge-too-large");
    world_close(w);
}

static void test_who_may_is_asked_of_the_table(void **state) /* */
{
    WORLD(w, 1);
    struct party_ref hoa = person(w, "30292", "Hoa", HOA);
    struct actor clerk = somebody(w, "staff:clerk", ROLE_CLERK, "30292.TTPVHCC", NULL), leader = somebody(w, "staff:leader", ROLE_LEADER, "30292", NULL),
                 stranger = somebody(w, "staff:stranger", ROLE_LEADER, "30307", NULL), herself = somebody(w, "staff:hoa", ROLE_LEADER, "30292", HOA),
                 citizen = somebody(w, "citizen:1", ROLE_CITIZEN, "", HOA), records = somebody(w, "staff:records", ROLE_RECORDS_CLERK, "30292", NULL),
                 auditor = somebody(w, "staff:auditor", ROLE_AUDITOR, "30292", NULL);
    const char *correct = "{'fields': {'name': 'Hòa'}, 'reason': 'dấu', 'approver': 'staff:lan'}", *erase = "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}";
    assert_given(w, give_as(w, &clerk, hoa, "party_correct", "%s", correct));
    assert_refused(w, give_as(w, &clerk, hoa, "party_merge", "{}"), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &clerk, hoa, "party_erase", "%s", erase), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &clerk, hoa, "party_link", "{}"), ERR_FORBIDDEN, "rights.role"); /* links follow from dossiers alone */
    assert_refused(w, give_as(w, &leader, hoa, "party_unlink", "{}"), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &clerk, NEW_IN("30292"), "party_register", "{'kind': 'person', 'name': 'X', 'dossier': {}}"), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &stranger, hoa, "party_correct", "%s", correct), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &auditor, hoa, "party_correct", "%s", correct), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &citizen, hoa, "party_correct", "%s", correct), ERR_FORBIDDEN, "rights.role");
    assert_refused(w, give_as(w, &herself, hoa, "party_correct", "%s", correct), ERR_FORBIDDEN, "rights.own-party");
    /* She comes to stand in a dossier of another unit: that unit's people may. */
    assert_given(w, give(w, hoa, "party_link", "{'dossier_home': '30307', 'dossier': '01900000-0000-7000-8000-000000000001', 'place': 0, 'seq': 1, 'role': 'owner'}"));
    assert_given(w, give_as(w, &stranger, hoa, "party_correct", "{'fields': {'name': 'Hoá'}, 'reason': 'dấu', 'approver': 'staff:lan'}"));
    assert_given(w, give_as(w, &records, hoa, "party_erase", "%s", erase));
    world_close(w);
}

static void test_the_second_person_is_in_office_and_may_approve(void **state) /* */
{
    WORLD(w, 1);
    struct party_ref hoa = person(w, "30292", "Hoa", HOA);
    static const struct { const char *who, *code; } is[] = {{"staff:nobody", "rights.approver-unknown"}, {"hoa", "rights.approver-unknown"},
        {"staff:robot", "rights.approver-unknown"}, {"staff:gone", "rights.approver-unknown"}, {"staff:clerk", "rights.approver-role"},
        {"staff:elsewhere", "rights.approver-role"}, {"staff:retired", "rights.approver-role"}, {"system", "rights.four-eyes"}, {"staff:head", ""}};
    static const char *const staff[][6] = { /* login, kind, active, role, unit, until */
        {"robot", "machine", "1", "leader", "30292", "9223372036854775807"}, {"gone", "person", "0", "leader", "30292", "9223372036854775807"},
        {"clerk", "person", "1", "clerk", "30292", "9223372036854775807"}, {"elsewhere", "person", "1", "leader", "30307", "9223372036854775807"},
        {"retired", "person", "1", "leader", "30292", "1"}, {"head", "person", "1", "leader", "30292", "9223372036854775807"}};
    for (size_t i = 0; i < ARRAY_LEN(staff); i++) {
        char bytes[40];
        snprintf(bytes, sizeof bytes, w->f->engine == ENGINE_SQLITE ? "x'%02zx'" : "decode('%02zx', 'hex')", i);
        fixture_sql(w->f, "INSERT INTO staff (home_unit, id, name, display, active, kind) VALUES ('91', %s, '%s', '', %s, '%s')", bytes, staff[i][0], staff[i][2], staff[i][1]);
        fixture_sql(w->f, "INSERT INTO staff_role (home_unit, id, role, unit, valid_from, valid_to, basis) VALUES ('91', %s, '%s', '%s', 0, %s, '')", bytes, staff[i][3],
                    staff[i][4], staff[i][5]);
    }
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        enum err e = give(w, hoa, "party_correct", "{'fields': {'name': 'Hòa'}, 'reason': 'dấu', 'approver': '%s'}", is[i].who);
        if (is[i].code[0])
            assert_refused(w, e, ERR_INVALID, is[i].code);
        else
            assert_given(w, e);
    }
    world_close(w);
}

static void test_an_erased_person_keeps_her_chain_and_nothing_else(void **state) /* */
{
    WORLD(w, 1);
    struct party_ref found, hoa = person(w, "91", "Hoa", HOA), other = person(w, "91", "Lan", NULL);
    assert_given(w, give(w, hoa, "party_link", "{'dossier_home': '30307', 'dossier': '01900000-0000-7000-8000-000000000001', 'place': 0, 'seq': 1, 'role': 'owner'}"));
    assert_given(w, give(w, hoa, "party_erase", "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}"));
    assert_null(known(w, hoa));
    assert_int_equal(find(w, "personal_number", HOA, "2026-11-23", &found), ERR_NOT_FOUND);
    assert_int_equal(fixture_int(w->f, "SELECT (SELECT COUNT(*) FROM party_identifier) + (SELECT COUNT(*) FROM party_dossier)"), 0);
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM stream_key"), 1);
    assert_refused(w, give(w, hoa, "party_erase", "{'basis': 'x', 'decision': 'x'}"), ERR_CONFLICT, "party.erased");
    assert_refused(w, merge(w, other, hoa), ERR_CONFLICT, "party.erased");
    struct party_ref again = person(w, "91", "Hoa", HOA); /* who comes back is somebody new */
    assert_false(id_eq(again.id, hoa.id));
    whole(w);
    world_close(w);
}

static void test_every_refusal_says_where_and_why(void **state)
{
    WORLD(w, 1);
    struct party_ref a = person(w, "91", "An", HOA);
    static const struct { bool fresh; const char *type, *payload, *pointer, *code; enum err err; } is[] = {
        {true, "party_register", "{'kind': 'ghost', 'name': 'A'}", "/kind", "party.kind", ERR_INVALID},
        {true, "party_register", "{'kind': 'person'}", "/name", "field.required", ERR_INVALID},
        {true, "party_register", "{'kind': 'person', 'name': 'A', 'nickname': 'B'}", "/nickname", "field.unknown", ERR_INVALID},
        {true, "party_register", "{'kind': 'person', 'name': 'A', 'id_type': 'personal_number', 'id_number': '12'}", "/id_number", "party.personal-number-form", ERR_INVALID},
        {true, "party_register", "{'kind': 'person', 'name': 'A', 'id_type': 'passport', 'id_number': 'P7777777', 'valid_from': 'soon'}", "/valid_from", "field.date", ERR_INVALID},
        {true, "party_register", "{'kind': 'person', 'name': 'A', 'dossier': {'dossier': 'x'}}", "/dossier", "party.link-form", ERR_INVALID},
        {true, "party_rename", "{'name': 'B', 'basis': 'x'}", "", "party.absent", ERR_NOT_FOUND},
        {false, "party_register", "{'kind': 'person', 'name': 'A'}", "", "party.exists", ERR_CONFLICT},
        {false, "party_identify", "{'id_type': 'passport', 'id_number': 'P7777777'}", "/basis", "field.required", ERR_INVALID},
        {false, "party_identify", "{'basis': 'x'}", "/id_number", "field.required", ERR_INVALID},
        {false, "party_end_identifier", "{'id_type': 'personal_number', 'id_number': '" HOA "'}", "/reason", "field.required", ERR_INVALID},
        {false, "party_end_identifier", "{'id_type': 'passport', 'id_number': 'P7777777', 'reason': 'r'}", "", "party.identifier-absent", ERR_CONFLICT},
        {false, "party_correct", "{'reason': 'r', 'approver': 'staff:lan'}", "/fields", "field.required", ERR_INVALID},
        {false, "party_merge", "{'into': 'x', 'reason': 'r', 'approver': 'staff:lan'}", "/into", "field.id", ERR_INVALID},
        {false, "party_merge", "{'into': '01900000-0000-7000-8000-000000000001', 'approver': 'staff:lan'}", "/reason", "field.required", ERR_INVALID},
        {false, "party_erase", "{'basis': 'đơn của 099190000123', 'decision': 'x'}", "/basis", "field.personal", ERR_INVALID},
        {false, "party_erase", "{'basis': 'x'}", "/decision", "field.required", ERR_INVALID},
        {false, "party_link", "{'dossier_home': '91', 'dossier': '01900000-0000-7000-8000-000000000001', 'place': 77, 'seq': 1}", "/dossier", "party.link-form", ERR_INVALID},
        {false, "party_unlink", "{'dossier_home': '91', 'dossier': '01900000-0000-7000-8000-000000000001', 'place': 0}", "", "party.not-linked", ERR_CONFLICT},
        {false, "party_dance", "{}", "/type", "command.unknown", ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        enum err e = give(w, is[i].fresh ? NEW_IN_91 : a, is[i].type, "%s", is[i].payload);
        if (is[i].fresh && e == ERR_NOT_FOUND)
            assert_int_equal(is[i].err, ERR_NOT_FOUND);
        bool said = false;
        for (size_t n = 0; n < w->out.fail.n; n++)
            said |= strcmp(w->out.fail.item[n].code, is[i].code) == 0 && strcmp(w->out.fail.item[n].pointer, is[i].pointer) == 0;
        if (e != is[i].err || !said)
            fail_msg("%s %s: %s %s at '%s'", is[i].type, is[i].payload, err_info(e)->name, w->out.fail.item[0].code, w->out.fail.item[0].pointer);
    }
    world_close(w);
}

static void test_each_command_stands_in_the_table_of_rights(void **state) /* */
{
    (void)state;
    for (size_t i = 0; party_command_at(i); i++) {
        bool given = role_may(rules.rights, ROLE_BIT(ROLE_COUNT) - 1 - ROLE_BIT(ROLE_SYSTEM), str_of(party_command_at(i)));
        bool inner = strcmp(party_command_at(i), "party_link") == 0 || strcmp(party_command_at(i), "party_unlink") == 0;
        assert_int_equal(given, !inner);
        assert_false(role_may(rules.rights, ROLE_BIT(ROLE_CITIZEN) | ROLE_BIT(ROLE_ADMINISTRATOR) | ROLE_BIT(ROLE_AUDITOR), str_of(party_command_at(i))));
    }
}

/* --- two units at one moment --- */

struct rival {
    struct world *w;
    const char *unit;
    int i, ok, taken;
};
enum { ROUNDS = 40, RIVALS = 3 };

static void *compete(void *arg)
{
    struct rival *r = arg;
    struct arena *a _arena_ = arena_new();
    for (int i = 0; i < ROUNDS; i++) {
        char number[20];
        struct outcome out = {0};
        snprintf(number, sizeof number, "099190%06d", i);
        struct command c = {.aggregate = &party_aggregate, .type = STR("party_register"), .home_unit = str_of(r->unit), .actor = r->w->system,
                            .key = str_printf(a, "rival %d %d", r->i, i), .now = r->w->now,
                            .payload = arena_json(a, json_pack("{ssssssss}", "kind", "person", "name", "An", "id_type", "personal_number", "id_number", number))};
        enum err e = command_wait(r->w->room, a, &c, &out);
        r->ok += e == ERR_OK;
        r->taken += e == ERR_CONFLICT && strcmp(out.fail.item[0].code, "party.identifier-taken") == 0;
    }
    return NULL;
}

static void test_units_that_meet_one_person_at_once_register_her_once(void **state)
{
    WORLD(w, 3);
    static const char *const units[RIVALS] = {"91", "30292", "30307"};
    struct rival r[RIVALS];
    pthread_t thread[RIVALS];
    int ok = 0, taken = 0;
    for (int i = 0; i < RIVALS; i++) {
        r[i] = (struct rival){.w = w, .unit = units[i], .i = i};
        assert_int_equal(pthread_create(&thread[i], NULL, compete, &r[i]), 0);
    }
    for (int i = 0; i < RIVALS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        ok += r[i].ok;
        taken += r[i].taken;
    }
    assert_int_equal(ok, ROUNDS);
    assert_int_equal(taken, ROUNDS * (RIVALS - 1));
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(DISTINCT hash) FROM party_identifier"), ROUNDS);
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM party_identifier"), ROUNDS);
    whole(w);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_person_is_found_by_her_number_and_stands_nowhere_in_clear),
        BOTH_ENGINES(test_a_number_is_borne_by_one_stream_on_any_day),
        BOTH_ENGINES(test_a_number_that_never_was_hers_is_free_for_all_days),
        BOTH_ENGINES(test_a_newborn_gets_her_number_later),
        BOTH_ENGINES(test_a_renewed_passport_keeps_the_old_one),
        BOTH_ENGINES(test_a_new_name_and_a_corrected_date_leave_what_was),
        BOTH_ENGINES(test_two_streams_become_one_person_and_two_again),
        BOTH_ENGINES(test_a_person_of_too_many_streams_is_refused),
        BOTH_ENGINES(test_who_may_is_asked_of_the_table),
        BOTH_ENGINES(test_the_second_person_is_in_office_and_may_approve),
        BOTH_ENGINES(test_an_erased_person_keeps_her_chain_and_nothing_else),
        BOTH_ENGINES(test_every_refusal_says_where_and_why),
        cmocka_unit_test(test_each_command_stands_in_the_table_of_rights),
        BOTH_ENGINES(test_units_that_meet_one_person_at_once_register_her_once),
    };
    return cmocka_run_group_tests_name("party_stream", tests, load_rules, free_rules);
}

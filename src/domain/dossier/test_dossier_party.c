/* From declared parties to persons across dossiers, on both engines: the follower and its job, differences, newborns, corrections, search
 * through every number, and what is left of a person who was erased: nothing. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/exchange.h"
#include "domain/command/replay.h"
#include "domain/dossier/dossier_test.h"
#include "domain/party/party.h"
#include "domain/staff/staff.h"
#include <stdatomic.h>
#include <stdio.h>

#define HOA "099190000123"
#define LAN "099191000456"
#define CHILD "099326000123"

/* Communes with real rules, the follower and the job, on a store of its own. */
struct office {
    struct arena *a;
    struct fixture *f;
    struct engine_room *room;
    struct db *db;
    struct who *here, *there, *leader, *records, *system;
    struct followers *followers;
    struct follower follower;
    struct bell bell;
    struct job_kind kind;
    struct job_room jobs;
    int64_t now;
    int given;
    struct outcome out;
};

static void open_office(struct office *o, struct arena *a, struct fixture *f)
{
    *o = (struct office){.a = a, .f = f, .room = toy_room(f->store, 3, "parties"), .now = test_at("2026-11-23 09:00")};
    atomic_store(&o->room->rules, &world.rules);
    world.keyring = o->room->keyring;
    o->here = who_new(a, "staff:here", ROLE_CLERK, "30292.TTPVHCC", NULL, false, o->now);
    o->there = who_new(a, "staff:there", ROLE_CLERK, "30307", NULL, false, o->now);
    o->leader = who_new(a, "staff:leader", ROLE_LEADER, "30292", NULL, false, o->now);
    o->records = who_new(a, "staff:records", ROLE_RECORDS_CLERK, "30292", NULL, false, o->now);
    o->system = who_new(a, "system", ROLE_SYSTEM, "", NULL, false, o->now);
    assert_int_equal(db_open(f->store, DB_READ, &o->db), ERR_OK);
    bell_init(&o->bell);
    o->follower = party_follower();
    o->kind = party_link_job(o->room);
    o->jobs = (struct job_room){.store = f->store, .writer = o->room->writer, .bell = &o->bell, .kinds = &o->kind, .kind_count = 1};
    assert_int_equal(followers_start(&(struct followers_config){.store = f->store, .writer = o->room->writer, .bell = &o->bell, .follower = &o->follower, .n = 1},
                                     &o->followers), ERR_OK);
}

static void close_office(struct office *o)
{
    followers_stop(&o->followers);
    bell_destroy(&o->bell);
    db_close(&o->db);
    toy_room_close(&o->room);
}

/* Follower and jobs, until nothing is left. */
static void settle(struct office *o)
{
    for (int ran = 1; ran;) {
        assert_int_equal(followers_catch_up(o->followers), ERR_OK);
        assert_int_equal(job_run_due(&o->jobs, o->now, 1000, &ran), ERR_OK);
    }
    assert_int_equal(fixture_int(o->f, "SELECT COUNT(*) FROM job WHERE state <> 'done'"), 0);
}

static json_t *json_of(struct office *o, const char *text)
{
    char *copy = memcpy(arena_alloc(o->a, strlen(text) + 1), text, strlen(text));
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *j = arena_json(o->a, json_loads(copy, 0, NULL));
    if (!j)
        fail_msg("%s", text);
    return j;
}

static enum err give(struct office *o, const struct aggregate *g, const struct who *w, const char *home, struct id id, const char *type, const char *payload)
{
    struct command c = {.aggregate = g, .type = str_of(type), .home_unit = str_of(home), .stream = id, .actor = w->actor,
                        .key = str_printf(o->a, "k%d", ++o->given), .payload = json_of(o, payload), .now = o->now};
    return command_wait(o->room, o->a, &c, &o->out);
}

/* The leader whom the stories name as approver. */
static void open_with_leader(struct office *o, struct arena *a, struct fixture *f)
{
    open_office(o, a, f);
    assert_int_equal(give(o, &staff_aggregate, o->system, "30292", (struct id){{0}}, "staff_register", "{'login': 'leader', 'kind': 'person', 'display': 'Trần Thị Lãnh'}"), ERR_OK);
    assert_int_equal(give(o, &staff_aggregate, o->system, "30292", o->out.stream, "staff_grant", "{'role': 'leader', 'unit': '30292', 'basis': 'QĐ 12/QĐ-UBND'}"), ERR_OK);
    assert_int_equal(give(o, &staff_aggregate, o->system, "30292", o->out.stream, "staff_grant", "{'role': 'leader', 'unit': '30307', 'basis': 'QĐ 12/QĐ-UBND'}"), ERR_OK);
}

#define OFFICE(o) \
    struct arena *a _arena_ = arena_new(); \
    struct office o##_office, *o = &o##_office; \
    open_with_leader(o, a, fixture_of(state))
#define assert_given(o, call) \
    do { \
        enum err e_ = (call); \
        if (e_) \
            fail_msg("%s: %s %s %s", #call, err_info(e_)->name, (o)->out.fail.item[0].code, (o)->out.fail.item[0].pointer); \
    } while (0)

static const struct id NEW_ONE;
static struct id submit(struct office *o, const char *home, const char *procedure, const char *parties)
{
    const char *payload = str_c(o->a, str_printf(o->a, "{'procedure': '%s', 'channel': 'counter', 'receiving_unit': '%s', 'parties': [%s]}", procedure, home, parties));
    assert_given(o, give(o, &dossier_aggregate, strcmp(home, "30307") == 0 ? o->there : o->here, home, NEW_ONE, "submit", payload));
    return o->out.stream;
}
#define PERSON(role, name, born, number) \
    "{'role': '" role "', 'kind': 'person', 'name': '" name "', 'birth_date': '" born "', 'id_type': 'personal_number', 'id_number': '" number "'}"
#define NUMBERLESS(role, name, born) "{'role': '" role "', 'kind': 'person', 'name': '" name "', 'birth_date': '" born "'}"

static void correct(struct office *o, struct id id, const char *parties)
{
    const char *payload = str_c(o->a, str_printf(o->a, "{'changes': {'parties': [%s]}, 'reason': 'khai nhầm', 'approver': 'staff:leader'}", parties));
    assert_given(o, give(o, &dossier_aggregate, o->here, "30292", id, "correct", payload));
}

static void finish(struct office *o, struct id id)
{
    assert_given(o, give(o, &dossier_aggregate, o->here, "30292", id, "void", "{'reason': 'nhập trùng', 'approver': 'staff:leader'}"));
}

static int64_t n(const struct office *o, const char *sql) { return fixture_int(o->f, "SELECT CAST(%s AS BIGINT)", sql); }
#define ROWS(o, where) n((o), "(SELECT COUNT(*) FROM " where ")")

static struct party_ref who_bears(struct office *o, const char *number)
{
    struct party_ref p;
    assert_int_equal(party_find(&o->room->keyring, o->db, o->a, STR("personal_number"), str_of(number), time_local_day(o->now), &p), ERR_OK);
    return p;
}

static size_t dossiers_of(struct office *o, const char *number)
{
    struct dossier_ref *refs;
    size_t found;
    assert_int_equal(dossiers_of_person(&o->room->keyring, o->db, o->a, str_of(number), &refs, &found), ERR_OK);
    return found;
}

static void whole(struct office *o)
{
    static const struct aggregate *const aggregates[] = {&staff_aggregate, &party_aggregate, &dossier_aggregate};
    struct verify_report v;
    struct replay_report r;
    assert_int_equal(ledger_verify(o->f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld: %s", v.unit, (long long)v.pos, v.what);
    enum err e = replay_run(o->f->store, &o->room->keyring, aggregates, ARRAY_LEN(aggregates), &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
}

/* --- following --- */

static void test_one_person_in_two_communes_is_one_stream(void **state) /* R-015, design §4 */
{
    OFFICE(o);
    struct id first = submit(o, "30292", "1.004873", PERSON("owner", "nguyễn thị hoa", "1990-05-02", HOA) "," PERSON("submitter", "Lan", "1991-01-01", LAN));
    o->now += MS_HOUR;
    submit(o, "30307", "1.004873", PERSON("owner", "Nguyễn Thị Hoà", "1990-02-05", HOA));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 2);
    assert_int_equal(ROWS(o, "party_identifier"), 2);
    assert_int_equal(ROWS(o, "party_dossier"), 3);
    struct party_ref hoa = who_bears(o, HOA);
    assert_true(str_is(hoa.home_unit, "30292")); /* where she was first met */
    struct party_dossier *stands;
    size_t count;
    assert_int_equal(party_dossiers(o->db, o->a, hoa, &stands, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(id_eq(stands[0].dossier, first) && str_is(stands[0].role, "owner") && str_is(stands[1].dossier_home, "30307"));
    assert_int_equal(dossiers_of(o, HOA), 2);
    whole(o);
    close_office(o);
}

static void test_another_birth_date_is_noted_and_overwrites_nothing(void **state)
{
    OFFICE(o);
    submit(o, "30292", "1.004873", PERSON("owner", "Nguyễn Thị Hoa", "1990-05-02", HOA));
    submit(o, "30307", "1.004873", PERSON("owner", "NGUYỄN THỊ HOA", "1990-02-05", HOA));
    settle(o);
    struct party_ref hoa = who_bears(o, HOA);
    const json_t *known;
    assert_int_equal(party_personal(&o->room->keyring, o->db, a, hoa.home_unit, hoa.id, &known), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(known, "birth_date")), "1990-05-02");
    assert_int_equal(ROWS(o, "event WHERE type = 'party.difference_noted'"), 1);
    struct rows r _rows_ = {0};
    assert_int_equal(db_raw_query(o->db, &r, "SELECT payload FROM event WHERE type = 'party.difference_noted'"), ERR_OK);
    assert_true(rows_next(&r));
    json_t *noted = arena_json(a, json_loadb(row_str(&r, 0).p, row_str(&r, 0).n, 0, NULL)), *fields = json_object_get(noted, "fields");
    assert_int_equal(json_array_size(fields), 1); /* how the name was typed is no difference */
    assert_string_equal(json_string_value(json_array_get(fields, 0)), "birth_date");
    assert_true(str_find(row_str(&r, 0), STR("1990")) < 0 && str_find(row_str(&r, 0), STR("sealed")) < 0);
    assert_int_equal(rows_end(&r), ERR_OK);
    whole(o);
    close_office(o);
}

static void test_a_job_that_runs_again_doubles_nothing(void **state)
{
    OFFICE(o);
    struct id id = submit(o, "30292", "1.004873", PERSON("owner", "Hoa", "1990-05-02", HOA) "," PERSON("submitter", "Lan", "1991-01-01", LAN));
    settle(o);
    correct(o, id, PERSON("owner", "Lan", "1991-01-02", LAN) "," NUMBERLESS("submitter", "Ai Đó", "1950-01-01"));
    submit(o, "30307", "1.001193", NUMBERLESS("owner", "Trần An Nhiên", "2026-11-01"));
    settle(o);
    assert_int_equal(ROWS(o, "party_dossier WHERE differs = 'birth_date'"), 1);
    int64_t events = ROWS(o, "event");
    for (int i = 0; i < 2; i++) { /* as after a kill between the effect and the record */
        fixture_sql(o->f, "UPDATE job SET state = 'waiting', attempts = 0, due_at = %d", i);
        settle(o);
        assert_int_equal(ROWS(o, "event"), events);
    }
    fixture_sql(o->f, "UPDATE follower SET pos = 0"); /* as in a store that was imported */
    fixture_sql(o->f, "DELETE FROM job");
    fixture_sql(o->f, "DELETE FROM idem");
    settle(o);
    assert_int_equal(ROWS(o, "event"), events);
    whole(o);
    close_office(o);
}

static void test_a_correction_moves_the_links(void **state) /* */
{
    OFFICE(o);
    struct id id = submit(o, "30292", "1.004873", PERSON("owner", "Hoa", "1990-05-02", HOA) "," PERSON("submitter", "Hoa", "1990-05-02", HOA));
    settle(o);
    assert_int_equal(ROWS(o, "party_dossier"), 2);
    assert_int_equal(dossiers_of(o, HOA), 1);
    correct(o, id, PERSON("owner", "Lan", "1991-01-01", LAN));
    assert_int_equal(dossiers_of(o, LAN), 1); /* also while the follower is behind */
    settle(o);
    assert_int_equal(ROWS(o, "party_dossier"), 1);
    assert_int_equal(dossiers_of(o, HOA), 0);
    assert_int_equal(dossiers_of(o, LAN), 1);
    correct(o, id, PERSON("owner", "Hoa", "1990-05-02", HOA)); /* and back */
    settle(o);
    assert_int_equal(dossiers_of(o, HOA), 1);
    assert_int_equal(dossiers_of(o, LAN), 0);
    assert_int_equal(ROWS(o, "party"), 2);
    whole(o);
    close_office(o);
}

static void test_who_has_no_number_is_met_at_birth_only(void **state)
{
    OFFICE(o);
    submit(o, "30292", "1.004873", NUMBERLESS("owner", "Vô Danh", "1950-01-01"));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 0);
    struct id birth = submit(o, "30292", "1.001193", NUMBERLESS("owner", "Trần An Nhiên", "2026-11-01") "," PERSON("parent", "Hoa", "1990-05-02", HOA) ","
                             NUMBERLESS("witness", "Ai Đó", "1950-01-01"));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 2);
    assert_int_equal(ROWS(o, "party_identifier"), 1);
    /* A letter of the name was wrong: the same child. */
    correct(o, birth, NUMBERLESS("owner", "Trần An Nhi", "2026-11-01") "," PERSON("parent", "Hoa", "1990-05-02", HOA));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 2);
    assert_int_equal(ROWS(o, "event WHERE type = 'party.difference_noted'"), 1);
    correct(o, birth, NUMBERLESS("owner", "Trần An Nhiên", "2026-11-01") "," PERSON("parent", "Hoa", "1990-05-02", HOA));
    settle(o);
    /* The number comes, and the stream gets it. */
    correct(o, birth, PERSON("owner", "Trần An Nhiên", "2026-11-01", CHILD) "," PERSON("parent", "Hoa", "1990-05-02", HOA));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 2);
    struct party_ref child = who_bears(o, CHILD);
    struct party_dossier *stands;
    size_t count;
    assert_int_equal(party_dossiers(o->db, a, child, &stands, &count), ERR_OK);
    assert_true(count == 1 && id_eq(stands[0].dossier, birth));
    submit(o, "30307", "1.004873", PERSON("owner", "Trần An Nhiên", "2026-11-01", CHILD));
    settle(o);
    assert_int_equal(ROWS(o, "party"), 2);
    assert_int_equal(dossiers_of(o, CHILD), 2);
    whole(o);
    close_office(o);
}

static void test_communes_with_a_backlog_come_to_the_same(void **state)
{
    OFFICE(o);
    for (int i = 0; i < 20; i++) { /* nobody follows meanwhile; units are followed one by one, so not in the order of time */
        char parties[400];
        snprintf(parties, sizeof parties, PERSON("owner", "Hoa", "1990-05-02", "0991900000%02d") "," PERSON("submitter", "Lan", "1991-01-01", LAN), i % 7);
        submit(o, i % 2 ? "30307" : "30292", "1.004873", parties);
        o->now += MS_HOUR;
    }
    settle(o);
    assert_int_equal(ROWS(o, "party"), 8);
    assert_int_equal(ROWS(o, "party_dossier"), 40);
    assert_int_equal(dossiers_of(o, LAN), 20);
    whole(o);
    close_office(o);
}

/* --- one person under several numbers --- */

static void merge(struct office *o, struct party_ref from, struct party_ref into)
{
    char id[37];
    id_format(into.id, id);
    const char *payload = str_c(o->a, str_printf(o->a, "{'into': '%s', 'into_home': '%.*s', 'reason': 'một người', 'approver': 'staff:leader'}", id, PRS(into.home_unit)));
    assert_given(o, give(o, &party_aggregate, o->system, str_c(o->a, from.home_unit), from.id, "party_merge", payload));
}

static void test_dossiers_are_found_under_every_number_of_a_merged_person(void **state)
{
    OFFICE(o);
    submit(o, "30292", "1.004873", PERSON("owner", "Hoa", "1990-05-02", HOA));
    submit(o, "30307", "1.004873", "{'role': 'owner', 'kind': 'person', 'name': 'Hoa', 'id_type': 'passport', 'id_number': 'P1234567'}");
    submit(o, "30307", "1.004873", PERSON("owner", "Lan", "1991-01-01", LAN));
    settle(o);
    struct party_ref abroad, hoa = who_bears(o, HOA);
    assert_int_equal(party_find(&o->room->keyring, o->db, a, STR("passport"), STR("P1234567"), time_local_day(o->now), &abroad), ERR_OK);
    assert_int_equal(dossiers_of(o, HOA), 1);
    merge(o, abroad, hoa);
    assert_int_equal(dossiers_of(o, HOA), 2);
    assert_int_equal(dossiers_of(o, "p 1234567"), 2);
    assert_int_equal(dossiers_of(o, LAN), 1);
    submit(o, "30292", "1.004873", "{'role': 'owner', 'kind': 'person', 'name': 'Hoa', 'id_type': 'passport', 'id_number': 'P1234567'}");
    assert_int_equal(dossiers_of(o, HOA), 3); /* by the passport's hash, for the follower has not seen it */
    settle(o);
    assert_int_equal(dossiers_of(o, HOA), 3);
    assert_given(o, give(o, &party_aggregate, o->system, str_c(a, abroad.home_unit), abroad.id, "party_unmerge", "{'reason': 'hai người', 'approver': 'staff:leader'}"));
    assert_int_equal(dossiers_of(o, HOA), 1);
    assert_int_equal(dossiers_of(o, "P1234567"), 2);
    whole(o);
    close_office(o);
}

/* --- erasure --- */

/* Is this text in the file? */
static bool holds(const char *path, const char *text)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *bytes = malloc(1 << 24);
    assert_non_null(bytes);
    size_t got = fread(bytes, 1, 1 << 24, f);
    fclose(f);
    bool yes = memmem(bytes, got, text, strlen(text)) != NULL;
    free(bytes);
    return yes;
}

static void exported(struct office *o, int no, char *out, char *keys)
{
    struct exchange_report report;
    struct fail f = {0};
    snprintf(out, 300, "%s/export-%d", o->f->folder, no);
    snprintf(keys, 300, "%s/keys-%d", o->f->folder, no);
    FILE *file = fopen(out, "wb");
    assert_non_null(file);
    assert_int_equal(export_run(o->f->store, &o->room->keyring, file, false, keys, &report, &f), ERR_OK);
    fclose(file);
}

static void test_an_erased_person_is_gone_everywhere(void **state) /* */
{
    OFFICE(o);
    struct id one = submit(o, "30292", "1.004873", PERSON("owner", "Hoa", "1990-05-02", HOA) "," PERSON("submitter", "Lan", "1991-01-01", LAN));
    struct id two = submit(o, "30292", "1.004873", "{'role': 'owner', 'kind': 'person', 'name': 'Hoa', 'id_type': 'passport', 'id_number': 'P1234567'}");
    settle(o);
    struct party_ref abroad, hoa = who_bears(o, HOA), *parties;
    assert_int_equal(party_find(&o->room->keyring, o->db, a, STR("passport"), STR("P1234567"), time_local_day(o->now), &abroad), ERR_OK);
    merge(o, abroad, hoa);
    char out[300], keys[300], id[37], dossier[37];
    exported(o, 1, out, keys);
    hex_format(hoa.id.b, ID_BYTES, id);
    hex_format(one.b, ID_BYTES, dossier);
    assert_true(holds(keys, id) && holds(keys, dossier) && holds(out, id));
    finish(o, one);
    finish(o, two);
    /* As the verb does it: dossiers under every number, then her streams. */
    struct dossier_ref *refs;
    size_t count, streams;
    assert_int_equal(parties_of_number(&o->room->keyring, o->db, a, STR("P1234567"), &parties, &streams), ERR_OK);
    assert_int_equal(dossiers_of_person(&o->room->keyring, o->db, a, STR("P1234567"), &refs, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(streams, 2);
    for (size_t i = 0; i < count; i++)
        assert_given(o, give(o, &dossier_aggregate, o->records, str_c(a, refs[i].home_unit), refs[i].id, "erase", "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}"));
    for (size_t i = 0; i < streams; i++)
        assert_given(o, give(o, &party_aggregate, o->records, str_c(a, parties[i].home_unit), parties[i].id, "party_erase",
                             "{'basis': 'Luật 91/2025/QH15', 'decision': '12/QĐ'}"));
    settle(o);
    exported(o, 2, out, keys);
    assert_false(holds(keys, id) || holds(keys, dossier));
    assert_true(holds(out, id)); /* that there was a stream stays told */
    assert_int_equal(dossiers_of(o, HOA) + dossiers_of(o, "P1234567"), 0);
    assert_int_equal(ROWS(o, "party_identifier"), 1); /* Lan's */
    assert_int_equal(ROWS(o, "party_dossier"), 0);    /* nor does she stand there any more */
    assert_int_equal(ROWS(o, "dossier_party"), 0);
    assert_int_equal(ROWS(o, "dossier WHERE owner_name <> '' OR submitter_name <> ''"), 0);
    assert_int_equal(ROWS(o, "dossier_term WHERE term IN ('hoa', 'lan')"), 0);
    assert_int_equal(ROWS(o, "work WHERE audience LIKE 'o:%'"), 0);
    assert_int_equal(ROWS(o, "stream WHERE kind = 'party'"), 3);
    const json_t *personal;
    assert_int_equal(party_personal(&o->room->keyring, o->db, a, hoa.home_unit, hoa.id, &personal), ERR_OK);
    assert_null(personal);
    struct verify_report v;
    assert_int_equal(ledger_verify(o->f->store, &v), ERR_OK);
    assert_false(v.fault);
    assert_int_equal(v.erased, 4);
    whole(o);
    close_office(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_one_person_in_two_communes_is_one_stream),
        BOTH_ENGINES(test_another_birth_date_is_noted_and_overwrites_nothing),
        BOTH_ENGINES(test_a_job_that_runs_again_doubles_nothing),
        BOTH_ENGINES(test_a_correction_moves_the_links),
        BOTH_ENGINES(test_who_has_no_number_is_met_at_birth_only),
        BOTH_ENGINES(test_communes_with_a_backlog_come_to_the_same),
        BOTH_ENGINES(test_dossiers_are_found_under_every_number_of_a_merged_person),
        BOTH_ENGINES(test_an_erased_person_is_gone_everywhere),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

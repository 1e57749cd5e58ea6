/* Every kind of stream says which events it knows, each in its newest version, and this release does not write upon what it does not know. */
#include "support/store_fixture.h"
#include "app/app.h"
#include "domain/command/replay.h"
#include "domain/command/upcast.h"
#include <stdio.h>
#include <stdlib.h>

static void test_each_type_is_declared_once_with_all_its_steps(void **state)
{
    (void)state;
    for (size_t g = 0; g < app_aggregate_count; g++) {
        const struct aggregate *one = app_aggregates[g];
        assert_true(one->type_count > 0);
        for (size_t i = 0; i < one->type_count; i++) {
            const struct event_type *t = &one->types[i];
            assert_true(t->version >= 1 && (t->version == 1 || t->step));
            for (size_t other = 0; other < app_aggregate_count; other++)
                assert_int_equal(event_known(app_aggregates[other], str_of(t->type), t->version), other == g ? ERR_OK : ERR_CORRUPT);
            assert_int_equal(event_known(one, str_of(t->type), t->version + 1), ERR_CORRUPT);
            assert_int_equal(event_known(one, str_of(t->type), 0), ERR_CORRUPT);
            if (i)
                assert_true(strcmp(one->types[i - 1].type, t->type) < 0);
        }
    }
}

/* The ledger holds this one event. */
static void hold(struct fixture *f, const char *type, int64_t version)
{
    struct ledger *l = ledger_new();
    struct db *db _db_ = NULL;
    struct event e = {.home_unit = STR("91"), .stream = {{1}}, .seq = 1, .type = str_of(type), .version = version, .at = 1, .actor = STR("system"),
                      .unit = STR("91"), .basis = STR(""), .payload = STR("{}")};
    fixture_sql(f, "DELETE FROM event");
    fixture_sql(f, "DELETE FROM unit_head");
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(db_begin(db), ERR_OK);
    assert_int_equal(ledger_append(l, db, &e), ERR_OK);
    assert_int_equal(ledger_write_heads(l, db), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    ledger_free(&l);
}

static void start(struct fixture *f, enum err expect, const char *unknown)
{
    struct engine_room room = {.store = f->store, .aggregates = app_aggregates, .aggregate_count = app_aggregate_count};
    assert_int_equal(engine_room_start(&room, 1, NULL, NULL), expect);
    assert_string_equal(room.unknown, unknown);
    writer_stop(&room.writer);
}

static void test_nothing_is_written_upon_an_unknown_event(void **state)
{
    struct fixture *f = fixture_of(state);
    char said[EVENT_UNKNOWN_MAX], type[EVENT_TYPE_MAX];
    for (size_t g = 0; g < app_aggregate_count; g++) {
        for (size_t i = 0; i < app_aggregates[g]->type_count; i++) {
            const struct event_type *t = &app_aggregates[g]->types[i];
            hold(f, t->type, t->version + 1);
            snprintf(said, sizeof said, "%s %d", t->type, t->version + 1);
            start(f, ERR_CORRUPT, said);
            hold(f, t->type, t->version);
            if (i % 5 == 0)
                start(f, ERR_OK, "");
        }
        snprintf(type, sizeof type, "%s.painted", app_aggregates[g]->kind);
        hold(f, type, 1);
        snprintf(said, sizeof said, "%s 1", type);
        start(f, ERR_CORRUPT, said);
    }
}

static void test_a_replay_names_what_it_cannot_apply(void **state)
{
    struct fixture *f = fixture_of(state);
    struct key master = {{1}};
    struct keyring k = keyring_from_master(&master);
    struct replay_report *report = calloc(1, sizeof *report);
    assert_non_null(report);
    for (size_t g = 0; g < app_aggregate_count; g++) {
        char said[200];
        hold(f, app_aggregates[g]->types[app_aggregates[g]->type_count - 1].type, 9);
        assert_int_equal(replay_run(f->store, &k, app_aggregates, app_aggregate_count, report, NULL), ERR_CORRUPT);
        snprintf(said, sizeof said, "\"%s\" version 9", app_aggregates[g]->types[app_aggregates[g]->type_count - 1].type);
        if (!strstr(report->problem, said))
            fail_msg("%s is not in: %s", said, report->problem);
    }
    free(report);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_is_declared_once_with_all_its_steps),
        BOTH_ENGINES(test_nothing_is_written_upon_an_unknown_event),
        BOTH_ENGINES(test_a_replay_names_what_it_cannot_apply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

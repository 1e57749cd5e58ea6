/* One type in two versions: old events come to apply in the newest shape, and what is newer than the program is refused. */
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/replay.h"
#include "domain/command/upcast.h"

/* In version 1 "toy.added" said {"amount": n}; since version 2 it says {"n": n}. */
static json_t *amount_is_n(const json_t *old, bool personal)
{
    return personal ? json_incref((json_t *)(uintptr_t)old) : json_pack("{sO}", "n", json_object_get(old, "amount"));
}
static upcast_step *const added[] = {amount_is_n};
static const struct event_type types[] = {{"toy.opened", 1, NULL}, {"toy.added", 2, added}, {"toy.renamed", 1, NULL}, {"toy.erased", 1, NULL}};

static enum err decide(struct decision *d)
{
    if (!str_is(d->command->type, "add"))
        return toy_aggregate.decide(d);
    bool old = json_object_get(d->command->payload, "amount");
    decision_event(d, "toy.added", old ? 1 : 2, json_incref((json_t *)(uintptr_t)d->command->payload), NULL, STR_NONE);
    return ERR_OK;
}

static struct aggregate versioned(void)
{
    struct aggregate g = toy_aggregate;
    g.types = types;
    g.type_count = ARRAY_LEN(types);
    g.decide = decide;
    return g;
}

static struct id three_events(struct engine_room *room, struct arena *a, const struct aggregate *g)
{
    struct outcome out;
    struct command open = toy_command(a, "open", "91", (struct id){{0}}, "k1", "{\"label\": \"x\"}");
    open.aggregate = g;
    assert_int_equal(command_wait(room, a, &open, &out), ERR_OK);
    struct id s = out.stream;
    static const char *const payload[] = {"{\"amount\": 5}", "{\"n\": 7}"};
    for (int i = 0; i < 2; i++) {
        struct command add = toy_command(a, "add", "91", s, i ? "k3" : "k2", "%s", payload[i]);
        add.aggregate = g;
        assert_int_equal(command_wait(room, a, &add, &out), ERR_OK);
    }
    assert_int_equal(((struct toy *)out.state)->sum, 12);
    return s;
}

static void test_old_events_replay_in_the_newest_shape(void **state)
{
    struct fixture *f = fixture_of(state);
    struct arena *a _arena_ = arena_new();
    struct aggregate g = versioned();
    const struct aggregate *all[] = {&g};
    struct engine_room *room = toy_room(f->store, 1, NULL);
    struct id s = three_events(room, a, &g);
    struct toy folded;
    int64_t seq;
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(stream_load(&g, &room->keyring, db, a, STR("91"), s, 3, &folded, &seq), ERR_OK);
    assert_int_equal(folded.sum, 12);
    static struct replay_report report;
    assert_int_equal(replay_run(f->store, &room->keyring, all, 1, &report, NULL), ERR_OK);
    assert_int_equal(report.differences, 0);
    toy_room_close(&room);
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault); /* nothing was rewritten */
}

static void test_a_newer_version_or_type_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct arena *a _arena_ = arena_new();
    struct aggregate g = versioned();
    const struct aggregate *all[] = {&g};
    struct engine_room *room = toy_room(f->store, 1, NULL), again;
    struct id s = three_events(room, a, &g);
    struct keyring k = room->keyring;
    toy_room_close(&room);
    again = (struct engine_room){.store = f->store, .keyring = k, .aggregates = all, .aggregate_count = 1};
    assert_int_equal(engine_room_start(&again, 1, NULL, NULL), ERR_OK);
    writer_stop(&again.writer);
    static const char *const later[] = {"version = 3 WHERE seq = 3", "version = 1, type = 'toy.painted' WHERE seq = 3"};
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        fixture_sql(f, "UPDATE event SET %s", later[i]);
        assert_int_equal(engine_room_start(&again, 1, NULL, NULL), ERR_CORRUPT);
        struct toy folded;
        int64_t seq;
        struct db *db _db_ = NULL;
        assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
        assert_int_equal(stream_load(&g, &k, db, a, STR("91"), s, 3, &folded, &seq), ERR_CORRUPT);
        static struct replay_report report;
        assert_int_equal(replay_run(f->store, &k, all, 1, &report, NULL), ERR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_old_events_replay_in_the_newest_shape),
        BOTH_ENGINES(test_a_newer_version_or_type_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A receipt in which the store fails: at each call on its way, in each way that a store fails. There is never half a command, the chain is whole,
 * the same command with its key is done once, and the book has no gap. On SQLite every call; on PostgreSQL every third. */
#include "support/fault_driver.h"
#include "support/store_fixture.h"
#include "support/toy.h"
#include "domain/command/replay.h"
#include "domain/dossier/dossier_test.h"
#include <stdatomic.h>
#include <stdio.h>

struct counter {
    struct arena *a;
    struct fixture *f;
    struct engine_room *room;
    struct cast c;
    int64_t now;
    int receipts;
};

/* The staff of these tests have no streams: who is named is found among the cast. */
static enum err prepare(struct decision *d, struct db *db)
{
    enum err e = dossier_prepare(d, db);
    if (!e)
        name_people(d->command, d->inputs);
    return e;
}
static struct aggregate played;

static struct counter counter(void **state, struct arena *a)
{
    struct counter o = {.a = a, .f = fixture_of(state), .now = test_at("2026-11-23 09:00")};
    fault_driver_before(o.f->store);
    o.room = toy_room(o.f->store, 1, "faults");
    atomic_store(&o.room->rules, &world.rules);
    world.keyring = o.room->keyring;
    o.c = cast_new(a, o.now);
    return o;
}

static int64_t count(const struct counter *o, const char *of) { return fixture_int(o->f, "SELECT CAST(COUNT(*) AS BIGINT) FROM %s", of); }

static struct command receipt(struct counter *o)
{
    json_t *j = json_loads("{\"procedure\": \"1.001193\", \"channel\": \"counter\", \"receiving_unit\": \"30292\", \"parties\": [{\"role\": \"owner\", \"kind\": "
                           "\"person\", \"name\": \"Nguyễn Thị Hoa\", \"id_type\": \"personal_number\", \"id_number\": \"099190000123\", \"phone\": "
                           "\"0912 345 678\", \"territory\": \"30292\"}]}", 0, NULL);
    return (struct command){.aggregate = &played, .type = STR("submit"), .home_unit = STR("30292"), .actor = o->c.clerk->actor,
                            .key = str_printf(o->a, "k%d", ++o->receipts), .payload = arena_json(o->a, j), .now = o->now};
}

static void chain_is_whole(const struct counter *o)
{
    struct verify_report v;
    assert_int_equal(ledger_verify(o->f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld: %s", v.unit, (long long)v.pos, v.what);
}

/* One receipt with this fault, then the same again without; false when the receipt has fewer calls than that. */
static bool one(struct counter *o, struct planned_fault f)
{
    struct command c = receipt(o);
    struct outcome out;
    int64_t before = count(o, "event");
    fault_arm(f);
    enum err e = command_wait(o->room, o->a, &c, &out);
    int calls = fault_disarm();
    bool met = calls >= f.at;
    if ((e != ERR_OK) != (met && f.for_ever))
        fail_msg("%s at call %d%s: the command says %s", err_info(f.kind)->name, f.at, f.for_ever ? " and ever after" : "", err_info(e)->name);
    int64_t events = count(o, "event") - before;
    if (events != (e ? 0 : 2) && !(f.after && events == 2)) /* the commit of which only the answer was lost */
        fail_msg("%s at call %d: %lld events of a receipt that says %s", err_info(f.kind)->name, f.at, (long long)events, err_info(e)->name);
    bool done = events == 2;
    e = command_wait(o->room, o->a, &c, &out);
    if (e || out.repeated != done || count(o, "event") != before + 2)
        fail_msg("%s at call %d: the same again says %s, %s", err_info(f.kind)->name, f.at, err_info(e)->name, out.repeated ? "repeated" : "not repeated");
    return met;
}

static void test_a_receipt_is_done_once_or_not_at_all_wherever_the_store_fails(void **state) /* R-041, design §3 */
{
    static const struct planned_fault ways[] = {
        {0, ERR_RETRY, false, false}, {0, ERR_NO_SPACE, false, false}, {0, ERR_INTERNAL, false, false}, {0, ERR_CORRUPT, false, true},
        {0, ERR_RETRY, true, false}, {0, ERR_NO_SPACE, true, false}, {0, ERR_CORRUPT, true, true}, {0, ERR_INTERNAL, true, false},
    };
    struct arena *a _arena_ = arena_new();
    struct counter o = counter(state, a);
    int step = o.f->engine == ENGINE_SQLITE ? 1 : 3, calls = 0;
    for (int at = 1, met = 1; met; at += step) {
        for (size_t i = 0; i < ARRAY_LEN(ways) && met; i++) {
            struct planned_fault f = ways[i];
            f.at = at;
            met = one(&o, f);
        }
        calls = at;
        chain_is_whole(&o);
    }
    assert_true(calls > 20); /* 29 when this was written */
    for (int at = 1; at < calls; at += calls / 4) /* a database that is away for a moment is waited for: 200 ms each */
        assert_true(one(&o, (struct planned_fault){at, ERR_UNAVAILABLE, false, false}));
    chain_is_whole(&o);
    assert_int_equal(count(&o, "dossier"), o.receipts);
    assert_int_equal(fixture_int(o.f, "SELECT CAST(MAX(register_no) - COUNT(*) AS BIGINT) FROM dossier"), 0);
    static const struct aggregate *const aggregates[] = {&dossier_aggregate};
    struct replay_report r;
    enum err e = replay_run(o.f->store, &o.room->keyring, aggregates, 1, &r, stderr);
    if (e || r.differences)
        fail_msg("replay: %s, %lld differences, %s", err_info(e)->name, (long long)r.differences, r.problem);
    toy_room_close(&o.room);
}

int main(void)
{
    played = dossier_aggregate;
    played.prepare = prepare;
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_receipt_is_done_once_or_not_at_all_wherever_the_store_fails),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

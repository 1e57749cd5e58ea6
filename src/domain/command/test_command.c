/* Rules of the way of a command, on both engines, with the toy aggregate (tests/support/toy.h). */
#include "support/store_fixture.h"
#include "support/toy.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const struct id NEW;

static int64_t events(const struct fixture *f) { return fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM event"); }

static void assert_whole(const struct fixture *f)
{
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    if (v.fault)
        fail_msg("%s %lld: %s", v.unit, (long long)v.pos, v.what);
    assert_int_equal(v.events, events(f));
}

static struct id opened(struct engine_room *room, struct arena *a, const char *unit, const char *key, const char *label)
{
    struct outcome out;
    struct command c = toy_command(a, "open", unit, NEW, key, "{\"label\": \"%s\", \"name\": \"Nguyễn Văn A\"}", label);
    assert_int_equal(command_wait(room, a, &c, &out), ERR_OK);
    return out.stream;
}

static void test_a_repeated_command_gets_the_same_answer(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct outcome first, again, later;
    struct command c = toy_command(a, "open", "91", NEW, "k1", "{\"label\": \"một\", \"name\": \"Trần Thị B\"}");
    assert_int_equal(command_wait(room, a, &c, &first), ERR_OK);
    assert_false(first.repeated);
    struct command add = toy_command(a, "add", "91", first.stream, "k2", "{\"n\": 5, \"times\": 3}");
    assert_int_equal(command_wait(room, a, &add, &later), ERR_OK);
    assert_int_equal(later.seq_from, 1);
    assert_int_equal(later.seq_to, 4);

    assert_int_equal(command_wait(room, a, &c, &again), ERR_OK); /* rebuilt as of then: the later sum is not in it */
    assert_true(again.repeated);
    assert_true(id_eq(again.stream, first.stream));
    assert_true(str_is(again.home_unit, "91"));
    assert_int_equal(again.seq_from, 0);
    assert_int_equal(again.seq_to, 1);
    assert_int_equal(again.events, 1);
    assert_true(str_is(again.event_type[0], "toy.opened"));
    assert_int_equal(((struct toy *)again.state)->sum, 0);
    assert_true(str_is(((struct toy *)again.state)->name, "Trần Thị B"));
    assert_int_equal(command_wait(room, a, &add, &again), ERR_OK);
    assert_int_equal(again.events, 3);
    assert_int_equal(((struct toy *)again.state)->sum, 15);
    assert_int_equal(events(f), 4);
    toy_room_close(&room);
    assert_whole(f);
}

static void test_a_key_with_another_body_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct id s = opened(room, a, "91", "k1", "một");
    struct outcome out;
    struct command other[] = {
        toy_command(a, "open", "91", NEW, "k1", "{\"label\": \"hai\"}"),
        toy_command(a, "add", "91", NEW, "k1", "{\"label\": \"một\", \"name\": \"Nguyễn Văn A\"}"),
        toy_command(a, "open", "92", NEW, "k1", "{\"label\": \"một\", \"name\": \"Nguyễn Văn A\"}"),
        toy_command(a, "open", "91", s, "k1", "{\"label\": \"một\", \"name\": \"Nguyễn Văn A\"}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        assert_int_equal(command_wait(room, a, &other[i], &out), ERR_INVALID);
        assert_string_equal(out.fail.item[0].code, "idempotency.other-body");
    }
    /* the order of fields is not another body, another person's equal key is another key */
    struct command same = toy_command(a, "open", "91", NEW, "k1", "{\"name\": \"Nguyễn Văn A\",   \"label\": \"một\"}");
    assert_int_equal(command_wait(room, a, &same, &out), ERR_OK);
    assert_true(out.repeated);
    same.actor.id = STR("staff:2");
    assert_int_equal(command_wait(room, a, &same, &out), ERR_OK);
    assert_false(out.repeated);
    toy_room_close(&room);
    assert_int_equal(events(f), 2);
}

static void test_a_refusal_is_repeated_as_it_was(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct outcome first, again;
    struct command c = toy_command(a, "open", "91", NEW, "k1", "{}");
    assert_int_equal(command_wait(room, a, &c, &first), ERR_INVALID);
    assert_int_equal(command_wait(room, a, &c, &again), ERR_INVALID);
    assert_false(first.repeated);
    assert_true(again.repeated);
    assert_memory_equal(&first.fail, &again.fail, sizeof first.fail);
    assert_string_equal(again.fail.item[0].pointer, "/label");
    assert_string_equal(again.fail.item[0].param, "nhãn bị thiếu");
    assert_string_equal(again.fail.rule, "R-044");
    struct command absent = toy_command(a, "add", "91", (struct id){{1}}, "k2", "{}");
    assert_int_equal(command_wait(room, a, &absent, &first), ERR_NOT_FOUND);
    assert_int_equal(command_wait(room, a, &absent, &again), ERR_NOT_FOUND);
    assert_true(again.repeated);
    assert_int_equal(events(f), 0);
    toy_room_close(&room);
}

static void test_our_own_failure_is_never_kept(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct outcome out;
    static const char *const where[] = {"project", "decide", "nothing", "many"};
    for (size_t i = 0; i < ARRAY_LEN(where); i++) {
        struct command c = toy_command(a, "break", "91", NEW, "k1", "{\"where\": \"%s\"}", where[i]);
        assert_int_equal(command_wait(room, a, &c, &out), ERR_INTERNAL);
    }
    assert_int_equal(events(f), 0);
    assert_int_equal(fixture_int(f, "SELECT CAST(COUNT(*) AS BIGINT) FROM idem"), 0);
    opened(room, a, "91", "k1", "một"); /* the key is free */
    toy_room_close(&room);
    assert_whole(f);
}

static void test_what_is_no_command_is_refused_before_the_store(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    char lengthy[200];
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[sizeof lengthy - 1] = '\0';
    struct command good = toy_command(a, "open", "91", NEW, "k", "{\"label\": \"x\"}");
    struct command bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].key = STR_NONE;
    bad[1].key = str_of(lengthy);
    bad[2].home_unit = str_of(lengthy);
    bad[3].home_unit = STR_NONE;
    bad[4].actor.id = str_of(lengthy);
    bad[5].actor.unit = str_of(lengthy);
    bad[6].key = STR("a\0b");
    bad[7].home_unit = STR("\xff");
    for (int i = 0; i < 8; i++) {
        struct outcome out;
        assert_int_equal(command_wait(room, a, &bad[i], &out), ERR_MALFORMED);
    }
    struct outcome out;
    struct command real = good;
    real.payload = arena_json(a, json_pack("{sf}", "label", 1.5));
    assert_int_equal(command_wait(room, a, &real, &out), ERR_INVALID);
    assert_string_equal(out.fail.item[0].code, "json.not-canonical");
    toy_room_close(&room);
    assert_int_equal(events(f), 0);
}

static void test_if_match_lets_only_the_seen_version_change(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct id s = opened(room, a, "91", "k1", "một");
    struct outcome out;
    struct command c = toy_command(a, "add", "91", s, "k2", "{}");
    c.if_version = 1;
    assert_int_equal(command_wait(room, a, &c, &out), ERR_OK);
    c.key = STR("k3");
    assert_int_equal(command_wait(room, a, &c, &out), ERR_VERSION);
    assert_string_equal(out.fail.item[0].param, "2");
    assert_int_equal(((struct toy *)out.state)->times, 1); /* the face can show what is now */
    toy_room_close(&room);
}

static void test_time_never_goes_back_in_a_stream(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct id s = opened(room, a, "91", "k1", "một");
    struct outcome out;
    static const int64_t step[] = {5000, -60000, 1000, 7000};
    static const int64_t at[] = {5000, 5000, 5000, 7000};
    for (int i = 0; i < 4; i++) {
        char key[8];
        snprintf(key, sizeof key, "t%d", i);
        struct command c = toy_command(a, "add", "91", s, key, "{}");
        c.now += step[i];
        assert_int_equal(command_wait(room, a, &c, &out), ERR_OK);
        assert_true(fixture_int(f, "SELECT MAX(at) FROM event") == TOY_NOON + at[i]);
    }
    toy_room_close(&room);
    assert_whole(f);
}

/* The same commands in two rehearsal stores, one on each engine where there are two: hash for hash the same. */
static void rehearse(struct engine_room *room, struct arena *a)
{
    for (int unit = 0; unit < 3; unit++) {
        char code[8], key[32];
        snprintf(code, sizeof code, "9%d", unit);
        struct outcome out;
        for (int i = 0; i < 5; i++) {
            snprintf(key, sizeof key, "open %d %d", unit, i);
            struct id s = opened(room, a, code, key, "rows=3");
            snprintf(key, sizeof key, "add %d %d", unit, i);
            struct command add = toy_command(a, "add", code, s, key, "{\"n\": %d, \"times\": 2}", i);
            assert_int_equal(command_wait(room, a, &add, &out), ERR_OK);
            snprintf(key, sizeof key, "name %d %d", unit, i);
            struct command rename = toy_command(a, "rename", code, s, key, "{\"name\": \"Lê Văn %d\"}", i);
            assert_int_equal(command_wait(room, a, &rename, &out), ERR_OK);
        }
    }
}

static struct hash rehearsed_root(enum engine e, const char *seed)
{
    struct fixture *f = fixture_new(e);
    struct engine_room *room = toy_room(f->store, 3, seed);
    struct arena *a _arena_ = arena_new();
    struct verify_report v;
    rehearse(room, a);
    toy_room_close(&room);
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault);
    assert_int_equal(v.events, 3 * 5 * 4);
    fixture_free(&f);
    return v.root;
}

static void test_a_rehearsal_gives_the_same_events_anywhere(void **state)
{
    (void)state;
    struct hash one = rehearsed_root(ENGINE_SQLITE, "seed"), two = rehearsed_root(ENGINE_SQLITE, "seed"), other = rehearsed_root(ENGINE_SQLITE, "tree");
    assert_memory_equal(one.b, two.b, HASH_BYTES);
    assert_memory_not_equal(one.b, other.b, HASH_BYTES);
    if (!getenv("MOTCUA_TEST_PG"))
        skip();
    struct hash pg = rehearsed_root(ENGINE_POSTGRES, "seed");
    assert_memory_equal(one.b, pg.b, HASH_BYTES);
}

static void test_an_equal_key_in_two_units_is_two_rehearsed_streams(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 1, "seed");
    struct arena *a _arena_ = arena_new();
    struct outcome one, two;
    struct command c = toy_command(a, "open", "91", NEW, "k", "{\"label\": \"x\"}");
    assert_int_equal(command_wait(room, a, &c, &one), ERR_OK);
    c.actor.unit = STR("92");
    assert_int_equal(command_wait(room, a, &c, &two), ERR_OK);
    assert_false(id_eq(one.stream, two.stream));
    toy_room_close(&room);
}

/* --- two engine rooms on one database --- */

struct racer {
    struct engine_room *room;
    struct id stream;
    int no, commands;
    atomic_int *won;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    for (int i = 0; i < r->commands; i++) {
        struct arena *a _arena_ = arena_new();
        struct outcome out;
        char key[32];
        snprintf(key, sizeof key, "%d-%d", r->no, i);
        struct command add = toy_command(a, "add", "91", r->stream, key, "{\"n\": %d}", i);
        if (command_wait(r->room, a, &add, &out) == ERR_OK)
            atomic_fetch_add(r->won, 1);
        snprintf(key, sizeof key, "%d-%d open", r->no, i);
        struct command open = toy_command(a, "open", i % 2 ? "91" : "92", NEW, key, "{\"label\": \"rows=2\"}");
        if (command_wait(r->room, a, &open, &out) == ERR_OK)
            atomic_fetch_add(r->won, 1);
        snprintf(key, sizeof key, "shared-%d", i); /* all of them want to be the one */
        struct command same = toy_command(a, "add", "91", r->stream, key, "{\"n\": 1000}");
        if (command_wait(r->room, a, &same, &out) == ERR_OK && !out.repeated)
            atomic_fetch_add(r->won, 1000000);
    }
    return NULL;
}

static void test_two_engine_rooms_race_and_lose_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    enum { RACERS = 8, COMMANDS = 25 };
    struct store *other = fixture_again(f);
    struct engine_room *room[2] = {toy_room(f->store, 3, NULL), toy_room(other, 3, NULL)};
    struct arena *a _arena_ = arena_new();
    struct id s = opened(room[0], a, "91", "first", "một");
    struct racer racer[RACERS];
    pthread_t t[RACERS];
    atomic_int won = 0;
    for (int i = 0; i < RACERS; i++) {
        racer[i] = (struct racer){room[i % 2], s, i, COMMANDS, &won};
        pthread_create(&t[i], NULL, race, &racer[i]);
    }
    for (int i = 0; i < RACERS; i++)
        pthread_join(t[i], NULL);
    toy_room_close(&room[0]);
    toy_room_close(&room[1]);
    store_free(&other);
    assert_int_equal(atomic_load(&won), RACERS * COMMANDS * 2 + COMMANDS * 1000000); /* each once, the shared ones by one of them */
    assert_int_equal(events(f), 1 + RACERS * COMMANDS * 2 + COMMANDS);
    assert_whole(f); /* no gap in pos, no seq twice */
    assert_int_equal(fixture_int(f, "SELECT seq FROM stream WHERE kind = 'toy' ORDER BY seq DESC LIMIT 1"), 1 + RACERS * COMMANDS + COMMANDS);
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    struct toy toy;
    int64_t seq;
    struct engine_room *keys = toy_room(f->store, 1, NULL);
    assert_int_equal(stream_load(&toy_aggregate, &keys->keyring, db, a, STR("91"), s, INT64_MAX, &toy, &seq), ERR_OK);
    assert_int_equal(toy.sum, RACERS * (COMMANDS * (COMMANDS - 1) / 2) + COMMANDS * 1000);
    toy_room_close(&keys);
    /* what prepare read was the newest: the numbers of a unit are continuous */
    assert_int_equal(fixture_int(f, "SELECT n FROM counter WHERE home_unit = '91' AND name = 'toys'")
                         + fixture_int(f, "SELECT n FROM counter WHERE home_unit = '92' AND name = 'toys'"), 1 + RACERS * COMMANDS);
}

/* --- snapshot and fold --- */

static void assert_same_state(const struct fixture *f, const struct keyring *k, struct arena *a, struct id s, int64_t seq_wanted)
{
    struct db *db _db_ = NULL;
    struct toy snapshot, folded;
    int64_t one, two;
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(stream_load(&toy_aggregate, k, db, a, STR("91"), s, INT64_MAX, &snapshot, &one), ERR_OK);
    assert_int_equal(stream_load(&toy_aggregate, k, db, a, STR("91"), s, INT64_MAX - 1, &folded, &two), ERR_OK);
    assert_int_equal(one, seq_wanted);
    assert_int_equal(two, seq_wanted);
    struct buf x _buf_ = BUF_MAX(10000), y _buf_ = BUF_MAX(10000);
    toy_aggregate.save(&x, &snapshot);
    toy_aggregate.save(&y, &folded);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.p, y.p, x.n);
}

static void test_the_snapshot_equals_the_folded_events(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    uint64_t seed = 20261121;
    for (int round = 0; round < 12; round++) {
        struct arena *a _arena_ = arena_new();
        char key[32];
        snprintf(key, sizeof key, "r%d", round);
        struct id s = opened(room, a, "91", key, "rows=2");
        int64_t seq = 1;
        for (int i = 0; i < 15; i++) {
            struct outcome out;
            struct command c;
            snprintf(key, sizeof key, "r%d-%d", round, i);
            switch (draw(&seed) % 8) {
            case 0: c = toy_command(a, "rename", "91", s, key, "{\"name\": \"Phạm %d\"}", i); break;
            case 1: c = toy_command(a, "erase", "91", s, key, "{}"); break;
            case 2: c = toy_command(a, "refuse", "91", s, key, "{\"n\": %d}", i); break;
            case 3: c = toy_command(a, "break", "91", NEW, key, "{\"where\": \"project\"}"); break;
            default: c = toy_command(a, "add", "91", s, key, "{\"n\": %d, \"times\": %d}", (int)(draw(&seed) % 100), (int)(1 + draw(&seed) % 8));
            }
            if (command_wait(room, a, &c, &out) == ERR_OK)
                seq = out.seq_to;
            assert_same_state(f, &room->keyring, a, s, seq);
        }
    }
    toy_room_close(&room);
    assert_whole(f);
}

static void test_an_erased_stream_gives_nulls_and_stays_whole(void **state)
{
    struct fixture *f = fixture_of(state);
    struct engine_room *room = toy_room(f->store, 2, NULL);
    struct arena *a _arena_ = arena_new();
    struct outcome out;
    struct id s = opened(room, a, "91", "k1", "một");
    struct command erase = toy_command(a, "erase", "91", s, "k2", "{}");
    assert_int_equal(command_wait(room, a, &erase, &out), ERR_OK);
    struct command open = toy_command(a, "open", "91", NEW, "k1", "{\"label\": \"một\", \"name\": \"Nguyễn Văn A\"}");
    assert_int_equal(command_wait(room, a, &open, &out), ERR_OK); /* the repeated answer knows the name no more */
    assert_true(out.repeated);
    assert_true(str_is(((struct toy *)out.state)->label, "một"));
    assert_true(str_empty(((struct toy *)out.state)->name));
    struct command rename = toy_command(a, "rename", "91", s, "k3", "{\"name\": \"Người Mới\"}");
    assert_int_equal(command_wait(room, a, &rename, &out), ERR_OK); /* a new fact gets a new key; the old stays forgotten */
    assert_same_state(f, &room->keyring, a, s, 3);
    assert_int_equal(command_wait(room, a, &open, &out), ERR_OK);
    assert_true(str_empty(((struct toy *)out.state)->name));
    toy_room_close(&room);
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault);
    assert_int_equal(v.erased, 1);
}

static void assert_fault(const struct fixture *f, int64_t pos, const char *what)
{
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_true(v.fault);
    assert_string_equal(v.unit, "91");
    assert_int_equal(v.pos, pos);
    assert_string_equal(v.what, what);
}

static void test_a_silent_erasure_is_found(void **state)
{
    struct fixture *f = fixture_of(state);
    struct arena *a _arena_ = arena_new();
    struct engine_room *room = toy_room(f->store, 1, NULL);
    struct outcome out;
    struct command one = toy_command(a, "open", "91", (struct id){{0}}, "k1", "{\"label\": \"\\\"sealed\\\":\", \"name\": \"Hoa\"}");
    struct command bare = toy_command(a, "open", "91", (struct id){{0}}, "k2", "{\"label\": \"\\\"sealed\\\":\"}");
    assert_int_equal(command_wait(room, a, &bare, &out), ERR_OK); /* position 1: nothing personal, no key, no fault */
    assert_int_equal(command_wait(room, a, &one, &out), ERR_OK);
    struct id s = out.stream;
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault);
    fixture_sql(f, "CREATE TABLE kept AS SELECT * FROM stream_key");
    fixture_sql(f, "DELETE FROM stream_key");
    assert_fault(f, 2, "the key of a stream is gone without an erasure");
    fixture_sql(f, "INSERT INTO key_floor (home_unit, pos) VALUES ('91', 2)"); /* an import that came without keys says so */
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault);
    fixture_sql(f, "DELETE FROM key_floor");
    fixture_sql(f, "INSERT INTO stream_key SELECT * FROM kept");
    struct command erase = toy_command(a, "erase", "91", s, "k3", "{}");
    assert_int_equal(command_wait(room, a, &erase, &out), ERR_OK);
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    assert_false(v.fault);
    assert_int_equal(v.erased, 1);
    assert_string_equal(v.erasure[0].actor, "staff:1");
    assert_string_equal(v.erasure[0].basis, "91/2025");
    assert_int_equal(v.erasure[0].pos, 3);
    fixture_sql(f, "INSERT INTO stream_key SELECT * FROM kept");
    assert_fault(f, 3, "the key of an erased stream is still there");
    toy_room_close(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_repeated_command_gets_the_same_answer),
        BOTH_ENGINES(test_a_key_with_another_body_is_refused),
        BOTH_ENGINES(test_a_refusal_is_repeated_as_it_was),
        BOTH_ENGINES(test_our_own_failure_is_never_kept),
        BOTH_ENGINES(test_what_is_no_command_is_refused_before_the_store),
        BOTH_ENGINES(test_if_match_lets_only_the_seen_version_change),
        BOTH_ENGINES(test_time_never_goes_back_in_a_stream),
        cmocka_unit_test(test_a_rehearsal_gives_the_same_events_anywhere),
        BOTH_ENGINES(test_an_equal_key_in_two_units_is_two_rehearsed_streams),
        BOTH_ENGINES(test_two_engine_rooms_race_and_lose_nothing),
        BOTH_ENGINES(test_the_snapshot_equals_the_folded_events),
        BOTH_ENGINES(test_an_erased_stream_gives_nulls_and_stays_whole),
        BOTH_ENGINES(test_a_silent_erasure_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rules of the ledger: what is hashed, what is canonical, what is sealed to its place, and that each way to falsify a chain is found
 * and named where it begins. On both engines. */
#include "support/store_fixture.h"
#include "domain/ledger/ledger.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* --- bytes --- */

static void assert_hex(const struct hash *h, const char *hex)
{
    char got[65];
    hex_format(h->b, HASH_BYTES, got);
    assert_string_equal(got, hex);
}

/* Computed by another program from the definitions in docs/internals/ledger.md: these may never change. */
static void test_the_hash_of_an_event_is_fixed_for_ever(void **state)
{
    (void)state;
    crypto_start();
    struct event e = {.home_unit = STR("30292"), .pos = 7, .seq = 3, .type = STR("dossier.received"), .version = 2, .at = 1795237200123,
                      .actor = STR("staff:0190"), .unit = STR("30292.CAX"), .basis = STR("61/2018/NĐ-CP"),
                      .payload = STR("{\"label\":\"Hồ sơ\",\"n\":9007199254740992}")};
    for (int i = 0; i < 16; i++) {
        e.stream.b[i] = (unsigned char)(i + 1);
        e.salt[i] = (unsigned char)(0x20 + i);
    }
    memset(e.prev.b, 0xab, HASH_BYTES);
    struct hash h = event_hash(&e), zero = {0}, head = head_next(&zero, &h);
    assert_hex(&h, "4256f0a673a662650c571e49e146101bfa386d433cb7a86051eebefa92c91fbb");
    assert_hex(&head, "de73ecd2fcc1d6250ff847d190fc9802c4ca44f6736b1146b58ddc2e780582b5");
    assert_true(str_is(event_kind(e.type), "dossier"));
}

static void test_each_field_of_an_event_is_in_its_hash(void **state)
{
    (void)state;
    crypto_start();
    struct event e = {.home_unit = STR("a"), .pos = 1, .seq = 1, .type = STR("x.y"), .version = 1, .at = 1, .actor = STR("s"), .unit = STR("u"),
                      .basis = STR("b"), .payload = STR("{}")};
    struct event other[13];
    for (int i = 0; i < 13; i++)
        other[i] = e;
    other[0].home_unit = STR("b");
    other[1].pos++;
    other[2].stream.b[15] = 1;
    other[3].seq++;
    other[4].type = STR("x.z");
    other[5].version++;
    other[6].at++;
    other[7].actor = STR("t");
    other[8].unit = STR("v");
    other[9].basis = STR("c");
    other[10].prev.b[0] = 1;
    other[11].salt[0] = 1;
    other[12].payload = STR("[]");
    struct hash h = event_hash(&e);
    for (int i = 0; i < 13; i++) {
        struct hash o = event_hash(&other[i]);
        assert_memory_not_equal(h.b, o.b, HASH_BYTES);
    }
    struct event moved = e; /* a border between two fields cannot be moved */
    moved.actor = STR("su");
    moved.unit = STR("");
    struct hash m = event_hash(&moved);
    assert_memory_not_equal(h.b, m.b, HASH_BYTES);
}

static void drop(void *j) { json_decref(j); }
static json_t *kept(struct arena *a, json_t *j)
{
    arena_on_reset(a, drop, j);
    return j;
}
static enum err canonical(struct arena *a, json_t *v, struct str *s) { return canonical_json(a, kept(a, v), s); }

static void test_canonical_json_has_one_form(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str one, two;
    assert_int_equal(canonical(a, json_loads("{\"b\":1,\"a\":{\"z\":[1, 2,null],\"y\":\"Đặng \\u1ea1 \\n\\/\"}, \"B\":true}", 0, NULL), &one), ERR_OK);
    assert_true(str_is(one, "{\"B\":true,\"a\":{\"y\":\"Đặng ạ \\n/\",\"z\":[1,2,null]},\"b\":1}"));
    json_t *again = json_loadb(one.p, one.n, 0, NULL);
    assert_int_equal(canonical(a, again, &two), ERR_OK);
    assert_true(str_eq(one, two));
    assert_int_equal(canonical(a, json_integer((json_int_t)1 << 53), &one), ERR_OK);
    assert_int_equal(canonical(a, json_integer(-((json_int_t)1 << 53)), &one), ERR_OK);
    assert_true(str_is(one, "-9007199254740992"));
}

static void test_canonical_json_refuses_what_is_not_one(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct str s;
    assert_int_equal(canonical(a, json_real(1.0), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_pack("{s[f]}", "a", 0.5), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_integer(((json_int_t)1 << 53) + 1), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_integer(-((json_int_t)1 << 53) - 1), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_integer(INT64_MIN), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_pack("{si}", "tên", 1), &s), ERR_INVALID);
    assert_int_equal(canonical(a, json_stringn("a\0b", 3), &s), ERR_INVALID); /* jansson would write it and not read it */
    json_t *key_with_nul = json_object();
    json_object_setn_new(key_with_nul, "a\0b", 3, json_null());
    assert_int_equal(canonical(a, key_with_nul, &s), ERR_INVALID);
    for (int depth = 31; depth <= 34; depth++) {
        json_t *v = json_integer(1);
        for (int i = 0; i < depth; i++)
            v = json_pack("[o]", v);
        assert_int_equal(canonical(a, v, &s), depth <= 32 ? ERR_OK : ERR_INVALID);
    }
    for (int extra = 0; extra < 2; extra++) { /* the limit is of the written bytes */
        size_t n = EVENT_PAYLOAD_MAX - 2 + (size_t)extra;
        char *text = malloc(n);
        memset(text, 'x', n);
        assert_int_equal(canonical(a, json_stringn(text, n), &s), extra ? ERR_INVALID : ERR_OK);
        free(text);
    }
    assert_int_equal(canonical_json(a, NULL, &s), ERR_INVALID);
}

static void test_personal_fields_are_sealed_to_their_place(void **state)
{
    (void)state;
    crypto_start();
    struct arena *a _arena_ = arena_new();
    struct entropy ent = entropy_system();
    struct key key = {{7}}, other = {{8}};
    struct id stream = {{1}}, elsewhere = {{2}};
    struct str sealed, again;
    json_t *personal = kept(a, json_pack("{ss}", "name", "Nguyễn Thị C"));
    assert_int_equal(personal_seal(a, &key, &ent, STR("91"), stream, 3, personal, &sealed), ERR_OK);
    assert_int_equal(personal_seal(a, &key, &ent, STR("91"), stream, 3, personal, &again), ERR_OK);
    assert_false(str_eq(sealed, again));
    json_t *payload = kept(a, json_pack("{ss%}", "sealed", sealed.p, sealed.n));
    struct event e = {.home_unit = STR("91"), .stream = stream, .seq = 3};
    json_t *back = kept(a, personal_open(&key, &e, payload));
    assert_true(json_equal(back, personal));
    struct event moved[3] = {e, e, e};
    moved[0].home_unit = STR("92");
    moved[1].stream = elsewhere;
    moved[2].seq = 4;
    for (int i = 0; i < 3; i++)
        assert_null(personal_open(&key, &moved[i], payload));
    assert_null(personal_open(&other, &e, payload));
    assert_null(personal_open(NULL, &e, payload));
    assert_null(personal_open(&key, &e, json_object_get(payload, "nothing")));
    json_t *cut = kept(a, json_pack("{ss}", "sealed", "QUJD")), *odd = kept(a, json_pack("{ss}", "sealed", "***"));
    assert_null(personal_open(&key, &e, cut));
    assert_null(personal_open(&key, &e, odd));

    struct key master = {{9}}, second = {{10}};
    struct keyring k = keyring_from_master(&master), k2 = keyring_from_master(&second);
    struct hash h1 = personal_hash(&k, "cccd", STR("001")), h2 = personal_hash(&k, "cccd", STR("001")), h3 = personal_hash(&k, "mst", STR("001")),
                h4 = personal_hash(&k2, "cccd", STR("001"));
    assert_memory_equal(h1.b, h2.b, HASH_BYTES);
    assert_memory_not_equal(h1.b, h3.b, HASH_BYTES);
    assert_memory_not_equal(h1.b, h4.b, HASH_BYTES);
}

/* --- chains --- */

static struct id stream_id(int n) { return (struct id){{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, (unsigned char)n}}; }

/* Units 30292 (12 events), 91 (30) and 91.STP (6); three streams in each, taking turns. */
static void append_one(struct ledger *l, struct db *db, const char *unit, int i, struct hash *prev)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"n\":%d}", i);
    struct event e = {.home_unit = str_of(unit), .stream = stream_id(i % 3), .seq = i / 3 + 1, .type = i == 5 ? STR("toy.erased") : STR("toy.added"),
                      .version = 1, .at = 1000 + i, .actor = STR("staff:1"), .unit = str_of(unit), .basis = STR(""), .prev = prev[i % 3],
                      .payload = str_of(payload)};
    memset(e.salt, i + 1, SALT_BYTES);
    assert_int_equal(ledger_append(l, db, &e), ERR_OK);
    assert_int_equal(e.pos, i + 1);
    prev[i % 3] = e.hash;
}

static void fill(const struct fixture *f)
{
    static const struct { const char *unit; int n; } units[] = {{"91", 30}, {"30292", 12}, {"91.STP", 6}};
    struct ledger *l = ledger_new();
    struct db *db _db_ = NULL;
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    for (int u = 0; u < 3; u++) {
        struct hash prev[3] = {0};
        for (int from = 0; from < units[u].n; from += 4) {
            assert_int_equal(db_begin(db), ERR_OK);
            for (int i = from; i < from + 4 && i < units[u].n; i++)
                append_one(l, db, units[u].unit, i, prev);
            assert_int_equal(ledger_write_heads(l, db), ERR_OK);
            assert_int_equal(db_commit(db), ERR_OK);
        }
    }
    ledger_free(&l);
}

static struct verify_report verified(const struct fixture *f)
{
    struct verify_report v;
    assert_int_equal(ledger_verify(f->store, &v), ERR_OK);
    return v;
}

static void test_whole_chains_verify(void **state)
{
    struct fixture *f = fixture_of(state);
    struct verify_report v = verified(f);
    assert_false(v.fault); /* an empty ledger is whole */
    assert_int_equal(v.events, 0);
    fill(f);
    v = verified(f);
    assert_false(v.fault);
    assert_int_equal(v.units, 3);
    assert_int_equal(v.events, 48);
    assert_int_equal(v.streams, 9);
    assert_int_equal(v.erased, 3);

    /* The root is of the heads in byte order, as defined. */
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    unsigned char bytes[500];
    size_t n = 0;
    assert_int_equal(db_open(f->store, DB_READ, &db), ERR_OK);
    assert_int_equal(db_raw_query(db, &r, "SELECT home_unit, pos, hash FROM unit_head ORDER BY home_unit"), ERR_OK);
    n += (size_t)snprintf((char *)bytes, 20, "motcua-root-1");
    while (rows_next(&r)) {
        struct str unit = row_str(&r, 0), hash = row_str(&r, 2);
        bytes[n++] = (unsigned char)unit.n;
        memcpy(bytes + n, unit.p, unit.n);
        n += unit.n;
        memset(bytes + n, 0, 7);
        bytes[n + 7] = (unsigned char)row_i64(&r, 1);
        memcpy(bytes + n + 8, hash.p, hash.n);
        n += 8 + hash.n;
    }
    struct hash root = SHA256(str_bytes(bytes, n));
    assert_memory_equal(root.b, v.root.b, HASH_BYTES);
}

/* One way to falsify the ledger, and where it must be found. Byte literals differ: X'..' and '\x..'. */
struct falsified {
    const char *sqlite, *pg, *unit;
    int64_t pos;
};

static void test_each_falsified_event_is_found_and_named(void **state)
{
    struct fixture *f = fixture_of(state);
    static const struct falsified how[] = {
        /* edited */
        {"UPDATE event SET payload = X'7b7d' WHERE home_unit = '91' AND pos = 9", "UPDATE event SET payload = '\\x7b7d' WHERE home_unit = '91' AND pos = 9", "91", 9},
        {"UPDATE event SET actor = 'staff:2' WHERE home_unit = '91' AND pos = 1", NULL, "91", 1},
        {"UPDATE event SET at = at + 1 WHERE home_unit = '30292' AND pos = 12", NULL, "30292", 12},
        {"UPDATE event SET at = -at WHERE home_unit = '30292' AND pos = 3", NULL, "30292", 3},
        {"UPDATE event SET basis = 'x' WHERE home_unit = '91' AND pos = 30", NULL, "91", 30},
        {"UPDATE event SET type = 'toy.x' WHERE home_unit = '91' AND pos = 2", NULL, "91", 2},
        {"UPDATE event SET version = 2 WHERE home_unit = '91' AND pos = 2", NULL, "91", 2},
        {"UPDATE event SET unit = '30292' WHERE home_unit = '91' AND pos = 2", NULL, "91", 2},
        {"UPDATE event SET seq = 77 WHERE home_unit = '91' AND pos = 30", NULL, "91", 30},
        {"UPDATE event SET seq = 0 WHERE home_unit = '91' AND pos = 1", NULL, "91", 1},
        /* a field as long as no append would take, and one that only grew where nobody looks */
        {"UPDATE event SET actor = replace('a23456789 123456789 123456789 123456789 123456789 ', ' ', 'xxxxxxxxxxxxxxxxxxxxxxxx') WHERE home_unit = '91' AND pos = 4", NULL, "91", 4},
        {"UPDATE event SET salt = X'06060606060606060606060606060606ff' WHERE home_unit = '91' AND pos = 6", "UPDATE event SET salt = salt || '\\xff' WHERE home_unit = '91' AND pos = 6", "91", 6},
        /* re-salted */
        {"UPDATE event SET salt = X'00000000000000000000000000000000' WHERE home_unit = '91' AND pos = 6", "UPDATE event SET salt = '\\x00000000000000000000000000000000' WHERE home_unit = '91' AND pos = 6", "91", 6},
        {"UPDATE event SET hash = X'00' WHERE home_unit = '91' AND pos = 6", "UPDATE event SET hash = '\\x00' WHERE home_unit = '91' AND pos = 6", "91", 6},
        /* removed: from the middle, the first, the last, all, and the tail of one unit with its head set back */
        {"DELETE FROM event WHERE home_unit = '91' AND pos = 15", NULL, "91", 15},
        {"DELETE FROM event WHERE home_unit = '91' AND pos = 1", NULL, "91", 1},
        {"DELETE FROM event WHERE home_unit = '91' AND pos = 30", NULL, "91", 30},
        {"DELETE FROM event WHERE home_unit = '91.STP'", NULL, "91.STP", 1},
        {"DELETE FROM event WHERE home_unit = '91' AND pos > 20; UPDATE unit_head SET pos = 20 WHERE home_unit = '91'",
         "WITH d AS (DELETE FROM event WHERE home_unit = '91' AND pos > 20) UPDATE unit_head SET pos = 20 WHERE home_unit = '91'", "91", 20},
        /* removed and closed up, head and all: the event that moved does not give its hash */
        {"DELETE FROM event WHERE home_unit = '30292' AND pos = 11; UPDATE event SET pos = 11 WHERE home_unit = '30292' AND pos = 12; "
         "UPDATE unit_head SET pos = 11 WHERE home_unit = '30292'",
         NULL, "30292", 11},
        /* swapped: the places of two events, the streams of two, the payloads of two */
        {"UPDATE event SET pos = 1000 - pos WHERE home_unit = '91' AND pos IN (4, 5); UPDATE event SET pos = 5 WHERE pos = 996; UPDATE event SET pos = 4 WHERE pos = 995", 
         NULL, "91", 4},
        {"UPDATE event SET payload = (SELECT e.payload FROM event e WHERE e.home_unit = '91' AND e.pos = 17 - event.pos) WHERE home_unit = '91' AND pos IN (8, 9)", NULL, "91", 8},
        /* heads */
        {"UPDATE unit_head SET hash = X'11' WHERE home_unit = '91'", "UPDATE unit_head SET hash = '\\x11' WHERE home_unit = '91'", "91", 30},
        {"UPDATE unit_head SET pos = 31 WHERE home_unit = '91'", NULL, "91", 31},
        {"UPDATE unit_head SET pos = 29 WHERE home_unit = '91'", NULL, "91", 30},
        {"INSERT INTO unit_head (home_unit, pos, hash) VALUES ('4', 0, X'')", "INSERT INTO unit_head (home_unit, pos, hash) VALUES ('4', 0, '')", "4", 1},
        {"INSERT INTO unit_head (home_unit, pos, hash) VALUES ('92', 3, X'11')", "INSERT INTO unit_head (home_unit, pos, hash) VALUES ('92', 3, '\\x11')", "92", 1},
        {"DELETE FROM unit_head WHERE home_unit = '91.STP'", NULL, "91.STP", 1},
        {"DELETE FROM unit_head WHERE home_unit = '30292'", NULL, "30292", 1},
        {"DELETE FROM unit_head", NULL, "30292", 1},
        /* two at once: the first in the order of units and positions */
        {"UPDATE event SET at = 1 WHERE home_unit IN ('91', '91.STP') AND pos IN (6, 3)", NULL, "91", 3},
    };
    fill(f);
    struct hash root = verified(f).root;
    /* Each is tried on a copy beside: the tables are kept under another name and brought back. */
    fixture_sql(f, "CREATE TABLE event_kept AS SELECT * FROM event");
    fixture_sql(f, "CREATE TABLE head_kept AS SELECT * FROM unit_head");
    for (size_t i = 0; i < ARRAY_LEN(how); i++) {
        const char *sql = f->engine == ENGINE_POSTGRES && how[i].pg ? how[i].pg : how[i].sqlite;
        char *statements = strdup(sql), *rest = statements, *one;
        while ((one = strsep(&rest, ";")))
            fixture_sql(f, "%s", one);
        free(statements);
        struct verify_report v = verified(f);
        if (!v.fault || strcmp(v.unit, how[i].unit) != 0 || v.pos != how[i].pos)
            fail_msg("%s: expected %s %lld, got %s %lld (%s)", how[i].sqlite, how[i].unit, (long long)how[i].pos, v.fault ? v.unit : "no fault", (long long)v.pos, v.what);
        assert_true(strlen(v.what) > 20);
        fixture_sql(f, "DELETE FROM event");
        fixture_sql(f, "DELETE FROM unit_head");
        fixture_sql(f, "INSERT INTO event SELECT * FROM event_kept");
        fixture_sql(f, "INSERT INTO unit_head SELECT * FROM head_kept");
    }
    struct verify_report v = verified(f);
    assert_false(v.fault);
    assert_memory_equal(v.root.b, root.b, HASH_BYTES);
}

static void test_a_unit_that_is_gone_with_its_head_shows_in_the_root_alone(void **state)
{
    struct fixture *f = fixture_of(state);
    fill(f);
    struct hash root = verified(f).root;
    fixture_sql(f, "DELETE FROM event WHERE home_unit = '91.STP'");
    fixture_sql(f, "DELETE FROM unit_head WHERE home_unit = '91.STP'");
    struct verify_report v = verified(f);
    assert_false(v.fault);
    assert_int_equal(v.units, 2);
    assert_memory_not_equal(v.root.b, root.b, HASH_BYTES);
}

static void test_dropping_keys_leaves_the_chain_whole(void **state)
{
    struct fixture *f = fixture_of(state);
    fill(f);
    struct hash root = verified(f).root;
    struct db *db _db_ = NULL;
    struct key master = {{1}}, key = {{2}}, got;
    struct keyring k = keyring_from_master(&master);
    struct entropy ent = entropy_system();
    unsigned char wrapped[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES];
    struct id s = stream_id(1), other = stream_id(2);
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(stream_key_load(&k, db, STR("91"), s, &got), ERR_NOT_FOUND);
    stream_key_wrap(&k, &ent, s, &key, wrapped);
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(id_str(&s)), p_bytes(str_bytes(wrapped, sizeof wrapped))), ERR_OK);
    assert_int_equal(stream_key_load(&k, db, STR("91"), s, &got), ERR_OK);
    assert_memory_equal(got.b, key.b, KEY_BYTES);
    /* put under another stream it does not open, nor with another master key */
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_ADD, p_c("91"), p_bytes(id_str(&other)), p_bytes(str_bytes(wrapped, sizeof wrapped))), ERR_OK);
    assert_int_equal(stream_key_load(&k, db, STR("91"), other, &got), ERR_CORRUPT);
    struct keyring k2 = keyring_from_master(&key);
    assert_int_equal(stream_key_load(&k2, db, STR("91"), s, &got), ERR_CORRUPT);
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_DROP, p_c("91"), p_bytes(id_str(&s))), ERR_OK);
    assert_int_equal(stream_key_load(&k, db, STR("91"), s, &got), ERR_NOT_FOUND);
    assert_int_equal(db_exec(db, STMT_LEDGER_KEY_DROP, p_c("91"), p_bytes(id_str(&other))), ERR_OK);
    struct verify_report v = verified(f);
    assert_false(v.fault);
    assert_memory_equal(v.root.b, root.b, HASH_BYTES);
}

static void test_an_unfit_event_is_not_appended(void **state)
{
    struct fixture *f = fixture_of(state);
    struct db *db _db_ = NULL;
    struct ledger *l = ledger_new();
    char lengthy[130];
    memset(lengthy, 'x', sizeof lengthy);
    struct event good = {.home_unit = STR("91"), .seq = 1, .type = STR("a.b"), .version = 1, .at = 1, .actor = STR("s"), .unit = STR("91"), .basis = STR(""), .payload = STR("{}")};
    struct event bad[8] = {good, good, good, good, good, good, good, good};
    bad[0].home_unit = str_bytes(lengthy, UNIT_CODE_MAX + 1);
    bad[1].type = str_bytes(lengthy, EVENT_TYPE_MAX + 1);
    bad[2].actor = str_bytes(lengthy, ACTOR_MAX + 1);
    bad[3].unit = str_bytes(lengthy, UNIT_CODE_MAX + 1);
    bad[4].basis = str_bytes(lengthy, BASIS_MAX + 1);
    bad[5].payload.n = EVENT_PAYLOAD_MAX + 1;
    bad[6].home_unit = STR("");
    bad[7].type = STR("");
    assert_int_equal(db_open(f->store, DB_WRITE, &db), ERR_OK);
    assert_int_equal(db_begin(db), ERR_OK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(ledger_append(l, db, &bad[i]), ERR_INVALID);
    good.home_unit = str_bytes(lengthy, UNIT_CODE_MAX);
    good.type = str_bytes(lengthy, EVENT_TYPE_MAX);
    good.actor = str_bytes(lengthy, ACTOR_MAX);
    good.unit = str_bytes(lengthy, UNIT_CODE_MAX);
    good.basis = str_bytes(lengthy, BASIS_MAX);
    assert_int_equal(ledger_append(l, db, &good), ERR_OK);
    assert_int_equal(ledger_write_heads(l, db), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    ledger_free(&l);
    struct verify_report v = verified(f);
    assert_false(v.fault);
    assert_int_equal(v.events, 1);
}

/* --- many writers --- */

struct appender {
    struct store *store;
    int no;
};

static void *append_many(void *arg)
{
    struct appender *p = arg;
    struct ledger *l = ledger_new();
    struct db *db _db_ = NULL;
    if (db_open(p->store, DB_WRITE, &db))
        return (void *)1;
    struct hash prevs[2] = {0};
    for (int i = 0; i < 100;) {
        struct event e = {.home_unit = i % 2 ? STR("91") : STR("92"), .stream = stream_id(p->no * 2 + i % 2), .seq = i / 2 + 1, .type = STR("toy.added"),
                          .version = 1, .at = i, .actor = STR("s"), .unit = STR("91"), .basis = STR(""), .payload = STR("{}")};
        e.prev = prevs[i % 2];
        enum err er = db_begin(db);
        if (!er)
            er = ledger_append(l, db, &e);
        if (!er)
            er = ledger_write_heads(l, db);
        if (!er)
            er = db_commit(db);
        if (er == ERR_RETRY) { /* a unit's very first event can be wanted by two */
            db_rollback(db);
            ledger_forget(l);
            continue;
        }
        if (er)
            return (void *)1;
        prevs[i % 2] = e.hash;
        i++;
    }
    ledger_free(&l);
    return NULL;
}

static void test_eight_writers_leave_no_gap(void **state)
{
    struct fixture *f = fixture_of(state);
    struct appender p[8];
    pthread_t t[8];
    struct store *other = fixture_again(f);
    for (int i = 0; i < 8; i++) {
        p[i] = (struct appender){i % 2 ? f->store : other, i};
        pthread_create(&t[i], NULL, append_many, &p[i]);
    }
    /* Meanwhile a verification sees one moment, always whole. */
    for (int i = 0; i < 10; i++)
        assert_false(verified(f).fault);
    for (int i = 0; i < 8; i++) {
        void *failed;
        pthread_join(t[i], &failed);
        assert_null(failed);
    }
    store_free(&other);
    struct verify_report v = verified(f);
    if (v.fault)
        fail_msg("%s %lld %s", v.unit, (long long)v.pos, v.what);
    assert_int_equal(v.events, 800);
    assert_int_equal(fixture_int(f, "SELECT MAX(pos) - COUNT(*) FROM event WHERE home_unit = '91'"), 0);
    assert_int_equal(fixture_int(f, "SELECT MAX(pos) - COUNT(*) FROM event WHERE home_unit = '92'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_hash_of_an_event_is_fixed_for_ever),
        cmocka_unit_test(test_each_field_of_an_event_is_in_its_hash),
        cmocka_unit_test(test_canonical_json_has_one_form),
        cmocka_unit_test(test_canonical_json_refuses_what_is_not_one),
        cmocka_unit_test(test_personal_fields_are_sealed_to_their_place),
        BOTH_ENGINES(test_whole_chains_verify),
        BOTH_ENGINES(test_each_falsified_event_is_found_and_named),
        BOTH_ENGINES(test_a_unit_that_is_gone_with_its_head_shows_in_the_root_alone),
        BOTH_ENGINES(test_dropping_keys_leaves_the_chain_whole),
        BOTH_ENGINES(test_an_unfit_event_is_not_appended),
        BOTH_ENGINES(test_eight_writers_leave_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

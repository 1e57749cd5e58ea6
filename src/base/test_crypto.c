/* Rules of hashing, sealing and identifiers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/crypto.h"

static void assert_hash(struct hash h, const char *hex)
{
    char got[2 * HASH_BYTES + 1];
    hex_format(h.b, HASH_BYTES, got);
    assert_string_equal(got, hex);
}

static void test_sha256_vectors(void **state) /* FIPS 180-4 */
{
    (void)state;
    assert_hash(SHA256(STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(SHA256(STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(SHA256(STR("abcdbcdecdefdefgefghfghighijhi"), STR_NONE, STR("jkijkljklmklmnlmnomnopnopq")),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_keyed_hash_depends_on_key_and_on_each_piece(void **state)
{
    (void)state;
    struct key k = {{1}}, l = {{2}};
    struct hash ab_c = KEYED_HASH(&k, STR("ab"), STR("c")), a_bc = KEYED_HASH(&k, STR("a"), STR("bc")), other = KEYED_HASH(&l, STR("ab"), STR("c"));
    struct hash again = KEYED_HASH(&k, STR("ab"), STR("c"));
    assert_true(equal_in_constant_time(&ab_c, &again, sizeof again));
    assert_false(equal_in_constant_time(&ab_c, &a_bc, sizeof a_bc));
    assert_false(equal_in_constant_time(&ab_c, &other, sizeof other));
}

static void test_what_was_sealed_opens_and_any_changed_bit_does_not(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    struct entropy e = entropy_system();
    struct key k;
    for (size_t n = 0; n < 70; n += 7) {
        unsigned char nonce[SEAL_NONCE_BYTES], text[70], back[70];
        entropy_bytes(&e, k.b, sizeof k.b);
        entropy_bytes(&e, nonce, sizeof nonce);
        entropy_bytes(&e, text, sizeof text);
        size_t size = n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES;
        unsigned char *sealed = arena_alloc(a, size);
        seal(&k, nonce, str_bytes(text, n), STR("H01-1"), sealed);
        assert_true(unseal(&k, str_bytes(sealed, size), STR("H01-1"), back));
        if (n)
            assert_memory_equal(text, back, n);
        assert_false(unseal(&k, str_bytes(sealed, size), STR("H01-2"), back));
        assert_false(unseal(&k, str_bytes(sealed, SEAL_NONCE_BYTES), STR("H01-1"), back));
        for (size_t bit = 0; bit < size * 8; bit++) {
            sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_false(unseal(&k, str_bytes(sealed, size), STR("H01-1"), back));
            sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
}

static void test_an_id_is_a_uuid_of_version_7_with_its_time(void **state) /* RFC 9562 */
{
    (void)state;
    struct entropy e = entropy_system();
    struct id last = {{0}};
    for (int64_t i = 0; i < 20000; i++) {
        int64_t now = 1795228200000 + i * 977;
        struct id id = id_new(&e, now), back;
        int64_t t = 0;
        for (int j = 0; j < 6; j++)
            t = t << 8 | id.b[j];
        assert_int_equal(t, now);
        assert_int_equal(id.b[6] >> 4, 7);
        assert_int_equal(id.b[8] >> 6, 2);
        assert_true(memcmp(last.b, id.b, ID_BYTES) < 0 && !id_is_zero(id));
        char text[37];
        id_format(id, text);
        assert_true(id_parse(str_of(text), &back) && id_eq(id, back));
        last = id;
    }
    struct id id;
    assert_true(id_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id) && id.b[0] == 0x01 && id.b[15] == 0x8f);
    assert_false(id_parse(STR("017f22e279b0-7cc3-98c4-dc0c0c07398f-"), &id) || id_parse(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"), &id)
                 || id_parse(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398"), &id));
}

static void test_derived_entropy_repeats_for_the_same_command_only(void **state)
{
    (void)state;
    struct key k = {{3}};
    struct entropy one = entropy_derived(&k, STR("an"), STR("k1")), two = one, other = entropy_derived(&k, STR("an"), STR("k2"));
    unsigned char x[100], y[100], z[100];
    entropy_bytes(&one, x, sizeof x);
    entropy_bytes(&two, y, sizeof y);
    entropy_bytes(&other, z, sizeof z);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_not_equal(x, z, sizeof x);
    entropy_bytes(&one, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
}

static void test_hex_round_trips_and_refuses_the_rest(void **state)
{
    (void)state;
    unsigned char all[256], back[256];
    char text[513];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    hex_format(all, sizeof all, text);
    assert_true(hex_parse(str_of(text), back, sizeof back));
    assert_memory_equal(all, back, sizeof all);
    assert_true(hex_parse(STR("aFAf"), back, 2));
    assert_false(hex_parse(STR("aFA"), back, 2) || hex_parse(STR("aFAfA"), back, 2) || hex_parse(STR("0g"), back, 1) || hex_parse(STR(" 1"), back, 1));
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_vectors),
        cmocka_unit_test(test_keyed_hash_depends_on_key_and_on_each_piece),
        cmocka_unit_test(test_what_was_sealed_opens_and_any_changed_bit_does_not),
        cmocka_unit_test(test_an_id_is_a_uuid_of_version_7_with_its_time),
        cmocka_unit_test(test_derived_entropy_repeats_for_the_same_command_only),
        cmocka_unit_test(test_hex_round_trips_and_refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

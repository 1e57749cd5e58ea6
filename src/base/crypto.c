/* See crypto.h. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h> /* before our own SHA256 */
#include "base/crypto.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const char *what)
{
    fprintf(stderr, "<2>motcua: %s\n", what);
    abort();
}

void crypto_start(void)
{
    if (sodium_init() < 0)
        die("libsodium does not start");
}

/* The plain functions of OpenSSL, which it calls deprecated: EVP gives and takes memory at each start, which is a fifth of the time of
 * an event's three hashes. Both run the same code on the CPU's SHA instructions. */
struct hash sha256(const struct str *pieces, size_t n)
{
    struct hash h;
    SHA256_CTX c;
    SHA256_Init(&c);
    for (size_t i = 0; i < n; i++)
        if (pieces[i].n)
            SHA256_Update(&c, pieces[i].p, pieces[i].n);
    SHA256_Final(h.b, &c);
    return h;
}

struct sha256_running {
    SHA256_CTX ctx;
};

struct sha256_running *sha256_start(void)
{
    struct sha256_running *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    SHA256_Init(&r->ctx);
    return r;
}

void sha256_add(struct sha256_running *r, struct str piece) { SHA256_Update(&r->ctx, piece.p, piece.n); }

struct hash sha256_end(struct sha256_running **r)
{
    struct hash h;
    SHA256_Final(h.b, &(*r)->ctx);
    free(*r);
    *r = NULL;
    return h;
}

struct hash keyed_hash(const struct key *k, const struct str *pieces, size_t n)
{
    struct hash h;
    crypto_generichash_state st;
    crypto_generichash_init(&st, k->b, sizeof k->b, sizeof h.b);
    for (size_t i = 0; i < n; i++) {
        unsigned char len[8]; /* each piece carries its length: ("ab","c") differs from ("a","bc") */
        for (int j = 0; j < 8; j++)
            len[j] = (unsigned char)((uint64_t)pieces[i].n >> (8 * j));
        crypto_generichash_update(&st, len, sizeof len);
        crypto_generichash_update(&st, (const unsigned char *)pieces[i].p, pieces[i].n);
    }
    crypto_generichash_final(&st, h.b, sizeof h.b);
    return h;
}

void seal(const struct key *k, const unsigned char nonce[SEAL_NONCE_BYTES], struct str text, struct str bound_to, unsigned char *out)
{
    memcpy(out, nonce, SEAL_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + SEAL_NONCE_BYTES, NULL, (const unsigned char *)text.p, text.n,
                                               (const unsigned char *)bound_to.p, bound_to.n, NULL, nonce, k->b);
}

bool unseal(const struct key *k, struct str sealed, struct str bound_to, unsigned char *plain_r)
{
    if (sealed.n < SEAL_NONCE_BYTES + SEAL_TAG_BYTES)
        return false;
    const unsigned char *p = (const unsigned char *)sealed.p;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(plain_r, NULL, NULL, p + SEAL_NONCE_BYTES, sealed.n - SEAL_NONCE_BYTES,
                                                      (const unsigned char *)bound_to.p, bound_to.n, p, k->b) == 0;
}

struct entropy entropy_system(void) { return (struct entropy){0}; }

struct entropy entropy_derived(const struct key *seed, struct str actor, struct str command_key)
{
    struct entropy e = {.derived = true};
    struct hash h = KEYED_HASH(seed, STR("entropy"), actor, command_key);
    memcpy(e.key.b, h.b, sizeof e.key.b);
    return e;
}

void entropy_bytes(struct entropy *e, void *out, size_t n)
{
    if (!e->derived) {
        randombytes_buf(out, n);
        return;
    }
    unsigned char *p = out;
    while (n) {
        unsigned char no[8];
        for (int j = 0; j < 8; j++)
            no[j] = (unsigned char)(e->drawn >> (8 * j));
        e->drawn++;
        struct hash h = KEYED_HASH(&e->key, STR("draw"), str_bytes(no, sizeof no));
        size_t take = n < sizeof h.b ? n : sizeof h.b;
        memcpy(p, h.b, take);
        p += take;
        n -= take;
    }
}

struct id id_new(struct entropy *e, int64_t now_ms)
{
    struct id i;
    entropy_bytes(e, i.b + 6, 10);
    for (int j = 0; j < 6; j++)
        i.b[j] = (unsigned char)((uint64_t)now_ms >> (8 * (5 - j)));
    i.b[6] = (unsigned char)(0x70 | (i.b[6] & 0x0f));
    i.b[8] = (unsigned char)(0x80 | (i.b[8] & 0x3f));
    return i;
}

bool id_is_zero(struct id i)
{
    static const struct id zero;
    return id_eq(i, zero);
}

void hex_format(const void *p, size_t n, char *out)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned char *u = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[u[i] >> 4];
        out[2 * i + 1] = digit[u[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_parse(struct str s, unsigned char *out, size_t n)
{
    if (s.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_value(s.p[2 * i]), lo = hex_value(s.p[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

void id_format(struct id i, char out[37])
{
    char hex[33];
    hex_format(i.b, sizeof i.b, hex);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

bool id_parse(struct str s, struct id *i_r)
{
    char hex[32];
    size_t n = 0;
    if (s.n != 36)
        return false;
    for (size_t k = 0; k < s.n; k++) {
        bool dash = k == 8 || k == 13 || k == 18 || k == 23;
        if (dash != (s.p[k] == '-'))
            return false;
        if (!dash)
            hex[n++] = s.p[k];
    }
    return hex_parse(str_bytes(hex, n), i_r->b, sizeof i_r->b);
}

bool equal_in_constant_time(const void *a, const void *b, size_t n) { return sodium_memcmp(a, b, n) == 0; }

/* The few primitives the house uses, behind names of what they are for. OpenSSL for SHA-256 (uses the CPU's SHA instructions),
 * libsodium for the rest. Call crypto_start() once before threads. */
#pragma once
#include "base/err.h"

enum { HASH_BYTES = 32, KEY_BYTES = 32, ID_BYTES = 16, SALT_BYTES = 16, SEAL_NONCE_BYTES = 24, SEAL_TAG_BYTES = 16 };

struct hash { unsigned char b[HASH_BYTES]; };
struct key { unsigned char b[KEY_BYTES]; };
struct id { unsigned char b[ID_BYTES]; };

void crypto_start(void);

/* SHA-256 over the pieces one after another. */
struct hash sha256(const struct str *pieces, size_t n);
#define SHA256(...) sha256((struct str[]){__VA_ARGS__}, ARRAY_LEN(((struct str[]){__VA_ARGS__})))
static inline bool hash_eq(const struct hash *a, const struct hash *b) { return memcmp(a->b, b->b, HASH_BYTES) == 0; }
static inline struct str hash_str(const struct hash *h) { return str_bytes(h->b, HASH_BYTES); }

/* SHA-256 of what comes in parts and does not fit into memory. sha256_end frees. */
struct sha256_running;
struct sha256_running *sha256_start(void);
void sha256_add(struct sha256_running *r, struct str piece);
struct hash sha256_end(struct sha256_running **r);

/* Keyed BLAKE2b: derivation of keys and the keyed hash of personal numbers. */
struct hash keyed_hash(const struct key *k, const struct str *pieces, size_t n);
#define KEYED_HASH(k, ...) keyed_hash((k), (struct str[]){__VA_ARGS__}, ARRAY_LEN(((struct str[]){__VA_ARGS__})))

/* XChaCha20-Poly1305. out holds nonce ‖ ciphertext ‖ tag = text.n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES bytes. */
void seal(const struct key *k, const unsigned char nonce[SEAL_NONCE_BYTES], struct str text, struct str bound_to, unsigned char *out);
/* plain_r holds sealed.n - nonce - tag bytes; false when key, text or what it is bound to differ. */
bool unseal(const struct key *k, struct str sealed, struct str bound_to, unsigned char *plain_r);

/* Where random bytes come from: the system, or, in a store created for rehearsal, a stream derived from its seed and the
 * command, so that the same commands give the same bytes on every engine. */
struct entropy {
    bool derived;
    struct key key;
    uint64_t drawn;
};
struct entropy entropy_system(void);
struct entropy entropy_derived(const struct key *seed, struct str actor, struct str command_key);
void entropy_bytes(struct entropy *e, void *out, size_t n);

/* UUIDv7: sorted by time in bytes, never an order of events. */
struct id id_new(struct entropy *e, int64_t now_ms);
static inline struct str id_str(const struct id *i) { return str_bytes(i->b, ID_BYTES); }
static inline bool id_eq(struct id a, struct id b) { return memcmp(a.b, b.b, ID_BYTES) == 0; }
bool id_is_zero(struct id i);
/* 36 characters and NUL. */
void id_format(struct id i, char out[37]);
bool id_parse(struct str s, struct id *i_r);

bool hex_parse(struct str s, unsigned char *out, size_t n); /* exactly 2n digits, either case */
void hex_format(const void *p, size_t n, char *out);        /* 2n + 1 bytes */
bool equal_in_constant_time(const void *a, const void *b, size_t n);

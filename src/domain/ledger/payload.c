/* Payloads: canonical JSON, and the personal fields sealed in it. See ledger.h. */
#include "domain/ledger/ledger.h"
#include <sodium.h>
#include <stdlib.h>

enum { DEPTH_MAX = 32 };
static const int64_t INTEGER_MAX = (int64_t)1 << 53;

static bool canonical_value(const json_t *v, int depth)
{
    const char *key;
    json_t *child;
    size_t i;
    if (depth > DEPTH_MAX)
        return false;
    switch (json_typeof(v)) {
    case JSON_REAL: return false;
    case JSON_INTEGER: return json_integer_value(v) <= INTEGER_MAX && json_integer_value(v) >= -INTEGER_MAX;
    case JSON_OBJECT: {
        json_t *o = (json_t *)(uintptr_t)v; /* jansson's iteration wants it without const, and changes nothing */
        json_object_foreach(o, key, child) {
            for (const char *c = key; *c; c++)
                if ((unsigned char)*c >= 0x80)
                    return false;
            if (json_object_iter_key_len(json_object_key_to_iter(key)) != strlen(key))
                return false;
            if (!canonical_value(child, depth + 1))
                return false;
        }
        return true;
    }
    case JSON_ARRAY:
        json_array_foreach(v, i, child) {
            if (!canonical_value(child, depth + 1))
                return false;
        }
        return true;
    case JSON_STRING: return !memchr(json_string_value(v), 0, json_string_length(v)); /* could not be read again */
    default: return true;
    }
}

enum err canonical_json(struct arena *a, const json_t *v, struct str *out_r)
{
    if (!v || !canonical_value(v, 0))
        return ERR_INVALID;
    size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
    char stack[4096];
    size_t n = json_dumpb(v, stack, sizeof stack, flags);
    if (n == 0 || n > EVENT_PAYLOAD_MAX)
        return ERR_INVALID;
    char *p = arena_alloc(a, n + 1);
    if (n <= sizeof stack)
        memcpy(p, stack, n);
    else if (json_dumpb(v, p, n, flags) != n)
        return ERR_INTERNAL;
    *out_r = (struct str){p, n};
    return ERR_OK;
}

static struct key derive(const struct key *master, const char *what)
{
    struct hash h = KEYED_HASH(master, str_of(what));
    struct key k;
    memcpy(k.b, h.b, sizeof k.b);
    return k;
}

struct keyring keyring_from_master(const struct key *master)
{
    return (struct keyring){.wrap = derive(master, "wrap stream keys 1"), .pepper = derive(master, "personal numbers 1")};
}

void stream_key_wrap(const struct keyring *k, struct entropy *e, struct id stream, const struct key *key,
                     unsigned char out[SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES])
{
    unsigned char nonce[SEAL_NONCE_BYTES];
    entropy_bytes(e, nonce, sizeof nonce);
    seal(&k->wrap, nonce, str_bytes(key->b, KEY_BYTES), id_str(&stream), out);
}

enum err stream_key_load(const struct keyring *k, struct db *db, struct str home_unit, struct id stream, struct key *key_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_KEY, p_text(home_unit), p_bytes(id_str(&stream)));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    struct str wrapped = row_str(&r, 0);
    if (wrapped.n != SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES || !unseal(&k->wrap, wrapped, id_str(&stream), key_r->b))
        return ERR_CORRUPT;
    return rows_end(&r);
}

/* What a sealed text is bound to: it cannot be moved to another event. */
static struct str binding(char *out, size_t size, struct str home_unit, struct id stream, int64_t seq)
{
    size_t n = home_unit.n < UNIT_CODE_MAX ? home_unit.n : UNIT_CODE_MAX;
    if (n + ID_BYTES + 9 > size)
        abort();
    memcpy(out, home_unit.p, n);
    out[n++] = 0;
    memcpy(out + n, stream.b, ID_BYTES);
    n += ID_BYTES;
    for (int i = 0; i < 8; i++)
        out[n++] = (char)((uint64_t)seq >> (56 - 8 * i));
    return str_bytes(out, n);
}

enum err personal_seal(struct arena *a, const struct key *key, struct entropy *e, struct str home_unit, struct id stream, int64_t seq,
                       const json_t *personal, struct str *base64_r)
{
    struct str text;
    enum err err = canonical_json(a, personal, &text);
    if (err)
        return err;
    char bound[80];
    unsigned char nonce[SEAL_NONCE_BYTES];
    entropy_bytes(e, nonce, sizeof nonce);
    size_t n = text.n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES;
    unsigned char *sealed = arena_alloc(a, n);
    seal(key, nonce, text, binding(bound, sizeof bound, home_unit, stream, seq), sealed);
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *out = arena_alloc(a, size);
    sodium_bin2base64(out, size, sealed, n, sodium_base64_VARIANT_ORIGINAL);
    *base64_r = str_of(out);
    return ERR_OK;
}

json_t *personal_open(const struct key *key, const struct event *e, const json_t *payload)
{
    const json_t *field = json_object_get(payload, "sealed");
    if (!key || !json_is_string(field))
        return NULL;
    size_t n64 = json_string_length(field), n = 0;
    unsigned char *sealed = malloc(n64 + 1), *plain = malloc(n64 + 1);
    json_t *out = NULL;
    char bound[80];
    if (!sealed || !plain)
        abort();
    if (sodium_base642bin(sealed, n64 + 1, json_string_value(field), n64, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) == 0
        && unseal(key, str_bytes(sealed, n), binding(bound, sizeof bound, e->home_unit, e->stream, e->seq), plain))
        out = json_loadb((const char *)plain, n - SEAL_NONCE_BYTES - SEAL_TAG_BYTES, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    sodium_memzero(plain, n64 + 1);
    free(sealed);
    free(plain);
    return out;
}

struct hash personal_hash(const struct keyring *k, const char *what, struct str number)
{
    return KEYED_HASH(&k->pepper, str_of(what), number);
}

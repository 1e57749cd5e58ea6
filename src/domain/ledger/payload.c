/* Payloads: canonical JSON, and the personal fields sealed in it. See ledger.h. */
#include "domain/ledger/ledger.h"
#include "base/buf.h"
#include <sodium.h>
#include <stdlib.h>

enum { DEPTH_MAX = 32 };
static const int64_t INTEGER_MAX = (int64_t)1 << 53;

/* --- canonical JSON: keys in byte order, no space, integers within 2^53, no byte that could be read another way --- */

struct member {
    const char *key;
    const json_t *value;
};

static int by_key(const void *x, const void *y) { return strcmp(((const struct member *)x)->key, ((const struct member *)y)->key); }

static bool write_value(struct arena *a, struct buf *b, const json_t *v, int depth);

static bool write_object(struct arena *a, struct buf *b, const json_t *v, int depth)
{
    struct member *m = ARENA_ARRAY(a, struct member, json_object_size(v) + 1);
    size_t n = 0;
    const char *key;
    json_t *child, *o = (json_t *)(uintptr_t)v; /* jansson's iteration wants it without const, and changes nothing */
    json_object_foreach(o, key, child) {
        size_t bytes = json_object_iter_key_len(json_object_key_to_iter(key));
        for (size_t i = 0; i < bytes; i++)
            if ((unsigned char)key[i] >= 0x80 || !key[i])
                return false;
        m[n++] = (struct member){key, child};
    }
    qsort(m, n, sizeof *m, by_key);
    buf_char(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(b, ',');
        buf_json_str(b, str_of(m[i].key));
        buf_char(b, ':');
        if (!write_value(a, b, m[i].value, depth + 1))
            return false;
    }
    buf_char(b, '}');
    return true;
}

static bool write_array(struct arena *a, struct buf *b, const json_t *v, int depth)
{
    size_t i;
    json_t *child;
    buf_char(b, '[');
    json_array_foreach(v, i, child) {
        if (i)
            buf_char(b, ',');
        if (!write_value(a, b, child, depth + 1))
            return false;
    }
    buf_char(b, ']');
    return true;
}

static bool write_value(struct arena *a, struct buf *b, const json_t *v, int depth)
{
    if (depth > DEPTH_MAX)
        return false;
    switch (json_typeof(v)) {
    case JSON_REAL: return false;
    case JSON_INTEGER: buf_i64(b, json_integer_value(v)); return json_integer_value(v) <= INTEGER_MAX && json_integer_value(v) >= -INTEGER_MAX;
    case JSON_OBJECT: return write_object(a, b, v, depth);
    case JSON_ARRAY: return write_array(a, b, v, depth);
    case JSON_STRING: {
        struct str s = str_bytes(json_string_value(v), json_string_length(v));
        buf_json_str(b, s);
        return !memchr(s.p, 0, s.n); /* could not be read again */
    }
    case JSON_TRUE: buf_c(b, "true"); return true;
    case JSON_FALSE: buf_c(b, "false"); return true;
    case JSON_NULL: buf_c(b, "null"); return true;
    }
    return false;
}

enum err canonical_json(struct arena *a, const json_t *v, struct str *out_r)
{
    struct buf b _buf_ = BUF_MAX(EVENT_PAYLOAD_MAX);
    buf_reserve(&b, 2048); /* most */
    if (!v || !write_value(a, &b, v, 0) || b.overflow)
        return ERR_INVALID;
    *out_r = str_dup(a, buf_view(&b));
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

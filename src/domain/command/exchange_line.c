/* The one canonical form of each line: keys in byte order, no blanks, no escape that JSON does not require. Written by hand because the
 * reader must refuse every other form, which a JSON library is made to accept. */
#include "domain/command/exchange_private.h"
#include "base/buf.h"
#include <sodium.h>
#include <stdlib.h>

static const int64_t JSON_INTEGER_MAX = (int64_t)1 << 53;

static bool utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    while (p < end) {
        uint64_t eight;
        while (end - p >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0))
            p += 8;
        if (p == end)
            break;
        if (*p < 0x80) {
            p++;
            continue;
        }
        int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
        uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
        uint32_t code = *p & (0x3fu >> more);
        if (*p < 0xc2 || *p > 0xf4 || end - p <= more)
            return false;
        for (int i = 1; i <= more; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (p[i] & 0x3fu);
        }
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
        p += more + 1;
    }
    return true;
}

/* --- writing --- */

static void key_str(struct buf *b, const char *key, struct str s)
{
    buf_c(b, key);
    buf_json_str(b, s);
}

static void key_i64(struct buf *b, const char *key, int64_t v)
{
    buf_c(b, key);
    buf_i64(b, v);
}

static void key_hex(struct buf *b, const char *key, const void *p, size_t n)
{
    buf_c(b, key);
    buf_char(b, '"');
    buf_hex(b, p, n);
    buf_char(b, '"');
}

const char *event_sizes(const struct event *e)
{
    if (e->home_unit.n < 1 || e->home_unit.n > UNIT_CODE_MAX || e->unit.n > UNIT_CODE_MAX)
        return "the name of a unit is empty or too long";
    if (e->type.n < 1 || e->type.n > EVENT_TYPE_MAX)
        return "the type is empty or too long";
    if (e->actor.n > ACTOR_MAX || e->basis.n > BASIS_MAX)
        return "the actor or the legal basis is too long";
    if (e->payload.n > EVENT_PAYLOAD_MAX)
        return "the payload is larger than 1 MiB";
    return NULL;
}

void line_write_header(struct buf *b, int64_t units, int64_t events, bool rehearsal, const struct hash *root)
{
    key_i64(b, "{\"events\":", events);
    key_str(b, ",\"format\":", STR(EXPORT_FORMAT));
    key_i64(b, ",\"rehearsal\":", rehearsal);
    key_hex(b, ",\"root\":", root->b, HASH_BYTES);
    key_i64(b, ",\"units\":", units);
    buf_char(b, '}');
}

bool line_write_event(struct buf *b, const struct event *e)
{
    if (event_sizes(e) || !utf8(e->home_unit) || !utf8(e->type) || !utf8(e->actor) || !utf8(e->unit) || !utf8(e->basis) || !utf8(e->payload))
        return false;
    key_str(b, "{\"actor\":", e->actor);
    key_i64(b, ",\"at\":", e->at);
    key_str(b, ",\"basis\":", e->basis);
    key_hex(b, ",\"hash\":", e->hash.b, HASH_BYTES);
    key_str(b, ",\"home_unit\":", e->home_unit);
    key_str(b, ",\"payload\":", e->payload);
    key_i64(b, ",\"pos\":", e->pos);
    key_hex(b, ",\"salt\":", e->salt, SALT_BYTES);
    key_i64(b, ",\"seq\":", e->seq);
    key_hex(b, ",\"stream\":", e->stream.b, ID_BYTES);
    key_str(b, ",\"type\":", e->type);
    key_str(b, ",\"unit\":", e->unit);
    key_i64(b, ",\"version\":", e->version);
    buf_char(b, '}');
    return !b->overflow;
}

bool line_write_dataset(struct buf *b, struct str name, struct str packed, const struct hash *sha256)
{
    if (!utf8(name) || packed.n > DATASET_PACKED_MAX)
        return false;
    key_str(b, "{\"dataset\":", name);
    buf_c(b, ",\"packed\":\"");
    size_t n = sodium_base64_ENCODED_LEN(packed.n, sodium_base64_VARIANT_ORIGINAL); /* with the NUL */
    if (buf_reserve(b, n)) {
        sodium_bin2base64(b->p + b->n, n, (const unsigned char *)packed.p, packed.n, sodium_base64_VARIANT_ORIGINAL);
        b->n += n - 1;
    }
    key_hex(b, "\",\"sha256\":", sha256->b, HASH_BYTES);
    buf_char(b, '}');
    return !b->overflow;
}

void line_write_end(struct buf *b, int64_t lines, const struct hash *sha256)
{
    key_i64(b, "{\"end\":true,\"lines\":", lines);
    key_hex(b, ",\"sha256\":", sha256->b, HASH_BYTES);
    buf_char(b, '}');
}

void line_write_keys_header(struct buf *b, const struct hash *root)
{
    key_str(b, "{\"format\":", STR(KEYS_FORMAT));
    key_hex(b, ",\"root\":", root->b, HASH_BYTES);
    key_str(b, ",\"warning\":", STR(KEYS_WARNING));
    buf_char(b, '}');
}

void line_write_key(struct buf *b, struct str home_unit, const struct id *stream, const struct key *key)
{
    key_str(b, "{\"home_unit\":", home_unit);
    key_hex(b, ",\"key\":", key->b, KEY_BYTES);
    key_hex(b, ",\"stream\":", stream->b, ID_BYTES);
    buf_char(b, '}');
}

/* --- reading --- */

struct scan {
    const char *p, *end;
    struct buf *text; /* room for all strings of the line was reserved: they do not move */
    const char *wrong;
};

static bool wrong(struct scan *s, const char *what)
{
    if (!s->wrong)
        s->wrong = what;
    return false;
}

static bool literal(struct scan *s, const char *l)
{
    size_t n = strlen(l);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, l, n) != 0)
        return wrong(s, "it is not one of the known lines in canonical form: keys missing, in another order, or blanks");
    s->p += n;
    return true;
}

static bool integer(struct scan *s, int64_t least, int64_t *v_r)
{
    const char *from = s->p;
    if (s->p < s->end && *s->p == '-')
        s->p++;
    const char *digits = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    if (digits == s->p || (*digits == '0' && (s->p - digits > 1 || digits != from)) || !str_to_i64(str_bytes(from, (size_t)(s->p - from)), v_r))
        return wrong(s, "a number is missing or not in canonical form");
    if (*v_r < least || *v_r > JSON_INTEGER_MAX)
        return wrong(s, "a number is out of range");
    return true;
}

static int lower_hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static bool hex(struct scan *s, unsigned char *out, size_t n)
{
    if ((size_t)(s->end - s->p) < 2 * n + 2 || s->p[0] != '"' || s->p[2 * n + 1] != '"')
        return wrong(s, "a hash, salt or id has another length");
    for (size_t i = 0; i < n; i++) {
        int hi = lower_hex(s->p[1 + 2 * i]), lo = lower_hex(s->p[2 + 2 * i]);
        if (hi < 0 || lo < 0)
            return wrong(s, "a hash, salt or id is not lower-case hexadecimal");
        out[i] = (unsigned char)(hi << 4 | lo);
    }
    s->p += 2 * n + 2;
    return true;
}

/* After the backslash; -1 when canonical JSON would not have escaped it, or not so. */
static int escaped(struct scan *s)
{
    static const char letter[] = "\"\\nrtbf", value[] = "\"\\\n\r\t\b\f";
    if (s->p == s->end)
        return -1;
    char c = *s->p++;
    const char *at = c ? strchr(letter, c) : NULL;
    if (at)
        return value[at - letter];
    if (c != 'u' || s->end - s->p < 4 || memcmp(s->p, "00", 2) != 0)
        return -1;
    int hi = lower_hex(s->p[2]), lo = lower_hex(s->p[3]);
    s->p += 4;
    int v = hi * 16 + lo;
    return hi < 0 || lo < 0 || v >= 0x20 || (v && strchr("\n\r\t\b\f", v)) ? -1 : v;
}

static bool string(struct scan *s, struct str *out_r)
{
    char *to = s->text->p + s->text->n;
    size_t n = 0;
    if (s->p == s->end || *s->p != '"')
        return wrong(s, "a text is missing");
    for (s->p++;;) {
        const char *from = s->p;
        while (s->p < s->end && *s->p != '"' && *s->p != '\\' && (unsigned char)*s->p >= 0x20)
            s->p++;
        memcpy(to + n, from, (size_t)(s->p - from));
        n += (size_t)(s->p - from);
        if (s->p == s->end)
            return wrong(s, "a text has no end");
        char c = *s->p++;
        if (c == '"')
            break;
        int v = c == '\\' ? escaped(s) : -1;
        if (v < 0)
            return wrong(s, "a text is not escaped in canonical form");
        to[n++] = (char)v;
    }
    s->text->n += n;
    *out_r = str_bytes(to, n);
    return true;
}

/* A text that goes into a column of text: NUL has no place there. */
static bool name(struct scan *s, struct str *out_r)
{
    return string(s, out_r) && (memchr(out_r->p, 0, out_r->n) == NULL || wrong(s, "a name holds a NUL"));
}

static bool header(struct scan *s, struct line *l)
{
    l->kind = LINE_HEADER;
    return literal(s, "{\"events\":") && integer(s, 0, &l->events) && literal(s, ",\"format\":\"" EXPORT_FORMAT "\",\"rehearsal\":") && integer(s, 0, &l->rehearsal)
        && (l->rehearsal <= 1 || wrong(s, "rehearsal is 0 or 1")) && literal(s, ",\"root\":") && hex(s, l->hash.b, HASH_BYTES) && literal(s, ",\"units\":") && integer(s, 0, &l->units) && literal(s, "}");
}

static bool dataset(struct scan *s, struct line *l)
{
    struct str base64;
    size_t n = 0;
    l->kind = LINE_DATASET;
    if (!literal(s, "{\"dataset\":") || !name(s, &l->name) || !literal(s, ",\"packed\":") || !string(s, &base64)
        || !literal(s, ",\"sha256\":") || !hex(s, l->hash.b, HASH_BYTES) || !literal(s, "}"))
        return false;
    if (l->name.n < 1 || l->name.n > 200)
        return wrong(s, "the name of a dataset is empty or too long");
    if (base64.n / 4 * 3 > DATASET_PACKED_MAX + 2)
        return wrong(s, "a dataset is larger than 32 MiB");
    /* decoded over itself: it only gets shorter */
    unsigned char *packed = (unsigned char *)s->text->p + (base64.p - s->text->p);
    char *copy = malloc(base64.n + 1);
    if (!copy)
        abort();
    memcpy(copy, base64.p, base64.n);
    const char *end = NULL;
    bool ok = sodium_base642bin(packed, base64.n, copy, base64.n, NULL, &n, &end, sodium_base64_VARIANT_ORIGINAL) == 0 && end == copy + base64.n;
    free(copy);
    l->packed = str_bytes(packed, n);
    return ok || wrong(s, "a dataset is not base64");
}

static bool event(struct scan *s, struct line *l)
{
    struct event *e = &l->event;
    l->kind = LINE_EVENT;
    bool ok = literal(s, "{\"actor\":") && name(s, &e->actor) && literal(s, ",\"at\":") && integer(s, -JSON_INTEGER_MAX, &e->at)
        && literal(s, ",\"basis\":") && name(s, &e->basis) && literal(s, ",\"hash\":") && hex(s, e->hash.b, HASH_BYTES)
        && literal(s, ",\"home_unit\":") && name(s, &e->home_unit) && literal(s, ",\"payload\":") && string(s, &e->payload)
        && literal(s, ",\"pos\":") && integer(s, 1, &e->pos) && literal(s, ",\"salt\":") && hex(s, e->salt, SALT_BYTES)
        && literal(s, ",\"seq\":") && integer(s, 1, &e->seq) && literal(s, ",\"stream\":") && hex(s, e->stream.b, ID_BYTES)
        && literal(s, ",\"type\":") && name(s, &e->type) && literal(s, ",\"unit\":") && name(s, &e->unit) && literal(s, ",\"version\":")
        && integer(s, 0, &e->version) && literal(s, "}");
    const char *size = ok ? event_sizes(e) : NULL;
    return ok && (!size || wrong(s, size));
}

static bool end(struct scan *s, struct line *l)
{
    l->kind = LINE_END;
    return literal(s, "{\"end\":true,\"lines\":") && integer(s, 0, &l->lines) && literal(s, ",\"sha256\":") && hex(s, l->hash.b, HASH_BYTES)
        && literal(s, "}");
}

static bool keys_header(struct scan *s, struct line *l)
{
    l->kind = LINE_KEYS_HEADER;
    return literal(s, "{\"format\":\"" KEYS_FORMAT "\",\"root\":") && hex(s, l->hash.b, HASH_BYTES)
        && literal(s, ",\"warning\":\"" KEYS_WARNING "\"}");
}

static bool key(struct scan *s, struct line *l)
{
    l->kind = LINE_KEY;
    if (!literal(s, "{\"home_unit\":") || !name(s, &l->event.home_unit) || !literal(s, ",\"key\":") || !hex(s, l->key.b, KEY_BYTES)
        || !literal(s, ",\"stream\":") || !hex(s, l->event.stream.b, ID_BYTES) || !literal(s, "}"))
        return false;
    return (l->event.home_unit.n >= 1 && l->event.home_unit.n <= UNIT_CODE_MAX) || wrong(s, "the name of a unit is empty or too long");
}

const char *line_parse(struct str line, struct buf *text, struct line *line_r)
{
    static const struct {
        const char *first;
        bool (*read)(struct scan *s, struct line *l);
    } kind[] = {{"{\"actor\":", event}, {"{\"dataset\":", dataset}, {"{\"end\":", end}, {"{\"events\":", header}, {"{\"format\":", keys_header},
                {"{\"home_unit\":", key}};
    buf_clear(text);
    if (!buf_reserve(text, line.n + 1))
        return "it is too long";
    *line_r = (struct line){0};
    if (!utf8(line))
        return "it is not UTF-8";
    struct scan s = {line.p, line.p + line.n, text, NULL};
    for (size_t i = 0; i < ARRAY_LEN(kind); i++)
        if (str_has_prefix(line, str_of(kind[i].first))) {
            if (kind[i].read(&s, line_r) && s.p != s.end)
                wrong(&s, "something follows its closing brace");
            return s.wrong;
        }
    return "it is not one of the known lines";
}

/* Strict JSON: what we accept is what we can store, hash and send again without a change of meaning (design: integers up to
 * 2^53, no floats, UTF-8, no duplicate keys). Depth is counted before the parser recurses. */
#include "http/http_private.h"

enum { JSON_DEPTH_MAX = 32 };
#define JSON_INTEGER_MAX ((json_int_t)1 << 53)

static bool too_deep(struct str s)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH_MAX)
                return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

/* Appends "/name" with ~ and / escaped; names longer than a complaint can hold are cut. */
static void pointer_add(struct buf *at, const char *name, size_t n)
{
    buf_char(at, '/');
    for (size_t i = 0; i < n; i++)
        if (name[i] == '~')
            buf_c(at, "~0");
        else if (name[i] == '/')
            buf_c(at, "~1");
        else
            buf_char(at, name[i]);
}

static const char *pointer_of(struct buf *at, char out[96])
{
    size_t n = at->n < 95 ? at->n : 95;
    while (n && n < at->n && ((unsigned char)at->p[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a character */
    memcpy(out, at->p ? at->p : "", n);
    out[n] = '\0';
    return out;
}

static void walk(const json_t *v, struct buf *at, struct fail *f)
{
    char pointer[96];
    size_t n = at->n;
    if (json_is_real(v)) {
        (void)fail_add(f, ERR_MALFORMED, NULL, pointer_of(at, pointer), "json.float", NULL);
    } else if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        if (i > JSON_INTEGER_MAX || i < -JSON_INTEGER_MAX)
            (void)fail_add(f, ERR_MALFORMED, NULL, pointer_of(at, pointer), "json.integer", NULL);
    } else if (json_is_array(v)) {
        size_t i;
        const json_t *item;
        json_array_foreach(v, i, item)
        {
            buf_printf(at, "/%zu", i);
            walk(item, at, f);
            at->n = n;
            at->overflow = false;
        }
    } else if (json_is_object(v)) {
        const char *key;
        json_t *item, *object = (json_t *)(uintptr_t)v; /* the library's walk wants it writable */
        json_object_foreach(object, key, item)
        {
            pointer_add(at, key, strlen(key));
            walk(item, at, f);
            at->n = n;
            at->overflow = false;
        }
    }
}

static const char *code_of(const json_error_t *e)
{
    switch (json_error_code(e)) {
    case json_error_duplicate_key: return "json.duplicate";
    case json_error_invalid_utf8: return "json.utf8";
    case json_error_numeric_overflow: return "json.integer";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "json.nul";
    case json_error_stack_overflow: return "json.depth";
    default: return "json.syntax";
    }
}

enum err json_strict(struct str text, json_t **json_r, struct fail *f)
{
    *json_r = NULL;
    if (!str_trim(text).n)
        return fail_add(f, ERR_MALFORMED, NULL, "", "json.empty", NULL);
    if (too_deep(text))
        return fail_add(f, ERR_MALFORMED, NULL, "", "json.depth", "%d", JSON_DEPTH_MAX);
    json_error_t e;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &e);
    if (!v) /* where, never what: the text may be personal */
        return fail_add(f, ERR_MALFORMED, NULL, "", code_of(&e), "%d:%d", e.line, e.column);
    struct buf at _buf_ = BUF_MAX(4096);
    struct fail found = {0};
    walk(v, &at, &found);
    if (found.err) {
        json_decref(v);
        for (size_t i = 0; i < found.n; i++)
            (void)fail_add(f, found.err, NULL, found.item[i].pointer, found.item[i].code, NULL);
        return f->err;
    }
    *json_r = v;
    return ERR_OK;
}

static void drop(void *v) { json_decref(v); }

enum err request_json(struct request *r, json_t **json_r, struct fail *f)
{
    enum err err = json_strict(request_body(r), json_r, f);
    if (!err)
        arena_on_reset(r->arena, drop, *json_r);
    return err;
}

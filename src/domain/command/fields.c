/* See fields.h. */
#include "domain/command/fields.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdio.h>

struct fields fields_of(struct decision *d, const char *rule)
{
    return (struct fields){d, rule, d->command->payload, arena_json(d->arena, json_object())};
}

enum err fields_wrong(struct fields *k, const char *field, const char *code)
{
    char pointer[80];
    snprintf(pointer, sizeof pointer, "/%s", field);
    return fail_add(&k->d->fail, ERR_INVALID, k->rule, pointer, code, NULL);
}

static bool absent(const json_t *v) { return !v || json_is_null(v); }

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

struct str fields_text(struct fields *k, const char *field, size_t max, bool required)
{
    const json_t *v = json_object_get(k->in, field);
    struct str s = str_trim(get_s(k->in, field)), nfc = STR("");
    if (!absent(v) && !json_is_string(v))
        fields_wrong(k, field, "field.not-text");
    else if (!s.n && required)
        fields_wrong(k, field, "field.required");
    else if (s.n > max)
        fields_wrong(k, field, "field.too-long");
    else if (s.n && (has_control(s) || vn_nfc(k->d->arena, s, &nfc)))
        fields_wrong(k, field, "field.characters");
    put_s(k->out, field, nfc);
    return nfc;
}

int fields_choice(struct fields *k, const char *field, const char *const *words, bool required)
{
    struct str s = fields_text(k, field, 40, required);
    for (int i = 0; s.n && words[i]; i++)
        if (str_is(s, words[i]))
            return i;
    if (s.n)
        fields_wrong(k, field, "field.choice");
    return -1;
}

int64_t fields_int(struct fields *k, const char *field, int64_t min, int64_t max, int64_t otherwise, bool required)
{
    const json_t *v = json_object_get(k->in, field);
    int64_t i = absent(v) ? otherwise : json_integer_value(v);
    if (absent(v) && required)
        fields_wrong(k, field, "field.required");
    else if (!absent(v) && !json_is_integer(v))
        fields_wrong(k, field, "field.not-number");
    else if (!absent(v) && (i < min || i > max))
        fields_wrong(k, field, "field.range");
    put_i(k->out, field, i);
    return i;
}

int64_t fields_day(struct fields *k, const char *field, int64_t otherwise, bool required)
{
    struct str s = fields_text(k, field, 10, required);
    int64_t day = otherwise;
    if (s.n && !date_parse(s, &day))
        fields_wrong(k, field, "field.date");
    return day;
}

void fields_validity(struct fields *k, int64_t *from_r, int64_t *to_r)
{
    *from_r = fields_day(k, "valid_from", 0, true);
    *to_r = fields_day(k, "valid_to", INT64_MAX, false);
    if (*to_r < *from_r)
        fields_wrong(k, "valid_to", "date.order");
}

/* --- the names that a payload may have --- */

enum { POINTER_MAX = 96 };

/* The end of the word at `s`, with its {…}. */
static const char *word_end(const char *s)
{
    int depth = 0;
    while (*s && (depth || *s != ' ') && !(*s == '}' && !depth)) {
        depth += *s == '{' ? 1 : *s == '}' ? -1 : 0;
        s++;
    }
    return s;
}

/* What stands in the braces of `name`; "" without braces; no text (p NULL) where `known` has no such name. */
static struct str members_of(struct str known, const char *name)
{
    const char *s = known.p, *end = known.p + known.n;
    size_t n = strlen(name);
    while (s < end) {
        const char *stop = word_end(s);
        if (strncmp(s, name, n) == 0 && (s + n == stop || s[n] == '{'))
            return s[n] == '{' ? str_bytes(s + n + 1, (size_t)(stop - s) - n - 2) : STR("");
        s = stop + (stop < end);
    }
    return STR_NONE;
}

static void known_members(struct fail *f, const json_t *in, const char *pointer, struct str known)
{
    const char *key;
    json_t *v, *item;
    size_t i;
    char at[POINTER_MAX];
    if (json_is_array(in))
        json_array_foreach(in, i, item) {
            snprintf(at, sizeof at, "%.60s/%zu", pointer, i);
            known_members(f, item, at, known);
        }
    json_object_foreach((json_t *)(uintptr_t)in, key, v) {
        struct str members = members_of(known, key);
        snprintf(at, sizeof at, "%.60s/%.30s", pointer, key);
        if (!members.p)
            fail_add(f, ERR_INVALID, NULL, at, "field.unknown", NULL);
        else if (members.n)
            known_members(f, v, at, members);
    }
}

void fields_known_only(struct fail *f, const json_t *in, const char *pointer, const char *known) { known_members(f, in, pointer, str_of(known)); }

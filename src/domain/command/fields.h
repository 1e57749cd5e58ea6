/* The fields of a command's payload that are plain facts: read, checked, and written into the event under the same name. A complaint goes to the
 * decision with a pointer to the field; reading goes on, so that a person sees all that is wrong at once. Pure. */
#pragma once
#include "domain/command/command.h"

struct fields {
    struct decision *d;
    const char *rule;   /* of complaints */
    const json_t *in;
    json_t *out;
};
struct fields fields_of(struct decision *d, const char *rule);
enum err fields_wrong(struct fields *k, const char *field, const char *code);

/* Trimmed, NFC, at most max bytes, no control characters; "" when absent. */
struct str fields_text(struct fields *k, const char *field, size_t max, bool required);
/* One of these words (the list ends with NULL); its number, or -1. */
int fields_choice(struct fields *k, const char *field, const char *const *words, bool required);
/* Within min … max; `absent` when absent and not required. */
int64_t fields_int(struct fields *k, const char *field, int64_t min, int64_t max, int64_t absent, bool required);
/* "2026-11-21" as a day; `absent` when absent and not required. */
int64_t fields_day(struct fields *k, const char *field, int64_t absent, bool required);
/* First and last day: valid_from required, valid_to open as INT64_MAX and not before valid_from. */
void fields_validity(struct fields *k, int64_t *from_r, int64_t *to_r);

/* A field that nobody reads would be lost without a word: "field.unknown" for each member of `in`, below `pointer`, that `known` does not name.
 * `known`: names parted by blanks; a name with {…} is an object, or a list of objects, with these members only; what any other holds is
 * looked at by whoever reads it. */
void fields_known_only(struct fail *f, const json_t *in, const char *pointer, const char *known);

static inline void put_i(json_t *o, const char *k, int64_t v) { json_object_set_new(o, k, json_integer(v)); }
static inline void put_s(json_t *o, const char *k, struct str v) { json_object_set_new(o, k, json_stringn(v.p ? v.p : "", v.n)); }
static inline struct str get_s(const json_t *o, const char *k)
{
    const json_t *v = json_object_get(o, k);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}
static inline int64_t get_i(const json_t *o, const char *k) { return json_integer_value(json_object_get(o, k)); }

/* Walks JSON text by slices, without building a tree: for the lines of procedures.jsonl, of which a call needs a few parts, ten
 * thousand times a second. Values come as raw slices, ready to be copied into another JSON text. Private to this folder. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

/* The next `key: value` of an object, or value of an array. `*rest` starts as the whole object or array and is consumed; false at its
 * end, and with *bad_r when the text is not JSON. key_r is without quotes and not unescaped. */
bool json_next_member(struct str *rest, struct str *key_r, struct str *value_r, bool *bad_r);
bool json_next_item(struct str *rest, struct str *value_r, bool *bad_r);
static inline bool json_is_string(struct str v) { return v.n >= 2 && v.p[0] == '"'; }
static inline bool json_is_array(struct str v) { return v.n >= 2 && v.p[0] == '['; }
/* The text of a string value: a slice where nothing is escaped, else in the arena. Empty for anything else. */
struct str json_text(struct arena *a, struct str value);
/* A small whole number; `otherwise` for anything else. */
int json_int(struct str value, int otherwise);

/* Length-carrying strings. `struct str` is used everywhere inside; C strings only at the borders (libraries, argv, literals).
 * A str never owns its bytes: they belong to an arena, a buf, a library object or a literal. It need not end in NUL. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

struct arena;

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf: "%.*s", PRS(s). */
#define PRS(s) (int)(s).n, (s).p ? (s).p : ""
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline struct str str_of(const char *c) { return c ? (struct str){c, strlen(c)} : STR_NONE; }
static inline struct str str_bytes(const void *p, size_t n) { return (struct str){(const char *)p, n}; }
static inline bool str_empty(struct str s) { return s.n == 0; }
static inline bool str_eq(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool str_is(struct str a, const char *c) { return str_eq(a, str_of(c)); }
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
/* Byte order; a shorter string that is a prefix comes first. */
int str_cmp(struct str a, struct str b);
/* Index of the first byte c, or -1. */
ptrdiff_t str_find_char(struct str s, char c);
/* Index of the first occurrence, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
/* The part from byte `from`, at most `n` bytes; clamped to the string. */
struct str str_sub(struct str s, size_t from, size_t n);
/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);
/* Takes the piece before the first `sep` (or all) off *rest_r; false when *rest_r was exhausted (p == NULL). */
bool str_next(struct str *rest_r, char sep, struct str *piece_r);
/* Whole string is a decimal int64 (optional '-'); false otherwise or on overflow. */
bool str_to_i64(struct str s, int64_t *v_r);
bool str_all_digits(struct str s);
/* Copies into the arena; the copy ends in NUL beyond its n bytes, so .p may go to a C library. */
struct str str_dup(struct arena *a, struct str s);
const char *str_c(struct arena *a, struct str s);
struct str str_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* FNV-1a over the bytes; for tables in memory only, never stored. */
uint64_t str_hash(struct str s);

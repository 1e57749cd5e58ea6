/* A growing byte buffer with a mandatory maximum. Past the maximum it keeps what it has, sets `overflow` and ignores the rest:
 * the caller checks once at the end. Owns its memory (malloc); free with buf_free or declare with _buf_. */
#pragma once
#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
    bool overflow;
};

#define BUF_MAX(limit) ((struct buf){.max = (limit)})
#define _buf_ __attribute__((cleanup(buf_free)))

void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* Room for n more bytes without moving; false (and overflow) when that passes the maximum. */
bool buf_reserve(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *p, size_t n);
static inline void buf_str(struct buf *b, struct str s) { buf_put(b, s.p, s.n); }
static inline void buf_c(struct buf *b, const char *c) { buf_put(b, c, strlen(c)); }
static inline void buf_char(struct buf *b, char c) { buf_put(b, &c, 1); }
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *b, const void *p, size_t n);
/* A JSON string with quotes; s must be valid UTF-8. Escapes only what JSON requires ('"', '\\', below 0x20). */
void buf_json_str(struct buf *b, struct str s);
static inline struct str buf_view(const struct buf *b) { return (struct str){b->p, b->n}; }

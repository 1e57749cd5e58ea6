/* What a message code says to a person, in plain Vietnamese and in English: docs/messages.tsv, compiled to a table. */
#pragma once
#include "base/buf.h"

enum language { LANGUAGE_VI, LANGUAGE_EN };
struct message {
    const char *code, *text[2]; /* by enum language; at most one %s, for the parameter */
};
extern const struct message messages[];
extern const size_t message_count;

/* Writes the sentence; false when the code has none (a test keeps every code of the source in the table). */
bool message_write(struct buf *out, const char *code, const char *param, enum language language);

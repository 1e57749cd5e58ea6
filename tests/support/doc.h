/* An aggregate for tests of replay, export and import: a document with a title and a person's name, that writes a row into every
 * projection table there is. Its events are appended without the way of a command, so that payloads may be odd.
 *
 *   struct doc_maker *m = doc_maker_new(f->store, &keyring);
 *   struct id id = doc_make(m, "91", "{\"title\":\"…\"}", "Nguyễn Văn A");   one transaction, projected as a live command does
 *   doc_change(m, "91", id, "{\"title\":\"…\"}");
 *   doc_erase(m, "91", id); */
#pragma once
#include "domain/command/command.h"

extern const struct aggregate doc_aggregate;
extern const struct aggregate *const doc_aggregates[]; /* with toy_aggregate */
enum { DOC_AGGREGATES = 2 };

struct doc_maker;
struct doc_maker *doc_maker_new(struct store *s, const struct keyring *k);
void doc_maker_free(struct doc_maker **m);
struct id doc_make(struct doc_maker *m, const char *unit, const char *payload, const char *name);
void doc_change(struct doc_maker *m, const char *unit, struct id id, const char *payload);
void doc_erase(struct doc_maker *m, const char *unit, struct id id);
/* Several changes as one command. */
void doc_change_twice(struct doc_maker *m, const char *unit, struct id id, const char *first, const char *second);
/* What follows shares one transaction. */
void doc_begin(struct doc_maker *m);
void doc_commit(struct doc_maker *m);

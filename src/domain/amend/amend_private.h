/* Shared by the files of this folder. */
#pragma once
#include "domain/amend/amend.h"
#include "domain/command/fields.h"

enum { AMENDMENTS_MAX = 20000 };

/* What prepare reads. */
struct amend_inputs {
    bool exists; /* another stream of this store */
    struct amendment *list;
    size_t n;
    struct str parameters, holidays; /* packed datasets */
};
enum err amend_prepare(struct decision *d, struct db *db) CHECKED;
const char *amend_command_fields(struct str command);
enum err amend_decide(struct decision *d) CHECKED;
/* The value of an event; ERR_CORRUPT for a type that this release does not know. Texts are copied into the arena. */
enum err amendment_of(struct arena *a, struct str type, const json_t *payload, struct str basis, int64_t seq, struct amendment *out) CHECKED;

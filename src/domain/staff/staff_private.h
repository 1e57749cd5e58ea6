/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/command/fields.h"
#include "domain/staff/staff.h"
#include <stdlib.h>

enum err staff_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void staff_save(struct buf *b, const void *state);
enum err staff_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err staff_prepare(struct decision *d, struct db *db) CHECKED;
const char *staff_command_fields(struct str command);
enum err staff_decide(struct decision *d) CHECKED;
enum err staff_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n) CHECKED;

/* What prepare reads: is this login, or this token's hash, already somebody's? */
struct staff_inputs {
    bool taken;
};

static inline bool staff_is_machine(const struct staff *s) { return str_is(s->kind, "machine"); }
static inline struct str staff_actor_id(struct arena *a, const struct staff *s)
{
    return str_printf(a, "%s:%.*s", staff_is_machine(s) ? "machine" : "staff", PRS(s->login));
}
/* [from, to) with 0 for an open end. */
static inline bool staff_in_force(int64_t from, int64_t to, int64_t now) { return from <= now && (!to || now < to); }
static inline bool staff_ended(int64_t to, int64_t now) { return to && to <= now; }

/* principal.c: also says until when nothing of what was answered can change by time alone. */
enum err staff_principal_until(struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a, struct str token, int64_t now,
                               struct actor *out, int64_t *until_r, struct fail *f) CHECKED;

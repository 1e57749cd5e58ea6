/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/staff/staff.h"
#include <stdlib.h>

enum err staff_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void staff_save(struct buf *b, const void *state);
enum err staff_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err staff_prepare(struct decision *d, struct db *db) CHECKED;
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

static inline void put_i(json_t *o, const char *k, int64_t v) { json_object_set_new(o, k, json_integer(v)); }
static inline void put_s(json_t *o, const char *k, struct str v) { json_object_set_new(o, k, json_stringn(v.p ? v.p : "", v.n)); }
static inline struct str get_s(const json_t *o, const char *k)
{
    const json_t *v = json_object_get(o, k);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}
static inline int64_t get_i(const json_t *o, const char *k) { return json_integer_value(json_object_get(o, k)); }

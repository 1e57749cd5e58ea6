/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/dossier/dossier.h"
#include <stdlib.h>

enum { DOSSIER_TERM_BYTES_MAX = 40 }; /* a word in the index of names is cut there */

enum err dossier_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void dossier_save(struct buf *b, const void *state);
enum err dossier_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err dossier_prepare(struct decision *d, struct db *db) CHECKED;
enum err dossier_decide(struct decision *d) CHECKED;
enum err dossier_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n) CHECKED;

json_t *dossier_results_json(const struct dossier *d);
json_t *dossier_consults_json(const struct dossier *d);
json_t *dossier_pauses_json(const struct dossier *d);

/* What prepare reads: for a submission the next number of the receiving unit on that day. */
struct submit_inputs {
    int64_t code_no;
    const char *not_citable[8]; /* where the payload cites a file that the actor neither brought nor may read */
    size_t not_citable_n;
};
/* cite.c */
enum err dossier_check_citations(struct decision *d, struct db *db, struct submit_inputs *in) CHECKED; /* in prepare */
enum err dossier_refuse_citations(struct decision *d);                                                  /* in decide: complains, gives the kind */
enum err dossier_project_citations(struct db *db, const struct applied *e) CHECKED;
/* result.c */
enum err dossier_project_results(struct db *db, struct arena *a, const struct dossier *d, const struct applied *e) CHECKED;

/* submit.c: checks the whole request, and gives dossier.submitted, with `received` also dossier.received. */
enum err dossier_decide_submit(struct decision *d) CHECKED;

/* A corrected list of parties: checked like a first one, with the owners' hashes; into `personal`. */
enum err dossier_correct_parties(struct decision *d, const json_t *list, json_t *personal) CHECKED;

/* dates.c: everything that turns limits into dates. A refusal is in d->fail. */
struct dates {
    int64_t start_at, due_at, promised_at, hand_over_by;
    bool given;
};
enum err dossier_dates(struct decision *d, const struct dossier *s, int64_t from, bool needs_acceptance, const json_t *payload, struct dates *out) CHECKED;
/* Adds to the event the warnings of the calendar, the dates and the clock. */
void put_dates(json_t *payload, const struct dates *t);
enum err parameter_days(struct decision *d, const char *key, int64_t *days_r) CHECKED;
/* End of the working day that lies `days` working days after now. */
int64_t after_working_days(const struct decision *d, struct str unit, int64_t days);

static inline void put_i(json_t *o, const char *k, int64_t v) { json_object_set_new(o, k, json_integer(v)); }
static inline void put_s(json_t *o, const char *k, struct str v) { json_object_set_new(o, k, json_stringn(v.p ? v.p : "", v.n)); }
static inline struct str get_s(const json_t *o, const char *k)
{
    const json_t *v = json_object_get(o, k);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

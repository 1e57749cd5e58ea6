/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/command/fields.h"
#include "domain/dossier/dossier.h"
#include "domain/party/party.h"
#include <stdlib.h>

enum { DOSSIER_TERM_BYTES_MAX = 40 /* a word in the index is cut there */, DOSSIER_TERMS_MAX = 40 };

enum err dossier_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void dossier_save(struct buf *b, const void *state);
enum err dossier_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err dossier_prepare(struct decision *d, struct db *db) CHECKED;
enum err dossier_decide(struct decision *d) CHECKED;
/* command_fields.c: what a command of this type may say; NULL: no such command. */
const char *dossier_command_fields(struct str command);
/* Who sees it, and the machine itself, which erases what it may not read. */
bool dossier_may_be_known(const void *state, const struct actor *a, int64_t now);
enum err dossier_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n) CHECKED;

size_t dossier_owner_hashes(struct arena *a, const struct keyring *k, const json_t *parties, struct str out[DOSSIER_HASHES_MAX]);
json_t *dossier_results_json(const struct dossier *d);
json_t *dossier_consults_json(const struct dossier *d);
json_t *dossier_pauses_json(const struct dossier *d);
json_t *dossier_approvals_json(const struct dossier *d);
json_t *dossier_sync_json(const struct dossier *d);

struct citation {
    struct hash sha256;
    const char *pointer;
};
/* What prepare reads before a decision, so that the decision itself stays pure. */
struct dossier_inputs {
    int64_t code_no; /* the next number of the receiving unit on that day */
    /* May the principal cite this file (uploaded by herself, or readable through a dossier)? NULL in tests: every well-formed name passes. */
    bool (*may_cite)(const struct dossier_inputs *in, struct str sha256);
    /* Whom the payload names: an active member of staff with all her rights; NULL: nobody is that. */
    const struct actor *approver, *officer;
    bool linked_absent, doubled_absent; /* linked_from, doubled_by: no dossier that the actor may know of */
    struct citation not_citable[8]; /* found by cite.c anywhere in the payload; one more than are told is enough to refuse */
    size_t not_citable_n;
};
/* named.c, in prepare: the people and dossiers that a payload names. */
enum err dossier_find_named(struct decision *d, struct db *db, struct dossier_inputs *in) CHECKED;
/* cite.c */
enum err dossier_check_citations(struct decision *d, struct db *db, struct dossier_inputs *in) CHECKED; /* in prepare */
enum err dossier_refuse_citations(struct decision *d) CHECKED; /* in decide, for places that asked may_cite for none */
enum err dossier_project_citations(struct db *db, const struct applied *e) CHECKED;
/* words.c: the folded words of code and names, each behind a space, as they stand in the dossier's row … */
struct str dossier_words(struct arena *a, struct str code, const json_t *parties);
/* … as it was written last (empty for a dossier that is not there) … */
enum err dossier_words_of(struct db *db, struct arena *a, struct str home, struct id id, struct str *words_r) CHECKED;
/* … and those of them that stand in the index: all from the code's last part on. */
struct dossier_terms {
    struct str term[DOSSIER_TERMS_MAX];
    size_t n;
};
struct dossier_terms dossier_terms(struct arena *a, struct str code, struct str words);
/* Added for one audience or taken away (STMT_DOSSIER_TERM_ADD, _DROP). */
enum err dossier_terms_index(struct db *db, enum stmt_id add_or_drop, struct str audience, struct str home, struct id id, const struct dossier_terms *t) CHECKED;
/* What is counted of a dossier that goes on, besides its submission and receipt: taken out again when it is voided. */
static const struct { const char *type, *name; } dossier_counted_aside[] = {
    {"dossier.supplement_requested", "supplement_requested"}, {"dossier.apologised", "apologised"}, {"dossier.extended", "extended"}};
/* result.c */
enum err dossier_project_results(struct db *db, struct arena *a, const struct dossier *d, const struct applied *e) CHECKED;

/* --- one command on its way through its row of the table --- */

/* What a row asks of the dossier besides its state; decide.c turns each into the refusal. */
enum need {
    BEFORE_RECEIPT = 1,   /* receipt happens once */
    SUPPLEMENT_GIVEN = 2, /* while the applicant's answer is awaited nothing is asked or received */
    ACCEPTED = 4,         /* no work before the competent unit has accepted it */
    RUNNING = 8,          /* the clock does not stand */
    STANDING = 16,
    TO_HAND_OVER = 32,
    TO_ACCEPT = 64,
    CLOSED = 128,
    ISSUED = 256,    /* a result that is in force */
    NAMED = 512,     /* a second person who has not spoken yet */
    ALSO_VOID = 1024, /* also of a voided dossier */
};

struct step {
    struct decision *d;
    const struct dossier *s;
    const struct dossier_rule *rule;
    const json_t *in;
    json_t *out, *personal; /* of the event */
    int to;                 /* DOSSIER_NONE: stays */
};
typedef enum err step_fn(struct step *);
/* decide_receipt.c */
step_fn run_receive, run_refuse, run_request_supplement, run_supplement, run_hand_over, run_accept;
/* decide_work.c */
step_fn run_assign, run_complete_step, run_consult, run_answer, run_propose, run_return_to_step, run_approve, run_reject, run_sign_result, run_deliver;
/* decide_time.c */
step_fn run_extend, run_apologise, run_suspend, run_resume;
/* decide_mend.c */
step_fn run_withdraw, run_take_back, run_stop, run_correct, run_void, run_revoke_result, run_confirm, run_note, run_erase;
/* axis.c */
step_fn run_synchronise;
enum err axis_move(struct step *k, enum dossier_axis axis, const char *to); /* finance or delivery, by the table of changes */

/* step.c: what these functions share. */
enum err wrong(struct step *k, const char *pointer, const char *code);
enum err forbidden_now(struct step *k, const char *rule, const char *code);
/* New state (DOSSIER_NONE: the old one), whose turn, and the clock that runs from now on. */
void move(struct step *k, int to, const char *task, int64_t next_at);
/* A sentence in somebody's own words: personal, so it is sealed. Required unless `optional`. */
enum err sealed_text(struct step *k, const char *field, bool optional);
/* A piece of JSON as it came, sealed, at most `max` canonical bytes. */
void sealed_json(struct step *k, const char *field, const json_t *value, size_t max);
/* What stands plain in an event outlives an erasure, so it is never somebody's own words: a legal basis, a code (ASCII letters, digits, `-_./:`),
 * the number of a paper ("312/QĐ-UBND ngày 31/12/2026"), without anything that could be a personal number. Into the event; "" when absent. */
void legal_basis(struct step *k, bool required);
struct str plain_code(struct step *k, const char *field, bool required);
struct str plain_number(struct step *k, const char *field, bool required);
bool is_code(struct str s);
bool is_paper_number(struct str s);
void seal_result_names(struct step *k);
struct str text_of(struct step *k, const json_t *object, const char *field, const char *pointer, size_t max);
enum err days_ahead(struct step *k, const char *parameter, struct str unit, int64_t *at_r);
/* Whose turn while it is worked on, and the clock meanwhile (one that stands keeps its reminder). */
const char *working_task(const struct dossier *s);
int64_t running_clock(const struct dossier *s);
/* The time between suspension and now is over, because work goes on or ends. */
void close_pause(struct step *k);
bool may_cite(const struct decision *d, struct str sha256);
/* A result with number and date, decided and not revoked. */
bool result_in_force(const struct dossier *s, const struct dossier_result *r);
static inline bool received(const struct dossier *s) { return s->received_at != 0; }

/* decide.c */
bool of_desk(const struct actor *a, const struct dossier *s, struct str desk);
/* Is it a dossier of this actor's own? */
bool own_dossier(const struct dossier *s, const struct actor *a);
bool roles_may(const struct decision *d, struct str unit, struct str procedure, const char *command);

/* submit.c: checks the whole request, and gives dossier.submitted, with `received` also dossier.received. */
enum err dossier_decide_submit(struct decision *d) CHECKED;
/* A corrected list of parties: checked like a first one, with the owners' hashes; into `personal` and the plain part. */
enum err dossier_correct_parties(struct decision *d, const json_t *list, json_t *personal, json_t *plain) CHECKED;
/* Papers handed in later: checked like the first ones. */
enum err dossier_more_papers(struct decision *d, const struct dossier *s, const json_t *in, json_t *plain) CHECKED;
enum { FORM_BYTES_MAX = 200 * 1024 };

/* competent.c: makes `unit` the competent one: desk, province, authority, whether its acceptance starts the clock, and whether the
 * desk may receive for it at all. */
enum err competent_set(struct decision *d, struct dossier *s, const struct procedure *p, struct str unit, const char *pointer) CHECKED;
/* The procedure as of the day of submission; NULL when the catalogue no longer has it. */
const struct procedure *procedure_of(const struct decision *d, const struct dossier *s);
void procedure_set(struct dossier *s, const struct procedure *p);
/* The case of a procedure, with its own limit where it has one; nothing when code is empty. */
enum err variant_set(struct decision *d, struct dossier *s, const struct procedure *p, struct str code, const char *pointer) CHECKED;
void put_competent(json_t *payload, const struct dossier *s);
void put_procedure(json_t *payload, const struct dossier *s);

/* dates.c: everything that turns limits into dates. A refusal is in d->fail. */
struct dates {
    int64_t start_at, due_at, promised_at, hand_over_by;
    bool given;
    struct str warnings; /* see due_warnings of the state */
    bool warned;         /* the state has such that may be past */
};
enum err dossier_dates(struct decision *d, const struct dossier *s, int64_t from, bool needs_acceptance, const json_t *payload, struct dates *out) CHECKED;
/* A date of one's own, or a reason for one, where it would be lost: complained of with this code. */
enum err no_own_date(struct decision *d, const json_t *payload, const char *code) CHECKED;
/* Adds to the event the warnings of the calendar, the dates and the clock. */
void put_dates(json_t *payload, const struct dates *t);
/* From when the due time in this event is soon; nothing where it has none. */
enum err put_soon(struct decision *d, struct str unit, json_t *payload) CHECKED;
/* Receipt: dates, register, whose turn; for receive and for submission at the counter. */
enum err put_receipt(struct decision *d, const struct dossier *s, const json_t *in, json_t *payload) CHECKED;
/* The whole number of a parameter that held when the dossier was received, or holds now. */
enum err parameter_days(struct decision *d, const char *key, int64_t *days_r) CHECKED;
/* End of the working day that lies `days` working days after now. */
enum err after_working_days(struct decision *d, struct str unit, int64_t days, int64_t *at_r) CHECKED;
/* until when an online submission is answered. */
enum err acknowledge_by(struct decision *d, struct str unit, int64_t *at_r) CHECKED;


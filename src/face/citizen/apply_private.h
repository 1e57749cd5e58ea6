/* Shared by the files of a citizen's acts. */
#pragma once
#include "domain/command/fields.h"
#include "domain/dossier/dossier.h"
#include "domain/draft/draft.h"
#include "face/citizen/apply.h"
#include "http/response.h"

/* The pages of a draft, in their order; each is one group. */
enum step { STEP_SUBMITTER, STEP_OWNER, STEP_VARIANT, STEP_PLACE, STEP_CONTENT, STEP_PAPERS, STEP_DELIVERY, STEPS };
enum { PAPERS_MAX = 200, FILES_OF_PAPER_MAX = 20, OPTIONS_MAX = 400 };

/* What a handler of a draft's page works on. */
struct applying {
    struct request *r;
    struct draft d;
    const struct procedure *p; /* NULL: no longer in force */
    const struct variant *variants[VARIANTS_MAX];
    size_t n_variants;
    const struct component *components;
    size_t n_components;
    int64_t day;
};

const char *step_word(enum step s);  /* in the address */
const char *step_title(enum step s); /* Vietnamese, TR_LATER */
bool step_there(const struct applying *k, enum step s);
/* Everything that this page can say against its group; pointers name its fields. */
void step_check(const struct applying *k, enum step s, struct fail *f);
bool step_done(const struct applying *k, enum step s);
/* Takes what was typed into the draft in memory. */
void step_take(struct applying *k, enum step s);
enum http_result step_show(struct applying *k, enum step s, const struct fail *f);
/* The page after this one that is not done yet, or the check page. */
struct str step_next(const struct applying *k, enum step s);

/* The visitor's draft of {nhap}; false: answered already (no session, no such draft). */
bool applying_open(struct request *r, struct applying *k);
/* Who looks is a citizen; false: answered already. On a form that was sent without a session what was typed is shown again, to be sent after signing in. */
bool citizen_only(struct request *r);
bool applying_sent(const struct applying *k); /* it has become a dossier */
bool applying_save(struct applying *k, struct fail *f);
/* Applies `change` to the newest version, again when somebody writes meanwhile. */
bool applying_change(struct applying *k, void (*change)(struct applying *k, void *arg), void *arg, struct fail *f);
/* Is the form's version the draft's? Else f says so. */
bool applying_version(struct applying *k, struct fail *f);
struct str draft_url(struct arena *a, const struct draft *d, const char *rest);
int64_t draft_until(struct request *r);
/* The command's payload, and where a complaint about it belongs; STEPS: to no page. */
json_t *submission_of(const struct applying *k);
enum step step_of_pointer(const struct applying *k, struct str pointer);
const json_t *draft_part(const struct applying *k, const char *name); /* an object or list; an empty one when absent */
bool paper_asked(const struct applying *k, size_t place);
struct str apply_unit_name(struct request *r, struct str code);
struct str file_size_text(struct page *o, int64_t bytes);

/* One complaint without the domain. */
static inline void say(struct fail *f, const char *pointer, const char *code) { (void)!fail_add(f, ERR_INVALID, NULL, pointer, code, NULL); }

/* Handlers, by file. */
enum http_result apply_start_form(struct request *r);
enum http_result apply_start(struct request *r);
enum http_result apply_tasks(struct request *r);
enum http_result apply_step_form(struct request *r);
enum http_result apply_step(struct request *r);
enum http_result apply_drop(struct request *r);
enum http_result apply_file_drop(struct request *r);
extern const struct upload apply_upload;
enum http_result apply_check_form(struct request *r);
enum http_result apply_submit(struct request *r);
enum http_result apply_sent(struct request *r);
enum http_result supplement_begin(struct request *r);
enum http_result supplement_form(struct request *r);
enum http_result supplement_send(struct request *r);
enum http_result supplement_show(struct applying *k, const struct fail *f);
enum http_result mine(struct request *r);
enum http_result mine_dossier(struct request *r);
enum http_result mine_file(struct request *r);
enum http_result mine_withdraw_form(struct request *r);
enum http_result mine_withdraw(struct request *r);
enum http_result mine_take_back(struct request *r);

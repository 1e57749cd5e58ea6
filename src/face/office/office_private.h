/* Shared by the files of this folder. */
#pragma once
#include "base/buf.h"
#include "domain/catalog/catalog.h"
#include "domain/dossier/dossier.h"
#include "domain/dossier/list.h"
#include "domain/org/org.h"
#include "face/office/office.h"
#include "face/site/site.h"
#include <stdlib.h>

enum { OFFICE_CODE_MAX = 80, OFFICE_ACTS_MAX = 40 };

/* --- words.c: what states, tasks, events and commands are called --- */
struct str state_word(struct page *o, int64_t state, bool voided);
const char *state_colour(int64_t state, bool voided);
struct str task_word(struct page *o, struct str task);
struct str event_word(struct page *o, struct str type);
struct str finance_word(struct page *o, struct str finance);
struct str delivery_word(struct page *o, struct str delivery);
struct str channel_word(struct page *o, struct str channel);
/* "23/11/2026, còn 2 ngày" with its kind for the component `due`. */
struct str due_words(struct page *o, int64_t due_at, const char *punctuality, enum due_kind *kind_r);
/* The name of a unit, or its code when it is not known. */
struct str unit_word(struct request *r, struct str code);
struct str procedure_word(struct request *r, struct str code, struct str agency, int64_t submitted_at);
/* The name of a member of staff ("staff:lan"), "" for nobody; what else acts is called by what it is. */
struct str actor_word(struct request *r, struct page *o, struct str actor);

/* --- queue.c --- */
struct queue {
    const char *slug, *title, *task; /* title: TR_LATER; task "": any */
    unsigned lists;                  /* bits of states */
};
const struct queue *queue_at(size_t i); /* NULL past the last */
struct counted { /* one queue in the rail */
    const struct queue *q;
    int64_t n; /* of those that are looked at; QUEUE_COUNT_MAX and more is told as "hơn" */
};
enum { QUEUES_MAX = 12, QUEUE_COUNT_MAX = 1000 };
/* How many wait in each queue of this actor; at most three seconds old. */
enum err queue_counts(struct request *r, int64_t n_r[QUEUES_MAX]);
enum err queue_counts_for(struct db *db, const struct str *audience, size_t audiences, int64_t n_r[QUEUES_MAX]);
void queue_counts_forget(void); /* something was committed: count anew */
struct str count_word(struct page *o, int64_t n);
enum http_result queue_page(struct request *r);
enum http_result queue_csv(struct request *r);
enum http_result queue_stream(struct request *r); /* live.c: the counts, as an event stream */
enum http_result scan(struct request *r);         /* the box on every page: a code, a number or a name */
enum err office_list(struct request *r, const struct dossier_list_query *q, struct dossier_page *page_r, struct fail *f);

/* --- dossier.c --- */
struct looked { /* a dossier that the visitor may see */
    struct str home;
    struct id id;
    struct dossier d;
    int64_t version;
    const char *act[OFFICE_ACTS_MAX]; /* possible now, by this visitor */
    size_t acts;
};
/* The visitor without what she sees as a party: her own dossiers are read on a citizen's pages, where no note of the house stands. */
struct actor *working_actor(struct request *r);
/* False with a page that refuses: a citizen's session has no business here. */
bool staff_only(struct request *r, enum http_result *result_r);
/* ERR_NOT_FOUND for what is not there and for what is not hers to see. */
enum err dossier_look(struct request *r, struct str code, struct looked *k, struct fail *f);
bool may_now(const struct looked *k, const char *command);
struct happened {
    struct str type, actor;
    int64_t seq, at;
    const json_t *payload, *personal;
};
/* Events of the stream after `after`, oldest first. */
enum err dossier_happened(struct request *r, const struct looked *k, int64_t after, struct happened **list_r, size_t *n_r);
struct moment moment_of(struct request *r, struct page *o, const struct happened *h);
enum http_result dossier_page(struct request *r);
enum http_result dossier_file(struct request *r);

/* --- act.c: what each command asks for, its form, its payload --- */
enum asked { ASK_LINE, ASK_LINES, ASK_DATE, ASK_CHOICE, ASK_OFFICER, ASK_APPROVER, ASK_UNIT, ASK_DEFECTS, ASK_RESULTS, ASK_RESULT, ASK_CONSULT, ASK_COLLECTOR, ASK_FILE };
enum { ASKED_MAX = 6 };
struct ask {
    enum asked kind;
    const char *name, *label, *hint; /* label, hint: TR_LATER; hint NULL: none */
    bool optional;
    const char *choice[5][2]; /* value, label (TR_LATER) */
};
struct act {
    const char *command, *slug, *label, *hint; /* label, hint: TR_LATER; slug: of the address */
    bool outward;  /* words that leave the house: asked once more, or held for ten seconds */
    bool versioned; /* refused when somebody else was faster */
    const char *key; /* of the keyboard; NULL: none */
    struct ask ask[ASKED_MAX];
};
const struct act *act_of(struct str command_or_slug);
/* The act that the dossier waits for, when this visitor may do it; else NULL. */
const struct act *act_first(const struct looked *k);
const struct act *act_at(size_t i);
json_t *act_payload(struct request *r, const struct act *a, const struct looked *k);
/* What was typed, or else what stands in the dossier. */
struct str typed(struct request *r, const char *name);
struct option *officer_options(struct request *r, struct page *o, const struct looked *k, bool approver, size_t *n_r);
struct option *result_options(struct page *o, const struct looked *k, bool in_force, size_t *n_r);
struct option *consult_options(struct request *r, struct page *o, const struct looked *k, size_t *n_r);
struct option *defect_options(struct request *r, struct page *o, const struct looked *k, size_t *n_r);
size_t result_rows(const struct looked *k); /* results that are asked for: one for each subject */
enum http_result act_form(struct request *r);
enum http_result act_post(struct request *r);

/* --- presence.c: who has this dossier open just now; expires by itself, and is no event --- */
enum { PRESENCE_MS = 45000 };
void presence_beat(struct str code, struct str login, struct str name, int64_t now);
/* Names of others, parted by commas; "" for nobody. */
struct str presence_others(struct arena *a, struct str code, struct str login, int64_t now);
enum http_result presence_post(struct request *r);

/* --- decide.c, deliver.c --- */
enum http_result decide_page(struct request *r);
enum http_result decide_post(struct request *r);
enum http_result deliver_page(struct request *r);

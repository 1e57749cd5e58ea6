/* The dossier (hồ sơ): one request on its way, from submission to the result in a hand. This is the aggregate that composes the domain:
 * its state, what may happen to it (decide), what happened (apply), what others see of it (project, view).
 *
 * An event carries what was decided, not what was asked: the new state, the clock, the dates, as fields that bear the names of the
 * state's fields. apply copies them; so a replay needs no rules, no calendar and no catalogue. Everything personal stands in the sealed
 * part of `dossier.submitted` and `dossier.corrected` (parties, form, address), or of the event that brought it (notes, collector).
 *
 * The ten legal states are those of R-082; finance, delivery and sync are axes of their own; all else is a flag. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"

enum dossier_state {
    DOSSIER_NONE = 0,
    DOSSIER_NEW = 1,         /* mới đăng ký: submitted, not yet received */
    DOSSIER_RECEIVED = 2,    /* được tiếp nhận */
    DOSSIER_REFUSED = 3,     /* không được tiếp nhận: final */
    DOSSIER_PROCESSING = 4,  /* đang xử lý */
    DOSSIER_SUPPLEMENT = 5,  /* yêu cầu bổ sung */
    DOSSIER_FINANCE = 6,     /* yêu cầu thực hiện nghĩa vụ tài chính */
    DOSSIER_WITHDRAWAL = 7,  /* công dân yêu cầu rút */
    DOSSIER_STOPPED = 8,     /* dừng xử lý: final */
    DOSSIER_DONE = 9,        /* đã xử lý xong */
    DOSSIER_DELIVERED = 10,  /* đã trả kết quả: final */
    DOSSIER_STATES = 11
};
const char *dossier_state_name(int state); /* "new", "received" … stable, for the API */
int dossier_state_by_name(struct str name); /* also "4"; -1 when unknown */
bool dossier_state_final(int state);

enum { DOSSIER_HASHES_MAX = 24, DOSSIER_RESULTS_MAX = 40, DOSSIER_PAUSES_MAX = 32, DOSSIER_CONSULTS_MAX = 16, DOSSIER_APPROVALS_MAX = 32, DOSSIER_SYNCS_MAX = 16 };

/* The fields of the state: S text, I integer (times in ms UTC, 0 for "not yet"). Events set them by these names. */
#define DOSSIER_FIELDS(S, I) \
    S(code) S(procedure) S(variant) S(agency) S(sector) S(channel) \
    S(receiving_unit) S(receiving_desk) S(receiving_province) S(competent_unit) S(competent_desk) S(competent_province) \
    S(competence)         /* row of the table, "chosen" by a person, or "open" */ \
    I(state) I(previous) S(previous_task) I(previous_next_at) /* where a withdrawal that is taken back returns to */ \
    S(task)               /* whose turn: receive, supplement, hand_over, accept, assign, process, consult, approve, decide_withdrawal, deliver, pay, none */ \
    S(officer)            \
    I(submitted_at) I(received_at) I(handed_over_at) I(accepted_at) I(finished_at) I(delivered_at) I(closed_at) \
    I(start_at) I(due_at) I(promised_at) I(next_at) /* `next_at`: the clock that runs now; no open dossier is without */ \
    I(soon_at)            /* from when it is soon due (R-098) */ \
    I(finished_late)      /* the verdict of R-097, given once, at the end of processing */ \
    I(hand_over_by) I(limit_unit) I(limit_milli) I(limit_cutoff) I(due_given) I(expected) /* 1: dates are an expectation until acceptance */ \
    I(needs_acceptance) I(authority) I(restricted) I(immediate) I(certified) \
    I(supplements) I(supplement_at) I(supplemented) I(reappointed) I(apologised) I(late_mark) I(suspended_at) \
    S(suspended_for) S(outcome) S(delivery_method) S(delivery_unit) S(finance) S(delivery_state) S(linked_from) \
    S(due_warnings)       /* what the calendar does not know yet, "undecided:2027-01-02 year:2027" (R-095) */ \
    S(counted)            /* "name@day …" of what the counts hold of it besides submission, receipt and end: a void takes it out again */ \
    S(void_task) I(void_next_at) /* where it returns to when the second person contests the void */ \
    I(voided) I(erased) I(receipts) I(components) I(subjects) \
    I(last_change)        /* once anybody was told: the version that others must have heard of */

struct dossier_result {
    struct str file, number, date, name, subject; /* subject: place of the party among those declared, from 1; never a name */
    int64_t delivered_at, signed_at, revoked_at;
};
struct dossier_consult {
    struct str unit, desk; /* desk: whose audience its staff work in (unit_desk) */
    int64_t no, due_at, answered_at;
};
/* A second person named in a command, and her own word on it. */
struct dossier_approval {
    struct str command, approver, state; /* "named", "confirmed", "contested" */
    int64_t seq, at;                     /* of the event that names her; of her word, 0 before */
};
/* What an outside system has of the dossier. */
struct dossier_sync {
    struct str receiver, state, code; /* "sent", "confirmed", "refused"; its own code of the answer */
    int64_t version, at;
};
struct dossier {
#define S(name) struct str name;
#define I(name) int64_t name;
    DOSSIER_FIELDS(S, I)
#undef S
#undef I
    struct str owner_hash[DOSSIER_HASHES_MAX]; /* keyed hashes of the parties' numbers: whose dossier it is; gone with an erasure */
    size_t owner_hashes;
    struct pause pause[DOSSIER_PAUSES_MAX];
    size_t pauses;
    const struct dossier_result *result;
    size_t results;
    const struct dossier_consult *consult;
    size_t consults;
    const struct dossier_approval *approval;
    size_t approvals;
    const struct dossier_sync *sync;
    size_t syncs;
};

extern const struct aggregate dossier_aggregate;

/* Received, and in need of the competent unit's acceptance, which has not come: the dates are expected only. */
bool dossier_awaits_acceptance(const struct dossier *d);
/* What the verdict on time needs, and nothing else: a row of a list carries it as the state does, so that list, detail and counts agree. */
struct dossier_clock {
    int64_t received_at, due_at, soon_at, finished_at, late_mark, finished_late;
    int64_t stands_since; /* supplement asked or suspended, also while a withdrawal is decided; 0: it runs */
};
struct dossier_clock dossier_clock(const struct dossier *d);
/* Is it late at `now`? A clock that stands does not run into lateness; a mark stays; after the end the verdict given then holds. */
bool clock_late(const struct dossier_clock *c, int64_t now);
/* "none", "early", "on_time", "late"; running: "in_time", "due_soon", "late". */
const char *clock_punctuality(const struct dossier_clock *c, int64_t now);
bool dossier_late(const struct dossier *d, int64_t now);

/* The one table: which command, from which states, to which state. `to` DOSSIER_NONE: the state stays. */
enum dossier_side { SIDE_APPLICANT, SIDE_RECEIVING, SIDE_COMPETENT, SIDE_EITHER, SIDE_CONSULTED, SIDE_ANYBODY };
struct dossier_rule {
    const char *command, *event;
    unsigned from; /* bit mask of states */
    unsigned to;   /* bit mask of states it may lead to; bit of DOSSIER_NONE: it may stay */
    enum dossier_side side;
    const char *rule;
};
const struct dossier_rule *dossier_rule_at(size_t i); /* NULL past the last */
const struct dossier_rule *dossier_rule(struct str command);

/* the axes beside the legal state, and every change that they know. "" is the first value of each; for sync, of each receiver. */
enum dossier_axis { AXIS_FINANCE, AXIS_DELIVERY, AXIS_SYNC };
struct dossier_change {
    enum dossier_axis axis;
    const char *from, *to;
};
const struct dossier_change *dossier_change_at(size_t i); /* NULL past the last */
bool dossier_axis_allows(enum dossier_axis axis, struct str from, struct str to);

/* May this actor see it? The same audiences that projections write. */
bool dossier_visible(const struct dossier *d, const struct actor *a);
/* Audiences of a dossier, at most `max`. */
size_t dossier_audiences(struct arena *a, const struct dossier *d, struct str *out, size_t max);
/* The commands of the table that this actor could give now (rights and state; not the payload). */
size_t dossier_possible(const struct rules *rules, const struct dossier *d, const struct actor *a, int64_t now, const char **out, size_t max);

/* [{"code": "calendar.undecided-day", "param": "2027-01-02"}, …]: what the calendar did not know when the date was counted. A new reference. */
json_t *dossier_due_warnings(const struct dossier *d);
/* The API's object: id, code, codes, state, units, dates, version. `personal` (parties, form …) may be NULL. */
json_t *dossier_json(struct id id, const struct dossier *d, int64_t version, const json_t *personal, int64_t now);
/* What was declared, with corrections laid over: {"parties": […], "form": {…}, …}; NULL when erased. In the arena. */
enum err dossier_personal(const struct keyring *k, struct db *db, struct arena *a, struct str home_unit, struct id id, const json_t **out_r) CHECKED;
/* The code of a dossier ("H01.30292-261121-0007") or a result ("KQ.….1") that somebody typed in small letters, with blanks, dots or dashes of any kind
 * between its parts; what does not look like one comes back as it is. */
struct str dossier_code_typed(struct arena *a, struct str typed);
/* code → stream; ERR_NOT_FOUND. */
enum err dossier_find(struct db *db, struct str code, struct str *home_r, struct id *id_r, struct arena *a) CHECKED;

/* Every dossier in which the person of this number is a party, by exact personal number, passport or tax code: also those that were declared
 * under another number of hers, and those of every stream merged with hers (domain/party). In order of unit and id; in the arena. */
struct dossier_ref {
    struct str home_unit;
    struct id id;
};
enum err dossiers_of_person(const struct keyring *k, struct db *db, struct arena *a, struct str number, struct dossier_ref **refs_r, size_t *n_r) CHECKED;

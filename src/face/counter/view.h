/* What the templates of this face show; the handlers fill it. */
#pragma once
#include "view/components.h"

struct intake;
struct request;

struct quick { /* a field of the intake form */
    const char *name;
    struct str label, hint, value;
    const char *key; /* the staff's key that leads here */
    bool wide, digits;
};
void quick_extra(struct page *o, const struct quick *q, bool error, const char *focus);
/* The fields of the parts that are not shown yet, so that nothing that was typed is lost. */
void kept_fields(struct page *o, const struct intake *k);

enum { TODAY_SHOWN = 40, WAITING_SHOWN = 20 };
struct today_row {
    struct str code, url, owner, procedure, state;
    int64_t at;
};
struct today {
    struct today_row row[TODAY_SHOWN];
    size_t n;
    struct today_row wait[WAITING_SHOWN]; /* of any day: to be received, to be handed over; `at`: until when */
    size_t waits;
    int64_t received, waiting, to_hand_over, refused;
};

enum { DESK_PAIRS_MAX = 12, DESK_BUTTONS_MAX = 6 };
struct desk_button {
    struct str value, label;
};
struct desk_view {
    struct str code, state, same_person, action, key, version, approver, reason, fresh_words;
    struct str unit, unit_why, due, due_why; /* of a receipt that the table cannot settle alone */
    bool fresh, may_void;
    struct form_errors errors;
    struct pair pair[DESK_PAIRS_MAX];
    size_t pairs;
    struct desk_button print[DESK_BUTTONS_MAX], command[DESK_BUTTONS_MAX], link[DESK_BUTTONS_MAX];
    size_t prints, commands, links;
};

enum { DEFECT_ROWS_MAX = 20, DEFECT_ROWS_FIRST = 3, DEFECT_PLACES_MAX = 120, DEFECT_KINDS_MAX = 8 };
struct defect_row {
    const char *where_name, *kind_name, *todo_name; /* of the inputs */
    struct str where, kind, todo;
};
struct supplement_view {
    struct str code, action, key, reason;
    struct form_errors errors;
    struct defect_row row[DEFECT_ROWS_MAX];
    size_t rows;
    struct str place[DEFECT_PLACES_MAX]; /* papers, then fields: value is the place's number in this list, from 1 */
    size_t places;
    struct str sentence[DEFECT_ROWS_MAX];
    size_t sentences;
};
size_t defect_places(struct page *o, const struct supplement_view *v, struct str chosen, struct option *out);
size_t defect_kinds(struct page *o, struct str chosen, struct option *out);

enum { CERTIFY_ROWS_FIRST = 8, CERTIFY_ROWS_MAX = 60 };
struct certify_row {
    struct str who, number, paper, pages, copies; /* as typed */
    struct str fee, register_no, url;             /* found out */
    const char *name[5];
    bool done; /* in the book */
};
struct certify_view {
    struct str key;
    struct form_errors errors;
    struct certify_row row[CERTIFY_ROWS_MAX];
    size_t rows;
    struct str total, fee_words;
    bool receipt, done;
};

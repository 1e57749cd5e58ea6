/* What repeats on pages, as functions of templates (components.html, layout.html); the style guide page shows each in every state. */
#pragma once
#include "base/err.h"
#include "view/html.h"

struct nav_item {
    const char *url, *label; /* label: Vietnamese, TR_LATER */
};
struct layout {
    struct str title; /* of this page alone */
    bool staff;       /* the dense layer */
    bool has_error;   /* "Lỗi: " before the title: a screen reader says it first */
    const struct nav_item *nav;
    size_t nav_n;
    struct str back; /* where the link back leads; empty: none */
};

/* What is wrong with a form: made from a refusal, shown above it and at each field. */
struct form_error {
    struct str field, message; /* field: the name of the input; "" belongs to the whole form */
};
struct form_errors {
    const struct form_error *item;
    size_t n;
};
/* The sentences of a refusal, in the page's language. A pointer "/parties/0/name" belongs to the field "parties/0/name". */
struct form_errors form_errors_of(struct page *o, const struct fail *f);
/* The first message for a field, or empty. */
struct str form_error_of(const struct form_errors *e, struct str field);

struct field {
    const char *name;
    struct str label, hint, value, error;
    const char *type;         /* NULL: text */
    const char *inputmode;    /* NULL: the keyboard's own */
    const char *autocomplete; /* NULL: off */
    int width;                /* letters: 2, 3, 4, 5, 10, 20, 30; 0: all there is */
    bool heading;             /* the label is the page's heading: one question a page */
    bool optional;            /* said behind the label */
    const char *key;          /* staff: the key that leads here */
};
struct option {
    struct str value, label, hint;
    bool chosen, disabled;
};
struct pair { /* a row of a summary list */
    struct str key, value;
    struct str change_url, change_what; /* empty: no link */
};
struct moment { /* of a timeline */
    struct str title, text, who;
    int64_t at; /* ms */
};
struct task { /* of a task list */
    struct str title, hint, url, status;
    bool done;
};
struct column {
    const char *label; /* TR_LATER */
    const char *sort;  /* the word of the query; NULL: not sortable */
    bool number;
};
struct bar { /* of a chart */
    struct str label;
    int64_t value;
};
enum due_kind { DUE_NONE, DUE_OK, DUE_SOON, DUE_LATE };

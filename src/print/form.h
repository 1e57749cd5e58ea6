/* A form (biểu mẫu): what a printed paper says and where, as a text that an administrator can read. Nothing of a paper stands in C: its words, its order,
 * its fields and its legal basis are lines of forms/NAME.form and a row of forms/forms.tsv with its days in force.
 *
 * One statement a line; indentation is for the eye, `#` begins a remark. Lengths are mm, sizes points.
 *
 *   page A5|A4 [landscape]         margin TOP RIGHT BOTTOM LEFT        size 10.5
 *   copies TEXT | TEXT             the paper once for each; {copy} is its text
 *   stamp TEXT                     in the head margin of every page      foot TEXT    in its foot margin
 *   p(OPTIONS) TEXT                a paragraph; options: center right justify bold italic size=N before=N after=N indent=N (first line) lead=N
 *   columns 45 55 … next … end     boxes beside each other, per cent; kept on one page
 *   rule 40 [center|left]          a line, per cent of the width
 *   space 3                        qr 22 TEXT          the text as a QR code of that width, in the middle
 *   if PATH … else … end           there is something at PATH; `if !PATH` there is nothing
 *   table LIST                     then `col WIDTH [center|right] HEAD | CELL` lines and `end`: a row for each of LIST, the head again on each page
 *
 * TEXT: **bold**, //italic//, and holes: {a.b} is what stands there in the document, {.a} what stands in the row, {#} the number of the row, {form.title} and
 * {form.number}, {form.basis}, {form.version} of the table. {a|upper} in capitals; {a|dots} a dotted line to write on when there is nothing. What fills a hole is
 * text and nothing else: no sign in it means anything. */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum block_kind { BLOCK_TEXT, BLOCK_COLUMNS, BLOCK_COLUMN, BLOCK_RULE, BLOCK_SPACE, BLOCK_QR, BLOCK_IF, BLOCK_ELSE, BLOCK_TABLE, BLOCK_COL };
enum align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT, ALIGN_JUSTIFY };

struct run {
    struct str literal, path; /* one of the two */
    bool bold, italic, upper, dots;
};
struct form_text {
    const struct run *run;
    size_t n;
};
struct style {
    enum align align;
    bool bold, italic;
    double size, before, after, indent, lead; /* size 0: the form's; points */
};
struct block {
    enum block_kind kind;
    struct style style;
    struct form_text text, head;
    struct str path;   /* of if and table */
    bool unless;
    double amount;     /* width in per cent, length in points */
    struct block *child, *last, *next;
};
enum { FORM_COPIES_MAX = 4, FORM_COLUMNS_MAX = 20, FORM_DEPTH_MAX = 8, FORM_RUNS_MAX = 60 };
struct form {
    double width, height, top, right, bottom, left, size; /* points */
    struct form_text stamp, foot;
    struct str copy[FORM_COPIES_MAX];
    size_t copies; /* 0: one without a name */
    struct block *blocks;
};

/* ERR_CORRUPT "print.form" with the number of the line. Texts stay where they are: `text` must outlive the form. */
enum err form_read(struct arena *a, struct str text, struct form *out, struct fail *f) CHECKED;

/* One version of a form that this release has (forms/forms.tsv). */
struct form_version {
    const char *name, *version, *number, *title, *basis, *confidence, *text;
    int64_t valid_from, valid_to; /* days; [from, to], INT64_MAX open */
};
extern const struct form_version form_versions[];
extern const size_t form_version_count;
/* The version in force on a day; NULL where there is none. */
const struct form_version *form_on(struct str name, int64_t day);

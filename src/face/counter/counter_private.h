/* Shared by the files of this face: what stands in the intake form, and what the domain says to it. The page decides nothing: whatever it shows (who
 * decides, due when, what is wrong) comes from the domain's own decision on the very command that F4 would give, without its events being written. */
#pragma once
#include "domain/dossier/desk.h"
#include "domain/dossier/list.h"
#include "face/counter/counter.h"
#include "face/site/site.h"

/* F(name in C, name in the form, bytes): a little more than the domain takes, so that it is the domain that refuses. */
#define INTAKE_FIELDS(F) \
    F(scan, "quet", 700) F(name, "ten", 420) F(number, "so", 60) F(birth, "sinh", 20) F(sex, "gioi", 10) F(address, "dia-chi", 1100) \
    F(place, "noi-o", 120) F(phone, "dien-thoai", 60) F(owner, "chu", 10) F(part, "vai", 20) \
    F(o_name, "chu-ten", 420) F(o_number, "chu-so", 60) F(o_birth, "chu-sinh", 20) F(o_sex, "chu-gioi", 10) F(o_place, "chu-noi-o", 120) \
    F(ask, "thu-tuc", 200) F(asked, "thu-tuc-truoc", 200) F(code, "ma", 40) F(agency, "noi-ban-hanh", 240) F(variant, "truong-hop", 60) \
    F(quick, "giay-to", 300) F(unit, "co-quan", 120) F(unit_why, "ly-do-co-quan", 400) F(delivery, "tra", 20) F(delivery_address, "tra-dia-chi", 600) \
    F(due, "han", 20) F(due_why, "ly-do-han", 300) F(note, "ghi-chu", 2100) F(receipt, "giay-hen", 4) F(step, "buoc", 20) F(key, "key", 64)

enum { PAPERS_MAX = 99, PICKS_MAX = 9, PLACES_MAX = 8, ERRORS_MAX = FAIL_DETAILS_MAX + 8, MOST_USED_DAYS = 30 };

enum paper_have { PAPER_UNSAID, PAPER_ORIGINAL, PAPER_COPY, PAPER_SCAN, PAPER_MISSING };
struct paper_row {
    size_t place; /* in the version's list, from 1 */
    struct str name;
    int originals, copies; /* as published */
    enum paper_have have;
    struct str count;      /* as typed; "" is 1 */
};
struct pick { /* a choice: its value goes back as it is */
    struct str value, label, hint;
};
struct intake {
#define F(field, in_form, max) struct str field;
    INTAKE_FIELDS(F)
#undef F
    const struct procedure *p;
    struct paper_row paper[PAPERS_MAX];
    size_t papers;
    struct str remark[PAPERS_MAX]; /* what the source lists as a paper and is none */
    size_t remarks;
    struct pick pick[PICKS_MAX]; /* procedures */
    size_t picks;
    bool most_used;              /* the picks are those of this desk, not what was searched */
    struct pick place_pick[PLACES_MAX], unit_pick[PLACES_MAX];
    size_t place_picks, unit_picks;
    const struct variant *variants[VARIANTS_MAX];
    size_t variant_n;
    bool doubtful;         /* the scanner's name must be compared with the card */
    struct str owner_code, place_code; /* territory codes, "" unknown */
    struct form_error error[ERRORS_MAX];
    size_t errors;
    /* What the domain would decide now. */
    bool ready;            /* it would be received */
    bool needs_unit, needs_due;
    struct str unit_thought_of; /* where the table has no answer */
    struct str competent_unit;
    int64_t due_at;
    bool expected;         /* only expected: the competent unit accepts it first */
    const char *focus;     /* the field to type in next */
    struct str known;      /* how many dossiers this person has, a sentence, or "" */
};

/* intake.c */
void intake_read(struct request *r, struct intake *k);
/* Fills in what can be known: the scanned line, the procedure, its papers, places; then asks the domain. `strict`: somebody wants to receive now, so
 * that empty fields are complaints; without `receive` it is only handed in, to be supplemented or refused. False: the store is away. */
bool intake_complete(struct request *r, struct page *o, struct intake *k, bool strict, bool receive);
json_t *intake_payload(struct request *r, const struct intake *k, bool receive); /* a new reference */
void intake_complain(struct page *o, struct intake *k, const char *field, const char *sentence); /* sentence: TR_LATER */
/* The complaints of a refused command at their fields; with `all` also those of empty fields. */
void intake_refused(struct page *o, struct intake *k, const struct fail *f, bool all);
/* Person at the desk, from a dossier that this clerk may see: another dossier for the same person. */
void intake_same_person(struct request *r, struct page *o, struct intake *k, struct str code);

/* fill.c */
void fill_from_scan(struct request *r, struct page *o, struct intake *k);
void fill_procedure(struct request *r, struct intake *k);
void fill_papers(struct request *r, struct page *o, struct intake *k);
void fill_places(struct request *r, struct page *o, struct intake *k);
struct str day_typed(struct request *r, struct str typed); /* "05031990", "5/3/1990", "5-3-90" → "1990-03-05"; else as it was typed */
struct str day_shown(struct page *o, struct str iso);      /* and back: "05/03/1990" */

/* desk.c: pages of one dossier at the counter */
enum http_result desk_dossier(struct request *r);
enum http_result desk_supplement_form(struct request *r);
enum http_result desk_supplement(struct request *r);
enum http_result desk_refuse_form(struct request *r);
enum http_result desk_refuse(struct request *r);
enum http_result desk_command(struct request *r);

/* certify.c */
enum http_result certify_form(struct request *r);
enum http_result certify(struct request *r);

/* counter.c */
/* page_command; a form that was sent before with other words (the back button) is told so in plain words. */
enum err desk_gives(struct request *r, const char *type, struct str home, struct id stream, int64_t if_version, json_t *payload, const char *suffix, struct outcome *out, struct fail *f);
bool clerk_here(struct request *r);         /* else answered with a refusal */
enum http_result session_over(struct request *r); /* a form came without a session: everything typed is kept in a page that sends it again */
struct str unit_name(struct request *r, struct str code);
/* Where a paper of a dossier is printed: face/print serves it. `what`: "tiep-nhan", "bo-sung", "tu-choi". */
struct str print_url(struct arena *a, const char *what, struct str code);
struct str desk_url(struct arena *a, struct str code, const char *more);
struct str state_words(struct page *o, const struct dossier *d);

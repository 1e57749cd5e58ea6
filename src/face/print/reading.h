/* What a paper says, as one JSON document for its form: read from the dossier's own events and the rules, decided nowhere. document.c does the papers of one
 * dossier, books.c the lists, words.c how dates, limits and fees are said on paper. */
#pragma once
#include "domain/dossier/dossier.h"
#include "domain/dossier/list.h"
#include "print/form.h"

struct paper_reader {
    const struct rules *rules;
    const struct keyring *keyring;
    struct db *db;
    struct arena *arena;
    const struct actor *actor; /* whose scope holds */
    int64_t now;
    bool rehearsal;
    struct str address; /* "https://dvc.example.vn": where the QR code leads */
};
struct paper {
    const struct form_version *form;
    json_t *doc;        /* of the arena */
    struct str file;    /* "giay-hen-H01.30292-261121-0007.pdf" */
};
enum { PAPER_ROWS_MAX = 500 };

/* giay-hen, bo-sung (`turn`: which request, 0: the last), tu-choi, xin-loi. ERR_NOT_FOUND dossier.absent outside the scope; ERR_CONFLICT print.no-… when there is no
 * such paper of this dossier (yet). */
enum err paper_of_dossier(const struct paper_reader *r, struct str form, struct str code, int64_t turn, struct paper *out, struct fail *f) CHECKED;
/* what a unit received on a day. Only for staff of its desk. */
enum err paper_register(const struct paper_reader *r, struct str unit, int64_t day, struct paper *out, struct fail *f) CHECKED;
/* `codes` as they were handed over, or without codes what waits for it; `to` narrows to one competent unit. */
enum err paper_hand_over(const struct paper_reader *r, struct str unit, struct str to, const struct str *codes, size_t n, struct paper *out, struct fail *f) CHECKED;

/* --- words.c --- */
struct str paper_day(struct arena *a, int64_t ms);      /* "ngày 21 tháng 11 năm 2026" */
struct str paper_short_day(struct arena *a, int64_t ms); /* "21/11/2026", "" for 0 */
struct str paper_moment(struct arena *a, int64_t ms);   /* "09 giờ 42 phút, ngày 21 tháng 11 năm 2026", "" for 0 */
struct str paper_limit(struct arena *a, int64_t unit, int64_t milli);
struct str paper_fee(struct arena *a, const struct procedure *p, struct str channel);
struct str paper_place(const struct rules *rules, struct str unit, int64_t day); /* "Bình Đức" */
const char *paper_id_label(struct str id_type);

/* --- document.c, for books.c --- */
void doc_put(json_t *o, const char *key, struct str s);
void doc_put_unit(const struct paper_reader *r, json_t *doc, struct str unit, int64_t day);
/* Names of the parties of a role, "; " between them; or of the first party when there is none of the role. */
struct str doc_names(struct arena *a, const json_t *parties, const char *role);
struct str doc_address(const struct paper_reader *r, const json_t *party);
const json_t *doc_party(const json_t *parties, const char *role);
struct str doc_unit_name(const struct rules *rules, struct str unit);
struct str doc_procedure_name(const struct rules *rules, const struct dossier *d);
/* The dossier when the actor may see it, else ERR_NOT_FOUND. */
enum err doc_load(const struct paper_reader *r, struct str code, struct str *home_r, struct id *id_r, struct dossier *d, int64_t *version_r) CHECKED;
json_t *doc_new(const struct paper_reader *r, struct str place_unit, int64_t at);

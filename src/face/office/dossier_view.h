/* What the templates of a dossier are given. */
#pragma once
#include "face/office/office_private.h"

struct dossier_view {
    const struct looked *k;
    struct str procedure, owner, due, officer, receiving, competent, others;
    enum due_kind kind;
    struct pair *party, *form, *file, *result;
    size_t party_n, form_n, file_n, result_n;
    struct moment *moment, *note, *said; /* newest first */
    size_t moment_n, note_n, said_n;
    const struct act *done; /* what was just done */
};
struct act_view {
    const struct act *act;
    const struct looked *k;
    struct str key, version;
    struct option *options[ASKED_MAX]; /* of choices, officers … */
    size_t option_n[ASKED_MAX];
    struct moment *meanwhile; /* what others did while this was typed */
    size_t meanwhile_n;
    bool authority; /* R-… by hand only in an outage: two fields more */
    struct request *r;
};
void act_prepare(struct request *r, struct page *o, struct act_view *v, const struct act *act, const struct looked *k);
void dossier_show(struct request *r, struct page *o, struct dossier_view *v, const struct looked *k);

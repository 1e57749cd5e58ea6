/* For the files that show a citizen her own dossiers: loading one within her rights, its story in plain words. */
#pragma once
#include "domain/dossier/list.h"
#include "face/citizen/apply_private.h"
#include "view/components.h"

struct mine {
    struct request *r;
    struct str home, title; /* title: what the procedure is called */
    struct id id;
    struct dossier d;
    int64_t version;
    const char *possible[40];
    size_t n_possible;
    struct moment *moments;
    size_t n_moments;
    const json_t *items; /* of the last request for supplement; NULL: none */
    struct str reason;
};
/* ERR_NOT_FOUND also where this visitor may not see it. */
enum err mine_load(struct request *r, struct str code, struct mine *m) CHECKED;
/* What happened, as a citizen is told; fills moments, items and reason. */
enum err mine_story(struct mine *m, struct page *o) CHECKED;
bool mine_may(const struct mine *m, const char *command);
/* The fixed words of a state (facts/ux.md §7.1); no verdict of its own: state, task and punctuality are the domain's. */
struct str status_words(struct page *o, int64_t state, struct str task, struct str outcome);
const char *status_colour(int64_t state);
struct str procedure_title(struct request *r, struct str code, struct str agency);

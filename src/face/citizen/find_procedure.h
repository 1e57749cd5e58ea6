/* What the page of a procedure shows, worked out before the template writes it. */
#pragma once
#include "face/citizen/find.h"

struct paper {
    struct str lead, rest, count; /* the thing itself; what the source says further; how many */
    bool perhaps;                 /* needed only where something is so, or only said */
};
struct paper_group {
    struct str title, whole; /* empty: the only one; whole: where the title is cut */
    struct str time, fee; /* of the case, where it has its own */
    const struct paper *item;
    size_t n, sure; /* the first `sure` are needed by everybody */
};
struct fee_line {
    struct str where, words;
};
struct procedure_model {
    const struct procedure *p;
    struct str name, official, agency_query; /* name: as people say, else the official one; official: empty where it is the name */
    struct str time, today, due, fee, who, where, levels, refused, result, start_url;
    bool cases;          /* the groups are cases of which one holds, not parts of one list */
    bool fold;           /* a long list: each group is folded */
    const struct paper_group *group;
    size_t groups, papers;
    const struct paper *note;
    size_t notes;
    struct fee_line fee_line[3];
    size_t fee_lines;
    const struct str *legal, *audience;
    size_t legal_n, audience_n;
};
enum err procedure_model_of(struct page *o, const struct rules *rules, const struct procedure *p, struct procedure_model *m) CHECKED;

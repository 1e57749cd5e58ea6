/* What the template of the leader's page is given. */
#pragma once
#include "face/office/queue_view.h"

enum { FLAGS_MAX = 6 };
struct waiting {
    const struct row *row;
    int64_t version;
    struct str proposal, note, who, flag[FLAGS_MAX];
    size_t flags;
    bool may, clean;
};
struct reported {
    struct str code, message; /* message: why not; "" where it was done */
    bool good;
};
struct decide_view {
    struct waiting *item;
    size_t n, clean;
    struct str next, key, done;
    struct reported *report;
    size_t reports;
};

/* What the page of public figures shows. */
#pragma once
#include "face/citizen/find.h"

struct report_line {
    struct str what, of, share, rule;
    int64_t numerator, denominator;
};
struct report_table {
    const struct report_line *line;
    size_t n;
};
struct report_model {
    int days;
    int64_t from, to;
    const int *period;
    size_t periods, units;
    struct report_table on_time, volume;
    bool any; /* something was counted in these days */
};

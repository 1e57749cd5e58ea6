/* What the search page shows. */
#pragma once
#include "face/citizen/find.h"

struct search_hit {
    struct str name, official, url, code, sector, sector_url, levels, time;
    bool open; /* desks here take it today */
};
struct search_model {
    struct str q, shown /* what was searched instead, where q finds nothing */, sector, level, first, next, without_sector;
    const struct search_hit *hit;
    size_t hits;
    int64_t total;
    bool near; /* nothing matches as typed; these come near */
    const struct life_event *event;
    size_t events;
};

/* The face of the citizen who looks: home, search, a procedure at a glance, life events, tracking, verification, public figures, the style guide.
 * What a citizen does when signed in stands beside it (apply.h). Pages decide nothing: they ask the domain and say it in plain words. */
#pragma once
#include "face/site/site.h"

extern const struct route citizen_routes[];
extern const size_t citizen_route_count;

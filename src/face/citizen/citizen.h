/* The face of the citizen who looks: home, search, a procedure at a glance, life events, tracking, verification, public figures, the style guide.
 * What a citizen does when signed in stands beside it (apply.h). Pages decide nothing: they ask the domain and say it in plain words. */
#pragma once
#include "face/site/site.h"

extern const struct route citizen_routes[];
extern const size_t citizen_route_count;

/* The seam for what the owner sees and can do on the page of her dossier (/ho-so/{code}): instead of the public part, for a citizen who is signed in and
 * whose dossier it is. Writes into a page that has begun; ERR_NOT_FOUND: nothing was written. Weak: the page stands without it. */
enum err mine_dossier_part(struct request *r, struct page *o, struct str code) __attribute__((weak, warn_unused_result));

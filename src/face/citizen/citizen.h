/* The face of the citizen who looks: home, search, a procedure at a glance, life events, tracking, verification, public figures, the style guide.
 * What a citizen does when signed in stands beside it (apply.h). Pages decide nothing: they ask the domain and say it in plain words. */
#pragma once
#include "face/site/site.h"

extern const struct route citizen_routes[];
extern const size_t citizen_route_count;

/* The seam for what the owner of a dossier can do on its page (/ho-so/{code}): written after the public part, for one who is signed in and may read it.
 * Weak: the page stands without it. */
struct tracked; /* domain/dossier/track.h */
void mine_dossier_part(struct request *r, struct page *o, const struct tracked *t) __attribute__((weak));

/* The citizen who acts: begins a draft for a procedure, fills it page by page, sends it; sees her own dossiers, answers what was asked, takes back.
 * Who only looks (home, search, tracking) is citizen.h.
 *
 * Pages decide nothing. Whether a field is right says the domain (party_check at each page, the `submit` command for the whole), and what may be done
 * with a dossier says dossier_possible. docs/internals/pages-apply.md. */
#pragma once
#include "face/site/site.h"

extern const struct route apply_routes[];
extern const size_t apply_route_count;

/* What the owner sees of a dossier: state in plain words, dates, what was asked, timeline with the words to the citizen, results, what may be done.
 * Writes into a page that has begun; `r` has a citizen's session. ERR_NOT_FOUND: there is no such dossier for this visitor, and nothing was written. */
enum err mine_dossier_part(struct request *r, struct page *o, struct str code) CHECKED;

/* The pages of those who work on dossiers: officer, reviewer, leader, records clerk, return desk.
 *
 *   /xu-ly            queues by verb, the clock that ends first on top; search, filter, CSV
 *   /xu-ly/{ma}       one dossier: what it is, what happened, and what may be done with it now
 *   /xu-ly/{ma}/{viec}  one thing done: its form, with what was typed when it could not be done
 *   /lanh-dao         what waits for a decision
 *   /tra-ket-qua      the return desk
 *
 * Nothing is decided here: lists and rights are the domain's (domain/dossier/list.h, dossier_possible), what is done is a command. */
#pragma once
#include "face/face.h"

extern const struct route office_routes[];
extern const size_t office_route_count;

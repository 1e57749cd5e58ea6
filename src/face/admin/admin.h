/* /quan-tri: what an administrator of a unit decides. First form: its service points and counters, who serves them, since when and by which decision.
 * Every change is a command of domain/point; whether she may is asked there. */
#pragma once
#include "face/site/site.h"

extern const struct route admin_routes[];
extern const size_t admin_route_count;

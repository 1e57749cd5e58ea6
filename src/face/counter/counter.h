/* The counter (/quay): from person to receipt on one screen, what was handed in today, and the certification desk. docs/internals/pages-counter.md. */
#pragma once
#include "http/route.h"

extern const struct route counter_routes[];
extern const size_t counter_route_count;

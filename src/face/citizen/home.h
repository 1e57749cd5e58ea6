/* What the first page and the list of places show. */
#pragma once
#include "domain/point/point.h"
#include "face/citizen/find.h"

enum { PLACES_MAX = 40 };
struct place {
    struct str name, address;
};
struct places_model {
    struct str q, next, first;
    const struct point_row *point;
    size_t points;
    const struct place *place;
    size_t places;
};

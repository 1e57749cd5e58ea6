/* The rules in force: one immutable generation of all reference data that decisions read. A reload makes a new generation and swaps the
 * pointer; a decision keeps the one that it began with. Made by src/app from the datasets that the store adopted and the events that amend
 * them. */
#pragma once
#include "domain/calendar/calendar.h"
#include "domain/calendar/parameters.h"
#include "domain/catalog/catalog.h"
#include "domain/org/org.h"
#include "domain/org/rights.h"

struct rules {
    const struct org *org;
    const struct catalog *catalog;
    const struct calendar *calendar;
    const struct parameters *parameters;
    const struct rights *rights;
    struct str province; /* territory code that this store serves; "" for the whole country */
    bool rehearsal;      /* personal numbers with the unassigned prefix 099, and a clock of its own */
};

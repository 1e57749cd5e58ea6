/* What a legal limit is: an amount of a unit, and, where the rule says so, a time of day after which the count starts a day later. */
#pragma once
#include <stdint.h>

enum limit_unit { LIMIT_NONE, LIMIT_SAME_DAY, LIMIT_CLOCK_HOURS, LIMIT_WORKING_HOURS, LIMIT_WORKING_DAYS, LIMIT_CALENDAR_DAYS, LIMIT_MONTHS };
struct limit { enum limit_unit unit; int64_t milli; int32_t cutoff_ms_of_day; };

/* What a legal limit is: an amount of a unit, and, where the rule says so, a time of day after which the count starts a day later. */
#pragma once
#include <stdint.h>

enum limit_unit { LIMIT_NONE, LIMIT_SAME_DAY, LIMIT_CLOCK_HOURS, LIMIT_WORKING_HOURS, LIMIT_WORKING_DAYS, LIMIT_CALENDAR_DAYS, LIMIT_MONTHS };

struct limit {
    enum limit_unit unit;
    int64_t milli;             /* thousandths of the unit: 1500 = 1.5; without meaning for LIMIT_NONE and LIMIT_SAME_DAY */
    int32_t cutoff_ms_of_day;  /* a receipt after this local time is deemed made on the next working day, only where the
                                  procedure's own rule says so; -1 none */
};

/* Time: int64 milliseconds UTC since 1970. Vietnam keeps +07:00 all year (no daylight saving), so local civil time is plain
 * arithmetic here and does not depend on the machine's zone or on tzdata. Days are counted since 1970-01-01 (local). */
#pragma once
#include "base/str.h"

enum { MS_SECOND = 1000, MS_MINUTE = 60000, MS_HOUR = 3600000, MS_DAY = 86400000, VN_OFFSET_MS = 7 * MS_HOUR };

struct civil {
    int year, month, day;       /* 1-based month and day */
    int hour, minute, second, ms;
};

int64_t time_machine_ms(void);   /* the machine's clock */
int64_t time_monotonic_us(void); /* for durations only */

int64_t civil_days(int year, int month, int day); /* proleptic Gregorian; year 1..9999 */
void civil_from_days(int64_t days, int *year_r, int *month_r, int *day_r);
bool civil_valid(int year, int month, int day);
int civil_month_length(int year, int month);
int civil_weekday(int64_t days); /* 1 Monday … 7 Sunday */

int64_t time_local_day(int64_t ms);           /* day number in Vietnam */
int64_t time_local_ms_of_day(int64_t ms);     /* 0 … MS_DAY-1 */
int64_t time_from_local(int64_t day, int64_t ms_of_day);
struct civil time_civil(int64_t ms);          /* in Vietnam */

/* "2026-11-21T09:30:00+07:00" (milliseconds only when not zero): the API's form. out holds at least 40 bytes. */
void time_format(int64_t ms, char *out);
/* "2026-11-21T02:30:00.000Z". */
void time_format_utc(int64_t ms, char *out);
/* RFC 3339 with offset or Z, seconds required, up to 9 fraction digits (cut to ms); false if it is anything else. */
bool time_parse(struct str s, int64_t *ms_r);
/* "2026-11-21", a real date of years 1..9999. */
bool date_parse(struct str s, int64_t *days_r);
void date_format(int64_t days, char *out); /* at least 16 bytes */

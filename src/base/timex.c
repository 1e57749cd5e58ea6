/* See timex.h. Civil-day arithmetic over 400-year cycles (146,097 days), years starting in March. */
#include "base/timex.h"
#include <stdio.h>
#include <time.h>

int64_t time_machine_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t time_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int64_t civil_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t cycle = floor_div(y, 400), in_cycle = y - cycle * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return cycle * 146097 + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + day_of_year - 719468;
}

void civil_from_days(int64_t days, int *year_r, int *month_r, int *day_r)
{
    int64_t z = days + 719468, cycle = floor_div(z, 146097), d = z - cycle * 146097;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t doy = d - (365 * y + y / 4 - y / 100), m = (5 * doy + 2) / 153;
    *day_r = (int)(doy - (153 * m + 2) / 5 + 1);
    *month_r = (int)(m < 10 ? m + 3 : m - 9);
    *year_r = (int)(y + cycle * 400 + (*month_r <= 2));
}

int civil_month_length(int year, int month)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : length[month - 1];
}

bool civil_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= civil_month_length(year, month);
}

int civil_weekday(int64_t days)
{
    int64_t w = (days + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(w < 0 ? w + 7 : w) + 1;
}

int64_t time_local_day(int64_t ms) { return floor_div(ms + VN_OFFSET_MS, MS_DAY); }

int64_t time_local_ms_of_day(int64_t ms) { return ms + VN_OFFSET_MS - time_local_day(ms) * MS_DAY; }

int64_t time_from_local(int64_t day, int64_t ms_of_day) { return day * MS_DAY + ms_of_day - VN_OFFSET_MS; }

static struct civil civil_at(int64_t shifted_ms)
{
    struct civil c = {0};
    int64_t day = floor_div(shifted_ms, MS_DAY), rest = shifted_ms - day * MS_DAY;
    civil_from_days(day, &c.year, &c.month, &c.day);
    c.hour = (int)(rest / MS_HOUR);
    c.minute = (int)(rest / MS_MINUTE % 60);
    c.second = (int)(rest / MS_SECOND % 60);
    c.ms = (int)(rest % MS_SECOND);
    return c;
}

struct civil time_civil(int64_t ms) { return civil_at(ms + VN_OFFSET_MS); }

void time_format(int64_t ms, char *out)
{
    struct civil c = time_civil(ms);
    int n = snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (c.ms)
        n += snprintf(out + n, 40 - (size_t)n, ".%03d", c.ms);
    snprintf(out + n, 40 - (size_t)n, "+07:00");
}

void time_format_utc(int64_t ms, char *out)
{
    struct civil c = civil_at(ms);
    snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms);
}

static bool number(struct str s, size_t from, size_t n, int *v_r)
{
    int64_t v;
    struct str part = str_sub(s, from, n);
    if (part.n != n || !str_all_digits(part) || !str_to_i64(part, &v))
        return false;
    *v_r = (int)v;
    return true;
}

bool date_parse(struct str s, int64_t *days_r)
{
    int y, m, d;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !number(s, 0, 4, &y) || !number(s, 5, 2, &m) || !number(s, 8, 2, &d)
        || !civil_valid(y, m, d))
        return false;
    *days_r = civil_days(y, m, d);
    return true;
}

void date_format(int64_t days, char *out)
{
    int y, m, d;
    civil_from_days(days, &y, &m, &d);
    snprintf(out, 16, "%04d-%02d-%02d", y, m, d);
}

bool time_parse(struct str s, int64_t *ms_r)
{
    int64_t days;
    int hour, minute, second, ms = 0, off_hour = 0, off_minute = 0;
    if (s.n < 20 || !date_parse(str_sub(s, 0, 10), &days) || (s.p[10] != 'T' && s.p[10] != 't') || s.p[13] != ':' || s.p[16] != ':'
        || !number(s, 11, 2, &hour) || !number(s, 14, 2, &minute) || !number(s, 17, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    size_t i = 19;
    if (s.p[i] == '.') {
        size_t digits = 0;
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++)
            if (digits < 3)
                ms = ms * 10 + (s.p[i] - '0');
        if (digits == 0 || digits > 9)
            return false;
        for (; digits < 3; digits++)
            ms *= 10;
    }
    int sign = 0;
    struct str zone = str_sub(s, i, s.n);
    if (str_is(zone, "Z") || str_is(zone, "z"))
        sign = 0;
    else {
        if (zone.n != 6 || (zone.p[0] != '+' && zone.p[0] != '-') || zone.p[3] != ':' || !number(zone, 1, 2, &off_hour)
            || !number(zone, 4, 2, &off_minute) || off_hour > 23 || off_minute > 59)
            return false;
        sign = zone.p[0] == '-' ? -1 : 1;
    }
    *ms_r = days * MS_DAY + (int64_t)hour * MS_HOUR + (int64_t)minute * MS_MINUTE + (int64_t)second * MS_SECOND + ms
        - sign * ((int64_t)off_hour * MS_HOUR + (int64_t)off_minute * MS_MINUTE);
    return true;
}

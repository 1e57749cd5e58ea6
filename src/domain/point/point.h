/* Service points (điểm tiếp nhận) and their counters (quầy): where people go, at which counter what is done, and who serves it, since when, by
 * which decision. One stream a point; it lives in the unit that runs it.
 *
 *   point_open        {code, name, address, territory, kind: one_stop|postal|mobile|kiosk, basis}
 *   point_change      {name?, address?, territory?, kind?, basis}
 *   point_close       {basis}                                    its counters close with it
 *   counter_open      {no, name, procedures?, sectors?, purposes, basis}   again for the same number: as it is from now on
 *   counter_close     {no, basis}
 *   counter_staff     {no, staff, from?, to?, substitute?, basis}   dated; a substitute serves while nobody else does
 *   counter_staff_end {no, staff, basis}                         refused while it would leave the counter unmanned: name a substitute first
 *
 * No list of procedures and sectors means all. Purposes: receive, return, pay, guide, certify, digitise, kiosk. Staff stand here by login; their
 * rights are another matter (domain/staff): who serves a counter still needs the role for what she does there. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"

enum { POINT_CODE_MAX = 32, POINT_COUNTERS_MAX = 64, COUNTER_STAFF_MAX = 32, COUNTER_LIST_MAX = 100 };

struct counter_staff {
    struct str staff, basis; /* login */
    int64_t from, to;        /* [from, to), 0 open */
    int64_t substitute;      /* 1: stands in for another */
};
struct service_counter {
    int64_t no, opened_at, closed_at;
    struct str name, procedures, sectors, purposes; /* lists: ",a,b," or "" */
    const struct counter_staff *staff;              /* in force or to come */
    size_t staff_n;
};
struct service_point {
    struct str code, name, address, territory, kind;
    int64_t opened_at, closed_at;
    const struct service_counter *counter;
    size_t counters;
};

extern const struct aggregate point_aggregate;
const char *point_command_at(size_t i); /* NULL past the last */

/* code → stream; ERR_NOT_FOUND. */
enum err point_find(struct db *db, struct arena *a, struct str code, struct str *home_r, struct id *id_r) CHECKED;

struct point_row {
    struct str home_unit, code, name, address, territory, kind;
    struct id id;
    int64_t opened_at, closed_at;
};
struct point_filter {
    struct str unit, territory; /* empty: all */
    bool open;                  /* only those that are not closed */
    struct str after;           /* code of the last one of the page before */
};
/* In order of the code; at most `most`. */
enum err point_list(struct db *db, struct arena *a, const struct point_filter *q, struct point_row *rows_r, size_t most, size_t *n_r) CHECKED;

struct counter_row {
    int64_t no, opened_at, closed_at;
    struct str name, procedures, sectors, purposes;
};
enum err counter_list(struct db *db, struct arena *a, struct str home_unit, struct id id, int64_t after_no, struct counter_row *rows_r, size_t most,
                      size_t *n_r) CHECKED;

struct serving_row {
    int64_t no, valid_from, valid_to; /* valid_to INT64_MAX: open */
    struct str staff, basis;
    bool substitute;
};
/* Who is named for the counter (0: for all counters of the point) at `now`, substitutes last. */
enum err counter_serving(struct db *db, struct arena *a, struct str home_unit, struct id id, int64_t no, int64_t now, struct serving_row *rows_r, size_t most,
                         size_t *n_r) CHECKED;

struct unmanned_row {
    struct str point, name;
    int64_t no;
};
/* Open counters of a unit's points that nobody serves at `now`. */
enum err counters_unmanned(struct db *db, struct arena *a, struct str home_unit, int64_t now, struct unmanned_row *rows_r, size_t most, size_t *n_r) CHECKED;
/* May this be asked for at the counter? Empty strings are not asked. */
bool counter_serves(const struct counter_row *c, struct str procedure, struct str sector, struct str purpose);

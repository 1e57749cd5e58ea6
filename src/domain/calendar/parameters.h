/* The parameters of law and practice that have a single value on a day (data/parameters.tsv, regulation §21): limits in days, cut-off
 * hours, counts. Dated, with legal basis and mark (A the text was read, B second-hand, C to be verified, D design).
 *
 * No default stands in code: a parameter that is missing on a day is an error (ERR_CORRUPT, parameters.missing). Built once,
 * then only read; a later decision is a row of its own, adopted by an event. */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct parameter {
    struct str key, value;
    int64_t valid_from, valid_to; /* first and last day; INT64_MIN and INT64_MAX where the cell is empty */
    struct str legal_basis, mark;
};
struct parameters;

/* Text of dataset parameters.tsv. NULL with details in f: missing column, empty key or value, broken date, two rows of one key on
 * the same day, more rows than PARAMETERS_MAX. */
enum { PARAMETERS_MAX = 512 };
struct parameters *parameters_load(struct arena *a, struct str tsv, struct fail *f);
/* A later decision: a row of the same key that is in force on valid_from ends the day before. Refuses (ERR_CONFLICT) a row that
 * would overlap a later one. Strings are kept by reference. */
enum err parameters_add(struct parameters *p, struct parameter row, struct fail *f) CHECKED;

/* A later decision laid over what there is, and never in its way: with a last day it holds for just its days and what held before comes back
 * after them; without one it holds until the next row of the key begins. A row that begins on the same day is replaced. Refuses only a broken
 * row and a full table. Strings are kept by reference. */
enum err parameters_overlay(struct parameters *p, struct parameter row, struct fail *f) CHECKED;

size_t parameters_count(const struct parameters *p);
const struct parameter *parameters_at(const struct parameters *p, size_t i);
/* The row in force on that day, or NULL. */
const struct parameter *parameter_find(const struct parameters *p, const char *key, int64_t on_day);

/* The value in force, read as a whole number, a time of day ("15:00", in ms), a date, or as it is written. */
enum err parameter_i64(const struct parameters *p, const char *key, int64_t on_day, int64_t *v_r, struct fail *f) CHECKED;
enum err parameter_ms_of_day(const struct parameters *p, const char *key, int64_t on_day, int32_t *ms_r, struct fail *f) CHECKED;
enum err parameter_date(const struct parameters *p, const char *key, int64_t on_day, int64_t *day_r, struct fail *f) CHECKED;
enum err parameter_str(const struct parameters *p, const char *key, int64_t on_day, struct str *v_r, struct fail *f) CHECKED;

/* "HH:MM", 00:00 to 24:00. */
bool ms_of_day_parse(struct str s, int32_t *ms_r);

/* Shared by the files of this folder. */
#pragma once
#include "domain/command/fields.h"
#include "domain/point/point.h"
#include <stdlib.h>

enum err point_apply(void *state, struct arena *a, const struct applied *e) CHECKED;
void point_save(struct buf *b, const void *state);
enum err point_load(void *state, struct arena *a, struct str saved) CHECKED;
enum err point_prepare(struct decision *d, struct db *db) CHECKED;
const char *point_command_fields(struct str command);
enum err point_decide(struct decision *d) CHECKED;
enum err point_project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n) CHECKED;

struct point_inputs {
    bool code_taken, staff_known;
};
const struct service_counter *point_counter(const struct service_point *p, int64_t no); /* NULL: none of that number */
static inline bool span_ended(int64_t to, int64_t at) { return to && to <= at; }

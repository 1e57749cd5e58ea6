/* Structs of texts and integers as JSON objects and back, by one table of their members: the fields of an aggregate's state and the lists that it
 * holds. What is read is copied into the arena. */
#pragma once
#include "base/arena.h"
#include "base/str.h"
#include <jansson.h>

struct member {
    const char *name;
    bool text; /* else int64_t */
    size_t offset;
};
#define MEMBER_TEXT(type, field) {#field, true, offsetof(type, field)}
#define MEMBER_INT(type, field) {#field, false, offsetof(type, field)}
struct members {
    const struct member *member;
    size_t n, size; /* size: of the struct */
};

/* Every member into the object, "" and 0 too. */
void members_put(const struct members *m, const void *from, json_t *object);
/* Those that the object has; the others stay. */
void members_set(const struct members *m, struct arena *a, const json_t *object, void *to);
/* A new list of objects. */
json_t *members_json(const struct members *m, const void *items, size_t n);
/* The objects of a list as an array, at most max; members that are absent are "" and 0. */
void *members_read(const struct members *m, struct arena *a, const json_t *list, size_t max, size_t *n_r);

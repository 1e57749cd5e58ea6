/* A toy aggregate for tests of the way of a command, for the kill test and the measurements. A toy has a label, a sum, a name (a
 * personal field) and a number that is continuous in its unit. Commands:
 *   open {label, name?}  add {n, times?}  rename {name}  erase {}  refuse {}  break {where: "project"|"decide"|"nothing"|"many"}
 * A label "rows=N" asks for N projection rows with each change. */
#pragma once
#include "domain/command/command.h"

struct toy {
    int64_t no, times, sum;
    struct str label, name;
};
extern const struct aggregate toy_aggregate;

/* An engine room on this store; a rehearsal store's when a seed is given. */
struct engine_room *toy_room(struct store *s, int lanes, const char *rehearsal_seed);
void toy_room_close(struct engine_room **room);

/* A command by staff:1 of unit 91 at noon of a day; payload as JSON text, owned by the arena. */
struct command toy_command(struct arena *a, const char *type, const char *home_unit, struct id stream, const char *key, const char *payload_fmt, ...)
    __attribute__((format(printf, 6, 7)));
static const int64_t TOY_NOON = 1795237200000; /* 2026-11-21T12:00:00+07:00 */

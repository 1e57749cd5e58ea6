/* Versions of events. Facts are never rewritten; when the shape of a payload changes, the type gets a new version and a pure step from each
 * version to the next. apply and project only ever see the newest. An aggregate lists the types it knows; what is not in the list, or is
 * newer than the list says, belongs to a later release: ERR_CORRUPT, and this program does not write on top of it. */
#pragma once
#include "domain/command/command.h"

/* Gives the payload (or the personal fields, `personal`) in the shape of the next version; a new reference. Pure. */
typedef json_t *upcast_step(const json_t *payload, bool personal);
struct event_type {
    const char *type;
    int version;              /* the newest */
    upcast_step *const *step; /* step[0]: from 1 to 2, … version - 1 of them; NULL when there is only one version */
};

/* ERR_CORRUPT: not known to this release. */
enum err event_known(const struct aggregate *g, struct str type, int64_t version) CHECKED;
/* Lifts payload and personal fields to the newest version, and head.version with them; head.payload keeps the bytes that were hashed. */
enum err applied_upcast(const struct aggregate *g, struct arena *a, struct applied *e) CHECKED;
/* ERR_CORRUPT when one of the newest events of a unit (8 of each, at most 20,000 units) is of a type or version that none of these knows, which
 * is then named with its version. */
enum err store_events_known(struct store *s, const struct aggregate *const *aggregates, size_t n, char unknown_r[EVENT_UNKNOWN_MAX]) CHECKED;

/* Event streams (text/event-stream): an answer that stays open while somebody else has something to say. No thread waits for it: while there is nothing
 * to send the connection is suspended, and a stream costs its memory only.
 *
 * A stream has two holders: the answer (until the client is gone or the end was sent) and whoever made it (until http_events_close). What the client does
 * not take is kept up to EVENTS_PENDING_MAX bytes; a client slower than that is ended, and comes again by itself. A stream ends after EVENTS_LIFE_MS at the
 * latest, so that who listens is asked again who she is. All streams must be closed before http_server_stop. */
#pragma once
#include "http/request.h"

enum { EVENTS_PENDING_MAX = 2048, EVENTS_LIFE_MS = 10 * 60 * 1000 };

struct http_events;
/* Answers r with a stream whose first bytes are `first`; the caller holds it. */
struct http_events *respond_events(struct request *r, struct str first);
/* From any thread; false: it has ended, only closing is left. */
bool http_events_send(struct http_events *e, struct str text);
/* Ends it after what was sent, and lets go; *e is NULL afterwards. */
void http_events_close(struct http_events **e);

/* Counts that come by themselves: open streams of staff, fed by the bell of the writer. */
#pragma once
#include "face/face.h"

struct bell;
struct live;
/* Starts the thread that counts; NULL when it cannot read the store (pages then ask from time to time). */
struct live *live_start(struct engine_room *room, struct bell *bell);
/* Ends all streams. Before http_server_stop. */
void live_stop(struct live *l);
void live_free(struct live **l);

/* Housekeeping: what is done again and again so that a store does not grow without need, on a thread of its own, in small batches through the
 * writer, with a pause after each so that no command waits long. A table of chores stands in housekeeping.c; each round that found something is
 * logged with its number. On a read-only node nothing is done. With several processes the one that holds the lease does it. */
#pragma once
#include "app/app.h"
#include "store/files.h"

struct housekeeping;
enum err housekeeping_start(struct app *app, struct file_store *files, struct housekeeping **h_r, struct fail *f) CHECKED;
void housekeeping_stop(struct housekeeping **h);

/* One round of everything that is due at `now` (the machine's clock), for tests; gives how many rows or files went in all. */
int64_t housekeeping_round(struct housekeeping *h, int64_t now);

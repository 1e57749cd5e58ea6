/* Counts folded: a command only inserts rows into count_delta, one beside the other, so that no two commands wait for one sum; here they are
 * merged into count_total, a small batch in each transaction of the writer. Readers add both tables, so a figure is the same before, during and
 * after; a replay compares the sums. Exactly once: what a batch deletes is what it adds, in one transaction. */
#pragma once
#include "store/writer.h"

enum { COUNT_FOLD_BATCH_MAX = 1024 };
/* One batch of at most `most` rows; *folded_r less than that: nothing is left. Any thread but the writer's. */
enum err count_fold(struct writer *w, int most, int64_t *folded_r) CHECKED;

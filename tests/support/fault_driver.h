/* A driver that fails: it stands before the real one and lets the k-th call of a writing connection end badly, as a disk, a server or a network
 * would have it. Reading connections, and what they find afterwards, are left alone. One store of a process at a time. */
#pragma once
#include "store/store.h"

struct planned_fault {
    int at;         /* 1: the next call (begin, statement, row, flush, commit) */
    enum err kind;
    bool for_ever;  /* and all calls after it, until fault_disarm */
    bool after;     /* the call is made, and only its answer lost (not of a begin) */
};

/* Connections that are opened from now on can fail. */
void fault_driver_before(struct store *s);
void fault_arm(struct planned_fault f);
/* How many calls there were since fault_arm: at least `at` when it failed. */
int fault_disarm(void);

/* What the template of the return desk is given. */
#pragma once
#include "face/office/queue_view.h"

struct deliver_view {
    struct str q, done, next;
    struct row *row;
    bool *remind; /* of each row: nobody came for it in the time that the parameter gives */
    size_t n, reminders;
};

/* Staff for a simulation; see simulate_staff.c. */
#pragma once
#include "app/simulate.h"

/* Registers clerk, officer and leader of every place that is used, and fills their actors. Repeatable: the keys are the same. */
enum err simulate_staff(struct app *app, struct plan *p, const struct people *people, struct fail *f) CHECKED;

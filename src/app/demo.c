/* motcua demo: see docs/internals/demo.md. */
#include "app/verbs.h"

int verb_demo(struct args *a)
{
    (void)a;
    return EXIT_NOT_AVAILABLE;
}

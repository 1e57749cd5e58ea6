/* motcua bench. */
#include "app/verbs.h"

int verb_bench(struct args *a)
{
    (void)a;
    return EXIT_NOT_AVAILABLE;
}

#include "app/demo_private.h"
enum err demo_residence_open(struct demo *d, const char *program, struct fail *f) { (void)d; (void)program; (void)f; return ERR_OK; }
void demo_residence_close(struct demo *d) { (void)d; }
enum err demo_stand_in_start(struct demo *d, struct fail *f) { (void)d; (void)f; return ERR_OK; }
void demo_stand_in_stop(struct demo *d) { (void)d; }
enum err demo_advance(struct demo *d, int64_t to, struct fail *f) { (void)f; d->now = to; return ERR_OK; }

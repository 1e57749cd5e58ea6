/* The keeper of the rules: after a commit it looks whether the store holds other rules than those in force (an adoption, an amendment, also by
 * another process), builds a new generation beside the old one and swaps them. Readers go on with what they hold; commands never wait.
 * From the commit of an amendment until it holds: the look (at most 1.1 s) and the build (0.2 to 0.5 s). */
#pragma once
#include "app/app.h"
#include "base/bell.h"

struct keeper;
/* `changed` is told after each swap, on the keeper's thread. */
enum err keeper_start(struct app *app, struct bell *bell, void (*changed)(void *arg), void *arg, struct keeper **k_r, struct fail *f) CHECKED;
/* SIGHUP: builds anew at the next look, also when nothing changed. */
void keeper_reload(struct keeper *k);
void keeper_stop(struct keeper **k);

/* How often one may try: the generic cell rate algorithm, in memory, per key. Each key has one number, the time at which it would be idle;
 * a try moves it on by `every_ms` and is refused when it lies more than `burst` tries ahead. A fixed table: the key that is idle longest gives
 * way, so a flood of keys forgets, and never grows. Keys are hashed with a random key of this process. Any thread. */
#pragma once
#include "base/str.h"

struct limiter;
struct limiter *limiter_new(int64_t every_ms, int burst);
void limiter_free(struct limiter **l);
/* 0: go on; else milliseconds until the next try would be let through. A refused try costs nothing. */
int64_t limiter_try(struct limiter *l, struct str key, int64_t now_ms);
/* The part of a numeric address that one client has for itself: of IPv6 the first 64 bits. */
struct str limiter_client(struct str address);

/* For vn.c and its test alone. */
#pragma once
#include "base/vn.h"

/* What vn_fold says, without its table: the reference. */
struct str vn_fold_by_utf8proc(struct arena *a, struct str s);

/* What the pages load: built from assets/ into the program (tools/assets.py). */
#pragma once
#include "base/str.h"

struct asset {
    const char *name, *url, *type;
    const unsigned char *bytes;
    size_t n;
    const unsigned char *gzip; /* NULL: not worth it */
    size_t gzip_n;
};
extern const struct asset assets[];
extern const size_t asset_count;

/* The address of an asset by its file's name; ends the program for a name that is none (a test loads every page). */
const char *asset_url(const char *name);

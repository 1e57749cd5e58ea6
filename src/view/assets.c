/* See assets.h. */
#include "view/assets.h"
#include <stdlib.h>

const char *asset_url(const char *name)
{
    for (size_t i = 0; i < asset_count; i++)
        if (strcmp(assets[i].name, name) == 0)
            return assets[i].url;
    abort();
}

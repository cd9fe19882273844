/* The table is made by the Makefile (out/gen/assets.S). */
#include "repli/asset.h"

#include <string.h>

extern const struct repli_asset repli_asset_table[];

const struct repli_asset *repli_asset_at(size_t index)
{
    for (size_t i = 0; repli_asset_table[i].name; i++)
        if (i == index)
            return &repli_asset_table[i];
    return NULL;
}

const struct repli_asset *repli_asset_get(const char *name)
{
    for (size_t i = 0; repli_asset_table[i].name; i++)
        if (strcmp(repli_asset_table[i].name, name) == 0)
            return &repli_asset_table[i];
    return NULL;
}

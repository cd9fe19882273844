/* Files packed into the program at build time: fonts, templates, SQL, the zone of Europe/Brussels. */
#ifndef REPLI_ASSET_H
#define REPLI_ASSET_H

#include <stddef.h>
#include <stdint.h>

struct repli_asset {
    const char
        *name; /* e.g. "templates/forms/obs.yaml", "fonts/regular.ttf", "store/record.sql"; "zone/Europe/Brussels" */
    const uint8_t *data; /* static storage; a NUL follows that is not counted */
    size_t len;
};

const struct repli_asset *repli_asset_get(const char *name); /* NULL: no such asset */
const struct repli_asset *repli_asset_at(size_t index);      /* sorted by the bytes of name; NULL past the end */

#endif

/* Page codes as a forger, a copier or a copied station would make them, printed over those of a sheet. */
#ifndef TEST_FORGE_H
#define TEST_FORGE_H

#include "repli/pagemap.h"
#include "repli/scan.h"
#include "support/prng.h"

enum forge {
    FORGE_FLIP, /* one bit of the 59 bytes is another */
    FORGE_MAC,  /* another seal: somebody without the key */
    FORGE_CLONE /* the station's own seal on its serial with another patient: a computer that was copied */
};
bool forge_parse(const char *text, enum forge *kind); /* "flip", "mac", "clone" */

/* New digits for the sheet in both places of the page.  `keys`: a site's folder, for FORGE_CLONE; `other`: digits of a
** sheet of another patient.  Fails the program when it cannot. */
void forge_codes(struct repli_image *page, const struct repli_page_map *map, enum forge kind, const char *keys,
                 const char *other, struct prng *r);

#endif

/* Texts of a page map on a picture of a sheet, in the faces that print embeds. */
#ifndef TEST_LETTERING_H
#define TEST_LETTERING_H

#include "repli/scan.h"

void lettering_text(struct repli_image *page, const struct repli_printed *text);
/* The band: its texts, and a serial ("" or NULL: none). */
void lettering_band(struct repli_image *page, const struct repli_page_map *map, const char *serial);

#endif

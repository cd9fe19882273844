/* Private to forms/scan: does the band of the paper say what was printed there? */
#ifndef REPLI_SCAN_BAND_H
#define REPLI_SCAN_BAND_H

#include "ink.h"

/* Of a registered page; true where the page map says nothing about its band. */
bool repli_band_agrees(const struct repli_image *image, const struct repli_page_map *map,
                       const struct repli_pose *pose);

/* How far the band is that of a sheet, text by text. */
struct band_match {
    double likeness; /* of its bold texts with what stands there, each by its worst part: 1 = the same, 0 = nothing.
                        Places where nothing stands tell nothing. */
    int agree, deny; /* texts that stand there; places where something else does */
    int absent;      /* places where nothing stands: torn off, pasted over in white */
};
void repli_band_match(const struct repli_image *image, const struct repli_page_map *map, const struct repli_pose *pose,
                      struct band_match *out);

#endif

/* Private to forms/scan: does the band of the paper say what was printed there? */
#ifndef REPLI_SCAN_BAND_H
#define REPLI_SCAN_BAND_H

#include "ink.h"

/* Of a registered page; true where the page map says nothing about its band. */
bool repli_band_agrees(const struct repli_image *image, const struct repli_page_map *map,
                       const struct repli_pose *pose);

#endif

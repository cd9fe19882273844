/* Private to forms/scan: shadows of folds. */
#ifndef REPLI_SCAN_CREASE_H
#define REPLI_SCAN_CREASE_H

#include <stdbool.h>

#include "repli/scan.h"

/* *flat: a copy of a gray image whose creases are as bright as the paper beside them (free its gray).  false: there are
** none, or the image has two levels; *flat is untouched. */
bool repli_creases_flatten(const struct repli_image *image, const double h[9], struct repli_image *flat);

#endif

/* An observation sheet as a page map, made without templates: for tests of pens, scanner and reading. */
#ifndef TEST_SAMPLE_H
#define TEST_SAMPLE_H

#include "repli/pagemap.h"

/* Side `side` of 2; columns 1 to 7.  The code's digits are well formed and name the window, but carry no MAC. */
struct repli_page_map *sample_sheet(struct repli_arena *a, int side, int64_t window_utc, int hours);

#endif

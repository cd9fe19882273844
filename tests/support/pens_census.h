/* The part of the pens that knows how a ward's census is filled. */
#ifndef TEST_PENS_CENSUS_H
#define TEST_PENS_CENSUS_H

#include "support/pens.h"

bool pens_is_census(const struct repli_page_map *map);
/* Fills `out`, one entry a field: a line each, and the head count. */
void pens_plan_census(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out);

#endif

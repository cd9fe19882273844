/* The part of a plan that is about charts of fluids, and about meters that show LO or HI. */
#ifndef TEST_PENS_CHARTS_H
#define TEST_PENS_CHARTS_H

#include "support/pens.h"

/* Is a field planned here, and nowhere else? */
bool pens_of_charts(const struct repli_field *f);
/* Plans them; fields of other captures are left alone, but for a number that LO or HI takes the place of. */
void pens_plan_charts(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out);

#endif

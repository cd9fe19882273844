/* The part of a plan that is about orders: captures administration, order-decision, order-proposal and allergy. */
#ifndef TEST_PENS_ORDERS_H
#define TEST_PENS_ORDERS_H

#include "support/pens.h"

/* Does a field belong to one of these captures? */
bool pens_of_orders(const struct repli_field *f);
/* Plans them; fields of other captures are left alone. */
void pens_plan_orders(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out);

#endif

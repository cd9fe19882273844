/* What is written on a registration sheet: who somebody says to be, when and how he came. */
#ifndef TEST_PENS_IDENTITY_H
#define TEST_PENS_IDENTITY_H

#include "support/pens.h"

/* Fills the captures of kind identity of a side: of a pack's first page somebody with a name and a national number; of
** any other one somebody whom nobody knows, and a real number that was found out later. */
void pens_plan_identity(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                        struct repli_arena *a, struct pens_field *out);

#endif

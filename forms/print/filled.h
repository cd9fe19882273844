/* What a set of sheets is filled from, as a text, and how two such texts differ. */
#ifndef REPLI_PRINT_FILLED_H
#define REPLI_PRINT_FILLED_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/dataset.h"

/* In `a`.  Equal texts: equal paper, but for its hours. */
const char *repli_filled_text(const struct repli_datasets *data, const uint8_t form[32], bool of_ward,
                              struct repli_arena *a);
/* What is new, changed or gone, for people; none when the texts are equal. */
const char **repli_filled_diff(const char *before, const char *now, struct repli_arena *a, size_t *count);

#endif

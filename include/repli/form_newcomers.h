/* What sheets of labels for downtime numbers are filled from. */
#ifndef REPLI_FORM_NEWCOMERS_H
#define REPLI_FORM_NEWCOMERS_H

#include "repli/form.h"

/* As repli_form_nobody(), of several numbers: a row of the census each. */
struct repli_datasets *repli_form_newcomers(const struct repli_form *form, const uint64_t *downtime, size_t count,
                                            struct repli_arena *a);

#endif

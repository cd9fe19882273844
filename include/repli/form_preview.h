/* A form with invented data, for looking at it: no ledger, no serial that exists, no page code that reads. */
#ifndef REPLI_FORM_PREVIEW_H
#define REPLI_FORM_PREVIEW_H

#include "repli/form.h"

struct repli_preview {
    const struct repli_side *side;
    struct repli_draw_list overlay; /* marked as a drill */
    const char *code;               /* 143 digits that are no page code */
};

/* `of`: "usual", "bare" (nothing was transmitted) or "full" (a long name, many values); else REPLI_USAGE. */
REPLI_MUST_CHECK enum repli_status repli_form_preview(const struct repli_form *form, const char *of,
                                                      const struct repli_zone *zone, int64_t data_utc,
                                                      int64_t print_utc, struct repli_arena *a,
                                                      struct repli_preview **pages, size_t *count,
                                                      struct repli_err *err);

#endif

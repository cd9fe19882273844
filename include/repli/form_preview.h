/* A form with invented data, for looking at it: no ledger, no serial that exists, no page code that reads. */
#ifndef REPLI_FORM_PREVIEW_H
#define REPLI_FORM_PREVIEW_H

#include "repli/form.h"

struct repli_preview {
    const struct repli_side *side;
    struct repli_draw_list overlay; /* marked as a drill */
    const char *code;               /* 143 digits that are no page code */
};

struct repli_preview_in {
    const char
        *of; /* "usual", "bare" (nothing was transmitted) or "full" (a long name, many values); else REPLI_USAGE */
    const char *setting; /* of the site: "triage-esi"; NULL: the usual ones; an unknown one is REPLI_USAGE */
    bool child;          /* under sixteen, whoever the sample is */
    const struct repli_zone *zone;
    int64_t data_utc, print_utc;
};
REPLI_MUST_CHECK enum repli_status repli_form_preview(const struct repli_form *form, const struct repli_preview_in *in,
                                                      struct repli_arena *a, struct repli_preview **pages,
                                                      size_t *count, struct repli_err *err);

#endif

/* A dry run by patient. */
#ifndef REPLI_RECONCILE_PREVIEW_H
#define REPLI_RECONCILE_PREVIEW_H

#include "reconcile/merge_internal.h"

struct preview {
    struct repli_record *record;
    struct preview_patient *patients; /* in the order of their first sheet */
    size_t count, room;
    struct repli_arena a;
};

/* What would become of a sheet's captures, for its patient. */
REPLI_MUST_CHECK enum repli_status preview_add(struct preview *, const struct review_sheet *,
                                               const struct capture_plan *plans, size_t count, struct repli_err *);
/* One line a patient: repli/merge.h. */
void preview_tell(struct preview *, repli_merge_line_fn *, void *user);
void preview_done(struct preview *);

#endif

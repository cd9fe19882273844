/* A batch while it is put together: shared by batch.c (kinds, without context) and lend.c (the station's queues). */
#ifndef REPLI_RECONCILE_BATCH_H
#define REPLI_RECONCILE_BATCH_H

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"

struct review_batch {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const char *by, *kind;
    int64_t limit, now_utc;
    struct repli_arena a;
    const char **lines;
    size_t count;
    bool (*fits)(const struct review_batch *, const struct review_sheet *, const struct review_field *);
    /* Adds the line of a field to `lines`, for which there is room. */
    void (*tell)(struct review_batch *, const struct review_sheet *, const struct review_field *, const char *need,
                 struct repli_arena *);
    const void *user;
};

/* Lends what `fill` finds, mixes in known fields, and tells `fn` the lines: in one transaction of the ledger, and
** nothing is told unless it is committed.  Frees what the batch holds. */
REPLI_MUST_CHECK enum repli_status
review_batch_give(struct review_batch *, enum repli_status (*fill)(struct review_batch *, struct repli_err *),
                  repli_review_line_fn *fn, void *user, struct repli_err *);
/* Lends the field to the person and tells it. */
REPLI_MUST_CHECK enum repli_status review_batch_take(struct review_batch *, const struct review_sheet *,
                                                     const struct review_field *, struct repli_arena *,
                                                     struct repli_err *);

#endif

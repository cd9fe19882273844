/* What the ledger knows of paper, as rows that a form is filled from, and covers of piles that are scanned.
**
** Forms of the recovery are filled from the ledger, not from a snapshot.  Their page maps lie in the ledger as all do;
** without it they cannot be laid out again, and an image of one waits until the ledger is back.
*/
#ifndef REPLI_LEDGER_PAPER_H
#define REPLI_LEDGER_PAPER_H

#include "repli/dataset.h"
#include "repli/ledger.h"

struct repli_paper_query {
    const char *ward;              /* NULL: none is known */
    const char *patient_id;        /* NULL: of the ward */
    const uint8_t *subject, *stay; /* of the patient; NULL: of the ward */
    int64_t count;                 /* sheets of paper in the pile, for `cover`; 0 = not said */
};
/* The rows of one of these datasets; names that are none of them are left to the snapshot (*set untouched, false).
**   still_out    sets of sheets of the ward that are printed and have not come back, a row a set
**   paper_trail  sets of sheets of the patient's stay, and what became of each
**   outages      the outages of the ward, newest first, drills apart
**   cover        one row: how many sheets of paper a pile holds */
REPLI_MUST_CHECK enum repli_status repli_ledger_dataset(struct repli_ledger *, const char *name,
                                                        const struct repli_paper_query *, struct repli_arena *,
                                                        struct repli_dataset *set, bool *is_ledgers,
                                                        struct repli_err *);

/* A cover that was scanned, and what came between it and the next one, or the end of its pile. */
struct repli_cover {
    uint64_t serial;
    const char *sheet, *ward, *batch;
    int64_t scanned_utc, images; /* images: page images of paper, the cover's own and repeated ones apart */
    int64_t printed, written;    /* sheets of paper, as printed and as keyed; -1 = neither */
};
/* In the order of scanning.  since_utc: of runs that began then or later; `written` is what people settled. */
REPLI_MUST_CHECK enum repli_status repli_ledger_covers(struct repli_ledger *, int64_t since_utc, struct repli_arena *,
                                                       struct repli_cover **, size_t *count, struct repli_err *);

#endif

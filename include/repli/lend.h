/* The work of review as the station hands it out: kinds of fields that wait, and a piece of one for one person. */
#ifndef REPLI_LEND_H
#define REPLI_LEND_H

#include "repli/review.h"

/* Fields that are alike and wait for the same: of one form, of one column or role ("obs/col#.temp": # stands for any
** number); of what asks for confirmation all of one state, whatever the form ("ticked", "cancelled", "empty"). */
struct repli_work {
    const char *need;  /* "settle", "key2", "key1", "confirm" */
    const char *group; /* as above */
    int64_t open;      /* that this person may do, with what others have at the moment */
    int64_t mine, theirs;
    uint64_t serial; /* one of them */
    const char *field;
};
/* The caption that a field has on its sheet; its id where it has none. */
REPLI_MUST_CHECK enum repli_status repli_review_label(struct repli_ledger *, uint64_t serial, const char *field,
                                                      struct repli_arena *, const char **label, struct repli_err *);
/* What a scan that was cut short left underived is derived: it waits for people from now on. */
REPLI_MUST_CHECK enum repli_status repli_review_ready(const struct repli_site *, struct repli_ledger *,
                                                      struct repli_err *);
/* Changes nothing.  In the order in which people should take them: what two people disagree about, what lacks its
** second key, first keys, what a glance confirms; the largest first. */
REPLI_MUST_CHECK enum repli_status repli_review_work(const struct repli_site *, struct repli_ledger *, const char *by,
                                                     struct repli_arena *, struct repli_work **, size_t *count,
                                                     struct repli_err *);
/* At most `limit` fields of one kind, lent to the person as in repli_review_batch(): their own running ones come first
** and get a new end, known fields lie among them.  Unlike there, fields that need their line are lent too: show it.
**   Lines are those of repli_review_export() with "group", "mm" (left, top, right, bottom), "confidence", "form", and
** "wide": whether the paper around it names nobody but the patient in the sheet's own band, so that it may be shown.
** Of what is to be settled "keyed": [{"answer","value"},...], which nobody but a third person sees, in an order that
** tells nothing, and "machine": what the machine saw, where it was one of the two. */
REPLI_MUST_CHECK enum repli_status repli_review_lend(const struct repli_site *, struct repli_ledger *, const char *by,
                                                     const char *need, const char *group, int64_t limit,
                                                     repli_review_line_fn *, void *user, struct repli_err *);
/* One sheet for people who look at all of it, a line a field that people answer: those of repli_review_show() with
** "label", "drug", "mm", "form" and, where this person may answer it now, "task"; a first key that waits for another
** person's shows nothing. */
REPLI_MUST_CHECK enum repli_status repli_review_look(const struct repli_site *, struct repli_ledger *,
                                                     const char *sheet, const char *by, repli_review_line_fn *,
                                                     void *user, struct repli_err *);

#endif

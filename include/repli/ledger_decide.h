/* What people decided about captures that are held.  A decision stays with the hold it was made about, word for word:
** when the hold says something else later (the record changed meanwhile), nobody has decided that yet.
*/
#ifndef REPLI_LEDGER_DECIDE_H
#define REPLI_LEDGER_DECIDE_H

#include "repli/ledger_review.h"

/* Fills `decided` ('paper', 'live', 'note') and `decided_by` of the hold with this capture, revision, kind and detail.
** REPLI_DB when there is no such hold without a decision any more. */
REPLI_MUST_CHECK enum repli_status repli_ledger_hold_decide(struct repli_ledger *, uint64_t serial,
                                                            const struct repli_hold *, int64_t now_utc,
                                                            struct repli_err *);
/* Serials of sheets with a hold that nobody has decided, ascending. */
REPLI_MUST_CHECK enum repli_status repli_ledger_serials_held(struct repli_ledger *, struct repli_arena *,
                                                             uint64_t **serials, size_t *count, struct repli_err *);

#endif

/* Has anything been written to a file since?  For whoever would otherwise read and reckon again to know.
**
** Take a mark inside a transaction that holds the write lock, after its last write, and another one first thing in the
** next such transaction of the same handle: where the two are equal, nobody has written in between, neither another
** handle or process (that committed) nor this one (kept or rolled back).  Unequal ones promise nothing.
*/
#ifndef REPLI_MARK_H
#define REPLI_MARK_H

#include "repli/ledger.h"
#include "repli/record.h"

/* Means something to repli_mark_same() alone, for two marks of one handle. */
struct repli_mark {
    int64_t others, own;
};
/* *mark is the caller's.  REPLI_DB when the file cannot be read. */
REPLI_MUST_CHECK enum repli_status repli_ledger_mark(struct repli_ledger *, struct repli_mark *mark,
                                                     struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_mark(struct repli_record *, struct repli_mark *mark,
                                                     struct repli_err *);
bool repli_mark_same(const struct repli_mark *, const struct repli_mark *);

#endif

/* Closing sheets by hand: void, lost, and the unused rest of a pack.  A person says so, with a reason; nothing is
** deleted, and paper that turns up later still has its outcome in scanning.  All of one call happen together or not.
*/
#ifndef REPLI_CLOSING_H
#define REPLI_CLOSING_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_closing {
    const char *const *sheets; /* serials as printed or keyed */
    size_t count;
    const char *by, *reason; /* reason NULL: only for sheets whose void box was ticked and confirmed */
};
struct repli_closed {
    int64_t closed, already; /* changed now; were so before */
};
/* Sheets that were printed, scanned, read or reviewed.  What people still had to say about them is asked no more.
** REPLI_DATA, by name, for a sheet of which something is in the record: undo its merges first. */
REPLI_MUST_CHECK enum repli_status repli_sheets_void(const struct repli_site *, struct repli_ledger *,
                                                     struct repli_record *, const struct repli_closing *,
                                                     struct repli_closed *, struct repli_err *);
/* Sheets that never came back.  One that turns up is scanned like any other. */
REPLI_MUST_CHECK enum repli_status repli_sheets_lost(const struct repli_site *, struct repli_ledger *,
                                                     const struct repli_closing *, struct repli_closed *,
                                                     struct repli_err *);
/* The rest of a pack that nobody used, counted and shredded: its sheets that are still `printed` become void.
** REPLI_DATA with both numbers unless there are exactly `count` of them. */
REPLI_MUST_CHECK enum repli_status repli_sheets_unused(const struct repli_site *, struct repli_ledger *,
                                                       const char *pack_id, int64_t count, const char *by,
                                                       struct repli_closed *, struct repli_err *);

#endif

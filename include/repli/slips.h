/* Sheets that somebody closed on paper: void slips, and lists of sheets that were still out.  What people keyed there
** is only proposed here; a person closes the sheets, and what ledger or record do not allow stays as it is. */
#ifndef REPLI_SLIPS_H
#define REPLI_SLIPS_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_slip {
    const char *slip, *field; /* the sheet that says so, and which line of it */
    const char *sheet;        /* the first sheet it names; NULL: its number is not keyed, or was left blank */
    int64_t sides;            /* how many sheets of that set it is about; 0: the named one alone */
    const char *closes;       /* "void", "lost"; NULL: found, or nothing was ticked */
    const char *reason;       /* in words, with the slip's number */
    const char *why_not;      /* NULL: it can be closed.  Else why nothing is done about it */
    int64_t closed, already;  /* by this call; were so before */
};
typedef void repli_slip_fn(void *user, const struct repli_slip *slip);

/* One call of `each` a line on which something is written, in the order of slips.  `by` NULL: nothing is closed.  Each
** line closes by itself: one that is refused keeps no other from it.  REPLI_WAITS when a line was refused or is not
** keyed. */
REPLI_MUST_CHECK enum repli_status repli_slips(const struct repli_site *, struct repli_ledger *, struct repli_record *,
                                               const char *by, repli_slip_fn *each, void *user, struct repli_err *);

#endif

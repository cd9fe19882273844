/* The last packs of this ledger, for a page that shows them. */
#ifndef REPLI_LEDGER_RECENT_H
#define REPLI_LEDGER_RECENT_H

#include "repli/ledger.h"

struct repli_recent_pack {
    const char *id, *ward, *what; /* ward NULL = none */
    int64_t printed_utc;
    int pages;
};
/* Packs that are ready, the newest first, at most so many. */
REPLI_MUST_CHECK enum repli_status repli_ledger_packs_recent(struct repli_ledger *, int most, struct repli_arena *,
                                                             struct repli_recent_pack **, size_t *count,
                                                             struct repli_err *);

#endif

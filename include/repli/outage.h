/* Outages: periods with a start (T0) and an end in which paper is the truth; and drills, whose paper never merges.
** They are rows of the ledger, never deleted; a ward has one that is open at most.  Times are to the minute.
*/
#ifndef REPLI_OUTAGE_H
#define REPLI_OUTAGE_H

#include "repli/id.h"
#include "repli/ledger.h"

struct repli_outage {
    const char *id; /* "O0-1" */
    bool drill, open;
    int64_t from_utc, until_utc; /* until_utc counts when it is not open */
    int64_t opened_utc, closed_utc;
    const char *opened_by, *closed_by;
    const char **wards; /* none: the whole house */
    size_t nwards;
};

/* REPLI_USAGE when T0 is in the future; REPLI_DATA, by name, when a ward has an open outage or drill already, or T0
** lies in an earlier one of the same kind. */
REPLI_MUST_CHECK enum repli_status repli_ledger_outage_open(struct repli_ledger *, unsigned station,
                                                            const struct repli_outage *wanted, int64_t now_utc,
                                                            char id[REPLI_ID_TEXT], struct repli_err *);
/* `id` NULL: the only open one.  `closed` gets the id. */
REPLI_MUST_CHECK enum repli_status repli_ledger_outage_close(struct repli_ledger *, const char *id, int64_t until_utc,
                                                             const char *by, int64_t now_utc,
                                                             char closed[REPLI_ID_TEXT], struct repli_err *);
/* All, in the order in which they were opened. */
REPLI_MUST_CHECK enum repli_status repli_ledger_outages(struct repli_ledger *, struct repli_arena *,
                                                        struct repli_outage **, size_t *count, struct repli_err *);
/* *drill: a drill is open for this ward (NULL: patients without a ward; only one of the whole house is theirs).
** *from_utc: start of what is open for it, outage or drill; 0 = nothing is. */
REPLI_MUST_CHECK enum repli_status repli_ledger_open_now(struct repli_ledger *, const char *ward, bool *drill,
                                                         int64_t *from_utc, struct repli_err *);

bool repli_outage_covers(const struct repli_outage *, const char *ward);

#endif

/* What sets of sheets were filled from, and which set of somebody's is in use: printing again asks. */
#ifndef REPLI_LEDGER_FILLED_H
#define REPLI_LEDGER_FILLED_H

#include "repli/ledger.h"

/* A set of sheets of one subject and form that was printed before. */
struct repli_filled {
    const char *sheet; /* serial of its first side; the others follow it */
    uint64_t serial;
    int sides;
    const char *pack_id, *bed, *lang;
    const char *content; /* as it was allotted; NULL: not kept (it came from another station) */
    int64_t window_utc, printed_utc;
    int window_hours;
    bool out;  /* what is written on it is not in the record yet, or not all of it */
    bool live; /* somebody may be writing on it: a side with fields that is neither void nor lost nor closed */
};
struct repli_filled_query {
    const uint8_t *subject, *stay; /* 8 bytes each */
    const char *form_id;
    bool drill; /* paper of a drill and paper of a real outage do not know each other */
};
/* The last one that was printed and not voided or lost as a whole, copies apart; *found NULL: none. */
REPLI_MUST_CHECK enum repli_status repli_ledger_filled_last(struct repli_ledger *, const struct repli_filled_query *,
                                                            struct repli_arena *, struct repli_filled **found,
                                                            struct repli_err *);

#endif

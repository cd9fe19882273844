/* What a ward's census needs of the record beyond one patient.  For kind_movement.c alone; place.c finds places. */
#ifndef REPLI_RECONCILE_CENSUS_H
#define REPLI_RECONCILE_CENSUS_H

#include "reconcile/merge_internal.h"
#include "repli/record_move.h"

struct census {
    bool read;
    int64_t at_utc;
    struct repli_whereabouts then, now; /* at the time of the head count, and at the time of the merge */
};

/* The one place of the house that these words name; NULL: none, or several.  A bed of the census' own ward may go
** without its ward. */
const struct repli_spot *census_place(const struct repli_whereabouts *, const char *ward, const char *words);

#endif

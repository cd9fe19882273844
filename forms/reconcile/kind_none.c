/* none: read and reviewed only; never written to the record. */
#include "reconcile/merge_internal.h"

static const struct conflict_kind no_conflicts[] = {{NULL, false, NULL, false}};

extern const struct capture_kind capture_kind_none;

const struct capture_kind capture_kind_none = {
    .name = "none",
    .writes = "nothing",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

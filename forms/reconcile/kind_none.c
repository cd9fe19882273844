/* Captures that never write to the record: `none` (read and reviewed only), `cover` (how many sheets a pile holds: the
** scanner counts) and `closing` (sheets that somebody closes on paper: slips.c). */
#include "reconcile/merge_internal.h"

static const struct conflict_kind no_conflicts[] = {{NULL, false, NULL, false}};

extern const struct capture_kind capture_kind_none, capture_kind_closing, capture_kind_cover;

const struct capture_kind capture_kind_none = {
    .name = "none",
    .writes = "nothing",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

const struct capture_kind capture_kind_closing = {
    .name = "closing",
    .writes = "nothing: a person closes the sheet it names (repli ledger slips)",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

const struct capture_kind capture_kind_cover = {
    .name = "cover",
    .writes = "nothing: the number is held against the images of the pile (repli ledger covers)",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

/* Captures that never write to the record: `none` (read and reviewed only) and `document` (the image is filed). */
#include "reconcile/merge_internal.h"

static const struct conflict_kind no_conflicts[] = {{NULL, false, NULL, false}};

extern const struct capture_kind capture_kind_none, capture_kind_document;

const struct capture_kind capture_kind_none = {
    .name = "none",
    .writes = "nothing",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

const struct capture_kind capture_kind_document = {
    .name = "document",
    .writes = "nothing: the image is filed with the sheet",
    .compares = "nothing",
    .conflicts = no_conflicts,
};

/* Pieces of scanned sides, for documents. */
#ifndef REPLI_CUTTING_H
#define REPLI_CUTTING_H

#include "repli/ledger.h"
#include "repli/site.h"

/* A piece of the side that a field was read from: upright, 8 pixels a mm (less where it is large), paper white. */
struct repli_cutting {
    uint8_t *gray; /* in the arena; NULL: the scan is gone, or the field was never read */
    int width, height;
    struct repli_box box; /* what it shows of the sheet, um: a little more than was asked for */
};
REPLI_MUST_CHECK enum repli_status repli_scan_cut(const struct repli_site *site, struct repli_ledger *ledger,
                                                  uint64_t serial, const char *field, const struct repli_box *box,
                                                  struct repli_arena *, struct repli_cutting *, struct repli_err *err);

#endif

/* Scans and readings in the ledger (store/); all of these join the caller's transaction when one is open. */
#ifndef REPLI_LEDGER_SCAN_H
#define REPLI_LEDGER_SCAN_H

#include <stdint.h>

#include "repli/ledger.h"
#include "repli/outcome.h"

struct repli_image_row {
    const uint8_t *sha256; /* 32 bytes */
    const char *name, *batch;
    int64_t bytes;
};
struct repli_scan_row {
    int page;
    const uint8_t *pixels; /* 32 bytes, NULL = none */
    enum repli_outcome outcome;
    const char *reason, *code, *result; /* result: the JSON line */
    const uint64_t *serial;             /* NULL = no authentic code */
    const uint8_t *mac;
    const int64_t *first_scan; /* NULL = none */
};
struct repli_reading_row {
    const char *field, *state;
    int row; /* -1 = none */
    double confidence;
    const char *value, *crop;
};
/* *image_id of these bytes, inserted when they are new. */
REPLI_MUST_CHECK enum repli_status repli_ledger_image_put(struct repli_ledger *, const struct repli_image_row *,
                                                          int64_t now_utc, int64_t *image_id, struct repli_err *);
/* *image_id = 0: these bytes are not in the ledger. */
REPLI_MUST_CHECK enum repli_status repli_ledger_image_find(struct repli_ledger *, const uint8_t sha256[32],
                                                           int64_t *image_id, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_put(struct repli_ledger *, int64_t image_id,
                                                         const struct repli_scan_row *, int64_t now_utc,
                                                         int64_t *scan_id, struct repli_err *);
/* The same page in the place of an earlier scan, which waited for what was there this time. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_replace(struct repli_ledger *, int64_t scan_id,
                                                             const struct repli_scan_row *, int64_t now_utc,
                                                             struct repli_err *);
/* What a page of an image was the first time: outcome and result.  *row NULL: it was not scanned yet. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_of_page(struct repli_ledger *, int64_t image_id, int page,
                                                             struct repli_arena *, int64_t *scan_id,
                                                             struct repli_scan_row **row, struct repli_err *);
/* The first scan that showed these pixels, and what it was.  *scan_id = 0: none. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_by_pixels(struct repli_ledger *, const uint8_t pixels[32],
                                                               struct repli_arena *, int64_t *scan_id,
                                                               struct repli_scan_row **row, struct repli_err *);
/* The scan that a sheet's readings come from.  *scan_id = 0: it has none. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_read_of(struct repli_ledger *, uint64_t serial, int64_t *scan_id,
                                                             struct repli_err *);
/* Replaces all readings of a sheet. */
REPLI_MUST_CHECK enum repli_status repli_ledger_readings_put(struct repli_ledger *, uint64_t serial, int64_t scan_id,
                                                             const struct repli_reading_row *, size_t count,
                                                             struct repli_err *);
/* What another image of a sheet shows is joined with its readings, whichever came first (ledger_second.c).  *changed:
** how many fields are seen otherwise now. */
REPLI_MUST_CHECK enum repli_status repli_ledger_readings_add(struct repli_ledger *, uint64_t serial, int64_t scan_id,
                                                             const struct repli_reading_row *, size_t count,
                                                             size_t *changed, struct repli_err *);
/* Was this form (number and version) ever printed here?  *form_id NULL: no. */
REPLI_MUST_CHECK enum repli_status repli_ledger_form_known(struct repli_ledger *, int number, int version,
                                                           struct repli_arena *, const char **form_id,
                                                           struct repli_err *);

/* The scan that a field's reading comes from: where its image is, and its JSON line.  found false: it has none. */
struct repli_reading_scan {
    bool found;
    uint8_t sha256[32];
    int page;
    const char *result;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_reading_scan(struct repli_ledger *, uint64_t serial, const char *field,
                                                             struct repli_arena *, struct repli_reading_scan *,
                                                             struct repli_err *);

/* A sheet that this ledger did not allot, laid out again: it enters as `scanned`, under a pack of its own that stands
** for all such sheets of one station and snapshot ("A0-<snapshot>"); its form is kept as if it had been printed
** here. */
struct repli_adopted {
    uint8_t snapshot[6];
    int64_t data_utc;
    int form_number;
    const char *frozen;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_adopt(struct repli_ledger *, const struct repli_adopted *,
                                                      const struct repli_sheet_row *row, int64_t now_utc,
                                                      struct repli_err *);

/* Sheets that say, keyed and settled, on which spare they go on; in the order of their serials. */
struct repli_continued {
    const char *sheet, *spare;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_continued(struct repli_ledger *, struct repli_arena *,
                                                          struct repli_continued **, size_t *count, struct repli_err *);

/* Sheets that were read from images of a batch, by serial. */
REPLI_MUST_CHECK enum repli_status repli_ledger_batch_serials(struct repli_ledger *, const char *batch,
                                                              struct repli_arena *, uint64_t **serials, size_t *count,
                                                              struct repli_err *);

#endif

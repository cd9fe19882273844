/* Scanning: images of sheets to outcomes, readings and crops. */
#ifndef REPLI_SCAN_H
#define REPLI_SCAN_H

#include <stdint.h>

#include "repli/ledger.h"
#include "repli/outcome.h"
#include "repli/pagecode.h"
#include "repli/pagemap.h"
#include "repli/site.h"

/* A page image: 8-bit gray, 0 = black; (0,0) is the CENTRE of the first pixel. */
struct repli_image {
    int width, height;
    int bits;       /* of the source: 1 or 8 */
    double dpi;     /* as the file says; 0 = unknown */
    uint8_t *gray;  /* width * height, no padding */
};

/* sheet mm -> pixel, row-major homography */
struct repli_pose {
    double h[9];
    int marks;     /* how many of the five were used */
    double score;  /* 0..1: how well the printed frame is seen where the map says it is */
};

/* Marks alone: up to 4 poses (quarter turns) that agree with the five marks' places, best first.  Returns the count. */
size_t repli_register_marks(const struct repli_image *image, const struct repli_point marks[5], struct repli_pose out[4]);
/* Frame score of a pose against a page map. */
double repli_register_score(const struct repli_image *image, const struct repli_page_map *map, const double h[9]);
enum repli_registered {
    REPLI_REGISTERED,
    REPLI_REGISTER_NO_MARKS, /* fewer than three marks in their places, or not where the codes say the sheet lies */
    REPLI_REGISTER_NO_FRAME  /* marks agree, but the printed lines of this page map are not there */
};
/* Marks, agreement with the places where codes were seen, frame score.  code_px: pixels of the corners of `ncodes` symbols,
** each x y of its top left, top right, bottom right, bottom left (the sheet's two codes are alike: which is which is found
** here); ncodes may be 0.  *out is filled when REGISTERED, and with the best that was found when NO_FRAME. */
enum repli_registered repli_register(const struct repli_image *image, const struct repli_page_map *map,
                                     const double (*code_px)[8], size_t ncodes, struct repli_pose *out);

enum repli_ink { REPLI_INK_EMPTY, REPLI_INK_TICKED, REPLI_INK_CANCELLED, REPLI_INK_INK, REPLI_INK_DOUBTFUL };
const char *repli_ink_text(enum repli_ink state); /* "empty" "ticked" "cancelled" "ink" "doubtful" */
struct repli_field_reading {
    enum repli_ink state;
    int row;           /* BAND with ink: index; else -1 */
    double confidence; /* 0..1 */
};
/* Reads all fields of a registered page; `out` has map->nfields places. */
void repli_read_fields(const struct repli_image *image, const struct repli_page_map *map, const struct repli_pose *pose,
                       struct repli_field_reading *out);

/* ---- batches */
/* Called once a page image, in input order, with the line of the reading contract (JSON without a line feed). */
typedef void repli_scan_line_fn(void *user, const char *json, enum repli_outcome outcome);
struct repli_scan_request {
    const char *const *paths; /* files and folders */
    size_t npaths;
    const char *batch;        /* NULL = none */
    repli_scan_line_fn *line; void *user;
    void (*progress)(void *user, size_t done, size_t total); /* files */
};
struct repli_scan_result { int64_t images; int64_t by_outcome[REPLI_OUTCOME_COUNT]; };
/* Every image gets one outcome; a batch never stops for bad paper.  REPLI_WAITS when any outcome waits for a person. */
REPLI_MUST_CHECK enum repli_status repli_scan_batch(const struct repli_site *site, struct repli_ledger *ledger,
                                                    const struct repli_scan_request *request,
                                                    struct repli_scan_result *result, struct repli_err *err);

/* The decoding child's main: image file on fd 3, socket to the parent on fd 4.  Called by main.c for "--decode". */
int repli_decode_main(void);

/* ---- scans and readings in the ledger (store/) */
struct repli_image_row { const uint8_t *sha256; const char *name, *batch; int64_t bytes; };
struct repli_scan_row {
    int page;
    const uint8_t *pixels; /* 32 bytes, NULL = none */
    enum repli_outcome outcome;
    const char *reason, *code, *result;
    const uint64_t *serial; const uint8_t *mac;
    const int64_t *first_scan;
};
struct repli_reading_row { const char *field; const char *state; int row; double confidence; const char *value, *crop; };
REPLI_MUST_CHECK enum repli_status repli_ledger_image_put(struct repli_ledger *, const struct repli_image_row *, int64_t now_utc, int64_t *image_id, bool *known, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_put(struct repli_ledger *, int64_t image_id, const struct repli_scan_row *, int64_t now_utc, int64_t *scan_id, struct repli_err *);
/* JSON lines of an image that was scanned before, in page order: scanning it again prints what it printed, as `duplicate`. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scans_of_image(struct repli_ledger *, int64_t image_id, struct repli_arena *, struct repli_scan_row **, int64_t **scan_ids, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_by_pixels(struct repli_ledger *, const uint8_t pixels[32], int64_t *scan_id, bool *found, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_read_of(struct repli_ledger *, uint64_t serial, int64_t *scan_id, bool *found, struct repli_err *); /* the image its readings come from */
REPLI_MUST_CHECK enum repli_status repli_ledger_readings_put(struct repli_ledger *, uint64_t serial, int64_t scan_id, const struct repli_reading_row *, size_t count, struct repli_err *);

#endif

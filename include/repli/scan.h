/* Scanning: images of sheets to outcomes, readings and crops. */
#ifndef REPLI_SCAN_H
#define REPLI_SCAN_H

#include <stdint.h>

#include "repli/ledger.h"
#include "repli/outcome.h"
#include "repli/pagecode.h"
#include "repli/pagemap.h"
#include "repli/site.h"

/* A page image, row by row: 8-bit gray, 0 = black, of colours the darkest channel (so that blue and red ink count);
** (0,0) is the CENTRE of the first pixel.  Whoever made it owns `gray`. */
struct repli_image {
    int width, height;
    int bits;      /* of the source: 1 or 8 */
    double dpi;    /* pixels an inch, as the file says; 0 = unknown */
    uint8_t *gray; /* width * height, no padding */
};

/* sheet mm -> pixel, row-major homography */
struct repli_pose {
    double h[9];
    int marks;    /* how many of the five were used */
    double score; /* 0..1: how well the printed frame is seen where the map says it is */
};

/* Marks alone: up to 4 poses (quarter turns) that agree with the five marks' places, best first.  Returns the count. */
size_t repli_register_marks(const struct repli_image *image, const struct repli_point marks[5],
                            struct repli_pose out[4]);
/* Frame score of a pose against a page map. */
double repli_register_score(const struct repli_image *image, const struct repli_page_map *map, const double h[9]);
enum repli_registered {
    REPLI_REGISTERED,
    REPLI_REGISTER_NO_MARKS, /* fewer than three marks in their places, or not where the codes say the sheet lies */
    REPLI_REGISTER_NO_FRAME  /* marks agree, but the printed lines of this page map are not there */
};
/* Marks, agreement with the places where codes were seen, frame score.  code_px: pixels of the corners of `ncodes`
** symbols, each x y of its top left, top right, bottom right, bottom left (the sheet's two codes are alike: which
** is which is found here); ncodes may be 0.  *out is filled when REGISTERED, and with the best that was found when
** NO_FRAME. */
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
/* What became of one page image. Valid during the call. */
struct repli_scan_line {
    const char *json; /* the line of the reading contract, without a line feed */
    enum repli_outcome outcome;
    const char *file;
    int page;
    const char *reason, *sheet, *form; /* NULL where there is none */
    size_t fields, doubtful;           /* of a page that was read */
};
struct repli_scan_request {
    const char *const *paths; /* files and folders; a folder's files in the order of their names, folders within too */
    size_t npaths;
    const char *batch; /* NULL = none */
    /* Called once a page image, in input order, after its rows are committed. */
    void (*line)(void *user, const struct repli_scan_line *line);
    /* Called inside the transaction that stores a sheet's readings: what follows from them belongs to it (tasks). A
    ** failure undoes the page and ends the batch.  May be NULL. */
    enum repli_status (*readings_stored)(void *user, uint64_t serial, struct repli_err *err);
    void (*progress)(void *user, size_t done, size_t total); /* files; may be NULL */
    void *user;
};
struct repli_scan_result {
    int64_t images;
    int64_t by_outcome[REPLI_OUTCOME_COUNT];
};
/* Every image gets one outcome; a batch never stops for bad paper.  Each file is first stored, durably, in site->scans
** under its SHA-256; each page is one ledger transaction; crops of fields with ink or doubt lie in
** site->crops/SERIAL/FIELD.png.  The same file again prints its lines again as `duplicate` and changes nothing.
** REPLI_WAITS when any outcome waits for a person; REPLI_IO before anything else when a path does not exist. */
REPLI_MUST_CHECK enum repli_status repli_scan_batch(const struct repli_site *site, struct repli_ledger *ledger,
                                                    const struct repli_scan_request *request,
                                                    struct repli_scan_result *result, struct repli_err *err);

/* The decoding child's main: image file on fd 3, socket to the parent on fd 4.  Called by main.c for "--decode". */
int repli_decode_main(void);
/* The drawing child's main, for pages of a PDF that are no single image: the file on fd 3, a picture to fd 1.  Called
** by main.c for "--render PAGE SECONDS PIXELS"; becomes pdftoppm. */
int repli_render_main(int argc, char **argv);

/* ---- scans and readings in the ledger (store/); all of them join the caller's transaction when one is open */
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
/* What a page of an image was the first time: outcome and result.  *row NULL: it was not scanned yet. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_of_page(struct repli_ledger *, int64_t image_id, int page,
                                                             struct repli_arena *, struct repli_scan_row **row,
                                                             struct repli_err *);
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
/* Was this form (number and version) ever printed here?  *form_id NULL: no. */
REPLI_MUST_CHECK enum repli_status repli_ledger_form_known(struct repli_ledger *, int number, int version,
                                                           struct repli_arena *, const char **form_id,
                                                           struct repli_err *);

#endif

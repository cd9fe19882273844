/* Scanning: images of sheets to outcomes, readings and crops. */
#ifndef REPLI_SCAN_H
#define REPLI_SCAN_H

#include <stdint.h>

#include "repli/ledger.h"
#include "repli/outcome.h"
#include "repli/pagecode.h"
#include "repli/pagemap.h"
#include "repli/pose.h"
#include "repli/site.h"

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

/* Processes that decoding children are born from, kept from one batch to the next of the same site, for one batch at a
** time: starting them costs as much as reading a page.  They never see a file, and hold no page between two batches. */
struct repli_scan_helpers;
struct repli_scan_helpers *repli_scan_helpers_new(const struct repli_site *site);
void repli_scan_helpers_free(struct repli_scan_helpers *); /* NULL is fine */

struct repli_scan_request {
    const char *const *paths; /* files and folders; a folder's files in the order of their names, folders within too */
    size_t npaths;
    const char *batch;                  /* NULL = none */
    size_t jobs;                        /* threads; 0 = one a core */
    struct repli_scan_helpers *helpers; /* NULL: this batch starts its own, and ends them */
    /* Called once a page image, in input order, after its rows are committed. */
    void (*line)(void *user, const struct repli_scan_line *line);
    /* Called inside the transaction that stores a sheet's readings: what follows from them belongs to it (tasks). A
    ** failure undoes the page and ends the batch.  `map`: the sheet's, during the call.  May be NULL. */
    enum repli_status (*readings_stored)(void *user, uint64_t serial, struct repli_page_map *map,
                                         struct repli_err *err);
    void (*progress)(void *user, size_t done, size_t total); /* files; may be NULL */
    void *user;
};
struct repli_scan_result {
    int64_t images;
    int64_t by_outcome[REPLI_OUTCOME_COUNT];
};
/* Every image gets one outcome; a batch never stops for bad paper.  Each file is first stored, durably, in
** site->scans under its SHA-256; each page is one ledger transaction.  The same file again prints its lines again as
** `duplicate` and changes nothing, except that what waited for a snapshot or a form is looked at again.
**   A sheet that the ledger does not know (it burnt; another station printed it) is laid out again from the snapshot
**   that its code names, and enters the ledger as scanned. REPLI_WAITS when any outcome waits for a person; REPLI_IO
**   before anything else when a path does not exist. */
REPLI_MUST_CHECK enum repli_status repli_scan_batch(const struct repli_site *site, struct repli_ledger *ledger,
                                                    const struct repli_scan_request *request,
                                                    struct repli_scan_result *result, struct repli_err *err);

/* Removes half copies of images that a killed process left in SITE/scans a day ago or more.  Once at the start of a
** command; what cannot be removed, or belongs to a process that is still there, stays. */
void repli_scan_leftovers(const struct repli_site *site);

/* Crops: pictures of fields for people, SITE/crops/SHEET/FIELD.png, cut from the kept scan when somebody is about to
** look at them.  The same scan and the same program give the same bytes; what is there already is left.  missing[i]
** is set where a field has no crop (its scan is gone or damaged, it was never read); it may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_scan_crops(const struct repli_site *site, struct repli_ledger *ledger,
                                                    uint64_t serial, const char *const *fields, size_t count,
                                                    bool *missing, struct repli_err *err);

/* Pictures of the band and of the printed serial of an image without a code, by the line that was stored for it
** (repli_unread): paths below the site's folder, NULL where there is none.  In the arena. */
REPLI_MUST_CHECK enum repli_status repli_scan_look(const struct repli_site *site, const uint8_t sha256[32], int page,
                                                   const char *result, struct repli_arena *, const char *crops[2],
                                                   struct repli_err *err);

/* A picture of one page image by its number (repli/ledger_lists.h), below SITE/crops: all of it, upright where it
** is known how the sheet lies, turned clockwise by `turn` degrees (0, 90, 180, 270); or a field of its sheet, cut from
** this very image.  *path NULL: the image is gone or damaged, or shows no such field.  REPLI_DATA: no such image. */
struct repli_scan_view {
    int64_t scan_id;
    int turn;
    const char *field; /* NULL = all */
};
REPLI_MUST_CHECK enum repli_status repli_scan_picture(const struct repli_site *site, struct repli_ledger *ledger,
                                                      const struct repli_scan_view *, struct repli_arena *,
                                                      const char **path, struct repli_err *err);
/* Where that picture lies, or will. */
const char *repli_scan_picture_name(struct repli_arena *, const struct repli_scan_view *);

/* "SHEET/FIELD.png": where in SITE/crops a field's crop will be. */
const char *repli_scan_crop_name(struct repli_arena *a, const char *sheet, const char *field);
#define REPLI_CROP_BAND  "@band"  /* the same of the printed band alone: whom the paper is about */
#define REPLI_CROP_SHEET "@sheet" /* in place of a field: the whole side, upright, file "@sheet.png" */
/* Before a field: the same with the paper around it, the field always in the same place; white where the sheet's band
** names its patient, and none of sheets whose lines name people. */
#define REPLI_CROP_NEAR "@near." /* 48 x 22 mm or more: the field begins 16 mm from the left, 8 mm from the top */
#define REPLI_CROP_TILE "@tile." /* 26 x 11 mm: the field ends 20 mm from the left, in the middle of the height */
#define REPLI_CROP_ROW  "@row."  /* the whole line that it stands in */

/* Does this kernel take the filters that decoding children live under?  Without them limits remain. */
bool repli_scan_sandboxed(void);

/* The main of the process that decoding children are born from, its socket on fd 4.  Called by main.c for
** "--decode". */
int repli_decode_main(void);
/* The drawing child's main, for pages of a PDF that are no single image: the file on fd 3, a picture to fd 1.  Called
** by main.c for "--render PAGE SECONDS PIXELS"; becomes pdftoppm. */
int repli_render_main(int argc, char **argv);

#endif

/* Gray pages in memory, and as files: rendered from a PDF, written as JPEG, PNG or TIFF. */
#ifndef TEST_PICTURE_H
#define TEST_PICTURE_H

#include "repli/err.h"
#include "repli/scan.h"

/* A white sheet of A4 at a resolution. The caller frees with picture_done. */
struct repli_image picture_sheet(double dpi);
struct repli_image picture_copy(const struct repli_image *image);
void picture_done(struct repli_image *image);

/* One page (1-based) of a PDF as 8-bit gray, by `pdftoppm` as a child process. */
REPLI_MUST_CHECK enum repli_status picture_render(const char *pdf, int page, int dpi, struct repli_image *out,
                                                  struct repli_err *err);

/* Reads a PGM (P5, 8 bit). */
REPLI_MUST_CHECK enum repli_status picture_parse_pgm(const uint8_t *data, size_t len, double dpi,
                                                     struct repli_image *out, struct repli_err *err);

/* Writes by the ending of `path`: .jpg (quality 1..100), .png, .tif.  bits 1 becomes a 1-bit PNG or a G4 TIFF, bits 8
** an 8-bit PNG or LZW TIFF, bits 4 a small PNG of 16 grays; the resolution is always said. */
REPLI_MUST_CHECK enum repli_status picture_write(const char *path, const struct repli_image *image, int quality,
                                                 struct repli_err *err);
/* Appends a page to a TIFF (makes it when it is not there). */
REPLI_MUST_CHECK enum repli_status picture_append_tiff(const char *path, const struct repli_image *image,
                                                       struct repli_err *err);

/* Fills a box (um), clipped to the page. */
void picture_fill(struct repli_image *image, const struct repli_box *box, uint8_t level);

#endif

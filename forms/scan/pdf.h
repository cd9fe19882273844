/* Private to forms/scan: scanned PDFs.  A page that shows one scanned image and nothing else gives that image's own
** pixels; every other page has to be rendered. */
#ifndef REPLI_SCAN_PDF_H
#define REPLI_SCAN_PDF_H

#include <qpdf/qpdf-c.h>

#include "decode.h"

enum pdf_coding { PDF_SAMPLES, PDF_JPEG, PDF_FAX };

/* The open file, and the image of its current page. */
struct pdf {
    qpdf_data q;
    enum pdf_coding coding;
    bool deflated;   /* zlib lies in front of the coding */
    int predictor;   /* of zlib: 1 = none, 10..15 = PNG's filters */
    int comps, bits; /* of the samples */
    uint8_t *bytes;  /* as they lie in the file; malloc */
    size_t len;
    int fax_k;
    bool fax_black_is_1;
    bool mapped;      /* grays go through `map` (palettes, inverted images) */
    uint8_t map[256]; /* one bit: places 0 and 255 */
    bool mirrored;    /* the page shows the image the other way round */
};

/* A rectangle of a page, points; x0 < x1, y0 < y1. */
struct pdf_box {
    double x0, y0, x1, y1;
};
/* The part of a page that is seen.  false: its boxes are none. */
bool repli_pdf_crop(qpdf_data q, qpdf_oh page, struct pdf_box *box);
double repli_pdf_unit(qpdf_data q, qpdf_oh page); /* inches a unit */

/* The only thing a page paints, when that is an image that fills it (95 %) with its edges along the page's.  `side` is
** the length of the image's own width and height on the page. */
struct pdf_placed {
    char name[64]; /* "/Im0" */
    double side[2];
    bool mirrored;
};
bool repli_pdf_placed(const uint8_t *content, size_t len, const struct pdf_box *crop, struct pdf_placed *out);
/* Does anything a page can paint need a decoder that we refuse (JBIG2, JPEG 2000)?  So does what is too entangled to
** tell. */
bool repli_pdf_refused(qpdf_data q, qpdf_oh page);

enum pdf_take { PDF_TAKEN, PDF_OTHER, PDF_BAD };
/* Takes an image's description and bytes.  PDF_OTHER: a kind that has to be rendered; PDF_BAD: d->why. */
enum pdf_take repli_pdf_take(struct decoder *d, struct pdf *p, qpdf_oh image);
/* Decodes what was taken. */
bool repli_pdf_pixels(struct decoder *d, const struct pdf *p, uint8_t *gray);

#endif

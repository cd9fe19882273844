/* Inside forms/print/: what the writer of PDF files is made of.  Nothing here knows of ledgers or patients. */
#ifndef REPLI_PRINT_INTERNAL_H
#define REPLI_PRINT_INTERNAL_H

#include "repli/arena.h"
#include "repli/draw.h"
#include "repli/print.h"

#define REPLI_PAGE_WIDTH_UM   210000
#define REPLI_PAGE_HEIGHT_UM  297000
#define REPLI_PAGE_WIDTH_MPT  595276 /* thousandths of a point, as the MediaBox says */
#define REPLI_PAGE_HEIGHT_MPT 841890

/* One content stream being written: the operators of some drawing lists, in order.
**
** The operators are written here and not through libharu's page functions, which take floats (a NaN passes through them
** into the file and silently ends the page there), draw missing glyphs as boxes, and clear 512 bytes a call.  Here
** every coordinate is an integer that was checked to lie on the sheet. */
struct repli_content {
    struct repli_buf out;
    bool used[REPLI_FACE_COUNT];        /* faces that were drawn with */
    uint32_t *glyphs[REPLI_FACE_COUNT]; /* borrowed bit sets of 65,536 code points that a face draws; NULL = not kept */
    bool has_code;                      /* a page code may be drawn: its image is named /Q */
    bool white_fill, white_line;        /* colour in force; a page starts black */
    int32_t line_um, dash_um;           /* in force; -1 = never set */
    int face;                           /* the same, with its size */
    int32_t size_cpt;
    int32_t x0, y0;        /* origin in force, in put_milli's thousandths */
    const char *symbol_of; /* borrowed: whose image `symbol` is; NULL = none */
    struct repli_buf symbol;
};

/* Goes before the first list of a page: from here on lengths are in 10 um (72 / 2540 points), so that nearly every
** number is a short integer: a fifth less to deflate and to store than in points. */
#define REPLI_CONTENT_UNIT "0.0283464567 0 0 0.0283464567 0 0 cm\n"
void repli_content_begin(struct repli_content *c);
/* REPLI_DATA names the first item that cannot be drawn as it stands; `c->out` is then of no use. */
REPLI_MUST_CHECK enum repli_status repli_content_list(struct repli_content *c, const struct repli_draw_list *list,
                                                      struct repli_err *err);

/* Draws the page's picture, whose image is named /P.  REPLI_DATA: a box that is not on the sheet. */
REPLI_MUST_CHECK enum repli_status repli_content_picture(struct repli_content *c, const struct repli_box *box,
                                                         struct repli_err *err);

/* The bits of a code's image, 37 rows of 5 bytes: 0 = dark, as PDF's DeviceGray wants it. */
#define REPLI_CODE_ROW_BYTES   5
#define REPLI_CODE_IMAGE_BYTES (REPLI_CODE_MODULES * REPLI_CODE_ROW_BYTES)
REPLI_MUST_CHECK enum repli_status repli_code_image(const char *digits, uint8_t bits[REPLI_CODE_IMAGE_BYTES],
                                                    struct repli_err *err);

#endif

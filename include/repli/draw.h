/* A page as a list of things to draw, in this order: the only thing that goes from layout to print.  Pure geometry; no
** PDF in sight.  Micrometres from the top-left corner of an A4 sheet (210,000 x 297,000), x to the right, y down. */
#ifndef REPLI_DRAW_H
#define REPLI_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/pagemap.h"

enum repli_draw_kind {
    REPLI_DRAW_FILL,   /* box filled */
    REPLI_DRAW_FRAME,  /* box outlined; the line lies INSIDE the box */
    REPLI_DRAW_LINE,   /* from (x0,y0) to (x1,y1), butt ends, centred on the line */
    REPLI_DRAW_TEXT,   /* baseline starts at (x0,y0); one face, all glyphs exist in it */
    REPLI_DRAW_CODE,   /* the sheet's page code fills the box (modules only) */
    REPLI_DRAW_SYMBOL, /* a QR code of `text` (plain ASCII) fills the box, modules only: on labels, never a page code */
    REPLI_DRAW_ORIGIN  /* nothing: what follows is one thing of many that look alike, with its corner at (x0,y0); print
                      ** writes such things relative to it, so that equal ones are equal bytes and take no room */
};

struct repli_draw {
    enum repli_draw_kind kind;
    bool white;             /* white instead of black */
    int32_t x0, y0, x1, y1; /* um; TEXT: x1, y1 unused */
    int32_t line_um;        /* FRAME, LINE: width */
    int32_t dash_um;        /* LINE: dash = gap length; 0 = solid */
    enum repli_face face;   /* TEXT */
    int32_t size_cpt;       /* TEXT: hundredths of a point */
    const char *text;       /* TEXT: valid UTF-8; SYMBOL */
    int32_t width_um;       /* TEXT: measured advance */
};

struct repli_draw_list {
    struct repli_draw *items;
    size_t count;
};

/* Font metrics from the very TrueType bytes that print embeds (static, shared, thread-safe after the first call). */
struct repli_font_metrics {
    int units_per_em, ascent, descent; /* font units; descent negative */
};
const struct repli_font_metrics *repli_font_metrics(enum repli_face face);
bool repli_font_has(enum repli_face face, uint32_t codepoint);
int32_t repli_font_width(enum repli_face face, int32_t size_cpt, const char *utf8); /* um, rounded up per text */
const void *repli_font_data(enum repli_face face, size_t *len);                     /* TrueType file */

#endif

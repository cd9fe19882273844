/* Ink on a gray page: strokes with a pen's width, hand tremor and uneven flow; characters drawn from our own vectors.
** All places are millimetres from the sheet's top-left corner; the page's dpi gives the pixels.
*/
#ifndef TEST_INK_H
#define TEST_INK_H

#include <stddef.h>

#include "repli/scan.h"
#include "support/prng.h"

struct ink_point {
    double x, y; /* mm */
};

struct ink_pen {
    double width_mm; /* ballpoint 0.3 to 0.6 */
    double level;    /* gray of full ink: 25 black ballpoint, 90 worn, 125 to 165 pencil */
    double tremor_mm;
    double slant; /* shear of characters, dx per dy */
};

/* A pen as somebody would have it in a pocket; light: a pencil. */
struct ink_pen ink_any_pen(struct prng *r, bool pencil);

/* Straight pieces from point to point, as one stroke. */
void ink_line(struct repli_image *page, const struct ink_point *points, size_t n, const struct ink_pen *pen,
              struct prng *r);
/* A smooth curve through the points; a point given twice in a row is a corner. */
void ink_curve(struct repli_image *page, const struct ink_point *points, size_t n, const struct ink_pen *pen,
               struct prng *r);
void ink_blot(struct repli_image *page, double x, double y, double radius_mm, double level);

/* One character (0-9 A C P U V , and v for a tick sign) in a box of the given centre and size. Others draw nothing. */
void ink_char(struct repli_image *page, char c, double cx, double cy, double w, double h, const struct ink_pen *pen,
              struct prng *r);
size_t ink_char_variants(char c); /* how many shapes of this character are known */

/* A line of illegible writing in a box. */
void ink_scribble(struct repli_image *page, double x0, double y0, double x1, double y1, const struct ink_pen *pen,
                  struct prng *r);

#endif

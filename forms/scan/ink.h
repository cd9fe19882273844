/* Private to forms/scan: ink in fields. */
#ifndef REPLI_SCAN_INK_H
#define REPLI_SCAN_INK_H

#include "geometry.h"

/* An upright cut of the sheet: nx * ny samples, `step` mm apart; sample (i,j) is the place (x + i*step, y + j*step)
** mm. */
struct patch {
    double x, y, step;
    int nx, ny;
    uint8_t *gray;  /* nx * ny */
    size_t outside; /* samples that lie beyond the image; they are white */
};
/* `gray` has room for nx * ny.  smooth: interpolated, else the nearest pixel.  Of creased paper all of it is cut as the
** paper in its middle lies. */
void repli_patch_cut(const struct repli_image *image, const struct repli_pose *pose, bool smooth, struct patch *p);

/* n samples from `from` on (cut.c): where the first lies and the way to the next, in 1/65536 pixel.  All of them,
** smooth ones with their neighbours to the right and below, lie on the image, which ends before `end`. */
struct cut_step {
    int32_t x, y, dx, dy;
};
void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step, uint8_t *to,
                   int n);

/* Ink in a mask (1 = ink) of nx * ny: connected pieces. What was found is 2 afterwards. */
struct piece {
    int area, x0, y0, x1, y1; /* samples; inclusive bounds */
    int inside;               /* of them within the inner rectangle ... */
    int ix0, iy0, ix1, iy1;   /* ... and their bounds; ix0 > ix1 when there are none */
};
/* Pieces of at least `least` samples, in scan order, at most `max`.  The inner rectangle: x0,y0,x1,y1 inclusive. */
size_t repli_ink_pieces(uint8_t *mask, int nx, int ny, const int inner[4], int least, struct piece *out, size_t max);

/* How many of n bytes of a mask (0 or 1 each) are set. */
int repli_ink_count(const uint8_t *mask, size_t n);
/* Side of the largest square of a mask of w * h that is wholly set, in samples: strokes are narrow, holes are not. */
int repli_ink_square(const uint8_t *mask, int w, int h);

/* One box (mm) in its cut, and the part of the cut that a mask was made of (x0,y0,x1,y1 inclusive). */
struct ink_cut {
    const struct patch *cut;
    double box[4];
    int inner[4], limit; /* gray below which it is dark */
};
struct ink_page;
/* Dark samples of the mask that lie in a strip running through the box and beyond it. */
int repli_ink_through(const struct ink_page *page, const struct ink_cut *c, const uint8_t *mask);
/* Sides of the box at which a piece goes on outside: left 1, top 2, right 4, bottom 8. */
unsigned repli_ink_leaves(const struct ink_page *page, const struct ink_cut *c, const uint8_t *mask,
                          const struct piece *p);

/* What is known of the whole page before its fields are read. */
struct ink_page {
    const struct repli_image *image;
    const struct repli_page_map *map;
    const struct repli_pose *pose;
    double dark;   /* darkness of solid print against paper, 0..1, from the marks */
    double strong; /* darkness of a pen: stains and creases stay below */
    double noise;  /* standard deviation of paper, as darkness */
    bool faint;    /* the page cannot prove an empty box: two levels only, or hairlines under 70 % of their width */
    bool fading;   /* two levels, and not all hairlines are there: what was written may be missing too */
    uint8_t *room; /* scratch: INK_ROOM samples of a cut, and as many of a mask */
};
#define INK_ROOM (512 * 512)
#define INK_HALF 32 /* samples from the middle to the edge of a tick's cut: 4 mm */

/* Darkness of solid print and noise of paper, around the marks. */
void repli_ink_page(struct ink_page *page);
/* The boxes of all ticks of a page, cut, and the model of an empty one that they share. */
struct ink_boxes {
    struct box *boxes; /* ink_tick.c's own */
    size_t n;
    uint8_t *gray;
    float model[INK_HALF + 1]; /* darkness by the distance from the middle, in samples */
    bool framed; /* its frame stands out; in grain there is none, and what differs from the model says nothing */
};
/* Cuts them; page->strong and page->faint become what their printed frames say. */
void repli_ink_boxes(struct ink_page *page, struct ink_boxes *b);
/* Reads them, and lets go of them. */
void repli_ink_ticks(const struct ink_page *page, struct ink_boxes *b, struct repli_field_reading *out);
/* All zones of a page.  With two levels, writing of which but dots are left says that the page fades: page->fading. */
void repli_ink_zones(struct ink_page *page, struct repli_field_reading *out);

/* Lines that dust on the glass drew along the whole page: *clean is a copy without them (free its gray).  false: there
** are none, *clean is untouched. */
bool repli_streaks_remove(const struct repli_image *image, struct repli_image *clean);

/* 0.5 at the border between two states, towards 1 as `margin` (in units of the border's own width) grows. */
double repli_ink_confidence(double margin);

#endif

/* What comes into a box from outside and leaves it again: the rim of a stain, a crease, a scratch, a staple.  Writing
** that fills a box from side to side stays in it.
**
** With two levels a line may have come out as dots: then a narrow strip holds them from one side to the other.
*/
#include "ink.h"

#include <string.h>

#define STRIP_MM   1.7 /* wide; a crease that flakes is no wider */
#define SEEN       .75 /* of the places along it must hold a dot ... */
#define ENDS       .5  /* ... and so many of the fifth at either end */
#define FEW        .3  /* fewer dots than so many a place are not looked at */
#define BEYOND_MM  .4  /* from the box's edge, past its printed line ... */
#define BEYOND_END .72 /* ... to here, before the next box begins */
#define LEAST      2   /* dots there */
#define ASIDE_MM   .3  /* a slanting stroke goes on a little aside */
#define FLANK_MM   .6
#define SIDE_MAX   512
#define PART_MAX   96

/* A mask turned so that the strip runs down. */
struct turned {
    const uint8_t *mask;
    int w, h;               /* across the strip, along it */
    ptrdiff_t across, down; /* steps in the mask; one of them is 1 */
};

static bool dark_in(const struct turned *t, int x, int n, int y)
{
    const uint8_t *v = t->mask + t->down * y + t->across * x;
    for (int i = 0; i < n; i++)
        if (v[t->across * i])
            return true;
    return false;
}

/* Where the strip of n samples with the most dots begins; their number. */
static int fullest(const struct turned *t, int n, int *at)
{
    uint16_t dots[SIDE_MAX] = {0};
    int most = 0, sum = 0;
    for (int x = 0; t->down == 1 && x < t->w; x++)
        dots[x] = (uint16_t)repli_ink_count(t->mask + t->across * x, (size_t)t->h);
    for (int y = 0; t->down != 1 && y < t->h; y++) {
        const uint8_t *row = t->mask + t->down * y;
        for (int x = 0; x < t->w; x++)
            dots[x] = (uint16_t)(dots[x] + row[x]);
    }
    for (int x = 0; x < t->w; x++) {
        sum += dots[x] - (x >= n ? dots[x - n] : 0);
        if (sum > most) {
            most = sum;
            *at = x >= n ? x - n + 1 : 0;
        }
    }
    return most;
}

/* Does it hold dots all along? */
static bool all_along(const struct turned *t, int x, int n)
{
    int seen = 0, first = 0, last = 0, end = t->h / 5 + 1;
    for (int y = 0; y < t->h; y++) {
        int is = dark_in(t, x, n, y);
        seen += is;
        first += y < end ? is : 0;
        last += y >= t->h - end ? is : 0;
    }
    return seen >= SEEN * t->h && first >= ENDS * end && last >= ENDS * end;
}

/* Are there dots in this part of the sheet? */
static bool dots_at(const struct ink_page *page, const struct ink_cut *c, double x0, double y0, double x1, double y1)
{
    uint8_t gray[PART_MAX * PART_MAX];
    double step = c->cut->step;
    struct patch p = {x0, y0, step, (int)((x1 - x0) / step) + 1, (int)((y1 - y0) / step) + 1, gray, 0};
    int dark = 0;
    if (p.nx > PART_MAX || p.ny > PART_MAX)
        return true; /* a piece that long comes to that side somewhere */
    repli_patch_cut(page->image, page->pose, false, &p);
    for (int i = 0; i < p.nx * p.ny; i++)
        dark += gray[i] < c->limit;
    return dark >= LEAST;
}

/* In the strip just outside of one side (left, top, right, bottom) of the box, from sample a to b along that side. */
static bool dots_beside(const struct ink_page *page, const struct ink_cut *c, int side, int a, int b)
{
    double at = c->box[side], near = side < 2 ? at - BEYOND_END : at + BEYOND_MM, far = near + BEYOND_END - BEYOND_MM;
    bool upright = side % 2 == 0;
    double start = (upright ? c->cut->y + c->inner[1] * c->cut->step : c->cut->x + c->inner[0] * c->cut->step),
           from = start + a * c->cut->step, to = start + b * c->cut->step;
    return upright ? dots_at(page, c, near, from, far, to) : dots_at(page, c, from, near, to, far);
}

/* Where it is dark to both sides as well, that is the blur of printed lines. */
static bool goes_on(const struct ink_page *page, const struct ink_cut *c, int side, int a, int b)
{
    int n = (int)(FLANK_MM / c->cut->step + .5);
    return dots_beside(page, c, side, a, b) &&
           !(dots_beside(page, c, side, a - n, a - 1) && dots_beside(page, c, side, b + 1, b + n));
}

int repli_ink_through(const struct ink_page *page, const struct ink_cut *c, const uint8_t *mask)
{
    int w = c->inner[2] - c->inner[0] + 1, h = c->inner[3] - c->inner[1] + 1, all = 0,
        n = (int)(STRIP_MM / c->cut->step + .5);
    for (int k = 0; k < 2; k++) {
        struct turned t = k ? (struct turned){mask, h, w, w, 1} : (struct turned){mask, w, h, 1, w};
        int at = 0, dots = t.w > SIDE_MAX ? 0 : fullest(&t, n, &at);
        if (dots < FEW * t.h || !all_along(&t, at, n))
            continue;
        bool beyond = goes_on(page, c, k ? 0 : 1, at, at + n) && goes_on(page, c, k ? 2 : 3, at, at + n);
        all += beyond ? dots : 0;
    }
    return all;
}

unsigned repli_ink_leaves(const struct ink_page *page, const struct ink_cut *c, const uint8_t *mask,
                          const struct piece *p)
{
    int w = c->inner[2] - c->inner[0] + 1, h = c->inner[3] - c->inner[1] + 1,
        wide = (int)(ASIDE_MM / c->cut->step + .5);
    unsigned sides = 0;
    for (int side = 0; side < 4; side++) {
        bool upright = side % 2 == 0;
        int end = side < 2 ? 0 : upright ? w - 1 : h - 1, first = -1, last = -1;
        if ((side == 0 ? p->x0 : side == 1 ? p->y0 : side == 2 ? p->x1 : p->y1) != end)
            continue;
        for (int k = upright ? p->y0 : p->x0; k <= (upright ? p->y1 : p->x1); k++)
            if (mask[upright ? k * w + end : end * w + k]) {
                first = first < 0 ? k : first;
                last = k;
            }
        sides |= first >= 0 && goes_on(page, c, side, first - wide, last + wide) ? 1U << side : 0;
    }
    return sides;
}

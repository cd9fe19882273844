/* Lines that run through a box and beyond it, as dots: with two levels that is what a crease leaves, or a scratch, or
** dust.  A narrow strip holds them from one side of the box to the other, and goes on outside, on both sides; writing
** that fills a box from side to side stays in it.
*/
#include "ink.h"

#include <string.h>

#define STRIP_MM   1.7 /* wide; a crease that flakes is no wider */
#define SEEN       .75 /* of the places along it must hold a dot ... */
#define ENDS       .5  /* ... and so many of the fifth at either end */
#define FEW        .3  /* fewer dots than so many a place are not looked at */
#define BEYOND_MM  .4  /* from the box's edge, past its printed line ... */
#define BEYOND_END 1.0 /* ... to here, before the next box begins */
#define LEAST      2   /* dots there */
#define SIDE_MAX   512

/* A mask turned so that the strip runs down. */
struct turned {
    const uint8_t *mask;
    int w, h;               /* across the strip, along it */
    ptrdiff_t across, down; /* steps in the mask */
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
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++)
            dots[x] = (uint16_t)(dots[x] + t->mask[t->down * y + t->across * x]);
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
static bool dots_at(const struct ink_page *page, double x0, double y0, double x1, double y1, double step)
{
    uint8_t gray[64 * 64];
    struct patch p = {x0, y0, step, (int)((x1 - x0) / step) + 1, (int)((y1 - y0) / step) + 1, gray, 0};
    int dark = 0;
    if (p.nx > 64 || p.ny > 64)
        return false;
    repli_patch_cut(page->image, page->pose->h, false, &p);
    for (int i = 0; i < p.nx * p.ny; i++)
        dark += gray[i] < 128;
    return dark >= LEAST;
}

int repli_ink_through(const struct ink_page *page, const struct patch *cut, const uint8_t *mask, const int inner[4],
                      const double box[4])
{
    int w = inner[2] - inner[0] + 1, h = inner[3] - inner[1] + 1, all = 0, n = (int)(STRIP_MM / cut->step + .5);
    for (int k = 0; k < 2; k++) {
        struct turned t = k ? (struct turned){mask, h, w, w, 1} : (struct turned){mask, w, h, 1, w};
        int at = 0, dots = t.w > SIDE_MAX ? 0 : fullest(&t, n, &at);
        if (dots < FEW * t.h || !all_along(&t, at, n))
            continue;
        double from = (k ? cut->y + (inner[1] + at) * cut->step : cut->x + (inner[0] + at) * cut->step),
               to = from + STRIP_MM, before = box[k ? 0 : 1], after = box[k ? 2 : 3];
        bool beyond = k ? dots_at(page, before - BEYOND_END, from, before - BEYOND_MM, to, cut->step) &&
                              dots_at(page, after + BEYOND_MM, from, after + BEYOND_END, to, cut->step)
                        : dots_at(page, from, before - BEYOND_END, to, before - BEYOND_MM, cut->step) &&
                              dots_at(page, from, after + BEYOND_MM, to, after + BEYOND_END, cut->step);
        all += beyond ? dots : 0;
    }
    return all;
}

/* What happens to a sheet before it is scanned: faint toner, pens across the code, stains, folds, torn corners. */
#include <math.h>
#include <string.h>

#include "support/ink.h"
#include "support/picture.h"
#include "support/scanner.h"

static void faint(struct repli_image *page, double toner)
{
    uint8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (uint8_t)(255 - (255 - i) * toner);
    size_t n = (size_t)page->width * (size_t)page->height;
    for (size_t i = 0; i < n; i++)
        page->gray[i] = table[page->gray[i]];
}

/* A stroke from one side of the code to the other, the wrong way round to be ignored. */
static void cross_code(struct repli_image *page, const struct repli_box *box, struct prng *r)
{
    double x0 = box->x0 / 1000.0, x1 = box->x1 / 1000.0, y0 = box->y0 / 1000.0, y1 = box->y1 / 1000.0;
    struct ink_point p[4];
    bool upright = prng_chance(r, 0.5);
    for (int i = 0; i < 4; i++) {
        double along = -0.2 + 1.4 * i / 3, across = prng_in(r, 0.1, 0.9);
        p[i].x = x0 + (x1 - x0) * (upright ? across : along);
        p[i].y = y0 + (y1 - y0) * (upright ? along : across);
    }
    struct ink_pen pen = ink_any_pen(r, false);
    ink_curve(page, p, 4, &pen, r);
}

/* The ring of a cup: a pale disc with a darker rim. */
static void stain(struct repli_image *page, struct prng *r)
{
    double k = page->dpi / 25.4, radius = prng_in(r, 18, 40) * k;
    double cx = prng_in(r, 30, 180) * k, cy = prng_in(r, 40, 260) * k;
    double disc = prng_in(r, 0.03, 0.15), rim = prng_in(r, 0.15, 0.4);
    for (int y = 0; y < page->height; y++) {
        for (int x = 0; x < page->width; x++) {
            double d = hypot(x - cx, y - cy) / radius;
            if (d > 1.2)
                continue;
            double e = (d - 1) / 0.03, a = (d < 1 ? disc : 0) + rim * exp(-e * e);
            uint8_t *cell = &page->gray[(size_t)y * (size_t)page->width + (size_t)x];
            *cell = (uint8_t)(*cell * (1 - a));
        }
    }
}

/* A crease across the sheet: a shadow, and toner flaked off along it. */
static void fold(struct repli_image *page, struct prng *r)
{
    double k = page->dpi / 25.4, half = prng_in(r, 0.6, 1.6) * k, flake = prng_in(r, 0.1, 0.3) * k;
    double at = page->height * prng_in(r, 0.3, 0.7), deep = prng_in(r, 0.1, 0.35);
    for (int y = (int)(at - half); y < (int)(at + half); y++) {
        double d = fabs(y - at);
        for (int x = 0; x < page->width; x++) {
            uint8_t *cell = &page->gray[(size_t)y * (size_t)page->width + (size_t)x];
            *cell = (uint8_t)(*cell * (1 - deep * (1 - d / half)));
            if (d < flake && prng_chance(r, 0.4) && *cell < 225)
                *cell = 225;
        }
    }
}

void scanner_swallow(struct repli_image *page, bool along_x, double at_mm, double loss_mm)
{
    double k = page->dpi / 25.4;
    int by = (int)lround(loss_mm * k), from = (int)lround(at_mm * k), w = page->width;
    for (int y = along_x ? 0 : from; y < page->height - (along_x ? 0 : by); y++) {
        uint8_t *row = page->gray + (size_t)y * (size_t)w;
        if (along_x)
            memmove(row + from, row + from + by, (size_t)(w - from - by));
        else
            memcpy(row, row + (size_t)by * (size_t)w, (size_t)w);
    }
}

/* One corner is gone: beyond a slanted line the lid shows. */
static void tear(struct repli_image *page, const struct scanner_params *p, struct prng *r)
{
    double k = page->dpi / 25.4, reach = p->tear_mm * k, lean = prng_in(r, 0.6, 1.6);
    int corner = prng_int(r, 0, 3);
    for (int j = 0; j < page->height && j * lean < reach * (1 + lean); j++) {
        for (int i = 0; i + j * lean < reach && i < page->width; i++) {
            int x = corner % 2 ? page->width - 1 - i : i, y = corner / 2 ? page->height - 1 - j : j;
            page->gray[(size_t)y * (size_t)page->width + (size_t)x] = (uint8_t)p->lid;
        }
    }
}

void scanner_damage(struct repli_image *page, const struct scanner_params *p, const struct repli_box *codes, int ncodes,
                    struct prng *r)
{
    if (p->toner < 0.999)
        faint(page, p->toner);
    for (int i = 0; i < p->pens && ncodes > 0; i++)
        cross_code(page, &codes[prng_int(r, 0, ncodes - 1)], r);
    if (p->stain)
        stain(page, r);
    if (p->fold)
        fold(page, r);
    if (p->tear_mm > 0)
        tear(page, p, r);
}

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <stdint.h>

#include "repli/arena.h"
#include "support/ink.h"

#define MAX_POINTS 2048

struct ink_pen ink_any_pen(struct prng *r, bool pencil)
{
    struct ink_pen pen;
    pen.width_mm = pencil ? prng_in(r, 0.26, 0.42) : prng_in(r, 0.30, 0.58);
    pen.level = pencil ? prng_in(r, 120, 160) : prng_in(r, 25, 80);
    pen.tremor_mm = prng_in(r, 0.015, 0.04);
    pen.slant = prng_normal(r, 0.10) + 0.08;
    return pen;
}

/* Pixels around a stroke, with how much ink each takes (0..255). */
struct mask {
    int x0, y0, w, h;
    uint8_t *alpha;
};

/* One straight piece: full inside the half width, fading over one pixel. */
static void mask_segment(struct mask *m, double ax, double ay, double bx, double by, double half)
{
    double reach = half + 1;
    int x0 = (int)floor(fmin(ax, bx) - reach) - m->x0, x1 = (int)ceil(fmax(ax, bx) + reach) - m->x0;
    int y0 = (int)floor(fmin(ay, by) - reach) - m->y0, y1 = (int)ceil(fmax(ay, by) + reach) - m->y0;
    double dx = bx - ax, dy = by - ay, len2 = dx * dx + dy * dy;
    for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < m->h; y++) {
        for (int x = x0 < 0 ? 0 : x0; x <= x1 && x < m->w; x++) {
            double px = x + m->x0 - ax, py = y + m->y0 - ay;
            double t = len2 > 1e-12 ? (px * dx + py * dy) / len2 : 0;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            double ex = px - t * dx, ey = py - t * dy;
            double a = half + 0.5 - sqrt(ex * ex + ey * ey);
            uint8_t v = (uint8_t)(a <= 0 ? 0 : a >= 1 ? 255 : a * 255);
            uint8_t *cell = &m->alpha[(size_t)y * (size_t)m->w + (size_t)x];
            if (v > *cell)
                *cell = v;
        }
    }
}

/* Blends the mask into the page: paper turns towards the ink's gray, never lighter. Flow varies by a few per cent. */
static void mask_apply(struct repli_image *page, const struct mask *m, double level, struct prng *r)
{
    for (int y = 0; y < m->h; y++) {
        int py = y + m->y0;
        if (py < 0 || py >= page->height)
            continue;
        for (int x = 0; x < m->w; x++) {
            int px = x + m->x0;
            uint8_t a = m->alpha[(size_t)y * (size_t)m->w + (size_t)x];
            if (a == 0 || px < 0 || px >= page->width)
                continue;
            uint8_t *cell = &page->gray[(size_t)py * (size_t)page->width + (size_t)px];
            double k = a / 255.0 * prng_in(r, 0.86, 1.0);
            double v = *cell * (1 - k) + level * k;
            if (v < *cell)
                *cell = (uint8_t)v;
        }
    }
}

/* Draws points that are already dense, in pixels. */
static void draw_dense(struct repli_image *page, const struct ink_point *p, size_t n, double half, double level,
                       struct prng *r)
{
    double x0 = p[0].x, y0 = p[0].y, x1 = x0, y1 = y0;
    for (size_t i = 1; i < n; i++) {
        x0 = fmin(x0, p[i].x), x1 = fmax(x1, p[i].x);
        y0 = fmin(y0, p[i].y), y1 = fmax(y1, p[i].y);
    }
    double reach = half + 2;
    if (x1 + reach < 0 || y1 + reach < 0 || x0 - reach > page->width || y0 - reach > page->height)
        return;
    struct mask m = {.x0 = (int)floor(x0 - reach), .y0 = (int)floor(y0 - reach)};
    m.w = (int)ceil(x1 + reach) - m.x0 + 1;
    m.h = (int)ceil(y1 + reach) - m.y0 + 1;
    m.alpha = repli_xcalloc((size_t)m.w * (size_t)m.h, 1);
    for (size_t i = 0; i + 1 < n; i++)
        mask_segment(&m, p[i].x, p[i].y, p[i + 1].x, p[i + 1].y, half);
    if (n == 1)
        mask_segment(&m, p[0].x, p[0].y, p[0].x, p[0].y, half);
    mask_apply(page, &m, level, r);
    free(m.alpha);
}

/* A hand is not a ruler: every straight piece bows a little and trembles. */
void ink_line(struct repli_image *page, const struct ink_point *points, size_t n, const struct ink_pen *pen,
              struct prng *r)
{
    enum { STEPS = 8 };
    assert(n >= 1 && n * STEPS < MAX_POINTS);
    struct ink_point dense[MAX_POINTS];
    double k = page->dpi / 25.4;
    size_t count = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        double dx = points[i + 1].x - points[i].x, dy = points[i + 1].y - points[i].y;
        double bow = prng_normal(r, 0.04);
        for (int s = 0; s < STEPS; s++) {
            double t = (double)s / STEPS, b = bow * sin(3.14159265358979 * t);
            double jx = prng_normal(r, pen->tremor_mm), jy = prng_normal(r, pen->tremor_mm);
            dense[count].x = (points[i].x + t * dx - b * dy + jx) * k - 0.5;
            dense[count++].y = (points[i].y + t * dy + b * dx + jy) * k - 0.5;
        }
    }
    dense[count].x = points[n - 1].x * k - 0.5;
    dense[count++].y = points[n - 1].y * k - 0.5;
    draw_dense(page, dense, count, pen->width_mm * k / 2, pen->level, r);
}

/* Cubic through b and c with neighbours a and d (Catmull-Rom). */
static double through(double a, double b, double c, double d, double t)
{
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - 3 * c + d - a) * t * t * t);
}

static bool same(const struct ink_point *a, const struct ink_point *b)
{
    return fabs(a->x - b->x) < 1e-9 && fabs(a->y - b->y) < 1e-9;
}

void ink_curve(struct repli_image *page, const struct ink_point *points, size_t n, const struct ink_pen *pen,
               struct prng *r)
{
    enum { STEPS = 10 };
    assert(n >= 2 && n * STEPS < MAX_POINTS);
    struct ink_point dense[MAX_POINTS];
    double k = page->dpi / 25.4;
    size_t count = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const struct ink_point *b = &points[i], *c = &points[i + 1];
        const struct ink_point *a = i > 0 && !same(&points[i - 1], b) ? &points[i - 1] : b;
        const struct ink_point *d = i + 2 < n && !same(c, &points[i + 2]) ? &points[i + 2] : c;
        if (same(b, c))
            continue;
        for (int s = 0; s < STEPS; s++) {
            double t = (double)s / STEPS, jx = prng_normal(r, pen->tremor_mm / 2),
                   jy = prng_normal(r, pen->tremor_mm / 2);
            dense[count].x = (through(a->x, b->x, c->x, d->x, t) + jx) * k - 0.5;
            dense[count++].y = (through(a->y, b->y, c->y, d->y, t) + jy) * k - 0.5;
        }
    }
    dense[count].x = points[n - 1].x * k - 0.5;
    dense[count++].y = points[n - 1].y * k - 0.5;
    draw_dense(page, dense, count, pen->width_mm * k / 2, pen->level, r);
}

void ink_blot(struct repli_image *page, double x, double y, double radius_mm, double level)
{
    struct prng still;
    prng_seed(&still, 1, 1);
    double k = page->dpi / 25.4;
    struct ink_point at = {x * k - 0.5, y * k - 0.5};
    draw_dense(page, &at, 1, radius_mm * k, level, &still);
}

void ink_scribble(struct repli_image *page, double x0, double y0, double x1, double y1, const struct ink_pen *pen,
                  struct prng *r)
{
    double x = x0, mid = (y0 + y1) / 2, swing = (y1 - y0) * 0.3;
    struct ink_point p[64];
    while (x < x1) {
        size_t n = 0, letters = (size_t)prng_int(r, 3, 8);
        for (size_t i = 0; i < letters * 2 && x < x1; i++) {
            double tall = prng_chance(r, 0.2) ? 1.5 : prng_in(r, 0.4, 1.0);
            double y = mid + (i % 2 ? -swing * tall : swing * prng_in(r, 0.5, 0.8));
            p[n++] = (struct ink_point){x, y};
            x += prng_in(r, 0.5, 1.1);
        }
        if (n >= 2)
            ink_curve(page, p, n, pen, r);
        x += prng_in(r, 1.0, 2.0);
    }
}

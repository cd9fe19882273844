/* The solid squares of a sheet, in gray: exact centres near an expected place, and all candidates of a page. */
#include "geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double repli_image_scale(const struct repli_image *image)
{
    int longer = image->width > image->height ? image->width : image->height;
    double by_size = longer / SHEET_LONG_MM, by_dpi = image->dpi / 25.4;
    return fabs(by_dpi / by_size - 1) < .2 ? by_dpi : by_size;
}

/* Sums over rectangles of a window of the image (inverted: darkness), by an integral image. */
struct sums {
    int x0, y0, width, height;
    uint32_t *s; /* (width + 1) * (height + 1) */
};

static bool sums_make(struct sums *t, const struct repli_image *image, int x0, int y0, int x1, int y1)
{
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    x1 = x1 > image->width ? image->width : x1;
    y1 = y1 > image->height ? image->height : y1;
    if (x1 - x0 < 8 || y1 - y0 < 8)
        return false;
    *t = (struct sums){x0, y0, x1 - x0, y1 - y0, NULL};
    size_t w = (size_t)t->width + 1;
    t->s = repli_xmalloc(w * ((size_t)t->height + 1) * sizeof *t->s);
    memset(t->s, 0, w * sizeof *t->s);
    for (int y = 0; y < t->height; y++) {
        const uint8_t *row = image->gray + (size_t)(y0 + y) * (size_t)image->width + x0;
        const uint32_t *restrict above = t->s + (size_t)y * w;
        uint32_t *restrict here = t->s + (size_t)(y + 1) * w, run = 0;
        here[0] = 0;
        for (int x = 0; x < t->width; x++) {
            run += 255u - row[x];
            here[x + 1] = above[x + 1] + run;
        }
    }
    return true;
}

static int limit(int v, int n)
{
    return v < 0 ? 0 : v > n ? n : v;
}

/* Darkness summed over the square of half side r around (x,y) of the window; the number of pixels in *n. */
static double square(const struct sums *t, int x, int y, int r, double *n)
{
    int a = limit(x - r, t->width), b = limit(x + r + 1, t->width), c = limit(y - r, t->height),
        d = limit(y + r + 1, t->height);
    size_t w = (size_t)t->width + 1;
    const uint32_t *s = t->s;
    *n = (double)(b - a) * (d - c);
    return (double)(s[(size_t)d * w + (size_t)b] - s[(size_t)c * w + (size_t)b] - s[(size_t)d * w + (size_t)a] +
                    s[(size_t)c * w + (size_t)a]);
}

/* Mean darkness of the mark less that of the free paper round it; what lies outside the window counts as nothing. */
static double response(const struct sums *t, int x, int y, double scale)
{
    int in = (int)((MARK_MM / 2 - .35) * scale), free_in = (int)((MARK_MM / 2 + .5) * scale + 1),
        free_out = (int)((MARK_MM / 2 + MARK_CLEAR_MM - .6) * scale);
    double n1, n2, n3, core = square(t, x, y, in, &n1), a = square(t, x, y, free_in, &n2),
                       b = square(t, x, y, free_out, &n3);
    double whole = (2.0 * in + 1) * (2.0 * in + 1);
    if (n1 < whole || n3 <= n2)
        return 0;
    return core / n1 - 1.5 * (b - a) / (n3 - n2);
}

/* Inclusive bounds of pixels. */
struct bounds {
    int x0, y0, x1, y1;
};

/* Whole pixels nearer to v than `reach`, within first..last. */
static void nearer(double v, double reach, int first, int last, int *from, int *to)
{
    *from = first;
    *to = last;
    while (*from <= last && !(fabs(*from - v) < reach))
        ++*from;
    while (*to >= *from && !(fabs(*to - v) < reach))
        --*to;
}

/* Gray of the paper round a mark (a quarter is brighter) and the mean of the mark's core. */
static int paper_and_core(const struct repli_image *image, const struct bounds *b, const struct bounds *core,
                          double *inside)
{
    uint32_t hist[2][256] = {{0}}, run = 0, total = (uint32_t)(b->x1 - b->x0 + 1) * (uint32_t)(b->y1 - b->y0 + 1),
             ncore = 0;
    uint64_t sum = 0;
    for (int y = b->y0; y <= b->y1; y++) {
        const uint8_t *row = image->gray + (size_t)y * (size_t)image->width;
        for (int x = b->x0; x <= b->x1; x++) /* by turns: most are the same gray, each would wait for the one before */
            hist[x & 1][row[x]]++;
        if (y < core->y0 || y > core->y1)
            continue;
        for (int x = core->x0; x <= core->x1; x++, ncore++)
            sum += row[x];
    }
    int paper = 255;
    for (; paper > 0 && (run += hist[0][paper] + hist[1][paper]) * 4 < total; paper--)
        ;
    *inside = (double)sum / (ncore ? ncore : 1);
    return paper;
}

/* Sums of weights by gray, of their distances from a place and of the squares of these. */
struct moments {
    double s, sx, sy, sxx, syy;
};

static struct moments moments_of(const struct repli_image *image, const struct bounds *b, const struct xy *at,
                                 const double weight[256])
{
    struct moments m = {0, 0, 0, 0, 0};
    for (int y = b->y0; y <= b->y1; y++) {
        const uint8_t *row = image->gray + (size_t)y * (size_t)image->width;
        double dy = y - at->y;
        for (int x = b->x0; x <= b->x1; x++) {
            double w = weight[row[x]], dx = x - at->x;
            if (w <= 0) /* paper: most of them */
                continue;
            m.s += w;
            m.sx += w * dx;
            m.sy += w * dy;
            m.sxx += w * dx * dx;
            m.syy += w * dy * dy;
        }
    }
    return m;
}

/* Gray centroid of the pixels darker than half way, within 3.9 mm of `at`; checked for size and squareness. */
static bool centroid(const struct repli_image *image, double scale, struct xy *at, double *dark)
{
    double reach = (MARK_MM / 2 + 1.4) * scale, inner = (MARK_MM / 2 - .6) * scale, inside;
    struct bounds b = {(int)floor(at->x - reach), (int)floor(at->y - reach), (int)ceil(at->x + reach),
                       (int)ceil(at->y + reach)},
                  core;
    double whole = (MARK_MM / 2 + .3) * scale; /* a mark that the image cuts has its centre elsewhere */
    if (at->x < whole || at->y < whole || at->x > image->width - 1 - whole || at->y > image->height - 1 - whole)
        return false;
    b.x0 = b.x0 < 0 ? 0 : b.x0;
    b.y0 = b.y0 < 0 ? 0 : b.y0;
    b.x1 = b.x1 < image->width ? b.x1 : image->width - 1;
    b.y1 = b.y1 < image->height ? b.y1 : image->height - 1;
    nearer(at->x, inner, b.x0, b.x1, &core.x0, &core.x1);
    nearer(at->y, inner, b.y0, b.y1, &core.y0, &core.y1);
    int paper = paper_and_core(image, &b, &core, &inside);
    double span = paper - inside, weight[256];
    if (span < 30 || span < .25 * paper)
        return false;
    for (int v = 0; v < 256; v++) {
        double w = (paper - v) / span;
        weight[v] = w < .15 ? 0 : w > 1 ? 1 : w;
    }
    struct moments m = moments_of(image, &b, at, weight);
    double full = MARK_MM * scale * MARK_MM * scale, var = MARK_MM * scale * MARK_MM * scale / 12;
    if (m.s < .7 * full || m.s > 1.4 * full)
        return false;
    double sx = m.sx / m.s, sy = m.sy / m.s;
    double vx = (m.sxx / m.s - sx * sx) / var, vy = (m.syy / m.s - sy * sy) / var;
    if (vx < .7 || vx > 1.5 || vy < .7 || vy > 1.5)
        return false;
    at->x += sx;
    at->y += sy;
    *dark = span / (paper > 1 ? paper : 1);
    return true;
}

bool repli_mark_find(const struct repli_image *image, struct xy near, double reach_mm, double scale, struct xy *out,
                     double *dark)
{
    double reach = reach_mm * scale, margin = (MARK_MM / 2 + MARK_CLEAR_MM) * scale;
    if (!(fabs(near.x) < 1e6) || !(fabs(near.y) < 1e6))
        return false;
    struct sums t;
    if (!sums_make(&t, image, (int)(near.x - reach - margin), (int)(near.y - reach - margin),
                   (int)(near.x + reach + margin), (int)(near.y + reach + margin)))
        return false;
    double best = 0;
    int step = scale > 6 ? 2 : 1, bx = -1, by = -1, cx = (int)near.x - t.x0, cy = (int)near.y - t.y0, r = (int)reach;
    for (int y = cy - r; y <= cy + r; y += step)
        for (int x = cx - r; x <= cx + r; x += step) {
            double v = response(&t, x, y, scale);
            if (v > best) {
                best = v;
                bx = x;
                by = y;
            }
        }
    free(t.s);
    if (bx < 0 || best < 25)
        return false;
    struct xy at = {t.x0 + bx, t.y0 + by};
    for (int i = 0; i < 3; i++)
        if (!centroid(image, scale, &at, dark))
            return false;
    *out = at;
    return true;
}

/* ---- the whole page, at about 3 pixels a mm */

static bool shrink(const struct repli_image *image, int k, struct repli_image *small)
{
    *small = (struct repli_image){image->width / k, image->height / k, 8, 0, NULL};
    if (small->width < 16 || small->height < 16)
        return false;
    small->gray = repli_xmalloc((size_t)small->width * (size_t)small->height);
    uint32_t *sum = repli_xcalloc((size_t)small->width, sizeof *sum);
    for (int y = 0; y < small->height; y++) {
        memset(sum, 0, (size_t)small->width * sizeof *sum);
        for (int j = 0; j < k; j++) {
            const uint8_t *row = image->gray + (size_t)(y * k + j) * (size_t)image->width;
            for (int x = 0; x < small->width; x++)
                for (int i = 0; i < k; i++)
                    sum[x] += *row++;
        }
        uint8_t *to = small->gray + (size_t)y * (size_t)small->width;
        for (int x = 0; x < small->width; x++)
            to[x] = (uint8_t)(sum[x] / (uint32_t)(k * k));
    }
    free(sum);
    return true;
}

struct peak {
    double value;
    int x, y;
};

/* Keeps the `max` best places, no two nearer than `apart`. */
static size_t keep_peak(struct peak *list, size_t n, size_t max, struct peak p, int apart)
{
    for (size_t i = 0; i < n; i++)
        if (abs(list[i].x - p.x) < apart && abs(list[i].y - p.y) < apart) {
            if (list[i].value >= p.value)
                return n;
            memmove(list + i, list + i + 1, (n - i - 1) * sizeof *list);
            n--;
            i--;
        }
    size_t at = n;
    while (at > 0 && list[at - 1].value < p.value)
        at--;
    if (at >= max)
        return n;
    if (n == max)
        n--;
    memmove(list + at + 1, list + at, (n - at) * sizeof *list);
    list[at] = p;
    return n + 1;
}

size_t repli_mark_peaks(const struct repli_image *image, double scale, struct xy *out, size_t max)
{
    struct repli_image small;
    struct peak list[64];
    struct sums t;
    size_t n = 0;
    int k = (int)(scale / 3);
    k = k < 1 ? 1 : k;
    max = max > 64 ? 64 : max;
    if (!shrink(image, k, &small))
        return 0;
    if (sums_make(&t, &small, 0, 0, small.width, small.height)) {
        double s = scale / k;
        for (int y = 0; y < small.height; y++)
            for (int x = 0; x < small.width; x++) {
                double v = response(&t, x, y, s);
                if (v > 40)
                    n = keep_peak(list, n, max, (struct peak){v, x, y}, (int)(MARK_MM * s));
            }
        free(t.s);
    }
    free(small.gray);
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        struct xy at = {list[i].x * k + (k - 1) / 2.0, list[i].y * k + (k - 1) / 2.0};
        double dark;
        if (repli_mark_find(image, at, 1.0, scale, &at, &dark))
            out[found++] = at;
    }
    return found;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "repli/arena.h"
#include "support/picture.h"
#include "support/scanner.h"

static const struct scanner_params clean = {
    .dpi = 300, .threshold = 135, .scale = 1, .stretch = 1, .blur_px = 0.35, .toner = 1, .lid = 235, .jpeg = 92};

bool scanner_severity_parse(const char *text, enum scanner_severity *severity)
{
    static const char *const names[] = {"none", "mild", "medium"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *severity = (enum scanner_severity)i;
            return true;
        }
    }
    return false;
}

/* An office machine in good order, fed by somebody who takes care. */
static void sample_mild(struct scanner_params *p, struct prng *r)
{
    p->quarter = prng_chance(r, 0.25) ? 180 : 0;
    p->rot_deg = prng_in(r, -1.0, 1.0);
    p->scale = prng_in(r, 0.99, 1.01);
    p->stretch = prng_in(r, 0.998, 1.002);
    p->shift_x_mm = prng_in(r, -1.5, 1.5);
    p->shift_y_mm = prng_in(r, -1.5, 1.5);
    p->blur_px = prng_in(r, 0.4, 0.8);
    p->noise = prng_in(r, 1, 4);
    p->shade = prng_in(r, 0, 0.06);
    p->black = prng_in(r, 0, 25);
    p->toner = prng_in(r, 0.9, 1);
    p->jpeg = prng_int(r, 60, 88);
    p->one_bit = prng_chance(r, 0.25);
    p->threshold = prng_int(r, 122, 150);
}

/* The machine of a busy ward: dirty glass, tired toner, sheets that were carried in a pocket. */
static void sample_medium(struct scanner_params *p, struct prng *r)
{
    p->quarter = 90 * prng_pick(r, (const double[]){3, 1, 1.5, 1}, 4);
    p->rot_deg = prng_in(r, -2.0, 2.0);
    p->scale = prng_in(r, 0.985, 1.015);
    p->stretch = prng_in(r, 0.995, 1.005);
    p->shear = prng_in(r, -0.004, 0.004);
    p->shift_x_mm = prng_in(r, -3, 3);
    p->shift_y_mm = prng_in(r, -3, 3);
    p->blur_px = prng_in(r, 0.6, 1.15);
    p->noise = prng_in(r, 3, 9);
    p->shade = prng_in(r, 0.03, 0.18);
    p->black = prng_in(r, 10, 45);
    p->toner = prng_in(r, 0.75, 1);
    p->jpeg = prng_int(r, 42, 62);
    p->one_bit = prng_chance(r, 0.4);
    p->threshold = prng_int(r, 100, 175);
    p->pens = prng_chance(r, 0.25) ? 1 : 0;
    p->tear_mm = prng_chance(r, 0.08) ? prng_in(r, 4, 12) : 0;
    p->stain = prng_chance(r, 0.12);
    p->fold = prng_chance(r, 0.15);
    p->streaks = prng_chance(r, 0.25) ? prng_int(r, 1, 2) : 0;
}

void scanner_sample(struct scanner_params *p, enum scanner_severity severity, struct prng *r)
{
    *p = clean;
    if (severity == SCANNER_NONE)
        return;
    p->dpi = prng_chance(r, 0.5) ? 200 : 300;
    p->lid = (int[]){20, 235, 250}[prng_int(r, 0, 2)];
    if (severity == SCANNER_MILD)
        sample_mild(p, r);
    else
        sample_medium(p, r);
}

void scanner_where(const double mm_to_px[9], double x_mm, double y_mm, double *px, double *py)
{
    double w = mm_to_px[6] * x_mm + mm_to_px[7] * y_mm + mm_to_px[8];
    *px = (mm_to_px[0] * x_mm + mm_to_px[1] * y_mm + mm_to_px[2]) / w;
    *py = (mm_to_px[3] * x_mm + mm_to_px[4] * y_mm + mm_to_px[5]) / w;
}

double scanner_apart_mm(const double a[9], const double b[9], int dpi)
{
    static const double at[4][2] = {{10, 10}, {200, 10}, {200, 287}, {10, 287}};
    double worst = 0;
    for (int i = 0; i < 4; i++) {
        double ax, ay, bx, by;
        scanner_where(a, at[i][0], at[i][1], &ax, &ay);
        scanner_where(b, at[i][0], at[i][1], &bx, &by);
        worst = fmax(worst, hypot(ax - bx, ay - by) * 25.4 / dpi);
    }
    return worst;
}

/* Sheet mm -> pixel before the quarter turn: turned and stretched about the sheet's middle, which lies in the middle of
** the glass but for the shift.  The half pixel: (0,0) is the centre of the first pixel. */
static void placing(const struct scanner_params *p, int w, int h, double m[6])
{
    double k = p->dpi / 25.4, a = p->rot_deg * 3.14159265358979 / 180;
    double kx = k * p->scale, ky = k * p->scale * p->stretch;
    m[0] = cos(a) * kx, m[1] = (-sin(a) + p->shear) * ky;
    m[3] = sin(a) * kx, m[4] = cos(a) * ky;
    m[2] = w / 2.0 - 0.5 + p->shift_x_mm * k - (m[0] * 105 + m[1] * 148.5);
    m[5] = h / 2.0 - 0.5 + p->shift_y_mm * k - (m[3] * 105 + m[4] * 148.5);
}

static void invert(const double m[6], double inv[6])
{
    double det = m[0] * m[4] - m[1] * m[3];
    inv[0] = m[4] / det, inv[1] = -m[1] / det;
    inv[3] = -m[3] / det, inv[4] = m[0] / det;
    inv[2] = -(inv[0] * m[2] + inv[1] * m[5]);
    inv[5] = -(inv[3] * m[2] + inv[4] * m[5]);
}

/* Bilinear, in 1/256 of a pixel; outside the sheet the lid shows. */
static int sample_at(const struct repli_image *im, int fx, int fy, int lid)
{
    int ix = fx >> 8, iy = fy >> 8;
    if (ix < 0 || iy < 0 || ix >= im->width - 1 || iy >= im->height - 1)
        return lid * 65536;
    const uint8_t *q = &im->gray[(size_t)iy * (size_t)im->width + (size_t)ix], *under = q + im->width;
    fx &= 255, fy &= 255;
    int top = (q[0] << 8) + (q[1] - q[0]) * fx, low = (under[0] << 8) + (under[1] - under[0]) * fx;
    return (top << 8) + (low - top) * fy;
}

static int in_256ths(float at)
{
    return (int)(at * 256 + 256 * 8) - 256 * 8;
}

/* Each output pixel is the mean of n x n samples of the sheet under it: the area a sensor's cell collects from.  Where
** a row's cells lie is worked out for the whole row at once: processors do several of those at a time. */
static void expose(const struct repli_image *page, const struct scanner_params *p, const double m[6], float *out, int w,
                   int h)
{
    double inv[6], k = page->dpi / 25.4;
    invert(m, inv);
    int n = (int)ceil(page->dpi / p->dpi - 0.01);
    n = n < 1 ? 1 : n;
    double step = k / n, first = -(n - 1) / 2.0;
    float sx = (float)(inv[0] * step), sy = (float)(inv[3] * step), tx = (float)(inv[1] * step),
          ty = (float)(inv[4] * step);
    float scale = 1.0f / (float)(n * n) / 65536;
    float *rx = repli_xmalloc(sizeof *rx * (size_t)w), *ry = repli_xmalloc(sizeof *ry * (size_t)w);
    int *fx = repli_xmalloc(sizeof *fx * (size_t)w), *fy = repli_xmalloc(sizeof *fy * (size_t)w);
    for (int y = 0; y < h; y++) {
        float *row = &out[(size_t)y * (size_t)w];
        for (int x = 0; x < w; x++) {
            rx[x] = (float)((inv[0] * (x + first / n) + inv[1] * (y + first / n) + inv[2]) * k - 0.5);
            ry[x] = (float)((inv[3] * (x + first / n) + inv[4] * (y + first / n) + inv[5]) * k - 0.5);
            row[x] = 0;
        }
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < n; i++) {
                for (int x = 0; x < w; x++) {
                    fx[x] = in_256ths(rx[x] + (float)i * sx);
                    fy[x] = in_256ths(ry[x] + (float)i * sy);
                }
                for (int x = 0; x < w; x++)
                    fx[x] = sample_at(page, fx[x], fy[x], p->lid);
                for (int x = 0; x < w; x++)
                    row[x] += (float)fx[x];
            }
            for (int x = 0; x < w; x++)
                rx[x] += tx, ry[x] += ty;
        }
        for (int x = 0; x < w; x++)
            row[x] *= scale;
    }
    free(rx), free(ry), free(fx), free(fy);
}

/* Gaussian blur by rows and columns; radius 3 deviations. */
static void blur(float *im, int w, int h, double sigma)
{
    enum { MAX_RADIUS = 8 };
    int radius = (int)ceil(3 * sigma);
    radius = radius > MAX_RADIUS ? MAX_RADIUS : radius;
    if (sigma < 0.2)
        return;
    float tap[MAX_RADIUS + 1], total = 0;
    for (int i = 0; i <= radius; i++) {
        tap[i] = (float)exp(-0.5 * i * i / (sigma * sigma));
        total += i == 0 ? tap[i] : 2 * tap[i];
    }
    for (int i = 0; i <= radius; i++)
        tap[i] /= total;
    int longer = w > h ? w : h;
    float *line = repli_xmalloc(sizeof *line * (size_t)(longer + 2 * MAX_RADIUS));
    for (int y = 0; y < h; y++) {
        float *row = &im[(size_t)y * (size_t)w];
        memcpy(line + radius, row, sizeof *line * (size_t)w);
        for (int i = 0; i < radius; i++)
            line[i] = row[0], line[radius + w + i] = row[w - 1];
        for (int x = 0; x < w; x++)
            row[x] = tap[0] * line[x + radius];
        for (int i = 1; i <= radius; i++)
            for (int x = 0; x < w; x++)
                row[x] += tap[i] * (line[x + radius - i] + line[x + radius + i]);
    }
    free(line);
    /* Columns: whole rows at a time, so that memory is walked in order. */
    float *ring = repli_xmalloc(sizeof *ring * (size_t)w * (size_t)(radius + 1));
    for (int y = 0; y < h; y++) {
        float *row = &im[(size_t)y * (size_t)w];
        memcpy(&ring[(size_t)(y % (radius + 1)) * (size_t)w], row, sizeof *row * (size_t)w);
        for (int x = 0; x < w; x++)
            row[x] *= tap[0];
        for (int i = 1; i <= radius; i++) {
            int up = y - i < 0 ? 0 : y - i, down = y + i >= h ? h - 1 : y + i;
            const float *above = &ring[(size_t)(up % (radius + 1)) * (size_t)w];
            const float *below = &im[(size_t)down * (size_t)w];
            if (down == y)
                below = &ring[(size_t)(y % (radius + 1)) * (size_t)w];
            for (int x = 0; x < w; x++)
                row[x] += tap[i] * (above[x] + below[x]);
        }
    }
    free(ring);
}

/* Light that falls off towards one side, gray of black, noise from a table of a bell's values. */
static void light(float *im, int w, int h, const struct scanner_params *p, struct prng *r)
{
    enum { TABLE = 4096 };
    float *bell = repli_xmalloc(sizeof *bell * TABLE);
    for (int i = 0; i < TABLE; i++)
        bell[i] = (float)prng_normal(r, p->noise);
    double gx = prng_in(r, -1, 1), gy = prng_in(r, -1, 1), gc = prng_in(r, -1, 1);
    double most = fabs(gx) + fabs(gy) + fabs(gc) + 1e-9;
    float gain = (float)((250 - p->black) / 250), black = (float)p->black;
    double *across = repli_xmalloc(sizeof *across * (size_t)w);
    for (int x = 0; x < w; x++)
        across[x] = 2.0 * x / w - 1;
    for (int y = 0; y < h; y++) {
        double v = 2.0 * y / h - 1;
        float *row = &im[(size_t)y * (size_t)w];
        for (int x = 0; x < w; x++) {
            double u = across[x];
            float k = (float)(1 - p->shade * (most - (gx * u + gy * v + gc * u * v)) / (2 * most));
            row[x] = (black + row[x] * gain) * k;
        }
        for (int x = 0; x < w;) {
            uint64_t bits = prng_next(r);
            for (int end = x + 5 < w ? x + 5 : w; x < end; x++, bits >>= 12)
                row[x] += bell[bits % TABLE];
        }
    }
    free(across);
    free(bell);
    for (int i = 0; i < p->streaks; i++) {
        int x = prng_int(r, 0, w - 1);
        float k = (float)prng_in(r, 0.4, 0.8);
        for (int y = 0; y < h; y++)
            im[(size_t)y * (size_t)w + (size_t)x] *= k;
    }
}

/* Turns the finished image clockwise, and the matrix with it. */
static void quarter_turn(struct repli_image *im, int quarter, double m[9])
{
    if (quarter == 0)
        return;
    int w = im->width, h = im->height, ow = quarter == 180 ? w : h, oh = quarter == 180 ? h : w;
    uint8_t *to = repli_xmalloc((size_t)w * (size_t)h);
    for (int y = 0; y < oh; y++) {
        for (int x = 0; x < ow; x++) {
            int sx = quarter == 90 ? y : quarter == 180 ? w - 1 - x : w - 1 - y;
            int sy = quarter == 90 ? h - 1 - x : quarter == 180 ? h - 1 - y : x;
            to[(size_t)y * (size_t)ow + (size_t)x] = im->gray[(size_t)sy * (size_t)w + (size_t)sx];
        }
    }
    free(im->gray);
    im->gray = to, im->width = ow, im->height = oh;
    for (int i = 0; i < 3; i++) {
        double x = m[i], y = m[3 + i], one = i == 2 ? 1 : 0;
        m[i] = quarter == 90 ? one * (h - 1) - y : quarter == 180 ? one * (w - 1) - x : y;
        m[3 + i] = quarter == 90 ? x : quarter == 180 ? one * (h - 1) - y : one * (w - 1) - x;
    }
}

void scanner_scan(const struct repli_image *page, const struct scanner_params *p, struct prng *r,
                  struct repli_image *out, double mm_to_px[9])
{
    int w = (int)lround(210.0 * p->dpi / 25.4), h = (int)lround(297.0 * p->dpi / 25.4);
    size_t n = (size_t)w * (size_t)h;
    double m[6];
    placing(p, w, h, m);
    float *im = repli_xmalloc(sizeof *im * n);
    expose(page, p, m, im, w, h);
    blur(im, w, h, p->blur_px);
    light(im, w, h, p, r);
    *out = (struct repli_image){.width = w, .height = h, .bits = p->one_bit ? 1 : 8, .dpi = p->dpi};
    out->gray = repli_xmalloc(n);
    for (size_t i = 0; i < n; i++) {
        float v = im[i] < 0 ? 0 : im[i] > 255 ? 255 : im[i];
        uint8_t gray = (uint8_t)(int)(v + 0.5f);
        out->gray[i] = p->one_bit ? (gray < p->threshold ? 0 : 255) : gray;
    }
    free(im);
    memcpy(mm_to_px, m, sizeof m);
    mm_to_px[6] = mm_to_px[7] = 0, mm_to_px[8] = 1;
    quarter_turn(out, p->quarter, mm_to_px);
}

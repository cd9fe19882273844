/* Paper that was folded is darker along the crease, from edge to edge.  It would be ink in every field it crosses,
** and it spoils the band.  Creases are found by what nothing printed or written does: a strip as long as the sheet,
** margins included, is darker than the paper on both sides of it, and evenly so.  Along them the paper is made as
** bright as beside them; what was written across one stays.
*/
#include "crease.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"

#define STEP_MM     .25
#define EDGE_MM     4.0 /* nearer to the sheet's edge its rim and the lid are seen */
#define BLOCKS      8   /* along the crease; one of them may be darker or brighter by chance */
#define ROWS        20  /* looked at in a block */
#define BRIGHTEST   3   /* the third brightest of them: print may cover seven of eight */
#define BESIDE_FROM 3.0 /* mm from the middle: what it is compared with ... */
#define BESIDE_TO   6.0
#define SHADE       .965 /* of the brightness beside it: darker is a crease ... */
#define SHADE_END   .985 /* ... until it is as bright as this again */
#define WIDTH_MIN   .7   /* mm */
#define WIDTH_MAX   6.5
#define HEART_MM    .375 /* to either side of the fold itself */
#define DEEPEST     .5
#define COLUMNS_MAX 1200
#define AHEAD_MM    5.5 /* more than a line of the processor's memory */

/* The brightness of lines across the sheet, each against its surroundings: 1 = nothing there. */
struct profile {
    bool across; /* lines run across: x is the place along them */
    int n;
    float shade[COLUMNS_MAX];
};

static int gray_at(const struct repli_image *image, struct xy p)
{
    if (!(p.x > -.5 && p.y > -.5 && p.x < image->width - .5 && p.y < image->height - .5))
        return -1;
    return image->gray[(size_t)(p.y + .5) * (size_t)image->width + (size_t)(p.x + .5)];
}

/* That pixel is asked for soon: lines follow each other across a page that no cache holds.  Always inline: gcc takes
** away calls of functions that do nothing else. */
__attribute__((always_inline)) static inline void expect(const struct repli_image *image, struct xy p)
{
    if (p.x >= 0 && p.y >= 0 && p.x < image->width && p.y < image->height)
        __builtin_prefetch(image->gray + (size_t)p.y * (size_t)image->width + (size_t)p.x);
}

static float mean_of(const struct repli_image *image, struct xy at, struct xy step, bool coarse)
{
    if (coarse)
        return (float)gray_at(image, at);
    int a = gray_at(image, (struct xy){at.x - step.x, at.y - step.y}), b = gray_at(image, at),
        c = gray_at(image, (struct xy){at.x + step.x, at.y + step.y});
    return a < 0 || b < 0 || c < 0 ? -1 : (float)(a + b + c) / 3;
}

/* Brightness of every line of one block that is wanted: of ROWS places the BRIGHTEST-th, each a mean of three along the
** line; -1 = not on the image.  coarse: every second line, and single places. */
static void block_lines(const struct repli_image *image, const double h[9], const struct profile *p, bool coarse,
                        int block, const bool *wanted, float *out)
{
    double length = (p->across ? SHEET_WIDTH_MM : SHEET_LONG_MM) - 4, from = 2 + length * block / BLOCKS,
           to = 2 + length * (block + 1) / BLOCKS, third = (to - from) / ROWS / 3;
    for (int i = 0; i < p->n; i += coarse ? 2 : 1) {
        float best[BRIGHTEST] = {-1, -1, -1};
        double at = i * STEP_MM, first = from + (to - from) / ROWS / 2;
        if (!wanted[i])
            continue;
        struct xy a = p->across ? pose_px(h, first, at) : pose_px(h, at, first),
                  b = p->across ? pose_px(h, to, at) : pose_px(h, at, to),
                  step = {(b.x - a.x) / (to - first), (b.y - a.y) / (to - first)};
        struct xy row = {step.x * 3 * third, step.y * 3 * third}, near = {step.x * third, step.y * third};
        struct xy later = p->across ? pose_px(h, first, at + AHEAD_MM) : pose_px(h, at + AHEAD_MM, first);
        later.x -= a.x;
        later.y -= a.y;
        for (int r = 0; r < ROWS; r++, a.x += row.x, a.y += row.y) {
            expect(image, (struct xy){a.x + later.x, a.y + later.y});
            float v = mean_of(image, a, near, coarse);
            for (int k = 0; k < BRIGHTEST; k++) { /* without a branch that nobody could foretell */
                float more = v > best[k] ? v : best[k], less = v > best[k] ? best[k] : v;
                best[k] = more;
                v = less;
            }
        }
        out[i] = best[BRIGHTEST - 1];
        if (coarse && i + 1 < p->n)
            out[i + 1] = out[i];
    }
}

/* Median of every second of what lies to either side of line i; 0 = too little of it is on the image. */
static float beside(const float *line, int n, int i)
{
    float v[32];
    int count = 0;
    for (int s = -1; s <= 1; s += 2)
        for (int k = (int)(BESIDE_FROM / STEP_MM); k <= (int)(BESIDE_TO / STEP_MM); k += 2) {
            int j = i + s * k, at = count;
            if (j < 0 || j >= n || line[j] <= 0)
                continue;
            for (; at > 0 && v[at - 1] > line[j]; at--)
                v[at] = v[at - 1];
            v[at] = line[j];
            count++;
        }
    return count < 4 ? 0 : v[count / 2];
}

static bool at_edge(const struct profile *p, int i)
{
    double width = p->across ? SHEET_LONG_MM : SHEET_WIDTH_MM;
    return i * STEP_MM < EDGE_MM || i * STEP_MM > width - EDGE_MM;
}

/* Of a coarse look only the lines that are darker than a crease in all blocks but one matter: which ones may still be,
** and what is wanted to tell; false: none.  Most lines are settled after two blocks. */
static bool still_open(const struct profile *p, const float (*ratio)[BLOCKS], int blocks, bool *open, bool *wanted)
{
    bool any = false;
    int reach = (int)(BESIDE_TO / STEP_MM);
    memset(wanted, 0, COLUMNS_MAX * sizeof *wanted);
    for (int i = 0; i < p->n; i += 2) {
        int bright = 0;
        for (int b = 0; b < blocks; b++)
            bright += !(ratio[i][b] < (float)SHADE);
        open[i] = bright < 2 && !(at_edge(p, i) && at_edge(p, i + 1));
        any = any || open[i];
        for (int k = i - reach < 0 ? 0 : i - reach; open[i] && k <= i + reach && k < p->n; k++)
            wanted[k] = true;
    }
    return any;
}

static void measure(const struct repli_image *image, const double h[9], bool across, bool coarse, struct profile *p)
{
    float *line = repli_xcalloc(COLUMNS_MAX, sizeof *line);
    float(*ratio)[BLOCKS] = repli_xcalloc(COLUMNS_MAX, sizeof *ratio);
    bool open[COLUMNS_MAX], wanted[COLUMNS_MAX];
    p->across = across;
    p->n = (int)((across ? SHEET_LONG_MM : SHEET_WIDTH_MM) / STEP_MM);
    memset(open, true, sizeof open);
    memset(wanted, true, sizeof wanted);
    for (int i = 0; i < p->n; i++)
        for (int b = 0; b < BLOCKS; b++)
            ratio[i][b] = 1;
    for (int b = 0; b < BLOCKS; b++) {
        if (coarse && b > 1 && !still_open(p, (const float(*)[BLOCKS])ratio, b, open, wanted))
            break;
        block_lines(image, h, p, coarse, b, wanted, line);
        for (int i = 0; i < p->n; i++) {
            bool copied = coarse && i & 1;
            float base = copied || !open[i] ? 0 : beside(line, p->n, i);
            ratio[i][b] = copied ? ratio[i - 1][b] : base > 0 && line[i] > 0 ? line[i] / base : 1;
        }
    }
    for (int i = 0; i < p->n; i++) {
        float most = 0, second = 0;
        for (int b = 0; b < BLOCKS; b++) {
            float v = ratio[i][b];
            second = v > most ? most : v > second ? v : second;
            most = v > most ? v : most;
        }
        p->shade[i] = at_edge(p, i) || second > 1 ? 1 : second;
    }
    free(ratio);
    free(line);
}

/* A coarse look: is it worth another? */
static bool suspect(struct profile *p)
{
    int dark = 0;
    for (int i = 0; i < p->n; i++) {
        dark = p->shade[i] < (float)SHADE ? dark + 1 : 0;
        if (dark * STEP_MM >= 2 * STEP_MM)
            return true;
    }
    for (int i = 0; i < p->n; i++)
        p->shade[i] = 1;
    return false;
}

/* Along the very fold toner flakes off and paper shines through: is line i such a gap in a crease? */
static bool flaked(const struct profile *p, int i)
{
    bool before = false, behind = false;
    for (int k = 1; k <= (int)(HEART_MM * 2 / STEP_MM); k++) {
        before = before || (i - k >= 0 && p->shade[i - k] < (float)SHADE);
        behind = behind || (i + k < p->n && p->shade[i + k] < (float)SHADE);
    }
    return before && behind;
}

static double mean_shade(const struct profile *p, int middle, double from_mm, double to_mm)
{
    double sum = 0, n = 0;
    for (int k = (int)(from_mm / STEP_MM + .5); k <= (int)(to_mm / STEP_MM + .5); k++)
        for (int s = -1; s <= 1; s += 2)
            if (middle + s * k >= 0 && middle + s * k < p->n) {
                sum += (double)p->shade[middle + s * k];
                n++;
            }
    return n > 0 ? sum / n : 1;
}

/* The heart of a crease is as much darker as its flanks grow dark towards it. */
static void fill_heart(struct profile *p, int from, int end)
{
    double sum = 0, moment = 0;
    for (int i = from; i < end; i++) {
        sum += 1 - (double)p->shade[i];
        moment += (1 - (double)p->shade[i]) * i;
    }
    int middle = sum > 0 ? (int)lround(moment / sum) : from, heart = (int)(HEART_MM / STEP_MM + .5);
    double near = mean_shade(p, middle, HEART_MM + STEP_MM, HEART_MM + 2 * STEP_MM),
           far = mean_shade(p, middle, HEART_MM + 3 * STEP_MM, HEART_MM + 4 * STEP_MM), slope = (far - near) / 2;
    slope = slope > 0 ? slope : 0;
    for (int i = middle - heart; i <= middle + heart; i++) {
        double v = near - slope * (heart + 1.5 - abs(i - middle));
        if (i > from && i < end - 1 && v < (double)p->shade[i])
            p->shade[i] = (float)(v > DEEPEST ? v : DEEPEST);
    }
}

/* Keeps the shade of creases only; their count. */
static int keep_creases(struct profile *p)
{
    int found = 0;
    for (int i = 0; i < p->n;) {
        int end = i, dark = 0;
        while (end < p->n && (p->shade[end] < (float)SHADE_END || flaked(p, end)))
            dark += p->shade[end++] < (float)SHADE;
        bool crease = dark * STEP_MM >= WIDTH_MIN && (end - i) * STEP_MM <= WIDTH_MAX;
        found += crease;
        for (int k = i; k < end && !crease; k++)
            p->shade[k] = 1;
        if (crease)
            fill_heart(p, i, end);
        if (end < p->n)
            p->shade[end] = 1;
        i = end + 1;
    }
    return found;
}

/* mm of a pixel: the inverse of a pose. */
static bool invert(const double h[9], double out[9])
{
    const double c[9] = {h[4] * h[8] - h[5] * h[7], h[2] * h[7] - h[1] * h[8], h[1] * h[5] - h[2] * h[4],
                         h[5] * h[6] - h[3] * h[8], h[0] * h[8] - h[2] * h[6], h[2] * h[3] - h[0] * h[5],
                         h[3] * h[7] - h[4] * h[6], h[1] * h[6] - h[0] * h[7], h[0] * h[4] - h[1] * h[3]};
    double det = h[0] * c[0] + h[1] * c[3] + h[2] * c[6];
    for (int i = 0; i < 9; i++)
        out[i] = c[i] / det;
    return fabs(det) > 1e-12;
}

/* Brightens the pixels of lines from..to of a profile. */
static void brighten(struct repli_image *image, const double h[9], const double back[9], const struct profile *p,
                     int from, int to)
{
    double lo = from * STEP_MM, hi = to * STEP_MM, x0 = 1e9, y0 = 1e9, x1 = -1, y1 = -1;
    for (int k = 0; k < 4; k++) {
        double across = k & 1 ? hi : lo, along = k & 2 ? (p->across ? SHEET_WIDTH_MM : SHEET_LONG_MM) : 0;
        struct xy q = p->across ? pose_px(h, along, across) : pose_px(h, across, along);
        x0 = q.x < x0 ? q.x : x0;
        x1 = q.x > x1 ? q.x : x1;
        y0 = q.y < y0 ? q.y : y0;
        y1 = q.y > y1 ? q.y : y1;
    }
    int left = x0 > 0 ? (int)x0 : 0, right = x1 < image->width - 1 ? (int)x1 + 1 : image->width - 1;
    int top = y0 > 0 ? (int)y0 : 0, low = y1 < image->height - 1 ? (int)y1 + 1 : image->height - 1;
    for (int y = top; y <= low; y++) {
        uint8_t *row = image->gray + (size_t)y * (size_t)image->width;
        for (int x = left; x <= right; x++) {
            struct xy mm = pose_px(back, x, y);
            double at = (p->across ? mm.y : mm.x) / STEP_MM;
            int i = (int)at;
            if (at < from || at >= to || i + 1 >= p->n)
                continue;
            double u = at - i, s = (double)p->shade[i] * (1 - u) + (double)p->shade[i + 1] * u, v = row[x] / s + .5;
            row[x] = v > 255 ? 255 : (uint8_t)v;
        }
    }
}

static void flatten(struct repli_image *image, const double h[9], const struct profile *p)
{
    double back[9];
    if (!invert(h, back))
        return;
    for (int i = 1; i < p->n; i++) {
        int end = i;
        while (end < p->n && p->shade[end] < 1)
            end++;
        if (end > i)
            brighten(image, h, back, p, i - 1, end);
        i = end > i ? end : i;
    }
}

bool repli_creases_flatten(const struct repli_image *image, const double h[9], struct repli_image *flat)
{
    struct profile p[2];
    int found = 0;
    if (image->bits == 1)
        return false;
    for (int k = 0; k < 2; k++) {
        measure(image, h, k == 1, true, &p[k]);
        if (!suspect(&p[k]))
            continue;
        measure(image, h, k == 1, false, &p[k]);
        found += keep_creases(&p[k]);
    }
    if (!found)
        return false;
    size_t size = (size_t)image->width * (size_t)image->height;
    *flat = *image;
    flat->gray = repli_xmalloc(size);
    memcpy(flat->gray, image->gray, size);
    for (int k = 0; k < 2; k++)
        flatten(flat, h, &p[k]);
    return true;
}

/* Reading a code without its finder patterns: where a pen, a tear or a hole took them, the registration marks still say
** where every module lies.  The modules of both symbols are sampled, what every code of this size has in common is
** repainted, and a clean picture goes to the decoder; the authentication code judges the result as it does any other.
*/
#include "grid.h"

#include <math.h>
#include <stdlib.h>

#include "geometry.h"

#define SIDE        QR_SIDE
#define ALL         (SIDE * SIDE)
#define SEEN_MIN    .3  /* correlation with the common modules: below this no code lies here */
#define HELP_MIN    .12 /* beside another symbol that is seen */
#define SHIFT_STEPS 3   /* to either side; paper that was folded lies a little elsewhere */
#define SHIFT_MM    .12
#define FINE_STEPS  2
#define FINE_MM     .04
#define NEIGHBOURS  4 /* modules to either side that set black and white */

/* Every sheet has its marks and codes here (um). */
static const struct repli_point marks[5] = {
    {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
static const struct repli_box places[2] = {{179090, 18570, 197960, 37440}, {20000, 269630, 38870, 288500}};

struct symbol {
    float v[ALL]; /* -.5 black .. .5 white, by its surroundings */
    double agreement, shift_x, shift_y;
};

/* Mean of n * n pixels' places in the middle of each module, as far apart as that many parts of it. */
static void sample(const struct repli_image *image, const double h[9], const struct repli_box *b, double sx, double sy,
                   int n, double apart, uint8_t raw[ALL])
{
    double pitch = (b->x1 - b->x0) / 1e3 / SIDE;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int sum = 0;
            for (int k = 0; k < n * n; k++) {
                double mx = b->x0 / 1e3 + sx + (x + .5 + (k % n - (n - 1) / 2.0) * apart) * pitch;
                double my = b->y0 / 1e3 + sy + (y + .5 + (k / n - (n - 1) / 2.0) * apart) * pitch;
                struct xy p = pose_px(h, mx, my);
                int px = (int)lround(p.x), py = (int)lround(p.y);
                bool on = px >= 0 && py >= 0 && px < image->width && py < image->height;
                sum += on ? image->gray[(size_t)py * (size_t)image->width + (size_t)px] : 255;
            }
            raw[y * SIDE + x] = (uint8_t)(sum / (n * n));
        }
}

/* Black and white of each module's surroundings, and the agreement with what is common. */
static void judge(const uint8_t raw[ALL], struct symbol *s)
{
    double n = 0, sv = 0, sc = 0, svv = 0, svc = 0; /* the colours are 1 and 0: their squares are themselves */
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int low = 255, high = 0, c = repli_qr_common(x, y);
            for (int j = y - NEIGHBOURS; j <= y + NEIGHBOURS; j++)
                for (int i = x - NEIGHBOURS; i <= x + NEIGHBOURS; i++) {
                    if (i < 0 || j < 0 || i >= SIDE || j >= SIDE)
                        continue;
                    int v = raw[j * SIDE + i];
                    low = v < low ? v : low;
                    high = v > high ? v : high;
                }
            int span = high - low > 25 ? high - low : 25;
            float v = (float)(raw[y * SIDE + x] - low) / (float)span - .5f;
            s->v[y * SIDE + x] = v;
            if (c >= 0) {
                n++;
                sc += c;
                sv -= (double)v;
                svv += (double)v * (double)v;
                svc -= c * (double)v;
            }
        }
    double spread = (n * svv - sv * sv) * (n * sc - sc * sc);
    s->agreement = spread > 0 ? (n * svc - sv * sc) / sqrt(spread) : 0;
}

/* The best shift among (2 * steps + 1)^2 around (x,y). */
static void search(const struct repli_image *image, const double h[9], const struct repli_box *b, double x, double y,
                   int steps, double step_mm, struct symbol *best)
{
    uint8_t raw[ALL];
    struct symbol s;
    for (int j = -steps; j <= steps; j++)
        for (int i = -steps; i <= steps; i++) {
            s.shift_x = x + i * step_mm;
            s.shift_y = y + j * step_mm;
            sample(image, h, b, s.shift_x, s.shift_y, 3, .25, raw);
            judge(raw, &s);
            if (s.agreement > best->agreement)
                *best = s;
        }
}

static void read_symbol(const struct repli_image *image, const double h[9], const struct repli_box *b,
                        struct symbol *best)
{
    best->agreement = -1;
    search(image, h, b, 0, 0, SHIFT_STEPS, SHIFT_MM, best);
    if (best->agreement < SEEN_MIN)
        return;
    search(image, h, b, best->shift_x, best->shift_y, FINE_STEPS, FINE_MM, best);
    uint8_t raw[ALL];
    sample(image, h, b, best->shift_x, best->shift_y, 5, .2, raw);
    judge(raw, best);
}

static void corners(const double h[9], const struct repli_box *b, double px[8])
{
    const int32_t at[4][2] = {{b->x0, b->y0}, {b->x1, b->y0}, {b->x1, b->y1}, {b->x0, b->y1}};
    for (int i = 0; i < 4; i++) {
        struct xy p = pose_px(h, at[i][0] / 1e3, at[i][1] / 1e3);
        px[2 * i] = p.x;
        px[2 * i + 1] = p.y;
    }
}

/* Where a symbol of the best agreement lies. */
static void place(const double h[9], const struct symbol s[2], int which, double px[8])
{
    struct repli_box b = places[which];
    int32_t dx = (int32_t)lround(s[which].shift_x * 1e3), dy = (int32_t)lround(s[which].shift_y * 1e3);
    corners(h, &(struct repli_box){b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy}, px);
}

/* All that one pose gives, likeliest first. */
static size_t candidates(const double h[9], const struct symbol s[2], struct code_grid out[GRID_POSE])
{
    int better = s[1].agreement > s[0].agreement;
    size_t n = 0;
    bool two = s[1 - better].agreement >= HELP_MIN;
    for (int k = two ? 0 : 1; k < (two ? 3 : 2); k++) { /* both, the better, the other */
        int first = k == 2 ? 1 - better : better;
        out[n].n = k == 0 ? 2 : 1;
        for (int i = 0; i < ALL; i++) {
            out[n].dark[0][i] = .5f - s[first].v[i];
            out[n].dark[1][i] = .5f - s[1 - first].v[i];
        }
        place(h, s, first, out[n++].px);
    }
    return n;
}

size_t repli_code_grids(const struct repli_image *image, struct code_grid out[GRID_MAX])
{
    struct repli_pose poses[4];
    struct symbol s[2];
    size_t n = 0, count = repli_register_marks(image, marks, poses);
    for (size_t i = 0; i < count && n + GRID_POSE <= GRID_MAX; i++) {
        for (int k = 0; k < 2; k++)
            read_symbol(image, poses[i].h, &places[k], &s[k]);
        if (s[0].agreement >= SEEN_MIN || s[1].agreement >= SEEN_MIN)
            n += candidates(poses[i].h, s, out + n);
    }
    return n;
}

/* Reading a code without its finder patterns: where a pen, a tear or a hole took them, the registration marks still say
** where every module lies.  The modules of both symbols are sampled, what every code of this size has in common is
** repainted, and a clean picture goes to the decoder; the authentication code judges the result as it does any other.
*/
#include "decode.h"
#include "geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE        GRID_SIDE
#define ALL         (SIDE * SIDE)
#define SEEN_MIN    .22 /* agreement with the common modules, of .5 at most: below this no code lies here */
#define SHIFT_STEPS 3   /* to either side; paper that was folded lies a little elsewhere */
#define SHIFT_MM    .12
#define NEIGHBOURS  4 /* modules to either side that set black and white */

/* Every sheet has its marks and codes here (um). */
static const struct repli_point marks[5] = {
    {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
static const struct repli_box places[2] = {{179090, 18570, 197960, 37440}, {20000, 269630, 38870, 288500}};

struct symbol {
    float v[ALL]; /* -.5 black .. .5 white, by its surroundings */
    double agreement, shift_x, shift_y;
};

/* What every version 5 symbol has: -1 not fixed, 0 white, 1 black. */
static int common(int x, int y)
{
    static const int corner[3][2] = {{0, 0}, {SIDE - 7, 0}, {0, SIDE - 7}};
    for (int i = 0; i < 3; i++) {
        int dx = x - corner[i][0] - 3, dy = y - corner[i][1] - 3, far = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
        if (far <= 4)
            return far != 2 && far != 4;
    }
    int ax = abs(x - 30), ay = abs(y - 30), a = ax > ay ? ax : ay;
    if (a <= 2)
        return a != 1;
    if (x == 6 || y == 6)
        return (x + y) % 2 == 0;
    return x == 8 && y == SIDE - 8 ? 1 : -1;
}

/* Mean of nine pixels' places in the middle of each module. */
static void sample(const struct repli_image *image, const double h[9], const struct repli_box *b, double sx, double sy,
                   uint8_t raw[ALL])
{
    double pitch = (b->x1 - b->x0) / 1e3 / SIDE;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int sum = 0;
            for (int k = 0; k < 9; k++) {
                double mx = b->x0 / 1e3 + sx + (x + .5 + (k % 3 - 1) * .25) * pitch;
                double my = b->y0 / 1e3 + sy + (y + .5 + (k / 3 - 1) * .25) * pitch;
                struct xy p = pose_px(h, mx, my);
                int px = (int)lround(p.x), py = (int)lround(p.y);
                bool on = px >= 0 && py >= 0 && px < image->width && py < image->height;
                sum += on ? image->gray[(size_t)py * (size_t)image->width + (size_t)px] : 255;
            }
            raw[y * SIDE + x] = (uint8_t)(sum / 9);
        }
}

/* Black and white of each module's surroundings, and the agreement with what is common. */
static void judge(const uint8_t raw[ALL], struct symbol *s)
{
    int known = 0;
    s->agreement = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int low = 255, high = 0, c = common(x, y);
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
                s->agreement += c ? -(double)v : (double)v;
                known++;
            }
        }
    s->agreement /= known;
}

static void read_symbol(const struct repli_image *image, const double h[9], const struct repli_box *b,
                        struct symbol *best)
{
    uint8_t raw[ALL];
    struct symbol s;
    best->agreement = -1;
    for (int j = -SHIFT_STEPS; j <= SHIFT_STEPS; j++)
        for (int i = -SHIFT_STEPS; i <= SHIFT_STEPS; i++) {
            s.shift_x = i * SHIFT_MM;
            s.shift_y = j * SHIFT_MM;
            sample(image, h, b, s.shift_x, s.shift_y, raw);
            judge(raw, &s);
            if (s.agreement > best->agreement)
                *best = s;
        }
}

/* Modules from a weighted sum of both symbols. */
static void mix(const struct symbol s[2], double wa, double wb, bool bits[ALL])
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int i = y * SIDE + x, c = common(x, y);
            bits[i] = c >= 0 ? c : wa * (double)s[0].v[i] + wb * (double)s[1].v[i] < 0;
        }
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

size_t repli_code_grids(const struct repli_image *image, struct code_grid out[GRID_MAX])
{
    struct repli_pose poses[4];
    struct symbol s[2];
    size_t n = 0, count = repli_register_marks(image, marks, poses);
    for (size_t i = 0; i < count && n + 3 <= GRID_MAX; i++) {
        for (int k = 0; k < 2; k++)
            read_symbol(image, poses[i].h, &places[k], &s[k]);
        double a = s[0].agreement, b = s[1].agreement;
        if (a < SEEN_MIN && b < SEEN_MIN)
            continue;
        a = a > 0 ? a : 0;
        b = b > 0 ? b : 0;
        mix(s, a * a, b * b, out[n].bits);
        mix(s, 1, 0, out[n + 1].bits);
        mix(s, 0, 1, out[n + 2].bits);
        for (size_t k = 0; k < 3; k++)
            corners(poses[i].h, &places[k == 2 || (k == 0 && b > a)], out[n + k].px);
        n += 3;
    }
    return n;
}

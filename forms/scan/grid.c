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
#define SEEN_MIN    .15 /* agreement with the common modules, of .5 at most: below this no code lies here */
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
            sample(image, h, b, s.shift_x, s.shift_y, raw);
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
    if (best->agreement >= SEEN_MIN)
        search(image, h, b, best->shift_x, best->shift_y, FINE_STEPS, FINE_MM, best);
}

static void repaint(const float v[ALL], bool bits[ALL])
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int c = common(x, y);
            bits[y * SIDE + x] = c >= 0 ? c : v[y * SIDE + x] < 0;
        }
}

/* A weighted sum of both symbols. */
static void mix(const struct symbol s[2], double wa, double wb, bool bits[ALL])
{
    float v[ALL];
    for (int i = 0; i < ALL; i++)
        v[i] = (float)(wa * (double)s[0].v[i] + wb * (double)s[1].v[i]);
    repaint(v, bits);
}

/* ---- the equaliser: how much of a module's gray comes from its neighbours is learnt on the modules that are known */

#define TAPS      9
#define TAPS_MAX  (2 * TAPS + 1)
#define STIFFNESS 8.0 /* how strongly it stays at "the module itself" */

struct equaliser {
    const struct symbol *from[2]; /* one or both */
    size_t nfrom, n;              /* taps, and a constant */
    double w[TAPS_MAX];
};

static void taps(const struct equaliser *e, int x, int y, double f[TAPS_MAX])
{
    size_t n = 0;
    for (size_t k = 0; k < e->nfrom; k++)
        for (int j = y - 1; j <= y + 1; j++)
            for (int i = x - 1; i <= x + 1; i++) {
                int qx = i < 0 ? 0 : i >= SIDE ? SIDE - 1 : i, qy = j < 0 ? 0 : j >= SIDE ? SIDE - 1 : j;
                f[n++] = (double)e->from[k]->v[qy * SIDE + qx];
            }
    f[n] = 1;
}

/* Ridge regression towards the prior: (F'F + s I) d = F'(y - F prior). */
static bool train(struct equaliser *e)
{
    double a[TAPS_MAX * (TAPS_MAX + 1)] = {0}, f[TAPS_MAX];
    size_t n = e->n, w = n + 1;
    for (size_t k = 0; k < e->nfrom; k++)
        e->w[k * TAPS + TAPS / 2] = 2.0 / (double)e->nfrom;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int c = common(x, y);
            if (c < 0)
                continue;
            double miss = c ? -1 : 1;
            taps(e, x, y, f);
            for (size_t r = 0; r < n; r++)
                miss -= f[r] * e->w[r];
            for (size_t r = 0; r < n; r++) {
                for (size_t q = 0; q < n; q++)
                    a[r * w + q] += f[r] * f[q];
                a[r * w + n] += f[r] * miss;
            }
        }
    for (size_t r = 0; r < n; r++)
        a[r * w + r] += STIFFNESS;
    if (!repli_fit_solve(a, n))
        return false;
    for (size_t r = 0; r < n; r++)
        e->w[r] += a[r * w + n];
    return true;
}

static bool equalise(const struct symbol *one, const struct symbol *two, bool bits[ALL])
{
    struct equaliser e = {.from = {one, two}, .nfrom = two ? 2 : 1};
    float v[ALL];
    double f[TAPS_MAX];
    e.n = e.nfrom * TAPS + 1;
    if (!train(&e))
        return false;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double sum = 0;
            taps(&e, x, y, f);
            for (size_t r = 0; r < e.n; r++)
                sum += f[r] * e.w[r];
            v[y * SIDE + x] = (float)sum;
        }
    repaint(v, bits);
    return true;
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
    double a = s[0].agreement > 0 ? s[0].agreement : 0, b = s[1].agreement > 0 ? s[1].agreement : 0;
    int better = b > a;
    size_t n = 0;
    const struct symbol *both[2] = {&s[0], &s[1]};
    if (equalise(both[0], both[1], out[n].bits))
        place(h, s, better, out[n++].px);
    for (int k = 0; k < 2; k++)
        if (equalise(both[k ? 1 - better : better], NULL, out[n].bits))
            place(h, s, k ? 1 - better : better, out[n++].px);
    mix(s, a * a, b * b, out[n].bits);
    place(h, s, better, out[n++].px);
    mix(s, 1, 0, out[n].bits);
    place(h, s, 0, out[n++].px);
    mix(s, 0, 1, out[n].bits);
    place(h, s, 1, out[n++].px);
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

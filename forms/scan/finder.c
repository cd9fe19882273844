/* The quick way to a page code that nothing happened to: three finder patterns that lie as those of version 5 do, the
** modules between them, and blocks that need little correction.  Most pages are read so, at a fifth of what zbar
** takes for them; whatever is not quite as it should be is left to zbar. */
#include "finder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qr.h"

#define CENTRES   12
#define APART     30.0 /* modules between the middles of two finder patterns */
#define MIDDLE    3.5
#define DARK      128
#define PITCH_OFF .25 /* of the expected pitch */
#define SIDE_OFF  .06 /* of a side's length */
#define SQUARE    .05 /* cosine */
#define FIXED_MIN .96 /* of the modules that every symbol has must be seen */
#define ODDS      10.0f

struct centre {
    double x, y;
    int n;
};

struct view {
    const uint8_t *gray;
    int width, height;
    double pitch;
    struct centre centres[CENTRES];
    int ncentres;
};

/* Five runs of a finder pattern: 1 1 3 1 1 modules. */
static bool is_finder(const struct view *v, const int run[5])
{
    int total = run[0] + run[1] + run[2] + run[3] + run[4];
    double m = total / 7.0, off = .5 * m + .5;
    return fabs(m - v->pitch) < PITCH_OFF * v->pitch && fabs(run[0] - m) < off && fabs(run[1] - m) < off &&
           fabs(run[2] - 3 * m) < 2 * off && fabs(run[3] - m) < off && fabs(run[4] - m) < off;
}

/* The runs along a line through a dark place, from the middle outwards both ways; *middle: of the inner one. */
static bool runs_through(const struct view *v, int x, int y, bool down, double *middle)
{
    int n = down ? v->height : v->width, at = down ? y : x, run[5] = {0}, ends[2] = {0};
    ptrdiff_t step = down ? v->width : 1;
    const uint8_t *line = down ? v->gray + x : v->gray + (ptrdiff_t)y * v->width;
    for (int side = -1; side <= 1; side += 2) {
        int i = at;
        for (int k = 2; k >= 0 && k <= 4; k += side) {
            bool dark = k % 2 == 0;
            int from = i;
            while (i >= 0 && i < n && (line[step * i] < DARK) == dark)
                i += side;
            run[k] += k == 2 && side > 0 ? abs(i - from) - 1 : abs(i - from);
            if (k == 2)
                ends[side > 0] = i;
        }
        if (i < 0 || i >= n)
            return false;
    }
    *middle = (ends[0] + ends[1]) / 2.0;
    return is_finder(v, run);
}

static void add_centre(struct view *v, double x, double y)
{
    for (int i = 0; i < v->ncentres; i++) {
        struct centre *c = &v->centres[i];
        if (fabs(c->x / c->n - x) < 2 * v->pitch && fabs(c->y / c->n - y) < 2 * v->pitch) {
            c->x += x;
            c->y += y;
            c->n++;
            return;
        }
    }
    if (v->ncentres < CENTRES)
        v->centres[v->ncentres++] = (struct centre){x, y, 1};
}

/* A finder pattern in a row, if it is one in its column, too. */
static void look_across(struct view *v, int x, int y)
{
    double cx, cy;
    if (!runs_through(v, x, y, true, &cy) || !runs_through(v, x, (int)lround(cy), false, &cx) ||
        !runs_through(v, (int)lround(cx), (int)lround(cy), true, &cy))
        return;
    add_centre(v, cx, cy);
}

static void find_centres(struct view *v)
{
    int every = (int)(v->pitch * .75) > 1 ? (int)(v->pitch * .75) : 1;
    for (int y = every; y < v->height; y += every) {
        const uint8_t *row = v->gray + (ptrdiff_t)y * v->width;
        int run[5] = {0}, x = 0;
        while (x < v->width && row[x] < DARK) /* whatever the window cuts */
            x++;
        for (bool dark = false; x < v->width; dark = !dark) {
            int from = x;
            while (x < v->width && (row[x] < DARK) == dark)
                x++;
            memmove(run, run + 1, 4 * sizeof *run);
            run[4] = x - from;
            if (dark && x < v->width && is_finder(v, run))
                look_across(v, x - 1 - run[4] - run[3] - run[2] / 2, y);
        }
    }
    for (int i = 0; i < v->ncentres; i++) {
        v->centres[i].x /= v->centres[i].n;
        v->centres[i].y /= v->centres[i].n;
    }
}

/* The way from the top left middle to the others: a square of the right size, not mirrored. */
struct square {
    double x, y, ux, uy, vx, vy;
};

static bool is_square(const struct view *v, const struct centre *o, const struct centre *right,
                      const struct centre *below, struct square *s)
{
    *s = (struct square){o->x, o->y, right->x - o->x, right->y - o->y, below->x - o->x, below->y - o->y};
    double a = hypot(s->ux, s->uy), b = hypot(s->vx, s->vy), side = APART * v->pitch;
    return fabs(a / side - 1) < PITCH_OFF && fabs(a / (b + 1e-9) - 1) < SIDE_OFF &&
           fabs(s->ux * s->vx + s->uy * s->vy) < SQUARE * a * b && s->ux * s->vy - s->uy * s->vx > 0;
}

static bool find_square(const struct view *v, struct square *s)
{
    for (int i = 0; i < v->ncentres; i++)
        for (int j = 0; j < v->ncentres; j++)
            for (int k = 0; k < v->ncentres; k++)
                if (i != j && j != k && i != k && is_square(v, &v->centres[i], &v->centres[j], &v->centres[k], s))
                    return true;
    return false;
}

static void place(const struct square *s, double mx, double my, double *x, double *y)
{
    double a = (mx - MIDDLE) / APART, b = (my - MIDDLE) / APART;
    *x = s->x + a * s->ux + b * s->vx;
    *y = s->y + a * s->uy + b * s->vy;
}

/* Nine places of each module.  false: it lies beyond the window, or what every symbol has is not there. */
static bool sample(const struct view *v, const struct square *s, float black[QR_ALL])
{
    int fixed = 0, right = 0;
    for (int i = 0; i < QR_ALL; i++) {
        int sum = 0, common = repli_qr_common(i % QR_SIDE, i / QR_SIDE);
        for (int k = 0; k < 9; k++) {
            double x, y;
            place(s, i % QR_SIDE + .5 + (k % 3 - 1) * .2, i / QR_SIDE + .5 + (k / 3 - 1) * .2, &x, &y);
            int px = (int)(x + .5), py = (int)(y + .5);
            if (!(x > -.5 && y > -.5) || px >= v->width || py >= v->height)
                return false;
            sum += v->gray[(ptrdiff_t)py * v->width + px];
        }
        black[i] = ODDS * (float)(DARK * 9 - sum) / (DARK * 9);
        fixed += common >= 0;
        right += common >= 0 && (black[i] > 0) == (common == 1);
    }
    return right >= FIXED_MIN * fixed;
}

bool repli_code_plain(const uint8_t *gray, int width, int height, double pitch, char digits[REPLI_PAGECODE_DIGITS + 1],
                      double px[8])
{
    static const double corners[4][2] = {{0, 0}, {QR_SIDE, 0}, {QR_SIDE, QR_SIDE}, {0, QR_SIDE}};
    struct view v = {.gray = gray, .width = width, .height = height, .pitch = pitch};
    struct square s;
    struct qr_blocks q = {0};
    float black[QR_ALL];
    int masks[2];
    if (pitch < 2.5)
        return false;
    find_centres(&v);
    if (!find_square(&v, &s) || !sample(&v, &s, black))
        return false;
    repli_qr_masks(black, masks);
    repli_qr_settle(black, masks[0], &q);
    if (!q.firm[0] || !q.firm[1] || !q.firm[2] || !q.firm[3] || !repli_qr_digits(&q, digits))
        return false;
    for (int i = 0; i < 4; i++)
        place(&s, corners[i][0], corners[i][1], &px[2 * i], &px[2 * i + 1]);
    return true;
}

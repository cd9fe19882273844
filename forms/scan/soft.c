/* How sure is it that a module is black?  Its gray holds its neighbours' as well: blur, swollen or starved print,
** and with two levels the threshold, which leaves a black module among white ones a few dots or nothing.  What a
** module of either colour looks like among so many dark neighbours is learnt on the modules that every symbol has in
** common, then on what was understood so far; each round takes the neighbours as the round before saw them.  Both
** symbols of a sheet are alike, so what either saw is added up.
*/
#include "grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"
#include "repli/arena.h"

#define TERMS       8
#define STIFFNESS   2.0
#define ROUNDS      7
#define OUTLIER     9.0 /* squared standard deviations: a pen, a tear; says nothing more beyond it */
#define BESIDE      .5  /* what a neighbour's gray says counts half: it is said more than once */
#define ODDS_MAX    12.0
#define KNOWN_ODDS  20.0f
#define TURNS       6 /* blocks that help each other */
#define HALF_BLACK  .5
#define BALANCE_MAX 4.0f

struct channel {
    float dark[QR_ALL]; /* 0 white .. 1 black */
    double w[TERMS];
    double variance;
};

static double at(const float *p, int x, int y)
{
    return x < 0 || y < 0 || x >= QR_SIDE || y >= QR_SIDE ? 0 : (double)p[y * QR_SIDE + x];
}

/* Black neighbours along the sides and across the corners, 0..1 each. */
static void around(const float *p, int x, int y, double *sides, double *corners)
{
    *sides = (at(p, x - 1, y) + at(p, x + 1, y) + at(p, x, y - 1) + at(p, x, y + 1)) / 4;
    *corners = (at(p, x - 1, y - 1) + at(p, x + 1, y - 1) + at(p, x - 1, y + 1) + at(p, x + 1, y + 1)) / 4;
}

static void terms(double self, double sides, double corners, double f[TERMS])
{
    const double v[TERMS] = {
        1, self, sides, corners, self * sides, self * corners, sides * sides, self * sides * sides};
    memcpy(f, v, sizeof v);
}

static double expected(const struct channel *c, double self, double sides, double corners)
{
    double f[TERMS], sum = 0;
    terms(self, sides, corners, f);
    for (int i = 0; i < TERMS; i++)
        sum += c->w[i] * f[i];
    return sum;
}

static double weight(int8_t known, float p)
{
    double sure = 2 * (double)p - 1;
    return known >= 0 ? 1 : .5 * sure * sure;
}

/* Ridge regression towards "black is 1". */
static bool learn(struct channel *c, const int8_t known[QR_ALL], const float p[QR_ALL])
{
    double a[TERMS * (TERMS + 1)] = {0}, f[TERMS], sides, corners, sum = 0, n = 0;
    for (int y = 0; y < QR_SIDE; y++)
        for (int x = 0; x < QR_SIDE; x++) {
            double self = at(p, x, y), k = weight(known[y * QR_SIDE + x], p[y * QR_SIDE + x]);
            around(p, x, y, &sides, &corners);
            terms(self, sides, corners, f);
            for (int r = 0; r < TERMS; r++) {
                for (int q = 0; q < TERMS; q++)
                    a[r * (TERMS + 1) + q] += k * f[r] * f[q];
                a[r * (TERMS + 1) + TERMS] += k * f[r] * ((double)c->dark[y * QR_SIDE + x] - self);
            }
        }
    for (int r = 0; r < TERMS; r++)
        a[r * (TERMS + 1) + r] += STIFFNESS;
    if (!repli_fit_solve(a, TERMS))
        return false;
    for (int r = 0; r < TERMS; r++)
        c->w[r] = a[r * (TERMS + 1) + TERMS] + (r == 1);
    for (int y = 0; y < QR_SIDE; y++)
        for (int x = 0; x < QR_SIDE; x++) {
            around(p, x, y, &sides, &corners);
            double k = weight(known[y * QR_SIDE + x], p[y * QR_SIDE + x]),
                   e = (double)c->dark[y * QR_SIDE + x] - expected(c, at(p, x, y), sides, corners);
            sum += k * e * e;
            n += k;
        }
    c->variance = sum / n + .003;
    return true;
}

static double surprise(const struct channel *c, double dark, double self, double sides, double corners)
{
    double e = dark - expected(c, self, sides, corners), s = e * e / c->variance;
    return s < OUTLIER ? s / 2 : OUTLIER / 2;
}

/* Odds that module (x,y) is black, by its own gray and by that of its neighbours. */
static double odds(const struct channel *c, const float p[QR_ALL], int x, int y)
{
    double sum = 0;
    for (int j = y - 1; j <= y + 1; j++)
        for (int i = x - 1; i <= x + 1; i++) {
            if (i < 0 || j < 0 || i >= QR_SIDE || j >= QR_SIDE)
                continue;
            double sides, corners, dark = (double)c->dark[j * QR_SIDE + i], self = at(p, i, j), mine = at(p, x, y);
            around(p, i, j, &sides, &corners);
            if (i == x && j == y)
                sum += surprise(c, dark, 0, sides, corners) - surprise(c, dark, 1, sides, corners);
            else if (i == x || j == y)
                sum += BESIDE * (surprise(c, dark, self, sides - mine / 4, corners) -
                                 surprise(c, dark, self, sides + (1 - mine) / 4, corners));
            else
                sum += BESIDE * (surprise(c, dark, self, sides, corners - mine / 4) -
                                 surprise(c, dark, self, sides, corners + (1 - mine) / 4));
        }
    return sum;
}

/* Half of a code is black.  Where much less or more of it is dark, the threshold took the weaker ones: what little is
** left of them is stretched. */
static void stretch(const float *dark, float out[QR_ALL])
{
    double low = .25, high = 4, g = 1;
    for (int round = 0; round < 12; round++) {
        double sum = 0;
        g = sqrt(low * high);
        for (int i = 0; i < QR_ALL; i++)
            sum += dark[i] > 0 ? pow((double)dark[i], g) : 0;
        if (sum > HALF_BLACK * QR_ALL)
            low = g;
        else
            high = g;
    }
    for (int i = 0; i < QR_ALL; i++)
        out[i] = dark[i] > 0 ? (float)pow((double)dark[i], g) : 0;
}

static int compare_float(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Moves the odds so that half of the modules that are not known are black. */
static void balance(const int8_t known[QR_ALL], float black[QR_ALL])
{
    float v[QR_ALL];
    size_t n = 0;
    for (int i = 0; i < QR_ALL; i++)
        if (known[i] < 0)
            v[n++] = black[i];
    qsort(v, n, sizeof *v, compare_float);
    float middle = n ? v[n / 2] : 0;
    middle = middle > BALANCE_MAX ? BALANCE_MAX : middle < -BALANCE_MAX ? -BALANCE_MAX : middle;
    for (int i = 0; i < QR_ALL; i++)
        black[i] -= middle;
}

/* One reading of the modules; `known` ones are what they are. */
static bool soften(struct channel c[], size_t n, const int8_t known[QR_ALL], float black[QR_ALL])
{
    float p[QR_ALL];
    for (int i = 0; i < QR_ALL; i++) {
        float mean = n > 1 ? (c[0].dark[i] + c[1].dark[i]) / 2 : c[0].dark[i];
        p[i] = known[i] >= 0 ? (float)known[i] : mean < 0 ? 0 : mean > 1 ? 1 : mean;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < n; k++)
            if (!learn(&c[k], known, p))
                return false;
        for (int i = 0; i < QR_ALL; i++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += odds(&c[k], p, i % QR_SIDE, i / QR_SIDE);
            black[i] = (float)(sum > ODDS_MAX ? ODDS_MAX : sum < -ODDS_MAX ? -ODDS_MAX : sum);
        }
        balance(known, black);
        for (int i = 0; i < QR_ALL; i++) {
            black[i] = known[i] < 0 ? black[i] : known[i] ? KNOWN_ODDS : -KNOWN_ODDS;
            p[i] = known[i] >= 0 ? (float)known[i] : (float)(.5 + .5 * tanh((double)black[i] / 2));
        }
    }
    return true;
}

/* Blocks that were understood teach what their modules look like, and their neighbours': then the others are read
** again. */
static bool read_masked(struct channel c[], size_t n, const float first[QR_ALL], int mask,
                        char digits[REPLI_PAGECODE_DIGITS + 1])
{
    struct qr_blocks q = {0};
    int8_t known[QR_ALL];
    float black[QR_ALL];
    for (int i = 0; i < QR_ALL; i++)
        known[i] = (int8_t)repli_qr_common(i % QR_SIDE, i / QR_SIDE);
    memcpy(black, first, sizeof black);
    for (int turn = 0; turn < TURNS; turn++) {
        repli_qr_settle(black, mask, &q);
        if (repli_qr_digits(&q, digits) && (turn > 0 || (q.firm[0] && q.firm[1] && q.firm[2] && q.firm[3])))
            return true;
        if (repli_qr_known(&q, known) == 0 || !soften(c, n, known, black))
            break;
    }
    return repli_qr_digits(&q, digits);
}

bool repli_code_read(const struct code_grid *g, char digits[REPLI_PAGECODE_DIGITS + 1])
{
    struct channel *c = repli_xcalloc(g->n, sizeof *c);
    int8_t known[QR_ALL];
    float black[QR_ALL];
    int masks[2];
    for (size_t k = 0; k < g->n; k++)
        stretch(g->dark[k], c[k].dark);
    for (int i = 0; i < QR_ALL; i++)
        known[i] = (int8_t)repli_qr_common(i % QR_SIDE, i / QR_SIDE);
    bool read = soften(c, g->n, known, black);
    if (read) {
        repli_qr_masks(black, masks);
        read = read_masked(c, g->n, black, masks[0], digits) || read_masked(c, g->n, black, masks[1], digits);
    }
    free(c);
    return read;
}

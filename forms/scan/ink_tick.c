/* Ticks: four states, from what is left of a box when the page's own empty box is taken away.
**
** A box is cut 8 mm wide around its printed frame and moved onto it.  The frame is a square, so the darkness of an
** empty box depends on the distance from its middle alone (the larger of |dx| and |dy|): the median of every such
** ring over all boxes and sides of the page is its model, with this printer's gain, this scan's blur.  What is
** darker is ink.
*/
#include "ink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MM         .125
#define HALF            INK_HALF
#define SIDE            (2 * HALF + 1)
#define FRAME_MM        1.825 /* middle of the frame's line */
#define FRAME_WIDTH_MM  .35
#define INNER           12 /* samples: 1.5 mm, the free inside */
#define RING            18 /* samples: 2.25 mm, outside begins */
#define SHIFT_MAX_MM    .6
#define PIECE_MM        .7  /* smaller pieces are specks */
#define TICK_MM         1.3 /* a mark is at least so long inside the box ... */
#define TICK_MM2        .30
#define NOTHING_MM2     .04
#define SPECKS_MM2      .50  /* so many specks are a doubt */
#define DOTS_MM2        .05  /* with two levels: what is left of a thin stroke is a few dots */
#define TOUCHING_MM2    .4   /* ink outside that comes to the frame: whose is it? */
#define FULL            .64  /* of the inside black: cancelled */
#define FULL_DOUBT      .50  /* so much and no free corner: who knows; a cross of a broad pen leaves corners free */
#define FREE_MM         .7   /* side of such a corner */
#define FULL_CROSS      .57  /* no cross is so black; a box that somebody meant to blacken may be */
#define COVERED_MM2     7.5  /* of the inside have some ink, black or paler: a cross does not go everywhere ... */
#define COVERED_2_MM2   6.75 /* ... with two levels */
#define FULL_SIDE       .35  /* so much that a cross or a hook leaves something free on all four sides ... */
#define SIDE_FREE       .1   /* ... so much of it */
#define BLOT_MM         .9   /* a round blot, paler than a pen, up to this is a speck too */
#define BLOT_ROUND      .6   /* of the square round it is dark, at least */
#define IN_DOTS         .35  /* of the black of a tick lies close together, at least */
#define STRIKE_MM       .9   /* a line that leaves the box so far on both sides strikes it out */
#define STRIKE_DOUBT_MM .5
#define WEAK            .25  /* darkness of a shadow; of light pencil too */
#define WIDE_MM         .85  /* broader than strokes of a pencil */
#define FRAMED          .35f /* of the frame's darkness is more than its surroundings have */
#define FRAME_LEAST     .15f
#define PEN             .7 /* of the darkness of a printed frame on this page, or more, has what a pen wrote */
#define STRONG_LEAST    .22
#define SMOOTHED        .85 /* of its darkness is left of a pen's line after smoothing */
#define STRONG_MM2      .12

struct box {
    size_t field;
    struct patch patch;
    double paper;
    float frame[HALF + 1]; /* median darkness by distance from the middle, from INNER to RING */
    double dark_frame;     /* of its printed line */
};

struct features {
    double solid;                     /* share of its black that lies in squares of four samples */
    double area, length;              /* inside, of pieces that are no specks: mm2, mm */
    double specks;                    /* inside, of the others: mm2 */
    double full;                      /* share of the inside that is black */
    double corner;                    /* mm: side of the largest square inside that has no black */
    double free_side;                 /* share without black of that side's quarter of the inside that has least */
    double left, right;               /* mm of columns beyond the frame that hold ink */
    double strong_left, strong_right; /* of them as dark as a pen */
    double strong;                    /* mm2 inside that are as dark as a pen */
    double touching;                  /* mm2 outside, of pieces that come to the frame */
    double strength;                  /* mean darkness of what is dark inside */
    double share;                     /* of the longest piece that lies inside */
    int edges;                        /* of the cut, a bit each, that are reached by pieces that come to the frame */
    bool crossing; /* a piece runs through the whole cut: a crease, a stain, a stroke across the page */
};

static double darkness(const struct box *b, uint8_t gray)
{
    double d = 1 - gray / b->paper;
    return d > 0 ? d : 0;
}

static int distance(int i, int j)
{
    int x = abs(i - HALF), y = abs(j - HALF);
    return x > y ? x : y;
}

static int compare_float(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median(float *v, size_t n)
{
    if (n > 32) {
        qsort(v, n, sizeof *v, compare_float);
        return v[n / 2];
    }
    for (size_t i = 1; i < n; i++) { /* thousands of short ones a page */
        float x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
    return v[n / 2];
}

/* Darkness along one side (0 left, 1 top, 2 right, 3 bottom) at `k` samples from the middle: median of its middle
** part, from the darkest gray down. */
static float side_median(const struct box *b, int side, int k)
{
    uint8_t v[2 * INNER + 1];
    int half = k < INNER ? k : INNER, n = 2 * half + 1, away = side < 2 ? HALF - k : HALF + k;
    bool upright = side == 0 || side == 2;
    const uint8_t *from =
        upright ? b->patch.gray + (HALF - half) * SIDE + away : b->patch.gray + away * SIDE + HALF - half;
    for (int i = 0, step = upright ? SIDE : 1; i < n; i++) {
        uint8_t x = from[i * step];
        int at = i;
        for (; at > 0 && v[at - 1] < x; at--)
            v[at] = v[at - 1];
        v[at] = x;
    }
    return (float)darkness(b, v[half]);
}

static void set_paper(struct box *b)
{
    uint32_t hist[256] = {0}, n = 0, run = 0;
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++)
            if (distance(i, j) > RING) {
                hist[b->patch.gray[j * SIDE + i]]++;
                n++;
            }
    b->paper = 1;
    for (int v = 255; v > 0; v--)
        if ((run += hist[v]) * 4 > n) {
            b->paper = v;
            break;
        }
}

/* Where along one side's normal the line is darkest, in mm from where it should be; false: no line there. */
static bool side_offset(const struct ink_page *page, const struct box *b, int side, double *offset)
{
    int at = (int)(FRAME_MM / STEP_MM + .5), reach = (int)(SHIFT_MAX_MM / STEP_MM);
    float v[16], best = 0, sum = 0, moment = 0;
    int n = 0, top = 0;
    for (int k = at - reach; k <= at + reach; k++, n++) {
        v[n] = side_median(b, side, k);
        if (v[n] > best) {
            best = v[n];
            top = n;
        }
    }
    for (int i = top - 2 < 0 ? 0 : top - 2; i <= top + 2 && i < n; i++) {
        sum += v[i];
        moment += v[i] * (float)i;
    }
    if (best < .25 * page->dark)
        return false;
    *offset = (at - reach + (double)(moment / sum)) * STEP_MM - FRAME_MM;
    return true;
}

/* Cuts the box, and once more where its frame really is (paper that was folded or pulled lies a little elsewhere). */
static void cut_box(const struct ink_page *page, const struct repli_field *f, struct box *b)
{
    double cx = (f->box.x0 + f->box.x1) / 2e3, cy = (f->box.y0 + f->box.y1) / 2e3, o[4];
    bool seen[4];
    b->patch.x = cx - HALF * STEP_MM;
    b->patch.y = cy - HALF * STEP_MM;
    for (int turn = 0; turn < 2; turn++) {
        repli_patch_cut(page->image, page->pose, true, &b->patch);
        set_paper(b);
        for (int s = 0; s < 4; s++)
            seen[s] = side_offset(page, b, s, &o[s]);
        double dx = seen[0] && seen[2] ? (o[2] - o[0]) / 2 : seen[2] ? o[2] : seen[0] ? -o[0] : 0;
        double dy = seen[1] && seen[3] ? (o[3] - o[1]) / 2 : seen[3] ? o[3] : seen[1] ? -o[1] : 0;
        if (turn || (fabs(dx) < .06 && fabs(dy) < .06))
            break;
        b->patch.x += dx;
        b->patch.y += dy;
    }
    b->dark_frame = 0;
    for (int k = INNER; k <= RING; k++) {
        float v[4];
        for (int s = 0; s < 4; s++)
            v[s] = side_median(b, s, k);
        b->frame[k] = median(v, 4);
        if (k > INNER && k < RING && b->frame[k] > b->dark_frame)
            b->dark_frame = b->frame[k];
    }
}

/* The empty box of this page. Nothing is printed away from the frame, whatever people did to most boxes. */
static void make_model(const struct box *boxes, size_t n, float model[HALF + 1])
{
    float *v = repli_xmalloc(n * sizeof *v);
    memset(model, 0, (HALF + 1) * sizeof *model);
    for (int k = INNER; k <= RING; k++) {
        for (size_t i = 0; i < n; i++)
            v[i] = boxes[i].frame[k];
        model[k] = median(v, n);
    }
    free(v);
}

/* Residual of every sample, smoothed by 1 2 1 in both directions. */
static void residual(const struct box *b, const float model[HALF + 1], float r[SIDE * SIDE])
{
    float raw[SIDE], row[SIDE * SIDE], dark[256];
    for (int v = 0; v < 256; v++)
        dark[v] = (float)darkness(b, (uint8_t)v);
    for (int j = 0; j < SIDE; j++) {
        float *to = row + j * SIDE;
        for (int i = 0; i < SIDE; i++)
            raw[i] = dark[b->patch.gray[j * SIDE + i]] - model[distance(i, j)];
        for (int i = 1; i < SIDE - 1; i++)
            to[i] = (raw[i - 1] + 2 * raw[i] + raw[i + 1]) / 4;
        to[0] = (raw[0] + 2 * raw[0] + raw[1]) / 4;
        to[SIDE - 1] = (raw[SIDE - 2] + 2 * raw[SIDE - 1] + raw[SIDE - 1]) / 4;
    }
    for (int j = 0; j < SIDE; j++) {
        const float *a = row + (j ? j - 1 : j) * SIDE, *m = row + j * SIDE,
                    *c = row + (j + 1 < SIDE ? j + 1 : j) * SIDE;
        for (int i = 0; i < SIDE; i++)
            r[j * SIDE + i] = (a[i] + 2 * m[i] + c[i]) / 4;
    }
}

/* mm of columns beyond the frame, on one side (-1 left, 1 right), where something at the height of the box is darker
** than a limit. */
static double side_line(const float r[SIDE * SIDE], int side, double limit)
{
    int n = 0;
    for (int k = RING; k < HALF; k++) {
        bool dark = false;
        for (int j = HALF - 14; j <= HALF + 14; j++)
            dark = dark || (double)r[j * SIDE + HALF + side * k] > limit;
        n += dark;
    }
    return n * STEP_MM;
}

/* Dirt is round and pale; strokes are neither. */
static bool is_blot(const struct piece *p, double strong_mm2)
{
    int w = p->x1 - p->x0 + 1, h = p->y1 - p->y0 + 1, side = w > h ? w : h;
    return p->inside == p->area && side * STEP_MM <= BLOT_MM && p->area >= BLOT_ROUND * side * side &&
           strong_mm2 < STRONG_MM2;
}

/* near: some of it comes to the frame.  Its bounds alone do not tell: printed lines run round a box at a distance. */
static void add_piece(const struct piece *p, bool near, bool blots, struct features *f)
{
    double unit = STEP_MM * STEP_MM;
    int w = p->x1 - p->x0 + 1, h = p->y1 - p->y0 + 1;
    double size = (w > h ? w : h) * STEP_MM;
    if (p->inside > 0 && (w == SIDE || h == SIDE))
        f->crossing = true;
    if (size < PIECE_MM || (blots && is_blot(p, f->strong))) {
        f->specks += p->inside * unit;
        return;
    }
    f->area += p->inside * unit;
    if (near) {
        f->touching += (p->area - p->inside) * unit;
        f->edges |= (p->x0 == 0) | (p->y0 == 0) << 1 | (p->x1 == SIDE - 1) << 2 | (p->y1 == SIDE - 1) << 3;
    }
    if (p->inside > 0) {
        int iw = p->ix1 - p->ix0 + 1, ih = p->iy1 - p->iy0 + 1;
        double length = (iw > ih ? iw : ih) * STEP_MM;
        if (length > f->length) {
            f->length = length;
            f->share = (double)p->inside / p->area;
        }
    }
}

/* Of what is black, in squares of four samples: strokes are nearly all, scattered dots are not. */
static double solid_share(const uint8_t *free_, int side, int black)
{
    int n = 0;
    for (int y = 0; y + 1 < side; y++)
        for (int x = 0; x + 1 < side; x++)
            n += !(free_[y * side + x] | free_[y * side + x + 1] | free_[(y + 1) * side + x] |
                   free_[(y + 1) * side + x + 1]);
    return black ? (double)n / black : 1;
}

/* The inside in four quarters by its diagonals, where a cross has its strokes: what is free of the blackest. */
static double free_side(const uint8_t *free_, int half)
{
    int side = 2 * half + 1, open[4] = {0}, all[4] = {0};
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            int dx = x - half, dy = y - half, k = abs(dx) > abs(dy) ? (dx < 0 ? 0 : 2) : (dy < 0 ? 1 : 3);
            if (abs(dx) == abs(dy))
                continue;
            all[k]++;
            open[k] += free_[y * side + x];
        }
    double least = 1;
    for (int k = 0; k < 4; k++)
        least = all[k] && (double)open[k] / all[k] < least ? (double)open[k] / all[k] : least;
    return least;
}

static void measure(const struct ink_page *page, const struct box *b, const float model[HALF + 1], struct features *f)
{
    float r[SIDE * SIDE];
    uint8_t mask[SIDE * SIDE], again[SIDE * SIDE];
    struct piece pieces[64], close[64];
    const int inner[4] = {HALF - INNER, HALF - INNER, HALF + INNER, HALF + INNER}, reach = RING + 2;
    const int around[4] = {HALF - reach, HALF - reach, HALF + reach, HALF + reach};
    double floor_ = page->image->bits == 1 ? .2 : .1 + 2.5 * page->noise;
    uint8_t free_[(2 * INNER + 1) * (2 * INNER + 1)];
    int black = 0, strong = 0, inked = 0, all = (2 * INNER + 1) * (2 * INNER + 1);
    *f = (struct features){0};
    double limit[HALF + 1];
    for (int k = 0; k <= HALF; k++) {
        float m = model[k], m1 = k ? model[k - 1] : m, m2 = k < HALF ? model[k + 1] : m;
        m = m > m1 ? m : m1;
        m = m > m2 ? m : m2;
        limit[k] = floor_ + .4 * (double)m;
    }
    residual(b, model, r);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            int k = distance(i, j);
            mask[j * SIDE + i] = r[j * SIDE + i] > limit[k];
            if (k <= INNER && mask[j * SIDE + i]) {
                inked++;
                f->strength += (double)r[j * SIDE + i];
            }
            if (k <= INNER) {
                bool now = r[j * SIDE + i] > .45 * page->dark;
                black += now;
                free_[(j - HALF + INNER) * (2 * INNER + 1) + i - HALF + INNER] = !now;
            }
            strong += k <= INNER && r[j * SIDE + i] > SMOOTHED * page->strong;
        }
    f->full = (double)black / all;
    f->solid = solid_share(free_, 2 * INNER + 1, black);
    f->corner = repli_ink_square(free_, 2 * INNER + 1, 2 * INNER + 1) * STEP_MM;
    f->free_side = f->full < FULL_SIDE ? 1 : free_side(free_, INNER);
    f->strength /= inked ? inked : 1;
    f->strong = strong * STEP_MM * STEP_MM;
    f->left = side_line(r, -1, floor_);
    f->right = side_line(r, 1, floor_);
    f->strong_left = side_line(r, -1, SMOOTHED * page->strong);
    f->strong_right = side_line(r, 1, SMOOTHED * page->strong);
    memcpy(again, mask, sizeof again);
    size_t n = repli_ink_pieces(mask, SIDE, SIDE, inner, 2, pieces, 64);
    (void)repli_ink_pieces(again, SIDE, SIDE, around, 2, close, 64); /* the same pieces in the same order */
    for (size_t i = 0; i < n; i++)
        add_piece(&pieces[i], close[i].inside > 0, page->image->bits != 1, f);
    f->crossing = f->crossing || (f->area > 0 && (f->edges & (f->edges - 1)));
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void decide(const struct ink_page *page, const struct box *b, const struct features *f,
                   struct repli_field_reading *out)
{
    double specks = page->image->bits == 1 ? DOTS_MM2 : SPECKS_MM2;
    bool nothing = f->area < NOTHING_MM2 && f->specks < specks && f->touching < TOUCHING_MM2;
    double strike = least(f->left, f->right), tick = least(f->length / TICK_MM, f->area / TICK_MM2);
    out->state = REPLI_INK_DOUBTFUL;
    out->confidence = .5;
    if (b->patch.outside > 0 || b->dark_frame < .2 * page->dark)
        return; /* not wholly on the image, or nothing like a box is there */
    if (f->crossing || page->fading)
        return; /* a mark of more than this box; or here a blackened box looks like a tick, and a tick like nothing */
    if (f->full >= FULL) {
        out->state = REPLI_INK_CANCELLED;
        out->confidence = repli_ink_confidence((f->full - FULL_DOUBT) / (1 - FULL_DOUBT) * 3);
    } else if (f->full >= FULL_CROSS || (f->full >= FULL_DOUBT && f->corner < FREE_MM) ||
               (f->full >= FULL_SIDE && f->free_side < SIDE_FREE) ||
               f->area >= (page->image->bits == 1 ? COVERED_2_MM2 : COVERED_MM2)) {
        return;
    } else if (strike >= STRIKE_MM && f->length > 0) {
        if (least(f->strong_left, f->strong_right) < STRIKE_DOUBT_MM)
            return; /* too pale for a pen */
        out->state = REPLI_INK_CANCELLED;
        out->confidence = repli_ink_confidence(strike / STRIKE_MM);
    } else if (strike >= STRIKE_DOUBT_MM && f->length > 0) {
        return;
    } else if (tick >= 1) {
        if (f->share < .35 && f->length < 2)
            return; /* most of it lies outside: a mark of this box, or the tail of another? */
        if (f->strong < STRONG_MM2)
            return; /* too pale for a pen: pencil, or a shadow */
        if (page->image->bits == 1 && f->solid < IN_DOTS)
            return; /* what the threshold left of a tick, or of a blackened box */
        if (f->strength < WEAK && f->area > WIDE_MM * f->length)
            return; /* pale and broad: the shadow of a crease, a stain's rim */
        out->state = REPLI_INK_TICKED;
        out->confidence = repli_ink_confidence(tick - 1 + .2);
    } else if (nothing) {
        out->state = REPLI_INK_EMPTY;
        out->confidence = repli_ink_confidence(2 * (1 - f->specks / specks) + .2);
    }
}

/* The frame's line in mm, as if it were as dark as solid print. */
static double line_width(const struct ink_page *page, const float model[HALF + 1])
{
    double sum = 0;
    for (int k = INNER; k <= RING; k++)
        sum += (double)model[k];
    return sum * STEP_MM / page->dark;
}

void repli_ink_boxes(struct ink_page *page, struct ink_boxes *b)
{
    const struct repli_page_map *map = page->map;
    size_t n = 0, k = 0;
    *b = (struct ink_boxes){0};
    for (size_t i = 0; i < map->nfields; i++)
        n += map->fields[i].kind == REPLI_FIELD_TICK;
    if (n == 0)
        return;
    b->n = n;
    b->boxes = repli_xcalloc(n, sizeof *b->boxes);
    b->gray = repli_xmalloc(n * SIDE * SIDE);
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].kind == REPLI_FIELD_TICK) {
            b->boxes[k].field = i;
            b->boxes[k].patch = (struct patch){0, 0, STEP_MM, SIDE, SIDE, b->gray + k * SIDE * SIDE, 0};
            cut_box(page, &map->fields[i], &b->boxes[k]);
            k++;
        }
    float frame = 0;
    make_model(b->boxes, n, b->model);
    for (int i = INNER; i <= RING; i++)
        frame = frame > b->model[i] ? frame : b->model[i];
    float bare = b->model[INNER] > b->model[RING] ? b->model[INNER] : b->model[RING];
    b->framed = frame - bare > FRAMED * frame && frame > FRAME_LEAST && (double)frame > .2 * page->dark;
    page->strong = least(page->strong, PEN * (double)frame);
    page->strong = page->strong > STRONG_LEAST ? page->strong : STRONG_LEAST;
    page->faint = page->faint || line_width(page, b->model) < .7 * FRAME_WIDTH_MM;
}

void repli_ink_ticks(const struct ink_page *page, struct ink_boxes *b, struct repli_field_reading *out)
{
    for (size_t i = 0; i < b->n; i++) {
        struct features f;
        struct repli_field_reading *r = &out[b->boxes[i].field];
        measure(page, &b->boxes[i], b->model, &f);
        r->row = -1;
        if (b->framed)
            decide(page, &b->boxes[i], &f, r);
    }
    free(b->gray);
    free(b->boxes);
    *b = (struct ink_boxes){0};
}

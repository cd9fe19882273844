/* Ink in zones: cells, rows and boxes that people write in.
**
** The printed lines at the edges of a box are found as the stretch of rows (and columns) beside its edge whose
** median is dark: a pen does not follow a whole side.  What is dark inside of them is ink.  A zone is empty below
** one small speck, has ink from one stroke on, and is doubtful between.
*/
#include "ink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MM        .15
#define MARGIN_MM      .45 /* cut beyond the box, to see the lines whole */
#define LINE_REACH_MM  1.1 /* a line at the edge ends within this of it */
#define SOLID_MM       1.8 /* no pen writes so broad */
#define CELL_MM        8.0 /* narrower boxes hold a figure that may come to both sides */
#define UPRIGHT_MM     3.0 /* wider, it may be a word that fills the box */
#define STAPLE_MM      6.0
#define STAPLE_WIDE_MM 1.25
#define OTHER_MM       .2   /* a line that ends so far outside belongs to something else */
#define TILE_MM        60.0 /* larger boxes are read in pieces */
#define INK_SURE_MM2   .55  /* a thin 1 of 3 mm */
#define INK_SURE_MM    1.4  /* and as long as this */
#define SPECK_MM2      .10  /* smaller specks are dirt */
#define EMPTY_MM2      .22  /* all pieces together */
#define DOTS_MM2       .06  /* with two levels: what is left of a thin stroke is a few dots */
#define BROKEN_MM2     .15  /* dots all over the middle of a box: writing of which the threshold left this much ... */
#define BROKEN_MM      1.0  /* ... and so far apart */
#define BROKEN_WIDE_MM .5   /* broken strokes are thin; what is left of a staple or a hole is not */
#define LINE_LEFT_MM   .55  /* nearer to the edge they may be what is left of the printed line */
#define STRONG         .42  /* darkness of a pen; stains and creases stay below */
#define STRONG_MM2     .15
#define BEYOND_DARK    .2  /* what goes on outside of a box; the blur of its printed line and the next one's is paler */
#define RIM_MM         .85 /* pale, and broader than a pen's stroke ... */
#define RIM_STRONG     .28 /* ... with less than this of it as dark as a pen: a stain's rim */
#define EMPTY_MM       .7  /* longest piece */
#define IN_DOTS        .05 /* of what is dark lies in squares of four samples: but dots are left of a stroke ... */
#define THIN           .4  /* ... or its edges are lost */
#define FADING_DOTS    .2  /* of the zones with something in them are in dots, ... */
#define FADING_THIN    .6  /* ... or so many are thin, and two at least: of what else was written nothing may be left */
#define FADING_LEAST   2

#define BESIDE 5U /* left and right */

/* What was found in one box. */
struct found {
    double dots_mm2;              /* everything dark, specks too */
    double area_mm2, long_mm;     /* all pieces; the longest one's larger side */
    double own_mm2;               /* of pieces that are no stroke through the box, no staple */
    double widest_mm;             /* side of the largest dark square */
    double strong_mm2;            /* of all that is dark: as dark as a pen */
    double broken_mm2, broken_mm; /* everything dark away from the printed lines; how far apart it lies */
    double solid_mm2;             /* with two levels: of all that is dark, in squares of four samples */
    bool outside;
};

/* Is the median along one row or column, its ends left out, darker than that? */
static bool line_dark(const struct patch *p, bool column, int at, int limit_gray)
{
    int n = 0, dark = 0, end = column ? p->ny : p->nx, skip = (int)(1.2 / STEP_MM);
    skip = end > 4 * skip ? skip : end / 4;
    const uint8_t *v = column ? p->gray + at : p->gray + (ptrdiff_t)at * p->nx;
    ptrdiff_t step = column ? p->nx : 1;
    for (int i = skip; i < end - skip && n < 512; i++, n++)
        dark += v[step * i] < limit_gray;
    return dark * 2 >= n && n > 0;
}

/* How many rows (columns) from the cut's edge until the printed line has ended, counted inwards. */
static int line_end(const struct patch *p, bool column, bool far, int limit_gray)
{
    int n = column ? p->nx : p->ny, reach = (int)((MARGIN_MM + LINE_REACH_MM) / STEP_MM),
        end = (int)(MARGIN_MM / STEP_MM) + 1;
    bool dark = false;
    int near = (int)((MARGIN_MM - OTHER_MM) / STEP_MM);
    reach = reach < n / 3 ? reach : n / 3;
    for (int i = 0; i < reach; i++) {
        bool now = line_dark(p, column, far ? n - 1 - i : i, limit_gray);
        if (now)
            dark = dark || i >= near; /* a line that lies wholly outside is another's */
        else if (dark && i >= end)
            return i;
        if (now && i + 1 > end)
            end = i + 1;
    }
    return end;
}

static int paper_of(const struct patch *p)
{
    uint32_t hist[4][256] = {{0}}, run = 0, n = (uint32_t)p->nx * (uint32_t)p->ny;
    for (uint32_t i = 0; i < n; i += 3) /* in turns: most are the same gray, and each would wait for the one before */
        hist[i & 3][p->gray[i]]++;
    for (int v = 255; v > 0; v--)
        if ((run += hist[0][v] + hist[1][v] + hist[2][v] + hist[3][v]) * 12 > n) /* 75th percentile of those */
            return v;
    return 255;
}

/* Is a piece of a mask of w * h no writing of this box?  It runs through it from side to side (a stain's rim, a stroke
** across the sheet, a line of folded paper), or is as straight and long as a staple.  Cells are too narrow to tell. */
static bool foreign(const struct piece *p, int w, int h)
{
    double pw = (p->x1 - p->x0 + 1) * STEP_MM, ph = (p->y1 - p->y0 + 1) * STEP_MM;
    bool through = (p->x0 == 0 && p->x1 == w - 1) || (p->y0 == 0 && p->y1 == h - 1 && pw < UPRIGHT_MM);
    bool staple = (pw > STAPLE_MM && ph < STAPLE_WIDE_MM) || (ph > STAPLE_MM && pw < STAPLE_WIDE_MM);
    return w * STEP_MM > CELL_MM && (through || staple);
}

/* What is dark in the middle of a cut, where no printed line can have left it; `most` of it is no line through. */
static void look_for_dots(const struct patch *p, const uint8_t *mask, double most, const int at[4], struct found *f)
{
    int l = at[0], t = at[1], w = at[2], h = at[3];
    int edge = (int)ceil((MARGIN_MM + LINE_LEFT_MM) / STEP_MM), n = 0, y0 = h, y1 = -1;
    int begin = edge > l ? edge - l : 0, end = w + l < p->nx - edge ? w : p->nx - edge - l, x0 = end, x1 = begin - 1;
    for (int y = edge > t ? edge - t : 0; begin < end && y < h && y + t < p->ny - edge; y++) {
        const uint8_t *row = mask + (size_t)y * (size_t)w;
        int dark = repli_ink_count(row + begin, (size_t)(end - begin));
        if (dark == 0)
            continue;
        n += dark;
        y0 = y < y0 ? y : y0;
        y1 = y;
        for (int x = begin; x < x0; x++)
            x0 = row[x] ? x : x0;
        for (int x = end - 1; x > x1; x--)
            x1 = row[x] ? x : x1;
    }
    double side = (x1 - x0 > y1 - y0 ? x1 - x0 + 1 : y1 - y0 + 1) * STEP_MM;
    double mm2 = n * STEP_MM * STEP_MM;
    f->broken_mm2 += mm2 < most ? mm2 : most;
    f->broken_mm = n && side > f->broken_mm ? side : f->broken_mm;
}

/* Squares of four samples that are dark: strokes are broader than one sample, what is left of them is not. */
static int solid(const uint8_t *mask, int w, int h)
{
    int n = 0;
    for (int y = 0; y + 1 < h; y++) {
        const uint8_t *row = mask + (size_t)y * (size_t)w, *next = row + w;
        for (int x = 0; x + 1 < w; x++)
            n += row[x] & row[x + 1] & next[x] & next[x + 1];
    }
    return n;
}

static bool straight(const struct piece *p)
{
    int pw = p->x1 - p->x0 + 1, ph = p->y1 - p->y0 + 1, less = pw < ph ? pw : ph;
    return less * STEP_MM < STAPLE_WIDE_MM && (pw > 3 * ph || ph > 3 * pw);
}

/* Connected pieces; `most` of what is dark may be writing of this box.  What comes in at one side and leaves at another
** is not, nor a straight line that comes in. */
static void look_at_pieces(const struct ink_page *page, const struct ink_cut *c, uint8_t *mask, double most,
                           struct found *f)
{
    struct piece pieces[64];
    int w = c->inner[2] - c->inner[0] + 1, h = c->inner[3] - c->inner[1] + 1;
    const int inner[4] = {0, 0, w - 1, h - 1};
    size_t n = repli_ink_pieces(mask, w, h, inner, (int)ceil(SPECK_MM2 / STEP_MM / STEP_MM), pieces, 64);
    double own = 0, visiting = 0;
    unsigned sides = 0;
    for (size_t i = 0; i < n; i++) {
        int side = pieces[i].x1 - pieces[i].x0 > pieces[i].y1 - pieces[i].y0 ? pieces[i].x1 - pieces[i].x0
                                                                             : pieces[i].y1 - pieces[i].y0;
        double mm = (side + 1) * STEP_MM, mm2 = pieces[i].area * STEP_MM * STEP_MM;
        f->long_mm = mm > f->long_mm ? mm : f->long_mm;
        f->area_mm2 += mm2;
        if (foreign(&pieces[i], w, h))
            continue;
        unsigned leaves = repli_ink_leaves(page, c, mask, &pieces[i]);
        sides |= leaves;
        if (leaves)
            visiting += straight(&pieces[i]) ? 0 : mm2;
        else
            own += mm2;
    }
    bool through = (sides & (sides - 1)) != 0 && sides != BESIDE; /* figures of two cells beside each other may touch */
    own += through ? 0 : visiting;
    f->own_mm2 += own < most ? own : most;
}

/* A mask of what is darker than a limit; its number. */
static int darker(const uint8_t *restrict from, int n, uint8_t limit, uint8_t *restrict to)
{
    for (int x = 0; x < n; x++)
        to[x] = from[x] < limit;
    return repli_ink_count(to, (size_t)n);
}

/* One box, cut with its margin into page->room. */
static void look(const struct ink_page *page, double x0, double y0, double x1, double y1, struct found *f)
{
    struct patch p = {x0 - MARGIN_MM,
                      y0 - MARGIN_MM,
                      STEP_MM,
                      (int)((x1 - x0 + 2 * MARGIN_MM) / STEP_MM) + 1,
                      (int)((y1 - y0 + 2 * MARGIN_MM) / STEP_MM) + 1,
                      page->room,
                      0};
    if (p.nx < 8 || p.ny < 8 || (size_t)p.nx * (size_t)p.ny > INK_ROOM) {
        f->outside = true;
        return;
    }
    repli_patch_cut(page->image, page->pose, false, &p);
    f->outside = f->outside || p.outside > 0;
    int paper = paper_of(&p);
    double cut = page->image->bits == 1 ? .5 : .12 + 4 * page->noise;
    cut = cut > .6 ? .6 : cut;
    int limit_gray = (int)(paper * (1 - cut)), line_gray = (int)(paper * (1 - .5 * cut));
    int l = line_end(&p, true, false, line_gray) + 1, r = p.nx - 2 - line_end(&p, true, true, line_gray);
    int t = line_end(&p, false, false, line_gray) + 1, b = p.ny - 2 - line_end(&p, false, true, line_gray);
    if (r - l < 4 || b - t < 4) {
        f->outside = true;
        return;
    }
    int w = r - l + 1, h = b - t + 1, dark = 0, strong = 0, strong_gray = (int)(paper * (1 - page->strong));
    uint8_t *mask = page->room + INK_ROOM;
    for (int y = 0; y < h; y++) {
        const uint8_t *from = p.gray + (size_t)(y + t) * (size_t)p.nx + l;
        uint8_t *to = mask + (size_t)y * (size_t)w;
        strong += darker(from, w, (uint8_t)strong_gray, to);
        dark += darker(from, w, (uint8_t)limit_gray, to);
    }
    if (dark == 0 && strong == 0)
        return;
    double own = dark * STEP_MM * STEP_MM;
    const struct ink_cut c = {
        &p, {x0, y0, x1, y1}, {l, t, r, b}, (int)(paper * (1 - (cut > BEYOND_DARK ? cut : BEYOND_DARK)))};
    if (page->image->bits == 1) {
        own -= STEP_MM * STEP_MM * repli_ink_through(page, &c, mask);
        look_for_dots(&p, mask, own, (const int[4]){l, t, w, h}, f);
        f->solid_mm2 += solid(mask, w, h) * STEP_MM * STEP_MM;
    }
    f->dots_mm2 += dark * STEP_MM * STEP_MM;
    f->strong_mm2 += strong * STEP_MM * STEP_MM;
    if (dark * STEP_MM * STEP_MM < SPECK_MM2)
        return;
    double widest = repli_ink_square(mask, w, h) * STEP_MM;
    f->widest_mm = widest > f->widest_mm ? widest : f->widest_mm;
    look_at_pieces(page, &c, mask, own, f);
}

static void box_found(const struct ink_page *page, const struct repli_box *b, struct found *f)
{
    double x0 = b->x0 / 1e3, y0 = b->y0 / 1e3, x1 = b->x1 / 1e3, y1 = b->y1 / 1e3;
    *f = (struct found){0};
    int nx = (int)ceil((x1 - x0) / TILE_MM), ny = (int)ceil((y1 - y0) / TILE_MM);
    double w = (x1 - x0) / nx, h = (y1 - y0) / ny;
    for (int j = 0; j < ny; j++)
        for (int i = 0; i < nx; i++)
            look(page, x0 + i * w, y0 + j * h, x0 + (i + 1) * w, y0 + (j + 1) * h, f);
}

/* Where the threshold lost lines and strokes it lost shadows first: what is left in the middle of a box was written. */
static bool broken_writing(const struct found *f, const struct ink_page *page)
{
    return page->fading && f->broken_mm2 >= BROKEN_MM2 && f->broken_mm >= BROKEN_MM && f->widest_mm <= BROKEN_WIDE_MM;
}

/* The rim of a stain may be as dark as a pen, but only in its middle. */
static bool is_rim(const struct found *f)
{
    return f->widest_mm > RIM_MM && f->strong_mm2 < RIM_STRONG * f->dots_mm2;
}

/* With two levels a stroke may have come out as a few dots, or, where hairlines are missing, not at all. */
static void decide(const struct found *f, const struct ink_page *page, struct repli_field_reading *out)
{
    double sure =
        f->area_mm2 / INK_SURE_MM2 < f->long_mm / INK_SURE_MM ? f->area_mm2 / INK_SURE_MM2 : f->long_mm / INK_SURE_MM;
    double some = f->area_mm2 / EMPTY_MM2 > f->long_mm / EMPTY_MM ? f->area_mm2 / EMPTY_MM2 : f->long_mm / EMPTY_MM;
    if (f->outside) {
        out->state = REPLI_INK_DOUBTFUL;
        out->confidence = .5;
    } else if (sure >= 1 &&
               (f->strong_mm2 < STRONG_MM2 || f->own_mm2 < EMPTY_MM2 || f->widest_mm > SOLID_MM || is_rim(f))) {
        out->state = REPLI_INK_DOUBTFUL; /* pale: a pencil, a stain's rim; or no writing of this box */
        out->confidence = .5;
    } else if (sure >= 1) {
        out->state = REPLI_INK_INK;
        out->confidence = repli_ink_confidence(sure - 1);
    } else if (some <= 1 && !(page->image->bits == 1 && (page->fading || f->dots_mm2 > DOTS_MM2))) {
        out->state = REPLI_INK_EMPTY;
        out->confidence = repli_ink_confidence(2 * (1 - some));
    } else if (broken_writing(f, page)) {
        out->state = REPLI_INK_INK;
        out->confidence = repli_ink_confidence((f->broken_mm2 / BROKEN_MM2 - 1) / 4);
    } else {
        out->state = REPLI_INK_DOUBTFUL;
        out->confidence = .5;
    }
}

/* Writing that is broken has no pieces to go by. */
static double ink_of_row(const struct found *f, const struct ink_page *page)
{
    return page->fading ? f->broken_mm2 : f->area_mm2;
}

/* The row of a band that has ink.  A number that hangs over into the next row leaves it doubtful which one was meant
** only when both hold much of it. */
static void decide_band(const struct found *rows, size_t n, const struct ink_page *page,
                        struct repli_field_reading *out)
{
    size_t best = 0, second = 0;
    struct found all = {0}, one;
    for (size_t i = 0; i < n; i++) {
        all.outside = all.outside || rows[i].outside;
        all.dots_mm2 += rows[i].dots_mm2;
        if (ink_of_row(&rows[i], page) > ink_of_row(&rows[best], page))
            best = i;
    }
    second = best ? 0 : 1;
    for (size_t i = 0; i < n; i++)
        if (i != best && ink_of_row(&rows[i], page) > ink_of_row(&rows[second], page))
            second = i;
    one = rows[best];
    one.outside = all.outside;
    one.dots_mm2 = all.dots_mm2;
    decide(&one, page, out);
    if (out->state == REPLI_INK_EMPTY)
        return;
    out->row = (int)best;
    double mine = ink_of_row(&rows[best], page), other = n > 1 ? ink_of_row(&rows[second], page) : 0;
    if (n > 1 && (page->fading || other > EMPTY_MM2) && other > .3 * mine) {
        out->state = REPLI_INK_DOUBTFUL;
        out->confidence = .5;
    }
}

/* What is in the boxes of a field: a band has one answer a row, everything else one. */
static void look_at_zone(const struct ink_page *page, const struct repli_field *field, struct found *out)
{
    if (field->kind == REPLI_FIELD_BAND && field->nparts) {
        for (size_t i = 0; i < field->nparts; i++)
            box_found(page, &field->parts[i], &out[i]);
        return;
    }
    if (field->kind != REPLI_FIELD_DIGITS || !field->nparts) {
        box_found(page, &field->box, out);
        return;
    }
    *out = (struct found){0};
    for (size_t i = 0; i < field->nparts; i++) {
        struct found cell;
        box_found(page, &field->parts[i], &cell);
        out->outside = out->outside || cell.outside;
        out->dots_mm2 += cell.dots_mm2;
        out->strong_mm2 += cell.strong_mm2;
        out->own_mm2 += cell.own_mm2;
        out->broken_mm2 += cell.broken_mm2;
        out->solid_mm2 += cell.solid_mm2;
        out->broken_mm = cell.broken_mm > out->broken_mm ? cell.broken_mm : out->broken_mm;
        out->widest_mm = cell.widest_mm > out->widest_mm ? cell.widest_mm : out->widest_mm;
        out->area_mm2 = cell.area_mm2 > out->area_mm2 ? cell.area_mm2 : out->area_mm2;
        out->long_mm = cell.long_mm > out->long_mm ? cell.long_mm : out->long_mm;
    }
}

static size_t boxes_of(const struct repli_field *f)
{
    return f->kind == REPLI_FIELD_TICK ? 0 : f->kind == REPLI_FIELD_BAND && f->nparts ? f->nparts : 1;
}

static void decide_zones(const struct ink_page *page, const struct found *boxes, struct repli_field_reading *out)
{
    const struct repli_page_map *map = page->map;
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        if (f->kind == REPLI_FIELD_TICK)
            continue;
        out[i].row = -1;
        if (f->kind == REPLI_FIELD_BAND && f->nparts)
            decide_band(boxes, f->nparts, page, &out[i]);
        else
            decide(boxes, page, &out[i]);
        boxes += boxes_of(f);
    }
}

/* Has the threshold of an image with two levels come near the pens?  Then of the pale ones dots are left, or the heart
** of their strokes, and of the palest nothing. */
static bool fades(const struct repli_page_map *map, const struct found *boxes)
{
    size_t n = 0, dots = 0, thin = 0;
    for (size_t i = 0; i < map->nfields; i++) {
        double dark = 0, firm = 0;
        for (size_t k = boxes_of(&map->fields[i]); k > 0; k--, boxes++) {
            dark += boxes->dots_mm2;
            firm += boxes->solid_mm2;
        }
        if (dark <= DOTS_MM2)
            continue;
        n++;
        dots += firm < IN_DOTS * dark;
        thin += firm < THIN * dark;
    }
    return (dots >= FADING_LEAST && (double)dots >= FADING_DOTS * (double)n) ||
           (thin >= FADING_LEAST && (double)thin >= FADING_THIN * (double)n);
}

void repli_ink_zones(struct ink_page *page, struct repli_field_reading *out)
{
    const struct repli_page_map *map = page->map;
    size_t n = 0;
    for (size_t i = 0; i < map->nfields; i++)
        n += boxes_of(&map->fields[i]);
    struct found *boxes = repli_xcalloc(n + 1, sizeof *boxes), *at = boxes;
    for (size_t i = 0; i < map->nfields; i++) {
        if (map->fields[i].kind == REPLI_FIELD_TICK)
            continue;
        look_at_zone(page, &map->fields[i], at);
        at += boxes_of(&map->fields[i]);
    }
    page->fading = page->fading || (page->image->bits == 1 && fades(map, boxes));
    decide_zones(page, boxes, out);
    free(boxes);
}

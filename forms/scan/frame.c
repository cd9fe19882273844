/* The frame score: are the printed lines of a page map seen where a pose says they are?  It tells a sheet from the same
** sheet upside down, and from any other page, and is the number that says how far a registration can be trusted. */
#include "lines.h"

#include <math.h>

#define LINE_SEARCH_MM .28 /* how far from its place a line may be */
#define LINE_PAPER_MM  .95 /* paper is looked for as far beside it */
#define LINE_POINTS    9
#define LINES_MAX      600 /* of a page: more are passed over evenly */

static int pixel(const struct repli_image *image, struct xy p)
{
    if (!(p.x > -.5 && p.y > -.5 && p.x < image->width - .5 && p.y < image->height - .5))
        return 255;
    int x = (int)(p.x + .5), y = (int)(p.y + .5);
    return image->gray[(size_t)y * (size_t)image->width + (size_t)x];
}

/* Is the line from a to b (mm, horizontal or vertical) seen?  At most of its points something dark lies within
** LINE_SEARCH_MM, with paper on at least one side of it. */
static bool line_seen(const struct repli_image *image, const struct local *l, struct xy a, struct xy b)
{
    struct xy step = {(b.x - a.x) / (LINE_POINTS + 1), (b.y - a.y) / (LINE_POINTS + 1)};
    bool across_x = fabs(step.y) > fabs(step.x); /* a vertical line is crossed along x */
    struct xy n = across_x ? l->dx : l->dy;
    int seen = 0;
    for (int i = 1; i <= LINE_POINTS; i++) {
        double x = a.x + step.x * i, y = a.y + step.y * i;
        struct xy p = {l->at.x + l->dx.x * x + l->dy.x * y, l->at.y + l->dx.y * x + l->dy.y * y};
        int dark = 255;
        for (int k = -3; k <= 3; k++) {
            double t = k * LINE_SEARCH_MM / 3;
            int v = pixel(image, (struct xy){p.x + n.x * t, p.y + n.y * t});
            dark = v < dark ? v : dark;
        }
        int left = pixel(image, (struct xy){p.x - n.x * LINE_PAPER_MM, p.y - n.y * LINE_PAPER_MM});
        int right = pixel(image, (struct xy){p.x + n.x * LINE_PAPER_MM, p.y + n.y * LINE_PAPER_MM});
        int paper = left > right ? left : right;
        seen += paper > 60 && (paper - dark) * 5 > paper;
    }
    return seen * 3 >= LINE_POINTS * 2;
}

/* Of paper with creases each side lies by itself. */
static bool side_seen(const struct repli_image *image, const struct repli_pose *pose, const struct local *l,
                      struct xy middle, struct xy a, struct xy b)
{
    if (pose->ncreases == 0)
        return line_seen(image, l, a, b);
    struct xy m = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    struct local own = repli_paper_local(pose, middle.x + m.x, middle.y + m.y);
    return line_seen(image, &own, (struct xy){a.x - m.x, a.y - m.y}, (struct xy){b.x - m.x, b.y - m.y});
}

/* The four sides of a box; `inset` moves them to the middle of a line that lies inside it. */
static int box_sides(const struct repli_image *image, const struct repli_pose *pose, const struct repli_box *b,
                     double inset, int sides)
{
    double x0 = b->x0 / 1e3 + inset, y0 = b->y0 / 1e3 + inset, x1 = b->x1 / 1e3 - inset, y1 = b->y1 / 1e3 - inset;
    double u = (x1 - x0) / 2, v = (y1 - y0) / 2;
    const struct xy middle = {(x0 + x1) / 2, (y0 + y1) / 2}, corner[4] = {{-u, v}, {u, v}, {-u, -v}, {u, -v}};
    static const int ends[4][2] = {{0, 1}, {2, 3}, {2, 0}, {3, 1}};
    struct local l = repli_paper_local(pose, middle.x, middle.y);
    int seen = 0;
    for (int i = 0; i < sides; i++)
        seen += side_seen(image, pose, &l, middle, corner[ends[i][0]], corner[ends[i][1]]);
    return seen;
}

double repli_register_score(const struct repli_image *image, const struct repli_page_map *map,
                            const struct repli_pose *pose)
{
    size_t total = 0, lines = 0, seen = 0, skip, k = 0;
    for (size_t i = 0; i < map->nfields; i++)
        total += map->fields[i].nparts ? map->fields[i].nparts : 4;
    skip = total / LINES_MAX + 1;
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        if (f->nparts == 0 && k++ % skip == 0) {
            seen += (size_t)box_sides(image, pose, &f->box, repli_field_inset(f), 4);
            lines += 4;
        }
        for (size_t p = 0; p < f->nparts; p++)
            if (k++ % skip == 0) {
                seen += (size_t)box_sides(image, pose, &f->parts[p], 0, 1);
                lines++;
            }
    }
    return lines ? (double)seen / (double)lines : 0;
}

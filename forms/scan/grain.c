/* Lines or grain?  Where everything is speckled (a copier's gray, a halftone, static), something dark beside something
** bright lies wherever a line is looked for, and the frame score is high for any pose.  So the same question is asked
** where nothing is printed, a little to both sides of each line: on a sheet the answer is no. */
#include "geometry.h"

#include <math.h>

#define ASIDE_MM  .95 /* from the middle of a line: free of the frame, inside the smallest box */
#define REACH_MM  .28 /* as in frame.c */
#define POINTS    9
#define LINES_MAX 160 /* that are asked */
#define GRAIN     .6  /* as often beside the lines as on them */

struct asked {
    const struct repli_image *image;
    size_t seen, beside; /* twice the lines; the places beside them */
};

static int pixel(const struct repli_image *image, double x, double y)
{
    if (!(x > -.5 && y > -.5 && x < image->width - .5 && y < image->height - .5))
        return 255;
    return image->gray[(size_t)(y + .5) * (size_t)image->width + (size_t)(x + .5)];
}

/* Something dark with something bright half way to the next place, at most points from a to b moved `aside` mm. */
static bool line_at(const struct repli_image *image, const struct local *l, struct xy a, struct xy b, double aside)
{
    bool upright = a.x == b.x;
    struct xy n = upright ? l->dx : l->dy;
    int seen = 0;
    for (int i = 1; i <= POINTS; i++) {
        double x = a.x + (b.x - a.x) * i / (POINTS + 1) + (upright ? aside : 0),
               y = a.y + (b.y - a.y) * i / (POINTS + 1) + (upright ? 0 : aside);
        struct xy p = {l->at.x + l->dx.x * x + l->dy.x * y, l->at.y + l->dx.y * x + l->dy.y * y};
        int dark = 255, one = pixel(image, p.x - n.x * ASIDE_MM / 2, p.y - n.y * ASIDE_MM / 2),
            other = pixel(image, p.x + n.x * ASIDE_MM / 2, p.y + n.y * ASIDE_MM / 2);
        for (int k = -3; k <= 3; k++) {
            int v = pixel(image, p.x + n.x * k * REACH_MM / 3, p.y + n.y * k * REACH_MM / 3);
            dark = v < dark ? v : dark;
        }
        int paper = one > other ? one : other;
        seen += paper > 60 && (paper - dark) * 5 > paper;
    }
    return seen * 3 >= POINTS * 2;
}

static void ask(struct asked *q, const double h[9], const struct repli_box *b, bool upright)
{
    double cx = (b->x0 + b->x1) / 2e3, cy = (b->y0 + b->y1) / 2e3, u = (b->x1 - b->x0) / 2e3, v = (b->y1 - b->y0) / 2e3;
    struct local l = repli_pose_local(h, cx, cy);
    struct xy from = upright ? (struct xy){u, -v} : (struct xy){-u, v}, to = {u, v};
    q->seen += 2 * (size_t)line_at(q->image, &l, from, to, 0);
    q->beside += (size_t)line_at(q->image, &l, from, to, -ASIDE_MM) + (size_t)line_at(q->image, &l, from, to, ASIDE_MM);
}

bool repli_pose_is_grain(const struct repli_image *image, const struct repli_page_map *map, const double h[9])
{
    struct asked q = {.image = image};
    size_t skip = 2 * map->nfields / LINES_MAX + 1;
    for (size_t i = 0; i < map->nfields; i += skip) {
        const struct repli_field *f = &map->fields[i];
        const struct repli_box *b = f->nparts ? &f->parts[0] : &f->box;
        ask(&q, h, b, false);
        ask(&q, h, b, true);
    }
    return (double)q.beside > GRAIN * (double)q.seen;
}

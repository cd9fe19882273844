/* How far aside of where a pose puts them the printed lines of a sheet are seen. */
#include "lines.h"

#include <math.h>

#define POINTS  9
#define STEP_MM .1

static double darkness_at(const struct repli_image *image, const struct local *l, double x, double y)
{
    int px = (int)lround(l->at.x + l->dx.x * x + l->dy.x * y), py = (int)lround(l->at.y + l->dx.y * x + l->dy.y * y);
    if (px < 0 || py < 0 || px >= image->width || py >= image->height)
        return 0;
    return 1 - image->gray[(size_t)py * (size_t)image->width + (size_t)px] / 255.0;
}

/* The middle (mm) of the line whose darkest sample is v[top]: half way between where it is half as dark as there, for
** lines are up to .6 mm wide. */
static double middle_of(const double *v, int top, int beside)
{
    double left = v[top - beside], right = v[top + beside], half = (v[top] + (left > right ? left : right)) / 2,
           side[2] = {0, 0};
    for (int s = 0; s < 2; s++) {
        int way = s ? 1 : -1, k = 0;
        while (k < beside && v[top + way * k] > half)
            k++;
        double in = v[top + way * (k - 1)], out = v[top + way * k];
        side[s] = way * (k - 1 + (in > out ? (in - half) / (in - out) : 0));
    }
    return (top + (side[0] + side[1]) / 2) * STEP_MM;
}

/* Looks up to reach mm to both sides of a line of the given length around (x,y) for the nearest thin dark one. */
static bool look_aside(const struct repli_image *image, const struct repli_pose *pose, double length, double reach,
                       struct repli_seen_line *s)
{
    struct local l = repli_paper_local(pose, s->x, s->y);
    double v[128], most = 0, least = 1, best = 1e9;
    int n = (int)(reach / STEP_MM), beside = (int)(.6 / STEP_MM);
    for (int k = -n - beside; k <= n + beside; k++) {
        double sum = 0;
        for (int i = 0; i < POINTS; i++) {
            double t = length * ((i + 1.0) / (POINTS + 1) - .5);
            sum += s->vertical ? darkness_at(image, &l, k * STEP_MM, t) : darkness_at(image, &l, t, k * STEP_MM);
        }
        v[k + n + beside] = sum / POINTS;
        most = v[k + n + beside] > most ? v[k + n + beside] : most;
        least = v[k + n + beside] < least ? v[k + n + beside] : least;
    }
    if (most - least < .15)
        return false;
    for (int k = -n; k <= n; k++) {
        int at = k + n + beside;
        double left = v[at - beside], right = v[at + beside], paper = left > right ? left : right;
        bool top = v[at] >= v[at - 1] && v[at] >= v[at + 1];
        if (top && v[at] - paper > .5 * (most - least) && fabs(k * STEP_MM) < fabs(best))
            best = k * STEP_MM;
    }
    if (best > 1e8)
        return false;
    s->aside = middle_of(v, (int)lround(best / STEP_MM) + n + beside, beside) - (n + beside) * STEP_MM;
    return true;
}

static void add_line(const struct repli_image *image, const struct repli_pose *pose, double reach, const double ends[4],
                     struct repli_seen_line *list, size_t *n)
{
    struct repli_seen_line s = {(ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2, 0, ends[0] == ends[2]};
    if (*n < REPLI_LINES_MAX && look_aside(image, pose, fabs(ends[2] - ends[0]) + fabs(ends[3] - ends[1]), reach, &s))
        list[(*n)++] = s;
}

double repli_field_inset(const struct repli_field *f)
{
    return f->kind == REPLI_FIELD_BAND ? 0 : f->kind == REPLI_FIELD_TICK ? .175 : .15;
}

size_t repli_lines_look(const struct repli_image *image, const struct repli_page_map *map,
                        const struct repli_pose *pose, double reach, size_t most, struct repli_seen_line *list)
{
    size_t n = 0, skip = map->nfields / (most / 4) + 1;
    for (size_t i = 0; i < map->nfields; i += skip) {
        const struct repli_field *f = &map->fields[i];
        double in = repli_field_inset(f), x0 = f->box.x0 / 1e3 + in, y0 = f->box.y0 / 1e3 + in,
               x1 = f->box.x1 / 1e3 - in, y1 = f->box.y1 / 1e3 - in;
        double end =
            f->kind == REPLI_FIELD_DIGITS && f->nparts ? f->parts[0].x1 / 1e3 : x1; /* signs interrupt a comb */
        add_line(image, pose, reach, (const double[4]){x0, y1, end, y1}, list, &n);
        add_line(image, pose, reach, (const double[4]){x0, y0, end, y0}, list, &n);
        add_line(image, pose, reach, (const double[4]){x0, y0, x0, y1}, list, &n);
        add_line(image, pose, reach, (const double[4]){x1, y0, x1, y1}, list, &n);
    }
    return n;
}

/* A pose made better by the printed lines themselves: paper that was held at an angle, with a mark lost, lies
** elsewhere in one corner than three marks can say.  Every line that is seen says how far the paper lies aside
** there; what most of them agree on, with the freedom of a plane in perspective, corrects the pose.
*/
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERMS       PLANE_TERMS
#define ROUNDS      3
#define FITS        6
#define MARK_WEIGHT 50.0 /* of a mark, in lines */
#define TOLERANCE   .35  /* mm: a line that lies farther from what the others say counts for nothing */
#define NEAR_MM     60.0 /* of a corner: lines farther away say less of it */
#define SPREAD_MM   .15  /* of one line */
#define SLOPE       .4   /* mm in 100 mm: so much more, or less, may it be at the corner than at the lines */
#define LINES_LEAST 6

static double moves(const double w[TERMS], const struct repli_seen_line *s)
{
    struct xy by = repli_plane_moves(w, s->x, s->y);
    return s->vertical ? by.x : by.y;
}

/* Least squares, again and again with less weight for lines that disagree. */
static bool agree(const struct repli_seen_line *list, size_t n, const struct xy *fixed, size_t nfixed, double w[TERMS])
{
    double scale = 4 * TOLERANCE;
    memset(w, 0, TERMS * sizeof *w);
    for (int fit = 0; fit<FITS; fit++, scale = scale> 2 * TOLERANCE ? scale / 2 : TOLERANCE) {
        double a[TERMS * (TERMS + 1)] = {0}, f[TERMS];
        for (size_t i = 0; i < n; i++) {
            double miss = (list[i].aside - moves(w, &list[i])) / scale,
                   k = fabs(miss) < 1 ? (1 - miss * miss) * (1 - miss * miss) : 0;
            repli_plane_row(list[i].x, list[i].y, list[i].vertical, f);
            for (int r = 0; r < TERMS; r++) {
                for (int q = 0; q < TERMS; q++)
                    a[r * (TERMS + 1) + q] += k * f[r] * f[q];
                a[r * (TERMS + 1) + TERMS] += k * f[r] * list[i].aside;
            }
        }
        for (size_t i = 0; i < 2 * nfixed; i++) { /* marks stay where they are */
            repli_plane_row(fixed[i / 2].x, fixed[i / 2].y, i & 1, f);
            for (int r = 0; r < TERMS; r++)
                for (int q = 0; q < TERMS; q++)
                    a[r * (TERMS + 1) + q] += MARK_WEIGHT * f[r] * f[q];
        }
        for (int r = 0; r < TERMS; r++)
            a[r * (TERMS + 1) + r] += .5; /* where few lines are seen it stays as it is */
        if (!repli_fit_solve(a, TERMS))
            return false;
        for (int r = 0; r < TERMS; r++)
            w[r] = a[r * (TERMS + 1) + TERMS];
    }
    return true;
}

bool repli_pose_refine(const struct repli_image *image, const struct repli_page_map *map, const struct xy *fixed,
                       size_t nfixed, double h[9])
{
    static const double reach[ROUNDS] = {1.8, 1.2, .7};
    struct repli_seen_line *list = repli_xcalloc(REPLI_LINES_MAX, sizeof *list);
    double w[TERMS], now[9];
    bool done = true;
    memcpy(now, h, sizeof now);
    for (int r = 0; r < ROUNDS && done; r++) {
        const struct repli_pose pose = pose_flat(now);
        size_t n = repli_lines_look(image, map, &pose, reach[r], REPLI_LINES_MAX, list);
        done = n >= 16 && agree(list, n, fixed, nfixed, w) && repli_plane_apply(w, now);
    }
    free(list);
    if (done)
        memcpy(h, now, sizeof now);
    return done;
}

/* What lines of one direction say of a place: robust, the nearer the more.  false: too few. */
static bool ask_lines(const struct repli_seen_line *list, size_t n, struct xy at, bool vertical, double *aside,
                      double *error)
{
    double w[3] = {0}, normal[12], scale = 4 * TOLERANCE;
    size_t used = 0;
    for (int fit = 0; fit<FITS; fit++, scale = scale> 2 * TOLERANCE ? scale / 2 : TOLERANCE) {
        double a[12] = {0};
        used = 0;
        for (size_t i = 0; i < n; i++) {
            if (list[i].vertical != vertical)
                continue;
            double x = (list[i].x - at.x) / 100, y = (list[i].y - at.y) / 100, far = hypot(x, y) * 100 / NEAR_MM,
                   miss = (list[i].aside - w[0] - w[1] * x - w[2] * y) / scale,
                   k = fabs(miss) < 1 ? (1 - miss * miss) * (1 - miss * miss) / (1 + far * far) : 0;
            const double f[3] = {1, x, y};
            for (int r = 0; r < 3; r++) {
                for (int q = 0; q < 3; q++)
                    a[r * 4 + q] += k * f[r] * f[q] / (SPREAD_MM * SPREAD_MM);
                a[r * 4 + 3] += k * f[r] * list[i].aside / (SPREAD_MM * SPREAD_MM);
            }
            used += k > 0;
        }
        a[5] += 1 / (SLOPE * SLOPE);
        a[10] += 1 / (SLOPE * SLOPE);
        memcpy(normal, a, sizeof normal);
        if (used < LINES_LEAST || !repli_fit_solve(a, 3))
            return false;
        for (int r = 0; r < 3; r++)
            w[r] = a[r * 4 + 3];
    }
    normal[3] = 1;
    normal[7] = normal[11] = 0;
    if (!repli_fit_solve(normal, 3))
        return false;
    *aside = w[0];
    *error = sqrt(normal[3]);
    return true;
}

bool repli_pose_aside(const struct repli_image *image, const struct repli_page_map *map, const double h[9],
                      struct xy at, struct xy *aside, double *error)
{
    struct repli_seen_line *list = repli_xcalloc(REPLI_LINES_MAX, sizeof *list);
    const struct repli_pose pose = pose_flat(h);
    struct xy e = {0, 0};
    size_t n = repli_lines_look(image, map, &pose, 1.8, REPLI_LINES_MAX, list);
    bool told = ask_lines(list, n, at, true, &aside->x, &e.x) && ask_lines(list, n, at, false, &aside->y, &e.y);
    free(list);
    *error = hypot(e.x, e.y);
    return told;
}

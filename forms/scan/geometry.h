/* Private to forms/scan: millimetres of a sheet to pixels of an image, and marks. */
#ifndef REPLI_SCAN_GEOMETRY_H
#define REPLI_SCAN_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>

#include "repli/scan.h"

#define SHEET_WIDTH_MM 210.0
#define SHEET_LONG_MM  297.0
#define MARK_MM        5.0 /* side of a registration mark */
#define MARK_CLEAR_MM  2.9 /* free paper all round it */

struct xy {
    double x, y;
};

/* A pose of flat paper. */
static inline struct repli_pose pose_flat(const double h[9])
{
    struct repli_pose pose = {.ncreases = 0};
    for (int i = 0; i < 9; i++)
        pose.h[i] = h[i];
    return pose;
}

/* Registration marks that were found on an image: their places on the sheet, and where they are seen. */
#define SEEN_MARKS 5
struct seen_marks {
    struct xy mm[SEEN_MARKS], px[SEEN_MARKS];
    size_t n;
};

/* Pixel of a place on the sheet (mm). */
static inline struct xy pose_px(const double h[9], double x_mm, double y_mm)
{
    double w = h[6] * x_mm + h[7] * y_mm + h[8];
    struct xy p = {(h[0] * x_mm + h[1] * y_mm + h[2]) / w, (h[3] * x_mm + h[4] * y_mm + h[5]) / w};
    return p;
}

/* The pose near one place as a plane map: pixel = at + dx * x + dy * y, x and y in mm from the place. */
struct local {
    struct xy at, dx, dy;
};
struct local repli_pose_local(const double h[9], double x_mm, double y_mm);
/* The same of paper with its creases. */
struct local repli_paper_local(const struct repli_pose *pose, double x_mm, double y_mm);

/* Solves the n x n system a|b in place by Gauss with column pivots; false when singular. Row stride is n + 1. */
bool repli_fit_solve(double *a, size_t n);

/* Least squares over n pairs; false when the points do not determine it. */
bool repli_fit_similarity(const struct xy *mm, const struct xy *px, size_t n, double h[9]); /* n >= 2, no reflection */
bool repli_fit_affine(const struct xy *mm, const struct xy *px, size_t n, double h[9]);     /* n >= 3 */
bool repli_fit_homography(const struct xy *mm, const struct xy *px, size_t n, double h[9]); /* n >= 4 */
double repli_fit_error_mm(const double h[9], const struct xy *mm, const struct xy *px, size_t n); /* largest */
double repli_pose_scale(const double h[9]); /* pixels a mm in the middle of the sheet */

/* A small move of a sheet within its plane, in perspective: x by w0 + w1 u + w2 v + (w6 u + w7 v) u, y by w3 + w4 u +
** w5 v + (w6 u + w7 v) v, in mm; u and v: from the middle of the sheet, in PLANE_UNIT_MM. */
#define PLANE_TERMS   8
#define PLANE_UNIT_MM 150.0
/* What each term does to one coordinate of a place (mm). */
void repli_plane_row(double x, double y, bool along_x, double f[PLANE_TERMS]);
struct xy repli_plane_moves(const double w[PLANE_TERMS], double x, double y);
/* h moved so; false: what comes out is no map. */
bool repli_plane_apply(const double w[PLANE_TERMS], double h[9]);

/* Pixels a mm, from the image's size, taking its longer side for 297 mm; its own dpi where that agrees within a
** fifth. */
double repli_image_scale(const struct repli_image *image);

/* The mark near a place: exact centre in *out, its darkness (0..1 against its paper) in *dark.  `scale`: pixels a
** mm. */
bool repli_mark_find(const struct repli_image *image, struct xy near, double reach_mm, double scale, struct xy *out,
                     double *dark);
/* Dark squares anywhere on the page, best first, at most `max`.  Many are false: bars, headings, pictures. */
size_t repli_mark_peaks(const struct repli_image *image, double scale, struct xy *out, size_t max);

/* Moves a pose so that printed lines of the map lie where the image shows them; the `fixed` places of the sheet (mm)
** stay. false: too few lines are seen; h is as it was.  Whether the new pose is better says the frame score. */
bool repli_pose_refine(const struct repli_image *image, const struct repli_page_map *map, const struct xy *fixed,
                       size_t nfixed, double h[9]);
/* How far (mm) the printed lines nearest to a place of the sheet lie aside of where a pose puts them, carried on to
** that place, and how wrong that may be (a standard error).  false: too few lines are seen. */
bool repli_pose_aside(const struct repli_image *image, const struct repli_page_map *map, const double h[9],
                      struct xy at, struct xy *aside, double *error);

/* Where a sheet lies that may have been folded: makes *pose, which is near, one of flat paper and creases.  code_px,
** ncodes: as for repli_register().  false: it lies as was thought, or too little is seen of it; *pose is as it was. */
bool repli_pose_unfold(const struct repli_image *image, const struct repli_page_map *map,
                       const struct seen_marks *marks, const double (*code_px)[8], size_t ncodes,
                       struct repli_pose *pose);

/* Is what a pose takes for printed lines but grain, as dark and bright where nothing is printed? */
bool repli_pose_is_grain(const struct repli_image *image, const struct repli_page_map *map, const double h[9]);

#endif

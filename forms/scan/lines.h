/* Private to forms/scan: printed lines. */
#ifndef REPLI_SCAN_LINES_H
#define REPLI_SCAN_LINES_H

#include "geometry.h"

#define REPLI_LINES_MAX 500

/* A printed line, and how far (mm, along x for vertical lines, else along y) the scan shows it from its place. */
struct repli_seen_line {
    double x, y, aside;
    bool vertical;
};

/* mm from a field's box to the middle of its frame's line.  Strong frames are wider: what that does to one side it
** undoes at the other. */
double repli_field_inset(const struct repli_field *f);

/* The lines of boxes and combs, at most `most` (<= REPLI_LINES_MAX) of them, taken evenly from all over the page, and
** looked for up to reach_mm (<= 2) aside; lines that are not seen are left out.  Returns the count. */
size_t repli_lines_look(const struct repli_image *image, const struct repli_page_map *map,
                        const struct repli_pose *pose, double reach_mm, size_t most, struct repli_seen_line *list);

#endif

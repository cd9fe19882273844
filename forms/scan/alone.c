/* A sheet on glass that is larger than it: what lies beside it must be nothing, white or black, for another sheet whose
** code is not seen may lie there, and two sheets in one image are for people. */
#include "batch.h"
#include "geometry.h"

#include <math.h>
#include <stdlib.h>

#define LARGER     1.25 /* times a sheet's area: less is the scanner's margin */
#define CELL_MM    .35
#define BESIDE_MM  5  /* shadows along the edges of paper */
#define EDGE_MM    6  /* scanners draw lines along the edges of glass */
#define OTHER_GRAY 45 /* further from the rest's own gray: something */
#define OTHER_MM2  40

/* Pixels to mm, by the pose near the middle of the sheet: affine is enough to say inside or beside. */
struct inverse {
    struct local l;
    double det;
};

static bool beside(const struct inverse *v, double x, double y)
{
    double px = x - v->l.at.x, py = y - v->l.at.y;
    double mx = (px * v->l.dy.y - py * v->l.dy.x) / v->det + SHEET_WIDTH_MM / 2,
           my = (py * v->l.dx.x - px * v->l.dx.y) / v->det + SHEET_LONG_MM / 2;
    return mx < -BESIDE_MM || my < -BESIDE_MM || mx > SHEET_WIDTH_MM + BESIDE_MM || my > SHEET_LONG_MM + BESIDE_MM;
}

static uint8_t cell_mean(const struct repli_image *image, int x, int y, int k)
{
    unsigned sum = 0;
    for (int j = 0; j < k; j++)
        for (int i = 0; i < k; i++)
            sum += image->gray[(size_t)(y + j) * (size_t)image->width + (size_t)(x + i)];
    return (uint8_t)(sum / (unsigned)(k * k));
}

bool repli_scan_alone(const struct repli_image *image, const struct repli_pose *pose)
{
    double scale = repli_pose_scale(pose->h);
    struct inverse v = {repli_pose_local(pose->h, SHEET_WIDTH_MM / 2, SHEET_LONG_MM / 2), 0};
    v.det = v.l.dx.x * v.l.dy.y - v.l.dx.y * v.l.dy.x;
    if ((double)image->width * image->height < LARGER * SHEET_WIDTH_MM * SHEET_LONG_MM * scale * scale ||
        fabs(v.det) < 1e-9)
        return true;
    uint32_t hist[256] = {0}, n = 0, run = 0, other = 0;
    int k = (int)(CELL_MM * scale + .5), edge = (int)(EDGE_MM * scale), rest = 0;
    k = k < 1 ? 1 : k;
    for (int y = edge; y + k <= image->height - edge; y += k)
        for (int x = edge; x + k <= image->width - edge; x += k)
            if (beside(&v, x + k / 2.0, y + k / 2.0)) {
                hist[cell_mean(image, x, y, k)]++;
                n++;
            }
    while (rest < 255 && (run += hist[rest]) * 2 < n)
        rest++;
    for (int g = 0; g < 256; g++)
        other += abs(g - rest) > OTHER_GRAY ? hist[g] : 0;
    return other * (double)k * k / (scale * scale) < OTHER_MM2;
}

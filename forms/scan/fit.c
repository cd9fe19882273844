/* Least squares of plane maps. */
#include "geometry.h"

#include <math.h>
#include <string.h>

bool repli_fit_solve(double *a, size_t n)
{
    size_t w = n + 1;
    for (size_t c = 0; c < n; c++) {
        size_t p = c;
        for (size_t r = c + 1; r < n; r++)
            if (fabs(a[r * w + c]) > fabs(a[p * w + c]))
                p = r;
        if (fabs(a[p * w + c]) < 1e-12)
            return false;
        for (size_t k = 0; k < w; k++) {
            double t = a[c * w + k];
            a[c * w + k] = a[p * w + k];
            a[p * w + k] = t;
        }
        for (size_t r = 0; r < n; r++) {
            double f = r == c ? 0 : a[r * w + c] / a[c * w + c];
            for (size_t k = c; k < w; k++)
                a[r * w + k] -= f * a[c * w + k];
        }
    }
    for (size_t c = 0; c < n; c++)
        a[c * w + n] /= a[c * w + c];
    return true;
}

static struct xy mean_of(const struct xy *p, size_t n)
{
    struct xy m = {0, 0};
    for (size_t i = 0; i < n; i++) {
        m.x += p[i].x / (double)n;
        m.y += p[i].y / (double)n;
    }
    return m;
}

bool repli_fit_similarity(const struct xy *mm, const struct xy *px, size_t n, double h[9])
{
    if (n < 2)
        return false;
    struct xy m = mean_of(mm, n), p = mean_of(px, n);
    double re = 0, im = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        double mx = mm[i].x - m.x, my = mm[i].y - m.y, qx = px[i].x - p.x, qy = px[i].y - p.y;
        re += mx * qx + my * qy;
        im += mx * qy - my * qx;
        norm += mx * mx + my * my;
    }
    if (norm < 1e-9)
        return false;
    double a = re / norm, b = im / norm;
    const double out[9] = {a, -b, p.x - a * m.x + b * m.y, b, a, p.y - b * m.x - a * m.y, 0, 0, 1};
    memcpy(h, out, sizeof out);
    return a * a + b * b > 1e-9;
}

bool repli_fit_affine(const struct xy *mm, const struct xy *px, size_t n, double h[9])
{
    if (n < 3)
        return false;
    struct xy m = mean_of(mm, n);
    double row[2][3];
    for (int axis = 0; axis < 2; axis++) {
        double a[12] = {0};
        for (size_t i = 0; i < n; i++) {
            const double v[4] = {mm[i].x - m.x, mm[i].y - m.y, 1, axis ? px[i].y : px[i].x};
            for (size_t r = 0; r < 3; r++)
                for (size_t c = 0; c < 4; c++)
                    a[r * 4 + c] += v[r] * v[c];
        }
        if (!repli_fit_solve(a, 3))
            return false;
        row[axis][0] = a[3];
        row[axis][1] = a[7];
        row[axis][2] = a[11] - a[3] * m.x - a[7] * m.y;
    }
    const double out[9] = {row[0][0], row[0][1], row[0][2], row[1][0], row[1][1], row[1][2], 0, 0, 1};
    memcpy(h, out, sizeof out);
    return true;
}

/* h33 = 1 around the mean of the points (direct linear transform, normal equations; the sheet is scaled to about 1). */
bool repli_fit_homography(const struct xy *mm, const struct xy *px, size_t n, double h[9])
{
    if (n < 4)
        return false;
    struct xy m = mean_of(mm, n), p = mean_of(px, n);
    double a[72] = {0}, ms = 150, ps = 0;
    for (size_t i = 0; i < n; i++)
        ps += hypot(px[i].x - p.x, px[i].y - p.y) / (double)n;
    if (ps < 1e-6)
        return false;
    for (size_t i = 0; i < n; i++) {
        double x = (mm[i].x - m.x) / ms, y = (mm[i].y - m.y) / ms, u = (px[i].x - p.x) / ps, v = (px[i].y - p.y) / ps;
        const double r1[9] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u}, r2[9] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
        for (size_t r = 0; r < 8; r++)
            for (size_t c = 0; c < 9; c++)
                a[r * 9 + c] += r1[r] * r1[c] + r2[r] * r2[c];
    }
    if (!repli_fit_solve(a, 8))
        return false;
    double k[9];
    for (size_t i = 0; i < 8; i++)
        k[i] = a[i * 9 + 8];
    k[8] = 1;
    /* Undo the scaling: px = T^-1 K S mm. */
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 2; r++)
            k[r * 3 + c] = k[r * 3 + c] * ps + (r ? p.y : p.x) * k[6 + c];
    for (int r = 0; r < 3; r++) {
        double *q = k + r * 3;
        q[2] -= (q[0] * m.x + q[1] * m.y) / ms;
        q[0] /= ms;
        q[1] /= ms;
    }
    if (fabs(k[8]) < 1e-9)
        return false;
    for (int i = 0; i < 9; i++)
        h[i] = k[i] / k[8];
    return true;
}

void repli_plane_row(double x, double y, bool along_x, double f[PLANE_TERMS])
{
    double u = (x - SHEET_WIDTH_MM / 2) / PLANE_UNIT_MM, v = (y - SHEET_LONG_MM / 2) / PLANE_UNIT_MM,
           c = along_x ? u : v;
    const double a[PLANE_TERMS] = {along_x,         along_x ? u : 0, along_x ? v : 0, !along_x,
                                   along_x ? 0 : u, along_x ? 0 : v, u * c,           v * c};
    memcpy(f, a, sizeof a);
}

struct xy repli_plane_moves(const double w[PLANE_TERMS], double x, double y)
{
    struct xy by = {0, 0};
    double f[PLANE_TERMS];
    for (int axis = 0; axis < 2; axis++) {
        repli_plane_row(x, y, axis == 0, f);
        for (size_t i = 0; i < PLANE_TERMS; i++)
            *(axis ? &by.y : &by.x) += w[i] * f[i];
    }
    return by;
}

bool repli_plane_apply(const double w[PLANE_TERMS], double h[9])
{
    struct xy mm[25], px[25];
    for (int i = 0; i < 25; i++) {
        mm[i] = (struct xy){10 + i % 5 * 47.5, 10 + (double)(i / 5) * 69.25};
        struct xy by = repli_plane_moves(w, mm[i].x, mm[i].y);
        px[i] = pose_px(h, mm[i].x + by.x, mm[i].y + by.y);
    }
    return repli_fit_homography(mm, px, 25, h);
}

double repli_fit_error_mm(const double h[9], const struct xy *mm, const struct xy *px, size_t n)
{
    double worst = 0, scale = repli_pose_scale(h);
    for (size_t i = 0; i < n; i++) {
        struct xy q = pose_px(h, mm[i].x, mm[i].y);
        double e = hypot(q.x - px[i].x, q.y - px[i].y) / scale;
        worst = e > worst ? e : worst;
    }
    return worst;
}

struct local repli_pose_local(const double h[9], double x, double y)
{
    struct xy p = pose_px(h, x, y), a = pose_px(h, x + 1, y), b = pose_px(h, x, y + 1);
    struct local l = {p, {a.x - p.x, a.y - p.y}, {b.x - p.x, b.y - p.y}};
    return l;
}

void repli_pose_loss(const struct repli_pose *pose, double x_mm, double y_mm, double *dx, double *dy)
{
    *dx = *dy = 0;
    for (size_t i = 0; i < pose->ncreases; i++) {
        const struct repli_crease *c = &pose->creases[i];
        if (c->across && y_mm > c->at_mm)
            *dy += c->loss_mm;
        else if (!c->across && x_mm > c->at_mm)
            *dx += c->loss_mm;
    }
}

struct local repli_paper_local(const struct repli_pose *pose, double x_mm, double y_mm)
{
    double dx, dy;
    repli_pose_loss(pose, x_mm, y_mm, &dx, &dy);
    return repli_pose_local(pose->h, x_mm - dx, y_mm - dy);
}

double repli_pose_scale(const double h[9])
{
    struct local l = repli_pose_local(h, SHEET_WIDTH_MM / 2, SHEET_LONG_MM / 2);
    double area = fabs(l.dx.x * l.dy.y - l.dx.y * l.dy.x);
    return area > 1e-12 ? sqrt(area) : 1e-6;
}

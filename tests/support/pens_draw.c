#include <math.h>
#include <string.h>

#include "support/ink.h"
#include "support/pens.h"
#include "support/picture.h"

struct place {
    double x0, y0, w, h, cx, cy; /* mm */
};

static struct place place_of(const struct repli_box *b)
{
    struct place p = {.x0 = b->x0 / 1000.0, .y0 = b->y0 / 1000.0};
    p.w = (b->x1 - b->x0) / 1000.0, p.h = (b->y1 - b->y0) / 1000.0;
    p.cx = p.x0 + p.w / 2, p.cy = p.y0 + p.h / 2;
    return p;
}

/* A point of a mark, in widths and heights from the middle of its box, as far off as a hurried hand is. */
static struct ink_point aim(const struct place *p, double u, double v, struct prng *r)
{
    double nu = prng_normal(r, 0.06), nv = prng_normal(r, 0.06);
    return (struct ink_point){p->cx + (u + nu) * p->w, p->cy + (v + nv) * p->h};
}

static void stroke(struct repli_image *page, const struct place *p, const double (*uv)[2], size_t n, double size,
                   const struct ink_pen *pen, struct prng *r)
{
    struct ink_point pts[8];
    for (size_t i = 0; i < n; i++)
        pts[i] = aim(p, uv[i][0] * size, uv[i][1] * size, r);
    ink_line(page, pts, n, pen, r);
}

static const double tick_shape[3][2] = {{-0.36, 0.0}, {-0.08, 0.38}, {0.50, -0.50}};

static void specks(struct repli_image *page, const struct place *p, struct prng *r)
{
    int n = prng_int(r, 1, 3);
    for (int i = 0; i < n; i++) {
        double x = p->x0 + prng_in(r, 0, 1) * p->w, y = p->y0 + prng_in(r, 0, 1) * p->h;
        double radius = prng_in(r, 0.06, 0.22), level = prng_in(r, 60, 150);
        ink_blot(page, x, y, radius, level);
    }
}

/* Back and forth from top to bottom until no white is left. */
static void blacken(struct repli_image *page, const struct place *p, const struct ink_pen *pen, struct prng *r)
{
    struct ink_pen wide = *pen;
    struct ink_point pts[40];
    size_t n = (size_t)prng_int(r, 9, 14);
    wide.width_mm = fmax(pen->width_mm, 0.42);
    for (size_t i = 0; i < n; i++) {
        double v = -0.46 + 0.92 * (double)i / (double)(n - 1);
        pts[2 * i] = aim(p, -0.46, v, r);
        pts[2 * i + 1] = aim(p, 0.46, v, r);
    }
    ink_line(page, pts, 2 * n, &wide, r);
}

/* The last stroke of a word written to the left reaches into the box. */
static void tail(struct repli_image *page, const struct place *p, const struct ink_pen *pen, struct prng *r)
{
    struct ink_point pts[3];
    pts[0] = aim(p, -1.2, 0.45, r);
    pts[1] = aim(p, -0.75, 0.5, r);
    pts[2] = aim(p, -0.42, 0.40, r);
    ink_curve(page, pts, 3, pen, r);
}

void pens_draw_mark(struct repli_image *page, const struct repli_box *box, enum pens_mark mark, struct prng *r)
{
    static const double down[2][2] = {{-0.42, -0.42}, {0.42, 0.42}}, up[2][2] = {{-0.42, 0.42}, {0.42, -0.42}};
    static const double through[2][2] = {{-0.9, -0.13}, {0.9, -0.13}}, again[2][2] = {{-0.9, 0.15}, {0.9, 0.15}};
    struct place p = place_of(box);
    struct ink_pen pen = ink_any_pen(r, mark == PENS_PENCIL);
    double size = prng_in(r, 0.8, 1.25);
    switch (mark) {
    case PENS_SPECK:
        specks(page, &p, r);
        break;
    case PENS_TAIL:
        tail(page, &p, &pen, r);
        break;
    case PENS_SMALL:
        stroke(page, &p, tick_shape, 3, 0.5, &pen, r);
        break;
    case PENS_OUTSIDE:
        p.cx += (prng_chance(r, 0.5) ? 0.42 : -0.42) * p.w;
        p.cy += prng_in(r, -0.35, 0.1) * p.h;
        stroke(page, &p, tick_shape, 3, size, &pen, r);
        break;
    case PENS_TICK:
    case PENS_PENCIL:
    case PENS_STRUCK:
        stroke(page, &p, tick_shape, 3, size, &pen, r);
        if (mark == PENS_STRUCK) {
            stroke(page, &p, through, 2, 1, &pen, r);
            stroke(page, &p, again, 2, 1, &pen, r);
        }
        break;
    case PENS_CROSS:
        stroke(page, &p, down, 2, size, &pen, r);
        stroke(page, &p, up, 2, size, &pen, r);
        break;
    case PENS_SLASH:
        stroke(page, &p, up, 2, 1, &pen, r);
        break;
    case PENS_BLACKENED:
        blacken(page, &p, &pen, r);
        break;
    case PENS_NONE:
    case PENS_WRITING:
    case PENS_MARK_COUNT:
        break;
    }
}

/* One character a cell, from the right. */
static void in_cells(struct repli_image *page, const struct repli_field *f, const char *text, const struct ink_pen *pen,
                     struct prng *r)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n && i < f->nparts; i++) {
        struct place p = place_of(&f->parts[f->nparts - n + i]);
        ink_char(page, text[i], p.cx, p.cy, p.w * 0.80, p.h * 0.74, pen, r);
    }
}

/* A number in a box without cells, about its middle.  A comma takes a third of a digit and hangs below the line. */
static void in_box(struct repli_image *page, const struct repli_box *box, const char *text, const struct ink_pen *pen,
                   struct prng *r)
{
    struct place p = place_of(box);
    double units = 0, h = fmin(p.h * 0.72, 5.0);
    for (const char *s = text; *s != '\0'; s++)
        units += *s == ',' ? 0.4 : 1;
    double pitch = fmin(h * 0.85, p.w * 0.92 / units);
    double x = p.cx - units * pitch / 2 + prng_normal(r, 0.05) * p.w;
    double y = p.cy + prng_normal(r, 0.04) * p.h;
    for (const char *s = text; *s != '\0'; s++) {
        double w = (*s == ',' ? 0.4 : 1) * pitch;
        if (*s == ',')
            ink_char(page, ',', x + w / 2, y + h * 0.46, w, h * 0.3, pen, r);
        else
            ink_char(page, *s, x + w / 2, y, w * 0.92, h, pen, r);
        x += w;
    }
}

static void in_words(struct repli_image *page, const struct repli_field *f, const struct ink_pen *pen, struct prng *r)
{
    struct place p = place_of(&f->box);
    double from = p.x0 + p.w * prng_in(r, 0.06, 0.2), to = p.x0 + p.w * prng_in(r, 0.55, 0.92);
    int lines = f->kind == REPLI_FIELD_TEXT && p.h > 12 ? prng_int(r, 1, (int)(p.h / 6)) : 1;
    double each = p.h / lines;
    for (int i = 0; i < lines; i++)
        ink_scribble(page, from, p.y0 + each * i + each * 0.12, to, p.y0 + each * (i + 1) - each * 0.12, pen, r);
}

void pens_draw(struct repli_image *page, const struct repli_page_map *map, const struct pens_field *plan,
               struct prng *r)
{
    struct ink_pen pen = ink_any_pen(r, false);
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        if (i > 0 && prng_chance(r, 0.03)) /* somebody else takes over */
            pen = ink_any_pen(r, prng_chance(r, 0.03));
        if (f->kind == REPLI_FIELD_TICK)
            pens_draw_mark(page, &f->box, plan[i].mark, r);
        else if (plan[i].mark != PENS_WRITING)
            continue;
        else if (f->kind == REPLI_FIELD_DIGITS)
            in_cells(page, f, plan[i].written, &pen, r);
        else if (f->kind == REPLI_FIELD_BAND)
            in_box(page, &f->parts[plan[i].row], plan[i].written, &pen, r);
        else if (f->kind == REPLI_FIELD_WRITE || (f->kind == REPLI_FIELD_TEXT && plan[i].written))
            in_box(page, &f->box, plan[i].written, &pen, r);
        else
            in_words(page, f, &pen, r);
    }
}

/* ---- the printed sheet itself */
static void frame(struct repli_image *page, const struct repli_box *b, int32_t line)
{
    picture_fill(page, &(struct repli_box){b->x0, b->y0, b->x1, b->y0 + line}, 0);
    picture_fill(page, &(struct repli_box){b->x0, b->y1 - line, b->x1, b->y1}, 0);
    picture_fill(page, &(struct repli_box){b->x0, b->y0, b->x0 + line, b->y1}, 0);
    picture_fill(page, &(struct repli_box){b->x1 - line, b->y0, b->x1, b->y1}, 0);
}

static void code(struct repli_image *page, const struct repli_box *box, const bool *modules)
{
    enum { SIDE = 37 };
    double pitch = (box->x1 - box->x0) / (double)SIDE;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            struct repli_box b = {box->x0 + (int32_t)(x * pitch), box->y0 + (int32_t)(y * pitch),
                                  box->x0 + (int32_t)((x + 1) * pitch), box->y0 + (int32_t)((y + 1) * pitch)};
            if (modules[y * SIDE + x])
                picture_fill(page, &b, 0);
        }
    }
}

void pens_draw_sheet(struct repli_image *page, const struct repli_page_map *map, const bool *modules)
{
    enum { MARK_HALF_UM = 2500, TICK_LINE_UM = 350, LINE_UM = 300 };
    for (int i = 0; i < 5; i++) {
        const struct repli_point *m = &map->marks[i];
        picture_fill(
            page,
            &(struct repli_box){m->x - MARK_HALF_UM, m->y - MARK_HALF_UM, m->x + MARK_HALF_UM, m->y + MARK_HALF_UM}, 0);
    }
    for (int i = 0; i < 2 && modules != NULL; i++)
        code(page, &map->codes[i], modules);
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        int32_t out = f->kind == REPLI_FIELD_BAND ? LINE_UM / 2 : 0; /* rows of a table share their lines */
        for (size_t k = 0; k <= f->nparts; k++) {
            const struct repli_box *b = k ? &f->parts[k - 1] : &f->box;
            frame(page, &(struct repli_box){b->x0 - out, b->y0 - out, b->x1 + out, b->y1 + out},
                  f->kind == REPLI_FIELD_TICK ? TICK_LINE_UM : LINE_UM);
        }
    }
}

/* How fields look: ticks, combs and writing zones, and the places that go into the page map with them. */
#include <string.h>

#include "form_internal.h"

static struct pen *fixed(struct flow *flow)
{
    return &repli_flow_side(flow)->fixed;
}

void repli_draw_tick(struct flow *flow, const struct field_spec *spec, const char *prefix, int32_t x, int32_t y)
{
    struct repli_box box = repli_box_make(x, y, TICK_UM, TICK_UM);
    repli_pen_frame(fixed(flow), box, MM(0.35));
    (void)repli_flow_field(flow, spec, prefix, box);
}

int32_t repli_comb_width(const struct field_spec *spec, struct comb_size size)
{
    int32_t width = 0;
    for (const char *c = spec->cells; *c; c++)
        width += *c == '9' ? size.cell_um : size.separator_um;
    return width;
}

/* The sign between two groups of cells: colon two squares, comma a large bold one, dash a short line. */
static void separator(struct pen *pen, char sign, int32_t x, int32_t y, struct comb_size size)
{
    int32_t middle = x + size.separator_um / 2, half = y + size.height_um / 2;
    if (sign == ':') {
        repli_pen_fill(pen, repli_box_make(middle - 240, half - MM(1.2), 480, 480));
        repli_pen_fill(pen, repli_box_make(middle - 240, half + MM(0.7), 480, 480));
    } else if (sign == '-') {
        repli_pen_line(pen, middle - 450, half, middle + 450, half, MM(0.35), 0);
    } else {
        repli_pen_text(pen, (struct style){REPLI_FACE_BOLD, 1300}, ALIGN_CENTRE, middle, y + size.height_um - MM(1.2),
                       MM(2), ",");
    }
}

/* A run of cells: one frame, and thin lines between. */
static void group(struct pen *pen, int32_t x, int32_t y, size_t cells, struct comb_size size, bool strong)
{
    repli_pen_frame(pen, repli_box_make(x, y, (int32_t)cells * size.cell_um, size.height_um),
                    strong ? MM(0.6) : MM(0.3));
    for (size_t i = 1; i < cells; i++) {
        int32_t at = x + (int32_t)i * size.cell_um;
        repli_pen_line(pen, at, y, at, y + size.height_um, MM(0.22), 0);
    }
}

void repli_draw_comb(struct flow *flow, const struct field_spec *spec, const char *prefix, int32_t x, int32_t y,
                     struct comb_size size)
{
    struct repli_box box = repli_box_make(x, y, repli_comb_width(spec, size), size.height_um);
    struct repli_field *f = repli_flow_field(flow, spec, prefix, box);
    f->parts = repli_arena_array(flow->a, spec->ncells, sizeof *f->parts);
    for (const char *c = spec->cells; *c;) {
        size_t n = strspn(c, "9");
        for (size_t i = 0; i < n; i++)
            f->parts[f->nparts++] = repli_box_make(x + (int32_t)i * size.cell_um, y, size.cell_um, size.height_um);
        group(fixed(flow), x, y, n, size, spec->strong);
        x += (int32_t)n * size.cell_um;
        c += n;
        if (*c) {
            separator(fixed(flow), *c++, x, y, size);
            x += size.separator_um;
        }
    }
}

void repli_draw_zone(struct flow *flow, const struct field_spec *spec, const char *prefix, struct repli_box box)
{
    repli_pen_frame(fixed(flow), box, spec->strong ? MM(0.5) : MM(0.3));
    (void)repli_flow_field(flow, spec, prefix, box);
}

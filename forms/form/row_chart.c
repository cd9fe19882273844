/* Row kind `chart`: columns that a nurse fills one after the other.  Rows are combs and initials, or bands: the number
** is written in the row of its range, and the strips at both ends show what that row scores. */
#include <string.h>

#include "form_internal.h"

enum {
    LABEL_UM = 33000,  /* captions at the left */
    RANGES_UM = 19300, /* where the ranges begin within them */
    STRIP_UM = 4000,
    BAND_UM = 5200,     /* height of a band's row */
    BAND_MIN_UM = 4500, /* where a side has to hold more of them */
    COMB_UM = 5700,
    CELL_UM = 4200,
    COLUMNS_MAX = 12
};

struct chart_row {
    const struct repli_yaml *node;
    struct condition when; /* of whom it is printed */
    const char *label;
    struct field_spec *fields;
    size_t count;
    int32_t height_um;
    bool band;
};
struct chart_spec {
    const char *name;
    int columns;
    struct chart_row *rows;
    size_t count;
    int32_t keep_um, band_um; /* what must follow on the same side; a band's row, when it is placed */
};

static enum repli_status row_load(struct repli_form *form, const struct repli_yaml *node, struct chart_row *out,
                                  struct repli_err *err)
{
    static const char *const keys[] = {"label", "fields", "height", "if", "unless", NULL};
    const struct repli_yaml *fields = repli_yaml_get(node, "fields");
    bool single = repli_load_is_field(node);
    out->node = node;
    out->count = single ? 1 : fields && fields->kind == REPLI_YAML_LIST ? fields->count : 0;
    if (out->count == 0)
        return repli_yaml_fail(node, err, "a row of a chart is a field, or a `label` and a list of `fields`");
    out->fields = repli_arena_array(&form->arena, out->count, sizeof *out->fields);
    out->height_um = COMB_UM;
    if (single) {
        if (repli_load_field(form, node, &out->fields[0], err) != REPLI_OK)
            return REPLI_DATA;
        out->label = out->fields[0].label;
    } else if (repli_yaml_only(node, keys, err) != REPLI_OK ||
               repli_load_condition(form, node, &out->when, err) != REPLI_OK ||
               repli_load_text(form, node, "label", true, &out->label, err) != REPLI_OK) {
        return REPLI_DATA;
    }
    for (size_t i = 0; !single && i < out->count; i++)
        if (repli_load_field(form, &fields->items[i], &out->fields[i], err) != REPLI_OK)
            return REPLI_DATA;
    if (!out->label)
        return repli_yaml_fail(node, err, "`label` is missing");
    out->band = out->fields[0].kind == REPLI_FIELD_BAND;
    if (out->band)
        out->height_um = (int32_t)out->fields[0].nrows * BAND_UM;
    else if (out->fields[0].height_um > 0)
        out->height_um = out->fields[0].height_um;
    return out->count == 1 || !out->band ? REPLI_OK : repli_yaml_fail(node, err, "a band stands alone in its row");
}

static enum repli_status chart_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"chart", "only", "columns", "rows", "keep", "gap", "if", "unless", NULL};
    struct chart_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const struct repli_yaml *rows = repli_yaml_get(node, "rows");
    int64_t columns = 0;
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "chart", &s->name, err) != REPLI_OK ||
        repli_load_mm(node, "keep", 0, 100, &s->keep_um, err) != REPLI_OK ||
        repli_yaml_int(node, "columns", 1, COLUMNS_MAX, &columns, err) != REPLI_OK)
        return REPLI_DATA;
    if (!s->name || !*s->name || columns == 0 || !rows || rows->kind != REPLI_YAML_LIST || rows->count == 0)
        return repli_yaml_fail(rows ? rows : node, err, "a chart needs a name, `columns` and a list of `rows`");
    s->columns = (int)columns;
    s->count = rows->count;
    s->rows = repli_arena_array(&form->arena, s->count, sizeof *s->rows);
    for (size_t i = 0; i < s->count; i++)
        if (row_load(form, &rows->items[i], &s->rows[i], err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

/* Where everything lies; columns share what labels and strips leave. */
struct chart {
    struct flow *flow;
    const struct chart_spec *spec;
    struct pen *pen;
    int32_t x0, x1, column_um;
};

static int32_t gap_after(const struct chart_spec *s, size_t i)
{
    bool next = i + 1 < s->count && s->rows[i + 1].band;
    return i + 1 == s->count || (s->rows[i].band && next) ? 0 : next ? MM(1.2) : MM(0.8);
}

/* One end of a row: how much it scores, told by pattern and figure so that no colour is needed. */
static void strip(struct pen *pen, int32_t x, int32_t y, int32_t h, int score)
{
    const int32_t w = STRIP_UM, spare = (BAND_UM - h) / 2;
    const char figure[2] = {(char)('0' + (score > 0 ? score : 0)), 0};
    if (score <= 0)
        return;
    if (score == 3)
        repli_pen_fill(pen, repli_box_make(x, y, w, h));
    if (score == 1)
        for (int side = 0; side < 2; side++) {
            int32_t at = x + (side ? w - 420 : 420);
            repli_pen_line(pen, at, y + 350, at, y + h - 250, 500, 500);
        }
    /* Diagonals left and right of a white plate of 2.2 mm that holds the figure. */
    for (int32_t i = 0; score == 2 && i < 4; i++)
        for (int side = 0; side < 2; side++) {
            int32_t left = x + (side ? w - 860 : 160), top = y + 420 - spare / 2 + i * (1200 - spare / 3);
            repli_pen_line(pen, left, top + 760, left + 700, top, 350, 0);
        }
    struct style style = STYLE_STRONG;
    if (score == 3)
        repli_pen_white(pen, style, ALIGN_CENTRE, x + w / 2, y + MM(3.67) - spare, w, figure);
    else
        repli_pen_text(pen, style, ALIGN_CENTRE, x + w / 2, y + MM(3.67) - spare, w, figure);
}

/* The largest size in which every word of a name fits its room: some languages have long words for short things. */
static struct style name_style(struct repli_arena *a, const char *name, int32_t room_um)
{
    static const int32_t sizes[] = {850, 800, 750, 0};
    struct style style = STYLE_STRONG;
    for (const char *w = name; *w;) {
        size_t n = strcspn(w, " ");
        int32_t cpt = repli_pen_fit(REPLI_FACE_BOLD, sizes, room_um, repli_arena_strndup(a, w, n));
        style.cpt = cpt < style.cpt ? cpt : style.cpt;
        w += n + (w[n] == ' ');
    }
    return style;
}

static void band_labels(struct chart *c, const struct chart_row *row, int32_t y)
{
    const struct field_spec *f = &row->fields[0];
    struct para p = {.room_um = RANGES_UM - MM(0.6), .leading_um = MM(3.3)};
    p.plain = p.bold = name_style(c->flow->a, row->label, p.room_um);
    struct para unit = {.plain = STYLE_CAPTION, .bold = STYLE_CAPTION, .room_um = p.room_um, .leading_um = MM(3.0)};
    size_t lines = repli_para(c->pen, c->pen->t, c->flow->a, &p, c->flow->x0, y + MM(3.2), row->label);
    int32_t below = y + MM(3.2) + (int32_t)lines * p.leading_um;
    size_t units = f->unit ? repli_para(c->pen, c->pen->t, c->flow->a, &unit, c->flow->x0, below, f->unit) : 0;
    if (below - MM(3.2) + MM(0.4) + (int32_t)units * unit.leading_um > y + row->height_um)
        repli_trouble(c->pen->t, "\"%s\" needs more lines than its band is high: shorten the text", row->label);
    const int32_t band = c->spec->band_um, room = LABEL_UM - RANGES_UM - MM(1.2);
    static const int32_t sizes[] = {850, 800, 750, 700, 0};
    for (size_t i = 0; i < f->nrows; i++) {
        int32_t top = y + (int32_t)i * band;
        struct style style = f->rows[i].score == 3 ? STYLE_STRONG : STYLE_LABEL;
        style.cpt = repli_pen_fit(style.face, sizes, room, f->rows[i].label);
        repli_pen_text(c->pen, style, ALIGN_RIGHT, c->flow->x0 + LABEL_UM - MM(1.2),
                       top + MM(3.67) - (BAND_UM - band) / 2, room, f->rows[i].label);
        strip(c->pen, c->flow->x0 + LABEL_UM, top, band, f->rows[i].score);
        strip(c->pen, c->x1, top, band, f->rows[i].score);
        if (i > 0)
            repli_pen_line(c->pen, c->flow->x0 + RANGES_UM, top, c->x1, top, MM(0.25), 0);
    }
}

/* A band without scores has no strip at its right end: its rules end with its last column. */
static int32_t rule_end(const struct chart *c, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct field_spec *f = &c->spec->rows[i].fields[0];
        for (size_t k = 0; k < f->nrows; k++)
            if (f->rows[k].score >= 0)
                return c->flow->x1;
    }
    return c->x1;
}

/* Rules of one run of bands [y0, y1): across above and below each band, and between the columns. */
static void band_grid(struct chart *c, size_t first, size_t end, int32_t y0)
{
    int32_t y = y0, right = rule_end(c, first, end);
    repli_pen_line(c->pen, c->flow->x0, y, right, y, MM(0.5), 0);
    for (size_t i = first; i < end; i++) {
        y += c->spec->rows[i].height_um;
        repli_pen_line(c->pen, c->flow->x0, y, right, y, MM(0.5), 0);
    }
    for (int i = 0; i <= c->spec->columns; i++) {
        int32_t x = c->x0 + i * c->column_um;
        repli_pen_line(c->pen, x, y0, x, y, MM(0.25), 0);
    }
}

static void band_field(struct chart *c, const struct chart_row *row, const char *prefix, int32_t x, int32_t y)
{
    const struct field_spec *f = &row->fields[0];
    struct repli_field *out = repli_flow_field(c->flow, f, prefix, repli_box_make(x, y, c->column_um, row->height_um));
    out->parts = repli_arena_array(c->flow->a, f->nrows, sizeof *out->parts);
    out->nparts = f->nrows;
    for (size_t i = 0; i < f->nrows; i++)
        out->parts[i] = repli_box_make(x, y + (int32_t)i * c->spec->band_um, c->column_um, c->spec->band_um);
}

static int32_t field_width(const struct chart *c, const struct field_spec *f, struct comb_size size)
{
    if (f->kind == REPLI_FIELD_DIGITS)
        return repli_comb_width(f, size);
    return f->kind == REPLI_FIELD_TICK ? TICK_UM : f->width_um > 0 ? f->width_um : c->column_um - MM(2);
}

/* The fields of one row in one column, side by side in the middle of it. */
static void column_fields(struct chart *c, const struct chart_row *row, const char *prefix, int32_t x, int32_t y)
{
    const struct comb_size size = {CELL_UM, MM(1.4), row->height_um};
    const int32_t gap = MM(2.6);
    int32_t width = -gap;
    for (size_t i = 0; i < row->count; i++)
        width += gap + field_width(c, &row->fields[i], size);
    if (width > c->column_um - MM(1.2))
        repli_trouble(c->pen->t, "the row is %.1f mm wide, a column of %d has %.1f mm", width / 1000.0,
                      c->spec->columns, (c->column_um - MM(1.2)) / 1000.0);
    x += (c->column_um - width) / 2;
    for (size_t i = 0; i < row->count; i++) {
        const struct field_spec *f = &row->fields[i];
        int32_t w = field_width(c, f, size);
        if (f->kind == REPLI_FIELD_DIGITS)
            repli_draw_comb(c->flow, f, prefix, x, y, size);
        else if (f->kind == REPLI_FIELD_TICK)
            repli_draw_tick(c->flow, f, prefix, x, y + (row->height_um - TICK_UM) / 2);
        else
            repli_draw_zone(c->flow, f, prefix, repli_box_make(x, y, w, row->height_um));
        x += w + gap;
    }
}

/* "Day ({month})": the month of the window, or both of them; such a label is this window's data, not the form's. */
static const char *with_month(struct flow *flow, const char *label)
{
    const struct language *l = &flow->form->language;
    struct repli_civil from, to;
    if (repli_flow_nobody(flow))
        return repli_form_put(label, "month", "\xE2\x80\xA6", flow->a);
    repli_zone_civil(flow->in->zone, flow->in->window_utc, &from);
    repli_zone_civil(flow->in->zone, flow->in->window_utc + (int64_t)flow->in->window_hours * 3600 - 1, &to);
    const char *month =
        repli_arena_printf(flow->a, "%s%s%s %d", l->months[from.month - 1], from.month != to.month ? "/" : "",
                           from.month != to.month ? l->months[to.month - 1] : "", to.year);
    return repli_form_put(label, "month", month, flow->a);
}

static void chart_column(struct chart *c, int number, int32_t y0)
{
    struct side_build *side = repli_flow_side(c->flow);
    const char *prefix = repli_arena_printf(c->flow->a, "%s%d", c->spec->name, number + 1);
    size_t from = side->nfields;
    int32_t y = y0, x = c->x0 + number * c->column_um;
    for (size_t i = 0; i < c->spec->count; i++) {
        const struct chart_row *row = &c->spec->rows[i];
        size_t first = side->nfields;
        c->pen->t->node = row->node;
        if (row->band)
            band_field(c, row, prefix, x, y);
        else
            column_fields(c, row, prefix, x, y);
        for (size_t f = first; f < side->nfields; f++)
            side->fields[f].label = with_month(c->flow, *side->fields[f].label ? side->fields[f].label : row->label);
        y += row->height_um + gap_after(c->spec, i);
    }
    repli_flow_captures(c->flow, from, repli_arena_printf(c->flow->a, "\"column\":%d,", number + 1));
}

static void chart_labels(struct chart *c, int32_t y)
{
    const struct chart_spec *s = c->spec;
    for (size_t i = 0; i < s->count; i++) {
        const struct chart_row *row = &s->rows[i];
        c->pen->t->node = row->node;
        if (row->band) {
            size_t end = i;
            while (end < s->count && s->rows[end].band)
                end++;
            if (i == 0 || !s->rows[i - 1].band)
                band_grid(c, i, end, y);
            band_labels(c, row, y);
        } else {
            bool month = strstr(row->label, "{month}") != NULL;
            struct pen *pen = month ? &repli_flow_side(c->flow)->filled : c->pen;
            struct style style = row->fields[0].strong ? STYLE_SECTION : STYLE_STRONG;
            repli_pen_text(pen, style, ALIGN_LEFT, c->flow->x0, y + row->height_um / 2 + MM(1.1),
                           LABEL_UM + STRIP_UM - MM(0.5), with_month(c->flow, row->label));
        }
        y += row->height_um + gap_after(s, i);
    }
}

/* The rows that are printed of this patient, as high as the side allows. */
static struct chart_spec of_this(struct flow *flow, const struct chart_spec *all, int32_t *height)
{
    struct chart_spec s = *all;
    int32_t bands = 0, others = 0;
    s.rows = repli_arena_array(flow->a, all->count + 1, sizeof *s.rows);
    s.count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (repli_condition_holds(flow, &all->rows[i].when))
            s.rows[s.count++] = all->rows[i];
    for (size_t i = 0; i < s.count; i++) {
        bands += s.rows[i].band ? (int32_t)s.rows[i].fields[0].nrows : 0;
        others += (s.rows[i].band ? 0 : s.rows[i].height_um) + gap_after(&s, i);
    }
    (void)repli_flow_side(flow);
    int32_t room = flow->end - flow->y - others - s.keep_um;
    s.band_um = BAND_UM;
    if (bands > 0 && room < bands * BAND_UM && room >= bands * BAND_MIN_UM)
        s.band_um = room / bands / 10 * 10;
    for (size_t i = 0; i < s.count; i++)
        if (s.rows[i].band)
            s.rows[i].height_um = (int32_t)s.rows[i].fields[0].nrows * s.band_um;
    *height = others + bands * s.band_um;
    return s;
}

static void chart_place(struct flow *flow, const struct row *row)
{
    int32_t height = 0;
    const struct chart_spec of = of_this(flow, row->spec, &height), *s = &of;
    int32_t y = repli_flow_take(flow, height, row->gap_um);
    struct chart c = {
        .flow = flow, .spec = s, .pen = &repli_flow_side(flow)->fixed, .x0 = flow->x0 + LABEL_UM + STRIP_UM};
    c.column_um = (flow->x1 - STRIP_UM - c.x0) / s->columns / 10 * 10;
    c.x1 = c.x0 + c.column_um * s->columns;
    chart_labels(&c, y);
    for (int i = 0; i < s->columns; i++)
        chart_column(&c, i, y);
    flow->trouble.node = row->node;
}

const struct row_kind repli_row_chart = {"chart", chart_load, chart_place, MM(1)};

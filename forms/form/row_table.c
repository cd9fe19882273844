/* Row kind `table`: a dataset's rows as print, or a number of empty rows as fields. Captions stand once above. */
#include "form_internal.h"

enum { CAPTION_UM = 4200, LINE_UM = 4600, LEADING_UM = 3500, COLUMNS_MAX = 16, ACROSS_MAX = 4, ACROSS_GAP_UM = 5000 };

struct table_column {
    const struct repli_yaml *node;
    const char *head;
    int32_t width_um;
    bool strong, right;
    const struct repli_yaml *show, *names; /* data: columns, and English names of their values */
    const char *by;
    struct field_spec *field; /* empty rows: what to write */
};
struct table_spec {
    const char *name, *dataset, *empty;
    int rows, across;
    int32_t row_um, room_um, caption_um; /* caption: 0 when no column has one */
    struct table_column columns[COLUMNS_MAX];
    size_t count;
};

static enum repli_status cell_load(struct repli_form *form, const struct table_spec *s, const struct repli_yaml *node,
                                   struct table_column *out, struct repli_err *err)
{
    static const char *const keys[] = {"show", "names", "by", "head", "width", "strong", "right", NULL};
    const char *unused = NULL;
    out->show = repli_yaml_get(node, "show");
    out->names = repli_yaml_get(node, "names");
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "by", &out->by, err) != REPLI_OK ||
        repli_yaml_bool(node, "strong", &out->strong, err) != REPLI_OK ||
        repli_yaml_bool(node, "right", &out->right, err) != REPLI_OK)
        return REPLI_DATA;
    if (!out->show || out->show->kind != REPLI_YAML_LIST || out->show->count == 0)
        return repli_yaml_fail(node, err, "`show` must be a list of columns of the dataset %s", s->dataset);
    for (size_t i = 0; i < out->show->count; i++)
        if (out->show->items[i].kind != REPLI_YAML_SCALAR ||
            !repli_load_column_known(s->dataset, out->show->items[i].text))
            return repli_yaml_fail(&out->show->items[i], err, "the dataset %s has no such column", s->dataset);
    if (out->by && !repli_load_column_known(s->dataset, out->by))
        return repli_yaml_fail(repli_yaml_get(node, "by"), err, "the dataset %s has no column \"%s\"", s->dataset,
                               out->by);
    for (size_t i = 0; out->names && i < out->names->count; i++)
        if (repli_load_text(form, out->names, out->names->items[i].key, true, &unused, err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

static enum repli_status column_load(struct repli_form *form, const struct table_spec *s, const struct repli_yaml *node,
                                     struct table_column *out, struct repli_err *err)
{
    out->node = node;
    out->width_um = -1;
    if (repli_load_text(form, node, "head", false, &out->head, err) != REPLI_OK ||
        repli_load_mm(node, "width", 4, 180, &out->width_um, err) != REPLI_OK)
        return REPLI_DATA;
    if (out->width_um < 0)
        return repli_yaml_fail(node, err, "`width` is missing: how many mm wide is the column");
    if (s->dataset)
        return cell_load(form, s, node, out, err);
    out->field = repli_arena_alloc(&form->arena, sizeof *out->field);
    return repli_load_field(form, node, out->field, err);
}

static enum repli_status widths_check(const struct table_spec *s, const struct repli_yaml *node, struct repli_err *err)
{
    int32_t sum = 0, room = (BODY_X1 - BODY_X0 - (s->across - 1) * ACROSS_GAP_UM) / s->across;
    for (size_t i = 0; i < s->count; i++)
        sum += s->columns[i].width_um;
    return sum <= room ? REPLI_OK
                       : repli_yaml_fail(node, err, "the columns are %.1f mm wide together, there are %.1f mm",
                                         sum / 1000.0, room / 1000.0);
}

static enum repli_status table_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"table", "only",  "dataset", "rows", "across", "row_height",
                                       "room",  "empty", "columns", "gap",  NULL};
    struct table_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const struct repli_yaml *columns = repli_yaml_get(node, "columns");
    int64_t rows = 0, across = 1;
    *spec = s;
    s->row_um = MM(8.6);
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "table", &s->name, err) != REPLI_OK ||
        repli_yaml_int(node, "rows", 1, 60, &rows, err) != REPLI_OK ||
        repli_yaml_int(node, "across", 1, ACROSS_MAX, &across, err) != REPLI_OK ||
        repli_load_mm(node, "row_height", 5, 60, &s->row_um, err) != REPLI_OK ||
        repli_load_mm(node, "room", 0, 200, &s->room_um, err) != REPLI_OK)
        return REPLI_DATA;
    s->rows = (int)rows;
    s->across = (int)across;
    if (repli_yaml_get(node, "dataset") && (repli_load_dataset(form, node, &s->dataset, err) != REPLI_OK ||
                                            repli_load_text(form, node, "empty", true, &s->empty, err) != REPLI_OK))
        return REPLI_DATA;
    if (!s->name || !*s->name || !s->dataset == !s->rows)
        return repli_yaml_fail(node, err, "a table needs a name, and either a `dataset` or a number of empty `rows`");
    if (!columns || columns->kind != REPLI_YAML_LIST || columns->count == 0 || columns->count > COLUMNS_MAX)
        return repli_yaml_fail(columns ? columns : node, err, "`columns` must be a list of 1 to %d columns",
                               COLUMNS_MAX);
    s->count = columns->count;
    for (size_t i = 0; i < s->count; i++)
        if (column_load(form, s, &columns->items[i], &s->columns[i], err) != REPLI_OK)
            return REPLI_DATA;
    for (size_t i = 0; i < s->count; i++)
        s->caption_um = s->columns[i].head ? CAPTION_UM : s->caption_um;
    return widths_check(s, node, err);
}

static void captions(struct flow *flow, const struct table_spec *s, int32_t x, int32_t y)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct table_column *c = &s->columns[i];
        flow->trouble.node = c->node;
        bool right = c->right && s->dataset;
        if (c->head)
            repli_pen_text(&repli_flow_side(flow)->fixed, STYLE_CAPTION, right ? ALIGN_RIGHT : ALIGN_LEFT,
                           right ? x + c->width_um - MM(3) : x, y + MM(3.2), c->width_um - MM(1), c->head);
        x += c->width_um;
    }
}

/* ---- empty rows */
static void field_cell(struct flow *flow, const struct table_spec *s, const struct table_column *c, const char *prefix,
                       int32_t x, int32_t y)
{
    const struct field_spec *f = c->field;
    const struct comb_size size = {MM(4.4), MM(1.5), MM(6.2)};
    int32_t height = f->kind == REPLI_FIELD_INITIALS ? MM(6.4) : s->row_um - MM(0.9);
    flow->trouble.node = c->node;
    if (f->kind == REPLI_FIELD_TICK)
        repli_draw_tick(flow, f, prefix, x, y + (s->row_um - TICK_UM) / 2);
    else if (f->kind == REPLI_FIELD_DIGITS)
        repli_draw_comb(flow, f, prefix, x, y + (s->row_um - size.height_um) / 2, size);
    else
        repli_draw_zone(flow, f, prefix,
                        repli_box_make(x, y + (s->row_um - height) / 2, c->width_um - MM(1.6), height));
    struct side_build *side = repli_flow_side(flow);
    struct repli_field *field = &side->fields[side->nfields - 1];
    if (field->box.x1 > x + c->width_um)
        repli_trouble(&flow->trouble, "`%s` needs %.1f mm, its column has %.1f mm", f->id, (field->box.x1 - x) / 1000.0,
                      c->width_um / 1000.0);
    if (!*field->label && c->head)
        field->label = c->head;
}

static void empty_rows(struct flow *flow, const struct row *row)
{
    const struct table_spec *s = row->spec;
    for (int i = 0; i < s->rows; i++) {
        bool head = i == 0 || !repli_flow_fits(flow, s->row_um);
        int32_t y = repli_flow_take(flow, s->row_um + (head ? s->caption_um : 0), 0), x = BODY_X0;
        if (head)
            captions(flow, s, x, y);
        y += head ? s->caption_um : 0;
        size_t from = repli_flow_side(flow)->nfields;
        const char *prefix = repli_arena_printf(flow->a, "%s%d", s->name, i + 1);
        for (size_t c = 0; c < s->count; c++) {
            field_cell(flow, s, &s->columns[c], prefix, x, y);
            x += s->columns[c].width_um;
        }
        repli_flow_captures(flow, from, repli_arena_printf(flow->a, "\"row\":%d,", i + 1));
    }
    flow->y += row->gap_um;
}

/* ---- rows of a dataset */
static const char *cell_text(struct flow *flow, const struct table_column *c, const struct repli_dataset *set,
                             size_t row)
{
    const char *code = c->by ? repli_dataset_cell(set, row, c->by) : NULL;
    const struct repli_yaml *name = code && c->names ? repli_yaml_get(c->names, code) : NULL;
    if (name)
        return repli_form_used(flow->form, name->text);
    struct repli_buf b = {0};
    for (size_t i = 0; i < c->show->count; i++) {
        const char *raw = repli_dataset_cell(set, row, c->show->items[i].text);
        const char *shown = repli_flow_cell(flow, set, row, c->show->items[i].text);
        if (i > 0 && (!raw || !*raw || !*shown))
            continue; /* a unit that was not sent or is none; a value that was not sent says so */
        repli_buf_puts(&b, i ? "\xC2\xA0" : "");
        repli_buf_puts(&b, shown);
    }
    const char *text = repli_arena_strndup(flow->a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

static struct para cell_para(const struct table_column *c, const char *text)
{
    struct style style = c->strong ? STYLE_STRONG : STYLE_LABEL;
    int32_t room = c->width_um - (c->right ? MM(3) : MM(1.5));
    return (struct para){style, style, room, repli_pen_leading(style, text, LEADING_UM), true, false};
}

/* A cell of a printed row, measured before the row's height is known. */
struct data_cell {
    const struct table_column *column;
    const char *text;
    struct para para;
    size_t lines;
    int32_t above, below;
};

static void data_cell(struct flow *flow, const struct data_cell *cell, int32_t x, int32_t baseline)
{
    struct pen *pen = &repli_flow_side(flow)->filled;
    if (cell->column->right && cell->lines == 1)
        repli_pen_text(pen, cell->para.plain, ALIGN_RIGHT, x + cell->para.room_um, baseline, cell->para.room_um,
                       cell->text);
    else
        (void)repli_para(pen, NULL, flow->a, &cell->para, x, baseline, cell->text);
}

/* Measures one row of the dataset, if there is such a row, and raises the line's needs above and under its baseline. */
static void measure_cells(struct flow *flow, const struct table_spec *s, const struct repli_dataset *set, size_t row,
                          struct data_cell *cells, int32_t *above, int32_t *rest)
{
    for (size_t c = 0; row < set->nrows && c < s->count; c++) {
        struct data_cell *d = &cells[c];
        d->column = &s->columns[c];
        d->text = cell_text(flow, d->column, set, row);
        d->para = cell_para(d->column, d->text);
        d->lines = repli_para(NULL, NULL, flow->a, &d->para, 0, 0, d->text);
        repli_pen_ink(d->para.plain, d->text, &d->above, &d->below);
        int32_t under = (int32_t)(d->lines - 1) * d->para.leading_um + d->below;
        *above = d->above > *above ? d->above : *above;
        *rest = under > *rest ? under : *rest;
    }
}

/* One printed line: `across` rows of the dataset side by side, on one baseline. */
static void data_line(struct flow *flow, const struct table_spec *s, const struct repli_dataset *set, size_t line,
                      size_t per, bool first)
{
    struct data_cell cells[ACROSS_MAX][COLUMNS_MAX];
    int32_t above = MM(2.5), rest = MM(0.7), pitch = (BODY_X1 - BODY_X0 + ACROSS_GAP_UM) / s->across;
    for (size_t a = 0; a < (size_t)s->across; a++)
        measure_cells(flow, s, set, a * per + line, cells[a], &above, &rest);
    int32_t height = repli_snap(above + rest + MM(1.4));
    bool head = first || !repli_flow_fits(flow, height);
    int32_t y = repli_flow_take(flow, height + (head ? s->caption_um : 0), 0);
    for (size_t a = 0; a < (size_t)s->across; a++) {
        int32_t x = BODY_X0 + (int32_t)a * pitch;
        if (head)
            captions(flow, s, x, y);
        for (size_t c = 0; a * per + line < set->nrows && c < s->count; c++) {
            data_cell(flow, &cells[a][c], x, y + (head ? s->caption_um : 0) + MM(0.7) + above);
            x += s->columns[c].width_um;
        }
    }
}

static void data_rows(struct flow *flow, const struct row *row)
{
    const struct table_spec *s = row->spec;
    const struct repli_dataset *set = repli_flow_data(flow, s->dataset);
    size_t n = set ? set->nrows : 0, per = (n + (size_t)s->across - 1) / (size_t)s->across;
    if (s->room_um && !repli_flow_fits(flow, s->room_um))
        repli_flow_new_side(flow);
    int32_t top = flow->y;
    size_t side = flow->nsides;
    for (size_t i = 0; i < per; i++)
        data_line(flow, s, set, i, per, i == 0);
    if (n == 0) {
        int32_t y = repli_flow_take(flow, LINE_UM + s->caption_um, 0);
        captions(flow, s, BODY_X0, y);
        repli_pen_text(&repli_flow_side(flow)->filled, STYLE_LABEL, ALIGN_LEFT, BODY_X0, y + s->caption_um + MM(3.3),
                       BODY_X1 - BODY_X0, repli_flow_nobody(flow) ? "" : s->empty);
    }
    if (side == flow->nsides && flow->y < top + s->room_um)
        flow->y = top + s->room_um;
    flow->y += row->gap_um;
}

static void table_place(struct flow *flow, const struct row *row)
{
    const struct table_spec *s = row->spec;
    if (s->dataset)
        data_rows(flow, row);
    else
        empty_rows(flow, row);
    flow->trouble.node = row->node;
}

const struct row_kind repli_row_table = {"table", table_load, table_place, MM(2.4)};

/* Row kind `table`: a dataset's rows as print, with fields where the template has some, or empty rows as fields. */
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

enum {
    CAPTION_UM = 4200,
    OVER_UM = 4200,
    DAY_UM = 6600,
    LINE_UM = 4600,
    LEADING_UM = 3500,
    COLUMNS_MAX = 16,
    ACROSS_MAX = 4,
    ACROSS_GAP_UM = 5000
};

struct table_column {
    const struct repli_yaml *node;
    const char *head, *over; /* over: above the heads of this column and those after it, up to the next one */
    int32_t width_um;
    bool strong, right, large, optional;   /* optional: what was not transmitted leaves the cell empty */
    const struct repli_yaml *show, *names; /* data: columns, and English names of their values */
    const char *by, *join;                 /* join: between the columns shown; NULL: a blank that holds them together */
    struct field_spec *field;              /* empty rows: what to write */
};
struct table_spec {
    const char *name, *dataset, *empty;
    const char *kind, *what; /* of the capture that the fields of a row are; NULL = each by its own */
    const char *days;        /* column of a time: only rows up to the end of the next day, each day under its date */
    bool rule, fields;       /* a line under each row; some columns of a dataset's rows are fields */
    int rows, across;
    int32_t row_um, room_um, caption_um, over_um; /* caption, over: 0 when no column has one */
    int32_t least_um;                             /* height of a printed row; 0: what its words need */
    struct table_column columns[COLUMNS_MAX];
    size_t count;
};

static enum repli_status cell_load(struct repli_form *form, const struct table_spec *s, const struct repli_yaml *node,
                                   struct table_column *out, struct repli_err *err)
{
    static const char *const keys[] = {"show",  "names",  "by",    "head",  "over",     "join",
                                       "width", "strong", "right", "large", "optional", NULL};
    const char *unused = NULL;
    out->show = repli_yaml_get(node, "show");
    out->names = repli_yaml_get(node, "names");
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "by", &out->by, err) != REPLI_OK ||
        repli_yaml_text(node, "join", &out->join, err) != REPLI_OK ||
        repli_yaml_bool(node, "strong", &out->strong, err) != REPLI_OK ||
        repli_yaml_bool(node, "large", &out->large, err) != REPLI_OK ||
        repli_yaml_bool(node, "optional", &out->optional, err) != REPLI_OK ||
        repli_yaml_bool(node, "right", &out->right, err) != REPLI_OK)
        return REPLI_DATA;
    if (!out->show || out->show->kind != REPLI_YAML_LIST || out->show->count == 0)
        return repli_yaml_fail(node, err, "`show` must be a list of columns of the dataset %s", s->dataset);
    for (size_t i = 0; i < out->show->count; i++)
        if (out->show->items[i].kind != REPLI_YAML_SCALAR ||
            !repli_load_column_known(s->dataset, out->show->items[i].text))
            return repli_load_no_column(&out->show->items[i], s->dataset, out->show->items[i].text, err);
    if (out->by && !repli_load_column_known(s->dataset, out->by))
        return repli_load_no_column(repli_yaml_get(node, "by"), s->dataset, out->by, err);
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
        repli_load_text(form, node, "over", false, &out->over, err) != REPLI_OK ||
        repli_load_mm(node, "width", 4, 180, &out->width_um, err) != REPLI_OK)
        return REPLI_DATA;
    if (out->width_um < 0)
        return repli_yaml_fail(node, err, "`width` is missing: how many mm wide is the column");
    if (s->dataset && !repli_load_is_field(node))
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

/* What only a table of a dataset can say; `columns` are loaded. */
static enum repli_status dataset_check(struct table_spec *s, const struct repli_yaml *node, struct repli_err *err)
{
    for (size_t i = 0; s->dataset && i < s->count; i++)
        s->fields = s->fields || s->columns[i].field;
    if (s->days && (!s->dataset || !repli_load_column_known(s->dataset, s->days) || !strstr(s->days, "_utc")))
        return repli_yaml_fail(repli_yaml_get(node, "days"), err,
                               "`days` is a column of the dataset that holds a time");
    if (s->fields && s->across > 1)
        return repli_yaml_fail(node, err, "rows of a dataset with fields stand below each other: leave `across` out");
    if (s->kind && s->dataset && !s->fields)
        return repli_yaml_fail(repli_yaml_get(node, "capture"), err, "a capture needs fields");
    if (s->fields && !s->least_um)
        return repli_yaml_fail(node, err, "`row_height` is missing: how high is a row with fields");
    return REPLI_OK;
}

static enum repli_status table_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"table",      "only", "if",    "unless",  "dataset", "rows",    "across", "days",
                                       "row_height", "room", "empty", "columns", "gap",     "capture", "rule",   NULL};
    static const char *const kinds[] = {"document", "closing", NULL};
    struct table_spec *s = *spec = repli_arena_alloc(&form->arena, sizeof *s);
    const struct repli_yaml *columns = repli_yaml_get(node, "columns");
    int64_t rows = 0, across = 1;
    s->row_um = MM(8.6);
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "table", &s->name, err) != REPLI_OK ||
        repli_yaml_int(node, "rows", 1, 60, &rows, err) != REPLI_OK ||
        repli_yaml_int(node, "across", 1, ACROSS_MAX, &across, err) != REPLI_OK ||
        repli_load_mm(node, "row_height", 5, 60, &s->row_um, err) != REPLI_OK ||
        repli_load_mm(node, "room", 0, 200, &s->room_um, err) != REPLI_OK ||
        repli_load_kind(node, kinds, &s->kind, &s->what, err) != REPLI_OK ||
        repli_yaml_text(node, "days", &s->days, err) != REPLI_OK ||
        repli_yaml_bool(node, "rule", &s->rule, err) != REPLI_OK)
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
    for (size_t i = 0; i < s->count; i++) {
        s->caption_um = s->columns[i].head ? CAPTION_UM : s->caption_um;
        s->over_um = s->columns[i].over ? OVER_UM : s->over_um;
    }
    s->caption_um += s->over_um;
    s->least_um = repli_yaml_get(node, "row_height") && s->dataset ? s->row_um : 0;
    return dataset_check(s, node, err) == REPLI_OK ? widths_check(s, node, err) : REPLI_DATA;
}

/* Words above the heads of several columns, with a line from the first to the last of them. */
static void over(struct flow *flow, const struct table_spec *s, size_t first, int32_t x, int32_t y)
{
    struct pen *pen = &repli_flow_side(flow)->fixed;
    int32_t width = s->columns[first].width_um;
    for (size_t i = first + 1; i < s->count && !s->columns[i].over; i++)
        width += s->columns[i].width_um;
    repli_pen_text(pen, STYLE_STRONG, ALIGN_LEFT, x, y + MM(3.0), width - MM(1), s->columns[first].over);
    repli_pen_line(pen, x, y + MM(4.2), x + width - MM(2.4), y + MM(4.2), MM(0.3), 0);
}

static void captions(struct flow *flow, const struct table_spec *s, int32_t x, int32_t y)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    for (size_t i = 0; i < s->count; i++) {
        const struct table_column *c = &s->columns[i];
        flow->trouble.node = c->node;
        bool right = c->right && s->dataset;
        int32_t room = c->width_um - MM(1);
        struct style style = STYLE_CAPTION;
        if (c->over)
            over(flow, s, i, x, y);
        if (c->head)
            style.cpt = repli_pen_fit(style.face, sizes, room, c->head);
        if (c->head)
            repli_pen_text(&repli_flow_side(flow)->fixed, style, right ? ALIGN_RIGHT : ALIGN_LEFT,
                           right ? x + c->width_um - MM(3) : x, y + s->over_um + MM(3.2), room, c->head);
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
        repli_draw_tick(flow, f, prefix, x + (s->dataset ? MM(1) : 0), y + (s->row_um - TICK_UM) / 2);
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
static bool time_of(const struct repli_dataset *set, size_t row, const char *column, int64_t *utc)
{
    const char *text = repli_dataset_cell(set, row, column);
    return text && repli_integer(text, -2208988800, 7258118400, utc);
}

/* A time under its date is told without it. */
static const char *shown_cell(struct flow *flow, const struct table_spec *s, const struct repli_dataset *set,
                              size_t row, const char *column)
{
    struct repli_civil t;
    int64_t utc = 0;
    if (!s->days || strcmp(s->days, column) != 0 || !time_of(set, row, column, &utc))
        return repli_flow_cell(flow, set, row, column);
    repli_zone_civil(flow->in->zone, utc, &t);
    return repli_arena_printf(flow->a, "%02d:%02d", t.hour, t.minute);
}

static const char *cell_text(struct flow *flow, const struct table_spec *s, const struct table_column *c,
                             const struct repli_dataset *set, size_t row)
{
    const char *code = c->by ? repli_dataset_cell(set, row, c->by) : NULL;
    const struct repli_yaml *name = code && c->names ? repli_yaml_get(c->names, code) : NULL;
    if (name)
        return repli_flow_with_columns(flow, set, row, repli_form_used(flow->form, name->text));
    struct repli_buf b = {0};
    for (size_t i = 0; i < c->show->count; i++) {
        const char *raw = repli_dataset_cell(set, row, c->show->items[i].text);
        const char *shown = shown_cell(flow, s, set, row, c->show->items[i].text);
        if ((i > 0 || c->optional) && (!raw || !*raw || !*shown))
            continue; /* a unit that was not sent or is none; a value that was not sent says so */
        repli_buf_puts(&b, b.len == 0 ? "" : c->join ? c->join : "\xC2\xA0");
        repli_buf_puts(&b, shown);
    }
    const char *text = repli_arena_strndup(flow->a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

static struct para cell_para(const struct table_column *c, const char *text)
{
    struct style style = c->large ? STYLE_DATA : c->strong ? STYLE_STRONG : STYLE_LABEL;
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
        if (d->column->field)
            continue;
        d->text = cell_text(flow, s, d->column, set, row);
        d->para = cell_para(d->column, d->text);
        d->lines = repli_para(NULL, NULL, flow->a, &d->para, 0, 0, d->text);
        repli_pen_ink(d->para.plain, d->text, &d->above, &d->below);
        int32_t under = (int32_t)(d->lines - 1) * d->para.leading_um + d->below;
        *above = d->above > *above ? d->above : *above;
        *rest = under > *rest ? under : *rest;
    }
}

/* What a person who sees only the field must know: "3B: clean". */
static void tell_which(struct flow *flow, const struct table_spec *s, const char *of, size_t from)
{
    struct side_build *side = repli_flow_side(flow);
    for (size_t i = from, c = 0; i < side->nfields; i++, c++) {
        while (c < s->count && !s->columns[c].field)
            c++;
        const char *time = NULL; /* the words over it */
        for (size_t k = 0; k <= c && k < s->count; k++)
            time = s->columns[k].over ? s->columns[k].over : time;
        side->fields[i].label =
            repli_arena_printf(flow->a, "%s: %s%s%s", of, time ? time : "", time ? ", " : "", side->fields[i].label);
    }
}

/* What the fields of a row are about: a sheet of paper, or what the table is filled from. */
static void row_key(struct repli_buf *key, const struct table_spec *s, const struct repli_dataset *set, size_t row)
{
    if (strcmp(s->kind, "closing") == 0) {
        repli_buf_puts(key, "{\"sheet\":");
        repli_json_string(key, repli_dataset_cell(set, row, "sheet"));
        repli_buf_puts(key, ",\"sides\":");
        repli_json_string(key, repli_dataset_cell(set, row, "sides"));
    } else {
        repli_buf_puts(key, "{\"document\":");
        repli_json_string(key, s->what);
        repli_buf_printf(key, ",\"number\":%zu,\"ward\":", row + 1);
        repli_json_string(key, repli_dataset_cell(set, row, "ward"));
        repli_buf_puts(key, ",\"patient\":");
        repli_json_string(key, repli_dataset_cell(set, row, "patient_id"));
    }
    repli_buf_puts(key, "}");
}

/* The fields of one row, and what they say together. */
static void row_fields(struct flow *flow, const struct table_spec *s, const struct repli_dataset *set, size_t row,
                       const struct data_cell *cells, int32_t y, int32_t height)
{
    struct side_build *side = repli_flow_side(flow);
    size_t from = side->nfields;
    const char *prefix = repli_arena_printf(flow->a, "%s%zu", s->name, row + 1);
    int32_t x = BODY_X0;
    for (size_t c = 0; c < s->count; x += s->columns[c++].width_um)
        if (s->columns[c].field)
            field_cell(flow, s, &s->columns[c], prefix, x, y + (height - s->row_um) / 2);
    tell_which(flow, s, cells[0].column->field ? "" : cells[0].text, from);
    if (!s->kind) {
        repli_flow_captures(flow, from, "");
        return;
    }
    struct repli_buf key = {0};
    row_key(&key, s, set, row);
    struct capture_in in = {.id = prefix,
                            .kind = s->kind,
                            .key = repli_arena_strndup(flow->a, key.data, key.len),
                            .from = from,
                            .main = from,
                            .shared = {-1, -1}};
    repli_buf_done(&key);
    repli_flow_capture(flow, &in);
}

/* Rows of the dataset that are printed, by number. */
struct chosen {
    const struct repli_dataset *set;
    const size_t *rows;
    size_t count, per; /* per: below each other */
};

/* One printed line: `across` rows of the dataset side by side, on one baseline. */
static void data_line(struct flow *flow, const struct table_spec *s, const struct chosen *all, size_t line, bool first)
{
    struct data_cell cells[ACROSS_MAX][COLUMNS_MAX];
    int32_t above = MM(2.5), rest = MM(0.7), pitch = (BODY_X1 - BODY_X0 + ACROSS_GAP_UM) / s->across;
    for (size_t a = 0; a < (size_t)s->across; a++) {
        size_t at = a * all->per + line;
        measure_cells(flow, s, all->set, at < all->count ? all->rows[at] : all->set->nrows, cells[a], &above, &rest);
    }
    int32_t height = repli_snap(above + rest + MM(1.4)), middle = 0;
    if (height < s->least_um) { /* words stand in the middle */
        middle = (s->least_um - height) / 2;
        height = s->least_um;
    }
    bool head = first || !repli_flow_fits(flow, height);
    int32_t y = repli_flow_take(flow, height + (head ? s->caption_um : 0), 0), top = y + (head ? s->caption_um : 0);
    for (size_t a = 0; a < (size_t)s->across; a++) {
        int32_t x = BODY_X0 + (int32_t)a * pitch;
        if (head)
            captions(flow, s, x, y);
        for (size_t c = 0; a * all->per + line < all->count && c < s->count; c++) {
            if (!s->columns[c].field)
                data_cell(flow, &cells[a][c], x, top + middle + MM(0.7) + above);
            x += s->columns[c].width_um;
        }
    }
    if (s->fields)
        row_fields(flow, s, all->set, all->rows[line], cells[0], top, height);
    if (s->rule)
        repli_pen_line(&repli_flow_side(flow)->filled, BODY_X0, top + height, BODY_X1, top + height, MM(0.22), 0);
}

static bool same_day(const struct repli_civil *a, const struct repli_civil *b)
{
    return a->day == b->day && a->month == b->month && a->year == b->year;
}

/* Without `days` every row; else those from the window's start to the end of the day after it. */
static void choose_rows(struct flow *flow, const struct table_spec *s, struct chosen *all)
{
    size_t n = all->set ? all->set->nrows : 0;
    size_t *rows = repli_arena_array(flow->a, n + 1, sizeof *rows);
    struct repli_civil from, next, day;
    repli_zone_civil(flow->in->zone, flow->in->window_utc, &from);
    /* Noon of the day after, whatever the clocks do in the night between. */
    repli_zone_civil(flow->in->zone, flow->in->window_utc + (int64_t)(36 - from.hour) * 3600 - from.minute * 60, &next);
    for (size_t i = 0; i < n; i++) {
        int64_t utc = 0;
        if (s->days) {
            if (!time_of(all->set, i, s->days, &utc) || utc < flow->in->window_utc)
                continue;
            repli_zone_civil(flow->in->zone, utc, &day);
            if (!same_day(&day, &from) && !same_day(&day, &next))
                continue;
        }
        rows[all->count++] = i;
    }
    all->rows = rows;
    all->per = (all->count + (size_t)s->across - 1) / (size_t)s->across;
}

/* The date before the first row of a day; true: there was one. */
static bool day_head(struct flow *flow, const struct table_spec *s, const struct chosen *all, size_t line)
{
    struct repli_civil t, before;
    int64_t utc = 0, last = 0;
    if (!s->days || !time_of(all->set, all->rows[line], s->days, &utc))
        return false;
    repli_zone_civil(flow->in->zone, utc, &t);
    if (line > 0 && time_of(all->set, all->rows[line - 1], s->days, &last)) {
        repli_zone_civil(flow->in->zone, last, &before);
        if (same_day(&before, &t))
            return false;
    }
    const int32_t more = s->caption_um + (s->row_um > LINE_UM ? s->row_um : LINE_UM);
    if (!repli_flow_fits(flow, DAY_UM + more) && flow->y > flow->top)
        repli_flow_new_side(flow);
    int32_t y = repli_flow_take(flow, DAY_UM, 0);
    const char *date =
        repli_form_date(flow->form, repli_arena_printf(flow->a, "%04d-%02d-%02d", t.year, t.month, t.day), flow->a);
    repli_pen_text(&repli_flow_side(flow)->filled, STYLE_SECTION, ALIGN_LEFT, BODY_X0, y + MM(5.0), BODY_X1 - BODY_X0,
                   date);
    return true;
}

static void data_rows(struct flow *flow, const struct row *row)
{
    const struct table_spec *s = row->spec;
    struct chosen all = {.set = repli_flow_data(flow, s->dataset)};
    choose_rows(flow, s, &all);
    if (s->room_um && !repli_flow_fits(flow, s->room_um))
        repli_flow_new_side(flow);
    int32_t top = flow->y;
    size_t side = flow->nsides;
    for (size_t i = 0; i < all.per && flow->trouble.status == REPLI_OK; i++)
        data_line(flow, s, &all, i, day_head(flow, s, &all, i) || i == 0);
    if (all.count == 0) {
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

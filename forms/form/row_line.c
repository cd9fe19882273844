/* Row kind `line`: fields and words one after the other, each with its caption before it (a tick: after) and its unit
** behind it.  The fields of a line belong together: day, time and initials serve all captures of the line. */
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

enum { LINE_UM = 6200, CELL_UM = 4700, SEPARATOR_UM = 1600 };

struct line_item {
    bool words;        /* `text` alone, no field */
    const char *value; /* code of a last known value that is printed after `text` */
    const char *text;
    bool strong;
    int32_t at_um;
    struct field_spec field;
};
struct line_spec {
    const char *name;
    int32_t height_um;
    struct line_item *items;
    size_t count;
};

static enum repli_status item_load(struct repli_form *form, const struct repli_yaml *node, struct line_item *item,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"text", "at", "strong", "value", NULL};
    item->at_um = -1;
    if (repli_load_is_field(node)) {
        if (repli_load_field(form, node, &item->field, err) != REPLI_OK)
            return REPLI_DATA;
        item->at_um = item->field.at_um;
        return item->field.kind == REPLI_FIELD_BAND ? repli_yaml_fail(node, err, "a band belongs into a chart")
                                                    : REPLI_OK;
    }
    item->words = true;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "text", true, &item->text, err) != REPLI_OK ||
        repli_yaml_text(node, "value", &item->value, err) != REPLI_OK ||
        repli_yaml_bool(node, "strong", &item->strong, err) != REPLI_OK)
        return REPLI_DATA;
    bool known = false;
    for (size_t i = 0; i < form->ndatasets; i++)
        known = known || strcmp(form->datasets[i], "last_observations") == 0;
    if (item->value && !known)
        return repli_yaml_fail(repli_yaml_get(node, "value"), err,
                               "a last known value comes from last_observations: add it to `datasets` at the top");
    return repli_load_mm(node, "at", 0, 180, &item->at_um, err);
}

static enum repli_status line_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"line", "only", "if", "unless", "items", "height", "gap", NULL};
    struct line_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const struct repli_yaml *items = repli_yaml_get(node, "items");
    *spec = s;
    s->height_um = LINE_UM;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "line", &s->name, err) != REPLI_OK ||
        repli_load_mm(node, "height", 5, 60, &s->height_um, err) != REPLI_OK)
        return REPLI_DATA;
    if (!items || items->kind != REPLI_YAML_LIST || items->count == 0 || !s->name || !*s->name)
        return repli_yaml_fail(items ? items : node, err, "a line needs a name and a list of `items`");
    s->items = repli_arena_array(&form->arena, items->count, sizeof *s->items);
    s->count = items->count;
    for (size_t i = 0; i < items->count; i++)
        if (item_load(form, &items->items[i], &s->items[i], err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

/* Up to `end`; a text that is too wide is set smaller and reaches it. */
static int32_t words_at(struct flow *flow, struct style style, int32_t x, int32_t end, int32_t middle, const char *text)
{
    int32_t width = repli_pen_width(style, text);
    repli_pen_text(&repli_flow_side(flow)->fixed, style, ALIGN_LEFT, x, middle + MM(1.07), end - x, text);
    return x + (width > end - x ? end - x : width);
}

/* Where what comes before the next item that says its place must end. */
static int32_t end_of(const struct flow *flow, const struct line_spec *s, size_t i)
{
    for (size_t k = i + 1; k < s->count; k++)
        if (s->items[k].at_um >= 0) {
            bool tick = !s->items[k].words && s->items[k].field.kind == REPLI_FIELD_TICK;
            return flow->x0 + s->items[k].at_um - (tick ? TICK_CLEAR_UM + MM(0.1) : MM(0.6));
        }
    return flow->x1;
}

/* The writing zone itself: its own width, or what is left of the line. */
static int32_t zone_at(struct flow *flow, const struct line_spec *line, const struct field_spec *f, int32_t x,
                       int32_t y)
{
    static const int32_t usual[REPLI_FIELD_KIND_COUNT] = {[REPLI_FIELD_WRITE] = MM(13),
                                                          [REPLI_FIELD_TEXT] = MM(40),
                                                          [REPLI_FIELD_INITIALS] = MM(14),
                                                          [REPLI_FIELD_SIGNATURE] = MM(48),
                                                          [REPLI_FIELD_LABEL] = MM(63.5)};
    int32_t width = f->width_um > 0 ? f->width_um : usual[f->kind];
    int32_t height = f->height_um > 0 ? f->height_um : line->height_um;
    if (f->fill)
        width = flow->x1 - x;
    if (width < MM(5) || x + width > flow->x1) {
        flow->trouble.node = f->node;
        repli_trouble(&flow->trouble,
                      "`%s` reaches %.1f mm, the body of a page ends at %.1f mm: shorten the line's texts", f->id,
                      (x + (width > MM(5) ? width : MM(5))) / 1000.0, flow->x1 / 1000.0);
        return x;
    }
    repli_draw_zone(flow, f, line->name, repli_box_make(x, y + (line->height_um - height) / 2, width, height));
    return x + width;
}

static int32_t field_at(struct flow *flow, const struct line_spec *line, const struct field_spec *f, int32_t x,
                        int32_t end, int32_t y)
{
    const struct comb_size size = {CELL_UM, SEPARATOR_UM, LINE_UM};
    int32_t middle = y + line->height_um / 2;
    flow->trouble.node = f->node;
    if (f->kind == REPLI_FIELD_TICK) {
        repli_draw_tick(flow, f, line->name, x, middle - TICK_UM / 2);
        x += TICK_UM;
        return f->label ? words_at(flow, STYLE_LABEL, x + TICK_LABEL_UM, end, middle, f->label) : x;
    }
    if (f->label)
        x = words_at(flow, STYLE_LABEL, x,
                     end - MM(2) - (f->kind == REPLI_FIELD_DIGITS ? repli_comb_width(f, size) : 0), middle, f->label) +
            MM(2);
    if (f->kind == REPLI_FIELD_DIGITS) {
        repli_draw_comb(flow, f, line->name, x, middle - size.height_um / 2, size);
        x += repli_comb_width(f, size);
    } else {
        x = zone_at(flow, line, f, x, y);
    }
    return f->unit ? words_at(flow, STYLE_DENSE, x + MM(0.9), end, middle, f->unit) : x;
}

/* "Poids 71,4 kg 22-nov 08:00": the newest value of a code, and when it was measured. */
static int32_t value_at(struct flow *flow, int32_t x, int32_t middle, const struct line_item *item)
{
    const struct repli_dataset *set = repli_flow_data(flow, "last_observations");
    struct pen *pen = &repli_flow_side(flow)->filled;
    const char *value = flow->form->t[TEXT_UNKNOWN], *when = NULL, *unit = "";
    int64_t utc = 0;
    for (size_t i = 0; set && i < set->nrows; i++) {
        const char *code = repli_dataset_cell(set, i, "code"), *raw = repli_dataset_cell(set, i, "effective_utc");
        if (!code || strcmp(code, item->value) != 0)
            continue;
        unit = repli_dataset_cell(set, i, "unit") ? repli_flow_cell(flow, set, i, "unit") : "";
        value = repli_flow_cell(flow, set, i, "value");
        if (raw && repli_integer(raw, -2208988800, 7258118400, &utc))
            when = repli_form_time(flow->form, flow->in->zone, utc, false, flow->a);
        break;
    }
    x = words_at(flow, STYLE_LABEL, x, flow->x1, middle, item->text) + MM(1.2);
    value = repli_arena_printf(flow->a, "%s%s%s", value, *unit ? "\xC2\xA0" : "", unit);
    repli_pen_text(pen, STYLE_SECTION, ALIGN_LEFT, x, middle + MM(1.07), flow->x1 - x, value);
    x += repli_pen_width(STYLE_SECTION, value);
    if (!when)
        return x;
    x += MM(1.2);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, x, middle + MM(1.07), flow->x1 - x, when);
    return x + repli_pen_width(STYLE_CAPTION, when);
}

static void line_place(struct flow *flow, const struct row *row)
{
    const struct line_spec *s = row->spec;
    int32_t y = repli_flow_take(flow, s->height_um, row->gap_um), x = flow->x0;
    size_t from = repli_flow_side(flow)->nfields;
    for (size_t i = 0; i < s->count; i++) {
        const struct line_item *item = &s->items[i];
        bool tick = !item->words && item->field.kind == REPLI_FIELD_TICK;
        if (item->at_um >= 0)
            x = flow->x0 + item->at_um;
        else if (i > 0)
            x += tick ? MM(4) : MM(6);
        if (item->value)
            x = value_at(flow, x, y + s->height_um / 2, item);
        else if (item->words)
            x = words_at(flow, item->strong ? STYLE_STRONG : STYLE_LABEL, x, end_of(flow, s, i), y + s->height_um / 2,
                         item->text);
        else
            x = field_at(flow, s, &item->field, x, end_of(flow, s, i), y);
        if (x > flow->x1)
            repli_trouble(&flow->trouble,
                          "the line reaches %.1f mm, the body of a page ends at %.1f mm: shorten its texts", x / 1000.0,
                          flow->x1 / 1000.0);
    }
    repli_flow_captures(flow, from, "");
}

const struct row_kind repli_row_line = {"line", line_load, line_place, MM(2)};

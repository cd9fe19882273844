/* Row kind `list`: rows of a dataset as running text in a frame (allergies), a line each, or only their number.  Its
** `empty` text says that nothing was transmitted: another thing than "none known". */
#include <string.h>

#include "drugs.h"

#define HAND_UM MM(7.2) /* a line for handwriting */

struct list_spec {
    const char *title, *dataset, *choose, *empty;
    const struct repli_yaml *cases; /* value of column `choose` -> English sentence */
    const struct repli_yaml *show;  /* list of columns */
    const struct repli_yaml *names; /* column -> value -> English */
    const struct repli_yaml *where; /* column -> values: rows with another one are left out */
    const char *count;              /* printed instead of the rows, with their number */
    int32_t room_um,
        label_um;      /* label: width of the title's column, so that texts of several lists align; 0: as it is */
    bool high_alert;   /* only orders of drugs that the form's lists call so */
    bool alert, lines; /* lines: each row begins a line, and the list may go on over the side */
};

/* Registers every English text of a map of maps, so that it is translated, hashed and frozen with the form. */
static enum repli_status register_names(struct repli_form *form, const struct repli_yaml *map, struct repli_err *err)
{
    const char *unused = NULL;
    for (size_t i = 0; map && i < map->count; i++) {
        if (map->items[i].kind == REPLI_YAML_MAP) {
            if (register_names(form, &map->items[i], err) != REPLI_OK)
                return REPLI_DATA;
        } else if (repli_load_text(form, map, map->items[i].key, true, &unused, err) != REPLI_OK) {
            return REPLI_DATA;
        }
    }
    return REPLI_OK;
}

static enum repli_status list_check(const struct list_spec *s, const struct repli_yaml *node, struct repli_err *err)
{
    if (s->choose && !repli_load_column_known(s->dataset, s->choose))
        return repli_load_no_column(repli_yaml_get(node, "choose"), s->dataset, s->choose, err);
    if (!s->show || s->show->kind != REPLI_YAML_LIST || s->show->count == 0)
        return repli_yaml_fail(s->show ? s->show : node, err, "`show` must be a list of columns");
    for (size_t i = 0; i < s->show->count; i++)
        if (s->show->items[i].kind != REPLI_YAML_SCALAR || !repli_load_column_known(s->dataset, s->show->items[i].text))
            return repli_load_no_column(&s->show->items[i], s->dataset, s->show->items[i].text, err);
    for (size_t i = 0; s->where && i < s->where->count; i++)
        if (!repli_load_column_known(s->dataset, s->where->items[i].key))
            return repli_load_no_column(&s->where->items[i], s->dataset, s->where->items[i].key, err);
    if (s->high_alert && (strcmp(s->dataset, "orders") != 0))
        return repli_yaml_fail(repli_yaml_get(node, "high_alert"), err, "`high_alert` chooses among orders alone");
    return s->alert && s->lines ? repli_yaml_fail(node, err, "a framed list stays in one piece: leave `lines` out")
                                : REPLI_OK;
}

enum repli_status repli_list_load(struct repli_form *form, const struct repli_yaml *node, struct list_spec **out,
                                  struct repli_err *err)
{
    static const char *const keys[] = {"list",  "only",  "if",    "unless",     "dataset", "choose", "cases",
                                       "show",  "names", "empty", "room",       "alert",   "gap",    "where",
                                       "count", "label", "lines", "high_alert", NULL};
    struct list_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *out = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "list", true, &s->title, err) != REPLI_OK ||
        repli_load_dataset(form, node, &s->dataset, err) != REPLI_OK ||
        repli_yaml_text(node, "choose", &s->choose, err) != REPLI_OK ||
        repli_load_text(form, node, "empty", true, &s->empty, err) != REPLI_OK ||
        repli_load_mm(node, "room", 0, 200, &s->room_um, err) != REPLI_OK ||
        repli_load_mm(node, "label", 10, 80, &s->label_um, err) != REPLI_OK ||
        repli_load_text(form, node, "count", false, &s->count, err) != REPLI_OK ||
        repli_yaml_bool(node, "lines", &s->lines, err) != REPLI_OK ||
        repli_yaml_bool(node, "high_alert", &s->high_alert, err) != REPLI_OK ||
        repli_yaml_bool(node, "alert", &s->alert, err) != REPLI_OK)
        return REPLI_DATA;
    s->where = repli_yaml_get(node, "where");
    s->cases = repli_yaml_get(node, "cases");
    s->show = repli_yaml_get(node, "show");
    s->names = repli_yaml_get(node, "names");
    if (register_names(form, s->cases, err) != REPLI_OK || register_names(form, s->names, err) != REPLI_OK)
        return REPLI_DATA;
    return list_check(s, node, err);
}

static enum repli_status list_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    struct list_spec *s = NULL;
    enum repli_status status = repli_list_load(form, node, &s, err);
    *spec = s;
    return status;
}

/* A column's value in words: translated where the template names it. NULL when it was not transmitted. */
static const char *in_words(struct flow *flow, const struct repli_yaml *names, const struct repli_dataset *set,
                            size_t row, const char *column)
{
    const char *raw = repli_dataset_cell(set, row, column);
    const struct repli_yaml *map = names ? repli_yaml_get(names, column) : NULL;
    const struct repli_yaml *name = raw && map ? repli_yaml_get(map, raw) : NULL;
    if (!raw || !*raw)
        return NULL;
    if (!name)
        return repli_flow_cell(flow, set, row, column);
    return repli_form_used(flow->form, name->text);
}

static void add_row(struct flow *flow, const struct list_spec *s, const struct repli_dataset *set, size_t row,
                    struct repli_buf *b)
{
    const char *chosen = s->choose ? repli_dataset_cell(set, row, s->choose) : NULL;
    const struct repli_yaml *sentence = chosen && s->cases ? repli_yaml_get(s->cases, chosen) : NULL;
    size_t parts = 0;
    if (b->len)
        repli_buf_puts(b, " \xC2\xB7 ");
    if (sentence) {
        repli_buf_printf(b, BOLD "%s" BOLD, repli_form_used(flow->form, sentence->text));
        return;
    }
    for (size_t i = 0; i < s->show->count; i++) {
        const char *text = in_words(flow, s->names, set, row, s->show->items[i].text);
        if (!text && i == 0)
            text = flow->form->t[TEXT_UNKNOWN];
        if (text)
            repli_buf_printf(b, parts == 0 ? BOLD "%s" BOLD : parts == 1 ? " %s" : ", %s", text);
        parts += text != NULL;
    }
}

static bool is_one_of(const struct repli_yaml *values, const char *text)
{
    if (values->kind != REPLI_YAML_LIST)
        return values->text && text && strcmp(values->text, text) == 0;
    for (size_t i = 0; i < values->count; i++)
        if (is_one_of(&values->items[i], text))
            return true;
    return false;
}

static bool wanted(const struct flow *flow, const struct list_spec *s, const struct repli_dataset *set, size_t row)
{
    if (s->high_alert && !repli_drug_high_alert(flow->form->drugs, repli_dataset_cell(set, row, "medication"),
                                                repli_dataset_cell(set, row, "route"), flow->a))
        return false;
    for (size_t i = 0; s->where && i < s->where->count; i++)
        if (!is_one_of(&s->where->items[i], repli_dataset_cell(set, row, s->where->items[i].key)))
            return false;
    bool tells = !s->lines || s->count; /* a line of nothing is no line: `empty` says more */
    for (size_t i = 0; !tells && i < s->show->count; i++) {
        const char *cell = repli_dataset_cell(set, row, s->show->items[i].text);
        tells = cell && *cell;
    }
    return tells;
}

const char *repli_list_text(struct flow *flow, const struct list_spec *s, size_t limit, size_t *all)
{
    const struct repli_dataset *set = repli_flow_data(flow, s->dataset);
    struct repli_buf b = {0};
    *all = 0;
    for (size_t i = 0; set && i < set->nrows; i++) {
        if (!wanted(flow, s, set, i))
            continue;
        if (*all < limit && !s->count)
            add_row(flow, s, set, i, &b);
        ++*all;
    }
    if (s->count && *all)
        repli_buf_puts(
            &b, repli_flow_put(flow, repli_form_put(s->count, "n", repli_arena_printf(flow->a, "%zu", *all), flow->a)));
    const char *none = repli_flow_nobody(flow) ? " " : s->empty; /* nothing was asked for: there is room to write */
    const char *text = b.len ? repli_arena_strndup(flow->a, b.data, b.len) : *all ? "" : none;
    repli_buf_done(&b);
    return text;
}

const char *repli_list_title(const struct list_spec *s)
{
    return s->title;
}

static struct para list_para(const struct list_spec *s, int32_t *label, int32_t edge)
{
    struct para p = {.plain = {REPLI_FACE_REGULAR, 950}, .bold = STYLE_SECTION, .leading_um = MM(4.3), .data = true};
    *label = s->label_um > 0 ? s->label_um : repli_pen_width(STYLE_SECTION, s->title) + MM(6);
    p.room_um = BODY_X1 - BODY_X0 - *label - edge - MM(3);
    return p;
}

/* In a column of titles the texts beside them carry the weight. */
static struct style title_style(const struct list_spec *s)
{
    return s->label_um > 0 ? STYLE_LABEL : STYLE_SECTION;
}

/* Of somebody the record does not know each list is a line to write on. */
static bool by_hand(struct flow *flow, size_t rows)
{
    return rows == 0 && repli_flow_nobody(flow);
}

static void write_line(struct flow *flow, int32_t x, int32_t base)
{
    repli_pen_line(&repli_flow_side(flow)->fixed, x, base + MM(0.9), BODY_X1, base + MM(0.9), MM(0.25), 0);
}

/* A list stays in one piece: a frame that is broken over two sides could be read as two lists. */
void repli_list_place(struct flow *flow, const struct list_spec *s, int32_t gap_um)
{
    size_t all = 0;
    const char *text = repli_list_text(flow, s, SIZE_MAX, &all);
    int32_t edge = s->alert ? MM(1) : 0, label = 0;
    struct para p = list_para(s, &label, edge);
    p.leading_um = repli_pen_leading(p.bold, text, p.leading_um);
    size_t lines = repli_para(NULL, NULL, flow->a, &p, 0, 0, text);
    int32_t above = 0, below = 0;
    repli_pen_ink(p.bold, text, &above, &below);
    above = above > MM(3.1) ? above : MM(3.1);
    int32_t height = above + (int32_t)(lines - 1) * p.leading_um + 2 * edge + MM(2.6);
    int32_t room = by_hand(flow, all) && s->room_um < HAND_UM ? HAND_UM : s->room_um;
    height = height > room ? height : room;
    int32_t y = repli_flow_take(flow, height, gap_um), x = BODY_X0 + label + MM(2);
    struct side_build *side = repli_flow_side(flow);
    int32_t base = y + edge + MM(0.9) + above + (by_hand(flow, all) && !s->alert ? HAND_UM - MM(6) : 0);
    if (s->alert) {
        repli_pen_frame(&side->fixed, repli_box_make(BODY_X0, y, BODY_X1 - BODY_X0, height), MM(1));
        repli_pen_fill(&side->fixed, repli_box_make(BODY_X0, y, label, height));
        repli_pen_white(&side->fixed, STYLE_SECTION, ALIGN_LEFT, BODY_X0 + MM(3), base, label, s->title);
    } else {
        repli_pen_text(&side->fixed, title_style(s), ALIGN_LEFT, BODY_X0, base, label, s->title);
        if (by_hand(flow, all))
            write_line(flow, x, base);
    }
    (void)repli_para(&side->filled, NULL, flow->a, &p, x, base, text);
}

/* One row, or what is said in place of all: the title stands before the first, and again on each further side. */
static void list_line(struct flow *flow, const struct list_spec *s, const char *text, bool first)
{
    int32_t label = 0, above = 0, below = 0;
    struct para p = list_para(s, &label, 0);
    p.leading_um = repli_pen_leading(p.bold, text, MM(3.9));
    size_t lines = repli_para(NULL, NULL, flow->a, &p, 0, 0, text);
    repli_pen_ink(p.bold, text, &above, &below);
    above = above > MM(3.1) ? above : MM(3.1);
    int32_t height = above + (int32_t)(lines - 1) * p.leading_um + MM(1.4);
    bool hand = repli_flow_nobody(flow);
    if (hand)
        above = height = HAND_UM;
    first = first || !repli_flow_fits(flow, height);
    int32_t base = repli_flow_take(flow, height, 0) + above - (hand ? MM(1.4) : 0);
    if (hand)
        write_line(flow, BODY_X0 + label + MM(2), base);
    struct side_build *side = repli_flow_side(flow);
    if (first)
        repli_pen_text(&side->fixed, title_style(s), ALIGN_LEFT, BODY_X0, base, label, s->title);
    (void)repli_para(&side->filled, NULL, flow->a, &p, BODY_X0 + label + MM(2), base, text);
}

static void lines_place(struct flow *flow, const struct list_spec *s, int32_t gap_um)
{
    const struct repli_dataset *set = repli_flow_data(flow, s->dataset);
    size_t all = 0;
    const char *text = repli_list_text(flow, s, 0, &all);
    if (s->count || all == 0)
        list_line(flow, s, text, true);
    for (size_t i = 0, n = 0; !s->count && set && i < set->nrows; i++) {
        struct repli_buf b = {0};
        if (!wanted(flow, s, set, i))
            continue;
        add_row(flow, s, set, i, &b);
        list_line(flow, s, repli_arena_strndup(flow->a, b.data, b.len), n++ == 0);
        repli_buf_done(&b);
    }
    flow->y = repli_snap(flow->y + gap_um);
}

static void list_place(struct flow *flow, const struct row *row)
{
    const struct list_spec *s = row->spec;
    if (s->lines)
        lines_place(flow, s, row->gap_um);
    else
        repli_list_place(flow, s, row->gap_um);
}

const struct row_kind repli_row_list = {"list", list_load, list_place, MM(2.4)};

/* Row kind `block`: a few lines of fields that repeat as one thing each (a once-only order, a dose of the gap, a
** signature), with captions above the fields, in a frame or under a heading, side by side where there is room. */
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

enum { ROWS_MAX = 40, LINES_MAX = 28, ITEMS_MAX = 16, CAPTION_UM = 3300, TITLE_UM = 6200 };

struct block_item {
    bool words, strong, bold; /* strong: a letter or word that leads the line, large; bold: of the usual size */
    const char *text;
    int32_t at_um;
    struct field_spec field;
};
struct block_line {
    int32_t height_um, gap_um; /* gap: below it */
    bool captions;             /* some field has a caption above it */
    bool rule;                 /* a thin one in the gap above it */
    bool tight;                /* which stands where the line before leaves room: it needs none of its own */
    struct block_item *items;
    size_t count;
};
struct block_spec {
    const struct repli_yaml *node;
    const char *name, *title, *note, *kind, *what, *display; /* display: the title in English */
    bool frame, rule, captions_once, number, outage;
    bool values; /* fields of it are captures of their own */
    int rows, across;
    int32_t mark_um; /* width of the marks at the left; 0: none */
    const struct repli_yaml *marks;
    struct block_line ask; /* once, above the rows */
    struct block_line lines[LINES_MAX];
    size_t nlines;
};

static bool captioned(const struct block_item *item)
{
    return !item->words && item->field.kind != REPLI_FIELD_TICK && item->field.label;
}

static enum repli_status item_load(struct repli_form *form, const struct repli_yaml *node, struct block_item *item,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"text", "at", "strong", "bold", NULL};
    item->at_um = -1;
    if (repli_load_is_field(node)) {
        if (repli_load_field(form, node, &item->field, err) != REPLI_OK)
            return REPLI_DATA;
        item->at_um = item->field.at_um;
        if (item->field.kind == REPLI_FIELD_BAND)
            return repli_yaml_fail(node, err, "a band belongs into a chart");
        bool sized = item->field.kind == REPLI_FIELD_TICK || item->field.kind == REPLI_FIELD_DIGITS;
        return sized || item->field.width_um > 0 ? REPLI_OK
                                                 : repli_yaml_fail(node, err, "`width` is missing: how many mm");
    }
    item->words = true;
    const char *text = NULL;
    if (repli_yaml_text(node, "text", &text, err) != REPLI_OK)
        return REPLI_DATA;
    if (text && *text && !text[strspn(text, "0123456789")])
        item->text = text; /* a number is the same in every language */
    else if (repli_load_text(form, node, "text", true, &item->text, err) != REPLI_OK)
        return REPLI_DATA;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_yaml_bool(node, "strong", &item->strong, err) != REPLI_OK ||
        repli_yaml_bool(node, "bold", &item->bold, err) != REPLI_OK)
        return REPLI_DATA;
    return repli_load_mm(node, "at", 0, 180, &item->at_um, err);
}

static enum repli_status line_load(struct repli_form *form, const struct repli_yaml *node,
                                   const struct repli_yaml *items, struct block_line *line, struct repli_err *err)
{
    if (!items || items->kind != REPLI_YAML_LIST || items->count == 0 || items->count > ITEMS_MAX)
        return repli_yaml_fail(items ? items : node, err, "a line of a block is a list of 1 to %d items", ITEMS_MAX);
    line->items = repli_arena_array(&form->arena, items->count, sizeof *line->items);
    line->count = items->count;
    for (size_t i = 0; i < items->count; i++) {
        if (item_load(form, &items->items[i], &line->items[i], err) != REPLI_OK)
            return REPLI_DATA;
        line->captions = line->captions || captioned(&line->items[i]);
    }
    return REPLI_OK;
}

static enum repli_status lines_load(struct repli_form *form, const struct repli_yaml *node, struct block_spec *s,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"items", "height", "gap", "rule", "tight", NULL};
    const struct repli_yaml *lines = repli_yaml_get(node, "lines"), *ask = repli_yaml_get(node, "ask");
    if (!lines || lines->kind != REPLI_YAML_LIST || lines->count == 0 || lines->count > LINES_MAX)
        return repli_yaml_fail(lines ? lines : node, err, "`lines` must be a list of 1 to %d lines", LINES_MAX);
    s->ask.height_um = MM(8);
    if (ask && line_load(form, node, ask, &s->ask, err) != REPLI_OK)
        return REPLI_DATA;
    for (size_t i = 0; i < lines->count; i++) {
        struct block_line *line = &s->lines[s->nlines++];
        line->height_um = MM(6.4);
        if (repli_yaml_only(&lines->items[i], keys, err) != REPLI_OK ||
            repli_load_mm(&lines->items[i], "height", 5, 60, &line->height_um, err) != REPLI_OK ||
            repli_load_mm(&lines->items[i], "gap", 0, 60, &line->gap_um, err) != REPLI_OK ||
            repli_yaml_bool(&lines->items[i], "rule", &line->rule, err) != REPLI_OK ||
            repli_yaml_bool(&lines->items[i], "tight", &line->tight, err) != REPLI_OK ||
            line_load(form, &lines->items[i], repli_yaml_get(&lines->items[i], "items"), line, err) != REPLI_OK)
            return REPLI_DATA;
        for (size_t k = 0; k < line->count; k++)
            s->values = s->values || line->items[k].field.capture.kind;
    }
    return REPLI_OK;
}

static enum repli_status marks_load(const struct repli_yaml *node, struct block_spec *s, struct repli_err *err)
{
    const struct repli_yaml *marks = repli_yaml_get(node, "marks");
    if (!marks)
        return REPLI_OK;
    s->mark_um = MM(6);
    if (marks->kind == REPLI_YAML_SCALAR && strcmp(marks->text, "numbers") == 0) {
        s->number = true;
        return REPLI_OK;
    }
    s->marks = marks;
    bool good = marks->kind == REPLI_YAML_LIST && marks->count >= (size_t)s->rows;
    for (size_t i = 0; good && i < marks->count; i++)
        good = marks->items[i].kind == REPLI_YAML_SCALAR && strlen(marks->items[i].text) <= 3;
    return good ? REPLI_OK
                : repli_yaml_fail(marks, err,
                                  "`marks` is either numbers (of orders) or a list of a letter for each row");
}

static bool plays(const struct block_spec *s, const char *role)
{
    size_t n = strlen(role);
    for (size_t l = 0; l < s->nlines; l++)
        for (size_t i = 0; i < s->lines[l].count; i++) {
            const char *is = s->lines[l].items[i].words ? NULL : s->lines[l].items[i].field.role;
            if (is && strncmp(is, role, n) == 0 && (!is[n] || is[n] == '_'))
                return true;
        }
    return false;
}

/* A value that is chosen or written in a block: without its time and its author it is none. */
static enum repli_status check_observation(const struct repli_yaml *node, const struct block_spec *s,
                                           struct repli_err *err)
{
    if (!s->kind || strcmp(s->kind, "observation") != 0)
        return REPLI_OK;
    if (!s->what || !s->title || strpbrk(s->what, "\"\\") || strpbrk(s->display, "\"\\"))
        return repli_yaml_fail(
            node, err, "an observation in a block needs a `title`, and `what` in its capture: which observation");
    return plays(s, "value") && plays(s, "at") && plays(s, "by")
               ? REPLI_OK
               : repli_yaml_fail(
                     node, err,
                     "an observation in a block needs fields of the roles value (or value_1, value_2 ... for "
                     "ticks), at and by");
}

static enum repli_status block_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"block", "only",  "if",       "unless", "title",  "note",
                                       "frame", "rule",  "captions", "rows",   "across", "marks",
                                       "ask",   "lines", "capture",  "gap",    "outage", NULL};
    static const char *const kinds[] = {"administration", "order-proposal", "allergy", "movement",
                                        "document",       "closing",        "cover",   "fluid",
                                        "identity",       "observation",    NULL};
    struct block_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const char *captions = NULL;
    int64_t rows = 1, across = 1;
    *spec = s;
    s->node = node;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "block", &s->name, err) != REPLI_OK ||
        repli_load_text(form, node, "title", false, &s->title, err) != REPLI_OK ||
        repli_load_text(form, node, "note", false, &s->note, err) != REPLI_OK ||
        repli_yaml_bool(node, "frame", &s->frame, err) != REPLI_OK ||
        repli_yaml_bool(node, "rule", &s->rule, err) != REPLI_OK ||
        repli_yaml_bool(node, "outage", &s->outage, err) != REPLI_OK ||
        repli_yaml_text(node, "captions", &captions, err) != REPLI_OK ||
        repli_yaml_int(node, "rows", 1, ROWS_MAX, &rows, err) != REPLI_OK ||
        repli_yaml_int(node, "across", 1, 2, &across, err) != REPLI_OK ||
        repli_load_kind(node, kinds, &s->kind, &s->what, err) != REPLI_OK || lines_load(form, node, s, err) != REPLI_OK)
        return REPLI_DATA;
    s->rows = (int)rows;
    s->across = (int)across;
    s->captions_once = captions && strcmp(captions, "once") == 0;
    if (captions && !s->captions_once)
        return repli_yaml_fail(repli_yaml_get(node, "captions"), err, "`captions` must be: once");
    if (!s->name || !*s->name)
        return repli_yaml_fail(node, err, "a block needs a name");
    if (s->kind && s->values)
        return repli_yaml_fail(node, err, "either the block has a `capture`, or fields in it have their own");
    if (s->what && strcmp(s->what, "line") == 0 && !form->drugs)
        return repli_yaml_fail(node, err, "lines of orders need `drugs` at the head: which orders are as needed");
    if ((s->frame || s->outage) && !s->title)
        return repli_yaml_fail(node, err, "`title` is missing: a frame has a black bar with a title");
    if (repli_yaml_text(node, "title", &s->display, err) != REPLI_OK || check_observation(node, s, err) != REPLI_OK)
        return REPLI_DATA;
    return marks_load(node, s, err);
}

/* ---- placing */
struct place {
    struct flow *flow;
    const struct block_spec *s;
    int32_t x0, x1;
};

static int32_t words(struct place *b, bool strong, bool bold, int32_t x, int32_t baseline, int32_t room,
                     const char *text)
{
    static const int32_t sizes[] = {850, 800, 750, 700, 650, 0}, large[] = {1300, 1100, 950, 850, 750, 0};
    enum repli_face face = strong || bold ? REPLI_FACE_BOLD : REPLI_FACE_MEDIUM;
    struct style style = {face, repli_pen_fit(face, strong ? large : sizes, room, text)};
    repli_pen_text(&repli_flow_side(b->flow)->fixed, style, ALIGN_LEFT, x, baseline, room, text);
    return x + repli_pen_width(style, text);
}

/* Where the next item of the line begins that says where: the room of what comes before it. */
static int32_t room_to(const struct place *b, const struct block_line *line, size_t i, int32_t x0)
{
    for (size_t k = i + 1; k < line->count; k++)
        if (line->items[k].at_um >= 0) {
            bool tick = !line->items[k].words && line->items[k].field.kind == REPLI_FIELD_TICK;
            return x0 + line->items[k].at_um - (tick ? TICK_CLEAR_UM + MM(0.1) : MM(0.6));
        }
    return b->x1;
}

static void caption(struct place *b, const struct block_line *line, size_t i, int32_t x, int32_t x0, int32_t y)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    const char *text = line->items[i].field.label;
    int32_t room = room_to(b, line, i, x0) - x;
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, text)};
    repli_pen_text(&repli_flow_side(b->flow)->fixed, style, ALIGN_LEFT, x, y - MM(0.9), room, text);
}

static int32_t item(struct place *b, const struct block_line *line, size_t i, const char *prefix, int32_t x, int32_t x0,
                    int32_t y, bool captions)
{
    const struct block_item *it = &line->items[i];
    const struct field_spec *f = &it->field;
    struct flow *flow = b->flow;
    int32_t middle = y + line->height_um / 2, room = room_to(b, line, i, x0);
    flow->trouble.node = it->words ? flow->trouble.node : f->node;
    if (it->words)
        return words(b, it->strong, it->bold, x, middle + (it->strong ? MM(1.65) : MM(1.07)), room - x, it->text);
    if (f->kind == REPLI_FIELD_TICK) {
        repli_draw_tick(flow, f, prefix, x, middle - TICK_UM / 2);
        x += TICK_UM + TICK_LABEL_UM;
        return f->label ? words(b, false, false, x, middle + MM(1.07), room - x, f->label) : x;
    }
    if (captions && f->label)
        caption(b, line, i, x, x0, y);
    int32_t height = f->height_um > 0 ? f->height_um : line->height_um;
    struct comb_size size = {f->width_um > 0 ? f->width_um : MM(4.7), MM(1.5), height};
    if (f->kind == REPLI_FIELD_DIGITS)
        repli_draw_comb(flow, f, prefix, x, y, size);
    else
        repli_draw_zone(flow, f, prefix, repli_box_make(x, y, f->width_um, height));
    return x + (f->kind == REPLI_FIELD_DIGITS ? repli_comb_width(f, size) : f->width_um);
}

static void one_line(struct place *b, const struct block_line *line, const char *prefix, int32_t x0, int32_t y,
                     bool captions)
{
    int32_t x = x0;
    for (size_t i = 0; i < line->count; i++) {
        bool tick = !line->items[i].words && line->items[i].field.kind == REPLI_FIELD_TICK;
        if (line->items[i].at_um >= 0)
            x = x0 + line->items[i].at_um;
        else if (i > 0)
            x += tick ? MM(4) : MM(5);
        x = item(b, line, i, prefix, x, x0, y, captions);
    }
}

static int32_t caption_room(const struct block_line *line, bool captions)
{
    return captions && line->captions && !line->tight ? CAPTION_UM : 0;
}

static int32_t row_height(const struct block_spec *s, bool captions)
{
    int32_t height = MM(0.6);
    for (size_t i = 0; i < s->nlines; i++)
        height += s->lines[i].height_um + s->lines[i].gap_um + caption_room(&s->lines[i], captions);
    return height + (s->rule ? MM(0.9) : MM(1.0));
}

/* What a row's mark says of the values in it: on a chart of hours the hour. */
static const char *values_key(struct flow *flow, const struct block_spec *s, int number)
{
    int64_t hour = 0;
    const char *mark = s->marks ? s->marks->items[number - 1].text : NULL;
    if (mark && strlen(mark) == 2 && repli_integer(mark, 0, 23, &hour))
        return repli_arena_printf(flow->a, "\"block\":\"%s\",\"hour\":%d,", s->name, (int)hour);
    return repli_arena_printf(flow->a, "\"block\":\"%s\",\"row\":%d,", s->name, number);
}

/* One thing: all its lines, and what it says to the record. */
static void one_row(struct place *b, int number, int32_t x, int32_t y, bool captions)
{
    const struct block_spec *s = b->s;
    struct flow *flow = b->flow;
    struct side_build *side = repli_flow_side(flow);
    size_t from = side->nfields;
    const char *prefix = s->rows == 1 ? s->name : repli_arena_printf(flow->a, "%s%d", s->name, number);
    int64_t marked = -1;
    int shown = s->number ? repli_flow_next_order(flow) + number - 1 : number;
    if (s->mark_um) {
        const char *mark = s->number ? repli_arena_printf(flow->a, "%d", shown) : s->marks->items[number - 1].text;
        struct style style = {REPLI_FACE_BOLD, s->number ? 1100 : 1300};
        int32_t base = y + CAPTION_UM + MM(4.6); /* between the lines; beside the line when there is but one */
        if (s->nlines == 1)
            base = y + MM(2.2) + (captions && s->lines[0].captions ? CAPTION_UM : 0) + s->lines[0].height_um / 2;
        repli_pen_text(s->number ? &side->filled : &side->fixed, style, ALIGN_LEFT, x, base, s->mark_um, mark);
    }
    int32_t top = y + MM(0.6);
    repli_pen_origin(&side->fixed, x, y);
    for (size_t i = 0; i < s->nlines; i++) {
        int32_t room = caption_room(&s->lines[i], captions);
        if (s->lines[i].rule && i > 0) {
            int32_t at = top - s->lines[i - 1].gap_um / 2;
            repli_pen_line(&side->fixed, x, at, b->x1, at, MM(0.22), 0);
        }
        one_line(b, &s->lines[i], prefix, x + s->mark_um, top + room, captions && s->lines[i].captions);
        top += s->lines[i].height_um + s->lines[i].gap_um + room;
    }
    if (s->values)
        repli_flow_captures(flow, from, values_key(flow, s, number));
    if (!s->kind)
        return;
    repli_flow_check_roles(flow, from, s->kind, s->node, s->name);
    if (s->marks) /* "6" of a second block is the sixth line, not its first */
        (void)repli_integer(s->marks->items[number - 1].text, 0, 999, &marked);
    struct capture_in in = {.id = prefix,
                            .kind = s->kind,
                            .key = strcmp(s->kind, "observation") == 0
                                       ? repli_arena_printf(flow->a,
                                                            "{\"code_system\":\"urn:repli\",\"code\":\"%s\","
                                                            "\"display\":\"%s\"}",
                                                            s->what, s->display)
                                       : repli_flow_key(flow, s->kind, s->what, marked >= 0 ? (int)marked : shown),
                            .from = from,
                            .main = from,
                            .shared = {-1, -1}};
    if (strcmp(s->kind, "allergy") == 0) /* the list as it is printed: what `same` and `changed` are about */
        in.base = repli_arena_strndup(flow->a, strchr(in.key, '['), strlen(strchr(in.key, '[')) - 1);
    repli_flow_capture(flow, &in);
}

/* The black bar with the title, or a heading under a rule. */
static void title(struct place *b, int32_t y, int32_t height)
{
    const struct block_spec *s = b->s;
    struct side_build *side = repli_flow_side(b->flow);
    const int32_t x0 = b->flow->x0, width = b->flow->x1 - b->flow->x0;
    int32_t x = x0 + (s->frame ? MM(2.4) : 0);
    static const int32_t sizes[] = {850, 800, 750, 700, 650, 600, 0};
    const char *note = repli_flow_put(b->flow, s->note);
    if (s->frame) {
        repli_pen_frame(&side->fixed, repli_box_make(x0, y, width, height), MM(1));
        repli_pen_fill(&side->fixed, repli_box_make(x0, y, width, TITLE_UM));
        repli_pen_white(&side->fixed, STYLE_DATA, ALIGN_LEFT, x, y + MM(4.4), width, s->title);
        x += repli_pen_width(STYLE_DATA, s->title) + MM(4);
    } else {
        repli_pen_line(&side->fixed, x0, y, b->flow->x1, y, MM(0.5), 0);
        repli_pen_text(&side->fixed, STYLE_SECTION, ALIGN_LEFT, x, y + MM(4.6), width, s->title);
        x += repli_pen_width(STYLE_SECTION, s->title) + MM(4);
    }
    int32_t room = b->flow->x1 - x - MM(2) - (s->outage ? MM(40) : 0);
    if (s->outage)
        side->gap = repli_box_make(b->flow->x1 - MM(40), y, MM(38), TITLE_UM);
    if (!note)
        return;
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, note)};
    struct pen *pen = repli_flow_pen(b->flow, s->note);
    if (s->frame)
        repli_pen_white(pen, style, ALIGN_LEFT, x, y + MM(4.3), room, note);
    else
        repli_pen_text(pen, style, ALIGN_LEFT, x, y + MM(4.6), room, note);
}

/* Rows are numbered down the columns: 1 2 3 left, 4 5 6 right. */
static void block_place(struct flow *flow, const struct row *row)
{
    const struct block_spec *s = row->spec;
    struct place b = {flow, s, flow->x0 + (s->frame ? MM(3) : 0), flow->x1 - (s->frame ? MM(2.4) : 0)};
    int deep = (s->rows + s->across - 1) / s->across;
    int32_t head = s->title ? TITLE_UM : 0, ask = s->ask.count ? s->ask.height_um + MM(0.6) : 0;
    int32_t first = row_height(s, true), next = row_height(s, !s->captions_once);
    int32_t pitch = (b.x1 - b.x0 + MM(3)) / s->across, foot = s->frame ? MM(2) : 0;
    int32_t all = head + ask + first + (deep - 1) * next + foot;
    (void)repli_flow_side(flow);
    bool whole = s->frame || all < MM(60);
    if (!repli_flow_fits(flow, whole ? all : head + ask + first) && flow->y > flow->top)
        repli_flow_new_side(flow);
    int32_t y = repli_flow_take(flow, head + ask, 0);
    if (s->title)
        title(&b, y, all);
    if (ask)
        one_line(&b, &s->ask, s->name, b.x0, y + head + MM(0.4), false);
    for (int i = 0; i < deep && flow->trouble.status == REPLI_OK; i++) {
        bool captions = i == 0 || !s->captions_once || !repli_flow_fits(flow, next);
        y = repli_flow_take(flow, captions ? first : next, 0);
        for (int c = 0; c < s->across && i + c * deep < s->rows; c++)
            one_row(&b, i + c * deep + 1, b.x0 + c * pitch, y, captions);
        if (s->rule && i + 1 < deep)
            repli_pen_line(&repli_flow_side(flow)->fixed, flow->x0, flow->y, flow->x1, flow->y, MM(0.22), 0);
    }
    flow->y = repli_snap(flow->y + foot + row->gap_um);
    flow->trouble.node = row->node;
}

const struct row_kind repli_row_block = {"block", block_load, block_place, MM(1.6)};

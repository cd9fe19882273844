/* Row kind `labels`: sheets of labels for a laser printer, or of wristbands to cut out.  The geometry of the stock is
** data of the template; every person begins on a new row of labels.  Nothing is printed nearer to a label's edge than
** `safety`, since stock is fed a millimetre askew; long names wrap, then everything on that label gets smaller, and
** nothing is cut.
**
** The stock leaves no room for marks and a page code: a sheet of labels has none, and is never scanned.  The code on a
** label holds the patient's number and nothing else. */
#include <string.h>

#include "form_internal.h"

enum {
    WRITE_LINES_MAX = 4,
    WRITE_WORDS_MAX = 4,
    LINES_MAX = 5,
    CODE_TEXT_MAX = 40,
    QUIET_MODULES = 4,
    CODE_MODULES = 21
};
enum { INDEX_FIRST_UM = 9400, INDEX_UM = 3900, MARGIN_X0 = 10000, MARGIN_X1 = 200000, PLATE_UM = 2600, GAP_UM = 350 };

struct write_line {
    const char *words[WRITE_WORDS_MAX];
    size_t count;
};
struct labels_spec {
    const char *name, *title, *note, *rows_word, *row_word;
    int columns, rows, each, codes;
    int32_t width, height, left, top, across, down, safety, code, line; /* um; across, down: pitch */
    int32_t name_cpt, text_cpt;
    bool cut, stay;
    struct write_line write[WRITE_LINES_MAX];
    size_t nwrite;
};
struct person {
    const char *name, *number, *lines[LINES_MAX]; /* lines below the name */
    const char *place;
    size_t nlines;
};

/* ---- loading */
static enum repli_status sheet_load(const struct repli_yaml *node, struct labels_spec *s, struct repli_err *err)
{
    static const char *const keys[] = {"columns", "rows", "width", "height", "left", "top", "across", "down", NULL};
    const struct repli_yaml *g = repli_yaml_get(node, "sheet");
    int64_t columns = 0, rows = 0;
    if (!g)
        return repli_yaml_fail(node, err, "`sheet` is missing: columns, rows, width, height, left, top, across, down");
    s->width = s->height = s->left = s->top = s->across = s->down = -1;
    if (repli_yaml_only(g, keys, err) != REPLI_OK || repli_yaml_int(g, "columns", 1, 12, &columns, err) != REPLI_OK ||
        repli_yaml_int(g, "rows", 1, 40, &rows, err) != REPLI_OK ||
        repli_load_mm(g, "width", 15, 200, &s->width, err) != REPLI_OK ||
        repli_load_mm(g, "height", 10, 200, &s->height, err) != REPLI_OK ||
        repli_load_mm(g, "left", 0, 100, &s->left, err) != REPLI_OK ||
        repli_load_mm(g, "top", 10, 100, &s->top, err) != REPLI_OK ||
        repli_load_mm(g, "across", 15, 210, &s->across, err) != REPLI_OK ||
        repli_load_mm(g, "down", 10, 210, &s->down, err) != REPLI_OK)
        return REPLI_DATA;
    if (columns == 0 || rows == 0 || s->width < 0 || s->height < 0 || s->left < 0 || s->top < 0 || s->across < 0 ||
        s->down < 0)
        return repli_yaml_fail(g, err, "`sheet` needs columns, rows, width, height, left, top, across and down");
    s->columns = (int)columns;
    s->rows = (int)rows;
    if (s->across < s->width || s->down < s->height)
        return repli_yaml_fail(g, err,
                               "labels overlap: `across` and `down` are from one label's edge to the next one's");
    int32_t right = s->left + (s->columns - 1) * s->across + s->width;
    int32_t bottom = s->top + (s->rows - 1) * s->down + s->height;
    if (right > MM(210) || bottom > MM(282.2))
        return repli_yaml_fail(
            g, err,
            "the labels end at %.1f, %.1f mm: at most 210.0 and 282.2, the line below them says what "
            "the sheet is",
            right / 1000.0, bottom / 1000.0);
    return REPLI_OK;
}

static enum repli_status write_load(struct repli_form *form, const struct repli_yaml *node, struct labels_spec *s,
                                    struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(node, "write");
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count > WRITE_LINES_MAX)
        return repli_yaml_fail(list, err, "`write` must be a list of at most %d lines, each a list of words",
                               WRITE_LINES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct repli_yaml *line = &list->items[i];
        struct write_line *out = &s->write[s->nwrite++];
        if (line->kind != REPLI_YAML_LIST || line->count == 0 || line->count > WRITE_WORDS_MAX)
            return repli_yaml_fail(line, err, "a line to write on is a list of 1 to %d words", WRITE_WORDS_MAX);
        for (size_t k = 0; k < line->count; k++) {
            if (line->items[k].kind != REPLI_YAML_SCALAR || !*line->items[k].text)
                return repli_yaml_fail(&line->items[k], err, "this must be a word");
            out->words[out->count++] = repli_form_text(form, line->items[k].text);
        }
    }
    return REPLI_OK;
}

static enum repli_status size_load(const struct repli_yaml *node, const char *key, int32_t *cpt, struct repli_err *err)
{
    double pt = *cpt / 100.0;
    enum repli_status status = repli_yaml_number(node, key, 5, 40, &pt, err);
    *cpt = (int32_t)(pt * 100 + 0.5);
    return status;
}

static enum repli_status places_check(const struct labels_spec *s, const struct repli_yaml *node, struct repli_err *err)
{
    int need = (s->each + s->columns - 1) / s->columns, people = need > s->rows ? 0 : s->rows / need;
    int lines = (s->top - MM(1) - INDEX_FIRST_UM) / INDEX_UM + 1;
    if (people == 0)
        return repli_yaml_fail(node, err, "`each` is %d, a sheet has %d labels", s->each, s->columns * s->rows);
    if ((people + 1) / 2 > lines)
        return repli_yaml_fail(node, err, "`top` leaves no room to say whose the %d rows of a sheet are", s->rows);
    int32_t used = s->codes * (s->code + s->code * QUIET_MODULES / CODE_MODULES) + 2 * s->safety;
    return s->width - used >= MM(15) && s->height - 2 * s->safety - (int32_t)s->nwrite * s->line >= MM(8)
               ? REPLI_OK
               : repli_yaml_fail(node, err, "`safety`, `code` and `write` leave no room for a name on the label");
}

static enum repli_status labels_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                     struct repli_err *err)
{
    static const char *const keys[] = {"labels", "only",  "sheet", "each", "safety", "code", "codes", "name",
                                       "text",   "write", "cut",   "stay", "note",   "line", NULL};
    struct labels_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    int64_t each = 1, codes = 1;
    *spec = s;
    s->safety = MM(1.5);
    s->line = MM(3.6);
    s->code = MM(10);
    s->name_cpt = 900;
    s->text_cpt = 750;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "labels", true, &s->title, err) != REPLI_OK ||
        repli_load_text(form, node, "note", false, &s->note, err) != REPLI_OK || sheet_load(node, s, err) != REPLI_OK ||
        repli_yaml_int(node, "each", 1, 480, &each, err) != REPLI_OK ||
        repli_yaml_int(node, "codes", 1, 2, &codes, err) != REPLI_OK ||
        repli_load_mm(node, "safety", 1.5, 20, &s->safety, err) != REPLI_OK ||
        repli_load_mm(node, "line", 3, 15, &s->line, err) != REPLI_OK ||
        repli_load_mm(node, "code", 8, 40, &s->code, err) != REPLI_OK ||
        size_load(node, "name", &s->name_cpt, err) != REPLI_OK ||
        size_load(node, "text", &s->text_cpt, err) != REPLI_OK ||
        repli_yaml_bool(node, "cut", &s->cut, err) != REPLI_OK ||
        repli_yaml_bool(node, "stay", &s->stay, err) != REPLI_OK || write_load(form, node, s, err) != REPLI_OK)
        return REPLI_DATA;
    s->each = (int)each;
    s->codes = (int)codes;
    s->rows_word = repli_form_text(form, "rows {a}–{b}");
    s->row_word = repli_form_text(form, "row {a}");
    const char *set = form->subject == REPLI_SUBJECT_WARD ? "census" : "patient";
    for (size_t i = 0; i < form->ndatasets; i++)
        if (strcmp(form->datasets[i], set) == 0)
            return places_check(s, node, err);
    return repli_yaml_fail(node, err, "labels are made from the dataset %s: add it to `datasets` at the top", set);
}

/* ---- whose */
static const char *got(const struct repli_dataset *set, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(set, row, column);
    return text && *text ? text : NULL;
}

/* What a code can hold so that a scanner reads it at that size; NULL: the label has none. */
static const char *code_text(const char *number)
{
    size_t n = number ? strlen(number) : 0;
    for (size_t i = 0; i < n; i++)
        if (number[i] <= ' ' || number[i] > '~')
            return NULL;
    return n > 0 && n <= CODE_TEXT_MAX ? number : NULL;
}

static const char *place_of(struct flow *flow, const char *room, const char *bed)
{
    if (!room && !bed)
        return "";
    if (room && bed && strncmp(bed, room, strlen(room)) == 0) /* "307-2" says its room itself */
        return bed;
    return repli_arena_printf(flow->a, "%s%s%s", room ? room : "", room && bed ? "/" : "", bed ? bed : "");
}

static struct person person_of(struct flow *flow, const struct labels_spec *s, const struct repli_dataset *set,
                               size_t row)
{
    const char *const *t = flow->form->t;
    const bool ward = flow->form->subject == REPLI_SUBJECT_WARD;
    const struct repli_dataset *stays = ward ? set : repli_flow_data(flow, "stay");
    size_t at = ward ? row : 0;
    const char *birth = repli_form_date(flow->form, got(set, row, "birth_date"), flow->a);
    const char *number = got(set, row, "identifier"), *same = got(set, row, "homonym");
    const char *stay = stays && at < stays->nrows ? got(stays, at, "stay_number") : NULL;
    struct person p = {
        .name = repli_form_name(flow, got(set, row, "family"), got(set, row, "given"), got(set, row, "name_text")),
        .number = number,
        .place = stays && at < stays->nrows ? place_of(flow, got(stays, at, "room"), got(stays, at, "bed")) : ""};
    if (same && strcmp(same, "1") == 0)
        p.lines[p.nlines++] = repli_arena_printf(flow->a, BOLD "%s" BOLD, t[TEXT_NAMESAKE]);
    p.lines[p.nlines++] =
        repli_arena_printf(flow->a, "%s " BOLD "%s" BOLD "\xC2\xA0 %s", t[TEXT_BORN], birth ? birth : t[TEXT_UNKNOWN],
                           repli_form_sex(flow->form, got(set, row, "gender")));
    p.lines[p.nlines++] =
        repli_arena_printf(flow->a, "%s " BOLD "%s" BOLD, t[TEXT_PATIENT_NO], number ? number : t[TEXT_UNKNOWN]);
    if (s->stay && stay)
        p.lines[p.nlines++] = repli_arena_printf(flow->a, "%s %s", t[TEXT_STAY_NO], stay);
    return p;
}

/* ---- one label */
struct stack_line {
    struct para para;
    const char *text;
    int32_t baseline; /* of its first line, from the top of the stack */
};
struct stack {
    struct stack_line lines[LINES_MAX + 1];
    size_t count;
    int32_t baseline, below, height; /* last baseline, ink below it, and the foot of the stack */
};

/* Lines stand evenly, and wider only where accents are stacked. */
static void stack_add(struct flow *flow, struct stack *k, struct trouble *t, const char *text, struct style plain,
                      struct style bold, int32_t room, bool whole)
{
    struct stack_line *l = &k->lines[k->count++];
    int32_t above = 0, below = 0, usual = plain.cpt * 45 / 10; /* 1.28 times the size */
    repli_pen_ink(bold, text, &above, &below);
    above = (above + 9) / 10 * 10; /* whole steps: the pen snaps, and never towards the edge */
    below = (below + 9) / 10 * 10;
    *l = (struct stack_line){.text = text, .para = {plain, bold, room, plain.cpt * 41 / 10, true, whole}};
    l->para.leading_um = repli_pen_leading(bold, text, l->para.leading_um);
    size_t lines = repli_para(NULL, t, flow->a, &l->para, 0, 0, text);
    int32_t need = k->below + above + GAP_UM;
    l->baseline = k->count == 1 ? above : k->baseline + (need > usual ? need : usual);
    k->baseline = l->baseline + (int32_t)(lines - 1) * l->para.leading_um;
    k->below = below;
    k->height = k->baseline + below;
}

/* Somewhat smaller where that keeps a text on one line. */
static int32_t one_line(struct flow *flow, const char *text, int32_t cpt, int32_t room)
{
    static const int percent[] = {100, 94, 88};
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        int32_t size = cpt * percent[i] / 100;
        struct para p = {{REPLI_FACE_MEDIUM, size}, {REPLI_FACE_BOLD, size}, room, size * 4, true, true};
        struct trouble none = {.status = REPLI_OK};
        if (repli_para(NULL, &none, flow->a, &p, 0, 0, text) == 1 && none.status == REPLI_OK)
            return size;
    }
    return cpt;
}

/* Name and lines in the largest of a few sizes at which they fit; words are broken in the smallest alone. */
static bool stack_fit(struct flow *flow, const struct labels_spec *s, const struct person *p, int32_t room,
                      int32_t height, struct stack *out)
{
    static const int percent[][2] = {{100, 100}, {90, 96}, {80, 92}, {72, 88}, {66, 84}, {60, 80}, {54, 70}, {48, 60}};
    enum { STEPS = sizeof percent / sizeof *percent, SMALLEST_CPT = 450 }; /* of the name, and of the lines below it */
    for (size_t i = 0; i < STEPS; i++) {
        struct trouble none = {.status = REPLI_OK};
        struct stack k = {.count = 0};
        int32_t name = s->name_cpt * percent[i][0] / 100, text = s->text_cpt * percent[i][1] / 100;
        name = name < SMALLEST_CPT ? SMALLEST_CPT : name;
        text = text < SMALLEST_CPT ? SMALLEST_CPT : text;
        bool whole = i + 2 < STEPS;
        stack_add(flow, &k, &none, p->name, (struct style){REPLI_FACE_BOLD, name},
                  (struct style){REPLI_FACE_BOLD, name}, room, whole);
        for (size_t l = 0; l < p->nlines; l++) {
            int32_t cpt = one_line(flow, p->lines[l], text, room);
            stack_add(flow, &k, &none, p->lines[l], (struct style){REPLI_FACE_MEDIUM, cpt},
                      (struct style){REPLI_FACE_BOLD, cpt}, room, whole);
        }
        *out = k;
        if (none.status == REPLI_OK && k.height <= height)
            return true;
    }
    return false;
}

static void write_lines(struct pen *pen, const struct labels_spec *s, int32_t x0, int32_t x1, int32_t bottom)
{
    static const int32_t sizes[] = {700, 650, 600, 550, 500, 450, 0};
    for (size_t i = 0; i < s->nwrite; i++) {
        const struct write_line *w = &s->write[i];
        int32_t y = bottom - (int32_t)(s->nwrite - 1 - i) * s->line - MM(0.6), part = (x1 - x0) / (int32_t)w->count;
        for (size_t k = 0; k < w->count; k++) {
            int32_t x = x0 + (int32_t)k * part, room = part * 55 / 100;
            struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, w->words[k])};
            repli_pen_text(pen, style, ALIGN_LEFT, x, y - MM(0.35), room, w->words[k]);
            repli_pen_line(pen, x + repli_pen_width(style, w->words[k]) + MM(0.7), y,
                           x + part - (k + 1 < w->count ? MM(1) : 0), y, MM(0.2), 0);
        }
    }
}

static void cut_lines(struct pen *pen, const struct labels_spec *s, int32_t x, int32_t y)
{
    const int32_t corners[][2] = {{x, y}, {x + s->width, y}, {x + s->width, y + s->height}, {x, y + s->height}};
    for (size_t i = 0; i < 4; i++) {
        const int32_t *a = corners[i], *b = corners[(i + 1) % 4];
        repli_pen_line(pen, a[0], a[1], b[0], b[1], MM(0.25), MM(1.2));
    }
}

static void plate_keep(struct flow *flow, struct side_build *side, struct repli_box box)
{
    side->drill = repli_arena_grow(flow->a, side->drill, side->ndrill, side->ndrill + 1, sizeof *side->drill);
    side->drill[side->ndrill++] = box;
}

/* (x, y): its corner.  The code stands at the right, also at the left where there are two; below it is room for the
** word of a drill. */
static void label(struct flow *flow, const struct labels_spec *s, const struct person *p, const struct stack *k,
                  int32_t x, int32_t y)
{
    struct side_build *side = repli_flow_side(flow);
    struct pen *pen = &side->filled;
    int32_t quiet = s->code * QUIET_MODULES / CODE_MODULES, edge = s->cut && quiet > s->safety ? quiet : s->safety;
    int32_t x0 = x + s->safety, x1 = x + s->width - s->safety, bottom = y + s->height - s->safety;
    int32_t code_y = y + edge, right = x + s->width - edge - s->code;
    const char *code = code_text(p->number);
    repli_pen_origin(pen, x, y);
    if (code)
        repli_pen_symbol(pen, repli_box_make(right, code_y, s->code, s->code), code);
    if (code && s->codes == 2)
        repli_pen_symbol(pen, repli_box_make(x + edge, code_y, s->code, s->code), code);
    plate_keep(flow, side, repli_box_make(right, code_y + s->code + quiet, s->code, PLATE_UM));
    int32_t from = s->codes == 2 ? x + edge + s->code + quiet + MM(1) : x0, top = y + s->safety;
    if (s->nwrite == 0)
        top += (bottom - top - k->height) / 2;
    for (size_t i = 0; i < k->count; i++) {
        const struct stack_line *l = &k->lines[i];
        (void)repli_para(pen, NULL, flow->a, &l->para, from, top + l->baseline, l->text);
    }
    write_lines(pen, s, x0, x1, bottom);
    if (s->cut)
        cut_lines(pen, s, x, y);
}

/* ---- sheets */

/* "rows 1–3 · 307/2 · PEETERS, Marie" in the margin above the labels; by number where the name is too long. */
static void index_line(struct flow *flow, const struct labels_spec *s, const struct person *p, int slot, int row,
                       int rows)
{
    static const int32_t sizes[] = {800, 750, 700, 650, 600, 550, 500, 0};
    struct repli_arena *a = flow->a;
    int32_t half = (MARGIN_X1 - MARGIN_X0) / 2, room = half - MM(3);
    const char *which =
        repli_form_put(rows > 1 ? s->rows_word : s->row_word, "a", repli_arena_printf(a, "%d", row + 1), a);
    which = repli_form_put(which, "b", repli_arena_printf(a, "%d", row + rows), a);
    const char *place = *p->place ? repli_arena_printf(a, " \xC2\xB7 %s", p->place) : "";
    const char *text = repli_arena_printf(a, "%s%s \xC2\xB7 %s", which, place, p->name);
    struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, room, text)};
    if (repli_pen_width(style, text) > room) {
        text = repli_arena_printf(a, "%s%s \xC2\xB7 %s\xC2\xA0%s", which, place, flow->form->t[TEXT_PATIENT_NO],
                                  p->number ? p->number : flow->form->t[TEXT_UNKNOWN]);
        style.cpt = repli_pen_fit(REPLI_FACE_BOLD, sizes, room, text);
    }
    repli_pen_text(&repli_flow_side(flow)->filled, style, ALIGN_LEFT, MARGIN_X0 + slot % 2 * half,
                   INDEX_FIRST_UM + slot / 2 * INDEX_UM, room, text);
}

static void sheet_begin(struct flow *flow, const struct labels_spec *s)
{
    static const int32_t sizes[] = {800, 750, 700, 650, 600, 550, 500, 0};
    const struct repli_dataset *ward = repli_flow_data(flow, "ward");
    const char *name = ward && ward->nrows ? got(ward, 0, "name") : NULL;
    repli_flow_new_side(flow);
    struct side_build *side = repli_flow_side(flow);
    int32_t x = MARGIN_X0, half = MM(95);
    struct style title = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, half, s->title)};
    repli_pen_text(&side->fixed, title, ALIGN_LEFT, x, MM(286.0), half, s->title);
    x += repli_pen_width(title, s->title) + MM(3);
    if (s->note) {
        struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, MM(90), s->note)};
        repli_pen_text(&side->fixed, style, ALIGN_RIGHT, MARGIN_X1, MM(286.0), MM(90), s->note);
    }
    int32_t room = MARGIN_X1 - x - (s->note ? MM(93) : 0);
    struct style style = {REPLI_FACE_MEDIUM, name ? repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, name) : 800};
    if (name && repli_pen_width(style, name) <= room)
        repli_pen_text(&side->filled, style, ALIGN_LEFT, x, MM(286.0), room, name);
}

static void person_place(struct flow *flow, const struct labels_spec *s, const struct person *p, int row)
{
    int32_t quiet = s->code * QUIET_MODULES / CODE_MODULES, edge = s->cut && quiet > s->safety ? quiet : s->safety;
    int32_t room = s->width - 2 * s->safety - s->codes * (s->code + quiet) - (edge - s->safety) * s->codes -
                   (s->codes == 2 ? MM(1) : 0);
    int32_t height = s->height - 2 * s->safety - (int32_t)s->nwrite * s->line - (s->nwrite ? MM(0.3) : 0);
    struct stack k;
    if (!stack_fit(flow, s, p, room, height, &k)) {
        repli_trouble(&flow->trouble, "\"%s\" does not fit a label of %.1f x %.1f mm: take larger labels for this ward",
                      p->name, s->width / 1000.0, s->height / 1000.0);
        return;
    }
    for (int i = 0; i < s->each; i++)
        label(flow, s, p, &k, s->left + i % s->columns * s->across, s->top + (row + i / s->columns) * s->down);
}

static void labels_place(struct flow *flow, const struct row *row)
{
    const struct labels_spec *s = row->spec;
    bool ward = flow->form->subject == REPLI_SUBJECT_WARD;
    const struct repli_dataset *set = repli_flow_data(flow, ward ? "census" : "patient");
    int need = (s->each + s->columns - 1) / s->columns, used = s->rows, slot = 0;
    for (size_t i = 0; set && i < set->nrows && flow->trouble.status == REPLI_OK; i++) {
        if (!got(set, i, "patient_id")) /* an empty bed */
            continue;
        if (used + need > s->rows) {
            sheet_begin(flow, s);
            used = slot = 0;
        }
        struct person p = person_of(flow, s, set, i);
        person_place(flow, s, &p, used);
        index_line(flow, s, &p, slot++, used, need);
        used += need;
    }
}

const struct row_kind repli_row_labels = {"labels", labels_load, labels_place, 0};

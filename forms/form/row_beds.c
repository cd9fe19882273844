/* Row kind `beds`: a ward's census, one line a bed.  It fills sides of its own: lines of 7.0 mm, of 6.5 mm where that
** saves a side, higher ones for long names; each side ends with its head count, which serves every line above it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "beds.h"

enum { HEAD_UM = 4400, FOOT_UM = 12800, RULER_UM = 100000, KEEP_ROOM = 4 };

static enum repli_status words_load(struct repli_form *form, const struct repli_yaml *node, struct beds_spec *s,
                                    struct repli_err *err)
{
    static const char *const keys[] = {
#define BEDS_KEY(word) #word,
        BEDS_WORDS(BEDS_KEY)
#undef BEDS_KEY
            NULL};
    const struct repli_yaml *words = repli_yaml_get(node, "words");
    if (!words || words->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(words ? words : node, err, "`words` must be a map: the words that are printed");
    if (repli_yaml_only(words, keys, err) != REPLI_OK)
        return REPLI_DATA;
#define BEDS_LOAD(word)                                                                                                \
    if (repli_load_text(form, words, #word, true, &s->word, err) != REPLI_OK)                                          \
        return REPLI_DATA;
    BEDS_WORDS(BEDS_LOAD)
#undef BEDS_LOAD
    return REPLI_OK;
}

static struct field_spec *field(struct repli_form *form, const struct beds_spec *s, enum repli_field_kind kind,
                                const char *id, const char *role, const char *label)
{
    struct field_spec *f = repli_arena_alloc(&form->arena, sizeof *f);
    *f = (struct field_spec){.node = s->node, .kind = kind, .id = id, .role = role, .label = label, .tier = 1};
    if (kind == REPLI_FIELD_TICK)
        f->group = "where";
    return f;
}

static void fields_make(struct repli_form *form, struct beds_spec *s)
{
    s->f_present = field(form, s, REPLI_FIELD_TICK, "present", "present", s->present);
    s->f_moved = field(form, s, REPLI_FIELD_TICK, "moved", "moved", s->moved);
    s->f_left = field(form, s, REPLI_FIELD_TICK, "left", "left", s->left);
    s->f_empty = field(form, s, REPLI_FIELD_TICK, "empty", "empty", s->empty);
    s->f_to = field(form, s, REPLI_FIELD_TEXT, "to", "to", s->moved);
    s->f_heads = field(form, s, REPLI_FIELD_DIGITS, "heads", "value", s->heads);
    s->f_heads->cells = "99";
    s->f_heads->ncells = 2;
    s->f_at = field(form, s, REPLI_FIELD_DIGITS, "at", "at", s->at);
    s->f_at->cells = "99:99";
    s->f_at->ncells = 4;
    s->f_by = field(form, s, REPLI_FIELD_INITIALS, "by", "by", s->by);
    s->f_by->tier = 3;
}

static enum repli_status beds_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"beds", "dataset", "due", "words", "gap", NULL};
    struct beds_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    s->node = node;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "beds", &s->name, err) != REPLI_OK ||
        repli_yaml_text(node, "due", &s->orders, err) != REPLI_OK ||
        repli_load_dataset(form, node, &s->dataset, err) != REPLI_OK || words_load(form, node, s, err) != REPLI_OK)
        return REPLI_DATA;
    if (form->subject != REPLI_SUBJECT_WARD)
        return repli_yaml_fail(node, err, "beds are for forms about a ward (`subject: ward`)");
    if (!s->name || !*s->name || strlen(s->name) > 8 || s->name[strspn(s->name, "abcdefghijklmnopqrstuvwxyz")])
        return repli_yaml_fail(node, err, "`beds` needs a name of at most 8 small letters");
    bool listed = !s->orders;
    for (size_t i = 0; i < form->ndatasets; i++)
        listed = listed || strcmp(form->datasets[i], s->orders) == 0;
    if (!listed || (s->orders && !repli_load_column_known(s->orders, "times")))
        return repli_yaml_fail(repli_yaml_get(node, "due"), err,
                               "`due` is the dataset orders, which must be among the `datasets` at the top");
    if (!repli_load_column_known(s->dataset, "bed_id"))
        return repli_yaml_fail(repli_yaml_get(node, "dataset"), err, "beds are filled from the dataset census");
    fields_make(form, s);
    return REPLI_OK;
}

/* ---- where sides end */
struct plan {
    struct beds_data d;
    bool dense;
    size_t from, to; /* lines of the side at hand */
};

static const char *room_of(const struct beds_data *d, size_t row)
{
    const char *room = row < d->set->nrows ? repli_dataset_cell(d->set, row, "room") : NULL;
    return room ? room : "";
}

static bool new_room(const struct plan *p, size_t row)
{
    return row == p->from || !*room_of(&p->d, row) || strcmp(room_of(&p->d, row), room_of(&p->d, row - 1)) != 0;
}

static int32_t height(const struct plan *p, size_t row)
{
    struct beds_line line;
    repli_beds_measure(&p->d, row, p->dense, true, &line);
    return line.height_um;
}

/* The first line that does not fit into `room` any more; a room's beds stay together where that costs few lines. */
static size_t side_end(const struct plan *p, int32_t room)
{
    size_t i = p->from, n = p->d.set->nrows;
    for (int32_t used = 0; i < n; i++) {
        used += height(p, i);
        if (used > room)
            break;
    }
    size_t whole = i;
    while (i < n && whole > p->from && i - whole <= KEEP_ROOM && !new_room(p, whole))
        whole--;
    return i < n && whole > p->from && i - whole <= KEEP_ROOM ? whole : i;
}

/* ---- one side */
static void captions(struct flow *flow, const struct beds_spec *s, int32_t y)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    struct pen *pen = &repli_flow_side(flow)->fixed;
    const struct {
        const char *text;
        enum align align;
        int32_t x, room;
    } heads[] = {{s->place, ALIGN_LEFT, BEDS_BED_X, MM(14.6)},
                 {s->who, ALIGN_LEFT, BEDS_WHO_X, MM(51)},
                 {s->why, ALIGN_LEFT, BEDS_WHY_X, MM(30)},
                 {s->alerts, ALIGN_LEFT, BEDS_ALERTS_X, MM(17)},
                 {s->next, ALIGN_RIGHT, BEDS_NEXT_X1, MM(11.4)},
                 {s->present, ALIGN_CENTRE, BEDS_PRESENT_X + TICK_UM / 2, MM(9.4)},
                 {s->moved, ALIGN_LEFT, BEDS_MOVED_X - MM(0.4), MM(22)},
                 {s->left, ALIGN_CENTRE, BEDS_LEFT_X + TICK_UM / 2, MM(8.6)},
                 {s->empty, ALIGN_CENTRE, BEDS_EMPTY_X + TICK_UM / 2, MM(8.6)}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, heads[i].room, heads[i].text)};
        repli_pen_text(pen, style, heads[i].align, heads[i].x, y + MM(3.0), heads[i].room, heads[i].text);
    }
}

/* "301-1 VAN DEN BERGHE, Maria: present": what a person who sees only the tick must know. */
static void tell_which(struct plan *p, size_t row, struct repli_field *f)
{
    struct repli_arena *a = p->d.flow->a;
    enum { NAME_MAX = 120 };
    const char *place = repli_beds_place(&p->d, row), *name = repli_beds_name(&p->d, row);
    if (name && strlen(name) > NAME_MAX)
        name = repli_dataset_cell(p->d.set, row, "identifier");
    f->label =
        repli_arena_printf(a, "%s%s%s: %s", place ? place : "", place && name ? " " : "", name ? name : "", f->label);
}

static void line_fields(struct plan *p, size_t row, int32_t y, int32_t h)
{
    const struct beds_spec *s = p->d.spec;
    struct flow *flow = p->d.flow;
    int32_t tick = y + (h - TICK_UM) / 2, box = p->dense ? MM(4.9) : MM(5.4);
    const char *prefix = repli_arena_printf(flow->a, "%s%zu", s->name, row + 1);
    size_t from = repli_flow_side(flow)->nfields;
    repli_draw_tick(flow, s->f_present, prefix, BEDS_PRESENT_X, tick);
    repli_draw_tick(flow, s->f_moved, prefix, BEDS_MOVED_X, tick);
    repli_draw_zone(flow, s->f_to, prefix, repli_box_make(BEDS_TO_X, y + (h - box) / 2, BEDS_TO_X1 - BEDS_TO_X, box));
    repli_draw_tick(flow, s->f_left, prefix, BEDS_LEFT_X, tick);
    repli_draw_tick(flow, s->f_empty, prefix, BEDS_EMPTY_X, tick);
    struct side_build *side = repli_flow_side(flow);
    for (size_t i = from; i < side->nfields; i++)
        tell_which(p, row, &side->fields[i]);
}

static void ruler(struct flow *flow, const struct beds_spec *s, int32_t y)
{
    struct pen *pen = &repli_flow_side(flow)->fixed;
    static const int32_t sizes[] = {750, 700, 650, 0};
    const int32_t x0 = BODY_X1 - RULER_UM, base = y + MM(10.6), patch = MM(14);
    repli_pen_line(pen, x0, base, BODY_X1, base, MM(0.25), 0);
    for (int i = 0; i <= 10; i++) {
        int32_t x = x0 + i * (RULER_UM / 10), high = i % 5 == 0 ? MM(2.4) : MM(1.4);
        repli_pen_line(pen, x, base - high, x, base, MM(0.22), 0);
    }
    for (int32_t x = BODY_X1 - patch; x + MM(2) <= BODY_X1; x += MM(0.8)) /* the grey patch */
        repli_pen_line(pen, x, y + MM(6.4), x + MM(2), y + MM(4.4), MM(0.4), 0);
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(62), s->ruler)};
    repli_pen_text(pen, style, ALIGN_LEFT, x0, y + MM(6.2), MM(62), s->ruler);
    int32_t used = repli_pen_width(style, s->ruler) + MM(3), room = RULER_UM - patch - MM(2) - used;
    struct style note = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, s->note)};
    repli_pen_text(pen, note, ALIGN_LEFT, x0 + used, y + MM(6.2), room, s->note);
}

/* `whole`: the side holds the whole ward; else its heads are those of this side. */
static void foot(struct flow *flow, const struct beds_spec *s, int32_t y, bool whole)
{
    static const struct comb_size size = {MM(5), MM(1.6), MM(6.5)};
    struct pen *pen = &repli_flow_side(flow)->fixed;
    const int32_t top = y + MM(4.6), heads = BODY_X0, at = MM(42), by = MM(67.6);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, heads, top - MM(0.95), at - heads - MM(1),
                   whole ? s->heads : s->heads_side);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, at, top - MM(0.95), by - at - MM(1), s->at);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, by, top - MM(0.95), MM(30), s->by);
    repli_draw_comb(flow, s->f_heads, "count", heads, top, size);
    repli_draw_comb(flow, s->f_at, "count", at, top, size);
    repli_draw_zone(flow, s->f_by, "count", repli_box_make(by, top, MM(18), MM(6.8)));
    ruler(flow, s, y);
}

/* ---- captures */
static const char *json_text(struct flow *flow, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *kept = text ? repli_arena_strdup(flow->a, text) : NULL;
    free(text);
    json_decref(value);
    if (!kept)
        repli_trouble(&flow->trouble, "a line of the census is not readable text (UTF-8)");
    return kept ? kept : "null";
}

static void add_capture(struct flow *flow, const char *id, const char *key, const char *base, const size_t *fields,
                        size_t count)
{
    struct side_build *s = repli_flow_side(flow);
    if (s->ncaptures == s->capcaptures) {
        size_t cap = s->capcaptures ? s->capcaptures * 2 : 64;
        s->captures = repli_arena_grow(&flow->scratch, s->captures, s->capcaptures, cap, sizeof *s->captures);
        s->capcaptures = cap;
    }
    struct repli_capture *c = &s->captures[s->ncaptures++];
    *c = (struct repli_capture){.id = id, .kind = "movement", .key = key, .base = base};
    c->roles = repli_arena_array(flow->a, count, sizeof *c->roles);
    c->fields = repli_arena_array(flow->a, count, sizeof *c->fields);
    for (; c->nmembers < count; c->nmembers++) {
        s->fields[fields[c->nmembers]].capture = c->kind;
        c->roles[c->nmembers] = s->fields[fields[c->nmembers]].role;
        c->fields[c->nmembers] = fields[c->nmembers];
    }
}

static void line_capture(struct plan *p, size_t row, size_t first, size_t at, size_t by)
{
    const struct repli_dataset *set = p->d.set;
    struct flow *flow = p->d.flow;
    const size_t fields[] = {first, first + 1, first + 2, first + 3, first + 4, at, by};
    const char *place = repli_beds_place(&p->d, row), *ward = repli_dataset_cell(set, row, "ward");
    json_t *key = json_pack(
        "{s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?}", "patient", repli_dataset_cell(set, row, "patient_id"),
        "name", repli_beds_name(&p->d, row), "identifier", repli_dataset_cell(set, row, "identifier"), "encounter",
        repli_dataset_cell(set, row, "encounter_id"), "ward", ward, "room", repli_dataset_cell(set, row, "room"), "bed",
        repli_dataset_cell(set, row, "bed"), "bed_id", repli_dataset_cell(set, row, "bed_id"));
    const char *base = repli_arena_printf(flow->a, "%s%s%s", ward ? ward : "", place ? " " : "", place ? place : "");
    add_capture(flow, repli_arena_printf(flow->a, "%s%zu", p->d.spec->name, row + 1), json_text(flow, key),
                json_text(flow, json_string(base)), fields, sizeof fields / sizeof *fields);
}

/* The head count is a capture of its own: so many heads were counted above it. */
static void count_capture(struct plan *p, size_t heads)
{
    const size_t fields[] = {heads, heads + 1, heads + 2};
    size_t printed = 0;
    for (size_t i = p->from; i < p->to; i++)
        printed += repli_dataset_cell(p->d.set, i, "patient_id") != NULL;
    json_t *key = json_pack("{s:b, s:s?, s:I}", "count", 1, "ward", repli_dataset_cell(p->d.set, p->from, "ward"),
                            "printed", (json_int_t)printed);
    add_capture(p->d.flow, "count", json_text(p->d.flow, key), NULL, fields, sizeof fields / sizeof *fields);
}

static void side(struct plan *p, int32_t top)
{
    struct flow *flow = p->d.flow;
    struct pen *pen = &repli_flow_side(flow)->filled;
    int32_t y = top + HEAD_UM;
    size_t first = repli_flow_side(flow)->nfields;
    captions(flow, p->d.spec, top);
    repli_pen_line(pen, BODY_X0, y, BEDS_RULE_X1, y, MM(0.5), 0);
    for (size_t i = p->from; i < p->to && flow->trouble.status == REPLI_OK; i++) {
        struct beds_line line;
        bool room = new_room(p, i);
        repli_beds_measure(&p->d, i, p->dense, room, &line);
        if (i > p->from)
            repli_pen_line(pen, room ? BODY_X0 : BEDS_WHO_X, y, BEDS_RULE_X1, y, room ? MM(0.4) : MM(0.22), 0);
        repli_beds_draw(&p->d, &line, y);
        line_fields(p, i, y, line.height_um);
        y += line.height_um;
    }
    repli_pen_line(pen, BODY_X0, y, BEDS_RULE_X1, y, MM(0.5), 0);
    size_t heads = repli_flow_side(flow)->nfields;
    foot(flow, p->d.spec, BODY_Y1 - FOOT_UM, p->from == 0 && p->to == p->d.set->nrows);
    for (size_t i = p->from; i < p->to && flow->trouble.status == REPLI_OK; i++)
        line_capture(p, i, first + (i - p->from) * 5, heads + 1, heads + 2);
    count_capture(p, heads);
    flow->y = BODY_Y1;
}

static void beds_place(struct flow *flow, const struct row *row)
{
    struct plan p = {.d = {.flow = flow, .spec = row->spec}};
    p.d.set = repli_flow_data(flow, p.d.spec->dataset);
    p.d.orders = p.d.spec->orders ? repli_flow_data(flow, p.d.spec->orders) : NULL;
    p.d.next_utc = repli_beds_next(&p.d);
    size_t n = p.d.set ? p.d.set->nrows : 0;
    (void)repli_flow_side(flow);
    int32_t room = BODY_Y1 - flow->y - HEAD_UM - FOOT_UM;
    if (side_end(&p, room) < n) {
        p.dense = true;
        p.dense = side_end(&p, room) == n;
    }
    do {
        room = BODY_Y1 - flow->y - HEAD_UM - FOOT_UM;
        p.to = side_end(&p, room);
        if (p.to == p.from && n > 0)
            repli_trouble(&flow->trouble, "a line of the census needs more than a side");
        side(&p, flow->y);
        p.from = p.to;
        if (p.to < n && flow->trouble.status == REPLI_OK)
            repli_flow_new_side(flow);
    } while (p.to < n && flow->trouble.status == REPLI_OK);
}

const struct row_kind repli_row_beds = {"beds", beds_load, beds_place, 0};

/* Row kind `injections`: the high-alert orders of a form (of a chart of insulin: those of insulin), each with slots
** that ask for time, dose, place and two people's initials.  The unit is printed, never written.  A slot is bound to
** its order like one of the medication sheets, whose number it shows. */
#include <string.h>

#include "orders.h"

enum { ACROSS = 4, SITES = 3 };
#define TEXT_UM MM(52)
#define SLOTS_X (BODY_X0 + ORDER_NUMBER_UM + TEXT_UM)
#define SLOT_UM ((BODY_X1 - SLOTS_X) / ACROSS)
#define LINE_UM MM(29.6)

static const char *const site_roles[SITES] = {"site_abdomen", "site_thigh", "site_arm"};
static const char *const site_ids[SITES] = {"abdomen", "thigh", "arm"};

struct injections_spec {
    const char *name, *empty, *head, *slots;
    const char *at, *dose, *by, *by2; /* what a person who keys is told */
    const char *site[SITES];          /* letter beside the box */
};

static enum repli_status words_load(struct repli_form *form, const struct repli_yaml *node, struct injections_spec *s,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"at", "dose", "by", "by2", "abdomen", "thigh", "arm", NULL};
    const struct repli_yaml *words = repli_yaml_get(node, "words");
    const char **to[] = {&s->at, &s->dose, &s->by, &s->by2, &s->site[0], &s->site[1], &s->site[2]};
    if (!words || words->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(words ? words : node, err, "`words` must hold at, dose, by, by2, abdomen, thigh, arm");
    if (repli_yaml_only(words, keys, err) != REPLI_OK)
        return REPLI_DATA;
    for (size_t i = 0; keys[i]; i++)
        if (repli_load_text(form, words, keys[i], true, to[i], err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

static enum repli_status injections_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                         struct repli_err *err)
{
    static const char *const keys[] = {"injections", "only", "dataset", "empty", "head", "slots", "words", "gap", NULL};
    struct injections_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const char *dataset = NULL;
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_yaml_text(node, "injections", &s->name, err) != REPLI_OK ||
        repli_load_dataset(form, node, &dataset, err) != REPLI_OK ||
        repli_load_text(form, node, "empty", true, &s->empty, err) != REPLI_OK ||
        repli_load_text(form, node, "head", true, &s->head, err) != REPLI_OK ||
        repli_load_text(form, node, "slots", true, &s->slots, err) != REPLI_OK)
        return REPLI_DATA;
    if (!s->name || !*s->name || strcmp(dataset, "orders") != 0)
        return repli_yaml_fail(node, err,
                               "a row of kind injections needs a name and is filled from the dataset orders");
    if (!form->drugs)
        return repli_yaml_fail(node, err,
                               "`drugs` is missing at the head of the form: which drugs, and how they print");
    repli_order_words(form);
    return words_load(form, node, s, err);
}

struct slot_field {
    enum repli_field_kind kind;
    const char *id, *role, *group, *label, *unit, *cells;
    int tier;
    size_t ncells;
    int32_t x, y, width, height;
};

static void field(struct flow *flow, const char *prefix, const struct slot_field *f)
{
    struct field_spec *spec = repli_arena_alloc(flow->a, sizeof *spec);
    *spec = (struct field_spec){.node = flow->trouble.node,
                                .kind = f->kind,
                                .id = f->id,
                                .role = f->role,
                                .group = f->group,
                                .label = f->label,
                                .unit = f->unit,
                                .cells = f->cells,
                                .ncells = f->ncells,
                                .tier = f->tier};
    if (strcmp(f->id, "dose") == 0) { /* nobody is given none; more than the cells hold is written out elsewhere */
        spec->soft = (struct repli_range){true, true, 1, 100};
        spec->hard = (struct repli_range){true, true, 1, 999};
    }
    if (f->kind == REPLI_FIELD_TICK)
        repli_draw_tick(flow, spec, prefix, f->x, f->y);
    else if (f->kind == REPLI_FIELD_DIGITS)
        repli_draw_comb(flow, spec, prefix, f->x, f->y, (struct comb_size){f->width, MM(1.3), f->height});
    else
        repli_draw_zone(flow, spec, prefix, repli_box_make(f->x, f->y, f->width, f->height));
}

static void sites(struct flow *flow, const struct injections_spec *s, const char *prefix, int32_t x, int32_t y)
{
    static const int32_t sizes[] = {850, 800, 750, 700, 0};
    for (int i = 0; i < SITES; i++) {
        int32_t at = x + i * MM(9.6);
        const struct slot_field tick = {
            REPLI_FIELD_TICK, site_ids[i], site_roles[i], "site", s->site[i], NULL, NULL, 1, 0, at, y, 0, 0};
        field(flow, prefix, &tick);
        struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, MM(1.95), s->site[i])};
        repli_pen_text(&repli_flow_side(flow)->fixed, style, ALIGN_LEFT, at + TICK_UM + MM(1.95), y + MM(3.1), MM(2),
                       s->site[i]);
    }
}

static void slot_fields(struct flow *flow, const struct injections_spec *s, const struct order *o, const char *prefix,
                        int32_t x, int32_t y)
{
    static const int32_t sizes[] = {850, 800, 750, 700, 650, 600, 550, 0};
    const struct slot_field at = {REPLI_FIELD_DIGITS, "at",    "at",   NULL, s->at, NULL, "99:99", 1, 4, x,
                                  y + MM(1.4),        MM(4.2), MM(5.8)},
                            dose = {REPLI_FIELD_DIGITS, "dose",  "value", NULL, s->dose, o->unit, "999", 1, 3, x,
                                    y + MM(7.9),        MM(4.2), MM(5.8)},
                            by = {REPLI_FIELD_INITIALS, "by",     "by", NULL, s->by, NULL, NULL, 3, 0, x,
                                  y + MM(21.6),         MM(12.8), MM(6)},
                            by2 = {REPLI_FIELD_INITIALS, "by2",        "by2",    NULL, s->by2, NULL, NULL, 3, 0,
                                   x + MM(13.8),         y + MM(21.6), MM(12.8), MM(6)};
    field(flow, prefix, &at);
    field(flow, prefix, &dose);
    if (o->unit) {
        struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, MM(13), o->unit)};
        repli_pen_text(&repli_flow_side(flow)->filled, style, ALIGN_LEFT, x + MM(13.6), y + MM(12.0), MM(13.6),
                       o->unit);
    }
    sites(flow, s, prefix, x, y + MM(15.65));
    field(flow, prefix, &by);
    field(flow, prefix, &by2);
}

static void slots(struct flow *flow, const struct injections_spec *s, const struct order *o, const char *row, int lines,
                  int32_t y)
{
    struct side_build *side = repli_flow_side(flow);
    for (int i = 0; i < ACROSS * lines; i++) {
        const char *prefix = repli_arena_printf(flow->a, "%s.slot%d", row, i + 1);
        size_t from = side->nfields;
        int32_t x = SLOTS_X + i % ACROSS * SLOT_UM + MM(2.2), top = y + i / ACROSS * LINE_UM;
        repli_pen_origin(&side->fixed, x, top);
        repli_pen_origin(&side->filled, x, top);
        slot_fields(flow, s, o, prefix, x, top);
        struct capture_in in = {.id = prefix,
                                .kind = "administration",
                                .key = repli_order_asked_key(flow, o, o->as_needed ? o->interval_s : 0),
                                .from = from,
                                .main = from,
                                .shared = {-1, -1}};
        repli_flow_capture(flow, &in);
    }
}

/* Captions over the columns, under a rule. */
static void head(struct flow *flow, const struct injections_spec *s, int32_t y)
{
    struct pen *pen = &repli_flow_side(flow)->fixed;
    repli_pen_line(pen, BODY_X0, y, BODY_X1, y, MM(0.5), 0);
    repli_order_caption(flow, BODY_X0 + ORDER_NUMBER_UM, y + MM(3.6), TEXT_UM - MM(2), s->head);
    repli_order_caption(flow, SLOTS_X + MM(2.2), y + MM(3.6), BODY_X1 - SLOTS_X - MM(2.3), s->slots);
    repli_pen_line(pen, BODY_X0, y + ORDER_HEAD_UM, BODY_X1, y + ORDER_HEAD_UM, MM(0.35), 0);
}

static void place_order(struct flow *flow, const struct injections_spec *s, const struct order *o, int number)
{
    int lines = o->as_needed ? 2 : 1;
    struct order_text text = {flow, o, false, BODY_X0 + ORDER_NUMBER_UM, TEXT_UM - MM(2.2), 0, o->as_needed};
    int32_t height = repli_order_height(&text, LINE_UM * lines);
    bool first = number == 1 || !repli_flow_fits(flow, height);
    int32_t y = repli_flow_take(flow, height + (first ? ORDER_HEAD_UM : 0), 0);
    if (first) {
        head(flow, s, y);
        y += ORDER_HEAD_UM;
    }
    struct side_build *side = repli_flow_side(flow);
    repli_pen_origin(&side->fixed, BODY_X0, y);
    repli_pen_origin(&side->filled, BODY_X0, y);
    repli_order_edge(flow, o, y, height);
    (void)repli_order_text(&text, y, true);
    for (int c = 0; c < ACROSS; c++)
        repli_pen_line(&side->fixed, SLOTS_X + c * SLOT_UM, y, SLOTS_X + c * SLOT_UM, y + height, c ? MM(0.3) : MM(0.5),
                       0);
    if (lines > 1)
        repli_pen_line(&side->fixed, SLOTS_X, y + LINE_UM, BODY_X1, y + LINE_UM, MM(0.22), 0);
    slots(flow, s, o, repli_arena_printf(flow->a, "%s%d", s->name, number), lines, y);
}

static void injections_place(struct flow *flow, const struct row *row)
{
    const struct injections_spec *s = row->spec;
    const struct orders *all = repli_flow_orders(flow);
    int n = 0;
    for (size_t i = 0; i < all->count && flow->trouble.status == REPLI_OK; i++)
        if (all->items[i].high_alert)
            place_order(flow, s, &all->items[i], ++n);
    if (n == 0) {
        int32_t y = repli_flow_take(flow, MM(5), 0);
        repli_pen_text(&repli_flow_side(flow)->filled, STYLE_LABEL, ALIGN_LEFT, BODY_X0, y + MM(3.6), BODY_X1 - BODY_X0,
                       s->empty);
    }
    flow->y = repli_snap(flow->y + row->gap_um);
}

const struct row_kind repli_row_injections = {"injections", injections_load, injections_place, MM(2)};

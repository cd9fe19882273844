/* Row kind `asneeded`: orders that are given when the patient needs them, apart from the regular ones so that they are
** not given by habit.  Eight slots each; every dose says when, how much, why and what it did. */
#include "orders.h"

#include <string.h>

enum { ACROSS = 4, SLOTS = 8 };

struct asneeded_spec {
    const char *note; /* what the codes mean: under the last order */
};

static enum repli_status asneeded_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                       struct repli_err *err)
{
    static const char *const keys[] = {"asneeded", "only", "dataset", "note", "gap", NULL};
    struct asneeded_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const char *dataset = NULL;
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_load_dataset(form, node, &dataset, err) != REPLI_OK ||
        repli_load_text(form, node, "note", true, &s->note, err) != REPLI_OK)
        return REPLI_DATA;
    if (strcmp(dataset, "orders") != 0)
        return repli_yaml_fail(repli_yaml_get(node, "dataset"), err,
                               "a row of kind asneeded is filled from the dataset orders");
    if (!form->drugs)
        return repli_yaml_fail(node, err, "`drugs` is missing at the head of the form: how drugs are printed");
    repli_order_words(form);
    return REPLI_OK;
}

static void slot_fields(struct flow *flow, const struct order *o, const char *prefix, int32_t x, int32_t y)
{
    static const struct repli_range reasons = {true, true, 1, 7}, effects = {true, true, 0, 2};
    const struct order_field at = {REPLI_FIELD_DIGITS, "at", "at", NULL,  NULL,    "99:99",
                                   WORD_GIVEN_AT,      1,    0,    MM(4), MM(5.4), {0}},
                             value = {REPLI_FIELD_WRITE, "dose", "value", NULL,     o->unit, NULL,
                                      WORD_DOSE_GIVEN,   1,      3,       MM(12.2), MM(5.4), {0}},
                             by = {REPLI_FIELD_INITIALS,
                                   "by",
                                   "by",
                                   NULL,
                                   NULL,
                                   NULL,
                                   WORD_GIVEN_BY,
                                   3,
                                   0,
                                   o->high_alert ? MM(8.2) : MM(16.4),
                                   MM(5.4),
                                   {0}},
                             by2 = {REPLI_FIELD_INITIALS, "by2", "by2", NULL,    NULL,    NULL,
                                    WORD_SECOND,          3,     0,     MM(8.2), MM(5.4), {0}},
                             reason = {REPLI_FIELD_DIGITS, "reason", "reason", NULL,    NULL,    "9",
                                       WORD_WHY,           2,        0,        MM(4.2), MM(5.4), reasons},
                             effect = {REPLI_FIELD_DIGITS, "effect", "effect", NULL,    NULL,    "9",
                                       WORD_EFFECT,        2,        0,        MM(4.2), MM(5.4), effects};
    (void)repli_order_field(flow, &at, prefix, x, y + MM(1.2));
    (void)repli_order_field(flow, &value, prefix, x, y + MM(7.6));
    if (o->unit && repli_pen_width(STYLE_CAPTION, o->unit) <= ORDER_UNIT_UM)
        repli_pen_text(&repli_flow_side(flow)->filled, STYLE_CAPTION, ALIGN_LEFT, x + MM(12.8), y + MM(11.4), MM(5),
                       o->unit);
    (void)repli_order_field(flow, &by, prefix, x, y + MM(14));
    if (o->high_alert)
        (void)repli_order_field(flow, &by2, prefix, x + MM(9), y + MM(14));
    (void)repli_order_field(flow, &reason, prefix, x + MM(18.6), y + MM(3.6));
    (void)repli_order_field(flow, &effect, prefix, x + MM(18.6), y + MM(14));
    static const int32_t sizes[] = {700, 650, 600, 550, 500, 0};
    const char *why = flow->form->words[WORD_WHY], *what = flow->form->words[WORD_EFFECT];
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(5.8), why)};
    repli_pen_text(&repli_flow_side(flow)->fixed, style, ALIGN_LEFT, x + MM(17.7), y + MM(2.9), MM(6), why);
    style.cpt = repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(5.8), what);
    repli_pen_text(&repli_flow_side(flow)->fixed, style, ALIGN_LEFT, x + MM(17.7), y + MM(13.2), MM(6), what);
}

static void slots(struct flow *flow, const struct order *o, const char *row, int32_t y)
{
    struct side_build *side = repli_flow_side(flow);
    for (int i = 0; i < SLOTS; i++) {
        const char *prefix = repli_arena_printf(flow->a, "%s.slot%d", row, i + 1);
        size_t from = side->nfields;
        int32_t x = ORDER_SLOTS_X + i % ACROSS * ORDER_SLOT_UM + MM(0.9), top = y + i / ACROSS * MM(20.6);
        repli_pen_origin(&side->fixed, x, top);
        slot_fields(flow, o, prefix, x, top);
        struct capture_in in = {.id = prefix,
                                .kind = "administration",
                                .key = repli_order_asked_key(flow, o, o->interval_s),
                                .from = from,
                                .main = from,
                                .shared = {-1, -1}};
        repli_flow_capture(flow, &in);
    }
}

static void total(struct flow *flow, const struct order *o, const char *row, int32_t y)
{
    const struct order_field sum = {REPLI_FIELD_WRITE, "total", NULL, NULL,     o->unit, NULL,
                                    WORD_TOTAL,        3,       3,    MM(16.4), MM(6.4), {0}};
    repli_order_caption(flow, ORDER_VERIFY_X, y + MM(31.2), ORDER_VERIFY_UM - MM(1), flow->form->words[WORD_TOTAL]);
    (void)repli_order_field(flow, &sum, row, ORDER_VERIFY_X, y + MM(32.2));
}

static void place_order(struct flow *flow, const struct order *o, int number)
{
    struct side_build *side = repli_flow_side(flow);
    struct order_text text = {flow, o, false, BODY_X0 + ORDER_NUMBER_UM, ORDER_TEXT_UM - MM(2.2), 0, true};
    int32_t height = repli_order_height(&text, MM(41.4));
    bool head = number == 1 || !repli_flow_fits(flow, height);
    int32_t y = repli_flow_take(flow, height + (head ? ORDER_HEAD_UM : 0), 0);
    side = repli_flow_side(flow);
    if (head) {
        repli_order_head(flow, y, flow->form->words[WORD_ASNEEDED_HEAD], flow->form->words[WORD_ASNEEDED_SLOTS]);
        y += ORDER_HEAD_UM;
    }
    const char *row = repli_arena_printf(flow->a, "prn%d", number);
    repli_pen_origin(&side->fixed, BODY_X0, y);
    repli_pen_origin(&side->filled, BODY_X0, y);
    repli_order_edge(flow, o, y, height);
    (void)repli_order_text(&text, y, true);
    for (int c = 0; c < ACROSS; c++) {
        int32_t x = ORDER_SLOTS_X + c * ORDER_SLOT_UM;
        repli_pen_line(&side->fixed, x, y, x, y + height, c ? MM(0.3) : MM(0.5), 0);
    }
    repli_pen_line(&side->fixed, ORDER_SLOTS_X, y + MM(20.3), BODY_X1, y + MM(20.3), MM(0.22), 0);
    repli_order_verify(flow, o, row, y);
    total(flow, o, row, y);
    slots(flow, o, row, y);
}

static void asneeded_place(struct flow *flow, const struct row *row)
{
    const struct orders *all = repli_flow_orders(flow);
    for (size_t i = all->regular; i < all->count && flow->trouble.status == REPLI_OK; i++)
        place_order(flow, &all->items[i], (int)(i - all->regular) + 1);
    if (all->count == all->regular || flow->trouble.status != REPLI_OK)
        return;
    const struct asneeded_spec *s = row->spec;
    struct para p = {STYLE_CAPTION, {REPLI_FACE_BOLD, 750}, BODY_X1 - BODY_X0, MM(3.5), false, false};
    size_t lines = repli_para(NULL, &flow->trouble, flow->a, &p, 0, 0, s->note);
    int32_t y = repli_flow_take(flow, (int32_t)lines * p.leading_um + MM(0.8), row->gap_um);
    (void)repli_para(&repli_flow_side(flow)->fixed, NULL, flow->a, &p, BODY_X0, y + MM(3.2), s->note);
}

const struct row_kind repli_row_asneeded = {"asneeded", asneeded_load, asneeded_place, MM(2)};

/* What the rows of both order blocks share: the head of the block, the number, the bar of a high-alert order, and what
** the prescriber or nurse decides about the order. */
#include "orders.h"

#include <string.h>

void repli_order_keys(struct flow *flow, const struct order *order, struct repli_buf *b)
{
    const char *unit = order->sent_unit ? order->sent_unit : "";
    repli_buf_puts(b, "\"order\":");
    repli_json_string(b, order->id);
    repli_buf_puts(b, ",\"medication\":");
    repli_json_string(b, order->sent_name);
    repli_buf_puts(b, ",\"dose\":");
    repli_json_string(b, order->sent_dose);
    repli_buf_puts(b, ",\"dose_unit\":");
    repli_json_string(b, unit);
    repli_buf_puts(b, ",\"route\":");
    repli_json_string(b, order->sent_route);
    repli_buf_printf(b, ",\"high_alert\":%s", order->high_alert ? "true" : "false");
    if (flow->sign)
        repli_buf_puts(b, ",\"sign\":true");
    const char *related = repli_drug_allergy_words(flow->form->drugs, order->sent_name, flow->a);
    if (related)
        repli_buf_printf(b, ",\"related\":%s", related);
}

/* A field of orders has no line in a template: its words come from the language, the rest is the same for all. */
struct repli_field *repli_order_field(struct flow *flow, const struct order_field *f, const char *prefix, int32_t x,
                                      int32_t y)
{
    struct field_spec *spec = repli_arena_alloc(flow->a, sizeof *spec);
    *spec = (struct field_spec){.node = flow->trouble.node,
                                .kind = f->kind,
                                .id = f->id,
                                .role = f->role,
                                .label = flow->form->words[f->label],
                                .unit = f->unit,
                                .group = f->group,
                                .cells = f->cells,
                                .ncells = f->cells ? strspn(f->cells, "9") + (strchr(f->cells, ':') ? 2 : 0) : 0,
                                .decimals = f->decimals,
                                .tier = f->tier,
                                .hard = f->hard};
    if (f->kind == REPLI_FIELD_TICK)
        repli_draw_tick(flow, spec, prefix, x, y);
    else if (f->kind == REPLI_FIELD_DIGITS)
        repli_draw_comb(flow, spec, prefix, x, y, (struct comb_size){f->width, MM(1.3), f->height});
    else
        repli_draw_zone(flow, spec, prefix, repli_box_make(x, y, f->width, f->height));
    struct side_build *side = repli_flow_side(flow);
    return &side->fields[side->nfields - 1];
}

void repli_order_caption(struct flow *flow, int32_t x, int32_t baseline, int32_t room, const char *text)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, text)};
    repli_pen_text(&repli_flow_side(flow)->fixed, style, ALIGN_LEFT, x, baseline, room, text);
}

/* Who verified, and when: once a side, in the banner; the decisions on the side share it. */
static void verify_fields(struct flow *flow)
{
    static const struct order_field at = {REPLI_FIELD_DIGITS, "at", "at", NULL,    NULL,    "99:99",
                                          WORD_VERIFIED_AT,   1,    0,    MM(4.0), MM(5.4), {0}},
                                    by = {REPLI_FIELD_INITIALS, "by", "by", NULL,     NULL,    NULL,
                                          WORD_VERIFIED_BY,     3,    0,    MM(12.6), MM(5.4), {0}};
    struct side_build *side = repli_flow_side(flow);
    int32_t y = side->verify_y, x = BODY_X0 + MM(52.4);
    const char *text = flow->form->words[WORD_VERIFIED_BY];
    if (y == 0 || side->verify[0] >= 0)
        return;
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(14), text)};
    repli_pen_text(&side->fixed, style, ALIGN_RIGHT, x - MM(1), y + MM(3.6), MM(14), text);
    side->verify[0] = (int)side->nfields;
    (void)repli_order_field(flow, &by, "verified", x, y);
    side->verify[1] = (int)side->nfields;
    (void)repli_order_field(flow, &at, "verified", x + MM(13.4), y);
}

void repli_order_head(struct flow *flow, int32_t y, const char *left, const char *right)
{
    struct pen *pen = &repli_flow_side(flow)->fixed;
    repli_pen_line(pen, BODY_X0, y, BODY_X1, y, MM(0.5), 0);
    repli_order_caption(flow, BODY_X0 + ORDER_NUMBER_UM, y + MM(3.6), ORDER_TEXT_UM - MM(2), left);
    repli_order_caption(flow, ORDER_VERIFY_X, y + MM(3.6), ORDER_VERIFY_UM - MM(0.8),
                        flow->form->words[flow->sign ? WORD_SIGNED : WORD_VERIFIED]);
    if (right)
        repli_order_caption(flow, ORDER_SLOTS_X + MM(0.9), y + MM(3.6), BODY_X1 - ORDER_SLOTS_X - MM(1), right);
    repli_pen_line(pen, BODY_X0, y + ORDER_HEAD_UM, BODY_X1, y + ORDER_HEAD_UM, MM(0.35), 0);
    verify_fields(flow);
}

void repli_order_edge(struct flow *flow, const struct order *order, int32_t y, int32_t height)
{
    struct side_build *side = repli_flow_side(flow);
    const char *number = repli_arena_printf(flow->a, "%d", order->number);
    static const int32_t sizes[] = {1100, 1000, 900, 800, 700, 600, 500, 0};
    int32_t bar = order->high_alert ? MM(1.6) : 0, room = ORDER_NUMBER_UM - MM(1.1) - bar;
    struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, room, number)};
    if (bar)
        repli_pen_fill(&side->filled, repli_box_make(BODY_X0, y + MM(0.2), bar, height - MM(0.4)));
    repli_pen_text(&side->filled, style, ALIGN_RIGHT, BODY_X0 + ORDER_NUMBER_UM - MM(0.9), y + MM(4.6), room, number);
    repli_pen_line(&side->fixed, BODY_X0, y + height, BODY_X1, y + height, MM(0.3), 0);
}

/* Where orders stand only by the prescriber's word: initials in each row, so that none is signed unseen. */
static void sign_field(struct flow *flow, const char *prefix, int32_t x, int32_t y)
{
    static const struct order_field by = {
        REPLI_FIELD_INITIALS, "prescriber", "prescriber", NULL, NULL, NULL, WORD_SIGNED, 3, 0, MM(17.2), MM(5.4), {0}};
    repli_order_caption(flow, x, y + MM(22.6), ORDER_VERIFY_UM - MM(0.8), flow->form->words[WORD_SIGNED]);
    (void)repli_order_field(flow, &by, prefix, x, y + MM(23.6));
}

void repli_order_verify(struct flow *flow, const struct order *order, const char *prefix, int32_t y)
{
    const struct order_field go = {REPLI_FIELD_TICK, "continue", "continue", "verify", NULL, NULL,
                                   WORD_CONTINUE,    1,          0,          0,        0,    {0}},
                             stop = {REPLI_FIELD_TICK, "stop", "stop", "verify", NULL, NULL,
                                     WORD_STOP_TICK,   1,      0,      0,        0,    {0}};
    struct order_field changed = {REPLI_FIELD_DIGITS, "changed", "changed", NULL,    NULL,    "99",
                                  WORD_CHANGED,       1,         0,         MM(4.2), MM(4.8), {0}};
    struct side_build *side = repli_flow_side(flow);
    const int32_t x = ORDER_VERIFY_X, words = x + TICK_UM + TICK_LABEL_UM, room = ORDER_SLOTS_X - words - MM(0.6);
    size_t from = side->nfields;
    struct repli_buf b = {0};
    repli_pen_origin(&side->fixed, x, y);
    if (repli_orders_next(flow) > 90)
        changed.cells = "999";
    int32_t comb = changed.cells[2] ? MM(12.6) : MM(8.4), comb_x = ORDER_SLOTS_X - MM(1) - comb;
    (void)repli_order_field(flow, &go, prefix, x, y + MM(2.2));
    repli_order_caption(flow, words, y + MM(5.2), room, flow->form->words[WORD_CONTINUE]);
    (void)repli_order_field(flow, &stop, prefix, x, y + MM(9.2));
    repli_order_caption(flow, words, y + MM(12.2), room, flow->form->words[WORD_STOP_TICK]);
    (void)repli_order_field(flow, &changed, prefix, comb_x, y + MM(14.4));
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    const char *arrow = flow->form->words[WORD_NEW_NUMBER];
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, comb_x - x, arrow)};
    repli_pen_text(&side->fixed, style, ALIGN_RIGHT, comb_x - MM(0.8), y + MM(17.8), comb_x - x, arrow);
    if (flow->sign)
        sign_field(flow, prefix, x, y);
    repli_buf_puts(&b, "{\"order\":");
    repli_json_string(&b, order->id);
    repli_buf_puts(&b, ",\"medication\":");
    repli_json_string(&b, order->sent_name);
    repli_buf_puts(&b, flow->sign ? ",\"sign\":true}" : "}");
    struct capture_in in = {.id = repli_arena_printf(flow->a, "%s.verify", prefix),
                            .kind = "order-decision",
                            .key = repli_arena_strndup(flow->a, b.data, b.len),
                            .base = order->on_hold ? "\"on-hold\"" : "\"active\"",
                            .from = from,
                            .main = from,
                            .shared = {side->verify[1], side->verify[0]}};
    repli_flow_capture(flow, &in);
    repli_buf_done(&b);
}

const char *repli_order_asked_key(struct flow *flow, const struct order *order, int64_t interval_s)
{
    struct repli_buf b = {0};
    repli_buf_puts(&b, "{");
    repli_order_keys(flow, order, &b);
    repli_buf_puts(&b, ",\"as_needed\":true,\"min_interval_s\":");
    if (interval_s)
        repli_buf_printf(&b, "%lld", (long long)interval_s);
    else
        repli_buf_puts(&b, "null");
    repli_buf_puts(&b, ",\"max_24h\":");
    repli_json_string(&b, order->sent_max);
    repli_buf_puts(&b, "}");
    const char *key = repli_arena_strndup(flow->a, b.data, b.len);
    repli_buf_done(&b);
    return key;
}

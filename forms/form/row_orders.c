/* Row kind `orders`: the regular orders, a row each, with a slot under the hours of the day in which a dose is due.
** Data that is too old prints them as history: text alone, nothing to chart. */
#include "orders.h"

#include <string.h>

enum { COLUMNS = 4 };

struct orders_spec {
    const char *dataset, *empty;
};

static enum repli_status orders_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                     struct repli_err *err)
{
    static const char *const keys[] = {"orders", "only", "dataset", "empty", "gap", NULL};
    struct orders_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_load_dataset(form, node, &s->dataset, err) != REPLI_OK ||
        repli_load_text(form, node, "empty", true, &s->empty, err) != REPLI_OK)
        return REPLI_DATA;
    if (strcmp(s->dataset, "orders") != 0)
        return repli_yaml_fail(repli_yaml_get(node, "dataset"), err,
                               "a row of kind orders is filled from the dataset orders");
    if (!form->drugs)
        return repli_yaml_fail(node, err, "`drugs` is missing at the head of the form: how drugs are printed");
    repli_order_words(form);
    return REPLI_OK;
}

/* ---- one printed row of an order: at most one dose in each column */
struct order_row {
    struct flow *flow;
    const struct order *order;
    const int64_t *due[COLUMNS]; /* NULL: none in this column */
    bool blank;                  /* no times are known: every column has a slot without a due time */
    bool again;
    const char *prefix;
    int32_t y, height;
};

static int64_t column_start(const struct flow *flow, int column)
{
    return flow->in->window_utc + (int64_t)flow->in->window_hours * 3600 * column / COLUMNS;
}

/* "15", "02A", "15:30": the wall clock at the edge of a column. */
static const char *edge(const struct flow *flow, int column)
{
    struct repli_civil c;
    char fold[2] = {0, 0};
    repli_zone_civil(flow->in->zone, column_start(flow, column), &c);
    fold[0] = c.fold;
    if (c.minute)
        return repli_arena_printf(flow->a, "%02d:%02d%s", c.hour, c.minute, fold);
    return repli_arena_printf(flow->a, "%02d%s", c.hour, fold);
}

static void head(struct flow *flow, int32_t y)
{
    const struct style style = {REPLI_FACE_BOLD, 1000};
    repli_order_head(flow, y, flow->form->words[WORD_ORDER_HEAD], NULL);
    for (int c = 0; c < COLUMNS; c++) {
        const char *text = repli_form_put(flow->form->words[WORD_COLUMN], "a", edge(flow, c), flow->a);
        text = repli_form_put(text, "b", edge(flow, c + 1), flow->a);
        repli_pen_text(&repli_flow_side(flow)->filled, style, ALIGN_LEFT, ORDER_SLOTS_X + c * ORDER_SLOT_UM + MM(0.9),
                       y + MM(3.9), ORDER_SLOT_UM - MM(1), text);
    }
}

/* ---- slots */
/* The charted dose that belongs to a due time: the nearest one within an hour of it. */
static const struct dose *charted(const struct order *o, int64_t due)
{
    const struct dose *best = NULL;
    int64_t least = 3600;
    for (size_t i = 0; i < o->ndoses; i++) {
        int64_t off = o->doses[i].utc > due ? o->doses[i].utc - due : due - o->doses[i].utc;
        if (off <= least && (!best || off < least)) {
            best = &o->doses[i];
            least = off;
        }
    }
    return best;
}

static const char *clock_text(struct flow *flow, int64_t utc)
{
    struct repli_civil c;
    char fold[3] = {0, 0, 0};
    repli_zone_civil(flow->in->zone, utc, &c);
    if (c.fold) {
        fold[0] = ' ';
        fold[1] = c.fold;
    }
    return repli_arena_printf(flow->a, "%02d:%02d%s", c.hour, c.minute, fold);
}

static const char *slot_key(const struct order_row *r, const int64_t *due)
{
    struct repli_buf b = {0};
    repli_buf_puts(&b, "{");
    repli_order_keys(r->flow, r->order, &b);
    if (due)
        repli_buf_printf(&b, ",\"due_utc\":%lld}", (long long)*due);
    else
        repli_buf_puts(&b, ",\"due_utc\":null}");
    const char *key = repli_arena_strndup(r->flow->a, b.data, b.len);
    repli_buf_done(&b);
    return key;
}

/* The due time, and under it what the record says of this dose already. */
static const char *slot_due(const struct order_row *r, const int64_t *due, int32_t x)
{
    static const int32_t sizes[] = {1200, 1100, 1000, 900, 0}, small[] = {700, 650, 600, 550, 0};
    struct flow *flow = r->flow;
    struct pen *pen = &repli_flow_side(flow)->filled;
    if (!due) {
        repli_order_caption(flow, x, r->y + MM(7.2), MM(15), flow->form->words[WORD_HOUR]);
        return NULL;
    }
    const char *text = clock_text(flow, *due);
    struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, MM(15.4), text)};
    const struct dose *dose = charted(r->order, *due);
    repli_pen_text(pen, style, ALIGN_LEFT, x, r->y + (dose ? MM(4.5) : MM(5.6)), MM(15.4), text);
    if (!dose)
        return NULL;
    enum order_word w = strcmp(dose->status, "completed") == 0  ? WORD_CHARTED
                        : strcmp(dose->status, "not-done") == 0 ? WORD_CHARTED_NOT
                                                                : WORD_CHARTED_OTHER;
    text = repli_form_put(flow->form->words[w], "time", clock_text(flow, dose->utc), flow->a);
    style.cpt = repli_pen_fit(REPLI_FACE_BOLD, small, MM(15.4), text);
    repli_pen_text(pen, style, ALIGN_LEFT, x, r->y + MM(7.1), MM(15.4), text);
    return repli_arena_printf(flow->a, "\"%s\"", dose->status);
}

static void slot_fields(const struct order_row *r, const char *prefix, int32_t x)
{
    static const struct repli_range codes = {true, true, 1, 8};
    const struct order *o = r->order;
    const struct order_field tick = {REPLI_FIELD_TICK, "given", "status", NULL, NULL, NULL,
                                     WORD_GIVEN,       1,       0,        0,    0,    {0}},
                             at = {REPLI_FIELD_DIGITS, "at", "at", NULL,  NULL,    "99:99",
                                   WORD_GIVEN_AT,      1,    0,    MM(4), MM(5.1), {0}},
                             by = {REPLI_FIELD_INITIALS,
                                   "by",
                                   "by",
                                   NULL,
                                   NULL,
                                   NULL,
                                   WORD_GIVEN_BY,
                                   3,
                                   0,
                                   o->high_alert ? MM(11) : MM(16),
                                   MM(5.6),
                                   {0}},
                             by2 = {REPLI_FIELD_INITIALS, "by2", "by2", NULL,   NULL,    NULL,
                                    WORD_SECOND,          3,     0,     MM(11), MM(5.6), {0}},
                             value = {REPLI_FIELD_WRITE, "dose", "value", NULL,     o->unit, NULL,
                                      WORD_DOSE_GIVEN,   1,      3,       MM(12.6), MM(5.6), {0}},
                             reason = {REPLI_FIELD_DIGITS, "code", "reason", NULL,    NULL,    "9",
                                       WORD_WHY_NOT,       1,      0,        MM(4.4), MM(5.6), codes};
    int32_t line = r->y + MM(14.2), last = o->high_alert ? r->y + MM(20.7) : line;
    (void)repli_order_field(r->flow, &tick, prefix, x + MM(18.4) - MM(0.9), r->y + MM(2.2));
    (void)repli_order_field(r->flow, &at, prefix, x, r->y + MM(8.2));
    (void)repli_order_field(r->flow, &by, prefix, x, line);
    if (o->high_alert) {
        (void)repli_order_field(r->flow, &by2, prefix, x + MM(11.8), line);
        (void)repli_order_field(r->flow, &value, prefix, x, last);
        if (o->unit && repli_pen_width(STYLE_CAPTION, o->unit) <= ORDER_UNIT_UM)
            repli_pen_text(&repli_flow_side(r->flow)->filled, STYLE_CAPTION, ALIGN_LEFT, x + MM(13.2), last + MM(4),
                           MM(4.9), o->unit);
    }
    (void)repli_order_field(r->flow, &reason, prefix, x + MM(18.4), last);
}

static void slot(const struct order_row *r, int column)
{
    struct flow *flow = r->flow;
    struct side_build *side = repli_flow_side(flow);
    int32_t x = ORDER_SLOTS_X + column * ORDER_SLOT_UM + MM(0.9);
    const char *prefix = repli_arena_printf(flow->a, "%s.slot%d", r->prefix, column + 1);
    const int64_t *due = r->due[column];
    const char *base = slot_due(r, due, x);
    size_t from = side->nfields;
    repli_pen_origin(&side->fixed, x, r->y);
    slot_fields(r, prefix, x);
    if (due)
        side->fields[from].label =
            repli_arena_printf(flow->a, "%s %s", side->fields[from].label, clock_text(flow, *due));
    struct capture_in in = {.id = prefix,
                            .kind = "administration",
                            .key = slot_key(r, due),
                            .base = base,
                            .from = from,
                            .main = from,
                            .shared = {-1, -1}};
    repli_flow_capture(flow, &in);
}

static void slash(const struct order_row *r, int column)
{
    int32_t x = ORDER_SLOTS_X + column * ORDER_SLOT_UM + ORDER_SLOT_UM / 2, y = r->y + r->height / 2;
    repli_pen_line(&repli_flow_side(r->flow)->fixed, x - MM(2.4), y + MM(2.4), x + MM(2.4), y - MM(2.4), MM(0.3), 0);
}

/* ---- the end of an order inside the window */
/* The first column that lies behind the end and holds no dose; COLUMNS: none. */
static int stop_column(const struct order_row *r)
{
    int column = COLUMNS;
    if (!r->order->has_end || r->order->end_utc >= column_start(r->flow, COLUMNS))
        return COLUMNS;
    while (column > 0 && column_start(r->flow, column) > r->order->end_utc && !r->due[column - 1])
        column--;
    return column;
}

static void stop_bar(const struct order_row *r, int column)
{
    struct flow *flow = r->flow;
    struct pen *pen = &repli_flow_side(flow)->filled;
    int32_t x = ORDER_SLOTS_X + column * ORDER_SLOT_UM, room = BODY_X1 - x - MM(6.4), y = r->y;
    const struct order *o = r->order;
    static const int32_t sizes[] = {850, 800, 750, 700, 650, 0};
    const char *when = repli_form_time(flow->form, flow->in->zone, o->end_utc, true, flow->a);
    const char *what = flow->form->words[WORD_STOP_DO];
    struct style word = {REPLI_FACE_BOLD, 1400}, date = {REPLI_FACE_BOLD, 850}, small = {REPLI_FACE_MEDIUM, 0};
    repli_pen_fill(pen, repli_box_make(x + MM(1.2), y + MM(1.2), MM(1), r->height - MM(2.4)));
    repli_pen_fill(pen, repli_box_make(x + MM(3), y + MM(1.2), MM(1), r->height - MM(2.4)));
    repli_pen_text(pen, word, ALIGN_LEFT, x + MM(5.6), y + MM(6.6), room, flow->form->words[WORD_STOP_WORD]);
    date.cpt = repli_pen_fit(REPLI_FACE_BOLD, sizes, room, when);
    if (repli_pen_width(date, when) > room)
        when = repli_form_time(flow->form, flow->in->zone, o->end_utc, false, flow->a);
    repli_pen_text(pen, date, ALIGN_LEFT, x + MM(5.6), y + MM(11.4), room, when);
    small.cpt = 750;
    struct para p = {small, small, room, MM(3.2), true, false};
    (void)repli_para(pen, NULL, flow->a, &p, x + MM(5.6), y + MM(15.2), what);
}

/* ---- a row */
static void place_row(struct order_row *r)
{
    struct flow *flow = r->flow;
    struct side_build *side = repli_flow_side(flow);
    struct order_text text = {flow, r->order, r->again, BODY_X0 + ORDER_NUMBER_UM, ORDER_TEXT_UM - MM(2.2), 0, false};
    int32_t least = r->order->high_alert ? MM(27.2) : MM(20.4);
    r->height = repli_order_height(&text, flow->sign && !r->again ? ORDER_SIGN_UM : least);
    bool first = side->order_rows == 0 || !repli_flow_fits(flow, r->height);
    r->y = repli_flow_take(flow, r->height + (first ? ORDER_HEAD_UM : 0), 0);
    side = repli_flow_side(flow);
    if (side->order_rows == 0) {
        head(flow, r->y);
        r->y += ORDER_HEAD_UM;
    }
    r->prefix = repli_arena_printf(flow->a, "row%d", ++side->order_rows);
    repli_pen_origin(&side->fixed, BODY_X0, r->y);
    repli_pen_origin(&side->filled, BODY_X0, r->y);
    repli_order_edge(flow, r->order, r->y, r->height);
    (void)repli_order_text(&text, r->y, true);
    int stop = stop_column(r);
    for (int c = 0; c < COLUMNS && c <= stop; c++) {
        int32_t x = ORDER_SLOTS_X + c * ORDER_SLOT_UM;
        repli_pen_line(&side->fixed, x, r->y, x, r->y + r->height, c ? MM(0.3) : MM(0.5), 0);
    }
    for (int c = 0; c < stop; c++)
        if (!r->due[c] && !r->blank)
            slash(r, c);
    if (!r->again)
        repli_order_verify(flow, r->order, r->prefix, r->y);
    for (int c = 0; c < stop; c++)
        if (r->due[c] || r->blank)
            slot(r, c);
    if (stop < COLUMNS)
        stop_bar(r, stop);
}

/* An order with two doses in one column takes a second row: the same number, and "continued". */
static void place_order(struct flow *flow, const struct order *o)
{
    const struct schedule *s = &o->schedule;
    size_t next[COLUMNS] = {0}, end[COLUMNS] = {0}, at = 0;
    for (int c = 0; c < COLUMNS; c++) {
        next[c] = at;
        while (at < s->count && s->due[at] < column_start(flow, c + 1))
            at++;
        end[c] = at;
    }
    for (bool again = false, more = true; more && flow->trouble.status == REPLI_OK; again = true) {
        struct order_row r = {.flow = flow, .order = o, .again = again, .blank = !s->known};
        more = false;
        for (int c = 0; c < COLUMNS; c++) {
            if (next[c] < end[c])
                r.due[c] = &s->due[next[c]++];
            more = more || next[c] < end[c];
        }
        place_row(&r);
    }
}

/* ---- history: two columns of text under a black bar, and nothing to write on */
static void history_bar(struct flow *flow)
{
    struct side_build *side = repli_flow_side(flow);
    const char *word = flow->form->words[WORD_HISTORY], *what = flow->form->words[WORD_HISTORY_DO];
    static const int32_t sizes[] = {950, 900, 850, 800, 750, 700, 650, 0};
    int32_t y = repli_flow_take(flow, MM(6), MM(1)), x = BODY_X0 + MM(2);
    repli_pen_fill(&side->fixed, repli_box_make(BODY_X0, y, BODY_X1 - BODY_X0, MM(6)));
    repli_pen_white(&side->fixed, STYLE_SECTION, ALIGN_LEFT, x, y + MM(4.2), MM(60), word);
    x += repli_pen_width(STYLE_SECTION, word) + MM(4);
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, BODY_X1 - x - MM(2), what)};
    repli_pen_white(&side->fixed, style, ALIGN_LEFT, x, y + MM(4.2), BODY_X1 - x - MM(2), what);
    side->order_rows = 1;
}

static void history(struct flow *flow, const struct orders *all)
{
    const int32_t half = (BODY_X1 - BODY_X0) / 2;
    for (size_t i = 0; i < all->count && flow->trouble.status == REPLI_OK; i += 2) {
        struct order_text text[2];
        int32_t height = 0;
        size_t n = all->count - i < 2 ? 1 : 2;
        for (size_t k = 0; k < n; k++) {
            const struct order *o = &all->items[i + k];
            text[k] = (struct order_text){
                flow, o,           false, BODY_X0 + (int32_t)k * half + ORDER_NUMBER_UM, half - ORDER_NUMBER_UM - MM(2),
                0,    o->as_needed};
            int32_t need = repli_snap(repli_order_text(&text[k], 0, false));
            height = need > height ? need : height;
        }
        if (flow->nsides == 0 || !repli_flow_fits(flow, height + MM(0.6)))
            repli_flow_new_side(flow);
        if (flow->trouble.status == REPLI_OK && repli_flow_side(flow)->order_rows == 0)
            history_bar(flow);
        int32_t y = repli_flow_take(flow, height + MM(0.6), 0);
        for (size_t k = 0; k < n; k++) {
            const char *number = repli_arena_printf(flow->a, "%d", text[k].order->number);
            repli_pen_text(&repli_flow_side(flow)->filled, STYLE_STRONG, ALIGN_RIGHT, text[k].x - MM(0.9), y + MM(4.6),
                           ORDER_NUMBER_UM, number);
            (void)repli_order_text(&text[k], y, true);
        }
        repli_pen_line(&repli_flow_side(flow)->fixed, BODY_X0, y + height + MM(0.4), BODY_X1, y + height + MM(0.4),
                       MM(0.22), 0);
    }
}

static void orders_place(struct flow *flow, const struct row *row)
{
    const struct orders_spec *s = row->spec;
    const struct orders *all = repli_flow_orders(flow);
    (void)repli_flow_side(flow);
    if (all->count == 0) {
        int32_t y = repli_flow_take(flow, MM(7), row->gap_um);
        repli_pen_text(&repli_flow_side(flow)->filled, STYLE_SECTION, ALIGN_LEFT, BODY_X0, y + MM(4.6),
                       BODY_X1 - BODY_X0, s->empty);
        return;
    }
    if (flow->history)
        history(flow, all);
    else
        for (size_t i = 0; i < all->regular && flow->trouble.status == REPLI_OK; i++)
            place_order(flow, &all->items[i]);
    flow->y += row->gap_um;
}

const struct row_kind repli_row_orders = {"orders", orders_load, orders_place, MM(2)};

/* Orders of a patient: what was transmitted, in the words of paper, numbered once for all sheets of the set. */
#include "orders.h"

#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

void repli_order_words(struct repli_form *form)
{
    static const char *const english[] = {
#define ENGLISH(name, text) text,
        ORDER_TEXTS(ENGLISH)
#undef ENGLISH
    };
    if (form->words)
        return;
    form->words = repli_arena_array(&form->arena, WORD_COUNT, sizeof *form->words);
    for (size_t i = 0; i < WORD_COUNT; i++)
        form->words[i] = repli_form_text(form, english[i]);
}

static const char *cell(const struct repli_dataset *set, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(set, row, column);
    return text && *text ? text : NULL;
}

static bool instant_cell(const struct repli_dataset *set, size_t row, const char *column, int64_t *out)
{
    const char *text = cell(set, row, column);
    return text && repli_integer(text, -2208988800, 7258118400, out);
}

/* ---- doses that were charted, by order */
struct charted {
    const char *order;
    struct dose dose;
};

static int by_order(const void *a, const void *b)
{
    const struct charted *x = a, *y = b;
    int c = strcmp(x->order, y->order);
    return c ? c : (x->dose.utc < y->dose.utc) - (x->dose.utc > y->dose.utc);
}

static struct charted *read_doses(struct flow *flow, size_t *count)
{
    const struct repli_dataset *set = repli_flow_data(flow, "doses");
    size_t n = 0, rows = set ? set->nrows : 0;
    struct charted *all = repli_arena_array(flow->a, rows + 1, sizeof *all);
    for (size_t i = 0; i < rows; i++) {
        all[n].order = cell(set, i, "request_id");
        all[n].dose = (struct dose){cell(set, i, "status"), cell(set, i, "dose"), cell(set, i, "dose_unit"), 0};
        n += all[n].order && all[n].dose.status && instant_cell(set, i, "start_utc", &all[n].dose.utc);
    }
    if (n)
        qsort(all, n, sizeof *all, by_order);
    *count = n;
    return all;
}

static bool was_given(const struct dose *d)
{
    return strcmp(d->status, "completed") == 0 || strcmp(d->status, "in-progress") == 0 ||
           strcmp(d->status, "stopped") == 0;
}

/* The first of `all` that is not before this order; the doses of one order stand together, newest first. */
static void take_doses(struct flow *flow, struct order *o, const struct charted *all, size_t count)
{
    size_t low = 0, high = count;
    while (o->id && low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(all[middle].order, o->id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (o->id && end < count && strcmp(all[end].order, o->id) == 0)
        end++;
    if (end == low || !o->id)
        return;
    struct dose *doses = repli_arena_array(flow->a, end - low, sizeof *doses);
    for (size_t i = low; i < end; i++)
        doses[o->ndoses++] = all[i].dose;
    o->doses = doses;
    for (size_t i = 0; i < o->ndoses && !o->last; i++)
        o->last = was_given(&doses[i]) ? &doses[i] : NULL;
}

/* ---- one order */
static const char *said(const char *text, const char *(*say)(const struct drugs *, const char *, struct repli_arena *),
                        struct flow *flow)
{
    return text ? say(flow->form->drugs, text, flow->a) : NULL;
}

static void read_words(struct flow *flow, const struct repli_dataset *set, size_t row, struct order *o)
{
    const char *unit = o->sent_unit ? repli_drug_unit(flow->form->drugs, o->sent_unit, flow->a) : NULL;
    o->name = said(o->sent_name, repli_drug_name, flow);
    o->unit = unit && *unit ? unit : NULL;
    if (o->sent_dose)
        o->dose = repli_arena_printf(flow->a, "%s%s%s", repli_drug_number(o->sent_dose, flow->a),
                                     o->unit ? "\xC2\xA0" : "", o->unit ? o->unit : "");
    o->route = said(o->sent_route, repli_drug_route, flow);
    o->frequency = said(cell(set, row, "frequency"), repli_drug_frequency, flow);
    o->form = said(cell(set, row, "dose_text"), repli_drug_text, flow);
    o->reason = said(cell(set, row, "as_needed_for"), repli_drug_text, flow);
    o->sent_max = cell(set, row, "max_24h");
    o->max_24h = said(o->sent_max, repli_drug_amount, flow);
    o->prescriber = cell(set, row, "prescriber");
}

static void read_schedule(struct flow *flow, const struct repli_dataset *set, size_t row, struct order *o)
{
    struct schedule_in in = {.zone = flow->in->zone,
                             .from_utc = flow->in->window_utc,
                             .to_utc = flow->in->window_utc + (int64_t)flow->in->window_hours * 3600,
                             .times = cell(set, row, "times"),
                             .has_start = o->has_start,
                             .has_end = o->has_end,
                             .start_utc = o->start_utc,
                             .end_utc = o->end_utc,
                             .once = repli_drug_once(flow->form->drugs, cell(set, row, "frequency"), flow->a)};
    const char *period = cell(set, row, "period_s");
    if (period && !repli_integer(period, 1, (int64_t)1 << 40, &in.period_s))
        in.period_s = 0;
    if (o->as_needed)
        o->interval_s = in.period_s;
    else
        repli_schedule(&in, &o->schedule);
}

static void read_order(struct flow *flow, const struct repli_dataset *set, size_t row, struct order *o)
{
    const char *needed = cell(set, row, "as_needed"), *status = cell(set, row, "status");
    *o = (struct order){.id = cell(set, row, "request_id"),
                        .sent_name = cell(set, row, "medication"),
                        .sent_dose = cell(set, row, "dose"),
                        .sent_unit = cell(set, row, "dose_unit"),
                        .sent_route = cell(set, row, "route"),
                        .on_hold = status && strcmp(status, "on-hold") == 0};
    o->as_needed = (needed && strcmp(needed, "1") == 0) ||
                   repli_drug_as_needed(flow->form->drugs, cell(set, row, "frequency"), flow->a);
    o->has_start = instant_cell(set, row, "start_utc", &o->start_utc);
    o->has_end = instant_cell(set, row, "end_utc", &o->end_utc);
    read_words(flow, set, row, o);
    o->high_alert = repli_drug_high_alert(flow->form->drugs, o->sent_name, o->sent_route, flow->a);
    read_schedule(flow, set, row, o);
}

const struct orders *repli_flow_orders(struct flow *flow)
{
    const struct repli_dataset *set = repli_flow_data(flow, "orders");
    size_t rows = set ? set->nrows : 0, ndoses = 0, n = 0;
    if (flow->orders)
        return flow->orders;
    struct orders *all = repli_arena_alloc(flow->a, sizeof *all);
    struct order *read = repli_arena_array(flow->a, rows + 1, sizeof *read);
    struct charted *doses = read_doses(flow, &ndoses);
    all->items = repli_arena_array(flow->a, rows + 1, sizeof *all->items);
    for (size_t i = 0; i < rows; i++) {
        read_order(flow, set, i, &read[i]);
        take_doses(flow, &read[i], doses, ndoses);
    }
    for (int needed = 0; needed < 2; needed++)
        for (size_t i = 0; i < rows; i++)
            if (read[i].as_needed == (needed == 1)) {
                all->items[n] = read[i];
                all->items[n].number = (int)n + 1;
                all->regular += needed == 0;
                n++;
            }
    all->count = n;
    flow->orders = all;
    return all;
}

int repli_orders_next(struct flow *flow)
{
    size_t n = repli_flow_orders(flow)->count;
    return n < 10 ? 11 : (int)n + 1;
}

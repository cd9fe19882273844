/* Keys of captures that are lines and blocks: what of the record they are about. */
#include "orders.h"

#include <string.h>

#include "repli/text.h"

int repli_flow_next_order(struct flow *flow)
{
    return repli_orders_next(flow);
}

/* A dose of the gap names its order by the printed number: all of them are in the key. */
static void gap_key(struct flow *flow, struct repli_buf *b)
{
    const struct orders *all = repli_flow_orders(flow);
    repli_buf_printf(b, "{\"gap\":true,\"from_utc\":%lld,\"to_utc\":%lld,\"orders\":{", (long long)flow->in->taken_utc,
                     (long long)flow->in->window_utc);
    for (size_t i = 0; i < all->count; i++) {
        repli_buf_printf(b, "%s\"%d\":{", i ? "," : "", all->items[i].number);
        repli_order_keys(flow, &all->items[i], b);
        repli_buf_puts(b, "}");
    }
    repli_buf_puts(b, "}}");
}

static void allergy_key(struct flow *flow, struct repli_buf *b)
{
    const struct repli_dataset *set = repli_flow_data(flow, "allergies");
    repli_buf_puts(b, "{\"allergies\":[");
    for (size_t i = 0; set && i < set->nrows; i++) {
        repli_buf_puts(b, i ? "," : "");
        repli_json_string(b, repli_dataset_cell(set, i, "allergy_id"));
    }
    repli_buf_puts(b, "]}");
}

/* A line of a sheet of orders: an order that it stops is named by its printed number, so that all are in the key. */
static void line_key(struct flow *flow, int number, struct repli_buf *b)
{
    const struct orders *all = repli_flow_orders(flow);
    repli_buf_printf(b, "{\"line\":true,\"number\":%d,\"orders\":{", number);
    for (size_t i = 0; i < all->count; i++) {
        repli_buf_printf(b, "%s\"%d\":{\"order\":", i ? "," : "", all->items[i].number);
        repli_json_string(b, all->items[i].id);
        repli_buf_puts(b, ",\"medication\":");
        repli_json_string(b, all->items[i].sent_name);
        repli_buf_puts(b, "}");
    }
    repli_buf_puts(b, "}}");
}

static void proposal_key(struct flow *flow, const char *what, int number, struct repli_buf *b)
{
    if (what && strcmp(what, "once") == 0)
        repli_buf_puts(b, "{\"once\":true}");
    else if (what && strcmp(what, "insulin") == 0) /* once, in a unit that is printed */
        repli_buf_puts(b, "{\"once\":true,\"unit\":\"unit\"}");
    else if (what && strcmp(what, "line") == 0)
        line_key(flow, number, b);
    else if (what && (strcmp(what, "limit") == 0 || strcmp(what, "prescriber") == 0))
        repli_buf_printf(b, "{\"%s\":true}", what);
    else
        repli_buf_printf(b, "{\"number\":%d}", number);
}

const char *repli_flow_last(struct flow *flow, const struct capture_spec *k)
{
    const struct repli_dataset *set = k->unit ? repli_flow_data(flow, "last_observations") : NULL;
    size_t of = 0;
    double v = 0;
    while (set && of < set->ncolumns && strcmp(set->columns[of], "code") != 0)
        of++;
    /* Hundreds of fields ask: the code, which tells rows apart, is looked at first, without a search for its column */
    for (size_t i = 0; set && of < set->ncolumns && i < set->nrows; i++) {
        const char *code = set->cells[i * set->ncolumns + of];
        if (!code || strcmp(code, k->code) != 0)
            continue;
        const char *system = repli_dataset_cell(set, i, "code_system"), *unit = repli_dataset_cell(set, i, "unit"),
                   *value = repli_dataset_cell(set, i, "value");
        if (system && unit && value && strcmp(system, k->system) == 0 && strcmp(unit, k->unit) == 0 &&
            repli_number(value, &v))
            return repli_arena_join(flow->a, ",\"last\":\"", value, "\"", NULL);
    }
    return "";
}

const char *repli_flow_key(struct flow *flow, const char *kind, const char *what, int number)
{
    struct repli_buf b = {0};
    if (strcmp(kind, "administration") == 0) {
        if (flow->gap_key)
            return flow->gap_key;
        gap_key(flow, &b);
    } else if (strcmp(kind, "allergy") == 0) {
        allergy_key(flow, &b);
    } else if (strcmp(kind, "movement") == 0) { /* a line of the ward's log: nobody is known by it */
        const struct repli_dataset *ward = repli_flow_data(flow, "ward");
        repli_buf_printf(&b, "{\"log\":%d,\"ward\":", number);
        repli_json_string(&b, ward ? repli_dataset_cell(ward, 0, "ward") : NULL);
        repli_buf_puts(&b, "}");
    } else if (strcmp(kind, "identity") == 0) { /* who somebody is: said on arrival, or found out later */
        repli_buf_puts(&b, "{\"identity\":");
        repli_json_string(&b, what);
        repli_buf_puts(&b, "}");
    } else if (strcmp(kind, "document") == 0) { /* words that stay an image: what they are, and which of them */
        repli_buf_puts(&b, "{\"document\":");
        repli_json_string(&b, what);
        repli_buf_printf(&b, ",\"number\":%d}", number);
    } else if (strcmp(kind, "cover") == 0) { /* how many sheets of paper a pile holds, when that was known */
        const struct repli_dataset *cover = repli_flow_data(flow, "cover");
        const char *count = cover ? repli_dataset_cell(cover, 0, "count") : NULL;
        repli_buf_printf(&b, "{\"count\":%s}", count ? count : "null");
    } else if (strcmp(kind, "fluid") == 0) { /* amounts and sums have keys of their own */
        repli_buf_printf(&b, "{\"infusion\":true,\"number\":%d}", number);
    } else {
        proposal_key(flow, what, number, &b);
    }
    const char *key = repli_arena_strndup(flow->a, b.data, b.len);
    repli_buf_done(&b);
    if (strcmp(kind, "administration") == 0)
        flow->gap_key = key;
    return key;
}

const char *repli_flow_scores(struct flow *flow, const struct side_build *s, size_t value)
{
    const struct field_spec *spec = s->specs[value];
    const char *id = s->fields[value].id, *dot = strrchr(id, '.');
    struct repli_buf b = {0};
    if ((spec->nrows == 0 || spec->rows[0].score < 0) && !spec->total_of) /* nearly every field */
        return "";
    for (size_t i = 0; i < spec->nrows && spec->rows[i].score >= 0; i++)
        repli_buf_printf(&b, "%s%d", i ? "," : ",\"scores\":[", spec->rows[i].score);
    for (size_t i = 0; spec->total_of && i < spec->total_of->count; i++)
        repli_buf_printf(&b, "%s\"%.*s%s\"", i ? "," : ",\"total_of\":[", dot ? (int)(dot - id) + 1 : 0, id,
                         spec->total_of->items[i].text);
    if (b.len)
        repli_buf_puts(&b, "]");
    const char *text = b.len ? repli_arena_strndup(flow->a, b.data, b.len) : "";
    repli_buf_done(&b);
    return text;
}

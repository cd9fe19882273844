/* Row kind `split`: rows beside each other in two parts of a side, each part as wide as it is told, both from the same
** top.  What is beside something must stay beside it: a split never goes on over a side. */
#include "form_internal.h"

enum { GUTTER_UM = 7000 };

struct split_spec {
    int32_t width_um; /* of the left part */
    struct row *rows[2];
    size_t count[2];
};

static enum repli_status split_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"split", "only", "width", "left", "right", "gap", NULL};
    struct split_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_mm(node, "width", 30, 140, &s->width_um, err) != REPLI_OK)
        return REPLI_DATA;
    if (s->width_um == 0)
        return repli_yaml_fail(node, err, "`width` is missing: how many mm wide is the left part");
    enum repli_status status = repli_load_rows(form, node, "left", &s->rows[0], &s->count[0], err);
    return status == REPLI_OK ? repli_load_rows(form, node, "right", &s->rows[1], &s->count[1], err) : status;
}

static void split_place(struct flow *flow, const struct row *row)
{
    const struct split_spec *s = row->spec;
    (void)repli_flow_side(flow);
    const int32_t top = flow->y, x0 = flow->x0, x1 = flow->x1;
    const size_t side = flow->nsides;
    int32_t low = top;
    for (int part = 0; part < 2; part++) {
        flow->x0 = part ? x0 + s->width_um + GUTTER_UM : x0;
        flow->x1 = part ? x1 : x0 + s->width_um;
        flow->y = top;
        for (size_t i = 0; i < s->count[part] && flow->trouble.status == REPLI_OK; i++) {
            const struct row *r = &s->rows[part][i];
            flow->trouble.node = r->node;
            if (repli_row_shown(flow, r))
                r->kind->place(flow, r);
            if (flow->nsides != side)
                repli_trouble(&flow->trouble, "does not fit beside the other part: what is split stays on one side");
        }
        low = flow->y > low ? flow->y : low;
    }
    flow->x0 = x0;
    flow->x1 = x1;
    flow->y = repli_snap(low + row->gap_um);
    flow->trouble.node = row->node;
}

const struct row_kind repli_row_split = {"split", split_load, split_place, 0};

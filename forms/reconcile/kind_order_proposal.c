/* order-proposal: a once-only or verbal line, or a handwritten order, for the pharmacist.
**
** Writes    one row `order_proposal` with the image and the box of the whole line, so that a pharmacist sees the
**           handwriting beside what was keyed.  Its status is 'proposed' and nothing else: no order comes of it, and
**           what is written as given on such a line is no administration of an order.
** Decided   about who the patient is, as everywhere.
** Compares  nothing: the record cannot have it.  A line that is copied to another sheet is another proposal.
*/
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/text.h"

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"given-outside-window", true, "the time of giving does not occur, or twice, in the hours the sheet is for", false},
    {NULL, false, NULL, false}};

/* The ticked one of the boxes whose role begins with `what`: "unit_mg" -> "mg"; a box without such an end by its
** caption.  NULL: none. */
static const char *choice(const struct merge_context *ctx, const struct capture_plan *plan, const char *what)
{
    const struct repli_capture *c = plan->capture;
    size_t n = strlen(what);
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[c->fields[m]];
        if (strncmp(c->roles[m], what, n) == 0 && f->field->kind == REPLI_FIELD_TICK && review_ticked(f))
            return strlen(c->roles[m]) > n + 1 ? c->roles[m] + n + 1 : f->field->label;
    }
    return NULL;
}

static bool when_given(struct merge_context *ctx, struct capture_plan *plan, int64_t *utc, bool *known)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *given = plan_member_value(ctx, plan, "given");
    int64_t found[2] = {0, 0};
    *known = given != NULL;
    if (!given)
        return true;
    if (plan_instants(ctx, given, row->window_utc, row->window_utc + (int64_t)row->window_hours * 3600 - 1, found) ==
        1) {
        *utc = found[0];
        return true;
    }
    plan_hold(ctx, plan, "given-outside-window", true, "given at %s does not occur once in the hours of this sheet",
              given);
    return false;
}

static enum repli_status plan_proposal(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    json_int_t number = json_integer_value(json_object_get(key, "number"));
    bool once = json_is_true(json_object_get(key, "once")), ok = false, given = false;
    int64_t given_utc = 0;
    json_decref(key);
    if (plan_member_value(ctx, plan, "at") && (!plan_time(ctx, plan) || !plan_outage(ctx, plan)))
        return REPLI_OK;
    if (!when_given(ctx, plan, &given_utc, &given))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    plan_row(ctx, plan, "order_proposal", "proposal_id");
    plan_cell(ctx, plan, "kind", once ? "once" : "order");
    plan_cell(ctx, plan, "number", number > 0 ? repli_arena_printf(ctx->a, "%d", (int)number) : NULL);
    plan_cell(ctx, plan, "drug", plan_member_value(ctx, plan, "drug"));
    plan_cell(ctx, plan, "dose", plan_member_value(ctx, plan, "value"));
    plan_cell(ctx, plan, "dose_unit", choice(ctx, plan, "unit"));
    plan_cell(ctx, plan, "route", choice(ctx, plan, "route"));
    plan_cell_at(ctx, plan, "ordered_utc", plan->timed ? &plan->event_utc : NULL);
    plan_cell_at(ctx, plan, "given_utc", given ? &given_utc : NULL);
    plan_cell(ctx, plan, "prescriber_number", plan_member_value(ctx, plan, "inami"));
    plan_cell_at(ctx, plan, "verbal", &(int64_t){plan_ticked(ctx, plan, "verbal")});
    plan_cell(ctx, plan, "signature", plan_ink(ctx, plan, "signature"));
    plan_proof(ctx, plan);
    plan->value = "proposed";
    return REPLI_OK;
}

extern const struct capture_kind capture_kind_order_proposal;

const struct capture_kind capture_kind_order_proposal = {
    .name = "order-proposal",
    .guard = "drug value unit route frequency day at inami given prescriber signature verbal by by2",
    .writes = "one proposal for the pharmacist, which is no order",
    .compares = "nothing",
    .conflicts = conflicts,
    .plan = plan_proposal,
};

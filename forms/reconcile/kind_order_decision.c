/* order-decision: an order was looked at again on paper: it goes on, is stopped, or is changed to a handwritten order.
**
** Writes    one row `order_decision` with the image and the box of the row.  No order is changed by it: paper tells the
**           pharmacist, and the pharmacist's system changes orders.
** Decided   for paper: the decision is written down beside what the record says of the order.
** Compares  the order's status in the record with the printed one (the base), and what another sheet decided about it.
**           Stopped on paper and in the record is noted; stopped in the record and to go on on paper is a conflict.
*/
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/record_mar.h"

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"decision-contradicts", true, "a number of a new order beside continue or stop", false},
    {"order-unknown", true, "the record has no such order of this patient", true},
    {"order-status-changed", true, "the order's status is not what was printed", true},
    {"superseded", true, "another sheet decided something else about the order", true},
    {NULL, false, NULL, false}};

static const char *decision_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    return plan_ticked(ctx, plan, "continue") ? "continue" : plan_ticked(ctx, plan, "stop") ? "stop" : "changed";
}

/* The statuses in which an order is given. */
static bool ended(const char *status)
{
    return strcmp(status, "active") != 0 && strcmp(status, "on-hold") != 0 && strcmp(status, "draft") != 0;
}

static bool note(struct merge_context *ctx, struct capture_plan *plan, const char *table, const char *id)
{
    plan->state = PLAN_NOTE;
    plan->effect = "already-there";
    plan->target = repli_arena_printf(ctx->a, "%s/%s", table, id);
    return false;
}

/* true: nothing in the way, or a person decided for paper. */
static bool compare_order(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_order *o,
                          const char *id, const char *name, const char *decision)
{
    json_t *base = plan->capture->base ? json_loads(plan->capture->base, JSON_DECODE_ANY, NULL) : NULL;
    const char *printed = repli_arena_strdup(ctx->a, json_string_value(base));
    json_decref(base);
    if (!o || strcmp(o->patient_id, ctx->patient->today) != 0) {
        plan_hold(ctx, plan, "order-unknown", true, "the record has no order %s (%s) of this patient", id, name);
        return plan_paper_counts(ctx, plan);
    }
    if (ended(o->status) && strcmp(decision, "stop") == 0)
        return note(ctx, plan, "medication_request", o->id);
    if (strcmp(o->status, printed ? printed : "active") == 0)
        return true;
    plan->target = repli_arena_printf(ctx->a, "medication_request/%s", o->id);
    plan_hold(ctx, plan, "order-status-changed", true, "order %s (%s): paper says %s, the record has it %s", o->id,
              name, decision, o->status);
    return plan_paper_counts(ctx, plan);
}

static enum repli_status compare_sheets(struct merge_context *ctx, struct capture_plan *plan, const char *id,
                                        const char *decision, const char *number, bool *ok, struct repli_err *err)
{
    struct repli_live_decision *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_live_decisions(ctx->record, id, ctx->a, &all, &count, err);
    const struct repli_live_decision *other = NULL;
    *ok = s == REPLI_OK;
    for (size_t i = 0; *ok && i < count; i++) {
        bool equal = strcmp(all[i].decision, decision) == 0 &&
                     (!all[i].changed_to ? !number : number && strcmp(all[i].changed_to, number) == 0);
        if (equal) {
            *ok = note(ctx, plan, "order_decision", all[i].id);
            return REPLI_OK;
        }
        other = &all[i];
    }
    if (!other)
        return s;
    plan->target = repli_arena_printf(ctx->a, "order_decision/%s", other->id);
    plan_hold(ctx, plan, "superseded", true, "order %s: this sheet says %s, sheet %.12s said %s", id, decision,
              other->id + 6, other->decision);
    *ok = plan_paper_counts(ctx, plan);
    return s;
}

static void fill_row(struct merge_context *ctx, struct capture_plan *plan, const char *id, const char *name,
                     const char *decision, const char *number)
{
    plan_row(ctx, plan, "order_decision", "decision_id");
    plan_cell(ctx, plan, "request_id", id);
    plan_cell(ctx, plan, "decision", decision);
    plan_cell(ctx, plan, "changed_to", number);
    plan_cell(ctx, plan, "medication", name);
    plan_cell_at(ctx, plan, "decided_utc", plan->timed ? &plan->event_utc : NULL);
    plan_proof(ctx, plan);
    plan->value = decision;
}

/* The time is the side's, once for all rows: where nobody wrote it, what was decided still holds. */
static bool when(struct merge_context *ctx, struct capture_plan *plan)
{
    return !plan_member_value(ctx, plan, "at") || (plan_time(ctx, plan) && plan_outage(ctx, plan));
}

static enum repli_status plan_decision(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    const char *id = plan_key_text(ctx, key, "order"), *name = plan_key_text(ctx, key, "medication");
    const char *decision = decision_of(ctx, plan), *number = plan_member_value(ctx, plan, "changed");
    struct repli_live_order *order = NULL;
    bool ok = false;
    json_decref(key);
    if (number && strcmp(decision, "changed") != 0) {
        plan_hold(ctx, plan, "decision-contradicts", true, "%s is ticked, and new order %s is written", decision,
                  number);
        return REPLI_OK;
    }
    if (!when(ctx, plan))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s == REPLI_OK && ok && id)
        s = repli_record_live_order(ctx->record, id, ctx->a, &order, err);
    if (s != REPLI_OK || !ok || !compare_order(ctx, plan, order, id ? id : "?", name ? name : "?", decision))
        return s;
    s = compare_sheets(ctx, plan, id, decision, number, &ok, err);
    if (s == REPLI_OK && ok)
        fill_row(ctx, plan, id, name, decision, number);
    return s;
}

extern const struct capture_kind capture_kind_order_decision;

const struct capture_kind capture_kind_order_decision = {
    .name = "order-decision",
    .guard = "continue stop changed",
    .writes = "one decision about an order, which changes no order",
    .compares = "the order's status with the printed one, and what another sheet decided",
    .conflicts = conflicts,
    .plan = plan_decision,
};

/* allergy: the allergies that were printed were held against the patient again.
**
** Writes    one row `allergy_check`: unchanged, or unable to ask.  No allergy is ever changed by it.
** Decided   "changed on paper" always waits for a person, who puts the record right; for paper, a row that says so is
**           written, with the image of what was meant; noted, nothing is.
** Compares  the patient's active allergies in the record with those that were printed: unchanged was said of the
**           printed list, not of one that grew or shrank since.
*/
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/record_mar.h"

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"allergy-changed", true, "the allergies are not those that were printed, says the paper", true},
    {"allergy-list-differs", true, "the record's allergies are not those that were printed and checked", true},
    {NULL, false, NULL, false}};

static const char *result_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    return plan_ticked(ctx, plan, "same") ? "unchanged" : plan_ticked(ctx, plan, "changed") ? "changed" : "unable";
}

static bool printed_has(const json_t *printed, const char *id)
{
    size_t i;
    const json_t *v;
    json_array_foreach(printed, i, v) if (json_is_string(v) && strcmp(json_string_value(v), id) == 0) return true;
    return false;
}

static bool live_has(const struct repli_live_allergy *live, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(live[i].id, id) == 0)
            return true;
    return false;
}

/* What makes the record's list another one than the printed; NULL: nothing. */
static const char *differs(struct merge_context *ctx, const json_t *printed, const struct repli_live_allergy *live,
                           size_t count)
{
    size_t i;
    const json_t *v;
    for (size_t k = 0; k < count; k++)
        if (!printed_has(printed, live[k].id))
            return repli_arena_printf(ctx->a, "%s was added since",
                                      live[k].substance ? live[k].substance : "\"none known\"");
    json_array_foreach(printed, i, v)
    {
        if (json_is_string(v) && !live_has(live, count, json_string_value(v)))
            return repli_arena_printf(ctx->a, "printed allergy %s is not active any more", json_string_value(v));
    }
    return NULL;
}

static enum repli_status compare(struct merge_context *ctx, struct capture_plan *plan, const char *result,
                                 const json_t *printed, bool *ok, struct repli_err *err)
{
    struct repli_live_allergy *live = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_live_allergies(ctx->record, ctx->patient->today, ctx->a, &live, &count, err);
    if (s != REPLI_OK)
        return s;
    const char *what = strcmp(result, "unchanged") == 0 ? differs(ctx, printed, live, count) : NULL;
    if (strcmp(result, "changed") == 0)
        plan_hold(ctx, plan, "allergy-changed", true,
                  "the paper says that the patient's allergies are not those printed: look at the page, put the record "
                  "right");
    else if (what)
        plan_hold(ctx, plan, "allergy-list-differs", true, "checked on paper: unchanged; but %s", what);
    *ok = plan->state != PLAN_HELD || plan_paper_counts(ctx, plan);
    return REPLI_OK;
}

static enum repli_status plan_check(struct merge_context *ctx, struct capture_plan *plan, const json_t *printed,
                                    struct repli_err *err)
{
    const char *result = result_of(ctx, plan);
    char *list = json_dumps(printed, JSON_COMPACT);
    const char *text = repli_arena_strdup(ctx->a, list ? list : "[]");
    bool ok = false;
    free(list);
    if (plan_member_value(ctx, plan, "at") && (!plan_time(ctx, plan) || !plan_outage(ctx, plan)))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s == REPLI_OK && ok)
        s = compare(ctx, plan, result, printed, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    plan_row(ctx, plan, "allergy_check", "check_id");
    plan_cell(ctx, plan, "result", result);
    plan_cell(ctx, plan, "printed", text);
    plan_cell_at(ctx, plan, "checked_utc", plan->timed ? &plan->event_utc : NULL);
    plan_proof(ctx, plan);
    plan->value = result;
    return REPLI_OK;
}

static enum repli_status plan_allergy(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    json_t *none = json_array();
    const json_t *printed = json_object_get(key, "allergies");
    enum repli_status s = plan_check(ctx, plan, json_is_array(printed) ? printed : none, err);
    json_decref(none);
    json_decref(key);
    return s;
}

extern const struct capture_kind capture_kind_allergy;

const struct capture_kind capture_kind_allergy = {
    .name = "allergy",
    .guard = "same changed unable",
    .writes = "one check of the printed allergies, which changes none",
    .compares = "the patient's active allergies with the printed ones",
    .conflicts = conflicts,
    .plan = plan_allergy,
};

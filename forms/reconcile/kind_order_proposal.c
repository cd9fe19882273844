/* order-proposal: what was written as an order on paper: a once-only or verbal line, a handwritten order, a line of a
** sheet of orders, a limit of care.  For the pharmacist, or the doctor.
**
** Writes    one row `order_proposal` with the image and the box of the whole line, so that whoever decides sees the
**           handwriting beside what was keyed.  Its status is 'proposed' and nothing else: no order and no limit of
**           care comes of it, none ends by it, and what is written as given on such a line is no administration of
**           an order.  A line that stops an order names it: the one that was printed under the written number, or
**           none.  What was told and not read back says so.  A line that asks for something else than a drug
**           (laboratory, diet ...) is filed with its type and time and goes to nobody; one without a type goes to the
**           pharmacist.  A prescriber's number is filed with the sheet.
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

/* What a capture's key says it is. */
struct about {
    bool once, line, limit, prescriber; /* none of them: a new order of a medication sheet */
    json_int_t number;                  /* printed; 0: none */
    const char *unit;                   /* printed beside the dose; NULL: boxes say which */
    const json_t *orders;               /* of a line: printed number -> order */
};

static struct about about_of(struct merge_context *ctx, const json_t *key)
{
    return (struct about){.once = json_is_true(json_object_get(key, "once")),
                          .line = json_is_true(json_object_get(key, "line")),
                          .limit = json_is_true(json_object_get(key, "limit")),
                          .prescriber = json_is_true(json_object_get(key, "prescriber")),
                          .number = json_integer_value(json_object_get(key, "number")),
                          .unit = plan_key_text(ctx, key, "unit"),
                          .orders = json_object_get(key, "orders")};
}

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

/* Told, by voice or telephone: whether it was read back is said either way.  On a medication sheet the box of a told
** order says that it was. */
static void fill_how(struct merge_context *ctx, struct capture_plan *plan)
{
    bool phone = plan_ticked(ctx, plan, "telephone"), told = phone || plan_ticked(ctx, plan, "verbal");
    bool asked = plan_member(ctx, plan, "readback") != NULL;
    int64_t back = asked ? plan_ticked(ctx, plan, "readback") : told;
    /* Read back, so told, whatever else was ticked. */
    told = told || back;
    plan_cell_at(ctx, plan, "verbal", &(int64_t){told});
    plan_cell_at(ctx, plan, "telephone", &(int64_t){phone});
    plan_cell_at(ctx, plan, "read_back", told ? &back : NULL);
    plan_cell_at(ctx, plan, "urgent", &(int64_t){plan_ticked(ctx, plan, "urgent")});
}

/* The order that is to be stopped, by the number that is printed before it on the medication sheets. */
static void fill_stop(struct merge_context *ctx, struct capture_plan *plan, const struct about *about)
{
    const char *number = plan_member_value(ctx, plan, "stops");
    const json_t *order = number ? json_object_get(about->orders, number) : NULL;
    plan_cell(ctx, plan, "stops_number", number);
    plan_cell(ctx, plan, "stops", plan_key_text(ctx, order, "order"));
    plan_cell(ctx, plan, "drug", plan_key_text(ctx, order, "medication"));
}

static void fill_row(struct merge_context *ctx, struct capture_plan *plan, const struct about *about, const char *type,
                     const int64_t *given_utc)
{
    bool stop = about->line && type && strcmp(type, "stop") == 0;
    const char *dose = plan_member_value(ctx, plan, "value");
    plan_row(ctx, plan, "order_proposal", "proposal_id");
    plan_cell(ctx, plan, "kind", about->limit ? "care-limit" : stop ? "stop" : about->once ? "once" : "order");
    plan_cell(ctx, plan, "type", stop ? NULL : type);
    plan_cell(ctx, plan, "number", about->number > 0 ? repli_arena_printf(ctx->a, "%d", (int)about->number) : NULL);
    if (stop)
        fill_stop(ctx, plan, about);
    else
        plan_cell(ctx, plan, "drug", plan_member_value(ctx, plan, "drug"));
    plan_cell(ctx, plan, "dose", dose);
    plan_cell(ctx, plan, "dose_unit", about->unit && dose ? about->unit : choice(ctx, plan, "unit"));
    plan_cell(ctx, plan, "route", choice(ctx, plan, "route"));
    plan_cell_at(ctx, plan, "ordered_utc", plan->timed ? &plan->event_utc : NULL);
    plan_cell_at(ctx, plan, "given_utc", given_utc);
    plan_cell(ctx, plan, "prescriber_number", plan_member_value(ctx, plan, "inami"));
    fill_how(ctx, plan);
    plan_cell(ctx, plan, "signature", plan_ink(ctx, plan, "signature"));
    plan_proof(ctx, plan);
    plan->value = "proposed";
}

/* Nothing for the pharmacist: the paper is filed, with what it is about and when it was asked for. */
static void file(struct merge_context *ctx, struct capture_plan *plan, const char *what)
{
    plan->state = PLAN_NOTE;
    plan->effect = "note";
    plan->target = repli_arena_printf(ctx->a, "document/%s", what);
}

static bool of_pharmacist(const char *type)
{
    return !type || strcmp(type, "medication") == 0 || strcmp(type, "infusion") == 0 || strcmp(type, "stop") == 0;
}

static enum repli_status plan_about(struct merge_context *ctx, struct capture_plan *plan, const struct about *about,
                                    struct repli_err *err)
{
    bool ok = false, given = false;
    int64_t given_utc = 0;
    const char *type = choice(ctx, plan, about->limit ? "limit" : "type");
    if (plan_member_value(ctx, plan, "at") && (!plan_time(ctx, plan) || !plan_outage(ctx, plan)))
        return REPLI_OK;
    if (!when_given(ctx, plan, &given_utc, &given))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    if (about->prescriber)
        file(ctx, plan, "prescriber");
    else if (about->line && !of_pharmacist(type))
        file(ctx, plan, type);
    else
        fill_row(ctx, plan, about, type, given ? &given_utc : NULL);
    return REPLI_OK;
}

static enum repli_status plan_proposal(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    struct about about = about_of(ctx, key);
    enum repli_status s = plan_about(ctx, plan, &about, err);
    json_decref(key);
    return s;
}

extern const struct capture_kind capture_kind_order_proposal;

const struct capture_kind capture_kind_order_proposal = {
    .name = "order-proposal",
    .guard = "drug value unit route frequency day at inami given prescriber signature verbal telephone readback type "
             "urgent stops limit by by2",
    .writes = "one proposal for the pharmacist or the doctor, which is no order",
    .compares = "nothing",
    .conflicts = conflicts,
    .plan = plan_proposal,
};

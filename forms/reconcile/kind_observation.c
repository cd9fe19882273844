/* observation: one measured value of a patient at a time (vital signs), or one that was chosen among ticks (a triage
** level): of the ticked box of role "value_X" the value is X.
**
** Writes    one row `observation`, id "paper:SHEET:CAPTURE:REVISION", from_paper = 1; where paper corrects a value that
**           was printed, the row that holds it (its version is raised).
**           A meter that shows LO or HI has measured, and no number: ticked so, the value is the text "LO" or "HI".
** Decided   for paper, where the record has another value of that minute: the paper's value is a row of its own beside
**           it, never a change to it.  Two measurements in one minute are possible, what another system wrote is not
**           ours to alter, and whoever reads the chart sees both, one of them marked as from paper.
** Remarks   a total (NEWS2) that the values beside it do not add up to is said, and merges as it was written.
** Compares  the record's value of the same patient and code in the same minute with the value printed at that place.
*/
#include <jansson.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/text.h"

#define MINUTE_S 60 /* paper knows no seconds */

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"value-there-different", true, "the record has another value of that minute", true},
    {"code-missing", false, "the sheet does not say what was measured", false},
    {"value-and-tick", true, "a number, and LO or HI ticked at once", false},
    {NULL, false, NULL, false}};

/* What the capture is about, from its key. */
struct about {
    const char *code_system, *code, *unit, *display;
    bool each; /* of several things (lines of one patient): what else this sheet says of that minute is another one's */
};

static struct about about_of(struct merge_context *ctx, const json_t *key)
{
    struct about about = {0};
    about.code_system = plan_key_text(ctx, key, "code_system");
    about.code = plan_key_text(ctx, key, "code");
    about.unit = plan_key_text(ctx, key, "unit");
    about.display = plan_key_text(ctx, key, "display");
    about.each = json_is_true(json_object_get(key, "each"));
    return about;
}

/* The base is a JSON value: a text, a number, or null. */
static const char *base_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    bool none = !plan->capture->base || strcmp(plan->capture->base, "null") == 0;
    json_t *base = !none ? json_loads(plan->capture->base, JSON_DECODE_ANY, NULL) : NULL;
    const char *text = repli_arena_strdup(ctx->a, json_string_value(base));
    if (json_is_number(base)) {
        char number[32];
        repli_number_format(json_number_value(base), 6, number);
        text = repli_arena_strdup(ctx->a, number);
    }
    json_decref(base);
    return text;
}

/* "LO" or "HI" as ticked; NULL: neither.  Both at once never come here: they are two choices of one group. */
static const char *beyond_meter(const struct merge_context *ctx, const struct capture_plan *plan)
{
    return plan_ticked(ctx, plan, "low") ? "LO" : plan_ticked(ctx, plan, "high") ? "HI" : NULL;
}

static const char *value_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    static const char choice[] = "value_";
    const struct repli_capture *c = plan->capture;
    for (size_t i = 0; i < c->nmembers; i++)
        if (strncmp(c->roles[i], choice, sizeof choice - 1) == 0 && plan_ticked(ctx, plan, c->roles[i]))
            return c->roles[i] + sizeof choice - 1;
    return plan_member_value(ctx, plan, "value");
}

static void fill_row(struct merge_context *ctx, struct capture_plan *plan, const struct about *about, const char *value)
{
    double number = 0;
    const struct review_field *field = plan_member(ctx, plan, "value");
    plan_row(ctx, plan, "observation", "observation_id");
    plan_cell(ctx, plan, "code_system", about->code_system);
    plan_cell(ctx, plan, "code", about->code);
    plan_cell(ctx, plan, "display", about->display ? about->display : field ? field->field->label : about->code);
    plan_cell(ctx, plan, "category", "vital-signs");
    plan_cell_at(ctx, plan, "effective_utc", &plan->event_utc);
    plan_cell(ctx, plan, "value", value);
    bool beyond = beyond_meter(ctx, plan) != NULL;
    const char *unit = beyond ? NULL : about->unit;
    plan_cell(ctx, plan, "value_kind", beyond ? "text" : repli_number(value, &number) ? "quantity" : "code");
    plan_cell(ctx, plan, "unit", unit); /* UCUM, from the key: the field's own is a caption in the ward's language */
    plan_cell(ctx, plan, "status", "final");
    plan->unit = unit;
    plan->value = value;
}

/* Leaves out what this sheet itself has brought into the record. */
static size_t without_sheet(struct merge_context *ctx, struct repli_live_observation *live, size_t nlive)
{
    const char *mine = repli_arena_printf(ctx->a, "paper:%s:", ctx->sheet->row->sheet);
    size_t n = 0;
    for (size_t i = 0; i < nlive; i++)
        if (strncmp(live[i].id, mine, strlen(mine)) != 0)
            live[n++] = live[i];
    return n;
}

/* Holds the value against what the record has of that minute. */
static void compare(struct merge_context *ctx, struct capture_plan *plan, const struct about *about, const char *value,
                    struct repli_live_observation *live, size_t nlive)
{
    fill_row(ctx, plan, about, value);
    const char *base = base_of(ctx, plan);
    if (about->each)
        nlive = without_sheet(ctx, live, nlive);
    for (size_t i = 0; i < nlive; i++)
        if (three_way(base, value, live[i].value) == THREE_NOTE) {
            plan->state = PLAN_NOTE;
            plan->effect = "already-there";
            plan->target = repli_arena_printf(ctx->a, "observation/%s", live[i].id);
            return;
        }
    if (three_way(base, value, nlive ? live[0].value : NULL) == THREE_CONFLICT || nlive > 1) {
        char at[24];
        repli_time_iso(plan->event_utc, at);
        plan_hold(ctx, plan, "value-there-different", true, "paper says %s, the record says %s (%s at %s)", value,
                  nlive ? live[0].value : "nothing any more", about->code, at);
        if (plan_paper_counts(ctx, plan))
            plan->state = PLAN_APPLY; /* as a row beside the record's */
        else
            plan->target = nlive ? repli_arena_printf(ctx->a, "observation/%s", live[0].id) : NULL;
        return;
    }
    if (nlive == 1) { /* the record still has what was printed, and paper corrects it */
        plan->key = live[0].id;
        plan->amend_version = live[0].row_version;
        plan->effect = "amended";
        plan->target = repli_arena_printf(ctx->a, "observation/%s", live[0].id);
    }
}

/* A total waits for what it sums up; then it is counted again.  false: it waits. */
static bool count_again(struct merge_context *ctx, struct capture_plan *plan, const json_t *key, const char *value)
{
    bool open = plan_total_open(ctx, key);
    if (open)
        plan->state = PLAN_WAITS;
    else
        plan->remark = plan_total_remark(ctx, key, value);
    return !open;
}

static enum repli_status plan_with_key(struct merge_context *ctx, struct capture_plan *plan, const json_t *key,
                                       struct repli_err *err)
{
    struct about about = about_of(ctx, key);
    const char *value = value_of(ctx, plan);
    bool ok = false;
    if (!about.code_system || !about.code) {
        plan_hold(ctx, plan, "code-missing", false, "the sheet does not say what was measured (%s)", plan->capture->id);
        return REPLI_OK;
    }
    if (value && beyond_meter(ctx, plan)) {
        plan_hold(ctx, plan, "value-and-tick", true, "%s is written, and %s is ticked: which of them?", value,
                  beyond_meter(ctx, plan));
        return REPLI_OK;
    }
    if (!value)
        value = beyond_meter(ctx, plan);
    if (!count_again(ctx, plan, key, value) || !plan_time(ctx, plan))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok || !plan_outage(ctx, plan))
        return s;
    struct repli_live_query q = {.patient_id = ctx->patient->today,
                                 .code_system = about.code_system,
                                 .code = about.code,
                                 .from_utc = plan->event_utc,
                                 .to_utc = plan->event_utc + MINUTE_S,
                                 .alone = ctx->patient->alone};
    struct repli_live_observation *live = NULL;
    size_t nlive = 0;
    s = repli_record_live_observations(ctx->record, &q, ctx->a, &live, &nlive, err);
    if (s == REPLI_OK)
        compare(ctx, plan, &about, value, live, nlive);
    return s;
}

static enum repli_status plan_observation(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    enum repli_status s = plan_with_key(ctx, plan, key, err);
    json_decref(key);
    return s;
}

static enum repli_status write_observation(struct merge_context *ctx, struct repli_record_merge *m,
                                           const struct capture_plan *plan, struct repli_err *err)
{
    (void)ctx;
    if (plan->amend_version > 0)
        return repli_record_merge_amend(m, plan->key, plan->amend_version, plan->value, plan->unit, err);
    return repli_record_merge_insert(m, plan->table, plan->cells, plan->ncells, err);
}

extern const struct capture_kind capture_kind_observation;

const struct capture_kind capture_kind_observation = {
    .name = "observation",
    .guard = "value low high",
    .writes = "one observation of the patient at the written time",
    .compares = "the record's value of that patient and code in the same minute",
    .conflicts = conflicts,
    .plan = plan_observation,
    .write = write_observation,
};

/* administration: a dose that was given, or not given, of an order: a slot of the MAR, an as-needed dose, or a dose of
** the hours between the printed data and the outage (GAP).
**
** Writes    one row `medication_administration`, id "paper:SHEET:CAPTURE:REVISION", from_paper = 1.  Given: status
**           completed, at the written time or, in a slot where none is written, when it was due; the dose that was
**           written, else the printed one.  A reason code without a tick: not-done with that reason, when it was due; 8
**           is a dose that the patient took alone: completed, performer "patient".  A row that is in the record is
**           never altered: what another system wrote is not ours.
** Decided   for paper: the paper's dose is a row of its own beside the record's.  What happened, happened: a dose after
**           the order was stopped, too early or too much belongs in the chart, but somebody has to have seen it first.
** Compares  the record's doses of the same order (or, where the sender named none, of the same medication) whose time
**           is nearer to this slot than to its neighbours; of as-needed and GAP doses, within a quarter of an hour.
**           The same dose is noted, nothing is applied; another dose, another time or "not given" is a conflict.  Then
**           the order (unknown, stopped, on hold, changed), active allergies, interval and maximum in 24 hours.
** Later     a hospital's own system may send the same dose days after paper was merged.  That is another row: nobody
**           may guess which of two notes of one dose is wrong, and deleting either would hide a dose that was perhaps
**           given twice.  The next `repli merge` and `repli status` name both, until one of them is entered in error in
**           its own system or the merge is undone.  See repli_record_doubles().
*/
#include <stdlib.h>
#include <string.h>

#include "reconcile/dose.h"
#include "repli/text.h"

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"given-and-not", true, "a tick and a reason for not giving at once", false},
    {"time-without-status", true, "something is written, but neither given nor a reason", false},
    {"code-unknown", true, "a reason code that is not printed on the sheet", false},
    {"no-dose", true, "a dose as needed, or of the gap, without how much", false},
    {"high-alert-no-time", true, "a high-alert drug given without a written time", false},
    {"high-alert-no-dose", true, "a high-alert drug given without a written dose", false},
    {"high-alert-one-nurse", true, "a high-alert drug without two people's initials", true},
    {"time-far-from-due", true, "the written time is nearer to another dose", true},
    {"gap-order-unknown", true, "the written row number is not on the sheet", false},
    {"gap-after-outage", true, "a dose of the gap that was given after the outage began", true},
    {"order-unknown", true, "the record has no such order of this patient", true},
    {"order-on-hold", true, "the order was put on hold since printing", true},
    {"order-stopped", true, "the order is not active any more", true},
    {"order-changed", true, "the order is not what was printed", true},
    {"not-continued", true, "given by an order that the prescriber had to continue on this sheet, and did not", true},
    {"allergy-contradicts", true, "the record has an allergy to what was given", true},
    {"dose-there-different", true, "the record has another dose in that slot", true},
    {"superseded", true, "another sheet says something else of the same dose", true},
    {"interval-short", true, "two doses nearer than the order allows", true},
    {"over-maximum", true, "more in 24 hours than the order allows", true},
    {NULL, false, NULL, false}};

static const char *const reasons[] = {NULL,       "refused",       "vomited",  "fasting",          "absent",
                                      "on leave", "not available", "withheld", "self-administered"};

/* Holds a conflict.  true: a person said that paper counts nevertheless. */
static bool held(struct merge_context *ctx, struct capture_plan *plan, const char *why, const char *detail)
{
    const char *drug = dose_of(ctx, plan)->medication;
    plan_hold(ctx, plan, why, conflict_kind_get(plan->kind, why)->conflict, "%s: %s", drug ? drug : plan->capture->id,
              detail);
    return plan_paper_counts(ctx, plan);
}

/* ---- is it whole? */

/* Two people's initials: what the machine is not sure of is no proof.  A dose of the gap, given while the computers
** still knew it, has room for one. */
static bool two_nurses(const struct merge_context *ctx, const struct capture_plan *plan, const struct dose *d)
{
    const char *second = plan_ink(ctx, plan, "by2");
    return strcmp(plan_ink(ctx, plan, "by"), "ink") == 0 &&
           (strcmp(second, "ink") == 0 || (d->gap && strcmp(second, "none") == 0));
}

static bool whole_high_alert(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    if (!d->high_alert || !dose_given(d))
        return true;
    if (!d->at)
        return held(ctx, plan, "high-alert-no-time", "a high-alert drug was given and no time is written");
    if (!d->value)
        return held(ctx, plan, "high-alert-no-dose", "a high-alert drug was given and no dose is written");
    return two_nurses(ctx, plan, d) || held(ctx, plan, "high-alert-one-nurse",
                                            "a high-alert drug was given and two people's initials are not to be seen");
}

/* The written code that the sheet does not explain; NULL: none. */
static const char *unknown_code(const struct merge_context *ctx, const struct capture_plan *plan, const struct dose *d)
{
    int64_t code = 0;
    const char *effect = plan_member_value(ctx, plan, "effect");
    if (d->reason && !repli_integer(d->reason, 1, d->as_needed ? 7 : 8, &code))
        return d->reason;
    return effect && !repli_integer(effect, 0, 2, &code) ? effect : NULL;
}

static bool whole_slot(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    if (d->ticked && d->reason)
        return held(ctx, plan, "given-and-not", "given is ticked, and a reason for not giving is written");
    if (!d->ticked && !d->reason)
        return held(ctx, plan, "time-without-status", "something is written, but neither given nor a reason");
    return true;
}

static bool whole_other(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    if (d->gap && !d->order)
        return held(ctx, plan, "gap-order-unknown",
                    d->number ? repli_arena_printf(ctx->a, "row %s is not on the sheet", d->number)
                              : "no row number is written");
    if (!d->at)
        return held(ctx, plan, "no-time", "a dose, but no time is written");
    return d->value || held(ctx, plan, "no-dose", "a time, but no dose is written");
}

static bool whole(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    const char *code = unknown_code(ctx, plan, d);
    if (code)
        return held(ctx, plan, "code-unknown", repli_arena_printf(ctx->a, "code %s is none of the sheet's", code));
    if (!(d->gap || d->as_needed ? whole_other(ctx, plan, d) : whole_slot(ctx, plan, d)))
        return false;
    return whole_high_alert(ctx, plan, d);
}

/* ---- when */

/* A slot's window has 24 hours, so that every time of day occurs in it: one that lies nearer to another dose of the
** order is another day's, or was written in the wrong place. */
static bool near_due(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    int64_t from = 0, to = 0;
    if (!d->due_utc)
        return true;
    dose_reach(ctx, d, &from, &to);
    if (plan->event_utc >= from && plan->event_utc <= to)
        return true;
    char at[24], due[24];
    repli_time_iso(plan->event_utc, at);
    repli_time_iso(d->due_utc, due);
    return held(ctx, plan, "time-far-from-due",
                repli_arena_printf(ctx->a, "%s is written, %s, and the dose was due %s", d->at, at, due));
}

static bool when(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    if (d->gap)
        return plan_time_in(ctx, plan, d->at, NULL, d->from_utc, d->to_utc) && plan_before_outage(ctx, plan);
    if (d->at && dose_given(d))
        return plan_time(ctx, plan) && near_due(ctx, plan, d);
    if (!d->due_utc)
        return plan_time(ctx, plan); /* says that there is none */
    plan->timed = true;
    plan->event_utc = d->due_utc;
    return true;
}

/* ---- the record's doses of the same slot */

static const char *status_of(const struct dose *d)
{
    return dose_given(d) ? "completed" : "not-done";
}

static const char *amount_of(const struct dose *d)
{
    return !dose_given(d) ? NULL : d->value ? d->value : d->dose;
}

static bool of_slot(const struct dose *d, const struct capture_plan *plan, const struct repli_live_dose *live,
                    int64_t from, int64_t to)
{
    if (!d->due_utc)
        return llabs(live->at_utc - plan->event_utc) <= DOSE_SAME_S && strcmp(live->status, "not-done") != 0;
    if (live->due_utc)
        return *live->due_utc == d->due_utc;
    return (live->at_utc >= from && live->at_utc < to) || llabs(live->at_utc - plan->event_utc) <= DOSE_SLACK_S;
}

/* The same note of the same dose? */
static bool same(struct merge_context *ctx, const struct dose *d, const struct capture_plan *plan,
                 const struct repli_live_dose *live)
{
    int64_t apart = llabs(live->at_utc - plan->event_utc);
    if (strcmp(live->status, status_of(d)) != 0)
        return false;
    if (!dose_given(d))
        return true;
    return apart <= (d->at ? DOSE_SLACK_S : DOSE_DOUBLE_S) &&
           dose_amounts_equal(ctx, amount_of(d), d->unit, live->dose, live->dose_unit);
}

/* "completed 1 g at 2026-11-23T07:05:00Z" */
static const char *said(struct merge_context *ctx, const char *status, const char *dose, const char *unit, int64_t utc)
{
    char at[24];
    repli_time_iso(utc, at);
    return repli_arena_printf(ctx->a, "%s%s%s%s%s at %s", status, dose ? " " : "", dose ? dose : "",
                              dose && unit ? " " : "", dose && unit ? unit : "", at);
}

/* Base, paper and record.  A row that says "not given" and was so when this was printed may be followed by "given": the
** record's row stays, paper's stands beside it.  true: nothing in the way, or a person decided for paper. */
static bool compare(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                    const struct repli_live_dose *live, size_t nlive)
{
    int64_t from = 0, to = 0;
    const struct repli_live_dose *other = NULL;
    const char *base = plan->capture->base;
    if (d->due_utc)
        dose_reach(ctx, d, &from, &to);
    for (size_t i = 0; i < nlive; i++) {
        if (!dose_of_order(ctx, d, &live[i]) || dose_of_sheet(ctx, &live[i], NULL) ||
            !of_slot(d, plan, &live[i], from, to))
            continue;
        if (same(ctx, d, plan, &live[i])) {
            plan->state = PLAN_NOTE;
            plan->effect = "already-there";
            plan->target = repli_arena_printf(ctx->a, "medication_administration/%s", live[i].id);
            return false;
        }
        other = &live[i];
    }
    if (!other || (dose_given(d) && strcmp(other->status, "not-done") == 0 && base && strstr(base, "\"not-done\"")))
        return true;
    bool paper = other->from_paper && strncmp(other->id, "paper:", 6) == 0;
    plan->target = repli_arena_printf(ctx->a, "medication_administration/%s", other->id);
    plan_hold(ctx, plan, paper ? "superseded" : "dose-there-different", true, "%s: paper says %s, %s says %s",
              d->medication ? d->medication : plan->capture->id,
              said(ctx, status_of(d), amount_of(d), d->unit, plan->event_utc),
              paper ? repli_arena_printf(ctx->a, "sheet %.12s", other->id + 6) : "the record",
              said(ctx, other->status, other->dose, other->dose_unit, other->at_utc));
    return plan_paper_counts(ctx, plan);
}

/* ---- */

/* Where insulin was injected, as ticked; two boxes at once are two choices of one group. */
static const char *site_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    return plan_ticked(ctx, plan, "site_abdomen") ? "abdomen"
           : plan_ticked(ctx, plan, "site_thigh") ? "thigh"
           : plan_ticked(ctx, plan, "site_arm")   ? "arm"
                                                  : NULL;
}

static void fill_row(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                     const struct repli_live_order *order)
{
    int64_t code = 0;
    bool given = dose_given(d), coded = !d->gap && !d->as_needed && d->reason && repli_integer(d->reason, 1, 8, &code);
    plan_row(ctx, plan, "medication_administration", "administration_id");
    plan_cell(ctx, plan, "request_id", d->order);
    plan_cell(ctx, plan, "status", status_of(d));
    plan_cell(ctx, plan, "medication_id", order ? order->medication_id : NULL);
    plan_cell(ctx, plan, "medication", d->medication);
    plan_cell(ctx, plan, "dose", amount_of(d));
    plan_cell(ctx, plan, "dose_unit", amount_of(d) ? d->unit : NULL);
    plan_cell(ctx, plan, "route", given ? d->route : NULL);
    plan_cell_at(ctx, plan, "start_utc", &plan->event_utc);
    plan_cell(ctx, plan, "performer", coded && given ? "patient" : NULL);
    plan_cell(ctx, plan, "reason", coded && !given ? reasons[code] : NULL);
    plan_cell_at(ctx, plan, "due_utc", d->due_utc ? &d->due_utc : NULL);
    plan_cell(ctx, plan, "indication", d->as_needed ? d->reason : NULL);
    plan_cell(ctx, plan, "effect", d->as_needed ? plan_member_value(ctx, plan, "effect") : NULL);
    plan_cell(ctx, plan, "site", site_of(ctx, plan));
    plan->value = status_of(d);
}

static enum repli_status look(struct merge_context *ctx, const struct capture_plan *plan, const struct dose *d,
                              struct repli_live_dose **live, size_t *nlive, struct repli_err *err)
{
    int64_t from = plan->event_utc, to = plan->event_utc;
    if (d->due_utc && d->due_utc < from)
        from = d->due_utc;
    if (d->due_utc > to)
        to = d->due_utc;
    return repli_record_live_doses(ctx->record, ctx->patient->today, from - DOSE_DAY_S, to + DOSE_DAY_S + 1, ctx->a,
                                   live, nlive, err);
}

/* As-needed doses of one order on one sheet are judged together, by interval and maximum: which of them somebody keyed
** first must not decide which of them is too near the other. */
static bool row_is_open(struct merge_context *ctx, const struct dose *d)
{
    const struct repli_page_map *map = ctx->sheet->map;
    for (size_t i = 0; i < map->ncaptures; i++) {
        const struct dose *o = &ctx->doses[i];
        if (!o->mine || !o->as_needed || !o->order || !d->order || strcmp(o->order, d->order) != 0)
            continue;
        for (size_t m = 0; m < map->captures[i].nmembers; m++) {
            const struct review_field *f = &ctx->sheet->fields[map->captures[i].fields[m]];
            if (review_for_people(f->field) && !f->settled.answer)
                return true;
        }
    }
    return false;
}

/* What the prescriber wrote about the dose's order on a sheet where each order stands only by that; NULL: nothing is
** asked, or it is asked on another side. */
static const struct repli_capture *decision_on(struct merge_context *ctx, const struct dose *d)
{
    const struct repli_page_map *map = ctx->sheet->map;
    for (size_t i = 0; d->sign && !d->gap && i < map->ncaptures; i++) {
        const struct repli_capture *c = &map->captures[i];
        json_t *key = strcmp(c->kind, "order-decision") == 0 && c->key ? json_loads(c->key, 0, NULL) : NULL;
        const char *id = json_string_value(json_object_get(key, "order"));
        bool same = id && d->order && strcmp(id, d->order) == 0;
        json_decref(key);
        if (same)
            return c;
    }
    return NULL;
}

/* false: held, or waiting until it is known what is ticked. */
static bool continued(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d)
{
    const struct capture_plan about = {.capture = decision_on(ctx, d)};
    if (!about.capture || !dose_given(d))
        return true;
    for (size_t m = 0; m < about.capture->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[about.capture->fields[m]];
        if (review_for_people(f->field) && !plan_shared(ctx, about.capture->fields[m]) && !f->settled.answer) {
            plan->state = PLAN_WAITS;
            return false;
        }
    }
    if (plan_ticked(ctx, &about, "continue") && strcmp(plan_ink(ctx, &about, "prescriber"), "ink") == 0)
        return true;
    return held(ctx, plan, "not-continued",
                "given, but the prescriber's tick and initials under continue are not to be seen on this sheet");
}

static enum repli_status plan_administration(struct merge_context *ctx, struct capture_plan *plan,
                                             struct repli_err *err)
{
    const struct dose *d = dose_of(ctx, plan);
    struct repli_live_order *order = NULL;
    struct repli_live_dose *live = NULL;
    size_t nlive = 0;
    bool ok = false;
    if (d->as_needed && row_is_open(ctx, d)) {
        plan->state = PLAN_WAITS;
        return REPLI_OK;
    }
    if (!whole(ctx, plan, d) || !when(ctx, plan, d))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok || (!d->gap && !plan_outage(ctx, plan)))
        return s;
    /* First whether it is charted already: of such a dose nothing is applied, whatever became of its order. */
    s = look(ctx, plan, d, &live, &nlive, err);
    if (s != REPLI_OK || !compare(ctx, plan, d, live, nlive))
        return s;
    s = dose_check_order(ctx, plan, d, &order, &ok, err);
    if (s == REPLI_OK && ok && dose_given(d))
        s = dose_check_allergy(ctx, plan, d, order, &ok, err);
    if (s != REPLI_OK || !ok || !continued(ctx, plan, d))
        return s;
    if (d->as_needed && !dose_check_limits(ctx, plan, d, live, nlive))
        return REPLI_OK;
    fill_row(ctx, plan, d, order);
    return REPLI_OK;
}

extern const struct capture_kind capture_kind_administration;

const struct capture_kind capture_kind_administration = {
    .name = "administration",
    .guard = "status at reason value order effect site by by2",
    .writes = "one dose of the patient, given or not given",
    .compares = "the record's doses of the same order at that time, the order, allergies, interval and maximum",
    .conflicts = conflicts,
    .plan = plan_administration,
};

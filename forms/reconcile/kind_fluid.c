/* fluid: what a fluid chart says: an amount of one hour, a sum of a nurse's, an infusion.
**
** Writes    an amount: one row `fluid`, direction, code of its column, millilitres, the hour of its row.  The written
**           day is that of the chart's first row, and rows after midnight are on the next; without it the hour is the
**           one that occurs in the sheet's window.
**           an infusion: one row `infusion` with rate, volume, start and stop; what runs is an image.  It adds nothing
**           to any sum: what ran in is in the amounts of its hours.
**           a sum: nothing.  The amounts are added up and the difference is noted, by name; neither is overwritten.
** Decided   for paper, where the record has another amount of that hour: paper's is a row of its own beside it.
** Compares  amounts with the record's of the same patient, code and hour, from wherever they came.
*/
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/text.h"

#define HOUR_S 3600
#define DAY_S  86400

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"hour-outside-window", true, "the hour of the row, on the written day, is none the sheet is for", false},
    {"amount-there-different", true, "the record has another amount of that hour", true},
    {"infusion-no-rate", true, "an infusion without a rate (of no high risk: without rate and volume)", true},
    {"infusion-one-nurse", true, "an infusion of high risk without two people's initials", true},
    {NULL, false, NULL, false}};

/* ---- an amount */

/* The hour that the day of the chart begins with: that of its first row. */
static json_int_t first_hour(const struct merge_context *ctx)
{
    const struct repli_page_map *map = ctx->sheet->map;
    json_int_t hour = -1;
    for (size_t i = 0; i < map->ncaptures && hour < 0; i++) {
        bool mine = strcmp(map->captures[i].kind, "fluid") == 0 && map->captures[i].key;
        json_t *key = mine ? json_loads(map->captures[i].key, 0, NULL) : NULL;
        if (json_object_get(key, "hour"))
            hour = json_integer_value(json_object_get(key, "hour"));
        json_decref(key);
    }
    return hour;
}

/* The written day against the one the row falls on: of rows after midnight, the day before. */
static bool day_agrees(struct merge_context *ctx, struct capture_plan *plan, json_int_t hour)
{
    const char *written = plan_member_value(ctx, plan, "first_day");
    int64_t wanted = 0, evening = plan->event_utc - hour * HOUR_S - 6 * HOUR_S;
    struct repli_civil civil;
    repli_zone_civil(ctx->site->zone, hour < first_hour(ctx) ? evening : plan->event_utc, &civil);
    if (!written || (repli_integer(written, 1, 31, &wanted) && wanted == civil.day))
        return true;
    plan_hold(ctx, plan, "hour-outside-window", true,
              "day %s is written above, but in the hours of this sheet the row of %02d h belongs to day %02d", written,
              (int)hour, civil.day);
    return false;
}

/* The hour of the row: its start is the event. */
static bool hour_of(struct merge_context *ctx, struct capture_plan *plan, const json_t *key)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    json_int_t hour = json_integer_value(json_object_get(key, "hour"));
    const char *at = repli_arena_printf(ctx->a, "%02d:00", (int)hour);
    return plan_time_in(ctx, plan, at, NULL, row->window_utc,
                        row->window_utc + (int64_t)row->window_hours * HOUR_S - 1) &&
           day_agrees(ctx, plan, hour);
}

/* Base and record: nothing is printed of an amount, so that another one there is a conflict. */
static enum repli_status compare(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_query *q,
                                 const char *amount, bool *ok, struct repli_err *err)
{
    struct repli_live_observation *live = NULL;
    size_t nlive = 0;
    enum repli_status s = repli_record_live_fluids(ctx->record, q, ctx->a, &live, &nlive, err);
    *ok = s == REPLI_OK;
    for (size_t i = 0; *ok && i < nlive; i++)
        if (three_way(NULL, amount, live[i].value) == THREE_NOTE) {
            plan->state = PLAN_NOTE;
            plan->effect = "already-there";
            plan->target = live[i].id;
            *ok = false;
        }
    if (!*ok || nlive == 0)
        return s;
    char at[24];
    repli_time_iso(plan->event_utc, at);
    plan_hold(ctx, plan, "amount-there-different", true, "paper says %s mL, the record says %s %s (%s, hour from %s)",
              amount, live[0].value, live[0].unit ? live[0].unit : "", q->code, at);
    plan->target = live[0].id;
    *ok = plan_paper_counts(ctx, plan);
    return s;
}

static enum repli_status plan_amount(struct merge_context *ctx, struct capture_plan *plan, const json_t *key,
                                     struct repli_err *err)
{
    const char *amount = plan_member_value(ctx, plan, "value");
    bool ok = false;
    if (!hour_of(ctx, plan, key))
        return REPLI_OK;
    int64_t end = plan->event_utc + HOUR_S;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok || !plan_outage_span(ctx, plan, plan->event_utc, end - 1))
        return s;
    const struct repli_live_query q = {.patient_id = ctx->patient->today,
                                       .code_system = plan_key_text(ctx, key, "code_system"),
                                       .code = plan_key_text(ctx, key, "code"),
                                       .from_utc = plan->event_utc,
                                       .to_utc = end,
                                       .alone = ctx->patient->alone};
    s = compare(ctx, plan, &q, amount, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    plan_row(ctx, plan, "fluid", "fluid_id");
    plan_cell(ctx, plan, "direction", plan_key_text(ctx, key, "direction"));
    plan_cell(ctx, plan, "code_system", q.code_system);
    plan_cell(ctx, plan, "code", q.code);
    plan_cell(ctx, plan, "display", plan_key_text(ctx, key, "display"));
    plan_cell(ctx, plan, "amount_ml", amount);
    plan_cell_at(ctx, plan, "start_utc", &plan->event_utc);
    plan_cell_at(ctx, plan, "end_utc", &end);
    plan->value = amount;
    return REPLI_OK;
}

/* ---- a sum */

struct added {
    double in, out;
    int open, unread; /* amounts that nobody has keyed yet; that cannot be read */
};

static void add(const struct merge_context *ctx, const struct repli_capture *c, const json_t *key, struct added *sum)
{
    const struct capture_plan plan = {.capture = c};
    const struct review_field *f = plan_member(ctx, &plan, "value");
    const char *value = plan_member_value(ctx, &plan, "value"),
               *direction = json_string_value(json_object_get(key, "direction"));
    double amount = 0;
    if (!f || !f->settled.answer)
        sum->open++;
    else if (strcmp(f->settled.answer, "illegible") == 0 || strcmp(f->settled.answer, "correction") == 0)
        sum->unread++;
    else if (value && repli_number(value, &amount))
        *(direction && strcmp(direction, "in") == 0 ? &sum->in : &sum->out) += amount;
}

/* The amounts of the rows that a sum is about: those of one block, or `all` of the side. */
static struct added add_up(const struct merge_context *ctx, const char *of)
{
    const struct repli_page_map *map = ctx->sheet->map;
    struct added sum = {0};
    for (size_t i = 0; of && i < map->ncaptures; i++) {
        bool mine = strcmp(map->captures[i].kind, "fluid") == 0 && map->captures[i].key;
        json_t *key = mine ? json_loads(map->captures[i].key, 0, NULL) : NULL;
        const char *block = json_string_value(json_object_get(key, "block"));
        if (block && (strcmp(of, "all") == 0 || strcmp(block, of) == 0))
            add(ctx, &map->captures[i], key, &sum);
        json_decref(key);
    }
    return sum;
}

static enum repli_status plan_sum(struct merge_context *ctx, struct capture_plan *plan, const json_t *key,
                                  struct repli_err *err)
{
    const char *what = plan_key_text(ctx, key, "sum"), *written = plan_member_value(ctx, plan, "value");
    struct added sum = add_up(ctx, plan_key_text(ctx, key, "of"));
    bool ok = false, net = what && strcmp(what, "net") == 0, minus = plan_ticked(ctx, plan, "minus");
    char computed[32];
    if (sum.open > 0) {
        plan->state = PLAN_WAITS;
        return REPLI_OK;
    }
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    double right = net ? sum.in - sum.out : what && strcmp(what, "in") == 0 ? sum.in : sum.out;
    const char *signed_text = repli_arena_printf(ctx->a, "%s%s", minus ? "-" : "", written);
    repli_number_format(right, 3, computed);
    plan->state = PLAN_NOTE;
    plan->effect = "note";
    plan->target = repli_arena_printf(ctx->a, "fluid_sum/%s", sum.unread ? "unknown" : computed);
    if (sum.unread > 0)
        plan->detail =
            repli_arena_printf(ctx->a, "%s mL is written; %d amount%s cannot be read, so that nothing is compared",
                               signed_text, sum.unread, sum.unread == 1 ? "" : "s");
    else if (three_way(NULL, signed_text, computed) != THREE_NOTE)
        plan->detail = repli_arena_printf(ctx->a, "%s mL is written, the amounts add up to %s mL: the amounts count",
                                          signed_text, computed);
    return REPLI_OK;
}

/* ---- an infusion */

static bool infusion_whole(struct merge_context *ctx, struct capture_plan *plan, bool high)
{
    bool rate = plan_member_value(ctx, plan, "rate"), volume = plan_member_value(ctx, plan, "volume");
    if (!rate && (high || !volume)) {
        plan_hold(ctx, plan, "infusion-no-rate", true, "%s: an infusion%s, and no rate is written", plan->capture->id,
                  high ? " of high risk" : "");
        if (!plan_paper_counts(ctx, plan))
            return false;
    }
    if (!high || (strcmp(plan_ink(ctx, plan, "by"), "ink") == 0 && strcmp(plan_ink(ctx, plan, "by2"), "ink") == 0))
        return true;
    plan_hold(ctx, plan, "infusion-one-nurse", true,
              "%s: an infusion of high risk, and two people's initials are not to be seen", plan->capture->id);
    return plan_paper_counts(ctx, plan);
}

/* When it ended: the next such time after the start. */
static bool stop_of(struct merge_context *ctx, struct capture_plan *plan, int64_t *stop_utc)
{
    const char *stop = plan_member_value(ctx, plan, "stop");
    int64_t found[2] = {0, 0};
    if (!stop)
        return true;
    if (plan_instants(ctx, stop, plan->event_utc, plan->event_utc + DAY_S - 1, found) == 1) {
        *stop_utc = found[0];
        return true;
    }
    plan_hold(ctx, plan, "time-ambiguous", true, "the stop at %s does not occur once in the day after the start", stop);
    return false;
}

static enum repli_status plan_infusion(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    bool ok = false, high = plan_ticked(ctx, plan, "high");
    int64_t stop_utc = 0;
    if (!plan_time(ctx, plan) || !stop_of(ctx, plan, &stop_utc) || !infusion_whole(ctx, plan, high))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok || !plan_outage_span(ctx, plan, plan->event_utc, plan->event_utc))
        return s;
    plan_row(ctx, plan, "infusion", "infusion_id");
    plan_cell(ctx, plan, "volume_ml", plan_member_value(ctx, plan, "volume"));
    plan_cell(ctx, plan, "rate_ml_h", plan_member_value(ctx, plan, "rate"));
    plan_cell(ctx, plan, "given_ml", plan_member_value(ctx, plan, "amount"));
    plan_cell(ctx, plan, "pump", plan_member_value(ctx, plan, "pump"));
    plan_cell_at(ctx, plan, "start_utc", &plan->event_utc);
    plan_cell_at(ctx, plan, "stop_utc", stop_utc ? &stop_utc : NULL);
    plan_cell_at(ctx, plan, "high_alert", &(int64_t){high});
    plan_proof(ctx, plan);
    plan->value = plan_member_value(ctx, plan, "rate");
    return REPLI_OK;
}

static enum repli_status plan_fluid(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    enum repli_status s = json_object_get(key, "hour")  ? plan_amount(ctx, plan, key, err)
                          : json_object_get(key, "sum") ? plan_sum(ctx, plan, key, err)
                                                        : plan_infusion(ctx, plan, err);
    json_decref(key);
    return s;
}

extern const struct capture_kind capture_kind_fluid;

const struct capture_kind capture_kind_fluid = {
    .name = "fluid",
    .guard = "value rate volume at stop amount fluid high",
    .writes = "an amount of one hour, or an infusion; of a sum nothing",
    .compares = "the record's amounts of that patient, code and hour; sums with the amounts beside them",
    .conflicts = conflicts,
    .plan = plan_fluid,
};

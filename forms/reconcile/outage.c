/* Did it happen while paper was the truth?  Outages are asked about only where one is recorded for the sheet's ward in
** the hours the sheet is for: a house that records none merges as it always did. */
#include "reconcile/merge_internal.h"

static bool meets_window(const struct repli_outage *o, const struct repli_sheet_row *row)
{
    int64_t end = row->window_utc + (int64_t)row->window_hours * 3600;
    return o->from_utc < end && (o->open || o->until_utc >= row->window_utc);
}

bool plan_outage(struct merge_context *ctx, struct capture_plan *plan)
{
    return plan_outage_span(ctx, plan, plan->event_utc, plan->event_utc);
}

bool plan_outage_span(struct merge_context *ctx, struct capture_plan *plan, int64_t from_utc, int64_t to_utc)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const struct repli_outage *near = NULL;
    for (size_t i = 0; i < ctx->noutages; i++) {
        const struct repli_outage *o = &ctx->outages[i];
        if (o->drill || !repli_outage_covers(o, row->ward) || !meets_window(o, row))
            continue;
        if (o->from_utc <= to_utc && (o->open || from_utc <= o->until_utc)) {
            plan->outage = o->id;
            return true;
        }
        if (!near || from_utc > near->until_utc)
            near = o; /* the one before it, or the first one after it */
    }
    if (!near)
        return true;
    bool early = plan->event_utc < near->from_utc;
    char at[24], limit[24];
    const char *written = plan_member_value(ctx, plan, "at");
    repli_time_iso(plan->event_utc, at);
    repli_time_iso(early ? near->from_utc : near->until_utc, limit);
    plan_hold(ctx, plan, "outside-outage", true,
              early ? "%s was written, %s is before outage %s began (%s): the computers were the truth then"
                    : "%s was written, %s is after outage %s ended (%s): the computers were the truth then",
              written ? written : "no other time", at, near->id, limit);
    return plan_paper_counts(ctx, plan);
}

const struct repli_outage *plan_first_outage(const struct merge_context *ctx)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const struct repli_outage *first = NULL;
    for (size_t i = 0; i < ctx->noutages; i++) {
        const struct repli_outage *o = &ctx->outages[i];
        if (!o->drill && repli_outage_covers(o, row->ward) && meets_window(o, row) &&
            (!first || o->from_utc < first->from_utc))
            first = o;
    }
    return first;
}

bool plan_before_outage(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_outage *first = plan_first_outage(ctx);
    if (!first)
        return true;
    plan->outage = first->id;
    if (plan->event_utc < first->from_utc)
        return true;
    char at[24], from[24];
    repli_time_iso(plan->event_utc, at);
    repli_time_iso(first->from_utc, from);
    plan_hold(ctx, plan, "gap-after-outage", true,
              "%s is not before outage %s began (%s): what was given then has its place in the rows", at, first->id,
              from);
    return plan_paper_counts(ctx, plan);
}

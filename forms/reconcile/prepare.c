/* A sheet as merging sees it: loaded, its owner and outages known, each capture planned.  Reads only. */
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/ledger_bind.h"
#include "repli/pagecode.h"

/* A blank sheet that two people have bound is about that patient, as they saw them in the record. */
static enum repli_status take_binding(struct merge_context *ctx, struct repli_ledger *ledger,
                                      struct repli_sheet_row *row, struct repli_err *err)
{
    const struct repli_binding *bound = NULL;
    if (row->subject_kind != REPLI_SUBJECT_BLANK)
        return REPLI_OK;
    enum repli_status s = repli_ledger_bound(ledger, row->serial, ctx->a, &bound, err);
    if (s != REPLI_OK || !bound)
        return s;
    row->patient_id = bound->patient_id;
    row->patient = bound->number;
    row->patient_name = bound->name;
    row->birth_date = bound->birth_date;
    memcpy(row->subject, bound->subject, sizeof row->subject);
    return REPLI_OK;
}

enum repli_status merge_prepare(struct merge_context *ctx, struct repli_ledger *ledger, uint64_t serial,
                                struct review_sheet **sheet, struct capture_plan **plans, size_t *count,
                                struct repli_err *err)
{
    enum repli_status s = review_load(ledger, serial, ctx->a, sheet, err);
    if (s != REPLI_OK || !*sheet)
        return s;
    ctx->sheet = *sheet;
    s = take_binding(ctx, ledger, (*sheet)->row, err);
    if (s == REPLI_OK)
        s = plan_owner(ctx, err);
    if (s == REPLI_OK)
        s = repli_ledger_outages(ledger, ctx->a, &ctx->outages, &ctx->noutages, err);
    if (s == REPLI_OK)
        plan_hours(ctx);
    if (s == REPLI_OK)
        s = repli_ledger_holds(ledger, serial, ctx->a, &ctx->holds, &ctx->nholds, err);
    if (s == REPLI_OK)
        s = repli_ledger_initialled(ledger, serial, ctx->a, &ctx->signed_by, &ctx->nsigned, err);
    return s == REPLI_OK ? plan_sheet(ctx, plans, count, err) : s;
}

/* A sheet as merging sees it: loaded, its owner and outages known, each capture planned.  Reads only. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/ledger_bind.h"
#include "repli/ledger_lists.h"
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
    enum repli_status s = review_load_again(ledger, serial, *sheet, ctx->a, sheet, err);
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

static int by_serial(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

enum repli_status merge_serials(struct repli_ledger *ledger, const char *patient, struct repli_arena *a,
                                uint64_t **serials, size_t *count, struct repli_err *err)
{
    uint64_t *read = NULL, *reviewed = NULL;
    size_t nread = 0, nreviewed = 0;
    if (patient)
        return repli_ledger_serials_of(ledger, patient, a, serials, count, err);
    enum repli_status s = repli_ledger_serials(ledger, REPLI_LIFE_READ, false, a, &read, &nread, err);
    if (s == REPLI_OK)
        s = repli_ledger_serials(ledger, REPLI_LIFE_REVIEWED, false, a, &reviewed, &nreviewed, err);
    if (s != REPLI_OK)
        return s;
    uint64_t *all = repli_arena_array(a, nread + nreviewed, sizeof *all);
    if (nread)
        memcpy(all, read, nread * sizeof *all);
    if (nreviewed)
        memcpy(all + nread, reviewed, nreviewed * sizeof *all);
    qsort(all, nread + nreviewed, sizeof *all, by_serial);
    *serials = all;
    *count = nread + nreviewed;
    return REPLI_OK;
}

/* A sheet that bears the number of one person and is about another one: people said whose it is. */
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/downtime.h"
#include "repli/pagecode.h"
#include "repli/record_identity.h"

static void about_number(struct repli_sheet_row *row, uint64_t number, struct repli_arena *a)
{
    char text[REPLI_DOWNTIME_TEXT], alias[REPLI_DOWNTIME_ALIAS];
    repli_downtime_format(REPLI_DOWNTIME_PATIENT, number, text);
    repli_downtime_alias(number, alias);
    row->subject_kind = REPLI_SUBJECT_DOWNTIME;
    row->patient = repli_arena_strdup(a, text);
    row->patient_name = repli_arena_strdup(a, alias);
    row->patient_id = row->birth_date = NULL;
    repli_downtime_format(REPLI_DOWNTIME_STAY, repli_downtime_stay(number), text);
    row->stay_number = repli_arena_strdup(a, text);
    repli_downtime_subject(number, row->subject);
    repli_downtime_subject(repli_downtime_stay(number), row->stay);
}

/* Of no stay that the paper could name. */
static void about_patient(struct repli_sheet_row *row, const char *owner, const struct repli_live_patient *p)
{
    row->subject_kind = REPLI_SUBJECT_PATIENT;
    row->patient_id = owner;
    row->patient = p ? p->number : owner;
    row->patient_name = row->birth_date = row->stay_number = NULL;
    memset(row->stay, 0, sizeof row->stay);
    if (p)
        memcpy(row->subject, p->subject, sizeof row->subject);
}

enum repli_status plan_owner(struct merge_context *ctx, struct repli_err *err)
{
    struct repli_sheet_row *row = ctx->sheet->row;
    struct repli_live_patient *p = NULL;
    const char *owner = NULL;
    char letter = 0;
    uint64_t number = 0;
    enum repli_status s =
        repli_record_sheet_owner(ctx->record, row->serial, row->mac, ctx->a, &owner, &ctx->moves, err);
    if (s != REPLI_OK || !owner)
        return s;
    if (repli_downtime_parse(owner, &letter, &number) && letter == REPLI_DOWNTIME_PATIENT) {
        about_number(row, number, ctx->a);
        return REPLI_OK;
    }
    s = repli_record_live_patient(ctx->record, owner, NULL, ctx->a, &p, err);
    if (s == REPLI_OK)
        about_patient(row, owner, p);
    return s;
}

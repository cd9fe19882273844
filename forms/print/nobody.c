/* Packs for people whom the record does not know: admission packs, each with a downtime number of its own, and spares.
**
** They hold nothing of the snapshot, so that they may lie in a cupboard until they are needed. */
#include <string.h>

#include "print/plan.h"
#include "repli/downtime.h"
#include "repli/form_newcomers.h"

#define SPARE_PERCENT    20 /* of a ward's beds */
#define SPARE_ADMISSIONS 5  /* with the spares of a ward */

bool repli_plan_of_nobody(const struct repli_plan *plan)
{
    const char *pack = plan->request->pack;
    return pack && (strcmp(pack, "admission") == 0 || strcmp(pack, "spares") == 0);
}

static bool spares(const struct repli_plan *plan)
{
    return strcmp(plan->request->pack, "spares") == 0;
}

static struct repli_snap_patient *person(struct repli_plan *plan, int64_t counter)
{
    struct repli_snap_patient *p = repli_arena_alloc(&plan->arena, sizeof *p);
    uint64_t number = repli_downtime_make(REPLI_DOWNTIME_PATIENT, plan->site->station, counter);
    char text[REPLI_DOWNTIME_TEXT], alias[REPLI_DOWNTIME_ALIAS];
    repli_downtime_format(REPLI_DOWNTIME_PATIENT, number, text);
    p->identifier = repli_arena_strdup(&plan->arena, text);
    repli_downtime_format(REPLI_DOWNTIME_STAY, repli_downtime_stay(number), text);
    p->stay_number = repli_arena_strdup(&plan->arena, text);
    repli_downtime_alias(number, alias);
    p->name = repli_arena_strdup(&plan->arena, alias);
    p->ward = plan->ward;
    repli_downtime_subject(number, p->subject);
    repli_downtime_subject(repli_downtime_stay(number), p->stay);
    return p;
}

/* What does not fit is said; the rest of the pack does not wait for it. */
static enum repli_status add_form(struct repli_plan *plan, const struct repli_plan_form *f,
                                  const struct repli_snap_patient *p, struct repli_err *err)
{
    struct repli_layout layout = {0};
    struct repli_err mine = {0};
    uint64_t number = 0;
    if (p)
        (void)repli_downtime_number(p->subject, REPLI_DOWNTIME_PATIENT, &number);
    struct repli_layout_in in = {.form = f->form,
                                 .data = repli_form_nobody(f->form, number, &plan->arena),
                                 .zone = plan->site->zone,
                                 .window_utc = plan->window_utc,
                                 .window_hours = f->window_hours,
                                 .subject = p ? REPLI_SUBJECT_DOWNTIME : REPLI_SUBJECT_BLANK,
                                 .known = &plan->known};
    enum repli_status status = repli_plan_lay_out(plan, &in, &layout, &mine);
    if (status == REPLI_DATA) {
        repli_buf_printf(&plan->notes, "no form '%s' in these packs: %s\n", repli_form_id(f->form), mine.text);
        (void)repli_fail(&plan->first, REPLI_DATA, "%s", mine.text);
        return REPLI_OK;
    }
    if (status != REPLI_OK)
        return repli_fail(err, status, "%s", mine.text);
    repli_plan_add(plan, f, p, in.subject, REPLI_AGE_UNKNOWN, &layout);
    return REPLI_OK;
}

/* Wristbands and labels of numbers that the registration sheets bear already: all in one set, never scanned. */
static enum repli_status add_labels(struct repli_plan *plan, const struct repli_plan_form *f, struct repli_err *err)
{
    struct repli_layout layout = {0};
    const struct repli_print_request *rq = plan->request;
    struct repli_layout_in in = {.form = f->form,
                                 .data = repli_form_newcomers(f->form, rq->numbers, rq->nnumbers, &plan->arena),
                                 .zone = plan->site->zone,
                                 .window_utc = plan->window_utc,
                                 .window_hours = f->window_hours};
    enum repli_status status = repli_plan_lay_out(plan, &in, &layout, err);
    if (status == REPLI_OK)
        repli_plan_add(plan, f, NULL, REPLI_SUBJECT_WARD, REPLI_AGE_UNKNOWN, &layout);
    plan->patients = rq->nnumbers;
    return status;
}

/* The forms of one pack that are about this: the registration sheet before those of any patient. */
static enum repli_status admission(struct repli_plan *plan, const struct repli_snap_patient *p,
                                   enum repli_subject_kind about, struct repli_err *err)
{
    enum repli_status status = REPLI_OK;
    for (size_t k = 0; status == REPLI_OK && k < plan->nforms; k++)
        if (repli_form_subject(plan->forms[k].form) == about)
            status = add_form(plan, &plan->forms[k], p, err);
    return status;
}

/* Numbers are burnt from here on, whatever becomes of the paper. */
static enum repli_status admissions(struct repli_plan *plan, struct repli_ledger *ledger, int64_t count,
                                    struct repli_err *err)
{
    int64_t first = 0, left = 0;
    enum repli_status status = repli_ledger_downtime_take(ledger, plan->site, count, &first, &left, err);
    struct repli_buf list = {0};
    plan->given = repli_arena_array(&plan->arena, (size_t)count + 1, sizeof *plan->given);
    for (int64_t i = 0; status == REPLI_OK && i < count; i++) {
        const struct repli_snap_patient *p = person(plan, first + i);
        size_t before = plan->nsheets;
        status = admission(plan, p, REPLI_SUBJECT_DOWNTIME, err);
        if (status == REPLI_OK)
            status = admission(plan, p, REPLI_SUBJECT_PATIENT, err);
        plan->patients += plan->nsheets > before;
        (void)repli_downtime_number(p->subject, REPLI_DOWNTIME_PATIENT, &plan->given[plan->ngiven++]);
        repli_buf_printf(&list, "%s %s\n", p->identifier, p->name);
    }
    plan->numbers = repli_arena_strdup(&plan->arena, list.len ? list.data : "");
    repli_buf_done(&list);
    if (status == REPLI_OK && left < REPLI_DOWNTIME_LOW)
        repli_buf_printf(&plan->notes,
                         "this station has %lld downtime numbers left: get it a new station number soon (repli "
                         "station add)\n",
                         (long long)left);
    return status;
}

/* A fifth of the beds, rounded up; of the patients where no beds were transmitted. */
static enum repli_status spare_count(struct repli_plan *plan, int64_t *count, struct repli_err *err)
{
    struct repli_snap_ward *wards = NULL;
    size_t n = 0;
    int64_t beds = 0;
    enum repli_status status = repli_snapshot_wards(plan->snap, &plan->arena, &wards, &n, err);
    for (size_t i = 0; status == REPLI_OK && i < n; i++)
        if (strcmp(wards[i].id, plan->ward) == 0)
            beds = wards[i].beds > 0 ? wards[i].beds : wards[i].census;
    *count = (beds * SPARE_PERCENT + 99) / 100;
    return status;
}

static bool for_spares(const struct repli_plan_form *f)
{
    enum repli_subject_kind kind = repli_form_subject(f->form);
    return kind == REPLI_SUBJECT_BLANK || (kind == REPLI_SUBJECT_PATIENT && f->asked);
}

enum repli_status repli_plan_nobody(struct repli_plan *plan, struct repli_ledger *ledger, struct repli_err *err)
{
    int64_t copies = 0;
    plan->npeople = 0;
    plan->without_data = true;
    for (size_t k = 0; plan->request->numbers && k < plan->nforms; k++) {
        enum repli_status status = add_labels(plan, &plan->forms[k], err);
        if (status != REPLI_OK || k + 1 == plan->nforms)
            return status;
    }
    if (!spares(plan))
        return admissions(plan, ledger, plan->request->count > 0 ? plan->request->count : 1, err);
    enum repli_status status = spare_count(plan, &copies, err);
    for (size_t k = 0; status == REPLI_OK && k < plan->nforms; k++)
        for (int64_t i = 0; status == REPLI_OK && for_spares(&plan->forms[k]) && i < copies; i++)
            status = add_form(plan, &plan->forms[k], NULL, err);
    return status == REPLI_OK ? admissions(plan, ledger, SPARE_ADMISSIONS, err) : status;
}

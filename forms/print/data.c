/* What a form is filled from: the snapshot, and for some the ledger. */
#include <string.h>

#include "print/plan.h"
#include "repli/ledger_paper.h"

enum repli_status repli_plan_data(struct repli_plan *plan, const struct repli_form *form,
                                  const struct repli_snap_patient *p, struct repli_datasets *data,
                                  struct repli_err *err)
{
    const char *const *names = repli_form_datasets(form);
    const struct repli_paper_query q = {.ward = plan->ward,
                                        .patient_id = p ? p->patient_id : NULL,
                                        .subject = p ? p->subject : NULL,
                                        .stay = p ? p->stay : NULL,
                                        .count = plan->request->pile};
    size_t n = 0, mine = 0;
    while (names[n])
        n++;
    const char **others = repli_arena_array(&plan->arena, n + 1, sizeof *others);
    struct repli_dataset *sets = repli_arena_array(&plan->arena, n + 1, sizeof *sets);
    enum repli_status status = REPLI_OK;
    for (size_t i = 0, o = 0; status == REPLI_OK && i < n; i++) {
        bool ledgers = false;
        status = repli_ledger_dataset(plan->ledger, names[i], &q, &plan->arena, &sets[mine], &ledgers, err);
        mine += ledgers;
        if (!ledgers)
            others[o++] = names[i];
    }
    if (status == REPLI_OK)
        status =
            repli_snapshot_datasets(plan->snap, others, p ? p->patient_id : NULL, plan->ward, &plan->arena, data, err);
    if (status != REPLI_OK || mine == 0)
        return status;
    if (data->count)
        memcpy(sets + mine, data->sets, data->count * sizeof *sets);
    *data = (struct repli_datasets){.sets = sets, .count = mine + data->count};
    return REPLI_OK;
}

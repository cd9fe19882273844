/* What a form is filled from: the snapshot, and for some the ledger. */
#include <string.h>

#include "print/plan.h"
#include "repli/ledger_paper.h"

static bool already_read(const struct repli_plan *plan, const char *name, struct repli_dataset *out)
{
    for (size_t i = 0; i < plan->nread; i++)
        if (strcmp(plan->read[i].name, name) == 0) {
            *out = plan->read[i];
            return true;
        }
    return false;
}

/* Datasets of the snapshot, by NULL-ended names, in that order.  Those of a patient are read once for all his forms. */
static enum repli_status snapshot_sets(struct repli_plan *plan, const char *const *names,
                                       const struct repli_snap_patient *p, struct repli_datasets *data,
                                       struct repli_err *err)
{
    struct repli_arena *a = &plan->arena;
    struct repli_datasets fresh = {0};
    size_t n = 0, missing = 0;
    if (!p)
        return repli_snapshot_datasets(plan->snap, names, NULL, plan->ward, a, data, err);
    if (plan->read_of != p)
        plan->nread = 0;
    plan->read_of = p;
    while (names[n])
        n++;
    const char **ask = repli_arena_array(a, n + 1, sizeof *ask);
    struct repli_dataset *sets = repli_arena_array(a, n + 1, sizeof *sets);
    for (size_t i = 0; i < n; i++)
        if (!already_read(plan, names[i], &sets[i]))
            ask[missing++] = names[i];
    enum repli_status status = repli_snapshot_datasets(plan->snap, ask, p->patient_id, plan->ward, a, &fresh, err);
    if (status != REPLI_OK)
        return status;
    plan->read = repli_arena_grow(a, plan->read, plan->nread, plan->nread + fresh.count + 1, sizeof *plan->read);
    for (size_t i = 0; i < fresh.count; i++)
        plan->read[plan->nread++] = fresh.sets[i];
    for (size_t i = 0; i < n; i++)
        (void)already_read(plan, names[i], &sets[i]);
    *data = (struct repli_datasets){.sets = sets, .count = n};
    return REPLI_OK;
}

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
        status = snapshot_sets(plan, others, p, data, err);
    if (status != REPLI_OK || mine == 0)
        return status;
    if (data->count)
        memcpy(sets + mine, data->sets, data->count * sizeof *sets);
    *data = (struct repli_datasets){.sets = sets, .count = mine + data->count};
    return REPLI_OK;
}

static bool among_people(const struct repli_plan *plan, const char *patient_id)
{
    for (size_t i = 0; patient_id && i < plan->npeople; i++)
        if (strcmp(plan->people[i].patient_id, patient_id) == 0)
            return true;
    return false;
}

void repli_plan_keep_wanted(const struct repli_plan *plan, struct repli_datasets *data)
{
    for (size_t i = 0; i < data->count; i++) {
        struct repli_dataset *set = &data->sets[i];
        size_t n = 0;
        if (strcmp(set->name, "census") != 0)
            continue;
        for (size_t r = 0; r < set->nrows; r++)
            if (among_people(plan, repli_dataset_cell(set, r, "patient_id"))) {
                memmove(set->cells + n * set->ncolumns, set->cells + r * set->ncolumns,
                        set->ncolumns * sizeof *set->cells);
                n++;
            }
        set->nrows = n;
    }
}

enum repli_status repli_plan_check_copy(const struct repli_plan *plan, const struct repli_form *form,
                                        struct repli_err *err)
{
    static const char *const carried[] = {"site", "settings", "directory"};
    const char *const *names = repli_form_datasets(form);
    for (size_t i = 0; *plan->info->cut_wards && names[i]; i++) {
        bool here = false;
        for (size_t k = 0; k < sizeof carried / sizeof *carried; k++)
            here = here || strcmp(names[i], carried[k]) == 0;
        if (!here)
            return repli_fail(err, REPLI_DATA,
                              "form '%s' is about the whole house, and this copy of the snapshot holds ward %s alone: "
                              "print it at the centre",
                              repli_form_id(form), plan->info->cut_wards);
    }
    return REPLI_OK;
}

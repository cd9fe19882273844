/* For which sheets a row of a template is (`only`): by the age of the data, by that of the patient, by what the site
** says about itself. */
#include <string.h>

#include "form_internal.h"
#include "repli/pagecode.h"

/* What the snapshot says; the usual value where it says nothing. */
static const char *value_of(const struct flow *flow, const char *name)
{
    const struct repli_dataset *set = repli_flow_data(flow, "settings");
    for (size_t i = 0; set && i < set->nrows; i++) {
        const char *key = repli_dataset_cell(set, i, "key"), *value = repli_dataset_cell(set, i, "value");
        if (key && value && strcmp(key, name) == 0)
            return value;
    }
    return repli_setting_usual(name);
}

/* Whose age nobody knows gets what adults get. */
static bool of_age(const struct flow *flow, enum row_age age)
{
    int band = flow->in->age_band;
    bool under = band == REPLI_AGE_NEWBORN || band == REPLI_AGE_INFANT || band == REPLI_AGE_CHILD;
    return age == ROW_ANY_AGE || (age == ROW_UNDER_16) == under;
}

bool repli_row_shown(const struct flow *flow, const struct row *row)
{
    if (row->when != ROW_ALWAYS && (row->when == ROW_HISTORY) != flow->history)
        return false;
    if (!of_age(flow, row->age))
        return false;
    if (!repli_condition_holds(flow, &row->condition))
        return false;
    return !row->setting || strcmp(value_of(flow, row->setting->name), row->setting->value) == 0;
}

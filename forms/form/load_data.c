/* The datasets that forms are filled from, and their columns. */
#include <string.h>

#include "form_internal.h"

/* What store/snapshot.sql offers to forms; a template that names anything else is refused. */
const char *const repli_dataset_columns[][DATASET_COLUMNS_MAX] = {
    {"patient", "patient_id", "ward", "family", "given", "prefix", "name_text", "birth_date", "gender", "identifier",
     "language", "national_number", "address", "homonym", "deceased", NULL},
    {"stay", "patient_id", "ward", "ward_name", "bed", "room", "stay_number", "attending", "admitted_utc", "reason",
     NULL},
    {"allergies", "patient_id", "ward", "allergy_id", "kind", "substance", "reaction", "criticality", "certainty",
     NULL},
    {"last_observations", "patient_id", "ward", "code_system", "code", "display", "value", "unit", "effective_utc",
     NULL},
    {"flags", "patient_id", "ward", "kind", "text", "since_utc", "author", NULL},
    {"problems", "patient_id", "ward", "display", "certainty", "here", "onset_utc", NULL},
    {"contacts", "patient_id", "ward", "kind", "relation", "name", "phone", NULL},
    {"coverage", "patient_id", "ward", "kind", "payor", "number", NULL},
    {"devices", "patient_id", "ward", "display", "body_site", "identifier", "since_utc", NULL},
    {"appointments", "patient_id", "ward", "status", "display", "place", "actor", "instruction", "start_utc", "end_utc",
     NULL},
    {"procedures", "patient_id", "ward", "status", "display", "body_site", "performer", "at_utc", NULL},
    {"pending", "patient_id", "ward", "status", "priority", "category", "display", "detail", "requester", "not_to_do",
     "at_utc", "asked_utc", NULL},
    {"home_medication", "patient_id", "ward", "status", "medication", "dose", "dose_unit", "dose_text", "route",
     "frequency", "times", "as_needed", "source", "asserted_utc", NULL},
    {"orders",        "patient_id", "ward",         "request_id", "status",  "medication", "dose",
     "dose_unit",     "dose_text",  "route",        "frequency",  "times",   "period_s",   "as_needed",
     "as_needed_for", "max_24h",    "authored_utc", "start_utc",  "end_utc", "prescriber", NULL},
    {"doses", "patient_id", "ward", "request_id", "status", "dose", "dose_unit", "start_utc", NULL},
    {"census", "patient_id", "ward",       "bed_id",  "room",       "bed",         "encounter_id", "family",
     "given",  "name_text",  "birth_date", "gender",  "identifier", "stay_number", "attending",    "admitted_utc",
     "reason", "homonym",    "deceased",   "allergy", "news",       "care_limits", "isolation",    NULL},
    {"theatre", "patient_id", "ward", "room", "bed", "place", "family", "given", "name_text", "name", "birth_date",
     "gender", "identifier", "at_utc", "what", "plan", NULL},
    /* of the ledger: see repli/ledger_paper.h */
    {"still_out", "patient_id", "ward", "sheet", "missing", "patient", "name", "bed", "form", "printed_utc", "sides",
     NULL},
    {"paper_trail", "patient_id", "ward", "sheet", "sides", "form", "printed_utc", "state", "entries", "held", NULL},
    {"outages", "patient_id", "ward", "outage", "from_utc", "until_utc", NULL},
    {"cover", "patient_id", "ward", "count", NULL},
    {"ward", "patient_id", "ward", "name", "beds", "census", "hospital", "data_utc", NULL},
    {"wards", "patient_id", "ward", "name", "beds", "census", NULL},
    {"site", "patient_id", "ward", "hospital", "data_utc", "reviewed", NULL},
    {"settings", "patient_id", "ward", "key", "value", NULL},
    {"directory", "patient_id", "ward", "name", "number", "note", NULL},
    {"inpatients", "patient_id", "ward", "family", "given", "name", "birth_date", "place", NULL},
    {"calls", "patient_id", "ward", "family", "given", "name", "birth_date", "identifier", "status", "display", "place",
     "actor", "phone_of", "phone", "start_utc", "reach", "bed", NULL},
    {NULL},
};

bool repli_load_column_known(const char *dataset, const char *column)
{
    for (size_t i = 0; repli_dataset_columns[i][0]; i++)
        for (size_t j = 1; strcmp(repli_dataset_columns[i][0], dataset) == 0 && repli_dataset_columns[i][j]; j++)
            if (strcmp(repli_dataset_columns[i][j], column) == 0)
                return true;
    return false;
}

/* "a, b, c": the names that there are, from the table or one row of it. */
static char *names_of(const char *dataset, struct repli_buf *b)
{
    for (size_t i = 0; repli_dataset_columns[i][0]; i++) {
        if (!dataset)
            repli_buf_printf(b, "%s%s", b->len ? ", " : "", repli_dataset_columns[i][0]);
        for (size_t j = 1; dataset && strcmp(repli_dataset_columns[i][0], dataset) == 0 && repli_dataset_columns[i][j];
             j++)
            repli_buf_printf(b, "%s%s", b->len ? ", " : "", repli_dataset_columns[i][j]);
    }
    return b->data;
}

enum repli_status repli_load_no_column(const struct repli_yaml *node, const char *dataset, const char *column,
                                       struct repli_err *err)
{
    struct repli_buf b = {0};
    enum repli_status status = repli_yaml_fail(node, err, "the dataset %s has no column \"%s\"; it has %s", dataset,
                                               column ? column : "", names_of(dataset, &b));
    repli_buf_done(&b);
    return status;
}

enum repli_status repli_load_no_dataset(const struct repli_yaml *node, const char *name, struct repli_err *err)
{
    struct repli_buf b = {0};
    enum repli_status status =
        repli_yaml_fail(node, err, "there is no dataset \"%s\"; there are %s", name ? name : "", names_of(NULL, &b));
    repli_buf_done(&b);
    return status;
}

enum repli_status repli_load_dataset(const struct repli_form *form, const struct repli_yaml *map, const char **out,
                                     struct repli_err *err)
{
    const char *name = NULL;
    if (repli_yaml_text(map, "dataset", &name, err) != REPLI_OK)
        return REPLI_DATA;
    for (size_t i = 0; name && i < form->ndatasets; i++)
        if (strcmp(form->datasets[i], name) == 0) {
            *out = form->datasets[i];
            return REPLI_OK;
        }
    return name ? repli_yaml_fail(repli_yaml_get(map, "dataset"), err,
                                  "\"%s\" is not among the `datasets` at the top: add it there", name)
                : repli_yaml_fail(map, err, "`dataset` is missing");
}

/* MedicationStatement: what somebody takes, or took before this stay. */
#include "exchange/exchange.h"

static void read_dosage(struct fhir *c, struct repli_rec_statement *x)
{
    struct repli_rec_request dosage = {0};
    fhir_dosage(c, "dosage", &dosage);
    x->dose = dosage.dose;
    x->dose_unit = dosage.dose_unit;
    x->dose_text = dosage.dose_text;
    x->route = dosage.route;
    x->frequency = dosage.frequency;
    x->times = dosage.times;
    x->as_needed = dosage.as_needed;
    x->as_needed_for = dosage.as_needed_for;
    x->start_utc = dosage.start_utc;
    x->end_utc = dosage.end_utc;
}

enum repli_status fhir_statement(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_statement x = {.id = c->id};
    const json_t *context = fhir_get(c->res, "context"), *period = fhir_get(c->res, "effectivePeriod");
    const json_t *reasons = fhir_get(c->res, "reasonCode");
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = context ? fhir_ref(c, context, "Encounter", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    if (!x.status)
        fhir_refuse(c, "has no status");
    fhir_drug(c, &x.medication, &x.medication_id);
    read_dosage(c, &x);
    const int64_t *start = fhir_time(c, c->res, "effectiveDateTime"), *end = fhir_time(c, period, "end");
    start = start ? start : fhir_time(c, period, "start");
    x.start_utc = start ? start : x.start_utc;
    x.end_utc = end ? end : x.end_utc;
    x.asserted_utc = fhir_time(c, c->res, "dateAsserted");
    x.source = fhir_text(c, fhir_get(c->res, "informationSource"), "display");
    for (size_t i = 0; i < fhir_count(reasons); i++)
        x.reason = fhir_join(c, x.reason, ", ", fhir_words(c, fhir_item(reasons, i)));
    return fhir_put(c, REPLI_REC_STATEMENT, &x, put);
}

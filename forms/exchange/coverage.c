/* Coverage: who pays for a patient. */
#include "exchange/exchange.h"

enum repli_status fhir_coverage(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_coverage x = {.id = c->id};
    const json_t *period = fhir_get(c->res, "period"), *payors = fhir_get(c->res, "payor");
    const json_t *number = fhir_item(fhir_get(c->res, "identifier"), 0);
    x.patient_id = fhir_ref(c, fhir_get(c->res, "beneficiary"), "Patient", FHIR_MUST);
    x.status = fhir_text(c, c->res, "status");
    x.kind = fhir_words(c, fhir_get(c->res, "type"));
    for (size_t i = 0; i < fhir_count(payors) && !x.payor && !x.payor_ref; i++) {
        const struct fhir_actor payor = fhir_actor(c, fhir_item(payors, i));
        x.payor = payor.name;
        x.payor_ref = payor.ref;
    }
    x.number = fhir_text(c, c->res, "subscriberId");
    if (!x.number)
        x.number = fhir_text(c, number, "value");
    x.start_utc = fhir_time(c, period, "start");
    x.end_utc = fhir_time(c, period, "end");
    if (!x.status)
        fhir_refuse(c, "has no status");
    return fhir_put(c, REPLI_REC_COVERAGE, &x, put);
}

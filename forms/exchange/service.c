/* ServiceRequest: a test, a consultation, an operation that somebody asked for. */
#include "exchange/exchange.h"

static void read_what(struct fhir *c, struct repli_rec_service *x)
{
    const json_t *concept = fhir_get(c->res, "code"), *details = fhir_get(c->res, "orderDetail");
    const json_t *reasons = fhir_get(c->res, "reasonCode");
    struct fhir_code code = fhir_coding(c, concept, NULL);
    x->category = fhir_words(c, fhir_item(fhir_get(c->res, "category"), 0));
    x->code_system = code.system;
    x->code = code.code;
    x->display = fhir_words(c, concept);
    for (size_t i = 0; i < fhir_count(details); i++)
        x->detail = fhir_join(c, x->detail, ", ", fhir_words(c, fhir_item(details, i)));
    for (size_t i = 0; i < fhir_count(reasons); i++)
        x->reason = fhir_join(c, x->reason, ", ", fhir_words(c, fhir_item(reasons, i)));
    if (!x->display) {
        x->display = x->detail ? x->detail : x->category;
        x->detail = NULL;
    }
    if (!x->display)
        fhir_refuse(c, "names no service");
}

enum repli_status fhir_service(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_service x = {.id = c->id};
    const json_t *encounter = fhir_get(c->res, "encounter"), *events;
    const struct fhir_actor requester = fhir_actor(c, fhir_get(c->res, "requester"));
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    x.intent = fhir_text(c, c->res, "intent");
    if (!x.status || !x.intent)
        fhir_refuse(c, "has no %s", x.status ? "intent" : "status");
    x.priority = fhir_text(c, c->res, "priority");
    x.not_to_do = fhir_flag(c, c->res, "doNotPerform", false);
    read_what(c, &x);
    x.occurrence_utc = fhir_time(c, c->res, "occurrenceDateTime");
    if (!x.occurrence_utc)
        x.occurrence_utc = fhir_time(c, fhir_get(c->res, "occurrencePeriod"), "start");
    events = fhir_get(fhir_get(c->res, "occurrenceTiming"), "repeat");
    if (!x.occurrence_utc)
        x.occurrence_utc = fhir_time(c, fhir_get(events, "boundsPeriod"), "start");
    x.authored_utc = fhir_time(c, c->res, "authoredOn");
    x.requester = requester.name;
    x.requester_ref = requester.ref;
    return fhir_put(c, REPLI_REC_SERVICE, &x, put);
}

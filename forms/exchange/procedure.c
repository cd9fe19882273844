/* Procedure: what was done, is being done or is prepared. */
#include "exchange/exchange.h"

static void read_performer(struct fhir *c, struct repli_rec_procedure *x)
{
    const json_t *all = fhir_get(c->res, "performer");
    for (size_t i = 0; i < fhir_count(all) && !x->performer && !x->performer_ref; i++) {
        const struct fhir_actor actor = fhir_actor(c, fhir_get(fhir_item(all, i), "actor"));
        x->performer = actor.name;
        x->performer_ref = actor.ref;
    }
}

enum repli_status fhir_procedure(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_procedure x = {.id = c->id};
    const json_t *concept = fhir_get(c->res, "code"), *encounter = fhir_get(c->res, "encounter");
    const json_t *period = fhir_get(c->res, "performedPeriod"), *sites = fhir_get(c->res, "bodySite");
    struct fhir_code code = fhir_coding(c, concept, SYSTEM_SNOMED);
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    x.category = fhir_words(c, fhir_get(c->res, "category"));
    x.code_system = code.system;
    x.code = code.code;
    x.display = fhir_words(c, concept);
    for (size_t i = 0; i < fhir_count(sites); i++)
        x.body_site = fhir_join(c, x.body_site, ", ", fhir_words(c, fhir_item(sites, i)));
    x.start_utc = fhir_time(c, c->res, "performedDateTime");
    if (!x.start_utc) {
        x.start_utc = fhir_time(c, period, "start");
        x.end_utc = fhir_time(c, period, "end");
    }
    read_performer(c, &x);
    x.outcome = fhir_words(c, fhir_get(c->res, "outcome"));
    if (!x.status || !x.display)
        fhir_refuse(c, x.status ? "names no procedure" : "has no status");
    return fhir_put(c, REPLI_REC_PROCEDURE, &x, put);
}

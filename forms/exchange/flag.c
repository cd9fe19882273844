/* Flag: what everybody must know of a patient.  Which codes mean isolation, falls or limits of care says `flag_kind` in
** store/snapshot.sql; here they are kept as sent. */
#include "exchange/exchange.h"

enum repli_status fhir_flag_resource(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_flag x = {.id = c->id};
    const json_t *concept = fhir_get(c->res, "code"), *encounter = fhir_get(c->res, "encounter");
    const json_t *period = fhir_get(c->res, "period"), *categories = fhir_get(c->res, "category");
    struct fhir_code code = fhir_coding(c, concept, SYSTEM_SNOMED);
    const struct fhir_actor author = fhir_actor(c, fhir_get(c->res, "author"));
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    x.category = fhir_coding(c, fhir_item(categories, 0), NULL).code;
    x.code_system = code.system;
    x.code = code.code;
    x.display = fhir_words(c, concept);
    x.start_utc = fhir_time(c, period, "start");
    x.end_utc = fhir_time(c, period, "end");
    x.author = author.name;
    x.author_ref = author.ref;
    if (!x.status || !x.display)
        fhir_refuse(c, x.status ? "says nothing: it has no code" : "has no status");
    return fhir_put(c, REPLI_REC_FLAG, &x, put);
}

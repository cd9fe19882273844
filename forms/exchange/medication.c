/* Medication and MedicationRequest. */
#include <string.h>

#include "exchange/exchange.h"
#include "repli/id.h"

/* MIMIC keeps the name among the identifiers. */
static const char *name_among_identifiers(struct fhir *c, const json_t *medication)
{
    const json_t *all = fhir_get(medication, "identifier");
    for (size_t i = 0; i < fhir_count(all); i++) {
        const char *system = json_string_value(fhir_get(fhir_item(all, i), "system"));
        size_t n = system ? strlen(system) : 0;
        if (n >= 15 && strcmp(system + n - 15, "medication-name") == 0)
            return fhir_text(c, fhir_item(all, i), "value");
    }
    return NULL;
}

/* A code may stand for a name when it reads like one: letters, not a number from a catalogue. */
static const char *wordy_code(const char *code)
{
    return code && strpbrk(code, "abcdefghijklmnopqrstuvwxyz") ? code : NULL;
}

static const char *name_of(struct fhir *c, const json_t *medication)
{
    const json_t *concept = fhir_get(medication, "code"), *codings = fhir_get(concept, "coding");
    const char *name = fhir_text(c, concept, "text");
    for (size_t i = 0; !name && i < fhir_count(codings); i++)
        name = fhir_text(c, fhir_item(codings, i), "display");
    if (!name)
        name = name_among_identifiers(c, medication);
    return name ? name : wordy_code(fhir_coding(c, concept, NULL).code);
}

/* An ingredient by its own words, by the resource inside this one, or by a resource that may still be on its way. */
static const char *ingredient(struct fhir *c, const json_t *one)
{
    const json_t *concept = fhir_get(one, "itemCodeableConcept"), *ref = fhir_get(one, "itemReference");
    const char *name = concept ? fhir_words(c, concept) : fhir_text(c, ref, "display"), *id;
    const json_t *inside = fhir_contained(c, ref, "Medication");
    bool known = false;
    if (name || !ref)
        return name;
    if (inside)
        return name_of(c, inside);
    id = fhir_ref(c, ref, "Medication", FHIR_MAY);
    if (!id || c->status != REPLI_OK)
        return NULL;
    enum repli_status s = repli_record_medication_name(c->imp->set.record, id, c->a, &known, &name, c->err);
    if (s == REPLI_OK && !known && !c->last)
        s = repli_fail(c->err, REPLI_WAITS, "its ingredient Medication/%s has not arrived", id);
    if (s != REPLI_OK)
        c->status = s;
    return name;
}

/* "A + B"; an ingredient without a name shows as "?", so that a mixture never looks like one drug. */
static const char *ingredients_of(struct fhir *c, const json_t *medication)
{
    const json_t *all = fhir_get(medication, "ingredient");
    const char *joined = NULL;
    for (size_t i = 0; i < fhir_count(all); i++) {
        const char *one = ingredient(c, fhir_item(all, i));
        joined = fhir_join(c, joined, " + ", one ? one : "?");
    }
    return joined;
}

enum repli_status fhir_medication(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_medication x = {.id = c->id};
    struct fhir_code code = fhir_coding(c, fhir_get(c->res, "code"), NULL);
    struct repli_hash h;
    x.name = name_of(c, c->res);
    x.code_system = code.system;
    x.code = code.code;
    x.ingredients = ingredients_of(c, c->res);
    if (!x.name && !x.code && !x.ingredients)
        fhir_refuse(c, "has neither name nor code nor ingredients");
    if (c->status != REPLI_OK)
        return c->status;
    repli_hash_init(&h); /* names of ingredients come from other resources: a change there is a change here */
    repli_hash_bytes(&h, c->hash, sizeof c->hash);
    repli_hash_text(&h, x.ingredients);
    repli_hash_final(&h, c->hash);
    return fhir_put(c, REPLI_REC_MEDICATION, &x, put);
}

/* ---- orders */

void fhir_drug(struct fhir *c, const char **name, const char **id)
{
    const json_t *concept = fhir_get(c->res, "medicationCodeableConcept"),
                 *ref = fhir_get(c->res, "medicationReference");
    const json_t *inside = fhir_contained(c, ref, "Medication");
    *name = concept ? fhir_words(c, concept) : fhir_text(c, ref, "display");
    if (!*name && inside) {
        *name = name_of(c, inside);
        if (!*name)
            *name = ingredients_of(c, inside);
        if (!*name)
            *name = fhir_coding(c, fhir_get(inside, "code"), NULL).code;
    }
    if (ref && !inside)
        *id = fhir_ref(c, ref, "Medication", *name ? FHIR_MAY : FHIR_MUST);
    if (!*name && !*id)
        fhir_refuse(c, "names no medication");
}

enum repli_status fhir_request(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_request x = {.id = c->id};
    const json_t *encounter = fhir_get(c->res, "encounter");
    const json_t *validity = fhir_get(fhir_get(c->res, "dispenseRequest"), "validityPeriod");
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    x.intent = fhir_text(c, c->res, "intent");
    if (!x.status || !x.intent)
        fhir_refuse(c, "has no %s", x.status ? "intent" : "status");
    if (fhir_flag(c, c->res, "doNotPerform", false))
        fhir_refuse(c, "doNotPerform: an order not to give a drug cannot be kept as an order");
    fhir_drug(c, &x.medication, &x.medication_id);
    x.authored_utc = fhir_time(c, c->res, "authoredOn");
    const struct fhir_actor requester = fhir_actor(c, fhir_get(c->res, "requester"));
    x.prescriber = requester.name;
    x.prescriber_ref = requester.ref;
    fhir_dosage(c, "dosageInstruction", &x);
    if (!x.start_utc)
        x.start_utc = fhir_time(c, validity, "start");
    if (!x.end_utc)
        x.end_utc = fhir_time(c, validity, "end");
    return fhir_put(c, REPLI_REC_REQUEST, &x, put);
}

/* ---- doses */

static void read_dose(struct fhir *c, struct repli_rec_administration *x)
{
    const json_t *dosage = fhir_get(c->res, "dosage"), *dose = fhir_get(dosage, "dose");
    x->dose_text = fhir_text(c, dosage, "text");
    x->route = fhir_words(c, fhir_get(dosage, "route"));
    if (fhir_get(dose, "comparator")) /* "<5 mg" is no dose to compare with */
        x->dose_text = fhir_join(c, x->dose_text, ", ", fhir_quantity(c, dose));
    else
        x->dose = fhir_decimal(c, dose, "value");
    x->dose_unit = x->dose ? fhir_text(c, dose, "unit") : NULL;
    if (x->dose && !x->dose_unit)
        x->dose_unit = fhir_text(c, dose, "code");
}

static void read_given(struct fhir *c, struct repli_rec_administration *x)
{
    const json_t *period = fhir_get(c->res, "effectivePeriod"), *why = fhir_get(c->res, "statusReason");
    const json_t *performers = fhir_get(c->res, "performer");
    x->start_utc = fhir_time(c, c->res, "effectiveDateTime");
    if (!x->start_utc) {
        x->start_utc = fhir_time(c, period, "start");
        x->end_utc = fhir_time(c, period, "end");
    }
    for (size_t i = 0; i < fhir_count(why); i++)
        x->reason = fhir_join(c, x->reason, ", ", fhir_words(c, fhir_item(why, i)));
    for (size_t i = 0; !x->performer && i < fhir_count(performers); i++) {
        const struct fhir_actor actor = fhir_actor(c, fhir_get(fhir_item(performers, i), "actor"));
        x->performer = actor.name;
        x->performer_ref = actor.name || !x->performer_ref ? actor.ref : x->performer_ref;
    }
}

enum repli_status fhir_administration(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_administration x = {.id = c->id};
    const json_t *encounter = fhir_get(c->res, "context"), *request = fhir_get(c->res, "request");
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.request_id = request ? fhir_ref(c, request, "MedicationRequest", FHIR_MAY) : NULL;
    x.status = fhir_text(c, c->res, "status");
    if (!x.status)
        fhir_refuse(c, "has no status");
    fhir_drug(c, &x.medication, &x.medication_id);
    read_dose(c, &x);
    read_given(c, &x);
    return fhir_put(c, REPLI_REC_ADMINISTRATION, &x, put);
}

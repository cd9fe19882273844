/* AllergyIntolerance and Condition. */
#include <string.h>

#include "exchange/exchange.h"

#define ABSENT_URL    "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#define ABSENT_SYSTEM "http://terminology.hl7.org/CodeSystem/data-absent-reason"
#define NULL_FLAVOR   "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"

/* "None known" is a finding of its own, sometimes of one class of substances only: the class goes into `category`. */
static const struct {
    const char *code, *category;
} none_known[] = {
    {"716186003", NULL},           /* no known allergy */
    {"409137002", "medication"},   /* no known drug allergy */
    {"428607008", "environment"},  /* no known environmental allergy */
    {"429625007", "food"},         /* no known food allergy */
    {"1003774007", "environment"}, /* no known latex allergy, Hevea brasiliensis */
    {"716184000", "environment"},  /* no known latex allergy */
};

static bool is_none_known(const json_t *concept, const char **category)
{
    for (size_t i = 0; i < sizeof none_known / sizeof *none_known; i++)
        if (fhir_has_code(concept, SYSTEM_SNOMED, none_known[i].code)) {
            *category = none_known[i].category;
            return true;
        }
    static const char *const ips[][2] = {{"no-known-allergies", NULL},
                                         {"no-known-medication-allergies", "medication"},
                                         {"no-known-environmental-allergies", "environment"},
                                         {"no-known-food-allergies", "food"}};
    for (size_t i = 0; i < sizeof ips / sizeof *ips; i++)
        if (fhir_has_code(concept, NULL, ips[i][0])) {
            *category = ips[i][1];
            return true;
        }
    return false;
}

static bool is_not_asked(const json_t *concept)
{
    static const char *const absent[] = {"not-asked", "unknown", "asked-unknown", "temp-unknown", "asked-declined"};
    static const char *const flavors[] = {"NASK", "UNK", "ASKU", "NI", "NAV"};
    const json_t *extensions = fhir_get(concept, "extension");
    if (fhir_has_code(concept, SYSTEM_SNOMED, "1631000175102") || fhir_has_code(concept, NULL, "no-allergy-info"))
        return true;
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (fhir_has_code(concept, ABSENT_SYSTEM, absent[i]) || fhir_has_code(concept, NULL_FLAVOR, flavors[i]))
            return true;
    for (size_t i = 0; i < fhir_count(extensions); i++)
        if (fhir_is(fhir_item(extensions, i), "url", ABSENT_URL))
            return !fhir_get(concept, "coding") && !fhir_get(concept, "text");
    return false;
}

static void read_reaction(struct fhir *c, struct repli_rec_allergy *x)
{
    static const char *const severities[] = {"mild", "moderate", "severe"};
    const json_t *all = fhir_get(c->res, "reaction");
    size_t worst = 0;
    for (size_t i = 0; i < fhir_count(all); i++) {
        const json_t *one = fhir_item(all, i), *signs = fhir_get(one, "manifestation");
        for (size_t k = 0; k < fhir_count(signs); k++)
            x->reaction = fhir_join(c, x->reaction, ", ", fhir_words(c, fhir_item(signs, k)));
        if (!x->substance && x->kind[0] == 's')
            x->substance = fhir_words(c, fhir_get(one, "substance"));
        for (size_t k = worst; k < 3; k++)
            if (fhir_is(one, "severity", severities[k]))
                worst = k, x->severity = severities[k];
    }
}

enum repli_status fhir_allergy(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_allergy x = {.id = c->id, .kind = "substance"};
    const json_t *concept = fhir_get(c->res, "code");
    const char *scope = NULL;
    struct fhir_code code = fhir_coding(c, concept, SYSTEM_SNOMED);
    if (is_none_known(concept, &scope))
        x.kind = "none-known";
    else if (is_not_asked(concept))
        x.kind = "not-asked";
    x.patient_id = fhir_ref(c, fhir_get(c->res, "patient"), "Patient", FHIR_MUST);
    x.substance = x.kind[0] == 's' ? fhir_words(c, concept) : NULL;
    x.code_system = code.system;
    x.code = code.code;
    x.category = fhir_texts(c, c->res, "category");
    if (!x.category)
        x.category = scope;
    x.criticality = fhir_text(c, c->res, "criticality");
    x.certainty = fhir_coding(c, fhir_get(c->res, "verificationStatus"), NULL).code;
    x.status = fhir_coding(c, fhir_get(c->res, "clinicalStatus"), NULL).code;
    x.recorded_utc = fhir_time(c, c->res, "recordedDate");
    read_reaction(c, &x);
    if (x.kind[0] == 's' && !x.substance)
        fhir_refuse(c, "names no substance");
    return fhir_put(c, REPLI_REC_ALLERGY, &x, put);
}

enum repli_status fhir_condition(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_condition x = {.id = c->id};
    const json_t *concept = fhir_get(c->res, "code"), *encounter = fhir_get(c->res, "encounter");
    struct fhir_code code = fhir_coding(c, concept, SYSTEM_SNOMED);
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    x.code_system = code.system;
    x.code = code.code;
    x.display = fhir_words(c, concept);
    x.status = fhir_coding(c, fhir_get(c->res, "clinicalStatus"), NULL).code;
    x.certainty = fhir_coding(c, fhir_get(c->res, "verificationStatus"), NULL).code;
    x.onset_utc = fhir_time(c, c->res, "onsetDateTime");
    if (!x.onset_utc)
        x.onset_utc = fhir_time(c, fhir_get(c->res, "onsetPeriod"), "start");
    if (!x.display)
        fhir_refuse(c, "names no diagnosis");
    return fhir_put(c, REPLI_REC_CONDITION, &x, put);
}

/* Practitioner and PractitionerRole: names for what refers to them. */
#include "exchange/exchange.h"

static void first_identifier(struct fhir *c, const char **system, const char **value)
{
    const json_t *all = fhir_get(c->res, "identifier");
    for (size_t i = 0; i < fhir_count(all) && !*value; i++)
        if (!fhir_is(fhir_item(all, i), "use", "old")) {
            *value = fhir_text(c, fhir_item(all, i), "value");
            *system = *value ? fhir_text(c, fhir_item(all, i), "system") : NULL;
        }
}

enum repli_status fhir_practitioner(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_practitioner x = {.id = c->id};
    first_identifier(c, &x.identifier_system, &x.identifier_value);
    x.name = fhir_human(c, fhir_get(c->res, "name"));
    x.phone = fhir_phone(c, fhir_get(c->res, "telecom"));
    x.active = fhir_flag(c, c->res, "active", true);
    return fhir_put(c, REPLI_REC_PRACTITIONER, &x, put);
}

enum repli_status fhir_role(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_role x = {.id = c->id};
    const json_t *who = fhir_get(c->res, "practitioner"), *where = fhir_get(c->res, "organization");
    const struct fhir_actor practitioner = fhir_actor(c, who), organization = fhir_actor(c, where);
    x.name = practitioner.name;
    x.practitioner_ref = practitioner.ref;
    x.organization_ref = organization.ref;
    x.role = fhir_words(c, fhir_item(fhir_get(c->res, "code"), 0));
    x.phone = fhir_phone(c, fhir_get(c->res, "telecom"));
    x.active = fhir_flag(c, c->res, "active", true);
    return fhir_put(c, REPLI_REC_ROLE, &x, put);
}

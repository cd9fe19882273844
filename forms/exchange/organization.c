/* Organization: an insurer, a laboratory, a practice. */
#include "exchange/exchange.h"

enum repli_status fhir_organization(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_organization x = {.id = c->id};
    const json_t *number = fhir_item(fhir_get(c->res, "identifier"), 0);
    x.identifier_value = fhir_text(c, number, "value");
    x.identifier_system = x.identifier_value ? fhir_text(c, number, "system") : NULL;
    x.name = fhir_text(c, c->res, "name");
    x.phone = fhir_phone(c, fhir_get(c->res, "telecom"));
    x.active = fhir_flag(c, c->res, "active", true);
    return fhir_put(c, REPLI_REC_ORGANIZATION, &x, put);
}

/* Device and DeviceUseStatement: what is in or on a patient, where, and since when. */
#include "exchange/exchange.h"

static const char *name_of(struct fhir *c, const json_t *device)
{
    const json_t *names = fhir_get(device, "deviceName");
    const char *name = fhir_words(c, fhir_get(device, "type"));
    for (size_t i = 0; i < fhir_count(names) && !name; i++)
        name = fhir_text(c, fhir_item(names, i), "name");
    return name ? name : fhir_text(c, device, "modelNumber");
}

enum repli_status fhir_device(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_device x = {.id = c->id};
    const json_t *patient = fhir_get(c->res, "patient"), *carriers = fhir_get(c->res, "udiCarrier");
    struct fhir_code code = fhir_coding(c, fhir_get(c->res, "type"), SYSTEM_SNOMED);
    x.patient_id = patient ? fhir_ref(c, patient, "Patient", FHIR_MUST) : NULL;
    x.status = fhir_text(c, c->res, "status");
    x.code_system = code.system;
    x.code = code.code;
    x.display = name_of(c, c->res);
    x.identifier = fhir_text(c, c->res, "serialNumber");
    if (!x.identifier)
        x.identifier = fhir_text(c, fhir_item(carriers, 0), "deviceIdentifier");
    if (!x.display)
        fhir_refuse(c, "names no kind of device");
    return fhir_put(c, REPLI_REC_DEVICE, &x, put);
}

enum repli_status fhir_device_use(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_device_use x = {.id = c->id};
    const json_t *device = fhir_get(c->res, "device"), *period = fhir_get(c->res, "timingPeriod");
    const json_t *inside = fhir_contained(c, device, "Device");
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.display = inside ? name_of(c, inside) : fhir_text(c, device, "display");
    x.device_id = inside ? c->id : fhir_ref(c, device, "Device", FHIR_MUST);
    x.status = fhir_text(c, c->res, "status");
    x.body_site = fhir_words(c, fhir_get(c->res, "bodySite"));
    x.start_utc = fhir_time(c, c->res, "timingDateTime");
    if (!x.start_utc)
        x.start_utc = fhir_time(c, period, "start");
    x.end_utc = fhir_time(c, period, "end");
    if (!x.status)
        fhir_refuse(c, "has no status");
    return fhir_put(c, REPLI_REC_DEVICE_USE, &x, put);
}

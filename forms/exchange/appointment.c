/* Appointment: one row for each patient who takes part. */
#include <string.h>

#include "exchange/exchange.h"

/* Everybody else who takes part, and the place. */
static void read_others(struct fhir *c, struct repli_rec_appointment *x)
{
    const json_t *all = fhir_get(c->res, "participant");
    for (size_t i = 0; i < fhir_count(all); i++) {
        const json_t *actor = fhir_get(fhir_item(all, i), "actor");
        const char *ref = json_string_value(fhir_get(actor, "reference"));
        if (ref && strstr(ref, "Location/")) {
            x->place = x->place ? x->place : fhir_text(c, actor, "display");
            x->location_id = x->location_id ? x->location_id : fhir_ref(c, actor, "Location", FHIR_MAY);
        } else if (ref && strstr(ref, "Practitioner") && !x->actor && !x->actor_ref) {
            const struct fhir_actor who = fhir_actor(c, actor);
            x->actor = who.name;
            x->actor_ref = who.ref;
        }
    }
}

static void read_what(struct fhir *c, struct repli_rec_appointment *x)
{
    static const char *const concepts[] = {"serviceType", "reasonCode", "appointmentType", "specialty"};
    x->display = fhir_text(c, c->res, "description");
    for (size_t i = 0; i < sizeof concepts / sizeof *concepts && !x->display; i++)
        x->display = fhir_words(c, fhir_item(fhir_get(c->res, concepts[i]), 0));
    x->instruction = fhir_text(c, c->res, "patientInstruction");
    x->start_utc = fhir_time(c, c->res, "start");
    x->end_utc = fhir_time(c, c->res, "end");
}

static bool is_patient(const json_t *actor)
{
    const char *ref = json_string_value(fhir_get(actor, "reference"));
    return (ref && (strstr(ref, "Patient/") || strncmp(ref, "Patient?", 8) == 0)) || fhir_is(actor, "type", "Patient");
}

#define MAX_PATIENTS 100

enum repli_status fhir_appointment(struct fhir *c, enum repli_put *put)
{
    const json_t *all = fhir_get(c->res, "participant");
    struct repli_rec_appointment rows[MAX_PATIENTS], x = {.id = c->id};
    size_t n = 0;
    x.status = fhir_text(c, c->res, "status");
    if (!x.status)
        fhir_refuse(c, "has no status");
    read_what(c, &x);
    read_others(c, &x);
    for (size_t i = 0; i < fhir_count(all) && c->status == REPLI_OK; i++) {
        const json_t *one = fhir_item(all, i), *actor = fhir_get(one, "actor");
        if (!is_patient(actor))
            continue;
        if (n == MAX_PATIENTS) {
            fhir_refuse(c, "has more than %d patients", MAX_PATIENTS);
            break;
        }
        rows[n] = x;
        rows[n].patient_id = fhir_ref(c, actor, "Patient", FHIR_MUST);
        if (fhir_is(one, "status", "declined"))
            rows[n].status = "declined";
        if (n > 0 && rows[n].patient_id)
            rows[n].id = repli_arena_printf(c->a, "%s#%s", c->id, rows[n].patient_id);
        n++;
    }
    if (n == 0)
        fhir_refuse(c, "no patient takes part");
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put(c->imp->set.record, REPLI_REC_APPOINTMENT, c->id, rows, n, c->hash, put, c->err);
}

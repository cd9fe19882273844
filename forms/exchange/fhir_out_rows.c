/* Write-back: the rows that a sheet wrote, as resources. */
#include <string.h>

#include "exchange/exchange.h"
#include "exchange/fhir_out.h"

#define UCUM "http://unitsofmeasure.org"

const char *out_key(struct bundle *b, const struct repli_out_entry *e)
{
    return repli_arena_printf(b->a, "%s/%s/%d", b->merge->sheet, e->field, e->revision);
}

/* Late data from paper: whoever receives it must be able to keep it from firing tasks, alerts or charges. */
static json_t *meta(const struct repli_out_entry *e)
{
    json_t *tag = json_pack("{s:s, s:s, s:s}", "system", "urn:repli:tag", "code", "downtime-paper", "display",
                            e->outage ? e->outage : "paper");
    return json_pack("{s:[o]}", "tag", tag);
}

json_t *out_start(struct bundle *b, const char *type, const struct repli_out_entry *e, const char *status)
{
    json_t *o = json_pack("{s:s, s:o, s:[{s:s, s:s}]}", "resourceType", type, "meta", meta(e), "identifier", "system",
                          b->paper, "value", out_key(b, e));
    out_set(o, "status", status);
    return o;
}

static void set_ref(json_t *o, const char *key, const char *reference)
{
    if (reference)
        json_object_set_new(o, key, out_ref(reference));
}

/* ---- observations */

static void set_value(json_t *o, const struct repli_out_row *r)
{
    json_t *quantity = strcmp(r->value_kind, "quantity") == 0 ? out_quantity(r->value, r->unit) : NULL;
    if (quantity) {
        if (r->unit) {
            out_set(quantity, "system", UCUM);
            out_set(quantity, "code", r->unit);
        }
        json_object_set_new(o, "valueQuantity", quantity);
    } else if (!r->value || strcmp(r->value_kind, "absent") == 0) {
        json_object_set_new(
            o, "dataAbsentReason",
            out_concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown", "Unknown"));
    } else if (strcmp(r->value_kind, "code") == 0) {
        json_object_set_new(o, "valueCodeableConcept", out_concept(NULL, NULL, r->value));
    } else {
        out_set(o, "valueString", r->value);
    }
}

static json_t *observation(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *r,
                           const char *subject, const char *context)
{
    json_t *o = out_start(b, "Observation", e, r->status);
    if (r->category)
        json_object_set_new(o, "category",
                            json_pack("[o]", out_concept("http://terminology.hl7.org/CodeSystem/observation-category",
                                                         r->category, NULL)));
    json_object_set_new(o, "code", out_concept(r->code_system, r->code, r->display ? r->display : e->capture));
    set_ref(o, "subject", subject);
    set_ref(o, "encounter", context);
    if (r->other_utc) { /* an amount of an hour */
        json_t *period = json_object();
        out_time(period, "start", r->at_utc);
        out_time(period, "end", r->other_utc);
        json_object_set_new(o, "effectivePeriod", period);
    } else {
        out_time(o, "effectiveDateTime", r->at_utc);
    }
    set_value(o, r);
    b->counts->observations++;
    return o;
}

/* ---- doses and orders */

/* R4 (mad-1) has no dosage without an amount: words alone become a note. */
static void set_dosage(struct bundle *b, json_t *dose, const struct repli_out_row *r)
{
    json_t *quantity = out_quantity(r->dose, r->dose_unit);
    if (!quantity) {
        const char *words = r->dose_text ? r->dose_text : r->dose;
        if (words || r->route)
            json_object_set_new(dose, "note",
                                json_pack("[{s:s}]", "text",
                                          repli_arena_printf(b->a, "%s%s%s", words ? words : "",
                                                             words && r->route ? ", " : "", r->route ? r->route : "")));
        return;
    }
    json_t *o = json_object();
    out_set(o, "text", r->dose_text);
    if (r->route)
        json_object_set_new(o, "route", out_concept(NULL, NULL, r->route));
    json_object_set_new(o, "dose", quantity);
    json_object_set_new(dose, "dosage", o);
}

static json_t *dose(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *r,
                    const char *subject, const char *context)
{
    json_t *o = out_start(b, "MedicationAdministration", e, r->status);
    const int64_t *when = r->at_utc ? r->at_utc : r->other_utc ? r->other_utc : e->event_utc;
    if (r->reason)
        json_object_set_new(o, "statusReason", json_pack("[o]", out_concept(NULL, NULL, r->reason)));
    json_object_set_new(o, "medicationCodeableConcept", out_concept(NULL, NULL, r->drug ? r->drug : "not transmitted"));
    set_ref(o, "subject", subject);
    set_ref(o, "context", context);
    out_time(o, "effectiveDateTime", when ? when : &b->merge->merged_utc);
    if (r->request_id)
        set_ref(o, "request", repli_arena_printf(b->a, "MedicationRequest/%s", r->request_id));
    set_dosage(b, o, r);
    b->counts->doses++;
    return o;
}

/* A handwritten order is a proposal for whoever prescribes: never active. */
static json_t *proposal(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *r,
                        const char *subject, const char *context)
{
    json_t *o = out_start(b, "MedicationRequest", e, "draft"), *how = json_object(), *quantity = NULL;
    out_set(o, "intent", "proposal");
    json_object_set_new(o, "medicationCodeableConcept",
                        out_concept(NULL, NULL, r->drug ? r->drug : "handwritten: see the sheet's picture"));
    set_ref(o, "subject", subject);
    set_ref(o, "encounter", context);
    out_time(o, "authoredOn", r->at_utc);
    if (r->prescriber)
        json_object_set_new(
            o, "requester",
            json_pack("{s:{s:s, s:s}}", "identifier", "system", "urn:repli:be:inami", "value", r->prescriber));
    if (r->note)
        json_object_set_new(o, "note", json_pack("[{s:s}]", "text", r->note));
    if (r->route)
        json_object_set_new(how, "route", out_concept(NULL, NULL, r->route));
    if ((quantity = out_quantity(r->dose, r->dose_unit)))
        json_object_set_new(how, "doseAndRate", json_pack("[{s:o}]", "doseQuantity", quantity));
    if (json_object_size(how))
        json_object_set_new(o, "dosageInstruction", json_pack("[O]", how));
    json_decref(how);
    b->counts->orders++;
    return o;
}

/* ---- places: part of the stay, so that the stay itself is not touched */

static json_t *movement(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *r,
                        const char *subject, const char *context)
{
    if (!r->patient_id)
        return NULL; /* an empty bed, a count of heads */
    json_t *o = out_start(b, "Encounter", e, "finished"), *period = json_object();
    const char *place = strcmp(r->event, "moved") == 0 && r->to_text
                            ? r->to_text
                            : repli_arena_printf(b->a, "%s%s%s%s%s", r->ward, r->room ? " " : "",
                                                 r->room ? r->room : "", r->bed ? " " : "", r->bed ? r->bed : "");
    json_object_set_new(
        o, "class",
        json_pack("{s:s, s:s}", "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", "IMP"));
    json_object_set_new(o, "type", json_pack("[o]", out_concept("urn:repli:movement", r->event, NULL)));
    set_ref(o, "subject", subject);
    set_ref(o, "partOf", context);
    out_time(period, strcmp(r->event, "left") == 0 ? "end" : "start", r->at_utc);
    json_object_set_new(o, "location", json_pack("[{s:{s:s}, s:O}]", "location", "display", place, "period", period));
    json_object_set_new(o, "period", period);
    b->counts->moves++;
    return o;
}

json_t *out_row(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *row, const char *subject,
                const char *context)
{
    switch (row->kind) {
    case REPLI_OUT_OBSERVATION:
        return observation(b, e, row, subject, context);
    case REPLI_OUT_DOSE:
        return dose(b, e, row, subject, context);
    case REPLI_OUT_PROPOSAL:
        return proposal(b, e, row, subject, context);
    case REPLI_OUT_MOVEMENT:
        return movement(b, e, row, subject, context);
    case REPLI_OUT_DOCUMENT: /* out_filed() */
    case REPLI_OUT_OTHER:
        break;
    }
    return NULL;
}

/* ---- withdrawn: the row is gone here; what stays there is that it was wrong */

json_t *out_withdrawn(struct bundle *b, const struct repli_out_entry *e, const char *subject)
{
    static const struct {
        const char *table, *type;
    } types[] = {{"observation/", "Observation"},
                 {"medication_administration/", "MedicationAdministration"},
                 {"order_proposal/", "MedicationRequest"},
                 {"fluid/", "Observation"},
                 {"movement/", "Encounter"},
                 {"document/", "DocumentReference"}};
    const char *type = NULL;
    for (size_t i = 0; e->target && i < sizeof types / sizeof *types; i++)
        if (strncmp(e->target, types[i].table, strlen(types[i].table)) == 0)
            type = types[i].type;
    bool document = type && strcmp(type, "DocumentReference") == 0;
    if (!type || (!subject && !document))
        return NULL;
    json_t *o = out_start(b, type, e, "entered-in-error");
    set_ref(o, "subject", subject);
    if (document)
        out_no_content(o);
    else if (strcmp(type, "Observation") == 0)
        json_object_set_new(o, "code", out_concept(NULL, NULL, "withdrawn"));
    else if (strcmp(type, "Encounter") == 0)
        json_object_set_new(
            o, "class",
            json_pack("{s:s, s:s}", "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", "IMP"));
    else
        json_object_set_new(o, "medicationCodeableConcept", out_concept(NULL, NULL, "withdrawn"));
    if (strcmp(type, "MedicationAdministration") == 0)
        out_time(o, "effectiveDateTime", e->event_utc ? e->event_utc : &b->merge->merged_utc);
    if (strcmp(type, "MedicationRequest") == 0)
        out_set(o, "intent", "proposal");
    return o;
}

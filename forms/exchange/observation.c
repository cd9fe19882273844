/* Observation: one row a value; the parts of a panel are rows of their own, "id#code". */
#include <stdio.h>
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

struct value {
    const char *kind, *value, *unit;
};

static void quantity(struct fhir *c, const json_t *q, struct value *v)
{
    const char *comparator = fhir_text(c, q, "comparator");
    v->value = fhir_decimal(c, q, "value");
    v->unit = fhir_text(c, q, "unit");
    if (!v->unit)
        v->unit = fhir_text(c, q, "code");
    v->kind = v->value ? "quantity" : "absent";
    if (v->value && comparator) { /* "<5" is no number */
        v->value = fhir_join(c, comparator, "", v->value);
        v->kind = "text";
    }
}

static const char *span(struct fhir *c, const char *low, const char *high, const char *between)
{
    return low && high ? repli_arena_printf(c->a, "%s%s%s", low, between, high) : low ? low : high;
}

/* value[x] of an observation or a component. */
static struct value read_value(struct fhir *c, const json_t *o)
{
    struct value v = {.kind = "absent"};
    const json_t *part;
    if ((part = fhir_get(o, "valueQuantity"))) {
        quantity(c, part, &v);
    } else if ((part = fhir_get(o, "valueCodeableConcept"))) {
        v.value = fhir_words(c, part);
        v.kind = v.value ? "code" : "absent";
    } else if ((v.value = fhir_text(c, o, "valueString"))) {
        v.kind = "text";
    } else if ((part = fhir_get(o, "valueBoolean"))) {
        v.value = fhir_flag(c, o, "valueBoolean", false) ? "true" : "false";
        v.kind = "code";
    } else if ((v.value = fhir_decimal(c, o, "valueInteger"))) {
        v.kind = "quantity";
    } else if ((v.value = fhir_text(c, o, "valueDateTime")) || (v.value = fhir_text(c, o, "valueTime"))) {
        v.kind = "time";
    } else if ((part = fhir_get(o, "valueRange"))) {
        v.value = span(c, fhir_quantity(c, fhir_get(part, "low")), fhir_quantity(c, fhir_get(part, "high")), " - ");
        v.kind = v.value ? "text" : "absent";
    } else if ((part = fhir_get(o, "valueRatio"))) {
        v.value = span(c, fhir_quantity(c, fhir_get(part, "numerator")),
                       fhir_quantity(c, fhir_get(part, "denominator")), ":");
        v.kind = v.value ? "text" : "absent";
    } else if ((part = fhir_get(o, "valuePeriod"))) {
        v.value = span(c, fhir_text(c, part, "start"), fhir_text(c, part, "end"), " / ");
        v.kind = v.value ? "time" : "absent";
    } else if (fhir_get(o, "valueSampledData")) {
        fhir_refuse(c, "its value is a curve (valueSampledData), which is not kept");
    }
    if (strcmp(v.kind, "absent") == 0 && (part = fhir_get(o, "dataAbsentReason")))
        v.value = fhir_words(c, part);
    return v;
}

static bool has_value(const json_t *o)
{
    static const char *const keys[] = {"valueQuantity", "valueCodeableConcept", "valueString",      "valueBoolean",
                                       "valueInteger",  "valueDateTime",        "valueTime",        "valueRange",
                                       "valueRatio",    "valuePeriod",          "valueSampledData", "dataAbsentReason"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (fhir_get(o, keys[i]))
            return true;
    return false;
}

/* LOINC where the sender uses it; a code that is only words has no system. */
static void read_code(struct fhir *c, const json_t *o, struct repli_rec_observation *x)
{
    const json_t *concept = fhir_get(o, "code");
    struct fhir_code code = fhir_coding(c, concept, SYSTEM_LOINC);
    x->display = fhir_text(c, concept, "text");
    if (!x->display)
        x->display = code.display;
    x->code_system = code.code && code.system ? code.system : "";
    x->code = code.code ? code.code : x->display;
    if (!x->code)
        fhir_refuse(c, "an observation without a code");
}

static const int64_t *when(struct fhir *c)
{
    const int64_t *utc = fhir_time(c, c->res, "effectiveDateTime");
    if (!utc)
        utc = fhir_time(c, c->res, "effectiveInstant");
    return utc ? utc : fhir_time(c, fhir_get(c->res, "effectivePeriod"), "start");
}

static void put_value(struct repli_rec_observation *x, const struct value *v)
{
    x->value = v->value;
    x->value_kind = v->kind;
    x->unit = v->unit;
}

/* "id#code", and "id#code~2" for a second component with that code. */
static const char *part_id(struct fhir *c, const struct repli_rec_observation *rows, size_t n, const char *code)
{
    const char *id = repli_arena_printf(c->a, "%s#%s", c->id, code);
    for (unsigned k = 2;; k++) {
        bool taken = false;
        for (size_t i = 0; i < n && !taken; i++)
            taken = strcmp(rows[i].id, id) == 0;
        if (!taken)
            return id;
        id = repli_arena_printf(c->a, "%s#%s~%u", c->id, code, k);
    }
}

#define MAX_PARTS 500

enum repli_status fhir_observation(struct fhir *c, enum repli_put *put)
{
    const json_t *parts = fhir_get(c->res, "component"), *encounter = fhir_get(c->res, "encounter");
    const json_t *category = fhir_item(fhir_get(c->res, "category"), 0);
    size_t n = 0, nparts = fhir_count(parts);
    if (nparts > MAX_PARTS)
        fhir_refuse(c, "has more than %d components", MAX_PARTS);
    struct repli_rec_observation *rows = repli_arena_array(c->a, (nparts > MAX_PARTS ? 0 : nparts) + 1, sizeof *rows),
                                 all = {.id = c->id};
    all.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    all.encounter_id = encounter ? fhir_ref(c, encounter, "Encounter", FHIR_MAY) : NULL;
    all.status = fhir_text(c, c->res, "status");
    all.effective_utc = when(c);
    all.category = fhir_coding(c, category, NULL).code;
    if (!all.category)
        all.category = fhir_text(c, category, "text");
    read_code(c, c->res, &all);
    if (!all.status)
        fhir_refuse(c, "has no status");
    if (nparts == 0 || has_value(c->res)) {
        struct value v = read_value(c, c->res);
        rows[n] = all;
        put_value(&rows[n++], &v);
    }
    for (size_t i = 0; i < nparts && c->status == REPLI_OK; i++) {
        struct value v = read_value(c, fhir_item(parts, i));
        struct repli_rec_observation x = all;
        read_code(c, fhir_item(parts, i), &x);
        if (c->status != REPLI_OK)
            break;
        x.id = part_id(c, rows, n, x.code);
        put_value(&x, &v);
        rows[n++] = x;
    }
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put(c->imp->set.record, REPLI_REC_OBSERVATION, c->id, rows, n, c->hash, put, c->err);
}

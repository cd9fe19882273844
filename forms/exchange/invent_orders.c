/* Invented orders, of every kind that there is. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent_drugs.h"

static json_t *number(const char *text)
{
    double value = 0;
    sscanf(text, "%lf", &value);
    return strchr(text, '.') ? json_real(value) : json_integer((json_int_t)value);
}

json_t *invent_quantity(const char *value, const char *unit)
{
    return json_pack("{s:o, s:s}", "value", number(value), "unit", unit);
}

json_t *invent_at_times(const char *times)
{
    json_t *list = json_array();
    for (const char *t = times; *t; t += strcspn(t, ","), t += *t == ',')
        json_array_append_new(list, json_sprintf("%.5s:00", t));
    return json_pack("{s:{s:i, s:i, s:s, s:o}}", "repeat", "frequency", (int)json_array_size(list), "period", 1,
                     "periodUnit", "d", "timeOfDay", list);
}

/* A child's dose by weight, to steps of a measuring syringe. */
static json_t *dose(const struct invent_person *p, const struct drug *drug)
{
    int tenths = drug->per_kg_tenths * p->weight_tenths / 10;
    if (drug->per_kg_tenths == 0)
        return invent_quantity(drug->dose, drug->unit);
    tenths = tenths > 500 ? tenths / 50 * 50 : tenths > 100 ? tenths / 10 * 10 : tenths > 1 ? tenths : 1;
    json_t *value = tenths % 10 ? json_real((double)tenths / 10.0) : json_integer(tenths / 10);
    return json_pack("{s:o, s:s}", "value", value, "unit", drug->unit);
}

static void add_times(json_t *dosage, const struct invent_person *p, const struct drug *drug, int64_t since)
{
    char from[24], to[24];
    json_t *timing = drug->kind == EVERY ? json_pack("{s:{s:i, s:o, s:s}}", "repeat", "frequency", 1, "period",
                                                     number(drug->times[0]), "periodUnit", "h")
                                         : invent_at_times(drug->times[0]);
    if (drug->days) /* never over already, whoever came long ago */
        json_object_set_new(json_object_get(timing, "repeat"), "boundsPeriod",
                            json_pack("{s:s, s:s}", "start", invent_time(since, from), "end",
                                      invent_time(p->at_utc - p->at_utc % 3600 + (int64_t)drug->days * 43200, to)));
    json_object_set_new(dosage, "timing", timing);
}

static json_t *dose_of(const json_t *dosage)
{
    return json_object_get(json_array_get(json_object_get(dosage, "doseAndRate"), 0), "doseQuantity");
}

/* Doses as needed keep a distance: so many hours that the day's maximum is not passed. */
static void add_interval(json_t *dosage, const struct drug *drug)
{
    double one = json_number_value(json_object_get(dose_of(dosage), "value")), most = 0;
    if (!drug->max_24h || sscanf(drug->max_24h, "%lf", &most) != 1 || one <= 0 || most < one)
        return;
    int hours = (int)(24 * one / most + 0.999);
    json_object_set_new(dosage, "timing",
                        json_pack("{s:{s:i, s:i, s:s}}", "repeat", "frequency", 1, "period", hours, "periodUnit", "h"));
}

static void set_timing(json_t *dosage, const struct invent_person *p, const struct drug *drug, int64_t since,
                       struct dice *d)
{
    static const char *const once[] = {"une fois", "eenmalig"}, *const steady[] = {"continu", "continu"},
                             *const scheme[] = {"dose selon schéma", "dosis volgens schema"};
    char text[24];
    int64_t hour = p->at_utc - p->at_utc % 3600;
    switch (drug->kind) {
    case SCHEME:
        json_object_set_new(dosage, "text", json_string(scheme[p->lang]));
        add_times(dosage, p, drug, since);
        break;
    case AT_TIMES:
    case EVERY:
        add_times(dosage, p, drug, since);
        break;
    case AS_NEEDED:
        add_interval(dosage, drug);
        json_object_set_new(dosage, "asNeededCodeableConcept", json_pack("{s:s}", "text", drug->times[p->lang]));
        if (drug->max_24h)
            json_object_set_new(dosage, "maxDosePerPeriod",
                                json_pack("{s:o, s:{s:i, s:s}}", "numerator",
                                          invent_quantity(drug->max_24h, drug->unit), "denominator", "value", 24,
                                          "code", "h"));
        break;
    case ONCE:
        json_object_set_new(dosage, "timing",
                            json_pack("{s:[s], s:{s:s}}", "event",
                                      invent_time(hour + (int64_t)dice_between(d, 3, 14) * 3600, text), "code", "text",
                                      once[p->lang]));
        break;
    case CONTINUOUS:
        json_object_set_new(dosage, "timing", json_pack("{s:{s:s}}", "code", "text", steady[p->lang]));
        json_object_set_new(dosage, "doseAndRate",
                            json_pack("[{s:o}]", "rateQuantity", invent_quantity(drug->times[0], "mL/h")));
        break;
    case NO_TIMING:
        break;
    }
}

/* One person's orders while they are written. */
struct orders {
    struct invention *inv;
    const struct invent_person *p;
    struct dice d;
    int wanted, n;
    const char *running;
};

static void order(struct orders *w, const struct drug *drug, const char *status)
{
    char text[24];
    const struct invent_person *p = w->p;
    int64_t span = (p->at_utc - p->admitted_utc) / 3600,
            since = p->admitted_utc + dice_below(&w->d, span > 1 ? (int)span : 1) * 3600;
    json_t *dosage = json_pack("{s:{s:s}}", "route", "text", drug->route);
    if (drug->dose)
        json_object_set_new(dosage, "doseAndRate", json_pack("[{s:o}]", "doseQuantity", dose(p, drug)));
    set_timing(dosage, p, drug, since, &w->d);
    invent_tell(w->inv, json_pack("{s:s, s:o, s:s, s:s, s:{s:o}, s:{s:o}, s:{s:s}, s:s, s:{s:o}, s:[O], s:{s:{s:s}}}",
                                  "resourceType", "MedicationRequest", "id",
                                  json_sprintf("order-%s-%02d", p->id, ++w->n), "status", status, "intent", "order",
                                  "subject", "reference", json_sprintf("Patient/%s", p->id), "encounter", "reference",
                                  json_sprintf("Encounter/%s", p->stay), "medicationCodeableConcept", "text",
                                  drug->name[p->lang], "authoredOn", invent_time(since, text), "requester", "reference",
                                  json_sprintf("Practitioner/%s", p->doctor_id), "dosageInstruction", dosage,
                                  "dispenseRequest", "validityPeriod", "start", text));
    char id[48];
    snprintf(id, sizeof id, "order-%s-%02d", p->id, w->n);
    if (strcmp(status, "active") == 0) {
        struct given g = {w->inv, drug, id, w->n, since, dose_of(dosage), 0};
        invent_given_doses(&g, p);
    }
    json_decref(dosage);
}

/* Ordered on such a ward, and not what the person is allergic to. */
bool invent_drug_suits(const struct invent_person *p, const struct drug *drug)
{
    if (!(drug->wards >> p->ward->kind & 1u))
        return false;
    return !p->allergic_to || !drug->class_of_drug || strcmp(drug->class_of_drug, p->allergic_to) != 0;
}

/* Up to `most` drugs of a list that suit, from a random place on; none twice. */
static void some_of(struct orders *w, const struct drug_list *list, int most)
{
    int at = dice_below(&w->d, list->count);
    for (int i = 0; i < list->count && most > 0 && w->n < w->wanted; i++) {
        const struct drug *drug = &list->drugs[(at + i) % list->count];
        bool paused = w->running[0] == 'a' && w->n > 2 && dice_chance(&w->d, 6);
        if (!invent_drug_suits(w->p, drug))
            continue;
        order(w, drug, paused ? "on-hold" : w->running);
        most--;
    }
}

/* Three to twenty-five orders: what nearly everybody has, some for need, then what the ward orders, at random. */
void invent_orders(struct invention *inv, const struct invent_person *p)
{
    const struct invent_kind *k = invent_kind(p->ward);
    struct orders w = {inv, p, dice_for(p->seed, p->ward_no, p->bed, DICE_ORDER), 0, 0, "active"};
    if (p->what == CASE_LEFT || p->what == CASE_DIED)
        w.running = "completed";
    w.wanted = p->what == CASE_CRITICAL ? k->orders_max : dice_between(&w.d, k->orders_min, k->orders_max);
    if (p->age_days < 28) {
        some_of(&w, &invent_drugs_newborns, w.wanted);
    } else if (p->age < 16) {
        order(&w, &invent_drugs_children.drugs[0], w.running);
        struct drug_list rest = {invent_drugs_children.drugs + 1, invent_drugs_children.count - 1};
        some_of(&w, &rest, w.wanted - 1);
    } else {
        for (int i = 0; i < invent_drugs_usual.count; i++)
            if (invent_drug_suits(p, &invent_drugs_usual.drugs[i]) && (i == 0 || dice_chance(&w.d, 75)))
                order(&w, &invent_drugs_usual.drugs[i], w.running);
        some_of(&w, &invent_drugs_reserve, 1 + dice_below(&w.d, 1 + w.wanted / 5));
        some_of(&w, &invent_drugs_others, w.wanted);
        int former = dice_below(&w.d, invent_drugs_others.count);
        if (w.n < 25 && dice_chance(&w.d, 30) && invent_drug_suits(p, &invent_drugs_others.drugs[former]))
            order(&w, &invent_drugs_others.drugs[former], "stopped"); /* must not be printed as running */
    }
}

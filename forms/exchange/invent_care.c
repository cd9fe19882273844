/* Invented orders and observations.  Doses are of the size that one meets on such a ward; nobody should copy them. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

enum order_kind { AT_TIMES, EVERY, AS_NEEDED, ONCE, CONTINUOUS, NO_TIMING };

struct drug {
    const char *name, *dose, *unit, *route;
    enum order_kind kind;
    const char *times;         /* AT_TIMES: "08:00,20:00"; EVERY: hours; AS_NEEDED: for what; CONTINUOUS: rate */
    const char *max_24h;       /* AS_NEEDED: "4" of the same unit */
    const char *class_of_drug; /* not given to who does not bear it */
};

static const struct drug usual[] = {
    {"Paracétamol", "1", "g", "IV", AT_TIMES, "00:00,06:00,12:00,18:00", NULL, NULL},
    {"Énoxaparine", "40", "mg", "SC", AT_TIMES, "20:00", NULL, NULL},
    {"Pantoprazole", "40", "mg", "PO", AT_TIMES, "08:00", NULL, NULL},
};
static const struct drug others[] = {
    {"Amoxicilline + acide clavulanique", "1", "g", "IV", AT_TIMES, "06:00,14:00,22:00", NULL, "penicillin"},
    {"Métronidazole", "500", "mg", "IV", EVERY, "8", NULL, NULL},
    {"Céfazoline", "2", "g", "IV", ONCE, NULL, NULL, "penicillin"},
    {"Bisoprolol", "2.5", "mg", "PO", AT_TIMES, "08:00", NULL, NULL},
    {"Amlodipine", "5", "mg", "PO", AT_TIMES, "08:00", NULL, NULL},
    {"Périndopril", "4", "mg", "PO", AT_TIMES, "08:00", NULL, NULL},
    {"Atorvastatine", "20", "mg", "PO", AT_TIMES, "21:00", NULL, NULL},
    {"Lévothyroxine", "75", "µg", "PO", AT_TIMES, "07:00", NULL, NULL},
    {"Metformine", "850", "mg", "PO", AT_TIMES, "08:00,18:00", NULL, NULL},
    {"Insuline glargine", "18", "U", "SC", AT_TIMES, "22:00", NULL, NULL},
    {"Furosémide", "40", "mg", "PO", AT_TIMES, "08:00", NULL, NULL},
    {"Macrogol 3350", "1", "sachet", "PO", AT_TIMES, "08:00,18:00", NULL, NULL},
    {"Salbutamol aérosol", "2.5", "mg", "INH", EVERY, "6", NULL, NULL},
    {"Ibuprofène", "400", "mg", "PO", AT_TIMES, "08:00,14:00,20:00", NULL, "nsaid"},
    {"Vitamine B1", "300", "mg", "PO", NO_TIMING, NULL, NULL, NULL},
    {"Chlorure de potassium 40 mmol dans NaCl 0,9 % 1000 mL", NULL, NULL, "IV", CONTINUOUS, "80", NULL, NULL},
    {"Glucose 5 % 1000 mL", NULL, NULL, "IV", CONTINUOUS, "60", NULL, NULL},
    {"Dexaméthasone", "4", "mg", "IV", ONCE, NULL, NULL, NULL},
    {"Alprazolam", "0.25", "mg", "PO", AT_TIMES, "21:00", NULL, NULL},
    {"Quétiapine", "12.5", "mg", "PO", NO_TIMING, NULL, NULL, NULL},
};
static const struct drug reserve[] = {
    {"Morphine", "2.5", "mg", "SC", AS_NEEDED, "douleur > 4", "15", "opioid"},
    {"Tramadol", "50", "mg", "PO", AS_NEEDED, "douleur", "400", "opioid"},
    {"Ondansétron", "4", "mg", "IV", AS_NEEDED, "nausées", "12", NULL},
    {"Alizapride", "50", "mg", "IV", AS_NEEDED, "vomissements", "150", NULL},
    {"Lorazépam", "1", "mg", "PO", AS_NEEDED, "insomnie", "2", NULL},
    {"Captopril", "25", "mg", "PO", AS_NEEDED, "PA systolique > 180", NULL, NULL},
};

static json_t *number(const char *text)
{
    double value = 0;
    sscanf(text, "%lf", &value);
    return strchr(text, '.') ? json_real(value) : json_integer((json_int_t)value);
}

static json_t *quantity(const char *value, const char *unit)
{
    return json_pack("{s:o, s:s}", "value", number(value), "unit", unit);
}

static json_t *at_times(const char *times)
{
    json_t *list = json_array();
    for (const char *t = times; *t; t += strcspn(t, ","), t += *t == ',')
        json_array_append_new(list, json_sprintf("%.5s:00", t));
    return json_pack("{s:{s:i, s:i, s:s, s:o}}", "repeat", "frequency", (int)json_array_size(list), "period", 1,
                     "periodUnit", "d", "timeOfDay", list);
}

static void set_timing(json_t *dosage, const struct invent_person *p, const struct drug *drug, struct dice *d)
{
    char text[24];
    int64_t hour = p->at_utc - p->at_utc % 3600;
    switch (drug->kind) {
    case AT_TIMES:
        json_object_set_new(dosage, "timing", at_times(drug->times));
        break;
    case EVERY:
        json_object_set_new(dosage, "timing",
                            json_pack("{s:{s:i, s:o, s:s}}", "repeat", "frequency", 1, "period", number(drug->times),
                                      "periodUnit", "h"));
        break;
    case AS_NEEDED:
        json_object_set_new(dosage, "asNeededCodeableConcept", json_pack("{s:s}", "text", drug->times));
        if (drug->max_24h)
            json_object_set_new(dosage, "maxDosePerPeriod",
                                json_pack("{s:o, s:{s:i, s:s}}", "numerator", quantity(drug->max_24h, drug->unit),
                                          "denominator", "value", 24, "code", "h"));
        break;
    case ONCE:
        json_object_set_new(dosage, "timing",
                            json_pack("{s:[s], s:{s:s}}", "event",
                                      invent_time(hour + (int64_t)dice_between(d, 3, 14) * 3600, text), "code", "text",
                                      "une fois"));
        break;
    case CONTINUOUS:
        json_object_set_new(dosage, "timing", json_pack("{s:{s:s}}", "code", "text", "continu"));
        json_object_set_new(dosage, "doseAndRate", json_pack("[{s:o}]", "rateQuantity", quantity(drug->times, "mL/h")));
        break;
    case NO_TIMING:
        break;
    }
}

static void order(struct invention *inv, const struct invent_person *p, const struct drug *drug, int n,
                  const char *status, struct dice *d)
{
    char text[24];
    int64_t span = (p->at_utc - p->admitted_utc) / 3600,
            since = p->admitted_utc + dice_below(d, span > 1 ? (int)span : 1) * 3600;
    json_t *dosage = json_pack("{s:{s:s}}", "route", "text", drug->route);
    if (drug->dose)
        json_object_set_new(dosage, "doseAndRate",
                            json_pack("[{s:o}]", "doseQuantity", quantity(drug->dose, drug->unit)));
    set_timing(dosage, p, drug, d);
    invent_tell(inv,
                json_pack("{s:s, s:o, s:s, s:s, s:{s:o}, s:{s:o}, s:{s:s}, s:s, s:{s:s}, s:[o], s:{s:{s:s}}}",
                          "resourceType", "MedicationRequest", "id", json_sprintf("order-%s-%02d", p->id, n), "status",
                          status, "intent", "order", "subject", "reference", json_sprintf("Patient/%s", p->id),
                          "encounter", "reference", json_sprintf("Encounter/%s", p->stay), "medicationCodeableConcept",
                          "text", drug->name, "authoredOn", invent_time(since, text), "requester", "display", p->doctor,
                          "dosageInstruction", dosage, "dispenseRequest", "validityPeriod", "start", text));
}

static bool bears(const struct invent_person *p, const struct drug *drug)
{
    return !p->allergic_to || !drug->class_of_drug || strcmp(drug->class_of_drug, p->allergic_to) != 0;
}

/* Three to twelve orders: what nearly everybody has, one or two for need, then from the list at random. */
void invent_orders(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_ORDER);
    int wanted = p->what == CASE_CRITICAL ? 12 : p->what == CASE_FIFTEEN ? 3 : dice_between(&d, 3, 11), n = 0;
    int at = dice_below(&d, COUNT(others)), need = dice_below(&d, COUNT(reserve));
    const char *running = p->what == CASE_LEFT ? "completed" : "active";
    for (int i = 0; i < COUNT(usual) && n < wanted - 1; i++)
        if (i == 0 || (p->age >= 18 && dice_chance(&d, 75)))
            order(inv, p, &usual[i], ++n, running, &d);
    for (int i = 0; i < COUNT(reserve) && (i < 1 || dice_chance(&d, 40)) && n < wanted; i++) {
        const struct drug *drug = &reserve[(need + i) % COUNT(reserve)];
        drug = bears(p, drug) ? drug : &reserve[2]; /* the list's remedy for nausea */
        order(inv, p, drug, ++n, running, &d);
        if (drug == &reserve[2])
            break;
    }
    for (int i = 0; i < COUNT(others) && n < wanted; i++) {
        const struct drug *drug = &others[(at + i * 7) % COUNT(others)]; /* 7 and 20 have no common divisor */
        bool paused = running[0] == 'a' && dice_chance(&d, 6);
        if (bears(p, drug))
            order(inv, p, drug, ++n, paused ? "on-hold" : running, &d);
    }
    const struct drug *former = &others[(at + 5) % COUNT(others)];
    if (dice_chance(&d, 30) && bears(p, former)) /* what has been stopped must not be printed as running */
        order(inv, p, former, ++n, "stopped", &d);
}

/* ---- observations */

struct vital {
    const char *code, *display, *unit;
    int normal, spread; /* in tenths */
    int worse;          /* tenths that an hour of worsening adds */
    bool decimal;
};
static const struct vital vitals[] = {
    {"9279-1", "Fréquence respiratoire", "/min", 160, 20, 3, false}, {"59408-5", "SpO2", "%", 970, 15, -2, false},
    {"8867-4", "Fréquence cardiaque", "/min", 780, 120, 12, false},  {"8310-5", "Température", "Cel", 370, 4, 1, true},
    {"72514-3", "Douleur 0-10", "{score}", 25, 20, 1, false},
};

static json_t *coded(const char *code, const char *display)
{
    return json_pack("{s:[{s:s, s:s}], s:s}", "coding", "system", "http://loinc.org", "code", code, "text", display);
}

static json_t *observation(const struct invent_person *p, const char *id, const char *category, const char *code,
                           const char *display, int64_t at_utc)
{
    char text[24];
    return json_pack("{s:s, s:s, s:s, s:[{s:[{s:s, s:s}]}], s:{s:o}, s:{s:o}, s:o, s:s}", "resourceType", "Observation",
                     "id", id, "status", "final", "category", "coding", "system",
                     "http://terminology.hl7.org/CodeSystem/observation-category", "code", category, "subject",
                     "reference", json_sprintf("Patient/%s", p->id), "encounter", "reference",
                     json_sprintf("Encounter/%s", p->stay), "code", coded(code, display), "effectiveDateTime",
                     invent_time(at_utc, text));
}

static json_t *measured(int tenths, bool decimal, const char *unit)
{
    json_t *value = decimal ? json_real((double)tenths / 10.0) : json_integer((tenths + 5) / 10);
    return json_pack("{s:o, s:s, s:s, s:s}", "value", value, "unit", unit, "system", "http://unitsofmeasure.org",
                     "code", unit);
}

static void tell_value(struct invention *inv, const struct invent_person *p, const char *what, int set,
                       const char *code, const char *display, json_t *value, const char *category, int64_t at_utc)
{
    char id[80];
    snprintf(id, sizeof id, "obs-%s-%d-%s", p->id, set, what);
    json_t *o = observation(p, id, category, code, display, at_utc);
    json_object_set_new(o, "valueQuantity", value);
    invent_tell(inv, o);
}

static void pressure(struct invention *inv, const struct invent_person *p, int set, int systolic, int diastolic,
                     int64_t at_utc)
{
    char id[80];
    snprintf(id, sizeof id, "obs-%s-%d-bp", p->id, set);
    json_t *o = observation(p, id, "vital-signs", "85354-9", "Pression artérielle", at_utc);
    json_object_set_new(o, "component",
                        json_pack("[{s:o, s:o}, {s:o, s:o}]", "code", coded("8480-6", "PA systolique"), "valueQuantity",
                                  measured(systolic * 10, false, "mm[Hg]"), "code", coded("8462-4", "PA diastolique"),
                                  "valueQuantity", measured(diastolic * 10, false, "mm[Hg]")));
    invent_tell(inv, o);
}

static int within(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* One round: all values `hours` before the last one, on the person's own course (worse > 0: towards now). */
static void one_round(struct invention *inv, const struct invent_person *p, int set, int hours, int worse,
                      int64_t at_utc, struct dice *d)
{
    static const int low[] = {80, 850, 420, 348, 0}, high[] = {340, 1000, 1480, 402, 100};
    char id[80];
    for (int i = 0; i < COUNT(vitals); i++) {
        const struct vital *v = &vitals[i];
        int value = v->normal + dice_between(d, -v->spread / 2, v->spread / 2) + v->worse * worse * (24 - hours) / 2;
        tell_value(inv, p, v->code, set, v->code, v->display,
                   measured(within(value, low[i], high[i]), v->decimal, v->unit), "vital-signs", at_utc);
    }
    int systolic = within(126 + dice_between(d, -10, 10) - worse * (24 - hours) / 2, 84, 190);
    pressure(inv, p, set, systolic, systolic * 6 / 10 + dice_between(d, -4, 4), at_utc);
    snprintf(id, sizeof id, "obs-%s-%d-acvpu", p->id, set);
    json_t *o = observation(p, id, "vital-signs", "67775-7", "Conscience", at_utc);
    json_object_set_new(o, "valueCodeableConcept", json_pack("{s:s}", "text", worse > 1 && hours < 5 ? "C" : "A"));
    invent_tell(inv, o);
    if (worse > 1)
        tell_value(inv, p, "flow", set, "3151-8", "Débit d'oxygène",
                   measured(within(20 + (24 - hours) * 2, 20, 60), false, "L/min"), "vital-signs", at_utc);
}

/* Rounds every four hours over the last day, as far back as the stay goes; the morning's bloods; weight on arrival. */
void invent_observations(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_OBSERVATION);
    int64_t end = p->what == CASE_LEFT ? p->at_utc - 16 * 3600 : p->at_utc, last = end - dice_between(&d, 35, 200) * 60;
    int worse = p->what == CASE_CRITICAL ? 2 : dice_between(&d, -4, 5) / 4;
    for (int set = 0; set < 6; set++) {
        int64_t at = last - set * 4 * 3600 - dice_below(&d, 20) * 60;
        if (at > p->admitted_utc)
            one_round(inv, p, set, set * 4, worse, at, &d);
    }
    tell_value(inv, p, "weight", 0, "29463-7", "Poids",
               measured(p->age < 18 ? 540 : dice_between(&d, 480, 1080), true, "kg"), "vital-signs",
               p->admitted_utc + 1800);
    int64_t bloods = end - dice_between(&d, 5, 11) * 3600;
    if (bloods <= p->admitted_utc)
        return;
    tell_value(inv, p, "creat", 0, "2160-0", "Créatinine", measured(dice_between(&d, 6, 16), true, "mg/dL"),
               "laboratory", bloods);
    tell_value(inv, p, "k", 0, "2823-3", "Potassium", measured(dice_between(&d, 33, 51), true, "mmol/L"), "laboratory",
               bloods);
    tell_value(inv, p, "hb", 0, "718-7", "Hémoglobine", measured(dice_between(&d, 82, 156), true, "g/dL"), "laboratory",
               bloods);
}

/* Invented observations: rounds of vital signs and the morning's bloods. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* A band of ages has its own normal values; values of a round hang together by `worse`. */
struct vital {
    const char *code, *display[2], *unit;
    bool decimal;
    int worse; /* tenths that an hour of worsening adds */
    struct {
        int normal, spread, low, high; /* in tenths */
    } bands[4];
};
enum band { NEWBORN, INFANT, CHILD, ADULT };
enum { RESPIRATION, SATURATION, PULSE, TEMPERATURE, SYSTOLIC, DIASTOLIC, PAIN };

static const struct vital vitals[] = {
    {"9279-1",
     {"Fréquence respiratoire", "Ademhalingsfrequentie"},
     "/min",
     false,
     3,
     {{450, 80, 300, 700}, {340, 60, 220, 550}, {220, 40, 140, 400}, {160, 20, 80, 340}}},
    {"59408-5",
     {"SpO2", "SpO2"},
     "%",
     false,
     -2,
     {{965, 20, 850, 1000}, {970, 15, 860, 1000}, {975, 15, 860, 1000}, {970, 15, 850, 1000}}},
    {"8867-4",
     {"Fréquence cardiaque", "Hartfrequentie"},
     "/min",
     false,
     12,
     {{1400, 200, 1000, 1900}, {1250, 180, 900, 1800}, {980, 160, 600, 1600}, {780, 120, 420, 1480}}},
    {"8310-5",
     {"Température", "Temperatuur"},
     "Cel",
     true,
     1,
     {{369, 4, 358, 385}, {371, 5, 358, 400}, {371, 6, 355, 402}, {370, 4, 348, 402}}},
    {"8480-6",
     {"PA systolique", "Systolische BD"},
     "mm[Hg]",
     false,
     -5,
     {{680, 100, 480, 900}, {880, 120, 650, 1150}, {1040, 120, 800, 1350}, {1260, 200, 840, 1900}}},
    {"8462-4",
     {"PA diastolique", "Diastolische BD"},
     "mm[Hg]",
     false,
     0,
     {{400, 60, 250, 600}, {520, 80, 350, 750}, {620, 80, 450, 850}, {0, 80, 400, 1200}}},
    {"72514-3",
     {"Douleur 0-10", "Pijn 0-10"},
     "{score}",
     false,
     1,
     {{0, 0, 0, 0}, {20, 20, 0, 100}, {20, 20, 0, 100}, {25, 20, 0, 100}}},
};

static enum band band_of(const struct invent_person *p)
{
    return p->age_days < 28 ? NEWBORN : p->age_days < 365 ? INFANT : p->age < 16 ? CHILD : ADULT;
}

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

static int within(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void add_part(json_t *panel, const char *code, const char *display, json_t *value)
{
    json_array_append_new(json_object_get(panel, "component"),
                          json_pack("{s:o, s:o}", "code", coded(code, display), "valueQuantity", value));
}

static void consciousness(json_t *panel, const struct invent_person *p, bool failing)
{
    static const char *const name[] = {"Conscience", "Bewustzijn"};
    const char *state = failing ? (p->ward->kind == KIND_STROKE || p->ward->kind == KIND_INTENSIVE ? "V" : "C") : "A";
    json_array_append_new(
        json_object_get(panel, "component"),
        json_pack("{s:o, s:{s:s}}", "code", coded("67775-7", name[p->lang]), "valueCodeableConcept", "text", state));
}

/* One round: all values `hours` before the last one, on the person's own course (worse > 0: towards now). */
static void one_round(struct invention *inv, const struct invent_person *p, int set, int hours, int worse,
                      int64_t at_utc, struct dice *d)
{
    static const char *const name[] = {"Paramètres vitaux", "Vitale parameters"}, *const oxygen[] = {"Débit d'oxygène",
                                                                                                     "Zuurstofdebiet"};
    enum band band = band_of(p);
    char id[80];
    int systolic = 0;
    snprintf(id, sizeof id, "obs-%s-%d", p->id, set);
    json_t *o = observation(p, id, "vital-signs", "85353-1", name[p->lang], at_utc);
    json_object_set_new(o, "component", json_array());
    for (int i = 0; i < COUNT(vitals); i++) {
        const struct vital *v = &vitals[i];
        int normal = v->bands[band].normal, spread = v->bands[band].spread;
        if (i == DIASTOLIC && band == ADULT)
            normal = systolic * 6 / 10;
        if (i == SYSTOLIC && band == ADULT) /* everybody has a pressure of their own, higher with age and weight */
            normal += (p->age - 50) * 4 + (p->weight_tenths - 750) / 4;
        int value = normal + dice_between(d, -spread / 2, spread / 2) + v->worse * worse * (24 - hours) / 2;
        value = within(value, v->bands[band].low, v->bands[band].high);
        systolic = i == SYSTOLIC ? value : systolic;
        if (i != PAIN || band != NEWBORN) /* the newborn cannot say */
            add_part(o, v->code, v->display[p->lang], measured(value, v->decimal, v->unit));
    }
    consciousness(o, p, worse > 1 && hours < 5);
    if (worse > 1)
        add_part(o, "3151-8", oxygen[p->lang],
                 measured(band == ADULT ? within(20 + (24 - hours) * 2, 20, 60) : 10, false, "L/min"));
    invent_tell(inv, o);
}

/* ---- laboratory: low and high in tenths by band of age; what rises with illness, and where it is asked for */

struct test {
    const char *id, *code, *display[2], *unit;
    bool decimal;
    int low[4], high[4];
    unsigned wards; /* kinds; 0 = everywhere */
};
static const struct test tests[] = {
    {"creat", "2160-0", {"Créatinine", "Creatinine"}, "mg/dL", true, {3, 2, 3, 6}, {9, 4, 7, 16}, 0},
    {"k", "2823-3", {"Potassium", "Kalium"}, "mmol/L", true, {38, 37, 34, 33}, {59, 54, 50, 51}, 0},
    {"na", "2951-2", {"Sodium", "Natrium"}, "mmol/L", false, {1340, 1340, 1340, 1290}, {1450, 1450, 1450, 1460}, 0},
    {"hb", "718-7", {"Hémoglobine", "Hemoglobine"}, "g/dL", true, {140, 100, 108, 82}, {205, 135, 145, 156}, 0},
    {"wbc", "6690-2", {"Leucocytes", "Leukocyten"}, "10*3/uL", true, {80, 60, 45, 32}, {230, 160, 140, 148}, 0},
    {"glucose", "2345-7", {"Glucose", "Glucose"}, "mg/dL", false, {480, 650, 700, 780}, {900, 1100, 1200, 2300}, 0},
    {"lactate",
     "2524-7",
     {"Lactate", "Lactaat"},
     "mmol/L",
     true,
     {10, 8, 8, 7},
     {30, 25, 25, 48},
     1u << KIND_INTENSIVE | 1u << KIND_EMERGENCY},
    {"troponin",
     "67151-1",
     {"Troponine T hs", "Troponine T hs"},
     "ng/L",
     false,
     {0, 0, 0, 60},
     {0, 0, 0, 9000},
     1u << KIND_CARDIAC},
    {"bilirubin",
     "1975-2",
     {"Bilirubine totale", "Totaal bilirubine"},
     "mg/dL",
     true,
     {20, 0, 0, 0},
     {158, 0, 0, 0},
     1u << KIND_NEONATAL},
};

static void laboratory(struct invention *inv, const struct invent_person *p, int worse, int64_t at_utc, struct dice *d)
{
    enum band band = band_of(p);
    for (int i = 0; i < COUNT(tests); i++) {
        const struct test *t = &tests[i];
        int value = dice_between(d, t->low[band], t->high[band]);
        if (t->wards && !(t->wards >> p->ward->kind & 1u))
            continue;
        if (p->ward->kind == KIND_DIALYSIS && i == 0)
            value = dice_between(d, 45, 112);
        if (t->high[band] > 0)
            tell_value(inv, p, t->id, 0, t->code, t->display[p->lang], measured(value, t->decimal, t->unit),
                       "laboratory", at_utc);
    }
    int crp = worse > 0 ? dice_between(d, 600, 2400) : dice_between(d, 10, 400);
    tell_value(inv, p, "crp", 0, "1988-5", "CRP", measured(crp, false, "mg/L"), "laboratory", at_utc);
}

/* Rounds every four hours over the last day, as far back as the stay goes; the morning's bloods; weight on arrival. */
void invent_observations(struct invention *inv, const struct invent_person *p)
{
    static const char *const name[] = {"Poids", "Gewicht"};
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_OBSERVATION);
    bool gone = p->what == CASE_LEFT || p->what == CASE_DIED;
    int64_t end = gone ? p->at_utc - 16 * 3600 : p->what == CASE_DECEASED ? p->at_utc - 5400 : p->at_utc;
    int64_t last = end - dice_between(&d, 35, 200) * 60;
    bool ill = p->ward->kind == KIND_INTENSIVE && dice_chance(&d, 35);
    int worse = dice_between(&d, -4, 5) / 4;
    worse = p->what == CASE_CRITICAL || p->what == CASE_DIED || p->what == CASE_DECEASED || ill ? 2 : worse;
    if (last <= p->admitted_utc)
        last = p->admitted_utc + 300;
    for (int set = 0; set < 6; set++) {
        int64_t at = last - set * 4 * 3600 - (set ? dice_below(&d, 20) * 60 : 0);
        if (at > p->admitted_utc)
            one_round(inv, p, set, set * 4, worse, at, &d);
    }
    tell_value(inv, p, "weight", 0, "29463-7", name[p->lang], measured(p->weight_tenths, true, "kg"), "vital-signs",
               p->admitted_utc + 240);
    int64_t bloods = end - dice_between(&d, 5, 11) * 3600;
    if (bloods > p->admitted_utc)
        laboratory(inv, p, worse, bloods, &d);
}

/* Invented people: what is written of them, birth dates, stays, allergies, diagnoses. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Year of `utc` to a day: good enough for birth years. */
static int year_of(int64_t utc)
{
    return 1970 + (int)(utc / 31556952);
}

/* An adult, a second given name, a former family name that must not be printed; the nameless as a ward writes them. */
static json_t *name_of(const struct invent_person *p, struct dice *d)
{
    static const char *const nobody[2][2] = {
        {"INCONNU, homme d'environ 40 ans", "ONBEKEND, man van ongeveer 40 jaar"},
        {"INCONNUE, femme d'environ 40 ans", "ONBEKEND, vrouw van ongeveer 40 jaar"}};
    char other[INVENT_NAME];
    if (p->what == CASE_UNIDENTIFIED)
        return json_pack("[{s:s, s:s}]", "use", "temp", "text", nobody[p->female][p->lang]);
    if (p->what == CASE_NAME_AS_TEXT)
        return json_pack("[{s:s, s:o}]", "use", "official", "text", json_sprintf("%s %s", p->given, p->family));
    if (p->what == CASE_NEWBORN && dice_chance(d, 30)) /* the parents have not decided yet */
        return json_pack("[{s:s, s:s}]", "use", "official", "family", p->family);
    json_t *name = json_pack("{s:s, s:s, s:[s]}", "use", "official", "family", p->family, "given", p->given);
    bool namesake = p->what == CASE_SAME_NAME_1 || p->what == CASE_SAME_NAME_2;
    invent_given(d, p->community, p->female, other);
    if (!namesake && dice_chance(d, 15) && strcmp(other, p->given) != 0)
        json_array_append_new(json_object_get(name, "given"), json_string(other));
    if (p->age >= 18 && dice_chance(d, 8)) {
        const char *const titles[2][2] = {{"M.", "Dhr."}, {"Mme", "Mevr."}};
        json_object_set_new(name, "prefix", json_pack("[s]", titles[p->female][p->lang]));
    }
    json_t *names = json_pack("[o]", name);
    invent_family(d, p->community, other);
    if (p->female && p->age > 40 && dice_chance(d, 30))
        json_array_append_new(names,
                              json_pack("{s:s, s:s, s:[s]}", "use", "maiden", "family", other, "given", p->given));
    return names;
}

static json_t *birth_date(const struct invent_person *p)
{
    char text[24];
    invent_time(p->at_utc - (int64_t)p->age_days * 86400, text);
    if (p->what == CASE_NO_BIRTH_DATE || p->what == CASE_UNIDENTIFIED)
        return NULL;
    return json_stringn(text, p->what == CASE_YEAR_OF_BIRTH ? 4 : 10);
}

/* Whom to ring.  A child's contact bears its name, nobody knows one for the unidentified. */
static void add_contact(json_t *patient, const struct invent_person *p, struct dice *d)
{
    char family[INVENT_NAME], given[INVENT_NAME];
    bool female = dice_chance(d, 60), child = p->age < 18;
    invent_family(d, p->community, family);
    invent_given(d, p->community, female, given);
    int number = dice_below(d, 100);
    if (p->what == CASE_UNIDENTIFIED || (!child && dice_chance(d, 12)))
        return;
    enum { PARENT, PARTNER, CHILD } relation = child ? PARENT : dice_chance(d, 50) ? PARTNER : CHILD;
    static const char *const codes[] = {"PRN", "SPS", "CHILD"};
    static const char *const words[][2] = {{"parent", "ouder"}, {"partenaire", "partner"}, {"enfant", "kind"}};
    json_object_set_new(patient, "contact",
                        json_pack("[{s:[{s:[{s:s, s:s}], s:s}], s:{s:s, s:[s]}, s:[{s:s, s:o}], s:s}]", "relationship",
                                  "coding", "system", "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code",
                                  codes[relation], "text", words[relation][p->lang], "name", "family",
                                  child ? p->family : family, "given", given, "telecom", "system", "phone", "value",
                                  json_sprintf("02 555 01 %02d", number), "gender", female ? "female" : "male"));
}

static void add_gp(json_t *patient, const struct invent_person *p, struct dice *d)
{
    int number = 1 + dice_below(d, INVENT_GPS);
    bool has = dice_chance(d, 90);
    if (has && p->what != CASE_UNIDENTIFIED)
        json_object_set_new(patient, "generalPractitioner",
                            json_pack("[{s:o}]", "reference", json_sprintf("Practitioner/gp-%02d", number)));
}

void invent_patient(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_PATIENT);
    int number = 2600000 + p->ward_no * 1000 + p->bed * 7 + dice_below(&d, 7);
    const char *own = p->lang == INVENT_NL ? "nl" : "fr", *foreign = p->lang == INVENT_NL ? "fr" : "nl";
    const char *language = dice_chance(&d, 70) ? own : dice_chance(&d, 60) ? foreign : "en";
    char text[24];
    json_t *o = json_pack(
        "{s:s, s:s, s:b, s:s, s:[{s:s, s:{s:[{s:s, s:s}]}, s:s, s:o}], s:o, s:[{s:{s:[{s:s, s:s}]}}]}", "resourceType",
        "Patient", "id", p->id, "active", 1, "gender", p->female ? "female" : "male", "identifier", "use", "usual",
        "type", "coding", "system", "http://terminology.hl7.org/CodeSystem/v2-0203", "code", "MR", "system",
        INVENT_URL "ipp", "value", json_sprintf("%d", number), "name", name_of(p, &d), "communication", "language",
        "coding", "system", "urn:ietf:bcp:47", "code", language);
    json_t *born = birth_date(p);
    if (born)
        json_object_set_new(o, "birthDate", born);
    if (p->what == CASE_DIED || p->what == CASE_DECEASED)
        json_object_set_new(
            o, "deceasedDateTime",
            json_string(invent_time(p->at_utc - (p->what == CASE_DIED ? 15 * 3600 + 1800 : 4800), text)));
    add_contact(o, p, &d);
    add_gp(o, p, &d);
    invent_tell(inv, o);
}

/* ---- stays */

static json_t *stop(const char *place, int64_t start_utc, int64_t end_utc)
{
    char text[24];
    json_t *o = json_pack("{s:{s:o}, s:{s:s}}", "location", "reference", json_sprintf("Location/%s", place), "period",
                          "start", invent_time(start_utc, text));
    if (end_utc)
        json_object_set_new(json_object_get(o, "period"), "end", json_string(invent_time(end_utc, text)));
    return o;
}

static json_t *encounter(const struct invent_person *p, const char *id, const char *status, const char *class_code)
{
    char text[24];
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:{s:o}, s:{s:s}, s:[{s:[{s:[{s:s, s:s}]}], s:{s:o}}]}",
                     "resourceType", "Encounter", "id", id, "status", status, "class", "system",
                     "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", class_code, "subject", "reference",
                     json_sprintf("Patient/%s", p->id), "period", "start", invent_time(p->admitted_utc, text),
                     "participant", "type", "coding", "system",
                     "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code", "ATND", "individual",
                     "reference", json_sprintf("Practitioner/%s", p->doctor_id));
}

static void number_stay(json_t *o, const struct invent_person *p)
{
    json_object_set_new(
        o, "identifier",
        json_pack("[{s:s, s:o}]", "system", INVENT_URL "sejour", "value",
                  json_sprintf("S%02d%04d", year_of(p->at_utc) % 100, 4000 + p->ward_no * 100 + p->bed)));
    json_object_set_new(o, "reasonCode", json_pack("[{s:s}]", "text", p->reason->reason[p->lang]));
}

/* The episode inside a stay: closer watch since last night, in the same bed. */
static void intensive(struct invention *inv, const struct invent_person *p)
{
    char id[64], text[24];
    int64_t since = p->at_utc - 9 * 3600 - 600;
    snprintf(id, sizeof id, "watch-%s", p->stay);
    json_t *o = encounter(p, id, "in-progress", "ACUTE");
    json_object_set_new(o, "partOf", json_pack("{s:o}", "reference", json_sprintf("Encounter/%s", p->stay)));
    json_object_set_new(json_object_get(o, "period"), "start", json_string(invent_time(since, text)));
    json_object_set_new(o, "location", json_pack("[o]", stop(p->bed_id, since, 0)));
    invent_tell(inv, o);
}

void invent_stay(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_STAY);
    char text[24], ward[32];
    bool left = p->what == CASE_LEFT || p->what == CASE_DIED, planned = p->what == CASE_PLANNED,
         arrived_elsewhere = dice_chance(&d, 30) && p->age_days > 27;
    int64_t gone = left ? p->at_utc - 15 * 3600 : 0,
            moved = p->admitted_utc + (p->at_utc - p->admitted_utc) * dice_between(&d, 2, 8) / 16;
    snprintf(ward, sizeof ward, "ward-%s", p->ward->code);
    json_t *o = encounter(p, p->stay,
                          left      ? "finished"
                          : planned ? "planned"
                                    : "in-progress",
                          invent_kind(p->ward)->class_code);
    number_stay(o, p);
    if (planned)
        json_object_set_new(json_object_get(o, "period"), "start", json_string(invent_time(p->at_utc + 86400, text)));
    else if (arrived_elsewhere) /* first in the ward without a bed, then in one */
        json_object_set_new(o, "location",
                            json_pack("[o, o]", stop(ward, p->admitted_utc, moved), stop(p->bed_id, moved, gone)));
    else
        json_object_set_new(o, "location", json_pack("[o]", stop(p->bed_id, p->admitted_utc, gone)));
    if (left)
        json_object_set_new(json_object_get(o, "period"), "end", json_string(invent_time(gone, text)));
    invent_tell(inv, o);
    if (p->what == CASE_CRITICAL)
        intensive(inv, p);
}

/* ---- allergies and diagnoses */

/* French, Dutch */
static const struct {
    const char *substance[2], *category, *reaction[2], *drugs; /* drugs: class that is then not ordered */
} allergens[] = {{{"Pénicilline", "Penicilline"}, "medication", {"Éruption cutanée", "Huiduitslag"}, "penicillin"},
                 {{"Latex", "Latex"}, "environment", {"Urticaire de contact", "Contacturticaria"}, NULL},
                 {{"Produit de contraste iodé", "Jodiumhoudend contrastmiddel"},
                  "medication",
                  {"Bronchospasme", "Bronchospasme"},
                  NULL},
                 {{"Arachide", "Pinda"}, "food", {"Œdème de Quincke", "Angio-oedeem"}, NULL},
                 {{"Anti-inflammatoires non stéroïdiens", "NSAID's"}, "medication", {"Asthme", "Astma"}, "nsaid"},
                 {{"Sparadrap", "Kleefpleister"}, "environment", {"Eczéma", "Eczeem"}, NULL},
                 {{"Tramadol", "Tramadol"}, "medication", {"Vomissements, confusion", "Braken, verwardheid"}, "opioid"},
                 {{"Fruits de mer", "Schaaldieren"}, "food", {"Urticaire", "Netelroos"}, NULL}};

static json_t *allergy(const struct invent_person *p, int number)
{
    char text[24];
    return json_pack("{s:s, s:o, s:{s:o}, s:{s:[{s:s, s:s}]}, s:{s:[{s:s, s:s}]}, s:s}", "resourceType",
                     "AllergyIntolerance", "id", json_sprintf("allergy-%s-%d", p->id, number), "patient", "reference",
                     json_sprintf("Patient/%s", p->id), "clinicalStatus", "coding", "system",
                     "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code", "active",
                     "verificationStatus", "coding", "system",
                     "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code", "confirmed",
                     "recordedDate", invent_time(p->admitted_utc + 1800, text));
}

static void one_allergy(struct invention *inv, struct invent_person *p, int number, int which, struct dice *d)
{
    static const char *const severities[] = {"mild", "moderate", "severe"};
    json_t *o = allergy(p, number);
    json_object_set_new(o, "code", json_pack("{s:s}", "text", allergens[which].substance[p->lang]));
    json_object_set_new(o, "category", json_pack("[s]", allergens[which].category));
    json_object_set_new(o, "criticality", json_string(dice_chance(d, 35) ? "high" : "low"));
    json_object_set_new(o, "reaction",
                        json_pack("[{s:[{s:s}], s:s}]", "manifestation", "text", allergens[which].reaction[p->lang],
                                  "severity", severities[dice_below(d, 3)]));
    if (allergens[which].drugs)
        p->allergic_to = allergens[which].drugs;
    invent_tell(inv, o);
}

static void coded_allergy(struct invention *inv, const struct invent_person *p, const char *system, const char *code,
                          const char *text)
{
    json_t *o = allergy(p, 1);
    json_object_set_new(o, "code",
                        json_pack("{s:[{s:s, s:s}], s:s}", "coding", "system", system, "code", code, "text", text));
    invent_tell(inv, o);
}

void invent_allergies(struct invention *inv, struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_ALLERGY);
    int first = dice_below(&d, COUNT(allergens)), roll = dice_below(&d, 100);
    if (p->what == CASE_NO_ALLERGIES || p->what == CASE_UNIDENTIFIED || (p->age_days < 28 && roll < 60))
        return;
    if (p->what == CASE_NOT_ASKED) {
        coded_allergy(inv, p, "http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-asked",
                      p->lang == INVENT_NL ? "Niet gevraagd" : "Non demandé");
    } else if (p->what == CASE_NONE_KNOWN || roll < 45 || p->age_days < 28) {
        coded_allergy(inv, p, "http://snomed.info/sct", "716186003",
                      p->lang == INVENT_NL ? "Geen bekende allergie" : "Aucune allergie connue");
    } else {
        one_allergy(inv, p, 1, first, &d);
        if (roll > 85)
            one_allergy(inv, p, 2, (first + 1) % COUNT(allergens), &d);
    }
}

void invent_problems(struct invention *inv, const struct invent_person *p)
{
    static const char *const older[][2] = {{"Hypertension artérielle", "Arteriële hypertensie"},
                                           {"Diabète de type 2", "Diabetes type 2"},
                                           {"Fibrillation auriculaire", "Voorkamerfibrillatie"},
                                           {"BPCO", "COPD"},
                                           {"Insuffisance rénale chronique, stade 3", "Chronisch nierfalen, stadium 3"},
                                           {"Hypothyroïdie", "Hypothyreoïdie"},
                                           {"Asthme", "Astma"},
                                           {"Arthrose", "Artrose"}};
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_PROBLEM);
    int count = p->age < 16   ? 0
                : p->age < 40 ? dice_below(&d, 2)
                              : dice_below(&d, 4),
        at = dice_below(&d, COUNT(older));
    for (int i = 0; i <= count; i++) {
        const char *text = i == 0 ? p->reason->diagnosis[p->lang] : older[(at + i) % COUNT(older)][p->lang];
        invent_tell(inv, json_pack("{s:s, s:o, s:{s:o}, s:{s:o}, s:{s:[{s:s, s:s}]}, s:{s:s}}", "resourceType",
                                   "Condition", "id", json_sprintf("condition-%s-%d", p->id, i + 1), "subject",
                                   "reference", json_sprintf("Patient/%s", p->id), "encounter", "reference",
                                   json_sprintf("Encounter/%s", p->stay), "clinicalStatus", "coding", "system",
                                   "http://terminology.hl7.org/CodeSystem/condition-clinical", "code", "active", "code",
                                   "text", text));
    }
}

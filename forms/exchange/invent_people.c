/* Invented people: names of the kinds that Brussels has, birth dates, stays, allergies, diagnoses. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent.h"

static const char *const families[] = {"Peeters",
                                       "Janssens",
                                       "Maes",
                                       "Jacobs",
                                       "Mertens",
                                       "Willems",
                                       "Claes",
                                       "Goossens",
                                       "Wouters",
                                       "De Smet",
                                       "Dubois",
                                       "Lambert",
                                       "Dupont",
                                       "Martin",
                                       "Simon",
                                       "Lefèvre",
                                       "Noël",
                                       "Gérard",
                                       "François",
                                       "Collignon",
                                       "Van den Bossche",
                                       "Vandenbroucke",
                                       "Van der Elst",
                                       "Vanden Eynde",
                                       "De Clercq",
                                       "D'Hondt",
                                       "T'Kint",
                                       "Van Nieuwenhuyse",
                                       "Delacroix",
                                       "Dumoulin-Servais",
                                       "Lemaître",
                                       "Goffin",
                                       "Evrard",
                                       "Lecocq",
                                       "Hermans",
                                       "Desmedt",
                                       "Verhaegen",
                                       "Timmermans",
                                       "El Amrani",
                                       "Benali",
                                       "Ben Saïd",
                                       "Aït Brahim",
                                       "El Mouden",
                                       "Bouazza",
                                       "Öztürk",
                                       "Yılmaz",
                                       "Özdemir",
                                       "Çelik",
                                       "Nguyễn",
                                       "Kowalczyk",
                                       "Wiśniewska-Renard",
                                       "Popescu",
                                       "Ionescu",
                                       "Ferreira da Costa",
                                       "Gonçalves",
                                       "Muñoz Ibáñez",
                                       "Ilunga",
                                       "Mukendi",
                                       "Mbuyi Kabongo",
                                       "Nkunda",
                                       "Rossi",
                                       "De Luca",
                                       "Papadopoulos",
                                       "Šimić",
                                       "Čapek",
                                       "Håkansson",
                                       "Grünewald",
                                       "Müller",
                                       "Weiß",
                                       "Ó Briain",
                                       "Vercruysse",
                                       "Schoonjans",
                                       "Wauters",
                                       "Pirotte",
                                       "Bodart",
                                       "Henrotin"};
static const char *const women[] = {"Marie",     "Anne",    "Hélène",   "Françoise", "Zoé",          "Chloé",
                                    "Inès",      "Léa",     "Amélie",   "Thérèse",   "Marie-Claire", "Anne-Sophie",
                                    "Geneviève", "Noémie",  "Katrien",  "Lieve",     "Greet",        "Fatima",
                                    "Khadija",   "Aïcha",   "Nour",     "Elif",      "Zeynep",       "Ingrid",
                                    "Joëlle",    "Solange", "Clémence", "Sofia",     "Agnieszka",    "Thị Mai"};
static const char *const men[] = {"Jean",    "Pierre",  "Benoît",  "François",      "Loïc",         "Hervé",
                                  "Étienne", "Jérôme",  "Raphaël", "Jean-Baptiste", "Marc-Antoine", "Gaëtan",
                                  "Théo",    "Wim",     "Joris",   "Dirk",          "Mohamed",      "Youssef",
                                  "Saïd",    "Hamza",   "Mehmet",  "Emre",          "Giuseppe",     "João",
                                  "Piotr",   "Léopold", "Désiré",  "Ferdinand",     "Günther",      "Văn Hùng"};
_Static_assert(sizeof women == sizeof men, "as many given names for women as for men");

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

const char *invent_family(int i)
{
    return families[i];
}

int invent_families(void)
{
    return COUNT(families);
}

const char *invent_given(bool female, int i)
{
    return female ? women[i] : men[i];
}

int invent_givens(void)
{
    return COUNT(women);
}

/* Year of `utc` to a day: good enough for birth years. */
static int year_of(int64_t utc)
{
    return 1970 + (int)(utc / 31556952);
}

static json_t *name_of(const struct invent_person *p, struct dice *d)
{
    if (p->what == CASE_NAME_AS_TEXT)
        return json_pack("[{s:s, s:o}]", "use", "official", "text", json_sprintf("%s %s", p->given, p->family));
    json_t *name = json_pack("{s:s, s:s, s:[s]}", "use", "official", "family", p->family, "given", p->given);
    bool namesake = p->what == CASE_SAME_NAME_1 || p->what == CASE_SAME_NAME_2;
    if (!namesake && dice_chance(d, 15)) /* a second given name */
        json_array_append_new(json_object_get(name, "given"),
                              json_string(invent_given(p->female, dice_below(d, invent_givens()))));
    if (dice_chance(d, 8))
        json_object_set_new(name, "prefix", json_pack("[s]", p->female ? "Mme" : "M."));
    json_t *names = json_pack("[o]", name);
    if (p->female && p->age > 40 && dice_chance(d, 30)) /* a former name, which must not be printed */
        json_array_append_new(names, json_pack("{s:s, s:s, s:[s]}", "use", "maiden", "family",
                                               families[dice_below(d, COUNT(families))], "given", p->given));
    return names;
}

static json_t *birth_date(const struct invent_person *p, struct dice *d)
{
    int year = year_of(p->at_utc) - p->age - 1, month = dice_between(d, 1, 12), day = dice_between(d, 1, 28);
    if (p->what == CASE_NO_BIRTH_DATE)
        return NULL;
    if (p->what == CASE_YEAR_OF_BIRTH)
        return json_sprintf("%04d", year);
    if (p->what == CASE_FIFTEEN) { /* fifteen and a half, whatever the day */
        char text[24];
        return json_stringn(invent_time(p->at_utc - 489128630, text), 10);
    }
    return json_sprintf("%04d-%02d-%02d", year, month, day);
}

void invent_patient(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_PATIENT);
    int number = 2600000 + p->ward_no * 1000 + p->bed * 7 + dice_below(&d, 7);
    const char *language = dice_chance(&d, 70) ? "fr" : dice_chance(&d, 60) ? "nl" : "en";
    json_t *o = json_pack(
        "{s:s, s:s, s:b, s:s, s:[{s:s, s:{s:[{s:s, s:s}]}, s:s, s:o}], s:o, s:[{s:{s:[{s:s, s:s}]}}]}", "resourceType",
        "Patient", "id", p->id, "active", 1, "gender", p->female ? "female" : "male", "identifier", "use", "usual",
        "type", "coding", "system", "http://terminology.hl7.org/CodeSystem/v2-0203", "code", "MR", "system",
        INVENT_URL "ipp", "value", json_sprintf("%d", number), "name", name_of(p, &d), "communication", "language",
        "coding", "system", "urn:ietf:bcp:47", "code", language);
    json_t *born = birth_date(p, &d);
    if (born)
        json_object_set_new(o, "birthDate", born);
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
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:{s:o}, s:{s:s}, s:[{s:[{s:[{s:s, s:s}]}], s:{s:s}}]}",
                     "resourceType", "Encounter", "id", id, "status", status, "class", "system",
                     "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", class_code, "subject", "reference",
                     json_sprintf("Patient/%s", p->id), "period", "start", invent_time(p->admitted_utc, text),
                     "participant", "type", "coding", "system",
                     "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code", "ATND", "individual",
                     "display", p->doctor);
}

static void number_stay(json_t *o, const struct invent_person *p)
{
    json_object_set_new(
        o, "identifier",
        json_pack("[{s:s, s:o}]", "system", INVENT_URL "sejour", "value",
                  json_sprintf("S%02d%04d", year_of(p->at_utc) % 100, 4000 + p->ward_no * 100 + p->bed)));
    json_object_set_new(o, "reasonCode", json_pack("[{s:s}]", "text", p->reason->reason));
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
    bool left = p->what == CASE_LEFT, planned = p->what == CASE_PLANNED, arrived_elsewhere = dice_chance(&d, 30);
    int64_t gone = left ? p->at_utc - 15 * 3600 : 0, moved = p->admitted_utc + (int64_t)dice_between(&d, 2, 8) * 3600;
    snprintf(ward, sizeof ward, "ward-%s", p->ward->code);
    json_t *o = encounter(p, p->stay, left ? "finished" : planned ? "planned" : "in-progress", "IMP");
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

static const struct {
    const char *substance, *category, *reaction, *drugs; /* drugs: class that is then not ordered */
} allergens[] = {{"Pénicilline", "medication", "Éruption cutanée", "penicillin"},
                 {"Latex", "environment", "Urticaire de contact", NULL},
                 {"Produit de contraste iodé", "medication", "Bronchospasme", NULL},
                 {"Arachide", "food", "Œdème de Quincke", NULL},
                 {"Anti-inflammatoires non stéroïdiens", "medication", "Asthme", "nsaid"},
                 {"Sparadrap", "environment", "Eczéma", NULL},
                 {"Tramadol", "medication", "Vomissements, confusion", "opioid"},
                 {"Fruits de mer", "food", "Urticaire", NULL}};

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
    json_object_set_new(o, "code", json_pack("{s:s}", "text", allergens[which].substance));
    json_object_set_new(o, "category", json_pack("[s]", allergens[which].category));
    json_object_set_new(o, "criticality", json_string(dice_chance(d, 35) ? "high" : "low"));
    json_object_set_new(o, "reaction",
                        json_pack("[{s:[{s:s}], s:s}]", "manifestation", "text", allergens[which].reaction, "severity",
                                  severities[dice_below(d, 3)]));
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
    if (p->what == CASE_NO_ALLERGIES)
        return;
    if (p->what == CASE_NOT_ASKED) {
        coded_allergy(inv, p, "http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-asked", "Non demandé");
    } else if (p->what == CASE_NONE_KNOWN || roll < 45) {
        coded_allergy(inv, p, "http://snomed.info/sct", "716186003", "Aucune allergie connue");
    } else {
        one_allergy(inv, p, 1, first, &d);
        if (roll > 85)
            one_allergy(inv, p, 2, (first + 1) % COUNT(allergens), &d);
    }
}

void invent_problems(struct invention *inv, const struct invent_person *p)
{
    static const char *const older[] = {"Hypertension artérielle",
                                        "Diabète de type 2",
                                        "Fibrillation auriculaire",
                                        "BPCO",
                                        "Insuffisance rénale chronique, stade 3",
                                        "Hypothyroïdie",
                                        "Asthme",
                                        "Arthrose"};
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_PROBLEM);
    int count = p->age < 40 ? dice_below(&d, 2) : dice_below(&d, 4), at = dice_below(&d, COUNT(older));
    for (int i = 0; i <= count; i++) {
        const char *text = i == 0 ? p->reason->diagnosis : older[(at + i) % COUNT(older)];
        invent_tell(inv, json_pack("{s:s, s:o, s:{s:o}, s:{s:o}, s:{s:[{s:s, s:s}]}, s:{s:s}}", "resourceType",
                                   "Condition", "id", json_sprintf("condition-%s-%d", p->id, i + 1), "subject",
                                   "reference", json_sprintf("Patient/%s", p->id), "encounter", "reference",
                                   json_sprintf("Encounter/%s", p->stay), "clinicalStatus", "coding", "system",
                                   "http://terminology.hl7.org/CodeSystem/condition-clinical", "code", "active", "code",
                                   "text", text));
    }
}

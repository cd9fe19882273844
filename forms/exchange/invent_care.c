/* What else a ward knows of an invented person: flags and limits of care, devices, what was done, what is asked for and
** planned, medication at home, who pays. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent_drugs.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define ON(kind)    (1u << (kind))

static json_t *of(const char *type, const char *id)
{
    return json_pack("{s:o}", "reference", json_sprintf("%s/%s", type, id));
}

/* {"resourceType": type, "id": "what-p-3B-01-2", "status": status, who: {reference to the patient}} */
static json_t *resource(const struct invent_person *p, const char *type, const char *what, int number,
                        const char *status, const char *who)
{
    return json_pack("{s:s, s:o, s:s, s:o}", "resourceType", type, "id", json_sprintf("%s-%s-%d", what, p->id, number),
                     "status", status, who, of("Patient", p->id));
}

static void set_time(json_t *o, const char *key, int64_t utc)
{
    char text[24];
    json_object_set_new(o, key, json_string(invent_time(utc, text)));
}

static json_t *coded(const char *system, const char *code, const char *text)
{
    return json_pack("{s:[{s:s, s:s}], s:s}", "coding", "system", system, "code", code, "text", text);
}

static bool on(const struct invent_person *p, unsigned wards)
{
    return (wards >> p->ward->kind & 1u) != 0;
}

/* ---- flags */

static const struct {
    const char *code, *text[2];
    int percent, age; /* of whom from that age on */
    unsigned wards;   /* where it is three times as frequent */
} flags[] = {
    {"40174006",
     {"Isolement de contact (BMR)", "Contactisolatie (MRB)"},
     5,
     1,
     ON(KIND_INTENSIVE) | ON(KIND_GERIATRIC)},
    {"40174006", {"Isolement gouttelettes", "Druppelisolatie"}, 3, 0, ON(KIND_CHILDREN) | ON(KIND_INTERNAL)},
    {"129839007", {"Risque de chute élevé", "Hoog valrisico"}, 20, 65, ON(KIND_GERIATRIC) | ON(KIND_STROKE)},
    {"718447001", {"Intubation difficile", "Moeilijke intubatie"}, 1, 16, ON(KIND_SURGERY) | ON(KIND_INTENSIVE)},
    {"304253006",
     {"Limitation thérapeutique: ne pas réanimer (DNR 1)", "Therapiebeperking: niet reanimeren (DNR-code 1)"},
     9,
     70,
     ON(KIND_GERIATRIC) | ON(KIND_ONCOLOGY)},
};

/* An own list, and one flag in ten is over already and must not be printed. */
static void tell_flags(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    for (int i = 0; i < COUNT(flags); i++) {
        int percent = on(p, flags[i].wards) ? 3 * flags[i].percent : flags[i].percent;
        bool has = dice_chance(d, percent), over = dice_chance(d, 10);
        if (!has || p->age < flags[i].age)
            continue;
        json_t *o = resource(p, "Flag", "flag", i + 1, over ? "inactive" : "active", "subject");
        json_object_set_new(o, "code", coded("http://snomed.info/sct", flags[i].code, flags[i].text[p->lang]));
        json_object_set_new(o, "author", of("Practitioner", p->doctor_id));
        json_t *period = json_object();
        set_time(period, "start", p->admitted_utc + 1200);
        json_object_set_new(o, "period", period);
        invent_tell(inv, o);
    }
}

/* Intensive care documents resuscitation orders as an observation. */
static void tell_limit(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    static const char *const text[] = {"Ne pas réanimer", "Niet reanimeren"};
    bool limited = dice_chance(d, 50), lifted = dice_chance(d, 20);
    if (p->ward->kind != KIND_INTENSIVE || p->age < 40 || !limited)
        return;
    json_t *o = resource(p, "Observation", "limit", 1, "final", "subject");
    json_object_set_new(o, "code", coded("http://loinc.org", "81351-9", text[p->lang]));
    json_object_set_new(o, "valueBoolean", json_boolean(!lifted));
    set_time(o, "effectiveDateTime", p->admitted_utc + 5400);
    invent_tell(inv, o);
}

/* ---- devices */

static const struct {
    const char *code, *text[2], *site[2];
    int percent, age;
    unsigned wards; /* 0: everywhere; else twice as frequent there */
    bool implant;   /* a Device of its own, here for years; else a use of one, here since this stay */
} devices[] = {
    {"82449006",
     {"Cathéter veineux périphérique", "Perifere veneuze katheter"},
     {"avant-bras gauche", "linkeronderarm"},
     55,
     0,
     ON(KIND_SURGERY) | ON(KIND_INTENSIVE) | ON(KIND_EMERGENCY) | ON(KIND_RECOVERY),
     false},
    {"23973005",
     {"Sonde vésicale", "Blaaskatheter"},
     {"urètre", "urethra"},
     12,
     16,
     ON(KIND_INTENSIVE) | ON(KIND_GERIATRIC) | ON(KIND_SURGERY),
     false},
    {"52124006",
     {"Cathéter veineux central", "Centraal veneuze katheter"},
     {"jugulaire interne droite", "rechter vena jugularis interna"},
     6,
     0,
     ON(KIND_INTENSIVE) | ON(KIND_ONCOLOGY) | ON(KIND_DIALYSIS),
     false},
    {"32712000", {"Drain chirurgical", "Wonddrain"}, {"flanc droit", "rechterflank"}, 8, 16, ON(KIND_SURGERY), false},
    {"14106009", {"Stimulateur cardiaque", "Pacemaker"}, {NULL, NULL}, 8, 65, ON(KIND_CARDIAC), true},
};

static void tell_device(struct invention *inv, const struct invent_person *p, int i, struct dice *d)
{
    json_t *o = resource(p, "Device", "device", i + 1, "active", "patient");
    json_object_set_new(o, "type", coded("http://snomed.info/sct", devices[i].code, devices[i].text[p->lang]));
    if (devices[i].implant)
        json_object_set_new(o, "serialNumber", json_sprintf("PM-%06d", dice_below(d, 1000000)));
    invent_tell(inv, o);
    if (devices[i].implant)
        return;
    char id[64];
    snprintf(id, sizeof id, "device-%s-%d", p->id, i + 1);
    json_t *use = resource(p, "DeviceUseStatement", "use", i + 1, "active", "subject"), *period = json_object();
    int64_t span = (p->at_utc - p->admitted_utc) / 3600;
    json_object_set_new(use, "device", of("Device", id));
    json_object_set_new(use, "bodySite", json_pack("{s:s}", "text", devices[i].site[p->lang]));
    set_time(period, "start", p->admitted_utc + dice_below(d, span > 2 ? (int)span / 2 : 1) * 3600);
    json_object_set_new(use, "timingPeriod", period);
    invent_tell(inv, use);
}

static void tell_devices(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    for (int i = 0; i < COUNT(devices); i++) {
        int percent = on(p, devices[i].wards) ? 2 * devices[i].percent : devices[i].percent;
        bool has = dice_chance(d, percent > 95 ? 95 : percent);
        if (has && p->age >= devices[i].age)
            tell_device(inv, p, i, d);
    }
}

/* ---- what was done, is asked for, and is planned */

static void tell_procedure(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    int64_t at = p->admitted_utc + dice_between(d, 2, 20) * 3600;
    if (!on(p, ON(KIND_SURGERY) | ON(KIND_RECOVERY) | ON(KIND_MATERNITY) | ON(KIND_BONES)) || p->age_days < 28)
        return;
    json_t *o = resource(p, "Procedure", "procedure", 1, at < p->at_utc ? "completed" : "preparation", "subject");
    json_object_set_new(o, "encounter", of("Encounter", p->stay));
    json_object_set_new(o, "code", json_pack("{s:s}", "text", p->reason->reason[p->lang]));
    json_object_set_new(o, "performer", json_pack("[{s:o}]", "actor", of("Practitioner", p->doctor_id)));
    if (at < p->at_utc)
        set_time(o, "performedDateTime", at);
    invent_tell(inv, o);
}

static const char *const requests[][2] = {{"Hémocultures", "Hemoculturen"},
                                          {"Ionogramme et fonction rénale", "Ionogram en nierfunctie"},
                                          {"Radiographie du thorax", "Röntgenfoto van de thorax"},
                                          {"Avis de cardiologie", "Advies cardiologie"},
                                          {"Avis de diététique", "Advies diëtetiek"},
                                          {"Kinésithérapie", "Kinesitherapie"}};

static void tell_requests(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    static const char *const priorities[] = {"routine", "routine", "urgent", "stat"};
    static const char *const states[] = {"active", "active", "active", "completed"};
    int count = dice_below(d, 4) - 1, first = dice_below(d, COUNT(requests));
    for (int i = 0; i < count; i++) {
        json_t *o = resource(p, "ServiceRequest", "request", i + 1, states[dice_below(d, 4)], "subject");
        json_object_set_new(o, "intent", json_string("order"));
        json_object_set_new(o, "priority", json_string(priorities[dice_below(d, 4)]));
        json_object_set_new(o, "code", json_pack("{s:s}", "text", requests[(first + i) % COUNT(requests)][p->lang]));
        json_object_set_new(o, "requester", of("Practitioner", p->doctor_id));
        set_time(o, "authoredOn", p->at_utc - dice_between(d, 1, 20) * 1800);
        invent_tell(inv, o);
    }
}

static const struct {
    const char *what[2], *place[2], *instruction[2];
    int minutes;
} plans[] = {
    {{"Scanner abdominal", "CT-scan abdomen"},
     {"Radiologie, route 140", "Radiologie, route 140"},
     {"à jeun", "nuchter"},
     30},
    {{"Échographie cardiaque", "Echocardiografie"},
     {"Cardiologie, route 210", "Cardiologie, route 210"},
     {NULL, NULL},
     30},
    {{"Gastroscopie", "Gastroscopie"},
     {"Endoscopie, route 115", "Endoscopie, route 115"},
     {"à jeun depuis minuit", "nuchter vanaf middernacht"},
     45},
    {{"Dialyse", "Dialyse"}, {"Hémodialyse", "Hemodialyse"}, {NULL, NULL}, 240},
    {{"Consultation d'anesthésie", "Raadpleging anesthesie"}, {"Route 300", "Route 300"}, {NULL, NULL}, 20},
};

/* Tomorrow's; one in twelve was cancelled. */
static void tell_appointment(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    int i = p->ward->kind == KIND_DIALYSIS ? 3 : dice_below(d, COUNT(plans));
    bool has = dice_chance(d, p->ward->kind == KIND_DIALYSIS ? 80 : 25), cancelled = dice_chance(d, 8);
    int64_t at = p->at_utc - p->at_utc % 86400 + 86400 + dice_between(d, 28, 60) * 900;
    if (!has || p->age_days < 28)
        return;
    json_t *o = resource(p, "Appointment", "appointment", 1, cancelled ? "cancelled" : "booked", "x");
    json_object_del(o, "x");
    json_object_set_new(o, "description", json_string(plans[i].what[p->lang]));
    if (plans[i].instruction[p->lang])
        json_object_set_new(o, "patientInstruction", json_string(plans[i].instruction[p->lang]));
    set_time(o, "start", at);
    set_time(o, "end", at + plans[i].minutes * 60);
    json_object_set_new(o, "participant",
                        json_pack("[{s:o, s:s}, {s:{s:s, s:s}, s:s}]", "actor", of("Patient", p->id), "status",
                                  "accepted", "actor", "reference", "Location/hospital", "display",
                                  plans[i].place[p->lang], "status", "accepted"));
    invent_tell(inv, o);
}

/* ---- medication at home, and who pays */

static void tell_home(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    static const char *const said_by[][2] = {
        {"Patient", "Patiënt"}, {"Famille", "Familie"}, {"Médecin traitant", "Huisarts"}};
    int count = p->age < 16 ? 0 : p->age < 50 ? dice_below(d, 2) : dice_below(d, 6);
    int first = dice_below(d, invent_drugs_others.count), told = 0;
    for (int i = 0; i < invent_drugs_others.count && told < count; i++) {
        const struct drug *drug = &invent_drugs_others.drugs[(first + i) % invent_drugs_others.count];
        if (drug->kind != AT_TIMES || strcmp(drug->route, "PO") != 0 || !invent_drug_suits(p, drug))
            continue;
        json_t *o = resource(p, "MedicationStatement", "home", ++told, "active", "subject");
        json_t *dosage =
            json_pack("{s:{s:s}, s:o}", "route", "text", drug->route, "timing", invent_at_times(drug->times[p->lang]));
        if (drug->dose)
            json_object_set_new(dosage, "doseAndRate",
                                json_pack("[{s:o}]", "doseQuantity", invent_quantity(drug->dose, drug->unit)));
        json_object_set_new(o, "dosage", json_pack("[o]", dosage));
        json_object_set_new(o, "medicationCodeableConcept", json_pack("{s:s}", "text", drug->name[p->lang]));
        json_object_set_new(o, "informationSource", json_pack("{s:s}", "display", said_by[dice_below(d, 3)][p->lang]));
        set_time(o, "dateAsserted", p->admitted_utc + 2400);
        invent_tell(inv, o);
    }
}

static void tell_coverage(struct invention *inv, const struct invent_person *p, struct dice *d)
{
    static const char *const text[] = {"Assurance maladie obligatoire", "Verplichte ziekteverzekering"};
    char insurer[32];
    snprintf(insurer, sizeof insurer, "insurer-%d", 1 + dice_below(d, INVENT_INSURERS));
    int number = 100000 + dice_below(d, 900000);
    if (p->what == CASE_UNIDENTIFIED || p->age_days < 28)
        return;
    json_t *o = resource(p, "Coverage", "coverage", 1, "active", "beneficiary");
    json_object_set_new(o, "type", json_pack("{s:s}", "text", text[p->lang]));
    json_object_set_new(o, "payor", json_pack("[o]", of("Organization", insurer)));
    json_object_set_new(o, "subscriberId", json_sprintf("%07d%03d", number, p->ward_no * 31 % 1000));
    invent_tell(inv, o);
}

void invent_care(struct invention *inv, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed, DICE_CARE);
    tell_coverage(inv, p, &d);
    if (p->what == CASE_PLANNED)
        return;
    tell_flags(inv, p, &d);
    tell_limit(inv, p, &d);
    tell_devices(inv, p, &d);
    tell_procedure(inv, p, &d);
    tell_requests(inv, p, &d);
    tell_appointment(inv, p, &d);
    tell_home(inv, p, &d);
}

/* Who works in and around the invented hospital: four doctors a ward, general practitioners, insurers. */
#include <stdio.h>

#include "exchange/invent.h"

/* INAMI/RIZIV: six digits, their check digits (97 - number mod 97), the qualification. */
static json_t *practitioner(const char *id, const char *given, const char *family, int number, int qualification)
{
    return json_pack("{s:s, s:s, s:b, s:[{s:s, s:o}], s:[{s:[s], s:[s], s:s}], s:[{s:s, s:o}]}", "resourceType",
                     "Practitioner", "id", id, "active", 1, "identifier", "system",
                     "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/nihdi", "value",
                     json_sprintf("%06d%02d%03d", number, 97 - number % 97, qualification), "name", "prefix", "Dr",
                     "given", given, "family", family, "telecom", "system", "phone", "value",
                     json_sprintf("02 555 %02d %02d", 10 + number / 100 % 90, number % 100));
}

static void person(uint64_t seed, int ward, int number, bool dutch, char given[INVENT_NAME], char family[INVENT_NAME])
{
    struct dice d = dice_for(seed, ward, number, DICE_DOCTOR);
    int community = invent_community(&d, dutch);
    invent_given(&d, community, dice_chance(&d, 50), given);
    invent_family(&d, community, family);
}

void invent_doctors(struct invention *inv, int ward)
{
    const struct invent_ward *w = invent_ward(ward);
    for (int i = 0; i < INVENT_DOCTORS; i++) {
        char id[32], given[INVENT_NAME], family[INVENT_NAME];
        person(inv->plan.seed, ward, i, w->dutch, given, family);
        snprintf(id, sizeof id, "doctor-%s-%d", w->code, i + 1);
        invent_tell(inv, practitioner(id, given, family, 110000 + ward * 100 + i * 7, 580));
    }
}

#define OUTSIDE 99 /* no ward has that number */

void invent_neighbourhood(struct invention *inv)
{
    static const char *const insurers[INVENT_INSURERS] = {"Mutualité de la Senne", "Ziekenfonds Dijle en Zenne",
                                                          "Mutualité des Marolles", "Caisse de la Forêt",
                                                          "Ziekenfonds De Linde"};
    for (int i = 0; i < INVENT_GPS; i++) {
        char id[32], given[INVENT_NAME], family[INVENT_NAME];
        person(inv->plan.seed, OUTSIDE, i, i % 3 == 0, given, family);
        snprintf(id, sizeof id, "gp-%02d", i + 1);
        invent_tell(inv, practitioner(id, given, family, 140000 + i * 13, 3));
    }
    for (int i = 0; i < INVENT_INSURERS; i++)
        invent_tell(inv, json_pack("{s:s, s:o, s:b, s:s, s:[{s:s, s:o}]}", "resourceType", "Organization", "id",
                                   json_sprintf("insurer-%d", i + 1), "active", 1, "name", insurers[i], "identifier",
                                   "system", INVENT_URL "insurer", "value", json_sprintf("%d00", i + 1)));
}

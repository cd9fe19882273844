/* The last doses of invented orders: given at their hours, seldom not, with the reason. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent_drugs.h"

static void tell(struct given *g, const struct invent_person *p, int64_t due, struct dice *d)
{
    static const char *const reasons[][2] = {{"Refus du patient", "Geweigerd door de patiënt"},
                                             {"À jeun", "Nuchter"},
                                             {"Patient absent", "Patiënt afwezig"}};
    char text[24];
    bool missed = dice_chance(d, 5);
    json_t *o = json_pack("{s:s, s:o, s:s, s:{s:o}, s:{s:o}, s:{s:o}, s:{s:s}, s:s}", "resourceType",
                          "MedicationAdministration", "id", json_sprintf("given-%s-%d", g->order, ++g->count), "status",
                          missed ? "not-done" : "completed", "subject", "reference", json_sprintf("Patient/%s", p->id),
                          "context", "reference", json_sprintf("Encounter/%s", p->stay), "request", "reference",
                          json_sprintf("MedicationRequest/%s", g->order), "medicationCodeableConcept", "text",
                          g->drug->name[p->lang], "effectiveDateTime",
                          invent_time(due + (missed ? 0 : dice_between(d, -3, 6) * 300), text));
    if (missed)
        json_object_set_new(o, "statusReason", json_pack("[{s:s}]", "text", reasons[dice_below(d, 3)][p->lang]));
    json_t *dosage = json_pack("{s:{s:s}}", "route", "text", g->drug->route);
    if (g->dose && !missed)
        json_object_set(dosage, "dose", g->dose);
    json_object_set_new(o, "dosage", dosage);
    invent_tell(g->inv, o);
}

/* Every hour of the list that lies in the last day and after the beginning. */
static void at_hours(struct given *g, const struct invent_person *p, struct dice *d)
{
    for (const char *t = g->drug->times[0]; *t; t += strcspn(t, ","), t += *t == ',') {
        int hour = 0, minute = 0;
        int64_t at[2];
        if (sscanf(t, "%2d:%2d", &hour, &minute) == 2 &&
            repli_zone_in_window(g->inv->zone, p->at_utc - 86400, 24, hour, minute, at) > 0 && at[0] > g->since_utc &&
            at[0] < p->at_utc - 1800)
            tell(g, p, at[0], d);
    }
}

void invent_given_doses(struct given *g, const struct invent_person *p)
{
    struct dice d = dice_for(p->seed, p->ward_no, p->bed * 64 + g->number, DICE_GIVEN);
    int64_t hour = p->at_utc - p->at_utc % 3600, span = p->at_utc - g->since_utc;
    int every = 0;
    switch (g->drug->kind) {
    case AT_TIMES:
    case SCHEME:
        at_hours(g, p, &d);
        break;
    case EVERY:
        if (sscanf(g->drug->times[0], "%d", &every) == 1 && every > 0)
            for (int64_t due = hour - every * 3600; due > g->since_utc && due > p->at_utc - 43200; due -= every * 3600)
                tell(g, p, due, &d);
        break;
    case AS_NEEDED:
        if (dice_chance(&d, 50) && span > 6 * 3600)
            tell(g, p, hour - dice_between(&d, 1, 5) * 3600, &d);
        break;
    case ONCE:
    case CONTINUOUS:
    case NO_TIMING:
        break;
    }
}

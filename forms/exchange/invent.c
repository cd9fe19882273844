/* The invented hospital: dice, wards, rooms and beds, and who lies where. */
#include "exchange/invent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

struct dice dice_for(uint64_t seed, int ward, int bed, enum purpose purpose)
{
    uint64_t s = mix(seed + 0x9E3779B97F4A7C15u);
    s = mix(s ^ (uint64_t)(unsigned)ward << 40 ^ (uint64_t)(unsigned)bed << 8 ^ (uint64_t)purpose);
    return (struct dice){s};
}

int dice_below(struct dice *d, int n)
{
    d->state += 0x9E3779B97F4A7C15u;
    return (int)((mix(d->state) >> 32) * (uint64_t)n >> 32);
}

bool dice_chance(struct dice *d, int percent)
{
    return dice_below(d, 100) < percent;
}

int dice_between(struct dice *d, int low, int high)
{
    return low + dice_below(d, high - low + 1);
}

/* ---- the wards.  A hospital grows by lines here. */

static const char *const surgeons[] = {"Dr Anne Lambrechts", "Dr Youssef El Khattabi", "Dr Benoît Delvigne",
                                       "Dr Katrien Vanden Eynde", NULL};
static const struct invent_reason digestive[] = {
    {"Cholécystectomie laparoscopique", "Cholécystite aiguë lithiasique"},
    {"Appendicectomie", "Appendicite aiguë"},
    {"Hémicolectomie droite", "Tumeur du côlon ascendant"},
    {"Sigmoïdectomie", "Diverticulite sigmoïdienne compliquée"},
    {"Occlusion de l'intestin grêle, surveillance", "Occlusion sur brides"},
    {"Cure de hernie inguinale étranglée", "Hernie inguinale étranglée"},
    {"Gastrectomie partielle", "Tumeur gastrique"},
    {"Pancréatite aiguë, traitement conservateur", "Pancréatite aiguë biliaire"},
    {"Rétablissement de continuité", "Colostomie après péritonite"},
    {"Drainage d'abcès périanal", "Abcès périanal"},
    {"Cure d'éventration", "Éventration médiane"},
    {"Résection hépatique", "Métastase hépatique unique"},
    {NULL, NULL}};

const struct invent_ward invent_wards[] = {
    {"3B", "3B Chirurgie digestive", 301, surgeons, digestive},
};
const size_t invent_nwards = sizeof invent_wards / sizeof *invent_wards;

/* ---- telling */

void invent_tell(struct invention *inv, json_t *resource)
{
    char *text = resource && inv->status == REPLI_OK ? json_dumps(resource, JSON_COMPACT) : NULL;
    if (text)
        inv->status = inv->fn(inv->user, text, inv->err);
    else if (inv->status == REPLI_OK)
        inv->status = repli_fail(inv->err, REPLI_BUG, "an invented resource could not be built");
    free(text);
    json_decref(resource);
}

const char *invent_time(int64_t utc, char out[24])
{
    repli_time_iso(utc, out);
    return out;
}

static void place(struct invention *inv, const char *id, const char *name, const char *kind, const char *code,
                  const char *above)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:{s:[{s:s, s:s}]}}", "resourceType", "Location", "id", id, "status",
                          "active", "name", name, "physicalType", "coding", "system",
                          "http://terminology.hl7.org/CodeSystem/location-physical-type", "code", kind);
    if (code)
        json_object_set_new(o, "identifier", json_pack("[{s:s, s:s}]", "system", INVENT_URL "place", "value", code));
    if (above)
        json_object_set_new(o, "partOf", json_pack("{s:o}", "reference", json_sprintf("Location/%s", above)));
    invent_tell(inv, o);
}

static void bed_names(const struct invent_ward *w, int bed, char room[16], char name[24], char id[40])
{
    int number = w->first_room + bed / 2;
    snprintf(room, 16, "%d", number);
    snprintf(name, 24, "%d-%d", number, bed % 2 + 1);
    snprintf(id, 40, "bed-%s-%s", w->code, name);
}

/* Two beds a room. */
static void places(struct invention *inv, const struct invent_ward *w)
{
    char ward_id[24], room_id[32], room[16], name[24], id[40];
    snprintf(ward_id, sizeof ward_id, "ward-%s", w->code);
    place(inv, ward_id, w->name, "wa", w->code, "hospital");
    for (int bed = 0; bed < inv->plan.beds; bed++) {
        bed_names(w, bed, room, name, id);
        snprintf(room_id, sizeof room_id, "room-%s-%s", w->code, room);
        if (bed % 2 == 0)
            place(inv, room_id, room, "ro", room, ward_id);
        place(inv, id, name, "bd", name, room_id);
    }
}

/* Which bed has which special case: the first beds of a shuffled ward. */
static void deal_cases(const struct repli_invent_plan *plan, int ward, enum invent_case *cases)
{
    int order[REPLI_INVENT_BEDS_MAX] = {0};
    struct dice d = dice_for(plan->seed, ward, 0, DICE_WARD);
    for (int i = 0; i < plan->beds; i++) {
        int at = dice_below(&d, i + 1);
        order[i] = order[at];
        order[at] = i;
        cases[i] = CASE_ORDINARY;
    }
    for (int c = CASE_FREE_BED; c < CASE_LEFT; c++)
        cases[order[c - CASE_FREE_BED]] = (enum invent_case)c;
}

/* ---- people */

struct names {
    int family, given;
};

static bool taken(const struct names *used, int count, const struct names *n, const bool *females, bool female)
{
    for (int i = 0; i < count; i++)
        if (used[i].family == n->family && used[i].given == n->given && females[i] == female)
            return true;
    return false;
}

/* Nobody of a ward shares a name with somebody, but for the two who are there for that. */
static void name_people(struct invent_person *people, int count, int ward, uint64_t seed)
{
    struct names used[REPLI_INVENT_BEDS_MAX + 2];
    bool females[REPLI_INVENT_BEDS_MAX + 2];
    int first = -1, second = -1;
    for (int i = 0; i < count; i++) {
        struct dice d = dice_for(seed, ward, people[i].bed, DICE_NAME);
        females[i] = people[i].female;
        do
            used[i] = (struct names){dice_below(&d, invent_families()), dice_below(&d, invent_givens())};
        while (taken(used, i, &used[i], females, females[i]));
        first = people[i].what == CASE_SAME_NAME_1 ? i : first;
        second = people[i].what == CASE_SAME_NAME_2 ? i : second;
    }
    if (first >= 0 && second >= 0) {
        used[second] = used[first];
        people[second].female = people[first].female;
    }
    for (int i = 0; i < count; i++) {
        people[i].family = invent_family(used[i].family);
        people[i].given = invent_given(people[i].female, used[i].given);
    }
}

static int count_doctors(const struct invent_ward *w)
{
    int n = 0;
    while (w->doctors[n])
        n++;
    return n;
}

static int count_reasons(const struct invent_ward *w)
{
    int n = 0;
    while (w->reasons[n].reason)
        n++;
    return n;
}

static struct invent_person person(const struct repli_invent_plan *plan, int ward, int bed, enum invent_case what)
{
    const struct invent_ward *w = &invent_wards[ward];
    struct dice d = dice_for(plan->seed, ward, bed, DICE_PERSON);
    char room[16], name[24];
    struct invent_person p = {
        .seed = plan->seed, .ward = w, .ward_no = ward, .bed = bed, .what = what, .at_utc = plan->at_utc};
    p.female = dice_chance(&d, 52);
    p.age = what == CASE_FIFTEEN ? 15 : 18 + (dice_below(&d, 78) + dice_below(&d, 78)) / 2;
    p.doctor = w->doctors[dice_below(&d, count_doctors(w))];
    p.reason = &w->reasons[what == CASE_FIFTEEN ? 1 : dice_below(&d, count_reasons(w))];
    p.admitted_utc = plan->at_utc - (int64_t)dice_between(&d, 14, 9 * 24) * 3600 - dice_below(&d, 60) * 60;
    if (what == CASE_LEFT)
        p.admitted_utc -= 2 * 86400;
    snprintf(p.id, sizeof p.id, "p-%s-%02d", w->code, bed + 1);
    snprintf(p.stay, sizeof p.stay, "stay-%s-%02d", w->code, bed + 1);
    bed_names(w, what >= CASE_LEFT ? bed % plan->beds : bed, room, name, p.bed_id);
    return p;
}

static void ward(struct invention *inv, int number)
{
    const struct repli_invent_plan *plan = &inv->plan;
    struct invent_person people[REPLI_INVENT_BEDS_MAX + 2];
    enum invent_case cases[REPLI_INVENT_BEDS_MAX];
    int count = 0;
    deal_cases(plan, number, cases);
    for (int bed = 0; bed < plan->beds; bed++)
        if (cases[bed] != CASE_FREE_BED)
            people[count++] = person(plan, number, bed, cases[bed]);
    people[count++] = person(plan, number, plan->beds, CASE_LEFT);
    people[count++] = person(plan, number, plan->beds + 1, CASE_PLANNED);
    name_people(people, count, number, plan->seed);
    for (int i = 0; i < count && inv->status == REPLI_OK; i++) {
        invent_patient(inv, &people[i]);
        invent_stay(inv, &people[i]);
        invent_allergies(inv, &people[i]);
        invent_problems(inv, &people[i]);
        if (people[i].what == CASE_PLANNED)
            continue;
        invent_orders(inv, &people[i]);
        invent_observations(inv, &people[i]);
    }
}

enum repli_status repli_invent_hospital(const struct repli_invent_plan *plan, repli_invent_fn *fn, void *user,
                                        struct repli_err *err)
{
    struct invention inv = {.plan = *plan, .fn = fn, .user = user, .err = err};
    if (plan->beds < REPLI_INVENT_BEDS_MIN || plan->beds > REPLI_INVENT_BEDS_MAX)
        return repli_fail(err, REPLI_USAGE, "a ward of %d beds cannot be invented: %d to %d", plan->beds,
                          REPLI_INVENT_BEDS_MIN, REPLI_INVENT_BEDS_MAX);
    place(&inv, "hospital", REPLI_INVENT_HOSPITAL, "si", NULL, NULL);
    for (size_t i = 0; i < invent_nwards; i++)
        places(&inv, &invent_wards[i]);
    for (size_t i = 0; i < invent_nwards; i++)
        ward(&inv, (int)i);
    return inv.status;
}

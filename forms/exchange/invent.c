/* The invented hospital: dice, rooms and beds, and who lies where. */
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

static void places(struct invention *inv, int number)
{
    const struct invent_ward *w = invent_ward(number);
    char ward_id[24], room_id[32], room[16], before[16] = "", name[24], id[40];
    int beds = invent_ward_beds(&inv->plan, number);
    snprintf(ward_id, sizeof ward_id, "ward-%s", w->code);
    place(inv, ward_id, w->name, "wa", w->code, "hospital");
    for (int bed = 0; bed < beds; bed++) {
        invent_bed_names(w, bed, room, name, id);
        snprintf(room_id, sizeof room_id, "room-%s-%s", w->code, room);
        if (strcmp(room, before) != 0)
            place(inv, room_id, room, "ro", room, ward_id);
        memcpy(before, room, sizeof before);
        place(inv, id, name, "bd", name, room_id);
    }
}

/* ---- who lies where */

static bool fits(enum invent_case what, const struct invent_ward *w)
{
    if (w->kind == KIND_MATERNITY || w->kind == KIND_NEONATAL)
        return what == CASE_NO_ALLERGIES || what == CASE_NOT_ASKED || what == CASE_NONE_KNOWN;
    if (what == CASE_FIFTEEN)
        return w->kind == KIND_SURGERY || w->kind == KIND_CHILDREN || w->kind == KIND_EMERGENCY;
    if (what == CASE_UNIDENTIFIED)
        return w->kind == KIND_EMERGENCY;
    if (what == CASE_DECEASED)
        return w->kind == KIND_GERIATRIC;
    return true;
}

/* Cots follow their mother's bed; some of the very small have a twin beside them. */
static enum invent_case by_place(const struct invent_ward *w, int bed)
{
    static const enum invent_case of_maternity[] = {CASE_ORDINARY, CASE_NEWBORN,  CASE_ORDINARY, CASE_NEWBORN,
                                                    CASE_ORDINARY, CASE_NEWBORN,  CASE_TWIN,     CASE_ORDINARY,
                                                    CASE_NEWBORN,  CASE_ORDINARY, CASE_NEWBORN};
    if (w->kind == KIND_MATERNITY)
        return of_maternity[bed % 11];
    return w->kind == KIND_NEONATAL && bed % 9 == 4 ? CASE_TWIN : CASE_ORDINARY;
}

/* Which bed has which special case: the first beds of a shuffled ward.  In a whole hospital some more beds are free. */
static void deal_cases(const struct repli_invent_plan *plan, int number, int beds, enum invent_case *cases)
{
    int order[REPLI_INVENT_WARD_MAX] = {0}, next = 0;
    const struct invent_ward *w = invent_ward(number);
    struct dice d = dice_for(plan->seed, number, 0, DICE_WARD);
    for (int i = 0; i < beds; i++) {
        int at = dice_below(&d, i + 1);
        order[i] = order[at];
        order[at] = i;
        cases[i] = by_place(w, i);
    }
    for (int c = CASE_FREE_BED; c < CASE_NEWBORN && next < beds; c++)
        if (fits((enum invent_case)c, w)) {
            while (next < beds - 1 && cases[order[next]] != CASE_ORDINARY)
                next++;
            cases[order[next++]] = (enum invent_case)c;
        }
    for (; invent_wards(plan) > 1 && next < beds; next++)
        if (cases[order[next]] == CASE_ORDINARY && fits(CASE_FREE_BED, w) && dice_chance(&d, 8))
            cases[order[next]] = CASE_FREE_BED;
}

/* ---- people */

static bool no_bed(enum invent_case what)
{
    return what >= CASE_LEFT;
}

static bool taken(const struct invent_person *people, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(people[i].family, people[count].family) == 0 && strcmp(people[i].given, people[count].given) == 0)
            return true;
    return false;
}

/* Nobody of a ward shares a name with somebody, but for the two who are there for that. */
static void name_people(struct invent_person *people, int count, int ward, uint64_t seed)
{
    int first = -1, second = -1;
    for (int i = 0; i < count; i++) {
        struct invent_person *p = &people[i];
        struct dice d = dice_for(seed, ward, p->bed, DICE_NAME);
        bool child = i > 0 && (p->what == CASE_NEWBORN || p->what == CASE_TWIN);
        do {
            p->community = child ? people[i - 1].community : invent_community(&d, p->lang == INVENT_NL);
            invent_family(&d, p->community, p->family);
            if (child)
                memcpy(p->family, people[i - 1].family, sizeof p->family);
            invent_given(&d, p->community, p->female, p->given);
        } while (taken(people, i));
        first = p->what == CASE_SAME_NAME_1 ? i : first;
        second = p->what == CASE_SAME_NAME_2 ? i : second;
    }
    if (first >= 0 && second >= 0) {
        memcpy(people[second].family, people[first].family, sizeof people[first].family);
        memcpy(people[second].given, people[first].given, sizeof people[first].given);
        people[second].community = people[first].community;
        people[second].female = people[first].female;
    }
}

static int count_reasons(const struct invent_reason *reasons)
{
    int n = 0;
    while (reasons[n].reason[0])
        n++;
    return n;
}

static int age_in_days(const struct invent_person *p, const struct invent_kind *k, struct dice *d)
{
    int span = k->age_max - k->age_min + 1, day = dice_below(d, 365);
    int years = k->age_min + (dice_below(d, span) + dice_below(d, span)) / 2;
    if (p->what == CASE_FIFTEEN)
        return 5661; /* fifteen and a half */
    if (p->what == CASE_NEWBORN || p->what == CASE_TWIN || p->ward->kind == KIND_NEONATAL)
        return (int)((p->at_utc - p->admitted_utc) / 86400); /* born here */
    return INVENT_DAY_OF_YEARS(years) + (years ? day : 28 + day * 9 / 10) + 1;
}

static int weight(const struct invent_person *p, struct dice *d)
{
    if (p->ward->kind == KIND_NEONATAL)
        return dice_between(d, 9, 27);
    if (p->age_days < 28)
        return dice_between(d, 27, 42);
    if (p->age_days < 365)
        return 36 + p->age_days / 6 + dice_between(d, -5, 8);
    if (p->age < 16)
        return 80 + p->age * 28 + dice_between(d, -10, 20) + (p->age - 1) * dice_below(d, 4);
    return dice_between(d, p->female ? 440 : 520, p->female ? 980 : 1180);
}

static struct invent_person person(const struct repli_invent_plan *plan, int ward, int bed, enum invent_case what)
{
    const struct invent_ward *w = invent_ward(ward);
    const struct invent_kind *k = invent_kind(w);
    struct dice d = dice_for(plan->seed, ward, bed, DICE_PERSON);
    char room[16], name[24];
    bool born = what == CASE_NEWBORN || what == CASE_TWIN;
    struct invent_person p = {
        .seed = plan->seed, .ward = w, .ward_no = ward, .bed = bed, .what = what, .at_utc = plan->at_utc};
    p.lang = w->dutch ? INVENT_NL : INVENT_FR;
    p.female = dice_chance(&d, born ? 49 : k->women);
    p.reason = born && w->kind == KIND_MATERNITY ? invent_newborn_reasons : k->reasons;
    p.reason += what == CASE_FIFTEEN && w->kind == KIND_SURGERY ? 1 : dice_below(&d, count_reasons(p.reason));
    p.admitted_utc =
        plan->at_utc - (int64_t)dice_between(&d, k->hours_min, k->hours_max) * 3600 - dice_below(&d, 60) * 60;
    if (what == CASE_LEFT || what == CASE_DIED)
        p.admitted_utc -= 2 * 86400;
    p.age_days = age_in_days(&p, k, &d);
    p.age = p.age_days * 4 / 1461;
    p.weight_tenths = weight(&p, &d);
    snprintf(p.doctor_id, sizeof p.doctor_id, "doctor-%s-%d", w->code, 1 + dice_below(&d, INVENT_DOCTORS));
    snprintf(p.id, sizeof p.id, "p-%s-%02d", w->code, bed + 1);
    snprintf(p.stay, sizeof p.stay, "stay-%s-%02d", w->code, bed + 1);
    invent_bed_names(w, no_bed(what) ? 0 : bed, room, name, p.bed_id);
    return p;
}

/* A child comes with the mother's hour of birth, twins with the same one. */
static void join_families(struct invent_person *people, int count)
{
    for (int i = 1; i < count; i++) {
        struct invent_person *p = &people[i];
        if (p->what != CASE_NEWBORN && p->what != CASE_TWIN)
            continue;
        p->admitted_utc = people[i - 1].admitted_utc + (p->what == CASE_TWIN ? 540 : 4 * 3600);
        p->age_days = (int)((p->at_utc - p->admitted_utc) / 86400);
        p->reason = p->what == CASE_TWIN ? people[i - 1].reason : p->reason;
    }
}

static void ward(struct invention *inv, int number)
{
    const struct repli_invent_plan *plan = &inv->plan;
    struct invent_person people[REPLI_INVENT_WARD_MAX + 3];
    enum invent_case cases[REPLI_INVENT_WARD_MAX];
    enum invent_kind_of_ward kind = invent_ward(number)->kind;
    int count = 0, beds = invent_ward_beds(plan, number);
    deal_cases(plan, number, beds, cases);
    for (int bed = 0; bed < beds; bed++)
        if (cases[bed] != CASE_FREE_BED)
            people[count++] = person(plan, number, bed, cases[bed]);
    people[count++] = person(plan, number, beds, CASE_LEFT);
    people[count++] = person(plan, number, beds + 1, CASE_PLANNED);
    if (kind == KIND_INTENSIVE || kind == KIND_GERIATRIC || kind == KIND_STROKE || kind == KIND_ONCOLOGY)
        people[count++] = person(plan, number, beds + 2, CASE_DIED);
    join_families(people, count);
    name_people(people, count, number, plan->seed);
    for (int i = 0; i < count && inv->status == REPLI_OK; i++) {
        invent_patient(inv, &people[i]);
        invent_stay(inv, &people[i]);
        invent_allergies(inv, &people[i]);
        invent_problems(inv, &people[i]);
        invent_care(inv, &people[i]);
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
        return repli_fail(err, REPLI_USAGE, "a hospital of %d beds cannot be invented: %d to %d", plan->beds,
                          REPLI_INVENT_BEDS_MIN, REPLI_INVENT_BEDS_MAX);
    if (repli_zone_open("Europe/Brussels", &inv.zone, err) != REPLI_OK)
        return err->status;
    invent_neighbourhood(&inv);
    place(&inv, "hospital", REPLI_INVENT_HOSPITAL, "si", NULL, NULL);
    for (int i = 0; i < invent_wards(plan); i++)
        places(&inv, i);
    for (int i = 0; i < invent_wards(plan); i++)
        invent_doctors(&inv, i);
    for (int i = 0; i < invent_wards(plan); i++)
        ward(&inv, i);
    repli_zone_close(inv.zone);
    return inv.status;
}

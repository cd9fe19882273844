/* What the files of the invented hospital share. */
#ifndef REPLI_EXCHANGE_INVENT_H
#define REPLI_EXCHANGE_INVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "repli/clock.h"
#include "repli/invent.h"

#define INVENT_URL "https://sainte-gudule.example/"

/* ---- dice: splitmix64, a stream for each (seed, ward, bed, purpose) */
struct dice {
    uint64_t state;
};
enum purpose {
    DICE_WARD,
    DICE_PERSON,
    DICE_NAME,
    DICE_PATIENT,
    DICE_STAY,
    DICE_ALLERGY,
    DICE_PROBLEM,
    DICE_ORDER,
    DICE_OBSERVATION,
    DICE_DOCTOR,
    DICE_CARE,
    DICE_GIVEN
};
struct dice dice_for(uint64_t seed, int ward, int bed, enum purpose purpose);
int dice_below(struct dice *d, int n); /* 0..n-1 */
bool dice_chance(struct dice *d, int percent);
int dice_between(struct dice *d, int low, int high); /* both included */

/* ---- what a ward is made of */
enum { INVENT_FR, INVENT_NL }; /* index of a text in two languages */
struct invent_reason {
    const char *reason[2], *diagnosis[2]; /* French, Dutch */
};
enum invent_kind_of_ward {
    KIND_SURGERY,
    KIND_EMERGENCY,
    KIND_INTENSIVE,
    KIND_RECOVERY,
    KIND_MATERNITY,
    KIND_NEONATAL,
    KIND_CHILDREN,
    KIND_GERIATRIC,
    KIND_PSYCHIATRIC,
    KIND_INTERNAL,
    KIND_ONCOLOGY,
    KIND_DIALYSIS,
    KIND_STROKE,
    KIND_CARDIAC,
    KIND_BONES
};
struct invent_kind {
    const struct invent_reason *reasons; /* ends with a NULL reason */
    int age_min, age_max, women, orders_min, orders_max, hours_min, hours_max;
    const char *class_code;
};
struct invent_ward {
    const char *code, *name;
    bool dutch;
    int beds, first_room;
    enum invent_kind_of_ward kind;
};
extern const struct invent_reason *invent_newborn_reasons;
const struct invent_ward *invent_ward(int number);
const struct invent_kind *invent_kind(const struct invent_ward *w);
int invent_wards(const struct repli_invent_plan *plan);
int invent_ward_beds(const struct repli_invent_plan *plan, int number);
void invent_bed_names(const struct invent_ward *w, int bed, char room[16], char name[24], char id[40]);

/* Special cases, each in a bed of its own; the other beds are ordinary. */
enum invent_case {
    CASE_ORDINARY,
    CASE_FREE_BED,
    CASE_SAME_NAME_1,
    CASE_SAME_NAME_2,
    CASE_NO_BIRTH_DATE,
    CASE_YEAR_OF_BIRTH,
    CASE_NAME_AS_TEXT,
    CASE_FIFTEEN,
    CASE_CRITICAL,     /* hospital stay and an intensive episode inside it, both running */
    CASE_NO_ALLERGIES, /* nothing was ever transmitted */
    CASE_NOT_ASKED,
    CASE_NONE_KNOWN,
    CASE_UNIDENTIFIED, /* emergency: nobody knows who that is */
    CASE_DECEASED,     /* geriatrics: died tonight, the stay is not closed yet */
    CASE_NEWBORN,      /* in a cot beside the mother, whose family name it bears */
    CASE_TWIN,         /* of the newborn in the bed before */
    CASE_LEFT,         /* in no bed: discharged yesterday */
    CASE_PLANNED,      /* in no bed: comes tomorrow */
    CASE_DIED          /* in no bed: died yesterday, the stay is closed */
};

#define INVENT_NAME                64
#define INVENT_DAY_OF_YEARS(years) ((years)*1461 / 4)
struct invent_person {
    uint64_t seed;
    const struct invent_ward *ward;
    int ward_no, bed; /* bed: counts from 0; people in no bed go on from there */
    int lang;         /* of what the ward writes: INVENT_FR, INVENT_NL */
    enum invent_case what;
    bool female;
    int age_days, age; /* age: in years */
    int weight_tenths; /* kg */
    int community;
    char family[INVENT_NAME], given[INVENT_NAME], doctor_id[32];
    const char *allergic_to; /* class of drugs, NULL = none */
    const struct invent_reason *reason;
    int64_t at_utc, admitted_utc;
    char id[32], stay[40], bed_id[40];
};

struct invention {
    struct repli_invent_plan plan;
    repli_invent_fn *fn;
    void *user;
    struct repli_err *err;
    struct repli_zone *zone;  /* of the hours on orders */
    enum repli_status status; /* the first failure; nothing is told after it */
};

void invent_tell(struct invention *inv, json_t *resource); /* takes the reference */
const char *invent_time(int64_t utc, char out[24]);

/* ---- names.c */
int invent_community(struct dice *d, bool dutch);
void invent_family(struct dice *d, int community, char out[INVENT_NAME]);
void invent_given(struct dice *d, int community, bool female, char out[INVENT_NAME]);

/* ---- staff.c */
#define INVENT_DOCTORS  4 /* a ward */
#define INVENT_GPS      40
#define INVENT_INSURERS 5
void invent_doctors(struct invention *inv, int ward);
void invent_neighbourhood(struct invention *inv);

/* ---- people.c */
void invent_patient(struct invention *inv, const struct invent_person *p);
void invent_stay(struct invention *inv, const struct invent_person *p);
void invent_allergies(struct invention *inv, struct invent_person *p); /* sets allergic_to */
void invent_problems(struct invention *inv, const struct invent_person *p);

/* ---- care.c, orders.c, values.c */
void invent_care(struct invention *inv, const struct invent_person *p);
void invent_orders(struct invention *inv, const struct invent_person *p);
void invent_observations(struct invention *inv, const struct invent_person *p);

#endif

/* What the files of the invented hospital share. */
#ifndef REPLI_EXCHANGE_INVENT_H
#define REPLI_EXCHANGE_INVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

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
    DICE_OBSERVATION
};
struct dice dice_for(uint64_t seed, int ward, int bed, enum purpose purpose);
int dice_below(struct dice *d, int n); /* 0..n-1 */
bool dice_chance(struct dice *d, int percent);
int dice_between(struct dice *d, int low, int high); /* both included */

/* ---- what a ward is made of */
struct invent_reason {
    const char *reason, *diagnosis;
};
struct invent_ward {
    const char *code, *name;
    int first_room;
    const char *const *doctors;          /* NULL-terminated */
    const struct invent_reason *reasons; /* ends with a NULL reason */
};
extern const struct invent_ward invent_wards[];
extern const size_t invent_nwards;

/* Special cases that every ward has, each in a bed of its own; the other beds are ordinary. */
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
    CASE_LEFT,    /* in no bed: discharged yesterday */
    CASE_PLANNED, /* in no bed: comes tomorrow */
    CASE_COUNT
};

struct invent_person {
    uint64_t seed;
    const struct invent_ward *ward;
    int ward_no, bed; /* bed: counts from 0; people in no bed go on from there */
    enum invent_case what;
    bool female;
    int age;
    const char *family, *given;
    const char *doctor;
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
    enum repli_status status; /* the first failure; nothing is told after it */
};

void invent_tell(struct invention *inv, json_t *resource); /* takes the reference */
const char *invent_time(int64_t utc, char out[24]);

/* ---- people.c */
const char *invent_family(int i);
int invent_families(void);
const char *invent_given(bool female, int i);
int invent_givens(void);
void invent_patient(struct invention *inv, const struct invent_person *p);
void invent_stay(struct invention *inv, const struct invent_person *p);
void invent_allergies(struct invention *inv, struct invent_person *p); /* sets allergic_to */
void invent_problems(struct invention *inv, const struct invent_person *p);

/* ---- care.c */
void invent_orders(struct invention *inv, const struct invent_person *p);
void invent_observations(struct invention *inv, const struct invent_person *p);

#endif

/* The formulary of the invented hospital. */
#ifndef REPLI_EXCHANGE_INVENT_DRUGS_H
#define REPLI_EXCHANGE_INVENT_DRUGS_H

#include "exchange/invent.h"

enum order_kind { AT_TIMES, EVERY, AS_NEEDED, ONCE, CONTINUOUS, SCHEME, NO_TIMING };

struct drug {
    const char *name[2];     /* French, Dutch */
    const char *dose, *unit; /* of an adult; dose NULL: none is said */
    int per_kg_tenths;       /* a child's, rounded; 0 = as written */
    const char *route;
    enum order_kind kind;
    const char *times[2];      /* AT_TIMES: "08:00,20:00"; EVERY: hours; CONTINUOUS: rate; AS_NEEDED: for what */
    const char *max_24h;       /* AS_NEEDED: "4" of the same unit */
    const char *class_of_drug; /* not given to who does not bear it */
    unsigned wards;            /* kinds of wards that order it */
    int days;                  /* then it stops; 0 = until further notice */
};

struct drug_list {
    const struct drug *drugs;
    int count;
};
/* Nearly everybody's; adults'; adults' for need; children's; newborns'. */
extern const struct drug_list invent_drugs_usual, invent_drugs_others, invent_drugs_reserve, invent_drugs_children,
    invent_drugs_newborns;

/* ---- orders.c */
bool invent_drug_suits(const struct invent_person *p, const struct drug *drug); /* that ward, and no allergy */
json_t *invent_at_times(const char *times);                                     /* a timing: "08:00,20:00" */
json_t *invent_quantity(const char *value, const char *unit);

/* ---- given.c: the doses of one order over the last day */
struct given {
    struct invention *inv;
    const struct drug *drug;
    const char *order; /* id */
    int number;        /* of the order */
    int64_t since_utc;
    json_t *dose; /* NULL: none is said */
    int count;
};
void invent_given_doses(struct given *g, const struct invent_person *p);

#endif

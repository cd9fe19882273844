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

#endif

/* A small site with invented people, in a folder of its own: for tests that need a record, a snapshot and a ledger. */
#ifndef TEST_SMALLSITE_H
#define TEST_SMALLSITE_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct smallsite_person {
    const char *family, *given, *birth_date; /* birth_date NULL = not transmitted */
    const char *number;                      /* patient number; the stay's is "S" and this */
    const char *ward;                        /* code; NULL: no ward was transmitted */
};

struct smallsite {
    char dir[80]; /* the site's folder */
    struct repli_site *site;
    struct repli_record *record;
    struct repli_ledger *ledger;
};

/* Makes the site, imports the people (their wards are made as needed) and takes a snapshot at `at`
** ("2026-11-23T02:00"). Fails the test when it cannot. */
void smallsite_open(struct smallsite *h, const char *at, const struct smallsite_person *people, size_t count);
/* Closes and opens everything again as a new process would, at another time; packs left `writing` are settled. */
void smallsite_reopen(struct smallsite *h, const char *at);
/* Closes the three handles: before a fork, after which the child opens its own by smallsite_reopen. */
void smallsite_pause(struct smallsite *h);
void smallsite_close(struct smallsite *h); /* removes the folder */

#endif

/* A small site with invented people in it, in a folder of its own: for tests that need a record, snapshots and a ledger. */
#ifndef TEST_HOUSE_H
#define TEST_HOUSE_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct house_person {
    const char *family, *given, *birth_date; /* birth_date NULL = not transmitted */
    const char *number;                      /* patient number; the stay's is "S" and this */
    const char *ward;                        /* code; NULL: no ward was transmitted */
};

struct house {
    char dir[80]; /* the site's folder */
    struct repli_site *site;
    struct repli_record *record;
    struct repli_ledger *ledger;
};

/* Makes the site, imports the people (their wards are made as needed) and takes a snapshot at `at` ("2026-11-23T02:00").
** Fails the test when it cannot.  REPLI_BIND and the like are left alone. */
void house_open(struct house *h, const char *at, const struct house_person *people, size_t count);
/* Closes and opens everything again as a new process would, at another time; packs left `writing` are settled. */
void house_reopen(struct house *h, const char *at);
/* Closes the three handles: before a fork, after which the child opens its own by house_reopen. */
void house_pause(struct house *h);
void house_close(struct house *h); /* removes the folder */

#endif

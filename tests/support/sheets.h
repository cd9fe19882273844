/* A ledger in a temporary folder and packs for it. */
#ifndef REPLI_TEST_SHEETS_H
#define REPLI_TEST_SHEETS_H

#include "repli/id.h"
#include "repli/ledger.h"
#include "support/status.h"

#define NOW 1795395600 /* 2026-11-23T01:00:00Z */
#define PDF "%PDF-1.7\nbody\n%%EOF\n"

struct sheets_place {
    char dir[256], path[300]; /* the folder and the ledger in it */
    uint8_t hash[32];         /* of the one form */
};
extern struct sheets_place here;

int sheets_setup(void **state);
int sheets_teardown(void **state);
void clean(void); /* removes every file of the folder */

struct repli_ledger *open_ledger(void);
/* Allots a pack of `count` sides of `ward`: the last one is a padding side without fields. */
enum repli_status print_pack(struct repli_ledger *l, const char *ward, size_t count, const char *file,
                             char id[REPLI_ID_TEXT], struct repli_err *err);
void sql(const char *text); /* on the ledger, past the program */
enum repli_life state_of(struct repli_ledger *l, uint32_t counter);

#endif

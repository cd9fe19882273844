/* A centre and three wards' sticks that print for themselves: the start of a history of paper.
**
** The centre has an invented ward, a short form of its own, people a, b, c, d, a drill that is over, and printed paper
** of which two sheets are void.  Each stick has printed the same form, and its ledger left three times: early, in the
** middle and late; between them somebody said that sheets are lost or void.  Another hospital printed, too.
*/
#ifndef REPLI_TEST_STICKS_H
#define REPLI_TEST_STICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/pagecode.h"

#define STICKS       3
#define STICKS_HOURS 3 /* early, in the middle, late */
#define STICKS_PRINT "2026-11-23T04:00"
#define STICKS_SCAN  "2026-11-24T09:00" /* when paper comes back */

/* Of a stick's paper, by its place in that stick's share of the pile: what was said of it. */
#define STICKS_SHARE 8 /* sheets of each stick that come to the scanner: of other patients than those of the others */
enum sticks_said {
    STICKS_LOST_EARLY = 0, /* lost in every ledger; turns up */
    STICKS_LOST_LATE = 1,  /* lost in the late one alone; turns up */
    STICKS_VOID_LATE = 2   /* void in the late one */
};

struct sticks {
    char dir[400]; /* of this run: start/ is the centre's site, stick1/ ... those of the wards, other/ the other one */
    struct {
        char *text;
        size_t len;
    } carried[STICKS][STICKS_HOURS];
};

/* In a folder of its own below the tests' (scratch.h).  Ends the program when it cannot. */
void sticks_make(struct sticks *s);
void sticks_drop(struct sticks *s);
/* "DIR/NAME", in a buffer that the call after the next overwrites. */
const char *sticks_path(const struct sticks *s, const char *name);
/* First page of a stick's share, from 1. */
int sticks_first(int stick);

#define STICKS_DRILL "P0-1" /* packs of the centre */
#define STICKS_ROUND "P0-2" /* the short form for everybody; its last two sheets are void */
#define STICKS_REAL  "P0-3" /* medication and observations of one patient */
struct sticks_sheet {
    uint64_t serial;
    char name[16], patient[24], code[REPLI_PAGECODE_DIGITS + 1];
    bool fields;
};
/* A pack's sheets in the order of their pages; how many. */
size_t sticks_sheets(const struct sticks *s, const char *site, const char *pack, struct sticks_sheet *out, size_t room);

#endif

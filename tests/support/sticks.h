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

/* Of a stick's paper, the front and the back of a patient's sheet after another: what was said of it. */
#define STICKS_SHEETS 10
enum sticks_said {
    STICKS_LOST_EARLY = 0, /* lost in every ledger; turns up */
    STICKS_LOST_LATE = 1,  /* lost in the late one alone; turns up */
    STICKS_VOID_LATE = 2,  /* void in the late one; turns up */
    STICKS_SHARE = 8,      /* from here on they stay away */
    STICKS_AWAY_VOID = 8,  /* void in the middle one */
    STICKS_AWAY_LOST = 9   /* lost in the late one alone */
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

#define STICKS_DRILL "P0-1" /* packs of the centre */
#define STICKS_ROUND "P0-2" /* the short form for everybody; its last two sheets are void */
#define STICKS_REAL  "P0-3" /* medication of one patient: regular orders on page 2, those as needed on page 3 */
struct sticks_sheet {
    uint64_t serial;
    char name[16], patient[24], code[REPLI_PAGECODE_DIGITS + 1];
    bool fields;
};
/* All sheets that a stick printed, a pack a patient; STICKS_SHEETS of them. */
void sticks_printed(const struct sticks *s, int stick, struct sticks_sheet out[STICKS_SHEETS]);
/* A pack's sheets in the order of their pages; how many. */
size_t sticks_sheets(const struct sticks *s, const char *site, const char *pack, struct sticks_sheet *out, size_t room);

#endif

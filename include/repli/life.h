/* The life of a sheet: one table says which step may follow which.  Only store/ledger changes a state, and only through
** repli_life_may().  README's diagram and an exhaustive test come from the same table.
*/
#ifndef REPLI_LIFE_H
#define REPLI_LIFE_H

#include <stdbool.h>

#define REPLI_LIFE_LIST(_)                                                                                             \
    _(ALLOTTED, "allotted") /* has a serial; its PDF is being written */                                               \
    _(PRINTED, "printed")   /* in a finished PDF: may be anywhere in the house */                                      \
    _(SCANNED, "scanned")   /* an image of it is stored, its fields are not read yet */                                \
    _(READ, "read")         /* fields read; people may be needed */                                                    \
    _(REVIEWED, "reviewed") /* every field that needs people is settled */                                             \
    _(MERGED, "merged")     /* its settled captures are in the record */                                               \
    _(VOID, "void")         /* declared unusable, or never written to paper */                                         \
    _(LOST, "lost")         /* a person declared it lost */                                                            \
    _(BLANK, "blank")       /* came back without ink, or has no fields */

enum repli_life {
#define REPLI_LIFE_ENUM(name, text) REPLI_LIFE_##name,
    REPLI_LIFE_LIST(REPLI_LIFE_ENUM)
#undef REPLI_LIFE_ENUM
        REPLI_LIFE_COUNT
};

const char *repli_life_text(enum repli_life state);
bool repli_life_parse(const char *text, enum repli_life *state);
bool repli_life_may(enum repli_life from, enum repli_life to); /* a state to itself: false */
bool repli_life_closed(enum repli_life state);                 /* void, lost, blank, merged: nothing is waited for */

/* The table as a Mermaid state diagram, for README (kept equal by a test).  Static storage. */
const char *repli_life_diagram(void);

#endif

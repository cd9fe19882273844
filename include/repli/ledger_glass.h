/* Emergency accesses ("break glass"): somebody without an account printed, under a name that they gave themselves.
** They are rows of the audit and nothing else (event "break-glass"), so that they are sealed and come along from a
** ward's own station: opened, with name, function and reason; ended; seen, by a coordinator.  What was done meanwhile
** stands in the audit under the access's own number.
*/
#ifndef REPLI_LEDGER_GLASS_H
#define REPLI_LEDGER_GLASS_H

#include "repli/ledger.h"

#define REPLI_GLASS_EVENT  "break-glass"
#define REPLI_GLASS_PREFIX "GLASS-" /* no id of a person begins so: those have small letters */

struct repli_glass_deed {
    int64_t at_utc;
    const char *event, *object, *reason; /* "print", "P0-17", "census,mar 3B, 180 sheets"; reason NULL = none */
};
struct repli_glass {
    const char *id, *who; /* "GLASS-3F9A01", "Jan Maes, nurse: printer of 3B is dead" */
    int64_t opened_utc;
    const char *seen_by; /* NULL: no coordinator looked at it yet */
    int64_t seen_utc;
    const struct repli_glass_deed *deeds; /* prints and views, the oldest first */
    size_t ndeeds;
};
/* The newest first, those that nobody has seen before all others; at most so many. */
REPLI_MUST_CHECK enum repli_status repli_ledger_glass_list(struct repli_ledger *, int most, struct repli_arena *,
                                                           struct repli_glass **, size_t *count, struct repli_err *);
/* How many no coordinator has looked at. */
REPLI_MUST_CHECK enum repli_status repli_ledger_glass_unseen(struct repli_ledger *, int64_t *count, struct repli_err *);

/* The language that a person chose last; *lang NULL: none yet. */
REPLI_MUST_CHECK enum repli_status repli_ledger_person_lang(struct repli_ledger *, const char *person,
                                                            struct repli_arena *, const char **lang,
                                                            struct repli_err *);
/* "fr", "nl", "de", "en". */
REPLI_MUST_CHECK enum repli_status repli_ledger_person_lang_put(struct repli_ledger *, const char *person,
                                                                const char *lang, struct repli_err *);

#endif

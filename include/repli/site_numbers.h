/* Numbers that only databases bear, and a ledger of yesterday that must not give them out again. */
#ifndef REPLI_SITE_NUMBERS_H
#define REPLI_SITE_NUMBERS_H

#include "repli/site.h"

/* How far the numbers were that only databases bear: packs, merges, outages, stations, downtime numbers (in
** this order), kept in
** keys/numbers.
** Read them first and the ledger after them: other processes go on meanwhile. */
#define REPLI_NUMBERS 5
struct repli_site_marks {
    int64_t next[REPLI_NUMBERS];
    bool known;
};
void repli_site_marks(const struct repli_site *site, struct repli_site_marks *marks);
/* `next`: the ledger's.  Of a ledger that is behind the marks (yesterday's was put back beside today's keys) *jumped is
** set and `next` raised beyond everything that may have been given out: the caller puts it into the ledger.  The marks
** are kept. */
REPLI_MUST_CHECK enum repli_status repli_site_numbers(const struct repli_site *site,
                                                      const struct repli_site_marks *marks, int64_t next[REPLI_NUMBERS],
                                                      bool *jumped, struct repli_err *err);

#endif

/* What a site's record and ledger say, whatever the order in which paper was scanned, keyed and merged.
**
** Left out is what legitimately follows from the order: row ids and times; in which merge a value went in and how many
** merges there were; for which of several values a field that they share (a column's time) was written down; which of
** two people keyed first, and so who is named for a value; which of several images of one
** sheet was the first (the first is "read", others are "second-image", "closed", or "duplicate" of it), and with it how
** sure the machine was and whether it or a person said that nothing is written.  Everything else must be equal: every
** image's bytes and pages, the sheet each shows, every sheet's state,
** what every field holds, what is open, what is held and why, every value in the record and where it came from.
*/
#ifndef REPLI_TEST_DIGEST_H
#define REPLI_TEST_DIGEST_H

#include <stdbool.h>

#include "repli/text.h"
#include "store/db.h"

/* Of a record or a ledger.  `rows` (may be NULL) gets what is digested, a line a row.  false: err says why. */
bool digest_of(struct repli_db *db, bool record, char out[65], struct repli_buf *rows, struct repli_err *err);

#endif

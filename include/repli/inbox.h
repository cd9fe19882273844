/* The scanner's folder: files are taken once they are whole, and go only after their images are stored. */
#ifndef REPLI_INBOX_H
#define REPLI_INBOX_H

#include "repli/scan.h"

struct repli_inbox; /* what was seen of the folder so far; one a process, one a site */

struct repli_inbox_result {
    int64_t files, images, refused, waiting; /* waiting: not settled yet, or not readable by this user */
};
/* Watches site->inbox: a file that has not changed for `settle_ms` is taken.  REPLI_USAGE when another process
** watches. */
REPLI_MUST_CHECK enum repli_status repli_inbox_open(const struct repli_site *site, int64_t settle_ms,
                                                    struct repli_inbox **inbox, struct repli_err *err);
void repli_inbox_close(struct repli_inbox *inbox); /* NULL is fine */

/* Takes what has settled, one file after the other, until `stop` (may be NULL) says so.  `request` as for
** repli_scan_batch, without paths.
**   A file is first moved to inbox/.work, so that another one of its name can come; then scanned; then removed, when it
**   is still what was scanned, all its pages being stored in site->scans and in the ledger.  One that nothing could be
**   read of goes to inbox/refused, with the reason beside it (.why).
** Killed anywhere: what was under way lies in inbox/.work and is taken by the next round; what was stored already is
** found to be a duplicate.  A failing ledger or disk ends the round; the file stays. */
REPLI_MUST_CHECK enum repli_status repli_inbox_round(struct repli_inbox *inbox, struct repli_ledger *ledger,
                                                     const struct repli_scan_request *request, bool (*stop)(void *user),
                                                     struct repli_inbox_result *result, struct repli_err *err);

/* Files that wait, those that are being read with them; and those that could not be read. */
REPLI_MUST_CHECK enum repli_status repli_inbox_count(const struct repli_site *site, int64_t *waiting, int64_t *refused,
                                                     struct repli_err *err);

#endif

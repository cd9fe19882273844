/* Purge: what was written on paper, and whose paper it was, leaves the folder some time after a ward was closed.
**
** Of a sheet that is closed (merged, void, lost, blank), of a ward that was closed after that and long enough ago,
** these leave: its images and crops, the keyed and read values, names and numbers as printed, its page map, what
** scanning said of it, packs all of whose sheets left, and in the record the changesets by which its merges could be
** undone.  What stays: serials, hashes, states, times, persons, the audit; and the record itself, with the values
** that were merged.
**
** One transaction a sheet in each database, the record's first; files after the commit.  The ledger is the truth of
** what must be gone: every run takes away again whatever a cut-short one left.  Rows of `entry` and `merge` are
** append-only but for one door in each table's trigger: what a row in `purge` or `merge_purge` names may be blanked,
** nothing else.
*/
#ifndef REPLI_PURGE_H
#define REPLI_PURGE_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_purge_request {
    const char *by[2];  /* two different people, known and active */
    const char *reason; /* stays in the ledger and the audit */
    const char *ward;   /* NULL: all that are due */
    int64_t before_utc; /* only wards closed at or before this; INT64_MAX = as site.yaml says (purge: days) */
    bool force;         /* also what was not handed over to the hospital's own system or not looked at */
    bool dry;           /* counts, changes nothing */
};
struct repli_purge_counts {
    int64_t sheets, images, packs; /* left now; a dry run counts sheets, merges and refused files */
    int64_t merges;                /* that cannot be undone any more */
    int64_t files;                 /* files that were taken away, those of a run that was cut short included */
    int64_t refused;               /* files of inbox/refused */
    int64_t waiting;               /* sheets of which an image was put aside that nobody looked at; unforced: 0 */
    int64_t not_handed_over;       /* merges; unforced: 0 */
    int64_t outside;               /* packs that were written outside the site's folder: not touched */
};

/* REPLI_DATA, naming the first: something of these sheets was not handed over (repli/export.h) or waits for somebody to
** look at it, and `force` is not set; then nothing left.  REPLI_DB when another program holds a database open so
** that its log cannot be emptied: what was done stays done, run again. */
REPLI_MUST_CHECK enum repli_status repli_purge_run(const struct repli_site *, struct repli_ledger *,
                                                   struct repli_record *, const struct repli_purge_request *,
                                                   struct repli_purge_counts *, struct repli_err *);

/* ---- rows (store/) */
struct repli_purge_sheet {
    uint64_t serial;
    const char *sheet;
    bool waiting;
};
/* Sheets that may leave: of wards (`ward` NULL: all) closed at or before `closed_utc`, after the sheet's last
** change. */
REPLI_MUST_CHECK enum repli_status repli_ledger_purge_due(struct repli_ledger *, const char *ward, int64_t closed_utc,
                                                          struct repli_arena *, struct repli_purge_sheet **,
                                                          size_t *count, struct repli_err *);
/* Inside the caller's transaction; *gone false: it is not due any more, nothing was changed. */
REPLI_MUST_CHECK enum repli_status repli_ledger_purge_sheet(struct repli_ledger *, uint64_t serial,
                                                            const struct repli_purge_request *, int64_t closed_utc,
                                                            int64_t now_utc, bool *gone, struct repli_err *);
/* Images on which nothing stands any more that has to stay; when all wards are asked for also those of no sheet at all
** that were scanned before `closed_utc` (when somebody still has to look at one: only by force). */
REPLI_MUST_CHECK enum repli_status repli_ledger_purge_images(struct repli_ledger *, const struct repli_purge_request *,
                                                             int64_t closed_utc, int64_t now_utc, int64_t *count,
                                                             struct repli_err *);
/* What must not be in the folder any more: sheets (folders in crops/), hashes of images, paths of packs. */
enum repli_purge_list { REPLI_PURGE_SHEETS, REPLI_PURGE_IMAGES, REPLI_PURGE_PACKS };
REPLI_MUST_CHECK enum repli_status repli_ledger_purge_list(struct repli_ledger *, enum repli_purge_list,
                                                           struct repli_arena *, const char ***names, size_t *count,
                                                           struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_purged(struct repli_ledger *, uint64_t serial, bool *purged,
                                                       struct repli_err *);
/* Rewrites the file without what was deleted and empties its log. */
REPLI_MUST_CHECK enum repli_status repli_ledger_purge_wipe(struct repli_ledger *, struct repli_err *);

/* The record's half: one transaction that begins, and ends with commit or rollback.  *count merges of the sheet lose
** their changeset.  repli_record_purge_wipe() empties the log. */
REPLI_MUST_CHECK enum repli_status repli_record_purge_begin(struct repli_record *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_purge_merges(struct repli_record *, uint64_t serial,
                                                             const char *const by[2], int64_t now_utc, int64_t *count,
                                                             struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_purge_commit(struct repli_record *, struct repli_err *);
void repli_record_purge_rollback(struct repli_record *);
REPLI_MUST_CHECK enum repli_status repli_record_purge_wipe(struct repli_record *, struct repli_err *);

#endif

/* Merge: applying settled captures to the record, exactly once, always reversible.
**
** One transaction a sheet a run, in this order: ledger intent -> record commit (the truth) -> ledger done.  `done` is
** replayed from the record at every start.  Three-way per capture: live = base -> apply; live = paper -> note, nothing
** applied; all three differ -> a hold, and a person decides.
*/
#ifndef REPLI_MERGE_H
#define REPLI_MERGE_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

/* One JSON object a sheet: {"sheet","merge","merged":n,"noted":n,"waiting":n,"held":[{"field","kind","why","detail"}],
** "conflicts":[those of `held` in which paper and record disagree],"kinds":{capture kind: how many of `merged`},
** "notes":[{"field","detail"}: what a person should know of what was noted or merged]};
** "merge" is null in a dry run.  After them, one more for each sheet of which another system sent a dose again:
** "doubles":[{"field","paper","record","detail"}]. */
typedef void repli_merge_line_fn(void *user, const char *json);

/* Sheets with something settled that is not merged yet, by serial.  `by` signs.  REPLI_WAITS when anything is held.
** REPLI_DB ends the run; what was merged before stays, and the next run goes on. */
REPLI_MUST_CHECK enum repli_status repli_merge_run(const struct repli_site *, struct repli_ledger *,
                                                   struct repli_record *, const char *by, bool dry_run,
                                                   repli_merge_line_fn *, void *user, struct repli_err *);
/* Doses in the record twice, once from paper: what `doubles` tells. */
REPLI_MUST_CHECK enum repli_status repli_merge_doubles(struct repli_record *, int64_t *count, struct repli_err *);
/* Finishes what a crash left between record commit and ledger done; called by every command that opens both. */
REPLI_MUST_CHECK enum repli_status repli_merge_replay(const struct repli_site *, struct repli_ledger *,
                                                      struct repli_record *, struct repli_err *);
/* REPLI_DATA, by name: unknown, undone already, or a later write touched one of its rows.  `reason` may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_merge_undo(const struct repli_site *, struct repli_ledger *,
                                                    struct repli_record *, const char *merge_id, const char *by,
                                                    const char *reason, struct repli_err *);

#endif

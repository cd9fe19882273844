/* Merge: applying settled captures to the record, exactly once, always reversible.
**
** All of a sheet's settled captures go in together, in this order: ledger intent -> record commit (the truth) ->
** ledger done.  A few sheets share their commits, each planned after those before it and with a changeset of its own; a
** sheet is told when both files have it on the disk.  `done` is replayed from the record at every start.  Three-way per
** capture: live = base -> apply; live = paper -> note, nothing applied; all three differ -> a hold, and a person
** decides.
*/
#ifndef REPLI_MERGE_H
#define REPLI_MERGE_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

/* One JSON object a sheet: {"sheet","merge","merged":n,"noted":n,"waiting":n,"held":[{"field","kind","why","detail"}],
** "conflicts":[those of `held` in which paper and record disagree],"kinds":{capture kind: how many of `merged`},
** "notes":[{"field","detail"}: what a person should know of what was noted or merged]};
** "merge" is null in a dry run, and then comes one line a patient: {"patient","name","sheets":[serials],"would_merge",
** "would_note","would_hold","waiting","vanished":[{"what":"patient|order","id","detail"}]}; vanished: on paper, and not
** in the record any more.  After them, one more for each sheet of which another system sent a dose again:
** "doubles":[{"field","paper","record","detail"}]. */
typedef void repli_merge_line_fn(void *user, const char *json);

/* Sheets with something settled that is not merged yet, by serial.  `by` signs.  REPLI_WAITS when anything is held.
** REPLI_DB ends the run; what was merged before stays, and the next run goes on. */
REPLI_MUST_CHECK enum repli_status repli_merge_run(const struct repli_site *, struct repli_ledger *,
                                                   struct repli_record *, const char *by, bool dry_run,
                                                   repli_merge_line_fn *, void *user, struct repli_err *);
/* The same for the sheets of one patient, by number as printed (NULL: all); doubles are told by a run of all alone. */
REPLI_MUST_CHECK enum repli_status repli_merge_run_of(const struct repli_site *, struct repli_ledger *,
                                                      struct repli_record *, const char *by, const char *patient,
                                                      bool dry_run, repli_merge_line_fn *, void *user,
                                                      struct repli_err *);
/* Doses in the record twice, once from paper: what `doubles` tells. */
REPLI_MUST_CHECK enum repli_status repli_merge_doubles(struct repli_record *, int64_t *count, struct repli_err *);
/* Finishes what a crash left between record commit and ledger done; called by every command that opens both. */
REPLI_MUST_CHECK enum repli_status repli_merge_replay(const struct repli_site *, struct repli_ledger *,
                                                      struct repli_record *, struct repli_err *);
/* REPLI_DATA, by name: unknown, undone already, or a later write touched one of its rows.  `reason` may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_merge_undo(const struct repli_site *, struct repli_ledger *,
                                                    struct repli_record *, const char *merge_id, const char *by,
                                                    const char *reason, struct repli_err *);

/* What paper, print and record say of a sheet's captures, for people who look before they sign or decide; reads only.
** capture NULL: all of them that say anything.  One JSON object a capture: {"sheet","capture","kind","label","unit",
** "state":"merges|notes|held|waits|done","why","sentence","detail","remark","conflict","paper_may_win","at_utc",
** "printed" (JSON or null),"key" (what of the record it is about),"paper":[{"role","field","label","unit","answer",
** "value","by1","by2","settled_utc","state","field_kind","seen":bool}],"live":[{"what","id","values":{column:text}}:
** rows of the record that it was held against],"decided","decided_by","keyed_by":{person: true}}.  REPLI_DATA: there is
** no such sheet here. */
REPLI_MUST_CHECK enum repli_status repli_merge_look(const struct repli_site *, struct repli_ledger *,
                                                    struct repli_record *, uint64_t serial, const char *capture,
                                                    repli_merge_line_fn *, void *user, struct repli_err *);

/* Is a hold of this kind a conflict that a person may decide, of any kind of capture? */
bool repli_merge_is_conflict(const char *why);
/* What it is, in a sentence without a full stop; NULL: no kind of capture has such a conflict. */
const char *repli_merge_sentence(const char *why);

/* Every merge of sheets that were read from a batch (repli scan --batch), or that a person had a hand in: ran it,
** keyed, confirmed or decided one of its values.  Exactly one is given. */
struct repli_merge_which {
    const char *batch, *person;
};
/* `why` NULL: it is undone. */
typedef void repli_merge_undone_fn(void *user, const char *merge_id, const char *sheet, const char *why);
/* All of them that can be undone are, newest first; those that cannot are told with the reason, then REPLI_WAITS.  What
** was undone before is left alone.  REPLI_USAGE: nothing was ever read from such a batch. */
REPLI_MUST_CHECK enum repli_status repli_merge_undo_many(const struct repli_site *, struct repli_ledger *,
                                                         struct repli_record *, const struct repli_merge_which *,
                                                         const char *by, const char *reason, repli_merge_undone_fn *,
                                                         void *user, struct repli_err *);

#endif

/* A merge run and its sheets: merge.c strings them together, merge_job.c knows one sheet. */
#ifndef REPLI_RECONCILE_MERGE_JOB_H
#define REPLI_RECONCILE_MERGE_JOB_H

#include "reconcile/preview.h"
#include "repli/mark.h"

/* So many sheets share a commit of the ledger and one of the record: what a sheet costs is mostly the disk's syncs and
** pages that are written for each commit anew.  Few enough that who keys or imports meanwhile hardly waits. */
#define MERGE_GROUP 16

struct job;
struct merge_run {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record;
    const char *by;
    bool dry;
    repli_merge_line_fn *line;
    void *user;
    bool held, here;               /* here: the ledger is where it was left */
    struct job *last[MERGE_GROUP]; /* in the record; the ledger hears of them with the next ones' intents */
    struct job *told[MERGE_GROUP]; /* the ledger has heard of them: people may, once no lock is held */
    size_t nlast, ntold;
    struct repli_mark ledger_seen, record_seen; /* as both files were left with the merges of `last` */
    struct preview preview;                     /* of a dry run */
};

/* One sheet of a run. */
struct job {
    struct merge_run *run;
    struct repli_arena a;
    struct merge_context ctx;
    struct review_sheet *sheet;
    struct capture_plan *plans;
    size_t count;
    char merge_id[24]; /* "" = nothing to write */
    bool closed;       /* somebody closed the sheet since it was listed */
    size_t merged, noted;
    json_t *kinds, *notes; /* of what was merged: counted before the plans say that it is done */
};

struct job *job_new(struct merge_run *);
void job_drop(struct job *);
size_t job_count(const struct job *, enum plan_state);
/* Loads the sheet and plans it, by what both files say now. */
REPLI_MUST_CHECK enum repli_status job_prepare(struct job *, uint64_t serial, struct repli_err *);
size_t job_to_write(const struct job *);
void job_count_merged(struct job *);
/* In the caller's transactions, for a planned sheet with something to write: the intent in the ledger (*here as in
** struct merge_run), its rows in the record, and then the plans as they are when the record has those. */
REPLI_MUST_CHECK enum repli_status job_merge(struct job *, struct repli_record_merge *, bool *here, struct repli_err *);
/* Holds, tasks and state of the sheet in the ledger, as planned last; merge_id NULL: no intent is done. */
REPLI_MUST_CHECK enum repli_status job_finish_rows(struct job *, const char *merge_id, struct repli_err *);
/* Brings the ledger to what the record says about a sheet, in one transaction of the caller's; marks an intent done.
** The sheet is loaded and planned anew inside it: others may have answered, opened a field again or merged since. */
REPLI_MUST_CHECK enum repli_status job_finish_inside(struct job *, uint64_t serial, const char *merge_id,
                                                     struct repli_err *);

#endif

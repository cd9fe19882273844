/* Planning and writing one sheet's captures.
**
** A capture kind is one file, kind_<name>.c, with one `struct capture_kind`: what it writes, which live value it holds
** against the printed base, its conflict kinds.  A new kind is that file and one line in kinds.c.
*/
#ifndef REPLI_RECONCILE_MERGE_INTERNAL_H
#define REPLI_RECONCILE_MERGE_INTERNAL_H

#include "reconcile/review_internal.h"
#include "repli/merge.h"
#include "repli/outage.h"
#include "repli/record_merge.h"

enum plan_state {
    PLAN_NOTHING, /* nothing is written on paper, or nothing goes to the record */
    PLAN_WAITS,   /* a field is not settled yet */
    PLAN_DONE,    /* in the record already */
    PLAN_HELD,    /* may not merge: `why` and `detail` */
    PLAN_NOTE,    /* the record says so already: noted, nothing applied */
    PLAN_APPLY
};

struct capture_plan {
    const struct repli_capture *capture;
    const struct capture_kind *kind;
    int revision; /* 1 + how often members were opened again */
    enum plan_state state;
    const char *why;                     /* hold kind */
    const char *detail;                  /* one sentence for a person */
    bool conflict;                       /* paper and record contradict each other */
    const char *effect, *target, *value; /* APPLY, NOTE */
    const char *decided, *decided_by;    /* a conflict that a person decided */
    bool timed;
    int64_t event_utc;
    const char *outage;               /* id of the one the event lies in; NULL: none is recorded */
    struct repli_rec_observation row; /* APPLY: observation */
    int64_t amend_version;            /* APPLY: 0 = new row, else the version of the row that is amended */
};

struct merge_context {
    const struct repli_site *site;
    struct repli_record *record;
    struct repli_arena *a;
    const struct review_sheet *sheet;
    struct repli_paper_row *paper; /* what the record has of this sheet */
    size_t npaper;
    struct repli_outage *outages; /* all of the ledger */
    size_t noutages;
    struct repli_hold *holds; /* of the sheet, with what people decided */
    size_t nholds;
    bool looked_up;                     /* patient and stay are loaded */
    struct repli_live_patient *patient; /* NULL: not in the record */
    struct repli_live_stay *stay;       /* NULL: none on the sheet, or not in the record */
};

struct conflict_kind {
    const char *kind;
    bool conflict;
    const char *sentence;
};

struct capture_kind {
    const char *name;
    const char
        *guard; /* role whose field must hold something for the capture to say anything; NULL: nothing ever merges */
    const char *writes;                    /* what it writes, for people */
    const char *compares;                  /* which live value is held against the base */
    const struct conflict_kind *conflicts; /* ends with kind NULL */
    /* Called when every field is settled and legible.  Sets the plan's state. */
    enum repli_status (*plan)(struct merge_context *, struct capture_plan *, struct repli_err *);
    enum repli_status (*write)(struct merge_context *, struct repli_record_merge *, const struct capture_plan *,
                               struct repli_err *);
};
const struct capture_kind *capture_kind_get(const char *name); /* NULL: unknown */
const struct capture_kind *capture_kind_at(size_t index);      /* NULL past the end */

/* Three-way: base as printed, what paper says, what the record says now (NULL = nothing). */
enum three_way { THREE_APPLY, THREE_NOTE, THREE_CONFLICT };
enum three_way three_way(const char *base, const char *paper, const char *live);

/* Helpers of kinds. */
const struct review_field *plan_member(const struct merge_context *, const struct capture_plan *,
                                       const char *role); /* NULL */
const char *plan_member_value(const struct merge_context *, const struct capture_plan *,
                              const char *role); /* settled value, or NULL */
void plan_hold(struct merge_context *, struct capture_plan *, const char *why, bool conflict, const char *fmt, ...)
    REPLI_PRINTF(5, 6);
/* The written time as an instant in the sheet's window.  false: the plan is held. */
bool plan_time(struct merge_context *, struct capture_plan *);
/* Right after plan_hold() of a conflict where paper may win (the list is in decide.c).  true: a person said that it
** does; the plan is free again. */
bool plan_paper_counts(const struct merge_context *, struct capture_plan *);
/* A conflict that a person decided as live or note becomes a note.  Called for every kind. */
void plan_obey_note(const struct merge_context *, struct capture_plan *);
/* The outage of a timed plan.  false: the plan is held, because the event lies outside the outages of its ward. */
bool plan_outage(struct merge_context *, struct capture_plan *);
/* The sheet's patient and stay in the record.  Held when they are not there, or not who they were. */
REPLI_MUST_CHECK enum repli_status plan_patient(struct merge_context *, struct capture_plan *, bool *ok,
                                                struct repli_err *);

/* All captures of a sheet, in the order of the map. */
REPLI_MUST_CHECK enum repli_status plan_sheet(struct merge_context *, struct capture_plan **plans, size_t *count,
                                              struct repli_err *);

/* Paper entries of what a plan applies or notes: one a settled field that is used, shared fields once. */
struct entry_list {
    struct repli_paper_entry *rows;
    size_t count;
};
struct entry_list plan_entries(struct merge_context *, const struct capture_plan *plans, size_t count);

#endif

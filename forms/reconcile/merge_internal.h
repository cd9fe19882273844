/* Planning and writing one sheet's captures.
**
** A capture kind is one file, kind_<name>.c, with one `struct capture_kind`: what it writes, which live value it holds
** against the printed base, its conflict kinds.  A new kind is that file and one line in kinds.c.  What kinds share:
** when.c (times), who.c (patient), outage.c, row.c (the row to write), dose.c (what holds for every dose).
*/
#ifndef REPLI_RECONCILE_MERGE_INTERNAL_H
#define REPLI_RECONCILE_MERGE_INTERNAL_H

#include <jansson.h>

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"
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
    bool asked;                          /* its kind planned it, by what the record says */
    const char *why;                     /* hold kind */
    const char *detail;                  /* one sentence for a person; of a note too, where there is more to say */
    bool conflict;                       /* paper and record contradict each other */
    const char *effect, *target, *value; /* APPLY, NOTE */
    const char *decided, *decided_by;    /* a conflict that a person decided */
    const char *remark;                  /* APPLY, NOTE: what a person should know about it; NULL = nothing */
    bool timed;
    int64_t event_utc;
    const char *outage;       /* id of the one the event lies in; NULL: none is recorded */
    const char *table, *key;  /* APPLY: where the row goes, and the value of its key */
    struct repli_cell *cells; /* the row; [0] is its key */
    size_t ncells;
    const char *unit;      /* APPLY, an amended value: its unit */
    int64_t amend_version; /* APPLY: 0 = new row, else the version of the row that is amended */
    const void *extra;     /* APPLY: what the kind's plan() left for its write() */
};

struct repli_newcomer;
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
    struct repli_initialled *signed_by; /* whose initials stand in which field */
    size_t nsigned;
    int *uses;                             /* of each field: by how many captures */
    bool looked_up;                        /* patient and stay are loaded */
    struct repli_live_patient *patient;    /* NULL: not in the record */
    const struct repli_newcomer *newcomer; /* a downtime number that this merge brings into the record; NULL = none */
    struct repli_live_stay *stay;          /* NULL: none on the sheet, or not in the record */
    struct dose *doses;                    /* dose.h: one a capture, when they are read */
    struct census *census;                 /* kind_movement.c: who is where, when it is read */
    int moves;                             /* how often people gave the sheet to somebody else than it names */
};

struct conflict_kind {
    const char *kind;
    bool conflict; /* paper and record contradict each other, or paper does itself: a person decides */
    const char *sentence;
    bool paper; /* a person may decide for paper */
};

/* What plan_time(), plan_patient() and plan_outage() hold, for the tables of kinds.  About who the patient is, or when
** it was, no choice between two values can decide: those are only noted, or put right where they are wrong.  That a
** name or a number was changed, that files were joined, or that it happened outside the outage, a person can know. */
#define CONFLICTS_OF_PATIENT                                                                                           \
    {"patient-unknown", true, "the sheet's patient is not in the record", false},                                      \
        {"no-patient", false, "a blank sheet: nobody is printed on it", false},                                        \
        {"patient-merged", true, "the patient's file was joined to another one since printing", true},                 \
        {"patient-renumbered", true, "the patient's file has another number since printing", true},                    \
        {"identity-mismatch", true, "the record knows another person under the sheet's number", false},                \
        {"identity-changed", true, "name or birth date in the record are not those that were printed", true},          \
        {"patient-deceased", true, "the time is after the patient's death", false},                                    \
        {"death-time-unknown", true, "the patient died, and the record does not know when", true},                     \
        {"patient-discharged", true, "the time is after the end of the stay", false},                                  \
        {"stay-unknown", true, "the sheet's stay is not in the record", false},                                        \
    {                                                                                                                  \
        "outside-outage", true, "the written time is before or after the outage of the ward", true                     \
    }
#define CONFLICTS_OF_TIME                                                                                              \
    {"no-time", true, "a value without a written time", false},                                                        \
        {"time-outside-window", true, "the written time does not occur in the hours the sheet is for", false},         \
        {"time-ambiguous", true, "the written time occurs twice (the night the clocks go back)", false},               \
    {                                                                                                                  \
        "day-disagrees", true, "the written day is not the day of the written time", false                             \
    }

struct capture_kind {
    const char *name;
    /* Roles, one blank between two: the capture says something when a field of one of them holds something (words and
    ** initials: when the machine saw ink).  Fields that several captures share say nothing.  "*": every role.  NULL:
    ** nothing merges. */
    const char *guard;
    bool doubtful;                         /* so does an image of which the machine is not sure: losing one is worse */
    const char *writes;                    /* what it writes, for people */
    const char *compares;                  /* which live value is held against the base */
    const struct conflict_kind *conflicts; /* ends with kind NULL */
    /* Called when every field is settled and legible.  Sets the plan's state. */
    enum repli_status (*plan)(struct merge_context *, struct capture_plan *, struct repli_err *);
    /* Writes what the plan applies; NULL: the plan's row. */
    enum repli_status (*write)(struct merge_context *, struct repli_record_merge *, const struct capture_plan *,
                               struct repli_err *);
};
/* What the kind's table says of a hold; NULL: it is none of its own. */
const struct conflict_kind *conflict_kind_get(const struct capture_kind *, const char *why);
const struct capture_kind *capture_kind_get(const char *name); /* NULL: unknown */
const struct capture_kind *capture_kind_at(size_t index);      /* NULL past the end */

/* Loads a sheet and plans its captures; site, record and a of the context are set.  *sheet before: NULL, or the same
** sheet loaded earlier, whose page map is used; after: NULL = no such sheet. */
REPLI_MUST_CHECK enum repli_status merge_prepare(struct merge_context *, struct repli_ledger *, uint64_t serial,
                                                 struct review_sheet **sheet, struct capture_plan **plans,
                                                 size_t *count, struct repli_err *);
/* Serials of what is under review: of a patient, or all (NULL). */
REPLI_MUST_CHECK enum repli_status merge_serials(struct repli_ledger *, const char *patient, struct repli_arena *,
                                                 uint64_t **serials, size_t *count, struct repli_err *);

/* Three-way: base as printed, what paper says, what the record says now (NULL = nothing). */
enum three_way { THREE_APPLY, THREE_NOTE, THREE_CONFLICT };
enum three_way three_way(const char *base, const char *paper, const char *live);

/* Helpers of kinds. */
const struct review_field *plan_member(const struct merge_context *, const struct capture_plan *,
                                       const char *role); /* NULL */
const char *plan_member_value(const struct merge_context *, const struct capture_plan *,
                              const char *role); /* settled value, or NULL */
/* A field of several captures: the time of a head count, of a column. */
bool plan_shared(const struct merge_context *, size_t field);
void plan_hold(struct merge_context *, struct capture_plan *, const char *why, bool conflict, const char *fmt, ...)
    REPLI_PRINTF(5, 6);
/* A key's text member; NULL: not there, or empty. */
const char *plan_key_text(struct merge_context *, const json_t *key, const char *name);
bool plan_ticked(const struct merge_context *, const struct capture_plan *, const char *role);
/* As the machine saw what only the image shows (initials, words): "ink", "empty", "doubtful"; "none": no such field. */
const char *plan_ink(const struct merge_context *, const struct capture_plan *, const char *role);
/* "HH:MM" as instants in [from_utc, to_utc]: how many (two at most are stored). */
int plan_instants(const struct merge_context *, const char *at, int64_t from_utc, int64_t to_utc, int64_t found[2]);
/* The written time as an instant in the sheet's window.  false: the plan is held. */
bool plan_time(struct merge_context *, struct capture_plan *);
/* The same for another role and other hours; `day` may be NULL. */
bool plan_time_in(struct merge_context *, struct capture_plan *, const char *at, const char *day, int64_t from_utc,
                  int64_t to_utc);
/* Begins the row that a plan applies: its key ("paper:SHEET:CAPTURE:REVISION"), the patient and the stay; then its
** other columns.  plan_proof() adds the image and the box round the members that are its own.  The plan becomes
** PLAN_APPLY. */
void plan_row(struct merge_context *, struct capture_plan *, const char *table, const char *key_column);
/* The same about another patient than the sheet's, or none. */
void plan_row_of(struct merge_context *, struct capture_plan *, const char *table, const char *key_column,
                 const char *patient_id, const char *encounter_id);
void plan_cell(struct merge_context *, struct capture_plan *, const char *column, const char *text);
void plan_cell_at(struct merge_context *, struct capture_plan *, const char *column, const int64_t *number);
void plan_proof(struct merge_context *, struct capture_plan *);
/* Right after plan_hold() of a conflict where paper may win (the kind's table says so).  true: a person said that it
** does; the plan is free again. */
bool plan_paper_counts(const struct merge_context *, struct capture_plan *);
/* score.c: of a capture whose key says `total_of`.  Are values that it sums up not settled yet?  And what is to be said
** when they add up to something else; NULL: nothing. */
bool plan_total_open(const struct merge_context *, const json_t *key);
const char *plan_total_remark(struct merge_context *, const json_t *key, const char *value);
/* A conflict that a person decided as live or note becomes a note.  Called for every kind. */
void plan_obey_note(const struct merge_context *, struct capture_plan *);
/* The outage of a timed plan.  false: the plan is held, because the event lies outside the outages of its ward. */
bool plan_outage(struct merge_context *, struct capture_plan *);
/* The same of something that lasted: it is enough that a part of it lies in an outage. */
bool plan_outage_span(struct merge_context *, struct capture_plan *, int64_t from_utc, int64_t to_utc);
/* The outage that a dose was given before, in the hours between the printed data and T0.  false: held, it was after. */
bool plan_before_outage(struct merge_context *, struct capture_plan *);
/* The sheet's patient and stay in the record.  Held when they are not there, or not who they were. */
REPLI_MUST_CHECK enum repli_status plan_patient(struct merge_context *, struct capture_plan *, bool *ok,
                                                struct repli_err *);

/* The same about a person on a line of a ward's sheet.  false: held. */
struct printed_person {
    const char *number, *name, *birth_date; /* as printed; NULL = not known */
};
bool plan_person(struct merge_context *, struct capture_plan *, const struct repli_live_patient *,
                 const struct printed_person *);
/* Sheets of nobody whom the record knows are printed for the cupboard: their hours are those of the outage they were
** used in, the last one of their ward that began after the printing and before the scan. */
void plan_hours(struct merge_context *);
/* A sheet that people gave to somebody else than it names is about that one from here on (ctx->moves: how often). */
REPLI_MUST_CHECK enum repli_status plan_owner(struct merge_context *, struct repli_err *);
/* T0 of the first outage of the sheet's ward in the hours the sheet is for; NULL: none is recorded. */
const struct repli_outage *plan_first_outage(const struct merge_context *);

/* All captures of a sheet, in the order of the map. */
REPLI_MUST_CHECK enum repli_status plan_sheet(struct merge_context *, struct capture_plan **plans, size_t *count,
                                              struct repli_err *);

/* Paper entries of what a plan applies or notes: one a settled field that is used, shared fields once. */
struct entry_list {
    struct repli_paper_entry *rows;
    size_t count;
};
json_t *merge_held_json(const struct capture_plan *, size_t count, bool conflicts);
json_t *merge_notes_json(const struct capture_plan *, size_t count);
json_t *merge_kinds_json(const struct capture_plan *, size_t count);

struct entry_list plan_entries(struct merge_context *, const struct capture_plan *plans, size_t count);

#endif

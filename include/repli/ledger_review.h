/* The ledger's review and merge tables: readings, entries, tasks, settled fields, holds, intents.  Rules live in
** reconcile/; here is only what is stored.  Rows come back in the order of their primary key; texts live in the arena.
** Functions that write join the caller's transaction when one is open and are atomic by themselves otherwise. */
#ifndef REPLI_LEDGER_REVIEW_H
#define REPLI_LEDGER_REVIEW_H

#include "repli/ledger.h"

bool repli_ledger_in_tx(const struct repli_ledger *);

/* What the machine saw, and on which image: of two, the one that shows more of the field; of a sheet, the first. */
struct repli_reading_source {
    bool found;
    int64_t scan_id, scanned_utc;
    uint8_t image_sha256[32];
};
struct repli_reading {
    const char *field, *state, *value, *crop;
    int row; /* -1: none */
    double confidence;
    struct repli_reading_source source;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_readings(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                         struct repli_reading **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_reading_source(struct repli_ledger *, uint64_t serial,
                                                               struct repli_reading_source *, struct repli_err *);

/* What people answered; append-only. In the order in which they were given. `sure`: what was asked again before. */
struct repli_entry {
    const char *field, *person, *need, *answer, *value, *sure; /* sure: "range", "jump" ...; NULL = nothing */
    int revision;
    int64_t entered_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_entries(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                        struct repli_entry **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_entry_add(struct repli_ledger *, uint64_t serial,
                                                          const struct repli_entry *, struct repli_err *);

/* Fields that were opened again; append-only.  A field's revision is the highest here, else 1. */
struct repli_reopened {
    const char *field, *person;
    int revision;
    int64_t reopened_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_reopened(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                         struct repli_reopened **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_reopened_add(struct repli_ledger *, uint64_t serial,
                                                             const struct repli_reopened *, struct repli_err *);

/* What fields still need.  `put` makes the sheet's open tasks exactly these: others become done, none is deleted. */
struct repli_task {
    const char *id, *field, *need;
    int revision, tier;
    bool done;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_tasks(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                      struct repli_task **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_tasks_put(struct repli_ledger *, uint64_t serial,
                                                          const struct repli_task *open, size_t count,
                                                          struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_task_find(struct repli_ledger *, const char *task_id,
                                                          struct repli_arena *, uint64_t *serial,
                                                          struct repli_task **task,
                                                          struct repli_err *); /* *task NULL: unknown */

/* What is confirmed.  `put` inserts what is new (same key, other content: updated, while tasks still settle it). */
struct repli_settled {
    const char *field, *answer, *value, *by1, *by2;
    int revision;
    int64_t settled_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_settled(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                        struct repli_settled **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_settled_put(struct repli_ledger *, uint64_t serial,
                                                            const struct repli_settled *, size_t count,
                                                            struct repli_err *);

/* Captures that may not merge, and why.  `put` makes the sheet's undecided holds exactly these; since_utc of one that
** was there stays, a decision too while the detail is the same. */
struct repli_hold {
    const char *capture, *kind, *detail, *decided, *decided_by; /* decided NULL: a person has to */
    int revision;
    int64_t since_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_holds(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                      struct repli_hold **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_holds_put(struct repli_ledger *, uint64_t serial,
                                                          const struct repli_hold *, size_t count, struct repli_err *);

/* Merging: intent -> record commit -> done.  An intent of a sheet that never reached the record is taken up again with
** its id, so that a run after a crash gives the ids that the run without one would have given. */
struct repli_intent {
    const char *merge_id, *person;
    uint64_t serial;
    int64_t intent_utc;
    bool done;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_intent_take(struct repli_ledger *, uint64_t serial, unsigned station,
                                                            const char *person, int64_t now_utc, char merge_id[24],
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_intent_done(struct repli_ledger *, const char *merge_id,
                                                            int64_t now_utc, struct repli_err *);
/* Before an undo: the record has the last word about this merge again. REPLI_DATA: no such merge in this ledger. */
REPLI_MUST_CHECK enum repli_status repli_ledger_intent_reopen(struct repli_ledger *, const char *merge_id,
                                                              struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_intents(struct repli_ledger *, bool only_open, struct repli_arena *,
                                                        struct repli_intent **, size_t *count, struct repli_err *);

/* Serials of sheets in a state, ascending; `fresh`: only those whose fields were never derived. */
REPLI_MUST_CHECK enum repli_status repli_ledger_serials(struct repli_ledger *, enum repli_life state, bool fresh,
                                                        struct repli_arena *, uint64_t **serials, size_t *count,
                                                        struct repli_err *);
/* Serials of sheets with open tasks, ascending. */
REPLI_MUST_CHECK enum repli_status repli_ledger_serials_open(struct repli_ledger *, struct repli_arena *,
                                                             uint64_t **serials, size_t *count, struct repli_err *);

/* For `repli status`. */
struct repli_hold_count {
    const char *kind;
    int64_t count;
};
struct repli_tier_count {
    int64_t open, done;
}; /* fields that people must say something about */
struct repli_draft_form {
    const char *form_id;
    int version;
    const char *lang, *frozen;
    int64_t sheets;
};
struct repli_wait_count {
    const char *outcome;
    int64_t count;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_hold_counts(struct repli_ledger *, struct repli_arena *,
                                                            struct repli_hold_count **, size_t *count,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_tier_counts(struct repli_ledger *, struct repli_tier_count by_tier[5],
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_forms_used(struct repli_ledger *, struct repli_arena *,
                                                           struct repli_draft_form **, size_t *count,
                                                           struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_waiting_images(struct repli_ledger *, struct repli_arena *,
                                                               struct repli_wait_count **, size_t *count,
                                                               struct repli_err *);
/* Packs ready, newest data among them (0: no pack yet), packs abandoned. */
REPLI_MUST_CHECK enum repli_status repli_ledger_pack_counts(struct repli_ledger *, int64_t *ready, int64_t *abandoned,
                                                            int64_t *newest_data_utc, struct repli_err *);

#endif

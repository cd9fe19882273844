/* The record's half of merging: what is live, transactions with a changeset a sheet for undo, provenance, undo.
**
** Order of a merge: begin -> look -> rows -> seal (the changeset is taken, the merge row written) -> paper
** entries -> next (another sheet in the same transaction) or commit (what was written of the last one is read again
** first).  Anything else is a rollback, of all sheets of the transaction.
*/
#ifndef REPLI_RECORD_MERGE_H
#define REPLI_RECORD_MERGE_H

#include "repli/record.h"
#include "repli/record_import.h"

struct repli_live_patient {
    const char *id, *replaced_by; /* replaced_by NULL = none */
    const char *family, *given, *name_text, *birth_date;
    const char *number,
        *today; /* today: the id of the file that stands for this one now, itself where it was not joined */
    uint8_t subject[8];
    bool alone;    /* no other file stands for this person: today is its id, and nothing was joined to it */
    bool deceased; /* in this file or in the one of today */
    const int64_t *deceased_utc; /* NULL = alive, or time not sent */
};
/* By logical id, or by subject hash when `id` is NULL.  *patient NULL: not in the record. */
REPLI_MUST_CHECK enum repli_status repli_record_live_patient(struct repli_record *, const char *id,
                                                             const uint8_t subject[8], struct repli_arena *,
                                                             struct repli_live_patient **, struct repli_err *);

struct repli_live_stay {
    const char *encounter_id, *patient_id;
    const int64_t *end_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_live_stay(struct repli_record *, const uint8_t stay[8],
                                                          struct repli_arena *, struct repli_live_stay **,
                                                          struct repli_err *);

/* The stay of a patient that began last, at a time or before it.  *stay NULL: none. */
REPLI_MUST_CHECK enum repli_status repli_record_live_stay_at(struct repli_record *, const char *patient_id,
                                                             int64_t at_utc, struct repli_arena *,
                                                             struct repli_live_stay **, struct repli_err *);

struct repli_live_observation {
    const char *id, *value, *unit;
    int64_t row_version;
};
/* Of one patient (in all files that stand for that person) and code with from_utc <= effective < to_utc, not entered in
** error; by id. */
struct repli_live_query {
    const char *patient_id, *code_system, *code;
    int64_t from_utc, to_utc;
    bool alone; /* as repli_live_patient has it: nobody else's files need to be looked for */
};
REPLI_MUST_CHECK enum repli_status repli_record_live_observations(struct repli_record *,
                                                                  const struct repli_live_query *, struct repli_arena *,
                                                                  struct repli_live_observation **, size_t *count,
                                                                  struct repli_err *);

/* Amounts of a fluid chart that begin in the query's hours, and measured ones of other systems with the same code;
** `id` is "table/key", the unit of the former mL. */
REPLI_MUST_CHECK enum repli_status repli_record_live_fluids(struct repli_record *, const struct repli_live_query *,
                                                            struct repli_arena *, struct repli_live_observation **,
                                                            size_t *count, struct repli_err *);

/* Provenance of one settled field. */
struct repli_paper_entry {
    const char *field, *capture, *effect, *target, *value, *author, *entered_by, *verified_by, *box_um, *outage;
    const char *decided, *decided_by; /* a conflict: how it was decided, and by whom; NULL = there was none */
    int revision;
    const int64_t *event_utc, *scanned_utc;
    int64_t entered_utc;
    const uint8_t *image_sha256;
};
/* What a sheet has in the record already, by field and revision. */
struct repli_paper_row {
    const char *field, *capture, *merge_id, *undone_by;
    int revision; /* undone_by NULL: in force */
};
REPLI_MUST_CHECK enum repli_status repli_record_paper(struct repli_record *, uint64_t serial, const uint8_t mac[8],
                                                      struct repli_arena *, struct repli_paper_row **, size_t *count,
                                                      struct repli_err *);

struct repli_merge_row {
    const char *merge_id, *sheet, *person;
    uint64_t serial;
    const uint8_t *mac;
    int64_t merged_utc;
    int64_t entries;
};

struct repli_record_merge; /* an open write transaction and its session */
REPLI_MUST_CHECK enum repli_status repli_record_merge_begin(struct repli_record *, struct repli_record_merge **,
                                                            struct repli_err *);
void repli_record_merge_rollback(struct repli_record_merge *); /* NULL is fine */
/* A column of a row from paper: a number, a blob, or a text (NULL: no value).  Names are the program's own words. */
struct repli_cell {
    const char *column, *text;
    const int64_t *number;
    const void *blob;
    size_t len;
};
/* A new row; from_paper = 1.  cells[0] is the key, a text.  Texts of cells stay as they are until the merge ends. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_insert(struct repli_record_merge *, const char *table,
                                                             const struct repli_cell *cells, size_t count,
                                                             struct repli_err *);
/* A new value for a row that has still `row_version`; raises it, status 'amended'. REPLI_DB when it moved on. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_amend(struct repli_record_merge *, const char *id,
                                                            int64_t row_version, const char *value, const char *unit,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_merge_seal(struct repli_record_merge *, const struct repli_merge_row *,
                                                           struct repli_err *);
/* *written false: this (serial, mac, field, revision) was there already and nothing happened. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_paper(struct repli_record_merge *,
                                                            const struct repli_paper_entry *, bool *written,
                                                            struct repli_err *);
/* What was written of this sheet is read again; what follows is another sheet's, with a changeset of its own.  `m`
** stays the caller's; after a failure (REPLI_DB) all sheets of the transaction are to be rolled back. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_next(struct repli_record_merge *m, struct repli_err *);
/* Frees `m` in every case; after a failure nothing of the merge is in the record. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_commit(struct repli_record_merge *m, struct repli_err *);

/* *sheet NULL: no such merge.  *undone_by NULL: in force. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_find(struct repli_record *, const char *merge_id,
                                                           struct repli_arena *, const char **sheet,
                                                           const char **undone_by, struct repli_err *);
/* Applies the changeset backwards and marks the merge undone, in one transaction.  REPLI_DATA by name when it is
** unknown, undone already, or a row it wrote was touched since.  `locked` (NULL: nothing) is called before anything is
** changed, while nobody else can write the record; when it fails nothing happens. */
typedef enum repli_status repli_record_locked_fn(void *user, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_merge_undo(struct repli_record *, const char *merge_id,
                                                           const char *person, const char *reason, int64_t now_utc,
                                                           repli_record_locked_fn *locked, void *user,
                                                           struct repli_err *);

/* Merges that a person ran, or of which they keyed, confirmed or decided a value; undone ones, too. */
REPLI_MUST_CHECK enum repli_status repli_record_merges_of(struct repli_record *, const char *person,
                                                          struct repli_arena *, const char ***ids, size_t *count,
                                                          struct repli_err *);

#endif

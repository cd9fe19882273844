/* Lists of the ledger for people who look after paper: a page at a time, quick whatever the ledger holds.  Rows and
** texts live in the arena; NULL = none. */
#ifndef REPLI_LEDGER_LISTS_H
#define REPLI_LEDGER_LISTS_H

#include "repli/ledger.h"

/* Sheets of a ward that are printed, have fields and were not checked in: medication first, then by patient. */
struct repli_missing_row {
    const char *sheet, *patient, *name, *bed, *form_id, *pack_id; /* bed: as printed on the first side of its set */
    int side, sides;
    int64_t printed_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_missing(struct repli_ledger *, const char *ward, int64_t offset,
                                                        int64_t limit, struct repli_arena *,
                                                        struct repli_missing_row **, size_t *count, struct repli_err *);

/* Batches of the scanner, the newest first; batch NULL: files that came without a name. */
struct repli_batch_row {
    const char *batch;
    int64_t files, first_utc, last_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_batches(struct repli_ledger *, int64_t offset, int64_t limit,
                                                        struct repli_arena *, struct repli_batch_row **, size_t *count,
                                                        struct repli_err *);
struct repli_outcome_count {
    const char *outcome;
    int64_t images, settled; /* settled: a person has said what becomes of it */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_batch_outcomes(struct repli_ledger *, const char *batch,
                                                               struct repli_arena *, struct repli_outcome_count **,
                                                               size_t *count, struct repli_err *);

/* Page images that wait for a person, oldest first.  outcome NULL: all of them. */
struct repli_waiting_row {
    int64_t scan_id, image_id, first_scan, scanned_utc; /* first_scan 0 = none */
    uint8_t sha256[32];
    int page;
    const char *name, *batch, *outcome, *reason, *sheet;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_waiting(struct repli_ledger *, const char *outcome, int64_t offset,
                                                        int64_t limit, struct repli_arena *,
                                                        struct repli_waiting_row **, size_t *count, struct repli_err *);
/* One page image with its line of JSON; *row NULL: there is none. */
struct repli_scanned {
    struct repli_waiting_row row;
    const char *result, *settled_by, *settled_as;
    uint64_t serial; /* 0 = none was read */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_scanned(struct repli_ledger *, int64_t scan_id, struct repli_arena *,
                                                        struct repli_scanned **row, struct repli_err *);
/* A person says what becomes of a page image that waits, in a few words; for ever.  REPLI_DATA: it does not wait, or
** somebody said so already. */
REPLI_MUST_CHECK enum repli_status repli_ledger_scan_settle(struct repli_ledger *, int64_t scan_id, const char *by,
                                                            const char *as, int64_t now_utc, struct repli_err *);
/* People look at a field on this image from now on: what the machine saw on it stands for the field.  REPLI_DATA: the
** field has no reading, or somebody answered it; then it is opened again instead. */
REPLI_MUST_CHECK enum repli_status repli_ledger_reading_choose(struct repli_ledger *, uint64_t serial, int64_t scan_id,
                                                               const char *field, const char *state, int64_t row,
                                                               double confidence, struct repli_err *);

/* What is held and nobody has decided, of sheets under review, the longest first. */
struct repli_held_row {
    uint64_t serial;
    const char *sheet, *ward, *form_id, *capture, *kind, *detail;
    int64_t since_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_held(struct repli_ledger *, struct repli_arena *,
                                                     struct repli_held_row **, size_t *count, struct repli_err *);

/* Of each ward: sheets that are being reviewed. */
struct repli_ward_count {
    const char *ward;
    int64_t read, reviewed;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_wards_reviewed(struct repli_ledger *, struct repli_arena *,
                                                               struct repli_ward_count **, size_t *count,
                                                               struct repli_err *);
/* Patients of a ward with sheets under review, by number. */
struct repli_review_patient {
    const char *patient, *name, *birth_date;
    int64_t sheets, open, held, missing; /* open: fields that people still have to say something about */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_patients_reviewed(struct repli_ledger *, const char *ward,
                                                                  int64_t offset, int64_t limit, struct repli_arena *,
                                                                  struct repli_review_patient **, size_t *count,
                                                                  struct repli_err *);
/* Serials of a patient's sheets under review, ascending. */
REPLI_MUST_CHECK enum repli_status repli_ledger_serials_of(struct repli_ledger *, const char *patient,
                                                           struct repli_arena *, uint64_t **serials, size_t *count,
                                                           struct repli_err *);

/* Rows of a station's audit, the newest first, below `before` (INT64_MAX: from the end).  At most `looked` rows are
** looked at, so that a rare word does not keep everybody waiting: *next is where the next page begins, 0 = that was
** all. */
struct repli_audit_wanted {
    unsigned station;
    int64_t before, limit, looked;
    const char *person, *event, *object; /* NULL = any; object: what begins so */
};
struct repli_audit_row;
REPLI_MUST_CHECK enum repli_status repli_audit_page(struct repli_ledger *, const struct repli_audit_wanted *,
                                                    struct repli_arena *, struct repli_audit_row **, size_t *count,
                                                    int64_t *next, struct repli_err *);

/* ---- what a coordinator changes about people */
/* Another role (NULL: as it is), and whether they may act.  REPLI_USAGE: no such person or role.  REPLI_DATA: none with
** the role coordinator would be left. */
REPLI_MUST_CHECK enum repli_status repli_ledger_person_change(struct repli_ledger *, const char *id, const char *role,
                                                              bool active, struct repli_err *);

#endif

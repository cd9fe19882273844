/* What came from paper, read again for another system: merges, the rows that they wrote, whose they are.
** Everything lives in the caller's arena; texts as in the record. */
#ifndef REPLI_RECORD_EXPORT_H
#define REPLI_RECORD_EXPORT_H

#include "repli/record.h"

struct repli_out_merge {
    const char *id, *sheet, *person; /* "M0-17", serial as printed, who ran it */
    uint64_t serial;
    int64_t merged_utc;
    bool undone;
    int64_t undone_utc;
    bool stands; /* another merge of this sheet stands */
    bool again;  /* another merge of this sheet was undone before: what was told of the sheet was withdrawn */
};
/* Merges done or undone at or after `since_utc`, oldest first. */
REPLI_MUST_CHECK enum repli_status repli_record_out_merges(struct repli_record *, int64_t since_utc,
                                                           struct repli_arena *, struct repli_out_merge **,
                                                           size_t *count, struct repli_err *);

/* A field of a merge that stands for a row of the record (its own row, or one that was there already). */
struct repli_out_entry {
    const char *field, *capture, *effect, *target; /* target "observation/paper:..."; NULL: noted, nothing applied */
    const char *value, *author, *entered_by, *verified_by, *box_um, *image, *outage, *decided, *decided_by;
    const int64_t *event_utc, *scanned_utc; /* NULL = not written, not known */
    int64_t entered_utc;
    int revision;
};
/* One entry a capture: the one that stands for it (field = capture where there is one, else the first). */
REPLI_MUST_CHECK enum repli_status repli_record_out_entries(struct repli_record *, const char *merge_id,
                                                            struct repli_arena *, struct repli_out_entry **,
                                                            size_t *count, struct repli_err *);

struct repli_out_patient {
    const char *id, *system, *value, *family, *given, *name_text, *birth_date, *gender;
    const char *today; /* a downtime number's file that was joined to somebody's: whose; NULL = it was not */
    bool was_joined;   /* it was once, and people took that back: the other system may still think so */
};
/* NULL: not in the record. */
REPLI_MUST_CHECK enum repli_status repli_record_out_patient(struct repli_record *, const char *id, struct repli_arena *,
                                                            struct repli_out_patient **, struct repli_err *);
struct repli_out_stay {
    const char *id, *patient_id, *system, *value, *class, *status;
    const int64_t *start_utc, *end_utc;
};
/* NULL: not in the record, or without a number by which another system could know it. */
REPLI_MUST_CHECK enum repli_status repli_record_out_stay(struct repli_record *, const char *id, struct repli_arena *,
                                                         struct repli_out_stay **, struct repli_err *);

enum repli_out_kind {
    REPLI_OUT_OTHER,
    REPLI_OUT_OBSERVATION,
    REPLI_OUT_DOSE,
    REPLI_OUT_PROPOSAL,
    REPLI_OUT_MOVEMENT,
    REPLI_OUT_DOCUMENT
};
/* The row of a target, in words that its kind uses; NULL where it has none. */
struct repli_out_row {
    enum repli_out_kind kind;
    const char *patient_id, *encounter_id;
    const int64_t *at_utc, *other_utc; /* when; dose: when it was due; proposal: given; amount: end; document: hours */
    const char *code_system, *code, *display, *category; /* observation */
    const char *value, *value_kind, *unit, *status;      /* observation; status also of a dose */
    const char *drug, *dose, *dose_unit, *dose_text, *route, *reason, *request_id; /* dose and proposal */
    const char *number, *prescriber, *note;          /* proposal; note: what a reader must know, or NULL */
    const char *event, *ward, *room, *bed, *to_text; /* movement; ward also of a document */
    const char *form, *kind_of, *box_um, *content;   /* document: its kind is `kind_of` and `number`; content is JSON */
};
/* *row NULL: the row is gone. */
REPLI_MUST_CHECK enum repli_status repli_record_out_row(struct repli_record *, const char *target, struct repli_arena *,
                                                        struct repli_out_row **, struct repli_err *);

#endif

/* Who somebody with a downtime number is: the rows of the record that evidence is made of, and what people said. */
#ifndef REPLI_RECORD_IDENTITY_H
#define REPLI_RECORD_IDENTITY_H

#include "repli/record.h"

/* ---- people, as evidence needs them; NULL = not known */
struct repli_identity_person {
    const char *id, *number, *family, *given, *name_text, *birth_date, *gender, *replaced_by;
    const char *niss;                     /* as sent, of this file or one that it replaces */
    const char *phones;                   /* all of them, blanks between */
    const char *fold_family, *fold_given; /* repli_text_fold() */
    const int64_t *deceased_utc;
    bool deceased, downtime; /* downtime: the file is a downtime number's */
};
/* Everybody in the record, in the order of the ids. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_people(struct repli_record *, struct repli_arena *,
                                                                struct repli_identity_person **, size_t *count,
                                                                struct repli_err *);
/* What the last registration sheet of a number said; *known false: none was merged. */
struct repli_identity_registration {
    const char *id, *known, *family, *given, *birth_date, *age_years, *sex, *niss, *language, *ward;
    const int64_t *arrived_utc; /* else of the stay, else of the first value from paper */
};
REPLI_MUST_CHECK enum repli_status repli_record_identity_registration(struct repli_record *, const char *number,
                                                                      struct repli_arena *,
                                                                      struct repli_identity_registration *, bool *known,
                                                                      struct repli_err *);
/* Stays of somebody (of all files that are one person's) that touch [from, to]; in the order of time. */
struct repli_identity_stay {
    const char *number, *ward; /* ward: at `from`, else where the stay began */
    const int64_t *start_utc, *end_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_identity_stays(struct repli_record *, const char *patient_id,
                                                               int64_t from_utc, int64_t to_utc, struct repli_arena *,
                                                               struct repli_identity_stay **, size_t *count,
                                                               struct repli_err *);
/* Who has this number, or this id, today; *id NULL: nobody.  REPLI_DATA: several people have it. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_find(struct repli_record *, const char *value,
                                                              struct repli_arena *, const char **id,
                                                              struct repli_err *);

/* ---- what people said */
struct repli_identity_act {
    const char *act, *patient_id, *proof1, *proof2, *reason, *person;
    uint8_t shown[32];
    int64_t at_utc;
};
/* All that was said about a number, oldest first. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_acts(struct repli_record *, const char *number,
                                                              struct repli_arena *, struct repli_identity_act **,
                                                              size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_identity_say(struct repli_record *, const char *number,
                                                             const struct repli_identity_act *, struct repli_err *);
/* Downtime numbers: [0] open, [1] proposed, [2] resolved (here, or by a message of the hospital's own). */
REPLI_MUST_CHECK enum repli_status repli_record_identity_counts(struct repli_record *, int64_t counts[3],
                                                                struct repli_err *);

/* One transaction over several of these calls; everything below is called inside one. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_begin(struct repli_record *, struct repli_err *);
/* Commits when `status` is REPLI_OK, else rolls back; returns the final status. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_end(struct repli_record *, enum repli_status status,
                                                             struct repli_err *);
/* The link of two files, as a FHIR Patient.link or an A40 makes it: `number` is replaced by `patient_id`.  REPLI_DATA:
** it would make a circle, or the number is linked already. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_link(struct repli_record *, const char *number,
                                                              const char *patient_id, struct repli_err *);
/* Takes back what repli_record_identity_link() said; another message may go on saying it. */
REPLI_MUST_CHECK enum repli_status repli_record_identity_unlink(struct repli_record *, const char *number,
                                                                struct repli_err *);
/* Rows that stand on two files being one: a value of one sheet that was found in the other file, a place of one stay
** that paper about the other ended.  Of merges in force since an instant. */
struct repli_identity_crossing {
    const char *merge_id, *sheet, *field, *owner; /* owner: patient_id of the row, or of the stay */
    const char *about;                            /* patient_id that the paper is about; NULL: the sheet's */
    uint64_t serial;
};
REPLI_MUST_CHECK enum repli_status repli_record_identity_found(struct repli_record *, int64_t since_utc,
                                                               struct repli_arena *, struct repli_identity_crossing **,
                                                               size_t *count, struct repli_err *);
/* Is `patient_id` the number, or a file that was joined to it? */
REPLI_MUST_CHECK enum repli_status repli_record_identity_within(struct repli_record *, const char *number,
                                                                const char *patient_id, bool *within,
                                                                struct repli_err *);

/* ---- sheets that are about somebody else than the number that they bear */
/* *owner NULL: it is about whom it names; *moves: how often it was given to somebody. */
REPLI_MUST_CHECK enum repli_status repli_record_sheet_owner(struct repli_record *, uint64_t serial,
                                                            const uint8_t mac[8], struct repli_arena *,
                                                            const char **owner, int *moves, struct repli_err *);
struct repli_identity_move {
    uint64_t serial;
    const uint8_t *mac;
    const char *sheet, *number, *owner, *reason, *person, *second;
    int64_t at_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_sheet_move(struct repli_record *, const struct repli_identity_move *,
                                                           struct repli_err *);
/* Merges of a sheet that are in force, "M0-3 M0-9"; NULL: none. */
REPLI_MUST_CHECK enum repli_status repli_record_sheet_merges(struct repli_record *, uint64_t serial,
                                                             const uint8_t mac[8], struct repli_arena *,
                                                             const char **merges, struct repli_err *);

#endif

/* A patient whom only a downtime number names, in the record: made from paper, and told who it is from paper. */
#ifndef REPLI_RECORD_NEWCOMER_H
#define REPLI_RECORD_NEWCOMER_H

#include "repli/record_merge.h"

/* Number, alias and stay; the place is the ward where that is a place of the record. */
struct repli_newcomer {
    const char *patient_id, *number, *alias, *encounter_id, *stay_number;
    const uint8_t *subject, *stay; /* 8 bytes each: of the page code */
    const char *ward;              /* NULL = not known */
};
/* New rows of patient, identifier, stay and place. */
REPLI_MUST_CHECK enum repli_status repli_record_merge_newcomer(struct repli_record_merge *,
                                                               const struct repli_newcomer *, struct repli_err *);

/* What is known now; NULL leaves what is there.  `niss` is a national number without its dots, whose check holds. */
struct repli_known_as {
    const char *patient_id, *encounter_id, *family, *given, *birth_date, *gender, *language, *niss;
    const int64_t *arrived_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_merge_known_as(struct repli_record_merge *,
                                                               const struct repli_known_as *, struct repli_err *);

/* The identifier system of national numbers (NISS/INSZ). */
#define REPLI_NISS_SYSTEM "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/ssin"

/* Patients with an identifier of this value, whatever its system ("" between digits: dots and dashes do not count), but
** not `except`: the first of them by id, and how many there are. */
REPLI_MUST_CHECK enum repli_status repli_record_live_number(struct repli_record *, const char *value,
                                                            const char *except, struct repli_arena *,
                                                            struct repli_live_patient **first, int64_t *count,
                                                            struct repli_err *);

#endif

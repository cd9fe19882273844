/* The record: open, import, and what `status` and `wards` ask of it.  Merging is in record_merge.h.
**
** All SQL sits behind these functions (forms/store/), so that another database can stand beside SQLite.
** A handle belongs to one thread and never crosses a fork.
*/
#ifndef REPLI_RECORD_H
#define REPLI_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"
#include "repli/key.h"

struct repli_record;

/* Opens, and creates when `create`.  Migrates (after a backup copy "record.db.before-N") or refuses a newer file.
** WAL + synchronous FULL are set and read back; foreign keys on; the compile options SQLite needs are checked; REPLI_IO
** on a network or overlay file system; REPLI_DB otherwise. */
REPLI_MUST_CHECK enum repli_status repli_record_open(const char *path, bool create, int64_t now_utc,
                                                     struct repli_record **record, struct repli_err *err);
void repli_record_close(struct repli_record *record); /* NULL is fine; an open transaction is rolled back */

/* ---- import: one transaction a run.  Put functions copy what they are given; texts are cleaned UTF-8, NULL = not sent. */

struct repli_rec_identifier { const char *system, *value, *type; };
struct repli_rec_patient {
    const char *id;
    const struct repli_rec_identifier *identifiers; /* [0] is the primary one */
    size_t nidentifiers;
    const char *family, *given, *prefix, *name_text, *name_fold, *birth_date, *gender, *language, *replaced_by;
    bool deceased, active;
    const int64_t *deceased_utc; /* NULL = not sent */
};
struct repli_rec_location { const char *id, *kind, *name, *code, *part_of; bool active; };
struct repli_rec_stop { const char *location_id; const int64_t *start_utc, *end_utc; };
struct repli_rec_encounter {
    const char *id, *patient_id, *part_of, *identifier_system, *identifier_value, *class_code, *status, *reason, *attending;
    const int64_t *start_utc, *end_utc;
    const struct repli_rec_stop *stops;
    size_t nstops;
};
struct repli_rec_allergy {
    const char *id, *patient_id, *kind, *substance, *code_system, *code, *category, *criticality, *certainty, *status,
        *reaction, *severity;
    const int64_t *recorded_utc;
};
struct repli_rec_condition {
    const char *id, *patient_id, *encounter_id, *code_system, *code, *display, *status, *certainty;
    const int64_t *onset_utc;
};
struct repli_rec_medication { const char *id, *name, *code_system, *code, *ingredients; };
struct repli_rec_request {
    const char *id, *patient_id, *encounter_id, *status, *intent, *medication_id, *medication, *dose, *dose_unit, *dose_text,
        *route, *frequency, *times, *as_needed_for, *max_24h, *prescriber;
    const int64_t *period_s, *authored_utc, *start_utc, *end_utc;
    bool as_needed;
};
struct repli_rec_observation {
    const char *id, *patient_id, *encounter_id, *code_system, *code, *display, *category, *value, *value_kind, *unit, *status;
    const int64_t *effective_utc;
};

enum repli_put { REPLI_PUT_INSERTED, REPLI_PUT_UPDATED, REPLI_PUT_UNCHANGED };

REPLI_MUST_CHECK enum repli_status repli_record_import_begin(struct repli_record *record, const char *source, int64_t now_utc, struct repli_err *err);
/* `hash`: BLAKE2b-256 of the resource as sent; an equal one is UNCHANGED and costs one look-up.  A put that fails (DATA:
** the resource is refused, e.g. a subject hash that another identifier already has) leaves nothing of itself behind. */
REPLI_MUST_CHECK enum repli_status repli_record_put_patient(struct repli_record *, const struct repli_keys *, const struct repli_rec_patient *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_location(struct repli_record *, const struct repli_rec_location *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_encounter(struct repli_record *, const struct repli_keys *, const struct repli_rec_encounter *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_allergy(struct repli_record *, const struct repli_rec_allergy *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_condition(struct repli_record *, const struct repli_rec_condition *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_medication(struct repli_record *, const struct repli_rec_medication *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_request(struct repli_record *, const struct repli_rec_request *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
/* Components of a panel are put one by one; all carry the resource's hash. */
REPLI_MUST_CHECK enum repli_status repli_record_put_observation(struct repli_record *, const struct repli_rec_observation *, const uint8_t hash[32], enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_refuse(struct repli_record *, const char *file, int64_t line, const char *resource, const char *reason, struct repli_err *);

struct repli_import_counts { int64_t inserted, updated, unchanged, refused; };
/* Rows whose patient, encounter or location never arrived are taken out again and listed as refusals; then commit. */
REPLI_MUST_CHECK enum repli_status repli_record_import_commit(struct repli_record *, struct repli_import_counts *, struct repli_err *);
void repli_record_import_rollback(struct repli_record *);

/* Refusals of the newest run, in order. */
typedef void repli_refusal_fn(void *user, const char *file, int64_t line, const char *resource, const char *reason);
REPLI_MUST_CHECK enum repli_status repli_record_refusals(struct repli_record *, repli_refusal_fn *, void *user, struct repli_err *);

/* A digest of all patient tables and paper tables (not of import runs): equal digests = equal records. Hex in `out`. */
REPLI_MUST_CHECK enum repli_status repli_record_digest(struct repli_record *, char out[65], struct repli_err *);

#endif

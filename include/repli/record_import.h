/* Filling the record: one transaction a run, resource by resource, each taken whole or refused by name.
**
** Put functions copy what they are given; texts are cleaned UTF-8; NULL = not sent.  What arrives first does not
** matter: a resource whose patient or place has not come yet is left for later (REPLI_WAITS) and tried again at the
** end of the run.
*/
#ifndef REPLI_RECORD_IMPORT_H
#define REPLI_RECORD_IMPORT_H

#include "repli/key.h"
#include "repli/record.h"

struct repli_rec_identifier {
    const char *system, *value, *type;
};
struct repli_rec_patient {
    const char *id;
    const struct repli_rec_identifier *identifiers; /* [0] is the primary one; no pair of system and value twice */
    size_t nidentifiers;
    const char *family, *given, *prefix, *name_text, *name_fold, *birth_date, *gender, *language, *replaced_by;
    bool deceased, active;
    const int64_t *deceased_utc;
};
/* kind NULL: the sender does not say; at the end of the run it is a ward when a stay points at it, else 'other'.
** code: what people would type; two wards never share one, the second (in order of id) gets "-" and four digits. */
struct repli_rec_location {
    const char *id, *kind, *name, *code, *part_of;
    bool active;
};
struct repli_rec_stop {
    const char *location_id;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_encounter {
    const char *id, *patient_id, *part_of, *identifier_system, *identifier_value, *class_code, *status, *reason,
        *attending;
    const int64_t *start_utc, *end_utc;
    const struct repli_rec_stop *stops;
    size_t nstops;
};
struct repli_rec_allergy {
    const char *id, *patient_id, *kind, *substance, *code_system, *code, *category, *criticality, *certainty, *status,
        *reaction, *severity;
    const int64_t *recorded_utc;
};
/* encounter_id, here and below, is kept as sent: a diagnosis stays true when its encounter was not exported. */
struct repli_rec_condition {
    const char *id, *patient_id, *encounter_id, *code_system, *code, *display, *status, *certainty;
    const int64_t *onset_utc;
};
struct repli_rec_medication {
    const char *id, *name, *code_system, *code, *ingredients;
};
struct repli_rec_request {
    const char *id, *patient_id, *encounter_id, *status, *intent, *medication_id, *medication, *dose, *dose_unit,
        *dose_text, *route, *frequency, *times, *as_needed_for, *max_24h, *prescriber;
    const int64_t *period_s, *authored_utc, *start_utc, *end_utc;
    bool as_needed;
};
struct repli_rec_administration {
    const char *id, *patient_id, *encounter_id, *request_id, *status, *medication_id, *medication, *dose, *dose_unit,
        *dose_text, *route, *performer, *reason;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_observation {
    const char *id; /* the resource's id, or for a component "id#code" */
    const char *patient_id, *encounter_id, *code_system, *code, *display, *category, *value, *value_kind, *unit,
        *status;
    const int64_t *effective_utc;
};

REPLI_MUST_CHECK enum repli_status repli_record_import_begin(struct repli_record *, const char *source, int64_t now_utc,
                                                             struct repli_err *);
/* Where the following resource comes from; updated_utc = its meta.lastUpdated.  When one run brings a resource twice
** with different content, the newer one counts; without that date the greater hash does, and the other is refused by
** name.
 */
void repli_record_import_at(struct repli_record *, const char *file, int64_t line, const int64_t *updated_utc);

enum repli_put { REPLI_PUT_INSERTED, REPLI_PUT_UPDATED, REPLI_PUT_UNCHANGED };
/* `hash`: BLAKE2b-256 of the resource as sent; an equal one is UNCHANGED and costs one look-up.  A put that fails
** leaves nothing of itself behind: REPLI_WAITS, what it refers to has not arrived; REPLI_DATA, the resource is
** refused (a number or a keyed hash that belongs to somebody else).  Rows that came from paper are never touched. */
REPLI_MUST_CHECK enum repli_status repli_record_put_patient(struct repli_record *, const struct repli_keys *,
                                                            const struct repli_rec_patient *, const uint8_t hash[32],
                                                            enum repli_put *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_location(struct repli_record *, const struct repli_rec_location *,
                                                             const uint8_t hash[32], enum repli_put *,
                                                             struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_encounter(struct repli_record *, const struct repli_keys *,
                                                              const struct repli_rec_encounter *,
                                                              const uint8_t hash[32], enum repli_put *,
                                                              struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_allergy(struct repli_record *, const struct repli_rec_allergy *,
                                                            const uint8_t hash[32], enum repli_put *,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_condition(struct repli_record *, const struct repli_rec_condition *,
                                                              const uint8_t hash[32], enum repli_put *,
                                                              struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_medication(struct repli_record *,
                                                               const struct repli_rec_medication *,
                                                               const uint8_t hash[32], enum repli_put *,
                                                               struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_request(struct repli_record *, const struct repli_rec_request *,
                                                            const uint8_t hash[32], enum repli_put *,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_put_administration(struct repli_record *,
                                                                   const struct repli_rec_administration *,
                                                                   const uint8_t hash[32], enum repli_put *,
                                                                   struct repli_err *);
/* All rows of one resource `id`; rows that it had before and has no longer are taken out. */
REPLI_MUST_CHECK enum repli_status repli_record_put_observation(struct repli_record *, const char *id,
                                                                const struct repli_rec_observation *rows, size_t nrows,
                                                                const uint8_t hash[32], enum repli_put *,
                                                                struct repli_err *);

/* The one resource ("Patient", "Encounter", "Location") with this identifier; system NULL = any.  *id NULL: none.
** REPLI_DATA: several. */
REPLI_MUST_CHECK enum repli_status repli_record_find(struct repli_record *, const char *type, const char *system,
                                                     const char *value, struct repli_arena *, const char **id,
                                                     struct repli_err *);
/* *known: the medication is there; *name NULL: it has none. */
REPLI_MUST_CHECK enum repli_status repli_record_medication_name(struct repli_record *, const char *id,
                                                                struct repli_arena *, bool *known, const char **name,
                                                                struct repli_err *);

/* A queue of resources to try again, kept inside the run's transaction with the place they came from (import_at). */
REPLI_MUST_CHECK enum repli_status repli_record_later(struct repli_record *, const char *resource, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_later_count(struct repli_record *, int64_t *count, struct repli_err *);
/* Takes the first one out and sets import_at to its place; *resource NULL: none left. */
REPLI_MUST_CHECK enum repli_status repli_record_later_take(struct repli_record *, struct repli_arena *,
                                                           const char **resource, struct repli_err *);

/* Notes that what import_at points to was not taken. */
REPLI_MUST_CHECK enum repli_status repli_record_refuse(struct repli_record *, const char *resource, const char *reason,
                                                       struct repli_err *);

struct repli_import_counts {
    int64_t inserted, updated, unchanged, refused;
};
REPLI_MUST_CHECK enum repli_status repli_record_import_commit(struct repli_record *, struct repli_import_counts *,
                                                              struct repli_err *);
void repli_record_import_rollback(struct repli_record *);

/* Refusals of the newest run, in order. `line`: of an NDJSON file; entry number of a Bundle; 0 = the whole file. */
typedef void repli_refusal_fn(void *user, const char *file, int64_t line, const char *resource, const char *reason);
REPLI_MUST_CHECK enum repli_status repli_record_refusals(struct repli_record *, repli_refusal_fn *, void *user,
                                                         struct repli_err *);

#endif

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
#include "repli/record_rows.h"

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
/* Every other kind: all rows of one resource `id`.  An observation has one row a value, an appointment one a patient;
** what it had before and has no longer is taken out.  The others have one row.  `rows`: an array of the struct of that
** kind (record_rows.h). */
REPLI_MUST_CHECK enum repli_status repli_record_put(struct repli_record *, enum repli_rec kind, const char *id,
                                                    const void *rows, size_t nrows, const uint8_t hash[32],
                                                    enum repli_put *, struct repli_err *);

/* The one resource ("Patient", "Encounter", "Location", "Practitioner", "Organization") with this identifier; system
** NULL = any.  *id NULL: none.  REPLI_DATA: several. */
REPLI_MUST_CHECK enum repli_status repli_record_find(struct repli_record *, const char *type, const char *system,
                                                     const char *value, struct repli_arena *, const char **id,
                                                     struct repli_err *);
/* The id under which the record keeps the "Patient" or "Encounter" that is sent as `id`: another one when a message had
** brought it before (the row keeps its id), else `id` itself. */
REPLI_MUST_CHECK enum repli_status repli_record_row_id(struct repli_record *, const char *type, const char *id,
                                                       struct repli_arena *, const char **row_id, struct repli_err *);
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

/* Counts what import_at points to: something that was met, and of those what is of a type that is not used. */
void repli_record_import_seen(struct repli_record *);
void repli_record_import_unused(struct repli_record *);

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

/* What became of each file of the newest run, in order: seen = inserted + updated + unchanged + refused + unused. */
struct repli_import_file {
    const char *path;
    int64_t seen, unused;
    struct repli_import_counts counts;
};
REPLI_MUST_CHECK enum repli_status repli_record_import_files(struct repli_record *, struct repli_arena *,
                                                             struct repli_import_file **, size_t *count,
                                                             struct repli_err *);

#endif

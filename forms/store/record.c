/* Opening the record, and what it says as a whole. */
#include <stdlib.h>

#include "store/record_internal.h"

static const char *const steps[] = {"store/record.sql", NULL};
static const struct repli_db_kind kind = {.what = "record", .application_id = 0x5265706C, .steps = steps};

enum repli_status repli_record_open(const char *path, bool create, int64_t now_utc, struct repli_record **record,
                                    struct repli_err *err)
{
    struct repli_record *r = repli_xcalloc(1, sizeof *r);
    enum repli_status s = repli_db_open(path, &kind, create, now_utc, &r->db, err);
    if (s != REPLI_OK) {
        free(r);
        return s;
    }
    *record = r;
    return REPLI_OK;
}

void repli_record_looks(struct repli_record *record)
{
    repli_db_looks(&record->db, true, NULL);
}

void repli_record_close(struct repli_record *record)
{
    if (!record)
        return;
    repli_record_import_rollback(record);
    repli_db_rollback(&record->db);
    repli_db_close(&record->db);
    free(record);
}

enum repli_status repli_record_patients(struct repli_record *r, int64_t *patients, struct repli_err *err)
{
    return repli_db_int(&r->db, "SELECT count(*) FROM patient", 0, patients, err);
}

/* What is left out is told in record.h; a test holds this list against the schema. */
static const char *const digested[] = {
    "patient: row_version, source_hash, subject_hash",
    "patient_identifier: row_version",
    "patient_contact: row_version",
    "practitioner: row_version, source_hash",
    "practitioner_role: row_version, source_hash",
    "organization: row_version, source_hash",
    "location: row_version, source_hash",
    "encounter: row_version, source_hash, stay_hash",
    "encounter_location: row_version",
    "allergy: row_version, source_hash",
    "condition: row_version, source_hash",
    "medication: row_version, source_hash",
    "medication_request: row_version, source_hash",
    "medication_administration: row_version, source_hash",
    "observation: row_version, source_hash",
    "medication_statement: row_version, source_hash",
    "procedure: row_version, source_hash",
    "service_request: row_version, source_hash",
    "appointment: row_version, source_hash",
    "device: row_version, source_hash",
    "device_use: row_version, source_hash",
    "flag: row_version, source_hash",
    "coverage: row_version, source_hash",
    "order_decision: row_version, source_hash",
    "order_proposal: row_version, source_hash",
    "fluid: row_version, source_hash",
    "infusion: row_version, source_hash",
    "allergy_check: row_version, source_hash",
    "movement: row_version, source_hash",
    "registration: row_version, source_hash",
    "document: row_version, source_hash",
    "merge: merge_id, merged_utc, changeset",
    "paper_entry: merge_id, scanned_utc, entered_utc",
    "merge_undo: merge_id, undone_utc",
    "merge_purge: merge_id, purged_utc",
    "identity_act: act_id, shown, at_utc",
    "identity_sheet: at_utc",
    NULL,
};

enum repli_status repli_record_digest(struct repli_record *r, char out[65], struct repli_err *err)
{
    return repli_db_digest(&r->db, digested, out, err);
}

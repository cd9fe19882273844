/* Patients by downtime number: rows that a merge makes and fills in, and an undo takes back. */
#include "repli/record_newcomer.h"

#include <string.h>

#include "repli/downtime.h"
#include "repli/id.h"
#include "repli/text.h"
#include "store/record_internal.h"

static void source_hash(const char *id, uint8_t hash[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_text(&h, "paper");
    repli_hash_text(&h, id);
    repli_hash_final(&h, hash);
}

static enum repli_status put_patient(struct repli_db *db, const struct repli_newcomer *n, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    REPLI_STMT st = NULL;
    uint8_t hash[32];
    enum repli_status s = repli_db_prepare(
        db,
        "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, name_text, "
        "name_fold, source_hash) VALUES(?,?,?,?,?,?,?)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    source_hash(n->patient_id, hash);
    repli_bind_text(st, 1, n->patient_id);
    repli_bind_text(st, 2, REPLI_DOWNTIME_SYSTEM);
    repli_bind_text(st, 3, n->number);
    repli_bind_blob(st, 4, n->subject, 8);
    repli_bind_text(st, 5, n->alias);
    repli_bind_text(st, 6, repli_text_fold(&a, n->alias));
    repli_bind_blob(st, 7, hash, sizeof hash);
    return repli_db_run(db, st, err);
}

static enum repli_status put_identifier(struct repli_db *db, const char *patient_id, const char *system,
                                        const char *value, const char *type, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        db, "INSERT INTO patient_identifier(patient_id, system, value, type) VALUES(?,?,?,?) ON CONFLICT DO NOTHING",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_text(st, 2, system);
    repli_bind_text(st, 3, value);
    repli_bind_text(st, 4, type);
    return repli_db_run(db, st, err);
}

static enum repli_status put_stay(struct repli_db *db, const struct repli_newcomer *n, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    uint8_t hash[32];
    enum repli_status s =
        repli_db_prepare(db,
                         "INSERT INTO encounter(encounter_id, patient_id, identifier_system, identifier_value, "
                         "stay_hash, status, source_hash) VALUES(?,?,?,?,?,'in-progress',?)",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    source_hash(n->encounter_id, hash);
    repli_bind_text(st, 1, n->encounter_id);
    repli_bind_text(st, 2, n->patient_id);
    repli_bind_text(st, 3, REPLI_DOWNTIME_SYSTEM);
    repli_bind_text(st, 4, n->stay_number);
    repli_bind_blob(st, 5, n->stay, 8);
    repli_bind_blob(st, 6, hash, sizeof hash);
    return repli_db_run(db, st, err);
}

static enum repli_status put_place(struct repli_db *db, const struct repli_newcomer *n, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(db,
                         "INSERT INTO encounter_location(encounter_id, seq, location_id) SELECT ?1, 1, "
                         "location_id FROM location WHERE kind='ward' AND code=?2",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, n->encounter_id);
    repli_bind_text(st, 2, n->ward);
    return repli_db_run(db, st, err);
}

enum repli_status repli_record_merge_newcomer(struct repli_record_merge *m, const struct repli_newcomer *n,
                                              struct repli_err *err)
{
    struct repli_db *db = repli_record_merge_db(m);
    enum repli_status s = put_patient(db, n, err);
    if (s == REPLI_OK)
        s = put_identifier(db, n->patient_id, REPLI_DOWNTIME_SYSTEM, n->number, NULL, err);
    if (s == REPLI_OK)
        s = put_stay(db, n, err);
    return s == REPLI_OK && n->ward ? put_place(db, n, err) : s;
}

/* ---- who it is */

static enum repli_status name_patient(struct repli_db *db, const struct repli_known_as *k, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    REPLI_STMT st = NULL;
    const char *whole = k->family && k->given ? repli_arena_printf(&a, "%s %s", k->family, k->given)
                        : k->family           ? k->family
                                              : k->given;
    enum repli_status s = repli_db_prepare(
        db,
        "UPDATE patient SET family=coalesce(?2, family), given=coalesce(?3, given), name_fold=coalesce(?4, name_fold), "
        "birth_date=coalesce(?5, birth_date), gender=coalesce(?6, gender), language=coalesce(?7, language), "
        "row_version=row_version+1 WHERE patient_id=?1",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, k->patient_id);
    repli_bind_text(st, 2, k->family);
    repli_bind_text(st, 3, k->given);
    repli_bind_text(st, 4, whole ? repli_text_fold(&a, whole) : NULL);
    repli_bind_text(st, 5, k->birth_date);
    repli_bind_text(st, 6, k->gender);
    repli_bind_text(st, 7, k->language);
    s = repli_db_run(db, st, err);
    if (s == REPLI_OK && repli_db_changes(db) != 1)
        return repli_fail(err, REPLI_DB, "patient '%s' is not in the record any more: merge again", k->patient_id);
    return s;
}

static enum repli_status begin_stay(struct repli_db *db, const struct repli_known_as *k, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        db, "UPDATE encounter SET start_utc=?2, row_version=row_version+1 WHERE encounter_id=?1 AND start_utc IS NULL",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, k->encounter_id);
    repli_bind_int(st, 2, *k->arrived_utc);
    return repli_db_run(db, st, err);
}

enum repli_status repli_record_merge_known_as(struct repli_record_merge *m, const struct repli_known_as *k,
                                              struct repli_err *err)
{
    struct repli_db *db = repli_record_merge_db(m);
    enum repli_status s = name_patient(db, k, err);
    if (s == REPLI_OK && k->niss)
        s = put_identifier(db, k->patient_id, REPLI_NISS_SYSTEM, k->niss, "NI", err);
    return s == REPLI_OK && k->arrived_utc && k->encounter_id ? begin_stay(db, k, err) : s;
}

enum repli_status repli_record_live_number(struct repli_record *record, const char *value, const char *except,
                                           struct repli_arena *a, struct repli_live_patient **first, int64_t *count,
                                           struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT min(patient_id), count(DISTINCT patient_id) FROM patient_identifier WHERE (value=?1 OR "
        "replace(replace(replace(value, '.', ''), '-', ''), ' ', '')=?1) AND patient_id IS NOT ?2",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, value);
    repli_bind_text(st, 2, except);
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    const char *id = row ? repli_col_dup(a, st, 0) : NULL;
    *count = row ? sqlite3_column_int64(st, 1) : 0;
    *first = NULL;
    return id ? repli_record_live_patient(record, id, NULL, a, first, err) : REPLI_OK;
}

/* What the record says now about the patient, stay and values that a sheet is about. */
#include <string.h>

#include "repli/record_merge.h"
#include "store/record_family.h"
#include "store/record_internal.h"
#include "store/review_rows.h"

#define PATIENT                                                                                                        \
    "SELECT f.patient_id, f.replaced_by, f.subject_hash, max(f.deceased, t.deceased), coalesce(t.deceased_utc, "       \
    "f.deceased_utc), f.family, f.given, f.name_text, f.birth_date, f.identifier_value, t.patient_id, EXISTS(SELECT "  \
    "1 FROM patient o WHERE o.replaced_by=t.patient_id) FROM patient f JOIN patient t ON t.patient_id=CASE WHEN "      \
    "f.replaced_by IS NULL THEN f.patient_id ELSE " RECORD_TODAY("f.patient_id") " END WHERE "

enum repli_status repli_record_live_patient(struct repli_record *record, const char *id, const uint8_t subject[8],
                                            struct repli_arena *a, struct repli_live_patient **patient,
                                            struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&record->db, id ? PATIENT "f.patient_id=?" : PATIENT "f.subject_hash=?", &st, err);
    if (s != REPLI_OK)
        return s;
    if (id)
        repli_bind_text(st, 1, id);
    else
        repli_bind_blob(st, 1, subject, 8);
    bool row = false;
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *patient = NULL;
    if (row) {
        struct repli_live_patient *p = repli_arena_alloc(a, sizeof *p);
        p->id = repli_col_dup(a, st, 0);
        p->replaced_by = repli_col_dup(a, st, 1);
        (void)repli_col_bytes(st, 2, p->subject, 8);
        p->deceased = sqlite3_column_int(st, 3) != 0;
        p->deceased_utc = record_opt_dup(a, st, 4);
        p->family = repli_col_dup(a, st, 5);
        p->given = repli_col_dup(a, st, 6);
        p->name_text = repli_col_dup(a, st, 7);
        p->birth_date = repli_col_dup(a, st, 8);
        p->number = repli_col_dup(a, st, 9);
        p->today = repli_col_dup(a, st, 10);
        p->alone = sqlite3_column_int(st, 11) == 0;
        *patient = p;
    }
    return REPLI_OK;
}

enum repli_status repli_record_live_stay(struct repli_record *record, const uint8_t stay[8], struct repli_arena *a,
                                         struct repli_live_stay **out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT encounter_id, CASE WHEN (SELECT replaced_by FROM patient p WHERE p.patient_id=encounter.patient_id) IS "
        "NULL THEN patient_id ELSE " RECORD_TODAY(
            "encounter.patient_id") " END, end_utc FROM encounter WHERE stay_hash=?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, stay, 8);
    bool row = false;
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *out = NULL;
    if (row) {
        *out = repli_arena_alloc(a, sizeof **out);
        **out = (struct repli_live_stay){.encounter_id = repli_col_dup(a, st, 0),
                                         .patient_id = repli_col_dup(a, st, 1),
                                         .end_utc = record_opt_dup(a, st, 2)};
    }
    return REPLI_OK;
}

enum repli_status repli_record_live_stay_at(struct repli_record *record, const char *patient_id, int64_t at_utc,
                                            struct repli_arena *a, struct repli_live_stay **out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&record->db,
                         "SELECT encounter_id, " RECORD_TODAY(
                             "patient_id") ", end_utc FROM encounter WHERE patient_id "
                                           "IN " RECORD_FAMILY("?1") " AND "
                                                                     "start_utc<=?2 AND status NOT "
                                                                     "IN('cancelled','entered-in-error') ORDER "
                                                                     "BY start_utc DESC, encounter_id LIMIT 1",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_int(st, 2, at_utc);
    s = repli_db_step(&record->db, st, &row, err);
    *out = NULL;
    if (s != REPLI_OK || !row)
        return s;
    *out = repli_arena_alloc(a, sizeof **out);
    **out = (struct repli_live_stay){.encounter_id = repli_col_dup(a, st, 0),
                                     .patient_id = repli_col_dup(a, st, 1),
                                     .end_utc = record_opt_dup(a, st, 2)};
    return REPLI_OK;
}

/* `sql` has five places: patient, code system, code, from, to. */
static enum repli_status live_values(struct repli_record *record, const char *sql, const struct repli_live_query *q,
                                     struct repli_arena *a, struct repli_live_observation **rows, size_t *count,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&record->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, q->patient_id);
    repli_bind_text(st, 2, q->code_system);
    repli_bind_text(st, 3, q->code);
    repli_bind_int(st, 4, q->from_utc);
    repli_bind_int(st, 5, q->to_utc);
    struct repli_live_observation *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; (s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_live_observation){.id = repli_col_dup(a, st, 0),
                                                 .value = repli_col_dup(a, st, 1),
                                                 .unit = repli_col_dup(a, st, 2),
                                                 .row_version = sqlite3_column_int64(st, 3)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

#define MEASURED(whose)                                                                                                \
    "FROM observation WHERE patient_id" whose " AND code_system=?2 AND code=?3 AND effective_utc>=?4 AND "             \
    "effective_utc<?5 AND status<>'entered-in-error' AND value_kind<>'absent'"
/* Nearly everybody has one file, and looking for more costs several times what the values cost. */
#define ONE_FILE             "=?1"
#define ALL_FILES            " IN " RECORD_FAMILY("?1")
#define MEASURED_ROWS(whose) "SELECT observation_id, value, unit, row_version " MEASURED(whose) " ORDER BY 1"
#define FLUID_ROWS(whose)                                                                                              \
    "SELECT 'fluid/'||fluid_id, amount_ml, 'mL', row_version FROM fluid WHERE patient_id" whose                        \
    " AND code_system=?2 AND code=?3 AND start_utc>=?4 AND start_utc<?5 UNION ALL SELECT "                             \
    "'observation/'||observation_id, value, unit, row_version " MEASURED(whose) " ORDER BY 1"

enum repli_status repli_record_live_observations(struct repli_record *record, const struct repli_live_query *q,
                                                 struct repli_arena *a, struct repli_live_observation **rows,
                                                 size_t *count, struct repli_err *err)
{
    return live_values(record, q->alone ? MEASURED_ROWS(ONE_FILE) : MEASURED_ROWS(ALL_FILES), q, a, rows, count, err);
}

enum repli_status repli_record_live_fluids(struct repli_record *record, const struct repli_live_query *q,
                                           struct repli_arena *a, struct repli_live_observation **rows, size_t *count,
                                           struct repli_err *err)
{
    return live_values(record, q->alone ? FLUID_ROWS(ONE_FILE) : FLUID_ROWS(ALL_FILES), q, a, rows, count, err);
}

enum repli_status repli_record_paper(struct repli_record *record, uint64_t serial, const uint8_t mac[8],
                                     struct repli_arena *a, struct repli_paper_row **rows, size_t *count,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&record->db,
                                           "SELECT field, capture, merge_id, merge_undo.person, revision FROM "
                                           "paper_entry LEFT JOIN merge_undo USING(merge_id) "
                                           "WHERE serial=? AND mac=? ORDER BY field, revision",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_blob(st, 2, mac, 8);
    struct repli_paper_row *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; (s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_paper_row){.field = repli_col_dup(a, st, 0),
                                          .capture = repli_col_dup(a, st, 1),
                                          .merge_id = repli_col_dup(a, st, 2),
                                          .undone_by = repli_col_dup(a, st, 3),
                                          .revision = sqlite3_column_int(st, 4)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_record_merge_find(struct repli_record *record, const char *merge_id, struct repli_arena *a,
                                          const char **sheet, const char **undone_by, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT merge.sheet, merge_undo.person FROM merge LEFT JOIN merge_undo USING(merge_id) WHERE merge.merge_id=?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    bool row = false;
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *sheet = row ? repli_col_dup(a, st, 0) : NULL;
    *undone_by = row ? repli_col_dup(a, st, 1) : NULL;
    return REPLI_OK;
}

/* What the record says now about orders, doses and allergies. */
#include "repli/record_mar.h"

#include "store/record_family.h"
#include "store/record_internal.h"

enum repli_status repli_record_live_order(struct repli_record *record, const char *request_id, struct repli_arena *a,
                                          struct repli_live_order **order, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT r.request_id, " RECORD_TODAY("r.patient_id") ", r.status, r.dose, r.dose_unit, r.route, "
                                                             "coalesce(r.medication, m.name, m.ingredients), "
                                                             "r.medication_id, m.code_system, m.code, m.ingredients, "
                                                             "r.end_utc FROM medication_request r LEFT JOIN medication "
                                                             "m USING(medication_id) WHERE r.request_id=?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, request_id);
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *order = NULL;
    if (row) {
        *order = repli_arena_alloc(a, sizeof **order);
        **order = (struct repli_live_order){.id = repli_col_dup(a, st, 0),
                                            .patient_id = repli_col_dup(a, st, 1),
                                            .status = repli_col_dup(a, st, 2),
                                            .dose = repli_col_dup(a, st, 3),
                                            .dose_unit = repli_col_dup(a, st, 4),
                                            .route = repli_col_dup(a, st, 5),
                                            .medication = repli_col_dup(a, st, 6),
                                            .medication_id = repli_col_dup(a, st, 7),
                                            .code_system = repli_col_dup(a, st, 8),
                                            .code = repli_col_dup(a, st, 9),
                                            .ingredients = repli_col_dup(a, st, 10),
                                            .end_utc = record_opt_dup(a, st, 11)};
    }
    return REPLI_OK;
}

enum repli_status repli_record_live_doses(struct repli_record *record, const char *patient_id, int64_t from_utc,
                                          int64_t to_utc, struct repli_arena *a, struct repli_live_dose **rows,
                                          size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_live_dose *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT d.administration_id, d.request_id, d.status, coalesce(d.medication, m.name, m.ingredients), d.dose, "
        "d.dose_unit, d.due_utc, d.start_utc, d.from_paper FROM medication_administration d "
        "LEFT JOIN medication m USING(medication_id) WHERE d.patient_id IN " RECORD_FAMILY(
            "?1") " AND d.start_utc IS NOT NULL AND "
                  "d.status<>'entered-in-error' AND ((d.start_utc>=?2 AND d.start_utc<?3) OR (d.due_utc>=?2 AND "
                  "d.due_utc<?3)) "
                  "ORDER BY d.start_utc, d.administration_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_int(st, 2, from_utc);
    repli_bind_int(st, 3, to_utc);
    while ((s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_live_dose){.id = repli_col_dup(a, st, 0),
                                            .request_id = repli_col_dup(a, st, 1),
                                            .status = repli_col_dup(a, st, 2),
                                            .medication = repli_col_dup(a, st, 3),
                                            .dose = repli_col_dup(a, st, 4),
                                            .dose_unit = repli_col_dup(a, st, 5),
                                            .due_utc = record_opt_dup(a, st, 6),
                                            .at_utc = sqlite3_column_int64(st, 7),
                                            .from_paper = sqlite3_column_int(st, 8) != 0};
    }
    if (s != REPLI_OK)
        return s;
    *rows = all;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_record_live_allergies(struct repli_record *record, const char *patient_id,
                                              struct repli_arena *a, struct repli_live_allergy **rows, size_t *count,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_live_allergy *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT allergy_id, substance, code_system, code FROM allergy WHERE patient_id IN " RECORD_FAMILY(
            "?1") " AND "
                  "coalesce(status,'active')='active' AND "
                  "coalesce(certainty,'') NOT IN('refuted','entered-in-error') ORDER BY allergy_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    while ((s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_live_allergy){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1),
                                               repli_col_dup(a, st, 2), repli_col_dup(a, st, 3)};
    }
    if (s != REPLI_OK)
        return s;
    *rows = all;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_record_live_decisions(struct repli_record *record, const char *request_id,
                                              struct repli_arena *a, struct repli_live_decision **rows, size_t *count,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_live_decision *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &record->db, "SELECT decision_id, decision, changed_to FROM order_decision WHERE request_id=? ORDER BY 1", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, request_id);
    while ((s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] =
            (struct repli_live_decision){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2)};
    }
    if (s != REPLI_OK)
        return s;
    *rows = all;
    *count = n;
    return REPLI_OK;
}

/* A row of the statement below. */
static struct repli_proposal proposal_row(sqlite3_stmt *st, struct repli_arena *a)
{
    return (struct repli_proposal){.id = repli_col_dup(a, st, 0),
                                   .sheet = repli_col_dup(a, st, 1),
                                   .capture = repli_col_dup(a, st, 2),
                                   .serial = (uint64_t)sqlite3_column_int64(st, 3),
                                   .patient = repli_col_dup(a, st, 4),
                                   .name = repli_col_dup(a, st, 5),
                                   .birth_date = repli_col_dup(a, st, 6),
                                   .kind = repli_col_dup(a, st, 7),
                                   .number = repli_col_dup(a, st, 8),
                                   .drug = repli_col_dup(a, st, 9),
                                   .dose = repli_col_dup(a, st, 10),
                                   .dose_unit = repli_col_dup(a, st, 11),
                                   .route = repli_col_dup(a, st, 12),
                                   .ordered_utc = record_opt_dup(a, st, 13),
                                   .given_utc = record_opt_dup(a, st, 14),
                                   .prescriber_number = repli_col_dup(a, st, 15),
                                   .verbal = sqlite3_column_int(st, 16) != 0,
                                   .signature = repli_col_dup(a, st, 17),
                                   .type = repli_col_dup(a, st, 18),
                                   .stops_number = repli_col_dup(a, st, 19),
                                   .stops = repli_col_dup(a, st, 20),
                                   .telephone = sqlite3_column_int(st, 21) != 0,
                                   .read_back = record_opt_dup(a, st, 22),
                                   .urgent = sqlite3_column_int(st, 23) != 0};
}

enum repli_status repli_record_proposals(struct repli_record *record, struct repli_arena *a,
                                         struct repli_proposal **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_proposal *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT p.proposal_id, g.sheet, e.capture, g.serial, t.identifier_value, coalesce(t.family||', '||t.given, "
        "t.family, t.name_text, t.given), t.birth_date, p.kind, p.number, p.drug, p.dose, p.dose_unit, p.route, "
        "p.ordered_utc, p.given_utc, p.prescriber_number, p.verbal, p.signature, p.type, p.stops_number, p.stops, "
        "p.telephone, p.read_back, p.urgent FROM order_proposal p "
        "JOIN patient t ON t.patient_id=" RECORD_TODAY(
            "p.patient_id") " "
                            "JOIN paper_entry e ON e.target='order_proposal/'||p.proposal_id "
                            "JOIN merge g ON g.merge_id=e.merge_id GROUP BY p.proposal_id "
                            "ORDER BY t.identifier_value, t.patient_id, g.sheet, e.capture",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = proposal_row(st, a);
    }
    if (s != REPLI_OK)
        return s;
    *rows = all;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_record_doubles(struct repli_record *record, int64_t within_s, struct repli_arena *a,
                                       struct repli_double **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_double *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT g.sheet, e.capture, p.administration_id, o.administration_id, p.medication, p.start_utc, o.start_utc "
        "FROM medication_administration p JOIN medication_administration o ON o.patient_id IN " RECORD_FAMILY(
            RECORD_TODAY(
                "p.patient_id")) " AND o.from_paper=0 AND o.status IN('completed','in-progress') AND o.start_utc "
                                 "BETWEEN "
                                 "min(p.start_utc, coalesce(p.due_utc, p.start_utc))-?1 AND max(p.start_utc, "
                                 "coalesce(p.due_utc, "
                                 "p.start_utc))+?1 "
                                 "AND (o.request_id=p.request_id OR (o.request_id IS NULL AND "
                                 "lower(o.medication)=lower(p.medication))) "
                                 "JOIN paper_entry e ON e.target='medication_administration/'||p.administration_id AND "
                                 "e.effect='inserted' "
                                 "JOIN merge g ON g.merge_id=e.merge_id "
                                 "WHERE p.from_paper=1 AND p.status='completed' "
                                 "GROUP BY p.administration_id, o.administration_id HAVING max(e.decided) IS NULL "
                                 "ORDER BY g.sheet, e.capture, o.administration_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, within_s);
    while ((s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_double){.sheet = repli_col_dup(a, st, 0),
                                         .capture = repli_col_dup(a, st, 1),
                                         .paper_id = repli_col_dup(a, st, 2),
                                         .live_id = repli_col_dup(a, st, 3),
                                         .medication = repli_col_dup(a, st, 4),
                                         .paper_utc = sqlite3_column_int64(st, 5),
                                         .live_utc = sqlite3_column_int64(st, 6)};
    }
    if (s != REPLI_OK)
        return s;
    *rows = all;
    *count = n;
    return REPLI_OK;
}

/* Lists for people who look after paper; every statement finds its rows by an index. */
#include "repli/ledger_lists.h"

#include <string.h>

#include "store/ledger_internal.h"

#define STEPS(row, st)                                                                                                 \
    bool row = true;                                                                                                   \
    s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK &&row;

enum repli_status repli_ledger_missing(struct repli_ledger *l, const char *ward, int64_t offset, int64_t limit,
                                       struct repli_arena *a, struct repli_missing_row **list, size_t *count,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_missing_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT s.sheet, s.patient, s.patient_name, f.bed, s.form_id, s.pack_id, s.side, s.sides, p.printed_utc FROM "
        "sheet s JOIN pack p USING(pack_id) LEFT JOIN filled f ON f.serial=s.serial-s.side+1 WHERE s.has_fields=1 AND "
        "s.ward=?1 AND s.state='printed' AND NOT EXISTS(SELECT 1 FROM received r WHERE r.serial=s.serial) ORDER BY "
        "s.form_id<>'mar', s.patient IS NULL, s.patient, s.pack_id, s.page LIMIT ?2 OFFSET ?3",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, ward);
    repli_bind_int(st, 2, limit);
    repli_bind_int(st, 3, offset);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_missing_row){.sheet = repli_col_dup(a, st, 0),
                                              .patient = repli_col_dup(a, st, 1),
                                              .name = repli_col_dup(a, st, 2),
                                              .bed = repli_col_dup(a, st, 3),
                                              .form_id = repli_col_dup(a, st, 4),
                                              .pack_id = repli_col_dup(a, st, 5),
                                              .side = sqlite3_column_int(st, 6),
                                              .sides = sqlite3_column_int(st, 7),
                                              .printed_utc = sqlite3_column_int64(st, 8)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_batches(struct repli_ledger *l, int64_t offset, int64_t limit, struct repli_arena *a,
                                       struct repli_batch_row **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_batch_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT batch, count(*), min(stored_utc), max(stored_utc) FROM image GROUP "
                                           "BY batch ORDER BY 4 DESC, 1 LIMIT ?1 OFFSET ?2",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, limit);
    repli_bind_int(st, 2, offset);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_batch_row){.batch = repli_col_dup(a, st, 0),
                                            .files = sqlite3_column_int64(st, 1),
                                            .first_utc = sqlite3_column_int64(st, 2),
                                            .last_utc = sqlite3_column_int64(st, 3)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_batch_outcomes(struct repli_ledger *l, const char *batch, struct repli_arena *a,
                                              struct repli_outcome_count **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_outcome_count *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "SELECT c.outcome, count(*), count(c.settled_utc) FROM image i CROSS JOIN scan c "
                         "USING(image_id) WHERE i.batch IS ?1 GROUP BY c.outcome ORDER BY 2 DESC, 1",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, batch);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_outcome_count){.outcome = repli_col_dup(a, st, 0),
                                                .images = sqlite3_column_int64(st, 1),
                                                .settled = sqlite3_column_int64(st, 2)};
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- what is held */

enum repli_status repli_ledger_held(struct repli_ledger *l, struct repli_arena *a, struct repli_held_row **list,
                                    size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_held_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT h.serial, s.sheet, s.ward, s.form_id, h.capture, h.kind, h.detail, h.since_utc FROM hold h JOIN sheet "
        "s USING(serial) WHERE h.decided IS NULL AND s.state IN('read','reviewed') ORDER BY h.since_utc, h.serial, "
        "h.capture",
        &st, err);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_held_row){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                           .sheet = repli_col_dup(a, st, 1),
                                           .ward = repli_col_dup(a, st, 2),
                                           .form_id = repli_col_dup(a, st, 3),
                                           .capture = repli_col_dup(a, st, 4),
                                           .kind = repli_col_dup(a, st, 5),
                                           .detail = repli_col_dup(a, st, 6),
                                           .since_utc = sqlite3_column_int64(st, 7)};
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- what is reviewed and not merged */

enum repli_status repli_ledger_wards_reviewed(struct repli_ledger *l, struct repli_arena *a,
                                              struct repli_ward_count **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_ward_count *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT ward, sum(state='read'), sum(state='reviewed') FROM sheet INDEXED BY sheet_board "
        "WHERE has_fields=1 AND ward IS NOT NULL AND state IN('read','reviewed') GROUP BY ward ORDER BY ward",
        &st, err);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_ward_count){.ward = repli_col_dup(a, st, 0),
                                             .read = sqlite3_column_int64(st, 1),
                                             .reviewed = sqlite3_column_int64(st, 2)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_patients_reviewed(struct repli_ledger *l, const char *ward, int64_t offset,
                                                 int64_t limit, struct repli_arena *a,
                                                 struct repli_review_patient **list, size_t *count,
                                                 struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_review_patient *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "WITH mine AS MATERIALIZED (SELECT serial, patient, patient_name, birth_date FROM sheet WHERE has_fields=1 AND "
        "ward=?1 AND state IN('read','reviewed') AND patient IS NOT NULL), who AS MATERIALIZED (SELECT patient, "
        "max(patient_name) AS name, max(birth_date) AS born, count(*) AS sheets FROM mine GROUP BY patient ORDER BY "
        "patient LIMIT ?2 OFFSET ?3) SELECT patient, name, born, sheets, (SELECT count(*) FROM mine m JOIN task t ON "
        "t.serial=m.serial WHERE m.patient=w.patient AND t.done=0), (SELECT count(*) FROM mine m JOIN hold h ON "
        "h.serial=m.serial WHERE m.patient=w.patient AND h.decided IS NULL), (SELECT count(*) FROM sheet s WHERE "
        "s.patient=w.patient AND s.state='printed' AND s.has_fields=1) FROM who w ORDER BY patient",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, ward);
    repli_bind_int(st, 2, limit);
    repli_bind_int(st, 3, offset);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_review_patient){.patient = repli_col_dup(a, st, 0),
                                                 .name = repli_col_dup(a, st, 1),
                                                 .birth_date = repli_col_dup(a, st, 2),
                                                 .sheets = sqlite3_column_int64(st, 3),
                                                 .open = sqlite3_column_int64(st, 4),
                                                 .held = sqlite3_column_int64(st, 5),
                                                 .missing = sqlite3_column_int64(st, 6)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_serials_of(struct repli_ledger *l, const char *patient, struct repli_arena *a,
                                          uint64_t **serials, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    uint64_t *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT serial FROM sheet WHERE patient=? AND state IN('read','reviewed') ORDER BY serial", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient);
    for (STEPS(row, st)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (uint64_t)sqlite3_column_int64(st, 0);
    }
    *serials = all;
    *count = n;
    return s;
}

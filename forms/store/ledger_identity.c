/* What the ledger knows about who somebody with a downtime number is. */
#include "repli/identity.h"
#include "store/ledger_internal.h"

enum repli_status repli_ledger_identity_named(struct repli_ledger *l, const char *number, struct repli_arena *a,
                                              const char **value, const char **sheet, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT t.value, s.sheet FROM sheet s JOIN settled t USING(serial) WHERE s.patient=? AND s.form_id="
        "'registration' AND t.field='resolved.mrn' AND t.answer='value' ORDER BY t.settled_utc DESC, s.serial DESC, "
        "t.revision DESC LIMIT 1",
        &st, err);
    *value = *sheet = NULL;
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, number);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK && row) {
        *value = repli_col_dup(a, st, 0);
        *sheet = repli_col_dup(a, st, 1);
    }
    return s;
}

enum repli_status repli_ledger_identity_printed(struct repli_ledger *l, const char *patient_id, int64_t since_utc,
                                                struct repli_arena *a, const char **sheets, int64_t *count,
                                                struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT group_concat(sheet, ' '), count(*) FROM (SELECT s.sheet FROM sheet s JOIN pack p USING(pack_id) WHERE "
        "s.patient_id=? AND p.printed_utc>=? AND s.state NOT IN('merged','void','lost','blank') ORDER BY s.serial)",
        &st, err);
    *sheets = NULL;
    *count = 0;
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_int(st, 2, since_utc);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK && row) {
        *sheets = repli_col_dup(a, st, 0);
        *count = sqlite3_column_int64(st, 1);
    }
    return s;
}

enum repli_status repli_ledger_identity_sheets(struct repli_ledger *l, const char *number, struct repli_arena *a,
                                               struct repli_identity_sheet **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_identity_sheet *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT serial, mac, sheet, form_id, side || '/' || sides, state FROM sheet "
                                           "WHERE patient=? AND subject_kind=4 AND has_fields=1 ORDER BY serial",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, number);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_arena_grow(a, all, n, n + 1, sizeof *all);
        all[n++] = (struct repli_identity_sheet){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                                 .sheet = repli_col_dup(a, st, 2),
                                                 .form = repli_col_dup(a, st, 3),
                                                 .side = repli_col_dup(a, st, 4),
                                                 .state = repli_col_dup(a, st, 5)};
        (void)repli_col_bytes(st, 1, all[n - 1].mac, sizeof all[n - 1].mac);
    }
    *rows = all;
    *count = n;
    return s;
}

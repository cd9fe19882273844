/* Which merges were handed over to the hospital's own system. */
#include "repli/export.h"
#include "store/ledger_internal.h"

enum repli_status repli_ledger_exported(struct repli_ledger *l, const char *merge_id, bool *exported, bool *withdrawn,
                                        struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT withdrawn_utc IS NOT NULL FROM export WHERE merge_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    s = repli_db_step(&l->db, st, &row, err);
    *exported = s == REPLI_OK && row;
    *withdrawn = *exported && sqlite3_column_int(st, 0) != 0;
    return s;
}

enum repli_status repli_ledger_export_put(struct repli_ledger *l, const char *merge_id, bool withdrawn, int64_t now_utc,
                                          struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO export(merge_id, exported_utc, withdrawn_utc) VALUES(?1, ?2, CASE ?3 WHEN 1 THEN "
                         "?2 END) ON CONFLICT(merge_id) DO UPDATE SET exported_utc=?2, withdrawn_utc=CASE ?3 WHEN 1 "
                         "THEN ?2 END",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    repli_bind_int(st, 2, now_utc);
    repli_bind_int(st, 3, withdrawn);
    return repli_db_run(&l->db, st, err);
}

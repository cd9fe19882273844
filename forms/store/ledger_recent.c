/* The last packs. */
#include "repli/ledger_recent.h"
#include "store/db.h"

enum repli_status repli_ledger_packs_recent(struct repli_ledger *l, int most, struct repli_arena *a,
                                            struct repli_recent_pack **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_recent_pack *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT pack_id, ward, what, printed_utc, pages FROM pack "
                                           "WHERE state='ready' ORDER BY printed_utc DESC, rowid DESC LIMIT ?",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, most);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_recent_pack){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2),
                                              sqlite3_column_int64(st, 3), sqlite3_column_int(st, 4)};
    }
    if (s != REPLI_OK)
        return s;
    *list = all;
    *count = n;
    return REPLI_OK;
}

/* Merges of the record for the report of an outage: when, whether they stand, how many rows of the record. */
#include "repli/report.h"
#include "store/record_internal.h"

enum repli_status repli_record_report(struct repli_record *r, struct repli_arena *a, struct repli_report_merge **list,
                                      size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_report_merge *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT m.serial, m.merged_utc, coalesce(u.undone_utc, 0), (SELECT count(DISTINCT p.target) FROM paper_entry p "
        "WHERE p.merge_id=m.merge_id AND p.effect IN('inserted','amended','already-there')) FROM merge m LEFT JOIN "
        "merge_undo u USING(merge_id) ORDER BY m.serial, m.merged_utc, m.rowid",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_report_merge){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                               .merged_utc = sqlite3_column_int64(st, 1),
                                               .undone_utc = sqlite3_column_int64(st, 2),
                                               .values = sqlite3_column_int64(st, 3)};
    }
    *list = all;
    *count = n;
    return s;
}

/* Which sheets came in a batch of paper, and which merges somebody had a hand in. */
#include "repli/ledger_scan.h"
#include "repli/record_merge.h"
#include "store/db.h"

enum repli_status repli_ledger_batch_serials(struct repli_ledger *l, const char *batch, struct repli_arena *a,
                                             uint64_t **serials, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    uint64_t *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT DISTINCT serial FROM scan JOIN image USING(image_id) WHERE batch=? AND outcome='read' AND serial IS "
        "NOT NULL ORDER BY serial",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, batch);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (uint64_t)sqlite3_column_int64(st, 0);
    }
    *serials = all;
    *count = n;
    return s;
}

enum repli_status repli_record_merges_of(struct repli_record *r, const char *person, struct repli_arena *a,
                                         const char ***ids, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char **all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT merge_id FROM merge m WHERE person=?1 OR EXISTS(SELECT 1 FROM paper_entry p WHERE "
        "p.merge_id=m.merge_id AND ?1 IN(p.entered_by, p.verified_by, p.decided_by)) ORDER BY merge_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = repli_col_dup(a, st, 0);
    }
    *ids = all;
    *count = n;
    return s;
}

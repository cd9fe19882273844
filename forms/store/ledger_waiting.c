/* Page images that wait for a person, and what people say of them. */
#include <stdio.h>
#include <string.h>

#include "repli/ledger_lists.h"
#include "repli/outcome.h"
#include "store/ledger_internal.h"

#define COLUMNS                                                                                                        \
    "SELECT c.scan_id, c.image_id, coalesce(c.first_scan, 0), c.scanned_utc, i.sha256, c.page, i.name, i.batch, "      \
    "c.outcome, c.reason, (SELECT sheet FROM sheet WHERE serial=c.serial)"

static void waiting_row(sqlite3_stmt *st, struct repli_arena *a, struct repli_waiting_row *r)
{
    *r = (struct repli_waiting_row){.scan_id = sqlite3_column_int64(st, 0),
                                    .image_id = sqlite3_column_int64(st, 1),
                                    .first_scan = sqlite3_column_int64(st, 2),
                                    .scanned_utc = sqlite3_column_int64(st, 3),
                                    .page = sqlite3_column_int(st, 5),
                                    .name = repli_col_dup(a, st, 6),
                                    .batch = repli_col_dup(a, st, 7),
                                    .outcome = repli_col_dup(a, st, 8),
                                    .reason = repli_col_dup(a, st, 9),
                                    .sheet = repli_col_dup(a, st, 10)};
    (void)repli_col_bytes(st, 4, r->sha256, sizeof r->sha256);
}

/* 'no-code','bad-mac', ...: all that wait. */
static const char *that_wait(struct repli_arena *a)
{
    const char *list = "";
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++)
        if (repli_outcome_waits((enum repli_outcome)i))
            list = repli_arena_printf(a, "%s%s'%s'", list, *list ? "," : "", repli_outcome_text((enum repli_outcome)i));
    return list;
}

enum repli_status repli_ledger_waiting(struct repli_ledger *l, const char *outcome, int64_t offset, int64_t limit,
                                       struct repli_arena *a, struct repli_waiting_row **list, size_t *count,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_waiting_row *all = NULL;
    size_t n = 0;
    const char *sql = repli_arena_printf(
        a,
        COLUMNS " FROM (SELECT scan_id FROM scan WHERE settled_utc IS NULL AND "
                "%s ORDER BY scan_id LIMIT ?2 OFFSET ?3) x JOIN scan c "
                "USING(scan_id) JOIN image i USING(image_id) ORDER BY c.scan_id",
        outcome ? "outcome=?1" : repli_arena_printf(a, "?1 IS NULL AND outcome IN(%s)", that_wait(a)));
    enum repli_status s = repli_db_prepare(&l->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, outcome);
    repli_bind_int(st, 2, limit);
    repli_bind_int(st, 3, offset);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        waiting_row(st, a, &all[n++]);
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_scanned(struct repli_ledger *l, int64_t scan_id, struct repli_arena *a,
                                       struct repli_scanned **out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    *out = NULL;
    enum repli_status s = repli_db_prepare(&l->db,
                                           COLUMNS ", c.result, c.settled_by, c.settled_as, coalesce(c.serial, 0) FROM "
                                                   "scan c JOIN image i USING(image_id) WHERE c.scan_id=?",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, scan_id);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK || !row)
        return s;
    struct repli_scanned *x = repli_arena_alloc(a, sizeof *x);
    waiting_row(st, a, &x->row);
    x->result = repli_col_dup(a, st, 11);
    x->settled_by = repli_col_dup(a, st, 12);
    x->settled_as = repli_col_dup(a, st, 13);
    x->serial = (uint64_t)sqlite3_column_int64(st, 14);
    *out = x;
    return REPLI_OK;
}

enum repli_status repli_ledger_scan_settle(struct repli_ledger *l, int64_t scan_id, const char *by, const char *as,
                                           int64_t now_utc, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    REPLI_STMT st = NULL;
    const char *sql =
        repli_arena_printf(&a,
                           "UPDATE scan SET settled_by=?2, settled_as=?3, settled_utc=?4 WHERE scan_id=?1 "
                           "AND settled_utc IS NULL AND outcome IN(%s)",
                           that_wait(&a));
    enum repli_status s = repli_db_prepare(&l->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, scan_id);
    repli_bind_text(st, 2, by);
    repli_bind_text(st, 3, as);
    repli_bind_int(st, 4, now_utc);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) == 0)
        s = repli_fail(err, REPLI_DATA, "image %lld does not wait for anybody: somebody settled it",
                       (long long)scan_id);
    return s;
}

enum repli_status repli_ledger_reading_choose(struct repli_ledger *l, uint64_t serial, int64_t scan_id,
                                              const char *field, const char *state, int64_t row, double confidence,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "UPDATE reading SET scan_id=?3, state=?4, row=?5, confidence=?6, crop=NULL WHERE serial=?1 AND field=?2 AND "
        "NOT "
        "EXISTS(SELECT 1 FROM entry e WHERE e.serial=?1 AND e.field=?2) AND NOT EXISTS(SELECT 1 FROM reopened o WHERE "
        "o.serial=?1 AND o.field=?2)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, field);
    repli_bind_int(st, 3, scan_id);
    repli_bind_text(st, 4, state);
    repli_bind_opt(st, 5, row >= 0 ? &row : NULL);
    repli_bind_real(st, 6, confidence);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) == 0)
        s = repli_fail(err, REPLI_DATA, "somebody has answered %.40s already: open it again, then it is keyed anew",
                       field);
    return s;
}

/* What can be lent: open tasks without those that this person may not do, or that somebody else has. */
#include "repli/ledger_quality.h"

#include "store/db.h"
#include "store/review_rows.h"

/* Who gave one key gives neither the second nor settles (reconcile/tasks.c, review_may_not()). */
#define MAY                                                                                                            \
    "NOT (t.need IN('key2','settle') AND EXISTS(SELECT 1 FROM entry e WHERE e.serial=t.serial AND e.field=t.field "    \
    "AND e.revision=t.revision AND e.person=?1 AND e.need<>'callback'))"
#define RUNNING                                                                                                        \
    "lease l ON l.serial=t.serial AND l.field=t.field AND l.ended_utc IS NULL AND l.until_utc>?2 AND "                 \
    "l.revision=t.revision AND l.need=t.need"
#define ASKED "sheet s ON s.serial=t.serial AND s.state IN('read','reviewed')"
#define SEEN  "reading r ON r.serial=t.serial AND r.field=t.field"

static enum repli_status rows_of(struct repli_ledger *l, sqlite3_stmt *st, struct repli_arena *a,
                                 struct repli_lendable **rows, size_t *count, struct repli_err *err)
{
    struct repli_lendable *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = REPLI_OK;
    for (bool row = true; (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_lendable){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                         .form = repli_col_dup(a, st, 1),
                                         .field = repli_col_dup(a, st, 2),
                                         .need = repli_col_dup(a, st, 3),
                                         .state = repli_col_dup(a, st, 4),
                                         .count = sqlite3_column_int64(st, 5),
                                         .mine = sqlite3_column_int64(st, 6),
                                         .theirs = sqlite3_column_int64(st, 7)};
    }
    *rows = out;
    *count = n;
    return s;
}

enum repli_status repli_ledger_lendable_counts(struct repli_ledger *l, const char *person, int64_t now_utc,
                                               struct repli_arena *a, struct repli_lendable **rows, size_t *count,
                                               struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT min(t.serial), s.form_id, t.field, t.need, CASE t.need WHEN 'confirm' THEN r.state END AS seen, "
        "count(*), "
        "sum(l.person IS ?1), sum(l.person<>?1) FROM task t JOIN " ASKED " LEFT JOIN " SEEN " LEFT JOIN " RUNNING
        " WHERE t.done=0 AND " MAY " GROUP BY s.form_id, t.field, t.need, seen ORDER BY s.form_id, t.field, t.need",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    repli_bind_int(st, 2, now_utc);
    return rows_of(l, st, a, rows, count, err);
}

enum repli_status repli_ledger_lendable(struct repli_ledger *l, const struct repli_lendable_wanted *w,
                                        struct repli_arena *a, struct repli_lendable **rows, size_t *count,
                                        struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT t.serial, s.form_id, t.field, t.need, r.state, 1, l.person IS ?1, 0 FROM task t JOIN " ASKED
        " LEFT JOIN " SEEN " LEFT JOIN " RUNNING " WHERE t.done=0 AND t.need=?3 AND t.field GLOB ?5 AND (?4 IS NULL OR "
        "s.form_id=?4) AND (?6 IS NULL OR r.state=?6) AND (l.person IS NULL OR l.person=?1) AND " MAY
        " ORDER BY l.person IS NULL, t.serial, t.rowid LIMIT ?7",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, w->person);
    repli_bind_int(st, 2, w->now_utc);
    repli_bind_text(st, 3, w->need);
    repli_bind_text(st, 4, w->form);
    repli_bind_text(st, 5, w->like);
    repli_bind_text(st, 6, w->state);
    repli_bind_int(st, 7, w->limit);
    return rows_of(l, st, a, rows, count, err);
}

enum repli_status repli_ledger_leases_release(struct repli_ledger *l, const char *person, int64_t now_utc,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "UPDATE lease SET until_utc=?2 WHERE person=?1 AND ended_utc IS NULL AND until_utc>?2", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    repli_bind_int(st, 2, now_utc);
    return repli_db_run(&l->db, st, err);
}

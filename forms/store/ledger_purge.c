/* The ledger's half of purge: which sheets may leave, and what of them becomes blank. */
#include "repli/purge.h"

#include "repli/outcome.h"
#include "store/db_internal.h"
#include "store/ledger_internal.h"

/* An image that was put aside and that nobody looked at. */
static void waits(struct repli_buf *sql, const char *scan)
{
    repli_buf_printf(sql, "(%s.settled_utc IS NULL AND %s.outcome IN(''", scan, scan);
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++)
        if (repli_outcome_waits((enum repli_outcome)i))
            repli_buf_printf(sql, ",'%s'", repli_outcome_text((enum repli_outcome)i));
    repli_buf_puts(sql, "))");
}

/* ?1 the latest closing that counts, ?2 ward or NULL.  A closing counts for what was printed and settled before it:
** what was undone and merged again since needs another one.  Paper of no ward leaves after the house ('') was closed.
*/
#define DUE                                                                                                            \
    " FROM sheet s JOIN pack p USING(pack_id) WHERE s.state IN('merged','void','lost','blank') AND (?2 IS NULL OR "    \
    "s.ward=?2) AND (SELECT min(closed_utc) FROM ward_closed c WHERE c.ward=coalesce(s.ward,'') AND c.closed_utc >= "  \
    "max(p.printed_utc, s.state_utc)) <= ?1 AND NOT EXISTS(SELECT 1 FROM purge u WHERE u.serial=s.serial) AND NOT "    \
    "EXISTS(SELECT 1 FROM intent i WHERE i.serial=s.serial AND i.done_utc IS NULL)"

enum repli_status repli_ledger_purge_due(struct repli_ledger *l, const char *ward, int64_t closed_utc,
                                         struct repli_arena *a, struct repli_purge_sheet **list, size_t *count,
                                         struct repli_err *err)
{
    REPLI_AUTO(repli_buf_done) struct repli_buf sql = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_purge_sheet *all = NULL;
    size_t n = 0;
    repli_buf_puts(&sql, "SELECT s.serial, s.sheet, EXISTS(SELECT 1 FROM scan x WHERE x.serial=s.serial AND ");
    waits(&sql, "x");
    repli_buf_puts(&sql, ")" DUE " ORDER BY s.serial");
    enum repli_status s = repli_db_prepare(&l->db, sql.data, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, closed_utc);
    repli_bind_text(st, 2, ward);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_purge_sheet){(uint64_t)sqlite3_column_int64(st, 0), repli_col_dup(a, st, 1),
                                              sqlite3_column_int(st, 2) != 0};
    }
    *list = all;
    *count = n;
    return s;
}

static enum repli_status still_due(struct repli_ledger *l, uint64_t serial, const struct repli_purge_request *q,
                                   int64_t closed_utc, bool *due, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT 1" DUE " AND s.serial=?3", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, closed_utc);
    repli_bind_text(st, 2, q->ward);
    repli_bind_int(st, 3, (int64_t)serial);
    return repli_db_step(&l->db, st, due, err);
}

/* The row in `purge` comes first: it opens the door of `entry`. */
static enum repli_status put(struct repli_ledger *l, uint64_t serial, const struct repli_purge_request *q,
                             int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO purge(serial, purged_utc, by1, by2, reason, forced) VALUES(?,?,?,?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, q->by[0]);
    repli_bind_text(st, 4, q->by[1]);
    repli_bind_text(st, 5, q->reason);
    repli_bind_int(st, 6, q->force);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_purge_sheet(struct repli_ledger *l, uint64_t serial, const struct repli_purge_request *q,
                                           int64_t closed_utc, int64_t now_utc, bool *gone, struct repli_err *err)
{
    static const char *const blank[] = {
        "UPDATE entry SET value='' WHERE serial=?1 AND value IS NOT NULL AND value <> ''",
        "UPDATE settled SET value=NULL WHERE serial=?1 AND value IS NOT NULL",
        "UPDATE reading SET value=NULL, crop=NULL WHERE serial=?1",
        "DELETE FROM filled WHERE serial=?1",
        "UPDATE hold SET detail='purged' WHERE serial=?1",
        "UPDATE scan SET result='{}', reason=NULL WHERE serial=?1",
        ("UPDATE sheet SET patient_id=NULL, patient=NULL, stay_number=NULL, patient_name=NULL, birth_date=NULL, "
         "page_map=x'' WHERE serial=?1"),
    };
    enum repli_status s = still_due(l, serial, q, closed_utc, gone, err);
    if (s != REPLI_OK || !*gone)
        return s;
    s = put(l, serial, q, now_utc, err);
    for (size_t i = 0; s == REPLI_OK && i < sizeof blank / sizeof *blank; i++) {
        REPLI_STMT st = NULL;
        s = repli_db_prepare(&l->db, blank[i], &st, err);
        if (s == REPLI_OK) {
            repli_bind_int(st, 1, (int64_t)serial);
            s = repli_db_run(&l->db, st, err);
        }
    }
    return s;
}

/* A page keeps its file when it is of a sheet that is here, or of none and somebody has to look at it or it is too new;
** a page that two people named the sheet of has that sheet's serial. */
enum repli_status repli_ledger_purge_images(struct repli_ledger *l, const struct repli_purge_request *q,
                                            int64_t closed_utc, int64_t now_utc, int64_t *count, struct repli_err *err)
{
    REPLI_AUTO(repli_buf_done) struct repli_buf sql = {0};
    REPLI_STMT st = NULL;
    REPLI_STMT scans = NULL;
    repli_buf_puts(&sql,
                   "UPDATE image SET purged_utc=?1, name='purged' WHERE purged_utc IS NULL AND NOT EXISTS(SELECT 1 "
                   "FROM scan x WHERE x.image_id=image.image_id AND NOT EXISTS(SELECT 1 FROM purge u WHERE "
                   "u.serial=x.serial) AND (EXISTS(SELECT 1 FROM sheet WHERE sheet.serial=x.serial) OR "
                   "x.scanned_utc > ?2 OR (?3=0 AND ");
    waits(&sql, "x");
    repli_buf_puts(&sql,
                   "))) AND (?4 IS NULL OR EXISTS(SELECT 1 FROM scan x JOIN purge u USING(serial) WHERE "
                   "x.image_id=image.image_id)) AND EXISTS(SELECT 1 FROM scan x WHERE x.image_id=image.image_id)");
    enum repli_status s = repli_db_prepare(&l->db, sql.data, &st, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&l->db,
                             "UPDATE scan SET result='{}', reason=NULL WHERE image_id IN(SELECT image_id FROM image "
                             "WHERE purged_utc IS NOT NULL) AND (result<>'{}' OR reason IS NOT NULL)",
                             &scans, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, now_utc);
    repli_bind_int(st, 2, closed_utc);
    repli_bind_int(st, 3, q->force);
    repli_bind_text(st, 4, q->ward);
    s = repli_db_run(&l->db, st, err);
    *count = s == REPLI_OK ? repli_db_changes(&l->db) : 0;
    return s == REPLI_OK ? repli_db_run(&l->db, scans, err) : s;
}

enum repli_status repli_ledger_purge_list(struct repli_ledger *l, enum repli_purge_list what, struct repli_arena *a,
                                          const char ***names, size_t *count, struct repli_err *err)
{
    static const char *const sql[] = {
        "SELECT sheet FROM purge JOIN sheet USING(serial) ORDER BY serial",
        "SELECT lower(hex(sha256)) FROM image WHERE purged_utc IS NOT NULL ORDER BY image_id",
        "SELECT path FROM pack p WHERE EXISTS(SELECT 1 FROM sheet s WHERE s.pack_id=p.pack_id) AND NOT EXISTS(SELECT 1 "
        "FROM sheet s WHERE s.pack_id=p.pack_id AND NOT EXISTS(SELECT 1 FROM purge u WHERE u.serial=s.serial)) "
        "ORDER BY pack_id",
    };
    REPLI_STMT st = NULL;
    bool row = false;
    const char **all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db, sql[what], &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = repli_col_dup(a, st, 0);
    }
    *names = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_purged(struct repli_ledger *l, uint64_t serial, bool *purged, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT 1 FROM purge WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    return repli_db_step(&l->db, st, purged, err);
}

enum repli_status repli_ledger_purge_wipe(struct repli_ledger *l, struct repli_err *err)
{
    enum repli_status s = repli_db_rebuild(l->db.path, err);
    return s == REPLI_OK ? repli_db_empty_log(&l->db, err) : s;
}

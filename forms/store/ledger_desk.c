/* Paper that came back to the desk, and wards that were closed. */
#include <stdio.h>
#include <string.h>

#include "repli/desk.h"
#include "repli/serial.h"
#include "store/ledger_internal.h"

#define OPEN_STATES "s.state NOT IN('merged','void','lost','blank')"

enum repli_status repli_ledger_received(struct repli_ledger *l, uint64_t serial, int64_t *utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT received_utc FROM received WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    s = repli_db_step(&l->db, st, &row, err);
    *utc = s == REPLI_OK && row ? sqlite3_column_int64(st, 0) : 0;
    return s;
}

enum repli_status repli_ledger_receive(struct repli_ledger *l, uint64_t serial, const char *by, int64_t now_utc,
                                       bool *again, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO received(serial, received_utc, person) VALUES(?,?,?) ON CONFLICT DO NOTHING", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, by);
    s = repli_db_run(&l->db, st, err);
    *again = s == REPLI_OK && repli_db_changes(&l->db) == 0;
    return s;
}

enum repli_status repli_desk_still_out(struct repli_ledger *l, const struct repli_sheet_row *like,
                                       struct repli_arena *a, struct repli_sheet_row **list, size_t *count,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_sheet_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT s.serial, s.sheet, s.form_id, s.side, s.sides FROM sheet s WHERE s.state='printed' AND s.has_fields=1 "
        "AND s.subject_kind=?1 AND s.subject=?2 AND NOT EXISTS(SELECT 1 FROM received r WHERE r.serial=s.serial) "
        "ORDER BY s.pack_id, s.page",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, like->subject_kind);
    repli_bind_blob(st, 2, like->subject, sizeof like->subject);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_sheet_row){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                            .sheet = repli_col_dup(a, st, 1),
                                            .form_id = repli_col_dup(a, st, 2),
                                            .side = sqlite3_column_int(st, 3),
                                            .sides = sqlite3_column_int(st, 4)};
    }
    *list = all;
    *count = n;
    return s;
}

/* *any: paper, with fields or without. */
static enum repli_status ward_open(struct repli_ledger *l, const char *ward, int64_t *any, int64_t *sheets,
                                   int64_t *open, char first[REPLI_SERIAL_TEXT], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "SELECT count(*) FILTER (WHERE s.has_fields=1), coalesce(sum(" OPEN_STATES " AND "
                         "s.has_fields=1), 0), min(CASE WHEN s.has_fields=1 AND " OPEN_STATES " THEN s.sheet END), "
                         "count(*) FROM sheet s WHERE s.ward IS ?",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, *ward ? ward : NULL);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    const char *name = repli_col_text(st, 2);
    *sheets = sqlite3_column_int64(st, 0);
    *open = sqlite3_column_int64(st, 1);
    *any = sqlite3_column_int64(st, 3);
    (void)snprintf(first, REPLI_SERIAL_TEXT, "%s", name ? name : "");
    return REPLI_OK;
}

static enum repli_status close_row(struct repli_ledger *l, const char *ward, const char *by, int64_t now_utc,
                                   int64_t sheets, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO ward_closed(ward, closed_utc, person, sheets) VALUES(?,?,?,?) ON CONFLICT DO NOTHING", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, ward);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, by);
    repli_bind_int(st, 4, sheets);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_desk_close_ward(struct repli_ledger *l, const char *ward, const char *by, int64_t now_utc,
                                        int64_t *sheets, struct repli_err *err)
{
    char first[REPLI_SERIAL_TEXT];
    int64_t open = 0, any = 0;
    bool house = !*ward;
    enum repli_status s = repli_db_begin(&l->db, err); /* nothing is printed between looking and writing */
    if (s != REPLI_OK)
        return s;
    s = ward_open(l, ward, &any, sheets, &open, first, err);
    if (s == REPLI_OK && (house ? any : *sheets) == 0)
        s = house ? repli_fail(err, REPLI_USAGE, "no paper about the house was ever printed here")
                  : repli_fail(err, REPLI_USAGE, "no paper of ward '%s' was ever printed here", ward);
    if (s == REPLI_OK && open > 0)
        s = repli_fail(err, REPLI_DATA,
                       "%lld of %lld sheets of %s%s are still open, %s first: each must be merged, void, lost or "
                       "blank (repli ledger --open%s%s)",
                       (long long)open, (long long)*sheets, house ? "the house" : "ward ", ward, first,
                       house ? "" : " --ward ", ward);
    if (s == REPLI_OK)
        s = close_row(l, ward, by, now_utc, *sheets, err);
    if (s == REPLI_OK)
        s = repli_db_commit(&l->db, err);
    if (s != REPLI_OK)
        repli_db_rollback(&l->db);
    return s;
}

/* `which`: a condition about the sheet s. */
static enum repli_status board(struct repli_ledger *l, const char *which, struct repli_arena *a,
                               struct repli_desk_ward **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_desk_ward *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        repli_arena_printf(
            a,
            "SELECT s.ward, sum(n), sum(n * (s.state IN('allotted','printed')) - there), sum(there * "
            "(s.state='printed')), sum(n * (s.state IN('scanned','read','reviewed'))), sum(n * (s.state='merged')), "
            "sum(n * (s.state IN('void','lost','blank'))), CASE WHEN max(p.printed_utc) <= (SELECT max(closed_utc) "
            "FROM "
            "ward_closed c WHERE c.ward=coalesce(s.ward, '')) AND NOT sum(" OPEN_STATES ") THEN (SELECT "
            "max(closed_utc) FROM ward_closed c WHERE c.ward=coalesce(s.ward, '')) ELSE 0 END, (SELECT person FROM "
            "ward_closed c WHERE c.ward=coalesce(s.ward, '') ORDER BY closed_utc DESC LIMIT 1) "
            "FROM (SELECT s.ward, s.pack_id, s.state, count(*) AS n, 0 AS there FROM sheet s INDEXED BY sheet_board "
            "WHERE s.has_fields=1 AND %s GROUP BY s.ward, s.pack_id, s.state UNION ALL SELECT s.ward, s.pack_id, "
            "s.state, 0, count(*) FROM received r JOIN sheet s USING(serial) WHERE s.has_fields=1 AND s.state "
            "IN('allotted','printed') AND %s GROUP BY s.ward, s.pack_id, s.state) s JOIN pack p USING(pack_id) GROUP "
            "BY s.ward ORDER BY s.ward",
            which, which),
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_desk_ward){.ward = repli_col_dup(a, st, 0),
                                            .sheets = sqlite3_column_int64(st, 1),
                                            .out = sqlite3_column_int64(st, 2),
                                            .received = sqlite3_column_int64(st, 3),
                                            .scanned = sqlite3_column_int64(st, 4),
                                            .merged = sqlite3_column_int64(st, 5),
                                            .closed = sqlite3_column_int64(st, 6),
                                            .closed_utc = sqlite3_column_int64(st, 7),
                                            .closed_by = repli_col_dup(a, st, 8)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_desk_board(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward **list,
                                   size_t *count, struct repli_err *err)
{
    return board(l, "s.ward IS NOT NULL", a, list, count, err);
}

enum repli_status repli_desk_house(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward **row,
                                   struct repli_err *err)
{
    size_t n = 0;
    enum repli_status s = board(l, "s.ward IS NULL", a, row, &n, err);
    if (n == 0)
        *row = NULL;
    return s;
}

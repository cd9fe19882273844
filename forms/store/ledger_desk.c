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

/* ---- the board: counted from an index alone, for it is looked at all day */

/* house: of paper of no ward. */
static enum repli_status count_states(struct repli_ledger *l, bool house, struct repli_arena *a,
                                      struct repli_desk_ward **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_desk_ward *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT ward, state, count(*), min(state_utc) FROM sheet INDEXED BY "
                                           "sheet_board WHERE has_fields=1 AND (ward IS NULL)=? GROUP BY ward, state "
                                           "ORDER BY ward, state",
                                           &st, err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, house);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        enum repli_life state;
        const char *ward = repli_col_text(st, 0);
        if (n == 0 || (ward && strcmp(all[n - 1].ward, ward) != 0)) {
            all = repli_rows_more(a, all, n, sizeof *all);
            all[n++] = (struct repli_desk_ward){.ward = repli_col_dup(a, st, 0)};
        }
        if (!repli_life_parse(repli_col_text(st, 1), &state))
            return repli_fail(err, REPLI_DB, "%s: a sheet of ward %s has no known state", l->db.path,
                              ward ? ward : "none");
        all[n - 1].state[state] = sqlite3_column_int64(st, 2);
        all[n - 1].sheets += sqlite3_column_int64(st, 2);
        if (state == REPLI_LIFE_PRINTED)
            all[n - 1].oldest_utc = sqlite3_column_int64(st, 3);
    }
    *list = all;
    *count = n;
    return s;
}

/* Of those that are printed: how many came to the desk. */
static enum repli_status count_received(struct repli_ledger *l, struct repli_desk_ward *w, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    if (w->state[REPLI_LIFE_PRINTED] == 0)
        return REPLI_OK;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT count(r.serial), min(CASE WHEN r.serial IS NULL THEN s.state_utc END) FROM sheet s INDEXED BY "
        "sheet_board LEFT JOIN received r ON r.serial=s.serial WHERE s.has_fields=1 AND s.ward IS ? AND "
        "s.state='printed'",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, w->ward);
    s = repli_db_step(&l->db, st, &row, err);
    w->received = s == REPLI_OK ? sqlite3_column_int64(st, 0) : 0;
    w->oldest_utc = s == REPLI_OK ? sqlite3_column_int64(st, 1) : 0;
    return s;
}

/* The last closure, unless something was printed after it. */
static enum repli_status find_closure(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward *w,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT person, CASE WHEN EXISTS(SELECT 1 FROM pack p WHERE p.printed_utc>c.closed_utc AND p.pack_id "
        "IN(SELECT s.pack_id FROM sheet s INDEXED BY sheet_board WHERE s.has_fields=1 AND s.ward IS ?1)) THEN 0 ELSE "
        "c.closed_utc END FROM ward_closed c WHERE c.ward=coalesce(?1,'') ORDER BY c.closed_utc DESC LIMIT 1",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, w->ward);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK || !row)
        return s;
    w->closed_by = repli_col_dup(a, st, 0);
    w->closed_utc = w->out + w->received + w->scanned == 0 ? sqlite3_column_int64(st, 1) : 0;
    return REPLI_OK;
}

static enum repli_status add_up(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward *w,
                                struct repli_err *err)
{
    const int64_t *n = w->state;
    enum repli_status s = count_received(l, w, err);
    w->out = n[REPLI_LIFE_ALLOTTED] + n[REPLI_LIFE_PRINTED] - w->received;
    w->scanned = n[REPLI_LIFE_SCANNED] + n[REPLI_LIFE_READ] + n[REPLI_LIFE_REVIEWED];
    w->merged = n[REPLI_LIFE_MERGED];
    w->closed = n[REPLI_LIFE_VOID] + n[REPLI_LIFE_LOST] + n[REPLI_LIFE_BLANK];
    return s == REPLI_OK ? find_closure(l, a, w, err) : s;
}

enum repli_status repli_desk_board(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward **list,
                                   size_t *count, struct repli_err *err)
{
    enum repli_status s = count_states(l, false, a, list, count, err);
    for (size_t i = 0; s == REPLI_OK && i < *count; i++)
        s = add_up(l, a, &(*list)[i], err);
    return s;
}

enum repli_status repli_desk_house(struct repli_ledger *l, struct repli_arena *a, struct repli_desk_ward **row,
                                   struct repli_err *err)
{
    size_t n = 0;
    enum repli_status s = count_states(l, true, a, row, &n, err);
    if (n == 0)
        *row = NULL;
    return s == REPLI_OK && *row ? add_up(l, a, *row, err) : s;
}

/* What sets of sheets were filled from, and which of them are in use. */
#include "repli/ledger_filled.h"
#include "repli/pagecode.h"
#include "repli/serial.h"
#include "store/ledger_internal.h"

enum repli_status repli_ledger_filled_put(struct repli_ledger *l, const struct repli_sheet_row *row,
                                          struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db, "INSERT INTO filled(serial, bed, content) VALUES(?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)row->serial);
    repli_bind_text(st, 2, row->bed);
    repli_bind_text(st, 3, row->filled);
    return repli_db_run(&l->db, st, err);
}

/* The sides of a set have serials one after the other.  A set of which one side was voided is still there; so is one
** that is being written now (what a killed run left is settled before anybody asks).  The plus before ?3 keeps its
** value out of the choice of an index (one of them is for a single form): SQLite would compile the statement anew
** whenever another form is asked for, which took longer than laying the form out. */
static const char last[] =
    "WITH side AS (SELECT s.*, p.printed_utc,"
    "  EXISTS(SELECT 1 FROM sheet t WHERE t.serial BETWEEN s.serial AND s.serial+s.sides-1"
    "         AND t.state NOT IN('void','lost')) AS there,"
    "  EXISTS(SELECT 1 FROM sheet t WHERE t.serial BETWEEN s.serial AND s.serial+s.sides-1"
    "         AND t.has_fields AND t.state NOT IN('void','lost','blank')) AS live,"
    "  EXISTS(SELECT 1 FROM sheet t WHERE t.serial BETWEEN s.serial AND s.serial+s.sides-1"
    "         AND t.has_fields AND t.state NOT IN('void','lost','blank','merged')) AS out"
    " FROM sheet s JOIN pack p USING(pack_id) WHERE s.subject=?1 AND s.form_id=+?3 AND s.side=1 AND s.stay=?2 AND"
    " p.state IN('ready','writing') AND (s.flags & ?5)=?4) "
    "SELECT side.serial, side.sheet, sides, pack_id, bed, lang, content, window_utc, printed_utc, window_hours, live, "
    "out "
    "FROM side LEFT JOIN filled f ON f.serial=side.serial WHERE there ORDER BY printed_utc DESC, side.serial DESC "
    "LIMIT 1";

enum repli_status repli_ledger_filled_last(struct repli_ledger *l, const struct repli_filled_query *q,
                                           struct repli_arena *a, struct repli_filled **found, struct repli_err *err)
{
    bool row = false;
    enum repli_status s = l->last ? REPLI_OK : repli_db_prepare(&l->db, last, &l->last, err);
    *found = NULL;
    if (s != REPLI_OK)
        return s;
    sqlite3_stmt *st = l->last;
    repli_bind_blob(st, 1, q->subject, 8);
    repli_bind_blob(st, 2, q->stay, 8);
    repli_bind_text(st, 3, q->form_id);
    repli_bind_int(st, 4, q->drill ? REPLI_FLAG_DRILL : 0);
    repli_bind_int(st, 5, REPLI_FLAG_DRILL | REPLI_FLAG_COPY);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK || !row) {
        (void)sqlite3_reset(st);
        return s;
    }
    struct repli_filled *f = repli_arena_alloc(a, sizeof *f);
    *f = (struct repli_filled){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                               .sheet = repli_col_dup(a, st, 1),
                               .sides = sqlite3_column_int(st, 2),
                               .pack_id = repli_col_dup(a, st, 3),
                               .bed = repli_col_dup(a, st, 4),
                               .lang = repli_col_dup(a, st, 5),
                               .content = repli_col_dup(a, st, 6),
                               .window_utc = sqlite3_column_int64(st, 7),
                               .printed_utc = sqlite3_column_int64(st, 8),
                               .window_hours = sqlite3_column_int(st, 9),
                               .live = sqlite3_column_int(st, 10) != 0,
                               .out = sqlite3_column_int(st, 11) != 0};
    *found = f;
    (void)sqlite3_reset(st); /* it would go on reading what others write */
    return REPLI_OK;
}

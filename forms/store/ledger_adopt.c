/* Sheets that this ledger never allotted: it was lost and began anew, or another station printed them. */
#include "repli/text.h"
#include "repli/ledger_scan.h"
#include "repli/serial.h"
#include "store/ledger_internal.h"

#include <stdio.h>

/* One row stands for all such sheets of a station and snapshot: nobody knows any more in which PDF they were. */
static enum repli_status put_pack(struct repli_ledger *l, const struct repli_adopted *from,
                                  const struct repli_sheet_row *row, char id[32], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    char hex[13];
    repli_hex(from->snapshot, sizeof from->snapshot, hex);
    (void)snprintf(id, 32, "A%u-%s", repli_serial_station(row->serial), hex);
    enum repli_status s = repli_db_prepare(
        &l->db,
        "INSERT INTO pack(pack_id, state, path, ward, what, lang, snapshot, data_utc, printed_utc, "
        "window_utc, window_hours, pages) VALUES(?,'adopted','',NULL,'adopted',?,?,?,?,?,?,0) ON CONFLICT DO NOTHING",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    repli_bind_text(st, 2, row->lang);
    repli_bind_blob(st, 3, from->snapshot, sizeof from->snapshot);
    repli_bind_int(st, 4, from->data_utc);
    repli_bind_int(st, 5, from->data_utc);
    repli_bind_int(st, 6, row->window_utc);
    repli_bind_int(st, 7, row->window_hours);
    return repli_db_run(&l->db, st, err);
}

static enum repli_status adopt(struct repli_ledger *l, const struct repli_adopted *from,
                               const struct repli_sheet_row *row, int64_t now_utc, struct repli_err *err)
{
    char pack_id[32];
    enum repli_status s = repli_ledger_form_put(l, row->form_hash, row->form_id, from->form_number, row->version,
                                                row->lang, from->frozen, now_utc, err);
    if (s == REPLI_OK)
        s = put_pack(l, from, row, pack_id, err);
    if (s == REPLI_OK)
        s = repli_ledger_insert_sheets(l, pack_id, row, 1, REPLI_LIFE_SCANNED, now_utc, err);
    return s;
}

enum repli_status repli_ledger_adopt(struct repli_ledger *l, const struct repli_adopted *from,
                                     const struct repli_sheet_row *row, int64_t now_utc, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, adopt(l, from, row, now_utc, err), err) : s;
}

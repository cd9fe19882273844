/* What the ledger knows of snapshots: which ones paper names, and which ones were brought to wards. */
#include <string.h>

#include "repli/snapshot_keep.h"
#include "store/ledger_internal.h"

static enum repli_status read_uses(struct repli_ledger *l, struct repli_arena *a, struct repli_snapshot_use **uses,
                                   size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_buf open = {0};
    repli_buf_puts(&open, "[");
    for (int i = 0; i < REPLI_LIFE_COUNT; i++)
        if (!repli_life_closed((enum repli_life)i))
            repli_buf_printf(&open, "%s\"%s\"", open.len > 1 ? "," : "", repli_life_text((enum repli_life)i));
    repli_buf_puts(&open, "]");
    enum repli_status s = repli_db_prepare(
        &l->db,
        "WITH given AS (SELECT snapshot, pushed_utc, row_number() OVER (PARTITION BY station, ward ORDER BY pushed_utc "
        "DESC, "
        "snapshot DESC) AS nth FROM push) "
        "SELECT snapshot, sum(open), max(utc), max(pushed) FROM ("
        "SELECT p.snapshot, coalesce(o.n, 0) AS open, (SELECT max(state_utc) FROM sheet s WHERE s.pack_id=p.pack_id) "
        "AS "
        "utc, 0 AS pushed FROM pack p LEFT JOIN (SELECT pack_id, count(*) AS n FROM sheet INDEXED BY sheet_state WHERE "
        "state IN (SELECT value FROM json_each(?1)) GROUP BY pack_id) o USING(pack_id) WHERE p.snapshot IS NOT NULL "
        "AND "
        "utc IS NOT NULL "
        "UNION ALL SELECT snapshot, 0, pushed_utc, nth<=?2 FROM given) GROUP BY snapshot ORDER BY snapshot",
        &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 1, open.data);
        repli_bind_int(st, 2, REPLI_PUSH_KEEP);
    }
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        *uses = repli_rows_more(a, *uses, *count, sizeof **uses);
        struct repli_snapshot_use *u = &(*uses)[(*count)++];
        *u = (struct repli_snapshot_use){.open = sqlite3_column_int64(st, 1),
                                         .last_utc = sqlite3_column_int64(st, 2),
                                         .pushed = sqlite3_column_int(st, 3) != 0};
        (void)repli_col_bytes(st, 0, u->id, sizeof u->id);
    }
    repli_buf_done(&open);
    return s;
}

enum repli_status repli_ledger_snapshot_uses(struct repli_ledger *l, struct repli_arena *a,
                                             struct repli_snapshot_use **uses, size_t *count, struct repli_err *err)
{
    struct repli_snapshot_use *all = NULL;
    size_t n = 0;
    enum repli_status s = read_uses(l, a, &all, &n, err); /* one statement is one consistent read */
    if (s == REPLI_OK) {
        *uses = all;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_push_put(struct repli_ledger *l, unsigned station, const char *ward,
                                        const uint8_t snapshot[6], int64_t data_utc, int64_t now_utc,
                                        struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO push(station, ward, snapshot, data_utc, pushed_utc) VALUES(?,?,?,?,?) "
                         "ON CONFLICT DO UPDATE SET pushed_utc=excluded.pushed_utc",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, station);
    repli_bind_text(st, 2, ward);
    repli_bind_blob(st, 3, snapshot, 6);
    repli_bind_int(st, 4, data_utc);
    repli_bind_int(st, 5, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_pushes(struct repli_ledger *l, struct repli_arena *a, struct repli_push **pushes,
                                      size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_push *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT station, ward, data_utc, pushed_utc FROM (SELECT *, row_number() OVER (PARTITION BY station, ward "
        "ORDER BY pushed_utc DESC, snapshot DESC) AS nth FROM push) WHERE nth=1 ORDER BY ward, station",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_push){(unsigned)sqlite3_column_int(st, 0), repli_col_dup(a, st, 1),
                                       sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3)};
    }
    if (s != REPLI_OK)
        return s;
    *pushes = all;
    *count = n;
    return REPLI_OK;
}

/* Images, scans and readings: the scanning tables of the ledger. */
#include "repli/ledger_scan.h"

#include "store/ledger_internal.h"

enum repli_status repli_ledger_image_find(struct repli_ledger *l, const uint8_t sha256[32], int64_t *image_id,
                                          struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT image_id FROM image WHERE sha256=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, sha256, 32);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *image_id = row ? sqlite3_column_int64(st, 0) : 0;
    return s;
}

enum repli_status repli_ledger_image_put(struct repli_ledger *l, const struct repli_image_row *image, int64_t now_utc,
                                         int64_t *image_id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    int64_t known = 0;
    enum repli_status s = repli_ledger_image_find(l, image->sha256, &known, err);
    if (s == REPLI_OK && known)
        *image_id = known;
    if (s != REPLI_OK || known)
        return s;
    s = repli_db_prepare(&l->db, "INSERT INTO image(sha256, name, bytes, batch, stored_utc) VALUES(?,?,?,?,?)", &st,
                         err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, image->sha256, 32);
    repli_bind_text(st, 2, image->name);
    repli_bind_int(st, 3, image->bytes);
    repli_bind_text(st, 4, image->batch);
    repli_bind_int(st, 5, now_utc);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK)
        *image_id = sqlite3_last_insert_rowid(l->db.sql);
    return s;
}

static void bind_scan(sqlite3_stmt *st, const struct repli_scan_row *scan, int64_t now_utc)
{
    int64_t serial = scan->serial ? (int64_t)*scan->serial : 0;
    repli_bind_blob(st, 1, scan->pixels, scan->pixels ? 32 : 0);
    repli_bind_text(st, 2, repli_outcome_text(scan->outcome));
    repli_bind_text(st, 3, scan->reason);
    repli_bind_opt(st, 4, scan->serial ? &serial : NULL);
    repli_bind_blob(st, 5, scan->mac, scan->mac ? 8 : 0);
    repli_bind_text(st, 6, scan->code);
    repli_bind_opt(st, 7, scan->first_scan);
    repli_bind_text(st, 8, scan->result);
    repli_bind_int(st, 9, now_utc);
}

enum repli_status repli_ledger_scan_put(struct repli_ledger *l, int64_t image_id, const struct repli_scan_row *scan,
                                        int64_t now_utc, int64_t *scan_id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO scan(pixels, outcome, reason, serial, mac, code, first_scan, result, "
                         "scanned_utc, image_id, page) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    bind_scan(st, scan, now_utc);
    repli_bind_int(st, 10, image_id);
    repli_bind_int(st, 11, scan->page);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK)
        *scan_id = sqlite3_last_insert_rowid(l->db.sql);
    return s;
}

enum repli_status repli_ledger_scan_replace(struct repli_ledger *l, int64_t scan_id, const struct repli_scan_row *scan,
                                            int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "UPDATE scan SET pixels=?, outcome=?, reason=?, serial=?, mac=?, code=?, "
                                           "first_scan=?, result=?, scanned_utc=? WHERE scan_id=?",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    bind_scan(st, scan, now_utc);
    repli_bind_int(st, 10, scan_id);
    return repli_db_run(&l->db, st, err);
}

/* Columns: scan_id, page, outcome, reason, code, result, serial. */
static enum repli_status first_scan_row(struct repli_ledger *l, sqlite3_stmt *st, struct repli_arena *a,
                                        int64_t *scan_id, struct repli_scan_row **out, struct repli_err *err)
{
    bool row = false;
    enum repli_status s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (!row) {
        *scan_id = 0;
        *out = NULL;
        return REPLI_OK;
    }
    struct repli_scan_row *r = repli_arena_alloc(a, sizeof *r);
    r->page = sqlite3_column_int(st, 1);
    if (!repli_outcome_parse(repli_col_text(st, 2), &r->outcome))
        return repli_fail(err, REPLI_DATA, "%s: a scan has the unknown outcome '%s'", l->db.path,
                          repli_col_text(st, 2));
    r->reason = repli_col_dup(a, st, 3);
    r->code = repli_col_dup(a, st, 4);
    r->result = repli_col_dup(a, st, 5);
    if (sqlite3_column_type(st, 6) != SQLITE_NULL) {
        uint64_t *serial = repli_arena_alloc(a, sizeof *serial);
        *serial = (uint64_t)sqlite3_column_int64(st, 6);
        r->serial = serial;
    }
    *scan_id = sqlite3_column_int64(st, 0);
    *out = r;
    return REPLI_OK;
}

enum repli_status repli_ledger_scan_of_page(struct repli_ledger *l, int64_t image_id, int page, struct repli_arena *a,
                                            int64_t *scan_id, struct repli_scan_row **row, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT scan_id, page, outcome, reason, code, result, serial FROM scan WHERE image_id=? AND page=?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, image_id);
    repli_bind_int(st, 2, page);
    return first_scan_row(l, st, a, scan_id, row, err);
}

enum repli_status repli_ledger_scan_by_pixels(struct repli_ledger *l, const uint8_t pixels[32], struct repli_arena *a,
                                              int64_t *scan_id, struct repli_scan_row **row, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT scan_id, page, outcome, reason, code, result, serial FROM scan "
                                           "WHERE pixels=? ORDER BY scan_id LIMIT 1",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, pixels, 32);
    return first_scan_row(l, st, a, scan_id, row, err);
}

enum repli_status repli_ledger_scan_read_of(struct repli_ledger *l, uint64_t serial, int64_t *scan_id,
                                            struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT scan_id FROM scan WHERE serial=? AND outcome='read' ORDER BY scan_id LIMIT 1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *scan_id = row ? sqlite3_column_int64(st, 0) : 0;
    return s;
}

static enum repli_status delete_readings(struct repli_ledger *l, uint64_t serial, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db, "DELETE FROM reading WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    return repli_db_run(&l->db, st, err);
}

static enum repli_status put_readings(struct repli_ledger *l, uint64_t serial, int64_t scan_id,
                                      const struct repli_reading_row *rows, size_t count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = delete_readings(l, serial, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(
            &l->db,
            "INSERT INTO reading(serial, field, scan_id, state, row, confidence, value, crop) VALUES(?,?,?,?,?,?,?,?)",
            &st, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        int64_t row = rows[i].row;
        repli_bind_int(st, 1, (int64_t)serial);
        repli_bind_text(st, 2, rows[i].field);
        repli_bind_int(st, 3, scan_id);
        repli_bind_text(st, 4, rows[i].state);
        repli_bind_opt(st, 5, row >= 0 ? &row : NULL);
        repli_bind_real(st, 6, rows[i].confidence);
        repli_bind_text(st, 7, rows[i].value);
        repli_bind_text(st, 8, rows[i].crop);
        s = repli_db_run(&l->db, st, err);
    }
    return s;
}

enum repli_status repli_ledger_readings_put(struct repli_ledger *l, uint64_t serial, int64_t scan_id,
                                            const struct repli_reading_row *rows, size_t count, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, put_readings(l, serial, scan_id, rows, count, err), err) : s;
}

enum repli_status repli_ledger_form_known(struct repli_ledger *l, int number, int version, struct repli_arena *a,
                                          const char **form_id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT form_id FROM form WHERE number=? AND version=? ORDER BY lang LIMIT 1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, number);
    repli_bind_int(st, 2, version);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *form_id = row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}

enum repli_status repli_ledger_reading_scan(struct repli_ledger *l, uint64_t serial, const char *field,
                                            struct repli_arena *a, struct repli_reading_scan *out,
                                            struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    *out = (struct repli_reading_scan){0};
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "SELECT image.sha256, scan.page, scan.result FROM reading JOIN scan USING(scan_id) "
                         "JOIN image USING(image_id) WHERE reading.serial=? AND reading.field=?",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, field);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK && row) {
        out->found = repli_col_bytes(st, 0, out->sha256, sizeof out->sha256);
        out->page = sqlite3_column_int(st, 1);
        out->result = repli_col_dup(a, st, 2);
    }
    return s;
}

enum repli_status repli_ledger_continued(struct repli_ledger *l, struct repli_arena *a, struct repli_continued **list,
                                         size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_continued *all = NULL;
    size_t n = 0, room = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT iif(a.field='page.spare', sheet.sheet, a.value), iif(a.field='page.spare', a.value, sheet.sheet) "
        "FROM settled AS a INDEXED BY settled_continued CROSS JOIN sheet USING(serial) WHERE a.field IN('page.spare', "
        "'of.parent') AND a.answer='value' AND sheet.state IN('read','reviewed','merged') AND NOT EXISTS(SELECT 1 FROM "
        "settled AS b "
        "WHERE b.serial=a.serial AND b.field=a.field AND b.revision>a.revision) ORDER BY serial, a.field",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        if (n == room) {
            all = repli_arena_grow(a, all, room, room ? 2 * room : 16, sizeof *all);
            room = room ? 2 * room : 16;
        }
        all[n++] = (struct repli_continued){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1)};
    }
    *list = all;
    *count = n;
    return s;
}

/* Images without a readable code.  Who an image is about is never guessed: two people who looked name its sheet, and
** the scanner holds what they say against the paper. */
#include "repli/ledger_assign.h"

#include <stdlib.h>
#include <string.h>

#include "store/ledger_internal.h"

#define IS_OUT "state IN('printed','lost') AND has_fields=1"

static enum repli_status out_sheet(sqlite3_stmt *st, struct repli_arena *a, struct repli_out_sheet *o,
                                   struct repli_err *err)
{
    struct repli_err damaged = {0};
    *o = (struct repli_out_sheet){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                  .form_id = repli_col_dup(a, st, 1),
                                  .patient = repli_col_dup(a, st, 2),
                                  .ward = repli_col_dup(a, st, 3),
                                  .side = sqlite3_column_int(st, 4),
                                  .sides = sqlite3_column_int(st, 5)};
    enum repli_status s =
        repli_ledger_unpack_map(sqlite3_column_blob(st, 6), (size_t)sqlite3_column_bytes(st, 6), a, &o->map, &damaged);
    if (s == REPLI_DATA)
        o->map = NULL;
    return s == REPLI_OK || s == REPLI_DATA ? REPLI_OK : repli_fail(err, s, "%s", damaged.text);
}

enum repli_status repli_ledger_out(struct repli_ledger *l, const char *form_id, int side, uint64_t after, size_t max,
                                   struct repli_arena *a, struct repli_out_sheet **list, size_t *count,
                                   struct repli_err *err)
{
    static const char columns[] = "SELECT serial, form_id, patient, ward, side, sides, page_map FROM sheet WHERE ";
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_out_sheet *all = repli_arena_array(a, max + 1, sizeof *all);
    size_t n = 0;
    const char *which = form_id ? IS_OUT " AND form_id=?3 AND side=?4"
                                : "serial IN(SELECT min(serial) FROM sheet WHERE " IS_OUT
                                  " GROUP BY form_hash, side, sides UNION SELECT max(serial) FROM sheet WHERE " IS_OUT
                                  " GROUP BY form_hash, side, sides)";
    const char *sql = repli_arena_printf(a, "%s%s AND serial>?1 ORDER BY serial LIMIT ?2", columns, which);
    enum repli_status s = repli_db_prepare(&l->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)after);
    repli_bind_int(st, 2, (int64_t)max);
    if (form_id) {
        repli_bind_text(st, 3, form_id);
        repli_bind_int(st, 4, side);
    }
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row && n < max)
        s = out_sheet(st, a, &all[n++], err);
    *list = all;
    *count = n;
    return s;
}

/* "0a1b2c/3" into the begin of a hash, which only hex digits can be, and a page. */
static bool parse_image(const char *text, struct repli_arena *a, const char **hex, int *page)
{
    size_t n = strspn(text, "0123456789abcdef");
    *hex = repli_arena_strndup(a, text, n);
    *page = 1;
    if (n < 6 || n > 64 || (text[n] && text[n] != '/'))
        return false;
    if (text[n] == 0)
        return true;
    char *end;
    long v = strtol(text + n + 1, &end, 10);
    *page = v > 0 && v <= INT32_MAX ? (int)v : 0;
    return *page > 0 && *end == 0 && end > text + n + 1;
}

enum repli_status repli_ledger_unread(struct repli_ledger *l, const char *image, struct repli_arena *a,
                                      struct repli_unread **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char *hex = "";
    int page = 0;
    struct repli_unread *all = NULL;
    size_t n = 0, room = 0;
    if (image && !parse_image(image, a, &hex, &page))
        return repli_fail(err, REPLI_USAGE, "'%s' is no image: repli review list --images shows them", image);
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT image_id, sha256, page, name, reason, result FROM scan JOIN image USING(image_id) WHERE "
        "outcome='no-code' AND settled_utc IS NULL AND (?1='' "
        "OR (page=?2 AND substr(lower(hex(sha256)), 1, length(?1))=?1)) ORDER BY scan_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, hex);
    repli_bind_int(st, 2, page);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        if (n == room) {
            all = repli_arena_grow(a, all, room, room ? 2 * room : 16, sizeof *all);
            room = room ? 2 * room : 16;
        }
        struct repli_unread *u = &all[n++];
        *u = (struct repli_unread){.image_id = sqlite3_column_int64(st, 0),
                                   .page = sqlite3_column_int(st, 2),
                                   .name = repli_col_dup(a, st, 3),
                                   .reason = repli_col_dup(a, st, 4),
                                   .result = repli_col_dup(a, st, 5)};
        (void)repli_col_bytes(st, 1, u->sha256, sizeof u->sha256);
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_assign(struct repli_ledger *l, int64_t image_id, int page, uint64_t serial,
                                      const char *person, int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO assignment(image_id, page, serial, person, said_utc) VALUES(?,?,?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, image_id);
    repli_bind_int(st, 2, page);
    repli_bind_int(st, 3, (int64_t)serial);
    repli_bind_text(st, 4, person);
    repli_bind_int(st, 5, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_said(struct repli_ledger *l, int64_t image_id, int page, struct repli_arena *a,
                                    struct repli_said **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_said *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "SELECT serial, person FROM assignment AS x WHERE image_id=?1 AND page=?2 AND refused_utc IS "
                         "NULL AND NOT EXISTS(SELECT 1 FROM assignment AS y WHERE y.image_id=?1 AND y.page=?2 AND "
                         "y.person=x.person AND y.assignment_id>x.assignment_id) ORDER BY assignment_id",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, image_id);
    repli_bind_int(st, 2, page);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_arena_grow(a, all, n, n + 1, sizeof *all);
        all[n++] = (struct repli_said){(uint64_t)sqlite3_column_int64(st, 0), repli_col_dup(a, st, 1)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_assigned(struct repli_ledger *l, int64_t image_id, int page, struct repli_arena *a,
                                        uint64_t *serial, const char *by[2], struct repli_err *err)
{
    struct repli_said *said = NULL;
    size_t n = 0;
    *serial = 0;
    enum repli_status s = repli_ledger_said(l, image_id, page, a, &said, &n, err);
    if (s != REPLI_OK || n < 2)
        return s;
    for (size_t i = 1; i < n; i++)
        if (said[i].serial != said[0].serial)
            return REPLI_OK;
    *serial = said[0].serial;
    by[0] = said[0].person;
    by[1] = said[1].person;
    return REPLI_OK;
}

enum repli_status repli_ledger_assign_refused(struct repli_ledger *l, int64_t image_id, int page, int64_t now_utc,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "UPDATE assignment SET refused_utc=?3 WHERE image_id=?1 AND page=?2 AND refused_utc IS NULL", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, image_id);
    repli_bind_int(st, 2, page);
    repli_bind_int(st, 3, now_utc);
    return repli_db_run(&l->db, st, err);
}

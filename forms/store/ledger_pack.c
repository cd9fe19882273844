/* Packs: allot -> write the PDF -> ready; and what a crash in between left behind. */
#define _DEFAULT_SOURCE /* flock(): its locks belong to the open file, so two handles of one process see each other */
#include "store/ledger_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/serial.h"

/* ---- the lock beside the ledger; the kernel drops it when its process dies */

static enum repli_status writing_lock(struct repli_ledger *l, int operation, bool *got, struct repli_err *err)
{
    struct repli_buf path = {0};
    enum repli_status s = REPLI_OK;
    repli_buf_printf(&path, "%s-writing", l->db.path);
    if (l->writing == 0)
        l->writing = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600) + 1;
    int rc = -1;
    if (l->writing > 0)
        do
            rc = flock(l->writing - 1, operation);
        while (rc != 0 && errno == EINTR);
    if (rc == 0)
        *got = true;
    else if (l->writing > 0 && errno == EWOULDBLOCK)
        *got = false;
    else
        s = repli_fail(err, REPLI_IO, "%s: %s", path.data, strerror(errno));
    if (rc != 0)
        repli_ledger_writing_end(l);
    repli_buf_done(&path);
    return s;
}

enum repli_status repli_ledger_writing_begin(struct repli_ledger *l, struct repli_err *err)
{
    bool got = false;
    return writing_lock(l, LOCK_SH, &got, err);
}

enum repli_status repli_ledger_writing_idle(struct repli_ledger *l, bool *idle, struct repli_err *err)
{
    return writing_lock(l, LOCK_EX | LOCK_NB, idle, err);
}

void repli_ledger_writing_end(struct repli_ledger *l)
{
    if (l->writing > 0)
        (void)close(l->writing - 1);
    l->writing = 0;
}

/* ---- forms that were printed */

static enum repli_status form_same(struct repli_ledger *l, const uint8_t hash[32], const char *form_id, int number,
                                   int version, const char *lang, bool *there, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    uint8_t other[32];
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT hash FROM form WHERE number=? AND version=? AND lang=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, number);
    repli_bind_int(st, 2, version);
    repli_bind_text(st, 3, lang);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (row && (!repli_col_bytes(st, 0, other, sizeof other) || memcmp(other, hash, sizeof other) != 0))
        return repli_fail(err, REPLI_DATA,
                          "form %s version %d (%s) was printed with another text or layout: raise its version", form_id,
                          version, lang);
    *there = row;
    return REPLI_OK;
}

enum repli_status repli_ledger_form_put(struct repli_ledger *l, const uint8_t hash[32], const char *form_id, int number,
                                        int version, const char *lang, const char *frozen, int64_t now_utc,
                                        struct repli_err *err)
{
    bool there = false;
    enum repli_status s = form_same(l, hash, form_id, number, version, lang, &there, err);
    if (s != REPLI_OK || there)
        return s;
    REPLI_STMT st = NULL;
    s = repli_db_prepare(
        &l->db,
        "INSERT INTO form(hash, form_id, number, version, lang, frozen, first_utc) VALUES(?,?,?,?,?,?,?) "
        "ON CONFLICT DO NOTHING", /* two processes print it first at the same time */
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, hash, 32);
    repli_bind_text(st, 2, form_id);
    repli_bind_int(st, 3, number);
    repli_bind_int(st, 4, version);
    repli_bind_text(st, 5, lang);
    repli_bind_text(st, 6, frozen);
    repli_bind_int(st, 7, now_utc);
    s = repli_db_run(&l->db, st, err);
    return s == REPLI_OK ? form_same(l, hash, form_id, number, version, lang, &there, err) : s;
}

/* ---- allotting */

static enum repli_status insert_pack(struct repli_ledger *l, const struct repli_pack *p, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO pack(pack_id, state, path, ward, what, lang, snapshot, data_utc, printed_utc, "
                         "window_utc, window_hours, pages, reason) VALUES(?,'writing',?,?,?,?,?,?,?,?,?,?,?)",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, p->id);
    repli_bind_text(st, 2, p->path);
    repli_bind_text(st, 3, p->ward);
    repli_bind_text(st, 4, p->what);
    repli_bind_text(st, 5, p->lang);
    repli_bind_blob(st, 6, p->snapshot, sizeof p->snapshot);
    repli_bind_int(st, 7, p->data_utc);
    repli_bind_int(st, 8, p->printed_utc);
    repli_bind_int(st, 9, p->window_utc);
    repli_bind_int(st, 10, p->window_hours);
    repli_bind_int(st, 11, p->pages);
    repli_bind_text(st, 12, p->reason);
    return repli_db_run(&l->db, st, err);
}

static void bind_sheet(sqlite3_stmt *st, const char *pack_id, const struct repli_sheet_row *r, const char *sheet,
                       int64_t now_utc)
{
    repli_bind_int(st, 1, (int64_t)r->serial);
    repli_bind_text(st, 2, sheet);
    repli_bind_int(st, 3, now_utc);
    repli_bind_text(st, 4, pack_id);
    repli_bind_int(st, 5, r->page);
    repli_bind_blob(st, 6, r->mac, sizeof r->mac);
    repli_bind_text(st, 7, r->code);
    repli_bind_blob(st, 8, r->form_hash, sizeof r->form_hash);
    repli_bind_text(st, 9, r->form_id);
    repli_bind_int(st, 10, r->version);
    repli_bind_text(st, 11, r->lang);
    repli_bind_int(st, 12, r->side);
    repli_bind_int(st, 13, r->sides);
    repli_bind_int(st, 14, r->subject_kind);
    repli_bind_blob(st, 15, r->subject, sizeof r->subject);
    repli_bind_blob(st, 16, r->stay, sizeof r->stay);
    repli_bind_text(st, 17, r->patient_id);
    repli_bind_text(st, 18, r->patient);
    repli_bind_text(st, 19, r->stay_number);
    repli_bind_text(st, 20, r->ward);
    repli_bind_text(st, 21, r->patient_name);
    repli_bind_int(st, 22, r->window_utc);
    repli_bind_int(st, 23, r->window_hours);
    repli_bind_int(st, 24, r->flags);
    repli_bind_int(st, 25, r->has_fields);
    repli_bind_text(st, 26, r->birth_date);
}

enum repli_status repli_ledger_insert_sheets(struct repli_ledger *l, const char *pack_id,
                                             const struct repli_sheet_row *rows, size_t count, enum repli_life state,
                                             int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO sheet(serial, sheet, state_utc, pack_id, page, mac, code, form_hash, "
                         "form_id, version, lang, side, sides, "
                         "subject_kind, subject, stay, patient_id, patient, stay_number, ward, patient_name, "
                         "window_utc, window_hours, flags, has_fields, "
                         "birth_date, page_map, state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                         &st, err);
    struct repli_map_tails tails = {0};
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct repli_arena a = {0};
        char sheet[REPLI_SERIAL_TEXT];
        uint8_t *map = NULL;
        size_t len = 0;
        assert(rows[i].map);
        repli_serial_format(rows[i].serial, sheet);
        repli_ledger_pack_map(rows[i].map, &tails, &a, &map, &len);
        bind_sheet(st, pack_id, &rows[i], sheet, now_utc);
        repli_bind_blob(st, 27, map, len);
        repli_bind_text(st, 28, repli_life_text(state));
        s = repli_db_run(&l->db, st, err);
        if (s == REPLI_OK && rows[i].filled)
            s = repli_ledger_filled_put(l, &rows[i], err);
        repli_arena_done(&a);
    }
    repli_ledger_tails_done(&tails);
    return s;
}

/* Numbers taken: all of them at or above what the caller read, so that none was ever given before. */
static enum repli_status take_numbers(struct repli_ledger *l, const struct repli_pack *p,
                                      const struct repli_sheet_row *rows, size_t count, int64_t next_serial,
                                      int64_t next_pack, struct repli_err *err)
{
    unsigned station = 0;
    int64_t number = 0, after = next_serial;
    if (!repli_id_parse(p->id, 'P', &station, &number) || number < next_pack)
        return repli_fail(err, REPLI_BUG, "pack id %s does not belong to the number %lld that was read", p->id,
                          (long long)next_pack);
    for (size_t i = 0; i < count; i++) {
        int64_t counter = repli_serial_counter(rows[i].serial);
        if (counter < next_serial || repli_serial_station(rows[i].serial) != station)
            return repli_fail(err, REPLI_BUG, "a serial of pack %s was not reserved for it", p->id);
        after = counter >= after ? counter + 1 : after;
    }
    enum repli_status s = repli_ledger_take(l, "serial", next_serial, after, err);
    return s == REPLI_OK ? repli_ledger_take(l, "pack", next_pack, number + 1, err) : s;
}

static enum repli_status allot(struct repli_ledger *l, const struct repli_pack *p, const struct repli_sheet_row *rows,
                               size_t count, int64_t next_serial, int64_t next_pack, struct repli_err *err)
{
    enum repli_status s = take_numbers(l, p, rows, count, next_serial, next_pack, err);
    if (s == REPLI_OK)
        s = insert_pack(l, p, err);
    return s == REPLI_OK ? repli_ledger_insert_sheets(l, p->id, rows, count, REPLI_LIFE_ALLOTTED, p->printed_utc, err)
                         : s;
}

enum repli_status repli_ledger_allot(struct repli_ledger *l, const struct repli_pack *pack,
                                     const struct repli_sheet_row *sheets, size_t count, int64_t next_serial,
                                     int64_t next_pack, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_ledger_writing_begin(l, err);
    if (s != REPLI_OK)
        return s;
    s = repli_db_enter(&l->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&l->db, own, allot(l, pack, sheets, count, next_serial, next_pack, err), err);
    if (s != REPLI_OK)
        repli_ledger_writing_end(l);
    return s;
}

/* ---- ready */

static enum repli_status set_pack(struct repli_ledger *l, const char *pack_id, const char *state, const uint8_t *sha256,
                                  struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db, "UPDATE pack SET state=?, sha256=? WHERE pack_id=? AND state='writing'", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, state);
    repli_bind_blob(st, 2, sha256, 32);
    repli_bind_text(st, 3, pack_id);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) != 1)
        s = repli_fail(err, REPLI_DB, "pack %s is not being written (settled meanwhile?): print again", pack_id);
    return s;
}

static enum repli_status ready(struct repli_ledger *l, const char *pack_id, const uint8_t sha256[32], int64_t now_utc,
                               struct repli_err *err)
{
    enum repli_status s = set_pack(l, pack_id, "ready", sha256, err);
    if (s == REPLI_OK)
        s = repli_ledger_move_pack(l, pack_id, REPLI_LIFE_ALLOTTED, false, REPLI_LIFE_PRINTED, NULL, now_utc, err);
    if (s == REPLI_OK)
        s = repli_ledger_move_pack(l, pack_id, REPLI_LIFE_PRINTED, true, REPLI_LIFE_BLANK, "no fields", now_utc, err);
    return s;
}

enum repli_status repli_ledger_pack_ready(struct repli_ledger *l, const char *pack_id, const uint8_t sha256[32],
                                          int64_t now_utc, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&l->db, own, ready(l, pack_id, sha256, now_utc, err), err);
    if (s == REPLI_OK)
        repli_ledger_writing_end(l);
    return s;
}

/* ---- settling what a crash left */

/* A PDF that was finished: it begins and ends as one, but for line ends. */
static bool whole_pdf(const char *path)
{
    char head[5] = "", tail[64] = "";
    struct stat info;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    bool good = fstat(fileno(f), &info) == 0 && S_ISREG(info.st_mode) &&
                fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, "%PDF-", sizeof head) == 0;
    long back = info.st_size < (off_t)sizeof tail - 1 ? (long)info.st_size : (long)sizeof tail - 1;
    good = good && fseek(f, -back, SEEK_END) == 0;
    size_t n = good ? fread(tail, 1, (size_t)back, f) : 0;
    (void)fclose(f);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
        n--;
    return good && n >= 5 && memcmp(tail + n - 5, "%%EOF", 5) == 0;
}

static enum repli_status settle_one(struct repli_ledger *l, const char *pack_id, const char *path, int64_t now_utc,
                                    struct repli_err *err)
{
    uint8_t sha256[32];
    if (whole_pdf(path)) {
        enum repli_status s = repli_sha256_file(path, sha256, err);
        return s == REPLI_OK ? ready(l, pack_id, sha256, now_utc, err) : s;
    }
    enum repli_status s = set_pack(l, pack_id, "abandoned", NULL, err);
    return s == REPLI_OK ? repli_ledger_move_pack(l, pack_id, REPLI_LIFE_ALLOTTED, false, REPLI_LIFE_VOID,
                                                  "never written", now_utc, err)
                         : s;
}

static enum repli_status settle(struct repli_ledger *l, const char *site_dir, int64_t now_utc, struct repli_err *err)
{
    struct repli_arena a = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    const char **ids = NULL, **paths = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT pack_id, path FROM pack WHERE state='writing' ORDER BY length(pack_id), pack_id", &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        const char *path = repli_col_text(st, 1);
        ids = repli_rows_more(&a, ids, n, sizeof *ids);
        paths = repli_rows_more(&a, paths, n, sizeof *paths);
        ids[n] = repli_col_dup(&a, st, 0);
        paths[n++] = path[0] == '/' ? repli_arena_strdup(&a, path) : repli_path_join(&a, site_dir, path);
    }
    repli_stmt_done(&st);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = settle_one(l, ids[i], paths[i], now_utc, err);
    repli_arena_done(&a);
    return s;
}

enum repli_status repli_ledger_settle_packs(struct repli_ledger *l, const char *site_dir, int64_t now_utc,
                                            struct repli_err *err)
{
    int64_t waiting = 0;
    bool idle = false, own = false;
    enum repli_status s = repli_db_int(&l->db, "SELECT count(*) FROM pack WHERE state='writing'", 0, &waiting, err);
    if (s != REPLI_OK || waiting == 0)
        return s;
    s = repli_db_enter(&l->db, &own,
                       err); /* before the lock: nobody ever waits for us while we wait for the database */
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_writing_idle(l, &idle, err);
    if (s == REPLI_OK && idle)
        s = settle(l, site_dir, now_utc, err);
    s = repli_db_leave(&l->db, own, s, err);
    if (idle)
        repli_ledger_writing_end(l);
    return s;
}

/* ---- reading packs */

enum repli_status repli_ledger_pack_get(struct repli_ledger *l, const uint8_t *sha256, const char *pack_id,
                                        struct repli_arena *a, struct repli_pack *pack, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT pack_id, path, ward, what, lang, data_utc, printed_utc, window_utc, window_hours, pages, "
        "state, snapshot, sha256, reason FROM pack WHERE (?1 IS NOT NULL AND sha256=?1) OR (?1 IS NULL AND pack_id=?2)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, sha256, 32);
    repli_bind_text(st, 2, pack_id);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (!row)
        return repli_fail(err, REPLI_DATA,
                          sha256 ? "this PDF is not a pack of this ledger" : "pack '%.40s' is not in this ledger",
                          pack_id ? pack_id : "");
    struct repli_pack p = {.path = repli_col_dup(a, st, 1),
                           .ward = repli_col_dup(a, st, 2),
                           .what = repli_col_dup(a, st, 3),
                           .lang = repli_col_dup(a, st, 4),
                           .data_utc = sqlite3_column_int64(st, 5),
                           .printed_utc = sqlite3_column_int64(st, 6),
                           .window_utc = sqlite3_column_int64(st, 7),
                           .window_hours = sqlite3_column_int(st, 8),
                           .pages = sqlite3_column_int(st, 9),
                           .state = repli_col_dup(a, st, 10),
                           .reason = repli_col_dup(a, st, 13)};
    snprintf(p.id, sizeof p.id, "%s", repli_col_text(st, 0));
    (void)repli_col_bytes(st, 11, p.snapshot, sizeof p.snapshot);
    (void)repli_col_bytes(st, 12, p.sha256, sizeof p.sha256); /* zero while it is not ready */
    *pack = p;
    return REPLI_OK;
}

/* Copies of the databases for a backup, and what they say. */
#include <stdio.h>
#include <string.h>

#include "repli/backup.h"
#include "store/db_internal.h"
#include "store/ledger_internal.h"
#include "store/record_internal.h"

#define RECORD_ID 0x5265706C
#define LEDGER_ID 0x52704C64

/* SQLite's own backup, in one step: a reader's view of one moment.  The copy is a plain file without a log beside
** it. */
static enum repli_status copy(struct repli_db *from, const char *path, struct repli_err *err)
{
    struct repli_db to = {.path = repli_xstrdup(path)};
    enum repli_status s = repli_db_make_file(path, err);
    if (s == REPLI_OK)
        s = repli_db_connect(&to, path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK) {
        sqlite3_backup *b = sqlite3_backup_init(to.sql, "main", from->sql, "main");
        int rc = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
        int end = b ? sqlite3_backup_finish(b) : SQLITE_ERROR;
        if (rc != SQLITE_DONE || end != SQLITE_OK)
            s = repli_fail(err, REPLI_DB, "%s cannot be copied to %s: %s", from->path, path, sqlite3_errmsg(to.sql));
    }
    if (s == REPLI_OK)
        s = repli_db_exec(&to, "PRAGMA journal_mode=DELETE", err);
    repli_db_close(&to);
    return s;
}

enum repli_status repli_record_backup(struct repli_record *record, const char *path, struct repli_err *err)
{
    return copy(&record->db, path, err);
}

enum repli_status repli_ledger_backup(struct repli_ledger *ledger, const char *path, struct repli_err *err)
{
    return copy(&ledger->db, path, err);
}

/* One row that says what is wrong, or that all is well. */
static enum repli_status check(struct repli_db *db, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    REPLI_STMT keys = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, "PRAGMA integrity_check(1)", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK && (!row || strcmp(repli_col_text(st, 0), "ok") != 0))
        return repli_fail(err, REPLI_DATA, "%s: its structure is damaged: %s", db->path,
                          row ? repli_col_text(st, 0) : "");
    if (s == REPLI_OK)
        s = repli_db_prepare(db, "PRAGMA foreign_key_check", &keys, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, keys, &row, err);
    if (s == REPLI_OK && row)
        return repli_fail(err, REPLI_DATA, "%s: a row of %s belongs to a row that is not there", db->path,
                          repli_col_text(keys, 0));
    return s;
}

enum repli_status repli_record_check_copy(const char *path, char digest[65], int64_t *count, struct repli_err *err)
{
    struct repli_record r = {.run_id = 0};
    int64_t version = 0;
    enum repli_status s = repli_db_open_readonly(path, RECORD_ID, &r.db, &version, err);
    if (s == REPLI_OK)
        s = check(&r.db, err);
    if (s == REPLI_OK)
        s = repli_record_digest(&r, digest, err);
    if (s == REPLI_OK)
        s = repli_record_patients(&r, count, err);
    repli_db_close(&r.db);
    return s;
}

enum repli_status repli_ledger_check_copy(const char *path, char digest[65], int64_t *count, struct repli_err *err)
{
    struct repli_ledger l = {.writing = 0};
    int64_t version = 0;
    enum repli_status s = repli_db_open_readonly(path, LEDGER_ID, &l.db, &version, err);
    if (s == REPLI_OK)
        s = check(&l.db, err);
    if (s == REPLI_OK)
        s = repli_ledger_digest(&l, digest, err);
    if (s == REPLI_OK)
        s = repli_db_int(&l.db, "SELECT count(*) FROM sheet", 0, count, err);
    repli_db_close(&l.db);
    return s;
}

enum repli_status repli_ledger_copy_images(const char *path, struct repli_arena *a, const char ***hashes, size_t *count,
                                           struct repli_err *err)
{
    struct repli_ledger l = {.writing = 0};
    int64_t version = 0;
    const char **all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_open_readonly(path, LEDGER_ID, &l.db, &version, err);
    if (s == REPLI_OK) {
        REPLI_STMT st = NULL;
        bool row = false;
        s = repli_db_prepare(
            &l.db, "SELECT lower(hex(sha256)), bytes FROM image WHERE purged_utc IS NULL ORDER BY image_id", &st, err);
        while (s == REPLI_OK && (s = repli_db_step(&l.db, st, &row, err)) == REPLI_OK && row) {
            all = repli_rows_more(a, all, n, sizeof *all);
            all[n++] = repli_col_dup(a, st, 0);
        }
    }
    repli_db_close(&l.db);
    if (s != REPLI_OK)
        return s;
    *hashes = all;
    *count = n;
    return REPLI_OK;
}

/* ---- when it was done last */

enum repli_status repli_ledger_backup_note(struct repli_ledger *l, const char *dir, int64_t now_utc,
                                           struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "INSERT INTO meta(key, value) VALUES('backup.utc', CAST(?1 AS TEXT)), "
                                           "('backup.dir', ?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, now_utc);
    repli_bind_text(st, 2, dir);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_backup_last(struct repli_ledger *l, struct repli_arena *a, int64_t *utc,
                                           const char **dir, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_int(&l->db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='backup.utc'", 0, utc, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&l->db, "SELECT value FROM meta WHERE key='backup.dir'", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *dir = row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}

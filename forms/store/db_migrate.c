/* Making and upgrading databases: the only code that runs DDL. */
#include "store/db_internal.h"

#include <stdio.h>
#include <string.h>

#include "repli/asset.h"
#include "repli/file.h"

/* Copies the committed content to PATH.before-N through a connection of its own: SQLite does not back up from one that
** holds the write lock. */
static enum repli_status backup(const char *path, int64_t version, struct repli_err *err)
{
    struct repli_buf name = {0}, tmp = {0};
    struct repli_db from = {.path = repli_xstrdup(path)}, to = {0};
    repli_buf_printf(&name, "%s.before-%lld", path, (long long)version);
    repli_buf_printf(&tmp, "%s.tmp", name.data);
    to.path = repli_xstrdup(tmp.data);
    (void)remove(tmp.data); /* of a run that was killed here */
    enum repli_status s = repli_db_make_file(tmp.data, err);
    if (s == REPLI_OK)
        s = repli_db_connect(&from, path, SQLITE_OPEN_READONLY, err);
    if (s == REPLI_OK)
        s = repli_db_connect(&to, tmp.data, SQLITE_OPEN_READWRITE, err);
    sqlite3_backup *b = s == REPLI_OK ? sqlite3_backup_init(to.sql, "main", from.sql, "main") : NULL;
    if (s == REPLI_OK) {
        int step = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
        int end = sqlite3_backup_finish(b);
        if (step != SQLITE_DONE || end != SQLITE_OK)
            s = repli_fail(err, REPLI_DB, "%s: backup before the upgrade failed: %s", name.data,
                           sqlite3_errstr(end != SQLITE_OK ? end : step));
    }
    repli_db_close(&to);
    repli_db_close(&from);
    if (s == REPLI_OK)
        s = repli_file_commit(tmp.data, name.data, err);
    if (s != REPLI_OK)
        (void)remove(tmp.data);
    repli_buf_done(&tmp);
    repli_buf_done(&name);
    return s;
}

static enum repli_status apply_step(struct repli_db *db, const char *asset, int64_t version, int64_t now_utc,
                                    struct repli_err *err)
{
    const struct repli_asset *sql = repli_asset_get(asset);
    if (!sql)
        return repli_fail(err, REPLI_BUG, "%s is not packed into this program", asset);
    enum repli_status s = repli_db_exec(db, (const char *)sql->data, err);
    if (s != REPLI_OK)
        return s;
    REPLI_STMT st = NULL;
    s = repli_db_prepare(db, "INSERT INTO upgrade(version, applied_utc, program) VALUES(?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, version);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, REPLI_VERSION);
    s = repli_db_run(db, st, err);
    if (s != REPLI_OK || version > 1)
        return s;
    REPLI_STMT meta = NULL;
    s = repli_db_prepare(db, "INSERT INTO meta(key, value) VALUES('created_utc', CAST(? AS TEXT))", &meta, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(meta, 1, now_utc);
    return repli_db_run(db, meta, err);
}

static enum repli_status foreign_keys_hold(struct repli_db *db, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, "PRAGMA foreign_key_check", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK && row)
        s = repli_fail(err, REPLI_DB, "%s: table %s has a row whose parent in %s is missing", db->path,
                       repli_col_text(st, 0), repli_col_text(st, 2));
    return s;
}

/* Inside one IMMEDIATE transaction: the version is read again, because another process may have been faster. */
static enum repli_status migrate_locked(struct repli_db *db, const struct repli_db_kind *kind, int64_t target,
                                        int64_t now_utc, struct repli_err *err)
{
    int64_t have = 0;
    enum repli_status s = repli_db_identify(db, kind->what, kind->application_id, &have, err);
    if (s == REPLI_OK && have > 0 && have < target)
        s = backup(db->path, target, err);
    for (int64_t v = have; s == REPLI_OK && v < target; v++)
        s = apply_step(db, kind->steps[v], v + 1, now_utc, err);
    if (s == REPLI_OK)
        s = foreign_keys_hold(db, err);
    if (s == REPLI_OK && have < target)
        s = repli_db_pragma(db, "application_id", kind->application_id, err);
    if (s == REPLI_OK && have < target)
        s = repli_db_pragma(db, "user_version", target, err);
    return s;
}

enum repli_status repli_db_migrate(struct repli_db *db, const struct repli_db_kind *kind, int64_t target,
                                   int64_t now_utc, struct repli_err *err)
{
    enum repli_status s = repli_db_begin(db, err);
    if (s != REPLI_OK)
        return s;
    s = migrate_locked(db, kind, target, now_utc, err);
    if (s == REPLI_OK)
        return repli_db_commit(db, err);
    repli_db_rollback(db);
    return repli_err_prefix(err, "upgrade to version %lld", (long long)target);
}

static enum repli_status build_checked(struct repli_db *db, int32_t application_id, int version, const char *asset,
                                       struct repli_err *err)
{
    const struct repli_asset *sql = repli_asset_get(asset);
    if (!sql)
        return repli_fail(err, REPLI_BUG, "%s is not packed into this program", asset);
    enum repli_status s = repli_db_connect(db, db->path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_harden(db, err);
    if (s == REPLI_OK)
        s = repli_db_exec(db, "PRAGMA page_size=4096; PRAGMA journal_mode=MEMORY", err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "synchronous", 0, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "foreign_keys", 0, err); /* the finished file is checked as a whole */
    if (s == REPLI_OK)
        s = repli_db_begin(db, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "application_id", application_id, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "user_version", version, err);
    if (s == REPLI_OK)
        s = repli_db_exec(db, (const char *)sql->data, err);
    if (s == REPLI_OK)
        s = repli_db_commit(db, err);
    return s == REPLI_OK ? repli_db_lock_down(db, err) : s;
}

enum repli_status repli_db_build(const char *path, int32_t application_id, int version, const char *asset,
                                 struct repli_db *db, struct repli_err *err)
{
    if (repli_file_exists(path))
        return repli_fail(err, REPLI_DB, "%s exists already", path);
    enum repli_status s = repli_db_make_file(path, err);
    if (s != REPLI_OK)
        return s;
    struct repli_db d = {.path = repli_xstrdup(path)};
    s = build_checked(&d, application_id, version, asset, err);
    if (s != REPLI_OK)
        repli_db_close(&d);
    else
        *db = d;
    return s;
}

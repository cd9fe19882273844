/* Leaving nothing behind: a file without the rests of what was deleted, an empty log. */
#include "store/db_internal.h"

#include "repli/file.h"

enum repli_status repli_db_empty_log(struct repli_db *db, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK && (!row || sqlite3_column_int(st, 0) != 0))
        return repli_fail(err, REPLI_DB,
                          "%s: another program is reading it, so that its log cannot be emptied: run this again",
                          db->path);
    return s;
}

/* Cells that moved from page to page leave bytes behind them that secure_delete does not reach: only a file that is
** written anew has none.  VACUUM attaches a temporary database, which our own connections may not. */
enum repli_status repli_db_rebuild(const char *path, struct repli_err *err)
{
    struct repli_db db = {.path = repli_xstrdup(path)};
    enum repli_status s = repli_db_connect(&db, path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_harden(&db, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(&db, "synchronous", 2, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(&db, "secure_delete", 1, err);
    if (s == REPLI_OK)
        (void)sqlite3_limit(db.sql, SQLITE_LIMIT_ATTACHED, 1);
    if (s == REPLI_OK)
        s = repli_db_exec(&db, "VACUUM", err);
    repli_db_close(&db);
    return s;
}

/* The log of a file: emptied, or taken in at leisure; and a file without the rests of what was deleted. */
#include "store/db_internal.h"

#include "repli/file.h"
#include "repli/ledger_quality.h"

#define FOLD_DUE  100  /* pages: folding them takes some milliseconds */
#define FOLD_MUST 4000 /* 16 MB */

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

static int on_commit(void *user, sqlite3 *sql, const char *name, int pages)
{
    struct repli_ledger *l = user;
    l->log_pages = pages;
    if (pages >= FOLD_MUST)
        (void)sqlite3_wal_checkpoint_v2(sql, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

void repli_ledger_fold_later(struct repli_ledger *l)
{
    (void)sqlite3_wal_hook(l->db.sql, on_commit, l);
}

bool repli_ledger_fold_due(const struct repli_ledger *l)
{
    return l->log_pages >= FOLD_DUE;
}

void repli_ledger_fold(struct repli_ledger *l)
{
    l->log_pages = 0;
    (void)sqlite3_wal_checkpoint_v2(l->db.sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

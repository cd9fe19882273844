/* Who only looks changes nothing: while a handle looks, a transaction that touched a row of any table but one is
** rolled back as it would be committed.  The one is the ledger's audit: looking is written down. */
#include <string.h>

#include "store/db_internal.h"

static void on_row(void *user, sqlite3 *sql, int what, const char *schema, const char *table, sqlite3_int64 before,
                   sqlite3_int64 after)
{
    (void)sql, (void)what, (void)schema, (void)before, (void)after;
    struct repli_db *db = user;
    if (!db->but || strcmp(table, db->but) != 0)
        db->touched = true;
}

static int on_commit(void *user)
{
    return ((struct repli_db *)user)->touched;
}

static void on_rollback(void *user)
{
    ((struct repli_db *)user)->touched = false;
}

void repli_db_looks(struct repli_db *db, bool only, const char *but)
{
    db->but = but;
    db->touched = false;
    (void)sqlite3_preupdate_hook(db->sql, only ? on_row : NULL, db);
    (void)sqlite3_commit_hook(db->sql, only ? on_commit : NULL, db);
    (void)sqlite3_rollback_hook(db->sql, only ? on_rollback : NULL, db);
}

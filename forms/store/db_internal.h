/* What db.c and db_migrate.c share. */
#ifndef REPLI_STORE_DB_INTERNAL_H
#define REPLI_STORE_DB_INTERNAL_H

#include "store/db.h"

/* An empty file of mode 0600; one that exists is left alone (and never opened: closing it would drop SQLite's locks).
** */
REPLI_MUST_CHECK enum repli_status repli_db_make_file(const char *path, struct repli_err *err);
/* Opens the bare connection; db->path names it in messages.  On failure nothing is left open. */
REPLI_MUST_CHECK enum repli_status repli_db_connect(struct repli_db *db, const char *name, int flags,
                                                    struct repli_err *err);
/* What holds for every connection, writers and readers. */
REPLI_MUST_CHECK enum repli_status repli_db_harden(struct repli_db *db, struct repli_err *err);
/* Sets a pragma and reads back that it holds. */
REPLI_MUST_CHECK enum repli_status repli_db_pragma(struct repli_db *db, const char *name, int64_t value,
                                                   struct repli_err *err);
/* *version = user_version; 0 for a file without anything in it.  REPLI_DB when it is another kind of file. */
REPLI_MUST_CHECK enum repli_status repli_db_identify(struct repli_db *db, const char *what, int32_t id,
                                                     int64_t *version, struct repli_err *err);
/* Brings a file to version `target` in one transaction, after a backup copy when it holds anything. */
REPLI_MUST_CHECK enum repli_status repli_db_migrate(struct repli_db *db, const struct repli_db_kind *kind,
                                                    int64_t target, int64_t now_utc, struct repli_err *err);

/* Moves the log into the file and empties it.  REPLI_DB while another program reads. */
REPLI_MUST_CHECK enum repli_status repli_db_empty_log(struct repli_db *db, struct repli_err *err);
/* Writes the file anew (VACUUM) through a connection of its own: nothing of deleted rows is left in it. */
REPLI_MUST_CHECK enum repli_status repli_db_rebuild(const char *path, struct repli_err *err);

/* A statement of this text that was let go of; NULL: there is none. */
sqlite3_stmt *repli_db_kept_take(sqlite3 *sql, const char *text);
void repli_db_kept_give(sqlite3_stmt *st); /* lets go of one; NULL is fine */
void repli_db_kept_drop(sqlite3 *sql);     /* before the connection is closed */

/* What SQLite says of the last call, and what to do about it: REPLI_DB. */
enum repli_status repli_db_fail(struct repli_db *db, struct repli_err *err);

#endif

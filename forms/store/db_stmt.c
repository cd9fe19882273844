/* Statements, binds and transactions. */
#include "store/db_internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* SQLite says what failed; people need to hear what to do. */
static const char *way_out(struct repli_db *db)
{
    switch (sqlite3_errcode(db->sql) & 0xff) {
    case SQLITE_FULL:
        return ": the disk is full: make room and run it again, nothing is half done";
    case SQLITE_IOERR:
        return sqlite3_system_errno(db->sql) == ENOSPC
                   ? ": the disk is full: make room and run it again, nothing is half done"
                   : ": is the disk full or failing? Nothing is half done: run it again when it is well";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ": the file is damaged: keep a copy of the site folder, and restore a backup";
    case SQLITE_CONSTRAINT:
        return sqlite3_extended_errcode(db->sql) == SQLITE_CONSTRAINT_COMMITHOOK ? ": who only looks changes nothing"
                                                                                 : "";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return ": this user must be able to read and write the file and its folder";
    }
    return "";
}

enum repli_status repli_db_fail(struct repli_db *db, struct repli_err *err)
{
    if ((sqlite3_errcode(db->sql) & 0xff) == SQLITE_BUSY)
        return repli_fail(err, REPLI_DB, "%s is locked by another repli that is writing: try again", db->path);
    return repli_fail(err, REPLI_DB, "%s: %s%s", db->path, sqlite3_errmsg(db->sql), way_out(db));
}

enum repli_status repli_db_exec(struct repli_db *db, const char *sql, struct repli_err *err)
{
    if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) != SQLITE_OK)
        return repli_db_fail(db, err);
    return REPLI_OK;
}

enum repli_status repli_db_prepare(struct repli_db *db, const char *sql, sqlite3_stmt **st, struct repli_err *err)
{
    const char *tail = NULL;
    sqlite3_stmt *made = repli_db_kept_take(db->sql, sql);
    if (made) {
        *st = made;
        return REPLI_OK;
    }
    if (sqlite3_prepare_v2(db->sql, sql, -1, &made, &tail) != SQLITE_OK)
        return repli_db_fail(db, err);
    if (!made || tail[strspn(tail, " \t\n;")]) {
        sqlite3_finalize(made);
        return repli_fail(err, REPLI_BUG, "%s: surplus text follows SQL: %s", db->path, sql);
    }
    *st = made;
    return REPLI_OK;
}

void repli_stmt_done(sqlite3_stmt **st)
{
    repli_db_kept_give(*st);
    *st = NULL;
}

/* A bind fails for a wrong position, a running statement, or no memory: bugs, or the end of the process by the arena's
** rule. */
static void bound(int rc)
{
    assert(rc == SQLITE_OK);
    (void)rc;
}

void repli_bind_text(sqlite3_stmt *st, int i, const char *s)
{
    bound(s ? sqlite3_bind_text(st, i, s, -1, SQLITE_TRANSIENT) : sqlite3_bind_null(st, i));
}

void repli_bind_lent(sqlite3_stmt *st, int i, const char *s)
{
    bound(s ? sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC) : sqlite3_bind_null(st, i));
}

void repli_bind_int(sqlite3_stmt *st, int i, int64_t v)
{
    bound(sqlite3_bind_int64(st, i, v));
}

void repli_bind_opt(sqlite3_stmt *st, int i, const int64_t *v)
{
    bound(v ? sqlite3_bind_int64(st, i, *v) : sqlite3_bind_null(st, i));
}

void repli_bind_blob(sqlite3_stmt *st, int i, const void *data, size_t len)
{
    if (!data)
        bound(sqlite3_bind_null(st, i));
    else if (len == 0)
        bound(sqlite3_bind_zeroblob(st, i, 0));
    else
        bound(sqlite3_bind_blob64(st, i, data, len, SQLITE_TRANSIENT));
}

void repli_bind_real(sqlite3_stmt *st, int i, double v)
{
    bound(sqlite3_bind_double(st, i, v));
}

const char *repli_col_text(sqlite3_stmt *st, int i)
{
    return (const char *)sqlite3_column_text(st, i);
}

char *repli_col_dup(struct repli_arena *a, sqlite3_stmt *st, int i)
{
    return repli_arena_strdup(a, repli_col_text(st, i));
}

bool repli_col_bytes(sqlite3_stmt *st, int i, void *out, size_t len)
{
    memset(out, 0, len);
    if (sqlite3_column_type(st, i) != SQLITE_BLOB || (size_t)sqlite3_column_bytes(st, i) != len)
        return false;
    if (len > 0)
        memcpy(out, sqlite3_column_blob(st, i), len);
    return true;
}

void *repli_rows_more(struct repli_arena *a, void *rows, size_t count, size_t size)
{
    if (count == 0)
        return repli_arena_array(a, 8, size);
    bool full = count >= 8 && (count & (count - 1)) == 0;
    return full ? repli_arena_grow(a, rows, count, 2 * count, size) : rows;
}

enum repli_status repli_db_step(struct repli_db *db, sqlite3_stmt *st, bool *row, struct repli_err *err)
{
    int rc = sqlite3_step(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return repli_db_fail(db, err);
    *row = rc == SQLITE_ROW;
    return REPLI_OK;
}

enum repli_status repli_db_run(struct repli_db *db, sqlite3_stmt *st, struct repli_err *err)
{
    bool row = true;
    enum repli_status s = REPLI_OK;
    while (s == REPLI_OK && row)
        s = repli_db_step(db, st, &row, err);
    sqlite3_reset(st); /* repeats the error of the step, which is reported already */
    return s;
}

enum repli_status repli_db_int(struct repli_db *db, const char *sql, int64_t none, int64_t *out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, sql, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK)
        *out = row && sqlite3_column_type(st, 0) != SQLITE_NULL ? sqlite3_column_int64(st, 0) : none;
    return s;
}

int64_t repli_db_changes(struct repli_db *db)
{
    return sqlite3_changes64(db->sql);
}

/* One statement without values, compiled once: a merge opens and ends some twenty transactions and parts of them. */
static enum repli_status once(struct repli_db *db, const char *sql, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(db, sql, &st, err);
    return s == REPLI_OK ? repli_db_run(db, st, err) : s;
}

enum repli_status repli_db_begin(struct repli_db *db, struct repli_err *err)
{
    assert(!db->in_tx);
    enum repli_status s = once(db, "BEGIN IMMEDIATE", err);
    db->in_tx = s == REPLI_OK;
    return s;
}

enum repli_status repli_db_begin_read(struct repli_db *db, struct repli_err *err)
{
    assert(!db->in_tx);
    enum repli_status s = repli_db_exec(db, "BEGIN", err);
    db->in_tx = s == REPLI_OK;
    return s;
}

enum repli_status repli_db_commit(struct repli_db *db, struct repli_err *err)
{
    assert(db->in_tx);
    enum repli_status s = once(db, "COMMIT", err);
    if (s != REPLI_OK)
        repli_db_rollback(db);
    db->in_tx = false;
    return s;
}

void repli_db_rollback(struct repli_db *db)
{
    if (db->in_tx && !sqlite3_get_autocommit(db->sql)) /* SQLite itself rolls back after a full disk or an I/O error */
        (void)sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
    db->in_tx = false;
}

enum repli_status repli_db_enter(struct repli_db *db, bool *own, struct repli_err *err)
{
    bool mine = !db->in_tx;
    enum repli_status s = mine ? repli_db_begin(db, err) : once(db, "SAVEPOINT part", err);
    if (s == REPLI_OK)
        *own = mine;
    return s;
}

enum repli_status repli_db_leave(struct repli_db *db, bool own, enum repli_status status, struct repli_err *err)
{
    if (status == REPLI_OK)
        return own ? repli_db_commit(db, err) : once(db, "RELEASE part", err);
    if (own)
        repli_db_rollback(db);
    else if (!sqlite3_get_autocommit(db->sql))
        (void)sqlite3_exec(db->sql, "ROLLBACK TO part; RELEASE part", NULL, NULL, NULL);
    return status;
}

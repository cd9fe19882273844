/* SQLite for the files of forms/store/ only: no other folder includes sqlite3.h or this header. */
#ifndef REPLI_STORE_DB_H
#define REPLI_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"
#include "repli/id.h"

struct repli_db {
    sqlite3 *sql;
    char *path;
    bool in_tx;      /* a transaction of repli_db_begin() is open */
    const char *but; /* repli_db_looks() */
    bool touched;
};

/* What one kind of database file is.  Migrations are append-only: step 0 creates version 1 from the .sql asset. */
struct repli_db_kind {
    const char *what; /* "record" */
    int32_t application_id;
    const char *const *steps; /* asset names of SQL files, NULL-terminated: "store/record.sql", ... */
};

/* Opens for reading and writing: WAL, synchronous FULL, foreign keys, defensive, all set and read back; then an
** authorizer refuses ATTACH, DETACH and every change of the schema (a migration is the only one, and runs before).
** The schema's tables `meta` (gets created_utc) and `upgrade` (a row a migration) must be in step 0.  A file that
** needs migrating is copied to PATH.before-N first, N = the version it is brought to. */
REPLI_MUST_CHECK enum repli_status repli_db_open(const char *path, const struct repli_db_kind *kind, bool create,
                                                 int64_t now_utc, struct repli_db *db, struct repli_err *err);
/* A file that nobody writes (a snapshot): read without locks and without journal. *version gets its user_version. */
REPLI_MUST_CHECK enum repli_status repli_db_open_readonly(const char *path, int32_t application_id, struct repli_db *db,
                                                          int64_t *version, struct repli_err *err);
/* A new file that nobody reads before it is finished: schema from `asset`, no WAL, journal in memory, no syncs; the
** caller syncs the closed file.  REPLI_DB when the file exists. */
REPLI_MUST_CHECK enum repli_status repli_db_build(const char *path, int32_t application_id, int version,
                                                  const char *asset, struct repli_db *db, struct repli_err *err);
void repli_db_close(struct repli_db *db); /* zeroed and closed handles are fine */

/* `only`: from now on a transaction of this handle that changes a row of another table than `but` (or NULL) fails as it
** is committed, and nothing of it stays.  The handle must not move meanwhile. */
void repli_db_looks(struct repli_db *db, bool only, const char *but);

REPLI_MUST_CHECK enum repli_status repli_db_exec(struct repli_db *db, const char *sql, struct repli_err *err);
/* One statement; text after it is refused.  Let go of by repli_stmt_done (REPLI_AUTO), which may keep it compiled. */
REPLI_MUST_CHECK enum repli_status repli_db_prepare(struct repli_db *db, const char *sql, sqlite3_stmt **st,
                                                    struct repli_err *err);
void repli_stmt_done(sqlite3_stmt **st);
#define REPLI_STMT REPLI_AUTO(repli_stmt_done) sqlite3_stmt *

/* Binds by position from 1.  Texts and blobs are copied.  NULL pointers bind NULL. */
void repli_bind_text(sqlite3_stmt *st, int i, const char *s);
/* Not copied: `s` stays as it is until the statement is let go of, or bound anew. */
void repli_bind_lent(sqlite3_stmt *st, int i, const char *s);
void repli_bind_int(sqlite3_stmt *st, int i, int64_t v);
void repli_bind_opt(sqlite3_stmt *st, int i, const int64_t *v);
void repli_bind_blob(sqlite3_stmt *st, int i, const void *data, size_t len);
void repli_bind_real(sqlite3_stmt *st, int i, double v);

/* Columns from 0. */
const char *repli_col_text(sqlite3_stmt *st, int i);                 /* borrowed until the next step; NULL = NULL */
char *repli_col_dup(struct repli_arena *a, sqlite3_stmt *st, int i); /* NULL stays NULL */
bool repli_col_bytes(sqlite3_stmt *st, int i, void *out,
                     size_t len); /* false, `out` zeroed: not a blob of that length */

/* Room for one more row of `size` in an array of `count` that only this function ever grew (NULL at first): doubles. */
void *repli_rows_more(struct repli_arena *a, void *rows, size_t count, size_t size);

/* REPLI_OK with *row = true for a row, false at the end. */
REPLI_MUST_CHECK enum repli_status repli_db_step(struct repli_db *db, sqlite3_stmt *st, bool *row,
                                                 struct repli_err *err);
/* For statements without rows: steps to the end and resets. */
REPLI_MUST_CHECK enum repli_status repli_db_run(struct repli_db *db, sqlite3_stmt *st, struct repli_err *err);
/* First column of the first row as an integer; `none` when there is no row or it is NULL. */
REPLI_MUST_CHECK enum repli_status repli_db_int(struct repli_db *db, const char *sql, int64_t none, int64_t *out,
                                                struct repli_err *err);
int64_t repli_db_changes(struct repli_db *db); /* rows of the last UPDATE, INSERT or DELETE */

REPLI_MUST_CHECK enum repli_status repli_db_begin(struct repli_db *db, struct repli_err *err); /* IMMEDIATE */
REPLI_MUST_CHECK enum repli_status repli_db_commit(struct repli_db *db, struct repli_err *err);
void repli_db_rollback(struct repli_db *db); /* no-op outside a transaction */

/* A consistent view for several SELECTs; ends with repli_db_rollback(). */
REPLI_MUST_CHECK enum repli_status repli_db_begin_read(struct repli_db *db, struct repli_err *err);

/* All or nothing inside whatever is open: a transaction of its own, or a savepoint in the caller's.  Every enter that
** returned REPLI_OK is followed by one leave, which keeps the work when `status` is REPLI_OK and returns the final
** status:
**     s = repli_db_enter(db, &own, err);  if (s == REPLI_OK) s = repli_db_leave(db, own, work(db, err), err);  */
REPLI_MUST_CHECK enum repli_status repli_db_enter(struct repli_db *db, bool *own, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_db_leave(struct repli_db *db, bool own, enum repli_status status,
                                                  struct repli_err *err);

/* Triggers of the connection itself (TEMP) may be made until repli_db_lock_down() is called again. */
REPLI_MUST_CHECK enum repli_status repli_db_unlock_temp(struct repli_db *db, struct repli_err *err);
/* From here on only rows change: the authorizer. */
REPLI_MUST_CHECK enum repli_status repli_db_lock_down(struct repli_db *db, struct repli_err *err);

struct repli_record {
    struct repli_db db;
    int64_t run_id, run_seq;
    struct record_run *run; /* an import under way; NULL = none */
};
struct audit_pen;
struct repli_ledger {
    struct repli_db db;
    struct audit_pen *pen;  /* the audit that was begun; NULL = none */
    struct kept_maps *kept; /* page maps that were taken apart already; NULL = none are kept */
    int log_pages;          /* of the log, since repli_ledger_fold_later() */
    int writing;            /* descriptor + 1 of the lock that says "a PDF of this handle is being written"; 0 = none */
    sqlite3_stmt *last;     /* kept between calls of repli_ledger_filled_last(): each form of each patient asks it */
};

/* BLAKE2b-256 over all rows of the given tables (NULL-terminated; "name" or "name: column, column" to leave columns
** out), in the order of all remaining columns; hex. */
REPLI_MUST_CHECK enum repli_status repli_db_digest(struct repli_db *db, const char *const *tables, char out[65],
                                                   struct repli_err *err);

/* Adds every row and column of a SELECT to a hash, with types, in the order it gives; *rows (may be NULL) = how many.
** */
REPLI_MUST_CHECK enum repli_status repli_db_hash_rows(struct repli_db *db, const char *sql, struct repli_hash *h,
                                                      int64_t *rows, struct repli_err *err);
/* The part of repli_db_digest() that one table is: "name" or "name: column, column". */
REPLI_MUST_CHECK enum repli_status repli_db_hash_table(struct repli_db *db, const char *spec, struct repli_hash *h,
                                                       struct repli_err *err);

#endif

/* SQLite for the files of forms/store/ only: no other folder includes sqlite3.h or this header. */
#ifndef REPLI_STORE_DB_H
#define REPLI_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "repli/err.h"

struct repli_db {
    sqlite3 *sql;
    char *path;
    bool in_tx;
};

/* What one kind of database file is. Migrations are append-only: step 0 creates version 1 from the .sql asset. */
struct repli_db_kind {
    const char *what;        /* "record" */
    int32_t application_id;
    const char *const *steps; /* asset names of SQL files, NULL-terminated: "store/record.sql", ... */
};

REPLI_MUST_CHECK enum repli_status repli_db_open(const char *path, const struct repli_db_kind *kind, bool create, int64_t now_utc, struct repli_db *db, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_db_open_readonly(const char *path, int32_t application_id, struct repli_db *db, struct repli_err *err); /* immutable file */
void repli_db_close(struct repli_db *db);

REPLI_MUST_CHECK enum repli_status repli_db_exec(struct repli_db *db, const char *sql, struct repli_err *err);
/* One statement; text after it is refused.  Finalised by repli_stmt_done (REPLI_AUTO). */
REPLI_MUST_CHECK enum repli_status repli_db_prepare(struct repli_db *db, const char *sql, sqlite3_stmt **st, struct repli_err *err);
void repli_stmt_done(sqlite3_stmt **st);
#define REPLI_STMT REPLI_AUTO(repli_stmt_done) sqlite3_stmt *

/* Binds by position from 1. Texts and blobs are copied. NULL pointers bind NULL. */
void repli_bind_text(sqlite3_stmt *st, int i, const char *s);
void repli_bind_int(sqlite3_stmt *st, int i, int64_t v);
void repli_bind_opt(sqlite3_stmt *st, int i, const int64_t *v);
void repli_bind_blob(sqlite3_stmt *st, int i, const void *data, size_t len);
void repli_bind_real(sqlite3_stmt *st, int i, double v);

/* REPLI_OK with *row = true for a row, false at the end. */
REPLI_MUST_CHECK enum repli_status repli_db_step(struct repli_db *db, sqlite3_stmt *st, bool *row, struct repli_err *err);
/* For statements without rows: steps to the end and resets. */
REPLI_MUST_CHECK enum repli_status repli_db_run(struct repli_db *db, sqlite3_stmt *st, struct repli_err *err);

REPLI_MUST_CHECK enum repli_status repli_db_begin(struct repli_db *db, struct repli_err *err); /* IMMEDIATE */
REPLI_MUST_CHECK enum repli_status repli_db_commit(struct repli_db *db, struct repli_err *err);
void repli_db_rollback(struct repli_db *db); /* no-op outside a transaction */

struct repli_record { struct repli_db db; int64_t run_id, run_seq; };
struct repli_ledger { struct repli_db db; };

/* BLAKE2b-256 over all rows of the given tables ("name" or "name: column, column" to leave the others out), ordered by all
** columns; hex. */
REPLI_MUST_CHECK enum repli_status repli_db_digest(struct repli_db *db, const char *const *tables, char out[65], struct repli_err *err);

#endif

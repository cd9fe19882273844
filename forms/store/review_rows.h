/* Reading rows into an arena and joining a transaction: shared by the files of the review tables. */
#ifndef REPLI_STORE_REVIEW_ROWS_H
#define REPLI_STORE_REVIEW_ROWS_H

#include "repli/arena.h"
#include "repli/ledger.h"
#include "store/db.h"

/* Prepares a statement whose first parameter is a serial. */
REPLI_MUST_CHECK enum repli_status repli_rows_prepare(struct repli_ledger *, const char *sql, uint64_t serial, sqlite3_stmt **st, struct repli_err *);
char *repli_column_text(sqlite3_stmt *st, int i, struct repli_arena *a); /* NULL stays NULL */
/* Room for one more row in a growing array of the arena. */
void *repli_rows_room(struct repli_arena *a, void *rows, size_t count, size_t *cap, size_t size);
/* Ends a transaction that the calling function began itself (`mine`). */
REPLI_MUST_CHECK enum repli_status repli_ledger_tx_end(struct repli_ledger *, bool mine, enum repli_status s, struct repli_err *);

#endif

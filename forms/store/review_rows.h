/* Reading rows into an arena: shared by the files of the review tables. */
#ifndef REPLI_STORE_REVIEW_ROWS_H
#define REPLI_STORE_REVIEW_ROWS_H

#include "repli/arena.h"
#include "repli/ledger.h"
#include "store/db.h"

/* Prepares a statement whose first parameter is a serial. */
REPLI_MUST_CHECK enum repli_status repli_rows_prepare(struct repli_ledger *, const char *sql, uint64_t serial,
                                                      sqlite3_stmt **st, struct repli_err *);
/* Room for one more row in a growing array of the arena. */
void *repli_rows_room(struct repli_arena *a, void *rows, size_t count, size_t *cap, size_t size);

#endif

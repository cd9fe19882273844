/* The record: open it, count it, digest it.  Importing is in record_import.h, merging in record_merge.h.
**
** All SQL sits behind these functions (forms/store/), so that another database can stand beside SQLite.
** A handle belongs to one thread and never crosses a fork.
*/
#ifndef REPLI_RECORD_H
#define REPLI_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

struct repli_record;

/* Opens, and creates when `create`.  Migrates (after a backup copy "record.db.before-N") or refuses a newer file.
** WAL + synchronous FULL are set and read back; foreign keys on; the compile options SQLite needs are checked; REPLI_IO
** on a network or overlay file system; REPLI_DB otherwise. */
REPLI_MUST_CHECK enum repli_status repli_record_open(const char *path, bool create, int64_t now_utc,
                                                     struct repli_record **record, struct repli_err *err);
/* From now on whatever changes a row fails, and nothing of it stays: for answers to people who look. */
void repli_record_looks(struct repli_record *);
void repli_record_close(struct repli_record *record); /* NULL is fine; an open transaction is rolled back */

/* How many patients there are, in the house or not. */
REPLI_MUST_CHECK enum repli_status repli_record_patients(struct repli_record *, int64_t *patients, struct repli_err *);

/* A digest of all patient tables and paper tables (not of import runs): equal digests = records that say the same. Left
** out is what says how or under which number a row was written: row versions, hashes of what was sent, keyed hashes
** (they follow from the identifiers and the site's key), merge numbers and times of scanning, entering and merging.
** 64 hexadecimal digits + NUL. */
REPLI_MUST_CHECK enum repli_status repli_record_digest(struct repli_record *, char out[65], struct repli_err *);

#endif

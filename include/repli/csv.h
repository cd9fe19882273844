/* Comma-separated values (RFC 4180) for people who key in a spreadsheet.
**
** A spreadsheet runs a cell that begins with = + - @ or a TAB or CR as a formula, whoever wrote it (a patient's name,
** say).  Such a cell goes out with an apostrophe before it, and so does one that begins with an apostrophe before one
** of these; coming in, that apostrophe is taken off again, so that every text comes back as it went. */
#ifndef REPLI_CSV_H
#define REPLI_CSV_H

#include "repli/arena.h"
#include "repli/err.h"

/* Adds one cell, quoted where it must be; `first`: of its row (else a comma comes before).  NULL is an empty cell. */
void repli_csv_cell(struct repli_buf *, const char *text, bool first);
void repli_csv_end(struct repli_buf *); /* CR LF */

struct repli_csv; /* over a text that the caller keeps */
/* A byte order mark is skipped.  What separates the cells is seen in the first line: a comma, else (as in countries
** with a decimal comma) a semicolon, else a TAB.  In `a`. */
struct repli_csv *repli_csv_open(const char *data, size_t len, struct repli_arena *a);
/* The next row that holds anything; *line is where it begins, from 1.  *cells NULL at the end.  REPLI_DATA by line: a
** quote that does not end, text behind a closing quote, a byte 0, more than 64 cells. */
REPLI_MUST_CHECK enum repli_status repli_csv_row(struct repli_csv *, struct repli_arena *, const char ***cells,
                                                 size_t *count, size_t *line, struct repli_err *);

#endif

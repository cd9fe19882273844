/* The audit: what was done with patients' paper, by whom and when, as one chain a station.
**
** Every row carries a seal: BLAKE2b-256 over the seal of the row before it and all its own columns, keyed with the
** station's key (repli_keys_seal).  Who changes, drops or adds a row in the middle breaks the chain; who rewrites all
** of it needs the key; who cuts off its end is found by any head that was printed or carried away before (a bare chain
** sees neither: that is why heads stand on paper).  Rows say who did what to which sheet, pack, image or file, and how
** it ended; they never hold a clinical value.
**
** What changes rows of the ledger is written down by triggers that live in the connection, inside the same
** transaction: nothing is done without its row, no row without the deed.  Everything else says so itself
** (repli_audit_note).
*/
#ifndef REPLI_AUDIT_H
#define REPLI_AUDIT_H

#include "repli/ledger.h"
#include "repli/site.h"
#include "repli/text.h"

/* Begins the audit of this handle: from now on each write is written down as done by `person` (NULL: nobody is named)
** with this program.  `site` and `person` live as long as the handle.  Once a handle. */
REPLI_MUST_CHECK enum repli_status repli_audit_attach(struct repli_ledger *, const struct repli_site *site,
                                                      const char *person, struct repli_err *);

/* From now on the handle writes as this person: of a program that works for several, one after the other.  `person`
** lives until the next one is named. */
void repli_audit_person(struct repli_ledger *, const char *person);

struct repli_audit_row {
    unsigned station;
    int64_t seq, at_utc;                    /* seq from 1 without gaps */
    const char *person;                     /* NULL: nobody named */
    const char *event;                      /* "print", "scan", "key", ... see store/ledger_audit.c */
    const char *object;                     /* serial, pack, image, person, file ... */
    const char *outcome, *reason, *program; /* outcome, reason: may be NULL */
};
/* One row more, for what leaves no trace in the ledger's own tables: event, object, outcome, reason of `row`; person
** NULL: that of the handle.  REPLI_BUG when the audit of the handle was not begun. */
REPLI_MUST_CHECK enum repli_status repli_audit_note(struct repli_ledger *, const struct repli_audit_row *row,
                                                    struct repli_err *);

/* The head of a station's chain as a short code for paper: station, number of rows, and 30 bits of the last seal in
** Crockford's symbols, e.g. "0-1234-K7QD9M".  "0-0-000000": nothing was done yet. */
#define REPLI_AUDIT_HEAD 40
REPLI_MUST_CHECK enum repli_status repli_audit_head(struct repli_ledger *, unsigned station, char out[REPLI_AUDIT_HEAD],
                                                    struct repli_err *);

/* Rows in order of station and number, from `since_utc` on. */
typedef enum repli_status repli_audit_fn(void *user, const struct repli_audit_row *row, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_audit_each(struct repli_ledger *, int64_t since_utc, repli_audit_fn *,
                                                    void *user, struct repli_err *);

/* What a check found; texts in the arena. */
struct repli_audit_found {
    int64_t rows, stations;
    int64_t backwards; /* rows that say an earlier time than the one before: a clock was set back */
    const char **bad;  /* "station 0, row 17: ..." */
    size_t nbad;
    const char **heads; /* of every station, as now */
    size_t nheads;
};
/* Checks every chain.  `heads` (NULL-terminated, may be NULL): codes from paper or carried files, each of which must
** lie in its chain.  A key that is not held here is a finding, too: then nobody can tell. */
REPLI_MUST_CHECK enum repli_status repli_audit_verify(struct repli_ledger *, const struct repli_keys *,
                                                      const char *const *heads, struct repli_arena *,
                                                      struct repli_audit_found *, struct repli_err *);

/* ---- carried to another ledger (repli/carry.h) */
/* A line of JSON each row of the station. */
REPLI_MUST_CHECK enum repli_status repli_audit_rows_out(struct repli_ledger *, unsigned station, struct repli_buf *out,
                                                        struct repli_err *);
/* One such line, inside the caller's transaction.  Its seal is checked; a row that is there already must be the same
** one, a new one follows the last.  REPLI_DATA: refused by name; two copies of a station have gone different ways, or
** rows are missing between. */
REPLI_MUST_CHECK enum repli_status repli_audit_row_in(struct repli_ledger *, unsigned station, const char *line,
                                                      const struct repli_keys *, struct repli_err *);

#endif

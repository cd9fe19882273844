/* The paper of one station as a file: so that sheets printed from a stick can be scanned at the centre.
**
** Lines of JSON: a head, every printed form, pack and sheet with its page map, the station's audit, and a last line
** with a MAC over all that precedes, made with a key of the station.  A file that is not whole, not of this site, or
** of a station whose key is not held here is refused by name and changes nothing.
*/
#ifndef REPLI_CARRY_H
#define REPLI_CARRY_H

#include "repli/ledger.h"
#include "repli/site.h"

struct repli_carried {
    unsigned station;
    const char *name; /* of the station, in the arena */
    int64_t made_utc;
    int64_t packs, sheets;         /* in the file */
    int64_t new_packs, new_sheets; /* of these were not known yet */
    int64_t closed;                /* sheets that the station has declared void, lost or blank since */
};
/* All paper of this station, into `text`.  Packs that are being written right now are left out. */
REPLI_MUST_CHECK enum repli_status repli_carry_export(const struct repli_site *site, struct repli_ledger *ledger,
                                                      struct repli_buf *text, struct repli_carried *said,
                                                      struct repli_err *err);
/* Takes the rows of such a file in, all or none.  What is known stays as it is, but for sheets that are only printed
** here and closed by a person there; again: nothing changes.  REPLI_DATA: refused, with the reason. */
REPLI_MUST_CHECK enum repli_status repli_carry_import(const struct repli_site *site, struct repli_ledger *ledger,
                                                      const char *text, size_t len, struct repli_arena *a,
                                                      struct repli_carried *said, struct repli_err *err);

/* ---- rows (store/) */
/* A line each form, pack and sheet of the station, in this order, then the rows of its audit. */
REPLI_MUST_CHECK enum repli_status repli_ledger_rows_out(struct repli_ledger *, unsigned station, struct repli_buf *out,
                                                         int64_t *packs, int64_t *sheets, struct repli_err *);
/* One such line, inside the caller's transaction; counts in `said`. */
REPLI_MUST_CHECK enum repli_status repli_ledger_row_in(struct repli_ledger *, unsigned station, const char *line,
                                                       const struct repli_keys *keys, int64_t now_utc,
                                                       struct repli_carried *said, struct repli_err *);
/* The head of a file: its members as text; "" where one is missing.  REPLI_DATA: no such line. */
REPLI_MUST_CHECK enum repli_status repli_ledger_head_in(struct repli_ledger *, const char *line,
                                                        const char *const *members, size_t count, struct repli_arena *,
                                                        const char **values, struct repli_err *);

#endif

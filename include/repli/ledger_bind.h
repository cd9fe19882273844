/* Whose a blank sheet is: what people say about it. */
#ifndef REPLI_LEDGER_BIND_H
#define REPLI_LEDGER_BIND_H

#include "repli/ledger.h"

/* One person's last word.  patient_id NULL: taken back. */
struct repli_binding {
    const char *person, *patient_id, *number, *name,
        *birth_date; /* name, birth_date: as the record had them; or NULL */
    uint8_t subject[8];
    int64_t said_utc;
};
/* A person says so; what the same person said before counts no more. */
REPLI_MUST_CHECK enum repli_status repli_ledger_bind(struct repli_ledger *, uint64_t serial,
                                                     const struct repli_binding *, struct repli_err *);
/* The last word of each person who has not taken it back, the oldest first. */
REPLI_MUST_CHECK enum repli_status repli_ledger_bindings(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                         struct repli_binding **, size_t *count, struct repli_err *);
/* What counts: two people or more name one patient, and nobody another.  *bound NULL: not bound. */
REPLI_MUST_CHECK enum repli_status repli_ledger_bound(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                      const struct repli_binding **bound, struct repli_err *);

/* Sheets that the blank one may continue, by what was keyed: the one that its own place for a number names, and those
** whose "continues on no." is its short number. */
struct repli_parent {
    const char *sheet, *patient, *patient_name; /* patient, patient_name NULL: none is printed */
    const char *how;                            /* "names it" or "names this one" */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_parents(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                        struct repli_parent **, size_t *count, struct repli_err *);

/* Blank sheets that were read and are open, or were bound and merged; those that nobody said anything about first.  At
** most `limit` rows from `offset` (0: the first) on, in the arena.  REPLI_DB when the ledger cannot be read. */
struct repli_blank_row {
    uint64_t serial;
    const char *sheet, *form, *ward, *state;
    int64_t state_utc;
    size_t said;      /* people whose word stands */
    const char *mine; /* the number that `person` said; NULL = nothing */
    const struct repli_binding *bound;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_blanks(struct repli_ledger *, const char *person, int64_t offset,
                                                       int64_t limit, struct repli_arena *, struct repli_blank_row **,
                                                       size_t *count, struct repli_err *);

#endif

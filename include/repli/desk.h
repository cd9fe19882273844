/* The desk where paper comes back: checking in with a hand scanner, and closing a ward. */
#ifndef REPLI_DESK_H
#define REPLI_DESK_H

#include "repli/ledger.h"
#include "repli/site.h"

enum repli_desk_answer {
    REPLI_DESK_RECEIVED, /* checked in now */
    REPLI_DESK_AGAIN,    /* it was before */
    REPLI_DESK_CLOSED,   /* void, lost or blank: checked in, but somebody should look */
    REPLI_DESK_DRILL,    /* paper of an exercise */
    REPLI_DESK_UNKNOWN,  /* an authentic code of ours that this ledger does not know: another station's, not brought */
    REPLI_DESK_FORGED,   /* our format, but not sealed by us, or another site's */
    REPLI_DESK_NOT_A_CODE
};
const char *repli_desk_text(enum repli_desk_answer answer); /* "received", "again", ... */

/* One line of a hand scanner: the 143 digits of a page code, or a serial that somebody typed.  A serial is enough to
** check paper in that is in the hand; it never stands for a scan.  *row (NULL when the ledger does not know it) lives
** in the arena.  `by` may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_desk_receive(const struct repli_site *, struct repli_ledger *,
                                                      const char *line, const char *by, struct repli_arena *,
                                                      enum repli_desk_answer *answer, struct repli_sheet_row **row,
                                                      struct repli_err *);

/* Sheets with fields of the same patient and ward that are printed and were neither checked in nor scanned. */
REPLI_MUST_CHECK enum repli_status repli_desk_still_out(struct repli_ledger *, const struct repli_sheet_row *like,
                                                        struct repli_arena *, struct repli_sheet_row **list,
                                                        size_t *count, struct repli_err *);

#define REPLI_DESK_HOUSE "" /* "ward" of paper of no ward */
/* Closes a ward, or the house (REPLI_DESK_HOUSE): every sheet of it with fields must be merged, void, lost or blank.
** REPLI_DATA otherwise, saying how many are not and naming the first.  REPLI_USAGE: no such paper was ever printed. */
REPLI_MUST_CHECK enum repli_status repli_desk_close_ward(struct repli_ledger *, const char *ward, const char *by,
                                                         int64_t now_utc, int64_t *sheets, struct repli_err *);

struct repli_desk_ward {
    const char *ward;
    /* Of those with fields.  out: not even at the desk; scanned: being read or reviewed; closed: void, lost, blank. */
    int64_t sheets, out, received, scanned, merged, closed;
    int64_t closed_utc; /* last closure after which nothing was printed; 0 = none */
    const char *closed_by;
    int64_t state[REPLI_LIFE_COUNT], oldest_utc; /* the same by state; printed the longest ago of those out, 0 = none */
};
/* The board: every ward that has paper, by name. */
REPLI_MUST_CHECK enum repli_status repli_desk_board(struct repli_ledger *, struct repli_arena *,
                                                    struct repli_desk_ward **, size_t *count, struct repli_err *);
/* The same of paper of no ward: one row, in the arena; NULL: there is none with fields. */
REPLI_MUST_CHECK enum repli_status repli_desk_house(struct repli_ledger *, struct repli_arena *,
                                                    struct repli_desk_ward **, struct repli_err *);

/* ---- rows (store/) */
REPLI_MUST_CHECK enum repli_status repli_ledger_received(struct repli_ledger *, uint64_t serial, int64_t *utc,
                                                         struct repli_err *); /* 0: not checked in */
/* *again: it was checked in before. */
REPLI_MUST_CHECK enum repli_status repli_ledger_receive(struct repli_ledger *, uint64_t serial, const char *by,
                                                        int64_t now_utc, bool *again, struct repli_err *);

#endif

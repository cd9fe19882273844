/* Images without a readable code: the sheets that are still out, and what people say about whose an image is. */
#ifndef REPLI_LEDGER_ASSIGN_H
#define REPLI_LEDGER_ASSIGN_H

#include "repli/ledger.h"
#include "repli/outcome.h"

/* Sheets with fields that are printed or lost, after a serial, at most `max`, in the order of their serials, with their
** page maps (NULL: damaged).  form_id NULL: up to two examples of every form and side. */
struct repli_out_sheet {
    uint64_t serial;
    const char *form_id, *patient, *ward; /* patient, ward: NULL = none */
    int side, sides;
    struct repli_page_map *map;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_out(struct repli_ledger *, const char *form_id, int side,
                                                    uint64_t after, size_t max, struct repli_arena *,
                                                    struct repli_out_sheet **list, size_t *count, struct repli_err *);

/* An image page that ended in `no-code`. */
struct repli_unread {
    int64_t image_id;
    uint8_t sha256[32];
    int page;
    const char *name, *reason, *result; /* reason NULL = none; result: the JSON line that was stored */
};
/* Oldest first.  `image`: its SHA-256 in hex, or the begin of it, and "/PAGE" unless it is the first; NULL: all. */
REPLI_MUST_CHECK enum repli_status repli_ledger_unread(struct repli_ledger *, const char *image, struct repli_arena *,
                                                       struct repli_unread **list, size_t *count, struct repli_err *);

/* A person names the sheet that an image page shows; what the same person said before counts no more. */
REPLI_MUST_CHECK enum repli_status repli_ledger_assign(struct repli_ledger *, int64_t image_id, int page,
                                                       uint64_t serial, const char *person, int64_t now_utc,
                                                       struct repli_err *);
/* What counts: the last word of each person, none that was refused. */
struct repli_said {
    uint64_t serial;
    const char *person;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_said(struct repli_ledger *, int64_t image_id, int page,
                                                     struct repli_arena *, struct repli_said **list, size_t *count,
                                                     struct repli_err *);
/* The sheet that two people name and nobody contradicts; *serial 0: none.  `by`: the two. */
REPLI_MUST_CHECK enum repli_status repli_ledger_assigned(struct repli_ledger *, int64_t image_id, int page,
                                                         struct repli_arena *, uint64_t *serial, const char *by[2],
                                                         struct repli_err *);
/* The paper says otherwise. */
REPLI_MUST_CHECK enum repli_status repli_ledger_assign_refused(struct repli_ledger *, int64_t image_id, int page,
                                                               int64_t now_utc, struct repli_err *);

#endif

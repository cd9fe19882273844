/* What the files of the ledger share inside store/. */
#ifndef REPLI_STORE_LEDGER_INTERNAL_H
#define REPLI_STORE_LEDGER_INTERNAL_H

#include "repli/deflate.h"
#include "repli/ledger.h"
#include "store/db.h"

/* Takes numbers of a counter ('serial', 'pack', 'merge'): it stood at `expected` and now stands at `next`.  REPLI_DB
** when somebody else took them meanwhile.  Call inside a transaction. */
REPLI_MUST_CHECK enum repli_status repli_ledger_take(struct repli_ledger *l, const char *counter, int64_t expected,
                                                     int64_t next, struct repli_err *err);

/* The change of one sheet's state inside an open transaction: what repli_ledger_sheet_state() does, for code in
** store/. */
REPLI_MUST_CHECK enum repli_status repli_ledger_move(struct repli_ledger *l, uint64_t serial, enum repli_life to,
                                                     const char *by, const char *why, int64_t now_utc,
                                                     struct repli_err *err);
/* The same for every sheet of a pack that is in `from`; `fieldless` only those without fields. */
REPLI_MUST_CHECK enum repli_status repli_ledger_move_pack(struct repli_ledger *l, const char *pack_id,
                                                          enum repli_life from, bool fieldless, enum repli_life to,
                                                          const char *why, int64_t now_utc, struct repli_err *err);

/* New rows of sheets, with their page maps; inside an open transaction. */
REPLI_MUST_CHECK enum repli_status repli_ledger_insert_sheets(struct repli_ledger *l, const char *pack_id,
                                                              const struct repli_sheet_row *rows, size_t count,
                                                              enum repli_life state, int64_t now_utc,
                                                              struct repli_err *err);

/* What the set that this side begins was filled from; inside an open transaction. */
REPLI_MUST_CHECK enum repli_status repli_ledger_filled_put(struct repli_ledger *l, const struct repli_sheet_row *row,
                                                           struct repli_err *err);

/* Fields and captures of sides, written and deflated once: most sides of a pack have those of another patient's.  The
** maps are borrowed until repli_ledger_tails_done(). */
struct repli_map_tail {
    const struct repli_page_map *of;
    struct repli_tail tail;
};
struct repli_map_tails {
    struct repli_map_tail *items;
    size_t count, room;
    struct repli_buf text;
    struct repli_arena a;
};
void repli_ledger_tails_done(struct repli_map_tails *tails);
/* A page map as it lies in the ledger: 4 bytes length, big-endian, then a zlib stream.  `out` in the arena `a`.  Equal
** maps are equal bytes, whatever `tails` knows. */
void repli_ledger_pack_map(const struct repli_page_map *map, struct repli_map_tails *tails, struct repli_arena *a,
                           uint8_t **out, size_t *len);
REPLI_MUST_CHECK enum repli_status repli_ledger_unpack_map(const uint8_t *data, size_t len, struct repli_arena *a,
                                                           struct repli_page_map **map, struct repli_err *err);

/* The same, kept with the handle where it keeps them: a map is known by its sheet and by its very bytes. */
REPLI_MUST_CHECK enum repli_status repli_ledger_kept_map(struct repli_ledger *l, uint64_t serial, const uint8_t *data,
                                                         size_t len, struct repli_arena *a, struct repli_page_map **map,
                                                         struct repli_err *err);
void repli_ledger_maps_end(struct repli_ledger *l);

/* "Somebody is writing a PDF": a shared lock from allotting to ready, so that settling never voids a pack that is
** alive. */
REPLI_MUST_CHECK enum repli_status repli_ledger_writing_begin(struct repli_ledger *l, struct repli_err *err);
void repli_ledger_writing_end(struct repli_ledger *l);
/* *idle: no other handle is writing, and none can begin until repli_ledger_writing_end(). */
REPLI_MUST_CHECK enum repli_status repli_ledger_writing_idle(struct repli_ledger *l, bool *idle, struct repli_err *err);

#endif

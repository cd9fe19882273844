/* The ledger: people, stations, packs and sheets.  Scanning and review have headers of their own on the same handle.
** All SQL sits behind these functions; a handle belongs to one thread and never crosses a fork.
*/
#ifndef REPLI_LEDGER_H
#define REPLI_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"
#include "repli/life.h"
#include "repli/pagemap.h"
#include "repli/site.h"

struct repli_ledger;

/* As repli_record_open.  Commands call repli_ledger_settle_packs() right after it (it needs the site's folder). */
REPLI_MUST_CHECK enum repli_status repli_ledger_open(const char *path, bool create, int64_t now_utc,
                                                     struct repli_ledger **, struct repli_err *);
void repli_ledger_close(struct repli_ledger *);

/* ---- people and stations */
struct repli_person {
    const char *id, *name, *role;
    bool active;
};
/* id: 1..64 of a-z 0-9 . - _ ; for ever that person's.  role: nurse, clerk, verifier, coordinator, pharmacist.
** REPLI_USAGE otherwise, or when the id is taken. */
REPLI_MUST_CHECK enum repli_status repli_ledger_person_add(struct repli_ledger *, const char *id, const char *name,
                                                           const char *role, int64_t now_utc, struct repli_err *);
/* REPLI_USAGE "no such person 'x': add them with `repli person add`" when unknown or not active. */
REPLI_MUST_CHECK enum repli_status repli_ledger_person_get(struct repli_ledger *, const char *id, struct repli_arena *,
                                                           struct repli_person *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_person_list(struct repli_ledger *, struct repli_arena *,
                                                            struct repli_person **, size_t *count, struct repli_err *);
/* Numbers 1..1023 in order, never given twice; 0 is the centre itself.  REPLI_USAGE: the name is taken. */
REPLI_MUST_CHECK enum repli_status repli_ledger_station_add(struct repli_ledger *, const char *name, int64_t now_utc,
                                                            unsigned *number, struct repli_err *);
/* A station that was given its number before, by a ledger that was lost since: its row comes back.  No-op when
** there. */
REPLI_MUST_CHECK enum repli_status repli_ledger_station_back(struct repli_ledger *, unsigned number, const char *name,
                                                             int64_t now_utc, struct repli_err *);
struct repli_station {
    unsigned number;
    const char *name;
    int64_t added_utc;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_station_list(struct repli_ledger *, struct repli_arena *,
                                                             struct repli_station **, size_t *count,
                                                             struct repli_err *);

/* ---- packs: allot (one transaction) -> write the PDF -> ready (one transaction) */
struct repli_pack {
    char id[24];
    const char *path, *ward, *what, *lang; /* path as given; ward NULL = none */
    uint8_t snapshot[6];
    int64_t data_utc, printed_utc, window_utc;
    int window_hours, pages;
    const char *state;  /* 'writing' 'ready' 'abandoned' */
    const char *reason; /* why paper in use was printed once more; NULL = it was not */
    uint8_t sha256[32];
};
struct repli_sheet_row {
    uint64_t serial;
    enum repli_life state;
    int page, version, side, sides, subject_kind, window_hours, flags;
    uint8_t mac[8], form_hash[32], subject[8], stay[8];
    const char *sheet, *pack_id, *code, *form_id, *lang, *patient_id, *patient, *stay_number, *ward, *patient_name,
        *birth_date;
    int64_t window_utc, state_utc;
    bool has_fields;
    const struct repli_page_map *map; /* needed to allot; NULL in rows read back */
    const char *filled, *bed;         /* the first side of a set, to allot: what it was filled from; else NULL */
};
/* Next numbers of this station; all begin at 1.  Reserve inside repli_ledger_allot's caller: read, then allot with
** what was read (the serials and the pack's number may lie higher, never lower); the allotment fails with REPLI_DB
** when somebody else took them meanwhile (try again). */
REPLI_MUST_CHECK enum repli_status
repli_ledger_next(struct repli_ledger *, const char *counter, int64_t *next,
                  struct repli_err *); /* 'serial' 'pack' 'merge' 'outage' 'downtime' */
/* Before any number is taken: in a folder that was copied or restored since, the numbers of packs, merges and outages
** jump by REPLI_SITE_JUMP, once (serials: repli_site_counter).  *jumped may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_ledger_here(struct repli_ledger *, const struct repli_site *, bool *jumped,
                                                     struct repli_err *);
/* The next pack, merge, outage, station and downtime number, as repli_site_numbers() has them; and raising them, never
** lowering. */
REPLI_MUST_CHECK enum repli_status repli_ledger_numbers(struct repli_ledger *, int64_t next[5], struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_numbers_raise(struct repli_ledger *, const int64_t next[5],
                                                              struct repli_err *);
/* `count` downtime numbers in a row of this station, from *first on; they are never given again.  *left: how many the
** station has after them.  REPLI_USAGE when they are used up. */
REPLI_MUST_CHECK enum repli_status repli_ledger_downtime_take(struct repli_ledger *, const struct repli_site *,
                                                              int64_t count, int64_t *first, int64_t *left,
                                                              struct repli_err *);
REPLI_MUST_CHECK enum repli_status
repli_ledger_form_put(struct repli_ledger *, const uint8_t hash[32], const char *form_id, int number, int version,
                      const char *lang, const char *frozen, int64_t now_utc,
                      struct repli_err *); /* REPLI_DATA when this version was printed with another hash */
REPLI_MUST_CHECK enum repli_status repli_ledger_allot(struct repli_ledger *, const struct repli_pack *,
                                                      const struct repli_sheet_row *sheets, size_t count,
                                                      int64_t next_serial, int64_t next_pack, struct repli_err *);
REPLI_MUST_CHECK enum repli_status
repli_ledger_pack_ready(struct repli_ledger *, const char *pack_id, const uint8_t sha256[32], int64_t now_utc,
                        struct repli_err *); /* sheets -> printed; sides without fields -> blank */
/* Packs left `writing` by a crash: no whole file (%PDF-, %%EOF) at `path` -> abandoned, sheets `void: never written`; a
** whole one -> ready.  `site_dir` resolves relative paths.  From allot to ready a handle holds a lock
** ("ledger.db-writing"), so a pack that is being written right now is left alone. */
REPLI_MUST_CHECK enum repli_status repli_ledger_settle_packs(struct repli_ledger *, const char *site_dir,
                                                             int64_t now_utc, struct repli_err *);
/* By SHA-256 of the file, or (pdf_sha NULL) by id.  REPLI_DATA: not in this ledger. */
REPLI_MUST_CHECK enum repli_status repli_ledger_pack_get(struct repli_ledger *, const uint8_t *sha256,
                                                         const char *pack_id, struct repli_arena *, struct repli_pack *,
                                                         struct repli_err *);

/* ---- sheets */
REPLI_MUST_CHECK enum repli_status repli_ledger_sheet_get(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                          struct repli_sheet_row **row,
                                                          struct repli_err *); /* *row NULL: unknown serial */
REPLI_MUST_CHECK enum repli_status repli_ledger_sheet_map(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                          struct repli_page_map **map,
                                                          struct repli_err *); /* NULL: unknown */
typedef enum repli_status repli_sheet_fn(void *user, const struct repli_sheet_row *row, struct repli_err *err);
/* All sheets that match (filter NULL: all), by ward, patient, pack, page.  The callback may change states. */
struct repli_sheet_filter {
    const char *pack_id, *ward, *patient, *form_id;
    const char *state;             /* repli_life_text; any other text: none */
    bool only_open;                /* not closed */
    bool only_missing;             /* printed, has fields */
    bool not_received, one_moment; /* not at the desk (repli/desk.h); as of one moment: `each` writes nothing */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_sheets(struct repli_ledger *, const struct repli_sheet_filter *,
                                                       repli_sheet_fn *, void *user, struct repli_err *);
/* The one door for a change of state; REPLI_DATA when the life table forbids it. `by`, `why` may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_ledger_sheet_state(struct repli_ledger *, uint64_t serial, enum repli_life to,
                                                            const char *by, const char *why, int64_t now_utc,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_counts(struct repli_ledger *, int64_t by_state[REPLI_LIFE_COUNT],
                                                       struct repli_err *);

/* Transactions over several of these calls (IMMEDIATE; nesting is a bug). */
REPLI_MUST_CHECK enum repli_status repli_ledger_begin(struct repli_ledger *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_commit(struct repli_ledger *, struct repli_err *);
void repli_ledger_rollback(struct repli_ledger *);

/* Digest of all tables, for tests of order and repetition: rows that only say when and in which file are left out. */
REPLI_MUST_CHECK enum repli_status repli_ledger_digest(struct repli_ledger *, char out[65], struct repli_err *);

#endif

/* Which snapshots are kept, and copies of a ward for its own computer. */
#ifndef REPLI_SNAPSHOT_KEEP_H
#define REPLI_SNAPSHOT_KEEP_H

#include "repli/ledger.h"
#include "repli/snapshot.h"

/* ---- retention
**
** A snapshot's age is the time since THIS computer took it (the file's time of change, by the site's clock), never the
** date inside it.  Time in which nothing was taken counts as little as one interval: a clock that jumps ahead, a flood
** of takes or one with a date in the future never makes the good ones look old. */
struct repli_keep_item {
    int64_t received_utc;
    bool good;   /* can be read: only such a one stands for its hour, day or week */
    bool needed; /* paper names it, or it is the newest good one: stays whatever its age */
    bool keep;   /* the answer */
};
/* Pure.  Items in any order of their times; `now_utc` by the site's clock. */
void repli_keep_choose(const struct repli_site_keep *rule, const struct repli_zone *zone, int64_t now_utc,
                       struct repli_keep_item *items, size_t count);

#define REPLI_PUSH_KEEP 3 /* snapshots in a ward's folder; the centre keeps the whole ones as well */

struct repli_retained {
    int64_t kept, removed, held; /* held: kept although older than the rule, because paper names them */
};
/* Deletes what the rule does not keep.  The ledger is read in one transaction before the first file goes; a file that
** could not be deleted is REPLI_IO, the rest is as it was.  Nothing happens while another process takes a snapshot. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_retain(const struct repli_site *site, struct repli_ledger *ledger,
                                                         struct repli_retained *result, struct repli_err *err);

/* ---- what the ledger says of snapshots (store/) */
struct repli_snapshot_use {
    uint8_t id[6];
    int64_t open;     /* sheets that name it and are not closed */
    int64_t last_utc; /* when the last of its sheets changed, or when it was last pushed to a station */
    bool pushed;      /* among the three newest that a station was given */
};
/* Every snapshot that a sheet names or a station was given, by id; one consistent read. */
REPLI_MUST_CHECK enum repli_status repli_ledger_snapshot_uses(struct repli_ledger *, struct repli_arena *,
                                                              struct repli_snapshot_use **uses, size_t *count,
                                                              struct repli_err *);
/* NULL: nothing names it. */
const struct repli_snapshot_use *repli_snapshot_use_of(const struct repli_snapshot_use *uses, size_t count,
                                                       const uint8_t id[6]);

/* A ward's copy of this snapshot was brought to a station. */
REPLI_MUST_CHECK enum repli_status repli_ledger_push_put(struct repli_ledger *, unsigned station, const char *ward,
                                                         const uint8_t snapshot[6], int64_t data_utc, int64_t now_utc,
                                                         struct repli_err *);
struct repli_push {
    unsigned station;
    const char *ward;
    int64_t data_utc, pushed_utc;
};
/* The newest of each station and ward, by ward. */
REPLI_MUST_CHECK enum repli_status repli_ledger_pushes(struct repli_ledger *, struct repli_arena *,
                                                       struct repli_push **, size_t *count, struct repli_err *);

/* ---- ward copies (store/) */
/* Makes of the snapshot file `path`, which is the caller's own, the copy of these wards: all other people and wards go,
** the file is compacted and sealed anew, and keeps the id of its take.  Not synced.  REPLI_USAGE: a ward is not in
** it. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_cut(const char *path, const char *const *wards, size_t count,
                                                      struct repli_err *err);

#endif

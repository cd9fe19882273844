/* Gates: what tells a snapshot of a poisoned record from one of an ordinary night.
**
** A candidate that is whole is compared with the last good snapshot and with the oldest one of the 24 hours before it
** (none from before an acceptance by people).  A candidate that a gate refuses goes to snapshots/quarantine with its
** .why; two people may accept it.
*/
#ifndef REPLI_SNAPSHOT_GATE_H
#define REPLI_SNAPSHOT_GATE_H

#include "repli/snapshot.h"

/* What changed from one snapshot to a later one. */
struct repli_snapshot_change {
    int64_t gap_s;         /* from the earlier to the first take after it, whether that was accepted or not */
    int64_t before, after; /* patients */
    int64_t vanished;      /* not explained by the end of their stay */
    int64_t kept, changed; /* in both; of these with another number or birth date */
    int64_t unplaced_before, unplaced_after;                /* patients of no ward */
    int64_t rows_before[3], rows_after[3];                  /* allergies, orders, observations */
    int64_t newest_before_utc, newest_after_utc;            /* latest event; INT64_MIN: none */
    int64_t before_utc, after_utc;                          /* when the two were taken */
    char ward_gone[64], ward_emptied[64], ward_crowded[64]; /* the first of each kind; "" = none */
    int64_t ward_gone_had, ward_emptied_had, crowd, crowd_beds;
};
struct repli_snapshot_future {
    int64_t ahead, recent; /* observations more than 10 minutes ahead of the instant; those of the day before it */
};

/* ---- store/ */
/* `ward_floor`: a ward that had so many patients and has none counts as emptied; `beds_percent`: more is crowded, when
** it was not so before. `gap_s` is left to the caller. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_compare(struct repli_snapshot *before, struct repli_snapshot *after,
                                                          struct repli_record *record, int64_t ward_floor,
                                                          int64_t beds_percent, struct repli_snapshot_change *change,
                                                          struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_record_future(struct repli_record *record, int64_t at_utc,
                                                       struct repli_snapshot_future *future, struct repli_err *err);
/* REPLI_DATA when the file's tables and views are not those of this program. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_schema(struct repli_snapshot *snap, struct repli_err *err);
/* Writes `by` and `why` into a copy of a snapshot, which thereby gets another id, and seals it.  Not synced. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_mark(const char *path, const char *by, const char *why,
                                                       int64_t now_utc, struct repli_err *err);

/* ---- snapshot/ */
/* Why this change is refused, one line, or NULL.  Pure.  `whole` = the last accepted one; else that of a day before, of
** which only the fall of patients counts. */
const char *repli_gate_judge(const struct repli_site_gates *gates, const struct repli_snapshot_change *change,
                             bool whole, struct repli_arena *a);

struct repli_quarantined {
    char path[512];
    uint8_t id[6];
    int64_t taken_utc, patients; /* 0 when the file cannot be read */
    char why[512];
};
/* What lies in quarantine, newest first; only what was taken after `since_utc`. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_quarantined(const struct repli_site *site, int64_t since_utc,
                                                              struct repli_arena *a, struct repli_quarantined **list,
                                                              size_t *count, struct repli_err *err);
/* Two people (known, and not the same: the caller has looked them up) take a refused snapshot, found by its id.  It
** gets its name, a new id, and who accepted it, when and why, under its seal.  A damaged one is never accepted
** (REPLI_DATA).  Killed anywhere it is in quarantine still, or accepted. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_accept(const struct repli_site *site, const uint8_t id[6],
                                                         const char *const by[2], const char *reason,
                                                         struct repli_snapshot_info *info, struct repli_err *err);

#endif

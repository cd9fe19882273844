/* Snapshots: one dated, checked copy of what the forms need from the record.
**
** A snapshot is an SQLite file in rollback mode named after its time, "2026-11-23T010000Z.snapshot"; its id = taken_utc
** and 16 bits of its content hash (BLAKE2b over every row of every table in key order).  It holds the minimum: people in
** the house, their stays, wards, allergies, running orders, last observations; and the datasets, as views.
** Taken in ONE read transaction of the record; written to a temporary name, checked (integrity, foreign keys, counts per
** table against the record, content hash read back), fsynced, renamed, folder fsynced.  A failed check leaves the
** candidate in snapshots/quarantine/ with a .why file, the last good one in place, and returns REPLI_WAITS.
*/
#ifndef REPLI_SNAPSHOT_H
#define REPLI_SNAPSHOT_H

#include <stdint.h>

#include "repli/arena.h"
#include "repli/dataset.h"
#include "repli/err.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_snapshot; /* an opened, verified snapshot; read-only */

struct repli_snapshot_info {
    char path[512];
    uint8_t id[6];
    int64_t taken_utc; /* data as of */
    int64_t patients, wards;
    uint8_t content[32];
    char timezone[64], hospital[256];
};

/* ---- taking and keeping (stage snapshot/) */
REPLI_MUST_CHECK enum repli_status repli_snapshot_take(const struct repli_site *site, struct repli_record *record,
                                                       struct repli_snapshot_info *info, struct repli_err *err);
/* Newest first. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_list(const struct repli_site *site, struct repli_arena *a,
                                                       struct repli_snapshot_info **list, size_t *count, struct repli_err *err);
/* Full check of one file: structure, foreign keys, content hash, name.  REPLI_DATA says what is wrong. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_verify(const char *path, struct repli_snapshot_info *info, struct repli_err *err);
/* The newest good one taken at or before `not_after_utc`.  REPLI_DATA "no snapshot: run `repli snapshot`" when there is none. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_newest(const struct repli_site *site, int64_t not_after_utc, struct repli_snapshot **snap, struct repli_err *err);

/* ---- reading (store/) */
REPLI_MUST_CHECK enum repli_status repli_snapshot_open(const char *path, struct repli_snapshot **snap, struct repli_err *err); /* checks the header and the content hash */
void repli_snapshot_close(struct repli_snapshot *snap);
const struct repli_snapshot_info *repli_snapshot_info(const struct repli_snapshot *snap);

struct repli_snap_ward { const char *id, *name; int64_t census, beds; };
REPLI_MUST_CHECK enum repli_status repli_snapshot_wards(struct repli_snapshot *, struct repli_arena *, struct repli_snap_ward **, size_t *count, struct repli_err *);

/* Patients of a ward (NULL: of the house), in the order of printing: bed, then name; or one patient by identifier. */
struct repli_snap_patient {
    const char *patient_id, *identifier, *stay_number, *ward, *bed, *name; /* name as printed: "PEETERS, Marie" */
    const char *birth_date; /* NULL = unknown */
    uint8_t subject[8], stay[8];
};
REPLI_MUST_CHECK enum repli_status repli_snapshot_patients(struct repli_snapshot *, const char *ward, const char *identifier, struct repli_arena *, struct repli_snap_patient **, size_t *count, struct repli_err *);

/* Rows of the named datasets (views "ds_<name>") of one patient, or of a ward when patient_id is NULL.  A view's columns
** patient_id and ward choose the rows and are part of them; order is the view's `ord` column. REPLI_DATA: no such view. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_datasets(struct repli_snapshot *, const char *const *names, const char *patient_id, const char *ward, struct repli_arena *, struct repli_datasets *, struct repli_err *);

#endif

/* Snapshots: one dated, checked copy of what the forms need from the record.
**
** A snapshot is an SQLite file in rollback mode named after its time, "2026-11-23T010000Z.snapshot"; its id = taken_utc
** and 16 bits of its content hash (BLAKE2b over every row of every table in key order).  It holds the minimum: people
** in the house, their stays, wards, allergies, running orders, last observations; and the datasets, as views.
** Taken in ONE read transaction of the record; written to a temporary name, checked (integrity, foreign keys, counts
** per table against the record, content hash read back), fsynced, renamed, folder fsynced.  A failed check leaves the
** candidate in snapshots/quarantine/ with a .why file, the last good one in place, and returns REPLI_WAITS.
*/
#ifndef REPLI_SNAPSHOT_H
#define REPLI_SNAPSHOT_H

#include <stdbool.h>
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
    int64_t unplaced;    /* patients of no ward: none was transmitted; only `--patient` and `--all` reach them */
    int64_t passed_over; /* repli_snapshot_newest: newer files that were damaged */
    uint8_t content[32];
    char timezone[64], hospital[256];
    int64_t accepted_utc;                     /* two people took it although a gate refused it; 0 = it passed */
    char accepted_by[160], accepted_why[256]; /* "an.peeters, luc.maes" and their reason */
    char cut_wards[256];                      /* a ward's copy: "3B"; "" = the whole house */
    char problem[256];                        /* repli_snapshot_list: what is wrong with this file; "" = nothing seen */
};

/* ---- taking and keeping (stage snapshot/) */

/* Data as of `as_of_utc`, or of the site's clock when NULL.
**   A clock before the newest snapshot, by which every later one would look old, is refused (REPLI_DATA); an instant
**   that was asked for by name is not.
**   The same second again: equal data is a no-op, other data is refused (paper may name the file that is there), a
**   damaged file goes to quarantine and is replaced.
**   An empty house after one with patients, and a candidate that fails its check, go to quarantine: REPLI_WAITS.
** Only one process takes at a time (REPLI_IO otherwise).  Killed anywhere it leaves the old snapshots or the old and
** the new one, and a temporary file that the next take removes. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_take(const struct repli_site *site, struct repli_record *record,
                                                       const int64_t *as_of_utc, struct repli_snapshot_info *info,
                                                       struct repli_err *err);
/* Newest first, by name; files that cannot be opened are listed with their `problem`.  Content hashes are not read. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_list(const struct repli_site *site, struct repli_arena *a,
                                                       struct repli_snapshot_info **list, size_t *count,
                                                       struct repli_err *err);
/* The newest good one taken at or before `not_after_utc`; every file is checked as repli_snapshot_open does.
** REPLI_DATA "no snapshot: run `repli snapshot`" when there is none. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_newest(const struct repli_site *site, int64_t not_after_utc,
                                                         struct repli_snapshot **snap, struct repli_err *err);

/* ---- writing and checking (store/) */
struct repli_snapshot_origin {
    int64_t taken_utc;
    const char *timezone, *hospital;
    uint16_t site_tag;
    const struct repli_setting *settings; /* what forms choose rows by */
    size_t nsettings;
    const struct repli_site_phone *phones; /* the directory */
    size_t nphones;
    const char *phones_reviewed; /* NULL = nobody did */
};
/* Writes a new file from one read transaction of the record; not synced, not checked.  REPLI_DB when `path` exists. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_build(struct repli_record *record,
                                                        const struct repli_snapshot_origin *origin, const char *path,
                                                        struct repli_err *err);
/* Full check: structure, foreign keys, content hash, counts; `name`: the file's name must be that of its time, too.
** REPLI_DATA says what is wrong, REPLI_IO that it cannot be read. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_verify(const char *path, bool name, struct repli_snapshot_info *info,
                                                         struct repli_err *err);
/* Header and facts only, quick. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_peek(const char *path, struct repli_snapshot_info *info,
                                                       struct repli_err *err);

/* ---- reading (store/) */
/* Checks the header, the structure with its indexes, and the content hash: REPLI_DATA, REPLI_IO. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_open(const char *path, struct repli_snapshot **snap,
                                                       struct repli_err *err);
/* Header and seal only: for a process whose parent has just opened this file and handed its path on. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_reopen(const char *path, struct repli_snapshot **snap,
                                                         struct repli_err *err);
void repli_snapshot_close(struct repli_snapshot *snap); /* NULL is fine */
const struct repli_snapshot_info *repli_snapshot_info(const struct repli_snapshot *snap);
void repli_snapshot_passed_over(struct repli_snapshot *snap, int64_t damaged); /* for repli_snapshot_newest */

struct repli_snap_ward {
    const char *id, *name;
    int64_t census, beds;
};
/* In the order of printing. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_wards(struct repli_snapshot *, struct repli_arena *,
                                                        struct repli_snap_ward **, size_t *count, struct repli_err *);

/* Patients of a ward (NULL: of the house), in the order of printing: bed, then name; or one patient by identifier. */
struct repli_snap_patient {
    const char *patient_id, *identifier, *stay_number, *ward, *bed, *name; /* name as printed: "PEETERS, Marie" */
    const char *birth_date;                                                /* NULL = unknown */
    uint8_t subject[8], stay[8];
};
REPLI_MUST_CHECK enum repli_status repli_snapshot_patients(struct repli_snapshot *, const char *ward,
                                                           const char *identifier, struct repli_arena *,
                                                           struct repli_snap_patient **, size_t *count,
                                                           struct repli_err *);

/* Rows of the named datasets (views "ds_<name>", NULL-terminated list) of one patient, or of a ward when patient_id
** is NULL, or of the house when both are.  A view's columns patient_id and ward choose the rows and are part of them;
** rows without a patient (the ward itself) belong to every patient of that ward, rows without a ward as well (the
** house itself) to everybody.  Order is the view's `ord` column.
** REPLI_DATA: no such view. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_datasets(struct repli_snapshot *, const char *const *names,
                                                           const char *patient_id, const char *ward,
                                                           struct repli_arena *, struct repli_datasets *,
                                                           struct repli_err *);

#endif

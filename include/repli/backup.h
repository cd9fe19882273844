/* A whole site in a folder, and the proof that it can be put back. */
#ifndef REPLI_BACKUP_H
#define REPLI_BACKUP_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_backup {
    const char *dir; /* of this backup, in the arena: "/backup/2026-11-23T020000Z" */
    int64_t made_utc, files, bytes;
    int64_t linked;  /* made: scans that the backup before it holds already */
    int64_t missing; /* checked: images of the ledger whose file is not in it: they were missing at home */
    int64_t patients, sheets, snapshots;
    bool keys;
};
/* Into `to`/TIME: both databases as of one moment, snapshots, settings, templates, printed forms, scans and crops, what
** waits in the inbox (not what a scanner is still writing there); packs not (they are laid out again), keys only
** `with_keys`.  Written beside, synced, read back and compared, then named; a MANIFEST lists every file with its hash.
** REPLI_IO: it cannot be written; nothing of that name is there then. */
REPLI_MUST_CHECK enum repli_status repli_backup_make(const struct repli_site *site, const char *to, bool with_keys,
                                                     struct repli_arena *a, struct repli_backup *done,
                                                     struct repli_err *err);
/* Would it restore?  `dir`: a backup, or a folder of backups, of which the newest counts.  Every file is read and
** compared, both databases checked (structure, references, digest), every snapshot verified, every image of the ledger
** looked for.  REPLI_DATA says what is wrong. */
REPLI_MUST_CHECK enum repli_status repli_backup_check(const char *dir, struct repli_arena *a,
                                                      struct repli_backup *found, struct repli_err *err);

/* ---- databases (store/) */
/* A whole copy of a database as of one moment, though others write meanwhile; closed and not synced. */
REPLI_MUST_CHECK enum repli_status repli_record_backup(struct repli_record *, const char *path, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_backup(struct repli_ledger *, const char *path, struct repli_err *);
/* Structure, references, and a digest of what such a copy says; *count = its patients or sheets. */
REPLI_MUST_CHECK enum repli_status repli_record_check_copy(const char *path, char digest[65], int64_t *count,
                                                           struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_check_copy(const char *path, char digest[65], int64_t *count,
                                                           struct repli_err *);
/* Each image that a copy of a ledger names, by its hash in hex. */
REPLI_MUST_CHECK enum repli_status repli_ledger_copy_images(const char *path, struct repli_arena *,
                                                            const char ***hashes, size_t *count, struct repli_err *);
/* When the last backup ended well, and where; 0 and NULL: none. */
REPLI_MUST_CHECK enum repli_status repli_ledger_backup_note(struct repli_ledger *, const char *dir, int64_t now_utc,
                                                            struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_backup_last(struct repli_ledger *, struct repli_arena *, int64_t *utc,
                                                            const char **dir, struct repli_err *);

#endif

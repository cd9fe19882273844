/* What the files of this stage share. */
#ifndef REPLI_SNAPSHOT_STAGE_H
#define REPLI_SNAPSHOT_STAGE_H

#include "repli/snapshot.h"

#define SUFFIX ".snapshot"

/* "2026-11-23T010000Z.snapshot" */
bool repli_snapshot_name_valid(const char *name);

/* Names of snapshots in a folder, newest first; none when the folder does not exist. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_names(const char *dir, struct repli_arena *a, char ***names,
                                                        size_t *count, struct repli_err *err);

#endif

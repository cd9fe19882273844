/* What the files of this stage share. */
#ifndef REPLI_SNAPSHOT_STAGE_H
#define REPLI_SNAPSHOT_STAGE_H

#include "repli/snapshot.h"
#include "repli/snapshot_gate.h"

#define SUFFIX ".snapshot"

/* "2026-11-23T010000Z.snapshot" */
bool repli_snapshot_name_valid(const char *name);

int64_t repli_snapshot_name_utc(const char *name);

/* One at a time takes, accepts or deletes; REPLI_IO otherwise.  The lock ends with the process. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_lock(const struct repli_site *site, struct repli_arena *a, int *fd,
                                                       struct repli_err *err);
void repli_snapshot_unlock(int *fd);

/* The file's time becomes the site's now: retention counts from it, not from the date inside. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_received(const struct repli_site *site, const char *path,
                                                           struct repli_err *err);

struct gate_in {
    const struct repli_site *site;
    struct repli_record *record;
    const char *candidate;
    int64_t taken_utc;
    bool past; /* of an instant asked for by name: what came later is no future */
};
/* *why NULL: it may be used; else one line, in `a`. */
REPLI_MUST_CHECK enum repli_status repli_gates(const struct gate_in *in, struct repli_arena *a, const char **why,
                                               struct repli_err *err);

/* Names of snapshots in a folder, newest first; none when the folder does not exist. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_names(const char *dir, struct repli_arena *a, char ***names,
                                                        size_t *count, struct repli_err *err);

#endif

/* What making and checking a backup share. */
#ifndef REPLI_BACKUP_INTERNAL_H
#define REPLI_BACKUP_INTERNAL_H

#include "repli/backup.h"
#include "repli/text.h"

#define MANIFEST "MANIFEST"

/* The newest backup in a folder of backups; *dir NULL when it holds none. */
REPLI_MUST_CHECK enum repli_status repli_backup_newest(const char *folder, struct repli_arena *a, const char **dir,
                                                       struct repli_err *err);

#endif

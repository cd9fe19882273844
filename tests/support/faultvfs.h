/* An SQLite VFS for tests that fails, or kills the process, at the n-th operation that changes a file.
**
** It wraps the system's VFS and becomes the default, so that the code under test needs no change.  Counted are writes,
** truncations, syncs and deletions, of every file SQLite opens (database, -wal, -journal), from 1.  A kill is _exit()
** in the middle of the work: the page cache survives, so this is the crash of a process, not the loss of power.
**
** Use it in a forked child only (faultvfs_run): kill and half end the process, and no handle may cross a fork.
*/
#ifndef REPLI_TEST_FAULTVFS_H
#define REPLI_TEST_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULTVFS_LIST(_)                                                                                               \
    _(KILL, "kill")             /* any operation: the process ends before it */                                        \
    _(HALF, "half-write")       /* any operation: a write reaches the file by half, then the process ends */           \
    _(EIO_ONCE, "eio-once")     /* any operation: I/O error, once */                                                   \
    _(EIO_ALWAYS, "eio-always") /* from here on */                                                                     \
    _(FULL_ONCE, "full-once")   /* writes and truncations: disk full, once */                                          \
    _(FULL_ALWAYS, "full-always")                                                                                      \
    _(FSYNC_ONCE, "fsync-once") /* syncs: fsync fails, once */                                                         \
    _(FSYNC_ALWAYS, "fsync-always")
enum faultvfs_mode {
#define FAULTVFS_ENUM(name, text) FAULTVFS_##name,
    FAULTVFS_LIST(FAULTVFS_ENUM)
#undef FAULTVFS_ENUM
        FAULTVFS_COUNT
};
const char *faultvfs_text(enum faultvfs_mode mode);

#define FAULTVFS_KILLED 86 /* exit code of a child that was ended by kill or half-write */

struct faultvfs_result {
    bool killed; /* by the fault, not by itself */
    bool fired;  /* the fault happened */
    int rc;      /* what fn returned (0..79), or FAULTVFS_KILLED; -1: the child died otherwise */
    int64_t ops; /* operations counted that this mode can hit */
};

/* Forks, makes the VFS the default with a fault at operation `at` (0: none, only counts), calls fn(user) in the child
** and waits.  The caller must have no database open.  false: fork itself failed. */
bool faultvfs_run(enum faultvfs_mode mode, int64_t at, int (*fn)(void *user), void *user, struct faultvfs_result *out);

/* Two processes that meet: fn(user) stops before its operation `meet`, other(user) runs in a process of its own until
** it
** is done or waits for a lock of the first, then the first goes on; it is killed before operation `kill` (0: never;
** equal to `meet`: as soon as the other one is done or waits).  Both are waited for.  *other_rc: what other() returned,
** -1: it never ran or died. */
bool faultvfs_meet(int64_t meet, int64_t kill, int (*fn)(void *user), int (*other)(void *user), void *user,
                   struct faultvfs_result *out, int *other_rc);

#endif

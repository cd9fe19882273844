/* MAP_ANONYMOUS (the child's counters, seen by the parent) is no part of POSIX.1-2008. */
#define _GNU_SOURCE
#include "support/faultvfs.h"

#include <assert.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEETING_MS 30 /* who is not done by then waits for a lock */

/* Shared between parent and child. */
struct shared {
    enum faultvfs_mode mode;
    int64_t at, ops;
    bool fired;
    int64_t meet;           /* operation before which the other process runs; 0 = none */
    int meet_to, meet_from; /* pipes to and from the parent */
};

struct fault_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    struct shared *shared;
};

struct fault_file {
    sqlite3_file base;
    struct shared *shared;
    sqlite3_file *real; /* behind this struct in the same block */
};

enum op { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_DELETE };

const char *faultvfs_text(enum faultvfs_mode mode)
{
    static const char *const texts[] = {
#define FAULTVFS_TEXT(name, text) [FAULTVFS_##name] = (text),
        FAULTVFS_LIST(FAULTVFS_TEXT)
#undef FAULTVFS_TEXT
    };
    return mode < FAULTVFS_COUNT ? texts[mode] : "none";
}

/* Can this mode hit this operation? Only such operations are counted. */
static bool concerns(enum faultvfs_mode mode, enum op op)
{
    switch (mode) {
    case FAULTVFS_FULL_ONCE:
    case FAULTVFS_FULL_ALWAYS:
        return op == OP_WRITE || op == OP_TRUNCATE;
    case FAULTVFS_FSYNC_ONCE:
    case FAULTVFS_FSYNC_ALWAYS:
        return op == OP_SYNC;
    case FAULTVFS_KILL:
    case FAULTVFS_HALF:
    case FAULTVFS_EIO_ONCE:
    case FAULTVFS_EIO_ALWAYS:
    case FAULTVFS_COUNT:
        return true;
    }
    return true;
}

static bool lasting(enum faultvfs_mode mode)
{
    return mode == FAULTVFS_EIO_ALWAYS || mode == FAULTVFS_FULL_ALWAYS || mode == FAULTVFS_FSYNC_ALWAYS;
}

static void meet(const struct shared *sh)
{
    char byte = 'm';
    if (write(sh->meet_to, &byte, 1) != 1 || read(sh->meet_from, &byte, 1) != 1)
        _exit(79);
}

/* Counts the operation; true when the fault happens at it. */
static bool due(struct shared *sh, enum op op)
{
    if (!concerns(sh->mode, op))
        return false;
    sh->ops++;
    if (sh->meet && sh->ops == sh->meet)
        meet(sh);
    if (sh->at == 0 || (lasting(sh->mode) ? sh->ops < sh->at : sh->ops != sh->at))
        return false;
    sh->fired = true;
    return true;
}

/* The result code of a fault that does not end the process. */
static int code_of(enum faultvfs_mode mode, enum op op)
{
    if (mode == FAULTVFS_FULL_ONCE || mode == FAULTVFS_FULL_ALWAYS)
        return SQLITE_FULL;
    switch (op) {
    case OP_WRITE:
        return SQLITE_IOERR_WRITE;
    case OP_TRUNCATE:
        return SQLITE_IOERR_TRUNCATE;
    case OP_SYNC:
        return SQLITE_IOERR_FSYNC;
    case OP_DELETE:
        return SQLITE_IOERR_DELETE;
    }
    return SQLITE_IOERR;
}

static struct fault_file *file_of(sqlite3_file *f)
{
    return (struct fault_file *)f;
}

static int f_close(sqlite3_file *f)
{
    return file_of(f)->real->pMethods->xClose(file_of(f)->real);
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return file_of(f)->real->pMethods->xRead(file_of(f)->real, to, n, at);
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    struct fault_file *ff = file_of(f);
    if (due(ff->shared, OP_WRITE)) {
        if (ff->shared->mode == FAULTVFS_HALF)
            (void)ff->real->pMethods->xWrite(ff->real, from, n / 2, at);
        if (ff->shared->mode == FAULTVFS_KILL || ff->shared->mode == FAULTVFS_HALF)
            _exit(FAULTVFS_KILLED);
        return code_of(ff->shared->mode, OP_WRITE);
    }
    return ff->real->pMethods->xWrite(ff->real, from, n, at);
}

/* An operation other than a write. */
static bool other_due(struct shared *sh, enum op op, int *rc)
{
    if (!due(sh, op))
        return false;
    if (sh->mode == FAULTVFS_KILL || sh->mode == FAULTVFS_HALF)
        _exit(FAULTVFS_KILLED);
    *rc = code_of(sh->mode, op);
    return true;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = SQLITE_OK;
    if (other_due(file_of(f)->shared, OP_TRUNCATE, &rc))
        return rc;
    return file_of(f)->real->pMethods->xTruncate(file_of(f)->real, size);
}

static int f_sync(sqlite3_file *f, int flags)
{
    int rc = SQLITE_OK;
    if (other_due(file_of(f)->shared, OP_SYNC, &rc))
        return rc;
    return file_of(f)->real->pMethods->xSync(file_of(f)->real, flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return file_of(f)->real->pMethods->xFileSize(file_of(f)->real, size);
}

static int f_lock(sqlite3_file *f, int level)
{
    return file_of(f)->real->pMethods->xLock(file_of(f)->real, level);
}

static int f_unlock(sqlite3_file *f, int level)
{
    return file_of(f)->real->pMethods->xUnlock(file_of(f)->real, level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
    return file_of(f)->real->pMethods->xCheckReservedLock(file_of(f)->real, out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
    return file_of(f)->real->pMethods->xFileControl(file_of(f)->real, op, arg);
}

static int f_sector(sqlite3_file *f)
{
    return file_of(f)->real->pMethods->xSectorSize(file_of(f)->real);
}

static int f_traits(sqlite3_file *f)
{
    return file_of(f)->real->pMethods->xDeviceCharacteristics(file_of(f)->real);
}

static int f_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
    return file_of(f)->real->pMethods->xShmMap(file_of(f)->real, region, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return file_of(f)->real->pMethods->xShmLock(file_of(f)->real, offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    file_of(f)->real->pMethods->xShmBarrier(file_of(f)->real);
}

static int f_shm_unmap(sqlite3_file *f, int del)
{
    return file_of(f)->real->pMethods->xShmUnmap(file_of(f)->real, del);
}

/* Version 2: shared memory, no memory-mapped reads and writes (those would pass by the counter). */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_reserved,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_traits,
    .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock,
    .xShmBarrier = f_shm_barrier,
    .xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags, int *out_flags)
{
    struct fault_vfs *fv = (struct fault_vfs *)v;
    struct fault_file *ff = file_of(f);
    memset(ff, 0, sizeof *ff);
    ff->shared = fv->shared;
    ff->real = (sqlite3_file *)(ff + 1);
    memset(ff->real, 0, (size_t)fv->real->szOsFile);
    int rc = fv->real->xOpen(fv->real, name, ff->real, flags, out_flags);
    if (rc == SQLITE_OK)
        ff->base.pMethods = &methods;
    return rc;
}

static int v_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
    struct fault_vfs *fv = (struct fault_vfs *)v;
    int rc = SQLITE_OK;
    if (other_due(fv->shared, OP_DELETE, &rc))
        return rc;
    return fv->real->xDelete(fv->real, name, sync_dir);
}

/* Copies the system's VFS and replaces what opens and deletes: the rest gets our struct where it expects its own, but
** the unix VFS reads nothing of it but pAppData, which is copied too. */
static void install(struct shared *shared)
{
    struct fault_vfs *fv = calloc(1, sizeof *fv);
    assert(fv);
    sqlite3_initialize();
    fv->real = sqlite3_vfs_find(NULL);
    fv->base = *fv->real;
    fv->base.pNext = NULL;
    fv->base.zName = "repli-fault";
    fv->base.szOsFile = (int)sizeof(struct fault_file) + fv->real->szOsFile;
    fv->base.xOpen = v_open;
    fv->base.xDelete = v_delete;
    fv->shared = shared;
    int rc = sqlite3_vfs_register(&fv->base, 1);
    assert(rc == SQLITE_OK);
    (void)rc;
}

static struct shared *share(void)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

static void tell(const struct shared *shared, int status, struct faultvfs_result *out)
{
    int rc = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *out =
        (struct faultvfs_result){.killed = rc == FAULTVFS_KILLED, .fired = shared->fired, .rc = rc, .ops = shared->ops};
}

bool faultvfs_run(enum faultvfs_mode mode, int64_t at, int (*fn)(void *user), void *user, struct faultvfs_result *out)
{
    struct shared *shared = share();
    if (!shared)
        return false;
    *shared = (struct shared){.mode = mode, .at = at};
    pid_t pid = fork();
    if (pid == 0) {
        install(shared);
        _exit(fn(user));
    }
    int status = 0;
    bool ok = pid > 0 && waitpid(pid, &status, 0) == pid;
    if (ok)
        tell(shared, status, out);
    munmap(shared, sizeof *shared);
    return ok;
}

/* The other process runs; returns when it is done or has had its time. */
static pid_t let_run(int (*other)(void *user), void *user, int *status)
{
    const struct timespec ms = {.tv_nsec = 1000000};
    pid_t pid = fork();
    if (pid == 0)
        _exit(other(user));
    for (int i = 0; i < MEETING_MS; i++) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return 0;
        (void)nanosleep(&ms, NULL);
    }
    return pid;
}

bool faultvfs_meet(int64_t meet_at, int64_t kill_at, int (*fn)(void *user), int (*other)(void *user), void *user,
                   struct faultvfs_result *out, int *other_rc)
{
    int to[2], from[2], status = 0, second = 0;
    char byte = 0;
    struct shared *shared = share();
    pid_t late = 0;
    *other_rc = -1;
    if (!shared || pipe(to) != 0 || pipe(from) != 0)
        return false;
    *shared =
        (struct shared){.mode = FAULTVFS_KILL, .at = kill_at, .meet = meet_at, .meet_to = to[1], .meet_from = from[0]};
    pid_t pid = fork();
    if (pid == 0) {
        install(shared);
        _exit(fn(user));
    }
    (void)close(to[1]);
    (void)close(from[0]);
    bool met = read(to[0], &byte, 1) == 1; /* else it ended before */
    if (met) {
        late = let_run(other, user, &second);
        (void)!write(from[1], &byte, 1);
    }
    bool ok = waitpid(pid, &status, 0) == pid && (late <= 0 || waitpid(late, &second, 0) == late);
    (void)close(to[0]);
    (void)close(from[1]);
    tell(shared, status, out);
    if (met && WIFEXITED(second))
        *other_rc = WEXITSTATUS(second);
    munmap(shared, sizeof *shared);
    return ok;
}

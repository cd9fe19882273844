/* A library for LD_PRELOAD that fails, or ends the process, at the n-th call that changes a file below one folder; or
** writes down every such call, so that tool_powercut can make what a power cut would leave.
**
** It sits below SQLite and below everything else (image store, crops, PDF, counter, libpng's stdio), so that the
** program under test is the one that is installed.  Counted, from 1: writes (stdio's too), truncations, syncs, renames,
** deletions, new files and new folders.
**
** REPLI_FAULT       "MODE AT FOLDER": kill, half, eio-once, eio-always, full-once, full-always, fsync-once,
**                   fsync-always; "count 0 FOLDER"; "trace 0 FOLDER".  Modes: faultvfs.h.
** REPLI_FAULT_SAYS  a file of 64 bytes, mapped: what happened (struct says); of a trace: the trace itself.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/preload_fault.h"

static struct fault_says *says;
static enum fault_mode mode;
static int64_t at;
static char root[512];
static size_t root_len;
static int trace = -1;

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (!f)
        _exit(FAULT_HARNESS);
    return f;
}

#define REAL(name)                                                                                                     \
    static __typeof__(name) *next;                                                                                     \
    if (!next)                                                                                                         \
    *(void **)&next = real(#name)

__attribute__((constructor)) static void begin(void)
{
    static const char *const names[] = {FAULT_MODE_NAMES};
    const char *spec = getenv("REPLI_FAULT"), *file = getenv("REPLI_FAULT_SAYS");
    char word[32];
    long long n = 0;
    mode = FAULT_NONE;
    if (!spec || !file || sscanf(spec, "%31s %lld %511s", word, &n, root) != 3)
        return;
    for (int i = 0; i < FAULT_NONE; i++)
        if (strcmp(word, names[i]) == 0)
            mode = (enum fault_mode)i;
    at = n;
    root_len = strlen(root);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC | (mode == FAULT_TRACE ? O_APPEND : 0), 0);
    if (fd < 0 || mode == FAULT_NONE)
        _exit(FAULT_HARNESS);
    if (mode == FAULT_TRACE) {
        trace = fcntl(fd, F_DUPFD_CLOEXEC, 700); /* never a number that SQLite might think its own */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);  /* what is said counts from the moment it is said */
    } else {
        says = mmap(NULL, sizeof *says, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (says == MAP_FAILED)
            _exit(FAULT_HARNESS);
    }
    (void)syscall(SYS_close, fd);
}

/* ---- which files count */

static int below(const char *path)
{
    return strncmp(path, root, root_len) == 0 && (path[root_len] == '/' || !path[root_len]);
}

static int path_counts(const char *path)
{
    char here[1024];
    if (mode == FAULT_NONE)
        return 0;
    if (path[0] == '/')
        return below(path);
    if (!getcwd(here, sizeof here))
        return 0;
    return below(here);
}

/* The file behind a descriptor, when it is one of ours; an SQLite -shm is no file that survives anything. */
static int fd_counts(int fd, char path[1024], struct stat *st)
{
    char link[64];
    if (mode == FAULT_NONE || fstat(fd, st) != 0 || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
        return 0;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, 1023);
    if (n <= 0)
        return 0;
    path[n] = 0;
    return below(path) && (n < 4 || strcmp(path + n - 4, "-shm") != 0);
}

/* ---- faults */

static int concerns(enum fault_op op)
{
    if (mode == FAULT_FULL_ONCE || mode == FAULT_FULL_ALWAYS)
        return op == FAULT_OP_WRITE || op == FAULT_OP_TRUNCATE || op == FAULT_OP_CREATE || op == FAULT_OP_MKDIR;
    if (mode == FAULT_FSYNC_ONCE || mode == FAULT_FSYNC_ALWAYS)
        return op == FAULT_OP_SYNC;
    return 1;
}

/* Counts; true when the fault happens here.  A kill ends the process; half: the caller does its half first. */
static int due(enum fault_op op)
{
    int lasting = mode == FAULT_EIO_ALWAYS || mode == FAULT_FULL_ALWAYS || mode == FAULT_FSYNC_ALWAYS;
    if (!says || !concerns(op))
        return 0;
    int64_t n = __atomic_add_fetch(&says->ops, 1, __ATOMIC_SEQ_CST);
    says->by_op[op]++;
    if (mode == FAULT_COUNT || (lasting ? n < at : n != at))
        return 0;
    says->fired = 1;
    says->op = op;
    if (mode == FAULT_KILL || (mode == FAULT_HALF && op != FAULT_OP_WRITE))
        _exit(FAULT_KILLED);
    errno = mode == FAULT_FULL_ONCE || mode == FAULT_FULL_ALWAYS ? ENOSPC : EIO;
    return 1;
}

/* ---- the trace */

static void note(enum fault_op op, const char *path, const char *to, uint64_t ino, int64_t offset, const void *data,
                 size_t len)
{
    struct stat out = {0};
    if (trace < 0)
        return;
    (void)fstat(1, &out);
    struct fault_event e = {.op = op,
                            .path_len = (uint32_t)strlen(path) + 1,
                            .to_len = to ? (uint32_t)strlen(to) + 1 : 0,
                            .ino = ino,
                            .offset = offset,
                            .len = data ? (int64_t)len : 0,
                            .said = S_ISREG(out.st_mode) ? out.st_size : 0};
    struct iovec v[4] = {{&e, sizeof e},
                         {(void *)(uintptr_t)path, e.path_len},
                         {(void *)(uintptr_t)to, e.to_len},
                         {(void *)(uintptr_t)data, (size_t)e.len}};
    if (syscall(SYS_writev, trace, v, 4) < 0)
        _exit(FAULT_HARNESS);
}

static void note_fd(enum fault_op op, int fd, int64_t offset, const void *data, size_t len)
{
    char path[1024];
    struct stat st;
    if (trace >= 0 && fd_counts(fd, path, &st))
        note(op, path, NULL, st.st_ino, offset, data, len);
}

/* ---- the calls */

static int fault_fd(int fd, enum fault_op op)
{
    char path[1024];
    struct stat st;
    return says && fd_counts(fd, path, &st) && due(op);
}

ssize_t write(int fd, const void *buf, size_t n)
{
    REAL(write);
    if (fault_fd(fd, FAULT_OP_WRITE)) {
        if (mode == FAULT_HALF) {
            (void)!next(fd, buf, n / 2);
            _exit(FAULT_KILLED);
        }
        return -1;
    }
    int64_t from = trace >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = next(fd, buf, n);
    if (done > 0)
        note_fd(FAULT_OP_WRITE, fd, from, buf, (size_t)done);
    return done;
}

static ssize_t write_at(int fd, const void *buf, size_t n, off_t from)
{
    REAL(pwrite64);
    if (fault_fd(fd, FAULT_OP_WRITE)) {
        if (mode == FAULT_HALF) {
            (void)!next(fd, buf, n / 2, from);
            _exit(FAULT_KILLED);
        }
        return -1;
    }
    ssize_t done = next(fd, buf, n, from);
    if (done > 0)
        note_fd(FAULT_OP_WRITE, fd, from, buf, (size_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t from)
{
    return write_at(fd, buf, n, from);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t from)
{
    return write_at(fd, buf, n, from);
}

size_t fwrite(const void *buf, size_t size, size_t count, FILE *f)
{
    REAL(fwrite);
    if (says && fileno(f) > 2 && fault_fd(fileno(f), FAULT_OP_WRITE)) {
        if (mode == FAULT_HALF) {
            (void)next(buf, 1, size * count / 2, f);
            (void)fflush(f);
            _exit(FAULT_KILLED);
        }
        return 0;
    }
    return next(buf, size, count, f);
}

static int truncated(int fd, off_t size)
{
    REAL(ftruncate64);
    if (fault_fd(fd, FAULT_OP_TRUNCATE))
        return -1;
    int rc = next(fd, size);
    if (rc == 0)
        note_fd(FAULT_OP_TRUNCATE, fd, size, NULL, 0);
    return rc;
}

int ftruncate(int fd, off_t size)
{
    return truncated(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return truncated(fd, size);
}

int fsync(int fd)
{
    REAL(fsync);
    if (fault_fd(fd, FAULT_OP_SYNC))
        return -1;
    int rc = next(fd);
    if (rc == 0)
        note_fd(FAULT_OP_SYNC, fd, 0, NULL, 0);
    return rc;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    if (fault_fd(fd, FAULT_OP_SYNC))
        return -1;
    int rc = next(fd);
    if (rc == 0)
        note_fd(FAULT_OP_SYNC, fd, 0, NULL, 0);
    return rc;
}

int syncfs(int fd)
{
    REAL(syncfs);
    if (fault_fd(fd, FAULT_OP_SYNC))
        return -1;
    return next(fd);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    if (says && path_counts(to) && due(FAULT_OP_RENAME))
        return -1;
    int rc = next(from, to);
    if (rc == 0 && trace >= 0 && path_counts(to))
        note(FAULT_OP_RENAME, from, to, 0, 0, NULL, 0);
    return rc;
}

int unlink(const char *path)
{
    REAL(unlink);
    size_t n = strlen(path);
    int counts = path_counts(path) && (n < 4 || strcmp(path + n - 4, "-shm") != 0);
    if (says && counts && due(FAULT_OP_UNLINK))
        return -1;
    int rc = next(path);
    if (rc == 0 && trace >= 0 && counts)
        note(FAULT_OP_UNLINK, path, NULL, 0, 0, NULL, 0);
    return rc;
}

int mkdir(const char *path, mode_t rights)
{
    REAL(mkdir);
    struct stat st;
    int counts = path_counts(path) && stat(path, &st) != 0;
    if (says && counts && due(FAULT_OP_MKDIR))
        return -1;
    int rc = next(path, rights);
    if (rc == 0 && trace >= 0 && counts)
        note(FAULT_OP_MKDIR, path, NULL, 0, 0, NULL, 0);
    return rc;
}

/* ---- opening: a new file is a change */

static int is_new(const char *path, int flags)
{
    struct stat st;
    size_t n = strlen(path);
    return (flags & O_CREAT) && path_counts(path) && (n < 4 || strcmp(path + n - 4, "-shm") != 0) &&
           lstat(path, &st) != 0;
}

static int open_as(const char *path, int flags, mode_t rights)
{
    int fresh = mode != FAULT_NONE && is_new(path, flags);
    if (says && fresh && due(FAULT_OP_CREATE))
        return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, rights);
    if (fd >= 0 && fresh)
        note_fd(FAULT_OP_CREATE, fd, 0, NULL, 0);
    return fd;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list ap;                                                                                                    \
        va_start(ap, flags);                                                                                           \
        mode_t rights = flags & O_CREAT ? (mode_t)va_arg(ap, int) : 0;                                                 \
        va_end(ap);                                                                                                    \
        return open_as(path, flags, rights);                                                                           \
    }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                                                                    \
    FILE *name(const char *path, const char *how)                                                                      \
    {                                                                                                                  \
        REAL(name);                                                                                                    \
        if (says && how[0] == 'w' && is_new(path, O_CREAT) && due(FAULT_OP_CREATE))                                    \
            return NULL;                                                                                               \
        return next(path, how);                                                                                        \
    }
FOPEN(fopen)
FOPEN(fopen64)

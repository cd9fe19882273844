#include "repli/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file_internal.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* read() that goes on after signals; -1 with errno. */
static ssize_t read_some(int fd, void *to, size_t room)
{
    ssize_t n;
    do
        n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    return n;
}

enum repli_status repli_file_read(const char *path, size_t max, struct repli_arena *a, char **data, size_t *len,
                                  struct repli_err *err)
{
    REPLI_AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    size_t room = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 4096;
    if (S_ISREG(st.st_mode) && st.st_size > 0 && room > max)
        return repli_fail(err, REPLI_IO, "%s: %zu bytes are more than the %zu allowed", path, room, max);
    char *text = repli_arena_alloc(a, room + 1);
    size_t used = 0;
    for (;;) {
        ssize_t n = read_some(fd, text + used, room + 1 - used);
        if (n < 0)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        if (n == 0)
            break;
        used += (size_t)n;
        if (used > max)
            return repli_fail(err, REPLI_IO, "%s: more than the %zu bytes allowed", path, max);
        if (used > room) { /* it grew while we read, or is no regular file */
            text = repli_arena_grow(a, text, used, 2 * used + 1, 1);
            room = 2 * used;
        }
    }
    text[used] = '\0';
    *data = text;
    *len = used;
    return REPLI_OK;
}

/* The folder of `path`, in malloc'd memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return repli_xstrdup(".");
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    char *dir = repli_xmalloc(n + 1);
    memcpy(dir, path, n);
    dir[n] = '\0';
    return dir;
}

static void free_text(char **s)
{
    free(*s);
}

enum repli_status repli_dir_sync(const char *path, struct repli_err *err)
{
    REPLI_AUTO(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return repli_fail(err, REPLI_IO, "%s: the folder cannot be made durable: %s", path, strerror(errno));
    return REPLI_OK;
}

/* Renames a file whose bytes are durable already, and makes the new name durable. */
static enum repli_status put_in_place(const char *tmp, const char *path, struct repli_err *err)
{
    if (rename(tmp, path) != 0) {
        enum repli_status st = repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        (void)unlink(tmp);
        return st;
    }
    REPLI_AUTO(free_text) char *dir = folder_of(path);
    return repli_dir_sync(dir, err);
}

bool repli_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k == 0)
            errno = EIO;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* Writes all of `data` and makes it durable; closes fd in every case.  Returns 0, or the errno. */
static int write_out(int fd, const void *data, size_t len, mode_t mode)
{
    int trouble = fchmod(fd, mode) == 0 ? 0 : errno;
    if (!trouble && !repli_write_all(fd, data, len))
        trouble = errno;
    if (!trouble && fsync(fd) != 0)
        trouble = errno;
    if (close(fd) != 0 && !trouble)
        trouble = errno;
    return trouble;
}

enum repli_status repli_file_write(const char *path, const void *data, size_t len, unsigned mode, struct repli_err *err)
{
    struct repli_buf name = {0};
    repli_buf_printf(&name, "%s.tmp-%ld", path, (long)getpid());
    REPLI_AUTO(free_text) char *tmp = name.data;
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(tmp, flags, (mode_t)0600);
    if (fd < 0 && errno == EEXIST) { /* left by a process of the same number that was killed */
        (void)unlink(tmp);
        fd = open(tmp, flags, (mode_t)0600);
    }
    if (fd < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    int trouble = write_out(fd, data, len, (mode_t)mode);
    if (trouble) {
        (void)unlink(tmp);
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(trouble));
    }
    return put_in_place(tmp, path, err);
}

enum repli_status repli_file_commit(const char *tmp, const char *path, struct repli_err *err)
{
    REPLI_AUTO(close_fd) int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        enum repli_status st = repli_fail(err, REPLI_IO, "%s: %s", tmp, strerror(errno));
        (void)unlink(tmp);
        return st;
    }
    return put_in_place(tmp, path, err);
}

/* Makes one folder and its name durable.  A folder that is there already is fine; a file in its place is not. */
static enum repli_status make_one(const char *path, mode_t mode, struct repli_err *err)
{
    struct stat st;
    if (mkdir(path, mode) == 0) {
        if (chmod(path, mode) != 0)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        REPLI_AUTO(free_text) char *parent = folder_of(path);
        return repli_dir_sync(parent, err);
    }
    int why = errno;
    if (why == EEXIST && stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: is a file, not a folder", path);
    return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(why));
}

enum repli_status repli_dir_make(const char *path, unsigned mode, struct repli_err *err)
{
    REPLI_AUTO(free_text) char *copy = repli_xstrdup(path);
    size_t len = strlen(copy);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    for (char *p = copy + 1; len && *p; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        enum repli_status st = make_one(copy, (mode_t)mode, err);
        *p = '/';
        if (st != REPLI_OK)
            return st;
    }
    return make_one(copy, (mode_t)mode, err);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

enum repli_status repli_dir_list(const char *path, struct repli_arena *a, char ***names, size_t *count,
                                 struct repli_err *err)
{
    REPLI_AUTO(close_dir) DIR *dir = opendir(path);
    if (!dir)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    size_t n = 0, cap = 16;
    char **list = repli_arena_array(a, cap, sizeof *list);
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e && errno)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        if (!e)
            break;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (n + 1 == cap) {
            list = repli_arena_grow(a, list, n, 2 * cap, sizeof *list);
            cap *= 2;
        }
        list[n++] = repli_arena_strdup(a, e->d_name);
    }
    qsort(list, n, sizeof *list, by_bytes);
    *names = list;
    *count = n;
    return REPLI_OK;
}

bool repli_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

char *repli_path_join(struct repli_arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    const char *slash = n == 0 || dir[n - 1] == '/' ? "" : "/";
    return repli_arena_printf(a, "%s%s%s", dir, slash, name);
}

const char *repli_fs_unsafe(unsigned long magic)
{
    /* Values of statfs.f_type, from linux/magic.h and the file systems' own headers. */
    static const struct {
        unsigned long magic;
        const char *name;
    } unsafe[] = {
        {0x6969, "nfs"},     {0xFF534D42, "cifs"},   {0x517B, "smb"},         {0xFE534D42, "smb2"},
        {0x01021997, "9p"},  {0x65735546, "fuse"},   {0x794C7630, "overlay"}, {0x61756673, "aufs"},
        {0x5346414F, "afs"}, {0x6B414653, "afs"},    {0x00C36400, "ceph"},    {0x73757245, "coda"},
        {0x564C, "ncp"},     {0x0BD00BD0, "lustre"}, {0x7461636F, "ocfs2"},   {0x01161970, "gfs2"},
    };
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (unsafe[i].magic == magic)
            return unsafe[i].name;
    return NULL;
}

const char *repli_file_unsafe_fs(const char *dir)
{
    const char *allow = getenv("REPLI_ALLOW_FS");
    struct statfs fs;
    if ((allow && strcmp(allow, "1") == 0) || statfs(dir, &fs) != 0)
        return NULL;
    return repli_fs_unsafe((unsigned long)fs.f_type & 0xFFFFFFFFUL);
}

void repli_sha256(const void *data, size_t len, uint8_t out[32])
{
    struct repli_sha256 h;
    repli_sha256_init(&h);
    repli_sha256_add(&h, data, len);
    repli_sha256_end(&h, out);
}

enum repli_status repli_sha256_file(const char *path, uint8_t out[32], struct repli_err *err)
{
    REPLI_AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    unsigned char chunk[32768];
    struct repli_sha256 h;
    repli_sha256_init(&h);
    for (;;) {
        ssize_t n = read_some(fd, chunk, sizeof chunk);
        if (n < 0)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        if (n == 0)
            break;
        repli_sha256_add(&h, chunk, (size_t)n);
    }
    repli_sha256_end(&h, out);
    return REPLI_OK;
}

/* The files of a batch: listing them, and keeping each under its hash before anything is made of it. */
#define _GNU_SOURCE /* S_ISLNK and lstat under strict C17 */
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/text.h"

#define DEPTH_MAX 16
#define CHUNK     (256 * 1024)
#define INCOMING  ".incoming-" /* a copy that has no name yet */
#define OLD_S     86400        /* no copy takes so long: its process is gone */

struct list {
    struct repli_arena *a;
    const char **paths;
    size_t count, cap;
};

static void add(struct list *l, const char *path)
{
    if (l->count == l->cap) {
        size_t more = l->cap ? l->cap * 2 : 64;
        l->paths = repli_arena_grow(l->a, l->paths, l->cap, more, sizeof *l->paths);
        l->cap = more;
    }
    l->paths[l->count++] = path;
}

/* Hidden files are not scans; links to folders are not followed. */
static enum repli_status add_folder(struct list *l, const char *dir, int depth, struct repli_err *err)
{
    char **names = NULL;
    size_t count = 0;
    enum repli_status s = repli_dir_list(dir, l->a, &names, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct stat st;
        const char *path = repli_path_join(l->a, dir, names[i]);
        if (names[i][0] == '.' || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
            s = add_folder(l, path, depth + 1, err);
        else if (!S_ISDIR(st.st_mode))
            add(l, path);
    }
    return s;
}

enum repli_status repli_scan_files(const struct repli_scan_request *request, struct repli_arena *a, const char ***paths,
                                   size_t *count, struct repli_err *err)
{
    struct list l = {.a = a};
    for (size_t i = 0; i < request->npaths; i++) {
        struct stat st;
        const char *path = request->paths[i];
        if (!*path)
            return repli_fail(err, REPLI_USAGE, "a path is empty: name the files or folders to scan");
        if (stat(path, &st) != 0)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        enum repli_status s = REPLI_OK;
        if (S_ISDIR(st.st_mode))
            s = add_folder(&l, path, 0, err);
        else
            add(&l, path);
        if (s != REPLI_OK)
            return s;
    }
    /* A link to nothing or a file of somebody else would end the batch in its middle: better before it begins. */
    for (size_t i = 0; i < l.count; i++)
        if (faccessat(AT_FDCWD, l.paths[i], R_OK, AT_EACCESS) != 0)
            return repli_fail(err, REPLI_IO, "%s: %s: nothing was scanned; make it readable or take it out", l.paths[i],
                              strerror(errno));
    *paths = l.paths;
    *count = l.count;
    return REPLI_OK;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Reads all of `in`, hashes it, and writes what is below the limit to `out`. */
static enum repli_status copy(int in, int out, const char *path, int64_t max, struct scan_file *f,
                              struct repli_err *err)
{
    struct repli_sha256 h;
    uint8_t *buf = repli_xmalloc(CHUNK);
    enum repli_status s = REPLI_OK;
    repli_sha256_init(&h);
    f->bytes = 0;
    while (s == REPLI_OK) {
        ssize_t n = read(in, buf, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            s = repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        if (n <= 0)
            break;
        repli_sha256_add(&h, buf, (size_t)n);
        f->bytes += n;
        if (f->bytes <= max && !repli_write_all(out, buf, (size_t)n))
            s = repli_fail(err, REPLI_IO, "%s: cannot be stored among the scans: %s", path, strerror(errno));
    }
    repli_sha256_end(&h, f->sha256);
    free(buf);
    return s;
}

/* The copy gets its final name, even when these bytes seem to be there: an earlier run may have been stopped before its
** folder was durable, or the disk may have lost what it holds since. */
static enum repli_status keep(const struct repli_site *site, const char *tmp, struct scan_file *f,
                              struct repli_arena *a, struct repli_err *err)
{
    char hex[65];
    repli_hex(f->sha256, 32, hex);
    const char *final = repli_path_join(a, site->scans, hex);
    enum repli_status s = repli_file_commit(tmp, final, err);
    if (s != REPLI_OK)
        return s;
    f->fd = open(final, O_RDONLY | O_CLOEXEC);
    return f->fd >= 0 ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", final, strerror(errno));
}

static enum repli_status store_open(const struct repli_site *site, int in, struct scan_file *f, size_t who, bool *ok,
                                    enum repli_unreadable *why, struct repli_arena *a, struct repli_err *err)
{
    const char *tmp = repli_arena_printf(a, "%s/" INCOMING "%ld-%zu", site->scans, (long)getpid(), who);
    enum repli_status s = repli_dir_make(site->scans, 0700, err);
    if (s != REPLI_OK)
        return s;
    REPLI_AUTO(close_fd) int out = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", tmp, strerror(errno));
    s = copy(in, out, f->path, site->scan_max_bytes, f, err);
    if (s == REPLI_OK && f->bytes <= site->scan_max_bytes)
        return keep(site, tmp, f, a, err);
    (void)unlink(tmp);
    *ok = false;
    *why = REPLI_UNREADABLE_LIMIT;
    return s;
}

enum repli_status repli_scan_store(const struct repli_site *site, struct scan_file *f, size_t who, bool *ok,
                                   enum repli_unreadable *why, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct stat st;
    REPLI_AUTO(close_fd) int in = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    if (in < 0 || fstat(in, &st) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", f->path, strerror(errno));
    repli_sha256("", 0, f->sha256); /* what a pipe or a device gives: nothing */
    *ok = S_ISREG(st.st_mode);
    *why = REPLI_UNREADABLE_TYPE;
    enum repli_status s = *ok ? store_open(site, in, f, who, ok, why, &a, err) : REPLI_OK;
    repli_arena_done(&a);
    return s;
}

/* Of a process that is still there?  The site's clock may have been set to another day (--at). */
static bool of_the_living(const char *name)
{
    long pid = strtol(name + sizeof INCOMING - 1, NULL, 10);
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

void repli_scan_leftovers(const struct repli_site *site)
{
    struct repli_arena a = {0};
    struct repli_err none = {0};
    char **names = NULL;
    size_t count = 0;
    int64_t now = repli_clock_now(&site->clock);
    if (repli_dir_list(site->scans, &a, &names, &count, &none) != REPLI_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        const char *path = repli_path_join(&a, site->scans, names[i]);
        if (strncmp(names[i], INCOMING, sizeof INCOMING - 1) == 0 && lstat(path, &st) == 0 &&
            (int64_t)st.st_mtim.tv_sec < now - OLD_S && !of_the_living(names[i]))
            (void)unlink(path);
    }
    repli_arena_done(&a);
}

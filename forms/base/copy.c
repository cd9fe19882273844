/* Copies that are read back from the medium before anybody relies on them. */
#define _GNU_SOURCE /* posix_fadvise, lstat */
#include "repli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK     ((size_t)256 * 1024)
#define DEPTH_MAX 16

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static enum repli_status pump(int in, int out, const char *from, const char *to, struct repli_err *err)
{
    char *buf = repli_xmalloc(CHUNK);
    enum repli_status s = REPLI_OK;
    while (s == REPLI_OK) {
        ssize_t n = read(in, buf, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            s = repli_fail(err, REPLI_IO, "%s: %s", from, strerror(errno));
        if (n <= 0)
            break;
        if (!repli_write_all(out, buf, (size_t)n))
            s = repli_fail(err, REPLI_IO, "%s: %s", to, strerror(errno));
    }
    if (s == REPLI_OK && fsync(out) != 0)
        s = repli_fail(err, REPLI_IO, "%s: %s", to, strerror(errno));
    /* What is read back shall come from the medium, as far as the kernel lets us ask for that. */
    if (s == REPLI_OK)
        (void)posix_fadvise(out, 0, 0, POSIX_FADV_DONTNEED);
    free(buf);
    return s;
}

enum repli_status repli_copy_verified(const char *from, const char *to, unsigned mode, uint8_t sha256[32],
                                      struct repli_err *err)
{
    uint8_t one[32], two[32];
    REPLI_AUTO(close_fd) int in = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", from, strerror(errno));
    REPLI_AUTO(close_fd) int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (out < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", to, strerror(errno));
    enum repli_status s = pump(in, out, from, to, err);
    if (s == REPLI_OK && fchmod(out, (mode_t)mode) != 0)
        s = repli_fail(err, REPLI_IO, "%s: %s", to, strerror(errno));
    if (s == REPLI_OK)
        s = repli_sha256_file(from, one, err);
    if (s == REPLI_OK)
        s = repli_sha256_file(to, two, err);
    if (s == REPLI_OK && memcmp(one, two, sizeof one) != 0)
        s = repli_fail(err, REPLI_IO, "%s: what is read back is not what was written: the medium is bad", to);
    if (s != REPLI_OK)
        (void)unlink(to);
    else if (sha256)
        memcpy(sha256, one, sizeof one);
    return s;
}

static enum repli_status copy_tree(const char *from, const char *to, int depth, struct repli_err *err)
{
    struct repli_arena a = {0};
    char **names = NULL;
    size_t count = 0;
    enum repli_status s = depth > DEPTH_MAX ? repli_fail(err, REPLI_IO, "%s: too many folders in each other", from)
                                            : repli_dir_make(to, 0700, err);
    if (s == REPLI_OK)
        s = repli_dir_list(from, &a, &names, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct stat st;
        const char *one = repli_path_join(&a, from, names[i]), *two = repli_path_join(&a, to, names[i]);
        if (lstat(one, &st) != 0)
            s = errno == ENOENT ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", one, strerror(errno));
        else if (S_ISDIR(st.st_mode))
            s = copy_tree(one, two, depth + 1, err);
        else if (S_ISREG(st.st_mode))
            s = repli_copy_verified(one, two, st.st_mode & 0777, NULL, err);
        else
            s = repli_fail(err, REPLI_IO, "%s is neither a file nor a folder: take it out", one);
    }
    if (s == REPLI_OK)
        s = repli_dir_sync(to, err);
    repli_arena_done(&a);
    return s;
}

enum repli_status repli_copy_tree(const char *from, const char *to, struct repli_err *err)
{
    return copy_tree(from, to, 0, err);
}

enum repli_status repli_remove_tree(const char *path, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct stat st;
    char **names = NULL;
    size_t count = 0;
    enum repli_status s = REPLI_OK;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        s = repli_dir_list(path, &a, &names, &count, err);
        for (size_t i = 0; s == REPLI_OK && i < count; i++)
            s = repli_remove_tree(repli_path_join(&a, path, names[i]), err);
    }
    if (s == REPLI_OK && remove(path) != 0 && errno != ENOENT)
        s = repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    repli_arena_done(&a);
    return s;
}

/* The program for a ward's computer: itself, and the libraries it runs on beside it.
**
** `lib/` beside the program is where it looks first (its RPATH).  The C library itself is not carried along: it belongs
** to the kernel and the loader of the computer, which is a Debian 12 or a later one.  Fonts, forms, words and the zone
** of Brussels lie inside the program.
*/
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "snapshot/push_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"

#define SELF "/proc/self/exe"

struct part {
    const char *from, *name; /* name: below the program's folder */
    uint8_t sha256[32];
};
struct parts {
    struct repli_arena *a;
    struct part *list;
    size_t count;
};

/* Parts of the C library: of one build with the loader, which no program brings along. */
static bool of_the_system(const char *base)
{
    static const char *const names[] = {"ld-linux", "linux-vdso", "libc.so",      "libm.so", "libpthread.so",
                                        "libdl.so", "librt.so",   "libresolv.so", "libnss_", "libutil.so"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(base, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void add(struct parts *p, const char *from, const char *name)
{
    p->list = repli_arena_grow(p->a, p->list, p->count, p->count + 1, sizeof *p->list);
    p->list[p->count++] = (struct part){.from = from, .name = name};
}

static int each_library(struct dl_phdr_info *info, size_t size, void *user)
{
    struct parts *p = user;
    const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
    (void)size;
    if (slash && !of_the_system(slash + 1))
        add(p, repli_arena_strdup(p->a, info->dlpi_name), repli_arena_printf(p->a, "lib/%s", slash + 1));
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Everything, each with its hash, and one hash over all of them. */
static enum repli_status gather(struct parts *p, char hash[17], struct repli_err *err)
{
    struct repli_hash h;
    uint8_t all[32];
    enum repli_status s = REPLI_OK;
    add(p, SELF, "repli");
    (void)dl_iterate_phdr(each_library, p);
    qsort(p->list, p->count, sizeof *p->list, by_name);
    repli_hash_init(&h);
    for (size_t i = 0; s == REPLI_OK && i < p->count; i++) {
        s = repli_sha256_file(p->list[i].from, p->list[i].sha256, err);
        repli_hash_text(&h, p->list[i].name);
        repli_hash_bytes(&h, p->list[i].sha256, 32);
    }
    repli_hash_final(&h, all);
    for (int i = 0; i < 8; i++)
        snprintf(hash + (size_t)i * 2, 3, "%02x", all[i]);
    return s;
}

/* A folder of that name whose files are all as they should be. */
static bool whole(const struct parts *p, struct repli_arena *a, const char *dir)
{
    for (size_t i = 0; i < p->count; i++) {
        uint8_t sha[32];
        struct repli_err err = {0};
        if (repli_sha256_file(repli_path_join(a, dir, p->list[i].name), sha, &err) != REPLI_OK ||
            memcmp(sha, p->list[i].sha256, sizeof sha) != 0)
            return false;
    }
    return true;
}

static enum repli_status copy_parts(struct pusher *p, const struct parts *parts, const char *dir)
{
    const char *tmp = repli_arena_printf(p->a, "%s.tmp-%ld", dir, (long)getpid());
    enum repli_status s = repli_remove_tree(tmp, p->err);
    if (s == REPLI_OK)
        s = repli_dir_make(repli_path_join(p->a, tmp, "lib"), 0700, p->err);
    for (size_t i = 0; s == REPLI_OK && i < parts->count; i++)
        s = repli_copy_verified(parts->list[i].from, repli_path_join(p->a, tmp, parts->list[i].name), 0700, NULL,
                                p->err);
    if (s == REPLI_OK)
        s = repli_dir_sync(repli_path_join(p->a, tmp, "lib"), p->err);
    if (s == REPLI_OK)
        s = repli_dir_sync(tmp, p->err);
    if (s == REPLI_OK)
        s = repli_remove_tree(dir, p->err); /* one that was damaged */
    if (s == REPLI_OK && rename(tmp, dir) != 0)
        s = repli_fail(p->err, REPLI_IO, "%s: %s", dir, strerror(errno));
    if (s != REPLI_OK) {
        struct repli_err later = {0};
        (void)!repli_remove_tree(tmp, &later);
        return s;
    }
    return repli_dir_sync(p->programs, p->err);
}

/* The link is changed in one step: it names the old program or the new one. */
static enum repli_status set_link(struct pusher *p, const char *hash)
{
    char old[128] = "";
    const char *link_ = repli_path_join(p->a, p->dir, "repli"), *tmp = repli_arena_printf(p->a, "%s.tmp", link_);
    const char *to = repli_arena_printf(p->a, "program/%s/repli", hash);
    ssize_t n = readlink(link_, old, sizeof old - 1);
    if (n > 0 && strcmp(old, to) == 0)
        return REPLI_OK;
    (void)unlink(tmp);
    if (symlink(to, tmp) != 0)
        return repli_fail(p->err, REPLI_IO,
                          "%s: %s: a ward's folder needs a file system with links and rights (ext4, not FAT or exFAT)",
                          link_, strerror(errno));
    if (rename(tmp, link_) != 0)
        return repli_fail(p->err, REPLI_IO, "%s: %s", link_, strerror(errno));
    return repli_dir_sync(p->dir, p->err);
}

enum repli_status repli_push_program(struct pusher *p)
{
    struct parts parts = {.a = p->a};
    char hash[17];
    enum repli_status s = gather(&parts, hash, p->err);
    if (s == REPLI_OK)
        s = repli_dir_make(p->programs, 0700, p->err);
    if (s != REPLI_OK)
        return s;
    const char *dir = repli_path_join(p->a, p->programs, hash);
    if (!whole(&parts, p->a, dir))
        s = copy_parts(p, &parts, dir);
    return s == REPLI_OK ? set_link(p, hash) : s;
}

enum repli_status repli_push_old_programs(struct pusher *p)
{
    char to[128] = "";
    char **names = NULL;
    size_t n = 0;
    if (readlink(repli_path_join(p->a, p->dir, "repli"), to, sizeof to - 1) < 0)
        return repli_fail(p->err, REPLI_IO, "%s/repli: %s", p->dir, strerror(errno));
    enum repli_status s = repli_dir_list(p->programs, p->a, &names, &n, p->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (!strstr(to, names[i]))
            s = repli_remove_tree(repli_path_join(p->a, p->programs, names[i]), p->err);
    return s;
}

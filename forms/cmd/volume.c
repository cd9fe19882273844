/* realpath() is XSI, not POSIX base. */
#define _XOPEN_SOURCE 700
#include "cmd/volume.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEEP_MAX 8 /* layers of block devices */

/* "8:1" of the mount a path lies on: the one with the longest mount point that is a folder above it. */
static bool device_of(const char *path, char device[32])
{
    char line[8192];
    size_t best = 0;
    FILE *f = fopen("/proc/self/mountinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        char number[32], root[4096], at[4096];
        if (sscanf(line, "%*d %*d %31s %4095s %4095s", number, root, at) != 3)
            continue;
        size_t n = strlen(at);
        if (strcmp(at, "/") == 0)
            n = 0;
        /* A later mount on the same point covers the earlier one. */
        if (strncmp(path, at, n) == 0 && (path[n] == '/' || path[n] == 0) && n + 1 >= best) {
            best = n + 1;
            snprintf(device, 32, "%s", number);
        }
    }
    if (f)
        fclose(f);
    return best > 0;
}

static bool starts_with_crypt(const char *path)
{
    char text[8] = "";
    FILE *f = fopen(path, "r");
    bool yes = f && fgets(text, sizeof text, f) && strncmp(text, "CRYPT-", 6) == 0;
    if (f)
        fclose(f);
    return yes;
}

/* Is this block device, or every one below it, dm-crypt? */
static enum volume_crypt crypt_below(const char *block, int depth)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3500s/dm/uuid", block);
    if (starts_with_crypt(path))
        return VOLUME_ENCRYPTED;
    snprintf(path, sizeof path, "%.3500s/slaves", block);
    DIR *dir = depth < DEEP_MAX ? opendir(path) : NULL;
    enum volume_crypt all = VOLUME_PLAIN;
    bool first = true;
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%.3500s/slaves/%.255s", block, e->d_name);
        enum volume_crypt one = crypt_below(path, depth + 1);
        all = first || all == one ? one : VOLUME_PLAIN;
        first = false;
    }
    if (dir)
        closedir(dir);
    return all;
}

enum volume_crypt volume_crypt_of(const char *dir)
{
    char device[32], block[PATH_MAX];
    char *real = realpath(dir, NULL);
    bool found = real && device_of(real, device);
    free(real);
    /* 0:N is no block device (btrfs, tmpfs, a container's root): nothing can be said. */
    if (!found || strncmp(device, "0:", 2) == 0)
        return VOLUME_UNKNOWN;
    snprintf(block, sizeof block, "/sys/dev/block/%s", device);
    DIR *there = opendir(block);
    if (!there)
        return VOLUME_UNKNOWN;
    closedir(there);
    return crypt_below(block, 0);
}

/* Which snapshots a site has, and the newest good one. */
#include "snapshot/snapshot_internal.h"

#include <stdio.h>
#include <string.h>

#include "repli/file.h"

bool repli_snapshot_name_valid(const char *name)
{
    static const char shape[] = "dddd-dd-ddTddddddZ" SUFFIX;
    if (strlen(name) != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = name[i] >= '0' && name[i] <= '9';
        if (i < 18 && shape[i] == 'd' ? !digit : name[i] != shape[i])
            return false;
    }
    return true;
}

enum repli_status repli_snapshot_names(const char *dir, struct repli_arena *a, char ***names, size_t *count,
                                       struct repli_err *err)
{
    char **all = NULL;
    size_t n = 0, kept = 0;
    if (repli_file_exists(dir)) {
        enum repli_status s = repli_dir_list(dir, a, &all, &n, err);
        if (s != REPLI_OK)
            return s;
    }
    char **good = repli_arena_array(a, n + 1, sizeof *good);
    for (size_t i = n; i > 0; i--) /* the folder's list is sorted: the newest comes last */
        if (repli_snapshot_name_valid(all[i - 1]))
            good[kept++] = all[i - 1];
    *names = good;
    *count = kept;
    return REPLI_OK;
}

enum repli_status repli_snapshot_list(const struct repli_site *site, struct repli_arena *a,
                                      struct repli_snapshot_info **list, size_t *count, struct repli_err *err)
{
    char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_snapshot_names(site->snapshots, a, &names, &n, err);
    if (s != REPLI_OK)
        return s;
    struct repli_snapshot_info *all = repli_arena_array(a, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        struct repli_err why = {0};
        const char *path = repli_path_join(a, site->snapshots, names[i]);
        if (repli_snapshot_peek(path, &all[i], &why) == REPLI_OK)
            continue;
        all[i] = (struct repli_snapshot_info){0};
        snprintf(all[i].path, sizeof all[i].path, "%s", path);
        snprintf(all[i].problem, sizeof all[i].problem, "%.200s", why.text);
    }
    *list = all;
    *count = n;
    return REPLI_OK;
}

/* Names are times: the newest that is not later comes first. */
enum repli_status repli_snapshot_newest(const struct repli_site *site, int64_t not_after_utc,
                                        struct repli_snapshot **snap, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_snapshot *found = NULL;
    char **names = NULL, time[24];
    size_t n = 0, later = 0;
    int64_t damaged = 0;
    repli_time_name(not_after_utc, time);
    enum repli_status s = repli_snapshot_names(site->snapshots, &a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && !found && i < n; i++) {
        struct repli_err why = {0};
        if (strncmp(names[i], time, strlen(time)) > 0)
            later++;
        else if (repli_snapshot_open(repli_path_join(&a, site->snapshots, names[i]), &found, &why) != REPLI_OK)
            damaged++;
    }
    repli_arena_done(&a);
    if (s != REPLI_OK)
        return s;
    if (!found && damaged > 0)
        return repli_fail(
            err, REPLI_DATA,
            "no good snapshot: %lld of %zu are damaged (see `repli snapshot verify`); run `repli snapshot`",
            (long long)damaged, n);
    if (!found && later > 0)
        return repli_fail(err, REPLI_DATA,
                          "no snapshot at or before %s, only later ones: is the clock right? Else run `repli snapshot`",
                          time);
    if (!found)
        return repli_fail(err, REPLI_DATA, "no snapshot: run `repli snapshot`");
    repli_snapshot_passed_over(found, damaged);
    *snap = found;
    return REPLI_OK;
}

/* Taking a snapshot: write a candidate, check it, and only then give it its name. */
#define _DEFAULT_SOURCE /* flock(): its lock belongs to the open file and ends with the process */
#include "snapshot/snapshot_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"

struct taker {
    const struct repli_site *site;
    struct repli_arena arena;
    struct repli_err *err;
    struct repli_snapshot_origin origin;
    char time[24];          /* 2026-11-23T010000Z */
    const char *path, *tmp; /* the snapshot and its candidate */
};

void repli_snapshot_unlock(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

enum repli_status repli_snapshot_lock(const struct repli_site *site, struct repli_arena *a, int *fd,
                                      struct repli_err *err)
{
    const char *path = repli_path_join(a, site->snapshots, "taking.lock");
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
        return repli_fail(err, REPLI_IO, "%s: another snapshot is being taken right now", site->snapshots);
    return REPLI_OK;
}

enum repli_status repli_snapshot_received(const struct repli_site *site, const char *path, struct repli_err *err)
{
    struct timespec now = {.tv_sec = (time_t)repli_clock_now(&site->clock)};
    const struct timespec times[2] = {now, now};
    return utimensat(AT_FDCWD, path, times, 0) == 0 ? REPLI_OK
                                                    : repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
}

/* Candidates of takes that were killed; safe under the lock. */
static enum repli_status remove_leftovers(struct taker *t)
{
    char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_dir_list(t->site->snapshots, &t->arena, &names, &n, t->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (strstr(names[i], SUFFIX ".tmp"))
            (void)unlink(repli_path_join(&t->arena, t->site->snapshots, names[i]));
    return s;
}

/* Moves a file away, with its reason beside it.  A second one of the same second gets a number. */
static enum repli_status quarantine(struct taker *t, const char *path, const char *why)
{
    const char *dir = repli_path_join(&t->arena, t->site->snapshots, "quarantine");
    enum repli_status s = repli_dir_make(dir, 0700, t->err);
    if (s != REPLI_OK)
        return s;
    const char *to = NULL;
    for (int i = 1; !to || repli_file_exists(to); i++)
        to = repli_path_join(&t->arena, dir,
                             i == 1 ? repli_arena_printf(&t->arena, "%s" SUFFIX, t->time)
                                    : repli_arena_printf(&t->arena, "%s-%d" SUFFIX, t->time, i));
    s = repli_file_commit(path, to, t->err);
    if (s != REPLI_OK)
        return s;
    char *text = repli_arena_printf(&t->arena, "%s\n", why);
    s = repli_file_write(repli_arena_printf(&t->arena, "%s.why", to), text, strlen(text), 0600, t->err);
    return s == REPLI_OK ? repli_dir_sync(t->site->snapshots, t->err) : s;
}

/* The candidate goes to quarantine, the last good snapshot stays; somebody has to look. */
static enum repli_status set_aside(struct taker *t, const char *why)
{
    enum repli_status s = quarantine(t, t->tmp, why);
    if (s != REPLI_OK)
        return s;
    return repli_fail(t->err, REPLI_WAITS,
                      "the new snapshot was not good and lies in %s/quarantine, the last good one stays: %s",
                      t->site->snapshots, why);
}

static enum repli_status check_clock(struct taker *t)
{
    char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_snapshot_names(t->site->snapshots, &t->arena, &names, &n, t->err);
    if (s == REPLI_OK && n > 0 && strncmp(names[0], t->time, strlen(t->time)) > 0)
        s = repli_fail(t->err, REPLI_DATA,
                       "the clock says %s, but %s is there already: set the clock right, or move that file away if it "
                       "is the wrong "
                       "one, or name the instant (--as-of)",
                       t->time, names[0]);
    return s;
}

/* A file of the same second is there: equal data is the same snapshot, a damaged file makes room. */
static enum repli_status meet_existing(struct taker *t, const struct repli_snapshot_info *info, bool *same)
{
    struct repli_snapshot_info there;
    struct repli_err why = {0};
    *same = false;
    if (repli_snapshot_verify(t->path, true, &there, &why) != REPLI_OK)
        return quarantine(t, t->path, why.text);
    *same = memcmp(there.content, info->content, sizeof there.content) == 0;
    if (!*same)
        return repli_fail(
            t->err, REPLI_DATA,
            "%s was taken from other data in the same second and may be on paper: take another one a second later",
            t->path);
    return REPLI_OK;
}

static enum repli_status finish(struct taker *t, struct repli_record *record, bool past,
                                struct repli_snapshot_info *info)
{
    struct repli_err why = {0};
    struct repli_snapshot_info got;
    bool same = false;
    const char *refused = NULL;
    struct gate_in gate = {t->site, record, t->tmp, t->origin.taken_utc, past};
    if (repli_snapshot_verify(t->tmp, false, &got, &why) != REPLI_OK)
        return set_aside(t, why.text);
    enum repli_status s = repli_gates(&gate, &t->arena, &refused, t->err);
    if (s == REPLI_OK && refused)
        return set_aside(t, refused);
    if (s == REPLI_OK && repli_file_exists(t->path))
        s = meet_existing(t, &got, &same);
    if (s == REPLI_OK && same)
        (void)unlink(t->tmp);
    else if (s == REPLI_OK && (s = repli_snapshot_received(t->site, t->tmp, t->err)) == REPLI_OK)
        s = repli_file_commit(t->tmp, t->path, t->err);
    if (s != REPLI_OK)
        return s;
    snprintf(got.path, sizeof got.path, "%s", t->path);
    *info = got;
    return REPLI_OK;
}

static enum repli_status take(struct taker *t, struct repli_record *record, bool check,
                              struct repli_snapshot_info *info)
{
    int lock REPLI_AUTO(repli_snapshot_unlock) = -1;
    enum repli_status s = repli_dir_make(t->site->snapshots, 0700, t->err);
    const char *unsafe = s == REPLI_OK ? repli_file_unsafe_fs(t->site->snapshots) : NULL;
    if (unsafe)
        s = repli_fail(t->err, REPLI_IO, "%s lies on a file system of kind '%s': use a local disk", t->site->snapshots,
                       unsafe);
    if (s == REPLI_OK)
        s = repli_snapshot_lock(t->site, &t->arena, &lock, t->err);
    if (s == REPLI_OK)
        s = remove_leftovers(t);
    if (s == REPLI_OK && check)
        s = check_clock(t);
    if (s != REPLI_OK)
        return s;
    s = repli_snapshot_build(record, &t->origin, t->tmp, t->err);
    if (s == REPLI_OK)
        s = finish(t, record, !check, info);
    if (s != REPLI_OK)
        (void)unlink(t->tmp);
    return s;
}

enum repli_status repli_snapshot_take(const struct repli_site *site, struct repli_record *record,
                                      const int64_t *as_of_utc, struct repli_snapshot_info *info, struct repli_err *err)
{
    struct taker t = {.site = site, .err = err};
    t.origin = (struct repli_snapshot_origin){
        .taken_utc = as_of_utc ? *as_of_utc : repli_clock_now(&site->clock),
        .timezone = repli_zone_name(site->zone),
        .hospital = site->hospital,
        .site_tag = repli_keys_site_tag(site->keys),
        .settings = site->settings,
        .nsettings = site->nsettings,
        .phones = site->phones,
        .nphones = site->nphones,
        .phones_reviewed = site->phones_reviewed,
    };
    repli_time_name(t.origin.taken_utc, t.time);
    const char *name = repli_arena_printf(&t.arena, "%s" SUFFIX, t.time);
    t.path = repli_path_join(&t.arena, site->snapshots, name);
    t.tmp = repli_arena_printf(&t.arena, "%s.tmp-%ld", t.path, (long)getpid());
    enum repli_status s = take(&t, record, as_of_utc == NULL, info);
    repli_arena_done(&t.arena);
    return s;
}

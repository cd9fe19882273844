/* A backup: both databases as of one moment, then the files, then a manifest; named when all of it was read back. */
#define _DEFAULT_SOURCE /* lstat, link */
#include "repli/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "snapshot/backup_internal.h"
#include "snapshot/snapshot_internal.h"

#define DEPTH_MAX 16

struct maker {
    const struct repli_site *site;
    struct repli_arena *a;
    struct repli_backup *out;
    struct repli_err *err;
    const char *dir;    /* still being made */
    const char *before; /* the newest backup beside it, or NULL */
    struct repli_buf manifest;
};

/* ---- databases */

static void note(struct maker *m, const uint8_t sha256[32], const char *name)
{
    char hex[65];
    repli_hex(sha256, 32, hex);
    repli_buf_printf(&m->manifest, "%s  %s\n", hex, name);
    m->out->files++;
}

static enum repli_status sync_db(struct maker *m, const char *name)
{
    uint8_t sha[32];
    struct stat st;
    const char *path = repli_path_join(m->a, m->dir, name), *copy = repli_arena_printf(m->a, "%s.copy", path);
    if (rename(path, copy) != 0)
        return repli_fail(m->err, REPLI_IO, "%s: %s", path, strerror(errno));
    enum repli_status s = repli_copy_verified(copy, path, 0600, sha, m->err); /* synced and read back */
    (void)unlink(copy);
    if (s == REPLI_OK && stat(path, &st) == 0)
        m->out->bytes += st.st_size;
    if (s == REPLI_OK)
        note(m, sha, name);
    return s;
}

/* While nobody can begin a merge: what the ledger intends and what the record has belong together. */
static enum repli_status copy_both(struct maker *m)
{
    struct repli_ledger *ledger = NULL, *still = NULL;
    struct repli_record *record = NULL;
    int64_t now = repli_clock_now(&m->site->clock);
    enum repli_status s = repli_ledger_open(m->site->ledger, false, now, &ledger, m->err);
    if (s == REPLI_OK)
        s = repli_ledger_open(m->site->ledger, false, now, &still, m->err);
    if (s == REPLI_OK)
        s = repli_record_open(m->site->record, false, now, &record, m->err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(still, m->err);
    if (s == REPLI_OK) {
        s = repli_ledger_backup(ledger, repli_path_join(m->a, m->dir, "ledger.db"), m->err);
        if (s == REPLI_OK)
            s = repli_record_backup(record, repli_path_join(m->a, m->dir, "record.db"), m->err);
        repli_ledger_rollback(still);
    }
    repli_ledger_close(still);
    repli_ledger_close(ledger);
    repli_record_close(record);
    return s;
}

static enum repli_status databases(struct maker *m)
{
    char one[65], two[65];
    enum repli_status s = copy_both(m);
    if (s == REPLI_OK)
        s = sync_db(m, "record.db");
    if (s == REPLI_OK)
        s = sync_db(m, "ledger.db");
    if (s == REPLI_OK)
        s = repli_record_check_copy(repli_path_join(m->a, m->dir, "record.db"), one, &m->out->patients, m->err);
    if (s == REPLI_OK)
        s = repli_ledger_check_copy(repli_path_join(m->a, m->dir, "ledger.db"), two, &m->out->sheets, m->err);
    if (s == REPLI_OK)
        repli_buf_printf(&m->manifest, "record %s %lld\nledger %s %lld\n", one, (long long)m->out->patients, two,
                         (long long)m->out->sheets);
    return s;
}

/* ---- files */

/* Scans are named by their hash: one that the backup before this holds, and that still reads as its name, is linked. */
static bool link_scan(struct maker *m, const char *name, const char *to, uint8_t sha[32])
{
    uint8_t want[32];
    struct repli_err err = {0};
    const char *base = strrchr(name, '/') + 1;
    if (!m->before || strncmp(name, "scans/", 6) != 0 || !repli_unhex(base, want, sizeof want))
        return false;
    const char *old = repli_path_join(m->a, m->before, name);
    if (repli_sha256_file(old, sha, &err) != REPLI_OK || memcmp(sha, want, sizeof want) != 0 || link(old, to) != 0)
        return false;
    m->out->linked++;
    return true;
}

/* A scanner may be writing into the inbox, and whoever reads it takes files away; a crop may be cut anew.  What is not
** still is not whole either, and stays out: it comes once more, or can be made again. */
static bool moving(const char *path, const char *name, const struct stat *before)
{
    struct stat st;
    return (strncmp(name, "inbox/", 6) == 0 || strncmp(name, "crops/", 6) == 0) &&
           (lstat(path, &st) != 0 || st.st_size != before->st_size || st.st_mtim.tv_sec != before->st_mtim.tv_sec ||
            st.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

static enum repli_status put_file(struct maker *m, const char *from, const char *name, const struct stat *st)
{
    uint8_t sha[32];
    struct repli_err mine = {0};
    const char *to = repli_path_join(m->a, m->dir, name);
    if (strpbrk(name, "\n\r"))
        return repli_fail(m->err, REPLI_IO, "%s has a line break in its name: rename it", from);
    if (!link_scan(m, name, to, sha)) {
        enum repli_status s = repli_copy_verified(from, to, st->st_mode & 0777, sha, &mine);
        if (s != REPLI_OK)
            return moving(from, name, st) ? REPLI_OK : repli_fail(m->err, s, "%s", mine.text);
        /* The time says when this computer took a snapshot. */
        const struct timespec times[2] = {st->st_mtim, st->st_mtim};
        if (utimensat(AT_FDCWD, to, times, 0) != 0)
            return repli_fail(m->err, REPLI_IO, "%s: %s", to, strerror(errno));
        m->out->bytes += st->st_size;
    }
    note(m, sha, name);
    return REPLI_OK;
}

/* Hidden files and those still being written are not part of the site; what vanishes meanwhile was not kept by it. */
static enum repli_status put_folder(struct maker *m, const char *name, int depth)
{
    char **names = NULL;
    size_t n = 0;
    const char *from = repli_path_join(m->a, m->site->dir, name);
    if (!repli_file_exists(from))
        return REPLI_OK;
    enum repli_status s = depth > DEPTH_MAX ? repli_fail(m->err, REPLI_IO, "%s: too many folders in each other", from)
                                            : repli_dir_make(repli_path_join(m->a, m->dir, name), 0700, m->err);
    if (s == REPLI_OK)
        s = repli_dir_list(from, m->a, &names, &n, m->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        struct stat st;
        const char *path = repli_path_join(m->a, from, names[i]), *rel = repli_path_join(m->a, name, names[i]);
        if (strstr(names[i], ".tmp-") || strcmp(names[i], "taking.lock") == 0 || strncmp(names[i], ".turn", 5) == 0 ||
            strncmp(names[i], ".incoming", 9) == 0 || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            s = put_folder(m, rel, depth + 1);
        else if (S_ISREG(st.st_mode))
            s = put_file(m, path, rel, &st);
    }
    return s == REPLI_OK ? repli_dir_sync(repli_path_join(m->a, m->dir, name), m->err) : s;
}

static enum repli_status files(struct maker *m)
{
    /* The inbox before the scans: what is taken from it meanwhile is among them. */
    static const char *const folders[] = {"templates", "forms", "inbox", "scans", "crops", "snapshots"};
    int lock REPLI_AUTO(repli_snapshot_unlock) = -1;
    struct stat st;
    enum repli_status s = stat(repli_path_join(m->a, m->site->dir, "site.yaml"), &st) == 0
                              ? put_file(m, repli_path_join(m->a, m->site->dir, "site.yaml"), "site.yaml", &st)
                              : repli_fail(m->err, REPLI_IO, "%s/site.yaml: %s", m->site->dir, strerror(errno));
    for (size_t i = 0; s == REPLI_OK && i < sizeof folders / sizeof *folders; i++) {
        if (i == 5) /* no snapshot is deleted while they are copied */
            s = repli_snapshot_lock(m->site, m->a, &lock, m->err);
        if (s == REPLI_OK)
            s = put_folder(m, folders[i], 0);
    }
    return s == REPLI_OK && m->out->keys ? put_folder(m, "keys", 0) : s;
}

static enum repli_status put_manifest(struct maker *m)
{
    struct repli_buf whole = {0};
    uint8_t sha[32];
    char hex[65];
    repli_buf_printf(&whole, "repli-backup 1 %lld\n", (long long)m->out->made_utc);
    repli_buf_add(&whole, m->manifest.data, m->manifest.len);
    repli_sha256(whole.data, whole.len, sha);
    repli_hex(sha, 32, hex);
    repli_buf_printf(&whole, "end %s\n", hex);
    enum repli_status s =
        repli_file_write(repli_path_join(m->a, m->dir, MANIFEST), whole.data, whole.len, 0600, m->err);
    repli_buf_done(&whole);
    return s;
}

static enum repli_status make(struct maker *m, const char *final)
{
    enum repli_status s = repli_remove_tree(m->dir, m->err);
    if (s == REPLI_OK)
        s = repli_dir_make(m->dir, 0700, m->err);
    if (s == REPLI_OK)
        s = databases(m);
    if (s == REPLI_OK)
        s = files(m);
    if (s == REPLI_OK)
        s = put_manifest(m);
    if (s == REPLI_OK)
        s = repli_dir_sync(m->dir, m->err);
    if (s == REPLI_OK && rename(m->dir, final) != 0)
        s = repli_fail(m->err, REPLI_IO, "%s: %s", final, strerror(errno));
    if (s != REPLI_OK) {
        struct repli_err later = {0};
        (void)!repli_remove_tree(m->dir, &later);
    }
    return s;
}

/* Half backups of runs that were killed. */
static enum repli_status leftovers(struct maker *m, const char *to)
{
    char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_dir_list(to, m->a, &names, &n, m->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (strncmp(names[i], ".making-", 8) == 0)
            s = repli_remove_tree(repli_path_join(m->a, to, names[i]), m->err);
    return s;
}

enum repli_status repli_backup_make(const struct repli_site *site, const char *to, bool with_keys,
                                    struct repli_arena *a, struct repli_backup *done, struct repli_err *err)
{
    struct repli_backup out = {.made_utc = repli_clock_now(&site->clock), .keys = with_keys};
    struct maker m = {.site = site, .a = a, .out = &out, .err = err};
    char time[24];
    repli_time_name(out.made_utc, time);
    out.dir = repli_path_join(a, to, time);
    m.dir = repli_arena_printf(a, "%s/.making-%s", to, time);
    enum repli_status s = repli_dir_make(to, 0700, err);
    if (s == REPLI_OK && repli_file_exists(out.dir))
        s = repli_fail(err, REPLI_USAGE, "%s is there already", out.dir);
    if (s == REPLI_OK)
        s = leftovers(&m, to);
    if (s == REPLI_OK)
        s = repli_backup_newest(to, a, &m.before, err);
    if (s == REPLI_OK)
        s = make(&m, out.dir);
    repli_buf_done(&m.manifest);
    if (s == REPLI_OK)
        s = repli_dir_sync(to, err);
    if (s == REPLI_OK)
        *done = out;
    return s;
}
